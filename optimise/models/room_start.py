"""A good placement with room to start from: greedy choice, then swaps, everybody sent where there is room.

Sites are first chosen without regard to room (:mod:`optimise.starting`), under all conditions on sites. Every
choice is judged by sending each demand point, whole, to one site with room (:func:`assign` of
:mod:`optimise.capacity_engine.capacity_kernels`: order by regret, shifts and swaps); what is whole is allowed
where people may be split, too. Units are as many as the load of a site needs.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from optimise.arrays import BoolArray, FloatArray
from optimise.models.assigning import unit_limits
from optimise.models.first_placements import all_allowed
from optimise.models.pmedian import PMedian
from optimise.placed import Placed
from optimise.running import Limits
from optimise.starting import SwapSearch
from optimise.verification import keeps_limits, keeps_site_limits

if TYPE_CHECKING:
    from optimise.models.capacitated import CapacitatedPMedian
    from optimise.problem import PlacementProblem

#: Passes over all open sites, and other sites that are tried in place of each.
_PASSES, _TRIED = 4, 12


class RoomStart:
    """One search; everybody who is reached is served, or there is no start.

    Args:
        problem: with capacities; columns stand in the order that breaks ties.
        model: how room is asked for.
        limits: ends the search at its deadline.
    """

    def __init__(self, problem: PlacementProblem, model: CapacitatedPMedian, limits: Limits) -> None:
        assert problem.capacities is not None
        self.problem, self.model, self.limits = problem, model, limits
        self.counted = ~problem.unreachable & ((problem.weights > 0) | (problem.demands > 0))
        self.room = np.array(problem.capacities, dtype=np.float64)
        if model.has_units:
            whole = np.ceil(problem.demands.sum() / np.where(self.room > 0, self.room, np.inf)).astype(
                np.int64
            )
            most = unit_limits(model.max_units, problem, int(whole.max(initial=1)))
            self.room = self.room * most
        costs = problem.allowed_costs[self.counted]
        fits = np.isfinite(costs) & (problem.demands[self.counted][:, None] <= self.room[None, :])
        weighted = problem.weights[self.counted][:, None] * np.where(fits, costs, 0.0)
        self.costs: FloatArray = np.ascontiguousarray(np.where(fits, weighted, np.inf).T)
        self.on_sites = [condition for condition in problem.conditions if not condition.promises]
        self.value = np.inf
        self.placed: Placed | None = None

    def best(self) -> Placed | None:
        """The best placement found that keeps everything that is asked; None where none was found."""
        if not self.counted.any():
            nowhere = self._sent(~self.problem.never_open, np.zeros(0, dtype=np.int64))
            return nowhere if self._keeps(nowhere) else None
        for sites in self._firsts():
            self._offer(sites)
        for _ in range(_PASSES):
            before = self.value
            for site in self._open_now():
                for other in self._instead(site):
                    if self._late():
                        return self.placed
                    self._offer(other)
            if not self.value < before:
                break
        return self.placed

    def _firsts(self) -> Iterator[BoolArray]:
        """Sites to begin with: good without regard to room, and those with the most room."""
        problem = self.problem
        if problem.n_open is None and problem.budget is None:
            everything = all_allowed(problem, self.limits)
            if everything is not None:
                yield everything
        found = SwapSearch(problem, PMedian(), self.limits.part(0.3)).best()
        if found is not None:
            yield found
        if problem.n_open is not None:
            ranked = np.where(problem.always_open, np.inf, np.where(problem.free, self.room, -1.0))
            roomy = np.zeros(problem.n_sites, dtype=bool)
            roomy[np.argsort(-ranked, kind="stable")[: problem.n_open]] = True
            yield roomy

    def _open_now(self) -> list[int]:
        placed = self.placed
        return [] if placed is None else np.flatnonzero(placed.sites & self.problem.free).tolist()

    def _instead(self, site: int) -> Iterator[BoolArray]:
        """The sites with another one in place of ``site``: those nearest to whom it serves come first."""
        assert self.placed is not None
        assert self.placed.shares is not None
        sites, problem = self.placed.sites, self.problem
        if not sites[site]:
            return
        without = sites.copy()
        without[site] = False
        if problem.n_open is None:
            yield without
        own = self.placed.shares[self.counted, site] > 0
        middle = np.where(np.isfinite(self.costs[:, own]), self.costs[:, own], 1e6).sum(axis=1)
        others = np.flatnonzero(problem.free & ~sites)
        for other in others[np.argsort(middle[others], kind="stable")[:_TRIED]].tolist():
            swapped = without.copy()
            swapped[other] = True
            yield swapped

    def _offer(self, sites: BoolArray) -> None:
        """Judge a choice of sites; the best one is kept."""
        from optimise.capacity_engine.capacity_kernels import assign  # noqa: PLC0415 - compiles

        if not keeps_site_limits(self.problem, sites, self.on_sites) or not sites.any():
            return
        own, demand = np.flatnonzero(sites), self.problem.demands[self.counted]
        goes = np.zeros(len(demand), dtype=np.int64)
        for by_size in (False, True):
            cost = assign(self.costs[own], demand, self.room[own], np.zeros(len(own)), goes, by_size, np.inf)
            if np.isfinite(cost):
                break
        else:
            return
        value = self.model.start_value(self.problem, sites, cost)
        if value < self.value:
            placed = self._sent(sites, own[goes])
            if self._keeps(placed):
                self.value, self.placed = value, placed

    def _sent(self, sites: BoolArray, goes: np.ndarray) -> Placed:
        shares = np.zeros(self.problem.costs.shape)
        shares[np.flatnonzero(self.counted), goes] = 1.0
        return self.model.placed_of(self.problem, sites, shares)

    def _keeps(self, placed: Placed) -> bool:
        return keeps_limits(self.problem, placed) and not self.model.broken(self.problem, placed)

    def _late(self) -> bool:
        return time.monotonic() > self.limits.deadline
