"""What no order, unit or wider limit may change, of units of a size, districts and dated plans; a plan by hand."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from optimise import PlacementProblem
from optimise.dated_plans import solve_plan, year_by_year
from optimise.districts import solve_districts
from optimise.plan_limits import Period
from optimise.sized_units import price_of, solve_sized
from optimise.status import Status


def beside(name):
    """A test file of this folder, for the problems that it draws."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SIZED, DISTRICTS = beside("test_sized_units"), beside("test_districts")


def shuffled(problem, seed):
    """The same units with demands and sites in another order."""
    rng = np.random.default_rng(seed)
    rows, columns = rng.permutation(len(problem.load)), rng.permutation(len(problem.must_open))
    return replace(
        problem,
        travel=problem.travel[np.ix_(rows, columns)],
        load=problem.load[rows],
        room=problem.room[columns],
        price=problem.price[columns],
        closed_price=problem.closed_price[columns],
        must_open=problem.must_open[columns],
        one_of=problem.one_of[columns],
    )


@pytest.mark.parametrize("seed", range(8))
def test_units_cost_the_same_in_any_order_and_in_any_coin(seed):
    problem = SIZED.drawn(seed)
    found = solve_sized(problem)
    other = solve_sized(shuffled(problem, seed))
    coin = solve_sized(
        replace(
            problem,
            travel=problem.travel * 7,
            price=problem.price * 7,
            closed_price=problem.closed_price * 7,
        )
    )
    assert other.status is coin.status is found.status
    if found.status is Status.OPTIMAL:
        assert price_of(problem, found) == pytest.approx(found.objective)
        assert other.objective == pytest.approx(found.objective)
        assert coin.objective == pytest.approx(7 * found.objective)


@pytest.mark.parametrize("seed", range(8))
def test_more_room_or_a_site_that_may_close_never_costs_more(seed):
    problem = SIZED.drawn(seed)
    found = solve_sized(problem)
    wider = solve_sized(replace(problem, room=problem.room * 1.5, must_open=np.zeros_like(problem.must_open)))
    if found.status is Status.OPTIMAL:
        assert wider.status is Status.OPTIMAL
        assert wider.objective <= found.objective + 1e-6


@pytest.mark.parametrize("seed", range(10))
def test_districts_cost_the_same_in_any_order_and_no_more_within_wider_limits(seed):
    problem = DISTRICTS.drawn(seed)
    order = np.random.default_rng(seed).permutation(len(problem.load))
    square = np.ix_(order, order)
    other = replace(
        problem, costs=problem.costs[square], load=problem.load[order], beside=problem.beside[square]
    )
    found, again = solve_districts(problem), solve_districts(other)
    assert again.status is found.status
    wider = solve_districts(replace(problem, least=0.0, most=2 * problem.most))
    whole = solve_districts(replace(problem, beside=np.ones_like(problem.beside)))
    if found.status is Status.OPTIMAL:
        assert again.objective == pytest.approx(found.objective)
        assert wider.objective <= found.objective + 1e-6
        assert whole.objective <= found.objective + 1e-6


def planned(*, people=((100.0, 10.0, 10.0), (10.0, 10.0, 100.0)), opens=1, order=(0, 1, 2)):
    """Three towns in a row, an hour apart; one station, in the middle, and one more may open at each date."""
    minutes = np.abs(np.subtract.outer(np.arange(3), np.arange(3))) * 60.0
    at = list(order)
    names = [f"t{site}" for site in at]
    roles = ["existing" if site == 1 else "candidate" for site in at]
    first = np.asarray(people[0])[at]
    problem = PlacementProblem(minutes[np.ix_(at, at)], weights=first, roles=roles, site_ids=names)
    periods = [
        Period(f"date {date}", 0.5, weights=np.asarray(row)[at], opens_at_most=opens)
        for date, row in enumerate(people)
    ]
    return problem, periods


def test_a_plan_is_no_worse_than_the_one_found_by_hand():
    """By hand: the west opens first, where most people are now, the east at the next date, where they will be."""
    problem, periods = planned()
    found = solve_plan(problem, periods)
    assert [date.opened_ids for date in found.dates] == [("t0",), ("t2",)]
    by_hand = (0.5 * 10 * 60 + 0.5 * 0) / (0.5 * 120 + 0.5 * 120)
    assert found.status is Status.OPTIMAL
    assert found.objective == pytest.approx(by_hand)


@pytest.mark.parametrize("order", [(1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_a_plan_is_the_same_in_any_order(order):
    assert solve_plan(*planned(order=order)).objective == pytest.approx(solve_plan(*planned()).objective)


def test_more_openings_are_never_worse_and_years_alone_never_better():
    rng = np.random.default_rng(5)
    for _ in range(12):
        people = tuple(tuple(rng.integers(1, 90, 3).astype(float)) for _ in range(2))
        problem, periods = planned(people=people)
        one, two = solve_plan(problem, periods), solve_plan(*planned(people=people, opens=2))
        alone = year_by_year(problem, periods)
        each = sum(step.dates[0].mean_min * sum(row) for step, row in zip(alone, people, strict=True))
        assert two.objective <= one.objective + 1e-9
        assert one.objective * sum(map(sum, people)) <= each + 1e-6
        assert one.bound <= one.objective + 1e-9
