"""``solve`` hands the engine what it can do, in the model's unit, and says what proved the answer."""

from __future__ import annotations

import math

import numpy as np
import pytest

from optimise import PlacementProblem, Role, arrays, solve
from optimise import engines as dispatch
from optimise.status import Status

EVERYTHING, NOTHING = 1, 10**9


def problem(seed: int = 3) -> PlacementProblem:
    random = np.random.default_rng(seed)
    demand, sites = random.uniform(0, 60, (70, 2)), random.uniform(0, 60, (24, 2))
    costs = np.hypot(*(demand[:, None, :] - sites[None, :, :]).transpose(2, 0, 1))
    costs[0] = np.nan
    roles = [Role.EXISTING, Role.FORBIDDEN] + [Role.CANDIDATE] * 22
    return PlacementProblem(costs, weights=random.integers(0, 50, 70), p=5, roles=roles)


@pytest.mark.parametrize("model", ["p-median", "kolm-pollak", "maximal-survival"])
def test_engine_and_program_agree_in_the_unit_of_the_model(model: str, monkeypatch) -> None:
    monkeypatch.setattr(dispatch, "ENGINE_PAYS_AT_PAIRS", NOTHING)
    plain = solve(problem(), model)
    monkeypatch.setattr(dispatch, "ENGINE_PAYS_AT_PAIRS", EVERYTHING)
    exact = solve(problem(), model)
    assert "exact engine" not in plain.formulation
    assert "exact engine" in exact.formulation
    assert exact.status is plain.status is Status.OPTIMAL
    assert exact.objective == pytest.approx(plain.objective, rel=1e-6)
    assert exact.bound == pytest.approx(exact.objective, rel=1e-6)
    assert exact.proof.split(":")[0] in {"lagrangian", "enumeration", "mip"}
    assert exact.figures["engine_memory_mb"] > 0


@pytest.mark.parametrize("model", ["p-median", "maximal-survival"])
def test_progress_is_told_in_the_unit_of_the_mean(model: str, monkeypatch) -> None:
    monkeypatch.setattr(dispatch, "ENGINE_PAYS_AT_PAIRS", EVERYTHING)
    seen = []
    solution = solve(problem(), model, on_progress=lambda *values: seen.append(values))
    assert seen
    best = 1.0 - solution.objective if model == "maximal-survival" else solution.objective
    for _, incumbent, bound in seen:
        assert math.isnan(incumbent) or incumbent >= best - 1e-6
        assert bound <= best + 1e-6


def test_pairs_in_play_leave_out_what_no_answer_uses() -> None:
    costs = np.array([[1.0, 2.0, 0.5], [4.0, 3.0, np.nan], [9.0, 1.0, 1.0]])
    roles = [Role.EXISTING, Role.CANDIDATE, Role.CANDIDATE]
    posed = PlacementProblem(costs, weights=[1, 1, 0], p=2, roles=roles)
    assert dispatch.pairs_in_play(posed) == 2
    assert dispatch.pairs_in_play(posed.replace(roles=None, weights=[1, 1, 1])) == 8


def test_prices_do_not_depend_on_the_size_of_the_blocks(monkeypatch) -> None:
    from optimise.models import make_model

    posed, model = problem(), make_model("kolm-pollak", {})
    whole = model.price_matrix(posed)
    monkeypatch.setattr(arrays, "BLOCK_PAIRS", 50)
    np.testing.assert_array_equal(model.price_matrix(posed), whole)
