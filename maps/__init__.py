"""Draws results as one self-contained interactive HTML page.

``maps`` computes nothing: plain columns and geometries go in (:class:`MapDocument`), one file comes out
(:func:`write_map`) that opens without a network, whatever the names in the data contain.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from maps.basemap import Basemap, land
    from maps.document import (
        Headline,
        Language,
        MapDocument,
        MapName,
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
    from maps.what_if import KnownAnswer, SiteLimit, SitePromise, SiteState, WhatIf

__all__ = [
    "AreaLayer",
    "Basemap",
    "Column",
    "ExternalAddressError",
    "FlowLayer",
    "Hatching",
    "Headline",
    "Hours",
    "KnownAnswer",
    "Language",
    "LineKind",
    "LineLayer",
    "MapDataError",
    "MapDocument",
    "MapError",
    "MapFileError",
    "MapName",
    "Palette",
    "PointLayer",
    "Proof",
    "ProofStatus",
    "Scale",
    "Series",
    "Shape",
    "SiteLayer",
    "SiteLimit",
    "SitePromise",
    "SiteRole",
    "SiteState",
    "TableView",
    "Tiles",
    "View",
    "ViewControl",
    "WhatIf",
    "land",
    "render_map",
    "write_map",
]

#: Module -> what it exports; loaded when it is first asked for, so that errors and names cost nothing else.
_HOMES = {
    "maps.basemap": ("Basemap", "land"),
    "maps.document": (
        "Headline",
        "Language",
        "MapDocument",
        "MapName",
        "Proof",
        "ProofStatus",
        "TableView",
        "Tiles",
        "View",
        "ViewControl",
    ),
    "maps.errors": ("ExternalAddressError", "MapDataError", "MapError", "MapFileError"),
    "maps.layers": (
        "AreaLayer",
        "Column",
        "FlowLayer",
        "Hatching",
        "Hours",
        "LineKind",
        "LineLayer",
        "PointLayer",
        "Series",
        "Shape",
        "SiteLayer",
        "SiteRole",
    ),
    "maps.page": ("render_map", "write_map"),
    "maps.scales": ("Palette", "Scale"),
    "maps.what_if": ("KnownAnswer", "SiteLimit", "SitePromise", "SiteState", "WhatIf"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any exported object
    if name not in _HOME:
        raise AttributeError(f"module 'maps' has no attribute {name!r}")
    found = globals()[name] = getattr(importlib.import_module(_HOME[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
