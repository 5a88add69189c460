"""Build orders against every permutation, and the fairness curve against every placement."""

from __future__ import annotations

import math
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from placement_cases import (
    brute_force,
    counted,
    mean_minutes,
    nearest,
    problems,
    same,
    served_weight,
    site_sets,
)

from optimise import PlacementProblem, ProblemError
from optimise.conditions import SiteCount
from optimise.equity import gini, tail_mean
from optimise.fairness_curve import price_of_fairness
from optimise.orders import build_order

FEW = settings(max_examples=20)


def opened(problem, names):
    mask = problem.always_open.copy()
    mask[[problem.site_position[name] for name in names]] = True
    return mask


def regret_of(problem, names):
    """Relative loss against the best set of as many new sites."""
    posed = problem.replace(p=None, p_new=len(names))
    masks = list(site_sets(posed))
    most = max(served_weight(problem, mask) for mask in masks)
    own = opened(problem, names)
    if served_weight(problem, own) < most:
        return math.inf
    best = min(mean_minutes(problem, mask) for mask in masks if served_weight(problem, mask) == most)
    mean = mean_minutes(problem, own)
    if math.isnan(mean) or mean - best <= 1e-12:
        return 0.0
    return (mean - best) / best if best else math.inf


@FEW
@given(problems(max_sites=5), st.data())
def test_orders_against_every_permutation(problem, data):
    n_free = int(problem.free.sum())
    if n_free == 0:
        return
    n_new = data.draw(st.integers(1, min(3, n_free)))
    order = build_order(problem, "p-median", n_new)
    names = [problem.site_ids[site] for site in np.flatnonzero(problem.free)]
    for count in range(1, n_new + 1):
        posed = problem.replace(p=None, p_new=count)
        optimum = brute_force(posed, lambda mask: mean_minutes(problem, mask))
        assert same(order.optimal_objectives[count - 1], optimum)
        assert same(mean_minutes(problem, opened(problem, order.optimal[count - 1])), optimum)
    assert order.proven
    told = [step.site_id for step in order.nested]
    assert len(set(told)) == n_new
    for steps in (order.greedy, order.nested):
        for count, step in enumerate(steps, start=1):
            mask = opened(problem, [each.site_id for each in steps[:count]])
            assert same(step.objective, mean_minutes(problem, mask))
            assert same(step.unserved, float(problem.weights.sum()) - served_weight(problem, mask))
            known = 0.0 if math.isnan(step.regret) else step.regret
            assert known == pytest.approx(
                regret_of(problem, [each.site_id for each in steps[:count]]), abs=1e-9
            )
    worst = {
        plan: max(regret_of(problem, plan[:count]) for count in range(1, n_new + 1))
        for plan in permutations(names, n_new)
        if set(plan) <= set(order.pool)
    }
    known = [0.0 if math.isnan(step.regret) else step.regret for step in order.nested]
    assert max(known) == pytest.approx(min(worst.values()), abs=1e-9)
    greedy = [0.0 if math.isnan(step.regret) else step.regret for step in order.greedy]
    assert max(known) <= max(greedy) + 1e-9


@FEW
@given(problems(max_sites=5))
def test_greedy_takes_the_best_next_site(problem):
    if not problem.free.any():
        return
    order = build_order(problem, "p-median", int(problem.free.sum()))
    names = [problem.site_ids[site] for site in np.flatnonzero(problem.free)]
    done = []
    for step in order.greedy:

        def key(name, done=tuple(done)):
            mask = opened(problem, [*done, name])
            mean = mean_minutes(problem, mask)
            return (-served_weight(problem, mask), 0.0 if math.isnan(mean) else mean)

        assert key(step.site_id) == pytest.approx(min(key(name) for name in names if name not in done))
        done.append(step.site_id)


def test_an_order_is_nested_where_the_optima_are_not():
    """One site goes best in the middle; two go best at the ends, and the middle is then in the way."""
    costs = [[0, 5, 10], [5, 0, 5], [10, 5, 0]]
    weights = [10, 1, 10]
    order = build_order(PlacementProblem(costs, weights=weights, p=1), "p-median", 2)
    assert order.optimal == ((1,), (0, 2))
    assert {order.nested[0].site_id, order.nested[1].site_id} == {0, 2}
    assert order.nested[0].regret == pytest.approx((105 / 21 - 100 / 21) / (100 / 21))
    assert order.nested[1].regret == 0.0
    assert order.largest_regret == pytest.approx(0.05)


def test_a_step_that_no_placement_can_take_is_empty():
    problem = PlacementProblem([[1, 2, 3]], p_new=1, conditions=[SiteCount(sites=(1, 2), at_least=2)])
    order = build_order(problem, "p-median", 2)
    assert order.optimal == ((), (1, 2))
    assert math.isnan(order.optimal_objectives[0])
    assert not order.proven


def test_a_pool_may_be_read_once_only():
    problem = PlacementProblem([[1, 2, 3], [3, 2, 1]], p=1)
    listed = build_order(problem, "p-median", 1, pool=[1, 2])
    assert build_order(problem, "p-median", 1, pool=iter([1, 2])).pool == listed.pool == (1, 2)


def test_faults_of_an_order():
    problem = PlacementProblem([[1, 2, 3]], p=1)
    with pytest.raises(ProblemError, match="n_new"):
        build_order(problem, "p-median", 4)
    with pytest.raises(ProblemError, match="no site of this name"):
        build_order(problem, "p-median", 1, pool=["x"])
    with pytest.raises(ProblemError, match="must hold 2 to 15 sites"):
        build_order(problem, "p-median", 2, pool=[1])


@FEW
@given(problems(), st.integers(2, 6))
def test_every_point_of_the_fairness_curve_is_the_least_mean_under_its_guarantee(problem, steps):
    points = price_of_fairness(problem, steps=steps)
    assert points
    assert all(point.solution.status.value == "optimal" for point in points)
    first = points[0]
    assert same(first.solution.objective, brute_force(problem, lambda mask: mean_minutes(problem, mask)))
    people = (first.solution.assignment >= 0) & (problem.weights > 0)
    if not people.any():
        assert len(points) == 1
        return
    serving = [mask for mask in site_sets(problem) if np.isfinite(nearest(problem, mask)[people]).all()]
    worst = {mask.tobytes(): nearest(problem, mask)[people].max() for mask in serving}
    assert points[-1].worst_min == min(worst.values())
    for point in points:
        minutes, weights = counted(problem, point.solution.placed.sites)
        assert point.worst_min == minutes.max()
        assert same(point.tail_min, tail_mean(minutes, weights, 0.1))
        assert same(point.gini, gini(minutes, weights))
        assert same(point.solution.objective, mean_minutes(problem, point.solution.placed.sites))
        limit = math.inf if math.isnan(point.guarantee_min) else point.guarantee_min
        keeping = [mean_minutes(problem, mask) for mask in serving if worst[mask.tobytes()] <= limit]
        assert same(point.solution.objective, min(keeping))
    means = [point.solution.objective for point in points]
    longest = [point.worst_min for point in points]
    prices = [point.price for point in points]
    assert all(a <= b + 1e-9 for a, b in pairwise(means))
    assert all(a > b for a, b in pairwise(longest))
    assert prices[0] == 0
    assert all(a <= b + 1e-9 for a, b in pairwise(prices))


def test_the_price_of_fairness_worked_by_hand():
    """Ten people beside site 0 and one an hour away: the middle costs the ten 20 minutes each."""
    problem = PlacementProblem([[0, 20, 60], [60, 40, 0]], weights=[10, 1], p=1)
    first, *_, last = price_of_fairness(problem)
    assert (first.solution.chosen_ids, first.worst_min) == ((0,), 60)
    assert (last.solution.chosen_ids, last.worst_min) == ((1,), 40)
    assert last.price == pytest.approx((240 - 60) / 60)
    assert math.isnan(first.guarantee_min)


def test_the_curve_needs_a_number_of_sites():
    with pytest.raises(ProblemError, match="how many sites"):
        price_of_fairness(PlacementProblem([[1.0, 2.0]]))
