"""Ways that need no search: along one edge, from door to door, and a place to itself."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from networks import snap, travel_time_matrix
from networks.points import SnappedPoints
from networks.straight import _same_places, pairs_of_equal, straight_pairs

GEOD = Geod(ellps="WGS84")
numbers = st.lists(st.integers(-1, 4), max_size=10)


@given(numbers, numbers)
def test_pairs_of_equal_numbers_are_all_there_and_nothing_is_none(left: list[int], right: list[int]) -> None:
    rows, columns = pairs_of_equal(np.asarray(left, np.int64), np.asarray(right, np.int64))
    expected = [(i, j) for i, a in enumerate(left) for j, b in enumerate(right) if a == b >= 0]
    assert sorted(zip(rows.tolist(), columns.tolist(), strict=True)) == expected


@given(
    st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=1, max_size=12),
    st.data(),
)
def test_one_place_is_a_centimetre_of_degrees(places: list[tuple[float, float]], data: Any) -> None:
    """As NumPy's own rounding and its rows that are equal tell it."""
    picked = data.draw(st.lists(st.sampled_from(range(len(places))), min_size=1, max_size=8))
    hair = data.draw(st.sampled_from([0.0, 3e-9, 4e-7]))
    lon, lat = np.array(places).T
    starts = at_place(lon, lat)
    stops = at_place(lon[picked] + hair, lat[picked])
    rows, columns = _same_places(starts, stops)
    rounded = [np.round(np.stack([points.lon, points.lat], axis=1), 7) for points in (starts, stops)]
    expected = [
        (i, j)
        for i, one in enumerate(rounded[0])
        for j, other in enumerate(rounded[1])
        if (one == other).all()
    ]
    assert list(zip(rows.tolist(), columns.tolist(), strict=True)) == expected


def at_place(lon: Any, lat: Any) -> Any:
    """Points that joined nothing, each with an access leg of its own pace."""
    count = len(lon)
    nowhere, nothing = np.full(count, -1), np.full(count, np.nan)
    flags = np.full(count, "too_far", dtype=object)
    return SnappedPoints(
        lon,
        lat,
        nowhere,
        nowhere,
        nowhere,
        nothing,
        nothing,
        nothing,
        nothing,
        nothing,
        flags,
        (0, 0),
        np.ones(count),
    )


@pytest.fixture(scope="module")
def road(make_network: Any) -> Any:
    """One road of some 11 km northwards, ten minutes each way."""
    return make_network(
        2, [(0, 1, 600), (1, 0, 600)], lon=[15.0, 15.0], lat=[68.0, 68.1], labels={"link_id": ["r", "r"]}
    )


def test_two_places_along_a_road_travel_its_part_between_them(road: Any) -> None:
    points = snap(road, [15.0, 15.0, 15.0], [68.02, 68.05, 68.09], max_distance_m=5.0)
    found = travel_time_matrix(road, points, points)
    expected = [[0, 3, 7], [3, 0, 4], [7, 4, 0]]
    np.testing.assert_allclose(found, expected, atol=0.01)


def test_neighbours_off_the_road_go_straight_to_each_other(road: Any) -> None:
    """Two houses 40 m apart, some 400 m east of the road: nobody drives to the road and back."""
    east = 15.01
    near = GEOD.fwd(east, 68.05, 0.0, 40.0)
    points = snap(road, [east, near[0]], [68.05, near[1]], max_distance_m=2000.0)
    pairs = straight_pairs(road, points, points)
    direct = {
        (row, column): seconds
        for row, column, seconds, along in zip(*pairs, strict=True)
        if not along and np.isfinite(seconds)
    }
    pace = float(points.pace_s_per_m[0])
    assert direct[0, 1] == pytest.approx(40.0 * pace, rel=0.01)
    assert direct[1, 0] == direct[0, 1]
    assert travel_time_matrix(road, points, points)[0, 1] == pytest.approx(40.0 * pace / 60.0, rel=0.01)
    assert travel_time_matrix(road, points, points)[0, 0] == 0.0


def test_a_place_is_nowhere_from_itself_even_where_no_road_is(road: Any) -> None:
    points = snap(road, [15.0, 15.5], [68.05, 68.05], max_distance_m=100.0)
    found = travel_time_matrix(road, points, points)
    assert found[0, 0] == 0.0
    assert math.isnan(found[0, 1])
