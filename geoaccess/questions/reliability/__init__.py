"""Reliability: what closed passes and cancelled ferries do to time to care, and in the worst week."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geoaccess.questions.reliability.outcome import Reliability, reliability
    from geoaccess.questions.reliability.states import StateSpace, enumerate_states, sample_states
    from geoaccess.study.hazard_sections import Hazard, weekly_probabilities

__all__ = [
    "Hazard",
    "Reliability",
    "StateSpace",
    "enumerate_states",
    "reliability",
    "sample_states",
    "weekly_probabilities",
]

#: Module -> what it exports; loaded when it is first asked for, so that errors and names cost nothing else.
_HOMES = {
    "geoaccess.questions.reliability.outcome": ("Reliability", "reliability"),
    "geoaccess.questions.reliability.states": ("StateSpace", "enumerate_states", "sample_states"),
    "geoaccess.study.hazard_sections": ("Hazard", "weekly_probabilities"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any exported object
    if name not in _HOME:
        raise AttributeError(f"module 'geoaccess.questions.reliability' has no attribute {name!r}")
    found = globals()[name] = getattr(importlib.import_module(_HOME[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
