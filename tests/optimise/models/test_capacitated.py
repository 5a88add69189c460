"""Room and units: what is refused, tidied, read back and called broken; by hand."""

from __future__ import annotations

import math
import time
from itertools import combinations, product

import numpy as np
import pytest

from optimise import PlacementProblem, SiteCount, Status, solve
from optimise.engine_use import UNITS
from optimise.models import capacitated
from optimise.models.assigning import AssigningPrograms, _most_units, unit_limits
from optimise.models.capacitated import (
    CapacitatedPMedian,
    _from,
    _tidied,
    _weighted,
    _with_weightless,
    capacity_broken,
)
from optimise.models.fixed_charge import FixedCharge
from optimise.placed import Placed
from optimise.program import SiteProgram
from optimise.running import Limits, Run
from optimise.status import Sense

LINE = np.asarray([[0.0, 4.0, 9.0], [5.0, 1.0, 4.0], [9.0, 5.0, 0.0], [np.nan, np.nan, 7.0]])
WEIGHTS = [4.0, 3.0, 2.0, 1.0]


def line(**values: object) -> PlacementProblem:
    named = {"costs": LINE, "weights": WEIGHTS, "site_ids": ["a", "b", "c"], "capacities": [5.0, 4.0, 6.0]}
    return PlacementProblem(**(named | values))


def opened(*sites: int, n_sites: int = 3) -> np.ndarray:
    return np.isin(np.arange(n_sites), sites)


def faults(model, problem: PlacementProblem) -> list[str]:
    return [fault.where for fault in model.faults(problem)]


def shared(sites: tuple[int, ...], shares: list[list[float]], units: list[int] | None = None) -> Placed:
    table = np.asarray(shares, float)
    best = np.where(table.max(axis=1) > 0, table.argmax(axis=1), -1)
    return Placed.shared(
        opened(*sites, n_sites=table.shape[1]), table, best, None if units is None else np.asarray(units)
    )


# What is asked


def test_a_number_of_sites_or_of_units_is_needed_and_room():
    assert faults(CapacitatedPMedian(), line()) == ["p"]
    assert faults(CapacitatedPMedian(total_units=3), line()) == []
    assert faults(CapacitatedPMedian(), line(p=1, capacities=None)) == ["capacities"]
    assert faults(CapacitatedPMedian(sourcing="half"), line(p=1)) == ["sourcing"]
    assert faults(CapacitatedPMedian(min_units=2, max_units=1), line(p=1)) == ["min_units"]
    assert faults(CapacitatedPMedian(min_units=2, max_units=2), line(p=1)) == []
    assert faults(CapacitatedPMedian(min_units={"b": 3}, max_units={"b": 2}), line(p=1)) == ["min_units"]
    assert faults(CapacitatedPMedian(min_units={"b": 3}, max_units={"c": 2}), line(p=1)) == []
    unknown = CapacitatedPMedian(min_units={"x": 1}, max_units={"y": 1, "a": 1}).faults(line(p=1))
    assert [fault.where for fault in unknown] == ["min_units", "max_units"]
    (half,) = CapacitatedPMedian(sourcing="half").faults(line(p=1))
    assert (half.message, half.value) == ("must be single or split", "half")


def test_units_are_placed_where_any_of_the_three_is_said():
    assert not CapacitatedPMedian().has_units
    for words in ({"min_units": 0}, {"max_units": 3}, {"total_units": 2}):
        assert CapacitatedPMedian(**words).has_units


def test_limits_of_units_by_number_by_site_and_by_default():
    problem = line()
    assert unit_limits(None, problem, 7).tolist() == [7, 7, 7]
    assert unit_limits(2, problem, 7).tolist() == [2, 2, 2]
    assert unit_limits(0, problem, 7).tolist() == [0, 0, 0]
    assert unit_limits({"b": 3}, problem, 7).tolist() == [7, 3, 7]
    assert _most_units(problem) == 3  # ten people, four at a unit
    assert _most_units(line(capacities=[5.0, 0.0, 6.0])) == 2
    assert _most_units(line(capacities=[0.0, 0.0, 0.0])) == 0


def test_a_fixed_charge_needs_prices_and_a_price_of_a_minute():
    priced = line(fixed_costs=[1.0, 2.0, 3.0])
    assert faults(FixedCharge(), line()) == ["fixed_costs"]
    for price in (0.0, -1.0, math.inf, math.nan):
        assert faults(FixedCharge(minute_price=price), priced) == ["minute_price"]
    assert faults(FixedCharge(), priced) == []
    assert faults(FixedCharge(max_units=2), line(fixed_costs=[1, 2, 3], capacities=None)) == ["capacities"]
    assert faults(FixedCharge(max_units=2), priced) == []
    assert FixedCharge().minute_price == 1.0
    assert FixedCharge().fits_engine(priced) is False
    assert FixedCharge(minute_price=-2.0).faults(priced)[0].value == "-2.0"


# Shares


def test_shares_are_tidied():
    dusty = np.asarray([[0.9999999, 1e-8, 0.0], [0.25, 0.749999999, 0.0], [0.3, 0.2, 0.0], [0.0, 0.0, 0.0]])
    tidy = _tidied(dusty, whole=False)
    assert tidy[0].tolist() == [1.0, 0.0, 0.0]
    assert tidy[1].sum() == pytest.approx(1.0, abs=1e-15)
    assert tidy[1, 0] == pytest.approx(0.25, rel=1e-8)
    assert tidy[2].tolist() == [0.3, 0.2, 0.0]  # half served is half served
    assert tidy[3].tolist() == [0.0, 0.0, 0.0]
    assert _tidied(dusty, whole=True)[:2].tolist() == [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]


def test_who_takes_no_room_and_was_left_out_goes_to_the_nearest_open_site():
    problem = line(demands=[1.0, 0.0, 0.0, 0.0])
    empty = np.zeros((4, 3))
    filled = _with_weightless(problem, opened(0, 1), empty)
    assert filled.tolist() == [[0, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 0]]
    assert empty.sum() == 0.0
    kept = np.asarray([[0, 0, 0], [1, 0, 0], [0, 0, 0], [0, 0, 0]], float)
    assert _with_weightless(problem, opened(0, 1), kept)[1].tolist() == [1, 0, 0]


def test_weighted_costs_keep_what_cannot_be_reached():
    told = _weighted(np.asarray([2.0, 0.0]), np.asarray([[3.0, np.inf], [4.0, np.inf]]))
    assert told.tolist() == [[6.0, math.inf], [0.0, math.inf]]


def test_objective_and_total_of_shares():
    problem, model = line(p=2), CapacitatedPMedian(sourcing="split")
    here = shared((0, 2), [[1, 0, 0], [0.5, 0, 0.5], [0, 0, 1], [0, 0, 0]])
    assert model.total(problem, here) == pytest.approx(3 * 4.5)
    assert model.objective(problem, here) == pytest.approx(13.5 / 9)
    half = shared((0,), [[0, 0, 0], [0.5, 0, 0], [0, 0, 0], [0, 0, 0]])
    assert model.total(problem, half) == pytest.approx(1.5 * 5)
    assert model.objective(problem, half) == pytest.approx(5.0)
    assert math.isnan(model.objective(problem, shared((0,), [[0, 0, 0]] * 4)))


def test_the_fewest_units_that_hold_the_load():
    problem = line()
    shares = np.asarray([[1, 0, 0], [1, 0, 0], [0, 0, 1], [0, 0, 1]], float)  # 7 at five a unit, 3 at six
    assert CapacitatedPMedian(max_units=3)._fewest_units(problem, opened(0, 2), shares).tolist() == [2, 0, 1]
    assert CapacitatedPMedian(min_units=2)._fewest_units(problem, opened(0, 1, 2), shares).tolist() == [
        2,
        2,
        2,
    ]
    assert CapacitatedPMedian(min_units={"c": 3})._fewest_units(problem, opened(0, 2), shares).tolist() == [
        2,
        0,
        3,
    ]
    even = np.asarray([[1, 0, 0], [0, 0, 0], [0, 0, 0], [1, 0, 0]], float)  # five exactly
    assert CapacitatedPMedian(max_units=3)._fewest_units(problem, opened(0), even).tolist() == [1, 0, 0]
    tiny = line(demands=[1e-9, 0.0, 0.0, 0.0])
    assert CapacitatedPMedian(max_units=3)._fewest_units(tiny, opened(0), even).tolist() == [1, 0, 0]


# What is broken


@pytest.mark.parametrize(
    ("shares", "told"),
    [
        ([[1, 0, 0], [0, 0, 1], [0, 0, 1], [0, 0, 1]], []),
        ([[1, 0, 0], [1, 0, 0], [0, 0, 1], [0, 0, 1]], ["a serves 7 and has room for 5"]),
        ([[1, 0, 0], [0, 0, 1], [0, 0, 1], [1, 0, 0]], ["somebody is served by a closed or unreachable site"]),
        ([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]], ["b serves 3 and has room for 0", "somebody is served by a closed or unreachable site"]),
        ([[0, 0, 1], [0, 0, 1], [0, 0, 0], [0, 0, 0]], ["c serves 7 and has room for 6"]),
        ([[1, 0, 0], [0, 0, 1], [0, 0, 1.1], [0, 0, 0]], ["somebody is served more than once"]),
        ([[1, 0, 0], [0.2, 0, 0.8], [0, 0, 1], [0, 0, 1]], ["somebody is served from two sites, but sourcing is single"]),
    ],
)  # fmt: skip
def test_each_rule_is_told_when_it_is_broken(shares, told):
    assert capacity_broken(CapacitatedPMedian(), line(p=2), shared((0, 2), shares)) == told


@pytest.mark.parametrize(("sourcing", "rounding", "person"), [("split", 5e-7, 2e-5), ("single", 5e-10, 2e-8)])
def test_rounding_breaks_no_rule(sourcing, rounding, person):
    """Shares come from a linear program; whoever goes whole fills a room like a budget."""
    model = CapacitatedPMedian(sourcing=sourcing)
    near = shared((0, 2), [[1, 0, 0], [0, 0, 1], [0, 0, 1], [0, 0, 1 + rounding]])
    assert capacity_broken(model, line(p=2, capacities=[4.0, 1.0, 6.0 - rounding]), near) == []
    over = capacity_broken(model, line(p=2, capacities=[4.0, 1.0, 6.0 - person]), near)
    assert len(over) == 1


def test_units_outside_their_limits_are_told_by_site():
    model = CapacitatedPMedian(min_units={"a": 2}, max_units={"c": 1}, total_units=3)
    shares = [[1, 0, 0], [0, 0, 1], [0, 0, 1], [0, 0, 1]]
    assert capacity_broken(model, line(p=2), shared((0, 2), shares, [2, 0, 1])) == []
    assert capacity_broken(model, line(p=2), shared((0, 2), shares, [1, 0, 1])) == ["a has 1 units"]
    assert capacity_broken(model, line(p=2), shared((0, 2), shares, [2, 0, 2])) == [
        "c has 2 units",
        "4 units are placed, at most 3 may be",
    ]
    assert capacity_broken(model, line(p=2), shared((0, 2), shares, [2, 1, 1])) == [
        "b has 1 units",
        "4 units are placed, at most 3 may be",
    ]
    assert capacity_broken(CapacitatedPMedian(), line(p=2, capacities=None), shared((0, 2), shares)) == [
        "a capacitated placement needs shares and capacities"
    ]


# Programs


def test_a_demand_point_goes_only_where_there_could_be_room():
    problem = line(p=2, capacities=[3.0, 4.0, 0.0])
    for model, row, room in (
        (CapacitatedPMedian(), 0, [False, True, False]),  # four people
        (CapacitatedPMedian(), 1, [True, True, False]),  # three
        (CapacitatedPMedian(sourcing="split"), 0, [True, True, False]),
        (CapacitatedPMedian(max_units=2), 0, [True, True, False]),
    ):
        stage = AssigningPrograms(model, problem, np.ones(4, bool))
        single = model.sourcing == "single"
        assert stage._has_room(row, single=single).tolist() == room, (model, row)
    nothing = AssigningPrograms(CapacitatedPMedian(), line(demands=[0, 1, 1, 1]), np.ones(4, bool))
    assert nothing._has_room(0, single=True).tolist() == [True] * 3
    no_room = AssigningPrograms(FixedCharge(), line(capacities=None), np.ones(4, bool))
    assert no_room._has_room(0, single=True).tolist() == [True] * 3


def test_shares_are_whole_only_with_room_and_single_sourcing():
    for model, problem, kind in (
        (CapacitatedPMedian(), line(p=2), "Integer"),
        (CapacitatedPMedian(sourcing="split"), line(p=2), "Continuous"),
        (FixedCharge(), line(capacities=None, fixed_costs=[1, 1, 1]), "Continuous"),
    ):
        stage = AssigningPrograms(model, problem, np.ones(4, bool), prefix="x_")
        program = SiteProgram(problem, "rows", Sense.MINIMISE)
        variables = stage.add_to(program, everybody=True)
        assert {share.cat for own in variables.shares.values() for share in own.values()} == {kind}
        assert all(
            share.name.startswith("x_share_") for own in variables.shares.values() for share in own.values()
        )
        assert [sorted(variables.shares[row]) for row in range(4)] == [[0, 1, 2], [0, 1, 2], [0, 1, 2], [2]]
        assert variables.served == {0: 1.0, 1: 1.0, 2: 1.0, 3: 1.0}


def test_who_has_neither_weight_nor_demand_need_not_be_served():
    problem = line(p=2, weights=[4, 0, 0, 1], demands=[4, 2, 0, 1])
    stage = AssigningPrograms(CapacitatedPMedian(), problem, np.ones(4, bool))
    variables = stage.add_to(SiteProgram(problem, "rows", Sense.MINIMISE), everybody=True)
    assert [isinstance(variables.served[row], float) for row in range(4)] == [True, True, False, True]


def test_the_most_that_can_be_served_is_a_share_of_the_weight():
    """Room for nine of ten: six at the last site, three at the first, whole: 4 is too many for 3."""
    problem = line(p=2, capacities=[3.0, 1.0, 6.0])
    for sourcing, share in (("single", 9 / 10), ("split", 9 / 10)):
        stage = AssigningPrograms(CapacitatedPMedian(sourcing=sourcing), problem, np.ones(4, bool))
        told, run = stage.most_served(Limits())
        assert run.status is Status.OPTIMAL
        assert told == pytest.approx(share)
    never = line(p=2, conditions=[SiteCount(("a", "b", "c"), at_most=1)])
    told, run = AssigningPrograms(CapacitatedPMedian(), never, np.ones(4, bool)).most_served(Limits())
    assert (told, run.status) == (0.0, Status.INFEASIBLE)
    nobody = line(p=2, weights=[0] * 4, demands=[1] * 4)
    assert AssigningPrograms(CapacitatedPMedian(), nobody, np.ones(4, bool)).most_served(Limits())[0] == 1.0


def test_sites_are_told_apart_by_limits_of_units_of_their_own_alone():
    problem = line(p=2)
    for model, alike in (
        (CapacitatedPMedian(), True),
        (CapacitatedPMedian(min_units=1, max_units=3, total_units=5), True),
        (CapacitatedPMedian(min_units={"a": 1}), False),
        (CapacitatedPMedian(max_units={"a": 1}), False),
    ):
        assert AssigningPrograms(model, problem, np.ones(4, bool))._twins() is alike


@pytest.mark.parametrize("times", [1e-6, 1e-3, 1.0, 1e6])
@pytest.mark.parametrize("sourcing", ["single", "split"])
def test_the_unit_of_the_weights_changes_no_share(times, sourcing):
    """People may be counted in thousands or in shares of a whole: weights that sum to far less than 1 too."""
    problem = line(p=2, weights=np.asarray(WEIGHTS) * times, demands=WEIGHTS, capacities=[3.0, 1.0, 6.0])
    stage = AssigningPrograms(CapacitatedPMedian(sourcing=sourcing), problem, np.ones(4, bool))
    assert stage.most_served(Limits())[0] == pytest.approx(9 / 10)
    found = solve(problem, "capacitated-p-median", sourcing=sourcing)
    assert found.status is Status.OPTIMAL
    assert found.placed.served() @ problem.weights == pytest.approx(9 * times)
    again = solve(
        line(p=2, demands=WEIGHTS, capacities=[3.0, 1.0, 6.0]), "capacitated-p-median", sourcing=sourcing
    )
    assert found.objective == pytest.approx(again.objective)
    assert found.chosen_ids == again.chosen_ids


def test_room_is_counted_in_thousandths_of_a_sites_own():
    """Of five places four are 800 thousandths; a site without room is asked for nothing by those who take none."""
    problem = line(p=2, capacities=[5.0, 0.0, 6.0], demands=[4.0, 3.0, 0.0, 1.0])
    program, _ = AssigningPrograms(CapacitatedPMedian(), problem, np.ones(4, bool)).program(None)
    rows = {
        row.name: {variable.name: factor for variable, factor in row.items()}
        for row in program.lp.constraints()
        if row.name.startswith("room_")
    }
    names = [program.opened(site).name for site in range(3)]
    for name, demand in (("share_0_0", 4.0), ("share_1_0", 3.0)):
        assert rows["room_0"][name] == pytest.approx(1000.0 * demand / 5.0)
    assert rows["room_0"][names[0]] == pytest.approx(-1000.0)
    assert rows["room_2"][names[2]] == pytest.approx(-1000.0)
    assert rows["room_2"]["share_3_2"] == pytest.approx(1000.0 / 6.0)
    assert all(factor == 0.0 for factor in rows.get("room_1", {}).values())


@pytest.mark.parametrize("little", [1e-9, 1e-12])
def test_whoever_is_served_needs_a_unit_however_little_room_they_take(little):
    """Two people of a thousand-millionth of a unit or less each, one beside each site; there is one unit in all."""
    costs, few = [[1.0, 5.0], [6.0, 2.0]], [little, little]
    problem = PlacementProblem(costs, weights=[1.0, 1.0], demands=few, capacities=[1.0, 1.0], p=2)
    both = solve(problem, "capacitated-p-median", total_units=2)
    assert (both.objective, both.placed.units.tolist()) == (pytest.approx(1.5), [1, 1])
    for sourcing in ("single", "split"):
        one = solve(problem, "capacitated-p-median", total_units=1, sourcing=sourcing)
        assert one.objective == pytest.approx(3.5)  # both go to one site: (1 + 6) / 2 or (5 + 2) / 2
        assert one.placed.units.sum() == 1


def test_an_open_site_has_its_fewest_units_or_is_not_open():
    problem = line(p=2, capacities=[9.0] * 3)
    assert solve(problem, "capacitated-p-median", min_units=2, total_units=3).status is Status.INFEASIBLE
    four = solve(problem, "capacitated-p-median", min_units=2, total_units=4)
    assert four.status is Status.OPTIMAL
    assert sorted(four.placed.units.tolist()) == [0, 2, 2]
    assert four.objective == pytest.approx((0 + 12 + 0 + 7) / 10)


@pytest.mark.parametrize("sourcing", ["single", "split"])
def test_a_site_without_room_serves_those_alone_who_take_none(sourcing):
    problem = PlacementProblem(
        [[1.0, 9.0], [1.0, 6.0], [4.0, 8.0]],
        weights=[1.0, 2.0, 3.0],
        demands=[0.0, 2.0, 1.0],
        capacities=[0.0, 3.0],
        p=2,
    )
    found = solve(problem, "capacitated-p-median", sourcing=sourcing)
    assert found.assignment.tolist() == [0, 1, 1]
    assert found.objective == pytest.approx((1 * 1 + 2 * 6 + 3 * 8) / 6)
    assert found.status is Status.OPTIMAL


@pytest.mark.parametrize("sourcing", ["single", "split"])
def test_weights_and_demands_are_two_things(sourcing):
    """Who takes room is not who counts: two bulky people far away, many light ones near."""
    problem = PlacementProblem(
        [[1.0, 9.0], [8.0, 2.0], [3.0, 4.0]],
        weights=[10.0, 1.0, 5.0],
        demands=[1.0, 4.0, 2.0],
        capacities=[3.0, 4.0],
        p=2,
    )
    solution = solve(problem, "capacitated-p-median", sourcing=sourcing)
    assert solution.objective == pytest.approx((10 * 1 + 1 * 2 + 5 * 3) / 16)
    tight = problem.replace(capacities=[2.0, 6.0])
    best = math.inf
    for goes in product(range(2), repeat=3):
        load = np.bincount(goes, weights=[1.0, 4.0, 2.0], minlength=2)
        if (load <= [2.0, 6.0]).all():
            best = min(
                best,
                sum(
                    w * problem.costs[row, site]
                    for row, (w, site) in enumerate(zip([10, 1, 5], goes, strict=True))
                )
                / 16,
            )
    if sourcing == "single":
        assert solve(tight, "capacitated-p-median").objective == pytest.approx(best)
    else:
        assert solve(tight, "capacitated-p-median", sourcing="split").objective <= best + 1e-9


@pytest.mark.parametrize("seed", range(4))
def test_limits_by_site_and_in_all_hold_together(seed):
    """Units of two at three sites: every choice of sites, units within limits and assignments, one by one."""
    rng = np.random.default_rng(seed)
    costs = rng.integers(1, 12, (4, 3)).astype(float)
    weights = rng.integers(1, 3, 4).astype(float)
    least, most = {"b": 2}, {"a": 1, "c": 2}
    best = math.inf
    for pair in combinations(range(3), 2):
        low, high = [0, 2, 0], [1, 4, 2]
        for units in product(*(range(low[site], high[site] + 1) for site in pair)):
            if sum(units) > 4:
                continue
            room = dict(zip(pair, (2 * count for count in units), strict=True))
            for goes in product(pair, repeat=4):
                load = {
                    site: sum(w for w, own in zip(weights, goes, strict=True) if own == site) for site in pair
                }
                if all(load[site] <= room[site] for site in pair):
                    value = sum(
                        w * costs[row, own] for row, (w, own) in enumerate(zip(weights, goes, strict=True))
                    )
                    best = min(best, value / weights.sum())
    problem = PlacementProblem(costs, weights=weights, capacities=[2.0] * 3, p=2, site_ids=["a", "b", "c"])
    solution = solve(problem, "capacitated-p-median", min_units=least, max_units=most, total_units=4)
    if math.isinf(best):
        assert "most served first" in solution.formulation or solution.status is Status.INFEASIBLE
    else:
        assert solution.objective == pytest.approx(best)
        assert int(solution.units.sum()) <= 4


def test_limits_by_site_tell_equal_sites_apart():
    """Two sites alike in every minute; only the second may have the two units that the people need."""
    problem = PlacementProblem([[1.0, 1.0], [1.0, 1.0]], capacities=[1.0, 1.0], p=1, site_ids=["a", "b"])
    solution = solve(problem, "capacitated-p-median", max_units={"a": 1, "b": 2})
    assert solution.chosen_ids == ("b",)
    assert "most served first" not in solution.formulation


# Where large problems go


def test_a_large_problem_goes_to_the_engine_or_says_why_not(monkeypatch):
    monkeypatch.setattr(capacitated, "ENGINE_PAYS_AT_PAIRS", 1)
    problem = line(p=2, capacities=[9.0] * 3)
    engine = solve(problem, "capacitated-p-median")
    assert engine.formulation == "exact engine: Lagrangian knapsacks, single sourcing, core program"
    assert engine.objective == pytest.approx((0 + 12 + 0 + 7) / 10)
    assert engine.bound == pytest.approx(1.9)
    assert engine.figures["lagrangian_bound"] <= 1.9 + 1e-6
    split = solve(problem, "capacitated-p-median", sourcing="split")
    assert "split sourcing" in split.formulation
    for words, told in (
        ({"max_units": 2}, "; on all pairs: the question asks for units"),
        (
            {"conditions": [SiteCount(("a",), at_least=0)]},
            "; reductions of sites are off: the problem has conditions",
        ),
    ):
        options = {name: value for name, value in words.items() if name == "max_units"}
        asked = {name: value for name, value in words.items() if name == "conditions"}
        assert solve(problem.replace(**asked), "capacitated-p-median", **options).proof.endswith(told)
    charged = problem.replace(p=None, fixed_costs=[1.0] * 3)
    told = "sites'; on all pairs: the engine does not know fixed-charge as it is asked here"
    assert solve(charged, "fixed-charge").proof.endswith(told)
    full = solve(problem.replace(capacities=[2.0, 2.0, 2.0]), "capacitated-p-median")
    assert full.proof.endswith("; on all pairs: the engine found no room for everybody")
    assert "most served first" in full.formulation
    nobody = solve(line(p=2, weights=[0] * 4), "capacitated-p-median")
    assert "engine" not in nobody.formulation


def test_the_engine_counts_weightless_people_who_take_room_and_sites_that_stand(monkeypatch):
    """A person without weight takes half of the near site's room; the dear site must be open; the last is out of reach."""
    monkeypatch.setattr(capacitated, "ENGINE_PAYS_AT_PAIRS", 1)
    costs = np.asarray([[1.0, 9.0, 5.0], [1.0, 8.0, 6.0], [2.0, 30.0, 30.0], [np.nan] * 3])
    weights, demands = [2.0, 1.0, 0.0, 3.0], [1.0, 0.5, 0.5, 3.0]
    problem = PlacementProblem(
        costs,
        weights=weights,
        demands=demands,
        capacities=[1.5, 2.0, 0.5],
        p=2,
        roles=["candidate", "required", "candidate"],
    )
    for sourcing in ("single", "split"):
        found = solve(problem, "capacitated-p-median", sourcing=sourcing)
        assert found.formulation.startswith("exact engine"), sourcing
        assert found.placed.sites.tolist() == [True, True, False]
        assert found.placed.served().tolist() == [1.0, 1.0, 1.0, 0.0]
        load = np.asarray(demands) @ found.placed.shares
        assert (load <= np.asarray([1.5, 2.0, 0.0]) + 1e-9).all()
        least = min(
            (2.0 * costs[0, a] + costs[1, b]) / 3.0
            for a, b, c in product((0, 1), repeat=3)
            if 1.0 * (a == 0) + 0.5 * (b == 0) + 0.5 * (c == 0) <= 1.5
            and 1.0 * (a == 1) + 0.5 * (b == 1) + 0.5 * (c == 1) <= 2.0
        )
        assert found.objective == pytest.approx(least)  # whoever is without weight is the one sent far
        assert found.bound == pytest.approx(least)
        assert 0.0 < found.figures["lagrangian_bound"] <= least + 1e-6
        began = time.perf_counter()
        outcome = CapacitatedPMedian(sourcing=sourcing).search(problem, Limits())
        assert 0.0 < outcome.solve_s <= time.perf_counter() - began


@pytest.mark.parametrize(
    ("proof", "told"),
    [
        (
            "none",
            "the gap was not closed; the bound is Lagrangian, or that of a complete core where it is better",
        ),
        ("lagrangian", "the Lagrangian bound met the answer"),
        (
            "search",
            "branch and bound over the sites, each node bounded by whole knapsacks or decided by HiGHS",
        ),
        (
            "clusters",
            "set partitioning over all groups that one site can serve in a better answer, with cuts",
        ),
        ("mip", "HiGHS on the pairs that the Lagrangian bound left open"),
    ],
)
def test_what_the_engine_of_room_proves_by(proof, told):
    assert capacitated._PROOFS[proof] == told


def test_what_the_engine_of_room_does_not_know():
    plain, problem = CapacitatedPMedian(), line(p=2)
    assert plain.engine_lacks(problem) == []
    for units in ({"min_units": 1}, {"max_units": 1}, {"total_units": 1}):
        (lacks,) = CapacitatedPMedian(**units).engine_lacks(problem)
        assert lacks.code == UNITS.code
        assert not CapacitatedPMedian(**units).fits_engine(problem)
    assert plain.engine_size(problem) == (12, capacitated.ENGINE_PAYS_AT_PAIRS)
    assert plain.fits_engine(problem)
    assert not plain.fits_engine(line())  # no number of sites
    assert not plain.fits_engine(line(p=2, conditions=[SiteCount(("a",), at_most=1)]))


def test_where_a_demand_point_fits_by_itself():
    problem = line(p=2, demands=[0.0, 3.0, 2.0, 4.0 * (1 + 5e-10)], capacities=[2.0, 0.0, 4.0])
    whole = [[True, True, True], [False, False, True], [True, False, True], [False, False, True]]
    assert CapacitatedPMedian()._fits(problem).tolist() == whole
    split = [[True, True, True], *[[True, False, True]] * 3]
    assert CapacitatedPMedian(sourcing="split")._fits(problem).tolist() == split


def test_a_start_names_every_share_of_the_program():
    problem = line(p=2)
    stage = AssigningPrograms(CapacitatedPMedian(), problem, np.ones(4, bool))
    _, variables = stage.program(None)
    known = shared((0, 2), [[1, 0, 0], [0, 0, 1], [0, 0, 1], [0, 0, 1]])
    begun = _from(known, variables)
    assert begun["start"].tolist() == [True, False, True]
    told = {share.name: value for share, value in begun["values"].items()}
    assert len(told) == 10  # nobody but the last is out of reach of anything
    assert {name for name, value in told.items() if value} == {
        "share_0_0",
        "share_1_2",
        "share_2_2",
        "share_3_2",
    }
    assert _from(None, variables) == _from(Placed.nearest(problem, opened(0)), variables) == {}


def test_units_may_be_many():
    assert faults(CapacitatedPMedian(min_units=100), line(p=1)) == []
    assert faults(CapacitatedPMedian(min_units=10**8), line(p=1)) == []
    assert faults(CapacitatedPMedian(min_units={"a": 3}, max_units={"a": 2}), line(p=1)) == ["min_units"]
    assert faults(CapacitatedPMedian(min_units={"a": 3}, max_units={"b": 2}), line(p=1)) == []
    assert faults(CapacitatedPMedian(min_units={"z": 3}, max_units={"y": 4}), line(p=1)) == [
        "min_units",
        "max_units",
    ]


@pytest.mark.parametrize("times", [1e-6, 1.0, 1e8])
def test_the_objective_of_the_program_is_the_mean_whatever_the_numbers(times):
    """Rates are scaled where they are large; what comes back is in minutes of a person."""
    problem = line(p=2, weights=np.asarray(WEIGHTS) * times, demands=WEIGHTS, capacities=[9.0] * 3)
    for minutes in (1.0, 1e4):
        far = problem.replace(costs=problem.costs * minutes)
        program, _ = AssigningPrograms(CapacitatedPMedian(), far, np.ones(4, bool)).program(None)
        run = program.solve(Limits())
        assert run.objective == pytest.approx(1.9 * minutes)
        assert run.bound == pytest.approx(1.9 * minutes)


def test_small_problems_do_not_say_why_not():
    assert "on all pairs" not in solve(line(p=2), "capacitated-p-median", max_units=2).proof
    assert solve(line(p=2), "capacitated-p-median").formulation == "capacitated single sourcing, sites"
    assert solve(line(p=2), "capacitated-p-median", sourcing="split", max_units=2).formulation == (
        "capacitated split sourcing, units"
    )


def test_nobody_served_where_the_sites_cannot_be_open(monkeypatch):
    model = CapacitatedPMedian()
    here = model.place(line(), opened(0, 2))
    assert here.assignment.tolist() == [0, 2, 2, 2]
    monkeypatch.setattr(
        SiteProgram,
        "solve",
        lambda *_, **__: Run(Status.NO_SOLUTION, math.nan, 0.0, 0.0, "slow", has_values=False),
    )
    nowhere = model.place(line(), opened(0, 2))
    assert nowhere.assignment.tolist() == [-1] * 4
    assert nowhere.shares.sum() == 0.0


def test_seconds_of_both_stages_count(monkeypatch):
    """Too little room: the first program finds that out, the second who is served at most, the third the minutes."""
    solved = SiteProgram.solve

    def slowly(self, limits, **words):
        run = solved(self, limits, **words)
        return type(run)(run.status, run.objective, run.bound, 10.0, run.solver, run.has_values)

    monkeypatch.setattr(SiteProgram, "solve", slowly)
    outcome = CapacitatedPMedian().search(line(p=2, capacities=[4.0, 1.0, 2.0]), Limits())
    assert outcome.solve_s == pytest.approx(30.0)
    assert outcome.placed.served().tolist() == [1.0, 0.0, 1.0, 0.0]
    assert outcome.formulation == "capacitated single sourcing, sites, most served first"
    assert 0.0 < outcome.build_s < 10.0
    assert CapacitatedPMedian().search(line(p=2), Limits()).solve_s == pytest.approx(10.0)


def test_building_all_programs_counts(monkeypatch):
    monkeypatch.setattr(SiteProgram, "build_s", 1.5)
    outcome = CapacitatedPMedian().search(line(p=2, capacities=[4.0, 1.0, 2.0]), Limits())
    assert outcome.build_s == 3.0
    assert CapacitatedPMedian().search(line(p=2), Limits()).build_s == 1.5


def test_whether_there_is_an_answer_is_asked_with_roles_that_can_be_let_go():
    twins = PlacementProblem(
        [[1.0, 1.0]], capacities=[1.0, 1.0], p=1, roles=["required", "candidate"], site_ids=["a", "b"]
    )
    built = CapacitatedPMedian().feasibility_program(twins)
    assert "role_0" in built.wishes
    free = CapacitatedPMedian().feasibility_program(twins.replace(roles=None))
    assert not any(row.name.startswith("twins") for row in free.lp.constraints())
    assert not any(row.name.startswith("served_weight") for row in free.lp.constraints())
    assert free.solve(Limits()).status is Status.OPTIMAL
    far = line(p=2, costs=np.asarray([[1.0, 2.0, 3.0], [np.nan] * 3]), weights=[1.0, 1.0])
    names = {variable.name for variable in CapacitatedPMedian().feasibility_program(far).lp.variables()}
    assert {"share_0_0", "share_0_1", "share_0_2"} <= names  # whoever reaches a site may be served
    assert not any(name.startswith(("share_1_", "served_1")) for name in names)


def test_a_first_stage_without_a_proof_tells_no_sites(monkeypatch):
    ended = iter([Status.INFEASIBLE, Status.FEASIBLE])

    def run(self, limits, **words):
        return Run(next(ended), math.nan, math.nan, 1.0, "slow", has_values=False)

    monkeypatch.setattr(SiteProgram, "solve", run)
    outcome = CapacitatedPMedian().search(line(p=2), Limits())
    assert (outcome.status, outcome.placed, outcome.solve_s) == (Status.NO_SOLUTION, None, 1.0)


def test_a_fixed_charge_with_and_without_room():
    problem = line(fixed_costs=[1.0, 2.0, 3.0], capacities=None)
    model = FixedCharge(minute_price=0.5)
    here = model.place(problem, opened(0, 2))
    assert here.assignment.tolist() == [0, 2, 2, 2]
    assert here.shares is None
    assert model.objective(problem, here) == pytest.approx(4 + 0.5 * (0 + 12 + 0 + 7))
    assert model.broken(problem, here) == []
    wrong = Placed(opened(0, 2), np.asarray([0, 0, 2, 2]))
    assert model.broken(problem, wrong) == ["1 is not served by its nearest open site"]
    roomy = line(fixed_costs=[1.0, 2.0, 3.0])
    packed = model.place(roomy, opened(0, 2))
    assert packed.assignment.tolist() == [0, 2, 2, 2]
    assert packed.shares.sum(axis=1).tolist() == [1.0] * 4
    assert model.broken(roomy, packed) == []
    full = shared((0, 2), [[1, 0, 0], [1, 0, 0], [0, 0, 1], [0, 0, 1]])
    assert model.broken(roomy, full) == ["a serves 7 and has room for 5"]
    paid = line(fixed_costs=[1.0, 2.0, 3.0], capacities=None, roles=["existing", "candidate", "candidate"])
    assert model.objective(paid, here) == pytest.approx(3 + 0.5 * 19)


@pytest.mark.parametrize(
    ("prices", "minute_price", "weight", "rough"),
    [
        ([1.0, 2.0, 3.0], 0.5, 10.0, 8.0),
        ([0.25, 0.125, 0.0], 0.5, 0.25, 0.375),
        ([0.0, 0.0, 0.0], 0.5, 0.0, None),
    ],
)
def test_the_dearest_site_and_a_minute_of_everybody_weigh_the_same_in_every_program(
    prices, minute_price, weight, rough
):
    """The solver's tolerance is absolute: dearest site and everybody's minute together are scaled to ten thousand."""
    problem = line(fixed_costs=prices, capacities=None)
    stage = AssigningPrograms(FixedCharge(minute_price=minute_price), problem, np.ones(4, bool))
    program = SiteProgram(problem, "rows", Sense.MINIMISE)
    variables = stage.add_to(program, everybody=True)
    FixedCharge(minute_price=minute_price).aim(program, variables, weight)
    factor = {variable.name: value for variable, value in program.lp.objective.items()}["share_1_2"]
    assert factor == pytest.approx((1.0 if rough is None else 1e4 / rough) * minute_price * 3 * 4)


@pytest.mark.parametrize("factor", [1e-6, 1.0, 1e7])
def test_the_unit_of_the_prices_changes_no_sites(factor):
    """Prices of sites and of a minute in another currency."""
    problem = line(fixed_costs=[factor * price for price in (30.0, 5.0, 7.0)], capacities=None)
    solution = solve(problem, "fixed-charge", minute_price=factor)
    best = min(
        sum((30.0, 5.0, 7.0)[site] for site in sites) + float(np.asarray(WEIGHTS) @ minutes)
        for size in (1, 2, 3)
        for sites in combinations(range(3), size)
        if 2 in sites
        for minutes in [np.nanmin(LINE[:, list(sites)], axis=1)]
    )
    assert solution.objective == pytest.approx(factor * best)
    assert solution.status is Status.OPTIMAL
