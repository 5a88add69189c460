"""Busy vehicles: rows, ladders, vehicles that may share a site, and what is called broken."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from optimise import PlacementProblem, Status, solve
from optimise.algebra import linear
from optimise.models import enumerating
from optimise.models.busy import MALP, MEXCLP, _ladder
from optimise.placed import Placed
from optimise.program import SiteProgram
from optimise.running import Limits
from optimise.status import Sense

LINE = np.asarray([[0.0, 4.0, 9.0], [5.0, 1.0, 4.0], [9.0, 5.0, 0.0], [np.nan, np.nan, 7.0]])
WEIGHTS = [4.0, 3.0, 2.0, 1.0]


def line(**values: object) -> PlacementProblem:
    return PlacementProblem(**({"costs": LINE, "weights": WEIGHTS} | values))


def opened(*sites: int, n_sites: int = 3) -> np.ndarray:
    return np.isin(np.arange(n_sites), sites)


def faults(model, problem: PlacementProblem) -> list[str]:
    return [fault.where for fault in model.faults(problem)]


def test_what_a_busy_question_needs():
    assert faults(MEXCLP(), line()) == ["radius", "p", "busy"]
    assert faults(MEXCLP(radius=5.0, busy=0.5), line()) == ["p"]
    assert faults(MEXCLP(radius=5.0, busy=0.5, vehicles=2), line()) == []
    assert faults(MEXCLP(radius=5.0, busy=0.5), line(p=1)) == []
    assert faults(MEXCLP(radius=5.0, busy=0.0), line(p=1)) == []
    for busy in (1.0, -0.1, math.nan, [0.1, 0.2], [[0.1, 0.2, 0.3, 0.4]], [0.1, 0.2, 0.3, 1.0]):
        assert faults(MEXCLP(radius=5.0, busy=busy), line(p=1)) == ["busy"], busy
    assert faults(MEXCLP(radius=5.0, busy=[0.1, 0.2, 0.3, 0.9]), line(p=1)) == []
    assert faults(MEXCLP(radius=5.0, busy=0.5, max_per_site=2), line(p=1)) == ["max_per_site"]
    assert faults(MEXCLP(radius=5.0, busy=0.5, vehicles=2, max_per_site=0), line()) == ["max_per_site"]
    assert faults(MEXCLP(radius=5.0, busy=0.5, vehicles=2, max_per_site=1), line()) == []
    assert faults(MALP(radius=5.0, busy=0.5, reliability=0.0), line(p=1)) == ["reliability"]
    assert faults(MALP(radius=5.0, busy=0.5, reliability=1.0), line(p=1)) == ["reliability"]
    assert MALP().reliability == 0.9


def test_fractions_and_vehicles_in_reach():
    problem = line()
    assert MEXCLP(radius=5.0, busy=0.4).busy_fractions(problem).tolist() == [0.4] * 4
    assert MEXCLP(radius=5.0, busy=[0.1, 0.2, 0.3, 0.4]).busy_fractions(problem).tolist() == [
        0.1,
        0.2,
        0.3,
        0.4,
    ]
    here = Placed.nearest(problem, opened(0, 1), units=np.asarray([2, 3, 0]))
    assert MEXCLP(radius=4.0, busy=0.4).in_reach(problem, here).tolist() == [5, 3, 0, 0]
    assert MEXCLP(radius=[0.0, 5.0, 5.0, 9.0], busy=0.4).in_reach(problem, here).tolist() == [2, 5, 3, 0]
    value = MEXCLP(radius=4.0, busy=0.5).objective(problem, here)
    assert value == pytest.approx(4 * (1 - 0.5**5) + 3 * (1 - 0.5**3))


def test_rows_are_merged_by_sites_in_reach_and_busy_fraction():
    problem = PlacementProblem(
        [[1.0, 9.0], [2.0, 8.0], [1.0, 1.0], [9.0, 9.0], [1.0, 9.0]],
        weights=[4.0, 3.0, 2.0, 5.0, 0.0],
        roles=["candidate", "candidate"],
        p=1,
    )
    sites, weights, busy = MEXCLP(radius=5.0, busy=[0.2, 0.2, 0.2, 0.2, 0.2])._rows(problem)
    assert sorted(zip(sites, weights.tolist(), busy.tolist(), strict=True)) == [
        ([0], 7.0, 0.2),
        ([0, 1], 2.0, 0.2),
    ]
    sites, weights, busy = MEXCLP(radius=5.0, busy=[0.2, 0.3, 0.2, 0.2, 0.2])._rows(problem)
    assert sorted(zip(sites, weights.tolist(), busy.tolist(), strict=True)) == [
        ([0], 3.0, 0.3),
        ([0], 4.0, 0.2),
        ([0, 1], 2.0, 0.2),
    ]
    shut = problem.replace(roles=["forbidden", "candidate"])
    sites, weights, _ = MEXCLP(radius=5.0, busy=0.2)._rows(shut)
    assert (sites, weights.tolist()) == ([[1]], [2.0])


def test_the_most_vehicles_that_can_be_in_reach():
    problem = line(p=2)
    assert MEXCLP(radius=5.0, busy=0.2)._most_in_reach(problem, 3) == 2
    assert MEXCLP(radius=5.0, busy=0.2)._most_in_reach(problem, 1) == 1
    priced = line(budget=2.0, fixed_costs=[1, 1, 1])
    assert MEXCLP(radius=5.0, busy=0.2)._most_in_reach(priced, 3) == 3
    assert MEXCLP(radius=5.0, busy=0.2, vehicles=4)._most_in_reach(problem, 1) == 4
    assert MEXCLP(radius=5.0, busy=0.2, vehicles=4, max_per_site=3)._most_in_reach(problem, 1) == 3
    assert MEXCLP(radius=5.0, busy=0.2, vehicles=4, max_per_site=3)._most_in_reach(problem, 2) == 4


def test_rungs_are_whole_and_ordered_only_where_later_steps_are_worth_more():
    program = SiteProgram(line(p=1), "rows", Sense.MAXIMISE)
    falling = _ladder(program, 0, linear([(program.opened(0), 1.0)]), [0.7, 0.21])
    growing = _ladder(program, 1, linear([(program.opened(0), 1.0)]), [0.0, 0.0, 1.0])
    assert _ladder(program, 2, linear([(program.opened(0), 1.0)]), []) == []
    assert [(rung.cat, rung.upBound, step) for rung, step in falling] == [
        ("Continuous", 1.0, 0.7),
        ("Continuous", 1.0, 0.21),
    ]
    assert [(rung.cat, step) for rung, step in growing] == [
        ("Integer", 0.0),
        ("Integer", 0.0),
        ("Integer", 1.0),
    ]
    names = {row.name for row in program.lp.constraints()}
    assert {"reach_0", "reach_1", "ladder_1_0", "ladder_1_1"} <= names
    assert names.isdisjoint({"reach_2", "ladder_0_0"})


@pytest.mark.parametrize("model", ["mexclp", "malp"])
@pytest.mark.parametrize("seed", range(3))
def test_conditions_and_vehicles_together(model, seed):
    """Three vehicles at one or two sites, at most two at each: every way to spread them."""
    rng = np.random.default_rng(seed)
    costs, weights = rng.integers(1, 20, (6, 4)).astype(float), rng.integers(1, 5, 6).astype(float)
    best = -1.0
    for pair in itertools.combinations(range(4), 2):
        for units in ((1, 2), (2, 1)):
            reach = (costs[:, list(pair)] <= 10) @ np.asarray(units)
            worth = 1 - 0.4**reach if model == "mexclp" else (1 - 0.4**reach >= 0.8).astype(float)
            best = max(best, float(weights @ worth))
    options = {"reliability": 0.8} if model == "malp" else {}
    solution = solve(
        PlacementProblem(costs, weights=weights, p=2),
        model,
        radius=10.0,
        busy=0.4,
        vehicles=3,
        max_per_site=2,
        **options,
    )
    assert solution.objective == pytest.approx(best)
    assert solution.bound == pytest.approx(best, rel=1e-6)
    assert sorted(solution.units[solution.units > 0].tolist()) == [1, 2]
    assert solution.formulation == f"{model} steps"


def test_where_vehicles_cannot_be_placed_everybody_goes_to_the_nearest():
    model = MEXCLP(radius=5.0, busy=0.2, vehicles=1)  # two open sites want one each
    here = model.place(line(), opened(0, 2))
    assert here.units is None
    assert here.assignment.tolist() == [0, 2, 2, -1]
    assert MEXCLP(radius=5.0, busy=0.2, vehicles=2).place(line(), opened(0, 2)).units.tolist() == [1, 0, 1]


def test_vehicles_that_break_a_rule_are_named():
    problem, model = line(), MEXCLP(radius=5.0, busy=0.2, vehicles=3)
    right = Placed.nearest(problem, opened(0, 2), limit=5.0, units=np.asarray([0, 0, 3]))
    assert model.broken(problem, right) == ["vehicles stand at a closed site, or too many at one"]
    all_at_one = Placed.nearest(problem, opened(2), limit=5.0, units=np.asarray([0, 0, 3]))
    assert model.broken(problem, all_at_one) == []
    four = Placed.nearest(problem, opened(2), limit=5.0, units=np.asarray([0, 0, 4]))
    assert model.broken(problem, four) == [
        "4 vehicles are placed, 3 were asked for",
        "vehicles stand at a closed site, or too many at one",
    ]
    elsewhere = Placed(opened(2), np.asarray([-1, 2, -1, -1]), np.asarray([0, 0, 3]))
    assert model.broken(problem, elsewhere) == ["2 is not served by its nearest open site"]


def test_whether_vehicles_can_be_placed_at_all():
    """Two sites must be open: one vehicle is too few, and three are too many at one each."""
    problem = line(p=2)
    for vehicles, most, possible in ((1, None, False), (2, 1, True), (3, 1, False), (3, 2, True)):
        model = MEXCLP(radius=5.0, busy=0.2, vehicles=vehicles, max_per_site=most)
        run = model.feasibility_program(problem).solve(Limits())
        assert (run.status is not Status.INFEASIBLE) is possible, (vehicles, most)


def test_nobody_in_reach_is_worth_nothing():
    solution = solve(line(p=1, weights=[0] * 4), "mexclp", radius=5.0, busy=0.2)
    assert (solution.objective, solution.status) == (0.0, Status.OPTIMAL)
    far = solve(PlacementProblem([[9.0]], p=1), "malp", radius=5.0, busy=0.2)
    assert (far.objective, far.status) == (0.0, Status.OPTIMAL)


def test_vehicles_are_whole_where_halves_would_reach_more(monkeypatch):
    """Four sites, each pair of them near one place: one and a half vehicles a site would give each place three."""
    monkeypatch.setattr(enumerating, "MOST_WORK", -1)
    pairs = list(itertools.combinations(range(4), 2))
    costs = np.full((6, 4), 99.0)
    for row, pair in enumerate(pairs):
        costs[row, list(pair)] = 1.0
    busy = 0.5
    every = [
        sum(1.0 - busy ** (spread[a] + spread[b]) for a, b in pairs)
        for spread in itertools.product(range(7), repeat=4)
        if sum(spread) == 6
    ]
    found = solve(PlacementProblem(costs), model=MEXCLP(radius=5.0, busy=busy, vehicles=6))
    assert (found.status, found.objective) == (Status.OPTIMAL, pytest.approx(max(every)))
    assert max(every) < 6 * (1.0 - busy**3)


@pytest.mark.parametrize("vehicles", [None, 3])
def test_sites_that_are_given_have_their_nearest_people_and_their_vehicles(vehicles):
    model = MEXCLP(radius=5.0, busy=0.2, vehicles=vehicles)
    placed = model.place(line(), opened(0, 2))
    assert placed.assignment.tolist() == [0, 2, 2, -1]
    assert (placed.units is None) == (vehicles is None)
    assert vehicles is None or placed.units.tolist() == [2, 0, 1]


def test_as_many_vehicles_as_give_the_reliability_exactly():
    """Busy a tenth of the time, one is free in nine of ten; a double's last digit makes that neither more nor less."""
    for reliability, busy, needed in (
        (0.9, 0.1, 1),
        (0.99, 0.1, 2),
        (0.75, 0.5, 2),
        (0.76, 0.5, 3),
        (0.2, 0.5, 1),
    ):
        assert MALP(radius=5.0, busy=busy, reliability=reliability).needed(busy) == needed


def test_a_start_covers_the_most_and_has_its_vehicles():
    """Within five minutes the middle site has nine of ten people, more than any other; the last person none."""
    plain = MEXCLP(radius=5.0, busy=0.4).start(line(p=1), Limits())
    assert plain is not None
    assert plain.sites.tolist() == [False, True, False]
    assert plain.assignment.tolist() == [1, 1, 1, -1]
    assert plain.units is None
    spread = MEXCLP(radius=5.0, busy=0.4, vehicles=3).start(line(p=2), Limits())
    assert spread is not None
    assert spread.sites[1]
    assert int(spread.units.sum()) == 3
    assert ((spread.units > 0) == spread.sites).all()
    assert MEXCLP(radius=5.0, busy=0.4, vehicles=3, max_per_site=1).start(line(p=2), Limits()) is None
