"""Programs over what happens to each person or group: minutes as linear expressions, and cuts for the rest.

An *outcome* is the minutes of a demand point (``by="person"``, counted with its weight) or the mean minutes
of a group of demand points (``by="group"``, each group counted once). Who is compared is settled first: those
whom the first stage of :mod:`optimise.service` serves.

Objectives that are convex in the outcomes are solved by cutting planes (Kelley 1960, *The cutting-plane
method for solving convex programs*, Journal of the SIAM 8): solve the program with the cuts known, evaluate
the real objective at its sites, add the cut that is tight there, repeat. The program's bound is a true bound
throughout.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pulp

from optimise.algebra import linear, summed
from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.errors import Fault
from optimise.exact import PROOF_TOLERANCE
from optimise.models.median import share_variables
from optimise.outcome import Outcome
from optimise.placed import Placed
from optimise.problem import PlacementProblem
from optimise.program import SiteProgram, within_memory
from optimise.running import Limits, Run
from optimise.sentences import Sentence
from optimise.service import SCALED_WEIGHT, ServicePlan
from optimise.status import Sense, Status, relative_gap

#: Most rounds of cuts from linear relaxations.
_RELAXED_ROUNDS = 30
#: Coefficients up to which pieces are scaled up. Above some 1e8 the solver's answers miss rows by more than
#: its own tolerance, and it calls them an error.
_LARGE = 1e6

Compared = Literal["person", "group"]

#: Coefficients of the outcomes and a constant; the piece must not be below their sum.
Cut = tuple[FloatArray, float]


def compared_faults(by: str, problem: PlacementProblem) -> list[Fault]:
    """``by`` must be one of the two, and groups must be given for the second."""
    if by not in ("person", "group"):
        return [Fault("must be person or group", "by", value=by)]
    if by == "group" and problem.demand_groups is None:
        return [Fault("comparing groups needs demand_groups", "by")]
    return []


def outcome_rows(problem: PlacementProblem, by: Compared) -> IntArray:
    """(n_demand,) which outcome each demand point belongs to."""
    if by == "person" or problem.demand_groups is None:
        return np.arange(problem.n_demand)
    return problem.demand_group_numbers


def outcomes(problem: PlacementProblem, placed: Placed, by: Compared) -> tuple[FloatArray, FloatArray]:
    """Minutes and weights of the outcomes of the served, in the order of :func:`outcome_rows`."""
    served = (placed.assignment >= 0) & (problem.weights > 0)
    return _summarised(problem, served, placed.minutes(problem)[served], by)


def _summarised(
    problem: PlacementProblem, counted: BoolArray, minutes: FloatArray, by: Compared
) -> tuple[FloatArray, FloatArray]:
    weights = problem.weights[counted]
    if by == "person":
        return minutes, weights
    groups, place = np.unique(outcome_rows(problem, by)[counted], return_inverse=True)
    order = np.lexsort((weights, minutes))  # so that the order of demand points shows in no digit
    place, weights, minutes = place[order], weights[order], minutes[order]
    sums = np.bincount(place, weights=weights, minlength=len(groups))
    means = np.bincount(place, weights=weights * minutes, minlength=len(groups)) / sums
    return means, np.ones(len(groups))


class OutcomeProgram:
    """The assignment rows, with one expression for each outcome.

    Attributes:
        program: the program under construction.
        minutes: one linear expression for each outcome.
        longest: the largest coefficient in them.
        weights: (n_outcomes,) what each counts.
    """

    def __init__(
        self, problem: PlacementProblem, plan: ServicePlan, by: Compared, *, closest: bool = False
    ) -> None:
        self.problem = problem
        self.program = SiteProgram(problem, "outcomes", Sense.MINIMISE)
        self.program.impose_conditions()
        self.plan = plan
        rows = np.flatnonzero(plan.relevant)
        within_memory(int(np.isfinite(problem.allowed_costs[rows]).sum()))
        terms: dict[int, list[tuple[pulp.LpVariable, float]]] = {}
        outcome_of = outcome_rows(problem, by)[rows]
        weight_of = summed(outcome_of, problem.weights[rows], problem.n_demand)
        for row, outcome in zip(rows.tolist(), outcome_of.tolist(), strict=True):
            factor = 1.0 if by == "person" else float(problem.weights[row] / weight_of[outcome])
            own = self._serve(row, closest=closest)
            terms.setdefault(outcome, []).extend((share, factor * minutes) for share, minutes in own)
        ordered = sorted(terms)
        self.minutes = [linear(terms[outcome]) for outcome in ordered]
        self.longest = max((abs(own) for minutes in self.minutes for own in minutes.values()), default=0.0)
        counted = weight_of[ordered] if by == "person" else np.ones(len(ordered))
        self.weights = np.asarray(counted, dtype=np.float64)

    def _serve(self, row: int, *, closest: bool) -> list[tuple[pulp.LpVariable, float]]:
        """Shares of a demand point with their minutes; sites beyond an always-open one are left out."""
        costs = self.problem.allowed_costs[row]
        nearest_fixed = costs[self.problem.always_open].min(initial=np.inf)
        useful = np.isfinite(costs) & (costs <= nearest_fixed)
        sites = np.flatnonzero(useful).tolist()
        shares = share_variables(self.program, row, sites)
        self.program.add(linear((share, 1.0) for share in shares) == 1, f"serve_{row}")
        minutes = costs[sites].tolist()
        if closest:
            self._closest(row, sites, shares, minutes)
        return list(zip(shares, minutes, strict=True))

    def _closest(
        self, row: int, sites: list[int], shares: list[pulp.LpVariable], minutes: list[float]
    ) -> None:
        """Nobody passes an open site: shares at most as far as an open site sum to 1.

        Wagner and Falkson (1975), *The optimal nodal location of public facilities with price-sensitive
        demand*, Geographical Analysis 7.
        """
        for site, own in zip(sites, minutes, strict=True):
            near = [(share, 1.0) for share, other in zip(shares, minutes, strict=True) if other <= own]
            row_sum = linear([*near, (self.program.opened(site), -1.0)])
            self.program.add(row_sum >= 0, f"closest_{row}_{site}")

    def mean(self) -> pulp.LpAffineExpression:
        """Weighted mean of the outcomes."""
        return self.weighted(self.weights / max(float(self.weights.sum()), 1e-300))

    def weighted(self, coefficients: FloatArray) -> pulp.LpAffineExpression:
        """Sum of coefficients times outcomes."""
        return linear(
            (variable, factor * own)
            for factor, minutes in zip(coefficients.tolist(), self.minutes, strict=True)
            for variable, own in minutes.items()
        )

    def placed(self) -> Placed:
        """The incumbent, everybody at the nearest open site."""
        return Placed.nearest(self.problem, self.program.chosen())

    def values(self, placed: Placed, by: Compared) -> FloatArray:
        """(n_outcomes,) minutes of the outcomes under a placement, in the order of ``minutes``."""
        minutes = placed.minutes(self.problem)[self.plan.relevant]
        return _summarised(self.problem, self.plan.relevant, minutes, by)[0]


@dataclass
class CutLoop:
    """Solves ``min fixed + sum_q rates_q * piece_q`` where each piece is the largest of its cuts.

    Pieces and their rows are scaled up, so that the solver's absolute tolerances leave a true bound.

    Attributes:
        outcome_program: assignment rows and outcomes.
        by: what is compared.
        value: the real objective at a placement.
        cuts: the tight cut of each piece at given outcomes.
        rates: coefficient of each piece in the objective.
        fixed: linear part of the objective.
        lowest: lower bound of every piece.
        size: what gaps are compared with, where the objective itself may be 0; None: the objective.
        scale: the program's objective in terms of the real one.
    """

    outcome_program: OutcomeProgram
    by: Compared
    value: Callable[[Placed], float]
    cuts: Callable[[FloatArray], Sequence[Cut]]
    rates: Sequence[float]
    fixed: pulp.LpAffineExpression
    lowest: float = 0.0
    size: float | None = None
    scale: float = SCALED_WEIGHT
    best: Placed | None = None
    best_value: float = math.inf
    bound: float = -math.inf
    rounds: int = 0
    solve_s: float = 0.0

    def run(self, limits: Limits, first: Sequence[FloatArray]) -> Run:
        """Add the cuts at ``first`` outcomes, then solve and cut until the bound meets the answer."""
        program = self.outcome_program.program
        self.scale = SCALED_WEIGHT / max(1.0, SCALED_WEIGHT * self._largest(first) / _LARGE)
        lowest = self.scale * self.lowest
        pieces = [program.variable(f"piece_{number}", lower=lowest) for number in range(len(self.rates))]
        objective = self.fixed * self.scale + linear(zip(pieces, self.rates, strict=True))
        program.aim(objective, scale=self.scale)
        seen: set[bytes] = set()
        for number, values in enumerate(first):
            self._add(pieces, values, f"first_{number}")
        self._relaxed_rounds(program, pieces, limits)
        while True:
            run = program.solve(limits.silent(), start=None if self.best is None else self.best.sites)
            self.solve_s += run.seconds
            self.rounds += 1
            self.bound = max(self.bound, run.bound)
            if not run.has_values:
                return run
            placed = self.outcome_program.placed()
            known = placed.sites.tobytes() in seen
            seen.add(placed.sites.tobytes())
            value = self.value(placed)
            if self.best is None or value < self.best_value:
                self.best, self.best_value = placed, value
            closed = self._gap(self.best_value, self.bound) <= max(limits.gap, PROOF_TOLERANCE / 10)
            if self._gap(run.objective, run.bound) <= PROOF_TOLERANCE / 10 and run.status is Status.FEASIBLE:
                run = replace(run, status=Status.OPTIMAL)
            if closed or known or run.status is not Status.OPTIMAL:
                return run
            self._add(pieces, self.outcome_program.values(placed, self.by), f"cut_{self.rounds}")

    def _largest(self, first: Sequence[FloatArray]) -> float:
        """The largest coefficient of the objective and the first cuts, before they are scaled."""
        slopes = [float(np.abs(own).max(initial=0.0)) for values in first for own, _ in self.cuts(values)]
        steepest = max(slopes, default=0.0) * self.outcome_program.longest
        fixed = max((abs(float(factor)) for factor in self.fixed.values()), default=0.0)
        return max(steepest, fixed)

    def _gap(self, value: float, bound: float) -> float:
        if self.size is None or math.isnan(value):
            return relative_gap(value, bound)
        return max(0.0, value - bound) / max(self.size, 1e-300)

    def _relaxed_rounds(self, program: SiteProgram, pieces: list[pulp.LpVariable], limits: Limits) -> None:
        """Cut off fractional answers first: each such round costs a linear program only."""
        if not limits.in_process:
            return
        for number in range(_RELAXED_ROUNDS):
            before = self.bound
            run = program.solve(limits.silent(), relaxed=True)
            self.solve_s += run.seconds
            if run.status is not Status.OPTIMAL:
                return
            self.bound = max(self.bound, run.bound)
            values = np.asarray([pulp.value(minutes) for minutes in self.outcome_program.minutes])
            self._add(pieces, values, f"relaxed_{number}")
            if self.bound - before <= 1e-4 * abs(self.bound):
                return

    def _add(self, pieces: list[pulp.LpVariable], values: FloatArray, name: str) -> None:
        for number, (coefficients, constant) in enumerate(self.cuts(values)):
            tight = self.outcome_program.weighted(self.scale * coefficients)
            row = pieces[number] - tight >= self.scale * constant
            self.outcome_program.program.add(row, f"{name}_{number}")

    def outcome(self, run: Run, formulation: str, *, build_s: float, earlier_s: float) -> Outcome:
        """The outcome in the model's terms."""
        status = run.status
        if status is Status.NO_SOLUTION and self.best is not None:
            status = Status.FEASIBLE
        return Outcome(
            status=status,
            placed=self.best,
            bound=self.bound,
            solver=run.solver,
            formulation=formulation,
            proof=Sentence(
                "opt.proof.cuts",
                "{rounds} cutting-plane rounds by {solver}; each program bounds the objective",
                rounds=self.rounds,
                solver=run.solver,
            ),
            build_s=build_s,
            solve_s=earlier_s + self.solve_s,
        )
