"""What each model refuses, what it calls broken, how it ranks, and the figures of its formulas; worked by hand."""

from __future__ import annotations

import itertools
import math
import time

import numpy as np
import pytest
from placement_cases import site_sets

from optimise import MODELS, Limits, PlacementProblem, ProblemError, SiteCount, Status, solve, verify
from optimise.models import CapacitatedPMedian, enumerating
from optimise.models.base import fixed_to, ignored_faults, needs_a_count, reach_and_mean
from optimise.models.busy import MALP, MEXCLP
from optimise.models.enumerating import best_of_all, count_placements, few_enough
from optimise.models.leximin import LexicographicMinimax
from optimise.models.outcomes import compared_faults, outcome_rows, outcomes
from optimise.models.pmedian import PMedian
from optimise.models.survival import cardiac_arrest, half_life
from optimise.models.welfare import (
    horizon_of,
    isoelastic_inverse,
    isoelastic_utility,
    longest_min,
)
from optimise.placed import Placed

LINE = np.asarray([[0.0, 4.0, 9.0], [5.0, 1.0, 4.0], [9.0, 5.0, 0.0], [np.nan, np.nan, 7.0]])
WEIGHTS = [4.0, 3.0, 2.0, 1.0]


def line(**values: object) -> PlacementProblem:
    return PlacementProblem(**({"costs": LINE, "weights": WEIGHTS} | values))


def placed(
    sites: list[int], assignment: list[int], n_sites: int = 3, units: list[int] | None = None
) -> Placed:
    mask = np.zeros(n_sites, dtype=bool)
    mask[sites] = True
    return Placed(mask, np.asarray(assignment), None if units is None else np.asarray(units))


def shared(sites: list[int], shares: list[list[float]], units: list[int] | None = None) -> Placed:
    mask = np.zeros(len(shares[0]), dtype=bool)
    mask[sites] = True
    table = np.asarray(shares, dtype=float)
    best = np.where(table.max(axis=1) > 0, table.argmax(axis=1), -1)
    return Placed.shared(mask, table, best, None if units is None else np.asarray(units))


def refused(problem: PlacementProblem, model: str, **options: object) -> str:
    """What a question is refused for."""
    with pytest.raises(ProblemError) as raised:
        solve(problem, model, **options)
    return str(raised.value)


def accepted(problem: PlacementProblem, model: str, **options: object) -> bool:
    return solve(problem, model, **options).status in (Status.OPTIMAL, Status.INFEASIBLE)


COUNTED = [
    name
    for name in MODELS
    if name not in ("lscp", "anti-cover", "fixed-charge", "p-dispersion", "relocation")
]
NEEDED = {
    "mclp": {"radius": 5.0},
    "mexclp": {"radius": 5.0, "busy": 0.1},
    "malp": {"radius": 5.0, "busy": 0.1},
}


@pytest.mark.parametrize("model", COUNTED)
def test_something_must_limit_the_number_of_sites(model):
    assert "how many sites" in refused(
        line(demand_groups=[0, 0, 1, 1], capacities=[9, 9, 9]), model, **NEEDED.get(model, {})
    )


def test_a_number_or_a_budget_limits_the_sites():
    assert len(needs_a_count(line())) == 1
    for values in ({"p": 1}, {"p_new": 1}, {"max_moves": 0}, {"budget": 1.0, "fixed_costs": [1, 1, 1]}):
        assert needs_a_count(line(**values)) == []


def test_data_that_a_model_would_leave_aside_are_refused():
    prices = {"fixed_costs": [1.0, 2.0, 3.0]}
    model = PMedian()
    assert [fault.where for fault in ignored_faults(line(**prices), model)] == ["fixed_costs"]
    assert ignored_faults(line(**prices, budget=3.0), model) == []
    assert [one.where for one in ignored_faults(line(capacities=[1, 1, 1]), model)] == ["capacities"]
    assert [one.where for one in ignored_faults(line(site_values=[1, 1, 1]), model)] == ["site_values"]
    assert ignored_faults(line(capacities=[1, 1, 1]), CapacitatedPMedian()) == []
    assert ignored_faults(line(**prices), MODELS["lscp"](radius=1.0)) == []
    assert ignored_faults(line(**prices, capacities=[1, 1, 1]), MODELS["fixed-charge"]()) == []
    assert ignored_faults(line(site_values=[1, 1, 1]), MODELS["anti-cover"]()) == []


@pytest.mark.parametrize(
    ("model", "good", "bad", "word"),
    [
        ("p-center", [{"method": "threshold"}, {"method": "program"}], [{"method": "guess"}], "method"),
        ("partial-p-center", [{"share": 1.0}, {"share": 0.01}], [{"share": 0.0}, {"share": 1.01}], "share"),
        ("partial-p-center", [{}], [{"method": "program"}], "threshold only"),
        ("lexicographic-minimax", [{"levels": 1}, {"levels": None}], [{"levels": 0}], "levels"),
        ("mclp", [{"radius": 0.0}, {"radius": [1, 2, 3, 4]}], [{"radius": None}, {"radius": -1.0}, {"radius": [1, 2]}], "radius"),
        ("mclp", [{"radius": 1.0, "backup": 0.0}, {"radius": 1.0, "backup": 1.0}], [{"radius": 1.0, "backup": -0.1}, {"radius": 1.0, "backup": 1.1}], "backup"),
        ("mexclp", [{"radius": 1.0, "busy": 0.0}, {"radius": 1.0, "busy": [0.1] * 4}], [{"radius": 1.0, "busy": 1.0}, {"radius": 1.0, "busy": -0.1}, {"radius": 1.0}, {"radius": 1.0, "busy": [0.1] * 3}], "busy"),
        ("mexclp", [{"radius": 1.0, "busy": 0.1, "vehicles": 2, "max_per_site": 1}], [{"radius": 1.0, "busy": 0.1, "max_per_site": 1}, {"radius": 1.0, "busy": 0.1, "vehicles": 2, "max_per_site": 0}], "max_per_site"),
        ("malp", [{"radius": 1.0, "busy": 0.1, "reliability": 0.5}], [{"radius": 1.0, "busy": 0.1, "reliability": 0.0}, {"radius": 1.0, "busy": 0.1, "reliability": 1.0}], "reliability"),
        ("tail-mean", [{"tail": 1.0}, {"tail": 0.05}], [{"tail": 0.0}, {"tail": 1.05}], "tail"),
        ("tail-mean", [{"by": "person"}], [{"by": "group"}, {"by": "house"}], "by"),
        ("mean-difference", [{"weight": 0.0}, {"weight": 2.0}], [{"weight": -0.1}, {"weight": math.inf}, {"weight": math.nan}], "weight"),
        ("iso-elastic", [{"alpha": 0.0}, {"horizon_min": 9.5}], [{"alpha": -0.5}, {"alpha": math.nan}, {"alpha": 1e4}], "alpha"),
        ("iso-elastic", [{"horizon_min": 9.01}], [{"horizon_min": 9.0}, {"horizon_min": 5.0}], "horizon_min"),
        ("kolm-pollak", [{"aversion": 2.04}, {"aversion": 1e-6}], [{"aversion": 0.0}, {"aversion": 2.05}], "aversion"),
        ("maximal-survival", [{"survival": "cardiac-arrest"}, {"survival": half_life(3.0)}], [{"survival": "stroke"}, {"survival": lambda t: t / 100}, {"survival": lambda t: 1.5 - t / 100}, {"survival": lambda t: -t / 100}, {"survival": lambda t: np.ones(1)}], "survival"),
    ],
)  # fmt: skip
def test_parameters_are_taken_and_refused_at_their_edges(model, good, bad, word):
    problem = line(p=2)
    for options in good:
        assert accepted(problem, model, **options), options
    for options in bad:
        assert word in refused(problem, model, **options), options


def test_models_with_needs_of_their_own_say_so():
    assert "max_moves" in refused(line(roles=["existing", "candidate", "candidate"]), "relocation")
    assert "roles" in refused(line(max_moves=1), "relocation")
    assert accepted(line(max_moves=1, roles=["existing", "candidate", "candidate"]), "relocation")
    assert "leave p" in refused(line(p=1), "lscp", radius=5.0)
    assert "capacities" in refused(line(p=1), "capacitated-p-median")
    assert "fixed_costs" in refused(line(), "fixed-charge")
    priced = line(fixed_costs=[1, 1, 1])
    assert "minute_price" in refused(priced, "fixed-charge", minute_price=0.0)
    assert "minute_price" in refused(priced, "fixed-charge", minute_price=math.inf)
    assert "capacities" in refused(priced, "fixed-charge", total_units=2)
    apart = np.ones((3, 3))
    assert "minutes" in refused(line(), "anti-cover", separation=-1.0)
    assert "minutes" in refused(line(site_costs=apart), "anti-cover")
    assert "2 or more" in refused(line(p=1, site_costs=apart), "p-dispersion")
    assert "2 or more" in refused(line(site_costs=apart), "p-dispersion")
    assert "site_costs" in refused(line(p=2), "p-dispersion")
    assert accepted(line(p=2, site_costs=apart), "p-dispersion")


def test_units_are_refused_where_they_contradict_each_other():
    roomy = line(p=2, capacities=[9, 9, 9], site_ids=["a", "b", "c"])
    assert "min_units" in refused(roomy, "capacitated-p-median", min_units=3, max_units=2)
    assert accepted(roomy, "capacitated-p-median", min_units=2, max_units=2)
    assert "no such site" in refused(roomy, "capacitated-p-median", max_units={"x": 2})
    assert "no such site" in refused(roomy, "capacitated-p-median", min_units={"x": 0})
    assert "sourcing" in refused(roomy, "capacitated-p-median", sourcing="both")
    assert accepted(roomy.replace(p=None), "capacitated-p-median", total_units=2)


def test_the_nearest_open_site_serves_and_nobody_else():
    problem, model = line(p=2), PMedian()
    assert model.broken(problem, placed([0, 2], [0, 2, 2, 2])) == []
    for assignment, row in (([2, 2, 2, 2], 0), ([0, 1, 2, 2], 1), ([0, 2, -1, 2], 2), ([0, 0, 2, 2], 1)):
        told = model.broken(problem, placed([0, 2], assignment))
        assert told == [f"{row} is not served by its nearest open site"]
    assert model.broken(problem, placed([0, 1], [0, 1, 1, -1])) == []
    assert len(model.broken(problem, placed([0, 1], [0, 1, 1, 2]))) == 1


def test_reach_and_mean_of_a_placement():
    problem = line()
    assert reach_and_mean(problem, placed([1], [1, 1, 1, -1])) == (1.0, (4 * 4 + 3 * 1 + 2 * 5) / 9)
    assert reach_and_mean(problem, placed([2], [2, 2, 2, 2])) == (0.0, (36 + 12 + 0 + 7) / 10)
    nobody = line(weights=[0, 0, 0, 0])
    assert reach_and_mean(nobody, placed([1], [1, 1, 1, -1])) == (0.0, 0.0)
    assert reach_and_mean(problem, placed([], [-1, -1, -1, -1])) == (10.0, 0.0)


def test_ranks_put_who_is_served_first_and_turn_round_what_is_maximised():
    problem = line(p=1)
    one = placed([1], [1, 1, 1, -1])
    assert PMedian().rank(problem, one) == (1.0, 29 / 9)
    covering = MODELS["mclp"](radius=4.0)
    assert covering.rank(problem, covering.place(problem, one.sites)) == (0.0, -7.0)
    assert covering.second_aim(problem, one) == (1.0, 29 / 9)
    assert PMedian().second_aim(problem, one) == ()
    assert PMedian().conditions(problem) == ()
    assert PMedian().impossible(problem) is None


def test_a_problem_fixed_to_some_sites():
    full = line(p=2, conditions=[SiteCount((0, 1), at_most=1)])
    fixed = fixed_to(full, np.asarray([True, False, True]))
    assert [role.value for role in fixed.roles] == ["required", "forbidden", "required"]
    assert (fixed.p, fixed.p_new, fixed.max_moves, fixed.budget, fixed.conditions) == (
        None,
        None,
        None,
        None,
        (),
    )


# Looking at all placements


@pytest.mark.parametrize(
    "values",
    [
        {"p": 2},
        {"p": 0},
        {"p": 3, "roles": ["existing", "required", "candidate"]},
        {"p": 2, "roles": ["forbidden", "candidate", "candidate"]},
        {"p": 1, "roles": ["existing", "required", "candidate"]},
        {"p": 1, "max_moves": 1, "roles": ["existing", "candidate", "candidate"]},
    ],
)
def test_placements_are_counted(values):
    problem = line(**values)
    assert count_placements(problem) == sum(1 for _ in site_sets(problem))
    assert count_placements(line()) is None
    assert not few_enough(line())


def test_how_much_work_is_few_enough(monkeypatch):
    problem = line(p=1)  # three placements of four demand points
    monkeypatch.setattr(enumerating, "MOST_WORK", 12)
    assert few_enough(problem)
    monkeypatch.setattr(enumerating, "MOST_WORK", 11)
    assert not few_enough(problem)


def test_the_best_of_all_placements_and_what_it_says():
    began = time.perf_counter()
    found = best_of_all(line(p=2), PMedian(), Limits())
    assert found.status is Status.OPTIMAL
    assert found.placed.sites.tolist() == [True, False, True]
    assert found.bound == (0 + 3 * 4 + 0 + 7) / 10
    assert "3 placements looked at, of 3" in found.proof
    assert (found.build_s, found.solver, found.formulation) == (0.0, "enumeration", "all placements")
    assert 0 <= found.solve_s <= time.perf_counter() - began
    impossible = best_of_all(line(p=2, conditions=[SiteCount((0, 1, 2), at_most=1)]), PMedian(), Limits())
    assert (impossible.status, impossible.placed, impossible.bound) == (Status.INFEASIBLE, None, 0.0)
    too_few = best_of_all(line(p=1, roles=["required", "required", "candidate"]), PMedian(), Limits())
    assert too_few.status is Status.INFEASIBLE
    none_open = best_of_all(line(p=0), PMedian(), Limits())
    assert none_open.placed.assignment.tolist() == [-1] * 4


def many(count: int = 400) -> PlacementProblem:
    return PlacementProblem(np.random.default_rng(0).integers(1, 50, (2, count)).astype(float), p=1)


def test_looking_stops_at_the_deadline_with_what_it_has(monkeypatch):
    over = Limits(time_limit_s=1e-9).started()
    time.sleep(0.001)
    found = best_of_all(many(), PMedian(), over)
    assert found.status is Status.FEASIBLE
    assert "256 placements looked at, of 400" in found.proof
    assert found.bound == 0.0
    assert best_of_all(many(255), PMedian(), over).status is Status.OPTIMAL
    forbidden = many().with_conditions(SiteCount(tuple(range(400)), at_most=0))
    assert best_of_all(forbidden, PMedian(), over).status is Status.NO_SOLUTION


def test_an_interrupt_keeps_the_best_so_far():
    class Impatient(PMedian):
        calls = itertools.count()

        def rank(self, problem, placed):
            if next(Impatient.calls) == 2:
                raise KeyboardInterrupt
            return super().rank(problem, placed)

    found = best_of_all(line(p=1), Impatient(), Limits())
    assert found.status is Status.INTERRUPTED
    assert found.placed is not None
    assert found.bound == 0.0


# Formulas


def test_survival_and_half_lives():
    assert cardiac_arrest(np.asarray([0.0])) == pytest.approx([1 / (1 + math.exp(0.679))])
    assert cardiac_arrest(np.asarray([5.0])) == pytest.approx([0.1204], abs=1e-4)  # 1 / (1 + exp(1.989))
    assert cardiac_arrest(np.asarray([1e6])) == pytest.approx([0.0])
    assert half_life(4.0)(np.asarray([0.0, 4.0, 8.0])).tolist() == [1.0, 0.5, 0.25]


def test_the_horizon_ends_a_tenth_beyond_the_longest_way():
    assert longest_min(line()) == 9.0
    assert horizon_of(None, line()) == pytest.approx(10.9)
    assert horizon_of(60.0, line()) == 60.0
    assert longest_min(PlacementProblem([[np.nan]])) == 0.0
    assert horizon_of(None, PlacementProblem([[np.nan]])) == 1.0


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0, 2.0])
def test_utility_and_its_inverse(alpha):
    left = np.asarray([0.25, 0.5, 1.0])
    by_hand = [math.log(u) if alpha == 1 else u ** (1 - alpha) / (1 - alpha) for u in left]
    assert isoelastic_utility(left, alpha) == pytest.approx(by_hand)
    assert [isoelastic_inverse(value, alpha) for value in by_hand] == pytest.approx(left.tolist())


@pytest.mark.parametrize(
    ("busy", "reliability", "needed"),
    [
        (0.0, 0.9, 1),
        (0.1, 0.9, 1),
        (0.3, 0.9, 2),
        (0.5, 0.9, 4),
        (0.5, 0.75, 2),
        (0.5, 0.76, 3),
        (0.2, 0.1, 1),
    ],
)
def test_vehicles_that_give_a_reliability(busy, reliability, needed):
    """The fewest k with 1 - busy^k >= reliability."""
    model = MALP(radius=1.0, busy=busy, reliability=reliability)
    assert model.needed(busy) == needed
    assert model.steps(busy, needed) == [0.0] * (needed - 1) + [1.0]
    assert model.steps(busy, needed - 1) == []
    assert model.worth(np.asarray([needed - 1, needed]), np.asarray([busy, busy])).tolist() == [0.0, 1.0]


def test_steps_of_expected_coverage_add_up_to_its_worth():
    model = MEXCLP(radius=1.0, busy=0.3)
    assert model.steps(0.3, 3) == pytest.approx([0.7, 0.21, 0.063])
    assert model.worth(np.asarray([0, 1, 3]), np.full(3, 0.3)) == pytest.approx([0.0, 0.7, 0.973])


def test_vehicles_must_stand_at_open_sites_and_be_as_many_as_asked_for():
    problem = line()
    model = MEXCLP(radius=5.0, busy=0.2, vehicles=3, max_per_site=2)
    right = Placed.nearest(problem, np.asarray([True, False, True]), limit=5.0, units=np.asarray([1, 0, 2]))
    assert model.broken(problem, right) == []
    assert model.in_reach(problem, right).tolist() == [1, 3, 2, 0]
    for units, word in (
        ([1, 0, 1], "2 vehicles are placed"),
        ([3, 0, 0], "too many"),
        ([1, 1, 1], "closed site"),
        ([0, 1, 2], "closed site"),
    ):
        wrong = Placed(right.sites, right.assignment, np.asarray(units))
        assert any(word in told for told in model.broken(problem, wrong)), units
    assert any("0 vehicles" in told for told in model.broken(problem, Placed(right.sites, right.assignment)))
    free = MEXCLP(radius=5.0, busy=0.2)
    assert free.broken(problem, Placed(right.sites, right.assignment)) == []
    assert free.in_reach(problem, Placed(right.sites, right.assignment)).tolist() == [1, 2, 1, 0]
    assert free.limit(problem).tolist() == [5.0] * 4
    spread = model.place(problem, np.asarray([True, False, True]))
    assert spread.units.tolist() == [2, 0, 1]  # most people live at the first
    assert free.place(problem, right.sites).units is None


def test_covering_is_checked_at_its_radius():
    problem, model = line(p=1), MODELS["mclp"](radius=4.0)
    right = model.place(problem, np.asarray([False, True, False]))
    assert right.assignment.tolist() == [1, 1, -1, -1]
    assert model.broken(problem, right) == []
    assert len(model.broken(problem, placed([1], [1, 1, 1, -1]))) == 1
    assert len(model.broken(problem, placed([1], [1, -1, -1, -1]))) == 1
    assert model.covered_weight(problem, right, 1) == 7.0
    assert model.covered_weight(problem, placed([0, 1, 2], [0, 1, 2, -1]), 2) == 7.0
    assert model.place(problem, np.zeros(3, dtype=bool)).assignment.tolist() == [-1] * 4


def test_set_covering_names_who_could_be_covered_and_is_not():
    problem, model = line(), MODELS["lscp"](radius=5.0)
    told = model.broken(problem, model.place(problem, np.asarray([True, False, False])))
    assert told == ["2 could be covered, but is not"]
    assert model.broken(problem, model.place(problem, np.asarray([False, True, False]))) == []
    assert model.rank(problem, model.place(problem, np.asarray([False, True, False]))) == (-9.0, 1.0, 0.0)
    twice = MODELS["lscp"](radius=5.0, backup=True)
    assert twice.rank(problem, twice.place(problem, np.asarray([True, True, False]))) == (-9.0, 2.0, -7.0)
    weightless = line(weights=[1, 1, 0, 0])
    assert model.broken(weightless, model.place(weightless, np.asarray([True, False, False]))) == []


def test_set_covering_of_nobody_says_how_far_the_nearest_is():
    problem = PlacementProblem([[9.0, 7.0], [8.0, 30.0]], demand_ids=["north", "south"])
    solution = solve(problem, "lscp", radius=5.0)
    assert solution.status is Status.INFEASIBLE
    assert "the fastest way is 7, for north" in str(solution.conflicts[0])
    alone = solve(PlacementProblem([[np.nan]]), "lscp", radius=5.0)
    assert "no site reaches anybody" in str(alone.conflicts[0])
    nobody = solve(PlacementProblem([[9.0]], weights=[0.0]), "lscp", radius=5.0)
    assert nobody.status is Status.OPTIMAL
    assert nobody.objective == 0.0


def test_leximin_ranks_from_the_worst_down_with_the_people_at_each_level():
    model, problem = LexicographicMinimax(), line()
    here = placed([1], [1, 1, 1, -1])
    assert model.rank(problem, here) == (1.0, 5.0, 2.0, 4.0, 4.0, 1.0, 3.0)
    assert model.objective(problem, here) == 5.0
    assert math.isnan(model.objective(line(weights=[0, 0, 0, 1]), here))


def test_outcomes_of_people_and_groups():
    problem = line(demand_groups=["south", "north", "south", "north"])
    here = placed([2], [2, 2, 2, 2])
    assert outcome_rows(problem, "person").tolist() == [0, 1, 2, 3]
    assert outcome_rows(problem, "group").tolist() == [0, 1, 0, 1]
    minutes, weights = outcomes(problem, here, "group")
    assert minutes.tolist() == [36 / 6, (12 + 7) / 4]
    assert weights.tolist() == [1.0, 1.0]
    minutes, weights = outcomes(problem, here, "person")
    assert (minutes.tolist(), weights.tolist()) == ([9, 4, 0, 7], WEIGHTS)
    some = placed([1], [1, 1, 1, -1])
    assert outcomes(problem, some, "person")[0].tolist() == [4, 1, 5]
    weightless = line(weights=[4, 0, 2, 1])
    assert outcomes(weightless, some, "person")[0].tolist() == [4, 5]
    assert [fault.where for fault in compared_faults("group", line())] == ["by"]
    assert compared_faults("group", problem) == compared_faults("person", line()) == []


# Room


def roomy(**values: object) -> PlacementProblem:
    return line(p=2, capacities=[5.0, 4.0, 6.0], **values)


def test_room_is_kept_whole_or_split():
    model, problem = CapacitatedPMedian(), roomy()
    whole = shared([0, 2], [[1, 0, 0], [0, 0, 1], [0, 0, 1], [0, 0, 1]])
    assert model.broken(problem, whole) == []
    assert model.objective(problem, whole) == pytest.approx((0 + 12 + 0 + 7) / 10)
    assert model.total(problem, whole) == pytest.approx(19.0)
    over = shared([0, 2], [[1, 0, 0], [1, 0, 0], [0, 0, 1], [0, 0, 1]])
    assert model.broken(problem, over) == ["0 serves 7 and has room for 5"]
    closed = shared([0, 2], [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]])
    assert "somebody is served by a closed or unreachable site" in model.broken(problem, closed)
    unreachable = shared([0, 2], [[1, 0, 0], [0, 0, 1], [0, 0, 1], [1, 0, 0]])
    assert "somebody is served by a closed or unreachable site" in model.broken(problem, unreachable)
    double = shared([0, 2], [[1, 0, 0], [0, 0, 1], [1, 0, 1], [0, 0, 0]])
    assert "somebody is served more than once" in " ".join(model.broken(problem, double))
    halves = shared([0, 2], [[1, 0, 0], [1 / 3, 0, 2 / 3], [0, 0, 1], [0, 0, 1]])
    assert any("sourcing is single" in told for told in model.broken(problem, halves))
    assert CapacitatedPMedian(sourcing="split").broken(problem, halves) == []
    assert model.broken(problem, placed([0, 2], [0, 2, 2, 2])) == [
        "a capacitated placement needs shares and capacities"
    ]
    assert model.broken(line(p=2), whole) == ["a capacitated placement needs shares and capacities"]


def test_units_are_kept_within_their_limits():
    problem = roomy(site_ids=["a", "b", "c"])
    shares = [[1, 0, 0], [0, 0, 1], [0, 0, 1], [0, 0, 1]]
    model = CapacitatedPMedian(min_units=1, max_units={"a": 1, "c": 2}, total_units=3)
    assert model.broken(problem, shared([0, 2], shares, [1, 0, 2])) == []
    assert model.broken(problem, shared([0, 2], shares, [2, 0, 1])) == ["a has 2 units"]
    assert "b has 1 units" in model.broken(problem, shared([0, 2], shares, [1, 1, 1]))
    assert any(
        "4 units are placed, at most 3" in told
        for told in model.broken(problem, shared([0, 2], shares, [2, 0, 2]))
    )
    assert "a has 0 units" in model.broken(problem, shared([0, 2], shares, [0, 0, 2]))


def test_without_units_or_room_for_everybody_the_most_are_served_first():
    problem = PlacementProblem([[1.0], [2.0], [3.0]], weights=[3.0, 2.0, 2.0], capacities=[4.0], p=1)
    whole = solve(problem, "capacitated-p-median")
    assert whole.placed.served().tolist() == [0.0, 1.0, 1.0]  # 4 of 7 rather than 3
    assert whole.objective == 2.5
    assert "most served first" in whole.formulation
    split = solve(problem, "capacitated-p-median", sourcing="split")
    assert split.objective == pytest.approx((3 * 1 + 1 * 2) / 4)
    assert verify(split).ok
    units = solve(problem, "capacitated-p-median", max_units=2)
    assert units.objective == pytest.approx(13 / 7)
    assert units.units.tolist() == [2]
    assert "units" in units.formulation
    assert "most served first" not in units.formulation


def test_demand_that_takes_no_room_goes_to_the_nearest_open_site():
    problem = PlacementProblem(
        [[1.0, 9.0], [9.0, 2.0], [9.0, 3.0]], weights=[1, 1, 0], demands=[1, 1, 0], capacities=[1.0, 1.0], p=2
    )
    assert solve(problem, "capacitated-p-median").assignment.tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    "model",
    ["p-median", "p-center", "kolm-pollak", "lexicographic-minimax", "tail-mean", "gini", "mean-difference"],
)
def test_nobody_with_weight_has_no_objective_and_any_sites(model):
    solution = solve(PlacementProblem([[1.0, 2.0], [2.0, 1.0]], weights=[0, 0], p=1), model)
    assert solution.status is Status.OPTIMAL
    assert math.isnan(solution.objective)
    assert len(solution.chosen) == 1


@pytest.mark.parametrize("model", ["p-median", "p-center", "mclp", "tail-mean", "iso-elastic"])
def test_one_more_site_never_makes_it_worse(model):
    """The optimum of n sites on a seeded plane falls (or rises) with every further site."""
    rng = np.random.default_rng(5)
    here, there = rng.uniform(0, 30, (8, 2)), rng.uniform(0, 30, (6, 2))
    costs = np.hypot(*(here[:, None, :] - there[None, :, :]).transpose(2, 0, 1))
    options = {"mclp": {"radius": 8.0}, "iso-elastic": {"alpha": 2.0, "horizon_min": 60.0}}.get(model, {})
    values = [solve(PlacementProblem(costs, p=p), model, **options).objective for p in range(1, 7)]
    if model == "mclp":
        values = [-value for value in values]
    assert all(later <= earlier + 1e-9 for earlier, later in itertools.pairwise(values))


def test_a_demand_too_small_for_a_solver_to_see_still_needs_a_unit():
    """A ten-millionth of a unit each, at two sites that are open; the one unit there is stands at one of them."""
    problem = PlacementProblem([[0.0, 8.0], [8.0, 0.0]], capacities=[1e7, 1e7], p=2)
    solution = solve(problem, "capacitated-p-median", total_units=1)
    assert solution.status is Status.OPTIMAL
    assert solution.objective == 4.0
    assert int(solution.units.sum()) == 1
    assert solve(problem, "capacitated-p-median", total_units=2).objective == 0.0


def test_there_may_be_as_many_units_as_the_demand_takes():
    """Ten at a site of four a unit: three units, where nothing says how many there may be."""
    problem = PlacementProblem([[3.0], [5.0]], weights=[5.0, 5.0], capacities=[4.0], p=1)
    solution = solve(problem, "capacitated-p-median", min_units=1)
    assert solution.units.tolist() == [3]
    assert solution.objective == 4.0
    assert solve(problem, "capacitated-p-median", min_units=5).units.tolist() == [5]


def test_room_that_nobody_can_have_is_no_conflict_but_a_promise_can_be():
    """The site has room for four of ten; who was promised to be within reach cannot all be served."""
    from optimise import ShareWithin

    promise = ShareWithin(minutes=9.0, share=1.0)
    problem = PlacementProblem(
        [[3.0], [5.0]], weights=[5.0, 5.0], capacities=[6.0], p=1, conditions=[promise]
    )
    solution = solve(problem, "capacitated-p-median")
    assert solution.status is Status.INFEASIBLE
    assert solution.conflicts
    assert solve(problem.replace(capacities=[10.0]), "capacitated-p-median").status is Status.OPTIMAL


def test_fewer_vehicles_than_open_sites_is_said_to_be_the_conflict():
    solution = solve(line(p=2), "mexclp", radius=5.0, busy=0.2, vehicles=1)
    assert solution.status is Status.INFEASIBLE
    assert any("1 vehicles in all" in str(conflict) for conflict in solution.conflicts)
    assert solve(line(p=2), "mexclp", radius=5.0, busy=0.2, vehicles=2).status is Status.OPTIMAL


def test_what_each_model_says_of_itself():
    """Who may be left out, whether a radius counts, and which way is better."""
    covering = {"mclp", "lscp", "mexclp", "malp"}
    assert {name for name, model in MODELS.items() if model.covers_within} == covering
    left_out = covering | {"maximal-survival", "anti-cover", "p-dispersion"}
    assert {name for name, model in MODELS.items() if not model.serves_first} == left_out
    raised = {name for name, model in MODELS.items() if model.sense.value == "maximise"}
    assert raised == (left_out - {"lscp"})
    assert {name: model.name for name, model in MODELS.items()} == {name: name for name in MODELS}


def test_a_busy_fraction_must_fit_and_be_one():
    for busy in ([0.1, 0.2, 0.3, 1.0], [0.1, 0.2, -0.1, 0.3], [[0.1, 0.2, 0.3, 0.4]]):
        assert "busy" in refused(line(p=1), "mexclp", radius=5.0, busy=busy)
    assert accepted(line(p=1), "mexclp", radius=5.0, busy=[0.1, 0.2, 0.3, 0.99])


def test_what_a_minute_more_adds_to_a_mean_price():
    """The slope by calculus: the share of the weight for the mean, times the growth of the price for Kolm-Pollak."""
    problem, minutes = line(p=1), np.asarray([4.0, 1.0, 5.0, np.inf])
    mean, slope = PMedian().steer(problem, minutes)
    assert mean == pytest.approx((16 + 3 + 10) / 10)
    assert slope == pytest.approx([0.4, 0.3, 0.2, 0.0])
    mean, slope = MODELS["kolm-pollak"](aversion=0.1).steer(problem, minutes)
    prices = [math.exp(0.1 * t) - 1 for t in (4, 1, 5)]
    assert mean == pytest.approx((4 * prices[0] + 3 * prices[1] + 2 * prices[2]) / 10)
    by_hand = [w * 0.1 * math.exp(0.1 * t) / 10 for w, t in ((4, 4), (3, 1), (2, 5))]
    assert slope == pytest.approx([*by_hand, 0.0], rel=1e-3)
    weightless = line(p=1, weights=[4, 0, 2, 0])
    assert PMedian().steer(weightless, minutes)[0] == pytest.approx((16 + 10) / 6)


def test_the_aversion_may_be_large_where_all_ways_are_short():
    near = PlacementProblem([[0.5, 0.25]], p=1)
    assert accepted(near, "kolm-pollak", aversion=30.0)  # ln(1e8) / 0.5 = 36.8
    assert "aversion" in refused(near, "kolm-pollak", aversion=37.0)


def test_a_minute_costs_one_unless_it_is_said_otherwise_and_room_counts_in_fixed_charges_too():
    near_and_dear = PlacementProblem([[1.0, 4.0]], weights=[2.0], fixed_costs=[7.5, 2.0])
    assert solve(near_and_dear, "fixed-charge").objective == 7.5 + 2 * 1  # not 2 + 2 * 4
    assert solve(near_and_dear, "fixed-charge", minute_price=0.5).objective == 2 + 0.5 * 2 * 4
    full = PlacementProblem([[1.0, 4.0], [1.0, 4.0]], fixed_costs=[1.0, 1.0], capacities=[1.0, 1.0])
    both = solve(full, "fixed-charge")
    assert both.chosen.tolist() == [0, 1]
    assert both.objective == 1 + 1 + 1 + 4
    assert sorted(both.assignment.tolist()) == [0, 1]
