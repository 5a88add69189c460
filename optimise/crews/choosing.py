"""Which crew is sent to a call: compiled, over arrays."""

from __future__ import annotations

import numpy as np

from optimise.compiled import compiled
from optimise.crews.moving import HOMEWARD, IDLE, MOBILISING, OUT, Fixed, Now, Order, Records
from optimise.crews.system import FIRST, NEVER, SUPPORT

#: Room for sums of minutes of a year.
_ROUNDING = 1e-6


@compiled
def minutes_until(u: int, x: int, t: float, hour: int, fixed: Fixed, order: Order, now: Now) -> float:
    """Minutes that the rule counts until an idle or homeward crew is at a place; ``inf`` = it cannot.

    Nobody knows where on its way a homeward crew is; it is there at the latest by way of its base, or back
    where it came from and on from there.
    """
    duty = fixed.duty[u, hour % 168]
    if duty == 0:
        return np.inf
    g, s = fixed.craft[u], fixed.state[hour]
    if now.crews.status[u] == IDLE:
        if not fixed.up[g, hour]:
            return np.inf
        way = fixed.out[s, x, now.crews.stand[u]]
        return float(way + fixed.mobilise[g, duty - 1, s] if order.expected else way)
    if now.crews.status[u] == HOMEWARD and order.homeward and fixed.road[g]:
        by_base = (now.crews.next[u] - t) + fixed.out[s, x, now.crews.stand[u]]
        return float(min(by_base, (t - now.crews.left[u]) + fixed.go[g, s, now.crews.origin[u], x]))
    return np.inf


@compiled
def _best(
    c: int, how: int, t: float, hour: int, fixed: Fixed, lot: Records, order: Order, now: Now
) -> tuple[float, int]:
    """Minutes and crew of the first who can come, of the craft that may answer in a way."""
    least, who = np.inf, -1
    for u in range(len(fixed.base)):
        if fixed.may[lot.urgency[c], fixed.craft[u]] == how:
            x = minutes_until(u, lot.at[c], t, hour, fixed, order, now)
            if x < least:
                least, who = x, u
    return least, who


@compiled
def _taken_from(
    c: int, least: float, t: float, hour: int, fixed: Fixed, lot: Records, order: Order, now: Now
) -> tuple[float, int]:
    """A crew on the road that is under way from where it stood to a lesser call, if it comes sooner."""
    who, s = -1, fixed.state[hour]
    for u in range(len(fixed.base)):
        if now.crews.status[u] != MOBILISING and now.crews.status[u] != OUT:
            continue
        g = fixed.craft[u]
        if not now.crews.from_stand[u] or not fixed.road[g] or fixed.may[lot.urgency[c], g] != FIRST:
            continue
        if not order.preempt[lot.urgency[c], lot.urgency[now.crews.call[u]]]:
            continue
        x = abs(t - now.crews.left[u]) + fixed.out[s, lot.at[c], now.crews.stand[u]]
        if x < least:
            least, who = x, u
    return least, who


@compiled
def choose(
    c: int, t: float, hour: int, fixed: Fixed, lot: Records, order: Order, now: Now
) -> tuple[float, int]:
    """(minutes, crew) that a call gets now; -1 = it waits.

    Craft that support are asked about severe calls and where everybody else is far, and go when they are
    sooner by ``beats``. Whoever is farther than the class's reach goes after the class's wait only.
    """
    k = lot.urgency[c]
    least, who = _best(c, FIRST, t, hour, fixed, lot, order, now)
    if order.preempts:
        taken, other = _taken_from(c, least, t, hour, fixed, lot, order, now)
        if other >= 0:
            least, who = taken, other
    if lot.severe[c] or least > order.far:
        sooner, other = _best(c, SUPPORT, t, hour, fixed, lot, order, now)
        if sooner + order.beats < least:
            least, who = sooner, other
    if who >= 0 and least > order.reach[k] and t - now.calls.begun[c] < order.wait[k] - _ROUNDING:
        return np.inf, -1
    return least, who


@compiled
def could_take(
    u: int, c: int, t: float, hour: int, fixed: Fixed, lot: Records, order: Order, now: Now
) -> bool:
    """Whether a crew that has become free could be the one for a call that waits."""
    if fixed.may[lot.urgency[c], fixed.craft[u]] == NEVER:
        return False
    return minutes_until(u, lot.at[c], t, hour, fixed, order, now) < np.inf
