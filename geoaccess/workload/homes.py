"""Minutes and kilometres by road between the homes of a study: all of them, or those that are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from geoaccess.ground.arrays import FloatArray, IntArray
from networks import SnappedPoints, TravelNetwork, travel_time_matrix
from networks.legs import HeldWays, PartSearch, kilometre_search, travel_kilometres

#: Homes of which all ways are found once and kept; those of more are found for the calls at hand.
KEPT = 2000
_BLOCK = 250
#: Pairs of doors onto the roads that are held for each state; homes along one road share its doors.
_HELD = 4_000_000


@dataclass(frozen=True, eq=False)
class Homes:
    """Demand points on the roads, state by state.

    Attributes:
        networks: (S,) network of each state.
        points: (S,) the demand points on each.
    """

    networks: Sequence[TravelNetwork]
    points: Sequence[SnappedPoints]

    def __call__(self, places: IntArray, states: IntArray) -> FloatArray:
        """(S + 1, P, P) minutes between homes in some states, NaN in others, then kilometres."""
        return self.ways(places, places, states)

    def ways(self, starts: IntArray, ends: IntArray, states: IntArray) -> FloatArray:
        """(S + 1, n, m) minutes from homes to homes in some states, NaN in others, then kilometres."""
        if len(self.points[0]) <= KEPT:
            return self._every[np.ix_(np.arange(len(self.networks) + 1), starts, ends)]
        found = np.full((len(self.networks) + 1, len(starts), len(ends)), np.nan)
        if self._held is not None:
            for state in np.union1d(states, 0).tolist():
                minutes, km = self._held[state](starts, ends)
                if state in states:
                    found[state] = np.where(np.isnan(minutes), np.inf, minutes)
                if state == 0:
                    found[-1] = np.where(np.isnan(km), np.inf, km)
            return found
        for state in states.tolist():
            points = self.points[state]
            minutes = travel_time_matrix(self.networks[state], points.take(starts), points.take(ends))
            found[state] = np.where(np.isnan(minutes), np.inf, minutes)
        points = self.points[0]
        km = travel_kilometres(self._kilometres, points.take(starts), points.take(ends))
        found[-1] = np.where(np.isnan(km), np.inf, km)
        return found

    def own_min(self, state: int) -> FloatArray:
        """(D,) minutes from each home to itself in a state."""
        network, points = self.networks[state], self.points[state]
        if len(points) <= KEPT:
            return np.diagonal(self._every[state])
        blocks = np.split(np.arange(len(points)), np.arange(_BLOCK, len(points), _BLOCK))
        own = [np.diagonal(travel_time_matrix(network, points.take(one), points.take(one))) for one in blocks]
        found = np.concatenate(own)
        return np.where(np.isnan(found), np.inf, found)

    @cached_property
    def _kilometres(self) -> PartSearch:
        return kilometre_search(self.networks[0])

    @cached_property
    def _held(self) -> list[HeldWays] | None:
        """The ways of each state where homes share few doors; None: they are searched when asked for."""
        if HeldWays.pairs(self.networks[0], self.points[0]) > _HELD:
            return None
        return [HeldWays(*pair) for pair in zip(self.networks, self.points, strict=True)]

    @cached_property
    def _every(self) -> FloatArray:
        """(S + 1, D, D) figures between all homes."""
        pairs = list(zip(self.networks, self.points, strict=True))
        found = [travel_time_matrix(network, points, points) for network, points in pairs]
        found.append(travel_kilometres(self.networks[0], self.points[0], self.points[0]))
        every = np.stack(found)
        return np.where(np.isnan(every), np.inf, every)
