"""Lagrangian branch and bound on a core with few or dense sites.

Depth first, cheaper side first. A node whose sites are mostly decided gets a smaller core of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.compiled import Int8Array, Int32Array, compiled
from optimise.pmedian_engine.bounds import CLOSED, FREE, HUGE, OPEN, ascend
from optimise.pmedian_engine.core import Core
from optimise.pmedian_engine.run import Precision, Run
from optimise.pmedian_engine.shrink import reduce_core

#: A child is given a core of its own when its free sites fall below this share of its parent's core.
_REBUILD_BELOW = 0.75
#: Steps times entries at one node between two looks at the clock.
_PIECE = 2e9


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


class Judge(Protocol):
    """What is asked of the sites beyond their number."""

    def settled(self, opened: IntArray, undecided: IntArray) -> tuple[IntArray, IntArray] | None:
        """Of the root numbers ``undecided`` those to open and to close when just these others are open.

        None where no choice keeps what is asked.
        """

    def value(self, sites: IntArray) -> float:
        """What these sites cost, which is at least what the core says; inf where they do not fit."""


class Tree:
    """A search that can be continued.

    ``judge`` knows further conditions; the core may then cost less than a placement does.
    """

    def __init__(
        self,
        core: Core,
        multipliers: FloatArray,
        threshold: float,
        run: Run,
        precision: Precision,
        n_probes: int,
        judge: Judge | None = None,
    ) -> None:
        self.judge = judge
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

    def search(self, most_work: float, most_nodes: float = np.inf) -> bool:
        """Examine nodes until none is left (True) or the work, the time or the user ends it (False)."""
        until = self.work + most_work
        while self.open:
            if self.work > until or self.nodes > most_nodes or self.run.stopped:
                return False
            node = self.open.pop()
            if node.bound < self.threshold:
                self._examine(node)
            else:
                self.done += node.share
        return True

    def _examine(self, node: Node) -> None:
        core = node.core
        if not self._judged(node):
            self.done += node.share
            return
        target = self.threshold - core.constant
        value = np.array([target])
        chosen = np.zeros(core.n_sites, dtype=np.bool_)
        sides = (
            np.empty((2, core.n_rows)),
            np.empty((2, core.n_sites), dtype=np.int8),
            np.empty((2, core.n_sites)),
            np.empty(2),
        )
        outcome, bound, steps = explore(
            core.indptr, core.sites, core.costs, core.caps, core.budget, node.multipliers, node.status,
            node.average, target, self.n_probes, value, chosen, *sides,
            int(_PIECE / (core.n_entries + core.n_rows + 1)),
        )  # fmt: skip
        self.nodes += 1
        self.work += steps * (core.n_entries + core.n_rows)
        if outcome == LEAF:
            chosen = node.status == OPEN
            self._offer(core, chosen, core.value(chosen))
        elif value[0] < target:
            self._offer(core, chosen, float(value[0]) + core.constant)
        if outcome == UNFINISHED:
            self.open.append(replace(node, bound=max(node.bound, bound + core.constant)))
            return
        if outcome != BRANCHED:
            self.done += node.share
            return
        for side in np.argsort(-sides[3], kind="stable").tolist():
            bound = float(sides[3][side]) + core.constant
            self._push(core, sides[0][side], sides[1][side], sides[2][side], bound, node.share / 2)

    def _judged(self, node: Node) -> bool:
        """Decide what the conditions decide at this node; False where nothing is left of it."""
        if self.judge is None:
            return True
        core, free = node.core, np.flatnonzero(node.status == FREE)
        opened = np.concatenate([core.opened, core.origin[node.status == OPEN]])
        decided = self.judge.settled(opened, core.origin[free])
        if decided is None:
            return False
        for sites, state in zip(decided, (OPEN, CLOSED), strict=True):
            node.status[free[np.isin(core.origin[free], sites)]] = state
        return True

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
        if value >= self.threshold:
            return
        sites = core.root_sites(chosen)
        value = value if self.judge is None else self.judge.value(sites)
        if value < self.threshold:
            self.value, self.sites = value, sites
            self.threshold = min(self.threshold, self.precision.below(value))


#: Outcomes of a node.
PRUNED, BRANCHED, LEAF, UNFINISHED = 0, 1, 2, 3
#: Steps and patience of the bound at a node, after decisions within it, and of one probe.
_NODE = (60, 10)
_AGAIN = (30, 6)
_PROBE = (20, 5)
_NODE_LENGTH, _PROBE_LENGTH = 0.5, 0.3


@compiled
def explore(
    indptr: IntArray,
    sites: Int32Array,
    costs: FloatArray,
    caps: FloatArray,
    budget: int,
    multipliers: FloatArray,
    status: Int8Array,
    average: FloatArray,
    threshold: float,
    n_probes: int,
    best_value: FloatArray,
    best_chosen: BoolArray,
    child_multipliers: FloatArray,
    child_status: Int8Array,
    child_average: FloatArray,
    child_bounds: FloatArray,
    most_steps: int,
) -> tuple[int, float, int]:
    """Work on one node.

    Sites that are chosen in about half of the subgradient steps are probed: opened and closed for a few steps
    each. A side whose bound reaches the threshold decides the site; else the site with the best product of
    rises is branched on, and the probes' multipliers are the children's.

    Args:
        indptr: see :class:`~optimise.pmedian_engine.core.Core`, as the next four.
        sites: as above.
        costs: as above.
        caps: as above.
        budget: as above.
        multipliers: (n_rows,) of the node; overwritten.
        status: (n_sites,) of the node; overwritten.
        average: (n_sites,) share of steps in which each site was chosen; overwritten.
        threshold: without the core's constant, as all values here.
        n_probes: sites to probe.
        best_value: see :func:`~optimise.pmedian_engine.bounds.ascend`, as the next.
        best_chosen: as above.
        child_multipliers: (2, n_rows) output: site closed, site opened.
        child_status: (2, n_sites) output.
        child_average: (2, n_sites) output.
        child_bounds: (2,) output.
        most_steps: after so many no further site is probed where one can be branched on or is decided.

    Returns:
        PRUNED, BRANCHED, LEAF (all sites decided) or UNFINISHED (go on from the node as it is now); the
        node's bound; steps made.
    """
    n_rows, n_sites = len(caps), len(status)
    trial = np.empty((2, n_rows))
    trial_status = np.empty((2, n_sites), np.int8)
    trial_average = np.empty((2, n_sites))
    state = np.array([_NODE_LENGTH, -HUGE, 0.0])
    made = ascend(
        indptr, sites, costs, caps, budget, multipliers, status, threshold, state, _NODE[0], _NODE[1],
        average, best_value, best_chosen,
    )  # fmt: skip
    bound = state[1]
    while bound < threshold:
        score, decided = -1.0, False
        candidates = np.argsort(np.abs(average - 0.5) + (status != FREE), kind="mergesort")[:n_probes]
        for site in candidates:
            if status[site] != FREE:
                continue
            if made >= most_steps and (decided or score >= 0):
                break
            rises = np.empty(2)
            for side in range(2):
                trial[side] = multipliers
                trial_status[side] = status
                trial_average[side] = average
                trial_status[side, site] = OPEN if side == 1 else CLOSED
                state[0], state[1], state[2] = _PROBE_LENGTH, -HUGE, 0.0
                made += ascend(
                    indptr, sites, costs, caps, budget, trial[side], trial_status[side], threshold, state,
                    _PROBE[0], _PROBE[1], trial_average[side], best_value, best_chosen,
                )  # fmt: skip
                rises[side] = state[1]
            if rises[0] >= threshold and rises[1] >= threshold:
                return PRUNED, threshold, made
            if rises[0] >= threshold or rises[1] >= threshold:
                side = 1 if rises[0] >= threshold else 0
                multipliers[:] = trial[side]
                status[:] = trial_status[side]
                average[:] = trial_average[side]
                bound = max(bound, rises[side])
                decided = True
                continue
            least = 1e-6 * (threshold - bound)
            product = max(rises[0] - bound, least) * max(rises[1] - bound, least)
            if not decided and product > score:
                score = product
                child_multipliers[:] = trial
                child_status[:] = trial_status
                child_average[:] = trial_average
                child_bounds[:] = np.maximum(rises, bound)
        if not decided:
            return (BRANCHED if score >= 0 else LEAF), bound, made
        if made >= most_steps:
            return UNFINISHED, bound, made
        state[0], state[1], state[2] = _PROBE_LENGTH, -HUGE, 0.0
        made += ascend(
            indptr, sites, costs, caps, budget, multipliers, status, threshold, state, _AGAIN[0], _AGAIN[1],
            average, best_value, best_chosen,
        )  # fmt: skip
        bound = max(bound, state[1])
    return PRUNED, bound, made
