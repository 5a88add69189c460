"""Conditions that any model can carry, against every placement; and what is told when they conflict."""

from __future__ import annotations

import math
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from placement_cases import brute_force, counted, mean_minutes, nearest, problems, same, site_sets

from optimise import PlacementProblem, ProblemError, Status, conflicts, solve, verify
from optimise.conditions import DifferentFrom, OnlyWith, Separation, SiteCount, Together, not_both
from optimise.conflicts import find_conflicts
from optimise.guarantees import ShareWithin, Within, for_each_group
from optimise.models import make_model
from optimise.models.capacitated import CapacitatedPMedian
from optimise.models.pmedian import PMedian
from optimise.running import Limits

MANY = settings(max_examples=80)
GROUPS = ("1804", "1811", "5501")


@st.composite
def conditions_of(draw, problem):
    """A condition, and the same in words of masks of open sites."""
    sites = st.lists(st.sampled_from(problem.site_ids), min_size=1, max_size=3, unique=True).map(tuple)
    rows = st.lists(st.sampled_from(problem.demand_ids), min_size=1, max_size=2, unique=True).map(tuple)
    kind = draw(
        st.sampled_from(["count", "group", "together", "with", "apart", "pair", "other", "all", "share"])
    )
    some, few, minutes = draw(sites), draw(rows), float(draw(st.integers(0, 20)))
    number, share = draw(st.integers(0, 2)), draw(st.sampled_from([0.4, 0.5, 1.0]))
    if kind == "count":
        return SiteCount(some, at_least=number), lambda mask: mask[list(some)].sum() >= number
    if kind == "group":
        label = draw(st.sampled_from(sorted(set(problem.groups))))
        own = np.array([group == label for group in problem.groups])
        return SiteCount(group=label, at_most=number), lambda mask: (mask & own).sum() <= number
    if kind == "together":
        return Together(some), lambda mask: len(set(mask[list(some)].tolist())) == 1
    if kind == "with":
        first = problem.site_ids[0]
        return OnlyWith(first, some), lambda mask: not mask[first] or mask[list(some)].any()
    if kind == "apart":
        near = np.minimum(problem.site_costs, problem.site_costs.T) < minutes
        np.fill_diagonal(near, val=False)
        return Separation(minutes), lambda mask: not near[np.ix_(mask, mask)].any()
    if kind == "pair":
        other = problem.site_ids[-1]
        return not_both(0, other), lambda mask: other == 0 or not (mask[0] and mask[other])
    if kind == "other":
        return DifferentFrom(some), lambda mask: not mask[list(some)].all()
    if kind == "all":
        return Within(minutes, demand=few), lambda mask: (nearest(problem, mask)[list(few)] <= minutes).all()
    label = draw(st.sampled_from(sorted(set(problem.demand_groups))))
    own = np.array([group == label for group in problem.demand_groups])

    def enough(mask):
        inside = problem.weights[own & (nearest(problem, mask) <= minutes)].sum()
        return inside >= share * problem.weights[own].sum() - 1e-9

    return ShareWithin(minutes, share, group=label), enough


@st.composite
def conditioned(draw):
    """A problem with one to three conditions, and whether a mask keeps them all."""
    problem = draw(problems(max_demand=6, max_sites=5))
    m = problem.n_sites
    apart = draw(st.lists(st.integers(0, 20), min_size=m * m, max_size=m * m))
    problem = problem.replace(
        groups=[GROUPS[site % 3] for site in range(m)],
        demand_groups=[GROUPS[row % 3] for row in range(problem.n_demand)],
        site_costs=np.array(apart, dtype=float).reshape(m, m),
    )
    both = [draw(conditions_of(problem)) for _ in range(draw(st.integers(1, 3)))]
    return problem.with_conditions(*(each for each, _ in both)), lambda mask: all(
        keeps(mask) for _, keeps in both
    )


def longest(problem, mask):
    minutes, _ = counted(problem, mask)
    return float(minutes.max()) if len(minutes) else math.nan


def profile(problem, mask):
    minutes, weights = counted(problem, mask)
    return tuple(sorted(np.repeat(minutes, weights.astype(int)).tolist(), reverse=True))


@MANY
@given(conditioned(), st.sampled_from(["p-median", "p-center", "mclp", "lexicographic-minimax"]))
def test_conditions_hold_and_cost_no_more_than_they_must(case, model):
    problem, keeps = case
    options = {"radius": 8.0} if model == "mclp" else {}

    def score(mask):
        if model == "p-median":
            return mean_minutes(problem, mask)
        if model == "p-center":
            return longest(problem, mask)
        if model == "lexicographic-minimax":
            return profile(problem, mask)
        return float(problem.weights[nearest(problem, mask) <= 8].sum())

    solution = solve(problem, model, **options)
    best = max if model == "mclp" else min
    expected = brute_force(problem, score, allowed=keeps, serve_first=model != "mclp", best=best)
    if expected is None:
        assert solution.status is Status.INFEASIBLE
        return
    assert solution.status is Status.OPTIMAL
    assert verify(solution).ok
    assert keeps(solution.placed.sites)
    found = score(solution.placed.sites)
    assert found == expected if isinstance(expected, tuple) else same(found, expected)


@MANY
@given(conditioned())
def test_what_is_said_to_conflict_does_and_would_not_without_any_one_of_it(case):
    problem, keeps = case
    solution = solve(problem, "p-median")
    if solution.status is not Status.INFEASIBLE:
        return
    assert not any(keeps(mask) for mask in site_sets(problem))
    assert len(set(solution.conflicts)) == len(solution.conflicts) > 0
    parts = [part for condition in problem.conditions for part in condition.parts(problem)]
    for conflict in solution.conflicts:
        assert len(set(conflict.wishes)) == len(conflict.wishes)
        if conflict.reason:
            part = next(part for part in parts if part.words() in conflict.wishes)
            assert not holds(problem, part, ~problem.never_open)
            continue
        named = [part for part in parts if part.words() in conflict.wishes]
        rest = [wish for wish in conflict.wishes if wish not in {part.words() for part in parts}]
        assert not could_hold(problem, named, rest)
        for wish in conflict.wishes:
            others = [part for part in named if part.words() != wish]
            assert could_hold(problem, others, [other for other in rest if other != wish]), wish


def could_hold(problem, parts, words):
    """Whether some set of sites keeps these conditions and these roles and numbers, all else left free."""
    for bits in range(2**problem.n_sites):
        mask = np.array([bool(bits >> site & 1) for site in range(problem.n_sites)])
        if any(part.words() not in words and not holds(problem, part, mask) for part in parts):
            continue
        if all(role_or_number_holds(problem, mask, wish) for wish in words):
            return True
    return False


def holds(problem, part, mask):
    minutes = nearest(problem, mask)
    if isinstance(part, Within):
        (name,) = part.demand
        return minutes[problem.demand_position[name]] <= part.minutes
    return not part.broken(problem, solve_free(problem, mask))


def solve_free(problem, mask):
    """Everybody at the nearest open site."""
    return make_model("p-median", {}).place(problem, mask)


def role_or_number_holds(problem, mask, wish):
    if wish.startswith("exactly"):
        return int(mask.sum()) == problem.p
    site = int(wish.split()[0])
    return bool(mask[site]) == wish.endswith("open")


def test_a_guarantee_that_no_site_could_keep_says_the_fastest_possible():
    problem = PlacementProblem(
        [[10, 30], [214, 230], [np.nan, np.nan]],
        p=1,
        demand_ids=["Bodø", "Træna", "Røst"],
        conditions=[Within(60, demand=("Træna",)), Within(60, demand=("Røst",))],
    )
    told = [str(conflict) for conflict in solve(problem, "p-median").conflicts]
    assert told == [
        "guarantee 60 min for Træna cannot hold: fastest possible is 214",
        "guarantee 60 min for Røst cannot hold: no site can be reached",
    ]
    forbidden = problem.replace(
        costs=[[10, 30], [214, 20], [1, 1]], roles=["candidate", "forbidden"], site_ids=["A", "B"]
    )
    (conflict,) = solve(forbidden, "p-median").conflicts
    assert conflict.reason == "fastest possible is 214; B would do, but is forbidden"


def test_a_median_that_no_sites_could_keep_says_the_fastest_possible():
    costs = [[10, 30], [40, 20], [90, 50], [np.nan, 5]]
    problem = PlacementProblem(
        costs, weights=[1, 1, 1, 2], p=1, demand_groups=["A", "A", "A", "B"], roles=["candidate", "forbidden"]
    )
    medians = (ShareWithin(15, group="A"), ShareWithin(10, group="B"), ShareWithin(60, 0.6, group="A"))
    told = [str(conflict) for conflict in solve(problem.with_conditions(*medians)).conflicts]
    assert told == [
        "median of A at most 15 min cannot hold: fastest possible is 40",
        "median of B at most 10 min cannot hold: no site can be reached; 1 would do, but is forbidden",
    ]


def test_a_conflict_names_its_wishes_and_what_would_make_them_hold():
    problem = PlacementProblem(
        [[5, 50], [50, 5]], p=1, conditions=[Within(10, label="ten minutes for all")], demand_ids=["N", "S"]
    )
    (conflict,) = solve(problem, "p-median").conflicts
    assert set(conflict.wishes) == {
        "exactly 1 open site",
        "ten minutes for all: N",
        "ten minutes for all: S",
    }
    assert "2 instead of 1 in 'exactly 1 open site'" in conflict.remedies
    assert "50 min instead of 10 in 'ten minutes for all'" in conflict.remedies
    assert "these cannot hold together" in str(conflict)


def test_a_guarantee_with_a_remedy_is_feasible_when_it_is_taken():
    rng = np.random.default_rng(1)
    costs = rng.integers(1, 90, (12, 6)).astype(float)
    problem = PlacementProblem(costs, p=2, conditions=[Within(15)])
    told = solve(problem, "p-median").conflicts
    if any(conflict.reason for conflict in told):
        problem = problem.replace(conditions=[Within(float(costs.min(axis=1).max()))])
        (conflict,) = solve(problem, "p-median").conflicts
    else:
        (conflict,) = told
    minutes = next(float(remedy.split()[0]) for remedy in conflict.remedies if " min instead of " in remedy)
    assert solve(problem.replace(conditions=[Within(minutes)]), "p-median").status is Status.OPTIMAL
    shorter = float(np.unique(costs)[np.searchsorted(np.unique(costs), minutes) - 1])
    assert solve(problem.replace(conditions=[Within(shorter)]), "p-median").status is Status.INFEASIBLE


def test_an_unreachable_person_is_no_fault_unless_a_guarantee_names_them():
    problem = PlacementProblem([[3, 4], [np.nan, np.nan]], p=1)
    assert solve(problem, "p-median").status is Status.OPTIMAL
    assert solve(problem.replace(conditions=[Within(9, demand=(0,))])).status is Status.OPTIMAL
    assert solve(problem.replace(conditions=[Within(9)])).status is Status.INFEASIBLE


def test_a_guarantee_for_each_group_is_named_after_it():
    problem = PlacementProblem([[5, 9], [9, 5]], p=1, demand_groups=["1804", "1811"])
    each = for_each_group(problem, ShareWithin(5))
    assert [condition.words() for condition in each] == [
        "median of 1804 at most 5 min",
        "median of 1811 at most 5 min",
    ]
    assert solve(problem.with_conditions(*each)).status is Status.INFEASIBLE
    assert solve(problem.replace(p=2).with_conditions(*each)).status is Status.OPTIMAL


@settings(max_examples=30)
@given(problems(max_demand=5, max_sites=4, unreachable=False), st.integers(0, 20))
def test_a_guarantee_counts_the_site_that_has_room(problem, minutes):
    """With room for all at every site, a capacitated guarantee is the plain one."""
    room = problem.replace(capacities=np.full(problem.n_sites, 1000.0), conditions=[Within(float(minutes))])
    capacitated = solve(room, CapacitatedPMedian())
    plain = solve(room.replace(capacities=None), "p-median")
    assert capacitated.status is plain.status
    assert same(capacitated.objective, plain.objective)


def test_faults_of_conditions_are_listed_together():
    conditions = [
        SiteCount(sites=("x",), at_least=1),
        SiteCount(group="nowhere"),
        Together((0, "y")),
        OnlyWith("z", (0,)),
        Separation(5),
        Within(5, demand=("nobody",)),
        ShareWithin(5, 1.5, group="none"),
    ]
    with pytest.raises(ProblemError) as caught:
        PlacementProblem([[1, 2]], p=1, conditions=conditions)
    values = {fault.value for fault in caught.value.faults}
    assert {"x", "nowhere", "y", "z", "nobody", "none", "1.5"} <= values
    assert any("needs site_costs" in fault.message for fault in caught.value.faults)
    assert any("say at_least" in fault.message for fault in caught.value.faults)


def test_no_program_is_built_for_a_reason_once_the_time_is_spent(monkeypatch):
    problem = PlacementProblem([[1.0, 9.0], [9.0, 1.0]], p=1, conditions=[Within(5.0)])
    assert find_conflicts(problem, PMedian(), Limits())

    def built(*_):
        raise AssertionError("a program was built")

    monkeypatch.setattr(conflicts, "WishRows", built)
    late = replace(Limits(time_limit_s=1.0), deadline=time.monotonic() - 1.0)
    assert find_conflicts(problem, PMedian(), late) == ()
    hopeless = problem.replace(conditions=[Within(0.5)])
    assert [str(conflict) for conflict in find_conflicts(hopeless, PMedian(), late)]
