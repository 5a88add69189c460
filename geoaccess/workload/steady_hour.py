"""One hour of the surrogate: which crews each kind of calls asks, in which order, and who is reached in time.

The order is that of the rules of the simulation. Whoever is expected first is asked first; a boat or an
aircraft counts as later by ``craft_beats_by_min``, and for a call that is not severe by ``craft_from_min`` at
least. Weather keeps it at home for its share of the season.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from geoaccess.ground.arrays import BoolArray, FloatArray, IntArray
from geoaccess.study.resource_sections import Season
from geoaccess.workload.drawing import off_road_end
from geoaccess.workload.plans import Plan, limits, may_answer
from geoaccess.workload.tables import ANY, PATIENT, calls_of
from geoaccess.workload.ways import DOCTOR_CAR
from optimise.crews import Hypercube, approximate_hypercube
from optimise.crews.system import NEVER, SUPPORT

#: Crews that each call's list names.
NEAREST = 25
#: Crews that may be sent at least, from farther than a class allows too: in the end whoever can comes.
FEWEST = 2
#: Change of a busy share that counts as none.
TOLERANCE = 1e-5
#: Nodes of the quadrature over mobilisation.
_NODES = 7
#: Kinds of calls that are looked at together.
_ROWS = 20_000


@dataclass(frozen=True, eq=False)
class Journeys:
    """Kinds of calls: where from, where to by road and otherwise, minutes at both ends; one row each."""

    klass: IntArray
    severe: BoolArray
    point: IntArray
    at: IntArray
    to: IntArray
    to_off_road: IntArray
    share: FloatArray
    minutes: FloatArray


@dataclass(frozen=True, eq=False)
class Crews:
    """Crews of a plan that answer patients' calls.

    Attributes:
        rows: (n,) rows of :meth:`Plan.crews`.
        craft: (n,) number of its kind of craft.
        road: (n,) whether it drives.
        place: (n,) place of its base.
        base: (n,) column of its base in the minutes.
        duty: (n, 168) its week.
    """

    rows: IntArray
    craft: IntArray
    road: BoolArray
    place: IntArray
    base: IntArray
    duty: IntArray


def crews_of(plan: Plan) -> Crews:
    """Cars, boats and aircraft that go to patients; doctors' cars and aeroplanes do not."""
    ways, table = plan.ways, plan.crews()
    number = {base: row for row, base in enumerate(ways.bases["base_id"])}
    base = table["base_id"].map(number).to_numpy(np.int64)
    craft = np.array([ways.crafts.index(name) for name in table["resource"]], dtype=np.int64)
    road = np.array([ways.road[c] and ways.crafts[c] != DOCTOR_CAR for c in range(len(ways.crafts))])
    answers = (may_answer(plan, plan.classes)[: len(plan.classes.names)] != NEVER).any(axis=0)
    rows = np.flatnonzero(answers[craft])
    place = ways.bases["place"].to_numpy(np.int64)
    return Crews(rows, craft[rows], road[craft[rows]], place[base[rows]], base[rows], plan.roster.duty[rows])


def journeys_of(plan: Plan) -> Journeys:
    """Every class, point and row of the table of destinations, severe or not, and what stays at home."""
    calls, ends, points = calls_of(plan.study), plan.ends, np.arange(plan.ways.demand)
    nowhere = np.full(len(points), -1)
    rows: list[tuple[NDArray[Any], ...]] = []
    table = plan.tables.destinations
    for k, (name, one) in enumerate(calls.classes.items()):
        left = np.ones(len(points))
        minutes = np.full(len(points), one.scene_conveyed_min + one.handover_min)
        found = []
        for row in table[table["class"].isin([name, ANY])].itertuples(index=False):
            lies = np.isnan(row[3]) | (ends.far_min > row[3])
            lies &= np.isnan(row[4]) | (ends.far_min <= row[4])
            at = points if row[1] == PATIENT else ends.of[row[1]]
            to = points if row[2] == PATIENT else ends.of[row[2]]
            share = np.where(lies & (at >= 0), row[5], 0.0)
            left = left - share
            at = np.maximum(at, 0)
            found.append((at, to, off_road_end(points, at, to, ends), share, minutes))
        stays = np.full(len(points), one.scene_left_min)
        found.append((points, nowhere, nowhere, np.maximum(left, 0), stays))
        for severe, part in ((True, one.severe_share), (False, 1.0 - one.severe_share)):
            for at, to, off, share, bound in found:
                kind = np.full(len(points), k), np.full(len(points), severe)
                rows.append((*kind, points, at, to, off, share * part, bound))
    columns = [np.concatenate(column) for column in zip(*rows, strict=True)]
    kept = columns[6] > 0
    return Journeys(*(column[kept] for column in columns))


def _within(way: FloatArray, left: FloatArray, spread: float) -> FloatArray:
    """Chance that a way of these mean minutes, lognormal with this spread, fits into what is left."""
    if spread == 0:
        return np.asarray(way <= left, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        slack = np.log(np.where(left >= 0, left / way, 0.0)) / spread + spread / 2
    # At once there: 0 of 0 minutes are in time.
    return np.asarray(np.where(np.isnan(slack), 1.0, ndtr(slack)))


def row_blocks(count: int) -> list[slice]:
    """Rows in blocks whose minutes to every crew take some tens of megabytes; at least one block."""
    return [slice(begin, min(begin + _ROWS, count)) for begin in range(0, max(count, 1), _ROWS)]


class Hour:
    """One hour of one state of the roads, for the crews that are on duty."""

    def __init__(
        self, plan: Plan, state: int, journeys: Journeys, calls: FloatArray, crews: Crews,
        on: IntArray, hour_of_week: int,
    ) -> None:  # fmt: skip
        self.plan, self.journeys, self.state = plan, journeys, state
        self.craft, self.road, self.place = crews.craft[on], crews.road[on], crews.place[on]
        self.down = self._down()
        self.leaves = plan.ways.mobilise_min[self.craft, crews.duty[on, hour_of_week] - 1, state]
        blocks = [self._asked(calls, rows, crews.base[on]) for rows in row_blocks(len(calls))]
        self.rows, self.near, self.arrival, self.listed = (
            np.concatenate(column) for column in zip(*blocks, strict=True)
        )
        self.calls = calls[self.rows]

    def _asked(
        self, calls: FloatArray, block: slice, base: IntArray
    ) -> tuple[IntArray, IntArray, FloatArray, IntArray]:
        """Rows of a block that anybody answers, and of each: crews in their order, minutes, how many."""
        one = self.journeys
        arrival = self.plan.ways.out_min[self.state][one.at[block]][:, base] + self.leaves
        counted = self._counted(block, arrival)
        kept = np.flatnonzero(np.isfinite(counted).any(axis=1) & (calls[block] > 0))
        counted, rows = counted[kept], kept + block.start
        near = np.argsort(counted, axis=1, kind="stable")[:, : min(NEAREST, len(base))]
        arrival = np.take_along_axis(arrival[kept], near, axis=1)
        counted = np.take_along_axis(counted, near, axis=1)
        # From farther than its class allows nobody is sent while the call can wait.
        reach = np.asarray(self.plan.rules.max_reach_min)[one.klass[rows]]
        farthest = np.maximum(reach, counted[:, 0])[:, None]
        able = np.isfinite(counted).sum(axis=1)
        in_reach = (np.isfinite(counted) & (counted <= farthest)).sum(axis=1)
        return rows, near, arrival, np.minimum(np.maximum(in_reach, FEWEST), able)

    def _down(self) -> FloatArray:
        """(n,) share of the season in which weather keeps each at home."""
        parts, resources = self.plan.ways.parts, self.plan.study.config.resources
        seasons: tuple[Season, ...] = ("summer", "winter")
        if len(parts) > 1:
            seasons = ("winter",) if parts[self.state].startswith("winter") else ("summer",)
        up = np.ones(len(self.plan.ways.crafts))
        for c, name in enumerate(self.plan.ways.crafts):
            if name in resources:
                up[c] = np.mean([resources[name].share_up(one) for one in seasons])
        return np.asarray(1.0 - up[self.craft])

    def _counted(self, block: slice, arrival: FloatArray) -> FloatArray:
        """(n_rows, n) minutes by which crews are put in order; ``inf`` = never asked."""
        rules, one = self.plan.rules, self.journeys
        may = may_answer(self.plan, self.plan.classes)[one.klass[block]][:, self.craft]
        later = arrival + rules.beats_min
        later = np.where(one.severe[block, None], later, np.maximum(later, rules.far_min))
        found = np.where(may == SUPPORT, later, arrival)
        return np.where((may == NEVER) | ~np.isfinite(arrival), np.inf, found)

    def solved(self, start: FloatArray | None) -> Hypercube:
        """The hour at rest; from the busy shares of the hour before, where they are known."""
        if not len(self.rows):  # nobody calls whom a crew can reach: all of them are free
            return Hypercube(np.zeros(len(self.place)), np.zeros(self.near.shape), 0.0, 0, 0.0)
        bound, home = self._bound()
        return approximate_hypercube(
            self.calls,
            self.near,
            bound,
            crews=len(self.place),
            length=self.listed,
            home_min=home if self.plan.rules.on_the_way_home else None,
            down=self.down if self.down.any() else None,
            start=start,
            tolerance=TOLERANCE,
        )

    def _bound(self) -> tuple[FloatArray, FloatArray]:
        """((n, k) minutes from alarm until home, (n, k) those of them in which it may be sent again)."""
        bound, home = np.empty(self.near.shape), np.empty(self.near.shape)
        for block in row_blocks(len(self.rows)):
            bound[block], home[block] = self._bound_of(block)
        return bound, home

    def _bound_of(self, block: slice) -> tuple[FloatArray, FloatArray]:
        """:meth:`_bound` of a block of rows."""
        one, rows, near = self.journeys, self.rows[block], self.near[block]
        ways, craft, drives = self.plan.ways, self.craft[near], self.road[near]
        at = one.at[rows][:, None]
        to = np.where(drives, one.to[rows][:, None], one.to_off_road[rows][:, None])
        there = np.where(to >= 0, to, self.place[0])
        carried = np.where(to >= 0, ways.minutes(craft, self.state, at, there), 0.0)
        end = np.where(np.isfinite(carried) & (to >= 0), to, at)
        carried = np.where(np.isfinite(carried), carried, 0.0)
        home = ways.minutes(craft, self.state, end, self.place[near])
        stuck = self.plan.rules.stuck_min
        home = np.where(np.isfinite(home), home, stuck)
        out = np.where(np.isfinite(self.arrival[block]), self.arrival[block], 10 * stuck)
        bound = out + one.minutes[rows][:, None] + carried + home
        return bound, np.where(drives, home, 0.0)

    def reached(self, sent: FloatArray) -> FloatArray:
        """(3, D) calls of the first class, those of them in time, and their minutes."""
        calls = calls_of(self.plan.study)
        first = (self.journeys.klass[self.rows] == 0) & (self.journeys.at[self.rows] < self.plan.ways.demand)
        point, rate = self.journeys.point[self.rows][first], self.calls[first]
        leaves = self.leaves[self.near[first]]
        way = self.arrival[first] - leaves
        sure = np.isfinite(way)
        limit = limits(self.plan.study)[point][:, None]
        chance = np.zeros(way.shape)
        nodes, weight = np.polynomial.hermite_e.hermegauss(_NODES)
        for a, wa in zip(nodes, weight / weight.sum(), strict=True):
            left = leaves * np.exp(calls.mobilise_spread * a - calls.mobilise_spread**2 / 2)
            chance += wa * _within(np.where(sure, way, np.inf), limit - left, calls.drive_spread)
        in_time = (sent[first] * chance).sum(axis=1)
        mean = (sent[first] * np.where(sure, self.arrival[first], 0)).sum(axis=1)
        people = self.plan.ways.demand
        values = (np.ones(len(rate)), in_time, mean)
        return np.stack([np.bincount(point, weights=rate * one, minlength=people) for one in values])
