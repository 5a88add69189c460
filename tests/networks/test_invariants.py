"""What must hold on any network, whatever it looks like: drawn networks with ferries, one-way streets and points on roads.

Each law compares the program with itself on a changed input, so that no second implementation is needed, except for the
plain Dijkstra at the end, which is written out here.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from networks import TravelNetwork, at_nodes, nearest, network_from_edges, route, snap, travel_time_matrix
from networks.isochrones import isochrone_areas
from networks.legs import travel_time_legs
from networks.overlays import EdgeFactors, apply_overlays, links_out

N = 6
#: A bent row of nodes two or three kilometres apart.
LON = [15.00, 15.05, 15.10, 15.02, 15.08, 15.13]
LAT = [68.00, 68.01, 68.00, 68.03, 68.04, 68.03]
Edges = list[tuple[int, int, int, int, str]]
edge_lists = st.lists(
    st.tuples(
        st.integers(0, N - 1),
        st.integers(0, N - 1),
        st.integers(0, 900),
        st.sampled_from([0, 0, 300]),
        st.sampled_from(["road", "road", "ferry"]),
    ),
    min_size=1,
    max_size=14,
)
fast = settings(max_examples=20, deadline=None)


def build(
    edges: Edges,
    *,
    order: Sequence[int] | None = None,
    scale: float = 1.0,
    turn: float = 0.0,
    paired: bool = False,
) -> TravelNetwork:
    """Nodes named ``n0..n5`` in an order, edges named ``e0..``; times scaled, everything turned east by degrees.

    ``paired``: every two edges that follow each other are the two directions of one road.
    """
    order = list(range(N)) if order is None else list(order)
    nodes = pd.DataFrame({"node_id": [f"n{k}" for k in order]})
    nodes["lon"] = [(LON[k] + turn + 180) % 360 - 180 for k in order]
    nodes["lat"] = [LAT[k] for k in order]
    table = pd.DataFrame(
        {
            "from_id": [f"n{a}" for a, *_ in edges],
            "to_id": [f"n{b}" for _, b, *_ in edges],
            "moving_s": [scale * edge[2] for edge in edges],
            "wait_s": [scale * edge[3] for edge in edges],
            "length_m": [1000.0 + 10 * edge[2] for edge in edges],
            "kind": [edge[4] for edge in edges],
            "link_id": [f"e{number // (2 if paired else 1)}" for number in range(len(edges))],
        }
    )
    return network_from_edges(nodes, table)


def matrix(network: TravelNetwork) -> np.ndarray:
    """Minutes between all nodes, in the order of their names, ``inf`` where there is no way."""
    ids = [f"n{k}" for k in range(N)]
    found = travel_time_matrix(network, ids, ids)
    return np.where(np.isnan(found), np.inf, found)


def by_hand(edges: Edges) -> np.ndarray:
    """Dijkstra's algorithm as in a textbook, minutes."""
    out = np.full((N, N), math.inf)
    for source in range(N):
        queue, done = [(0, source)], set()
        while queue:
            seconds, node = heapq.heappop(queue)
            if node in done:
                continue
            done.add(node)
            out[source, node] = seconds / 60
            for tail, head, moving, wait, _ in edges:
                if tail == node and head not in done:
                    heapq.heappush(queue, (seconds + moving + wait, head))
    return out


@fast
@given(edge_lists)
def test_a_textbook_finds_the_same_minutes(edges: Edges) -> None:
    network = build(edges)
    expected = by_hand(edges)
    assert_allclose(matrix(network), expected, atol=1e-9)
    ids = [f"n{k}" for k in range(N)]
    for one, row in zip(ids, expected, strict=True):
        minutes, which = nearest(network, [one], ids, k=N)
        there = sorted((value, place) for place, value in enumerate(row) if value < math.inf)
        assert which[0].tolist() == [place for _, place in there] + [-1] * (N - len(there))
        assert_allclose(minutes[0, : len(there)], [value for value, _ in there], atol=1e-9)


@fast
@given(edge_lists)
def test_a_place_is_nowhere_from_itself_and_no_detour_is_shorter(edges: Edges) -> None:
    found = matrix(build(edges))
    assert_array_equal(np.diag(found), 0)
    for middle in range(N):
        assert (found <= found[:, [middle]] + found[[middle]] + 1e-9).all()


@fast
@given(edge_lists, st.permutations(range(N)), st.randoms(use_true_random=False))
def test_the_order_of_nodes_and_rows_changes_nothing(edges: Edges, order: list[int], random: Any) -> None:
    mixed = list(edges)
    random.shuffle(mixed)
    assert_allclose(matrix(build(mixed, order=order)), matrix(build(edges)), atol=1e-9)


@fast
@given(edge_lists, st.sampled_from([0.5, 3.0, 60.0]))
def test_minutes_scale_with_seconds(edges: Edges, scale: float) -> None:
    assert_allclose(matrix(build(edges, scale=scale)), scale * matrix(build(edges)), rtol=1e-12)


@fast
@given(edge_lists, st.integers(0, 13))
def test_closing_never_helps_and_opening_gives_back(edges: Edges, chosen: int) -> None:
    network = build(edges)
    link = f"e{chosen % len(edges)}"
    closed = apply_overlays(network, [links_out(link)])
    assert (matrix(closed) >= matrix(network) - 1e-9).all()
    without = [edge for number, edge in enumerate(edges) if f"e{number}" != link]
    if without:
        assert_allclose(matrix(closed), matrix(build(without)), atol=1e-9)
    assert closed.base is network


@fast
@given(edge_lists, st.integers(0, 13), st.sampled_from([1.0, 1.5, 4.0]))
def test_slowing_a_link_never_helps_and_speeding_it_never_hurts(
    edges: Edges, chosen: int, factor: float
) -> None:
    network = build(edges)
    link = f"e{chosen % len(edges)}"
    slow = matrix(apply_overlays(network, [EdgeFactors("slow", {link: factor})]))
    quick = matrix(apply_overlays(network, [EdgeFactors("quick", {link: 1 / factor})]))
    base = matrix(network)
    assert (slow >= base - 1e-9).all()
    assert (quick <= base + 1e-9).all()
    assert (slow <= factor * base + 1e-9).all()


@fast
@given(edge_lists, st.tuples(st.integers(0, N - 1), st.integers(0, N - 1), st.integers(0, 900)))
def test_one_more_road_never_hurts(edges: Edges, road: tuple[int, int, int]) -> None:
    more = [*edges, (*road, 0, "road")]
    assert (matrix(build(more)) <= matrix(build(edges)) + 1e-9).all()


@fast
@given(edge_lists)
def test_turned_round_edges_turn_the_matrix_round(edges: Edges) -> None:
    turned = [(b, a, *rest) for a, b, *rest in edges]
    assert_allclose(matrix(build(turned)), matrix(build(edges)).T, atol=1e-9)
    assert_allclose(matrix(build(edges + turned)), matrix(build(edges + turned)).T, atol=1e-9)


@fast
@given(edge_lists, st.sampled_from([10.0, 164.9, -100.0]))
def test_where_on_earth_it_lies_changes_no_minute(edges: Edges, turn: float) -> None:
    """164.9 degrees further east the region lies across the antimeridian."""
    assert_allclose(matrix(build(edges, turn=turn)), matrix(build(edges)), atol=1e-9)


@fast
@given(edge_lists, st.sampled_from([0.0, 5.0, 15.0]))
def test_a_limit_only_cuts(edges: Edges, limit: float) -> None:
    network = build(edges)
    nodes = np.arange(N)
    whole = travel_time_matrix(network, nodes, nodes)
    for found in (
        travel_time_matrix(network, nodes, nodes, limit_min=limit),
        travel_time_legs(network, nodes, nodes, limit_min=limit).total_min,
    ):
        assert_allclose(found, np.where(whole <= limit, whole, np.nan), atol=1e-9)


@fast
@given(edge_lists, st.lists(st.sampled_from([0.0, 30.0, 240.0]), min_size=N, max_size=N))
def test_access_is_added_at_both_ends(edges: Edges, access: list[float]) -> None:
    network = build(edges)
    points = at_nodes(network, np.arange(N), access_s=np.asarray(access))
    found = travel_time_matrix(network, points, points)
    added = (np.asarray(access)[:, None] + np.asarray(access)) / 60
    off = ~np.eye(N, dtype=bool)
    expected = matrix(network) + added
    assert_allclose(found[off], np.where(np.isinf(expected), np.nan, expected)[off], atol=1e-9)


@fast
@given(edge_lists)
def test_routes_and_legs_are_the_minutes_of_the_matrix(edges: Edges) -> None:
    network = build(edges)
    expected = by_hand(edges)
    legs = travel_time_legs(network, np.arange(N), np.arange(N))
    parts = (
        legs.drive_min,
        legs.crossing_min,
        legs.boat_min,
        legs.flight_min,
        legs.transfer_min,
        legs.wait_min,
    )
    assert_allclose(sum(parts) + legs.access_min, np.where(np.isinf(expected), np.nan, expected), atol=1e-9)
    for a in range(N):
        for b in range(N):
            way = route(network, f"n{a}", f"n{b}")
            assert way.reachable == bool(expected[a, b] < math.inf)
            if not way.reachable:
                assert way.legs == ()
                assert math.isnan(way.length_km)
                continue
            assert way.travel_time_min == pytest.approx(expected[a, b], abs=1e-9)
            ferry = sum(leg.moving_min for leg in way.legs if leg.kind == "ferry")
            ends = [(leg.from_id, leg.to_id) for leg in way.legs]
            assert all(one[1] == other[0] for one, other in itertools.pairwise(ends))
            assert sum(leg.travel_time_min for leg in way.legs) == pytest.approx(expected[a, b], abs=1e-9)
            assert sum(leg.wait_min + leg.moving_min for leg in way.legs) == pytest.approx(
                expected[a, b], abs=1e-9
            )
            assert way.length_km == pytest.approx(sum(leg.length_km for leg in way.legs), abs=1e-9)
            if np.isclose(legs.length_km[a, b], way.length_km):
                assert legs.crossing_min[a, b] == pytest.approx(ferry, abs=1e-9)


def roads_of(edges: Edges) -> Edges:
    """Every edge as a two-way road that takes some time."""
    return [
        edge
        for a, b, s, _, _ in edges
        if a != b
        for edge in ((a, b, s + 30, 0, "road"), (b, a, s + 30, 0, "road"))
    ]


@settings(max_examples=8, deadline=None)
@given(
    edge_lists, st.lists(st.tuples(st.floats(15.0, 15.13), st.floats(68.0, 68.04)), min_size=2, max_size=4)
)
def test_homes_along_roads_obey_the_same_laws(edges: Edges, places: list[tuple[float, float]]) -> None:
    """Symmetric roads give symmetric minutes, detours never pay, and closing never helps, for points off the nodes."""
    roads = roads_of(edges)
    if not roads:
        return
    network = build(roads, paired=True)
    points = snap(network, *np.asarray(places).T)
    found = travel_time_matrix(network, points, points)
    found = np.where(np.isnan(found), np.inf, found)
    assert_allclose(found, found.T, atol=1e-6)
    assert_array_equal(np.diag(found), 0)
    closed = apply_overlays(network, [links_out("e0")])
    after = travel_time_matrix(closed, points, points)
    assert (np.where(np.isnan(after), np.inf, after) >= found - 1e-6).all()
    legs = travel_time_legs(network, points, points)
    assert_allclose(np.where(np.isnan(legs.total_min), np.inf, legs.total_min), found, atol=1e-6)


def areas(network: TravelNetwork, minutes: list[float], **options: Any) -> Any:
    return isochrone_areas(network, np.asarray([0]), minutes=minutes, reach_m=100.0, **options)


@settings(max_examples=6, deadline=None)
@given(edge_lists, st.lists(st.sampled_from([0.0, 2.0, 5.0, 9.0, 20.0]), min_size=2, max_size=4, unique=True))
def test_areas_grow_with_the_minutes_and_shrink_with_closures(edges: Edges, minutes: list[float]) -> None:
    roads = roads_of(edges)
    if not roads:
        return
    network = build(roads, paired=True)
    frame = areas(network, minutes)
    assert frame["minutes"].tolist() == sorted(minutes)
    for before, after in zip(frame.geometry[:-1], frame.geometry[1:], strict=True):
        assert before.difference(after).area <= 0.01 * before.area  # chords of long edges in degrees
    assert (np.diff(frame["road_km"]) >= -1e-9).all()
    closed = areas(apply_overlays(network, [links_out("e0")]), minutes)
    assert (closed["road_km"] <= frame["road_km"] + 1e-9).all()
    back = areas(network, minutes, direction="to")
    assert_allclose(back["road_km"], frame["road_km"], atol=1e-6)


@pytest.mark.parametrize(
    "ask",
    [
        lambda net: travel_time_matrix(net, np.zeros(0, np.int64), [0]).shape,
        lambda net: travel_time_matrix(net, [0], np.zeros(0, np.int64)).shape[::-1],
        lambda net: travel_time_legs(net, np.zeros(0, np.int64), [0]).total_min.shape,
        lambda net: nearest(net, np.zeros(0, np.int64), [0])[0].shape,
    ],
)
def test_nobody_and_nowhere_have_no_minutes(ask: Callable[[TravelNetwork], Any], make_network: Any) -> None:
    assert ask(make_network(2, [(0, 1, 60)])) == (0, 1)


def test_nowhere_near(make_network: Any) -> None:
    minutes, which = nearest(make_network(2, [(0, 1, 60)]), [0, 1], np.zeros(0, np.int64), k=2)
    assert np.isnan(minutes).all()
    assert (which == -1).all()


def test_a_network_of_one_node(make_network: Any) -> None:
    alone = make_network(1, [])
    assert travel_time_matrix(alone, [0], [0]).tolist() == [[0.0]]
    assert nearest(alone, [0], [0])[1].tolist() == [[0]]
    assert route(alone, 0, 0).travel_time_min == 0
    legs = travel_time_legs(alone, [0], [0])
    assert (legs.total_min[0, 0], legs.length_km[0, 0]) == (0, 0)
