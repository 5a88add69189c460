"""Burden: hours and kilometres there and back, sums that reconcile, and nobody counted who is not known."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

import geoaccess as ga
from geoaccess.ground.errors import DataError, GeoaccessError, UnknownNameError
from geoaccess.questions.burden.answer import SUMMED, burden, burden_answer
from networks import travel_time_matrix
from tests.said import said

JOURNEYS = """
[journeys.treatment]
title = "Treatment"
kind = "hospital"
journeys_each = 10
travellers = { people = 0.1 }
escorts = 0.5
source = "invented"

[journeys.weekly]
title = "Weekly"
kind = "hospital"
journeys_each = 52
source = "invented"

[journey_rates]
per_km = 3
per_hour = 200
co2_kg_per_km = 0.1
source = "invented"
"""


def with_journeys(folder, text=JOURNEYS):
    file = folder / "study.toml"
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")
    return folder


def test_a_year_of_journeys_is_the_way_there_and_back_times_who_travels_how_often(fjord):
    study = ga.load_study(with_journeys(fjord))
    found = burden(study)
    points = found.points[found.points["journey"] == "treatment"].set_index("demand_id")
    sites = study.facilities_of("hospital")
    there = travel_time_matrix(study.network, study.demand_points, study.on_network(sites))
    back = travel_time_matrix(study.network, study.on_network(sites), study.demand_points)
    for row, demand_id in enumerate(study.demand["demand_id"]):
        told = points.loc[demand_id]
        people = float(study.demand["people"].iloc[row])
        if np.isnan(there[row]).all():
            assert math.isnan(told["hours"])
            assert told["facility_id"] == ""
            continue
        nearest = int(np.nanargmin(there[row]))
        minutes = there[row, nearest] + back[nearest, row]
        assert told["facility_id"] == sites["facility_id"].iloc[nearest]
        assert told["hours"] == pytest.approx(people * 0.1 * 10 * minutes / 60)
        assert told["hours_each"] == pytest.approx(10 * minutes / 60)
        assert told["escort_hours"] == pytest.approx(told["hours"] * 0.5)
        assert told["cost"] == pytest.approx(
            3 * told["km"] * 1.5 + 200 * (told["hours"] + told["escort_hours"])
        )
        assert told["co2_kg"] == pytest.approx(0.1 * told["km"])


def test_groups_sum_to_the_region_and_the_region_to_its_places(fjord):
    found = burden(with_journeys(fjord))
    rows = found.groups[found.groups["journey"] == "treatment"]
    points = found.points[found.points["journey"] == "treatment"]
    for name in (*SUMMED, "cost", "co2_kg"):
        assert rows[name].sum() == pytest.approx(found.region["treatment"][name])
        assert np.nansum(points[name]) == pytest.approx(found.region["treatment"][name])
    lost = points.loc[points["hours_each"].isna(), "travellers"].sum()
    assert found.region["treatment"]["travellers_unreached"] == pytest.approx(lost)


def test_who_travels_is_not_known_and_nobody_is_counted(fjord):
    found = burden(with_journeys(fjord), ["weekly"])
    region = found.region["weekly"]
    assert math.isnan(region["journeys"])
    assert math.isnan(region["cost"])
    assert region["hours_each"] > 0
    assert any("how many travel is not known" in note for note in found.notes)


def test_a_journey_twice_as_often_is_twice_the_burden(fjord):
    twice = JOURNEYS.replace("journeys_each = 10", "journeys_each = 20")
    study = ga.load_study(with_journeys(fjord))
    once = burden(study, ["treatment"]).region["treatment"]
    file = fjord / "study.toml"
    file.write_text(file.read_text(encoding="utf-8").replace(JOURNEYS, twice), encoding="utf-8")
    again = burden(fjord, ["treatment"]).region["treatment"]
    for name in (*SUMMED, "cost", "hours_each", "km_each"):
        assert again[name] == pytest.approx(2 * once[name])


def test_all_facilities_closed_reaches_nobody(fjord):
    ids = ga.load_study(fjord).facilities_of("hospital")["facility_id"].tolist()
    closed = f"{JOURNEYS}\n[scenarios.shut]\nfacilities_closed = {json.dumps(ids)}\n"
    study = ga.load_study(with_journeys(fjord, closed))
    found = burden(study, ["treatment"], scenario="shut")
    assert found.points["hours_each"].isna().all()
    assert found.region["treatment"]["hours"] == 0
    assert math.isnan(found.region["treatment"]["hours_each"])


def test_faults_of_journeys_are_told_with_the_study(fjord):
    wrong = JOURNEYS.replace('kind = "hospital"', 'kind = "hospitl"', 1).replace(
        "{ people = 0.1 }", "{ peple = 0.1 }"
    )
    with pytest.raises(DataError) as caught:
        ga.load_study(with_journeys(fjord, wrong))
    assert "hospitl" in str(caught.value)
    assert "peple" in str(caught.value)


def test_a_study_without_journeys_and_a_journey_that_is_none(fjord):
    with pytest.raises(GeoaccessError, match="no journeys"):
        burden(fjord)
    with pytest.raises(UnknownNameError, match="treatment"):
        burden(with_journeys(fjord), ["treatmnt"])


def test_the_command_says_it_and_keeps_it(fjord, tmp_path):
    with_journeys(fjord)
    told = said(["burden", fjord, "--json", "-q", "-o", tmp_path / "run"])
    assert told.code == 0
    out = json.loads(told.out)
    assert set(out["region"]) == {"treatment", "weekly"}
    assert (tmp_path / "run" / "burden.csv").exists()
    drawn = said(["map", tmp_path / "run", "-o", tmp_path / "nb.html", "--lang", "nb"])
    assert drawn.code == 0
    assert "Timer i året" in (tmp_path / "nb.html").read_text(encoding="utf-8")
    answer = burden_answer(ga.load_study(fjord), burden(fjord))
    assert {column.meaning["nb"] for column in answer.columns("burden")} != {""}
