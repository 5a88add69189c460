"""Kilometres of road within minutes of the fjord's hospitals, counted by hand, and who lives within them."""

from __future__ import annotations

import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

import geoaccess as ga
from geoaccess.ground.errors import UnknownNameError
from geoaccess.questions.isochrones.answer import isochrones_answer
from geoaccess.questions.registry import document
from networks.errors import NetworkDataError

# Hospitals stand in Town and on Færøy; Town - West is 60 km, East - Færøy 30 km, both driven at 60 km/h.


@pytest.mark.parametrize(
    ("scenario", "minutes", "kilometres"),
    [
        (None, [0.0, 10.0, 30.0, 45.0, 60.0], [0, 20, 60, 75, 90]),
        (
            None,
            [55.0, 58.0],
            [85, 90],
        ),  # by the ferry from East: 25 min, from where West's road is met from both ends
        ("slow", [10.0, 60.0, 120.0], [10, 60, 90]),
        ("no-ferry", [58.0, 60.0], [88, 90]),
        ("closed", [30.0, 55.0, 65.0, 115.0], [30, 30, 40, 90]),
    ],
)
@pytest.mark.parametrize("direction", ["to", "from"])
def test_kilometres_of_road_within_minutes(
    fjord: Path, scenario: str | None, minutes: list[float], kilometres: list[float], direction: str
) -> None:
    """Every road and ferry goes both ways alike, so the direction changes nothing."""
    found = isochrones_answer(fjord, "hospital", minutes=minutes, direction=direction, scenario=scenario)
    table = found.tables["isochrones"]
    assert table["minutes"].tolist() == sorted(minutes)
    np.testing.assert_allclose(table["road_km"], kilometres, rtol=1e-6, atol=1e-9)
    assert found.facts["isochrones"] == {
        "kind": "hospital",
        "direction": direction,
        "reach_m": 2500.0,
        "scenario": scenario or "base",
    }


def test_people_have_the_minutes_that_every_question_gives_them(fjord: Path) -> None:
    points = isochrones_answer(fjord, "hospital").tables["reach_points"]
    np.testing.assert_allclose(points["travel_time_min"], [1, 55, 30, 2, math.nan])
    assert points["people"].tolist() == [1000, 100, 50, 200, 7]
    whole = ga.nearest(fjord, "hospital")["travel_time_min"]
    np.testing.assert_allclose(points["travel_time_min"], whole)


def test_areas_hold_each_other_and_nothing_beside_the_road(fjord: Path) -> None:
    table = isochrones_answer(fjord, "hospital", minutes=(20, 40), reach_m=1000.0).tables["isochrones"]
    inner, outer = (shapely.from_wkt(text) for text in table["wkt"])
    assert inner.difference(outer).area <= 0.02 * inner.area
    # 20 minutes from Town are 20 km or 0.18 degrees to the north; a kilometre is 0.025 degrees to the east.
    assert not outer.intersects(shapely.Point(18.1, 69.1))
    west, south, east, north = outer.bounds
    assert west > 17.95
    assert east < 18.05
    assert south > 68.95
    assert north < 69.83
    assert not inner.intersects(shapely.Point(18.0, 69.3))


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"kind": "hospitl"}, UnknownNameError, "hospital"),
        ({"scenario": "winter"}, UnknownNameError, "winter"),
        ({"minutes": ()}, NetworkDataError, "at least 0"),
        ({"minutes": (-1.0,)}, NetworkDataError, "at least 0"),
        ({"minutes": (math.nan,)}, NetworkDataError, "at least 0"),
        ({"reach_m": 0.0}, NetworkDataError, "above 0"),
    ],
)
def test_what_cannot_be_drawn(
    fjord: Path, options: dict[str, object], error: type[Exception], match: str
) -> None:
    asked = {"kind": "hospital"} | options
    kind = str(asked.pop("kind"))
    with pytest.raises(error, match=match):
        isochrones_answer(fjord, kind, **asked)  # type: ignore[arg-type]


def test_a_study_with_areas_and_no_coast_is_drawn_on_its_areas() -> None:
    """Malta: nothing on the sea, and nothing on Comino, which no car reaches: Gozo's roads are 2 km away."""
    found = isochrones_answer("malta", "emergency_department", minutes=(30,))
    whole = gpd.read_file(found.facts["boundaries"]).to_crs(32633).union_all()
    # What the areas enclose is no sea.
    areas = shapely.union_all([shapely.Polygon(one.exterior) for one in shapely.get_parts(whole)]).buffer(
        200.0
    )
    strip = gpd.GeoSeries(shapely.from_wkt(found.tables["isochrones"]["wkt"].to_numpy()), crs=4326)
    assert strip.to_crs(32633).iloc[0].difference(areas).area < 1e5
    layer = next(one for one in document(found).layers if one.key == "isochrones")
    drawn = gpd.GeoSeries(list(layer.geometry), crs=4326).to_crs(32633).union_all()
    assert drawn.difference(areas).area < 1e5
    comino, rabat = gpd.GeoSeries(gpd.points_from_xy([14.336, 14.400], [36.012, 35.881]), crs=4326).to_crs(
        32633
    )
    assert areas.contains(comino)
    assert not drawn.contains(comino)
    assert drawn.contains(rabat)
