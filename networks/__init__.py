"""Roads, ferries, boats and air as one network, and minutes between points on it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from networks.additions import with_edges
from networks.by_clock import TimedRoute, route_by_clock
from networks.changes import NetworkChanges, compare_networks
from networks.check import CheckReport, Finding, Limits, check_network
from networks.components import Components, find_components
from networks.craft import Craft, Places, WaterRoutes, available
from networks.errors import (
    CrsError,
    Fault,
    NetworkDataError,
    NetworkFileError,
    NetworksError,
    OfflineError,
    UnknownPlaceError,
)
from networks.ferries import DayDepartures, FerryConditions, FerryService, FerryState, FerryTimes, ferry_times
from networks.files import load_extras, load_network, save_network
from networks.legs import TravelTimeLegs, travel_time_legs
from networks.links import network_from_links, read_link_folder
from networks.modes import Fastest, Missions, fastest, missions, response_minutes
from networks.network import EdgeGeometry, Labels, Topology, TravelNetwork, network_from_edges
from networks.overlays import (
    Change,
    Closure,
    Convoy,
    EdgeFactors,
    Ferries,
    Overlay,
    SpeedFactors,
    apply_overlays,
    emergency,
    ferry_states,
    flooded,
    links_out,
    pass_closed,
    remove_overlays,
    road_closed,
    winter,
)
from networks.routes import Leg, Route, find_node, node_name, route, route_line
from networks.selection import EdgeSelection
from networks.snapping import SnapIndex, SnappedPoints, at_nodes, snap
from networks.speeds import SpeedTable
from networks.times import nearest, travel_time_matrix

if TYPE_CHECKING:
    from networks.isochrones import isochrone_areas
    from networks.osm import (
        BuildReport,
        GtfsFerries,
        GtfsFerry,
        build_network,
        from_osmnx,
        read_gtfs_ferries,
        to_osmnx,
    )
    from networks.rasters import TravelTimeRaster, save_raster, travel_time_raster

#: Exports whose modules are slow to import, loaded when they are first asked for.
_LAZY = {
    "TravelTimeRaster": "networks.rasters",
    "build_network": "networks.osm",
    "isochrone_areas": "networks.isochrones",
    "save_raster": "networks.rasters",
    "travel_time_raster": "networks.rasters",
    "BuildReport": "networks.osm",
    "GtfsFerries": "networks.osm",
    "GtfsFerry": "networks.osm",
    "from_osmnx": "networks.osm",
    "read_gtfs_ferries": "networks.osm",
    "to_osmnx": "networks.osm",
}

__all__ = [
    "BuildReport",
    "Change",
    "CheckReport",
    "Closure",
    "Components",
    "Convoy",
    "Craft",
    "CrsError",
    "DayDepartures",
    "EdgeFactors",
    "EdgeGeometry",
    "EdgeSelection",
    "Fastest",
    "Fault",
    "Ferries",
    "FerryConditions",
    "FerryService",
    "FerryState",
    "FerryTimes",
    "Finding",
    "GtfsFerries",
    "GtfsFerry",
    "Labels",
    "Leg",
    "Limits",
    "Missions",
    "NetworkChanges",
    "NetworkDataError",
    "NetworkFileError",
    "NetworksError",
    "OfflineError",
    "Overlay",
    "Places",
    "Route",
    "SnapIndex",
    "SnappedPoints",
    "SpeedFactors",
    "SpeedTable",
    "TimedRoute",
    "Topology",
    "TravelNetwork",
    "TravelTimeLegs",
    "TravelTimeRaster",
    "UnknownPlaceError",
    "WaterRoutes",
    "apply_overlays",
    "at_nodes",
    "available",
    "build_network",
    "check_network",
    "compare_networks",
    "emergency",
    "fastest",
    "ferry_states",
    "ferry_times",
    "find_components",
    "find_node",
    "flooded",
    "from_osmnx",
    "isochrone_areas",
    "links_out",
    "load_extras",
    "load_network",
    "missions",
    "nearest",
    "network_from_edges",
    "network_from_links",
    "node_name",
    "pass_closed",
    "read_gtfs_ferries",
    "read_link_folder",
    "remove_overlays",
    "response_minutes",
    "road_closed",
    "route",
    "route_by_clock",
    "route_line",
    "save_network",
    "save_raster",
    "snap",
    "to_osmnx",
    "travel_time_legs",
    "travel_time_matrix",
    "travel_time_raster",
    "winter",
    "with_edges",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    """Load a slow export."""
    if name not in _LAZY:
        raise AttributeError(f"module 'networks' has no attribute '{name}'")
    return getattr(importlib.import_module(_LAZY[name]), name)
