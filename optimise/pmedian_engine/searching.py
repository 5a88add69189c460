"""Solve a core: bound it, shrink it, split it, and hand what is left to a tree or to HiGHS.

A core is first searched below targets nearer to its bound than the threshold: there more sites are decided
and more radii truncated, and a solution found below a target is the best of the core. Only when none is found
is the next target tried.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimise.arrays import BoolArray, FloatArray
from optimise.compiled import Int8Array
from optimise.pmedian_engine.bounds import FREE, HUGE, ascend
from optimise.pmedian_engine.components import Sharing
from optimise.pmedian_engine.core import Core, Proof
from optimise.pmedian_engine.linear import linear_multipliers
from optimise.pmedian_engine.radius_model import solve_radius
from optimise.pmedian_engine.run import Precision, Run
from optimise.pmedian_engine.shrink import reduce_core
from optimise.pmedian_engine.tree import Found, Tree

#: Steps and patience of the bound of a core.
_STEPS, _PATIENCE = 2000, 60
#: Steps times entries between two looks at the clock, and the step length that brings nothing any more.
_PIECE, _SHORTEST = 2e8, 1e-3
#: A core is bounded again while that removes more than this share of its entries.
_WORTH_AGAIN = 0.9
#: Shares of the way from bound to threshold at which targets are set before the threshold itself.
TARGETS = (0.12, 0.36)
#: Cores with fewer entries are searched below the threshold at once.
_SMALL = 1000
#: A tree suits cores with up to so many sites to open, or so many sites.
TREE_BUDGET, _TREE_SITES = 20, 40
#: Work (steps x entries) that a tree may spend before HiGHS is asked, and the largest core to ask it about.
_TREE_WORK, _MIP_ENTRIES = 3e9, 60_000
PROBES = 10
#: The largest cores whose linear program is solved, and the largest that HiGHS is given in one piece: their
#: parts share a bound there, where each alone would be asked for several numbers of sites.
_LARGEST_LINEAR, _WHOLE = 60_000, 10_000

_ORDER = (Proof.LAGRANGIAN, Proof.ENUMERATION, Proof.MIP)


class Search:
    """Solves cores, and remembers the strongest tool that was needed."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.proof = Proof.LAGRANGIAN

    def __call__(self, core: Core, multipliers: FloatArray, threshold: float, precision: Precision) -> Found:
        """The cheapest solution of ``core`` below ``threshold``, or proof that there is none."""
        if settled(core):
            return _only_choice(core, threshold)
        core, multipliers, bound = self.shrink(core, multipliers, threshold)
        if bound >= threshold:
            return Found(threshold, None, np.inf)
        if settled(core):
            return _only_choice(core, threshold)
        if self.run.stopped:
            return Found(bound, None, np.inf)
        width = threshold - bound
        if core.n_entries > _SMALL and width > 2 * precision.step:
            for share in TARGETS:
                target = bound + share * width
                found = self._below(core, multipliers, target, precision)
                if found.sites is not None or found.bound < target:
                    return found
        return self._finish(core, multipliers, threshold, precision)

    def _below(self, core: Core, multipliers: FloatArray, target: float, precision: Precision) -> Found:
        """Solutions of ``core`` that are cheaper than ``target``."""
        core, multipliers, bound = self.shrink(core, multipliers, target)
        if bound >= target:
            return Found(target, None, np.inf)
        if self.run.stopped:
            return Found(bound, None, np.inf)
        return self._finish(core, multipliers, target, precision)

    def shrink(self, core: Core, multipliers: FloatArray, threshold: float) -> tuple[Core, FloatArray, float]:
        """Bound and reduce in turn while that pays; the bound is at least ``threshold`` when none is left."""
        while True:
            before = core.n_entries
            multipliers = np.clip(multipliers, 0.0, core.caps)
            bound, status = self._bound(core, multipliers, threshold)
            if bound >= threshold or self.run.stopped:
                return core, multipliers, bound
            reduced = reduce_core(core, multipliers, status, threshold)
            if reduced.closed:
                return core, multipliers, threshold
            core, multipliers = reduced.core, reduced.multipliers
            # A core without entries stays as it is: at least, not more, or it would be bounded for ever.
            if settled(core) or core.n_entries >= _WORTH_AGAIN * before:
                return core, multipliers, bound

    def _bound(
        self, core: Core, multipliers: FloatArray, threshold: float, most: int = _STEPS
    ) -> tuple[float, Int8Array]:
        status = np.full(core.n_sites, FREE, dtype=np.int8)
        state = np.array([1.0, -HUGE, 0.0])
        value, chosen = np.array([np.inf]), np.zeros(core.n_sites, dtype=np.bool_)
        average = np.full(core.n_sites, 0.5)
        # Large cores are bounded in pieces, between which there is a look at the clock.
        piece = int(min(_STEPS, max(_PATIENCE, _PIECE / (core.n_entries + core.n_rows + 1))))
        for _ in range(0, most, piece):
            made = ascend(
                core.indptr, core.sites, core.costs, core.caps, core.budget, multipliers, status,
                threshold - core.constant, state, min(piece, most), _PATIENCE, average, value, chosen,
            )  # fmt: skip
            ended = made < piece or state[1] >= threshold - core.constant or state[0] < _SHORTEST
            if ended or self.run.stopped:
                break
        return min(state[1], HUGE) + core.constant, status

    def _finish(self, core: Core, multipliers: FloatArray, threshold: float, precision: Precision) -> Found:
        """Split, enumerate or solve by HiGHS."""
        core, multipliers, bound = self._priced(core, multipliers, threshold)
        if bound >= threshold or self.run.stopped:
            return Found(min(bound, threshold), None, np.inf)
        if settled(core):
            return _only_choice(core, threshold)
        if not _SMALL <= core.n_entries <= _WHOLE or core.budget <= TREE_BUDGET:
            sharing = Sharing(core, multipliers, threshold, self.run, precision, self)
            if len(sharing.parts) + len(sharing.idle) > 1:
                return sharing.solve()
        if core.budget <= TREE_BUDGET or core.n_sites <= _TREE_SITES:
            tree = Tree(core, multipliers, threshold, self.run, precision, PROBES)
            finished = tree.search(_TREE_WORK if core.n_entries < _MIP_ENTRIES else np.inf)
            if finished or self.run.stopped:
                self._needed(Proof.ENUMERATION)
                return Found(tree.bound, tree.sites, tree.value)
        self._needed(Proof.MIP)
        found = solve_radius(core, threshold, self.run, precision)
        return found if found.sites is not None else replace(found, bound=max(found.bound, bound))

    def _priced(
        self, core: Core, multipliers: FloatArray, threshold: float
    ) -> tuple[Core, FloatArray, float]:
        """Reduce by the multipliers of linear programs, while those are small and that pays.

        With few sites to open subgradient steps come near enough, and the tree is quicker.

        Returns as :meth:`shrink` does. The bound is -inf where no linear program was solved.
        """
        bound, before = -np.inf, np.inf
        while (
            _SMALL <= core.n_entries < min(_LARGEST_LINEAR, _WORTH_AGAIN * before)
            and TREE_BUDGET < core.budget < core.n_sites
            and not self.run.stopped
        ):
            priced = linear_multipliers(core, self.run)
            if priced is None:
                break
            before = core.n_entries
            bound, status = self._bound(core, priced, threshold, most=1)
            reduced = reduce_core(core, priced, status, threshold)
            if bound >= threshold or reduced.closed:
                return core, multipliers, threshold
            core, multipliers = reduced.core, reduced.multipliers
        return core, multipliers, bound

    def _needed(self, proof: Proof) -> None:
        self.proof = max(self.proof, proof, key=_ORDER.index)


def settled(core: Core) -> bool:
    """True when there is only one choice left."""
    return core.budget in (0, core.n_sites)


def _only_choice(core: Core, threshold: float) -> Found:
    chosen: BoolArray = np.full(core.n_sites, core.budget > 0)
    value = core.value(chosen)
    if value >= threshold:
        return Found(threshold, None, np.inf)
    return Found(value, core.root_sites(chosen), value)
