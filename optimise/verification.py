"""Check a solution from its sites and the costs alone, without the program that found it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimise.arrays import BoolArray
from optimise.brief import OneLine
from optimise.conditions import Condition
from optimise.errors import Fault
from optimise.exact import PROOF_TOLERANCE, exact_sum, within
from optimise.placed import Placed
from optimise.problem import PlacementProblem
from optimise.sentences import Sentence
from optimise.solution import Solution
from optimise.status import Sense, Status, relative_gap


@dataclass(frozen=True, slots=True, repr=False)
class Verification(OneLine):
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
    """Recompute the objective and check every condition of the problem and of the model."""
    problem, placed, model = solution.problem, solution.placed, solution.model
    if placed is None:
        return Verification(math.nan, ())
    objective = model.objective(problem, placed)
    conditions = (*problem.conditions, *model.conditions(problem))
    broken = [told for condition in conditions for told in condition.broken(problem, placed)]
    broken += model.broken(problem, placed)
    faults = [
        *_site_faults(problem, placed),
        *(Fault(told) for told in broken),
        *_claim_faults(solution, objective),
    ]
    return Verification(objective, tuple(faults))


def keeps_limits(problem: PlacementProblem, placed: Placed) -> bool:
    """True when roles, number, budget, moves and conditions of the problem hold."""
    kept = not _site_faults(problem, placed)
    return kept and not any(condition.broken(problem, placed) for condition in problem.conditions)


def keeps_site_limits(problem: PlacementProblem, sites: BoolArray, conditions: Sequence[Condition]) -> bool:
    """True when roles, number, budget, moves and those of the conditions hold that speak of sites only."""
    placed = Placed(sites, np.full(problem.n_demand, -1, dtype=np.int64))
    kept = not _site_faults(problem, placed)
    return kept and not any(condition.broken(problem, placed) for condition in conditions)


def _site_faults(problem: PlacementProblem, placed: Placed) -> list[Fault]:
    sites = placed.sites
    wrong = (problem.always_open & ~sites) | (problem.never_open & sites)
    faults = [
        Fault(
            Sentence("opt.fault.role", "has the role {role}", role=problem.roles[site].value),
            "chosen",
            str(problem.site_ids[site]),
        )
        for site in np.flatnonzero(wrong).tolist()
    ]
    if problem.n_open is not None and int(sites.sum()) != problem.n_open:
        faults.append(
            Fault(
                Sentence("opt.fault.asked_for", "{n_open} sites were asked for", n_open=problem.n_open),
                "chosen",
                value=str(int(sites.sum())),
            )
        )
    spent = exact_sum(problem.prices[sites])
    if problem.budget is not None and not within(spent, problem.budget):
        faults.append(
            Fault(
                Sentence("opt.fault.budget", "the budget is {budget:g}", budget=problem.budget),
                "fixed_costs",
                value=f"{spent:g}",
            )
        )
    closed = int((problem.existing & ~sites).sum())
    if problem.max_moves is not None and closed > problem.max_moves:
        faults.append(
            Fault(
                Sentence(
                    "opt.fault.may_close",
                    "at most {max_moves} existing sites may close",
                    max_moves=problem.max_moves,
                ),
                "chosen",
                value=str(closed),
            )
        )
    return faults


def _claim_faults(solution: Solution, objective: float) -> list[Fault]:
    faults = []
    if relative_gap(objective, solution.objective) > PROOF_TOLERANCE:
        faults.append(
            Fault(
                Sentence("opt.fault.recomputed", "recomputed as {objective!r}", objective=objective),
                "objective",
                value=repr(solution.objective),
            )
        )
    minimise = solution.model.sense is Sense.MINIMISE
    ahead = solution.bound - objective if minimise else objective - solution.bound
    if ahead > PROOF_TOLERANCE * max(1.0, abs(objective)):
        faults.append(Fault("the bound is better than the objective", "bound", value=repr(solution.bound)))
    if solution.status is Status.OPTIMAL and solution.gap > PROOF_TOLERANCE:
        faults.append(Fault("is called optimal with an open gap", "gap", value=repr(solution.gap)))
    return faults
