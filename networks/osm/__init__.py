"""OpenStreetMap files, osmnx graphs and ferry timetables as travel networks."""

from networks.osm.build import build_network
from networks.osm.feed_links import departures_of, feed_matches, with_feed
from networks.osm.gtfs import GtfsFerries, GtfsFerry, read_gtfs_ferries, read_gtfs_week
from networks.osm.osmnx_in import from_osmnx
from networks.osm.osmnx_out import to_osmnx
from networks.osm.report import BuildReport

__all__ = [
    "BuildReport",
    "GtfsFerries",
    "GtfsFerry",
    "build_network",
    "departures_of",
    "feed_matches",
    "from_osmnx",
    "read_gtfs_ferries",
    "read_gtfs_week",
    "to_osmnx",
    "with_feed",
]
