"""The inner loop of bounds by parts: the best sites for one part of the people, at prices of the sites."""

from __future__ import annotations

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.compiled import Int32Array, compiled
from optimise.covering_engine.gain_kernels import shift


@compiled
def _ordered(
    some: Int32Array, gain: FloatArray, candidates: Int32Array, rest: FloatArray, keys: FloatArray
) -> int:
    """Those of ``some`` that gain, the most first, and what each and all after it gain; their number."""
    count = 0
    for column in some:
        if gain[column] > 0.0:
            candidates[count], keys[count] = column, -gain[column]
            count += 1
    candidates[:count] = candidates[:count][np.argsort(keys[:count])]
    rest[count] = 0.0
    for place in range(count - 1, -1, -1):
        rest[place] = rest[place + 1] + gain[candidates[place]]
    return count


@compiled
def best_choice(
    row_ptr: IntArray,
    row_columns: Int32Array,
    col_ptr: IntArray,
    col_rows: Int32Array,
    first: FloatArray,
    prices: FloatArray,
    allowed: BoolArray,
    forced: int,
    floor: float,
    most_nodes: int,
    chosen: BoolArray,
) -> tuple[float, int]:
    """``max first(rows covered by S) - prices(S)`` over sets S of allowed columns, by depth-first search.

    What a column adds only falls as others open, so one that adds less than its price is of no use further
    down, and what all that is left would add one by one bounds the branch.

    Every S holds ``forced``, where that is not -1. Only sets worth more than ``floor`` are of interest, and
    the best of them is written into ``chosen``. Returns its worth, or ``floor`` where there is none, and how
    many sets were looked at: more than ``most_nodes`` where the search was given up.
    """
    n_columns = len(prices)
    times, gain = np.zeros(len(first), dtype=np.int64), -prices
    again = np.zeros(len(first))  # nothing for covering a row twice
    for column in range(n_columns):
        for place in range(col_ptr[column], col_ptr[column + 1]):
            gain[column] += first[col_rows[place]]
    candidates = np.empty((n_columns + 1, n_columns), dtype=np.int32)
    rest, keys = np.empty((n_columns + 1, n_columns + 1)), np.empty(n_columns)
    number, at = np.zeros(n_columns + 1, dtype=np.int64), np.zeros(n_columns + 1, dtype=np.int64)
    path, worth = np.empty(n_columns + 1, dtype=np.int64), np.zeros(n_columns + 1)
    best, nodes, depth = floor, 0, 0
    if forced >= 0:
        worth[0] = gain[forced]
        shift(row_ptr, row_columns, col_ptr, col_rows, first, again, forced, 1, times, gain)
    if worth[0] > best:
        best = worth[0]
        chosen[:] = False
        if forced >= 0:
            chosen[forced] = True
    start = np.empty(n_columns, dtype=np.int32)
    count = 0
    for column in range(n_columns):
        if allowed[column] and column != forced:
            start[count] = column
            count += 1
    number[0] = _ordered(start[:count], gain, candidates[0], rest[0], keys)
    while depth >= 0 and nodes <= most_nodes:
        place = at[depth]
        if place >= number[depth] or worth[depth] + rest[depth, place] <= best:
            depth -= 1
            if depth >= 0:
                shift(row_ptr, row_columns, col_ptr, col_rows, first, again, path[depth], -1, times, gain)
            continue
        column = candidates[depth, place]
        at[depth] += 1
        nodes += 1
        worth[depth + 1] = worth[depth] + gain[column]
        path[depth] = column
        shift(row_ptr, row_columns, col_ptr, col_rows, first, again, column, 1, times, gain)
        left = candidates[depth, place + 1 : number[depth]]
        depth += 1
        at[depth] = 0
        number[depth] = _ordered(left, gain, candidates[depth], rest[depth], keys)
        if worth[depth] > best:
            best = worth[depth]
            chosen[:] = False
            chosen[path[:depth]] = True
            if forced >= 0:
                chosen[forced] = True
    return best, nodes
