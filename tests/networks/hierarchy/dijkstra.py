"""SciPy's Dijkstra with the questions of the hierarchy: the reference that its answers are held against."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from networks.arrays import FloatArray
from networks.hierarchy.graph import AnyArray


def fastest_pairs(n_nodes: int, tails: AnyArray, heads: AnyArray, seconds: AnyArray) -> sparse.csr_matrix:
    """(n_nodes, n_nodes) fastest open edge of each pair of nodes.

    ``csr_matrix`` adds repeated entries, so the minimum over parallel edges is taken first. An edge of 0 s
    is stored explicitly, which ``scipy.sparse.csgraph`` takes for an edge. Self loops and closed edges are
    left out.
    """
    usable = np.flatnonzero(np.isfinite(seconds) & (tails != heads))
    order = usable[np.lexsort((seconds[usable], heads[usable], tails[usable]))]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (tails[order[1:]] != tails[order[:-1]]) | (heads[order[1:]] != heads[order[:-1]])
    kept = order[first]
    start = np.zeros(n_nodes + 1, dtype=np.int64)
    np.cumsum(np.bincount(tails[kept], minlength=n_nodes), out=start[1:])
    return sparse.csr_matrix((seconds[kept], heads[kept], start), shape=(n_nodes, n_nodes))


def dijkstra_many_to_many(
    graph: sparse.csr_matrix, sources: AnyArray, targets: AnyArray, *, limit_s: float | None = None
) -> FloatArray:
    """Travel times from every source to every target, searched from the smaller side.

    Args:
        graph: from :func:`fastest_pairs`.
        sources: (n_sources,) nodes.
        targets: (n_targets,) nodes.
        limit_s: times above it are not looked for and come out as ``inf``.

    Returns:
        (n_sources, n_targets) seconds, ``inf`` = no way, or none within the limit.
    """
    limit = np.inf if limit_s is None else limit_s
    if len(sources) <= len(targets):
        return _rows(graph, sources, targets, limit)
    return np.ascontiguousarray(_rows(graph.T.tocsr(), targets, sources, limit).T)


def _rows(graph: sparse.csr_matrix, starts: AnyArray, ends: AnyArray, limit_s: float) -> FloatArray:
    """One search a start; only the wanted columns are kept, so memory stays at one row of nodes a time."""
    seconds = np.empty((len(starts), len(ends)), dtype=np.float64)
    search = cast("Any", csgraph.dijkstra)
    for position, start in enumerate(starts):
        seconds[position] = search(graph, indices=int(start), limit=limit_s)[ends]
    return seconds
