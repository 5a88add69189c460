"""Every command that the documentation types: it has help in both languages, and every option that is typed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import geoaccess
from geoaccess.cli.app import root, run

DOCS = Path(geoaccess.__file__).parent / "docs"
PAGES = [*sorted(DOCS.rglob("*.md")), DOCS.parent.parent / "README.md"]


def typed() -> Iterator[tuple[str, str]]:
    """(page, command line) of every line of code, and of every piece of code in a sentence, that begins so."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8").replace("\\\n", " ")
        blocks = re.findall(r"^```\w*\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
        lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
        lines += re.findall(
            r"`(geoaccess [^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
        )
        yield from ((page.name, line) for line in lines if line.startswith("geoaccess "))


def resolved(line: str) -> tuple[list[str], click.Command, list[str]] | None:
    """The command of a line, its words, and its options; None for a line that no shell reads."""
    try:
        words = shlex.split(re.split(r" [|>] ", line, maxsplit=1)[0], comments=True)[1:]
    except ValueError:
        return None
    while words[:1] == ["--lang"]:
        words = words[2:]
    context, command, path = click.Context(root), root, []
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words[0])
        if found is None:
            break
        command, path, words = found, [*path, words[0]], words[1:]
    options = [word.partition("=")[0] for word in words if re.fullmatch(r"--[a-z][a-z-]*(=.*)?", word)]
    return path, command, options


LINES = sorted({line: page for page, line in typed()}.items())
COMMANDS = sorted({" ".join(found[0]) for line, _ in LINES if (found := resolved(line))})


def test_there_are_many() -> None:
    assert len(LINES) > 100
    assert len(COMMANDS) > 20


def test_every_option_that_is_typed_is_there() -> None:
    wrong = []
    for line, page in LINES:
        found = resolved(line)
        if found is None:
            continue
        path, command, options = found
        known = {one for parameter in command.params for one in (*parameter.opts, *parameter.secondary_opts)}
        known |= {"--help", "--version", "--lang"}
        wrong += [f"{page}: {line}: {option}" for option in options if option not in known]
        if not path and not options and "COMMAND" not in line:
            wrong.append(f"{page}: {line}: no such command")
    assert wrong == []


@pytest.mark.parametrize("language", ["en", "nb"])
@pytest.mark.parametrize("command", COMMANDS)
def test_it_has_help_in_both_languages(
    command: str, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--lang", language, *command.split(), "--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith("Usage: geoaccess" if language == "en" else "Bruk: geoaccess")
