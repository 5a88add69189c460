"""Fastest paths, unpacked to the edges they were built from.

Up from the source, up against the traffic from the target, and the best node where the two meet; every arc
on the way is either an edge or a way round over a lower node, which is unpacked in turn (Dibbelt, Strasser
and Wagner, 2016).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from networks.arrays import FloatArray, Int32Array, IntArray
from networks.sentences import Sentence

from ..errors import NetworkDataError
from .climb import UNTRACKED, Scratch, climb_tracked, new_scratch
from .compiled import compiled
from .customisation import DOWN, UP, Arcs, Metric
from .graph import AnyArray
from .matrix import ranks_of
from .order import find_arc


@dataclass(frozen=True, eq=False)
class Paths:
    """Fastest paths between pairs of nodes.

    Attributes:
        seconds: (n_pairs,) travel times, ``inf`` = no way.
        start: (n_pairs + 1,) edges of pair ``i`` are ``edges[start[i]:start[i + 1]]``.
        edges: numbers of the edges in travel order; none where there is no way or nowhere to go.
    """

    seconds: FloatArray
    start: IntArray
    edges: IntArray

    def edges_of(self, pair: int) -> IntArray:
        """Edges of one pair, in travel order."""
        return self.edges[self.start[pair] : self.start[pair + 1]]


def paths(metric: Metric, sources: AnyArray, targets: AnyArray) -> Paths:
    """Fastest path from each source to the target in the same position.

    Args:
        metric: a customised order.
        sources: (n_pairs,) nodes.
        targets: (n_pairs,) nodes.

    Raises:
        NetworkDataError: a node that is not there, or unequal numbers of sources and targets.
    """
    begin, end = ranks_of(metric, sources, "sources"), ranks_of(metric, targets, "targets")
    if len(begin) != len(end):
        raise NetworkDataError(
            Sentence(
                "net.fault.path_pairs",
                "{n_begin} sources for {n_end} targets: paths are asked for in pairs",
                n_begin=len(begin),
                n_end=len(end),
            )
        )
    order = metric.order
    graph = Packed(order.up_start, order.up_head, metric.origin)
    return Paths(*trace_pairs(begin, end, metric.rise, metric.fall, order.parent, graph))


class Packed(NamedTuple):
    """The chordal graph and where the time of each arc comes from.

    Attributes:
        up_start: (n_nodes + 1,) row starts.
        up_head: (n_arcs,) upper ends.
        origin: (n_arcs, 2) see :func:`networks.hierarchy.customisation.arc_origins`.
    """

    up_start: IntArray
    up_head: Int32Array
    origin: IntArray


@compiled
def trace_pairs(
    begin: Int32Array, end: Int32Array, rise: Arcs, fall: Arcs, parent: Int32Array, graph: Packed
) -> tuple[FloatArray, IntArray, IntArray]:
    """Seconds, row starts and edges of all pairs (see :class:`Paths`)."""
    seconds = np.full(len(begin), np.inf)
    start = np.zeros(len(begin) + 1, np.int64)
    edges = np.empty(1024, np.int64)
    n_edges = 0
    ahead = new_scratch(len(parent))
    behind = new_scratch(len(parent))
    way = np.empty(len(parent), np.int32)
    pending = np.empty(len(parent) + 2, np.int64)
    for pair in range(len(begin)):
        n_ahead = climb_tracked(begin[pair], rise, parent, np.inf, ahead)
        n_behind = climb_tracked(end[pair], fall, parent, np.inf, behind)
        top, seconds[pair] = meeting(ahead, n_ahead, behind, n_behind)
        if top >= 0:
            n_way = way_over(top, ahead.before, behind.before, way)
            for step in range(n_way - 1):
                edges, n_edges = unpack(way[step], way[step + 1], graph, pending, edges, n_edges)
        start[pair + 1] = n_edges
    return seconds, start, edges[:n_edges].copy()


@compiled
def meeting(ahead: Scratch, n_ahead: int, behind: Scratch, n_behind: int) -> tuple[int, float]:
    """The node over which the way is fastest, -1 if there is none, and the time; both lists ascend."""
    top = -1
    fastest = np.inf
    other = 0
    for position in range(n_ahead):
        node = ahead.above[position]
        while other < n_behind and behind.above[other] < node:
            other += 1
        if other < n_behind and behind.above[other] == node:
            seconds = ahead.seconds[position] + behind.seconds[other]
            if seconds < fastest:
                top = node
                fastest = seconds
    return top, fastest


@compiled
def way_over(top: int, ahead: Int32Array, behind: Int32Array, way: Int32Array) -> int:
    """Ranks from source to target over ``top`` into ``way``; how many."""
    n_way = 0
    node = top
    while node != UNTRACKED:
        way[n_way] = node
        n_way += 1
        node = ahead[node]
    for position in range(n_way // 2):
        way[position], way[n_way - 1 - position] = way[n_way - 1 - position], way[position]
    node = behind[top]
    while node != UNTRACKED:
        way[n_way] = node
        n_way += 1
        node = behind[node]
    return n_way


@compiled
def unpack(
    tail: int, head: int, graph: Packed, pending: IntArray, edges: IntArray, n_edges: int
) -> tuple[IntArray, int]:
    """Append the edges of the arc between two ranks; the (possibly longer) array and its filling.

    ``pending`` is room for what is still to be unpacked: no more than one arc a level of the hierarchy.
    """
    direction = UP if tail < head else DOWN
    pending[0] = 2 * find_arc(graph.up_start, graph.up_head, min(tail, head), max(tail, head)) + direction
    n_pending = 1
    while n_pending > 0:
        n_pending -= 1
        arc, direction = pending[n_pending] // 2, pending[n_pending] % 2
        origin = graph.origin[arc, direction]
        if origin >= 0:
            if n_edges == len(edges):
                edges = lengthened(edges)
            edges[n_edges] = origin
            n_edges += 1
            continue
        first = -2 - origin
        second = find_arc(graph.up_start, graph.up_head, lower_end(graph.up_start, first), graph.up_head[arc])
        # What is taken out first is passed first: over the lower node, from the tail to the head.
        pending[n_pending] = 2 * second + UP if direction == UP else 2 * first + UP
        pending[n_pending + 1] = 2 * first + DOWN if direction == UP else 2 * second + DOWN
        n_pending += 2
    return edges, n_edges


@compiled
def lower_end(up_start: IntArray, arc: int) -> int:
    """The rank in whose row an arc lies, by binary search."""
    left, right = 0, len(up_start) - 1
    while right - left > 1:
        middle = (left + right) // 2
        if up_start[middle] <= arc:
            left = middle
        else:
            right = middle
    return left


@compiled
def lengthened(edges: IntArray) -> IntArray:
    """Twice the room, with the same beginning."""
    longer = np.empty(2 * len(edges), np.int64)
    longer[: len(edges)] = edges
    return longer
