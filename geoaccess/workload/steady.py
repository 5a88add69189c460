"""The workload of a plan without chance: the approximate hypercube, hour by hour of a weekday and a Saturday.

It is the surrogate of the simulation: seconds instead of minutes, and no random numbers. What it leaves out
is told with every answer: crews that are sent on their way home start at their base, nobody is taken from a
lesser call, and boats, aircraft and doctors' cars are not in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoaccess.ground.arrays import FloatArray, IntArray
from geoaccess.words.note import Note
from geoaccess.workload.drawing import hour_weights, rates
from geoaccess.workload.plans import Plan, limits, parts_by_hour
from geoaccess.workload.tables import ANY, PATIENT, calls_of
from geoaccess.workload.ways import DOCTOR_CAR
from optimise.crews import Hypercube, approximate_hypercube
from optimise.errors import SolverError

#: Crews that each call's list names.
NEAREST = 25
#: Crews that may be sent at least, from farther than a class allows too: in the end whoever can comes.
FEWEST = 2
#: Change of a busy share that counts as none.
TOLERANCE = 1e-5
#: Share of the calls that may find every crew busy: calls wait here, and the approximation lets them go.
MOST_LOST = 0.1
#: Days that stand for a week, and how many days of it each is: Wednesday for weekdays, Saturday for weekends.
DAYS = ((2, 5), (5, 2))
#: Nodes of the quadrature over mobilisation and minutes under way.
_NODES = 7


@dataclass(frozen=True, eq=False)
class Steady:
    """Workload of every crew on the road.

    Attributes:
        crews: as of :meth:`Plan.crews`, those on the road.
        busy: (n_crews,) share of the time on duty, mean of the hours on duty.
        by_hour: (n_crews, 24) the same by hour of the day; NaN off duty.
        share_in_time: (D,) chance that a call of the first class is reached in time; NaN without calls.
        mean_min: (D,) mean minutes to it.
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


@dataclass(frozen=True, eq=False)
class _Journeys:
    """Kinds of calls: where from, where to, minutes at both ends; one row each."""

    klass: IntArray
    point: IntArray
    at: IntArray
    to: IntArray
    share: FloatArray
    minutes: FloatArray


def steady_workload(plan: Plan, *, every_h: int = 1) -> Steady:
    """Solve every hour, or the middle hour of each so many, for all of them.

    Args:
        plan: the plan.
        every_h: hours that are solved as one, a divisor of 24; 3 takes a third of the seconds.

    Raises:
        SolverError: an hour does not come to rest, or has too many calls; nothing is told then.
    """
    study, ways = plan.study, plan.ways
    table = plan.crews()
    craft = int(
        np.flatnonzero(
            [name != DOCTOR_CAR and road for name, road in zip(ways.crafts, ways.road, strict=True)]
        )[0]
    )
    road = (table["resource"] == ways.crafts[craft]).to_numpy(bool)
    crews, duty = table[road].reset_index(drop=True), plan.roster.duty[road]
    journeys, yearly = _journeys(plan), rates(study, plan.tables)
    weights = np.stack([hour_weights(study, plan.tables, name) for name in calls_of(study).classes])
    place = ways.bases.set_index("base_id")["place"].loc[crews["base_id"]].to_numpy(np.int64)
    column = {base: row for row, base in enumerate(ways.bases["base_id"])}
    out = ways.out_min[:, :, [column[base] for base in crews["base_id"]]]
    work, hours = np.zeros((len(crews), 24)), np.zeros((len(crews), 24))
    sums = np.zeros((3, ways.demand))
    rounds = periods = 0
    last = np.full(len(crews), np.nan)
    states = parts_by_hour(study, ways)
    felt = _felt(weights, _mean_bound_h(journeys, yearly, ways.drive_min(), place))
    for state, hour, weekday, days, rate, first in _periods(states, weights, felt, every_h):
        on = np.flatnonzero(duty[:, 24 * weekday + hour] > 0)
        if not len(on):
            continue
        leaves = ways.mobilise_min[craft, duty[on, 24 * weekday + hour] - 1, state]
        calls = rate[journeys.klass] * yearly[journeys.klass, journeys.point] * journeys.share
        found = _Hour(plan, craft, state, journeys, calls, place[on], out[state][:, on], leaves)
        solved, near = found.solved(None if np.isnan(last[on]).any() else last[on])
        last[on] = solved.busy
        if solved.lost > MOST_LOST:
            raise SolverError(Note("fault.workload.lost", hour=hour, lost=solved.lost))
        alike = slice(hour - every_h // 2, hour - every_h // 2 + every_h)
        work[on, alike] += (solved.busy * days)[:, None]
        hours[on, alike] += days
        sums += found.reached(solved.sent, near) * days * first
        rounds, periods = max(rounds, solved.rounds), periods + 1
    busy = work.sum(axis=1) / np.maximum(hours.sum(axis=1), 1e-9)
    by_hour = np.divide(work, hours, out=np.full(work.shape, np.nan), where=hours > 0)
    share, mean = (
        np.divide(one, sums[0], out=np.full(ways.demand, np.nan), where=sums[0] > 0) for one in sums[1:]
    )
    return Steady(crews, busy, by_hour, share, mean, yearly[0], periods, rounds)


def _periods(
    states: IntArray, weights: FloatArray, felt: FloatArray, every_h: int
) -> list[tuple[int, int, int, int, FloatArray, float]]:
    """(state, hour, weekday, days, (K,) share of a year's calls a minute, the first class's own) of hours."""
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


def _mean_bound_h(journeys: _Journeys, yearly: FloatArray, drive: FloatArray, place: IntArray) -> float:
    """Mean hours that a call binds the nearest crew, there, with the patient and home; 0: nobody calls."""
    calls = yearly[journeys.klass, journeys.point] * journeys.share
    out = drive[place][:, journeys.at].min(axis=0)
    end = np.where(journeys.to >= 0, journeys.to, journeys.at)
    carried, home = drive[journeys.at, end], drive[end][:, place].min(axis=1)
    bound = out + journeys.minutes + carried + np.maximum(home, carried)
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


def _journeys(plan: Plan) -> _Journeys:
    """Every class, point and row of the table of destinations, and what stays at home."""
    calls, ends, points = calls_of(plan.study), plan.ends, np.arange(plan.ways.demand)
    rows: list[tuple[IntArray, ...]] = []
    for k, (name, one) in enumerate(calls.classes.items()):
        left = np.ones(len(points))
        table = plan.tables.destinations
        for row in table[table["class"].isin([name, ANY])].itertuples(index=False):
            lies = np.isnan(row[3]) | (ends.far_min > row[3])
            lies &= np.isnan(row[4]) | (ends.far_min <= row[4])
            at = points if row[1] == PATIENT else ends.of[row[1]]
            to = points if row[2] == PATIENT else ends.of[row[2]]
            share = np.where(lies & (at >= 0), row[5], 0.0)
            left = left - share
            minutes = np.full(len(points), one.scene_conveyed_min + one.handover_min)
            rows.append((np.full(len(points), k), points, np.maximum(at, 0), to, share, minutes))
        stays = np.full(len(points), one.scene_left_min)
        rows.append(
            (np.full(len(points), k), points, points, np.full(len(points), -1), np.maximum(left, 0), stays)
        )
    columns = [np.concatenate(column) for column in zip(*rows, strict=True)]
    kept = columns[4] > 0
    return _Journeys(*(column[kept] for column in columns))


class _Hour:
    """One hour of one state of the roads."""

    def __init__(
        self, plan: Plan, craft: int, state: int, journeys: _Journeys, calls: FloatArray,
        place: IntArray, out: FloatArray, leaves: FloatArray,
    ) -> None:  # fmt: skip
        self.plan, self.journeys, self.leaves = plan, journeys, leaves
        self.go = plan.ways.go_min[craft, state]
        self.place, self.out = place, out
        arrival = out[journeys.at] + leaves
        self.reached_at_all = np.isfinite(arrival).any(axis=1)
        self.rows = np.flatnonzero(self.reached_at_all & (calls > 0))
        self.calls = calls[self.rows]
        arrival = arrival[self.rows]
        length = min(NEAREST, len(place))
        self.near = np.argsort(arrival, axis=1, kind="stable")[:, :length]
        self.arrival = np.take_along_axis(arrival, self.near, axis=1)
        # From farther than its class allows nobody is sent while the call can wait.
        reach = np.asarray(plan.rules.max_reach_min)[journeys.klass[self.rows]]
        farthest = np.maximum(np.broadcast_to(reach, len(self.rows)), self.arrival[:, 0])
        in_reach = (self.arrival <= farthest[:, None]).sum(axis=1)
        self.listed = np.maximum(in_reach, min(FEWEST, length))

    def solved(self, start: FloatArray | None) -> tuple[Hypercube, IntArray]:
        """The hour at rest, and the lists; from the busy shares of the hour before, where they are known."""
        if not len(self.rows):  # nobody calls whom a crew can reach: all of them are free
            return Hypercube(np.zeros(len(self.place)), np.zeros(self.near.shape), 0.0, 0, 0.0), self.near
        bound, home = self._bound()
        solved = approximate_hypercube(
            self.calls,
            self.near,
            bound,
            crews=len(self.place),
            length=self.listed,
            home_min=home if self.plan.rules.on_the_way_home else None,
            start=start,
            tolerance=TOLERANCE,
        )
        return solved, self.near

    def _bound(self) -> tuple[FloatArray, FloatArray]:
        """((n, k) minutes from alarm until home, (n, k) those of them on the way home)."""
        one, rows = self.journeys, self.rows
        at, to = one.at[rows], one.to[rows]
        carried = np.where(to >= 0, self.go[at, np.maximum(to, 0)], 0.0)
        end = np.where(np.isfinite(carried) & (to >= 0), to, at)
        carried = np.where(np.isfinite(carried), carried, 0.0)
        home = self.go[end[:, None], self.place[self.near]]
        stuck = self.plan.rules.stuck_min
        home = np.where(np.isfinite(home), home, stuck)
        out = np.where(np.isfinite(self.arrival), self.arrival, 10 * stuck)
        return np.asarray(out + (one.minutes[rows] + carried)[:, None] + home), home

    def reached(self, sent: FloatArray, near: IntArray) -> FloatArray:
        """(3, D) calls of the first class, those of them in time, and their minutes."""
        calls = calls_of(self.plan.study)
        first = (self.journeys.klass[self.rows] == 0) & (self.journeys.at[self.rows] < self.plan.ways.demand)
        point, rate = self.journeys.point[self.rows][first], self.calls[first]
        leaves = self.leaves[near[first]]
        way = self.arrival[first] - leaves
        sure = np.isfinite(way)
        limit = limits(self.plan.study)[point][:, None]
        chance = np.zeros(way.shape)
        nodes, weight = np.polynomial.hermite_e.hermegauss(_NODES)
        weight = weight / weight.sum()
        for a, wa in zip(nodes, weight, strict=True):
            left = leaves * np.exp(calls.mobilise_spread * a - calls.mobilise_spread**2 / 2)
            for b, wb in zip(nodes, weight, strict=True):
                driven = np.where(sure, way, 0) * np.exp(calls.drive_spread * b - calls.drive_spread**2 / 2)
                chance += wa * wb * (sure & (left + driven <= limit))
        in_time = (sent[first] * chance).sum(axis=1)
        mean = (sent[first] * np.where(sure, self.arrival[first], 0)).sum(axis=1)
        people = self.plan.ways.demand
        values = (np.ones(len(rate)), in_time, mean)
        return np.stack([np.bincount(point, weights=rate * one, minlength=people) for one in values])
