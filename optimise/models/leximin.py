"""Lexicographic minimax: the worst-off first, then the next worst-off, and so on down to the last.

Ogryczak (1997), *On the lexicographic minimax approach to location problems*, European Journal of Operational
Research 100. With discrete costs ``v_1 > v_2 > ...`` it is a sequence of covering programs: least weight at
``v_1`` or beyond; among those placements least weight at ``v_2`` or beyond; ... Each program is::

    min   sum_i w_i h_i
    s.t.  h_i + sum_{j: c_ij < v} y_j >= 1        demand point i is nearer than v, or counted
          sum_i w_i h_i(v') <= H(v')              for every level v' > v settled before

Only levels that the incumbent attains are visited: if the least weight at such a level equals the weight
beyond the level above, the level is empty in the answer, and the incumbent moves down.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from optimise.algebra import Term, linear
from optimise.arrays import BoolArray, FloatArray
from optimise.conditions import DifferentFrom
from optimise.engines import large, settled_service
from optimise.errors import Fault
from optimise.exact import exact_dot
from optimise.models.base import Model, needs_a_count
from optimise.models.center import PCenter, coverage_rows
from optimise.models.enumerating import best_of_all, few_enough
from optimise.outcome import Outcome
from optimise.placed import Placed
from optimise.problem import PlacementProblem
from optimise.program import SiteProgram
from optimise.running import Limits, Run
from optimise.sentences import Sentence
from optimise.service import SCALED_WEIGHT, ServicePlan, require_reach
from optimise.starting import unproven_service
from optimise.status import Sense, Status

_SLACK = 1e-9
#: Rows that are built between two looks at the clock.
_ROWS_BETWEEN = 256
_NO_TIME = Run(Status.NO_SOLUTION, math.nan, -math.inf, 0.0, "none", has_values=False)

#: After so many settled levels it is asked whether any other placement is left.
_LOOK_FOR_OTHERS_AT = {1, 2, 4, 8, 16, 32, 64, 128}


@dataclass(frozen=True)
class LexicographicMinimax(Model):
    """The largest minutes as small as possible, then the people at it as few as possible, then the next.

    The objective that is reported is the largest minutes; ``figures`` tell how many levels are settled.

    Attributes:
        levels: how many levels to settle, or None for all. What lies below them is then left as it falls.
    """

    name: ClassVar[str] = "lexicographic-minimax"
    sense: ClassVar[Sense] = Sense.MINIMISE
    levels: int | None = None

    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """Something must limit the number of sites."""
        found = needs_a_count(problem)
        if self.levels is not None and self.levels < 1:
            found.append(Fault("must be 1 or more", "levels", value=str(self.levels)))
        return found

    def objective(self, problem: PlacementProblem, placed: Placed) -> float:
        """The largest minutes of the served."""
        counted = (placed.assignment >= 0) & (problem.weights > 0)
        return float(placed.minutes(problem)[counted].max()) if counted.any() else math.nan

    def rank(self, problem: PlacementProblem, placed: Placed) -> tuple[float, ...]:
        """Unserved weight, then the minutes of all from the worst down, with their weights."""
        counted = (placed.assignment >= 0) & (problem.weights > 0)
        minutes = placed.minutes(problem)[counted]
        levels, place = np.unique(-minutes, return_inverse=True)
        weights = np.bincount(place.reshape(-1), weights=problem.weights[counted], minlength=len(levels))
        unserved = exact_dot(problem.weights, 1.0 - placed.served())
        pairs = zip((-levels).tolist(), weights.tolist(), strict=True)
        return (unserved, *(value for pair in pairs for value in pair))

    def steer(self, problem: PlacementProblem, minutes: FloatArray) -> tuple[float, FloatArray | None]:
        """The longest way, and a little of how many are near it; those are worth moving."""
        counted = np.isfinite(minutes) & (problem.weights > 0)
        slope = np.zeros(len(minutes))
        if not counted.any():
            return 0.0, slope
        own, people = minutes[counted], problem.weights[counted]
        longest = max(float(own.max()), 1e-300)
        slope[counted] = own >= 0.8 * longest
        near = float(people @ (own / longest) ** 16) / float(people.sum())
        return longest * (1.0 + 1e-4 * near), slope

    def search(self, problem: PlacementProblem, limits: Limits) -> Outcome:
        """Look at all placements where they are few; else settle one level after the other."""
        if few_enough(problem) and self.levels is None:
            return best_of_all(problem, self, limits)
        plan = settled_service(problem, limits)
        if not plan.known and plan.run is not None:
            return unproven_service(problem, self, plan.run, limits, plan.sites)
        search = _Descent(problem, plan, limits, self.levels)
        if large(problem):
            # The first level is the radius of the p-center, which has searches of its own.
            first = PCenter().search(problem, limits.part(0.5).silent())
            search.best, search.floor = first.placed, first.bound
        return search.outcome()


class _LateError(Exception):
    """The time is up while a program is built."""


class _Descent:
    def __init__(
        self, problem: PlacementProblem, plan: ServicePlan, limits: Limits, n_levels: int | None
    ) -> None:
        self.problem = problem
        self.plan = plan
        self.limits = limits
        self.n_levels = n_levels
        self.settled: list[tuple[float, float]] = []
        self.n_settled = 0
        self.worst: float | None = None
        self.floor = -math.inf
        self.best: Placed | None = None
        self.build_s = 0.0
        self.solve_s = plan.run.seconds if plan.run else 0.0

    def outcome(self) -> Outcome:
        """Descend through the levels that the incumbent attains."""
        if self.best is None:
            run = self._least_beyond(np.inf)
        else:  # it serves as much as can be served, which is all that the level beyond all asks
            run = Run(Status.OPTIMAL, math.nan, math.nan, 0.0, "none", has_values=True)
        status = run.status
        level = self._next_level(np.inf) if run.has_values else None
        while status is Status.OPTIMAL and level is not None:
            self._hold_empty_above(level)
            run = self._least_beyond(level)
            status = run.status
            if status is not Status.OPTIMAL:
                break
            self._settle(level)
            if self.n_levels is not None and self.n_settled >= self.n_levels:
                break
            if self.n_settled in _LOOK_FOR_OTHERS_AT and self._alone():
                break
            level = self._next_level(level)
        return self._told(status, run)

    def _alone(self) -> bool:
        """True when no other placement keeps the settled levels: then the rest is decided."""
        if self.problem.n_open is None or self.best is None:
            return False
        names = [self.problem.site_ids[site] for site in np.flatnonzero(self.best.sites)]
        program = SiteProgram(self.problem, "others", Sense.MINIMISE, twins=False)
        program.impose_conditions()
        self._keep_settled(program, require_reach(program, self.plan))
        DifferentFrom(tuple(names)).impose(program, "other")
        run = program.solve(self.limits.silent())
        self.solve_s += run.seconds
        return run.status is Status.INFEASIBLE

    def _keep_settled(self, program: SiteProgram, served: list[Term]) -> None:
        for number, (settled, most) in enumerate(self.settled):
            terms = self._counted(program, settled, f"settled_{number}", served)
            row = linear(terms) <= self._scaled(most) + SCALED_WEIGHT * _SLACK
            program.add(row, f"settled_{number}")

    def _hold_empty_above(self, level: float) -> None:
        """Nobody is between ``level`` and the level settled last in the incumbent, so nobody may be."""
        most = self.settled.pop()[1] if self.settled else 0.0
        self.settled.append((float(np.nextafter(level, np.inf)), most))

    def _settle(self, level: float) -> None:
        """Hold the weight at ``level`` or beyond; a level that turns out empty tightens the one above."""
        beyond = self._weight_beyond(level)
        most = self.settled[-1][1]
        if beyond <= most * (1 + _SLACK):
            self.settled[-1] = (level, most)
            return
        self.settled.append((level, beyond))
        self.n_settled += 1
        self.worst = level if self.worst is None else self.worst

    def _least_beyond(self, level: float) -> Run:
        """The placement with the least weight at ``level`` or beyond, all settled levels kept."""
        program = SiteProgram(self.problem, "level", Sense.MINIMISE)
        program.impose_conditions()
        served = require_reach(program, self.plan)
        try:
            self._keep_settled(program, served)
            program.aim(linear(self._counted(program, level, "beyond", served)))
        except _LateError:
            return _NO_TIME
        finally:
            self.build_s += program.build_s
        if self._late(program.build_s):  # to pass a program to its solver takes about as long
            return _NO_TIME
        run = program.solve(self.limits.silent())
        self.solve_s += run.seconds
        if run.has_values and run.status is not Status.INTERRUPTED:
            self.best = Placed.nearest(self.problem, program.chosen())
        return run

    def _counted(
        self, program: SiteProgram, level: float, name: str, served: list[Term]
    ) -> list[tuple[Term, float]]:
        below = float(np.nextafter(level, -np.inf))
        near, weights, patterns = coverage_rows(self.problem, self.plan, below)
        terms: list[tuple[Term, float]] = []
        for row, sites in enumerate(near):
            if row % _ROWS_BETWEEN == 0 and self._late():
                raise _LateError
            beyond = program.variable(f"{name}_{row}_beyond", upper=1.0)
            wanted = served[int(patterns[row])] if patterns[row] >= 0 else 1.0
            program.add(program.n_open(sites) + beyond - wanted >= 0, f"{name}_{row}")
            terms.append((beyond, self._scaled(float(weights[row]))))
        return terms

    def _late(self, needed_s: float = 0.0) -> bool:
        return self.limits.seconds_left is not None and self.limits.seconds_left <= needed_s

    def _scaled(self, weight: float) -> float:
        return SCALED_WEIGHT * weight / self.plan.served_weight if self.plan.served_weight > 0 else 0.0

    def _outcomes(self) -> tuple[FloatArray, FloatArray]:
        assert self.best is not None
        counted: BoolArray = (self.best.assignment >= 0) & (self.problem.weights > 0)
        return self.best.minutes(self.problem)[counted], self.problem.weights[counted]

    def _weight_beyond(self, level: float) -> float:
        minutes, weights = self._outcomes()
        return float(weights[minutes >= level].sum())

    def _next_level(self, level: float) -> float | None:
        minutes, _ = self._outcomes()
        below = minutes[minutes < level]
        return float(below.max()) if below.size else None

    def _told(self, status: Status, run: Run) -> Outcome:
        if self.best is not None and status is Status.NO_SOLUTION:
            status = Status.FEASIBLE
        proven = self._outcomes()[0].max(initial=0.0) if status is Status.OPTIMAL else -np.inf
        return Outcome(
            status=status,
            placed=self.best,
            bound=max(self.floor, float(proven)) if self.worst is None else self.worst,
            solver=run.solver,
            formulation="level by level covering",
            proof=self._proof(status, run),
            build_s=self.build_s,
            solve_s=self.solve_s,
            figures={"levels_settled": float(self.n_settled)},
        )

    def _proof(self, status: Status, run: Run) -> Sentence:
        if status is Status.OPTIMAL:
            return Sentence(
                "opt.proof.levels",
                "{levels} levels settled, each proven by {solver}; they decide the rest",
                levels=self.n_settled,
                solver=run.solver,
            )
        return Sentence(
            "opt.proof.levels_open",
            "{levels} levels settled, the next one is open; the bound is that of the p-center",
            levels=self.n_settled,
        )
