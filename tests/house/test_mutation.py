"""The faults that mutation testing makes, and that a fault reaches whoever already holds the function."""

from __future__ import annotations

import ast
import subprocess
import sys
import time
import types

import pytest

from tests.house.mutants import mutants
from tests.house.mutation import _in_child, drawn, graft, processor_s

SOURCE = '''"""Docstring."""
from dataclasses import dataclass
LIMIT = 3
Alias = int | str
__all__ = ["within"]

def within(value: int = 2, *, scale=1.5) -> bool:
    """At most LIMIT."""
    if value < 0 and not scale:
        raise ValueError("below 0")
    return value * scale <= LIMIT

@dataclass
class Held:
    kept: int = 4

    @property
    def twice(self) -> int:
        return self.kept * 2
'''


def module() -> types.ModuleType:
    made = types.ModuleType("toy_of_mutation")
    sys.modules["toy_of_mutation"] = made
    exec(SOURCE, made.__dict__)
    return made


def faults() -> list[tuple[str, str]]:
    return [(one.before, one.after) for one in mutants(ast.parse(SOURCE))]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("LIMIT = 3", "LIMIT = 4"),
        ("if value < 0 and (not scale):", "if value <= 0 and (not scale):"),
        ("if value < 0 and (not scale):", "if value >= 0 and (not scale):"),
        ("if value < 0 and (not scale):", "if value < 0 or not scale:"),
        ("if value < 0 and (not scale):", "if value < 1 and (not scale):"),
        ("if value < 0 and (not scale):", "if value < 0 and scale:"),
        ("raise ValueError('below 0')", "(left out)"),
        ("return value * scale <= LIMIT", "return value / scale <= LIMIT"),
        ("return value * scale <= LIMIT", "return value * scale < LIMIT"),
        ("return value * scale <= LIMIT", "return None"),
        ("kept: int = 4", "kept: int = 5"),
        ("return self.kept * 2", "return self.kept / 2"),
    ],
)
def test_faults_of_each_kind_are_made(before: str, after: str) -> None:
    assert (before, after) in faults()


def test_annotations_docstrings_aliases_and_exports_are_left_alone() -> None:
    touched = {before for before, _ in faults()}
    assert not any(text.startswith(("Alias", "__all__", "'")) for text in touched)
    assert all("raise" not in before or after == "(left out)" for before, after in faults())
    assert len(set(faults())) == len(faults())


def with_fault(before: str, after: str) -> types.ModuleType:
    live, tree = module(), ast.parse(SOURCE)
    next(one for one in mutants(tree) if (one.before, one.after) == (before, after)).put()
    graft(live, tree, "toy.py")
    return live


def test_a_fault_reaches_those_who_hold_the_function_already() -> None:
    live = module()
    held = live.within
    assert held(2) is True
    tree = ast.parse(SOURCE)
    next(one for one in mutants(tree) if one.after == "return value * scale < LIMIT").put()
    graft(live, tree, "toy.py")
    assert held(2) is False
    assert live.within is held


def test_faults_of_constants_defaults_fields_and_properties_take_hold() -> None:
    assert with_fault("LIMIT = 3", "LIMIT = 4").within(2, scale=2)
    assert (
        with_fault(
            "def within(value: int=2, *, scale=1.5) -> bool:",
            "def within(value: int=3, *, scale=1.5) -> bool:",
        ).within()
        is False
    )
    assert (
        with_fault(
            "def within(value: int=2, *, scale=1.5) -> bool:",
            "def within(value: int=2, *, scale=2.5) -> bool:",
        ).within()
        is False
    )
    assert with_fault("kept: int = 4", "kept: int = 5").Held().kept == 5
    assert with_fault("return self.kept * 2", "return self.kept / 2").Held().twice == 2


def test_a_sample_is_drawn_by_its_seed_and_stands_in_the_order_of_the_source() -> None:
    every = list(mutants(ast.parse(SOURCE)))
    some = drawn(every, 5, "0 toy.py")
    assert some == drawn(every, 5, "0 toy.py")
    assert some != drawn(every, 5, "1 toy.py")
    positions = [every.index(one) for one in some]
    assert len(set(positions)) == 5
    assert positions == sorted(positions)
    assert drawn(every, None, "0") == drawn(every, len(every), "0") == drawn(every, 10**6, "0") == every


def test_seconds_are_those_of_the_processor_and_count_what_was_started() -> None:
    began = processor_s()
    time.sleep(0.3)
    assert processor_s() - began < 0.25
    script = "import time\nuntil = time.process_time() + 0.3\nwhile time.process_time() < until: pass"
    subprocess.run([sys.executable, "-c", script], check=True)
    assert processor_s() - began >= 0.3


def endless() -> None:
    while True:
        pass


def test_a_fault_that_never_ends_is_ended_by_processor_time() -> None:
    with pytest.raises(TimeoutError):
        _in_child(endless, limit_s=0.1)


def test_a_child_that_waits_for_a_busy_machine_comes_to_its_end() -> None:
    """The clock may run past the limit while others have the processors."""
    assert _in_child(lambda: time.sleep(0.3) or "done", limit_s=0.1) == "done"


def test_a_fault_reaches_methods_that_called_super_and_tables_of_functions():
    source = """
class Base:
    def told(self):
        return 1

class Held(Base):
    def told(self):
        return super().told() + 1

def first():
    return 1

TABLE = {"one": first}
"""
    made = types.ModuleType("toy_of_super")
    sys.modules["toy_of_super"] = made
    exec(source, made.__dict__)
    held, table = made.Held(), made.TABLE
    for before, after in (
        ("return super().told() + 1", "return None"),
        ("TABLE = {'one': first}", "TABLE = {'one_': first}"),
    ):
        tree = ast.parse(source)
        next(one for one in mutants(tree) if (one.before, one.after) == (before, after)).put()
        graft(made, tree, "toy_of_super.py")
    assert held.told() is None
    assert list(table) == ["one_"]
    assert table["one_"] is made.first
