"""Edges as lines: for snapping, areas and isochrones."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from networks.arrays import FloatArray, IntArray
from networks.errors import CrsError
from networks.network import TravelNetwork
from networks.sentences import Sentence


def edge_points(network: TravelNetwork, edges: IntArray) -> tuple[FloatArray, IntArray]:
    """Points along edges, ends included.

    Returns:
        (n_points, 2) degrees east and north, and (n_points,) the position in ``edges`` of each point,
        ascending.
    """
    n = len(edges)
    topology = network.topology
    tails, heads = topology.tails[edges], topology.heads[edges]
    if network.geometry is None:
        inner = np.zeros(n, dtype=np.int64)
    else:
        inner = np.diff(network.geometry.indptr)[edges]
    owner = np.repeat(np.arange(n), inner + 2)
    first = np.cumsum(inner + 2) - (inner + 2)
    last = first + inner + 1
    points = np.empty((len(owner), 2))
    points[first, 0], points[first, 1] = topology.lon[tails], topology.lat[tails]
    points[last, 0], points[last, 1] = topology.lon[heads], topology.lat[heads]
    if network.geometry is not None and inner.any():
        middle = np.ones(len(owner), dtype=bool)
        middle[first] = middle[last] = False
        offset = np.arange(inner.sum()) - np.repeat(np.cumsum(inner) - inner, inner)
        taken = np.repeat(network.geometry.indptr[:-1][edges], inner) + offset
        points[middle, 0] = network.geometry.lon[taken]
        points[middle, 1] = network.geometry.lat[taken]
    return points, owner


def edge_lines(network: TravelNetwork, edges: IntArray, *, epsg: int | None = None) -> NDArray[np.object_]:
    """(n,) shapely lines of edges, in degrees, or in a metric CRS when ``epsg`` is given.

    Raises:
        CrsError: ``epsg`` is not metric.
    """
    points, owner = edge_points(network, edges)
    if epsg is not None:
        points = np.column_stack(to_metres(points[:, 0], points[:, 1], epsg=epsg))
    lines: NDArray[np.object_] = shapely.linestrings(points, indices=owner)
    return lines


def to_metres(lon: FloatArray, lat: FloatArray, *, epsg: int) -> tuple[FloatArray, FloatArray]:
    """Degrees to metres east and north in a CRS.

    Raises:
        CrsError: the CRS is not metric.
    """
    east, north = _transformer(epsg).transform(np.asarray(lon), np.asarray(lat))
    return np.asarray(east, dtype=np.float64), np.asarray(north, dtype=np.float64)


def to_degrees(east: FloatArray, north: FloatArray, *, epsg: int) -> tuple[FloatArray, FloatArray]:
    """Metres in a CRS to degrees east and north.

    Raises:
        CrsError: the CRS is not metric.
    """
    lon, lat = _transformer(epsg).transform(np.asarray(east), np.asarray(north), direction="INVERSE")
    return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)


def metric_area(area: BaseGeometry, epsg: int) -> BaseGeometry:
    """An area in degrees (EPSG:4326) made valid and put into metres.

    Raises:
        CrsError: the CRS is not metric.
    """
    metric: BaseGeometry = shapely.transform(
        shapely.make_valid(area), lambda x, y: to_metres(x, y, epsg=epsg), interleaved=False
    )
    return metric


def cut_in_degrees(shapes: NDArray[np.object_], *, epsg: int) -> NDArray[np.object_]:
    """(n,) shapes in metres as shapes in degrees (EPSG:4326), cut where they cross the antimeridian.

    Both sides are kept, as RFC 7946 (section 3.1.9) wants it; uncut they would lie around the whole Earth.

    Raises:
        CrsError: the CRS is not metric.
    """
    degrees: NDArray[np.object_] = shapely.transform(
        shapes, lambda x, y: to_degrees(x, y, epsg=epsg), interleaved=False
    )
    bounds = shapely.bounds(degrees)
    with np.errstate(invalid="ignore"):
        over = np.flatnonzero(bounds[:, 2] - bounds[:, 0] > 180.0)
    for row in over.tolist():
        degrees[row] = _cut_at_antimeridian(degrees[row])
    return degrees


def unrolled(lines: NDArray[np.object_]) -> NDArray[np.object_]:
    """(n,) lines in degrees, those over the antimeridian with western longitudes beyond 180."""
    bounds = shapely.bounds(lines)
    over = np.flatnonzero(bounds[:, 2] - bounds[:, 0] > 180.0)
    if not len(over):
        return lines
    result = lines.copy()
    result[over] = shapely.transform(lines[over], _beyond_180)
    return result


def _beyond_180(degrees: FloatArray) -> FloatArray:
    return np.column_stack([np.where(degrees[:, 0] < 0, degrees[:, 0] + 360.0, degrees[:, 0]), degrees[:, 1]])


def _cut_at_antimeridian(shape: BaseGeometry) -> BaseGeometry:
    whole = shapely.make_valid(shapely.transform(shape, _beyond_180))
    east = shapely.clip_by_rect(whole, -180.0, -90.0, 180.0, 90.0)
    west = shapely.transform(
        shapely.clip_by_rect(whole, 180.0, -90.0, 540.0, 90.0), lambda xy: xy - np.asarray([360.0, 0.0])
    )
    parts = [part for side in (east, west) for part in shapely.get_parts(side) if not part.is_empty]
    polygons = [part for part in parts if part.geom_type == "Polygon"]
    return shapely.MultiPolygon(polygons) if polygons else shapely.union_all(parts)


@lru_cache(maxsize=16)
def _transformer(epsg: int) -> pyproj.Transformer:
    crs = pyproj.CRS.from_epsg(epsg)
    units = {axis.unit_name for axis in crs.axis_info}
    if crs.is_geographic or units != {"metre"}:
        raise CrsError(
            Sentence(
                "net.fault.not_metric",
                "EPSG:{epsg} ({crs}) does not measure in metres; name a projected CRS such as 25833",
                epsg=epsg,
                crs=crs.name,
            )
        )
    return pyproj.Transformer.from_crs(4326, crs, always_xy=True)
