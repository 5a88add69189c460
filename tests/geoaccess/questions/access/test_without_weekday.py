"""Departures that differ by weekday, and nobody who says which day it is: never all of them as one day's."""

from __future__ import annotations

import json

import numpy as np
import pytest

import geoaccess as ga
from geoaccess.answers.study_notes import study_notes
from geoaccess.cli.app import run
from geoaccess.minutes import minutes
from geoaccess.minutes.drives_over_day import day_minutes
from geoaccess.questions.access.around_the_clock import around_the_clock
from geoaccess.questions.losses.around_the_clock import losses_around_the_clock
from networks import DayDepartures, FerryConditions, FerryService
from networks.boardings import differing_by_weekday

DAY = 1440.0
#: From East: at noon on six days, on Fridays at 08:00 and 16:00 instead; five minutes before, across in ten.
WEEK = [720.0 + DAY * day for day in (0, 1, 2, 3, 5, 6)] + [480.0 + 4 * DAY, 960.0 + 4 * DAY]


@pytest.fixture
def friday_boats(fjord):
    places = (fjord / "places.csv").read_text(encoding="utf-8")
    (fjord / "places.csv").write_text(places.replace("h2,Færøy hospital,hospital", "h2,F,other"), "utf-8")
    rows = ["ferry_id,from_node,departure,weekdays", "ab,west,09:00,"]
    rows += ["ab,east,12:00,mon-thu", "ab,east,12:00,sat-sun", "ab,east,08:00,fri", "ab,east,16:00,fri"]
    (fjord / "departures.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    with (fjord / "study.toml").open("a", encoding="utf-8") as file:
        file.write('\n[network.ferries]\nmodel = "timetable"\n[kinds.other]\nlabel = "other"\n')
        file.write('[scenarios.friday]\nweekday = "fri"\n[scenarios.monday]\nweekday = "mon"\n')
    return fjord


def mean_wait(boards: list[float], period: float) -> float:
    """Mean wait of somebody who comes at a random moment: half the squares of the gaps."""
    gaps = np.diff([*sorted(boards), min(boards) + period])
    return float((gaps**2).sum() / 2 / period)


def codes(notes):
    return [getattr(note, "code", "") for note in notes]


def test_around_the_clock_every_weekday_counts_alike(friday_boats):
    found = around_the_clock(friday_boats, kinds=["hospital"], draws=2)
    east = found.points.set_index("demand_id").loc["d3"]
    assert east["mean_min"] == pytest.approx(mean_wait(WEEK, 7 * DAY) + 5 + 10 + 60)
    assert east["best_min"] == pytest.approx(5 + 10 + 60)
    assert east["worst_min"] == pytest.approx(DAY + 75)  # from noon to noon
    assert found.period_days == 7
    assert "note.clock_every_weekday" in codes(found.notes)


def test_a_weekday_that_is_named_is_the_day(friday_boats):
    found = around_the_clock(friday_boats, kinds=["hospital"], scenarios=["monday"], draws=2)
    east = found.points.set_index("demand_id").loc["d3"]
    assert found.period_days == 1
    assert "note.clock_every_weekday" not in codes(found.notes)
    assert east["mean_min"] == pytest.approx(mean_wait([720.0], DAY) + 75)


def test_placements_and_losses_leave_on_the_same_days(friday_boats):
    study = ga.load_study(friday_boats).in_state()
    mean = day_minutes(study, study.facilities_of("hospital"), "mean")
    assert mean[2, 0] == pytest.approx(mean_wait(WEEK, 7 * DAY) + 75)
    lost = losses_around_the_clock(friday_boats, of=["ferries"], kinds=["hospital"], draws=2)
    assert lost.period_days == 7
    assert "note.clock_every_weekday" in codes(lost.notes)


def test_at_one_clock_time_the_weekday_with_the_fewest_counts(friday_boats):
    """At 07:00 one waits for the noon boat of six days, not for the one of Fridays at 08:00."""
    with (friday_boats / "study.toml").open("a", encoding="utf-8") as file:
        file.write('[scenarios.seven]\ntime = "07:00"\n[scenarios.friday-seven]\ninherits = ["friday"]\n')
        file.write('time = "07:00"\n')
    for scenario, told, wait in (("seven", True, 300.0), ("friday-seven", False, 60.0)):
        state = ga.load_study(friday_boats).in_state(scenario=scenario)
        assert minutes(state, "hospital").loc["d3", "h1"] == pytest.approx(wait + 70)
        assert ("note.fewest_departures" in codes(study_notes(state, ["hospital"]))) == told


@pytest.mark.parametrize(
    ("asked", "arrives"),
    [([], "13:10"), (["--weekday", "fri"], "17:10"), (["--scenario", "friday"], "17:10")],
)
def test_a_journey_leaves_on_the_day_of_its_scenario(friday_boats, capsys, asked, arrives):
    told = ["route", str(friday_boats), "East", "Town", "--leave", "09:00", *asked, "--json", "-q"]
    assert run(told) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["arrives"] == arrives
    assert any("weekday" in note for note in answer["notes"]) == (not asked)


def test_which_ferries_differ():
    alike = FerryService("a", "a", 10, 5, departures_min=(("forward", (480.0,)),))
    split = (DayDepartures("forward", (0, 1, 2), (480.0,)), DayDepartures("forward", (3, 4, 5, 6), (480.0,)))
    same = FerryService("b", "b", 10, 5, departures_by_day=split)
    other = FerryService("c", "c", 10, 5, departures_by_day=(split[0],))
    workdays = FerryService("d", "d", 10, 5, headway_min=60, weekdays=(0, 1, 2, 3, 4))
    hours = FerryService(
        "e", "e", 10, 5, headway_min=60, opening_hours=("Mo-Fr 06:00-22:00; Sa,Su 10:00-18:00",)
    )
    timetable = FerryConditions(model="timetable")
    services = (alike, same, other, workdays, hours)
    assert [one.name for one in differing_by_weekday(services, timetable)] == ["c", "d", "e"]
    # By headways departures are not looked at.
    assert [one.name for one in differing_by_weekday(services, FerryConditions())] == ["d", "e"]
    assert other.departures("forward", None) == (480.0,)
    fewer = FerryService(
        "f",
        "f",
        10,
        5,
        departures_by_day=(
            DayDepartures("forward", (0,), (480.0, 500.0)),
            DayDepartures("forward", (5,), (600.0,)),
        ),
    )
    assert fewer.departures("forward", None) == (600.0,)
