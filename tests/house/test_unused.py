"""No public definition is there for nothing, and every exception is one with a reason."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import untested as house_untested
import unused as house_unused


def test_every_public_definition_is_used_or_excepted_with_a_reason() -> None:
    found = {one.name for one in house_unused.unused()}
    assert sorted(found - set(house_unused.EXCEPTIONS)) == []
    assert sorted(set(house_unused.EXCEPTIONS) - found) == [], "used by now, or gone: take it off the list"
    assert all(len(reason) > 10 for reason in house_unused.EXCEPTIONS.values())


def test_what_nothing_uses_is_found(tmp_path: Path) -> None:
    source = """
LIMIT = 3
def used(): return LIMIT
def recursive(n): return recursive(n - 1)
class Thing:
    def asked(self): return used()
    def never(self): return 1
def begin(): return Thing().asked()
TABLE = ("geoaccess.thing:drawn", begin)
def drawn(): return 2
print(TABLE)
"""
    file = house_unused.ROOT / "geoaccess" / "thing.py"
    tree = ast.parse(source)
    used = [(name, line) for name, line in house_unused.uses(file, tree)]
    lost = [
        one.short
        for one in house_unused.definitions(file, tree)
        if not [line for name, line in used if name == one.short and not one.first <= line <= one.last]
    ]
    assert lost == ["recursive", "never"]


def test_what_no_test_names_is_found() -> None:
    every, count = house_untested.untested("maps", set())
    assert len(every) == count > 0
    assert not any(one.short.isupper() for one in every)
    word = every[0].short
    left, again = house_untested.untested("maps", house_untested.named([f"assert maps.{word}(1) == 2"]))
    assert again == count
    assert word not in {one.short for one in left}
    assert len(left) == count - sum(one.short == word for one in every)
