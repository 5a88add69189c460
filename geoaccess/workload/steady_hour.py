"""Hours of the surrogate: which crews each kind of calls asks, in which order, and who is reached in time.

The order is that of the rules of the simulation. Whoever is expected first is asked first; a boat or an
aircraft counts as later by ``craft_beats_by_min``, and for a call that is not severe by ``craft_from_min`` at
least. Weather keeps it at home for its share of the season.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
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
from optimise.crews import (
    CallLists,
    Hypercube,
    alike_lists,
    asked_in_order,
    bound_minutes,
    hypercube_of_lists,
)
from optimise.crews.system import NEVER

#: Crews that each call's list names.
NEAREST = 25
#: Crews that may be sent at least, from farther than a class allows too: in the end whoever can comes.
FEWEST = 2
#: Change of a busy share that counts as none.
TOLERANCE = 1e-5
#: Nodes of the quadrature over mobilisation.
_NODES = 7
#: Standard deviations beyond which a way is never so much shorter than its mean.
_NEVER_BEYOND = 8.3
#: Journeys that are looked at together.
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

    def take(self, kept: BoolArray) -> Journeys:
        """Some of them."""
        return Journeys(*(getattr(self, one.name)[kept] for one in fields(self)))


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


@dataclass(frozen=True, eq=False)
class Kinds:
    """Journeys whose calls ask the same crews: of one class, severe or not, at one place.

    Attributes:
        klass: (A,) class.
        severe: (A,) whether severe.
        at: (A,) place.
        of: (n,) which of them each journey is of.
    """

    klass: IntArray
    severe: BoolArray
    at: IntArray
    of: IntArray


def kinds_of(journeys: Journeys) -> Kinds:
    """Every class, severe or not, and place of the journeys, once."""
    one = journeys
    key = (2 * one.klass + one.severe) * (1 + one.at.max(initial=0)) + one.at
    _, first, of = np.unique(key, return_index=True, return_inverse=True)
    return Kinds(one.klass[first], one.severe[first], one.at[first], of.reshape(-1))


@dataclass(frozen=True, eq=False)
class Legs:
    """Ways after the patient in one state of the roads; ``inf`` = cannot.

    Attributes:
        carried: (n, C) minutes of each journey with the patient, by craft.
        home: (X, b) minutes from each place to each base with crews.
        column: (B,) column of each base in them.
    """

    carried: FloatArray
    home: FloatArray
    column: IntArray


def legs_of(plan: Plan, state: int, journeys: Journeys, crews: Crews) -> Legs:
    """The ways of journeys, whatever crews are on duty."""
    ways, every = plan.ways, np.arange(len(plan.ways.places))
    carried = np.full((len(journeys.at), len(ways.crafts)), np.inf)
    for c in np.unique(crews.craft).tolist():
        to = journeys.to if crews.road[crews.craft == c].all() else journeys.to_off_road
        there = np.flatnonzero(to >= 0)
        carried[there, c] = ways.minutes(np.array(c), state, journeys.at[there], to[there])
    bases, rows = np.unique(crews.base, return_index=True)
    home, column = np.empty((len(every), len(bases))), np.zeros(len(ways.bases), dtype=np.int64)
    column[bases] = np.arange(len(bases))
    for number, row in enumerate(rows.tolist()):
        home[:, number] = ways.minutes(crews.craft[row], state, every, crews.place[row])
    return Legs(carried, home, column)


class Shift:
    """Crews on duty in one state of the roads: whom each kind of calls asks, and how long each is bound.

    It is the same in all hours in which the same crews are on duty, whatever is called in them.

    Args:
        plan: the plan.
        state: state of the roads.
        journeys: kinds of calls.
        weight: (n,) calls of each, up to a factor for each class.
        kinds: who asks alike.
        legs: ways after the patient in this state.
        crews: crews of the plan.
        on: those of them on duty.
        hour_of_week: an hour in which they are.
    """

    def __init__(
        self, plan: Plan, state: int, journeys: Journeys, weight: FloatArray, kinds: Kinds, legs: Legs,
        crews: Crews, on: IntArray, hour_of_week: int,
    ) -> None:  # fmt: skip
        self.plan, self.state, self.crews = plan, state, len(on)
        self.craft, self.drives, self.base = crews.craft[on], crews.road[on], crews.base[on]
        self.down = self._down()
        self.leaves = plan.ways.mobilise_min[self.craft, crews.duty[on, hour_of_week] - 1, state]
        arrival = plan.ways.out_min(state, self.base)
        arrival += self.leaves
        rules, most = plan.rules, min(NEAREST, len(on))
        self.near, minutes, self.listed = asked_in_order(
            arrival, kinds.at, kinds.klass, kinds.severe, may_answer(plan, plan.classes)[:, self.craft],
            np.asarray(rules.max_reach_min), rules.beats_min, rules.far_min, most, FEWEST,
        )  # fmt: skip
        self.near[np.arange(most) >= self.listed[:, None]] = -1
        self.list, firsts = alike_lists(self.near, self.listed, kinds.klass)
        self.klass = kinds.klass[firsts]
        self.lists = CallLists(self.near[firsts], self.listed[firsts])
        self._bind(journeys, weight, kinds, legs, minutes)
        self._own(np.bincount(kinds.of, weight, len(kinds.at)).astype(np.float64), kinds, minutes)

    def let_go(self) -> None:
        """Forget what was needed to make it alone: several wait for their hours side by side."""
        self.near, self.listed, self.list = self.near[:0].copy(), self.listed[:0].copy(), self.list[:0].copy()

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

    def _bind(
        self, journeys: Journeys, weight: FloatArray, kinds: Kinds, legs: Legs, minutes: FloatArray
    ) -> None:
        """What the calls of each list bind; whom nobody answers is left out."""
        own = self.list[kinds.of]
        order = np.argsort(own, kind="stable")
        order = order[np.searchsorted(own[order], 0) :]
        rules, one = self.plan.rules, journeys
        for block in row_blocks(len(order)):
            rows = order[block]
            bound, home = bound_minutes(
                self.near, self.listed, kinds.of[rows], minutes, one.at[rows], one.to[rows],
                one.to_off_road[rows], one.minutes[rows], legs.carried[rows], legs.home, self.craft,
                legs.column[self.base], self.drives, rules.stuck_min,
            )  # fmt: skip
            home = home if rules.on_the_way_home else np.zeros_like(home)
            self.lists.add(own[rows], weight[rows], bound, home)
        self.lists.finish()

    def solved(self, rate: FloatArray, start: FloatArray | None) -> Hypercube:
        """An hour at rest.

        Args:
            rate: (K,) factor of each class's weights.
            start: (n,) busy shares of the hour before, where they are known.
        """
        own = rate[self.klass]
        if not (own * self.lists.weight > 0).any():
            # Nobody calls whom a crew can reach: all of them are free.
            return Hypercube(np.zeros(self.crews), np.zeros(self.lists.near.shape), 0.0, 0, 0.0)
        return hypercube_of_lists(
            self.lists,
            own,
            crews=self.crews,
            down=self.down if self.down.any() else None,
            start=start,
            tolerance=TOLERANCE,
        )

    def _own(self, weight: FloatArray, kinds: Kinds, minutes: FloatArray) -> None:
        """Calls of the first class from homes: where, how many, which list, minutes, chance to be in time."""
        calls = calls_of(self.plan.study)
        mine = np.flatnonzero((kinds.klass == 0) & (kinds.at < self.plan.ways.demand) & (self.list >= 0))
        self.point, self.weight, self.asks = kinds.at[mine], weight[mine], self.list[mine]
        sent = self.near[mine] >= 0
        self.arrival = np.where(sent, minutes[mine], 0.0)
        self.chance = np.zeros(sent.shape)
        leaves = self.leaves[self.near[mine]]
        limit = np.broadcast_to(limits(self.plan.study)[self.point][:, None], sent.shape)
        way, spread = self.arrival - leaves, calls.drive_spread
        # Beyond, less than one in 10^16 is in time.
        near = sent & (way <= limit * np.exp((_NEVER_BEYOND + spread / 2) * spread))
        way, leaves, limit = way[near], leaves[near], limit[near]
        chance = np.zeros(len(way))
        nodes, share = np.polynomial.hermite_e.hermegauss(_NODES)
        for a, part in zip(nodes, share / share.sum(), strict=True):
            left = leaves * np.exp(calls.mobilise_spread * a - calls.mobilise_spread**2 / 2)
            chance += part * _within(way, limit - left, spread)
        self.chance[near] = chance

    def reached(self, sent: FloatArray, rate: float) -> FloatArray:
        """(3, D) calls of the first class, those of them in time, and their minutes.

        Args:
            sent: (L, k) share of the calls of each list that each crew answers.
            rate: factor of the class's weights.
        """
        own = sent[self.asks]
        values = (1.0, (own * self.chance).sum(axis=1), (own * self.arrival).sum(axis=1))
        calls, people = rate * self.weight, self.plan.ways.demand
        return np.stack([np.bincount(self.point, weights=calls * one, minlength=people) for one in values])


def row_blocks(count: int) -> list[slice]:
    """Rows in blocks whose minutes to every crew take some megabytes."""
    return [slice(begin, min(begin + _ROWS, count)) for begin in range(0, count, _ROWS)]
