"""The weighted p-median, and relocation: at most ``max_moves`` moves from today's sites."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from optimise.arrays import FloatArray
from optimise.errors import Fault
from optimise.exact import exact_dot
from optimise.models.median import MedianModel
from optimise.ordered_costs import OrderedCosts
from optimise.placed import Placed
from optimise.problem import PlacementProblem
from optimise.status import Sense


@dataclass(frozen=True)
class PMedian(MedianModel):
    """Least weighted mean minutes to the nearest open site (Hakimi 1964, Operations Research 12).

    See :mod:`optimise.models.median` for the formulation. The mean is over the weight that is served.
    """

    name: ClassVar[str] = "p-median"
    sense: ClassVar[Sense] = Sense.MINIMISE

    def price(self, minutes: FloatArray, problem: PlacementProblem) -> FloatArray:
        """A minute costs a minute."""
        del problem
        return minutes

    def price_matrix(self, problem: PlacementProblem) -> FloatArray:
        """The minutes themselves, without a copy."""
        return problem.allowed_costs

    def prices_as_held(self, problem: PlacementProblem) -> OrderedCosts:
        """The minutes themselves, in whatever order they are held."""
        return problem.held_allowed

    def total(self, problem: PlacementProblem, placed: Placed) -> float:
        """Weighted minutes of the served, summed."""
        served = (placed.assignment >= 0) & (problem.weights > 0)
        return exact_dot(problem.weights[served], placed.minutes(problem)[served])


@dataclass(frozen=True)
class Relocation(PMedian):
    """The p-median that may close at most ``problem.max_moves`` of today's sites.

    With neither ``p`` nor ``p_new``, as many sites stay open as are open or required today, so each closed
    site is a move. (Any other model takes ``max_moves`` too.) Formulation: p-median plus
    ``sum over existing j of y_j >= existing - max_moves``; compare Wang, Batta, Bhadury and Rump (2003),
    *Budget constrained location problem with opening and closing of facilities*, Computers & Operations
    Research 30.
    """

    name: ClassVar[str] = "relocation"

    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """Moves must be limited, and something must exist that can move."""
        found = []
        if problem.max_moves is None:
            found.append(Fault("say how many of the existing sites may move", "max_moves"))
        if not problem.existing.any():
            found.append(Fault("no site has the role existing, so none can move", "roles"))
        return found
