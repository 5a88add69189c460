"""Blocks, limits, sides of the search and the nearest of many: small cases whose answers are written out."""

from __future__ import annotations

import itertools
import math
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csgraph

import networks.times as times
from networks import NetworkDataError, at_nodes, nearest, snap, travel_time_matrix
from networks.engines import using_engine
from networks.times import blocks, distinct_nodes, limit_seconds, node_seconds, travel_time_blocks

ENGINES = ["scipy", "hierarchy"]
#: One-way edges: 0 -> 1 -> 2 -> 3 of 1, 2 and 3 minutes, back from 3 to 0 in 10; 4 stands alone.
EDGES = [(0, 1, 60), (1, 2, 120), (2, 3, 180), (3, 0, 600)]
MINUTES = [
    [0, 1, 3, 6, math.nan],
    [15, 0, 2, 5, math.nan],
    [13, 14, 0, 3, math.nan],
    [10, 11, 13, 0, math.nan],
    [math.nan] * 4 + [0],
]


@pytest.fixture(scope="module")
def ring(make_network: Any) -> Any:
    return make_network(5, EDGES)


@given(st.integers(0, 60), st.integers(0, 40), st.integers(1, 200))
def test_blocks_cover_every_row_once_and_fit(count: int, each: int, room: int) -> None:
    found = list(blocks(count, each, block_bytes=room))
    assert [row for part in found for row in range(part.start, part.stop)] == list(range(count))
    for part in found[:-1]:
        rows = part.stop - part.start
        assert rows == 1 or rows * each <= room
        assert (rows + 1) * max(each, 1) > room


def test_blocks_are_128_mebibytes_unless_said_otherwise() -> None:
    assert [part.stop for part in blocks(3, 64 * 2**20)] == [2, 3]
    assert [part.stop for part in blocks(2, 128 * 2**20 + 1)] == [1, 2]
    assert times.STREAM_BYTES == 32 * 1024 * 1024


@pytest.mark.parametrize(
    ("limit", "expected"), [(None, math.inf), (0, 0.0), (1.5, 90.0), (math.inf, math.inf)]
)
def test_a_limit_in_seconds(limit: float | None, expected: float) -> None:
    assert limit_seconds(limit) == expected


@pytest.mark.parametrize("limit", [-1e-9, math.nan])
def test_no_limit_below_nothing(limit: float) -> None:
    with pytest.raises(NetworkDataError, match="limit"):
        limit_seconds(limit)


@pytest.mark.parametrize(
    ("nodes", "distinct", "place"),
    [
        ([[5, 3], [3, 9]], [3, 5, 9], [[1, 0], [0, 2]]),
        ([[5, -1], [-1, 9]], [5, 9], [[0, 0], [0, 1]]),
        ([[-1], [-1]], [0], [[0], [0]]),
        ([[0], [-1], [1]], [0, 1], [[0], [0], [1]]),
        ([[7]], [7], [[0]]),
    ],
)
def test_distinct_nodes_leave_the_absent_ones_out(nodes: Any, distinct: list[int], place: Any) -> None:
    found, where = distinct_nodes(np.asarray(nodes))
    assert found.tolist() == distinct
    assert where.tolist() == place
    assert distinct_nodes(np.zeros((0, 2), np.int64))[1].shape == (0, 2)


@pytest.mark.parametrize("largest", [3, 200, 10**6])
def test_distinct_nodes_are_the_same_marked_and_sorted(largest: int) -> None:
    nodes = np.random.default_rng(largest).integers(-1, largest, (40, 3))
    found, where = distinct_nodes(nodes)
    assert found.tolist() == sorted(set(nodes.ravel().tolist()) - {-1})
    there = nodes >= 0
    np.testing.assert_array_equal(found[where][there], nodes[there])
    assert (where[~there] == 0).all()


@pytest.mark.parametrize("engine", ENGINES)
def test_the_matrix_of_a_one_way_ring(ring: Any, engine: Any) -> None:
    nodes = np.arange(5)
    assert_allclose(travel_time_matrix(ring, nodes, nodes, engine=engine), MINUTES, atol=1e-9)
    assert_allclose(
        travel_time_matrix(ring, nodes, [3, 1], engine=engine), np.asarray(MINUTES)[:, [3, 1]], atol=1e-9
    )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("limit", "reached"), [(3.0, 3), (2.999, 2), (0.0, 1), (6.0, 4), (1.0, 2)])
def test_a_limit_holds_to_the_second_and_includes_itself(
    ring: Any, engine: Any, limit: float, reached: int
) -> None:
    found = travel_time_matrix(ring, [0], np.arange(5), limit_min=limit, engine=engine)
    assert int(np.isfinite(found).sum()) == reached
    for k in (1, 5):
        near, index = nearest(ring, [0], np.arange(5), k=k, limit_min=limit, engine=engine)
        assert int(np.isfinite(near).sum()) == min(k, reached)
        assert index[0].tolist() == ([0, 1, 2, 3][: min(k, reached)] + [-1] * k)[:k]


def test_the_search_starts_from_the_side_with_fewer_points(
    ring: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched = []
    real = csgraph.dijkstra

    def spy(graph: Any, **options: Any) -> Any:
        searched.append(len(options["indices"]))
        return real(graph, **options)

    monkeypatch.setattr(csgraph, "dijkstra", spy)
    many, few = np.arange(5), np.asarray([2])
    assert node_seconds(ring, many, few, engine="scipy").shape == (5, 1)
    assert node_seconds(ring, few, many, engine="scipy").shape == (1, 5)
    assert searched == [1, 1]
    assert_allclose(
        node_seconds(ring, few, many, engine="scipy")[0], 60 * np.asarray([*MINUTES[2][:4], math.inf])
    )


def test_a_search_stops_at_its_limit_without_being_cut_below_it(ring: Any) -> None:
    found = node_seconds(ring, np.asarray([0]), np.arange(5), limit_s=180.0, engine="scipy")
    assert found[0, :3].tolist() == [0, 60, 180]
    assert math.isinf(found[0, 3])


def test_blocks_of_a_matrix_are_its_rows(ring: Any) -> None:
    whole = travel_time_matrix(ring, np.arange(5), [0, 3, 4])
    for room, sizes in ((24, [1] * 5), (48, [2, 2, 1]), (10**6, [5]), (1, [1] * 5)):
        parts = list(travel_time_blocks(ring, np.arange(5), [0, 3, 4], block_bytes=room))
        assert [part.stop - part.start for part, _ in parts] == sizes
        assert_array_equal(np.concatenate([minutes for _, minutes in parts]), whole)
    ((_, cut),) = travel_time_blocks(ring, np.arange(5), [0, 3, 4], limit_min=5.0)
    assert_array_equal(cut, np.where(whole <= 5, whole, np.nan))
    assert list(travel_time_blocks(ring, np.zeros(0, np.int64), [0])) == []
    with pytest.raises(NetworkDataError, match="no such engine"):
        list(travel_time_blocks(ring, [0], [0], engine="abacus"))


@pytest.mark.parametrize("engine", ENGINES)
def test_the_nearest_are_in_order_and_the_first_of_equals_counts(make_network: Any, engine: Any) -> None:
    net = make_network(6, [(0, 1, 120), (0, 2, 60), (0, 3, 60), (0, 4, 180)])
    minutes, index = nearest(net, [0, 5], [4, 3, 1, 2], k=6, engine=engine)
    assert_allclose(minutes[0], [1, 1, 2, 3, math.nan, math.nan], atol=1e-9)
    assert index.tolist() == [[1, 3, 2, 0, -1, -1], [-1] * 6]
    assert np.isnan(minutes[1]).all()
    assert nearest(net, [0], [4, 3, 1, 2], engine=engine)[1].tolist() == [[1]]
    twice = nearest(net, [0], [2, 2, 3], k=3, engine=engine)
    assert twice[1].tolist() == [[0, 1, 2]]


def test_one_is_the_least_number_of_nearest(ring: Any) -> None:
    for k in (0, -1):
        with pytest.raises(NetworkDataError, match="at least 1"):
            nearest(ring, [0], [1], k=k)


@pytest.mark.parametrize("engine", ENGINES)
def test_access_counts_at_both_ends_of_the_nearest(make_network: Any, engine: Any) -> None:
    """A place with a long way to its door is further than one further along the road."""
    net = make_network(4, [(0, 1, 60), (0, 2, 120)])
    start = at_nodes(net, [0], access_s=[30.0])
    stops = at_nodes(net, [1, 2, 3], access_s=[120.0, 6.0, 0.0])
    minutes, index = nearest(net, start, stops, k=2, engine=engine)
    assert index.tolist() == [[1, 0]]
    assert_allclose(minutes, [[2.6, 3.5]], atol=1e-9)


def drawn_out(rows: list[tuple[int, int, float]], points: list[tuple[int, float]]) -> nx.DiGraph:
    """The roads (both ways) with each point put in as a node ``("p", i)`` at its share of a road."""
    graph = nx.DiGraph()
    for road, (a, b, seconds) in enumerate(rows):
        stops = sorted((share, ("p", i)) for i, (own, share) in enumerate(points) if own == road)
        chain = [(0.0, a), *stops, (1.0, b)]
        for (low, left), (high, right) in itertools.pairwise(chain):
            for one, other in ((left, right), (right, left)):
                weight = (high - low) * seconds
                if not graph.has_edge(one, other) or graph[one][other]["weight"] > weight:
                    graph.add_edge(one, other, weight=weight)
    return graph


@settings(max_examples=15)
@given(
    st.lists(st.integers(30, 900), min_size=5, max_size=5),
    st.lists(
        st.tuples(st.integers(0, 4), st.sampled_from([0.1, 0.25, 0.5, 0.8])),
        min_size=2,
        max_size=4,
        unique=True,
    ),
)
def test_points_along_roads_travel_as_if_they_were_junctions(
    make_network: Any, seconds: list[int], points: list[tuple[int, float]]
) -> None:
    """The corners of a grid of two by three, joined along and across; networkx is asked of the drawn-out graph."""
    corners = [(0, 1), (1, 2), (3, 4), (4, 5), (1, 4)]
    lon = [15.0, 15.1, 15.2, 15.0, 15.1, 15.2]
    lat = [68.0, 68.0, 68.0, 68.05, 68.05, 68.05]
    rows = [(a, b, float(time)) for (a, b), time in zip(corners, seconds, strict=True)]
    both = [edge for a, b, time in rows for edge in ((a, b, time), (b, a, time))]
    roads = [f"road{number // 2}" for number in range(len(both))]
    net = make_network(6, both, lon=lon, lat=lat, labels={"link_id": roads})
    place = [
        (lon[a] + share * (lon[b] - lon[a]), lat[a] + share * (lat[b] - lat[a]))
        for (a, b), share in ((corners[road], share) for road, share in points)
    ]
    joined = snap(net, [x for x, _ in place], [y for _, y in place], max_distance_m=50.0)
    graph = drawn_out(rows, points)
    found = travel_time_matrix(net, joined, joined)
    for i in range(len(points)):
        lengths = nx.single_source_dijkstra_path_length(graph, ("p", i))
        expected = [lengths.get(("p", j), math.nan) / 60 for j in range(len(points))]
        assert_allclose(found[i], expected, rtol=2e-3, atol=0.02)  # a parallel is no straight line


def test_blocks_fill_what_room_there_is() -> None:
    assert [part.stop for part in blocks(10, 1, block_bytes=5)] == [5, 10]
    assert [part.stop for part in blocks(10, 0, block_bytes=5)] == [5, 10]
    assert [part.stop for part in blocks(2, 129 * 2**19)] == [1, 2]
    assert [part.stop for part in blocks(2, 2**26)] == [2]


@pytest.fixture
def street(make_network: Any) -> Any:
    """A street of two minutes from 0 to 1, both ways, and a one-way road of six from 1 to 2."""
    return make_network(
        3,
        [(0, 1, 120), (1, 0, 120), (1, 2, 360)],
        lon=[15.0, 15.1, 15.2],
        lat=[68.0] * 3,
        labels={"link_id": ["street", "street", "road"]},
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_points_on_streets_and_at_nodes_together(street: Any, engine: Any) -> None:
    """A point on a one-way road has one way out, one on a street two, one at a node one: none shades the others."""
    points = snap(street, [15.05, 15.15, 15.1, 15.2], [68.0] * 4)
    expected = [[0, 4, 1, 7], [math.nan, 0, math.nan, 3], [1, 3, 0, 6], [math.nan] * 3 + [0]]
    assert_allclose(travel_time_matrix(street, points, points, engine=engine), expected, atol=0.02)
    for rows in ([0, 1], [1, 2], [0, 3]):
        some = points.take(np.asarray(rows))
        found = travel_time_matrix(street, some, points, engine=engine)
        assert_allclose(found, np.asarray(expected)[rows], atol=0.02)
    nodes = np.arange(3)
    from_nodes = [[1, 5, 2, 8], [1, 3, 0, 6], [math.nan] * 3 + [0]]
    assert_allclose(travel_time_matrix(street, nodes, points, engine=engine), from_nodes, atol=0.02)
    to_nodes = [[1, 1, 7], [math.nan, math.nan, 3], [2, 0, 6], [math.nan, math.nan, 0]]
    assert_allclose(travel_time_matrix(street, points, nodes, engine=engine), to_nodes, atol=0.02)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_place_with_two_doors_is_one_place(street: Any, engine: Any) -> None:
    middle = snap(street, [15.05], [68.0])
    for start, stop in ((middle, at_nodes(street, [1])), (at_nodes(street, [0]), middle)):
        minutes, index = nearest(street, start, stop, k=2, engine=engine)
        assert index.tolist() == [[0, -1]]
        assert_allclose(minutes, [[1, math.nan]], atol=0.01)


@pytest.mark.parametrize("engine", ENGINES)
def test_of_very_many_equals_the_first_come_first(make_network: Any, engine: Any) -> None:
    star = make_network(41, [(0, leaf, 60 + 60 * (leaf % 2)) for leaf in range(1, 41)])
    _, index = nearest(star, [0], np.arange(1, 41), k=40, engine=engine)
    assert index[0].tolist() == [*range(1, 40, 2), *range(0, 40, 2)]


def test_the_engine_that_is_named_searches(ring: Any) -> None:
    """Both give the same minutes, so that only what was used can tell."""
    nodes = np.arange(5)
    asked = {
        "matrix": lambda engine: travel_time_matrix(ring, nodes, nodes, engine=engine),
        "blocks": lambda engine: list(travel_time_blocks(ring, nodes, nodes, engine=engine, block_bytes=40)),
        "nearest": lambda engine: nearest(ring, nodes, nodes, engine=engine),
        "nodes": lambda engine: node_seconds(ring, nodes, nodes, engine=engine),
    }
    for name, ask in asked.items():
        for engine in ENGINES:
            other = "scipy" if engine == "hierarchy" else "hierarchy"
            with using_engine(other) as used:  # what ``auto`` would mean
                ask(engine)
            assert sorted(used.reasons) == [engine], name


def test_rows_are_searched_no_further_than_the_limit(ring: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = []
    real = times.node_seconds

    def spy(*places: Any, **options: Any) -> Any:
        limits.append(options["limit_s"])
        return real(*places, **options)

    monkeypatch.setattr(times, "node_seconds", spy)
    travel_time_matrix(ring, [0], [1], limit_min=2.5)
    nearest(ring, [0], [1], limit_min=1.5, engine="scipy")
    list(travel_time_blocks(ring, [0], [1], limit_min=0.5))
    assert limits == [150.0, 90.0, 30.0]


def test_many_blocks_are_weighed_as_many_searches(ring: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    weighed = []
    real = times.chosen_engine

    def spy(network: Any, n_sources: int, n_targets: int, *, times: int = 1, **options: Any) -> Any:
        weighed.append((n_sources, n_targets, times))
        return real(network, n_sources, n_targets, times=times, **options)

    monkeypatch.setattr(times, "chosen_engine", spy)
    list(travel_time_blocks(ring, np.arange(5), [0, 1, 2], block_bytes=48))
    assert weighed[0] == (2, 3, 3)
    weighed.clear()
    list(travel_time_blocks(ring, np.arange(5), [0, 1, 2]))
    assert weighed[0] == (5, 3, 1)


def test_the_nearest_by_the_hierarchy_are_swept_and_not_sorted_out_of_a_matrix(
    ring: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A matrix of everybody to everything may be larger than memory; a sweep is not."""
    nodes = np.arange(5)

    def refused(*_: Any, **__: Any) -> Any:
        raise AssertionError("a matrix was made")

    monkeypatch.setattr(times, "travel_time_matrix", refused)
    assert nearest(ring, nodes, nodes, engine="hierarchy")[1][:, 0].tolist() == [0, 1, 2, 3, 4]


def test_blocks_of_the_nearest_hold_eight_bytes_a_pair(ring: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    real = times.blocks

    def spy(count: int, bytes_each: int) -> Any:
        asked.append((count, bytes_each))
        return real(count, bytes_each)

    monkeypatch.setattr(times, "blocks", spy)
    nearest(ring, np.arange(5), [0, 1, 2], k=2, engine="scipy")
    assert asked[0] == (5, 24)
    asked.clear()
    node_seconds(ring, np.arange(2), np.arange(3), engine="scipy")
    assert asked == [(2, 40)]  # a search gives a time to every node


def test_the_hierarchy_searches_without_scipy(ring: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any, **__: Any) -> Any:
        raise AssertionError("SciPy searched")

    monkeypatch.setattr(csgraph, "dijkstra", refused)
    assert node_seconds(ring, np.asarray([0]), np.asarray([3]), engine="hierarchy")[0, 0] == 360
