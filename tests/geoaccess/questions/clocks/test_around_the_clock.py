"""Clocks for every moment of the alarm: a chain over a ferry worked minute by minute, and roads as one clock has them."""

from __future__ import annotations

import json

import numpy as np
import pytest

import geoaccess as ga
from geoaccess.answers.answer import load_answer
from geoaccess.cli.app import run
from geoaccess.drawing.blocks import Figure, Listing
from geoaccess.ground.errors import DataError
from geoaccess.questions.clocks.answer import run_clocks
from geoaccess.questions.clocks.around_the_clock import clocks_around_the_clock
from geoaccess.questions.registry import document, report_document
from geoaccess.words.words import Words
from maps import PointLayer

DAY = 1440.0
OUT = [480.0, 720.0, 900.0]
BACK = [540.0, 1000.0]
CLOCKS = """
[network.ferries]
model = "timetable"
[kinds.other]
label = "other"
[clocks.help]
title = "help"
parts = ["alarm", "mobilise", "travel"]
alarm = { minutes = 2, source = "test" }
mobilise = { minutes = 3, source = "test" }
travel = { kinds = ["station"] }
threshold = { minutes = 200, target_share = 0.9, source = "test", year = 2020 }
[clocks.hospital]
title = "hospital"
parts = ["alarm", "mobilise", "travel", "on_scene", "transport", "treatment"]
alarm = { minutes = 2, source = "test" }
mobilise = { minutes = 3, source = "test" }
travel = { kinds = ["station"] }
on_scene = { minutes = 20, source = "test" }
transport = { kinds = ["hospital"] }
treatment = { minutes = 40, source = "test" }
"""


@pytest.fixture
def islanders(fjord):
    """Station and hospital in Town; West is 60 minutes away, then the ferry: out and back at hours of their own."""
    places = (fjord / "places.csv").read_text(encoding="utf-8")
    (fjord / "places.csv").write_text(places.replace("h2,Færøy hospital,hospital", "h2,F,other"), "utf-8")
    rows = [f"ab,west,{int(at // 60):02}:{int(at % 60):02}," for at in OUT]
    rows += [f"ab,east,{int(at // 60):02}:{int(at % 60):02}," for at in BACK]
    (fjord / "departures.csv").write_text(
        "\n".join(["ferry_id,from_node,departure,weekdays", *rows]) + "\n", encoding="utf-8"
    )
    with (fjord / "study.toml").open("a", encoding="utf-8") as file:
        file.write(CLOCKS)
    return fjord


def boards(quay: float, departures: list[float]) -> float:
    """The first departure that somebody at the quay at a moment catches, five minutes before."""
    return min(at + DAY * day for day in range(4) for at in departures if at + DAY * day - 5.0 >= quay - 1e-9)


def to_east(alarm: float) -> tuple[float, float]:
    """Minutes until the crew is in East, and until treatment in Town has begun."""
    there = boards(alarm + 2 + 3 + 60, OUT) + 10
    back = boards(there + 20, BACK) + 10 + 60
    return there - alarm, back + 40 - alarm


def test_a_chain_meets_each_ferry_when_its_quay_is_reached(islanders):
    found = clocks_around_the_clock(islanders, draws=2)
    grid = np.arange(0.5, DAY, 1.0)
    right = np.array([to_east(alarm) for alarm in grid])
    for number, clock in enumerate(("help", "hospital")):
        east = found.points[found.points["clock"] == clock].set_index("demand_id").loc["d3"]
        assert east["mean_min"] == pytest.approx(right[:, number].mean(), abs=0.6)
        assert east["best_min"] == pytest.approx(right[:, number].min(), abs=1.0)
        assert east["worst_min"] == pytest.approx(right[:, number].max(), abs=1.0)
        assert east["p90_min"] == pytest.approx(np.quantile(right[:, number], 0.9), abs=1.5)
        assert east["basis"] == "timetable"
    within = found.points[found.points["clock"] == "help"].set_index("demand_id").loc["d3", "in_time_share"]
    assert within == pytest.approx((right[:, 0] <= 200.0).mean(), abs=2e-3)


def test_who_needs_no_ferry_has_the_clock_of_one_time_of_day(islanders):
    found = clocks_around_the_clock(islanders, draws=2).points
    study = ga.load_study(islanders)
    for clock, times in run_clocks(study, study.config.clocks).items():
        mine = found[found["clock"] == clock].set_index("demand_id")["mean_min"]
        right = times.table.set_index("demand_id")["total_min"]
        assert mine.loc[["d1", "d2"]].to_numpy() == pytest.approx(right.loc[["d1", "d2"]].to_numpy())
    assert (found.loc[found["demand_id"] == "d5", "basis"] == "no way").all()


def test_people_in_time_reconcile(islanders):
    found = clocks_around_the_clock(islanders, only=["help"], draws=2)
    (told,) = found.region.to_dict("records")
    points = found.points
    assert told["persons"] == points["people"].sum()
    assert told["persons_in_time"] == pytest.approx(points["people"] @ points["in_time_share"])
    assert told["persons_in_time_at_worst_hour"] < told["persons_in_time"]
    assert told["persons_by_the_clock"] == 250
    assert told["persons_never"] == 7


def test_minutes_by_the_hour_are_refused(islanders):
    text = (islanders / "study.toml").read_text(encoding="utf-8")
    by_hour = (
        'mobilise = { table = "hours.csv", source = "test" }\ntravel = { kinds = ["station"] }\nthreshold'
    )
    plain = 'mobilise = { minutes = 3, source = "test" }\ntravel = { kinds = ["station"] }\nthreshold'
    (islanders / "study.toml").write_text(text.replace(plain, by_hour), encoding="utf-8")
    (islanders / "hours.csv").write_text("place,hour,minutes\n*,6,5\n*,7,2\n", encoding="utf-8")
    with pytest.raises(DataError, match="hour"):
        clocks_around_the_clock(islanders, only=["help"], draws=1)


def test_the_command(islanders, capsys, tmp_path):
    asked = ["clocks", str(islanders), "--around-the-clock", "--draws", "2"]
    assert run([*asked, "--points", str(tmp_path / "places.csv"), "--json", "-q"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {one["clock"] for one in told["region"]} == {"help", "hospital"}
    assert (tmp_path / "places.csv").exists()
    assert run(["--lang", "nb", *asked]) == 0
    shown = capsys.readouterr().out
    assert "Klokkene gjennom alle øyeblikk" in shown
    # The clock to the hospital has no threshold: nobody is unreachable for want of one.
    line = next(line for line in shown.splitlines() if "│ hospital │" in line)
    assert line.split("│")[4].strip() == "-"
    assert run([*asked, "--hour", "3"]) == 2
    assert run(["clocks", str(islanders), "--draws", "2"]) == 2


@pytest.fixture
def folder(islanders, tmp_path):
    home = tmp_path / "answer"
    assert run(["clocks", str(islanders), "--around-the-clock", "--draws", "2", "-o", str(home), "-q"]) == 0
    return home


def test_the_folder_holds_the_day_with_every_column_declared(folder):
    answer = load_answer(folder)
    names = {"clocks_day", "clocks_day_hours", "clocks_day_region", "clocks_day_groups", "clocks_day_bases"}
    assert names | {"clock_points", "clocks"} <= set(answer.tables)
    for table in names:
        for column in answer.columns(table):
            assert column.meaning["en"], (table, column.name)
            assert column.meaning["nb"] != column.meaning["en"], (table, column.name)
    assert answer.facts["around_the_clock"]["draws"] == 2
    hours = answer.tables["clocks_day_hours"]
    east = hours[(hours["clock"] == "help") & (hours["demand_id"] == "d3")].set_index("hour")["p50_min"]
    for hour in (2, 9, 14):
        moments = [60.0 * hour + minute for minute in np.arange(0.25, 60, 0.5)]
        assert east[hour] == pytest.approx(np.median([to_east(at)[0] for at in moments]), abs=1.0)


def test_groups_and_bases_add_up_to_everybody(folder):
    tables = load_answer(folder).tables
    for clock, region in tables["clocks_day_region"].set_index("clock").iterrows():
        groups = tables["clocks_day_groups"][tables["clocks_day_groups"]["clock"] == clock]
        bases = tables["clocks_day_bases"][tables["clocks_day_bases"]["clock"] == clock]
        assert bases["persons"].sum() == pytest.approx(region["persons"])
        for column in ("persons", "persons_by_the_clock", "persons_never"):
            assert groups[column].sum() == pytest.approx(region[column])
        assert bases.set_index("basis").loc["timetable", "persons"] == region["persons_by_the_clock"]


@pytest.mark.parametrize(("language", "word"), [("en", "moments of the alarm"), ("nb", "alarmer innen")])
def test_map_and_report_show_the_hours_of_the_alarm(folder, language, word):
    answer = load_answer(folder)
    drawn = document(answer, language=language)
    keys = {view.key for view in drawn.views}
    assert {"hour-help", "p90-help", "longer-help", "total-help", "hour-hospital"} <= keys
    (places,) = (layer for layer in drawn.layers if isinstance(layer, PointLayer))
    assert len(places.hours) == 2
    told = report_document(answer, Words(language))
    section = next(one for one in told.sections if one.key == "day-0")
    assert any(isinstance(block, Figure) for block in section.blocks)
    (lines,) = (block for block in section.blocks if isinstance(block, Listing))
    assert any(word in line for line in lines.items)
    assert any(table.key == "clocks-day" for table in told.tables)


def test_both_answers_stand_where_the_night_is_not_known(islanders):
    """One boat an hour from 06:00 to 22:00: closed at night, or one an hour all night."""
    (islanders / "departures.csv").unlink()
    ferries = (islanders / "ferries.csv").read_text(encoding="utf-8")
    header, row = ferries.splitlines()[:2]
    told = dict(zip(header.split(","), row.split(","), strict=False))
    told |= {"headway_min": "60", "night": "unknown"}
    (islanders / "ferries.csv").write_text(
        header + "\n" + ",".join(told[name] for name in header.split(",")) + "\n", encoding="utf-8"
    )
    found = clocks_around_the_clock(islanders, only=["help"], draws=4).points.set_index("demand_id")
    east = found.loc["d3"]
    assert east["night_unknown"]
    assert east["p90_if_unknown_nights_sail_min"] <= 65 + 60 + 5 + 10 + 5
    assert east["p90_min"] > east["p90_if_unknown_nights_sail_min"] + 120
    for town in ("d1", "d2"):
        assert found.loc[town, "p90_min"] == found.loc[town, "p90_if_unknown_nights_sail_min"]
