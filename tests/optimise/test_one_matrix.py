"""A problem, its engine and its answer read one matrix of costs: no copies in another order, and the same answers."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import optimise.arrays
import optimise.ordered_costs
import optimise.pmedian_engine.costs
from optimise import PlacementProblem, ProblemError, solve
from optimise.ordered_costs import OrderedCosts
from optimise.pmedian_engine.costs import equal_rows, read_costs


def frozen(costs: np.ndarray) -> np.ndarray:
    costs.flags.writeable = False
    return costs


def test_a_matrix_that_was_given_away_is_not_copied():
    costs = frozen(np.array([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]))
    problem = PlacementProblem(costs, site_ids=["c", "a", "b"])
    assert problem.costs is costs
    assert problem.replace(p=1).costs is costs
    turned = problem.take_sites(np.array([1, 2, 0]))
    assert turned.held.matrix is costs
    assert turned.replace(p=2).with_conditions().held.matrix is costs
    assert turned.take_sites(np.array([2, 0, 1])).held.columns(np.arange(3)).tolist() == costs.tolist()
    assert turned.costs.tolist() == costs[:, [1, 2, 0]].tolist()
    assert turned.site_ids == ("a", "b", "c")
    with pytest.raises(ValueError, match="read-only"):
        turned.costs[0, 0] = 1.0


def test_whatever_could_still_change_is_copied():
    mine = np.arange(6.0).reshape(2, 3)
    view = mine.view()
    view.flags.writeable = False
    unknown = frozen(np.array([[1.0, np.nan]]))
    for costs in (mine, view, unknown):
        assert PlacementProblem(costs).costs is not costs
    mine[0, 0] = 9.0
    assert PlacementProblem(view).costs[0, 0] == 9.0
    assert np.isnan(unknown[0, 1])
    with pytest.raises(ProblemError, match="0 or more"):
        PlacementProblem(frozen(np.array([[1.0, -1.0]])))


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 9),
    st.integers(1, 40),
    st.sampled_from([3, 1000]),
    st.booleans(),
)
def test_costs_read_in_an_order_are_those_of_the_matrix(seed, n_rows, n_sites, block, compiled):
    rng = np.random.default_rng(seed)
    matrix = rng.integers(0, 9, (n_rows, n_sites)).astype(float)
    matrix[rng.random(matrix.shape) < rng.choice([0.3, 0.97])] = rng.choice([np.nan, np.inf])
    matrix = np.asarray(matrix, order=rng.choice(["C", "F"]))
    order = rng.permutation(n_sites)
    closed, kept = rng.random(n_sites) < 0.3, rng.random(n_rows) < 0.7
    plain = np.where(np.isnan(matrix), np.inf, matrix)[:, order]
    plain[:, closed] = np.inf
    plain[~kept] = np.inf
    plain = plain - 2.0
    before = optimise.arrays.BLOCK_PAIRS, optimise.ordered_costs.COMPILED_PAIRS
    optimise.arrays.BLOCK_PAIRS, optimise.ordered_costs.COMPILED_PAIRS = block, 0 if compiled else 1_000_000
    try:
        costs = OrderedCosts(matrix, order, closed).only(kept).less(2.0)
        sites, rows = rng.permutation(n_sites)[:3], rng.permutation(n_rows)[:3]
        assert costs.rows(rows).tolist() == plain[rows].tolist()
        assert costs.columns(sites).tolist() == plain[:, sites].tolist()
        assert costs.columns(sites, rows).tolist() == plain[np.ix_(rows, sites)].tolist()
        assert costs.reached().tolist() == np.isfinite(plain).any(axis=1).tolist()
        assert costs.longest() == max(0.0, plain[np.isfinite(plain)].max(initial=0.0))
        assert np.concatenate([part for _, part in costs.blocks()]).tolist() == plain.tolist()
        fixed, counted = rng.random(n_sites) < 0.3, rng.random(n_rows) < 0.7
        nearest = plain[:, fixed].min(axis=1, initial=np.inf)
        nearer = (plain < nearest[:, None])[:, ~fixed][counted]
        assert costs.pairs_nearer(fixed, ~fixed, counted) == nearer.sum()
        least, which = costs.nearest(sites, rows)
        assert least.tolist() == plain[np.ix_(rows, sites)].min(axis=1).tolist()
        assert which.tolist() == plain[np.ix_(rows, sites)].argmin(axis=1).tolist()
        weights, prices = rng.integers(1, 5, n_rows), rng.integers(-3, 20, n_rows)
        less = np.minimum(plain * weights[:, None] - prices[:, None], 0.0)[rows]
        assert costs.saved(rows, weights, prices).tolist() == less.sum(axis=0).tolist()
        group, firsts = equal_rows(read_costs(costs))
        alike = (plain[:, None] == plain[None]).all(axis=2)
        assert (group[:, None] == group[None]).tolist() == alike.tolist()
        assert plain[firsts[group]].tolist() == plain.tolist()
    finally:
        optimise.arrays.BLOCK_PAIRS, optimise.ordered_costs.COMPILED_PAIRS = before


def posed(n_demand: int, n_sites: int, costs: np.ndarray | None = None) -> PlacementProblem:
    """Places in a square, one in twenty of them a site that stands; ids in no order."""
    rng = np.random.default_rng(7)
    people, sites = rng.random((n_demand, 2)), rng.random((n_sites, 2))
    if costs is None:
        costs = np.hypot(*(people[:, None] - sites[None]).transpose(2, 0, 1))
    return PlacementProblem(
        frozen(costs),
        weights=rng.integers(1, 50, n_demand),
        p_new=2,
        roles=["existing" if site % 20 == 0 else "candidate" for site in range(n_sites)],
        site_ids=[f"s{(site * 7919) % n_sites}" for site in range(n_sites)],
    )


def test_solving_takes_less_than_half_a_matrix_beside_the_matrix(monkeypatch):
    for module in (optimise.arrays, optimise.pmedian_engine.costs):
        monkeypatch.setattr(module, "BLOCK_PAIRS", 50_000)
    solve(posed(3_000, 700), "p-median")  # what is compiled and imported is not counted
    problem = posed(3_000, 700)
    tracemalloc.start()
    solution = solve(problem, "p-median")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert solution.engine is not None
    assert solution.engine.used == "whole"
    assert peak < 0.5 * problem.costs.nbytes
