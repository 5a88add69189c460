"""The tail mean (CVaR): least mean minutes of the worst-off share of the people.

With ``e`` the minutes at the edge of the tail, the tail mean is the least over ``e`` of
``e + mean(max(0, t - e)) / tail`` (Rockafellar and Uryasev 2000, *Optimization of conditional value-at-risk*,
Journal of Risk 2). For a fixed ``e`` that is a median problem. For ``e`` somewhere in ``[low, high]`` a lower
bound is the median problem in which each person picks the cheapest ``e`` in the interval::

    price(t) = low                        t <= low
               t                          low <= t <= high
               high + (t - high) / tail   high <= t

So branch and bound over intervals of ``e``, which is one of the costs; each step is a median problem with
its strong relaxation, and every placement that turns up is an answer. When groups are compared their means
are not a person's price, and one program with the tail's rows is solved instead::

    min   e + sum_k w_k d_k / (tail * W)      s.t.  d_k >= t_k - e,  d >= 0
"""

from __future__ import annotations

import heapq
import math
import time
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from optimise.algebra import linear
from optimise.arrays import FloatArray
from optimise.equity import tail_mean
from optimise.errors import Fault
from optimise.exact import FINE, PROOF_TOLERANCE
from optimise.models.fairness import OutcomeModel
from optimise.models.median import MedianModel
from optimise.models.outcomes import OutcomeProgram
from optimise.outcome import Outcome
from optimise.placed import Placed
from optimise.problem import PlacementProblem
from optimise.running import Limits
from optimise.sentences import Sentence
from optimise.service import SCALED_WEIGHT, ServicePlan
from optimise.status import Sense, Status


@dataclass(frozen=True)
class TailMean(OutcomeModel):
    """The least mean minutes of the worst-off ``tail`` of the people (or groups)."""

    name: ClassVar[str] = "tail-mean"
    tail: float = 0.1

    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """The tail must be a share."""
        found = super().faults(problem)
        if not 0 < self.tail <= 1:
            found.append(Fault("must be above 0 and at most 1", "tail", value=str(self.tail)))
        return found

    def measure(self, minutes: FloatArray, weights: FloatArray) -> float:
        """Mean of the tail."""
        return tail_mean(minutes, weights, self.tail)

    def slope(self, minutes: FloatArray, weights: FloatArray) -> FloatArray:
        """Only a minute of those in the tail counts; who stands at its edge counts in part."""
        order = np.argsort(-minutes, kind="stable")
        share = weights[order] / weights.sum()
        before = np.cumsum(share) - share
        slope = np.empty(len(minutes))
        slope[order] = np.clip(self.tail - before, 0.0, share) / self.tail
        return slope

    def minimise(self, problem: PlacementProblem, plan: ServicePlan, limits: Limits) -> Outcome:
        """Branch over the edge of the tail for people, one program for groups."""
        if self.by == "person":
            return _EdgeSearch(self, problem, limits).outcome()
        return self._one_program(problem, plan, limits)

    def _one_program(self, problem: PlacementProblem, plan: ServicePlan, limits: Limits) -> Outcome:
        people = OutcomeProgram(problem, plan, self.by)
        edge = people.program.variable("edge")
        terms = [(edge, 1.0)]
        rates = people.weights / (self.tail * max(float(people.weights.sum()), 1e-300))
        for number, (minutes, rate) in enumerate(zip(people.minutes, rates.tolist(), strict=True)):
            beyond = people.program.variable(f"beyond_{number}")
            # In thousandths: what a solver may miss a row by is then less than one person in a million.
            people.program.add((beyond + edge - minutes) * FINE >= 0, f"tail_{number}")
            terms.append((beyond, rate))
        scale = SCALED_WEIGHT / max(1.0, people.longest / SCALED_WEIGHT)
        people.program.aim(linear(terms) * scale, scale=scale)
        build_s = people.program.build_s
        run = people.program.solve(limits)
        placed = people.placed() if run.has_values else None
        earlier_s = plan.run.seconds if plan.run else 0.0
        return Outcome.of_run(run, placed, formulation="tail rows", build_s=build_s, earlier_s=earlier_s)


@dataclass(frozen=True)
class _EdgeMedian(MedianModel):
    """The median problem of an interval of edges; with ``low == high`` the tail mean at that edge."""

    name: ClassVar[str] = "tail-edge"
    sense: ClassVar[Sense] = Sense.MINIMISE
    low: float
    high: float
    tail: float

    def price(self, minutes: FloatArray, problem: PlacementProblem) -> FloatArray:
        """See the module."""
        del problem
        inside = np.clip(minutes, self.low, self.high)
        return np.asarray(inside + np.maximum(0.0, minutes - self.high) / self.tail)


class _EdgeSearch:
    def __init__(self, model: TailMean, problem: PlacementProblem, limits: Limits) -> None:
        self.model = model
        self.problem = problem
        self.limits = limits
        self.best: Placed | None = None
        self.value = math.inf
        self.rounds = 0
        self.build_s = 0.0
        self.solve_s = 0.0
        costs = problem.allowed_costs[problem.weights > 0]
        self.edges = np.unique(costs[np.isfinite(costs)])

    def outcome(self) -> Outcome:
        """Split the interval with the least bound until no bound is below the answer."""
        last = len(self.edges) - 1
        first = self._solve(0, max(last, 0))
        status, open_intervals = first.status, [(first.bound, 0, max(last, 0))]
        while status is Status.OPTIMAL and open_intervals[0][0] < self._target():
            if time.monotonic() > self.limits.deadline:
                status = Status.FEASIBLE
                break
            _, low, high = heapq.heappop(open_intervals)
            middle = (low + high) // 2
            halves = {(low, low), (high, high)} if high - low <= 1 else {(low, middle), (middle, high)}
            for part in sorted(halves - {(low, high)}):
                step = self._solve(*part)
                status = step.status if step.status is not Status.OPTIMAL else status
                heapq.heappush(open_intervals, (step.bound, *part))
            if low == high:
                heapq.heappush(open_intervals, (self.value, low, high))
        return self._told(status, first, open_intervals[0][0])

    def _target(self) -> float:
        return self.value - max(self.limits.gap, PROOF_TOLERANCE / 10) * abs(self.value)

    def _solve(self, low: int, high: int) -> Outcome:
        edges = self.edges if len(self.edges) else np.zeros(1)
        median = _EdgeMedian(float(edges[low]), float(edges[high]), self.model.tail)
        outcome = median.search(self.problem, self.limits.silent())
        self.rounds += 1
        self.build_s += outcome.build_s
        self.solve_s += outcome.solve_s
        if outcome.placed is not None:
            value = self.model.objective(self.problem, outcome.placed)
            if self.best is None or value < self.value:
                self.best, self.value = outcome.placed, value
        return outcome

    def _told(self, status: Status, first: Outcome, bound: float) -> Outcome:
        if status is Status.NO_SOLUTION and self.best is not None:
            status = Status.FEASIBLE
        return Outcome(
            status=status,
            placed=self.best,
            bound=bound,
            solver=first.solver,
            formulation="edge intervals over medians",
            proof=Sentence(
                "opt.proof.edge",
                "{rounds} median problems by {solver}, one for each interval of the edge",
                rounds=self.rounds,
                solver=first.solver,
            ),
            build_s=self.build_s,
            solve_s=self.solve_s,
        )
