"""Means, quantiles, tails and differences against everybody written out; tolerances and statuses at their edges."""

from __future__ import annotations

import itertools
import json
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimise import PlacementProblem, Sense, Status, solve
from optimise.equity import gini, mean_difference, tail_mean, weighted_mean, weighted_quantile
from optimise.exact import better, exact_dot, exact_sum, tied, within
from optimise.placed import Placed
from optimise.solution import unserved_by_reason
from optimise.status import Timings, finite, relative_gap

people = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 6)), min_size=1, max_size=8)


def split(pairs: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    minutes, weights = zip(*pairs, strict=True)
    return np.asarray(minutes, float), np.asarray(weights, float)


def everybody(pairs: list[tuple[int, int]]) -> list[int]:
    """One entry for each person, in order."""
    return sorted(itertools.chain.from_iterable([minutes] * count for minutes, count in pairs))


@given(people)
def test_mean_difference_and_gini_pair_by_pair(pairs: list[tuple[int, int]]) -> None:
    minutes, weights = split(pairs)
    written = everybody(pairs)
    if not written:
        for measure in (weighted_mean, mean_difference, gini):
            assert math.isnan(measure(minutes, weights))
        return
    mean = Fraction(sum(written), len(written))
    spread = Fraction(sum(abs(a - b) for a in written for b in written), len(written) ** 2)
    assert weighted_mean(minutes, weights) == pytest.approx(float(mean))
    assert mean_difference(minutes, weights) == pytest.approx(float(spread), abs=1e-9)
    assert gini(minutes, weights) == pytest.approx(float(spread / 2 / mean) if mean else 0.0, abs=1e-9)


@given(people, st.integers(1, 20))
def test_quantiles_and_tails_person_by_person(pairs: list[tuple[int, int]], part: int) -> None:
    minutes, weights = split(pairs)
    written, share = everybody(pairs), Fraction(part, 20)
    if not written:
        assert math.isnan(weighted_quantile(minutes, weights, float(share)))
        assert math.isnan(tail_mean(minutes, weights, float(share)))
        return
    wanted = share * len(written)
    first = next(value for number, value in enumerate(written, 1) if number >= wanted)
    assert weighted_quantile(minutes, weights, float(share)) == first
    left, total = wanted, Fraction(0)
    for value in reversed(written):
        taken = min(left, Fraction(1))
        total, left = total + taken * value, left - taken
    assert tail_mean(minutes, weights, float(share)) == pytest.approx(float(total / wanted))


@given(people)
def test_the_tail_of_all_is_the_mean_and_measures_lie_between_mean_and_worst(
    pairs: list[tuple[int, int]],
) -> None:
    minutes, weights = split(pairs)
    if not weights.any():
        return
    mean = weighted_mean(minutes, weights)
    assert tail_mean(minutes, weights, 1.0) == pytest.approx(mean)
    worst = weighted_quantile(minutes, weights, 1.0)
    assert worst == minutes[weights > 0].max()
    tails = [tail_mean(minutes, weights, tail) for tail in (0.9, 0.5, 0.2, 0.01)]
    assert all(one <= other + 1e-9 for one, other in itertools.pairwise([mean, *tails, worst]))
    assert mean_difference(minutes + 7, weights) == pytest.approx(mean_difference(minutes, weights))
    assert gini(minutes * 3, weights) == pytest.approx(gini(minutes, weights))


@settings(max_examples=30)
@given(st.lists(st.floats(-1e15, 1e15), max_size=12), st.randoms(use_true_random=False))
def test_sums_do_not_depend_on_the_order(values: list[float], random) -> None:
    shuffled = list(values)
    random.shuffle(shuffled)
    exact = float(sum(map(Fraction, values), Fraction(0)))
    assert exact_sum(np.asarray(values)) == exact_sum(np.asarray(shuffled)) == exact
    ones = np.ones(len(values))
    assert exact_dot(np.asarray(values), ones) == exact


@pytest.mark.parametrize(
    ("value", "limit", "kept"),
    [(0.30000000000000004, 0.3, True), (1.0, 1.0, True), (1.0 + 2e-9, 1.0, False), (1e6 + 5e-4, 1e6, True), (1e6 + 2e-3, 1e6, False), (5e-10, 0.0, True)],
)  # fmt: skip
def test_limits_are_kept_up_to_a_billionth_of_themselves(value: float, limit: float, kept: bool) -> None:
    assert within(value, limit) is kept


@pytest.mark.parametrize(
    ("one", "other", "tie"),
    [
        (1.0, 1.0 + 5e-13, True),
        (1.0, 1.0 + 5e-12, False),
        (1e6, 1e6 + 5e-7, True),
        (math.nan, math.nan, True),
        (math.nan, 1.0, False),
        (math.inf, math.inf, True),
        (math.inf, -math.inf, False),
        (math.inf, 1.0, False),
    ],
)
def test_ties(one: float, other: float, tie: bool) -> None:
    assert tied(one, other) is tie
    assert tied(other, one) is tie


@pytest.mark.parametrize(
    ("one", "other", "is_better"),
    [
        ((1.0, 2.0), (1.0, 3.0), True),
        ((1.0, 3.0), (1.0, 2.0), False),
        ((1.0 + 1e-14, 2.0), (1.0, 3.0), True),
        ((math.nan, 2.0), (5.0, 3.0), True),
        ((2.0, 0.0), (1.0, 9.0), False),
        ((1.0,), (1.0,), False),
        ((), (), False),
    ],
)
def test_ranks_are_compared_from_the_left(
    one: tuple[float, ...], other: tuple[float, ...], is_better: bool
) -> None:
    assert better(one, other) is is_better


@pytest.mark.parametrize(
    ("objective", "bound", "gap"),
    [
        (10.0, 9.0, 0.1),
        (10.0, 11.0, 0.1),
        (-10.0, -9.0, 0.1),
        (0.0, 0.0, 0.0),
        (math.nan, math.nan, 0.0),
        (math.nan, 1.0, math.inf),
        (1.0, -math.inf, math.inf),
        (math.inf, math.inf, 0.0),
        (5.0, 5.0 + 5e-10, 0.0),
        (1e9, 1e9 + 0.5, 0.0),
        (1e9, 1e9 + 2.0, 2e-9),
    ],
)
def test_gaps(objective: float, bound: float, gap: float) -> None:
    assert relative_gap(objective, bound) == pytest.approx(gap)


def test_small_words() -> None:
    assert (Sense.MINIMISE.worst, Sense.MAXIMISE.worst) == (math.inf, -math.inf)
    assert Timings(1.0, 2.0, 4.0).total_s == 7.0
    assert [finite(value) for value in (1.5, math.nan, math.inf)] == [1.5, None, None]


# Who is served from where


COSTS = [[3.0, 3.0, 1.0], [math.nan, 5.0, 9.0], [math.nan, math.nan, 2.0]]


def sites(*opened: int) -> np.ndarray:
    mask = np.zeros(3, dtype=bool)
    mask[list(opened)] = True
    return mask


def test_everybody_goes_to_the_first_of_the_nearest_within_the_limit() -> None:
    problem = PlacementProblem(COSTS)
    assert Placed.nearest(problem, sites(0, 1)).assignment.tolist() == [0, 1, -1]
    assert Placed.nearest(problem, sites(0, 1), limit=4.9).assignment.tolist() == [0, -1, -1]
    assert Placed.nearest(problem, sites(0, 1), limit=5.0).assignment.tolist() == [0, 1, -1]
    assert Placed.nearest(problem, sites()).assignment.tolist() == [-1, -1, -1]
    here = Placed.nearest(problem, sites(0, 1), units=np.asarray([1, 2, 0]))
    assert here.units.tolist() == [1, 2, 0]
    assert here.minutes(problem).tolist() == [3, 5, math.inf]
    assert here.served().tolist() == [1, 1, 0]
    assert here.nearest_min(problem).tolist() == [3, 5, math.inf]
    assert here.within(problem, 3.0).tolist() == [1, 0, 0]
    assert here.within(problem, 2.9).tolist() == [0, 0, 0]


def test_shares_are_averaged_and_dust_is_nobody() -> None:
    problem = PlacementProblem(COSTS)
    shares = np.asarray([[0.25, 0.0, 0.75], [0.0, 0.5, 0.0], [0.0, 0.0, 1e-7]])
    split_up = Placed.shared(sites(0, 1, 2), shares, np.asarray([2, 1, -1]), None)
    assert split_up.minutes(problem).tolist() == [1.5, 5.0, math.inf]
    assert split_up.served().tolist() == [1.0, 0.5, 1e-7]
    assert split_up.within(problem, 2.0).tolist() == [0.75, 0.0, 1e-7]
    lost = unserved_by_reason(problem, split_up)
    assert lost.over_capacity.tolist() == [1, 2]
    assert (lost.unreachable.tolist(), lost.beyond_threshold.tolist()) == ([], [])
    assert lost.shares.tolist() == [0.0, 0.5, pytest.approx(1.0)]


def test_the_unserved_are_told_by_reason() -> None:
    problem = PlacementProblem(COSTS, weights=[4, 2, 1])
    lost = unserved_by_reason(problem, Placed.nearest(problem, sites(0, 1), limit=4.0))
    assert (lost.unreachable.tolist(), lost.beyond_threshold.tolist()) == ([2], [1])
    assert lost.weights(problem) == {"unreachable": 1.0, "over_capacity": 0.0, "beyond_threshold": 2.0}
    later = unserved_by_reason(problem, Placed.nearest(problem, sites(0, 1), limit=4.0), within=True)
    assert later.beyond_threshold.tolist() == [1, 2]
    none = unserved_by_reason(problem, None)
    assert none.shares.tolist() == [0, 0, 0]


def test_a_solution_as_plain_data_keeps_ids_and_says_nothing_that_json_does_not_know() -> None:
    problem = PlacementProblem(
        COSTS, weights=[4, 2, 1], p=2, roles=["existing", "candidate", "candidate"], site_ids=["a", "b", "c"]
    )
    solution = solve(problem, "p-median")
    assert solution.chosen_ids == ("a", "c")
    assert (solution.opened_ids, solution.closed_ids) == (("c",), ())
    told = solution.to_dict()
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert (told["chosen"], told["assignment"]) == (["a", "c"], ["c", "c", "c"])
    assert told["objective"] == pytest.approx((4 * 1 + 2 * 9 + 1 * 2) / 7)
    assert told["total"] == 24.0
    assert told["lower_bound"] == told["bound"] == told["objective"]
    assert (told["gap"], told["status"], told["units"]) == (0.0, "optimal", None)
    assert told["unserved"] == {"unreachable": 0.0, "over_capacity": 0.0, "beyond_threshold": 0.0}
    assert solution.travel_min.tolist() == [1, 9, 2]
    covered = solve(problem, "mclp", radius=3.0)
    assert covered.lower_bound == covered.objective == 5.0
    assert covered.to_dict()["assignment"] == ["c", None, "c"]
    assert np.isnan(covered.travel_min).tolist() == [False, True, False]


def test_an_answer_that_moves_or_finds_nothing() -> None:
    problem = PlacementProblem(
        [[9.0, 1.0]], roles=["existing", "candidate"], max_moves=1, site_ids=["old", "new"]
    )
    moved = solve(problem, "relocation")
    assert (moved.closed_ids, moved.opened_ids) == (("old",), ("new",))
    infeasible = solve(PlacementProblem([[9.0]]), "lscp", radius=1.0)
    assert infeasible.status is Status.INFEASIBLE
    assert (infeasible.chosen_ids, infeasible.closed_ids, infeasible.units) == ((), (), None)
    assert infeasible.assignment.tolist() == [-1]
    assert np.isnan(infeasible.travel_min).all()
    assert math.isinf(infeasible.gap)
    assert infeasible.to_dict()["objective"] is None
