"""The finish of a proven answer: swaps that help by a hair are made; ties go by second aim, then by id.

Where the placements are few they are all looked at, and the order of sites cannot show; where they are many,
second aim and order are met as far as swaps of one site for another lead.
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

    A proof leaves :data:`~optimise.exact.PROOF_TOLERANCE` open; this closes it among the neighbours, and
    among all placements where they are few. Equal means tied in ``model.rank`` and ``model.second_aim``, with
    all conditions kept; before the order of the sites counts, the second aim is made as small as it goes, and
    where the number of sites is open fewer sites are taken. Of models that assign, the sites that serve
    nobody are settled. Placements of units are left as they are, and so are problems too large for a pass
    over all swaps: there the solver's seed decides.
    """
    if placed.units is not None or _steps(problem, placed.sites) > MOST_STEPS:
        return placed
    if placed.shares is not None:
        return _idle_sites_first(problem, model, placed)
    if _few(problem, placed.sites):
        return _first_of_all(problem, model, placed)
    rank = model.rank(problem, placed)
    best = _by_second_aim(problem, model, placed)
    second = model.second_aim(problem, best)
    for late in np.flatnonzero(best.sites & problem.free)[::-1].tolist():
        for sites, earlier in _instead(problem, best.sites, late):
            other = model.place(problem, sites)
            own = model.rank(problem, other)
            helps = better(own, rank)
            same = earlier and _equal(own, rank) and _equal(model.second_aim(problem, other), second)
            if (helps or same) and keeps_limits(problem, other):
                if helps:
                    return finished(problem, model, other)
                best = other
                break
    return best


def _instead(problem: PlacementProblem, sites: BoolArray, late: int) -> Iterator[tuple[BoolArray, bool]]:
    """Placements with another site in place of ``late``, and whether each comes first where they are equal.

    Where the number of sites is open, none in its place is the first of them.
    """
    if problem.n_open is None:
        fewer = sites.copy()
        fewer[late] = False
        yield fewer, True
    for early in np.flatnonzero(problem.free & ~sites).tolist():
        yield _swapped(sites, late, early), early < late


def _first_of_all(problem: PlacementProblem, model: Model, placed: Placed) -> Placed:
    """The best placement by rank and second aim; the first of equals, in the order of :func:`_all`."""
    best, rank, second = placed, model.rank(problem, placed), model.second_aim(problem, placed)
    settled = False
    for sites in _all(problem, placed.sites):
        other = model.place(problem, sites)
        own = model.rank(problem, other)
        helps = better(own, rank)
        if not helps and not _equal(own, rank):
            continue
        aim = model.second_aim(problem, other)
        helps = helps or better(aim, second)
        if (helps or (not settled and _equal(aim, second))) and keeps_limits(problem, other):
            best, rank, second, settled = other, own, aim, True
    return best


def _idle_sites_first(problem: PlacementProblem, model: Model, placed: Placed) -> Placed:
    """The first sites that can stand open without serving anybody, in place of those that do."""
    assert placed.shares is not None
    counted = (problem.weights > 0) | (problem.demands > 0)
    busy = placed.sites & (placed.shares[counted] > 0).any(axis=0)
    idle = int((placed.sites & problem.free & ~busy).sum())
    others = np.flatnonzero(problem.free & ~busy).tolist()
    fewest = 0 if problem.n_open is None else idle
    if sum(math.comb(len(others), number) for number in range(fewest, idle + 1)) > MOST_PLACEMENTS:
        return placed
    rank = model.rank(problem, placed)
    for number in range(fewest, idle + 1):
        for chosen in combinations(others, number):
            sites = busy | problem.always_open
            sites[list(chosen)] = True
            other = _with_sites(problem, placed, sites)
            same = _equal(model.rank(problem, other), rank) or better(model.rank(problem, other), rank)
            if same and keeps_limits(problem, other):
                return other
    return placed


def _with_sites(problem: PlacementProblem, placed: Placed, sites: BoolArray) -> Placed:
    """These sites with the shares of ``placed``; whose site is closed goes to the nearest one."""
    assert placed.shares is not None
    shares, assignment = np.where(sites[None, :], placed.shares, 0.0), placed.assignment.copy()
    nearest = Placed.nearest(problem, sites).assignment
    for row in np.flatnonzero((placed.shares > shares).any(axis=1)).tolist():
        assignment[row] = nearest[row]
        if nearest[row] >= 0:
            shares[row, nearest[row]] += 1.0 - float(shares[row].sum())
    return Placed.shared(sites, shares, assignment, None)


def _by_second_aim(problem: PlacementProblem, model: Model, placed: Placed) -> Placed:
    """The best placement by the second aim that is as good as this one, as far as swaps lead."""
    rank, least = model.rank(problem, placed), model.second_aim(problem, placed)
    best = placed
    for _ in range(_MOST_PASSES if least else 0):
        found = best
        for late in np.flatnonzero(best.sites & problem.free).tolist():
            for sites, _earlier in _instead(problem, best.sites, late):
                other = model.place(problem, sites)
                second = model.second_aim(problem, other)
                gains = better(second, least) and _equal(model.rank(problem, other), rank)
                if gains and keeps_limits(problem, other):
                    found, least = other, second
        if found is best:
            return found
        best = found
    return best


def _all(problem: PlacementProblem, sites: BoolArray) -> Iterator[BoolArray]:
    """All placements of as many free sites, or of any number where that is open, fewest first."""
    free = np.flatnonzero(problem.free).tolist()
    wanted = int((sites & problem.free).sum())
    for number in range(len(free) + 1) if problem.n_open is None else (wanted,):
        for chosen in combinations(free, number):
            made = problem.always_open.copy()
            made[list(chosen)] = True
            yield made


def _few(problem: PlacementProblem, sites: BoolArray) -> bool:
    free = int(problem.free.sum())
    if problem.n_open is None:
        return free < 60 and 2**free <= MOST_PLACEMENTS
    return math.comb(free, int((sites & problem.free).sum())) <= MOST_PLACEMENTS


def _swapped(sites: BoolArray, closed: int, opened: int) -> BoolArray:
    made = sites.copy()
    made[[closed, opened]] = False, True
    return made


def _steps(problem: PlacementProblem, sites: BoolArray) -> int:
    chosen = int((sites & problem.free).sum())
    return chosen * problem.n_sites * problem.n_sites * problem.n_demand


def _equal(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return len(one) == len(other) and all(tied(own, its) for own, its in zip(one, other, strict=True))
