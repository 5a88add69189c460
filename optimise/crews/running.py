"""One run of the event loop, from values to values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimise.crews.by_stops import ByStops
from optimise.crews.events import begin, finish, run
from optimise.crews.moving import (
    ASKED,
    FIGURE,
    LOST,
    MOVED,
    NOT_CONVEYED,
    STUCK,
    WAITING,
    Fixed,
    Now,
    covered_alike,
    fixed_of,
    lot_of,
    now_of,
    order_of,
    remember,
)
from optimise.crews.outcome import Outcome
from optimise.crews.rules import Rules
from optimise.crews.system import Calls, System

#: Homes between which all ways are found at once; of more, those that somebody could come by first.
_AT_ONCE = 2000
#: Homes of an island up to which likely ways are found together.
_LIKELY_OF = 2000
#: Ways that are remembered of those, a power of 2.
_REMEMBERED = 2**18
#: Minutes after a call between which its crew is likely to be on its way home.
_MEANWHILE_MIN = (15.0, 180.0)


def simulate(system: System, calls: Calls, rules: Rules | None = None, *, end_min: float) -> Outcome:
    """Let crews answer calls until a minute.

    Every run begins with everybody at home. It draws nothing at random: the luck stands in the calls.

    Args:
        system: crews and minutes.
        calls: who calls.
        rules: who is sent; default: whoever is expected first.
        end_min: when it ends; at most the hours that the system knows.

    Raises:
        ValueError: the system does not know the hours until the end.
    """
    if end_min > 60.0 * len(system.state):
        raise ValueError("the system knows fewer hours than are asked for")
    asked = rules or Rules()
    covered, group = covered_alike(system)
    now = now_of(system, calls, len(asked.standby.moves), covered.shape[1])
    fixed, lot, order = fixed_of(system, covered), lot_of(calls), order_of(asked, system, calls, group)
    begin(fixed, now)
    fixed, remembered = _with_homes(fixed, system, calls)
    while run(fixed, lot, order, now, float(end_min)):
        fixed, remembered = _answered(fixed, system.ways, now, remembered)
    finish(float(end_min), lot, order, now)
    came = np.isfinite(now.calls["response"])
    return Outcome(
        response_min=now.calls["response"],
        door_min=now.calls["door"],
        crew=np.where(came, now.calls["crew"], -1),
        wait_min=np.where(came, now.calls["wait"], np.nan),
        taken=now.calls["taken"],
        busy_min=now.busy,
        home_min=now.crews["home"],
        missions=now.crews["missions"],
        km=now.crews["km"],
        gap_min=now.gap[group],
        standby_moves=int(now.counts[MOVED]),
        stuck=int(now.counts[STUCK]),
        not_conveyed=int(now.counts[NOT_CONVEYED]),
        lost=int(now.counts[LOST]),
        left=int(now.counts[WAITING]),
    )


def _with_homes(fixed: Fixed, system: System, calls: Calls) -> tuple[Fixed, int]:
    """The system with all ways between homes, or those likely to be asked for; how many these are."""
    ways = system.ways
    if ways.apart is None:
        return fixed, 0
    homes = np.flatnonzero(ways.stop_of < 0)
    if len(homes) > _AT_ONCE:
        return _with_likely(fixed, system, calls)
    row_of = np.full(ways.places, -1)
    row_of[homes] = np.arange(len(homes))
    every = ways.apart.every(homes, np.arange(system.out_min.shape[0]))
    return fixed._replace(apart=np.ascontiguousarray(every), row_of=row_of), 0


def _with_likely(fixed: Fixed, system: System, calls: Calls) -> tuple[Fixed, int]:
    """The system with the ways that crews are likely to turn by, found together where islands are small.

    To be asked one at a time takes a hundred times longer.
    """
    apart, found = system.ways.apart, []
    assert apart is not None
    for island in np.unique(fixed.island[system.base_place]).tolist():
        homes = (fixed.island == island) & (fixed.stop_of < 0)
        if 0 < homes.sum() <= _LIKELY_OF:
            starts, ends, state = likely_ways(system, calls, homes)
            for one in np.unique(state).tolist():
                own = state == one
                pairs = np.unique(np.column_stack([starts[own], ends[own]]), axis=0)
                found.append((one, pairs, apart.pairs(one, pairs[:, 0], pairs[:, 1])))
    count, slots = sum(len(pairs) for _, pairs, _ in found), _REMEMBERED
    while slots < 4 * count:
        slots *= 2
    fixed = _with_room(fixed, slots)
    for state, pairs, values in found:
        remember(state, pairs, values, fixed)
    return fixed, count


def likely_ways(
    system: System, calls: Calls, homes: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """((n,) home that a crew drives home from, (n,) home of a call meanwhile, (n,) state of the roads then).

    Args:
        system: crews and minutes.
        calls: who calls.
        homes: (X,) the homes that are looked at.
    """
    begin = np.flatnonzero(np.isfinite(calls.start_min))
    start = calls.start_min[begin]
    left = np.where(calls.to[begin] >= 0, calls.to[begin], calls.at[begin])
    calling = begin[homes[calls.at[begin]]]
    begun, asks = start[homes[left]], start[homes[calls.at[begin]]]
    first, last = (np.searchsorted(asks, begun + minutes) for minutes in _MEANWHILE_MIN)
    count = last - first
    step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    call = calling[np.repeat(first, count) + step]
    hours = np.minimum(calls.start_min[call] // 60.0, len(system.state) - 1).astype(np.int64)
    return np.repeat(left[homes[left]], count), calls.at[call], system.state[hours]


def _with_room(fixed: Fixed, slots: int) -> Fixed:
    """The system with an empty table; what one call asks has room, or it would ask for ever."""
    while slots < 8 * (len(fixed.base) + 2):
        slots *= 2
    return fixed._replace(keys=np.full(slots, -1), found=np.full(slots, np.nan))


def _answered(fixed: Fixed, ways: ByStops, now: Now, remembered: int) -> tuple[Fixed, int]:
    """The system with the ways that are asked for, and how many it remembers: of too many, these alone."""
    assert ways.apart is not None
    pairs, figure = now.asked[: now.counts[ASKED]], int(now.counts[FIGURE])
    if 2 * (remembered + len(pairs)) > len(fixed.keys):
        fixed, remembered = _with_room(fixed, len(fixed.keys)), 0
    remember(figure, pairs, ways.apart.pairs(figure, pairs[:, 0], pairs[:, 1]), fixed)
    return fixed, remembered + len(pairs)
