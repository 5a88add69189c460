"""Placement questions of a study: sites, times, problem, solution, and the answer in words."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geoaccess.questions.placement.answer import PlacementResult, place
    from geoaccess.questions.placement.conflicts import ConflictError

__all__ = ["ConflictError", "PlacementResult", "place"]

#: Module -> what it exports; loaded when it is first asked for, so that errors and names cost nothing else.
_HOMES = {
    "geoaccess.questions.placement.answer": ("PlacementResult", "place"),
    "geoaccess.questions.placement.conflicts": ("ConflictError",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any exported object
    if name not in _HOME:
        raise AttributeError(f"module 'geoaccess.questions.placement' has no attribute {name!r}")
    found = globals()[name] = getattr(importlib.import_module(_HOME[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
