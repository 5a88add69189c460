"""The table of CONTRIBUTING.md names files that are there."""

from __future__ import annotations

import ast
import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ROWS = [line for line in TEXT.splitlines() if line.startswith("| **")]
FOUND = [line for line in TEXT.split("| to find |")[1].splitlines()[2:] if line.startswith("| ")]


def named(row: str) -> list[str]:
    """Paths of a row; a bare file name lies in the folder of the path before it."""
    paths, folder = [], ""
    for word in re.findall(r"`([\w./*{}-]+)`", row):
        if "/" in word:
            folder = word.rpartition("/")[0]
            paths.append(word)
        elif re.fullmatch(r"[\w*]+\.(py|po|json|csv)", word) and folder:
            paths.append(f"{folder}/{word}")
    return paths


def missing(row: str) -> list[str]:
    """Paths of a row that are not there; XX stands for a language."""
    paths = [path.replace("XX", "nb").rstrip("/") for path in named(row)]
    assert paths
    return [path for path in paths if not list(ROOT.glob(path)) and not (ROOT / path).exists()]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("**")[1])
def test_the_files_of_a_row_are_there_and_it_has_a_test(row: str) -> None:
    told, opened, tested = (cell.strip() for cell in row.strip("|").split(" | "))
    assert told.startswith("**")
    if told == "**a question**":
        opened = opened.split("its row in", 1)[1]  # what a new question's own folder gets is not there yet
    assert missing(opened) == []
    assert missing(tested) == []
    assert "tests/" in tested


@pytest.mark.parametrize("row", FOUND, ids=lambda row: row.split(" | ")[0].strip("| "))
def test_what_is_to_be_found_is_there(row: str) -> None:
    _, guessed, opened = (cell.strip() for cell in row.strip("| ").split(" | "))
    assert missing(guessed) == []
    assert len(named(guessed)) == int(opened)


def test_the_kinds_of_additions_that_the_house_promises_have_their_rows() -> None:
    told = {row.split("**")[1] for row in ROWS}
    assert told >= {
        "a hazard",
        "an OpenStreetMap tag rule",
        "a placement model",
        "a question",
        "a map kind",
        "a language",
        "a resource (boat, aircraft)",
    }
    assert len(FOUND) == 39


def _tells_bokmal(tree: ast.Module) -> bool:
    """Whether a module itself names bokmål: the code ``nb``, or a name that ends in ``_nb``."""
    with_docs = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docs = {
        id(one.body[0].value)
        for one in ast.walk(tree)
        if isinstance(one, with_docs) and one.body and isinstance(one.body[0], ast.Expr)
    }
    for one in ast.walk(tree):
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and id(one) not in docs:
            if one.value == "nb" or one.value.endswith("_nb"):
                return True
        elif any(str(getattr(one, name, "")).endswith("_nb") for name in ("id", "attr", "arg")):
            return True
    return False


def test_whoever_adds_a_language_is_told_every_module_that_names_one() -> None:
    row = next(row for row in ROWS if row.startswith("| **a language**"))
    telling = {
        str(path.relative_to(ROOT))
        for package in ("geoaccess", "networks", "optimise", "maps")
        for path in (ROOT / package).rglob("*.py")
        if _tells_bokmal(ast.parse(path.read_text(encoding="utf-8")))
    }
    told = named(row)
    assert telling
    assert [path for path in sorted(telling) if not any(fnmatch(path, one) for one in told)] == []
