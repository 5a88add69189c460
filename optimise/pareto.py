"""Sites by several criteria at once: every placement that no other beats in all of them, each proven.

With ``y_j = 1`` where site ``j`` is open, ``j(i, 1), j(i, 2), ...`` the sites in the order in which row ``i``
would take them, and ``z_S = 1`` where none of a set ``S`` of sites is open, criterion ``k`` is::

    f_k = sum_i c_i,j(i,1) + sum_i sum_r (c_i,j(i,r+1) - c_i,j(i,r)) z_{j(i,1),...,j(i,r)} + sum_j e_kj y_j
    z_S >= z_{S - j} - y_j,  and where a later site may be cheaper  z_S <= z_{S - j},  z_S <= 1 - y_j

the p-median in radius form (Cornuejols, Nemhauser and Wolsey 1980; Elloumi 2010), each row at the open site
that comes first in *its* order, whatever that costs: closest assignment (Espejo, Marin and Rodriguez-Chia
2012, *Closest assignment constraints in discrete location problems*, European Journal of Operational Research
219), which matters where people take the quickest way and the criterion is money.

The front is found by epsilon constraints (Haimes, Lasdon and Wismer 1971; Chankong and Haimes 1983) in the
hybrid form of Guddat and others (1985)::

    min   sum_k f_k / range_k      s.t.  f_k <= u_k - step_k for all k

whose optimum no placement dominates. Zones ``u`` that may still hold further placements are split at each one
found (Klamroth, Lacour and Vanderpooten 2015, *On the representation of the search region in multi-objective
optimization*, European Journal of Operational Research 245); a zone ends when its program is infeasible. When
none is left, every placement there is lies within one step of one of the front's, in every criterion.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pulp

from optimise.algebra import linear, value_of
from optimise.arrays import BoolArray, FloatArray
from optimise.errors import Fault, ProblemError
from optimise.exact import PROOF_TOLERANCE
from optimise.program import within_memory
from optimise.running import Limits, Run, run_program
from optimise.sentences import Sentence
from optimise.status import Status, relative_gap

#: Least step of a criterion, as a share of its range: below it solvers do not tell two values apart.
_LEAST_STEP = 1e-5


@dataclass(frozen=True, eq=False)
class Criterion:
    """One thing that should be small.

    Attributes:
        costs: (n, m) what row ``i`` costs when site ``j`` serves it; its weight is in it.
        order: (n, m) by which rows take sites, least first, then the cheaper; NaN = never. A row without any
            site counts nothing.
        site_costs: (m,) what each open site adds.
    """

    costs: FloatArray
    order: FloatArray
    site_costs: FloatArray


@dataclass(frozen=True, eq=False)
class SiteLimit:
    """At least and at most so much of something over the open sites.

    Attributes:
        amounts: (m,) of each site.
        least: no less.
        most: no more.
    """

    amounts: FloatArray
    least: float
    most: float


@dataclass(frozen=True, eq=False)
class ParetoProblem:
    """What is to be decided.

    Attributes:
        criteria: what should be small; at least one.
        stays: (m,) which sites are open whatever is decided.
        limits: of the open sites.
        steps: (k,) differences of each criterion that do not matter, in its unit; 0 = all matter.
    """

    criteria: tuple[Criterion, ...]
    stays: BoolArray
    limits: tuple[SiteLimit, ...]
    steps: FloatArray

    def faults(self) -> list[Fault]:
        """What is wrong with it."""
        m, shape = len(self.stays), Sentence("opt.fault.sized_shape", "has another shape than the others")
        wrong = [
            Fault(shape, name)
            for one in self.criteria
            for name, fits in (
                ("costs", one.costs.shape == one.order.shape and one.costs.shape[1:] == (m,)),
                ("site_costs", one.site_costs.shape == (m,)),
            )
            if not fits
        ]
        wrong += [Fault(shape, "limits") for limit in self.limits if limit.amounts.shape != (m,)]
        if self.steps.shape != (len(self.criteria),):
            wrong.append(Fault(shape, "steps"))
        return wrong


@dataclass(frozen=True, eq=False)
class ParetoPoint:
    """A placement that no other beats in every criterion.

    Attributes:
        open: (m,) open sites.
        values: (k,) criteria, recomputed from the open sites.
        status: OPTIMAL alone means proven: nothing else is as good in all and better in one.
        gap: relative distance between the program's objective and its bound.
    """

    open: BoolArray
    values: FloatArray
    status: Status
    gap: float


@dataclass(frozen=True, eq=False)
class ParetoFront:
    """All placements of the front that were found.

    Attributes:
        points: those, the best by the first criterion first.
        complete: True where no zone is left: every other placement is within the steps of one of these.
        least: (k,) the best value of each criterion alone, proven where ``complete``.
        programs: how many integer programs were solved.
        solver: name and version.
        seconds: in the solver.
    """

    points: tuple[ParetoPoint, ...]
    complete: bool
    least: FloatArray
    programs: int
    solver: str
    seconds: float

    @property
    def proven(self) -> bool:
        """Whether every point is."""
        return all(point.status is Status.OPTIMAL for point in self.points)


def values_of(problem: ParetoProblem, sites: BoolArray) -> FloatArray:
    """(k,) criteria of a placement, from its sites alone; inf where it leaves a row without a site."""
    return np.asarray([_value(one, sites) for one in problem.criteria], dtype=np.float64)


def _value(one: Criterion, sites: BoolArray) -> float:
    rows = ~np.isnan(one.order).all(axis=1)
    order = np.where(sites[None, :] & ~np.isnan(one.order), one.order, np.inf)
    first = order.min(axis=1, initial=np.inf)
    if np.isinf(first[rows]).any():
        return math.inf
    costs = np.where(order == first[:, None], one.costs, np.inf).min(axis=1, initial=np.inf)
    return float(costs[rows].sum() + one.site_costs[sites].sum())


def pareto_front(
    problem: ParetoProblem, limits: Limits | None = None, *, most: int | None = None
) -> ParetoFront:
    """The placements that no other beats in every criterion.

    Args:
        problem: what is to be decided.
        limits: of the solver, for the whole front.
        most: end after so many points; the largest zones come first, so that they lie apart.

    Raises:
        ProblemError: arrays that do not fit each other.
    """
    faults = problem.faults()
    if faults:
        raise ProblemError(faults)
    return _Search(problem, (limits or Limits()).silent().started()).front(most)


class _Search:
    """Zones that may hold further placements, and what has been found."""

    def __init__(self, problem: ParetoProblem, limits: Limits) -> None:
        self.problem, self.limits = problem, limits
        self.program = _Program(problem)
        self.points: list[ParetoPoint] = []
        self.programs, self.solver, self.seconds = 0, "", 0.0
        self.stopped = False
        self.weights = np.ones(len(problem.criteria))

    def front(self, most: int | None) -> ParetoFront:
        k = len(self.problem.criteria)
        least, worst = self._alone()
        if not np.isfinite(least).all():
            return self._told(least, complete=not self.stopped)
        spread = np.where(worst > least, worst - least, np.maximum(1e-6 * np.abs(least), 1e-9))
        steps = np.maximum(self.problem.steps, _LEAST_STEP * spread)
        # What has no range counts by its size: over a billionth it would drown a solver's tolerances.
        self.weights = 1.0 / np.where(worst > least, spread, np.maximum(spread, self._sizes()))
        zones = [np.full(k, np.inf)]
        while zones and not self.stopped and (most is None or len(self.points) < most):
            sizes = [np.prod(np.maximum((np.minimum(u, worst) - least) / spread, 1e-6)) for u in zones]
            zone = zones[int(np.argmax(sizes))]
            found = self._best_in(zone, steps, least, spread)
            if found is None:
                zones = [other for other in zones if other is not zone]
            else:
                self.points.append(found)
                zones = _split(zones, found.values)
        return self._told(least, complete=not zones and not self.stopped)

    def _alone(self) -> tuple[FloatArray, FloatArray]:
        """(k,) the best of each criterion alone, and the worst of each where another is best."""
        rows = []
        for at in range(len(self.problem.criteria)):
            weights = np.zeros(len(self.problem.criteria))
            weights[at] = 1.0
            run = self._run(weights, None)
            if not run.has_values:
                nothing = np.full(len(weights), np.nan)
                return nothing, nothing
            rows.append(values_of(self.problem, self.program.open_sites()))
        table = np.asarray(rows)
        return table.min(axis=0), table.max(axis=0)

    def _sizes(self) -> FloatArray:
        """(k,) the largest cost in each criterion."""
        largest = [
            max(float(np.abs(one.costs[~np.isnan(one.order)]).max(initial=0.0)), np.abs(one.site_costs).max())
            for one in self.problem.criteria
        ]
        return np.asarray(largest, dtype=np.float64)

    def _best_in(
        self, zone: FloatArray, steps: FloatArray, least: FloatArray, spread: FloatArray
    ) -> ParetoPoint | None:
        """A point of the front within the zone, by more than a step; None for none."""
        most = zone - steps
        if (most < least - PROOF_TOLERANCE * spread).any():
            return None
        barred: list[BoolArray] = []
        while True:
            run = self._run(self.weights, most, least, barred)
            if not run.has_values:
                self.stopped |= run.status is not Status.INFEASIBLE
                return None
            sites = self.program.open_sites()
            values = values_of(self.problem, sites)
            if (values < zone).all():
                break
            # Where costs are large beside their range, a site that is open to a millionth, which solvers
            # take for closed, lets in what lies outside: it is cut off by its sites.
            barred.append(sites)
        # A solver that stops early gives a point of the zone, which need not be one of the front's.
        self.stopped |= run.status is not Status.OPTIMAL
        return ParetoPoint(sites, values, run.status, relative_gap(run.objective, run.bound))

    def _run(
        self,
        weights: FloatArray,
        most: FloatArray | None,
        least: FloatArray | None = None,
        barred: Sequence[BoolArray] = (),
    ) -> Run:
        run = self.program.solve(weights, most, least, self.limits, barred)
        self.programs += 1
        self.solver, self.seconds = run.solver, self.seconds + run.seconds
        return run

    def _told(self, least: FloatArray, *, complete: bool) -> ParetoFront:
        points = tuple(sorted(self.points, key=lambda point: tuple(point.values.tolist())))
        return ParetoFront(points, complete, least, self.programs, self.solver, self.seconds)


def _split(zones: Sequence[FloatArray], found: FloatArray) -> list[FloatArray]:
    """The zones without what ``found`` is at least as good as; none that lies within another."""
    kept = [zone for zone in zones if not (found < zone).all()]
    parts = []
    for zone in zones:
        if (found < zone).all():
            for at in range(len(found)):
                part = zone.copy()
                part[at] = found[at]
                parts.append(part)
    for number, part in enumerate(parts):
        others = [*kept, *parts[number + 1 :]]
        if not any((part <= other).all() for other in others):
            kept.append(part)
    return kept


class _Program:
    """The program of the formulation above; criteria share what they can."""

    def __init__(self, problem: ParetoProblem) -> None:
        self.problem = problem
        self.free = [int(site) for site in np.flatnonzero(~problem.stays)]
        self.both_ways: set[frozenset[int]] = set()
        self.chains: dict[tuple[int, ...], None] = {}
        self.criteria = [self._criterion(one) for one in problem.criteria]
        within_memory(sum(len(chain) for chain in self.chains))
        self.built = _Built(self)

    def _criterion(self, one: Criterion) -> tuple[dict[frozenset[int], float], dict[int, float], float]:
        """Coefficients of the sets of which none is open, of the sites, and the constant."""
        sets: dict[frozenset[int], float] = {}
        by_chain: dict[tuple[int, ...], FloatArray] = {}
        for costs, order in zip(one.costs, one.order, strict=True):
            chain = self._chain(costs, order)
            if chain:
                own = np.asarray(costs[list(chain)], dtype=np.float64)
                by_chain[chain] = by_chain[chain] + own if chain in by_chain else own
        constant = float(one.site_costs[self.problem.stays].sum())
        for chain, costs in by_chain.items():
            self.chains[chain] = None
            constant += float(costs[0])
            rises = np.diff(costs)
            for at, rise in enumerate(rises.tolist()):
                prefix = frozenset(chain[: at + 1])
                sets[prefix] = sets.get(prefix, 0.0) + rise
            if (rises < 0).any():
                self.both_ways |= {frozenset(chain[: at + 1]) for at in range(len(rises))}
        sites = {site: float(one.site_costs[site]) for site in self.free if one.site_costs[site]}
        return sets, sites, constant

    def _chain(self, costs: FloatArray, order: FloatArray) -> tuple[int, ...]:
        """The sites in the order of a row, down to the first that stays open."""
        usable = np.flatnonzero(~np.isnan(order))
        ranked = usable[np.lexsort((usable, costs[usable], order[usable]))]
        standing = np.flatnonzero(self.problem.stays[ranked])
        return tuple(ranked[: standing[0] + 1].tolist() if len(standing) else ranked.tolist())

    def solve(
        self,
        weights: FloatArray,
        most: FloatArray | None,
        least: FloatArray | None,
        limits: Limits,
        barred: Sequence[BoolArray] = (),
    ) -> Run:
        """Solve for the weighted sum of criteria, each at most so much, by other sites than ``barred``."""
        self.built = built = _Built(self)
        terms: list[tuple[pulp.LpVariable | float, float]] = []
        for (sets, sites, constant), scale, limit in zip(
            self.criteria,
            weights.tolist(),
            (np.full(len(weights), np.inf) if most is None else most),
            strict=True,
        ):
            own: list[tuple[pulp.LpVariable | float, float]] = [
                (built.none_open[prefix], rise * scale) for prefix, rise in sets.items()
            ]
            own += [(built.sites[site], amount * scale) for site, amount in sites.items()]
            terms += [*own, (1.0, constant * scale)]
            if math.isfinite(limit):
                built.lp += linear([*own, (1.0, (constant - limit) * scale)]) <= 0
        if least is not None:
            # From the best of each on, and 1: a gap is relative to something.
            terms.append((1.0, 1.0 - float((least * weights).sum())))
        built.lp += linear(terms)
        for known in barred:
            others = [(item, -1.0 if known[site] else 1.0) for site, item in built.sites.items()]
            built.lp += linear([*others, (1.0, float(known[self.free].sum()))]) >= 1
        return run_program(built.lp, limits)

    def open_sites(self) -> BoolArray:
        """(m,) the open sites of the incumbent."""
        sites = self.problem.stays.copy()
        for site, item in self.built.sites.items():
            sites[site] = value_of(item) > 0.5
        return sites


class _Built:
    """Variables and what ties them, without an objective."""

    def __init__(self, program: _Program) -> None:
        self.program = program
        self.lp = pulp.LpProblem("pareto", pulp.LpMinimize)
        self.sites = {site: self.lp.add_variable(f"y_{site}", cat=pulp.LpBinary) for site in program.free}
        self.none_open: dict[frozenset[int], pulp.LpVariable] = {}
        for limit in program.problem.limits:
            self._limited(limit)
        for chain in program.chains:
            self._tied(chain)

    def _limited(self, limit: SiteLimit) -> None:
        fixed = float(limit.amounts[self.program.problem.stays].sum())
        terms = [(item, float(limit.amounts[site])) for site, item in self.sites.items()]
        if math.isfinite(limit.most):
            self.lp += linear([*terms, (1.0, fixed)]) <= limit.most
        if math.isfinite(limit.least):
            self.lp += linear([*terms, (1.0, fixed)]) >= limit.least

    def _tied(self, chain: tuple[int, ...]) -> None:
        if not self.program.problem.stays[chain[-1]]:
            self.lp += linear([(self.sites[site], 1.0) for site in chain]) >= 1
        for at in range(len(chain) - 1):
            prefix, opened = frozenset(chain[: at + 1]), self.sites[chain[at]]
            new = prefix not in self.none_open
            if new:
                self.none_open[prefix] = self.lp.add_variable(f"z_{len(self.none_open)}", 0, 1)
            item = self.none_open[prefix]
            before = self.none_open[frozenset(chain[:at])] if at else 1.0
            self.lp += linear([(item, 1.0), (before, -1.0), (opened, 1.0)]) >= 0
            if new and prefix in self.program.both_ways:
                for site in prefix:
                    self.lp += linear([(item, 1.0), (self.sites[site], 1.0)]) <= 1
