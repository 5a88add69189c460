"""The p-center: what steers a start, how many programs a bisection takes, and how it ends when it is cut short."""

from __future__ import annotations

import itertools
import math
import re
import time
from collections import defaultdict
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from optimise import PlacementProblem, SiteCount, Status, engines, program, solve
from optimise.models import center
from optimise.models.center import (
    EngineThresholdSearch,
    PartialPCenter,
    PCenter,
    ThresholdSearch,
    _needed,
    coverage_rows,
)
from optimise.placed import Placed
from optimise.program import ProgramTooLargeError
from optimise.running import Limits, Run
from optimise.service import ServicePlan, full_service, plan_service

LINE = np.asarray([[0.0, 4.0, 9.0], [5.0, 1.0, 4.0], [9.0, 5.0, 0.0], [np.nan, np.nan, 7.0]])
WEIGHTS = [4.0, 3.0, 2.0, 1.0]


def line(**values: object) -> PlacementProblem:
    return PlacementProblem(**({"costs": LINE, "weights": WEIGHTS} | values))


def opened(*sites: int, n_sites: int = 3) -> np.ndarray:
    return np.isin(np.arange(n_sites), sites)


def checks(proof: str) -> int:
    found = re.match(r"(\d+) covering programs", proof)
    assert found is not None, proof
    return int(found[1])


# What steers a start


def test_the_longest_way_steers_and_a_little_of_the_mean():
    value, slope = PCenter().steer(line(p=1), np.asarray([4.0, 1.0, 5.0, np.inf]))
    assert value == pytest.approx(5.0 + 1e-5 * (16 + 3 + 10) / 9, rel=1e-12)
    assert slope.tolist() == [1.0, 0.0, 1.0, 0.0]  # four fifths of the longest way, 4, is near enough


def test_a_share_steers_by_the_people_and_not_by_the_farthest():
    """Half of nine people are within 4 minutes; whoever has 3.2 or more is worth moving, by their number."""
    value, slope = PartialPCenter(share=0.5).steer(line(p=1), np.asarray([4.0, 1.0, 5.0, np.inf]))
    assert value == pytest.approx(4.0 + 1e-5 * 29 / 9, rel=1e-12)
    assert slope.tolist() == [4.0, 0.0, 2.0, 0.0]


def test_nobody_steers_nothing():
    for weights, minutes in (([0, 0, 0, 0], [4.0, 1.0, 5.0, 7.0]), (WEIGHTS, [np.inf] * 4)):
        value, slope = PCenter().steer(line(p=1, weights=weights), np.asarray(minutes))
        assert value == 0.0
        assert slope.tolist() == [0.0] * 4
    weightless = line(p=1, weights=[4, 3, 0, 0])
    assert PCenter().steer(weightless, np.asarray([4.0, 1.0, 50.0, 7.0]))[1].tolist() == [1.0, 0.0, 0.0, 0.0]


def test_a_share_is_nineteen_of_twenty_unless_it_is_said_otherwise():
    twenty = PlacementProblem(np.arange(1.0, 21.0)[:, None], p=1)
    assert solve(twenty, "partial-p-center").objective == 19.0
    assert solve(twenty, "partial-p-center", share=0.96).objective == 20.0
    assert solve(twenty, "partial-p-center", share=0.05).objective == 1.0
    assert solve(twenty, "p-center").objective == 20.0


# Bisection


@pytest.mark.parametrize("seed", range(4))
def test_bisection_takes_as_many_programs_as_halving_does(seed):
    """64 different minutes: an answer first, then at most six halvings."""
    rng = np.random.default_rng(seed)
    costs = rng.permutation(np.arange(1.0, 65.0)).reshape(8, 8)
    solution = solve(PlacementProblem(costs, p=2), "p-center", method="threshold")
    farthest = [costs[:, [a, b]].min(axis=1).max() for a in range(8) for b in range(a)]
    assert solution.objective == min(farthest)
    assert 1 <= checks(solution.proof) <= 7


def test_the_bisection_begins_at_the_nearest_site_of_whoever_is_farthest():
    """No placement is better than everybody's nearest site; the first answer meets that, and no more is asked."""
    costs = np.asarray([[1.0, 2.0, 30.0], [2.0, 1.0, 40.0], [10.0, 20.0, 50.0]])
    solution = solve(PlacementProblem(costs, p=1), "p-center")
    assert (solution.objective, solution.chosen_ids) == (10.0, (0,))
    begun = ThresholdSearch(
        PlacementProblem(costs, p=1),
        full_service(PlacementProblem(costs, p=1)),
        1.0,
        Limits(),
        opened(0),
    ).outcome()
    assert (begun.status, begun.bound, checks(begun.proof)) == (Status.OPTIMAL, 10.0, 0)
    assert begun.solver.startswith("HiGHS ")


def search(problem: PlacementProblem, start: np.ndarray | None = None, **limits: float) -> ThresholdSearch:
    return ThresholdSearch(problem, plan_service(problem, Limits()), 1.0, Limits(**limits), start)


def test_a_start_that_leaves_people_out_is_none():
    problem = line(p=1)  # only the last site reaches everybody
    assert search(problem, opened(0)).best is None
    kept = search(problem, opened(2)).best
    assert kept is not None
    assert kept.sites.tolist() == [False, False, True]
    assert search(problem).best is None


def test_a_start_saves_the_programs_that_only_find_an_answer():
    costs = np.random.default_rng(3).permutation(np.arange(1.0, 65.0)).reshape(8, 8)
    problem = PlacementProblem(costs, p=2)
    best = solve(problem, "p-center")
    warm = search(problem, np.asarray(best.placed.sites)).outcome()
    assert warm.bound == best.objective
    assert checks(warm.proof) < checks(best.proof)


def test_a_clock_that_has_run_out_keeps_the_start_and_a_true_bound():
    costs = np.asarray([[1.0, 9.0], [8.0, 2.0], [7.0, 3.0]])
    problem = PlacementProblem(costs, p=1)
    late = search(problem, opened(1, n_sites=2), deadline=0.0).outcome()  # the epoch: long past
    assert late.status is Status.FEASIBLE
    assert late.placed.sites.tolist() == [False, True]
    assert late.bound == 3.0  # nobody can be nearer than the third to their nearest site
    in_time = search(problem, opened(1, n_sites=2), deadline=math.inf).outcome()
    assert (in_time.status, in_time.bound) == (Status.OPTIMAL, 8.0)


class Scripted(ThresholdSearch):
    """Checks whose answers are written down: sites, or how the solver ended."""

    answers: tuple[np.ndarray | Status, ...] = ()

    def _check(self, minutes: float) -> Run:
        answer = self.answers[self.checks]
        self.checks += 1
        self.asked = [*getattr(self, "asked", []), minutes]
        if isinstance(answer, Status):
            return Run(answer, math.nan, math.nan, 0.25, "scripted", has_values=False)
        self.best = Placed.nearest(self.problem, answer)
        return Run(Status.OPTIMAL, 0.0, 0.0, 0.25, "scripted", has_values=True)


def scripted(*answers: np.ndarray | Status) -> Scripted:
    problem = PlacementProblem([[1.0, 4.0, 6.0], [5.0, 2.0, 6.0], [7.0, 5.0, 3.0]], p=1)
    found = Scripted(problem, full_service(problem), 1.0, Limits())
    found.answers = answers
    return found


def test_the_largest_minutes_first_then_the_middle():
    """Levels from the floor 3 on: 3, 4, 5, 6, 7. The first answer has 6; then 4 is asked, and 5."""
    found = scripted(opened(2), Status.INFEASIBLE, opened(1))
    outcome = found.outcome()
    assert found.asked == [7.0, 4.0, 5.0]
    assert (outcome.status, outcome.bound, outcome.placed.sites.tolist()) == (
        Status.OPTIMAL,
        5.0,
        [False, True, False],
    )
    assert outcome.proof.startswith("3 covering programs by scripted")


@pytest.mark.parametrize(
    ("answers", "status", "has_sites", "bound"),
    [
        ((Status.NO_SOLUTION,), Status.NO_SOLUTION, False, 3.0),
        ((Status.INTERRUPTED,), Status.INTERRUPTED, False, 3.0),
        ((Status.INFEASIBLE,), Status.INFEASIBLE, False, 7.0),
        ((opened(0), Status.NO_SOLUTION), Status.FEASIBLE, True, 3.0),
        ((opened(0), Status.INTERRUPTED), Status.INTERRUPTED, True, 3.0),
        ((opened(0), Status.INFEASIBLE, Status.NO_SOLUTION), Status.FEASIBLE, True, 6.0),
    ],
)
def test_a_bisection_that_is_cut_short_says_what_it_has(answers, status, has_sites, bound):
    """7 of the first site: 5 is the middle of 3, 4, 5, 6; where it is too little, 6 is left."""
    outcome = scripted(*answers).outcome()
    assert (outcome.status, outcome.placed is not None, outcome.bound) == (status, has_sites, bound)


def test_nobody_to_serve_takes_any_sites_that_keep_the_conditions():
    nobody = line(p=2, weights=[0, 0, 0, 0])
    found = solve(nobody, "p-center")
    assert (found.status, found.formulation, len(found.chosen)) == (Status.OPTIMAL, "any sites", 2)
    never = nobody.with_conditions(SiteCount((0, 1, 2), at_most=1))
    assert solve(never, "p-center").status is Status.INFEASIBLE


def test_one_program_and_bisection_agree_and_say_which_they_are():
    by_program = solve(line(p=2), "p-center", method="program")
    by_threshold = solve(line(p=2), "p-center")
    assert by_program.objective == by_threshold.objective == 7.0
    assert by_program.formulation == "center assignment"
    assert by_threshold.formulation == "threshold search on covering programs"


# Rows


def grouped(problem: PlacementProblem, minutes: float) -> dict[tuple[tuple[int, ...], int], float]:
    """Who has the same sites in reach and the same sites within the minutes, written out person by person."""
    plan = full_service(problem)
    found: dict[tuple[tuple[int, ...], int], float] = defaultdict(float)
    for row in range(problem.n_demand):
        reach = [
            site
            for site in range(problem.n_sites)
            if np.isfinite(problem.costs[row, site]) and not problem.never_open[site]
        ]
        if problem.weights[row] > 0 and reach:
            near = tuple(site for site in reach if problem.costs[row, site] <= minutes)
            found[near, int(plan.pattern_of[row])] += float(problem.weights[row])
    return dict(found)


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("minutes", [0.0, 4.0, 6.0, 20.0])
def test_people_with_the_same_sites_in_reach_are_one_row(monkeypatch, many, minutes):
    monkeypatch.setattr(engines, "PAYS_AT_PAIRS", 1 if many else 10**9)
    rng = np.random.default_rng(7)
    costs = rng.integers(0, 9, (14, 4)).astype(float)
    costs[rng.random(costs.shape) < 0.3] = np.nan
    problem = PlacementProblem(
        costs,
        weights=rng.integers(0, 4, 14).astype(float),
        roles=["existing", "candidate", "forbidden", "candidate"],
        p=2,
    )
    near, weights, patterns = coverage_rows(problem, full_service(problem), minutes)
    told = {
        (tuple(sites), pattern): weight
        for sites, pattern, weight in zip(near, patterns.tolist(), weights.tolist(), strict=True)
    }
    expected = grouped(problem, minutes)
    # by hash, people out of reach of everything within the minutes are one row of no site at all
    assert told == expected
    assert len(near) == len(told)


def test_rows_may_have_minutes_of_their_own():
    problem = line(p=1)
    limit = np.asarray([0.0, 4.0, 5.0, 1.0])
    near, weights, _ = coverage_rows(problem, full_service(problem), limit)
    told = sorted((sites, weight) for sites, weight in zip(near, weights.tolist(), strict=True))
    assert told == [([], 1.0), ([0], 4.0), ([1, 2], 5.0)]


def test_only_rows_that_no_other_row_implies_are_needed(monkeypatch):
    near = [[0], [0, 1], [1, 2], [0, 1, 2], [2]]
    problem = PlacementProblem(np.ones((5, 3)) + np.arange(5)[:, None], p=1)
    plan = full_service(problem)
    monkeypatch.setattr(engines, "CENTER_PAYS_AT_PAIRS", 10**9)
    assert _needed(near, problem, plan) == [0, 1, 2, 3, 4]
    monkeypatch.setattr(engines, "CENTER_PAYS_AT_PAIRS", 1)
    assert _needed(near, problem, plan) == [0, 4]
    assert _needed(near, problem, replace(plan, everyone=False)) == [0, 1, 2, 3, 4]


# Where large problems go


@pytest.fixture
def taken_for_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "PAYS_AT_PAIRS", 1)
    monkeypatch.setattr(engines, "CENTER_PAYS_AT_PAIRS", 1)


@pytest.mark.usefixtures("taken_for_large")
def test_large_centers_go_to_the_engine_and_conditions_keep_them_from_it():
    costs = np.random.default_rng(5).integers(1, 60, (12, 6)).astype(float)
    problem = PlacementProblem(costs, p=2)
    best = min(
        (costs[:, [a, b]].min(axis=1).max(), costs[:, [a, b]].min(axis=1).mean())
        for a in range(6)
        for b in range(a)
    )
    engine = solve(problem, "p-center")
    assert engine.formulation == "exact engine: threshold search on reduced covering problems"
    assert engine.objective == best[0]
    assert engine.travel_min.mean() == pytest.approx(best[1])
    assert sum(count for name, count in engine.figures.items() if name.startswith("settled_by_")) >= 0
    assert engine.proof.startswith("covering questions settled: ")
    kept = solve(problem.with_conditions(SiteCount((0, 1, 2, 3, 4, 5), at_least=2)), "p-center")
    assert kept.objective == best[0]
    assert "reductions of sites are off: the problem has conditions" in kept.proof
    partial = solve(problem, "partial-p-center", share=0.8)
    tenth = min(sorted(costs[:, [a, b]].min(axis=1))[9] for a in range(6) for b in range(a))
    assert partial.objective == tenth
    assert partial.solver.startswith("exact covering engine with HiGHS")


@pytest.mark.usefixtures("taken_for_large")
def test_small_problems_say_nothing_of_reductions(monkeypatch):
    monkeypatch.setattr(engines, "CENTER_PAYS_AT_PAIRS", 10**9)
    problem = line(p=2, conditions=[SiteCount((0, 1, 2), at_least=2)])
    assert "reductions" not in solve(problem, "p-center").proof


@pytest.mark.parametrize("minutes", [3.0, 4.0, 5.0, 6.0, 7.0, 9.0])
@pytest.mark.parametrize("share", [0.5, 0.7, 1.0])
def test_the_engine_answers_whether_a_share_can_be_reached(minutes, share):
    """Of all pairs of sites that serve everybody, whether one has the share within the minutes."""
    problem = line(p=2)
    found = EngineThresholdSearch(problem, plan_service(problem, Limits()), share, Limits())
    run = found._check(minutes)
    possible = any(
        np.asarray(WEIGHTS)[LINE[:, [site, 2]].min(axis=1, initial=np.inf, where=~np.isnan(LINE[:, [site, 2]])) <= minutes].sum()
        >= share * 10 - 1e-9
        for site in (0, 1)
    )  # fmt: skip
    assert run.has_values is possible
    assert run.status is (Status.OPTIMAL if possible else Status.INFEASIBLE)
    assert (found.best is not None) is possible
    assert found.checks == 1
    if possible:
        assert found.best.sites[2]
        assert int(found.best.sites.sum()) == 2


# The first stage, and the one program


def slow_plan(problem: PlacementProblem, status: Status) -> ServicePlan:
    """Who can be served, as a program of a hundred seconds told it."""
    run = Run(status, math.nan, math.nan, 100.0, "slow", has_values=status is Status.OPTIMAL)
    return replace(plan_service(problem, Limits()), run=run)


def test_the_first_stage_without_a_proof_ends_the_search(monkeypatch):
    monkeypatch.setattr(center, "settled_service", lambda problem, _: slow_plan(problem, Status.FEASIBLE))
    outcome = PCenter().search(line(p=1), Limits())
    assert (outcome.status, outcome.placed, outcome.formulation) == (Status.NO_SOLUTION, None, "most served")


@pytest.mark.parametrize("method", ["threshold", "program"])
def test_the_seconds_of_the_first_stage_count(monkeypatch, method):
    monkeypatch.setattr(center, "settled_service", lambda problem, _: slow_plan(problem, Status.OPTIMAL))
    outcome = PCenter(method=method).search(line(p=2), Limits())
    assert (outcome.status, outcome.placed.sites.tolist()) == (Status.OPTIMAL, [True, False, True])
    assert 100.0 <= outcome.solve_s < 110.0


def test_one_program_of_too_many_pairs_is_not_built(monkeypatch):
    monkeypatch.setattr(program, "MOST_PAIRS", 9)
    with pytest.raises(ProgramTooLargeError, match="would hold 10 pairs"):
        PCenter(method="program").search(line(p=2), Limits())
    monkeypatch.setattr(program, "MOST_PAIRS", 10)
    assert PCenter(method="program").search(line(p=2), Limits()).status is Status.OPTIMAL


def test_people_of_little_weight_count_and_those_without_do_not():
    """Weights may be shares: a twentieth of a person has a longest way as well."""
    costs = np.asarray([[0.0, 4.0, 9.0], [5.0, 1.0, 4.0], [9.0, 5.0, 0.0], [1.0, 2.0, 7.0]])
    shares = PlacementProblem(costs, weights=[0.5, 0.25, 0.0, 1.0], p=1)
    assert PCenter().engine_size(shares)[0] == 3 * 3
    assert solve(shares, model="p-center").objective == 4.0


def test_a_method_that_is_none_is_named():
    assert PCenter().wanted_share == 1.0
    assert [(one.where, one.value) for one in PCenter(method="guess").faults(line(p=1))] == [
        ("method", "guess")
    ]  # type: ignore[arg-type]


def test_seconds_of_the_engine_count(monkeypatch):
    """A clock that goes on by ten seconds each time it is read: two checks take ten each."""
    now = itertools.count(0.0, 10.0)
    problem = line(p=2)
    found = EngineThresholdSearch(problem, plan_service(problem, Limits()), 0.5, Limits())
    before = found.solve_s
    monkeypatch.setattr(center.time, "perf_counter", lambda: next(now))
    runs = [found._check(9.0), found._check(3.0)]
    assert all(run.seconds >= 10.0 for run in runs)
    assert found.solve_s == before + sum(run.seconds for run in runs)


@pytest.mark.usefixtures("taken_for_large")
def test_the_engine_is_for_questions_without_conditions_and_with_a_number():
    problem = PlacementProblem(np.random.default_rng(5).integers(1, 60, (12, 6)).astype(float), p=2)
    plan = plan_service(problem, Limits())
    assert center._fits_engine(problem, plan)
    assert not center._fits_engine(problem.with_conditions(SiteCount((0, 1), at_most=1)), plan)
    assert not center._fits_engine(problem.replace(p=None, fixed_costs=[1.0] * 6, budget=2.0), plan)
    assert not center._fits_engine(problem.replace(p=None, roles=["required"] * 6), plan)


def share_within(costs: np.ndarray, weights: np.ndarray, sites: tuple[int, ...], share: float) -> float:
    """The least minutes within which the share of all weight is; inf where somebody is reached by none of the sites."""
    nearest = np.nan_to_num(costs[:, sites], nan=math.inf).min(axis=1)
    if not np.isfinite(nearest[weights > 0]).all():
        return math.inf
    return min(t for t in nearest.tolist() if weights[nearest <= t].sum() >= share * weights.sum() - 1e-9)


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("share", [0.5, 0.75, 0.9])
@pytest.mark.parametrize("seed", range(3))
def test_a_share_is_served_as_near_as_any_placement_serves_it(monkeypatch, seed, share, many):
    """The first and the second person each reach one half of the sites only: both halves must have one."""
    if many:
        monkeypatch.setattr(engines, "CENTER_PAYS_AT_PAIRS", 1)
    generator = np.random.default_rng(seed)
    costs = generator.integers(1, 60, (9, 6)).astype(float)
    costs[0, :3] = costs[1, 3:] = np.nan
    weights = generator.integers(1, 9, 9).astype(float)
    weights[:2] = 0.5
    every = [share_within(costs, weights, sites, share) for sites in combinations(range(6), 3)]
    found = solve(PlacementProblem(costs, weights=weights, p=3), "partial-p-center", share=share)
    assert found.status is Status.OPTIMAL
    assert found.objective == min(every)
    assert found.placed.served().tolist() == [1.0] * 9
    assert found.solver.startswith("exact covering engine") is many


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
@pytest.mark.parametrize(("weights", "longest", "site"), [([1.0, 2.0], 8.0, 1), ([2.0, 1.0], 3.0, 0)])
def test_of_two_islands_the_larger_is_served_whichever_comes_first(order, weights, longest, site):
    costs = np.asarray([[3.0, np.nan], [np.nan, 8.0]])[order]
    found = solve(PlacementProblem(costs, weights=np.asarray(weights)[order], p=1), "p-center")
    assert (found.status, found.objective, found.chosen_ids) == (Status.OPTIMAL, longest, (site,))


@pytest.mark.parametrize("seed", range(3))
def test_the_one_program_finds_the_least_longest_way(seed):
    costs = np.random.default_rng(seed).integers(1, 60, (8, 5)).astype(float)
    least = min(float(costs[:, pair].min(axis=1).max()) for pair in combinations(range(5), 2))
    found = solve(PlacementProblem(costs, p=2), "p-center", method="program")
    assert (found.status, found.objective) == (Status.OPTIMAL, least)
    assert found.bound == pytest.approx(least)


@pytest.mark.usefixtures("taken_for_large")
def test_the_engine_tells_the_seconds_that_passed():
    costs = np.random.default_rng(5).integers(1, 60, (12, 6)).astype(float)
    began = time.perf_counter()
    outcome = PCenter().search(PlacementProblem(costs, p=2), Limits())
    assert outcome.formulation.startswith("exact engine")
    assert 0.0 < outcome.solve_s <= time.perf_counter() - began
