"""The hierarchy against SciPy on random directed graphs of every awkward kind, and its own invariants."""

from __future__ import annotations

from dataclasses import dataclass, replace
from unittest import mock

import numpy as np
import pytest
from dijkstra import dijkstra_many_to_many, fastest_pairs
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from networks.hierarchy import (
    OrderMethod,
    build_order,
    customise,
    edges_to_nearest,
    legs,
    many_to_many,
    nearest,
    paths,
    recustomisation,
    recustomise,
    stream_many_to_many,
)
from networks.hierarchy import matrix as matrix_module
from networks.hierarchy.order import Order, broken_row

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Graph:
    n: int
    tails: IntArray
    heads: IntArray
    seconds: FloatArray
    lon: FloatArray
    lat: FloatArray
    method: OrderMethod
    with_map: bool

    def order(self) -> Order:
        coordinates = {"lon": self.lon, "lat": self.lat} if self.with_map else {}
        return build_order(self.n, self.tails, self.heads, method=self.method, **coordinates)

    def truth(self) -> FloatArray:
        everything = np.arange(self.n)
        pairs = fastest_pairs(self.n, self.tails, self.heads, self.seconds)
        return dijkstra_many_to_many(pairs, everything, everything)


def pairs_of(kind: str, n: int, rng: np.random.Generator) -> IntArray:
    """Undirected pairs of nodes that make up a graph of a kind."""
    steps = np.arange(n)
    if kind == "empty":
        return np.empty((0, 2), dtype=np.int64)
    if kind == "chain":
        return np.stack([steps[:-1], steps[1:]], axis=1)
    if kind == "ring":
        return np.stack([steps, np.roll(steps, 1)], axis=1)
    if kind == "star":
        return np.stack([np.zeros(n - 1, dtype=np.int64), steps[1:]], axis=1)
    if kind == "two hubs":
        return np.concatenate([np.stack([np.full(n, hub), steps], axis=1) for hub in (0, n - 1)])
    if kind == "tree":
        return np.array([[rng.integers(0, node), node] for node in range(1, n)], dtype=int).reshape(-1, 2)
    if kind == "grid":
        side = int(np.sqrt(n))
        cell = np.arange(side * side).reshape(side, side)
        across = np.stack([cell[:, :-1].ravel(), cell[:, 1:].ravel()], axis=1)
        return np.concatenate([across, np.stack([cell[:-1].ravel(), cell[1:].ravel()], axis=1)])
    if kind == "loops on a chain":
        return np.concatenate([pairs_of("chain", n, rng), rng.integers(0, n, (n // 3, 2))])
    if kind == "clique":
        few = np.arange(min(n, 14))
        return np.stack(np.meshgrid(few, few), axis=-1).reshape(-1, 2)
    return rng.integers(0, n, (round(n * rng.uniform(0.5, 3)), 2))


KINDS = ("empty", "chain", "ring", "star", "two hubs", "tree", "grid", "loops on a chain", "clique", "random")
WEIGHTS = ("usual", "zero", "whole", "huge and tiny", "equal")


def weights_of(kind: str, m: int, rng: np.random.Generator) -> FloatArray:
    if kind == "zero":
        return np.where(rng.random(m) < 0.5, 0.0, rng.uniform(0, 10, m))
    if kind == "whole":
        return rng.integers(0, 4, m).astype(np.float64)
    if kind == "huge and tiny":
        return 10.0 ** rng.uniform(-12, 9, m)
    if kind == "equal":
        return np.full(m, 7.25)
    return rng.uniform(0.1, 900, m)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.one_of(st.integers(1, 12), st.integers(13, 90)))
    pairs = pairs_of(draw(st.sampled_from(KINDS)), n, rng)
    if draw(st.booleans()):
        pairs = rng.permutation(n)[pairs]
    extra = rng.integers(0, n, (draw(st.integers(0, 6)), 2))
    repeated = pairs[rng.integers(0, len(pairs), draw(st.integers(0, 8)))] if len(pairs) else pairs
    pairs = np.concatenate([pairs, extra, repeated])
    forward = rng.random(len(pairs)) < draw(st.sampled_from([1.0, 0.85, 0.5]))
    backward = rng.random(len(pairs)) < draw(st.sampled_from([1.0, 0.85, 0.5]))
    edges = np.concatenate([pairs[forward], pairs[backward][:, ::-1]])
    edges = edges[rng.permutation(len(edges))]
    seconds = weights_of(draw(st.sampled_from(WEIGHTS)), len(edges), rng)
    seconds[rng.random(len(edges)) < draw(st.sampled_from([0.0, 0.1, 0.4]))] = np.inf
    spread = draw(st.sampled_from([0.0, 0.01, 20.0]))
    return Graph(
        n=n,
        tails=edges[:, 0],
        heads=edges[:, 1],
        seconds=seconds,
        lon=15 + rng.uniform(-spread, spread, n),
        lat=68 + rng.uniform(-spread, spread, n),
        method=draw(st.sampled_from(OrderMethod)),
        with_map=draw(st.booleans()),
    )


def assert_same_times(found: FloatArray, truth: FloatArray) -> None:
    """The same unreachable set; elsewhere equal up to the order in which floats were added."""
    np.testing.assert_array_equal(np.isinf(found), np.isinf(truth))
    np.testing.assert_allclose(found, truth, rtol=1e-12, atol=1e-9)


def awkward_graph(kind: str, weights: str, *, n: int, closed: float) -> Graph:
    """A graph of a kind, with self loops, parallel edges of other times, one-way streets and closures."""
    rng = np.random.default_rng([KINDS.index(kind), WEIGHTS.index(weights), n])
    pairs = pairs_of(kind, n, rng)
    loops = np.repeat(rng.integers(0, n, 2), 4).reshape(-1, 2)  # two nodes, each twice to itself
    edges = np.concatenate(
        [pairs, pairs[: len(pairs) // 2], pairs[rng.random(len(pairs)) < 0.8, ::-1], loops]
    )
    edges = edges[rng.permutation(len(edges))]
    seconds = weights_of(weights, len(edges), rng)
    seconds[: int(np.ceil(closed * len(edges)))] = np.inf
    lon, lat = 15 + rng.random(n), 68 + rng.random(n)
    return Graph(n, edges[:, 0], edges[:, 1], seconds, lon, lat, OrderMethod.INERTIAL, with_map=True)


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n", "closed"), [(1, 0.0), (2, 0.0), (40, 0.0), (40, 0.3), (40, 1.0)])
def test_every_awkward_kind_by_name(kind: str, weights: str, n: int, closed: float) -> None:
    """What the random graphs below draw from, each for certain: all questions, both directions."""
    graph = awkward_graph(kind, weights, n=n, closed=closed)
    truth, everything, few = graph.truth(), np.arange(n), np.arange(0, n, 7)
    metric = customise(graph.order(), graph.seconds)
    assert_same_times(many_to_many(metric, everything, few), truth[:, few])
    assert_same_times(many_to_many(metric, few, everything), truth[few])
    for outwards, matrix in ((False, truth[:, few]), (True, truth[few].T)):
        found, _ = nearest(metric, everything, few, k=3, from_facilities=outwards)
        padded = np.concatenate([matrix, np.full((n, 3), np.inf)], axis=1)
        assert_same_times(found, np.sort(padded, axis=1)[:, :3])
    rows, columns = (each.ravel() for each in np.indices((n, n)))
    way = paths(metric, rows, columns)
    along = np.array([graph.seconds[way.edges_of(pair)].sum() for pair in range(n * n)])
    assert_same_times(np.where(np.isinf(way.seconds), np.inf, along), truth.ravel())
    times = np.where(np.isfinite(graph.seconds), graph.seconds, 0.0)
    parts = legs(metric, everything, few, {"drive": 0.25 * times, "wait": 0.75 * times})
    whole = parts.sums["drive"] + parts.sums["wait"]
    assert_same_times(np.where(np.isinf(parts.seconds), np.inf, whole), truth[:, few])


def test_the_awkward_kinds_are_what_they_are_called() -> None:
    """A list of cases proves nothing if the cases are not in it."""
    every = [awkward_graph(kind, weights, n=40, closed=0.3) for kind in KINDS for weights in WEIGHTS]
    for graph in every:
        assert (graph.tails == graph.heads).any(), "self loops"
        assert np.isinf(graph.seconds).any(), "closures"
    pairs = [list(zip(graph.tails.tolist(), graph.heads.tolist(), strict=True)) for graph in every]
    assert all(len(set(each)) < len(each) for each in pairs), "parallel edges"
    assert sum(np.isinf(graph.truth()).any() for graph in every) > len(every) / 2, "disconnected"
    assert sum((graph.seconds == 0).any() for graph in every) >= len(KINDS), "zero weights"
    spread = [graph.seconds[np.isfinite(graph.seconds)] for graph in every]
    assert sum(each.max() / max(each.min(), 1e-300) > 1e12 for each in spread if len(each)) >= len(KINDS) - 1


@given(graphs())
def test_all_pairs_agree_with_dijkstra(graph: Graph) -> None:
    everything = np.arange(graph.n)
    metric = customise(graph.order(), graph.seconds)
    assert_same_times(many_to_many(metric, everything, everything), graph.truth())


@given(graphs(), st.data())
def test_any_sources_and_targets_agree_with_dijkstra_from_either_side(
    graph: Graph, data: st.DataObject
) -> None:
    nodes = st.lists(st.integers(0, graph.n - 1), max_size=40)
    sources, targets = np.array(data.draw(nodes), dtype=int), np.array(data.draw(nodes), dtype=int)
    metric = customise(graph.order(), graph.seconds)
    truth = graph.truth()
    found = many_to_many(metric, sources, targets, threads=data.draw(st.sampled_from([None, 1, 3])))
    assert found.shape == (len(sources), len(targets))
    assert_same_times(found, truth[np.ix_(sources, targets)])


@pytest.mark.parametrize("side", ["sources", "targets"])
@pytest.mark.parametrize("seed", range(4))
def test_islands_are_searched_apart_and_give_the_same_bits(seed: int, side: str) -> None:
    """Four road networks that no edge joins, in one file; the last of them is asked for from one side only."""
    kinds = ("loops on a chain", "tree", "ring", "chain")
    islands = [awkward_graph(kind, "usual", n=70 + seed, closed=0.1) for kind in kinds]
    first = np.cumsum([0, *(one.n for one in islands)])
    rng = np.random.default_rng(seed)
    number = rng.permutation(first[-1])
    whole = Graph(
        n=int(first[-1]),
        tails=np.concatenate([number[one.tails + at] for one, at in zip(islands, first, strict=False)]),
        heads=np.concatenate([number[one.heads + at] for one, at in zip(islands, first, strict=False)]),
        seconds=np.concatenate([one.seconds for one in islands]),
        lon=np.zeros(first[-1]),
        lat=np.zeros(first[-1]),
        method=OrderMethod.INERTIAL,
        with_map=False,
    )
    few, many = number[rng.permutation(first[3])], number[rng.permutation(first[-1])]
    ends = (few, many) if side == "sources" else (many, few)
    metric = customise(whole.order(), whole.seconds)
    with mock.patch.object(matrix_module, "asked", wraps=matrix_module.asked) as asked:
        apart = many_to_many(metric, *ends)
    assert asked.call_count == 3
    with mock.patch.object(matrix_module, "_apart", return_value=None):
        np.testing.assert_array_equal(many_to_many(metric, *ends), apart)
    assert_same_times(apart, whole.truth()[np.ix_(*ends)])


@given(graphs(), st.floats(0, 2000))
def test_limit_hides_what_lies_beyond_it_and_nothing_else(graph: Graph, limit_s: float) -> None:
    everything = np.arange(graph.n)
    metric = customise(graph.order(), graph.seconds)
    full = many_to_many(metric, everything, everything)
    limited = many_to_many(metric, everything, everything, limit_s=limit_s)
    np.testing.assert_array_equal(limited, np.where(full <= limit_s, full, np.inf))


@given(graphs(), st.integers(1, 2000))
def test_streamed_blocks_are_the_matrix(graph: Graph, block_bytes: int) -> None:
    everything = np.arange(graph.n)
    metric = customise(graph.order(), graph.seconds)
    blocks = list(stream_many_to_many(metric, everything, everything, block_bytes=block_bytes))
    assert [row for where, _ in blocks for row in range(where.start, where.stop)] == list(range(graph.n))
    assert all(block.nbytes <= max(block_bytes, 8 * graph.n) for _, block in blocks)
    assert_same_times(np.concatenate([block for _, block in blocks]), graph.truth())


@given(graphs(), graphs())
def test_an_order_serves_any_times(graph: Graph, other: Graph) -> None:
    """The order is built once; closures, other times and opened edges only customise it."""
    order = graph.order()
    rng = np.random.default_rng(other.n)
    for kind in WEIGHTS:
        seconds = weights_of(kind, len(graph.tails), rng)
        seconds[rng.random(len(seconds)) < 0.2] = np.inf
        pairs = fastest_pairs(graph.n, graph.tails, graph.heads, seconds)
        everything = np.arange(graph.n)
        found = many_to_many(customise(order, seconds), everything, everything)
        assert_same_times(found, dijkstra_many_to_many(pairs, everything, everything))


@given(graphs())
def test_order_is_a_permutation_with_a_chordal_graph(graph: Graph) -> None:
    order = graph.order()
    assert sorted(order.rank.tolist()) == list(range(graph.n))
    uppers = [set(order.up_head[order.up_start[v] : order.up_start[v + 1]].tolist()) for v in range(graph.n)]
    for lower, above in enumerate(uppers):
        assert all(upper > lower for upper in above)
        for one in above:
            assert {other for other in above if other > one} <= uppers[one], "the third arc of a triangle"
    assert broken_row(order.up_start, order.up_head) == -1
    for tail, head, slot in zip(
        order.rank[graph.tails], order.rank[graph.heads], order.edge_slot, strict=True
    ):
        if tail == head:
            assert slot == -1
        else:
            assert order.up_head[slot // 2] == max(tail, head)
            assert slot % 2 == (tail > head)


@given(graphs())
def test_customised_times_satisfy_every_lower_triangle(graph: Graph) -> None:
    order = graph.order()
    metric = customise(order, graph.seconds)
    times = {}
    for lower in range(graph.n):
        for arc in range(order.up_start[lower], order.up_start[lower + 1]):
            upper = int(order.up_head[arc])
            times[lower, upper], times[upper, lower] = metric.arc_seconds[:, arc]
    for lower in range(graph.n):
        above = order.up_head[order.up_start[lower] : order.up_start[lower + 1]].tolist()
        for one in above:
            for two in above:
                if one != two:
                    assert times[one, two] <= times[one, lower] + times[lower, two]


@given(graphs())
def test_no_arc_of_a_search_graph_is_faster_than_the_fastest_way(graph: Graph) -> None:
    order = graph.order()
    metric = customise(order, graph.seconds)
    truth = graph.truth()
    node = np.argsort(order.rank)
    for arcs, upwards in ((metric.rise, True), (metric.fall, False)):
        lower = np.repeat(np.arange(graph.n), np.diff(arcs.start))
        ends = (node[lower], node[arcs.head]) if upwards else (node[arcs.head], node[lower])
        assert (arcs.seconds >= truth[ends] * (1 - 1e-12) - 1e-9).all()


@given(graphs())
def test_stored_order_gives_the_same_answers(graph: Graph) -> None:
    order = graph.order()
    again = Order.from_arrays(order.to_arrays(), graph.tails, graph.heads)
    np.testing.assert_array_equal(again.edge_slot, order.edge_slot)
    everything = np.arange(graph.n)
    first, second = (
        many_to_many(customise(which, graph.seconds), everything, everything) for which in (order, again)
    )
    np.testing.assert_array_equal(first, second)


@given(graphs(), st.data())
def test_nearest_agrees_with_sorting_the_whole_matrix(graph: Graph, data: st.DataObject) -> None:
    facilities = np.array(data.draw(st.lists(st.integers(0, graph.n - 1), max_size=12)), dtype=int)
    nodes = np.array(data.draw(st.lists(st.integers(0, graph.n - 1), min_size=1, max_size=30)), dtype=int)
    k = data.draw(st.integers(1, 4))
    outwards = data.draw(st.booleans())
    limit_s = data.draw(st.one_of(st.none(), st.floats(0, 1500)))
    metric = customise(graph.order(), graph.seconds)
    seconds, which = nearest(metric, nodes, facilities, k=k, from_facilities=outwards, limit_s=limit_s)
    truth = graph.truth()
    matrix = truth[np.ix_(facilities, nodes)].T if outwards else truth[np.ix_(nodes, facilities)]
    matrix = np.where(matrix <= (np.inf if limit_s is None else limit_s), matrix, np.inf)
    padded = np.concatenate([matrix, np.full((len(nodes), k), np.inf)], axis=1)
    if limit_s is None or not np.isclose(truth, limit_s, rtol=1e-9).any():
        assert_same_times(seconds, np.sort(padded, axis=1)[:, :k])
    for row, (times, found) in enumerate(zip(seconds, which, strict=True)):
        reached = found[np.isfinite(times)]
        assert (found[np.isinf(times)] == -1).all()
        assert len(set(reached.tolist())) == len(reached), "a facility counts once"
        np.testing.assert_allclose(matrix[row, reached], times[np.isfinite(times)], rtol=1e-12, atol=1e-9)


@given(graphs(), st.data())
def test_nearest_of_facilities_with_several_doors(graph: Graph, data: st.DataObject) -> None:
    doors = np.array(data.draw(st.lists(st.integers(0, graph.n - 1), min_size=1, max_size=12)), dtype=int)
    size = {"min_size": len(doors), "max_size": len(doors)}
    group = np.array(data.draw(st.lists(st.integers(0, 4), **size)))
    extra = np.array(data.draw(st.lists(st.floats(0, 300), **size)))
    metric = customise(graph.order(), graph.seconds)
    everything = np.arange(graph.n)
    seconds, which = nearest(metric, everything, doors, k=2, extra_s=extra, group=group)
    through = graph.truth()[:, doors] + extra
    best = np.stack([through[:, group == g].min(axis=1, initial=np.inf) for g in range(5)], axis=1)
    assert_same_times(seconds, np.sort(best, axis=1)[:, :2])
    found = np.isfinite(seconds)
    rows = np.nonzero(found)[0]
    np.testing.assert_allclose(best[rows, which[found]], seconds[found], rtol=1e-12, atol=1e-9)


@given(graphs(), st.data())
def test_paths_are_open_edges_in_a_row_that_take_the_travel_time(graph: Graph, data: st.DataObject) -> None:
    pairs = data.draw(
        st.lists(st.tuples(st.integers(0, graph.n - 1), st.integers(0, graph.n - 1)), max_size=30)
    )
    ends = np.array(pairs, dtype=int).reshape(-1, 2)
    found = paths(customise(graph.order(), graph.seconds), ends[:, 0], ends[:, 1])
    assert_same_times(found.seconds, graph.truth()[ends[:, 0], ends[:, 1]])
    for pair, (source, target) in enumerate(pairs):
        edges = found.edges_of(pair)
        if not np.isfinite(found.seconds[pair]):
            assert not len(edges)
            continue
        at = [source, *graph.heads[edges]]
        np.testing.assert_array_equal(at[:-1], graph.tails[edges])
        assert at[-1] == target
        assert np.isfinite(graph.seconds[edges]).all()
        np.testing.assert_allclose(graph.seconds[edges].sum(), found.seconds[pair], rtol=1e-12, atol=1e-9)


@given(graphs(), st.data())
def test_leg_sums_are_those_of_a_fastest_path(graph: Graph, data: st.DataObject) -> None:
    """Time split into three parts adds up again, from either side, whatever path was taken."""
    nodes = st.lists(st.integers(0, graph.n - 1), min_size=1, max_size=20)
    sources, targets = np.array(data.draw(nodes)), np.array(data.draw(nodes))
    rng = np.random.default_rng(len(sources))
    share = rng.random(len(graph.seconds))
    seconds = np.where(np.isfinite(graph.seconds), graph.seconds, 1.0)
    split = {"drive": share * seconds, "wait": (1 - share) * seconds, "edges": np.ones(len(seconds))}
    metric = customise(graph.order(), graph.seconds)
    found = legs(metric, sources, targets, split)
    assert_same_times(found.seconds, graph.truth()[np.ix_(sources, targets)])
    no_way = np.isinf(found.seconds)
    for sums in found.sums.values():
        np.testing.assert_array_equal(np.isnan(sums), no_way)
    together = np.where(no_way, np.inf, found.sums["drive"] + found.sums["wait"])
    np.testing.assert_allclose(together, found.seconds, rtol=1e-11, atol=1e-9)
    here = sources[:, None] == targets[None, :]
    assert (found.sums["edges"][here & ~no_way] == 0).all()
    assert (found.sums["edges"][~here & ~no_way] >= 1).all()


@given(graphs())
def test_leg_sums_agree_with_the_path_where_it_is_unique(graph: Graph) -> None:
    """With times that have no ties, sums over the unpacked path are the leg sums."""
    rng = np.random.default_rng(graph.n)
    seconds = np.where(np.isinf(graph.seconds), np.inf, rng.uniform(1, 2, len(graph.seconds)))
    metric = customise(graph.order(), seconds)
    wait = rng.random(len(seconds))
    rows, columns = (each.ravel() for each in np.indices((graph.n, graph.n)))
    some = rng.permutation(len(rows))[:40]
    found = legs(metric, np.arange(graph.n), np.arange(graph.n), {"wait": wait}).sums["wait"]
    found_paths = paths(metric, rows[some], columns[some])
    for pair, (row, column) in enumerate(zip(rows[some], columns[some], strict=True)):
        if np.isfinite(found_paths.seconds[pair]):
            expected = wait[found_paths.edges_of(pair)].sum()
            np.testing.assert_allclose(found[row, column], expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("method", list(OrderMethod))
def test_no_nodes_at_all(method: OrderMethod) -> None:
    nothing = np.empty(0, dtype=np.int64)
    metric = customise(build_order(0, nothing, nothing, method=method), np.empty(0))
    assert many_to_many(metric, nothing, nothing).shape == (0, 0)


@given(graphs(), st.integers(0, 2**32 - 1))
def test_a_metric_put_right_is_that_of_the_other_times(graph: Graph, seed: int) -> None:
    """Edges closed, opened, slower and faster: the bits of a full pass, and the times of SciPy."""
    rng = np.random.default_rng(seed)
    before = customise(graph.order(), graph.seconds)
    seconds = graph.seconds.copy()
    few = rng.random(len(seconds)) < rng.choice([0.0, 0.05, 0.3, 1.0])
    seconds[few] = rng.choice([np.inf, 0.0, 3.5, 40.0], int(few.sum()))
    kept = before.arc_seconds.copy()
    with mock.patch.object(recustomisation, "FEW_EDGES", 1.0):
        found = recustomise(before, seconds)
    np.testing.assert_array_equal(before.arc_seconds, kept)
    np.testing.assert_array_equal(found.arc_seconds, customise(before.order, seconds).arc_seconds)
    np.testing.assert_array_equal(found.edge_seconds, seconds)
    everything = np.arange(graph.n)
    assert_same_times(many_to_many(found, everything, everything), replace(graph, seconds=seconds).truth())


def test_times_that_mostly_differ_are_customised_anew() -> None:
    graph = awkward_graph("grid", "usual", n=40, closed=0.0)
    before = customise(graph.order(), graph.seconds)
    with mock.patch.object(recustomisation, "update_arcs", side_effect=AssertionError("arc by arc")):
        found = recustomise(before, 2 * graph.seconds)
    np.testing.assert_array_equal(found.arc_seconds, 2 * before.arc_seconds)


@given(graphs(), st.integers(0, 2**32 - 1))
def test_edges_to_the_nearest_are_on_fastest_ways_and_no_others_are_missed(graph: Graph, seed: int) -> None:
    rng = np.random.default_rng(seed)
    asking, places = rng.integers(0, graph.n, 5), rng.integers(0, graph.n, rng.integers(1, 4))
    extra = rng.choice([0.0, 1.5, 600.0], len(places))
    used = edges_to_nearest(customise(graph.order(), graph.seconds), asking, places, extra_s=extra)

    def to_nearest(seconds: FloatArray) -> FloatArray:
        return (replace(graph, seconds=seconds).truth()[:, places] + extra).min(axis=1)

    far = to_nearest(graph.seconds)
    on = np.flatnonzero(used)
    assert np.isfinite(graph.seconds[on]).all()
    assert_same_times(far[graph.tails[on]], graph.seconds[on] + far[graph.heads[on]])
    without = to_nearest(np.where(used, graph.seconds, np.inf))
    assert_same_times(without[asking], far[asking])
