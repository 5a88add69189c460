"""Demand points from population rasters: read window by window, so that a country's raster costs one window.

Values are persons per cell. Cells are never resampled: each inhabited cell becomes a point at its centre, so
the sum of the points is the sum of the cells. A raster of densities must be made into counts first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import rasterio
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.errors import RasterioIOError
from rasterio.windows import Window

from geoaccess.demand.points import MOST_FAULTS, WGS84, DemandPoints, read_crs, to_degrees
from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError
from geoaccess.words.note import Note
from networks.errors import Fault

Bounds = tuple[float, float, float, float]

#: Side of the windows that are read, in cells: 32 MB of float64.
WINDOW_CELLS = 2048


@dataclass(frozen=True)
class _Cells:
    """The inhabited cells of one window: positions, values (n, n_bands), what was found missing."""

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: FloatArray
    missing: int


def points_from_raster(
    path: Path,
    *,
    weights: Mapping[str, int],
    bounds: Bounds | None = None,
    nodata: float | None = None,
    crs: int | str | None = None,
) -> DemandPoints:
    """Demand points from a raster of persons per cell (SSB 1 km, WorldPop, GHS-POP, ...).

    Only windows that meet ``bounds`` are read. A cell counts as missing where the file says nodata (or a
    mask), where it holds NaN, or where it equals ``nodata``. Cells with 0 in every band are left out.

    Args:
        path: a raster file that rasterio reads.
        weights: name of the weight -> band number, from 1.
        bounds: west, south, east, north in degrees (EPSG:4326): cells whose centre lies outside are left out.
        nodata: the value of missing cells where the file does not say it.
        crs: reference system where the file does not say it.

    Raises:
        DataError: unreadable, no CRS, no geotransform, no such band, the bounds miss it, negative cells,
            nobody in it.
    """
    try:
        with rasterio.open(path) as raster:
            return _read(raster, path.name, dict(weights), bounds, nodata, crs)
    except RasterioIOError as error:
        raise DataError([Fault(Note("fault.no_raster", error=error), where=str(path))]) from error


def _read(
    raster: Any,  # noqa: ANN401 - rasterio has no types
    where: str,
    weights: dict[str, int],
    bounds: Bounds | None,
    nodata: float | None,
    crs: int | str | None,
) -> DemandPoints:
    faults = [
        Fault(Note("fault.raster.no_band", band=band, count=raster.count), where=where, column=name)
        for name, band in weights.items()
        if not 1 <= band <= raster.count
    ]
    if not raster.crs and crs is None:
        faults.append(
            Fault("the raster has no coordinate reference system: say which one it is in", where=where)
        )
    if raster.transform.is_identity:
        message = "the raster does not say where it lies (no geotransform): its cells would count from 0, 0"
        faults.append(Fault(message, where=where))
    if faults:
        raise DataError(faults)
    system = read_crs(crs if crs is not None else raster.crs.to_wkt(), where=where)
    region = _region(raster, system, bounds, where)
    found = list(_windows(raster, region, list(weights.values()), nodata, where))
    rows = np.concatenate([cells.rows for cells in found])
    columns = np.concatenate([cells.columns for cells in found])
    values = np.concatenate([cells.values for cells in found])
    x, y = _applied(raster.transform, columns + 0.5, rows + 0.5)
    lon, lat = to_degrees(x, y, system, where=where)
    inside = _inside(lon, lat, bounds)
    if not inside.any():
        raise DataError([Fault("holds nobody within the bounds" if bounds else "holds nobody", where=where)])
    ids = [f"r{row}c{column}" for row, column in zip(rows[inside], columns[inside], strict=True)]
    table = pd.DataFrame(
        {"demand_id": ids, "name": ids, "municipality_code": "", "lon": lon[inside], "lat": lat[inside]}
    )
    for position, name in enumerate(weights):
        table[name] = values[inside, position]
    missing = sum(cells.missing for cells in found)
    return DemandPoints(table, tuple(weights), (_told(where, raster, region, len(table), missing),))


def _told(where: str, raster: Any, region: Window, n_points: int, missing: int) -> Note:  # noqa: ANN401
    read = int(region.width) * int(region.height)
    return Note(
        "note.raster",
        file=where,
        cells=n_points,
        read=read,
        every=int(raster.width) * int(raster.height),
        missing=missing,
    )


def _inside(lon: FloatArray, lat: FloatArray, bounds: Bounds | None) -> NDArray[np.bool_]:
    if bounds is None:
        return np.ones(len(lon), dtype=np.bool_)
    west, south, east, north = bounds
    inside: NDArray[np.bool_] = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return inside


def _applied(transform: Any, first: FloatArray, second: FloatArray) -> tuple[FloatArray, FloatArray]:  # noqa: ANN401
    """An affine transform of arrays; written out, because its operator differs between versions of affine."""
    return (
        transform.a * first + transform.b * second + transform.c,
        transform.d * first + transform.e * second + transform.f,
    )


def _region(raster: Any, system: Any, bounds: Bounds | None, where: str) -> Window:  # noqa: ANN401
    """The window that covers the bounds, however the raster is turned."""
    if bounds is None:
        return Window(0, 0, raster.width, raster.height)
    project = Transformer.from_crs(WGS84, system, always_xy=True)
    # A straight edge in degrees is curved in the raster's system: its points are followed, not its corners.
    left, bottom, right, top = project.transform_bounds(*bounds, densify_pts=101)
    columns, rows = _applied(
        ~raster.transform, np.array([left, left, right, right]), np.array([bottom, top] * 2)
    )
    first_row, last_row = max(0, int(np.floor(rows.min()))), min(raster.height, int(np.ceil(rows.max())))
    first, last = max(0, int(np.floor(columns.min()))), min(raster.width, int(np.ceil(columns.max())))
    if first_row >= last_row or first >= last:
        raise DataError([Fault("the raster does not meet the bounds", where=where, value=str(bounds))])
    return Window(first, first_row, last - first, last_row - first_row)


def _windows(
    raster: Any,  # noqa: ANN401
    region: Window,
    bands: list[int],
    nodata: float | None,
    where: str,
) -> Iterator[_Cells]:
    faults: list[Fault] = []
    found = 0
    first_row, first_column = int(region.row_off), int(region.col_off)
    for row in range(first_row, first_row + int(region.height), WINDOW_CELLS):
        for column in range(first_column, first_column + int(region.width), WINDOW_CELLS):
            height = min(WINDOW_CELLS, first_row + int(region.height) - row)
            width = min(WINDOW_CELLS, first_column + int(region.width) - column)
            cells = _cells(raster, Window(column, row, width, height), bands, nodata)
            bad = np.argwhere(~((cells.values >= 0) & np.isfinite(cells.values)))
            faults += _negative(cells, bad[: MOST_FAULTS - len(faults)], bands, where)
            found += len(bad)
            yield cells
    if found > len(faults):
        faults.append(Fault(Note("fault.more", n_faults=found - len(faults)), where=where))
    if faults:
        raise DataError(faults)


def _cells(raster: Any, window: Window, bands: list[int], nodata: float | None) -> _Cells:  # noqa: ANN401
    read = raster.read(bands, window=window, masked=True)
    scale = np.asarray([raster.scales[band - 1] for band in bands])[:, np.newaxis, np.newaxis]
    offset = np.asarray([raster.offsets[band - 1] for band in bands])[:, np.newaxis, np.newaxis]
    raw = np.ma.getdata(read).astype(np.float64)
    missing = np.ma.getmaskarray(read) | np.isnan(raw)
    if nodata is not None:
        missing |= raw == nodata
    values = np.where(missing, 0.0, raw * scale + offset)
    rows, columns = np.nonzero((values != 0).any(axis=0))
    return _Cells(
        rows=rows + int(window.row_off),
        columns=columns + int(window.col_off),
        values=values[:, rows, columns].T,
        missing=int(missing.all(axis=0).sum()),
    )


def _negative(cells: _Cells, bad: NDArray[np.int64], bands: list[int], where: str) -> list[Fault]:
    """Faults of (n, 2) cells and bands; a nodata that the file does not name may be millions of them."""
    return [
        Fault(
            "a cell cannot hold fewer than 0 or infinitely many persons; "
            "if the value means 'no data', name it as nodata",
            where=where,
            row=f"{cells.rows[cell]}, {cells.columns[cell]}",
            column=Note("word.band", band=bands[band]),
            value=str(cells.values[cell, band]),
        )
        for cell, band in bad
    ]
