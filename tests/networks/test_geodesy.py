"""Distances against pyproj's geodesic, and what must hold of any of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Geod

from networks.geodesy import great_circle_m, segment_lengths_m, utm_epsg, wrapped_deg

GEOD = Geod(ellps="WGS84")
lons, lats = st.floats(-180, 180), st.floats(-85, 85)


def arrays(*values: float) -> tuple[np.ndarray, ...]:
    return tuple(np.asarray([value]) for value in values)


@settings(max_examples=60)
@given(lons, lats, lons, lats)
def test_great_circles_are_within_half_a_per_cent_of_the_geodesic(
    a: float, b: float, c: float, d: float
) -> None:
    """The Earth is flattened by a 298th; a sphere of its mean radius is nowhere further off."""
    geodesic = GEOD.inv(a, b, c, d)[2]
    assert great_circle_m(*arrays(a, b, c, d))[0] == pytest.approx(geodesic, rel=6e-3, abs=1e-2)


@settings(max_examples=40)
@given(lons, lats, lons, lats)
def test_distances_are_the_same_both_ways_and_nothing_to_oneself(
    a: float, b: float, c: float, d: float
) -> None:
    for measure in (great_circle_m, segment_lengths_m):
        assert measure(*arrays(a, b, c, d))[0] == pytest.approx(
            measure(*arrays(c, d, a, b))[0], rel=1e-9, abs=1e-6
        )
        assert measure(*arrays(a, b, a, b))[0] == 0


@settings(max_examples=60)
@given(st.floats(-179.9, 179.9), lats, st.floats(-0.2, 0.2), st.floats(-0.2, 0.2))
def test_segments_are_those_of_the_geodesic(lon: float, lat: float, east: float, north: float) -> None:
    stop = (lon + east, lat + north)
    geodesic = GEOD.inv(lon, lat, *stop)[2]
    assert segment_lengths_m(*arrays(lon, lat, *stop))[0] == pytest.approx(geodesic, rel=5e-6, abs=1e-3)


def test_segments_cross_the_antimeridian_the_short_way() -> None:
    for metres in (
        segment_lengths_m(*arrays(179.99, 60, -179.99, 60)),
        great_circle_m(*arrays(179.99, 60, -179.99, 60)),
    ):
        assert metres[0] == pytest.approx(GEOD.inv(179.99, 60, -179.99, 60)[2], rel=6e-3)


@pytest.mark.parametrize(
    ("angle", "expected"), [(0, 0), (179, 179), (181, -179), (-181, 179), (360, 0), (180, -180), (539, 179)]
)
def test_differences_of_longitude(angle: float, expected: float) -> None:
    assert wrapped_deg(np.asarray([float(angle)]))[0] == expected


@pytest.mark.parametrize(
    ("lon", "lat", "epsg"),
    [
        ([15.0], [69.0], 32633),
        ([15.0], [-10.0], 32733),
        ([-180.0], [10.0], 32601),
        ([179.9], [10.0], 32660),
        ([5.99, 5.0], [1.0, 1.0], 32631),
        ([6.0], [0.0], 32632),
        ([179.0, -179.0], [5.0, 5.0], 32601),
        ([170.0, -179.0], [5.0, 5.0], 32660),
    ],
)
def test_the_zone_of_the_middle(lon: list[float], lat: list[float], epsg: int) -> None:
    found = utm_epsg(np.asarray(lon), np.asarray(lat))
    assert found == epsg
    area = CRS.from_epsg(found).area_of_use
    if abs(lon[0]) < 179:
        middle = sum(lon) / len(lon)
        assert area.west - 1e-9 <= middle <= area.east + 1e-9 or len(lon) > 1


def test_the_zone_of_where_the_people_live() -> None:
    lon, lat = np.asarray([15.0, 25.0]), np.asarray([69.0, -69.0])
    assert utm_epsg(lon, lat, np.asarray([9.0, 1.0])) == 32633
    assert utm_epsg(lon, lat, np.asarray([0.0, 1.0])) == 32735
