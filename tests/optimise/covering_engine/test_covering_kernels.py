"""The inner loops and small steps of the covering engine, each against the same thing written out plainly."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from optimise import PlacementProblem, ProblemError, ShareWithin, SiteCount
from optimise.covering_engine.bitsets import n_words, pack_costs, pack_lists, packed, unpacked
from optimise.covering_engine.cover_kernels import cover_bound, cover_by_swaps, greedy_cover
from optimise.covering_engine.coverage import Coverage, coverage_from_costs, coverage_from_lists
from optimise.covering_engine.gain_kernels import CLOSED, FREE, OPEN, fix_columns, gain_bound, interchange
from optimise.covering_engine.gains import Gains
from optimise.covering_engine.promises import ask
from optimise.covering_engine.reductions import lists_of, reduce_cover, redundant_columns
from optimise.running import Limits

FEW = settings(max_examples=20)


def masks(max_rows: int = 8, max_columns: int = 6):
    shapes = st.tuples(st.integers(1, max_rows), st.integers(1, max_columns))
    return shapes.flatmap(lambda shape: hnp.arrays(np.bool_, shape))


def subsets(columns: int, size: int | None = None):
    sizes = range(columns + 1) if size is None else [size]
    return (list(some) for count in sizes for some in combinations(range(columns), count))


def lists(near: np.ndarray):
    return (*lists_of(near), *lists_of(near.T))


# Words


@pytest.mark.parametrize(("members", "words"), [(0, 1), (1, 1), (64, 1), (65, 2), (128, 2), (129, 3)])
def test_as_many_words_as_members_need(members, words):
    assert n_words(members) == words
    mask = np.ones((2, members), dtype=bool)
    assert packed(mask).shape == (2, words)
    assert unpacked(packed(mask), members).tolist() == mask.tolist()


def test_costs_and_lists_are_packed_bit_by_bit():
    rng = np.random.default_rng(1)
    costs = rng.integers(0, 10, (5, 70)).astype(float)
    costs[rng.random(costs.shape) < 0.2] = np.nan
    columns = np.asarray([69, 3, 64, 0])
    limit = np.asarray([0.0, 3.0, 9.0, -1.0, 5.0])
    words = np.zeros((5, 1), dtype=np.uint64)
    pack_costs(costs, limit, columns, words)
    expected = [[bool(costs[row, column] <= limit[row]) for column in columns] for row in range(5)]
    assert unpacked(words, 4).tolist() == expected
    words = np.zeros((3, 2), dtype=np.uint64)
    pack_lists(np.asarray([0, 2, 2, 5]), np.asarray([0, 64, -1, 63, 1]), words)
    found = unpacked(words, 70)
    assert [np.flatnonzero(row).tolist() for row in found] == [[0, 64], [], [1, 63]]


@FEW
@given(masks(6, 9))
def test_lists_are_the_members_of_each_row(mask):
    indptr, members = lists_of(mask)
    told = [members[indptr[row] : indptr[row + 1]].tolist() for row in range(len(mask))]
    assert told == [np.flatnonzero(row).tolist() for row in mask]


# Coverage


def test_coverage_merges_people_and_remembers_whose_row_is_whose():
    costs = np.asarray([[1.0, 9.0, 5.0], [5.0, 9.0, 2.0], [9.0, 5.0, 9.0], [9.0, 9.0, 9.0], [1.0, 1.0, 1.0]])
    coverage = coverage_from_costs(costs, 5.0, np.asarray([2.0, 3.0, 4.0, 5.0, 0.0]))
    assert coverage.near.tolist() == [[True, False, True], [False, True, False]]
    assert coverage.weights.tolist() == [5.0, 4.0]
    assert coverage.row_of.tolist() == [0, 0, 1, -1, -1]
    assert coverage.n_sites == 3
    assert coverage.covered(np.asarray([0])).tolist() == [True, True, False, False, False]
    assert coverage.covered(np.asarray([0, 2]), 2).tolist() == [True, True, False, False, False]
    assert coverage.covered(np.asarray([0, 1]), 2).tolist() == [False] * 5
    own = coverage_from_costs(
        costs, np.asarray([0.5, 2.0, 5.0, 9.0, 1.0]), np.ones(5), columns=np.asarray([2, 1])
    )
    assert own.near.tolist() == [[True, False], [False, True], [True, True]]
    assert own.row_of.tolist() == [-1, 0, 1, 2, 2]
    more = coverage.with_rows(np.asarray([[True, True, True]]), 100.0)
    assert more.weights.tolist() == [5.0, 4.0, 100.0]
    assert more.near[2].all()
    assert more.row_of is coverage.row_of


@pytest.mark.parametrize(
    ("indptr", "sites", "weights", "where"),
    [
        ([1, 2], [0, 0], None, "indptr"),
        ([0, 2, 1], [0, 0], None, "indptr"),
        ([0], [], None, "indptr"),
        ([0, 3], [0, 1], None, "indptr"),
        ([0, 2], [0, 3], None, "sites"),
        ([0, 2], [0, -1], None, "sites"),
        ([0, 2], [0, 1], [1.0, 2.0], "weights"),
        ([0, 2], [0, 1], [-1.0], "weights"),
        ([0, 2], [0, 1], [np.nan], "weights"),
    ],
)
def test_lists_that_say_nothing_are_refused(indptr, sites, weights, where):
    with pytest.raises(ProblemError) as raised:
        coverage_from_lists(indptr, sites, weights, n_sites=3)
    assert where in str(raised.value)


def test_lists_without_weights_count_everybody_once():
    coverage = coverage_from_lists([0, 2, 3, 3, 5], [0, 1, 2, 1, 0], None, n_sites=3)
    assert coverage.weights.tolist() == [2.0, 1.0]
    assert coverage.row_of.tolist() == [0, 1, -1, 0]
    lighter = coverage_from_lists([0, 2, 3, 3, 5], [0, 1, 2, 1, 0], [0.0, 1.0, 1.0, 5.0], n_sites=3)
    assert lighter.row_of.tolist() == [-1, 0, -1, 1]


# Set covering


@FEW
@given(masks(), st.data())
def test_a_core_and_what_it_opened_cost_what_the_whole_costs(near, data):
    near = near[near.any(axis=1)]
    if not len(near):
        return
    prices = np.asarray(
        data.draw(st.lists(st.sampled_from([1.0, 2.0, 3.5]), min_size=near.shape[1], max_size=near.shape[1]))
    )
    core = reduce_cover(near, prices)
    assert core.n_rows == len(core.near)

    def least(mask, own):
        return min(
            (own[some].sum() for some in subsets(mask.shape[1]) if mask[:, some].any(axis=1).all()),
            default=0.0,
        )

    left = least(core.near, prices[core.columns]) if core.near.size else 0.0
    assert prices[core.opened].sum() + left == pytest.approx(least(near, prices))
    assert core.near.size == 0 or core.near.any(axis=1).all()


@FEW
@given(masks(), st.integers(1, 2))
def test_a_column_goes_when_as_many_kept_ones_hold_all_it_holds(near, times):
    gone = redundant_columns(near, np.ones(near.shape[1]), times)
    for column in range(near.shape[1]):
        holders = [
            other
            for other in range(near.shape[1])
            if other != column and not gone[other] and not (near[:, column] & ~near[:, other]).any()
        ]
        if gone[column]:
            assert len(holders) >= times or not near[:, column].any()
        elif times == 1:
            bigger = [other for other in holders if (near[:, other] & ~near[:, column]).any()]
            assert not bigger


@FEW
@given(masks(), st.data())
def test_the_bound_of_a_cover_is_never_above_the_best_and_greedy_covers_have_no_idle_column(near, data):
    near = near[near.any(axis=1)]
    if not len(near):
        return
    prices = np.asarray(
        data.draw(st.lists(st.sampled_from([1.0, 2.0, 3.5]), min_size=near.shape[1], max_size=near.shape[1]))
    )
    best = min(prices[some].sum() for some in subsets(near.shape[1]) if near[:, some].any(axis=1).all())
    row_ptr, row_columns, col_ptr, col_rows = lists(near)
    multipliers = np.zeros(len(near))
    bound = cover_bound(row_ptr, row_columns, prices, best, multipliers, 60)
    assert bound <= best + 1e-9
    by_hand = multipliers.sum() + np.minimum(0.0, prices - near.T @ multipliers).sum()
    assert bound == pytest.approx(by_hand)
    assert (multipliers >= 0).all()
    chosen = greedy_cover(row_ptr, row_columns, col_ptr, col_rows, prices)
    assert near[:, chosen].any(axis=1).all()
    assert prices[chosen].sum() >= best - 1e-9
    for column in np.flatnonzero(chosen):
        others = chosen.copy()
        others[column] = False
        assert not near[:, others].any(axis=1).all()


@FEW
@given(masks(), st.integers(0, 3))
def test_swaps_end_in_a_cover_or_say_that_they_gave_up(near, seed):
    near = near[near.any(axis=1)]
    if not len(near):
        return
    count = min(len(some) for some in subsets(near.shape[1]) if near[:, some].any(axis=1).all())
    chosen = np.arange(near.shape[1]) < count
    found = cover_by_swaps(*lists(near), chosen, 400, seed)
    assert int(chosen.sum()) == count
    if found:
        assert near[:, chosen].any(axis=1).all()
    if count == 1 and near.all(axis=0)[0]:
        assert found


# Maximal covering


def worth(near: np.ndarray, first: np.ndarray, second: np.ndarray, some: list[int]) -> float:
    times = near[:, some].sum(axis=1)
    return float(first[times >= 1].sum() + second[times >= 2].sum())


@st.composite
def gains_cases(draw):
    near = draw(masks())
    n, m = near.shape
    first = draw(hnp.arrays(np.float64, n, elements=st.integers(1, 5).map(float)))
    second = first * draw(st.sampled_from([0.0, 0.5, 1.0]))
    return near, first, second, draw(st.integers(1, m))


@FEW
@given(gains_cases())
def test_interchange_ends_where_no_swap_gains_and_bounds_are_never_below_the_best(case):
    near, first, second, n_open = case
    n_columns = near.shape[1]
    best = max(worth(near, first, second, some) for some in subsets(n_columns, n_open))
    chosen = np.zeros(n_columns, dtype=bool)
    found = interchange(*lists(near), first, second, n_open, chosen)
    assert int(chosen.sum()) == n_open
    assert found == pytest.approx(worth(near, first, second, np.flatnonzero(chosen).tolist()))
    for out in np.flatnonzero(chosen):
        for into in np.flatnonzero(~chosen):
            other = [into, *[column for column in np.flatnonzero(chosen) if column != out]]
            assert worth(near, first, second, other) <= found + 1e-9
    status = np.zeros(n_columns, dtype=np.int64)
    multipliers, scores = first / 2, np.zeros(n_columns)
    row_ptr, row_columns, _, _ = lists(near)
    bound = gain_bound(
        row_ptr,
        row_columns,
        first,
        second,
        n_open,
        status,
        best,
        multipliers,
        scores,
        np.zeros(n_columns),
        80,
    )
    assert bound >= best - 1e-9
    assert scores == pytest.approx(near.T @ multipliers)
    inside = np.maximum(0.0, np.maximum(first - multipliers, first + second - 2 * multipliers)).sum()
    assert bound == pytest.approx(inside + np.sort(scores)[::-1][:n_open].sum())


@FEW
@given(gains_cases(), st.data())
def test_columns_that_are_fixed_are_so_in_every_better_choice(case, data):
    near, first, second, n_open = case
    n_columns = near.shape[1]
    values = {tuple(some): worth(near, first, second, some) for some in subsets(n_columns, n_open)}
    threshold = data.draw(st.sampled_from(sorted(values.values())))
    status = np.full(n_columns, FREE, dtype=np.int64)
    multipliers, scores = first / 2, np.zeros(n_columns)
    row_ptr, row_columns, _, _ = lists(near)
    bound = gain_bound(
        row_ptr,
        row_columns,
        first,
        second,
        n_open,
        status,
        threshold,
        multipliers,
        scores,
        np.zeros(n_columns),
        40,
    )
    count = fix_columns(scores, n_open, bound, threshold, status)
    assert count == int((status != FREE).sum())
    for some, value in values.items():
        if value > threshold + 1e-9:
            for column in range(n_columns):
                assert status[column] != OPEN or column in some
                assert status[column] != CLOSED or column not in some


@FEW
@given(gains_cases(), st.data())
def test_a_smaller_problem_is_worth_what_the_whole_is(case, data):
    near, first, second, n_open = case
    n_columns = near.shape[1]
    status = np.asarray(
        data.draw(
            st.lists(st.sampled_from([FREE, FREE, OPEN, CLOSED]), min_size=n_columns, max_size=n_columns)
        )
    )
    if (status == OPEN).sum() > n_open or (status != CLOSED).sum() < n_open:
        return
    whole = Gains(near, first, second, np.arange(n_columns), n_open, np.zeros(0, dtype=np.int64), 0.0)
    allowed = [
        some
        for some in subsets(n_columns, n_open)
        if all(status[column] != OPEN or column in some for column in range(n_columns))
        and all(status[column] != CLOSED for column in some)
    ]
    best = max(worth(near, first, second, some) for some in allowed)
    for reduce in (True, False):
        smaller, row_of = whole.decided(status, reduce=reduce)
        assert len(row_of) == len(near)
        left = smaller.n_open
        found = max(
            (
                smaller.worth(np.isin(np.arange(len(smaller.columns)), some))
                for some in subsets(len(smaller.columns), left)
            ),
            default=smaller.constant,
        )
        assert found == pytest.approx(best)
        assert set(np.flatnonzero(status == OPEN)) <= set(
            smaller.all_open(np.zeros(len(smaller.columns), bool)).tolist()
        )


# Promises


@pytest.mark.parametrize("seed", range(3))
def test_sites_that_keep_a_promise_have_the_roles_and_the_number(seed):
    rng = np.random.default_rng(seed)
    costs = rng.integers(1, 20, (10, 6)).astype(float)
    weights = rng.integers(1, 5, 10).astype(float)
    roles = ["required", "forbidden", *["candidate"] * 4]
    problem = PlacementProblem(costs, weights=weights, roles=roles, p=3)
    shares = [
        float(weights[(costs[:, [0, *pair]] <= 7).any(axis=1)].sum() / weights.sum())
        for pair in combinations((2, 3, 4, 5), 2)
    ]
    possible, sites = ask(problem, ShareWithin(7.0, max(shares)), Limits())
    assert possible
    assert sites[0]
    assert not sites[1]
    assert int(sites.sum()) == 3
    assert weights[(costs[:, sites] <= 7).any(axis=1)].sum() >= max(shares) * weights.sum() - 1e-6
    if max(shares) < 0.99:
        assert ask(problem, ShareWithin(7.0, max(shares) + 0.01), Limits()) == (False, None)


def test_what_is_no_promise_or_has_no_number_is_not_asked():
    costs = np.ones((2, 3))
    assert ask(PlacementProblem(costs, p=1), SiteCount((0,), at_least=1), Limits()) == (True, None)
    assert ask(PlacementProblem(costs), ShareWithin(0.5, 1.0), Limits()) == (True, None)
    required = PlacementProblem(costs, p=1, roles=["required", "required", "candidate"])
    assert ask(required, ShareWithin(0.5, 1.0), Limits()) == (True, None)
    assert isinstance(coverage_from_costs(costs, 1.0, np.ones(2)), Coverage)
