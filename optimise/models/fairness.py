"""Fairness beside the mean: differences between people, and the Gini coefficient.

All compare people, or groups of them (``by``); see :mod:`optimise.models.outcomes`. With ``t_k`` the minutes
of outcome ``k``, ``w_k`` its weight and ``W`` their sum:

- mean difference (Ogryczak 2000, *Inequality measures and equitable approaches to location problems*,
  European Journal of Operational Research 122), linear because it is the largest over all orders of people::

      D(t) = sum_k sum_l w_k w_l |t_k - t_l| / W^2
           = max over orders of 2 sum_k w_k (below_k - above_k) t_k / W^2
      min   mean(t) + weight * D(t) / 2

- Gini coefficient ``D / (2 mean)``: a ratio, solved by Dinkelbach's rounds (1967, *On nonlinear fractional
  programming*, Management Science 13) of ``min D(t) / 2 - g mean(t)``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from optimise.arrays import FloatArray
from optimise.equity import gini, mean_difference, weighted_mean
from optimise.errors import Fault
from optimise.models.base import Model, Outcome, needs_a_count
from optimise.models.enumerating import best_of_all, few_enough
from optimise.models.outcomes import (
    Compared,
    Cut,
    CutLoop,
    OutcomeProgram,
    compared_faults,
    outcomes,
)
from optimise.models.pmedian import PMedian
from optimise.placed import Placed
from optimise.problem import PlacementProblem
from optimise.running import Limits
from optimise.service import ServicePlan, plan_service
from optimise.solution import PROOF_TOLERANCE, Sense, Status


@dataclass(frozen=True)
class OutcomeModel(Model):
    """What the fairness models share.

    Attributes:
        by: ``person`` (demand points by their weight) or ``group`` (every demand group counts once).
    """

    sense: ClassVar[Sense] = Sense.MINIMISE
    by: Compared = "person"

    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """Something must limit the number of sites, and groups must exist if compared."""
        return [*needs_a_count(problem), *compared_faults(self.by, problem)]

    def measure(self, minutes: FloatArray, weights: FloatArray) -> float:
        """The objective for given outcomes."""
        raise NotImplementedError

    def objective(self, problem: PlacementProblem, placed: Placed) -> float:
        """The measure over the outcomes of the served; NaN for nobody."""
        minutes, weights = outcomes(problem, placed, self.by)
        return self.measure(minutes, weights) if len(minutes) else math.nan

    def search(self, problem: PlacementProblem, limits: Limits) -> Outcome:
        """Look at all placements where they are few; else settle who is compared, and minimise."""
        if few_enough(problem):
            return best_of_all(problem, self, limits)
        plan = plan_service(problem, limits)
        if not plan.known and plan.run is not None:
            return Outcome.unserved(plan.run, self.sense)
        return self.minimise(problem, plan.settled(), limits)

    def minimise(self, problem: PlacementProblem, plan: ServicePlan, limits: Limits) -> Outcome:
        """The search once it is settled who is compared."""
        raise NotImplementedError


@dataclass(frozen=True)
class MeanDifference(OutcomeModel):
    """The least ``mean + weight * mean difference / 2``.

    Attributes:
        weight: 0 is the mean alone; 1 is the expected minutes of the worse-off of two people drawn at random.
            Above 1 equality may be bought with longer ways.
    """

    name: ClassVar[str] = "mean-difference"
    weight: float = 1.0

    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """The weight must not be negative."""
        found = super().faults(problem)
        if not (math.isfinite(self.weight) and self.weight >= 0):
            found.append(Fault("must be 0 or more", "weight", value=str(self.weight)))
        return found

    def measure(self, minutes: FloatArray, weights: FloatArray) -> float:
        """Mean and weighted half mean difference."""
        return weighted_mean(minutes, weights) + self.weight * mean_difference(minutes, weights) / 2

    def minimise(self, problem: PlacementProblem, plan: ServicePlan, limits: Limits) -> Outcome:
        """Cutting planes over the orders of people."""
        people = OutcomeProgram(problem, plan, self.by, closest=self.weight > 1)
        loop = CutLoop(
            people,
            self.by,
            value=lambda placed: self.objective(problem, placed),
            cuts=lambda values: [_order_cut(values, people.weights)],
            rates=[self.weight],
            fixed=people.mean(),
        )
        build_s = people.program.build_s
        run = loop.run(limits, [_least_minutes(problem, people, self.by)])
        earlier_s = plan.run.seconds if plan.run else 0.0
        return loop.outcome(run, "mean difference by order cuts", build_s=build_s, earlier_s=earlier_s)


@dataclass(frozen=True)
class Gini(OutcomeModel):
    """The least Gini coefficient of minutes.

    Equality alone may be had by making everybody worse off: look at the mean too, or add a guarantee.
    Everybody still goes to the nearest open site (closest-assignment rows).
    """

    name: ClassVar[str] = "gini"

    def measure(self, minutes: FloatArray, weights: FloatArray) -> float:
        """The Gini coefficient."""
        return gini(minutes, weights)

    def minimise(self, problem: PlacementProblem, plan: ServicePlan, limits: Limits) -> Outcome:
        """Rounds of ``D / 2 - g mean`` from the p-median on, until none is below 0."""
        outcome = PMedian().search(problem, limits.silent())
        least = self._least_mean(problem, plan)
        best, value, bound, rounds = outcome.placed, math.inf, 0.0, 0
        build_s, solve_s = outcome.build_s, outcome.solve_s
        while outcome.placed is not None:
            reached = self.objective(problem, outcome.placed)
            if reached < value:
                best, value = outcome.placed, reached
            if outcome.status is not Status.OPTIMAL or value - bound <= PROOF_TOLERANCE * value / 10:
                break
            outcome = self._round(problem, plan, limits, value)
            build_s, solve_s, rounds = build_s + outcome.build_s, solve_s + outcome.solve_s, rounds + 1
            bound = max(bound, value + min(0.0, outcome.bound) / least if least > 0 else 0.0)
            if outcome.placed is not None and self.objective(problem, outcome.placed) >= value:
                break
        return replace(
            outcome,
            placed=best,
            bound=bound,
            formulation="Dinkelbach rounds of order cuts",
            proof=f"{rounds} rounds; D / 2 less the ratio times the mean cannot be made negative",
            build_s=build_s,
            solve_s=solve_s,
        )

    def _round(self, problem: PlacementProblem, plan: ServicePlan, limits: Limits, ratio: float) -> Outcome:
        people = OutcomeProgram(problem, plan, self.by, closest=True)

        def value(placed: Placed) -> float:
            minutes, weights = outcomes(problem, placed, self.by)
            return mean_difference(minutes, weights) / 2 - ratio * weighted_mean(minutes, weights)

        loop = CutLoop(
            people,
            self.by,
            value=value,
            cuts=lambda values: [_order_cut(values, people.weights)],
            rates=[1.0],
            fixed=people.mean() * -ratio,
        )
        build_s = people.program.build_s
        run = loop.run(limits, [_least_minutes(problem, people, self.by)])
        return loop.outcome(run, "order cuts", build_s=build_s, earlier_s=0.0)

    def _least_mean(self, problem: PlacementProblem, plan: ServicePlan) -> float:
        """A lower bound of the mean: everybody at the nearest allowed site."""
        if not plan.relevant.any():
            return 0.0
        nearest = Placed.nearest(problem, ~problem.never_open)
        minutes, weights = outcomes(problem, nearest, self.by)
        return weighted_mean(minutes, weights)


def _order_cut(values: FloatArray, weights: FloatArray) -> Cut:
    """Half the mean difference as the linear function that is tight at ``values``."""
    share = weights / weights.sum()
    order = np.argsort(values, kind="stable")
    below = np.cumsum(share[order]) - share[order]
    above = 1.0 - below - share[order]
    coefficients = np.empty(len(values))
    coefficients[order] = share[order] * (below - above)
    return coefficients, 0.0


def _least_minutes(problem: PlacementProblem, people: OutcomeProgram, by: Compared) -> FloatArray:
    """Outcomes with everybody at the nearest allowed site: where the first cut is taken."""
    return people.values(Placed.nearest(problem, ~problem.never_open), by)
