"""Crews on call that rest after a call-out: a share of the nights around the clock, a scenario for hazards."""

from __future__ import annotations

import pytest

import geoaccess as ga
from geoaccess.cli.app import run
from geoaccess.ground.errors import DataError
from geoaccess.questions.access.around_the_clock import around_the_clock


@pytest.fixture
def on_call(fjord):
    """East leaves at 10:00 and at 20:00 and is called out at night; Færøy's hospital is gone."""
    (fjord / "departures.csv").write_text(
        "ferry_id,from_node,departure\nab,east,10:00\nab,east,20:00\nab,west,12:00\n", encoding="utf-8"
    )
    ferries = (fjord / "ferries.csv").read_text(encoding="utf-8")
    (fjord / "ferries.csv").write_text(ferries.replace("closed,,,test", "on_call,60,,test"), "utf-8")
    places = (fjord / "places.csv").read_text(encoding="utf-8")
    (fjord / "places.csv").write_text(places.replace("h2,Færøy hospital,hospital", "h2,F,other"), "utf-8")
    with (fjord / "study.toml").open("a", encoding="utf-8") as file:
        file.write('\n[kinds.other]\nlabel = "other"\n[scenarios.locked-out]\nlockout_share = 1.0\n')
        file.write('[network.ferries]\nmodel = "timetable"\nlockout_share = 0.5\n')
    return fjord


def east(study, scenario="base"):
    found = around_the_clock(study, scenarios=[scenario], draws=4)
    return found.points.set_index("demand_id").loc["d3"], found.notes


def by_hand(locked):
    """East to Town, minute by minute: on board five minutes before 10:00 and 20:00, an hour's call at night."""
    total = 0.0
    for minute in range(1440):
        at = minute + 0.5
        boats = [day * 1440 + clock for day in (0, 1) for clock in (600.0, 1200.0)]
        there = min(boat + 10 for boat in boats if boat - 5 >= at)
        if not locked and (at < 595.0 or at > 1195.0):
            there = min(there, at + 60 + 10)
        total += there + 60 - at
    return total / 1440


def test_half_of_the_nights_have_no_call_out(on_call):
    half, notes = east(on_call)
    locked, _ = east(on_call, "locked-out")
    assert locked["mean_min"] == pytest.approx(by_hand(locked=True), abs=0.6)
    right = (by_hand(locked=True) + by_hand(locked=False)) / 2
    assert half["mean_min"] == pytest.approx(right, abs=0.6)
    told = " ".join(notes)
    assert "50% of the nights" in told
    assert "West-East" in told


def test_at_one_time_of_day_a_scenario_closes_the_night(on_call):
    with (on_call / "study.toml").open("a", encoding="utf-8") as file:
        file.write('[scenarios.night]\ntime = "02:00"\n')
        file.write('[scenarios.night-locked]\ninherits = ["night", "locked-out"]\n')
    study = ga.load_study(on_call)
    called = ga.travel_times(study, to="hospital", scenario="night").loc["d3"].min()
    locked = ga.travel_times(study, to="hospital", scenario="night-locked").loc["d3"]
    assert called == pytest.approx(60 + 10 + 60)
    # Closed at night: the boat of 10:00 is waited for.
    assert locked.min() == pytest.approx(8 * 60 + 10 + 60)


def test_a_share_beyond_one_is_refused(on_call):
    text = (on_call / "study.toml").read_text(encoding="utf-8")
    (on_call / "study.toml").write_text(text.replace("lockout_share = 0.5", "lockout_share = 1.5"), "utf-8")
    with pytest.raises(DataError, match="lockout_share"):
        ga.load_study(on_call)
    assert run(["access", str(on_call), "--around-the-clock"]) == 3
