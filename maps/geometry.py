"""Geometries as the page draws them: rings and lines in degrees; shared borders stay shared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

#: A GeoSeries, a GeoDataFrame, or any sequence of shapely geometries.
Geometries = Iterable[BaseGeometry]

#: Length of one degree of latitude, mean earth radius 6,371.0 km.
METRES_PER_DEGREE = 111_195.0
_AREA_TYPES = {"Polygon", "MultiPolygon"}
_LINE_TYPES = {"LineString", "MultiLineString", "LinearRing"}


def shapes_of(geometry: Geometries) -> NDArray[np.object_]:
    """(n,) shapely geometries of a GeoSeries, GeoDataFrame or plain sequence."""
    series = getattr(geometry, "geometry", geometry)
    return np.asarray(list(series), dtype=object)


def geometry_faults(geometry: Geometries, size: int, *, areas: bool) -> Iterator[str]:
    """What keeps a geometry column from being drawn."""
    crs = getattr(geometry, "crs", None)
    if crs is not None and not crs.equals("EPSG:4326") and crs.to_epsg() != 4326:
        yield f"the geometry is in {crs.to_string()}; pass it through to_crs('EPSG:4326')"
    shapes = shapes_of(geometry)
    if len(shapes) != size:
        yield f"{len(shapes)} geometries for {size} labels"
    allowed = _AREA_TYPES if areas else _LINE_TYPES
    for position, shape in enumerate(shapes):
        if shape is None or shape.is_empty:
            yield f"item {position} has no geometry"
        elif shape.geom_type not in allowed:
            yield f"item {position} is a {shape.geom_type}, not one of {sorted(allowed)}"
        elif not np.isfinite(shape.bounds).all() or max(map(abs, shape.bounds)) > 180:
            yield f"item {position} reaches {shape.bounds}, which are not degrees"


def area_rings(geometry: Geometries, *, tolerance_m: float) -> list[list[NDArray[np.float64]]]:
    """For each area its rings, (n_points, 2) degrees.

    Areas that form a coverage (municipalities) keep their shared borders shared
    (``shapely.coverage_simplify``, Visvalingam-Whyatt); overlapping ones (isochrones) are simplified one by
    one.
    """
    return [
        [shapely.get_coordinates(ring) for part in shapely.get_parts(shape) for ring in _rings(part)]
        for shape in drawn_areas(geometry, tolerance_m=tolerance_m)
    ]


def drawn_areas(geometry: Geometries, *, tolerance_m: float) -> NDArray[np.object_]:
    """(n,) areas without self-crossing rings, simplified to about ``tolerance_m``; 0 keeps every point."""
    shapes = _valid_areas(shapes_of(geometry))
    return _simplified(shapes, tolerance_m) if tolerance_m > 0 and len(shapes) else shapes


def line_parts(geometry: Geometries) -> list[list[NDArray[np.float64]]]:
    """For each line its parts, (n_points, 2) degrees."""
    return [
        [shapely.get_coordinates(part) for part in shapely.get_parts(line)] for line in shapes_of(geometry)
    ]


def _valid_areas(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Areas without self-crossing rings; lines and points that mending leaves behind are dropped."""
    mended = [shape if shape.is_valid else _areas_only(shapely.make_valid(shape)) for shape in shapes]
    return np.asarray(mended, dtype=object)


def _areas_only(shape: BaseGeometry) -> BaseGeometry:
    parts = [part for part in shapely.get_parts(shape) if part.geom_type in _AREA_TYPES]
    return shapely.union_all(parts)


def _simplified(shapes: NDArray[np.object_], tolerance_m: float) -> NDArray[np.object_]:
    """Simplified in degrees whose east-west size is true at the middle latitude."""
    _, south, _, north = shapely.total_bounds(shapes)
    stretch = np.cos(np.radians((south + north) / 2))
    even = shapely.transform(shapes, lambda xy: xy * (stretch, 1.0))
    tolerance = tolerance_m / METRES_PER_DEGREE
    if len(even) > 1 and shapely.coverage_is_valid(even):
        simple = shapely.coverage_simplify(even, tolerance)
    else:
        simple = shapely.simplify(even, tolerance, preserve_topology=True)
    kept = np.where(shapely.is_empty(simple), even, simple)
    return np.asarray(shapely.transform(kept, lambda xy: xy / (stretch, 1.0)), dtype=object)


def _rings(polygon: BaseGeometry) -> Sequence[BaseGeometry]:
    return (polygon.exterior, *polygon.interiors)
