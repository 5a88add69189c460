"""Starts of large problems: greedy choice, swaps, and the order in which placements are compared; by hand."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest

from optimise import PlacementProblem, ShareWithin, SiteCount, Status, Within, engines, not_both
from optimise.models import make_model
from optimise.outcome import Outcome
from optimise.running import Limits, Run
from optimise.starting import SwapSearch, _better, good_sites, unproven_service

LINE = np.asarray([[0.0, 4.0, 9.0], [5.0, 1.0, 4.0], [9.0, 5.0, 0.0], [np.nan, np.nan, 7.0]])
WEIGHTS = [4.0, 3.0, 2.0, 1.0]
PMEDIAN = make_model("p-median", {})


def line(**values: object) -> PlacementProblem:
    return PlacementProblem(**({"costs": LINE, "weights": WEIGHTS} | values))


def opened(*sites: int, n_sites: int = 3) -> np.ndarray:
    return np.isin(np.arange(n_sites), sites)


def swaps(problem: PlacementProblem, model=PMEDIAN, **limits: float) -> SwapSearch:
    return SwapSearch(problem, model, Limits(**limits))


def plane(seed: int, n: int = 30, m: int = 8, **asked: object) -> PlacementProblem:
    rng = np.random.default_rng(seed)
    homes, places = rng.uniform(0, 40, (n, 2)), rng.uniform(0, 40, (m, 2))
    return PlacementProblem(
        np.hypot(*(homes[:, None] - places[None]).transpose(2, 0, 1)),
        weights=rng.integers(1, 9, n).astype(float),
        **asked,
    )


# What is compared


@pytest.mark.parametrize(
    ("one", "other", "better"),
    [
        ((0.0, 0.0, 1.0), (0.0, 0.0, 2.0), True),
        ((0.0, 0.0, 2.0), (0.0, 0.0, 1.0), False),
        ((0.0, 1.0, 0.0), (0.0, 2.0, -9.0), True),
        ((1.0, 0.0, 0.0), (0.0, 9.0, 9.0), False),
        ((0.0, 0.0, 1.0), (0.0, 0.0, 1.0), False),
        ((0.0, 0.0, 1.0), (0.0, 0.0, 1.0 + 9e-10), False),  # rounding
        ((0.0, 0.0, 1.0), (0.0, 0.0, 1.0 + 2e-9), True),
        ((0.0, 0.0, 1e6), (0.0, 0.0, 1e6 + 9e-4), False),
        ((0.0, 0.0, 1e6), (0.0, 0.0, 1e6 + 2e-3), True),
        ((0.0, 0.0, 1.0), (0.0, 0.0, math.inf), True),
        ((0.0, 0.0, math.inf), (0.0, 0.0, math.inf), False),
        ((0.0, math.nan, 1.0), (0.0, 1.0, 2.0), False),
        ((0.0, 1.0, 1.0), (0.0, math.nan, 2.0), False),
    ],
)
def test_better_is_the_first_difference_beyond_rounding(one, other, better):
    assert _better(one, other) is better


def test_promises_come_first_then_who_is_served_then_the_objective():
    problem = line(p=1, conditions=[Within(4.0), SiteCount((0,), at_least=0)])
    search = swaps(problem)
    assert len(search.promises) == 1
    assert len(search.on_sites) == 1
    here = search.minutes(opened(1))
    assert here.tolist() == [4.0, 1.0, 5.0, math.inf]
    missing, unserved, value = search.score(here)
    assert missing > 0
    assert unserved == 1.0
    assert value == pytest.approx((16 + 3 + 10) / 10)
    assert search.score(here, (missing / 2, 0.0, 0.0)) == (missing, math.inf, math.inf)
    assert search.score(here, (missing, 0.0, 0.0)) == (missing, unserved, value)
    kept = swaps(line(p=1))
    assert kept.score(here)[0] == 0.0
    covering = swaps(line(p=1), make_model("mclp", {"radius": 4.0}))
    assert covering.score(here) == (0.0, 0.0, -7.0)  # beyond the radius is not unserved
    assert kept.minutes(opened()).tolist() == [math.inf] * 4


def test_what_a_site_promises_is_the_minutes_it_saves_at_the_slope():
    search = swaps(line(p=1))
    assert search.far == 19.0  # twice the longest way and one
    gains = search._saved(np.asarray([5.0, 5.0, 5.0, math.inf]), np.arange(3))
    # the last has no slope yet
    assert gains == pytest.approx([4 * 5 / 10, (4 * 1 + 3 * 4) / 10, (3 * 1 + 2 * 5) / 10])
    # no slope at all: the weights stand in
    saved = np.asarray([4 * 19 + 3 * 14 + 2 * 10, 4 * 15 + 3 * 18 + 2 * 14, 4 * 10 + 3 * 15 + 2 * 19 + 12])
    nobody = search._gains(np.full(4, math.inf), np.arange(3))
    assert nobody == pytest.approx(saved + 1e6 * 142 * np.asarray([0.9, 0.9, 1.0]))
    covering = swaps(line(p=1), make_model("mclp", {"radius": 4.0}))
    assert covering._gains(np.full(4, math.inf), np.arange(3)) == pytest.approx(saved)


def test_whom_nobody_serves_comes_before_all_minutes():
    """The last is out of reach of the first two sites; the last site saves the others next to nothing."""
    search = swaps(line(p=2))
    gains = search._gains(np.asarray([0.0, 4.0, 5.0, math.inf]), np.arange(3))
    assert gains.argmax() == 2
    assert gains[2] > 1e5 * gains[:2].max()
    served = search._gains(np.asarray([0.0, 4.0, 5.0, 7.0]), np.arange(3))
    assert served == pytest.approx([0.0, 9 / 10, 10 / 10])
    # nobody's minutes can be shortened: that the last is reached counts all the same
    done = search._gains(np.asarray([0.0, 1.0, 0.0, math.inf]), np.arange(3))
    assert done[2] > 0.0
    assert done[:2].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("model", ["p-median", "p-center", "tail-mean", "gini", "lexicographic-minimax"])
def test_a_start_serves_an_island_that_one_of_thirty_sites_reaches(model):
    """Swaps judge the dozen most promising sites: the only one that serves half of the people is among them."""
    rng = np.random.default_rng(0)
    homes, places = rng.uniform(0, 40, (60, 2)), rng.uniform(0, 40, (30, 2))
    costs = np.full((61, 31), np.nan)
    costs[:60, :30] = np.hypot(*(homes[:, None] - places[None]).transpose(2, 0, 1))
    costs[60, 30] = 5.0
    problem = PlacementProblem(costs, weights=[1.0] * 60 + [50.0], p=4)
    found = good_sites(problem, make_model(model, {}), Limits())
    assert found[30]
    assert int(found.sum()) == 4


def test_a_sample_stands_for_the_people_and_leaves_out_who_does_not_count(monkeypatch):
    search = swaps(line(p=1, weights=[4, 0, 2, 1]))
    assert search.sample.tolist() == [0, 2, 3]
    assert search.near.tolist() == [[0, 4, 9], [9, 5, 0], [19, 19, 7]]
    monkeypatch.setattr("optimise.starting._SAMPLE", 2)
    few = swaps(line(p=1))
    assert len(few.sample) == 2
    assert sorted(set(few.sample.tolist())) == few.sample.tolist()
    assert few.sample.tolist() == swaps(line(p=1)).sample.tolist()  # the same seed, the same sample
    assert swaps(line(p=1, weights=[0] * 4)).sample.tolist() == []


# Greedy choice


def test_sites_are_added_by_what_they_save():
    """Only the last serves everybody; beside it the first saves nine minutes of four people."""
    search = swaps(line(p=2))
    sites, order = search._greedy()
    assert order == [2, 0]
    assert sites.tolist() == [True, False, True]
    assert swaps(line(p=3))._greedy()[1][:2] == [2, 0]


def test_existing_and_required_sites_come_first_and_forbidden_ones_never():
    problem = line(p=2, roles=["forbidden", "existing", "candidate"])
    sites, order = swaps(problem)._greedy()
    assert (sites.tolist(), order) == ([False, True, True], [2])
    moving = line(roles=["candidate", "existing", "candidate"], max_moves=1)
    sites, order = swaps(moving)._greedy()
    assert (sites.tolist(), order) == ([False, True, False], [])


def test_a_budget_is_spent_by_what_a_price_saves():
    """The last saves most, but costs ten times the others; of what is left only the cheap ones fit."""
    problem = line(budget=3.0, fixed_costs=[1.0, 2.0, 30.0])
    sites, order = swaps(problem)._greedy()
    assert order == [0, 1]
    assert sites.tolist() == [True, True, False]
    rich = line(budget=100.0, fixed_costs=[1.0, 2.0, 30.0])
    assert sorted(swaps(rich)._greedy()[1]) == [0, 1, 2]
    paid = line(budget=2.0, fixed_costs=[50.0, 2.0, 30.0], roles=["existing", "candidate", "candidate"])
    assert swaps(paid)._greedy()[1] == [1]
    poor = line(budget=0.5, fixed_costs=[1.0, 2.0, 30.0])
    assert swaps(poor)._greedy()[1] == []


def test_first_sites_keep_the_conditions_on_sites():
    """Greedy choice takes the last and the first; a pair that is forbidden leaves the nearest to it."""
    search = swaps(line(p=2, conditions=[not_both(0, 2)]))
    assert search._first().tolist() in ([True, True, False], [False, True, True])
    assert swaps(line(p=2))._first().tolist() == [True, False, True]
    assert swaps(line())._first() is None  # nothing says how many
    never = swaps(line(p=2, conditions=[SiteCount((0, 1, 2), at_most=1)]))
    assert never._first() is None
    assert never.best() is None


def test_a_site_first_in_the_order_is_kept_before_a_later_one():
    """Of the three pairs one is forbidden; the first site of the order weighs most, existing ones before others."""
    problem = PlacementProblem(
        [[1.0, 9.0, 9.0, 9.0], [9.0, 2.0, 9.0, 9.0], [9.0, 9.0, 3.0, 9.0]],
        weights=[9.0, 5.0, 4.0],
        p=2,
        conditions=[not_both(0, 1)],
    )
    assert swaps(problem)._greedy()[1] == [0, 1]
    assert swaps(problem)._first()[0]
    assert int(swaps(problem)._first().sum()) == 2


# Swaps


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("model", ["p-median", "p-center", "mclp", "gini"])
def test_no_single_swap_helps_where_swaps_have_ended(seed, model):
    options = {"radius": 9.0} if model == "mclp" else {}
    question = make_model(model, options)
    problem = plane(seed, p=3)
    search = swaps(problem, question)
    best = search.best()
    assert int(best.sum()) == 3
    own = question.steer(problem, problem.costs[:, best].min(axis=1))[0]
    for closed in np.flatnonzero(best):
        for opened_instead in np.flatnonzero(~best):
            other = best.copy()
            other[[closed, opened_instead]] = False, True
            value = question.steer(problem, problem.costs[:, other].min(axis=1))[0]
            assert value >= own - 1e-8 * abs(own)


def test_swaps_from_a_start_that_is_given():
    problem = plane(1, p=1)
    means = np.asarray(problem.weights) @ problem.costs
    worst = opened(int(means.argmax()), n_sites=8)
    found = swaps(problem).best(worst)
    assert found.tolist() == opened(int(means.argmin()), n_sites=8).tolist()
    assert worst.sum() == 1
    assert worst[int(means.argmax())]  # the start itself is left as it was


def test_required_sites_are_not_swapped_and_forbidden_ones_not_taken():
    roles = ["required", "forbidden", *["candidate"] * 6]
    problem = plane(2, p=2, roles=roles)
    found = swaps(problem).best()
    assert found[0]
    assert not found[1]
    best = min(
        (float(problem.weights @ problem.costs[:, [0, other]].min(axis=1)), other) for other in range(2, 8)
    )
    assert np.flatnonzero(found).tolist() == [0, best[1]]


def test_swaps_keep_budget_moves_and_promises():
    prices = np.arange(1.0, 9.0)
    bought = swaps(plane(3, budget=9.0, fixed_costs=prices)).best()
    assert prices[bought].sum() <= 9.0
    moved = plane(3, roles=["existing"] * 3 + ["candidate"] * 5, max_moves=1)
    found = swaps(moved).best()
    assert int(found.sum()) == 3
    assert int(found[:3].sum()) >= 2
    problem = plane(3, p=2)
    near = {
        pair: float(problem.weights @ (problem.costs[:, list(pair)].min(axis=1) <= 12))
        / problem.weights.sum()
        for pair in combinations(range(8), 2)
    }
    most = max(near.values())
    kept = swaps(problem.with_conditions(ShareWithin(12.0, most - 1e-6))).best()
    assert near[tuple(np.flatnonzero(kept).tolist())] >= most - 1e-5
    assert swaps(problem.with_conditions(ShareWithin(12.0, min(1.0, most + 0.01)))).best() is None


def test_a_clock_that_has_run_out_leaves_the_greedy_choice():
    problem = plane(4, p=3)
    late = swaps(problem, deadline=0.0)
    assert late._late()
    first = late._first()
    assert int(first.sum()) == 3
    assert late.best(opened(0, 1, 2, n_sites=8)).tolist() == opened(0, 1, 2, n_sites=8).tolist()
    assert not swaps(problem)._late()


# Who has a start at all


def test_only_models_in_which_the_nearest_site_decides_have_a_start():
    assert good_sites(line(p=2), PMEDIAN, Limits()).tolist() == [True, False, True]
    for name, options in (
        ("capacitated-p-median", {}),
        ("mexclp", {"radius": 5.0, "busy": 0.2}),
        ("anti-cover", {"separation": 1.0}),
        ("lscp", {"radius": 5.0}),
    ):
        assert good_sites(line(p=2), make_model(name, options), Limits()) is None, name


def test_who_can_be_served_is_not_proven_then_swaps_answer_large_problems(monkeypatch):
    run = Run(Status.FEASIBLE, math.nan, math.nan, 3.0, "slow", has_values=False)
    small = unproven_service(line(p=2), PMEDIAN, run, Limits())
    assert (small.status, small.placed) == (Status.NO_SOLUTION, None)
    assert (small.bound, small.solve_s, small.formulation) == (-math.inf, 3.0, "most served")
    monkeypatch.setattr(engines, "PAYS_AT_PAIRS", 1)
    large = unproven_service(line(p=2), PMEDIAN, run, Limits())
    assert large.status is Status.FEASIBLE
    assert large.placed.assignment.tolist() == [0, 2, 2, 2]
    assert large.proof.startswith("swaps only")
    assert large.bound == -math.inf
    none = unproven_service(line(p=2, conditions=[SiteCount((0, 1, 2), at_most=1)]), PMEDIAN, run, Limits())
    assert (none.status, none.placed) == (Status.NO_SOLUTION, None)
    ended = Run(Status.INFEASIBLE, math.nan, math.nan, 0.0, "slow", has_values=False)
    told = unproven_service(line(p=2), PMEDIAN, ended, Limits())
    assert isinstance(told, Outcome)
    assert (told.status, told.placed) == (Status.INFEASIBLE, None)
    maximised = unproven_service(line(p=2), make_model("maximal-survival", {}), ended, Limits())
    assert maximised.bound == math.inf
