"""Ties go to the first site: a swap that changes nothing but the order is made."""

from __future__ import annotations

import numpy as np

from optimise.arrays import BoolArray
from optimise.models.base import Model
from optimise.placed import Placed
from optimise.problem import PlacementProblem
from optimise.verification import keeps_limits

#: Above this many elementary steps a pass over all swaps would take longer than a second or two.
MOST_STEPS = 50_000_000


def first_among_equals(problem: PlacementProblem, model: Model, placed: Placed) -> Placed:
    """The placement, with chosen sites swapped for earlier ones wherever the answer is exactly as good.

    Equal means equal in ``model.rank`` and in all conditions. Models that assign or place units are left as
    they are, and so are problems too large for a pass over all swaps: there the solver's seed decides.
    """
    if placed.shares is not None or placed.units is not None or _steps(problem, placed.sites) > MOST_STEPS:
        return placed
    aim = model.rank(problem, placed)
    best = placed
    for late in np.flatnonzero(placed.sites & problem.free)[::-1].tolist():
        for early in np.flatnonzero(problem.free[:late] & ~best.sites[:late]).tolist():
            swapped = best.sites.copy()
            swapped[[late, early]] = False, True
            other = model.place(problem, swapped)
            if _equal(model.rank(problem, other), aim) and keeps_limits(problem, other):
                best = other
                break
    return best


def _steps(problem: PlacementProblem, sites: BoolArray) -> int:
    chosen = int((sites & problem.free).sum())
    return chosen * problem.n_sites * problem.n_sites * problem.n_demand


def _equal(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return len(one) == len(other) and bool(np.allclose(one, other, rtol=1e-12, atol=1e-12, equal_nan=True))
