"""The capacitated p-median against brute force over sites and assignments."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from placement_cases import cost_matrices, same, site_sets

from optimise import PlacementProblem, ProblemError, Status, solve, verify
from optimise.guarantees import ShareWithin, Within


@st.composite
def capacity_problems(draw):
    costs = draw(cost_matrices(4, 3))
    n, m = costs.shape
    weights = draw(hnp.arrays(np.float64, n, elements=st.integers(1, 4).map(float)))
    capacities = draw(hnp.arrays(np.float64, m, elements=st.integers(0, 9).map(float)))
    return PlacementProblem(costs, weights=weights, capacities=capacities, p=draw(st.integers(1, m)))


def whole_assignments(problem, rooms):
    """Every way to send each demand point to one site with room, or nowhere."""
    n, m = problem.costs.shape
    for goes in product(range(-1, m), repeat=n):
        load = np.zeros(m)
        for row, site in enumerate(goes):
            if site >= 0:
                load[site] += problem.demands[row] if np.isfinite(problem.costs[row, site]) else np.inf
        if (load <= rooms).all():
            yield np.array(goes)


def value(problem, goes):
    """Unserved weight, then mean minutes of the served."""
    served = goes >= 0
    weight = problem.weights[served].sum()
    minutes = problem.costs[np.flatnonzero(served), goes[served]]
    mean = float(problem.weights[served] @ minutes / weight) if weight else math.nan
    return float(problem.weights[~served].sum()), mean


@settings(max_examples=25)
@given(capacity_problems())
def test_single_sourcing(problem):
    best = min(
        value(problem, goes)
        for mask in site_sets(problem)
        for goes in whole_assignments(problem, np.where(mask, problem.capacities, 0.0))
    )
    solution = solve(problem, "capacitated-p-median")
    assert solution.status is Status.OPTIMAL
    assert verify(solution).ok
    lost = solution.unserved.weights(problem)
    assert sum(lost.values()) == pytest.approx(best[0])
    assert same(solution.objective, best[1])
    served = problem.weights @ solution.placed.served()
    assert served + sum(lost.values()) == pytest.approx(problem.weights.sum())


@settings(max_examples=25)
@given(capacity_problems(), st.integers(1, 3), st.integers(1, 5))
def test_units_have_a_smallest_size(problem, least, total):
    problem = problem.replace(p=None, capacities=np.ones(problem.n_sites) * 2)
    best = None
    for mask in site_sets(problem):
        for spread in product(range(total + 1), repeat=problem.n_sites):
            units = np.array(spread)
            if (units[mask] < least).any() or units[~mask].any() or units.sum() > total:
                continue
            for goes in whole_assignments(problem, 2.0 * units):
                best = min(best or (math.inf, 0.0), value(problem, goes))
    solution = solve(problem, "capacitated-p-median", min_units=least, total_units=total)
    assert sum(solution.unserved.weights(problem).values()) == pytest.approx(best[0])
    assert same(solution.objective, best[1])
    opened = solution.units[solution.chosen]
    assert (opened >= least).all()
    assert solution.units.sum() <= total


@settings(max_examples=20)
@given(capacity_problems())
def test_splitting_never_hurts(problem):
    single = solve(problem, "capacitated-p-median")
    split = solve(problem, "capacitated-p-median", sourcing="split")
    assert verify(split).ok
    lost = sum(split.unserved.weights(problem).values())
    lost_single = sum(single.unserved.weights(problem).values())
    assert lost <= lost_single + 1e-6
    if lost == pytest.approx(lost_single) and not math.isnan(single.objective):
        assert split.objective <= single.objective + 1e-6


def test_split_shares_are_the_transport_optimum():
    scipy_optimize = pytest.importorskip("scipy.optimize")
    rng = np.random.default_rng(3)
    costs = rng.integers(1, 50, (8, 3)).astype(float)
    weights = rng.integers(1, 9, 8).astype(float)
    room = np.full(3, weights.sum() / 2.5)
    problem = PlacementProblem(costs, weights=weights, capacities=room, p=3)
    solution = solve(problem, "capacitated-p-median", sourcing="split")
    flows = scipy_optimize.linprog(
        (weights[:, None] * costs).ravel(),
        A_eq=np.kron(np.eye(8), np.ones(3)),
        b_eq=np.ones(8),
        A_ub=np.kron(weights, np.eye(3)),
        b_ub=room,
    )
    assert solution.total == pytest.approx(flows.fun)


def test_why_people_are_unserved():
    costs = [[1.0, np.nan], [2.0, np.nan], [np.nan, np.nan], [np.nan, 4.0]]
    problem = PlacementProblem(costs, weights=[5, 3, 2, 1], capacities=[6, 9], p=1)
    solution = solve(problem, "capacitated-p-median")
    assert solution.chosen_ids == (0,)
    assert solution.assignment.tolist() == [0, -1, -1, -1]
    assert solution.unserved.weights(problem) == {
        "unreachable": 3.0,
        "over_capacity": 3.0,
        "beyond_threshold": 0.0,
    }


def test_a_guarantee_speaks_of_the_site_that_serves():
    costs = [[1.0, 30.0], [2.0, 30.0]]
    problem = PlacementProblem(costs, capacities=[1, 1], p=2, demand_ids=["a", "b"])
    assert solve(problem, "capacitated-p-median").status is Status.OPTIMAL
    promised = problem.with_conditions(Within(10))
    solution = solve(promised, "capacitated-p-median")
    assert solution.status is Status.INFEASIBLE
    assert {"guarantee 10 min for a", "guarantee 10 min for b"} <= set(solution.conflicts[-1].wishes)
    half = problem.with_conditions(ShareWithin(10, 0.5))
    assert solve(half, "capacitated-p-median").status is Status.OPTIMAL


def test_units_by_site_and_faults():
    problem = PlacementProblem([[1.0, 2.0]], capacities=[1, 1], p=1, site_ids=["a", "b"])
    solution = solve(problem, "capacitated-p-median", min_units={"a": 4, "b": 2}, total_units=3)
    assert solution.chosen_ids == ("b",)
    assert solution.to_dict()["units"] == {"b": 2}
    with pytest.raises(ProblemError, match="no such site"):
        solve(problem, "capacitated-p-median", min_units={"c": 1})
    with pytest.raises(ProblemError, match="capacities"):
        solve(problem, "p-median")
    with pytest.raises(ProblemError, match="capacities"):
        solve(PlacementProblem([[1.0]], p=1), "capacitated-p-median")
