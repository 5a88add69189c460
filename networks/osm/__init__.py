"""OpenStreetMap files, osmnx graphs and ferry timetables as travel networks."""

from networks.osm.build import build_network
from networks.osm.report import BuildReport

__all__ = ["BuildReport", "build_network"]
