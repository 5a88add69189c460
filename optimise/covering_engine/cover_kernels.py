"""The inner loops of set covering: a Lagrangian bound, and a search that learns which rows are hard."""

from __future__ import annotations

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.compiled import Int32Array, compiled


@compiled
def _violation(
    row_ptr: IntArray, row_columns: Int32Array, reduced: FloatArray, now: FloatArray, slack: FloatArray
) -> float:
    """Fill ``slack`` with 1 less the columns that are open at these reduced prices; its squared length."""
    norm = 0.0
    for row in range(len(slack)):
        slack[row] = 1.0
        for entry in range(row_ptr[row], row_ptr[row + 1]):
            slack[row] -= reduced[row_columns[entry]] < 0.0
        if now[row] > 0.0 or slack[row] > 0.0:
            norm += slack[row] ** 2
    return norm


@compiled
def cover_bound(
    row_ptr: IntArray,
    row_columns: Int32Array,
    prices: FloatArray,
    target: float,
    multipliers: FloatArray,
    n_steps: int,
) -> float:
    """The best Lagrangian bound of ``min prices y, every row covered`` that ``n_steps`` of ascent give.

    Relaxing the rows with multipliers u >= 0 leaves ``sum(u) + sum_j min(0, price_j - sum of u over the rows
    of j)`` (Beasley 1990, *A Lagrangian heuristic for set-covering problems*, Naval Research Logistics 37);
    the steps are Polyak's towards ``target``. Stops once the bound reaches it. ``multipliers`` (n_rows,) is
    the start, and holds the best multipliers afterwards.
    """
    n_rows, n_columns = len(row_ptr) - 1, len(prices)
    now = multipliers.copy()
    reduced = np.empty(n_columns)
    slack = np.empty(n_rows)
    best, length, stalled = -1e300, 1.0, 0
    for _ in range(n_steps):
        reduced[:] = prices
        for row in range(n_rows):
            for entry in range(row_ptr[row], row_ptr[row + 1]):
                reduced[row_columns[entry]] -= now[row]
        value = now.sum()
        for column in range(n_columns):
            value += min(0.0, reduced[column])
        if value > best + 1e-9 * abs(best):
            best, stalled = value, 0
            multipliers[:] = now
        else:
            stalled += 1
            if stalled >= 12:
                length, stalled = 0.6 * length, 0
                now[:] = multipliers
        if best >= target or length < 1e-3:
            break
        norm = _violation(row_ptr, row_columns, reduced, now, slack)
        if norm == 0.0:
            break
        step = length * max(target - value, 1e-3 * abs(target)) / norm
        for row in range(n_rows):
            now[row] = max(0.0, now[row] + step * slack[row])
    return best


@compiled
def greedy_cover(
    row_ptr: IntArray, row_columns: Int32Array, col_ptr: IntArray, col_rows: Int32Array, prices: FloatArray
) -> BoolArray:
    """(n_columns,) a cover: again and again the column with the least price for each further row.

    Afterwards columns that the others make needless are closed, the dearest first. Chvatal (1979), *A greedy
    heuristic for the set-covering problem*, Mathematics of Operations Research 4.
    """
    n_rows, n_columns = len(row_ptr) - 1, len(prices)
    gain = np.empty(n_columns, dtype=np.int64)
    for column in range(n_columns):
        gain[column] = col_ptr[column + 1] - col_ptr[column]
    times = np.zeros(n_rows, dtype=np.int64)
    chosen = np.zeros(n_columns, dtype=np.bool_)
    left = n_rows
    while left > 0:
        best, least = -1, np.inf
        for column in range(n_columns):
            if gain[column] > 0 and prices[column] / gain[column] < least:
                best, least = column, prices[column] / gain[column]
        chosen[best] = True
        for place in range(col_ptr[best], col_ptr[best + 1]):
            row = col_rows[place]
            if times[row] == 0:
                left -= 1
                for entry in range(row_ptr[row], row_ptr[row + 1]):
                    gain[row_columns[entry]] -= 1
            times[row] += 1
    for column in np.argsort(-prices, kind="mergesort"):
        if chosen[column]:
            needed = False
            for place in range(col_ptr[column], col_ptr[column + 1]):
                needed |= times[col_rows[place]] == 1
            if not needed:
                chosen[column] = False
                for place in range(col_ptr[column], col_ptr[column + 1]):
                    times[col_rows[place]] -= 1
    return chosen


@compiled
def _shift(col_ptr: IntArray, col_rows: Int32Array, column: int, change: int, times: IntArray) -> None:
    for place in range(col_ptr[column], col_ptr[column + 1]):
        times[col_rows[place]] += change


@compiled
def _least_missed(
    row_ptr: IntArray,
    row_columns: Int32Array,
    chosen: BoolArray,
    barred: int,
    times: IntArray,
    weight: FloatArray,
    since: IntArray,
) -> int:
    """The chosen column that alone covers the least weight; the oldest of equals; -1 for none."""
    loss = np.zeros(len(chosen))
    for row in range(len(times)):
        if times[row] == 1:
            for entry in range(row_ptr[row], row_ptr[row + 1]):
                if chosen[row_columns[entry]]:
                    loss[row_columns[entry]] += weight[row]
    out = -1
    for column in range(len(chosen)):
        if not chosen[column] or column == barred:
            continue
        if out < 0 or (loss[column], since[column]) < (loss[out], since[out]):
            out = column
    return out


@compiled
def cover_by_swaps(
    row_ptr: IntArray,
    row_columns: Int32Array,
    col_ptr: IntArray,
    col_rows: Int32Array,
    chosen: BoolArray,
    n_steps: int,
    seed: int,
) -> bool:
    """Swap columns of ``chosen`` (changed in place) until every row is covered; False when it gives up.

    A row that is not covered gains weight with every step, so the search leaves what it is stuck in (Gao,
    Yao, Weise and Li 2015, *An efficient local search heuristic with row weighting for the unicost set
    covering problem*, European Journal of Operational Research 246). Out goes the column whose loss weighs
    least, in comes the best column of a random row that is not covered.
    """
    state = np.uint64(2 * seed + 1)
    n_rows = len(row_ptr) - 1
    weight, since = np.ones(n_rows), np.zeros(len(chosen), dtype=np.int64)
    times, missed = np.zeros(n_rows, dtype=np.int64), np.empty(n_rows, dtype=np.int64)
    for column in range(len(chosen)):
        if chosen[column]:
            _shift(col_ptr, col_rows, column, 1, times)
    barred = -1
    for step in range(n_steps):
        n_missed = 0
        for row in range(n_rows):
            if times[row] == 0:
                missed[n_missed] = row
                n_missed += 1
                weight[row] += 1.0
        if n_missed == 0:
            return True
        out = _least_missed(row_ptr, row_columns, chosen, barred, times, weight, since)
        if out < 0:
            return False
        chosen[out], since[out] = False, step
        _shift(col_ptr, col_rows, out, -1, times)
        state = state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
        row, best, most = missed[(state >> np.uint64(33)) % np.uint64(n_missed)], -1, -1.0
        for entry in range(row_ptr[row], row_ptr[row + 1]):
            column, gain = row_columns[entry], 0.0
            for place in range(col_ptr[column], col_ptr[column + 1]):
                if times[col_rows[place]] == 0:
                    gain += weight[col_rows[place]]
            if best < 0 or gain > most or (gain == most and since[column] < since[best]):
                best, most = column, gain
        chosen[best], since[best], barred = True, step, best
        _shift(col_ptr, col_rows, best, 1, times)
    return False
