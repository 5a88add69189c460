"""The weighted p-median: ``p`` sites, least weighted mean minutes.

Formulation ``assignment`` (ReVelle and Swain 1970, *Central facilities location*, Geographical Analysis 2;
strong linking rows as in Cornuejols, Fisher and Nemhauser 1977)::

    min   sum_i w_i sum_j c_ij x_ij / W
    s.t.  sum_j x_ij  = 1          every demand point i that can be served
          x_ij       <= y_j        only open sites serve
          sum_j y_j   = p
          y binary, 0 <= x_ij <= 1, W the served weight

Two exact reductions: a pair (i, j) is left out when j is unreachable from i, and when an always-open site is
at least as near. Demand points with the same costs are merged.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pulp

from optimise.errors import Fault
from optimise.models.base import Model, Outcome, Placed, linear, summed
from optimise.problem import FloatArray, IntArray, PlacementProblem
from optimise.program import SiteProgram
from optimise.running import Limits, Run, run_program
from optimise.service import ServicePlan, plan_service, require_service
from optimise.solution import Sense, Status

#: Weights are scaled to this sum inside the program, which keeps the solver's absolute tolerances meaningful.
SCALED_WEIGHT = 1e4


@dataclass(frozen=True, slots=True)
class PMedian(Model):
    """Least weighted mean minutes to the nearest open site."""

    name: ClassVar[str] = "p-median"
    sense: ClassVar[Sense] = Sense.MINIMISE

    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """Something must limit the number of sites."""
        if problem.n_open is None and problem.budget is None:
            return [Fault("say how many sites: p, p_new, or a budget", "p")]
        return []

    def search(self, problem: PlacementProblem, limits: Limits) -> Outcome:
        """Solve the assignment formulation."""
        plan, first = plan_service(problem, limits)
        if first is not None and first.status is not Status.OPTIMAL:
            return _without_answer(first)
        program = assignment_program(problem, plan)
        build_s = program.build_s
        run = run_program(program.lp, limits)
        placed = Placed.nearest(problem, program.chosen()) if run.has_values else None
        return Outcome(
            status=run.status,
            placed=placed,
            bound=run.bound / SCALED_WEIGHT,
            solver=run.solver,
            formulation="assignment",
            proof=f"branch and bound by {run.solver} on the assignment formulation",
            build_s=build_s,
            solve_s=run.seconds + (first.seconds if first else 0.0),
        )

    def objective(self, problem: PlacementProblem, placed: Placed) -> float:
        """Weighted mean minutes of the served; NaN when nobody can be served."""
        served = (placed.assignment >= 0) & (problem.weights > 0)
        weight = float(problem.weights[served].sum())
        return self.total(problem, placed) / weight if weight > 0 else math.nan

    def total(self, problem: PlacementProblem, placed: Placed) -> float:
        """Weighted minutes of the served, summed."""
        served = (placed.assignment >= 0) & (problem.weights > 0)
        return float(problem.weights[served] @ placed.costs(problem)[served])


def _without_answer(run: Run) -> Outcome:
    status = Status.NO_SOLUTION if run.status is Status.FEASIBLE else run.status
    proof = f"{run.solver} on the program that serves as much weight as possible"
    return Outcome(status, None, -np.inf, run.solver, "most-served", proof, 0.0, run.seconds)


@dataclass(frozen=True, eq=False, slots=True)
class ServicePairs:
    """Merged demand points, and the sites that may serve each.

    Attributes:
        costs: (n_rows, n_sites) minutes; inf where the pair is left out.
        weights: (n_rows,) merged weight.
        patterns: (n_rows,) row of the service plan's patterns, -1 for always served.
    """

    costs: FloatArray
    weights: FloatArray
    patterns: IntArray


def service_pairs(problem: PlacementProblem, plan: ServicePlan) -> ServicePairs:
    """Leave out what no optimal answer uses, and merge equal demand points."""
    costs = problem.allowed_costs[plan.relevant]
    fixed = np.where(problem.always_open[None, :], costs, np.inf)
    nearest = fixed.argmin(axis=1)
    rows = np.arange(len(costs))
    keep = costs < fixed[rows, nearest][:, None]
    secured = np.isfinite(fixed[rows, nearest])
    keep[rows[secured], nearest[secured]] = True
    pruned = np.where(keep, costs, np.inf)
    merged, inverse = np.unique(pruned, axis=0, return_inverse=True)
    weights = summed(inverse, problem.weights[plan.relevant], len(merged))
    patterns = np.full(len(merged), -1, dtype=np.int64)
    patterns[inverse.reshape(-1)] = plan.pattern_of[plan.relevant]
    return ServicePairs(merged, weights, patterns)


def assignment_program(problem: PlacementProblem, plan: ServicePlan) -> SiteProgram:
    """The assignment formulation, with its objective scaled by ``SCALED_WEIGHT``."""
    program = SiteProgram(problem, "p_median", Sense.MINIMISE)
    served = require_service(program, plan)
    pairs = service_pairs(problem, plan)
    scale = SCALED_WEIGHT / plan.served_weight if plan.served_weight > 0 else 1.0
    terms: list[tuple[pulp.LpVariable | float, float]] = []
    for row in range(len(pairs.weights)):
        sites = np.flatnonzero(np.isfinite(pairs.costs[row])).tolist()
        shares = _shares(program, row, sites)
        pattern = int(pairs.patterns[row])
        wanted = served[pattern] if pattern >= 0 else 1.0
        program.add(linear([(share, 1.0) for share in shares]) - wanted == 0, f"serve_{row}")
        prices = pairs.weights[row] * scale * pairs.costs[row, sites]
        terms.extend(zip(shares, prices.tolist(), strict=True))
    program.lp.setObjective(linear(terms))
    return program


def _shares(program: SiteProgram, row: int, sites: list[int]) -> list[pulp.LpVariable]:
    """Shares of a merged demand point that each site serves, none above the site's open variable."""
    shares = [pulp.LpVariable(f"serve_{row}_{site}", 0, 1) for site in sites]
    for site, share in zip(sites, shares, strict=True):
        opened = program.opened(site)
        if isinstance(opened, pulp.LpVariable):
            program.add(share - opened <= 0, f"link_{row}_{site}")
    return shares
