"""What a terminal of 80 columns sees of notes, and what a pipe gets: plain tables, CSV and nothing beside it."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path

import pandas as pd
import pytest

from geoaccess.cli.app import run
from geoaccess.terminal.output import Output
from geoaccess.words.note import Note

NOTES = [
    f"limit number {number} of the data, told in a sentence that is a good deal longer than one line is"
    for number in range(17)
]
CLOSED = Note("note.asked.closed", name="UNN Narvik", kind="akuttmottak")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def terminal_of(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Called within a test: between the phases of one, pytest puts its own stream there."""
    monkeypatch.setenv("COLUMNS", "80")
    made = Terminal()
    monkeypatch.setattr(sys, "stderr", made)
    return made


def test_notes_take_three_lines_of_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = terminal_of(monkeypatch)
    Output().notes([*NOTES, CLOSED])
    said = terminal.getvalue().splitlines()
    assert len(said) == 3
    assert max(map(len, said)) <= 80
    assert said[0] == "note: closed for this question: UNN Narvik (akuttmottak)"  # what was asked comes first
    assert said[1].startswith("note: limit number 0 of the data")
    assert said[1].endswith("…")
    assert said[2].startswith("note: 16 more notes: -v")


def test_three_notes_are_told_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = terminal_of(monkeypatch)
    Output().notes(NOTES[:3])
    assert terminal.getvalue().splitlines() == [f"note: {note}" for note in NOTES[:3]]


@pytest.mark.parametrize(("options", "lines"), [(["-v"], 5), (["-q"], 0), ([], 3)])
def test_verbose_tells_all_of_them_and_quiet_none(
    fjord: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], lines: int
) -> None:
    terminal = terminal_of(monkeypatch)
    assert run(["supply", str(fjord), "--to", "hospital", "--capacity", "beds", *options]) == 0
    said = [line for line in terminal.getvalue().splitlines() if line.startswith("note: ")]
    assert len(said) >= lines if options == ["-v"] else len(said) == lines


def test_nothing_is_folded_in_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    Output().notes(NOTES)
    assert len(capsys.readouterr().err.splitlines()) == len(NOTES)


def test_csv_is_the_rows_of_the_json_and_alone_on_stdout(
    fjord: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["losses", str(fjord), "--of", "ferries", "--to", "hospital"]
    assert run([*command, "--csv"]) == 0
    told = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(told.out)))
    assert run([*command, "--json"]) == 0
    expected = json.loads(capsys.readouterr().out)["rows"]
    assert [row["element_id"] for row in rows] == [row["element_id"] for row in expected]
    assert float(rows[0]["persons_no_longer_reached"]) == expected[0]["persons_no_longer_reached"]
    assert "West-East" in told.err  # people read it on stderr


@pytest.mark.parametrize("command", [["route", "Town", "West"], ["access"]])
def test_every_question_has_a_main_table(
    fjord: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    name, *rest = command
    assert run([name, str(fjord), *rest, "--csv"]) == 0
    table = pd.read_csv(io.StringIO(capsys.readouterr().out))
    assert {"from", "to"} <= set(table) or "municipality" in table


def test_csv_and_json_are_not_given_together(fjord: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["access", str(fjord), "--csv", "--json"]) == 2
    assert run(["--lang", "nb", "access", str(fjord), "--csv", "--json"]) == 2
    assert "gi én av dem" in capsys.readouterr().err


def test_a_pipe_gets_a_row_a_line_and_no_lines_drawn(
    fjord: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GEOACCESS_DRAWN_TABLES", raising=False)
    assert run(["route", str(fjord), "Town", "Færøy", "-q"]) == 0
    out = capsys.readouterr().out
    said = out.splitlines()
    assert not set(out) & set("┃│━┏┡└")
    assert said[0].startswith("Town - Færøy")
    assert said[1].split()[0] == "from"
    assert [line.split()[0] for line in said[2:5]] == ["Town", "West", "East"]
    # Figures stand under each other, their last digit under that of the heading.
    assert len({len(line) for line in said[1:5]}) == 1
