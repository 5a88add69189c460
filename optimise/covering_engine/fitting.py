"""When a problem may go to the engine, and in which words it is said that it does not."""

from __future__ import annotations

import numpy as np

from optimise.arrays import BoolArray, IntArray
from optimise.problem import PlacementProblem

#: Pairs of demand point and site from which covering goes to the engine; below, HiGHS on the plain program
#: takes about a second at most and nothing has to be compiled first.
PAYS_AT_PAIRS = 400_000
#: The same for centres, which take a program for every step of the bisection; only demand points count that
#: no always-open site settles.
CENTER_PAYS_AT_PAIRS = 40_000


def large(problem: PlacementProblem) -> bool:
    """True for covering problems that are worth the engine."""
    return problem.costs.size >= PAYS_AT_PAIRS


def large_center(problem: PlacementProblem, relevant: BoolArray) -> bool:
    """True for centre problems that are worth the engine.

    A demand point is settled when an always-open site is as near as the nearest site of whoever is farthest
    from all sites: no placement has a shorter longest way than that.
    """
    costs = problem.allowed_costs[relevant]
    settled = costs[:, problem.always_open].min(axis=1, initial=np.inf) <= costs.min(axis=1).max(initial=0.0)
    return int((~settled).sum() * problem.free.sum()) >= CENTER_PAYS_AT_PAIRS


def side_constraints(problem: PlacementProblem) -> list[str]:
    """What the problem asks of its sites beyond their number and their roles.

    Sites that cover less than others may then be needed all the same, so no site may be left out.
    """
    asked = {
        "conditions": bool(problem.conditions),
        "a budget": problem.budget is not None,
        "existing sites that may move": problem.max_moves is not None,
    }
    return [name for name, present in asked.items() if present]


def to_open(problem: PlacementProblem) -> int | None:
    """How many sites are to be opened beyond those that are open anyhow; None where no number fits."""
    if problem.n_open is None:
        return None
    count = problem.n_open - int(problem.always_open.sum())
    return count if 0 <= count <= int(problem.free.sum()) else None


def switched_off(problem: PlacementProblem) -> str:
    """For the proof: why sites were not reduced although the problem is large; empty where they were."""
    asked = side_constraints(problem)
    return f"; reductions of sites are off: the problem has {' and '.join(asked)}" if asked else ""


def filled_up(problem: PlacementProblem, chosen: IntArray) -> BoolArray:
    """(n_sites,) the always-open sites, the chosen free ones, and the first others up to the number asked."""
    sites = problem.always_open.copy()
    sites[chosen] = True
    missing = (problem.n_open or 0) - int(sites.sum())
    others = np.flatnonzero(problem.free & ~sites)
    sites[others[: max(missing, 0)]] = True
    return sites
