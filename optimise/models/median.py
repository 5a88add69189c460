"""The median family: least mean price, where a price is any rising function of minutes.

The weighted p-median, iso-elastic and Kolm-Pollak welfare and survival are one model with different prices of
a minute. Formulation ``assignment`` (ReVelle and Swain 1970, *Central facilities location*, Geographical
Analysis 2; strong linking rows as in Cornuejols, Fisher and Nemhauser 1977, Management Science 23)::

    min   sum_i w_i sum_j g(c_ij) x_ij / W
    s.t.  sum_j x_ij  = 1          every demand point i that can be served
          x_ij       <= y_j        only open sites serve
          sum_j y_j   = p
          y binary, 0 <= x_ij <= 1, g rising, W the served weight

Exact reductions: a pair (i, j) is left out when j is unreachable from i, and when an always-open site is at
least as near; demand points with the same prices are merged.
"""

from __future__ import annotations

import abc
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pulp

from optimise import engines
from optimise.algebra import Term, linear, summed
from optimise.arrays import BoolArray, FloatArray, IntArray, row_blocks
from optimise.engines import (
    conditioned,
    engine_for,
    large,
    most_served_first,
    promise_beyond_reach,
    settled_service,
)
from optimise.errors import Fault
from optimise.exact import exact_dot, exact_sum
from optimise.models.base import MakeProgram, Model, needs_a_count
from optimise.ordered_costs import OrderedCosts
from optimise.outcome import Outcome
from optimise.placed import Placed
from optimise.problem import PlacementProblem
from optimise.program import SiteProgram, within_memory
from optimise.running import Limits
from optimise.sentences import Sentence
from optimise.service import SCALED_WEIGHT, ServicePlan, plan_service, require_service
from optimise.starting import good_sites, unproven_service
from optimise.status import Sense, Status

_ASSIGNMENT = Sentence("opt.formulation.assignment", "assignment")

#: Minutes over which the slope of a price is taken.
_MOMENT = 1e-3


class MedianModel(Model):
    """Least weighted mean of a rising price of minutes."""

    #: Price of not being served; inf where everybody within reach is served.
    unserved_price: ClassVar[float] = math.inf

    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """Something must limit the number of sites."""
        return needs_a_count(problem)

    @abc.abstractmethod
    def price(self, minutes: FloatArray, problem: PlacementProblem) -> FloatArray:
        """Price of finite minutes, never falling; ``problem`` gives the scale, not the answer."""

    def to_unit(self, mean_price: float, problem: PlacementProblem) -> float:
        """The model's objective for a mean price; default: the price itself."""
        del problem
        return mean_price

    def price_matrix(self, problem: PlacementProblem) -> FloatArray:
        """(n_demand, n_sites) prices; inf where a pair is unreachable."""
        prices = np.full(problem.costs.shape, np.inf)
        for rows in row_blocks(problem.costs.shape):
            minutes = problem.allowed_costs[rows]
            reached = np.isfinite(minutes)
            prices[rows][reached] = self.price(minutes[reached], problem)
        return prices

    def prices_as_held(self, problem: PlacementProblem) -> OrderedCosts:
        """The prices for engines that read them in blocks; inf where a pair is unreachable."""
        return OrderedCosts(self.price_matrix(problem))

    def steer(self, problem: PlacementProblem, minutes: FloatArray) -> tuple[float, FloatArray | None]:
        """The mean price, and what a minute more adds to it."""
        counted, reached = problem.weights > 0, np.isfinite(minutes)
        prices = np.full(len(minutes), self.unserved_price if math.isfinite(self.unserved_price) else 0.0)
        prices[reached] = self.price(minutes[reached], problem)
        later = prices.copy()
        later[reached] = self.price(minutes[reached] + _MOMENT, problem)
        weight = max(float(problem.weights[counted].sum()), 1e-300)
        slope = problem.weights * (later - prices) / (_MOMENT * weight)
        return float(problem.weights @ prices) / weight, slope

    def engine_size(self, problem: PlacementProblem) -> tuple[int, int]:
        """Conditions go to the engine later, because the plain program is quick for longer under them."""
        plain = not engines.side_constraints(problem) and problem.n_open is not None
        pays = engines.ENGINE_PAYS_AT_PAIRS if plain else engines.CONDITIONED_PAYS_AT_PAIRS
        return engines.pairs_in_play(problem), pays

    def search(self, problem: PlacementProblem, limits: Limits) -> Outcome:
        """Solve by the engine that fits the size and the conditions."""
        decided = self._decided(problem)
        if decided is not None:
            return decided
        if math.isfinite(self.unserved_price):
            return self._solve_program(problem, limits, None)
        plan = settled_service(problem, limits)
        if not plan.known and plan.run is not None:
            if plan.run.has_values and not plan.everyone:
                served = most_served_first(
                    problem, self.prices_as_held(problem), plan, limits, self._better(problem, limits)
                )
                if served is not None and math.isfinite(served.bound):
                    return self.of_program(served, problem)
            return unproven_service(problem, self, plan.run, limits, plan.sites)
        return self._solve_program(problem, limits, plan)

    def _decided(self, problem: PlacementProblem) -> Outcome | None:
        """The only placement there is, without a program; None where something is left to decide or keep."""
        count = int(problem.always_open.sum())
        if problem.free.any() or engines.side_constraints(problem) or problem.n_open not in (None, count):
            return None
        placed = self.place(problem, problem.always_open.copy())
        worth = self.objective(problem, placed)
        if math.isnan(worth):
            return None
        return Outcome(
            status=Status.OPTIMAL,
            placed=placed,
            bound=worth,
            solver=Sentence("opt.solver.none_needed", "none needed"),
            formulation=Sentence("opt.formulation.decided", "all sites decided"),
            proof=Sentence(
                "opt.proof.decided", "every site is open or closed in every answer, so there is one"
            ),
            build_s=0.0,
            solve_s=0.0,
        )

    def _better(self, problem: PlacementProblem, limits: Limits) -> Callable[[BoolArray], Placed]:
        """Swaps that lower the minutes and serve no fewer."""

        def improved(sites: BoolArray) -> Placed:
            found = good_sites(problem, self, limits, sites)
            return self.place(problem, sites if found is None else found)

        return improved

    def whole_program(self, problem: PlacementProblem, limits: Limits, make: MakeProgram) -> SiteProgram:
        """The assignment formulation; demand points with the same prices share their variables."""
        plan = None if math.isfinite(self.unserved_price) else plan_service(problem, limits)
        return median_program(problem, self.price_matrix(problem), plan, self.unserved_price, make)

    def _solve_program(self, problem: PlacementProblem, limits: Limits, plan: ServicePlan | None) -> Outcome:
        held = self.prices_as_held(problem)
        if plan is not None and not plan.everyone:
            outcome = most_served_first(problem, held, plan, limits, self._better(problem, limits))
            if outcome is not None:
                return self.of_program(outcome, problem)
        engine = engine_for(problem, plan, limits)
        if engine is not None:
            return self.of_program(engine(problem, held, self.unserved_price, limits), problem)
        own = held.order is None and held.closed is None
        prices, start = held.matrix if own else self.price_matrix(problem), None
        if large(problem) and any(condition.promises for condition in problem.conditions):
            impossible = promise_beyond_reach(problem, limits)
            if impossible is not None:
                return self.of_program(impossible, problem)
            start = good_sites(problem, self, limits.part(0.3))
        outcome = conditioned(problem, prices, plan, self.unserved_price, limits, start)
        if outcome is not None:
            return self.of_program(outcome, problem)
        program = median_program(problem, prices, plan, self.unserved_price)
        build_s = program.build_s
        run = program.solve(limits)
        placed = self.place(problem, program.chosen()) if run.has_values else None
        earlier_s = plan.run.seconds if plan and plan.run else 0.0
        outcome = Outcome.of_run(run, placed, formulation=_ASSIGNMENT, build_s=build_s, earlier_s=earlier_s)
        return self.of_program(outcome, problem)

    def of_program(self, outcome: Outcome, problem: PlacementProblem) -> Outcome:
        """The outcome with its bound, a mean price, in the model's unit."""
        worst = -math.inf if self.sense is Sense.MINIMISE else math.inf
        bound = self.to_unit(outcome.bound, problem) if math.isfinite(outcome.bound) else worst
        return replace(outcome, bound=bound)

    def objective(self, problem: PlacementProblem, placed: Placed) -> float:
        """The weighted mean price of the served, in the model's unit; NaN when nobody can be served."""
        counted = problem.weights > 0
        served = counted & (placed.assignment >= 0)
        prices = np.full(problem.n_demand, self.unserved_price)
        prices[served] = self.price(placed.minutes(problem)[served], problem)
        if math.isinf(self.unserved_price):
            counted = served
        weight = exact_sum(problem.weights[counted])
        if weight == 0:
            return math.nan
        return self.to_unit(exact_dot(problem.weights[counted], prices[counted]) / weight, problem)


@dataclass(frozen=True, slots=True)
class ServicePairs:
    """Merged demand points, and the sites that may serve each.

    Attributes:
        prices: (n_rows, n_sites) price; inf where the pair is left out.
        weights: (n_rows,) merged weight.
        patterns: (n_rows,) row of the service plan's patterns, -1 for always served.
    """

    prices: FloatArray
    weights: FloatArray
    patterns: IntArray


def service_pairs(
    problem: PlacementProblem, prices: FloatArray, plan: ServicePlan | None, unserved_price: float
) -> ServicePairs:
    """Leave out what no optimal answer uses, and merge equal demand points."""
    relevant = plan.relevant if plan else ~problem.unreachable & (problem.weights > 0)
    own = prices[relevant]
    fixed = np.where(problem.always_open[None, :], own, np.inf)
    nearest = fixed.argmin(axis=1)
    rows = np.arange(len(own))
    least = fixed[rows, nearest]
    keep = own < np.minimum(least, unserved_price)[:, None]
    secured = least < unserved_price
    keep[rows[secured], nearest[secured]] = True
    merged, inverse = np.unique(np.where(keep, own, np.inf), axis=0, return_inverse=True)
    weights = summed(inverse, problem.weights[relevant], len(merged))
    patterns = np.full(len(merged), -1, dtype=np.int64)
    if plan is not None:
        patterns[inverse.reshape(-1)] = plan.pattern_of[relevant]
    return ServicePairs(merged, weights, patterns)


def median_program(
    problem: PlacementProblem,
    prices: FloatArray,
    plan: ServicePlan | None,
    unserved_price: float,
    make: MakeProgram = SiteProgram,
) -> SiteProgram:
    """The assignment formulation; its objective is the mean price."""
    program = make(problem, "median", Sense.MINIMISE)
    program.impose_conditions()
    served = require_service(program, plan) if plan else []
    pairs = service_pairs(problem, prices, plan, unserved_price)
    within_memory(int(np.isfinite(pairs.prices).sum()))
    weight = plan.served_weight if plan else float(problem.weights.sum())
    scale = SCALED_WEIGHT / max(1.0, float(pairs.prices[np.isfinite(pairs.prices)].max(initial=0.0)) / 1e4)
    factors = pairs.weights * (scale / weight if weight > 0 else 1.0)
    optional = math.isfinite(unserved_price)
    terms: list[tuple[Term, float]] = [(unserved_price, scale)] if optional and weight > 0 else []
    for row, factor in enumerate(factors.tolist()):
        sites = np.flatnonzero(np.isfinite(pairs.prices[row])).tolist()
        shares = share_variables(program, row, sites)
        pattern = int(pairs.patterns[row])
        wanted = served[pattern] if pattern >= 0 else 1.0
        given = linear([*((share, 1.0) for share in shares), (wanted, -1.0)])
        program.add(given <= 0 if optional else given == 0, f"serve_{row}")
        saved = pairs.prices[row, sites] - (unserved_price if optional else 0.0)
        terms.extend(zip(shares, (factor * saved).tolist(), strict=True))
    program.aim(linear(terms), scale=scale)
    return program


def share_variables(program: SiteProgram, row: int | str, sites: list[int]) -> list[pulp.LpVariable]:
    """Shares of a demand point that each site serves, none above the site's open variable.

    ``row`` names the variables.
    """
    shares = [program.variable(f"serve_{row}_{program.label(site)}", upper=1.0) for site in sites]
    for site, share in zip(sites, shares, strict=True):
        opened = program.opened(site)
        if isinstance(opened, pulp.LpVariable):
            program.add(share - opened <= 0, f"link_{row}_{program.label(site)}")
    return shares
