"""From points, targets and ferry conditions to arrival-time functions and their figures.

>>> profiles = arrival_profiles(network, homes, hospitals, FerryConditions(weekday=0), nearest=True)
>>> profiles.function(0).arrival_min(22 * 60.0)   # who leaves at 22:00 is there at, minutes after midnight
>>> profiles.figures(limits_min=(60.0,)).within_share   # share of the day within an hour
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from networks.arrival.contraction import FerryGraph, ferry_graph
from networks.arrival.figures import Figures, figures_of, measure, row_length
from networks.arrival.pieces import DELAY, FIRST, LAST, MOVING, NEVER, TAG, ArrivalFunction
from networks.arrival.search import TowardsTarget, towards
from networks.errors import Fault, NetworkDataError
from networks.ferry_service import MINUTES_PER_DAY, FerryConditions
from networks.network import TravelNetwork
from networks.points import as_points
from networks.times import Points

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

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
        """The whole period, then the 24 hours of the first day."""
        hours = tuple((60.0 * hour, 60.0 * (hour + 1)) for hour in range(24))
        return ((0.0, self.period_min), *hours)

    def figures(
        self,
        *,
        percentiles: Sequence[float] = (0.5, 0.9),
        limits_min: Sequence[float] = (),
        windows: Sequence[tuple[float, float]] | None = None,
        target: int = 0,
    ) -> Figures:
        """Figures of all points towards a target, (n_origins, windows).

        Over several draws a window is that window in every draw, one after the other: percentiles are those
        of all moments of all draws, not means of percentiles.

        Args:
            percentiles: shares of the moments of leaving, 0-1, ascending.
            limits_min: minutes for which the share of moments within is wanted.
            windows: spans of leaving; None = :meth:`windows`.
            target: position of the target.
        """
        spans = self.windows() if windows is None else tuple(windows)
        raw = np.empty((len(self.reach), len(spans), row_length(percentiles, limits_min)))
        asked, bounds = np.asarray(percentiles, dtype=np.float64), np.asarray(limits_min, dtype=np.float64)
        many = [self.functions(target, draw=draw) for draw in range(self.draws)]
        for row, drawn in enumerate(zip(*many, strict=True)):
            for number, (begin, end) in enumerate(spans):
                pieces = _joined([function.pieces for function in drawn], begin, end)
                events = np.empty((2, 3 * pieces.shape[1] + 3))
                span = (0.0, self.draws * (end - begin)) if self.draws > 1 else (begin, end)
                measure(
                    pieces, pieces.shape[1], *span, self.patience_min, asked, bounds, raw[row, number], events
                )
        return figures_of(raw, percentiles, limits_min)

    def basis(self, *, target: int = 0) -> IntArray:
        """(n_origins,) bits of :class:`~networks.arrival.Basis` that any moment of leaving rests on."""
        found = np.zeros(len(self.reach), dtype=np.int64)
        for draw in range(self.draws):
            for row, function in enumerate(self.functions(target, draw=draw)):
                tags = function.pieces[TAG][function.pieces[LAST] > 0.0].astype(np.int64)
                found[row] |= np.bitwise_or.reduce(tags >> 24 << 24, initial=0)
        return found

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

    Overlays of the network hold (closures, speeds, convoys' waits), but for ferry conditions, which
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
    faults = []
    if days < 1:
        faults.append(Fault("must be at least 1", where="days", value=str(days)))
    if not 0 <= patience_min < NEVER:
        faults.append(Fault("must be a number of at least 0", where="patience_min", value=str(patience_min)))
    if draws is not None and draws < 1:
        faults.append(Fault("must be at least 1", where="draws", value=str(draws)))
    if faults:
        raise NetworkDataError(faults)
    starts, stops = as_points(network, origins), as_points(network, targets)
    graph = ferry_graph(network, conditions)
    reach, direct = graph.from_points(starts), graph.direct(starts, stops)
    arrive, start = graph.to_targets(stops)
    finite = [table[table < NEVER] for table in (reach, direct, arrive)]
    longest = max((float(table.max()) for table in finite if table.size), default=0.0)
    period = days * MINUTES_PER_DAY
    horizon = int(np.ceil((period + patience_min + 2 * longest) / MINUTES_PER_DAY)) + 1
    numbers: list[int | None] = [None] if draws is None else list(range(draws))
    sailings = tuple(
        graph.sailings(conditions, days=horizon, draw=draw, draws=draws or 1) for draw in numbers
    )
    return ArrivalProfiles(graph, reach, direct, arrive, start, sailings, period, patience_min, nearest)


def _least(table: FloatArray) -> tuple[FloatArray, IntArray]:
    """The least of each row and where it stands."""
    if not table.shape[1]:
        return np.full(len(table), NEVER), np.zeros(len(table), dtype=np.int64)
    which = table.argmin(axis=1)
    return np.take_along_axis(table, which[:, None], axis=1)[:, 0], which


def _joined(functions: Sequence[FloatArray], begin: float, end: float) -> FloatArray:
    """The windows [begin, end) of several functions one after the other; one function stays as it is."""
    if len(functions) == 1:
        return functions[0]
    parts, whole = [], end - begin
    for number, pieces in enumerate(functions):
        shift = number * whole - begin
        kept = pieces[
            :, (pieces[LAST] > begin) & (np.concatenate([[-NEVER], pieces[LAST][:-1]]) < end)
        ].copy()
        kept[LAST] = np.minimum(kept[LAST], end) + shift
        kept[FIRST] += shift
        until = kept[LAST][-1] if kept.shape[1] else number * whole
        parts.append(kept)
        if until < (number + 1) * whole:
            gap = np.zeros((5, 1))
            gap[FIRST], gap[LAST], gap[DELAY], gap[MOVING] = -NEVER, (number + 1) * whole, NEVER, NEVER
            parts.append(gap)
    return np.concatenate(parts, axis=1)
