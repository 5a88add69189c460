"""The table of CONTRIBUTING.md names files that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ROWS = [line for line in TEXT.splitlines() if line.startswith("| **")]


def named(row: str) -> list[str]:
    """Paths of a row; a bare file name lies in the folder of the path before it."""
    paths, folder = [], ""
    for word in re.findall(r"`([\w./*{}-]+)`", row):
        if "/" in word:
            folder = word.rpartition("/")[0]
            paths.append(word)
        elif re.fullmatch(r"\w+\.(py|po|json|csv)", word) and folder:
            paths.append(f"{folder}/{word}")
    return paths


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("**")[1])
def test_the_files_of_a_row_are_there(row: str) -> None:
    if "a folder in `geoaccess/questions/`" in row:
        row = row.split("its line in", 1)[1]  # what a new question's own folder gets is not there yet
    paths = [path.replace("XX", "nb") for path in named(row)]
    assert paths or "data only" in row
    missing = [
        path
        for path in paths
        if not path.startswith(("_terminal", "_maps", "words."))
        and not list(ROOT.glob(path.rstrip("/")))
        and not (ROOT / path).exists()
    ]
    assert missing == []
