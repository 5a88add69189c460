"""The folder of ``access --around-the-clock``: its tables, map, report and factsheet, in both languages."""

from __future__ import annotations

import numpy as np
import pytest

from geoaccess.answers.answer import load_answer
from geoaccess.cli.app import run
from geoaccess.drawing.blocks import Figure, Listing
from geoaccess.questions.factsheet import factsheet_document
from geoaccess.questions.registry import document, report_document
from geoaccess.words.words import Words
from maps import PointLayer


@pytest.fixture
def folder(fjord, tmp_path):
    """The fjord's ferry is known to sail every 20 minutes from 06:00 to 22:00; West is across from Færøy."""
    kept = (
        (fjord / "places.csv").read_text(encoding="utf-8").replace("h1,Town hospital,hospital", "h1,T,other")
    )
    (fjord / "places.csv").write_text(kept, encoding="utf-8")
    with (fjord / "study.toml").open("a", encoding="utf-8") as file:
        file.write('\n[kinds.other]\nlabel = "other"\n')
    home = tmp_path / "answer"
    asked = ["access", str(fjord), "--around-the-clock", "--scenario", "base", "--scenario", "no-ferry"]
    assert run([*asked, "-o", str(home), "-q"]) == 0
    return home


def test_every_table_is_there_and_every_column_is_declared(folder):
    answer = load_answer(folder)
    names = {
        "around_the_clock",
        "around_the_clock_hours",
        "around_the_clock_region",
        "around_the_clock_bases",
    }
    assert names | {"nearest", "groups", "region"} <= set(answer.tables)
    for table in names:
        for column in answer.columns(table):
            assert column.meaning["en"], (table, column.name)
            assert column.meaning["nb"] != column.meaning["en"], (table, column.name)
    told = {column.name: column.meaning["en"] for column in answer.columns("around_the_clock")}
    assert "moments of leaving" in told["p50_min"]
    assert answer.facts["around_the_clock"]["draws"] == 20


def test_what_people_can_count_on(folder):
    """West: the ferry takes 10 min, 5 to board, then 30 min and an access leg of 2; half past one at night waits."""
    answer = load_answer(folder)
    points = answer.tables["around_the_clock"].set_index(["demand_id", "scenario"])
    west = points.loc[("d2", "base")]
    assert west["basis"] == "frequency"
    assert west["best_min"] == pytest.approx(5 + 10 + 30, abs=3)
    hours = answer.tables["around_the_clock_hours"].set_index(["demand_id", "scenario", "hour"])
    noon, night = (hours.loc[("d2", "base", hour), "p50_min"] for hour in (12, 2))
    assert noon == pytest.approx(west["best_min"] + 10, abs=2)
    assert night == pytest.approx(noon - 10 + 3.5 * 60, abs=12)
    out = points.loc[("d2", "no-ferry")]
    assert out["basis"] == "no way"
    assert np.isnan(out["p50_min"])
    assert out["no_way_share"] == 1.0


def test_the_map_has_hours_and_both_languages(folder):
    answer = load_answer(folder)
    for language in ("en", "nb"):
        made = document(answer, language=language)
        keys = {view.key for view in made.views}
        assert {"hour-hospital-base", "p90-hospital-base", "longer-hospital-no-ferry"} <= keys
    places = next(layer for layer in made.layers if isinstance(layer, PointLayer))
    strip = next(hours for hours in places.hours if hours.chosen_in == "hour-hospital-base")
    row = list(places.labels).index("West")
    assert np.asarray(strip.values)[row, 12] < 60 < np.asarray(strip.values)[row, 2]
    assert "siste" in strip.notes[row] or "senest" in strip.notes[row]
    assert (folder / "map.html").stat().st_size > 0


@pytest.mark.parametrize(("language", "words"), [("en", "Leave by"), ("nb", "Dra senest")])
def test_report_and_factsheet_tell_of_the_night(folder, language, words):
    answer = load_answer(folder)
    told = report_document(answer, Words(language))
    section = next(section for section in told.sections if section.key == "clock-0")
    lines = next(block for block in section.blocks if isinstance(block, Listing)).items
    (west,) = (line for line in lines if line.startswith("West"))
    assert words in west
    figure = next(block for block in section.blocks if isinstance(block, Figure))
    assert len(figure.draw().axes) == 3
    assert "around-the-clock" in {table.key for table in told.tables}
    sheet = factsheet_document(answer, Words(language), "0101")
    clock = next(section for section in sheet.sections if section.key == "clock")
    assert any("West" in line for line in clock.blocks[0].items)
    assert "note.basis" not in str(told)
