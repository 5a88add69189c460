"""The sea as a grid of water: made from land polygons, and how berths and shores are joined to it.

Only water from which one sails out is kept: the largest connected part that touches a quay asked for, never
a pool behind a closed inlet. Cells are water where their centre is; a sound narrower than a cell may close,
so the side of a cell is a figure of the study. Bridges are not on the map of land and close nothing.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple
from zipfile import BadZipFile

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from networks.arrays import BoolArray, FloatArray, IntArray
from networks.cache_folder import keep
from networks.errors import NetworkDataError
from networks.geometry import metric_area, to_degrees, to_metres
from networks.sea.moves import CLEAR, EXPOSED, MARGIN, MOVES
from networks.sentences import Sentence

#: Side of a cell, metres: the widest at which Raftsundet (a sound of some 300 m) stays open on a coast that
#: is simplified to 400 m.
CELL_M = 150.0
#: Water further from land than this is left out, km.
OFFSHORE_KM = 60.0
#: Water further from land than this is open sea, km.
OPEN_SEA_KM = 5.0
#: A quay is joined to water no further away than this, km.
QUAY_KM = 3.0
#: Distances from land are measured on blocks of so many cells: not exact, for a sixteenth of the work.
_BLOCK = 4
_MOST_CELLS = 400_000_000
#: So many joinings of places are remembered.
_REMEMBERED = 8
#: Changes with what a grid holds: a file of another version is made anew.
_VERSION = 1


@dataclass(frozen=True, eq=False)
class Berths:
    """Places joined to the water of a grid.

    Attributes:
        lon: (n,) degrees east of the places themselves.
        lat: (n,) degrees north of the places themselves.
        cell: (n,) the nearest cell of water, row x columns + column; -1 = none within reach.
        off_km: (n,) kilometres from the place to the centre of that cell; NaN where there is none.
    """

    lon: FloatArray
    lat: FloatArray
    cell: IntArray
    off_km: FloatArray

    def __len__(self) -> int:
        return len(self.cell)

    @property
    def joined(self) -> BoolArray:
        """(n,) whether the place is on the water at all."""
        return np.asarray(self.cell >= 0)


class Passages(NamedTuple):
    """The cells of a sea as the search wants them.

    Attributes:
        free: (rows, columns) the moves that are free from each cell, as bits.
        kind: (rows, columns) bits: in open sea, and clear of all else around.
    """

    free: NDArray[np.uint16]
    kind: NDArray[np.uint8]

    @classmethod
    def of(cls, water: BoolArray, exposed: BoolArray, slowed: bool) -> Passages:
        """The passages of some water; where open sea is slower, what is clear is of one kind."""
        # These compile: only where a boat's way is sought.
        from networks.hierarchy.compiled import prepare  # noqa: PLC0415
        from networks.sea.search import clear_cells, open_moves  # noqa: PLC0415

        prepare()
        padded = np.pad(water.view(np.uint8), MARGIN)
        free = open_moves(padded.ravel(), padded.shape[1], MOVES).reshape(padded.shape)
        inside = free[MARGIN:-MARGIN, MARGIN:-MARGIN]
        sort = water.astype(np.uint8) + (water & exposed) if slowed else water.astype(np.uint8)
        kind = exposed.astype(np.uint8) * EXPOSED + clear_cells(sort) * CLEAR
        return cls(inside, kind.astype(np.uint8))


@dataclass(frozen=True, eq=False)
class SeaGrid:
    """Water on which boats sail, as a grid of square cells in metres.

    Attributes:
        water: (rows, columns) whether a boat may be there; all of it is connected.
        exposed: (rows, columns) whether that is open sea.
        west: metres east of the grid's western edge.
        north: metres north of its northern edge.
        cell_m: side of a cell.
        epsg: EPSG code of the metric CRS.
        open_sea_km: how far from land the open sea begins.
        bounded: whether it was said where the land is complete; otherwise land that was not given is water.
        digest: sixteen hexadecimal digits of all that it was made from.
        found: what searches found before: (cell, limit, factor of the open sea) -> cells, ascending, and
            kilometres to them, and those in open sea.
    """

    water: BoolArray
    exposed: BoolArray
    west: float
    north: float
    cell_m: float
    epsg: int
    open_sea_km: float
    bounded: bool
    digest: str
    found: dict[tuple[int, float, float], tuple[IntArray, FloatArray, FloatArray]] = field(
        default_factory=dict, init=False, repr=False
    )
    _passages: dict[tuple[bool, bool], Passages] = field(default_factory=dict, init=False, repr=False)
    _joined: dict[tuple[bytes, bytes, float], Berths] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def from_land(
        cls,
        land: BaseGeometry | Sequence[BaseGeometry],
        *,
        epsg: int,
        known: BaseGeometry | None = None,
        quays: tuple[FloatArray, FloatArray] | None = None,
        cell_m: float = CELL_M,
        offshore_km: float = OFFSHORE_KM,
        open_sea_km: float = OPEN_SEA_KM,
        cache: Path | None = None,
    ) -> SeaGrid:
        """The sea around land.

        Args:
            land: polygons in degrees (EPSG:4326).
            epsg: EPSG code of the metric CRS.
            known: where that is all the land there is, in degrees; water is inside only. None = everywhere,
                so that a country whose land is not given is water.
            quays: longitudes and latitudes of places the sea must touch one of; None = the largest water.
            cell_m: side of a cell; narrower sounds may close.
            offshore_km: how far from land there is water to sail on.
            open_sea_km: how far from land the open sea begins.
            cache: folder in which the grid is kept under the digest of these arguments.

        Raises:
            NetworkDataError: a figure that cannot be, no land, too many cells, or no water by any quay.
            CrsError: the CRS is not metric.
        """
        shapes = list(shapely.get_parts(land)) if isinstance(land, BaseGeometry) else list(land)
        _check(shapes, cell_m=cell_m, offshore_km=offshore_km, open_sea_km=open_sea_km)
        digest = _digest(shapes, known, quays, (epsg, cell_m, offshore_km, open_sea_km))
        kept = None if cache is None else cache / f"sea-{digest}.npz"
        if kept is not None and (found := _read(kept, digest)) is not None:
            return found
        metric = [metric_area(shape, epsg) for shape in shapes]
        region = None if known is None else metric_area(shapely.segmentize(known, 0.5), epsg)
        west, north, shape = _frame(metric, region, quays, epsg, cell_m, offshore_km)
        on_land = _covered(metric, west, north, shape, cell_m)
        water = ~on_land
        if region is not None:
            water &= _covered([region], west, north, shape, cell_m)
        offshore = _km_from_land(on_land, cell_m)
        water &= _whole(offshore <= offshore_km, shape)
        exposed = _whole(offshore > open_sea_km, shape) & water
        sea = cls(water, exposed, west, north, cell_m, epsg, open_sea_km, known is not None, digest)
        _keep_one_sea(sea, quays)
        if kept is not None:
            _keep(kept, sea)
        return sea

    def passages(self, *, slowed: bool = False, closed: bool = False) -> Passages:
        """What the search needs of every cell, made once.

        Args:
            slowed: the open sea is slower than sheltered water.
            closed: boats stay out of the open sea.
        """
        key = (slowed, closed)
        if key not in self._passages:
            self._passages[key] = Passages.of(
                self.water & ~self.exposed if closed else self.water, self.exposed, slowed
            )
        return self._passages[key]

    def berths(self, lon: FloatArray, lat: FloatArray, *, max_km: float = QUAY_KM) -> Berths:
        """Places joined to the nearest cell of water within ``max_km``, measured to its centre.

        The last few answers are remembered: every boat asks for the same homes, on the way out and ashore.
        """
        places = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
        key = (places[0].tobytes(), places[1].tobytes(), float(max_km))
        if key not in self._joined:
            if len(self._joined) >= _REMEMBERED:
                self._joined.clear()
            self._joined[key] = self.nearest_water(*places, max_km)
        return self._joined[key]

    def nearest_water(self, lon: FloatArray, lat: FloatArray, max_km: float) -> Berths:
        """The same without a memory, for water that still changes."""
        # These compile: only where a boat's way is sought.
        from networks.hierarchy.compiled import prepare  # noqa: PLC0415
        from networks.sea.search import nearest_cells  # noqa: PLC0415

        prepare()
        east, north = to_metres(lon, lat, epsg=self.epsg)
        column = np.floor((east - self.west) / self.cell_m).astype(np.int64)
        row = np.floor((self.north - north) / self.cell_m).astype(np.int64)
        reach = int(np.ceil(1000.0 * max_km / self.cell_m))
        off = np.stack([self.north - north, east - self.west], axis=1) / self.cell_m
        near = nearest_cells(self.water, np.stack([row, column], axis=1), off, reach)
        r, c = np.divmod(near, self.water.shape[1])
        x = self.west + (c + 0.5) * self.cell_m - east
        y = self.north - (r + 0.5) * self.cell_m - north
        metres = np.hypot(x, y)
        joined = (near >= 0) & (metres <= 1000.0 * max_km)
        return Berths(lon, lat, np.where(joined, near, -1), np.where(joined, metres / 1000.0, np.nan))

    def shores(self, places: Berths) -> Berths:
        """The cells of water of some places as berths of their own, off by nothing."""
        lon, lat = self.centres(places.cell)
        return Berths(lon, lat, places.cell, np.where(places.joined, 0.0, np.nan))

    def centres(self, cell: IntArray) -> tuple[FloatArray, FloatArray]:
        """Degrees east and north of the centres of cells; NaN for -1."""
        row, column = np.divmod(cell, self.water.shape[1])
        lon, lat = to_degrees(
            self.west + (column + 0.5) * self.cell_m, self.north - (row + 0.5) * self.cell_m, epsg=self.epsg
        )
        return np.where(cell >= 0, lon, np.nan), np.where(cell >= 0, lat, np.nan)


def _check(shapes: Sequence[BaseGeometry], **figures: float) -> None:
    wrong = {name: value for name, value in figures.items() if not (np.isfinite(value) and value > 0)}
    if wrong:
        raise NetworkDataError(
            Sentence("net.fault.sea.figures", "figures of a sea must be above 0: {wrong}", wrong=wrong)
        )
    if not shapes or all(shape.is_empty for shape in shapes):
        raise NetworkDataError("a sea needs land: there is no polygon")


def _digest(
    shapes: Sequence[BaseGeometry],
    known: BaseGeometry | None,
    quays: tuple[FloatArray, FloatArray] | None,
    figures: tuple[float, ...],
) -> str:
    digest = hashlib.sha256(repr((_VERSION, figures)).encode())
    for shape in shapes:
        digest.update(shapely.to_wkb(shape))
    digest.update(b"" if known is None else shapely.to_wkb(known))
    for degrees in quays or ():
        digest.update(np.asarray(degrees, dtype=np.float64).tobytes())
    return digest.hexdigest()[:16]


def _frame(
    metric: Sequence[BaseGeometry],
    region: BaseGeometry | None,
    quays: tuple[FloatArray, FloatArray] | None,
    epsg: int,
    cell_m: float,
    offshore_km: float,
) -> tuple[float, float, tuple[int, int]]:
    """Western and northern edge, and rows and columns, of a grid around land, quays and some water."""
    west, south, east, north = shapely.total_bounds(metric).tolist()
    if quays is not None and len(quays[0]):
        x, y = to_metres(*quays, epsg=epsg)
        west, south = min(west, float(x.min())), min(south, float(y.min()))
        east, north = max(east, float(x.max())), max(north, float(y.max()))
    margin = 1000.0 * offshore_km
    box = np.asarray([west - margin, south - margin, east + margin, north + margin])
    if region is not None:
        inner = np.asarray(shapely.bounds(region))
        box = np.concatenate([np.maximum(box[:2], inner[:2]), np.minimum(box[2:], inner[2:])])
    rows, columns = (max(1, int(np.ceil((box[k + 2] - box[k]) / cell_m))) for k in (1, 0))
    if rows * columns > _MOST_CELLS:
        raise NetworkDataError(
            Sentence(
                "net.fault.sea.cells",
                "{rows} x {columns} cells of {cell_m:g} m are too many for a sea; choose larger cells",
                rows=rows,
                columns=columns,
                cell_m=cell_m,
            )
        )
    return float(box[0]), float(box[3]), (rows, columns)


def _covered(
    shapes: Sequence[BaseGeometry], west: float, north: float, shape: tuple[int, int], cell_m: float
) -> BoolArray:
    """Cells whose centre one of the shapes covers."""
    polygons = [part for part in shapely.get_parts(np.asarray(shapes, dtype=object)) if part.area > 0]
    if not polygons:
        return np.zeros(shape, dtype=bool)
    import rasterio.features  # noqa: PLC0415 - who asks for no water waits for no rasters

    burnt = rasterio.features.rasterize(
        polygons,
        out_shape=shape,
        transform=rasterio.Affine(cell_m, 0.0, west, 0.0, -cell_m, north),
        dtype="uint8",
    )
    return np.asarray(burnt, dtype=bool)


def _km_from_land(on_land: BoolArray, cell_m: float) -> FloatArray:
    """Kilometres from land, of blocks of cells."""
    rows, columns = (-(-n // _BLOCK) for n in on_land.shape)
    padded = np.zeros((rows * _BLOCK, columns * _BLOCK), dtype=bool)
    padded[: on_land.shape[0], : on_land.shape[1]] = on_land
    blocks = padded.reshape(rows, _BLOCK, columns, _BLOCK).any(axis=(1, 3))
    if not blocks.any():
        return np.full(blocks.shape, np.inf)
    from scipy import ndimage  # noqa: PLC0415

    water: BoolArray = np.logical_not(blocks)
    return np.asarray(ndimage.distance_transform_edt(water) * (_BLOCK * cell_m / 1000.0))


def _whole(blocks: BoolArray, shape: tuple[int, int]) -> BoolArray:
    cells = np.repeat(np.repeat(blocks, _BLOCK, axis=0), _BLOCK, axis=1)
    return cells[: shape[0], : shape[1]]


def _keep_one_sea(sea: SeaGrid, quays: tuple[FloatArray, FloatArray] | None) -> None:
    """Leave only the largest water that touches a quay: what the moves connect is what has common edges."""
    from scipy import ndimage  # noqa: PLC0415

    part, count = ndimage.label(sea.water)
    sizes = np.bincount(part.ravel(), minlength=count + 1)
    sizes[0] = 0
    if quays is not None:
        near = sea.nearest_water(*quays, QUAY_KM)
        touched = np.zeros(len(sizes), dtype=bool)
        touched[part.ravel()[near.cell[near.joined]]] = True
        sizes[~touched] = 0
    if not sizes.any():
        if quays is None:
            raise NetworkDataError("there is no water; are land and quays of one region, in degrees?")
        template = (
            "there is no water within {km:g} km of any of {quays} quays; "
            "are land and quays of one region, in degrees?"
        )
        raise NetworkDataError(Sentence("net.fault.no_water_near", template, km=QUAY_KM, quays=len(quays[0])))
    np.equal(part, int(np.argmax(sizes)), out=sea.water)
    np.logical_and(sea.exposed, sea.water, out=sea.exposed)


def _keep(path: Path, sea: SeaGrid) -> None:
    def write(file: BinaryIO) -> None:
        np.savez_compressed(
            file,
            water=np.packbits(sea.water),
            exposed=np.packbits(sea.exposed),
            shape=np.asarray(sea.water.shape),
            frame=np.asarray([sea.west, sea.north, sea.cell_m, sea.open_sea_km]),
            facts=np.asarray([sea.epsg, int(sea.bounded)]),
        )

    keep(path, write)


def _read(path: Path, digest: str) -> SeaGrid | None:
    """The sea that was kept; None where none was, or the file is damaged."""
    try:
        with np.load(path, allow_pickle=False) as file:
            rows, columns = file["shape"].tolist()
            water, exposed = (
                np.unpackbits(file[name], count=rows * columns).reshape(rows, columns).astype(bool)
                for name in ("water", "exposed")
            )
            west, north, cell_m, open_sea_km = file["frame"].tolist()
            epsg, bounded = file["facts"].tolist()
    except (OSError, ValueError, EOFError, KeyError, BadZipFile, zlib.error):
        return None
    return SeaGrid(water, exposed, west, north, cell_m, epsg, open_sea_km, bool(bounded), digest)
