"""Maximal survival: any falling function of minutes, summed over people.

Erkut, Ingolfsson and Erdogan (2008), *Ambulance location for maximum survival*, Naval Research Logistics 55::

    max   sum_i w_i s(t_i) / W,   t_i the minutes to the nearest open site,  s(unreachable) = 0

It is the median family with the price ``1 - s(t)``. Nobody has to be served: out of reach means ``s = 0``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from optimise.arrays import FloatArray
from optimise.errors import Fault
from optimise.exact import exact_dot, exact_sum
from optimise.models.base import needs_a_count
from optimise.models.median import MedianModel
from optimise.placed import Placed
from optimise.problem import PlacementProblem
from optimise.sentences import Sentence
from optimise.status import Sense

Decay = Callable[[FloatArray], FloatArray]


def cardiac_arrest(minutes: FloatArray) -> FloatArray:
    """Survival to discharge after cardiac arrest by response minutes: ``1 / (1 + exp(0.679 + 0.262 t))``.

    De Maio, Stiell, Wells and Spaite (2003), Annals of Emergency Medicine 42, as used by Erkut et al. (2008).
    """
    return np.asarray(1.0 / (1.0 + np.exp(np.minimum(0.679 + 0.262 * minutes, 700.0))))


def half_life(minutes_to_half: float) -> Decay:
    """Worth that halves every ``minutes_to_half`` minutes."""
    return lambda minutes: np.asarray(np.exp2(-minutes / minutes_to_half))


#: Decay functions by the names that people type.
DECAYS: dict[str, Decay] = {"cardiac-arrest": cardiac_arrest}


@dataclass(frozen=True)
class MaximalSurvival(MedianModel):
    """The largest weighted mean of a worth that falls with minutes.

    The objective is the mean over all weight (0 to 1), ``total`` its sum: expected survivors.

    Attributes:
        survival: a name from ``DECAYS``, or a function of an array of minutes that falls from at most 1 to at
            least 0.
    """

    name: ClassVar[str] = "maximal-survival"
    sense: ClassVar[Sense] = Sense.MAXIMISE
    serves_first: ClassVar[bool] = False
    unserved_price: ClassVar[float] = 1.0
    survival: str | Decay = "cardiac-arrest"

    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """The function must fall, from at most 1 to at least 0, over the problem's minutes."""
        found = needs_a_count(problem)
        if isinstance(self.survival, str) and self.survival not in DECAYS:
            known = ", ".join(DECAYS)
            return [
                *found,
                Fault(
                    Sentence("opt.fault.survival", "must be a function or one of: {known}", known=known),
                    "survival",
                    value=self.survival,
                ),
            ]
        minutes = np.unique(problem.costs[np.isfinite(problem.costs)])
        worth = self.worth(minutes)
        if (
            worth.shape != minutes.shape
            or not ((worth >= 0) & (worth <= 1)).all()
            or (np.diff(worth) > 0).any()
        ):
            found.append(Fault("must give one value for each, between 0 and 1, never rising", "survival"))
        return found

    def worth(self, minutes: FloatArray) -> FloatArray:
        """Survival after so many minutes."""
        decay = DECAYS[self.survival] if isinstance(self.survival, str) else self.survival
        return np.asarray(decay(minutes), dtype=np.float64)

    def price(self, minutes: FloatArray, problem: PlacementProblem) -> FloatArray:
        """What is lost."""
        del problem
        return 1.0 - self.worth(minutes)

    def to_unit(self, mean_price: float, problem: PlacementProblem) -> float:
        """Mean survival."""
        del problem
        return 1.0 - mean_price

    def objective(self, problem: PlacementProblem, placed: Placed) -> float:
        """Mean survival over all weight: the sum of what is left, which 1 minus what is lost would round."""
        weight = exact_sum(problem.weights)
        return self.total(problem, placed) / weight if weight > 0 else math.nan

    def total(self, problem: PlacementProblem, placed: Placed) -> float:
        """Expected survivors."""
        served = placed.assignment >= 0
        worth = self.worth(placed.minutes(problem)[served])
        return exact_dot(problem.weights[served], worth)
