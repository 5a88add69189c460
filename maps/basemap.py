"""Land under the layers: the packed coast of northern Europe, or the study's own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from maps.arrays import FloatArray
from maps.encoding import decode_rings, encode_rings

#: Sources of the packed coast, for the page and for anyone who redistributes it.
COAST_SOURCE = (
    "Coast, lakes and borders: GSHHG 2.3.6 (Wessel and Smith 1996), LGPL version 3 or later, simplified."
)


@dataclass(frozen=True, eq=False, slots=True)
class Basemap:
    """Land for a study outside the packed region.

    Attributes:
        land: polygons in EPSG:4326, or None for a plain background.
        borders: lines in EPSG:4326, or None.
        source: where it comes from, shown with the sources.
    """

    land: BaseGeometry | None = None
    borders: BaseGeometry | None = None
    source: str = ""

    def packed(self) -> dict[str, Any]:
        """The basemap as the page reads it, see :func:`maps.encoding.encode_rings`."""
        shapes = [] if self.land is None else list(shapely.get_parts(self.land))
        lines = [] if self.borders is None else list(shapely.get_parts(self.borders))
        rings = [[ring.coords for ring in (shape.exterior, *shape.interiors)] for shape in shapes]
        extent = [part for part in (self.land, self.borders) if part is not None]
        bounds = shapely.total_bounds(extent).tolist() if extent else None
        return {
            "bounds": bounds,
            "land": encode_rings(rings),
            "borders": encode_rings([[line.coords for line in lines]]),
        }


@cache
def packed_coast() -> dict[str, Any]:
    """The packed coast of northern Europe, as the page reads it; not to be changed."""
    text = resources.files("maps").joinpath("_basemap", "land.json").read_text(encoding="ascii")
    coast: dict[str, Any] = json.loads(text)
    return coast


#: Steps of a degree that a page keeps of the packed coast: 22 m at most off, the coast itself by 100.
_COAST_SCALE = 2_500
#: Around what a page is about (a share of its extent, at least so many degrees) the coast is whole; ...
_ROOM_SHARE, _ROOM_DEGREES = 0.1, 0.3
#: ... beyond that it is thinned to this many degrees, and islets smaller than this are left out.
_FAR_DEGREES = 0.01


@cache
def coast_around(bounds: tuple[float, float, float, float]) -> dict[str, Any]:
    """The packed coast as a page about west, south, east, north in degrees reads it; not to be changed.

    All of it is there, so that the edge of a wide window is filled; its detail is around the bounds alone.
    """
    west, south, east, north = bounds
    room_x = max(_ROOM_DEGREES, _ROOM_SHARE * (east - west))
    room_y = max(_ROOM_DEGREES, _ROOM_SHARE * (north - south))
    box = (west - room_x, south - room_y, east + room_x, north + room_y)
    packed = packed_coast()
    thinned = [[_thinned(ring, box) for ring in rings] for rings in decode_rings(packed["land"])]
    # A shape whose outer ring is gone is gone with its lakes.
    shapes = [[ring for ring in rings if len(ring) > 3] for rings in thinned if len(rings[0]) > 3]
    lines = [ring for rings in decode_rings(packed["borders"]) for ring in rings]
    return {
        "bounds": packed["bounds"],
        "land": encode_rings(shapes, scale=_COAST_SCALE),
        "borders": encode_rings([lines], scale=_COAST_SCALE),
    }


def _thinned(ring: FloatArray, box: tuple[float, float, float, float]) -> FloatArray:
    """A ring with fewer corners outside a box; empty where all of it is outside and small."""
    inside = (ring[:, 0] > box[0]) & (ring[:, 0] < box[2]) & (ring[:, 1] > box[1]) & (ring[:, 1] < box[3])
    if inside.all():
        return ring
    if not inside.any():
        if np.ptp(ring, axis=0).max() < _FAR_DEGREES:
            return ring[:0]
        return np.asarray(shapely.get_coordinates(shapely.simplify(shapely.LineString(ring), _FAR_DEGREES)))
    edges = np.flatnonzero(np.diff(inside)) + 1
    kept = []
    for run, is_inside in zip(np.split(ring, edges), inside[np.r_[0, edges]], strict=True):
        if is_inside or len(run) < 3:
            kept.append(run)
        else:
            kept.append(shapely.get_coordinates(shapely.simplify(shapely.LineString(run), _FAR_DEGREES)))
    return np.concatenate(kept)


def covers(bounds: tuple[float, float, float, float]) -> bool:
    """Whether the packed coast reaches around west, south, east, north in degrees."""
    west, south, east, north = packed_coast()["bounds"]
    return bool(west < bounds[0] and south < bounds[1] and bounds[2] < east and bounds[3] < north)


#: West, south, east, north in degrees within which the packed coast is true to about 100 m.
DETAILED = (8.0, 63.0, 36.0, 73.0)
#: Where it is true to 2 km only, it serves windows of this many degrees of latitude (110 km) and more.
_COARSE_FROM_DEGREES = 1.0


def serves(bounds: tuple[float, float, float, float]) -> bool:
    """Whether the packed coast is fine enough for a page about west, south, east, north in degrees.

    A coast that is 2 km off would put half of a town into the sea: there no coast is better than this one.
    """
    west, south, east, north = bounds
    inner = shapely.box(*DETAILED).contains(shapely.box(*bounds))
    wide = max(north - south, (east - west) * float(np.cos(np.deg2rad((south + north) / 2.0))))
    return covers(bounds) and (bool(inner) or wide >= _COARSE_FROM_DEGREES)


def detailed(bounds: tuple[float, float, float, float]) -> BaseGeometry | None:
    """The part of west, south, east, north where the packed coast is true to about 100 m; None = no part."""
    part = shapely.box(*bounds).intersection(shapely.box(*DETAILED))
    return None if part.area == 0.0 else part


def land_within(bounds: tuple[float, float, float, float]) -> BaseGeometry:
    """The land of :func:`land` within west, south, east, north in degrees, without unpacking all of it."""
    return shapely.union_all(land_pieces(bounds))


def land_pieces(bounds: tuple[float, float, float, float]) -> NDArray[np.object_]:
    """The pieces of land that reach into west, south, east, north in degrees, cut at its border."""
    shapes = _packed_shapes()
    west, south, east, north = shapely.bounds(shapes).T
    near = (west < bounds[2]) & (east > bounds[0]) & (south < bounds[3]) & (north > bounds[1])
    clipped: NDArray[np.object_] = shapely.clip_by_rect(shapes[near], *bounds)
    return clipped


@cache
def land() -> BaseGeometry:
    """Land without larger lakes as a MultiPolygon in EPSG:4326, prepared for queries.

    The coast is true to about 100 m between 8 and 36 degrees east, 63 and 73 north, and to 2 km around that.
    Islets below 0.03 km2 are missing. A place on a quay may lie just outside; ask for the distance, not for
    containment.
    """
    whole = shapely.union_all(_packed_shapes())
    shapely.prepare(whole)
    return whole


@cache
def _packed_shapes() -> NDArray[np.object_]:
    """The packed land as valid polygons in degrees; not to be changed."""
    shapes = [shapely.Polygon(rings[0], rings[1:]) for rings in decode_rings(packed_coast()["land"])]
    return np.asarray(shapely.make_valid(shapes), dtype=object)
