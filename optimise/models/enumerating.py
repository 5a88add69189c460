"""Every placement there is, one after the other: the surest proof where there are few.

Opening a handful of new stations beside those that stay leaves some ten thousand placements. Objectives whose
linear relaxation is weak (differences between people, the Gini coefficient) are then settled faster, and more
simply, by looking at all of them than by branch and bound.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from itertools import combinations

import numpy as np

from optimise.arrays import BoolArray
from optimise.exact import better
from optimise.models.base import Model
from optimise.outcome import Outcome
from optimise.placed import Placed
from optimise.problem import PlacementProblem
from optimise.running import Limits
from optimise.sentences import Sentence
from optimise.status import Status
from optimise.verification import keeps_limits

#: Placements times demand points up to which all placements are looked at: up to some 15 seconds.
MOST_WORK = 20_000_000


def count_placements(problem: PlacementProblem) -> int | None:
    """How many sets of sites the roles and the number allow; None when the number is open."""
    if problem.n_open is None:
        return None
    wanted = problem.n_open - int(problem.always_open.sum())
    return math.comb(int(problem.free.sum()), wanted) if wanted >= 0 else 0


def few_enough(problem: PlacementProblem) -> bool:
    """True when all placements can be looked at in a quarter of a minute."""
    count = count_placements(problem)
    return count is not None and count * problem.n_demand <= MOST_WORK


def best_of_all(problem: PlacementProblem, model: Model, limits: Limits) -> Outcome:
    """Look at every placement; the first of equals wins."""
    began = time.perf_counter()
    status = Status.OPTIMAL
    best: Placed | None = None
    best_rank: tuple[float, ...] = ()
    looked_at = 0
    try:
        for placed in _placements(problem):
            looked_at += 1
            rank = model.rank(problem, placed)
            if (best is None or better(rank, best_rank)) and keeps_limits(problem, placed):
                best, best_rank = placed, rank
            if looked_at % 256 == 0 and time.monotonic() > limits.deadline:
                status = Status.FEASIBLE if best is not None else Status.NO_SOLUTION
                break
    except KeyboardInterrupt:
        status = Status.INTERRUPTED
    if status is Status.OPTIMAL and best is None:
        status = Status.INFEASIBLE
    proven = status is Status.OPTIMAL and best is not None
    return Outcome(
        status=status,
        placed=best,
        bound=model.objective(problem, best) if proven and best is not None else 0.0,
        solver="enumeration",
        formulation="all placements",
        proof=Sentence(
            "opt.proof.looked_at",
            "{looked_at} placements looked at, of {every}",
            looked_at=looked_at,
            every=count_placements(problem),
        ),
        build_s=0.0,
        solve_s=time.perf_counter() - began,
    )


def _placements(problem: PlacementProblem) -> Iterator[Placed]:
    fixed = np.flatnonzero(problem.always_open)
    wanted = (problem.n_open or 0) - len(fixed)
    rows = np.arange(problem.n_demand)
    for free in combinations(np.flatnonzero(problem.free).tolist(), max(wanted, 0)):
        sites = np.sort(np.concatenate([fixed, np.asarray(free, dtype=np.int64)]))
        yield (
            _nearest_of(problem, sites, rows) if len(sites) else Placed.nearest(problem, problem.always_open)
        )


def _nearest_of(problem: PlacementProblem, sites: np.ndarray, rows: np.ndarray) -> Placed:
    costs = problem.costs[:, sites]
    best = costs.argmin(axis=1)
    mask: BoolArray = np.zeros(problem.n_sites, dtype=bool)
    mask[sites] = True
    return Placed(mask, np.where(np.isfinite(costs[rows, best]), sites[best], -1))
