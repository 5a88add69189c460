"""Reduction: dead ends and bends leave first, so that only the junctions need a costly order.

A node with one neighbour is a dead end, one with two a bend. Taking such a node out of the graph joins at
most one pair of its neighbours, so it never makes the graph denser, whatever the edges cost. Most nodes of a
raw road network go this way. Rounds of nodes that are not neighbours of each other keep a long chain's
elimination tree logarithmic in its length: this is *rake and compress* (Miller and Reif, 1985, "Parallel
tree contraction and its application").

Nothing has to be restored by special rules: the nodes taken out are simply the lowest ranks of the
hierarchy, and queries from, to and between them are exact under any times, infinite ones included.
"""

from __future__ import annotations

import numpy as np

from .compiled import compiled
from .graph import BoolArray, Int32Array, IntArray, sorted_distinct

LIST_SCANNED = 12
"""Longest neighbour list that is searched for an existing edge; beyond it a parallel edge may stay."""


@compiled
def peel(start: IntArray, other: Int32Array) -> tuple[Int32Array, IntArray, Int32Array]:
    """Take out nodes with at most two neighbours until none is left.

    Args:
        start: (n + 1,) row starts of the neighbour lists.
        other: neighbours, ascending in each list, symmetric, no self loops.

    Returns:
        the nodes taken out, in order, and the neighbour lists (row starts, neighbours) of the graph that
        remains, over the same node numbers.
    """
    n_nodes = len(start) - 1
    taken = np.empty(n_nodes, np.int32)
    gone = np.zeros(n_nodes, np.bool_)
    n_taken = 0
    while True:
        before = n_taken
        other = other.copy()
        n_taken = _peel_rounds(start, other, gone, taken, n_taken)
        start, other = _without_removed(start, other, gone)
        if n_taken == before:
            return taken[:n_taken].copy(), start, other


@compiled
def _peel_rounds(start: IntArray, other: Int32Array, gone: BoolArray, taken: Int32Array, n_taken: int) -> int:
    """Rounds of independent nodes; ``other`` is rewired in place, -1 where a neighbour was removed."""
    n_nodes = len(start) - 1
    twin = twins(start, other)
    degree = np.empty(n_nodes, np.int32)
    queue = np.empty(n_nodes, np.int32)
    queued = np.zeros(n_nodes, np.bool_)
    touched_in = np.zeros(n_nodes, np.int32)
    n_queue = 0
    for node in range(n_nodes):
        degree[node] = start[node + 1] - start[node]
        if degree[node] <= 2 and not gone[node]:
            queue[n_queue] = node
            queued[node] = True
            n_queue += 1
    following = np.empty(n_nodes, np.int32)
    rounds = 0
    while n_queue > 0:
        rounds += 1
        n_following = 0
        for position in range(n_queue):
            node = queue[position]
            if touched_in[node] == rounds:
                following[n_following] = node
                n_following += 1
                continue
            gone[node] = True
            taken[n_taken] = node
            n_taken += 1
            for half in range(start[node], start[node + 1]):
                if other[half] >= 0:
                    touched_in[other[half]] = rounds
            _take_out(node, start, other, twin, degree)
            for half in range(start[node], start[node + 1]):
                neighbour = other[half]
                if neighbour >= 0 and degree[neighbour] <= 2 and not queued[neighbour]:
                    queued[neighbour] = True
                    following[n_following] = neighbour
                    n_following += 1
        queue, following = following, queue
        n_queue = n_following
    return n_taken


@compiled
def twins(start: IntArray, other: Int32Array) -> IntArray:
    """For each entry of the neighbour lists, the entry of the same edge in the neighbour's list."""
    twin = np.empty(len(other), np.int64)
    cursor = start[:-1].copy()
    for node in range(len(start) - 1):
        for half in range(start[node], start[node + 1]):
            twin[half] = cursor[other[half]]
            cursor[other[half]] += 1
    return twin


@compiled
def _take_out(node: int, start: IntArray, other: Int32Array, twin: IntArray, degree: Int32Array) -> None:
    """Remove a node of at most two edges and join its neighbours, unless they are joined already."""
    first = -1
    second = -1
    for half in range(start[node], start[node + 1]):
        if other[half] >= 0:
            first, second = half, first
    if first < 0:
        return
    if second < 0:
        other[twin[first]] = -1
        degree[other[first]] -= 1
        return
    one, two = other[first], other[second]
    at_one, at_two = twin[first], twin[second]
    if one == two or _joined(one, two, start, other):
        other[at_one] = -1
        other[at_two] = -1
        degree[one] -= 1
        degree[two] -= 1
        return
    other[at_one], other[at_two] = two, one
    twin[at_one], twin[at_two] = at_two, at_one


@compiled
def _joined(one: int, two: int, start: IntArray, other: Int32Array) -> bool:
    """Is there an edge between the two? Looked up in the shorter list, if that is short enough."""
    if start[two + 1] - start[two] < start[one + 1] - start[one]:
        one, two = two, one
    if start[one + 1] - start[one] > LIST_SCANNED:
        return False
    found = False
    for half in range(start[one], start[one + 1]):
        found = found or other[half] == two
    return found


@compiled
def _without_removed(start: IntArray, other: Int32Array, gone: BoolArray) -> tuple[IntArray, Int32Array]:
    """The neighbour lists of the nodes that remain, ascending and each neighbour once."""
    n_nodes = len(start) - 1
    new_start = np.zeros(n_nodes + 1, np.int64)
    kept = 0
    for node in range(n_nodes):
        if not gone[node]:
            for half in range(start[node], start[node + 1]):
                if other[half] >= 0:
                    kept += 1
        new_start[node + 1] = kept
    compact = np.empty(kept, np.int32)
    kept = 0
    for node in range(n_nodes):
        if not gone[node]:
            for half in range(start[node], start[node + 1]):
                if other[half] >= 0:
                    compact[kept] = other[half]
                    kept += 1
    return sorted_distinct(n_nodes, new_start, compact)
