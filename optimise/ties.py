"""The finish of a proven answer: swaps that help by a hair are made, and ties go to the first site."""

from __future__ import annotations

import numpy as np

from optimise.arrays import BoolArray
from optimise.exact import better, tied
from optimise.models.base import Model
from optimise.placed import Placed
from optimise.problem import PlacementProblem
from optimise.verification import keeps_limits

#: Above this many elementary steps a pass over all swaps would take longer than a second or two.
MOST_STEPS = 50_000_000


def finished(problem: PlacementProblem, model: Model, placed: Placed) -> Placed:
    """The placement, with sites swapped wherever that is better at all, or as good with an earlier site.

    A proof leaves :data:`~optimise.exact.PROOF_TOLERANCE` open; this closes it among the neighbours. Equal
    means tied in ``model.rank``, with all conditions kept. Models that assign or place units are left as they
    are, and so are problems too large for a pass over all swaps: there the solver's seed decides.
    """
    if placed.shares is not None or placed.units is not None or _steps(problem, placed.sites) > MOST_STEPS:
        return placed
    best, rank = placed, model.rank(problem, placed)
    for late in np.flatnonzero(placed.sites & problem.free)[::-1].tolist():
        for early in np.flatnonzero(problem.free & ~best.sites).tolist():
            swapped = best.sites.copy()
            swapped[[late, early]] = False, True
            other = model.place(problem, swapped)
            own = model.rank(problem, other)
            helps = better(own, rank)
            if (helps or (early < late and _equal(own, rank))) and keeps_limits(problem, other):
                if helps:
                    return finished(problem, model, other)
                best = other
                break
    return best


def _steps(problem: PlacementProblem, sites: BoolArray) -> int:
    chosen = int((sites & problem.free).sum())
    return chosen * problem.n_sites * problem.n_sites * problem.n_demand


def _equal(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return len(one) == len(other) and all(tied(own, its) for own, its in zip(one, other, strict=True))
