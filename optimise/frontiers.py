"""Answers a board can use: what each site is worth, further sites, near-optimal alternatives.

Everything is recomputed from sites and costs (``model.place`` and ``model.objective``), and what is called
optimal carries its own proof.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace

from optimise.brief import OneLine
from optimise.conditions import DifferentFrom
from optimise.errors import Fault, ProblemError
from optimise.models import make_model
from optimise.models.base import Model
from optimise.problem import PlacementProblem
from optimise.running import Limits
from optimise.sentences import Sentence
from optimise.solution import Solution
from optimise.solving import answer, question_faults
from optimise.status import Sense, Status


@dataclass(frozen=True, slots=True, repr=False)
class SiteValue(OneLine):
    """What one open site is worth while the others stay.

    Attributes:
        site_id: the site.
        is_new: True when it does not exist today.
        objective_without: the objective when it alone is closed; NaN when then nobody is served.
        loss: how much worse that is in the model's unit. Read it only where ``weight_lost`` is 0: with fewer
            people served the mean may fall, and it is below 0 where sites themselves are counted as costs.
        weight_lost: weight that no open site serves any more.
    """

    site_id: Hashable
    is_new: bool
    objective_without: float
    loss: float
    weight_lost: float


def site_values(solution: Solution) -> tuple[SiteValue, ...]:
    """Leave each open site out in turn, with no replacement; the most valuable comes first.

    Sites that cut people off when they close come before sites that only lengthen ways.
    """
    placed = solution.placed
    if placed is None:
        return ()
    problem, model = solution.problem, solution.model
    served = float(problem.weights @ placed.served())
    values = []
    for site in solution.chosen.tolist():
        fewer = placed.sites.copy()
        fewer[site] = False
        others = model.place(problem, fewer)
        without = model.objective(problem, others) if fewer.any() else math.nan
        loss = worsening(model, solution.objective, without)
        lost = max(0.0, served - float(problem.weights @ others.served()))
        values.append(SiteValue(problem.site_ids[site], not problem.existing[site], without, loss, lost))
    return tuple(sorted(values, key=lambda value: (-value.weight_lost, -_known(value.loss))))


def worsening(model: Model, before: float, after: float) -> float:
    """How much worse ``after`` is than ``before`` in the model's sense; below 0 when it is better."""
    return after - before if model.sense is Sense.MINIMISE else before - after


def _known(value: float) -> float:
    return value if math.isfinite(value) else math.inf


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class FrontierPoint(OneLine):
    """The best answer for one number of sites.

    Attributes:
        count: ``p`` or ``p_new``, whichever the problem uses.
        solution: the answer with its proof.
        gain: how much better than one point before, in the model's unit; NaN for the first. Where more people
            are reached than before, the mean may rise although nobody is worse off: see ``weight_gained``.
        weight_gained: weight served now and not at the point before.
    """

    count: int
    solution: Solution
    gain: float
    weight_gained: float


def frontier(
    problem: PlacementProblem, model: str | Model, counts: Iterable[int], limits: Limits | None = None
) -> tuple[FrontierPoint, ...]:
    """Answers for several numbers of sites, ascending, with what each further site gains.

    ``limits`` hold for each number. Numbers without any feasible placement are left out.

    Raises:
        ProblemError: the problem has neither ``p`` nor ``p_new``, or lacks what the model needs.
    """
    question = make_model(model, {})
    faults = question_faults(problem, question)
    if problem.p is None and problem.p_new is None:
        faults.append(Fault("the frontier varies p or p_new; give one of them", "p"))
    if faults:
        raise ProblemError(faults)
    field = "p" if problem.p is not None else "p_new"
    points: list[FrontierPoint] = []
    for count in sorted(set(counts)):
        posed = problem.replace(**{field: count})
        solution = answer(posed, question, (limits or Limits()).started(), explain=False)
        if solution.placed is None:
            continue
        before = points[-1].solution if points else None
        gain = math.nan if before is None else -worsening(question, before.objective, solution.objective)
        weight = 0.0 if before is None else _served(solution) - _served(before)
        points.append(FrontierPoint(count, solution, gain, weight))
    return tuple(points)


def _served(solution: Solution) -> float:
    assert solution.placed is not None
    return float(solution.problem.weights @ solution.placed.served())


def alternatives(
    solution: Solution,
    *,
    count: int = 5,
    within: float = 0.02,
    differ: int = 1,
    limits: Limits | None = None,
) -> tuple[Solution, ...]:
    """The next best placements, each different in at least ``differ`` sites from all before it.

    Found one after the other with no-good cuts (:class:`~optimise.conditions.DifferentFrom`): where its
    status is OPTIMAL, an alternative is proven to be the best of what was left, and its bound speaks of that.
    Ends early when nothing within the tolerance is left, or nothing more is found in time.

    Args:
        solution: the best placement, which is not repeated.
        count: how many to look for.
        within: largest relative loss against ``solution``.
        differ: how many of the open sites must be closed in the alternative.
        limits: for each alternative.

    Raises:
        ProblemError: a number is out of its range.
    """
    _check_wanted(count, within, differ)
    problem, model = solution.problem, solution.model
    found: list[Solution] = []
    cuts = [DifferentFrom(solution.chosen_ids, differ)]
    while len(found) < count and solution.placed is not None:
        posed = problem.with_conditions(*cuts)
        outcome = answer(posed, model, (limits or Limits()).started(), explain=False)
        if outcome.placed is None or not _near(solution, outcome, within):
            break
        found.append(replace(outcome, problem=problem))
        if outcome.status is Status.INTERRUPTED:
            break
        cuts.append(DifferentFrom(outcome.chosen_ids, differ))
    return tuple(found)


def _check_wanted(count: int, within: float, differ: int) -> None:
    ranges = (("count", count, count >= 0), ("within", within, within >= 0), ("differ", differ, differ >= 1))
    least = {"count": "0", "within": "0", "differ": "1"}
    faults = [
        Fault(Sentence("opt.fault.least", "must be {least} or more", least=least[name]), name, value=str(x))
        for name, x, good in ranges
        if not good
    ]
    if faults:
        raise ProblemError(faults)


def _near(best: Solution, other: Solution, within: float) -> bool:
    """True when the other serves as much weight and loses at most ``within`` of the objective."""
    if best.model.serves_first and _served(other) < _served(best) * (1 - 1e-9):
        return False
    allowed = within * abs(best.objective) + 1e-9
    return worsening(best.model, best.objective, other.objective) <= allowed or math.isnan(best.objective)
