"""The inner loops of the p-median engine and its tables of costs, each against the same thing written out plainly."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from optimise import ProblemError
from optimise.pmedian_engine import costs as module
from optimise.pmedian_engine.aggregate import (
    Groups,
    _handed_down,
    _means,
    _numbered,
    _signatures,
    groups_within,
)
from optimise.pmedian_engine.bounds import CLOSED, FREE, HUGE, OPEN, ascend, decide, pick, savings
from optimise.pmedian_engine.costs import CostTable, SparseCosts, equal_rows, read_costs

FEW = settings(max_examples=20)


@st.composite
def sorted_rows(draw):
    """Costs row by row, cheapest first, as the engine keeps them; and multipliers."""
    n, m = draw(st.integers(1, 6)), draw(st.integers(1, 5))
    dense = draw(hnp.arrays(np.float64, (n, m), elements=st.integers(0, 12).map(float)))
    order = dense.argsort(axis=1, kind="stable")
    indptr = np.arange(0, n * m + 1, m)
    multipliers = draw(hnp.arrays(np.float64, n, elements=st.integers(0, 14).map(float)))
    return (
        dense,
        indptr,
        order.astype(np.int32).ravel(),
        np.take_along_axis(dense, order, 1).ravel(),
        multipliers,
    )


@FEW
@given(sorted_rows())
def test_what_each_site_saves_at_given_multipliers(case):
    dense, indptr, sites, costs, u = case
    rho, stops = np.ones(dense.shape[1]), np.zeros(len(dense), dtype=np.int64)
    assert savings(indptr, sites, costs, u, stops, rho) == u.sum()
    assert rho == pytest.approx(np.minimum(0.0, dense - u[:, None]).sum(axis=0))
    assert (stops - indptr[:-1]).tolist() == (dense < u[:, None]).sum(axis=1).tolist()


@FEW
@given(
    st.lists(
        st.tuples(st.integers(-9, 0), st.sampled_from([CLOSED, FREE, FREE, OPEN])), min_size=1, max_size=7
    ),
    st.integers(0, 7),
)
def test_the_cheapest_sites_are_picked_and_decided_ones_are_as_decided(pairs, budget):
    rho = np.asarray([value for value, _ in pairs], dtype=float)
    status = np.asarray([state for _, state in pairs], dtype=np.int8)
    chosen = np.zeros(len(rho), dtype=bool)
    total, last, following = pick(rho, status, budget, chosen, np.empty(len(rho)))
    opened, free = np.flatnonzero(status == OPEN), np.flatnonzero(status == FREE)
    left = budget - len(opened)
    if not 0 <= left <= len(free):
        assert (total, last, following) == (HUGE, -HUGE, HUGE)
        return
    values = np.sort(rho[free])
    assert total == pytest.approx(rho[opened].sum() + values[:left].sum())
    assert last == (values[left - 1] if left else -HUGE)
    assert following == (values[left] if left < len(free) else HUGE)
    assert int(chosen.sum()) == budget
    assert chosen[opened].all()
    assert not chosen[status == CLOSED].any()
    assert rho[chosen & (status == FREE)].sum() == pytest.approx(values[:left].sum())


@FEW
@given(sorted_rows(), st.data())
def test_bounds_rise_to_no_more_than_the_best_and_decided_sites_are_so_in_every_better_choice(case, data):
    dense, indptr, sites, costs, _ = case
    n, m = dense.shape
    budget = data.draw(st.integers(1, m))
    values = {some: dense[:, list(some)].min(axis=1).sum() for some in combinations(range(m), budget)}
    best = min(values.values())
    threshold = data.draw(st.sampled_from(sorted(values.values()))) + data.draw(st.sampled_from([0.0, 0.5]))
    caps = np.full(n, 1e6)
    multipliers, status = dense.min(axis=1) + 1.0, np.zeros(m, dtype=np.int8)
    state, best_value, best_chosen = (
        np.asarray([1.0, -HUGE, 0.0]),
        np.asarray([HUGE]),
        np.zeros(m, dtype=bool),
    )
    ascend(
        indptr, sites, costs, caps, budget, multipliers, status, threshold, state, 60, 10,
        np.full(m, budget / m), best_value, best_chosen,
    )  # fmt: skip
    relaxed = (
        multipliers.sum() + np.sort(np.minimum(0.0, dense - multipliers[:, None]).sum(axis=0))[:budget].sum()
    )
    assert relaxed <= best + 1e-9
    if state[1] < threshold:
        assert state[1] <= best + 1e-9
    for some, value in values.items():
        if value < threshold - 1e-9:
            for site in range(m):
                assert status[site] != OPEN or site in some
                assert status[site] != CLOSED or site not in some
    if best_value[0] < HUGE:
        found = tuple(np.flatnonzero(best_chosen).tolist())
        assert len(found) == budget
        assert best_value[0] == pytest.approx(values[found])


def test_sites_are_decided_exactly_where_the_other_state_reaches_the_threshold():
    """Rho -5, -3, -1 with two open: closing the first brings -1 for -5, opening the last -1 for -3."""
    rho, chosen = np.asarray([-5.0, -3.0, -1.0]), np.asarray([True, True, False])
    for threshold, states in (
        (14.1, [FREE, FREE, FREE]),
        (14.0, [OPEN, FREE, FREE]),
        (12.0, [OPEN, OPEN, CLOSED]),
        (12.1, [OPEN, FREE, FREE]),
    ):
        status = np.zeros(3, dtype=np.int8)
        count = decide(rho, status, chosen, 10.0, -3.0, -1.0, threshold)
        assert status.tolist() == states
        assert count == int((status != FREE).sum())


# Costs


DENSE = np.asarray([[3.0, np.nan, 1.0], [np.inf, 2.0, 2.0], [3.0, np.nan, 1.0], [np.nan, np.nan, np.nan]])
SPARSE = SparseCosts(
    np.asarray([0, 2, 4, 6, 6]), np.asarray([0, 2, 1, 2, 2, 0]), np.asarray([3.0, 1.0, 2.0, 2.0, 1.0, 3.0]), 3
)


@pytest.fixture(params=["dense", "sparse"])
def table(request: pytest.FixtureRequest) -> CostTable:
    return read_costs(DENSE if request.param == "dense" else SPARSE)


def test_dense_and_sparse_rows_are_the_same(table):
    whole = np.where(np.isnan(DENSE), np.inf, DENSE)
    assert table.shape == (4, 3)
    assert table.rows(np.arange(4)).tolist() == whole.tolist()
    assert table.rows(np.asarray([2, 0, 2])).tolist() == whole[[2, 0, 2]].tolist()
    assert table.rows(np.zeros(0, dtype=np.int64)).shape == (0, 3)


def test_blocks_are_all_rows_in_order(table, monkeypatch):
    for pairs in (1, 3, 6, 7, 100):
        monkeypatch.setattr(module, "BLOCK_PAIRS", pairs)
        rows = np.asarray([3, 1, 0])
        told = np.empty((3, 3))
        places = []
        for place, block in table.blocks(rows):
            told[place] = block
            places.append((place.start, place.stop))
        assert told.tolist() == table.rows(rows).tolist()
        step = max(1, pairs // 3)
        assert places == [(first, min(first + step, 3)) for first in range(0, 3, step)]


def test_the_nearest_of_some_columns(table, monkeypatch):
    for pairs in (1, 100):
        monkeypatch.setattr(module, "BLOCK_PAIRS", pairs)
        least, column = table.nearest(np.asarray([0, 1, 2]))
        assert (least.tolist(), column.tolist()) == ([1.0, 2.0, 1.0, np.inf], [2, 1, 2, -1])
        least, column = table.nearest(np.asarray([0]))
        assert (least.tolist(), column.tolist()) == ([3.0, np.inf, 3.0, np.inf], [0, -1, 0, -1])
        least, column = table.nearest(np.zeros(0, dtype=np.int64))
        assert (least.tolist(), column.tolist()) == ([np.inf] * 4, [-1] * 4)


def test_rows_with_the_same_costs_are_one_group(table):
    group, firsts = equal_rows(table)
    assert group[0] == group[2]
    assert len({int(own) for own in group}) == 3
    for row, own in enumerate(group.tolist()):
        assert table.rows(np.asarray([row])).tolist() == table.rows(firsts[[own]]).tolist()


def test_rows_that_only_look_alike_stay_apart(monkeypatch):
    """Fingerprints that are all the same: only equal rows stay together."""
    rng = np.random.default_rng(0)
    monkeypatch.setattr(
        module.np.random,
        "default_rng",
        lambda seed: type("Zero", (), {"integers": lambda self, *_, size, dtype: np.zeros(size, dtype)})(),
    )
    dense = rng.integers(0, 3, (12, 2)).astype(float)
    group, firsts = equal_rows(read_costs(dense))
    for row, own in enumerate(group.tolist()):
        assert dense[row].tolist() == dense[firsts[own]].tolist()


@pytest.mark.parametrize(
    ("costs", "where"),
    [
        (np.zeros(3), "costs"),
        (np.zeros((0, 2)), "costs"),
        ([[1.0, -np.inf]], "costs"),
        (SparseCosts(np.asarray([1, 2]), np.asarray([0, 0]), np.asarray([1.0, 2.0]), 2), "indptr"),
        (SparseCosts(np.asarray([0]), np.zeros(0, int), np.zeros(0), 2), "indptr"),
        (SparseCosts(np.asarray([0, 2, 1]), np.asarray([0]), np.asarray([1.0]), 2), "indptr"),
        (SparseCosts(np.asarray([0, 3]), np.asarray([0, 1]), np.asarray([1.0, 2.0]), 2), "indptr"),
        (SparseCosts(np.asarray([0, 2]), np.asarray([0, 1]), np.asarray([1.0]), 2), "sites"),
        (SparseCosts(np.asarray([0, 2]), np.asarray([0, 2]), np.asarray([1.0, 2.0]), 2), "sites"),
        (SparseCosts(np.asarray([0, 2]), np.asarray([-1, 1]), np.asarray([1.0, 2.0]), 2), "sites"),
        (SparseCosts(np.asarray([0, 1]), np.asarray([0]), np.asarray([-np.inf]), 2), "costs"),
    ],
)
def test_costs_that_say_nothing_are_refused(costs, where):
    with pytest.raises(ProblemError) as raised:
        read_costs(costs)
    assert where in str(raised.value)


def test_numbers_of_other_kinds_are_read():
    assert read_costs([[1, 2], [3, 4]]).rows(np.asarray([1])).tolist() == [[3.0, 4.0]]
    single = np.asarray([[1.5, 2.5]], dtype=np.float32)
    assert read_costs(single).dense.matrix is single


# Groups of demand points


def test_rows_with_the_same_nearest_sites_and_reach_are_grouped():
    dense = np.asarray([[1.0, 2.0, 9.0], [2.0, 3.0, 9.0], [9.0, 1.0, 2.0], [1.0, 2.0, np.inf]])
    nearest, reach = _signatures(read_costs(dense), np.ones(3, dtype=bool))
    assert nearest.tolist() == [[0, 1, 2], [0, 1, 2], [1, 2, 0], [0, 1, -1]]
    assert reach[0] == reach[1] == reach[2] != reach[3]
    shut, _ = _signatures(read_costs(dense), np.asarray([False, True, True]))
    assert shut.tolist() == [[1, 2, -1], [1, 2, -1], [1, 2, -1], [1, -1, -1]]
    group = _numbered(nearest, reach, 10)
    assert group[0] == group[1]
    assert len(set(group.tolist())) == 3
    few = _numbered(
        nearest[:3], reach[:3], 1
    )  # as few as can be: the nearest site alone still tells two apart
    assert few[0] == few[1] != few[2]


def test_the_cost_of_a_group_is_the_weighted_mean_of_its_rows():
    dense = np.asarray([[1.0, 2.0], [4.0, 8.0], [3.0, 0.0], [7.0, 7.0]])
    weights = np.asarray([3.0, 1.0, 2.0, 0.0])
    rows, group = np.asarray([0, 1, 2]), np.asarray([1, 1, 0])
    summed = np.asarray([2.0, 4.0])
    means = _means(read_costs(dense), weights, rows, group, summed)
    assert means.tolist() == [[3.0, 0.0], [(3 + 4) / 4, (6 + 8) / 4]]


def test_multipliers_are_handed_down_around_the_site_at_their_margin():
    """A group of two at means 2 and 6 with a multiplier of 5.5 a head: the second site is nearest to it."""
    dense = np.asarray([[1.0, 5.0], [3.0, 7.0]])
    groups = Groups(np.asarray([0, 0]), np.asarray([[2.0, 6.0]]), np.asarray([2.0]))
    told = _handed_down(read_costs(dense), np.asarray([1.0, 1.0]), groups, np.asarray([11.0]))
    assert told.tolist() == [5.5 - 1.0, 5.5 + 1.0]
    low = _handed_down(read_costs(dense), np.asarray([1.0, 1.0]), groups, np.asarray([0.5]))
    assert low.tolist() == [0.0, 1.25]  # never below nothing
    left_out = Groups(np.asarray([0, -1]), np.asarray([[1.0, 5.0]]), np.asarray([1.0]))
    assert _handed_down(read_costs(dense), np.ones(2), left_out, np.asarray([4.0])).tolist() == [4.0, 0.0]


def test_more_memory_holds_more_groups():
    few, many = groups_within(10.0, 100), groups_within(100.0, 100)
    assert 8 <= few < many
    assert groups_within(0.0, 100) == 8
    assert groups_within(100.0, 1000) < many
