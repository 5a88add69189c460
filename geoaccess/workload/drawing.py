"""A year's calls of a study, drawn: when, where, how urgent, and where the patient is brought.

Everything random belongs to the call and is drawn from streams of its own, by seed, year and class: whatever
is changed in the system, the calls and their luck stay as they are (common random numbers).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.ground.arrays import FloatArray, IntArray
from geoaccess.study import Study
from geoaccess.study.call_sections import CallClass
from geoaccess.workload.tables import ANY, PATIENT, CallTables, calls_of
from geoaccess.workload.ways import DOCTOR_CAR, Ways
from optimise.crews import Calls

#: Hours of a year; every year begins on a Monday, the first of January.
YEAR_H = 8760
DAYS_OF_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, eq=False)
class Classes:
    """The classes of an event loop: those of the study, then transfers by aeroplane and doctors' cars.

    Attributes:
        names: in the order in which they are answered.
        transfer: number of the class of onward transports.
        doctor: number of the class of doctors' cars.
    """

    names: tuple[str, ...]

    @property
    def transfer(self) -> int:
        """Number of the class of onward transports from airports."""
        return len(self.names)

    @property
    def doctor(self) -> int:
        """Number of the class of calls for doctors' cars."""
        return len(self.names) + 1


def classes_of(study: Study) -> Classes:
    """The classes of a study."""
    return Classes(tuple(calls_of(study).classes))


def rates(study: Study, tables: CallTables) -> FloatArray:
    """(K, D) calls a year of each class at each demand point.

    A group's rate counts all of its people; within it, the old have ``age_ratio`` times the rate of others.
    The row of ``all`` is of everybody whom no other row is of.
    """
    calls = calls_of(study)
    people = study.weight(calls.weight)
    old = study.weight(calls.age_weight) if calls.age_weight else np.zeros(len(people))
    weight = people - old + calls.age_ratio * old
    towns = study.municipalities.set_index("municipality_code").loc[study.demand["municipality_code"]]
    found = np.zeros(len(people))
    rest = np.ones(len(people), dtype=np.bool_)
    ordered = tables.rates.sort_values("by", key=lambda by: by == "all", kind="stable")
    for by, group, rate in zip(ordered["by"], ordered["group"], ordered["per_1000_year"], strict=True):
        here = rest.copy() if by == "all" else (towns[by] == group).to_numpy(bool)
        rest &= ~here
        total = weight[here].sum()
        found[here] = rate / 1000.0 * people[here].sum() * weight[here] / total if total > 0 else 0.0
    shares = np.array([one.share for one in calls.classes.values()])
    return np.asarray(shares[:, None] * found[None, :])


def hour_weights(study: Study, tables: CallTables, name: str) -> FloatArray:
    """(8760,) share of a class's calls in each hour of the year; the last row that names an hour holds."""
    week = np.zeros(168)
    hours = np.arange(168)
    for row in tables.hours.itertuples(index=False):
        kind, weekday, hour, weight = row[0], str(row[1]), str(row[2]), float(row[3])
        if kind in {name, ANY}:
            here = np.ones(168, bool)
            if weekday != ANY:
                here &= hours // 24 == int(weekday) - 1
            if hour != ANY:
                here &= hours % 24 == int(hour)
            week[here] = weight
    months = calls_of(study).months or (1.0,) * 12
    days = np.repeat(np.asarray(months), DAYS_OF_MONTH)
    year = np.resize(week, YEAR_H) * np.repeat(days / days.mean(), 24)
    return np.asarray(year / year.sum() if year.sum() > 0 else np.full(YEAR_H, 1 / YEAR_H))


@dataclass(frozen=True, eq=False)
class Ends:
    """Where patients of each demand point are brought: the facility of each kind that serves it.

    Attributes:
        of: kind -> (D,) place; -1 = there is none.
        hospital: (D,) place of the hospital; -1 = there is none.
        airports: places where aeroplanes land.
        far_min: (D,) minutes by road to the hospital that serves it.
    """

    of: dict[str, IntArray]
    hospital: IntArray
    airports: IntArray
    far_min: FloatArray


def ends_of(study: Study, ways: Ways, *, closed: frozenset[str] = frozenset()) -> Ends:
    """The facility of each kind that serves each demand point.

    It is its municipality's own where a group column of the municipalities names facilities of that kind,
    else the nearest by road.

    Args:
        study: the study.
        ways: minutes between its places.
        closed: ids of facilities that are closed.
    """
    points = np.arange(ways.demand)
    # Also kinds without a facility: the tables of calls may send patients there, and there is none.
    kinds = sorted({*ways.places["kind"], *study.config.kinds} - {""})
    found = {kind: _serving(study, ways, kind, closed) for kind in kinds}
    hospital = found.get(calls_of(study).hospital, np.full(ways.demand, -1))
    landing = {
        kind for one in study.config.resources.values() if one.lands == "airport" for kind in one.airports
    }
    airports = np.flatnonzero(ways.places["kind"].isin(landing))
    return Ends(found, hospital, airports, np.where(hospital >= 0, ways.drive_min(points, hospital), np.inf))


def _serving(study: Study, ways: Ways, kind: str, closed: frozenset[str]) -> IntArray:
    places = np.array(
        [x for x in ways.of_kind(kind) if ways.places["place_id"].iloc[x] not in closed], dtype=int
    )
    if not len(places):
        return np.full(ways.demand, -1)
    nearest = places[np.argmin(ways.drive_min(np.arange(ways.demand)[:, None], places), axis=1)]
    ids = {ways.places["place_id"].iloc[x]: int(x) for x in places}
    for column in study.config.municipalities.groups:
        named = study.municipalities.set_index("municipality_code")[column]
        if named.isin(list(ids)).any():
            own = named.loc[study.demand["municipality_code"]].map(ids).to_numpy(float)
            return np.asarray(np.where(np.isnan(own), nearest, np.nan_to_num(own)), dtype=np.int64)
    return np.asarray(nearest, dtype=np.int64)


def draw_year(study: Study, ways: Ways, tables: CallTables, ends: Ends, *, seed: int, year: int) -> Calls:
    """The calls of one year."""
    calls, per_class = calls_of(study), rates(study, tables)
    names = classes_of(study)
    parts: list[dict[str, NDArray[np.generic]]] = []
    for k, (name, one) in enumerate(calls.classes.items()):
        g = np.random.default_rng([seed, year, k])
        rate = per_class[k]
        n = int(g.poisson(rate.sum()))
        point = g.choice(len(rate), n, p=rate / rate.sum()) if n else np.zeros(0, dtype=np.int64)
        hour = g.choice(YEAR_H, n, p=hour_weights(study, tables, name))
        start = (hour + g.random(n)) * 60.0
        rows = tables.destinations[tables.destinations["class"].isin([name, ANY])]
        begin, end = _journeys(rows, point, g.random(n), ends)
        conveyed = end >= 0
        scene = g.gamma(3.0, 1 / 3.0, n) * np.where(conveyed, one.scene_conveyed_min, one.scene_left_min)
        part = {
            "start_min": start,
            "at": begin,
            "to": end,
            "to_off_road": off_road_end(point, begin, end, ends),
            "urgency": np.full(n, k),
            "severe": g.random(n) < one.severe_share,
            "scene_min": scene,
            "handover_min": g.gamma(4.0, one.handover_min / 4.0, n) if one.handover_min else np.zeros(n),
            "drive_factor": _lognormal(g, n, calls.drive_spread),
            "mobilise_factor": _lognormal(g, n, calls.mobilise_spread),
            "point": point,
        }
        parts.append(part)
        if one.doctor_car_within_min and DOCTOR_CAR in ways.crafts:
            parts.append(_doctors(part, one, names))
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.lexsort((joined["urgency"], joined["start_min"]))
    return _with_transfers({name: values[order] for name, values in joined.items()}, ends, names)


def _lognormal(g: np.random.Generator, n: int, spread: float) -> FloatArray:
    """(n,) factors of mean 1."""
    return np.asarray(np.exp(spread * g.standard_normal(n) - spread**2 / 2))


def _journeys(rows: pd.DataFrame, point: IntArray, u: FloatArray, ends: Ends) -> tuple[IntArray, IntArray]:
    """((n,) where the patient is, (n,) where it is brought; -1 = stays there)."""
    begin, end = point.copy(), np.full(len(point), -1)
    passed = np.zeros(len(point))
    far = ends.far_min[point]
    for row in rows.itertuples(index=False):
        start, stop, beyond, within, share = row[1], row[2], row[3], row[4], row[5]
        lies = (far > (0 if np.isnan(beyond) else beyond)) | np.isnan(beyond)
        lies &= (far <= within) | np.isnan(within)
        mine = lies & (u >= passed) & (u < passed + share)
        begin[mine] = point[mine] if start == PATIENT else ends.of[start][point[mine]]
        end[mine] = point[mine] if stop == PATIENT else ends.of[stop][point[mine]]
        passed = passed + share * lies
    lost = begin < 0
    begin[lost] = point[lost]
    return begin, end


def off_road_end(point: IntArray, begin: IntArray, end: IntArray, ends: Ends) -> IntArray:
    """(n,) boats and aircraft bring patients to the hospital, never to a legevakt or an airport."""
    return np.asarray(np.where((end >= 0) & (begin == point), ends.hospital[point], end))


def _doctors(
    part: dict[str, NDArray[np.generic]], one: CallClass, names: Classes
) -> dict[str, NDArray[np.generic]]:
    """Severe calls once more, for a doctor's car that stays as long as the crew does."""
    mine = {name: values[part["severe"].astype(bool)] for name, values in part.items()}
    n = len(mine["at"])
    nowhere = np.full(n, -1)
    return {
        **mine,
        "to": nowhere,
        "to_off_road": nowhere,
        "urgency": np.full(n, names.doctor),
        "severe": np.zeros(n, dtype=bool),
    }


def _with_transfers(columns: dict[str, NDArray[np.generic]], ends: Ends, names: Classes) -> Calls:
    """The calls, and after them those of aeroplanes for patients whom cars bring to an airport."""
    n = len(columns["at"])
    point = columns.pop("point").astype(np.int64)
    to = columns["to"].astype(np.int64)
    lands = np.flatnonzero(np.isin(to, ends.airports))
    onward = np.full(n + len(lands), -1)
    onward[lands] = n + np.arange(len(lands))
    none = np.full(len(lands), np.inf)
    added = {
        "start_min": none,
        "at": to[lands],
        "to": ends.hospital[point[lands]],
        "to_off_road": ends.hospital[point[lands]],
        "urgency": np.full(len(lands), names.transfer),
        "severe": np.zeros(len(lands), dtype=bool),
        "scene_min": columns["handover_min"][lands],
    }
    every = {
        name: np.concatenate([values, added.get(name, values[lands])]) for name, values in columns.items()
    }
    return Calls(**every, onward=onward)
