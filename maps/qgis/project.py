"""A QGIS project: the layers of a GeoPackage beside it, and one theme for each view of the document."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

import numpy as np

from maps.document import MapDocument
from maps.payload import extent
from maps.qgis.sheets import Sheet, drawn_views
from maps.qgis.style import GEOMETRY, QGIS_VERSION, plain, style_element, style_parts
from maps.qgis.symbols import SEA, node, option_map

#: In which the project draws, as the page does: Web Mercator. Radius of its sphere in metres.
_MERCATOR, _RADIUS_M = "EPSG:3857", 6_378_137.0


def first_view(document: MapDocument) -> str:
    """Key of the view that is shown at first; empty for a document without views."""
    return document.first_view or (document.views[0].key if document.views else "")


def project_text(document: MapDocument, sheets: Sequence[Sheet], file: str) -> str:
    """The project as QGIS writes it.

    Args:
        document: what the layers are of; its views become the themes.
        sheets: the tables, the uppermost layer first.
        file: name of the GeoPackage, in the project's folder.
    """
    first = first_view(document)
    labels = {view.key: view.label for view in document.views}
    themes = [_theme(sheets, view.key, view.label, labels) for view in drawn_views(document)]
    tree = node("layer-tree-group", node("customproperties", option_map({})))
    layers = node("projectlayers")
    for sheet in sheets:
        is_drawn = sheet.shown and sheet.style_in(first) is not None
        tree.append(_tree_row(sheet, file, checked=is_drawn))
        layers.append(_layer(sheet, file, first, labels))
    ends = _extent(document)
    corners = node("extent", *(node(name, text=value) for name, value in ends.items()))
    canvas = node("mapcanvas", node("units", text="meters"), corners, name="theMapCanvas")
    canvas.append(node("destinationsrs", _crs(_MERCATOR)))
    made = node(
        "qgis",
        node("homePath", path=""),
        node("title", text=plain(document.title)),
        node("projectCrs", _crs(_MERCATOR)),
        tree,
        canvas,
        layers,
        node("visibility-presets", *themes),
        node("ProjectViewSettings", node("DefaultViewExtent", _crs(_MERCATOR), **ends)),
        _properties(),
        projectname=plain(document.title),
        version=QGIS_VERSION,
    )
    head = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
    return head + ET.tostring(made, encoding="unicode") + "\n"


def _source(sheet: Sheet, file: str) -> str:
    return f"./{file}|layername={sheet.name}"


def _tree_row(sheet: Sheet, file: str, *, checked: bool) -> ET.Element:
    return node(
        "layer-tree-layer",
        node("customproperties", option_map({})),
        id=_id(sheet),
        name=plain(sheet.title),
        source=_source(sheet, file),
        providerKey="ogr",
        checked="Qt::Checked" if checked else "Qt::Unchecked",
        expanded="0",
    )


def _layer(sheet: Sheet, file: str, first: str, labels: dict[str, str]) -> ET.Element:
    names = sheet.style_names(labels)
    current = sheet.first_style(first)
    made = node(
        "maplayer",
        node("id", text=_id(sheet)),
        node("datasource", text=_source(sheet, file)),
        node("layername", text=plain(sheet.title)),
        node("srs", _crs("EPSG:4326")),
        node("provider", text="ogr", encoding="UTF-8"),
        type="vector",
        geometry={"0": "Point", "1": "Line", "2": "Polygon"}[GEOMETRY[sheet.kind]],
        hasScaleBasedVisibilityFlag="0",
        labelsEnabled="1",
    )
    if current is None:
        return made
    made.extend(style_parts(sheet, current))
    manager = node("map-layer-style-manager", current=plain(names[current]))
    for key, name in names.items():
        kept = node("map-layer-style", name=plain(name))
        if key != current:
            kept.append(style_element(sheet, key))
        manager.append(kept)
    made.append(manager)
    return made


def _theme(sheets: Sequence[Sheet], view: str, label: str, labels: dict[str, str]) -> ET.Element:
    """What is drawn in a view, and by which style."""
    made = node("visibility-preset", name=plain(label))
    for sheet in sheets:
        key = sheet.style_in(view)
        if key is not None and sheet.shown:
            made.append(
                node("layer", id=_id(sheet), visible="1", style=plain(sheet.style_names(labels)[key]))
            )
    return made


def _crs(code: str) -> ET.Element:
    """A reference system; QGIS looks it up by its own number first, that of EPSG for these."""
    own = {"EPSG:4326": "3452"}.get(code, code.removeprefix("EPSG:"))
    return node("spatialrefsys", node("srsid", text=own), node("authid", text=code))


def _id(sheet: Sheet) -> str:
    """Identifies a layer; QGIS replaces ids of ten letters or fewer."""
    return f"geoaccess_{sheet.name}"


def _extent(document: MapDocument) -> dict[str, str]:
    """What the map shows first, in metres of Web Mercator."""
    west, south, east, north = document.bounds or extent(document.layers)
    x = np.radians([west, east]) * _RADIUS_M
    y = np.log(np.tan(np.pi / 4 + np.radians([south, north]) / 2)) * _RADIUS_M
    ends = {"xmin": x[0], "ymin": y[0], "xmax": x[1], "ymax": y[1]}
    return {name: f"{value:.1f}" for name, value in ends.items()}


def _properties() -> ET.Element:
    """Addresses of files within the folder, and the sea behind everything."""
    red, green, blue = (str(int(SEA[at : at + 2], 16)) for at in (1, 3, 5))
    colours = {"CanvasColorRedPart": red, "CanvasColorGreenPart": green, "CanvasColorBluePart": blue}
    gui = [node(name, text=value, type="int") for name, value in colours.items()]
    addresses = node("Paths", node("Absolute", text="false", type="bool"))
    system = node("SpatialRefSys", node("ProjectionsEnabled", text="1", type="int"))
    return node("properties", node("Gui", *gui), addresses, system)
