"""The pages ``from-*.md``: what people bring from other programs, carried through to a placement as they would type it.

``python -m tests.documentation.refresh from-excel.md`` runs a page and writes what is printed now. A page is run from its
top in one folder that begins with the files of ``docs/examples``:

- a block of Python whose first line is ``# NAME.py`` is that file;
- any other block of Python is a cell of a notebook, and the block of text below it is what the cell shows;
- in a block ``console``, each line ``$ ...`` is typed, and the lines below it are what is printed.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
sys.path.insert(0, str(ROOT / "tests" / "studies"))
import printed  # noqa: E402 - found by the paths above
from said import said  # noqa: E402

DOCS = printed.DOCS
EXAMPLES = DOCS / "examples"
PAGES = ("from-excel.md", "from-osmnx.md", "from-qgis.md", "from-spopt.md")
#: The notebook that has the cells of a page.
NOTEBOOKS = {"from-osmnx.md": "fjord.ipynb"}
_BLOCK = re.compile(r"^```(?P<kind>python|console|text)\n(?P<body>.*?)^```$", flags=re.DOTALL | re.MULTILINE)
_NAMED = re.compile(r"# (?P<file>[\w.-]+\.py)\n")
_PROGRESS = re.compile(r"^[\w -]+: \d+\.\d s$")
_SOLVER = re.compile(r"\(HiGHS [\d.]+")


@dataclass(frozen=True)
class Shown:
    """What a page shows, and what is printed now.

    Attributes:
        typed: the command or cell.
        start: where the shown lines begin in the page.
        shown: the lines.
        lines: what is printed now.
    """

    typed: str
    start: int
    shown: str
    lines: list[str]

    @property
    def block(self) -> printed.Block:
        """The same for the program that compares."""
        return printed.Block("", (self.typed,), _SOLVER.sub("(HiGHS #", self.shown), "")

    @property
    def missing(self) -> list[str]:
        """Shown lines that are not printed in this order."""
        return printed.missing(self.block, [_SOLVER.sub("(HiGHS #", line) for line in self.lines])

    @property
    def updated(self) -> str:
        """What the page should show."""
        if not self.missing and self.shown.strip():
            return self.shown
        kept = printed.Block("", (self.typed,), self.shown, "")
        return "".join(f"{line}\n" for line in printed.updated(kept, self.lines))


def walk(page: str, folder: Path) -> Iterator[Shown]:
    """Run a page from its top in a folder."""
    text = (DOCS / page).read_text(encoding="utf-8")
    shutil.copytree(EXAMPLES, folder, dirs_exist_ok=True)
    names: dict[str, Any] = {"__name__": "cell"}
    cell, told = "", [""]
    with contextlib.chdir(folder), printed.wide():
        for found in _BLOCK.finditer(text):
            kind, body = found["kind"], found["body"]
            named = _NAMED.match(body) if kind == "python" else None
            if named:
                (folder / named["file"]).write_text(body, encoding="utf-8")
            elif kind == "python":
                cell, told = body, _cell(body, names)
            elif kind == "text":
                yield Shown(cell, found.start("body"), body, told)
            else:
                yield from _console(found.start("body"), body)


def _console(start: int, body: str) -> Iterator[Shown]:
    for one in re.finditer(r"^\$ (?P<typed>.*)\n(?P<shown>(?:(?!\$ ).*\n)*)", body, flags=re.MULTILINE):
        yield Shown(one["typed"], start + one.start("shown"), one["shown"], _typed(one["typed"]))


def _typed(command: str) -> list[str]:
    """The lines that a command prints, without progress."""
    words = shlex.split(command)
    if words[0] == "geoaccess":
        lines = said(command, joined=True).lines
    elif words[0] == "python":
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            runpy.run_path(words[1], run_name="__main__")
        lines = out.getvalue().splitlines()
    else:
        done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
        lines = done.stdout.splitlines()
    return [printed.steady(line) for line in lines if not _PROGRESS.match(line)]


def _cell(body: str, names: dict[str, Any]) -> list[str]:
    """What a cell prints, and the value of its last line."""
    tree = ast.parse(body)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(tree, "cell", "exec"), names)
        value = eval(compile(ast.Expression(last.value), "cell", "eval"), names) if last else None
        if value is not None:
            print(value if type(value).__module__.startswith("pandas") else repr(value))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def cells(page: str) -> list[str]:
    """The cells of a page."""
    text = (DOCS / page).read_text(encoding="utf-8")
    every = [found["body"] for found in _BLOCK.finditer(text) if found["kind"] == "python"]
    return [body.strip() for body in every if not _NAMED.match(body)]


def rewrite(page: str) -> None:
    """Write a page anew, and the notebook that has its cells."""
    file = DOCS / page
    text = file.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        found = list(walk(page, Path(folder)))
    for one in reversed(found):
        text = text[: one.start] + one.updated + text[one.start + len(one.shown) :]
    file.write_text(text, encoding="utf-8")
    if page in NOTEBOOKS:
        (EXAMPLES / NOTEBOOKS[page]).write_text(notebook(page), encoding="utf-8")


def notebook(page: str) -> str:
    """The cells of a page as a notebook, nothing run yet."""
    made = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"cell-{number}",
            "metadata": {},
            "outputs": [],
            "source": cell.splitlines(keepends=True),
        }
        for number, cell in enumerate(cells(page), start=1)
    ]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    whole = {"cells": made, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"
