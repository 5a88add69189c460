"""Districts of places that hang together, are compact around a seat, and share a load evenly.

:mod:`optimise.district_program` has the formulation. No district reaches over parts that no border or no way
joins (islands, say), so that each has a program of its own (:mod:`optimise.district_parts`).
"""

from __future__ import annotations

from optimise.district_parts import parts_of, solve_by_parts
from optimise.district_program import DistrictProblem, DistrictProgram, Districts, solve_program
from optimise.errors import ProblemError
from optimise.running import Limits


def solve_districts(problem: DistrictProblem, limits: Limits | None = None) -> Districts:
    """The cheapest districts that hang together and keep their load within bounds.

    Args:
        problem: the places.
        limits: of all rounds together.

    Raises:
        ProblemError: arrays that do not fit each other, or a number of districts that cannot be.
    """
    faults = problem.faults()
    if faults:
        raise ProblemError(faults)
    started, parts = (limits or Limits()).started(), parts_of(problem)
    if len(parts) > 1:
        return solve_by_parts(problem, parts, started)
    return solve_program(DistrictProgram(problem), started)
