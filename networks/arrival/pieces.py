"""Functions made of pieces: leave at t, arrive at max(t, first) + delay.

A function is an array (5, n) of pieces in the order of ``last``. Piece i holds for ``last[i - 1] < t <=
last[i]`` and says: who leaves at t waits until ``first``, then takes ``delay`` minutes. A departure is a
piece with first = last; a headway or a call-out one with first < last; a road is a single piece from minus to
plus infinity. After the last piece there is no way. Such functions never fall (nobody arrives earlier by
leaving later) and rise by slope 0 (waiting) or 1 (a constant delay) only. They are closed under :func:`link`,
:func:`lower` and a drive before, so that every composition is exact to floating-point precision.

Each piece carries minutes in motion (delay - moving = waiting after ``first``) and a tag: the target in the
low 24 bits, above them what the times of its ferries rest on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from networks.arrays import FloatArray
from networks.hierarchy.compiled import compiled, prepare

#: No way, and the ends of roads, minutes. Far beyond any journey, and small enough to add to without
#: overflow.
NEVER = 1e15
#: Who is at the quay this long after the last moment to board is still on board: rounding of sums of drives.
BOARDED = 1e-9
FIRST, LAST, DELAY, MOVING, TAG = range(5)
#: Bits of a tag that name the target.
TARGET_BITS = (1 << 24) - 1


@compiled
def append(
    out: FloatArray, n: int, first: float, last: float, delay: float, moving: float, tag: float
) -> int:
    """Append a piece; what it makes redundant goes, what it continues is joined. Pieces now, -1 = no room."""
    if n > 0:
        if last <= out[LAST, n - 1]:
            return n
        if out[FIRST, n - 1] == first and out[DELAY, n - 1] == delay and out[TAG, n - 1] == tag:
            out[LAST, n - 1] = last
            return n
        while (
            n > 0
            and out[FIRST, n - 1] >= out[LAST, n - 1]
            and max(out[LAST, n - 1], first) + delay <= out[FIRST, n - 1] + out[DELAY, n - 1]
        ):
            n -= 1  # who would wait for that one arrives no later by waiting for this one
    if n >= out.shape[1]:
        return -1
    out[FIRST, n], out[LAST, n], out[DELAY, n], out[MOVING, n], out[TAG, n] = first, last, delay, moving, tag
    return n + 1


@compiled
def append_all(out: FloatArray, rows: FloatArray) -> int:
    """Append pieces one after the other; how many are there now."""
    n = 0
    for row in range(len(rows)):
        n = append(out, n, rows[row, 0], rows[row, 1], rows[row, 2], rows[row, 3], rows[row, 4])
    return n


@compiled
def link(ferry: FloatArray, n_ferry: int, onward: FloatArray, n_onward: int, out: FloatArray) -> int:
    """``out`` = ``onward`` after ``ferry``: board, cross, go on. Number of pieces, -1 = no room."""
    n, j = 0, 0
    for i in range(n_ferry):
        first, last, delay = ferry[FIRST, i], ferry[LAST, i], ferry[DELAY, i]
        while j < n_onward and onward[LAST, j] < first + delay - BOARDED:
            j += 1
        while j < n_onward:
            upper = onward[LAST, j] - delay if onward[LAST, j] < NEVER else NEVER
            if upper >= last - BOARDED:
                upper = NEVER
            tag = float((int(ferry[TAG, i]) & ~TARGET_BITS) | int(onward[TAG, j]))
            n = append(
                out,
                n,
                max(first, onward[FIRST, j] - delay),
                min(last, upper),
                delay + onward[DELAY, j],
                ferry[MOVING, i] + onward[MOVING, j],
                tag,
            )
            if n < 0:
                return -1
            if upper >= last:
                break
            j += 1
        if j >= n_onward:
            break
    return n


@compiled
def lower(  # noqa: PLR0912 - one step of a merge, compiled as a whole
    f: FloatArray, n_f: int, g: FloatArray, n_g: int, drive: float, out: FloatArray
) -> int:
    """``out`` = the earlier of ``f``, and ``g`` after a drive. Number of pieces, -1 = no room."""
    n, i, j = 0, 0, 0
    begin = -NEVER
    while i < n_f or j < n_g:
        if j >= n_g:
            n = append(out, n, f[FIRST, i], f[LAST, i], f[DELAY, i], f[MOVING, i], f[TAG, i])
            i += 1
        elif i >= n_f:
            n = _driven(out, n, g, j, drive, g[LAST, j] - drive)
            j += 1
        else:
            first_f, delay_f = f[FIRST, i], f[DELAY, i]
            first_g, delay_g = g[FIRST, j] - drive, g[DELAY, j] + drive
            last_f, last_g = f[LAST, i], g[LAST, j] - drive
            end = min(last_f, last_g)
            # Over the interval f - g only rises or only falls, so it crosses zero at most once.
            at_begin = (max(begin, first_f) + delay_f) - (max(begin, first_g) + delay_g)
            at_end = (max(end, first_f) + delay_f) - (max(end, first_g) + delay_g)
            if at_begin <= 0 and at_end <= 0:
                n = append(out, n, first_f, end, delay_f, f[MOVING, i], f[TAG, i])
            elif at_begin >= 0 and at_end >= 0:
                n = _driven(out, n, g, j, drive, end)
            elif at_begin < 0:
                n = append(out, n, first_f, first_g + delay_g - delay_f, delay_f, f[MOVING, i], f[TAG, i])
                if n >= 0:
                    n = _driven(out, n, g, j, drive, end)
            else:
                n = _driven(out, n, g, j, drive, first_f + delay_f - delay_g)
                if n >= 0:
                    n = append(out, n, first_f, end, delay_f, f[MOVING, i], f[TAG, i])
            begin = end
            if last_f <= end:
                i += 1
            if last_g <= end:
                j += 1
        if n < 0:
            return -1
    return n


@compiled
def _driven(out: FloatArray, n: int, g: FloatArray, j: int, drive: float, last: float) -> int:
    """Append piece j of g, a drive earlier."""
    return append(out, n, g[FIRST, j] - drive, last, g[DELAY, j] + drive, g[MOVING, j] + drive, g[TAG, j])


@compiled
def piece_at(f: FloatArray, n: int, leave: float) -> int:
    """The piece that holds for somebody who leaves at a moment; n = there is no way."""
    low, high = 0, n
    while low < high:
        middle = (low + high) // 2
        if f[LAST, middle] < leave - BOARDED:
            low = middle + 1
        else:
            high = middle
    return low


@dataclass(frozen=True, eq=False)
class ArrivalFunction:
    """When one arrives, for every moment of leaving; minutes after the midnight before the first day.

    Attributes:
        pieces: (5, n) first, last, delay, moving, tag.
    """

    pieces: FloatArray

    def arrival_min(self, leave_min: float) -> float:
        """Earliest arrival of somebody who leaves at a moment; ``inf`` = there is no way."""
        piece = self._at(leave_min)
        if piece is None:
            return np.inf
        return float(max(leave_min, piece[FIRST]) + piece[DELAY])

    def waited_min(self, leave_min: float) -> float:
        """Minutes of the journey that are waiting; ``inf`` = there is no way."""
        piece = self._at(leave_min)
        return np.inf if piece is None else self.arrival_min(leave_min) - leave_min - float(piece[MOVING])

    def target(self, leave_min: float) -> int | None:
        """Position of the target that is reached, or None."""
        piece = self._at(leave_min)
        return None if piece is None else int(piece[TAG]) & TARGET_BITS

    def _at(self, leave_min: float) -> FloatArray | None:
        prepare()
        n = self.pieces.shape[1]
        position = piece_at(self.pieces, n, leave_min)
        return None if position == n else self.pieces[:, position]


def drive_function(minutes: float, target: int = 0) -> FloatArray:
    """(5, 1) the function of a road: the same minutes at every moment; (5, 0) where there is none."""
    if not minutes < NEVER:
        return np.empty((5, 0))
    return np.array([[-NEVER], [NEVER], [minutes], [minutes], [float(target)]])


def linked(first: FloatArray, onward: FloatArray) -> FloatArray:
    """(5, n) one function after another: board, cross, go on."""
    prepare()
    out = np.empty((5, 4 * (first.shape[1] + onward.shape[1]) + 8))
    return out[:, : link(first, first.shape[1], onward, onward.shape[1], out)].copy()


def envelope(parts: list[FloatArray]) -> FloatArray:
    """(5, n) the earliest of several functions."""
    prepare()
    found = np.empty((5, 0))
    for part in parts:
        room = np.empty((5, 4 * (found.shape[1] + part.shape[1]) + 8))
        found = room[:, : lower(found, found.shape[1], part, part.shape[1], 0.0, room)].copy()
    return found


def boarded(points: FloatArray, spans: FloatArray) -> FloatArray:
    """(5, n) departures and spans of boarding as a function: the earliest of all that one still may board.

    Args:
        points: (m, 5) departures as pieces, ascending.
        spans: (k, 5) spans as pieces, descending: one that begins later is worth waiting for where it arrives
            sooner.
    """
    prepare()
    return _boarded(np.ascontiguousarray(points), np.ascontiguousarray(spans))


@compiled
def _boarded(points: FloatArray, spans: FloatArray) -> FloatArray:
    part = np.empty((5, len(points) + 1))
    n_part = append_all(part, points)
    found, n = np.empty((5, 0)), 0
    for step in range(len(spans) + 1):
        if step > 0:
            n_part = append_all(part, spans[step - 1 : step])
        room = np.empty((5, 4 * (n + n_part) + 8))
        n = lower(found, n, part, n_part, 0.0, room)
        found = room
    return found[:, :n].copy()
