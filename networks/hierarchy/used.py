"""Edges on the fastest ways to the nearest facility: nobody notices the loss of any other."""

from __future__ import annotations

import numpy as np

from networks.arrays import BoolArray, FloatArray, Int32Array, IntArray

from .climb import UNTRACKED, climb_tracked, new_scratch
from .compiled import compiled
from .customisation import DOWN, UP, Metric
from .graph import AnyArray
from .matrix import ranks_of
from .nearest import checked_extra
from .order import find_arc
from .paths import Packed, lower_end
from .sweep import Starts

_NO_ARC = -1


def edges_to_nearest(
    metric: Metric, nodes: AnyArray, facilities: AnyArray, *, extra_s: AnyArray | None = None
) -> BoolArray:
    """(n_edges,) which edges the fastest ways from some nodes to their nearest facility lead over.

    Of equally fast ways one counts: where no edge of it closes, a node keeps its seconds to the last bit.

    Args:
        metric: a customised order.
        nodes: (n,) nodes that ask.
        facilities: (m,) nodes with a facility.
        extra_s: (m,) seconds added at each facility.

    Raises:
        NetworkDataError: a node that is not there, negative or missing extra seconds.
    """
    asking, at = ranks_of(metric, nodes, "nodes"), ranks_of(metric, facilities, "facilities")
    extra = checked_extra(extra_s, len(at))
    order = metric.order
    graph = Packed(order.up_start, order.up_head, metric.origin)
    starts = Starts(at, np.arange(len(at)), metric.fall, order.parent, np.inf)
    arcs = arcs_to_nearest(asking, starts, extra, order.up_start, order.up_head, metric.rise.seconds)
    return edges_of_arcs(arcs, graph, order.n_edges)


@compiled
def arcs_to_nearest(
    asking: Int32Array,
    starts: Starts,
    extra_s: FloatArray,
    up_start: IntArray,
    up_head: Int32Array,
    rising: FloatArray,
) -> BoolArray:
    """(n_arcs, 2) arcs on the ways, upwards and downwards."""
    n_nodes = len(up_start) - 1
    seconds = np.full(n_nodes, np.inf)
    which = np.full(n_nodes, -1, np.int32)
    best = np.full(n_nodes, _NO_ARC, np.int64)
    scratch = new_scratch(n_nodes)
    for facility in range(len(starts.rank)):
        n_above = climb_tracked(starts.rank[facility], starts.upward, starts.parent, np.inf, scratch)
        for position in range(n_above):
            node, time = scratch.above[position], scratch.seconds[position] + extra_s[facility]
            if time < seconds[node]:
                seconds[node] = time
                which[node] = facility
    for node in range(n_nodes - 1, -1, -1):
        for arc in range(up_start[node], up_start[node + 1]):
            time = seconds[up_head[arc]] + rising[arc]
            if time < seconds[node]:
                seconds[node] = time
                best[node] = arc
    used = np.zeros((len(up_head), 2), np.bool_)
    passed = np.zeros(n_nodes, np.bool_)
    passed[asking] = True
    for node in range(n_nodes):
        if passed[node] and best[node] != _NO_ARC:
            used[best[node], UP] = True
            passed[up_head[best[node]]] = True
            passed[node] = False
    # What is left of them is where a way turns down to its facility.
    turns = passed
    for facility in range(len(starts.rank)):
        n_above = climb_tracked(starts.rank[facility], starts.upward, starts.parent, np.inf, scratch)
        for position in range(n_above):
            node = scratch.above[position]
            if not turns[node] or which[node] != facility:
                continue
            before = scratch.before[node]
            while before != UNTRACKED:
                used[find_arc(up_start, up_head, before, node), DOWN] = True
                node, before = before, scratch.before[before]
    return used


@compiled
def edges_of_arcs(used: BoolArray, graph: Packed, n_edges: int) -> BoolArray:
    """(n_edges,) the edges that some arcs stand for; ``used`` is written."""
    edges = np.zeros(n_edges, np.bool_)
    # What an arc stands for has lower ends below its own, and so a smaller number.
    for arc in range(len(used) - 1, -1, -1):
        for direction in range(2):
            if not used[arc, direction]:
                continue
            origin = graph.origin[arc, direction]
            if origin >= 0:
                edges[origin] = True
                continue
            first = -2 - origin
            lower = lower_end(graph.up_start, first)
            second = find_arc(graph.up_start, graph.up_head, lower, graph.up_head[arc])
            used[first, 1 - direction] = True
            used[second, direction] = True
    return edges
