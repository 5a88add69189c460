"""The pass that finds areas, places and health services in a file, run as a program of its own.

Why a program of its own: see :mod:`networks.osm.osmium_run`.
Usage: ``python features_run.py SOURCE FORM TARGET
SCRATCH LEVEL``; FORM is what osmium calls the file's format, TARGET gets one JSON object a line, SCRATCH is a
folder for the locations of nodes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, TextIO

import osmium

_KEYS = ("boundary", "place", "amenity", "healthcare")
#: The keys that name a service, the first first.
_HEALTH = ("amenity", "healthcare")
_PLACES = frozenset({"city", "town", "village", "hamlet", "isolated_dwelling", "suburb"})
#: What ``amenity`` and ``healthcare`` call a service, and what it is.
_SERVICES = {"hospital": "hospital", "clinic": "clinic", "doctors": "doctors", "doctor": "doctors"}
#: What is no service for patients, whatever the other key calls it.
_OTHERS = frozenset({"veterinary", "dentist"})
_TOLD = ("name", "ref", "population", "place", "emergency")


def write_features(source: osmium.io.File, target: TextIO, scratch: Path, level: str) -> None:
    """Write every administrative area of a level, and every place and health service.

    A way or relation that is a service or counts people and has no shape, as a ring that the file cuts open
    or a site of several houses, is written without one.
    """
    if osmium.io.Reader(source, osmium.osm.NOTHING).header().has_multiple_object_versions:
        sys.exit("history")
    shapes = osmium.geom.WKBFactory()
    objects = (
        osmium.FileProcessor(source)
        .with_locations(f"sparse_file_array,{scratch / 'locations'}")
        .with_areas(osmium.filter.KeyFilter(*_KEYS))
        .with_filter(osmium.filter.KeyFilter(*_KEYS))
    )
    shaped: set[str] = set()
    unshaped: dict[str, dict[str, Any]] = {}
    for found in objects:
        if isinstance(found, osmium.osm.Way | osmium.osm.Relation):
            kind = _kind(found.tags, "", area=True)
            if kind == "health" or (kind == "place" and "population" in found.tags):
                unshaped[f"{'w' if found.is_way() else 'r'}{found.id}"] = {"kind": kind, **_said(found.tags)}
            continue
        if not isinstance(found, osmium.osm.Area | osmium.osm.Node):
            continue
        kind = _kind(found.tags, level, area=isinstance(found, osmium.osm.Area))
        if kind is None:
            continue
        try:
            number, shape = _told(found, shapes)
        except (RuntimeError, osmium.InvalidLocationError):
            number, shape = _number(found), None
        shaped.add(number)
        target.write(json.dumps({"kind": kind, "id": number, "shape": shape, **_said(found.tags)}) + "\n")
    for number, said in unshaped.items():
        if number not in shaped:
            target.write(json.dumps({"id": number, "shape": None, **said}) + "\n")


def _said(tags: osmium.osm.TagList) -> dict[str, Any]:
    """What the tags of an object say."""
    told: dict[str, Any] = {key: tags[key] for key in _TOLD if key in tags}
    return told | {"service": _service(tags), "tags": dict(tags)}


def _told(found: osmium.osm.Area | osmium.osm.Node, shapes: osmium.geom.WKBFactory) -> tuple[str, str]:
    """Id with the type of its object, and the shape."""
    if isinstance(found, osmium.osm.Node):
        return _number(found), shapes.create_point(found)
    return _number(found), shapes.create_multipolygon(found)


def _number(found: osmium.osm.Area | osmium.osm.Node) -> str:
    """Id with the type of the object."""
    if isinstance(found, osmium.osm.Node):
        return f"n{found.id}"
    return f"{'w' if found.from_way() else 'r'}{found.orig_id()}"


def _kind(tags: osmium.osm.TagList, level: str, *, area: bool) -> str | None:
    if area and tags.get("boundary") == "administrative":
        return "area" if tags.get("admin_level") == level else None
    if _service(tags):
        return "health"
    return "place" if tags.get("place") in _PLACES else None


def _service(tags: osmium.osm.TagList) -> str:
    """The service of an object for people, the first that it names (``doctors;pharmacy``); empty for none."""
    amenity, health = ([one.strip().lower() for one in (tags.get(key) or "").split(";")] for key in _HEALTH)
    if _OTHERS.issuperset(health):
        return ""
    said = amenity if _OTHERS.intersection(amenity) else amenity + health
    return next((_SERVICES[one] for one in said if one in _SERVICES), "")


if __name__ == "__main__":
    try:
        file_name, form, target, scratch, level = sys.argv[1:]
        with Path(target).open("w", encoding="utf-8") as output:
            write_features(osmium.io.File(file_name, form), output, Path(scratch), level)
    except (RuntimeError, ValueError, OverflowError, OSError, osmium.InvalidLocationError) as error:
        sys.exit(str(error) or type(error).__name__)
