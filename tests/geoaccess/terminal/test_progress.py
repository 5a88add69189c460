"""A step that knows how much of it is done says it in per cent, in the reader's language."""

from __future__ import annotations

import io
import sys
from contextlib import contextmanager

import pytest
import rich.console

from geoaccess.terminal.output import Output
from geoaccess.words.note import Note


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "building the network from a.osm.pbf: 43% done"),
        ("nb", "bygger nettverket av a.osm.pbf: 43 % ferdig"),
    ],
)
def test_the_spinner_says_how_much_is_done(monkeypatch, language, said):
    shown: list[str] = []

    class Status:
        def update(self, text: str) -> None:
            shown.append(text)

    @contextmanager
    def status(console, text):
        shown.append(text)
        yield Status()

    monkeypatch.setattr(rich.console.Console, "status", status)
    monkeypatch.setattr(sys, "stderr", Terminal())
    with Output(language=language).step(Note("say.building", source="a.osm.pbf")) as tell:
        tell(0.431)
    assert shown == [said.rpartition(":")[0], said]


def test_a_file_gets_one_line_and_a_quiet_command_none(capsys):
    for quiet in (False, True):
        with Output(language="en", quiet=quiet).step(Note("say.building", source="a.osm.pbf")) as tell:
            tell(0.5)
    assert len(capsys.readouterr().err.splitlines()) == 1
