"""Kinds without a facility: closed by a scenario, closed by whoever asks, or never in the tables."""

from __future__ import annotations

import json

import numpy as np
import pytest

import geoaccess as ga
from geoaccess.cli.app import run
from geoaccess.minutes import nearest
from geoaccess.study import load_study
from geoaccess.study.asked_changes import AskedChanges, with_changes
from geoaccess.study.check import check_study
from geoaccess.study.sources import leaning

HOSPITALS = ("--close", "h1", "--close", "Færøy hospital")
PEOPLE = 1357


def said(capsys, *arguments):
    code = run([str(argument) for argument in arguments])
    told = capsys.readouterr()
    assert code == 0, told.err
    return json.loads(told.out)


@pytest.fixture
def closed_by_scenario(fjord):
    told = fjord / "study.toml"
    text = told.read_text(encoding="utf-8")
    told.write_text(text.replace('closed = ["h1"]', 'closed = ["h1", "h2"]'), encoding="utf-8")
    return fjord


def test_a_kind_closed_by_whoever_asks_is_a_kind_that_nobody_reaches(closed_by_scenario):
    """The same as by a scenario: minutes are NaN for everybody, and no facility is named."""
    study = load_study(closed_by_scenario)
    asked = with_changes(study, AskedChanges(closed=("h1", "Færøy hospital")))
    for state in (asked, asked.in_state(scenario="slow"), study.in_state(scenario="closed")):
        assert np.isnan(nearest(state, "hospital")["travel_time_min"]).all()
    with pytest.raises(LookupError, match="no kind of facility named 'pharmacy'"):
        asked.facilities_of("pharmacy")


def test_every_question_of_a_closed_kind_counts_everybody_as_not_reached(fjord, capsys):
    (row,) = said(capsys, "access", fjord, "--to", "hospital", *HOSPITALS, "--json", "-q")["region"]
    assert (row["persons"], row["persons_unreachable"], row["mean_min"]) == (PEOPLE, PEOPLE, None)
    assert row["persons_within_60_min"] == 0
    found = said(
        capsys, "supply", fjord, "--capacity", "beds", "--to", "hospital", *HOSPITALS, "--json", "-q"
    )
    assert found["region"]["persons_without"] == PEOPLE
    (row,) = said(capsys, "losses", fjord, "--of", "ferries", *HOSPITALS, "--json", "-q")["rows"]
    assert (row["persons_lose"], row["persons_no_longer_reached"], row["change_mean_min"]) == (0, 0, None)


def test_the_engine_that_had_nothing_to_search_is_said(fjord, capsys):
    for language, told in (
        ("en", "engine: none, there was nothing"),
        ("nb", "motor: ingen, det var ingenting"),
    ):
        assert run(["--lang", language, "access", str(fjord), "--to", "hospital", *HOSPITALS]) == 0
        assert told in capsys.readouterr().err


def test_a_check_goes_on_where_the_tables_have_none_of_a_kind(fjord):
    """It is a fault among the others, and not the end of the check."""
    table = fjord / "places.csv"
    rows = table.read_text(encoding="utf-8").splitlines()
    table.write_text("\n".join(row for row in rows if ",hospital," not in row) + "\n", encoding="utf-8")
    report = check_study(fjord)
    told = [str(fault) for fault in report.faults]
    assert "facilities: the study reports on hospital, and its tables have no facility of that kind" in told
    assert any("has no column of sources" in fault or "source" in fault for fault in told)
    with pytest.raises(LookupError, match="hospital"):
        ga.travel_times(load_study(fjord), to="hospital")


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ('facilities_closed = ["h7"]', "ikke noe tilbud med den id-en å stenge"),
        ('facilities_moved = [{ facility_id = "h7", node_id = "west" }]', "tilbud med den id-en å flytte"),
    ],
)
def test_a_scenario_of_what_is_not_there_is_told_in_bokmal(fjord, capsys, key, told):
    file = fjord / "study.toml"
    text = file.read_text(encoding="utf-8").replace('facilities_closed = ["h1"]', key)
    file.write_text(text, encoding="utf-8")
    assert run(["--lang", "nb", "access", str(fjord), "--scenario", "closed"]) == 3
    assert told in capsys.readouterr().err
    assert run(["--lang", "nb", "access", str(fjord), "--close", "h7"]) == 2
    assert "finner ikke tilbudet 'h7'" in capsys.readouterr().err


def test_the_sources_of_a_study_whose_people_are_all_cut_off_are_told(fjord):
    """Nobody is reached: there are no person-minutes to lean on anything."""
    table = fjord / "people.csv"
    rows = table.read_text(encoding="utf-8").splitlines()
    table.write_text("\n".join([rows[0], rows[-1]]) + "\n", encoding="utf-8")
    (row,) = leaning(load_study(fjord)).minutes.to_dict(orient="records")
    assert row["kind"] == "hospital"
    assert np.isnan(row["mean_min"])
