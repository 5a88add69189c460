"""Room for many people: branch and cut over the sites, and a small program of who goes where.

Where people are many beside the sites, one of them more or less fills no site, so what serving everybody
costs when they may be parted, a convex function of the sites
(:mod:`optimise.capacity_engine.priced_room`), is close to what it costs when they may not. Branch and cut
bounds the former over all sites that keep the conditions; the best sites that it meets are then given whole
people by HiGHS, on the pairs whose reduced cost leaves a better answer open, which bounds what these sites
can do as well.

Units are counted as the room of as many as a site may have. That more of them than allowed would be needed in
all is not in the bound; an answer that needs no more keeps it.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np

from optimise.algebra import linear
from optimise.arrays import BoolArray, FloatArray
from optimise.capacity_engine.priced_room import PricedRoom, RoomRows
from optimise.capacity_engine.sending import Sending, Sent
from optimise.cut_engine.branching import CutSearch
from optimise.cut_engine.master import Master, sites_to_serve
from optimise.cut_engine.rows import Cut
from optimise.engines import unconditioned
from optimise.exact import PROOF_TOLERANCE, SHARE_TOLERANCE, room_slack
from optimise.models.pmedian import PMedian
from optimise.outcome import Outcome
from optimise.placed import Placed
from optimise.running import Limits
from optimise.sentences import Sentence
from optimise.service import full_service
from optimise.starting import SwapSearch
from optimise.status import Status
from optimise.verification import keeps_limits, keeps_site_limits

if TYPE_CHECKING:
    from optimise.models.capacitated import CapacitatedPMedian
    from optimise.problem import PlacementProblem
    from optimise.program import SiteProgram

#: Steps of the prices at shares, and at whole sites.
_STEPS, _WHOLE_STEPS = 15, 120
#: Seconds for a good way of sending people to sites; shares of all for the best sites without regard to room,
#: for good ones where the engine is not asked, and for a start with room.
_LOOK_S, _BEFORE, _SWAPS, _START = 5.0, 0.35, 0.3, 0.3
#: Relative gap to the bound without room below which no other start is looked for.
_NEAR = 1e-5
#: By what share a greedy way is worse than the best one, at most, to be made better.
_LOSS = 2e-3
#: Sets of sites in reach above which "everybody is reached" is left to the cuts.
_MOST_PATTERNS = 2_000
#: Relative gap up to which another choice of sites is no better, and rounding error of a bound.
_GAP, _ROUNDING = PROOF_TOLERANCE / 10, 1e-12


@dataclass(eq=False, slots=True)
class _Choice:
    """What is known of one choice of sites: serving everybody from there costs ``floor`` at least."""

    sites: BoolArray
    floor: float = math.inf
    priced: PricedRoom | None = None
    sent: Sent | None = None
    cost: float = math.inf
    asked: bool = False


class RoomBounds:
    """One search; everybody who is reached is served, or there is no answer.

    Args:
        problem: with capacities; columns stand in the order that breaks ties.
        model: how room is asked for.
        limits: ends the search at its deadline.
    """

    def __init__(self, problem: PlacementProblem, model: CapacitatedPMedian, limits: Limits) -> None:
        self.problem, self.model, self.limits = problem, model, limits
        self.began = time.perf_counter()
        self.counted = ~problem.unreachable & ((problem.weights > 0) | (problem.demands > 0))
        self.demand: FloatArray = problem.demands[self.counted].astype(np.float64)
        self._weight = float(problem.weights[self.counted].sum())
        self.whole = model.sourcing == "single"
        self.units = model.units_of(problem)
        self.room, self.usable = self._room()
        self.free = np.flatnonzero(problem.free)
        self.on_sites = [condition for condition in problem.conditions if not condition.promises]
        self.rows = RoomRows.of(self._costs(), self.demand, self.usable, ~problem.never_open)
        self.prices = np.zeros(problem.n_sites)
        self.known: dict[bytes, _Choice] = {}
        self.best, self.bound = _Choice(problem.always_open), -math.inf

    def outcome(self) -> Outcome | None:
        """Sites, who goes where, and a bound; None where nobody found room for everybody."""
        if not (self._weight > 0 and self.rows.reached.all()):
            return None
        start, least, multipliers = self._without_room()
        master = Master(self._program(), np.ones(1), np.zeros(1), self.rows.least)
        nothing = np.zeros(len(self.free))
        if multipliers is not None:
            master.add(0, self._cut(multipliers, nothing))
        if math.isfinite(least):
            master.add(0, Cut(least, least, nothing))
        search = CutSearch(master, [self._piece], self._offer, self._slack, self.limits)
        if start is not None:
            search.offer(start[self.free])
        if not self.best.cost - least <= _NEAR * abs(least):
            start = self._begin(search, start)
        proven = search.run(None if start is None else start[self.free])
        self._settle()
        floor = min((own.floor for own in self.known.values()), default=math.inf)
        self.bound = min(search.bound, floor, self.best.cost)
        if self.best.sent is None:
            return None
        gap = max(self.limits.gap, PROOF_TOLERANCE) * abs(self.best.cost)
        proven = proven and self.best.cost - self.bound <= gap
        return self._told(search, Status.OPTIMAL if proven else Status.FEASIBLE)

    def _room(self) -> tuple[FloatArray, FloatArray]:
        """(n_sites,) room, and what people can use of it at most; whole people fill whole numbers."""
        assert self.problem.capacities is not None
        room = self.problem.capacities * (1.0 if self.units is None else self.units.most)
        kept = room * (1.0 + room_slack(single=self.whole))
        even = self.whole and bool((self.demand == np.floor(self.demand)).all())
        return (np.floor(kept), np.floor(kept)) if even else (room, kept)

    def _costs(self) -> FloatArray:
        """(n_rows, n_sites) weighted minutes; inf where a row is not reached or does not fit."""
        minutes = self.problem.allowed_costs[self.counted]
        taken = self.demand[:, None]
        fits = np.isfinite(minutes)
        fits &= (taken <= self.usable) if self.whole else (taken == 0) | (self.room > 0)
        weights = self.problem.weights[self.counted][:, None]
        return np.where(fits, weights * np.where(fits, minutes, 0.0), np.inf)

    def _program(self) -> SiteProgram:
        """Sites that keep the conditions, reach everybody and have room for all."""
        plan = full_service(self.problem)
        if len(plan.patterns) > _MOST_PATTERNS:
            plan = replace(plan, patterns=plan.patterns[:0])
        program = sites_to_serve(self.problem, plan)
        everybody = float(self.demand.sum())
        if everybody > 0:
            room = [(program.opened(site), one / everybody) for site, one in enumerate(self.room.tolist())]
            program.add(linear(room) >= 1.0 - SHARE_TOLERANCE, "room")
        return program

    def _without_room(self) -> tuple[BoolArray | None, float, FloatArray | None]:
        """Without regard to room: good sites that keep the conditions, a bound, and its multipliers."""
        limits, minutes = self.limits.silent(), self.problem.allowed_costs
        found = unconditioned(self.problem, minutes, self.counted, math.inf, limits.part(_BEFORE))
        start, least, multipliers = None, -math.inf, None
        if found is not None:
            outcome, prices = found
            multipliers = prices[self.counted]
            if math.isfinite(outcome.bound):
                least = outcome.bound * self._weight
                least -= _ROUNDING * (abs(least) + float(np.abs(multipliers).sum()))
            placed = outcome.placed if outcome.status is Status.OPTIMAL else None
            if placed is not None and self._keeps_on_sites(placed.sites):
                start = placed.sites
        if start is None:
            start = SwapSearch(self.problem, PMedian(), limits.part(_SWAPS)).best()
        return start, least, multipliers

    def _begin(self, search: CutSearch, start: BoolArray | None) -> BoolArray | None:
        """Offer a placement that was looked for with regard to room; the best sites to start from."""
        placed = self.model.start(self.problem, self.limits.silent().part(_START))
        if placed is not None and placed.shares is not None:
            shares = placed.shares[self.counted]
            rows, sites = np.nonzero(shares)
            used = shares[rows, sites]
            cost = float((used * self.rows.by_site[sites, rows]).sum())
            chosen = placed.sites[self.free]
            search.offer(chosen)
            self._take(self.known[np.packbits(chosen).tobytes()], Sent(rows, sites, used, cost))
            search.best = min(search.best, self.best.cost)
        return start if self.best.sent is None else self.best.sites

    def _keeps_on_sites(self, sites: BoolArray) -> bool:
        return bool(sites.any()) and keeps_site_limits(self.problem, sites, self.on_sites)

    def _cut(self, paid: FloatArray, shares: FloatArray) -> Cut:
        worth = self.rows.worth(paid)
        constant = float(paid.sum()) + float(worth[self.problem.always_open].sum())
        own = worth[self.free]
        return Cut(constant + float(own @ shares), constant, own)

    def _piece(self, shares: FloatArray) -> Cut:
        """The cut at these shares of the free sites."""
        whole = bool(np.isin(shares, (0.0, 1.0)).all())
        known = self.known.get(np.packbits(shares > 0.5).tobytes()) if whole else None
        priced = None if known is None else known.priced
        if priced is None:
            priced = self._priced(self._opened(shares), _STEPS)
        return self._cut(priced.paid, shares)

    def _opened(self, shares: FloatArray) -> FloatArray:
        """(n_sites,) shares of all sites from those of the free ones."""
        opened = self.problem.always_open.astype(np.float64)
        opened[self.free] = shares
        return opened

    def _priced(self, opened: FloatArray, most_steps: int) -> PricedRoom:
        priced = self.rows.priced(opened, self.prices, most_steps, self.limits.deadline)
        self.prices = np.where(opened > 0, priced.prices, self.prices)
        return priced

    def _slack(self, value: float) -> float:
        return max(self.limits.gap, _GAP) * abs(value)

    @property
    def _better(self) -> float:
        """What a better answer is below."""
        return self.best.cost - self._slack(self.best.cost) if self.best.sent is not None else math.inf

    def _offer(self, chosen: BoolArray) -> float:
        """Judge a choice of free sites; what it costs, inf where that is not better than the best."""
        sites = self.problem.always_open.copy()
        sites[self.free[chosen]] = True
        own = _Choice(sites)
        self.known[np.packbits(chosen).tobytes()] = own
        if not self._keeps_on_sites(sites):
            return math.inf
        own.priced = self._priced(sites.astype(np.float64), _WHOLE_STEPS)
        own.floor = own.priced.value - _ROUNDING * (abs(own.priced.value) + float(own.priced.paid.sum()))
        if own.floor < self._better:
            self._send(own)
            self._report()
        return own.cost

    def _settle(self) -> None:
        """Prove of the sites that were met what they can do, as far as that may be better than the best."""
        while time.monotonic() < self.limits.deadline:
            left = [own for own in self.known.values() if own.floor < self._better and not own.asked]
            if not left or self.best.sent is None:
                return
            own = self.best if any(one is self.best for one in left) else min(left, key=lambda one: one.floor)
            own.asked = True
            sending = self._sending(own)
            below = self.best.cost
            sent, bound = sending.proven(own.sent or sending.greedily(), below, self.limits)
            self._take(own, sent)
            own.floor = max(own.floor, min(bound, below))

    def _send(self, own: _Choice) -> None:
        """Look for a good way of sending everybody to these sites."""
        sending = self._sending(own)
        greedy = sending.greedily()
        self._take(own, greedy)
        if greedy is None or greedy.cost * (1.0 - _LOSS) < self.best.cost:
            self._take(own, sending.improved(greedy, self.limits.at_most(_LOOK_S)))

    def _sending(self, own: _Choice) -> Sending:
        assert own.priced is not None
        return Sending(self.rows, self.room, own.sites, own.priced, units=self.units, whole=self.whole)

    def _take(self, own: _Choice, sent: Sent | None) -> None:
        """Keep an answer that is the best of its sites, and of all, and keeps all that is asked."""
        if sent is None or not sent.cost < own.cost or not self._keeps(own, sent):
            return
        own.sent, own.cost = sent, sent.cost
        if own.cost < self.best.cost:
            self.best = own

    def _keeps(self, own: _Choice, sent: Sent) -> bool:
        """Whether promises, units and room hold."""
        promised = any(condition.promises for condition in self.problem.conditions)
        if not promised and self.units is None:
            return True
        placed = self._placed(own.sites, sent)
        return keeps_limits(self.problem, placed) and not self.model.broken(self.problem, placed)

    def _placed(self, sites: BoolArray, sent: Sent) -> Placed:
        shares = np.zeros(self.problem.costs.shape)
        shares[np.flatnonzero(self.counted)[sent.rows], sent.sites] = sent.shares
        return self.model.placed_of(self.problem, sites, shares)

    def _report(self) -> None:
        if self.limits.on_progress is not None:
            weight = self._weight
            known = self.best.cost / weight if math.isfinite(self.best.cost) else math.nan
            self.limits.on_progress(time.perf_counter() - self.began, known, self.bound / weight)

    def _told(self, search: CutSearch, status: Status) -> Outcome:
        assert self.best.sent is not None
        looked = sum(own.asked for own in self.known.values())
        return Outcome(
            status=status,
            placed=self._placed(self.best.sites, self.best.sent),
            bound=self.bound / self._weight,
            solver=Sentence(
                "opt.solver.covering",
                "exact covering engine with HiGHS {version}",
                version=version("highspy"),
            ),
            formulation=Sentence(
                "opt.formulation.room_cuts",
                "exact engine: branch and cut over sites with prices of room, {sourcing} sourcing",
                sourcing=self.model.sourcing,
            ),
            proof=Sentence(
                "opt.proof.room_cuts",
                "{cuts} cuts of what serving everybody costs in {branches} branches; who goes where from "
                "{choices} choices of sites by HiGHS",
                cuts=search.cuts,
                branches=search.branches,
                choices=looked,
            ),
            build_s=0.0,
            solve_s=time.perf_counter() - self.began,
            figures={"sites_left": float(search.left)},
        )
