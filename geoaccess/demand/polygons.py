"""Polygons of municipalities and cells: read, and checked for people who would count twice or nowhere."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geoaccess.demand.points import DemandPoints, read_crs, shortened, to_metres
from geoaccess.ground.errors import DataError
from geoaccess.words.note import Note, weight_words
from networks.errors import Fault

#: Municipal polygons that overlap by less than this are the noise of simplified boundaries.
OVERLAP_M2 = 10_000.0


def read_polygons(path: Path, *, layer: str | None = None, crs: int | str | None = None) -> gpd.GeoDataFrame:
    """Polygons from a file, made valid.

    Raises:
        DataError: unreadable, no CRS, or something that is no polygon.
    """
    try:
        frame = gpd.read_parquet(path) if path.suffix in {".parquet", ".geoparquet"} else _read(path, layer)
    except (OSError, ValueError, RuntimeError) as error:
        raise DataError([Fault(Note("fault.no_polygons", error=error), where=str(path))]) from error
    if frame.crs is None and crs is not None:
        frame = frame.set_crs(read_crs(crs, where=path.name))
    faults = [] if frame.crs is not None else [Fault("has no coordinate reference system", where=path.name)]
    wrong = ~frame.geometry.geom_type.isin(["Polygon", "MultiPolygon"]).to_numpy()
    faults += [
        Fault("is no polygon", where=path.name, row=str(row), value=str(frame.geometry.geom_type.iloc[row]))
        for row in np.flatnonzero(wrong)
    ]
    if faults:
        raise DataError(shortened(faults))
    return frame.set_geometry(frame.geometry.make_valid())


def _read(path: Path, layer: str | None) -> gpd.GeoDataFrame:
    return gpd.read_file(path) if layer is None else gpd.read_file(path, layer=layer)


def overlap_faults(
    areas: gpd.GeoDataFrame | gpd.GeoSeries,
    names: list[str],
    *,
    where: str,
    area_m2: float = 0.0,
    share: float = 0.0,
) -> list[Fault]:
    """Pairs of polygons (metric CRS) that overlap by more than an area and a share of the smaller one."""
    shapes = np.asarray(areas.geometry.values)
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = first < second
    first, second = first[once], second[once]
    common = shapely.area(shapely.intersection(shapes[first], shapes[second]))
    smaller = np.minimum(shapely.area(shapes[first]), shapely.area(shapes[second]))
    twice = np.flatnonzero(common > np.maximum(area_m2, share * smaller))
    faults = [
        Fault(
            Note("fault.areas_overlap", name=names[second[pair]], common=common[pair]),
            where=where,
            row=str(names[first[pair]]),
        )
        for pair in twice
    ]
    return shortened(faults)


def assign_municipalities(
    points: DemandPoints, areas: gpd.GeoDataFrame, *, metric_epsg: int, nearest_within_m: float = 0.0
) -> tuple[DemandPoints, pd.DataFrame]:
    """Give each point the code of the polygon that holds it; list the points that none holds.

    Args:
        points: demand points.
        areas: polygons, the codes as index (see :func:`geoaccess.demand.areas.read_areas`).
        metric_epsg: reference system for distances.
        nearest_within_m: a point outside every polygon, but this near to one, is given to it (simplified
            coastlines cut off quays and islets). Both kinds are listed.

    Returns:
        The points, those outside with an empty code, and a table of the points that lie outside every
        polygon: ``demand_id, name, lon, lat``, the weights, ``nearest_code, distance_m, assigned``.

    Raises:
        DataError: polygons overlap, or have no CRS.
    """
    if areas.crs is None:
        raise DataError([Fault("the polygons have no coordinate reference system", where="municipalities")])
    ordered = areas.sort_index().to_crs(metric_epsg)
    codes = ordered.index.astype(str).to_numpy(dtype=object)
    faults = overlap_faults(ordered, codes.tolist(), where="municipalities", area_m2=OVERLAP_M2)
    if faults:
        raise DataError(faults)
    x, y = to_metres(points.table["lon"].to_numpy(), points.table["lat"].to_numpy(), metric_epsg)
    places = shapely.points(x, y)
    tree = shapely.STRtree(ordered.geometry.values)
    own = _holding(tree, places)
    outside = np.flatnonzero(own < 0)
    nearest = tree.nearest(places[outside]) if len(outside) else np.zeros(0, dtype=np.int64)
    distance = shapely.distance(places[outside], np.asarray(ordered.geometry.values)[nearest])
    near = distance <= nearest_within_m
    own[outside[near]] = nearest[near]
    found = np.where(own >= 0, codes[own], "")
    listed = points.table.iloc[outside][["demand_id", "name", "lon", "lat", *points.weights]].assign(
        nearest_code=codes[nearest], distance_m=distance, assigned=near
    )
    return points.with_table(
        points.table.assign(municipality_code=found), *_notes(points, listed, nearest_within_m)
    ), listed.reset_index(drop=True)


def _holding(tree: shapely.STRtree, places: NDArray[np.object_]) -> NDArray[np.int64]:
    """Position of the polygon that holds each place, the first of several, -1 for none."""
    own = np.full(len(places), -1, dtype=np.int64)
    place, polygon = tree.query(places, predicate="intersects")
    order = np.lexsort((polygon, place))[::-1]
    own[place[order]] = polygon[order]
    return own


def _notes(points: DemandPoints, listed: pd.DataFrame, nearest_within_m: float) -> list[Note]:
    name = points.weights[0]
    given, left = listed[listed["assigned"]], listed[~listed["assigned"]]
    notes = []
    if len(given):
        notes.append(Note("note.outside_given", **_counted(given, name), metres=nearest_within_m))
    if len(left):
        notes.append(Note("note.outside", **_counted(left, name)))
    return notes


def _counted(rows: pd.DataFrame, weight: str) -> dict[str, object]:
    return {"points": len(rows), "people": float(rows[weight].sum()), "weight": weight_words(weight)}
