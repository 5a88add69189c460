"""The nearest of a kind for very many points: only those whose answer can depend on the clock are searched.

Two sweeps to the nearest target find them, whatever the number of points: one over the roads alone, one with
every ferry and convoy as if it left at once. Where the second is no faster, no departure can help at any
moment, and the road is the answer at all of them. Both are bounds, so nothing is lost.

>>> profiles = nearest_profiles(network, homes, hospitals, FerryConditions(weekday=0))
>>> len(profiles.live), profiles.figures(limits_min=(60.0,)).within_share   # of a country a few in a hundred
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from networks.arrays import FloatArray, IntArray
from networks.arrival.contraction import FerryGraph, ferry_graph
from networks.arrival.figures import Figures, figures_of_roads, replaced
from networks.arrival.pieces import BOARDED, DELAY, NEVER, ArrivalFunction, drive_function
from networks.arrival.profile import PATIENCE_MIN, ArrivalProfiles, checked_question, timetables
from networks.ferry_service import MINUTES_PER_DAY, FerryConditions
from networks.network import TravelNetwork
from networks.points import SnappedPoints, as_points
from networks.times import Points, nearest


@dataclass(frozen=True, eq=False)
class NearestProfiles:
    """Arrival-time functions of very many points towards the nearest of a kind.

    Attributes:
        road_min: (n,) drive to the nearest target without ferries, NEVER = no road.
        road_target: (n,) the target that it reaches, 0 where there is none.
        live: positions of the points whose answer can depend on the clock, ascending.
        profiles: the functions of those alone, in that order.
    """

    road_min: FloatArray
    road_target: IntArray
    live: IntArray
    profiles: ArrivalProfiles

    @property
    def draws(self) -> int:
        """Number of draws of the timetables that are not known."""
        return self.profiles.draws

    @property
    def period_min(self) -> float:
        """Length of the time of leaving: a day or a week."""
        return self.profiles.period_min

    def function(self, origin: int, *, draw: int = 0) -> ArrivalFunction:
        """The function of a point, in one draw."""
        at = int(np.searchsorted(self.live, origin))
        if at < len(self.live) and self.live[at] == origin:
            return self.profiles.function(at, draw=draw)
        return self._by_road(origin)

    def functions(self, *, draw: int = 0) -> Iterator[ArrivalFunction]:
        """The functions of all points, in one draw."""
        searched = self.profiles.functions(draw=draw)
        live = np.zeros(len(self.road_min), dtype=np.bool_)
        live[self.live] = True
        for origin, searches in enumerate(live.tolist()):
            yield next(searched) if searches else self._by_road(origin)

    def _by_road(self, origin: int) -> ArrivalFunction:
        return ArrivalFunction(drive_function(float(self.road_min[origin]), int(self.road_target[origin])))

    def figures(
        self,
        *,
        percentiles: Sequence[float] = (0.5, 0.9),
        limits_min: Sequence[float] = (),
        windows: Sequence[tuple[float, float]] | None = None,
        draw: int | None = None,
    ) -> Figures:
        """Figures of all points, (n, windows): see :meth:`~networks.arrival.ArrivalProfiles.figures`."""
        spans = self.profiles.windows() if windows is None else tuple(windows)
        by_road = figures_of_roads(
            self.road_min, len(spans), self.profiles.patience_min, percentiles, limits_min
        )
        if not len(self.live):
            return by_road
        searched = self.profiles.figures(
            percentiles=percentiles, limits_min=limits_min, windows=spans, draw=draw
        )
        return replaced(by_road, self.live, searched)

    def basis(self) -> IntArray:
        """(n,) bits of :class:`~networks.arrival.Basis` that any moment of leaving rests on."""
        bits = np.zeros(len(self.road_min), dtype=np.int64)
        if len(self.live):
            bits[self.live] = self.profiles.basis()
        return bits


def nearest_profiles(
    network: TravelNetwork,
    origins: Points,
    targets: Points,
    conditions: FerryConditions,
    *,
    days: int = 1,
    patience_min: float = PATIENCE_MIN,
    draws: int | None = None,
) -> NearestProfiles:
    """Arrival-time functions towards the nearest target, for any number of points.

    The same functions as :func:`~networks.arrival.arrival_profiles` with ``nearest=True``; only those that a
    departure can change are searched.

    Args:
        network: the network.
        origins: where people leave: snapped points, node positions or node ids.
        targets: where they go.
        conditions: ferry model, and weekday and date of the first day.
        days: days of leaving: 1, or 7 for a week.
        patience_min: what takes longer is no way.
        draws: timetables drawn for ferries whose departures are not known; None = half the headway.

    Raises:
        UnknownPlaceError: a node id is not in the network.
        NetworkDataError: points of another network, no day, a patience below 0 or without end, no draw.
    """
    checked_question(days, patience_min, draws)
    starts, stops = as_points(network, origins), as_points(network, targets)
    graph = ferry_graph(network, conditions)
    arrive, start = graph.to_targets(stops)
    road_min, road_target = _to_nearest(graph.roads, starts, stops)
    longest = max(_greatest(arrive), _greatest(road_min))
    sailings = timetables(graph, conditions, days, patience_min, longest, draws)
    at_once, _ = _to_nearest(leaving_at_once(graph, sailings), starts, stops)
    live = np.flatnonzero((at_once < road_min - BOARDED) | _in_convoys(graph, starts, stops))
    searched = starts.take(live)
    profiles = ArrivalProfiles(
        graph,
        graph.from_points(searched, stops),
        graph.direct(searched, stops),
        arrive,
        start,
        sailings,
        days * MINUTES_PER_DAY,
        patience_min,
        nearest=True,
    )
    return NearestProfiles(road_min, road_target, live, profiles)


def all_at_once(
    network: TravelNetwork, conditions: FerryConditions, *, days: int, patience_min: float, draws: int | None
) -> TravelNetwork:
    """The network with every ferry and convoy leaving when it is reached: no journey is quicker.

    Arguments are those of :func:`nearest_profiles`.
    """
    checked_question(days, patience_min, draws)
    graph = ferry_graph(network, conditions)
    # The horizon of a journey matters to its last departures, not to the least that one of them takes.
    sailings = timetables(graph, conditions, days, patience_min, 0.0, draws)
    return leaving_at_once(graph, sailings)


def leaving_at_once(graph: FerryGraph, sailings: Sequence[Sequence[FloatArray]]) -> TravelNetwork:
    """The roads with every ferry and convoy at the least that any of its departures takes.

    Args:
        graph: the ferries.
        sailings: their functions, one list for each draw.
    """
    least = [
        min((pieces[DELAY].min() for pieces in draws if pieces.shape[1]), default=np.inf)
        for draws in zip(*sailings, strict=True)
    ]
    moving_s, wait_s = graph.roads.moving_s.copy(), graph.roads.wait_s.copy()
    moving_s[graph.edges], wait_s[graph.edges] = 60.0 * np.asarray(least, dtype=np.float64), 0.0
    return graph.roads.with_times(moving_s=moving_s, wait_s=wait_s)


def _in_convoys(graph: FerryGraph, starts: SnappedPoints, stops: SnappedPoints) -> NDArray[np.bool_]:
    """(n,) True for points along a convoy, which they board on its way; all where a target lies along one."""
    edges = np.array(list(graph.convoys), dtype=np.int64)
    if np.isin(stops.edge, edges).any() or np.isin(stops.twin, edges).any():
        return np.ones(len(starts), dtype=np.bool_)
    return np.isin(starts.edge, edges) | np.isin(starts.twin, edges)


def _to_nearest(
    network: TravelNetwork, starts: SnappedPoints, stops: SnappedPoints
) -> tuple[FloatArray, IntArray]:
    minutes, which = nearest(network, starts, stops)
    return np.where(np.isnan(minutes[:, 0]), NEVER, minutes[:, 0]), np.maximum(which[:, 0], 0)


def _greatest(minutes: FloatArray) -> float:
    return float(minutes[minutes < NEVER].max(initial=0.0))
