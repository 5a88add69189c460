"""Sensitivity: what stays, what moves, and which parameter alone can change it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from geoaccess.ground.errors import DataError
from geoaccess.questions.sensitivity import kind_of, latin_hypercube, sensitivity, similarity
from geoaccess.study.parameter_sections import ParameterRange

RANGES = {
    "speed_factor": ParameterRange(low=0.5, base=1.0, high=1.2, source="test"),
    "wait_min": ParameterRange(low=10, base=20, high=60),
}
#: Minutes by road, and whether a ferry is waited for.
PLACES = {"Near": (20, 0), "Far": (45, 0), "Isle": (10, 1)}


def study(parameters):
    times = {
        name: road / parameters["speed_factor"] + ferry * parameters["wait_min"]
        for name, (road, ferry) in PLACES.items()
    }
    ranking = tuple(sorted(times, key=lambda name: (-times[name], name)))
    return {
        "worst": ranking[0],
        "ranking": ranking,
        "over_25_min": frozenset(name for name, minutes in times.items() if minutes > 25),
        "mean_min": sum(times.values()) / 3,
        "places": 3,
    }


def rows(found):
    return found.conclusions.set_index("conclusion")


def test_one_at_a_time_by_hand():
    found = sensitivity(study, RANGES)
    assert len(found.runs) == 5
    table = rows(found)
    # Base: Far 45, Isle 30, Near 20. A wait of 60 makes Isle the worst; a slow road changes only who is over 25.
    assert table.loc["worst", "base"] == "Far"
    assert table.loc["worst", "changed_by"] == "wait_min"
    assert table.loc["worst", "share_unchanged"] == pytest.approx(4 / 5)
    assert table.loc["over_25_min", "changed_by"] == "speed_factor, wait_min"
    assert table.loc["mean_min", ["low", "high"]].tolist() == pytest.approx(
        [(75 / 1.2 + 20) / 3, (75 / 0.5 + 20) / 3]
    )
    assert table["stays"].to_dict() == {
        "worst": False,
        "ranking": False,
        "over_25_min": False,
        "mean_min": False,
        "places": True,
    }
    assert table["kind"].to_dict() == {
        "worst": "name",
        "ranking": "ranking",
        "over_25_min": "choice",
        "mean_min": "figure",
        "places": "figure",
    }


def test_members_tell_how_often_each_was_chosen():
    found = sensitivity(study, RANGES)
    members = found.members.set_index(["conclusion", "item"])
    # Over 25: base Far, Isle; slow: all three; fast: Far, Isle (28.3); wait 10: Far; wait 60: Far, Isle.
    assert members.loc[("over_25_min", "Far"), "share_of_runs"] == 1
    assert members.loc[("over_25_min", "Isle"), "share_of_runs"] == 4 / 5
    assert members.loc[("over_25_min", "Near"), "share_of_runs"] == 1 / 5
    assert not members.loc[("over_25_min", "Near"), "in_base"]
    assert members.loc[("ranking", "Isle"), "share_of_runs"] == 1 / 5


def test_the_hypercube_judges_when_there_is_one():
    found = sensitivity(study, RANGES, samples=50, seed=3)
    assert (found.runs["design"] == "latin hypercube").sum() == 50
    drawn = found.runs[found.runs["design"] == "latin hypercube"]
    expected = (drawn["worst"] == "Far").mean()
    assert rows(found).loc["worst", "share_unchanged"] == pytest.approx(expected)
    assert 0 < expected < 1
    again = sensitivity(study, RANGES, samples=50, seed=3)
    assert again.runs.equals(found.runs)
    assert not sensitivity(study, RANGES, samples=50, seed=4).runs.equals(found.runs)


@settings(max_examples=30)
@given(st.integers(1, 40), st.integers(0, 1000))
def test_every_part_of_every_range_is_drawn_once(samples, seed):
    points = latin_hypercube(RANGES, samples=samples, seed=seed)
    for name, one in RANGES.items():
        values = np.array([point[name] for point in points])
        parts = np.floor((values - one.low) / (one.high - one.low) * samples).clip(max=samples - 1)
        assert sorted(parts.tolist()) == list(range(samples))


@pytest.mark.parametrize(
    ("value", "base", "expected"),
    [
        ("a", "a", 1),
        ("a", "b", 0),
        (True, True, 1),
        (1.0, 1.0 + 1e-9, 1),
        (1.0, 1.1, 0),
        (math.nan, math.nan, 1),
        (math.nan, 1.0, 0),
        (frozenset("ab"), frozenset("bc"), 1 / 3),
        (frozenset(), frozenset(), 1),
        (("a", "b", "c"), ("a", "b", "c"), 1),
        (("c", "b", "a"), ("a", "b", "c"), -1),
        (("a", "c", "b"), ("a", "b", "c"), 1 / 3),
        (("a", "b", "d"), ("a", "b", "c"), 0.5),
        (("d",), ("a",), 0),
        (None, "a", 0),
        (None, None, 1),
    ],
)
def test_similarity_by_hand(value, base, expected):
    assert similarity(value, base) == pytest.approx(expected)


@given(st.permutations("abcdef"))
def test_only_the_same_ranking_is_wholly_alike(order):
    assert -1 <= similarity(tuple(order), tuple("abcdef")) <= 1
    assert (similarity(tuple(order), tuple("abcdef")) == 1) == (list(order) == list("abcdef"))


def test_kinds():
    assert [kind_of(value) for value in ("a", True, None, 1, np.float64(2), [1], (1,), {1})] == [
        "name",
        "name",
        "name",
        "figure",
        "figure",
        "ranking",
        "ranking",
        "choice",
    ]


def test_a_conclusion_may_be_absent_and_counts_as_changed():
    found = sensitivity(lambda p: {"worst": None if p["wait_min"] > 50 else "Far"}, RANGES)
    assert rows(found).loc["worst", "changed_by"] == "wait_min"


def test_conclusions_that_change_name_or_type_are_listed():
    def odd(parameters):
        if parameters["wait_min"] == 60:
            return {"mean": 1.0}
        return {"worst": 3.0 if parameters["speed_factor"] == 0.5 else "Far"}

    with pytest.raises(DataError) as caught:
        sensitivity(odd, RANGES)
    text = str(caught.value)
    assert "run 1, column 'worst': the conclusion was name in the base case and is figure now" in text
    assert "run 4: the conclusions differ in name: mean, worst" in text
    with pytest.raises(DataError, match="no conclusions"):
        sensitivity(lambda _: {}, RANGES)


def test_impossible_designs_are_refused():
    with pytest.raises(DataError, match="no parameter"):
        sensitivity(study, {})
    with pytest.raises(DataError, match="at least 0"):
        sensitivity(study, RANGES, samples=-1)
    with pytest.raises(ValidationError, match="must rise"):
        ParameterRange(low=2, base=1, high=3)
    with pytest.raises(ValidationError, match="finite"):
        ParameterRange(low=0, base=1, high=math.inf)


def test_an_end_at_the_base_is_not_run_twice_and_progress_is_told():
    told = []
    found = sensitivity(
        lambda p: {"x": p["x"]},
        {"x": ParameterRange(low=1, base=1, high=2)},
        on_run=lambda done, total: told.append((done, total)),
    )
    assert len(found.runs) == 2
    assert told == [(1, 2), (2, 2)]


def test_evaluate_cannot_spoil_the_plan():
    def greedy(parameters):
        parameters.clear()
        return {"x": 1}

    assert sensitivity(greedy, RANGES).runs["wait_min"].tolist() == [20, 20, 20, 10, 60]


def test_parameters_at_their_base_values_change_nothing_under_an_inheriting_scenario():
    import numpy as np

    import geoaccess as ga

    study = ga.load_study("nord-norge")
    speed = study.config.network.access.speed_kph
    same = study.in_state(scenario="winter-night", parameters={"network.access.speed_kph": speed})
    expected = study.in_state(scenario="winter-night")
    np.testing.assert_array_equal(same.network.seconds, expected.network.seconds)


@pytest.mark.parametrize(
    ("minutes", "low", "high"),
    [((20, 30, 50), 20, 50), ((20, math.nan, 50), 20, math.nan), ((math.nan,) * 3, math.nan, math.nan)],
)
def test_the_range_of_a_figure_ends_where_nobody_is_reached(minutes, low, high):
    """NaN is beyond every number: a run in which nobody is reached is not left out of the range."""
    of = dict(zip((10, 20, 60), minutes, strict=True))
    found = sensitivity(lambda one: {"p90_min": of[one["wait_min"]]}, {"wait_min": RANGES["wait_min"]})
    row = rows(found).loc["p90_min"]
    assert [row["low"], row["high"]] == pytest.approx([low, high], nan_ok=True)
    assert bool(row["stays"]) == all(math.isnan(one) for one in minutes)
