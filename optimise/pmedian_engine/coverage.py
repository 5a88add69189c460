"""Can everybody who must be served be served at all? A covering program in PuLP, solved by HiGHS."""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path

import highspy
import numpy as np
import pulp

from optimise.arrays import BoolArray
from optimise.errors import SolverError
from optimise.highs import InProcessHighs
from optimise.pmedian_engine.core import Core
from optimise.pmedian_engine.run import Run


class Coverage(Enum):
    """Outcome of the search for sites that serve everybody."""

    FOUND = "found"
    IMPOSSIBLE = "impossible"
    UNKNOWN = "unknown"


def cover(core: Core, required: BoolArray, run: Run) -> tuple[Coverage, BoolArray | None]:
    """A mask of ``core.budget`` sites such that each required row lists one of them.

    Raises:
        SolverError: HiGHS failed.
    """
    sets = {
        np.sort(core.sites[core.indptr[row] : core.indptr[row + 1]]).tobytes()
        for row in np.flatnonzero(required).tolist()
    }
    program = pulp.LpProblem("cover", pulp.LpMinimize)
    opened = [program.add_variable(f"open_{site}", cat=pulp.LpBinary) for site in range(core.n_sites)]
    program.setObjective(pulp.LpAffineExpression({}))
    program += pulp.LpAffineExpression(dict.fromkeys(opened, 1.0)) == core.budget
    for listed in sorted(sets):
        reach = np.frombuffer(listed, dtype=np.int32).tolist()
        program += pulp.LpAffineExpression({opened[site]: 1.0 for site in reach}) >= 1
    limit = run.seconds_left if np.isfinite(run.seconds_left) else None
    program.solve(
        InProcessHighs(time_limit_s=limit, threads=run.threads, seed=run.seed, log=Path(os.devnull))
    )
    status = program.solverModel.getModelStatus()
    if status in {highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible}:
        return Coverage.IMPOSSIBLE, None
    info = program.solverModel.getInfo()
    if info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
        return Coverage.FOUND, np.array([(site.varValue or 0.0) > 0.5 for site in opened])
    if status in {highspy.HighsModelStatus.kTimeLimit, highspy.HighsModelStatus.kInterrupt}:
        return Coverage.UNKNOWN, None
    raise SolverError(f"HiGHS stopped with status '{program.solverModel.modelStatusToString(status)}'")
