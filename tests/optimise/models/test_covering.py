"""Maximal and set covering: rows, radii, what is said of large problems, and answers that the clock cut short."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest

from optimise import PlacementProblem, SiteCount, Status, engines, solve
from optimise.covering_engine.set_cover import Proof
from optimise.models import covering
from optimise.models.covering import (
    LSCP,
    MCLP,
    coverage_variables,
    covering_rows,
    engine_outcome,
    nearest_open,
    radii,
    radius_faults,
    times_covered,
)
from optimise.placed import Placed
from optimise.program import SiteProgram
from optimise.running import Limits, Run
from optimise.status import Sense

LINE = np.asarray([[0.0, 4.0, 9.0], [5.0, 1.0, 4.0], [9.0, 5.0, 0.0], [np.nan, np.nan, 7.0]])
WEIGHTS = [4.0, 3.0, 2.0, 1.0]


def line(**values: object) -> PlacementProblem:
    return PlacementProblem(**({"costs": LINE, "weights": WEIGHTS} | values))


def opened(*sites: int, n_sites: int = 3) -> np.ndarray:
    return np.isin(np.arange(n_sites), sites)


def drawn(seed: int, n: int = 12, m: int = 6, **values: object) -> PlacementProblem:
    rng = np.random.default_rng(seed)
    costs = rng.integers(0, 20, (n, m)).astype(float)
    costs[rng.random((n, m)) < 0.2] = np.nan
    return PlacementProblem(costs, weights=rng.integers(0, 5, n).astype(float), **values)


@pytest.fixture
def taken_for_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "PAYS_AT_PAIRS", 1)


# Radii


def test_one_radius_stands_for_everybody():
    assert radii(7.0, line()).tolist() == [7.0] * 4
    assert radii([1, 2, 3, 4], line()).tolist() == [1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize(
    ("radius", "told"),
    [
        (None, "say within how many minutes a demand point is covered"),
        ([1.0, 2.0], "must be one number or 4, one for each demand point"),
        ([[1.0, 2.0, 3.0, 4.0]], "must be one number or 4, one for each demand point"),
        (-0.5, "must be 0 or more"),
        ([1.0, 2.0, -3.0, 4.0], "must be 0 or more"),
        (math.nan, "must be 0 or more"),
    ],
)
def test_what_is_wrong_with_a_radius(radius, told):
    faults = radius_faults(radius, line())
    assert [fault.where for fault in faults] == ["radius"]
    assert told in str(faults[0])
    assert radius_faults(0.0, line()) == []
    assert radius_faults(math.inf, line()) == []


def test_backup_is_a_share_and_nothing_unless_it_is_asked_for():
    problem = line(p=2)
    assert [fault.where for fault in MCLP(radius=5.0, backup=1.5).faults(problem)] == ["backup"]
    assert MCLP(radius=5.0, backup=1.0).faults(problem) == []
    # 9 are covered by the two last sites, 5 of them twice; only the first number counts.
    assert MCLP(radius=5.0).objective(problem, Placed.nearest(problem, opened(1, 2), limit=5.0)) == 9.0
    assert MCLP(radius=5.0, backup=0.4).objective(
        problem, Placed.nearest(problem, opened(1, 2), limit=5.0)
    ) == pytest.approx(0.6 * 9 + 0.4 * 5)
    assert "weight_covered_twice" not in solve(line(), "lscp", radius=5.0).figures


def test_a_radius_of_ones_own():
    """Twelve minutes in town and twenty-five elsewhere, on a line: who is covered by which site is counted by hand."""
    problem = line(p=1)
    limits = [0.0, 4.0, 4.0, 7.0]
    assert [
        MCLP(radius=limits).covered_weight(problem, MCLP(radius=limits).place(problem, opened(site)), 1)
        for site in range(3)
    ] == [4.0, 3.0, 6.0]
    assert solve(problem, "mclp", radius=limits).chosen_ids == (2,)
    assert times_covered(problem, Placed.nearest(problem, opened(0, 1, 2)), np.asarray(limits)).tolist() == [
        1,
        2,
        1,
        1,
    ]


# Rows


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_rows_are_people_with_weight_whom_somebody_covers(monkeypatch, many, seed):
    monkeypatch.setattr(engines, "PAYS_AT_PAIRS", 1 if many else 10**9)
    roles = ["candidate", "forbidden", "candidate", "existing", "candidate", "candidate"]
    problem = drawn(seed, roles=roles, p=3)
    sites, weights = covering_rows(problem, np.full(12, 6.0))
    expected: dict[tuple[int, ...], float] = {}
    for row in range(12):
        near = tuple(site for site in range(6) if site != 1 and problem.costs[row, site] <= 6.0)
        if near and problem.weights[row] > 0:
            expected[near] = expected.get(near, 0.0) + float(problem.weights[row])
    assert {tuple(own): weight for own, weight in zip(sites, weights.tolist(), strict=True)} == expected
    assert len(sites) == len(expected)


def test_the_nearest_open_site_within_the_radius():
    problem = line()
    assert nearest_open(problem, opened(0, 1), np.full(4, 4.0)).tolist() == [0, 1, -1, -1]
    assert nearest_open(problem, opened(0, 1), np.full(4, 5.0)).tolist() == [0, 1, 1, -1]
    assert nearest_open(problem, opened(1, 2), np.full(4, np.inf)).tolist() == [1, 1, 2, 2]
    assert nearest_open(problem, opened(), np.full(4, 9.0)).tolist() == [-1] * 4
    ties = PlacementProblem([[5.0, 3.0, 3.0]])
    assert nearest_open(ties, opened(0, 1, 2), np.full(1, 9.0)).tolist() == [1]


def test_being_covered_twice_goes_with_being_covered_once():
    """Two sites in reach: once and twice together are at most 2, twice at most once, and twice is whole."""
    program = SiteProgram(PlacementProblem([[1.0, 1.0]], p=1), "rows", Sense.MAXIMISE, twins=False)
    once, twice = coverage_variables(program, 0, [0, 1], backup=True)
    assert (once.upBound, twice.upBound, twice.cat) == (1.0, 1.0, "Integer")
    assert once.cat == "Continuous"
    once, twice = coverage_variables(program, 1, [0, 1], backup=False)
    assert twice == 0.0
    names = {row.name for row in program.lp.constraints()}
    assert names >= {"cover_0", "backup_0", "cover_1"}
    assert "backup_1" not in names


@pytest.mark.parametrize("backup", [0.3, 0.8])
@pytest.mark.parametrize("seed", range(3))
def test_backup_counts_whole_demand_points(seed, backup):
    problem = drawn(seed, p=3)
    best = max(
        (1 - backup) * problem.weights[times >= 1].sum() + backup * problem.weights[times >= 2].sum()
        for sites in combinations(range(6), 3)
        for times in [(problem.costs[:, list(sites)] <= 7.0).sum(axis=1)]
    )
    assert solve(problem, "mclp", radius=7.0, backup=backup).objective == pytest.approx(best)


# Starts


def test_what_steers_a_start_is_the_weight_within_the_radius():
    problem = line(p=1)
    assert MCLP(radius=4.0).steer(problem, np.asarray([4.0, 4.1, np.inf, 0.0])) == (-5.0, None)
    assert MCLP(radius=[3.0, 9.0, 9.0, 0.0]).steer(problem, np.asarray([4.0, 4.1, 9.0, 0.0])) == (-6.0, None)


def out_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def solve_nothing(self: SiteProgram, limits: Limits, **_: object) -> Run:
        return Run(Status.NO_SOLUTION, math.nan, math.inf, 0.0, "a slow solver", has_values=False)

    monkeypatch.setattr(SiteProgram, "solve", solve_nothing)


def test_a_solver_that_finds_nothing_leaves_the_start(monkeypatch, taken_for_large):
    problem = line(p=1, conditions=[SiteCount((0, 1, 2), at_least=0)])
    monkeypatch.setattr(covering, "good_sites", lambda *_: opened(1))
    out_of_time(monkeypatch)
    outcome = MCLP(radius=4.0).search(problem, Limits())
    assert (outcome.status, outcome.placed.sites.tolist()) == (Status.FEASIBLE, [False, True, False])
    assert outcome.placed.assignment.tolist() == [1, 1, -1, -1]
    assert "reductions of sites are off: the problem has conditions" in outcome.proof
    monkeypatch.setattr(covering, "good_sites", lambda *_: None)
    outcome = MCLP(radius=4.0).search(problem, Limits())
    assert (outcome.status, outcome.placed) == (Status.NO_SOLUTION, None)


def test_a_set_cover_that_is_not_found_is_none(monkeypatch):
    out_of_time(monkeypatch)
    outcome = LSCP(radius=5.0).search(line(), Limits())
    assert (outcome.status, outcome.placed) == (Status.NO_SOLUTION, None)
    assert "reductions" not in outcome.proof


def test_a_cover_stands_when_its_backup_is_not_found_in_time(monkeypatch):
    """The cheapest cover is the first program, the backup the second: which is given up, and the cover told."""
    solved = SiteProgram.solve
    runs: list[Run] = []

    def only_once(self: SiteProgram, limits: Limits, **words: object) -> Run:
        if runs:
            return Run(Status.NO_SOLUTION, math.nan, math.inf, 0.5, "a slow solver", has_values=False)
        runs.append(solved(self, limits, **words))
        return runs[0]

    monkeypatch.setattr(SiteProgram, "solve", only_once)
    outcome = LSCP(radius=7.0, backup=True).search(line(), Limits())
    assert outcome.status is Status.FEASIBLE
    assert outcome.bound == 2.0  # the last reach only the last site, the first only the first two
    assert int(outcome.placed.sites.sum()) == 2
    assert outcome.solve_s >= 0.5
    assert outcome.proof.endswith("; then the most weight covered twice at that price")


def test_backup_is_taken_only_at_the_least_price():
    """The dear site would cover everybody twice; at the least price one choice of two covers six twice."""
    problem = PlacementProblem(
        [[1.0, 1.0, 1.0, 9.0], [1.0, 1.0, 9.0, 9.0], [9.0, 9.0, 1.0, 1.0]],
        weights=[2.0, 4.0, 3.0],
        fixed_costs=[1.0, 1.5, 1.0, 0.5],
    )
    solution = solve(problem, "lscp", radius=1.0, backup=True)
    prices = np.asarray([1.0, 1.5, 1.0, 0.5])
    covers = [
        (float(prices[list(sites)].sum()), -float(problem.weights[times >= 2].sum()))
        for size in range(1, 5)
        for sites in combinations(range(4), size)
        for times in [(problem.costs[:, list(sites)] <= 1.0).sum(axis=1)]
        if (times >= 1).all()
    ]
    least = min(covers)
    assert (solution.objective, -solution.figures["weight_covered_twice"]) == least
    assert solution.figures["weight_covered_twice_bound"] == pytest.approx(-least[1])
    assert solution.formulation == "set covering, then backup"


# Large problems


@pytest.mark.usefixtures("taken_for_large")
@pytest.mark.parametrize("backup", [0.0, 0.5])
def test_large_covers_go_to_the_engine_and_conditions_keep_them_from_it(backup):
    problem = drawn(1, p=2, roles=["candidate", "forbidden", "required", *["candidate"] * 3])
    best = max(
        (1 - backup) * problem.weights[times >= 1].sum() + backup * problem.weights[times >= 2].sum()
        for other in (0, 3, 4, 5)
        for times in [(problem.costs[:, [2, other]] <= 7.0).sum(axis=1)]
    )
    engine = solve(problem, "mclp", radius=7.0, backup=backup)
    assert engine.objective == pytest.approx(best)
    assert engine.formulation.startswith("exact engine")
    for kept_from, why in (
        ({"conditions": [SiteCount((0,), at_least=0)]}, "conditions"),
        ({"fixed_costs": [1.0] * 6, "budget": 9.0}, "a budget"),
        ({"max_moves": 1}, "existing sites that may move"),
    ):
        plain = solve(problem.replace(**kept_from), "mclp", radius=7.0, backup=backup)
        assert plain.objective == pytest.approx(best), why
        assert plain.formulation == "maximal covering"
        assert plain.proof.endswith(f"; reductions of sites are off: the problem has {why}")


@pytest.mark.usefixtures("taken_for_large")
def test_a_large_set_cover_with_paid_and_required_sites():
    roles = ["existing", "candidate", "required", "candidate", "forbidden", "candidate"]
    prices = np.asarray([9.0, 2.0, 3.0, 2.5, 0.1, 4.0])
    problem = drawn(2, roles=roles, fixed_costs=prices)
    allowed = np.asarray([0, 1, 2, 3, 5])
    could = (problem.costs[:, allowed] <= 5.0).any(axis=1) & (problem.weights > 0)
    best = min(
        3.0 + float(prices[list(more)].sum())
        for size in range(4)
        for more in combinations((1, 3, 5), size)
        if ((problem.costs[:, [0, 2, *more]] <= 5.0).any(axis=1) >= could).all()
    )
    solution = solve(problem, "lscp", radius=5.0)
    assert solution.objective == pytest.approx(best)
    assert solution.bound == pytest.approx(best)
    assert solution.formulation.startswith("exact engine")
    assert solution.figures["core_rows"] >= 0
    assert solution.figures["core_columns"] >= 0
    plain = solve(
        problem.with_conditions(SiteCount((0, 1, 2, 3, 4, 5), at_least=1)), "lscp", radius=5.0, backup=True
    )
    assert plain.objective == pytest.approx(best)
    assert plain.formulation == "set covering, then backup"


@pytest.mark.parametrize(
    ("proof", "told"),
    [
        ("none", "the gap was not closed within the limits"),
        ("reduction", "the reductions decided every site"),
        ("search", "an answer was found"),
        ("lagrangian", "the Lagrangian bound of the reduced problem"),
        ("linear", "the linear program of the core, with inequalities over three demand points"),
        ("tree", "branch and bound over the sites that reductions and Lagrangian bound left"),
        ("mip", "HiGHS on the core that reductions and Lagrangian bound left"),
    ],
)
def test_what_an_engine_proves_by(proof, told):
    outcome = engine_outcome(Status.OPTIMAL, None, 4.0, proof, {"rows": 1.0}, 0.5, 0.25)
    assert (outcome.proof, outcome.bound, outcome.build_s, outcome.solve_s) == (told, 4.0, 0.5, 0.25)
    assert outcome.figures == {"rows": 1.0}
    assert outcome.solver.startswith("exact covering engine with HiGHS")


def test_every_way_in_which_covering_proves_is_told():
    """Groups of people are what capacities are proven by."""
    assert set(covering._PROOFS) == {proof.value for proof in Proof} - {Proof.CLUSTERS}


# Nobody


def test_who_is_nearest_when_nobody_is_covered_is_told_by_name_and_by_those_with_weight():
    problem = PlacementProblem(
        [[6.0, 9.0], [8.0, 7.0], [9.0, 7.5]],
        weights=[0.0, 1.0, 1.0],
        demand_ids=["empty", "north", "south"],
    )
    conflict = LSCP(radius=5.0).impossible(problem)
    assert conflict is not None
    assert conflict.reason == "the fastest way is 7, for north"
    assert conflict.wishes == ("somebody is covered within the radius",)
    assert LSCP(radius=7.0).impossible(problem) is None
    shut = problem.replace(roles=["candidate", "forbidden"])
    assert LSCP(radius=7.0).impossible(shut).reason == "the fastest way is 8, for north"
    assert LSCP(radius=[9.0, 9.0, 1.0]).impossible(shut) is None
    assert LSCP(radius=1.0).impossible(problem.replace(weights=[0, 0, 0])) is None


def test_how_many_sites_is_what_set_covering_finds():
    for asked in ({"p": 1}, {"p_new": 1}, {"max_moves": 1, "roles": ["existing", "candidate", "candidate"]}):
        assert [fault.where for fault in LSCP(radius=5.0).faults(line(**asked))] == ["p"]
    assert [fault.where for fault in LSCP().faults(line(p=1))] == ["radius", "p"]
    assert LSCP(radius=5.0).faults(line()) == []


def test_nobody_in_reach_is_a_cover_of_nobody():
    """All sites are ten minutes away: any of them is as good, and covers none."""
    problem = PlacementProblem(np.full((2, 2), 10.0), weights=[1.0, 2.0], p=1)
    solution = solve(problem, "mclp", radius=5.0)
    assert (solution.status, solution.objective) == (Status.OPTIMAL, 0.0)
    assert len(solution.chosen_ids) == 1


# Starts of set covering


def test_a_cover_begins_without_the_sites_that_nobody_with_weight_needs():
    """Of four people, those with weight need the first site and the third; the one without any needs the second."""
    near = np.asarray([[1, 1, 0], [1, 0, 0], [0, 0, 1], [0, 1, 0]], bool)
    problem = PlacementProblem(np.where(near, 1.0, 9.0), weights=[3.0, 2.0, 0.5, 0.0])
    placed = LSCP(radius=5.0).start(problem, Limits())
    assert placed is not None
    assert placed.sites.tolist() == [True, False, True]
    assert placed.assignment.tolist() == [0, 0, 2, -1]
    forbidden = problem.replace(roles=["candidate", "candidate", "forbidden"])
    placed = LSCP(radius=5.0).start(forbidden, Limits())
    assert placed is not None
    assert placed.sites.tolist() == [True, False, False]  # whom no allowed site covers need not be covered


def test_covers_are_ranked_by_whom_they_leave_then_by_price_then_by_backup():
    problem = line(fixed_costs=[3.0, 5.0, 7.0])
    placed = Placed.nearest(problem, opened(0, 1), limit=5.0)
    # Within five minutes of the first: 4 and 3 people, of the second: 4, 3 and 2; seven are covered twice.
    assert LSCP(radius=5.0).rank(problem, placed) == (-9.0, 8.0, 0.0)
    assert LSCP(radius=5.0, backup=True).rank(problem, placed) == (-9.0, 8.0, -7.0)


def test_a_large_question_under_conditions_hands_its_start_to_the_solver(monkeypatch, taken_for_large):
    given: list[object] = []
    solved = SiteProgram.solve

    def noting(self: SiteProgram, limits: Limits, **words: object) -> Run:
        given.append(words.get("start"))
        return solved(self, limits, **words)

    monkeypatch.setattr(SiteProgram, "solve", noting)
    begin = opened(1)
    monkeypatch.setattr(covering, "good_sites", lambda *_: begin)
    MCLP(radius=4.0).search(line(p=1, conditions=[SiteCount((0, 1, 2), at_least=0)]), Limits())
    assert given == [begin]
