"""The frontier: more sites never hurt, and each answer is that of `place`."""

from __future__ import annotations

import pytest

import geoaccess as ga
from geoaccess.ground.errors import DataError
from geoaccess.questions.frontier.answer import frontier, parse_counts


def test_each_answer_is_that_of_place(fjord):
    found = frontier(fjord, "stations", [0, 1, 2, 3])
    assert found.proven
    for row in found.rows.to_dict(orient="records"):
        alone = ga.place(fjord, "stations", sites=row["sites"])
        assert row["mean_min"] == pytest.approx(alone.after["mean_min"])
        assert row["chosen"] == ", ".join(sorted(alone.chosen["name"]))
    assert found.rows["persons_unreachable"].tolist() == [7, 0, 0, 0]


def test_more_stations_never_hurt_in_the_region():
    found = frontier("nord-norge", "ambulance", range(8))
    assert found.proven
    assert (found.rows["gain_min"].iloc[1:] >= 0).all()
    assert found.rows["mean_min"].is_monotonic_decreasing
    assert found.rows["lower_bound"].le(found.rows["objective"] + 1e-9).all()


def test_the_first_gain_is_against_today_and_the_map_says_the_same():
    from geoaccess.questions.frontier.answer import frontier_answer

    found = frontier("nord-norge", "ambulance", [2, 3])
    two, three = (ga.place("nord-norge", "ambulance", sites=count) for count in (2, 3))
    gains = [two.before["mean_min"] - two.after["mean_min"], two.after["mean_min"] - three.after["mean_min"]]
    assert found.rows["gain_min"].tolist() == pytest.approx(gains)
    assert found.rows["gain_min"].iloc[0] > 0
    steps = frontier_answer("nord-norge", "ambulance", [2, 3]).facts["frontier"]["steps"]
    assert [step["gain_min"] for step in steps] == pytest.approx(gains)


def test_no_gain_where_other_people_are_reached(fjord):
    rows = frontier(fjord, "stations", [1, 2]).rows  # the first station reaches the island's seven people
    assert rows["gain_min"].isna().tolist() == [True, False]


@pytest.mark.parametrize(
    ("text", "numbers"), [("3", [3]), ("1..4", [1, 2, 3, 4]), ("5, 0,2..3", [0, 2, 3, 5])]
)
def test_numbers_as_typed(text, numbers):
    assert parse_counts(text) == numbers


@pytest.mark.parametrize("text", ["", "a", "1..", "-1", "1.5", "..3"])
def test_numbers_that_are_none(text):
    with pytest.raises(DataError, match="as 1"):
        parse_counts(text)
