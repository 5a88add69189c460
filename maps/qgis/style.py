"""A table's style as QML, the text that QGIS keeps of a layer's style."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from maps.qgis.sheets import Sheet, Style
from maps.qgis.symbols import PIXEL_MM, node

#: The version whose vocabulary is used; later ones read it.
QGIS_VERSION = "3.22.16"
#: Number of each kind of geometry in QGIS.
GEOMETRY = {"Point": "0", "MultiLineString": "1", "MultiPolygon": "2"}
# XML has no such characters, not even escaped.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXT_PX, _HALO_PX = 12, 3


def plain(text: str) -> str:
    """A text without the characters that XML cannot hold, which become U+FFFD."""
    return _NO_XML.sub("\ufffd", text)


def style_text(sheet: Sheet, key: str) -> str:
    """The style of a table in a view as QML."""
    return ET.tostring(style_element(sheet, key), encoding="unicode")


def style_element(sheet: Sheet, key: str) -> ET.Element:
    """The style of a table in a view as the root of QML."""
    made = node(
        "qgis", *style_parts(sheet, key), version=QGIS_VERSION, styleCategories="Symbology|Labeling|Fields"
    )
    made.append(node("layerGeometryType", text=GEOMETRY[sheet.kind]))
    return made


def style_parts(sheet: Sheet, key: str) -> list[ET.Element]:
    """What a style consists of, in a QML file as in the layer of a project."""
    style = sheet.styles[key]
    parts = [_renderer(style)]
    if style.labelled:
        parts.append(_labelling(style.labelled))
    aliases = [
        node("alias", index=str(at), field=field.name, name=plain(field.alias))
        for at, field in enumerate(sheet.fields, start=1)
    ]
    return [*parts, node("aliases", *aliases)]


def _renderer(style: Style) -> ET.Element:
    """Rules, not classes: QGIS counts both ends of a class as within it, and has none for missing values."""
    rules, drawn = node("rules", key="{root}"), node("symbols")
    for at, rule in enumerate(style.rules):
        told = node("rule", symbol=str(at), label=plain(rule.label), key=f"{{{at}}}")
        if rule.filter:
            told.set("filter", plain(rule.filter))
        rules.append(told)
        rule.symbol.set("name", str(at))
        drawn.append(rule.symbol)
    made = node("renderer-v2", rules, drawn, type="RuleRenderer", symbollevels="0", forceraster="0")
    made.set("enableorderby", "1" if style.largest_first else "0")
    if style.largest_first:
        clause = node("orderByClause", text=f'"{style.largest_first}"', asc="0", nullsFirst="0")
        made.append(node("orderby", clause))
    return made


def _labelling(expression: str) -> ET.Element:
    """Names beside the symbols, on a white halo."""
    text = node(
        "text-style",
        node(
            "text-buffer",
            bufferDraw="1",
            bufferSize=f"{_HALO_PX * PIXEL_MM:.3g}",
            bufferSizeUnits="MM",
            bufferColor="255,255,255,255",
        ),
        fieldName=expression,
        isExpression="1",
        fontSize=f"{_TEXT_PX * 0.75:g}",
        fontSizeUnit="Point",
        textColor="29,35,41,255",
    )
    where = node("placement", placement="6", dist="3", distUnits="MM")
    return node("labeling", node("settings", text, where, calloutType="simple"), type="simple")
