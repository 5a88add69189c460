"""One proven answer for each number of sites, from one reading of the costs.

Each number starts from the sites of the number before with the most useful further site, and from its
multipliers: near the optimum both are nearly right, so most points need a few steps only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from numpy.typing import ArrayLike

from optimise.pmedian_engine.core import EngineResult
from optimise.pmedian_engine.costs import Costs
from optimise.pmedian_engine.engine import read_question
from optimise.pmedian_engine.run import Run, stop_on_ctrl_c
from optimise.pmedian_engine.solver import Hint, Solver


def frontier(
    costs: Costs,
    weights: ArrayLike | None,
    counts: Iterable[int],
    *,
    fixed_in: Sequence[int] = (),
    fixed_out: Sequence[int] = (),
    unserved_cost: float = math.inf,
    time_limit_s: float | None = None,
    gap: float = 0.0,
    seed: int = 0,
    threads: int = 1,
    memory_limit_mb: float | None = None,
    on_point: Callable[[int, EngineResult], None] | None = None,
) -> dict[int, EngineResult]:
    """The answers of :func:`~optimise.pmedian_engine.engine.solve_p_median` for several numbers of sites.

    Every answer carries its own proof. Numbers with which not everybody can be served have the status
    INFEASIBLE. Ctrl-C ends the current number; the answers so far are given back.

    Args:
        costs: as there, and the same for all further arguments but these.
        weights: as there.
        counts: numbers of sites, those of ``fixed_in`` included.
        fixed_in: as there.
        fixed_out: as there.
        unserved_cost: as there.
        time_limit_s: wall seconds for each number.
        gap: as there.
        seed: as there.
        threads: as there.
        memory_limit_mb: as there.
        on_point: called with each number and its answer.

    Raises:
        ProblemError: the arguments do not fit; every fault is listed.
        SolverError: HiGHS failed.
    """
    wanted = sorted(set(counts))
    question = read_question(
        costs,
        weights,
        wanted,
        fixed_in,
        fixed_out,
        unserved_cost=unserved_cost,
        gap=gap,
        time_limit_s=time_limit_s,
    )
    shared = Solver(question, memory_limit_mb)
    found: dict[int, EngineResult] = {}
    hint: Hint | None = None
    for p in wanted:
        # Without free sites a row's farthest site may not stand for "no site": that reading is its own.
        solver = shared if p > len(question.fixed_in) else Solver(question, memory_limit_mb)
        run = Run(solver.evaluate, time_limit_s=time_limit_s, seed=seed, threads=threads)
        with stop_on_ctrl_c(run):
            found[p], newest = solver.solve(p, run, hint)
        hint = newest if solver is shared and newest is not None else hint
        if on_point is not None:
            on_point(p, found[p])
        if run.interrupted:
            break
    return found
