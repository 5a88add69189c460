"""A matplotlib drawing as an SVG element that a page with a strict security policy shows.

What matplotlib writes has style attributes, a style sheet for every element of the page, metadata with
addresses, and ids that repeat from drawing to drawing. Here styles become attributes, the rest goes, and ids
get a prefix. The text stays text: readable, searchable, and never part of any markup.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from geoaccess.ground.optional_packages import need

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

#: Fonts of the text, the first being the one that the layout was measured with.
FONTS = "DejaVu Sans, Verdana, Arial, sans-serif"
_LINK = "{http://www.w3.org/1999/xlink}href"
_REFERENCE = re.compile(r"url\(#([\w.-]+)\)")
#: ``font: bold 10px 'DejaVu Sans', ...`` as matplotlib before 3.11 writes it.
_FONT = re.compile(r"(?P<before>.*?)(?P<size>[\d.]+px)\s")
_DROPPED = {"metadata", "style"}
#: How a picture of many discs, drawn by us, stands within the page.
PICTURE = "data:image/png;base64,"
#: Attributes in points, written with six digits; a tenth of a point is a thirtieth of a millimetre.
_LENGTHS = {"d", "x", "y"}
_DOTS_PER_INCH = 220
_NUMBER = re.compile(r"-?\d+\.\d+")


def element(draw: Callable[[], Drawing], *, prefix: str, alt: str) -> ET.Element:
    """The drawing as an ``svg`` element without namespaces, as HTML holds it.

    Args:
        draw: makes the drawing.
        prefix: begins every id.
        alt: the drawing in words.

    Raises:
        MissingPackageError: matplotlib is not installed.
    """
    root = ET.fromstring(written(draw))  # noqa: S314 - our own drawing, not a file from outside
    _plain(root, prefix)
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.attrib |= {"role": "img", "aria-labelledby": f"{prefix}title", "stroke-linejoin": "round"}
    title = ET.Element("title", {"id": f"{prefix}title"})
    title.text = alt
    root.insert(0, title)
    return root


def written(draw: Callable[[], Drawing]) -> bytes:
    """The drawing as matplotlib writes it."""
    from geoaccess.drawing.plots import style  # noqa: PLC0415 - plots need this module's package

    target = io.BytesIO()
    with need("matplotlib").rc_context(style()), warnings.catch_warnings():
        # Names in scripts that the measuring font lacks are shown in another font of the reader's machine.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        draw().savefig(target, format="svg", dpi=_DOTS_PER_INCH, metadata={"Date": None, "Creator": None})
    return target.getvalue()


def _plain(node: ET.Element, prefix: str) -> None:
    node.tag = node.tag.rpartition("}")[2]
    attributes = dict(node.attrib)
    node.attrib.clear()
    for declaration in attributes.pop("style", "").split(";"):
        name, colon, value = declaration.partition(":")
        if colon:
            attributes |= _declared(name.strip(), value.strip())
    if _LINK in attributes:
        attributes["href"] = attributes.pop(_LINK)
    for name, value in attributes.items():
        node.set(name, _own(name, value, prefix))
    for child in list(node):
        if child.tag.rpartition("}")[2] in _DROPPED:
            node.remove(child)
        else:
            _plain(child, prefix)


def _declared(name: str, value: str) -> dict[str, str]:
    """A style declaration as attributes."""
    found = _FONT.match(value) if name == "font" else None
    if found is None:
        return {name: value}
    attributes = {"font-size": found["size"], "font-family": FONTS}
    weight = [word for word in found["before"].split() if word == "bold" or word.isdecimal()]
    return attributes | ({"font-weight": weight[0]} if weight else {})


def _own(name: str, value: str, prefix: str) -> str:
    if name == "id":
        return prefix + value
    if name == "href" and not value.startswith(PICTURE):
        return f"#{prefix}{value.removeprefix('#')}"
    if name == "font-family":
        return FONTS
    if name in _LENGTHS:
        return _NUMBER.sub(lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), value)
    return _REFERENCE.sub(rf"url(#{prefix}\1)", value)
