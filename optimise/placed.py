"""A placement in the positions of one problem: open sites, and who is served from where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.exact import SHARE_TOLERANCE
from optimise.problem import PlacementProblem


@dataclass(frozen=True, eq=False)
class Placed:
    """Open sites and who is served from where.

    Attributes:
        sites: (n_sites,) True for open sites.
        assignment: (n_demand,) position of the serving site, -1 for none; the largest share when split.
        units: (n_sites,) units (vehicles, beds) at each site, or None where a site is just open.
        shares: (n_demand, n_sites) share of each demand point that each site serves, for models that assign
            (capacities); None where everyone goes to the nearest open site.
    """

    sites: BoolArray
    assignment: IntArray
    units: IntArray | None = None
    shares: FloatArray | None = None

    @classmethod
    def nearest(
        cls,
        problem: PlacementProblem,
        sites: BoolArray,
        *,
        limit: FloatArray | float = np.inf,
        units: IntArray | None = None,
    ) -> Placed:
        """Everyone goes to the nearest open site within ``limit``; equal distances go to the first site."""
        opened = np.flatnonzero(sites)
        if not len(opened):
            return cls(sites, np.full(problem.n_demand, -1, dtype=np.int64), units)
        least, best = problem.held.nearest(opened)
        served = np.isfinite(least) & (least <= limit)
        return cls(sites, np.where(served, opened[best], -1).astype(np.int64), units)

    @classmethod
    def shared(
        cls, sites: BoolArray, shares: FloatArray, assignment: IntArray, units: IntArray | None
    ) -> Placed:
        """Everyone goes where ``shares`` says."""
        return cls(sites, assignment, units, shares)

    def minutes(self, problem: PlacementProblem) -> FloatArray:
        """(n_demand,) minutes to the serving site; inf for the unserved; the mean over shares when split."""
        if self.shares is not None:
            used = np.where(self.shares > 0, problem.costs, 0.0)
            given = self.shares.sum(axis=1)
            mean = (self.shares * used).sum(axis=1) / np.where(given > 0, given, 1.0)
            return np.where(given > SHARE_TOLERANCE, mean, np.inf)
        served = self.assignment >= 0
        rows, site, held = np.arange(problem.n_demand), np.where(served, self.assignment, 0), problem.held
        column = site if held.order is None else held.order[site]
        return np.where(served, held.matrix[rows, column], np.inf)

    def nearest_min(self, problem: PlacementProblem) -> FloatArray:
        """(n_demand,) minutes to the nearest open site, whoever it serves; inf when none is reached."""
        if not self.sites.any():
            return np.full(problem.n_demand, np.inf)
        return problem.held.nearest(np.flatnonzero(self.sites))[0]

    def served(self) -> FloatArray:
        """(n_demand,) share of each demand point that is served at all."""
        if self.shares is not None:
            return np.asarray(self.shares.sum(axis=1))
        return (self.assignment >= 0).astype(np.float64)

    def within(self, problem: PlacementProblem, minutes: float) -> FloatArray:
        """(n_demand,) share of each demand point that is served, or could be, within ``minutes``."""
        if self.shares is not None:
            return np.asarray(np.where(problem.costs <= minutes, self.shares, 0.0).sum(axis=1))
        return (self.nearest_min(problem) <= minutes).astype(np.float64)
