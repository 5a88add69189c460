"""Losses over the day: figures by hand on a ferry that sails once a day, and what the command refuses."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import geoaccess as ga
from geoaccess.answers.answer import load_answer
from geoaccess.cli.app import run
from geoaccess.drawing.blocks import Figure
from geoaccess.ground.errors import UnknownNameError
from geoaccess.questions.losses.around_the_clock import losses_around_the_clock
from geoaccess.questions.registry import document, report_document
from geoaccess.words.words import Words

#: East leaves at 10:00 and West at 18:00, once a day.
DEPARTURES = "ferry_id,from_node,departure\nab,east,10:00\nab,west,18:00\n"
PERSONS = {"East": 50, "Færøy": 200}


@pytest.fixture
def daily(fjord):
    (fjord / "departures.csv").write_text(DEPARTURES, encoding="utf-8")
    file = fjord / "study.toml"
    timed = file.read_text(encoding="utf-8") + '\n[network.ferries]\nmodel = "timetable"\n'
    file.write_text(timed, encoding="utf-8")
    return fjord


def hourly(study, headway):
    """The ferry sails from 06:00 to 22:00 with a headway, and its night is not known."""
    ferries = study / "ferries.csv"
    text = ferries.read_text(encoding="utf-8")
    assert ",10,5.6,20,,06:00,22:00,closed" in text
    ferries.write_text(
        text.replace(",10,5.6,20,,06:00,22:00,closed", f",10,5.6,{headway},,06:00,22:00,unknown"),
        encoding="utf-8",
    )
    with (study / "study.toml").open("a", encoding="utf-8") as file:
        file.write('\n[network.ferries]\nmodel = "timetable"\n')


def row(found, element):
    return found.rows.set_index(["element_id", "kind"]).loc[(element, "hospital")]


def across(study, share):
    """From the east quay to Town: the wait that a share of the day does not exceed, boarding, sea and road."""
    boarding = ga.load_study(study).config.network.ferries.boarding_min
    return share * 1440 + boarding + 10 + 60


def west_loses(study):
    """Mean minutes of the day that West saves by the boat to Færøy, where it is quicker than the road to Town."""
    boarding = ga.load_study(study).config.network.ferries.boarding_min
    saved = 60 - (boarding + 10 + 30)
    return saved**2 / 2 / 1440


def test_a_lost_hospital_sends_people_over_a_ferry_that_sails_once_a_day(daily):
    found = losses_around_the_clock(daily, of=["facilities"])
    lost = row(found, "h2")
    for column, share, west in (
        ("person_min_lost_mean", 0.5, 100 * west_loses(daily)),
        ("person_min_lost_p90", 0.9, 0),
    ):
        # East drove 30 minutes to Færøy; Færøy now drives these first.
        east, far = across(daily, share) - 30, across(daily, share) + 30
        assert lost[column] == pytest.approx(50 * east + 200 * far + west), column
    assert lost["worst_loss_p90_min"] == pytest.approx(across(daily, 0.9) + 30)
    assert lost["persons_lose"] == 350
    assert lost[["person_hours_without_way", "persons_no_longer_reached", "persons_lose_assumed"]].eq(0).all()


def test_a_lost_road_is_driven_around_and_nobody_gains(daily):
    found = losses_around_the_clock(daily, of=["roads", "ferries", "passes"])
    lost = row(found, "ef")
    assert lost["person_min_lost_mean"] == pytest.approx(
        50 * (across(daily, 0.5) - 30) + 100 * west_loses(daily)
    )
    assert lost["persons_lose"] == 150
    assert row(found, "Høyfjellet")["person_min_lost_mean"] == lost["person_min_lost_mean"]
    losses = found.rows[["person_hours_without_way", "person_min_lost_mean", "person_min_lost_p90"]]
    assert (losses >= 0).all(axis=None)


def test_people_without_any_way_are_told_in_hours_and_come_first(daily):
    asked = {"of": ["ferries", "facilities"], "pairs": [("ab", "h2")]}
    found = losses_around_the_clock(daily, **asked)
    both = row(found, "ab + h2")
    assert both["rank"] == 1
    assert both["person_hours_without_way"] == pytest.approx(250 * 24)
    assert both["persons_no_longer_reached"] == both["persons_p90_no_way"] == 250
    # Nobody of those who lost every way has minutes to lose; West alone took the boat now and then.
    assert both["person_min_lost_mean"] == pytest.approx(row(found, "ab")["person_min_lost_mean"])
    by_mean = losses_around_the_clock(daily, rank="mean", **asked)
    assert by_mean.rows["person_min_lost_mean"].is_monotonic_decreasing
    assert by_mean.rows["element_id"].iloc[0] != "ab + h2"


def test_a_short_patience_makes_waiting_no_way(daily):
    """Within six hours only those who reach the quay less than six hours before the boat have a way."""
    found = losses_around_the_clock(daily, of=["facilities"], patience_min=360.0)
    lost = row(found, "h2")
    ways = {"East": 360 - across(daily, 0.0), "Færøy": 360 - 30 - 2 - across(daily, 0.0)}
    hours = sum(PERSONS[name] * (1440 - minutes) / 60 for name, minutes in ways.items())
    assert lost["person_hours_without_way"] == pytest.approx(hours)
    assert lost["persons_no_longer_reached"] == 0
    assert lost["person_min_lost_mean"] == pytest.approx(100 * west_loses(daily))


def test_times_that_are_drawn_are_said_to_be(fjord):
    ferries = fjord / "ferries.csv"
    text = ferries.read_text(encoding="utf-8").replace(
        ",10,5.6,20,,06:00,22:00,closed", ",10,5.6,,,,,unknown"
    )
    ferries.write_text(text, encoding="utf-8")
    lost = row(losses_around_the_clock(fjord, of=["facilities"], draws=3), "h2")
    assert lost["persons_lose_assumed"] == lost["persons_lose_night_unknown"] == 350


def test_an_unknown_night_has_both_answers(fjord, capsys):
    """Every hour from 06:00 to 22:00, and at night nobody knows: closed, or half an hour's wait.

    If it sails, no wait of the night is above 30 minutes, and of the 960 minutes of the day the longest 15 in
    100, a tenth of all moments, are above 51.
    """
    hourly(fjord, 60)
    found = losses_around_the_clock(fjord, of=["facilities"], draws=4)
    lost, p90 = row(found, "h2"), "person_min_lost_p90"
    boarding = ga.load_study(fjord).config.network.ferries.boarding_min
    sails = 51 + boarding + 10 + 60
    told = 50 * (sails - 30) + 200 * (sails + 30)
    assert lost[f"{p90}_if_unknown_nights_sail"] == pytest.approx(told)
    assert lost[p90] > told + 250 * 120
    h1 = row(found, "h1")
    assert h1["person_hours_without_way_if_unknown_nights_sail"] <= h1["person_hours_without_way"]
    assert run(["losses", str(fjord), "--around-the-clock", "--of", "facilities", "--rank", "p90"]) == 0
    assert f"{told / 60:,.0f}" in capsys.readouterr().out.split()


@pytest.mark.parametrize(
    "asked",
    [{"of": ["staff"]}, {"rank": "reach"}, {"kinds": ["nothing"]}, {"kinds": ["transport-to-hospital"]}],
    ids=["family", "rank", "kind", "carried"],
)
def test_what_is_not_of_the_day_is_refused(fjord, asked):
    with pytest.raises(UnknownNameError):
        losses_around_the_clock(fjord, **asked)


def test_the_terminal_tells_it_in_both_languages(daily, tmp_path, capsys):
    asked = ["losses", str(daily), "--around-the-clock", "--of", "ferries,facilities", "--pair", "ab+h2"]
    table = tmp_path / "losses.csv"
    assert run([*asked, "-o", str(table)]) == 0
    shown = capsys.readouterr()
    assert "What each loss does over the day" in shown.out
    assert "a way that takes longer than 48 hours is none" in shown.out + shown.err
    assert pd.read_csv(table)["person_hours_without_way"].iloc[0] == 6000
    assert run(["--lang", "nb", *asked]) == 0
    assert "Hva hvert tap betyr over døgnet" in capsys.readouterr().out
    assert run([*asked, "--json", "-q"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told["columns"]) == set(told["rows"][0])
    for column in told["columns"].values():
        assert column["meaning_en"] != ""
        assert column["meaning_nb"] not in ("", column["meaning_en"])


@pytest.mark.parametrize(
    "options",
    [
        ["--rank", "mean"],
        ["--patience", "24h"],
        ["--draws", "3"],
        ["--week-of", "2026-03-02"],
        ["--around-the-clock", "--rank", "reach"],
        ["--around-the-clock", "--threshold", "30"],
    ],
)
def test_options_that_would_have_no_effect_are_refused(fjord, tmp_path, monkeypatch, options):
    monkeypatch.chdir(tmp_path)
    assert run(["losses", str(fjord), *options]) == 2
    assert not (tmp_path / "a-folder").exists()


@pytest.fixture
def folder(daily, tmp_path):
    home = tmp_path / "answer"
    asked = ["losses", str(daily), "--around-the-clock", "--of", "ferries,facilities", "--pair", "ab+h2"]
    assert run([*asked, "-o", str(home), "-q"]) == 0
    return home


def test_the_folder_tells_the_worst_by_hour_and_place(folder):
    """Town's hospital lost: who leaves East before ten waits for that day's boat no more."""
    answer = load_answer(folder)
    for table in ("losses_around_the_clock", "losses_day_hours", "losses_day_places"):
        for column in answer.columns(table):
            assert column.meaning["en"], (table, column.name)
            assert column.meaning["nb"] != column.meaning["en"], (table, column.name)
    hours = answer.tables["losses_day_hours"]
    both = hours[(hours["element_id"] == "ab + h2")].set_index("hour")
    assert both["persons_without_way_added"].to_numpy() == pytest.approx(250.0)
    # West saves time by the boat for 15 minutes of one hour: half of no hour's moments.
    assert both["person_min_lost_p50"].eq(0).all()
    # East and Færøy were within 60 minutes of their hospital whenever they left, West when the boat was near.
    assert both.loc[[2, 12], "persons_no_longer_within"].to_numpy() == pytest.approx(250.0)
    places = answer.tables["losses_day_places"]
    east = places[(places["element_id"] == "ab + h2") & (places["name"] == "East")].iloc[0]
    assert east["hours_without_way_added"] == 24.0
    assert east["p90_no_way"]


@pytest.mark.parametrize(("language", "word"), [("en", "Over the day"), ("nb", "Over døgnet")])
def test_map_and_report_of_the_day(folder, language, word):
    answer = load_answer(folder)
    drawn = document(answer, language=language)
    assert {"loss-1", "loss-2"} <= {view.key for view in drawn.views}
    told = report_document(answer, Words(language))
    brief = told.sections[0].blocks
    assert any(isinstance(block, Figure) for block in brief)
    assert any(word in getattr(block, "text", "") for block in brief)
    assert any(table.key == "losses-by-hour" for table in told.tables)
    for block in brief:
        if isinstance(block, Figure):
            block.draw()


STATIONS = """
[resources.station]
moves = "road"
gives = ["response"]
mobilise_min = { station = 3 }
mobilise_source = "invented"
mobilise_confidence = "assumption"
"""


def test_a_lost_station_is_told_at_every_moment(daily):
    """Town's station alone: everybody across waits for the boat of 18:00; without it nobody is reached."""
    with (daily / "study.toml").open("a", encoding="utf-8") as file:
        file.write(STATIONS)
    found = losses_around_the_clock(daily, of=["facilities"], kinds=["response"])
    (one,) = found.rows.to_dict("records")
    assert one["element_id"] == "s1"
    everybody = ga.load_study(daily).demand
    reached = everybody.loc[everybody["name"] != "Island", "people"].sum()
    assert one["person_hours_without_way"] == pytest.approx(24 * reached)
    assert one["persons_no_longer_reached"] == reached
