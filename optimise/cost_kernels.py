"""Passes over blocks of a matrix of costs, compiled: one look at each pair, nothing held beside."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.compiled import Int32Array, WordArray, compiled


@compiled
def copied(
    matrix: FloatArray, rows: IntArray, columns: IntArray, kept: BoolArray, origin: float, out: FloatArray
) -> None:
    """Copy some rows and columns of a matrix; unreachable pairs are inf.

    Args:
        matrix: (n_rows, n_columns) costs; NaN or inf is unreachable.
        rows: (n,) rows.
        columns: (m,) columns; -1 = unreachable.
        kept: (n_rows,) rows that reach anything.
        origin: what is taken off every cost.
        out: (n, m) filled.
    """
    for i in range(len(rows)):
        row = rows[i]
        for k in range(len(columns)):
            value = matrix[row, columns[k]] if kept[row] and columns[k] >= 0 else np.inf
            out[i, k] = np.inf if np.isnan(value) else value - origin


@compiled
def pairs_nearer(matrix: FloatArray, rows: IntArray, fixed: BoolArray, free: BoolArray) -> int:
    """Pairs of some rows and free columns that cost less than every fixed column of the row."""
    count = 0
    for row in rows:
        nearest = np.inf
        for column in range(matrix.shape[1]):
            if fixed[column] and matrix[row, column] < nearest:
                nearest = matrix[row, column]
        for column in range(matrix.shape[1]):
            if free[column] and matrix[row, column] < nearest:
                count += 1
    return count


@compiled
def fingerprints(
    matrix: FloatArray, rows: IntArray, columns: IntArray, kept: BoolArray, origin: float, keys: WordArray
) -> NDArray[np.uint64]:
    """(n,) a number of each of some rows; equal rows have equal ones. The arguments are those of ``copied``.

    Args:
        matrix: (n_rows, n_columns) costs.
        rows: (n,) rows.
        columns: (m,) columns.
        kept: (n_rows,) rows that reach anything.
        origin: what is taken off every cost.
        keys: (m,) a number of each column.
    """
    found = np.zeros(len(rows), np.uint64)
    costs = np.empty(len(columns))
    bits = costs.view(np.uint64)
    for i in range(len(rows)):
        row = rows[i]
        for k in range(len(columns)):
            value = matrix[row, columns[k]] if kept[row] and columns[k] >= 0 else np.inf
            costs[k] = np.inf if np.isnan(value) else value - origin + 0.0  # one zero
        total = np.uint64(0)
        for k in range(len(columns)):
            total += (bits[k] ^ (bits[k] >> np.uint64(29))) * keys[k]
        found[i] = total
    return found


@compiled
def least_of(
    matrix: FloatArray, rows: IntArray, columns: IntArray, kept: BoolArray, origin: float
) -> tuple[FloatArray, IntArray]:
    """(n,) least cost of some rows over some columns, and which of them has it first; inf and 0 for none.

    Args:
        matrix: (n_rows, n_columns) costs; NaN or inf is unreachable.
        rows: (n,) rows.
        columns: (m,) columns; -1 = unreachable.
        kept: (n_rows,) rows that reach anything.
        origin: what is taken off every cost.
    """
    least, which = np.full(len(rows), np.inf), np.zeros(len(rows), np.int64)
    for i in range(len(rows)):
        row = rows[i]
        if not kept[row]:
            continue
        for k in range(len(columns)):
            if columns[k] >= 0 and matrix[row, columns[k]] - origin < least[i]:
                least[i] = matrix[row, columns[k]] - origin
                which[i] = k
    return least, which


@compiled
def saved_by_column(
    matrix: FloatArray,
    rows: IntArray,
    columns: IntArray,
    kept: BoolArray,
    origin: float,
    weights: FloatArray,
    prices: FloatArray,
) -> FloatArray:
    """(m,) what each column saves some rows: the sum of weighted costs less prices, where that is below 0.

    Args:
        matrix: (n_rows, n_columns) costs; NaN or inf is unreachable.
        rows: (n,) rows.
        columns: (m,) columns; -1 = unreachable.
        kept: (n_rows,) rows that reach anything.
        origin: what is taken off every cost.
        weights: (n,) what the costs of a row are multiplied by, above 0.
        prices: (n,) what a row pays otherwise.
    """
    saved = np.zeros(len(columns))
    for i in range(len(rows)):
        row = rows[i]
        if not kept[row]:
            continue
        for k in range(len(columns)):
            if columns[k] >= 0:
                # The row first, so that the sums are those of whole arrays to the last bit.
                less = (matrix[row, columns[k]] - origin) * weights[i] - prices[i]
                if less < 0.0:
                    saved[k] += less
    return saved


@compiled
def sorted_rows(
    matrix: FloatArray,
    rows: IntArray,
    columns: IntArray,
    kept: BoolArray,
    origin: float,
    caps: FloatArray,
    weights: FloatArray,
    lengths: IntArray,
    sites: Int32Array,
    costs: FloatArray,
) -> int:
    """How many pairs of some rows cost less than the row's cap; those pairs, each row in rising cost.

    Args:
        matrix: (n_rows, n_columns) costs; NaN or inf is unreachable.
        rows: (n,) rows.
        columns: (m,) columns that count, -1 = unreachable; a pair's site is the position among them, the
            first of equal costs comes first.
        kept: (n_rows,) rows that reach anything.
        origin: what is taken off every cost.
        caps: (n,) costs from which on a pair is of no use.
        weights: (n,) what the costs of a row are multiplied by.
        lengths: (n,) filled with the number of pairs of each row.
        sites: (n * m,) filled, row after row.
        costs: (n * m,) filled alike, weighted.
    """
    count = 0
    near = np.empty(len(columns), np.int32)
    values = np.empty(len(columns))
    for i in range(len(rows)):
        row = rows[i]
        m = 0
        for k in range(len(columns) if kept[row] else 0):
            value = matrix[row, columns[k]] - origin if columns[k] >= 0 else np.inf
            if value < caps[i]:
                near[m] = k
                values[m] = value * weights[i]
                m += 1
        order = np.argsort(values[:m], kind="mergesort")
        for k in range(m):
            sites[count + k] = near[order[k]]
            costs[count + k] = values[order[k]]
        lengths[i] = m
        count += m
    return count
