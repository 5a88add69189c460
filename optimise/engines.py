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

#: Finds sites for (problem, prices, unserved price, limits); its bound is a mean price.
Engine = Callable[[PlacementProblem, FloatArray, float, Limits], "Outcome"]

#: Pairs in play from which the engine is used. It is faster on smaller problems too, but its kernels have to
#: be compiled once; measured: 449 x 244 places 0.03 s against 5 s, 60 x 60 random costs 0.1 against 5.5.
ENGINE_PAYS_AT_PAIRS = 3_000
#: Working memory of the engine beside the problem's own matrices; rows are shortened to stay within it.
ENGINE_MEMORY_MB = 6_000.0

_PROOFS = {
    "none": "none: the gap was not closed within the limits; the bound holds all the same",
    "lagrangian": "lagrangian: the bound of one set of multipliers, and the sites that it decides",
    "enumeration": "enumeration: Lagrangian branch and bound over the sites that the bound left open",
    "mip": "mip: HiGHS on radius programs of the sites that the Lagrangian bound left open",
}


def engine_for(problem: PlacementProblem, plan: ServicePlan | None, limits: Limits) -> Engine | None:
    """The exact engine where it fits and pays; None: build the plain program.

    The engine knows a number of sites, sites that are always or never open, and a price of not being served.
    Whatever else a problem asks (moves, budgets, conditions, people who cannot all be reached, another
    solver) keeps it to the program. ``plan`` is None where not being served has a price.
    """
    least, most = int(problem.always_open.sum()), problem.n_sites - int(problem.never_open.sum())
    plain = (
        (plan is None or plan.everyone)
        and problem.n_open is not None
        and max(1, least) <= problem.n_open <= most
        and problem.max_moves is None
        and problem.budget is None
        and not problem.conditions
        and limits.solver == "highs"
    )
    return exact_engine if plain and pairs_in_play(problem) >= ENGINE_PAYS_AT_PAIRS else None


def pairs_in_play(problem: PlacementProblem) -> int:
    """Pairs of a demand point with weight and an undecided site that beats every always-open one."""
    counted = problem.weights > 0
    nearest = problem.costs[:, problem.always_open].min(axis=1, initial=np.inf)
    return int((problem.costs[:, problem.free] < nearest[:, None])[counted].sum())


def exact_engine(
    problem: PlacementProblem, prices: FloatArray, unserved_price: float, limits: Limits
) -> Outcome:
    """Solve by :func:`optimise.pmedian_engine.solve_p_median`; the bound is a mean price.

    The mean is over those who can be served, or over everybody where not being served has a price. Prices are
    counted from the unserved price then, so that the proof is as fine as the worth that is left.
    """
    from optimise.models.base import Outcome  # noqa: PLC0415 - base imports this module's callers
    from optimise.pmedian_engine import solve_p_median  # noqa: PLC0415 - compiles: only where it is used

    began = time.perf_counter()
    priced = math.isfinite(unserved_price)
    origin = unserved_price if priced else 0.0
    counted = np.isfinite(prices).any(axis=1) | priced
    weight = float(problem.weights[counted].sum())
    report = limits.on_progress

    def mean(value: float) -> float:
        return value / weight + origin if weight else math.nan

    def on_progress(best: float, bound: float, stage: str, seconds: float) -> None:
        del stage
        if report is not None:
            report(seconds, mean(best) if math.isfinite(best) else math.nan, mean(bound))

    result = solve_p_median(
        prices - origin if priced else prices,
        problem.weights,
        problem.n_open or 0,
        fixed_in=np.flatnonzero(problem.always_open).tolist(),
        fixed_out=np.flatnonzero(problem.never_open).tolist(),
        unserved_cost=0.0 if priced else math.inf,
        time_limit_s=limits.seconds_left,
        gap=limits.gap,
        seed=limits.seed,
        threads=limits.threads,
        memory_limit_mb=ENGINE_MEMORY_MB,
        on_progress=on_progress,
    )
    sites = np.zeros(problem.n_sites, dtype=bool)
    sites[result.chosen] = True
    return Outcome(
        status=result.status,
        placed=Placed.nearest(problem, sites) if len(result.chosen) else None,
        bound=mean(result.lower_bound),
        solver=f"exact p-median engine with HiGHS {version('highspy')}",
        formulation="exact engine: Lagrangian bound, reduction, radius program",
        proof="; ".join((_PROOFS[result.proof.value], *result.notes)),
        build_s=0.0,
        solve_s=time.perf_counter() - began,
        figures={"root_bound": mean(result.root_bound), "engine_memory_mb": result.memory_mb},
    )
