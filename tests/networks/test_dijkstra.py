"""Dijkstra's algorithm over a network's own arrays: SciPy's times to the last bit, and who says that it searches."""

from __future__ import annotations

import math
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import networks.engines as engines
from networks import nearest, travel_time_legs, travel_time_matrix
from networks.dijkstra import between_nodes, within
from networks.engines import chosen_engine, engine_within, using_engine
from networks.times import node_seconds

N = 12
NODES = st.integers(0, N - 1)
SECONDS = st.one_of(st.just(0.0), st.just(math.inf), st.floats(0.001, 1000.0))
#: Few nodes: doubled roads, loops, roads of no time and closed ones come of themselves.
ROADS = st.lists(st.tuples(NODES, NODES, SECONDS), min_size=1, max_size=50)
LIMITS = st.one_of(st.just(math.inf), st.floats(0.0, 2000.0))


@settings(max_examples=60)
@given(ROADS, st.lists(NODES, max_size=6), st.lists(NODES, max_size=6), LIMITS)
def test_times_are_those_of_scipy_to_the_last_bit(
    make_network: Any, roads: list[Any], begin: list[int], end: list[int], limit_s: float
) -> None:
    net = make_network(N, roads)
    sources, targets = np.asarray(begin, dtype=np.int64), np.asarray(end, dtype=np.int64)
    expected = node_seconds(net, sources, targets, limit_s=limit_s, engine="scipy")
    assert_array_equal(between_nodes(net, sources, targets, limit_s=limit_s), expected)


@settings(max_examples=40)
@given(ROADS, st.lists(NODES, min_size=1, max_size=4), LIMITS)
def test_what_lies_within_a_limit_is_what_networkx_finds(
    make_network: Any, roads: list[Any], begin: list[int], limit_s: float
) -> None:
    net = make_network(N, roads)
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(N))
    graph.add_weighted_edges_from([road for road in roads if road[2] < math.inf])
    for outward, there in ((True, graph), (False, graph.reverse())):
        lengths = nx.multi_source_dijkstra_path_length(there, set(begin), cutoff=limit_s)
        found = within(net, np.asarray(begin), outward=outward, limit_s=limit_s)
        assert set(np.flatnonzero(found).tolist()) == set(lengths)


def test_a_long_way_outgrows_the_room_of_the_search(make_network: Any) -> None:
    many = 3000
    star = [(0, node, float(many - node)) for node in range(1, many)]
    net = make_network(many, [*star, (1, 0, 0.5)])
    found = between_nodes(net, np.asarray([0, 1]), np.arange(many))
    assert found[0].tolist() == [0.0, *(float(many - node) for node in range(1, many))]
    assert_array_equal(found[1], [0.5, 0.0, *(found[0, 2:] + 0.5)])
    assert between_nodes(net, np.arange(many), np.asarray([0]))[:2, 0].tolist() == [0.0, 0.5]


def test_it_answers_few_questions_of_a_large_network(
    make_network: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = make_network(4, [(0, 1, 60.0), (1, 2, 60.0), (2, 0, 30.0)])
    monkeypatch.setattr(engines, "LARGE_NETWORK", 4)
    with using_engine("auto") as used:
        minutes = travel_time_matrix(net, [0], [1, 2, 3])
    assert_allclose(minutes, [[1.0, 2.0, math.nan]])
    assert used.reasons == {"dijkstra": "1 x 4 nodes searched, done before the hierarchy is loaded"}
    assert nearest(net, [2], [1, 3])[0].tolist() == [[1.5]]
    with using_engine("auto") as used:
        travel_time_legs(net, [0], [1])
    assert list(used.reasons) == ["scipy"], "parts of a time are not its own"
    monkeypatch.setattr(engines, "FEW_SEARCHES", 8)
    assert chosen_engine(net, 1, 5, seconds_only=True) == "dijkstra"
    assert chosen_engine(net, 2, 5, seconds_only=True) == "scipy"
    assert chosen_engine(net, 1, 5) == "scipy"
    assert chosen_engine(net, 1, 5, engine="dijkstra") == "scipy"
    assert chosen_engine(net, 9, 9, engine="dijkstra", seconds_only=True) == "dijkstra"


def test_searches_that_cannot_go_far_are_its_own_unless_another_is_asked_for_or_at_hand(
    make_network: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = make_network(3, [(0, 1, 60.0)])
    assert engine_within(net, 2, 3) == "dijkstra"
    with using_engine("auto") as used:
        assert engine_within(net, 2, 3) == "dijkstra"
    assert used.reasons == {"dijkstra": "2 x 3 nodes searched, done before the hierarchy is loaded"}
    with using_engine("scipy") as used:
        assert engine_within(net, 2, 3) == "auto"
    assert not used.reasons
    monkeypatch.setattr(engines, "FEW_SEARCHES", 6)
    assert engine_within(net, 2, 3) == "auto"
    assert net.metric.n_nodes == 3
    assert engine_within(net, 1, 3) == "auto"
