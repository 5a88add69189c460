"""The covering engine against brute force: with and without reductions, permuted, scaled."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from optimise import ProblemError, Status
from optimise.covering_engine import cover_tree
from optimise.covering_engine.bitsets import group_equal, packed, unpacked
from optimise.covering_engine.coverage import coverage_from_costs, coverage_from_lists
from optimise.covering_engine.maximal_cover import MaximalCoverSearch
from optimise.covering_engine.radius import RadiusSearch, farthest_first
from optimise.covering_engine.reductions import reduce_cover, redundant_columns, redundant_rows
from optimise.covering_engine.set_cover import Cover, Effort, Proof, can_cover, cheapest_cover
from optimise.running import Limits

LIMITS = Limits()
SOME = settings(max_examples=60)


def masks(max_rows=9, max_columns=7):
    shapes = st.tuples(st.integers(1, max_rows), st.integers(1, max_columns))
    return shapes.flatmap(lambda shape: hnp.arrays(np.bool_, shape))


def subsets(columns):
    return (list(some) for size in range(columns + 1) for some in combinations(range(columns), size))


def least_price(near, prices):
    return min(prices[some].sum() for some in subsets(near.shape[1]) if near[:, some].any(axis=1).all())


@SOME
@given(masks(20, 130))
def test_packing_and_grouping_lose_nothing(member):
    assert np.array_equal(unpacked(packed(member), member.shape[1]), member)
    group, firsts = group_equal(packed(member))
    assert (group < 0).tolist() == (~member.any(axis=1)).tolist()
    for row, own in enumerate(group.tolist()):
        if own >= 0:
            assert np.array_equal(member[row], member[firsts[own]])
    distinct = np.unique(member[member.any(axis=1)], axis=0)
    assert len(firsts) == len(distinct)


@SOME
@given(masks())
def test_redundant_rows_and_columns_are_just_those(near):
    near = near[near.any(axis=1)]
    rows = redundant_rows(near)
    for row in range(len(near)):
        inside = [
            other
            for other in range(len(near))
            if other != row
            and not (near[other] & ~near[row]).any()
            and (other < row or (near[other] != near[row]).any())
        ]
        assert rows[row] == (len(inside) > 0)
    ones = np.ones(near.shape[1])
    columns = redundant_columns(near, ones)
    for column in range(near.shape[1]):
        over = [
            other
            for other in range(near.shape[1])
            if other != column
            and not (near[:, column] & ~near[:, other]).any()
            and (other < column or (near[:, other] != near[:, column]).any())
        ]
        assert columns[column] == (len(over) > 0 or not near[:, column].any())


@SOME
@given(masks(), st.data())
def test_cheapest_cover_with_and_without_reductions(near, data):
    near = near[near.any(axis=1)]
    if not len(near):
        return
    choices = st.sampled_from([0.0, 1.0, 2.0, 3.5])
    unit = data.draw(st.booleans())
    m = near.shape[1]
    prices = np.ones(m) if unit else data.draw(hnp.arrays(np.float64, m, elements=choices))
    expected = least_price(near, prices)
    order = data.draw(st.permutations(range(m)))
    for reduce, mask, price, scale in (
        (True, near, prices, 1.0),
        (False, near, prices, 1.0),
        (True, near[::-1, order], prices[order], 1.0),
        (True, near, 1000.0 * prices, 1000.0),
    ):
        found = cheapest_cover(mask, price, LIMITS, reduce=reduce)
        assert found.status is Status.OPTIMAL
        assert mask[:, found.columns].any(axis=1).all()
        assert price[found.columns].sum() == pytest.approx(scale * expected)
        assert found.bound <= scale * expected * (1 + 1e-9) + 1e-9


@SOME
@given(masks(), st.integers(0, 5))
def test_whether_so_many_columns_suffice(near, at_most):
    at_most = min(at_most, near.shape[1])
    possible = any(
        len(some) <= at_most and near[:, some].any(axis=1).all() for some in subsets(near.shape[1])
    )
    for reduce in (True, False):
        found = can_cover(near, at_most, LIMITS, reduce=reduce)
        assert found.status is (Status.OPTIMAL if possible else Status.INFEASIBLE)
        if possible:
            assert len(found.columns) <= at_most
            assert near[:, found.columns].any(axis=1).all()


@pytest.mark.parametrize("way", ["brief", "branching", "program"])
def test_programs_alone_tell_whether_so_many_columns_suffice(monkeypatch, way):
    """Neither the search nor the subgradient bound settles anything here."""
    only_linear = way == "brief"
    if way == "branching":
        monkeypatch.setattr("optimise.covering_engine.cover_cuts._ROUNDS", 0)
    elif way == "program":
        monkeypatch.setattr("optimise.covering_engine.cover_cuts.CoverBranching.run", lambda *_, **__: False)
    monkeypatch.setattr("optimise.covering_engine.set_cover.cover_by_swaps", lambda *_: False)
    monkeypatch.setattr("optimise.covering_engine.set_cover.cover_bound", lambda *_: 0.0)
    told = set()
    for seed in range(40):
        random = np.random.default_rng(seed)
        near = random.random((40, 12)) < random.uniform(0.15, 0.4)
        near[~near.any(axis=1), 0] = True
        fewest = min(len(some) for some in subsets(12) if near[:, some].any(axis=1).all())
        for at_most in (fewest - 1, fewest):
            effort = Effort(program_s=0.0) if only_linear else None
            found = can_cover(near, at_most, LIMITS, reduce=seed % 2 == 0, effort=effort)
            right = Status.OPTIMAL if at_most >= fewest else Status.INFEASIBLE
            assert found.status in ({right, Status.NO_SOLUTION} if only_linear else {right})
            assert found.status is not Status.OPTIMAL or near[:, found.columns].any(axis=1).all()
            assert len(found.columns) <= at_most
            told.add(found.proof)
    wanted = {"brief": Proof.LINEAR, "branching": Proof.TREE, "program": Proof.MIP}
    assert wanted[way] in told


def test_the_core_keeps_the_optimum_where_the_rules_do_not_finish():
    random = np.random.default_rng(5)
    for _ in range(10):
        near = random.random((30, 10)) < 0.3
        near[~near.any(axis=1), 0] = True
        core = reduce_cover(near, np.ones(10))
        left = least_price(core.near, np.ones(len(core.columns))) if core.n_rows else 0
        assert len(core.opened) + left == least_price(near, np.ones(10))


@st.composite
def cover_cases(draw):
    near = draw(masks(9, 6))
    weights = draw(hnp.arrays(np.float64, near.shape[0], elements=st.sampled_from([0.0, 1.0, 2.0, 7.0, 0.5])))
    always = draw(hnp.arrays(np.bool_, near.shape[1], elements=st.sampled_from([True, False, False])))
    p = draw(st.integers(int(always.sum()), near.shape[1]))
    return near, weights, always, p, draw(st.sampled_from([0.0, 0.3, 0.5, 0.8, 1.0]))


def cover_worth(near, weights, some, backup):
    times = near[:, list(some)].sum(axis=1)
    return float((1 - backup) * weights[times >= 1].sum() + backup * weights[times >= 2].sum())


@settings(max_examples=50)
@given(cover_cases(), st.data())
def test_maximal_cover_with_and_without_reductions(case, data):
    near, weights, always, p, backup = case
    m = near.shape[1]
    fixed = np.flatnonzero(always).tolist()
    best = max(
        cover_worth(near, weights, some, backup)
        for some in combinations(range(m), p)
        if set(fixed) <= set(some)
    )
    order = np.array(data.draw(st.permutations(range(m))))
    costs = np.where(near, 5.0, np.inf)
    for reduce, mask, own, factor in (
        (True, costs, always, 1.0),
        (False, costs, always, 1.0),
        (True, costs[:, order], always[order], 1.0),
        (True, costs, always, 1e6),
    ):
        coverage = coverage_from_costs(mask, 5.0, factor * weights)
        seen = []
        limits = Limits(on_progress=lambda seconds, known, bound: seen.append((known, bound)))  # noqa: B023
        found = MaximalCoverSearch(
            coverage, p, limits, backup=backup, always_open=own, reduce=reduce
        ).outcome()
        assert found.status is Status.OPTIMAL
        assert found.worth == pytest.approx(factor * best)
        assert found.bound == pytest.approx(factor * best, rel=1e-6)
        assert len(found.columns) <= p
        assert set(np.flatnonzero(own)) <= set(found.columns.tolist())
        assert all(bound >= factor * best * (1 - 1e-9) for known, bound in seen if not math.isnan(bound))


def test_larger_maximal_covers_agree_with_the_plain_program():
    random = np.random.default_rng(2)
    for backup in (0.0, 0.4):
        points, sites = random.random((400, 2)), random.random((50, 2))
        costs = np.hypot(*(points[:, None] - sites[None]).transpose(2, 0, 1))
        weights = random.integers(1, 90, 400).astype(float)
        coverage = coverage_from_costs(costs, 0.17, weights)
        slow = MaximalCoverSearch(coverage, 8, LIMITS, backup=backup, reduce=False).outcome()
        fast = MaximalCoverSearch(coverage, 8, LIMITS, backup=backup).outcome()
        assert slow.worth == pytest.approx(fast.worth)
        assert fast.worth == pytest.approx(cover_worth(costs <= 0.17, weights, fast.columns, backup))
        assert fast.figures["merged_rows"] <= 400


@pytest.mark.parametrize("backup", [0.0, 0.4, 0.8])
def test_the_tree_of_a_maximal_cover_closes_it_or_leaves_the_rest_to_a_program(backup, monkeypatch):
    """Against all choices of 4 of 14 sites; the tree is not given a node in every second one."""
    random = np.random.default_rng(5)
    closed = set()
    for number in range(12):
        near = random.random((60, 14)) < 0.25
        weights = random.integers(1, 90, 60).astype(float) if number % 3 else random.random(60)
        coverage = coverage_from_costs(np.where(near, 1.0, np.inf), 1.0, weights)
        best = max(cover_worth(near, weights, some, backup) for some in combinations(range(14), 4))
        monkeypatch.setattr(cover_tree, "_MOST_WORK", 40_000_000 if number % 2 else 0)
        found = MaximalCoverSearch(coverage, 4, LIMITS, backup=backup).outcome()
        assert found.status is Status.OPTIMAL
        assert found.worth == pytest.approx(best)
        assert found.bound == pytest.approx(best, rel=1e-9)
        assert not (number % 2 and found.proof is Proof.MIP)
        closed.add(found.proof)
        # as much as there is can be reached, and a hair more is proven to be too much
        for wanted, reached in ((best * (1 - 1e-12), True), (best * (1 + 1e-6), False)):
            asked = MaximalCoverSearch(coverage, 4, LIMITS, backup=backup, enough=wanted).outcome()
            assert (asked.worth >= wanted) is reached
            assert reached or asked.bound < wanted
    assert {Proof.TREE, Proof.MIP} <= closed


@st.composite
def radius_cases(draw):
    shape = (draw(st.integers(1, 8)), draw(st.integers(1, 6)))
    costs = draw(hnp.arrays(np.float64, shape, elements=st.sampled_from([*map(float, range(12)), math.inf])))
    base = draw(hnp.arrays(np.float64, shape[0], elements=st.sampled_from([3.0, 9.0, math.inf, math.inf])))
    return costs, base, draw(st.integers(0, shape[1]))


@settings(max_examples=60)
@given(radius_cases(), st.data())
def test_radius_with_and_without_reductions_and_by_rows(case, data):
    costs, base, p = case
    best = min(
        np.minimum(base, costs[:, some].min(axis=1, initial=math.inf)).max()
        for some in subsets(costs.shape[1])
        if len(some) <= p
    )
    order = data.draw(st.permutations(range(costs.shape[1])))
    for reduce, at_once, own, factor in (
        (True, 10**6, costs, 1.0),
        (False, 10**6, costs, 1.0),
        (True, 0, costs, 1.0),
        (True, 10**6, costs[::-1][:, order], 1e5),
    ):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("optimise.covering_engine.radius._ROWS_AT_ONCE", at_once)
            other = base[::-1] if factor > 1 else base
            found = RadiusSearch(factor * own, factor * other, p, LIMITS, reduce=reduce).outcome()
        if math.isinf(best):
            assert found.status is Status.INFEASIBLE
            continue
        assert found.status is Status.OPTIMAL
        assert found.value == factor * best == found.bound
        reached = np.minimum(factor * other, factor * own[:, found.columns].min(axis=1, initial=math.inf))
        assert reached.max() == found.value


def test_the_first_placement_is_within_twice_the_optimum():
    random = np.random.default_rng(8)
    points = random.random((300, 2))
    costs = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    nowhere = np.full(300, math.inf)
    first = costs[:, farthest_first(costs, nowhere, 6)].min(axis=1).max()
    found = RadiusSearch(costs, nowhere, 6, LIMITS).outcome()
    assert found.value <= first <= 2 * found.value
    assert found.bound == found.value
    assert sum(found.questions.values()) > 0


def test_a_question_that_is_not_settled_is_asked_again_when_its_neighbours_are(monkeypatch):
    random = np.random.default_rng(12)
    costs = random.integers(1, 200, (60, 20)).astype(float)
    nowhere = np.full(60, math.inf)
    right = RadiusSearch(costs, nowhere, 4, LIMITS).outcome()
    asked = []

    def without_programs(near, at_most, limits, *, reduce, effort):
        asked.append(effort.program_s)
        if effort.program_s < 10:
            return Cover(Status.NO_SOLUTION, np.zeros(0, dtype=np.int64), 0.0, Proof.NONE, *near.shape)
        return can_cover(near, at_most, limits, reduce=reduce)

    monkeypatch.setattr("optimise.covering_engine.radius.can_cover", without_programs)
    found = RadiusSearch(costs, nowhere, 4, LIMITS).outcome()
    assert (found.status, found.value, found.bound) == (Status.OPTIMAL, right.value, right.value)
    assert asked == sorted(asked)
    assert 0 in asked


def test_a_clock_that_runs_out_leaves_radius_and_bound(monkeypatch):
    random = np.random.default_rng(12)
    costs = random.integers(1, 200, (60, 20)).astype(float)
    best = RadiusSearch(costs, np.full(60, math.inf), 4, LIMITS).outcome().value

    def nothing(near, *_, **__):
        return Cover(Status.NO_SOLUTION, np.zeros(0, dtype=np.int64), 0.0, Proof.NONE, *near.shape)

    monkeypatch.setattr("optimise.covering_engine.radius.can_cover", nothing)
    found = RadiusSearch(costs, np.full(60, math.inf), 4, Limits(time_limit_s=1e-3).started()).outcome()
    assert found.status is Status.FEASIBLE
    assert costs.min(axis=1).max() <= found.bound <= best <= found.value
    assert costs[:, found.columns].min(axis=1).max() == found.value


def test_lists_and_costs_give_the_same_coverage_and_faults_are_told():
    random = np.random.default_rng(4)
    near = random.random((200, 70)) < 0.05
    weights = random.integers(0, 4, 200).astype(float)
    rows, columns = np.nonzero(near)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=200))])
    lists = coverage_from_lists(indptr, columns, weights, n_sites=70)
    costs = coverage_from_costs(np.where(near, 1.0, np.nan), 1.0, weights)
    assert np.array_equal(lists.near, costs.near)
    assert np.array_equal(lists.weights, costs.weights)
    assert lists.weights.sum() == weights[near.any(axis=1)].sum()
    some = np.array([3, 8, 60])
    assert np.array_equal(lists.covered(some), near[:, some].any(axis=1) & (weights > 0))
    assert np.array_equal(lists.covered(some, 2), (near[:, some].sum(axis=1) > 1) & (weights > 0))
    with pytest.raises(ProblemError, match=r"begin with 0[\s\S]*columns from 0 to 1[\s\S]*0 or more"):
        coverage_from_lists([1, 2], [5], [-1.0], n_sites=2)
    with pytest.raises(ProblemError, match="ends with 2"):
        coverage_from_lists([0, 2], [0], None, n_sites=2)


def test_ctrl_c_keeps_the_best_so_far(monkeypatch):
    random = np.random.default_rng(1)
    costs = random.integers(1, 60, (80, 30)).astype(float)

    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("optimise.covering_engine.radius.can_cover", interrupted)
    found = RadiusSearch(costs, np.full(80, math.inf), 4, LIMITS).outcome()
    assert found.status is Status.INTERRUPTED
    assert found.bound <= found.value == costs[:, found.columns].min(axis=1).max()
    monkeypatch.setattr("optimise.covering_engine.maximal_cover.fix_columns", interrupted)
    coverage = coverage_from_costs(costs, 12.0, np.ones(80))
    cover = MaximalCoverSearch(coverage, 4, LIMITS).outcome()
    assert cover.status in {Status.INTERRUPTED, Status.OPTIMAL}
    assert cover.worth == coverage.covered(cover.columns).sum() <= cover.bound
