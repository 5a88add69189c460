"""The nearest wish list that can be kept, against every placement; and why a wish list cannot."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from placement_cases import nearest, problems, site_sets

from optimise import PlacementProblem, Status, nearest_relaxation, solve
from optimise.conditions import SiteCount, not_both
from optimise.guarantees import ShareWithin, Within
from optimise.models import make_model
from optimise.models.capacitated import CapacitatedPMedian
from optimise.relaxing import GivenUp

FEW = settings(max_examples=40)
P_MEDIAN = make_model("p-median", {})


@st.composite
def wish_lists(draw):
    """A problem with guarantees for one, for some or for all, and sometimes a forbidden pair."""
    problem = draw(problems(max_demand=5, max_sites=5))
    rows = st.sampled_from(problem.demand_ids)
    wishes = [
        Within(float(draw(st.integers(0, 20))), demand=tuple(draw(st.lists(rows, min_size=1, unique=True))))
        for _ in range(draw(st.integers(1, 3)))
    ]
    if draw(st.booleans()):
        wishes.append(ShareWithin(float(draw(st.integers(0, 20))), 0.6))
    if problem.n_sites > 1 and draw(st.booleans()):
        wishes.append(not_both(0, 1))
    return problem.replace(conditions=wishes)


def broken_by(problem, parts, mask):
    """Which parts a set of sites breaks, by nearest open sites alone."""
    minutes = nearest(problem, mask)
    told = set()
    for number, part in enumerate(parts):
        if isinstance(part, Within):
            (name,) = part.demand
            bad = minutes[problem.demand_position[name]] > part.minutes
        elif isinstance(part, ShareWithin):
            whole = problem.weights.sum()
            bad = whole > 0 and problem.weights[minutes <= part.minutes].sum() < part.share * whole - 1e-9
        else:
            bad = mask[0] and mask[1]
        if bad:
            told.add(number)
    return told


def people(problem, part):
    if isinstance(part, Within):
        return problem.weights[problem.demand_position[part.demand[0]]]
    return problem.weights.sum() if isinstance(part, ShareWithin) else 0.0


@FEW
@given(wish_lists())
def test_as_few_wishes_as_possible_then_as_few_people(problem):
    parts = [part for condition in problem.conditions for part in condition.parts(problem)]
    masks = list(site_sets(problem))
    told = nearest_relaxation(problem, P_MEDIAN)
    assert told.proven
    price = {
        mask.tobytes(): (len(bad), sum(people(problem, parts[number]) for number in bad))
        for mask in masks
        for bad in [broken_by(problem, parts, mask)]
    }
    fewest, least = min(price.values())
    assert len(told.given_up) == fewest
    words = [part.words() for part in parts]
    disappointed = sum(people(problem, parts[words.index(wish.wish)]) for wish in told.given_up)
    assert disappointed == pytest.approx(least)

    assert (solve(problem, "p-median").status is Status.INFEASIBLE) == bool(told.given_up)
    eased = solve(told.problem, "p-median")
    assert eased.status is Status.OPTIMAL


@FEW
@given(wish_lists())
def test_what_is_promised_instead_is_the_least_that_can_be_kept(problem):
    parts = [part for condition in problem.conditions for part in condition.parts(problem)]
    told = nearest_relaxation(problem, P_MEDIAN)
    words = [part.words() for part in parts]
    left = [words.index(wish.wish) for wish in told.given_up]
    if len(set(words)) < len(words):
        return
    late = [number for number in left if isinstance(parts[number], Within)]
    rows = [problem.demand_position[parts[number].demand[0]] for number in late]
    totals = [
        (int(np.isinf(minutes).sum()), float(minutes[np.isfinite(minutes)].sum()))
        for mask in site_sets(problem)
        if broken_by(problem, parts, mask) <= set(left)
        for minutes in [nearest(problem, mask)[rows]]
    ]
    given_min = {words.index(wish.wish): wish.instead_min for wish in told.given_up}
    promised = np.array([given_min[number] for number in late])
    assert (np.isinf(promised).sum(), pytest.approx(promised[np.isfinite(promised)].sum())) == min(totals)

    kept = [part for number, part in enumerate(parts) if number not in left]
    kept += [replace(parts[n], minutes=given_min[n]) for n in late if given_min[n] < math.inf]
    for number in left:
        if not isinstance(parts[number], ShareWithin):
            assert math.isnan(given_min[number]) == (number not in late)
            continue
        keeping = [mask for mask in site_sets(problem) if not broken_by(problem, kept, mask)]
        levels = [
            level
            for level in np.unique(problem.costs[np.isfinite(problem.costs)])
            if level > parts[number].minutes
        ]
        holds = [
            level
            for level in levels
            if any(not broken_by(problem, [replace(parts[number], minutes=level)], mask) for mask in keeping)
        ]
        assert given_min[number] == min(holds, default=math.inf)


def test_a_remote_island_is_told_what_can_be_promised():
    """Træna asks for 60 minutes and is 214 from the only site that may open."""
    problem = PlacementProblem(
        [[10, 30], [214, 230]],
        p=1,
        demand_ids=["Bodø", "Træna"],
        site_ids=["north", "south"],
        conditions=[Within(60, label="an hour for all")],
    )
    told = nearest_relaxation(problem, P_MEDIAN)
    assert told.given_up == (GivenUp("an hour for all: Træna", 214.0),)
    eased = solve(told.problem, "p-median")
    assert eased.chosen_ids == ("north",)
    assert [condition.words() for condition in told.problem.conditions][1] == "guarantee 214 min for Træna"


def test_conditions_give_way_before_roles_and_numbers():
    roles = ["required", "required", "candidate"]
    problem = PlacementProblem([[1, 2, 9]], p=2, roles=roles, conditions=[not_both(0, 1)])
    told = nearest_relaxation(problem, P_MEDIAN)
    assert [wish.wish for wish in told.given_up] == ["not both 0 and 1"]
    assert math.isnan(told.given_up[0].instead_min)
    assert told.problem.conditions == ()


def test_numbers_give_way_when_nothing_else_helps():
    problem = PlacementProblem([[1, 2, 9]], p=1, roles=["required"] * 3)
    told = nearest_relaxation(problem, P_MEDIAN)
    assert [wish.wish for wish in told.given_up] == ["exactly 1 open site"]
    assert told.problem is None


def test_a_site_without_room_is_no_promise():
    """Both ask for 5 minutes; the near site has room for one of them, and the far one for the other."""
    problem = PlacementProblem([[1, 40], [2, 30]], p=2, capacities=[1, 1], conditions=[Within(5)])
    told = nearest_relaxation(problem, CapacitatedPMedian())
    assert told.given_up == (GivenUp("guarantee 5 min for 1", 30.0),)
    full = problem.replace(capacities=[1, 0])
    assert nearest_relaxation(full, CapacitatedPMedian()).given_up[0].instead_min == math.inf


def test_nothing_is_given_up_where_all_can_be_kept():
    problem = PlacementProblem([[1, 2]], p=1, conditions=[Within(1), SiteCount(sites=(0,), at_least=1)])
    told = nearest_relaxation(problem, P_MEDIAN)
    assert told.given_up == ()
    assert solve(told.problem, "p-median").chosen_ids == (0,)
