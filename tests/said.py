"""What a command of this checkout says, run in this process: the one way of tests and of the programs of the docs."""

from __future__ import annotations

import contextlib
import io
import shlex
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Said:
    """What a command said.

    Attributes:
        code: its exit code.
        out: what it wrote to stdout; with ``joined`` stderr too, in the order of writing.
        err: what it wrote to stderr.
    """

    code: int
    out: str
    err: str = ""

    @property
    def lines(self) -> list[str]:
        """Results, then notes and errors, without blanks at the ends of lines."""
        return [line.rstrip() for line in (self.out + self.err).splitlines()]


def said(command: str | Sequence[object], *, language: str = "", joined: bool = False) -> Said:
    """Run a command.

    Args:
        command: as it is typed, with or without ``geoaccess``, or its words.
        language: what ``--lang`` asks for; empty = nothing.
        joined: stdout and stderr into one text.
    """
    from geoaccess.cli.app import run

    words = shlex.split(command) if isinstance(command, str) else [str(word) for word in command]
    if words[:1] == ["geoaccess"]:
        words = words[1:]
    if language:
        words = ["--lang", language, *words]
    out = io.StringIO()
    err = out if joined else io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(words)
    return Said(code, out.getvalue(), "" if joined else err.getvalue())
