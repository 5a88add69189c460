"""Large problems begin with an answer, keep their limits, and never build a program that memory is too small for."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest

from optimise import (
    PlacementProblem,
    Scenario,
    ShareWithin,
    SiteCount,
    Status,
    Within,
    engines,
    median_bounds,
    program,
    solve,
    solve_robust,
)
from optimise.covering_engine import promises
from optimise.models import enumerating, make_model
from optimise.running import Limits
from optimise.starting import SwapSearch

#: Models in which the nearest site decides, with options.
STEERED = [
    ("p-median", {}),
    ("maximal-survival", {}),
    ("iso-elastic", {"alpha": 2.0}),
    ("kolm-pollak", {}),
    ("tail-mean", {"tail": 0.23}),
    ("tail-mean", {"tail": 0.4, "by": "group"}),
    ("mean-difference", {"weight": 0.7}),
    ("mean-difference", {"weight": 0.7, "by": "group"}),
    ("gini", {}),
    ("iso-elastic-groups", {"alpha": 1.5}),
    ("iso-elastic-groups", {"alpha": 0.5, "count_people": True}),
]


def town(points: int, sites: int, **asked) -> PlacementProblem:
    rng = np.random.default_rng(5)
    homes, places = rng.uniform(0, 40, (points, 2)), rng.uniform(0, 40, (sites, 2))
    minutes = np.hypot(*(homes[:, None] - places[None]).transpose(2, 0, 1))
    groups = [f"part {place}" for place in (homes[:, 0] // 14).astype(int)]
    return PlacementProblem(
        minutes, weights=rng.integers(1, 90, points).astype(float), demand_groups=groups, **asked
    )


@pytest.fixture
def taken_for_large(monkeypatch):
    """Small problems go the way of large ones."""
    monkeypatch.setattr(enumerating, "MOST_WORK", -1)
    for module, name in (
        (engines, "PAYS_AT_PAIRS"),
        (median_bounds, "PAYS_AT_PAIRS"),
        (engines, "ENGINE_PAYS_AT_PAIRS"),
        (engines, "CONDITIONED_PAYS_AT_PAIRS"),
    ):
        monkeypatch.setattr(module, name, 0)


@pytest.mark.parametrize(("name", "options"), STEERED)
def test_slopes_are_what_a_minute_more_adds(name, options):
    problem, model = town(60, 5, p=2), make_model(name, options)
    minutes = problem.costs[:, :2].min(axis=1)
    slope = model.steer(problem, minutes)[1]
    step = 1e-4
    for row in range(0, 60, 7):
        later, sooner = (minutes + sign * step * (np.arange(60) == row) for sign in (1, -1))
        told = (model.steer(problem, later)[0] - model.steer(problem, sooner)[0]) / (2 * step)
        assert slope[row] == pytest.approx(told, rel=1e-3, abs=1e-7)


@pytest.mark.parametrize(("name", "options"), [*STEERED, ("p-center", {}), ("mclp", {"radius": 9.0})])
def test_steering_ranks_placements_as_the_objective_does(name, options):
    problem, model = town(40, 6, p=2), make_model(name, options)
    sign = -1.0 if model.sense.value == "maximise" else 1.0
    told = []
    for pair in combinations(range(6), 2):
        sites = np.isin(np.arange(6), pair)
        steered = model.steer(problem, problem.costs[:, sites].min(axis=1))
        told.append((steered[0], sign * model.objective(problem, model.place(problem, sites))))
    by_steering = [objective for _, objective in sorted(told)]
    assert by_steering == pytest.approx(sorted(by_steering), rel=1e-9)


@pytest.mark.parametrize(
    ("name", "options"),
    [*STEERED, ("p-center", {}), ("partial-p-center", {}), ("lexicographic-minimax", {})],
)
def test_a_clock_that_has_run_out_leaves_an_answer(taken_for_large, name, options):
    condition = SiteCount(sites=(0, 1, 2), at_least=1, at_most=1)
    problem = town(300, 30, p=4, conditions=[condition])
    solution = solve(problem, name, time_limit_s=1e-3, **options)
    assert solution.status in (Status.FEASIBLE, Status.OPTIMAL)
    assert len(solution.chosen) == 4
    assert len(set(solution.chosen_ids) & {0, 1, 2}) == 1


def test_swaps_keep_promises_where_they_can():
    problem = town(200, 20, p=3)
    farthest = {
        sites: problem.costs[:, list(sites)].min(axis=1).max() for sites in combinations(range(20), 3)
    }
    least = min(farthest.values())
    promised = problem.with_conditions(Within(least * 1.1))
    found = SwapSearch(promised, make_model("p-median", {}), Limits()).best()
    assert problem.costs[:, found].min(axis=1).max() <= least * 1.1


def test_what_is_promised_to_more_people_than_can_be_is_known_without_a_search():
    problem = town(80, 8, p=2)
    within = {sites: problem.costs[:, list(sites)].min(axis=1) <= 9 for sites in combinations(range(8), 2)}
    whole = problem.weights.sum()
    most = max(float(problem.weights @ near) for near in within.values()) / whole
    for share, possible in ((most - 1e-6, True), (most, True), (most + 1e-6, False)):
        told, sites = promises.ask(problem, ShareWithin(9.0, share), Limits())
        assert told is possible
        assert (sites is not None) is possible


def test_at_most_so_many_moves_leave_nobody_farther_than_the_next_station(monkeypatch):
    monkeypatch.setattr(engines, "CONDITIONED_PAYS_AT_PAIRS", 0)
    problem = town(60, 9, roles=["existing"] * 5 + ["candidate"] * 4, max_moves=2)
    best = math.inf
    for sites in combinations(range(9), 5):
        if sum(site < 5 for site in sites) >= 3:
            minutes = problem.costs[:, list(sites)].min(axis=1)
            best = min(best, float(problem.weights @ minutes) / problem.weights.sum())
    solution = solve(problem, "relocation")
    assert (solution.status, solution.objective) == (Status.OPTIMAL, pytest.approx(best, rel=1e-12))


def test_who_is_served_where_not_all_can_be_is_the_best_of_all_choices(taken_for_large):
    # Two villages of the same weight far apart, one site each: the nearer one is served.
    costs = [[9.0, math.nan], [9.5, math.nan], [math.nan, 2.0], [math.nan, 3.0]]
    solution = solve(PlacementProblem(costs, weights=[2.0, 1.0, 1.0, 2.0], p=1), "p-median")
    assert (solution.status, solution.chosen_ids) == (Status.OPTIMAL, (1,))
    assert solution.objective == pytest.approx(8 / 3)


@pytest.mark.parametrize("name", ["p-median", "mean-difference", "capacitated-p-median"])
def test_a_program_too_large_is_not_built_and_said_so(monkeypatch, name):
    monkeypatch.setattr(program, "MOST_PAIRS", 10)
    monkeypatch.setattr(enumerating, "MOST_WORK", -1)
    problem = town(30, 6, p=2, conditions=[SiteCount(sites=(0,), at_least=0)])
    if name.startswith("capacitated"):
        problem = problem.replace(capacities=[2000.0] * 6)
    solution = solve(problem, name)
    assert solution.status is Status.FEASIBLE
    assert "GB" in solution.proof
    assert "fewer sites" in solution.proof
    assert solution.proof.code == "opt.fault.too_large"  # told in the reader's language


def test_several_states_too_large_for_a_program_have_an_answer(monkeypatch):
    monkeypatch.setattr(program, "MOST_PAIRS", 10)
    problem = town(30, 6, p=2)
    states = [Scenario("day", problem.costs), Scenario("night", 2 * problem.costs)]
    found = solve_robust(problem, states, "worst")
    assert found.status is Status.FEASIBLE
    assert len(found.chosen) == 2
    assert "GB" in found.proof
