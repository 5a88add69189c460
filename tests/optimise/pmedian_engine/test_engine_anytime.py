"""What the engine says while it runs: the bound stays below, a limit returns both, a seed decides."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimise.exact import PROOF_TOLERANCE
from optimise.pmedian_engine import solve_p_median
from optimise.status import Status


def scattered(seed: int, n_rows: int, n_sites: int, *, whole: bool) -> tuple[np.ndarray, np.ndarray]:
    """Costs without any geometry, which leave a wide gap to search, and weights."""
    random = np.random.default_rng(seed)
    costs = random.uniform(0, 100, (n_rows, n_sites))
    weights = random.integers(1, 9, n_rows).astype(float)
    return (np.rint(costs), weights) if whole else (costs, weights * random.random(n_rows))


def optimum(costs: np.ndarray, weights: np.ndarray, p: int) -> float:
    choices = itertools.combinations(range(costs.shape[1]), p)
    return min(float(weights @ costs[:, list(sites)].min(axis=1)) for sites in choices)


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(5, 40), st.integers(4, 14), st.booleans(), st.data())
def test_bound_rises_and_never_passes_the_optimum(
    seed: int, n_rows: int, n_sites: int, whole: bool, data: st.DataObject
) -> None:
    costs, weights = scattered(seed, n_rows, n_sites, whole=whole)
    _rises_to_the_optimum(costs, weights, data.draw(st.integers(1, min(4, n_sites))))


def test_the_first_bound_is_not_above_an_answer_whose_costs_are_added_up_in_another_order() -> None:
    _rises_to_the_optimum(*scattered(0, 5, 13, whole=False), 4)


def _rises_to_the_optimum(costs: np.ndarray, weights: np.ndarray, p: int) -> None:
    seen: list[tuple[float, float]] = []
    result = solve_p_median(costs, weights, p, on_progress=lambda best, bound, *_: seen.append((best, bound)))
    best = optimum(costs, weights, p)
    slack = PROOF_TOLERANCE * best
    assert seen
    assert all(bound <= value for value, bound in seen)
    assert all(bound <= best + slack for _, bound in seen)
    assert all(value >= best - slack for value, _ in seen)
    for (value, bound), (later_value, later_bound) in itertools.pairwise(seen):
        assert later_value <= value
        assert later_bound >= bound
    assert result.status is Status.OPTIMAL


def test_a_limit_returns_sites_and_a_bound() -> None:
    costs, weights = scattered(4, 400, 120, whole=False)
    result = solve_p_median(costs, weights, 12, time_limit_s=1e-3)
    assert len(result.chosen) == 12
    assert result.objective == pytest.approx(weights @ costs[:, result.chosen].min(axis=1))
    assert math.isfinite(result.lower_bound)
    assert result.lower_bound < result.objective
    assert result.status is Status.FEASIBLE
    assert result.proof.value == "none"


def test_a_gap_that_is_wide_enough_ends_the_search_without_a_proof() -> None:
    costs, weights = scattered(4, 60, 30, whole=False)
    result = solve_p_median(costs, weights, 4, gap=0.3)
    assert result.status is not Status.OPTIMAL or result.gap <= PROOF_TOLERANCE
    assert result.gap <= 0.3
    exact = solve_p_median(costs, weights, 4)
    assert result.lower_bound <= exact.objective <= result.objective


def test_the_same_seed_gives_the_same_answer() -> None:
    costs, weights = scattered(9, 120, 60, whole=True)
    one, same = (solve_p_median(costs, weights, 6, seed=3) for _ in range(2))
    assert one.chosen.tolist() == same.chosen.tolist()
    assert one.lower_bound == same.lower_bound
    np.testing.assert_array_equal(one.multipliers, same.multipliers)


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1e-3, 7.0, 1e4]))
def test_relabelling_and_scaling_change_nothing(seed: int, factor: float) -> None:
    costs, weights = scattered(seed, 40, 25, whole=False)
    random = np.random.default_rng(seed)
    rows, columns = random.permutation(40), random.permutation(25)
    plain = solve_p_median(costs, weights, 5)
    moved = solve_p_median(factor * costs[rows][:, columns], weights[rows], 5)
    assert moved.status is plain.status is Status.OPTIMAL
    assert moved.objective == pytest.approx(factor * plain.objective, rel=1e-6)
    heavier = solve_p_median(costs, factor * weights, 5)
    assert heavier.objective == pytest.approx(factor * plain.objective, rel=1e-6)
