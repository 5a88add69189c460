"""Iso-elastic welfare of groups: each municipality's mean minutes count, not each person's.

With ``t_g`` the mean minutes of group ``g`` and ``P`` the price of
:class:`optimise.models.welfare.IsoElastic` (Atkinson 1970)::

    min   sum_g v_g P(t_g) / sum_g v_g,    v_g = 1, or the people of the group

``P`` is convex, so it is laid out piecewise-linearly by tangents from below. The tangents are not fixed
beforehand: one is added at every answer until the program's bound meets the real objective, so the error of
the linearisation is the ``gap`` of the solution.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pulp

from optimise.algebra import summed
from optimise.arrays import BoolArray, FloatArray
from optimise.errors import Fault
from optimise.exact import exact_dot, exact_sum
from optimise.models.fairness import OutcomeModel
from optimise.models.outcomes import Compared, Cut, CutLoop, OutcomeProgram, outcome_rows, outcomes
from optimise.models.welfare import IsoElastic, horizon_of
from optimise.outcome import Outcome
from optimise.placed import Placed
from optimise.problem import PlacementProblem
from optimise.running import Limits
from optimise.service import ServicePlan


@dataclass(frozen=True)
class GroupIsoElastic(OutcomeModel):
    """The largest iso-elastic welfare of the groups' mean minutes, as equally distributed minutes.

    Attributes:
        alpha: aversion to inequality between groups, 0 or more.
        horizon_min: see :class:`~optimise.models.welfare.IsoElastic`.
        count_people: a group counts with its people; False: every group counts once.
    """

    name: ClassVar[str] = "iso-elastic-groups"
    by: Compared = "group"
    alpha: float = 1.0
    horizon_min: float | None = None
    count_people: bool = False

    @property
    def _person(self) -> IsoElastic:
        return IsoElastic(self.alpha, self.horizon_min)

    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """Groups must exist, and the parameters be right."""
        return [*self._person.faults(problem), *super().faults(problem)]

    def objective(self, problem: PlacementProblem, placed: Placed) -> float:
        """The equally distributed equivalent of the groups' means; NaN for nobody."""
        minutes, _ = outcomes(problem, placed, "group")
        if not len(minutes):
            return math.nan
        shares = self._shares(problem, (placed.assignment >= 0) & (problem.weights > 0))
        return self._person.to_unit(exact_dot(shares, self._person.price(minutes, problem)), problem)

    def steer(self, problem: PlacementProblem, minutes: FloatArray) -> tuple[float, FloatArray | None]:
        """The mean price of the groups' minutes, which rises with their equivalent, and its slope."""
        counted = np.isfinite(minutes) & (problem.weights > 0)
        slope = np.zeros(len(minutes))
        if not counted.any():
            return 0.0, slope
        people, shares = problem.weights[counted], self._shares(problem, counted)
        _, place = np.unique(outcome_rows(problem, "group")[counted], return_inverse=True)
        sums = np.bincount(place, weights=people)
        values = np.bincount(place, weights=people * minutes[counted]) / sums
        horizon = horizon_of(self.horizon_min, problem)
        slopes = (1.0 - np.minimum(values, 0.99 * horizon) / horizon) ** -self.alpha / horizon
        slope[counted] = (shares * slopes)[place] * people / sums[place]
        return exact_dot(shares, self._person.price(values, problem)), slope

    def in_unit(self, value: float, problem: PlacementProblem) -> float:
        """The equally distributed equivalent of a mean price."""
        return self._person.to_unit(max(value, 0.0), problem)

    def _shares(self, problem: PlacementProblem, counted: BoolArray) -> FloatArray:
        rows, own = outcome_rows(problem, "group")[counted], problem.weights[counted]
        order = np.argsort(own, kind="stable")  # so that the order of demand points shows in no digit
        people = summed(rows[order], own[order], problem.n_demand)
        weights = people[people > 0] if self.count_people else np.ones(int((people > 0).sum()))
        return weights / max(exact_sum(weights), 1e-300)

    def minimise(self, problem: PlacementProblem, plan: ServicePlan, limits: Limits) -> Outcome:
        """Tangents, added where they are needed."""
        groups = OutcomeProgram(problem, plan, "group")
        shares = self._shares(problem, plan.relevant)
        loop = CutLoop(
            groups,
            "group",
            value=lambda placed: self._mean_price(problem, placed, shares),
            cuts=lambda values: self._tangents(problem, values),
            rates=shares.tolist(),
            fixed=pulp.LpAffineExpression(),
        )
        build_s = groups.program.build_s
        least = groups.values(Placed.nearest(problem, ~problem.never_open), "group")
        run = loop.run(limits, [least, 2 * least, 4 * least])
        earlier_s = plan.run.seconds if plan.run else 0.0
        outcome = loop.outcome(run, "group welfare by tangents", build_s=build_s, earlier_s=earlier_s)
        known = math.isfinite(outcome.bound)
        bound = self._person.to_unit(max(outcome.bound, 0.0), problem) if known else -math.inf
        return replace(outcome, bound=bound)

    def _mean_price(self, problem: PlacementProblem, placed: Placed, shares: FloatArray) -> float:
        minutes, _ = outcomes(problem, placed, "group")
        return exact_dot(shares, self._person.price(minutes, problem))

    def _tangents(self, problem: PlacementProblem, values: FloatArray) -> list[Cut]:
        """The tangent of each group's price at its minutes (held inside the horizon)."""
        horizon = horizon_of(self.horizon_min, problem)
        at = np.minimum(values, 0.99 * horizon)
        slopes = (1.0 - at / horizon) ** -self.alpha / horizon
        heights = self._person.price(at, problem) - slopes * at
        unit = np.eye(len(values))
        return [(slopes[group] * unit[group], float(heights[group])) for group in range(len(values))]
