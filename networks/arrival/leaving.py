"""When people must leave at the latest, when they can again, and whom they reach, over draws of timetables.

Over several draws: the earliest last moment and the latest first one, so that nobody is promised too much.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from networks.arrays import FloatArray, IntArray
from networks.arrival.pieces import DELAY, FIRST, LAST, TAG, TARGET_BITS
from networks.arrival.sailings import Basis
from networks.arrival.search import continued_in_draws
from networks.ferry_service import MINUTES_PER_DAY
from networks.hierarchy.compiled import compiled

#: Figures of a point.
_LEAVE, _AGAIN, _TARGETS, _MAIN, _ASSUMED = range(5)
LEAVING_ROW = 5
_ASSUMED_BIT = int(Basis.ASSUMED)
#: A moment that is this little later than a whole minute is that minute: rounding of sums of drives.
_SAME_MIN = 1e-6


@dataclass(frozen=True, eq=False)
class LeavingFigures:
    """Points over the first day of leaving; NaN = there is none.

    Attributes:
        leave_by_min: (n,) the last whole minute of the day to leave before the longest spell out of reach.
        first_again_min: (n,) the first whole minute after it, from the same midnight.
        targets: (n,) how many targets are reached first at some moment.
        main_share: (n,) share of the moments at which the most frequent of them is reached first.
        assumed_share: (n,) share of the moments whose way rests on what is assumed.
    """

    leave_by_min: FloatArray
    first_again_min: FloatArray
    targets: IntArray
    main_share: FloatArray
    assumed_share: FloatArray


@compiled
def longest_beyond(f: FloatArray, n: int, within: float, begin: float, end: float) -> tuple[float, float]:
    """The longest spell of leaving in [begin, end) in which a journey takes longer than within; NaN."""
    best_since, best_until, since, at = np.nan, np.nan, np.nan, begin
    for i in range(n):
        first, last, delay = f[FIRST, i], f[LAST, i], f[DELAY, i]
        if last <= begin:
            continue
        close = min(last, end)
        if close <= at:
            break
        if np.isnan(since) and max(at, first) + delay - at > within:
            since = at
        if not np.isnan(since) and max(close, first) + delay - close <= within:
            until = max(at, first + delay - within)
            if np.isnan(best_since) or until - since > best_until - best_since:
                best_since, best_until = since, until
            since = np.nan
        at = close
    if not np.isnan(since) or at < end:
        since = at if np.isnan(since) else since
        if np.isnan(best_since) or end - since > best_until - best_since:
            best_since, best_until = since, end
    return best_since, best_until


@compiled
def _spells(kept: FloatArray, count: IntArray, within: float, out: FloatArray) -> None:
    """The moments around the longest spell out of reach that is shorter than a day, in any draw."""
    for draw in range(len(count)):
        since, until = longest_beyond(kept[draw], count[draw], within, 0.0, 2 * MINUTES_PER_DAY)
        if not until - since < MINUTES_PER_DAY:
            continue
        midnight = np.floor(since / MINUTES_PER_DAY) * MINUTES_PER_DAY
        leave, again = np.floor(since - midnight), np.ceil(until - midnight - _SAME_MIN)
        if not leave >= out[_LEAVE]:
            out[_LEAVE] = leave
        if not again <= out[_AGAIN]:
            out[_AGAIN] = again


@compiled
def _targets(
    kept: FloatArray, count: IntArray, numbers: IntArray, shares: FloatArray, out: FloatArray
) -> None:
    """Which targets are reached first, each with its share of the moments of the first day."""
    whole, assumed, targets = MINUTES_PER_DAY * len(count), 0.0, 0
    for draw in range(len(count)):
        begin = 0.0
        for i in range(count[draw]):
            close = min(max(kept[draw, LAST, i], 0.0), MINUTES_PER_DAY)
            share, begin = (close - begin) / whole, close
            if not share > 0.0:
                continue
            tag = int(kept[draw, TAG, i])
            if tag & _ASSUMED_BIT:
                assumed += share
            at = 0
            while at < targets and numbers[at] != tag & TARGET_BITS:
                at += 1
            if at == targets:
                numbers[at], shares[at] = tag & TARGET_BITS, 0.0
                targets += 1
            shares[at] += share
    out[_TARGETS], out[_ASSUMED] = targets, assumed
    for at in range(targets):
        if not shares[at] <= out[_MAIN]:
            out[_MAIN] = shares[at]


@compiled
def leave_points(
    reach: FloatArray,
    direct: FloatArray,
    target: FloatArray,
    functions: FloatArray,
    pieces: IntArray,
    bound: FloatArray,
    order: IntArray,
    tail_of: IntArray,
    limits: FloatArray,
    room: int,
    out: FloatArray,
) -> bool:
    """Figures of leaving of many points towards one target, over all draws of the timetables.

    Shapes as of :func:`networks.arrival.points.measure_points`; limits (P,) minutes that a journey may take,
    NaN = whatever it takes; out (P, 5) is filled. False = a function has more than ``room`` pieces.
    """
    draws = len(functions)
    work = np.empty((2, 5, room))
    kept, count = np.empty((draws, 5, room)), np.zeros(draws, np.int64)
    numbers, shares = np.empty(draws * room, np.int64), np.empty(draws * room)
    for p in range(len(direct)):
        if not continued_in_draws(
            direct[p], target[p], reach[p], tail_of, order, bound, functions, pieces, work, kept, count
        ):
            return False
        out[p, :] = np.nan
        # A single piece in the first draw is a road, or the last boat of all: there is no spell between two.
        if not np.isnan(limits[p]) and count[0] > 1:
            _spells(kept, count, limits[p], out[p])
        _targets(kept, count, numbers, shares, out[p])
    return True


def leaving_figures(raw: FloatArray) -> LeavingFigures:
    """The figures that :func:`leave_points` has filled in."""
    return LeavingFigures(
        raw[:, _LEAVE], raw[:, _AGAIN], raw[:, _TARGETS].astype(np.int64), raw[:, _MAIN], raw[:, _ASSUMED]
    )
