"""More places than this machine holds ways between are refused before any way is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from geoaccess.cli.app import run
from geoaccess.workload import ways


def test_more_places_than_memory_are_told_with_what_to_do(
    calls_study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def searched(*_: object, **__: object) -> object:
        raise AssertionError("ways were looked for")

    monkeypatch.setattr(ways, "memory_bytes", lambda: 1000.0)
    monkeypatch.setattr(ways, "travel_time_matrix", searched)
    assert run(["workload", str(calls_study)]) == 3
    told = capsys.readouterr().err
    assert "join people into fewer demand points" in told
    assert run(["--lang", "nb", "workload", str(calls_study)]) == 3
    assert "færre befolkningspunkter" in capsys.readouterr().err


def test_the_memory_of_this_machine_is_more_than_nothing() -> None:
    assert ways.memory_bytes() > 2**28
