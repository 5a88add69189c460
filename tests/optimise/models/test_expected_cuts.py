"""Expected covering by cuts: against all placements of vehicles, and its worth person by person."""

from __future__ import annotations

import math
from itertools import combinations, product

import numpy as np
import pytest

from optimise import PlacementProblem, SiteCount, Status, solve
from optimise.covering_engine import vehicle_tree
from optimise.models import expected_cuts, make_model
from optimise.models.expected_cuts import ExpectedCuts
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


@pytest.mark.parametrize("steps", [1_000, 0])
@pytest.mark.parametrize("seed", range(40))
def test_the_answer_is_the_best_of_all(seed, steps, monkeypatch):
    """Without a step of the Lagrangian the tree and, under conditions, the cuts have to do the work."""
    monkeypatch.setattr(expected_cuts, "PAYS_AT_PAIRS", 0)
    monkeypatch.setattr(vehicle_tree, "_ROOT_STEPS", steps)
    asked = drawn(seed)
    if asked is None:
        return
    problem, options, best = asked
    found = solve(problem, "mexclp", **options)
    assert found.objective == pytest.approx(best, rel=1e-9, abs=1e-9)
    assert found.bound >= best * (1 - 1e-9)
    assert found.status is Status.OPTIMAL or best == 0
    assert "cuts of what vehicles in reach are worth" in found.proof
    if problem.conditions and steps == 0 and best < problem.weights.sum() * (1 - 1e-6):
        assert " 0 cuts" not in found.proof


@pytest.mark.parametrize("seed", range(30))
def test_sites_without_counted_vehicles_within_a_budget(seed, monkeypatch):
    monkeypatch.setattr(expected_cuts, "PAYS_AT_PAIRS", 0)
    monkeypatch.setattr(vehicle_tree, "_ROOT_STEPS", 20 * (seed % 2))
    rng = np.random.default_rng(seed)
    n, m, p = int(rng.integers(3, 20)), int(rng.integers(4, 8)), int(rng.integers(1, 4))
    costs, weights = rng.integers(0, 20, (n, m)).astype(float), rng.integers(0, 9, n).astype(float)
    costs[rng.random((n, m)) < 0.2] = np.nan
    roles = [str(role) for role in rng.choice(["candidate", "forbidden"], m, p=[0.9, 0.1])]
    prices = rng.integers(1, 9, m).astype(float)
    budget = None if seed % 3 else float(rng.integers(2, 18))
    best = -math.inf
    for chosen in combinations(range(m), p):
        if any(roles[site] == "forbidden" for site in chosen):
            continue
        if budget is None or prices[list(chosen)].sum() <= budget:
            best = max(best, float(weights @ (1 - 0.4 ** (costs[:, chosen] <= 8).sum(axis=1))))
    money = {} if budget is None else {"fixed_costs": prices, "budget": budget}
    found = solve(
        PlacementProblem(costs, weights=weights, roles=roles, p=p, **money), "mexclp", radius=8.0, busy=0.4
    )
    if not math.isfinite(best):
        assert found.status is Status.INFEASIBLE
        return
    assert found.objective == pytest.approx(best, rel=1e-9, abs=1e-9)
    assert found.bound >= best * (1 - 1e-9)
    assert found.status is Status.OPTIMAL or best == 0


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
        assert search.swaps.value <= best + 1e-9
        assert found.bound >= best * (1 - 1e-9)
