"""Travel times over roads and ferries to emergency care, and proven placements.

>>> import geoaccess as ga
>>> study = ga.load_study("nord-norge")
>>> times = ga.travel_times(study, to="akuttmottak")

Everything is imported when it is first used, so that importing the package starts nothing.
"""

from __future__ import annotations

# As typing.TYPE_CHECKING, without the milliseconds in which Ctrl-C is not heard yet.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from geoaccess.minutes import minutes, nearest, travel_times
    from geoaccess.questions.access.answer import Accessibility, accessibility
    from geoaccess.questions.comparison.answer import compare_runs
    from geoaccess.questions.frontier.answer import frontier
    from geoaccess.questions.losses.answer import losses
    from geoaccess.questions.placement import PlacementResult, place
    from geoaccess.questions.placement.robust import place_robust
    from geoaccess.questions.registry import save_map
    from geoaccess.study import Study, load_study

_HOMES = {
    "Accessibility": "questions.access.answer",
    "PlacementResult": "questions.placement",
    "Study": "study",
    "accessibility": "questions.access.answer",
    "compare_runs": "questions.comparison.answer",
    "frontier": "questions.frontier.answer",
    "load_study": "study",
    "losses": "questions.losses.answer",
    "minutes": "minutes",
    "nearest": "minutes",
    "place": "questions.placement",
    "place_robust": "questions.placement.robust",
    "save_map": "questions.registry",
    "travel_times": "minutes",
}

__all__ = [
    "Accessibility",
    "PlacementResult",
    "Study",
    "accessibility",
    "compare_runs",
    "frontier",
    "load_study",
    "losses",
    "minutes",
    "nearest",
    "place",
    "place_robust",
    "save_map",
    "travel_times",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any exported object
    if name not in _HOMES:
        raise AttributeError(f"module 'geoaccess' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"geoaccess.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
