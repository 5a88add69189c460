"""What a site is worth, further sites, and near-optimal alternatives, against looking at every placement."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from placement_cases import brute_force, mean_minutes, problems, same, served_weight, site_sets

from optimise import PlacementProblem, ProblemError, Status, solve, verify
from optimise.frontiers import alternatives, frontier, site_values
from optimise.models.covering import MCLP

FEW = settings(max_examples=25)


def without(mask, site):
    fewer = mask.copy()
    fewer[site] = False
    return fewer


@FEW
@given(problems())
def test_value_of_a_site_is_what_closing_it_alone_costs(problem):
    solution = solve(problem, "p-median")
    open_sites = solution.placed.sites
    values = site_values(solution)
    assert {value.site_id for value in values} == set(solution.chosen_ids)
    for value in values:
        fewer = without(open_sites, problem.site_position[value.site_id])
        after = mean_minutes(problem, fewer)
        lost = served_weight(problem, open_sites) - served_weight(problem, fewer)
        assert same(value.objective_without, after)
        assert same(value.loss, after - solution.objective)
        assert same(value.weight_lost, lost)
        assert value.is_new == (not problem.existing[problem.site_position[value.site_id]])
        if lost == 0 and not math.isnan(value.loss):
            assert value.loss >= -1e-9
    assert [value.weight_lost for value in values] == sorted((v.weight_lost for v in values), reverse=True)


@FEW
@given(problems(), st.integers(0, 20))
def test_value_of_a_site_in_people_covered(problem, radius):
    solution = solve(problem, "mclp", radius=float(radius))
    covered = solution.placed.served() @ problem.weights
    for value in site_values(solution):
        fewer = without(solution.placed.sites, problem.site_position[value.site_id])
        reached = ((problem.costs <= radius) & fewer).any(axis=1)
        left = float(problem.weights[reached].sum())
        assert same(value.weight_lost, covered - left)
        assert same(value.loss, covered - left) or not fewer.any()


@FEW
@given(problems(roles=False))
def test_frontier_is_the_optimum_for_each_number(problem):
    points = frontier(problem, "p-median", range(1, problem.n_sites + 1))
    assert [point.count for point in points] == list(range(1, problem.n_sites + 1))
    for before, point in zip((None, *points), points, strict=False):
        posed = problem.replace(p=point.count)
        assert point.solution.status is Status.OPTIMAL
        assert same(point.solution.objective, brute_force(posed, lambda mask: mean_minutes(problem, mask)))
        if before is None:
            assert math.isnan(point.gain)
            continue
        assert same(point.gain, before.solution.objective - point.solution.objective)
        served = [served_weight(problem, each.solution.placed.sites) for each in (before, point)]
        assert same(point.weight_gained, served[1] - served[0])
        assert served[1] >= served[0]
        if served[0] == served[1] and not math.isnan(point.gain):
            assert point.gain >= -1e-9


def test_frontier_leaves_out_what_cannot_be_and_says_what_is_missing():
    problem = PlacementProblem([[1, 9, 5], [9, 2, 5]], p_new=0, roles=["existing", "candidate", "candidate"])
    points = frontier(problem, MCLP(radius=2), [0, 1, 5])
    assert [(point.count, point.solution.objective) for point in points] == [(0, 1.0), (1, 2.0)]
    with pytest.raises(ProblemError, match="p or p_new"):
        frontier(problem.replace(p_new=None), "p-median", [1])
    with pytest.raises(ProblemError, match="capacities"):
        frontier(problem.replace(capacities=[1, 1, 1]), "p-median", [1])


def tried(problem, cuts, differ):
    """All placements with at least ``differ`` sites of each set in ``cuts`` closed."""
    return [
        mask
        for mask in site_sets(problem)
        if all(sum(not mask[site] for site in cut) >= differ for cut in cuts)
    ]


@FEW
@given(problems(), st.sampled_from([0.0, 0.1, 0.5]), st.integers(1, 2), st.integers(1, 4))
def test_each_alternative_is_the_best_of_what_is_left(problem, within, differ, count):
    best = solve(problem, "p-median")
    found = alternatives(best, count=count, within=within, differ=differ)
    cuts = [best.chosen.tolist()]
    allowed = within * abs(best.objective) + 1e-9

    def best_left():
        masks = tried(problem, cuts, differ)
        if not masks:
            return None
        most = max(served_weight(problem, mask) for mask in masks)
        return most, min(mean_minutes(problem, m) for m in masks if served_weight(problem, m) == most)

    most_served = served_weight(problem, best.placed.sites)
    for other in found:
        assert verify(other).ok
        assert other.problem is best.problem
        assert all(len(set(cut) - set(other.chosen.tolist())) >= differ for cut in cuts)
        weight, mean = best_left()
        assert weight == most_served == served_weight(problem, other.placed.sites)
        assert same(other.objective, mean)
        assert math.isnan(mean) or mean - best.objective <= allowed
        cuts.append(other.chosen.tolist())
    if len(found) < count:
        left = best_left()
        assert left is None or left[0] < most_served or left[1] - best.objective > allowed


@given(problems(), st.integers(0, 20))
@FEW
def test_alternatives_of_a_covering(problem, radius):
    best = solve(problem, "mclp", radius=float(radius))
    found = alternatives(best, count=3, within=0.3)
    for other in found:
        assert other.objective >= best.objective * 0.7 - 1e-9
    chosen = {frozenset(each.chosen.tolist()) for each in (best, *found)}
    assert len(chosen) == len(found) + 1
    scores = sorted(
        (
            float(problem.weights[((problem.costs <= radius) & m).any(axis=1)].sum())
            for m in site_sets(problem)
        ),
        reverse=True,
    )
    expected = [score for score in scores[1:4] if score >= best.objective * 0.7 - 1e-9]
    assert [other.objective for other in found] == pytest.approx(expected)


def test_alternatives_check_what_is_wanted():
    best = solve(PlacementProblem([[1.0, 2.0]], p=1), "p-median")
    with pytest.raises(ProblemError) as caught:
        alternatives(best, count=-1, within=-0.1, differ=0)
    assert [fault.where for fault in caught.value.faults] == ["count", "within", "differ"]
