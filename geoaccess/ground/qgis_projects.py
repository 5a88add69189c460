"""Layers of a QGIS project (``.qgz``, ``.qgs``): which file, table and filter each of them shows.

What a user has open in QGIS is named as it is there, ``PROJECT.qgz:Layer name``. The filter of a layer counts
here as it does there. Projects are written by anybody: nothing of them is run, entities are not followed.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

from geoaccess.ground.errors import DataError
from geoaccess.words.note import Note
from networks.errors import Fault

PROJECTS = (".qgz", ".qgs")
#: The provider of files; others are data bases, services and texts with settings of their own.
_FILES = "ogr"
#: Far more than any project; a zip may say that it is less than it is.
_MOST_BYTES = 200_000_000


@dataclass(frozen=True, slots=True)
class ProjectLayer:
    """What a layer of a project shows.

    Attributes:
        name: its name in the project.
        file: the file, beside the project where the project says so.
        table: the table of the file; empty = its only one.
        where: the filter, in SQL; empty = every row.
        crs: the reference system that the project reads it in, such as ``EPSG:25833``.
    """

    name: str
    file: Path
    table: str
    where: str
    crs: str


def project_layer(project: Path, name: str) -> ProjectLayer:
    """The layer of this name, in any case.

    Raises:
        DataError: no project, no layer named or none of that name, or one that is no file.
    """
    every = {found.findtext("layername", ""): found for found in _vector_layers(project)}
    named = [one for one in every if one.casefold() == name.strip().casefold()]
    if not named:
        code = "fault.qgis.no_layer" if name else "fault.qgis.which_layer"
        shown = tuple(sorted(every)) or "-"
        raise DataError([Fault(Note(code, layer=name, layers=shown, file=project.name), where=str(project))])
    found = every[named[0]]
    provider = found.findtext("provider", "")
    if provider != _FILES:
        told = Note("fault.qgis.provider", layer=named[0], provider=provider or "-")
        raise DataError([Fault(told, where=str(project))])
    source, *parts = found.findtext("datasource", "").split("|")
    given = dict(part.partition("=")[::2] for part in parts)
    return ProjectLayer(
        name=named[0],
        file=_beside(project, source),
        table=given.get("layername", ""),
        where=given.get("subset", ""),
        crs=found.findtext("srs/spatialrefsys/authid", ""),
    )


def _vector_layers(project: Path) -> Iterator[ElementTree.Element]:
    try:
        text = _text(project)
        if re.search(r"<!(?:ENTITY|DOCTYPE[^>]*\[)", text):
            raise DataError([Fault(Note("fault.qgis.entities"), where=str(project))])
        root = ElementTree.fromstring(text)  # noqa: S314 - entities were refused above
    except (OSError, KeyError, UnicodeDecodeError, zipfile.BadZipFile, ElementTree.ParseError) as error:
        raise DataError([Fault(Note("fault.qgis.unreadable", error=error), where=str(project))]) from error
    yield from (one for one in root.iterfind("projectlayers/maplayer") if one.get("type") == "vector")


def _text(project: Path) -> str:
    if project.suffix.lower() == ".qgs":
        return project.read_text(encoding="utf-8")
    with zipfile.ZipFile(project) as packed:
        inside = next((name for name in packed.namelist() if name.lower().endswith(".qgs")), "")
        with packed.open(inside) as file:
            return file.read(_MOST_BYTES).decode("utf-8")


def _beside(project: Path, source: str) -> Path:
    """The file of a source: relative to the project, absolute, or as ``file://``."""
    path = unquote(urlsplit(source).path) if source.startswith("file:") else source
    return project.parent / path
