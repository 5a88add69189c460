"""Travel times against networkx, SciPy and what must hold for any shortest paths."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from networks import (
    NetworkDataError,
    UnknownPlaceError,
    apply_overlays,
    at_nodes,
    find_components,
    links_out,
    nearest,
    snap,
    travel_time_legs,
    travel_time_matrix,
)
from networks.legs import LEG_OF_KIND, HeldWays, travel_kilometres
from networks.parts import parts_of_points
from networks.times import _best_of_each, chosen_engine

N = 8
KINDS = ["road", "ferry", "boat", "flight", "transfer"]
seconds = st.floats(0, 5000) | st.just(np.inf) | st.just(0.0)
edge = st.tuples(
    st.integers(0, N - 1), st.integers(0, N - 1), seconds, st.floats(0, 900), st.sampled_from(KINDS)
)
edge_lists = st.lists(edge, max_size=40)


def network(make_network: Any, rows: list[Any]) -> Any:
    return make_network(N, [row[:4] for row in rows], labels={"kind": [row[4] for row in rows]})


def every(net: Any) -> Any:
    nodes = np.arange(net.n_nodes)
    return travel_time_matrix(net, nodes, nodes)


def networkx_minutes(rows: list[Any]) -> np.ndarray:
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(N))
    for tail, head, moving, wait, _ in rows:
        if np.isfinite(moving):
            graph.add_edge(tail, head, weight=moving + wait)
    result = np.full((N, N), np.nan)
    for source, lengths in nx.all_pairs_dijkstra_path_length(graph):
        for target, length in lengths.items():
            result[source, target] = length / 60
    return result


@given(edge_lists)
def test_agrees_with_networkx(make_network: Any, rows: list[Any]) -> None:
    assert_allclose(every(network(make_network, rows)), networkx_minutes(rows), rtol=1e-12, atol=1e-12)


@given(edge_lists)
def test_both_search_sides_agree(make_network: Any, rows: list[Any]) -> None:
    net = network(make_network, rows)
    whole = every(net)
    few, many = np.asarray([3]), np.arange(N)
    assert_allclose(travel_time_matrix(net, few, many), whole[3:4], rtol=1e-12)
    assert_allclose(travel_time_matrix(net, many, few), whole[:, 3:4], rtol=1e-12)


@given(edge_lists)
def test_shortest_path_laws(make_network: Any, rows: list[Any]) -> None:
    times = np.nan_to_num(every(network(make_network, rows)), nan=np.inf)
    assert_array_equal(np.diag(times), np.zeros(N))
    through = (times[:, :, None] + times[None, :, :]).min(axis=1)
    assert (times <= through * (1 + 1e-12) + 1e-9).all()


@given(edge_lists, edge)
def test_an_added_edge_never_lengthens_and_a_removed_one_never_shortens(
    make_network: Any, rows: list[Any], added: Any
) -> None:
    before = np.nan_to_num(every(network(make_network, rows)), nan=np.inf)
    after = np.nan_to_num(every(network(make_network, [*rows, added])), nan=np.inf)
    assert (after <= before).all()


@given(edge_lists)
def test_unreachable_is_what_component_analysis_says(make_network: Any, rows: list[Any]) -> None:
    net = network(make_network, rows)
    reached = ~np.isnan(every(net))
    labels = find_components(net).of_node
    assert_array_equal(reached & reached.T, labels[:, None] == labels[None, :])
    graph = nx.DiGraph((tail, head) for tail, head, moving, _, _ in rows if np.isfinite(moving))
    graph.add_nodes_from(range(N))
    closure = np.asarray([[nx.has_path(graph, a, b) for b in range(N)] for a in range(N)])
    assert_array_equal(reached, closure)


@given(edge_lists, st.floats(0, 100))
def test_a_limit_cuts_and_changes_nothing_else(make_network: Any, rows: list[Any], limit: float) -> None:
    net = network(make_network, rows)
    whole = every(net)
    cut = travel_time_matrix(net, np.arange(N), np.arange(N), limit_min=limit)
    clear = ~(np.abs(whole - limit) < 1e-9)
    assert_array_equal(cut[clear], np.where(whole <= limit, whole, np.nan)[clear])


@given(edge_lists)
def test_legs_sum_to_the_total_and_follow_one_path(make_network: Any, rows: list[Any]) -> None:
    net = network(make_network, rows)
    for origins, destinations in ((np.arange(N), np.arange(3)), (np.arange(3), np.arange(N))):
        legs = travel_time_legs(net, origins, destinations)
        total = travel_time_matrix(net, origins, destinations)
        assert_array_equal(np.isnan(legs.total_min), np.isnan(total))
        assert_allclose(legs.total_min, total, rtol=1e-12)
        parts = [legs.drive_min, legs.wait_min, legs.access_min]
        parts += [getattr(legs, f"{leg}_min") for leg in LEG_OF_KIND.values()]
        assert_allclose(np.sum(parts, axis=0), total, rtol=1e-9, atol=1e-9)


def test_legs_are_those_of_the_path(make_network: Any) -> None:
    rows = [(0, 1, 600, 0, "road"), (1, 2, 1200, 1800, "ferry"), (2, 3, 60, 0, "transfer")]
    rows += [(3, 4, 300, 900, "flight"), (0, 4, 1e5, 0, "road")]
    legs = travel_time_legs(network(make_network, rows), [0], [4])
    assert legs.total_min == 10 + 50 + 1 + 20
    assert (legs.drive_min, legs.crossing_min, legs.wait_min) == (10, 20, 45)
    assert (legs.transfer_min, legs.flight_min, legs.boat_min) == (1, 5, 0)
    assert legs.length_km == 4


@given(edge_lists, st.integers(1, 4), st.lists(st.integers(0, N - 1), min_size=1, max_size=5))
def test_nearest_is_the_sorted_matrix(
    make_network: Any, rows: list[Any], k: int, destinations: list[int]
) -> None:
    net = network(make_network, rows)
    matrix = travel_time_matrix(net, np.arange(N), np.asarray(destinations))
    minutes, index = nearest(net, np.arange(N), np.asarray(destinations), k=k)
    assert minutes.shape == index.shape == (N, k)
    expected = np.sort(matrix, axis=1)[:, :k]
    assert_allclose(minutes[:, : expected.shape[1]], expected, rtol=1e-12)
    assert np.isnan(minutes[:, expected.shape[1] :]).all()
    assert_array_equal(index == -1, np.isnan(minutes))
    rows_found, columns = np.nonzero(index >= 0)
    assert_allclose(matrix[rows_found, index[rows_found, columns]], minutes[rows_found, columns], rtol=1e-12)


def test_nearest_takes_the_first_of_equals(make_network: Any) -> None:
    net = make_network(3, [(0, 1, 60), (0, 2, 60)])
    assert nearest(net, [0], [2, 1])[1].tolist() == [[0]]
    with pytest.raises(NetworkDataError, match="at least 1"):
        nearest(net, [0], [1], k=0)


def test_access_is_added_at_both_ends(make_network: Any) -> None:
    net = make_network(3, [(0, 1, 600), (1, 0, 600)])
    origins = at_nodes(net, [0, 2], access_s=[60.0, 0.0], access_m=100.0)
    destinations = at_nodes(net, [1], access_s=30.0)
    assert travel_time_matrix(net, origins, destinations)[0, 0] == 11.5
    assert np.isnan(travel_time_matrix(net, origins, destinations)[1, 0])
    legs = travel_time_legs(net, origins, destinations)
    assert (legs.access_min[0, 0], legs.drive_min[0, 0]) == (1.5, 10)
    assert np.isnan(legs.access_min[1, 0])
    assert travel_time_matrix(net, origins, origins)[0, 0] == 2


@settings(max_examples=30)
@given(edge_lists)
def test_both_engines_agree(make_network: Any, rows: list[Any]) -> None:
    net = network(make_network, rows)
    for origins, destinations in ((np.arange(N), np.arange(3)), (np.asarray([2]), np.arange(N))):
        expected = travel_time_matrix(net, origins, destinations, engine="scipy")
        found = travel_time_matrix(net, origins, destinations, engine="hierarchy")
        assert_array_equal(np.isnan(found), np.isnan(expected))
        assert_allclose(found, expected, atol=1e-6 / 60, rtol=1e-12)


def test_overlays_share_the_order(make_network: Any) -> None:
    net = make_network(4, [(0, 1, 60), (1, 2, 60), (0, 2, 500), (2, 3, 1)])
    assert not net.topology.has_order
    closed = apply_overlays(net, [links_out("link1", name="out")])
    minutes = travel_time_matrix(closed, [0], [3], engine="hierarchy")
    assert_allclose(minutes, 501 / 60)
    assert net.topology.has_order
    assert net.metric.order is closed.metric.order
    assert_allclose(travel_time_matrix(net, [0], [3], engine="hierarchy"), 121 / 60)


def test_the_engine_is_chosen_by_the_work(make_network: Any) -> None:
    net = make_network(1000, [(0, 1, 1.0)])
    assert chosen_engine(net, 1000, 1000) == "scipy"
    assert chosen_engine(net, 10**6, 10**6) == "hierarchy"
    assert chosen_engine(net, 10**6, 10) == "scipy"
    assert chosen_engine(net, 1, 1, engine="hierarchy") == "hierarchy"


def net_points(net: Any, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(14.99, 15.08, 30), rng.uniform(67.99, 68.03, 30)
    return snap(net, lon, lat, component="any", max_distance_m=1000)


def random_points(net: Any, seed: int) -> tuple[Any, Any]:
    points = net_points(net, seed)
    return points.take(slice(0, 20)), points.take(slice(18, 30))


@settings(max_examples=15)
@given(edge_lists, st.integers(0, 2**32 - 1), st.integers(1, 4), st.none() | st.floats(1, 120))
def test_both_engines_find_the_same_nearest_and_legs(
    make_network: Any, rows: list[Any], seed: int, k: int, limit: float | None
) -> None:
    net = network(make_network, [*rows, (0, 1, 60.0, 0.0, "road"), (7, 6, 60.0, 5.0, "road")])
    origins, destinations = random_points(net, seed)
    minutes, index = nearest(net, origins, destinations, k=k, limit_min=limit, engine="scipy")
    swept, swept_index = nearest(net, origins, destinations, k=k, limit_min=limit, engine="hierarchy")
    assert_allclose(swept, minutes, rtol=1e-9, atol=1e-9)
    matrix = travel_time_matrix(net, origins, destinations, limit_min=limit)
    part = parts_of_points([(net, [origins, destinations])])
    assert np.isnan(matrix[part[:20, None] != part[None, 20:]]).all()
    for row, columns in enumerate(swept_index):
        found = columns[columns >= 0]
        assert len(set(found)) == len(found)
        assert_allclose(matrix[row, found], swept[row, : len(found)], rtol=1e-9, atol=1e-9)
    assert_array_equal(swept_index >= 0, index >= 0)
    whole = travel_time_legs(net, origins, destinations)
    assert_array_equal(travel_kilometres(net, origins, destinations), whole.length_km)
    both = net_points(net, seed)
    held, every = HeldWays(net, both)(np.arange(20), np.arange(18, 30)), travel_time_legs(net, both, both)
    assert_array_equal(held[0], every.total_min[:20, 18:])
    assert_array_equal(held[1], every.length_km[:20, 18:])
    legs = travel_time_legs(net, origins, destinations, limit_min=limit, engine="hierarchy")
    assert_allclose(legs.total_min, matrix, rtol=1e-9, atol=1e-9)
    parts = [legs.drive_min, legs.wait_min, legs.access_min]
    parts += [getattr(legs, f"{leg}_min") for leg in LEG_OF_KIND.values()]
    assert_allclose(np.sum(parts, axis=0), matrix, rtol=1e-9, atol=1e-9)


def test_points_must_belong_to_the_network(make_network: Any) -> None:
    net, other = make_network(3, [(0, 1, 1)]), make_network(4, [(0, 1, 1)])
    with pytest.raises(NetworkDataError, match="join them again"):
        travel_time_matrix(net, at_nodes(other, [0]), [0])
    with pytest.raises(NetworkDataError, match="0 to 2"):
        at_nodes(net, [3, -1])
    with pytest.raises(NetworkDataError, match="at least 0 s"):
        at_nodes(net, [0], access_s=-1.0)
    with pytest.raises(UnknownPlaceError):
        travel_time_matrix(net, ["x"], [0])


def test_bad_limits_and_engines_are_refused(make_network: Any) -> None:
    net = make_network(2, [(0, 1, 1)])
    for limit in (-1.0, float("nan")):
        with pytest.raises(NetworkDataError, match="limit"):
            travel_time_matrix(net, [0], [1], limit_min=limit)
    with pytest.raises(NetworkDataError, match="no such engine"):
        travel_time_matrix(net, [0], [1], engine="abacus")


def test_no_points_give_an_empty_matrix(make_network: Any) -> None:
    net = make_network(2, [(0, 1, 1)])
    none = np.zeros(0, dtype=np.int64)
    assert travel_time_matrix(net, none, [0, 1]).shape == (0, 2)
    assert travel_time_matrix(net, [0, 1], none).shape == (2, 0)
    assert nearest(net, [0, 1], none)[1].tolist() == [[-1], [-1]]


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_small_blocks_give_the_same(make_network: Any, seed: int) -> None:
    import networks.times as times

    rng = np.random.default_rng(seed)
    net = make_network(50, [(*rng.integers(0, 50, 2), rng.uniform(1, 100)) for _ in range(150)])
    whole = every(net)
    kept = times.BLOCK_BYTES
    try:
        times.BLOCK_BYTES = 1000
        assert_array_equal(every(net), whole)
        legs = travel_time_legs(net, np.arange(50), np.arange(50))
        assert_allclose(legs.total_min, whole, rtol=1e-12)
        assert_array_equal(nearest(net, np.arange(50), np.arange(50), k=3)[0], np.sort(whole, axis=1)[:, :3])
    finally:
        times.BLOCK_BYTES = kept


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2), st.integers(-1, 3), st.sampled_from([0.0, 30.0, 60.0, 90.0, 3600.0, np.inf])
        )
    ),
    st.integers(1, 3),
)
@example(found=[(0, 0, 30.0), (0, 1, 30.0), (0, 1, 60.0), (0, 2, 90.0)], kept=3)
def test_the_best_of_each_are_what_sorting_row_by_row_gives(found, kept):
    """Ways found several times count once, by their least; the first of equals comes first; -1 is no destination."""
    rows, columns = (np.array([one[at] for one in found], dtype=np.int64) for at in (0, 1))
    seconds = np.array([one[2] for one in found], dtype=np.float64)
    minutes, index = _best_of_each(rows, columns, seconds, shape=(3, kept), limit_s=100.0)
    for row in range(3):
        least: dict[int, float] = {}
        for at, column, time in found:
            if at == row and column >= 0 and time <= 100.0:
                least[column] = min(time, least.get(column, np.inf))
        ranked = sorted((time, column) for column, time in least.items())[:kept]
        ranked += [(np.nan, -1)] * (kept - len(ranked))
        assert index[row].tolist() == [column for _, column in ranked]
        np.testing.assert_array_equal(minutes[row], [time / 60.0 for time, _ in ranked])
