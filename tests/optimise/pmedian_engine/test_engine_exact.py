"""The engine against brute force, against published optima, and against itself under relabelling."""

from __future__ import annotations

import csv
import itertools
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimise.pmedian_engine import EngineResult, solve_p_median
from optimise.status import Status


@st.composite
def questions(draw: st.DrawFn, *, whole: bool | None = None) -> tuple[np.ndarray, np.ndarray, int]:
    """A small matrix with unreachable pairs, weights with zeros and ties, and a number of sites."""
    n_rows, n_sites = draw(st.integers(1, 9)), draw(st.integers(1, 7))
    seed = draw(st.integers(0, 2**32 - 1))
    generator = np.random.default_rng(seed)
    whole = draw(st.booleans()) if whole is None else whole
    costs = generator.integers(0, draw(st.sampled_from([3, 20, 1000])), (n_rows, n_sites)).astype(float)
    weights = generator.integers(0, 4, n_rows).astype(float)
    if not whole:
        costs += generator.random((n_rows, n_sites))
        weights *= generator.random(n_rows)
    costs[generator.random((n_rows, n_sites)) < draw(st.sampled_from([0.0, 0.0, 0.3]))] = np.nan
    return costs, weights, draw(st.integers(1, n_sites))


def brute_force(
    costs: np.ndarray,
    weights: np.ndarray,
    p: int,
    *,
    fixed_in: tuple[int, ...] = (),
    fixed_out: tuple[int, ...] = (),
    unserved_cost: float = math.inf,
) -> float:
    """Least cost over all choices; inf when none serves every row that some allowed column reaches."""
    allowed = [site for site in range(costs.shape[1]) if site not in fixed_out]
    matrix = np.where(np.isnan(costs), np.inf, costs)
    counted = (weights > 0) & (np.isfinite(matrix[:, allowed]).any(axis=1) | math.isfinite(unserved_cost))
    best = math.inf
    for sites in itertools.combinations(allowed, p):
        if set(fixed_in) <= set(sites):
            least = np.minimum(matrix[:, sites].min(axis=1), unserved_cost)
            best = min(best, float((weights[counted] * least[counted]).sum()))
    return best


def check(result: EngineResult, expected: float, costs: np.ndarray, weights: np.ndarray, p: int) -> None:
    if math.isinf(expected):
        assert result.status is Status.INFEASIBLE
        return
    assert result.status is Status.OPTIMAL
    assert result.objective == pytest.approx(expected, rel=1e-6, abs=1e-9)
    assert result.lower_bound <= result.objective
    assert result.root_bound <= expected + 1e-9 * max(1.0, abs(expected))
    assert len(set(result.chosen.tolist())) == p


@given(questions())
def test_equals_brute_force(question: tuple[np.ndarray, np.ndarray, int]) -> None:
    costs, weights, p = question
    check(solve_p_median(costs, weights, p), brute_force(costs, weights, p), costs, weights, p)


@given(questions(), st.data())
def test_fixed_sites_and_unserved_price_equal_brute_force(
    question: tuple[np.ndarray, np.ndarray, int], data: st.DataObject
) -> None:
    costs, weights, _ = question
    n_sites = costs.shape[1]
    roles = data.draw(st.lists(st.sampled_from("....io"), min_size=n_sites, max_size=n_sites))
    fixed_in = tuple(site for site, role in enumerate(roles) if role == "i")
    fixed_out = tuple(site for site, role in enumerate(roles) if role == "o")
    if len(fixed_out) == n_sites:
        return
    p = data.draw(st.integers(max(1, len(fixed_in)), n_sites - len(fixed_out)))
    price = data.draw(st.sampled_from([math.inf, 5.0, 0.5]))
    kept = {"fixed_in": fixed_in, "fixed_out": fixed_out, "unserved_cost": price}
    result = solve_p_median(costs, weights, p, **kept)
    check(result, brute_force(costs, weights, p, **kept), costs, weights, p)
    if result.status is Status.OPTIMAL:
        assert set(fixed_in) <= set(result.chosen.tolist())
        assert not set(fixed_out) & set(result.chosen.tolist())


@given(questions(), st.sampled_from([1.0, 17.0, 1500.0]))
def test_costs_may_be_negative(question: tuple[np.ndarray, np.ndarray, int], shift: float) -> None:
    costs, weights, p = question
    moved = np.where(np.isnan(costs), 0.0, costs - shift)
    kept = {"unserved_cost": 0.0}
    check(
        solve_p_median(moved, weights, p, **kept), brute_force(moved, weights, p, **kept), moved, weights, p
    )


@pytest.mark.parametrize(("far", "polished"), [(2e6, False), (2e4, True)])
def test_a_bound_nearly_there_is_closed_by_the_search_without_more_starts(far: float, polished: bool) -> None:
    """Two triangles and three sites: halves serve everybody, whole sites leave one out. A far row makes that small."""
    costs = np.ones((7, 6))
    for row in range(6):
        costs[row, [row, row // 3 * 3 + (row + 1) % 3]] = 0.0
    costs[6] = far
    costs *= 0.7310585
    result = solve_p_median(costs, None, 3)
    check(result, brute_force(costs, np.ones(7), 3), costs, np.ones(7), 3)
    assert result.status is Status.OPTIMAL
    assert ("polish" in result.stages) == polished


@pytest.mark.shared
@pytest.mark.parametrize("name", [f"pmed{number}" for number in range(1, 21)])
def test_published_optima_are_proven(shared: Path, name: str) -> None:
    with (shared / "orlib" / "optima.csv").open(encoding="utf-8") as file:
        published = {row["name"]: row for row in csv.DictReader(file)}[name]
    optimum = int(published["optimum"])
    costs = np.load(shared / "orlib" / f"{name}.npz")["costs"]
    result = solve_p_median(costs, None, int(published["p"]))
    assert result.status is Status.OPTIMAL
    assert result.objective == optimum == result.lower_bound
    assert costs[:, result.chosen].min(axis=1).sum() == optimum
