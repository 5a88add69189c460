"""Bounds by median problems: tangents, sites that no better answer has, and placements that are left; by hand."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest

from optimise import PlacementProblem, SiteCount, Status, engines, median_bounds, solve
from optimise.median_bounds import MedianBounds, Relaxed
from optimise.models import enumerating, make_model
from optimise.running import Limits
from optimise.service import full_service, plan_service


def opened(*sites: int, n_sites: int) -> np.ndarray:
    return np.isin(np.arange(n_sites), sites)


def bounds(problem: PlacementProblem, model: str = "mean-difference", **options: object) -> MedianBounds:
    return MedianBounds(make_model(model, options), problem, full_service(problem), Limits())


def mean_and_difference(weight: float, minutes: np.ndarray, people: np.ndarray) -> float:
    """The mean and a share of half the mean difference of two people, pair by pair."""
    pairs = np.abs(minutes[:, None] - minutes[None, :])
    whole = people.sum()
    return float(people @ minutes / whole + weight * (people @ pairs @ people) / whole**2 / 2)


def tail(share: float, minutes: np.ndarray, people: np.ndarray) -> float:
    left = share * people.sum()
    total = 0.0
    for row in np.argsort(-minutes):
        taken = min(left, people[row])
        total, left = total + taken * minutes[row], left - taken
    return float(total / (share * people.sum()))


@pytest.fixture
def taken_for_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enumerating, "MOST_WORK", -1)
    monkeypatch.setattr(median_bounds, "PAYS_AT_PAIRS", 1)
    monkeypatch.setattr(engines, "PAYS_AT_PAIRS", 1)


def with_island(seed: int, far: float) -> PlacementProblem:
    """Forty homes and eighteen sites on a plain, and an island with twenty people and a site of its own."""
    rng = np.random.default_rng(seed)
    homes, places = rng.uniform(0, 40, (40, 2)), rng.uniform(0, 40, (18, 2))
    costs = np.full((41, 19), np.nan)
    costs[:40, :18] = np.hypot(*(homes[:, None] - places[None]).transpose(2, 0, 1))
    costs[40, 18] = far
    return PlacementProblem(costs, weights=[*rng.integers(1, 9, 40).tolist(), 20.0], p=3)


@pytest.mark.usefixtures("taken_for_large")
@pytest.mark.parametrize("far", [0.5, 35.0])
@pytest.mark.parametrize(
    ("model", "options", "measure"),
    [
        ("mean-difference", {"weight": 0.3}, lambda t, w: mean_and_difference(0.3, t, w)),
        ("tail-mean", {"tail": 0.3}, lambda t, w: tail(0.3, t, w)),
    ],
)
def test_an_island_must_be_served_and_no_site_is_closed_for_an_answer_that_leaves_it_out(
    monkeypatch, model, options, measure, far
):
    """Every pair of sites beside the island's own, looked at here; also where the swaps begin without the island."""
    problem = with_island(1, far)
    best = min(
        (measure(np.nanmin(problem.costs[:, [a, b, 18]], axis=1), problem.weights), (a, b, 18))
        for a, b in combinations(range(18), 2)
    )
    monkeypatch.setattr(
        median_bounds.SwapSearch, "_gains", median_bounds.SwapSearch._saved
    )  # as if nobody had missed the island
    solution = solve(problem, model, **options)
    assert solution.status is Status.OPTIMAL
    assert solution.chosen_ids == best[1]
    assert solution.objective == pytest.approx(best[0])
    assert solution.bound <= best[0] * (1 + 1e-9)


# Tangents


@pytest.mark.parametrize(
    ("model", "options", "measure"),
    [
        ("mean-difference", {"weight": 0.8}, lambda t, w: mean_and_difference(0.8, t, w)),
        ("tail-mean", {"tail": 0.4}, lambda t, w: tail(0.4, t, w)),
    ],
)
def test_a_tangent_is_below_every_placement_and_tight_at_its_own(model, options, measure):
    rng = np.random.default_rng(6)
    problem = PlacementProblem(
        rng.integers(1, 30, (9, 6)).astype(float), weights=rng.integers(1, 5, 9).astype(float), p=2
    )
    search = bounds(problem, model, **options)
    slope, constant = search._tangent(opened(0, 1, n_sites=6))
    assert (slope >= 0).all()
    for pair in combinations(range(6), 2):
        minutes = problem.costs[:, list(pair)].min(axis=1)
        value = measure(minutes, problem.weights)
        assert constant + slope @ minutes <= value + 1e-9
        if pair == (0, 1):
            assert constant + slope @ minutes == pytest.approx(value)


def test_tangents_are_averaged_and_what_bounds_nothing_is_in_no_mean():
    search = bounds(PlacementProblem(np.ones((2, 2)), p=1))
    search._average(np.asarray([5.0, 5.0]), -math.inf)
    assert (search.slope.tolist(), search.constant, search.tangents) == ([5.0, 5.0], -math.inf, 0)
    search._average(np.asarray([1.0, 3.0]), 6.0)
    assert (search.slope.tolist(), search.constant, search.tangents) == ([1.0, 3.0], 6.0, 1)
    search._average(np.asarray([3.0, 3.0]), 2.0)
    assert (search.slope.tolist(), search.constant, search.tangents) == ([2.0, 3.0], 4.0, 2)
    search._average(np.asarray([5.0, 0.0]), 1.0)
    assert search.slope.tolist() == pytest.approx([3.0, 2.0])
    assert (search.constant, search.tangents) == (pytest.approx(3.0), 3)


def test_a_start_that_leaves_people_out_gives_no_tangent():
    costs = [[1.0, np.nan, 4.0], [2.0, np.nan, 5.0], [np.nan, 3.0, 6.0]]
    problem = PlacementProblem(costs, weights=[4.0, 3.0, 2.0], p=1)
    search = bounds(problem)
    assert [search._serves(opened(site, n_sites=3)) for site in range(3)] == [False, False, True]
    search.swaps.best = lambda start=None: opened(0, n_sites=3)
    slope, constant = search._first_slope()
    assert (slope.tolist(), constant) == ([4.0, 3.0, 2.0], -math.inf)
    search.swaps.best = lambda start=None: opened(2, n_sites=3)
    slope, constant = search._first_slope()
    assert math.isfinite(constant)
    search.swaps.best = lambda start=None: None
    assert search._first_slope()[1] == -math.inf
    ratio = bounds(problem, "gini")
    ratio.swaps.best = lambda start=None: opened(2, n_sites=3)
    assert ratio._first_slope()[1] == -math.inf


def test_a_value_counts_once_everybody_is_served_who_can_be():
    costs = [[1.0, np.nan, 4.0], [2.0, np.nan, 5.0], [np.nan, 3.0, 6.0], [np.nan, np.nan, np.nan]]
    search = bounds(PlacementProblem(costs, weights=[4.0, 3.0, 2.0, 5.0], p=1))
    assert search.left_out == 5.0
    assert search.value == math.inf
    assert not search._closed()
    search._offer(opened(0, n_sites=3))
    assert search.score[:2] == (0.0, 7.0)
    assert search.value == math.inf
    search.bound = 1e9
    assert not search._closed()
    search._offer(opened(2, n_sites=3))
    assert search.best.tolist() == [False, False, True]
    assert search.value == search.score[2]
    assert search._closed()
    search.bound = search.value * (1 - 1e-5)
    assert not search._closed()
    search._offer(opened(0, n_sites=3))  # less, but of fewer people
    assert search.best.tolist() == [False, False, True]


def test_an_offer_that_breaks_a_condition_is_none():
    problem = PlacementProblem([[1.0, 2.0], [3.0, 4.0]], p=1, conditions=[SiteCount((0,), at_most=0)])
    search = bounds(problem)
    search._offer(opened(0, n_sites=2))
    assert search.best is None
    search._offer_quickly(opened(1, n_sites=2))
    assert search.best.tolist() == [False, True]


# Sites and placements that are left


def test_a_relaxation_is_a_constant_and_the_worth_of_its_sites():
    relaxed = Relaxed(10.0, np.asarray([-1.0, -4.0, 0.0, -2.0]))
    assert relaxed.value([0, 1]) == 5.0
    assert relaxed.value([]) == 10.0
    assert [relaxed.least(count) for count in range(4)] == [10.0, 6.0, 4.0, 3.0]


def prepared(value: float, **asked: object) -> MedianBounds:
    """Five sites, the first always open, the last four free with worths -1, -4, 0, -2 and a bound of 10 without them."""
    problem = PlacementProblem(np.ones((2, 5)), roles=["required", *["candidate"] * 4], **({"p": 3} | asked))
    search = bounds(problem)
    search.relaxations = [Relaxed(10.0, np.asarray([-1.0, -4.0, 0.0, -2.0]))]
    search.best, search.score = opened(0, 1, 2, n_sites=5), (0.0, 0.0, value)
    return search


@pytest.mark.parametrize(
    ("value", "closed"),
    [(5.9, [3]), (5.0, [3]), (4.9, [1, 3]), (6.0, []), (3.9, [1, 2, 3, 4])],
)
def test_sites_that_cost_more_than_the_answer_are_closed(value, closed):
    """The best two are worth -4 and -2: 4 in all; with the first 5, with the third 6."""
    search = prepared(value)
    search._close_what_costs_more()
    assert np.flatnonzero(search.closed).tolist() == closed


def test_nothing_is_closed_for_an_answer_that_leaves_people_out():
    search = prepared(3.0)
    search.score = (0.0, 1.0, 3.0)
    search._close_what_costs_more()
    assert not search.closed.any()


@pytest.mark.parametrize("value", [3.5, 4.0, 5.0, 5.5, 6.0, 8.0, 9.0, 12.0])
def test_the_choices_left_are_those_below_the_answer(value):
    search = prepared(value)
    worth = [-1.0, -4.0, 0.0, -2.0]
    expected = {
        pair for pair in combinations(range(4), 2) if 10.0 + sum(worth[site] for site in pair) <= value
    }
    assert {tuple(sorted(choice)) for choice in search._choices_left()} == expected
    search.closed[2] = True  # the second free site
    left = {tuple(sorted(choice)) for choice in search._choices_left()}
    assert left == {pair for pair in expected if 1 not in pair}


def test_choices_of_a_number_that_does_not_fit_or_is_not_known():
    assert prepared(9.0, p=0)._choices_left() == []
    assert prepared(9.0, p=1)._choices_left() == [[]]
    assert len(prepared(99.0, p=5)._choices_left()) == 1
    priced = prepared(9.0, p=None, budget=2.0, fixed_costs=[1.0] * 5)
    assert priced._choices_left() is None


def test_too_many_choices_are_not_looked_at(monkeypatch):
    search = prepared(99.0)
    assert len(search._choices_left()) == 6
    monkeypatch.setattr(median_bounds, "_MOST_PLACEMENTS", 0)
    assert search._choices_left() is None
    assert not search._look_at_the_rest()
    monkeypatch.setattr(median_bounds, "_MOST_PLACEMENTS", 6)
    monkeypatch.setattr(median_bounds, "_MOST_STEPS", 3)
    assert search._choices_left() is None
    nothing_known = bounds(PlacementProblem(np.ones((2, 4)), p=2))
    monkeypatch.setattr(median_bounds, "_MOST_STEPS", 1000)
    assert len(nothing_known._choices_left()) == 6


def test_what_is_left_is_looked_at_one_by_one():
    costs = np.random.default_rng(3).integers(1, 30, (7, 5)).astype(float)
    problem = PlacementProblem(costs, p=2)
    search = bounds(problem, weight=0.5)
    assert search._look_at_the_rest()
    assert search.looked_at == 10
    best = min(
        (mean_and_difference(0.5, costs[:, list(pair)].min(axis=1), np.ones(7)), pair)
        for pair in combinations(range(5), 2)
    )
    assert search.value == pytest.approx(best[0])
    assert np.flatnonzero(search.best).tolist() == list(best[1])
    late = MedianBounds(
        make_model("mean-difference", {}), problem, full_service(problem), Limits(deadline=0.0)
    )
    assert not late._look_at_the_rest()


# How it ends


@pytest.mark.usefixtures("taken_for_large")
def test_gini_has_an_answer_and_no_bound_above_nothing():
    costs = np.random.default_rng(8).integers(1, 30, (30, 12)).astype(float)
    search = bounds(PlacementProblem(costs, p=3), "gini")
    outcome = search.outcome()
    assert outcome.status is Status.OPTIMAL
    assert "placements of the 12 sites that they leave open, one by one" in outcome.proof


@pytest.mark.usefixtures("taken_for_large")
def test_an_answer_without_a_proof_says_so(monkeypatch):
    monkeypatch.setattr(median_bounds, "_MOST_PLACEMENTS", 1)
    costs = np.random.default_rng(8).integers(1, 30, (30, 12)).astype(float)
    problem = PlacementProblem(costs, p=3, demand_groups=[row % 3 for row in range(30)])
    swaps_only = bounds(problem, "gini", by="group").outcome()
    assert (swaps_only.status, swaps_only.bound) == (Status.FEASIBLE, -math.inf)
    assert swaps_only.proof.startswith("swaps only: gini is not convex")
    assert len(np.flatnonzero(swaps_only.placed.sites)) == 3
    monkeypatch.setattr(median_bounds, "_ROUNDS", 1)
    bounded = bounds(problem, "mean-difference", weight=1.0).outcome()
    if bounded.status is Status.FEASIBLE:
        assert "a program with the 360 pairs would take more than 2 GB and is not built" in bounded.proof
    value = make_model("mean-difference", {}).objective(problem, bounded.placed)
    assert bounded.bound <= value + 1e-9


@pytest.mark.usefixtures("taken_for_large")
def test_a_clock_that_has_run_out_begins_no_branch_and_cut(monkeypatch):
    monkeypatch.setattr(median_bounds, "_MOST_PLACEMENTS", 0)
    problem = PlacementProblem(np.random.default_rng(8).integers(1, 30, (30, 12)).astype(float), p=3)
    model, plan = make_model("mean-difference", {}), full_service(problem)
    late = MedianBounds(model, problem, plan, Limits(deadline=0.0))
    assert late.outcome().status in (Status.FEASIBLE, Status.NO_SOLUTION)
    assert late.branched is None
    in_time = MedianBounds(model, problem, plan, Limits())
    assert in_time.outcome().status is Status.OPTIMAL
    assert in_time.branched is not None


@pytest.mark.usefixtures("taken_for_large")
def test_conditions_that_cannot_be_kept_are_infeasible():
    problem = PlacementProblem(
        np.random.default_rng(1).integers(1, 9, (8, 5)).astype(float),
        p=2,
        conditions=[SiteCount((0, 1, 2, 3, 4), at_most=1)],
    )
    outcome = bounds(problem).outcome()
    assert outcome.status in (Status.INFEASIBLE, Status.NO_SOLUTION)
    assert outcome.placed is None


@pytest.mark.usefixtures("taken_for_large")
def test_two_islands_of_the_same_weight_are_both_bounded():
    """The even village has no difference at all and the uneven one the lower mean: which is served is the question."""
    costs = [[1.0, np.nan], [9.0, np.nan], [np.nan, 6.0], [np.nan, 6.0]]
    problem = PlacementProblem(costs, p=1)
    assert not plan_service(problem, Limits()).everyone
    for weight, sites, value in ((0.0, (0,), 5.0), (1.0, (1,), 6.0)):
        solution = solve(problem, "mean-difference", weight=weight)
        assert (solution.chosen_ids, solution.status) == (sites, Status.OPTIMAL)
        assert solution.objective == pytest.approx(value)
