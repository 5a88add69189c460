"""Solver objects of PuLP that a caller made: what they may be told on top, and what their word is worth."""

from __future__ import annotations

import copy
import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pulp

from optimise.errors import Fault, ProblemError
from optimise.sentences import Sentence

if TYPE_CHECKING:
    from optimise.running import Limits

#: Options whose text may hold a gap or a limit that PuLP's interface does not show.
_LOOSENING = ("gap", "ratio", "allow", "sec", "time", "maxn", "maxs", "node", "sol")


def is_object(solver: object) -> bool:
    """Whether this is a solver object, not a name."""
    return isinstance(solver, pulp.LpSolver)


def name_of(solver: str | pulp.LpSolver) -> str:
    """The name that readers know the solver by."""
    return str(getattr(solver, "name", solver))


def options_of(solver: pulp.LpSolver) -> set[str]:
    """What PuLP's interface to a solver can be told."""
    return set(inspect.signature(type(solver).__init__).parameters)


def faults_of(solver: object, limits: Limits) -> list[Fault]:
    """What is asked beside a solver object and belongs on it."""
    if not is_object(solver):
        return [] if isinstance(solver, str) else [Fault(_NO_SOLVER, "solver", value=repr(solver)[:60])]
    beside = {
        "gap": limits.gap > 0,
        "threads": limits.threads != 1,
        "seed": limits.seed != 0,
        "log": limits.log is not None,
    }
    return [Fault(_ON_THE_SOLVER, name) for name, given in beside.items() if given]


_NO_SOLVER = Sentence("opt.fault.solver_kind", "must be a name or a solver object of PuLP")
_ON_THE_SOLVER = Sentence("opt.fault.on_the_solver", "set it on the solver object, not beside it")


def told(solver: pulp.LpSolver, limits: Limits, log: Path) -> pulp.LpSolver:
    """A copy of the caller's solver with the time that is left; its own settings stay.

    A gap that it leaves open is set to 0, so that its answer can be a proof, and where it writes no log, it
    writes one here, from which its bound is read.

    Raises:
        ProblemError: a time limit is asked for that PuLP cannot pass on to it.
    """
    own, takes = copy.copy(solver), options_of(solver)
    own.options, own.optionsDict = list(solver.options or []), dict(solver.optionsDict)
    left = limits.seconds_left
    if left is not None and "timeLimit" not in takes:
        raise ProblemError([Fault(_ON_THE_SOLVER, "time_limit_s")])
    if left is not None:
        own.timeLimit = left if own.timeLimit is None else min(left, own.timeLimit)
    if "gapRel" in takes and _gap(own) is None:
        _set_gap(own)
    if "logPath" in takes and own.optionsDict.get("logPath") is None and not own.msg:
        own.optionsDict["logPath"] = str(log)
    return own


def is_exact(solver: pulp.LpSolver) -> bool:
    """Whether what the solver calls optimal is: no gap of its own, and no option that may be one."""
    loose = any(word in str(option).lower() for option in solver.options or [] for word in _LOOSENING)
    absolute = solver.optionsDict.get("gapAbs") or getattr(solver, "gapAbs", None)
    return _gap(solver) == 0.0 and not absolute and not loose


def _gap(solver: pulp.LpSolver) -> float | None:
    found: Any = getattr(solver, "gapRel", solver.optionsDict.get("gapRel"))
    return None if found is None else float(found)


def _set_gap(solver: pulp.LpSolver) -> None:
    if hasattr(solver, "gapRel"):
        solver.gapRel = 0.0
    else:
        solver.optionsDict["gapRel"] = 0.0
