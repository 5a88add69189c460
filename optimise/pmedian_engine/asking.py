"""The caller's arguments, checked: every fault is found before anything is raised."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from optimise.arrays import FloatArray, IntArray
from optimise.errors import Fault, ProblemError
from optimise.pmedian_engine.costs import Costs, CostTable, read_costs
from optimise.pmedian_engine.solver import Question


def read_question(
    costs: Costs,
    weights: ArrayLike | None,
    counts: Sequence[int],
    fixed_in: Sequence[int],
    fixed_out: Sequence[int],
    *,
    unserved_cost: float,
    gap: float,
    time_limit_s: float | None,
) -> Question:
    """The question; see :func:`~optimise.pmedian_engine.engine.solve_p_median` for the arguments.

    Raises:
        ProblemError: the arguments do not fit; every fault is listed.
    """
    table = read_costs(costs)
    people = np.ones(table.shape[0]) if weights is None else np.asarray(weights, dtype=np.float64)
    opened, closed = _columns(fixed_in), _columns(fixed_out)
    faults = _check(table, people, counts, opened, closed)
    if math.isnan(unserved_cost):
        faults.append(Fault("must be a price or inf", "unserved_cost", value=str(unserved_cost)))
    if not 0 <= gap < 1:
        faults.append(Fault("must be at least 0 and below 1", "gap", value=str(gap)))
    if time_limit_s is not None and not time_limit_s > 0:
        faults.append(Fault("must be above 0", "time_limit_s", value=str(time_limit_s)))
    if faults:
        raise ProblemError(faults)
    return Question(table, people, opened, closed, unserved_cost, gap)


def _columns(named: Sequence[int]) -> IntArray:
    return np.unique(np.asarray(list(named), dtype=np.int64))


def _check(
    table: CostTable,
    weights: FloatArray,
    counts: Sequence[int],
    fixed_in: IntArray,
    fixed_out: IntArray,
) -> list[Fault]:
    n_rows, n_sites = table.shape
    faults = []
    if weights.shape != (n_rows,):
        faults.append(
            Fault(f"must have one value for each of the {n_rows} rows", "weights", value=str(weights.shape))
        )
    elif not (np.isfinite(weights) & (weights >= 0)).all():
        row = int(np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))[0])
        faults.append(Fault("must be 0 or more and finite", "weights", str(row), str(weights[row])))
    for name, columns in (("fixed_in", fixed_in), ("fixed_out", fixed_out)):
        beyond = columns[(columns < 0) | (columns >= n_sites)]
        faults += [Fault(f"columns go from 0 to {n_sites - 1}", name, value=str(column)) for column in beyond]
    both = np.intersect1d(fixed_in, fixed_out)
    faults += [Fault("is both fixed open and fixed closed", "fixed_in", value=str(column)) for column in both]
    most = n_sites - len(fixed_out)
    least = max(1, len(fixed_in))
    beyond_all = [p for p in counts if not least <= p <= most]
    faults += [Fault(f"must lie between {least} and {most}", "p", value=str(p)) for p in beyond_all]
    return faults
