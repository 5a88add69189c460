"""Reading an OpenStreetMap file in bounded memory.

Passes run in processes of their own (:mod:`networks.osm.osmium_run`). The first gives the ways with
``highway`` or ``route`` and the relations that matter as lines of text, which are taken in while it reads on;
another writes the locations of nodes to a temporary array file and the barrier nodes to a text file, of a
small file at the same time. No pass keeps the file in memory, and none calls Python for an object that is not
wanted.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from networks.errors import NetworkFileError
from networks.osm.plain import check_ending, file_form, history_error, twice_error
from networks.sentences import Sentence

#: Files above this many bytes store only the locations of wanted nodes. The filter costs up to 1.6 GB for
#: the ids of the whole planet, whatever the file; below this size storing every location costs less.
FILTER_NODES_ABOVE_BYTES = 500_000_000

#: Told the share of a file that was read, from 0 to 1.
Told = Callable[[float], None]
#: So many lines are taken in before it is looked again how far the file is read; else so many seconds.
_LINES_BETWEEN = 20_000
_LOOK_S = 0.25

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


@contextmanager
def ways_and_relations(source: Path, scratch: Path, told: Told) -> Iterator[Iterator[str]]:
    """The lines of roads, ferries and relations, while the nodes of a file that is not large are located.

    Args:
        source: the file.
        scratch: the folder of the temporary files.
        told: told how much of the file was read, from 0 to 1.

    Raises:
        NetworkFileError: the file cannot be opened, is damaged, cut short or in no OpenStreetMap format.
    """
    others = [] if _is_large(source) else [_started(source, scratch, "nodes")]
    roads = _started(source, scratch, "ways")
    try:
        try:
            yield _whole_lines(roads, told)
        except (ValueError, IndexError):  # half a line: its writer has something to say
            roads.wait()
            raise
        for one in (roads, *others):
            one.wait()
    finally:
        for one in (roads, *others):
            one.end()


def _whole_lines(roads: _Running, told: Told) -> Iterator[str]:
    stream = roads.process.stdout
    if stream is None:
        return
    for number, line in enumerate(stream):
        if number % _LINES_BETWEEN == 0 and (read := roads.position()) is not None:
            told(read)
        yield line.decode("utf-8", errors="replace")


def read_members(source: Path, scratch: Path, way_ids: Iterable[int]) -> Path:
    """Write the ways of the given ids, whatever their tags; the path of the file is returned.

    Raises:
        NetworkFileError: as :func:`ways_and_relations`.
    """
    (scratch / "members.txt").write_text("".join(f"{way_id}\n" for way_id in way_ids), encoding="ascii")
    _run(source, scratch, "members")
    return scratch / "members.opl"


def read_control_nodes(source: Path, scratch: Path) -> Path:
    """Write the nodes with signals, stop and give-way signs and crossings; the path of the file is returned.

    Raises:
        NetworkFileError: as :func:`ways_and_relations`.
    """
    _run(source, scratch, "controls")
    return scratch / "controls.opl"


def read_locations(
    source: Path, wanted: NDArray[np.int64], scratch: Path, told: Told = lambda _: None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Locations of nodes, after :func:`ways_and_relations`.

    Args:
        source: the file.
        wanted: (n,) node ids, ascending and unique.
        scratch: the folder of the temporary files.
        told: told how much of a large file was read, from 0 to 1.

    Returns:
        Longitudes and latitudes (n,) in degrees, NaN for a node that the file does not have or whose
        location is out of range.

    Raises:
        NetworkFileError: as :func:`ways_and_relations`; a node stands twice, in two places.
    """
    if _is_large(source):
        np.savetxt(scratch / "wanted.txt", wanted[wanted > 0], fmt="%d")
        _run(source, scratch, "nodes", told)
    lon, lat, moved = _pick(scratch / "locations", wanted, _LOCATION)
    (scratch / "locations").unlink()
    if len(wanted) and wanted[0] < 0:  # objects that an editor has not uploaded yet
        _run(source, scratch, "negatives")
        new = wanted < 0
        lon[new], lat[new], also = _pick(scratch / "negatives", wanted[new], _NEGATIVE)
        moved |= also
    if moved:
        raise twice_error(source, (f"n{node}" for node in moved))
    return lon, lat


def _is_large(source: Path) -> bool:
    return source.stat().st_size > FILTER_NODES_ABOVE_BYTES


def _run(source: Path, scratch: Path, name: str, told: Told = lambda _: None) -> None:
    running = _started(source, scratch, name)
    try:
        running.wait(told)
    finally:
        running.end()


def _started(source: Path, scratch: Path, name: str) -> _Running:
    return _Running.of("osmium_run.py", source, str(scratch), name)


def run_program(script: str, source: Path, *arguments: str) -> None:
    """Run one of this package's programs of osmium over a file, in a process of its own.

    Raises:
        NetworkFileError: it failed, or was ended; with its last words.
        KeyboardInterrupt: it was interrupted.
    """
    running = _Running.of(script, source, *arguments)
    try:
        running.wait()
    finally:
        running.end()


@dataclass(frozen=True)
class _Running:
    """A program of osmium under way.

    Attributes:
        process: the process; its standard output may be read.
        source: the file that it reads.
        said: what it says to standard error.
    """

    process: subprocess.Popen[bytes]
    source: Path
    said: IO[bytes]

    @classmethod
    def of(cls, script: str, source: Path, *arguments: str) -> _Running:
        program = Path(__file__).with_name(script)
        command = [sys.executable, "-P", str(program), str(source.absolute()), file_form(source), *arguments]
        said = tempfile.TemporaryFile()  # noqa: SIM115 (it lives as long as the process)
        return cls(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said), source, said)

    def position(self) -> float | None:
        """The share of the file that was read; None where the system does not tell."""
        with suppress(OSError, ValueError, IndexError):
            size, wanted = self.source.stat().st_size, str(self.source.resolve())
            for opened in Path(f"/proc/{self.process.pid}/fd").iterdir():
                if str(opened.readlink()) == wanted:
                    line = (opened.parent.parent / "fdinfo" / opened.name).read_text().splitlines()[0]
                    return int(line.split()[1]) / size
        return None

    def wait(self, told: Told = lambda _: None) -> None:
        """Wait until it has ended, and tell meanwhile how far it read.

        Raises:
            NetworkFileError: it failed, or was ended; with its last words.
            KeyboardInterrupt: it was interrupted.
        """
        while True:
            try:
                code = self.process.wait(timeout=_LOOK_S)
                break
            except subprocess.TimeoutExpired:
                if (read := self.position()) is not None:
                    told(read)
        if code in {-signal.SIGINT, 128 + signal.SIGINT}:
            # Ctrl-C on a terminal reaches both processes, and this one first: the file is not to blame.
            raise KeyboardInterrupt
        if code:
            self.said.seek(0)
            raise _told_by(self.source, code, self.said.read().decode("utf-8", errors="replace"))

    def end(self) -> None:
        """End it if it still runs, and let go of what it holds."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.said.close()


def _told_by(source: Path, code: int, stderr: str) -> NetworkFileError:
    """What the last words of a program that failed mean."""
    said = [line.strip() for line in stderr.splitlines() if line.strip()]
    reason = said[-1].removeprefix("what():").strip() if said else "no reason given"
    if reason == "history":
        return history_error(source)
    if code < 0:
        reason = Sentence(
            "net.fault.reader_ended",
            "the reader was ended by {name}: {reason}",
            name=signal.Signals(-code).name,
            reason=reason,
        )
    return NetworkFileError(
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
) -> tuple[NDArray[np.float64], NDArray[np.float64], set[int]]:
    """Locations of the wanted ids, read in portions, and the ids that have more than one."""
    lon, lat = np.full(len(wanted), np.nan), np.full(len(wanted), np.nan)
    moved: set[int] = set()
    if not len(wanted):
        return lon, lat, moved
    with located.open("rb") as file:
        while len(portion := np.fromfile(file, dtype=form, count=4_000_000)):
            usable = portion[(portion["id"] != 0) & (portion["x"] != _UNDEFINED)]
            usable = usable[usable["id"] < 2**63] if form == _LOCATION else usable
            ids = usable["id"].astype(np.int64)
            position = np.minimum(np.searchsorted(wanted, ids), len(wanted) - 1)
            found = wanted[position] == ids
            here, x, y = position[found], usable["x"][found] / _PER_DEGREE, usable["y"][found] / _PER_DEGREE
            elsewhere = ~np.isnan(lon[here]) & ((lon[here] != x) | (lat[here] != y))
            lon[here], lat[here] = x, y
            elsewhere |= (lon[here] != x) | (lat[here] != y)
            moved.update(wanted[here[elsewhere]].tolist())
    outside = ~((np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0))
    lon[outside], lat[outside] = np.nan, np.nan
    return lon, lat, moved
