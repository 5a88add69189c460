"""Figures of many points at once: the functions of each point are made, measured and forgotten."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from networks.arrays import FloatArray, IntArray
from networks.arrival.figures import Figures, figures_of, measure, row_length
from networks.arrival.pieces import DELAY, FIRST, LAST, MOVING, NEVER, TAG, TARGET_BITS
from networks.arrival.search import continued_in_draws
from networks.ferry_service import MINUTES_PER_DAY
from networks.hierarchy.compiled import compiled, prepare


@compiled
def _joined(
    functions: FloatArray, pieces: IntArray, begin: float, end: float, days: int, out: FloatArray
) -> int:
    """The windows [begin, end) of all functions and days one after the other, from 0. Number of pieces."""
    n, whole, at = 0, end - begin, 0.0
    for draw in range(len(pieces)):
        i = 0
        for day in range(days):
            opens, closes = begin + day * MINUTES_PER_DAY, end + day * MINUTES_PER_DAY
            shift, until = at - opens, opens
            while i < pieces[draw] and functions[draw, LAST, i] <= opens:
                i += 1
            while i < pieces[draw] and until < closes:
                until = min(functions[draw, LAST, i], closes)
                out[:, n] = functions[draw, :, i]
                out[FIRST, n] += shift
                out[LAST, n] = until + shift
                n += 1
                if functions[draw, LAST, i] >= closes:
                    break
                i += 1
            if until < closes:
                out[FIRST, n], out[LAST, n], out[DELAY, n] = -NEVER, closes + shift, NEVER
                out[MOVING, n], out[TAG, n] = NEVER, 0.0
                n += 1
            at += whole
    return n


@compiled
def measure_points(
    reach: FloatArray,
    direct: FloatArray,
    target: FloatArray,
    functions: FloatArray,
    pieces: IntArray,
    bound: FloatArray,
    order: IntArray,
    tail_of: IntArray,
    windows: FloatArray,
    repeats: IntArray,
    patience: float,
    percentiles: FloatArray,
    limits: FloatArray,
    room: int,
    out: FloatArray,
    bits: IntArray,
) -> bool:
    """Figures of many points towards one target, over all draws of the timetables.

    Shapes: reach (P, Q), direct and target (P,), functions (D, E, 5, k), pieces, bound and order (D, E),
    tail_of (E,), windows (W, 2), repeats (W,) the days on which a window is repeated, all of them one figure;
    out (P, W, figures) and bits (P,) are filled. False = a function has more than ``room`` pieces.
    """
    draws = len(functions)
    work = np.empty((2, 5, room))
    kept, count = np.empty((draws, 5, room)), np.zeros(draws, np.int64)
    longest = 1
    for w in range(len(repeats)):
        longest = max(longest, repeats[w])
    joined = np.empty((5, draws * (room + 2 * longest)))
    events = np.empty((2, 3 * draws * (room + 2 * longest) + 3))
    for p in range(len(direct)):
        if not continued_in_draws(
            direct[p], target[p], reach[p], tail_of, order, bound, functions, pieces, work, kept, count
        ):
            return False
        for draw in range(draws):
            for i in range(count[draw]):
                if kept[draw, LAST, i] > 0.0:
                    bits[p] |= int(kept[draw, TAG, i]) & ~TARGET_BITS
        # Where only a road is taken, all draws and all windows are alike.
        constant = count.max() == 1
        for draw in range(draws):
            constant = constant and count[draw] == 1 and kept[draw, LAST, 0] >= NEVER
            constant = constant and kept[draw, DELAY, 0] == kept[0, DELAY, 0]
        for w in range(len(windows)):
            if constant and w > 0:
                out[p, w] = out[p, 0]
                continue
            begin, end = windows[w, 0], windows[w, 1]
            times = 1 if constant else draws * repeats[w]
            if times == 1:
                measure(kept[0], count[0], begin, end, patience, percentiles, limits, out[p, w], events)
            else:
                n = _joined(kept, count, begin, end, repeats[w], joined)
                measure(
                    joined, n, 0.0, times * (end - begin), patience, percentiles, limits, out[p, w], events
                )
    return True


def figures_over_draws(
    functions: Sequence[FloatArray],
    windows: Sequence[tuple[float, float]],
    *,
    days: int,
    patience_min: float,
    percentiles: Sequence[float] = (0.5, 0.9),
    limits_min: Sequence[float] = (),
) -> Figures:
    """Figures of one journey over all its draws, (1, windows).

    Args:
        functions: (5, n) pieces in each draw.
        windows: spans of leaving on the first day; those no longer than a day are repeated on every day.
        days: days of leaving.
        patience_min: what takes longer is no way.
        percentiles: shares of the moments of leaving, 0-1, ascending.
        limits_min: minutes for which the share of moments within is wanted.
    """
    prepare()
    room = max(one.shape[1] for one in functions) + 1
    kept = np.zeros((len(functions), 5, room))
    count = np.array([one.shape[1] for one in functions], dtype=np.int64)
    for draw, one in enumerate(functions):
        kept[draw, :, : one.shape[1]] = one
    joined = np.empty((5, len(functions) * (room + 2) * max(days, 1) + 1))
    events = np.empty((2, 3 * joined.shape[1] + 3))
    raw = np.empty((1, len(windows), row_length(percentiles, limits_min)))
    shares, limits = (np.asarray(one, dtype=np.float64) for one in (percentiles, limits_min))
    for number, (begin, end) in enumerate(windows):
        repeats = days if end - begin <= MINUTES_PER_DAY else 1
        whole = len(functions) * repeats * (end - begin)
        n = _joined(kept, count, begin, end, repeats, joined)
        measure(joined, n, 0.0, whole, patience_min, shares, limits, raw[0, number], events)
    return figures_of(raw, percentiles, limits_min)
