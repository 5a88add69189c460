"""Bounds that are clipped or dropped, answers put in the caller's order, site programs, and who is served; by hand."""

from __future__ import annotations

import math
from itertools import combinations, product

import numpy as np
import pulp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimise import PlacementProblem, ProblemError, SiteCount, Status, program, solve
from optimise.algebra import linear, summed, value_of
from optimise.models.pmedian import PMedian
from optimise.outcome import Outcome
from optimise.placed import Placed
from optimise.program import ProgramTooLargeError, SiteProgram, twin_sites, within_memory
from optimise.running import Limits, Run, settled
from optimise.service import (
    full_service,
    is_trivial,
    plan_service,
    require_reach,
    require_service,
    tied_plans,
)
from optimise.solving import _clipped, _contradicted, _in_order, _solution, question_faults
from optimise.status import Sense
from optimise.ties import finished

LINE = np.asarray([[0.0, 4.0, 9.0], [5.0, 1.0, 4.0], [9.0, 5.0, 0.0], [np.nan, np.nan, 7.0]])
WEIGHTS = [4.0, 3.0, 2.0, 1.0]
UP, DOWN = Sense.MAXIMISE, Sense.MINIMISE


def line(**values: object) -> PlacementProblem:
    return PlacementProblem(**({"costs": LINE, "weights": WEIGHTS} | values))


def opened(*sites: int, n_sites: int = 3) -> np.ndarray:
    return np.isin(np.arange(n_sites), sites)


# Bounds


@pytest.mark.parametrize(
    ("bound", "objective", "sense", "answered", "clipped", "contradicted"),
    [
        (9.0, 10.0, DOWN, True, 9.0, False),
        (10.0, 10.0, DOWN, True, 10.0, False),
        (10.0 + 5e-6, 10.0, DOWN, True, 10.0, False),  # a hair beyond
        (10.1, 10.0, DOWN, True, 10.0, True),
        (11.0, 10.0, UP, True, 11.0, False),
        (10.0 - 5e-6, 10.0, UP, True, 10.0, False),
        (9.9, 10.0, UP, True, 10.0, True),
        (-math.inf, 10.0, DOWN, True, -math.inf, False),
        (7.0, math.nan, DOWN, False, 7.0, False),
    ],
)
def test_a_bound_is_never_beyond_the_answer_and_dropped_where_it_is_far_beyond(
    bound, objective, sense, answered, clipped, contradicted
):
    assert _clipped(bound, objective, sense, answered=answered) == clipped
    assert _contradicted(bound, objective, sense) is contradicted


def test_nothing_to_measure_has_no_bound():
    assert math.isnan(_clipped(7.0, math.nan, DOWN, answered=True))
    assert not _contradicted(math.nan, 1.0, DOWN)


def outcome(status: Status, bound: float, sites: np.ndarray | None) -> Outcome:
    placed = None if sites is None else Placed.nearest(line(), sites)
    return Outcome(status, placed, bound, "s", "f", "told", 1.0, 2.0, {"figure": 3.0})


@pytest.mark.parametrize(
    ("status", "bound", "ended", "told"),
    [
        (Status.OPTIMAL, 1.9, Status.OPTIMAL, 1.9),
        (Status.OPTIMAL, 1.0, Status.FEASIBLE, 1.0),  # an open gap is not optimal, whatever the solver said
        (Status.OPTIMAL, 5.0, Status.FEASIBLE, -math.inf),  # better than its bound: the bound proves nothing
        (Status.INTERRUPTED, 5.0, Status.INTERRUPTED, -math.inf),
        (Status.FEASIBLE, 1.9, Status.FEASIBLE, 1.9),
    ],
)
def test_a_solution_is_as_proven_as_its_bound(status, bound, ended, told):
    placed = outcome(status, bound, opened(0, 2))
    solution = _solution(line(p=2), PMedian(), placed, placed.placed)
    assert (solution.status, solution.bound) == (ended, told)
    assert solution.objective == pytest.approx(1.9)
    assert solution.total == pytest.approx(19.0)
    assert (solution.timings.build_s, solution.timings.solve_s) == (1.0, 2.0)
    assert solution.figures == {"figure": 3.0}
    assert ("which is dropped" in solution.proof) is (bound == 5.0)


def test_without_sites_there_is_no_objective():
    none = _solution(line(p=2), PMedian(), outcome(Status.INFEASIBLE, math.inf, None), None)
    assert (none.status, none.bound) == (Status.INFEASIBLE, math.inf)
    assert math.isnan(none.objective)
    assert math.isnan(none.total)


def test_answers_stand_in_the_order_of_the_caller():
    order = np.asarray([2, 0, 1])  # the search saw the caller's third column first
    placed = Placed(
        np.asarray([True, False, True]),
        np.asarray([0, 2, -1]),
        np.asarray([5, 0, 7]),
        np.asarray([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]),
    )
    told = _in_order(placed, order)
    assert told.sites.tolist() == [False, True, True]
    assert told.assignment.tolist() == [2, 1, -1]
    assert told.units.tolist() == [0, 7, 5]
    assert told.shares.tolist() == [[0, 0, 1], [0, 1, 0], [0, 0, 0]]


@settings(max_examples=15)
@given(st.permutations(range(4)), st.integers(1, 3))
def test_the_order_of_columns_changes_no_answer(order, p):
    costs = np.asarray([[3.0, 3.0, 8.0, 1.0], [7.0, 2.0, 2.0, 9.0], [4.0, 4.0, 6.0, 5.0]])
    ids = np.asarray(["b", "a", "d", "c"])
    first = solve(PlacementProblem(costs, p=p, site_ids=ids.tolist()))
    second = solve(PlacementProblem(costs[:, order], p=p, site_ids=ids[list(order)].tolist()))
    assert sorted(first.chosen_ids) == sorted(second.chosen_ids)
    assert first.objective == second.objective
    served = [first.problem.site_ids[site] for site in first.assignment]
    assert served == [second.problem.site_ids[site] for site in second.assignment]


@pytest.mark.parametrize(
    ("limit", "where"),
    [
        ({"time_limit_s": 0.0}, "time_limit_s"),
        ({"time_limit_s": -1.0}, "time_limit_s"),
        ({"time_limit_s": math.nan}, "time_limit_s"),
        ({"gap": -0.1}, "gap"),
        ({"gap": 1.0}, "gap"),
        ({"seed": -1}, "seed"),
        ({"threads": 0}, "threads"),
    ],
)
def test_limits_that_mean_nothing_are_refused(limit, where):
    with pytest.raises(ProblemError) as raised:
        solve(line(p=1), **limit)
    assert [fault.where for fault in raised.value.faults] == [where]


def test_more_sites_than_there_are_is_known_without_a_search():
    told = question_faults(line(p=4), PMedian())
    assert [(fault.where, fault.value) for fault in told] == [("p", "4")]
    told = question_faults(line(p_new=3, roles=["existing", "candidate", "candidate"]), PMedian())
    assert [(fault.where, fault.value) for fault in told] == [("p_new", "3")]
    assert question_faults(line(p=3), PMedian()) == []


@pytest.mark.parametrize(
    ("status", "objective", "bound", "ended"),
    [
        (Status.OPTIMAL, 10.0, 10.0 - 9e-6, Status.OPTIMAL),
        (Status.OPTIMAL, 10.0, 10.0 - 2e-5, Status.FEASIBLE),
        (Status.OPTIMAL, math.nan, math.nan, Status.OPTIMAL),
        (Status.FEASIBLE, math.nan, 1.0, Status.NO_SOLUTION),
        (Status.FEASIBLE, 10.0, 1.0, Status.FEASIBLE),
        (Status.INTERRUPTED, math.nan, 1.0, Status.INTERRUPTED),
        (Status.INFEASIBLE, math.nan, math.inf, Status.INFEASIBLE),
    ],
)
def test_no_solver_is_taken_at_its_word(status, objective, bound, ended):
    assert settled(status, objective, bound) is ended


# Small algebra


def test_terms_are_added_up_and_constants_counted():
    lp = pulp.LpProblem("toy")
    one, two = lp.add_variable("one"), lp.add_variable("two")
    total = linear([(one, 2.0), (two, 3.0), (one, 0.5), (4.0, 10.0), (1.0, -1.0)])
    assert total.constant == 39.0
    assert {variable.name: factor for variable, factor in total.items()} == {"one": 2.5, "two": 3.0}
    assert linear([]).constant == 0.0
    assert value_of(3.5) == 3.5
    assert value_of(one) == 0.0
    assert summed(np.asarray([[2], [0], [2]]), np.asarray([1.0, 2.0, 4.0]), 4).tolist() == [
        2.0,
        0.0,
        5.0,
        0.0,
    ]


# Programs


def test_sites_that_nothing_tells_apart_are_opened_in_their_order():
    same = PlacementProblem([[1.0, 1.0, 2.0, 1.0, 1.0]], p=1)
    assert twin_sites(same) == [(0, 1), (1, 3), (3, 4)]
    assert twin_sites(
        same.replace(roles=["candidate", "required", "candidate", "candidate", "candidate"])
    ) == [
        (0, 3),
        (3, 4),
    ]
    assert twin_sites(same.replace(fixed_costs=[1.0, 2.0, 1.0, 1.0, 1.0])) == [(0, 3), (3, 4)]
    assert twin_sites(same.replace(capacities=[1.0, 2.0, 1.0, 2.0, 1.0])) == [(1, 3), (0, 4)]
    assert twin_sites(same.replace(site_values=[1.0, 1.0, 1.0, 3.0, 1.0])) == [(0, 1), (1, 4)]
    assert twin_sites(same.replace(site_costs=np.ones((5, 5)))) == []
    assert twin_sites(same.replace(conditions=[SiteCount((0,), at_least=0)])) == []
    existing = same.replace(roles=["existing", "candidate", *["candidate"] * 3], max_moves=1)
    assert twin_sites(existing) == [(1, 3), (3, 4)]


def test_what_is_wished_is_kept_in_words():
    problem = line(
        max_moves=1,
        roles=["existing", "required", "forbidden"],
        fixed_costs=[1.0, 2.0, 3.0],
        budget=2.5,
        site_ids=["a", "b", "c"],
    )
    built = SiteProgram(problem, "rows", DOWN, roles_as_rows=True)
    assert built.wishes == {
        "role_1": "b is required and stays open",
        "role_2": "c is forbidden and stays closed",
        "count": "exactly 2 open sites",
        "budget": "a budget of 2.5",
        "moves": "at most 1 of the existing sites close",
    }
    assert SiteProgram(line(p=1), "rows", DOWN).wishes == {"count": "exactly 1 open site"}
    assert SiteProgram(line(), "rows", DOWN).wishes == {}


@pytest.mark.parametrize("seed", range(4))
def test_a_site_program_allows_just_the_sets_that_keep_every_limit(seed):
    """Each set of four sites is forced in turn; the program takes it exactly where the rules, written out, allow it."""
    rng = np.random.default_rng(seed)
    roles = rng.choice(["existing", "required", "candidate", "forbidden"], 4).tolist()
    prices = rng.integers(1, 5, 4).astype(float)
    problem = PlacementProblem(np.ones((1, 4)), roles=roles, fixed_costs=prices, budget=5.0, max_moves=1)
    today = sum(role in ("existing", "required") for role in roles)
    for chosen in product([False, True], repeat=4):
        allowed = (
            all(is_open for is_open, role in zip(chosen, roles, strict=True) if role == "required")
            and not any(is_open for is_open, role in zip(chosen, roles, strict=True) if role == "forbidden")
            and sum(chosen) == today
            and sum(not is_open for is_open, role in zip(chosen, roles, strict=True) if role == "existing")
            <= 1
            and sum(
                price
                for is_open, price, role in zip(chosen, prices, roles, strict=True)
                if is_open and role != "existing"
            )
            <= 5.0
        )
        built = SiteProgram(problem, "sets", DOWN, twins=False, roles_as_rows=True)
        for site, is_open in enumerate(chosen):
            built.add(built.n_open([site]) == float(is_open), f"forced_{site}")
        assert (built.solve(Limits()).status is not Status.INFEASIBLE) is bool(allowed), chosen


def test_people_with_the_same_sites_in_reach_are_spoken_for_together():
    problem = PlacementProblem(
        [[1.0, 9.0, 9.0], [2.0, 9.0, 9.0], [9.0, 1.0, 9.0], [9.0, 9.0, 9.0], [1.0, 1.0, 9.0]],
        roles=["candidate", "candidate", "required"],
        p=2,
    )
    built = SiteProgram(problem, "rows", DOWN)
    rows = np.arange(5)
    assert built.alike(rows, 5.0) == [[0, 1], [2], [3], [4]]
    assert built.alike(rows, 9.0) == []
    assert built.alike(rows, 9.0, always=False) == [[0, 1, 2, 3, 4]]
    assert SiteProgram(problem, "rows", DOWN, roles_as_rows=True).alike(rows, 9.0) == [[0, 1, 2, 3, 4]]
    built.shares = {}
    assert built.alike(np.asarray([1, 3]), 5.0) == [[1], [3]]
    assert built.covered(0, 5.0).constant == 0.0


def test_programs_are_refused_beyond_the_memory(monkeypatch):
    monkeypatch.setattr(program, "MOST_PAIRS", 5)
    within_memory(5)
    with pytest.raises(ProgramTooLargeError, match="would hold 6 pairs"):
        within_memory(6)


def test_a_start_names_the_variables_that_it_sets():
    built = SiteProgram(line(p=2, roles=["required", "candidate", "candidate"]), "rows", DOWN)
    told = built._start(opened(0, 2))
    assert {variable.name: value for variable, value in told.items()} == {"open_1": 0.0, "open_2": 1.0}
    assert built._start(None) == {}


# Who is served


@pytest.mark.parametrize("seed", range(6))
def test_the_most_that_can_be_served_and_every_choice_that_serves_as_many(seed):
    rng = np.random.default_rng(seed)
    costs = rng.integers(1, 9, (6, 5)).astype(float)
    costs[rng.random(costs.shape) < 0.6] = np.nan
    weights = rng.integers(0, 3, 6).astype(float)
    problem = PlacementProblem(costs, weights=weights, p=2)
    served = {
        tuple(np.flatnonzero(~np.isnan(costs[:, list(pair)]).all(axis=1) & (weights > 0)).tolist())
        for pair in combinations(range(5), 2)
    }
    most = max(sum(weights[list(rows)]) for rows in served)
    plan = plan_service(problem, Limits())
    assert plan.served_weight == pytest.approx(most)
    assert plan.known
    expected = {rows for rows in served if sum(weights[list(rows)]) == most}
    plans, complete = tied_plans(problem, plan, Limits())
    assert complete
    if plan.everyone:
        assert plans == [plan]
        assert {tuple(np.flatnonzero(plan.relevant).tolist())} == expected
    else:
        assert {tuple(np.flatnonzero(own.relevant).tolist()) for own in plans} == expected
        assert all(own.served_weight == pytest.approx(most) for own in plans)
        assert all(own.everyone for own in plans)


def test_a_plan_by_hand():
    plan = full_service(line(p=1, roles=["existing", "candidate", "candidate"]))
    assert plan.relevant.tolist() == [True] * 4
    assert plan.pattern_of.tolist() == [-1, -1, -1, 0]
    assert plan.patterns.tolist() == [[False, False, True]]
    assert (plan.secured_weight, plan.served_weight, plan.everyone) == (9.0, 10.0, True)
    out = plan.narrowed_to(np.asarray([False]))
    assert out.relevant.tolist() == [True, True, True, False]
    assert (out.served_weight, out.patterns.shape[0]) == (9.0, 0)
    kept = plan.narrowed_to(np.asarray([True]))
    assert kept.pattern_of.tolist() == [-1, -1, -1, 0]
    assert kept.served_weight == 10.0


def test_where_any_site_will_do_nothing_has_to_be_settled():
    everybody = line(costs=LINE[:3], weights=[1, 1, 1], p=1)
    assert is_trivial(everybody, full_service(everybody).patterns)
    assert plan_service(everybody, Limits()).run is None
    none = everybody.replace(p=0)
    assert not is_trivial(none, full_service(none).patterns)
    assert not is_trivial(line(p=1), full_service(line(p=1)).patterns)
    shut = line(p=1, roles=["forbidden", "forbidden", "candidate"])
    assert is_trivial(shut, full_service(shut).patterns)


def test_rows_hold_the_served_weight():
    islands = PlacementProblem([[1.0, np.nan], [np.nan, 2.0]], weights=[1.0, 3.0], p=1)
    plan = plan_service(islands, Limits())
    assert not plan.everyone
    for require in (require_service, require_reach):
        built = SiteProgram(islands, "served", DOWN)
        served = require(built, plan)
        assert len(served) == 2
        built.aim(linear([(built.opened(0), -1.0)]))  # the lighter island would be liked better
        built.solve(Limits())
        if require is require_reach:
            assert built.chosen().tolist() == [False, True]
    assert require_service(SiteProgram(islands, "all", DOWN), full_service(islands)) == [1.0, 1.0]


def test_an_unsettled_plan_is_not_known():
    plan = full_service(line(p=1))
    assert plan.known
    for status, known in ((Status.OPTIMAL, True), (Status.FEASIBLE, False), (Status.INFEASIBLE, False)):
        run = Run(status, 1.0, 1.0, 0.0, "s", has_values=True)
        kept = {name: getattr(plan, name) for name in plan.__dataclass_fields__}
        assert type(plan)(**{**kept, "run": run}).known is known


# The finish


def test_ties_go_to_the_first_site_and_hairs_are_swapped_away():
    problem = PlacementProblem([[3.0, 3.0, 5.0], [1.0, 1.0, 0.0]], p=1)
    assert finished(problem, PMedian(), Placed.nearest(problem, opened(1))).sites.tolist() == [
        True,
        False,
        False,
    ]
    worse = Placed.nearest(problem, opened(2))
    assert finished(problem, PMedian(), worse).sites.tolist() == [True, False, False]
    required = problem.replace(roles=["candidate", "required", "candidate"])
    assert finished(required, PMedian(), Placed.nearest(required, opened(1))).sites.tolist() == [
        False,
        True,
        False,
    ]
    barred = problem.with_conditions(SiteCount((0,), at_most=0))
    assert finished(barred, PMedian(), Placed.nearest(barred, opened(1))).sites.tolist() == [
        False,
        True,
        False,
    ]
