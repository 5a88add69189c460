"""The inner loops of maximal covering: interchange, a Lagrangian bound, and what it decides about sites.

Row i is worth ``first[i]`` once one open column covers it, and ``second[i]`` more once two do (0 without
backup coverage). Rows and columns are compressed lists of each other.
"""

from __future__ import annotations

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.compiled import Int32Array, compiled

FREE, OPEN, CLOSED = 0, 1, 2


@compiled
def _next_gain(first: FloatArray, second: FloatArray, times: IntArray, row: int) -> float:
    if times[row] == 0:
        return float(first[row])
    return float(second[row]) if times[row] == 1 else 0.0


@compiled
def shift(
    row_ptr: IntArray,
    row_columns: Int32Array,
    col_ptr: IntArray,
    col_rows: Int32Array,
    first: FloatArray,
    second: FloatArray,
    column: int,
    change: int,
    times: IntArray,
    gain: FloatArray,
) -> None:
    """Open (1) or close (-1) a column; ``gain`` is what each column would add."""
    for place in range(col_ptr[column], col_ptr[column + 1]):
        row = col_rows[place]
        before = _next_gain(first, second, times, row)
        times[row] += change
        rise = _next_gain(first, second, times, row) - before
        if rise != 0.0:
            for entry in range(row_ptr[row], row_ptr[row + 1]):
                gain[row_columns[entry]] += rise


@compiled
def _best_closed(gain: FloatArray, chosen: BoolArray) -> int:
    best = -1
    for column in range(len(gain)):
        if not chosen[column] and (best < 0 or gain[column] > gain[best]):
            best = column
    return best


@compiled
def interchange(
    row_ptr: IntArray,
    row_columns: Int32Array,
    col_ptr: IntArray,
    col_rows: Int32Array,
    first: FloatArray,
    second: FloatArray,
    n_open: int,
    chosen: BoolArray,
) -> float:
    """Fill ``chosen`` up to ``n_open`` greedily and swap while that gains; returns its worth.

    Church and ReVelle (1974), *The maximal covering location problem*, Papers of the Regional Science
    Association 32: greedy adding with substitution.
    """
    n_rows, n_columns = len(first), len(chosen)
    times, gain = np.zeros(n_rows, dtype=np.int64), np.zeros(n_columns)
    for row in range(n_rows):
        for entry in range(row_ptr[row], row_ptr[row + 1]):
            gain[row_columns[entry]] += first[row]
    count = 0
    for column in range(n_columns):
        if chosen[column]:
            count += 1
            shift(row_ptr, row_columns, col_ptr, col_rows, first, second, column, 1, times, gain)
    while count < n_open:
        best = _best_closed(gain, chosen)
        chosen[best] = True
        count += 1
        shift(row_ptr, row_columns, col_ptr, col_rows, first, second, best, 1, times, gain)
    improved = True
    while improved:
        improved = False
        for out in range(n_columns):
            if not chosen[out]:
                continue
            shift(row_ptr, row_columns, col_ptr, col_rows, first, second, out, -1, times, gain)
            chosen[out] = False
            best = _best_closed(gain, chosen)
            if gain[best] <= gain[out] * (1 + 1e-12) + 1e-12:
                best = out
            chosen[best] = True
            improved |= best != out
            shift(row_ptr, row_columns, col_ptr, col_rows, first, second, best, 1, times, gain)
    worth = 0.0
    for row in range(n_rows):
        worth += (first[row] if times[row] >= 1 else 0.0) + (second[row] if times[row] >= 2 else 0.0)
    return worth


@compiled
def _evaluate(
    row_ptr: IntArray,
    row_columns: Int32Array,
    first: FloatArray,
    second: FloatArray,
    n_open: int,
    status: IntArray,
    now: FloatArray,
    score: FloatArray,
    chosen: BoolArray,
    slack: FloatArray,
) -> float:
    """The relaxation's value at multipliers ``now``; fills scores, its choice, and its violation of rows."""
    score[:] = 0.0
    value = 0.0
    for row in range(len(first)):
        one, two = first[row] - now[row], first[row] + second[row] - 2.0 * now[row]
        slack[row] = 0.0
        if two > 0.0 and two > one:
            value += two
            slack[row] = -2.0
        elif one > 0.0:
            value += one
            slack[row] = -1.0
        for entry in range(row_ptr[row], row_ptr[row + 1]):
            score[row_columns[entry]] += now[row]
    chosen[:] = False
    left = n_open
    for column in range(len(score)):
        if status[column] == OPEN:
            chosen[column] = True
            value += score[column]
            left -= 1
    for column in np.argsort(-score):
        if left > 0 and status[column] == FREE:
            chosen[column] = True
            value += score[column]
            left -= 1
    for row in range(len(first)):
        for entry in range(row_ptr[row], row_ptr[row + 1]):
            slack[row] += chosen[row_columns[entry]]
    return value


@compiled
def gain_bound(
    row_ptr: IntArray,
    row_columns: Int32Array,
    first: FloatArray,
    second: FloatArray,
    n_open: int,
    status: IntArray,
    target: float,
    multipliers: FloatArray,
    scores: FloatArray,
    mean_choice: FloatArray,
    n_steps: int,
) -> float:
    """The least Lagrangian upper bound that ``n_steps`` of descent give; stops at ``target``.

    The rows ``once + twice <= open columns`` are relaxed with multipliers u >= 0: each row is then worth
    ``max(0, first - u, first + second - 2u)``, and the columns with the largest sums of u are open (Galvao
    and ReVelle 1996, *A Lagrangean heuristic for the maximal covering location problem*, European Journal of
    Operational Research 88). ``status`` fixes columns. On return ``multipliers`` and ``scores`` are those of
    the bound, and ``mean_choice`` is how often each column was chosen, of late.
    """
    n_rows, n_columns = len(first), len(status)
    now, score, slack = multipliers.copy(), np.empty(n_columns), np.empty(n_rows)
    chosen, direction = np.zeros(n_columns, dtype=np.bool_), np.zeros(n_rows)
    best, length, stalled, share = np.inf, 1.0, 0, 1.0
    for step in range(n_steps):
        value = _evaluate(row_ptr, row_columns, first, second, n_open, status, now, score, chosen, slack)
        if step > 0:
            share = 0.1 if length > 0.2 else 0.03
        for column in range(n_columns):
            mean_choice[column] += share * ((1.0 if chosen[column] else 0.0) - mean_choice[column])
        norm, along = 0.0, 0.0
        for row in range(n_rows):
            direction[row] += share * (slack[row] - direction[row])
            along += direction[row] * slack[row]
            if multipliers[row] > 0.0 or direction[row] < 0.0:
                norm += direction[row] ** 2
        if value < best:
            if value < best - 1e-3 * length * (best - target):
                stalled = 0
                if along > 0.0:
                    length = min(1.8, 1.1 * length)
            best = value
            multipliers[:] = now
            scores[:] = score
        stalled += 1
        if stalled >= 20:
            length, stalled = 0.66 * length, 0
        if best <= target or length < 2e-3 or norm == 0.0:
            break
        stretch = length * max(best - target, 1e-7 * abs(best)) / norm
        for row in range(n_rows):
            most = first[row] + second[row]
            now[row] = min(max(0.0, multipliers[row] - stretch * direction[row]), most)
    return best


@compiled
def fix_columns(scores: FloatArray, n_open: int, bound: float, threshold: float, status: IntArray) -> int:
    """Fix free columns whose other state bounds the worth by ``threshold``; returns how many.

    Opening a column that the relaxation leaves closed costs at least the difference to the worst column
    that it opens, and closing an open one the difference to the best that it leaves closed.
    """
    left = n_open
    free = 0
    for column in range(len(status)):
        left -= status[column] == OPEN
        free += status[column] == FREE
    if left <= 0 or left >= free:
        return 0
    worst_in, best_out, rank = 0.0, 0.0, 0
    order = np.argsort(-scores)
    for column in order:
        if status[column] == FREE:
            rank += 1
            if rank == left:
                worst_in = scores[column]
            elif rank == left + 1:
                best_out = scores[column]
                break
    fixed, rank = 0, 0
    for column in order:
        if status[column] != FREE:
            continue
        rank += 1
        if rank <= left and bound - scores[column] + best_out <= threshold:
            status[column] = OPEN
            fixed += 1
        elif rank > left and bound + scores[column] - worst_in <= threshold:
            status[column] = CLOSED
            fixed += 1
    return fixed
