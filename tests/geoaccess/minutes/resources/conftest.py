"""The fjord with everything that may come: a car, two kinds of helicopter, three of boat, two aeroplanes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

#: South shore to West's quay, north shore from East's, 5.6 km of water between them; the island, and a skerry on
#: the way, as no sea is known farther than 60 km from land.
BOXES = {
    "south": (17.9, 68.8, 18.1, 69.5),
    "north": (17.9, 69.55, 18.1, 69.9),
    "island": (14.9, 70.495, 15.1, 70.6),
    "skerry": (16.4, 70.0, 16.6, 70.1),
}

KINDS = {
    "heli": "light helicopter",
    "rescue": "heavy helicopter",
    "boat": "ambulance boat",
    "lifeboat": "lifeboat",
    "taxi": "boat taxi",
    "plane": "aeroplane",
    "jet": "jet",
    "airport": "airport",
}
BASES = """a1,Town airport,airport,0101,town,69.0,18.0
a4,Far airport,airport,0202,far,69.8,18.0
b1,West boat,boat,0101,west,69.5,18.0
k1,Island lifeboat,lifeboat,0303,island,70.5,15.0
t1,East taxi,taxi,0202,east,69.55,18.0
x1,Town heli,heli,0101,town,69.0,18.0
y1,Far rescue,rescue,0202,far,69.8,18.0
p1,Town plane,plane,0101,town,69.0,18.0
j1,Far jet,jet,0202,far,69.8,18.0
"""


def resource(name: str, moves: str, gives: str, mobilise: float, **figures: object) -> str:
    """A table of the study file; every figure is invented and says so."""
    groups = {
        "speed": ("speed_kph", "open_sea_speed_factor"),
        "land": ("land_min",),
        "range": ("range_km",),
        "runway": ("runway_m",),
        "transfer": ("transfer_min",),
        "ashore": ("ashore_max_km", "ashore_speed_kph"),
        "regularity": ("regularity",),
    }
    lines = [f"[resources.{name}]", f'moves = "{moves}"', f"gives = {gives}"]
    lines += [f"mobilise_min = {{ station = {mobilise} }}"]
    sourced = ["mobilise", *(group for group, keys in groups.items() if set(keys) & set(figures))]
    for key, value in figures.items():
        lines.append(
            f"{key} = {value}" if not isinstance(value, str) or value[0] in "{[" else f'{key} = "{value}"'
        )
    for group in sourced:
        lines += [f'{group}_source = "invented"', f'{group}_confidence = "assumption"']
    return "\n".join(lines) + "\n"


RESPONDS = '["response"]'
DOCTOR = '["response", "doctor", "transport"]'
FLEET = {
    "station": ("road", '["response", "transport"]', 2, {}),
    "boat": (
        "sea",
        RESPONDS,
        5,
        {
            "speed_kph": 33.6,
            "transfer_min": 3,
            "range_km": 40,
            "weather_group": "sea",
            "regularity": "{ summer = 0.9, winter = 0.8 }",
        },
    ),
    "lifeboat": (
        "sea",
        RESPONDS,
        10,
        {
            "speed_kph": 60,
            "range_km": 600,
            "weather_group": "sea",
            "regularity": "{ summer = 0.95, winter = 0.9 }",
        },
    ),
    "taxi": ("sea", RESPONDS, 20, {"speed_kph": 20, "range_km": 30}),
    "heli": (
        "air",
        DOCTOR,
        10,
        {
            "speed_kph": 200,
            "land_min": 3,
            "range_km": 320,
            "weather_group": "air",
            "regularity": "{ summer = 0.9, winter = 0.8 }",
        },
    ),
    "rescue": (
        "air",
        DOCTOR,
        15,
        {
            "speed_kph": 270,
            "land_min": 4,
            "range_km": 800,
            "weather_group": "heavy",
            "regularity": "{ summer = 0.98, winter = 0.94 }",
        },
    ),
    "plane": ("air", '["transport"]', 20, {"speed_kph": 480, "lands": "airport", "transfer_min": 10}),
    "jet": (
        "air",
        '["transport"]',
        40,
        {"speed_kph": 700, "lands": "airport", "runway_m": 1400, "transfer_min": 10},
    ),
}


def fleet_toml(*names: str, fleet: Mapping[str, tuple] = MappingProxyType(FLEET)) -> str:
    """The resources of these names, all of them without any, in the order given."""
    return "\n".join(
        resource(name, moves, gives, mobilise, **figures)
        for name in (names or fleet)
        for moves, gives, mobilise, figures in [fleet[name]]
    )


def write_fleet(folder: Path, text: str) -> Path:
    """Give the fjord study bases of every kind, land, and these sections."""
    boxes = [
        {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": {"type": "Polygon", "coordinates": [[[w, s], [e, s], [e, n], [w, n], [w, s]]]},
        }
        for name, (w, s, e, n) in BOXES.items()
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    land = {"type": "FeatureCollection", "crs": crs, "features": boxes}
    (folder / "land.geojson").write_text(json.dumps(land), encoding="utf-8")
    with (folder / "places.csv").open("a", encoding="utf-8") as places:
        places.write(BASES)
    file = folder / "study.toml"
    study = file.read_text(encoding="utf-8").replace('links = "."', 'links = "."\nland = "land.geojson"')
    kinds = "\n".join(f'[kinds.{name}]\nlabel = "{label}"' for name, label in KINDS.items())
    file.write_text(f"{study}\n{kinds}\n{text}", encoding="utf-8")
    return folder


@pytest.fixture
def fleet(fjord: Path) -> Path:
    """Folder of the fjord study with the whole fleet."""
    return write_fleet(fjord, fleet_toml())
