"""Levels of acute help on the fjord, by hand: nearest of any level, what it can do, what stands together."""

from __future__ import annotations

import json
import math

import pytest

import geoaccess as ga
from geoaccess.ground.errors import DataError
from geoaccess.questions.levels.answer import acute_levels, levels_answer
from tests.near_care import NEAR_LEVELS
from tests.said import said

#: Minutes by road from people: access in Town 1 and in Færøy 2 min; the ferry takes 10 + 5 + 10.
TO_TOWN = {"d1": 1.0, "d2": 60.0, "d3": 85.0, "d4": 117.0}
TO_FAR = {"d1": 116.0, "d2": 55.0, "d3": 30.0, "d4": 2.0}
PEOPLE = {"d1": 1000, "d2": 100, "d3": 50, "d4": 200, "d5": 7}


@pytest.fixture(name="asked")
def asked_(fjord):
    file = fjord / "study.toml"
    file.write_text(file.read_text(encoding="utf-8") + NEAR_LEVELS, encoding="utf-8")
    return fjord


def mean(minutes):
    return sum(PEOPLE[one] * minutes[one] for one in minutes) / sum(PEOPLE[one] for one in minutes)


def figure(found, what, item, column):
    rows = found.region
    return rows[(rows["what"] == what) & (rows["item"] == item)][column].iloc[0]


def test_the_nearest_of_any_level_is_the_least_of_all_levels(asked):
    found = acute_levels(asked)
    nearest = {one: min(TO_TOWN[one], TO_FAR[one]) for one in TO_TOWN}
    assert figure(found, "level", "any", "mean_min") == pytest.approx(mean(nearest))
    assert figure(found, "level", "first", "mean_min") == pytest.approx(mean(TO_TOWN))
    assert figure(found, "level", "ward", "mean_min") == pytest.approx(mean(nearest))
    points = found.points.set_index("demand_id")
    for one, minutes in nearest.items():
        assert points.loc[one, "travel_time_min"] == pytest.approx(minutes)
    assert math.isnan(points.loc["d5", "travel_time_min"])
    assert points.loc["d5", "level"] == ""


def test_of_two_at_the_same_door_the_level_that_is_named_later_counts(asked):
    """Station and hospital of Town are equally near: whoever goes there is told of the hospital."""
    found = acute_levels(asked)
    assert found.points.set_index("demand_id").loc["d1", "level"] == "ward"
    assert figure(found, "level", "ward", "persons_nearest") == 1350
    assert figure(found, "level", "first", "persons_nearest") == 0


def test_what_a_place_can_do_is_its_levels_or_what_stands_beside_it(asked):
    found = acute_levels(asked)
    assert figure(found, "can", "ride", "mean_min") == pytest.approx(mean(TO_TOWN))
    can = found.places.set_index("facility_id")["can"]
    assert can.to_dict() == {"s1": "ride", "h1": "beds, ride", "h2": "beds"}


def test_people_beyond_and_people_who_reach_none_add_up(asked):
    found = acute_levels(asked, by="county")
    assert figure(found, "level", "first", "persons_beyond_60_min") == 50 + 200 + 7
    assert figure(found, "level", "any", "persons_unreachable") == 7
    for (what, item), rows in found.groups.groupby(["what", "item"]):
        for column in ("persons", "persons_unreachable", "persons_beyond_30_min", "persons_beyond_60_min"):
            assert rows[column].sum() == figure(found, what, item, column), (what, item, column)
    levels = found.groups[(found.groups["what"] == "level") & (found.groups["item"] != "any")]
    anything = found.groups[(found.groups["what"] == "level") & (found.groups["item"] == "any")]
    assert levels["persons_nearest"].sum() == anything["persons_nearest"].sum() == 1350


def test_the_index_of_co_location(asked):
    """Two of the three services stand together in Town, the far hospital stands alone: all are in one county."""
    found = acute_levels(asked)
    areas = found.areas.set_index("area")
    assert areas.loc["North", "index_together"] == pytest.approx(2 / 3)
    assert areas.loc["North", "alone"] == 1
    assert areas.loc["", "facilities"] == 3
    assert areas.loc["", ["first_kind", "first_together"]].tolist() == [1, 1]
    beside = found.together.set_index("facility_id")["beside"]
    assert beside.to_dict() == {"h1": "station", "h2": "", "s1": "hospital"}


def test_a_level_without_a_facility_and_one_of_some_counties_only(asked):
    file = asked / "study.toml"
    text = file.read_text(encoding="utf-8")
    text = text.replace(
        'can = ["beds"]\n', 'can = ["beds"]\nwithout = ["h1"]\nonly = { county = ["South"] }\n'
    )
    file.write_text(text, encoding="utf-8")
    found = acute_levels(asked)
    assert math.isnan(figure(found, "level", "ward", "mean_min"))
    assert figure(found, "level", "ward", "persons_unreachable") == 1357
    assert set(found.places["facility_id"]) == {"s1"}


def test_closed_facilities_help_nobody(asked):
    found = acute_levels(asked, scenario="closed")
    assert "h1" not in set(found.places["facility_id"])
    assert figure(found, "level", "ward", "mean_min") == pytest.approx(mean(TO_FAR))


@pytest.mark.parametrize(
    ("old", "new", "said_of"),
    [
        ('area = "county"', 'area = "counties"', "did you mean 'county'"),
        ('can = ["beds"]', 'can = ["bed"]', "did you mean 'beds'"),
        ('kind = "hospital"\ncan', 'kind = "hospitals"\ncan', "unknown kind"),
        ('can = ["beds"]', 'without = ["h9"]', "unknown facility"),
    ],
)
def test_faults_of_the_section(asked, old, new, said_of):
    file = asked / "study.toml"
    text = file.read_text(encoding="utf-8")
    head, care = text.split("[care]")
    assert old in care
    file.write_text(f"{head}[care]{care.replace(old, new)}", encoding="utf-8")
    with pytest.raises(DataError, match=said_of):
        ga.load_study(asked)


def test_json_and_folder(asked):
    answered = said(["levels", asked, "--json", "-q", "--scenario", "base"])
    assert answered.code == 0
    assert {row["item"] for row in json.loads(answered.out)["region"]} == {
        "any",
        "first",
        "ward",
        "beds",
        "ride",
    }
    study = ga.load_study(asked)
    assert levels_answer(study, acute_levels(study)).facts["care"]["source"] == "invented"


def test_a_study_without_levels_says_so(fjord):
    with pytest.raises(DataError, match=r"\[care\]"):
        acute_levels(fjord)


def test_areas_that_are_facilities_are_told_by_their_names(asked):
    """A column of ids, such as the local hospital, reaches no reader as it stands."""
    file = asked / "municipalities.csv"
    file.write_text(
        file.read_text(encoding="utf-8")
        .replace("Town,North", "Town,h1")
        .replace("Far,North", "Far,h2")
        .replace("Island,South", "Island,h2"),
        encoding="utf-8",
    )
    found = acute_levels(asked)
    assert set(found.areas["area"]) - {""} == {"Town hospital", "Færøy hospital"}
    assert set(found.together["area"]) == {"Town hospital", "Færøy hospital"}
