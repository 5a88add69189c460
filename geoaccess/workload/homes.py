"""Minutes and kilometres by road between the homes of a study: all of them, or those that are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from geoaccess.ground.arrays import FloatArray, IntArray
from networks import SnappedPoints, TravelNetwork, travel_time_matrix
from networks.engines import EngineThatRan, chosen_engine
from networks.legs import HeldWays, PartSearch, kilometre_search, travel_kilometres
from networks.straight import neighbour_labels

#: Homes of which all ways are found once and kept; those of more are found when they are asked for.
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
        for figure in (*states.tolist(), len(self.networks)):
            found[figure] = self._figures(figure, starts, ends)
        return found

    def pairs(self, figure: int, starts: IntArray, ends: IntArray) -> FloatArray:
        """(n,) minutes in a state, or kilometres after the last, from homes to homes."""
        (here, row), (there, column) = (np.unique(one, return_inverse=True) for one in (starts, ends))
        return self._figures(figure, here, there)[row.reshape(-1), column.reshape(-1)]

    @cached_property
    def labels(self) -> IntArray:
        """(S, D, 3) homes with one in common may be nearer to each other than roads tell."""
        return np.stack([neighbour_labels(*pair) for pair in zip(self.networks, self.points, strict=True)])

    def _figures(self, figure: int, starts: IntArray, ends: IntArray) -> FloatArray:
        """(n, m) minutes in a state, or kilometres after the last."""
        state, kilometres = figure % len(self.networks), figure == len(self.networks)
        network, points = self.networks[state], self.points[state]
        if self._few_doors:
            found = self._held(state)(starts, ends)[int(kilometres)]
        else:
            here, there, engine = points.take(starts), points.take(ends), self._engines[state]
            found = (
                travel_kilometres(self._kilometres, here, there, engine=engine)
                if kilometres
                else travel_time_matrix(network, here, there, engine=engine)
            )
        return np.where(np.isnan(found), np.inf, found)

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
    def _engines(self) -> list[EngineThatRan]:
        """What searches in each state, as for many homes at once: they are asked for again and again."""
        return [chosen_engine(network, KEPT, KEPT) for network in self.networks]

    @cached_property
    def _few_doors(self) -> bool:
        """Whether homes share few doors, so that the ways between these are held."""
        return HeldWays.pairs(self.networks[0], self.points[0]) <= _HELD

    def _held(self, state: int) -> HeldWays:
        if state not in self._doors:
            self._doors[state] = HeldWays(self.networks[state], self.points[state])
        return self._doors[state]

    @cached_property
    def _doors(self) -> dict[int, HeldWays]:
        return {}

    @cached_property
    def _every(self) -> FloatArray:
        """(S + 1, D, D) figures between all homes."""
        pairs = list(zip(self.networks, self.points, strict=True))
        found = [travel_time_matrix(network, points, points) for network, points in pairs]
        found.append(travel_kilometres(self.networks[0], self.points[0], self.points[0]))
        every = np.stack(found)
        return np.where(np.isnan(every), np.inf, every)
