"""One run of the event loop, from values to values."""

from __future__ import annotations

import numpy as np

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
#: Ways that are remembered of those, a power of 2.
_REMEMBERED = 2**18


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
    now = now_of(system, calls, len(asked.standby.moves))
    fixed, lot, order = fixed_of(system), lot_of(calls), order_of(asked, system, calls)
    begin(fixed, now)
    fixed, remembered = _with_homes(fixed, system), 0
    while run(fixed, lot, order, now, float(end_min)):
        fixed, remembered = _answered(fixed, system.ways, now, remembered)
    finish(float(end_min), now)
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
        gap_min=now.gap,
        standby_moves=int(now.counts[MOVED]),
        stuck=int(now.counts[STUCK]),
        not_conveyed=int(now.counts[NOT_CONVEYED]),
        lost=int(now.counts[LOST]),
        left=int(now.counts[WAITING]),
    )


def _with_homes(fixed: Fixed, system: System) -> Fixed:
    """The system with all ways between homes, or room for those that are asked for."""
    ways = system.ways
    if ways.apart is None:
        return fixed
    homes = np.flatnonzero(ways.stop_of < 0)
    if len(homes) > _AT_ONCE:
        return _with_room(fixed, _REMEMBERED)
    row_of = np.full(ways.places, -1)
    row_of[homes] = np.arange(len(homes))
    every = ways.apart.every(homes, np.arange(system.out_min.shape[0]))
    return fixed._replace(apart=np.ascontiguousarray(every), row_of=row_of)


def _with_room(fixed: Fixed, slots: int) -> Fixed:
    return fixed._replace(keys=np.full(slots, -1), found=np.full(slots, np.nan))


def _answered(fixed: Fixed, ways: ByStops, now: Now, remembered: int) -> tuple[Fixed, int]:
    """The system with the ways that are asked for, and how many it remembers: of too many, these alone."""
    assert ways.apart is not None
    pairs, figure = now.asked[: now.counts[ASKED]], int(now.counts[FIGURE])
    slots = len(fixed.keys)
    if 2 * (remembered + len(pairs)) > slots:
        while 2 * len(pairs) > slots:
            slots *= 2
        fixed, remembered = _with_room(fixed, slots), 0
    remember(figure, pairs, ways.apart.pairs(figure, pairs[:, 0], pairs[:, 1]), fixed)
    return fixed, remembered + len(pairs)
