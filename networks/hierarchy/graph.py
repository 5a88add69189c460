"""The undirected, simple graph under the directed edges: all that an order depends on.

An order that must serve every scenario may not look at times. A closed edge still counts, and so does one
that is open in one direction only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from networks.arrays import Int32Array, IntArray

from .compiled import compiled

AnyArray = NDArray[Any]


def freeze(*arrays: AnyArray) -> None:
    """Make arrays read-only."""
    for array in arrays:
        array.flags.writeable = False


@compiled
def neighbours(n_nodes: int, tails: Int32Array, heads: Int32Array) -> tuple[IntArray, Int32Array]:
    """Distinct neighbours of each node in either direction, ascending, without self loops.

    Two counting sorts, first by one end and then by the other: linear in nodes and edges.

    Returns:
        (n_nodes + 1,) row starts and the neighbours.
    """
    start = np.zeros(n_nodes + 1, np.int64)
    for edge in range(len(tails)):
        if tails[edge] != heads[edge]:
            start[tails[edge] + 1] += 1
            start[heads[edge] + 1] += 1
    for node in range(n_nodes):
        start[node + 1] += start[node]
    by_first = np.empty(start[n_nodes], np.int32)
    cursor = start[:-1].copy()
    for edge in range(len(tails)):
        tail, head = tails[edge], heads[edge]
        if tail != head:
            by_first[cursor[tail]] = head
            cursor[tail] += 1
            by_first[cursor[head]] = tail
            cursor[head] += 1
    return sorted_distinct(n_nodes, start, by_first)


@compiled
def sorted_distinct(n_nodes: int, start: IntArray, other: Int32Array) -> tuple[IntArray, Int32Array]:
    """The same symmetric lists, ascending and each neighbour once."""
    sorted_other = np.empty(len(other), np.int32)
    cursor = start[:-1].copy()
    for node in range(n_nodes):
        for position in range(start[node], start[node + 1]):
            neighbour = other[position]
            sorted_other[cursor[neighbour]] = node
            cursor[neighbour] += 1
    distinct_start = np.zeros(n_nodes + 1, np.int64)
    kept = 0
    for node in range(n_nodes):
        last = np.int32(-1)
        for position in range(start[node], start[node + 1]):
            if sorted_other[position] != last:
                last = sorted_other[position]
                sorted_other[kept] = last
                kept += 1
        distinct_start[node + 1] = kept
    return distinct_start, sorted_other[:kept].copy()
