"""Snapping: each point joins the network at the nearest place *on an edge*, or is said not to.

Ferries, boats and flights are never joined along the way, and edges of no length never at all. Islands with
roads of their own are joined to them: their people reach what is on the island. Nobody is joined across water
where land is known (:class:`networks.land.Land`), but for the little that a simplified coast may be wrong by,
and that is flagged. Points are joined to the network as it was built, whatever overlays it carries: a night
without ferries does not move a house. Flags:

=========================  ===========================================================================
``too_far``                not joined: further than the maximum distance
``across_water``           not joined: every way to a road within reach crosses more than 200 m of water
``other_component``        not joined: the roads nearest to it are not part of the main network (``largest``)
``no_road``                not joined: the network has no road to join
``over_water``             joined over more than 50 and at most 200 m of what the coast calls water
``at_sea``                 joined over more than 50 m where the coast knows no land at either end
``component_skipped``      joined to the main network past a nearer stray piece of road
``own_component``          joined to roads that do not meet the main network, such as an island's own
``one_way_in``             joined to roads that lead from the main network and not back: no way out
``one_way_out``            joined to roads that lead to the main network and not from it: no way in
``quay``                   joined at a quay that has no road
``other_area``             joined to an edge none of whose ends lies in the point's municipality
=========================  ===========================================================================
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from networks.arrays import FloatArray, IntArray
from networks.errors import Fault, NetworkDataError
from networks.geometry import to_degrees, to_metres
from networks.land import Land
from networks.network import TravelNetwork
from networks.points import SnappedPoints, at_nodes
from networks.sentences import Sentence
from networks.snap_choice import Component
from networks.snap_index import SnapIndex, twin_edges
from networks.snap_kept import choose_or_recall

__all__ = [
    "ACCESS_DETOUR",
    "ACCESS_SPEED_KPH",
    "SnapIndex",
    "SnappedPoints",
    "at_nodes",
    "snap",
    "twin_edges",
]


#: Speed of the access leg: that of a private road (:class:`networks.speeds.SpeedTable`).
ACCESS_SPEED_KPH = 30.0
#: Length of the access leg over the straight line; that of roads of unknown length.
ACCESS_DETOUR = 1.35
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
    component: Component = "own",
    land: BaseGeometry | Land | None = None,
    areas: NDArray[np.object_] | None = None,
    area_label: str = "municipality_code",
    index: SnapIndex | None = None,
    cache: Path | None = None,
) -> SnappedPoints:
    """Join points to the nearest road.

    Args:
        network: the network; the points are joined to it as it was built, without its overlays.
        lon: (n,) degrees east.
        lat: (n,) degrees north.
        max_distance_m: points further from a road than this are not joined; None = no limit.
        access_speed_kph: speed between point and road.
        detour_factor: length of the access leg over the straight line.
        component: ``own`` joins to the nearest road, past stray pieces only; ``largest`` to the main network
            only (the most nodes that reach each other); ``any`` to the nearest road of all.
        land: land in degrees (EPSG:4326), or a :class:`networks.land.Land` in the network's CRS.
        areas: (n,) municipality of each point, compared with the node label ``area_label``.
        area_label: name of the node label that holds the municipality.
        index: from :meth:`SnapIndex.over` of the same network; None = :meth:`SnapIndex.of` it.
        cache: folder in which roads that many points joined are kept, by content; None = nowhere.

    Raises:
        NetworkDataError: a coordinate that is no place, a speed, factor or distance that cannot be, or land
            in another CRS.
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
    search = index or SnapIndex.of(network)
    points = shapely.points(*to_metres(lon, lat, epsg=network.metric_epsg))
    known = _land_in(land, network.metric_epsg)
    chosen, flags = choose_or_recall(
        search, points, component, land=known, most_m=max_distance_m, folder=cache
    )
    access_m = _metres(search, points, chosen)
    if max_distance_m is not None:
        far = access_m > max_distance_m
        flags[far] = "too_far"
        chosen[far] = -1
        access_m[far] = np.nan
    joined = chosen >= 0
    edge, twin, node = (np.full(len(lon), -1, dtype=np.int64) for _ in range(3))
    for ends, of_item in ((edge, search.edges), (twin, search.twins), (node, search.nodes)):
        ends[joined] = of_item[chosen[joined]]
    if areas is not None:
        _flag_areas(network, edge, flags, np.asarray(areas, dtype=object), area_label)
    fraction, joined_lon, joined_lat = _places(search, points, chosen, epsg=network.metric_epsg)
    pace = detour_factor / (access_speed_kph / 3.6)
    return SnappedPoints(
        lon=lon,
        lat=lat,
        node=node,
        edge=edge,
        twin=twin,
        fraction=fraction,
        access_m=access_m,
        access_s=access_m * pace,
        joined_lon=joined_lon,
        joined_lat=joined_lat,
        flags=flags,
        shape=(network.n_nodes, network.n_edges),
        pace_s_per_m=np.full(len(lon), pace),
    )


def _land_in(land: BaseGeometry | Land | None, epsg: int) -> Land | None:
    """Land in a metric CRS, whatever it was given as."""
    if isinstance(land, Land):
        if land.epsg != epsg:
            raise NetworkDataError(
                Sentence(
                    "net.fault.land_epsg",
                    "the land is in EPSG:{land}, the network in EPSG:{network}",
                    land=land.epsg,
                    network=epsg,
                )
            )
        return land
    return None if land is None else Land.of(land, epsg=epsg)


def _metres(search: SnapIndex, points: NDArray[np.object_], chosen: IntArray) -> FloatArray:
    """(n,) straight metres to the chosen item, NaN without one."""
    metres = np.full(len(points), np.nan)
    found = chosen >= 0
    metres[found] = shapely.distance(points[found], search.shapes(chosen[found]))
    return metres


def _places(
    search: SnapIndex, points: NDArray[np.object_], chosen: IntArray, *, epsg: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(n,) share of the chosen edge behind the nearest place on it (NaN at a node), and its degrees."""
    fraction, east, north = (np.full(len(points), np.nan) for _ in range(3))
    found = np.flatnonzero(chosen >= 0)
    on_edge = found[search.edges[chosen[found]] >= 0]
    lines = search.shapes(chosen[on_edge])
    shares = shapely.line_locate_point(lines, points[on_edge], normalized=True)
    fraction[on_edge] = _at_ends(np.clip(np.nan_to_num(shares), 0.0, 1.0), shapely.length(lines))
    places = shapely.line_interpolate_point(lines, fraction[on_edge], normalized=True)
    east[on_edge], north[on_edge] = shapely.get_x(places), shapely.get_y(places)
    at_node = found[search.nodes[chosen[found]] >= 0]
    nodes = search.shapes(chosen[at_node])
    east[at_node], north[at_node] = shapely.get_x(nodes), shapely.get_y(nodes)
    lon, lat = (np.full(len(points), np.nan) for _ in range(2))
    lon[found], lat[found] = to_degrees(east[found], north[found], epsg=epsg)
    return fraction, lon, lat


def _at_ends(shares: FloatArray, length_m: FloatArray) -> FloatArray:
    """(n,) shares of lines, those within a centimetre of an end put at the end, the nearer one."""
    near_start = (shares * length_m <= END_WITHIN_M) & (shares <= 0.5)
    near_end = ((1.0 - shares) * length_m <= END_WITHIN_M) & (shares > 0.5)
    return np.where(near_start, 0.0, np.where(near_end, 1.0, shares))


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
        raise NetworkDataError(
            Sentence(
                "net.fault.no_label",
                "the network's nodes have no label '{label}' to compare areas with",
                label=label,
            )
        )
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
            value=Sentence("net.word.lon_lat", "lon {lon}, lat {lat}", lon=lon[row], lat=lat[row]),
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
