"""What a run's record says of the command that made it: its words, its beginning, and how long it took."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from geoaccess.answers.answer import Answer
from geoaccess.cli.app import run
from geoaccess.ground import running as module
from geoaccess.ground.running import command_runs, running, work_began
from geoaccess.ground.writing import provenance
from geoaccess.questions.access.answer import access_answer, accessibility
from geoaccess.study import load_study

HOUR_S = 3600.0


class AnHourAgo:
    """A clock that is an hour slow: what began by it has taken an hour."""

    @staticmethod
    def now(zone: object) -> datetime:
        assert zone is UTC
        return datetime.now(UTC) - timedelta(hours=1)


def record(folder: Path) -> dict:
    return json.loads((folder / "run.json").read_text(encoding="utf-8"))


def told_now() -> dict:
    """What the record of an answer that is made now says."""
    return provenance(inputs=(), started=Answer("supply", {}, {}).started)


def test_the_seconds_of_a_command_are_those_since_it_began(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["pytest", "--other"])
    monkeypatch.setattr(module, "datetime", AnHourAgo)
    before = datetime.now(UTC)
    with command_runs(["supply", "a b"]):
        told = told_now()
    took = (datetime.now(UTC) - before).total_seconds()
    assert told["command"] == ["geoaccess", "supply", "a b"]
    assert HOUR_S <= told["seconds"] <= HOUR_S + took + 0.001
    assert datetime.fromisoformat(told["started"]) <= before - timedelta(minutes=59)
    assert running() is None


def test_a_program_that_uses_the_library_has_no_command_and_tells_no_seconds(
    fjord: Path, tmp_path: Path
) -> None:
    before = datetime.now(UTC)
    study = load_study(fjord)
    access_answer(study, accessibility(study)).save(tmp_path / "made")
    told = record(tmp_path / "made")
    assert not {"command", "seconds"} & set(told)
    assert datetime.fromisoformat(told["started"]) >= before.replace(microsecond=0)
    assert work_began() >= before


def test_the_record_of_a_command_has_what_was_typed_and_all_of_its_time(
    fjord: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "datetime", AnHourAgo)
    typed = ["access", str(fjord), "-o", str(tmp_path / "made")]
    assert run(typed) == 0
    told = record(tmp_path / "made")
    assert told["command"] == ["geoaccess", *typed]
    assert told["seconds"] >= HOUR_S
