"""``solve``: from a problem and a model to a verified solution."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from optimise.errors import ProblemError, SolverError
from optimise.models import make_model
from optimise.models.base import Model, Outcome, Placed
from optimise.problem import IntArray, PlacementProblem, sorted_order
from optimise.running import Limits, Progress
from optimise.solution import PROOF_TOLERANCE, Sense, Solution, Status, Timings, Unserved, relative_gap
from optimise.verification import unserved_by_reason, verify


def solve(
    problem: PlacementProblem,
    model: str | Model = "p-median",
    *,
    time_limit_s: float | None = None,
    gap: float = 0.0,
    threads: int = 1,
    seed: int = 0,
    solver: str = "highs",
    log: str | Path | None = None,
    on_progress: Progress | None = None,
    **options: Any,  # noqa: ANN401 -- the parameters of whichever model is named
) -> Solution:
    """Place sites, prove it as far as the limits allow, and verify the answer from sites and costs alone.

    The same problem and seed give the same sites, unless a time limit strikes. Sites that tie go by id.

    Args:
        problem: minutes, weights, roles and limits.
        model: a name from ``MODELS``, or a model with its parameters.
        time_limit_s: wall seconds; the best placement found by then is returned.
        gap: relative gap at which to stop; 0 asks for a proof.
        threads: threads of the solver.
        seed: seed of the solver.
        solver: ``highs``, ``cbc`` or any other solver that PuLP knows.
        log: file for the solver's log.
        on_progress: called with seconds, incumbent objective and bound in the solver's scale.
        options: parameters of the model, such as ``radius``.

    Raises:
        ProblemError: the problem lacks what the model needs, or an option is unknown; all faults are listed.
        UnknownModelError: no such model or solver.
        SolverError: the solver is missing, failed, or its answer did not verify.
    """
    question = make_model(model, options)
    faults = question.faults(problem)
    if faults:
        raise ProblemError(faults)
    limits = Limits(
        time_limit_s, gap, threads, seed, solver, None if log is None else Path(log), on_progress
    ).started()
    order = sorted_order(problem.site_ids)
    outcome = question.search(problem.take_sites(order), limits)
    return _verified(_solution(problem, question, outcome, order))


def _solution(problem: PlacementProblem, model: Model, outcome: Outcome, order: IntArray) -> Solution:
    placed = None if outcome.placed is None else _in_order(outcome.placed, order)
    objective = model.objective(problem, placed) if placed else math.nan
    bound = _clipped(outcome.bound, objective, model.sense, answered=placed is not None)
    return Solution(
        status=_settled(outcome.status, objective, bound),
        problem=problem,
        model=model,
        objective=objective,
        total=model.total(problem, placed) if placed else math.nan,
        bound=bound,
        chosen=np.flatnonzero(placed.sites) if placed else np.zeros(0, dtype=np.int64),
        assignment=placed.assignment if placed else np.full(problem.n_demand, -1, dtype=np.int64),
        unserved=unserved_by_reason(problem, placed) if placed else Unserved.none(),
        timings=Timings(outcome.build_s, outcome.solve_s),
        solver=outcome.solver,
        formulation=outcome.formulation,
        proof=outcome.proof,
        conflicts=outcome.conflicts,
        figures=outcome.figures,
    )


def _in_order(placed: Placed, order: IntArray) -> Placed:
    """The placement in the caller's column order."""
    sites = np.zeros(len(order), dtype=bool)
    sites[order] = placed.sites
    served = placed.assignment >= 0
    assignment = np.where(served, order[np.where(served, placed.assignment, 0)], -1)
    return Placed(sites, assignment.astype(np.int64))


def _clipped(bound: float, objective: float, sense: Sense, *, answered: bool) -> float:
    """The bound, never beyond the objective: rounding in the solver may carry it a hair further."""
    if math.isnan(objective):
        return math.nan if answered else bound
    beyond = bound > objective if sense is Sense.MINIMISE else bound < objective
    return objective if beyond else bound


def _settled(status: Status, objective: float, bound: float) -> Status:
    if status is Status.OPTIMAL and relative_gap(objective, bound) > PROOF_TOLERANCE:
        return Status.FEASIBLE
    return status


def _verified(solution: Solution) -> Solution:
    began = time.perf_counter()
    verification = verify(solution)
    if verification.faults:
        listed = "\n".join(str(fault) for fault in verification.faults)
        raise SolverError(f"the answer of {solution.solver} does not verify:\n{listed}")
    timings = replace(solution.timings, verify_s=time.perf_counter() - began)
    return replace(solution, timings=timings)
