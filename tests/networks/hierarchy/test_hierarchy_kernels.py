"""The steps of the order, each against NetworkX or the definition written out: peeling, trees, fill, cuts."""

from __future__ import annotations

import math
from itertools import combinations, pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from networks.hierarchy.dissection import _fix_ends, _Flow, _max_flow, _separate, dissect
from networks.hierarchy.graph import neighbours
from networks.hierarchy.order import find_arc, order_fault, parents, transposed_tree
from networks.hierarchy.ordering import hop_coordinates, plane
from networks.hierarchy.reduction import elimination_tree, fill_in, peel, postorder, transposed, twins

FEW = settings(max_examples=40)


@st.composite
def graphs(draw: st.DrawFn, most: int = 9) -> nx.Graph:
    """A simple graph: chains, rings, stars, islands and what is between them."""
    n = draw(st.integers(1, most))
    graph = nx.empty_graph(n)
    pairs = list(combinations(range(n), 2))
    if pairs:
        graph.add_edges_from(draw(st.lists(st.sampled_from(pairs), max_size=2 * n, unique=True)))
    return graph


def lists(graph: nx.Graph) -> tuple[np.ndarray, np.ndarray]:
    """Row starts and neighbours, ascending."""
    found = [sorted(graph[node]) for node in range(len(graph))]
    start = np.concatenate([[0], np.cumsum([len(own) for own in found])]).astype(np.int64)
    return start, np.asarray([node for own in found for node in own], dtype=np.int32)


def edges(start: np.ndarray, other: np.ndarray) -> set[tuple[int, int]]:
    """Both directions of each edge in neighbour lists."""
    return {
        (node, int(other[half]))
        for node in range(len(start) - 1)
        for half in range(start[node], start[node + 1])
    }


def eliminated(graph: nx.Graph, order: list[int]) -> tuple[list[set[int]], nx.Graph]:
    """What each node still had beside it when it was taken out, and what is left: the definition of fill."""
    left, beside = graph.copy(), []
    for node in order:
        beside.append(set(left[node]))
        left.add_edges_from(combinations(left[node], 2))
        left.remove_node(node)
    return beside, left


@FEW
@given(graphs())
def test_neighbour_lists_are_those_of_the_graph(graph: nx.Graph) -> None:
    pairs = np.asarray([*graph.edges, (0, 0)], dtype=np.int32)  # a self loop is no neighbour
    twice = np.concatenate([pairs, pairs[:, ::-1]])
    start, other = neighbours(len(graph), twice[:, 0].copy(), twice[:, 1].copy())
    expected = lists(graph)
    assert start.tolist() == expected[0].tolist()
    assert other.tolist() == expected[1].tolist()
    twin = twins(start, other)
    for node in range(len(graph)):
        for half in range(start[node], start[node + 1]):
            assert twin[twin[half]] == half
            assert other[twin[half]] == node
            assert start[other[half]] <= twin[half] < start[other[half] + 1]


@FEW
@given(graphs())
def test_peeling_takes_dead_ends_and_bends_and_leaves_what_elimination_leaves(graph: nx.Graph) -> None:
    taken, start, other = peel(*lists(graph))
    beside, left = eliminated(graph, taken.tolist())
    assert all(len(own) <= 2 for own in beside)  # whoever left had at most two neighbours
    assert edges(start, other) == {(a, b) for one in left.edges for a, b in (one, one[::-1])}
    assert min((degree for _, degree in left.degree), default=3) >= 3  # nobody else could leave
    for node in range(len(graph)):
        own = other[start[node] : start[node + 1]].tolist()
        assert own == sorted(set(own))


@pytest.mark.parametrize(
    ("graph", "left"),
    [
        (nx.path_graph(30), 0),
        (nx.cycle_graph(30), 0),
        (nx.star_graph(20), 0),
        (nx.complete_graph(4), 4),
        (nx.cycle_graph(2), 0),
        (nx.grid_2d_graph(3, 3), 5),  # without its corners it is a wheel
    ],
    ids=["path", "ring", "star", "K4", "pair", "grid"],
)
def test_what_is_left_of_graphs_that_everybody_knows(graph: nx.Graph, left: int) -> None:
    numbered = nx.convert_node_labels_to_integers(graph)
    taken, _, other = peel(*lists(numbered))
    _, rest = eliminated(numbered, taken.tolist())
    assert len(numbered) - len(taken) == len(rest) == left
    assert len(other) == 2 * rest.number_of_edges()


@st.composite
def ordered(draw: st.DrawFn) -> tuple[nx.Graph, np.ndarray]:
    graph = draw(graphs())
    return graph, np.asarray(draw(st.permutations(range(len(graph)))), dtype=np.int32)


def chordal(graph: nx.Graph, order: np.ndarray) -> list[list[int]]:
    """Ranks of the upper neighbours of each rank, by taking the nodes out one after the other."""
    rank = {int(node): number for number, node in enumerate(order)}
    beside, _ = eliminated(graph, order.tolist())
    return [sorted(rank[node] for node in own) for own in beside]


@FEW
@given(ordered())
def test_tree_and_fill_are_those_of_taking_the_nodes_out(case: tuple[nx.Graph, np.ndarray]) -> None:
    graph, order = case
    start, other = lists(graph)
    rank = np.argsort(order).astype(np.int32)
    upper = chordal(graph, order)
    parent = elimination_tree(start, other, order, rank)
    assert parent.tolist() == [own[0] if own else -1 for own in upper]
    up_start, up_head = fill_in(start, other, order, rank, parent)
    found = [up_head[a:b].tolist() for a, b in pairwise(up_start.tolist())]
    assert found == upper
    assert parents(up_start, up_head).tolist() == parent.tolist()
    assert order_fault(rank, up_start, up_head) == ""
    for lower, heads in enumerate(found):
        for node in range(len(graph)):
            arc = find_arc(up_start, up_head, lower, node)
            assert arc == (up_start[lower] + heads.index(node) if node in heads else -1)
    child_start, children = transposed_tree(up_start, up_head)
    for node in range(len(graph)):
        own = children[child_start[node] : child_start[node + 1]].tolist()
        assert own == [child for child in range(len(graph)) if parent[child] == node]


@FEW
@given(ordered())
def test_arcs_by_their_other_end(case: tuple[nx.Graph, np.ndarray]) -> None:
    graph, order = case
    start, other = lists(graph)
    rank = np.argsort(order).astype(np.int32)
    up = fill_in(start, other, order, rank, elimination_tree(start, other, order, rank))
    down_start, tails, arcs = transposed(*up)
    owner = np.repeat(np.arange(len(graph)), np.diff(up[0]))
    for node in range(len(graph)):
        own = slice(down_start[node], down_start[node + 1])
        expected = np.flatnonzero(up[1] == node)
        assert arcs[own].tolist() == expected.tolist()
        assert tails[own].tolist() == owner[expected].tolist()


@FEW
@given(st.lists(st.integers(0, 50), min_size=1, max_size=14), st.data())
def test_postorder_puts_children_before_parents_and_subtrees_together(
    seeds: list[int], data: st.DataObject
) -> None:
    n = len(seeds)
    parent = np.asarray(
        [data.draw(st.sampled_from([-1, *range(node + 1, n)])) for node in range(n)], dtype=np.int32
    )
    new = postorder(parent)
    assert sorted(new.tolist()) == list(range(n))
    tree = nx.DiGraph()
    tree.add_nodes_from(range(n))
    tree.add_edges_from((int(own), node) for node, own in enumerate(parent) if own >= 0)
    for node in range(n):
        below = sorted(int(new[one]) for one in [node, *nx.descendants(tree, node)])
        assert below == list(range(int(new[node]) - len(below) + 1, int(new[node]) + 1))


@pytest.mark.parametrize(
    ("up_start", "up_head", "told"),
    [
        ([0, 2, 3, 3], [1, 2, 2], ""),
        ([0, 2, 2, 2], [1, 2], "rank 0"),  # 1 and 2 are upper neighbours of 0 and not joined
        ([0, 2, 3, 3], [2, 1, 2], "rank 0"),  # not ascending
        ([0, 1, 2, 2], [0, 2], "rank 0"),  # to itself
        ([0, 1, 1, 1], [3], "rank 0"),  # no such node
        ([0, 1, 1], [1], "span"),
        ([1, 1, 1, 1], [1], "span"),
        ([0, 2, 1, 2], [1, 2], "overlap"),
    ],
)
def test_what_is_no_chordal_order_is_told(up_start: list[int], up_head: list[int], told: str) -> None:
    rank = np.arange(3, dtype=np.int32)
    fault = order_fault(rank, np.asarray(up_start, np.int64), np.asarray(up_head, np.int32))
    assert (told in fault) if told else fault == ""
    assert "permutation" in order_fault(
        np.asarray([0, 0, 2], np.int32), np.zeros(4, np.int64), np.zeros(0, np.int32)
    )


# Cuts


def flow_of(graph: nx.Graph) -> _Flow:
    start, other = lists(graph)
    n = len(graph)
    return _Flow(
        start, other, twins(start, other), np.zeros(n, np.int32), np.zeros(len(other), np.int8),
        np.empty(n, np.int32), np.empty(n, np.int64), np.zeros(n, np.int8), np.empty(n, np.int32),
        np.empty(n, np.int64),
    )  # fmt: skip


@FEW
@given(graphs(12), st.data())
def test_the_flow_is_the_largest_and_its_side_cuts_as_few_edges(graph: nx.Graph, data: st.DataObject) -> None:
    n = len(graph)
    if n < 2:
        return
    sides = data.draw(
        st.permutations([1, 2, *data.draw(st.lists(st.integers(0, 2), min_size=n - 2, max_size=n - 2))])
    )
    state = flow_of(graph)
    state.side[:] = sides
    nodes = np.arange(n, dtype=np.int32)
    size = _max_flow(state, nodes, len(state.other) + 1)
    wide = nx.DiGraph()
    wide.add_nodes_from(["s", "t"])
    for a, b in graph.edges:
        wide.add_edge(a, b, capacity=1)
        wide.add_edge(b, a, capacity=1)
    for node, side in enumerate(sides):
        if side == 1:
            wide.add_edge("s", node)
        elif side == 2:
            wide.add_edge(node, "t")
    assert size == nx.maximum_flow_value(wide, "s", "t")
    source = state.level >= 0
    assert source[np.asarray(sides) == 1].all()
    assert not source[np.asarray(sides) == 2].any()
    assert sum(source[a] != source[b] for a, b in graph.edges) == size


@FEW
@given(graphs(12), st.data())
def test_a_separator_keeps_the_two_parts_apart(graph: nx.Graph, data: st.DataObject) -> None:
    n = len(graph)
    source = np.asarray(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    nodes = np.arange(n, dtype=np.int32)
    n_source, n_sink = _separate(flow_of(graph), nodes, source)
    one, two, between = (
        set(nodes[:n_source].tolist()),
        set(nodes[n_source : n_source + n_sink].tolist()),
        set(nodes[n_source + n_sink :].tolist()),
    )
    assert sorted(one | two | between) == list(range(n))
    assert all(source[node] for node in one)
    assert not any(source[node] for node in two)
    assert not any((a in one and b in two) or (a in two and b in one) for a, b in graph.edges)
    cut = [
        {a if source[a] == side else b for a, b in graph.edges if source[a] != source[b]}
        for side in (True, False)
    ]
    assert len(between) == min(map(len, cut))  # the nodes of the side that has fewer at the cut
    assert between in cut


@FEW
@given(st.lists(st.integers(0, 4), min_size=2, max_size=12))
def test_a_quarter_at_either_end_is_fixed_to_its_side(values: list[int]) -> None:
    n = len(values)
    side = np.full(n, 9, dtype=np.int8)
    _fix_ends(side, np.arange(n, dtype=np.int32), np.asarray(values, dtype=float))
    ends = max(1, n // 4)
    low = sorted(range(n), key=lambda at: (values[at], at))[:ends]
    rest = [at for at in range(n) if at not in low]
    assert np.flatnonzero(side == 1).tolist() == sorted(low)
    high = sorted((values[at] for at in rest), reverse=True)[:ends]
    assert sorted((values[at] for at in np.flatnonzero(side == 2)), reverse=True) == high
    assert set(side.tolist()) <= {0, 1, 2}


@FEW
@given(graphs(14))
def test_a_dissection_is_an_order_of_all_nodes(graph: nx.Graph) -> None:
    rng = np.random.default_rng(len(graph))
    order = dissect(*lists(graph), rng.uniform(0, 9, len(graph)), rng.uniform(0, 9, len(graph)))
    assert sorted(order.tolist()) == list(range(len(graph)))


def test_a_dissection_cuts_a_dumbbell_at_its_bar() -> None:
    """Two full graphs of six, joined by one edge: one end of the edge is the separator and stands last."""
    graph = nx.disjoint_union(nx.complete_graph(6), nx.complete_graph(6))
    graph.add_edge(5, 6)
    x = np.asarray([0.0, 0.1, 0.2, 0.3, 0.4, 1.0, 2.0, 2.6, 2.7, 2.8, 2.9, 3.0])
    order = dissect(*lists(graph), x, np.zeros(12))
    assert order[-1] in (5, 6)


# Coordinates from steps, and the plane


@FEW
@given(graphs(12))
def test_steps_stand_in_for_coordinates(graph: nx.Graph) -> None:
    x, y = hop_coordinates(*lists(graph))
    begins = -math.inf
    for part in sorted(nx.connected_components(graph), key=min):
        own = sorted(part)
        steps = dict(nx.all_pairs_shortest_path_length(graph.subgraph(part)))
        # x is the difference of the steps to two nodes, from 0 at the one to twice their distance at the other
        assert any(
            all(x[node] - min(x[own]) == steps[a][b] + steps[a][node] - steps[b][node] for node in own)
            for a in own
            for b in own
        )
        assert any(all(y[node] == steps[c][node] for node in own) for c in own)
        assert min(x[own]) > begins  # parts are laid side by side
        begins = max(x[own])


def test_a_flat_map_shrinks_longitudes_and_is_unrolled_at_the_antimeridian() -> None:
    x, y = plane(np.asarray([10.0, 12.0]), np.asarray([59.0, 61.0]))
    assert x == pytest.approx([5.0, 6.0])  # cos 60 = 1/2
    assert y.tolist() == [59.0, 61.0]
    x, _ = plane(np.asarray([179.0, -179.0]), np.asarray([0.0, 0.0]))
    assert x == pytest.approx([179.0, 181.0])
    x, _ = plane(np.asarray([-90.0, 90.0]), np.asarray([0.0, 0.0]))  # exactly half of the Earth apart
    assert x == pytest.approx([-90.0, 90.0])
    assert [len(part) for part in plane(np.zeros(0), np.zeros(0))] == [0, 0]
