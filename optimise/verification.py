"""Check a solution from its sites and the costs alone, without the program that found it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from optimise.errors import Fault
from optimise.models.base import Placed
from optimise.problem import BoolArray, PlacementProblem
from optimise.solution import PROOF_TOLERANCE, Sense, Solution, Status, Unserved, relative_gap


@dataclass(frozen=True, eq=False, slots=True)
class Verification:
    """What the check found.

    Attributes:
        objective: recomputed from sites and costs; NaN without an answer.
        faults: every condition that does not hold; empty when the solution is right.
    """

    objective: float
    faults: tuple[Fault, ...]

    @property
    def ok(self) -> bool:
        """True when nothing is wrong."""
        return not self.faults


def verify(solution: Solution) -> Verification:
    """Recompute the objective and check every condition of the problem."""
    if solution.status in {Status.INFEASIBLE, Status.NO_SOLUTION} or len(solution.assignment) == 0:
        return Verification(math.nan, ())
    problem = solution.problem
    sites = np.zeros(problem.n_sites, dtype=bool)
    sites[solution.chosen] = True
    placed = Placed(sites, solution.assignment)
    objective = solution.model.objective(problem, placed)
    faults = [
        *_site_faults(problem, sites),
        *_assignment_faults(problem, placed),
        *_claim_faults(solution, objective),
    ]
    return Verification(objective, tuple(faults))


def _site_faults(problem: PlacementProblem, sites: BoolArray) -> list[Fault]:
    faults = [
        Fault(
            f"has the role {problem.roles[site].value} but is {'open' if sites[site] else 'closed'}",
            "chosen",
            str(problem.site_ids[site]),
        )
        for site in np.flatnonzero((problem.always_open & ~sites) | (problem.never_open & sites)).tolist()
    ]
    if problem.n_open is not None and int(sites.sum()) != problem.n_open:
        faults.append(Fault(f"{problem.n_open} sites were asked for", "chosen", value=str(int(sites.sum()))))
    if problem.budget is not None and problem.fixed_costs is not None:
        spent = float(problem.fixed_costs[sites & ~problem.always_open].sum())
        if spent > problem.budget * (1 + PROOF_TOLERANCE) + PROOF_TOLERANCE:
            faults.append(Fault(f"the budget is {problem.budget:g}", "fixed_costs", value=f"{spent:g}"))
    return faults


def _assignment_faults(problem: PlacementProblem, placed: Placed) -> list[Fault]:
    """Everyone goes to an open, reachable, nearest site; only the unreachable go nowhere."""
    costs = np.where(placed.sites[None, :], problem.costs, np.inf)
    wrong = placed.costs(problem) != costs.min(axis=1)
    served = placed.assignment >= 0
    wrong |= served & ~placed.sites[np.where(served, placed.assignment, 0)]
    return [
        Fault("is not served by its nearest open site", "assignment", str(problem.demand_ids[row]))
        for row in np.flatnonzero(wrong).tolist()
    ]


def _claim_faults(solution: Solution, objective: float) -> list[Fault]:
    faults = []
    if relative_gap(objective, solution.objective) > PROOF_TOLERANCE:
        faults.append(Fault(f"recomputed as {objective!r}", "objective", value=repr(solution.objective)))
    minimise = solution.model.sense is Sense.MINIMISE
    ahead = solution.bound - objective if minimise else objective - solution.bound
    if ahead > PROOF_TOLERANCE * max(1.0, abs(objective)):
        faults.append(Fault("the bound is better than the objective", "bound", value=repr(solution.bound)))
    if solution.status is Status.OPTIMAL and solution.gap > PROOF_TOLERANCE:
        faults.append(Fault("is called optimal with an open gap", "gap", value=repr(solution.gap)))
    return faults


def unserved_by_reason(problem: PlacementProblem, placed: Placed) -> Unserved:
    """Split the demand points without a site into unreachable, over capacity and beyond the threshold."""
    unserved = placed.assignment < 0
    reached = np.isfinite(np.where(placed.sites[None, :], problem.costs, np.inf)).any(axis=1)
    empty = np.zeros(0, dtype=np.int64)
    return Unserved(np.flatnonzero(unserved & ~reached), np.flatnonzero(unserved & reached), empty)
