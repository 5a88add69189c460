"""What the compiler of the engine announces is a note of any command, and --quiet is quiet about it."""

from __future__ import annotations

import logging

import click
import pytest

from geoaccess.cli import app

COMPILER = logging.getLogger("networks.hierarchy.compiled")


@pytest.fixture
def compiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that asks for nothing of the kind, and comes upon something that is not compiled yet."""

    @click.command()
    @click.option("-q", "--quiet", is_flag=True)
    def command(quiet: bool) -> None:
        COMPILER.warning("Compiling for the first time")

    monkeypatch.setattr(app.LazyGroup, "get_command", lambda *_: command)


def test_the_first_compilation_is_a_note_of_any_command(compiles, capsys):
    assert app.run(["doctor"]) == 0
    assert capsys.readouterr() == ("", "Compiling for the first time\n")


def test_quiet_is_quiet_about_compiling(compiles, capsys, caplog):
    assert app.run(["doctor", "-q"]) == 0
    assert capsys.readouterr() == ("", "")
    assert not caplog.records
