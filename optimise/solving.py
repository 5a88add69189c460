"""``solve``: from a problem and a model to a verified solution."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pulp

from optimise import solver_objects
from optimise.arrays import IntArray
from optimise.conflicts import find_conflicts
from optimise.engine_use import EngineUse, engine_use
from optimise.errors import Fault, ProblemError, SolverError
from optimise.exact import PROOF_TOLERANCE
from optimise.models import make_model
from optimise.models.base import Model, ignored_faults
from optimise.outcome import Outcome
from optimise.own_program import PlacementProgram
from optimise.placed import Placed
from optimise.problem import PlacementProblem, sorted_order
from optimise.program import ProgramTooLargeError
from optimise.running import Limits, Progress, run_program, settled
from optimise.sentences import Sentence, joined, said_by
from optimise.solution import Solution
from optimise.starting import good_sites
from optimise.status import Sense, Status, Timings, relative_gap
from optimise.ties import finished
from optimise.verification import verify


def solve(
    problem: PlacementProblem | PlacementProgram,
    model: str | Model = "p-median",
    *,
    time_limit_s: float | None = None,
    gap: float = 0.0,
    threads: int = 1,
    seed: int = 0,
    solver: str | pulp.LpSolver = "highs",
    log: str | Path | None = None,
    on_progress: Progress | None = None,
    **options: Any,  # noqa: ANN401 -- the parameters of whichever model is named
) -> Solution:
    """Place sites, prove it as far as the limits allow, and verify the answer from sites and costs alone.

    The same problem and seed give the same sites, unless a time limit strikes. Sites that tie go by id.
    Ctrl-C stops HiGHS and gives the best placement so far, with the status INTERRUPTED; other solvers run
    outside this process, and Ctrl-C ends them without an answer.

    Args:
        problem: minutes, weights, roles and limits; or a program of ``problem.program(model)``, to which the
            caller has added constraints: then it is solved as it stands, and ``model`` is its own.
        model: a name from ``MODELS``, or a model with its parameters.
        time_limit_s: wall seconds; the best placement found by then is returned.
        gap: relative gap at which to stop; 0 asks for a proof.
        threads: threads of the solver.
        seed: seed of the solver.
        solver: ``highs``, ``cbc`` or any other name of a solver that PuLP knows; or a solver object such as
            ``pulp.PULP_CBC_CMD(msg=False, timeLimit=60)``, whose own settings hold. Any solver but ``highs``
            gets the PuLP program, not the engines; ``solution.engine`` says so.
        log: file to which the solver's log is added.
        on_progress: called with seconds, incumbent objective (NaN for none) and bound.
        options: parameters of the model, such as ``radius``.

    Raises:
        ProblemError: the problem lacks what the model needs, or an option is wrong; all faults are listed.
        UnknownModelError: no such model or solver.
        SolverError: the solver is missing, failed, or its answer did not verify.
    """
    posed = problem if isinstance(problem, PlacementProgram) else None
    if posed is not None and (options or model not in ("p-median", posed.model.name)):
        raise ProblemError([Fault(_HAS_MODEL, "model", value=str(model))])
    question = make_model(model, options) if posed is None else posed.model
    limits = Limits(time_limit_s, gap, threads, seed, solver, None if log is None else Path(log), on_progress)
    faults = [
        *_limit_faults(limits),
        *solver_objects.faults_of(solver, limits),
        *_posed_faults(problem, question),
    ]
    if faults:
        raise ProblemError(faults)
    if isinstance(problem, PlacementProgram):
        return _answer_of_program(problem, limits.started())
    return answer(problem, question, limits.started())


_HAS_MODEL = Sentence("opt.fault.has_model", "the program has a model of its own: leave the model out")
_OWN = Sentence("opt.engine.own_program", "a program with constraints of the caller's own")


def _posed_faults(problem: PlacementProblem | PlacementProgram, model: Model) -> list[Fault]:
    return problem.faults() if isinstance(problem, PlacementProgram) else question_faults(problem, model)


def _answer_of_program(program: PlacementProgram, limits: Limits) -> Solution:
    """Solve a program as it stands; ties are left as the solver settles them."""
    problem, model = program.question, program.model
    run = run_program(program, limits, scale=program.scale)
    placed = model.place(problem, program.chosen()) if run.has_values else None
    formulation = Sentence(
        "opt.formulation.own",
        "{model} with {added} constraints added",
        model=model.name,
        added=len(program.added),
    )
    outcome = model.of_program(Outcome.of_run(run, placed, formulation=formulation, build_s=0.0), problem)
    if placed is not None:
        program.check(outcome, placed)
    solution = replace(_solution(problem, model, outcome, placed), engine=EngineUse("none", (_OWN,)))
    return _verified(solution)


def question_faults(problem: PlacementProblem, model: Model) -> list[Fault]:
    """What the problem lacks for this model, what is wrong with it, and what the model would ignore."""
    return [*_count_faults(problem), *model.faults(problem), *ignored_faults(problem, model)]


def _count_faults(problem: PlacementProblem) -> list[Fault]:
    """More sites than there are can never be open; no search is needed to know it."""
    wanted = problem.n_open
    if wanted is None or wanted <= problem.n_sites:
        return []
    name = "p" if problem.p is not None else "p_new"
    return [
        Fault(
            Sentence(
                "opt.fault.open_sites",
                "asks for {wanted} open sites of {n_sites}",
                wanted=wanted,
                n_sites=problem.n_sites,
            ),
            name,
            value=str(getattr(problem, name)),
        )
    ]


def answer(problem: PlacementProblem, model: Model, limits: Limits, *, explain: bool = True) -> Solution:
    """Search, settle ties, express in the caller's order, explain or verify.

    ``explain=False`` leaves out the search for conflicts when nothing is feasible.
    """
    order = sorted_order(problem.site_ids)
    ordered = problem.take_sites(order)
    # Who shares a site's room with whom is the program's to settle: one order of people, one answer.
    people = sorted_order(problem.demand_ids) if problem.capacities is not None else None
    ordered = ordered if people is None else ordered.take_demand(people)
    ordered = ordered.with_conditions(*model.conditions(problem))
    hopeless = model.impossible(ordered)
    outcome = _searched(ordered, model, limits) if hopeless is None else _impossible(model)
    placed = outcome.placed
    if placed is not None and outcome.status is Status.OPTIMAL:
        placed = finished(ordered, model, placed)
        outcome = replace(outcome, placed=placed)
    placed = None if placed is None else _in_order(placed, order, people)
    solution = _solution(problem, model, outcome, placed)
    if hopeless is not None:
        return replace(solution, conflicts=(hopeless,))
    use = engine_use(ordered, model, outcome, limits)
    solution = replace(solution, engine=use)
    if solution.status is Status.INFEASIBLE and explain:
        return replace(solution, conflicts=find_conflicts(problem, model, limits))
    return _verified(solution)


def _searched(problem: PlacementProblem, model: Model, limits: Limits) -> Outcome:
    """What the model finds; good sites and the reason where its program would be too large."""
    began = time.perf_counter()
    try:
        outcome = model.search(problem, limits)
        placed = _begun(problem, model, limits) if outcome.status is Status.NO_SOLUTION else None
        if placed is None:
            return outcome
        told = Sentence(
            "opt.proof.begun", "the placement is where a search would begin, by greedy choice and swaps"
        )
        return replace(outcome, status=Status.FEASIBLE, placed=placed, proof=joined(outcome.proof, told))
    except ProgramTooLargeError as error:
        placed = _begun(problem, model, limits)
        return Outcome(
            status=Status.NO_SOLUTION if placed is None else Status.FEASIBLE,
            placed=placed,
            bound=-model.sense.worst,
            solver="none" if placed is None else "swaps",
            formulation=model.name,
            proof=said_by(error),
            build_s=0.0,
            solve_s=time.perf_counter() - began,
        )


def _begun(problem: PlacementProblem, model: Model, limits: Limits) -> Placed | None:
    """A good placement that no program is needed for; None where none was found."""
    sites = good_sites(problem, model, limits)
    return model.start(problem, limits) if sites is None else model.place(problem, sites)


def _impossible(model: Model) -> Outcome:
    """The outcome of a question that nothing answers, found without a search."""
    return Outcome(
        status=Status.INFEASIBLE,
        placed=None,
        bound=math.inf if model.sense is Sense.MINIMISE else -math.inf,
        solver=Sentence("opt.solver.none_needed", "none needed"),
        formulation=model.name,
        proof="no placement answers the question, as the minutes alone show",
        build_s=0.0,
        solve_s=0.0,
    )


def _limit_faults(limits: Limits) -> list[Fault]:
    faults = []
    if limits.time_limit_s is not None and not limits.time_limit_s > 0:
        faults.append(Fault("must be above 0", "time_limit_s", value=str(limits.time_limit_s)))
    if not 0 <= limits.gap < 1:
        faults.append(Fault("must be at least 0 and below 1", "gap", value=str(limits.gap)))
    if limits.seed < 0:
        faults.append(Fault("must be 0 or more", "seed", value=str(limits.seed)))
    if limits.threads < 1:
        faults.append(Fault("must be 1 or more", "threads", value=str(limits.threads)))
    return faults


def _solution(problem: PlacementProblem, model: Model, outcome: Outcome, placed: Placed | None) -> Solution:
    objective = model.objective(problem, placed) if placed else math.nan
    bound, proof = _clipped(outcome.bound, objective, model.sense, answered=placed is not None), outcome.proof
    status = outcome.status
    if placed is not None and _contradicted(outcome.bound, objective, model.sense):
        bound, proof = (
            -model.sense.worst,
            Sentence(
                "opt.proof.dropped",
                "{proof}; the answer is better than that bound, which is dropped",
                proof=proof,
            ),
        )
        status = Status.FEASIBLE if status is Status.OPTIMAL else status
    elif placed is not None:
        status = settled(status, objective, bound)
    return Solution(
        status=status,
        problem=problem,
        model=model,
        placed=placed,
        objective=objective,
        total=model.total(problem, placed) if placed else math.nan,
        bound=bound,
        timings=Timings(outcome.build_s, outcome.solve_s),
        solver=outcome.solver,
        formulation=outcome.formulation,
        proof=proof,
        figures=outcome.figures,
    )


def _in_order(placed: Placed, order: IntArray, people: IntArray | None = None) -> Placed:
    """The placement in the caller's order of columns, and of rows where those were in another."""
    sites = np.zeros(len(order), dtype=bool)
    sites[order] = placed.sites
    served = placed.assignment >= 0
    assignment = np.where(served, order[np.where(served, placed.assignment, 0)], -1).astype(np.int64)
    place = np.argsort(order)
    units = None if placed.units is None else placed.units[place]
    shares = None if placed.shares is None else placed.shares[:, place]
    if people is not None:
        row = np.argsort(people)
        assignment, shares = assignment[row], None if shares is None else shares[row]
    return Placed(sites, assignment, units, shares)


def _clipped(bound: float, objective: float, sense: Sense, *, answered: bool) -> float:
    """The bound, never beyond the objective: rounding in the solver may carry it a hair further."""
    if math.isnan(objective):
        return math.nan if answered else bound
    beyond = bound > objective if sense is Sense.MINIMISE else bound < objective
    return objective if beyond else bound


def _contradicted(bound: float, objective: float, sense: Sense) -> bool:
    """True when the answer is better than its bound by more than rounding: then the bound proves nothing."""
    if math.isnan(objective) or math.isnan(bound):
        return False
    beyond = bound > objective if sense is Sense.MINIMISE else bound < objective
    return beyond and relative_gap(objective, bound) > PROOF_TOLERANCE


def _verified(solution: Solution) -> Solution:
    began = time.perf_counter()
    verification = verify(solution)
    if verification.faults:
        listed = "\n".join(str(fault) for fault in verification.faults)
        raise SolverError(
            Sentence(
                "opt.fault.not_verified",
                "the answer of {solver} does not verify:\n{listed}",
                solver=solution.solver,
                listed=listed,
            )
        )
    timings = replace(solution.timings, verify_s=time.perf_counter() - began)
    return replace(solution, timings=timings)
