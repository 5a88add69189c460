"""The finish of a proven answer: swaps that help by a hair are made, and ties go by second aim, then by id.

Where the placements are few they are all looked at, and the second aim is exact; where they are many it is
met as far as swaps of one site for another lead.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations

import numpy as np

from optimise.arrays import BoolArray
from optimise.exact import better, tied
from optimise.models.base import Model
from optimise.placed import Placed
from optimise.problem import PlacementProblem
from optimise.verification import keeps_limits

#: Above this many elementary steps a pass over all swaps would take longer than a second or two.
MOST_STEPS = 50_000_000
#: Up to so many placements are all looked at for the second aim.
MOST_PLACEMENTS = 3_000
_MOST_PASSES = 20


def finished(problem: PlacementProblem, model: Model, placed: Placed) -> Placed:
    """The placement, with sites swapped wherever that is better at all, or as good with an earlier site.

    A proof leaves :data:`~optimise.exact.PROOF_TOLERANCE` open; this closes it among the neighbours. Equal
    means tied in ``model.rank`` and ``model.second_aim``, with all conditions kept; before the order of the
    sites counts, the second aim is made as small as it goes. Models that assign or place units are left as
    they are, and so are problems too large for a pass over all swaps: there the solver's seed decides.
    """
    if placed.shares is not None or placed.units is not None or _steps(problem, placed.sites) > MOST_STEPS:
        return placed
    rank = model.rank(problem, placed)
    best = _by_second_aim(problem, model, placed)
    second = model.second_aim(problem, best)
    for late in np.flatnonzero(best.sites & problem.free)[::-1].tolist():
        for early in np.flatnonzero(problem.free & ~best.sites).tolist():
            other = model.place(problem, _swapped(best.sites, late, early))
            own = model.rank(problem, other)
            helps = better(own, rank)
            same = early < late and _equal(own, rank) and _equal(model.second_aim(problem, other), second)
            if (helps or same) and keeps_limits(problem, other):
                if helps:
                    return finished(problem, model, other)
                best = other
                break
    return best


def _by_second_aim(problem: PlacementProblem, model: Model, placed: Placed) -> Placed:
    """The best placement by the second aim that is as good as this one."""
    rank, least = model.rank(problem, placed), model.second_aim(problem, placed)
    best = placed
    for _ in range(_MOST_PASSES if least else 0):
        found = best
        for sites in _others(problem, best.sites):
            other = model.place(problem, sites)
            second = model.second_aim(problem, other)
            gains = better(second, least) and _equal(model.rank(problem, other), rank)
            if gains and keeps_limits(problem, other):
                found, least = other, second
        if found is best or _few(problem, best.sites):
            return found
        best = found
    return best


def _others(problem: PlacementProblem, sites: BoolArray) -> Iterator[BoolArray]:
    """All placements of as many free sites where they are few, else those that differ in one site."""
    free = np.flatnonzero(problem.free).tolist()
    if _few(problem, sites):
        for chosen in combinations(free, int((sites & problem.free).sum())):
            made = problem.always_open.copy()
            made[list(chosen)] = True
            yield made
        return
    for late in free:
        for early in free:
            if sites[late] and not sites[early]:
                yield _swapped(sites, late, early)


def _few(problem: PlacementProblem, sites: BoolArray) -> bool:
    return math.comb(int(problem.free.sum()), int((sites & problem.free).sum())) <= MOST_PLACEMENTS


def _swapped(sites: BoolArray, closed: int, opened: int) -> BoolArray:
    made = sites.copy()
    made[[closed, opened]] = False, True
    return made


def _steps(problem: PlacementProblem, sites: BoolArray) -> int:
    chosen = int((sites & problem.free).sum())
    return chosen * problem.n_sites * problem.n_sites * problem.n_demand


def _equal(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return len(one) == len(other) and all(tied(own, its) for own, its in zip(one, other, strict=True))
