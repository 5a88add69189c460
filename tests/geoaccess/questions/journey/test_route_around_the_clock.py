"""A journey at every moment of leaving: the last way of the day and the first one again, by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest

import geoaccess as ga
from geoaccess.answers.answer import load_answer
from geoaccess.cli.app import run
from geoaccess.questions.journey.around_the_clock import day_of_journey
from geoaccess.questions.registry import document, report_document
from geoaccess.words.words import Words

# West - Færøy: the ferry sails every 20 minutes from 06:00 to 22:00, 5 min to board, 10 across, then 30 by road.


def test_the_last_way_and_the_first_again(fjord):
    study = ga.load_study(fjord)
    found = day_of_journey(study.network, "West", "Færøy", study=study)
    assert found.basis == "frequency"
    assert not found.night_unknown
    assert found.figures["best_min"] == pytest.approx(45.0)
    assert found.figures["worst_min"] == pytest.approx(45.0 + 8 * 60.0)
    assert found.last_way == pytest.approx(22 * 60.0 - 5.0)
    assert found.first_again == pytest.approx(1440.0 + 6 * 60.0 - 5.0)
    # Uniform over the day: 16 hours with a mean wait of 10 minutes, 8 hours with one of 4 hours.
    assert found.figures["mean_min"] == pytest.approx(45.0 + (16 * 10 + 8 * 240) / 24)
    assert found.ways.empty


def test_a_road_is_the_same_at_every_moment(fjord):
    study = ga.load_study(fjord)
    found = day_of_journey(study.network, "Town", "West", study=study)
    assert found.basis == "road"
    assert found.last_way is None
    assert found.figures["best_min"] == found.figures["worst_min"] == pytest.approx(60.0)


def test_a_single_journey_waits_for_as_long_as_it_takes(fjord, capsys):
    """A boat twice a day waits half of twelve hours, not the hour that the tables allow."""
    text = (fjord / "ferries.csv").read_text(encoding="utf-8")
    (fjord / "ferries.csv").write_text(text.replace(",20,,06:00", ",720,,06:00"), encoding="utf-8")
    assert run(["route", str(fjord), "West", "Færøy", "--leave", "12:00", "--json", "-q"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["travel_time_min"] == pytest.approx(360.0 + 45.0)
    assert told["one_clock_min"] == pytest.approx(60.0 + 45.0)


def test_the_command_in_both_languages(fjord, capsys):
    asked = ["route", str(fjord), "West", "Færøy", "--around-the-clock"]
    assert run(asked) == 0
    assert "leave by 21:55; first again 05:55 (+1 day)" in capsys.readouterr().out
    assert run(["--lang", "nb", *asked]) == 0
    assert "dra senest 21:55" in capsys.readouterr().out
    assert run([*asked, "--json", "-q"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert np.isclose(told["best_min"], 45.0)
    assert told["last_way"] == "21:55"
    assert run([*asked, "--leave", "12:00"]) == 2
    assert run(["route", str(fjord), "West", "Færøy", "--week-of", "2026-03-02"]) == 2


@pytest.mark.parametrize(("headway", "half"), [(120, None), (720, 360)])
def test_a_wait_that_the_longest_one_cuts_is_told(fjord, capsys, headway, half):
    path = fjord / "ferries.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(",20,,06:00", f",{headway},,06:00"), encoding="utf-8")
    asked = ["route", str(fjord), "West", "Færøy"]
    assert run(asked) == 0
    said = capsys.readouterr().err
    if half is None:
        assert "is cut to" not in said
        return
    assert f"cut to 60 min here; half the time between its departures is {half} min" in said
    assert run(["--lang", "nb", *asked]) == 0
    assert f"kuttet til 60 min; halve tiden mellom avgangene er {half} min" in capsys.readouterr().err
    assert run([*asked, "--json", "-q"]) == 0
    assert any("is cut to 60 min" in note for note in json.loads(capsys.readouterr().out)["notes"])
    assert run([*asked, "--leave", "12:00"]) == 0  # with the clock running nothing is cut
    assert "is cut to" not in capsys.readouterr().err


@pytest.mark.parametrize("time", ["24:00", "25:00", "23:60", "12", "-1:00"])
def test_only_times_of_a_day_are_taken(fjord, capsys, time):
    assert run(["route", str(fjord), "West", "Færøy", f"--leave={time}"]) == 2
    assert "00:00 to 23:59" in capsys.readouterr().err


def test_a_later_day_is_said_in_bokmal(fjord, capsys):
    assert run(["--lang", "nb", "route", str(fjord), "West", "Færøy", "--leave", "23:00"]) == 0
    timed = capsys.readouterr()
    assert run(["--lang", "nb", "route", str(fjord), "West", "Færøy", "--around-the-clock"]) == 0
    day = capsys.readouterr()
    for said in (timed.out, day.out):
        assert "neste dag" in said
        assert "+1 day" not in said


def test_a_folder_with_its_map_and_report(fjord, tmp_path):
    """Where the ferry sails at stated times the ways of the day are in it; at night the legs are those of day."""
    (fjord / "departures.csv").write_text("ferry_id,from_node,departure\nab,west,10:00\nab,east,18:00\n")
    with (fjord / "study.toml").open("a", encoding="utf-8") as file:
        file.write('\n[network.ferries]\nmodel = "timetable"\n')
    folder = tmp_path / "run"
    assert run(["route", str(fjord), "West", "Færøy", "--around-the-clock", "-o", str(folder), "-q"]) == 0
    answer = load_answer(folder)
    (way,) = answer.tables["route_day_ways"].to_dict("records")
    assert (way["leave_by"], way["arrive"], way["minutes"]) == ("09:55", "10:40", 45)
    assert answer.facts["around_the_clock"]["p50_min"] == pytest.approx(45 + 720)
    for language, told in (("en", "nine in ten moments, at most"), ("nb", "ni av ti tidspunkter, høyst")):
        report = report_document(answer, Words(language))
        assert told in str(report)
        assert any(table.key == "ways" for table in report.tables)
    labels = [one.label for one in document(answer, language="nb").headline]
    assert labels[-1] == "Ni av ti tidspunkter, høyst"


@pytest.mark.parametrize("asked", [(), ("--week-of", "2026-03-02"), ("--weekday", "thu")])
def test_a_ferry_of_one_weekday_has_its_legs_drawn(fjord, tmp_path, asked):
    """The tables' moment has no weekday, so no departure: the legs are those of Thursday, when there is one."""
    (fjord / "departures.csv").write_text(
        "ferry_id,from_node,departure,weekdays\nab,west,10:00,thu\nab,east,18:00,thu\n"
    )
    with (fjord / "study.toml").open("a", encoding="utf-8") as file:
        file.write('\n[network.ferries]\nmodel = "timetable"\n[scenarios.noon]\ntime = "12:00"\n')
    folder = tmp_path / "run"
    journey = ["route", str(fjord), "West", "Færøy", "--scenario", "noon", "--around-the-clock", *asked]
    assert run([*journey, "-o", str(folder), "-q"]) == 0
    answer = load_answer(folder)
    # Leave at 09:55, board for five minutes, ten across, thirty by road.
    assert answer.facts["around_the_clock"]["best_min"] == pytest.approx(45.0)
    assert answer.facts["route"]["travel_time_min"] == pytest.approx(45.0)
    assert answer.tables["legs"]["kind"].tolist() == ["ferry", "road"]
    assert any("the legs shown are those of" in note for note in answer.facts["notes"])
