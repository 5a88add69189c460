"""Cores, their reduction, starts and certificates of the p-median engine, against every choice of sites."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from core_cases import core_of, cores, value
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from optimise.pmedian_engine.bounds import CLOSED, FREE, OPEN
from optimise.pmedian_engine.certificate import objective_of, root_bound_of
from optimise.pmedian_engine.costs import read_costs
from optimise.pmedian_engine.lagrangian import _between_first_and_second
from optimise.pmedian_engine.shrink import merge_rows, reduce_core
from optimise.pmedian_engine.starts import (
    _promising,
    _savings_beyond,
    extended,
    greedy_start,
    interchange,
)

FEW = settings(max_examples=20)


@FEW
@given(cores())
def test_a_core_is_worth_what_its_rows_cost(case):
    dense, caps, budget = case
    core = core_of(dense, budget, caps, constant=2.5)
    assert core.n_rows == len(dense)
    for some in combinations(range(dense.shape[1]), budget):
        chosen = np.isin(np.arange(dense.shape[1]), some)
        assert core.value(chosen) == pytest.approx(2.5 + value(dense, caps, some))
        assert core.root_sites(chosen).tolist() == list(some)
    assert core.n_entries == int((dense < caps[:, None]).sum())


@FEW
@given(cores(), st.data())
def test_reduction_loses_no_choice_below_the_threshold(case, data):
    dense, caps, budget = case
    n, m = dense.shape
    values = {some: value(dense, caps, some) for some in combinations(range(m), budget)}
    threshold = data.draw(st.sampled_from(sorted(set(values.values())))) + data.draw(
        st.sampled_from([0.0, 0.5])
    )
    u = np.minimum(data.draw(hnp.arrays(np.float64, n, elements=st.integers(0, 12).map(float))), caps)
    status = np.full(m, FREE, dtype=np.int8)
    found = reduce_core(core_of(dense, budget, caps), u, status, threshold)
    below = {some: own for some, own in values.items() if own < threshold - 1e-9}
    if found.closed:
        assert not below
        return
    smaller = found.core
    told = {}
    for some in combinations(range(smaller.n_sites), max(smaller.budget, 0)):
        chosen = np.isin(np.arange(smaller.n_sites), some)
        told[tuple(smaller.root_sites(chosen).tolist())] = smaller.value(chosen)
    for some, own in below.items():
        assert told[some] == pytest.approx(own)
    for some, own in told.items():
        if own < threshold - 1e-9:  # what is cheap here is as cheap in the whole
            assert own == pytest.approx(values[some])
    assert (found.multipliers >= 0).all()
    assert (found.multipliers <= smaller.caps + 1e-12).all()


def test_decisions_from_outside_are_kept():
    dense = np.asarray([[1.0, 5.0, 9.0], [9.0, 2.0, 3.0]])
    status = np.asarray([CLOSED, FREE, OPEN], dtype=np.int8)
    found = reduce_core(core_of(dense, 2), np.asarray([4.0, 2.0]), status, 1e6)
    assert not found.closed
    assert status.tolist() == [CLOSED, OPEN, OPEN]
    assert found.core.constant == pytest.approx(5 + 2)
    assert found.core.opened.tolist() == [1, 2]
    none_left = reduce_core(
        core_of(dense, 2, constant=50.0), np.asarray([4.0, 2.0]), np.full(3, FREE, dtype=np.int8), 50.0
    )
    assert none_left.closed


def test_rows_with_the_same_sites_in_order_are_added_up():
    indptr = np.asarray([0, 2, 4, 6, 7], dtype=np.int64)
    sites = np.asarray([0, 1, 1, 0, 0, 1, 0], dtype=np.int32)
    costs = np.asarray([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0])
    caps, u = np.asarray([9.0, 8.0, 7.0, 6.0]), np.asarray([2.0, 20.0, -3.0, 1.0])
    starts, members, sums, limits, multipliers = merge_rows(indptr, sites, costs, caps, u)
    told = {
        tuple(members[starts[row] : starts[row + 1]].tolist()): (
            sums[starts[row] : starts[row + 1]].tolist(), limits[row], multipliers[row],
        )
        for row in range(len(limits))
    }  # fmt: skip
    # multipliers are held within 0 and the cap before they are added up
    assert told == {(0, 1): ([6.0, 8.0], 16.0, 2.0), (1, 0): ([3.0, 4.0], 8.0, 8.0), (0,): ([7.0], 6.0, 1.0)}


# Starts


@FEW
@given(cores(), st.integers(0, 3))
def test_a_greedy_start_opens_what_saves_most_and_swaps_end_where_none_helps(case, seed):
    dense, caps, budget = case
    m = dense.shape[1]
    core = core_of(dense, budget, caps)
    plain = greedy_start(core, seed, 0.0)
    by_hand: list[int] = []
    for _ in range(budget):
        saved = {
            site: value(dense, caps, tuple(by_hand)) - value(dense, caps, (*by_hand, site))
            if by_hand
            else caps.sum() - value(dense, caps, (site,))
            for site in range(m)
            if site not in by_hand
        }
        by_hand.append(max(saved, key=lambda site: (saved[site], -site)))
    assert core.value(plain) == pytest.approx(value(dense, caps, tuple(by_hand)))
    noisy = greedy_start(core, seed, 0.5)
    assert int(noisy.sum()) == budget
    now = interchange(core, noisy)
    assert int(noisy.sum()) == budget
    assert now == pytest.approx(value(dense, caps, tuple(np.flatnonzero(noisy).tolist())))
    for out in np.flatnonzero(noisy):
        for into in np.flatnonzero(~noisy):
            other = [site for site in np.flatnonzero(noisy).tolist() if site != out] + [int(into)]
            assert value(dense, caps, tuple(other)) >= now - 1e-9 * max(1.0, now)


def test_a_choice_is_extended_or_cut_to_the_budget():
    dense = np.asarray([[1.0, 5.0, 9.0, 4.0], [9.0, 2.0, 3.0, 9.0]])
    core = core_of(dense, 2)
    assert extended(core, np.asarray([False, False, False, True])).tolist() == [False, True, False, True]
    assert extended(core, np.asarray([True, True, True, False])).tolist() == [True, True, False, False]
    kept = np.asarray([True, False, True, False])
    assert extended(core, kept).tolist() == kept.tolist()
    assert extended(core, kept) is not kept


def test_what_opening_each_would_save():
    dense = np.asarray([[1.0, 5.0, 9.0], [9.0, 2.0, 3.0]])
    core = core_of(dense, 2, np.asarray([8.0, 8.0]))
    parts = core.indptr, core.sites, core.costs, core.caps
    assert _savings_beyond(*parts, np.asarray([False] * 3)).tolist() == [7.0, 3.0 + 6.0, 5.0]
    assert _savings_beyond(*parts, np.asarray([False, True, False])).tolist() == [4.0, 0.0, 0.0]
    nobody = np.zeros(3, dtype=bool)
    assert _promising(core, nobody, 3).tolist() == [0, 1, 2]
    assert _promising(core, nobody, 2).tolist() == [0, 1, -1]
    assert _promising(core, nobody, 1).tolist() == [-1, 0, -1]


def test_multipliers_begin_between_the_two_nearest_open_sites():
    dense = np.asarray([[1.0, 5.0, 9.0], [9.0, 2.0, 3.0]])
    core = core_of(dense, 2, np.asarray([8.0, 8.0]))
    parts = core.indptr, core.sites, core.costs, core.caps
    assert _between_first_and_second(*parts, np.asarray([True, True, False])).tolist() == [3.0, 5.0]
    assert _between_first_and_second(*parts, np.asarray([False, True, True])).tolist() == [6.5, 2.5]
    assert _between_first_and_second(*parts, np.asarray([False, False, False])).tolist() == [8.0, 8.0]


# Certificates


def test_the_objective_from_the_costs_alone():
    table = read_costs([[1.0, 5.0, np.nan], [9.0, 2.0, 3.0], [np.nan, np.nan, 4.0], [1.0, 1.0, 1.0]])
    weights, counted = np.asarray([2.0, 3.0, 5.0, 7.0]), np.asarray([True, True, True, False])
    told, column = objective_of(table, weights, np.asarray([0, 2]), counted, np.inf)
    assert (told, column.tolist()) == (2 * 1 + 3 * 3 + 5 * 4, [0, 2, 2, 0])
    told, column = objective_of(table, weights, np.asarray([0, 2]), counted, 3.0)
    assert (told, column.tolist()) == (
        2 * 1 + 3 * 3 + 5 * 3,
        [0, -1, -1, 0],
    )  # exactly the price is not served
    told, column = objective_of(table, weights, np.asarray([0]), counted, 6.0)
    assert (told, column.tolist()) == (2 * 1 + 3 * 6 + 5 * 6, [0, -1, -1, 0])


@FEW
@given(cores(), st.data())
def test_the_bound_of_any_multipliers_holds_for_every_choice(case, data):
    dense, _, p = case
    n, m = dense.shape
    weights = data.draw(hnp.arrays(np.float64, n, elements=st.integers(0, 4).map(float)))
    unserved = data.draw(st.sampled_from([np.inf, 5.0]))
    u = data.draw(hnp.arrays(np.float64, n, elements=st.integers(0, 40).map(float)))
    fixed_in = np.asarray(data.draw(st.sampled_from([[], [0]])), dtype=np.int64)
    fixed_out = np.asarray(data.draw(st.sampled_from([[], [m - 1]])), dtype=np.int64)
    if p > m - len(fixed_out):
        return
    bound = root_bound_of(
        read_costs(dense), weights, p, u,
        counted=np.ones(n, bool), fixed_in=fixed_in, fixed_out=fixed_out, unserved_cost=unserved,
    )  # fmt: skip
    values = [
        float(weights @ np.minimum(dense[:, list(some)].min(axis=1), unserved))
        for some in combinations(range(m), p)
        if set(fixed_in) <= set(some) and not set(fixed_out) & set(some)
    ]
    assert bound <= min(values) + 1e-9
    prices = np.where(
        weights > 0, np.minimum(u, weights * unserved if np.isfinite(unserved) else np.inf), 0.0
    )
    rho = np.minimum(0.0, dense * weights[:, None] - prices[:, None])[weights > 0].sum(axis=0)
    others = [site for site in range(m) if site not in fixed_in and site not in fixed_out]
    by_hand = prices.sum() + rho[fixed_in].sum() + np.sort(rho[others])[: p - len(fixed_in)].sum()
    assert bound == pytest.approx(by_hand, abs=1e-9)
