"""Placement questions of a study: sites, times, problem, solution, and the answer in words."""

from geoaccess.placing.answer import PlacementResult, place

__all__ = ["PlacementResult", "place"]
