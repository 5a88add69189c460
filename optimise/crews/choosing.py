"""Which crew is sent to a call: compiled, over arrays."""

from __future__ import annotations

import numpy as np

from optimise.compiled import uncounted
from optimise.crews.moving import (
    ASKED,
    HOMEWARD,
    IDLE,
    MOBILISING,
    OUT,
    Fixed,
    Now,
    Order,
    Records,
    ask,
    minutes_between,
)
from optimise.crews.system import FIRST, NEVER, SUPPORT

#: Instead of a crew: ways must be found first, see :func:`optimise.crews.moving.ask`.
ASKS = -2
#: Room for sums of minutes of a year.
_ROUNDING = 1e-6


@uncounted
def _soonest(
    x: int, k: int, how: int, first: int, last: int, t: float, hour: int, fixed: Fixed, order: Order, now: Now
) -> tuple[float, int]:
    """Minutes and number of the crew that the rule counts as the first at a place, of a range of crews.

    Crews of a craft that may answer class ``k`` in the way ``how`` are looked at (-1: all). Nobody knows
    where on its way a homeward crew is; it is there at the latest by way of its base, or back where it came
    from and on from there. (One loop over local arrays: a function for each crew would cost ten times more.)

    Where ways from home to home are not known that could be the first, they are asked for, and the crew is
    ``ASKS``.
    """
    status, stand, origin = now.crews.status, now.crews.stand, now.crews.origin
    back, left = now.crews.next, now.crews.left
    s, h = fixed.state[hour], hour % 168
    out, craft, duty, least, who = fixed.out[s, x], fixed.craft, fixed.duty, np.inf, -1
    unknown = False
    now.counts[ASKED] = 0
    for u in range(first, last):
        g = craft[u]
        on = duty[u, h]
        if on == 0 or (how >= 0 and fixed.may[k, g] != how):
            continue
        way = np.inf
        if status[u] == IDLE and fixed.up[g, hour]:
            way = out[stand[u]]
            if order.expected:
                way += fixed.mobilise[g, on - 1, s]
        elif status[u] == HOMEWARD and order.homeward and fixed.road[g]:
            between = minutes_between(g, s, origin[u], x, fixed)
            unknown = unknown or np.isnan(between)
            way = (back[u] - t) + out[stand[u]]
            if (t - left[u]) + between < way:  # noqa: PLR1730  (which is false of NaN)
                way = (t - left[u]) + between
        if way < least:
            least, who = way, u
    if unknown:
        for u in range(first, last):
            g = craft[u]
            if status[u] != HOMEWARD or duty[u, h] == 0 or not fixed.road[g]:
                continue
            if (how >= 0 and fixed.may[k, g] != how) or not np.isnan(
                minutes_between(g, s, origin[u], x, fixed)
            ):
                continue
            soonest = least - (t - left[u]) + _ROUNDING
            if not _is_farther(g, s, origin[u], x, soonest, stand[u], fixed):
                ask(s, origin[u], x, now)
    return least, ASKS if now.counts[ASKED] > 0 else who


@uncounted
def _is_farther(g: int, s: int, a: int, b: int, most: float, first: int, fixed: Fixed) -> bool:
    """Whether ways to and from stops, the bases, tell that two homes lie farther apart than some minutes."""
    if most <= 0.0:
        return True
    labels = fixed.labels[s]
    for i in range(labels.shape[1]):
        for j in range(labels.shape[1]):
            if labels[a, i] >= 0 and labels[a, i] == labels[b, j]:
                return False
    for step in range(len(fixed.base_place) + 1):
        base = fixed.base_place[first if step == 0 else step - 1]
        there = minutes_between(g, s, a, base, fixed) - minutes_between(g, s, b, base, fixed)
        back = minutes_between(g, s, base, b, fixed) - minutes_between(g, s, base, a, fixed)
        if (
            there > most
            or back > most
            or (there > 0.0 and np.isinf(there))
            or (back > 0.0 and np.isinf(back))
        ):
            return True
    return False


@uncounted
def minutes_until(u: int, x: int, t: float, hour: int, fixed: Fixed, order: Order, now: Now) -> float:
    """Minutes that the rule counts until a crew is at a place; ``inf`` = it is neither idle nor homeward."""
    least, _ = _soonest(x, 0, -1, u, u + 1, t, hour, fixed, order, now)
    return float(least)


@uncounted
def _taken_from(
    c: int, least: float, t: float, hour: int, fixed: Fixed, lot: Records, order: Order, now: Now
) -> tuple[float, int]:
    """A crew on the road that is under way from where it stood to a lesser call, if it comes sooner."""
    who, s = -1, fixed.state[hour]
    status, from_stand = now.crews.status, now.crews.from_stand
    for u in range(len(fixed.base)):
        if status[u] != MOBILISING and status[u] != OUT:
            continue
        g = fixed.craft[u]
        if not from_stand[u] or not fixed.road[g] or fixed.may[lot.urgency[c], g] != FIRST:
            continue
        if not order.preempt[lot.urgency[c], lot.urgency[now.crews.call[u]]]:
            continue
        x = abs(t - now.crews.left[u]) + fixed.out[s, lot.at[c], now.crews.stand[u]]
        if x < least:
            least, who = x, u
    return least, who


@uncounted
def choose(
    c: int, t: float, hour: int, fixed: Fixed, lot: Records, order: Order, now: Now
) -> tuple[float, int]:
    """(minutes, crew) that a call gets now; -1 = it waits; ``ASKS`` = ways must be found first.

    Craft that support are asked about severe calls and where everybody else is far, and go when they are
    sooner by ``beats``. Whoever is farther than the class's reach goes after the class's wait only.
    """
    k = lot.urgency[c]
    x, every = lot.at[c], len(fixed.base)
    least, who = _soonest(x, k, FIRST, 0, every, t, hour, fixed, order, now)
    if who == ASKS:
        return np.inf, who
    if order.preempts:
        taken, other = _taken_from(c, least, t, hour, fixed, lot, order, now)
        if other >= 0:
            least, who = taken, other
    if lot.severe[c] or least > order.far:
        sooner, other = _soonest(x, k, SUPPORT, 0, every, t, hour, fixed, order, now)
        if other == ASKS:
            return np.inf, other
        if sooner + order.beats < least:
            least, who = sooner, other
    if who >= 0 and least > order.reach[k] and t - now.calls.begun[c] < order.wait[k] - _ROUNDING:
        return np.inf, -1
    return least, who


@uncounted
def could_take(
    u: int, c: int, t: float, hour: int, fixed: Fixed, lot: Records, order: Order, now: Now
) -> int:
    """Whether a crew that has become free could be the one for a call that waits: 1, 0, or ``ASKS``."""
    if fixed.may[lot.urgency[c], fixed.craft[u]] == NEVER:
        return 0
    least, who = _soonest(lot.at[c], 0, -1, u, u + 1, t, hour, fixed, order, now)
    if who == ASKS and least == np.inf:
        return ASKS
    return int(least < np.inf)
