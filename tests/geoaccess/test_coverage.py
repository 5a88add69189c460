"""Where a service is known at all: marks beside minutes, notes beside answers, contradictions refused."""

from __future__ import annotations

import json
import shutil

import pandas as pd
import pytest

import geoaccess as ga
from geoaccess.cli.app import run
from geoaccess.ground.errors import DataError
from geoaccess.study.check import check_study


@pytest.fixture(scope="module")
def study():
    return ga.load_study("nord-norge")


def test_minutes_of_municipalities_without_a_known_legevakt_are_marked(study, capsys):
    assert run(["access", "nord-norge", "--to", "legevakt", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    coverage = pd.read_csv(study.folder / "coverage.csv", dtype=str)
    rows = coverage[coverage["kind"] == "legevakt"].set_index("municipality_code")["known"]
    names = study.municipalities.set_index("municipality_code")["name"]
    missing = {names[code] for code in rows.index[rows == "none known"]}
    assert {row["municipality"] for row in told["rows"] if row["known"] == "none known"} == missing
    note = next(note for note in told["notes"] if "none known in" in note)
    assert all(name in note for name in missing)


def test_an_answer_that_fills_a_gap_of_the_table_says_that_the_table_has_gaps(capsys):
    assert run(["place", "nord-norge", "ambulance", "--sites", "1", "--json"]) == 0
    notes = json.loads(capsys.readouterr().out)["notes"]
    assert any("31 stations" in note for note in notes)


def changed(study, tmp_path, **cells):
    folder = tmp_path / "study"
    shutil.copytree(study.folder, folder)
    rows = pd.read_csv(folder / "coverage.csv", dtype=str, keep_default_na=False)
    here = (rows["municipality_code"] == "1804") & (rows["kind"] == "legevakt")
    for column, value in cells.items():
        rows.loc[here, column] = value
    rows.to_csv(folder / "coverage.csv", index=False)
    return folder


def test_coverage_against_the_tables_is_a_fault(study, tmp_path):
    report = check_study(changed(study, tmp_path, known="none known"))
    assert ["Bodø has a legevakt in the tables" in str(fault) for fault in report.faults] == [True]


def test_another_word_is_refused(study, tmp_path):
    with pytest.raises(DataError, match="own, shared, none known"):
        ga.load_study(changed(study, tmp_path, known="perhaps")).unknown_in("legevakt")
