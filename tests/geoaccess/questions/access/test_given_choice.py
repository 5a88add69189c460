"""A choice of facilities in a map is taken back: it is one more state, whose minutes are those of its facilities."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import geoaccess as ga
from geoaccess.answers.choice_file import Choice, read_choice
from geoaccess.cli.app import run
from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.questions.access.given_choice import YOURS, with_choice

HEAD = {
    "format": "geoaccess-choice",
    "version": 1,
    "kind": "access",
    "question": "akuttmottak",
    "scenario": "base",
}


def choice(
    opened: tuple[str, ...] = (), closed: tuple[str, ...] = (), question: str = "akuttmottak"
) -> Choice:
    return Choice("access", question, "base", opened, closed)


def test_the_times_are_those_of_the_facilities_that_are_open():
    study = ga.load_study("nord-norge")
    opened, closed = "finnmarkssykehuset-klinikk-alta", "hammerfest-sykehus"
    made, name = with_choice(study, choice((opened,), (closed,)))
    ours = ga.travel_times(made, to="akuttmottak", scenario=name).min(axis=1)
    # The oracle: minutes to every facility of the base state, and the fastest of those that are open.
    hospitals = ga.travel_times(study, to="akuttmottak")
    there = hospitals.drop(columns=closed).join(ga.travel_times(study, to="dms")[[opened]])
    assert np.allclose(ours, there.min(axis=1), atol=1e-6, equal_nan=True)
    assert not np.allclose(ours, hospitals.min(axis=1), equal_nan=True)


def test_a_choice_with_faults_is_refused_with_all_of_them():
    study = ga.load_study("nord-norge")
    with pytest.raises(DataError) as refused:
        with_choice(study, choice(("nowhere", "unn-narvik"), ("hammerfest-sykehuset",)))
    assert [fault.column for fault in refused.value.faults] == ["open", "open", "close"]
    assert "hammerfest-sykehus" in str(refused.value)
    with pytest.raises(UnknownNameError):
        with_choice(study, Choice("access", "akuttmottak", "no-such-night", (), ()))


def test_the_command_tells_both_states(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "choice.json"
    file.write_text(json.dumps(HEAD | {"open": [], "close": ["unn-narvik"]}), encoding="utf-8")
    assert run(["access", "nord-norge", "--sites-file", str(file), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert {row["scenario"] for row in rows} == {"base", YOURS}
    narvik = {row["scenario"]: row["median_min"] for row in rows if row["municipality"] == "Narvik"}
    assert narvik[YOURS] > narvik["base"] + 30
    assert run(["access", "nord-norge", "--sites-file", str(file), "--scenario", "base"]) == 2
    file.write_text(json.dumps(HEAD | {"kind": "placement", "open": [], "close": []}), encoding="utf-8")
    assert run(["access", "nord-norge", "--sites-file", str(file)]) == 3
    assert "geoaccess place" in capsys.readouterr().err
    with pytest.raises(DataError):
        read_choice(file, "access")
