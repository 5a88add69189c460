"""The inner loops of expected covering: a Lagrangian bound over sites and vehicles, and what it decides.

Person i with n vehicles in reach is worth ``g_i1 + .. + g_in``, ``g_ik = w_i (1 - q_i) q_i^(k-1)``. Let
``x_jl`` be 1 where site j has at least l vehicles. The first k vehicles that reach a person are among the
first k of each site, so for every k

    z_i1 + .. + z_ik <= sum_{j reaches i} (x_j1 + .. + x_jk)

holds, where Daskin's program has the last of these rows only. The first says that whoever is covered at all
is covered by an open site; without it, vehicles that share a site are spread over sites that are not open.

With multipliers ``u_ik >= 0`` of these rows for k = 1, 2 and all (further k add little), ``price_ik`` the sum
of ``u_ik`` and those after it, the relaxation is

    sum_i sum_k max(0, g_ik - price_ik) + max over sites and vehicles of sum_jl x_jl sum_{i in reach} price_il

and the inner maximum is met by a price of a vehicle: each site takes the ranks that are worth more, and the
sites with the most above that price are open. Any price of a vehicle gives a bound.
"""

from __future__ import annotations

import numpy as np

from optimise.arrays import FloatArray, IntArray
from optimise.compiled import Int32Array, compiled

#: Ranks of vehicles with a multiplier of their own; the last stands for all that follow.
RANKS = 3
_HALVINGS = 24


@compiled
def _people(
    weights: FloatArray, busy: FloatArray, most: int, multipliers: FloatArray, slack: FloatArray
) -> float:
    """What people are worth beyond the prices; in ``slack`` minus the vehicles they take, up to each rank."""
    value = 0.0
    for row in range(len(weights)):
        gain, price, taken = weights[row] * (1.0 - busy[row]), 0.0, 0.0
        for rank in range(RANKS):
            price += multipliers[row, rank]
        for rank in range(RANKS):
            for _ in range(1 if rank < RANKS - 1 else most - RANKS + 1):
                if gain > price:
                    value += gain - price
                    taken += 1.0
                elif rank == RANKS - 1:
                    break
                gain *= busy[row]
            slack[row, rank] = -taken
            price -= multipliers[row, rank]
    return value


@compiled
def net_worth(scores: FloatArray, least: int, most: int, price: float, column: int) -> tuple[float, int]:
    """What an open site is worth with the vehicles that are worth their price, and their number."""
    number, worth = 1, scores[column, 0] - price
    if most >= 2 and (least >= 2 or scores[column, 1] > price):
        number, worth = 2, worth + scores[column, 1] - price
        further = most - 2 if scores[column, 2] > price else max(least - 2, 0)
        number, worth = number + further, worth + further * (scores[column, 2] - price)
    return worth, number


@compiled
def _at_price(
    scores: FloatArray, n_open: int, least: IntArray, most: IntArray, price: float, units: IntArray,
    net: FloatArray,
) -> tuple[float, int]:  # fmt: skip
    """The best sites and vehicles where each vehicle costs ``price``: their worth, and how many vehicles."""
    value, total, left = 0.0, 0, n_open
    for column in range(len(least)):
        units[column], net[column] = 0, -np.inf
        if most[column] >= 1:
            worth, number = net_worth(scores, least[column], most[column], price, column)
            if least[column] >= 1:
                value, total, left = value + worth, total + number, left - 1
                units[column] = number
            elif n_open >= 0 or worth > 0.0:
                net[column] = worth
    if n_open < 0:
        left = len(net)
    for column in np.argsort(-net):
        if left <= 0 or net[column] == -np.inf:
            break
        worth, number = net_worth(scores, least[column], most[column], price, column)
        value, total, left = value + worth, total + number, left - 1
        units[column] = number
    return value, total


@compiled
def _vehicles(
    scores: FloatArray, n_open: int, n_vehicles: int, least: IntArray, most: IntArray, units: IntArray,
    net: FloatArray,
) -> tuple[float, float]:  # fmt: skip
    """A bound on what ``n_vehicles`` at ``n_open`` sites (-1: any number) are worth, its price of a vehicle.

    ``units`` are vehicles that come close to it.
    """
    low, high = 0.0, 0.0
    for column in range(len(least)):
        if most[column] >= 2 or (n_open < 0 and most[column] >= 1):
            high = max(high, scores[column, 0 if n_open < 0 else 1])
    value, total = _at_price(scores, n_open, least, most, high, units, net)
    best, price = value + n_vehicles * high, high
    for _ in range(_HALVINGS):
        if total == n_vehicles or high - low <= 1e-9 * high:
            break
        middle = 0.5 * (low + high)
        value, own = _at_price(scores, n_open, least, most, middle, units, net)
        if value + n_vehicles * middle < best:
            best, price = value + n_vehicles * middle, middle
        if own > n_vehicles:
            low = middle
        else:
            high, total = middle, own
    _, total = _at_price(scores, n_open, least, most, high, units, net)
    while total < n_vehicles:
        further, gain = -1, -1.0
        for column in range(len(least)):
            number = units[column]
            if 1 <= number < most[column] and scores[column, min(number, RANKS - 1)] > gain:
                further, gain = column, scores[column, min(number, RANKS - 1)]
        if further < 0:
            break
        units[further] += 1
        total += 1
    return best, price


@compiled
def _evaluate(
    row_ptr: IntArray, row_columns: Int32Array, weights: FloatArray, busy: FloatArray, n_open: int,
    n_vehicles: int, least: IntArray, most: IntArray, now: FloatArray, scores: FloatArray, units: IntArray,
    slack: FloatArray, net: FloatArray,
) -> tuple[float, float]:  # fmt: skip
    """The relaxation at multipliers ``now``, and its price of a vehicle; fills scores, units and slack."""
    value = _people(weights, busy, n_vehicles, now, slack)
    scores[:] = 0.0
    for row in range(len(weights)):
        for entry in range(row_ptr[row], row_ptr[row + 1]):
            price = 0.0
            for rank in range(RANKS - 1, -1, -1):
                price += now[row, rank]
                scores[row_columns[entry], rank] += price
    own, price = _vehicles(scores, n_open, n_vehicles, least, most, units, net)
    for row in range(len(weights)):
        for entry in range(row_ptr[row], row_ptr[row + 1]):
            number = units[row_columns[entry]]
            for rank in range(RANKS):
                slack[row, rank] += number if rank == RANKS - 1 else min(number, rank + 1)
    return value + own, price


@compiled
def _step(
    weights: FloatArray, busy: FloatArray, best: FloatArray, direction: FloatArray, stretch: float,
    now: FloatArray,
) -> None:  # fmt: skip
    """The multipliers after a step, each as long as what its rank is worth."""
    for row in range(len(weights)):
        gain = weights[row] * (1.0 - busy[row])
        for rank in range(RANKS):
            now[row, rank] = max(0.0, best[row, rank] - stretch * gain * direction[row, rank])
            gain *= busy[row]


@compiled
def vehicle_bound(
    row_ptr: IntArray, row_columns: Int32Array, weights: FloatArray, busy: FloatArray, n_open: int,
    n_vehicles: int, least: IntArray, most: IntArray, target: float, descent: FloatArray, state: FloatArray,
    scores: FloatArray, mean_open: FloatArray, mean_units: FloatArray, n_steps: int,
) -> bool:  # fmt: skip
    """Lower a Lagrangian upper bound by ``n_steps`` of descent; True where nothing more is to be gained.

    The volume algorithm (Barahona and Anbil 2000, *The volume algorithm: producing primal solutions with a
    subgradient method*, Mathematical Programming 87), as in
    :func:`~optimise.covering_engine.gain_kernels.gain_bound`. Ends at ``target``. ``least`` and ``most`` are
    vehicles at each site, ``n_open`` is -1 where the number of sites is free.

    ``descent`` are (3, n_rows, RANKS) multipliers of the best bound, of the next step, and the direction;
    ``state`` is the best bound, its price of a vehicle, the length of a step, and steps without gain: a
    further call goes on where this one ended. On return ``scores`` are those of the bound; ``mean_open`` and
    ``mean_units`` how often each site was open, and its vehicles, of late.
    """
    n_rows, n_columns = len(weights), len(least)
    multipliers, now, direction = descent[0], descent[1], descent[2]
    score, slack = np.empty((n_columns, RANKS)), np.empty((n_rows, RANKS))
    units, net = np.zeros(n_columns, dtype=np.int64), np.empty(n_columns)
    for _ in range(n_steps):
        value, price = _evaluate(
            row_ptr,
            row_columns,
            weights,
            busy,
            n_open,
            n_vehicles,
            least,
            most,
            now,
            score,
            units,
            slack,
            net,
        )
        share = 1.0 if state[0] == np.inf else 0.1 if state[2] > 0.2 else 0.03
        for column in range(n_columns):
            mean_open[column] += share * ((1.0 if units[column] > 0 else 0.0) - mean_open[column])
            mean_units[column] += share * (units[column] - mean_units[column])
        norm, along = 0.0, 0.0
        for row in range(n_rows):
            gain = weights[row] * (1.0 - busy[row])
            for rank in range(RANKS):
                direction[row, rank] += share * (slack[row, rank] - direction[row, rank])
                along += direction[row, rank] * slack[row, rank]
                if multipliers[row, rank] > 0.0 or direction[row, rank] < 0.0:
                    norm += gain * direction[row, rank] ** 2
                gain *= busy[row]
        if value < state[0]:
            if value < state[0] - 1e-3 * state[2] * (state[0] - target):
                state[3] = 0.0
                if along > 0.0:
                    state[2] = min(1.8, 1.1 * state[2])
            state[0], state[1] = value, price
            multipliers[:] = now
            scores[:] = score
        state[3] += 1.0
        if state[3] >= 20.0:
            state[2], state[3] = 0.66 * state[2], 0.0
        if state[0] <= target or state[2] < 2e-3 or norm == 0.0:
            return True
        stretch = state[2] * max(state[0] - target, 1e-7 * abs(state[0])) / norm
        _step(weights, busy, multipliers, direction, stretch, now)
    return False


@compiled
def _narrow(
    scores: FloatArray, price: float, bound: float, threshold: float, natural: int, column: int,
    least: IntArray, most: IntArray,
) -> None:  # fmt: skip
    """Narrow the vehicles of an open site around the number that ``bound`` has there."""
    number, own = natural, bound
    while number < most[column]:
        own += scores[column, min(number, RANKS - 1)] - price
        if own <= threshold:
            most[column] = number
            break
        number += 1
    number, own = natural, bound
    while number > least[column] >= 1:
        own -= scores[column, min(number - 1, RANKS - 1)] - price
        if own <= threshold:
            least[column] = number
            break
        number -= 1


@compiled
def fix_vehicles(
    scores: FloatArray, price: float, n_open: int, bound: float, threshold: float, least: IntArray,
    most: IntArray,
) -> int:  # fmt: skip
    """Narrow the vehicles of each site to what could be worth more than ``threshold``; how many were.

    ``price`` of a vehicle and ``scores`` are those of ``bound``. Opening a site that the relaxation leaves
    closed costs at least the difference to the worst site that it opens, closing an open one the difference
    to the best that it leaves closed, and a vehicle more or less the difference to its price.
    """
    n_columns = len(least)
    net, natural = np.full(n_columns, -np.inf), np.zeros(n_columns, dtype=np.int64)
    left = n_open
    for column in range(n_columns):
        if most[column] >= 1:
            worth, natural[column] = net_worth(scores, least[column], most[column], price, column)
            if least[column] >= 1:
                left -= 1
            else:
                net[column] = worth
    worst_in, best_out = 0.0, 0.0
    order = np.argsort(-net)
    if n_open >= 0:
        worst_in = net[order[left - 1]] if left > 0 else np.inf
        best_out = net[order[left]] if left < n_columns else -np.inf
    narrowed = 0
    for place in range(n_columns):
        column = order[place]
        if most[column] < 1:
            continue
        before = (least[column], most[column])
        forced = least[column] >= 1
        inside = forced or (place < left if n_open >= 0 else net[column] > 0.0)
        chosen = bound if inside else bound + net[column] - worst_in
        if not inside and chosen <= threshold:
            least[column], most[column] = 0, 0
        elif inside and not forced and bound - net[column] + max(best_out, -1e300) <= threshold:
            least[column] = 1
        _narrow(scores, price, chosen, threshold, natural[column], column, least, most)
        narrowed += before != (least[column], most[column])
    return narrowed
