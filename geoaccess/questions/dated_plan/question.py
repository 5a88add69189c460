"""From a placement of a study to a plan over years as `optimise` understands it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError, did_you_mean
from geoaccess.questions.placement.problem import Posed
from geoaccess.study import Study
from geoaccess.study.placement_sections import Placement
from geoaccess.study.plan_sections import Plan
from geoaccess.words.note import Note
from networks.errors import Fault
from optimise import ClosesAfter, Period, PlacementProblem, Role, SiteCount

#: Models whose minutes a plan can sum over dates.
_MEANS = ("p-median", "relocation")


@dataclass(frozen=True, eq=False)
class DatedQuestion:
    """What :func:`optimise.solve_plan` is asked.

    Attributes:
        problem: sites, roles and conditions; its number of sites holds from the last date on.
        periods: the dates.
        wishes: the other arguments.
    """

    problem: PlacementProblem
    periods: tuple[Period, ...]
    wishes: Mapping[str, Any]


def dates_of(plan: Plan, years: Sequence[int], own: int) -> tuple[int, ...]:
    """The dates, ascending: those asked for, else those of the study.

    Raises:
        DataError: none are said, one is said twice, or one lies before the study's own year.
    """
    dates = tuple(years or plan.years)
    if not dates:
        raise DataError(Note("fault.plan.no_years"))
    if len(set(dates)) < len(dates):
        raise DataError(Note("fault.plan.twice"))
    if min(dates) < own:
        raise DataError(Note("fault.plan.before", first=str(min(dates)), own=str(own)))
    return tuple(sorted(dates))


def years_counted(dates: Sequence[int], discount: float) -> list[float]:
    """How much the time from each date to the next counts: its years, each less by the discount.

    The time after the last date is as long as the one before it; a single date counts one year.

    >>> years_counted([2026, 2031], 0.0), [round(x, 3) for x in years_counted([2026, 2028], 0.1)]
    ([5.0, 5.0], [1.9, 1.539])
    """
    gaps = [later - earlier for earlier, later in pairwise(dates)] or [1]
    gaps = [*gaps, gaps[-1]] if len(dates) > 1 else gaps
    first = dates[0]
    return [
        float(sum((1.0 - discount) ** (date + ahead - first) for ahead in range(gap)))
        for date, gap in zip(dates, gaps, strict=True)
    ]


def check_question(question: Placement) -> None:
    """A plan sums minutes of demand points over years.

    Raises:
        DataError: the placement asks for something else.
    """
    if question.objective not in _MEANS:
        raise DataError(Note("fault.plan.model", objective=question.objective))
    if question.units is not None or question.demand_by != "point":
        raise DataError(Note("fault.plan.whole"))


def dated_question(
    study: Study, posed: Posed, plan: Plan, dates: Sequence[int], people: Sequence[FloatArray]
) -> DatedQuestion:
    """The plan of a posed placement.

    Args:
        study: the study.
        posed: the placement, as it is today.
        plan: what the plan must keep.
        dates: years, ascending.
        people: (n_demand,) weights at each date.

    Raises:
        DataError: listing every name that the plan gets wrong.
    """
    places, problem = posed.places, posed.problem
    faults = _faults(study, posed, plan)
    if faults:
        raise DataError(faults)
    today = (places["part"] != "candidate").to_numpy()
    names = dict(zip(places["site_id"], places["name"].astype(str), strict=True))
    last, always = _split(problem)
    whole = int(today.sum())
    count = problem.n_open if plan.net_sites is None else whole + plan.net_sites
    changes: dict[str, Any] = {
        "opens_at_most": plan.opens_at_most,
        "closes_at_most": plan.closes_at_most,
        "changes_at_most": plan.changes_at_most,
        "budget": plan.budget,
    }
    shares = years_counted(dates, plan.discount)
    periods = tuple(
        Period(
            str(date),
            share,
            weights=weights,
            conditions=last if date == dates[-1] else (),
            **changes,
        )
        for date, share, weights in zip(dates, shares, people, strict=True)
    )
    rules = tuple(
        ClosesAfter(site, after, Note("wish.plan.order", site=names[site], after=names[after]))
        for site, after in plan.close_after.items()
    )
    costs = places["cost"].to_numpy(dtype=np.float64)
    return DatedQuestion(
        problem=problem.replace(
            roles=_roles(posed, plan),
            p=count,
            p_new=None,
            max_moves=None if plan.net_sites is not None else problem.max_moves,
            fixed_costs=None,
            budget=None,
            groups=_groups(study, places, plan),
            conditions=always,
        ),
        periods=periods,
        wishes={
            "today": places.loc[today, "site_id"].tolist(),
            "precedence": rules,
            "changes_a_group": plan.changes_in_each if plan.changes_by else None,
            "opening_costs": costs,
            "closing_costs": np.full(len(places), plan.closing_cost),
        },
    )


def _split(problem: PlacementProblem) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Conditions of the last date, and those of every date: what must be opened need not be at once."""
    last = tuple(
        condition
        for condition in problem.conditions
        if isinstance(condition, SiteCount) and condition.at_least is not None
    )
    return last, tuple(condition for condition in problem.conditions if condition not in last)


def _roles(posed: Posed, plan: Plan) -> list[Role]:
    """Today's sites that may close are free, the others stay."""
    free = plan.net_sites is not None and posed.question.existing != "stay"
    roles = []
    for site, role, part in zip(
        posed.places["site_id"], posed.problem.roles, posed.places["part"], strict=True
    ):
        kept = part == "today" and bool(plan.closable) and site not in plan.closable
        if kept:
            roles.append(Role.REQUIRED)
        else:
            roles.append(Role.CANDIDATE if free and part == "today" else role)
    return roles


def _groups(study: Study, places: pd.DataFrame, plan: Plan) -> list[str]:
    codes = places["municipality_code"].astype(str)
    if plan.changes_by in {"", "municipality"}:
        return codes.tolist()
    labels = study.municipalities.set_index("municipality_code")[plan.changes_by].astype(str)
    return [str(label) for label in labels.reindex(codes)]


def _faults(study: Study, posed: Posed, plan: Plan) -> list[Fault]:
    """Names of sites and groups that there are not."""
    where = "study.toml"
    places = posed.places
    known = places["site_id"].astype(str).tolist()
    today = places.loc[places["part"] == "today", "site_id"].astype(str).tolist()
    faults = [
        Fault(Note("fault.plan.no_today", hint=did_you_mean(name, today)), where=where, value=name)
        for name in plan.closable
        if name not in today
    ]
    faults += [
        Fault(Note("fault.plan.no_site", hint=did_you_mean(name, known)), where=where, value=name)
        for name in dict.fromkeys([*plan.close_after, *plan.close_after.values()])
        if name not in known
    ]
    groups = ["municipality", *study.config.municipalities.groups]
    if plan.changes_by and plan.changes_by not in groups:
        hint = did_you_mean(plan.changes_by, groups)
        faults.append(Fault(Note("fault.plan.no_group", hint=hint), where=where, value=plan.changes_by))
    if posed.question.existing == "stay" and (plan.closable or plan.close_after):
        faults.append(Fault(Note("fault.plan.stay"), where=where, value="existing"))
    if plan.net_sites is not None and (places["part"] != "candidate").sum() + plan.net_sites < 0:
        faults.append(Fault(Note("fault.plan.fewer_than_none"), where=where, value=str(plan.net_sites)))
    return faults
