"""The finer coast around the places of a map, drawn from a middle zoom level on."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from maps.encoding import decode_rings, encode_rings

#: Source of the finer coast, for the page and for anyone who redistributes it.
NEAR_SOURCE = (
    "Coast near the places, when zoomed in: OpenStreetMap contributors (ODbL 1.0), by @geo-maps 0.6.0 (2017)."
)
#: Zoom level of the page from which it is drawn.
FROM_ZOOM = 9
#: Cells that the coast is taken by, in degrees east and north: about ten kilometres in 70 degrees north.
CELL = (0.25, 0.1)
#: Corners that a page takes at most, about 160 kB: cells with most places first.
MOST_CORNERS = 45_000
#: Steps of a degree that a page keeps: 11 m at most off, where the coast itself is by tens.
_SCALE = 5_000


@cache
def _packed() -> dict[str, Any]:
    text = resources.files("maps").joinpath("_basemap", "near.json").read_text(encoding="ascii")
    coast: dict[str, Any] = json.loads(text)
    return coast


@cache
def _land() -> NDArray[np.object_]:
    shapes = [shapely.Polygon(rings[0], rings[1:]) for rings in decode_rings(_packed()["land"])]
    land: NDArray[np.object_] = shapely.make_valid(np.asarray(shapes, dtype=object))
    return land


def _cells_of(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
    """(n, 2) the cell of each place, counted from the meridian and the equator."""
    return np.floor(np.column_stack([lon / CELL[0], lat / CELL[1]])).astype(np.int64)


def _counted(cells: NDArray[np.int64]) -> dict[tuple[int, int], int]:
    """How often each cell stands there, in the order in which they come first."""
    wide = np.int64(1) << 20
    _, first, count = np.unique(cells[:, 0] * wide + cells[:, 1], return_index=True, return_counts=True)
    order = np.argsort(first)
    return dict(zip(map(tuple, cells[first[order]].tolist()), count[order].tolist(), strict=True))


@cache
def _corners() -> dict[tuple[int, int], int]:
    """How many corners of the coast lie in each cell."""
    return _counted(_cells_of(*shapely.get_coordinates(_land()).T))


def near_coast(
    lon: NDArray[np.float64], lat: NDArray[np.float64], *, most_corners: int = MOST_CORNERS
) -> dict[str, Any] | None:
    """The coast of the cells around places, as the page reads it; None where none of them has a finer one.

    Args:
        lon: degrees east of the places.
        lat: degrees north.
        most_corners: cells with fewer places are left to the coarser coast from here on.

    Returns:
        ``fromZoom``, ``cells`` (west, south, east, north of each), and ``land`` (see
        :func:`maps.encoding.encode_rings`), which reaches a little beyond the cells: what lies outside is
        not to be drawn, so that no edge of a cell looks like a coast.
    """
    west, south, east, north = _packed()["bounds"]
    inside = (lon > west) & (lon < east) & (lat > south) & (lat < north)
    steps = np.array([(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)])
    counted = _counted((_cells_of(lon[inside], lat[inside])[:, None] + steps).reshape(-1, 2))
    taken, corners = [], 0
    for cell in sorted(counted, key=counted.__getitem__, reverse=True):
        corners += _corners().get(cell, 0)
        if corners > most_corners:
            break
        taken.append(cell)
    if not taken:
        return None
    low = np.asarray(taken, dtype=np.float64) * CELL
    boxes = shapely.box(*low.T, *(low + CELL).T)
    region = shapely.union_all(boxes).buffer(0.002, join_style="mitre")
    shapely.prepare(region)
    land = _land()[shapely.intersects(_land(), region)]
    found = shapely.get_parts(shapely.intersection(land, region))
    shapes = found[shapely.get_type_id(found) == shapely.GeometryType.POLYGON]
    rings = [[ring.coords for ring in (one.exterior, *one.interiors)] for one in shapes]
    return {
        "fromZoom": FROM_ZOOM,
        "cells": shapely.bounds(boxes).round(4).tolist(),
        "land": encode_rings(rings, scale=_SCALE),
    }
