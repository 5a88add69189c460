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

from optimise import median_bounds
from optimise.algebra import summed
from optimise.arrays import FloatArray
from optimise.engine_use import COMPARES
from optimise.engines import settled_service
from optimise.equity import gini, mean_difference, weighted_mean
from optimise.errors import Fault
from optimise.exact import PROOF_TOLERANCE
from optimise.median_bounds import MedianBounds
from optimise.models.base import Model, needs_a_count
from optimise.models.enumerating import best_of_all, few_enough
from optimise.models.outcomes import (
    Compared,
    Cut,
    CutLoop,
    OutcomeProgram,
    compared_faults,
    outcome_rows,
    outcomes,
)
from optimise.outcome import Outcome
from optimise.placed import Placed
from optimise.problem import PlacementProblem
from optimise.running import Limits
from optimise.sentences import Sentence, joined
from optimise.service import ServicePlan, tied_plans
from optimise.starting import unproven_service
from optimise.status import Sense, Status


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

    def in_unit(self, value: float, problem: PlacementProblem) -> float:
        """The objective for a value of :meth:`steer`."""
        del problem
        return value

    def slope(self, minutes: FloatArray, weights: FloatArray) -> FloatArray:
        """(n_outcomes,) what one minute more of each outcome adds to the measure."""
        raise NotImplementedError

    @property
    def ratio_of_people(self) -> bool:
        """Whether the measure is the Gini coefficient of people, which has a tree of its own."""
        return False

    def convex_below(self) -> OutcomeModel | None:
        """A model whose measure is convex, never falling, and never above this one's; None where none is."""
        return self

    def steer(self, problem: PlacementProblem, minutes: FloatArray) -> tuple[float, FloatArray | None]:
        """The measure over the outcomes of those who have minutes, and its slope."""
        counted = np.isfinite(minutes) & (problem.weights > 0)
        slope = np.zeros(len(minutes))
        if not counted.any():
            return 0.0, slope
        outcome_of = outcome_rows(problem, self.by)[counted]
        _, place = np.unique(outcome_of, return_inverse=True)
        people = problem.weights[counted]
        sums = summed(place, people, int(place.max()) + 1)
        values = np.bincount(place, weights=people * minutes[counted]) / sums
        weights: FloatArray = sums if self.by == "person" else np.ones(len(sums))
        slope[counted] = self.slope(values, weights)[place] * people / sums[place]
        return self.measure(values, weights), slope

    def objective(self, problem: PlacementProblem, placed: Placed) -> float:
        """The measure over the outcomes of the served; NaN for nobody."""
        minutes, weights = outcomes(problem, placed, self.by)
        return self.measure(minutes, weights) if len(minutes) else math.nan

    def engine_size(self, problem: PlacementProblem) -> tuple[int, int]:
        """Median problems bound large problems."""
        return problem.costs.size, median_bounds.PAYS_AT_PAIRS

    def engine_lacks(self, problem: PlacementProblem) -> list[Sentence]:
        """A comparison is not a sum over people."""
        del problem
        return [COMPARES]

    def search(self, problem: PlacementProblem, limits: Limits) -> Outcome:
        """Look at all placements where they are few; else settle who is compared, and minimise."""
        if few_enough(problem):
            return best_of_all(problem, self, limits)
        plan = settled_service(problem, limits)
        if not plan.known and plan.run is not None:
            return unproven_service(problem, self, plan.run, limits, plan.sites)
        plans, complete = tied_plans(problem, plan, limits)
        many = median_bounds.large(problem, limits)
        found = [
            self.by_medians(problem, own, limits)
            if many and own.relevant.any()
            else self.minimise(problem, own, limits)
            for own in plans
        ]
        return self._best_of(problem, found, complete=complete)

    def _best_of(self, problem: PlacementProblem, found: list[Outcome], *, complete: bool) -> Outcome:
        """The best answer over all choices of whom to serve; proven where each of them is."""
        if len(found) == 1 and complete:
            return found[0]
        placed = [outcome for outcome in found if outcome.placed is not None]
        best = min(placed, key=lambda own: self._value(problem, own), default=found[0])
        worst = next((own for own in found if own.status is not Status.OPTIMAL), None)
        status = best.status if worst is None else worst.status
        if best.placed is not None and status is not Status.INTERRUPTED and (worst or not complete):
            status = Status.FEASIBLE
        template = "the best of {choices} choices of whom to serve, all of the same weight"
        told = Sentence("opt.proof.same_weight", template, choices=len(found))
        return replace(
            best,
            status=status,
            bound=min(own.bound for own in found) if complete else -math.inf,
            proof=joined(best.proof, told),
            build_s=sum(own.build_s for own in found),
            solve_s=sum(own.solve_s for own in found),
        )

    def _value(self, problem: PlacementProblem, outcome: Outcome) -> float:
        assert outcome.placed is not None
        value = self.objective(problem, outcome.placed)
        return -math.inf if math.isnan(value) else value

    def by_medians(self, problem: PlacementProblem, plan: ServicePlan, limits: Limits) -> Outcome:
        """The search on large problems; see :mod:`optimise.median_bounds`."""
        return MedianBounds(self, problem, plan, limits).outcome()

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

    def slope(self, minutes: FloatArray, weights: FloatArray) -> FloatArray:
        """See :meth:`OutcomeModel.slope`."""
        return np.asarray(weights / weights.sum() + self.weight * _order_cut(minutes, weights)[0])

    def convex_below(self) -> OutcomeModel | None:
        """Above a weight of 1 a minute more may be worth having: then the mean and one difference."""
        return replace(self, weight=min(self.weight, 1.0))

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

    def slope(self, minutes: FloatArray, weights: FloatArray) -> FloatArray:
        """See :meth:`OutcomeModel.slope`."""
        mean = max(weighted_mean(minutes, weights), 1e-12)
        share = weights / weights.sum()
        return np.asarray((_order_cut(minutes, weights)[0] - gini(minutes, weights) * share) / mean)

    @property
    def ratio_of_people(self) -> bool:
        """See :meth:`OutcomeModel.ratio_of_people`."""
        return self.by == "person"

    def convex_below(self) -> OutcomeModel | None:
        """A ratio is not convex."""
        return None

    def minimise(self, problem: PlacementProblem, plan: ServicePlan, limits: Limits) -> Outcome:
        """Rounds of ``D / 2 - g mean`` from the least mean on, until none is below 0."""
        outcome = self._least_mean(problem, plan, limits)
        least = max(outcome.bound, 0.0)
        best, value, bound, rounds = outcome.placed, math.inf, 0.0, 0
        build_s, solve_s = outcome.build_s, outcome.solve_s
        while outcome.placed is not None:
            reached = self.objective(problem, outcome.placed)
            if math.isnan(reached):
                bound = reached
                break
            closer = reached < value
            best, value = (outcome.placed, reached) if closer else (best, value)
            proven = value - bound <= PROOF_TOLERANCE * value / 10
            if proven or outcome.status is not Status.OPTIMAL or not (closer or rounds == 0):
                break
            outcome = self._round(problem, plan, limits, value, least)
            build_s, solve_s, rounds = build_s + outcome.build_s, solve_s + outcome.solve_s, rounds + 1
            bound = max(bound, value + min(0.0, outcome.bound) / least if least > 0 else 0.0)
        return replace(
            outcome,
            status=_ended(outcome.status, value, bound, found=best is not None),
            placed=best,
            bound=bound,
            formulation="Dinkelbach rounds of order cuts",
            proof=Sentence(
                "opt.proof.ratio",
                "{rounds} rounds; D / 2 less the ratio times the mean cannot be made negative",
                rounds=rounds,
            ),
            build_s=build_s,
            solve_s=solve_s,
        )

    def _round(
        self, problem: PlacementProblem, plan: ServicePlan, limits: Limits, ratio: float, least: float
    ) -> Outcome:
        """Where ``D / 2 - ratio * mean`` is least; ``least`` bounds every mean."""
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
            size=ratio * (least if least > 0 else 1.0),
        )
        build_s = people.program.build_s
        run = loop.run(limits, [_least_minutes(problem, people, self.by)])
        return loop.outcome(run, "order cuts", build_s=build_s, earlier_s=0.0)

    def _least_mean(self, problem: PlacementProblem, plan: ServicePlan, limits: Limits) -> Outcome:
        """The placement with the least mean of the outcomes: the first answer, and a bound of every mean."""
        people = OutcomeProgram(problem, plan, self.by)
        loop = CutLoop(
            people,
            self.by,
            value=lambda placed: weighted_mean(*outcomes(problem, placed, self.by)),
            cuts=lambda values: [],
            rates=[],
            fixed=people.mean(),
        )
        build_s = people.program.build_s
        run = loop.run(limits, [])
        return loop.outcome(
            run, "least mean", build_s=build_s, earlier_s=plan.run.seconds if plan.run else 0.0
        )


def _ended(status: Status, value: float, bound: float, *, found: bool) -> Status:
    """The status of rounds: proven by their bound alone, whatever the last program said."""
    if not found:
        return status
    if math.isnan(bound) or value - bound <= max(PROOF_TOLERANCE * value, 1e-9):
        return Status.OPTIMAL if status is not Status.INTERRUPTED else status
    return Status.FEASIBLE if status in {Status.OPTIMAL, Status.INFEASIBLE, Status.NO_SOLUTION} else status


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
