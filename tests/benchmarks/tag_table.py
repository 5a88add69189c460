"""What one tag does: geoaccess, OSRM and Valhalla side by side, on maps with one way out.

Run from the checkout, with the wheels ``osrm-bindings`` and ``pyvalhalla`` unpacked or installed in one folder::

    pip download --no-deps --python-version 3.12 --only-binary :all: osrm-bindings pyvalhalla
    for wheel in *.whl; do python -m zipfile -e "$wheel" ROUTERS; done && chmod +x ROUTERS/*/bin/*
    python tests/benchmarks/tag_table.py --routers ROUTERS -o geoaccess/docs/tags.md

Only the programs in the wheels are run, so that the version of Python does not matter; a router that is not there
is named and left out. Every case is two small maps in one file. On the first the tagged way is the only one
between two open roads: a cell says in which directions it is driven (``both``, ``ahead``, ``back``, ``no``) and
at how many km/h. On the second there is an open way round of five times its length: ``(ends)`` says that who only
passes takes the way round.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from networks import build_network, route
from networks.network import TravelNetwork

Tags = Mapping[str, str]
Point = tuple[float, float]

OPEN_ROAD = {"highway": "secondary", "maxspeed": "60"}
STREET = {"highway": "residential"}
#: Degrees between maps, and the length of the tagged way: 1 km at 60 degrees north.
APART_DEG, LONG_DEG = 0.1, 0.018
#: Speeds that differ by less than this share are the same.
SAME = 0.15
#: Whoever needs more minutes for the tagged kilometre goes round because it is slow, whomever it is for.
SLOW_MIN = 4.0
#: A way through is longer than this multiple of the straight one when it goes round.
ROUND = 1.5


@dataclass(frozen=True)
class Case:
    """One tag on a way, or on a node in its middle; and why routers differ, in a line."""

    group: str
    said: str
    way: Tags
    node: Tags


@dataclass(frozen=True)
class Row:
    """What one engine does: minutes ahead and back on the only way, and whether it is driven through."""

    ahead: float | None
    back: float | None
    passed: bool

    def told(self, km: float) -> str:
        """Directions, km/h, and ``(ends)`` where who passes goes round."""
        if self.ahead is None and self.back is None:
            return "no"
        found = [minutes for minutes in (self.ahead, self.back) if minutes is not None]
        word = "both" if len(found) == 2 else "ahead" if self.back is None else "back"
        speeds = sorted({round(60.0 * km / max(minutes, 1e-6)) for minutes in found}, reverse=True)
        speed = "/".join(map(str, speeds if speeds[0] > 1.1 * speeds[-1] else speeds[:1]))
        return f"{word} {speed}{'' if self.passed else ' (ends)'}"


def _each(group: str, key: str, values: str, base: Tags = STREET) -> Iterator[Case]:
    for value in values.split():
        text = value.replace("~", " ")
        yield Case(group, f"{key}={text}", {**base, key: text}, {})


def cases() -> list[Case]:
    """Every tag that is tried."""
    classes = (
        "motorway motorway_link trunk trunk_link primary primary_link secondary secondary_link tertiary "
        "tertiary_link unclassified residential living_street service road track pedestrian busway cycleway path "
        "footway bridleway steps construction proposed raceway corridor escape"
    )
    found = [Case("class", f"highway={name}", {"highway": name}, {}) for name in classes.split()]
    found += _each("oneway", "oneway", "yes true 1 no -1 reverse alternating reversible unknown")
    found += [Case("oneway", f"{key}={value}", {**STREET, **more, key: value}, {})
              for key, value, more in [("junction", "roundabout", {}), ("junction", "circular", {}),
                                       ("oneway:motor_vehicle", "no", {"oneway": "yes"}),
                                       ("oneway:motorcar", "yes", {}), ("oneway:bicycle", "no", {"oneway": "yes"}),
                                       ("oneway:conditional", "yes @ (Mo-Fr 07:00-09:00)", {}),
                                       ("oneway:bus", "no", {"oneway": "yes"})]]  # fmt: skip
    found += _each("maxspeed", "maxspeed", "30 50 30~mph 10~knots 50~km/h NO:urban NO:rural DE:zone:30 walk none "
                   "unlimited signals 50;30 80|60 7 999 fifty", {"highway": "secondary"})  # fmt: skip
    found += [Case("maxspeed", f"{base}, maxspeed=none", {"highway": base, "maxspeed": "none"}, {})
              for base in ("motorway", "trunk", "primary", "living_street", "service")]  # fmt: skip
    found += [Case("maxspeed", f"{key}={value}", {"highway": "secondary", key: value}, {})
              for key, value in [("maxspeed:forward", "30"), ("maxspeed:backward", "30"), ("maxspeed:motorcar", "30"),
                                 ("maxspeed:type", "NO:urban"), ("source:maxspeed", "NO:urban"), ("zone:maxspeed", "30"),
                                 ("maxspeed:conditional", "30 @ (22:00-06:00)"), ("maxspeed:advisory", "30"),
                                 ("maxspeed:practical", "30"), ("maxspeed:hgv", "30")]]  # fmt: skip
    values = (
        "yes permissive designated official public destination customers delivery private permit residents no "
        "agricultural forestry military emergency unknown discouraged private;yes agricultural;destination true"
    )
    found += _each("access", "access", values)
    found += _each("access", "motor_vehicle", "yes destination private no agricultural customers permit")
    found += _each("access", "vehicle", "destination private no")
    found += _each("access", "motorcar", "yes destination private no")
    found += [Case("access", told, {**STREET, **tags}, {})
              for told, tags in [("access=no, motor_vehicle=yes", {"access": "no", "motor_vehicle": "yes"}),
                                 ("access=yes, motor_vehicle=no", {"access": "yes", "motor_vehicle": "no"}),
                                 ("access=no, motorcar=destination", {"access": "no", "motorcar": "destination"}),
                                 ("access=no, bus=yes", {"access": "no", "bus": "yes"}),
                                 ("access=no, emergency=yes", {"access": "no", "emergency": "yes"}),
                                 ("access=no, foot=yes", {"access": "no", "foot": "yes"}),
                                 ("motor_vehicle:backward=no", {"motor_vehicle:backward": "no"}),
                                 ("vehicle:forward=destination", {"vehicle:forward": "destination"}),
                                 ("motor_vehicle:conditional=no @ (Nov-Apr)", {"motor_vehicle:conditional": "no @ (Nov-Apr)"}),
                                 ("access:conditional=no @ (22:00-06:00)", {"access:conditional": "no @ (22:00-06:00)"}),
                                 ("foot=no", {"foot": "no"}), ("hgv=no", {"hgv": "no"}), ("toll=yes", {"toll": "yes"}),
                                 ("hov=designated", {"hov": "designated"}), ("hov=only", {"hov": "only"}),
                                 ("motorroad=yes", {"motorroad": "yes"}), ("bicycle_road=yes", {"bicycle_road": "yes"})]]  # fmt: skip
    found += [Case("opened", f"{base}, {key}={value}", {"highway": base, key: value}, {})
              for base in ("cycleway", "path", "footway", "bridleway", "pedestrian", "steps", "busway")
              for key, value in [("motor_vehicle", "yes"), ("motor_vehicle", "destination"), ("vehicle", "yes"),
                                 ("motorcar", "permissive"), ("motor_vehicle", "private")]]  # fmt: skip
    found += [Case("opened", f"{base}, {key}={value}", {"highway": base, key: value}, {})
              for base, key, value in [("path", "access", "yes"), ("pedestrian", "access", "destination"),
                                       ("cycleway", "moped", "yes"), ("footway", "emergency", "yes"),
                                       ("path", "motor_vehicle", "agricultural")]]  # fmt: skip
    kinds = (
        "gate lift_gate swing_gate sliding_gate bollard block chain cattle_grid toll_booth border_control "
        "height_restrictor jersey_barrier cycle_barrier stile kerb entrance rope log debris spikes bump_gate yes"
    )
    found += [Case("barrier", f"barrier={kind}", STREET, {"barrier": kind}) for kind in kinds.split()]
    found += [Case("barrier", f"barrier={kind}, {key}={value}", STREET, {"barrier": kind, key: value})
              for kind, key, value in [("gate", "access", "private"), ("gate", "access", "no"), ("gate", "access", "yes"),
                                       ("gate", "motor_vehicle", "destination"), ("gate", "locked", "yes"),
                                       ("lift_gate", "motor_vehicle", "private"), ("lift_gate", "access", "customers"),
                                       ("bollard", "motor_vehicle", "yes"), ("bollard", "bollard", "removable"),
                                       ("bollard", "bollard", "rising"), ("chain", "access", "private"),
                                       ("gate", "vehicle", "no"), ("block", "access", "destination"),
                                       ("toll_booth", "access", "no"), ("swing_gate", "access", "forestry")]]  # fmt: skip
    found += _each("surface", "surface", "asphalt paved concrete gravel compacted fine_gravel unpaved ground dirt grass "
                   "sand mud cobblestone sett paving_stones wood ice rock asphalt;gravel", {"highway": "unclassified", "maxspeed": "80"})  # fmt: skip
    found += _each("smoothness", "smoothness", "excellent good intermediate bad very_bad horrible very_horrible impassable",
                   {"highway": "unclassified", "maxspeed": "80"})  # fmt: skip
    found += _each("track", "tracktype", "grade1 grade2 grade3 grade4 grade5", {"highway": "track"})
    found += _each("track", "tracktype", "grade1 grade5", {"highway": "unclassified"})
    found += _each("track", "surface", "asphalt gravel ground", {"highway": "track"})
    found += _each("track", "4wd_only", "yes recommended no", {"highway": "track"})
    found += _each("passable", "impassable", "yes no")
    found += [Case("passable", f"{key}={value}", {**STREET, key: value}, {})
              for key, value in [("disused", "yes"), ("abandoned", "yes"), ("construction", "residential"),
                                 ("construction", "minor"), ("ford", "yes"), ("winter_road", "yes"), ("ice_road", "yes"),
                                 ("seasonal", "summer"), ("snowplowing", "no"), ("flood_prone", "yes"), ("area", "yes"),
                                 ("tunnel", "yes"), ("bridge", "yes"), ("covered", "yes"), ("layer", "-1")]]  # fmt: skip
    found += _each("service", "service", "driveway parking_aisle alley drive-through emergency_access driveway2 bus yard",
                   {"highway": "service"})  # fmt: skip
    found += _each("size", "lanes", "1 2 3", {"highway": "secondary"})
    found += _each("size", "width", "2 3.5", {"highway": "secondary"})
    found += _each("size", "maxheight", "1.8 2.5 default", {"highway": "secondary"})
    found += _each("size", "maxweight", "2 7.5", {"highway": "secondary"})
    return found


#: Why routers differ, in one line, by what begins a case's name; the longest that fits counts.
CLOSED = {
    "": "read by this project alone, or not by all",
    "highway=motorway": "a motorway is one-way (wiki); Valhalla wants the tag",
    "highway=road": "a road of unknown class is a road; OSRM has no speed for it",
    "highway=track": "tracks lead to homes; OSRM leaves them out",
    "motorway, ": "a motorway is one-way (wiki); Valhalla wants the tag",
    "oneway=reverse": "an old spelling of -1, read here only",
    "oneway=reversible": "which direction holds is not known: left out, and named in the report; so does OSRM",
    "oneway:": "the most specific tag decides, as for access",
    "access=official": "official is an old spelling of designated; OSRM does not know it",
    "access=military": "no private errand there; Valhalla lets everybody in as if it were private",
    "access=discouraged": "discouraged is allowed; Valhalla does not know it",
    "busway, ": "for those who have an errand there, as on any road; OSRM opens such ways for yes and permissive only",
    "cycleway, ": "Norwegian signs allow driving to the properties; OSRM opens such ways for yes and permissive only",
    "path, ": "Norwegian signs allow driving to the properties; OSRM opens such ways for yes and permissive only",
    "path, access=yes": "access=yes on a path speaks of people: a tag for vehicles must open it",
    "footway, ": "Norwegian signs allow driving to the properties; OSRM opens such ways for yes and permissive only",
    "bridleway, ": "Norwegian signs allow driving to the properties; OSRM opens such ways for yes and permissive only",
    "pedestrian, ": "Norwegian signs allow driving to the properties; OSRM opens such ways for yes and permissive only",
    "steps, ": "nobody drives on steps, whatever a tag says",
    "barrier=": "gates open for those behind them, blocks for nobody; the routers know fewer kinds",
    "tracktype=": "tracks lead to homes; OSRM leaves them out",
    "surface=": "tracks lead to homes; OSRM leaves them out",
    "4wd_only=": "tracks lead to homes, but not by car where four-wheel drive is needed; OSRM leaves all out",
    "winter_road=": "there in frost only, as a ferry of one season: left out, and named in the report",
    "ice_road=": "there in frost only, as a ferry of one season: left out, and named in the report",
    "disused=": "out of use is not driven; the routers do not read it",
    "abandoned=": "out of use is not driven; the routers do not read it",
    "construction=": "being built is not driven, as in OSRM; Valhalla does not read it beside a class",
    "service=": "a lane for emergencies is closed to cars, as in OSRM; Valhalla lets them in",
    "maxheight=": "the profile has no size: heights and weights are not asked; Valhalla's car is 1.9 m high",
}
THROUGH = {
    "": "exact here by access tags alone; the routers add penalties of their own to small roads and gates",
    "barrier=": "exact here, on the node as on the way; Valhalla adds 30-600 s, OSRM passes it freely",
    "highway=living_street": "nothing forbids passing; Valhalla adds a penalty",
    "access=unknown": "unknown forbids nothing; OSRM takes it for restricted",
    "access=private;yes": "the most open of several values counts; Valhalla takes the first",
    "vehicle:forward": "restricted by direction, as OSRM; Valhalla reads the plain tag only",
    "hov=": "lanes for several in a car are not asked of; OSRM avoids them",
    "service=": "nothing forbids passing; the routers add penalties to service roads",
}
SPEED = {
    "": "limit or assumed limit of the class times a factor; Valhalla drives the limit, OSRM one speed for each class",
    "oneway=alternating": "a wait of 30 s at the lights counts; the routers count none",
    "maxspeed=": "limit times 0.82; of several the lowest; words by country; what cannot be read gives the class",
    "maxspeed=none": "no limit only exists on motorways, trunks and roads for motor vehicles only; OSRM: 140 everywhere",
    "maxspeed=999": "disbelieved above 160; the routers drive it",
    "maxspeed:": "limits for cars count, advice and habit do not",
    "barrier=": "a gate costs nothing here; the routers add seconds or minutes",
    "surface=": "a ceiling, after OSRM's and lower for the loosest; Valhalla takes off a share",
    "smoothness=": "OSRM's ceilings; Valhalla takes off a share",
    "tracktype=": "a ceiling of 35-15 km/h, no faster than an unclassified road",
    "service=": "a ceiling by the kind of service road",
}


def _reason(table: Mapping[str, str], case: Case) -> str:
    fits = [start for start in table if case.said.startswith(start)]
    if "maxspeed=none" in case.said and "maxspeed=none" in table:
        return table["maxspeed=none"]
    return table[max(fits, key=len)]


def explained(case: Case, rows: Sequence[Row | None]) -> str:
    """Why another engine does something else; empty when none does."""
    own, *others = rows
    known = [other for other in others if other is not None]
    if own is None or not known:
        return ""
    open_own = (own.ahead is not None, own.back is not None)
    if any((other.ahead is not None, other.back is not None) != open_own for other in known):
        return _reason(CLOSED, case)
    if any(other.passed != own.passed for other in known):
        return _reason(THROUGH, case)
    minutes = own.ahead if own.ahead is not None else own.back
    theirs = [other.ahead if other.ahead is not None else other.back for other in known]
    if minutes is not None and any(m is not None and abs(m / minutes - 1.0) > SAME for m in theirs):
        return _reason(SPEED, case)
    return ""


class Maps:
    """The small maps of all cases in one file, each at its own place."""

    def __init__(self, found: Sequence[Case]) -> None:
        self.cases = list(found)
        self._nodes: list[str] = []
        self._ways: list[str] = []
        self._where: dict[int, Point] = {}
        self.ends = [(self._map(case, round_too=False), self._map(case, round_too=True)) for case in found]

    def _node(self, lon: float, lat: float, tags: Tags) -> int:
        number = len(self._nodes) + 1
        self._where[number] = lon, lat
        self._nodes.append(
            f'<node id="{number}" version="1" lon="{lon:.7f}" lat="{lat:.7f}">{_tags(tags)}</node>'
        )
        return number

    def _way(self, nodes: Sequence[int], tags: Tags) -> None:
        refs = "".join(f'<nd ref="{node}"/>' for node in nodes)
        self._ways.append(f'<way id="{len(self._ways) + 1}" version="1">{refs}{_tags(tags)}</way>')

    def _map(self, case: Case, *, round_too: bool) -> tuple[int, int]:
        number = len(self._ways)
        row, column = divmod(number // 4, 40)
        lon, lat = 8.0 + APART_DEG * column, 60.0 + APART_DEG * row
        places = [self._node(lon + step * LONG_DEG, lat, {}) for step in (0, 1, 2, 3)]
        middle = self._node(lon + 1.5 * LONG_DEG, lat, case.node)
        self._way(places[:2], OPEN_ROAD)
        self._way([places[1], middle, places[2]], case.way)
        self._way(places[2:], OPEN_ROAD)
        if round_too:
            north = [self._node(lon + step * LONG_DEG, lat + 0.018, {}) for step in (1, 2)]
            self._way([places[1], *north, places[2]], OPEN_ROAD)
        else:
            self._way([places[0], self._node(lon - 0.2 * LONG_DEG, lat, {})], OPEN_ROAD)
        return (places[0], places[3]) if round_too else (places[1], places[2])

    def write(self, path: Path) -> None:
        """Write the file; an ``.osm`` text."""
        body = "\n".join([*self._nodes, *self._ways])
        path.write_text(f'<?xml version="1.0"?>\n<osm version="0.6">\n{body}\n</osm>\n', encoding="utf-8")

    def place(self, node: int) -> Point:
        """Longitude and latitude of a node."""
        return self._where[node]


def _tags(tags: Tags) -> str:
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items())


def great_circle_km(a: Point, b: Point) -> float:
    """Kilometres between two places on one parallel."""
    return 111.32 * abs(a[0] - b[0]) * math.cos(math.radians(a[1]))


#: Minutes and kilometres from one node to another; None without a way.
Asked = Callable[[int, int], tuple[float, float] | None]


def rows_of(maps: Maps, ask: Asked) -> list[Row]:
    """What an engine does with every case."""
    rows = []
    for (b, c), (a, d) in maps.ends:
        ahead, back = ask(b, c), ask(c, b)
        through = ask(a, d) if ahead else ask(d, a)
        slow = min((found[0] for found in (ahead, back) if found), default=0.0) > SLOW_MIN
        passed = slow or (through is not None and through[1] < ROUND * 3.0)
        rows.append(Row(ahead and ahead[0], back and back[0], passed))
    return rows


def geoaccess_asked(network: TravelNetwork) -> Asked:
    """Routes of this project."""

    def ask(start: int, stop: int) -> tuple[float, float] | None:
        found = route(network, start, stop)
        return (found.travel_time_min, found.length_km) if found.reachable else None

    return ask


def _answer(url: str) -> dict[str, object] | None:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError:
        return None


@contextmanager
def serving(command: Sequence[str], url: str) -> Iterator[None]:
    """A router's own server while it is asked."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                _answer(url)
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()


def osrm_rows(maps: Maps, source: Path, package: Path, scratch: Path, port: int) -> list[Row]:
    """What OSRM's ``car.lua`` does."""
    shutil.copy(source, scratch / "map.osm")
    tool, profile = package / "bin", package / "share" / "profiles" / "car.lua"
    for command in (
        ["osrm-extract", "-t", "1", "-p", str(profile), "map.osm"],
        ["osrm-contract", "-t", "1", "map.osrm"],
    ):
        subprocess.run(
            [str(tool / command[0]), *command[1:]], cwd=scratch, check=True, stdout=subprocess.DEVNULL
        )
    base = f"http://127.0.0.1:{port}/route/v1/driving/"

    def ask(start: int, stop: int) -> tuple[float, float] | None:
        pair = ";".join("{:.7f},{:.7f}".format(*maps.place(node)) for node in (start, stop))
        found = _answer(f"{base}{pair}?overview=false&radiuses=30;30")
        if found is None or found.get("code") != "Ok":
            return None
        first = found["routes"][0]  # type: ignore[index]
        return first["duration"] / 60.0, first["distance"] / 1000.0

    server = [str(tool / "osrm-routed"), "--algorithm", "CH", "-p", str(port), str(scratch / "map.osrm")]
    with serving(server, f"{base}8,60;8,60"):
        return rows_of(maps, ask)


def valhalla_rows(maps: Maps, source: Path, package: Path, scratch: Path, port: int) -> list[Row]:
    """What Valhalla's costing ``auto`` does."""
    described = importlib.util.spec_from_file_location(
        "valhalla_config", package / "valhalla_build_config.py"
    )
    if described is None or described.loader is None:
        raise FileNotFoundError(package)
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    settings = _said(module.config)
    settings["mjolnir"] |= {"tile_dir": str(scratch / "tiles"), "concurrency": 1, "admin": "", "timezone": ""}
    settings["mjolnir"].pop("tile_extract", None)
    settings["httpd"]["service"]["listen"] = f"tcp://127.0.0.1:{port}"
    for name in ("loopback", "interrupt"):
        settings["httpd"]["service"][name] = f"ipc://{scratch}/{name}"
    for part in ("loki", "thor", "odin"):
        settings[part]["service"]["proxy"] = f"ipc://{scratch}/{part}"
    (scratch / "tiles").mkdir()
    config, pbf = scratch / "valhalla.json", scratch / "map.osm.pbf"
    config.write_text(json.dumps(settings), encoding="utf-8")
    _to_pbf(source, pbf)
    build = [str(package / "bin" / "valhalla_build_tiles"), "-c", str(config), str(pbf)]
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}/route?json="

    def ask(start: int, stop: int) -> tuple[float, float] | None:
        places = [dict(zip(("lon", "lat"), maps.place(node), strict=True)) for node in (start, stop)]
        asked = {"locations": [one | {"radius": 0, "search_cutoff": 30} for one in places], "costing": "auto"}
        found = _answer(base + urllib.request.quote(json.dumps(asked)))  # type: ignore[attr-defined]
        if found is None or "trip" not in found:
            return None
        told = found["trip"]["summary"]  # type: ignore[index]
        return told["time"] / 60.0, told["length"]

    with serving([str(package / "bin" / "valhalla_service"), str(config), "1"], base + "%7B%7D"):
        return rows_of(maps, ask)


def _said(config: Mapping[str, object]) -> dict[str, Any]:
    """The settings that have a value: the package marks those without one by an object."""
    return {
        key: _said(value) if isinstance(value, Mapping) else value
        for key, value in config.items()
        if value is None or isinstance(value, bool | int | float | str | list | Mapping)
    }


def _to_pbf(source: Path, target: Path) -> None:
    import osmium  # only for Valhalla, which reads no XML

    writer = osmium.SimpleWriter(str(target))
    for found in osmium.FileProcessor(str(source)):
        writer.add(found)
    writer.close()


def page(maps: Maps, columns: Mapping[str, Sequence[Row] | str]) -> str:
    """The table as a page."""
    engines = [name for name, rows in columns.items() if not isinstance(rows, str)]
    parts = [
        _HEAD,
        *(f"{name} was left out: {rows}\n" for name, rows in columns.items() if isinstance(rows, str)),
    ]
    last = ""
    for number, case in enumerate(maps.cases):
        if case.group != last:
            last = case.group
            parts.append(f"\n## {case.group.capitalize()}\n")
            parts.append("| tag | " + " | ".join(engines) + " | why they differ |")
            parts.append("|---" * (len(engines) + 2) + "|")
        rows = [columns[name][number] for name in engines]
        km = great_circle_km(*(maps.place(node) for node in maps.ends[number][0]))
        cells = [row.told(km) for row in rows if isinstance(row, Row)]
        why = explained(case, [row if isinstance(row, Row) else None for row in rows])
        said = case.said.replace("|", "\\|")
        parts.append(f"| `{said}` | " + " | ".join(cells) + f" | {why} |")
    return "\n".join(parts) + "\n"


_HEAD = """# What a tag does

Made by `tests/benchmarks/tag_table.py`, which says how. Every tag stands on the only way between two open roads: the
cell says in which directions a car drives it (*both*, *ahead*, *back*, *no*) and at how many km/h. *(ends)* says that
on a map with a way round of five times the length, who only passes takes the way round: the road is for journeys that
begin or end there. Country: Norway. Without another class, the road is `highway=residential`; speeds and surfaces
stand on a `secondary` or `unclassified` road.
"""


def main() -> int:
    """Ask every engine and print or write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--routers", type=Path, help="folder that holds the packages osrm and valhalla")
    parser.add_argument("--port", type=int, default=17250)
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args()
    maps = Maps(cases())
    columns: dict[str, Sequence[Row] | str] = {}
    with tempfile.TemporaryDirectory(prefix="tags-") as folder:
        source = Path(folder) / "map.osm"
        maps.write(source)
        network = build_network(source, country="NO", junction_delays=False, turn_costs=False)
        columns["geoaccess"] = rows_of(maps, geoaccess_asked(network))
        for name, worker, port in (("OSRM", osrm_rows, 0), ("Valhalla", valhalla_rows, 1)):
            package = (options.routers or Path()) / name.lower()
            if not (package / "bin").is_dir():
                columns[name] = f"no package in {package}"
                continue
            scratch = Path(folder) / name
            scratch.mkdir()
            columns[name] = worker(maps, source, package, scratch, options.port + port)
    text = page(maps, columns)
    if options.output:
        options.output.write_text(text, encoding="utf-8")
    else:
        print(text)
    differing = sum(line.startswith("| `") and not line.endswith("|  |") for line in text.splitlines())
    print(f"{len(maps.cases)} cases, {differing} with a difference")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
