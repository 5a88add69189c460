"""OpenStreetMap files, osmnx graphs and ferry timetables as travel networks."""

from networks.osm.build import build_network
from networks.osm.gtfs import GtfsFerries, GtfsFerry, read_gtfs_ferries
from networks.osm.osmnx_in import from_osmnx
from networks.osm.osmnx_out import to_osmnx
from networks.osm.report import BuildReport

__all__ = [
    "BuildReport",
    "GtfsFerries",
    "GtfsFerry",
    "build_network",
    "from_osmnx",
    "read_gtfs_ferries",
    "to_osmnx",
]
