"""The price of fairness: what it costs the mean to shorten the longest way, step by step.

Bertsimas, Farias and Trichakis (2011), *The price of fairness*, Operations Research 59: the relative loss of
the efficient objective that a fairer answer brings. The curve is the exact trade-off between the weighted
mean and the maximum: each point has the least mean among placements in which nobody who can be served is
beyond a given number of minutes, so along the curve the mean never falls while the maximum does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimise.brief import OneLine
from optimise.equity import gini, tail_mean
from optimise.errors import ProblemError
from optimise.guarantees import Within
from optimise.models.center import PCenter
from optimise.models.pmedian import PMedian
from optimise.problem import PlacementProblem
from optimise.running import Limits
from optimise.solution import Solution
from optimise.solving import answer, question_faults

_WORST_TENTH = 0.1


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class FairnessPoint(OneLine):
    """One placement on the curve.

    Attributes:
        solution: the p-median under the guarantee; its objective is the weighted mean.
        guarantee_min: nobody who is served is beyond this; NaN for the first point, which has no guarantee.
        worst_min: the longest way in the answer.
        tail_min: mean of the worst-off tenth.
        gini: Gini coefficient of the minutes.
        price: relative loss of the mean against the first point.
    """

    solution: Solution
    guarantee_min: float
    worst_min: float
    tail_min: float
    gini: float
    price: float


def price_of_fairness(
    problem: PlacementProblem, *, steps: int = 10, limits: Limits | None = None
) -> tuple[FairnessPoint, ...]:
    """From the efficient answer (p-median) to the fairest one (least maximum, then least mean).

    Those whom the efficient answer serves are served all along the curve, so means are of the same people.

    Args:
        problem: as for the p-median.
        steps: about how many points to lay between the two ends; every point is proven on its own.
        limits: for each point.

    Raises:
        ProblemError: the problem lacks what the p-median needs.
    """
    faults = question_faults(problem, PMedian())
    if faults:
        raise ProblemError(faults)
    allowed = limits or Limits()
    efficient = answer(problem, PMedian(), allowed.started())
    if efficient.placed is None:
        return ()
    points = [_point(efficient, np.nan, efficient.objective)]
    counted = _only_the_served(efficient)
    fairest = answer(counted, PCenter(), allowed.started())
    if fairest.placed is None or np.isnan(efficient.objective):
        return tuple(points)
    guarantees = np.linspace(points[0].worst_min, fairest.objective, max(steps, 2))[1:]
    for guarantee in [*guarantees[:-1].tolist(), fairest.objective]:
        if guarantee >= points[-1].worst_min:
            continue
        solution = _under(counted, float(guarantee), allowed)
        if solution.placed is None:
            break
        points.append(_point(replace(solution, problem=problem), float(guarantee), efficient.objective))
    return tuple(points)


def _only_the_served(efficient: Solution) -> PlacementProblem:
    """The problem in which nobody else has weight.

    The efficient answer serves the most weight that can be served, so any answer that serves all of these
    serves nobody with weight besides: its mean is the same in both problems.
    """
    problem, placed = efficient.problem, efficient.placed
    assert placed is not None
    weights = np.where(placed.assignment >= 0, problem.weights, 0.0)
    return problem.replace(weights=weights, demands=problem.demands)


def _under(counted: PlacementProblem, guarantee: float, limits: Limits) -> Solution:
    """Least mean when nobody with weight is beyond the guarantee."""
    names = tuple(counted.demand_ids[row] for row in np.flatnonzero(counted.weights > 0).tolist())
    promised = counted.with_conditions(Within(guarantee, demand=names))
    return answer(promised, PMedian(), limits.started(), explain=False)


def _point(solution: Solution, guarantee: float, efficient_mean: float) -> FairnessPoint:
    problem, placed = solution.problem, solution.placed
    assert placed is not None
    counted = (placed.assignment >= 0) & (problem.weights > 0)
    minutes, weights = placed.minutes(problem)[counted], problem.weights[counted]
    return FairnessPoint(
        solution=solution,
        guarantee_min=guarantee,
        worst_min=float(minutes.max(initial=0.0)),
        tail_min=tail_mean(minutes, weights, _WORST_TENTH),
        gini=gini(minutes, weights),
        price=(solution.objective - efficient_mean) / efficient_mean if efficient_mean > 0 else 0.0,
    )
