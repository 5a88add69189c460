"""Symbols as QGIS describes them in QML, in the colours, outlines and widths of the page.

The page's pixels are millimetres here, 96 of them an inch as on the web, so that prints look as screens do.
The vocabulary is that of QGIS 3.22 (``QgsSymbolLayerUtils``, ``Option`` maps), which later versions read too.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from xml.etree import ElementTree as ET

from maps.layers import LineKind, Shape, SiteRole

#: Millimetres of a pixel of the web.
PIXEL_MM = 25.4 / 96
LAND, COAST, SEA = "#f6f3ec", "#9aa7ae", "#d3e1ea"
INK = "#2b2b2b"
UNREACHED = "#a3001e"
_WHITE, _DARK = "#ffffff", "#1b1f24"
#: Radius in pixels of the place with most people, and the least radius, on the whole map.
LARGEST_PX, LEAST_PX = 14.0, 2.0

#: Outlines in a box from -10 to 10, those of the page's ``shapes.js``.
OUTLINES: Mapping[Shape, str] = {
    Shape.CROSS: "M-3-9H3V-3H9V3H3V9H-3V3H-9V-3H-3Z",
    Shape.SQUARE: "M-7.5-7.5H7.5V7.5H-7.5Z",
    Shape.DIAMOND: "M0-10L10 0L0 10L-10 0Z",
    Shape.TRIANGLE: "M0-9L9.5 7.5H-9.5Z",
    Shape.PENTAGON: "M0-9.5L9.5-2.6L5.9 8.5H-5.9L-9.5-2.6Z",
    Shape.HEXAGON: "M-5-8.5H5L9.8 0L5 8.5H-5L-9.8 0Z",
    Shape.DROP: "M0-10C3-5 7-1 7 3A7 7 0 0 1-7 3C-7-1-3-5 0-10Z",
    Shape.PLANE: "M0-10L2-7V-2L10 3V5L2 3V7L5 9V10L0 9L-5 10V9L-2 7V3L-10 5V3L-2-2V-7Z",
    Shape.STAR: "M0-10L2.6-3.4L9.6-3L4.1 1.4L6 8.2L0 4.3L-6 8.2L-4.1 1.4L-9.6-3L-2.6-3.4Z",
    Shape.RING: "M0-9A9 9 0 1 1 0 9A9 9 0 1 1 0-9ZM0-4A4 4 0 1 0 0 4A4 4 0 1 0 0-4Z",
}
#: (colour, width, dashes) of each kind of line in pixels, those of the page's ``shapes.js``.
LINES: Mapping[LineKind, tuple[str, float, tuple[int, ...]]] = {
    LineKind.ROAD: ("#8b7f6a", 1.4, ()),
    LineKind.SCHEMATIC: ("#a79c88", 1.0, (2, 4)),
    LineKind.FERRY: ("#08519c", 2.0, (7, 4)),
    LineKind.BOAT: ("#08519c", 2.0, (1, 5)),
    LineKind.FLIGHT: ("#6a3d9a", 1.5, (12, 5)),
    LineKind.CLOSED: ("#b00020", 4.0, (3, 5)),
    LineKind.ROUTE: ("#c2185b", 4.0, ()),
    LineKind.WALK: ("#333333", 2.0, (2, 4)),
}
_HALOED = {LineKind.CLOSED, LineKind.ROUTE}
#: (fill, stroke, width of the stroke) of a site's body by its role, those of the page's ``map.css``.
_DRESSES: Mapping[SiteRole, tuple[str, str, float]] = {
    SiteRole.CANDIDATE: (_WHITE, _DARK, 3.0),
    SiteRole.CHOSEN: ("#d55e00", _DARK, 2.0),
    SiteRole.CLOSED: (_WHITE, "#6b7680", 2.5),
    SiteRole.FORBIDDEN: (_WHITE, "#6b7680", 2.5),
}
_STANDING = (_DARK, _DARK, 1.0)
#: Width of a site's symbol in pixels by its role.
_SIZES: Mapping[SiteRole, int] = {
    SiteRole.CHOSEN: 28,
    SiteRole.NAMED: 24,
    SiteRole.CLOSED: 22,
    SiteRole.CANDIDATE: 10,
    SiteRole.FORBIDDEN: 11,
}
_SIZE = 17

#: A layer of a symbol: its class in QGIS, its options, and those that an expression gives.
_LayerOf = tuple[str, Mapping[str, str], Mapping[str, str]]


def node(tag: str, *children: ET.Element, text: str = "", **attributes: str) -> ET.Element:
    """An element; ``class_`` becomes ``class``."""
    made = ET.Element(tag, {name.rstrip("_"): value for name, value in attributes.items()})
    made.extend(children)
    made.text = text or None
    return made


def option_map(options: Mapping[str, str], **attributes: str) -> ET.Element:
    """Options as QGIS keeps them."""
    rows = [node("Option", name=name, value=value, type="QString") for name, value in options.items()]
    return node("Option", *rows, type="Map", **attributes)


def dot(colour: str, size: str = "") -> ET.Element:
    """A circle of a place.

    Args:
        colour: fill, ``#rrggbb``.
        size: expression of the diameter in millimetres; empty for the least one.
    """
    options = {
        "name": "circle",
        "color": _rgba(colour),
        "outline_color": _rgba(INK),
        "outline_width": _mm(0.7),
        "outline_width_unit": "MM",
        "size": _mm(2 * LEAST_PX),
        "size_unit": "MM",
    }
    return _symbol("marker", ("SimpleMarker", options, {"size": size} if size else {}))


def cross() -> ET.Element:
    """The cross of a place that reaches nothing."""
    strokes = ((_WHITE, 4.5), (UNREACHED, 2.4))
    layers: list[_LayerOf] = [
        (
            "SimpleMarker",
            {
                "name": "cross2",
                "outline_color": _rgba(colour),
                "outline_width": _mm(width),
                "outline_width_unit": "MM",
                "size": _mm(9),
                "size_unit": "MM",
            },
            {},
        )
        for colour, width in strokes
    ]
    return _symbol("marker", *layers)


def hatched_dot(size: str = "") -> ET.Element:
    """Slanting lines over a circle, for what is not to be trusted as the rest is."""
    lines = "M-7-1L-1-7M-7 7L7-7M1 7L7 1"
    strokes = ((_WHITE, 3), (INK, 1.5))
    picture = "".join(
        f'<path d="{lines}" stroke="{colour}" stroke-width="{width}"/>' for colour, width in strokes
    )
    return _symbol("marker", _svg(picture, 2 * LEAST_PX, {"size": size} if size else {}))


def site(shape: Shape, role: SiteRole) -> ET.Element:
    """The symbol of a site: its shape says the kind, its dress the role."""
    fill, stroke, width = _DRESSES.get(role, _STANDING)
    path = OUTLINES[shape]
    picture = (
        f'<path d="{path}" fill="none" stroke="{_WHITE}" stroke-width="4.5" stroke-linejoin="round"/>'
        f'<path d="{path}" fill="{fill}" fill-rule="evenodd" stroke="{stroke}" stroke-width="{width}"'
        ' stroke-linejoin="round"/>'
    )
    if role in {SiteRole.CLOSED, SiteRole.FORBIDDEN}:
        picture += '<path d="M-10-10L10 10M10-10L-10 10" fill="none" stroke="#b00020" stroke-width="3"/>'
    if role is SiteRole.REQUIRED:
        picture += f'<circle r="3" fill="{_WHITE}"/>'
    return _symbol("marker", _svg(picture, _SIZES.get(role, _SIZE), {}))


def line(kind: LineKind, *, emphasis: bool = False) -> ET.Element:
    """The symbol of a line of a kind."""
    colour, width, dashes = LINES[kind]
    width *= 1.6 if emphasis else 1
    layers = [_stroke(_WHITE, width + 4)] if emphasis or kind in _HALOED else []
    return _symbol("line", *layers, _stroke(colour, width, dashes, is_round=kind is LineKind.BOAT))


def flow(colour: str) -> ET.Element:
    """A thin line from a place to what serves it."""
    return _symbol("line", _stroke(colour, 1.3), alpha="0.75")


def area(colour: str) -> ET.Element:
    """The fill of an area of a class."""
    return _symbol("fill", _filled(colour, _WHITE, 0.6), alpha="0.9")


def outlined() -> ET.Element:
    """An area of which only the border is drawn."""
    return _symbol("fill", _filled(_WHITE, "#8d8577", 0.9, style="no"))


def hatched_area() -> ET.Element:
    """The fill of an area without a value."""
    return _symbol("fill", _filled(_WHITE, _WHITE, 0.6), _filled("#4a4a4a", _WHITE, 0.6, style="b_diagonal"))


def land() -> ET.Element:
    """The land below everything."""
    return _symbol("fill", _filled(LAND, COAST, 0.7))


def _filled(colour: str, outline: str, width: float, *, style: str = "solid") -> _LayerOf:
    options = {
        "color": _rgba(colour),
        "style": style,
        "outline_color": _rgba(outline),
        "outline_style": "solid",
        "outline_width": _mm(width),
        "outline_width_unit": "MM",
        "joinstyle": "round",
    }
    return "SimpleFill", options, {}


def _stroke(colour: str, width: float, dashes: tuple[int, ...] = (), *, is_round: bool = False) -> _LayerOf:
    options = {
        "line_color": _rgba(colour),
        "line_width": _mm(width),
        "line_width_unit": "MM",
        "capstyle": "round" if is_round else "flat",
        "joinstyle": "round",
        "line_style": "solid",
    }
    if dashes:
        options |= {
            "use_custom_dash": "1",
            "customdash": ";".join(_mm(dash) for dash in dashes),
            "customdash_unit": "MM",
        }
    return "SimpleLine", options, {}


def _svg(picture: str, size_px: float, computed: Mapping[str, str]) -> _LayerOf:
    text = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-13 -13 26 26">{picture}</svg>'
    packed = base64.b64encode(text.encode("ascii")).decode("ascii")
    return "SvgMarker", {"name": f"base64:{packed}", "size": _mm(size_px), "size_unit": "MM"}, computed


def _symbol(kind: str, *layers: _LayerOf, alpha: str = "1") -> ET.Element:
    made = node("symbol", type=kind, alpha=alpha, clip_to_extent="1", force_rhr="0", name="")
    for class_, options, computed in layers:
        one = node("layer", option_map(options), class_=class_, enabled="1", locked="0")
        if computed:
            one.append(_computed(computed))
        made.append(one)
    return made


def _computed(expressions: Mapping[str, str]) -> ET.Element:
    """Properties that an expression gives, row by row."""
    told = [
        node(
            "Option",
            node("Option", name="active", value="true", type="bool"),
            node("Option", name="expression", value=expression, type="QString"),
            node("Option", name="type", value="3", type="int"),
            name=name,
            type="Map",
        )
        for name, expression in expressions.items()
    ]
    whole = node(
        "Option",
        node("Option", name="name", value="", type="QString"),
        node("Option", *told, name="properties", type="Map"),
        node("Option", name="type", value="collection", type="QString"),
        type="Map",
    )
    return node("data_defined_properties", whole)


def _rgba(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"{red},{green},{blue},255"


def _mm(pixels: float) -> str:
    return f"{pixels * PIXEL_MM:.4g}"
