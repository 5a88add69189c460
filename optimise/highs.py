"""HiGHS in this process, through PuLP: with a warm start, progress, a true bound and a clean stop.

PuLP 3.3's own ``pulp.HiGHS`` ignores ``warmStart``, drops the objective's constant (so its relative gap is
wrong) and reports ``Optimal`` at a time limit. This subclass passes the model in one piece,
with its constant.
"""

from __future__ import annotations

import math
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pulp

ProgressHook = Callable[[float, float, float], None]
_CALLBACKS = highspy.cb.HighsCallbackType
_INTERRUPTS = (
    _CALLBACKS.kCallbackMipInterrupt,
    _CALLBACKS.kCallbackSimplexInterrupt,
    _CALLBACKS.kCallbackIpmInterrupt,
)


#: Seconds that HiGHS gets at least.
_LEAST_S = 0.1

#: Rule 13 of HiGHS' presolve, parallel rows and columns, gave wrong optima of small programs with units
#: (1.15.1: 505 of 1,094 served, called optimal; right without the rule).
_FAULTY_PRESOLVE = 1 << 13


class InProcessHighs(pulp.HiGHS):  # type: ignore[misc]
    """``pulp.HiGHS`` with what the placement models need.

    After ``program.solve(solver)``, ``program.solverModel`` is the :class:`highspy.Highs` that ran.
    """

    def __init__(
        self,
        *,
        time_limit_s: float | None = None,
        gap: float = 0.0,
        threads: int = 1,
        seed: int = 0,
        log: Path,
        start: dict[pulp.LpVariable, float] | None = None,
        on_progress: ProgressHook | None = None,
        relaxed: bool = False,
        presolve: bool = True,
        cutoff: float | None = None,
        target: float | None = None,
        deadline: float = math.inf,
    ) -> None:
        options: dict[str, Any] = {"random_seed": seed, "mip_abs_gap": 1e-9}
        if cutoff is not None:
            options["objective_bound"] = cutoff
        if target is not None:
            options["objective_target"] = target
        if not presolve:
            options["presolve"] = "off"
        options |= {"log_file": str(log), "log_to_console": False, "presolve_rule_off": _FAULTY_PRESOLVE}
        super().__init__(
            mip=not relaxed, msg=True, gapRel=gap, threads=threads, timeLimit=time_limit_s, **options
        )
        self.presolve = presolve
        self.start = start or {}
        #: ``time.monotonic()`` at which to stop: a large model takes its time to be passed.
        self.deadline = deadline
        self.on_progress = on_progress
        self.stopped = threading.Event()
        self.has_integers = False

    def actualSolve(self, lp: pulp.LpProblem) -> int:  # noqa: N802 -- overrides PuLP
        """As PuLP does, which gathers the variables out of every row four times; none comes in meanwhile."""
        variables = lp.variables()
        self.has_integers = any(variable.cat == pulp.LpInteger for variable in variables)
        vars(lp)["variables"] = lambda: variables
        try:
            return int(super().actualSolve(lp))
        finally:
            del vars(lp)["variables"]

    def createAndConfigureSolver(self, lp: pulp.LpProblem) -> None:  # noqa: N802 -- overrides PuLP
        """As PuLP does, with nothing on stdout: HiGHS 1.16 greets there before an option can be set."""
        with _deaf_stdout():
            super().createAndConfigureSolver(lp)

    def buildSolverModel(self, lp: pulp.LpProblem) -> None:  # noqa: N802 -- overrides PuLP
        """Pass the whole program at once (PuLP adds columns and rows one by one)."""
        lp.solverModel.passModel(highs_model(lp, relaxed=not self.mip))

    def callSolver(self, lp: pulp.LpProblem) -> None:  # noqa: N802 -- overrides PuLP
        """Run in a thread of its own, so that Ctrl-C reaches Python and the incumbent survives it.

        HiGHS stops where it next looks, which may be after the first linear program. A second Ctrl-C does not
        wait for that and loses the incumbent.

        Raises:
            KeyboardInterrupt: for the second Ctrl-C.
        """
        solver: highspy.Highs = lp.solverModel
        held = {id(variable) for variable in lp.variables()}  # a variable in no row has no column
        start = {variable: value for variable, value in self.start.items() if id(variable) in held}
        if start:
            _pass_start(solver, start)
        solver.setCallback(self._on_callback, None)
        for kind in (*_INTERRUPTS, _CALLBACKS.kCallbackMipLogging, _CALLBACKS.kCallbackMipImprovingSolution):
            solver.startCallback(kind)
        if math.isfinite(self.deadline):
            solver.setOptionValue("time_limit", max(_LEAST_S, self.deadline - time.monotonic()))
        done = threading.Event()
        worker = threading.Thread(target=_run, args=(solver, done), daemon=True)
        try:
            worker.start()
        except KeyboardInterrupt:
            self.stopped.set()
        # Not Thread.join: interrupted in it, Python 3.11 takes the thread for finished while it still runs.
        while not done.is_set():
            try:
                done.wait(timeout=0.2)
            except KeyboardInterrupt:
                if self.stopped.is_set():
                    raise
                self.stopped.set()

    def _on_callback(self, kind: Any, message: str, output: Any, reply: Any, user_data: Any) -> None:  # noqa: ANN401
        del message, user_data
        if kind in _INTERRUPTS:
            reply.user_interrupt = self.stopped.is_set()
        elif self.on_progress is not None:
            self.on_progress(output.running_time, output.mip_primal_bound, output.mip_dual_bound)


@contextmanager
def _deaf_stdout() -> Iterator[None]:
    """The descriptor that compiled code prints to leads nowhere; what Python printed before is kept."""
    try:
        kept = os.dup(1)
    except OSError:  # closed: nothing can be printed there
        yield
        return
    if sys.stdout:
        sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def _run(solver: highspy.Highs, done: threading.Event) -> None:
    try:
        solver.run()
        highspy.Highs.resetGlobalScheduler(False)
    finally:
        done.set()


def highs_model(lp: pulp.LpProblem, *, relaxed: bool = False) -> highspy.HighsLp:
    """The PuLP program as one HiGHS model (row-wise), always minimising; sets ``index`` as PuLP does.

    ``relaxed`` leaves integrality out.
    """
    sign = -1.0 if lp.sense == pulp.LpMaximize else 1.0
    variables = lp.variables()
    for index, variable in enumerate(variables):
        variable.index = index
    model = highspy.HighsLp()
    model.num_col_ = len(variables)
    model.col_cost_ = np.array([sign * lp.objective.get(variable, 0.0) for variable in variables])
    model.offset_ = sign * lp.objective.constant
    model.col_lower_ = _bounds([variable.lowBound for variable in variables], -highspy.kHighsInf)
    model.col_upper_ = _bounds([variable.upBound for variable in variables], highspy.kHighsInf)
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    model.integrality_ = [kinds[variable.cat == pulp.LpInteger and not relaxed] for variable in variables]
    _pass_rows(model, lp.constraints())
    return model


def _pass_rows(model: highspy.HighsLp, rows: list[pulp.LpConstraint]) -> None:
    for index, row in enumerate(rows):
        row.index = index
    model.num_row_ = len(rows)
    model.row_lower_ = _bounds([row.getLb() for row in rows], -highspy.kHighsInf)
    model.row_upper_ = _bounds([row.getUb() for row in rows], highspy.kHighsInf)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.num_col_ = model.num_col_
    model.a_matrix_.num_row_ = len(rows)
    model.a_matrix_.start_ = np.concatenate([[0], np.cumsum([len(row) for row in rows], dtype=np.int32)])
    model.a_matrix_.index_ = np.array([variable.index for row in rows for variable in row], dtype=np.int32)
    model.a_matrix_.value_ = np.array([value for row in rows for value in row.values()], dtype=np.float64)


def _bounds(values: list[float | None], missing: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([missing if value is None else value for value in values], dtype=np.float64)


def _pass_start(solver: highspy.Highs, start: dict[pulp.LpVariable, float]) -> None:
    indices = np.array([variable.index for variable in start], dtype=np.int32)
    solver.setSolution(len(indices), indices, np.array(list(start.values()), dtype=np.float64))
