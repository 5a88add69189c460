"""The objective held against the people: the same figure, summed from the minutes of everybody."""

from __future__ import annotations

import numpy as np

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import GeoaccessError
from geoaccess.questions.placement.problem import Posed
from geoaccess.words.note import Note
from optimise import Solution
from optimise.status import relative_gap

#: Relative difference that rounding may make in sums over all people.
TOLERANCE = 1e-6
_MEANS = frozenset({"p-median", "relocation", "capacitated-p-median"})


class ReconciliationError(GeoaccessError):
    """The solver's objective is not what the minutes of the people come to: a fault of this program."""


def reconcile(posed: Posed, solution: Solution, after: FloatArray, persons: FloatArray) -> None:
    """Hold the objective against the minutes that the answer tells of everybody.

    Means, the farthest served, the people covered, and prices are summed here from people and sites alone;
    other models have objectives that no figure of the answer repeats.

    Args:
        posed: the question as it was solved.
        solution: its solution.
        after: (n_demand,) minutes of everybody with the sites of the solution; NaN where none serves.
        persons: (n_demand,) weight of the question.

    Raises:
        ReconciliationError: they differ by more than rounding.
    """
    told = _told(posed, solution, after, persons)
    if told is not None and relative_gap(told, solution.objective) > TOLERANCE:
        raise ReconciliationError(
            Note(
                "fault.place.reconciling",
                objective=solution.objective,
                model=posed.question.objective,
                told=told,
            )
        )


def _told(posed: Posed, solution: Solution, after: FloatArray, persons: FloatArray) -> float | None:
    """The objective from people's minutes; None where the answer has no such figure."""
    question, counted = posed.question, persons > 0
    minutes, weights = _row_minutes(posed, after, persons), posed.problem.weights
    if question.unreached_min is not None and question.objective in _MEANS:
        minutes = np.where(
            np.isnan(minutes), question.unreached_min, np.minimum(minutes, question.unreached_min)
        )
    served = np.isfinite(minutes) & (weights > 0)
    if not served.any():
        return None
    if question.objective in _MEANS:
        return float(weights[served] @ minutes[served] / weights[served].sum())
    if question.objective == "p-center":
        return float(minutes[served].max())
    if question.objective == "mclp" and question.demand_by == "point" and not posed.options.get("backup"):
        within = counted & (after <= np.asarray(posed.options["radius"], dtype=np.float64))
        return float(persons[within].sum())
    return None


def _row_minutes(posed: Posed, after: FloatArray, persons: FloatArray) -> FloatArray:
    """(n_rows,) mean minutes of the people of each row of the problem; NaN where some are not served."""
    n_rows = posed.problem.n_demand
    weights = np.bincount(posed.row_of, weights=persons, minlength=n_rows)
    summed = np.bincount(posed.row_of, weights=np.where(persons > 0, persons * after, 0.0), minlength=n_rows)
    means: FloatArray = np.divide(summed, weights, out=np.full(n_rows, np.nan), where=weights > 0)
    return means
