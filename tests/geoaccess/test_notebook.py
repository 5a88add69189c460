"""What a notebook shows of results: short texts, HTML with the map in a frame that reaches nothing, dimensions."""

from __future__ import annotations

import html
import importlib.util
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import geoaccess as ga
from geoaccess.answers.answer import Answer
from geoaccess.answers.notebook import brief_lines, framed
from geoaccess.ground.errors import DataError
from geoaccess.questions.access.answer import access_answer


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fjord")
    spec = importlib.util.spec_from_file_location("fjord_conftest", Path(__file__).with_name("conftest.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, text in module.FILES.items():
        (folder / name).write_text(text.lstrip("\n"), encoding="utf-8")
    study = ga.load_study(folder)
    placed = ga.place(study, "stations", sites=1)
    reached = ga.accessibility(study)
    access = access_answer(study, reached)
    return {
        "robust": ga.place_robust(study, "stations", scenarios={"base": 0.5, "no-ferry": 0.5}, sites=1),
        "comparison": ga.compare_runs(access, access),
        "place": placed,
        "access": reached,
        "losses": ga.losses(study, of=("ferries",)),
        "frontier": ga.frontier(study, "stations", [0, 1]),
        "placement answer": placed.answer(),
        "access answer": access,
    }


def test_the_text_of_every_result_is_under_20_lines(results):
    for name, result in results.items():
        text = repr(result)
        assert len(text.splitlines()) < 20, name
        assert max(map(len, text.splitlines())) <= 100
        assert "Town\n" not in text, "no table is printed"


def test_the_text_says_the_proof_and_the_sizes_of_tables(results):
    text = repr(results["placement answer"])
    assert text.startswith("place: ")
    assert "proof: optimal" in text
    assert "gap 0" in text
    assert re.search(r"placement: 5 x \d+", text)
    assert "demand: 5 x" in repr(results["place"])


def test_a_long_text_says_that_it_is_cut():
    lines = brief_lines("t", [(str(at), "x" * 200) for at in range(40)]).splitlines()
    assert len(lines) == 19
    assert lines[-1] == "  ..."
    assert all(len(line) <= 100 for line in lines)


def test_html_has_the_answer_the_proof_and_the_map_in_a_frame_that_reaches_nothing(results):
    shown = results["place"]._repr_html_()
    assert "<h3>" in shown
    assert "optimal" in shown
    frame = re.search(r'<iframe sandbox="allow-scripts" [^>]*srcdoc="([^"]*)"></iframe>$', shown)
    page = html.unescape(frame[1])
    assert "Content-Security-Policy" in page
    assert "default-src 'none'" in page
    assert page.startswith("<!DOCTYPE html>")
    assert shown.count("<iframe") == 1


def test_every_result_shows_its_map_and_gives_its_report(results, tmp_path):
    for name in ("access", "losses", "frontier", "robust", "comparison"):
        shown = results[name]._repr_html_()
        assert shown.count('<iframe sandbox="allow-scripts"') == 1, name
        assert len(results[name].to_geodataframe()) >= 5
    assert results["robust"].report(tmp_path / "r.html")[0].stat().st_size > 0
    assert results["losses"].map(tmp_path / "m.html").stat().st_size > 0


def test_a_page_cannot_leave_its_frame():
    nasty = "\"></iframe><script>alert('1')</script>&amp;"
    made = framed(nasty, nasty)
    assert made.count("<iframe") == 1
    assert "<script>" not in made
    assert html.unescape(re.search(r'srcdoc="([^"]*)"', made)[1]) == nasty


def test_places_and_kinds_become_dimensions(results):
    pytest.importorskip("xarray")
    answer = results["access answer"]
    table = answer.tables["nearest"]
    two = pd.concat([table, table.assign(scenario="other", travel_time_min=table["travel_time_min"] + 1)])
    made = Answer("access", answer.facts, {"nearest": two}).to_xarray()
    assert dict(made.sizes) == {"demand_id": 5, "scenario": 2}
    for _, row in two.iterrows():
        here = made.sel(demand_id=row["demand_id"], scenario=row["scenario"])
        np.testing.assert_equal(float(here["travel_time_min"]), row["travel_time_min"])
    assert made["people"].dims == ("demand_id",)
    assert made["name"].dims == ("demand_id",)
    assert made["travel_time_min"].attrs["units"] == "min"


def test_a_table_without_ids_is_refused_by_its_name(results):
    pytest.importorskip("xarray")
    with pytest.raises(DataError, match="links"):
        results["placement answer"].to_xarray("links")


def test_a_placement_gives_its_points_map_and_report(results, tmp_path):
    placed = results["place"]
    assert len(placed.to_geodataframe()) == 5
    assert "chosen" in set(placed.to_geodataframe("sites")["role"])
    assert placed.map(tmp_path / "m.html").stat().st_size > 0
    assert [path.stat().st_size > 0 for path in placed.report(tmp_path / "r.html")] == [True]
