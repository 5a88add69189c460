"""The page on placements: its commands are run again, by a test and by this script.

``python tests/geoaccess/questions/placement/placement_page.py`` writes what the commands print now into the page.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

PAGE = Path(__file__).resolve().parents[4] / "geoaccess" / "docs" / "placements.md"

_BLOCK = re.compile(r"```console\n\$ geoaccess ([^\n]*)\n(.*?)```", flags=re.DOTALL)
_SOLVER = re.compile(r"\([^()]*HiGHS[^()]*\)|[\d.]+ s of solving")


def blocks() -> list[tuple[str, str]]:
    """Commands and what the page says they print."""
    return _BLOCK.findall(PAGE.read_text(encoding="utf-8"))


def printed(command: str) -> str:
    """What a command prints now, errors after results."""
    from geoaccess.cli.app import run

    out, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        run(shlex.split(command))
    lines = (out.getvalue() + errors.getvalue()).splitlines()
    return "".join(f"{line.rstrip()}\n" for line in lines)


def steady(text: str) -> str:
    """A text without seconds, and without what solved it: engines change where answers do not."""
    return _SOLVER.sub("*", text)


def rewrite() -> None:
    """Put what the commands print now into the page."""
    text = PAGE.read_text(encoding="utf-8")

    def block(match: re.Match[str]) -> str:
        now = printed(match[1])
        # Other seconds alone are no reason to change the page.
        kept = match[2] if steady(now) == steady(match[2]) else now
        return f"```console\n$ geoaccess {match[1]}\n{kept}```"

    PAGE.write_text(_BLOCK.sub(block, text), encoding="utf-8")


if __name__ == "__main__":
    rewrite()
