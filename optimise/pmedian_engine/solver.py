"""The steps of the engine in order, on one reading of the costs; several numbers of sites may share it."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.compiled import needs_compilation
from optimise.exact import PROOF_TOLERANCE
from optimise.pmedian_engine.bounds import ascend
from optimise.pmedian_engine.certificate import objective_of, root_bound_of
from optimise.pmedian_engine.core import Core, EngineResult, Proof
from optimise.pmedian_engine.costs import CostTable
from optimise.pmedian_engine.lagrangian import NEAR, RootDual
from optimise.pmedian_engine.radius_model import Coverage, cover
from optimise.pmedian_engine.root import Root, build_root, memory_needed_mb, pairs_within
from optimise.pmedian_engine.run import TOLERANCE, Precision, Run
from optimise.pmedian_engine.searching import TREE_BUDGET, Search
from optimise.pmedian_engine.shaking import sharpen
from optimise.pmedian_engine.starts import extended, greedy_start, interchange, polish
from optimise.sentences import Sentence
from optimise.status import Status, relative_gap

logger = logging.getLogger(__name__)

#: Randomised starts beside the plain greedy one, and how much noise they have.
_STARTS, _NOISE = 3, 0.25
#: Other starts that are polished as well, and a relative gap that is worth them.
_OTHERS, _WIDE = 6, 1e-3
#: Share of the time that is left which shakes of many sites may take, so that the search has its own.
_POLISHED = 0.5
#: Swaps between two looks at the clock.
_SWAPS = 100
#: Rounding error of a bound, as a share of the objective, for each row: float64 sums in sequence.
_ROUNDING_PER_ROW = 4e-16


@dataclass(frozen=True, eq=False, slots=True)
class Question:
    """What is asked, whatever the number of sites; see :func:`optimise.pmedian_engine.solve_p_median`."""

    table: CostTable
    weights: FloatArray
    fixed_in: IntArray
    fixed_out: IntArray
    unserved_cost: float
    gap: float


@dataclass(frozen=True, eq=False, slots=True)
class Hint:
    """What is known from another number of sites.

    Attributes:
        sites: columns that were open.
        multipliers: (n_rows,) of the root core.
    """

    sites: IntArray
    multipliers: FloatArray


class Solver:
    """One reading of the costs, and the steps that answer it for a number of sites."""

    def __init__(self, question: Question, memory_limit_mb: float | None = None) -> None:
        self.question = question
        self.memory_limit_mb = memory_limit_mb
        self.counted: BoolArray = np.zeros(0, dtype=np.bool_)
        self.memory_mb = 0.0
        self.notes: list[str] = []
        self._root: Root | None = None

    def evaluate(self, chosen: IntArray) -> float:
        """Objective of sites on the full matrix; inf when a row that must be served is not."""
        asked = self.question
        return objective_of(asked.table, asked.weights, chosen, self.counted, asked.unserved_cost)[0]

    def solve(self, p: int, run: Run, hint: Hint | None = None) -> tuple[EngineResult, Hint | None]:
        """All steps, in order, until the gap is closed or the run is stopped."""
        self._announce(run)
        with run.timed("read"):
            root = self._posed(p)
        core = root.core
        search, dual = Search(run), RootDual(core)
        # The constant is a sum of its own: in other order the answer may come to a last digit less.
        run.bound = core.constant - _sum_rounding(core) * abs(core.constant)
        with run.timed("start"):
            feasible = self._start(root, run, hint)
        if feasible is not Coverage.FOUND:
            return self._without_sites(run, feasible), None
        dual.core = core = _tightened(root, run)
        if core.n_rows and 0 < core.budget < core.n_sites:
            self._bound_and_search(root, dual, search, run, hint)
        else:
            run.raise_bound(run.best)
        assert run.sites is not None
        return self._result(root, p, dual, search, run), Hint(run.sites, dual.multipliers)

    def _bound_and_search(
        self, root: Root, dual: RootDual, search: Search, run: Run, hint: Hint | None
    ) -> None:
        with run.timed("bound"):
            start = None if hint is None else hint.multipliers
            reached = dual.raise_bound(run, lambda: self._precision(root, run), start)
        if reached < self._precision(root, run).below(run.best) - NEAR * abs(run.best) and not run.stopped:
            with run.timed("polish"):
                _polish(dual.core, reached, run)
        precision = self._precision(root, run)
        with run.timed("search"):
            proven = self._close(root, dual, reached, search, run, precision)
        if proven:
            run.raise_bound(precision.proven(precision.below(run.best)))

    def _announce(self, run: Run) -> None:
        if needs_compilation(ascend):
            logger.info("compiling the numerical kernels, about 20 seconds, once on this machine")
            with run.timed("compiling the numerical kernels (once, about 20 s)"):
                run.report()

    def _posed(self, p: int) -> Root:
        """The root problem for ``p`` sites; the costs are read once."""
        if self._root is None:
            self._root = self._read(p)
            self.counted = self._root.row_of >= 0
        return replace(self._root, core=replace(self._root.core, budget=p - len(self.question.fixed_in)))

    def _read(self, p: int) -> Root:
        asked = self.question
        n_rows, n_sites = asked.table.shape
        most_pairs = None
        self.memory_mb = memory_needed_mb(n_rows, n_sites)
        if self.memory_limit_mb is not None and self.memory_mb > self.memory_limit_mb:
            most_pairs = pairs_within(self.memory_limit_mb, n_rows, n_sites)
            self.memory_mb = memory_needed_mb(n_rows, n_sites, most_pairs)
            self.notes.append(
                Sentence(
                    "opt.proof.nearest_sites",
                    "rows keep their {sites} nearest sites to stay within {megabytes:g} MB",
                    sites=most_pairs,
                    megabytes=self.memory_limit_mb,
                )
            )
        logger.info("working memory: about %.0f MB for %d x %d costs", self.memory_mb, n_rows, n_sites)
        root = build_root(
            asked.table,
            asked.weights,
            p,
            fixed_in=asked.fixed_in,
            fixed_out=asked.fixed_out,
            unserved_cost=asked.unserved_cost,
            most_pairs=most_pairs,
        )
        n_counted = int((root.row_of >= 0).sum())
        if root.core.n_rows < n_counted:
            self.notes.append(
                Sentence(
                    "opt.proof.merged",
                    "{points} demand points were merged into {rows} without loss: equal costs",
                    points=n_counted,
                    rows=root.core.n_rows,
                )
            )
        return root

    def _start(self, root: Root, run: Run, hint: Hint | None) -> Coverage:
        """First sites; FOUND when they serve every row that must be served."""
        core = root.core
        if hint is not None:
            self._improve(core, extended(core, np.isin(core.origin, hint.sites)), run)
        for number in range(1 + _STARTS):
            if run.stopped and math.isfinite(run.best):
                break
            self._improve(core, greedy_start(core, run.seed + number, _NOISE if number else 0.0), run)
        if math.isfinite(run.best):
            return Coverage.FOUND
        outcome, covering = cover(core, root.required, run)
        if covering is not None:
            run.offer(core.root_sites(covering))
            self._improve(core, covering, run)
        return outcome

    @staticmethod
    def _improve(core: Core, chosen: BoolArray, run: Run) -> None:
        run.offer(core.root_sites(chosen))
        value, before = core.value(chosen), math.inf
        while value < before and not run.stopped:
            before, value = value, interchange(core, chosen, most_swaps=_SWAPS)
            run.offer(core.root_sites(chosen))

    def _precision(self, root: Root, run: Run) -> Precision:
        size = max(abs(run.best), run.best - root.core.constant, 1e-300)
        rounding = _sum_rounding(root.core) * size
        if root.step > 4 * rounding:
            return Precision(root.step, self.question.gap * abs(run.best), rounding)
        rounding = max(rounding, 0.05 * TOLERANCE * size)
        return Precision(0.0, max(self.question.gap, TOLERANCE) * size, rounding)

    def _close(
        self, root: Root, dual: RootDual, reached: float, search: Search, run: Run, precision: Precision
    ) -> bool:
        """Search what the root bound leaves open; True when nothing better than the best is left."""
        while True:
            threshold = precision.below(run.best)
            if reached >= threshold or run.bound >= threshold:
                return True
            found = search(dual.core, dual.multipliers.copy(), threshold, precision)
            run.raise_bound(min(precision.proven(found.bound), run.best))
            if found.sites is None:
                return found.bound >= threshold
            improved = run.offer(found.sites)
            if not root.exact and not improved:
                return False
            if precision.below(found.value) <= found.bound:
                run.raise_bound(precision.proven(found.bound))
                return run.bound >= precision.below(run.best)

    def _result(self, root: Root, p: int, dual: RootDual, search: Search, run: Run) -> EngineResult:
        assert run.sites is not None
        asked = self.question
        with run.timed("certify"):
            objective, assignment = objective_of(
                asked.table, asked.weights, run.sites, self.counted, asked.unserved_cost
            )
            multipliers = np.where(
                self.counted, root.bases + root.share * np.append(dual.multipliers, 0.0)[root.row_of], 0.0
            )
            root_bound = root_bound_of(
                asked.table,
                asked.weights,
                p,
                multipliers,
                counted=self.counted,
                fixed_in=asked.fixed_in,
                fixed_out=asked.fixed_out,
                unserved_cost=asked.unserved_cost,
            )
        bound = min(objective, max(run.bound, root_bound))
        proven = relative_gap(objective, bound) <= PROOF_TOLERANCE
        status = Status.OPTIMAL if proven else Status.INTERRUPTED if run.interrupted else Status.FEASIBLE
        return EngineResult(
            status=status,
            chosen=run.sites,
            assignment=assignment,
            objective=objective,
            lower_bound=bound,
            proof=search.proof if proven else Proof.NONE,
            multipliers=multipliers,
            root_bound=root_bound,
            stages=dict(run.stages),
            memory_mb=self.memory_mb,
            notes=tuple(self.notes),
        )

    def _without_sites(self, run: Run, outcome: Coverage) -> EngineResult:
        n_rows = self.question.table.shape[0]
        status = Status.INFEASIBLE if outcome is Coverage.IMPOSSIBLE else Status.NO_SOLUTION
        return EngineResult(
            status=Status.INTERRUPTED if run.interrupted else status,
            chosen=np.zeros(0, dtype=np.int64),
            assignment=np.full(n_rows, -1, dtype=np.int64),
            objective=math.nan,
            lower_bound=math.inf if status is Status.INFEASIBLE else run.bound,
            proof=Proof.MIP if status is Status.INFEASIBLE else Proof.NONE,
            multipliers=np.zeros(n_rows),
            root_bound=-math.inf,
            stages=dict(run.stages),
            memory_mb=self.memory_mb,
            notes=tuple(self.notes),
        )


def _sum_rounding(core: Core) -> float:
    """Rounding of sums over the rows and sites of a core, as a share of them."""
    return _ROUNDING_PER_ROW * (core.n_rows + core.n_sites + 100)


def _polish(core: Core, reached: float, run: Run) -> None:
    """Polish the best sites; where much stays open and many sites are to be found, other starts as well."""
    assert run.sites is not None
    best = np.isin(core.origin, run.sites)
    if core.budget <= TREE_BUDGET:
        polish(core, run, best, 0)
        return

    until = run.seconds + _POLISHED * run.seconds_left

    def over() -> bool:
        return run.stopped or run.seconds >= until

    def worth_more() -> bool:
        return run.best - reached >= _WIDE * abs(run.best) and not over()

    def starts() -> Iterator[BoolArray]:
        yield best
        for number in range(1, 1 + _OTHERS):
            if not worth_more():
                return
            other = greedy_start(core, run.seed + number, _NOISE)
            interchange(core, other)
            yield other

    sharpen(core, run, starts(), worth_more, over)


def _tightened(root: Root, run: Run) -> Core:
    """Caps of rows that must be served, lowered to what no better placement can cost."""
    core = root.core
    if not root.required.any():
        return core
    enough = run.best - core.constant + max(1.0, 1e-6 * abs(run.best))
    return replace(core, caps=np.where(root.required, np.minimum(core.caps, enough), core.caps))
