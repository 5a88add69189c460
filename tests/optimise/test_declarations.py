"""Each model's row says what the model does: what it needs, takes and refuses, tried on the model itself."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from model_cases import CASES

from optimise import MODELS, PlacementProblem, ProblemError, solve
from optimise.declarations import DATA, DECLARED, EXTRA_DATA, missing
from optimise.solving import question_faults

MINUTES = [[1.0, 9.0, 4.0], [8.0, 2.0, 5.0], [6.0, 7.0, 3.0]]
#: Key of DATA -> a problem without it.
WITHOUT = {
    "count": {"p": None},
    "number": {"p": 1},
    "max_moves": {"max_moves": None, "p": 2},
    "existing": {"roles": ["candidate"] * 3},
    "capacities": {"capacities": None},
    "fixed_costs": {"fixed_costs": None},
    "site_costs": {"site_costs": None},
    "demand_groups": {"demand_groups": None},
}
EXTRA = {"capacities": [9.0] * 3, "fixed_costs": [1.0] * 3, "site_values": [1.0] * 3}


def asked(name):
    """A problem that has all that the model needs, and the model."""
    case = CASES[name]
    problem = case.prepare(PlacementProblem(MINUTES, weights=[2.0, 3.0, 4.0], p=2))
    options = dict(case.options)
    if "horizon_min" in options:
        options["horizon_min"] = 40.0
    return problem, options


def faults_of(problem, name, options):
    """Names of what the model finds wrong."""
    model = MODELS[name](**options)
    return [fault.where for fault in question_faults(problem, model)]


def test_every_model_has_its_row_and_no_row_is_without_a_model():
    assert list(DECLARED) == list(MODELS)
    for name, row in DECLARED.items():
        assert row.finds, name
        assert set(row.needs) <= set(DATA)
        assert set(row.takes) <= set(EXTRA_DATA)
        assert set(row.parameters) <= {item.name for item in fields(MODELS[name])}


@pytest.mark.parametrize("name", DECLARED)
def test_with_all_that_it_needs_a_model_is_content(name):
    problem, options = asked(name)
    assert faults_of(problem, name, options) == []
    assert solve(problem, name, **options).status.value == "optimal"


@pytest.mark.parametrize(
    ("name", "data"), [(name, one) for name, row in DECLARED.items() for one in row.needs]
)
def test_without_what_it_needs_a_model_refuses(name, data):
    problem, options = asked(name)
    assert faults_of(problem.replace(**WITHOUT[data]), name, options) != []
    told = missing(name, data=set(DATA) - {data}, parameters=options)
    assert [fault.where for fault in told] == [data]


@pytest.mark.parametrize("name", DECLARED)
def test_what_is_not_needed_can_be_left_out(name):
    problem, options = asked(name)
    row = DECLARED[name]
    spared = {
        one for one in ("site_costs", "demand_groups", "fixed_costs", "capacities") if one not in row.needs
    }
    bare = problem
    for one in spared - {"demand_groups"}:
        bare = bare.replace(**WITHOUT[one])
    assert faults_of(bare, name, options) == []


@pytest.mark.parametrize(
    ("name", "parameter"), [(name, one) for name, row in DECLARED.items() for one in row.parameters]
)
def test_a_parameter_without_a_default_must_be_given(name, parameter):
    problem, options = asked(name)
    del options[parameter]
    with pytest.raises(ProblemError):
        solve(problem, name, **options)
    told = missing(name, data=DATA, parameters=options)
    assert [fault.where for fault in told] == [parameter]


@pytest.mark.parametrize("name", DECLARED)
def test_every_other_parameter_has_a_default(name):
    problem, options = asked(name)
    own = {key: value for key, value in options.items() if key in DECLARED[name].parameters}
    assert faults_of(problem, name, own) == []


@pytest.mark.parametrize("name", DECLARED)
@pytest.mark.parametrize("data", EXTRA_DATA)
def test_data_that_a_model_would_leave_aside_are_refused(name, data):
    problem, options = asked(name)
    given = problem.replace(**{data: np.asarray(EXTRA[data])})
    refused = data in faults_of(given, name, options)
    assert refused == (data in DECLARED[name].cannot_hold)


@pytest.mark.parametrize("name", [name for name, row in DECLARED.items() if row.counts_itself])
def test_a_model_that_finds_the_number_refuses_one(name):
    problem, options = asked(name)
    assert "p" in DECLARED[name].cannot_hold
    assert faults_of(problem.replace(p=2), name, options) == ["p"]
