"""Branch and cut over sites, against every choice of sites; the oracle is NumPy and knows nothing of programs."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from optimise import (
    OnlyWith,
    PlacementProblem,
    Scenario,
    ShareWithin,
    SiteCount,
    Status,
    Together,
    Within,
    engines,
    median_bounds,
    not_both,
    robust_bounds,
    robust_search,
    solve,
    solve_robust,
)
from optimise.cut_engine import branching, master
from optimise.cut_engine.branching import CutSearch
from optimise.cut_engine.master import Master, sites_to_serve
from optimise.cut_engine.rows import Cut, Rows, means_cut
from optimise.models import enumerating
from optimise.running import Limits
from optimise.service import full_service


def awkward(seed, *, promises=True):
    """A problem of at most 11 sites, and every set of sites that its roles, limits and conditions allow."""
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(2, 14)), int(rng.integers(3, 12))
    costs = rng.uniform(0, 40, (n, m)) if seed % 2 else rng.integers(0, 9, (n, m)).astype(float)
    costs[rng.random((n, m)) < rng.choice([0.0, 0.25])] = np.inf
    weights = rng.integers(0, 5, n).astype(float)
    weights[0] += weights.sum() == 0
    roles = rng.choice(["candidate", "candidate", "candidate", "required", "forbidden", "existing"], m)
    existing, required, shut = (roles == role for role in ("existing", "required", "forbidden"))
    moves = int(rng.integers(0, existing.sum() + 1)) if existing.any() and rng.random() < 0.4 else None
    kind = int(rng.integers(0, 4))
    p = min(int((~shut).sum()), max(1, int((existing | required).sum()) + int(rng.integers(0, 4))))
    prices = rng.integers(1, 9, m).astype(float) if kind >= 2 else None
    budget = None if prices is None else float(rng.integers(3, 22))
    groups = rng.integers(0, 3, m)
    a, b, c = rng.choice(m, 3, replace=False).tolist()
    low, high = int(rng.integers(0, 2)), int(rng.integers(1, 4))
    near, share = float(rng.integers(3, 25)), float(rng.uniform(0.2, 0.8))
    in_group = groups == groups[0]
    everybody = float(weights.sum())
    possible = [
        (SiteCount(group=int(groups[0]), at_least=low, at_most=high), lambda s, t: low <= (s & in_group).sum() <= high),
        (not_both(a, b), lambda s, t: not (s[a] and s[b])),
        (Together((a, c)), lambda s, t: s[a] == s[c]),
        (OnlyWith(b, (c,)), lambda s, t: s[c] or not s[b]),
        (Within(30.0), lambda s, t: bool((t <= 30.0).all())),
        (ShareWithin(near, share), lambda s, t: weights[t <= near].sum() >= share * everybody - 1e-9),
    ]  # fmt: skip
    kept = [own for own in possible[: None if promises else 4] if rng.random() < 0.3]
    problem = PlacementProblem(
        np.where(np.isinf(costs), np.nan, costs), weights=weights, roles=roles.tolist(),
        p=p if kind < 3 else None, max_moves=moves, fixed_costs=prices, budget=budget,
        groups=groups.tolist(), conditions=[condition for condition, _ in kept],
    )  # fmt: skip
    fits = []
    for bits in itertools.product([False, True], repeat=m):
        sites = np.asarray(bits)
        times = costs[:, sites].min(axis=1, initial=np.inf)
        closed = int((existing & ~sites).sum())
        spent = 0.0 if prices is None else prices[sites & ~existing].sum()
        if (
            not (shut & sites).any()
            and not (required & ~sites).any()
            and closed <= (moves or 0)
            and problem.n_open in (None, int(sites.sum()))
            and (budget is None or spent <= budget + 1e-9)
            and all(rule(sites, times) for _, rule in kept)
        ):
            fits.append(sites)
    return problem, costs, weights, fits


def mean_and_difference(weight, times, people):
    whole = people.sum()
    pairs = np.abs(times[:, None] - times[None, :])
    return float(people @ times / whole + weight * (people @ pairs @ people) / whole**2 / 2)


def worst_part(share, times, people):
    left, total = share * people.sum(), 0.0
    for row in np.argsort(-times):
        taken = min(left, people[row])
        total, left = total + taken * times[row], left - taken
    return float(total / (share * people.sum()))


MODELS = {
    "mean-difference": ({}, lambda t, w: mean_and_difference(1.0, t, w)),
    "mean-difference, above one": ({"weight": 1.7}, lambda t, w: mean_and_difference(1.7, t, w)),
    "tail-mean": ({"tail": 0.3}, lambda t, w: worst_part(0.3, t, w)),
}


@pytest.fixture
def taken_for_large(monkeypatch):
    monkeypatch.setattr(enumerating, "MOST_WORK", -1)
    monkeypatch.setattr(median_bounds, "PAYS_AT_PAIRS", 1)
    monkeypatch.setattr(median_bounds, "_MOST_PLACEMENTS", 0)
    monkeypatch.setattr(engines, "PAYS_AT_PAIRS", 1)
    monkeypatch.setattr(robust_search, "PAYS_AT_PAIRS", 1)


@pytest.mark.usefixtures("taken_for_large")
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("seeds", [range(16), range(16, 32)])
def test_the_best_of_all_choices_is_found_and_proven(name, seeds):
    options, measure = MODELS[name]
    by_branches = 0
    for seed in seeds:
        problem, costs, weights, fits = awkward(seed)
        best = (math.inf, math.inf)
        for sites in fits:
            times = costs[:, sites].min(axis=1, initial=np.inf)
            served = np.isfinite(times) & (weights > 0)
            value = measure(times[served], weights[served]) if served.any() else 0.0
            best = min(best, (round(-float(weights[served].sum()), 6), value))
        found = solve(problem, name.split(",")[0], **options)
        if not fits:
            assert found.status is Status.INFEASIBLE, seed
        elif best[0] < 0:
            assert found.status is Status.OPTIMAL, (seed, found.proof)
            assert found.objective == pytest.approx(best[1], rel=1e-6, abs=1e-9), seed
            assert found.bound <= best[1] * (1 + 1e-6) + 1e-9, seed
            by_branches += "branch and cut" in found.proof
    assert by_branches >= 2


def worst_of(criterion, means, chances, tail):
    if criterion == "expected":
        return float(chances @ means)
    left, total = (tail if criterion == "tail" else 1e-9), 0.0
    whole = left
    for state in np.argsort(-means):
        taken = min(left, chances[state] if criterion == "tail" else left)
        total, left = total + taken * means[state], left - taken
    return total / whole


@pytest.mark.usefixtures("taken_for_large")
@pytest.mark.parametrize("criterion", ["expected", "worst", "regret", "tail"])
def test_the_best_common_sites_of_several_states_are_found_and_proven(criterion, monkeypatch):
    asked = []
    real = robust_bounds.branched
    monkeypatch.setattr(robust_bounds, "branched", lambda *given: asked.append(1) or real(*given))
    for seed in range(60):
        problem, costs, weights, fits = awkward(seed, promises=False)
        if np.isinf(costs).any():
            continue
        rng = np.random.default_rng(seed + 1_000)
        states = [
            costs,
            *(costs * rng.uniform(0.5, 2.0, costs.shape) for _ in range(int(rng.integers(1, 3)))),
        ]
        chances = rng.uniform(0.1, 1.0, len(states))
        chances /= chances.sum()
        scenarios = [Scenario(str(number), own, float(chances[number])) for number, own in enumerate(states)]
        found = solve_robust(problem, scenarios, criterion, tail=0.6)
        if not any(sites.any() for sites in fits):
            assert found.status is not Status.OPTIMAL
            continue
        means = np.array(
            [[weights @ own[:, sites].min(axis=1) for own in states] for sites in fits if sites.any()]
        ) / weights.sum()  # fmt: skip
        less = means.min(axis=0) if criterion == "regret" else 0.0
        best = min(worst_of(criterion, own, chances, 0.6) for own in means - less)
        assert found.status is Status.OPTIMAL, (seed, found.proof)
        assert found.objective == pytest.approx(best, rel=1e-6, abs=2e-6 * means.max()), seed
    assert len(asked) >= (0 if criterion == "expected" else 3)


# The pieces


@pytest.mark.parametrize("seed", range(20))
def test_a_cut_is_never_above_the_minutes_and_meets_them_where_it_is_taken(seed):
    rng = np.random.default_rng(seed)
    costs = rng.integers(0, 12, (9, 7)).astype(float)
    roles = ["required" if seed % 2 and site == 6 else "candidate" for site in range(7)]
    problem = PlacementProblem(costs, p=3, roles=roles)
    rows, rates = Rows.of(problem, np.arange(9)), rng.uniform(0, 1, 9)
    free = np.flatnonzero(problem.free)
    shares = rng.dirichlet(np.ones(len(free))) * (2 if seed % 2 else 3)
    for at in (np.minimum(shares, 1.0), (np.arange(len(free)) < 2).astype(float)):
        cut = means_cut(rows, rates, at)
        assert cut.constant + cut.worth @ at == pytest.approx(cut.value) or at.sum() < 1
        for chosen in itertools.combinations(range(len(free)), 2):
            sites = problem.always_open.copy()
            sites[free[list(chosen)]] = True
            whole = np.isin(np.arange(len(free)), chosen).astype(float)
            told = float(rates @ costs[:, sites].min(axis=1))
            assert cut.constant + cut.worth @ whole <= told + 1e-9
    assert means_cut(rows, rates, whole).value == pytest.approx(told)


def two_pieces(most, offsets=(0.0, 0.0)):
    """Two of four sites; the pieces are 1 + y0 + 2 y1 and 3 - y0."""
    problem = PlacementProblem(np.ones((2, 4)), p=2)
    program = sites_to_serve(problem, full_service(problem))
    own = Master(program, np.asarray(most), np.asarray(offsets), 3.0)
    own.add(0, Cut(1.0, 1.0, np.array([1.0, 2.0, 0.0, 0.0])))
    own.add(1, Cut(3.0, 3.0, np.array([-1.0, 0.0, 0.0, 0.0])))
    return own


@pytest.mark.parametrize(
    ("most", "offsets", "least"),
    [
        ((1.0, 1.0), (0.0, 0.0), 2.0),  # the worst: sites 0 and 2 make 2 and 2
        ((0.5, 0.5), (0.0, 0.0), 2.0),  # the mean: 1 and 3 without site 0, 2 and 2 with it
        ((1.0, 1.0), (0.0, 1.0), 1.5),  # the second less 1: y0 = 1/2 makes 1.5 and 1.5
        ((0.25, 0.75), (0.0, 0.0), 2.0),
        ((0.0, 1.0), (0.0, 0.0), 2.0),
    ],
)
def test_the_program_finds_the_weights_of_the_pieces(most, offsets, least):
    own = two_pieces(most, offsets)
    told = own.solve(np.zeros(4), np.ones(4), None)
    assert told.bound == pytest.approx(least)
    assert told.bound <= least + 1e-9
    assert told.shares.sum() == pytest.approx(2.0)
    values = np.array([1 + told.shares @ [1, 2, 0, 0], 3 - told.shares[0]])
    assert own.combined(values) == pytest.approx(least)


def test_bounds_of_columns_and_an_impossible_branch():
    own = two_pieces((1.0, 1.0))
    told = own.solve(np.array([0.0, 1.0, 0.0, 0.0]), np.ones(4), None)
    assert told.bound == pytest.approx(3.0)  # site 1 is open: 3 and 3 without site 0
    assert own.solve(np.zeros(4), np.array([1.0, 0.0, 0.0, 0.0]), None).bound == math.inf


def test_duals_that_are_off_still_give_a_bound():
    own = two_pieces((0.5, 0.5))
    for duals in ([0.2, 0.9], [0.0, 1.0], [2.0, 2.0], [0.0, 0.3]):
        weights = own._feasible(np.asarray(duals))
        assert weights.sum() == pytest.approx(1.0)
        assert (weights <= 0.5 + 1e-12).all()
        assert (weights >= 0).all()


def test_old_cuts_are_dropped_and_every_piece_keeps_one(monkeypatch):
    monkeypatch.setattr(master, "_MOST_CUTS", 6)
    own = two_pieces((1.0, 1.0))
    for step in range(20):
        own.add(0, Cut(0.0, 0.5 - 0.01 * step, np.zeros(4)))
        told = own.solve(np.zeros(4), np.ones(4), None)
    assert len(own.pieces) <= 7
    assert own.solver.getNumRow() == own.site_rows + len(own.pieces)
    assert set(own.pieces.tolist()) == {0, 1}
    assert told.bound <= 2.0 + 1e-9


def searching(limits, *, start=True):
    rng = np.random.default_rng(5)
    costs = rng.integers(1, 30, (40, 14)).astype(float)
    problem = PlacementProblem(costs, p=3)
    rows, rates = Rows.of(problem, np.arange(40)), np.full(40, 1 / 40)
    told = []

    def offer(chosen):
        told.append(np.flatnonzero(chosen))
        return float(costs[:, chosen].min(axis=1).mean())

    def piece(shares):
        return means_cut(rows, rates, shares)

    own = CutSearch(
        Master(sites_to_serve(problem, full_service(problem)), np.ones(1), np.zeros(1), 5.0),
        [piece], offer, lambda value: 1e-9, limits,
    )  # fmt: skip
    proven = own.run(np.arange(14) < 3 if start else None)
    best = min(float(costs[:, list(own)].min(axis=1).mean()) for own in itertools.combinations(range(14), 3))
    return own, proven, best, told


def test_a_cut_that_the_solver_does_not_take_is_left_out_and_bounds_nothing():
    own = two_pieces((1.0, 1.0))
    free = np.zeros(4), np.ones(4)
    before = own.solve(*free, None)
    own.add(0, Cut(1.0, 1.0, np.array([1e30, 0.0, 0.0, 0.0])))
    after = own.solve(*free, None)
    assert before is not None
    assert after is not None
    assert after.bound == pytest.approx(before.bound)
    assert after.bound <= 2.0


def test_a_search_with_and_without_a_start_ends_with_the_proof():
    for start in (True, False):
        own, proven, best, told = searching(Limits(), start=start)
        assert proven
        assert own.best == pytest.approx(best)
        assert own.bound == pytest.approx(best)
        assert len({tuple(sites.tolist()) for sites in told}) == len(told)  # each choice is judged once


def test_a_clock_that_has_run_out_leaves_the_start_and_no_wrong_bound():
    own, proven, best, _ = searching(Limits(deadline=0.0))
    assert not proven
    assert own.bound <= best + 1e-9
    assert own.best >= best - 1e-12


def test_a_search_that_ends_in_its_branches_keeps_a_valid_bound(monkeypatch):
    monkeypatch.setattr(branching, "_ROUNDS", 3)
    for ends in (2, 4, 8, 16, 32):
        looks = iter(range(ends))
        monkeypatch.setattr(CutSearch, "_late", lambda self, looks=looks: next(looks, None) is None)
        own, proven, best, _ = searching(Limits())
        assert own.bound <= best + 1e-9
        assert not proven or own.best == pytest.approx(best)
