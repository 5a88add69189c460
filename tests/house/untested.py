"""Public definitions that no test names: ``python tests/house/untested.py [ROOM...] [--list]``.

To be named is not to be tested, but what is never named is tested through others at best: the list is where to look for
what no test would notice. Constants and what the tests of ``tests/house`` say of the source do not count.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from unused import PACKAGES, ROOT, Definition, definitions, sources


def named(texts: list[str]) -> set[str]:
    """Every word of some test files."""
    return {word for text in texts for word in re.findall(r"\w+", text)}


def untested(room: str, words: set[str]) -> tuple[list[Definition], int]:
    """Functions, classes and methods of a room that the words leave out, and how many there are in all."""
    found, count = [], 0
    for path in sources():
        if path.relative_to(ROOT).parts[0] != room:
            continue
        for one in definitions(path, ast.parse(path.read_text(encoding="utf-8"))):
            if one.short.isupper():
                continue
            count += 1
            if one.short not in words:
                found.append(one)
    return found, count


def main(arguments: list[str]) -> None:
    """Print a table, and with ``--list`` the definitions."""
    tests = ROOT / "tests"
    words = named(
        [
            path.read_text(encoding="utf-8")
            for path in sorted(tests.rglob("*.py"))
            if path.parent.name != "house"
        ]
    )
    print(f"{'room':12}{'definitions':>12}{'no test names':>15}{'share':>8}")
    for room in [one for one in arguments if not one.startswith("-")] or PACKAGES:
        found, count = untested(room, words)
        print(f"{room:12}{count:>12,}{len(found):>15,}{100 * len(found) / max(count, 1):>7.0f}%")
        if "--list" in arguments:
            print("\n".join(f"  {one.name}" for one in found))


if __name__ == "__main__":
    main(sys.argv[1:])
