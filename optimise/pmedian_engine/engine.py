"""``solve_p_median``: exact placement on plain arrays, from hundreds to hundreds of thousands of rows.

Start by greedy and interchange; bound by a Lagrangian; decide sites and truncate service radii by reduced
costs; split, enumerate, or hand the rest to HiGHS as a radius program. See the modules for each step's
source; the sequence follows Duran-Mateluna, Ales and Elloumi (2023), European Journal of Operational Research
311, and Briant and Naddef (2004), Operations Research 52, in spirit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from optimise.arrays import FloatArray, IntArray
from optimise.errors import Fault, ProblemError
from optimise.pmedian_engine.aggregate import groups_within, solve_aggregated
from optimise.pmedian_engine.core import EngineResult
from optimise.pmedian_engine.costs import Costs, CostTable, read_costs
from optimise.pmedian_engine.root import memory_needed_mb, pairs_within
from optimise.pmedian_engine.run import OnProgress, Run, stop_on_ctrl_c
from optimise.pmedian_engine.solver import Question, Solver
from optimise.sentences import Sentence

#: A row should list this many times as many sites as there are for each open one, and some more: beyond its
#: list a row counts as served, so short lists leave a weak bound.
_SITES_PER_OPEN, _SITES_MORE = 3, 10


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
    most_groups: int | None = None,
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
        memory_limit_mb: shorten rows so that the working memory stays below this, or aggregate them where
            rows would become too short for ``p`` sites; the bound stays valid.
        most_groups: aggregate demand points to about so many groups; objective and bound are those of all
            points, see :mod:`optimise.pmedian_engine.aggregate`. None: only equal rows are put together.
        on_progress: called with the best objective (inf for none), the bound, the stage and seconds.

    Raises:
        ProblemError: the arguments do not fit; every fault is listed.
        SolverError: HiGHS failed.
    """
    question = read_question(
        costs,
        weights,
        [p],
        fixed_in,
        fixed_out,
        unserved_cost=unserved_cost,
        gap=gap,
        time_limit_s=time_limit_s,
    )
    if most_groups is None and memory_limit_mb is not None:
        most_groups = _groups_needed(question.table.shape, p, memory_limit_mb)
    solver = Solver(question, memory_limit_mb)
    run = Run(solver.evaluate, time_limit_s=time_limit_s, on_progress=on_progress, seed=seed, threads=threads)
    with stop_on_ctrl_c(run):
        if most_groups is not None:
            return solve_aggregated(question, p, most_groups, run)
        return solver.solve(p, run)[0]


def _groups_needed(shape: tuple[int, int], p: int, memory_mb: float) -> int | None:
    """How many groups to make; None where rows of the length that fits are long enough for ``p`` sites."""
    n_rows, n_sites = shape
    if memory_needed_mb(n_rows, n_sites) <= memory_mb:
        return None
    long_enough = min(n_sites, _SITES_PER_OPEN * n_sites // p + _SITES_MORE)
    if pairs_within(memory_mb, n_rows, n_sites) >= long_enough:
        return None
    return groups_within(memory_mb, n_sites)


def read_question(
    costs: Costs,
    weights: ArrayLike | None,
    counts: Sequence[int],
    fixed_in: Sequence[int],
    fixed_out: Sequence[int],
    *,
    unserved_cost: float,
    gap: float,
    time_limit_s: float | None,
) -> Question:
    """The question; see :func:`~optimise.pmedian_engine.engine.solve_p_median` for the arguments.

    Raises:
        ProblemError: the arguments do not fit; every fault is listed.
    """
    table = read_costs(costs)
    people = np.ones(table.shape[0]) if weights is None else np.asarray(weights, dtype=np.float64)
    opened, closed = _columns(fixed_in), _columns(fixed_out)
    faults = _check(table, people, counts, opened, closed)
    if math.isnan(unserved_cost):
        faults.append(Fault("must be a price or inf", "unserved_cost", value=str(unserved_cost)))
    if not 0 <= gap < 1:
        faults.append(Fault("must be at least 0 and below 1", "gap", value=str(gap)))
    if time_limit_s is not None and not time_limit_s > 0:
        faults.append(Fault("must be above 0", "time_limit_s", value=str(time_limit_s)))
    if faults:
        raise ProblemError(faults)
    return Question(table, people, opened, closed, unserved_cost, gap)


def _columns(named: Sequence[int]) -> IntArray:
    return np.unique(np.asarray(list(named), dtype=np.int64))


def _check(
    table: CostTable,
    weights: FloatArray,
    counts: Sequence[int],
    fixed_in: IntArray,
    fixed_out: IntArray,
) -> list[Fault]:
    n_rows, n_sites = table.shape
    faults = []
    if weights.shape != (n_rows,):
        faults.append(
            Fault(
                Sentence(
                    "opt.fault.each_row", "must have one value for each of the {n_rows} rows", n_rows=n_rows
                ),
                "weights",
                value=str(weights.shape),
            )
        )
    elif not (np.isfinite(weights) & (weights >= 0)).all():
        row = int(np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))[0])
        faults.append(Fault("must be 0 or more and finite", "weights", str(row), str(weights[row])))
    for name, columns in (("fixed_in", fixed_in), ("fixed_out", fixed_out)):
        beyond = columns[(columns < 0) | (columns >= n_sites)]
        faults += [
            Fault(
                Sentence("opt.fault.columns_go", "columns go from 0 to {last}", last=n_sites - 1),
                name,
                value=str(column),
            )
            for column in beyond
        ]
    both = np.intersect1d(fixed_in, fixed_out)
    faults += [Fault("is both fixed open and fixed closed", "fixed_in", value=str(column)) for column in both]
    most = n_sites - len(fixed_out)
    least = max(1, len(fixed_in))
    beyond_all = [p for p in counts if not least <= p <= most]
    faults += [
        Fault(
            Sentence("opt.fault.between", "must lie between {least} and {most}", least=least, most=most),
            "p",
            value=str(p),
        )
        for p in beyond_all
    ]
    return faults
