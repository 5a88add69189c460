"""Ways over land and water off the roads: speeds by ground, slope and barriers, on a raster.

``grid`` is the ground itself, ``reading`` makes it of rasters, ``search`` finds least-cost ways over it,
``times`` gives minutes between places, and ``joining`` joins places to a road network by it.
"""

from networks.surface.grid import Ground, Surface
from networks.surface.joining import RoadReach, join_over, road_reach
from networks.surface.reading import Layers, read_speeds, read_surface
from networks.surface.times import surface_minutes

__all__ = [
    "Ground",
    "Layers",
    "RoadReach",
    "Surface",
    "join_over",
    "read_speeds",
    "read_surface",
    "road_reach",
    "surface_minutes",
]
