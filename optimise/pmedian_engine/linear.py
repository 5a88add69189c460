"""Multipliers of a core from its linear relaxation, solved to the end by HiGHS.

Subgradient steps stop short of the best bound, most of all where many distances are equal: every row then
has a whole range of good prices. In the radius program with a chain of its own for each row::

    min   sum_ik rise_ik beyond_ik
    s.t.  beyond_i1 >= 1 - sum_{j in the first block of i} open_j
          beyond_ik >= beyond_i,k-1 - sum_{j in block k of i} open_j
          sum_j open_j = budget,   0 <= open <= 1, beyond >= 0

(a block: sites of equal cost) the dual value of a row's first inequality, above its first cost, is its
multiplier: it bounds as well as the linear program (Cornuejols, Nemhauser and Wolsey 1980, SIAM J. Algebraic
Discrete Methods 1). What it bounds is reckoned from the multipliers alone, so HiGHS need not be trusted.
"""

from __future__ import annotations

import math

import highspy
import numpy as np
from scipy.sparse import csr_array

from optimise.arrays import FloatArray, IntArray
from optimise.pmedian_engine.core import Core
from optimise.pmedian_engine.run import Run


def linear_multipliers(core: Core, run: Run) -> FloatArray | None:
    """(n_rows,) multipliers whose bound is that of the linear program; None where the time did not suffice.

    ``core`` has no row without entries.
    """
    model, firsts = _relaxation(core)
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("random_seed", run.seed)
    if math.isfinite(run.seconds_left):
        highs.setOptionValue("time_limit", run.seconds_left)
    highs.passModel(model)
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    duals = np.append(np.array(highs.getSolution().row_dual), 0.0)
    priced: FloatArray = np.clip(core.costs[core.indptr[:-1]] + duals[firsts], 0.0, core.caps)
    return priced


def _relaxation(core: Core) -> tuple[highspy.HighsLp, IntArray]:
    """The linear program, and (n_rows,) the first inequality of each row, -1 where its cost never rises."""
    n_sites = core.n_sites
    rises = np.append(core.costs[1:], 0.0) - core.costs
    ends = core.indptr[1:] - 1
    rises[ends] = core.caps - core.costs[ends]
    lasts = rises > 0
    row_of = np.repeat(np.arange(core.n_rows), np.diff(core.indptr))
    before = np.concatenate([[0], np.cumsum(lasts)])
    n_blocks = int(before[-1])
    block = before[:-1]
    inside = block < before[core.indptr[1:]][row_of]
    begins, own = before[core.indptr[:-1]], before[core.indptr[1:]]
    firsts = np.where(begins < own, begins, -1)
    chained = np.ones(n_blocks, dtype=np.bool_)
    chained[firsts[firsts >= 0]] = False
    links, blocks = np.flatnonzero(chained), np.arange(n_blocks)
    places = np.concatenate([block[inside], blocks, links, np.full(n_sites, n_blocks)])
    columns = np.concatenate([core.sites[inside], n_sites + blocks, n_sites + links - 1, np.arange(n_sites)])
    values = np.ones(len(places))
    values[int(inside.sum()) + n_blocks : len(places) - n_sites] = -1.0
    matrix = csr_array((values, (places, columns)), shape=(n_blocks + 1, n_sites + n_blocks))
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = n_sites + n_blocks, n_blocks + 1
    model.col_cost_ = np.concatenate([np.zeros(n_sites), rises[lasts]])
    model.col_lower_ = np.zeros(n_sites + n_blocks)
    model.col_upper_ = np.concatenate([np.ones(n_sites), np.full(n_blocks, highspy.kHighsInf)])
    model.row_lower_ = np.append(np.where(chained, 0.0, 1.0), core.budget)
    model.row_upper_ = np.append(np.full(n_blocks, highspy.kHighsInf), core.budget)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = matrix.indptr.astype(np.int32)
    model.a_matrix_.index_ = matrix.indices.astype(np.int32)
    model.a_matrix_.value_ = matrix.data
    return model, firsts
