"""Customisation anew where few edges have other times: a closed pass, a lost ferry.

An arc changes only where an edge along it did, or where an arc did that lies on its fastest way over a
lower node. They are found upwards from the changed edges, as in the partial updates of Dibbelt, Strasser and
Wagner (2016, "Customizable contraction hierarchies", ACM JEA 21). Every arc found anew takes the least of the
very sums that the full pass compares, so that both give the same bits.
"""

from __future__ import annotations

import numpy as np

from networks.arrays import BoolArray, FloatArray, Int32Array, IntArray

from .compiled import compiled, prepare
from .customisation import DOWN, UP, Metric, checked_seconds, customise
from .graph import AnyArray
from .order import find_arc
from .paths import lower_end

#: Share of the edges above which the full pass is not longer than finding arcs one by one.
FEW_EDGES = 1e-3


def recustomise(metric: Metric, seconds: AnyArray) -> Metric:
    """The order of a metric under other times, as :func:`networks.hierarchy.customise` gives it.

    Args:
        metric: the order under times that mostly are the same.
        seconds: (n_edges,) the other times; ``inf`` = closed.

    Raises:
        NetworkDataError: a time is negative or NaN, or there is not one for each edge.
    """
    order = metric.order
    times = checked_seconds(order, seconds)
    changed = np.flatnonzero(times != metric.edge_seconds)
    if len(changed) > FEW_EDGES * order.n_edges:
        return customise(order, times)
    prepare()
    slots = order.edge_slot[changed]
    arcs = np.unique(slots[slots >= 0] >> 1).astype(np.int64)
    arc_seconds = metric.arc_seconds.copy()
    rows = order.up_start, order.up_head, *order.down, order.parent
    update_arcs(*rows, *order.edges_by_slot, times, arcs, arc_seconds)
    return Metric(order, times, arc_seconds)


@compiled
def update_arcs(
    up_start: IntArray,
    up_head: Int32Array,
    down_start: IntArray,
    down_tail: Int32Array,
    down_arc: Int32Array,
    parent: Int32Array,
    slots: Int32Array,
    edge_of_slot: Int32Array,
    edge_seconds: FloatArray,
    changed: IntArray,
    seconds: FloatArray,
) -> None:
    """Put right the (2, n_arcs) ``seconds`` of arcs along changed edges, and of those that lead over them."""
    stale = np.zeros(len(up_head), np.bool_)
    above = np.zeros(len(parent), np.bool_)
    for arc in changed:
        stale[arc] = True
        node = np.int64(lower_end(up_start, arc))
        while node >= 0 and not above[node]:
            above[node] = True
            node = np.int64(parent[node])
    # Ranks ascend, so the arcs of every lower node are right when they are used.
    for node in np.flatnonzero(above):
        first, last = up_start[node], up_start[node + 1]
        before = seconds[:, first:last].copy()
        other = False
        for arc in range(first, last):
            if stale[arc]:
                for direction in range(2):
                    seconds[direction, arc] = least_along(
                        2 * arc + direction, slots, edge_of_slot, edge_seconds
                    )
                for position in range(down_start[node], down_start[node + 1]):
                    lower = down_arc[position]
                    across = find_arc(up_start, up_head, down_tail[position], up_head[arc])
                    if across >= 0:
                        up = seconds[DOWN, lower] + seconds[UP, across]
                        down = seconds[DOWN, across] + seconds[UP, lower]
                        seconds[UP, arc] = min(seconds[UP, arc], up)
                        seconds[DOWN, arc] = min(seconds[DOWN, arc], down)
                other |= seconds[UP, arc] != before[UP, arc - first]
                other |= seconds[DOWN, arc] != before[DOWN, arc - first]
        if other:
            mark_over(int(node), up_start, up_head, before, seconds, stale)


@compiled
def mark_over(
    node: int,
    up_start: IntArray,
    up_head: Int32Array,
    before: FloatArray,
    seconds: FloatArray,
    stale: BoolArray,
) -> None:
    """Mark the arcs whose fastest way may have led over a node, or leads over it now.

    ``before`` is (2, n) what the arcs of its row took.
    """
    first, last = up_start[node], up_start[node + 1]
    for left in range(first, last):
        for right in range(left + 1, last):
            up = seconds[DOWN, left] + seconds[UP, right]
            down = seconds[DOWN, right] + seconds[UP, left]
            up_before = before[DOWN, left - first] + before[UP, right - first]
            down_before = before[DOWN, right - first] + before[UP, left - first]
            if up == up_before and down == down_before:
                continue
            over = find_arc(up_start, up_head, up_head[left], up_head[right])
            stale[over] |= up != up_before and min(up, up_before) <= seconds[UP, over]
            stale[over] |= down != down_before and min(down, down_before) <= seconds[DOWN, over]


@compiled
def least_along(slot: int, slots: Int32Array, edge_of_slot: Int32Array, edge_seconds: FloatArray) -> float:
    """The fastest edge of a slot, ``inf`` where it has none; ``slots`` ascend."""
    least = np.inf
    at = np.searchsorted(slots, slot)
    while at < len(slots) and slots[at] == slot:
        least = min(least, edge_seconds[edge_of_slot[at]])
        at += 1
    return least
