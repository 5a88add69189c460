"""The faults that no test notices are explained in ``survivors.md``; each of them can still be made in the source."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.house.mutants import mutants

ROOT = Path(__file__).resolve().parents[2]
TEXT = (Path(__file__).parent / "survivors.md").read_text(encoding="utf-8")
FAULT = re.compile(r"- `(?P<function>[^`]*)`: `(?P<before>[^`]+)` => `(?P<after>[^`]+)`")


def told() -> dict[str, list[tuple[str, str, str]]]:
    """Faults of the text by module."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    module = ""
    for line in TEXT.splitlines():
        if line.startswith("## "):
            module = line[3:].strip()
        elif line.startswith("- "):
            match = FAULT.fullmatch(line)
            assert match is not None, f"not in the form of a fault: {line}"
            found.setdefault(module, []).append((match["function"], match["before"], match["after"]))
    return found


@pytest.mark.parametrize("module", told())
def test_every_survivor_can_still_be_made(module: str) -> None:
    possible = {one.key for one in mutants(ast.parse((ROOT / module).read_text(encoding="utf-8")))}
    gone = [fault for fault in told()[module] if fault not in possible]
    assert gone == [], "the source has changed: strike these, or say anew what survives"


def test_every_survivor_is_told_once_and_has_a_reason() -> None:
    for module, faults in told().items():
        assert len(set(faults)) == len(faults), module
    for block in re.split(r"\n## ", TEXT)[1:]:
        for group in re.findall(r"(?:^- .*\n)+", block, flags=re.MULTILINE):
            before = block.split(group)[0].rstrip().rsplit("\n\n", 1)[-1]
            assert before.strip(), f"no reason stands above: {group.splitlines()[0]}"
            assert not before.startswith("- "), f"no reason stands above: {group.splitlines()[0]}"
