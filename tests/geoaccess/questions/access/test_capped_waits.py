"""A ferry that sails once a day waits for hours: where the model cuts the wait, the result says so."""

from __future__ import annotations

import json

import pytest

import geoaccess as ga
from geoaccess.answers.capped_waits import capped_wait_notes
from geoaccess.cli.app import run
from networks import DayDepartures, FerryConditions, FerryService
from networks.ferries import capped_services


def with_headway(folder, minutes):
    path = folder / "ferries.csv"
    path.write_text(
        path.read_text(encoding="utf-8").replace(",20,,06:00", f",{minutes},,06:00"), encoding="utf-8"
    )
    return ga.load_study(folder)


@pytest.mark.parametrize(("headway", "longer"), [(20, None), (120, None), (124, 2), (1020, 450)])
def test_who_crosses_a_rare_ferry_is_counted(fjord, headway, longer):
    """The station is in Town: East (50 people) and Færøy (200) cross, Town and West do not."""
    notes = capped_wait_notes(with_headway(fjord, headway), ["station"])
    if longer is None:
        assert notes == []
    else:
        (note,) = notes
        assert note.startswith("station: 250 persons cross a ferry that sails so rarely")
        assert "cut to 60 min" in note
        assert f"up to {longer} min longer: West-East" in note


def test_nobody_is_counted_whose_service_is_on_their_side(fjord):
    assert capped_wait_notes(with_headway(fjord, 1020), ["hospital"]) == []


def test_a_ferry_that_is_out_flatters_nobody(fjord):
    assert capped_wait_notes(with_headway(fjord, 1020).in_state(scenario="no-ferry"), ["station"]) == []


def test_the_json_says_it_and_a_report_says_it_in_bokmal(fjord, capsys):
    with_headway(fjord, 1020)
    run(["access", str(fjord), "--to", "station", "--json"])
    told = json.loads(capsys.readouterr().out)
    (note,) = (one for one in told["notes"] if "sails so rarely" in one)
    assert "250 persons" in note
    (coded,) = (one for one in told["note_codes"] if one["text"] == note)
    assert (coded["code"], coded["fields"]["people"]) == ("note.capped", 250.0)
    assert coded["fields"]["names"] == ["West-East"]
    run(["--lang", "nb", "access", str(fjord), "--to", "station"])
    assert "250 personer krysser en ferge som går så sjelden" in capsys.readouterr().err


def service(**figures):
    return FerryService("f", "f", 20, 8, **figures)


@pytest.mark.parametrize(
    ("one", "conditions", "cut"),
    [
        (service(headway_min=120), FerryConditions(), False),
        (service(headway_min=121), FerryConditions(), True),
        (service(headway_min=1020), FerryConditions(model="ssb"), False),
        (service(), FerryConditions(), False),
        (service(), FerryConditions(default_headway_min=300), True),
        (service(departures_min=(("forward", (600.0,)),)), FerryConditions(model="timetable"), True),
        (service(departures_min=(("forward", (600.0, 660.0)),)), FerryConditions(model="timetable"), False),
        (service(departures_min=(("forward", (600.0, 900.0)),)), FerryConditions(model="timetable"), True),
        (
            service(
                departures_by_day=(
                    DayDepartures("forward", (0,), (600.0,)),
                    DayDepartures("backward", (0,), (600.0,)),
                )
            ),
            FerryConditions(model="timetable", time_min=590, weekday=0),
            False,
        ),
        (service(headway_min=1020, night="closed"), FerryConditions(time_min=120), False),
    ],
)
def test_which_waits_are_cut(one, conditions, cut):
    assert bool(capped_services([one], conditions)) is cut
