"""The Lagrangian bound: relax "everyone is served once", price it with one multiplier for each row.

For multipliers ``u`` within ``0 <= u_i <= cap_i`` the bound is::

    L(u) = constant + sum_i u_i + (the ``budget`` smallest of rho),   rho_j = sum_i min(0, c_ij - u_i)

Cornuejols, Fisher and Nemhauser (1977), Management Science 23; subgradient steps with the target of Held,
Wolfe and Crowder (1974), Mathematical Programming 6, along the direction of a decaying mean of the sites
chosen, in the manner of the volume algorithm (Barahona and Anbil 2000, Mathematical Programming 87): near the
optimum many choices tie, and the direction of a single one leads nowhere. That mean also estimates the
solution of the linear relaxation, which branching uses. Sites are decided on the way by reduced costs:
opening (closing) site j changes L by a known amount; where that passes the threshold, j stays closed (open).
"""

from __future__ import annotations

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.compiled import Int8Array, Int32Array, compiled

#: Values of a site's state.
CLOSED, FREE, OPEN = -1, 0, 1
#: Larger than every cost; "no such site".
HUGE = 1e300
#: Weight of the newest choice in the mean of the sites chosen.
_NEWEST = 0.1
#: Steps aim this share of the first distance beyond the threshold, so that they can arrive.
_OVERSHOOT = 0.05
#: A bound that rises by less than this share of the open gap counts as stalled.
_PROGRESS = 1e-3
#: The value of the chosen sites is looked at every so many steps.
_LOOK_EVERY = 8


@compiled
def savings(
    indptr: IntArray,
    sites: Int32Array,
    costs: FloatArray,
    multipliers: FloatArray,
    stops: IntArray,
    rho: FloatArray,
) -> float:
    """Fill ``rho`` and ``stops`` (each row's first entry that is not cheaper); sum of the multipliers."""
    rho[:] = 0.0
    total = 0.0
    for row in range(len(multipliers)):
        price = multipliers[row]
        total += price
        entry = indptr[row]
        end = indptr[row + 1]
        while entry < end and costs[entry] < price:
            rho[sites[entry]] += costs[entry] - price
            entry += 1
        stops[row] = entry
    return total


@compiled
def pick(
    rho: FloatArray, status: Int8Array, budget: int, chosen: BoolArray, keys: FloatArray
) -> tuple[float, float, float]:
    """Open the ``budget`` sites with the least ``rho``; decided sites as decided.

    Returns their sum, the largest free chosen value and the smallest free unchosen value
    (-HUGE and HUGE where there is none); the sum is HUGE when the budget cannot be met.
    """
    n_free = 0
    left = budget
    total = 0.0
    for site in range(len(rho)):
        chosen[site] = status[site] == OPEN
        if status[site] == OPEN:
            total += rho[site]
            left -= 1
        elif status[site] == FREE:
            keys[n_free] = rho[site]
            n_free += 1
    if left < 0 or left > n_free:
        return HUGE, -HUGE, HUGE
    if left == 0:
        return total, -HUGE, _least(keys, n_free)
    ordered = np.partition(keys[:n_free], left - 1)
    last = ordered[left - 1]
    following = ordered[left:].min() if left < n_free else HUGE
    return total + _open_least(rho, status, chosen, left, last), last, following


@compiled
def _least(keys: FloatArray, count: int) -> float:
    least = HUGE
    for position in range(count):
        least = min(least, keys[position])
    return least


@compiled
def _open_least(rho: FloatArray, status: Int8Array, chosen: BoolArray, left: int, last: float) -> float:
    """Open the ``left`` free sites up to ``last``; of equals, the first ones."""
    total = 0.0
    below = 0
    for site in range(len(rho)):
        if status[site] == FREE and rho[site] < last:
            chosen[site] = True
            total += rho[site]
            below += 1
    for site in range(len(rho)):
        if below == left:
            break
        if status[site] == FREE and rho[site] == last:
            chosen[site] = True
            total += rho[site]
            below += 1
    return total


@compiled
def decide(
    rho: FloatArray,
    status: Int8Array,
    chosen: BoolArray,
    bound: float,
    last: float,
    following: float,
    threshold: float,
) -> int:
    """Fix the sites whose other state would carry ``bound`` to ``threshold``; returns how many."""
    decided = 0
    for site in range(len(rho)):
        if status[site] != FREE:
            continue
        if chosen[site]:
            if bound - rho[site] + following >= threshold:
                status[site] = OPEN
                decided += 1
        elif bound + rho[site] - last >= threshold:
            status[site] = CLOSED
            decided += 1
    return decided


@compiled
def covering_gap(
    indptr: IntArray,
    sites: Int32Array,
    caps: FloatArray,
    multipliers: FloatArray,
    stops: IntArray,
    average: FloatArray,
    direction: FloatArray,
) -> float:
    """Fill ``direction``: one minus the share of each row that the mean choice serves; its squared length."""
    norm = 0.0
    for row in range(len(stops)):
        left = 1.0
        for entry in range(indptr[row], stops[row]):
            left -= average[sites[entry]]
        if left > 0 and multipliers[row] >= caps[row]:
            left = 0.0
        direction[row] = left
        norm += left * left
    return norm


@compiled
def _value(
    indptr: IntArray, sites: Int32Array, costs: FloatArray, caps: FloatArray, chosen: BoolArray
) -> float:
    total = 0.0
    for row in range(len(caps)):
        least = caps[row]
        for entry in range(indptr[row], indptr[row + 1]):
            if chosen[sites[entry]]:
                least = costs[entry]
                break
        total += least
    return total


@compiled
def _blend(average: FloatArray, chosen: BoolArray, status: Int8Array) -> None:
    """Move the mean towards the newest choice; decided sites are as decided."""
    for site in range(len(average)):
        if status[site] == FREE:
            average[site] += _NEWEST * (chosen[site] - average[site])
        else:
            average[site] = 1.0 if status[site] == OPEN else 0.0


@compiled
def ascend(
    indptr: IntArray,
    sites: Int32Array,
    costs: FloatArray,
    caps: FloatArray,
    budget: int,
    multipliers: FloatArray,
    status: Int8Array,
    threshold: float,
    state: FloatArray,
    steps: int,
    patience: int,
    average: FloatArray,
    best_value: FloatArray,
    best_chosen: BoolArray,
) -> int:
    """Raise the bound by up to ``steps`` steps, or until it reaches ``threshold``.

    All values are without the core's constant.

    Args:
        indptr: see :class:`~optimise.pmedian_engine.core.Core`, as the next four.
        sites: as above.
        costs: as above.
        caps: as above.
        budget: as above.
        multipliers: (n_rows,) start; holds the multipliers of the best bound afterwards.
        status: (n_sites,) CLOSED, FREE or OPEN; sites that the bound decides are marked.
        threshold: solutions worth looking for are cheaper than this.
        state: [step length factor, best bound, stalled steps]; carries on over calls. The best bound is HUGE
            when the decided sites leave no way to meet the budget.
        steps: at most so many.
        patience: the step length is halved after so many stalled steps.
        average: (n_sites,) mean of the sites chosen, to start from and to go on with.
        best_value: (1,) cheapest choice seen, lowered where a cheaper one is met.
        best_chosen: (n_sites,) the sites of that choice.

    Returns:
        The number of steps made.
    """
    n_rows, n_sites = len(caps), len(status)
    rho, keys = np.empty(n_sites), np.empty(n_sites)
    stops, direction = np.empty(n_rows, np.int64), np.empty(n_rows)
    chosen = np.empty(n_sites, np.bool_)
    best = multipliers.copy()
    made, goal = 0, -HUGE
    while made < steps:
        made += 1
        total = savings(indptr, sites, costs, multipliers, stops, rho)
        opened, last, following = pick(rho, status, budget, chosen, keys)
        if opened >= HUGE:
            state[1] = HUGE
            return made
        bound = total + opened
        if made == 1:
            goal = threshold + _OVERSHOOT * (threshold - bound)
        if made % _LOOK_EVERY == 1:
            value = _value(indptr, sites, costs, caps, chosen)
            if value < best_value[0]:
                best_value[0] = value
                best_chosen[:] = chosen
        state[2] += 1.0
        if bound > state[1]:
            if bound > state[1] + _PROGRESS * (threshold - state[1]):
                state[2] = 0.0
            state[1] = bound
            best[:] = multipliers
            if bound >= threshold:
                return made
            decide(rho, status, chosen, bound, last, following, threshold)
        _blend(average, chosen, status)
        if state[2] >= patience:
            state[0] *= 0.5
            state[2] = 0.0
            multipliers[:] = best
            continue
        norm = covering_gap(indptr, sites, caps, multipliers, stops, average, direction)
        if norm < 1e-12:
            break
        length = state[0] * (goal - bound) / norm
        for row in range(n_rows):
            multipliers[row] = min(max(multipliers[row] + length * direction[row], 0.0), caps[row])
    multipliers[:] = best
    return made
