"""What must hold for every model, whatever is asked."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_cases import CASES, questions, with_prices
from pareto_cases import drawn
from placement_cases import nearest, same

from optimise import (
    MODELS,
    PlacementProblem,
    Sense,
    Status,
    alternatives,
    frontier,
    site_values,
    solve,
    verify,
)
from optimise.errors import ProblemError
from optimise.models import make_model
from optimise.pareto import Criterion, ParetoProblem, SiteLimit, pareto_front

MANY = settings(max_examples=100)
FEW = settings(max_examples=50)
COUNTED = tuple(name for name, case in CASES.items() if case.counted and case.rises)
PRICED = tuple(name for name in COUNTED if name != "capacitated-p-median")


def test_every_model_is_asked():
    assert list(CASES) == list(MODELS)


def worse(name, one, other):
    """How much worse the first objective is; 0 where there is nothing to compare."""
    if math.isnan(one.objective) or math.isnan(other.objective):
        return 0.0
    sign = 1.0 if MODELS[name].sense is Sense.MINIMISE else -1.0
    return sign * (one.objective - other.objective)


@MANY
@given(questions())
def test_answers_are_proven_verified_and_keep_roles(question):
    problem, name, case = question
    solution = solve(problem, name, **case.options)
    assert solution.status in {Status.OPTIMAL, Status.INFEASIBLE}
    if solution.status is Status.INFEASIBLE:
        assert solution.chosen_ids == ()
        assert math.isnan(solution.objective)
        return
    assert verify(solution).ok
    assert solution.gap <= 1e-6
    minimise = MODELS[name].sense is Sense.MINIMISE
    ahead = solution.bound - solution.objective if minimise else solution.objective - solution.bound
    assert not ahead > 0
    assert solution.lower_bound <= solution.objective or math.isnan(solution.objective)
    opened = solution.placed.sites
    assert opened[problem.always_open].all()
    assert not opened[problem.never_open].any()
    assert problem.n_open is None or opened.sum() == problem.n_open
    served = solution.assignment >= 0
    assert opened[solution.assignment[served]].all()


@MANY
@given(questions())
def test_unserved_people_have_one_reason_and_the_totals_reconcile(question):
    problem, name, case = question
    solution = solve(problem, name, **case.options)
    if solution.placed is None:
        return
    unserved, placed = solution.unserved, solution.placed
    reasons = unserved.weights(problem)
    assert set(reasons) == {"unreachable", "over_capacity", "beyond_threshold"}
    served_weight = float(problem.weights @ placed.served())
    assert served_weight + sum(reasons.values()) == pytest.approx(problem.weights.sum())
    classes = [unserved.unreachable, unserved.over_capacity, unserved.beyond_threshold]
    listed = np.concatenate(classes)
    assert len(set(listed.tolist())) == len(listed)
    assert sorted(listed.tolist()) == np.flatnonzero(unserved.shares > 0).tolist()

    minutes = nearest(problem, placed.sites)
    assert np.isinf(minutes[unserved.unreachable]).all()
    assert np.isfinite(minutes[unserved.over_capacity]).all()
    limit = np.broadcast_to(solution.model.limit(problem), (problem.n_demand,))
    beyond = unserved.beyond_threshold
    assert (minutes[beyond] > limit[beyond]).all()
    # In models that cover within a radius, whom a site that may be opened reaches later is beyond it.
    within = solution.model.covers_within
    some = problem.allowed_costs.min(axis=1, initial=np.inf) if within else minutes
    assert np.isfinite(some[beyond]).all()
    if placed.shares is None:
        assert not len(unserved.over_capacity)
        expected = np.where(minutes <= limit, minutes, np.nan)
        np.testing.assert_array_equal(solution.travel_min, np.where(np.isinf(minutes), np.nan, expected))
    else:
        room = problem.capacities * placed.sites if problem.capacities is not None else np.inf
        assert (problem.demands @ placed.shares <= room + 1e-6).all()


@FEW
@given(questions(), st.randoms(use_true_random=False))
def test_columns_in_another_order_give_the_same_ids(question, random):
    problem, name, case = question
    order = list(range(problem.n_sites))
    random.shuffle(order)
    one, other = (
        solve(posed, name, **case.options) for posed in (problem, problem.take_sites(np.array(order)))
    )
    assert sorted(one.chosen_ids) == sorted(other.chosen_ids)
    assert same(one.objective, other.objective)
    named = [[each.problem.site_ids[s] if s >= 0 else None for s in each.assignment] for each in (one, other)]
    assert named[0] == named[1]


@FEW
@given(questions(), st.randoms(use_true_random=False))
def test_other_names_and_rows_in_another_order_are_the_same_question(question, random):
    """Names decide between equals, so the sites may be others, but not how good they are."""
    problem, name, case = question
    rows = list(range(problem.n_demand))
    random.shuffle(rows)
    names = [f"site {number}" for number in range(problem.n_sites)]
    random.shuffle(names)
    groups = None if problem.demand_groups is None else [problem.demand_groups[row] for row in rows]
    moved = problem.replace(
        costs=problem.costs[rows],
        weights=problem.weights[rows],
        demand_groups=groups,
        demand_ids=[f"place {row}" for row in rows],
        site_ids=names,
    )
    one, other = solve(problem, name, **case.options), solve(moved, name, **case.options)
    assert one.status is other.status
    assert same(one.objective, other.objective, 1e-7)
    if MODELS[name].serves_first:
        lost = [sum(each.unserved.weights(each.problem).values()) for each in (one, other)]
        assert lost[0] == pytest.approx(lost[1])


@FEW
@given(questions(COUNTED, unreachable=False))
def test_one_more_site_never_hurts(question):
    problem, name, case = question
    if problem.p + int(problem.never_open.sum()) >= problem.n_sites:
        return
    fewer, more = (solve(problem.replace(p=problem.p + extra), name, **case.options) for extra in (0, 1))
    if name == "capacitated-p-median":
        lost = [sum(each.unserved.weights(problem).values()) for each in (fewer, more)]
        assert lost[1] <= lost[0] + 1e-6
        if lost[1] < lost[0] - 1e-6:
            return
    assert worse(name, more, fewer) <= 1e-7


@FEW
@given(questions((*PRICED, "fixed-charge"), unreachable=False), st.integers(5, 30), st.integers(1, 10))
def test_a_budget_raised_never_hurts(question, budget, more):
    problem, name, case = question
    posed = with_prices(problem.replace(p=None))
    less, raised = (
        solve(posed.replace(budget=float(amount)), name, **case.options) for amount in (budget, budget + more)
    )
    if less.placed is None:
        return
    assert raised.status is Status.OPTIMAL
    lost = [sum(each.unserved.weights(posed).values()) for each in (less, raised)]
    if MODELS[name].serves_first:
        assert lost[1] <= lost[0] + 1e-9
        if lost[1] < lost[0]:
            return
    assert worse(name, raised, less) <= 1e-7
    for each, amount in ((less, budget), (raised, budget + more)):
        assert posed.prices[each.placed.sites].sum() <= amount + 1e-9


@FEW
@given(questions())
def test_the_same_input_and_seed_give_the_same_answer(question):
    problem, name, case = question
    told = [solve(problem, name, seed=3, **case.options).to_dict() for _ in range(2)]
    for each in told:
        del each["build_s"], each["solve_s"]
    assert told[0] == told[1]


@FEW
@given(questions())
def test_no_alternative_is_better_and_every_site_has_a_value(question):
    problem, name, case = question
    best = solve(problem, name, **case.options)
    others = alternatives(best, count=2, within=0.5)
    assert (best.placed is not None) or others == ()
    for other in others:
        assert verify(other).ok
        assert set(other.chosen_ids) != set(best.chosen_ids)
        if math.isclose(*(float(problem.weights @ each.placed.served()) for each in (best, other))):
            assert worse(name, best, other) <= 1e-6
    values = site_values(best)
    assert sorted(value.site_id for value in values) == sorted(best.chosen_ids)
    assert all(value.weight_lost >= 0 for value in values)


@FEW
@given(questions((*COUNTED, "mean-difference", "gini", "fixed-charge", "p-dispersion")))
def test_a_frontier_of_every_model_is_its_answers(question):
    problem, name, case = question
    model = make_model(name, case.options)
    counts = [problem.p, problem.p + 1]
    points = frontier(problem, model, counts)
    for point in points:
        alone = solve(problem.replace(p=point.count), model)
        assert same(point.solution.objective, alone.objective, 1e-7)
        assert point.solution.chosen_ids == alone.chosen_ids
    left_out = set(counts) - {point.count for point in points}
    for count in left_out:
        if count > problem.n_sites:
            with pytest.raises(ProblemError, match="open sites of"):
                solve(problem.replace(p=count), model)
            continue
        assert solve(problem.replace(p=count), model).status is Status.INFEASIBLE


@pytest.mark.parametrize("seed", range(300, 312))
def test_a_front_is_the_same_whatever_the_units_and_the_order_of_sites(seed):
    problem = drawn(seed)
    order = np.random.default_rng(seed).permutation(len(problem.stays))
    units = 10.0 ** np.arange(len(problem.criteria))
    turned = ParetoProblem(
        tuple(
            Criterion(one.costs[:, order] * unit, one.order[:, order], one.site_costs[order] * unit)
            for one, unit in zip(problem.criteria, units, strict=True)
        ),
        problem.stays[order],
        tuple(SiteLimit(limit.amounts[order], limit.least, limit.most) for limit in problem.limits),
        problem.steps,
    )
    told = [point.values.tolist() for point in pareto_front(problem).points]
    again = [(point.values / units).tolist() for point in pareto_front(turned).points]
    assert len(again) == len(told)
    assert not told or np.allclose(again, told)


@pytest.mark.parametrize("seed", range(8))
def test_a_front_of_one_criterion_is_the_p_median(seed):
    """The same question to the engine of the p-median, which knows nothing of fronts."""
    rng = np.random.default_rng(seed)
    costs, weights, p = rng.integers(1, 50, (7, 6)).astype(float), rng.integers(1, 9, 7).astype(float), 2
    count = SiteLimit(np.ones(6), float(p), float(p))
    one = Criterion(costs * weights[:, None], costs, np.zeros(6))
    front = pareto_front(ParetoProblem((one,), np.zeros(6, dtype=bool), (count,), np.zeros(1)))
    median = solve(PlacementProblem(costs, weights=weights, p=p), "p-median")
    assert [point.values[0] for point in front.points] == pytest.approx([median.objective * weights.sum()])
