"""The bound and the tree of the p-median engine, under conditions on sites.

For multipliers ``u`` of "everyone is served once" and ``v`` of the conditions' rows ``low <= A y <= high``::

    L(u, v) = sum_i u_i + side(v) + (the ``budget`` smallest of rho_j - (A'v)_j)

The master, a linear program over the sites, gives the best ``v`` for each ``u``, so its value is the bound of
``u`` alone; ``u`` is raised along the decaying mean of the master's answers, as without conditions. With the
last ``v`` kept, a condition is nothing but a price of each site. As the number of sites is given, a price is
a row of its own that costs what the site would save unless the site is open, and the engine's core, its
reductions and its tree need to know nothing of conditions. The tree takes every placement below the
threshold, and only those that keep the conditions become the answer; sites that the conditions decide in a
branch are decided there.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.compiled import Int32Array
from optimise.exact import PROOF_TOLERANCE
from optimise.pmedian_engine.bounds import HUGE, covering_gap, savings
from optimise.pmedian_engine.conditioned_kernels import sort_rows
from optimise.pmedian_engine.core import Core
from optimise.pmedian_engine.run import Precision, Run, stop_on_ctrl_c
from optimise.pmedian_engine.searching import PROBES, TARGETS, Search
from optimise.pmedian_engine.site_rows import SiteRows
from optimise.pmedian_engine.tree import Tree
from optimise.status import Status

#: Weight of the newest answer of the master in their mean, and how far steps aim beyond the best placement.
_NEWEST, _OVERSHOOT = 0.1, 0.05
#: Stalled steps until the step is halved, and the shortest step.
_PATIENCE, _SHORTEST = 25, 0.02
#: Bounds that rise by less than this share of the open gap have stalled.
_PROGRESS = 1e-3
#: Rounding error of a bound for each row, as a share of its size.
_ROUNDING_PER_ROW = 4e-16


@dataclass(frozen=True, eq=False, slots=True)
class Sorted:
    """The rows of the problem, each with its pairs from the cheapest on; what a row costs at least is apart.

    Attributes:
        first: (n_rows + 1,) where each row begins.
        sites: (n_pairs,) place of each pair's site among the free ones.
        costs: (n_pairs,) cost beyond the row's base.
        caps: (n_rows,) cost beyond the base where no free site of the row is open.
        bases: (n_rows,) least cost of each row.
        free: (n_free,) the free sites.
        always: the always-open sites.
        budget: how many of the free sites are open.
    """

    first: IntArray
    sites: Int32Array
    costs: FloatArray
    caps: FloatArray
    bases: FloatArray
    free: IntArray
    always: IntArray
    budget: int

    @classmethod
    def of(
        cls,
        first: IntArray,
        sites: IntArray,
        costs: FloatArray,
        caps: FloatArray,
        free: BoolArray,
        always: BoolArray,
        budget: int,
        enough: float,
    ) -> Sorted:
        """From pairs in any order; a row that must be served costs ``enough`` in all where it is not."""
        numbers = np.cumsum(free) - 1
        own, paid = numbers[sites].astype(np.int32), costs.copy()
        sort_rows(first, own, paid)
        listed = np.diff(first)
        ends = np.append(paid, 0.0)
        bases = np.where(listed > 0, ends[first[:-1]], caps)
        # Where a row lists every free site, one of them will be open.
        farthest = np.where((listed == free.sum()) & (budget > 0), ends[first[1:] - 1], math.inf)
        caps = np.minimum(caps, farthest) - bases
        paid -= np.repeat(bases, listed)
        beyond = max(enough - float(bases.sum()), 0.0) + max(1.0, 1e-6 * abs(enough))
        caps = np.where(np.isinf(caps), beyond, caps)
        return cls(
            first,
            own,
            paid,
            caps,
            bases,
            np.flatnonzero(free),
            np.flatnonzero(always).astype(np.int64),
            budget,
        )

    def priced(self, prices: FloatArray, constant: float) -> Core:
        """The core in which opening a site costs its price as well; ``prices`` (n_free,) of any sign."""
        n_free, end = len(self.free), self.first[-1]
        most = float(prices.max(initial=0.0))
        saved = most - prices
        return Core(
            np.concatenate([self.first, end + 1 + np.arange(n_free)]),
            np.concatenate([self.sites, np.arange(n_free, dtype=np.int32)]),
            np.concatenate([self.costs, np.zeros(n_free)]),
            np.concatenate([self.caps, saved]),
            n_sites=n_free,
            budget=self.budget,
            constant=float(self.bases.sum()) + constant + self.budget * most - float(saved.sum()),
            origin=self.free,
            opened=self.always,
        )


#: Solves the master for (n_free,) worths: its value and its answer (n_free,); None where there is none.
Master = Callable[[FloatArray], tuple[float, FloatArray] | None]


class VolumeBound:
    """The bound over the master, and the multipliers that give it."""

    def __init__(self, rows: Sorted, master: Master, start: FloatArray) -> None:
        self.rows, self.master = rows, master
        self.best = np.clip(start, 0.0, rows.caps)
        self.bound = -math.inf
        self.worth = np.zeros(len(rows.free))
        self.average: FloatArray | None = None
        self._u, self._pace, self._stalled = self.best.copy(), 1.0, 0

    @property
    def ended(self) -> bool:
        """True when steps have become too short to bring anything."""
        return self._pace < _SHORTEST

    def raised(self, target: float, steps: int, stop: Callable[[], bool]) -> bool:
        """Up to ``steps`` steps towards ``target``; False when the master had no answer."""
        rows = self.rows
        rho, stops = np.empty(len(rows.free)), np.empty(len(rows.caps), dtype=np.int64)
        missing = np.empty(len(rows.caps))
        goal = math.nan
        for _ in range(steps):
            total = savings(rows.first, rows.sites, rows.costs, self._u, stops, rho)
            answer = self.master(rho)
            if answer is None:
                return False
            value, chosen = answer
            bound = value + total + float(rows.bases.sum())
            goal = target + _OVERSHOOT * (target - bound) if math.isnan(goal) else goal
            self._note(bound, target, rho)
            if self.bound >= target or self.ended or stop():
                return True
            self.average = (
                chosen if self.average is None else self.average + _NEWEST * (chosen - self.average)
            )
            if self._stalled >= _PATIENCE:
                self._pace, self._stalled, self._u = self._pace / 2, 0, self.best.copy()
                continue
            norm = covering_gap(rows.first, rows.sites, rows.caps, self._u, stops, self.average, missing)
            if norm < 1e-12:
                self._pace = 0.0
                return True
            length = self._pace * (goal - bound) / norm
            self._u = np.minimum(np.maximum(self._u + length * missing, 0.0), rows.caps)
        return True

    def _note(self, bound: float, target: float, rho: FloatArray) -> None:
        self._stalled += 1
        if bound <= self.bound:
            return
        if not math.isfinite(self.bound) or bound > self.bound + _PROGRESS * (target - self.bound):
            self._stalled = 0
        self.bound, self.best, self.worth = bound, self._u.copy(), rho.copy()


class Keeper:
    """Tells the tree what the conditions decide, and what a placement costs."""

    def __init__(self, rows: SiteRows, n_sites: int, offer: Callable[[BoolArray], float]) -> None:
        self.rows, self.n_sites, self.offer = rows, n_sites, offer
        self.best = math.inf

    def settled(self, opened: IntArray, undecided: IntArray) -> tuple[IntArray, IntArray] | None:
        """See :class:`optimise.pmedian_engine.tree.Judge`."""
        is_open, closed = self._mask(opened), ~self._mask(np.concatenate([opened, undecided]))
        decided = self.rows.settled(is_open, closed)
        if decided is None:
            return None
        return np.flatnonzero(decided[0] & ~is_open), np.flatnonzero(decided[1] & ~closed)

    def value(self, sites: IntArray) -> float:
        """See :class:`optimise.pmedian_engine.tree.Judge`."""
        value = self.offer(self._mask(sites))
        self.best = min(self.best, value)
        return value

    def _mask(self, sites: IntArray) -> BoolArray:
        mask = np.zeros(self.n_sites, dtype=bool)
        mask[sites] = True
        return mask


@dataclass(frozen=True, slots=True)
class Decided:
    """What the tree told: OPTIMAL when nothing that keeps the conditions is better than the best known."""

    status: Status
    bound: float


def decided_by_tree(
    core: Core,
    multipliers: FloatArray,
    best: float,
    keeper: Keeper,
    *,
    gap: float,
    seconds: float | None,
    most_work: float = math.inf,
    most_nodes: float = math.inf,
) -> Decided:
    """Search ``core`` for placements cheaper than ``best``; the keeper is told of each that fits.

    Args:
        core: costs each placement at most what it costs.
        multipliers: (n_rows,) of the core.
        best: cost of the best placement known.
        keeper: knows the conditions.
        gap: relative gap that counts as closed.
        seconds: wall seconds, None for no limit.
        most_work: see :meth:`Tree.search`, as the next.
        most_nodes: as above.
    """
    run = Run(keeper.value, time_limit_s=seconds)
    size = max(abs(best), abs(best - core.constant), 1e-300)
    rounding = _ROUNDING_PER_ROW * (core.n_rows + core.n_sites + 100) * size
    precision = Precision(0.0, 0.5 * max(gap, PROOF_TOLERANCE / 10) * max(abs(best), 1e-300), rounding)
    search = Search(run)
    threshold = precision.below(best)
    with stop_on_ctrl_c(run):
        if run.stopped:
            return Decided(Status.FEASIBLE, -math.inf)
        core, multipliers, bound = search.shrink(core, multipliers, threshold)
        for share in (*TARGETS, 1.0):
            threshold = min(threshold, precision.below(keeper.best))
            if bound >= threshold or run.stopped:
                break
            target = bound + share * (threshold - bound)
            own, own_multipliers, low = search.shrink(core, multipliers.copy(), target)
            if low >= target:
                bound = target
                continue
            if run.stopped:
                break
            tree = Tree(own, own_multipliers, target, run, precision, PROBES, keeper)
            finished = tree.search(most_work, most_nodes)
            bound = max(bound, tree.bound)
            if not finished or tree.sites is not None:
                break
    proven = bound >= min(threshold, precision.below(keeper.best))
    ended = Status.INTERRUPTED if run.interrupted else Status.FEASIBLE
    return Decided(Status.OPTIMAL if proven else ended, min(bound, HUGE) - rounding)
