"""The passes of osmium over a file, run as a program of its own.

A damaged file can make the compiled reader or writer end its process (seen with osmium 4.3: a tag that is no
UTF-8 text, or a full disk, ends it with SIGABRT while the writer is closed). As a separate process that costs
an error message instead of the caller's session, and its memory is given back at the end.

Usage: ``python passes.py SOURCE FOLDER ways|nodes|members...``; only osmium is imported. The results are
files in FOLDER: ``ways.opl`` (roads, ferries, relations), ``locations`` and ``barriers.opl`` (nodes),
``members.opl`` (the ways whose ids stand in ``members.txt``). Where ``wanted.txt`` exists, only the nodes
listed in it are located.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import osmium


def ways(source: str, folder: Path) -> None:
    """Write road and ferry ways, ferry relations and turn restrictions."""
    roads = osmium.filter.KeyFilter("highway", "route")
    roads.enable_for(osmium.osm.WAY)
    relations = osmium.filter.TagFilter(("type", "restriction"), ("route", "ferry"))
    relations.enable_for(osmium.osm.RELATION)
    with _writer(folder / "ways.opl") as writer:
        reader = osmium.io.Reader(source, osmium.osm.WAY | osmium.osm.RELATION)
        osmium.apply(reader, roads, relations, writer)


def nodes(source: str, folder: Path) -> None:
    """Write the locations of nodes and the nodes with a barrier."""
    handlers: list[osmium.BaseHandler] = []
    if (folder / "wanted.txt").exists():
        tracker = osmium.IdTracker()
        for node_id in _ids(folder / "wanted.txt"):
            tracker.add_node(node_id)
        handlers.append(tracker.id_filter())
    store = osmium.index.create_map(f"sparse_file_array,{folder / 'locations'}")
    handlers += [osmium.NodeLocationsForWays(store), osmium.filter.KeyFilter("barrier")]
    with _writer(folder / "barriers.opl") as writer:
        osmium.apply(osmium.io.Reader(source, osmium.osm.NODE), *handlers, writer)


def members(source: str, folder: Path) -> None:
    """Write ways by id, whatever their tags."""
    wanted = osmium.filter.IdFilter(_ids(folder / "members.txt"))
    with _writer(folder / "members.opl") as writer:
        osmium.apply(osmium.io.Reader(source, osmium.osm.WAY), wanted, writer)


def _writer(target: Path) -> osmium.SimpleWriter:
    return osmium.SimpleWriter(osmium.io.File(str(target), "opl,add_metadata=false"))


def _ids(path: Path) -> Iterator[int]:
    with path.open(encoding="ascii") as lines:
        yield from map(int, lines)


def main(arguments: list[str]) -> None:
    """Run the passes named on the command line."""
    source, folder, *names = arguments
    for name in names:
        {"ways": ways, "nodes": nodes, "members": members}[name](source, Path(folder))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (RuntimeError, ValueError, OverflowError, OSError, osmium.InvalidLocationError) as error:
        sys.exit(str(error) or type(error).__name__)
