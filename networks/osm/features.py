"""Administrative areas, places with people, and health services of an OpenStreetMap file."""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from networks.osm.plain import without_deleted
from networks.osm.source import check_source, run_program

#: ``population=12 345``: digits with spaces, commas, dots or apostrophes between thousands.
_COUNT = re.compile(r"\d{1,3}(?:[ ,.'\u00a0]\d{3})+|\d+")


@dataclass(frozen=True, eq=False, slots=True)
class Features:
    """What a file says of areas, places and health services; EPSG:4326.

    Attributes:
        areas: polygons; ``osm_id``, ``name``, ``ref``.
        places: points; ``osm_id``, ``name``, ``place``, ``population`` (NaN where it is not tagged).
        health: points; ``osm_id``, ``name``, ``amenity`` (hospital, clinic, doctors), ``emergency``.
        notes: what was left out and why.
    """

    areas: gpd.GeoDataFrame
    places: gpd.GeoDataFrame
    health: gpd.GeoDataFrame
    notes: tuple[str, ...]


def read_features(source: Path, *, admin_level: int) -> Features:
    """Read the areas of an administrative level, the places and the health services.

    Args:
        source: ``.osm.pbf`` or ``.osm(.gz|.bz2)``.
        admin_level: OpenStreetMap's level of the areas; 7 is a municipality in Norway, 8 in most countries.

    Raises:
        NetworkFileError: the file cannot be read.
    """
    check_source(source)
    rows = _rows(source, admin_level)
    lost = sum(row["shape"] is None for row in rows)
    notes = [f"{lost} areas or places without a valid shape left out"] if lost else []
    frame = _frame([row for row in rows if row["shape"] is not None])
    frame["population"] = frame["population"].map(_count)
    areas = frame[frame["kind"] == "area"]
    health = frame[frame["kind"] == "health"].copy()
    health["amenity"] = health["amenity"].where(health["amenity"] != "", health["healthcare"])
    health["geometry"] = shapely.point_on_surface(health.geometry.to_numpy())
    return Features(
        areas=areas[["osm_id", "name", "ref", "geometry"]].reset_index(drop=True),
        places=frame.loc[
            frame["kind"] == "place", ["osm_id", "name", "place", "population", "geometry"]
        ].reset_index(drop=True),
        health=health[["osm_id", "name", "amenity", "emergency", "geometry"]].reset_index(drop=True),
        notes=tuple(notes),
    )


def _rows(source: Path, level: int) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="features-") as folder:
        target = Path(folder) / "features.jsonl"
        plain, _ = without_deleted(source, Path(folder))
        run_program("feature_pass.py", plain, str(target), folder, str(level))
        return [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]


def _frame(rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    texts = ("kind", "name", "ref", "place", "population", "amenity", "healthcare", "emergency")
    table = pd.DataFrame({name: [row.get(name, "") for row in rows] for name in texts}, dtype=object)
    table["osm_id"] = [row["id"] for row in rows]
    shapes = shapely.make_valid(shapely.from_wkb([row["shape"] for row in rows]))
    return gpd.GeoDataFrame(table, geometry=np.asarray(shapes, dtype=object), crs=4326)


def _count(text: str) -> float:
    """Persons of a ``population`` tag; NaN where it holds no plain number."""
    text = text.strip()
    return float(re.sub(r"\D", "", text)) if _COUNT.fullmatch(text) else np.nan
