"""A network reduced to its ferries: the drives between their quays, to targets, and from homes.

Convoys are ferries on land (:mod:`networks.convoys`). Between two ferries the fastest way is the
fastest road, whatever the time of day. So the search for
arrival-time functions needs no nodes but quays: a few many-to-many tables of the network with every ferry
closed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from networks.arrays import FloatArray, IntArray
from networks.arrival.pieces import NEVER, linked
from networks.arrival.sailings import Basis, basis_of, drawn_timetable, locked_out, sailing_function
from networks.boardings import night_of
from networks.by_clock import FerryEdges, ferries_apart
from networks.convoys import at_any_hour, convoy_conditions, convoys_of, other_wait_min, rows_along
from networks.ferry_service import MINUTES_PER_DAY, FerryConditions, FerryService
from networks.network import TravelNetwork
from networks.points import SnappedPoints
from networks.times import travel_time_matrix

#: Functions of ferries that are kept: a hundred ferries, both ways, twenty draws, and as many again.
_SAILINGS_KEPT = 8192


@dataclass(frozen=True, eq=False)
class FerryGraph:
    """Ferry edges with the drives around them; minutes, :data:`~networks.arrival.pieces.NEVER` = no road.

    Attributes:
        roads: the network without ferries and without the edges by which convoys are entered.
        edges: (E,) ferry edges of the network, then the edges by which convoys are entered.
        quays: (Q,) nodes that ferries leave from, then one for each edge of a convoy.
        tail_of: (E,) quay of each edge, a position in ``quays``.
        heads: (E,) node where each edge ends.
        onward_min: (E, Q) drive from the end of each edge to each quay.
        effects: what overlays do to ferries.
        direction: "forward" or "backward" of each edge (E,).
        static: the network before edges were closed.
        convoys: edge -> the convoys waited for there.
    """

    roads: TravelNetwork
    edges: IntArray
    quays: IntArray
    tail_of: IntArray
    heads: IntArray
    onward_min: FloatArray
    effects: FerryEdges
    direction: tuple[str, ...]
    static: TravelNetwork
    convoys: Mapping[int, tuple[FerryService, ...]]

    def from_points(self, origins: SnappedPoints, targets: SnappedPoints | None = None) -> FloatArray:
        """(n_origins, Q) drive from each origin to each quay; below 0 for homes that a convoy passes.

        Whoever shares the edge of a convoy with a target boards at its start: the cautious side, as nobody
        is taken backwards.
        """
        found = _minutes(self.roads, origins, self.quays)
        shared = set() if targets is None else {position for _, position, *_ in self._along(targets)}
        for row, position, behind, _, access in self._along(origins):
            quay = self.tail_of[position]
            drive = access if position in shared else access - behind
            found[row, quay] = min(found[row, quay], drive)
        return found

    def to_targets(self, targets: SnappedPoints) -> tuple[FloatArray, FloatArray]:
        """(E, n_targets) drive from the end of each edge, and (Q, n_targets) from each quay.

        Below 0 from the end of a convoy's edge along which a target lies. A road beside a convoy says nothing
        of whoever lives along it, so there is none from its start.
        """
        arrive, start = _minutes(self.roads, self.heads, targets), _minutes(self.roads, self.quays, targets)
        for row, position, _, ahead, _ in self._along(targets):
            arrive[position, row] = min(arrive[position, row], float(targets.arriving_s[row]) / 60.0 - ahead)
        start[len(self.quays) - len(self.convoys) :] = NEVER
        return arrive, start

    def _along(self, points: SnappedPoints) -> list[tuple[int, int, float, float, float]]:
        first = len(self.edges) - len(self.convoys)
        positions = {int(edge): first + number for number, edge in enumerate(self.edges[first:].tolist())}
        return rows_along(points, positions, self.static) if positions else []

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
        known: dict[int, tuple[FerryService, FerryConditions, Basis]] = {}
        found = []
        for edge, direction in zip(self.edges.tolist(), self.direction, strict=True):
            if edge in self.convoys:
                found.append(self._convoy(edge, conditions, days, draw, draws))
                continue
            assert index is not None
            number = int(index[edge])
            if number not in known:
                known[number] = _drawn(services[number], conditions, draw, draws)
            service, under, basis = known[number]
            factor, extra = float(self.effects.factor[edge]), float(self.effects.wait_s[edge]) / 60.0
            found.append(_sailing(service, direction, under, days, factor, extra, basis))
        return found

    def _convoy(
        self, edge: int, conditions: FerryConditions, days: int, draw: int | None, draws: int
    ) -> FloatArray:
        """Wait for the convoys of an edge one after the other, then drive it."""
        several = self.convoys[edge]
        extra = other_wait_min(self.static, edge, several)
        found = None
        for convoy in several:
            asked = draw if convoy.headway_min else None
            service, under, basis = _drawn(convoy, convoy_conditions(conditions), asked, draws)
            here = _sailing(service, "forward", under, days, 1.0, extra if found is None else 0.0, basis)
            found = here if found is None else linked(found, here)
        assert found is not None
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
    # What is asked of nights that are not known changes nothing else: those ferries keep their functions.
    night = conditions.unknown_night if service.night == "unknown" else "closed"
    free = replace(conditions, wait_cap_min=MINUTES_PER_DAY, unknown_night=night, lockout_share=0.0)
    # Without draws call-outs count as answered, but where none ever is.
    locked = conditions.lockout_share >= 1.0
    if night_of(service, free) == "on_call" and draw is not None and conditions.lockout_share > 0.0:
        locked = locked_out(service, conditions, draw=draw, draws=draws)
    if locked:
        free = replace(free, lockout_share=1.0)
    if conditions.model == "ssb" or Basis.TIMETABLE in basis or draw is None:
        return service, free, basis
    return drawn_timetable(service, free, draw=draw, draws=draws), replace(free, model="timetable"), basis


def ferry_graph(network: TravelNetwork, conditions: FerryConditions) -> FerryGraph:
    """The ferries of a network and the drives around them; all overlays hold but ferry conditions."""
    static, effects = ferries_apart(at_any_hour(network), conditions)
    convoys = convoys_of(network, static)
    index = static.service_index
    at_sea = np.flatnonzero(index >= 0) if index is not None else np.empty(0, dtype=np.int64)
    on_land = np.array(list(convoys), dtype=np.int64)
    edges = np.concatenate([at_sea, on_land])
    moving = static.moving_s.copy()
    moving[edges] = np.inf
    roads = static.with_times(moving_s=moving)
    heads = static.topology.heads[edges].astype(np.int64)
    tails = static.topology.tails.astype(np.int64)
    quays, tail_of = np.unique(tails[at_sea], return_inverse=True)
    # A quay of its own for each: a convoy passes homes that board nothing else at its start.
    tail_of = np.concatenate([tail_of, len(quays) + np.arange(len(on_land))])
    quays = np.concatenate([quays, tails[on_land]])
    labels = static.labels.get("direction")
    named: Callable[[int], str] = (
        (lambda _: "forward") if labels is None else (lambda edge: labels[edge] or "forward")
    )
    direction = tuple("backward" if named(edge) == "backward" else "forward" for edge in edges.tolist())
    onward = _minutes(roads, heads, quays)
    return FerryGraph(
        roads, edges, quays, tail_of.astype(np.int64), heads, onward, effects, direction, static, convoys
    )


def _minutes(
    roads: TravelNetwork, origins: SnappedPoints | IntArray, targets: SnappedPoints | IntArray
) -> FloatArray:
    if not len(origins) or not len(targets):
        return np.empty((len(origins), len(targets)))
    found = travel_time_matrix(roads, origins, targets)
    return np.where(np.isnan(found), NEVER, found)
