"""The console blocks of a documentation page, run again: to compare them, or to write them anew.

``python -m tests.documentation.refresh questions.md`` runs every block and writes what is printed now. A block
is one of commands (lines beginning with ``geoaccess``), followed by a block of what they print; a line ``  ...``
stands for lines left out, and lines may be left out before and after. A block of TOML before it is added to
``study/study.toml``, a copy of the embedded study.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from said import said

import geoaccess as ga
from geoaccess.ground.paths import embedded_studies

DOCS = Path(ga.__file__).parent / "docs"
PAGES = ("beds.md", "burden.md", "levels.md", "plans.md", "questions.md", "scenarios.md", "teams.md")
LEFT_OUT = "  ..."
_BLOCK = re.compile(
    r"(?:```toml\n(?P<toml>.*?)```\n(?:(?!```).)*?)?```\n(?P<commands>geoaccess [^`]*?)```\n"
    r"(?:(?!```).)*?```text\n(?P<shown>.*?)```",
    flags=re.DOTALL,
)
_SECONDS = re.compile(r"\b\d+(?:\.\d+)? s\b")


@dataclass(frozen=True)
class Block:
    """Commands of a page and what it shows of what they print."""

    page: str
    commands: tuple[str, ...]
    shown: str
    toml: str

    @property
    def title(self) -> str:
        """The last command, which is what the block is about."""
        return self.commands[-1]


def blocks(page: str) -> list[Block]:
    """The blocks of a page, in order."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return [
        Block(page, tuple(found["commands"].strip().splitlines()), found["shown"], found["toml"] or "")
        for found in _BLOCK.finditer(text)
    ]


def printed(block: Block, folder: Path) -> list[str]:
    """What the commands of a block print, progress and notes left out, run in a folder of their own."""
    if block.toml:
        copy = folder / "study"
        shutil.copytree(embedded_studies()["nord-norge"], copy)
        with (copy / "study.toml").open("a", encoding="utf-8") as file:
            file.write("\n" + block.toml)
    with contextlib.chdir(folder):
        told = [said(f"{command} -q", joined=True) for command in block.commands]
    return [steady(line) for one in told for line in one.lines]


def steady(line: str) -> str:
    """A line without what differs from run to run: seconds, and blanks at its end."""
    return _SECONDS.sub("# s", line.rstrip())


def missing(block: Block, lines: list[str]) -> list[str]:
    """Shown lines that are not printed in this order."""
    found, place = [], 0
    for line in block.shown.splitlines():
        if line.strip() == LEFT_OUT.strip():
            continue
        try:
            place = lines.index(steady(line), place) + 1
        except ValueError:
            found.append(line)
    return found


def updated(block: Block, lines: list[str]) -> Iterator[str]:
    """The shown lines as they are printed now; an empty block shows all.

    A table that is shown whole is shown whole again. Of one with lines left out, heading and frame are those of
    now, and a row is the one that begins with the same cell. Any other line becomes the one most like it.
    """
    if not block.shown.strip():
        yield from lines
    shown, place = block.shown.splitlines(), 0
    while shown:
        line = shown.pop(0)
        if line.strip() == LEFT_OUT.strip():
            yield LEFT_OUT
        elif line.startswith(TOP) and any(other.startswith(TOP) for other in lines[place:]):
            table = [line, *_table(shown)]
            start = place + next(at for at, other in enumerate(lines[place:]) if other.startswith(TOP))
            now = [lines[start], *_table(lines[start + 1 :])]
            place = start + len(now)
            yield from now if LEFT_OUT.strip() not in map(str.strip, table) else _rows(table, now)
            del shown[: len(table) - 1]
        else:
            rest = lines[place:]
            near = difflib.get_close_matches(steady(line), rest, n=1, cutoff=0.5)
            if near:
                place += rest.index(near[0]) + 1
                yield near[0]


#: What a table begins and ends with.
TOP, BOTTOM = "┏", "└"


def _table(lines: list[str]) -> list[str]:
    """The lines up to the bottom of a table."""
    ends = [at for at, line in enumerate(lines) if line.startswith(BOTTOM)]
    return lines[: ends[0] + 1] if ends else lines


def _rows(table: list[str], now: list[str]) -> Iterator[str]:
    """Heading and frame of now, and the rows of now that the table shows, with what is left out between them."""
    first = next(at for at, line in enumerate(now) if line.startswith("┡"))
    yield from now[: first + 1]
    rest = _whole_rows(now[first + 1 :])
    begun = next((at for at, line in enumerate(table) if line.startswith("┡")), 0)
    for line in table[begun + 1 :]:
        if line.strip() == LEFT_OUT.strip():
            yield LEFT_OUT
        elif line.startswith("│") and _cell(line):
            named = [row for row in rest if _cell(row[0]) == _cell(line)]
            if named:
                yield from named[0]
                rest = rest[rest.index(named[0]) + 1 :]
    yield now[-1]


def _whole_rows(lines: list[str]) -> list[list[str]]:
    """Rows of a table, each with the lines that its cells take."""
    rows: list[list[str]] = []
    for line in lines:
        if line.startswith("│") and _cell(line):
            rows.append([line])
        elif line.startswith("│") and rows:
            rows[-1].append(line)
    return rows


def _cell(line: str) -> str:
    return line.split("│")[1].strip()


def rewrite(page: str) -> None:
    """Write a page anew."""
    file = DOCS / page
    text = file.read_text(encoding="utf-8")
    for block in blocks(page):
        with tempfile.TemporaryDirectory() as folder, wide():
            lines = printed(block, Path(folder))
        if missing(block, lines) or not block.shown.strip():
            print(f"{page}: {block.title}", file=sys.stderr)
            command = f"{block.title}\n```\n"
            start = text.index("```text\n", text.index(command)) + len("```text\n")
            text = text[:start] + "\n".join(updated(block, lines)) + "\n" + text[start + len(block.shown) :]
    file.write_text(text, encoding="utf-8")


@contextlib.contextmanager
def wide() -> Iterator[None]:
    """No line is broken for want of room."""
    usual = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = "200"
    try:
        yield
    finally:
        if usual is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = usual
