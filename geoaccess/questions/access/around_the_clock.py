"""Access around the clock: what people can count on at every moment of leaving, and how sure that is.

A table for one time of day shows a ferry that sails once a day as an hour of waiting at any hour. Here every
settlement has the whole function of its time of leaving (:mod:`networks.arrival`), and figures over a day or
a week of it: best, median, 90th percentile, worst, the share of the day within a threshold, when to leave at
the latest. The earliest arrival at *any* facility is taken at each moment first, and percentiles are taken
last: percentiles of legs or of facilities are never added or compared.

What the ferries' times rest on is told beside every figure
(:data:`~geoaccess.answers.day_tables.BASES`); where nights are not known, the
90th percentile is given for both: closed, and sails.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.answers.day_tables import BASES, NIGHT, persons_by_basis
from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import ExitCode, GeoaccessError, UnknownNameError
from geoaccess.minutes import as_study, travel_times
from geoaccess.study import Study
from geoaccess.study.ferry_timing import Leaving, conditions_of, leaving
from geoaccess.study.names import kind_words, scenario_name
from geoaccess.study.services import asked_service
from geoaccess.study.state import BASE
from geoaccess.words.note import Note
from networks import FerryConditions
from networks.arrival import Basis, Figures, NearestProfiles, nearest_profiles
from networks.arrival.pieces import NEVER
from networks.brief import Brief
from networks.by_clock import clock_text
from networks.ferry_service import MINUTES_PER_DAY

#: Timetables drawn for ferries whose departures are not known.
DRAWS = 20
#: A way that takes longer is no way, minutes.
PATIENCE_MIN = 2 * MINUTES_PER_DAY
#: The night, minutes after midnight: from 22:00 to 06:00.
_NIGHT = ((1320.0, 1800.0),)
_PERCENTILES = (0.5, 0.9)


class NotAroundTheClockError(GeoaccessError, ValueError):
    """A service that crews give at the patient: it is told at one time of day only."""

    exit_code = ExitCode.USAGE

    def __init__(self, kinds: Sequence[str]) -> None:
        super().__init__(Note("error.not_around_the_clock", kinds=tuple(kinds)))


@dataclass(frozen=True, eq=False, repr=False)
class AroundTheClock(Brief):
    """What people can count on around the clock.

    Attributes:
        points: one row per demand point, kind and scenario: ``demand_id, name, municipality_code, kind,
            scenario``, the weight, ``travel_time_min`` (of the tables, one time of day) and the figures of
            leaving at any moment, minutes; NaN = no way within the patience for too many moments.
            ``p50_low_min, p50_high_min`` are the least and greatest median of any drawn timetable.
        hours: one row per demand point, kind, scenario and hour of the day: ``p50_min, p90_min``, and
            ``within_share``, the share of the hour's moments within the kind's longest threshold.
        region: one row per kind, scenario and threshold: people within it at one clock time, over the day
            (people x share of the day), at the 90th percentile, and at the worst hour.
        bases: one row per kind, scenario and basis: how many people's answer rests on it,
            each person once, where least is known: assumed before ``night not known`` before a frequency.
        weight: the weight of the people.
        period_days: days of leaving, 1 or 7.
        week_of: first day of the week of leaving; None = one was not named.
        draws: timetables drawn.
        patience_min: a way that takes longer is no way.
        notes: what a reader must know.
    """

    points: pd.DataFrame
    hours: pd.DataFrame
    region: pd.DataFrame
    bases: pd.DataFrame
    weight: str
    period_days: int
    week_of: date | None
    draws: int
    patience_min: float
    notes: tuple[str, ...]


def around_the_clock(
    study: Study | str | Path,
    *,
    kinds: Sequence[str] | None = None,
    scenarios: Sequence[str] = (BASE,),
    weight: str | None = None,
    week_of: date | None = None,
    draws: int = DRAWS,
    patience_min: float = PATIENCE_MIN,
) -> AroundTheClock:
    """What people can count on at every moment of leaving, to the nearest facility of each kind.

    Args:
        study: a study, its name or its path.
        kinds: kinds of facility; default: those that the study reports on.
        scenarios: names of scenarios; their time of day does not count.
        weight: which weight the people are of; default: the study's own.
        week_of: leave in the week from this date, each day with its weekday and season; None = on the day
            that the scenario says, or on all weekdays alike where it says none and ferries differ by them.
        draws: timetables drawn for ferries whose departures are not known.
        patience_min: a way that takes longer is no way.

    Raises:
        UnknownNameError: no such kind, scenario or weight.
        NotAroundTheClockError: a service that crews give, such as ``response``.
        NetworkDataError: no draw, or an impossible patience.
    """
    loaded = as_study(study)
    chosen = tuple(kinds) if kinds else loaded.report_kinds()
    crews = [kind for kind in chosen if kind not in loaded.config.kinds and asked_service(kind)]
    if crews:
        raise NotAroundTheClockError(crews)
    name = weight or loaded.config.demand.default_weight
    points, hours, region, bases = [], [], [], []
    days, notes = 1, list[Note]()
    for scenario in scenarios:
        state = loaded.in_state(scenario=scenario)
        persons = state.weight(weight)
        for kind in chosen:
            asked = _Asked(state, kind, scenario, persons, name, week_of, draws, patience_min)
            points.append(asked.points())
            hours.append(asked.hours())
            region.append(asked.region())
            bases.append(asked.bases())
            days = max(days, asked.leaving.days)
            notes += asked.leaving.notes
    told = pd.concat(bases, ignore_index=True)
    return AroundTheClock(
        points=pd.concat(points, ignore_index=True),
        hours=pd.concat(hours, ignore_index=True),
        region=pd.concat(region, ignore_index=True),
        bases=told,
        weight=name,
        period_days=days,
        week_of=week_of,
        draws=draws,
        patience_min=patience_min,
        notes=(*loaded.notes, *dict.fromkeys(notes), *_basis_sentences(loaded, told)),
    )


@dataclass(frozen=True, eq=False)
class _Asked:
    """One kind of facility in one state."""

    study: Study
    kind: str
    scenario: str
    persons: FloatArray
    weight: str
    week_of: date | None
    draws: int
    patience_min: float

    @cached_property
    def thresholds(self) -> tuple[float, ...]:
        """Thresholds of the kind, minutes."""
        return self.study.kind(self.kind).thresholds_min

    @cached_property
    def leaving(self) -> Leaving:
        """How ferries are timed, and the days of leaving."""
        network = self.study.network
        return leaving(network, conditions_of(network, self.study), self.week_of)

    @cached_property
    def profiles(self) -> NearestProfiles:
        """Functions with unknown nights as the study has them."""
        return self._profiles(self.leaving.conditions)

    @cached_property
    def figures(self) -> Figures:
        """Figures of the whole period, then of the 24 hours."""
        return self.profiles.figures(percentiles=_PERCENTILES, limits_min=self.thresholds)

    @cached_property
    def tables_min(self) -> FloatArray:
        """(n,) minutes of the tables, with one time of day for the whole journey."""
        times = travel_times(self.study, to=self.kind).to_numpy(dtype=np.float64)
        best = np.where(np.isnan(times), np.inf, times).min(axis=1, initial=np.inf)
        return np.where(np.isfinite(best), best, np.nan)

    @cached_property
    def bits(self) -> NDArray[np.int64]:
        """(n,) what each point's answer rests on."""
        return self.profiles.basis()

    @cached_property
    def words(self) -> NDArray[np.object_]:
        """(n,) the word of :data:`~geoaccess.answers.day_tables.BASES` for each point."""
        bits, which = np.unique(self.bits, return_inverse=True)
        found = np.array([Basis(one).word for one in bits.tolist()], dtype=object)[which]
        return np.where(np.isinf(self.figures.best_min[:, 0]), "no way", found)

    def _profiles(self, conditions: FerryConditions) -> NearestProfiles:
        facilities = self.study.on_network(self.study.facilities_of(self.kind))
        return nearest_profiles(
            self.study.network,
            self.study.demand_points,
            facilities,
            conditions,
            days=self.leaving.days,
            patience_min=self.patience_min,
            draws=self.draws,
        )

    def points(self) -> pd.DataFrame:
        """One row per demand point."""
        found = self.figures
        frame = self._frame()
        frame["travel_time_min"] = self.tables_min
        frame["best_min"] = known(found.best_min[:, 0])
        frame["p50_min"], frame["p90_min"] = known(found.percentile_min[:, 0]).T
        frame["p50_low_min"], frame["p50_high_min"] = self._medians_of_draws()
        frame["worst_min"] = known(found.worst_min[:, 0])
        frame["mean_min"] = found.mean_min[:, 0]
        frame["wait_mean_min"] = found.wait_mean_min[:, 0]
        frame["no_way_share"] = found.no_way_share[:, 0]
        for number, limit in enumerate(self.thresholds):
            frame[f"within_{limit:g}_share"] = found.within_share[:, 0, number]
        hourly = found.percentile_min[:, 1:, 0]
        frame["worst_hour"] = _differing(hourly, hourly.argmax(axis=1))
        night = self.profiles.figures(percentiles=(0.5,), windows=_NIGHT)
        frame["night_p50_min"] = known(night.percentile_min[:, 0, 0])
        frame = pd.concat([frame, self._leaving()], axis=1)
        frame["basis"] = self.words
        frame["night_unknown"] = (self.bits & Basis.NIGHT_UNKNOWN) > 0
        sails = self._if_nights_sail()
        frame["p90_if_unknown_nights_sail_min"] = known(sails.percentile_min[:, 0, 1])
        frame["mean_if_unknown_nights_sail_min"] = sails.mean_min[:, 0]
        frame["no_way_share_if_unknown_nights_sail"] = sails.no_way_share[:, 0]
        return frame

    def hours(self) -> pd.DataFrame:
        """One row per demand point and hour of the day."""
        n = len(self.persons)
        frame = pd.DataFrame(
            {
                "demand_id": np.repeat(self.study.demand["demand_id"].to_numpy(), 24),
                "kind": self.kind,
                "scenario": self.scenario,
                "hour": np.tile(np.arange(24), n),
                "p50_min": known(self.figures.percentile_min[:, 1:, 0]).ravel(),
                "p90_min": known(self.figures.percentile_min[:, 1:, 1]).ravel(),
            }
        )
        frame["within_share"] = self.figures.within_share[:, 1:, -1].ravel()
        return frame

    def region(self) -> pd.DataFrame:
        """One row per threshold."""
        found, persons = self.figures, self.persons
        rows = []
        for number, limit in enumerate(self.thresholds):
            by_hour = persons @ found.within_share[:, 1:, number]
            rows.append(
                {
                    "kind": self.kind,
                    "scenario": self.scenario,
                    "threshold_min": limit,
                    "persons": persons.sum(),
                    "persons_within_one_clock": persons[self.tables_min <= limit].sum(),
                    "persons_within_over_the_day": persons @ found.within_share[:, 0, number],
                    "persons_within_at_p90": persons[found.percentile_min[:, 0, 1] <= limit].sum(),
                    "persons_within_at_worst_hour": by_hour.min(),
                    "worst_hour": _differing(by_hour[None], by_hour.argmin())[0],
                }
            )
        return pd.DataFrame(rows).astype({"worst_hour": "Int64"})

    def bases(self) -> pd.DataFrame:
        """One row per basis, everybody in one of them: a night not known is worse than known departures."""
        counts = persons_by_basis(self.words, (self.bits & Basis.NIGHT_UNKNOWN) > 0, self.persons)
        return pd.DataFrame(
            {
                "kind": self.kind,
                "scenario": self.scenario,
                "basis": list(counts),
                "persons": list(counts.values()),
            }
        )

    def _frame(self) -> pd.DataFrame:
        frame = self.study.demand[["demand_id", "name", "municipality_code"]].copy()
        frame["kind"], frame["scenario"] = self.kind, self.scenario
        frame[self.weight] = self.persons
        return frame

    def _leaving(self) -> pd.DataFrame:
        """When to leave at the latest, when one can again, and which facilities are nearest over the period.

        Over several draws: the earliest last moment and the latest first one, so that nobody is promised too
        much.
        """
        profiles, live = self.profiles, self.profiles.live
        found = pd.DataFrame(self._by_road(), index=self.study.demand.index)
        if not len(live):
            return found
        told = profiles.profiles.leaving(self._limits(self.figures.best_min[live, 0]))
        for name, values in {
            "leave_by": _clocks(told.leave_by_min),
            "first_again": _clocks(told.first_again_min),
            "facilities_over_day": told.targets,
            "main_facility_share": told.main_share,
            "assumed_share": told.assumed_share,
        }.items():
            column = found[name].to_numpy().copy()
            column[live] = values
            found[name] = column
        return found

    def _limits(self, best_min: FloatArray) -> FloatArray:
        """(n,) the first threshold within which people are at their best moment; NaN = none."""
        found = np.full(len(best_min), np.nan)
        for limit in reversed(self.thresholds):
            found[best_min <= limit] = limit
        return found

    def _by_road(self) -> dict[str, object]:
        """The same of everybody as if no departure changed anything for them.

        A road is the same in every draw and at every moment: one target, and nothing assumed.
        """
        n, there = len(self.persons), self.profiles.road_min < NEVER
        # Draw after draw, as the shares of those whom a departure serves are added.
        shares = np.full(self.profiles.draws, MINUTES_PER_DAY / (MINUTES_PER_DAY * self.profiles.draws))
        return {
            "leave_by": np.full(n, "", dtype=object),
            "first_again": np.full(n, "", dtype=object),
            "facilities_over_day": np.where(there, 1, 0),
            "main_facility_share": np.where(there, np.add.accumulate(shares)[-1], np.nan),
            "assumed_share": np.zeros(n),
        }

    def _if_nights_sail(self) -> Figures:
        """(n, windows) the figures if ferries whose night is not known sail all night; the period first."""
        if not (self.bits & Basis.NIGHT_UNKNOWN).any():
            return self.figures
        sailing = self._profiles(replace(self.leaving.conditions, unknown_night="sails"))
        return sailing.figures(percentiles=_PERCENTILES, windows=[(0.0, sailing.period_min)])

    def _medians_of_draws(self) -> tuple[FloatArray, FloatArray]:
        """(n,) the least and the greatest median of any drawn timetable."""
        whole = [(0.0, self.profiles.period_min)]
        medians = np.stack(
            [
                self.profiles.figures(percentiles=(0.5,), windows=whole, draw=draw).percentile_min[:, 0, 0]
                for draw in range(self.profiles.draws)
            ]
        )
        return known(medians.min(axis=0)), known(medians.max(axis=0))


def known(minutes: FloatArray) -> FloatArray:
    """Minutes with NaN where there is no way."""
    return np.where(np.isfinite(minutes), minutes, np.nan)


def _clocks(minutes: FloatArray) -> NDArray[np.object_]:
    """(n,) times of day in words, empty where there is none."""
    texts = ["" if np.isnan(one) else clock_text(one) for one in minutes.tolist()]
    return np.array(texts, dtype=object)


def _differing(by_hour: FloatArray, hours: object) -> pd.arrays.IntegerArray:
    """Hours of the day, none in rows in which all hours are equal.

    Args:
        by_hour: (n, 24) figures.
        hours: (n,) the hour of each row.
    """
    equal = np.all((by_hour == by_hour[:, :1]) | np.isclose(by_hour, by_hour[:, :1]), axis=1)
    return pd.arrays.IntegerArray(np.array(hours, dtype=np.int64).reshape(-1), equal)


def _basis_sentences(study: Study, bases: pd.DataFrame) -> list[Note]:
    """How many people's answer rests on what, one sentence for each kind and scenario."""
    told = []
    for (kind, scenario), rows in bases.groupby(["kind", "scenario"], sort=False):
        persons = rows.set_index("basis")["persons"]
        told.append(
            Note(
                "note.clock_bases",
                kind=kind_words(study, str(kind)),
                scenario=scenario_name(study, str(scenario)),
                **{name.replace(" ", "_"): float(persons[name]) for name in (*BASES, NIGHT)},
            )
        )
    return told


def parse_patience(text: str) -> float:
    """Minutes of ``48h``, ``2880`` or ``2880min``.

    Raises:
        UnknownNameError: the text is none of these.
    """
    number = text.strip().lower().removesuffix("min").strip()
    factor = 1.0
    if number.endswith("h"):
        number, factor = number[:-1], 60.0
    try:
        value = float(number) * factor
    except ValueError:
        value = np.nan
    if not 0 < value <= 14 * MINUTES_PER_DAY:
        raise UnknownNameError("patience", text, ["24h", "48h", "2880min"])
    return value
