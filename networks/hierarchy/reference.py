"""SciPy's Dijkstra with the same questions and answers: the reference, and the engine of small jobs."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from networks.sentences import Sentence

from .compiled import is_compiled
from .graph import AnyArray, FloatArray
from .lanes import LANES


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


COMPILE_S = 12.0
"""Compiling build, customisation and queries, once per machine."""
START_S = 1.0
"""Loading Numba and the compiled code, once per process."""
BUILD_S = 1.7e-6
"""Ordering and filling in, per node."""
CUSTOMISE_S = 2.4e-7
"""Both passes over the triangles, per node."""
ROW_S = 2.0e-8
"""One batch of sixteen searches over one row."""
ROWS_PER_END = 10
"""Rows above one wanted node that hardly any other wanted node shares."""
SCIPY_NODE_S = 1.2e-7
"""One search of ``csgraph.dijkstra``, per node."""


class Engine(enum.Enum):
    """What searches."""

    SCIPY = "scipy"
    HIERARCHY = "hierarchy"


@dataclass(frozen=True)
class EngineChoice:
    """The engine chosen, and why.

    Attributes:
        engine: the faster one.
        scipy_s: estimated seconds with SciPy.
        hierarchy_s: estimated seconds with the hierarchy, preparation included.
    """

    engine: Engine
    scipy_s: float
    hierarchy_s: float

    @property
    def estimates(self) -> str:
        """What the choice rests on, in words."""
        return Sentence(
            "net.engine.estimates",
            "estimated at {scipy:.1f} s with SciPy and {hierarchy:.1f} s with the hierarchy",
            scipy=float(self.scipy_s),
            hierarchy=float(self.hierarchy_s),
        )


def choose_engine(
    n_nodes: int,
    n_sources: int,
    n_targets: int,
    *,
    scenarios: int = 1,
    has_order: bool = False,
    has_metric: bool = False,
) -> EngineChoice:
    """The engine that is likely to answer sooner.

    Args:
        n_nodes: nodes of the network.
        n_sources: distinct nodes to search from.
        n_targets: distinct nodes to search to.
        scenarios: how many times the same matrix is asked for with other times.
        has_order: an order is at hand already.
        has_metric: so is a metric, for the first of the scenarios.
    """
    searches, ends = min(n_sources, n_targets), max(n_sources, n_targets)
    batches = -(-searches // LANES)
    hierarchy_s = scenarios * batches * ROW_S * min(n_nodes, ROWS_PER_END * ends)
    hierarchy_s += (scenarios - has_metric) * CUSTOMISE_S * n_nodes
    if not (has_order or has_metric):
        hierarchy_s += BUILD_S * n_nodes
    if not has_metric:
        hierarchy_s += START_S + (0.0 if is_compiled() else COMPILE_S)
    scipy_s = scenarios * searches * SCIPY_NODE_S * n_nodes
    engine = Engine.HIERARCHY if hierarchy_s < scipy_s else Engine.SCIPY
    return EngineChoice(engine, scipy_s, hierarchy_s)
