"""Large problems go to the exact engine, and it gives what the plain program gives."""

from __future__ import annotations

import numpy as np
import pytest

from optimise import PlacementProblem, Role, solve
from optimise import engines as dispatch
from optimise.conditions import SiteCount


@pytest.fixture
def problem():
    random = np.random.default_rng(3)
    demand, sites = random.uniform(0, 100, (60, 2)), random.uniform(0, 100, (25, 2))
    costs = np.hypot(*(demand[:, None, :] - sites[None, :, :]).transpose(2, 0, 1))
    costs[random.random(costs.shape) < 0.2] = np.nan
    roles = [Role.EXISTING, Role.FORBIDDEN] + [Role.CANDIDATE] * 23
    return PlacementProblem(costs, weights=random.integers(0, 50, 60), p_new=4, roles=roles)


def test_the_engine_gives_what_the_program_gives(problem, monkeypatch):
    plain = solve(problem)
    assert plain.formulation == "assignment"
    monkeypatch.setattr(dispatch, "ENGINE_PAYS_AT_PAIRS", 1)
    seen = []
    exact = solve(problem, on_progress=lambda *values: seen.append(values))
    assert "exact engine" in exact.formulation
    assert exact.status.value == "optimal"
    assert exact.objective == pytest.approx(plain.objective, rel=1e-9)
    assert exact.bound == pytest.approx(exact.objective, rel=1e-6)
    assert set(exact.chosen_ids) >= {0}
    assert 1 not in exact.chosen_ids
    assert seen


@pytest.mark.parametrize(
    "change",
    [
        {"conditions": [SiteCount(sites=(5, 6), at_least=1)]},
        {"max_moves": 1},
        {"fixed_costs": np.ones(25), "budget": 4.0},
    ],
)
def test_what_the_engine_cannot_do_stays_with_the_program(problem, monkeypatch, change):
    monkeypatch.setattr(dispatch, "ENGINE_PAYS_AT_PAIRS", 1)
    assert "exact engine" not in solve(problem.replace(**change)).formulation


def test_a_large_problem_is_proven_by_the_engine():
    random = np.random.default_rng(8)
    demand, sites = random.uniform(0, 100, (2100, 2)), random.uniform(0, 100, (200, 2))
    costs = np.hypot(*(demand[:, None, :] - sites[None, :, :]).transpose(2, 0, 1))
    solution = solve(PlacementProblem(costs, weights=random.integers(1, 9, 2100), p=20))
    assert "exact engine" in solution.formulation
    assert solution.status.value == "optimal"
