"""States of a study: asked for by name, kept, part of the value, never one on top of the other."""

from __future__ import annotations

import ast
import math
from pathlib import Path

import numpy as np
import pytest

import geoaccess as ga
import geoaccess.study.model as model
from geoaccess.ground.errors import DataError, UnknownNameError


@pytest.fixture
def study(fjord):
    return ga.load_study(fjord)


def hours(study, **asked):
    return ga.travel_times(study, to="hospital", **asked)


def test_a_state_is_part_of_the_value_and_kept(study):
    slow = study.in_state(scenario="slow")
    assert slow is study.in_state(scenario="slow")
    assert slow.state == study.in_state(scenario=["slow", "base"]).state
    assert (study.scenario, slow.scenario) == ("base", "slow")
    assert "slow" in repr(slow)
    assert slow.in_state() is slow
    assert study.in_state(scenario="base", parameters={}, year=study.config.study.year) is study


def test_a_study_in_a_state_answers_in_it_unless_another_is_asked_for(study):
    slow = study.in_state(scenario="slow")
    base = hours(study)
    # Roads at half their speed: d2 drives 60 min instead of 30 before the ferry.
    assert hours(slow).loc["d2", "h1"] == pytest.approx(120)
    assert base.loc["d2", "h1"] == pytest.approx(60)
    np.testing.assert_array_equal(hours(slow, scenario="base"), base)
    assert ga.accessibility(slow).rows["scenario"].unique().tolist() == ["slow"]
    assert ga.accessibility(slow, scenarios=["base"]).region.equals(ga.accessibility(study).region)
    assert ga.losses(slow, of=["ferries"]).scenario == "slow"


def test_a_second_scenario_replaces_the_first(study):
    again = study.in_state(scenario="slow").in_state(scenario="no-ferry")
    assert again is study.in_state(scenario="no-ferry")
    # Without the ferry d2 drives 60 min to h1 and has no way to h2; slow, it would be 120.
    assert hours(again).loc["d2", "h1"] == pytest.approx(60)
    assert math.isnan(hours(again).loc["d2", "h2"])
    both = study.in_state(scenario=["slow", "no-ferry"])
    assert hours(both).loc["d2", "h1"] == pytest.approx(120)
    assert math.isnan(hours(both).loc["d2", "h2"])
    assert both.holds("slow")
    assert both.holds("no-ferry")
    assert not study.holds("slow")


def test_what_is_not_asked_for_stays(study):
    quick = study.in_state(parameters={"network.ferries.boarding_min": 0.0})
    slow = quick.in_state(scenario="slow")
    assert slow.state.parameters == quick.state.parameters
    assert slow.in_state(scenario="base") is quick
    assert slow.in_state(parameters={}) is study.in_state(scenario="slow")
    assert hours(quick).loc["d3", "h1"] == pytest.approx(hours(study).loc["d3", "h1"] - 5)
    assert hours(slow).loc["d3", "h1"] == pytest.approx(
        hours(study.in_state(scenario="slow")).loc["d3", "h1"] - 5
    )


def test_few_states_are_kept(study, monkeypatch):
    monkeypatch.setattr(model, "KEPT_STATES", 2)
    first = study.in_state(scenario="slow")
    for name in ("no-ferry", "closed"):
        if name in study.config.scenarios:
            study.in_state(scenario=name)
    study.in_state(parameters={"speed_factor.*": 0.5})
    again = study.in_state(scenario="slow")
    assert again is not first
    assert again.state == first.state


@pytest.mark.parametrize("name", ["demand.x", "study.year", "municipalities.x"])
def test_a_figure_used_while_reading_cannot_vary_in_silence(study, name):
    with pytest.raises(DataError, match="cannot be varied"):
        study.in_state(parameters={name: 2030.0})


def test_unknown_scenarios_are_told(study):
    with pytest.raises(UnknownNameError, match="slwo"):
        study.in_state(scenario=["slow", "slwo"])


def test_nobody_writes_into_a_frozen_object_from_outside():
    package = Path(ga.__file__).parent
    found = []
    for file in package.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr == "__dict__":
                found.append(f"{file.name}:{node.lineno}")
            is_setter = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if is_setter and node.func.attr == "__setattr__" and getattr(node.args[0], "id", "") != "self":
                found.append(f"{file.name}:{node.lineno}")
    assert found == []
