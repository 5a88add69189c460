"""Lexicographic minimax: levels settled one by one, what steers a start, and how a descent that is cut short ends."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from optimise import PlacementProblem, SiteCount, Status, engines, solve
from optimise.models import enumerating, leximin
from optimise.models.leximin import LexicographicMinimax, _Descent
from optimise.placed import Placed
from optimise.program import SiteProgram
from optimise.running import Limits, Run
from optimise.service import full_service, plan_service

LINE = np.asarray([[0.0, 4.0, 9.0], [5.0, 1.0, 4.0], [9.0, 5.0, 0.0], [np.nan, np.nan, 7.0]])
WEIGHTS = [4.0, 3.0, 2.0, 1.0]


def line(**values: object) -> PlacementProblem:
    return PlacementProblem(**({"costs": LINE, "weights": WEIGHTS} | values))


def opened(*sites: int, n_sites: int = 3) -> np.ndarray:
    return np.isin(np.arange(n_sites), sites)


@pytest.fixture
def by_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enumerating, "MOST_WORK", -1)


def profile(minutes, weights) -> list[float]:
    """Everybody's minutes from the worst down, one entry a person."""
    return sorted(np.repeat(minutes, np.asarray(weights, int)).tolist(), reverse=True)


# What steers a start


def test_the_longest_way_and_a_little_of_how_many_are_near_it_steer():
    value, slope = LexicographicMinimax().steer(line(p=1), np.asarray([4.0, 1.0, 5.0, np.inf]))
    near = (4 * 0.8**16 + 3 * 0.2**16 + 2 * 1.0) / 9
    assert value == pytest.approx(5.0 * (1 + 1e-4 * near), rel=1e-13)
    assert slope.tolist() == [1.0, 0.0, 1.0, 0.0]


def test_nobody_and_no_minutes_steer_nothing():
    model = LexicographicMinimax()
    for weights, minutes in (([0] * 4, [1.0] * 4), (WEIGHTS, [np.inf] * 4)):
        value, slope = model.steer(line(p=1, weights=weights), np.asarray(minutes))
        assert (value, slope.tolist()) == (0.0, [0.0] * 4)
    value, slope = model.steer(line(p=1), np.zeros(4))
    assert 0.0 <= value < 1e-290
    weightless = line(p=1, weights=[4, 3, 0, 1])
    assert model.steer(weightless, np.asarray([4.0, 1.0, 50.0, 3.0]))[1].tolist() == [1.0, 0.0, 0.0, 0.0]


# Levels


@pytest.mark.usefixtures("by_levels")
@pytest.mark.parametrize("seed", range(5))
def test_levels_lead_to_the_profile_of_all_placements(seed):
    rng = np.random.default_rng(seed)
    costs = rng.integers(0, 9, (8, 6)).astype(float)
    weights = rng.integers(0, 4, 8).astype(float)
    solution = solve(PlacementProblem(costs, weights=weights, p=3), "lexicographic-minimax")
    best = min(profile(costs[:, list(three)].min(axis=1), weights) for three in combinations(range(6), 3))
    assert profile(solution.travel_min, weights) == best
    assert solution.bound == solution.objective == best[0]
    assert solution.formulation == "level by level covering"
    assert solution.proof.endswith("they decide the rest")


@pytest.mark.usefixtures("by_levels")
def test_how_many_levels_are_settled_is_told():
    """Ways of 9, 7, 5 and 1 minutes to either of two sites: all four levels, or as many as were asked for."""
    problem = PlacementProblem([[9.0, 9.0], [7.0, 7.0], [5.0, 5.0], [1.0, 1.0]], p=1)
    for asked, settled in ((1, 1), (2, 2), (3, 3), (9, 4), (None, 4)):
        solution = solve(problem, "lexicographic-minimax", levels=asked)
        assert solution.figures == {"levels_settled": float(settled)}
        assert solution.proof.startswith(f"{settled} levels settled")
        assert (solution.objective, solution.bound) == (9.0, 9.0)
    # after the first level it is asked whether another placement is left: of one site there is none
    alone = solve(
        problem.replace(costs=problem.costs[:, :1], roles=None, site_ids=None), "lexicographic-minimax"
    )
    assert alone.figures == {"levels_settled": 1.0}


@pytest.mark.usefixtures("by_levels")
def test_where_others_are_left_the_descent_goes_on():
    """Three placements share the worst 9; the next level decides between two, the third alone."""
    costs = [[9.0, 9.0, 9.0], [5.0, 5.0, 6.0], [2.0, 1.0, 1.0]]
    solution = solve(PlacementProblem(costs, p=1), "lexicographic-minimax")
    assert solution.chosen_ids == (1,)
    assert solution.figures["levels_settled"] >= 2.0
    assert solve(PlacementProblem(costs, p=1), "lexicographic-minimax", levels=2).figures == {
        "levels_settled": 2.0
    }


@pytest.mark.usefixtures("by_levels")
def test_fewer_people_at_the_worst_level_come_before_the_next_level():
    """Either two people at 8 and nobody at 7, or one at 8 and four at 7: the second."""
    costs = [[8.0, 8.0], [8.0, 7.0], [1.0, 7.0]]
    solution = solve(PlacementProblem(costs, weights=[1, 1, 3], p=1), "lexicographic-minimax")
    assert solution.chosen_ids == (1,)


def descent(problem: PlacementProblem, levels: int | None = None) -> _Descent:
    return _Descent(problem, plan_service(problem, Limits()), Limits(), levels)


def test_a_level_that_is_empty_tightens_the_one_above():
    found = descent(line(p=1))
    found.best = Placed.nearest(line(p=1), opened(2))  # 9, 4, 0, 7 minutes for 4, 3, 2, 1 people
    assert found._weight_beyond(9.0) == 4.0
    assert found._weight_beyond(7.0) == 5.0
    assert [found._next_level(level) for level in (math.inf, 9.0, 7.0, 4.0, 0.0)] == [
        9.0,
        7.0,
        4.0,
        0.0,
        None,
    ]
    found._hold_empty_above(9.0)
    assert found.settled == [(np.nextafter(9.0, 10.0), 0.0)]
    found._settle(9.0)
    assert found.settled[1:] == [(9.0, 4.0)]
    assert (found.n_settled, found.worst) == (1, 9.0)
    found._hold_empty_above(7.0)
    assert found.settled[1:] == [(np.nextafter(7.0, 8.0), 4.0)]
    found._settle(7.0)
    assert found.settled[2:] == [(7.0, 5.0)]
    assert (found.n_settled, found.worst) == (2, 9.0)
    found._settle(6.0)  # nobody has between 6 and 7 minutes: nothing new is settled, the row is moved down
    assert found.settled[2:] == [(6.0, 5.0)]
    assert found.n_settled == 2


def test_whether_another_placement_is_left():
    only_one = descent(line(p=3))
    assert not only_one._alone()  # nothing is known yet
    only_one.best = Placed.nearest(line(p=3), opened(0, 1, 2))
    assert only_one._alone()
    free = descent(line(budget=3.0, fixed_costs=[1, 1, 1]))
    free.best = Placed.nearest(line(), opened(0, 1, 2))
    assert free._alone() is False  # no number of sites: a further one may always be left
    two = descent(PlacementProblem([[3.0, 3.0], [1.0, 2.0]], p=1))
    two.best = Placed.nearest(two.problem, opened(0, n_sites=2))
    two.settled = [(3.0, 1.0)]
    assert not two._alone()
    two.settled = [(3.0, 1.0), (2.0, 1.0)]
    assert two._alone()


def test_weights_are_scaled_to_those_who_are_served():
    half = descent(line(weights=[0.2, 0.1, 0.1, 0.1], p=2))
    assert half._scaled(0.25) == pytest.approx(leximin.SCALED_WEIGHT / 2)
    found = descent(line(p=1))
    assert found._scaled(10.0) == pytest.approx(1e4)
    assert found._scaled(2.5) == pytest.approx(2.5e3)
    nobody = descent(line(p=1, weights=[0] * 4))
    assert nobody._scaled(1.0) == 0.0


@pytest.mark.parametrize(
    ("status", "sites", "ended", "bound"),
    [
        (Status.NO_SOLUTION, None, Status.NO_SOLUTION, -math.inf),
        (Status.NO_SOLUTION, (2,), Status.FEASIBLE, -math.inf),
        (Status.INTERRUPTED, (2,), Status.INTERRUPTED, -math.inf),
        (Status.OPTIMAL, (2,), Status.OPTIMAL, 9.0),
    ],
)
def test_a_descent_that_is_cut_short_keeps_what_it_has(status, sites, ended, bound):
    found = descent(line(p=1))
    found.best = None if sites is None else Placed.nearest(line(p=1), opened(*sites))
    run = Run(status, math.nan, math.nan, 0.0, "scripted", has_values=False)
    outcome = found._told(status, run)
    assert (outcome.status, outcome.bound, outcome.placed) == (ended, bound, found.best)
    found.worst = 7.5
    assert found._told(status, run).bound == 7.5


@pytest.mark.usefixtures("by_levels")
def test_an_answer_of_an_interrupted_program_is_not_taken(monkeypatch):
    found = descent(line(p=1))
    monkeypatch.setattr(
        leximin.SiteProgram,
        "solve",
        lambda *_, **__: Run(Status.INTERRUPTED, 1.0, 0.0, 2.0, "scripted", has_values=True),
    )
    run = found._least_beyond(math.inf)
    assert run.status is Status.INTERRUPTED
    assert found.best is None
    assert found.solve_s >= 2.0
    assert found.build_s > 0.0


def test_no_placement_at_all_is_told_so():
    never = line(p=2, conditions=[SiteCount((0, 1, 2), at_most=1)])
    assert solve(never, "lexicographic-minimax", levels=1).status is Status.INFEASIBLE


@pytest.mark.usefixtures("by_levels")
def test_the_first_stage_without_a_proof_ends_the_descent(monkeypatch):
    def unproven(problem, limits):
        plan = full_service(problem)
        run = Run(Status.FEASIBLE, math.nan, math.nan, 0.5, "slow", has_values=False)
        return type(plan)(**{**{name: getattr(plan, name) for name in plan.__dataclass_fields__}, "run": run})

    monkeypatch.setattr(leximin, "settled_service", unproven)
    assert LexicographicMinimax().search(line(p=1), Limits()).status is Status.NO_SOLUTION


@pytest.mark.usefixtures("by_levels")
def test_large_problems_begin_with_the_radius_of_the_center_and_keep_it_as_a_bound(monkeypatch):
    asked = []
    search = leximin.PCenter.search
    monkeypatch.setattr(leximin.PCenter, "search", lambda *of: asked.append(1) or search(*of))
    solve(line(p=2), "lexicographic-minimax")
    assert asked == []
    monkeypatch.setattr(engines, "PAYS_AT_PAIRS", 1)
    solution = solve(line(p=2), "lexicographic-minimax")
    assert asked == [1]
    assert (solution.status, solution.objective) == (Status.OPTIMAL, 7.0)
    # No program is built any more: the answer is that of the center, and its radius bounds the longest way.
    monkeypatch.setattr(_Descent, "_late", lambda *_: True)
    solution = solve(line(p=2), "lexicographic-minimax")
    assert (solution.status, solution.objective, solution.bound) == (Status.FEASIBLE, 7.0, 7.0)
    assert "0 levels settled" in solution.proof


def test_few_placements_are_all_looked_at_unless_levels_are_asked_for():
    assert solve(line(p=2), "lexicographic-minimax").solver == "enumeration"
    assert solve(line(p=2), "lexicographic-minimax", levels=3).solver.startswith("HiGHS")
    faults = LexicographicMinimax(levels=0).faults(line())
    assert [fault.where for fault in faults] == ["p", "levels"]


def test_weights_that_sum_to_less_than_one_count_as_much_as_any(monkeypatch):
    """Weights are shares of people as often as people: scaled down, the same sites are best."""
    monkeypatch.setattr(enumerating, "MOST_WORK", -1)
    costs = np.asarray(
        [[0.0, 4.0, 9.0, 3.0], [5.0, 1.0, 4.0, 3.0], [9.0, 5.0, 0.0, 3.0], [9.0, 2.0, 7.0, 3.0]]
    )
    weights = np.asarray([4.0, 3.0, 2.0, 1.0])
    whole = solve(PlacementProblem(costs, weights=weights, p=2), model="lexicographic-minimax")
    shares = solve(PlacementProblem(costs, weights=weights / 20.0, p=2), model="lexicographic-minimax")
    ranks = {}
    for pair in combinations(range(4), 2):
        minutes = costs[:, pair].min(axis=1)
        ranks[pair] = [
            (level, weights[minutes == level].sum()) for level in sorted(set(minutes), reverse=True)
        ]
    best = min(ranks, key=ranks.__getitem__)
    assert tuple(whole.chosen) == tuple(shares.chosen) == best
    assert min(whole.timings.solve_s, whole.timings.build_s) >= 0


def test_a_level_that_is_not_proven_is_not_settled(monkeypatch):
    """The second program is cut short: what it found stays an answer, and its level binds nothing."""
    real, asked = _Descent._least_beyond, []

    def cut_short(self: _Descent, level: float) -> Run:
        asked.append(level)
        run = real(self, level)
        return replace(run, status=Status.FEASIBLE) if len(asked) == 2 else run

    monkeypatch.setattr(_Descent, "_least_beyond", cut_short)
    problem = line(p=1)
    search = _Descent(problem, full_service(problem), Limits().started(), None)
    found = search.outcome()
    assert (len(asked), search.n_settled) == (2, 0)
    assert [most for _, most in search.settled] == [0.0]  # that nobody is beyond the first level, no more
    assert found.status is Status.FEASIBLE


def test_building_each_level_counts(monkeypatch, by_levels):
    """Each level is a program of its own; what they took to build is told, and nothing else is."""
    built: list[SiteProgram] = []
    solved = SiteProgram.solve

    def noting(self: SiteProgram, limits: Limits, **words: object) -> Run:
        built.append(self)
        return replace(solved(self, limits, **words), seconds=10.0)

    monkeypatch.setattr(SiteProgram, "build_s", 1.5)
    monkeypatch.setattr(SiteProgram, "solve", noting)
    outcome = LexicographicMinimax(levels=2).search(line(p=2), Limits())
    assert any(
        program.lp.name == "others" for program in built
    )  # whether another placement is left takes its time, too
    assert outcome.solve_s == 10.0 * len(built)
    levels = [program for program in built if program.lp.name == "level"]
    assert len(levels) > 1
    assert outcome.build_s == 1.5 * len(levels)
