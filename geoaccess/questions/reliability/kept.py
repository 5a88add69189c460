"""Minutes of every demand point in every state: in memory while they fit, in a file beyond."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError
from geoaccess.words.note import Note

#: Times of one block while figures are taken over the states: what a block needs does not grow with them.
BLOCK_TIMES = 4_000_000
#: Times that are written at once.
WRITTEN_TIMES = 1_000_000
_BYTES = 8


class KeptTimes:
    """Times that come state by state and are read point by point.

    Args:
        n_states: how many states.
        n_points: how many demand points.
        memory_mb: most memory for all of them; beyond it a temporary file holds them, which ends with this
            object.

    Raises:
        DataError: neither memory nor the folder of temporary files has room.
    """

    def __init__(self, n_states: int, n_points: int, *, memory_mb: float) -> None:
        self.n_states, self.n_points = n_states, n_points
        needed = n_states * n_points * _BYTES
        self.in_file = needed > memory_mb * 1e6
        if self.in_file:
            folder = tempfile.gettempdir()
            free = shutil.disk_usage(folder).free
            if needed > free:
                raise DataError(
                    Note(
                        "fault.reliability.room",
                        n_states=n_states,
                        points=n_points,
                        needed_mb=needed * 1e-6,
                        free_mb=free * 1e-6,
                        folder=folder,
                    )
                )
            # Without a buffer of its own: rows are gathered here, and read through a map of the file.
            self._file = tempfile.TemporaryFile(prefix="geoaccess-times-", buffering=0)  # noqa: SIM115
            self._file.truncate(max(needed, 1))
        rows = max(1, min(n_states, WRITTEN_TIMES // max(n_points, 1))) if self.in_file else n_states
        self._rows = np.empty((rows, n_points))
        self._first = self._filled = 0

    def add(self, minutes: FloatArray) -> None:
        """The next state's times, (n_points,), NaN where not reached."""
        if self._filled == len(self._rows):
            self._write()
        self._rows[self._filled] = minutes
        self._filled += 1

    def blocks(self) -> Iterator[slice]:
        """Demand points that are read together."""
        size = max(1, BLOCK_TIMES // max(self.n_states, 1))
        for start in range(0, self.n_points, size):
            yield slice(start, min(start + size, self.n_points))

    def of(self, points: slice) -> FloatArray:
        """(n_states, n) times of some points in every state, in the order in which the states came."""
        if not self.in_file:
            return self._rows[:, points]
        self._write()
        # A new map for every block, so that the pages of the one before are given back.
        table = np.memmap(self._file, dtype=np.float64, mode="r", shape=(self.n_states, self.n_points))
        found: NDArray[np.float64] = np.array(table[:, points])
        return found

    def _write(self) -> None:
        if self.in_file and self._filled:
            self._file.seek(self._first * self.n_points * _BYTES)
            self._rows[: self._filled].tofile(self._file)
            self._first, self._filled = self._first + self._filled, 0
