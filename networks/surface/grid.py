"""The ground as a grid of square cells: how fast one crosses it, how one moves, and how high it lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from networks.arrays import BoolArray, FloatArray, IntArray
from networks.errors import Fault, NetworkDataError
from networks.geometry import to_metres
from networks.hierarchy.compiled import prepare
from networks.sentences import Sentence
from networks.surface.search import FORMULAS, MARGIN, MOVES, least_seconds

#: How one moves: slopes change the speed on foot only.
Way = Literal["walk", "snowmobile", "boat", "drive"]
#: Ways by the number that a grid holds, from 1; 0 stands for ground that cannot be crossed.
WAYS: tuple[str, ...] = get_args(Way)
Formula = Literal["tobler", "naismith"]
#: Minutes that it takes to get from one way of moving to another, such as to launch a boat: our assumption.
CHANGE_MIN = 5.0
#: Cells of a grid at most: some 30 bytes each while a search runs.
MOST_CELLS = 200_000_000


class Ground(NamedTuple):
    """What a class of ground is to those who cross it.

    Attributes:
        speed_kph: speed on it where it is level; 0 = it cannot be crossed.
        way: how one moves on it.
    """

    speed_kph: float
    way: Way = "walk"


def too_many_cells(cells: int, cell_m: float) -> Sentence:
    """That a grid has more than :data:`MOST_CELLS`, and which whole metres would fit."""
    return Sentence(
        "net.fault.surface.cells",
        "{cells:,} cells are too many (at most {most:,}): cells of {fits} m fit",
        cells=cells,
        most=MOST_CELLS,
        fits=int(np.ceil(cell_m * np.sqrt(cells / MOST_CELLS))),
    )


class Least(NamedTuple):
    """What a search finds for each cell of a grid.

    Attributes:
        seconds: (rows, columns) least seconds; ``inf`` = nothing leads.
        back_s: (rows, columns) seconds of the same way in the other direction.
        metres: (rows, columns) length of that way.
        source: (rows, columns) position of its source, -1 = none.
    """

    seconds: FloatArray
    back_s: NDArray[np.float32]
    metres: NDArray[np.float32]
    source: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Surface:
    """Ground that is crossed off the roads, as a grid of square cells in metres.

    Attributes:
        speed_kph: (rows, columns) speed where it is level; 0 or NaN = it cannot be crossed.
        way: (rows, columns) number of the way of moving, 1 = the first of :data:`WAYS`.
        height_m: (rows, columns) metres above the sea, NaN = not known; None = everything is level.
        west: metres east of the grid's western edge.
        north: metres north of its northern edge.
        cell_m: side of a cell.
        epsg: EPSG code of the metric CRS.
        change_min: minutes that a change of the way of moving takes.
        formula: what slopes do to those who walk (:mod:`networks.surface.search`).
        moves: 8 or 16 moves from a cell.
        told: what was assumed or found missing when it was made.

    Raises:
        NetworkDataError: arrays of different shapes, speeds below 0, an unknown way or formula, no cell size.
        CrsError: the CRS does not measure in metres.
    """

    speed_kph: NDArray[np.float32]
    way: NDArray[np.uint8]
    height_m: NDArray[np.float32] | None
    west: float
    north: float
    cell_m: float
    epsg: int
    change_min: float = CHANGE_MIN
    formula: Formula = "tobler"
    moves: int = 16
    told: tuple[Sentence, ...] = ()

    def __post_init__(self) -> None:
        to_metres(np.zeros(0), np.zeros(0), epsg=self.epsg)
        faults = [Fault(message, where="surface", column=name) for name, message in self._wrong()]
        if faults:
            raise NetworkDataError(faults)

    def _wrong(self) -> list[tuple[str, str]]:
        """What cannot be, as (attribute, sentence)."""
        shape = self.speed_kph.shape
        wrong: list[tuple[str, str]] = []
        if len(shape) != 2 or not self.speed_kph.size:
            wrong.append(("speed_kph", "must be a grid of at least one cell"))
        elif self.speed_kph.size > MOST_CELLS:
            wrong.append(("speed_kph", too_many_cells(self.speed_kph.size, self.cell_m)))
        if any(other is not None and other.shape != shape for other in (self.way, self.height_m)):
            wrong.append(("way", "speeds, ways and heights must have one shape"))
        if (self.speed_kph < 0).any() or np.isinf(self.speed_kph).any():
            wrong.append(("speed_kph", "a speed must be a number of at least 0 km/h"))
        if self.way.size and int(self.way.max()) > len(WAYS):
            wrong.append(("way", Sentence("net.fault.surface.way", "must be one of {ways}", ways=WAYS)))
        if not (np.isfinite(self.cell_m) and self.cell_m > 0):
            wrong.append(("cell_m", "must be a number above 0"))
        if not (np.isfinite(self.change_min) and self.change_min >= 0):
            wrong.append(("change_min", "must be a number of at least 0"))
        if self.formula not in FORMULAS or self.moves not in (8, 16):
            wrong.append(("moves", "walking is by tobler or naismith, with 8 or 16 moves from a cell"))
        return wrong

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = self.speed_kph.shape
        return rows, columns

    @property
    def open(self) -> BoolArray:
        """(rows, columns) whether the cell can be crossed."""
        return np.asarray(self.speed_kph > 0)

    def cells_of(self, lon: FloatArray, lat: FloatArray) -> IntArray:
        """(n,) cell of each place, row x columns + column; -1 = outside the grid.

        Args:
            lon: (n,) degrees east.
            lat: (n,) degrees north.
        """
        return self.cells_at(*to_metres(lon, lat, epsg=self.epsg))

    def cells_at(self, east: FloatArray, north: FloatArray) -> IntArray:
        """(n,) cell of each place in metres; -1 = outside the grid."""
        rows, columns = self.shape
        with np.errstate(invalid="ignore"):
            row = np.floor((self.north - np.asarray(north)) / self.cell_m)
            column = np.floor((np.asarray(east) - self.west) / self.cell_m)
            inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        cell = np.where(inside, row, 0) * columns + np.where(inside, column, 0)
        return np.where(inside, cell, -1).astype(np.int64)

    def open_at(self, lon: FloatArray, lat: FloatArray) -> IntArray:
        """(n,) cell of each place where it can be crossed, else the nearest neighbour that can; -1 = none.

        A house on the shore may fall into a cell of water, for cells are coarse; it lies on its own bank.

        Args:
            lon: (n,) degrees east.
            lat: (n,) degrees north.
        """
        east, north = to_metres(lon, lat, epsg=self.epsg)
        cells, (rows, columns), open_ = self.cells_at(east, north), self.shape, self.open
        found, least_m = np.full(len(cells), -1, dtype=np.int64), np.full(len(cells), np.inf)
        row, column = np.divmod(cells, columns)
        for down, right in np.ndindex(3, 3):
            there, across = row + down - 1, column + right - 1
            inside = (cells >= 0) & (there >= 0) & (there < rows) & (across >= 0) & (across < columns)
            inside[inside] = open_[there[inside], across[inside]]
            centre = self.centres(there * columns + across)
            metres = np.where(
                there * columns + across == cells, 0.0, np.hypot(centre[0] - east, centre[1] - north)
            )
            nearer = inside & (metres < least_m)
            found[nearer], least_m[nearer] = (there * columns + across)[nearer], metres[nearer]
        return found

    def centres(self, cells: IntArray) -> tuple[FloatArray, FloatArray]:
        """Metres east and north of the centres of cells."""
        row, column = np.divmod(cells, self.shape[1])
        return self.west + (column + 0.5) * self.cell_m, self.north - (row + 0.5) * self.cell_m

    def least(
        self, sources: Sequence[int] | IntArray, *, toward: bool, limit_min: float | None = None
    ) -> Least:
        """Least-cost ways between every cell and the nearest of some cells.

        Args:
            sources: cells; one that cannot be crossed is stepped on to from beside it.
            toward: whether one goes from the cells to the sources, or the other way.
            limit_min: ways that take longer are not followed.
        """
        prepare()
        rows, columns = self.shape
        row, column = np.divmod(np.asarray(sources, dtype=np.int64), columns)
        with np.errstate(divide="ignore", invalid="ignore"):
            pace = np.where(self.open, 3.6 / self.speed_kph.astype(np.float64), np.inf)
        height = np.zeros(self.shape, np.float32) if self.height_m is None else self.height_m
        found = least_seconds(
            np.pad(pace, MARGIN, constant_values=np.inf).ravel(),
            np.pad(self.way, MARGIN).ravel(),
            np.pad(height.astype(np.float32), MARGIN).ravel(),
            columns + 2 * MARGIN,
            float(self.cell_m),
            (row + MARGIN) * (columns + 2 * MARGIN) + column + MARGIN,
            toward,
            np.inf if limit_min is None else 60.0 * limit_min,
            60.0 * self.change_min,
            FORMULAS.index(self.formula),
            self.moves,
            MOVES,
        )
        seconds, back, metres, source = found
        whole, inside = (rows + 2 * MARGIN, columns + 2 * MARGIN), slice(MARGIN, -MARGIN)
        return Least(
            seconds.reshape(whole)[inside, inside],
            back.reshape(whole)[inside, inside],
            metres.reshape(whole)[inside, inside],
            source.reshape(whole)[inside, inside],
        )
