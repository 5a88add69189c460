"""Minutes and weights go in; sites, assignment, bound and proof come out.

>>> from optimise import PlacementProblem, solve
>>> solution = solve(PlacementProblem([[1, 9], [8, 2]], p=1), model="p-median")
>>> solution.status.value, solution.chosen_ids, solution.objective
('optimal', (0,), 4.5)
"""

from optimise.answers import FrontierPoint, SiteValue, alternatives, frontier, site_values
from optimise.changes import Change, compare_by_group, compare_minutes
from optimise.errors import Fault, OptimiseError, ProblemError, SolverError, UnknownModelError
from optimise.fairness_curve import FairnessPoint, price_of_fairness
from optimise.models import MODELS
from optimise.orders import BuildOrder, build_order
from optimise.problem import PlacementProblem, Role
from optimise.relaxing import GivenUp, Relaxation, nearest_relaxation
from optimise.robust import RobustSolution, Scenario, ScenarioResult, solve_robust
from optimise.solution import Sense, Solution, Status, Timings, Unserved
from optimise.solving import solve
from optimise.verification import Verification, verify

__all__ = [
    "MODELS",
    "BuildOrder",
    "Change",
    "FairnessPoint",
    "Fault",
    "FrontierPoint",
    "GivenUp",
    "OptimiseError",
    "PlacementProblem",
    "ProblemError",
    "Relaxation",
    "RobustSolution",
    "Role",
    "Scenario",
    "ScenarioResult",
    "Sense",
    "SiteValue",
    "Solution",
    "SolverError",
    "Status",
    "Timings",
    "UnknownModelError",
    "Unserved",
    "Verification",
    "alternatives",
    "build_order",
    "compare_by_group",
    "compare_minutes",
    "frontier",
    "nearest_relaxation",
    "price_of_fairness",
    "site_values",
    "solve",
    "solve_robust",
    "verify",
]
