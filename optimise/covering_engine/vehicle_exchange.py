"""Exchanges of one site, or of one vehicle, compiled: the best of all, again and again.

What so many vehicles more would add at each site is summed once for each number of vehicles; taking them away
from a site changes it only for the people whom the site reaches.
"""

from __future__ import annotations

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.compiled import Int32Array, compiled


@compiled
def _shift(
    row_ptr: IntArray, row_columns: Int32Array, rows: Int32Array, weights: FloatArray, busy: FloatArray,
    reach: IntArray, number: int, sign: float, gains: FloatArray,
) -> None:  # fmt: skip
    """What ``number`` more add once as many left a site that reaches ``rows``; with sign -1.0 undone."""
    for row in rows:
        missing = weights[row] * busy[row] ** reach[row]
        before = weights[row] * busy[row] ** (reach[row] - number)
        change = sign * (before - missing) * (1.0 - busy[row] ** number)
        for entry in range(row_ptr[row], row_ptr[row + 1]):
            gains[row_columns[entry]] += change


@compiled
def _send(rows: Int32Array, number: int, reach: IntArray) -> None:
    for row in rows:
        reach[row] += number


@compiled
def _best_other(
    gains: FloatArray, free: BoolArray, vehicles: IntArray, most: int, site: int, number: int
) -> int:
    """Where the vehicles of the site are worth the most: a closed site for all of them, else an open one."""
    closes, best = vehicles[site] == number, site
    for other in range(len(gains)):
        if closes:
            fits = free[other] and vehicles[other] == 0
        else:
            fits = vehicles[other] > 0 and vehicles[other] + number <= most
        if fits and other != site and gains[other] > gains[best]:
            best = other
    return best


@compiled
def exchange_vehicles(
    row_ptr: IntArray, row_columns: Int32Array, col_ptr: IntArray, col_rows: Int32Array, weights: FloatArray,
    busy: FloatArray, free: BoolArray, most: int, vehicles: IntArray,
) -> None:  # fmt: skip
    """Make the best exchange in ``vehicles``, (n_columns,) and whole, until none gains.

    A site that is ``free`` gives way with its vehicles to another such one, or an open site gives one vehicle
    to another open one that then has ``most`` at most: the number of sites stays.
    """
    n_columns, least_gain = len(vehicles), 1e-9 * weights.sum()
    reach, gains = np.zeros(len(weights), dtype=np.int64), np.empty(n_columns)
    for column in range(n_columns):
        _send(col_rows[col_ptr[column] : col_ptr[column + 1]], vehicles[column], reach)
    while True:
        best, taken, given, moved = least_gain, -1, -1, 0
        for number in range(1, vehicles.max() + 1):
            if not ((vehicles == number).any() or number == 1):
                continue
            gains[:] = 0.0
            for row in range(len(weights)):
                added = weights[row] * busy[row] ** reach[row] * (1.0 - busy[row] ** number)
                for entry in range(row_ptr[row], row_ptr[row + 1]):
                    gains[row_columns[entry]] += added
            for site in range(n_columns):
                closes = vehicles[site] == number
                if vehicles[site] == 0 or not ((closes and free[site]) or (not closes and number == 1)):
                    continue
                rows = col_rows[col_ptr[site] : col_ptr[site + 1]]
                _shift(row_ptr, row_columns, rows, weights, busy, reach, number, 1.0, gains)
                other = _best_other(gains, free, vehicles, most, site, number)
                if gains[other] - gains[site] > best:
                    best, taken, given, moved = gains[other] - gains[site], site, other, number
                _shift(row_ptr, row_columns, rows, weights, busy, reach, number, -1.0, gains)
        if taken < 0:
            return
        vehicles[taken] -= moved
        vehicles[given] += moved
        _send(col_rows[col_ptr[taken] : col_ptr[taken + 1]], -moved, reach)
        _send(col_rows[col_ptr[given] : col_ptr[given + 1]], moved, reach)
