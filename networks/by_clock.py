"""One journey with the clock running: every ferry as it sails at the time at which its quay is reached.

The tables and matrices of this project take *one* clock time for a whole journey
(:class:`networks.ferries.FerryConditions`): under ``time_min = 22:00`` a ferry that closes at 23:00 is open,
even to somebody who gets there at 00:30, and a ferry that opens at 05:00 is closed. That is what makes
thousands of scenarios cheap. :func:`route_by_clock` checks a single journey exactly instead.

**The model.** Somebody who reaches a quay at ``t`` takes what brings them across first of all chances to
board from then on (:mod:`networks.boardings`): departures and windows of the days of service, which may pass
midnight, and call-outs at night. Whoever comes after the last departure waits for the morning, or for the
call-out if that is sooner. Nobody arrives earlier by coming later (*first in, first out*), so Dijkstra's
algorithm with arrival times finds the earliest arrival (Dreyfus, *An Appraisal of Some Shortest-Path
Algorithms*, 1969). Under the ``headway`` model a person who has waited for the first departure still waits
half the headway: the model does not know that departure to the minute. No wait is cut short: the longest wait
of the conditions (``wait_cap_min``) is a convention of tables.

A convoy is a ferry on land (:mod:`networks.convoys`): it is met at the moment at which its stretch is
reached, and whoever comes after the last one of the day waits for the morning's first.

**What stays at the time of leaving**: all speeds.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from networks.arrays import FloatArray, IntArray
from networks.boardings import Chance, chances
from networks.brief import Brief
from networks.convoys import at_any_hour, convoy_conditions, convoys_of, other_wait_min
from networks.errors import Fault, NetworkDataError
from networks.ferries import (
    MINUTES_PER_DAY,
    SSB_FERRY_SPEED_KPH,
    FerryConditions,
    FerryService,
)
from networks.network import TravelNetwork
from networks.overlays import Ferries, apply_overlays
from networks.points import split_junctions
from networks.routes import NodeId, Route, route, route_along
from networks.sentences import Sentence

#: How long after leaving a ferry may still be boarded, minutes: a day.
PATIENCE_MIN = MINUTES_PER_DAY
#: A crossing of no time counts as this long where factors on it are found, seconds.
_LEAST_S = 1e-6


@dataclass(frozen=True, slots=True, repr=False)
class TimedRoute(Brief):
    """The route of earliest arrival, with the clock running.

    Attributes:
        route: the route; its waits and crossings are those at the times at which the ferries are reached.
        leave_min: minutes after midnight at which it begins.
        arrive_min: minutes after the same midnight at which it ends, may pass 1440; NaN when there is no way.
        leg_clock_min: (begin, end) of each leg, minutes after the same midnight.
        one_clock_min: minutes of the fastest route with every ferry as at the time of leaving, which is what
            tables and matrices hold; NaN where that has no way.
        patience_min: how long after leaving a ferry could still be boarded.
    """

    route: Route
    leave_min: float
    arrive_min: float
    leg_clock_min: tuple[tuple[float, float], ...]
    one_clock_min: float
    patience_min: float

    def as_dict(self) -> dict[str, Any]:
        """The route as plain values, ready for JSON; None where there is no way."""
        values = self.route.as_dict()
        for leg, (begin, end) in zip(values["legs"], self.leg_clock_min, strict=True):
            leg |= {"begins": clock_text(begin), "ends": clock_text(end)}
        return values | {
            "leaves": clock_text(self.leave_min),
            "arrives": clock_text(self.arrive_min) if self.route.reachable else None,
            "one_clock_min": None if np.isnan(self.one_clock_min) else self.one_clock_min,
            "clock": self.explanation,
        }

    @property
    def explanation(self) -> str:
        """What was assumed about the time of day, and what the tables hold instead."""
        leaving = clock_text(self.leave_min)
        if np.isnan(self.one_clock_min):
            static = Sentence("net.no_way", "no way")
        else:
            static = Sentence("net.minutes", "{minutes:.0f} min", minutes=float(self.one_clock_min))
        return Sentence(
            "net.by_clock",
            "every ferry at the time at which its quay is reached, leaving at {leaving}; with every ferry "
            "as at {leaving}, as in tables: {static}",
            leaving=leaving,
            static=static,
        )


def clock_text(minutes: float) -> str:
    """Minutes after midnight as ``22:05``, with the days passed: ``06:10 (+1 day)``."""
    day, minute = divmod(round(minutes), 1440)
    later = f" (+{day} day{'s' if day > 1 else ''})" if day else ""
    return f"{minute // 60:02}:{minute % 60:02}{later}"


def route_by_clock(
    network: TravelNetwork,
    from_node: NodeId,
    to_node: NodeId,
    conditions: FerryConditions,
    *,
    patience_min: float = PATIENCE_MIN,
) -> TimedRoute:
    """The route of earliest arrival between two nodes, the clock running from ``conditions.time_min`` on.

    Args:
        network: the network; of its overlays, those that set ferry conditions give way to ``conditions``.
        from_node: id of the start node.
        to_node: id of the end node.
        conditions: ferry model, and the time, weekday and date of leaving.
        patience_min: a ferry must be boarded within this long after leaving.

    Raises:
        UnknownPlaceError: a node is not in the network.
        NetworkDataError: no time of leaving, or an impossible patience.
    """
    leave_min = _checked_leaving(conditions, patience_min)
    start, stop = (int(position) for position in network.positions([from_node, to_node]))
    open_at_all_hours, ferries = ferries_apart(at_any_hour(network), conditions)
    free = replace(conditions, wait_cap_min=MINUTES_PER_DAY)
    met = _Sailings(
        open_at_all_hours,
        ferries,
        free,
        leave_min + patience_min,
        convoys_of(network, open_at_all_hours),
    )
    search = _Search(open_at_all_hours, met, leave_min)
    edges = search.run(start, frozenset(split_junctions(network).get(stop, (stop,))))
    found = Route(from_node, to_node, np.nan, np.nan, (), (), network.overlays)
    if edges is not None:
        found = replace(
            route_along(search.timed(edges), from_node, to_node, edges), overlays=network.overlays
        )
    ends = (leave_min + np.cumsum([0.0, *(leg.travel_time_min for leg in found.legs)])).tolist()
    static, _ = ferries_apart(network, conditions)
    at_one_clock = route(static, from_node, to_node).travel_time_min
    return TimedRoute(
        route=found,
        leave_min=leave_min,
        arrive_min=leave_min + found.travel_time_min,
        leg_clock_min=tuple(itertools.pairwise(ends)),
        one_clock_min=at_one_clock,
        patience_min=patience_min,
    )


def _checked_leaving(conditions: FerryConditions, patience_min: float) -> float:
    faults = []
    if conditions.time_min is None:
        faults.append(Fault("a journey by the clock needs a time of leaving", where="time_min", value="None"))
    if not patience_min >= 0 or np.isinf(patience_min):
        faults.append(Fault("must be a number of at least 0", where="patience_min", value=str(patience_min)))
    if faults or conditions.time_min is None:
        raise NetworkDataError(faults)
    return conditions.time_min


@dataclass(frozen=True)
class FerryEdges:
    """What overlays other than ferry conditions do to ferry edges; arrays are (n_edges,).

    Attributes:
        factor: multiplies the crossing; ``inf`` = out of use.
        wait_s: seconds of waiting added.
    """

    factor: FloatArray
    wait_s: FloatArray


def ferries_apart(network: TravelNetwork, conditions: FerryConditions) -> tuple[TravelNetwork, FerryEdges]:
    """The network with every ferry as at the time asked about, and what overlays do to ferries at any time.

    Overlays of the network that set ferry conditions give way to ``conditions``.
    """
    base = network.base or network
    others = [overlay for overlay in network.applied if not isinstance(overlay, Ferries)]
    static = apply_overlays(base, [*others, Ferries("ferries at the time of leaving", conditions)])
    if base.service_index is None:
        return static, FerryEdges(np.ones(base.n_edges), np.zeros(base.n_edges))
    at_sea = np.flatnonzero(base.service_index >= 0)
    crossing, wait = base.moving_s.copy(), base.wait_s.copy()
    crossing[at_sea] = [
        max(60.0 * _crossing_min(base.services[service], conditions), _LEAST_S)
        for service in base.service_index[at_sea].tolist()
    ]
    wait[at_sea] = 0.0
    changed = apply_overlays(base.with_times(moving_s=crossing, wait_s=wait), others)
    factor = np.ones(base.n_edges)
    factor[at_sea] = changed.moving_s[at_sea] / crossing[at_sea]
    return static, FerryEdges(factor, changed.wait_s)


def _crossing_min(service: FerryService, conditions: FerryConditions) -> float:
    if conditions.model == "ssb":
        return 60.0 * service.length_km / SSB_FERRY_SPEED_KPH
    return service.crossing_min


class _Sailings:
    """Earliest arrival over each ferry edge; times are minutes after the midnight before leaving.

    Attributes:
        service_of: (n_edges) ferry service of each edge, -1 for none.
    """

    def __init__(
        self,
        network: TravelNetwork,
        edges: FerryEdges,
        conditions: FerryConditions,
        until_min: float,
        convoys: Mapping[int, tuple[FerryService, ...]],
    ) -> None:
        self._network, self._edges, self._conditions = network, edges, conditions
        self._until_min = until_min
        self.convoys = convoys
        self._known: dict[tuple[int, str], tuple[Chance, ...]] = {}
        index = network.service_index
        self.service_of: list[int] = [-1] * network.n_edges if index is None else index.tolist()
        directions = network.labels.get("direction")
        self._direction: Callable[[int], str] = (
            (lambda _: "forward") if directions is None else (lambda edge: directions[edge] or "forward")
        )

    def board(self, edge: int, ready_min: float) -> tuple[float, float]:
        """Minutes waited and minutes crossing of the earliest arrival; infinite when none is in time."""
        service = self.service_of[edge]
        factor, extra = float(self._edges.factor[edge]), float(self._edges.wait_s[edge]) / 60.0
        best = (np.inf, np.inf)
        if np.isinf(factor):
            return best
        direction = "backward" if self._direction(edge) == "backward" else "forward"
        for chance in self._chances_of(service, direction):
            at = max(ready_min, chance.first)
            if ready_min > chance.last or at > self._until_min:
                continue
            wait, crossing = at - ready_min + chance.wait_min + extra, chance.crossing_min * factor
            if wait + crossing < sum(best):
                best = (wait, crossing)
        return best

    def join(self, edge: int, ready_min: float) -> tuple[float, float]:
        """Minutes waited for the convoys of an edge, one after the other, and minutes of its drive."""
        several = self.convoys[edge]
        waited = other_wait_min(self._network, edge, several)
        conditions = convoy_conditions(self._conditions)
        days = int(self._until_min // MINUTES_PER_DAY) + 1
        for convoy in several:
            now = ready_min + waited
            ways = [
                max(now, chance.first) - now + chance.wait_min
                for chance in chances(convoy, "forward", conditions, days)
                if now <= chance.last and max(now, chance.first) <= self._until_min
            ]
            waited += min(ways, default=np.inf)
        return waited, several[-1].crossing_min

    def _chances_of(self, service: int, direction: str) -> tuple[Chance, ...]:
        if (service, direction) not in self._known:
            days = int(self._until_min // MINUTES_PER_DAY) + 1
            found = chances(self._network.services[service], direction, self._conditions, days)
            self._known[service, direction] = found
        return self._known[service, direction]


class _Search:
    """Dijkstra's algorithm over arrival times."""

    def __init__(self, network: TravelNetwork, sailings: _Sailings, leave_min: float) -> None:
        self._network, self._sailings, self._leave_s = network, sailings, 60.0 * leave_min
        self._sailed: dict[int, tuple[float, float]] = {}
        self._static_s: list[float] = network.seconds.tolist()

    def run(self, start: int, stops: frozenset[int]) -> IntArray | None:
        """Edges of the earliest arrival at one of some nodes, or None where there is no way."""
        topology = self._network.topology
        indptr, heads = topology.indptr.tolist(), topology.heads.tolist()
        at_s, done = {start: self._leave_s}, set[int]()
        came_by: dict[int, int] = {}
        queue = [(self._leave_s, start)]
        while queue:
            now_s, node = heapq.heappop(queue)
            if node in done:
                continue
            if node in stops:
                return self._back(node, start, came_by)
            done.add(node)
            for edge in range(indptr[node], indptr[node + 1]):
                then_s, head = now_s + self._seconds(edge, now_s), heads[edge]
                if then_s < at_s.get(head, np.inf):
                    at_s[head], came_by[head] = then_s, edge
                    heapq.heappush(queue, (then_s, head))
        return None

    def _seconds(self, edge: int, now_s: float) -> float:
        if edge in self._sailings.convoys:
            wait, crossing = self._sailings.join(edge, now_s / 60.0)
        elif self._sailings.service_of[edge] < 0:
            return self._static_s[edge]
        else:
            wait, crossing = self._sailings.board(edge, now_s / 60.0)
        self._sailed[edge] = (60.0 * wait, 60.0 * crossing)
        return 60.0 * (wait + crossing)

    def _back(self, node: int, start: int, came_by: dict[int, int]) -> IntArray:
        edges = []
        while node != start:
            edges.append(came_by[node])
            node = int(self._network.topology.tails[edges[-1]])
        return np.asarray(edges[::-1], dtype=np.int64)

    def timed(self, edges: IntArray) -> TravelNetwork:
        """The network with the ferries of a route as they were boarded."""
        moving_s, wait_s = self._network.moving_s.copy(), self._network.wait_s.copy()
        for edge in edges.tolist():
            if edge in self._sailed:
                wait_s[edge], moving_s[edge] = self._sailed[edge]
        return self._network.with_times(moving_s=moving_s, wait_s=wait_s)
