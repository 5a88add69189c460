"""The smallest problems on which the referee found a wrong answer or a crash; each stands for a kind."""

from __future__ import annotations

import math
import warnings

import highspy
import numpy as np
import pulp
import pytest

from optimise import (
    Limits,
    OnlyWith,
    PlacementProblem,
    Scenario,
    Status,
    Within,
    engines,
    highs,
    running,
    solve,
    solve_robust,
    verify,
)
from optimise.exact import tied
from optimise.models import capacitated as capacitated_model
from optimise.models import enumerating, make_model
from optimise.models.first_placements import dropped_while_cheaper


@pytest.fixture
def by_programs(monkeypatch):
    """Programs also where all placements could be looked at."""
    monkeypatch.setattr(enumerating, "MOST_WORK", -1)


@pytest.mark.parametrize(
    ("model", "options"),
    [
        ("mean-difference", {"weight": 2.0}),
        ("gini", {}),
        ("tail-mean", {"by": "group", "tail": 0.3}),
        ("iso-elastic-groups", {"alpha": 0.5}),
    ],
)
def test_whom_to_serve_is_chosen_for_the_objective_where_choices_weigh_the_same(by_programs, model, options):
    # Two villages of two homes; each site reaches one village. The second is nearer and more equal.
    far, near = [[30.0, math.nan], [90.0, math.nan]], [[math.nan, 10.0], [math.nan, 12.0]]
    problem = PlacementProblem(far + near, p=1, demand_groups=["a", "b", "c", "d"])
    solution = solve(problem, model, **options)
    assert (solution.status, solution.chosen_ids) == (Status.OPTIMAL, (1,))


def test_choices_of_whom_to_count_that_weigh_the_same_in_several_scenarios():
    costs = [[30.0, math.nan], [math.nan, 10.0]]
    found = solve_robust(
        PlacementProblem(costs, p=1), [Scenario("one", costs), Scenario("two", costs)], "worst"
    )
    assert (found.status, found.chosen_ids, found.objective) == (Status.OPTIMAL, (1,), 10.0)


@pytest.mark.parametrize("model", ["mean-difference", "gini", "tail-mean", "iso-elastic-groups"])
def test_where_nobody_weighs_anything_the_sites_still_keep_their_number(by_programs, model):
    problem = PlacementProblem([[1.0, 2.0]], weights=[0.0], p=1, demand_groups=["a"])
    solution = solve(problem, model)
    assert (solution.status, len(solution.chosen_ids)) == (Status.OPTIMAL, 1)
    assert math.isnan(solution.objective)


def test_gini_rounds_are_proven_by_their_bound(by_programs):
    problem = PlacementProblem(
        [[24.2, 11.9], [23.0, 7.9], [23.7, 11.9], [20.6, 4.6]], weights=[2.1, 2.2, 1.4, 0.6], p=1
    )
    solution = solve(problem, "gini")
    assert (solution.status, solution.chosen_ids) == (Status.OPTIMAL, (0,))


@pytest.mark.parametrize("sourcing", ["single", "split"])
@pytest.mark.parametrize("capacities", [None, [20.0, 20.0, 20.0]])
def test_fixed_charge_counts_what_opening_costs_at_every_size(monkeypatch, sourcing, capacities):
    monkeypatch.setattr(capacitated_model, "ENGINE_PAYS_AT_PAIRS", 0)
    problem = PlacementProblem(
        [[1.0, 2.0, 9.0], [9.0, 3.0, 1.0]], weights=[4.0, 5.0], p=2, fixed_costs=[50.0, 1.0, 1.0]
    )
    problem = problem.replace(capacities=capacities)
    solution = solve(problem, "fixed-charge", sourcing=sourcing, minute_price=0.5)
    # sites 1 and 2: 1 + 1 + 0.5 * (4 * 2 + 5 * 1)
    assert (solution.status, solution.chosen_ids, solution.objective) == (Status.OPTIMAL, (1, 2), 8.5)


def test_a_site_without_room_serves_nobody_however_few():
    problem = PlacementProblem(
        [[58.0, 37.0], [4.0, math.nan]], weights=[1.0, 1_000_000.0], capacities=[1_000_003.0, 0.0], p=2
    )
    solution = solve(problem, "capacitated-p-median")
    assert solution.objective == pytest.approx((58 + 4e6) / 1_000_001)
    assert verify(solution).ok


def test_people_without_weight_and_unreachable_sites_are_no_number_to_multiply(monkeypatch):
    monkeypatch.setattr(capacitated_model, "ENGINE_PAYS_AT_PAIRS", 0)
    problem = PlacementProblem(
        [[math.nan, 3.0], [2.0, 8.0]], weights=[0.0, 1.0], demands=[1.0, 1.0], capacities=[2.0, 2.0], p=2
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        solution = solve(problem, "capacitated-p-median")
    assert (solution.status, solution.objective) == (Status.OPTIMAL, 2.0)


def test_one_person_beside_a_large_unit_still_needs_a_unit():
    scenario = Scenario("now", [[55.5, 55.5]])
    problem = PlacementProblem([[55.5, 55.5]], p=2, capacities=[1_050_002.1, 350_000.7])
    model = make_model("capacitated-p-median", {"total_units": 3})
    found = solve_robust(problem, [scenario], "expected", model=model, limits=Limits())
    assert (found.status, found.objective) == (Status.OPTIMAL, 55.5)


def test_units_are_shared_under_the_worst_scenario_too():
    costs = [[1.0, 5.0], [5.0, 1.0]]
    problem = PlacementProblem(costs, p=1, capacities=[2.0, 2.0])
    for criterion in ("worst", "regret", "tail"):
        model = make_model("capacitated-p-median", {"total_units": 2})
        found = solve_robust(
            problem, [Scenario("one", costs), Scenario("two", costs)], criterion, model=model
        )
        assert found.status is Status.OPTIMAL


def test_a_faulty_presolve_rule_of_the_solver_is_off():
    # HiGHS 1.15.1 served 505 of 1,094 and called it optimal.
    costs = [
        [183038.0, 143162.0, 91099.0],
        [8045.0, 130343.0, 36484.0],
        [149337.0, 195252.0, 61426.0],
        [168896.0, 135890.0, 158936.0],
    ]
    problem = PlacementProblem(
        costs,
        weights=[1.0, 1.0, 589.0, 503.0],
        capacities=[0.0, 970.2, 485.1],
        conditions=[OnlyWith(2, (0,))],
    )
    model = make_model("capacitated-p-median", {"min_units": {0: 1}, "total_units": 2})
    found = solve_robust(problem, [Scenario("now", costs)], "tail", tail=0.5, model=model)
    assert found.scenarios[0].unserved == 0
    assert found.objective == pytest.approx((143162 + 130343 + 589 * 195252 + 503 * 135890) / 1094)


def test_sites_that_cannot_reach_each_other_are_as_far_apart_as_can_be():
    apart = [[0.0, math.nan, math.nan], [11.0, 0.0, 1.0], [math.nan, 11.0, 0.0]]
    problem = PlacementProblem([[21.0, 34.0, 17.0]], p=2, site_costs=apart)
    solution = solve(problem, "p-dispersion")
    assert (solution.status, solution.chosen_ids, solution.objective) == (Status.OPTIMAL, (0, 2), math.inf)
    assert not tied(11.0, math.inf)


def test_survival_after_days_is_nothing_and_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        solution = solve(PlacementProblem([[200_000.0, 5.0]], p=1), "maximal-survival")
    assert solution.chosen_ids == (1,)


@pytest.mark.parametrize("model", ["p-median", "maximal-survival", "kolm-pollak", "mean-difference", "gini"])
def test_no_digit_depends_on_the_order_of_sites_and_people(model):
    rng = np.random.default_rng(3)
    costs, weights = rng.uniform(1, 60, (40, 6)), rng.uniform(0.1, 9, 40)
    first = solve(PlacementProblem(costs, weights=weights, p=2), model)
    for _ in range(5):
        rows, sites = rng.permutation(40), rng.permutation(6)
        other = PlacementProblem(
            costs[np.ix_(rows, sites)], weights=weights[rows], p=2, site_ids=sites.tolist()
        )
        again = solve(other, model)
        assert again.objective == first.objective
        assert sorted(again.chosen_ids) == list(first.chosen_ids)


def test_a_bound_that_the_answer_contradicts_is_no_proof(monkeypatch):
    from dataclasses import replace

    from optimise.models.pmedian import PMedian

    search = PMedian.search
    monkeypatch.setattr(PMedian, "search", lambda *arguments: replace(search(*arguments), bound=99.0))
    solution = solve(PlacementProblem([[1.0, 5.0]], p=1, conditions=[Within(9.0)]), "p-median")
    assert (solution.status, solution.objective, solution.bound) == (Status.FEASIBLE, 1.0, -math.inf)
    assert "dropped" in solution.proof


@pytest.mark.parametrize("sourcing", ["single", "split"])
def test_a_site_without_room_breaks_no_program_of_the_engine(monkeypatch, sourcing):
    monkeypatch.setattr(capacitated_model, "ENGINE_PAYS_AT_PAIRS", 0)
    problem = PlacementProblem(
        [[1.0, 5.0, 9.0], [5.0, 2.0, 9.0]], weights=[2.0, 3.0], capacities=[0.0, 5.0, 5.0], p=2
    )
    solution = solve(problem, "capacitated-p-median", sourcing=sourcing)
    assert (solution.status, solution.objective) == (Status.OPTIMAL, pytest.approx((2 * 5 + 3 * 2) / 5))


@pytest.mark.parametrize("model", ["p-median", "maximal-survival", "gini", "tail-mean"])
def test_a_free_site_that_no_row_names_crashes_no_engine(monkeypatch, model):
    for name in ("ENGINE_PAYS_AT_PAIRS", "CONDITIONED_PAYS_AT_PAIRS"):
        monkeypatch.setattr(engines, name, 0)
    monkeypatch.setattr(enumerating, "MOST_WORK", -1)
    for weight, reached in ((1.0, 24.0), (0.0, math.nan)):
        problem = PlacementProblem([[24.0]], weights=[weight], fixed_costs=[0.0], budget=6.4)
        solution = solve(problem, model)
        right = {"maximal-survival": 1 / (1 + math.exp(0.679 + 0.262 * 24.0)), "gini": 0.0}.get(
            model, reached
        )
        if weight:
            assert (solution.status, solution.chosen_ids) == (Status.OPTIMAL, (0,))
            assert solution.objective == pytest.approx(right, rel=1e-12)
        else:
            assert solution.status is Status.OPTIMAL
            assert math.isnan(solution.objective)


def test_the_mean_of_a_state_with_room_is_over_the_weight_that_is_counted():
    # Only the second site can serve 3.8 and 4.5 in the two states; beside it the first one serves 4.5 in "day",
    # and its minutes are counted as those of 3.8 people.
    day = [[None, 104057.0], [None, 114716.0], [36680.0, None], [107088.0, None]]
    night = [[None, 177412.0], [74843.0, None], [127403.0, 26678.0], [None, None]]
    day, night = (np.array(rows, dtype=float) for rows in (day, night))
    weights = [2.8, 1.0, 1.7, 2.8]
    problem = PlacementProblem(day, weights=weights, p=1, capacities=[8.8, 13.2])
    states = [Scenario("day", day), Scenario("night", night)]
    found = solve_robust(problem, states, "regret", model="capacitated-p-median")
    counted = (2.8 * 104057 + 114716) / 3.8
    beside = (1.7 * 36680 + 2.8 * 107088) / 3.8
    assert found.chosen_ids == (1,)
    assert found.objective == pytest.approx(counted - beside, rel=1e-9)


def test_the_objective_of_several_states_is_that_of_its_sites_and_not_the_bound():
    costs = [[20.0, 13.0, 0.0], [math.nan, 18.0, 5.0], [18.0, 19.0, 26.0], [38.0, 9.0, 8.0]]
    problem = PlacementProblem(costs, p=1, capacities=[2.8, 1.4, 2.8])
    found = solve_robust(problem, [Scenario("now", costs)], "tail", tail=0.1, model="capacitated-p-median")
    assert found.objective == 2.5


def test_one_person_too_many_beside_a_million_finds_no_room():
    problem = PlacementProblem([[31.0], [25.0]], weights=[1.0, 1e6], p=1, capacities=[1_000_000.5])
    found = solve_robust(problem, [Scenario("now", problem.costs)], model="capacitated-p-median")
    assert found.objective == 25.0
    assert solve(problem, "capacitated-p-median").objective == 25.0


def test_one_person_counted_beside_a_million_who_find_no_room_is_no_number_too_large():
    day = [[968.0, 30028.0], [124872.0, 76863.0]]
    problem = PlacementProblem(day, weights=[1.0, 1e6], p=2, capacities=[3.92, 5.88])
    model = make_model("capacitated-p-median", {"max_units": 3})
    found = solve_robust(problem, [Scenario("day", day)], "tail", tail=0.1, model=model)
    assert (found.status, found.objective) == (Status.OPTIMAL, 968.0)


def by_names(problem, model, order, **options):
    """The names of the sites that are chosen when sites stand in this order."""
    kept = [problem.site_ids[site] for site in order]
    other = problem.take_sites(np.asarray(order))
    assert list(other.site_ids) == kept
    return sorted(solve(other, model, **options).chosen_ids)


def test_a_site_that_serves_nobody_is_the_first_that_may_stand_open():
    # Two sites have no room at all; one of them has to be open beside the one that serves.
    problem = PlacementProblem(
        [[9.0, 2.0, 4.0], [9.0, 7.0, 3.0]], p=2, capacities=[0.0, 2.0, 0.0], site_ids=["a", "b", "c"]
    )
    for order in ([0, 1, 2], [2, 1, 0], [2, 0, 1]):
        assert by_names(problem, "capacitated-p-median", order) == ["a", "b"]


def test_who_needs_no_room_goes_along_when_an_idle_site_is_exchanged():
    costs = [[9.0, 2.0, 4.0], [3.0, 8.0, 1.0]]
    problem = PlacementProblem(
        costs, weights=[1.0, 0.0], p=2, capacities=[0.0, 2.0, 0.0], site_ids=["a", "b", "c"]
    )
    for order in ([0, 1, 2], [2, 1, 0]):
        assert by_names(problem, "capacitated-p-median", order) == ["a", "b"]
    assert solve(problem, "capacitated-p-median").placed.assignment.tolist() == [1, 0]


@pytest.mark.parametrize("forced", [0, 10**12])
def test_covers_of_one_price_tie_to_the_fewest_sites_in_every_order(monkeypatch, forced):
    monkeypatch.setattr(engines, "PAYS_AT_PAIRS", forced)
    costs = [[2.0, 5.0, 3.0], [4.0, 0.0, 4.0], [4.0, 4.0, 1.0], [3.0, 4.0, 2.0]]
    problem = PlacementProblem(
        costs, fixed_costs=[8.0, 0.0, 2.0], budget=3.0, site_ids=["dear", "free", "good"]
    )
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0], [1, 0, 2]):
        assert by_names(problem, "lscp", order, radius=4.5) == ["good"]


def test_minutes_and_prices_in_the_hundred_thousands_end_in_no_error_of_the_solver(by_programs):
    costs = [
        [79979.0, 161374.0, 184488.0, 24384.0, 173914.0, 101911.0, 85114.0, 185774.0],
        [195250.0, 63707.0, 12915.0, 55872.0, 61458.0, 39420.0, 90327.0, 187401.0],
        [143748.0, 124804.0, 31725.0, 115303.0, 17542.0, 103239.0, 86121.0, 195924.0],
        [5663.0, 126623.0, 12018.0, 147661.0, 43346.0, 143610.0, 122022.0, 56804.0],
        [173628.0, 59109.0, 88541.0, 130210.0, 26265.0, 51489.0, 49981.0, 23873.0],
        [132798.0, 97377.0, 175120.0, 115151.0, 176956.0, 149917.0, 149167.0, 81523.0],
    ]
    problem = PlacementProblem(
        costs,
        weights=[18.0, 786.0, 585.0, 315.0, 320.0, 821.0],
        fixed_costs=[43e6, 36e6, 73e6, 36e6, 57e6, 40e6, 24e6, 8e6],
        budget=317e6,
    )
    found = solve(problem, "gini")
    minutes = np.minimum(np.array(costs)[:, 6], np.array(costs)[:, 7])
    apart = np.abs(minutes[:, None] - minutes[None, :])
    weights = np.asarray(problem.weights)
    by_hand = weights @ apart @ weights / (2 * weights.sum() * (weights @ minutes))
    assert (found.status, found.chosen_ids) == (Status.OPTIMAL, (6, 7))
    assert found.objective == pytest.approx(by_hand, rel=1e-12)


def test_a_program_that_presolve_leads_into_an_error_is_tried_without_it():
    tried = []

    class Failing:
        """The solver's own answer, but for the status where presolve ran."""

        def __init__(self, solver, failed):
            self._solver, self._failed = solver, failed

        def __getattr__(self, name):
            return getattr(self._solver, name)

        def getModelStatus(self):
            return highspy.HighsModelStatus.kSolveError if self._failed else self._solver.getModelStatus()

    program = pulp.LpProblem("small", pulp.LpMinimize)
    variable = program.add_variable("x", 0, 5, pulp.LpInteger)
    program.setObjective(1 * variable)
    program.addConstraint(variable >= 1.5, "least")
    kept = program.solve

    def solve_and_wrap(solver):
        tried.append(solver.presolve)
        kept(solver)
        program.solverModel = Failing(program.solverModel, solver.presolve)

    program.solve = solve_and_wrap
    run = running.run_program(program, Limits().started())
    assert (tried, run.status, run.objective) == ([True, False], Status.OPTIMAL, 2.0)


@pytest.mark.parametrize("seed", range(6))
def test_little_survival_of_many_people_is_proven_under_conditions(monkeypatch, seed):
    monkeypatch.setattr(enumerating, "MOST_WORK", -1)
    monkeypatch.setattr(engines, "CONDITIONED_PAYS_AT_PAIRS", 0)
    random = np.random.default_rng(seed)
    costs = random.integers(15, 40, (9, 6)).astype(float)
    costs[0] = np.nan
    weights = np.append(1e6, random.integers(1, 5, 8)).astype(float)
    prices = random.integers(1, 5, 6).astype(float)
    found = solve(PlacementProblem(costs, weights=weights, fixed_costs=prices, budget=6), "maximal-survival")
    worth = np.nan_to_num(1 / (1 + np.exp(0.679 + 0.262 * costs)))
    best = max(
        float((weights / weights.sum()) @ worth[:, sites].max(axis=1))
        for sites in (np.flatnonzero([place >> site & 1 for site in range(6)]) for place in range(1, 64))
        if prices[sites].sum() <= 6
    )
    assert found.status is Status.OPTIMAL
    assert found.objective == pytest.approx(best, rel=1e-9, abs=1e-15)


@pytest.mark.parametrize(
    ("costs", "weights", "demands", "room", "asked", "minutes"),
    [
        (
            [[9, 6, 14], [16, 3, 11], [22, 17, 24]],
            [1, 222, 147],
            [1e6, 1, 1e6],
            [200000.1, 600000.3, 400000.2],
            {"p": 2},
            (222 * 3 + 147 * (0.5999993 * 17 + 0.4000002 * 24)) / (222 + 147 * 0.9999995),
        ),
        # all room goes to the million: 0.21 of it at 10 minutes, 0.315 at 22
        (
            [[27, 0, 2], [10, 22, np.inf]],
            [1, 1e6],
            [0.1, 2],
            [0.42, 0.63, 0.21],
            {"roles": ["required", "candidate", "candidate"], "fixed_costs": [1, 1, 1], "budget": 2.8},
            (0.21 * 10 + 0.315 * 22) / 0.525,
        ),
    ],
)
@pytest.mark.parametrize("states", [0, 1])
def test_a_million_split_beside_one_is_served_and_not_infeasible(
    costs, weights, demands, room, asked, minutes, states
):
    """The most that can be served was read with shares rounded up to the whole, which no program reaches."""
    if states and "budget" in asked:
        asked = {"p": 2, "roles": asked["roles"]}
    problem = PlacementProblem(
        np.array(costs, dtype=float), weights=weights, demands=demands, capacities=room, **asked
    )
    if states:
        model = make_model("capacitated-p-median", {"sourcing": "split"})
        one = Scenario("one", problem.costs, 1.0, None)
        found = solve_robust(problem, [one], "expected", model=model, limits=Limits())
    else:
        found = solve(problem, "capacitated-p-median", sourcing="split")
    assert found.status is Status.OPTIMAL
    assert found.objective == pytest.approx(minutes, rel=2e-6)


def test_whom_no_open_site_reaches_keeps_no_dear_site_open():
    """Who is reached by neither of two open sites loses nothing when one of them closes."""
    problem = PlacementProblem(
        np.array([[1, 5, np.inf], [np.inf, np.inf, 3]], dtype=float),
        weights=[2, 1],
        fixed_costs=[1, 1, 50],
        roles=["candidate"] * 3,
    )
    sites = np.array([True, True, False])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kept = dropped_while_cheaper(problem, sites, 0.01, Limits().started())
    assert kept.tolist() == [True, False, False]


def test_an_answer_that_tidying_makes_dearer_is_proven():
    """The program leaves a billionth of four million unserved, or gets a share of -1e-9: rounding, no gap."""
    costs = np.array([[np.nan, 0, np.nan], [np.nan, np.nan, np.nan], [1, np.nan, 0]])
    room = PlacementProblem(costs, weights=[957, 548, 819], p=3, capacities=[3486, 0, 1162])
    found = solve(room, "capacitated-p-median", sourcing="split")
    assert (found.status, found.objective, found.bound) == (Status.OPTIMAL, 0.0, 0.0)
    apart = np.array([[0, np.nan], [0, 4], [3, 5], [0, np.nan], [np.nan, 4], [np.nan, 3]])
    weights = [1e6, 1e6, 1, 1e6, 1e6, 3]
    priced = PlacementProblem(
        apart, weights=weights, p=1, fixed_costs=[3, 8], roles=["candidate", "candidate"]
    )
    dear = solve(priced, "fixed-charge", sourcing="split", minute_price=0.01)
    assert (dear.status, dear.chosen_ids) == (Status.OPTIMAL, (0,))
    assert dear.objective == pytest.approx(3 + 0.01 * 3)
    assert dear.bound == dear.objective


@pytest.mark.parametrize("turned", [False, True])
def test_people_in_another_order_share_room_at_the_same_sites(turned):
    """Two placements in units are equal; which one is found hung on the order of the rows."""
    costs = np.array(
        [[np.nan, np.nan, np.nan, 21], [np.nan, 2, np.nan, np.nan], [np.nan, np.nan, 19, 7], [np.nan] * 4]
    )
    people, sites = (
        (np.array([2, 0, 3, 1]), np.array([3, 1, 0, 2])) if turned else (np.arange(4), np.arange(4))
    )
    problem = PlacementProblem(
        costs[np.ix_(people, sites)],
        weights=np.array([1, 3, 1, 1])[people],
        p=3,
        max_moves=3,
        budget=4,
        fixed_costs=[1, 1, 1, 1],
        capacities=np.array([2.4, 2.4, 2.4, 3.6])[sites],
        site_ids=[f"s{site}" for site in sites],
        demand_ids=[f"d{row}" for row in people],
    )
    asked = {"minute_price": 0.01, "max_units": 2, "total_units": 4}
    found = solve(problem, "fixed-charge", sourcing="split", **asked)
    assert sorted(found.chosen_ids) == ["s1", "s2", "s3"]
    served = {name: found.placed.assignment[row] for row, name in enumerate(problem.demand_ids)}
    assert problem.site_ids[served["d1"]] == "s1"
    assert served["d3"] == -1
    assert problem.site_ids[served["d0"]] == problem.site_ids[served["d2"]] == "s3"


@pytest.mark.usefixtures("by_programs")
def test_a_group_of_a_million_whose_mean_one_person_moves_is_proven():
    """The mean of a group moves by a millionth of a minute, which a solver passes over in a row."""
    costs = np.array(
        [[4, 1, 2, 2, 2, 0], [4, 4, 2, 1, 5, 1], [1, 1, 2, 5, 5, 4], [0, 0, 5, 4, 5, 5], [1, 0, 5, 3, 5, 1]]
    )
    problem = PlacementProblem(
        costs.astype(float),
        weights=[3, 3, 1, 1, 1_000_000],
        p=5,
        roles=["required", "required", "candidate", "existing", "candidate", "existing"],
        demand_groups=["y", "y", "x", "z", "x"],
    )
    found = solve(problem, "tail-mean", by="group", tail=1.0)
    assert found.status is Status.OPTIMAL
    assert found.objective == pytest.approx((0.5 + 1 / 1_000_001 + 0) / 3, rel=1e-12)


def test_a_bound_below_no_minutes_at_all_is_none():
    """Without time the bound of the mean price is below 0, and its power was a complex number."""
    problem = PlacementProblem(np.array([[3.0, 5.0], [8.0, 2.0]]), p=1)
    model = make_model("iso-elastic", {"alpha": 3.0})
    assert model.to_unit(-2.0, problem) == 0.0
    assert model.to_unit(-math.inf, problem) == 0.0
    assert model.to_unit(float(model.price(np.array([3.0]), problem)[0]), problem) == pytest.approx(3.0)


def test_a_linear_program_that_a_limit_stops_bounds_nothing(monkeypatch):
    """All sites are open, people may be split: the start was told as the bound when no second was left."""
    rng = np.random.default_rng(3)
    program = pulp.LpProblem("linear", pulp.LpMinimize)
    parts = [program.add_variable(f"part_{number}", 0, 1) for number in range(40)]
    program += pulp.lpSum(
        price * part for price, part in zip(rng.uniform(1, 9, 40).tolist(), parts, strict=True)
    )
    for own in rng.uniform(0, 1, (60, 40)).tolist():
        program += pulp.lpSum(worth * part for worth, part in zip(own, parts, strict=True)) >= 5
    start = dict.fromkeys(parts, 1.0)
    solved = running.run_program(program, Limits().started())
    call = highs.InProcessHighs.callSolver

    def without_a_second(self, lp):
        lp.solverModel.setOptionValue("time_limit", 0.0)
        call(self, lp)

    monkeypatch.setattr(highs.InProcessHighs, "callSolver", without_a_second)
    stopped = running.run_program(program, Limits().started(), start=start)
    assert (solved.status, solved.bound) == (Status.OPTIMAL, pytest.approx(solved.objective))
    assert (stopped.status, stopped.has_values) == (Status.FEASIBLE, True)
    assert stopped.objective > solved.objective
    assert stopped.bound == -math.inf


def test_people_who_take_no_room_go_to_their_nearest_site_beside_a_million_who_are_served_first(by_programs):
    # HiGHS's presolve left a third of the second place's people at a site that is nine times as far.
    problem = PlacementProblem(
        [
            [10.800647236710164, 18.12653721728441, 10.800647236710164],
            [4.0320696329580485, 35.03099921032327, 4.0320696329580485],
            [7.75970688089423, 39.23223227552416, 7.75970688089423],
            [34.197049295528586, 41.57680226331588, 34.197049295528586],
            [34.62043336164282, 48.094549163354806, 34.62043336164282],
        ],
        weights=[1.0, 3.0, 1e6, 1.0, 0.0],
        p=2,
        capacities=[0.0, 900_000.9, 300_000.3],
        demands=[1e6, 0.0, 3.0, 1e6, 1e6],
    )
    solution = solve(problem, "capacitated-p-median", sourcing="split")
    # By hand: the second site has room for 0.2999973 of the first place, the first for the rest and some more.
    minutes = 3 * 4.0320696329580485 + 1e6 * 7.75970688089423
    minutes += 0.2999973 * 10.800647236710164 + 0.7000027 * 18.12653721728441 + 0.1999982 * 41.57680226331588
    assert (solution.status, solution.chosen_ids) == (Status.OPTIMAL, (1, 2))
    assert solution.objective <= minutes / 1_000_004.1999982 * (1 + 1e-8)
    assert solution.bound == pytest.approx(solution.objective, rel=1e-7)
    # One state of the world is no other question.
    for criterion in ("expected", "worst"):
        alone = [Scenario("as it is", problem.costs)]
        robust = solve_robust(
            problem, alone, criterion, model=make_model("capacitated-p-median", {"sourcing": "split"})
        )
        assert robust.objective == pytest.approx(solution.objective, rel=2e-6)


@pytest.mark.parametrize("pays", [(0, 0, 0), (0, 10**12, 10**12), (10**12, 10**12, 10**12)])
def test_one_person_of_a_million_does_not_go_where_there_is_no_room(by_programs, monkeypatch, pays):
    """A hamlet of one beside a town of a million that fills its site: whole, it goes to the farther site."""
    for name, value in zip(("ENGINE_PAYS_AT_PAIRS", "CUTS_PAY_AT_PAIRS", "PEOPLE_A_SITE"), pays, strict=True):
        monkeypatch.setattr(capacitated_model, name, value)
    costs = [[24.0, 26.0, 10.0], [9.0, 20.0, 35.0], [33.0, 30.0, 7.0], [math.nan, 14.0, 8.0]]
    roles, room = ["candidate", "forbidden", "candidate"], [3000003.0, 3000003.0, 1000001.0]
    problem = PlacementProblem(costs, weights=[1.0, 1e6, 1e6, 1.0], capacities=room, roles=roles, p=2)
    solution = solve(problem, "capacitated-p-median")
    assert solution.status is Status.OPTIMAL
    assert solution.objective == pytest.approx((24 + 9e6 + 7e6 + 8) / 2_000_002, rel=1e-12)
    assert verify(solution).ok
