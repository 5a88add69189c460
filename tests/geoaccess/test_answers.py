"""Every question keeps one folder, and map and report take any of them, in both languages."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyogrio
import pytest

import geoaccess as ga
from geoaccess.answers.answer import answer_folder, load_answer
from geoaccess.cli.app import run
from geoaccess.questions.registry import QUESTIONS, document, report_document
from geoaccess.words.words import Words
from networks import save_network
from tests.geoaccess import sums
from tests.near_beds import NEAR_BEDS, NEAR_TEAMS
from tests.near_care import NEAR_LEVELS, NEAR_TRADEOFF

MORE = (
    """
[scenarios.closed-both]
facilities_closed = ["h1"]
facilities_opened = [{ facility_id = "h9", name = "New hospital", kind = "hospital", municipality_code = "0202", node_id = "east" }]

[hazards.ferry]
title = "The ferry is out"
scenario = "no-ferry"
regularity = 0.75
source = "test"

[clocks.chain]
title = "From the call to the hospital"
parts = ["travel"]
[clocks.chain.travel]
kinds = ["hospital"]

[journeys.often]
title = "Treatment"
kind = "hospital"
journeys_each = 10
travellers = { people = 0.1 }
source = "invented"

[sensitivity."network.access.speed_kph"]
low = 30
base = 60
high = 90
"""
    + NEAR_BEDS
    + NEAR_TEAMS
    + NEAR_LEVELS
    + NEAR_TRADEOFF
)
ASKED = {
    "access": ["access", "STUDY", "--scenario", "base", "--scenario", "closed-both"],
    "place": ["place", "STUDY", "stations"],
    "frontier": ["frontier", "STUDY", "stations", "--sites", "1..2"],
    "plan": ["plan", "STUDY", "stations", "--years", "2026,2031"],
    "losses": ["losses", "STUDY", "--of", "ferries,facilities,roads"],
    "clocks": ["clocks", "STUDY"],
    "reliability": ["reliability", "STUDY"],
    "sensitivity": ["sensitivity", "STUDY", "--samples", "0"],
    "route": ["route", "STUDY", "Town", "Færøy"],
    "isochrones": ["map", "STUDY", "--isochrones", "hospital", "--minutes", "30,60"],
    "supply": ["supply", "STUDY", "--to", "hospital", "--capacity", "beds", "--decay", "zones:60=1,120=0.5"],
    "simulate": ["simulate", "CALLS", "--years", "2", "--without", "s2"],
    "workload": ["workload", "CALLS", "--without", "s2"],
    "burden": ["burden", "STUDY"],
    "beds": ["beds", "STUDY"],
    "teams": ["teams", "STUDY"],
    "levels": ["levels", "STUDY"],
    "tradeoff": ["tradeoff", "STUDY"],
    "matrix": ["matrix", "NET", "--origins", "HOMES", "--destinations", "HOMES"],
    "sweep": ["sweep", "STUDY"],
    "compare": ["compare", "ACCESS", "ACCESS", "--scenarios", "base", "closed-both"],
}
#: Options that add tables, asked for their sums alone.
FURTHER = {
    "access-day": ["access", "STUDY", "--around-the-clock"],
    "access-day-closed": ["access", "STUDY", "--around-the-clock", "--scenario", "closed-both"],
    "compare-day": ["compare", "DAY", "DAY-CLOSED"],
    "clocks-day": ["clocks", "STUDY", "--around-the-clock"],
    "losses-day": ["losses", "STUDY", "--around-the-clock"],
    "place-more": ["place", "STUDY", "stations", "--value", "--alternatives", "2", "--fairness"],
    "access-equity": ["access", "STUDY", "--equity", "--served", "--weight", "old"],
}
#: Question -> quantities whose sums the terminal says, of every whole.
TOLD = {
    "access": ("persons", "persons_unreachable", "persons_within_30_min", "persons_within_60_min"),
    "place": ("persons", "persons_gain", "persons_lose", "persons_newly_reached", "persons_unchanged"),
    "plan": ("persons",),
    "clocks": ("persons", "persons_unreachable"),
    "reliability": ("persons_cut_off_sometimes", "persons_cut_off_always"),
    "supply": ("persons", "persons_without", "persons_unreachable"),
    "burden": ("journeys", "hours", "waiting_hours", "km", "ferry_journeys"),
    "beds": ("beds", "staff", "cost", "elsewhere_cost"),
    "teams": ("road_hours", "wait_hours", "beyond_day"),
    "compare": ("persons_gain", "person_min_gained", "persons_lose", "person_min_lost"),
}


def fjord_files():
    """The files of the fjord, as the fixture of the other tests writes them."""
    return fjord_module().FILES


def fjord_module():
    spec = importlib.util.spec_from_file_location("fjord_conftest", Path(__file__).with_name("conftest.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    home = tmp_path_factory.mktemp("answers")
    study = home / "fjord"
    study.mkdir()
    for name, text in fjord_files().items():
        (study / name).write_text(text.lstrip("\n"), encoding="utf-8")
    with (study / "study.toml").open("a", encoding="utf-8") as file:
        file.write(MORE)
    calls = fjord_module().with_calls(home / "calls")
    net, homes = home / "fjord.net", home / "homes.csv"
    save_network(ga.load_study(study).network, net)
    homes.write_text("id,lon,lat\nTown,18.0,69.0\nWest,18.0,69.5\n", encoding="utf-8")
    made = {}
    for name, words in ASKED.items():
        named = {
            "STUDY": str(study),
            "CALLS": str(calls),
            "ACCESS": str(made.get("access", "")),
            "NET": str(net),
            "HOMES": str(homes),
        }
        made[name] = asked(home / name, [named.get(word, word) for word in words])
    return made


def asked(target, words):
    """The run folder of a command; what the terminal said lies beside it."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        assert run([*words, "-o", str(target), "-q"]) == 0, words
    target.with_suffix(".txt").write_text(said.getvalue(), encoding="utf-8")
    return target


@pytest.fixture(scope="module")
def further(folders):
    home, made = folders["access"].parent, {}
    for name, words in FURTHER.items():
        named = {
            "STUDY": str(home / "fjord"),
            "DAY": str(home / "access-day"),
            "DAY-CLOSED": str(home / "access-day-closed"),
        }
        made[name] = asked(home / name, [named.get(word, word) for word in words])
    return made


def test_every_question_with_a_map_is_asked_here():
    assert {name for name, row in QUESTIONS.items() if row.map} - {"demo"} == set(ASKED)


@pytest.mark.parametrize("name", ASKED)
def test_a_folder_is_read_drawn_and_told_in_both_languages(folders, name):
    answer = load_answer(folders[name])
    assert answer.question == name
    assert (answer_folder(folders[name]) / "map.html").stat().st_size > 0
    for language in ("en", "nb"):
        made = document(answer, language=language)
        assert made.title
        # What a reader must know from the first screen: what it shows, in which state of the world, how sure it is.
        assert made.subtitle
        assert made.standing
        # A choice that is best in several aims at once is not said to be the best of all.
        assert ("one aim" in made.verdict or "ett punkt" in made.verdict) == (name == "tradeoff")
        several = {"compare", "sweep", "matrix"}  # of two states, of many, of a network without any
        assert (bool(made.state) or any(view.state for view in made.views)) == (name not in several)
        told = report_document(answer, Words(language))
        assert told.subtitle
        assert told.sections[0].blocks
    assert "<h3>" in answer._repr_html_()


@pytest.mark.parametrize("name", ASKED)
def test_every_column_is_declared_in_both_languages(folders, name):
    answer = load_answer(folders[name])
    for table in answer.tables:
        for column in answer.columns(table):
            assert column.meaning["en"], (table, column.name)
            assert column.meaning["nb"], (table, column.name)


def test_a_comparison_draws_a_closed_hospital_as_closed_and_a_new_one_as_new(folders):
    made = document(load_answer(folders["compare"]))
    layer = next(layer for layer in made.layers if layer.key == "facility-hospital")
    roles = dict(zip(layer.labels, layer.roles["b-0"], strict=True))
    assert roles == {"Town hospital": "closed", "Færøy hospital": "existing", "New hospital": "chosen"}
    before = dict(zip(layer.labels, layer.roles["a-0"], strict=True))
    assert before == {"Town hospital": "existing", "Færøy hospital": "existing", "New hospital": "absent"}


def test_a_report_tells_titles_of_scenarios_and_not_their_ids(folders):
    answer = load_answer(folders["losses"])
    facts = {**answer.facts, "losses": {**answer.facts["losses"], "scenario": "no-ferry"}}
    told = report_document(type(answer)("losses", facts, answer.tables), Words("en"))
    assert "The ferry is out" in told.subtitle
    assert "no-ferry" not in told.subtitle


def test_one_table_by_its_ending(folders, tmp_path, capsys):
    study = folders["access"].parent / "fjord"
    assert run(["losses", str(study), "--of", "ferries", "-o", str(tmp_path / "losses.csv"), "-q"]) == 0
    assert (tmp_path / "losses.csv").read_text(encoding="utf-8").startswith("rank,family")
    assert not (tmp_path / "losses.csv").is_dir()
    capsys.readouterr()


def test_places_as_a_geodataframe(folders):
    frame = load_answer(folders["clocks"]).to_geodataframe()
    assert str(frame.crs) == "EPSG:4326"
    assert len(frame) == 5


@pytest.mark.parametrize("name", ASKED)
def test_a_geopackage_holds_every_place_once_and_a_project_lies_beside_it(folders, name):
    layers = answer_folder(folders[name]) / "results.gpkg"
    assert layers.with_suffix(".qgz").is_file()
    listed = {str(layer) for layer, _ in pyogrio.list_layers(layers)}
    assert "layer_styles" in listed
    if "places" in listed:
        places = pyogrio.read_dataframe(layers, layer="places")
        assert not places.duplicated(["name", "geometry"]).any()


def test_a_geopackage_of_times_holds_roads_ferries_municipalities_and_a_column_for_each_scenario(folders):
    layers = folders["access"] / "results.gpkg"
    listed = dict(pyogrio.list_layers(layers).tolist())
    assert {"places", "roads", "ferries", "hospital"} <= set(listed)
    places = pyogrio.read_dataframe(layers, layer="places").set_index("name")
    table = pd.read_csv(folders["access"] / "nearest.csv")
    for scenario in ("base", "closed-both"):
        rows = table[table["scenario"] == scenario].set_index("name")["travel_time_min"]
        column = f"hospital_{scenario.replace('-', '_')}"
        np.testing.assert_allclose(places[column].loc[rows.index], rows, atol=1e-9)


def test_run_json_says_what_it_is(folders):
    told = json.loads((folders["reliability"] / "run.json").read_text(encoding="utf-8"))
    assert told["kind"] == "reliability"
    assert told["inputs"]
    assert ga.Study


@pytest.mark.parametrize("name", ASKED)
def test_sums_reconcile_in_every_table_and_are_what_the_terminal_says(folders, name):
    answer = load_answer(folders[name])
    assert sums.faults(answer) == []
    said = folders[name].with_suffix(".txt").read_text(encoding="utf-8")
    found = sums.totals(answer)
    for quantity in TOLD.get(name, ()):
        assert found[quantity]
        for table, keys, total in found[quantity]:
            assert sums.says(said, total), (quantity, table, keys, total)


@pytest.mark.parametrize("name", FURTHER)
def test_sums_reconcile_in_the_tables_that_options_add(further, name):
    assert sums.faults(load_answer(further[name])) == []


def test_a_column_of_people_that_nobody_declared_is_a_fault(folders):
    answer = load_answer(folders["burden"])
    grown = {**answer.tables, "new": pd.DataFrame({"persons": [1.0]})}
    assert sums.faults(replace(answer, tables=grown)) == ["undeclared: new.persons [persons]"]


@pytest.mark.parametrize("table", ["burden", "burden_points"])
@pytest.mark.parametrize("column", ["journeys", "hours", "km", "travellers"])
def test_a_row_that_is_lost_is_a_fault(folders, table, column):
    answer = load_answer(folders["burden"])
    frame = answer.tables[table].copy()
    frame.loc[0, column] = frame[column].iloc[0] + 1.0
    wrong = sums.faults(replace(answer, tables={**answer.tables, table: frame}))
    assert any(fault.startswith(f"{column}: ") for fault in wrong)


def test_parts_that_are_not_the_whole_are_a_fault(folders):
    answer = load_answer(folders["place"])
    frame = answer.tables["placement_municipalities"].copy()
    frame.loc[0, "persons_unchanged"] += 1.0
    wrong = sums.faults(replace(answer, tables={**answer.tables, "placement_municipalities": frame}))
    assert any("its parts" in fault for fault in wrong)
