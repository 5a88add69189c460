"""Clocks, hazards, years and sensitivity on a whole study: the fjord, by hand."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from pydantic import TypeAdapter

import geoaccess as ga
from geoaccess.demand.sections import ProjectionSection
from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.minutes import minutes, nearest_minutes
from geoaccess.questions.clocks import Clock
from geoaccess.questions.clocks.answer import run_clocks
from geoaccess.questions.reliability import Hazard
from geoaccess.questions.reliability.answer import study_in_state, study_reliability
from geoaccess.questions.sensitivity import sensitivity
from geoaccess.questions.sensitivity.answer import AccessUnder
from geoaccess.study.parameter_sections import ParameterRange

#: Boarding 5 min, half the headway of 20, crossing 10.
FERRY = 25.0
CLOCKS = TypeAdapter(dict[str, Clock]).validate_python(
    {
        "chain": {
            "title": "From the call to the hospital",
            "parts": ["mobilise", "travel", "transport"],
            "mobilise": {"table": "mobilise.csv", "source": "test"},
            "travel": {"kinds": ["station"]},
            "transport": {"kinds": ["hospital"]},
            "threshold": {"minutes": 90, "urban_minutes": 30, "source": "test", "year": 2026},
        }
    }
)
HAZARDS = {
    "ferry": Hazard(title="the ferry is out", scenario="no-ferry", regularity=0.75, source="test"),
    "slow": Hazard(title="storm", scenario="slow", probability=0.5, source="test"),
}


@pytest.fixture
def study(fjord):
    (fjord / "mobilise.csv").write_text("place,hour,minutes\nstation,,2\nstation,3,12\n", encoding="utf-8")
    return ga.load_study(fjord)


# --- clocks -----------------------------------------------------------------------------------------------


def test_the_chain_of_care_over_the_fjord(study):
    table = run_clocks(study, CLOCKS)["chain"].table.set_index("demand_id")
    # d2 West: the station is 60 min off in Town; then the ferry to Færøy (25 + 30) beats 60 back to Town.
    row = table.loc["d2"]
    assert row[["mobilise_min", "travel_min", "transport_min"]].tolist() == pytest.approx([2, 60, FERRY + 30])
    assert row["hospital_id"] == "h2"
    assert row["threshold_min"] == 30
    assert not row["in_time"]
    assert row["binding"] == "travel"
    # d4 Færøy: the crew comes all the way, the hospital is at home.
    assert table.loc["d4", "travel_min"] == pytest.approx(60 + FERRY + 30 + 2)
    assert table.loc["d4", "transport_min"] == pytest.approx(2)
    assert math.isnan(table.loc["d5", "total_min"])


def test_the_hour_of_a_scenario_is_the_hour_of_the_tables(study, fjord):
    text = (fjord / "study.toml").read_text(encoding="utf-8")
    (fjord / "study.toml").write_text(text + '\n[scenarios.night]\ntime = "03:30"\n', encoding="utf-8")
    night = run_clocks(ga.load_study(fjord), CLOCKS, scenario="night")["chain"].table
    assert night["mobilise_min"].tolist()[0] == 12
    assert run_clocks(study, CLOCKS, hour=3)["chain"].table["mobilise_min"].tolist()[0] == 12
    assert math.isnan(night.set_index("demand_id").loc["d3", "total_min"])  # no ferry at night


def test_faults_of_clocks_on_a_study_are_listed(study, fjord):
    wrong = {"chain": CLOCKS["chain"].model_copy(update={"best_of": ("nothing",)})}
    (fjord / "mobilise.csv").write_text("place,minutes\nstation,-2\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        run_clocks(study, wrong)
    assert len(caught.value.faults) == 2
    with pytest.raises(UnknownNameError, match="did you mean 'chain'"):
        run_clocks(study, CLOCKS, only=["chan"])


def test_legs_follow_their_direction_and_closed_kinds_reach_nobody(study):
    there, back = (
        minutes(study, "station", direction="from_site"),
        minutes(study, "station"),
    )
    assert there.columns.tolist() == ["s1"]
    np.testing.assert_allclose(there, back)  # the fjord has no one-way road
    with pytest.raises(UnknownNameError):
        minutes(study, "kit")


# --- hazards ----------------------------------------------------------------------------------------------


def hospital_minutes(state):
    return nearest_minutes(state, "hospital")


def test_hazards_join_their_scenarios(study):
    both = study_in_state(study, HAZARDS, frozenset({"ferry", "slow"}))
    times = ga.travel_times(both, to="hospital")
    assert times.loc["d2", "h1"] == pytest.approx(120)
    assert times.loc["d2"].isna().tolist() == [False, True]
    assert study_in_state(study, HAZARDS, frozenset()) is study
    slow_anyway = study_in_state(study, HAZARDS, frozenset({"ferry"}), scenario="slow")
    assert ga.travel_times(slow_anyway, to="hospital").loc["d2", "h1"] == pytest.approx(120)


def test_reliability_of_a_study_by_hand(study):
    found = study_reliability(study, HAZARDS, hospital_minutes, threshold_min=60)
    table = found.table.set_index("demand_id")
    # d2: base 55 over the ferry; ferry out 60; slow 85 over the ferry (25 + 60); both 120.
    assert table.loc["d2", "base_min"] == pytest.approx(55)
    expected = 0.375 * 55 + 0.125 * 60 + 0.375 * 85 + 0.125 * 120
    assert table.loc["d2", "expected_min"] == pytest.approx(expected)
    assert table.loc["d2", "probability_within"] == pytest.approx(0.5)
    assert table.loc["d2", "p90_min"] == pytest.approx(120)
    assert table.loc["d5", "probability_reached"] == 0
    assert found.method == "enumeration"


def test_reliability_of_a_clock(study):
    found = study_reliability(
        study,
        {"ferry": HAZARDS["ferry"]},
        lambda state: run_clocks(state, CLOCKS)["chain"].total_min,
        threshold_min=120,
        weight="old",
    )
    table = found.table.set_index("demand_id")
    assert table.loc["d2", "expected_min"] == pytest.approx(
        0.75 * (2 + 60 + FERRY + 30) + 0.25 * (2 + 60 + 60)
    )
    assert table.loc["d4", "probability_reached"] == pytest.approx(0.75)


def test_all_facilities_closed_is_nobody_reached(study, fjord):
    text = (fjord / "study.toml").read_text(encoding="utf-8")
    (fjord / "study.toml").write_text(
        text + '\n[scenarios.none]\nfacilities_closed = ["h1", "h2"]\n', encoding="utf-8"
    )
    hazards = {"strike": Hazard(title="strike", scenario="none", probability=0.1, source="test")}
    found = study_reliability(ga.load_study(fjord), hazards, hospital_minutes, threshold_min=60)
    assert found.table["probability_reached"].tolist() == pytest.approx([0.9, 0.9, 0.9, 0.9, 0])


def test_hazards_without_a_scenario_are_listed(study):
    wrong = {
        "a": Hazard(title="x", scenario="no-fery", probability=0.1, source="t"),
        "b": Hazard(title="x", probability=0.1, source="t"),
    }
    with pytest.raises(DataError) as caught:
        study_reliability(study, wrong, hospital_minutes, threshold_min=60)
    assert "did you mean 'no-ferry'" in str(caught.value)
    assert "names no scenario" in str(caught.value)


# --- years ------------------------------------------------------------------------------------------------

PROJECTION = """region;alder;2026;2035
0101 Town;0-79;980;1000
0101 Town;80+;120;200
0202 Far;0-79;190;180
0202 Far;80+;60;90
0303 Island;0-79;0;0
0303 Island;80+;7;7
"""


def test_a_study_in_another_year(study, fjord):
    (fjord / "projection.csv").write_text(PROJECTION, encoding="utf-8")
    section = ProjectionSection(table="projection.csv", source="test", ages={"people": "0+", "old": "80+"})
    grown = study.config.demand.model_copy(update={"projection": section})
    projected = replace(study, config=study.config.model_copy(update={"demand": grown}))
    later = projected.in_state(year=2035)
    # Town grows from 1100 to 1200 people; Town and West keep their shares of 10 to 1.
    assert later.demand["people"].tolist() == pytest.approx([1200 / 11 * 10, 1200 / 11, 54, 216, 7])
    assert later.demand["old"].tolist() == pytest.approx([200 * 100 / 120, 200 * 20 / 120, 15, 75, 7])
    assert later.municipalities["people_total"].tolist() == [1200, 270, 7]
    assert later.config.study.year == 2035
    assert later.network is projected.network
    rows = ga.accessibility(later).rows.set_index("municipality")
    assert rows.loc["Town", "persons"] == pytest.approx(1200)
    assert any("demand of 2035" in note for note in later.notes)
    assert projected.in_state(year=2026) is projected
    with pytest.raises(DataError, match="no figures for 2040; there are 2026, 2035"):
        projected.in_state(year=2040)
    with pytest.raises(DataError, match="none is invented"):
        study.in_state(year=2040)


# --- sensitivity ------------------------------------------------------------------------------------------


def test_parameters_change_the_study_and_not_the_base(study):
    faster = study.in_state(parameters={"network.ferries.boarding_min": 0.0})
    assert ga.travel_times(faster, to="hospital").loc["d3", "h1"] == pytest.approx(60 + FERRY - 5)
    slower = study.in_state(scenario="no-ferry", parameters={"speed_factor.european": 0.5})
    times = ga.travel_times(slower, to="hospital")
    assert times.loc["d2", "h1"] == pytest.approx(120)
    assert math.isnan(times.loc["d2", "h2"])
    assert ga.travel_times(study, to="hospital").loc["d2", "h1"] == pytest.approx(60)
    stricter = study.in_state(parameters={"kinds.hospital.thresholds_min.0": 10.0})
    assert stricter.kind("hospital").thresholds_min == (10.0, 60.0)


def test_parameters_that_do_not_exist_are_listed(study):
    with pytest.raises(DataError) as caught:
        study.in_state(parameters={"network.ferries.boarding": 1, "kinds.hospital.label": 2, "demand.x.y": 3})
    assert len(caught.value.faults) == 3
    assert "did you mean 'boarding_min'" in str(caught.value)
    with pytest.raises(DataError, match="greater than or equal to 0"):
        study.in_state(parameters={"network.ferries.boarding_min": -1})


def test_which_conclusions_stay_on_the_fjord(study):
    ranges = {
        "network.ferries.boarding_min": ParameterRange(low=0, base=5, high=30),
        "speed_factor.*": ParameterRange(low=0.5, base=1, high=1.1),
    }
    found = sensitivity(AccessUnder(study, "hospital"), ranges, samples=6, seed=1)
    rows = found.conclusions.set_index("conclusion")
    # Nobody reaches the island whatever the speed; Town and Far stay apart.
    assert rows.loc["worst", "base"] == "Island"
    assert rows.loc["worst", "stays"]
    assert rows.loc["mean_min", "changed_by"] == "network.ferries.boarding_min, speed_factor.*"
    assert len(found.runs) == 1 + 4 + 6


# --- imports ----------------------------------------------------------------------------------------------


def test_sections_of_the_study_file_load_without_rasters_and_statistics():
    code = (
        "import sys, geoaccess.study.clock_sections, geoaccess.demand.sections, geoaccess.study.hazard_sections, "
        "geoaccess.questions.sensitivity; print([name for name in ('rasterio', 'geopandas', 'scipy.stats', 'folium') "
        "if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
