"""Large demand made small: equal rows, short rows, groups, float32 on disk; the bound holds for all points."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimise.exact import PROOF_TOLERANCE
from optimise.pmedian_engine import solve_p_median
from optimise.pmedian_engine.root import memory_needed_mb, pairs_within
from optimise.status import Status


def town(seed: int, n_demand: int, n_sites: int) -> tuple[np.ndarray, np.ndarray]:
    """Distances on a plane, persons."""
    random = np.random.default_rng(seed)
    homes, sites = random.uniform(0, 90, (n_demand, 2)), random.uniform(0, 90, (n_sites, 2))
    distance = np.hypot(*(homes[:, None, :] - sites[None, :, :]).transpose(2, 0, 1))
    return distance, random.integers(0, 9, n_demand).astype(float)


def brackets(result, optimum: float, costs: np.ndarray, weights: np.ndarray) -> None:
    """Objective and bound are those of all points, and the optimum lies between them."""
    assert result.objective == pytest.approx(weights @ costs[:, result.chosen].min(axis=1), rel=1e-12)
    assert result.lower_bound <= optimum * (1 + 1e-9)
    assert optimum <= result.objective * (1 + PROOF_TOLERANCE)
    assert result.status is not Status.OPTIMAL or result.gap <= PROOF_TOLERANCE


def test_equal_rows_are_merged_without_loss_and_told() -> None:
    costs, weights = town(1, 40, 20)
    twice, doubled = np.vstack([costs, costs]), np.concatenate([weights + 1, weights + 1])
    merged = solve_p_median(twice, doubled, 4)
    assert merged.objective == pytest.approx(2 * solve_p_median(costs, weights + 1, 4).objective)
    assert "80 demand points were merged into 40" in " ".join(merged.notes)


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.sampled_from([10, 40, 100]), st.booleans())
def test_groups_give_bounds_of_the_full_problem(seed: int, p: int, most: int, fix: bool) -> None:
    costs, weights = town(seed, 120, 12)
    fixed = {"fixed_in": [3]} if fix else {"fixed_out": [3]}
    exact = solve_p_median(costs, weights, p, **fixed)
    seen = []
    found = solve_p_median(
        costs,
        weights,
        p,
        most_groups=most,
        on_progress=lambda best, bound, *_: seen.append((best, bound)),
        **fixed,
    )
    brackets(found, exact.objective, costs, weights)
    assert (3 in found.chosen) == fix or (fix is False and 3 not in found.chosen)
    assert all(bound <= exact.objective * (1 + 1e-9) for _, bound in seen)
    assert "groups" in found.notes[0]


def test_groups_keep_apart_who_can_reach_different_sites() -> None:
    costs, weights = town(5, 60, 8)
    costs[:20, :4] = np.nan
    found = solve_p_median(costs, weights, 3, most_groups=5)
    exact = solve_p_median(costs, weights, 3)
    assert np.isfinite(found.objective)
    assert found.lower_bound <= exact.objective <= found.objective * (1 + 1e-9)
    priced = solve_p_median(costs, weights, 3, most_groups=5, unserved_cost=20.0)
    exact = solve_p_median(costs, weights, 3, unserved_cost=20.0)
    assert priced.lower_bound <= exact.objective <= priced.objective * (1 + 1e-9)


def test_groups_of_an_impossible_question_are_infeasible() -> None:
    costs = np.full((6, 6), np.nan)
    np.fill_diagonal(costs, 1.0)
    assert solve_p_median(costs, None, 3, most_groups=4).status is Status.INFEASIBLE


def test_a_memory_limit_shortens_rows_then_groups_them_and_the_bound_holds() -> None:
    costs, weights = town(2, 400, 60)
    exact = solve_p_median(costs, weights, 12)
    for limit, told in ((0.6 * exact.memory_mb, "nearest sites"), (0.2 * exact.memory_mb, "groups")):
        found = solve_p_median(costs, weights, 12, memory_limit_mb=limit)
        assert told in " ".join(found.notes)
        brackets(found, exact.objective, costs, weights)
        assert found.gap < 0.3


def test_the_memory_that_is_said_grows_with_pairs_and_fits_the_limit() -> None:
    assert memory_needed_mb(1000, 100) < memory_needed_mb(1000, 200) < memory_needed_mb(2000, 200)
    kept = pairs_within(50.0, 20_000, 400)
    assert 8 < kept < 400
    assert memory_needed_mb(20_000, 400, kept) <= 50.0 < memory_needed_mb(20_000, 400, kept + 1)


def test_single_precision_costs_on_disk_are_summed_in_double(tmp_path: Path) -> None:
    costs, weights = town(3, 200, 30)
    np.save(tmp_path / "costs.npy", costs.astype(np.float32))
    mapped = np.load(tmp_path / "costs.npy", mmap_mode="r")
    found = solve_p_median(mapped, weights, 6)
    wide = solve_p_median(np.asarray(mapped, dtype=np.float64), weights, 6)
    assert found.chosen.tolist() == wide.chosen.tolist()
    assert found.objective == wide.objective
    assert found.status is Status.OPTIMAL
