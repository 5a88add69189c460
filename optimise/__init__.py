"""Minutes and weights go in; sites, assignment, bound and proof come out.

>>> from optimise import PlacementProblem, solve
>>> solution = solve(PlacementProblem([[1, 9], [8, 2]], p=1), model="p-median")
>>> solution.status.value, solution.chosen_ids, solution.objective
('optimal', (0,), 4.5)
"""

from optimise.errors import Fault, OptimiseError, ProblemError, SolverError, UnknownModelError
from optimise.models import MODELS
from optimise.problem import PlacementProblem, Role
from optimise.solution import Sense, Solution, Status, Timings, Unserved
from optimise.solving import solve
from optimise.verification import Verification, verify

__all__ = [
    "MODELS",
    "Fault",
    "OptimiseError",
    "PlacementProblem",
    "ProblemError",
    "Role",
    "Sense",
    "Solution",
    "SolverError",
    "Status",
    "Timings",
    "UnknownModelError",
    "Unserved",
    "Verification",
    "solve",
    "verify",
]
