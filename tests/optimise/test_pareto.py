"""Sites by several criteria against every placement there is."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from pareto_cases import drawn

from optimise.errors import ProblemError
from optimise.pareto import Criterion, ParetoProblem, SiteLimit, pareto_front


def every(problem):
    """Each placement that keeps the limits, with its criteria written out."""
    m = len(problem.stays)
    for chosen in itertools.product((False, True), repeat=m):
        if any(stay and not here for stay, here in zip(problem.stays, chosen, strict=True)):
            continue
        if any(
            not one.least <= sum(a for a, here in zip(one.amounts, chosen, strict=True) if here) <= one.most
            for one in problem.limits
        ):
            continue
        values = [by_hand(one, chosen) for one in problem.criteria]
        if None not in values:
            yield chosen, tuple(values)


def by_hand(one, chosen):
    total = sum(price for price, here in zip(one.site_costs, chosen, strict=True) if here)
    for costs, order in zip(one.costs, one.order, strict=True):
        if all(math.isnan(rank) for rank in order):
            continue
        there = [
            (rank, cost)
            for rank, cost, here in zip(order, costs, chosen, strict=True)
            if here and not math.isnan(rank)
        ]
        if not there:
            return None
        total += min(there)[1]
    return float(total)


def beaten(values, others):
    return any(
        all(b <= a for a, b in zip(values, other, strict=True)) and other != values for other in others
    )


@pytest.mark.parametrize("seed", range(40))
def test_the_front_is_every_placement_that_none_beats(seed):
    problem = drawn(seed)
    possible = {values for _, values in every(problem)}
    wanted = sorted(values for values in possible if not beaten(values, possible))
    front = pareto_front(problem)
    assert front.complete
    assert front.proven
    found = [tuple(point.values.tolist()) for point in front.points]
    assert found == wanted
    assert dict(every(problem)).keys() >= {tuple(point.open.tolist()) for point in front.points}
    if wanted:
        assert front.least.tolist() == pytest.approx([min(column) for column in zip(*wanted, strict=True)])


@pytest.mark.parametrize("seed", range(40, 60))
def test_with_steps_every_placement_is_within_them_of_one_that_none_beats(seed):
    problem = drawn(seed, steps=6.0)
    possible = {values for _, values in every(problem)}
    front = pareto_front(problem)
    found = [tuple(point.values.tolist()) for point in front.points]
    assert not any(beaten(one, possible) for one in found)
    for values in possible:
        assert any(all(b <= a + 6.0 + 1e-6 for a, b in zip(values, one, strict=True)) for one in found)


def test_ended_early_says_so_and_keeps_what_none_beats():
    problem = next(one for one in map(drawn, range(200)) if len(pareto_front(one).points) > 3)
    front = pareto_front(problem, most=2)
    possible = {values for _, values in every(problem)}
    assert len(front.points) == 2
    assert not front.complete
    assert not any(beaten(tuple(point.values.tolist()), possible) for point in front.points)


def test_a_row_that_only_money_makes_far_goes_the_quickest_way_all_the_same():
    """Two sites, both may open: the near one costs 9, the far one 1; whoever has both takes the near one."""
    order, costs = np.array([[1.0, 2.0]]), np.array([[9.0, 1.0]])
    both = SiteLimit(np.ones(2), 2.0, 2.0)
    one = Criterion(costs, order, np.zeros(2))
    front = pareto_front(ParetoProblem((one,), np.zeros(2, dtype=bool), (both,), np.zeros(1)))
    assert [point.values.tolist() for point in front.points] == [[9.0]]


def test_limits_that_no_placement_keeps_leave_an_empty_front():
    one = Criterion(np.ones((1, 2)), np.ones((1, 2)), np.zeros(2))
    three = SiteLimit(np.ones(2), 3.0, math.inf)
    front = pareto_front(ParetoProblem((one,), np.zeros(2, dtype=bool), (three,), np.zeros(1)))
    assert front.points == ()
    assert front.complete


def test_arrays_that_do_not_fit_are_refused():
    one = Criterion(np.ones((1, 2)), np.ones((1, 3)), np.zeros(2))
    with pytest.raises(ProblemError) as caught:
        pareto_front(ParetoProblem((one,), np.zeros(2, dtype=bool), (), np.zeros(4)))
    assert {fault.where for fault in caught.value.faults} == {"costs", "steps"}


def test_a_point_that_rounding_lets_into_a_zone_is_cut_off():
    """Costs a hundred times their range: a site open to a millionth was found again and again, without end."""
    costs = ([[100.6, 80.3, 158.4, 47.7]], [[70.2, 20.53590084, 21.94288761, 112.2]])
    orders = ([[6.0, 38.0, 48.0, 21.0]], [[39.0, 48.0, 29.0, 45.0]])
    criteria = tuple(
        Criterion(np.array(own), np.array(order), np.zeros(4))
        for own, order in zip(costs, orders, strict=True)
    )
    problem = ParetoProblem(
        criteria, np.zeros(4, dtype=bool), (SiteLimit(np.ones(4), 0, 4),), np.array([12.4, 0.0])
    )
    front = pareto_front(problem, most=5)
    assert front.complete
    assert [point.values.tolist() for point in front.points] == [[47.7, 21.94288761], [80.3, 20.53590084]]


def test_a_criterion_that_is_nothing_at_best_is_proven():
    """A range of nothing was scaled by a billion."""
    free = Criterion(np.array([[18.0, 36.0, 0.0]]), np.array([[3.0, 1.0, 2.0]]), np.array([4.0, 4.0, 0.0]))
    front = pareto_front(ParetoProblem((free,), np.array([False, False, True]), (), np.array([1.0])))
    assert (front.complete, front.proven) == (True, True)
    assert [point.values.tolist() for point in front.points] == [[0.0]]
