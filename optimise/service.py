"""Who must be served: nobody within reach is left out, and nobody out of reach is priced.

A model that minimises time would gain by leaving the remote unserved. So the rule is lexicographic: first as
much weight as possible has *some* open site it can reach, then time is minimised among the placements that
do. Where one placement reaches everybody who can be reached at all, the first stage costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from optimise.algebra import Term, linear, summed
from optimise.arrays import BoolArray, FloatArray, IntArray, row_blocks
from optimise.exact import LIMIT_TOLERANCE
from optimise.problem import PlacementProblem
from optimise.program import MOST_PAIRS, SiteProgram
from optimise.running import Limits, Run
from optimise.status import Sense, Status

#: Weights are scaled to this sum inside programs: the solvers' absolute tolerances (1e-6) then stand for less
#: than one person in a million.
SCALED_WEIGHT = 1e4
#: So many choices of whom to serve, all of the same weight, are looked at one by one.
MOST_TIED = 64
#: Above so many different sets of sites in reach, other choices of whom to serve are not looked for.
MOST_PATTERNS = 2_000


@dataclass(frozen=True, eq=False)
class ServicePlan:
    """Which demand points are served in the answer.

    Attributes:
        relevant: (n_demand,) True for demand points with weight that some allowed site reaches.
        patterns: (n_patterns, n_sites) distinct sets of sites; each is what some demand points can reach.
        pattern_of: (n_demand,) row of ``patterns``, -1 for demand points that are served in every answer.
        pattern_weights: (n_patterns,) weight behind each pattern.
        secured_weight: weight that the always-open sites reach.
        served_weight: the largest weight that can be served.
        everyone: True when every relevant demand point can be served at once.
        reached: (n_patterns,) which patterns the first stage served; all of them when everyone is.
        run: the program that found the served weight, or None when none was needed.
        sites: (n_sites,) a choice that serves those of ``reached``, where maximal covering found one.
    """

    relevant: BoolArray
    patterns: BoolArray
    pattern_of: IntArray
    pattern_weights: FloatArray
    secured_weight: float
    served_weight: float
    everyone: bool
    reached: BoolArray
    run: Run | None = None
    sites: BoolArray | None = None

    def narrowed_to(self, reached: BoolArray) -> ServicePlan:
        """The plan in which just these patterns, and whoever is always served, are relevant.

        For objectives that compare people with each other: who is compared must not depend on the answer.
        """
        place = np.cumsum(reached) - 1
        in_play = self.pattern_of < 0
        in_play[~in_play] = reached[self.pattern_of[~in_play]]
        relevant = self.relevant & in_play
        pattern_of = np.full(len(relevant), -1, dtype=np.int64)
        kept = relevant & (self.pattern_of >= 0)
        pattern_of[kept] = place[self.pattern_of[kept]]
        return replace(
            self,
            relevant=relevant,
            patterns=self.patterns[reached],
            pattern_of=pattern_of,
            pattern_weights=self.pattern_weights[reached],
            served_weight=self.secured_weight + float(self.pattern_weights[reached].sum()),
            everyone=True,
            reached=np.ones(int(reached.sum()), dtype=bool),
        )

    @property
    def known(self) -> bool:
        """False when the first stage ended without a proof: then there is nothing to go on from."""
        return self.run is None or self.run.status is Status.OPTIMAL


def plan_service(problem: PlacementProblem, limits: Limits) -> ServicePlan:
    """Find how much weight can be served, under all conditions of the problem."""
    plan = full_service(problem)
    if is_trivial(problem, plan.patterns):
        return plan
    if int(plan.patterns.sum()) > MOST_PAIRS:
        return replace(plan, run=Run(Status.NO_SOLUTION, np.nan, np.nan, 0.0, "none", has_values=False))
    program = SiteProgram(problem, "most_served", Sense.MAXIMISE)
    program.impose_conditions()
    served = _reached(program, plan)
    total = float(plan.pattern_weights.sum())
    shares = (SCALED_WEIGHT * plan.pattern_weights / total).tolist()
    program.aim(linear(zip(served, shares, strict=True)))
    run = program.solve(limits)
    if run.status is not Status.OPTIMAL:
        return replace(plan, run=run)
    reached = np.asarray((plan.patterns & program.chosen()).any(axis=1))
    if reached.all():
        return replace(plan, run=run)
    weight = plan.secured_weight + float(plan.pattern_weights[reached].sum())
    return replace(plan, served_weight=weight, everyone=False, reached=reached, run=run)


def tied_plans(
    problem: PlacementProblem, plan: ServicePlan, limits: Limits
) -> tuple[list[ServicePlan], bool]:
    """The settled plan, and every other choice of whom to serve that serves as much weight.

    Returns:
        The plans, and whether there are no further ones.
    """
    if plan.everyone:
        return [plan], True
    if len(plan.patterns) > MOST_PATTERNS:
        return [plan.narrowed_to(plan.reached)], False

    def posed() -> SiteProgram:
        program = SiteProgram(problem, "as_many_served", Sense.MINIMISE)
        program.impose_conditions()
        return program

    rates = plan.pattern_weights / float(plan.pattern_weights.sum())
    choices, complete = tied_choices(posed, plan.patterns, rates, plan.reached, limits)
    return [plan.narrowed_to(reached) for reached in choices], complete


def tied_choices(
    posed: Callable[[], SiteProgram],
    patterns: BoolArray,
    rates: FloatArray,
    reached: BoolArray,
    limits: Limits,
) -> tuple[list[BoolArray], bool]:
    """Every set of patterns that weighs as much as ``reached`` and that some sites reach, and no others.

    Args:
        posed: makes the program of the sites, without an objective.
        patterns: (n_patterns, n_sites) sites that reach each.
        rates: (n_patterns,) what each weighs.
        reached: (n_patterns,) a heaviest set.
        limits: what each program may spend.

    Returns:
        The sets, ``reached`` first, and whether there are no further ones.
    """
    known = [reached]
    if not rates[reached].sum() > 0:
        return known, True
    counts = SCALED_WEIGHT * rates / float(rates[reached].sum())
    while len(known) < MOST_TIED:
        program = posed()
        served = []
        for number, sites in enumerate(patterns):
            own = program.variable(f"tied_{number}", upper=1.0, integer=True)
            opened = program.n_open(np.flatnonzero(sites).tolist())
            program.add(opened - own >= 0, f"tied_{number}_open")
            program.add(opened - float(sites.sum()) * own <= 0, f"tied_{number}_closed")
            served.append(own)
        row = linear(zip(served, counts.tolist(), strict=True)) >= SCALED_WEIGHT * (1.0 - LIMIT_TOLERANCE)
        program.force(row, "tied_weight")
        for number, before in enumerate(known):
            own_of_it = [(served[pattern], 1.0) for pattern in np.flatnonzero(before).tolist()]
            program.add(linear(own_of_it) <= len(own_of_it) - 1, f"other_than_{number}")
        run = program.solve(limits.silent())
        if run.status is Status.INFEASIBLE:
            return known, True
        if not run.has_values:
            return known, False
        known.append(np.asarray((patterns & program.chosen()).any(axis=1)))
    return known, False


def full_service(problem: PlacementProblem) -> ServicePlan:
    """The plan that serves everybody whom some allowed site reaches."""
    relevant = ~problem.unreachable & (problem.weights > 0)
    held = problem.held_allowed
    always = held.columns(np.flatnonzero(problem.always_open))
    depends = relevant & ~np.isfinite(always).any(axis=1)
    rows = np.flatnonzero(depends)
    reach = np.empty((len(rows), problem.n_sites), dtype=bool)
    for block in row_blocks(reach.shape):
        reach[block] = np.isfinite(held.rows(rows[block]))
    patterns, inverse = _distinct(reach)
    pattern_of = np.full(problem.n_demand, -1, dtype=np.int64)
    pattern_of[depends] = inverse.reshape(-1)
    weights = summed(inverse, problem.weights[depends], len(patterns))
    full = float(problem.weights[relevant].sum())
    secured = float(problem.weights[relevant & ~depends].sum())
    everything = np.ones(len(patterns), dtype=bool)
    return ServicePlan(
        relevant, patterns, pattern_of, weights, secured, full, everyone=True, reached=everything
    )


def _distinct(rows: BoolArray) -> tuple[BoolArray, IntArray]:
    """The distinct rows in order, and which of them each row is; eight columns are compared at a time."""
    if len(rows) and rows.all():
        return rows[:1].copy(), np.zeros(len(rows), dtype=np.int64)
    packed, inverse = np.unique(np.packbits(rows, axis=1), axis=0, return_inverse=True)
    distinct = np.unpackbits(packed, axis=1, count=rows.shape[1]).astype(bool)
    return distinct, inverse.reshape(-1)


def is_trivial(problem: PlacementProblem, patterns: BoolArray) -> bool:
    """True when any one open site serves everyone that no always-open site serves."""
    any_site_will_do = bool((patterns | problem.never_open).all())
    return len(patterns) == 0 or (any_site_will_do and (problem.n_open or 0) > 0)


def _reached(program: SiteProgram, plan: ServicePlan) -> list[Term]:
    """One variable for each pattern, at most 1 and at most the number of open sites that it can reach."""
    served: list[Term] = []
    for number, sites in enumerate(plan.patterns):
        variable = program.variable(f"reached_{number}", upper=1.0)
        program.add(program.n_open(np.flatnonzero(sites).tolist()) - variable >= 0, f"reach_{number}")
        served.append(variable)
    return served


def require_reach(program: SiteProgram, plan: ServicePlan) -> list[Term]:
    """As :func:`require_service`, with rows that open a site for every pattern that is served."""
    served = require_service(program, plan)
    for number, sites in enumerate(plan.patterns):
        row = program.n_open(np.flatnonzero(sites).tolist()) - served[number] >= 0
        program.add(row, f"reach_{number}")
    return served


def require_service(program: SiteProgram, plan: ServicePlan) -> list[Term]:
    """Add the row that holds the served weight at its most; returns which patterns are served."""
    if plan.everyone:
        return [1.0] * len(plan.patterns)
    served: list[Term] = [
        program.variable(f"served_{number}", upper=1.0, integer=True) for number in range(len(plan.patterns))
    ]
    total = float(plan.pattern_weights.sum())
    shares = (SCALED_WEIGHT * plan.pattern_weights / total).tolist()
    wanted = (plan.served_weight - plan.secured_weight) / total
    row = linear(zip(served, shares, strict=True)) >= SCALED_WEIGHT * (wanted - LIMIT_TOLERANCE)
    program.force(row, "served_weight")
    return served
