"""The passes of osmium over a file, run as a program of its own.

A damaged file can make the compiled reader or writer end its process (seen with osmium 4.3: a tag that is no
UTF-8 text, or a full disk, ends it with SIGABRT while the writer is closed). As a separate process that costs
an error message instead of the caller's session, and its memory is given back at the end.

Usage: ``python osmium_run.py SOURCE FORM FOLDER PASS...``, each PASS a function of this file; only osmium is
imported. FORM is what osmium calls the file's format. Roads, ferries and relations go to standard output, so
that who started the program takes them in while more is read. The other results are files in FOLDER:
``locations`` and ``tagged.opl`` (nodes), ``negatives`` (locations of nodes with ids below 0), ``members.opl``
(the ways whose ids stand in ``members.txt``), ``controls.opl`` (nodes with signals or signs). Where
``wanted.txt`` exists, only the nodes listed in it are located.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import osmium

_TEXT = "opl,add_metadata=false"


def ways(source: osmium.io.File, folder: Path) -> None:
    """Write road and ferry ways, ferry relations and turn restrictions."""
    roads = osmium.filter.KeyFilter("highway", "route")
    roads.enable_for(osmium.osm.WAY)
    relations = osmium.filter.TagFilter(("type", "restriction"), ("route", "ferry"))
    relations.enable_for(osmium.osm.RELATION)
    del folder
    with osmium.SimpleWriter(osmium.io.File("-", _TEXT)) as writer:
        reader = osmium.io.Reader(source, osmium.osm.WAY | osmium.osm.RELATION)
        if reader.header().has_multiple_object_versions:
            sys.exit("history")
        osmium.apply(reader, roads, relations, writer)


def nodes(source: osmium.io.File, folder: Path) -> None:
    """Write the locations of nodes, and the nodes that may be a barrier or a ferry terminal."""
    handlers: list[osmium.BaseHandler] = []
    if (folder / "wanted.txt").exists():
        tracker = osmium.IdTracker()
        for node_id in _ids(folder / "wanted.txt"):
            tracker.add_node(node_id)
        handlers.append(tracker.id_filter())
    store = osmium.index.create_map(f"sparse_file_array,{folder / 'locations'}")
    handlers += [osmium.NodeLocationsForWays(store), osmium.filter.KeyFilter("barrier", "amenity", "ferry")]
    with _writer(folder / "tagged.opl") as writer:
        osmium.apply(osmium.io.Reader(source, osmium.osm.NODE), *handlers, writer)


def controls(source: osmium.io.File, folder: Path) -> None:
    """Write the nodes with a signal or a sign that makes vehicles wait."""
    tags = [
        ("highway", kind) for kind in ("traffic_signals", "stop", "give_way", "mini_roundabout", "crossing")
    ]
    with _writer(folder / "controls.opl") as writer:
        reader = osmium.io.Reader(source, osmium.osm.NODE)
        osmium.apply(reader, osmium.filter.TagFilter(*tags), writer)


def members(source: osmium.io.File, folder: Path) -> None:
    """Write ways by id, whatever their tags."""
    ids = list(_ids(folder / "members.txt"))
    with _writer(folder / "members.opl") as writer:
        wanted = osmium.filter.IdFilter([number for number in ids if number > 0])
        osmium.apply(osmium.io.Reader(source, osmium.osm.WAY), wanted, writer)
        if any(number < 0 for number in ids):  # osmium's filter knows no negative ids
            new = {number for number in ids if number < 0}
            for way in osmium.FileProcessor(source, osmium.osm.WAY):
                if isinstance(way, osmium.osm.Way) and way.id in new:
                    writer.add_way(way)


def negatives(source: osmium.io.File, folder: Path) -> None:
    """Write the locations of nodes with ids below 0, which osmium's index of locations does not hold."""
    with (folder / "negatives").open("wb") as target:
        for node in osmium.FileProcessor(source, osmium.osm.NODE):
            if isinstance(node, osmium.osm.Node) and node.id < 0 and node.location.valid():
                target.write(struct.pack("<qii", node.id, node.location.x, node.location.y))


def _writer(target: Path) -> osmium.SimpleWriter:
    return osmium.SimpleWriter(osmium.io.File(str(target), _TEXT))


def _ids(path: Path) -> Iterator[int]:
    with path.open(encoding="ascii") as lines:
        yield from map(int, lines)


def main(arguments: list[str]) -> None:
    """Run the passes named on the command line."""
    source, form, folder, *names = arguments
    passes = {
        "ways": ways,
        "nodes": nodes,
        "negatives": negatives,
        "members": members,
        "controls": controls,
    }
    for name in names:
        passes[name](osmium.io.File(source, form), Path(folder))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (RuntimeError, ValueError, OverflowError, OSError, osmium.InvalidLocationError) as error:
        sys.exit(str(error) or type(error).__name__)
