"""Joining places to the network: by node id where a table names one, else by coordinates.

The *access leg* is the way between a place and the network. Its length is the straight line times a detour
factor, its speed one figure; both come from the study file and are shown with every result. Where the study
names a surface (:mod:`geoaccess.study.surface_file`), places by coordinates go by the least-cost way over it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoaccess.ground.errors import DataError, did_you_mean
from geoaccess.ground.joining import join_points
from geoaccess.study.schema import AccessLeg
from geoaccess.words.note import Note
from networks import SnappedPoints, TravelNetwork
from networks.errors import Fault
from networks.files import give_back_pages
from networks.land import Land
from networks.links import great_circle_m
from networks.snapping import at_nodes

if TYPE_CHECKING:
    from networks.surface import RoadReach


def join_places(
    network: TravelNetwork,
    places: pd.DataFrame,
    access: AccessLeg,
    land: Land | None = None,
    reach: RoadReach | None = None,
) -> SnappedPoints:
    """Places on the network, the access leg included.

    Args:
        network: the network.
        places: ``lon, lat``; ``node_id`` names the node where it is not empty; ``access_km`` (straight-line)
            where known, else the great circle from the node.
        access: speed and detour factor of the access leg.
        land: the study's own land; None = the coast that ships, where it reaches.
        reach: ways over the study's surface; places that name a node do not go by it: their leg is the mean
            of people around the node, and not the way of one place.

    Raises:
        DataError: a node id is not in the network.
    """
    named = (places["node_id"] != "").to_numpy()
    lon, lat = places["lon"].to_numpy(dtype=np.float64), places["lat"].to_numpy(dtype=np.float64)
    if not named.any():
        most_m = access.max_km * 1000.0
        straight = join_points(
            network,
            lon,
            lat,
            max_snap_m=most_m,
            access_speed_kph=access.speed_kph,
            detour_factor=access.detour_factor,
            land=land,
        )
        give_back_pages(network)  # only joining reads the index of all roads
        if reach is None:
            return straight
        from networks.surface import join_over  # noqa: PLC0415 - rasters want rasterio

        return join_over(network.base or network, reach, straight, most_m=most_m)
    nodes = _positions(network, places)
    straight_m = great_circle_m(lon, lat, network.lon[nodes], network.lat[nodes])
    if "access_km" in places:
        known = places["access_km"].to_numpy(dtype=np.float64) * 1000.0
        straight_m = np.where(np.isnan(known), straight_m, known)
    access_m = straight_m * access.detour_factor
    return at_nodes(
        network, nodes, access_m=access_m, access_s=access_m / (access.speed_kph / 3.6), lon=lon, lat=lat
    )


def at_pace(points: SnappedPoints, access: AccessLeg) -> SnappedPoints:
    """Places that joined by their coordinates and straight, with the access leg at another pace.

    Args:
        points: from :func:`join_places` of places that name no node, without a surface.
        access: speed and detour factor of the access leg.
    """
    pace = access.detour_factor / (access.speed_kph / 3.6)
    return replace(
        points, access_s=points.access_m * pace, pace_s_per_m=np.full(len(points), pace), arrive_s=None
    )


def _positions(network: TravelNetwork, places: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    known = network.topology.positions
    faults = [
        Fault(
            Note("fault.joining.node", hint=did_you_mean(str(node), [str(name) for name in known]))
            if node
            else "must name a node of the network in every row or in none",
            where="places",
            row=str(row + 2),
            column="node_id",
            value=str(node),
        )
        for row, node in enumerate(places["node_id"])
        if node not in known
    ]
    if faults:
        raise DataError(faults)
    return np.asarray([known[node] for node in places["node_id"]], dtype=np.int64)
