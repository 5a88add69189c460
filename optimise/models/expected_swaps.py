"""Expected covering with counted vehicles, improved by exchanges of one site or one vehicle, and shaken.

Each exchange is a product of the reach with what people gain or lose; some of the best sites then give way to
others (Lourenco, Martin and Stutzle 2003, *Iterated local search*, in Handbook of Metaheuristics).
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from optimise.arrays import FloatArray, IntArray
from optimise.covering_engine.vehicle_exchange import exchange_vehicles
from optimise.running import Limits
from optimise.verification import keeps_site_limits

if TYPE_CHECKING:
    from optimise.problem import PlacementProblem

#: How often the best placement is shaken under conditions and without, and among how many of the best sites
#: the new ones are drawn.
_SHAKES_CHECKED, _SHAKES, _DRAWN = 60, 400, 8


@dataclass(frozen=True, eq=False, slots=True)
class Worth:
    """People by the sites that reach them.

    Attributes:
        near: (n_people, n_sites) 1 where a site is within the radius.
        weights: (n_people,) all positive.
        busy: (n_people,) busy fraction of the vehicles around each.
    """

    near: sparse.csr_matrix
    weights: FloatArray
    busy: FloatArray

    def of(self, vehicles: IntArray) -> float:
        """What (n_sites,) vehicles are worth."""
        missing = np.power(self.busy, self.near @ vehicles.astype(np.float64))
        return float((self.weights * (1.0 - missing)).sum())

    def gains(self, vehicles: FloatArray, added: int) -> FloatArray:
        """(n_sites,) what so many vehicles more at each site add to whole ``vehicles``."""
        missing = self.weights * np.power(self.busy, self.near @ vehicles)
        return np.asarray(self.near.T @ (missing * (1.0 - np.power(self.busy, added))))


class VehicleSwaps:
    """The best vehicles found so far.

    Args:
        problem: without promises; columns stand in the order that breaks ties.
        worth: what vehicles are worth.
        most: vehicles at a site at most.
        limits: ends every search at its deadline.

    Attributes:
        best: (n_sites,) the best vehicles offered, or found from those; nothing before the first offer.
        value: what they are worth.
        plain: whether nothing but numbers of sites and vehicles, and roles, is asked.
    """

    def __init__(self, problem: PlacementProblem, worth: Worth, most: int, limits: Limits) -> None:
        self.problem, self.worth, self.most, self.limits = problem, worth, most, limits
        self.weight = float(worth.weights.sum())
        self.plain = not problem.conditions and problem.budget is None and problem.max_moves is None
        reached, by_site = worth.near, sparse.csc_matrix(worth.near)
        self.lists = (
            reached.indptr.astype(np.int64), reached.indices.astype(np.int32),
            by_site.indptr.astype(np.int64), by_site.indices.astype(np.int32),
        )  # fmt: skip
        self.best: IntArray = np.zeros(problem.n_sites, dtype=np.int64)
        self.value = -math.inf

    def kept(self, vehicles: IntArray) -> bool:
        """Whether their sites keep the conditions."""
        return keeps_site_limits(self.problem, vehicles > 0, [*self.problem.conditions])

    def offer(self, vehicles: IntArray) -> None:
        """Keep a placement and what exchanges make of it, where that is better than the best."""
        if self.plain:
            vehicles = vehicles.copy()
            exchange_vehicles(
                *self.lists, self.worth.weights, self.worth.busy, self.problem.free, self.most, vehicles
            )
        while not self.plain and time.monotonic() <= self.limits.deadline:
            changed, gain = self._exchange(vehicles)
            if not gain > 1e-9 * self.weight:
                break
            vehicles = changed
        value = self.worth.of(vehicles)
        if value > self.value:
            self.best, self.value = vehicles.copy(), value

    def shake(self, limits: Limits) -> None:
        """Some of the best sites give way to others that promise much, and exchanges follow."""
        random, until = np.random.default_rng(self.limits.seed), limits.deadline
        for _ in range(_SHAKES if self.plain else _SHAKES_CHECKED):
            closing = np.flatnonzero(self.problem.free & (self.best > 0))
            if time.monotonic() > until or len(closing) < 2:
                return
            out = random.choice(closing, min(int(random.integers(2, 7)), len(closing)), replace=False)
            vehicles = self._instead(out, random)
            if vehicles is not None:
                self.offer(vehicles)

    def _instead(self, out: IntArray, random: np.random.Generator) -> IntArray | None:
        """The best placement with other sites in place of these; None where that breaks a condition."""
        vehicles = self.best.copy()
        left, vehicles[out] = int(vehicles[out].sum()), 0
        for _ in out.tolist():
            others = np.flatnonzero(
                self.problem.free & (vehicles == 0) & ~np.isin(np.arange(len(vehicles)), out)
            )
            if not len(others):
                return None
            gains = self.worth.gains(vehicles.astype(np.float64), 1)[others]
            vehicles[random.choice(others[np.argsort(-gains, kind="stable")[:_DRAWN]])] = 1
        for _ in range(left - len(out)):
            gains = self.worth.gains(vehicles.astype(np.float64), 1)
            vehicles[int(np.where((vehicles > 0) & (vehicles < self.most), gains, -np.inf).argmax())] += 1
        return vehicles if self.kept(vehicles) else None

    def _exchange(self, vehicles: IntArray) -> tuple[IntArray, float]:
        """The best exchange of one vehicle, or of one site with its vehicles, and what it gains."""
        problem, found, best = self.problem, vehicles, 0.0
        opened = np.flatnonzero(vehicles > 0)
        for site in opened.tolist():
            for number in sorted({1, int(vehicles[site])}):
                left = vehicles.copy()
                left[site] -= number
                closes = left[site] == 0
                if closes and not problem.free[site]:
                    continue
                gains = self.worth.gains(left.astype(np.float64), number)
                # A site that closes gives way to another one; elsewhere the number of sites would change.
                fits = (
                    (problem.free & (vehicles == 0))
                    if closes
                    else ((left > 0) & (left + number <= self.most))
                )
                fits[site] = False
                gains = np.where(fits, gains - gains[site], -np.inf)
                for other in np.argsort(-gains, kind="stable")[:5].tolist():
                    if not gains[other] > best:
                        break
                    changed = left.copy()
                    changed[other] += number
                    if self.kept(changed):
                        found, best = changed, float(gains[other])
                        break
        return found, best
