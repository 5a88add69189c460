"""The page on placements: its commands are run again, by a test and by this script.

``python -m tests.documentation.refresh placements.md`` writes what the commands print now into the page.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
from said import said

PAGES = ("placements.md",)
PAGE = Path(__file__).resolve().parents[4] / "geoaccess" / "docs" / "placements.md"

_BLOCK = re.compile(r"```console\n\$ geoaccess ([^\n]*)\n(.*?)```", flags=re.DOTALL)
_SOLVER = re.compile(r"\([^()]*HiGHS[^()]*\)|[\d.]+ s of solving")


def blocks() -> list[tuple[str, str]]:
    """Commands and what the page says they print."""
    return _BLOCK.findall(PAGE.read_text(encoding="utf-8"))


def printed(command: str) -> str:
    """What a command prints now, errors after results."""
    return "".join(f"{line}\n" for line in said(command).lines)


def steady(text: str) -> str:
    """A text without seconds, and without what solved it: engines change where answers do not."""
    return _SOLVER.sub("*", text)


def rewrite(page: str) -> None:
    """Put what the commands print now into the page."""
    assert page in PAGES
    text = PAGE.read_text(encoding="utf-8")

    def block(match: re.Match[str]) -> str:
        now = printed(match[1])
        # Other seconds alone are no reason to change the page.
        kept = match[2] if steady(now) == steady(match[2]) else now
        return f"```console\n$ geoaccess {match[1]}\n{kept}```"

    PAGE.write_text(_BLOCK.sub(block, text), encoding="utf-8")
