"""Places joined to a road network over land and water: the leg is the least-cost way to any road.

One search from all cells that a road runs through gives every cell its road. A place takes the road that it
reaches first, joins it where it comes out, and the way back is the same way in the other direction, with the
slopes turned round. Stray pieces of road are passed over as elsewhere (:mod:`networks.snap_choice`). Flags:

==================  =================================================================================
``over_surface``    joined by a way over the surface
``no_way``          not joined: on the surface, but nothing leads to a road
==================  =================================================================================

Places outside of the surface are joined as :func:`networks.snapping.snap` joined them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import rasterio
import rasterio.features
import shapely
from numpy.typing import NDArray

from networks.arrays import BoolArray, FloatArray, IntArray
from networks.errors import NetworkDataError
from networks.geometry import to_degrees
from networks.network import TravelNetwork
from networks.points import SnappedPoints
from networks.sentences import Sentence
from networks.snap_choice import QUAY_SLACK_M, STRAY_ROAD_M
from networks.snap_index import SnapIndex
from networks.surface.grid import Least, Surface

#: What joined places are flagged with.
OVER_SURFACE, NO_WAY = "over_surface", "no_way"


@dataclass(frozen=True, eq=False)
class RoadReach:
    """The way from every cell of a surface to the road that is reached first.

    Attributes:
        surface: the surface.
        index: the roads.
        cells: (k,) cells that a road runs through.
        items: (k,) the road of each.
        least: the ways, from each cell to its road.
    """

    surface: Surface
    index: SnapIndex
    cells: IntArray
    items: IntArray
    least: Least


def road_reach(network: TravelNetwork, surface: Surface, *, limit_min: float | None = None) -> RoadReach:
    """The way from every cell of a surface to the road that is reached first.

    Args:
        network: the network; its roads as they were built, whatever overlays it carries.
        surface: the ground, in the network's metric CRS.
        limit_min: longer ways are not followed.

    Raises:
        NetworkDataError: the surface is in another CRS, or no road runs through it.
    """
    if surface.epsg != network.metric_epsg:
        raise NetworkDataError(
            Sentence(
                "net.fault.surface.epsg",
                "the surface is in EPSG:{surface}, the network in EPSG:{network}",
                surface=surface.epsg,
                network=network.metric_epsg,
            )
        )
    index = SnapIndex.of(network)
    rows, columns = surface.shape
    south, east = surface.north - rows * surface.cell_m, surface.west + columns * surface.cell_m
    near = index.tree.crossing((surface.west, south, east, surface.north))
    stray = ~(index.enters[near] | index.leaves[near]) & (index.road_m[near] < STRAY_ROAD_M)
    near = near[~stray]
    cells, items = _cells_of(surface, index, near[~index.quay[near]])
    quay_cells, quays = _cells_of(surface, index, near[index.quay[near]])
    if not len(cells) + len(quay_cells):
        raise NetworkDataError("no road of the network runs through the surface: do both show one region?")
    least = surface.least(cells, toward=True, limit_min=limit_min)
    if len(quays):
        by_quay = surface.least(quay_cells, toward=True, limit_min=limit_min)
        better = by_quay.metres + QUAY_SLACK_M < least.metres
        least.seconds[better] = by_quay.seconds[better]
        least.back_s[better], least.metres[better] = by_quay.back_s[better], by_quay.metres[better]
        least.source[better] = by_quay.source[better] + len(cells)
    return RoadReach(surface, index, np.append(cells, quay_cells), np.append(items, quays), least)


def _cells_of(surface: Surface, index: SnapIndex, items: IntArray) -> tuple[IntArray, IntArray]:
    """Cells that some of the roads run through, and the road of each, any of them where there are several."""
    if not len(items):
        return items, items
    numbers = np.arange(1, len(items) + 1, dtype=np.int32).tolist()
    burnt = rasterio.features.rasterize(
        zip(index.shapes(items), numbers, strict=True),
        out_shape=surface.shape,
        transform=rasterio.Affine(surface.cell_m, 0.0, surface.west, 0.0, -surface.cell_m, surface.north),
        all_touched=True,
        dtype="int32",
    ).ravel()
    cells = np.flatnonzero(burnt)
    return cells, items[burnt[cells] - 1]


def join_over(
    network: TravelNetwork, reach: RoadReach, straight: SnappedPoints, *, most_m: float | None = None
) -> SnappedPoints:
    """Places joined to the network over a surface, where they lie on it.

    A place with a road in its own cell goes straight to it, at the pace of the cell: a grid says no more.

    Args:
        network: the network that the places were joined to.
        reach: from :func:`road_reach` of the same network.
        straight: the places as :func:`networks.snapping.snap` joined them: those outside of the surface stay
            as they are.
        most_m: ways over the surface that are longer join nothing.

    Raises:
        NetworkDataError: the places belong to another network.
    """
    straight.check_belongs(network)
    surface, index = reach.surface, reach.index
    inside = surface.cells_of(straight.lon, straight.lat)
    joined_in = surface.cells_of(straight.joined_lon, straight.joined_lat)
    at_door = (inside >= 0) & straight.joined & (joined_in == inside)
    rows = np.flatnonzero((inside >= 0) & ~at_door)
    beside = surface.open_at(straight.lon[rows], straight.lat[rows])
    found = _Ways.of(reach, inside[rows], beside, most_m)
    items = reach.items[found.source[found.led]]
    led = rows[found.led]
    new = {
        name: getattr(straight, name).copy()
        for name in ("node", "edge", "twin", "fraction", "access_m", "access_s", "joined_lon", "joined_lat")
    }
    for name, of_item in (("node", index.nodes), ("edge", index.edges), ("twin", index.twins)):
        new[name][rows] = -1
        new[name][led] = of_item[items]
    arrive, pace, flags = straight.arriving_s.copy(), straight.pace_s_per_m.copy(), straight.flags.copy()
    # Nobody goes straight to a neighbour: what lies between is known, and it may be a river.
    pace[inside >= 0] = np.inf
    for array, values in (
        (new["access_m"], found.metres), (new["access_s"], found.seconds), (arrive, found.back_s)
    ):  # fmt: skip
        array[rows] = np.where(found.led, values, np.nan)
    doors = np.flatnonzero(at_door & surface.open.ravel()[inside])
    speed = surface.speed_kph.ravel()[inside[doors]].astype(np.float64)
    arrive[doors] = new["access_s"][doors] = straight.access_m[doors] * 3.6 / speed
    for name in ("fraction", "joined_lon", "joined_lat"):
        new[name][rows] = np.nan
    centres = shapely.points(*surface.centres(reach.cells[found.source[found.led]]))
    fraction, lon, lat = _places(index, items, centres, network)
    new["fraction"][led], new["joined_lon"][led], new["joined_lat"][led] = fraction, lon, lat
    flags[rows] = NO_WAY
    flags[led] = _flags(index, items)
    flags[at_door] = [f"{OVER_SURFACE};{flag}".rstrip(";") for flag in flags[at_door]]
    return replace(straight, **new, arrive_s=arrive, pace_s_per_m=pace, flags=flags)


class _Ways(NamedTuple):
    """The way of each of some places to its road; figures of places that nothing leads from mean nothing."""

    led: BoolArray
    seconds: FloatArray
    back_s: FloatArray
    metres: FloatArray
    source: IntArray

    @classmethod
    def of(cls, reach: RoadReach, cells: IntArray, beside: IntArray, most_m: float | None) -> _Ways:
        """Ways from some cells, or from the cells beside those that cannot be crossed."""
        own = reach.least.source.ravel()[cells]
        # A road through a cell that cannot be crossed is a source itself: who lives there is on it.
        start = np.where((beside != cells) & (own >= 0), cells, beside)
        there = np.where(start >= 0, start, 0)
        seconds, back, metres, source = (array.ravel()[there].astype(np.float64) for array in reach.least)
        led = (start >= 0) & (source >= 0)
        if most_m is not None:
            led &= metres <= most_m
        return cls(led, seconds, back, metres, np.where(led, source, -1).astype(np.int64))


def _places(
    index: SnapIndex, items: IntArray, centres: NDArray[np.object_], network: TravelNetwork
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(k,) share of each road behind the place nearest to a cell's centre, NaN at a node; and its degrees."""
    fraction, shapes = np.full(len(items), np.nan), index.shapes(items)
    lines = np.flatnonzero(index.edges[items] >= 0)
    shares = shapely.line_locate_point(shapes[lines], centres[lines], normalized=True)
    fraction[lines] = np.clip(shares, 0.0, 1.0)
    joined = shapes.copy()
    joined[lines] = shapely.line_interpolate_point(shapes[lines], fraction[lines], normalized=True)
    lon, lat = to_degrees(shapely.get_x(joined), shapely.get_y(joined), epsg=network.metric_epsg)
    return fraction, lon, lat


def _flags(index: SnapIndex, items: IntArray) -> NDArray[np.object_]:
    """(k,) flags: how a place is joined, and what its road is part of."""
    enters, leaves = index.enters[items], index.leaves[items]
    flags = np.full(len(items), OVER_SURFACE, dtype=object)
    for name, those in (
        ("own_component", ~enters & ~leaves),
        ("one_way_in", enters & ~leaves),
        ("one_way_out", leaves & ~enters),
        ("quay", index.quay[items]),
    ):
        flags[those] = flags[those] + f";{name}"
    return flags
