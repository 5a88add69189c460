"""The workload of a plan without chance: the approximate hypercube, hour by hour of a weekday and a Saturday.

It is the surrogate of the simulation: seconds instead of minutes, and no random numbers. What it leaves out
is told with every answer: crews that are sent on their way home start at their base, nobody is taken from a
lesser call, weather keeps each craft at home for itself, and aeroplanes and doctors' cars are not in it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd

from geoaccess.ground.arrays import FloatArray, IntArray
from geoaccess.words.note import Note
from geoaccess.workload.drawing import hour_weights, rates
from geoaccess.workload.plans import Plan, parts_by_hour
from geoaccess.workload.steady_hour import (
    Crews,
    Journeys,
    Legs,
    Shift,
    crews_of,
    journeys_of,
    kinds_of,
    legs_of,
)
from geoaccess.workload.tables import calls_of
from geoaccess.workload.ways import Ways
from optimise.errors import SolverError

#: Share of the calls that may find every crew busy: calls wait here, and the approximation lets them go.
MOST_LOST = 0.1
#: Days that stand for a week, and how many days of it each is: Wednesday for weekdays, Saturday for weekends.
DAYS = ((2, 5), (5, 2))
#: (state, hour, weekday, days, (K,) share of a year's calls a minute, the first class's own share of it).
Period: TypeAlias = tuple[int, int, int, int, FloatArray, float]


@dataclass(frozen=True, eq=False)
class Steady:
    """Workload of every crew on the road.

    Attributes:
        crews: as of :meth:`Plan.crews`, those on the road.
        busy: (n_crews,) share of the time on duty, mean of the hours on duty.
        by_hour: (n_crews, 24) the same by hour of the day; NaN off duty.
        share_in_time: (D,) chance that a call of the first class is reached in time; NaN without calls,
            and where nobody ever comes.
        mean_min: (D,) mean minutes to it, of those that a crew on duty can reach; NaN without any.
        rate: (D,) calls of the first class a year.
        periods: how many hours were solved.
        rounds: most rounds that any of them took.
    """

    crews: pd.DataFrame
    busy: FloatArray
    by_hour: FloatArray
    share_in_time: FloatArray
    mean_min: FloatArray
    rate: FloatArray
    periods: int
    rounds: int


def steady_workload(plan: Plan, *, every_h: int = 1) -> Steady:
    """Solve every hour, or the middle hour of each so many, for all of them.

    Args:
        plan: the plan.
        every_h: hours that are solved as one, a divisor of 24; 3 takes a third of the seconds.

    Raises:
        SolverError: an hour does not come to rest, or has too many calls; nothing is told then.
    """
    study, ways = plan.study, plan.ways
    crews, journeys, yearly = crews_of(plan), journeys_of(plan), rates(study, plan.tables)
    weights = np.stack([hour_weights(study, plan.tables, name) for name in calls_of(study).classes])
    n = len(crews.rows)
    work, hours = np.zeros((n, 24)), np.zeros((n, 24))
    sums = np.zeros((3, ways.demand))
    rounds = periods = 0
    last = np.full(n, np.nan)
    felt = _felt(weights, _mean_bound_h(journeys, yearly, ways, crews.place[crews.road]))
    asked = _periods(parts_by_hour(study, ways), weights, felt, every_h)
    weight = yearly[journeys.klass, journeys.point] * journeys.share
    journeys, weight = journeys.take(weight > 0), weight[weight > 0]
    own = (journeys.klass == 0) & (journeys.at < ways.demand)
    # Whom no crew can reach in an hour, or while none is on duty, is not reached in time.
    called = np.bincount(journeys.point[own], weight[own], ways.demand).astype(np.float64)
    called *= float(sum(days * first * rate[0] for _, _, _, days, rate, first in asked))
    shifts = _Shifts(plan, journeys, weight, crews, asked)
    for state, hour, weekday, days, rate, first in asked:
        on = np.flatnonzero(crews.duty[:, 24 * weekday + hour] > 0)
        if not len(on):
            continue
        found = shifts.of(state, 24 * weekday + hour)
        solved = found.solved(rate, None if np.isnan(last[on]).any() else last[on])
        last[on] = solved.busy
        if solved.lost > MOST_LOST:
            raise SolverError(Note("fault.workload.lost", hour=hour, lost=solved.lost))
        alike = slice(hour - every_h // 2, hour - every_h // 2 + every_h)
        work[on, alike] += (solved.busy * days)[:, None]
        hours[on, alike] += days
        sums += found.reached(solved.sent, float(rate[0])) * days * first
        rounds, periods = max(rounds, solved.rounds), periods + 1
    mine = crews.road
    table = plan.crews().iloc[crews.rows[mine]].reset_index(drop=True)
    work, hours = work[mine], hours[mine]
    busy = work.sum(axis=1) / np.maximum(hours.sum(axis=1), 1e-9)
    by_hour = np.divide(work, hours, out=np.full(work.shape, np.nan), where=hours > 0)
    share, mean = (
        np.divide(one, of, out=np.full(ways.demand, np.nan), where=sums[0] > 0)
        for one, of in zip(sums[1:], (called, sums[0]), strict=True)
    )
    return Steady(table, busy, by_hour, share, mean, yearly[0], periods, rounds)


class _Shifts:
    """Crews on duty in each state of the roads; kept while an hour is still to come that needs them."""

    def __init__(
        self, plan: Plan, journeys: Journeys, weight: FloatArray, crews: Crews, asked: list[Period]
    ) -> None:
        self.plan, self.journeys, self.weight, self.crews = plan, journeys, weight, crews
        self.kinds = kinds_of(journeys)
        self.to_come = Counter(self._key(state, 24 * weekday + hour) for state, hour, weekday, *_ in asked)
        self.states = Counter(state for state, _ in self.to_come)
        self.found: dict[tuple[int, bytes], Shift] = {}
        self.legs: dict[int, Legs] = {}

    def _key(self, state: int, hour_of_week: int) -> tuple[int, bytes]:
        """A state, and what each crew does: who is on duty, at the station or at home."""
        return state, self.crews.duty[:, hour_of_week].tobytes()

    def of(self, state: int, hour_of_week: int) -> Shift:
        """Those on duty in an hour; to be asked once for each hour that was told."""
        key = self._key(state, hour_of_week)
        if key not in self.found:
            self.found[key] = self._made(state, hour_of_week)
        self.to_come[key] -= 1
        return self.found[key] if self.to_come[key] else self.found.pop(key)

    def _made(self, state: int, hour_of_week: int) -> Shift:
        on = np.flatnonzero(self.crews.duty[:, hour_of_week] > 0)
        if state not in self.legs:
            self.legs[state] = legs_of(self.plan, state, self.journeys, self.crews)
        self.states[state] -= 1
        legs = self.legs[state] if self.states[state] else self.legs.pop(state)
        found = Shift(
            self.plan, state, self.journeys, self.weight, self.kinds, legs, self.crews, on, hour_of_week
        )
        found.let_go()
        return found


def _periods(states: IntArray, weights: FloatArray, felt: FloatArray, every_h: int) -> list[Period]:
    """The hours of both days, in their order."""
    found = []
    year = np.arange(len(states))
    for weekday, _ in DAYS:
        group = (year // 24 % 7 < 5) if weekday < 5 else (year // 24 % 7 >= 5)
        for hour in range(every_h // 2, 24, every_h):
            for state in sorted(set(states[year % 24 == hour].tolist())):
                mine = group & (year % 24 == hour) & (states == state)
                if mine.any():
                    rate = felt[:, mine].mean(axis=1)
                    own = float(weights[0, mine].mean() / rate[0]) if rate[0] > 0 else 1.0
                    found.append((state, hour, weekday, int(mine.sum()), rate / 60.0, own))
    return found


def _mean_bound_h(journeys: Journeys, yearly: FloatArray, ways: Ways, place: IntArray) -> float:
    """Mean hours that a call binds the nearest crew, there, with the patient and home; 0: none is bound."""
    if not len(place):
        return 0.0
    calls = yearly[journeys.klass, journeys.point] * journeys.share
    every = np.arange(len(ways.places))
    out, home = np.full(len(every), np.inf), np.full(len(every), np.inf)
    for base in map(np.array, np.unique(place).tolist()):
        np.minimum(out, ways.drive_min(base, every), out=out)
        np.minimum(home, ways.drive_min(every, base), out=home)
    out = out[journeys.at]
    end = np.where(journeys.to >= 0, journeys.to, journeys.at)
    carried = ways.drive_min(journeys.at, end)
    bound = out + journeys.minutes + carried + np.maximum(home[end], carried)
    known = np.isfinite(bound)
    whole = float(calls[known].sum())
    return float(calls[known] @ bound[known]) / whole / 60.0 if whole > 0 else 0.0


def _felt(weights: FloatArray, mean_h: float) -> FloatArray:
    """(K, 8760) rates as busy crews feel them: each hour's calls and those of the hours before, fading.

    Who is busy in an hour was called in it or before: the offered load of an hour is the mean of past rates,
    weighted by the chance that a call still binds a crew (exponential, as of the modified offered load:
    Jennings, Mandelbaum, Massey and Whitt, *Server staffing to meet time-varying demand*, Management Science
    42:1383-1394, 1996). Hour by hour without it, peaks of an hour look as if they lasted for ever.
    """
    if mean_h <= 0:
        return weights
    lags = np.arange(int(np.ceil(8 * mean_h)) + 1)
    fading = np.exp(-lags / mean_h)
    found = np.zeros_like(weights)
    for lag, share in zip(lags, fading / fading.sum(), strict=True):
        found += share * np.roll(weights, lag, axis=1)
    return found
