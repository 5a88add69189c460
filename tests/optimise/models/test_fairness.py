"""Fairness: cuts, slopes, who is compared, and how rounds end; against pairs of people written out."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimise import PlacementProblem, SiteCount, Status, engines, median_bounds, solve
from optimise.models import enumerating, fairness
from optimise.models.fairness import Gini, MeanDifference, OutcomeModel, _ended, _order_cut
from optimise.models.group_welfare import GroupIsoElastic
from optimise.models.outcomes import CutLoop
from optimise.models.tail import TailMean, _EdgeMedian, _EdgeSearch
from optimise.outcome import Outcome
from optimise.placed import Placed
from optimise.program import SiteProgram
from optimise.running import Limits, Run
from optimise.service import full_service

LINE = np.asarray([[0.0, 4.0, 9.0], [5.0, 1.0, 4.0], [9.0, 5.0, 0.0], [np.nan, np.nan, 7.0]])
WEIGHTS = [4.0, 3.0, 2.0, 1.0]
FEW = settings(max_examples=15)


def line(**values: object) -> PlacementProblem:
    return PlacementProblem(**({"costs": LINE, "weights": WEIGHTS} | values))


def opened(*sites: int, n_sites: int = 3) -> np.ndarray:
    return np.isin(np.arange(n_sites), sites)


def half_difference(minutes, weights) -> float:
    """Half the mean absolute difference of two people drawn with replacement."""
    people = list(zip(minutes, weights, strict=True))
    whole = sum(weight for _, weight in people)
    return sum(a * b * abs(s - t) for s, a in people for t, b in people) / whole**2 / 2


people = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 5)), min_size=1, max_size=6)


# Cuts and slopes


@FEW
@given(people, people)
def test_an_order_cut_is_tight_where_it_is_taken_and_below_everywhere_else(here, there):
    minutes, weights = np.asarray(here, float).T
    coefficients, constant = _order_cut(minutes, weights)
    assert constant == 0.0
    assert coefficients @ minutes == pytest.approx(half_difference(minutes, weights), abs=1e-9)
    assert coefficients.sum() == pytest.approx(0.0, abs=1e-12)
    others = np.resize([t for t, _ in there], len(minutes)).astype(float)
    assert coefficients @ others <= half_difference(others, weights) + 1e-9


def numeric_slope(measure, minutes, weights, row: int) -> float:
    step = 1e-5
    later = minutes + step * (np.arange(len(minutes)) == row)
    sooner = minutes - step * (np.arange(len(minutes)) == row)
    return (measure(later, weights) - measure(sooner, weights)) / (2 * step)


MINUTES, PEOPLE = np.asarray([3.0, 11.0, 7.0, 2.0, 30.0]), np.asarray([2.0, 1.0, 4.0, 3.0, 2.0])


@pytest.mark.parametrize(
    "model", [MeanDifference(weight=0.6), MeanDifference(weight=2.0), Gini(), TailMean(tail=0.35)]
)
def test_a_slope_is_what_a_minute_more_of_one_outcome_adds(model):
    slope = model.slope(MINUTES, PEOPLE)
    for row in range(5):
        assert slope[row] == pytest.approx(numeric_slope(model.measure, MINUTES, PEOPLE, row), abs=1e-5)


def test_the_tail_by_hand():
    """Twelve people, the worst quarter are three: two with 30 minutes, one with 11."""
    model = TailMean(tail=0.25)
    assert model.measure(MINUTES, PEOPLE) == pytest.approx((2 * 30 + 11) / 3)
    assert model.slope(MINUTES, PEOPLE) == pytest.approx([0, 1 / 3, 0, 0, 2 / 3])
    third = TailMean(tail=1 / 3)  # and one of the four with 7
    assert third.measure(MINUTES, PEOPLE) == pytest.approx((60 + 11 + 7) / 4)
    assert third.slope(MINUTES, PEOPLE) == pytest.approx([0, 1 / 4, 1 / 4, 0, 1 / 2])
    assert TailMean().tail == 0.1
    assert TailMean().measure(MINUTES, PEOPLE) == 30.0


def test_measures_by_hand():
    minutes, weights = np.asarray([2.0, 6.0]), np.asarray([3.0, 1.0])
    # the mean is 3, two people differ by 4 with probability 2 * 3/4 * 1/4
    assert MeanDifference(weight=0.0).measure(minutes, weights) == 3.0
    assert MeanDifference().measure(minutes, weights) == pytest.approx(3 + 4 * (3 / 8) / 2)
    assert MeanDifference(weight=3.0).measure(minutes, weights) == pytest.approx(3 + 3 * 0.75)
    assert Gini().measure(minutes, weights) == pytest.approx(0.75 / 3)
    assert Gini().measure(np.zeros(2), weights) == 0.0


def test_the_slope_of_nothing_is_finite():
    assert np.isfinite(Gini().slope(np.zeros(3), np.ones(3))).all()
    # (t2 - t1) / 2 (t1 + t2) at t1 = 0: -1 / t2 for the first, and nothing for the second
    assert Gini().slope(np.asarray([0.0, 1e-3]), np.ones(2)) == pytest.approx([-1000.0, 0.0], abs=1e-6)


def test_what_is_convex_below_each_measure():
    assert MeanDifference(weight=0.4).convex_below() == MeanDifference(weight=0.4)
    assert MeanDifference(weight=3.0, by="group").convex_below() == MeanDifference(weight=1.0, by="group")
    assert Gini().convex_below() is None
    assert TailMean(tail=0.3).convex_below() == TailMean(tail=0.3)
    assert TailMean().in_unit(12.5, line()) == 12.5


# Who is compared


@pytest.mark.parametrize("by", ["person", "group"])
def test_steering_counts_those_who_have_minutes(by):
    problem = line(demand_groups=["a", "b", "a", "b"], weights=[4.0, 3.0, 2.0, 0.0])
    minutes = np.asarray([4.0, 1.0, np.inf, 3.0])
    value, slope = MeanDifference(weight=1.0, by=by).steer(problem, minutes)
    if by == "person":
        own, weights = [4.0, 1.0], [4.0, 3.0]
    else:
        own, weights = [4.0, 1.0], [1.0, 1.0]
    mean = np.average(own, weights=weights)
    assert value == pytest.approx(mean + half_difference(own, weights))
    share = np.asarray(weights) / np.sum(weights)
    # the first is above the second: more of the first adds to the difference, more of the second takes away
    assert slope[:2] == pytest.approx([share[0] * (1 + share[1]), share[1] * (1 - share[0])])
    assert slope[2:].tolist() == [0.0, 0.0]


def test_the_minutes_of_a_group_are_those_of_its_people():
    problem = line(demand_groups=["a", "a", "b", "b"])
    minutes = np.asarray([4.0, 11.0, 3.0, 9.0])  # means: (16 + 33) / 7 = 7 and (6 + 9) / 3 = 5
    value, slope = TailMean(by="group", tail=0.5).steer(problem, minutes)
    assert value == pytest.approx(7.0)
    assert slope == pytest.approx([4 / 7, 3 / 7, 0.0, 0.0])
    nobody, flat = TailMean(by="group").steer(problem, np.full(4, np.inf))
    assert (nobody, flat.tolist()) == (0.0, [0.0] * 4)


def test_the_measure_of_nobody_is_not_a_number():
    problem = line(p=1)
    assert math.isnan(Gini().objective(problem, Placed.nearest(problem, opened())))
    assert Gini().objective(problem, Placed.nearest(problem, opened(1))) == pytest.approx(
        half_difference([4, 1, 5], [4, 3, 2]) / (29 / 9)
    )


# Several choices of whom to serve


def outcome(status: Status, sites: np.ndarray | None, bound: float) -> Outcome:
    placed = None if sites is None else Placed.nearest(line(), sites)
    return Outcome(status, placed, bound, "s", "f", "told", 1.0, 2.0)


BETTER, WORSE = opened(1), opened(0)  # 29 / 9 against (15 + 18) / 9 in mean minutes


@pytest.mark.parametrize(
    ("found", "complete", "status", "sites", "bound"),
    [
        ([(Status.OPTIMAL, WORSE, 3.6), (Status.OPTIMAL, BETTER, 3.2)], True, Status.OPTIMAL, BETTER, 3.2),
        ([(Status.OPTIMAL, WORSE, 3.6), (Status.OPTIMAL, BETTER, 3.2)], False, Status.FEASIBLE, BETTER, -math.inf),
        ([(Status.OPTIMAL, BETTER, 3.2), (Status.FEASIBLE, WORSE, 1.0)], True, Status.FEASIBLE, BETTER, 1.0),
        ([(Status.OPTIMAL, BETTER, 3.2), (Status.NO_SOLUTION, None, -math.inf)], True, Status.FEASIBLE, BETTER, -math.inf),
        ([(Status.OPTIMAL, BETTER, 3.2), (Status.INTERRUPTED, None, 2.0)], True, Status.INTERRUPTED, BETTER, 2.0),
        ([(Status.NO_SOLUTION, None, 1.0), (Status.NO_SOLUTION, None, 2.0)], True, Status.NO_SOLUTION, None, 1.0),
        ([(Status.INFEASIBLE, None, math.inf)], True, Status.INFEASIBLE, None, math.inf),
        ([(Status.OPTIMAL, BETTER, 3.2)], False, Status.FEASIBLE, BETTER, -math.inf),
    ],
)  # fmt: skip
def test_the_best_of_several_choices_is_as_proven_as_the_least_proven(found, complete, status, sites, bound):
    told = MeanDifference(weight=0.0)._best_of(line(p=1), [outcome(*own) for own in found], complete=complete)
    assert told.status is status
    assert (told.placed is None) == (sites is None)
    assert sites is None or told.placed.sites.tolist() == sites.tolist()
    assert told.bound == bound
    if len(found) > 1:
        assert f"the best of {len(found)} choices of whom to serve" in told.proof
        assert (told.build_s, told.solve_s) == (len(found), 2.0 * len(found))


def test_one_choice_that_is_complete_is_told_as_it_is():
    alone = outcome(Status.OPTIMAL, BETTER, 3.2)
    assert MeanDifference()._best_of(line(p=1), [alone], complete=True) is alone


def test_two_islands_of_the_same_weight_are_both_tried(monkeypatch):
    """Who is served, the even or the uneven village, is the question: both weigh the same, one site is open."""
    monkeypatch.setattr(enumerating, "MOST_WORK", -1)
    costs = [[1.0, np.nan], [9.0, np.nan], [np.nan, 6.0], [np.nan, 6.0]]
    problem = PlacementProblem(costs, p=1)
    for model, sites, value in (
        ("gini", (1,), 0.0),
        ("mean-difference", (1,), 6.0),
        ("tail-mean", (1,), 6.0),
    ):
        solution = solve(problem, model)
        assert (solution.chosen_ids, solution.status) == (sites, Status.OPTIMAL), model
        assert solution.objective == pytest.approx(value)
        assert "2 choices of whom to serve" in solution.proof


# How rounds end


@pytest.mark.parametrize(
    ("status", "value", "bound", "found", "ended"),
    [
        (Status.INFEASIBLE, math.inf, 0.0, False, Status.INFEASIBLE),
        (Status.NO_SOLUTION, math.inf, 0.0, False, Status.NO_SOLUTION),
        (Status.FEASIBLE, 0.5, 0.5, True, Status.OPTIMAL),
        (Status.OPTIMAL, 0.5, 0.5 - 4e-7, True, Status.OPTIMAL),
        (Status.OPTIMAL, 0.5, 0.5 - 6e-7, True, Status.FEASIBLE),
        (Status.OPTIMAL, 1e-4, 1e-4 - 9e-10, True, Status.OPTIMAL),
        (Status.OPTIMAL, 1e-4, 1e-4 - 2e-9, True, Status.FEASIBLE),
        (Status.FEASIBLE, math.nan, math.nan, True, Status.OPTIMAL),
        (Status.INTERRUPTED, 0.5, 0.5, True, Status.INTERRUPTED),
        (Status.INTERRUPTED, 0.5, 0.2, True, Status.INTERRUPTED),
        (Status.INFEASIBLE, 0.5, 0.2, True, Status.FEASIBLE),
        (Status.NO_SOLUTION, 0.5, 0.2, True, Status.FEASIBLE),
        (Status.FEASIBLE, 0.5, 0.2, True, Status.FEASIBLE),
    ],
)
def test_rounds_are_proven_by_their_bound_alone(status, value, bound, found, ended):
    assert _ended(status, value, bound, found=found) is ended


@pytest.mark.parametrize("seed", range(3))
def test_the_gini_coefficient_by_rounds_is_that_of_all_placements(monkeypatch, seed):
    rng = np.random.default_rng(seed)
    costs = rng.integers(1, 30, (6, 5)).astype(float)
    weights = rng.integers(1, 5, 6).astype(float)
    monkeypatch.setattr(enumerating, "MOST_WORK", -1)
    solution = solve(PlacementProblem(costs, weights=weights, p=2), "gini")
    best = min(
        half_difference(minutes, weights) / np.average(minutes, weights=weights)
        for pair in itertools.combinations(range(5), 2)
        for minutes in [costs[:, list(pair)].min(axis=1)]
    )
    assert solution.objective == pytest.approx(best, abs=1e-9)
    assert solution.bound <= best + 1e-9
    assert solution.bound >= 0.0
    assert solution.formulation == "Dinkelbach rounds of order cuts"
    assert "D / 2 less the ratio times the mean cannot be made negative" in solution.proof


def test_everybody_alike_is_proven_without_a_round(monkeypatch):
    monkeypatch.setattr(enumerating, "MOST_WORK", -1)
    solution = solve(PlacementProblem([[3.0, 1.0], [3.0, 5.0]], p=1), "gini")
    assert (solution.objective, solution.bound, solution.status) == (0.0, 0.0, Status.OPTIMAL)
    assert solution.chosen_ids == (0,)


def test_at_no_minutes_at_all_there_is_no_difference(monkeypatch):
    monkeypatch.setattr(enumerating, "MOST_WORK", -1)
    solution = solve(PlacementProblem([[0.0, 1.0], [0.0, 5.0]], p=1), "gini")
    assert (solution.objective, solution.chosen_ids) == (0.0, (0,))


# The tail, interval by interval


def test_the_price_of_an_interval_of_edges():
    """Between the edges a minute is a minute; below the low edge nothing is gained, beyond the high one it counts 1 / tail."""
    price = _EdgeMedian(4.0, 9.0, 0.25).price(np.asarray([0.0, 4.0, 6.0, 9.0, 10.0]), line())
    assert price.tolist() == [4.0, 4.0, 6.0, 9.0, 13.0]
    fixed = _EdgeMedian(6.0, 6.0, 0.5).price(np.asarray([0.0, 6.0, 8.0]), line())
    assert fixed.tolist() == [6.0, 6.0, 10.0]


@pytest.mark.parametrize("tail", [0.05, 0.3, 0.7])
@pytest.mark.parametrize("seed", range(3))
def test_the_tail_by_intervals_is_that_of_all_placements(monkeypatch, seed, tail):
    rng = np.random.default_rng(seed)
    costs = rng.integers(0, 40, (7, 5)).astype(float)
    monkeypatch.setattr(enumerating, "MOST_WORK", -1)
    solution = solve(PlacementProblem(costs, p=2), "tail-mean", tail=tail)

    def worst(minutes):
        left, total = tail * 7, 0.0
        for own in sorted(minutes, reverse=True):
            taken = min(1.0, left)
            total, left = total + taken * own, left - taken
        return total / (tail * 7)

    best = min(worst(costs[:, list(pair)].min(axis=1)) for pair in itertools.combinations(range(5), 2))
    assert solution.objective == pytest.approx(best)
    assert solution.bound == pytest.approx(best, rel=2e-6)
    assert solution.status is Status.OPTIMAL
    assert solution.formulation == "edge intervals over medians"


def test_the_edge_may_be_the_longest_way_of_all(monkeypatch):
    """Half of the people have 9 minutes: the worst third has nothing else, and 9 is the last of the edges."""
    monkeypatch.setattr(enumerating, "MOST_WORK", -1)
    solution = solve(PlacementProblem([[1.0], [9.0]], p=1), "tail-mean", tail=0.3)
    assert (solution.objective, solution.bound, solution.status) == (9.0, 9.0, Status.OPTIMAL)
    nobody = solve(PlacementProblem([[np.nan], [np.nan]], p=1), "tail-mean", tail=0.3)
    assert math.isnan(nobody.objective)


class Scripted(_EdgeSearch):
    """Intervals whose bounds are written down; every one finds the same sites, which are worth 10."""

    bounds: dict[tuple[int, int], float]
    ended: Status = Status.OPTIMAL

    def _solve(self, low: int, high: int) -> Outcome:
        self.asked = [*getattr(self, "asked", []), (low, high)]
        self.best, self.value = Placed.nearest(self.problem, opened(2)), 10.0
        self.rounds += 1
        status = Status.OPTIMAL if len(self.asked) < 3 else self.ended
        return Outcome(status, self.best, self.bounds[low, high], "s", "f", "p", 0.5, 0.25)


def intervals(bounds: dict[tuple[int, int], float], **limits: float) -> Scripted:
    """A search over four edges."""
    found = Scripted(
        TailMean(tail=0.3), PlacementProblem([[1.0, 2.0, 3.0], [9.0, 3.0, 9.0]], p=1), Limits(**limits)
    )
    assert found.edges.tolist() == [1.0, 2.0, 3.0, 9.0]
    found.bounds = bounds
    return found


def test_intervals_are_halved_where_the_bound_is_least():
    found = intervals(
        {(0, 3): 4.0, (0, 1): 10.0, (1, 3): 6.0, (1, 2): 10.0, (2, 3): 7.0, (2, 2): 10.0, (3, 3): 11.0}
    )
    told = found.outcome()
    assert found.asked == [(0, 3), (0, 1), (1, 3), (1, 2), (2, 3), (2, 2), (3, 3)]
    assert (told.status, told.bound) == (Status.OPTIMAL, 10.0)
    assert told.proof.startswith("7 median problems by s")
    assert told.build_s == told.solve_s == 0.0  # as the script adds nothing


def test_a_single_edge_whose_bound_stays_below_is_worth_what_was_found():
    found = intervals({(0, 3): 4.0, (0, 1): 5.0, (1, 3): 12.0, (0, 0): 9.0, (1, 1): 10.0})
    told = found.outcome()
    assert found.asked == [(0, 3), (0, 1), (1, 3), (0, 0), (1, 1)]
    assert (told.status, told.bound) == (Status.OPTIMAL, 10.0)


def test_intervals_end_with_the_clock_and_with_a_run_that_ends():
    late = intervals({(0, 3): 4.0}, deadline=0.0)
    told = late.outcome()
    assert (late.asked, told.status, told.bound) == ([(0, 3)], Status.FEASIBLE, 4.0)
    assert told.placed is late.best
    ended = intervals({(0, 3): 4.0, (0, 1): 5.0, (1, 3): 6.0})
    ended.ended = Status.NO_SOLUTION
    told = ended.outcome()
    assert ended.asked == [(0, 3), (0, 1), (1, 3)]
    assert (told.status, told.bound) == (Status.FEASIBLE, 5.0)
    near_enough = intervals({(0, 3): 9.6}, gap=0.05)
    assert near_enough.outcome().bound == 9.6
    assert near_enough.asked == [(0, 3)]


def test_people_are_compared_by_intervals_and_groups_by_one_program(monkeypatch):
    monkeypatch.setattr(enumerating, "MOST_WORK", -1)
    problem = line(p=2, demand_groups=["a", "b", "a", "b"])
    assert solve(problem, "tail-mean").formulation == "edge intervals over medians"
    assert solve(problem, "tail-mean", by="group").formulation == "tail rows"


@pytest.mark.parametrize("tail", [0.2, 0.5, 0.75])
@pytest.mark.parametrize("seed", range(4))
def test_the_tail_of_groups_by_one_program_is_that_of_all_placements(monkeypatch, seed, tail):
    """Four groups count the same, whatever their people weigh: the worst of them, and a part of the next."""
    monkeypatch.setattr(enumerating, "MOST_WORK", -1)
    rng = np.random.default_rng(seed)
    costs, weights = rng.integers(1, 30, (8, 5)).astype(float), rng.integers(1, 6, 8).astype(float)
    groups = [0, 0, 1, 1, 1, 2, 3, 3]
    problem = PlacementProblem(costs, weights=weights, p=2, demand_groups=groups)

    def worth(pair: tuple[int, ...]) -> float:
        minutes = costs[:, list(pair)].min(axis=1)
        means = [
            sum(w * t for w, t, g in zip(weights, minutes, groups, strict=True) if g == group)
            / sum(w for w, g in zip(weights, groups, strict=True) if g == group)
            for group in range(4)
        ]
        left, total = 4 * tail, 0.0
        for mean in sorted(means, reverse=True):
            total, left = total + min(1.0, left) * mean, left - min(1.0, left)
        return total / (4 * tail)

    best = min(worth(pair) for pair in itertools.combinations(range(5), 2))
    found = solve(problem, "tail-mean", by="group", tail=tail)
    assert (found.formulation, found.status) == ("tail rows", Status.OPTIMAL)
    assert found.objective == pytest.approx(best)
    assert found.bound == pytest.approx(best)
    assert worth(tuple(found.chosen.tolist())) == pytest.approx(best)


def test_the_program_of_groups_speaks_in_minutes_and_counts_the_seconds_before_it(monkeypatch):
    problem = line(p=2, demand_groups=["a", "b", "a", "b"])
    plan = full_service(problem)
    slow = Run(Status.OPTIMAL, 10.0, 10.0, 100.0, "slow", has_values=True)
    found = TailMean(tail=0.5, by="group").minimise(problem, replace(plan, run=slow), Limits())
    worst = max((4 * 4 + 2 * 0) / 6, (3 * 1 + 1 * 7) / 4)  # of sites 1 and 2; 0 and 2 would make it 4.75
    assert found.bound == pytest.approx(worst)
    assert found.solve_s >= 100.0
    assert TailMean(tail=0.5, by="group").minimise(problem, plan, Limits()).solve_s < 100.0
    none = problem.replace(p=1, roles=["candidate", "candidate", "forbidden"])
    for row in ([SiteCount((0, 1), at_least=2)],):
        infeasible = none.replace(conditions=row)
        ended = TailMean(tail=0.5, by="group").minimise(infeasible, full_service(infeasible), Limits())
        assert (ended.status, ended.placed) == (Status.INFEASIBLE, None)


def test_each_interval_is_counted_with_its_seconds(monkeypatch):
    """A single edge is settled by one median problem; the least of equal placements found first stays."""
    problem = PlacementProblem([[5.0, 5.0], [5.0, 5.0]], p=1)
    search = _EdgeSearch(TailMean(tail=0.5), problem, Limits())
    told = search.outcome()
    assert told.proof.startswith("1 median problems by ")
    assert (told.status, told.bound) == (Status.OPTIMAL, 5.0)
    placed = Placed.nearest(problem, opened(0, n_sites=2))
    made = Outcome(Status.OPTIMAL, placed, 5.0, "s", "f", "p", 0.5, 0.25)
    monkeypatch.setattr(_EdgeMedian, "search", lambda *_: made)
    first = search.best
    for times in (2, 3):
        search._solve(0, 0)
        assert search.rounds == times
    assert search.best is first  # as good is not better
    assert search.build_s >= 1.0
    assert 0.5 <= search.solve_s < 60.0


# Large problems


@pytest.fixture
def taken_for_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enumerating, "MOST_WORK", -1)
    monkeypatch.setattr(median_bounds, "PAYS_AT_PAIRS", 1)
    monkeypatch.setattr(engines, "PAYS_AT_PAIRS", 1)


@pytest.mark.usefixtures("taken_for_large")
@pytest.mark.parametrize(
    ("model", "options", "measure"),
    [
        ("tail-mean", {"tail": 0.5}, lambda t: float(np.sort(t)[-4:].mean())),
        ("mean-difference", {"weight": 1.0}, lambda t: t.mean() + half_difference(t, np.ones(8))),
    ],
)
def test_tangents_bound_what_all_placements_give(model, options, measure):
    costs = np.random.default_rng(4).integers(1, 40, (8, 6)).astype(float)
    solution = solve(PlacementProblem(costs, p=2), model, **options)
    best = min(measure(costs[:, list(pair)].min(axis=1)) for pair in itertools.combinations(range(6), 2))
    assert solution.objective == pytest.approx(best)
    assert solution.bound <= best * (1 + 1e-9)
    assert solution.status is Status.OPTIMAL
    assert "tangents" in solution.formulation or "intervals" in solution.formulation


# Groups


def test_the_welfare_of_groups_by_hand():
    """Means of 7 and 5 minutes before a horizon of 10; the shares of the groups are halves, or 7 and 3 tenths."""
    problem = line(demand_groups=["a", "a", "b", "b"], costs=[[4.0], [11.0], [3.0], [9.0]], p=1)
    here = Placed.nearest(problem, opened(0, n_sites=1))
    model = GroupIsoElastic(alpha=1.0, horizon_min=12.0)
    assert model.objective(problem, here) == pytest.approx(12 - math.sqrt(5 * 7))
    by_people = replace(model, count_people=True)
    assert by_people.objective(problem, here) == pytest.approx(12 - 5**0.7 * 7**0.3)
    assert math.isnan(model.objective(problem, Placed.nearest(problem, opened(n_sites=1))))
    minutes = problem.costs[:, 0]
    value, slope = model.steer(problem, minutes)
    assert model.in_unit(value, problem) == pytest.approx(12 - math.sqrt(35))
    # a minute more of a group costs 1 / (12 - t) of its share; one of its people moves it by their share of it
    assert slope == pytest.approx([4 / 7 / 2 / 5, 3 / 7 / 2 / 5, 2 / 3 / 2 / 7, 1 / 3 / 2 / 7])
    assert model.in_unit(-1.0, problem) == 0.0
    nobody, flat = model.steer(problem, np.full(4, np.inf))
    assert (nobody, flat.tolist()) == (0.0, [0.0] * 4)


def test_a_tangent_is_tight_where_it_is_taken_and_below_elsewhere():
    problem = line(demand_groups=["a", "a", "b", "b"], p=1)
    model = GroupIsoElastic(alpha=2.0, horizon_min=20.0)
    values = np.asarray([6.0, 30.0])  # beyond the horizon it is taken just inside
    cuts = model._tangents(problem, values)

    def price(t: float) -> float:
        return 1 / (1 - t / 20) - 1

    for group, at in enumerate((6.0, 19.8)):
        coefficients, constant = cuts[group]
        assert coefficients[1 - group] == 0.0
        assert coefficients[group] * at + constant == pytest.approx(price(at))
        for t in (0.0, 3.0, 10.0, 19.0):
            assert coefficients[group] * t + constant <= price(t) + 1e-9


def test_groups_are_compared_and_must_be_given():
    faults = GroupIsoElastic(alpha=-1.0).faults(line())
    assert [fault.where for fault in faults] == ["p", "alpha", "p", "by"]
    assert GroupIsoElastic().by == "group"
    grouped = line(demand_groups=["a", "a", "b", "b"], costs=[[4.0], [11.0], [3.0], [9.0]], p=1)
    here = Placed.nearest(grouped, opened(0, n_sites=1))
    assert GroupIsoElastic(horizon_min=12.0).objective(grouped, here) == pytest.approx(12 - math.sqrt(35))
    assert GroupIsoElastic().faults(line(p=1, demand_groups=[1, 1, 2, 2])) == []


# Rounds against every set of sites


def test_beyond_a_weight_of_one_people_still_go_to_the_nearest_site(monkeypatch):
    """Sending one person 8 minutes farther would be fairer; nobody is sent past an open site for that."""
    monkeypatch.setattr(enumerating, "MOST_WORK", -1)
    costs = np.asarray([[1.0, 9.0], [10.0, 10.0], [10.0, 10.0]])
    found = solve(PlacementProblem(costs, p=2), model="mean-difference", weight=2.0)
    assert found.objective == pytest.approx(7.0 + 2.0 * half_difference([1, 10, 10], [1, 1, 1]))
    assert (found.status, found.lower_bound) == (Status.OPTIMAL, pytest.approx(found.objective))


@pytest.mark.parametrize("seed", range(6))
def test_a_round_of_the_gini_finds_where_the_difference_less_the_ratio_times_the_mean_is_least(seed):
    generator = np.random.default_rng(seed)
    costs = generator.integers(1, 30, (6, 5)).astype(float)
    weights = generator.integers(1, 5, 6).astype(float)
    problem, ratio = PlacementProblem(costs, weights=weights, p=2), 0.25
    every = []
    for pair in itertools.combinations(range(5), 2):
        minutes = costs[:, pair].min(axis=1)
        every.append(half_difference(minutes, weights) - ratio * (weights @ minutes) / weights.sum())
    found = Gini()._round(problem, full_service(problem), Limits().started(), ratio, 1.0)
    minutes = costs[:, found.placed.sites].min(axis=1)
    assert half_difference(minutes, weights) - ratio * (weights @ minutes) / weights.sum() == pytest.approx(
        min(every)
    )
    assert found.bound == pytest.approx(min(every), abs=1e-6)
    assert found.status is Status.OPTIMAL


# Groups that nobody reaches, or in which nobody lives


def test_a_group_that_is_not_reached_has_no_share_in_the_welfare_of_the_others():
    """Group c is out of reach; group d has no people. Two groups are left, each with half a share."""
    costs = np.asarray([[10.0], [30.0], [np.nan], [20.0]])
    problem = PlacementProblem(costs, weights=[5.0, 1.0, 3.0, 0.0], demand_groups=list("abcd"), p=1)
    model = GroupIsoElastic(alpha=1.0, horizon_min=100.0)
    placed = Placed.nearest(problem, np.asarray([True]))
    equal = 100.0 * (1.0 - math.exp(0.5 * math.log(0.9) + 0.5 * math.log(0.7)))
    assert model.objective(problem, placed) == pytest.approx(equal)
    value, slope = model.steer(problem, placed.minutes(problem))
    assert model.in_unit(value, problem) == pytest.approx(equal)
    assert slope == pytest.approx([0.5 / 0.9 / 100, 0.5 / 0.7 / 100, 0.0, 0.0])


def test_the_proof_of_a_gini_counts_its_rounds(monkeypatch):
    monkeypatch.setattr(enumerating, "MOST_WORK", -1)
    real, rounds = Gini._round, []

    def counted(self: Gini, *asked: object) -> Outcome:
        rounds.append(asked)
        return real(self, *asked)

    monkeypatch.setattr(Gini, "_round", counted)
    found = solve(line(costs=np.asarray(LINE[:3]), weights=WEIGHTS[:3], p=1), model="gini")
    assert found.status is Status.OPTIMAL
    assert found.proof.fields["rounds"] == len(rounds) > 0


def test_what_a_model_must_say_itself():
    for asked in (
        lambda: OutcomeModel().minimise(line(p=1), full_service(line(p=1)), Limits()),
        lambda: OutcomeModel().measure(MINUTES, PEOPLE),
        lambda: OutcomeModel().slope(MINUTES, PEOPLE),
    ):
        with pytest.raises(NotImplementedError):
            asked()


def test_only_the_seconds_of_its_own_programs_are_those_of_a_round(monkeypatch):
    solved = SiteProgram.solve

    def slowly(self, limits, **words):
        return replace(solved(self, limits, **words), seconds=10.0)

    monkeypatch.setattr(SiteProgram, "solve", slowly)
    problem = line(costs=np.asarray(LINE[:3]), weights=WEIGHTS[:3], p=1)
    found = Gini()._round(problem, full_service(problem), Limits(), 0.25, 1.0)
    assert found.solve_s >= 10.0
    assert found.solve_s % 10.0 == 0.0


def test_large_problems_are_bounded_by_medians_where_somebody_can_be_served(monkeypatch):
    """The last person reaches nothing: the others are still bounded by medians; nobody at all is not."""
    asked: list[str] = []
    told = outcome(Status.OPTIMAL, opened(0), 1.0)
    monkeypatch.setattr(enumerating, "MOST_WORK", -1)
    monkeypatch.setattr(median_bounds, "large", lambda *_: True)
    monkeypatch.setattr(Gini, "by_medians", lambda *_: asked.append("medians") or told)
    monkeypatch.setattr(Gini, "minimise", lambda *_: asked.append("one program") or told)
    costs = np.asarray([[1.0, 4.0, 9.0], [5.0, 1.0, 4.0], [np.nan, np.nan, np.nan]])
    for weights in ([1.0, 1.0, 1.0], [0.0, 0.0, 1.0]):
        Gini().search(PlacementProblem(costs, weights=weights, p=1), Limits())
    assert asked == ["medians", "one program"]


def test_of_two_placements_with_the_least_mean_the_fairer_one_ends_the_rounds(monkeypatch):
    """Both sites are six minutes away on the mean, one 5 and 7, the other 0 and 12: one round proves the first."""
    monkeypatch.setattr(enumerating, "MOST_WORK", -1)
    for costs in ([[5.0, 0.0], [7.0, 12.0]], [[0.0, 5.0], [12.0, 7.0]]):
        found = solve(PlacementProblem(costs, p=1), "gini")
        assert found.objective == pytest.approx(half_difference([5.0, 7.0], [1.0, 1.0]) / 6.0)
        assert found.status is Status.OPTIMAL
        assert found.proof.fields["rounds"] == 1


def test_a_weight_of_differences_is_nothing_or_more():
    for weight, told in (
        (0.0, []),
        (1.5, []),
        (-0.1, ["weight"]),
        (math.inf, ["weight"]),
        (math.nan, ["weight"]),
    ):
        assert [fault.where for fault in MeanDifference(weight=weight).faults(line(p=1))] == told


def scripted_rounds(monkeypatch: pytest.MonkeyPatch, bound: float) -> tuple[Outcome, int]:
    """The Gini search with rounds that always find the first placement again, and that bound."""
    asked: list[float] = []
    told = replace(outcome(Status.OPTIMAL, opened(1), bound), build_s=0.0, solve_s=0.0)

    def again(
        _self: Gini, _problem: object, _plan: object, _limits: object, ratio: float, _least: float
    ) -> Outcome:
        asked.append(ratio)
        assert len(asked) < 9, "the rounds never end"
        return told

    monkeypatch.setattr(Gini, "_round", again)
    monkeypatch.setattr(Gini, "_least_mean", lambda *_: replace(told, bound=3.0))
    problem = line(p=1)
    return Gini().minimise(problem, full_service(problem), Limits()), len(asked)


def test_a_round_that_finds_nothing_closer_is_the_last(monkeypatch):
    """Half the difference less the ratio times the mean may still be below 0 by 0.3; every mean is 3 or more."""
    found, rounds = scripted_rounds(monkeypatch, -0.3)
    minutes = [4.0, 1.0, 5.0]
    ratio = half_difference(minutes, WEIGHTS[:3]) / (
        sum(w * t for w, t in zip(WEIGHTS[:3], minutes, strict=True)) / 9
    )
    assert rounds == 1
    assert found.bound == pytest.approx(ratio - 0.3 / 3.0)
    assert found.status is Status.FEASIBLE


def test_a_bound_of_a_ratio_is_never_above_the_ratio(monkeypatch):
    found, _ = scripted_rounds(monkeypatch, 0.5)
    assert found.bound == Gini().objective(line(p=1), found.placed)
    assert found.status is Status.OPTIMAL


@pytest.mark.parametrize(("least", "size"), [(3.0, 0.75), (0.0, 0.25)])
def test_a_round_values_placements_by_difference_less_ratio_times_mean(monkeypatch, least, size):
    """And measures its gaps by the ratio of the least mean, since its own value may be 0."""
    made: list[CutLoop] = []
    real = fairness.CutLoop

    def noted(*asked: object, **words: object) -> CutLoop:
        made.append(real(*asked, **words))
        return made[-1]

    monkeypatch.setattr(fairness, "CutLoop", noted)
    problem = line(costs=np.asarray(LINE[:3]), weights=WEIGHTS[:3], p=1)
    Gini()._round(problem, full_service(problem), Limits(), 0.25, least)
    (loop,) = made
    assert loop.size == size
    for site in range(3):
        minutes = LINE[:3, site]
        by_hand = (
            half_difference(minutes, WEIGHTS[:3]) - 0.25 * float(np.asarray(WEIGHTS[:3]) @ minutes) / 9.0
        )
        assert loop.value(Placed.nearest(problem, opened(site))) == pytest.approx(by_hand)


def equal_minutes(means, shares, alpha: float, horizon: float) -> float:
    """The minutes that, had by every group, are worth as much as these (Atkinson 1970)."""
    left = 1.0 - np.asarray(means) / horizon
    if alpha == 1.0:
        return horizon * (1.0 - math.exp(float(np.asarray(shares) @ np.log(left))))
    return horizon * (1.0 - float(np.asarray(shares) @ left ** (1.0 - alpha)) ** (1.0 / (1.0 - alpha)))


@pytest.mark.parametrize("count_people", [False, True])
@pytest.mark.parametrize(("alpha", "seed"), [(0.5, 1), (1.0, 2), (2.0, 3)])
def test_the_welfare_of_groups_by_tangents_is_that_of_all_placements(monkeypatch, alpha, seed, count_people):
    """One group has less than a person; everybody is in one of three, and any two of five sites may be open."""
    monkeypatch.setattr(enumerating, "MOST_WORK", -1)
    generator = np.random.default_rng(seed)
    costs = generator.integers(1, 60, (8, 5)).astype(float)
    weights = np.asarray([3.0, 1.0, 2.0, 5.0, 1.0, 4.0, 0.25, 0.5])
    groups = list("aaabbbcc")
    people = np.asarray([6.0, 10.0, 0.75])
    shares = people / people.sum() if count_people else np.full(3, 1.0 / 3.0)
    every = {}
    for pair in itertools.combinations(range(5), 2):
        weighted = weights * costs[:, pair].min(axis=1)
        means = [
            weighted[[one == own for one in groups]].sum() / size
            for own, size in zip("abc", people, strict=True)
        ]
        every[pair] = equal_minutes(means, shares, alpha, 100.0)
    problem = PlacementProblem(costs, weights=weights, demand_groups=groups, p=2)
    found = solve(problem, "iso-elastic-groups", alpha=alpha, horizon_min=100.0, count_people=count_people)
    assert found.formulation == "group welfare by tangents"
    assert found.status is Status.OPTIMAL
    assert found.chosen_ids == min(every, key=every.__getitem__)
    assert found.objective == pytest.approx(min(every.values()))
    assert found.bound == pytest.approx(min(every.values()), rel=1e-5)


def test_the_order_of_people_shows_in_no_digit_of_the_welfare_of_groups() -> None:
    rng = np.random.default_rng(11)
    for _ in range(60):
        costs, weights = rng.uniform(1, 60, (7, 2)), rng.uniform(1, 9, 7)
        groups = rng.choice(["x", "y", "z"], 7)
        told = set()
        for order in (np.arange(7), np.arange(7)[::-1], rng.permutation(7)):
            problem = PlacementProblem(
                costs[order], weights=weights[order], demand_groups=groups[order].tolist(), p=1
            )
            told.add(solve(problem, "iso-elastic-groups", alpha=1.0, count_people=True).objective)
        assert len(told) == 1
