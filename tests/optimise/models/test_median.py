"""The median family: which pairs are kept, how demand points are merged, prices, and what a price is in minutes."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest

from optimise import PlacementProblem, SiteCount, Status, Within, arrays, engines, solve
from optimise.models import median
from optimise.models.median import MedianModel, median_program, service_pairs, share_variables
from optimise.models.pmedian import PMedian, Relocation
from optimise.models.survival import MaximalSurvival
from optimise.models.welfare import IsoElastic, KolmPollak
from optimise.outcome import Outcome
from optimise.placed import Placed
from optimise.program import SiteProgram
from optimise.running import Limits, Run
from optimise.service import full_service, plan_service
from optimise.status import Sense

LINE = np.asarray([[0.0, 4.0, 9.0], [5.0, 1.0, 4.0], [9.0, 5.0, 0.0], [np.nan, np.nan, 7.0]])
WEIGHTS = [4.0, 3.0, 2.0, 1.0]


def line(**values: object) -> PlacementProblem:
    return PlacementProblem(**({"costs": LINE, "weights": WEIGHTS} | values))


# Pairs


def pairs_by_hand(
    problem: PlacementProblem, prices: np.ndarray, unserved: float
) -> dict[tuple[float, ...], float]:
    """Every person's prices, with those sites left out that an always-open site or staying away beats."""
    found: dict[tuple[float, ...], float] = {}
    for row in range(problem.n_demand):
        own = prices[row].tolist()
        if problem.weights[row] == 0 or not any(map(math.isfinite, own)):
            continue
        fixed = [own[site] for site in range(problem.n_sites) if problem.always_open[site]]
        least = min([*fixed, math.inf])
        kept = [price if price < min(least, unserved) else math.inf for price in own]
        if least < unserved:
            kept[next(site for site in np.flatnonzero(problem.always_open) if own[site] == least)] = least
        key = tuple(kept)
        found[key] = found.get(key, 0.0) + float(problem.weights[row])
    return found


@pytest.mark.parametrize("unserved", [math.inf, 6.0])
@pytest.mark.parametrize("seed", range(6))
def test_pairs_that_no_best_answer_uses_are_left_out_and_equal_people_merged(seed, unserved):
    rng = np.random.default_rng(seed)
    costs = rng.integers(1, 9, (10, 4)).astype(float)
    costs[rng.random(costs.shape) < 0.25] = np.nan
    costs[7] = costs[2]
    roles = rng.choice(["candidate", "required", "existing", "forbidden"], 4, p=[0.5, 0.2, 0.2, 0.1]).tolist()
    problem = PlacementProblem(costs, weights=rng.integers(0, 4, 10).astype(float), roles=roles)
    pairs = service_pairs(problem, problem.allowed_costs, None, unserved)
    told = {tuple(row): weight for row, weight in zip(pairs.prices.tolist(), pairs.weights, strict=True)}
    expected = pairs_by_hand(problem, problem.allowed_costs, unserved)
    assert told == expected
    assert pairs.patterns.tolist() == [-1] * len(expected)


def test_people_who_depend_on_the_same_sites_share_a_pattern():
    problem = line(p=1, roles=["existing", "candidate", "candidate"])
    plan = full_service(problem)  # only the last is out of reach of the existing site
    pairs = service_pairs(problem, problem.allowed_costs, plan, math.inf)
    told = {tuple(row): pattern for row, pattern in zip(pairs.prices, pairs.patterns.tolist(), strict=True)}
    assert told == {
        (0.0, math.inf, math.inf): -1,
        (5.0, 1.0, 4.0): -1,
        (9.0, 5.0, 0.0): -1,
        (math.inf, math.inf, 7.0): 0,
    }


def test_a_share_is_linked_to_a_site_that_may_be_open_and_to_no_constant():
    problem = line(p=2, roles=["required", "candidate", "candidate"])
    program = SiteProgram(problem, "rows", Sense.MINIMISE)
    shares = share_variables(program, 7, [0, 2])
    assert [(share.name, share.lowBound, share.upBound) for share in shares] == [
        ("serve_7_0", 0.0, 1.0),
        ("serve_7_2", 0.0, 1.0),
    ]
    names = {row.name for row in program.lp.constraints()}
    assert "link_7_2" in names
    assert "link_7_0" not in names


@pytest.mark.parametrize("unserved", [math.inf, 6.0])
def test_the_program_of_a_median_has_the_mean_price_as_its_objective(unserved):
    problem = line(p=1)
    plan = plan_service(problem, Limits()) if math.isinf(unserved) else None
    run = median_program(problem, problem.allowed_costs, plan, unserved).solve(Limits())
    by_hand = []
    for site in range(3):
        minutes = np.where(np.isnan(LINE[:, site]), np.inf, LINE[:, site])
        if math.isinf(unserved):
            if site == 2:  # only there is everybody served
                by_hand.append(float(np.asarray(WEIGHTS) @ minutes) / 10)
        else:
            by_hand.append(float(np.asarray(WEIGHTS) @ np.minimum(minutes, unserved)) / 10)
    assert run.status is Status.OPTIMAL
    assert run.objective == pytest.approx(min(by_hand))
    assert run.bound == pytest.approx(min(by_hand))


def test_prices_are_taken_in_blocks_of_rows(monkeypatch):
    seen: list[int] = []

    class Counted(KolmPollak):
        def price(self, minutes, problem):
            seen.append(len(minutes))
            return super().price(minutes, problem)

    whole = KolmPollak(0.1).price_matrix(line())
    by_hand = np.where(np.isnan(LINE), np.inf, np.exp(0.1 * LINE) - 1)
    assert whole == pytest.approx(by_hand)
    monkeypatch.setattr(arrays, "BLOCK_PAIRS", 6)  # two rows of three sites
    assert np.array_equal(Counted(0.1).price_matrix(line()), whole)
    assert seen == [6, 4]
    monkeypatch.setattr(arrays, "BLOCK_PAIRS", 1)  # never less than one row
    assert np.array_equal(Counted(0.1).price_matrix(line()), whole)
    assert seen[2:] == [3, 3, 3, 1]


def test_forbidden_sites_have_no_price():
    problem = line(roles=["forbidden", "candidate", "candidate"])
    for model in (PMedian(), KolmPollak(0.1)):
        prices = model.price_matrix(problem)
        assert np.isinf(prices[:, 0]).all()
        assert np.isfinite(prices[:3, 1]).all()


def test_a_program_for_nobody_has_no_rows_and_costs_nothing():
    """Nobody has weight, or nobody is reached: there is no pair to take the largest price of."""
    for values in ({"weights": [0.0] * 4}, {"costs": np.full((4, 3), np.nan)}):
        problem = line(p=1, **values)
        program = median_program(problem, problem.allowed_costs, full_service(problem), math.inf)
        assert not any(row.name.startswith(("serve", "link")) for row in program.lp.constraints())
        run = program.solve(Limits())
        assert (run.status, run.objective) == (Status.OPTIMAL, 0.0)
    unweighted = line(p=1, weights=[0.0] * 4)
    run = median_program(unweighted, unweighted.allowed_costs, None, 6.0).solve(Limits())
    assert (run.status, run.objective) == (Status.OPTIMAL, 0.0)


def test_the_program_of_a_median_keeps_the_conditions():
    problem = line(p=1, conditions=[SiteCount((2,), at_most=0)])
    run = median_program(problem, problem.allowed_costs, None, 6.0).solve(Limits())
    staying = [min(4 * a + 3 * b + 2 * c + 6, 60) for a, b, c in ((0, 5, 6), (4, 1, 5))]
    assert run.objective == pytest.approx(min(staying) / 10)
    program = median_program(problem, problem.allowed_costs, None, 6.0)
    assert any(row.name.startswith("condition_0") for row in program.lp.constraints())


def test_dear_prices_are_scaled_down_and_come_back_in_their_unit():
    for times in (1.0, 1e3, 1e6, 1e9):
        problem = line(costs=LINE * times, p=1)
        run = median_program(problem, problem.allowed_costs, full_service(problem), math.inf).solve(Limits())
        assert run.objective == pytest.approx(
            times * (36 + 12 + 0 + 7) / 10
        )  # only the last serves everybody


# Objectives


def test_the_objective_is_a_mean_over_the_served_or_over_everybody_where_being_left_has_a_price():
    problem, half = line(p=1), lambda minutes: np.exp2(-minutes / 4.0)
    here = Placed.nearest(problem, np.asarray([False, True, False]))
    assert PMedian().objective(problem, here) == pytest.approx((16 + 3 + 10) / 9)
    assert PMedian().total(problem, here) == 29.0
    lived = 4 * 2**-1 + 3 * 2**-0.25 + 2 * 2**-1.25
    assert MaximalSurvival(half).objective(problem, here) == pytest.approx(lived / 10)
    assert MaximalSurvival(half).total(problem, here) == pytest.approx(lived)
    kolm = math.log((4 * math.exp(0.4) + 3 * math.exp(0.1) + 2 * math.exp(0.5)) / 9) / 0.1
    assert KolmPollak(0.1).objective(problem, here) == pytest.approx(kolm)
    atkinson = 20.0 - math.exp((4 * math.log(16) + 3 * math.log(19) + 2 * math.log(15)) / 9)
    assert IsoElastic(1.0, 20.0).objective(problem, here) == pytest.approx(atkinson)
    for weights in ([0, 0, 0, 0], [0, 0, 0, 5]):
        nobody = problem.replace(weights=weights)
        assert math.isnan(PMedian().objective(nobody, here))
    assert math.isnan(MaximalSurvival(half).objective(problem.replace(weights=[0] * 4), here))
    assert MaximalSurvival(half).objective(problem.replace(weights=[0, 0, 0, 5]), here) == 0.0


def test_what_steers_counts_who_is_left_out_at_its_price_only_where_there_is_one():
    problem, minutes = line(p=1), np.asarray([4.0, 1.0, 5.0, np.inf])
    value, slope = MaximalSurvival(lambda t: np.exp2(-t / 4.0)).steer(problem, minutes)
    lost = [4 * (1 - 2**-1), 3 * (1 - 2**-0.25), 2 * (1 - 2**-1.25), 1.0]
    assert value == pytest.approx(sum(lost) / 10)
    by_hand = [w * math.log(2) / 4 * 2 ** (-t / 4) / 10 for w, t in ((4, 4), (3, 1), (2, 5))]
    assert slope == pytest.approx([*by_hand, 0.0], rel=1e-3)
    plain, slope = PMedian().steer(problem, minutes)
    assert plain == pytest.approx((4 * 4 + 3 * 1 + 2 * 5) / 10)  # the last person adds no minutes
    assert slope == pytest.approx([0.4, 0.3, 0.2, 0.0], rel=1e-6)
    nobody, flat = PMedian().steer(line(weights=[0, 0, 0, 0]), minutes)
    assert nobody == 0.0
    assert flat.tolist() == [0.0] * 4


def test_a_bound_that_is_not_known_stays_unknown_in_the_unit_of_the_model():
    unknown = Outcome(Status.FEASIBLE, None, -math.inf, "s", "f", "p", 0.0, 0.0)
    assert KolmPollak(0.1).of_program(unknown, line()).bound == -math.inf
    assert MaximalSurvival().of_program(unknown, line()).bound == math.inf
    known = Outcome(Status.FEASIBLE, None, 0.25, "s", "f", "p", 0.0, 0.0)
    assert MaximalSurvival().of_program(known, line()).bound == 0.75
    assert KolmPollak(0.1).of_program(known, line()).bound == pytest.approx(math.log(1.25) / 0.1)
    assert PMedian().of_program(known, line()).bound == 0.25


def test_the_price_of_a_minute():
    """What has been lost against none at all, by the formulas of Atkinson and of Kolm and Pollak."""
    minutes, problem = np.asarray([0.0, 5.0, 8.0]), line()
    assert IsoElastic(2.0, 10.0).price(minutes, problem) == pytest.approx([0.0, 1.0, 4.0])  # 1/u - 1
    assert IsoElastic(0.0, 10.0).price(minutes, problem) == pytest.approx([0.0, 0.5, 0.8])
    assert IsoElastic(1.0, 10.0).price(minutes, problem) == pytest.approx([0.0, math.log(2), math.log(5)])
    assert IsoElastic(0.5, 10.0).price(minutes, problem) == pytest.approx(
        [0.0, 2 - 2 * math.sqrt(0.5), 2 - 2 * math.sqrt(0.2)]
    )
    assert IsoElastic(2.0).price(np.asarray([9.9]), problem) == pytest.approx(
        [9.9]
    )  # 10.9 ends it: 1/(1/10.9)-1
    for alpha in (0.0, 0.5, 1.0, 2.0, 3.0):
        model = IsoElastic(alpha, 10.0)
        for own in (0.0, 5.0, 8.0):
            price = float(model.price(np.asarray([own]), problem)[0])
            assert model.to_unit(price, problem) == pytest.approx(own)
    assert KolmPollak(0.2).price(minutes, problem) == pytest.approx([0.0, math.e - 1, math.exp(1.6) - 1])


def test_aversion_is_one_for_atkinson_and_a_hundredth_for_kolm_unless_said_otherwise():
    problem = line(p=1)
    here = Placed.nearest(problem, np.asarray([False, True, False]))
    assert IsoElastic().objective(problem, here) == IsoElastic(1.0, None).objective(problem, here)
    assert KolmPollak().objective(problem, here) == KolmPollak(0.01).objective(problem, here)


def test_how_steep_a_price_may_be():
    """The last minute may weigh a hundred million times the first: (1 - 9/10)^-alpha = 10^alpha with a horizon of 10."""
    for alpha, refused in ((7.99, False), (8.01, True), (-0.01, True), (0.0, False), (math.nan, True)):
        faults = IsoElastic(alpha, 10.0).faults(line(p=1))
        assert [fault.where for fault in faults] == (["alpha"] if refused else []), alpha
    assert [fault.where for fault in IsoElastic(1.0, 9.0).faults(line())] == ["p", "horizon_min"]
    most = math.log(1e8) / 9.0
    for aversion, refused in ((most * 0.999, False), (most * 1.001, True), (0.0, True), (-1.0, True)):
        faults = KolmPollak(aversion).faults(line(p=1))
        assert [fault.where for fault in faults] == (["aversion"] if refused else []), aversion
    unreached = PlacementProblem([[np.nan]], p=1)
    assert KolmPollak(1e9).faults(unreached) == []  # nobody has a way, so no way is too long


# Which engine


def test_which_size_counts_for_the_engine(monkeypatch):
    """A number of sites and nothing else is the engine's own question; all else is tried later."""
    monkeypatch.setattr(engines, "ENGINE_PAYS_AT_PAIRS", 7)
    monkeypatch.setattr(engines, "CONDITIONED_PAYS_AT_PAIRS", 11)
    pairs = engines.pairs_in_play(line())
    counted = [SiteCount((0, 1), at_most=1)]
    priced = {"fixed_costs": [1.0] * 3, "budget": 2.0}
    for values, pays in (({"p": 1}, 7), ({}, 11), ({"p": 1, "conditions": counted}, 11), (priced, 11)):
        assert PMedian().engine_size(line(**values)) == (pairs, pays)


def test_a_start_may_take_three_tenths_of_the_time(monkeypatch):
    from optimise import Within

    left: list[float] = []
    monkeypatch.setattr(
        median, "good_sites", lambda _problem, _model, limits: left.append(limits.seconds_left)
    )
    monkeypatch.setattr(engines, "PAYS_AT_PAIRS", 1)
    PMedian().search(line(p=2, conditions=[Within(9.0)]), Limits(time_limit_s=1000.0).started())
    assert len(left) == 1
    assert 200.0 < left[0] <= 300.0


def test_large_problems_under_conditions_go_to_the_engine_with_a_start(monkeypatch):
    rng = np.random.default_rng(2)
    costs = rng.integers(1, 40, (15, 6)).astype(float)
    problem = PlacementProblem(costs, p=2, conditions=[SiteCount((0, 1), at_most=0)])
    best = min(costs[:, list(pair)].min(axis=1).mean() for pair in combinations((2, 3, 4, 5), 2))
    plain = solve(problem)
    assert (plain.formulation, plain.objective) == ("assignment", pytest.approx(best))
    monkeypatch.setattr(engines, "CONDITIONED_PAYS_AT_PAIRS", 1)
    large = solve(problem)
    assert large.objective == pytest.approx(best)
    assert large.formulation.startswith("exact engine")


def test_swaps_are_looked_for_only_where_people_are_promised_something(monkeypatch):
    from optimise import Within

    asked: list[str] = []

    def noted(problem, model, limits):
        asked.append(model.name)

    monkeypatch.setattr(median, "good_sites", noted)
    monkeypatch.setattr(engines, "PAYS_AT_PAIRS", 1)
    solve(line(p=2, conditions=[SiteCount((0, 1, 2), at_least=2)]))
    solve(line(p=2))
    assert asked == []
    solve(line(p=2, conditions=[Within(9.0)]))
    assert asked == ["p-median"]
    solve(line(p=2, conditions=[SiteCount((0, 1, 2), at_least=2), Within(9.0)]))
    assert asked == ["p-median"] * 2
    monkeypatch.setattr(engines, "PAYS_AT_PAIRS", 10**9)
    solve(line(p=2, conditions=[Within(9.0)]))
    assert asked == ["p-median"] * 2


def test_the_first_stage_without_a_proof_ends_the_search(monkeypatch):
    def unproven(problem, limits):
        run = Run(Status.FEASIBLE, math.nan, math.nan, 0.5, "slow", has_values=False)
        plan = full_service(problem)
        return type(plan)(**{**{name: getattr(plan, name) for name in plan.__dataclass_fields__}, "run": run})

    monkeypatch.setattr(median, "settled_service", unproven)
    outcome = PMedian().search(line(p=1), Limits())
    assert (outcome.status, outcome.placed, outcome.formulation) == (Status.NO_SOLUTION, None, "most served")
    assert MaximalSurvival().search(line(p=1), Limits()).status is Status.OPTIMAL  # nobody has to be served


def test_an_answer_of_an_unproven_first_stage_counts_only_with_a_bound(monkeypatch):
    """Some are left out, and how few may be was not proven: the most served first, where that told a bound."""
    islands = PlacementProblem([[1.0, np.nan], [np.nan, 2.0]], weights=[1.0, 3.0], p=1)
    plan = plan_service(islands, Limits())
    assert plan.run is not None
    slow = Run(Status.FEASIBLE, 3.0, 3.5, 0.5, "slow", has_values=True)
    kept = {name: getattr(plan, name) for name in plan.__dataclass_fields__} | {"run": slow}
    monkeypatch.setattr(median, "settled_service", lambda *_: type(plan)(**kept))
    monkeypatch.setattr(median, "unproven_service", lambda *_: "unproven")
    assert not type(plan)(**kept).known
    for bound, told in ((2.0, 2.0), (-math.inf, None)):
        served = Outcome(Status.FEASIBLE, None, bound, "s", "most first", "p", 0.0, 0.0)
        monkeypatch.setattr(median, "most_served_first", lambda *_, served=served: served)
        outcome = PMedian().search(islands, Limits())
        if told is None:
            assert outcome == "unproven"
        else:
            assert (outcome.formulation, outcome.bound) == ("most first", told)
    monkeypatch.setattr(median, "most_served_first", lambda *_: None)
    assert PMedian().search(islands, Limits()) == "unproven"


def test_the_whole_program_serves_the_most_first_or_counts_who_is_left():
    """Two islands, one site: the larger is served, at two minutes; survival counts everybody, served or not."""
    islands = PlacementProblem([[1.0, np.nan], [np.nan, 2.0], [8.0, np.nan]], weights=[1.0, 3.0, 1.0], p=1)
    run = PMedian().whole_program(islands, Limits(), SiteProgram).solve(Limits())
    assert (run.status, run.objective) == (Status.OPTIMAL, pytest.approx(2.0))
    half = MaximalSurvival(lambda t: np.exp2(-t))
    run = half.whole_program(islands, Limits(), SiteProgram).solve(Limits())
    first, second = (0.5 + 2.0**-8) / 5, 3 * 0.25 / 5
    assert run.status is Status.OPTIMAL
    assert half.to_unit(run.objective, islands) == pytest.approx(max(first, second))


def test_survival_may_leave_the_many_to_save_more():
    """The larger island dies on its way anyhow: who is served most is not who is saved most."""
    islands = PlacementProblem([[1.0, np.nan], [np.nan, 9.0]], weights=[1.0, 3.0], p=1)
    half = MaximalSurvival(lambda t: np.exp2(-t))
    run = half.whole_program(islands, Limits(), SiteProgram).solve(Limits())
    assert half.to_unit(run.objective, islands) == pytest.approx(0.5 / 4)


@pytest.mark.parametrize("model", ["p-median", "maximal-survival"])
def test_large_questions_are_answered_by_the_engine_in_the_unit_of_the_model(monkeypatch, model):
    monkeypatch.setattr(engines, "ENGINE_PAYS_AT_PAIRS", 1)
    costs = np.random.default_rng(3).integers(1, 40, (12, 5)).astype(float)
    measured = (lambda t: t) if model == "p-median" else (lambda t: 1.0 / (1.0 + np.exp(0.679 + 0.262 * t)))
    nearest = [costs[:, list(pair)].min(axis=1) for pair in combinations(range(5), 2)]
    every = [float(measured(minutes).mean()) for minutes in nearest]
    found = solve(PlacementProblem(costs, p=2), model)
    assert found.objective == pytest.approx(min(every) if model == "p-median" else max(every))
    assert found.bound == pytest.approx(found.objective, rel=1e-6)
    assert found.formulation.startswith("exact engine")


def test_the_seconds_of_the_first_stage_count(monkeypatch):
    """Two islands of one site each: who is served is settled first, and takes its time."""
    problem = PlacementProblem([[1.0, np.nan], [np.nan, 2.0]], weights=[1.0, 3.0], p=1)
    plan = plan_service(problem, Limits())
    assert plan.run is not None
    slow = type(plan.run)(Status.OPTIMAL, 3.0, 3.0, 100.0, "slow", has_values=True)
    kept = {name: getattr(plan, name) for name in plan.__dataclass_fields__}
    monkeypatch.setattr(median, "settled_service", lambda *_: type(plan)(**{**kept, "run": slow}))
    outcome = PMedian().search(problem, Limits())
    assert outcome.solve_s >= 100.0
    assert outcome.placed.sites.tolist() == [False, True]
    assert outcome.bound == pytest.approx(2.0)


def test_relocation_needs_sites_and_moves():
    assert [fault.where for fault in Relocation().faults(line())] == ["max_moves", "roles"]
    assert [
        fault.where for fault in Relocation().faults(line(roles=["existing", "candidate", "candidate"]))
    ] == ["max_moves"]
    assert issubclass(Relocation, PMedian)
    assert issubclass(PMedian, MedianModel)


@pytest.mark.parametrize("seed", range(12))
def test_where_every_site_is_decided_the_nearest_ones_are_the_answer(seed: int, monkeypatch) -> None:
    """No program is built: one of all pairs took 10 GB at 30,000 x 4,575."""
    rng = np.random.default_rng(seed)
    costs = rng.integers(1, 30, (12, 6)).astype(float)
    costs[rng.random((12, 6)) < 0.3] = np.inf
    weights = rng.integers(0, 5, 12).astype(float)
    roles = rng.choice(["required", "existing", "forbidden"], 6).tolist()
    roles[seed % 6] = "required"
    problem = PlacementProblem(costs, weights=weights, roles=roles)
    monkeypatch.setattr(median, "median_program", None)
    is_open = np.array([role != "forbidden" for role in roles])
    for model in ("p-median", "maximal-survival", "iso-elastic"):
        solution = solve(problem.replace(p=int(is_open.sum())), model)
        assert solution.status is Status.OPTIMAL
        assert solution.chosen.tolist() == np.flatnonzero(is_open).tolist()
        assert solution.bound == solution.objective
        nearest = np.where(is_open, costs, np.inf).min(axis=1)
        reached = np.isfinite(nearest) & (weights > 0)
        if model == "p-median":
            mean = float(weights[reached] @ nearest[reached] / weights[reached].sum())
            assert solution.objective == pytest.approx(mean, rel=1e-12)


def test_a_condition_on_decided_sites_is_still_kept() -> None:
    problem = PlacementProblem([[5.0, 1.0]], p=1, roles=["required", "forbidden"], conditions=[Within(3.0)])
    assert solve(problem, "p-median").status is Status.INFEASIBLE
    assert solve(problem.replace(conditions=()), "p-median").objective == 5.0
