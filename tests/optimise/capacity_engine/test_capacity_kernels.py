"""Knapsacks, Lagrangian bounds and assignment with room, against SciPy and every assignment written out."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.optimize import linprog

from optimise import Status
from optimise.capacity_engine.capacity import CapacitySearch
from optimise.capacity_engine.capacity_kernels import (
    CLOSED,
    FREE,
    OPEN,
    _fill,
    assign,
    capacity_bound,
    choose_sites,
    median_interchange,
)
from optimise.running import Limits

FEW = settings(max_examples=20)


@st.composite
def knapsacks(draw):
    n = draw(st.integers(1, 6))
    costs = draw(hnp.arrays(np.float64, n, elements=st.integers(0, 9).map(float)))
    demand = draw(hnp.arrays(np.float64, n, elements=st.integers(0, 4).map(float)))
    now = draw(hnp.arrays(np.float64, n, elements=st.integers(0, 12).map(float)))
    return costs, demand, float(draw(st.integers(0, 8))), now


@FEW
@given(knapsacks())
def test_a_fractional_knapsack_is_filled_as_the_linear_program_fills_it(case):
    costs, demand, room, now = case
    share = np.ones(len(costs))
    value, price = _fill(costs, demand, room, now, share)
    told = linprog(costs - now, A_ub=demand[None, :], b_ub=[room], bounds=[(0, 1)] * len(costs))
    assert value == pytest.approx(told.fun, abs=1e-9)
    assert share @ (costs - now) == pytest.approx(value, abs=1e-9)
    assert demand @ share <= room + 1e-9
    assert price >= 0.0
    # the dual: what a unit of room costs, and what everybody still gains at that price
    dual = price * room - np.maximum(0.0, now - costs - price * demand).sum() * -1.0
    assert -dual == pytest.approx(value, abs=1e-9)


def test_who_cannot_be_served_is_in_no_knapsack():
    share = np.ones(3)
    value, price = _fill(
        np.asarray([1.0, np.inf, 2.0]), np.asarray([2.0, 1.0, 2.0]), 3.0, np.asarray([5.0, 9.0, 4.0]), share
    )
    assert share.tolist() == [1.0, 0.0, 0.5]
    assert (value, price) == (-4.0 - 1.0, 1.0)


@FEW
@given(
    st.lists(
        st.tuples(st.integers(-9, 0), st.sampled_from([FREE, FREE, OPEN, CLOSED])), min_size=1, max_size=6
    ),
    st.integers(0, 6),
)
def test_the_sites_of_least_value_are_chosen(pairs, n_open):
    values = np.asarray([float(value) for value, _ in pairs])
    status = np.asarray([state for _, state in pairs])
    chosen = np.ones(len(pairs), dtype=bool)
    total = choose_sites(values, status, n_open, chosen)
    opened, free = np.flatnonzero(status == OPEN), np.flatnonzero(status == FREE)
    left = max(0, min(n_open - len(opened), len(free)))
    assert total == pytest.approx(values[opened].sum() + np.sort(values[free])[:left].sum())
    assert chosen[opened].all()
    assert int(chosen.sum()) == len(opened) + left


@st.composite
def rooms(draw):
    """Costs by site, demand, room and a number of sites."""
    n, m = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    costs = draw(hnp.arrays(np.float64, (m, n), elements=st.integers(0, 12).map(float)))
    demand = draw(hnp.arrays(np.float64, n, elements=st.integers(1, 4).map(float)))
    room = draw(hnp.arrays(np.float64, m, elements=st.integers(1, 9).map(float)))
    return costs, demand, room, draw(st.integers(1, m))


def best_whole(costs, demand, room, n_open) -> float:
    """The least cost over sites and whole assignments; inf where nobody fits."""
    m, n = costs.shape
    best = np.inf
    for sites in combinations(range(m), n_open):
        for goes in product(sites, repeat=n):
            load = np.bincount(goes, weights=demand, minlength=m)
            if (load <= room + 1e-9).all():
                best = min(best, sum(costs[site, row] for row, site in enumerate(goes)))
    return best


@FEW
@given(rooms())
def test_a_bound_with_room_is_never_above_the_best_and_is_that_of_its_multipliers(case):
    costs, demand, room, n_open = case
    m, n = costs.shape
    best = best_whole(costs, demand, room, n_open)
    if np.isinf(best):
        return
    multipliers = costs.min(axis=0) + 1.0
    values, prices, mean = np.zeros(m), np.zeros(m), np.zeros(m)
    status = np.full(m, FREE)
    bound = capacity_bound(costs, demand, room, n_open, status, best, multipliers, values, prices, mean, 80)
    assert bound <= best + 1e-9
    by_hand = []
    for site in range(m):
        told = linprog(
            costs[site] - multipliers, A_ub=demand[None, :], b_ub=[room[site]], bounds=[(0, 1)] * n
        )
        by_hand.append(told.fun)
    assert values == pytest.approx(by_hand, abs=1e-8)
    assert bound == pytest.approx(multipliers.sum() + np.sort(by_hand)[:n_open].sum(), abs=1e-8)


@FEW
@given(rooms(), st.booleans())
def test_whoever_is_assigned_has_room_and_no_shift_or_swap_saves(case, by_size):
    costs, demand, room, _ = case
    m, n = costs.shape
    goes = np.zeros(n, dtype=np.int64)
    total = assign(costs, demand, room, np.zeros(m), goes, by_size, np.inf)
    best = best_whole(costs, demand, room, m)
    if np.isinf(total):
        return  # stuck; a later order may fit
    load = np.bincount(goes, weights=demand, minlength=m)
    assert (load <= room + 1e-9).all()
    assert total == pytest.approx(sum(costs[site, row] for row, site in enumerate(goes)))
    assert total >= best - 1e-9
    for row in range(n):
        for site in range(m):
            if load[site] + demand[row] <= room[site] + 1e-9 and site != goes[row]:
                assert costs[site, row] >= costs[goes[row], row] - 1e-9
    for one, two in combinations(range(n), 2):
        a, b = goes[one], goes[two]
        fits = (
            load[a] - demand[one] + demand[two] <= room[a] and load[b] - demand[two] + demand[one] <= room[b]
        )
        if a != b and fits:
            now = costs[a, one] + costs[b, two]
            assert (
                costs[b, one] + costs[a, two] >= now - 1e-6 * max(1.0, now) or costs[b, one] >= costs[a, one]
            )


def test_nobody_is_assigned_beyond_the_room():
    goes = np.zeros(2, dtype=np.int64)
    one_site = np.asarray([[1.0, 1.0]])
    assert assign(one_site, np.ones(2), np.asarray([1.5]), np.zeros(1), goes, False, np.inf) == np.inf
    assert assign(one_site, np.ones(2), np.asarray([2.0]), np.zeros(1), goes, False, np.inf) == 2.0
    # the price of room sends the small row to the dearer site, and without promise nothing is shifted back
    two = np.asarray([[1.0], [2.0]])
    alone = np.zeros(1, dtype=np.int64)
    assert assign(two, np.ones(1), np.ones(2), np.asarray([5.0, 0.0]), alone, False, -np.inf) == 2.0
    assert assign(two, np.ones(1), np.ones(2), np.asarray([5.0, 0.0]), alone, False, np.inf) == 1.0


@FEW
@given(rooms())
def test_no_swap_of_a_site_lowers_the_cost_without_room(case):
    costs, _, _, n_open = case
    m = len(costs)
    chosen = np.arange(m) < n_open
    median_interchange(costs, 100.0, np.full(m, FREE), chosen)
    assert int(chosen.sum()) == n_open
    now = costs[chosen].min(axis=0).sum()
    for out in np.flatnonzero(chosen):
        for into in np.flatnonzero(~chosen):
            other = chosen.copy()
            other[[out, into]] = False, True
            assert costs[other].min(axis=0).sum() >= now - 1e-6


def test_decided_sites_are_not_swapped():
    costs = np.asarray([[9.0, 9.0], [1.0, 1.0], [0.0, 0.0]])
    chosen = np.asarray([True, False, False])
    median_interchange(costs, 100.0, np.asarray([OPEN, FREE, FREE]), chosen)
    assert chosen.tolist() == [True, False, False]
    median_interchange(costs, 100.0, np.asarray([FREE, FREE, CLOSED]), chosen)
    assert chosen.tolist() == [False, True, False]


@FEW
@given(rooms())
def test_the_whole_search_finds_the_best_or_says_that_there_is_no_room(case):
    costs, demand, room, n_open = case
    m = len(costs)
    found = CapacitySearch(
        costs.T, demand, room, n_open, Limits(), always_open=np.zeros(m, bool), may_open=np.ones(m, bool)
    ).outcome()
    best = best_whole(costs, demand, room, n_open)
    if found.status is Status.NO_SOLUTION:
        return  # it may give up; the whole program then answers
    assert found.cost >= best - 1e-7
    assert found.bound <= best + 1e-7
    if found.status is Status.OPTIMAL:
        assert found.cost == pytest.approx(best, abs=1e-6)
    assert (demand @ found.shares <= room + 1e-6).all()
    assert int(found.sites.sum()) == n_open
