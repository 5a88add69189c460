"""Losses around the clock: what each loss does to people at every moment of leaving, not at one time of day.

A ferry that sails once a day costs an hour of waiting at any time in tables of one clock time; what its loss
does is seen over the day alone. Three things are told apart, as they do not add up: hours of the day in which
people have no way any more, the mean of those who have one at every moment, and what nine in ten moments do
not exceed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.answers.study_notes import study_notes
from geoaccess.ground.errors import UnknownNameError
from geoaccess.minutes import as_study
from geoaccess.questions.access.around_the_clock import DRAWS, PATIENCE_MIN
from geoaccess.questions.comparison.over_day import OverDay, day_figures
from geoaccess.questions.losses.answer import hierarchy_notes, job_id, serving_kinds
from geoaccess.questions.losses.elements import Element, elements, lost_together
from geoaccess.study import Study
from geoaccess.study.ferry_timing import Leaving, conditions_of, leaving
from geoaccess.words.note import Note
from networks.arrival import ArrivalProfiles, Basis, arrival_profiles
from networks.overlays import Closure, apply_overlays

FloatArray = NDArray[np.float64]

#: What can be lost; stations drive outward to people and are of one time of day.
DAY_FAMILIES = ("ferries", "passes", "roads", "facilities")
#: Column that each ranking sorts by, the largest first.
DAY_RANKINGS = {
    "no-way": "person_hours_without_way",
    "mean": "person_min_lost_mean",
    "p90": "person_min_lost_p90",
}


@dataclass(frozen=True, eq=False)
class LossesAroundTheClock:
    """The ranking over the day.

    Attributes:
        rows: one row per element (or pair) and kind of service, the worst first: ``rank, family, element_id,
            name, kind, person_hours_without_way, person_min_lost_mean, change_mean_min,
            person_min_lost_p90, persons_lose, persons_no_longer_reached, persons_p90_no_way,
            worst_loss_mean_min, worst_loss_p90_min, persons_lose_assumed, persons_lose_night_unknown``.
        scenario: state of the world; its time of day does not count.
        rank: one of :data:`DAY_RANKINGS`.
        weight: name of the weight.
        period_days: days of leaving, 1 or 7.
        draws: timetables drawn for ferries whose departures are not known.
        patience_min: a way that takes longer is no way.
        notes: what a reader must know.
    """

    rows: pd.DataFrame
    scenario: str
    rank: str
    weight: str
    period_days: int
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
        of: families of :data:`DAY_FAMILIES`; ``facilities`` are those of the kinds looked at.
        kinds: kinds of facility; default: those that the study reports on.
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
        if family not in DAY_FAMILIES:
            raise UnknownNameError("family of losses around the clock", family, DAY_FAMILIES)
    if rank not in DAY_RANKINGS:
        raise UnknownNameError("ranking around the clock", rank, DAY_RANKINGS)
    chosen = tuple(kinds) if kinds else state.report_kinds()
    for kind in chosen:
        if kind not in state.config.kinds:
            raise UnknownNameError("kind of facility", kind, state.config.kinds)
    single = elements(state, of, chosen)
    jobs = [(element,) for element in single] + lost_together(single, pairs)
    persons = state.weight(weight)
    when = leaving(state.network, conditions_of(state.network, state), week_of)
    asked = _Asked(state, when, draws, patience_min)
    rows = []
    for kind in chosen:
        day = _Day(asked, kind)
        before = _state(day.profiles)
        for job in jobs:
            after = day.without(job)
            if after is not None:
                told = {
                    "family": " + ".join(element.family for element in job),
                    "element_id": job_id(job),
                    "name": " + ".join(element.name for element in job),
                    "kind": kind,
                }
                rows.append(told | _lost(before, _state(after), persons))
    frame = pd.DataFrame(rows, columns=["family", "element_id", "name", "kind", *_KEPT])
    order = list(dict.fromkeys([DAY_RANKINGS[rank], *DAY_RANKINGS.values()]))
    frame = frame.sort_values(order, ascending=False, kind="stable").reset_index(drop=True)
    frame.insert(0, "rank", np.arange(1, len(frame) + 1))
    said = Note("note.losses_clock", days=when.days, draws=draws, hours=patience_min / 60.0)
    return LossesAroundTheClock(
        rows=frame,
        scenario=state.scenario,
        rank=rank,
        weight=weight or state.config.demand.default_weight,
        period_days=when.days,
        draws=draws,
        patience_min=patience_min,
        notes=(said, *when.notes, *hierarchy_notes(state, chosen), *study_notes(state, chosen)),
    )


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


def _state(profiles: ArrivalProfiles) -> OverDay:
    found = profiles.figures(percentiles=(0.9,), windows=[(0.0, profiles.period_min)])
    bits = profiles.basis()
    return OverDay(
        found.mean_min[:, 0],
        found.percentile_min[:, 0, 0],
        found.no_way_share[:, 0],
        (bits & Basis.ASSUMED) > 0,
        (bits & Basis.NIGHT_UNKNOWN) > 0,
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


@dataclass(frozen=True)
class _Asked:
    """The state and the moments of leaving."""

    study: Study
    leaving: Leaving
    draws: int
    patience_min: float


class _Day:
    """The nearest of one kind over the day, before and after something is taken out."""

    def __init__(self, asked: _Asked, kind: str) -> None:
        study = asked.study
        self.asked, self.kind = asked, kind
        serving = [study.facilities_of(one).assign(serves=one) for one in serving_kinds(study, kind)]
        self.facilities = pd.concat(serving, ignore_index=True)
        self.profiles = self._over(())

    def without(self, job: tuple[Element, ...]) -> ArrivalProfiles | None:
        """The profiles after a loss; None = it has nothing to do with the kind."""
        gone = [element.element_id for element in job if element.selection is None]
        lost = self.facilities["facility_id"].isin(gone).to_numpy()
        network = self.asked.study.network
        selections = [element.selection for element in job if element.selection is not None]
        if not selections and not (lost & (self.facilities["serves"] == self.kind).to_numpy()).any():
            return None
        edges = np.zeros(network.n_edges, dtype=np.bool_)
        for selection in selections:
            edges |= selection.mask(network)
        at_sea = np.zeros(network.n_edges, dtype=np.bool_)
        at_sea[self.profiles.graph.edges] = True
        if (edges & ~at_sea).any():
            return self._over([e for e in job if e.selection is not None]).without(targets=lost)
        return self.profiles.without(edges=edges, targets=lost)

    def _over(self, closed: Sequence[Element]) -> ArrivalProfiles:
        study, asked = self.asked.study, self.asked
        closures = [
            Closure(f"out: {element.name}", element.selection) for element in closed if element.selection
        ]
        return arrival_profiles(
            apply_overlays(study.network, closures) if closures else study.network,
            study.demand_points,
            study.on_network(self.facilities),
            asked.leaving.conditions,
            nearest=True,
            days=asked.leaving.days,
            patience_min=asked.patience_min,
            draws=asked.draws,
        )
