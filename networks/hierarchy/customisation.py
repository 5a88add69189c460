"""Customisation: from seconds per edge to seconds per arc of the hierarchy.

One pass over the triangles of the chordal graph, the *basic* customisation of Dibbelt, Strasser and Wagner
(2016): every arc becomes as fast as the best way over lower nodes. A scenario repeats this pass and nothing
else. Their *perfect* customisation, which finds the arcs that no search needs, takes twice as long again and
as much memory; sweeps over the few rows that an answer needs gain little from it.
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
        seconds: (m,) times, ``inf`` for an arc that is closed in this direction.
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
        arc_seconds: (2, n_arcs) fastest way over lower nodes, ``UP`` from the lower end, ``DOWN`` to it;
            ``inf`` = closed.
    """

    order: Order
    edge_seconds: FloatArray
    arc_seconds: FloatArray

    def __post_init__(self) -> None:
        freeze(self.edge_seconds, self.arc_seconds)

    def __reduce__(self) -> tuple[Any, ...]:
        # Rebuilt by its constructor in another process: read-only again, or Numba would compile anew.
        return Metric, (self.order, self.edge_seconds, self.arc_seconds)

    @property
    def rise(self) -> Arcs:
        """The arcs by their lower end, with their times towards the upper end."""
        return Arcs(self.order.up_start, self.order.up_head, self.arc_seconds[UP])

    @property
    def fall(self) -> Arcs:
        """The arcs by their lower end, with their times from the upper end."""
        return Arcs(self.order.up_start, self.order.up_head, self.arc_seconds[DOWN])

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
    arc_seconds = edges_to_arcs(order.n_arcs, order.edge_slot, edge_seconds)
    relax_lower_triangles(order.up_start, order.up_head, *order.down, arc_seconds)
    return Metric(order, edge_seconds, arc_seconds)


def checked_seconds(order: Order, seconds: AnyArray) -> FloatArray:
    """The times as float64, read-only; a copy of times that anybody could still change.

    Raises:
        NetworkDataError: a time is negative or NaN, or there is not one for each edge.
    """
    given = np.asarray(seconds)
    kept = given.dtype == np.float64 and given.flags.c_contiguous and given.flags.owndata
    times: FloatArray = given if kept and not given.flags.writeable else np.array(given, dtype=np.float64)
    times = times.view()
    freeze(times)
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
    bad = np.flatnonzero(~(times >= 0)) if has_impossible(times) else np.zeros(0, dtype=np.int64)
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
def has_impossible(seconds: FloatArray) -> bool:
    """Whether any time is negative or no number."""
    impossible = False
    for edge in range(len(seconds)):
        impossible |= not seconds[edge] >= 0.0
    return impossible


@compiled
def edges_to_arcs(n_arcs: int, edge_slot: Int32Array, seconds: FloatArray) -> FloatArray:
    """(2, n_arcs) fastest edge along each arc upwards and downwards, ``inf`` where there is none."""
    fastest = np.full((2, n_arcs), np.inf)
    for edge in range(len(edge_slot)):
        slot = edge_slot[edge]
        if slot != NO_ARC:
            arc, direction = slot >> 1, slot & 1
            fastest[direction, arc] = min(fastest[direction, arc], seconds[edge])
    return fastest


@compiled
def relax_lower_triangles(
    up_start: IntArray,
    up_head: Int32Array,
    down_start: IntArray,
    down_tail: Int32Array,
    down_arc: Int32Array,
    seconds: FloatArray,
) -> None:
    """No arc is slower than the way round over a common lower neighbour.

    Ranks ascend, so the arcs of every lower neighbour are final when they are used.
    """
    arc_to = np.empty(len(up_start) - 1, np.int32)
    for middle in range(len(up_start) - 1):
        for arc in range(up_start[middle], up_start[middle + 1]):
            arc_to[up_head[arc]] = arc
        for position in range(down_start[middle], down_start[middle + 1]):
            first = down_arc[position]
            to_middle, from_middle = seconds[UP, first], seconds[DOWN, first]
            for second in range(first + 1, up_start[down_tail[position] + 1]):
                third = arc_to[up_head[second]]
                seconds[UP, third] = min(seconds[UP, third], from_middle + seconds[UP, second])
                seconds[DOWN, third] = min(seconds[DOWN, third], seconds[DOWN, second] + to_middle)


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
        if exact and edge_seconds[edge] == arc_seconds[direction, arc]:
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
                    around = arc_seconds[1 - direction, first] + arc_seconds[direction, second]
                    unknown = origin[third, direction] == -1 and around < np.inf
                    if unknown and around == arc_seconds[direction, third]:
                        origin[third, direction] = -2 - first
    return origin
