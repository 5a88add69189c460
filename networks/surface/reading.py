"""A surface of rasters: land cover or speeds, heights, barriers, whatever system each of them is in.

The first raster sets the extent. Where it is in the metric system asked for, with square cells that lie
north up, its cells are taken as they are; otherwise it is put into that system, each cell taking the class of
the nearest one (classes are names: they have no mean). Heights are interpolated, barriers never lost: a cell
that a barrier touches is closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import rasterio
import rasterio.features
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT
from rasterio.warp import calculate_default_transform

from networks.arrays import FloatArray
from networks.elevations import in_metres
from networks.errors import Fault, NetworkDataError
from networks.geometry import to_metres
from networks.sentences import Sentence
from networks.surface.grid import CHANGE_MIN, MOST_CELLS, WAYS, Formula, Ground, Surface, too_many_cells

#: Files that hold lines or polygons; anything else is read as a raster.
_VECTORS = {".gpkg", ".geojson", ".json", ".shp", ".fgb", ".parquet"}
#: Nobody crosses ground or water faster, km/h: what is above stands for something else, as 255 in bytes does.
FASTEST_KPH = 200.0
#: Cells may differ by so much of their side from those of a raster in the right system and still be its own.
_SAME = 1e-6


@dataclass(frozen=True)
class _Frame:
    """Where the cells of a surface lie."""

    west: float
    north: float
    cell_m: float
    rows: int
    columns: int
    epsg: int

    @property
    def transform(self) -> rasterio.Affine:
        return rasterio.Affine(self.cell_m, 0.0, self.west, 0.0, -self.cell_m, self.north)


class Layers(NamedTuple):
    """What a surface has beside its ground, and how it is crossed.

    Attributes:
        epsg: EPSG code of the metric CRS in which the surface is made, that of the network it is used with.
        elevation: raster of metres above the sea; None = everything is level.
        barriers: lines or polygons, or a raster in which every value but 0 and no data is a barrier.
        cell_m: side of a cell, metres; None = that of the raster of the ground.
        change_min: minutes that a change of the way of moving takes.
        formula: what slopes do to those who walk.
        moves: 8 or 16 moves from a cell.
        crs: reference system of rasters whose file does not say it.
    """

    epsg: int
    elevation: str | Path | None = None
    barriers: str | Path | None = None
    cell_m: float | None = None
    change_min: float = CHANGE_MIN
    formula: Formula = "tobler"
    moves: int = 16
    crs: str | None = None


def read_surface(cover: str | Path, grounds: Mapping[int, Ground], layers: Layers) -> Surface:
    """A surface of a raster of land cover.

    Args:
        cover: raster of classes (whole numbers); no data = cannot be crossed.
        grounds: class -> how it is crossed. Every class that the raster holds must be there.
        layers: reference system, heights, barriers.

    Raises:
        NetworkDataError: a file that cannot be read, has no reference system or no place, does not meet the
            others, or holds classes without a ground; all listed.
        CrsError: ``layers.epsg`` is not metric.
    """
    path = Path(cover)
    frame, told = _frame(path, layers)
    classes, missing = _values(path, frame, Resampling.nearest, layers.crs)
    faults = [_fault(path, "classes must be whole numbers")] if (classes % 1 != 0).any() else []
    faults += _without_ground(path, classes, missing, grounds)
    if faults:
        raise NetworkDataError(faults)
    speed, way = np.zeros(classes.shape, np.float32), np.zeros(classes.shape, np.uint8)
    for value, ground in grounds.items():
        here = (classes == value) & ~missing
        speed[here], way[here] = ground.speed_kph, WAYS.index(ground.way) + 1
    return _made(frame, speed, way, layers, told)


def read_speeds(speeds: str | Path, layers: Layers, *, way: str = "walk") -> Surface:
    """A surface of a raster of speeds on level ground, km/h; 0 and no data cannot be crossed.

    Args:
        speeds: raster of km/h.
        layers: reference system, heights, barriers.
        way: how one moves: one of :data:`networks.surface.grid.WAYS`; slopes count for ``walk`` only.

    Raises:
        NetworkDataError: as :func:`read_surface`; speeds below 0 or above
            :data:`FASTEST_KPH`; an unknown way.
        CrsError: ``layers.epsg`` is not metric.
    """
    path = Path(speeds)
    if way not in WAYS:
        raise NetworkDataError(Sentence("net.fault.surface.way", "must be one of {ways}", ways=WAYS))
    frame, told = _frame(path, layers)
    values, missing = _values(path, frame, Resampling.nearest, layers.crs)
    speed = np.where(missing, 0.0, values).astype(np.float32)
    if not (speed > 0).any():
        raise NetworkDataError([_fault(path, "no cell has a speed above 0 km/h")])
    if (speed > FASTEST_KPH).any():
        said = Sentence(
            "net.fault.surface.fast",
            "{value:g} km/h is no speed over ground ({cells:,} cells are above {most:g}); if it stands for a "
            "missing one, name it in the file as no data",
            value=float(speed.max()),
            cells=int((speed > FASTEST_KPH).sum()),
            most=FASTEST_KPH,
        )
        raise NetworkDataError([_fault(path, said)])
    return _made(frame, speed, np.full(speed.shape, WAYS.index(way) + 1, np.uint8), layers, told)


def _made(
    frame: _Frame, speed: NDArray[np.float32], way: NDArray[np.uint8], layers: Layers, told: list[Sentence]
) -> Surface:
    """The surface with its barriers and heights."""
    if layers.barriers is not None:
        barriers = Path(layers.barriers)
        closed = _barriers(barriers, frame, layers.crs)
        told.append(
            Sentence(
                "net.surface.barriers",
                "{file}: {cells:,} cells closed by barriers",
                file=barriers.name,
                cells=int((closed & (speed > 0)).sum()),
            )
        )
        speed[closed] = 0.0
    height = None
    if layers.elevation is not None:
        height = _heights(Path(layers.elevation), frame, speed > 0, told, layers.crs)
    return Surface(
        speed_kph=speed,
        way=way,
        height_m=height,
        west=frame.west,
        north=frame.north,
        cell_m=frame.cell_m,
        epsg=frame.epsg,
        change_min=layers.change_min,
        formula=layers.formula,
        moves=layers.moves,
        told=tuple(told),
    )


def _fault(path: Path, message: str, value: str = "") -> Fault:
    return Fault(message, where=path.name, value=value)


def _opened(path: Path, crs: str | None) -> Any:  # noqa: ANN401 - rasterio has no types
    """A raster and its reference system."""
    try:
        raster = rasterio.open(path)
    except (rasterio.errors.RasterioError, OSError) as error:
        said = Sentence("net.fault.surface.unreadable", "no raster that can be read: {error}", error=error)
        raise NetworkDataError([_fault(path, said)]) from error
    try:
        system = CRS.from_user_input(crs or raster.crs.to_wkt()) if raster.crs or crs else None
    except CRSError as error:
        raise NetworkDataError([_fault(path, "no such reference system", str(crs))]) from error
    faults = []
    if system is None:
        faults.append(_fault(path, "the raster has no coordinate reference system: say which one it is in"))
    if raster.transform.is_identity:
        message = "the raster does not say where it lies (no geotransform): its cells would count from 0, 0"
        faults.append(_fault(path, message))
    if faults:
        raster.close()
        raise NetworkDataError(faults)
    return raster, system


def _frame(path: Path, layers: Layers) -> tuple[_Frame, list[Sentence]]:
    """Where the cells of a surface lie that has the extent of a raster."""
    epsg, cell_m = layers.epsg, layers.cell_m
    to_metres(np.zeros(0), np.zeros(0), epsg=epsg)
    raster, system = _opened(path, layers.crs)
    with raster:
        if cell_m is not None and not (np.isfinite(cell_m) and cell_m > 0):
            raise NetworkDataError([Fault("must be a number above 0", where="cell_m", value=str(cell_m))])
        affine, wanted = raster.transform, CRS.from_epsg(epsg)
        square = abs(affine.a + affine.e) <= _SAME * abs(affine.a) and affine.b == affine.d == 0.0
        own = system == wanted and square and affine.a > 0
        if own and (cell_m is None or abs(cell_m - affine.a) <= _SAME * affine.a):
            return _Frame(affine.c, affine.f, affine.a, raster.height, raster.width, epsg), []
        if system == wanted and not affine.b and not affine.d:
            side = cell_m or min(abs(affine.a), abs(affine.e))
            bounds = raster.bounds
            west, north = min(bounds.left, bounds.right), max(bounds.top, bounds.bottom)
            columns = max(1, round(abs(bounds.right - bounds.left) / side))
            rows = max(1, round(abs(bounds.top - bounds.bottom) / side))
        else:
            target, width, height = calculate_default_transform(
                system.to_wkt(), wanted.to_wkt(), raster.width, raster.height, *raster.bounds
            )
            side = cell_m or float(target.a)
            west, north = float(target.c), float(target.f)
            columns, rows = (max(1, int(np.ceil(n * target.a / side))) for n in (width, height))
    if rows * columns > MOST_CELLS:
        raise NetworkDataError([_fault(path, too_many_cells(rows * columns, side))])
    told = [
        Sentence(
            "net.surface.warped",
            "{file}: put from {system} on cells of {side:.1f} m in EPSG:{epsg}; each takes the nearest value",
            file=path.name,
            system=system.name,
            side=side,
            epsg=epsg,
        )
    ]
    return _Frame(west, north, side, rows, columns, epsg), told


def _values(
    path: Path, frame: _Frame, resampling: Resampling, crs: str | None, *, stored: bool = False
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """(rows, columns) the first band on the cells of a frame, and what is missing.

    Scale and offset are applied, but for figures as they are ``stored``.
    """
    raster, system = _opened(path, crs)
    with (
        raster,
        WarpedVRT(
            raster,
            src_crs=system.to_wkt(),
            crs=CRS.from_epsg(frame.epsg).to_wkt(),
            transform=frame.transform,
            width=frame.columns,
            height=frame.rows,
            resampling=resampling,
            src_nodata=raster.nodata,
            add_alpha=raster.nodata is None,
        ) as warped,
    ):
        band = warped.read(1, masked=raster.nodata is not None)
        values = np.ma.getdata(band).astype(np.float64)
        missing = np.ma.getmaskarray(band) | np.isnan(values)
        if raster.nodata is None:
            missing |= warped.read(warped.count) == 0
        if not stored:
            values = values * raster.scales[0] + raster.offsets[0]
    return np.where(missing, 0.0, values), missing


def _without_ground(
    path: Path, classes: FloatArray, missing: NDArray[np.bool_], grounds: Mapping[int, Ground]
) -> list[Fault]:
    """Classes of the raster that nobody said how to cross, and grounds that cannot be."""
    faults = [
        Fault("a speed must be a number of at least 0 km/h", where=str(value), value=str(ground.speed_kph))
        for value, ground in grounds.items()
        if not (np.isfinite(ground.speed_kph) and ground.speed_kph >= 0)
    ]
    found, counts = np.unique(classes[~missing], return_counts=True)
    for value, count in zip(found.tolist(), counts.tolist(), strict=True):
        if value not in grounds:
            said = Sentence(
                "net.fault.surface.class",
                "class {value:g} ({cells:,} cells) has no speed: say how it is crossed, 0 km/h for a barrier",
                value=value,
                cells=count,
            )
            faults.append(_fault(path, said))
    if not len(found):
        faults.append(_fault(path, "the raster holds no data"))
    return faults


def _heights(
    path: Path, frame: _Frame, open_: NDArray[np.bool_], told: list[Sentence], crs: str | None
) -> NDArray[np.float32]:
    """(rows, columns) metres above the sea, NaN where they are not known."""
    stored, missing = _values(path, frame, Resampling.bilinear, crs, stored=True)
    if missing.all():
        raise NetworkDataError([_fault(path, "the raster of heights does not meet the land cover")])
    with _opened(path, crs)[0] as raster:
        values = in_metres(np.where(missing, np.nan, stored), raster, path)
    gone = int((missing & open_).sum())
    if gone:
        told.append(
            Sentence(
                "net.surface.no_height",
                "{file}: no height for {cells:,} of {every:,} cells that can be crossed; they count as level",
                file=path.name,
                cells=gone,
                every=int(open_.sum()),
            )
        )
    return values.astype(np.float32)


def _barriers(path: Path, frame: _Frame, crs: str | None) -> NDArray[np.bool_]:
    """(rows, columns) whether a barrier touches the cell."""
    if path.suffix.lower() not in _VECTORS:
        values, missing = _values(path, frame, Resampling.max, crs)
        if missing.all():
            raise NetworkDataError([_fault(path, "the raster of barriers does not meet the land cover")])
        return np.asarray((values != 0) & ~missing)
    try:
        layer = gpd.read_parquet(path) if path.suffix == ".parquet" else gpd.read_file(path)
    except (OSError, ValueError, RuntimeError) as error:
        said = Sentence(
            "net.fault.surface.lines", "no lines or polygons that can be read: {error}", error=error
        )
        raise NetworkDataError([_fault(path, said)]) from error
    if layer.crs is None:
        raise NetworkDataError([_fault(path, "the layer has no coordinate reference system")])
    shapes = layer.geometry.to_crs(frame.epsg)
    shapes = [shape for shape in shapes if shape is not None and not shape.is_empty]
    if not shapes:
        return np.zeros((frame.rows, frame.columns), dtype=bool)
    burnt = rasterio.features.rasterize(
        shapes,
        out_shape=(frame.rows, frame.columns),
        transform=frame.transform,
        all_touched=True,
        dtype="uint8",
    )
    return np.asarray(burnt > 0)
