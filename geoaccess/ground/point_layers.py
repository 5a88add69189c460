"""Points of geographic files: GeoPackage, GeoJSON and GeoParquet, their geometry before their columns."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pyproj import CRS

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError
from geoaccess.ground.qgis_projects import PROJECTS, ProjectLayer, project_layer
from geoaccess.words.note import Note, listed
from networks.errors import Fault
from networks.geodesy import great_circle_m
from networks.table_files import notice

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry


#: Columns that may hold degrees, east and north.
COORDINATES = (("lon", "lat"), ("longitude", "latitude"), ("longitude_deg", "latitude_deg"))
#: Coordinates in columns that lie further from the geometry than this are said, metres.
SAID_FROM_M = 1.0
_SHOWN = 5
_LAYER_SIGNS = ("|layername=", ":")


def layer_of(path: Path) -> tuple[Path, str]:
    """A file and the layer that is named with it: ``FILE:LAYER``, or ``FILE|layername=LAYER`` as in QGIS."""
    if path.exists():
        return path, ""
    text = str(path)
    for sign in _LAYER_SIGNS:
        file, found, layer = text.rpartition(sign)
        if found and layer and Path(file).is_file():
            return Path(file), layer
    return path, ""


@dataclass(frozen=True, slots=True)
class LayerSource:
    """Where a layer is read from.

    Attributes:
        file: the file.
        layer: the layer named with it; empty = its only one.
        where: filter of its rows, in SQL; empty = every row.
    """

    file: Path
    layer: str = ""
    where: str = ""


def source_of(path: Path) -> LayerSource:
    """The file, layer and filter that a path names; for a layer of a QGIS project, those of the project.

    Raises:
        DataError: the project has no such layer, or shows it in another reference system than its file's.
    """
    file, layer = layer_of(path)
    if file.suffix.lower() not in PROJECTS or not file.is_file():
        return LayerSource(file, layer)
    shown = project_layer(file, layer)
    if not shown.file.is_file():
        raise DataError([Fault("file not found", where=str(shown.file))])
    source = LayerSource(shown.file, chosen_layer(shown.file, shown.table), shown.where)
    _check_shown_in(source, shown)
    code = "note.qgis.filtered" if shown.where else "note.qgis.layer"
    notice(Note(code, project=file.name, layer=shown.name, file=shown.file.name, where=shown.where))
    return source


def _check_shown_in(source: LayerSource, shown: ProjectLayer) -> None:
    """A project may show a layer in another reference system than its file says: one of them is wrong."""
    import pyogrio  # noqa: PLC0415 - slow to load, as below

    said = pyogrio.read_info(source.file, layer=source.layer)["crs"]
    if said and shown.crs and CRS.from_user_input(said) != CRS.from_user_input(shown.crs):
        told = Note("fault.qgis.crs", layer=shown.name, shown=shown.crs, said=str(said))
        raise DataError([Fault(told, where=str(source.file))])


def read_point_layer(path: Path, layer: str = "", *, where: str = "") -> pd.DataFrame:
    """A layer of points as a table with ``lon`` and ``lat`` of its geometry (EPSG:4326).

    The geometry counts before columns of coordinates; a notice says where they disagree by more than a metre.
    The key of a GeoPackage is kept as column ``fid``.

    Args:
        path: the file.
        layer: name of the layer; a file with several layers of geometry needs one.
        where: filter of its rows, in SQL; empty = every row.

    Raises:
        DataError: several layers and none named, no such layer, no reference system, or rows without a point.
    """
    name = chosen_layer(path, layer)
    import geopandas as gpd  # noqa: PLC0415 - half a second that most runs need not pay

    keyed = path.suffix.lower() == ".gpkg"
    found = gpd.read_file(path, layer=name, engine="pyogrio", where=where or None, fid_as_index=keyed)
    if not isinstance(found, gpd.GeoDataFrame):
        raise DataError([Fault("the layer has no geometry", where=str(path))])
    if keyed and "fid" not in found:
        found = found.reset_index(names="fid")
        found = found[[*(column for column in found if column != "fid"), "fid"]]
    return point_table(found, path)


def read_geoparquet(path: Path) -> pd.DataFrame:
    """A Parquet table; with the metadata of GeoParquet its points become ``lon`` and ``lat``.

    Row labels, if it has any, are columns of their own.

    Raises:
        DataError: a geometry without such metadata, no reference system, or rows that are no point.
    """
    import pyarrow.parquet as pq  # noqa: PLC0415 - slow to load, as above

    kept: dict[bytes, bytes] = pq.read_schema(path).metadata or {}
    if b"geo" in kept:
        import geopandas as gpd  # noqa: PLC0415 - as above

        json.loads(kept[b"geo"])  # damaged metadata is a table that cannot be read, not a crash
        layer = gpd.read_parquet(path)
        return point_table(layer.reset_index(names=_labels(layer)) if _labels(layer) else layer, path)
    frame = pd.read_parquet(path)
    frame = frame.reset_index(names=_labels(frame)) if _labels(frame) else frame
    raw = [name for name in frame if any(isinstance(cell, bytes) for cell in frame[name].head(1))]
    if raw and not any(set(pair) <= _lowered(frame) for pair in COORDINATES):
        message = "holds geometries in bytes but is no GeoParquet: write it with its reference system"
        raise DataError([Fault(message, where=str(path), column=str(raw[0]))])
    return frame


def _labels(frame: pd.DataFrame) -> list[str]:
    """What the labels of the rows are called; none where rows are but numbered."""
    numbered = isinstance(frame.index, pd.RangeIndex) and frame.index.name is None
    return [] if numbered else ["" if name is None else str(name) for name in frame.index.names]


def point_table(layer: gpd.GeoDataFrame, path: Path) -> pd.DataFrame:
    """The rows of a layer with the degrees of their points.

    Raises:
        DataError: no reference system, or rows that are no point, each named.
    """
    if layer.crs is None:
        raise DataError([Fault("the layer has no coordinate reference system", where=str(path))])
    shapes = layer.geometry.reset_index(drop=True)
    single = shapes.where((shapes.geom_type != "MultiPoint") | (shapes.count_geometries() != 1))
    single = single.fillna(shapes.representative_point()) if single.isna().any() else single
    faults = [
        Fault(Note("fault.layer.one_point", what=what), where=path.name, row=str(row + 1))
        for row, what in enumerate(_problems(shapes, single))
        if what
    ]
    if faults:
        raise DataError(faults)
    points = single.to_crs(4326)
    frame = pd.DataFrame(layer.drop(columns=layer.geometry.name)).reset_index(drop=True)
    lon, lat = points.x.to_numpy(dtype=np.float64), points.y.to_numpy(dtype=np.float64)
    _tell_differences(frame, lon, lat, path)
    named = {name.lower(): name for name in map(str, frame.columns)}
    frame = frame.drop(columns=[named[name] for pair in COORDINATES for name in pair if name in named])
    return frame.assign(lon=lon, lat=lat)


def chosen_layer(path: Path, layer: str) -> str:
    """The layer asked for, or the only one with a geometry: tables without any do not count.

    Raises:
        DataError: several and none named, none, or none of that name.
    """
    import pyogrio  # noqa: PLC0415 - slow to load, as above

    listed = pyogrio.list_layers(path)
    names = [str(name) for name, kind in listed if kind is not None]
    shown = ", ".join(names)
    if layer:
        if layer not in names:
            raise DataError(
                [Fault(Note("fault.layer.none_named", layer=layer, shown=shown), where=str(path))]
            )
        return layer
    if len(names) > 1:
        message = Note("fault.layer.several", n_names=len(names), shown=shown, path=path.name, name=names[-1])
        raise DataError([Fault(message, where=str(path))])
    if not names:
        raise DataError([Fault("has no layer with a geometry", where=str(path))])
    return names[0]


def _problems(shapes: gpd.GeoSeries, single: gpd.GeoSeries) -> list[str]:
    """What is wrong with each geometry, empty where nothing is."""
    problems: list[str] = []
    for shape, one in zip(shapes, single, strict=True):
        if shape is None or shape.is_empty:
            problems.append("has no geometry" if shape is None else "has an empty geometry")
        elif one.geom_type != "Point":
            problems.append(_no_point(one))
        else:
            problems.append("" if np.isfinite([one.x, one.y]).all() else "has no coordinates")
    return problems


def _no_point(shape: BaseGeometry) -> Note:
    if shape.geom_type == "MultiPoint":
        return Note("fault.layer.points", shape=shape.geom_type, points=len(shape.geoms))
    return Note("fault.layer.shape", shape=shape.geom_type)


def _lowered(frame: pd.DataFrame) -> set[str]:
    return {str(name).lower() for name in frame.columns}


def _tell_differences(frame: pd.DataFrame, lon: FloatArray, lat: FloatArray, path: Path) -> None:
    """Say where columns of coordinates give other places than the geometry."""
    names = {str(name).lower(): name for name in frame.columns}
    for east, north in COORDINATES:
        if not {east, north} <= set(names):
            continue
        there = [
            pd.to_numeric(frame[names[name]], errors="coerce").to_numpy(dtype=np.float64)
            for name in (east, north)
        ]
        metres = great_circle_m(lon, lat, *there)
        rows = np.flatnonzero(metres > SAID_FROM_M)
        if len(rows):
            far = [Note("note.row_off", row=str(row + 1), metres=float(metres[row])) for row in rows]
            notice(
                Note(
                    "note.geometry_counts",
                    file=path.name,
                    columns=(names[east], names[north]),
                    metres=SAID_FROM_M,
                    rows=listed(far, _SHOWN),
                )
            )
