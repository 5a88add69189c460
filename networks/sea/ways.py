"""Ways over the sea: kilometres and minutes between berths, and the line of one way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from networks.arrays import FloatArray, IntArray
from networks.brief import Brief
from networks.errors import NetworkDataError
from networks.geodesy import great_circle_m
from networks.sea.grid import Berths, SeaGrid
from networks.sea.moves import MARGIN, MOVES
from networks.sentences import Sentence

#: Of two ways of one length the sheltered one is taken: open sea counts so much more.
_TIE = 1e-6
#: Slowest that open sea may be: fewer buckets than a hundred, and no boat sails at a twentieth of its speed.
SLOWEST = 0.05


@dataclass(frozen=True, eq=False)
class SeaWays:
    """The quickest ways over the sea; arrays are (n_from, n_to), NaN where there is none.

    Attributes:
        km: kilometres from place to place, the bits between the places and the water at both ends included;
            never less than the great circle.
        open_km: how many of them are in open sea.
    """

    km: FloatArray
    open_km: FloatArray

    def minutes(self, speed_kph: float, *, open_sea_speed_factor: float = 1.0) -> FloatArray:
        """(n_from, n_to) minutes at a speed, and at a share of it in open sea (0 = closed)."""
        if open_sea_speed_factor == 0:
            return np.where(self.open_km > 0, np.nan, 60.0 * self.km / speed_kph)
        counted = self.km + self.open_km * (1.0 / open_sea_speed_factor - 1.0)
        return np.asarray(60.0 * counted / speed_kph)


@dataclass(frozen=True, eq=False, repr=False)
class SeaPath(Brief):
    """One way over the sea.

    Attributes:
        lon: (n,) degrees east, from place to place.
        lat: (n,) degrees north.
        km: kilometres.
        open_km: how many of them are in open sea.
    """

    lon: FloatArray
    lat: FloatArray
    km: float
    open_km: float


def sea_ways(
    sea: SeaGrid, start: Berths, stop: Berths, *, limit_km: float = np.inf, open_sea_speed_factor: float = 1.0
) -> SeaWays:
    """The quickest ways over the sea between places.

    The way is the shortest where the open sea is as quick as sheltered water; else the quickest.

    Args:
        sea: the water.
        start: places from which the ways lead.
        stop: places to which they lead.
        limit_km: longer ways are left out, and the search stops there.
        open_sea_speed_factor: speed in open sea as a share of the speed elsewhere: 1, or less down to
            :data:`SLOWEST`, or 0 = nobody sails there.

    Raises:
        NetworkDataError: a factor that cannot be.
    """
    _check_factor(open_sea_speed_factor)
    if len(np.unique(stop.cell)) < len(np.unique(start.cell)):
        back = sea_ways(sea, stop, start, limit_km=limit_km, open_sea_speed_factor=open_sea_speed_factor)
        return SeaWays(np.ascontiguousarray(back.km.T), np.ascontiguousarray(back.open_km.T))
    km, open_km = (np.full((len(start), len(stop)), np.nan) for _ in range(2))
    for cell in np.unique(start.cell[start.joined]).tolist():
        rows = np.flatnonzero(start.cell == cell)
        km[rows], open_km[rows] = _from_cell(sea, cell, stop.cell, limit_km, open_sea_speed_factor)
    km += start.off_km[:, None] + stop.off_km
    circle_km = great_circle_m(start.lon[:, None], start.lat[:, None], stop.lon, stop.lat) / 1000.0
    km = np.maximum(km, circle_km)
    km[circle_km == 0] = np.where(np.isnan(km[circle_km == 0]), np.nan, 0.0)
    beyond = ~(km <= limit_km)
    return SeaWays(np.where(beyond, np.nan, km), np.where(beyond, np.nan, open_km))


def sea_minutes(
    sea: SeaGrid,
    start: Berths,
    stop: Berths,
    *,
    speed_kph: float,
    limit_km: float = np.inf,
    open_sea_speed_factor: float = 1.0,
) -> FloatArray:
    """(n_from, n_to) minutes over the sea, NaN where there is no way; arguments as in :func:`sea_ways`."""
    ways = sea_ways(sea, start, stop, limit_km=limit_km, open_sea_speed_factor=open_sea_speed_factor)
    return ways.minutes(speed_kph, open_sea_speed_factor=open_sea_speed_factor)


def sea_path(
    sea: SeaGrid,
    start: tuple[float, float],
    stop: tuple[float, float],
    *,
    open_sea_speed_factor: float = 1.0,
    max_km: float | None = None,
) -> SeaPath | None:
    """The line of the quickest way between two places (degrees east and north); None = there is none.

    Args:
        sea: the water.
        start: where it begins.
        stop: where it ends.
        open_sea_speed_factor: see :func:`sea_ways`.
        max_km: how far from the water the places may be; None = as quays.
    """
    return sea_paths(sea, start, [stop], open_sea_speed_factor=open_sea_speed_factor, max_km=max_km)[0]


def sea_paths(
    sea: SeaGrid,
    start: tuple[float, float],
    stops: Sequence[tuple[float, float]],
    *,
    open_sea_speed_factor: float = 1.0,
    max_km: float | None = None,
    limit_km: float = np.inf,
) -> list[SeaPath | None]:
    """The lines of the quickest ways from one place to others, found in one search; None = there is none.

    Args:
        sea: the water.
        start: where they begin.
        stops: where they end.
        open_sea_speed_factor: see :func:`sea_ways`.
        max_km: see :func:`sea_path`.
        limit_km: the search stops there.
    """
    _check_factor(open_sea_speed_factor)
    lon, lat = (np.asarray([end[axis] for end in (start, *stops)], dtype=np.float64) for axis in (0, 1))
    ends = sea.berths(lon, lat) if max_km is None else sea.berths(lon, lat, max_km=max_km)
    if not ends.joined[0] or not ends.joined[1:].any():
        return [None] * len(stops)
    search = _search(sea, int(ends.cell[0]), limit_km, open_sea_speed_factor)
    return [_line(sea, search, ends, row) for row in range(1, len(ends))]


def _line(sea: SeaGrid, search: _Search, ends: Berths, row: int) -> SeaPath | None:
    """The line from the first of some places to another."""
    km, open_km = search.at(ends.cell[[row]])
    if np.isnan(km[0]):
        return None
    cells = _corners(search.back(int(ends.cell[row])), sea.water.shape[1])
    middle_lon, middle_lat = sea.centres(cells)
    lon, lat = ends.lon[[0, row]], ends.lat[[0, row]]
    circle_km = float(great_circle_m(lon[:1], lat[:1], lon[1:], lat[1:])[0]) / 1000.0
    return SeaPath(
        np.concatenate([lon[:1], middle_lon, lon[1:]]),
        np.concatenate([lat[:1], middle_lat, lat[1:]]),
        max(float(km[0] + ends.off_km[[0, row]].sum()), circle_km),
        float(open_km[0]),
    )


@dataclass(frozen=True, eq=False)
class _Search:
    """What was found from one cell, on a window of the sea."""

    sea: SeaGrid
    top: int
    left: int
    width: int
    cost: FloatArray
    out: NDArray[np.float32]
    came: NDArray[np.int8]
    slowness: float

    def at(self, cell: IntArray) -> tuple[FloatArray, FloatArray]:
        """Kilometres to cells of the sea, and those of them in open sea; NaN where there is no way."""
        row, column = np.divmod(cell, self.sea.water.shape[1])
        r, c = row - self.top + MARGIN, column - self.left + MARGIN
        height = len(self.cost) // self.width
        inside = (cell >= 0) & (r >= MARGIN) & (r < height - MARGIN)
        inside &= (c >= MARGIN) & (c < self.width - MARGIN)
        flat = np.where(inside, r * self.width + c, 0)
        out = self.out[flat].astype(np.float64)
        km = (self.cost[flat] - out * (self.slowness - 1.0)) * self.sea.cell_m / 1000.0
        there = inside & np.isfinite(km)
        return np.where(there, km, np.nan), np.where(there, out * self.sea.cell_m / 1000.0, np.nan)

    def back(self, cell: int) -> IntArray:
        """The cells of the way to a cell, in order."""
        row, column = divmod(cell, self.sea.water.shape[1])
        cells = [cell]
        while (move := self.came[(row - self.top + MARGIN) * self.width + column - self.left + MARGIN]) >= 0:
            row, column = row - int(MOVES[move, 0, 0]), column - int(MOVES[move, 0, 1])
            cells.append(row * self.sea.water.shape[1] + column)
        return np.asarray(cells[::-1], dtype=np.int64)


def _search(sea: SeaGrid, cell: int, limit_km: float, factor: float) -> _Search:
    from networks.sea.search import least_ways  # noqa: PLC0415  (compiles: only where it is used)

    height, width = sea.water.shape
    row, column = divmod(cell, width)
    limit = 1000.0 * limit_km / sea.cell_m
    reach = int(min(limit + 1, height + width))
    top, left = max(0, row - reach), max(0, column - reach)
    window = np.s_[top : row + reach + 1, left : column + reach + 1]
    passages = sea.passages(slowed=0 < factor < 1, closed=factor == 0)
    slowness = 1.0 + _TIE if factor in (0, 1) else 1.0 / factor
    free: NDArray[np.uint16] = np.pad(passages.free[window], MARGIN)
    kind: NDArray[np.uint8] = np.pad(passages.kind[window], MARGIN)
    wide = free.shape[1]
    start = (row - top + MARGIN) * wide + column - left + MARGIN
    found = least_ways(free.ravel(), kind.ravel(), wide, start, slowness, limit * slowness, MOVES)
    return _Search(sea, top, left, wide, *found, slowness)


def _from_cell(
    sea: SeaGrid, cell: int, to: IntArray, limit_km: float, factor: float
) -> tuple[FloatArray, FloatArray]:
    """Kilometres from one cell to others, and those in open sea; a search once made is remembered.

    Questions ask the same bases for the same shores again and again. What is remembered are the cells that
    were asked for, not the whole search, so it stays small.
    """
    key = (cell, limit_km, factor)
    known, km, open_km = sea.found.get(key, (np.zeros(0, np.int64), np.zeros(0), np.zeros(0)))
    if not np.isin(to, known).all():
        known = np.union1d(known, to)
        km, open_km = _search(sea, cell, limit_km, factor).at(known)
        sea.found[key] = (known, km, open_km)
    at = np.searchsorted(known, to)
    return km[at], open_km[at]


def _corners(cells: IntArray, width: int) -> IntArray:
    """Of a way only the cells where it turns, and its ends."""
    if len(cells) < 3:
        return cells
    row, column = np.divmod(cells, width)
    turns = (np.diff(row, 2) != 0) | (np.diff(column, 2) != 0)
    kept: IntArray = cells[np.concatenate([[True], turns, [True]])]
    return kept


def _check_factor(factor: float) -> None:
    if not (factor == 0 or SLOWEST <= factor <= 1):
        raise NetworkDataError(
            Sentence(
                "net.fault.sea.factor",
                "the speed factor of the open sea must be 0, or from {slowest:g} to 1; it is {factor:g}",
                slowest=SLOWEST,
                factor=factor,
            )
        )
