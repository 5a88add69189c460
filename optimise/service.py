"""Who must be served: nobody within reach is left out, and nobody out of reach is priced.

A model that minimises time would gain by leaving the remote unserved. So the rule is lexicographic: first as
much weight as possible has *some* open site it can reach, then time is minimised among the placements that
do. Where one placement reaches everybody who can be reached at all, the first stage costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pulp

from optimise.models.base import linear, summed
from optimise.problem import BoolArray, FloatArray, IntArray, PlacementProblem
from optimise.program import SiteProgram
from optimise.running import Limits, Run, run_program
from optimise.solution import Sense, Status

#: Share of the served weight that may be lost to the solver's feasibility tolerance.
_SLACK = 1e-9


@dataclass(frozen=True, eq=False)
class ServicePlan:
    """Which demand points are served in the answer.

    Attributes:
        relevant: (n_demand,) True for demand points with weight that some allowed site reaches.
        patterns: (n_patterns, n_sites) distinct sets of sites; each is what some demand points can reach.
        pattern_of: (n_demand,) row of ``patterns``, -1 for demand points that are served in every answer.
        pattern_weights: (n_patterns,) weight behind each pattern.
        served_weight: the largest weight that can be served.
        everyone: True when every relevant demand point can be served at once.
    """

    relevant: BoolArray
    patterns: BoolArray
    pattern_of: IntArray
    pattern_weights: FloatArray
    served_weight: float
    everyone: bool


def plan_service(problem: PlacementProblem, limits: Limits) -> tuple[ServicePlan, Run | None]:
    """Find how much weight can be served; the run is None when no program was needed."""
    relevant = ~problem.unreachable & (problem.weights > 0)
    reach = np.isfinite(problem.allowed_costs)
    secured = reach[:, problem.always_open].any(axis=1)
    depends = relevant & ~secured
    patterns, inverse = np.unique(reach[depends], axis=0, return_inverse=True)
    pattern_of = np.full(problem.n_demand, -1, dtype=np.int64)
    pattern_of[depends] = inverse.reshape(-1)
    weights = summed(inverse, problem.weights[depends], len(patterns))
    full = float(problem.weights[relevant].sum())
    plan = ServicePlan(relevant, patterns, pattern_of, weights, full, everyone=True)
    if _trivial(problem, patterns):
        return plan, None
    served, run = _most_served(problem, plan, limits)
    if not run.has_values:
        return plan, run
    total = full - float(weights.sum()) + served
    everyone = bool(total >= full * (1 - _SLACK))
    return ServicePlan(relevant, patterns, pattern_of, weights, full if everyone else total, everyone), run


def _trivial(problem: PlacementProblem, patterns: BoolArray) -> bool:
    """True when any one open site serves everyone that no always-open site serves."""
    allowed = ~problem.never_open
    any_site_will_do = bool((patterns | ~allowed).all())
    return len(patterns) == 0 or (any_site_will_do and (problem.n_open or 0) > 0)


def _most_served(problem: PlacementProblem, plan: ServicePlan, limits: Limits) -> tuple[float, Run]:
    program = SiteProgram(problem, "most_served", Sense.MAXIMISE)
    served = service_variables(program, plan)
    program.lp.setObjective(linear(list(zip(served, plan.pattern_weights.tolist(), strict=True))))
    run = run_program(program.lp, limits)
    if run.status is not Status.OPTIMAL:
        return 0.0, run
    open_sites = program.chosen()
    reached = (plan.patterns & open_sites).any(axis=1)
    return float(plan.pattern_weights[reached].sum()), run


def service_variables(program: SiteProgram, plan: ServicePlan) -> list[pulp.LpVariable]:
    """One variable for each pattern, at most 1 and at most the number of open sites that it can reach."""
    served = [pulp.LpVariable(f"served_{number}", 0, 1) for number in range(len(plan.patterns))]
    for number, sites in enumerate(plan.patterns):
        row = program.n_open(np.flatnonzero(sites).tolist()) - served[number] >= 0
        program.add(row, f"reach_{number}")
    return served


def require_service(program: SiteProgram, plan: ServicePlan) -> list[pulp.LpVariable | float]:
    """Add the rows that hold the served weight at its most; returns how far each pattern is served."""
    if plan.everyone:
        return [1.0] * len(plan.patterns)
    served = [pulp.LpVariable(f"served_{k}", cat=pulp.LpBinary) for k in range(len(plan.patterns))]
    total = float(plan.pattern_weights.sum())
    fixed = float(program.problem.weights[plan.relevant].sum()) - total
    scaled = [
        (item, weight / total) for item, weight in zip(served, plan.pattern_weights.tolist(), strict=True)
    ]
    wanted = (plan.served_weight - fixed) / total
    program.add(linear(scaled) >= wanted - _SLACK, "served_weight")
    return list(served)
