"""Customisation: from seconds per edge to seconds per arc of the hierarchy.

Two passes over the triangles of the chordal graph (Dibbelt, Strasser and Wagner, 2016). The *basic* pass
makes every arc as fast as the best way over lower nodes. The *perfect* pass then finds for every arc the
true travel time between its ends; an arc slower than that is never needed and is left out of the search
graphs. A scenario repeats these two passes and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from networks.arrays import FloatArray, Int32Array, IntArray
from networks.sentences import Sentence

from ..errors import Fault, NetworkDataError
from .compiled import compiled, prepare
from .graph import AnyArray, freeze
from .order import NO_ARC, Order

UP, DOWN = 0, 1


class Arcs(NamedTuple):
    """Arcs from lower to upper ranks in rows, as the searches read them.

    Attributes:
        start: (n + 1,) arcs of row ``v`` are ``start[v]:start[v + 1]``.
        head: (m,) upper ends, ascending in each row.
        seconds: (m,) finite times.
    """

    start: IntArray
    head: Int32Array
    seconds: FloatArray


@dataclass(frozen=True, eq=False)
class Metric:
    """An order with times: what queries are asked of.

    Attributes:
        order: the order, shared by all scenarios of a network.
        edge_seconds: (n_edges,) the times given.
        arc_seconds: (n_arcs, 2) fastest way over lower nodes, ``UP`` from the lower end, ``DOWN`` to it.
        rise: the arcs worth taking upwards, with their times towards the upper end.
        fall: the arcs worth taking downwards, by their lower end, with their times from the upper end.
    """

    order: Order
    edge_seconds: FloatArray
    arc_seconds: FloatArray
    rise: Arcs
    fall: Arcs

    def __post_init__(self) -> None:
        freeze(self.edge_seconds, self.arc_seconds, *self.rise, *self.fall)

    def __reduce__(self) -> tuple[Any, ...]:
        # Rebuilt by its constructor in another process: read-only again, or Numba would compile anew.
        return Metric, (self.order, self.edge_seconds, self.arc_seconds, self.rise, self.fall)

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return self.order.n_nodes

    @cached_property
    def origin(self) -> IntArray:
        """(n_arcs, 2) where each arc's time comes from (:func:`arc_origins`); computed when first asked."""
        order = self.order
        return arc_origins(
            order.up_start, order.up_head, *order.down, order.edge_slot, self.edge_seconds, self.arc_seconds
        )


def customise(order: Order, seconds: AnyArray) -> Metric:
    """Give an order its times.

    Args:
        order: from :func:`networks.hierarchy.build_order`.
        seconds: (n_edges,) in the order of the edges the order was built from; ``inf`` = closed.

    Raises:
        NetworkDataError: a time is negative or NaN, or there is not one for each edge.
    """
    prepare()
    edge_seconds = checked_seconds(order, seconds)
    down = order.down
    basic = edges_to_arcs(order.n_arcs, order.edge_slot, edge_seconds)
    relax_lower_triangles(order.up_start, order.up_head, *down, basic)
    perfect = basic.copy()
    relax_upper_triangles(order.up_start, order.up_head, *down, perfect)
    rise = needed_arcs(order.up_start, order.up_head, basic, perfect, UP)
    fall = needed_arcs(order.up_start, order.up_head, basic, perfect, DOWN)
    return Metric(order, edge_seconds, basic, rise, fall)


def checked_seconds(order: Order, seconds: AnyArray) -> FloatArray:
    """A copy of the times as float64.

    Raises:
        NetworkDataError: a time is negative or NaN, or there is not one for each edge.
    """
    times: FloatArray = np.array(seconds, dtype=np.float64)
    if times.shape != (order.n_edges,):
        raise NetworkDataError(
            [
                Fault(
                    Sentence(
                        "net.fault.edge_shape",
                        "shape {shape} for {n_edges} edges",
                        shape=str(times.shape),
                        n_edges=order.n_edges,
                    ),
                    where="seconds",
                )
            ]
        )
    bad = np.flatnonzero(~(times >= 0))
    if len(bad):
        raise NetworkDataError(
            [
                Fault(
                    "must be at least 0",
                    where="seconds",
                    row=Sentence("net.word.edge", "edge {edge}", edge=edge),
                    value=str(times[edge]),
                )
                for edge in bad[:20]
            ]
        )
    return times


@compiled
def edges_to_arcs(n_arcs: int, edge_slot: Int32Array, seconds: FloatArray) -> FloatArray:
    """(n_arcs, 2) fastest edge along each arc upwards and downwards, ``inf`` where there is none."""
    fastest = np.full(2 * n_arcs, np.inf)
    for edge in range(len(edge_slot)):
        slot = edge_slot[edge]
        if slot != NO_ARC:
            fastest[slot] = min(fastest[slot], seconds[edge])
    return fastest.reshape((n_arcs, 2))


@compiled
def relax_lower_triangles(
    up_start: IntArray,
    up_head: Int32Array,
    down_start: IntArray,
    down_tail: Int32Array,
    down_arc: Int32Array,
    seconds: FloatArray,
) -> None:
    """Basic customisation: no arc is slower than the way round over a common lower neighbour.

    Ranks ascend, so the arcs of every lower neighbour are final when they are used.
    """
    arc_to = np.empty(len(up_start) - 1, np.int32)
    for middle in range(len(up_start) - 1):
        for arc in range(up_start[middle], up_start[middle + 1]):
            arc_to[up_head[arc]] = arc
        for position in range(down_start[middle], down_start[middle + 1]):
            first = down_arc[position]
            to_middle, from_middle = seconds[first, UP], seconds[first, DOWN]
            for second in range(first + 1, up_start[down_tail[position] + 1]):
                third = arc_to[up_head[second]]
                seconds[third, UP] = min(seconds[third, UP], from_middle + seconds[second, UP])
                seconds[third, DOWN] = min(seconds[third, DOWN], seconds[second, DOWN] + to_middle)


@compiled
def relax_upper_triangles(
    up_start: IntArray,
    up_head: Int32Array,
    down_start: IntArray,
    down_tail: Int32Array,
    down_arc: Int32Array,
    seconds: FloatArray,
) -> None:
    """Perfect customisation: every arc gets the true travel time between its ends.

    Ranks descend, so the arc between two upper neighbours is final when it is used.
    """
    arc_to = np.empty(len(up_start) - 1, np.int32)
    for middle in range(len(up_start) - 2, -1, -1):
        for arc in range(up_start[middle], up_start[middle + 1]):
            arc_to[up_head[arc]] = arc
        for position in range(down_start[middle], down_start[middle + 1]):
            first = down_arc[position]
            to_middle, from_middle = seconds[first, UP], seconds[first, DOWN]
            for second in range(first + 1, up_start[down_tail[position] + 1]):
                third = arc_to[up_head[second]]
                third_up, third_down = seconds[third, UP], seconds[third, DOWN]
                to_top, from_top = seconds[second, UP], seconds[second, DOWN]
                to_middle = min(to_middle, to_top + third_down)
                from_middle = min(from_middle, third_up + from_top)
                seconds[second, UP] = min(to_top, to_middle + third_up)
                seconds[second, DOWN] = min(from_top, third_down + from_middle)
            seconds[first, UP], seconds[first, DOWN] = to_middle, from_middle


@compiled
def needed_arcs(
    up_start: IntArray, up_head: Int32Array, basic: FloatArray, perfect: FloatArray, direction: int
) -> Arcs:
    """The open arcs that no faster way between their ends replaces.

    An arc is dropped only if the perfect pass made it strictly faster, so of equally fast ways one stays.
    """
    n_needed = 0
    for arc in range(len(up_head)):
        if basic[arc, direction] <= perfect[arc, direction] and basic[arc, direction] < np.inf:
            n_needed += 1
    start = np.zeros(len(up_start), np.int64)
    head = np.empty(n_needed, np.int32)
    seconds = np.empty(n_needed, np.float64)
    kept = 0
    for node in range(len(up_start) - 1):
        for arc in range(up_start[node], up_start[node + 1]):
            if basic[arc, direction] <= perfect[arc, direction] and basic[arc, direction] < np.inf:
                head[kept] = up_head[arc]
                seconds[kept] = basic[arc, direction]
                kept += 1
        start[node + 1] = kept
    return Arcs(start, head, seconds)


@compiled
def arc_origins(
    up_start: IntArray,
    up_head: Int32Array,
    down_start: IntArray,
    down_tail: Int32Array,
    down_arc: Int32Array,
    edge_slot: Int32Array,
    edge_seconds: FloatArray,
    arc_seconds: FloatArray,
) -> IntArray:
    """(n_arcs, 2) for each arc and direction: the edge that gives its time, or the way round.

    An edge is given as its number, a way round over a lower node as ``-2 - first``, where ``first`` is the
    arc from that lower node to the lower end. ``-1`` stands for a closed arc. Of equally fast ones the edge
    with the smallest number counts, then the lowest node. Times are compared exactly: the basic pass
    computed them from these very sums.
    """
    origin = np.full((len(up_head), 2), -1, np.int64)
    for edge in range(len(edge_slot) - 1, -1, -1):
        arc, direction = edge_slot[edge] // 2, edge_slot[edge] % 2
        exact = edge_seconds[edge] < np.inf and edge_slot[edge] != NO_ARC
        if exact and edge_seconds[edge] == arc_seconds[arc, direction]:
            origin[arc, direction] = edge
    arc_to = np.empty(len(up_start) - 1, np.int32)
    for middle in range(len(up_start) - 1):
        for arc in range(up_start[middle], up_start[middle + 1]):
            arc_to[up_head[arc]] = arc
        for position in range(down_start[middle], down_start[middle + 1]):
            first = down_arc[position]
            for second in range(first + 1, up_start[down_tail[position] + 1]):
                third = arc_to[up_head[second]]
                for direction in range(2):
                    around = arc_seconds[first, 1 - direction] + arc_seconds[second, direction]
                    unknown = origin[third, direction] == -1 and around < np.inf
                    if unknown and around == arc_seconds[third, direction]:
                        origin[third, direction] = -2 - first
    return origin
