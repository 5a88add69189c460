"""Demand points from vector grids: polygons of cells, or SSB's tables of cell numbers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from geoaccess.demand.points import DemandPoints, to_degrees
from geoaccess.demand.polygons import overlap_faults, read_polygons
from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError
from geoaccess.ground.tables import Column, check_frame, read_frame
from geoaccess.words.note import Note
from networks.errors import Fault

#: SSB's national grids are in UTM zone 33.
SSB_EPSG = 25833
#: Cells may overlap by this share of the smaller one: coordinates are rounded when grids are converted.
OVERLAP_SHARE = 0.001


def points_from_grid(
    path: Path,
    *,
    weights: Mapping[str, str],
    id_column: str = "",
    name_column: str = "",
    municipality_column: str = "",
    layer: str | None = None,
    crs: int | str | None = None,
) -> DemandPoints:
    """Demand points at the centres of polygon cells (GeoPackage, GeoJSON, GeoParquet, ...).

    Centres are found in the UTM zone of the grid, never in degrees. Cells with nobody are left out.

    Args:
        path: file of cells.
        weights: name of the weight -> column.
        id_column: column of unique ids; empty = the number of the row.
        name_column: column of names; empty = the ids.
        municipality_column: column of municipality codes; empty = not known yet.
        layer: layer of the file, where it has several.
        crs: reference system where the file does not say it.

    Raises:
        DataError: unreadable, no CRS, a missing column, an impossible weight, cells that overlap (their
            people would count twice).
    """
    cells = read_polygons(path, layer=layer, crs=crs)
    frame = pd.DataFrame(cells.drop(columns=cells.geometry.name))
    ids = id_column or "row"
    if not id_column:
        frame[ids] = [str(row) for row in range(len(frame))]
    columns = [Column(ids, unique=True), *(Column(name, "count") for name in weights.values())]
    columns += [Column(name) for name in (name_column, municipality_column) if name]
    faults = check_frame(frame, columns, where=path.name)
    metric = cells.to_crs(cells.estimate_utm_crs())
    if not faults:
        faults = overlap_faults(metric, frame[ids].tolist(), where=path.name, share=OVERLAP_SHARE)
    if faults:
        raise DataError(faults)
    centres = gpd.GeoSeries(metric.geometry.centroid, crs=metric.crs).to_crs(4326)
    table = pd.DataFrame(
        {
            "demand_id": frame[ids].astype(str),
            "name": frame[name_column or ids],
            "municipality_code": frame[municipality_column] if municipality_column else "",
            "lon": centres.x.to_numpy(),
            "lat": centres.y.to_numpy(),
            **{weight: frame[column].astype(np.float64) for weight, column in weights.items()},
        }
    )
    return _inhabited(DemandPoints(table, tuple(weights)), path.name)


def points_from_ssb_grid(
    path: Path,
    *,
    weights: Mapping[str, str],
    id_column: str,
    size_m: int,
    municipality_column: str = "",
) -> DemandPoints:
    """Demand points from SSB's grid tables, which name a cell by number and give no coordinates.

    Args:
        path: table of cells.
        weights: name of the weight -> column.
        id_column: column of cell numbers, e.g. ``ssbid0250m`` or ``SSBID1000M``.
        size_m: side of a cell, e.g. 250 or 1000.
        municipality_column: column of municipality codes; empty = not known yet.

    Raises:
        DataError: a missing column, a number that is no cell of that size, an impossible weight.
    """
    frame = read_frame(path)
    columns = [Column(id_column, unique=True), *(Column(name, "count") for name in weights.values())]
    columns += [Column(municipality_column)] if municipality_column else []
    faults = check_frame(frame, columns, where=path.name)
    if faults:
        raise DataError(faults)
    x, y = ssb_cell_centres(frame[id_column], size_m, where=path.name)
    lon, lat = to_degrees(x, y, SSB_EPSG)
    table = pd.DataFrame(
        {
            "demand_id": frame[id_column],
            "name": frame[id_column],
            "municipality_code": frame[municipality_column] if municipality_column else "",
            "lon": lon,
            "lat": lat,
            **{weight: frame[column].astype(np.float64) for weight, column in weights.items()},
        }
    )
    return _inhabited(DemandPoints(table, tuple(weights)), path.name)


def ssb_cell_centres(ids: pd.Series, size_m: int, *, where: str = "cells") -> tuple[FloatArray, FloatArray]:
    """Centres (EPSG:25833) of SSB grid cells from their numbers.

    The number is ``2e13 + x * 1e7 + y`` with the lower left corner in metres, a multiple of the cell size.
    Source: Strand and Bloch 2009, Statistical grids for Norway, SSB Documents 2009/9.

    >>> ssb_cell_centres(pd.Series(["23532507287000"]), 250)
    (array([353375.]), array([7287125.]))

    Raises:
        DataError: a text is no cell number of that size.
    """
    numbers = pd.to_numeric(ids, errors="coerce").to_numpy(dtype=np.float64)
    corner = numbers - 2e13
    x, y = np.floor(corner / 1e7), np.mod(corner, 1e7)
    wrong = np.flatnonzero(
        ~((corner >= 0) & (x < 1e6 * 2) & (np.mod(x, size_m) == 0) & (np.mod(y, size_m) == 0))
    )
    if len(wrong):
        raise DataError(
            [
                Fault(
                    Note("fault.grid.number", size_m=size_m),
                    where=where,
                    row=str(row + 2),
                    value=str(ids.iloc[row]),
                )
                for row in wrong
            ]
        )
    return x + size_m / 2, y + size_m / 2


def _inhabited(points: DemandPoints, where: str) -> DemandPoints:
    lived = (points.table[list(points.weights)] > 0).any(axis=1)
    if not lived.any():
        raise DataError([Fault("holds nobody", where=where)])
    if lived.all():
        return points
    return points.with_table(
        points.table[lived], Note("note.empty_cells", file=where, cells=int((~lived).sum()))
    )
