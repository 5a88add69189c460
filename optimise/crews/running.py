"""One run of the event loop, from values to values."""

from __future__ import annotations

import numpy as np

from optimise.crews.events import run
from optimise.crews.moving import (
    LOST,
    MOVED,
    NOT_CONVEYED,
    STUCK,
    WAITING,
    fixed_of,
    lot_of,
    now_of,
    order_of,
)
from optimise.crews.outcome import Outcome
from optimise.crews.rules import Rules
from optimise.crews.system import Calls, System


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
    run(fixed_of(system), lot_of(calls), order_of(asked, system, calls), now, float(end_min))
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
