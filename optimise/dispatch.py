"""Which engine solves a median problem: the plain PuLP program, or the large-scale exact engine."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np

from optimise.arrays import FloatArray
from optimise.placed import Placed
from optimise.problem import PlacementProblem
from optimise.running import Limits
from optimise.service import ServicePlan

if TYPE_CHECKING:
    from optimise.models.base import Outcome

#: Finds sites for (problem, prices, limits); its bound is a mean price.
Engine = Callable[[PlacementProblem, FloatArray, Limits], "Outcome"]

#: Reachable pairs from which the engine is used; below, HiGHS on the plain program takes well under a second
#: and nothing has to be compiled first.
ENGINE_PAYS_AT_PAIRS = 400_000

_PROOFS = {
    "none": "the gap was not closed within the limits; the bound is Lagrangian",
    "lagrangian": "Lagrangian bound, recomputed on the whole matrix",
    "enumeration": "Lagrangian branch and bound over the sites that the bound left open",
    "mip": "HiGHS on radius programs of the sites that the Lagrangian bound left open",
}


def engine_for(problem: PlacementProblem, plan: ServicePlan | None, limits: Limits) -> Engine | None:
    """The exact engine for a large problem that it fits; None: build the plain program.

    The engine knows a number of sites and sites that are always or never open. Whatever else a problem asks
    (moves, budgets, conditions, people who cannot all be reached, another solver) keeps it to the program.
    """
    plain = (
        plan is not None
        and plan.everyone
        and problem.n_open is not None
        and problem.max_moves is None
        and problem.budget is None
        and not problem.conditions
        and limits.solver == "highs"
    )
    large = np.isfinite(problem.allowed_costs).sum() >= ENGINE_PAYS_AT_PAIRS
    return exact_engine if plain and large else None


def exact_engine(problem: PlacementProblem, prices: FloatArray, limits: Limits) -> Outcome:
    """Solve by :func:`optimise.pmedian_engine.solve_p_median`; the bound is a mean price of the served."""
    from optimise.models.base import Outcome  # noqa: PLC0415 - base imports this module's callers
    from optimise.pmedian_engine import solve_p_median  # noqa: PLC0415 - compiles: only where it is used

    began = time.perf_counter()
    reachable = np.isfinite(prices).any(axis=1)
    weight = float(problem.weights[reachable].sum())
    report = limits.on_progress

    def on_progress(best: float, bound: float, stage: str, seconds: float) -> None:
        del stage
        if report is not None:
            report(seconds, best / weight, bound / weight)

    result = solve_p_median(
        prices,
        problem.weights,
        problem.n_open or 0,
        fixed_in=np.flatnonzero(problem.always_open).tolist(),
        fixed_out=np.flatnonzero(problem.never_open).tolist(),
        time_limit_s=limits.seconds_left,
        gap=limits.gap,
        seed=limits.seed,
        threads=limits.threads,
        on_progress=on_progress,
    )
    sites = np.zeros(problem.n_sites, dtype=bool)
    sites[result.chosen] = True
    return Outcome(
        status=result.status,
        placed=Placed.nearest(problem, sites) if len(result.chosen) else None,
        bound=result.lower_bound / weight if weight else math.nan,
        solver=f"exact p-median engine with HiGHS {version('highspy')}",
        formulation="exact engine: Lagrangian bound, reduction, radius program",
        proof="; ".join((_PROOFS[result.proof.value], *result.notes)),
        build_s=0.0,
        solve_s=time.perf_counter() - began,
        figures={"root_bound": result.root_bound / weight if weight else math.nan},
    )
