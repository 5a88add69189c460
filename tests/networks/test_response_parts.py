"""The parts of a crew's minutes: least sums, range, landing places, airports at home; in plain loops."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from networks.craft import Craft
from networks.errors import NetworkDataError
from networks.geodesy import great_circle_m
from networks.response import (
    HOME_KM,
    ashore_minutes,
    between,
    craft_minutes,
    in_range,
    landing_places,
    least_sum,
    needed_sea,
    or_inf,
    or_nan,
)

FEW = settings(max_examples=40)
MINUTES = st.sampled_from([0.0, 1.0, 2.5, 7.0, math.inf])
HELICOPTER = Craft("helicopter", "air", 200, 10, land_min=4, range_km=100)
PLANE = Craft("plane", "air", 300, 20, land_min=8, lands="airport", runway_m=1000, transfer_min=6)
BOAT = Craft("boat", "sea", 50, 5, lands="berth")


class Ends:
    """Points with coordinates, which is all that a flight needs."""

    def __init__(self, lon: list[float], lat: list[float]) -> None:
        self.lon, self.lat = np.asarray(lon), np.asarray(lat)

    def __len__(self) -> int:
        return len(self.lon)


@pytest.fixture
def small(make_network: Any) -> Any:
    """Three nodes in a row: five minutes and ten minutes."""
    both_ways = [(0, 1, 300.0), (1, 0, 300.0), (1, 2, 600.0), (2, 1, 600.0)]
    return make_network(3, both_ways, lon=[15.0, 15.1, 15.4], lat=[68.0, 68.0, 68.0])


@FEW
@given(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3), st.data())
def test_the_least_sum_over_what_lies_between(n: int, k: int, m: int, data: st.DataObject) -> None:
    first = data.draw(hnp.arrays(np.float64, (n, k), elements=MINUTES))
    second = data.draw(hnp.arrays(np.float64, (k, m), elements=MINUTES))
    told = least_sum(first, second)
    assert told.shape == (n, m)
    for i in range(n):
        for j in range(m):
            assert told[i, j] == min((first[i, by] + second[by, j] for by in range(k)), default=math.inf)


def test_what_is_not_known_and_what_cannot_be() -> None:
    given = np.asarray([1.0, math.nan, math.inf, 0.0])
    assert or_inf(given).tolist() == [1.0, math.inf, math.inf, 0.0]
    assert np.isnan(or_nan(given)).tolist() == [False, True, True, False]
    assert given[2] == math.inf  # what was given is left as it was


@FEW
@given(st.integers(1, 3), st.integers(1, 3), st.integers(0, 3), st.data())
def test_the_range_is_the_way_out_and_on_to_the_nearest_drop_or_home(
    n: int, m: int, drops: int, data: st.DataObject
) -> None:
    km = st.sampled_from([0.0, 40.0, 50.0, 60.0, 100.0, math.inf])
    out = data.draw(hnp.arrays(np.float64, (n, m), elements=km))
    back = data.draw(hnp.arrays(np.float64, (m, drops), elements=km))
    for craft in (HELICOPTER, Craft("far", "air", 200, 10)):
        home, on = in_range(craft, out, None), in_range(craft, out, back)
        for i in range(n):
            for j in range(m):
                way = out[i, j]
                assert home[i, j] == (way < math.inf and 2 * way <= craft.range_km)
                onward = min(back[j].tolist(), default=math.inf)
                assert on[i, j] == (way < math.inf and way + onward <= craft.range_km)


def test_a_flight_lands_and_a_plane_at_home_has_not_flown() -> None:
    starts, stops = Ends([15.0, 15.0], [68.0, 69.0]), Ends([15.0, 15.05], [68.0, 68.0])
    km = np.asarray(
        [
            [great_circle_m(a, b, c, d) / 1000 for c, d in ((15.0, 68.0), (15.05, 68.0))]
            for a, b in ((15.0, 68.0), (15.0, 69.0))
        ]
    )
    assert 0 < km[0, 1] <= HOME_KM  # within what counts as home
    helicopter = between(HELICOPTER, starts, stops, None)
    assert helicopter.minutes == pytest.approx(4 + km / 200 * 60)
    assert helicopter.km == pytest.approx(km)
    plane = between(PLANE, starts, stops, None)
    assert plane.minutes[0].tolist() == [0.0, 0.0]
    assert plane.minutes[1] == pytest.approx(8 + km[1] / 300 * 60)
    assert plane.km == pytest.approx(km)


def test_only_boats_go_ashore_and_only_over_a_sea_that_is_there() -> None:
    assert ashore_minutes(HELICOPTER, Ends([15.0, 16.0], [68.0, 68.0]), None).tolist() == [0.0, 0.0]
    for asked in (
        lambda: needed_sea(BOAT, None),
        lambda: between(BOAT, Ends([15.0], [68.0]), Ends([15.0], [68.0]), None),
    ):
        with pytest.raises(NetworkDataError, match="craft 'boat': a boat needs a sea"):
            asked()


def test_where_a_craft_may_land_that_does_not_land_anywhere(small: Any) -> None:
    asked: dict[str, Any] = {"airports": [0, 1, 2], "berths": [2], "airport_runway_m": None}
    assert landing_places(PLANE, small, **asked).lon.tolist() == [15.0, 15.1, 15.4]
    assert landing_places(BOAT, small, **asked).lon.tolist() == [15.4]
    runways = asked | {"airport_runway_m": np.asarray([999.9, 1000.0, 2000.0])}
    assert landing_places(PLANE, small, **runways).lon.tolist() == [15.1, 15.4]
    assert landing_places(BOAT, small, **runways).lon.tolist() == [15.4]  # a boat needs no runway
    with pytest.raises(NetworkDataError, match="2 lengths of runways for 3 airports"):
        landing_places(PLANE, small, **asked | {"airport_runway_m": np.asarray([1.0, 2.0])})
    with pytest.raises(NetworkDataError, match="'plane' lands at each airport given; none was given"):
        landing_places(PLANE, small, **asked | {"airports": None})
    with pytest.raises(NetworkDataError, match="'boat' lands at each berth given; none was given"):
        landing_places(BOAT, small, **asked | {"berths": None})


def test_minutes_of_a_crew_are_those_of_its_parts(small: Any) -> None:
    car = Craft("car", "road", math.nan, 3)
    assert craft_minutes(car, [0], [0, 1, 2], network=small) == pytest.approx(np.asarray([[3.0, 8.0, 18.0]]))
    there = craft_minutes(HELICOPTER, [0], [1, 2], network=small)
    km = [great_circle_m(15.0, 68.0, lon, 68.0) / 1000 for lon in (15.1, 15.4)]
    assert there == pytest.approx(np.asarray([[10 + 4 + 60 * way / 200 for way in km]]))
    plane = craft_minutes(
        PLANE, [0], [0, 1, 2], network=small, airports=[0, 2], airport_runway_m=np.asarray([1500.0, 1500.0])
    )
    flown = 8 + 60 * km[1] / 300
    by_road = {0: {0: 0.0, 1: 5.0, 2: 15.0}, 2: {0: 15.0, 1: 10.0, 2: 0.0}}
    expected = [20 + 6 + min(by_road[0][to], flown + by_road[2][to]) for to in (0, 1, 2)]
    assert plane == pytest.approx(np.asarray([expected]))


@pytest.mark.parametrize(
    "craft", [Craft("car", "road", math.nan, 3, range_km=0), Craft("grounded", "air", 200, 3, range_km=0)]
)
def test_a_craft_without_range_reaches_nobody_not_even_where_it_stands(small: Any, craft: Craft) -> None:
    assert np.isnan(craft_minutes(craft, [0, 1], [0, 1, 2], network=small)).all()
