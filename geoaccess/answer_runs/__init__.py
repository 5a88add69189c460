"""Runs beside access and place: comparisons, frontiers, losses, clocks, journeys, isochrones.

Each builder asks the question and keeps what its map and report need as tables and facts, so that both can be
made again from the run folder alone.
"""

from __future__ import annotations

from geoaccess.answer_runs.comparison import comparison_run
from geoaccess.answer_runs.further import frontier_run
from geoaccess.answer_runs.lost import losses_run
from geoaccess.answer_runs.timed import clocks_run
from geoaccess.answer_runs.travelled import isochrones_run, route_run

__all__ = [
    "clocks_run",
    "comparison_run",
    "frontier_run",
    "isochrones_run",
    "losses_run",
    "route_run",
]
