"""Fill-in: the elimination tree, a cache-friendly numbering, and the chordal graph of an order.

Nodes are taken out from the lowest rank up, and the neighbours of each that remain become neighbours of
each other. The result is *chordal*: two upper neighbours of a node are always joined, which is what lets
one pass over triangles customise any times (Dibbelt, Strasser and Wagner, 2016, "Customizable contraction
hierarchies", ACM JEA 21). It is the same as the fill of a sparse Cholesky factor, and the lowest upper
neighbour of each node is its parent in the *elimination tree* (Liu, 1990, "The role of elimination trees in
sparse factorization"; Bauer, Columbus, Rutter and Wagner, 2016, on its use for search).
"""

from __future__ import annotations

import numpy as np

from .compiled import compiled
from .graph import Int32Array, IntArray


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
