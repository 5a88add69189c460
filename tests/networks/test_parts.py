"""Parts of a country against the union of what NetworkX finds joined."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from networks import travel_time_matrix
from networks.parts import packed_parts, parts_of_points
from networks.points import at_nodes


def test_points_are_of_one_part_where_any_state_joins_them(make_network: Any) -> None:
    roads = [(0, 1, 1), (2, 3, 1), (5, 4, 1)]
    states = [make_network(8, roads), make_network(8, [*roads, (6, 5, 1)])]
    nodes = [np.array([0, 2, 4, 6]), np.array([1, 3, 5, 7])]
    part = parts_of_points([(net, [at_nodes(net, some) for some in nodes]) for net in states])
    graph = nx.Graph([(a, b) for a, b, _ in [*roads, (6, 5, 1)]])
    graph.add_nodes_from(range(8))
    every = np.concatenate(nodes)
    wanted = np.array([[nx.has_path(graph, a, b) for b in every] for a in every])
    assert_array_equal(part[:, None] == part[None, :], wanted)
    sizes = np.bincount(part)
    assert (np.diff(sizes) <= 0).all()
    for net in states:
        minutes = travel_time_matrix(net, every, every)
        assert np.isnan(minutes[part[:, None] != part[None, :]]).all()


def test_nobody_has_no_parts(make_network: Any) -> None:
    net = make_network(2, [(0, 1, 1)])
    assert parts_of_points([(net, [at_nodes(net, np.zeros(0, dtype=int))])]).tolist() == []
    assert packed_parts(np.zeros(0, dtype=int)).tolist() == []


@settings(max_examples=50)
@given(st.lists(st.integers(1, 20), min_size=1, max_size=30))
def test_packed_parts_are_no_larger_than_the_largest_and_keep_together(sizes: list[int]) -> None:
    sizes.sort(reverse=True)
    part = np.repeat(np.arange(len(sizes)), sizes)
    packed = packed_parts(part)
    assert np.bincount(packed).max() == sizes[0]
    assert all(len(set(packed[part == one].tolist())) == 1 for one in range(len(sizes)))
    assert len(set(packed.tolist())) <= 2 * -(-sum(sizes) // sizes[0])
