"""Two runs around the clock compared: by hand on a ferry once a day, and sums that reconcile with places."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from geoaccess.answers.answer import load_answer
from geoaccess.cli.app import run
from geoaccess.drawing.blocks import Figure
from geoaccess.questions.comparison.answer import compare_runs
from geoaccess.questions.comparison.over_day import OverDay, changes, day_figures
from geoaccess.questions.registry import document, report_document
from geoaccess.words.words import Words
from maps import PointLayer


def departures(folder, east):
    rows = [f"ab,east,{clock}" for clock in east] + ["ab,west,18:00"]
    (folder / "departures.csv").write_text("ferry_id,from_node,departure\n" + "\n".join(rows) + "\n")


@pytest.fixture
def daily(fjord):
    """Færøy's hospital is gone: East and Færøy take the boat from East, at 10:00 alone."""
    departures(fjord, ["10:00"])
    for name, old, new in (
        ("places.csv", "h2,Færøy hospital,hospital", "h2,Færøy hospital,other"),
        ("study.toml", "[kinds.station]", '[kinds.other]\nlabel = "other"\n\n[kinds.station]'),
    ):
        text = (fjord / name).read_text(encoding="utf-8")
        assert old in text
        (fjord / name).write_text(text.replace(old, new), encoding="utf-8")
    with (fjord / "study.toml").open("a", encoding="utf-8") as file:
        file.write('\n[network.ferries]\nmodel = "timetable"\n')
    return fjord


@pytest.fixture
def access(daily, tmp_path):
    def made(name, *options):
        target = tmp_path / name
        asked = ["access", str(daily), "--around-the-clock", *options, "-o", str(target), "-q"]
        assert run(asked) == 0
        return target

    return made


def test_a_second_boat_halves_the_wait(daily, access):
    """From one boat a day to one every twelve hours: mean 720 to 360 minutes, nine in ten 1,296 to 648."""
    before = load_answer(access("one"))
    departures(daily, ["10:00", "22:00"])
    day = compare_runs(before, load_answer(access("two"))).day
    places = day.points.set_index("demand_id")
    for place in ("d3", "d4"):
        assert places.loc[place, "change_mean_min"] == pytest.approx(-360)
        assert places.loc[place, "change_p90_min"] == pytest.approx(-648)
    assert places.loc[["d1", "d2", "d5"], "change_no_way_hours"].eq(0).all()
    (row,) = day.region.to_dict("records")
    assert row["person_min_gained_mean"] == pytest.approx(250 * 360)
    assert row["person_min_gained_p90"] == pytest.approx(250 * 648)
    assert row["change_mean_min"] == pytest.approx(-250 * 360 / 1350)  # the island has no mean
    assert (row["persons_gain"], row["persons_lose"], row["persons_changed_assumed"]) == (250, 0, 0)
    far = day.groups.set_index("municipality_code").loc["0202"]
    assert far["municipality"] == "Far"
    assert far["person_min_gained_mean"] == row["person_min_gained_mean"]
    assert day.groups["persons"].sum() == row["persons"]


def test_a_lost_boat_is_hours_and_not_minutes(access):
    folder = access("both", "--scenario", "base", "--scenario", "no-ferry")
    answer = load_answer(folder)
    day = compare_runs(answer, answer, scenarios=("base", "no-ferry")).day
    (row,) = day.region.to_dict("records")
    assert row["person_hours_without_way_added"] == pytest.approx(250 * 24)
    assert row["persons_no_longer_reached"] == row["persons_p90_no_way"] == row["persons_lose"] == 250
    assert row["person_min_lost_mean"] == row["person_min_lost_p90"] == 0
    lost = day.points.set_index("demand_id")
    assert np.isnan(lost.loc["d3", "change_mean_min"])
    assert lost.loc["d3", "change_no_way_hours"] == pytest.approx(24)
    assert lost.loc["d5", "no_way_a_hours"] == 24  # nobody ever reaches the island: nothing is lost
    back = compare_runs(answer, answer, scenarios=("no-ferry", "base")).day.region.iloc[0]
    assert back["person_hours_without_way_saved"] == row["person_hours_without_way_added"]
    assert back["persons_newly_reached"] == back["persons_p90_way_again"] == 250


def test_sums_are_those_of_the_places_one_by_one():
    rng = np.random.default_rng(17)
    n = 400
    states = []
    for _ in range(2):
        share = rng.choice([0.0, 0.05, 0.3, 1.0], n)
        mean = np.where(share > 0, np.nan, rng.integers(0, 900, n).astype(float))
        p90 = np.where(share > 0.1, np.inf, rng.integers(0, 900, n).astype(float))
        states.append(OverDay(mean, p90, share, rng.random(n) < 0.5, rng.random(n) < 0.5))
    a, b = states
    persons = rng.integers(0, 50, n).astype(float)
    told = dict.fromkeys(day_figures(a, b, persons), 0.0)
    counted = 0.0
    for i, people in enumerate(persons):
        lose = gain = False
        hours = 24 * (b.no_way_share[i] - a.no_way_share[i])
        told["person_hours_without_way_added" if hours > 0 else "person_hours_without_way_saved"] += (
            people * abs(hours)
        )
        lose, gain = hours > 0, hours < 0
        for name in ("mean", "p90"):
            x, y = (getattr(state, f"{name}_min")[i] for state in states)
            if np.isfinite(x) and np.isfinite(y):
                told[f"person_min_{'lost' if y > x else 'gained'}_{name}"] += people * abs(y - x)
                lose, gain = lose or y > x, gain or y < x
                if people:
                    worst = f"worst_loss_{name}_min"
                    told[worst] = max(told[worst], y - x)
                if name == "mean":
                    counted += people
        if np.isfinite(a.p90_min[i]) != np.isfinite(b.p90_min[i]):
            ended = np.isinf(b.p90_min[i])
            told["persons_p90_no_way" if ended else "persons_p90_way_again"] += people
            lose, gain = lose or ended, gain or not ended
        if a.no_way_share[i] != b.no_way_share[i] and 1.0 in (a.no_way_share[i], b.no_way_share[i]):
            told["persons_newly_reached" if a.no_way_share[i] == 1 else "persons_no_longer_reached"] += people
        told["persons"] += people
        told["persons_lose"] += people * lose
        told["persons_gain"] += people * gain
        if lose or gain:
            told["persons_changed_assumed"] += people * (a.assumed[i] or b.assumed[i])
            told["persons_changed_night_unknown"] += people * (a.night_unknown[i] or b.night_unknown[i])
    net = told["person_min_lost_mean"] - told["person_min_gained_mean"]
    told["change_mean_min"] = net / counted
    assert day_figures(a, b, persons) == pytest.approx(told)
    assert np.isnan(changes(a, b)["mean"]).any()


def test_runs_that_mean_other_things_are_told_or_refused(daily, access, tmp_path, capsys):
    a, short = access("a"), access("short", "--patience", "6h")
    capsys.readouterr()
    assert run(["compare", str(a), str(short)]) == 3
    assert "the same --patience" in capsys.readouterr().err
    fewer = access("fewer", "--draws", "3", "--week-of", "2026-03-02")
    table = tmp_path / "table"
    assert run(["access", str(daily), "-o", str(table), "-q"]) == 0
    capsys.readouterr()
    assert run(["compare", str(a), str(fewer), "--json"]) == 0
    notes = " ".join(json.loads(capsys.readouterr().out)["notes"])
    for part in ("20 drawn timetables, B 3", "A leaves over 1 days, B over 7", "B 2026-03-02"):
        assert part in notes
    assert run(["compare", str(a), str(table), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert "around_the_clock" not in told
    assert "only run A is around the clock: the day is not compared" in told["notes"]


def test_the_folder_and_the_terminal_tell_the_day_in_both_languages(access, tmp_path, capsys):
    folder = access("both", "--scenario", "base", "--scenario", "no-ferry")
    target = tmp_path / "compared"
    asked = ["compare", str(folder), str(folder), "--scenarios", "base", "no-ferry"]
    assert run([*asked, "-o", str(target)]) == 0
    assert "Places that change over the day" in capsys.readouterr().out
    assert run(["--lang", "nb", *asked]) == 0
    assert "Steder som endres over døgnet" in capsys.readouterr().out
    answer = load_answer(target)
    for table in ("comparison_day", "comparison_day_groups", "comparison_day_region"):
        for column in answer.columns(table):
            assert column.meaning["en"], (table, column.name)
            assert column.meaning["nb"] != column.meaning["en"], (table, column.name)
    assert run([*asked, "--json", "-q"]) == 0
    told = json.loads(capsys.readouterr().out)["around_the_clock"]
    assert pd.DataFrame(told["rows"])["person_hours_without_way_added"].sum() == pytest.approx(6000)
    for command in ("report", "map"):
        assert run([command, str(target), "-o", str(tmp_path / f"{command}.html"), "-q"]) == 0


@pytest.mark.parametrize(("language", "word"), [("en", "Over the day"), ("nb", "Over døgnet")])
def test_map_and_report_tell_the_day_by_the_hour(daily, access, tmp_path, language, word):
    """Who leaves East between 20:00 and 21:00 waits for 22:00 now, and waited for 10:00: twelve hours less."""
    one = access("one")
    departures(daily, ["10:00", "22:00"])
    home = tmp_path / "compared"
    assert run(["compare", str(one), str(access("two")), "-o", str(home), "-q"]) == 0
    answer = load_answer(home)
    for table in ("comparison_day_hours", "comparison_day_place_hours"):
        for column in answer.columns(table):
            assert column.meaning["en"], (table, column.name)
            assert column.meaning["nb"] != column.meaning["en"], (table, column.name)
    places = answer.tables["comparison_day_place_hours"].set_index(["demand_id", "hour"])
    assert places.loc[("d3", 20), "change_p50_min"] == pytest.approx(-720)
    assert places.loc[("d3", 5), "change_p50_min"] == 0
    hours = answer.tables["comparison_day_hours"].set_index("hour")
    assert hours.loc[20, "person_min_gained_p50"] == pytest.approx(250 * 720)
    drawn = document(answer, language=language)
    assert {"dayhour-0", "dayp90-0"} <= {view.key for view in drawn.views}
    (layer,) = (one for one in drawn.layers if isinstance(one, PointLayer) and one.hours)
    assert np.asarray(layer.hours[0].values)[2, 20] == pytest.approx(-720)
    told = report_document(answer, Words(language))
    section = next(one for one in told.sections if one.key == "over-the-day")
    assert section.title == word
    for block in section.blocks:
        if isinstance(block, Figure):
            block.draw()
    assert any(table.key == "comparison-day" for table in told.tables)
