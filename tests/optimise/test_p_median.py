"""The weighted p-median against brute force and published optima."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from placement_cases import brute_force, mean_minutes, nearest, problems, same

from optimise import PlacementProblem, Status, solve, verify
from optimise import engines as dispatch
from optimise.errors import ProblemError


@given(problems())
def test_agrees_with_brute_force(problem):
    solution = solve(problem)
    expected = brute_force(problem, lambda mask: mean_minutes(problem, mask))
    assert solution.status is Status.OPTIMAL
    assert same(solution.objective, expected)
    assert verify(solution).ok
    assert len(solution.chosen) == problem.p


@given(problems())
def test_unreachable_points_are_reported_and_never_priced(problem):
    solution = solve(problem)
    mask = np.zeros(problem.n_sites, dtype=bool)
    mask[solution.chosen] = True
    lost = np.flatnonzero(np.isinf(nearest(problem, mask)))
    assert solution.unserved.unreachable.tolist() == lost.tolist()
    assert (solution.assignment[lost] == -1).all()
    assert np.isnan(solution.travel_min[lost]).all()
    assert np.isfinite(solution.travel_min[np.setdiff1d(np.arange(problem.n_demand), lost)]).all()


@given(problems(), st.randoms(use_true_random=False))
def test_relabelling_the_sites_relabels_the_answer(problem, random):
    order = list(range(problem.n_sites))
    random.shuffle(order)
    shuffled = problem.take_sites(np.array(order))
    assert sorted(solve(shuffled).chosen_ids) == sorted(solve(problem).chosen_ids)


@given(problems(roles=False, unreachable=False))
def test_one_more_site_never_hurts(problem):
    if problem.p < problem.n_sites:
        more = solve(problem.replace(p=problem.p + 1))
        assert more.objective <= solve(problem).objective + 1e-9 or math.isnan(more.objective)


@given(problems(roles=False))
def test_p_new_counts_beyond_the_existing_sites(problem):
    if problem.n_sites < 2 or problem.p >= problem.n_sites:
        return
    roles = ["existing"] + ["candidate"] * (problem.n_sites - 1)
    new = solve(problem.replace(roles=roles, p=None, p_new=problem.p))
    total = solve(problem.replace(roles=roles, p=problem.p + 1))
    assert len(new.opened_ids) == problem.p
    assert new.chosen_ids == total.chosen_ids


def test_equal_sites_go_to_the_first_id():
    costs = [[5.0, 5.0, 9.0], [1.0, 1.0, 9.0]]
    solution = solve(PlacementProblem(costs, p=1, site_ids=["b", "a", "c"]))
    assert solution.chosen_ids == ("a",)


def test_a_remote_place_is_served_before_minutes_are_saved():
    costs = [[1.0, 50.0, np.nan], [2.0, 60.0, np.nan], [np.nan, np.nan, 3.0], [np.nan] * 3]
    one = solve(PlacementProblem(costs, weights=[5, 5, 1, 9], p=1))
    assert one.chosen_ids == (0,)
    assert one.unserved.unreachable.tolist() == [2, 3]
    two = solve(PlacementProblem(costs, weights=[5, 5, 1, 9], p=2))
    assert two.chosen_ids == (0, 2)
    assert two.objective == pytest.approx((5 * 1 + 5 * 2 + 3) / 11)
    assert two.unserved.weights(two.problem)["unreachable"] == 9


def test_nobody_reachable_has_no_mean():
    solution = solve(PlacementProblem([[np.nan, np.nan]], p=1))
    assert math.isnan(solution.objective)
    assert solution.to_dict()["objective"] is None


def test_more_sites_than_exist_are_refused_before_solving():
    with pytest.raises(ProblemError, match="asks for 3 open sites of 2"):
        solve(PlacementProblem([[1.0, 2.0]], p=3))


def test_cbc_gives_the_same_proof():
    costs = np.random.default_rng(5).integers(1, 90, (30, 12)).astype(float)
    by_highs = solve(PlacementProblem(costs, p=3))
    by_cbc = solve(PlacementProblem(costs, p=3), solver="cbc")
    assert by_cbc.status is Status.OPTIMAL
    assert by_cbc.objective == by_highs.objective
    assert "CBC" in by_cbc.solver


def published(shared: Path) -> dict[str, tuple[int, float]]:
    with (shared / "orlib" / "optima.csv").open() as file:
        return {row["name"]: (int(row["p"]), float(row["optimum"])) for row in csv.DictReader(file)}


@pytest.mark.shared
@pytest.mark.parametrize("name", [f"pmed{number}" for number in range(1, 11)])
def test_published_optima_with_the_plain_program(shared, name, monkeypatch):
    monkeypatch.setattr(dispatch, "ENGINE_PAYS_AT_PAIRS", math.inf)
    monkeypatch.setattr(dispatch, "CONDITIONED_PAYS_AT_PAIRS", math.inf)
    p, optimum = published(shared)[name]
    costs = np.load(shared / "orlib" / f"{name}.npz")["costs"]
    solution = solve(PlacementProblem(costs, p=p), time_limit_s=300)
    assert solution.formulation == "assignment"
    assert solution.status is Status.OPTIMAL
    assert solution.total == optimum
    assert solution.bound * len(costs) == pytest.approx(optimum, rel=1e-6)


def test_a_time_limit_is_never_called_optimal(monkeypatch):
    monkeypatch.setattr(dispatch, "ENGINE_PAYS_AT_PAIRS", math.inf)
    costs = np.random.default_rng(3).integers(1, 1000, (150, 150)).astype(float)
    solution = solve(PlacementProblem(costs, p=5), time_limit_s=0.5)
    assert solution.status in {Status.FEASIBLE, Status.NO_SOLUTION}
    if solution.status is Status.FEASIBLE:
        assert solution.gap > 0
        assert solution.bound < solution.objective
