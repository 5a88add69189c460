"""Minutes and weights go in; sites, assignment, bound and proof come out.

>>> from optimise import PlacementProblem, solve
>>> solution = solve(PlacementProblem([[1, 9], [8, 2]], p=1), model="p-median")
>>> solution.status.value, solution.chosen_ids, solution.objective
('optimal', (0,), 4.5)
"""

from optimise.changes import Change, compare_by_group, compare_minutes
from optimise.conditions import Condition, DifferentFrom, OnlyWith, Separation, SiteCount, Together, not_both
from optimise.conflicts import Conflict
from optimise.errors import Fault, OptimiseError, ProblemError, SolverError, UnknownModelError
from optimise.fairness_curve import FairnessPoint, price_of_fairness
from optimise.frontiers import FrontierPoint, SiteValue, alternatives, frontier, site_values
from optimise.guarantees import ShareWithin, Within, for_each_group
from optimise.models import MODELS
from optimise.orders import BuildOrder, Step, build_order
from optimise.problem import PlacementProblem, Role
from optimise.queues import busy_fraction, erlang_loss, occupancy, servers_for_loss, servers_for_occupancy
from optimise.relaxing import GivenUp, Relaxation, nearest_relaxation
from optimise.robust import RobustSolution, Scenario, ScenarioResult, solve_robust
from optimise.running import Limits
from optimise.solution import Sense, Solution, Status, Timings, Unserved
from optimise.solving import solve
from optimise.verification import Verification, verify

__all__ = [
    "MODELS",
    "BuildOrder",
    "Change",
    "Condition",
    "Conflict",
    "DifferentFrom",
    "FairnessPoint",
    "Fault",
    "FrontierPoint",
    "GivenUp",
    "Limits",
    "OnlyWith",
    "OptimiseError",
    "PlacementProblem",
    "ProblemError",
    "Relaxation",
    "RobustSolution",
    "Role",
    "Scenario",
    "ScenarioResult",
    "Sense",
    "Separation",
    "ShareWithin",
    "SiteCount",
    "SiteValue",
    "Solution",
    "SolverError",
    "Status",
    "Step",
    "Timings",
    "Together",
    "UnknownModelError",
    "Unserved",
    "Verification",
    "Within",
    "alternatives",
    "build_order",
    "busy_fraction",
    "compare_by_group",
    "compare_minutes",
    "erlang_loss",
    "for_each_group",
    "frontier",
    "nearest_relaxation",
    "not_both",
    "occupancy",
    "price_of_fairness",
    "servers_for_loss",
    "servers_for_occupancy",
    "site_values",
    "solve",
    "solve_robust",
    "verify",
]
