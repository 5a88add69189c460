"""Crews that are out on calls: an event loop over minutes between places, and its surrogate without chance.

Nothing here knows roads, health care or a study: places are numbers, minutes are arrays, and a call brings
its own luck with it, so that two systems which are given the same calls meet the same luck.
"""

from __future__ import annotations

from optimise.crews.asking import alike_lists, asked_in_order, bound_minutes
from optimise.crews.by_stops import Apart, ByStops, Within
from optimise.crews.call_lists import CallLists
from optimise.crews.hypercube import Hypercube, approximate_hypercube, hypercube_of_lists
from optimise.crews.outcome import Outcome
from optimise.crews.rules import Rules, Standby
from optimise.crews.running import simulate
from optimise.crews.system import Calls, System

__all__ = [
    "Apart",
    "ByStops",
    "CallLists",
    "Calls",
    "Hypercube",
    "Outcome",
    "Rules",
    "Standby",
    "System",
    "Within",
    "alike_lists",
    "approximate_hypercube",
    "asked_in_order",
    "bound_minutes",
    "hypercube_of_lists",
    "simulate",
]
