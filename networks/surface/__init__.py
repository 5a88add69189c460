"""Ways over land and water off the roads: speeds by ground, slope and barriers, on a raster.

``grid`` is the ground itself, ``reading`` makes it of rasters, ``search`` finds least-cost ways over it,
``times`` gives minutes between places, and ``joining`` joins places to a road network by it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

#: What is exported -> its module; loaded when first asked for: a study without a surface reads no raster.
_HOME = {
    "Ground": "grid",
    "Layers": "reading",
    "RoadReach": "joining",
    "Surface": "grid",
    "join_over": "joining",
    "read_speeds": "reading",
    "read_surface": "reading",
    "road_reach": "joining",
    "surface_minutes": "times",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any exported object
    if name not in _HOME:
        raise AttributeError(f"module 'networks.surface' has no attribute {name!r}")
    module = importlib.import_module(f"networks.surface.{_HOME[name]}")
    found = globals()[name] = getattr(module, name)
    return found
