"""One plan over dates: which sites open and close when, for the people of each date.

With ``w_it`` the people of demand point ``i`` from date ``t`` on, ``d_t`` how much that time counts (years,
discounted where asked), and ``y_jt = 1`` where site ``j`` is open from ``t`` on::

    min   sum_t d_t sum_i w_it min_{j: y_jt = 1} c_ijt / sum_t d_t W_t
    s.t.  a site opens once or closes once: y_jt >= y_j,t-1 for new sites, <= for those of today
          openings, closings, changes and what they cost: limited at each date
          changes in a group of sites (a hospital area): limited at each date
          1 - y_at <= y_b,t-1 and 1 - y_at <= y_bt         a closes only after b has opened
          conditions (nobody above T, ...) at every date; the number of sites from the last date on
          y binary, W_t the weight that is served

the multiperiod location problem of Wesolowsky and Truscott (1975), *The multiperiod location-allocation
problem with relocation of facilities*, Management Science 22, in the radius formulation of
:meth:`optimise.plan_program.PlanProgram.minutes`; a review is Nickel and Saldanha-da-Gama (2019),
*Multi-period facility location*, in *Location Science*. As in :mod:`optimise.service`, as much weight as
possible is served first, over all dates together. Of plans with the same minutes one with the fewest changes
is taken.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pulp
from numpy.typing import ArrayLike

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.brief import OneLine
from optimise.conditions import Condition, SiteCount
from optimise.conflicts import WishRows, irreducible
from optimise.errors import Fault, ProblemError, SolverError
from optimise.exact import LIMIT_TOLERANCE, PROOF_TOLERANCE, exact_dot, exact_sum
from optimise.placed import Placed
from optimise.plan_bounds import MARGIN, SiteBounds, among, site_bounds
from optimise.plan_limits import (
    ClosesAfter,
    Period,
    PlanLimits,
    broken_by,
    dated_states,
    limit_faults,
    spent_at,
)
from optimise.plan_program import PlanProgram, scale_of
from optimise.problem import PlacementProblem, Role, sorted_order
from optimise.program import ProgramTooLargeError
from optimise.running import Limits, Run, settled
from optimise.sentences import Sentence, joined
from optimise.status import Status, relative_gap

#: Share of the minutes by which a plan with fewer changes may be longer.
_SAME = 1e-8
#: Size of the row that holds minutes while changes are counted.
_AROUND = 100.0


@dataclass(frozen=True, eq=False, slots=True)
class PlannedDate:
    """What a plan does at one date, and how people are served from then on.

    Attributes:
        name: of the date.
        share: how much the time from it counts, of 1 for all dates.
        open: positions of the open sites, ascending.
        opened_ids: ids of the sites that open at the date.
        closed_ids: ids of those that close.
        spent: what that costs.
        mean_min: weighted mean minutes of those served; NaN for nobody.
        unserved: weight that no open site reaches.
        assignment: (n_demand,) position of the nearest open site, -1 for none.
    """

    name: str
    share: float
    open: IntArray
    opened_ids: tuple[Hashable, ...]
    closed_ids: tuple[Hashable, ...]
    spent: float
    mean_min: float
    unserved: float
    assignment: IntArray


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class DatedPlan(OneLine):
    """A plan over dates, with its proof.

    Attributes:
        status: OPTIMAL alone means proven.
        objective: mean minutes of everybody served, over all dates; NaN without a plan.
        bound: no plan that serves as much can have a lower mean.
        dates: what happens when.
        proof: what the bound rests on.
        solver: who searched, with its version.
        conflicts: for an infeasible plan, wishes that cannot hold together.
        fewest_changes: True where no plan of the same minutes is proven to need fewer changes.
        solve_s: seconds in solvers.
    """

    status: Status
    objective: float
    bound: float
    dates: tuple[PlannedDate, ...]
    proof: str
    solver: str
    conflicts: tuple[str, ...]
    fewest_changes: bool
    solve_s: float

    @property
    def gap(self) -> float:
        """Relative distance between objective and bound."""
        return relative_gap(self.objective, self.bound)


def solve_plan(
    problem: PlacementProblem,
    periods: Sequence[Period],
    *,
    today: Iterable[Hashable] | None = None,
    precedence: Sequence[ClosesAfter] = (),
    changes_a_group: int | None = None,
    opening_costs: FloatArray | None = None,
    closing_costs: FloatArray | None = None,
    limits: Limits | None = None,
) -> DatedPlan:
    """The best plan over dates.

    Args:
        problem: sites, roles, conditions, and people and minutes where a date says none. Its number of sites
            holds from the last date on; with ``max_moves`` that many existing sites may close in all.
            Required sites, and existing ones without ``max_moves``, are open throughout. Its budget and fixed
            costs are not used: dates have budgets of their own.
        periods: the dates in their order.
        today: ids of the sites that are open before the first date; default: existing and required ones.
        precedence: orders of changes.
        changes_a_group: how many changes a group of ``problem.groups`` may have at one date.
        opening_costs: (n_sites,) price of opening a site.
        closing_costs: (n_sites,) price of closing one of today's.
        limits: of the whole, all programs together.

    Raises:
        ProblemError: listing every fault.
    """
    wanted = PlanLimits(
        n_open=problem.n_open,
        max_moves=problem.max_moves,
        precedence=tuple(precedence),
        groups=problem.groups,
        changes_a_group=changes_a_group,
        opening_costs=_prices(opening_costs),
        closing_costs=_prices(closing_costs),
    )
    names = None if today is None else list(today)
    faults = [*limit_faults(periods, wanted, problem), *_today_faults(problem, names)]
    if faults:
        raise ProblemError(faults)
    spent = (limits or Limits()).started()
    search = _Search(problem, periods, names, wanted)
    bounds = site_bounds(search.states, search.periods, search.shares, search.today, search.wanted, spent)
    few = None if bounds is None else _of_few(search, bounds, problem, periods, names, wanted, spent)
    return search.run(spent) if few is None else few


def _of_few(
    search: _Search,
    bounds: SiteBounds,
    problem: PlacementProblem,
    periods: Sequence[Period],
    today: list[Hashable] | None,
    wanted: PlanLimits,
    limits: Limits,
) -> DatedPlan | None:
    """The plan of the candidates that may be in a best one; None where the first of them have no plan."""

    def of(kept: BoolArray) -> DatedPlan:
        own = np.sort(search.order[kept])
        return _with_sites(_narrowed(problem, periods, today, wanted, own).run(limits), own)

    found, kept, most = of(bounds.first), bounds.first, len(bounds.first)
    if not found.dates:
        return None
    left_out = float(bounds.with_site[~kept].min(initial=math.inf))
    possible = bounds.with_site <= found.objective * (1.0 + MARGIN)
    if (possible & ~kept).any() and found.status is Status.OPTIMAL:
        try:
            wider = of(possible | search.states[0].always_open)
        except ProgramTooLargeError:
            wider = found
        if wider is not found and wider.dates:
            kept, left_out = possible | search.states[0].always_open, math.inf
            found = wider if wider.objective <= found.objective else replace(found, bound=wider.bound)
    bound = min(found.bound, left_out)
    status = settled(found.status, found.objective, bound)
    words = Sentence(
        "opt.proof.sites_left_out",
        "{left_out} of {sites} sites left out: a plan that opens any of them takes longer, by what each date "
        "takes at least",
        left_out=most - int(kept.sum()),
        sites=most,
    )
    proof = found.proof if (possible & ~kept).any() else joined(found.proof, words)
    return replace(found, status=status, bound=bound, proof=proof)


def _narrowed(
    problem: PlacementProblem,
    periods: Sequence[Period],
    today: list[Hashable] | None,
    wanted: PlanLimits,
    own: IntArray,
) -> _Search:
    """The search with some of the sites alone, ascending positions."""
    kept = np.zeros(problem.n_sites, dtype=np.bool_)
    kept[own] = True
    narrow = problem.replace(conditions=()).take_sites(own)

    def of_these(values: ArrayLike | None) -> FloatArray | None:
        return None if values is None else np.asarray(values, dtype=np.float64)[..., own]

    return _Search(
        narrow.with_conditions(*among(problem.conditions, problem, kept)),
        [
            replace(
                period,
                costs=of_these(period.costs),
                conditions=tuple(among(period.conditions, problem, kept)),
            )
            for period in periods
        ],
        today,
        replace(
            wanted,
            groups=narrow.groups,
            opening_costs=of_these(wanted.opening_costs),
            closing_costs=of_these(wanted.closing_costs),
        ),
    )


def _with_sites(found: DatedPlan, own: IntArray) -> DatedPlan:
    """A plan of some sites, told by their positions among all."""
    dates = tuple(
        replace(
            date,
            open=own[date.open],
            assignment=np.where(date.assignment < 0, -1, own[np.maximum(date.assignment, 0)]),
        )
        for date in found.dates
    )
    return replace(found, dates=dates)


def year_by_year(
    problem: PlacementProblem,
    periods: Sequence[Period],
    *,
    today: Iterable[Hashable] | None = None,
    precedence: Sequence[ClosesAfter] = (),
    limits: Limits | None = None,
    **prices: Any,  # noqa: ANN401 -- passed on to solve_plan
) -> tuple[DatedPlan, ...]:
    """Each date planned alone, from what the dates before it left, to hold a plan over all dates against.

    The arguments are those of :func:`solve_plan`. Before the last date no more sites are open than closings
    that are still allowed could make good.

    Returns:
        The plans of single dates, in their order; fewer than dates where one of them has no proven answer.
    """
    names = _open_today(problem, None if today is None else list(today))
    start = frozenset(names)
    found: list[DatedPlan] = []
    changed: set[Hashable] = set()
    for number, period in enumerate(periods):
        last = number == len(periods) - 1
        alone = _alone(problem, start, names, changed, last=last)
        step = solve_plan(alone, [period], today=names, precedence=precedence, limits=limits, **prices)
        if step.status is not Status.OPTIMAL:
            break
        found.append(step)
        names = [problem.site_ids[site] for site in step.dates[0].open.tolist()]
        changed |= {*step.dates[0].opened_ids, *step.dates[0].closed_ids}
    return tuple(found)


def _alone(
    problem: PlacementProblem,
    start: frozenset[Hashable],
    names: list[Hashable],
    changed: set[Hashable],
    *,
    last: bool,
) -> PlacementProblem:
    """The problem of one date alone: what has changed stays, and the number of sites can still be met."""
    now = set(names)
    roles = []
    for site, role in zip(problem.site_ids, _plan_roles(problem), strict=True):
        fixed = Role.REQUIRED if site in now else Role.FORBIDDEN
        roles.append(fixed if site in changed else role)
    more: list[Condition] = []
    movable = [
        site
        for site, role in zip(problem.site_ids, _plan_roles(problem), strict=True)
        if site in start and role is Role.CANDIDATE
    ]
    if problem.max_moves is not None and movable:
        more.append(SiteCount(sites=tuple(movable), at_least=len(movable) - problem.max_moves))
    if problem.n_open is not None and not last:
        may_close = [site for site in movable if site not in changed]
        left = len(may_close) if problem.max_moves is None else problem.max_moves
        more.append(SiteCount(sites=problem.site_ids, at_most=problem.n_open + min(left, len(may_close))))
    return problem.replace(
        roles=roles,
        p=problem.n_open if last else None,
        p_new=None,
        max_moves=None,
        conditions=(*problem.conditions, *more),
    )


def _plan_roles(problem: PlacementProblem) -> list[Role]:
    """Roles with existing sites free where some of them may close."""
    movable = problem.max_moves is not None
    return [Role.CANDIDATE if movable and role is Role.EXISTING else role for role in problem.roles]


def _open_today(problem: PlacementProblem, names: list[Hashable] | None) -> list[Hashable]:
    """Ids of the sites that are open before the first date; those that always are among them."""
    own = {site for site, always in zip(problem.site_ids, problem.always_open, strict=True) if always}
    if names is None:
        own |= {site for site, there in zip(problem.site_ids, problem.existing, strict=True) if there}
    else:
        own |= set(names)
    return [site for site in problem.site_ids if site in own]


def _prices(costs: FloatArray | None) -> FloatArray | None:
    return None if costs is None else np.asarray(costs, dtype=np.float64)


def _today_faults(problem: PlacementProblem, names: list[Hashable] | None) -> list[Fault]:
    place = problem.site_position
    return [
        Fault("there is no site of this name", "today", value=str(name))
        if name not in place
        else Fault("a forbidden site cannot be open today", "today", value=str(name))
        for name in names or ()
        if name not in place or problem.never_open[place[name]]
    ]


class _Search:
    """The programs of one plan; columns stand in the order that breaks ties."""

    def __init__(
        self,
        problem: PlacementProblem,
        periods: Sequence[Period],
        today: list[Hashable] | None,
        wanted: PlanLimits,
    ) -> None:
        order = sorted_order(problem.site_ids)
        free = problem.replace(roles=_plan_roles(problem), p=None, p_new=None, max_moves=None)
        ordered = free.take_sites(order)
        open_now = set(_open_today(problem, today))
        shares = np.asarray([period.share for period in periods], dtype=np.float64)

        def sorted_prices(costs: FloatArray | None) -> FloatArray | None:
            return None if costs is None else costs[order]

        self.order = order
        self.periods = [
            period
            if period.costs is None
            else replace(period, costs=np.asarray(period.costs, dtype=np.float64)[:, order])
            for period in periods
        ]
        self.states = dated_states(ordered, self.periods)
        self.today: BoolArray = np.asarray([site in open_now for site in ordered.site_ids])
        self.wanted = replace(
            wanted,
            groups=ordered.groups,
            opening_costs=sorted_prices(wanted.opening_costs),
            closing_costs=sorted_prices(wanted.closing_costs),
        )
        self.shares: FloatArray = shares / shares.sum()
        self.solve_s = 0.0

    def run(self, limits: Limits) -> DatedPlan:
        """Serve the most, then the least minutes, then the fewest changes."""
        program = PlanProgram(self.states, self.periods, self.today, self.wanted)
        scale = scale_of(self.states, self.shares)
        reached, minutes = program.reached(self.shares) * scale, program.minutes(self.shares) * scale
        if reached:
            program.lp.sense = pulp.LpMaximize
            program.aim(reached, scale=scale)
            run = self._solve(program, limits)
            if run.status is not Status.OPTIMAL:
                return self._ended(program, replace(run, bound=-math.inf), limits)
            program.lp.sense = pulp.LpMinimize
            program.force(reached >= run.objective * scale * (1 - LIMIT_TOLERANCE), "most_served")
        program.aim(minutes, scale=scale)
        built_s = program.build_s
        run = self._solve(program, limits)
        if run.status is not Status.OPTIMAL or not run.has_values:
            return self._ended(program, run, limits)
        plan, fewest = self._with_fewest_changes(program, minutes, scale, built_s, limits)
        return self._told(plan, run, fewest=fewest)

    def _solve(self, program: PlanProgram, limits: Limits) -> Run:
        run = program.solve(limits)
        self.solve_s += run.seconds
        return run

    def _with_fewest_changes(
        self,
        program: PlanProgram,
        minutes: pulp.LpAffineExpression,
        scale: float,
        built_s: float,
        limits: Limits,
    ) -> tuple[BoolArray, bool]:
        """A plan of the same minutes with the fewest changes, and whether that is proven.

        It is not looked for where fewer seconds are left than the program took to build: passing it to the
        solver once more takes about as long.
        """
        best = program.plan()
        if limits.seconds_left is not None and limits.seconds_left < built_s:
            return best, False
        least = self._minutes(best)
        # Around a hundred, a solver's absolute tolerance is below any difference that matters.
        small = _AROUND / max(least * scale, _AROUND)
        program.add(minutes * small <= (least * (1 + _SAME) + _SAME) * scale * small, "as_short")
        program.aim(program.n_changes())
        run = self._solve(program, limits)
        if not run.has_values:
            return best, False
        fewer = program.plan()
        as_short = self._minutes(fewer) <= least * (1 + _SAME) + _SAME
        if as_short and self._serves(fewer, best) and not self._broken(fewer):
            return fewer, run.status is Status.OPTIMAL
        return best, False

    def _serves(self, plan: BoolArray, other: BoolArray) -> bool:
        own, its = self._served(plan), self._served(other)
        return own >= its * (1 - LIMIT_TOLERANCE)

    def _placed(self, number: int, plan: BoolArray) -> Placed:
        return Placed.nearest(self.states[number], plan[number])

    def _minutes(self, plan: BoolArray) -> float:
        """Minutes of everybody served, over all dates, from sites and costs alone."""
        whole = []
        for number, state in enumerate(self.states):
            minutes = self._placed(number, plan).minutes(state)
            served = np.isfinite(minutes)
            whole.append(float(self.shares[number]) * exact_dot(state.weights[served], minutes[served]))
        return math.fsum(whole)

    def _served(self, plan: BoolArray) -> float:
        """Weight served over all dates."""
        return math.fsum(
            float(self.shares[number]) * exact_dot(state.weights, self._placed(number, plan).served())
            for number, state in enumerate(self.states)
        )

    def _broken(self, plan: BoolArray) -> list[str]:
        told = broken_by(plan, self.today, self.periods, self.wanted, self.states[0])
        for number, state in enumerate(self.states):
            placed = self._placed(number, plan)
            told += [words for condition in state.conditions for words in condition.broken(state, placed)]
        return told

    def _ended(self, program: PlanProgram, run: Run, limits: Limits) -> DatedPlan:
        """Stopped on the way, or without any plan at all."""
        if run.has_values:
            return self._told(program.plan(), run, fewest=False)
        conflicts: tuple[str, ...] = ()
        if run.status is Status.INFEASIBLE:
            oracle = WishRows(program, limits)
            if not oracle.possible(tuple(oracle.wishes)):
                conflicts = tuple(oracle.wishes[name] for name in irreducible(oracle))
        proof = _proof(run, len(self.states))
        return DatedPlan(
            run.status, math.nan, math.nan, (), proof, run.solver, conflicts, False, self.solve_s
        )

    def _told(self, plan: BoolArray, run: Run, *, fewest: bool) -> DatedPlan:
        """The plan in the caller's column order."""
        broken = self._broken(plan)
        if broken:
            raise SolverError(
                Sentence("opt.plan.broken", "the plan breaks a limit: {broken}", broken=tuple(broken))
            )
        served = self._served(plan)
        objective = self._minutes(plan) / served if served > 0 else math.nan
        bound = math.nan if served == 0 else min(run.bound / served, objective)
        status = run.status
        if not math.isnan(objective):
            if objective - bound <= PROOF_TOLERANCE * max(1.0, objective):
                bound = objective if status is Status.OPTIMAL else bound
            status = settled(status, objective, bound)
        dates = tuple(self._date(number, plan) for number in range(len(plan)))
        proof = _proof(run, len(plan))
        return DatedPlan(status, objective, bound, dates, proof, run.solver, (), fewest, self.solve_s)

    def _date(self, number: int, plan: BoolArray) -> PlannedDate:
        state, placed = self.states[number], self._placed(number, plan)
        before = self.today if number == 0 else plan[number - 1]
        minutes = placed.minutes(state)
        served = np.isfinite(minutes) & (state.weights > 0)
        weight = exact_sum(state.weights[served])
        there = placed.assignment >= 0
        return PlannedDate(
            name=self.periods[number].name,
            share=float(self.shares[number]),
            open=np.sort(self.order[np.flatnonzero(plan[number])]),
            opened_ids=tuple(
                state.site_ids[site] for site in np.flatnonzero(plan[number] & ~before).tolist()
            ),
            closed_ids=tuple(
                state.site_ids[site] for site in np.flatnonzero(before & ~plan[number]).tolist()
            ),
            spent=spent_at(plan, self.today, number, self.wanted),
            mean_min=exact_dot(state.weights[served], minutes[served]) / weight if weight > 0 else math.nan,
            unserved=exact_sum(state.weights[~np.isfinite(minutes)]),
            assignment=np.where(there, self.order[np.where(there, placed.assignment, 0)], -1),
        )


def _proof(run: Run, dates: int) -> str:
    return Sentence(
        "opt.proof.dates",
        "branch and bound by {solver} over {dates} dates, each with its own people",
        solver=run.solver,
        dates=dates,
    )
