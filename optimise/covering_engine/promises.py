"""Whether a promise to many people can be kept at all, asked of maximal covering."""

from __future__ import annotations

import numpy as np

from optimise.arrays import BoolArray
from optimise.conditions import Condition
from optimise.covering_engine.coverage import coverage_from_costs
from optimise.covering_engine.maximal_cover import MaximalCoverSearch
from optimise.problem import PlacementProblem
from optimise.running import Limits


def ask(problem: PlacementProblem, condition: Condition, limits: Limits) -> tuple[bool, BoolArray | None]:
    """Whether any sites keep this promise, whatever else is asked of them, and sites that do.

    Returns:
        False only where it is proven that as many sites as are asked for, with their roles, cannot keep it;
        and (n_sites,) sites that keep it, which may break other conditions, or None.
    """
    most, sites = most_within(problem, condition, limits)
    return most is None, sites


def most_within(
    problem: PlacementProblem, condition: Condition, limits: Limits
) -> tuple[float | None, BoolArray | None]:
    """As :func:`ask`, with the proof in the place of False.

    Returns:
        The share of its people within its minutes that no such sites pass, where that proves that the promise
        cannot be kept, else None; and sites that keep it, or None.
    """
    asked = condition.promised(problem)
    least, most = int(problem.always_open.sum()), int((~problem.never_open).sum())
    if asked is None or problem.n_open is None or not least <= problem.n_open <= most:
        return None, None
    counts, minutes, wanted = asked
    allowed = np.flatnonzero(~problem.never_open)
    coverage = coverage_from_costs(problem.costs, minutes, counts, columns=allowed)
    found = MaximalCoverSearch(
        coverage,
        problem.n_open,
        limits.silent(),
        always_open=problem.always_open[allowed],
        enough=wanted,
    ).outcome()
    slack = 1e-9 * max(1.0, abs(wanted))
    if found.worth >= wanted - slack:
        sites = problem.always_open.copy()
        sites[allowed[found.columns]] = True
        others = np.flatnonzero(problem.free & ~sites)
        sites[others[: problem.n_open - int(sites.sum())]] = True
        return None, sites
    if found.bound >= wanted - slack:
        return None, None
    return found.bound / float(counts.sum()), None
