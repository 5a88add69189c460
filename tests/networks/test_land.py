"""Land under access legs: cut in pieces and asked piece by piece, against the whole of it asked at once."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from networks import land as module
from networks.land import OFF_LAND_M, Land, _cut

FEW = settings(max_examples=40)
SPOT = st.tuples(st.integers(-3000, 5000), st.integers(-3000, 5000))


def land_of(area: shapely.Geometry, *, known: shapely.Geometry | None = None, whole: bool = True) -> Land:
    """Land that is given in metres."""
    pieces = np.asarray([piece for part in shapely.get_parts(area) for piece in _cut(part, 0)], dtype=object)
    return Land(pieces, shapely.STRtree(pieces), known, whole, 25833)


def lines(ends: list[tuple[tuple[int, int], tuple[int, int]]]) -> np.ndarray:
    return np.asarray([shapely.LineString(one) for one in ends], dtype=object)


@pytest.fixture
def islands(monkeypatch: pytest.MonkeyPatch) -> shapely.Geometry:
    """A round island of many points with a lake, and a square one; cut as finely as it goes."""
    monkeypatch.setattr(module, "_PIECE_POINTS", 6)
    return two_islands()


def two_islands() -> shapely.Geometry:
    ring = (
        shapely.Point(0, 0)
        .buffer(2000, quad_segs=16)
        .difference(shapely.Point(0, 0).buffer(700, quad_segs=4))
    )
    return shapely.union_all([ring, shapely.box(3500, 0, 4500, 900)])


def test_the_pieces_are_the_land_and_are_small(islands: shapely.Geometry) -> None:
    pieces = land_of(islands).pieces
    assert len(pieces) > 10
    assert max(shapely.get_num_coordinates(piece) for piece in pieces) <= 6
    assert shapely.area(pieces).sum() == pytest.approx(islands.area)  # none twice, none missing
    assert shapely.symmetric_difference(shapely.union_all(pieces), islands).area < 1e-3
    small = shapely.box(0, 0, 1, 1)
    assert list(_cut(small, 0)) == [small]
    deep = shapely.Point(0, 0).buffer(9)
    assert list(_cut(deep, module._DEEPEST)) == [deep]  # no further


@FEW
@given(st.lists(SPOT, min_size=1, max_size=4))
def test_what_lies_away_from_all_land(spots: list[tuple[int, int]]) -> None:
    area = two_islands()
    points = shapely.points(np.asarray(spots, dtype=float))
    assert land_of(area).away(points).tolist() == (shapely.distance(points, area) > OFF_LAND_M).tolist()


@FEW
@given(st.lists(st.tuples(SPOT, SPOT), min_size=1, max_size=4), st.booleans(), st.booleans())
def test_metres_of_a_leg_over_water_and_legs_that_nobody_can_judge(
    ends: list[tuple[tuple[int, int], tuple[int, int]]], whole: bool, bounded: bool
) -> None:
    ends = [(a, b if b != a else (b[0] + 1, b[1])) for a, b in ends]
    area, known = two_islands(), shapely.box(-2500, -2500, 2500, 5000)
    own = land_of(area, known=known if bounded else None, whole=whole)
    legs = lines(ends)
    water, off_land = own.water_m(legs), own.off_land(legs)
    for leg, (a, b), told, off in zip(legs, ends, water, off_land, strict=True):
        far = [area.distance(shapely.Point(end)) > OFF_LAND_M for end in (a, b)]
        inside = [not bounded or known.contains(shapely.Point(end)) for end in (a, b)]
        judged = all(inside) and not (all(far) if whole else any(far))
        if judged:
            assert told == pytest.approx(leg.difference(area).length, abs=1e-4)
        else:
            assert math.isnan(told)
        assert off == (whole and all(far) and all(inside))


def test_no_land_at_all() -> None:
    nothing = land_of(shapely.MultiPolygon())
    points = shapely.points([[0.0, 0.0], [5.0, 5.0]])
    assert nothing.away(points).tolist() == [True, True]
    legs = lines([((0, 0), (3, 4))])
    assert np.isnan(nothing.water_m(legs)).all()
    assert nothing.off_land(legs).tolist() == [True]
    assert land_of(two_islands()).away(points[:0]).tolist() == []


def test_land_of_degrees_is_in_metres_of_the_zone() -> None:
    """A square of a tenth of a degree at 60 north: 5.57 km wide and 11.1 km high."""
    square = shapely.box(15.0, 60.0, 15.1, 60.1)
    own = Land.of(square, epsg=32633, known=shapely.box(14.0, 59.0, 16.0, 61.0))
    assert shapely.area(own.pieces).sum() == pytest.approx(5.57e3 * 11.14e3, rel=0.01)
    assert own.known is not None
    west, south, east, north = shapely.bounds(own.known)
    assert north - south == pytest.approx(2 * 111.3e3, rel=0.02)
    assert east - west == pytest.approx(2 * 57.5e3, rel=0.05)
