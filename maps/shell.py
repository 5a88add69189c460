"""The page without data: Folium's map, our panel, and every script and style inside.

Importing this module imports Folium; :mod:`maps.page` waits with it until a page is made.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import cast

import branca.element
import folium
import folium.template

#: Scripts in the order in which the page runs them.
SCRIPTS = (
    "leaflet/leaflet.js",
    "codec.js",
    "words.js",
    "model.js",
    "shapes.js",
    "dots.js",
    "names.js",
    "paint.js",
    "canvas.js",
    "sites.js",
    "details.js",
    "legend.js",
    "views.js",
    "table.js",
    "search.js",
    "address.js",
    "chart_kit.js",
    "charts.js",
    "choice_data.js",
    "choice_suggest.js",
    "choice.js",
    "choice_panel.js",
    "choice_tables.js",
    "choice_charts.js",
    "choice_frontier.js",
    "view_charts.js",
    "main.js",
)
STYLES = ("leaflet/leaflet.css", "page.css", "panel.css", "map.css", "tables.css", "choice.css", "media.css")
_MAP_NAME = "geoaccess"
_SCRIPT_LINK = re.compile(r'<script src="asset:([\w./-]+)"></script>')
_STYLE_LINK = re.compile(r'<link rel="stylesheet" href="asset:([\w./-]+)"\s*/>')
_VIEWPORT = re.compile(r"<meta name=\"viewport\"[^>]*>")
_STYLE_IMAGE = re.compile(r"url\(images/[^)]*\)")


class _Start(branca.element.MacroElement):
    """Hands Folium's map to the page's own scripts."""

    _template = folium.template.Template(
        "{% macro script(this, kwargs) %}geoaccess.start({{ this._parent.get_name() }});{% endmacro %}"
    )


@cache
def page_shell() -> str:
    """The page without data: Folium's map, our panel, every script and style inside."""
    shell = folium.Map(
        tiles=None,
        location=[68.5, 18.0],
        zoom_start=5,
        prefer_canvas=True,
        zoom_control=False,
        fade_animation=False,
        zoom_snap=0.25,
        zoom_delta=0.75,
        wheel_px_per_zoom_level=90,
        max_bounds_viscosity=1.0,
    )
    shell._id = _MAP_NAME
    shell.default_js = [(name, f"asset:{name}") for name in SCRIPTS]
    shell.default_css = [(name, f"asset:{name}") for name in STYLES]
    shell.add_child(_Start())  # type: ignore[no-untyped-call]
    root = cast("branca.element.Figure", shell.get_root())
    root.html.add_child(branca.element.Element(_asset("panel.html")))
    text = root.render()
    text = _VIEWPORT.sub('<meta name="viewport" content="width=device-width, initial-scale=1">', text)
    text = _SCRIPT_LINK.sub(lambda found: f"<script>{_script(found[1])}</script>", text)
    return _STYLE_LINK.sub(lambda found: f"<style>{_style(found[1])}</style>", text)


def _script(name: str) -> str:
    text = _asset(name)
    if "</script" in text.lower() or "<!--" in text:
        raise ValueError(f"asset {name} would end its script element")
    return re.sub(r"//# sourceMappingURL=\S+", "", text)


def _style(name: str) -> str:
    """A style sheet without the images that only Leaflet's own buttons and pins would show."""
    return _STYLE_IMAGE.sub("none", _asset(name))


def _asset(name: str) -> str:
    folder = "_vendor" if "/" in name else "_assets"
    return resources.files("maps").joinpath(folder, *name.split("/")).read_text(encoding="utf-8")
