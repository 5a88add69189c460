"""Room for many people by branch and cut: against enumeration of sites and of who goes where."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.optimize import linprog

from optimise import PlacementProblem, SiteCount, Status, not_both, solve, verify
from optimise.capacity_engine.priced_room import RoomRows
from optimise.models import capacitated, make_model, room_bounds
from optimise.models.room_bounds import RoomBounds
from optimise.problem import sorted_order
from optimise.running import Limits


def drawn(seed: int, split: bool = False):
    """A problem, options of the model, and what the best placement that serves everybody costs (inf: none)."""
    rng = np.random.default_rng(seed)
    n, m = (6, 5) if not split else (8, 6)
    costs = rng.integers(0, 30, (n, m)).astype(float)
    costs[rng.random((n, m)) < 0.1] = np.inf
    weights = rng.integers(0, 9, n).astype(float) * (1.0 if rng.random() < 0.6 else 0.37)
    demands = weights if rng.random() < 0.6 else rng.integers(0, 7, n).astype(float)
    units = not split and rng.random() < 0.4
    size = rng.uniform(0.2, 0.7, m) * (demands.sum() + 1) * (0.5 if units else 1.0)
    roles = rng.choice(["candidate", "existing", "required", "forbidden"], m, p=[0.6, 0.2, 0.1, 0.1])
    kind = int(rng.integers(0, 4))
    moves = int(rng.integers(1, 3)) if kind == 2 else None
    existing = roles == "existing"
    low = int((roles == "required").sum()) + (0 if moves is not None else int(existing.sum()))
    p = min(m, max(low, 1) + int(rng.integers(0, 3)))
    prices = rng.integers(1, 9, m).astype(float) if kind == 3 else None
    budget = float(rng.integers(4, 25)) if kind == 3 else None
    rules = []
    if rng.random() < 0.4:
        rules.append((SiteCount(sites=(0, 1, 2), at_most=2, at_least=1), lambda s: 1 <= s[:3].sum() <= 2))
    if rng.random() < 0.3:
        rules.append((not_both(3, 4), lambda s: not (s[3] and s[4])))
    options = {"sourcing": "split"} if split else {}
    most = np.ones(m)
    total = math.inf
    if units:
        most, total = np.full(m, 3.0), int(rng.integers(3, 8))
        options = {"max_units": 3, "total_units": total}
    problem = PlacementProblem(
        np.where(np.isinf(costs), np.nan, costs), weights=weights, demands=demands, capacities=size,
        roles=roles.tolist(), p=p if kind < 3 else None, max_moves=moves, fixed_costs=prices, budget=budget,
        conditions=[rule for rule, _ in rules],
    )  # fmt: skip
    best = math.inf
    for bits in itertools.product([False, True], repeat=m):
        sites = np.asarray(bits)
        closed = int((existing & ~sites).sum())
        spent = 0.0 if prices is None else prices[sites & ~existing].sum()
        if (
            (sites & (roles == "forbidden")).any()
            or (~sites & (roles == "required")).any()
            or closed > (moves or 0)
            or (kind < 3 and sites.sum() != p)
            or (budget is not None and spent > budget)
            or not all(rule(sites) for _, rule in rules)
            or not sites.any()
        ):
            continue
        serve = parted if split else whole
        best = min(best, serve(costs, weights, demands, size, most, total, np.flatnonzero(sites)))
    return problem, options, best


def whole(costs, weights, demands, size, most, total, own) -> float:
    """The least cost of sending everybody whole to one of these sites."""
    asked = np.flatnonzero(((weights > 0) | (demands > 0)) & np.isfinite(costs).any(axis=1))
    best = math.inf
    for goes in itertools.product(own.tolist(), repeat=len(asked)):
        load = np.bincount(np.asarray(goes, dtype=int), weights=demands[asked], minlength=len(size))
        if (load > size * most * (1 + 1e-9) + 1e-9).any() or np.ceil(load / size - 1e-9).sum() > total:
            continue
        pairs = costs[asked, list(goes)]
        if np.isfinite(pairs).all():
            best = min(best, float(weights[asked] @ pairs))
    return best


def parted(costs, weights, demands, size, most, total, own) -> float:
    """The same where people may be parted: a transportation problem."""
    del most, total
    return transported(costs, weights, demands, size, np.isin(np.arange(len(size)), own).astype(float))


def transported(costs, weights, demands, size, shares) -> float:
    """``f`` at these shares of the sites, by SciPy."""
    asked = np.flatnonzero(((weights > 0) | (demands > 0)) & np.isfinite(costs).any(axis=1))
    n, m = len(asked), len(size)
    own = costs[asked]
    price = (weights[asked][:, None] * np.where(np.isfinite(own), own, 0.0)).ravel()
    upper = np.where(np.isfinite(own), shares[None, :], 0.0).ravel()
    serve = np.kron(np.eye(n), np.ones(m))
    load = np.zeros((m, n * m))
    for site in range(m):
        load[site, site::m] = demands[asked]
    found = linprog(
        price,
        A_ub=load,
        b_ub=size * shares,
        A_eq=serve,
        b_eq=np.ones(n),
        bounds=np.c_[np.zeros(n * m), upper],
    )
    return float(found.fun) if found.status == 0 else math.inf


def in_order(problem: PlacementProblem) -> PlacementProblem:
    return problem.take_sites(sorted_order(problem.site_ids))


@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("first", range(0, 40, 10))
def test_the_answer_is_the_best_of_all_and_the_bound_is_never_above_it(first, split):
    proven = 0
    for seed in range(first, first + 10):
        problem, options, best = drawn(seed, split)
        model = make_model("capacitated-p-median", options)
        counted = ~problem.unreachable & ((problem.weights > 0) | (problem.demands > 0))
        weight = float(problem.weights[counted].sum())
        found = RoomBounds(in_order(problem), model, Limits().started()).outcome()
        if found is None:
            assert math.isinf(best) or weight == 0, seed
            continue
        truth = best / weight
        assert found.bound <= truth * (1 + 1e-6) + 1e-9, seed
        assert found.placed is not None
        cost = model.objective(problem, found.placed)
        assert not model.broken(problem, found.placed)
        assert cost >= truth * (1 - 2e-6) - 1e-9, seed
        if found.status is Status.OPTIMAL:
            proven += 1
            assert cost == pytest.approx(truth, rel=2e-6, abs=1e-9), seed
    assert proven >= 2


@pytest.mark.parametrize("known", ["without room", "with room", "neither"])
def test_what_is_known_before_the_cuts_changes_no_answer(known, monkeypatch):
    """The engine's bound and sites without room, a start with room, or neither; enumeration says what is right."""
    if known != "without room":
        monkeypatch.setattr(room_bounds, "unconditioned", lambda *asked: None)
    if known != "with room":
        monkeypatch.setattr(capacitated.CapacitatedPMedian, "start", lambda *asked: None)
    for seed in range(40, 55):
        problem, options, best = drawn(seed)
        model = make_model("capacitated-p-median", options)
        search = RoomBounds(in_order(problem), model, Limits().started())
        found = search.outcome()
        if found is None:
            continue
        weight = float(problem.weights[search.counted].sum())
        assert found.bound <= best / weight * (1 + 1e-6) + 1e-9, seed
        cost = model.objective(problem, found.placed)
        assert cost >= best / weight * (1 - 2e-6) - 1e-9, seed
        if found.status is Status.OPTIMAL:
            assert cost == pytest.approx(best / weight, rel=2e-6, abs=1e-9), seed


@pytest.mark.parametrize("seconds", [1e-9, 0.02])
def test_a_clock_that_runs_out_leaves_a_bound_that_holds(seconds):
    for seed in range(12):
        problem, options, best = drawn(seed)
        model = make_model("capacitated-p-median", options)
        found = RoomBounds(in_order(problem), model, Limits(seconds).started()).outcome()
        weight = float(problem.weights[~problem.unreachable].sum())
        if found is not None:
            assert found.bound <= best / weight * (1 + 1e-6) + 1e-9


def rows_of(seed: int):
    rng = np.random.default_rng(seed)
    n, m = 12, 5
    costs = rng.uniform(0, 30, (n, m))
    weights, demands = rng.uniform(0.1, 5, n), rng.uniform(0.0, 3, n)
    size = rng.uniform(0.2, 0.8, m) * demands.sum()
    return costs, weights, demands, size, rng


@pytest.mark.parametrize("seed", range(8))
def test_a_cut_is_below_what_serving_everybody_costs_everywhere(seed):
    costs, weights, demands, size, rng = rows_of(seed)
    rows = RoomRows.of(weights[:, None] * costs, demands, size, np.ones(5, dtype=bool))
    for _ in range(6):
        paid = rng.uniform(0, 120, len(costs))
        worth = rows.worth(paid)
        for shares in (rng.uniform(0, 1, 5), (rng.random(5) < 0.6).astype(float)):
            least = transported(costs, weights, demands, size, shares)
            assert paid.sum() + worth @ shares <= least + 1e-6


@pytest.mark.parametrize("seed", range(8))
def test_prices_of_room_come_close_to_what_serving_everybody_costs(seed):
    costs, weights, demands, size, rng = rows_of(seed)
    rows = RoomRows.of(weights[:, None] * costs, demands, size, np.ones(5, dtype=bool))
    for shares in (np.ones(5), rng.uniform(0.5, 1, 5), np.array([1.0, 1, 0, 1, 1])):
        least = transported(costs, weights, demands, size, shares)
        found = rows.priced(shares, np.zeros(5), 300)
        assert (found.prices >= 0).all()
        if math.isfinite(least):
            assert 0.9 * least <= found.value <= least * (1 + 1e-9) + 1e-9
            assert found.paid.sum() + rows.worth(found.paid) @ shares >= found.value - 1e-6
        # Where no time is left the first prices stand, which bound as well.
        first = rows.priced(shares, np.zeros(5), 300, deadline=0.0)
        assert first.prices.tolist() == [0.0] * 5
        assert first.value <= found.value + 1e-9


def city(**asked) -> PlacementProblem:
    rng = np.random.default_rng(5)
    homes, places = rng.uniform(0, 40, (240, 2)), rng.uniform(0, 40, (12, 2))
    minutes = np.hypot(*(homes[:, None] - places[None]).transpose(2, 0, 1)).round(3)
    weights = rng.integers(1, 30, 240).astype(float)
    return PlacementProblem(minutes, weights=weights, **{"capacities": [weights.sum() / 3.4] * 12, **asked})


CITY = {
    "number": ({"p": 4}, {}),
    "split": ({"p": 4}, {"sourcing": "split"}),
    "moves": ({"roles": ["existing"] * 4 + ["candidate"] * 8, "p_new": 0, "max_moves": 1}, {}),
    "units": ({"p": 4, "capacities": [400.0] * 12}, {"max_units": 3, "total_units": 11}),
}


@pytest.mark.parametrize("asked", CITY)
def test_solve_takes_it_where_people_are_many_and_finds_what_the_program_finds(monkeypatch, asked):
    changes, options = CITY[asked]
    plain = solve(city(**changes), "capacitated-p-median", time_limit_s=60, **options)
    monkeypatch.setattr(capacitated, "CUTS_PAY_AT_PAIRS", 1_000)
    found = solve(city(**changes), "capacitated-p-median", time_limit_s=60, **options)
    assert "branch and cut over sites" in found.formulation
    assert verify(found).ok
    assert found.bound <= plain.objective * (1 + 1e-6)
    assert plain.bound <= found.objective * (1 + 1e-6)
    assert found.objective <= plain.objective * 1.005
