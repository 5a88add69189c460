"""The inner loops of capacitated location: a Lagrangian bound over knapsacks, and assignment with room.

Costs are held by site: ``costs[j, i]`` is the weighted cost of serving row i from site j, inf where that
cannot be.
"""

from __future__ import annotations

import math

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.capacity_engine.volume import WEIGHT, climb, gains, moves_on
from optimise.compiled import compiled

FREE, OPEN, CLOSED = 0, 1, 2
#: How often somebody is looked at for a swap in one assignment: some tenths of a second.
_MOST_LOOKS = 200_000_000


@compiled
def _fill(
    costs: FloatArray, demand: FloatArray, room: float, now: FloatArray, share: FloatArray
) -> tuple[float, float]:
    """The fractional knapsack of one site: fills ``share``, gives its (negative) value and price of room."""
    share[:] = 0.0
    value, load, count = 0.0, 0.0, 0
    items = np.empty(len(costs), dtype=np.int64)
    for row in range(len(costs)):
        if now[row] > costs[row]:
            items[count] = row
            count += 1
            load += demand[row]
            value += costs[row] - now[row]
            share[row] = 1.0
    if load <= room:
        return value, 0.0
    ratio = np.empty(count)
    for place in range(count):
        row = items[place]
        ratio[place] = (now[row] - costs[row]) / demand[row] if demand[row] > 0.0 else np.inf
    value, left, price = 0.0, room, 0.0
    for place in np.argsort(-ratio):
        row = items[place]
        part = 1.0 if demand[row] <= left else left / demand[row]
        if part < 1.0:
            price = max(price, ratio[place])
        share[row] = part
        left -= part * demand[row]
        value += part * (costs[row] - now[row])
    return value, price


@compiled
def knapsacks(costs: FloatArray, demand: FloatArray, room: FloatArray, now: FloatArray) -> FloatArray:
    """(n_sites,) the (negative) value of each site's fractional knapsack at these multipliers."""
    values, share = np.empty(len(room)), np.empty(len(now))
    for site in range(len(room)):
        values[site] = _fill(costs[site], demand, room[site], now, share)[0]
    return values


@compiled
def choose_sites(values: FloatArray, status: IntArray, n_open: int, chosen: BoolArray) -> float:
    """Open the OPEN sites and the free ones with the least values; returns the sum of their values."""
    chosen[:] = status == OPEN
    left, total = n_open, 0.0
    for site in range(len(values)):
        if chosen[site]:
            left -= 1
            total += values[site]
    for site in np.argsort(values):
        if left > 0 and status[site] == FREE:
            chosen[site] = True
            left -= 1
            total += values[site]
    return total


def capacity_bound(
    costs: FloatArray,
    demand: FloatArray,
    room: FloatArray,
    n_open: int,
    status: IntArray,
    target: float,
    multipliers: FloatArray,
    values: FloatArray,
    prices: FloatArray,
    mean_choice: FloatArray,
    n_steps: int,
    deadline: float = math.inf,
) -> float:
    """The largest Lagrangian lower bound that ``n_steps`` of the volume algorithm give; stops at ``target``.

    Each row's "served once" is relaxed, which leaves a knapsack for each site, here a fractional one: the
    bound is that of the strong linear relaxation. On return ``multipliers``, the sites' ``values`` and their
    ``prices`` of room are those of the bound; ``mean_choice`` is how often each site was open, of late. No
    steps are taken after ``deadline``, of ``time.monotonic()``, but one always is.
    """

    def steps(number: int, now: FloatArray, direction: FloatArray, pace: FloatArray) -> bool:
        return _capacity_steps(
            costs, demand, room, n_open, status, target, multipliers, values, prices, mean_choice, number,
            now, direction, pace,
        )  # fmt: skip

    return climb(steps, multipliers, n_steps, deadline)


@compiled
def _capacity_steps(
    costs: FloatArray,
    demand: FloatArray,
    room: FloatArray,
    n_open: int,
    status: IntArray,
    target: float,
    multipliers: FloatArray,
    values: FloatArray,
    prices: FloatArray,
    mean_choice: FloatArray,
    n_steps: int,
    now: FloatArray,
    direction: FloatArray,
    pace: FloatArray,
) -> bool:
    """Some steps of :func:`capacity_bound`; False where no further one is worth while."""
    n_sites, n_rows = costs.shape
    share, slack = np.empty(n_rows), np.empty(n_rows)
    value_of, price_of, chosen = np.empty(n_sites), np.empty(n_sites), np.zeros(n_sites, dtype=np.bool_)
    for _ in range(n_steps):
        for site in range(n_sites):
            value_of[site], price_of[site] = 0.0, 0.0
            if status[site] != CLOSED:
                value_of[site], price_of[site] = _fill(costs[site], demand, room[site], now, share)
        bound = now.sum() + choose_sites(value_of, status, n_open, chosen)
        slack[:] = 1.0
        for site in range(n_sites):
            mean_choice[site] += pace[WEIGHT] * ((1.0 if chosen[site] else 0.0) - mean_choice[site])
            if chosen[site]:
                _fill(costs[site], demand, room[site], now, share)
                slack -= share
        if gains(bound, slack, direction, target, pace):
            multipliers[:] = now
            values[:] = value_of
            prices[:] = price_of
        if not moves_on(multipliers, direction, target, pace, now):
            return False
    return True


@compiled
def assign(
    costs: FloatArray,
    demand: FloatArray,
    room: FloatArray,
    prices: FloatArray,
    goes: IntArray,
    by_size: bool,
    promising: float,
) -> float:
    """Send each row to one site with room (``goes``); inf when stuck.

    Shifts and swaps follow where the cost is below ``promising``.

    Rows go in the order of their regret, the difference between their two best sites (Martello and Toth 1981,
    *An algorithm for the generalized assignment problem*, Operational Research '81), or of their size; costs
    then include the price of room.
    """
    n_sites, n_rows = costs.shape
    regret = np.empty(n_rows)
    for row in range(n_rows):
        one, two = np.inf, np.inf
        for site in range(n_sites):
            cost = costs[site, row] + prices[site] * demand[row]
            if cost < one:
                one, two = cost, one
            elif cost < two:
                two = cost
        regret[row] = demand[row] if by_size else min(two - one, 1e300)
    left = room.copy()
    for row in np.argsort(-regret):
        best, least = -1, np.inf
        for site in range(n_sites):
            cost = costs[site, row] + prices[site] * demand[row]
            if demand[row] <= left[site] and cost < least:
                best, least = site, cost
        if best < 0:
            return float(np.inf)
        goes[row] = best
        left[best] -= demand[row]
    total = _total(costs, goes)
    if total < promising:
        looks = _MOST_LOOKS
        while looks > 0:
            looks = _improved(costs, demand, left, goes, looks)
        total = _total(costs, goes)
    return total


@compiled
def _total(costs: FloatArray, goes: IntArray) -> float:
    total = 0.0
    for row in range(len(goes)):
        total += costs[goes[row], row]
    return total


@compiled
def _improved(costs: FloatArray, demand: FloatArray, left: FloatArray, goes: IntArray, looks: int) -> int:
    """One pass of shifts to a cheaper site with room, and of swaps between two sites.

    How many of ``looks`` at people who may be swapped are left; 0 where nothing was improved.
    """
    n_sites, n_rows = costs.shape
    improved = False
    for row in range(n_rows):
        for site in range(n_sites):
            own = goes[row]
            gain = costs[own, row] - costs[site, row]
            if gain <= 1e-12 * abs(costs[own, row]):
                continue
            if looks <= 0:
                return 0
            if demand[row] <= left[site]:
                left[own] += demand[row]
                left[site] -= demand[row]
                goes[row] = site
                improved = True
                continue
            looks -= n_rows
            for other in range(n_rows):
                if goes[other] != site:
                    continue
                more = demand[row] - demand[other]
                loss = costs[own, other] - costs[site, other]
                if more <= left[site] and -more <= left[own] and gain - loss > 1e-9 * abs(gain):
                    left[own] += more
                    left[site] -= more
                    goes[row], goes[other] = site, own
                    improved = True
                    break
    return max(looks, 0) if improved else 0


@compiled
def _two_nearest(
    costs: FloatArray, chosen: BoolArray, far: float, one: FloatArray, two: FloatArray, site_of: IntArray
) -> None:
    one[:] = far
    two[:] = far
    site_of[:] = -1
    for site in range(len(chosen)):
        if not chosen[site]:
            continue
        for row in range(len(one)):
            cost = min(costs[site, row], far)
            if cost < one[row]:
                two[row], one[row], site_of[row] = one[row], cost, site
            elif cost < two[row]:
                two[row] = cost


@compiled
def median_interchange(costs: FloatArray, far: float, status: IntArray, chosen: BoolArray) -> None:
    """Swap sites of ``chosen`` while that lowers the cost without regard to room; unserved rows cost ``far``.

    Whitaker (1983), *A fast algorithm for the greedy interchange for large-scale clustering and median
    location problems*, INFOR 21: the best site to close is found in one pass over the rows.
    """
    n_sites, n_rows = costs.shape
    one, two, site_of = np.empty(n_rows), np.empty(n_rows), np.empty(n_rows, dtype=np.int64)
    _two_nearest(costs, chosen, far, one, two, site_of)
    loss = np.empty(n_sites)
    since = 0
    new = 0
    while since < n_sites:
        if not chosen[new] and status[new] == FREE:
            gain = 0.0
            loss[:] = 0.0
            for row in range(n_rows):
                cost = min(costs[new, row], far)
                if cost < one[row]:
                    gain += one[row] - cost
                elif site_of[row] >= 0:
                    loss[site_of[row]] += min(two[row], cost) - one[row]
            out = -1
            for site in range(n_sites):
                if chosen[site] and status[site] == FREE and (out < 0 or loss[site] < loss[out]):
                    out = site
            if out >= 0 and gain > loss[out] * (1 + 1e-9) + 1e-9:
                chosen[out], chosen[new] = False, True
                _two_nearest(costs, chosen, far, one, two, site_of)
                since = 0
        since += 1
        new = (new + 1) % n_sites
