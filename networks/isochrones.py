"""Areas within minutes of places, by the roads that are reached.

A polygon is the strip of land along the pieces of road that can be reached in time: full edges, and the
reached part of the others. Nothing is drawn along ferries, boats or flights, and no hull is spanned, so
water and roadless land stay outside except within ``reach_m`` of a reached road; where land is known, what
lies across water from it too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from networks.arrays import BoolArray, FloatArray, IntArray
from networks.doubled import each_road_once, leaving_copies, own_traffic_nodes
from networks.engines import engine_within
from networks.errors import NetworkDataError
from networks.geometry import cut_in_degrees, edge_lines, metric_area
from networks.land import OFF_LAND_M
from networks.network import TravelNetwork
from networks.points import SnappedPoints, as_points, waits
from networks.sentences import Sentence
from networks.snap_index import places_numbered
from networks.snapping import twin_edges
from networks.times import STREAM_BYTES, Points, blocks, nearest, travel_time_matrix

Direction = Literal["from", "to"]
#: Kinds of edges along which there is land to be reached.
DRAWN_KINDS = ("road", "access")
#: Of more lines than this one in each square is drawn first, its side the half width of a strip over so much;
#: then one in each smaller square of those that are left.
_FEW_LINES, _SQUARES = 500, (2.0, 8.0)
#: Strips that are left are drawn one in so many, and then those that these do not cover.
_ONE_IN = 4
#: GEOS draws strips up to so much wider.
_WIDER = 1.02


def isochrone_areas(
    network: TravelNetwork,
    places: Points,
    *,
    minutes: Sequence[float],
    direction: Direction = "from",
    reach_m: float = 500.0,
    each: bool = False,
    land: BaseGeometry | None = None,
) -> gpd.GeoDataFrame:
    """Areas within minutes of places, each area holding those of fewer minutes.

    Args:
        network: the network.
        places: the places, see :func:`networks.times.travel_time_matrix`.
        minutes: the limits.
        direction: ``from`` the places outwards (a response), or ``to`` them (a patient's journey).
        reach_m: half the width of the strip drawn along roads; it costs no time.
        each: one area for each place; else one for the nearest of them.
        land: land in degrees (EPSG:4326); areas are clipped to it, and land that lies across water from every
            road that is reached is left out.

    Returns:
        ``place`` (position, -1 = the nearest of all), ``minutes``, ``road_km`` reached (each road once, as
        long as it is said to be, however it is drawn), ``geometry`` in EPSG:4326, cut at the antimeridian;
        empty where nothing is reached.

    Raises:
        UnknownPlaceError: a node id is not in the network.
        NetworkDataError: points of another network, limits or a reach that cannot be.
        CrsError: the network's CRS does not measure in metres.
    """
    limits = checked_limits(minutes, reach_m, direction)
    points = as_points(network, places)
    near = _nodes_near(network, points, direction, max(limits))
    found = _node_seconds(network, points, near, direction, max(limits), each=each)
    groups = list(enumerate(found)) if each else [(-1, found[0])]
    roads = _Roads.of(network, near, to_leave=direction == "to")
    clip = None if land is None else metric_area(land, network.metric_epsg)
    rows = []
    for place, of_near in groups:
        owned = points if place < 0 else points.take(np.asarray([place]))
        reached = np.full(network.n_nodes, np.inf)
        reached[near] = of_near
        for limit, lines, metres, area in _nested(network, roads, owned, reached, limits, reach_m, direction):
            shown = area if clip is None else beside(shapely.intersection(area, clip), lines)
            rows.append((place, limit, metres / 1000.0, shown))
    columns = ("place", "minutes", "road_km", "geometry")
    values = {name: [row[number] for row in rows] for number, name in enumerate(columns)}
    shapes = np.asarray(values.pop("geometry"), dtype=object)
    values["geometry"] = cut_in_degrees(shapes, epsg=network.metric_epsg).tolist()
    return gpd.GeoDataFrame(values, geometry="geometry", crs=4326)


def _nested(
    network: TravelNetwork,
    roads: _Roads,
    points: SnappedPoints,
    seconds: FloatArray,
    limits: list[float],
    reach_m: float,
    direction: Direction,
) -> Iterator[tuple[float, NDArray[np.object_], float, BaseGeometry]]:
    """Each limit with the roads reached, their metres and their area; only what is new is added each time."""
    area: BaseGeometry = shapely.Polygon()
    before = np.zeros(len(roads.lines), dtype=bool)
    for limit in limits:
        full, pieces, part_m = _reached(
            network, roads, points, seconds, 60.0 * limit, outward=direction == "from"
        )
        new = np.concatenate([roads.lines[full & ~before], pieces])
        area = _with_strips(area, new, reach_m)
        before = full
        every = np.concatenate([roads.lines[full], pieces])
        yield limit, every, float(roads.length_m[full].sum() + part_m), area


def beside(area: BaseGeometry, lines: NDArray[np.object_], within_m: float = OFF_LAND_M) -> BaseGeometry:
    """The parts of an area on land that have one of some lines in them, or as near as coasts are exact.

    A part without any lies across water: nobody is there within the minutes of the road on the other side.

    Args:
        area: the area, in metres.
        lines: (n,) the lines, in metres.
        within_m: how near.
    """
    parts = shapely.get_parts(area)
    parts = parts[shapely.get_dimensions(parts) == 2]
    tree = shapely.STRtree(lines)
    shapely.prepare(parts)
    kept = [  # parts of one area lie beside each other: nothing is to be united
        part
        for part in parts
        if any(
            shapely.dwithin(part, lines[some], within_m).any()
            for some in _chunks(tree.query(shapely.buffer(shapely.box(*part.bounds), within_m)))
        )
    ]
    return shapely.MultiPolygon(kept)


def _chunks(some: IntArray) -> Iterator[IntArray]:
    """Of what may be near, few first: where all is near the first answers."""
    first, size = 0, 64
    while first < len(some):
        yield some[first : first + size]
        first, size = first + size, 4 * size


def _with_strips(area: BaseGeometry, lines: NDArray[np.object_], reach_m: float) -> BaseGeometry:
    """The area with the strips along some lines; in a town most of them lie within those of a few."""
    for parts in _SQUARES:
        if len(lines) <= _FEW_LINES:
            break
        first = np.unique(_squares(lines, reach_m / parts), return_index=True)[1]
        area = _united(area, shapely.buffer(lines[first], reach_m, quad_segs=4))
        lines = np.delete(lines, first)
        lines = lines[~_deep_inside(area, lines, reach_m)]
    strips = shapely.buffer(lines, reach_m, quad_segs=4)
    shapely.prepare(area)
    strips = strips[~shapely.covers(area, strips)]
    if len(strips) > _FEW_LINES:
        area = _united(area, strips[::_ONE_IN])
        shapely.prepare(area)
        strips = np.delete(strips, np.s_[::_ONE_IN])
        strips = strips[~shapely.covers(area, strips)]
    return _united(area, strips)


def _united(area: BaseGeometry, strips: NDArray[np.object_]) -> BaseGeometry:
    union: BaseGeometry = shapely.union_all([area, *strips])
    return union


def _squares(lines: NDArray[np.object_], side_m: float) -> IntArray:
    """(n,) the square that each line begins in, by the corner of its box."""
    east, north = np.floor(shapely.bounds(lines)[:, :2] / side_m).astype(np.int64).T
    return np.asarray(east * 2**32 + north, dtype=np.int64)


def _deep_inside(area: BaseGeometry, lines: NDArray[np.object_], reach_m: float) -> BoolArray:
    """(n,) lines inside an area, farther from its rim than a strip is wide: along them nothing new is drawn.

    Lines of a small square are looked at together first, by the box around them.
    """
    rim = shapely.boundary(area)
    shapely.prepare(area)
    shapely.prepare(rim)

    def deep(shapes: NDArray[np.object_], sized: BoolArray) -> BoolArray:
        # GEOS measures what is without length or width wrongly.
        inside = shapely.contains_properly(area, shapes) & sized
        inside[inside] = ~shapely.dwithin(rim, shapes[inside], _WIDER * reach_m)
        return np.asarray(inside)

    square = np.unique(_squares(lines, reach_m / _SQUARES[-1]), return_inverse=True)[1]
    order = np.argsort(square, kind="stable")
    starts = np.searchsorted(square[order], np.arange(square.max(initial=-1) + 1))
    bounds = shapely.bounds(lines)[order]
    west, south = np.minimum.reduceat(bounds[:, :2], starts).T
    east, north = np.maximum.reduceat(bounds[:, 2:], starts).T
    found = deep(shapely.box(west, south, east, north), (east > west) & (north > south))[square]
    single = np.flatnonzero(~found)
    found[single] = deep(lines[single], shapely.length(lines[single]) > 0.0)
    return found


def checked_limits(minutes: Sequence[float], reach_m: float, direction: str) -> list[float]:
    """The limits, ascending, each once.

    Raises:
        NetworkDataError: limits, a reach or a direction that cannot be.
    """
    limits = sorted({float(limit) for limit in minutes})
    if not limits or not all(np.isfinite(limit) and limit >= 0 for limit in limits):
        raise NetworkDataError(
            Sentence(
                "net.fault.limits",
                "the limits must be minutes of at least 0: {minutes}",
                minutes=str(list(minutes)),
            )
        )
    if not (np.isfinite(reach_m) and reach_m > 0):
        raise NetworkDataError(
            Sentence(
                "net.fault.reach",
                "the reach must be a number of metres above 0, it is {reach_m}",
                reach_m=reach_m,
            )
        )
    if direction not in ("from", "to"):
        raise NetworkDataError(
            Sentence(
                "net.fault.direction",
                "the direction is 'from' or 'to', not '{direction}'",
                direction=direction,
            )
        )
    return limits


def _nodes_near(network: TravelNetwork, points: SnappedPoints, direction: str, limit_min: float) -> IntArray:
    """(n,) every node that may be within the limit, and every other one at its place; ascending.

    It is one search from all places at once, so that a country is not looked through for a town.
    """
    outward = direction == "from"
    terminals = points.terminals(network, entered=not outward)
    doors, seconds = (
        (terminals.out_nodes, terminals.out_s) if outward else (terminals.in_nodes, terminals.in_s)
    )
    starts = np.unique(doors[np.isfinite(seconds) & (doors >= 0)])
    near = np.zeros(network.n_nodes, dtype=bool)
    if len(starts):
        from networks.dijkstra import within  # noqa: PLC0415  (compiles: only where it is used)

        near = within(network, starts, outward=outward, limit_s=60.0 * limit_min)
    own = points.edge[points.edge >= 0]
    for ends in (network.topology.tails, network.topology.heads):
        near[ends[own]] = True
    # Nodes of a split junction and the two directions of a road lie at one place, so at one longitude.
    lon = np.unique(network.lon[near])
    if not len(lon):
        return np.flatnonzero(near)
    at = np.minimum(np.searchsorted(lon, network.lon), len(lon) - 1)
    some = np.flatnonzero(lon[at] == network.lon)
    place = places_numbered(network.lon[some], network.lat[some])
    there = np.zeros(len(some), dtype=bool)
    there[place[near[some]]] = True
    return some[there[place]]


def _node_seconds(
    network: TravelNetwork,
    points: SnappedPoints,
    nodes: IntArray,
    direction: str,
    limit_min: float,
    *,
    each: bool,
) -> FloatArray:
    """(n_places, n) seconds between places and nodes, ``inf`` beyond the limit; (1, n) of the nearest."""
    seconds = np.full((len(points) if each else 1, len(nodes)), np.inf)
    inside = own_traffic_nodes(network)
    # The few nodes of roads for their own traffic have further doors, for which all others would need room.
    own = inside[nodes] if len(inside) else np.zeros(len(nodes), dtype=bool)
    engine = engine_within(network, 2 * int(points.joined.sum()), len(nodes))
    for columns in (~own, own):
        part = nodes[columns]
        if not len(part) or not len(points):
            continue
        if not each and direction == "to":
            least = nearest(network, part, points, limit_min=limit_min, engine=engine)[0][:, 0]
            seconds[0, columns] = np.where(np.isnan(least), np.inf, 60.0 * least)
            continue
        # Of the nearest alone no more than some places at a time are held.
        for rows in blocks(len(points), 0 if each else 8 * len(part), block_bytes=STREAM_BYTES):
            some = points.take(rows)
            if direction == "from":
                matrix = travel_time_matrix(network, some, part, limit_min=limit_min, engine=engine)
            else:
                matrix = travel_time_matrix(network, part, some, limit_min=limit_min, engine=engine).T
            found = np.where(np.isnan(matrix), np.inf, 60.0 * matrix)
            if each:
                seconds[:, columns] = found
            else:
                seconds[0, columns] = np.minimum(seconds[0, columns], found.min(axis=0))
    return seconds


@dataclass(frozen=True, eq=False)
class _Roads:
    """The roads that are drawn, each once, as lines in metres along their first direction.

    ``forward`` and ``backward`` are the edges of both directions, -1 where there is none or it is closed;
    ``length_m`` is the length of the road, however straight it is drawn.
    """

    forward: IntArray
    backward: IntArray
    lines: NDArray[np.object_]
    length_m: FloatArray
    of_edge: IntArray

    @classmethod
    def of(cls, network: TravelNetwork, nodes: IntArray, *, to_leave: bool) -> _Roads:
        """The roads with an end at some nodes.

        Roads for their own traffic stand by their copies for leaving, or for arriving.
        """
        near = np.zeros(network.n_nodes, dtype=bool)
        near[nodes] = True
        edges = np.flatnonzero(near[network.topology.tails] | near[network.topology.heads])
        twins = twin_edges(network, edges)
        drawn = network.labels["kind"].take(edges).where(*DRAWN_KINDS) & ((twins < 0) | (edges < twins))
        drawn &= each_road_once(network, to_leave=to_leave)[edges]
        forward, backward = edges[drawn], twins[drawn]
        of_edge = np.full(network.n_edges, -1, dtype=np.int64)
        of_edge[forward] = np.arange(len(forward))
        lines = edge_lines(network, forward, epsg=network.metric_epsg)
        return cls(
            forward=np.where(np.isfinite(network.moving_s[forward]), forward, -1),
            backward=np.where((backward >= 0) & np.isfinite(network.moving_s[backward]), backward, -1),
            lines=lines,
            length_m=network.length_m[forward],
            of_edge=of_edge,
        )


def _reached(
    network: TravelNetwork,
    roads: _Roads,
    points: SnappedPoints,
    seconds: FloatArray,
    limit_s: float,
    *,
    outward: bool,
) -> tuple[NDArray[np.bool_], NDArray[np.object_], float]:
    """(n,) roads that lie within the limit as a whole, pieces of the others that do, and metres of those."""
    along = _shares(network, roads.forward, seconds, limit_s, outward=outward)
    against = _shares(network, roads.backward, seconds, limit_s, outward=outward)
    # Outward, what is driven forward is reached from the road's start; homeward it leads to the road's end.
    from_start, from_end = (along, against) if outward else (against, along)
    own = _own_pieces(network, roads, points, limit_s, outward=outward)
    full = from_start + from_end >= 1.0
    pieces, metres = [], 0.0
    partly = np.flatnonzero(~full & ((from_start > 0) | (from_end > 0)))
    for road in sorted({*partly.tolist(), *(road for road in own if not full[road])}):
        spans = [(0.0, float(from_start[road])), (1.0 - float(from_end[road]), 1.0), *own.get(road, [])]
        merged = _merged(spans)
        pieces += [substring(roads.lines[road], *span, normalized=True) for span in merged]
        metres += float(roads.length_m[road]) * sum(stop - start for start, stop in merged)
    return full, np.asarray(pieces, dtype=object), metres


def _shares(
    network: TravelNetwork, edges: IntArray, seconds: FloatArray, limit_s: float, *, outward: bool
) -> FloatArray:
    """(n,) share of each edge within the limit, 0 for edge -1."""
    ends = network.topology.tails if outward else network.topology.heads
    shares = np.zeros(len(edges))
    there = np.flatnonzero(edges >= 0)
    left_s = limit_s - seconds[ends[edges[there]]] - network.wait_s[edges[there]]
    moving = network.moving_s[edges[there]]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(moving > 0, left_s / moving, np.where(left_s >= 0, 1.0, 0.0))
    shares[there] = np.clip(np.nan_to_num(share, neginf=0.0), 0.0, 1.0)
    return shares


def _own_pieces(
    network: TravelNetwork, roads: _Roads, points: SnappedPoints, limit_s: float, *, outward: bool
) -> dict[int, list[tuple[float, float]]]:
    """Spans of the roads on which places lie, around the places."""
    spans: dict[int, list[tuple[float, float]]] = {}
    edges, twins = points.edge, points.twin
    if not outward:
        edges, twins = leaving_copies(network, edges), leaving_copies(network, twins)
    for row in np.flatnonzero(points.edge >= 0):
        edge, twin = int(edges[row]), int(twins[row])
        at = float(points.fraction[row])
        if roads.of_edge[edge] < 0:
            edge, twin, at = twin, edge, 1.0 - at
        left_s = limit_s - float((points.access_s if outward else points.arriving_s)[row])
        ahead, behind = (_budget_share(network, way, left_s, begins=outward) for way in (edge, twin))
        if not outward:
            ahead, behind = behind, ahead
        if left_s >= 0:
            span = (max(0.0, at - behind), min(1.0, at + ahead))
            spans.setdefault(int(roads.of_edge[edge]), []).append(span)
    return spans


def _budget_share(network: TravelNetwork, edge: int, left_s: float, *, begins: bool) -> float:
    """Share of an edge that can be driven in the time left; 0 where it is closed or not there."""
    if edge < 0 or not np.isfinite(network.moving_s[edge]):
        return 0.0
    left_s -= float(waits(network, begins=begins)[edge])
    moving = float(network.moving_s[edge])
    return max(0.0, left_s / moving if moving > 0 else float(left_s >= 0))


def _merged(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Spans of some length, overlapping ones joined."""
    merged: list[tuple[float, float]] = []
    for start, stop in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        elif stop > start:
            merged.append((start, stop))
    return merged
