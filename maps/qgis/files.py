"""Writes the GeoPackage and the project."""

from __future__ import annotations

import os
import secrets
import sqlite3
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import numpy as np
import shapely

from maps.basemap import covers, land_pieces
from maps.document import MapDocument
from maps.errors import MapFileError
from maps.messages import messages_for
from maps.payload import extent
from maps.qgis import symbols
from maps.qgis.project import first_view, project_text
from maps.qgis.sheets import Field, Rule, Sheet, Style, sheets_of
from maps.qgis.style import plain, style_text

#: Name of the layer of land, below all others.
LAND = "land"
#: How far land reaches beyond what is drawn, as a share of its extent.
_AROUND = 0.3
#: What is smaller than this share of the extent is no part of the coast.
_GRAIN = 1 / 2500
_SYNCHRONOUS = "OGR_SQLITE_SYNCHRONOUS"
#: The table in which QGIS looks for styles, as it makes it itself (``QgsOgrProviderMetadata::saveStyle``).
_STYLES = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256),
  styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30),
  ui TEXT(30), update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now'))
);
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id)
VALUES ('layer_styles', 'attributes', 'layer_styles', '', 0);
"""


def write_geopackage(document: MapDocument, path: str | os.PathLike[str]) -> list[str]:
    """Write the layers of a document with their styles, and a project ``.qgz`` of the same name beside them.

    Nothing is written for a document without any layer. An existing GeoPackage and project are replaced.

    Returns:
        Names of the tables, the uppermost layer first.

    Raises:
        MapFileError: if the folder is missing or a file cannot be written.
    """
    target = Path(path)
    sheets = sheets_of(document)
    if not sheets:
        return []
    sheets += _land(document)
    with _beside(target) as part:
        _write_tables(sheets, part)
        _write_styles(document, sheets, part)
    with (
        _beside(target.with_suffix(".qgz")) as part,
        zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        # The date of an entry would make every project another file.
        packed.writestr(zipfile.ZipInfo(f"{target.stem}.qgs"), project_text(document, sheets, target.name))
    return [sheet.name for sheet in sheets]


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A file beside the target that takes its name when all went well."""
    part = target.with_name(f".{target.stem}.{secrets.token_hex(4)}.part{target.suffix}")
    from pyogrio.errors import DataLayerError, DataSourceError  # noqa: PLC0415 - slow to load

    try:
        yield part
        part.replace(target)
    except (OSError, sqlite3.Error, DataSourceError, DataLayerError) as error:
        raise MapFileError(f"cannot write {target}: {getattr(error, 'strerror', None) or error}") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _land(document: MapDocument) -> list[Sheet]:
    """Land around what is drawn, the document's own or the packed coast, as fine as the whole map needs."""
    west, south, east, north = document.bounds or extent(document.layers)
    wide, high = _AROUND * (east - west), _AROUND * (north - south)
    frame = (west - wide, south - high, east + wide, north + high)
    if document.basemap is not None:
        found = shapely.clip_by_rect(shapely.get_parts(document.basemap.land), *frame)
    else:
        found = land_pieces(frame) if covers((west, south, east, north)) else np.zeros(0, dtype=object)
    grain = max(east - west, north - south) * _GRAIN
    simple = shapely.simplify(found, grain)
    parts = [
        part for part in shapely.get_parts(simple) if part.geom_type == "Polygon" and part.area > grain**2
    ]
    if not parts:
        return []
    title = messages_for(str(document.language))["land"]
    style = Style((Rule("", title, symbols.land()),))
    whole = np.asarray(shapely.multipolygons(np.asarray(parts)[:, None]))
    return [Sheet(LAND, title, "MultiPolygon", whole, (), {"": style})]


def _write_tables(sheets: Sequence[Sheet], path: Path) -> None:
    import pyogrio  # noqa: PLC0415 - slow to load
    from pyogrio.raw import write  # noqa: PLC0415

    # The file bears another name until it is whole: nothing is gained by waiting for the disk at every step.
    pyogrio.set_gdal_config_options({_SYNCHRONOUS: "OFF"})
    try:
        _write_each(sheets, path, write)
    finally:
        pyogrio.set_gdal_config_options({_SYNCHRONOUS: None})


def _write_each(sheets: Sequence[Sheet], path: Path, write: Callable[..., None]) -> None:
    for sheet in sheets:
        write(
            path,
            shapely.to_wkb(sheet.geometry),
            [_stored(field) for field in sheet.fields],
            [field.name for field in sheet.fields],
            layer=sheet.name,
            driver="GPKG",
            geometry_type=sheet.kind,
            crs="EPSG:4326",
            dataset_options={"VERSION": "1.3"},
            layer_options={"IDENTIFIER": sheet.title, "GEOMETRY_NAME": "geom"},
        )


def _stored(field: Field) -> np.ndarray:
    """The values of a field; whole numbers are stored as such where none is missing."""
    values = field.values
    if values.dtype == object or not len(values) or not np.isfinite(values).all():
        return values
    whole = values.astype(np.int64)
    return whole if (whole == values).all() else values


def _write_styles(document: MapDocument, sheets: Sequence[Sheet], path: Path) -> None:
    labels = {view.key: view.label for view in document.views}
    first = first_view(document)
    rows = [
        (sheet.name, plain(name), style_text(sheet, key), key == sheet.first_style(first))
        for sheet in sheets
        for key, name in sheet.style_names(labels).items()
    ]
    with closing(sqlite3.connect(path)) as store, store:
        store.execute("PRAGMA synchronous = OFF")
        store.executescript(_STYLES)
        store.executemany(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column,"
            " styleName, styleQML, styleSLD, useAsDefault, description, owner, ui)"
            " VALUES ('', '', ?, 'geom', ?, ?, '', ?, '', '', NULL)",
            rows,
        )
