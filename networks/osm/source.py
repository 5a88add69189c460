"""Reading an OpenStreetMap file in bounded memory.

The passes run in a process of their own (:mod:`networks.osm.osmium_run`). The first writes the ways with
``highway`` or ``route`` and the relations that matter to a temporary text file, the second the locations of
nodes to a temporary array file and the barrier nodes to a text file. No pass keeps the file in memory, and
none calls Python for an object that is not wanted.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from networks.errors import NetworkFileError
from networks.osm.plain import check_ending, file_form, history_error
from networks.sentences import Sentence

#: Files above this many bytes store only the locations of wanted nodes. The filter costs up to 1.6 GB for
#: the ids of the whole planet, whatever the file; below this size storing every location costs less.
FILTER_NODES_ABOVE_BYTES = 500_000_000

_LOCATION = np.dtype([("id", "<u8"), ("x", "<i4"), ("y", "<i4")])
_NEGATIVE = np.dtype([("id", "<i8"), ("x", "<i4"), ("y", "<i4")])
_UNDEFINED = 2**31 - 1
#: Osmium keeps degrees as whole numbers; dividing gives back the very number that the file wrote.
_PER_DEGREE = 1e7


def check_source(source: Path) -> None:
    """Refuse what is plainly no OpenStreetMap file before osmium opens it.

    Raises:
        NetworkFileError: no such file, a folder, an empty file, a history, or an ending that osmium does not
            read.
    """
    if not source.exists():
        raise NetworkFileError(Sentence("net.fault.no_such_file", "{path}: no such file", path=source))
    if not source.is_file():
        raise NetworkFileError(Sentence("net.fault.no_plain_file", "{path}: not a file", path=source))
    check_ending(source)
    if source.stat().st_size == 0:
        raise NetworkFileError(Sentence("net.fault.empty_file", "{path}: the file is empty", path=source))


def read_ways_and_nodes(source: Path, scratch: Path) -> None:
    """Write ``ways.opl`` and, for a file that is not large, the locations of all its nodes.

    Raises:
        NetworkFileError: the file cannot be opened, is damaged, cut short or in no OpenStreetMap format.
    """
    _run(source, scratch, "ways", *([] if _is_large(source) else ["nodes"]))


def read_members(source: Path, scratch: Path, way_ids: Iterable[int]) -> Path:
    """Write the ways of the given ids, whatever their tags; the path of the file is returned.

    Raises:
        NetworkFileError: as :func:`read_ways_and_nodes`.
    """
    (scratch / "members.txt").write_text("".join(f"{way_id}\n" for way_id in way_ids), encoding="ascii")
    _run(source, scratch, "members")
    return scratch / "members.opl"


def read_control_nodes(source: Path, scratch: Path) -> Path:
    """Write the nodes with signals, stop and give-way signs and crossings; the path of the file is returned.

    Raises:
        NetworkFileError: as :func:`read_ways_and_nodes`.
    """
    _run(source, scratch, "controls")
    return scratch / "controls.opl"


def read_locations(
    source: Path, wanted: NDArray[np.int64], scratch: Path
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Locations of nodes, after :func:`read_ways_and_nodes`.

    Args:
        source: the file.
        wanted: (n,) node ids, ascending and unique.
        scratch: the folder of the temporary files.

    Returns:
        Longitudes and latitudes (n,) in degrees, NaN for a node that the file does not have or whose
        location is out of range.

    Raises:
        NetworkFileError: as :func:`read_ways_and_nodes`.
    """
    if _is_large(source):
        np.savetxt(scratch / "wanted.txt", wanted[wanted > 0], fmt="%d")
        _run(source, scratch, "nodes")
    lon, lat = _pick(scratch / "locations", wanted, _LOCATION)
    (scratch / "locations").unlink()
    if len(wanted) and wanted[0] < 0:  # objects that an editor has not uploaded yet
        _run(source, scratch, "negatives")
        new = wanted < 0
        lon[new], lat[new] = _pick(scratch / "negatives", wanted[new], _NEGATIVE)
    return lon, lat


def _is_large(source: Path) -> bool:
    return source.stat().st_size > FILTER_NODES_ABOVE_BYTES


def _run(source: Path, scratch: Path, *passes: str) -> None:
    run_program("osmium_run.py", source, str(scratch), *passes)


def run_program(script: str, source: Path, *arguments: str) -> None:
    """Run one of this package's programs of osmium over a file, in a process of its own.

    Raises:
        NetworkFileError: it failed, or was ended; with its last words.
        KeyboardInterrupt: it was interrupted.
    """
    program = Path(__file__).with_name(script)
    command = [sys.executable, "-P", str(program), str(source.absolute()), file_form(source), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode == 0:
        return
    if done.returncode in {-signal.SIGINT, 128 + signal.SIGINT}:
        # Ctrl-C on a terminal reaches both processes, and this one first: the file is not to blame.
        raise KeyboardInterrupt
    said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    reason = said[-1].removeprefix("what():").strip() if said else "no reason given"
    if reason == "history":
        raise history_error(source)
    if done.returncode < 0:
        reason = Sentence(
            "net.fault.reader_ended",
            "the reader was ended by {name}: {reason}",
            name=signal.Signals(-done.returncode).name,
            reason=reason,
        )
    raise NetworkFileError(
        Sentence(
            "net.fault.no_osm",
            "{source}: cannot be read as an OpenStreetMap file ({reason}); it may be damaged or cut "
            "short: download it again and compare its checksum",
            source=source,
            reason=reason,
        )
    )


def _pick(
    located: Path, wanted: NDArray[np.int64], form: np.dtype[np.void]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Locations of the wanted ids, read in portions; the last of a repeated id counts, as in osmium."""
    lon, lat = np.full(len(wanted), np.nan), np.full(len(wanted), np.nan)
    if not len(wanted):
        return lon, lat
    with located.open("rb") as file:
        while len(portion := np.fromfile(file, dtype=form, count=4_000_000)):
            usable = portion[(portion["id"] != 0) & (portion["x"] != _UNDEFINED)]
            usable = usable[usable["id"] < 2**63] if form == _LOCATION else usable
            ids = usable["id"].astype(np.int64)
            position = np.minimum(np.searchsorted(wanted, ids), len(wanted) - 1)
            found = wanted[position] == ids
            lon[position[found]] = usable["x"][found] / _PER_DEGREE
            lat[position[found]] = usable["y"][found] / _PER_DEGREE
    outside = ~((np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0))
    lon[outside], lat[outside] = np.nan, np.nan
    return lon, lat
