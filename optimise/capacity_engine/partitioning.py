"""The capacitated p-median as a set partitioning over clusters that are written out.

Multipliers of "everybody is served once" give each cluster a reduced cost: what the bound becomes, at least,
where it is used. All clusters that keep it below the best answer known are listed, cuts raise the bound of
the linear program over them, which leaves fewer, and HiGHS chooses among the last (see
:mod:`optimise.capacity_engine.cluster_kernels` for the sources). Where they are too many, those of the least
reduced costs give a better answer, after which they may be few enough, and still a bound: that of their
linear program, or what the first cluster left out would cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pulp

from optimise.algebra import linear, value_of
from optimise.arrays import FloatArray, IntArray
from optimise.capacity_engine.capacity_kernels import CLOSED, FREE, OPEN
from optimise.capacity_engine.clusters import ClusterProgram, Clusters, Rooms
from optimise.capacity_engine.knapsack_bound import whole_bound
from optimise.exact import LIMIT_TOLERANCE
from optimise.running import Limits, run_program
from optimise.service import SCALED_WEIGHT
from optimise.status import Status

if TYPE_CHECKING:
    from optimise.capacity_engine.capacity import CapacitySearch

#: Places in the lists of all clusters, and in those of a part of them.
_ALL, _PART = 40_000_000, 3_000_000
#: Clusters that one program of HiGHS decides, and that one holds which only looks for a better answer.
_DECIDED, _TRIED = 50_000, 3_000
#: Wall seconds of such a look, at most, and its share of the time that is left.
_LOOK_S, _LOOK_SHARE = 30.0, 0.2
#: Passes, each after a better answer; steps to better multipliers; how often a range too wide is narrowed.
_PASSES, _POLISHED, _NARROWED = 8, 5, 14
#: A round of cuts, or a step, that closes less of the gap than this does not pay; so many are waited for.
_WORTHWHILE, _PATIENCE = 0.04, 2
#: Share of a range that is tried next where it holds too many, and rounding of reduced costs.
_NARROWER, _ROUNDING = 0.65, 1e-9
#: Clusters below which more cuts are of no use.
_FEW = 600


@dataclass(frozen=True, eq=False, slots=True)
class _Base:
    """What some multipliers say.

    Attributes:
        multipliers: (n_rows,) of "everybody is served once".
        values: (n_sites,) the least that a cluster of the site costs, less the multipliers.
        instead: (n_sites,) what the bound counts for a site, or for the one that it would replace; ``-inf``
            where no site may be added.
        bound: of these multipliers.
    """

    multipliers: FloatArray
    values: FloatArray
    instead: FloatArray
    bound: float


class Partitioning:
    """One set partitioning of a search.

    Args:
        search: whose costs, sites, best answer and bound are used, and made better.
        demand: (n_rows,) cells of room.
        room: (n_sites,) cells of room.
    """

    def __init__(self, search: CapacitySearch, demand: IntArray, room: IntArray) -> None:
        self.search, self.demand, self.room = search, demand, room
        space = search.room * (1.0 + LIMIT_TOLERANCE)
        self.rooms = Rooms(search.costs, search.demand, space, demand, room)
        self.counted = search.status == FREE
        self.n_free = search.n_open - int((search.status == OPEN).sum())

    def settle(self) -> bool:
        """Raise the bound and improve the answer of the search; True where nothing better is left."""
        search = self.search
        base = self._polished(self._base(search.multipliers))
        for _ in range(_PASSES):
            known = search.best
            search.raise_bound(base.bound)
            if search.done:
                return True
            found = self._listed(base)
            if found is not None and self._decided(*found):
                return True
            if found is None or search.late() or search.best == known:
                return False
        return False

    def _base(self, multipliers: FloatArray) -> _Base:
        """What these multipliers say of each site."""
        search, told, values = self.search, multipliers.copy(), np.zeros(len(self.room))
        mean_choice = np.zeros(len(values))
        bound = whole_bound(
            search.costs, self.demand, self.room, search.n_open, search.status, search.best, told, values,
            mean_choice, 1,
        )  # fmt: skip
        free = np.sort(values[self.counted])
        instead = np.full(len(values), -np.inf)
        instead[search.status == OPEN] = values[search.status == OPEN]
        if 0 < self.n_free <= len(free):
            instead[self.counted] = np.minimum(values[self.counted], free[self.n_free - 1])
        return _Base(multipliers, values, instead, bound)

    def _polished(self, base: _Base) -> _Base:
        """Better multipliers, towards the prices of the linear program over the clusters nearest to them."""
        for _ in range(_POLISHED):
            gap = self.search.cutoff() - base.bound
            found = self._within(base, gap, _PART // 10)
            if found is None or gap <= 0.0:
                return base
            shares = self._program(found[0]).solve(self._reduced(base, found[0]))
            if shares is None:
                return base
            tried = [
                self._base(weight * shares.prices + (1.0 - weight) * base.multipliers)
                for weight in (1.0, 0.5, 0.2)
            ]
            best = max(tried, key=lambda one: one.bound)
            if best.bound - base.bound < _WORTHWHILE * gap:
                return max(best, base, key=lambda one: one.bound)
            base = best
        return base

    def _listed(self, base: _Base) -> tuple[Clusters, FloatArray, float] | None:
        """Clusters, their reduced costs, and what an answer costs at least that uses another one."""
        gap = self.search.cutoff() - base.bound
        clusters = self._all(base, gap, _ALL)
        found = self._within(base, gap, _PART) if clusters is None else (clusters, np.inf)
        if found is None:
            return None
        clusters, width = found
        self.search.figures |= {"clusters": float(len(clusters)), "clusters_are_all": float(width == np.inf)}
        return clusters, self._reduced(base, clusters), base.bound + width

    def _within(self, base: _Base, gap: float, most: int) -> tuple[Clusters, float] | None:
        """As many clusters as there are places, and how far above their site's best they go."""
        width = gap
        for _ in range(_NARROWED):
            clusters = self._all(base, width, most)
            if clusters is not None:
                return clusters, np.inf if width == gap else width
            width *= _NARROWER
        return None

    def _all(self, base: _Base, width: float, most: int) -> Clusters | None:
        search = self.search
        limits = base.instead + width + _ROUNDING * abs(search.best)
        return self.rooms.clusters(base.multipliers, base.values, limits, most, search.limits.deadline)

    def _reduced(self, base: _Base, clusters: Clusters) -> FloatArray:
        return clusters.reduced(base.multipliers, np.where(np.isfinite(base.instead), base.instead, 0.0))

    def _program(self, clusters: Clusters) -> ClusterProgram:
        search = self.search
        return ClusterProgram(
            clusters, len(self.demand), self.counted, self.n_free, search.n_open, search.best,
            search.limits.deadline,
        )  # fmt: skip

    def _decided(self, clusters: Clusters, reduced: FloatArray, beyond: float) -> bool:
        """Cut, leave out what no better answer uses, and let HiGHS choose; True where nothing better is left.

        ``beyond`` is what an answer costs at least that uses a cluster which is not listed.
        """
        search, program, patience, before = self.search, self._program(clusters), _PATIENCE, -np.inf
        while True:
            shares = program.solve(reduced)
            if shares is None:
                return False
            search.raise_bound(min(shares.bound, beyond))
            left = search.cutoff() - shares.bound
            kept = shares.reduced <= left + _ROUNDING * abs(search.best)
            if left < 0.0 or not kept.any():
                return beyond > search.cutoff()
            patience -= shares.bound - before < _WORTHWHILE * left
            before = shares.bound
            more = patience > 0 and int(kept.sum()) > _FEW and program.cut(shares) > 0
            program.keep(kept)
            reduced = shares.reduced[kept]
            if not more:
                break
        search.figures |= {"clusters_left": float(len(reduced)), "subset_rows": float(len(program.triples))}
        return self._chosen(program, reduced, beyond)

    def _chosen(self, program: ClusterProgram, reduced: FloatArray, beyond: float) -> bool:
        """HiGHS on what the cuts leave: on the most promising, and where these are all, on all."""
        search, count = self.search, len(reduced)
        known, complete = search.best, beyond > search.cutoff()
        if count > _TRIED or not complete:
            look = search.limits.part(_LOOK_SHARE).at_most(_LOOK_S)
            self._solve(program, np.argsort(reduced, kind="stable")[:_TRIED], look)
            if search.best < known or count > _DECIDED:
                return False
        return complete and self._solve(program, np.arange(count), search.limits)

    def _solve(self, program: ClusterProgram, chosen: IntArray, limits: Limits) -> bool:
        """Choose among these clusters; True where no better choice of them is left.

        Raises:
            KeyboardInterrupt: HiGHS was interrupted.
        """
        search, clusters = self.search, program.clusters.part(chosen)
        lp, scale = pulp.LpProblem("clusters", pulp.LpMinimize), SCALED_WEIGHT / search.best
        uses = [lp.add_variable(f"cluster_{at}", cat=pulp.LpBinary) for at in range(len(clusters))]
        by_row: list[list[pulp.LpVariable]] = [[] for _ in self.demand]
        by_site: list[list[pulp.LpVariable]] = [[] for _ in self.room]
        for at, site in enumerate(clusters.sites.tolist()):
            by_site[site].append(uses[at])
            for row in clusters.of(at).tolist():
                by_row[row].append(uses[at])
        if not all(by_row):
            return True
        for row, own in enumerate(by_row):
            lp.addConstraint(linear((use, 1.0) for use in own) == 1, f"serve_{row}")
        for site, own in enumerate(by_site):
            if len(own) > 1:
                lp.addConstraint(linear((use, 1.0) for use in own) <= 1, f"site_{site}")
        counted = [(use, 1.0) for site in np.flatnonzero(self.counted).tolist() for use in by_site[site]]
        if counted:
            lp.addConstraint(linear(counted) <= self.n_free, "count")
        for cut, holders in enumerate(program.holders(chosen)):
            if len(holders) > 1:
                lp.addConstraint(linear((uses[at], 1.0) for at in holders.tolist()) <= 1, f"three_{cut}")
        lp.setObjective(linear(zip(uses, (scale * clusters.costs).tolist(), strict=True)))
        cutoff = scale * (search.best - 0.5 * search.step)
        run = run_program(lp, limits.silent(), scale=scale, cutoff=cutoff)
        if run.status is Status.INTERRUPTED:
            raise KeyboardInterrupt
        if run.has_values:
            self._offer(clusters, np.flatnonzero([value_of(use) > 0.5 for use in uses]))
        return run.status in (Status.OPTIMAL, Status.INFEASIBLE)

    def _offer(self, clusters: Clusters, chosen: IntArray) -> None:
        """Take over a choice of clusters that serves everybody once, where it is better."""
        search, goes = self.search, np.full(len(self.demand), -1)
        for cluster in chosen.tolist():
            goes[clusters.of(cluster)] = clusters.sites[cluster]
        if (goes < 0).any():
            return
        cost = float(search.costs[goes, np.arange(len(goes))].sum())
        if cost < search.best:
            sites = search.status == OPEN
            sites[goes] = True
            spare = np.flatnonzero((search.status != CLOSED) & ~sites)
            sites[spare[: search.n_open - int(sites.sum())]] = True
            search.best, search.sites, search.goes, search.shares = cost, sites, goes, None
            search.tell()
