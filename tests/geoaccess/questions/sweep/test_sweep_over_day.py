"""Sweeps over the day: a boat once a day by hand, the nearest first and the figure last, and going on."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from geoaccess.answers.answer import load_answer
from geoaccess.cli.app import run

DAY = 1440.0


@pytest.fixture
def daily(fjord):
    """East leaves at 10:00, once a day; Færøy's hospital is closed in one of the states."""
    (fjord / "departures.csv").write_text(
        "ferry_id,from_node,departure\nab,east,10:00\nab,west,18:00\n", encoding="utf-8"
    )
    with (fjord / "study.toml").open("a", encoding="utf-8") as file:
        file.write(
            '\n[network.ferries]\nmodel = "timetable"\n[scenarios.far-closed]\nfacilities_closed = ["h2"]\n'
        )
    return fjord


def swept(study, home, *options):
    asked = ["sweep", str(study), "--scenario", "base", "--scenario", "far-closed", "-o", str(home)]
    return run([*asked, *options])


@pytest.mark.parametrize(("times", "share"), [("mean", 0.5), ("p90", 0.9)])
def test_a_boat_once_a_day(daily, tmp_path, capsys, times, share):
    home = tmp_path / "swept"
    assert swept(daily, home, "--times", f"around-the-clock-{times}", "--json", "-q") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["states"] == 2
    closed = pd.read_parquet(
        home / "source=fjord" / "scenario=far-closed" / "part.parquet", partitioning=None
    )
    closed = closed.set_index("from_id")
    right = share * DAY + 5 + 10 + 60
    assert closed.loc["d3", "travel_time_min"] == pytest.approx(right)
    assert closed.loc["d1", "timed"] == 0
    assert closed.loc["d3", "timed"] == 1
    answer = load_answer(home / "_answer")
    states = answer.tables["sweep_states"].set_index("scenario")
    # East and Færøy wait for the boat where theirs is closed.
    assert states.loc["far-closed", "persons_by_the_clock"] == 250
    assert states.loc["far-closed", "persons_lose"] >= 250
    assert states["persons_assumed"].eq(0).all()


def test_it_goes_on_and_does_not_mix_two_questions(daily, tmp_path, capsys):
    home = tmp_path / "swept"
    assert swept(daily, home, "--times", "around-the-clock-mean", "-q") == 0
    capsys.readouterr()
    assert swept(daily, home, "--times", "around-the-clock-mean", "--json", "-q") == 0
    assert json.loads(capsys.readouterr().out)["kept"] == 2
    assert swept(daily, home, "-q") != 0
    assert swept(daily, home, "--times", "around-the-clock-p90", "-q") != 0


@pytest.mark.parametrize(
    "options",
    [
        ["--week-of", "2026-03-02"],
        ["--times", "around-the-clock-p90", "--nearest", "1"],
        ["--times", "around-the-clock-p90", "--max-min", "60"],
    ],
)
def test_options_that_would_have_no_effect_are_refused(daily, tmp_path, options):
    assert swept(daily, tmp_path / "swept", *options) == 2
    assert not (tmp_path / "swept").exists()
