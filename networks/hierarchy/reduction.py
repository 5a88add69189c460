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

from networks.arrays import BoolArray, Int32Array, IntArray

from .compiled import compiled
from .graph import sorted_distinct

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


@compiled
def elimination_tree(start: IntArray, other: Int32Array, order: Int32Array, rank: Int32Array) -> Int32Array:
    """Parent of each rank in the elimination tree, -1 for a root (Liu's algorithm, paths compressed).

    Args:
        start: (n + 1,) row starts of the neighbour lists.
        other: neighbours, symmetric.
        order: (n,) node of each rank.
        rank: (n,) rank of each node, the inverse of ``order``.
    """
    n_nodes = len(order)
    parent = np.full(n_nodes, -1, np.int32)
    ancestor = np.full(n_nodes, -1, np.int32)
    for upper in range(n_nodes):
        node = order[upper]
        for half in range(start[node], start[node + 1]):
            lower = rank[other[half]]
            if lower > upper:
                continue
            while ancestor[lower] != -1 and ancestor[lower] != upper:
                following = ancestor[lower]
                ancestor[lower] = upper
                lower = following
            if ancestor[lower] == -1 and lower != upper:
                ancestor[lower] = upper
                parent[lower] = upper
    return parent


@compiled
def postorder(parent: Int32Array) -> Int32Array:
    """New rank of each old rank: children before parents, every subtree a contiguous run.

    An order has the same fill in any numbering that keeps descendants below ancestors. This one puts what
    a sweep reads together side by side in memory.
    """
    n_nodes = len(parent)
    first_child = np.full(n_nodes, -1, np.int32)
    sibling = np.full(n_nodes, -1, np.int32)
    for node in range(n_nodes - 1, -1, -1):
        if parent[node] >= 0:
            sibling[node] = first_child[parent[node]]
            first_child[parent[node]] = node
    new = np.empty(n_nodes, np.int32)
    counter = 0
    for root in range(n_nodes):
        if parent[root] >= 0:
            continue
        node = root
        while True:
            while first_child[node] >= 0:
                child = first_child[node]
                first_child[node] = sibling[child]
                node = child
            new[node] = counter
            counter += 1
            if node == root:
                break
            node = parent[node]
    return new


MOST_ARCS_PER_NODE = 200
"""Road networks have 3 to 30; more means that the graph has no narrow places to cut."""
MOST_ARCS = 2**30 - 1
"""Arc numbers are int32, and twice an arc number must still be one."""


@compiled
def fill_in(
    start: IntArray, other: Int32Array, order: Int32Array, rank: Int32Array, parent: Int32Array
) -> tuple[IntArray, Int32Array]:
    """Upper neighbours of every rank in the chordal graph, ascending.

    The upper neighbours of a node are its own in the graph and those of its children in the elimination
    tree, so the lists of the children are merged upwards.

    Returns:
        (n + 1,) row starts and the upper neighbours' ranks; no rows at all if there would be too many arcs.
    """
    n_nodes = len(order)
    most = min(MOST_ARCS, MOST_ARCS_PER_NODE * n_nodes + 1_000_000)
    up_start = np.zeros(n_nodes + 1, np.int64)
    heads = np.empty(2 * n_nodes + len(other), np.int32)
    first_child = np.full(n_nodes, -1, np.int32)
    sibling = np.full(n_nodes, -1, np.int32)
    seen_by = np.full(n_nodes, -1, np.int32)
    filled = 0
    for lower in range(n_nodes):
        room = start[order[lower] + 1] - start[order[lower]]
        child = first_child[lower]
        while child >= 0:
            room += up_start[child + 1] - up_start[child]
            child = sibling[child]
        if filled > most:
            return np.zeros(0, np.int64), heads[:0]
        if filled + room > len(heads):
            larger = np.empty(max(filled + room, len(heads) + len(heads) // 2), np.int32)
            larger[:filled] = heads[:filled]
            heads = larger
        seen_by[lower] = lower
        for half in range(start[order[lower]], start[order[lower] + 1]):
            upper = rank[other[half]]
            if upper > lower and seen_by[upper] != lower:
                seen_by[upper] = lower
                heads[filled] = upper
                filled += 1
        child = first_child[lower]
        while child >= 0:
            for arc in range(up_start[child], up_start[child + 1]):
                upper = heads[arc]
                if seen_by[upper] != lower:
                    seen_by[upper] = lower
                    heads[filled] = upper
                    filled += 1
            child = sibling[child]
        up_start[lower + 1] = filled
        if parent[lower] >= 0:
            sibling[lower] = first_child[parent[lower]]
            first_child[parent[lower]] = lower
    down_start, down_tail, _ = transposed(up_start, heads[:filled])
    return up_start, transposed(down_start, down_tail)[1]


@compiled
def transposed(start: IntArray, heads: Int32Array) -> tuple[IntArray, Int32Array, Int32Array]:
    """The arcs by their other end: row starts, tails (ascending in each row) and arc numbers."""
    n_nodes = len(start) - 1
    other_start = np.zeros(n_nodes + 1, np.int64)
    for arc in range(len(heads)):
        other_start[heads[arc] + 1] += 1
    for node in range(n_nodes):
        other_start[node + 1] += other_start[node]
    tails = np.empty(len(heads), np.int32)
    arcs = np.empty(len(heads), np.int32)
    cursor = other_start[:-1].copy()
    for node in range(n_nodes):
        for arc in range(start[node], start[node + 1]):
            at = cursor[heads[arc]]
            tails[at] = node
            arcs[at] = arc
            cursor[heads[arc]] += 1
    return other_start, tails, arcs
