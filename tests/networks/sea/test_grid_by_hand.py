"""The grid of the sea cell by cell: which cells are water, which is nearest to a quay, and what limits leave over."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from networks.geometry import to_degrees
from networks.sea import SeaGrid, sea_minutes, sea_path, sea_ways

EPSG = 25833
WEST, NORTH = 500_000.0, 7_600_000.0
ROWS, COLUMNS = 6, 7


def grid(cells: list[str], *, cell_m: float = 1000.0) -> SeaGrid:
    """A sea from a picture: ``.`` water, ``~`` open sea, anything else land."""
    drawn = np.asarray([list(row) for row in cells])
    exposed = drawn == "~"
    return SeaGrid((drawn == ".") | exposed, exposed, WEST, NORTH, cell_m, EPSG, 5.0, True, "")


def degrees(places: list[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Places in kilometres east and south of the grid's corner."""
    east = np.asarray([WEST + 1000 * x for x, _ in places])
    north = np.asarray([NORTH - 1000 * y for _, y in places])
    return to_degrees(east, north, epsg=EPSG)


pictures = st.lists(st.text(".~#", min_size=COLUMNS, max_size=COLUMNS), min_size=ROWS, max_size=ROWS)
places = st.lists(st.tuples(st.floats(-4, 11), st.floats(-4, 10)), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(pictures, places, st.sampled_from([0.4, 1.0, 3.0, 20.0]))
def test_a_berth_is_the_nearest_cell_of_all(
    picture: list[str], at: list[tuple[float, float]], most: float
) -> None:
    sea = grid(picture)
    found = sea.berths(*degrees(at), max_km=most)
    water = [(r, c) for r, c in itertools.product(range(ROWS), range(COLUMNS)) if picture[r][c] != "#"]
    for k, (x, y) in enumerate(at):
        ways = {r * COLUMNS + c: math.hypot(c + 0.5 - x, r + 0.5 - y) for r, c in water}
        near = min(ways.values(), default=math.inf)
        if abs(near - most) < 1e-6:
            continue
        if near > most:
            assert found.cell[k] == -1
            assert math.isnan(found.off_km[k])
        else:
            assert found.off_km[k] == pytest.approx(near, abs=1e-6)
            assert ways[int(found.cell[k])] == pytest.approx(near, abs=1e-6)
    assert_array_equal(found.joined, found.cell >= 0)
    shores = sea.shores(found)
    assert_array_equal(shores.cell, found.cell)
    assert_array_equal(shores.off_km[found.joined], 0)
    assert np.isnan(shores.off_km[~found.joined]).all()


def box(x: float, y: float, wide: float, high: float) -> shapely.Geometry:
    """A box of kilometres east and south of the corner, in degrees."""
    corners = [(x, y), (x + wide, y), (x + wide, y + high), (x, y + high)]
    return shapely.Polygon(np.column_stack(degrees(corners)))


@settings(max_examples=8, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(2, 6), st.integers(2, 6)),
        min_size=1,
        max_size=4,
    )
)
def test_water_is_what_one_sails_to_from_the_largest_part_and_is_no_land(
    boxes: list[tuple[int, int, int, int]],
) -> None:
    """Cells of an eighth of a kilometre; land of whole kilometres, so that no centre lies on a shore."""
    sea = SeaGrid.from_land(
        [box(*one) for one in boxes], epsg=EPSG, cell_m=125.0, offshore_km=4.0, open_sea_km=2.0
    )
    rows, columns = sea.water.shape
    east = (sea.west - WEST) / 1000 + 0.125 * (np.arange(columns) + 0.5)
    south = (NORTH - sea.north) / 1000 + 0.125 * (np.arange(rows) + 0.5)
    land = np.zeros((rows, columns), dtype=bool)
    away = np.full((rows, columns), np.inf)
    for x, y, wide, high in boxes:
        inside_x, inside_y = (east > x) & (east < x + wide), (south > y) & (south < y + high)
        land |= inside_y[:, None] & inside_x
        off_x = np.maximum(np.maximum(x - east, east - x - wide), 0)
        off_y = np.maximum(np.maximum(y - south, south - y - high), 0)
        away = np.minimum(away, np.hypot(off_y[:, None], off_x))
    assert not (sea.water & land).any()
    slack = 0.75  # distances are measured on blocks of half a kilometre, whose diagonal is 0.71
    assert (away[sea.water] <= 4.0 + slack).all()
    assert (away[sea.exposed] > 2.0 - slack).all()
    assert sea.exposed[sea.water & (away > 2.0 + slack)].all()
    part, count = np.zeros((rows, columns), dtype=int), 0
    near = ~land & (away <= 4.0 - slack)
    for start in zip(*np.nonzero(near), strict=True):
        if part[start]:
            continue
        count += 1
        part[start], pending = count, [start]
        while pending:
            r, c = pending.pop()
            for to in ((r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)):
                if 0 <= to[0] < rows and 0 <= to[1] < columns and near[to] and not part[to]:
                    part[to] = count
                    pending.append(to)
    for number in range(1, count + 1):  # water near land is all in the sea, or a pool that is all out of it
        held = sea.water[part == number]
        assert held.all() or not held.any()


@settings(max_examples=40, deadline=None)
@given(pictures, st.sampled_from([1.0, 2.5, 6.0]), st.sampled_from([1.0, 0.5, 0.0]))
def test_a_limit_leaves_out_what_is_longer_and_nothing_else(
    picture: list[str], limit: float, factor: float
) -> None:
    sea = grid(picture)
    cells = np.flatnonzero(sea.water)
    if not len(cells):
        return
    ends = sea.berths(*sea.centres(cells))
    start = sea.berths(*sea.centres(cells[:1]))
    whole = sea_ways(sea, start, ends, open_sea_speed_factor=factor)
    cut = sea_ways(sea, start, ends, open_sea_speed_factor=factor, limit_km=limit)
    clear = np.abs(whole.km - limit) > 1e-3
    kept = whole.km <= limit
    assert_allclose(cut.km[clear & kept], whole.km[clear & kept], rtol=1e-9)
    assert np.isnan(cut.km[clear & ~kept]).all()
    assert_array_equal(np.isnan(cut.km), np.isnan(cut.open_km))
    minutes = sea_minutes(sea, start, ends, speed_kph=20.0, limit_km=limit, open_sea_speed_factor=factor)
    sheltered, exposed = cut.km - cut.open_km, cut.open_km
    if factor:
        assert_allclose(minutes, 3.0 * sheltered + 3.0 * exposed / factor, rtol=1e-9)
    else:
        assert_array_equal(np.isnan(minutes), np.isnan(cut.km) | (exposed > 0))


@settings(max_examples=30, deadline=None)
@given(pictures, st.sampled_from([1.0, 0.4]))
def test_ways_back_are_ways_there_and_a_second_question_is_answered_alike(
    picture: list[str], factor: float
) -> None:
    sea = grid(picture)
    cells = np.flatnonzero(sea.water)
    if len(cells) < 3:
        return
    few, many = sea.berths(*sea.centres(cells[:2])), sea.berths(*sea.centres(cells[1:]))
    there = sea_ways(sea, few, many, open_sea_speed_factor=factor)
    back = sea_ways(sea, many, few, open_sea_speed_factor=factor)
    assert_allclose(back.km, there.km.T, rtol=1e-6)
    anew = grid(picture)
    for some in (cells[1:2], cells[1:], cells[2:]):  # what was found before is used again
        ends = sea.berths(*sea.centres(some))
        asked, fresh = (
            sea_ways(one, few, ends, open_sea_speed_factor=factor) for one in (sea, grid(picture))
        )
        assert_allclose(asked.km, fresh.km, rtol=1e-9)
        assert_allclose(asked.open_km, fresh.open_km, rtol=1e-6, atol=1e-9)
    assert anew.found == {}


def test_a_place_ashore_adds_its_way_to_the_water_at_both_ends() -> None:
    sea = grid([".......", "#######", "......."])
    (lon, lat) = degrees([(0.5, 1.3), (6.5, 1.4)])
    ends = sea.berths(lon, lat)
    assert_allclose(ends.off_km, [0.8, 0.9], atol=1e-6)
    ways = sea_ways(sea, ends, ends)
    assert_allclose(ways.km[0, 1], 0.8 + 6 + 0.9, rtol=2e-3)
    assert_allclose(np.diag(ways.km), 0)
    path = sea_path(sea, (lon[0], lat[0]), (lon[1], lat[1]))
    assert path is not None
    assert path.km == pytest.approx(ways.km[0, 1], rel=1e-6)
    assert sea_path(sea, (lon[0], lat[0]), (lon[1], lat[1]), max_km=0.5) is None
    inland = degrees([(0.5, 1.5), (6.5, 1.5)])
    shore = sea.berths(*inland, max_km=0.9)
    assert not shore.joined.any()
