"""A map document as a GeoPackage with its styles inside, and a QGIS project beside it.

The GeoPackage holds one table a layer: one row a place, site, area or line, with columns for each view of
the document instead of stacked copies. The table ``layer_styles``, which QGIS reads, holds for each layer one
style a view, in the colours of the page that :mod:`maps.page` makes of the same document.
"""

from maps.qgis.files import write_geopackage

__all__ = ["write_geopackage"]
