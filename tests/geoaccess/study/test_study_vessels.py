"""Boats without a car deck are no road, and a link shorter than the straight line is found."""

from __future__ import annotations

import json

import numpy as np
import pytest

import geoaccess as ga
from geoaccess.cli.app import run
from geoaccess.ground.errors import DataError
from geoaccess.study.check import check_study
from networks import route


def with_vessel(folder, vessel):
    """The fjord study whose ferry is of a kind of vessel; its scenarios are left as they are."""
    file = folder / "ferries.csv"
    header, row = file.read_text(encoding="utf-8").splitlines()
    file.write_text(f"{header},vessel\n{row},{vessel}\n", encoding="utf-8")
    return folder


def with_field(folder, table, row_id, column, value):
    file = folder / table
    lines = [line.split(",") for line in file.read_text(encoding="utf-8").splitlines()]
    place = lines[0].index(column)
    for line in lines[1:]:
        if line[0] == row_id:
            line[place] = value
    file.write_text("\n".join(",".join(line) for line in lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize("vessel", ["car_ferry", ""])
def test_a_car_ferry_is_a_way_for_cars(fjord, vessel):
    study = ga.load_study(with_vessel(fjord, vessel))
    assert study.network.overlays == ()
    assert route(study.network, "west", "east").travel_time_min == pytest.approx(10 + 10 + 5)


def test_a_passenger_boat_is_no_way_for_cars_and_the_network_says_so(fjord):
    plain = ga.travel_times(ga.load_study(fjord), to="hospital")
    study = ga.load_study(with_vessel(fjord, "passenger_boat"))
    assert not route(study.network, "west", "east").reachable
    assert study.network.overlays == ("no car deck, closed to vehicles: West-East",)
    closed = ga.travel_times(study, to="hospital")
    assert np.isnan(closed.loc["d2", "h2"])
    assert np.isnan(closed.loc["d3", "h1"])
    assert closed.loc["d1", "h1"] == plain.loc["d1", "h1"]
    notes = ga.accessibility(study, kinds=["hospital"]).notes
    assert "network: no car deck, closed to vehicles: West-East" in notes


@pytest.mark.parametrize("vessel", ["passenger_boat"])
def test_no_scenario_opens_a_passenger_boat_to_cars(fjord, vessel):
    text = (fjord / "study.toml").read_text(encoding="utf-8")
    more = '\n[scenarios.ssb]\nferry_model = "ssb"\n[scenarios.noon]\ntime = "12:00"\ndate = "07-10"\n'
    (fjord / "study.toml").write_text(text + more, encoding="utf-8")
    study = ga.load_study(with_vessel(fjord, vessel))
    for scenario in ("ssb", "noon", "slow", "no-ferry"):
        state = study.in_state(scenario=scenario)
        assert not route(state.network, "west", "east").reachable, scenario
        assert state.network.overlays[0] == "no car deck, closed to vehicles: West-East"


def test_a_boat_without_a_name_is_told_by_its_id(fjord):
    with_vessel(fjord, "passenger_boat")
    with_field(fjord, "ferries.csv", "ab", "name", "")
    assert ga.load_study(fjord).network.overlays == ("no car deck, closed to vehicles: ab",)


def test_an_unknown_vessel_is_refused_with_its_row(fjord):
    study = ga.load_study(with_vessel(fjord, "pasenger_boat"))
    with pytest.raises(DataError, match=r"ferries\.csv") as caught:
        study.network  # noqa: B018 - reading it is what fails
    (fault,) = caught.value.faults
    assert (fault.row, fault.column, fault.value) == ("2", "vessel", "pasenger_boat")
    assert "passenger_boat" in fault.message


def test_study_check_passes_lengths_that_can_be(fjord):
    faults = [str(fault) for fault in check_study(fjord).faults if "shorter" in str(fault)]
    assert faults == []


@pytest.mark.parametrize(
    ("table", "row_id", "length", "straight"),
    [("ferries.csv", "ab", "5.4", "5.6"), ("roads.csv", "ef", "27", "27.8")],
)
def test_study_check_flags_what_is_shorter_than_the_straight_line(fjord, table, row_id, length, straight):
    with_field(fjord, table, row_id, "length_km", length)
    found = [
        fault for fault in check_study(fjord).faults if "shorter than the straight line" in fault.message
    ]
    assert len(found) == 1
    assert (found[0].where, found[0].column, found[0].value) == (table, "length_km", length)
    assert f"the straight line of {straight} km" in found[0].message


def test_an_explanation_does_not_excuse_a_road_shorter_than_the_straight_line(fjord):
    with_field(fjord, "roads.csv", "ef", "length_km", "20")
    with_field(fjord, "roads.csv", "ef", "explanation", "a tunnel")
    assert any("shorter than the straight line" in fault.message for fault in check_study(fjord).faults)


def test_the_command_line_fails_on_a_short_ferry(fjord, capsys):
    with_field(fjord, "ferries.csv", "ab", "length_km", "2")
    assert run(["study", "check", str(fjord), "--json"]) == 3
    told = json.loads(capsys.readouterr().out)
    assert any("shorter than the straight line" in fault["message"] for fault in told["faults"])
