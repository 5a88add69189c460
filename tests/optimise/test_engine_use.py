"""The result says whether the engine answered, and why not, as codes with fields."""

from __future__ import annotations

import json
import math
import pickle

import numpy as np
import pytest

from optimise import PlacementProblem, Scenario, SiteCount, engines, solve, solve_robust
from optimise.models import capacitated as capacitated_model


def codes(solution):
    return [reason.code.removeprefix("opt.engine.") for reason in solution.engine.reasons]


@pytest.fixture
def town():
    rng = np.random.default_rng(5)
    return PlacementProblem(rng.uniform(1, 60, (12, 8)), weights=rng.integers(1, 9, 12), p=2)


IDLE = SiteCount(sites=(0, 1), at_least=0)


@pytest.mark.parametrize(
    ("model", "options", "changes", "expected"),
    [
        ("p-median", {}, {}, ["small"]),
        ("p-median", {}, {"conditions": [IDLE]}, ["conditions", "small"]),
        (
            "p-median",
            {},
            {"p": None, "fixed_costs": [1.0] * 8, "budget": 2.0},
            ["no_number", "budget", "small"],
        ),
        (
            "relocation",
            {},
            {"roles": ["existing"] * 2 + ["candidate"] * 6, "max_moves": 1},
            ["moves", "small"],
        ),
        ("mclp", {"radius": 20.0}, {"conditions": [IDLE]}, ["conditions", "small"]),
        ("lscp", {"radius": 40.0}, {"p": None}, ["small"]),
        ("p-center", {"method": "program"}, {}, ["program_asked", "small"]),
        ("gini", {}, {}, ["compares", "few"]),
        ("lexicographic-minimax", {}, {}, ["model"]),
        ("fixed-charge", {}, {"fixed_costs": [1.0] * 8}, ["model"]),
        ("capacitated-p-median", {"max_units": 2}, {"capacities": [40.0] * 8}, ["units", "small"]),
    ],
)
def test_every_reason_is_a_code(town, model, options, changes, expected):
    solution = solve(town.replace(**changes), model, **options)
    assert (solution.engine.used, codes(solution)) == ("none", expected)


def test_fields_say_how_small_and_json_and_copies_keep_them(town):
    solution = solve(town)
    told = solution.to_dict()["engine"]["reasons"]
    assert told[0]["fields"] == {"pairs": 96, "pays": engines.ENGINE_PAYS_AT_PAIRS}
    assert "96" in told[0]["text"]
    assert json.loads(json.dumps(told)) == told
    copied = pickle.loads(pickle.dumps(solution.engine))
    assert [(one.code, dict(one.fields)) for one in copied.reasons] == [
        ("opt.engine.small", told[0]["fields"])
    ]


def test_another_solver_is_a_reason_with_its_name(town):
    solution = solve(town, solver="cbc")
    assert codes(solution) == ["solver", "small"]
    assert dict(solution.engine.reasons[0].fields) == {"solver": "cbc"}


def test_people_who_cannot_all_be_reached_are_a_reason():
    costs = [[1.0, math.nan, math.nan], [math.nan, 2.0, math.nan], [math.nan, math.nan, 3.0]]
    assert codes(solve(PlacementProblem(costs, weights=[1.0, 2.0, 4.0], p=2))) == ["partial", "small"]


def test_who_cannot_be_reached_at_all_is_no_reason():
    assert codes(solve(PlacementProblem([[1.0, 2.0], [math.nan, math.nan]], p=1))) == ["small"]


def test_the_engine_answers_alone_or_has_a_part(town, monkeypatch):
    monkeypatch.setattr(engines, "ENGINE_PAYS_AT_PAIRS", 0)
    monkeypatch.setattr(engines, "CONDITIONED_PAYS_AT_PAIRS", 0)
    alone, beside = solve(town), solve(town.replace(conditions=[IDLE]))
    assert (alone.engine.used, alone.engine.reasons) == ("whole", ())
    assert (beside.engine.used, codes(beside)) == ("part", ["conditions"])
    assert alone.objective == beside.objective


def test_room_that_the_engine_does_not_find_is_a_reason(monkeypatch):
    monkeypatch.setattr(capacitated_model, "ENGINE_PAYS_AT_PAIRS", 0)
    problem = PlacementProblem([[1.0, 2.0], [2.0, 1.0]], weights=[3.0, 3.0], p=1, capacities=[4.0, 4.0])
    assert codes(solve(problem, "capacitated-p-median")) == ["room"]


def test_several_scenarios_say_it_too(town):
    states = [Scenario("day", town.costs), Scenario("night", town.costs * 2)]
    nearest = solve_robust(town, states)
    room = solve_robust(town.replace(capacities=[90.0] * 8), states, model="capacitated-p-median")
    assert (nearest.engine.used, codes(nearest)) == ("none", ["small"])
    assert dict(nearest.engine.reasons[0].fields)["pairs"] == 192
    assert codes(room) == ["states"]


def test_where_the_minutes_alone_decide_no_search_is_a_reason():
    assert codes(solve(PlacementProblem([[9.0, 8.0]]), "lscp", radius=2.0)) == ["no_search"]
