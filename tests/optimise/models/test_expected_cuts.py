"""Expected covering by cuts: against all placements of vehicles, and its worth person by person."""

from __future__ import annotations

import math
from itertools import combinations, product

import numpy as np
import pytest
from scipy import sparse

from optimise import PlacementProblem, SiteCount, Status, solve
from optimise.models import expected_cuts, make_model
from optimise.models.expected_cuts import ExpectedCuts, Worth
from optimise.running import Limits


def drawn(seed: int):
    """A problem, options of the model, and the most expected weight; None where vehicles do not fit."""
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(4, 30)), int(rng.integers(3, 7))
    p = int(rng.integers(1, min(4, m) + 1))
    vehicles, most = p + int(rng.integers(0, 4)), None if seed % 2 else 2
    costs, weights = rng.integers(0, 20, (n, m)).astype(float), rng.integers(0, 9, n).astype(float)
    busy = 0.3 if seed % 4 else rng.uniform(0, 0.9, n)
    roles = ["existing" if seed % 3 == 0 else "candidate", *["candidate"] * (m - 1)]
    rules = [SiteCount(sites=(0, 1, 2), at_most=1)] if seed % 5 == 0 and m - 2 >= p else []
    best = -math.inf
    for chosen in combinations(range(m), p):
        if (roles[0] == "existing" and 0 not in chosen) or (rules and sum(site < 3 for site in chosen) > 1):
            continue
        for more in product(range(vehicles - p + 1), repeat=p):
            if sum(more) == vehicles - p and max(more) + 1 <= (most or vehicles):
                reach = sum((costs[:, s] <= 8) * (1 + own) for s, own in zip(chosen, more, strict=True))
                best = max(best, float(weights @ (1 - np.power(busy, reach))))
    if not math.isfinite(best):
        return None
    options = {"radius": 8.0, "busy": busy, "vehicles": vehicles, "max_per_site": most}
    return PlacementProblem(costs, weights=weights, roles=roles, p=p, conditions=rules), options, best


@pytest.mark.parametrize("seed", range(40))
def test_the_answer_is_the_best_of_all(seed, monkeypatch):
    monkeypatch.setattr(expected_cuts, "PAYS_AT_PAIRS", 0)
    asked = drawn(seed)
    if asked is None:
        return
    problem, options, best = asked
    found = solve(problem, "mexclp", **options)
    assert found.objective == pytest.approx(best, rel=1e-9, abs=1e-9)
    assert found.bound >= best * (1 - 1e-9)
    assert found.status is Status.OPTIMAL or best == 0
    assert "cuts of what vehicles in reach are worth" in found.proof


@pytest.mark.parametrize("seconds", [1e-3, 0.1])
def test_a_clock_that_runs_out_leaves_an_answer_and_a_bound_that_holds(seconds):
    for seed in range(1, 30, 2):
        asked = drawn(seed)
        if asked is None:
            continue
        problem, options, best = asked
        search = ExpectedCuts(problem, make_model("mexclp", options), Limits(seconds).started())
        found = search.outcome()
        assert found is not None
        assert search.value <= best + 1e-9
        assert found.bound >= best * (1 - 1e-9)


def test_worth_person_by_person():
    rng = np.random.default_rng(2)
    near = rng.random((7, 4)) < 0.6
    weights, busy = rng.uniform(1, 5, 7), np.array([0.0, 0.1, 0.3, 0.5, 0.5, 0.7, 0.9])
    worth = Worth(sparse.csr_matrix(near.astype(float)), weights, busy)
    vehicles = np.array([1.0, 0.0, 2.0, 1.0])
    values, slope = worth.at(vehicles)
    for person in range(7):
        reach = int(vehicles[near[person]].sum())
        assert values[person] == pytest.approx(weights[person] * (1 - busy[person] ** reach))
        assert slope[person] == pytest.approx(weights[person] * (1 - busy[person]) * busy[person] ** reach)
    for added in (1, 3):
        for site in range(4):
            more = vehicles.copy()
            more[site] += added
            gained = worth.at(more)[0].sum() - values.sum()
            assert worth.gains(vehicles, added)[site] == pytest.approx(gained)


@pytest.mark.parametrize("seed", range(10))
def test_a_tangent_is_above_the_worth_everywhere(seed):
    rng = np.random.default_rng(seed)
    near = (rng.random((9, 5)) < 0.5).astype(float)
    worth = Worth(sparse.csr_matrix(near), rng.uniform(1, 5, 9), rng.uniform(0, 0.9, 9))
    at = rng.uniform(0, 2, 5)
    values, slope = worth.at(at)
    for _ in range(20):
        other = rng.integers(0, 4, 5).astype(float)
        assert (worth.at(other)[0] <= values + slope * (near @ (other - at)) + 1e-9).all()
