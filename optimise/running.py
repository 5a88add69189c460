"""Run one PuLP program and say honestly what came out of it."""

from __future__ import annotations

import difflib
import math
import re
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import highspy
import pulp

from optimise import solver_objects
from optimise.errors import SolverError, UnknownModelError
from optimise.exact import PROOF_TOLERANCE
from optimise.highs import InProcessHighs
from optimise.sentences import Sentence
from optimise.status import Status, relative_gap

#: Called with seconds so far, the best objective known (NaN for none) and the bound.
Progress = Callable[[float, float, float], None]

_TAKES_A_SEED = frozenset({"PULP_CBC_CMD", "COIN_CMD"})
#: Solvers whose own gap is 0; of others that cannot be told one, no answer is taken for proven.
_EXACT_UNASKED = frozenset({"GLPK_CMD"})

_HIGHS_STATUS = {
    highspy.HighsModelStatus.kOptimal: Status.OPTIMAL,
    highspy.HighsModelStatus.kInfeasible: Status.INFEASIBLE,
    highspy.HighsModelStatus.kUnboundedOrInfeasible: Status.INFEASIBLE,
    highspy.HighsModelStatus.kTimeLimit: Status.FEASIBLE,
    highspy.HighsModelStatus.kSolutionLimit: Status.FEASIBLE,
    highspy.HighsModelStatus.kInterrupt: Status.INTERRUPTED,
    highspy.HighsModelStatus.kModelEmpty: Status.OPTIMAL,
    highspy.HighsModelStatus.kObjectiveBound: Status.INFEASIBLE,
    highspy.HighsModelStatus.kObjectiveTarget: Status.FEASIBLE,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a solve may spend, and how it reports.

    Attributes:
        time_limit_s: wall seconds, or None.
        gap: relative gap at which the solver may stop.
        threads: how many threads the solver may use.
        seed: random seed of the solver.
        solver: ``highs``, ``cbc``, any solver name that PuLP knows, or a solver object of PuLP.
        log: file that receives the solver's log, or None.
        on_progress: called with seconds, incumbent and bound, or None.
        deadline: ``time.monotonic()`` at which ``time_limit_s`` is used up.
    """

    time_limit_s: float | None = None
    gap: float = 0.0
    threads: int = 1
    seed: int = 0
    solver: str | pulp.LpSolver = "highs"
    log: Path | None = None
    on_progress: Progress | None = None
    deadline: float = math.inf

    def started(self) -> Limits:
        """The same limits with the clock running."""
        if self.time_limit_s is None:
            return self
        return replace(self, deadline=time.monotonic() + self.time_limit_s)

    def part(self, share: float) -> Limits:
        """The same limits, with a deadline after this share of the seconds that are left."""
        left = self.seconds_left
        return self if left is None else replace(self, deadline=time.monotonic() + share * left)

    def at_most(self, seconds: float) -> Limits:
        """The same limits, with a deadline at most so many seconds from now."""
        return replace(self, deadline=min(self.deadline, time.monotonic() + seconds))

    def silent(self) -> Limits:
        """The same limits for one of several programs: proven, and without progress of its own."""
        return replace(self, gap=0.0, on_progress=None)

    @property
    def in_process(self) -> bool:
        """True where HiGHS is asked for by name: it runs in this process, beside the engines."""
        return isinstance(self.solver, str) and self.solver.lower() == "highs"

    @property
    def seconds_left(self) -> float | None:
        """Wall seconds that remain, at least a tenth; None for no limit."""
        if math.isinf(self.deadline):
            return None
        return max(0.1, self.deadline - time.monotonic())


@dataclass(frozen=True, slots=True)
class Run:
    """What one program gave.

    Attributes:
        status: FEASIBLE where values exist without a proof, NO_SOLUTION where none exist.
        objective: value of the incumbent by the solver's reckoning; NaN for none.
        bound: best bound, in the program's own sense.
        seconds: wall seconds in the solver.
        solver: name and version.
        has_values: True when the program's variables hold an incumbent.
    """

    status: Status
    objective: float
    bound: float
    seconds: float
    solver: str
    has_values: bool


def run_program(
    program: pulp.LpProblem,
    limits: Limits,
    *,
    scale: float = 1.0,
    start: dict[pulp.LpVariable, float] | None = None,
    relaxed: bool = False,
    presolve: bool = True,
    cutoff: float | None = None,
    target: float | None = None,
) -> Run:
    """Solve ``program`` within ``limits``; its variables then hold the incumbent, if there is one.

    Args:
        program: the PuLP program.
        limits: what may be spent.
        scale: the program's objective is ``scale`` times what the run and the progress report.
        start: values to start from (HiGHS only).
        relaxed: leave integrality out (HiGHS only; other solvers refuse).
        presolve: whether HiGHS may reduce the program first; what it does to rows that all but force their
            variables, beside coefficients a billion times smaller, may be off in the fifth digit.
        cutoff: answers that cost as much are of no use: the run is INFEASIBLE where there is no other, or its
            bound says so (HiGHS only, which is told the scaled value; others solve the whole program).
        target: an answer that costs no more is good enough (HiGHS only).

    Raises:
        UnknownModelError: the solver name is unknown to PuLP.
        SolverError: the solver is not installed, or failed.
    """
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "solver.log"
        if limits.in_process:
            ends = {"cutoff": cutoff, "target": target}
            run = _run_highs(
                program, limits, log, scale, start or {}, ends, relaxed=relaxed, presolves=presolve
            )
        else:
            run = _run_other(program, limits, log)
        _keep_log(log, limits.log)
    seconds = time.perf_counter() - began
    return replace(run, objective=run.objective / scale, bound=run.bound / scale, seconds=seconds)


def meant(typed: str, names: Iterable[str]) -> Sentence | str:
    """``; did you mean 'p-median'?`` where a name is close to what was typed, else nothing."""
    by_lower = {name.lower(): name for name in reversed([*names])}
    near = difflib.get_close_matches(typed.lower(), by_lower, n=1, cutoff=0.5)
    return Sentence("opt.meant", "; did you mean '{near}'?", near=by_lower[near[0]]) if near else ""


def _keep_log(log: Path, wanted: Path | None) -> None:
    """Append this run's log to the file that the caller named; some models run more than one program."""
    if wanted is not None and log.is_file():
        with wanted.open("a", encoding="utf-8") as file:
            file.write(log.read_text(encoding="utf-8", errors="replace"))


def _run_highs(
    program: pulp.LpProblem,
    limits: Limits,
    log: Path,
    scale: float,
    start: dict[pulp.LpVariable, float],
    ends: dict[str, float | None],
    *,
    relaxed: bool,
    presolves: bool,
) -> Run:
    sign = -1.0 if program.sense == pulp.LpMaximize else 1.0
    # Where coefficients are large, what presolve leaves may end in an error.
    for presolve in (True, False) if presolves else (False,):
        solver = InProcessHighs(
            time_limit_s=limits.seconds_left,
            gap=limits.gap,
            threads=limits.threads,
            seed=limits.seed,
            log=log,
            start=start,
            on_progress=_in_unit(limits.on_progress, sign * scale),
            relaxed=relaxed,
            presolve=presolve,
            deadline=limits.deadline,
            **ends,
        )
        program.solve(solver)
        raw = program.solverModel.getModelStatus()
        if raw != highspy.HighsModelStatus.kSolveError:
            break
    if raw not in _HIGHS_STATUS:
        raise SolverError(
            Sentence(
                "opt.fault.highs",
                "HiGHS stopped with status '{status}'",
                status=program.solverModel.modelStatusToString(raw),
            )
        )
    info = program.solverModel.getInfo()
    is_mip = not relaxed and solver.has_integers
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    found = found or raw == highspy.HighsModelStatus.kModelEmpty
    objective = sign * info.objective_function_value if found else math.nan
    # A linear program that a limit stopped may hold a feasible answer, which bounds nothing.
    proven = found and _HIGHS_STATUS[raw] is Status.OPTIMAL
    bound = sign * info.mip_dual_bound if is_mip else (objective if proven else -sign * math.inf)
    name = f"HiGHS {program.solverModel.version()}"
    return Run(settled(_HIGHS_STATUS[raw], objective, bound), objective, bound, 0.0, name, found)


def _in_unit(hook: Progress | None, scale: float) -> Progress | None:
    if hook is None:
        return None

    def report(seconds: float, incumbent: float, bound: float) -> None:
        known = incumbent / scale if abs(incumbent) < highspy.kHighsInf else math.nan
        hook(seconds, known, bound / scale)

    return report


def settled(status: Status, objective: float, bound: float) -> Status:
    """OPTIMAL needs a closed gap, FEASIBLE needs an incumbent: no solver's word is taken for either."""
    if status is Status.OPTIMAL and relative_gap(objective, bound) > PROOF_TOLERANCE:
        return Status.FEASIBLE
    if status is Status.FEASIBLE and math.isnan(objective):
        return Status.NO_SOLUTION
    return status


def _run_other(program: pulp.LpProblem, limits: Limits, log: Path) -> Run:
    solver = _pulp_solver(limits, log)
    log = Path(getattr(solver, "optionsDict", {}).get("logPath") or log)
    if not solver.available():
        raise SolverError(
            Sentence(
                "opt.fault.no_solver_here",
                "the solver {solver} is not installed on this machine",
                solver=solver.name,
            )
        )
    try:
        program.solve(solver)
    except pulp.PulpSolverError as error:
        raise SolverError(f"{solver.name}: {error}") from error
    text = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    return _judge(program, limits, solver, text)


def _pulp_solver(limits: Limits, log: Path) -> pulp.LpSolver:
    if not isinstance(limits.solver, str):
        return solver_objects.told(limits.solver, limits, log)
    by_lower = {name.lower(): name for name in pulp.listSolvers()}
    wanted = {"cbc": "pulp_cbc_cmd"}.get(limits.solver.lower(), limits.solver.lower())
    if wanted not in by_lower:
        names = ["highs", "cbc", *pulp.listSolvers()]
        raise UnknownModelError(
            Sentence(
                "opt.fault.no_solver",
                "no solver is called {solver!r}{meant}; choose from {known}",
                solver=limits.solver,
                meant=meant(limits.solver, names),
                known=", ".join(names),
            )
        )
    name = by_lower[wanted]
    takes = solver_objects.options_of(pulp.getSolver(name))
    _refuse_what_is_not_passed_on(name, takes, limits)
    every: dict[str, Any] = {"timeLimit": limits.seconds_left, "gapRel": limits.gap}
    every |= {"threads": limits.threads, "logPath": str(log)}
    options: dict[str, Any] = {"msg": False, **{key: value for key, value in every.items() if key in takes}}
    if name in _TAKES_A_SEED:
        options["options"] = [f"randomCbcSeed {limits.seed + 1}"]
    return pulp.getSolver(name, **options)


def _refuse_what_is_not_passed_on(name: str, takes: set[str], limits: Limits) -> None:
    asked = {
        "time limit": ("timeLimit", limits.time_limit_s is not None),
        "gap": ("gapRel", limits.gap > 0),
        "threads": ("threads", limits.threads != 1),
        "log": ("logPath", limits.log is not None),
        "seed": ("seed", limits.seed != 0 and name not in _TAKES_A_SEED),
    }
    lost = [words for words, (option, given) in asked.items() if given and option not in takes]
    if lost:
        raise SolverError(
            Sentence(
                "opt.fault.not_through_pulp",
                "{name} cannot be told through PuLP: {lost}; leave it out",
                name=name,
                lost=tuple(lost),
            )
        )


def _judge(program: pulp.LpProblem, limits: Limits, solver: pulp.LpSolver, text: str) -> Run:
    """Status and bound from PuLP's ``sol_status`` (its ``status`` says Optimal at a time limit too)."""
    outcome, name = program.sol_status, solver.name
    worst = -math.inf if program.sense == pulp.LpMinimize else math.inf
    found = outcome in {pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible}
    aimless = program.objective is None  # it only asks whether there is an answer
    objective = 0.0 if aimless else float(pulp.value(program.objective) or 0.0)
    objective = objective if found else math.nan
    if outcome == pulp.LpSolutionInfeasible or program.status == pulp.LpStatusInfeasible:
        return Run(Status.INFEASIBLE, math.nan, -worst, 0.0, name, has_values=False)
    if not found:
        return Run(Status.NO_SOLUTION, math.nan, worst, 0.0, name, has_values=False)
    exact = name in _EXACT_UNASKED or (
        "gapRel" in solver_objects.options_of(solver)
        if isinstance(limits.solver, str)
        else solver_objects.is_exact(solver)
    )
    proven = outcome == pulp.LpSolutionOptimal and ((limits.gap == 0.0 and exact) or aimless)
    bound = objective if proven else _own_bound(program, text, worst)
    status = Status.OPTIMAL if proven else Status.FEASIBLE
    return Run(settled(status, objective, bound), objective, bound, 0.0, name, has_values=True)


def _own_bound(program: pulp.LpProblem, text: str, worst: float) -> float:
    """The bound of the solver's own model where it is HiGHS, else the last one that its log tells."""
    if isinstance(program.solverModel, highspy.Highs):
        sign = -1.0 if program.sense == pulp.LpMaximize else 1.0
        bound = sign * program.solverModel.getInfo().mip_dual_bound
        return bound if math.isfinite(bound) and abs(bound) < highspy.kHighsInf else worst
    return _logged_bound(text, worst, program)


def _logged_bound(text: str, worst: float, program: pulp.LpProblem) -> float:
    """CBC's last word on the bound; it prints maximisation with its sign turned, and leaves out constants."""
    found = re.findall(r"(?:Lower bound:|best possible)\s+(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)", text)
    if not found:
        return worst
    value = float(found[-1]) if program.sense == pulp.LpMinimize else -float(found[-1])
    return value + float(program.objective.constant)
