"""Draws results as one self-contained interactive HTML page.

``maps`` computes nothing: plain columns and geometries go in (:class:`MapDocument`), one file comes out
(:func:`write_map`) that opens without a network, whatever the names in the data contain.
"""

from __future__ import annotations

from maps.basemap import Basemap, land
from maps.document import (
    Headline,
    Language,
    MapDocument,
    Proof,
    ProofStatus,
    TableView,
    Tiles,
    View,
    ViewControl,
)
from maps.errors import ExternalAddressError, MapDataError, MapError, MapFileError
from maps.layers import (
    AreaLayer,
    Column,
    FlowLayer,
    LineKind,
    LineLayer,
    PointLayer,
    Series,
    Shape,
    SiteLayer,
    SiteRole,
)
from maps.page import render_map, write_map
from maps.scales import Palette, Scale

__all__ = [
    "AreaLayer",
    "Basemap",
    "Column",
    "ExternalAddressError",
    "FlowLayer",
    "Headline",
    "Language",
    "LineKind",
    "LineLayer",
    "MapDataError",
    "MapDocument",
    "MapError",
    "MapFileError",
    "Palette",
    "PointLayer",
    "Proof",
    "ProofStatus",
    "Scale",
    "Series",
    "Shape",
    "SiteLayer",
    "SiteRole",
    "TableView",
    "Tiles",
    "View",
    "ViewControl",
    "land",
    "render_map",
    "write_map",
]
