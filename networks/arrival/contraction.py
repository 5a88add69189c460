"""A network reduced to its ferries: the drives between their quays, to targets, and from homes.

Between two ferries the fastest way is the fastest road, whatever the time of day. So the search for
arrival-time functions needs no nodes but quays: a few many-to-many tables of the network with every ferry
closed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from networks.arrival.pieces import NEVER
from networks.arrival.sailings import Basis, basis_of, drawn_timetable, sailing_function
from networks.by_clock import FerryEdges, ferries_apart
from networks.ferry_service import MINUTES_PER_DAY, FerryConditions, FerryService
from networks.network import TravelNetwork
from networks.points import SnappedPoints
from networks.times import travel_time_matrix

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: Functions of ferries that are kept: a hundred ferries, both ways, twenty draws, and as many again.
_SAILINGS_KEPT = 8192


@dataclass(frozen=True, eq=False)
class FerryGraph:
    """Ferry edges with the drives around them; minutes, :data:`~networks.arrival.pieces.NEVER` = no road.

    Attributes:
        roads: the network without ferries.
        edges: (E,) ferry edges of the network.
        quays: (Q,) nodes that ferries leave from.
        tail_of: (E,) quay of each edge, a position in ``quays``.
        heads: (E,) node where each edge ends.
        onward_min: (E, Q) drive from the end of each edge to each quay.
        effects: what overlays do to ferries.
        direction: "forward" or "backward" of each edge (E,).
    """

    roads: TravelNetwork
    edges: IntArray
    quays: IntArray
    tail_of: IntArray
    heads: IntArray
    onward_min: FloatArray
    effects: FerryEdges
    direction: tuple[str, ...]

    def from_points(self, origins: SnappedPoints) -> FloatArray:
        """(n_origins, Q) drive from each origin to each quay."""
        return _minutes(self.roads, origins, self.quays)

    def to_targets(self, targets: SnappedPoints) -> tuple[FloatArray, FloatArray]:
        """(E, n_targets) drive from the end of each edge, and (Q, n_targets) from each quay."""
        return _minutes(self.roads, self.heads, targets), _minutes(self.roads, self.quays, targets)

    def direct(self, origins: SnappedPoints, targets: SnappedPoints) -> FloatArray:
        """(n_origins, n_targets) drive without any ferry."""
        return _minutes(self.roads, origins, targets)

    def sailings(
        self, conditions: FerryConditions, *, days: int, draw: int | None = None, draws: int = 1
    ) -> list[FloatArray]:
        """The function of each ferry edge, for a number of days.

        Args:
            conditions: ferry model, and weekday and date of the first day.
            days: number of days.
            draw: draw of the timetables of ferries without departures; None = half the headway, without a
                cap.
            draws: number of draws.
        """
        services = self.roads.services
        index = self.roads.service_index
        assert index is not None
        known: dict[int, tuple[FerryService, FerryConditions, Basis]] = {}
        found = []
        for edge, direction in zip(self.edges.tolist(), self.direction, strict=True):
            number = int(index[edge])
            if number not in known:
                known[number] = _drawn(services[number], conditions, draw, draws)
            service, under, basis = known[number]
            factor, extra = float(self.effects.factor[edge]), float(self.effects.wait_s[edge]) / 60.0
            found.append(_sailing(service, direction, under, days, factor, extra, basis))
        return found


@lru_cache(maxsize=_SAILINGS_KEPT)
def _sailing(
    service: FerryService,
    direction: str,
    conditions: FerryConditions,
    days: int,
    factor: float,
    extra_min: float,
    basis: Basis,
) -> FloatArray:
    """The function of a ferry, kept: it does not depend on who travels, and takes longer than all else."""
    found = sailing_function(
        service, direction, conditions, days=days, factor=factor, extra_min=extra_min, basis=basis
    )
    found.setflags(write=False)
    return found


@lru_cache(maxsize=_SAILINGS_KEPT)
def _drawn(
    service: FerryService, conditions: FerryConditions, draw: int | None, draws: int
) -> tuple[FerryService, FerryConditions, Basis]:
    """The ferry as one draw has it, with the conditions under which it is asked, and what it rests on."""
    basis = basis_of(service, conditions)
    free = replace(conditions, wait_cap_min=MINUTES_PER_DAY)
    if conditions.model == "ssb" or Basis.TIMETABLE in basis or draw is None:
        return service, free, basis
    return drawn_timetable(service, free, draw=draw, draws=draws), replace(free, model="timetable"), basis


def ferry_graph(network: TravelNetwork, conditions: FerryConditions) -> FerryGraph:
    """The ferries of a network and the drives around them; all overlays hold but ferry conditions."""
    static, effects = ferries_apart(network, conditions)
    index = static.service_index
    edges = np.flatnonzero(index >= 0) if index is not None else np.empty(0, dtype=np.int64)
    moving = static.moving_s.copy()
    moving[edges] = np.inf
    roads = static.with_times(moving_s=moving)
    heads = static.topology.heads[edges].astype(np.int64)
    quays, tail_of = np.unique(static.topology.tails[edges].astype(np.int64), return_inverse=True)
    labels = static.labels.get("direction")
    named: Callable[[int], str] = (
        (lambda _: "forward") if labels is None else (lambda edge: labels[edge] or "forward")
    )
    direction = tuple("backward" if named(edge) == "backward" else "forward" for edge in edges.tolist())
    onward = _minutes(roads, heads, quays)
    return FerryGraph(roads, edges, quays, tail_of.astype(np.int64), heads, onward, effects, direction)


def _minutes(
    roads: TravelNetwork, origins: SnappedPoints | IntArray, targets: SnappedPoints | IntArray
) -> FloatArray:
    if not len(origins) or not len(targets):
        return np.empty((len(origins), len(targets)))
    found = travel_time_matrix(roads, origins, targets)
    return np.where(np.isnan(found), NEVER, found)
