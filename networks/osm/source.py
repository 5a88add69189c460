"""Passes over an OpenStreetMap file with osmium, in bounded memory.

First pass: ways with ``highway`` or ``route``, and the relations that matter, go to a temporary text file.
Second pass: the locations of nodes go to a temporary array file, tagged barrier nodes to a text file. No
pass keeps the file in memory, and none calls Python for an object that is not wanted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import osmium
from numpy.typing import NDArray

from networks.errors import NetworkFileError

#: Endings that osmium reads here.
OSM_SUFFIXES = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2")

#: Files above this many bytes store only the locations of wanted nodes. The filter costs up to 1.6 GB for
#: the ids of the whole planet, whatever the file; below this size storing every location costs less.
FILTER_NODES_ABOVE_BYTES = 500_000_000

_LOCATION = np.dtype([("id", "<u8"), ("x", "<i4"), ("y", "<i4")])
_UNDEFINED = 2**31 - 1
_DEGREES = 1e-7


@contextmanager
def reading(source: Path) -> Iterator[None]:
    """Turn what osmium raises on a bad file into one error that names the file.

    Raises:
        NetworkFileError: the file cannot be opened, is damaged, cut short or in no OpenStreetMap format.
    """
    try:
        yield
    except (RuntimeError, ValueError, OverflowError, OSError, osmium.InvalidLocationError) as error:
        if isinstance(error, NetworkFileError):
            raise
        raise NetworkFileError(
            f"{source}: cannot be read as an OpenStreetMap file ({str(error) or type(error).__name__}); "
            "it may be damaged or cut short: download it again and compare its checksum"
        ) from error


def check_source(source: Path) -> None:
    """Refuse what is plainly no OpenStreetMap file before osmium opens it.

    Raises:
        NetworkFileError: no such file, a folder, an empty file, or an ending that osmium does not read.
    """
    if not source.exists():
        raise NetworkFileError(f"{source}: no such file")
    if not source.is_file():
        raise NetworkFileError(f"{source}: not a file")
    if not source.name.endswith(OSM_SUFFIXES):
        raise NetworkFileError(f"{source}: unknown ending; expected one of {', '.join(OSM_SUFFIXES)}")
    if source.stat().st_size == 0:
        raise NetworkFileError(f"{source}: the file is empty")


def write_ways_and_relations(source: Path, target: Path) -> None:
    """Write road and ferry ways, ferry relations and turn restrictions of a file as text.

    Raises:
        NetworkFileError: as :func:`reading`.
    """
    ways = osmium.filter.KeyFilter("highway", "route")
    ways.enable_for(osmium.osm.WAY)
    relations = osmium.filter.TagFilter(("type", "restriction"), ("route", "ferry"))
    relations.enable_for(osmium.osm.RELATION)
    _write(source, target, osmium.osm.WAY | osmium.osm.RELATION, ways, relations)


def write_ways_by_id(source: Path, target: Path, way_ids: Iterable[int]) -> None:
    """Write the ways of the given ids as text, whatever their tags.

    Raises:
        NetworkFileError: as :func:`reading`.
    """
    _write(source, target, osmium.osm.WAY, osmium.filter.IdFilter(list(way_ids)))


def _write(
    source: Path, target: Path, entities: osmium.osm.osm_entity_bits, *handlers: osmium.BaseHandler
) -> None:
    with reading(source):
        writer = osmium.SimpleWriter(osmium.io.File(str(target), "opl,add_metadata=false"))
        try:
            osmium.apply(osmium.io.Reader(str(source), entities), *handlers, writer)
        finally:
            writer.close()


def read_locations(
    source: Path, wanted: NDArray[np.int64], scratch: Path
) -> tuple[NDArray[np.float64], NDArray[np.float64], Path]:
    """Locations of nodes, and the tagged barrier nodes among all nodes as a text file.

    Args:
        source: the file.
        wanted: (n,) node ids, ascending and unique.
        scratch: a folder for temporary files.

    Returns:
        Longitudes and latitudes (n,) in degrees, NaN for a node that the file does not have or whose
        location is out of range, and the path of the barrier file.

    Raises:
        NetworkFileError: as :func:`reading`.
    """
    located, barriers = scratch / "locations", scratch / "barriers.opl"
    with reading(source):
        store = osmium.index.create_map(f"sparse_file_array,{located}")
        writer = osmium.SimpleWriter(osmium.io.File(str(barriers), "opl,add_metadata=false"))
        handlers: list[osmium.BaseHandler] = [
            osmium.NodeLocationsForWays(store),
            osmium.filter.KeyFilter("barrier"),
            writer,
        ]
        if source.stat().st_size > FILTER_NODES_ABOVE_BYTES:
            handlers.insert(0, _id_filter(wanted))
        try:
            osmium.apply(osmium.io.Reader(str(source), osmium.osm.NODE), *handlers)
        finally:
            writer.close()
    lon, lat = _pick(located, wanted)
    located.unlink()
    return lon, lat, barriers


def _id_filter(wanted: NDArray[np.int64]) -> osmium.BaseHandler:
    tracker = osmium.IdTracker()
    for node_id in wanted[wanted > 0]:
        tracker.add_node(int(node_id))
    return tracker.id_filter()


def _pick(located: Path, wanted: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Locations of the wanted ids, read in pieces; the last of a repeated id counts, as in osmium."""
    lon, lat = np.full(len(wanted), np.nan), np.full(len(wanted), np.nan)
    if not len(wanted):
        return lon, lat
    with located.open("rb") as file:
        while len(piece := np.fromfile(file, dtype=_LOCATION, count=4_000_000)):
            usable = piece[(piece["id"] > 0) & (piece["id"] < 2**63) & (piece["x"] != _UNDEFINED)]
            ids = usable["id"].astype(np.int64)
            position = np.minimum(np.searchsorted(wanted, ids), len(wanted) - 1)
            found = wanted[position] == ids
            lon[position[found]] = usable["x"][found] * _DEGREES
            lat[position[found]] = usable["y"][found] * _DEGREES
    outside = ~((np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0))
    lon[outside], lat[outside] = np.nan, np.nan
    return lon, lat
