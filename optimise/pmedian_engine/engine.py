"""``solve_p_median``: exact placement on plain arrays, from hundreds to hundreds of thousands of rows.

Start by greedy and interchange; bound by a Lagrangian; decide sites and truncate service radii by reduced
costs; split, enumerate, or hand the rest to HiGHS as a radius program. See the modules for each step's
source; the sequence follows Duran-Mateluna, Ales and Elloumi (2023), European Journal of Operational Research
311, and Briant and Naddef (2004), Operations Research 52, in spirit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from numpy.typing import ArrayLike

from optimise.pmedian_engine.aggregate import groups_within, solve_aggregated
from optimise.pmedian_engine.asking import read_question
from optimise.pmedian_engine.costs import Costs
from optimise.pmedian_engine.result import EngineResult
from optimise.pmedian_engine.root import memory_needed_mb, pairs_within
from optimise.pmedian_engine.run import OnProgress, Run, stop_on_ctrl_c
from optimise.pmedian_engine.solver import Solver

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
