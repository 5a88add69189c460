"""Which engine answers a question of travel times: SciPy's Dijkstra, or the hierarchy where it pays."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from networks.sentences import Sentence

from .compiled import is_compiled
from .lanes import LANES

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
