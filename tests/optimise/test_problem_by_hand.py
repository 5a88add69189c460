"""Roles, numbers, orders and the check of a solution: small problems whose every figure is written out."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from placement_cases import problems

from optimise import (
    PlacementProblem,
    ProblemError,
    Role,
    SiteCount,
    Status,
    solve,
    verify,
)
from optimise.placed import Placed
from optimise.problem import sorted_order
from optimise.verification import keeps_limits

ROLES = ["existing", "required", "candidate", "forbidden"]
COSTS = [[1.0, 2.0, 3.0, 0.5], [4.0, np.nan, 6.0, 0.5], [np.nan, np.nan, np.nan, 0.5]]


def problem(**values: object) -> PlacementProblem:
    return PlacementProblem(**({"costs": COSTS, "roles": ROLES} | values))


def test_roles_as_masks():
    now = problem()
    assert now.existing.tolist() == [True, False, False, False]
    assert now.always_open.tolist() == [True, True, False, False]
    assert now.never_open.tolist() == [False, False, False, True]
    assert now.free.tolist() == [False, False, True, False]
    movable = problem(max_moves=1)
    assert movable.always_open.tolist() == [False, True, False, False]
    assert movable.free.tolist() == [True, False, True, False]
    assert (now.n_demand, now.n_sites) == (3, 4)
    assert now.role_mask(Role.CANDIDATE, Role.FORBIDDEN).tolist() == [False, False, True, True]


@pytest.mark.parametrize(
    ("values", "count"),
    [
        ({}, None),
        ({"p": 3}, 3),
        ({"p_new": 0}, 2),
        ({"p_new": 2}, 4),
        ({"max_moves": 0}, 2),
        ({"max_moves": 2}, 2),
        ({"max_moves": 1, "p_new": 1}, 3),
        ({"max_moves": 1, "p": 1}, 1),
    ],
)
def test_how_many_sites_are_open(values, count):
    assert problem(**values).n_open == count


def test_existing_sites_are_paid_for_and_forbidden_ones_out_of_reach():
    priced = problem(fixed_costs=[5.0, 6.0, 7.0, 8.0])
    assert priced.prices.tolist() == [0, 6, 7, 8]
    assert problem().prices.tolist() == [0, 0, 0, 0]
    assert np.isinf(priced.allowed_costs[:, 3]).all()
    assert priced.allowed_costs[0, :3].tolist() == [1, 2, 3]
    assert priced.unreachable.tolist() == [False, False, True]
    assert problem(roles=None).unreachable.tolist() == [False, False, False]


def test_defaults():
    plain = PlacementProblem([[1.0, 2.0]])
    assert plain.weights.tolist() == [1.0]
    assert plain.demands is plain.weights
    assert plain.roles == (Role.CANDIDATE, Role.CANDIDATE)
    assert (plain.site_ids, plain.demand_ids) == ((0, 1), (0,))
    assert plain.site_position == {0: 0, 1: 1}
    assert plain.demand_position == {0: 0}
    for name in ("p", "p_new", "max_moves", "capacities", "fixed_costs", "budget", "groups", "demand_groups"):
        assert getattr(plain, name) is None
    assert plain.conditions == ()


def test_a_table_names_its_rows_and_columns_unless_other_names_are_given():
    table = pd.DataFrame([[1.0, 2.0]], index=["home"], columns=["a", "b"])
    assert PlacementProblem(table).site_ids == ("a", "b")
    assert PlacementProblem(table).demand_ids == ("home",)
    own = PlacementProblem(table, site_ids=["x", "y"], demand_ids=["z"])
    assert (own.site_ids, own.demand_ids) == (("x", "y"), ("z",))


def test_a_budget_needs_prices_and_a_number_is_said_once():
    with pytest.raises(ProblemError, match="fixed_costs"):
        problem(budget=10)
    assert problem(budget=10, fixed_costs=[1, 1, 1, 1]).budget == 10.0
    with pytest.raises(ProblemError, match="either p"):
        problem(p=2, p_new=0)
    with pytest.raises(ProblemError, match="x"):
        problem(conditions=[SiteCount(("x",), at_most=1)])


def test_conditions_are_looked_at_where_the_rest_is_right():
    with pytest.raises(ProblemError, match="weights") as raised:
        problem(weights=[1, -1, 1], conditions=[SiteCount(("nowhere",), at_most=1)])
    assert "nowhere" not in str(raised.value)


def test_another_order_moves_everything_that_belongs_to_a_site():
    apart = np.arange(16.0).reshape(4, 4)
    full = problem(
        capacities=[1, 2, 3, 4],
        fixed_costs=[5, 6, 7, 8],
        site_values=[9, 10, 11, 12],
        groups=["g", "h", "i", "j"],
        site_costs=apart,
        site_ids=["a", "b", "c", "d"],
    )
    turned = full.take_sites(np.asarray([2, 0, 3, 1]))
    assert turned.site_ids == ("c", "a", "d", "b")
    assert turned.costs[0].tolist() == [3, 1, 0.5, 2]
    assert turned.capacities.tolist() == [3, 1, 4, 2]
    assert turned.fixed_costs.tolist() == [7, 5, 8, 6]
    assert turned.site_values.tolist() == [11, 9, 12, 10]
    assert turned.groups == ("i", "g", "j", "h")
    assert [role.value for role in turned.roles] == ["candidate", "existing", "forbidden", "required"]
    assert turned.site_costs[0].tolist() == [10, 8, 11, 9]
    assert full.take_sites(np.arange(4)) is full
    bare = problem().take_sites(np.asarray([3, 2, 1, 0]))
    assert (bare.capacities, bare.groups, bare.site_costs) == (None, None, None)


def test_demands_follow_the_weights_unless_they_are_said():
    assert problem(weights=[1, 2, 3]).replace(weights=[4, 5, 6]).demands.tolist() == [4, 5, 6]
    own = problem(weights=[1, 2, 3], demands=[7, 8, 9]).replace(weights=[4, 5, 6])
    assert own.demands.tolist() == [7, 8, 9]


def test_further_conditions_stand_behind_the_first():
    one, other = SiteCount((0,), at_most=1), SiteCount((1,), at_most=1)
    base = problem(conditions=[one])
    assert base.with_conditions(other).conditions == (one, other)
    assert base.with_conditions() is base


@pytest.mark.parametrize(
    ("ids", "order"),
    [
        ([10, 9, 2.5], [2, 1, 0]),
        (["b", "a10", "a9"], [1, 2, 0]),
        (["a", 3, "3", 1], [3, 1, 2, 0]),
        ([("t", 2), ("t", 1)], [1, 0]),
        ([], []),
    ],
)
def test_ids_are_ordered_numbers_first(ids, order):
    assert sorted_order(ids).tolist() == order


# Checking a solution


def solved(**values: object):
    return solve(
        PlacementProblem(
            [[1.0, 5.0, 9.0], [9.0, 4.0, 1.0]], p=2, roles=["existing", "candidate", "forbidden"], **values
        ),
        "p-median",
    )


def placed(sites: list[int], assignment: list[int], n_sites: int = 3) -> Placed:
    mask = np.zeros(n_sites, dtype=bool)
    mask[sites] = True
    return Placed(mask, np.asarray(assignment))


def told(solution, **values: object) -> list[str]:
    return [fault.message for fault in verify(dataclasses.replace(solution, **values)).faults]


def test_a_right_solution_has_no_faults():
    solution = solved()
    found = verify(solution)
    assert found.ok
    assert found.faults == ()
    assert found.objective == solution.objective == 2.5


def test_a_solution_without_sites_has_nothing_to_check():
    found = verify(dataclasses.replace(solved(), placed=None))
    assert math.isnan(found.objective)
    assert found.ok


@pytest.mark.parametrize(
    ("sites", "assignment", "message"),
    [
        ([1], [1, 1], "has the role existing"),
        ([0, 2], [0, 2], "has the role forbidden"),
        ([0], [0, 0], "2 sites were asked for"),
        ([0, 1], [1, 1], "0 is not served by its nearest"),
        ([0, 1], [0, -1], "1 is not served by its nearest"),
        ([0, 1], [0, 2], "1 is not served by its nearest"),
    ],
)
def test_faults_of_the_sites_and_of_who_goes_where(sites, assignment, message):
    found = verify(dataclasses.replace(solved(), placed=placed(sites, assignment)))
    assert not found.ok
    assert any(message in str(fault) for fault in found.faults)


def test_each_fault_says_which_site():
    fault = next(
        one
        for one in verify(dataclasses.replace(solved(), placed=placed([1, 2], [1, 2]))).faults
        if "existing" in one.message
    )
    assert fault.row == "0"


def test_a_claimed_objective_is_recomputed():
    solution = solved()
    assert told(solution, objective=2.5 * (1 + 1e-7)) == []
    assert any("recomputed as 2.5" in one for one in told(solution, objective=2.6, bound=2.5))


def test_a_bound_better_than_the_objective_is_a_fault_in_either_sense():
    solution = solved()
    assert any("bound is better" in one for one in told(solution, bound=2.6, status=Status.FEASIBLE))
    assert told(solution, bound=2.4, status=Status.FEASIBLE) == []
    assert told(solution, bound=2.5 + 2e-6, status=Status.FEASIBLE) == []
    covered = solve(solution.problem, "mclp", radius=1.0)
    assert covered.objective == 1.0
    assert any("bound is better" in one for one in told(covered, bound=0.9, status=Status.FEASIBLE))
    assert told(covered, bound=1.1, status=Status.FEASIBLE) == []


def test_optimal_with_an_open_gap_is_a_fault():
    solution = solved()
    assert told(solution, bound=2.4) == ["is called optimal with an open gap"]
    assert told(solution, bound=2.5 - 1e-6) == []


@pytest.mark.parametrize(
    ("values", "where", "value"),
    [
        ({"placed": placed([0], [0, 0])}, "chosen", "1"),
        ({"objective": 2.6, "bound": 2.5}, "objective", "2.6"),
        ({"bound": 2.6, "status": Status.FEASIBLE}, "bound", "2.6"),
        ({"bound": 2.0}, "gap", "0.2"),
    ],
)
def test_a_fault_says_what_stood_where(values, where, value):
    faults = verify(dataclasses.replace(solved(), **values)).faults
    assert (where, value) in [(fault.where, fault.value) for fault in faults]


def test_a_bound_is_compared_with_a_millionth_of_one_where_the_objective_is_small():
    covered = solve(solved().problem, "mclp", radius=1.0)
    assert covered.objective == 1.0
    assert "the bound is better than the objective" in told(
        covered, bound=1.0 - 1.5e-6, status=Status.FEASIBLE
    )
    assert told(covered, bound=1.0 - 0.5e-6, status=Status.FEASIBLE) == []


def test_budget_and_moves():
    base = PlacementProblem(
        [[1.0, 5.0, 9.0], [9.0, 4.0, 1.0]],
        roles=["existing", "existing", "candidate"],
        max_moves=1,
        fixed_costs=[5.0, 5.0, 7.0],
        budget=7.0,
    )
    assert keeps_limits(base, placed([0, 2], [0, 2]))
    assert keeps_limits(base, placed([0, 1], [0, 1]))
    assert not keeps_limits(base.replace(budget=6.9), placed([0, 2], [0, 2]))
    assert keeps_limits(base.replace(budget=7.0 * (1 - 1e-10)), placed([0, 2], [0, 2]))
    assert not keeps_limits(base.replace(max_moves=0), placed([0, 2], [0, 2]))
    assert not keeps_limits(base.replace(p=1, max_moves=1), placed([2], [2, 2]))
    assert keeps_limits(base.replace(p=1, max_moves=2), placed([2], [2, 2]))
    joint = base.with_conditions(SiteCount((0, 2), at_most=1))
    assert not keeps_limits(joint, placed([0, 2], [0, 2]))
    assert keeps_limits(joint, placed([0, 1], [0, 1]))
    solution = solve(base, "p-median")
    over = verify(
        dataclasses.replace(solution, problem=base.replace(budget=6.0), placed=placed([0, 2], [0, 2]))
    )
    assert any("budget is 6" in str(fault) and "7" in str(fault) for fault in over.faults)
    moved = verify(
        dataclasses.replace(solution, problem=base.replace(max_moves=0), placed=placed([0, 2], [0, 2]))
    )
    assert any(
        "at most 0 existing sites may close" in fault.message and fault.value == "1" for fault in moved.faults
    )
    broken = verify(dataclasses.replace(solution, problem=joint, placed=placed([0, 2], [0, 2])))
    assert not broken.ok


@settings(max_examples=25)
@given(problems(max_demand=5, max_sites=4), st.sampled_from(["p-median", "p-center", "mclp"]), st.data())
def test_no_set_of_sites_but_those_that_keep_the_roles_passes(problem, model, data):
    """Any other set of sites in a solution's place has a fault, or the same number and all roles."""
    solution = solve(problem, model, **({"radius": 9.0} if model == "mclp" else {}))
    mask = np.asarray([data.draw(st.booleans()) for _ in range(problem.n_sites)])
    other = solution.model.place(problem, mask)
    kept = not (problem.always_open & ~mask).any() and not (problem.never_open & mask).any()
    kept &= int(mask.sum()) == problem.n_open
    assert keeps_limits(problem, other) is bool(kept)


@settings(max_examples=20)
@given(problems(max_demand=5, max_sites=5), st.randoms(use_true_random=False))
def test_the_order_of_sites_and_people_changes_no_answer(problem, random):
    sites, people = list(range(problem.n_sites)), list(range(problem.n_demand))
    random.shuffle(sites)
    random.shuffle(people)
    turned = PlacementProblem(
        problem.costs[np.ix_(people, sites)],
        weights=problem.weights[people],
        p=problem.p,
        roles=[problem.roles[site] for site in sites],
        site_ids=sites,
        demand_ids=people,
    )
    one, other = solve(problem, "p-median"), solve(turned, "p-median")
    assert sorted(one.chosen_ids) == sorted(other.chosen_ids)
    assert one.objective == other.objective or math.isnan(one.objective)
    assert {turned.demand_ids[row]: other.assignment[row] >= 0 for row in range(problem.n_demand)} == {
        row: one.assignment[row] >= 0 for row in range(problem.n_demand)
    }


@settings(max_examples=15)
@given(problems(max_demand=5, max_sites=4), st.sampled_from([0.25, 2.0, 60.0]))
def test_minutes_in_another_unit_choose_the_same_sites(problem, factor):
    one = solve(problem, "p-median")
    scaled = solve(problem.replace(costs=problem.costs * factor), "p-median")
    assert one.chosen_ids == scaled.chosen_ids
    assert scaled.objective == pytest.approx(one.objective * factor, nan_ok=True)
    heavier = solve(problem.replace(weights=problem.weights * factor), "p-median")
    assert heavier.chosen_ids == one.chosen_ids
    assert heavier.objective == pytest.approx(one.objective, nan_ok=True)
