"""Placement questions of a study: sites, times, problem, solution, and the answer in words."""

from geoaccess.placing.answer import PlacementResult, place
from geoaccess.placing.conflicts import ConflictError

__all__ = ["ConflictError", "PlacementResult", "place"]
