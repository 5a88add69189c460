"""From points, targets and ferry conditions to arrival-time functions and their figures.

>>> profiles = arrival_profiles(network, homes, hospitals, FerryConditions(weekday=0), nearest=True)
>>> profiles.function(0).arrival_min(22 * 60.0)   # who leaves at 22:00 is there at, minutes after midnight
>>> profiles.figures(limits_min=(60.0,)).within_share   # share of the day within an hour
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from networks.arrays import FloatArray, IntArray
from networks.arrival.contraction import FerryGraph, ferry_graph
from networks.arrival.figures import Figures, figures_of, row_length
from networks.arrival.leaving import LEAVING_ROW, LeavingFigures, leave_points, leaving_figures
from networks.arrival.pieces import NEVER, ArrivalFunction
from networks.arrival.points import measure_points
from networks.arrival.search import TowardsTarget, towards
from networks.errors import Fault, NetworkDataError
from networks.ferry_service import MINUTES_PER_DAY, FerryConditions
from networks.network import TravelNetwork
from networks.points import as_points
from networks.sentences import Sentence
from networks.times import Points

#: A way that takes longer than this is no way, minutes: two days.
PATIENCE_MIN = 2 * MINUTES_PER_DAY


@dataclass(frozen=True, eq=False)
class ArrivalProfiles:
    """Arrival-time functions of points towards targets, over one day or one week of leaving.

    Attributes:
        graph: the network reduced to its ferries.
        reach: (n_origins, Q) drive to each quay.
        direct: (n_origins, n_targets) drive without ferries, NEVER = no road.
        arrive: (E, n_targets) drive from the end of each ferry.
        start: (Q, n_targets) drive from each quay.
        sailings: functions of the ferries, one list for each draw.
        period_min: length of the time of leaving: a day or a week.
        patience_min: what takes longer is no way.
        nearest: whether all targets are one (the nearest of a kind).
    """

    graph: FerryGraph
    reach: FloatArray
    direct: FloatArray
    arrive: FloatArray
    start: FloatArray
    sailings: tuple[list[FloatArray], ...]
    period_min: float
    patience_min: float
    nearest: bool

    @property
    def draws(self) -> int:
        """Number of draws of the timetables that are not known."""
        return len(self.sailings)

    @property
    def n_targets(self) -> int:
        """Number of targets, one where all are one."""
        return 1 if self.nearest else self.direct.shape[1]

    def without(
        self, *, edges: NDArray[np.bool_] | None = None, targets: NDArray[np.bool_] | None = None
    ) -> ArrivalProfiles:
        """The same points with ferries or targets lost: no road is searched again, and no timetable drawn.

        Args:
            edges: (n_edges,) True for the edges of the network that are lost; ferries alone.
            targets: (n_targets,) True for targets that are lost; the others keep their positions.

        Raises:
            NetworkDataError: an edge that is no ferry; the drives would not be the same.
        """
        found = self
        if edges is not None:
            gone = edges[self.graph.edges]
            if gone.sum() != edges.sum():
                roads = int(edges.sum() - gone.sum())
                raise NetworkDataError(
                    [
                        Fault(
                            "must be ferries alone",
                            where="edges",
                            value=Sentence("net.word.roads", "{roads} roads", roads=roads),
                        )
                    ]
                )
            closed = np.empty((5, 0))
            kept = tuple(
                [closed if lost else sails for sails, lost in zip(draw, gone.tolist(), strict=True)]
                for draw in self.sailings
            )
            found = replace(found, sailings=kept)
        if targets is not None:
            direct, arrive, start = (
                np.where(targets, NEVER, table) for table in (self.direct, self.arrive, self.start)
            )
            found = replace(found, direct=direct, arrive=arrive, start=start)
        return found

    def function(self, origin: int, target: int = 0, *, draw: int = 0) -> ArrivalFunction:
        """The function of a point towards a target, in one draw."""
        way = self._towards(target, draw)
        direct, which = self._direct(target)
        return way.from_point(self.reach[origin], float(direct[origin]), int(which[origin]))

    def functions(self, target: int = 0, *, draw: int = 0) -> Iterator[ArrivalFunction]:
        """The functions of all points towards a target, in one draw."""
        way = self._towards(target, draw)
        direct, which = self._direct(target)
        for row, here, at in zip(self.reach, direct.tolist(), which.tolist(), strict=True):
            yield way.from_point(row, here, at)

    def windows(self) -> tuple[tuple[float, float], ...]:
        """The whole period, then the 24 hours of the day; in a week an hour is that hour of all its days."""
        hours = tuple((60.0 * hour, 60.0 * (hour + 1)) for hour in range(24))
        return ((0.0, self.period_min), *hours)

    def figures(
        self,
        *,
        percentiles: Sequence[float] = (0.5, 0.9),
        limits_min: Sequence[float] = (),
        windows: Sequence[tuple[float, float]] | None = None,
        target: int = 0,
        draw: int | None = None,
    ) -> Figures:
        """Figures of all points towards a target, (n_origins, windows).

        Over several draws a window is that window in every draw, one after the other: percentiles are those
        of all moments of all draws, not means of percentiles.

        Args:
            percentiles: shares of the moments of leaving, 0-1, ascending.
            limits_min: minutes for which the share of moments within is wanted.
            windows: spans of leaving that begin on the first day, minutes after its midnight; a span shorter
                than the period is repeated on each of its days. None = :meth:`windows`.
            target: position of the target.
            draw: one draw alone; None = all of them.
        """
        spans = np.asarray(self.windows() if windows is None else windows, dtype=np.float64)
        raw, _ = self._measured(target, spans, percentiles, limits_min, draw)
        return figures_of(raw, percentiles, limits_min)

    def basis(self, *, target: int = 0) -> IntArray:
        """(n_origins,) bits of :class:`~networks.arrival.Basis` that any moment of leaving rests on."""
        return self._measured(target, np.empty((0, 2)), (), ())[1]

    def _measured(
        self,
        target: int,
        spans: FloatArray,
        percentiles: Sequence[float],
        limits_min: Sequence[float],
        only: int | None = None,
    ) -> tuple[FloatArray, IntArray]:
        """Rows of figures, (n_origins, spans, figures), and bits of what they rest on, (n_origins,)."""
        numbers = range(self.draws) if only is None else [only]
        ways, functions = self._packed(target, numbers)
        direct, which = self._direct(target)
        raw = np.empty((len(self.reach), len(spans), row_length(percentiles, limits_min)))
        bits = np.zeros(len(self.reach), dtype=np.int64)
        room = functions.shape[3]
        while not measure_points(
            self.reach,
            direct,
            which.astype(np.float64),
            functions,
            *_numbers_of(ways),
            self.graph.tail_of,
            spans,
            self._repeats(spans),
            self.patience_min,
            np.asarray(percentiles, dtype=np.float64),
            np.asarray(limits_min, dtype=np.float64),
            4 * room,
            raw,
            bits,
        ):
            room *= 2
        return raw, bits

    def leaving(self, limits_min: FloatArray, *, target: int = 0) -> LeavingFigures:
        """When all points must leave and can again, and which targets they reach, over all draws.

        Args:
            limits_min: (n_origins,) minutes that a journey may take; NaN = whatever it takes.
            target: position of the target.
        """
        ways, functions = self._packed(target, range(self.draws))
        direct, which = self._direct(target)
        raw = np.empty((len(self.reach), LEAVING_ROW))
        room = functions.shape[3]
        while not leave_points(
            self.reach,
            direct,
            which.astype(np.float64),
            functions,
            *_numbers_of(ways),
            self.graph.tail_of,
            limits_min,
            4 * room,
            raw,
        ):
            room *= 2
        return leaving_figures(raw)

    def _packed(self, target: int, draws: Sequence[int]) -> tuple[list[TowardsTarget], FloatArray]:
        """Functions of all ferries in some draws, and their pieces in one array (D, E, 5, room)."""
        ways = [self._towards(target, draw) for draw in draws]
        functions = np.zeros(
            (len(ways), len(self.graph.edges), 5, max(way.functions.shape[2] for way in ways))
        )
        for draw, way in enumerate(ways):
            functions[draw, :, :, : way.functions.shape[2]] = way.functions
        return ways, functions

    def _repeats(self, spans: FloatArray) -> IntArray:
        """(n,) days on which each span of leaving is repeated within the period."""
        days = max(round(self.period_min / MINUTES_PER_DAY), 1)
        daily = np.diff(spans, axis=1)[:, 0] <= MINUTES_PER_DAY
        return np.where(daily, days, 1).astype(np.int64)

    def _direct(self, target: int) -> tuple[FloatArray, IntArray]:
        """(n_origins,) drive to the target and its position."""
        if self.nearest:
            return _least(self.direct)
        return self.direct[:, target], np.full(len(self.direct), target, dtype=np.int64)

    def _towards(self, target: int, draw: int) -> TowardsTarget:
        key = (0 if self.nearest else target, draw)
        if key not in self._known:
            if self.nearest:
                arrive, which = _least(self.arrive)
                start, _ = _least(self.start)
            else:
                arrive, start = self.arrive[:, target], self.start[:, target]
                which = np.full(len(arrive), target, dtype=np.int64)
            # One target at a time: functions of a country's ferries towards all targets would not fit.
            self._known.clear() if len(self._known) >= max(self.draws, 1) else None
            self._known[key] = towards(self.graph, self.sailings[draw], arrive, start, which)
        return self._known[key]

    @cached_property
    def _known(self) -> dict[tuple[int, int], TowardsTarget]:
        return {}


def arrival_profiles(
    network: TravelNetwork,
    origins: Points,
    targets: Points,
    conditions: FerryConditions,
    *,
    nearest: bool = False,
    days: int = 1,
    patience_min: float = PATIENCE_MIN,
    draws: int | None = None,
) -> ArrivalProfiles:
    """Arrival-time functions from points to targets, for every moment of leaving in a day or a week.

    Overlays of the network hold (closures, speeds, convoys with their hours), but for ferry conditions, which
    ``conditions`` replace; its time of day does not count.

    Args:
        network: the network.
        origins: where people leave: snapped points, node positions or node ids.
        targets: where they go.
        conditions: ferry model, and weekday and date of the first day.
        nearest: the earliest arrival at any target instead of each.
        days: days of leaving: 1, or 7 for a week.
        patience_min: what takes longer is no way.
        draws: timetables drawn for ferries whose departures are not known; None = half the headway, without a
            cap, which is right for means only.

    Raises:
        UnknownPlaceError: a node id is not in the network.
        NetworkDataError: points of another network, no day, a patience below 0 or without end, no draw.
    """
    checked_question(days, patience_min, draws)
    starts, stops = as_points(network, origins), as_points(network, targets)
    graph = ferry_graph(network, conditions)
    reach, direct = graph.from_points(starts, stops), graph.direct(starts, stops)
    arrive, start = graph.to_targets(stops)
    finite = [table[table < NEVER] for table in (reach, direct, arrive)]
    longest = max((float(table.max()) for table in finite if table.size), default=0.0)
    sailings = timetables(graph, conditions, days, patience_min, longest, draws)
    period = days * MINUTES_PER_DAY
    return ArrivalProfiles(graph, reach, direct, arrive, start, sailings, period, patience_min, nearest)


def checked_question(days: int, patience_min: float, draws: int | None) -> None:
    """Refuse what no function can be made of.

    Raises:
        NetworkDataError: no day, a patience below 0 or without end, no draw; all listed.
    """
    faults = []
    if days < 1:
        faults.append(Fault("must be at least 1", where="days", value=str(days)))
    if not 0 <= patience_min < NEVER:
        faults.append(Fault("must be a number of at least 0", where="patience_min", value=str(patience_min)))
    if draws is not None and draws < 1:
        faults.append(Fault("must be at least 1", where="draws", value=str(draws)))
    if faults:
        raise NetworkDataError(faults)


def timetables(
    graph: FerryGraph,
    conditions: FerryConditions,
    days: int,
    patience_min: float,
    longest_min: float,
    draws: int | None,
) -> tuple[list[FloatArray], ...]:
    """Functions of all ferries, one list for each draw, as far ahead as a journey can last.

    Args:
        graph: the ferries.
        conditions: ferry model, and weekday and date of the first day.
        days: days of leaving.
        patience_min: what takes longer is no way.
        longest_min: the longest drive.
        draws: number of draws; None = half the headway.
    """
    until = days * MINUTES_PER_DAY + patience_min + 2 * longest_min
    horizon = int(np.ceil(until / MINUTES_PER_DAY)) + 1
    numbers: list[int | None] = [None] if draws is None else list(range(draws))
    return tuple(graph.sailings(conditions, days=horizon, draw=draw, draws=draws or 1) for draw in numbers)


def _numbers_of(ways: Sequence[TowardsTarget]) -> tuple[IntArray, FloatArray, IntArray]:
    """(D, E) pieces, bounds and order of all ferries in some draws."""
    return (
        np.stack([way.pieces for way in ways]),
        np.stack([way.bound for way in ways]),
        np.stack([way.order for way in ways]),
    )


def _least(table: FloatArray) -> tuple[FloatArray, IntArray]:
    """The least of each row and where it stands."""
    if not table.shape[1]:
        return np.full(len(table), NEVER), np.zeros(len(table), dtype=np.int64)
    which = table.argmin(axis=1)
    return np.take_along_axis(table, which[:, None], axis=1)[:, 0], which
