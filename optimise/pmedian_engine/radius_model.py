"""The core as a mixed-integer program: the radius formulation, built in PuLP and solved by HiGHS.

For each distinct set S of sites that is nearest to some row before its cost rises by a step, one continuous
variable says that none of them is open. Steps of all rows with the same set are added up (cumulative distance
variables: Cornuejols, Nemhauser and Wolsey 1980, SIAM J. Algebraic Discrete Methods 1; Elloumi 2010,
4OR 8; Garcia, Labbe and Marin 2011, INFORMS J. Computing 23)::

    min   constant + sum_S step_S beyond_S
    s.t.  beyond_S >= 1 - sum_{j in S} open_j                    S the first set of a row
          beyond_S >= beyond_R - sum_{j in S minus R} open_j     R the set before S in some row
          sum_j open_j = budget
          open binary, 0 <= beyond <= 1
"""

from __future__ import annotations

import math
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
from optimise.pmedian_engine.run import Precision, Run
from optimise.pmedian_engine.tree import Found
from optimise.sentences import Sentence

#: Share of the objective's size that HiGHS' feasibility tolerances may cost its bound.
MIP_ROUNDING = 1e-8
_DONE = {
    highspy.HighsModelStatus.kOptimal,
    highspy.HighsModelStatus.kModelEmpty,
    highspy.HighsModelStatus.kInfeasible,
}
_STOPPED = {
    highspy.HighsModelStatus.kTimeLimit,
    highspy.HighsModelStatus.kInterrupt,
    highspy.HighsModelStatus.kSolutionLimit,
}


def radius_program(core: Core) -> tuple[pulp.LpProblem, list[pulp.LpVariable]]:
    """The PuLP program and its site variables; its objective leaves out ``core.constant``."""
    program = pulp.LpProblem("p_median_radius", pulp.LpMinimize)
    opened = [program.add_variable(f"open_{site}", cat=pulp.LpBinary) for site in range(core.n_sites)]
    steps: dict[bytes, float] = {}
    beyond: dict[bytes, pulp.LpVariable] = {}
    constant = 0.0
    for row in range(core.n_rows):
        begin, end = int(core.indptr[row]), int(core.indptr[row + 1])
        sites, costs = core.sites[begin:end], core.costs[begin:end]
        constant += float(costs[0])
        rises = np.diff(np.append(costs, core.caps[row]))
        before, taken = None, 0
        for last in np.flatnonzero(rises > 0).tolist():
            key = np.sort(sites[: last + 1]).tobytes()
            steps[key] = steps.get(key, 0.0) + float(rises[last])
            if key not in beyond:
                beyond[key] = program.add_variable(f"beyond_{len(beyond)}", lowBound=0, upBound=1)
                terms = {opened[site]: 1.0 for site in sites[taken : last + 1].tolist()}
                terms[beyond[key]] = 1.0
                if before is not None:
                    terms[before] = -1.0
                program += pulp.LpAffineExpression(terms) >= (1.0 if before is None else 0.0)
            before, taken = beyond[key], last + 1
    program += pulp.LpAffineExpression(dict.fromkeys(opened, 1.0)) == core.budget
    objective = {beyond[key]: step for key, step in steps.items()}
    program.setObjective(pulp.LpAffineExpression(objective, constant=constant))
    return program, opened


class _CoreHighs(InProcessHighs):
    """HiGHS that stops once its bound passes the threshold."""

    def __init__(
        self, run: Run, absolute_gap: float, enough: float, start: dict[pulp.LpVariable, float]
    ) -> None:
        limit = None if math.isinf(run.seconds_left) else max(0.1, run.seconds_left)
        super().__init__(
            time_limit_s=limit,
            threads=run.threads,
            seed=run.seed,
            log=Path(os.devnull),
            start=start,
            on_progress=self._watch,
        )
        self._run, self._absolute_gap, self._enough = run, absolute_gap, enough

    def buildSolverModel(self, lp: pulp.LpProblem) -> None:  # noqa: N802 -- overrides PuLP
        """As always, with the gap in units of the objective and hardly any heuristics."""
        super().buildSolverModel(lp)
        lp.solverModel.setOptionValue("mip_rel_gap", 0.0)
        lp.solverModel.setOptionValue("mip_abs_gap", self._absolute_gap)
        lp.solverModel.setOptionValue("mip_heuristic_effort", 0.0)

    def _watch(self, seconds: float, incumbent: float, bound: float) -> None:
        del seconds, incumbent
        if self._run.stopped or bound >= self._enough:
            self.stopped.set()


def solve_radius(
    core: Core, threshold: float, run: Run, precision: Precision, start: BoolArray | None = None
) -> Found:
    """The cheapest solution of ``core``, or proof that none is cheaper than ``threshold``.

    Args:
        core: the problem.
        threshold: with the constant; HiGHS stops when its bound passes it.
        run: time limit, seed and threads.
        precision: of this core's value.
        start: (n_sites,) sites to start from.

    Raises:
        SolverError: HiGHS failed.
    """
    program, opened = radius_program(core)
    values = {} if start is None else {site: float(on) for site, on in zip(opened, start, strict=True)}
    size = max(abs(threshold - core.constant), 1.0)
    rounding = MIP_ROUNDING * size
    absolute_gap = (
        precision.step - 4 * rounding if precision.step > 5 * rounding else 0.5 * precision.rounding
    )
    solver = _CoreHighs(run, absolute_gap, threshold - core.constant + rounding, values)
    program.solve(solver)
    status, info = program.solverModel.getModelStatus(), program.solverModel.getInfo()
    if status not in _DONE | _STOPPED:
        raise SolverError(
            Sentence(
                "opt.fault.highs",
                "HiGHS stopped with status '{status}'",
                status=program.solverModel.modelStatusToString(status),
            )
        )
    bound = precision.proven(info.mip_dual_bound - rounding + core.constant)
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return Found(min(bound, threshold), None, math.inf)
    chosen = np.array([(site.varValue or 0.0) > 0.5 for site in opened])
    value = core.value(chosen)
    if value < threshold:
        return Found(bound, core.root_sites(chosen), value)
    closed = status in _DONE and bound >= threshold - 2 * precision.rounding - rounding
    return Found(threshold if closed else min(bound, threshold), None, math.inf)


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
    raise SolverError(
        Sentence(
            "opt.fault.highs",
            "HiGHS stopped with status '{status}'",
            status=program.solverModel.modelStatusToString(status),
        )
    )
