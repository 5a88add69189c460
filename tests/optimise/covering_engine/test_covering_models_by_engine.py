"""Models that go to the covering engine give what brute force and the plain programs give."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from placement_cases import brute_force, counted, cover_counts, nearest, problems, same

from optimise import PlacementProblem, Status, solve, verify
from optimise import engines as fitting
from optimise.capacity_engine import branching, capacity
from optimise.capacity_engine.capacity import CapacitySearch
from optimise.conditions import SiteCount
from optimise.models import capacitated
from optimise.running import Limits

SOME = settings(max_examples=30)


@pytest.fixture(autouse=True, scope="module")
def _everything_is_large():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitting, "PAYS_AT_PAIRS", 1)
        patch.setattr(fitting, "CENTER_PAYS_AT_PAIRS", 0)
        patch.setattr(capacitated, "ENGINE_PAYS_AT_PAIRS", 1)
        yield


def answered(problem, model, **options):
    solution = solve(problem, model, **options)
    assert solution.status is Status.OPTIMAL
    assert verify(solution).ok
    assert solution.gap <= 1e-6
    return solution


def quantile(problem, mask, share):
    minutes, weights = counted(problem, mask)
    if not len(minutes):
        return math.nan
    order = np.argsort(minutes)
    reached = np.cumsum(weights[order])
    return float(minutes[order][np.flatnonzero(reached >= share * reached[-1] - 1e-9)[0]])


@SOME
@given(problems(), st.sampled_from([0.5, 0.9, 1.0]))
def test_centers(problem, share):
    solution = answered(problem, "partial-p-center", share=share)
    assert same(solution.objective, brute_force(problem, lambda mask: quantile(problem, mask, share)))


@SOME
@given(problems(unreachable=False), st.sampled_from([0.5, 0.9, 1.0]))
def test_centers_that_everybody_reaches_go_to_the_engine(problem, share):
    solution = answered(problem, "partial-p-center", share=share)
    assert same(solution.objective, brute_force(problem, lambda mask: quantile(problem, mask, share)))
    if problem.free.any() and problem.weights.any() and problem.p > problem.always_open.sum():
        assert "exact covering engine" in solution.solver


@SOME
@given(problems(), st.integers(0, 20), st.sampled_from([0.0, 0.3, 1.0]))
def test_mclp(problem, radius, backup):
    def covered(mask):
        times = cover_counts(problem, mask, radius)
        once, twice = problem.weights[times >= 1].sum(), problem.weights[times >= 2].sum()
        return (1 - backup) * once + backup * twice

    solution = answered(problem, "mclp", radius=float(radius), backup=backup)
    assert "exact covering engine" in solution.solver
    assert same(solution.objective, brute_force(problem, covered, serve_first=False, best=max))
    beyond = np.flatnonzero(nearest(problem, solution.placed.sites) > radius)
    assert np.flatnonzero(solution.assignment < 0).tolist() == beyond.tolist()


@SOME
@given(problems(), st.integers(0, 20), st.booleans(), st.booleans())
def test_lscp(problem, radius, priced, backup):
    prices = np.arange(problem.n_sites) / 2.0 if priced else None
    problem = problem.replace(p=None, fixed_costs=prices)
    could = np.where(problem.never_open, np.inf, problem.costs).min(axis=1) <= radius
    could &= problem.weights > 0

    def key(mask):
        price = float(mask.sum()) if prices is None else float(prices[mask & ~problem.existing].sum())
        twice = problem.weights[cover_counts(problem, mask, radius) >= 2].sum() if backup else 0.0
        return (price, -float(twice))

    if (problem.weights > 0).any() and not could.any():
        assert solve(problem, "lscp", radius=float(radius), backup=backup).status is Status.INFEASIBLE
        return
    solution = answered(problem, "lscp", radius=float(radius), backup=backup)
    assert "set covering" in solution.formulation or "exact engine" in solution.formulation
    expected = brute_force(
        problem,
        key,
        allowed=lambda mask: bool((nearest(problem, mask)[could] <= radius).all()),
        serve_first=False,
    )
    assert key(solution.placed.sites) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"conditions": [SiteCount(sites=(0, 1), at_most=1)]}, "conditions"),
        ({"max_moves": 1}, "existing sites that may move"),
        ({"fixed_costs": np.ones(12), "budget": 3.0}, "a budget"),
    ],
)
def test_what_tells_sites_apart_switches_reductions_off_and_says_so(change, words, monkeypatch):
    random = np.random.default_rng(6)
    costs = random.integers(1, 40, (30, 12)).astype(float)
    roles = ["existing", "forbidden"] + ["candidate"] * 10
    problem = PlacementProblem(costs, weights=random.integers(0, 9, 30), p=4, roles=roles).replace(**change)
    options = {"p-center": {}, "partial-p-center": {"share": 0.8}, "mclp": {"radius": 9.0}}
    for model, own in options.items():
        found = answered(problem, model, **own)
        assert f"reductions of sites are off: the problem has {words}" in found.proof
        assert "engine" not in found.solver
        with monkeypatch.context() as patch:
            patch.setattr(fitting, "PAYS_AT_PAIRS", 10**9)
            patch.setattr(fitting, "CENTER_PAYS_AT_PAIRS", 10**9)
            plain = answered(problem, model, **own)
        assert found.objective == pytest.approx(plain.objective)
        assert "reductions" not in plain.proof
    room = answered(problem.replace(capacities=np.full(12, 90.0)), "capacitated-p-median")
    assert f"reductions of sites are off: the problem has {words}" in room.proof


def test_demand_that_open_sites_settle_does_not_make_a_centre_large(monkeypatch):
    monkeypatch.setattr(fitting, "CENTER_PAYS_AT_PAIRS", 4)
    costs = np.array([[1.0, 5.0, 4.0], [2.0, 4.0, 9.0], [9.0, 3.0, 3.0]])
    everybody = np.ones(3, dtype=bool)
    assert not fitting.large_center(
        PlacementProblem(costs, p=2, roles=["existing", "candidate", "candidate"]), everybody
    )
    assert fitting.large_center(PlacementProblem(costs, p=2), everybody)


def test_equal_sites_are_taken_in_the_order_of_their_ids():
    costs = np.repeat([[1.0, 8.0, 8.0], [8.0, 1.0, 8.0], [8.0, 8.0, 1.0]], 2, axis=1)
    problem = PlacementProblem(costs, p=3, site_ids=["f", "e", "d", "c", "b", "a"])
    for model, options in (("p-center", {}), ("mclp", {"radius": 1.0})):
        assert set(answered(problem, model, **options).chosen_ids) == {"e", "c", "a"}
    assert set(answered(problem.replace(p=None), "lscp", radius=1.0).chosen_ids) == {"e", "c", "a"}


def test_infeasible_questions_stay_infeasible():
    problem = PlacementProblem([[1.0, 2.0]], p=1, roles=["required", "required"])
    for model, options in (("p-center", {}), ("mclp", {"radius": 1.0})):
        solution = solve(problem, model, **options)
        assert solution.status is Status.INFEASIBLE
        assert solution.conflicts


@st.composite
def room_cases(draw):
    n, m = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    costs = draw(hnp.arrays(np.float64, (n, m), elements=st.sampled_from([*map(float, range(9)), np.nan])))
    weights = draw(hnp.arrays(np.float64, n, elements=st.integers(0, 4).map(float)))
    room = draw(hnp.arrays(np.float64, m, elements=st.integers(0, 9).map(float)))
    words = st.sampled_from(["candidate", "candidate", "required", "forbidden"])
    roles = [draw(words) for _ in range(m)]
    least = max(1, roles.count("required"))
    most = max(least, m - roles.count("forbidden"))
    p = draw(st.integers(least, most))
    return PlacementProblem(costs, weights=weights, capacities=room, p=p, roles=roles)


@settings(max_examples=80)
@given(room_cases())
def test_capacitated_gives_what_the_whole_program_gives(problem):
    for sourcing in ("single", "split"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(capacitated, "ENGINE_PAYS_AT_PAIRS", 10**9)
            plain = solve(problem, "capacitated-p-median", sourcing=sourcing)
        found = solve(problem, "capacitated-p-median", sourcing=sourcing)
        assert found.status is plain.status
        if plain.status is Status.OPTIMAL:
            assert verify(found).ok
            assert same(found.objective, plain.objective, 1e-6)
            lost = found.unserved.weights(problem)
            assert sum(lost.values()) == pytest.approx(
                sum(plain.unserved.weights(problem).values()), abs=1e-6
            )


def room_search(costs, weights, room, p, **options):
    n_sites = costs.shape[1]
    return CapacitySearch(
        weights[:, None] * costs,
        weights,
        room,
        p,
        options.pop("limits", Limits()),
        always_open=np.zeros(n_sites, dtype=bool),
        may_open=np.ones(n_sites, dtype=bool),
        **options,
    ).outcome()


def clustered(seed, n, m):
    random = np.random.default_rng(seed)
    points, sites = random.random((n, 2)), random.random((m, 2))
    costs = np.hypot(*(points[:, None] - sites[None]).transpose(2, 0, 1))
    weights = random.integers(1, 9, n).astype(float)
    return costs, weights, np.full(m, 1.5 * weights.sum() / 4)


@pytest.mark.parametrize("split", [False, True])
def test_capacitated_core_with_and_without_reductions_permuted_and_scaled(split):
    costs, weights, room = clustered(3, 20, 8)
    seen = []
    limits = Limits(on_progress=lambda seconds, known, bound: seen.append((known, bound)))
    found = room_search(costs, weights, room, 4, split=split, limits=limits)
    order = np.random.default_rng(0).permutation(8)
    others = [
        room_search(costs, weights, room, 4, split=split, reduce=False),
        room_search(costs[::-1][:, order], weights[::-1], room, 4, split=split),
    ]
    scaled = room_search(1000.0 * costs, weights, room, 4, split=split)
    assert found.status is Status.OPTIMAL
    assert found.cost == pytest.approx(found.bound, rel=1e-6)
    assert all(other.cost == pytest.approx(found.cost, rel=1e-6) for other in others)
    assert scaled.cost == pytest.approx(1000.0 * found.cost, rel=1e-6)
    assert all(bound <= found.cost * (1 + 1e-6) for _, bound in seen if math.isfinite(bound))
    assert (weights @ found.shares <= room + 1e-6).all()
    assert np.allclose(found.shares.sum(axis=1), 1.0)


def test_a_core_that_does_not_hold_every_pair_leaves_the_lagrangian_bound(monkeypatch):
    monkeypatch.setattr(branching, "_MOST_CELLS", 0)  # too large for a tree
    monkeypatch.setattr(capacity, "_MOST_PAIRS", 3)
    monkeypatch.setattr(capacity, "_SOME_PAIRS", 3)
    random = np.random.default_rng(11)
    costs, weights = random.integers(5, 60, (30, 10)).astype(float), random.integers(1, 9, 30).astype(float)
    found = room_search(costs, weights, np.full(10, weights.sum() / 3.6), 4)
    assert found.figures["core_is_complete"] == 0.0
    assert found.status is Status.FEASIBLE
    assert found.bound == found.figures["lagrangian_bound"] < found.cost
