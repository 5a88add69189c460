"""Lagrangian branch and bound on a core with few or dense sites.

Depth first, cheaper side first. A node whose sites are mostly decided gets a smaller core of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.compiled import Int8Array
from optimise.pmedian_engine.bounds import FREE, OPEN
from optimise.pmedian_engine.core import Core
from optimise.pmedian_engine.explore import BRANCHED, LEAF, explore
from optimise.pmedian_engine.run import Precision, Run
from optimise.pmedian_engine.shrink import reduce_core

#: A child is given a core of its own when its free sites fall below this share of its parent's core.
_REBUILD_BELOW = 0.75


@dataclass(frozen=True, eq=False, slots=True)
class Node:
    """A part of the solutions of ``core``: those that agree with ``status``."""

    core: Core
    multipliers: FloatArray
    status: Int8Array
    average: FloatArray
    bound: float
    share: float


@dataclass(frozen=True, eq=False, slots=True)
class Found:
    """What a search gave.

    Attributes:
        bound: no solution of the core that is cheaper than the threshold costs less than this.
        sites: root numbers of the cheapest solution below the threshold, or None.
        value: its cost; inf for None.
    """

    bound: float
    sites: IntArray | None
    value: float


class Tree:
    """A search that can be continued."""

    def __init__(
        self,
        core: Core,
        multipliers: FloatArray,
        threshold: float,
        run: Run,
        precision: Precision,
        n_probes: int,
    ) -> None:
        start = np.full(core.n_sites, FREE, dtype=np.int8)
        self.open = [Node(core, multipliers, start, np.full(core.n_sites, 0.5), -np.inf, 1.0)]
        self.run = run
        self.precision = precision
        self.threshold = threshold
        self.n_probes = n_probes
        self.sites: IntArray | None = None
        self.value = np.inf
        self.nodes = 0
        self.work = 0
        self.done = 0.0

    @property
    def bound(self) -> float:
        """Lower bound over the solutions that are not examined yet, at most the threshold."""
        return min([self.threshold, *(node.bound for node in self.open)])

    def search(self, most_work: float) -> bool:
        """Examine nodes until none is left (True) or the work, the time or the user ends it (False)."""
        until = self.work + most_work
        while self.open:
            if self.work > until or self.run.stopped:
                return False
            node = self.open.pop()
            if node.bound < self.threshold:
                self._examine(node)
            else:
                self.done += node.share
        return True

    def _examine(self, node: Node) -> None:
        core = node.core
        target = self.threshold - core.constant
        value = np.array([target])
        chosen = np.zeros(core.n_sites, dtype=np.bool_)
        sides = (
            np.empty((2, core.n_rows)),
            np.empty((2, core.n_sites), dtype=np.int8),
            np.empty((2, core.n_sites)),
            np.empty(2),
        )
        outcome, _, steps = explore(
            core.indptr, core.sites, core.costs, core.caps, core.budget, node.multipliers, node.status,
            node.average, target, self.n_probes, value, chosen, *sides,
        )  # fmt: skip
        self.nodes += 1
        self.work += steps * (core.n_entries + core.n_rows)
        if outcome == LEAF:
            chosen = node.status == OPEN
            self._offer(core, chosen, core.value(chosen))
        elif value[0] < target:
            self._offer(core, chosen, float(value[0]) + core.constant)
        if outcome != BRANCHED:
            self.done += node.share
            return
        for side in np.argsort(-sides[3], kind="stable").tolist():
            self._push(
                core, sides[0][side], sides[1][side], sides[2][side], float(sides[3][side]), node.share / 2
            )

    def _push(
        self,
        core: Core,
        multipliers: FloatArray,
        status: Int8Array,
        average: FloatArray,
        bound: float,
        share: float,
    ) -> None:
        free = status == FREE
        if free.sum() < _REBUILD_BELOW * core.n_sites and free.any():
            reduced = reduce_core(core, multipliers, status, self.threshold)
            if reduced.closed:
                self.done += share
                return
            left = status == FREE
            core, multipliers, average = reduced.core, reduced.multipliers, average[left]
            status = np.full(core.n_sites, FREE, dtype=np.int8)
        self.open.append(Node(core, multipliers, status, average, bound, share))

    def _offer(self, core: Core, chosen: BoolArray, value: float) -> None:
        if value < self.threshold:
            self.value, self.sites = value, core.root_sites(chosen)
            self.threshold = min(self.threshold, self.precision.below(value))
