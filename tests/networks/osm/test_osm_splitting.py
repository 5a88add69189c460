"""A junction split in several nodes: who can go on to what afterwards is just what may be turned into."""

from __future__ import annotations

from itertools import product

import networkx as nx
import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from networks.network import EdgeGeometry, Labels
from networks.osm.assemble import EdgeBlock
from networks.osm.splitting import Split, Splitter, _least

MANY = settings(max_examples=80)


def roads(arriving: int, leaving: int) -> EdgeBlock:
    """Roads into node 0 from nodes of their own, and out of it to nodes of their own."""
    n = arriving + leaving
    others = np.arange(1, n + 1)
    into = np.arange(n) < arriving
    return EdgeBlock(
        np.where(into, others, 0), np.where(into, 0, others), np.full(n, 60.0), np.zeros(n), np.full(n, 900.0),
        np.full(n, -1, np.int32), {"kind": Labels.constant("road", n), "ref": Labels.constant("Rv13", n)},
        EdgeGeometry(np.zeros(n + 1, np.int64), np.zeros(0), np.zeros(0)),
    )  # fmt: skip


def graph_of(split: Split) -> nx.DiGraph:
    """Over edges and nodes: edge a, its head, edges of no length, the tail of edge b, edge b."""
    graph = nx.DiGraph()
    for edge, (tail, head) in enumerate(zip(split.roads.tails, split.roads.heads, strict=True)):
        graph.add_edge(("from", int(tail)), ("edge", edge))
        graph.add_edge(("edge", edge), ("to", int(head)))
        graph.add_edge(("to", int(head)), ("from", int(head)))
    connectors = split.connectors
    for tail, head, seconds in zip(connectors.tails, connectors.heads, connectors.moving_s, strict=True):
        graph.add_edge(("from", int(tail)), ("from", int(head)), seconds=seconds)
        graph.add_edge(("to", int(tail)), ("from", int(head)), seconds=seconds)
    return graph


@st.composite
def junctions(draw: st.DrawFn) -> tuple[int, int, set[tuple[int, int]], np.ndarray, bool]:
    arriving, leaving = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    pairs = list(product(range(arriving), range(arriving, arriving + leaving)))
    banned = set(draw(st.lists(st.sampled_from(pairs), min_size=1, unique=True)))
    stage = np.asarray(
        draw(
            st.lists(st.sampled_from([0, 1, 1, 2]), min_size=arriving + leaving, max_size=arriving + leaving)
        )
    )
    passes = bool((stage[arriving:] >= 1).any())  # an open road passes where one leaves
    return arriving, leaving, banned, stage, passes and draw(st.booleans())


@MANY
@given(junctions(), st.sets(st.integers(0, 7)))
def test_a_turn_from_one_of_two_roads_that_cross_to_the_other_takes_its_seconds_and_staying_none(
    case: tuple[int, int, set[tuple[int, int]], np.ndarray, bool], second: set[int]
) -> None:
    arriving, leaving, banned, stage, open_road = case
    splitter = Splitter(roads(arriving, leaving), arriving + leaving + 1, stage)
    into, out = list(range(arriving)), list(range(arriving, arriving + leaving))
    second &= {*into, *out}
    splitter.split(0, into, out, banned, open_road=open_road, second=second, seconds=7.0)
    split = splitter.result()
    graph = graph_of(split)
    for a, b in product(into, out):
        assert nx.has_path(graph, ("edge", a), ("edge", b)) == ((a, b) not in banned), (a, b)
        if (a, b) not in banned:
            lost = nx.dijkstra_path_length(
                graph, ("edge", a), ("edge", b), weight=lambda _, __, edge: edge.get("seconds", 0.0)
            )
            assert lost == (7.0 if (a in second) != (b in second) else 0.0), (a, b)
    joined = nx.Graph([*zip(split.connectors.tails.tolist(), split.connectors.heads.tolist(), strict=True)])
    joined.add_node(0)
    assert nx.is_connected(joined)
    assert set(joined) >= {0, *range(arriving + leaving + 1, arriving + leaving + 1 + len(split.copy_of))}


@MANY
@given(junctions())
@example((2, 2, {(0, 2), (1, 2)}, np.asarray([0, 0, 1, 0]), True))
def test_after_the_split_every_turn_is_there_that_is_not_banned_and_no_other(
    case: tuple[int, int, set[tuple[int, int]], np.ndarray, bool],
) -> None:
    arriving, leaving, banned, stage, open_road = case
    before = roads(arriving, leaving)
    n_nodes = arriving + leaving + 1
    splitter = Splitter(before, n_nodes, stage)
    into, out = list(range(arriving)), list(range(arriving, arriving + leaving))
    splitter.split(0, into, out, banned, open_road=open_road)
    split = splitter.result()
    graph = graph_of(split)
    for a, b in product(into, out):
        assert nx.has_path(graph, ("edge", a), ("edge", b)) == ((a, b) not in banned), (a, b)
    # a journey from the junction may begin on whatever leaves it, an area's own roads only where no open one passes
    for b in out:
        free = not open_road or stage[b] >= 1
        starts = graph.has_node(("from", 0)) and nx.has_path(graph, ("from", 0), ("edge", b))
        assert starts == free, b
    # the roads are the same roads, at the junction or at a node beside it
    beside = {0, *range(n_nodes, n_nodes + len(split.copy_of))}
    assert split.copy_of.tolist() == [0] * len(split.copy_of)
    assert split.roads.tails[into].tolist() == before.tails[into].tolist()
    assert split.roads.heads[out].tolist() == before.heads[out].tolist()
    assert set(split.roads.heads[into].tolist()) | set(split.roads.tails[out].tolist()) <= beside
    assert before.heads[into].tolist() == [0] * arriving  # what was given is not written to
    for name in ("moving_s", "wait_s", "length_m"):
        assert not getattr(split.connectors, name).any()
    assert set(split.connectors.tails.tolist()) | set(split.connectors.heads.tolist()) <= beside
    assert (split.connectors.tails != split.connectors.heads).all()
    used = {int(node) for node in (*split.roads.tails, *split.roads.heads)}
    joined = nx.Graph([*zip(split.connectors.tails.tolist(), split.connectors.heads.tolist(), strict=True)])
    joined.add_node(0)
    assert nx.is_connected(joined)  # every node of the split lies at the junction, and says so
    assert set(joined) >= beside & used


def test_edges_of_no_length_carry_no_name_that_could_be_closed() -> None:
    splitter = Splitter(roads(2, 2), 5, np.ones(4, dtype=int))
    splitter.split(0, [0, 1], [2, 3], {(0, 2)}, open_road=True)
    split = splitter.result()
    assert len(split.connectors.tails) >= 1
    assert set(split.connectors.labels["kind"].to_array()) == {"road"}
    assert set(split.connectors.labels["ref"].to_array()) == {""}
    assert set(split.connectors.labels["through"].to_array()) == {""}


def test_nothing_is_split_where_nothing_was_asked() -> None:
    before = roads(1, 1)
    split = Splitter(before, 3, np.ones(2, dtype=int)).result()
    assert (split.roads.tails.tolist(), split.roads.heads.tolist()) == (
        before.tails.tolist(),
        before.heads.tolist(),
    )
    assert (len(split.connectors.tails), len(split.copy_of)) == (0, 0)


@MANY
@given(st.sets(st.frozensets(st.frozensets(st.integers(0, 2), max_size=2), max_size=3), max_size=5))
def test_the_least_are_those_that_contain_no_other(kinds: set[frozenset[frozenset[int]]]) -> None:
    found = _least(kinds)
    assert set(found) == {kind for kind in kinds if not any(other < kind for other in kinds)}
    assert len(found) == len(set(found))
    assert [len(kind) for kind in found] == sorted(len(kind) for kind in found)
