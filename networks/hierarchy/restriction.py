"""The part of a hierarchy that a set of nodes can be reached through.

A sweep over the whole hierarchy (*PHAST*) settles every node; if only some are wanted, it needs just those
and what lies above them (*RPHAST*; Delling, Goldberg and Werneck, 2011, "Faster batched shortest paths in
road networks", ATMOS). That part is copied out once, small enough for the processor's caches, and swept for
every batch of searches.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from networks.arrays import BoolArray, Int32Array, IntArray

from .compiled import compiled
from .customisation import Arcs
from .order import Order

WHOLE_SHARE = 0.2
"""From this share of the nodes on, sweeping everything costs less than copying a part."""


class Restriction(NamedTuple):
    """Rows to sweep, from the last (the top of the hierarchy) to the first.

    Attributes:
        row: (n_nodes,) row of each rank, -1 where it is not needed.
        rank: (n_rows,) rank of each row, ascending.
        arcs: arcs of each row to rows above it.
    """

    row: Int32Array
    rank: Int32Array
    arcs: Arcs


class Rows(NamedTuple):
    """Which rows are swept, whatever their times: the same for every state of a network.

    Attributes:
        row: (n_nodes,) row of each rank, -1 where it is not needed.
        rank: (n_rows,) rank of each row, ascending.
        start: (n_rows + 1,) arcs of row ``r`` are ``start[r]:start[r + 1]``.
        head: (n_arcs,) upper row of each arc.
        arc: (n_arcs,) number of each arc in the whole hierarchy.
    """

    row: Int32Array
    rank: Int32Array
    start: IntArray
    head: Int32Array
    arc: Int32Array


def restricted(order: Order, arcs: Arcs, ranks: Int32Array) -> Restriction:
    """The rows needed to settle ``ranks``; those that were asked for last are kept with the order.

    Args:
        order: the order, over whose rows the arcs are.
        arcs: search graph of the direction in which the sweep runs.
        ranks: (n,) ranks wanted, repeats allowed.
    """
    if len(ranks) >= WHOLE_SHARE * order.n_nodes:
        everything = np.arange(order.n_nodes, dtype=np.int32)
        return Restriction(everything, everything, arcs)
    name = hashlib.sha256(ranks.tobytes()).digest()
    kept = _ROWS.get(order)
    if kept is None or kept[0] != name:
        kept = _ROWS[order] = name, rows_above(arcs.start, arcs.head, ranks)
    rows = kept[1]
    return Restriction(rows.row, rows.rank, Arcs(rows.start, rows.head, arcs.seconds.take(rows.arc)))


#: Order -> the ranks that were asked for last, by their digest, and the rows that lead to them.
_ROWS: WeakKeyDictionary[Order, tuple[bytes, Rows]] = WeakKeyDictionary()


@compiled
def rows_above(up_start: IntArray, up_head: Int32Array, ranks: Int32Array) -> Rows:
    """Mark upwards from the wanted ranks and copy the rows met, renumbered."""
    needed, n_rows, n_arcs = mark_upwards(up_start, up_head, ranks)
    row = np.full(len(needed), -1, np.int32)
    rank = np.empty(n_rows, np.int32)
    start = np.zeros(n_rows + 1, np.int64)
    head = np.empty(n_arcs, np.int32)
    whole = np.empty(n_arcs, np.int32)
    n_rows = 0
    n_arcs = 0
    for node in range(len(needed)):
        if not needed[node]:
            continue
        row[node] = n_rows
        rank[n_rows] = node
        for arc in range(up_start[node], up_start[node + 1]):
            head[n_arcs] = up_head[arc]
            whole[n_arcs] = arc
            n_arcs += 1
        n_rows += 1
        start[n_rows] = n_arcs
    for arc in range(n_arcs):
        head[arc] = row[head[arc]]
    return Rows(row, rank, start, head, whole)


@compiled
def mark_upwards(up_start: IntArray, up_head: Int32Array, ranks: Int32Array) -> tuple[BoolArray, int, int]:
    """Which ranks lie above the wanted ones, how many there are, and how many arcs they have."""
    needed = np.zeros(len(up_start) - 1, np.bool_)
    pending = np.empty(len(needed), np.int32)
    n_pending = 0
    for rank in ranks:
        if not needed[rank]:
            needed[rank] = True
            pending[n_pending] = rank
            n_pending += 1
    n_rows = n_pending
    n_arcs = 0
    while n_pending > 0:
        n_pending -= 1
        node = pending[n_pending]
        n_arcs += up_start[node + 1] - up_start[node]
        for arc in range(up_start[node], up_start[node + 1]):
            head = up_head[arc]
            if not needed[head]:
                needed[head] = True
                pending[n_pending] = head
                n_pending += 1
                n_rows += 1
    return needed, n_rows, n_arcs
