"""Care-chain clocks: time to care as a sum of parts, for every person, with the part that binds."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geoaccess.questions.clocks.chances import clock_chances
    from geoaccess.questions.clocks.evaluation import (
        ClockInputs,
        ClockTimes,
        evaluate_clocks,
        summarise_clock,
    )
    from geoaccess.questions.clocks.values import read_part_table
    from geoaccess.study.clock_sections import (
        Clock,
        Leg,
        Part,
        Threshold,
        assumptions,
        clock_faults,
        needed_legs,
    )

__all__ = [
    "Clock",
    "ClockInputs",
    "ClockTimes",
    "Leg",
    "Part",
    "Threshold",
    "assumptions",
    "clock_chances",
    "clock_faults",
    "evaluate_clocks",
    "needed_legs",
    "read_part_table",
    "summarise_clock",
]

#: Module -> what it exports; loaded when it is first asked for, so that errors and names cost nothing else.
_HOMES = {
    "geoaccess.questions.clocks.chances": ("clock_chances",),
    "geoaccess.questions.clocks.evaluation": (
        "ClockInputs",
        "ClockTimes",
        "evaluate_clocks",
        "summarise_clock",
    ),
    "geoaccess.questions.clocks.values": ("read_part_table",),
    "geoaccess.study.clock_sections": (
        "Clock",
        "Leg",
        "Part",
        "Threshold",
        "assumptions",
        "clock_faults",
        "needed_legs",
    ),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any exported object
    if name not in _HOME:
        raise AttributeError(f"module 'geoaccess.questions.clocks' has no attribute {name!r}")
    found = globals()[name] = getattr(importlib.import_module(_HOME[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
