"""The arrays of a running event loop, as compiled code takes them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimise.compiled import uncounted
from optimise.crews.by_stops import Within
from optimise.crews.rules import Rules
from optimise.crews.system import NEVER, WEEK_H, Calls, System

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

#: An array of records, whose columns are its attributes in compiled code.
Records = Any

#: What a crew is doing.
IDLE, MOBILISING, OUT, ON_SCENE, CARRYING, AT_DOOR, HOMEWARD, OFF = range(8)
#: Positions in :attr:`Now.counts`.
WAITING, NEXT_CALL, MOVED, STUCK, NOT_CONVEYED, LOST, CALLS, ASKED, FIGURE, ASIDE = range(10)
#: Positions in :attr:`Now.serving`: whether it is not over, and where it goes on.
NOT_OVER, CLASS, POSITION, FIRST_LOOKED_AT, FREED, HOUR = range(6)


class Fixed(NamedTuple):
    """The system, and the groups of places that crews cover from each base (``cover[ptr[b]:ptr[b + 1]]``).

    ``layer``, ``way``, ``to`` and ``out_of`` are those of :class:`~optimise.crews.by_stops.ByStops`,
    ``within``, ``part_of``, ``part`` and ``column`` those of its rows within parts, ``apart`` its figures
    between all places that are no stops, whose rows are ``row_of`` (X,), or none (-1). Those that were asked
    for instead stand in a hash table (``keys``, ``found``), with ``labels`` and ``island`` of the places.
    """

    out: FloatArray
    layer: IntArray
    way: FloatArray
    to: IntArray
    out_of: IntArray
    stop_of: IntArray
    within: FloatArray
    part_of: IntArray
    part: IntArray
    column: IntArray
    apart: FloatArray
    row_of: IntArray
    keys: IntArray
    found: FloatArray
    labels: IntArray
    island: IntArray
    base_place: IntArray
    base: IntArray
    craft: IntArray
    duty: IntArray
    mobilise: FloatArray
    up: BoolArray
    state: IntArray
    may: IntArray
    road: BoolArray
    ptr: IntArray
    cover: IntArray


class Order(NamedTuple):
    """The rules; ``weight``: (G,) what covering a group is worth; ``near``: (B, B) bases to choose among.

    ``ever``: (K, X) whether any crew can ever come to a call of a class at a place.
    """

    expected: bool
    homeward: bool
    preempt: BoolArray
    preempts: bool
    beats: float
    far: float
    reach: FloatArray
    wait: FloatArray
    patience: FloatArray
    stuck: float
    moves: IntArray
    busy: float
    near: BoolArray
    weight: FloatArray
    ever: BoolArray


class Now(NamedTuple):
    """What changes: records of crews, calls and groups of places, and what is told by the hour.

    Records rather than an array for each figure: machine code for a dozen functions with sixty arrays takes a
    minute to make. ``asked``: pairs of places between which figures are to be found; ``serving`` and ``at``:
    who is being served meanwhile, and when; ``at[1]``: when all who wait were last looked at. ``aside``:
    calls that wait though nobody will ever come, apart from the queue in which every crew that becomes free
    looks for one.
    """

    crews: Records
    calls: Records
    groups: Records
    busy: FloatArray
    gap: FloatArray
    queue: IntArray
    aside: IntArray
    active: IntArray
    recheck: FloatArray
    tick: FloatArray
    counts: IntArray
    asked: IntArray
    serving: IntArray
    at: FloatArray


_CALL = np.dtype(
    [
        ("start", np.float64), ("at", np.int64), ("to", np.int64), ("to_off_road", np.int64),
        ("urgency", np.int64), ("severe", np.bool_), ("scene", np.float64), ("handover", np.float64),
        ("drive", np.float64), ("mobilise", np.float64), ("onward", np.int64),
    ],
    align=True,
)  # fmt: skip
_CREW_NOW = np.dtype(
    [
        ("status", np.int64), ("call", np.int64), ("next", np.float64), ("arrive", np.float64),
        ("left", np.float64), ("stand", np.int64), ("origin", np.int64), ("from_stand", np.bool_),
        ("since", np.float64), ("leg_km", np.float64), ("home", np.float64), ("missions", np.int64),
        ("km", np.float64),
    ],
    align=True,
)  # fmt: skip
_CALL_NOW = np.dtype(
    [
        ("begun", np.float64), ("response", np.float64), ("door", np.float64), ("crew", np.int64),
        ("wait", np.float64), ("taken", np.int64),
    ],
    align=True,
)  # fmt: skip
_GROUP_NOW = np.dtype([("cover", np.int64), ("gap_from", np.float64), ("others", np.float64)], align=True)


def covered_alike(system: System) -> tuple[BoolArray, IntArray]:
    """Places that are covered from the same bases, counted as one: ((B, G) groups, (X,) group of each)."""
    covered = system.covered_from()
    packed = np.ascontiguousarray(np.packbits(covered, axis=0).T)
    if not packed.size:
        return covered[:, :1], np.zeros(covered.shape[1], dtype=np.int64)
    as_one = packed.view(np.dtype((np.void, packed.shape[1]))).reshape(-1)
    _, first, group = np.unique(as_one, return_index=True, return_inverse=True)
    return covered[:, first], group.reshape(-1)


def fixed_of(system: System, covered: BoolArray) -> Fixed:
    """The system with the (B, G) groups of places that are covered from each base."""
    ptr = np.concatenate([[0], np.cumsum(covered.sum(axis=1))]).astype(np.int64)
    cover = np.nonzero(covered)[1].astype(np.int64)
    within = system.ways.within or Within.nothing(system.ways.places)
    return Fixed(
        out=np.ascontiguousarray(system.out_min),
        layer=np.ascontiguousarray(system.ways.layer),
        way=np.ascontiguousarray(system.ways.way),
        to=np.ascontiguousarray(system.ways.to),
        out_of=np.ascontiguousarray(system.ways.out_of),
        stop_of=system.ways.stop_of,
        within=np.ascontiguousarray(within.figures),
        part_of=within.part_of,
        part=within.part,
        column=within.column,
        apart=np.empty((system.out_min.shape[0] + 1, 0, 0)),
        row_of=np.full(system.ways.places, -1),
        keys=np.full(1, -1),
        found=np.full(1, np.nan),
        labels=system.ways.apart.labels
        if system.ways.apart
        else np.zeros((system.out_min.shape[0], system.ways.places, 0), dtype=np.int64),
        island=system.ways.apart.island if system.ways.apart else within.part,
        base_place=np.ascontiguousarray(system.base_place),
        base=np.ascontiguousarray(system.base),
        craft=np.ascontiguousarray(system.craft),
        duty=np.ascontiguousarray(system.duty),
        mobilise=np.ascontiguousarray(system.mobilise_min),
        up=np.ascontiguousarray(system.up),
        state=np.ascontiguousarray(system.state),
        may=np.ascontiguousarray(system.may),
        road=np.ascontiguousarray(system.road),
        ptr=ptr,
        cover=cover,
    )


@uncounted
def minutes_between(g: int, figure: int, a: int, b: int, fixed: Fixed) -> float:
    """Minutes of a craft in a state (``figure``) from place to place; kilometres after the last state.

    NaN = nobody has asked yet for what lies between two places that are no stops.
    """
    layer, there = fixed.layer[g, figure], fixed.stop_of[b]
    here = fixed.stop_of[a]
    if there >= 0 or here >= 0:
        row = fixed.to[layer, there] if there >= 0 else fixed.out_of[layer, here]
        return _of_row(row, a if there >= 0 else b, fixed)
    if layer != figure:  # between homes there are roads alone
        return np.inf
    if fixed.row_of[a] >= 0:
        return float(fixed.apart[figure, fixed.row_of[a], fixed.row_of[b]])
    return np.inf if fixed.island[a] != fixed.island[b] else _remembered(figure, a, b, fixed)


@uncounted
def _of_row(row: int, place: int, fixed: Fixed) -> float:
    """What a row says of a place, see :class:`~optimise.crews.by_stops.ByStops`."""
    if row >= 0:
        return float(fixed.way[row, place])
    row = -2 - row
    if row < 0 or fixed.part_of[row] != fixed.part[place]:
        return np.inf
    return float(fixed.within[row, fixed.column[place]])


@uncounted
def _remembered(figure: int, a: int, b: int, fixed: Fixed) -> float:
    """What was asked for between two places; NaN = nothing."""
    places = len(fixed.stop_of)
    key = (figure * places + a) * places + b
    slot = _slot(key, len(fixed.keys))
    while fixed.keys[slot] >= 0:
        if fixed.keys[slot] == key:
            return float(fixed.found[slot])
        slot = (slot + 1) & (len(fixed.keys) - 1)
    return np.nan


@uncounted
def _slot(key: int, slots: int) -> int:
    """Where a key is looked for first; the slots are a power of 2."""
    mixed = np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)
    return int(np.int64(mixed >> np.uint64(20))) & (slots - 1)


@uncounted
def remember(figure: int, pairs: IntArray, values: FloatArray, fixed: Fixed) -> None:
    """Put (n,) figures between (n, 2) places into the table, which has room for them."""
    places = len(fixed.stop_of)
    for i in range(len(pairs)):
        key = (figure * places + pairs[i, 0]) * places + pairs[i, 1]
        slot = _slot(key, len(fixed.keys))
        while fixed.keys[slot] >= 0 and fixed.keys[slot] != key:
            slot = (slot + 1) & (len(fixed.keys) - 1)
        fixed.keys[slot], fixed.found[slot] = key, values[i]


@uncounted
def ask(figure: int, a: int, b: int, now: Now) -> None:
    """A figure between two places must be found before anything else happens."""
    now.asked[now.counts[ASKED], 0], now.asked[now.counts[ASKED], 1] = a, b
    now.counts[ASKED] += 1
    now.counts[FIGURE] = figure


@uncounted
def km_between(g: int, a: int, b: int, fixed: Fixed) -> float:
    """Kilometres of a craft from place to place."""
    return minutes_between(g, fixed.layer.shape[1] - 1, a, b, fixed)


def lot_of(calls: Calls) -> Records:
    """The calls as records."""
    return _records(
        _CALL,
        len(calls.start_min),
        start=calls.start_min,
        at=calls.at,
        to=calls.to,
        to_off_road=calls.to_off_road,
        urgency=calls.urgency,
        severe=calls.severe,
        scene=calls.scene_min,
        handover=calls.handover_min,
        drive=calls.drive_factor,
        mobilise=calls.mobilise_factor,
        onward=calls.onward,
    )


def _records(dtype: np.dtype[np.void], n: int, **columns: object) -> Records:
    made = np.zeros(n, dtype=dtype)
    for name, values in columns.items():
        made[name] = values
    return made


def order_of(rules: Rules, system: System, calls: Calls, group: IntArray) -> Order:
    """The rules as arrays; places are in groups (X,)."""
    classes, standby = system.classes, rules.standby
    preempt = np.zeros((classes, classes), dtype=np.bool_)
    for taker, taken in rules.preempt:
        preempt[taker, taken] = True
    road = int(np.flatnonzero(system.road)[0]) if system.road.any() else 0
    base = system.base_place
    between = system.ways.figures(int(system.ways.layer[road, 0]), base[:, None], base[None, :])
    # A crew on the road waits where others on the road do: minutes from other bases are those of their craft.
    staffed = np.zeros(len(system.base_place), dtype=np.bool_)
    staffed[system.base[system.road[system.craft]]] = True
    begin = np.isfinite(calls.start_min)
    weight = np.bincount(group[calls.at[begin]], minlength=group.max(initial=0) + 1).astype(np.float64)
    reach, wait, patience = rules.limits(classes)
    return Order(
        rules.choice == "least_expected_arrival",
        rules.on_the_way_home,
        preempt,
        bool(preempt.any()),
        rules.beats_min,
        rules.far_min,
        reach,
        wait,
        patience,
        rules.stuck_min,
        np.asarray(standby.moves, dtype=np.int64).reshape(-1, 3),
        standby.busy,
        np.asarray((between <= standby.within_min) & staffed[None, :]),
        weight,
        who_is_reached(rules, system),
    )


def who_is_reached(rules: Rules, system: System) -> BoolArray:
    """(K, X) whether any crew can ever come to a call of a class at a place; true where it is not known."""
    _, places, bases = system.out_min.shape
    reached = np.zeros((bases, places), dtype=np.bool_)
    for minutes in system.out_min:
        reached |= np.isfinite(minutes).T
    ever = np.zeros((system.classes, places), dtype=np.bool_)
    moved = [to for _, _, to in rules.standby.moves]
    apart = system.ways.apart
    for g, drives in enumerate(system.road.tolist()):
        bases = system.base[system.craft == g]
        if not len(bases):
            continue
        if drives:  # it may wait elsewhere, and be sent on from where it has been: on islands of its ways
            others = system.base[system.road[system.craft]] if rules.standby.busy > 0 else bases
            bases = np.concatenate([bases, others, np.asarray(moved, dtype=np.int64)])
        comes = reached[np.unique(bases)].any(axis=0)
        if drives and apart is None:
            comes[:] = True
        elif drives and apart is not None:
            comes |= np.isin(
                apart.island, apart.island[np.append(np.flatnonzero(comes), system.base_place[bases])]
            )
        ever[system.may[:, g] != NEVER] |= comes
    return ever


def now_of(system: System, calls: Calls, moves: int, groups: int) -> Now:
    """Everybody at home, nobody called; places are in so many groups."""
    crews, n = len(system.base), len(calls.start_min)
    status = np.where(system.duty[:, 0] == 0, OFF, IDLE).astype(np.int64)
    at_home = system.base_place[system.base]
    nothing = np.nan
    counts = np.zeros(10, dtype=np.int64)
    counts[CALLS] = np.isfinite(calls.start_min).sum()
    return Now(
        crews=_records(
            _CREW_NOW, crews, status=status, call=-1, next=np.inf, stand=system.base, origin=at_home
        ),
        calls=_records(
            _CALL_NOW, n, begun=calls.start_min, response=nothing, door=nothing, crew=-1, wait=nothing
        ),
        groups=_records(_GROUP_NOW, groups, gap_from=-1.0),
        busy=np.zeros((crews, WEEK_H)),
        gap=np.zeros((groups, 24)),
        queue=np.empty(n + 1, dtype=np.int64),
        aside=np.empty(n, dtype=np.int64),
        active=np.full(moves, -1),
        recheck=np.full(1, np.inf),
        tick=np.full(1, 60.0),
        counts=counts,
        asked=np.zeros((crews + 1, 2), dtype=np.int64),
        serving=np.zeros(6, dtype=np.int64),
        at=np.array([0.0, -np.inf]),
    )
