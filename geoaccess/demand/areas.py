"""Polygons of municipalities and of land: read, checked, made valid."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geoaccess.ground.errors import DataError
from geoaccess.ground.paths import state_of
from geoaccess.words.note import Note
from networks.cache_folder import keep, kept_data
from networks.errors import Fault

#: Polygons of fewer points than this are united anew each time: that costs less than to look.
_FEWEST_POINTS = 20_000
#: So many unions are kept, the newest.
_MOST_FILES = 12


def read_land(path: Path) -> BaseGeometry:
    """Land from a polygon file, in degrees (EPSG:4326).

    Raises:
        DataError: the file cannot be read, has no CRS, or holds no polygons.
    """
    try:
        layer = gpd.read_file(path)
    except (OSError, ValueError, RuntimeError) as error:
        raise DataError([Fault(Note("fault.no_polygons", error=error), where=str(path))]) from error
    if layer.crs is None:
        raise DataError([Fault("the layer has no coordinate reference system", where=str(path))])
    polygons = layer[layer.geom_type.isin(["Polygon", "MultiPolygon"])].to_crs(4326)
    if polygons.empty:
        raise DataError([Fault("holds no polygons of land", where=str(path))])
    whole: BaseGeometry = polygons.geometry.make_valid().union_all()
    return whole


def read_areas(path: Path, codes: set[str], column: str) -> gpd.GeoDataFrame:
    """Municipality polygons by code, made valid.

    The code column is ``column`` where the file has it, else the one whose values are the codes.

    Raises:
        DataError: the file cannot be read, has no CRS, or no column holds the codes.
    """
    return _areas(path, state_of(path), frozenset(codes), column).copy()


def land_of_areas(path: Path, codes: set[str], column: str) -> BaseGeometry:
    """What the polygons of :func:`read_areas` cover together, in degrees (EPSG:4326).

    Raises:
        DataError: as there.
    """
    return _covered(path, state_of(path), frozenset(codes), column)


# A study, its map and its report ask for the same polygons: thousands of them are read and joined once.
@lru_cache(maxsize=2)
def _covered(path: Path, changed: tuple[int, int], codes: frozenset[str], column: str) -> BaseGeometry:
    return united(np.asarray(_areas(path, changed, codes, column).to_crs(4326).geometry), kept_data())


def united(shapes: NDArray[np.object_], folder: Path) -> BaseGeometry:
    """What polygons cover together, from the folder where the same were united before.

    Args:
        shapes: (n,) valid polygons.
        folder: where unions are kept, each by a digest of its polygons. One that cannot be read or written
            changes nothing.
    """
    whole: BaseGeometry
    if shapely.get_num_coordinates(shapes).sum() < _FEWEST_POINTS:
        whole = shapely.union_all(shapes)
        return whole
    digest = hashlib.sha256(shapely.geos_version_string.encode())
    for text in shapely.to_wkb(shapes).tolist():
        digest.update(hashlib.sha256(text).digest())
    file = folder / f"united-{digest.hexdigest()[:32]}.wkb"
    with suppress(OSError, shapely.errors.ShapelyError):
        held = file.read_bytes()
        if hashlib.sha256(held[32:]).digest() == held[:32]:
            os.utime(file)
            whole = shapely.from_wkb(held[32:])
            return whole
    whole = shapely.union_all(shapes)
    text = shapely.to_wkb(whole)
    keep(file, lambda stream: stream.write(hashlib.sha256(text).digest() + text))
    with suppress(OSError):
        for old in sorted(folder.glob("united-*.wkb"), key=lambda one: one.stat().st_mtime)[:-_MOST_FILES]:
            old.unlink()
    return whole


@lru_cache(maxsize=2)
def _areas(path: Path, _changed: tuple[int, int], codes: frozenset[str], column: str) -> gpd.GeoDataFrame:
    try:
        areas = gpd.read_file(path)
    except (OSError, ValueError, RuntimeError) as error:
        raise DataError([Fault(Note("fault.no_polygons", error=error), where=str(path))]) from error
    if areas.crs is None:
        raise DataError([Fault("the layer has no coordinate reference system", where=str(path))])
    names = [name for name in areas.columns if name != areas.geometry.name]
    texts = {name: areas[name].astype(str) for name in names}
    best = column if column in names else max(names, key=lambda name: int(texts[name].isin(codes).sum()))
    if not texts[best].isin(codes).any():
        raise DataError([Fault("no column holds the municipality codes", where=str(path), column=column)])
    areas["geometry"] = areas.geometry.make_valid()
    kept = areas[texts[best].isin(codes)].assign(code=texts[best])
    return kept.dissolve("code")[["geometry"]]
