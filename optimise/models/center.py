"""The p-center, and the partial p-center: the least minutes within which everybody, or a share, is served.

Threshold search (Minieka 1970, *The m-center problem*, SIAM Review 12): the answer is one of the costs, so
bisect over them, each time asking a covering program whether ``p``
sites serve the wanted weight within ``r``::

    z_i <= sum_{j: c_ij <= r} y_j,  sum_i w_i z_i >= share * W,  sum_j y_j = p,  y binary, 0 <= z_i <= 1

(with ``share = 1`` every ``z_i`` is 1: set covering). Formulation ``program`` solves instead (Daskin 1995,
*Network and Discrete Location*)::

    min r   s.t.  sum_j x_ij = 1,  x_ij <= y_j,  sum_j c_ij x_ij <= r,  sum_j y_j = p

Large problems whose sites are told apart by nothing but their place go to :mod:`optimise.covering_engine`,
which reduces each covering problem before any program is built. Whatever else a problem asks keeps it to the
programs, of which only rows are then reduced, and the proof says so.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib.metadata import version
from typing import ClassVar, Literal

import numpy as np

from optimise import engines
from optimise.algebra import linear, summed
from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.engine_use import PROGRAM_ASKED
from optimise.engines import (
    filled_up,
    large,
    large_center,
    settled_service,
    side_constraints,
    switched_off,
    to_open,
)
from optimise.equity import weighted_quantile
from optimise.errors import Fault
from optimise.exact import LIMIT_TOLERANCE
from optimise.models.base import MakeProgram, Model, needs_a_count, reach_and_mean
from optimise.models.median import share_variables
from optimise.outcome import Outcome
from optimise.placed import Placed
from optimise.problem import PlacementProblem
from optimise.program import SiteProgram, within_memory
from optimise.running import Limits, Run
from optimise.sentences import Sentence, joined
from optimise.service import SCALED_WEIGHT, ServicePlan, plan_service, require_reach, require_service
from optimise.starting import good_sites, unproven_service
from optimise.status import Sense, Status

#: When a start is looked for: who has at least this share of the longest way is worth moving, and how much
#: the mean counts beside it.
_NEARLY, _MEAN = 0.8, 1e-5


@dataclass(frozen=True)
class PCenter(Model):
    """The least minutes within which everybody who can be served is served.

    Demand points without weight do not count. Attributes:
        method: ``threshold`` (bisection) or ``program`` (one program).
    """

    name: ClassVar[str] = "p-center"
    sense: ClassVar[Sense] = Sense.MINIMISE
    method: Literal["threshold", "program"] = "threshold"

    @property
    def wanted_share(self) -> float:
        """Share of the served weight that the minutes must hold for."""
        return 1.0

    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """Something must limit the number of sites."""
        found = needs_a_count(problem)
        if self.method not in ("threshold", "program"):
            found.append(Fault("must be threshold or program", "method", value=str(self.method)))
        return found

    def objective(self, problem: PlacementProblem, placed: Placed) -> float:
        """The quantile of the minutes of the served (their maximum for the p-center)."""
        served = placed.assignment >= 0
        return weighted_quantile(placed.minutes(problem)[served], problem.weights[served], self.wanted_share)

    def steer(self, problem: PlacementProblem, minutes: FloatArray) -> tuple[float, FloatArray | None]:
        """The longest way that counts, and a little of the mean; those near it are worth moving."""
        counted = np.isfinite(minutes) & (problem.weights > 0)
        slope = np.zeros(len(minutes))
        if not counted.any():
            return 0.0, slope
        own, people = minutes[counted], problem.weights[counted]
        longest = weighted_quantile(own, people, self.wanted_share)
        slope[counted] = (own >= _NEARLY * longest) * (people if self.wanted_share < 1 else 1.0)
        return longest + _MEAN * float(people @ own) / float(people.sum()), slope

    def second_aim(self, problem: PlacementProblem, placed: Placed) -> tuple[float, ...]:
        """Of placements with the same longest way, the one with the least mean."""
        return reach_and_mean(problem, placed)

    def engine_size(self, problem: PlacementProblem) -> tuple[int, int]:
        """Demand points that no always-open site settles count, each with every free site."""
        relevant = ~problem.unreachable & (problem.weights > 0)
        return engines.unsettled_pairs(problem, relevant), engines.CENTER_PAYS_AT_PAIRS

    def engine_lacks(self, problem: PlacementProblem) -> list[Sentence]:
        """One program."""
        del problem
        return [PROGRAM_ASKED] if self.method == "program" else []

    def whole_program(
        self, problem: PlacementProblem, limits: Limits, make: MakeProgram
    ) -> SiteProgram | None:
        """The assignment formulation with the longest way; None where only a share must be within it."""
        return (
            None if self.wanted_share < 1 else _center_program(problem, plan_service(problem, limits), make)
        )

    def search(self, problem: PlacementProblem, limits: Limits) -> Outcome:
        """Bisect, or solve one program."""
        plan = settled_service(problem, limits)
        if not plan.known and plan.run is not None:
            return unproven_service(problem, self, plan.run, limits, plan.sites)
        if self.method == "program":
            return _one_program(problem, plan, limits)
        if self.wanted_share >= 1 and _fits_engine(problem, plan):
            return _by_engine(problem, plan, limits)
        kind = EngineThresholdSearch if _fits_engine(problem, plan) else ThresholdSearch
        start = good_sites(problem, self, limits.part(0.3)) if large(problem) else None
        return kind(problem, plan, self.wanted_share, limits, start).outcome()


@dataclass(frozen=True)
class PartialPCenter(PCenter):
    """The least minutes within which ``share`` of the served weight is served ("95 % of people").

    Everybody within reach is still served; the rest may be as far as it takes. Daskin and Owen (1999), *Two
    new location covering problems: the partial p-center problem and the partial set covering problem*,
    Geographical Analysis 31.
    """

    name: ClassVar[str] = "partial-p-center"
    method: Literal["threshold", "program"] = "threshold"
    share: float = 0.95

    @property
    def wanted_share(self) -> float:
        """See :class:`PCenter`."""
        return self.share

    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """The share must be one; only bisection is offered."""
        found = super().faults(problem)
        if not 0 < self.share <= 1:
            found.append(Fault("must be above 0 and at most 1", "share", value=str(self.share)))
        if self.method == "program":
            found.append(Fault("the partial p-center is solved by threshold only", "method"))
        return found


class ThresholdSearch:
    """Bisection over the distinct costs, with a covering program at each step."""

    def __init__(
        self,
        problem: PlacementProblem,
        plan: ServicePlan,
        share: float,
        limits: Limits,
        start: BoolArray | None = None,
    ) -> None:
        self.problem = problem
        self.plan = plan
        self.share = share
        self.limits = limits
        self.large = large_center(problem, plan.relevant)
        placed = None if start is None else Placed.nearest(problem, start)
        self.best = placed if placed is not None and self._serves_enough(placed) else None
        self.build_s = 0.0
        self.solve_s = plan.run.seconds if plan.run else 0.0
        self.checks = 0

    def outcome(self) -> Outcome:
        """Search until the bound meets the answer, or a limit strikes."""
        costs = self.problem.allowed_costs[self.plan.relevant]
        levels = np.unique(costs[np.isfinite(costs)])
        if len(levels) == 0 or self.plan.served_weight == 0:
            return self._without_demand()
        floor = weighted_quantile(costs.min(axis=1), self.problem.weights[self.plan.relevant], self.share)
        low = int(np.searchsorted(levels, floor)) if self.plan.everyone else 0
        high = len(levels)
        if self.best is not None:
            high = max(low, int(np.searchsorted(levels, self._value(self.best))))
        status = Status.OPTIMAL
        run = Run(status, np.nan, np.nan, 0.0, self._solver(), has_values=False)
        while low < high:
            if self.best is not None and time.monotonic() > self.limits.deadline:
                status = Status.FEASIBLE
                break
            middle = (low + high) // 2 if self.best is not None else high - 1
            run = self._check(float(levels[middle]))
            if run.status is Status.INFEASIBLE:
                low = middle + 1
            elif run.status is Status.INTERRUPTED or self.best is None or not run.has_values:
                status = run.status
                break
            else:
                high = min(middle, int(np.searchsorted(levels, self._value(self.best))))
        return self._told(status, levels, low, run)

    def _solver(self) -> str:
        """What answers the checks; also where the start already meets the bound and none is asked."""
        return f"HiGHS {version('highspy')}"

    def _serves_enough(self, placed: Placed) -> bool:
        served = float(self.problem.weights @ placed.served())
        return served >= self.plan.served_weight * (1 - LIMIT_TOLERANCE)

    def _check(self, minutes: float) -> Run:
        program = self._program(minutes)
        self.build_s += program.build_s
        run = program.solve(self.limits.silent())
        self.solve_s += run.seconds
        self.checks += 1
        if run.has_values:
            self.best = Placed.nearest(self.problem, program.chosen())
        return run

    def _program(self, minutes: float) -> SiteProgram:
        program = SiteProgram(self.problem, "threshold", Sense.MINIMISE)
        program.impose_conditions()
        served = require_reach(program, self.plan)
        near, weights, patterns = coverage_rows(self.problem, self.plan, minutes)
        if self.share >= 1:
            for row in _needed(near, self.problem, self.plan):
                sites = near[row]
                wanted = served[int(patterns[row])] if patterns[row] >= 0 else 1.0
                program.add(program.n_open(sites) - wanted >= 0, f"cover_{row}")
            return program
        terms = []
        for row, sites in enumerate(near):
            inside = program.variable(f"inside_{row}", upper=1.0)
            program.add(program.n_open(sites) - inside >= 0, f"cover_{row}")
            terms.append((inside, SCALED_WEIGHT * weights[row] / self.plan.served_weight))
        program.add(linear(terms) >= SCALED_WEIGHT * (self.share - LIMIT_TOLERANCE), "share")
        return program

    def _value(self, placed: Placed) -> float:
        served = placed.assignment >= 0
        minutes = placed.minutes(self.problem)[served]
        return weighted_quantile(minutes, self.problem.weights[served], self.share)

    def _told(self, status: Status, levels: FloatArray, low: int, run: Run) -> Outcome:
        if self.best is None and status is Status.OPTIMAL:
            status = Status.INFEASIBLE
        elif self.best is not None and status is Status.NO_SOLUTION:
            status = Status.FEASIBLE
        return Outcome(
            status=status,
            placed=self.best,
            bound=float(levels[min(low, len(levels) - 1)]),
            solver=run.solver,
            formulation="threshold search on covering programs",
            proof=self._proof(run.solver),
            build_s=self.build_s,
            solve_s=self.solve_s,
        )

    def _proof(self, solver: str) -> Sentence:
        template = "{checks} covering programs by {solver}; the next smaller cost is infeasible"
        told = Sentence("opt.proof.coverings", template, checks=self.checks, solver=solver)
        off = switched_off(self.problem) if self.large else ""
        return joined(told, off) if off else told

    def _without_demand(self) -> Outcome:
        """Nobody with weight can be served: any sites will do."""
        program = SiteProgram(self.problem, "any_sites", Sense.MINIMISE)
        program.impose_conditions()
        run = program.solve(self.limits)
        placed = Placed.nearest(self.problem, program.chosen()) if run.has_values else None
        return Outcome.of_run(run, placed, formulation="any sites", build_s=program.build_s)


class EngineThresholdSearch(ThresholdSearch):
    """The same bisection; the engine for maximal covering answers whether the share can be reached.

    That everybody is served, however far away, stands in the same covering problem: what some demand points
    can reach is a row that weighs more than everybody.
    """

    def _solver(self) -> str:
        return Sentence(
            "opt.solver.covering_by", "exact covering engine with {solver}", solver=super()._solver()
        )

    def _check(self, minutes: float) -> Run:
        from optimise.covering_engine.coverage import coverage_from_costs  # noqa: PLC0415 - compiles
        from optimise.covering_engine.maximal_cover import MaximalCoverSearch  # noqa: PLC0415
        from optimise.covering_engine.reductions import redundant_rows  # noqa: PLC0415

        began = time.perf_counter()
        problem, enough = self.problem, (self.share - LIMIT_TOLERANCE) * self.plan.served_weight
        allowed = np.flatnonzero(~problem.never_open)
        coverage = coverage_from_costs(problem.costs, minutes, problem.weights, columns=allowed)
        reach = self.plan.patterns[:, allowed]
        reach = reach[~redundant_rows(reach)]
        above_all = self.plan.served_weight + 1.0
        enough += above_all * len(reach)
        found = MaximalCoverSearch(
            coverage.with_rows(reach, above_all),
            problem.n_open or 0,
            self.limits.silent(),
            always_open=problem.always_open[allowed],
            enough=enough,
        ).outcome()
        seconds = time.perf_counter() - began
        self.solve_s += seconds
        self.checks += 1
        reached = found.worth >= enough
        if reached:
            self.best = Placed.nearest(problem, filled_up(problem, allowed[found.columns]))
        status = Status.INFEASIBLE if found.bound < enough else Status.NO_SOLUTION
        if reached or found.status is Status.INTERRUPTED:
            status = Status.OPTIMAL if reached else Status.INTERRUPTED
        return Run(status, found.worth, found.bound, seconds, self._solver(), has_values=reached)


def _needed(near: list[list[int]], problem: PlacementProblem, plan: ServicePlan) -> list[int]:
    """Rows that are not covered whenever another one is; holds whatever else is asked of the sites."""
    if not plan.everyone or not large_center(problem, plan.relevant):
        return list(range(len(near)))
    from optimise.covering_engine.reductions import redundant_rows  # noqa: PLC0415 - compiles

    mask = np.zeros((len(near), problem.n_sites), dtype=bool)
    for row, sites in enumerate(near):
        mask[row, sites] = True
    return np.flatnonzero(~redundant_rows(mask)).tolist()


def _fits_engine(problem: PlacementProblem, plan: ServicePlan) -> bool:
    plain = not side_constraints(problem) and to_open(problem) is not None
    return plain and plan.everyone and bool(plan.relevant.any()) and large_center(problem, plan.relevant)


def _by_engine(problem: PlacementProblem, plan: ServicePlan, limits: Limits) -> Outcome:
    from optimise.covering_engine.radius import RadiusSearch  # noqa: PLC0415 - compiles: only where used

    began = time.perf_counter()
    free = np.flatnonzero(problem.free)
    base = problem.costs[:, problem.always_open].min(axis=1, initial=np.inf)[plan.relevant]
    costs = problem.costs[np.ix_(plan.relevant, free)]
    found = RadiusSearch(costs, base, to_open(problem) or 0, limits.silent()).outcome()
    has_sites = found.status not in {Status.INFEASIBLE, Status.NO_SOLUTION}
    placed = Placed.nearest(problem, filled_up(problem, free[found.columns])) if has_sites else None
    asked = tuple(
        Sentence("opt.proof.settled_by", "{count} by {proof}", count=count, proof=proof.value)
        for proof, count in found.questions.items()
    )
    earlier_s = plan.run.seconds if plan.run else 0.0
    return Outcome(
        status=found.status,
        placed=placed,
        bound=found.bound,
        solver=Sentence(
            "opt.solver.covering", "exact covering engine with HiGHS {version}", version=version("highspy")
        ),
        formulation="exact engine: threshold search on reduced covering problems",
        proof=Sentence(
            "opt.proof.settled",
            "covering questions settled: {asked}",
            asked=asked or Sentence("opt.proof.none_settled", "none, the farthest row alone gives the bound"),
        ),
        build_s=0.0,
        solve_s=earlier_s + time.perf_counter() - began,
        figures={f"settled_by_{proof.value}": float(count) for proof, count in found.questions.items()},
    )


def coverage_rows(
    problem: PlacementProblem, plan: ServicePlan, minutes: float | FloatArray
) -> tuple[list[list[int]], FloatArray, IntArray]:
    """Demand points merged by the sites within ``minutes``.

    Returns:
        For each merged row the sites in reach, the summed weight, and the pattern of the service plan (-1 for
        always served). Rows of different patterns are not merged.
    """
    limit = np.broadcast_to(np.asarray(minutes, dtype=np.float64), (problem.n_demand,))[plan.relevant]
    near = problem.allowed_costs[plan.relevant] <= limit[:, None]
    if large(problem):
        return _merged_by_hash(near, problem.weights[plan.relevant], plan.pattern_of[plan.relevant])
    keyed = np.column_stack([near, plan.pattern_of[plan.relevant]])
    merged, inverse = np.unique(keyed, axis=0, return_inverse=True)
    weights = summed(inverse, problem.weights[plan.relevant], len(merged))
    sites = [np.flatnonzero(row[:-1]).tolist() for row in merged]
    return sites, weights, merged[:, -1].astype(np.int64)


def _merged_by_hash(
    near: BoolArray, weights: FloatArray, patterns: IntArray
) -> tuple[list[list[int]], FloatArray, IntArray]:
    from optimise.covering_engine.bitsets import group_equal, packed  # noqa: PLC0415 - compiles

    keys = np.column_stack([packed(near), (patterns + 2).astype(np.uint64)])
    group, firsts = group_equal(keys)
    sites = [np.flatnonzero(row).tolist() for row in near[firsts]]
    return sites, summed(group, weights, len(firsts)), patterns[firsts]


def _one_program(problem: PlacementProblem, plan: ServicePlan, limits: Limits) -> Outcome:
    program = _center_program(problem, plan, SiteProgram)
    build_s = program.build_s
    run = program.solve(limits)
    placed = Placed.nearest(problem, program.chosen()) if run.has_values else None
    earlier_s = plan.run.seconds if plan.run else 0.0
    formulation = "center assignment"
    return Outcome.of_run(run, placed, formulation=formulation, build_s=build_s, earlier_s=earlier_s)


def _center_program(problem: PlacementProblem, plan: ServicePlan, make: MakeProgram) -> SiteProgram:
    program = make(problem, "p_center", Sense.MINIMISE)
    program.impose_conditions()
    served = require_service(program, plan)
    longest = program.variable("longest")
    relevant = np.flatnonzero(plan.relevant)
    within_memory(int(np.isfinite(problem.allowed_costs[relevant]).sum()))
    for row in relevant.tolist():
        costs = problem.allowed_costs[row]
        sites = np.flatnonzero(np.isfinite(costs)).tolist()
        shares = share_variables(program, row, sites)
        pattern = int(plan.pattern_of[row])
        wanted = served[pattern] if pattern >= 0 else 1.0
        program.add(linear([*((share, 1.0) for share in shares), (wanted, -1.0)]) == 0, f"serve_{row}")
        far = linear(zip(shares, costs[sites].tolist(), strict=True))
        program.add(far - longest <= 0, f"longest_{row}")
    program.aim(linear([(longest, 1.0)]))
    return program
