"""Placements whose busy shares are those of the workload that they make: place, count, place again.

A covering model with busy crews (``mexclp``, ``malp``) takes a busy fraction around every demand point. With
``busy = "workload"`` it is the geometric mean, over the stations in reach, of the chance that a station has
nobody at home, by the approximate hypercube over today's crews and the new ones: ``1 - q^n`` is then the
chance that one of just these ``n`` stations has somebody. The new sites change the shares, and these the
sites. A round follows from the sites of the round before and from nothing else, so that sites that come again
end it: those of the round before are a fixed point, earlier ones a cycle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import pandas as pd

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError
from geoaccess.questions.placement.minutes import class_thresholds
from geoaccess.questions.placement.posts import AT
from geoaccess.questions.placement.problem import Posed
from geoaccess.study import Study
from geoaccess.study.placement_sections import Placement
from geoaccess.words.note import Note
from geoaccess.workload.plans import Plan, plan_of
from geoaccess.workload.posts import patterns_of
from geoaccess.workload.steady import Steady, steady_workload
from networks.errors import Fault
from optimise import Solution, Status
from optimise.crews.system import ON_STATION, WEEK_H

#: What a study or a planner says for the busy shares of the workload.
WORKLOAD = "workload"
#: Models that take a busy fraction.
MODELS = frozenset({"mexclp", "malp"})
#: Hours that a round solves as one: rounds compare sites, they do not tell levels.
EVERY_H = 3
#: Rounds after which it is given up.
MOST_ROUNDS = 20
#: Busy fractions that a model takes lie below 1.
_MOST_BUSY = 0.99
_NEW = "new:"


class Ended(StrEnum):
    """How the rounds ended."""

    FIXED = "fixed"
    CYCLE = "cycle"
    STOPPED = "stopped"
    UNPROVEN = "unproven"


@dataclass(frozen=True, eq=False)
class BusyRounds:
    """The rounds.

    Attributes:
        rows: one row a round: ``round, sites`` (names), ``model_share`` (expected share of the people, by the
            model with the shares of the round before), ``workload_share`` (of the first class of calls in
            time, by the workload with these sites), ``mean_busy`` (of all crews on the road), ``status``.
        ended: how they ended.
        length: rounds of the cycle; 1 of a fixed point, 0 of none.
        told: number of the round whose sites are the answer.
    """

    rows: pd.DataFrame
    ended: Ended
    length: int
    told: int

    def notes(self) -> tuple[Note, ...]:
        """What a reader must know of the end, and of what was left out."""
        fields = {"rounds": len(self.rows), "length": self.length, "told": self.told}
        return Note(f"note.busy.{self.ended.value}", **fields), Note("note.busy.shares")


def asks_workload(question: Placement) -> bool:
    """Whether the busy shares of a question are those of the workload."""
    return question.options.get("busy") == WORKLOAD


def place_by_workload(
    study: Study,
    question: Placement,
    posing: Callable[[Placement], Posed],
    solving: Callable[[Posed], Solution],
) -> tuple[Posed, Solution, BusyRounds]:
    """Place and count until the sites come again.

    Args:
        study: the study, in its state.
        question: the question, with ``busy = "workload"``.
        posing: from a question with busy shares, one for each demand point, to its problem.
        solving: from a problem to its solution.

    Raises:
        DataError: another model; candidates that are no demand points; today's sites that may go.
        SolverError: the workload does not come to rest, or has a crew that is always out.
    """
    _check(question)
    plan = plan_of(study, kilometres=False)
    found: list[tuple[Posed, Solution]] = []
    rows: list[dict[str, object]] = []
    shares: list[float] = []
    seen: dict[tuple[str, ...], int] = {}
    sites: tuple[str, ...] = ()
    steady, ended, length = steady_workload(plan, every_h=EVERY_H), Ended.STOPPED, 0
    minutes = posing(_with_busy(question, 0.5))
    for number in range(1, MOST_ROUNDS + 1):
        posed = posing(_with_busy(question, shares_around(study, minutes, sites, steady)))
        solution = solving(posed)
        sites = tuple(sorted(_chosen(posed, solution)))
        steady = steady_workload(with_sites(plan, sites), every_h=EVERY_H)
        found.append((replace(posed, question=question), solution))
        shares.append(float(steady.rate @ np.nan_to_num(steady.share_in_time) / steady.rate.sum()))
        rows.append(_row(number, posed, solution, sites) | {"workload_share": shares[-1]})
        rows[-1] |= {"mean_busy": float(steady.busy.mean()), "status": solution.status.value}
        if sites in seen:
            length = number - seen[sites]
            ended = Ended.FIXED if length == 1 else Ended.CYCLE
            break
        seen[sites] = number
    if any(one.status is not Status.OPTIMAL for _, one in found):
        ended = Ended.UNPROVEN
    last = range(len(rows) - max(length, 1), len(rows))
    told = max(last, key=lambda row: shares[row])
    return *found[told], BusyRounds(pd.DataFrame(rows), ended, length, told + 1)


def with_sites(plan: Plan, sites: Iterable[str]) -> Plan:
    """A plan with the crews of new sites: ``new:PLACE``, ``new:PLACE@PATTERN`` or ``BASE@PATTERN``."""
    ways, roster = plan.ways, plan.roster
    points = {place: row for row, place in enumerate(ways.places["place_id"].iloc[: ways.demand])}
    weeks = {one.name: one.duty for one in patterns_of(plan.study)} if any(AT in one for one in sites) else {}
    for site in sites:
        base, _, pattern = site.rpartition(AT) if AT in site else (site, "", "")
        week = weeks[pattern] if pattern else np.full(WEEK_H, ON_STATION)
        if base.startswith(_NEW):
            ways = ways.with_base(base, points[base.removeprefix(_NEW)])
            roster = roster.with_week(base, week)
        else:
            roster = roster.with_first_week(base, week)
    return replace(plan, ways=ways, roster=roster)


def shares_around(study: Study, posed: Posed, sites: tuple[str, ...], steady: Steady) -> FloatArray:
    """(n_demand,) geometric mean of the chance that a station in reach has nobody at home.

    Boats and aircraft, and places that no station reaches in time, have that of all stations together.

    Args:
        study: the study.
        posed: the question, for its sites and minutes.
        sites: ids of the new sites.
        steady: the workload with them.
    """
    empty = nobody_home(steady)
    mean = _geometric(np.array(list(empty.values())))
    bases = [name.rpartition(AT)[0] if AT in name else name for name in posed.places["site_id"].astype(str)]
    open_now = posed.today | posed.places["site_id"].isin(sites).to_numpy(bool)
    share = np.array([empty.get(base, mean) for base in bases])
    near = open_now & (posed.minutes <= class_thresholds(study, posed.question)[:, None])
    count = near.sum(axis=1)
    logs = near @ np.log(np.maximum(share, 1e-9))
    found = np.where(count > 0, np.exp(logs / np.maximum(count, 1)), mean)
    return np.asarray(np.minimum(found, _MOST_BUSY))


def nobody_home(steady: Steady) -> dict[str, float]:
    """Base -> share of the day in which all of its crews on duty are out, or nobody is on duty."""
    found = {}
    for base, rows in steady.crews.groupby("base_id", sort=False).indices.items():
        hours = steady.by_hour[rows]
        found[str(base)] = float(np.where(np.isnan(hours), 1.0, hours).prod(axis=0).mean())
    return found


def _geometric(values: FloatArray) -> float:
    return float(np.exp(np.log(np.maximum(values, 1e-9)).mean())) if len(values) else 0.0


def _with_busy(question: Placement, busy: object) -> Placement:
    return question.model_copy(update={"options": {**question.options, "busy": busy}})


def _chosen(posed: Posed, solution: Solution) -> list[str]:
    rows = posed.places.iloc[solution.chosen]
    return rows.loc[rows["part"] == "candidate", "site_id"].astype(str).tolist()


def _row(number: int, posed: Posed, solution: Solution, sites: tuple[str, ...]) -> dict[str, object]:
    names = dict(zip(posed.places["site_id"].astype(str), posed.places["name"].astype(str), strict=True))
    return {
        "round": number,
        "sites": ", ".join(names[site] for site in sites),
        "model_share": solution.objective / float(posed.problem.weights.sum()),
    }


def _check(question: Placement) -> None:
    wrong = {
        "objective": (question.objective not in MODELS, question.objective),
        "candidates": (question.candidates != "demand", question.candidates),
        "existing": (question.existing != "stay", question.existing),
        "craft": (bool(question.craft), "craft"),
        "demand_by": (question.demand_by != "point", question.demand_by),
        "response": (question.response is None, ""),
    }
    faults = [
        Fault(Note("fault.busy.question"), where="study.toml", column=name, value=value)
        for name, (is_wrong, value) in wrong.items()
        if is_wrong
    ]
    if faults:
        raise DataError(faults)
