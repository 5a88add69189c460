"""Welfare that cares about the worst-off: iso-elastic (Atkinson) and Kolm-Pollak, person by person.

Both are means of a rising, convex price of minutes, so each is a median model with another price, exact and
without any linearisation; and both are reported in minutes, as the *equally distributed equivalent*: if
everybody had that many minutes, welfare would be the same. It lies between the mean and the maximum.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from optimise.arrays import FloatArray
from optimise.errors import Fault
from optimise.models.median import MedianModel
from optimise.problem import PlacementProblem
from optimise.sentences import Sentence
from optimise.status import Sense

#: How much more a minute may weigh for the worst-off than for the best-off; beyond it arithmetic gives out.
STEEPEST = 1e8


def longest_min(problem: PlacementProblem) -> float:
    """The longest minutes of any pair that is reachable."""
    return problem.longest_min


def horizon_of(horizon_min: float | None, problem: PlacementProblem) -> float:
    """The minutes at which utility ends: as given, else a tenth beyond the longest that can occur."""
    if horizon_min is not None:
        return horizon_min
    return 1.1 * longest_min(problem) + 1.0


def isoelastic_utility(share_left: FloatArray, alpha: float) -> FloatArray:
    """``u^(1 - alpha) / (1 - alpha)`` for the share ``u`` of the horizon left; ``log u`` at alpha 1."""
    if alpha == 1.0:
        return np.asarray(np.log(share_left))
    return np.asarray(share_left ** (1.0 - alpha) / (1.0 - alpha))


def isoelastic_inverse(utility: float, alpha: float) -> float:
    """The share of the horizon left that has this utility."""
    if alpha == 1.0:
        return math.exp(utility)
    return float(((1.0 - alpha) * utility) ** (1.0 / (1.0 - alpha)))


@dataclass(frozen=True)
class IsoElastic(MedianModel):
    """The largest mean iso-elastic utility of the minutes left until a horizon.

    Atkinson (1970), *On the measurement of inequality*, Journal of Economic Theory 2; Mo and Walrand (2000),
    *Fair end-to-end window-based congestion control*, IEEE/ACM Transactions on Networking 8. With
    ``alpha = 0`` it is the p-median, with 1 proportional fairness, and as ``alpha`` grows it nears the
    p-center.

    Attributes:
        alpha: aversion to inequality, 0 or more.
        horizon_min: minutes beyond which nothing is worth anything; above every minute in the problem. It
            matters: the longer the horizon, the milder the same ``alpha``. Default: a tenth beyond the
            longest.
    """

    name: ClassVar[str] = "iso-elastic"
    sense: ClassVar[Sense] = Sense.MINIMISE
    alpha: float = 1.0
    horizon_min: float | None = None

    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """The aversion must be a number that arithmetic can hold, the horizon beyond all minutes."""
        found = super().faults(problem)
        longest = longest_min(problem)
        if horizon_of(self.horizon_min, problem) <= longest:
            return [
                *found,
                Fault(
                    Sentence(
                        "opt.fault.horizon", "must be above the longest minutes, {longest:g}", longest=longest
                    ),
                    "horizon_min",
                ),
            ]
        if not (self.alpha >= 0 and self._steepness(problem) <= STEEPEST):
            told = (
                "must be 0 or more, and not so large that only the worst-off count (then take the p-center)"
            )
            found.append(Fault(told, "alpha", value=str(self.alpha)))
        return found

    def _steepness(self, problem: PlacementProblem) -> float:
        """How much more the last minute of the longest way weighs than the first minute."""
        left = 1.0 - longest_min(problem) / horizon_of(self.horizon_min, problem)
        return float(np.exp(np.minimum(-self.alpha * np.log(left), 700.0)))

    def price(self, minutes: FloatArray, problem: PlacementProblem) -> FloatArray:
        """Utility lost against 0 minutes, so that a price is never negative."""
        left = 1.0 - minutes / horizon_of(self.horizon_min, problem)
        return np.asarray(isoelastic_utility(np.ones(1), self.alpha) - isoelastic_utility(left, self.alpha))

    def to_unit(self, mean_price: float, problem: PlacementProblem) -> float:
        """The equally distributed equivalent, in minutes; no less than 0, whatever a bound may say."""
        whole = float(isoelastic_utility(np.ones(1), self.alpha)[0])
        left = isoelastic_inverse(whole - max(mean_price, 0.0), self.alpha)
        return horizon_of(self.horizon_min, problem) * (1.0 - left)


@dataclass(frozen=True)
class KolmPollak(MedianModel):
    """The least Kolm-Pollak equivalent ``log(mean(exp(aversion * minutes))) / aversion``.

    Horton, Logan, Murrell, Skipper and Speakman (2024), *A scalable approach to equitable facility location*,
    arXiv:2401.15452; Kolm (1976), *Unequal inequalities*, Journal of Economic Theory 12. Adding a
    minute to everybody adds a minute to it.

    Attributes:
        aversion: per minute, above 0; the larger, the nearer to the p-center.
    """

    name: ClassVar[str] = "kolm-pollak"
    sense: ClassVar[Sense] = Sense.MINIMISE
    aversion: float = 0.01

    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """The aversion must not overflow."""
        found = super().faults(problem)
        most = math.log(STEEPEST) / max(longest_min(problem), 1e-9)
        if not 0 < self.aversion <= most:
            told = Sentence(
                "opt.fault.aversion", "must be above 0 and at most {most:g} for these minutes", most=most
            )
            found.append(Fault(told, "aversion", value=str(self.aversion)))
        return found

    def price(self, minutes: FloatArray, problem: PlacementProblem) -> FloatArray:
        """Disutility beyond that of 0 minutes."""
        del problem
        return np.asarray(np.expm1(self.aversion * minutes))

    def to_unit(self, mean_price: float, problem: PlacementProblem) -> float:
        """The equally distributed equivalent, in minutes."""
        del problem
        return math.log1p(mean_price) / self.aversion
