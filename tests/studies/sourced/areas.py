"""Municipality areas for maps: simplified together, so that neighbours keep their common border."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

TOLERANCE_M = 400.0
#: Islands smaller than this are left out of the drawing, where no place is near.
SMALLEST_KM2 = 0.15
#: Small islands this near to a place of the study stay.
NEAR_PLACE_M = 500.0


def areas(boundaries: Path, names: dict[str, str], nodes: pd.DataFrame) -> str:
    """GeoJSON with ``municipality_code`` and ``name``, coordinates to 1e-4 degrees, one feature a line."""
    table = gpd.read_file(boundaries / "municipalities_nnorway_2024.geojson").to_crs(25833)
    table["geometry"] = table.geometry.make_valid()
    table = table.sort_values("kommunenummer")
    simple = shapely.coverage_simplify(table.geometry.to_numpy(), TOLERANCE_M)
    points = gpd.GeoSeries(
        gpd.points_from_xy(nodes["lon"].astype(float), nodes["lat"].astype(float)), crs=4326
    )
    lived = points.to_crs(25833).union_all().buffer(NEAR_PLACE_M)
    kept = gpd.GeoSeries([_large(area, lived) for area in simple], crs=25833).to_crs(4326)
    rounded = shapely.set_precision(kept.to_numpy(), 1e-4)
    lines = [
        json.dumps(
            {
                "type": "Feature",
                "properties": {"municipality_code": code, "name": names[code]},
                "geometry": _rounded(json.loads(shapely.to_geojson(area))),
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for code, area in zip(table["kommunenummer"], rounded, strict=True)
    ]
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"


def _rounded(value: object) -> object:
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_rounded(part) for part in value]
    return round(value, 4) if isinstance(value, float) else value


def _large(area: shapely.Geometry, lived: shapely.Geometry) -> shapely.Geometry:
    parts = [part for part in shapely.get_parts(area) if part.geom_type == "Polygon"]
    large = [part for part in parts if part.area > SMALLEST_KM2 * 1e6 or part.intersects(lived)]
    return shapely.MultiPolygon(large or [max(parts, key=lambda part: part.area)])
