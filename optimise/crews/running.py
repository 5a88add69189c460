"""One run of the event loop, from values to values."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from optimise.crews.by_stops import ByStops
from optimise.crews.events import begin, finish, run
from optimise.crews.moving import (
    HOMEWARD,
    LOST,
    MOVED,
    NEXT_CALL,
    NOT_CONVEYED,
    STUCK,
    WAITING,
    Fixed,
    Now,
    fixed_of,
    lot_of,
    now_of,
    order_of,
)
from optimise.crews.outcome import Outcome
from optimise.crews.rules import Rules
from optimise.crews.system import Calls, System

#: Homes between which all ways are found at once; of more, those between the homes of the calls at hand.
_AT_ONCE = 2000
#: Calls that are at hand together.
_BLOCK = 500


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
    for until, at_hand in _blocks(fixed, system, calls, now, float(end_min)):
        run(at_hand, lot, order, now, until)
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


def _blocks(
    fixed: Fixed, system: System, calls: Calls, now: Now, end_min: float
) -> Iterator[tuple[float, Fixed]]:
    """Until when the event loop runs, and the system with the ways between homes that it needs until then.

    Nothing depends on where one block ends and the next begins: a crew goes from home to home only between
    those of calls that have begun and are not over.
    """
    ways = system.ways
    if ways.apart is None:
        yield end_min, fixed
        return
    homes = np.flatnonzero(ways.stop_of < 0)
    starts = calls.start_min[np.isfinite(calls.start_min)]
    if len(homes) <= _AT_ONCE:
        yield end_min, _with_homes(fixed, ways, homes, np.arange(system.out_min.shape[0]))
        return
    since = 0.0
    for last in range(_BLOCK, max(len(starts), 1) + _BLOCK, _BLOCK):
        until = min(float(starts[last]), end_min) if last < len(starts) else end_min
        hours = slice(int(since // 60.0), int(until // 60.0) + 1)
        yield (
            until,
            _with_homes(
                fixed, ways, _at_hand(calls, now, last, ways.stop_of), np.unique(system.state[hours])
            ),
        )
        since = until


def _at_hand(calls: Calls, now: Now, last: int, stop_of: NDArray[np.int64]) -> NDArray[np.int64]:
    """(P,) homes of the calls before a number that are not over, and those that crews drive home from."""
    on_call = now.crews["call"]
    open_calls = np.concatenate(
        [np.arange(now.counts[NEXT_CALL], last), now.queue[: now.counts[WAITING]], on_call[on_call >= 0]]
    )
    open_calls = open_calls[open_calls < len(calls.at)]
    after = np.setdiff1d(calls.onward[open_calls], [-1, *open_calls])
    while len(after):  # those that begin with them
        open_calls = np.concatenate([open_calls, after])
        after = np.setdiff1d(calls.onward[after], [-1, *open_calls])
    places = np.concatenate(
        [calls.at[open_calls], calls.to[open_calls], now.crews["origin"][now.crews["status"] == HOMEWARD]]
    )
    places = np.unique(places[places >= 0])
    return np.asarray(places[stop_of[places] < 0])


def _with_homes(fixed: Fixed, ways: ByStops, homes: NDArray[np.int64], states: NDArray[np.int64]) -> Fixed:
    """The system with the ways between some homes in some states."""
    assert ways.apart is not None
    row_of = np.full(ways.places, -1)
    row_of[homes] = np.arange(len(homes))
    return fixed._replace(apart=np.ascontiguousarray(ways.apart(homes, states)), row_of=row_of)
