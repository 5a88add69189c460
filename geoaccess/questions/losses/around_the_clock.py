"""Losses around the clock: what each loss does to people at every moment of leaving, not at one time of day.

A ferry that sails once a day costs an hour of waiting at any time in tables of one clock time; what its loss
does is seen over the day alone. Three things are told apart, as they do not add up: hours of the day in which
people have no way any more, the mean of those who have one at every moment, and what nine in ten moments do
not exceed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from geoaccess.answers.study_notes import study_notes
from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import UnknownNameError
from geoaccess.minutes import as_study
from geoaccess.questions.access.around_the_clock import DRAWS, PATIENCE_MIN
from geoaccess.questions.comparison.answer import SAME_MIN
from geoaccess.questions.comparison.over_day import IF_SAILS, OverDay, changes, day_figures
from geoaccess.questions.losses.answer import hierarchy_notes, job_id, worst_of_each
from geoaccess.questions.losses.elements import FAMILIES, Element, elements, lost_together
from geoaccess.questions.losses.over_day import HOURS, Asked, DayOf, day_of, state_of
from geoaccess.study import Study
from geoaccess.study.ferry_timing import conditions_of, leaving
from geoaccess.words.note import Note
from networks.brief import Brief

#: How many of the worst losses are told by the hour and place by place.
MOST_SHOWN = 8
#: Column that each ranking sorts by, the largest first.
DAY_RANKINGS = {
    "no-way": "person_hours_without_way",
    "mean": "person_min_lost_mean",
    "p90": "person_min_lost_p90",
}


@dataclass(frozen=True, eq=False, repr=False)
class LossesAroundTheClock(Brief):
    """The ranking over the day.

    Attributes:
        rows: one row per element (or pair) and kind of service, the worst first: ``rank, family, element_id,
            name, kind, person_hours_without_way, person_min_lost_mean, change_mean_min,
            person_min_lost_p90, persons_lose, persons_no_longer_reached, persons_p90_no_way,
            worst_loss_mean_min, worst_loss_p90_min, persons_lose_assumed, persons_lose_night_unknown``, and
            the three that are ranked by with ``_if_unknown_nights_sail``.
        hours: 24 rows for each of the worst (``rank``): ``hour, person_min_lost_p50``, minutes added to what
            half of the hour's moments do not exceed, ``persons_without_way_added`` and
            ``persons_no_longer_within`` (the kind's longest threshold), persons x share of the hour.
        places: one row per demand point and each of the worst: ``change_mean_min, change_p90_min,
            hours_without_way_added`` (NaN: one of the two is not known), ``p90_no_way`` (nine times in ten
            there is no way any more), and what the way rests on.
        jobs: element id -> what is lost together.
        scenario: state of the world; its time of day does not count.
        rank: one of :data:`DAY_RANKINGS`.
        weight: name of the weight.
        period_days: days of leaving, 1 or 7.
        week_of: first day of the week of leaving; None = one was not named.
        draws: timetables drawn for ferries whose departures are not known.
        patience_min: a way that takes longer is no way.
        notes: what a reader must know.
    """

    rows: pd.DataFrame
    hours: pd.DataFrame
    places: pd.DataFrame
    jobs: Mapping[str, tuple[Element, ...]]
    scenario: str
    rank: str
    weight: str
    period_days: int
    week_of: date | None
    draws: int
    patience_min: float
    notes: tuple[str, ...]


def losses_around_the_clock(
    study: Study | str | Path,
    *,
    of: Sequence[str] = ("ferries", "passes", "facilities"),
    kinds: Sequence[str] | None = None,
    pairs: Iterable[tuple[str, str]] = (),
    scenario: str | None = None,
    rank: str = "no-way",
    weight: str | None = None,
    week_of: date | None = None,
    draws: int = DRAWS,
    patience_min: float = PATIENCE_MIN,
) -> LossesAroundTheClock:
    """Take out every element of the families named, one by one, and rank what that does over the day.

    Args:
        study: a study, its name or its path.
        of: families of :data:`~geoaccess.questions.losses.elements.FAMILIES`; ``facilities`` are those of the
            kinds looked at, ``stations`` those that come where ``response`` is one of them.
        kinds: kinds of facility, or ``response``; default: the kinds that the study reports on.
        pairs: pairs of element ids to take out together.
        scenario: state of the world.
        rank: one of :data:`DAY_RANKINGS`.
        weight: name of the weight.
        week_of: leave in the week from this date; None = on the day that the scenario says, or on all
            weekdays alike where it says none and ferries differ by them.
        draws: timetables drawn for ferries whose departures are not known.
        patience_min: a way that takes longer is no way.

    Raises:
        UnknownNameError: no such family, kind, ranking, weight or element of a pair.
        NetworkDataError: no draw, or an impossible patience.
    """
    state = as_study(study).in_state(scenario=scenario)
    for family in of:
        if family not in FAMILIES:
            raise UnknownNameError("family of losses around the clock", family, FAMILIES)
    if rank not in DAY_RANKINGS:
        raise UnknownNameError("ranking around the clock", rank, DAY_RANKINGS)
    chosen = tuple(kinds) if kinds else state.report_kinds()
    own = [kind for kind in chosen if kind in state.config.kinds]
    single = elements(state, of, chosen)
    jobs = [(element,) for element in single] + lost_together(single, pairs)
    persons = state.weight(weight)
    when = leaving(state.network, conditions_of(state.network, state), week_of)
    asked = Asked(state, when, draws, patience_min)
    days = {kind: day_of(asked, kind) for kind in chosen}
    rows, changed = [], {}
    for kind, day in days.items():
        before = state_of(day.before)
        sails = _if_nights_sail(asked, kind, before)
        for job in jobs:
            moments = day.without(job)
            if moments is not None:
                after = state_of(moments)
                changed[job_id(job), kind] = before, after
                told = {
                    "family": " + ".join(element.family for element in job),
                    "element_id": job_id(job),
                    "name": " + ".join(element.name for element in job),
                    "kind": kind,
                }
                lost = _lost(before, after, persons)
                other = lost
                if sails is not None:
                    without = sails[0].without(job)
                    assert without is not None
                    other = _lost(sails[1], state_of(without), persons)
                rows.append(told | lost | {f"{name}{IF_SAILS}": other[name] for name in _RANKED})
    frame = pd.DataFrame(rows, columns=[*_NAMES, *_KEPT, *(f"{one}{IF_SAILS}" for one in _RANKED)])
    order = list(dict.fromkeys([DAY_RANKINGS[rank], *DAY_RANKINGS.values()]))
    frame = frame.sort_values(order, ascending=False, kind="stable").reset_index(drop=True)
    frame.insert(0, "rank", np.arange(1, len(frame) + 1))
    named = {job_id(job): job for job in jobs}
    hours, places = [], []
    for row in shown_of(frame, MOST_SHOWN).to_dict(orient="records"):
        element, kind = str(row["element_id"]), str(row["kind"])
        limits = state.kind(kind).thresholds_min if kind in state.config.kinds else ()
        keys = {"rank": row["rank"], "element_id": element, "kind": kind}
        hours.append(_hours(days[kind], named[element], max(limits, default=None), persons).assign(**keys))
        places.append(_places(state, *changed[element, kind]).assign(**keys))
    said = Note("note.losses_clock", days=when.days, draws=draws, hours=patience_min / 60.0)
    return LossesAroundTheClock(
        rows=frame,
        hours=pd.concat(hours, ignore_index=True) if hours else pd.DataFrame(columns=_HOURLY),
        places=pd.concat(places, ignore_index=True) if places else pd.DataFrame(),
        jobs=named,
        scenario=state.scenario,
        rank=rank,
        weight=weight or state.config.demand.default_weight,
        period_days=when.days,
        week_of=week_of,
        draws=draws,
        patience_min=patience_min,
        notes=(said, *when.notes, *hierarchy_notes(state, own), *study_notes(state, chosen)),
    )


_NAMES = ("family", "element_id", "name", "kind")
_KEPT = (
    "person_hours_without_way",
    "person_min_lost_mean",
    "change_mean_min",
    "person_min_lost_p90",
    "persons_lose",
    "persons_no_longer_reached",
    "persons_p90_no_way",
    "worst_loss_mean_min",
    "worst_loss_p90_min",
    "persons_lose_assumed",
    "persons_lose_night_unknown",
)


#: The figures that are also told for ferries that sail through nights that are not known.
_RANKED = tuple(DAY_RANKINGS.values())

_HOURLY = (
    "rank",
    "element_id",
    "kind",
    "hour",
    "person_min_lost_p50",
    "persons_without_way_added",
    "persons_no_longer_within",
)


def _places(study: Study, before: OverDay, after: OverDay) -> pd.DataFrame:
    """What a loss does to every place."""
    change = changes(before, after)
    places = study.demand[["demand_id", "name", "municipality_code", "lon", "lat"]].reset_index(drop=True)
    return places.assign(
        change_mean_min=change["mean"],
        change_p90_min=change["p90"],
        hours_without_way_added=change["hours"],
        p90_no_way=np.isfinite(before.p90_min) & ~np.isfinite(after.p90_min),
        assumed=before.assumed | after.assumed,
        night_unknown=before.night_unknown | after.night_unknown,
    )


def _lost(before: OverDay, after: OverDay, persons: FloatArray) -> dict[str, float]:
    """What a loss does to people over the day; :class:`LossesAroundTheClock` tells the figures."""
    found = day_figures(before, after, persons)
    return {
        "person_hours_without_way": found["person_hours_without_way_added"],
        "persons_lose_assumed": found["persons_changed_assumed"],
        "persons_lose_night_unknown": found["persons_changed_night_unknown"],
        **{name: found[name] for name in _KEPT if name in found},
    }


def _if_nights_sail(asked: Asked, kind: str, before: OverDay) -> tuple[DayOf, OverDay] | None:
    """The day, and everybody on it, if ferries whose night is not known sail all night; None: the same."""
    conditions = asked.leaving.conditions
    if not before.night_unknown.any() or conditions.unknown_night == "sails":
        return None
    sailing = asked.leaving._replace(conditions=replace(conditions, unknown_night="sails"))
    day = day_of(replace(asked, leaving=sailing), kind)
    return day, state_of(day.before)


def _hours(
    day: DayOf, job: tuple[Element, ...], limit_min: float | None, persons: FloatArray
) -> pd.DataFrame:
    """24 rows: what people lose who leave in each hour of the day."""
    after = day.without(job)
    assert after is not None
    limits = [] if limit_min is None else [limit_min]
    a, b = (one.figures(percentiles=(0.5,), limits_min=limits, windows=HOURS) for one in (day.before, after))
    had, has = a.percentile_min[:, :, 0], b.percentile_min[:, :, 0]
    both = np.isfinite(had) & np.isfinite(has)
    longer = np.where(both, np.where(both, has, 0.0) - np.where(both, had, 0.0), 0.0)
    longer[np.abs(longer) < SAME_MIN] = 0.0
    within = [one.within_share[:, :, 0] if limits else np.zeros(had.shape) for one in (a, b)]
    return pd.DataFrame(
        {
            "hour": np.arange(24),
            "person_min_lost_p50": persons @ np.maximum(longer, 0.0),
            "persons_without_way_added": persons @ np.maximum(b.no_way_share - a.no_way_share, 0.0),
            "persons_no_longer_within": persons @ (within[0] - within[1]) if limits else np.nan,
        }
    )


def shown_of(frame: pd.DataFrame, most: int) -> pd.DataFrame:
    """The rows that are told hour by hour and place by place: the worst that hurt anybody."""
    return worst_of_each(frame[frame["persons_lose"] > 0], most)
