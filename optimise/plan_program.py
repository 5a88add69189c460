"""The program behind a dated plan; the formulation stands in :mod:`optimise.dated_plans`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import count

import numpy as np
import pulp

from optimise.algebra import Term, linear
from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.ordered_costs import OrderedCosts
from optimise.plan_limits import PLAN_WORDS, ClosesAfter, Period, PlanLimits, budget_words, group_words
from optimise.problem import PlacementProblem
from optimise.program import ONE_SITE, SITES, SiteProgram, within_memory
from optimise.sentences import Sentence
from optimise.service import SCALED_WEIGHT
from optimise.status import Sense

#: Entries of rows that take as much memory as a pair of a demand point and a site with a variable of its own.
_ENTRIES_A_PAIR = 10
#: Rows of a matrix that are copied at once.
_ROWS_READ = 128


class PlanProgram(SiteProgram):
    """Sites that open and close between dates.

    The base class speaks of the sites of one date; :meth:`at` says of which.

    Attributes:
        states: the problem of each date, without number of sites, budget and moves.
        today: (n_sites,) True for the sites that are open before the first date.
    """

    def __init__(
        self,
        states: Sequence[PlacementProblem],
        periods: Sequence[Period],
        today: BoolArray,
        wanted: PlanLimits,
    ) -> None:
        super().__init__(states[0].replace(conditions=()), "dated_plan", Sense.MINIMISE, twins=False)
        self.states = states
        self.today = today
        self._periods = periods
        #: Date and sites in reach -> the variable that says whether one of them is open.
        self._reach: dict[tuple[int, bytes], pulp.LpVariable] = {}
        self._dated: list[list[Term]] = [self._open]
        for number in range(1, len(states)):
            self._dated.append(
                [
                    self.lp.add_variable(f"open_{number}_{site}", cat=pulp.LpBinary)
                    if isinstance(item, pulp.LpVariable)
                    else item
                    for site, item in enumerate(self._open)
                ]
            )
        self._free = np.flatnonzero(states[0].free).tolist()
        self._change_once()
        self._limit(wanted)
        for number in range(len(states)):
            self.at(number)
            self.impose_conditions(prefix=f"d{number}")

    def at(self, number: int) -> None:
        """Speak of the sites of this date from here on."""
        self._open, self.problem = self._dated[number], self.states[number]

    def plan(self) -> BoolArray:
        """(n_dates, n_sites) True for the sites that are open in the incumbent."""
        rows = []
        for number in range(len(self.states)):
            self.at(number)
            rows.append(self.chosen())
        return np.asarray(rows)

    def n_changes(self) -> pulp.LpAffineExpression:
        """How many sites open or close over all dates."""
        return linear(
            term for number in range(len(self.states)) for term in self._changes(number, self._free)
        )

    def reached(self, shares: FloatArray) -> pulp.LpAffineExpression:
        """The weight that is served, date by date times ``shares``, beside those who always are."""
        terms: list[tuple[Term, float]] = []
        for number, state in enumerate(self.states):
            self.at(number)
            for (key, near), weight in _patterns(state).items():
                reach = self.variable(f"reached_{number}_{key}", upper=1.0)
                self._reach[number, near] = reach
                self.add(self.n_open(_sites(near, state.n_sites)) - reach >= 0, f"reach_{number}_{key}")
                terms.append((reach, float(shares[number]) * weight))
        return linear(terms)

    def minutes(self, shares: FloatArray) -> pulp.LpAffineExpression:
        """Minutes of everybody who is served, date by date times ``shares``; after :meth:`reached`.

        The radius formulation of Elloumi (2010), *A tighter formulation of the p-median problem*, Journal of
        Combinatorial Optimization 19: a demand point pays the step from one distance to the next unless a
        site within the first is open. Steps with the same sites share a variable.
        """
        terms: list[tuple[Term, float]] = []
        for number, state in enumerate(self.states):
            self.at(number)
            steps = _steps(state, len(self.states))
            for place, ((near, whose), price) in enumerate(steps.items()):
                rate = float(shares[number]) * price
                due: Term = 1.0 if whose is None else self._reach[number, whose]
                if not near:
                    terms.append((due, rate))
                    continue
                step = self.variable(f"step_{number}_{place}", upper=1.0)
                open_ones = self.n_open(_sites(near, state.n_sites))
                self.add(step + open_ones - linear([(due, 1.0)]) >= 0, f"near_{number}_{place}")
                terms.append((step, rate))
        return linear(terms)

    def _before(self, number: int, site: int) -> Term:
        return float(self.today[site]) if number == 0 else self._dated[number - 1][site]

    def _changes(self, number: int, sites: Iterable[int]) -> list[tuple[Term, float]]:
        """1 for each of these sites that opens or closes at a date, as terms."""
        terms: list[tuple[Term, float]] = []
        for site in sites:
            sign = -1.0 if self.today[site] else 1.0
            terms += [(self._dated[number][site], sign), (self._before(number, site), -sign)]
        return terms

    def _change_once(self) -> None:
        for number in range(1, len(self.states)):
            for site in self._free:
                row = linear(self._changes(number, [site])) >= 0
                self.add(row, f"once_{number}_{site}")

    def _limit(self, wanted: PlanLimits) -> None:
        new = [site for site in self._free if not self.today[site]]
        old = [site for site in self._free if self.today[site]]
        for number, period in enumerate(self._periods):
            changes = linear(self._changes(number, self._free))
            parts = (
                ("opens", period.opens_at_most, linear(self._changes(number, new))),
                ("closes", period.closes_at_most, linear(self._changes(number, old))),
                ("changes", period.changes_at_most, changes),
            )
            for what, most, changed in parts:
                if most is not None:
                    words = PLAN_WORDS[what](period.name, most)
                    self.wish(changed <= most, f"{what}_{number}", words)
            if period.budget is not None:
                self.wish(
                    self._spent(number, new, old, wanted) <= period.budget,
                    f"budget_{number}",
                    budget_words(period),
                )
        self._limit_groups(wanted)
        self._limit_whole(wanted, old)
        for place, rule in enumerate(wanted.precedence):
            self._keep_order(place, rule)

    def _spent(
        self, number: int, new: list[int], old: list[int], wanted: PlanLimits
    ) -> pulp.LpAffineExpression:
        opening, closing = wanted.opening_costs, wanted.closing_costs
        terms: list[tuple[Term, float]] = []
        for sites, costs in ((new, opening), (old, closing)):
            for site in sites if costs is not None else []:
                assert costs is not None
                terms += [(item, sign * float(costs[site])) for item, sign in self._changes(number, [site])]
        return linear(terms)

    def _limit_groups(self, wanted: PlanLimits) -> None:
        if wanted.changes_a_group is None or wanted.groups is None:
            return
        places = count()
        for number, period in enumerate(self._periods):
            for label in dict.fromkeys(wanted.groups):
                own = [site for site in self._free if wanted.groups[site] == label]
                if len(own) > wanted.changes_a_group:
                    row = linear(self._changes(number, own)) <= wanted.changes_a_group
                    words = group_words(period, label, wanted.changes_a_group)
                    self.wish(row, f"group_{next(places)}", words)

    def _limit_whole(self, wanted: PlanLimits, old: list[int]) -> None:
        last = len(self.states) - 1
        self.at(last)
        if wanted.n_open is not None:
            row = self.n_open(range(self.problem.n_sites)) == wanted.n_open
            one = wanted.n_open == 1
            template = "exactly {number} open site" if one else "exactly {number} open sites"
            self.wish(row, "count", Sentence(ONE_SITE if one else SITES, template, number=wanted.n_open))
        if wanted.max_moves is not None:
            words = Sentence(
                "opt.wish.moves", "at most {most} of the existing sites close", most=wanted.max_moves
            )
            row = self.n_open(old) >= len(old) - wanted.max_moves
            self.wish(row, "moves", words)

    def _keep_order(self, place: int, rule: ClosesAfter) -> None:
        """``1 - y_site <= y_after`` of the date before, and of the date itself."""
        closes, after = (self.problem.site_position[name] for name in (rule.site, rule.after))
        self.wishes[f"order_{place}"] = rule.words()
        for number in range(len(self.states)):
            closed = (self._dated[number][closes], 1.0)
            for when, item in (("then", self._dated[number][after]), ("before", self._before(number, after))):
                self.add(linear([closed, (item, 1.0)]) >= 1, f"order_{place}_{number}_{when}")


def secured_min(state: PlacementProblem) -> FloatArray:
    """(n_demand,) minutes to the nearest site that is open at every date; inf for none."""
    return minutes_to(state, state.always_open)


def minutes_to(state: PlacementProblem, sites: BoolArray) -> FloatArray:
    """(n_demand,) minutes to the nearest of some sites, none of them forbidden; inf for none."""
    if not sites.any():
        return np.full(state.n_demand, np.inf)
    return state.held.nearest(np.flatnonzero(sites))[0]


def scale_of(states: Sequence[PlacementProblem], shares: FloatArray) -> float:
    """What turns weighted sums over all dates into the size that solvers' tolerances are made for."""
    whole = sum(
        float(share) * float(state.weights.sum()) for share, state in zip(shares, states, strict=True)
    )
    return SCALED_WEIGHT / max(whole, 1e-300)


def _patterns(state: PlacementProblem) -> dict[tuple[int, bytes], float]:
    """Number and sites in reach of those whom no site that is always open reaches -> their weight."""
    found: dict[bytes, float] = {}
    held = state.held_allowed
    open_ended = (state.weights > 0) & ~state.unreachable & ~np.isfinite(secured_min(state))
    for row, costs in _row_by_row(held, np.flatnonzero(open_ended)):
        key = _key(np.isfinite(costs))
        found[key] = found.get(key, 0.0) + float(state.weights[row])
    return {(place, key): weight for place, (key, weight) in enumerate(found.items())}


def _row_by_row(held: OrderedCosts, rows: IntArray) -> Iterator[tuple[int, FloatArray]]:
    """Each row and its costs, few read at a time: a program that is refused has copied no matrix before."""
    for first in range(0, len(rows), _ROWS_READ):
        some = rows[first : first + _ROWS_READ]
        yield from zip(some.tolist(), held.rows(some), strict=True)


def _key(sites: BoolArray) -> bytes:
    return np.packbits(sites).tobytes() if sites.any() else b""


def _sites(key: bytes, n_sites: int) -> list[int]:
    return np.flatnonzero(np.unpackbits(np.frombuffer(key, dtype=np.uint8), count=n_sites)).tolist()


def _steps(state: PlacementProblem, n_dates: int) -> dict[tuple[bytes, bytes | None], float]:
    """Sites within a distance, and who must be served at all -> weighted minutes to the next distance.

    Raises:
        ProgramTooLargeError: the rows of so many dates alike would hold more than memory should be spent on;
            said as soon as it is known, so there may be more than it tells.
    """
    steps: dict[tuple[bytes, bytes | None], float] = {}
    entries = 0
    secured, held = secured_min(state), state.held_allowed
    counted = np.flatnonzero((state.weights > 0) & ~state.unreachable)
    # A set of sites is a number while it grows, as bytes the same as that of `_key`.
    width = -(-state.n_sites // 8)
    bits = [1 << (8 * width - 1 - site) for site in range(state.n_sites)]
    for row, costs in _row_by_row(held, counted):
        weight, most = float(state.weights[row]), float(secured[row])
        near = np.flatnonzero(costs < most)
        whose = None if most < math.inf else _key(np.isfinite(costs))
        rising = sorted(zip(costs[near].tolist(), near.tolist(), strict=True))
        levels = [*(cost for cost, _ in rising), *([most] if most < math.inf else [])]
        start = (b"", whose)
        steps[start] = steps.get(start, 0.0) + weight * levels[0]
        within = 0
        for size, ((low, site), high) in enumerate(zip(rising, levels[1:], strict=False), start=1):
            within |= bits[site]
            if high == low:
                continue
            key = (within.to_bytes(width, "big"), whose)
            if key not in steps:
                entries += size
                within_memory(n_dates * entries // _ENTRIES_A_PAIR)
            steps[key] = steps.get(key, 0.0) + weight * (high - low)
    return steps
