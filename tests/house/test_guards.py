"""The contracts between rooms hold, and each of them would notice what it forbids."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import structure

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("geoaccess", "networks", "optimise", "maps")

#: Contract -> (file, import that breaks it).
FORBIDDEN = {
    "geoaccess composes; the leaves do not know each other": ("optimise/errors.py", "import networks"),
    "floors of geoaccess: no room knows what stands on it": (
        "geoaccess/ground/errors.py",
        "import geoaccess.study.model",
    ),
    "floors of minutes: resources are reckoned over drives": (
        "geoaccess/minutes/drives.py",
        "import geoaccess.minutes.resources.reach",
    ),
    "answers do not know how they are shown": (
        "geoaccess/questions/losses/answer.py",
        "import geoaccess.questions.access.map",
    ),
    "a command draws nothing: whatever draws takes an answer": (
        "geoaccess/questions/clocks/terminal.py",
        "import geoaccess.questions.clocks.report",
    ),
}
#: Files of rooms that must know no question.
BELOW_QUESTIONS = (
    "answers/columns.py",
    "drawing/blocks.py",
    "words/words.py",
    "minutes/__init__.py",
    "study/check.py",
)


def contracts() -> dict[str, dict[str, object]]:
    """The contracts of pyproject.toml by name."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {row["name"]: row for row in config["tool"]["importlinter"]["contracts"]}


def linted(folder: Path) -> tuple[dict[str, str], str]:
    """Contract -> KEPT or BROKEN of the house in a folder, and all that is said of it."""
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    states = re.findall(r"^(.+) (KEPT|BROKEN)(?: \(.*\))?$", done.stdout, re.MULTILINE)
    return dict(states), done.stdout


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the sources, to plant imports in."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=_no_sources)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def _no_sources(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if not name.endswith(".py") and not Path(folder, name).is_dir()]


def plant(house: Path, file: str, line: str) -> None:
    """Add an import to a file of the copy."""
    with (house / file).open("a", encoding="utf-8") as out:
        out.write(f"\n{line}\n")


def test_every_contract_is_tried_here() -> None:
    assert set(contracts()) == set(FORBIDDEN)


def test_the_contracts_hold_and_each_notices_what_it_forbids(house: Path) -> None:
    assert linted(house)[0] == dict.fromkeys(FORBIDDEN, "KEPT")
    for file, line in FORBIDDEN.values():
        plant(house, file, line)
    assert linted(house)[0] == dict.fromkeys(FORBIDDEN, "BROKEN")


def test_no_room_below_knows_a_question(house: Path) -> None:
    for file in BELOW_QUESTIONS:
        plant(house, f"geoaccess/{file}", "import geoaccess.questions.matrix.pairs")
    _, said = linted(house)
    told = " ".join(said.split())
    for file in BELOW_QUESTIONS:
        room = re.split(r"[/.]", file)[0]
        assert f"geoaccess.{room} is not allowed to import geoaccess.questions" in told


@pytest.mark.parametrize("inside", [*PACKAGES, "geoaccess.questions", "geoaccess.study", "geoaccess.drawing"])
def test_no_rooms_import_each_other_in_a_circle(inside: str) -> None:
    assert structure.draw(ROOT, inside).circles == []
