"""Boats on the water: a grid of the sea, and the quickest ways over it."""

from __future__ import annotations

from networks.sea.grid import Berths, SeaGrid
from networks.sea.ways import SeaPath, SeaWays, sea_minutes, sea_path, sea_paths, sea_ways

__all__ = ["Berths", "SeaGrid", "SeaPath", "SeaWays", "sea_minutes", "sea_path", "sea_paths", "sea_ways"]
