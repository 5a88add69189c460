"""Which engine a problem goes to: what is counted as large, what keeps it from an engine, and how that is said."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from optimise import PlacementProblem, SiteCount, Status, engines, solve
from optimise.engines import (
    conditioned,
    engine_for,
    exact_engine,
    filled_up,
    large,
    large_center,
    most_served_first,
    pairs_in_play,
    settled_service,
    side_constraints,
    switched_off,
    to_open,
    why_not,
)
from optimise.running import Limits
from optimise.service import full_service, plan_service

LINE = np.asarray([[0.0, 4.0, 9.0], [5.0, 1.0, 4.0], [9.0, 5.0, 0.0], [np.nan, np.nan, 7.0]])
WEIGHTS = [4.0, 3.0, 2.0, 1.0]


def line(**values: object) -> PlacementProblem:
    return PlacementProblem(**({"costs": LINE, "weights": WEIGHTS} | values))


ALL = SiteCount((0, 1, 2), at_least=0)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"p": 1}, []),
        ({"p": 3}, []),
        ({}, ["no number of sites"]),
        ({"p": 0}, ["a number of sites that the roles do not allow"]),
        ({"p": 1, "roles": ["required", "required", "candidate"]}, ["a number of sites that the roles do not allow"]),
        ({"p": 2, "roles": ["required", "required", "candidate"]}, []),
        ({"p": 3, "roles": ["forbidden", "candidate", "candidate"]}, ["a number of sites that the roles do not allow"]),
        ({"p": 2, "roles": ["forbidden", "candidate", "candidate"]}, []),
        ({"max_moves": 1, "roles": ["existing", "candidate", "candidate"]}, ["moves"]),
        ({"p": 2, "budget": 5.0, "fixed_costs": [1, 1, 1]}, ["a budget"]),
        ({"budget": 5.0, "fixed_costs": [1, 1, 1]}, ["no number of sites", "a budget"]),
        ({"p": 2, "conditions": [ALL]}, ["conditions"]),
    ],
)  # fmt: skip
def test_what_the_median_engine_does_not_know(asked, told):
    problem = line(**asked)
    assert why_not(problem, None, Limits()) == told
    assert why_not(problem, None, Limits(solver="cbc")) == [*told, "the solver cbc"]


def test_people_who_cannot_all_be_reached_keep_from_the_engine():
    islands = PlacementProblem([[1.0, np.nan], [np.nan, 2.0]], weights=[1.0, 3.0], p=1)
    assert why_not(islands, plan_service(islands, Limits()), Limits()) == ["people who cannot all be reached"]
    assert why_not(islands, full_service(islands), Limits()) == []


def test_pairs_in_play_are_those_of_people_with_weight_that_beat_every_open_site():
    assert pairs_in_play(line(p=1)) == 10
    assert pairs_in_play(line(p=1, weights=[4, 0, 2, 1])) == 7
    # beside the first: the second is nearer for 2 of 3, the last for 3 (who lives at the first has nothing nearer)
    assert pairs_in_play(line(p=2, roles=["existing", "candidate", "candidate"])) == 5
    assert pairs_in_play(line(p=2, roles=["existing", "candidate", "forbidden"])) == 2
    ties = PlacementProblem([[3.0, 3.0]], roles=["required", "candidate"], p=2)
    assert pairs_in_play(ties) == 0


def test_the_engine_is_taken_from_so_many_pairs_on(monkeypatch):
    problem = line(p=1)
    for pays, taken in ((10, True), (11, False)):
        monkeypatch.setattr(engines, "ENGINE_PAYS_AT_PAIRS", pays)
        assert (engine_for(problem, None, Limits()) is exact_engine) is taken
        assert (engine_for(problem, None, Limits()) is None) is not taken
    monkeypatch.setattr(engines, "ENGINE_PAYS_AT_PAIRS", 1)
    assert engine_for(line(p=1, conditions=[ALL]), None, Limits()) is None


def test_covering_is_large_by_its_pairs_and_centers_by_who_is_not_settled(monkeypatch):
    monkeypatch.setattr(engines, "PAYS_AT_PAIRS", 12)
    assert large(line())
    monkeypatch.setattr(engines, "PAYS_AT_PAIRS", 13)
    assert not large(line())
    everybody = np.ones(4, bool)
    # the last is 7 from its nearest, which no placement can better; the first site settles two of four
    problem = line(p=2, roles=["existing", "candidate", "candidate"])
    for pays, is_large in ((4, True), (5, False)):  # two people that are left, two free sites
        monkeypatch.setattr(engines, "CENTER_PAYS_AT_PAIRS", pays)
        assert large_center(problem, everybody) is is_large
    for pays, is_large in ((12, True), (13, False)):
        monkeypatch.setattr(engines, "CENTER_PAYS_AT_PAIRS", pays)
        assert large_center(line(p=2), everybody) is is_large
    monkeypatch.setattr(engines, "CENTER_PAYS_AT_PAIRS", 9)
    assert large_center(line(p=2), np.asarray([True, True, True, False]))
    assert not large_center(line(p=2), np.asarray([True, True, False, False]))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, ""),
        ({"p": 2}, ""),
        ({"conditions": [ALL]}, "conditions"),
        ({"budget": 1.0, "fixed_costs": [1, 1, 1]}, "a budget"),
        ({"max_moves": 1}, "existing sites that may move"),
        ({"max_moves": 1, "conditions": [ALL]}, "conditions and existing sites that may move"),
    ],
)
def test_what_is_asked_beside_number_and_roles_is_said(asked, words):
    problem = line(**asked)
    assert " and ".join(side_constraints(problem)) == words
    told = f"reductions of sites are off: the problem has {words}" if words else ""
    assert switched_off(problem) == told


def test_how_many_are_opened_beyond_those_that_are_open_anyhow():
    assert to_open(line()) is None
    assert to_open(line(p=2)) == 2
    roles = ["required", "existing", "candidate"]
    assert to_open(line(p=2, roles=roles)) == 0
    assert to_open(line(p=3, roles=roles)) == 1
    assert to_open(line(p=1, roles=roles)) is None
    assert to_open(line(p=3, roles=["forbidden", "candidate", "candidate"])) is None
    assert to_open(line(p_new=1, roles=roles)) == 1


def test_sites_are_filled_up_to_the_number_in_their_order():
    problem = PlacementProblem(
        np.ones((1, 5)), p=4, roles=["candidate", "required", "forbidden", "candidate", "candidate"]
    )
    assert filled_up(problem, np.asarray([4])).tolist() == [True, True, False, True, True]
    assert filled_up(problem, np.asarray([], dtype=int)).tolist() == [True, True, False, True, True]
    assert filled_up(problem.replace(p=3), np.asarray([4])).tolist() == [True, True, False, False, True]
    assert filled_up(problem.replace(p=2), np.asarray([4])).tolist() == [False, True, False, False, True]
    assert filled_up(problem.replace(p=1), np.asarray([4])).tolist() == [False, True, False, False, True]


@pytest.mark.parametrize("seed", range(4))
def test_whom_a_large_problem_serves_is_found_by_maximal_covering(monkeypatch, seed):
    """The most weight that two of five sites reach, pair by pair; by the engine as by the program."""
    rng = np.random.default_rng(seed)
    costs = rng.integers(1, 9, (9, 5)).astype(float)
    costs[rng.random(costs.shape) < 0.55] = np.nan
    weights = rng.integers(0, 5, 9).astype(float)
    problem = PlacementProblem(costs, weights=weights, p=2)
    most = max(
        float(weights[~np.isnan(costs[:, list(pair)]).all(axis=1)].sum())
        for pair in combinations(range(5), 2)
    )
    small = settled_service(problem, Limits())
    monkeypatch.setattr(engines, "PAYS_AT_PAIRS", 1)
    many = settled_service(problem, Limits())
    for plan in (small, many):
        assert plan.served_weight == pytest.approx(most)
        reachable = float(weights[~np.isnan(costs).all(axis=1)].sum())
        assert plan.everyone is bool(most == reachable)
        assert plan.known
    kept = settled_service(problem.with_conditions(SiteCount((0, 1, 2, 3, 4), at_least=0)), Limits())
    assert kept.served_weight == pytest.approx(most)


@pytest.mark.parametrize("proven", [True, False])
def test_the_sites_of_the_cover_are_kept_where_no_price_is_high_enough(monkeypatch, proven):
    """A price of nothing leaves most unserved; the cover serves all but one, and swaps find its better sites."""
    costs = np.full((6, 5), np.nan)
    costs[[0, 1, 2], 0] = [5.0, 6.0, 4.0]
    costs[[0, 1, 2], 1] = [2.0, 3.0, 3.0]
    costs[[3, 4], 2] = [7.0, 7.0]
    costs[5, 3] = 1.0
    costs[5, 4] = 2.0
    problem = PlacementProblem(costs, p=2)
    pairs = [list(pair) for pair in combinations(range(5), 2)]
    most = max(int((~np.isnan(costs[:, pair]).all(axis=1)).sum()) for pair in pairs)
    serving = [pair for pair in pairs if int((~np.isnan(costs[:, pair]).all(axis=1)).sum()) == most]
    best = min(float(np.nanmean(np.nanmin(costs[:-1][:, pair], axis=1))) for pair in serving)
    for name in ("PAYS_AT_PAIRS", "CONDITIONED_PAYS_AT_PAIRS"):
        monkeypatch.setattr(engines, name, 1)
    monkeypatch.setattr(engines, "_PRICES", (1e-6,))
    settled = engines.settled_service

    def settle(*asked):
        plan = settled(*asked)
        assert plan.run.status is Status.OPTIMAL
        return plan if proven else replace(plan, run=replace(plan.run, status=Status.FEASIBLE))

    monkeypatch.setattr("optimise.models.median.settled_service", settle)
    found = solve(problem)
    assert int((found.assignment >= 0).sum()) == most == 5
    assert found.status is Status.FEASIBLE
    assert found.objective == pytest.approx(best)
    assert -math.inf < found.bound <= found.objective
    assert ("not proven to be the most" in found.proof) is not proven


def test_no_further_price_is_tried_where_the_clock_has_run_out(monkeypatch):
    """Twice the longest way is too low a price here, ten times is not: that follows only while there is time."""
    costs = [[1.0, 1.0, np.nan, np.nan], [1.0, 2.0, np.nan, np.nan], [np.nan, np.nan, 9.0, 8.0]]
    problem = PlacementProblem(costs, weights=[2.0, 2.0, 5.0], p=1)
    plan = plan_service(problem, Limits())
    monkeypatch.setattr(engines, "CONDITIONED_PAYS_AT_PAIRS", 1)
    asked = []
    inner = engines.engine_with_multipliers
    monkeypatch.setattr(engines, "engine_with_multipliers", lambda *all_: asked.append(1) or inner(*all_))
    over = replace(Limits(time_limit_s=60.0), deadline=time.monotonic() - 1.0)
    late = most_served_first(problem, problem.allowed_costs, plan, over)
    assert len(asked) == 1
    assert late.status is not Status.OPTIMAL
    assert late.bound <= 8.0
    asked.clear()
    assert most_served_first(problem, problem.allowed_costs, plan, Limits()).bound == pytest.approx(8.0)
    assert len(asked) == 2


def test_people_of_whom_some_cannot_be_served_go_to_the_engine_with_a_price(monkeypatch):
    """Two islands with two sites each and one site to open: the heavier island, and its better site."""
    costs = [[3.0, 1.0, np.nan, np.nan], [2.0, 4.0, np.nan, np.nan], [np.nan, np.nan, 9.0, 8.0]]
    problem = PlacementProblem(costs, weights=[2.0, 2.0, 3.0], p=1)
    plan = plan_service(problem, Limits())
    assert plan.served_weight == 4.0
    assert most_served_first(problem, problem.allowed_costs, plan, Limits()) is None  # small
    monkeypatch.setattr(engines, "CONDITIONED_PAYS_AT_PAIRS", 1)
    found = most_served_first(problem, problem.allowed_costs, plan, Limits())
    assert found.status is Status.OPTIMAL
    assert found.placed.sites.tolist() in ([True, False, False, False], [False, True, False, False])
    assert found.bound == pytest.approx(2.5)
    assert "which is enough: 4 of 7 are, the most" in found.proof
    more = problem.replace(conditions=[SiteCount((0, 1, 2, 3), at_least=1)])
    assert most_served_first(more, problem.allowed_costs, plan, Limits()) is None
    assert solve(problem).objective == pytest.approx(2.5)
    assert solve(more).objective == pytest.approx(2.5)


def test_conditions_of_large_problems_go_to_the_engine_with_conditions(monkeypatch):
    problem = line(p=2, conditions=[SiteCount((0, 2), at_most=1)])
    prices, plan = problem.allowed_costs, plan_service(problem, Limits())
    assert conditioned(problem, prices, plan, math.inf, Limits()) is None
    monkeypatch.setattr(engines, "CONDITIONED_PAYS_AT_PAIRS", 1)
    assert conditioned(problem, prices, plan, math.inf, Limits(solver="cbc")) is None
    found = conditioned(problem, prices, plan, math.inf, Limits())
    # only the pairs with the last serve everybody, and with the first it may not stand
    assert found.placed.sites.tolist() == [False, True, True]
    assert found.bound == pytest.approx((16 + 3 + 0 + 7) / 10)
    assert "conditions" in found.proof
    loose = line(p=2, conditions=[SiteCount((0, 2), at_most=2)])
    kept = conditioned(loose, prices, plan_service(loose, Limits()), math.inf, Limits())
    assert kept.placed.sites.tolist() == [True, False, True]
    assert kept.proof.endswith("; the answer without conditions keeps them")
    nobody = line(p=2, weights=[0] * 4, conditions=[SiteCount((0, 2), at_most=1)])
    assert conditioned(nobody, prices, None, 1.0, Limits()) is None
