"""Snapping: each point joins the network at the nearest place *on an edge*, or is said not to.

Ferries, boats and flights are never joined along the way, and edges of no length never at all. A point is
not dragged to the main network past another one that is nearer (an island's own roads), nor across water
where land is known; it is left unjoined and flagged instead. What was doubtful but done is flagged as well:

=========================  ===========================================================================
``too_far``                not joined: further than the maximum distance
``other_component``        not joined: the roads nearest to it are not part of the main network
``across_water``           not joined: every way to a road within reach leaves the land
``no_road``                not joined: the network has no road to join
``component_skipped``      joined to the main network past a nearer stray piece of road
``not_main_component``     joined to roads that are not part of the main network, as asked
``other_area``             joined to an edge none of whose ends lies in the point's municipality
=========================  ===========================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from networks.components import find_components
from networks.errors import Fault, NetworkDataError
from networks.geometry import edge_lines, metric_area, to_degrees, to_metres
from networks.network import TravelNetwork
from networks.points import SnappedPoints, at_nodes

__all__ = [
    "ACCESS_DETOUR",
    "ACCESS_SPEED_KPH",
    "SnapIndex",
    "SnappedPoints",
    "at_nodes",
    "snap",
    "twin_edges",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: Speed of the access leg: that of a private road (:class:`networks.speeds.SpeedTable`).
ACCESS_SPEED_KPH = 30.0
#: Length of the access leg over the straight line; that of roads of unknown length.
ACCESS_DETOUR = 1.35
#: A stray piece of road is skipped for the main network if that is at most this much further away, metres.
COMPONENT_SLACK_M = 200.0
#: Metres of an access leg that may leave the land: coastlines are no more exact than this.
WATER_TOLERANCE_M = 50.0
#: A road counts as within reach up to this multiple of the distance of the nearest one, ...
WATER_REACH = 4.0
#: ... and in any case within this many metres.
WATER_LEAST_REACH_M = 2000.0
#: Edges tried in turn, the nearest first, before a point counts as cut off by water.
WATER_TRIES = 64
#: A place within this of the end of its edge is at the end, metres: coordinates are no more exact.
END_WITHIN_M = 0.01


def snap(
    network: TravelNetwork,
    lon: FloatArray,
    lat: FloatArray,
    *,
    max_distance_m: float | None = None,
    access_speed_kph: float = ACCESS_SPEED_KPH,
    detour_factor: float = ACCESS_DETOUR,
    component: Literal["largest", "any"] = "largest",
    land: BaseGeometry | None = None,
    areas: NDArray[np.object_] | None = None,
    area_label: str = "municipality_code",
    index: SnapIndex | None = None,
) -> SnappedPoints:
    """Join points to the nearest road.

    Args:
        network: the network, without overlays that close roads for a time.
        lon: (n,) degrees east.
        lat: (n,) degrees north.
        max_distance_m: points further from a road than this are not joined; None = no limit.
        access_speed_kph: speed between point and road.
        detour_factor: length of the access leg over the straight line.
        component: ``largest`` joins to the main network only (the most nodes that reach each other); ``any``
            to the nearest road of all.
        land: land in degrees (EPSG:4326); an access leg may not leave it by more than 50 m.
        areas: (n,) municipality of each point, compared with the node label ``area_label``.
        area_label: name of the node label that holds the municipality.
        index: from :meth:`SnapIndex.over` of the same network; None = made here.

    Raises:
        NetworkDataError: a coordinate that is no place, or a speed, factor or distance that cannot be.
        CrsError: the network's CRS does not measure in metres.
    """
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    _check(
        lon,
        lat,
        access_speed_kph=access_speed_kph,
        detour_factor=detour_factor,
        max_distance_m=max_distance_m,
    )
    search = index or SnapIndex.over(network)
    points = shapely.points(*to_metres(lon, lat, epsg=network.metric_epsg))
    chosen, flags = _choose(search, points, component)
    if land is not None:
        metric = metric_area(land, network.metric_epsg)
        _stay_on_land(search, points, chosen, flags, land=metric, main_only=component == "largest")
    access_m = _metres(search, points, chosen)
    if max_distance_m is not None:
        far = access_m > max_distance_m
        flags[far] = "too_far"
        chosen[far] = -1
        access_m[far] = np.nan
    joined = chosen >= 0
    edge, twin = np.full(len(lon), -1, dtype=np.int64), np.full(len(lon), -1, dtype=np.int64)
    edge[joined], twin[joined] = search.edges[chosen[joined]], search.twins[chosen[joined]]
    if areas is not None:
        _flag_areas(network, edge, flags, np.asarray(areas, dtype=object), area_label)
    fraction, joined_lon, joined_lat = _places(search, points, chosen, epsg=network.metric_epsg)
    return SnappedPoints(
        lon=lon,
        lat=lat,
        node=np.full(len(lon), -1, dtype=np.int64),
        edge=edge,
        twin=twin,
        fraction=fraction,
        access_m=access_m,
        access_s=access_m * detour_factor / (access_speed_kph / 3.6),
        joined_lon=joined_lon,
        joined_lat=joined_lat,
        flags=flags,
        shape=(network.n_nodes, network.n_edges),
    )


def _metres(search: SnapIndex, points: NDArray[np.object_], chosen: IntArray) -> FloatArray:
    """(n,) straight metres to the chosen line, NaN without one."""
    metres = np.full(len(points), np.nan)
    found = chosen >= 0
    metres[found] = shapely.distance(points[found], search.lines[chosen[found]])
    return metres


def _places(
    search: SnapIndex, points: NDArray[np.object_], chosen: IntArray, *, epsg: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(n,) share of the chosen line behind the nearest place on it, and its degrees; NaN without one."""
    fraction, lon, lat = (np.full(len(points), np.nan) for _ in range(3))
    found = chosen >= 0
    lines = search.lines[chosen[found]]
    shares = shapely.line_locate_point(lines, points[found], normalized=True)
    fraction[found] = _at_ends(np.clip(np.nan_to_num(shares), 0.0, 1.0), shapely.length(lines))
    places = shapely.line_interpolate_point(lines, fraction[found], normalized=True)
    lon[found], lat[found] = to_degrees(shapely.get_x(places), shapely.get_y(places), epsg=epsg)
    return fraction, lon, lat


def _at_ends(shares: FloatArray, length_m: FloatArray) -> FloatArray:
    """(n,) shares of lines, those within a centimetre of an end put at the end, the nearer one."""
    near_start = (shares * length_m <= END_WITHIN_M) & (shares <= 0.5)
    near_end = ((1.0 - shares) * length_m <= END_WITHIN_M) & (shares > 0.5)
    return np.where(near_start, 0.0, np.where(near_end, 1.0, shares))


def twin_edges(network: TravelNetwork) -> IntArray:
    """(n_edges,) for each edge the same link in the other direction, -1 where there is none.

    Twins join the same two places, have the same kind and link id, and are equally long within 0.1 m. Their
    nodes may differ: turn restrictions split a junction into several nodes at one place.
    """
    _, place = np.unique(network.topology.lon + 1j * network.topology.lat, return_inverse=True)
    tails, heads = place[network.topology.tails], place[network.topology.heads]
    keys = np.column_stack(
        [
            np.minimum(tails, heads),
            np.maximum(tails, heads),
            network.labels["kind"].codes,
            network.labels["link_id"].codes,
            np.rint(network.length_m * 10.0).astype(np.int64),
        ]
    )
    order = np.lexsort((tails > heads, *keys.T[::-1]))
    ordered = keys[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    group = np.cumsum(new) - 1
    backward = (tails > heads)[order]
    twin = np.full(network.n_edges, -1, dtype=np.int64)
    rank = _rank_within(group, backward)
    span = int(rank.max(initial=0)) + 1
    code = group * span + rank
    forward_code, forward_edge = code[~backward], order[~backward]
    backward_code, backward_edge = code[backward], order[backward]
    _, at_forward, at_backward = np.intersect1d(
        forward_code, backward_code, assume_unique=True, return_indices=True
    )
    twin[forward_edge[at_forward]] = backward_edge[at_backward]
    twin[backward_edge[at_backward]] = forward_edge[at_forward]
    return twin


def _rank_within(group: IntArray, flag: NDArray[np.bool_]) -> IntArray:
    """Running number of each element among those of its group with the same flag; both are sorted."""
    key = group * 2 + flag
    new = np.ones(len(key), dtype=bool)
    new[1:] = key[1:] != key[:-1]
    starts = np.flatnonzero(new)
    return np.arange(len(key)) - np.repeat(starts, np.diff(np.append(starts, len(key))))


@dataclass(frozen=True, eq=False)
class SnapIndex:
    """The edges that points may join, one of each pair of twins; worth keeping for many calls of ``snap``.

    Attributes:
        edges: (n,) the edges.
        twins: (n,) the same edges in the other direction, -1 = none.
        lines: (n,) the edges as lines in metres.
        main: (n,) whether both ends belong to the main network.
        tree: index of all lines.
        main_tree: index of the lines of the main network.
        main_positions: (n_main,) their positions among ``lines``.
    """

    edges: IntArray
    twins: IntArray
    lines: NDArray[np.object_]
    main: NDArray[np.bool_]
    tree: shapely.STRtree
    main_tree: shapely.STRtree
    main_positions: IntArray

    @classmethod
    def over(cls, network: TravelNetwork) -> SnapIndex:
        """The index of a network.

        Raises:
            CrsError: the network's CRS does not measure in metres.
        """
        twins = twin_edges(network)
        usable = network.labels["kind"].where("road", "access") & np.isfinite(network.moving_s)
        other_usable = (twins >= 0) & usable[twins]
        usable &= ~(other_usable & (twins < np.arange(network.n_edges)))
        edges = np.flatnonzero(usable)
        lines = edge_lines(network, edges, epsg=network.metric_epsg)
        somewhere = shapely.length(lines) > 0
        edges, lines = edges[somewhere], lines[somewhere]
        of_node = find_components(network).of_node
        main = (of_node[network.topology.tails[edges]] == 0) & (of_node[network.topology.heads[edges]] == 0)
        positions = np.flatnonzero(main)
        return cls(
            edges=edges,
            twins=twins[edges],
            lines=lines,
            main=main,
            tree=shapely.STRtree(lines),
            main_tree=shapely.STRtree(lines[positions]),
            main_positions=positions,
        )

    def nearest(self, points: NDArray[np.object_]) -> IntArray:
        """(n,) the nearest line of each point, the first of equally near ones; -1 without lines."""
        return _nearest(self.tree, points)

    def nearest_main(self, points: NDArray[np.object_]) -> IntArray:
        """(n,) the nearest line of the main network, -1 without lines."""
        found = _nearest(self.main_tree, points)
        return np.where(found >= 0, self.main_positions[found] if len(self.main_positions) else -1, -1)


def _nearest(tree: shapely.STRtree, points: NDArray[np.object_]) -> IntArray:
    result = np.full(len(points), -1, dtype=np.int64)
    if len(tree.geometries) and len(points):
        rows, found = tree.query_nearest(points, all_matches=True)
        order = np.lexsort((found, rows))
        rows, found = rows[order], found[order]
        first = np.ones(len(rows), dtype=bool)
        first[1:] = rows[1:] != rows[:-1]
        result[rows[first]] = found[first]
    return result


def _choose(
    search: SnapIndex, points: NDArray[np.object_], component: str
) -> tuple[IntArray, NDArray[np.object_]]:
    """The line each point joins, -1 = none, and the flags so far."""
    flags = np.full(len(points), "", dtype=object)
    chosen = search.nearest(points)
    if not len(search.edges):
        flags[:] = "no_road"
        return chosen, flags
    stray = ~search.main[chosen]
    if component == "any":
        flags[stray] = "not_main_component"
        return chosen, flags
    rows = np.flatnonzero(stray)
    main = search.nearest_main(points[rows])
    near = shapely.distance(points[rows], search.lines[chosen[rows]])
    further = np.full(len(rows), np.inf)
    further[main >= 0] = shapely.distance(points[rows[main >= 0]], search.lines[main[main >= 0]])
    skipped = further <= near + COMPONENT_SLACK_M
    flags[rows] = np.where(skipped, "component_skipped", "other_component")
    chosen[rows] = np.where(skipped, main, -1)
    return chosen, flags


def _stay_on_land(
    search: SnapIndex,
    points: NDArray[np.object_],
    chosen: IntArray,
    flags: NDArray[np.object_],
    *,
    land: BaseGeometry,
    main_only: bool,
) -> None:
    """Give points whose access leg leaves the land the nearest road that can be reached on it."""
    shapely.prepare(land)
    found = np.flatnonzero(chosen >= 0)
    legs = shapely.shortest_line(points[found], search.lines[chosen[found]])
    for row, leg in zip(found, legs, strict=True):
        if not _on_land(leg, land):
            chosen[row] = _nearest_on_land(search, points[row], land, main_only=main_only)
            if chosen[row] < 0:
                flags[row] = "across_water"


def _on_land(leg: BaseGeometry, land: BaseGeometry) -> bool:
    if shapely.covers(land, leg):
        return True
    return float(shapely.length(shapely.difference(leg, land))) <= WATER_TOLERANCE_M


def _nearest_on_land(search: SnapIndex, point: BaseGeometry, land: BaseGeometry, *, main_only: bool) -> int:
    """The nearest line reached on land within four times the distance of the nearest one; -1 = none."""
    first = float(shapely.distance(point, search.lines[search.tree.nearest(point)]))
    reach = max(WATER_LEAST_REACH_M, WATER_REACH * first)
    near = search.tree.query(point, predicate="dwithin", distance=reach)
    near = near[search.main[near]] if main_only else near
    distance = shapely.distance(point, search.lines[near])
    for line in near[np.lexsort((near, distance))][:WATER_TRIES]:
        if _on_land(shapely.shortest_line(point, search.lines[line]), land):
            return int(line)
    return -1


def _flag_areas(
    network: TravelNetwork,
    edges: IntArray,
    flags: NDArray[np.object_],
    areas: NDArray[np.object_],
    label: str,
) -> None:
    """Flag points on an edge (-1 = none) neither end of which lies in the point's area."""
    labels = network.node_labels.get(label)
    if labels is None:
        raise NetworkDataError(f"the network's nodes have no label '{label}' to compare areas with")
    of_node = labels.to_array()
    rows = np.flatnonzero(edges >= 0)
    tails, heads = network.topology.tails[edges[rows]], network.topology.heads[edges[rows]]
    differs = (of_node[tails] != areas[rows]) & (of_node[heads] != areas[rows])
    for row in rows[differs]:
        flags[row] = f"{flags[row]};other_area".lstrip(";")


def _check(lon: FloatArray, lat: FloatArray, **figures: float | None) -> None:
    faults = [
        Fault(
            "no place on Earth (lon -180..180, lat -90..90)",
            where="points",
            row=str(row),
            value=f"lon {lon[row]}, lat {lat[row]}",
        )
        for row in np.flatnonzero(~((np.abs(lon) <= 180) & (np.abs(lat) <= 90)))
    ]
    faults += [
        Fault("must be a number above 0", where="snap", column=name, value=str(value))
        for name, value in figures.items()
        if value is not None and not (np.isfinite(value) and value > 0)
    ]
    if faults:
        raise NetworkDataError(faults)
