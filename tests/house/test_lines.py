"""Test lines per source line, room by room: ``python tests/house/test_lines.py``, ``--at REVISION`` for any other state.

Lines of Python files as they stand. A test file belongs to the room whose folder mirrors it; what belongs to no room
(drills, fuzz, studies, documentation, packaging, house) is told beside them. Benchmarks and the referee are no tests of
one room, and are told apart too.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("networks", "optimise", "maps", "geoaccess")


def files(revision: str | None) -> Iterator[tuple[str, int]]:
    """Every Python file of the repository, and how many lines it has."""
    if revision is None:
        listed = _git("ls-files", "*.py").splitlines()
        yield from (
            (name, len((ROOT / name).read_bytes().splitlines())) for name in listed if (ROOT / name).is_file()
        )
        return
    names = [
        name for name in _git("ls-tree", "-r", "--name-only", revision).splitlines() if name.endswith(".py")
    ]
    for name in names:
        yield name, len(_git("show", f"{revision}:{name}").splitlines())


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def lines(found: Iterator[tuple[str, int]]) -> tuple[Counter[str], Counter[str]]:
    """Lines of source by room, and of tests by the folder of ``tests/`` that they lie in."""
    source: Counter[str] = Counter()
    tests: Counter[str] = Counter()
    for name, count in found:
        parts = Path(name).parts
        if parts[0] in ROOMS:
            source[parts[0]] += count
        elif parts[0] == "tests":
            tests[parts[1] if len(parts) > 2 else "(shared)"] += count
    return source, tests


def table(revision: str | None = None) -> list[str]:
    """The lines to print."""
    source, tests = lines(files(revision))
    told = [f"{'room':<14}{'source':>8}{'tests':>8}{'ratio':>7}"]
    for room in ROOMS:
        told.append(f"{room:<14}{source[room]:>8,}{tests[room]:>8,}{tests[room] / source[room]:>7.2f}")
    for folder in sorted(set(tests) - set(ROOMS)):
        told.append(f"{'tests/' + folder:<22}{tests[folder]:>8,}")
    whole, checked = sum(source.values()), sum(tests.values())
    return [*told, f"{'all':<14}{whole:>8,}{checked:>8,}{checked / whole:>7.2f}"]


def test_every_room_is_counted() -> None:
    source, tests = lines(
        iter([("networks/osm/a.py", 10), ("tests/networks/test_a.py", 5), ("tests/fonts.py", 2)])
    )
    assert (source, tests) == ({"networks": 10}, {"networks": 5, "(shared)": 2})
    assert [line.split()[0] for line in table()[1:5]] == list(ROOMS)


if __name__ == "__main__":
    print("\n".join(table(sys.argv[2] if sys.argv[1:2] == ["--at"] else None)))
