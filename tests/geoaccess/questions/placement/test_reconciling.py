"""Candidates that share a node, and objectives held against the people they are about."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

import geoaccess as ga
from geoaccess.ground.errors import DataError
from geoaccess.minutes import place_minutes
from geoaccess.questions.placement.reconciling import ReconciliationError, reconcile
from optimise import solve

#: Three buildings at the node of Færøy, the first by id the farthest from it; one at the very place of another.
DOORS = """b1,Far shed,shed,0202,far,69.8,18.20
b2,Near shed,shed,0202,far,69.8,18.01
b3,Same shed,shed,0202,far,69.8,18.01
b4,Town shed,shed,0101,town,69.0,18.0
"""
QUESTION = """
[kinds.shed]
label = "shed"
[kinds.bed]
label = "bed"
[placements.beds]
title = "beds"
facility = "bed"
existing = "ignore"
candidates = "facilities"
candidate_kinds = ["shed"]
direction = "to_site"
sites = 1
[placements.beds-municipal]
title = "beds"
facility = "bed"
existing = "ignore"
candidates = "facilities"
candidate_kinds = ["shed"]
direction = "to_site"
demand_by = "municipality"
sites = 2
"""


@pytest.fixture
def study(fjord):
    with (fjord / "places.csv").open("a", encoding="utf-8") as file:
        file.write(DOORS)
    with (fjord / "study.toml").open("a", encoding="utf-8") as file:
        file.write(QUESTION)
    return ga.load_study(fjord)


def best_mean(study, count):
    """The least mean by looking at every choice, over the people whom the choice reaches."""
    sheds = study.facilities[study.facilities["kind"] == "shed"]
    minutes, people = place_minutes(study, sheds), study.weight()
    found = []
    for some in itertools.combinations(range(len(sheds)), count):
        times = np.nanmin(np.where(np.isnan(minutes), np.inf, minutes)[:, list(some)], axis=1)
        reached = np.isfinite(times)
        found.append((-people[reached].sum(), people[reached] @ times[reached] / people[reached].sum()))
    return min(found)[1]


def test_every_door_at_a_node_is_a_candidate(study):
    found = ga.place(study, "beds", sites=2)
    assert set(found.sites["site_id"]) == {"at:b1", "at:b2", "at:b4"}
    assert found.solution.objective == pytest.approx(best_mean(study, 2))
    assert found.after["mean_min"] == pytest.approx(best_mean(study, 2))
    assert set(found.chosen["site_id"]) == {"at:b2", "at:b4"}


def test_the_mean_is_that_of_the_people_where_municipalities_go_as_one(study):
    # The people of an island in a municipality with others are not reached: they weigh in no mean.
    demand = study.demand.assign(municipality_code=study.demand["municipality_code"].replace("0303", "0202"))
    found = ga.place(replace(study, demand=demand), "beds-municipal")
    told = found.demand.dropna(subset="after_min")
    mean = np.average(told["after_min"], weights=told["people"])
    assert found.solution.objective == pytest.approx(mean)
    assert found.after["mean_min"] == pytest.approx(mean)
    assert found.account["persons_unreachable"] == 7


def test_an_objective_that_is_not_the_peoples_is_refused(study):
    posed = ga.place(study, "beds").posed
    solution = solve(posed.problem, "p-median")
    opened = np.zeros(len(posed.places), dtype=bool)
    opened[solution.chosen] = True
    after = posed.nearest(opened)[0]
    reconcile(posed, solution, after, study.weight())
    with pytest.raises(ReconciliationError, match="do not use this answer"):
        reconcile(posed, solution, after + 0.01, study.weight())


@pytest.mark.parametrize("name", ["kad", "kad-80-beds", "blood-kits", "ambulance-move"])
def test_objective_and_mean_agree_in_the_region(name):
    study = ga.load_study("nord-norge")
    found = ga.place(study, name)
    if found.question.objective in {"p-median", "relocation", "capacitated-p-median"}:
        assert found.solution.objective == pytest.approx(found.after["mean_min"], rel=1e-9)


def test_more_sites_than_doors_are_refused(study):
    with pytest.raises(DataError, match="only 3 candidate"):
        ga.place(study, "beds", sites=4)
