"""Files that are no plain extract: other spellings of endings, histories, and files that an editor saved.

A plain extract holds each object once, as it is now. A *history* holds every version of every object, deleted
ones too; read as a plain extract it gives roads that were never there together, so it is refused. So is a
file made of extracts of different days, in which an object stands twice and differs; alike, it is one.
A file that an editor saved (JOSM) marks what was deleted (``action="delete"``) and numbers what is new from
-1 downwards; the deleted objects are left out here, the negative numbers are kept as they are.
"""

from __future__ import annotations

import bz2
import gzip
import re
import xml.etree.ElementTree as ET
import zlib
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, cast

import numpy as np

from networks.errors import NetworkFileError
from networks.sentences import Sentence, first_names

#: Endings that are read here, in any case. Which of the forms a file has is told from its first bytes.
OSM_SUFFIXES = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.gzip", ".osm.bz2", ".osm.bz", ".osm.bzip2")
_HISTORY = re.compile(r"\.osh(\.|$)", re.IGNORECASE)
_BEGINNINGS = ((b"\x1f\x8b", "osm.gz"), (b"BZh", "osm.bz2"))
_OBJECT = re.compile(
    rb"<(node|way|relation)\s([^>\"']*(?:\"[^\"]*\"[^>\"']*|'[^']*'[^>\"']*)*)>|<!--.*?-->"
    rb"|<remark>([^<]*)</remark>",
    re.DOTALL,
)
_ID = re.compile(rb"(?:^|\s)id\s*=\s*[\"']\s*(-?\d+)")
_VERSION = re.compile(rb"(?:^|\s)version\s*=\s*[\"']\s*(\d+)")
_DELETED = re.compile(rb"(?:^|\s)(?:visible\s*=\s*[\"']false|action\s*=\s*[\"']delete)[\"']", re.IGNORECASE)
_OBJECTS = ("node", "way", "relation")
#: Objects numbered from -1 downwards are numbered from here upwards where they must be in order.
NEW_FROM = 1 << 50
_CHUNK = 1 << 22
#: Objects that a refusal names before it only counts.
_MOST_NAMES = 5
#: A start tag is not longer than this, bytes; what is left of a chunk is searched with the next one.
_LONGEST_TAG = 1 << 16


def file_form(source: Path) -> str:
    """What osmium is told a file is: ``pbf``, ``osm``, ``osm.gz`` or ``osm.bz2``; by its first bytes.

    A file that ends in ``.OSM`` or ``.osm.BZ2`` is read like any other, and so is packed text without the
    ending that says so.
    """
    with source.open("rb") as file:
        begin = file.read(64)
    for mark, form in _BEGINNINGS:
        if begin.startswith(mark):
            return form
    if b"OSMHeader" in begin:
        return "pbf"
    return "osm" if begin.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else _form_of_ending(source)


def _form_of_ending(source: Path) -> str:
    name = source.name.lower()
    if name.endswith(".pbf"):
        return "pbf"
    if name.endswith((".gz", ".gzip")):
        return "osm.gz"
    return "osm.bz2" if name.endswith((".bz2", ".bz", ".bzip2")) else "osm"


def check_ending(source: Path) -> None:
    """Refuse other endings than those of OpenStreetMap's extracts.

    Raises:
        NetworkFileError: another ending, or that of a history.
    """
    name = source.name.lower()
    if _HISTORY.search(name):
        raise history_error(source)
    if not name.endswith(OSM_SUFFIXES):
        raise NetworkFileError(
            Sentence(
                "net.fault.ending",
                "{source}: unknown ending; expected one of {endings}",
                source=source,
                endings=tuple(OSM_SUFFIXES),
            )
        )


def history_error(source: Path) -> NetworkFileError:
    """The refusal of a file that holds several versions of its objects."""
    return NetworkFileError(
        Sentence(
            "net.fault.history",
            "{source}: holds several versions of its objects (a history), which would be driven all at "
            "once; make a plain extract of one moment: osmium time-filter {file} -o plain.osm.pbf",
            source=source,
            file=source.name,
        )
    )


def twice_error(source: Path, names: Iterable[str]) -> NetworkFileError:
    """The refusal of a file in which objects stand twice and differ.

    Args:
        source: the file.
        names: the objects.
    """
    return NetworkFileError(
        Sentence(
            "net.fault.twice",
            "{source}: stand in it twice and differ, so that nobody knows which holds: {names}; put extracts "
            "of one day together, with osmium merge",
            source=source,
            names=first_names(sorted(names), _MOST_NAMES),
        )
    )


def without_deleted(source: Path, scratch: Path) -> tuple[Path, int]:
    """The file to read, and how many objects it marks as deleted; those are not in the file to read.

    Args:
        source: the file.
        scratch: the folder of the temporary files.

    Raises:
        NetworkFileError: text that holds several versions of an object, or one twice with different content,
            or that a server did not finish.
            A packed file that is damaged passes: osmium tells what is wrong with it.
    """
    if file_form(source) == "pbf":
        return source, 0
    try:
        deleted, twice = _count_deleted(source)
        if twice and (differing := _differing(source, twice)):
            raise twice_error(source, differing)
        if not deleted:
            return source, 0
        plain = scratch / "plain.osm"
        _write_plain(source, plain)
    except NetworkFileError:
        raise
    except (OSError, EOFError, zlib.error, ET.ParseError, ValueError, OverflowError):
        return source, 0
    return plain, deleted


def in_order(source: Path, scratch: Path) -> Path:
    """The file to read where osmium wants nodes, ways and relations by their numbers, none below 0.

    Extracts are so; what an editor saved need not be. Its negative numbers go on from :data:`NEW_FROM`.

    Args:
        source: the file, as :func:`without_deleted` gives it.
        scratch: the folder of the temporary files.
    """
    if file_form(source) == "pbf":
        return source
    try:
        if _is_in_order(source):
            return source
        ordered = scratch / "ordered.osm"
        _write_ordered(source, ordered)
    except (OSError, EOFError, zlib.error, ET.ParseError, ValueError):
        return source
    return ordered


def _is_in_order(source: Path) -> bool:
    before = (0, -1)
    for kind, attributes in _objects(source):
        number = _ID.search(attributes)
        here = _OBJECTS.index(kind.decode()), int(number[1]) if number else 0
        if here[1] < 0 or here <= before:
            return False
        before = here
    return True


def _write_ordered(source: Path, target: Path) -> None:
    """A copy of a text file with its objects in order; of one that stands twice, as it stands first."""
    found: dict[tuple[int, int], bytes] = {}
    with _open(source) as file:
        events = ET.iterparse(file, events=("start", "end"))  # noqa: S314 (external entities are not read)
        _, root = next(events)
        for event, element in events:
            if event == "end" and element.tag in _OBJECTS:
                for part in element.iter():
                    for key in {"id", "ref"}.intersection(part.keys()):
                        number = int(part.get(key, ""))
                        part.set(key, str(number if number >= 0 else NEW_FROM - number))
                place = _OBJECTS.index(element.tag), int(element.get("id", ""))
                found.setdefault(place, ET.tostring(element, encoding="utf-8"))
                root.clear()
    with target.open("wb") as out:
        out.write(b'<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6">\n')
        out.writelines(found[place] + b"\n" for place in sorted(found))
        out.write(b"</osm>\n")


def _open(source: Path) -> IO[bytes]:
    form = file_form(source)
    if form == "osm.gz":
        return cast("IO[bytes]", gzip.open(source, "rb"))
    return cast("IO[bytes]", bz2.open(source, "rb")) if form == "osm.bz2" else source.open("rb")


def _count_deleted(source: Path) -> tuple[int, set[tuple[str, int]]]:
    """How many objects are marked as deleted, and those that stand more than once, by kind and number.

    Raises:
        NetworkFileError: an object follows on another version of itself.
    """
    deleted, before = 0, (b"", b"", b"")
    ids = {kind.encode(): array("q") for kind in _OBJECTS}
    for kind, attributes in _objects(source):
        number, version = _ID.search(attributes), _VERSION.search(attributes)
        here = (kind, number[1] if number else b"", version[1] if version else b"")
        if here[:2] == before[:2] and here[2] != before[2]:
            raise history_error(source)
        before = here
        deleted += bool(_DELETED.search(attributes))
        ids[kind].append(int(here[1] or 0))
    twice: set[tuple[str, int]] = set()
    for kind, numbers in ids.items():
        found, counts = np.unique(np.asarray(numbers, dtype=np.int64), return_counts=True)
        twice |= {(kind.decode(), number) for number in found[counts > 1].tolist()}
    return deleted, twice


def _differing(source: Path, twice: set[tuple[str, int]]) -> set[str]:
    """Those of the objects that stand more than once whose content differs; what is deleted has none."""
    seen: dict[tuple[str, int], object] = {}
    differing = set()
    with _open(source) as file:
        events = ET.iterparse(file, events=("start", "end"))  # noqa: S314 (external entities are not read)
        _, root = next(events)
        for event, element in events:
            if event == "end" and element.tag in _OBJECTS:
                one = element.tag, int(element.get("id", "0"))
                if one in twice and not _is_deleted(element):
                    content = _content(element)
                    if seen.setdefault(one, content) != content:
                        differing.add(f"{one[0][0]}{one[1]}")
                root.clear()
    return differing


def _content(element: ET.Element) -> object:
    """All that an object says, whoever wrote it and when."""
    tags = frozenset((tag.get("k"), tag.get("v")) for tag in element.iter("tag"))
    parts = [
        (part.tag, *(part.get(key, "") for key in ("type", "ref", "role")))
        for part in element
        if part.tag != "tag"
    ]
    return [float(element.get(key) or "inf") for key in ("lon", "lat")], tags, parts


def _objects(source: Path) -> Iterator[tuple[bytes, bytes]]:
    """Kind and attributes of every object of a text file.

    Raises:
        NetworkFileError: Overpass says in it that it gave up: what it had found by then is no whole map.
    """
    with _open(source) as file:
        left = b""
        while chunk := file.read(_CHUNK):
            text, end = left + chunk, 0
            for match in _OBJECT.finditer(text):
                end = match.end()
                if match[1]:
                    yield match[1], match[2]
                elif b"error" in (match[3] or b"").lower():
                    said = " ".join(match[3].decode("utf-8", errors="replace").split())
                    told = "{source}: the server gave up before the map was whole: {said}"
                    raise NetworkFileError(Sentence("net.fault.gave_up", told, source=source, said=said))
            left = text[max(end, len(text) - _LONGEST_TAG) :]


def _write_plain(source: Path, target: Path) -> None:
    """A copy of a text file without the objects marked as deleted."""
    with _open(source) as file, target.open("wb") as out:
        out.write(b'<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6">\n')
        events = ET.iterparse(file, events=("start", "end"))  # noqa: S314 (external entities are not read)
        _, root = next(events)
        for event, element in events:
            if event == "end" and element.tag in _OBJECTS:
                if not _is_deleted(element):
                    out.write(ET.tostring(element, encoding="utf-8") + b"\n")
                root.clear()
        out.write(b"</osm>\n")


def _is_deleted(element: ET.Element) -> bool:
    return element.get("visible", "").lower() == "false" or element.get("action", "").lower() == "delete"
