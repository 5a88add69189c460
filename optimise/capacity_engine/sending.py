"""Who goes where from given sites with room: greedy first, then HiGHS on pairs with little reduced cost.

Prices of room ``m_j`` and what everybody pays at them, ``u_i`` (:mod:`optimise.capacity_engine.priced_room`),
bound what serving everybody from these sites costs; whoever uses a pair pays at least its reduced cost,
``c_ij + d_i m_j - u_i``, on top. So the pairs that an answer below a limit can use are known, and most people
have one only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pulp

from optimise.algebra import Term, linear, value_of
from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.capacity_engine.capacity_kernels import assign
from optimise.capacity_engine.priced_room import PricedRoom, RoomRows
from optimise.capacity_engine.units import Units
from optimise.errors import SolverError
from optimise.exact import FINE, SHARE_TOLERANCE, room_slack
from optimise.running import Limits, run_program
from optimise.service import SCALED_WEIGHT
from optimise.status import Status

#: Pairs of a program that looks for a good answer, and of one that proves it.
_SOME_PAIRS, _MOST_PAIRS = 3_000, 60_000
#: Relative gaps to which the two are solved.
_GOOD, _PROVEN = 1e-5, 2e-7


@dataclass(frozen=True, eq=False, slots=True)
class Sent:
    """Who goes where: ``shares`` of ``rows`` go to ``sites``, which costs so much."""

    rows: IntArray
    sites: IntArray
    shares: FloatArray
    cost: float


class Sending:
    """Everybody to the sites of one choice.

    Args:
        rows: costs and demand.
        room: (n_sites,) room of all units that a site may have.
        sites: (n_sites,) those that are open.
        priced: prices of room at these sites.
        units: where room comes in units that are counted, or None.
        whole: everybody goes to one site.
    """

    def __init__(
        self,
        rows: RoomRows,
        room: FloatArray,
        sites: BoolArray,
        priced: PricedRoom,
        *,
        units: Units | None,
        whole: bool,
    ) -> None:
        self.open: IntArray = np.flatnonzero(sites)
        self.costs = rows.by_site[self.open]
        self.demand, self.room = rows.demand, room[self.open]
        self.prices, self.units, self.whole = priced.prices[self.open], units, whole
        with np.errstate(invalid="ignore"):
            pays = self.costs + self.prices[:, None] * self.demand
        self.reduced: FloatArray = np.maximum(pays - priced.paid, 0.0)
        self.value = priced.value

    def greedily(self) -> Sent | None:
        """Whoever loses most elsewhere goes first, whole; None where somebody finds no room."""
        goes = np.zeros(len(self.demand), dtype=np.int64)
        for by_size in (False, True):
            cost = assign(self.costs, self.demand, self.room, self.prices, goes, by_size, -math.inf)
            if math.isfinite(cost):
                rows = np.arange(len(goes))
                return Sent(rows, self.open[goes], np.ones(len(goes)), cost)
        return None

    def improved(self, start: Sent | None, limits: Limits) -> Sent | None:
        """A good answer, which uses pairs with little reduced cost or those of ``start``."""
        finite = self.reduced[np.isfinite(self.reduced)]
        few = min(len(self.demand) + _SOME_PAIRS, len(finite)) - 1
        reach = float(np.partition(finite, few)[few]) if len(finite) else 0.0
        return self._solved(self.reduced <= reach, start, replace(limits, gap=max(limits.gap, _GOOD)))[0]

    def proven(self, start: Sent | None, below: float, limits: Limits) -> tuple[Sent | None, float]:
        """The best answer, and a bound of all that cost less than ``below``; -inf where there is none."""
        keep = self.reduced <= (below - self.value) * (1.0 + 1e-9)
        if int(keep.sum()) - len(self.demand) > _MOST_PAIRS:
            return None, -math.inf
        return self._solved(keep, start, replace(limits, gap=max(limits.gap, _PROVEN)))

    def _solved(self, keep: BoolArray, start: Sent | None, limits: Limits) -> tuple[Sent | None, float]:
        """HiGHS on these pairs; who has one only goes there. Nothing where HiGHS gives up."""
        place = np.full(int(self.open.max(initial=0)) + 1, -1, dtype=np.int64)
        place[self.open] = np.arange(len(self.open))
        if start is not None:
            keep[place[start.sites], start.rows] = True
        choices = keep.sum(axis=0)
        if not choices.all():
            return None, math.inf
        settled = np.flatnonzero(choices == 1)
        at = keep[:, settled].argmax(axis=0)
        fixed = float(self.costs[at, settled].sum())
        load: FloatArray = np.bincount(at, weights=self.demand[settled], minlength=len(self.open)).astype(
            np.float64
        )
        lp = pulp.LpProblem("who_goes_where", pulp.LpMinimize)
        kind = pulp.LpBinary if self.whole else pulp.LpContinuous
        open_rows = np.flatnonzero(choices > 1)
        sites, columns = np.nonzero(keep[:, open_rows])
        rows = open_rows[columns]
        pairs = list(zip(rows.tolist(), sites.tolist(), strict=True))
        shares = [lp.add_variable(f"share_{row}_{site}", 0.0, 1.0, kind) for row, site in pairs]
        scale = SCALED_WEIGHT / max(abs(self.value), 1e-300)
        prices = (scale * self.costs[sites, rows]).tolist()
        lp.setObjective(linear([*zip(shares, prices, strict=True), (1.0, scale * fixed)]))
        self._serve(lp, pairs, shares)
        self._carry(lp, pairs, shares, load)
        known = None if start is None else self._start(pairs, shares, start, place)
        try:
            run = run_program(lp, limits, scale=scale, start=known)
        except SolverError:
            return None, -math.inf
        if run.status is Status.INTERRUPTED:
            raise KeyboardInterrupt
        bound = math.inf if run.status is Status.INFEASIBLE else run.bound
        if not run.has_values:
            return None, bound
        values = np.array([value_of(share) for share in shares])
        return self._read(settled, at, rows, sites, values), bound

    def _serve(self, lp: pulp.LpProblem, pairs: list[tuple[int, int]], shares: list[pulp.LpVariable]) -> None:
        by_row: dict[int, list[tuple[Term, float]]] = {}
        for (row, _), share in zip(pairs, shares, strict=True):
            by_row.setdefault(row, []).append((share, 1.0))
        for row, terms in by_row.items():
            lp.addConstraint(linear(terms) == 1, f"serve_{row}")

    def _carry(
        self,
        lp: pulp.LpProblem,
        pairs: list[tuple[int, int]],
        shares: list[pulp.LpVariable],
        load: FloatArray,
    ) -> None:
        """Room at each site beside those who go there anyway, in thousandths of it."""
        by_site: list[list[tuple[Term, float]]] = [[] for _ in self.open]
        for (row, site), share in zip(pairs, shares, strict=True):
            by_site[site].append((share, float(self.demand[row])))
        counted: list[Term] = []
        for site, terms in enumerate(by_site):
            fine = FINE / max(float(self.room[site]), 1e-300)
            room: list[tuple[Term, float]] = [(1.0, -float(self.room[site]))]
            if self.units is not None:
                least, most = (float(one[self.open[site]]) for one in (self.units.least, self.units.most))
                counted.append(lp.add_variable(f"units_{site}", least, most, pulp.LpInteger))
                size = float(self.units.size[self.open[site]])
                room = [(counted[-1], -size)]
            filled = linear([*terms, (1.0, float(load[site])), *room])
            lp.addConstraint(filled * fine <= 0, f"room_{site}")
        if self.units is not None:
            lp.addConstraint(linear((one, 1.0) for one in counted) <= self.units.total, "units")

    def _start(
        self,
        pairs: list[tuple[int, int]],
        shares: list[pulp.LpVariable],
        start: Sent,
        place: IntArray,
    ) -> dict[pulp.LpVariable, float]:
        known = {
            (row, site): share
            for row, site, share in zip(
                start.rows.tolist(), place[start.sites].tolist(), start.shares.tolist(), strict=True
            )
        }
        return {share: known.get(pair, 0.0) for pair, share in zip(pairs, shares, strict=True)}

    def _read(
        self, settled: IntArray, at: IntArray, rows: IntArray, sites: IntArray, values: FloatArray
    ) -> Sent | None:
        """The answer in these values; None where rounding puts more somewhere than there is room for."""
        if self.whole:
            values = np.round(values)
        used = values > (0.0 if self.whole else SHARE_TOLERANCE)
        shares = np.concatenate([np.ones(len(settled)), values[used]])
        all_rows = np.concatenate([settled, rows[used]])
        all_sites = np.concatenate([at, sites[used]])
        given = np.bincount(all_rows, weights=shares, minlength=len(self.demand))
        shares = shares / given[all_rows]
        load = np.bincount(all_sites, weights=shares * self.demand[all_rows], minlength=len(self.open))
        slack = room_slack(single=self.whole) * np.maximum(1.0, self.room)
        if (load > self.room + slack).any() or not given.all():
            return None
        cost = float((shares * self.costs[all_sites, all_rows]).sum())
        return Sent(all_rows, self.open[all_sites], shares, cost)
