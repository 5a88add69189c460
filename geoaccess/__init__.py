"""Travel times over roads and ferries to emergency care, and proven placements.

>>> import geoaccess as ga
>>> study = ga.load_study("nord-norge")
>>> times = ga.travel_times(study, to="akuttmottak")

Everything is imported when it is first used, so that importing the package starts nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geoaccess.access import Accessibility, accessibility, travel_times
    from geoaccess.comparing import compare_runs
    from geoaccess.loss import losses
    from geoaccess.mapping import save_map
    from geoaccess.placing import PlacementResult, place
    from geoaccess.placing.frontier import frontier
    from geoaccess.placing.robust import place_robust
    from geoaccess.study import Study, load_study

_HOMES = {
    "Accessibility": "access",
    "PlacementResult": "placing",
    "Study": "study",
    "accessibility": "access",
    "compare_runs": "comparing",
    "frontier": "placing.frontier",
    "load_study": "study",
    "losses": "loss",
    "place": "placing",
    "place_robust": "placing.robust",
    "save_map": "mapping",
    "travel_times": "access",
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
    "place",
    "place_robust",
    "save_map",
    "travel_times",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any exported object
    if name not in _HOMES:
        raise AttributeError(f"module 'geoaccess' has no attribute {name!r}")
    return getattr(importlib.import_module(f"geoaccess.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
