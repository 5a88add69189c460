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
def fingerprints(bits: WordArray, keys: WordArray) -> NDArray[np.uint64]:
    """(n,) a number of each row of words; equal rows have equal ones."""
    found = np.zeros(len(bits), np.uint64)
    for i in range(len(bits)):
        total = np.uint64(0)
        for k in range(bits.shape[1]):
            total += (bits[i, k] ^ (bits[i, k] >> np.uint64(29))) * keys[k]
        found[i] = total
    return found


@compiled
def sorted_rows(
    block: FloatArray,
    columns: IntArray,
    caps: FloatArray,
    weights: FloatArray,
    lengths: IntArray,
    sites: Int32Array,
    costs: FloatArray,
) -> int:
    """How many pairs of some rows cost less than the row's cap; those pairs, each row in rising cost.

    Args:
        block: (n, n_sites) costs, inf where there is none.
        columns: (m,) columns that count; a pair's site is the position among them, the first of equal costs
            comes first.
        caps: (n,) costs from which on a pair is of no use.
        weights: (n,) what the costs of a row are multiplied by.
        lengths: (n,) filled with the number of pairs of each row.
        sites: (n * m,) filled, row after row.
        costs: (n * m,) filled alike, weighted.
    """
    count = 0
    near = np.empty(len(columns), np.int32)
    values = np.empty(len(columns))
    for i in range(len(block)):
        m = 0
        for k in range(len(columns)):
            value = block[i, columns[k]]
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
