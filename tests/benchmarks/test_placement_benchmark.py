"""The placement benchmark runs, judges honestly, and says what is missing."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent


@pytest.fixture
def peers(monkeypatch):
    monkeypatch.syspath_prepend(str(HERE))
    return importlib.import_module("placement_peers")


def test_a_wrong_answer_is_called_wrong(peers) -> None:
    told = peers.Told
    assert peers.verdict(told(8162.0, None, "Optimal", 3.0), 8162) == "right"
    assert peers.verdict(told(8900.0, None, "Optimal", 3.0), 8162) == "WRONG, called optimal"
    assert peers.verdict(told(8900.0, None, "status 1 by benders", 3.0), 8162) == "not proven"
    assert peers.verdict(told(None, None, "no answer: ended by signal 9", 3.0), 8162) == "FAILED"
    assert peers.verdict(told(None, None, "not installed here", None), 8162) == "not asked"


def test_a_peer_that_is_not_there_is_not_asked(peers) -> None:
    assert peers.ask("pbp-pmedian", "", "pmed1", 5, 1.0).says == "not installed here"


@pytest.mark.shared
def test_the_command_gives_rows_and_an_exit_code(shared: Path, tmp_path: Path) -> None:
    file = tmp_path / "rows.json"
    command = [
        sys.executable,
        str(HERE / "placement.py"),
        "--only",
        "pmed",
        "--match",
        "pmed10",
        "--json",
        str(file),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    (row,) = json.loads(file.read_text())["pmed"]
    assert row["status"] == "optimal"
    assert row["objective"] == row["bound"] == row["known optimum"] == 1255
    assert row["proof"] == "lagrangian"
    assert "| pmed10 | optimal |" in done.stdout
    assert "aims missed: none" in done.stdout


def test_unknown_sections_are_refused() -> None:
    command = [sys.executable, str(HERE / "placement.py"), "--only", "pmed,nonsense"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "nonsense" in done.stderr
