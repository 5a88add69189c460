"""Placement questions of a study: sites, times, problem, solution, and the answer in words."""

from geoaccess.questions.placement.answer import PlacementResult, place
from geoaccess.questions.placement.conflicts import ConflictError

__all__ = ["ConflictError", "PlacementResult", "place"]
