"""The part of a hierarchy that a set of nodes can be reached through.

A sweep over the whole hierarchy (*PHAST*) settles every node; if only some are wanted, it needs just those
and what lies above them (*RPHAST*; Delling, Goldberg and Werneck, 2011, "Faster batched shortest paths in
road networks", ATMOS). That part is copied out once, small enough for the processor's caches, and swept for
every batch of searches.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from networks.arrays import BoolArray, Int32Array

from .compiled import compiled
from .customisation import Arcs

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


def restricted(arcs: Arcs, ranks: Int32Array) -> Restriction:
    """The rows needed to settle ``ranks``.

    Args:
        arcs: search graph of the direction in which the sweep runs.
        ranks: (n,) ranks wanted, repeats allowed.
    """
    n_nodes = len(arcs.start) - 1
    if len(ranks) >= WHOLE_SHARE * n_nodes:
        everything = np.arange(n_nodes, dtype=np.int32)
        return Restriction(everything, everything, arcs)
    return copy_part(arcs, ranks)


@compiled
def copy_part(arcs: Arcs, ranks: Int32Array) -> Restriction:
    """Mark upwards from the wanted ranks and copy the rows met, renumbered."""
    needed, n_rows, n_arcs = mark_upwards(arcs, ranks)
    row = np.full(len(needed), -1, np.int32)
    rank = np.empty(n_rows, np.int32)
    start = np.zeros(n_rows + 1, np.int64)
    head = np.empty(n_arcs, np.int32)
    seconds = np.empty(n_arcs, np.float64)
    n_rows = 0
    n_arcs = 0
    for node in range(len(needed)):
        if not needed[node]:
            continue
        row[node] = n_rows
        rank[n_rows] = node
        for arc in range(arcs.start[node], arcs.start[node + 1]):
            head[n_arcs] = arcs.head[arc]
            seconds[n_arcs] = arcs.seconds[arc]
            n_arcs += 1
        n_rows += 1
        start[n_rows] = n_arcs
    for arc in range(n_arcs):
        head[arc] = row[head[arc]]
    return Restriction(row, rank, Arcs(start, head, seconds))


@compiled
def mark_upwards(arcs: Arcs, ranks: Int32Array) -> tuple[BoolArray, int, int]:
    """Which ranks lie above the wanted ones, how many there are, and how many arcs they have."""
    needed = np.zeros(len(arcs.start) - 1, np.bool_)
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
        n_arcs += arcs.start[node + 1] - arcs.start[node]
        for arc in range(arcs.start[node], arcs.start[node + 1]):
            head = arcs.head[arc]
            if not needed[head]:
                needed[head] = True
                pending[n_pending] = head
                n_pending += 1
                n_rows += 1
    return needed, n_rows, n_arcs
