"""Small random placement problems, and the brute force that knows their answers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from optimise import PlacementProblem


@st.composite
def cost_matrices(draw, max_demand: int = 7, max_sites: int = 6, unreachable: bool = True):
    """Whole minutes 0-20 with many ties, and some unreachable pairs."""
    shape = (draw(st.integers(1, max_demand)), draw(st.integers(1, max_sites)))
    costs = draw(hnp.arrays(np.float64, shape, elements=st.integers(0, 20).map(float)))
    if unreachable:
        gone = draw(hnp.arrays(np.bool_, shape, elements=st.sampled_from([True, False, False, False])))
        costs[gone] = np.nan
    return costs


@st.composite
def problems(draw, *, unreachable: bool = True, roles: bool = True, max_demand=7, max_sites=6, **extra):
    """A problem with p (total), random weights and, if wanted, roles."""
    costs = draw(cost_matrices(max_demand, max_sites, unreachable))
    n, m = costs.shape
    weights = draw(hnp.arrays(np.float64, n, elements=st.integers(0, 5).map(float)))
    kinds = ["candidate"] * m
    if roles:
        words = ["candidate", "candidate", "candidate", "existing", "required", "forbidden"]
        kinds = [draw(st.sampled_from(words)) for _ in range(m)]
    fixed = sum(kind in {"existing", "required"} for kind in kinds)
    allowed = m - kinds.count("forbidden")
    if allowed == 0:
        kinds[0], allowed = "candidate", 1
    p = draw(st.integers(max(fixed, 1), max(allowed, 1)))
    return PlacementProblem(costs, weights=weights, p=p, roles=kinds, **extra)


def site_sets(problem: PlacementProblem) -> Iterator[np.ndarray]:
    """Every set of sites that the roles and ``n_open`` allow, as masks."""
    m = problem.n_sites
    sizes = range(m + 1) if problem.n_open is None else [problem.n_open]
    for size in sizes:
        for sites in combinations(range(m), size):
            mask = np.zeros(m, dtype=bool)
            mask[list(sites)] = True
            if not (problem.always_open & ~mask).any() and not (problem.never_open & mask).any():
                yield mask


def nearest(problem: PlacementProblem, mask: np.ndarray) -> np.ndarray:
    """(n,) minutes to the nearest site of ``mask``; inf without one."""
    return np.where(mask[None, :], problem.costs, np.inf).min(axis=1)


def served_weight(problem: PlacementProblem, mask: np.ndarray) -> float:
    """Weight that reaches a site of ``mask``."""
    return float(problem.weights[np.isfinite(nearest(problem, mask))].sum())


def brute_force(
    problem: PlacementProblem,
    score: Callable[[np.ndarray], float],
    *,
    allowed: Callable[[np.ndarray], bool] = lambda mask: True,
    serve_first: bool = True,
    best: Callable = min,
):
    """Best score over all site sets (those that serve the most weight first); None when none is allowed."""
    masks = [mask for mask in site_sets(problem) if allowed(mask)]
    if not masks:
        return None
    if serve_first:
        most = max(served_weight(problem, mask) for mask in masks)
        masks = [mask for mask in masks if served_weight(problem, mask) == most]
    return best(score(mask) for mask in masks)


def mean_minutes(problem: PlacementProblem, mask: np.ndarray) -> float:
    """Weighted mean over those who reach a site; NaN when nobody with weight does."""
    minutes = nearest(problem, mask)
    served = np.isfinite(minutes) & (problem.weights > 0)
    weight = problem.weights[served].sum()
    return float((problem.weights[served] * minutes[served]).sum() / weight) if weight else float("nan")


def counted(problem: PlacementProblem, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Minutes and weights of the people whom the sites reach."""
    minutes = nearest(problem, mask)
    served = np.isfinite(minutes) & (problem.weights > 0)
    return minutes[served], problem.weights[served]


def cover_counts(problem: PlacementProblem, mask: np.ndarray, radius: float) -> np.ndarray:
    """(n,) how many sites of ``mask`` are within ``radius``."""
    return ((problem.costs <= radius) & mask[None, :]).sum(axis=1)


def same(one: float, other: float, tolerance: float = 1e-9) -> bool:
    """Equal up to rounding; NaN equals NaN."""
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    return math.isclose(one, other, rel_tol=tolerance, abs_tol=tolerance)
