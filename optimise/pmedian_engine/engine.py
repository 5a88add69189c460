"""``solve_p_median``: exact placement on plain arrays, from hundreds to hundreds of thousands of rows.

Start by greedy and interchange; bound by a Lagrangian; decide sites and truncate service radii by reduced
costs; split, enumerate, or hand the rest to HiGHS as a radius program. See the modules for each step's
source; the sequence follows Duran-Mateluna, Ales and Elloumi (2023), European Journal of Operational Research
311, and Briant and Naddef (2004), Operations Research 52, in spirit.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from optimise.arrays import FloatArray, IntArray
from optimise.errors import Fault, ProblemError
from optimise.pmedian_engine.bounds import ascend
from optimise.pmedian_engine.certificate import objective_of, root_bound_of
from optimise.pmedian_engine.compiled import needs_compilation
from optimise.pmedian_engine.core import Core
from optimise.pmedian_engine.costs import Costs, CostTable, read_costs
from optimise.pmedian_engine.coverage import Coverage, cover
from optimise.pmedian_engine.lagrangian import RootDual
from optimise.pmedian_engine.result import EngineResult, Proof
from optimise.pmedian_engine.root import PAIR_BYTES, Root, build_root, memory_needed_mb
from optimise.pmedian_engine.run import TOLERANCE, OnProgress, Precision, Run, stop_on_ctrl_c
from optimise.pmedian_engine.searching import Search
from optimise.pmedian_engine.starts import greedy_start, interchange
from optimise.solution import PROOF_TOLERANCE, Status, relative_gap

logger = logging.getLogger(__name__)

#: Randomised starts beside the plain greedy one, and how much noise they have.
_STARTS, _NOISE = 3, 0.25
#: Rounding error of a bound, as a share of the objective, for each row: float64 sums in sequence.
_ROUNDING_PER_ROW = 4e-16


def solve_p_median(
    costs: Costs,
    weights: ArrayLike | None,
    p: int,
    *,
    fixed_in: Sequence[int] = (),
    fixed_out: Sequence[int] = (),
    unserved_cost: float = math.inf,
    time_limit_s: float | None = None,
    gap: float = 0.0,
    seed: int = 0,
    threads: int = 1,
    memory_limit_mb: float | None = None,
    on_progress: OnProgress | None = None,
) -> EngineResult:
    """Open ``p`` columns so that the weighted cost of serving every row from its nearest one is least.

    The same input and seed give the same answer unless a time limit strikes. Ctrl-C ends the search and
    gives the best sites so far, with the status INTERRUPTED.

    Args:
        costs: (n_rows, n_sites) matrix, NaN or inf = unreachable, or :class:`SparseCosts`.
        weights: (n_rows,) 0 or more; None is 1 for every row.
        p: how many columns to open, those of ``fixed_in`` included.
        fixed_in: columns that must be open.
        fixed_out: columns that must stay closed.
        unserved_cost: price, for each unit of weight, of a row that no open column reaches for less; with inf
            every row with weight that some allowed column reaches must be served. Rows that none reaches are
            left out of the objective.
        time_limit_s: wall seconds.
        gap: relative gap at which to stop; 0 asks for a proof.
        seed: seed of the randomised starts and of HiGHS.
        threads: threads of HiGHS; everything else uses one.
        memory_limit_mb: shorten rows so that the working memory stays below this; the bound stays valid.
        on_progress: called with the best objective (inf for none), the bound, the stage and seconds.

    Raises:
        ProblemError: the arguments do not fit; every fault is listed.
        SolverError: HiGHS failed.
    """
    table = read_costs(costs)
    people = np.ones(table.shape[0]) if weights is None else np.asarray(weights, dtype=np.float64)
    opened, closed = _columns(fixed_in), _columns(fixed_out)
    _check(table, people, p, opened, closed, unserved_cost, gap, time_limit_s)
    solver = _Solver(table, people, p, opened, closed, unserved_cost, gap)
    run = Run(solver.evaluate, time_limit_s=time_limit_s, on_progress=on_progress, seed=seed, threads=threads)
    with stop_on_ctrl_c(run):
        return solver.solve(run, memory_limit_mb)


def _columns(named: Sequence[int]) -> IntArray:
    return np.unique(np.asarray(list(named), dtype=np.int64))


def _check(
    table: CostTable,
    weights: FloatArray,
    p: int,
    fixed_in: IntArray,
    fixed_out: IntArray,
    unserved_cost: float,
    gap: float,
    time_limit_s: float | None,
) -> None:
    n_rows, n_sites = table.shape
    faults = []
    if weights.shape != (n_rows,):
        faults.append(
            Fault(f"must have one value for each of the {n_rows} rows", "weights", value=str(weights.shape))
        )
    elif not (np.isfinite(weights) & (weights >= 0)).all():
        row = int(np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))[0])
        faults.append(Fault("must be 0 or more and finite", "weights", str(row), str(weights[row])))
    for name, columns in (("fixed_in", fixed_in), ("fixed_out", fixed_out)):
        beyond = columns[(columns < 0) | (columns >= n_sites)]
        faults += [Fault(f"columns go from 0 to {n_sites - 1}", name, value=str(column)) for column in beyond]
    both = np.intersect1d(fixed_in, fixed_out)
    faults += [Fault("is both fixed open and fixed closed", "fixed_in", value=str(column)) for column in both]
    most = n_sites - len(fixed_out)
    if not max(1, len(fixed_in)) <= p <= most:
        faults.append(Fault(f"must lie between {max(1, len(fixed_in))} and {most}", "p", value=str(p)))
    if math.isnan(unserved_cost):
        faults.append(Fault("must be a price or inf", "unserved_cost", value=str(unserved_cost)))
    if not 0 <= gap < 1:
        faults.append(Fault("must be at least 0 and below 1", "gap", value=str(gap)))
    if time_limit_s is not None and not time_limit_s > 0:
        faults.append(Fault("must be above 0", "time_limit_s", value=str(time_limit_s)))
    if faults:
        raise ProblemError(faults)


class _Solver:
    """One question: the steps share its arguments."""

    def __init__(
        self,
        table: CostTable,
        weights: FloatArray,
        p: int,
        fixed_in: IntArray,
        fixed_out: IntArray,
        unserved_cost: float,
        gap: float,
    ) -> None:
        self.table, self.weights, self.p = table, weights, p
        self.fixed_in, self.fixed_out = fixed_in, fixed_out
        self.unserved_cost, self.gap = unserved_cost, gap
        self.counted = np.zeros(0, dtype=np.bool_)
        self.notes: list[str] = []

    def evaluate(self, chosen: IntArray) -> float:
        """Objective of sites on the full matrix; inf when a row that must be served is not."""
        return objective_of(self.table, self.weights, chosen, self.counted, self.unserved_cost)[0]

    def solve(self, run: Run, memory_limit_mb: float | None) -> EngineResult:
        """All steps, in order, until the gap is closed or the run is stopped."""
        self._announce(run)
        with run.timed("read"):
            root, memory_mb = self._read(memory_limit_mb)
        self.counted = root.row_of >= 0
        core = root.core
        search = Search(run)
        dual = RootDual(core)
        run.bound = core.constant
        with run.timed("start"):
            feasible = self._start(root, run)
        if feasible is not Coverage.FOUND:
            return self._without_sites(run, feasible, memory_mb)
        dual.core = core = _tightened(root, run)
        if core.n_rows and 0 < core.budget < core.n_sites:
            precision = self._precision(root, run)
            with run.timed("bound"):
                reached = dual.raise_bound(run, lambda: self._precision(root, run))
            precision = self._precision(root, run)
            with run.timed("search"):
                proven = self._close(root, dual, reached, search, run, precision)
            if proven:
                run.raise_bound(precision.proven(precision.below(run.best)))
        else:
            run.raise_bound(run.best)
        return self._result(root, dual, search, run, memory_mb)

    def _announce(self, run: Run) -> None:
        if needs_compilation(ascend):
            logger.info("compiling the numerical kernels, about 20 seconds, once on this machine")
            with run.timed("compiling the numerical kernels (once, about 20 s)"):
                run.report()

    def _read(self, memory_limit_mb: float | None) -> tuple[Root, float]:
        n_rows, n_sites = self.table.shape
        most_pairs = None
        needed = memory_needed_mb(n_rows, n_sites)
        if memory_limit_mb is not None and needed > memory_limit_mb:
            most_pairs = max(8, int(memory_limit_mb * 1e6 / (2.2 * PAIR_BYTES * n_rows)) - 10)
            needed = memory_needed_mb(n_rows, n_sites, most_pairs)
            self.notes.append(
                f"rows keep their {most_pairs} nearest sites to stay within {memory_limit_mb:g} MB"
            )
        logger.info("working memory: about %.0f MB for %d x %d costs", needed, n_rows, n_sites)
        root = build_root(
            self.table,
            self.weights,
            self.p,
            fixed_in=self.fixed_in,
            fixed_out=self.fixed_out,
            unserved_cost=self.unserved_cost,
            most_pairs=most_pairs,
        )
        return root, needed

    def _start(self, root: Root, run: Run) -> Coverage:
        """First sites; FOUND when they serve every row that must be served."""
        core = root.core
        for number in range(1 + _STARTS):
            chosen = greedy_start(core, run.seed + number, _NOISE if number else 0.0)
            interchange(core, chosen)
            run.offer(core.root_sites(chosen))
            if run.stopped:
                break
        if math.isfinite(run.best):
            return Coverage.FOUND
        outcome, covering = cover(core, root.required, run)
        if covering is not None:
            run.offer(core.root_sites(covering))
            interchange(core, covering)
            run.offer(core.root_sites(covering))
        return outcome

    def _precision(self, root: Root, run: Run) -> Precision:
        size = max(abs(run.best), run.best - root.core.constant, 1e-300)
        rounding = _ROUNDING_PER_ROW * (root.core.n_rows + root.core.n_sites + 100) * size
        if root.step > 4 * rounding:
            return Precision(root.step, self.gap * abs(run.best), rounding)
        rounding = max(rounding, 0.05 * TOLERANCE * size)
        return Precision(0.0, max(self.gap, TOLERANCE) * size, rounding)

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

    def _result(self, root: Root, dual: RootDual, search: Search, run: Run, memory_mb: float) -> EngineResult:
        assert run.sites is not None
        with run.timed("certify"):
            objective, assignment = objective_of(
                self.table, self.weights, run.sites, self.counted, self.unserved_cost
            )
            multipliers = np.where(
                self.counted, root.bases + root.share * np.append(dual.multipliers, 0.0)[root.row_of], 0.0
            )
            root_bound = root_bound_of(
                self.table,
                self.weights,
                self.p,
                multipliers,
                counted=self.counted,
                fixed_in=self.fixed_in,
                fixed_out=self.fixed_out,
                unserved_cost=self.unserved_cost,
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
            memory_mb=memory_mb,
            notes=tuple(self.notes),
        )

    def _without_sites(self, run: Run, outcome: Coverage, memory_mb: float) -> EngineResult:
        n_rows = self.table.shape[0]
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
            memory_mb=memory_mb,
            notes=tuple(self.notes),
        )


def _tightened(root: Root, run: Run) -> Core:
    """Caps of rows that must be served, lowered to what no better placement can cost."""
    core = root.core
    if not root.required.any():
        return core
    enough = run.best - core.constant + max(1.0, 1e-6 * abs(run.best))
    return replace(core, caps=np.where(root.required, np.minimum(core.caps, enough), core.caps))
