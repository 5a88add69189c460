"""Clocks around the clock: whole care chains for every moment of the alarm.

For a person, an alarm at ``t``, stations ``s`` and places of treatment ``h``, all of them functions of time::

    treated(t) = min_s arrival_s(t + alarm + mobilise_s) + on_scene
    there(t)   = min_h arrival_h(treated(t)) + treatment_h

:mod:`geoaccess.questions.clocks.chains_over_day` makes the functions and says what is left out; here are
their figures. A patient whom the first crew cannot carry waits for the ambulance, which then stays as long on
scene: up to that too long. Parts with a distribution count with their mean. Minutes by the hour of the day
are refused: a shift that leaves sooner at seven than at six would be no function of this kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.answers.day_tables import BASES, NIGHT, persons_by_basis
from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.minutes import as_study, group_labels
from geoaccess.questions.access.around_the_clock import DRAWS, PATIENCE_MIN, known
from geoaccess.questions.clocks.answer import part_tables, run_clocks
from geoaccess.questions.clocks.chains_over_day import ChainsOverDay
from geoaccess.questions.clocks.evaluation import ClockInputs, with_routes
from geoaccess.study import Study
from geoaccess.study.clock_sections import Clock, clock_faults
from geoaccess.study.ferry_timing import conditions_of, leaving
from geoaccess.study.names import scenario_words
from geoaccess.words.note import Note, in_languages
from networks.arrival import Basis
from networks.arrival.best_site import Drawn, basis_over_draws
from networks.arrival.points import figures_over_draws
from networks.brief import Brief
from networks.ferry_service import MINUTES_PER_DAY

#: The night, minutes after midnight: from 22:00 to 06:00; then the hours of the day.
_NIGHT = (1320.0, 1800.0)
_HOURS = tuple((60.0 * hour, 60.0 * (hour + 1)) for hour in range(24))
#: Smaller differences are float noise.
_SAME_MIN = 1e-6


@dataclass(frozen=True, eq=False, repr=False)
class ClocksAroundTheClock(Brief):
    """Clocks over all moments of the alarm.

    Attributes:
        points: one row per clock and demand point: ``clock, scenario, demand_id, name, municipality_code,
            lon, lat``, the weight, ``travel_time_min`` (the whole time by the tables, at one time of day)
            and, over the moments of the alarm, ``best_min, p50_min, p90_min, p50_low_min, p50_high_min,
            worst_min, mean_min, night_p50_min`` (NaN = no way within the patience at too many of them),
            ``no_way_share, worst_hour, basis, night_unknown, p90_if_unknown_nights_sail_min, mixed_min``
            and, with a threshold, ``threshold_min, in_time_share``.
        hours: one row per clock, demand point and hour of the alarm: ``p50_min, p90_min, within_share``.
        region: one row per clock: the persons, their mean and worst hour, and, with a threshold, persons in
            time by the tables, over the day (persons x share of the moments), nine times in ten and at the
            worst hour.
        groups: the same, one row per clock and group.
        bases: one row per clock and basis: how many people's answer rests on it.
        by: what the groups are.
        weight: the weight of the people.
        scenario: state of the world; its time of day does not count.
        period_days: days of the alarm, 1 or 7.
        week_of: first day of the week of the alarm; None = one was not named.
        draws: timetables drawn for ferries whose departures are not known.
        patience_min: what takes longer is no way.
        notes: what a reader must know.
    """

    points: pd.DataFrame
    hours: pd.DataFrame
    region: pd.DataFrame
    groups: pd.DataFrame
    bases: pd.DataFrame
    by: str
    weight: str
    scenario: str
    period_days: int
    week_of: date | None
    draws: int
    patience_min: float
    notes: tuple[str, ...]


def clocks_around_the_clock(
    study: Study | str | Path,
    *,
    only: Sequence[str] | None = None,
    scenario: str | None = None,
    by: str = "municipality",
    weight: str | None = None,
    week_of: date | None = None,
    draws: int = DRAWS,
    patience_min: float = PATIENCE_MIN,
) -> ClocksAroundTheClock:
    """Run clocks for every moment of the alarm.

    Args:
        study: a study, its name or its path.
        only: names of the clocks; default: all.
        scenario: state of the world.
        by: what the people are grouped by.
        weight: weight of the people; default: the study's own.
        week_of: alarms in the week from this date; None = on the day that the scenario says, or on all
            weekdays alike where it says none and ferries differ by them.
        draws: timetables drawn for ferries whose departures are not known.
        patience_min: what takes longer is no way.

    Raises:
        UnknownNameError: no such clock, scenario, group or weight.
        DataError: no clock, a clock with faults, or minutes that differ by the hour.
        NetworkDataError: no draw, or an impossible patience.
    """
    loaded = as_study(study).with_people_of(scenario)
    if not loaded.config.clocks:
        raise DataError("the study has no clock: describe one under [clocks.NAME]")
    for name in only or ():
        if name not in loaded.config.clocks:
            raise UnknownNameError("clock", name, loaded.config.clocks)
    state = loaded.in_state(scenario=scenario)
    names = list(only or state.config.clocks)
    clocks = with_routes(state.config.clocks, names)
    tables, faults = part_tables(clocks, state.folder)
    faults = clock_faults(clocks, state.config.kinds) + faults
    if faults:
        raise DataError(faults)
    when = leaving(state.network, conditions_of(state.network, state), week_of)
    patients = _patients(state)
    every = np.arange(len(patients))
    asked = ChainsOverDay(
        state, clocks, ClockInputs(patients, tables=tables), when, draws, patience_min, every
    )
    drawn = {name: asked.route(name) for name in names}
    if asked.faults:
        raise DataError(list(dict.fromkeys(asked.faults)))
    by_tables = run_clocks(loaded, loaded.config.clocks, scenario=scenario, only=names)
    persons, labels = state.weight(weight), np.asarray(group_labels(state, by), dtype=object)
    named = weight or state.config.demand.default_weight
    found, notes = [], list[Note]()
    for name in names:
        one = _Clock(asked, name, drawn[name], persons, labels)
        table = by_tables[name].table["total_min"].to_numpy(dtype=np.float64)
        one.points.insert(1, "scenario", state.scenario)
        one.points["travel_time_min"], one.points[named] = table, persons
        found.append(one)
        notes += _notes(one, state)
    _with_nights(asked, found)
    return ClocksAroundTheClock(
        points=pd.concat([one.points for one in found], ignore_index=True),
        hours=pd.concat([one.hours.assign(scenario=state.scenario) for one in found], ignore_index=True),
        region=pd.DataFrame([one.told(np.ones(len(persons), dtype=np.bool_)) for one in found]),
        groups=pd.concat([one.groups(by) for one in found], ignore_index=True),
        bases=pd.concat([one.bases().assign(scenario=state.scenario) for one in found], ignore_index=True),
        by=by,
        weight=named,
        scenario=state.scenario,
        period_days=when.days,
        week_of=week_of,
        draws=draws,
        patience_min=patience_min,
        notes=(
            Note("note.clocks_clock", draws=draws, hours=patience_min / 60.0),
            *when.notes,
            *notes,
        ),
    )


def _patients(study: Study) -> pd.DataFrame:
    urban = study.municipalities.set_index("municipality_code")["urban"]
    patients = study.demand[["demand_id", "name", "municipality_code", "lon", "lat"]].reset_index(drop=True)
    return patients.assign(urban=urban.loc[patients["municipality_code"]].to_numpy(dtype=np.bool_))


class _Clock:
    """One clock over the day: its places, hours, groups and bases."""

    def __init__(
        self,
        asked: ChainsOverDay,
        name: str,
        drawn: Sequence[Drawn],
        persons: FloatArray,
        labels: NDArray[np.object_],
    ) -> None:
        self.asked, self.name, self.persons, self.labels = asked, name, persons, labels
        self.clock = asked.clocks[name]
        self.limits = _limits(self.clock, asked.inputs.patients)
        self.timed = not np.isnan(self.limits).all()
        self.points, self._hourly = self._figures(drawn)
        mixed = asked.mixed_min(name)
        worst = np.where(self.points["no_way_share"] > 0, np.inf, self.points["worst_min"].fillna(np.inf))
        # Only a bound below what somebody has at the worst moment says that a chain left out could help.
        self.points["mixed_min"] = np.where(mixed < worst - _SAME_MIN, mixed, np.nan)

    @property
    def hours(self) -> pd.DataFrame:
        """One row per demand point and hour."""
        n = len(self.persons)
        return pd.DataFrame(
            {
                "clock": self.name,
                "demand_id": np.repeat(self.points["demand_id"].to_numpy(), 24),
                "hour": np.tile(np.arange(24), n),
                "p50_min": known(self._hourly[:, :, 0]).ravel(),
                "p90_min": known(self._hourly[:, :, 1]).ravel(),
                "within_share": self._hourly[:, :, 2].ravel(),
            }
        )

    def bases(self) -> pd.DataFrame:
        """One row per basis."""
        counts = persons_by_basis(
            self.points["basis"].to_numpy(dtype=object),
            self.points["night_unknown"].to_numpy(dtype=np.bool_),
            self.persons,
        )
        return pd.DataFrame({"clock": self.name, "basis": list(counts), "persons": list(counts.values())})

    def groups(self, by: str) -> pd.DataFrame:
        """One row per group."""
        names = list(dict.fromkeys(self.labels.tolist()))
        return pd.DataFrame([{by: name} | self.told(self.labels == name) for name in names])

    def told(self, here: NDArray[np.bool_]) -> dict[str, object]:
        """Some of the people together."""
        rows, persons = self.points[here], self.persons[here]
        mean = rows["mean_min"].to_numpy(dtype=np.float64)
        always = np.isfinite(mean)
        many = persons[always].sum()
        told: dict[str, object] = {
            "clock": self.name,
            "persons": persons.sum(),
            "persons_always": many,
            "mean_min": persons[always] @ mean[always] / many if many else np.nan,
            "persons_by_the_clock": persons[(~rows["basis"].isin(["road", "no way"])).to_numpy()].sum(),
            "persons_assumed": persons[(rows["basis"] == "assumed").to_numpy()].sum(),
            "persons_night_unknown": persons[rows["night_unknown"].to_numpy(dtype=np.bool_)].sum(),
            "persons_mixed": persons[rows["mixed_min"].notna().to_numpy()].sum(),
            "persons_never": persons[(rows["basis"] == "no way").to_numpy()].sum(),
        }
        if self.timed:
            by_hour = persons @ np.nan_to_num(self._hourly[here, :, 2])
            limit = rows["threshold_min"]
            told |= {
                "persons_in_time_by_table": persons[(rows["travel_time_min"] <= limit).to_numpy()].sum(),
                "persons_in_time": persons @ np.nan_to_num(rows["in_time_share"].to_numpy(dtype=np.float64)),
                "persons_in_time_at_p90": persons[(rows["p90_min"] <= limit).to_numpy()].sum(),
                "persons_in_time_at_worst_hour": by_hour.min(),
                "worst_hour": pd.NA if np.ptp(by_hour) < _SAME_MIN else int(by_hour.argmin()),
            }
        return told

    def _figures(self, drawn: Sequence[Drawn]) -> tuple[pd.DataFrame, FloatArray]:
        """One row per person, and p50, p90 and the share in time of each hour, (n, 24, 3)."""
        patients = self.asked.inputs.patients
        rows: list[dict[str, object]] = []
        hourly = np.full((len(patients), 24, 3), np.nan)
        for person, functions in enumerate(drawn):
            limit = float(self.limits[person])
            row, hourly[person] = _of_person(self.asked, functions, limit)
            rows.append(row)
        frame = pd.concat([patients.drop(columns="urban"), pd.DataFrame(rows)], axis=1)
        for column in _MINUTES:
            frame[column] = known(frame[column].to_numpy(dtype=np.float64))
        frame["worst_hour"] = frame["worst_hour"].astype("Int64")
        frame.insert(0, "clock", self.name)
        if not self.timed:
            frame = frame.drop(columns=["threshold_min", "in_time_share"])
        return frame, hourly


_MINUTES = ("best_min", "p50_min", "p90_min", "p50_low_min", "p50_high_min", "worst_min", "night_p50_min")


def _of_person(
    asked: ChainsOverDay, drawn: Drawn, limit: float
) -> tuple[dict[str, object], NDArray[np.float64]]:
    """Figures of one person over the day, and (24, 3) of the hours."""
    days, limits = asked.leaving.days, [] if np.isnan(limit) else [limit]
    whole = (0.0, days * MINUTES_PER_DAY)
    same = len(drawn) == 1 and drawn[0].shape[1] <= 1
    windows = [whole] if same else [whole, _NIGHT, *_HOURS]
    found = figures_over_draws(drawn, windows, days=days, patience_min=asked.patience_min, limits_min=limits)
    hourly = np.full((24, 3), np.nan)
    rows = slice(0, 1) if same else slice(2, None)
    hourly[:, :2] = found.percentile_min[0, rows]
    if limits:
        hourly[:, 2] = found.within_share[0, rows, 0]
    medians = [found.percentile_min[0, 0, 0]]
    if not same:
        medians = [
            figures_over_draws(
                [one], [whole], days=days, patience_min=asked.patience_min, percentiles=(0.5,)
            ).percentile_min[0, 0, 0]
            for one in drawn
        ]
    equal = np.ptp(np.nan_to_num(hourly[:, 0], posinf=1e9)) < _SAME_MIN
    bits = basis_over_draws(drawn)
    return {
        "best_min": found.best_min[0, 0],
        "p50_min": found.percentile_min[0, 0, 0],
        "p90_min": found.percentile_min[0, 0, 1],
        "p50_low_min": min(medians),
        "p50_high_min": max(medians),
        "worst_min": found.worst_min[0, 0],
        "mean_min": found.mean_min[0, 0],
        "night_p50_min": found.percentile_min[0, 0 if same else 1, 0],
        "no_way_share": found.no_way_share[0, 0],
        "worst_hour": pd.NA if equal else int(hourly[:, 0].argmax()),
        "basis": Basis(bits).word if np.isfinite(found.best_min[0, 0]) else "no way",
        "night_unknown": bool(bits & Basis.NIGHT_UNKNOWN),
        "threshold_min": limit,
        "in_time_share": found.within_share[0, 0, 0] if limits else np.nan,
    }, hourly


def _limits(clock: Clock, patients: pd.DataFrame) -> FloatArray:
    """(n,) the threshold of each person; NaN without one."""
    if clock.threshold is None:
        return np.full(len(patients), np.nan)
    limit = np.full(len(patients), float(clock.threshold.minutes))
    if clock.threshold.urban_minutes is not None:
        limit[patients["urban"].to_numpy(dtype=np.bool_)] = clock.threshold.urban_minutes
    return limit


def _with_nights(asked: ChainsOverDay, clocks: Sequence[_Clock]) -> None:
    """The other answer of those who rest on a night that is not known: nine times in ten, if it sails.

    Where the study says that such ferries sail, both answers are the same.
    """
    unknown = np.zeros(len(asked.rows), dtype=np.bool_)
    for one in clocks:
        one.points["p90_if_unknown_nights_sail_min"] = one.points["p90_min"]
        unknown |= one.points["night_unknown"].to_numpy(dtype=np.bool_)
    rows = np.flatnonzero(unknown)
    if not len(rows) or asked.leaving.conditions.unknown_night == "sails":
        return
    sailing = replace(
        asked,
        leaving=asked.leaving._replace(conditions=replace(asked.leaving.conditions, unknown_night="sails")),
        inputs=replace(asked.inputs, patients=asked.inputs.patients.iloc[rows].reset_index(drop=True)),
        rows=rows,
    )
    whole = [(0.0, asked.leaving.days * MINUTES_PER_DAY)]
    for one in clocks:
        p90 = [
            figures_over_draws(
                drawn, whole, days=asked.leaving.days, patience_min=asked.patience_min, percentiles=(0.9,)
            ).percentile_min[0, 0, 0]
            for drawn in sailing.route(one.name)
        ]
        minutes = one.points["p90_min"].to_numpy(dtype=np.float64, copy=True)
        minutes[rows] = known(np.asarray(p90))
        one.points["p90_if_unknown_nights_sail_min"] = minutes


def _notes(one: _Clock, study: Study) -> list[Note]:
    """How many people's answer rests on what, and for how many a chain that is left out could be quicker."""
    persons = one.bases().set_index("basis")["persons"]
    title = in_languages(one.clock, "title") if one.clock.title else one.name
    told = [
        Note(
            "note.clock_bases",
            kind=title,
            scenario=scenario_words(study, study.scenario),
            **{name.replace(" ", "_"): float(persons[name]) for name in (*BASES, NIGHT)},
        )
    ]
    concerned = one.points["mixed_min"].notna().to_numpy()
    if concerned.any():
        most = (one.points["worst_min"] - one.points["mixed_min"])[concerned]
        told.append(
            Note(
                "note.clocks_mixed",
                clock=title,
                persons=float(one.persons[concerned].sum()),
                places=int(concerned.sum()),
                never=float(one.persons[concerned & (one.points["no_way_share"] > 0).to_numpy()].sum()),
                most=float(most.max(skipna=True)),
            )
        )
    return told
