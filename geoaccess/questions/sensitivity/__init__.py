"""Sensitivity: which conclusions stay when speeds, waits and thresholds are not what was assumed."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geoaccess.questions.sensitivity.analysis import (
        Sensitivity,
        kind_of,
        latin_hypercube,
        sensitivity,
        similarity,
    )

__all__ = [
    "Sensitivity",
    "kind_of",
    "latin_hypercube",
    "sensitivity",
    "similarity",
]

#: Module -> what it exports; loaded when it is first asked for, so that errors and names cost nothing else.
_HOMES = {
    "geoaccess.questions.sensitivity.analysis": (
        "Sensitivity",
        "kind_of",
        "latin_hypercube",
        "sensitivity",
        "similarity",
    ),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any exported object
    if name not in _HOME:
        raise AttributeError(f"module 'geoaccess.questions.sensitivity' has no attribute {name!r}")
    found = globals()[name] = getattr(importlib.import_module(_HOME[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
