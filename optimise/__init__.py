"""Minutes and weights go in; sites, assignment, bound and proof come out.

>>> from optimise import PlacementProblem, solve
>>> solution = solve(PlacementProblem([[1, 9], [8, 2]], p=1), model="p-median")
>>> solution.status.value, solution.chosen_ids, solution.objective
('optimal', (0,), 4.5)
"""

from __future__ import annotations

import importlib
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optimise.changes import Change, compare_by_group, compare_minutes
    from optimise.conditions import (
        Condition,
        DifferentFrom,
        OnlyWith,
        Separation,
        SiteCount,
        Together,
        not_both,
    )
    from optimise.conflicts import Conflict
    from optimise.dated_plans import DatedPlan, PlannedDate, solve_plan, year_by_year
    from optimise.errors import Fault, OptimiseError, ProblemError, SolverError, UnknownModelError
    from optimise.fairness_curve import FairnessPoint, price_of_fairness
    from optimise.frontiers import FrontierPoint, SiteValue, alternatives, frontier, site_values
    from optimise.guarantees import ShareWithin, Within, for_each_group
    from optimise.models import MODELS
    from optimise.orders import BuildOrder, build_order
    from optimise.own_program import PlacementProgram
    from optimise.plan_limits import ClosesAfter, Period
    from optimise.problem import PlacementProblem, Role
    from optimise.queues import busy_fraction, erlang_loss, occupancy, servers_for_loss, servers_for_occupancy
    from optimise.relaxing import GivenUp, Relaxation, nearest_relaxation
    from optimise.robust import RobustSolution, Scenario, ScenarioResult, solve_robust
    from optimise.running import Limits
    from optimise.solution import Solution, Unserved
    from optimise.solving import solve
    from optimise.status import Sense, Status
    from optimise.verification import Verification, verify

__all__ = [
    "MODELS",
    "BuildOrder",
    "Change",
    "ClosesAfter",
    "Condition",
    "Conflict",
    "DatedPlan",
    "DifferentFrom",
    "FairnessPoint",
    "Fault",
    "FrontierPoint",
    "GivenUp",
    "Limits",
    "OnlyWith",
    "OptimiseError",
    "Period",
    "PlacementProblem",
    "PlacementProgram",
    "PlannedDate",
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
    "solve_plan",
    "solve_robust",
    "verify",
    "year_by_year",
]

#: Module -> what it exports; loaded when it is first asked for, so that errors and names cost nothing else.
_HOMES = {
    "optimise.changes": ("Change", "compare_by_group", "compare_minutes"),
    "optimise.conditions": (
        "Condition",
        "DifferentFrom",
        "OnlyWith",
        "Separation",
        "SiteCount",
        "Together",
        "not_both",
    ),
    "optimise.conflicts": ("Conflict",),
    "optimise.dated_plans": ("DatedPlan", "PlannedDate", "solve_plan", "year_by_year"),
    "optimise.errors": ("Fault", "OptimiseError", "ProblemError", "SolverError", "UnknownModelError"),
    "optimise.fairness_curve": ("FairnessPoint", "price_of_fairness"),
    "optimise.frontiers": ("FrontierPoint", "SiteValue", "alternatives", "frontier", "site_values"),
    "optimise.guarantees": ("ShareWithin", "Within", "for_each_group"),
    "optimise.models": ("MODELS",),
    "optimise.orders": ("BuildOrder", "build_order"),
    "optimise.own_program": ("PlacementProgram",),
    "optimise.plan_limits": ("ClosesAfter", "Period"),
    "optimise.problem": ("PlacementProblem", "Role"),
    "optimise.queues": (
        "busy_fraction",
        "erlang_loss",
        "occupancy",
        "servers_for_loss",
        "servers_for_occupancy",
    ),
    "optimise.relaxing": ("GivenUp", "Relaxation", "nearest_relaxation"),
    "optimise.robust": ("RobustSolution", "Scenario", "ScenarioResult", "solve_robust"),
    "optimise.running": ("Limits",),
    "optimise.solution": ("Solution", "Unserved"),
    "optimise.status": ("Sense", "Status"),
    "optimise.solving": ("solve",),
    "optimise.verification": ("Verification", "verify"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}
#: Name -> its home: no longer public, and found here with a warning until the next minor version.
_RETIRED = {
    "Step": "optimise.orders",
    "Timings": "optimise.status",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any exported object
    if name in _RETIRED:
        home = _RETIRED[name]
        warnings.warn(
            f"optimise.{name} is {home}.{name}, and is found here until version 0.2",
            DeprecationWarning,
            stacklevel=2,
        )
        return getattr(importlib.import_module(home), name)
    if name not in _HOME:
        raise AttributeError(f"module 'optimise' has no attribute {name!r}")
    found = globals()[name] = getattr(importlib.import_module(_HOME[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
