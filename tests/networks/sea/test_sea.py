"""The sea as a grid against NetworkX on the same rules written anew, and against geometry by hand."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from scipy.sparse import csgraph

from networks import NetworkDataError
from networks.geodesy import great_circle_m
from networks.geometry import to_degrees
from networks.sea import SeaGrid, sea_minutes, sea_path, sea_ways

EPSG = 25833
WEST, NORTH = 500_000.0, 7_600_000.0


def grid(rows: list[str], *, cell_m: float = 1000.0) -> SeaGrid:
    """A sea from a picture: ``.`` water, ``~`` open sea, anything else land."""
    cells = np.asarray([list(row) for row in rows])
    exposed = cells == "~"
    return SeaGrid((cells == ".") | exposed, exposed, WEST, NORTH, cell_m, EPSG, 5.0, True, "")


def at(sea: SeaGrid, cells: list[tuple[int, int]]):
    """Berths at the centres of cells."""
    flat = np.asarray([row * sea.water.shape[1] + column for row, column in cells])
    return sea.berths(*sea.centres(flat))


def by_networkx(sea: SeaGrid, start: tuple[int, int], slowness: float = 1.0) -> dict[tuple[int, int], float]:
    """Counted cells from one cell: a move is free where its straight line, drawn, crosses no land cell inside."""
    graph = nx.Graph()
    height, width = sea.water.shape
    water = {(r, c) for r, c in itertools.product(range(height), range(width)) if sea.water[r, c]}
    graph.add_nodes_from(water)
    steps = [(dr, dc) for dr in range(-2, 3) for dc in range(-2, 3) if math.gcd(dr, dc) == 1]
    assert len(steps) == 16
    for (r, c), (dr, dc) in itertools.product(water, steps):
        to = (r + dr, c + dc)
        if to not in water:
            continue
        line = shapely.LineString([(c, r), (to[1], to[0])])
        around = itertools.product(
            range(min(r, to[0]), max(r, to[0]) + 1), range(min(c, to[1]), max(c, to[1]) + 1)
        )
        cut = [
            (y, x)
            for y, x in around
            if (y, x) not in water
            and shapely.box(x - 0.499, y - 0.499, x + 0.499, y + 0.499).intersects(line)
        ]
        if cut or (abs(dr) == abs(dc) == 1 and (r + dr, c) not in water and (r, c + dc) not in water):
            continue
        share = (float(sea.exposed[r, c]) + float(sea.exposed[to])) / 2
        graph.add_edge((r, c), to, weight=math.hypot(dr, dc) * (1 + share * (slowness - 1)))
    return nx.single_source_dijkstra_path_length(graph, start)


pictures = st.lists(st.text(".~#", min_size=7, max_size=7), min_size=6, max_size=6)


@settings(max_examples=20, deadline=None)
@given(pictures, st.sampled_from([1.0, 0.5, 0.31, 0.0]))
def test_least_ways_are_those_of_another_library(picture: list[str], factor: float) -> None:
    sea = grid(picture)
    cells = [tuple(cell) for cell in np.argwhere(sea.water).tolist()]
    if not cells:
        return
    start, ends = at(sea, cells[:1]), at(sea, cells)
    found = sea_ways(sea, start, ends, open_sea_speed_factor=factor)
    if factor:
        expected = by_networkx(sea, cells[0], 1 / factor)
        counted = found.km + found.open_km * (1 / factor - 1)
    else:
        closed = dataclasses.replace(sea, water=sea.water & ~sea.exposed)
        if not closed.water[cells[0]]:
            return
        expected = by_networkx(closed, cells[0])
        counted = found.km
    assert_allclose(counted[0], [expected.get(cell, np.nan) for cell in cells], rtol=1e-5, atol=1e-5)
    minutes = sea_minutes(sea, start, ends, speed_kph=30, open_sea_speed_factor=factor)
    assert_allclose(
        minutes[0], 2 * np.asarray([expected.get(cell, np.nan) for cell in cells]), rtol=1e-5, atol=1e-5
    )


def by_scipy(sea: SeaGrid, start: int, slowness: float) -> Any:
    """Counted cells from one cell on a large sea: every move shifts the whole picture."""
    height, width = sea.water.shape
    number = np.arange(height * width).reshape(height, width)
    tails, heads, weights = [], [], []
    for dr, dc in [
        (dr, dc) for dr in range(3) for dc in range(-2, 3) if math.gcd(dr, dc) == 1 and (dr or dc > 0)
    ]:
        r, c = np.nonzero(sea.water)
        inside = (r + dr < height) & (c + dc >= 0) & (c + dc < width)
        r, c = r[inside], c[inside]
        free = sea.water[r + dr, c + dc]
        half = (int(np.sign(dr)) if abs(dr) == 2 else 0, int(np.sign(dc)) if abs(dc) == 2 else 0)
        if abs(dr) == abs(dc) == 1:
            free = free & (sea.water[r + dr, c] | sea.water[r, c + dc])
        elif 0 not in (dr, dc):
            free = free & sea.water[r + half[0], c + half[1]] & sea.water[r + dr - half[0], c + dc - half[1]]
        r, c = r[free], c[free]
        share = (sea.exposed[r, c].astype(float) + sea.exposed[r + dr, c + dc]) / 2
        tails.append(number[r, c])
        heads.append(number[r + dr, c + dc])
        weights.append(math.hypot(dr, dc) * (1 + share * (slowness - 1)))
    entries = (np.concatenate(weights), (np.concatenate(tails), np.concatenate(heads)))
    graph = sparse.csr_matrix(entries, shape=(number.size, number.size))
    return csgraph.dijkstra(graph, directed=False, indices=start)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([1.0, 0.6, 0.2]), st.floats(0, 0.08), st.booleans())
def test_wide_water_is_searched_as_thoroughly(seed: int, factor: float, land: float, banks: bool) -> None:
    """Where cells are clear only three moves are tried: it must not change anything."""
    rng = np.random.default_rng(seed)
    sea = grid(["." * 60] * 50)
    sea.water[rng.random(sea.water.shape) < land * 0.2] = False
    for _ in range(3 * banks):
        row, column = rng.integers(0, 50), rng.integers(0, 60)
        sea.water[row, max(0, column - 15) : column + 15] = False
    sea.exposed[rng.integers(0, 50) :, rng.integers(0, 60) :] = True
    sea.exposed[~sea.water] = False
    cells = np.flatnonzero(sea.water)
    ends = sea.berths(*sea.centres(cells))
    start = sea.berths(*sea.centres(cells[[len(cells) // 3]]))
    found = sea_ways(sea, start, ends, open_sea_speed_factor=factor)
    expected = by_scipy(sea, int(cells[len(cells) // 3]), 1 / factor)[cells]
    counted = found.km + found.open_km * (1 / factor - 1)
    assert_allclose(counted[0], np.where(np.isinf(expected), np.nan, expected), rtol=1e-5, atol=1e-4)


@settings(max_examples=40, deadline=None)
@given(pictures)
def test_ways_over_the_sea_are_a_metric_and_no_shorter_than_the_great_circle(picture: list[str]) -> None:
    sea = grid(picture)
    cells = [tuple(cell) for cell in np.argwhere(sea.water).tolist()][::3]
    if not cells:
        return
    ends = at(sea, cells)
    km = sea_ways(sea, ends, ends).km
    assert_allclose(km, km.T, rtol=1e-9)
    assert_array_equal(np.diag(km), 0)
    circle = great_circle_m(ends.lon[:, None], ends.lat[:, None], ends.lon, ends.lat) / 1000
    assert (km[np.isfinite(km)] >= circle[np.isfinite(km)] - 1e-9).all()
    far = np.where(np.isnan(km), np.inf, km)
    for middle in range(len(cells)):
        assert (far <= far[:, middle, None] + far[middle] + 1e-9).all()


@settings(max_examples=40, deadline=None)
@given(pictures, st.integers(0, 5), st.integers(0, 6))
def test_filling_a_cell_with_land_never_shortens(picture: list[str], row: int, column: int) -> None:
    sea = grid(picture)
    closed = dataclasses.replace(sea, water=sea.water.copy())
    closed.water[row, column] = False
    cells = [tuple(cell) for cell in np.argwhere(closed.water).tolist()]
    if not cells:
        return
    before, after = (sea_ways(one, at(sea, cells[:1]), at(sea, cells)).km for one in (sea, closed))
    assert (
        np.where(np.isnan(after), np.inf, after) >= np.where(np.isnan(before), np.inf, before) - 1e-9
    ).all()


def test_a_sound_shortens_and_land_that_touches_at_a_corner_closes_it() -> None:
    sound = grid([".....", "##.##", "....."])
    closed = grid([".....", "#####", "....."])
    corner = grid(["...#", "..#.", ".#..", "#..."])
    assert_allclose(sea_ways(sound, at(sound, [(0, 2)]), at(sound, [(2, 2)])).km, 2, rtol=1e-3)
    assert np.isnan(sea_ways(closed, at(closed, [(0, 2)]), at(closed, [(2, 2)])).km).all()
    way = sea_ways(corner, at(corner, [(1, 1)]), at(corner, [(2, 2)])).km[0, 0]
    assert np.isnan(way)
    assert_allclose(sea_ways(corner, at(corner, [(2, 2)]), at(corner, [(3, 3)])).km, math.sqrt(2), rtol=1e-3)


def test_the_open_sea_is_told_and_avoided_when_it_slows() -> None:
    sea = grid([".~~~.", ".....", "....."])
    start, stop = at(sea, [(0, 0)]), at(sea, [(0, 4)])
    straight = sea_ways(sea, start, stop)
    round_it = sea_ways(sea, start, stop, open_sea_speed_factor=0.2)
    assert straight.km[0, 0] < round_it.km[0, 0]
    assert straight.open_km[0, 0] > round_it.open_km[0, 0]
    assert sea_ways(sea, start, stop, open_sea_speed_factor=0).open_km[0, 0] == 0
    same = grid(["~~~", "...", "~~~"])
    tie = sea_ways(same, at(same, [(1, 0)]), at(same, [(1, 2)]))
    assert tie.open_km[0, 0] == 0
    for factor in (-0.1, 0.01, 1.1, np.nan):
        with pytest.raises(NetworkDataError, match="factor"):
            sea_ways(sea, start, stop, open_sea_speed_factor=factor)


def test_a_way_has_a_line_that_is_as_long_as_it_says() -> None:
    sea = grid(["......#...", "......#...", "..........", "######....", ".........."])
    for a, b in (((0, 0), (0, 9)), ((0, 0), (4, 0)), ((0, 7), (4, 1))):
        lon, lat = sea.centres(np.asarray([a[0] * 10 + a[1], b[0] * 10 + b[1]]))
        path = sea_path(sea, (lon[0], lat[0]), (lon[1], lat[1]))
        assert path is not None
        km = great_circle_m(path.lon[:-1], path.lat[:-1], path.lon[1:], path.lat[1:]).sum() / 1000
        assert_allclose(path.km, km, rtol=5e-3)  # the great circle is of a sphere
        assert_allclose(path.km, sea_ways(sea, at(sea, [a]), at(sea, [b])).km[0, 0], rtol=1e-6)
    assert sea_path(sea, (0.0, 0.0), (lon[1], lat[1])) is None


def square(west: float, south: float, east: float, north: float) -> shapely.Geometry:
    """A box of kilometres from the south-western corner of the test region, in degrees."""
    east_m, north_m = np.asarray([west, east]) * 1000 + WEST, np.asarray([south, north]) * 1000 + NORTH
    x, y = np.asarray([east_m[0], east_m[1], east_m[1], east_m[0]]), np.repeat(north_m, 2)
    return shapely.Polygon(np.column_stack(to_degrees(x, y, epsg=EPSG)))


def place(x: float, y: float) -> tuple[np.ndarray, np.ndarray]:
    return to_degrees(np.asarray([WEST + 1000 * x]), np.asarray([NORTH + 1000 * y]), epsg=EPSG)


def test_only_the_water_of_the_quays_is_kept_and_pools_are_not() -> None:
    island = square(0, 0, 30, 20).difference(square(10, 8, 20, 12))
    quay, pool = place(-0.2, 10), place(15, 10)
    sea = SeaGrid.from_land(island, epsg=EPSG, quays=quay, cell_m=500, offshore_km=10)
    assert sea.berths(*quay).joined.all()
    assert not sea.berths(*pool).joined.any()
    assert not sea.bounded
    lake = SeaGrid.from_land(island, epsg=EPSG, quays=pool, cell_m=500, offshore_km=10)
    assert lake.berths(*pool).joined.all()
    assert_allclose(lake.water.sum() * 0.25, 40, rtol=0.05)
    both = tuple(np.concatenate(pair) for pair in zip(quay, pool, strict=True))
    assert_array_equal(
        SeaGrid.from_land(island, epsg=EPSG, quays=both, cell_m=500).berths(*both).joined, [True, False]
    )
    with pytest.raises(NetworkDataError, match="no water within 3 km of any of 1 quays"):
        SeaGrid.from_land(island, epsg=EPSG, quays=place(5, 10), cell_m=500)


def test_water_is_only_where_the_land_is_known() -> None:
    land = square(0, 0, 30, 5)
    start, stop = place(15, 6), place(15, -1)
    everywhere = SeaGrid.from_land(land, epsg=EPSG, cell_m=500, offshore_km=10)
    south_is_foreign = SeaGrid.from_land(
        land, epsg=EPSG, cell_m=500, offshore_km=10, known=square(-50, 2, 80, 50), quays=start
    )
    assert south_is_foreign.bounded
    assert sea_path(everywhere, tuple(np.ravel(start)), tuple(np.ravel(stop))) is not None
    assert not south_is_foreign.berths(*stop, max_km=2).joined.any()


def test_a_berth_is_joined_to_the_nearest_water_and_says_how_far() -> None:
    sea = SeaGrid.from_land(square(0, 0, 30, 20), epsg=EPSG, cell_m=500, offshore_km=10)
    inland = place(2.0, 10)
    berth = sea.berths(*inland)
    assert 2.0 <= berth.off_km[0] <= 2.6
    assert not sea.berths(*inland, max_km=1.5).joined.any()
    assert np.isnan(sea.berths(*inland, max_km=1.5).off_km).all()
    centre = sea.centres(berth.cell)
    assert_allclose(great_circle_m(*inland, *centre) / 1000, berth.off_km, rtol=1e-2)
    assert not sea.berths(np.asarray([0.0]), np.asarray([0.0])).joined.any()


def test_a_grid_is_kept_under_what_it_was_made_from(tmp_path: Path) -> None:
    land, quay = square(0, 0, 10, 10), place(-0.2, 5)
    made = SeaGrid.from_land(land, epsg=EPSG, quays=quay, cell_m=500, offshore_km=8, cache=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [f"sea-{made.digest}.npz"]
    read = SeaGrid.from_land(land, epsg=EPSG, quays=quay, cell_m=500, offshore_km=8, cache=tmp_path)
    for field in (field for field in dataclasses.fields(SeaGrid) if field.init):
        assert np.array_equal(getattr(made, field.name), getattr(read, field.name)), field.name
    others = [
        SeaGrid.from_land(land, epsg=EPSG, quays=quay, cell_m=400, offshore_km=8),
        SeaGrid.from_land(land, epsg=EPSG, quays=quay, cell_m=500, offshore_km=9),
        SeaGrid.from_land(land, epsg=EPSG, cell_m=500, offshore_km=8),
        SeaGrid.from_land(square(0, 0, 10, 11), epsg=EPSG, quays=quay, cell_m=500, offshore_km=8),
    ]
    assert len({made.digest, *(other.digest for other in others)}) == 5


@pytest.mark.parametrize(
    "damage", [lambda raw: b"", lambda raw: raw[:60], lambda raw: raw[:-40], lambda _: b"PK no"]
)
def test_a_kept_grid_that_is_damaged_is_made_anew(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    def made() -> SeaGrid:
        return SeaGrid.from_land(square(0, 0, 10, 10), epsg=EPSG, cell_m=500, offshore_km=8, cache=tmp_path)

    water = made().water
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert np.array_equal(made().water, water)
    assert file.read_bytes() == whole


def test_a_cache_that_cannot_be_written_to_costs_time_and_nothing_else(tmp_path: Path) -> None:
    no_folder = tmp_path / "file"
    no_folder.write_text("")
    sea = SeaGrid.from_land(square(0, 0, 10, 10), epsg=EPSG, cell_m=500, offshore_km=8, cache=no_folder)
    assert sea.water.any()


@pytest.mark.parametrize(
    "figure", [{"cell_m": 0.0}, {"offshore_km": -1.0}, {"open_sea_km": np.nan}, {"cell_m": 0.05}]
)
def test_impossible_seas_are_refused(figure: dict[str, float]) -> None:
    with pytest.raises(NetworkDataError):
        SeaGrid.from_land(square(0, 0, 30, 20), epsg=EPSG, **figure)
    with pytest.raises(NetworkDataError, match="no polygon"):
        SeaGrid.from_land([], epsg=EPSG)
