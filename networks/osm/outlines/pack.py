"""Packs the outlines once: Natural Earth's countries -> ``countries.json``.

Run it again only when a country joins the table of speed limits, where the data package was unpacked::

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python -m networks.osm.outlines.pack package/countries-50m.json

The table's countries keep their borders within :data:`TOLERANCE_DEG`; all others together are kept too, more
coarsely, so that a place beyond a border is not taken for one of this side.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
import shapely.affinity
from shapely.geometry.base import BaseGeometry

#: ISO 3166: numeric code in the source -> letters.
CODES = {
    "578": "NO", "470": "MT", "752": "SE", "246": "FI", "208": "DK", "352": "IS", "234": "FO", "304": "GL",
    "233": "EE", "428": "LV", "440": "LT", "276": "DE", "040": "AT", "756": "CH", "528": "NL", "056": "BE",
    "250": "FR", "826": "GB", "372": "IE", "724": "ES", "620": "PT", "380": "IT", "300": "GR", "191": "HR",
    "616": "PL", "203": "CZ", "643": "RU", "124": "CA", "840": "US", "036": "AU", "554": "NZ", "242": "FJ",
    "392": "JP", "248": "FI",
}  # fmt: skip
#: Degrees by which an outline may be off, and of the outline of all other countries.
TOLERANCE_DEG, ELSEWHERE_DEG = 0.05, 0.2
#: Islands smaller than this are left out, square degrees, unless the country is no larger.
ISLAND_DEG2 = 0.02


def _arcs(topology: Mapping[str, Any]) -> list[list[tuple[float, float]]]:
    """The lines of a TopoJSON file, which stores each point as whole steps from the one before."""
    (scale_x, scale_y), (west, south) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for step_x, step_y in arc:
            x, y = x + step_x, y + step_y
            points.append((x * scale_x + west, y * scale_y + south))
        arcs.append(points)
    return arcs


def _ring(references: Sequence[int], arcs: list[list[tuple[float, float]]]) -> list[tuple[float, float]]:
    points: list[tuple[float, float]] = []
    for reference in references:
        arc = arcs[reference] if reference >= 0 else arcs[~reference][::-1]
        points += arc if not points else arc[1:]
    return points


def _shape(country: Mapping[str, Any], arcs: list[list[tuple[float, float]]]) -> BaseGeometry:
    polygons = country["arcs"] if country["type"] == "MultiPolygon" else [country["arcs"]]
    return shapely.union_all([_within_date_line(_ring(polygon[0], arcs)) for polygon in polygons])


def _within_date_line(ring: list[tuple[float, float]]) -> BaseGeometry:
    """A ring that may run over the date line as polygons between 180 degrees west and east."""
    lon, lat = np.asarray(ring).T
    whole = shapely.make_valid(shapely.Polygon(np.column_stack([np.unwrap(lon, period=360.0), lat])))
    parts = [
        shapely.affinity.translate(shapely.intersection(whole, shapely.box(west, -90, west + 360, 90)), -turn)
        for turn in (-360.0, 0.0, 360.0)
        for west in (turn - 180.0,)
    ]
    return shapely.union_all(parts)


def _rings(shape: BaseGeometry, tolerance: float) -> list[list[list[float]]]:
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    largest = max(shapely.area(parts))
    parts = [part for part in parts if part.area >= min(ISLAND_DEG2, largest)]
    simple = [shapely.simplify(part, min(tolerance, part.area**0.5 / 10.0)) for part in parts]
    return [shapely.get_coordinates(part.exterior).round(2).tolist() for part in simple]


def pack(source: Path) -> dict[str, list[list[list[float]]]]:
    """Rings of each country by its letters, of all others together under the empty text."""
    topology = json.loads(source.read_text(encoding="utf-8"))
    arcs = _arcs(topology)
    countries = topology["objects"]["countries"]["geometries"]
    shapes: defaultdict[str, list[BaseGeometry]] = defaultdict(list)
    for country in countries:
        shapes[CODES.get(country.get("id"), "")].append(_shape(country, arcs))
    return {
        code: _rings(shapely.union_all(shapes[code]), TOLERANCE_DEG if code else ELSEWHERE_DEG)
        for code in sorted(shapes)
    }


if __name__ == "__main__":
    target = Path(__file__).with_name("countries.json")
    target.write_text(json.dumps(pack(Path(sys.argv[1])), separators=(",", ":")) + "\n", encoding="ascii")
