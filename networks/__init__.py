"""Roads, ferries, boats and air as one network, and minutes between points on it."""

from __future__ import annotations

import importlib
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from networks.by_clock import TimedRoute, route_by_clock
    from networks.changes import NetworkChanges, compare_networks
    from networks.check import CheckReport, Finding, Limits, check_network
    from networks.components import Components, find_components
    from networks.craft import Craft
    from networks.doubled import each_road_once
    from networks.errors import (
        CrsError,
        Fault,
        NetworkDataError,
        NetworkFileError,
        NetworksError,
        OfflineError,
        UnknownPlaceError,
    )
    from networks.ferries import (
        DayDepartures,
        FerryConditions,
        FerryService,
        FerryState,
        FerryTimes,
        ferry_times,
    )
    from networks.files import load_extras, load_network, save_network
    from networks.from_edges import network_from_edges
    from networks.graphs import from_networkx, to_igraph, to_networkx
    from networks.isochrones import isochrone_areas
    from networks.legs import TravelTimeLegs, travel_time_legs
    from networks.links import network_from_links, read_link_folder
    from networks.modes import Transfers, TransportResult, craft_minutes, transfers, transport_minutes
    from networks.network import Change, EdgeGeometry, Labels, Overlay, TravelNetwork
    from networks.osm import (
        BuildReport,
        GtfsFerries,
        build_network,
        from_osmnx,
        read_gtfs_ferries,
        to_osmnx,
    )
    from networks.overlays import (
        Closure,
        Convoy,
        EdgeFactors,
        Ferries,
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
    from networks.rasters import TravelTimeRaster, save_raster, travel_time_raster
    from networks.routes import Leg, Route, find_node, node_name, route, route_line
    from networks.sea import SeaGrid, sea_minutes, sea_path
    from networks.selection import EdgeSelection
    from networks.snapping import SnappedPoints, at_nodes, snap
    from networks.speeds import SpeedTable
    from networks.times import nearest, travel_time_matrix

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
    "Fault",
    "Ferries",
    "FerryConditions",
    "FerryService",
    "FerryState",
    "FerryTimes",
    "Finding",
    "GtfsFerries",
    "Labels",
    "Leg",
    "Limits",
    "NetworkChanges",
    "NetworkDataError",
    "NetworkFileError",
    "NetworksError",
    "OfflineError",
    "Overlay",
    "Route",
    "SeaGrid",
    "SnappedPoints",
    "SpeedFactors",
    "SpeedTable",
    "TimedRoute",
    "Transfers",
    "TransportResult",
    "TravelNetwork",
    "TravelTimeLegs",
    "TravelTimeRaster",
    "UnknownPlaceError",
    "apply_overlays",
    "at_nodes",
    "build_network",
    "check_network",
    "compare_networks",
    "craft_minutes",
    "each_road_once",
    "emergency",
    "ferry_states",
    "ferry_times",
    "find_components",
    "find_node",
    "flooded",
    "from_networkx",
    "from_osmnx",
    "isochrone_areas",
    "links_out",
    "load_extras",
    "load_network",
    "nearest",
    "network_from_edges",
    "network_from_links",
    "node_name",
    "pass_closed",
    "read_gtfs_ferries",
    "read_link_folder",
    "remove_overlays",
    "road_closed",
    "route",
    "route_by_clock",
    "route_line",
    "save_network",
    "save_raster",
    "sea_minutes",
    "sea_path",
    "snap",
    "to_igraph",
    "to_networkx",
    "to_osmnx",
    "transfers",
    "transport_minutes",
    "travel_time_legs",
    "travel_time_matrix",
    "travel_time_raster",
    "winter",
]

#: Module -> what it exports; loaded when it is first asked for, so that errors and names cost nothing else.
_HOMES = {
    "networks.by_clock": ("TimedRoute", "route_by_clock"),
    "networks.changes": ("NetworkChanges", "compare_networks"),
    "networks.check": ("CheckReport", "Finding", "Limits", "check_network"),
    "networks.components": ("Components", "find_components"),
    "networks.craft": ("Craft",),
    "networks.doubled": ("each_road_once",),
    "networks.errors": (
        "CrsError",
        "Fault",
        "NetworkDataError",
        "NetworkFileError",
        "NetworksError",
        "OfflineError",
        "UnknownPlaceError",
    ),
    "networks.ferries": (
        "DayDepartures",
        "FerryConditions",
        "FerryService",
        "FerryState",
        "FerryTimes",
        "ferry_times",
    ),
    "networks.files": ("load_extras", "load_network", "save_network"),
    "networks.graphs": ("from_networkx", "to_igraph", "to_networkx"),
    "networks.isochrones": ("isochrone_areas",),
    "networks.legs": ("TravelTimeLegs", "travel_time_legs"),
    "networks.links": ("network_from_links", "read_link_folder"),
    "networks.modes": ("Transfers", "TransportResult", "craft_minutes", "transfers", "transport_minutes"),
    "networks.from_edges": ("network_from_edges",),
    "networks.network": ("Change", "EdgeGeometry", "Labels", "Overlay", "TravelNetwork"),
    "networks.osm": (
        "BuildReport",
        "GtfsFerries",
        "build_network",
        "from_osmnx",
        "read_gtfs_ferries",
        "to_osmnx",
    ),
    "networks.overlays": (
        "Closure",
        "Convoy",
        "EdgeFactors",
        "Ferries",
        "SpeedFactors",
        "apply_overlays",
        "emergency",
        "ferry_states",
        "flooded",
        "links_out",
        "pass_closed",
        "remove_overlays",
        "road_closed",
        "winter",
    ),
    "networks.rasters": ("TravelTimeRaster", "save_raster", "travel_time_raster"),
    "networks.routes": ("Leg", "Route", "find_node", "node_name", "route", "route_line"),
    "networks.sea": ("SeaGrid", "sea_minutes", "sea_path"),
    "networks.selection": ("EdgeSelection",),
    "networks.snapping": ("SnappedPoints", "at_nodes", "snap"),
    "networks.speeds": ("SpeedTable",),
    "networks.times": ("nearest", "travel_time_matrix"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}
#: Name -> its home: no longer public, and found here with a warning until the next minor version.
_RETIRED = {
    "Topology": "networks.topology",
    "GtfsFerry": "networks.osm.gtfs",
    "SnapIndex": "networks.snapping",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any exported object
    if name in _RETIRED:
        home = _RETIRED[name]
        warnings.warn(
            f"networks.{name} is {home}.{name}, and is found here until version 0.2",
            DeprecationWarning,
            stacklevel=2,
        )
        return getattr(importlib.import_module(home), name)
    if name not in _HOME:
        raise AttributeError(f"module 'networks' has no attribute {name!r}")
    found = globals()[name] = getattr(importlib.import_module(_HOME[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
