"""Which engine solves a median problem: the plain PuLP program, or the large-scale exact engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from optimise.arrays import FloatArray
from optimise.problem import PlacementProblem
from optimise.running import Limits
from optimise.service import ServicePlan

if TYPE_CHECKING:
    from optimise.models.base import Outcome

#: Finds sites for (problem, prices, limits); its bound is a mean price.
Engine = Callable[[PlacementProblem, FloatArray, Limits], "Outcome"]


def engine_for(problem: PlacementProblem, plan: ServicePlan | None, limits: Limits) -> Engine | None:
    """None: build the plain program."""
    del problem, plan, limits
    return None
