"""Check an answer without the search: objective and root bound from the caller's costs alone, in float64."""

from __future__ import annotations

import math

import numpy as np

from optimise.arrays import FloatArray, IntArray
from optimise.pmedian_engine.costs import CostTable

_EPSILON = float(np.finfo(np.float64).eps)


def objective_of(
    table: CostTable, weights: FloatArray, chosen: IntArray, counted: np.ndarray, unserved_cost: float
) -> tuple[float, IntArray]:
    """Weighted cost of the counted rows under ``chosen``, correctly rounded, and the column serving each row.

    A counted row that no chosen column serves for less than ``unserved_cost`` pays that price.
    """
    least, column = table.nearest(chosen)
    column[least >= unserved_cost] = -1
    paid = np.minimum(least, unserved_cost)[counted] * weights[counted]
    return math.fsum(paid.tolist()), column


def root_bound_of(
    table: CostTable,
    weights: FloatArray,
    p: int,
    multipliers: FloatArray,
    *,
    counted: np.ndarray,
    fixed_in: IntArray,
    fixed_out: IntArray,
    unserved_cost: float,
) -> float:
    """The Lagrangian bound of ``multipliers`` on the full matrix, less all its rounding errors.

    ``L(u) = sum u_i + sum_{fixed} rho_j + least sum of rho_j over p - |fixed| other columns``, with
    ``rho_j = sum_i min(0, w_i c_ij - u_i)``; multipliers above ``w_i * unserved_cost`` are lowered to it.
    """
    n_rows, n_sites = table.shape
    prices = np.where(counted, np.minimum(multipliers, _priced(weights, unserved_cost)), 0.0)
    # A row without weight costs nothing wherever it goes; 0 times an unreachable cost would be no number.
    rows = np.flatnonzero(counted & (weights > 0))
    rho = table.saved(rows, weights, prices)
    others = np.ones(n_sites, dtype=np.bool_)
    others[fixed_in] = others[fixed_out] = False
    best = np.flatnonzero(others)[np.argsort(rho[others], kind="stable")[: p - len(fixed_in)]]
    taken = np.concatenate([fixed_in, best]).astype(np.int64)
    bound = math.fsum([*prices[rows].tolist(), *rho[taken].tolist()])
    scale = float(np.abs(prices).sum()) + float(-rho[taken].sum()) + float(np.abs(rho).max(initial=0.0))
    depth = math.log2(max(2, n_rows)) + n_rows / 4_000_000 * n_sites + 16
    return bound - 4.0 * depth * _EPSILON * scale


def _priced(weights: FloatArray, unserved_cost: float) -> FloatArray:
    if math.isinf(unserved_cost):
        return np.full(len(weights), np.inf)
    return weights * unserved_cost
