"""Figures over the moments of leaving: means, percentiles and shares, by exact integration of pieces.

Leaving is uniform over a window: a day, a week, or an hour of it. The delay (arrival - leaving) of a piece
first falls with slope -1 while one waits for ``first``, then stays the same. So its distribution is a sum of
stretches of density 1 and of atoms, and every figure is found from their ends, without a grid.

**No way** means: not there within the patience. Percentiles count it as infinite, and a mean is given only
where there is a way at every moment: a mean over the moments that have a way would make a cancelled ferry
look like a gain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from networks.arrays import FloatArray, IntArray
from networks.arrival.pieces import DELAY, FIRST, LAST, MOVING, NEVER, ArrivalFunction
from networks.hierarchy.compiled import compiled, prepare

#: Thresholds are inclusive, up to rounding of sums of minutes.
_INCLUSIVE = 1e-9
#: Mass of a distribution that rounding may lose, minutes of leaving.
_LOST = 1e-7
_MEAN, _BEST, _WORST, _NO_WAY, _WAIT = range(5)
_FIXED = 5


@compiled
def _stretch(
    f: FloatArray,
    i: int,
    begin: float,
    end: float,
    patience: float,
    limits: FloatArray,
    sums: FloatArray,
    shares: FloatArray,
    events: FloatArray,
    n: int,
) -> int:
    """Add one piece over (begin, end] to the sums and to ``events``; the number of events.

    sums: area of the delay, no way, best, worst, area of the waiting.
    events (2, room): value, and +1/-1 for the ends of a stretch of density 1, or 10 + mass for an atom.
    """
    first, delay, moving = f[FIRST, i], f[DELAY, i], f[MOVING, i]
    middle = min(max(first, begin), end)
    if middle > begin:
        top, low = first + delay - begin, first + delay - middle
        cut = min(max(top - patience, 0.0), middle - begin)
        sums[1] += cut
        top -= cut
        if top > low:
            sums[0] += (top + low) / 2 * (top - low)
            sums[4] += ((top + low) / 2 - moving) * (top - low)
            sums[2], sums[3] = min(sums[2], low), max(sums[3], top)
            for q in range(len(limits)):
                shares[q] += min(max(limits[q] + _INCLUSIVE - low, 0.0), top - low)
            events[0, n], events[1, n] = low, 1.0
            events[0, n + 1], events[1, n + 1] = top, -1.0
            n += 2
    length = end - middle
    if length > 0:
        if delay > patience:
            sums[1] += length
        else:
            sums[0] += delay * length
            sums[4] += (delay - moving) * length
            sums[2], sums[3] = min(sums[2], delay), max(sums[3], delay)
            for q in range(len(limits)):
                if delay <= limits[q] + _INCLUSIVE:
                    shares[q] += length
            events[0, n], events[1, n] = delay, 10.0 + length
            n += 1
    return n


@compiled
def _percentiles(events: FloatArray, n: int, whole: float, percentiles: FloatArray, out: FloatArray) -> None:
    """Delays that a share of the moments does not exceed; inf where too many have no way."""
    out[:] = np.inf
    if n == 0:
        return
    order = np.argsort(events[0, :n])
    mass, density, at, q = 0.0, 0.0, events[0, order[0]], 0
    for k in range(n):
        value, what = events[0, order[k]], events[1, order[k]]
        while q < len(percentiles) and mass + density * (value - at) >= percentiles[q] * whole - _LOST:
            need = percentiles[q] * whole - mass
            out[q] = at + (need / density if density > 0.5 and need > 0 else 0.0)
            q += 1
        mass += density * (value - at)
        at = value
        if what > 5.0:
            mass += what - 10.0
        else:
            density += what
        while q < len(percentiles) and mass >= percentiles[q] * whole - _LOST:
            out[q] = at
            q += 1


@compiled
def measure(
    f: FloatArray,
    n: int,
    begin: float,
    end: float,
    patience: float,
    percentiles: FloatArray,
    limits: FloatArray,
    out: FloatArray,
    events: FloatArray,
) -> None:
    """Figures of a function over leaving in [begin, end), into ``out``.

    In this order: mean, best, worst, share without a way, mean wait, one delay per percentile (0-1,
    ascending), one share per limit. ``events`` (2, 3 n + 3) is working room.
    """
    whole = end - begin
    sums, shares = np.zeros(5), np.zeros(len(limits))
    sums[2] = NEVER
    at, count = begin, 0
    for i in range(n):
        if f[LAST, i] <= begin:
            continue
        upto = min(f[LAST, i], end)
        if upto > at:
            count = _stretch(f, i, at, upto, patience, limits, sums, shares, events, count)
            at = upto
        if f[LAST, i] >= end:
            break
    if at < end:
        sums[1] += end - at
    always = sums[1] <= _INCLUSIVE
    reached = whole - sums[1]
    out[_MEAN] = sums[0] / whole if always else np.nan
    out[_BEST] = sums[2] if count else np.inf
    out[_WORST] = sums[3] if always else np.inf
    out[_NO_WAY] = 0.0 if always else sums[1] / whole
    out[_WAIT] = sums[4] / reached if reached > 0 else np.nan
    _percentiles(events, count, whole, percentiles, out[_FIXED : _FIXED + len(percentiles)])
    for q in range(len(limits)):
        out[_FIXED + len(percentiles) + q] = min(shares[q] / whole, 1.0)


@dataclass(frozen=True, eq=False)
class Figures:
    """Figures over the moments of leaving, one row a function and one column a window.

    Attributes:
        mean_min: mean delay, minutes; NaN where at some moment there is no way.
        best_min: least delay; inf where there is never a way.
        worst_min: greatest delay; inf where at some moment there is no way.
        no_way_share: share of the moments at which one is not there within the patience.
        wait_mean_min: mean minutes of waiting over the moments that have a way; NaN where none has.
        percentile_min: (n, windows, percentiles) delays; inf where too many moments have no way.
        within_share: (n, windows, limits) share of the moments whose delay is at most the limit.
        percentiles: shares asked for, 0-1.
        limits_min: limits asked for, minutes.
    """

    mean_min: FloatArray
    best_min: FloatArray
    worst_min: FloatArray
    no_way_share: FloatArray
    wait_mean_min: FloatArray
    percentile_min: FloatArray
    within_share: FloatArray
    percentiles: tuple[float, ...]
    limits_min: tuple[float, ...]


def figures_of(raw: FloatArray, percentiles: Sequence[float], limits_min: Sequence[float]) -> Figures:
    """Figures from the rows of :func:`measure`, (n, windows, 5 + percentiles + limits)."""
    cut = _FIXED + len(percentiles)
    return Figures(
        mean_min=raw[..., _MEAN],
        best_min=raw[..., _BEST],
        worst_min=raw[..., _WORST],
        no_way_share=raw[..., _NO_WAY],
        wait_mean_min=raw[..., _WAIT],
        percentile_min=raw[..., _FIXED:cut],
        within_share=raw[..., cut:],
        percentiles=tuple(percentiles),
        limits_min=tuple(limits_min),
    )


def figures_of_roads(
    minutes: FloatArray,
    windows: int,
    patience_min: float,
    percentiles: Sequence[float],
    limits_min: Sequence[float],
) -> Figures:
    """Figures of ways that take the same at every moment, (n, windows).

    Args:
        minutes: (n,) minutes of each, at least 0; NEVER = no way.
        windows: number of spans of leaving.
        patience_min: what takes longer is no way.
        percentiles: shares of the moments of leaving, 0-1.
        limits_min: minutes for which the share of moments within is wanted.
    """
    raw = np.full((len(minutes), windows, row_length(percentiles, limits_min)), np.inf)
    there = minutes <= patience_min
    same = np.where(there, minutes, np.inf)[:, None]
    raw[..., _MEAN], raw[..., _WAIT] = (
        np.where(np.isfinite(same), same, np.nan),
        np.where(there, 0.0, np.nan)[:, None],
    )
    raw[..., _BEST], raw[..., _WORST] = same, same
    raw[..., _NO_WAY] = np.where(there, 0.0, 1.0)[:, None]
    cut = _FIXED + len(percentiles)
    raw[..., _FIXED:cut] = same[..., None]
    for number, limit in enumerate(limits_min):
        raw[..., cut + number] = (same <= limit + _INCLUSIVE).astype(np.float64)
    return figures_of(raw, percentiles, limits_min)


def replaced(figures: Figures, rows: IntArray, others: Figures) -> Figures:
    """The figures with some rows taken from others, in their order."""
    found = {}
    for item in fields(Figures):
        values = getattr(figures, item.name)
        if isinstance(values, np.ndarray):
            values = values.copy()
            values[rows] = getattr(others, item.name)
        found[item.name] = values
    return Figures(**found)


def row_length(percentiles: Sequence[float], limits_min: Sequence[float]) -> int:
    """Figures in a row of :func:`measure`."""
    return _FIXED + len(percentiles) + len(limits_min)


def measured(
    function: ArrivalFunction,
    windows: Sequence[tuple[float, float]],
    *,
    patience_min: float,
    percentiles: Sequence[float] = (0.5, 0.9),
    limits_min: Sequence[float] = (),
) -> Figures:
    """Figures of one function, (1, windows): see :class:`Figures`."""
    prepare()
    pieces = function.pieces
    raw = np.empty((1, len(windows), row_length(percentiles, limits_min)))
    events = np.empty((2, 3 * pieces.shape[1] + 3))
    for number, (begin, end) in enumerate(windows):
        measure(
            pieces,
            pieces.shape[1],
            begin,
            end,
            patience_min,
            np.asarray(percentiles, dtype=np.float64),
            np.asarray(limits_min, dtype=np.float64),
            raw[0, number],
            events,
        )
    return figures_of(raw, percentiles, limits_min)


def joined(rows: Sequence[Figures]) -> Figures:
    """Figures of some points below those of others, of the same percentiles and limits."""
    found: dict[str, Any] = {}
    for item in fields(Figures):
        values = [getattr(one, item.name) for one in rows]
        found[item.name] = np.concatenate(values) if isinstance(values[0], np.ndarray) else values[0]
    return Figures(**found)
