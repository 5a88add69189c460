"""Least-cost ways over ground: beside Dijkstra of networkx on a graph that is sampled from the ground."""

from __future__ import annotations

import itertools
import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import ndimage

from networks import NetworkDataError
from networks.errors import CrsError
from networks.surface import Surface, surface_minutes

EPSG, WEST, NORTH, CELL = 25833, 500_000.0, 7_540_000.0, 20.0
#: Points sampled along a move: a multiple of four, so that each cell gets its own share.
SAMPLES = 8


def surface(speed, height=None, way=None, **options) -> Surface:
    speed = np.asarray(speed, dtype=np.float32)
    return Surface(
        speed,
        np.ones(speed.shape, np.uint8) if way is None else np.asarray(way, dtype=np.uint8),
        None if height is None else np.asarray(height, dtype=np.float32),
        WEST,
        NORTH,
        CELL,
        EPSG,
        **{"change_min": 0.0, **options},
    )


def tobler_kph(slope: float) -> float:
    return 6.0 * math.exp(-3.5 * abs(slope + 0.05))


def graph_of(ground: Surface) -> nx.DiGraph:
    """Every move that crosses no barrier, timed by sampling the straight line between the two centres."""
    speed, graph = ground.speed_kph, nx.DiGraph()
    rows, columns = speed.shape
    steps = [
        (down, right)
        for down, right in itertools.product(range(-2, 3), repeat=2)
        if math.gcd(down, right) == 1 and (ground.moves == 16 or max(abs(down), abs(right)) == 1)
    ]
    for row, column in itertools.product(range(rows), range(columns)):
        graph.add_node((row, column))
        for down, right in steps:
            to = row + down, column + right
            if not (0 <= to[0] < rows and 0 <= to[1] < columns):
                continue
            shares = (np.arange(SAMPLES) + 0.5) / SAMPLES
            crossed = [
                (math.floor(row + 0.5 + t * down), math.floor(column + 0.5 + t * right)) for t in shares
            ]
            if any(not speed[cell] > 0 for cell in crossed):
                continue
            if abs(down) == abs(right) and not (speed[to[0], column] > 0 or speed[row, to[1]] > 0):
                continue
            metres = math.hypot(down, right) * CELL
            rise = (
                0.0 if ground.height_m is None else float(ground.height_m[to] - ground.height_m[row, column])
            )
            slower = tobler_kph(0.0) / tobler_kph(rise / metres)
            seconds = 0.0
            for before, cell in zip([crossed[0], *crossed], crossed, strict=False):
                on_foot = slower if ground.way[cell] == 1 else 1.0
                seconds += metres / SAMPLES * 3.6 / float(speed[cell]) * on_foot
                seconds += 60.0 * ground.change_min * (ground.way[cell] != ground.way[before])
            graph.add_edge((row, column), to, seconds=seconds)
    return graph


def searched(ground: Surface, sources, *, toward: bool) -> np.ndarray:
    cells = [row * ground.shape[1] + column for row, column in sources]
    return ground.least(cells, toward=toward).seconds


@pytest.mark.parametrize("moves", [8, 16])
@pytest.mark.parametrize("toward", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_all_cells_beside_networkx(seed, toward, moves):
    rng = np.random.default_rng(seed)
    speed = rng.choice([0.0, 1.5, 4.0, 5.0, 20.0], size=(13, 17), p=[0.25, 0.2, 0.2, 0.2, 0.15])
    way = np.where(speed == 20.0, 3, 1)
    height = 60.0 * ndimage.gaussian_filter(rng.normal(size=speed.shape), 1.0)
    ground = surface(speed, height, way, moves=moves, change_min=0.5)
    sources = [(3, 4), (9, 12)]
    for row, column in sources:
        ground.speed_kph[row, column] = 5.0
    graph = graph_of(ground)
    if toward:
        graph = graph.reverse()
    expected = nx.multi_source_dijkstra_path_length(graph, set(sources), weight="seconds")
    own = searched(ground, sources, toward=toward)
    for cell in itertools.product(*map(range, speed.shape)):
        if cell in expected:
            assert own[cell] == pytest.approx(expected[cell], rel=1e-6), cell
        else:
            assert np.isinf(own[cell]), cell


def test_the_way_back_is_the_same_way_with_its_slopes_turned_round():
    height = np.tile(np.arange(30.0) * 4.0, (1, 1))  # 20 % up to the east, one row: there is one way only
    ground = surface(np.full((1, 30), 5.0), height)
    least = ground.least([0], toward=True)
    metres = 29 * CELL
    up, down = metres * 3.6 / 5.0 / tobler_kph(0.2), metres * 3.6 / 5.0 / tobler_kph(-0.2)
    assert least.seconds[0, -1] == pytest.approx(down * tobler_kph(0.0), rel=1e-5)
    assert least.back_s[0, -1] == pytest.approx(up * tobler_kph(0.0), rel=1e-5)
    assert least.metres[0, -1] == pytest.approx(metres)


def test_a_barrier_of_one_cell_is_tight_also_from_corner_to_corner():
    speed = np.full((12, 12), 5.0)
    np.fill_diagonal(speed, 0.0)
    own = searched(surface(speed), [(11, 0)], toward=True)
    below = np.tril_indices(12, -1)
    above = np.triu_indices(12, 1)
    assert np.isfinite(own[below]).all()
    assert np.isinf(own[above]).all()


def test_open_ground_is_at_most_2_7_per_cent_longer_than_the_straight_line():
    own = searched(surface(np.full((41, 41), 3.6)), [(20, 20)], toward=False)
    down, right = np.indices(own.shape) - 20
    straight = np.hypot(down, right) * CELL
    there = straight > 0
    assert (own[there] >= straight[there] * (1 - 1e-9)).all()
    assert (own[there] / straight[there]).max() <= 1.0275


def test_a_road_over_water_is_stepped_on_to_from_the_bank_and_not_from_the_water():
    speed = np.full((3, 9), 5.0)
    speed[:, 4] = 0.0  # a river, with a bridge in the middle row
    own = searched(surface(speed, moves=8), [(1, 4)], toward=True)
    assert own[1, 3] == own[1, 5] == pytest.approx(CELL * 3.6 / 5.0)
    assert np.isinf(own[0, 4])
    assert np.isinf(own[2, 4])


def test_a_boat_costs_the_change_and_then_its_own_speed():
    speed, way = np.full((1, 20), 5.0), np.ones((1, 20))
    speed[0, 10:], way[0, 10:] = 20.0, 3
    level = searched(surface(speed, way=way, change_min=4.0), [(0, 0)], toward=False)
    half = CELL / 2 * 3.6
    assert level[0, 10] == pytest.approx(9 * CELL * 3.6 / 5.0 + half / 5.0 + half / 20.0 + 240.0)
    steep = surface(speed, height=np.arange(20.0)[None] * 10, way=way, change_min=4.0)
    own = searched(steep, [(0, 0)], toward=False)
    assert own[0, 19] - own[0, 10] == pytest.approx(9 * CELL * 3.6 / 20.0)


def test_cells_without_a_height_count_as_level():
    height = np.full((1, 5), 100.0)
    height[0, 2] = np.nan
    assert_allclose(
        searched(surface(np.full((1, 5), 5.0), height), [(0, 0)], toward=True)[0, 4], 4 * CELL * 0.72
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(1.05, 4.0))
def test_faster_ground_makes_no_way_longer(seed, factor):
    rng = np.random.default_rng(seed)
    speed = rng.choice([0.0, 2.0, 5.0], size=(9, 9))
    height = 30.0 * rng.normal(size=speed.shape)
    faster = np.where(rng.random(speed.shape) < 0.3, speed * factor, speed)
    before = searched(surface(speed, height), [(4, 4)], toward=True)
    after = searched(surface(faster, height), [(4, 4)], toward=True)
    assert (after <= before * (1 + 1e-9)).all()


def test_minutes_between_places_and_nan_where_nothing_leads():
    from networks.geometry import to_degrees

    speed = np.full((9, 30), 4.0)
    speed[:, 20] = 0.0
    height = np.tile(np.arange(30.0) * 2, (9, 1))
    ground = surface(speed, height)
    east = np.asarray([1.5, 10.5, 25.5, 500.0]) * CELL + WEST
    places = to_degrees(east, np.full(4, NORTH - 4.5 * CELL), epsg=EPSG)
    minutes = surface_minutes(ground, places, (places[0][:2], places[1][:2]))
    assert minutes.shape == (4, 2)
    assert np.isnan(minutes[2:]).all()
    assert minutes[0, 0] == 0.0
    seconds = 9 * CELL * 3.6 / 4.0 * tobler_kph(0.0)
    assert minutes[0, 1] == pytest.approx(seconds / tobler_kph(0.1) / 60.0, rel=1e-5)
    assert minutes[1, 0] == pytest.approx(seconds / tobler_kph(-0.1) / 60.0, rel=1e-5)
    turned = surface_minutes(ground, (places[0][:2], places[1][:2]), places)
    assert_allclose(turned[:, :2], minutes[:2])
    assert_allclose(surface_minutes(ground, places, places, limit_min=0.01)[0, 1], np.nan)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"speed": [[-1.0]]}, "at least 0 km/h"),
        ({"speed": [[np.inf]]}, "at least 0 km/h"),
        ({"speed": np.zeros((0, 3))}, "at least one cell"),
        ({"speed": [[1.0]], "height": [[1.0, 2.0]]}, "one shape"),
        ({"speed": [[1.0]], "way": [[9]]}, "must be one of walk"),
        ({"speed": [[1.0]], "moves": 4}, "8 or 16 moves"),
        ({"speed": [[1.0]], "change_min": -1.0}, "at least 0"),
    ],
)
def test_what_cannot_be_is_refused(options, said):
    with pytest.raises(NetworkDataError, match=said):
        surface(**options)


def test_degrees_are_no_metres():
    with pytest.raises(CrsError):
        Surface(np.ones((2, 2), np.float32), np.ones((2, 2), np.uint8), None, 15.0, 68.0, 0.01, 4326)
