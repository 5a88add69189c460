"""Groups of rows that one site can serve, written out, and the inequalities between them.

A *cluster* is a site and the rows that it serves, whole. Those that a better answer can use are listed by a
search in depth whose dynamic program says at every step what the rest can still give, so no step is in vain
(Baldacci, Hadjiconstantinou, Maniezzo and Mingozzi 2002, *A new method for solving capacitated location
problems based on a set partitioning approach*, Computers and Operations Research 29). The inequalities are
those of :mod:`optimise.subset_rows`.
"""

from __future__ import annotations

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.compiled import Int32Array, compiled

#: Steps of the search for each place in the lists: rooms that are counted on a grid may lead nowhere.
_STEPS_EACH = 20


@compiled
def _completions(gains: FloatArray, sizes: IntArray, room: int) -> FloatArray:
    """(n + 1, room + 1) the least that the rows from each place on add, in so many cells of room."""
    told = np.zeros((len(gains) + 1, room + 1))
    for place in range(len(gains) - 1, -1, -1):
        gain, size = gains[place], sizes[place]
        for left in range(room + 1):
            told[place, left] = told[place + 1, left]
            if left >= size:
                told[place, left] = min(told[place, left], gain + told[place + 1, left - size])
    return told


@compiled
def _able(
    costs: FloatArray,
    demand: FloatArray,
    space: float,
    sizes: IntArray,
    room: int,
    multipliers: FloatArray,
    most: float,
) -> tuple[IntArray, FloatArray]:
    """Rows that can be in a cluster, those that cost most first, and what they add to its value."""
    able = np.empty(len(costs), dtype=np.int64)
    count = 0
    for row in range(len(costs)):
        fits = costs[row] < np.inf and demand[row] <= space and sizes[row] <= room
        if fits and costs[row] - multipliers[row] <= most:
            able[count] = row
            count += 1
    gains = np.empty(count)
    for place in range(count):
        gains[place] = costs[able[place]] - multipliers[able[place]]
    order = np.argsort(-gains)
    return able[:count][order], gains[order]


@compiled
def list_clusters(
    costs: FloatArray,
    demand: FloatArray,
    space: float,
    sizes: IntArray,
    room: int,
    multipliers: FloatArray,
    least: float,
    limit: float,
    most: int,
    lengths: Int32Array,
    rows: Int32Array,
    write: bool,
) -> tuple[int, int]:
    """The clusters of one site whose costs less the multipliers are ``limit`` at most; the empty one is not.

    Args:
        costs: (n_rows,) of this site; inf where it cannot serve.
        demand: (n_rows,) room that each row takes.
        space: room of the site.
        sizes: (n_rows,) demand in cells, rounded down.
        room: cells of room, rounded down.
        multipliers: (n_rows,) what serving each row is worth.
        least: what the best cluster costs, less the multipliers; 0 for the empty one.
        limit: see above.
        most: places in ``rows``; the search ends where more are needed.
        lengths: filled with the number of rows of each cluster.
        rows: filled with the rows of one cluster after the other.
        write: False only counts.

    Returns:
        How many clusters, and how many places; -1 and -1 where they are too many.
    """
    able, gains = _able(costs, demand, space, sizes, room, multipliers, limit - least)
    count = len(able)
    rest = _completions(gains, sizes[able], room)
    if rest[0, room] > limit:
        return 0, 0
    value, left, load = np.zeros(count + 1), np.zeros(count + 1, dtype=np.int64), np.zeros(count + 1)
    left[0] = room
    tried, taken = np.zeros(count + 1, dtype=np.int64), np.empty(count + 1, dtype=np.int64)
    found, places, held, place, steps = 0, 0, 0, 0, 0
    while place >= 0:
        steps += 1
        if steps > _STEPS_EACH * (most + count) or (place == count and places + held > most):
            return -1, -1
        if place == count:
            if write and held > 0:
                lengths[found] = held
                rows[places : places + held] = able[taken[:held]]
            found += held > 0
            places += held
            place -= 1
            continue
        row = able[place]
        tried[place] += 1
        if tried[place] == 1:
            size = sizes[row]
            if (
                left[place] >= size
                and load[place] + demand[row] <= space
                and value[place] + gains[place] + rest[place + 1, left[place] - size] <= limit
            ):
                taken[held] = place
                held += 1
                value[place + 1] = value[place] + gains[place]
                left[place + 1] = left[place] - size
                load[place + 1] = load[place] + demand[row]
                place += 1
                tried[place] = 0
                continue
            tried[place] += 1
        if tried[place] == 2:
            if held > 0 and taken[held - 1] == place:
                held -= 1
            if value[place] + rest[place + 1, left[place]] <= limit:
                value[place + 1], left[place + 1] = value[place], left[place]
                load[place + 1] = load[place]
                place += 1
                tried[place] = 0
                continue
        place -= 1
    return found, places


@compiled
def cluster_costs(
    starts: IntArray, rows: Int32Array, sites: Int32Array, costs: FloatArray, told: FloatArray
) -> None:
    """Fill ``told`` with the cost of each cluster, ``costs`` being (n_sites, n_rows)."""
    for cluster in range(len(sites)):
        told[cluster] = 0.0
        for at in range(starts[cluster], starts[cluster + 1]):
            told[cluster] += costs[sites[cluster], rows[at]]


@compiled
def reduced_costs(
    starts: IntArray,
    rows: Int32Array,
    sites: Int32Array,
    costs: FloatArray,
    row_prices: FloatArray,
    site_prices: FloatArray,
    cut_starts: IntArray,
    cuts: IntArray,
    cut_prices: FloatArray,
    told: FloatArray,
) -> None:
    """Fill ``told`` with reduced costs; ``cuts[cut_starts[row]:...]`` are the cuts that hold a row."""
    times = np.zeros(len(cut_prices), dtype=np.int64)
    for cluster in range(len(sites)):
        value = costs[cluster] - site_prices[sites[cluster]]
        for at in range(starts[cluster], starts[cluster + 1]):
            row = rows[at]
            value -= row_prices[row]
            for place in range(cut_starts[row], cut_starts[row + 1]):
                times[cuts[place]] += 1
                if times[cuts[place]] == 2:
                    value -= cut_prices[cuts[place]]
        for at in range(starts[cluster], starts[cluster + 1]):
            row = rows[at]
            for place in range(cut_starts[row], cut_starts[row + 1]):
                times[cuts[place]] = 0
        told[cluster] = value


@compiled
def cut_entries(
    starts: IntArray, rows: Int32Array, cut_starts: IntArray, cuts: IntArray, n_cuts: int, held: BoolArray
) -> None:
    """Fill ``held``, (n_clusters, n_cuts): which clusters hold two rows or more of which three."""
    times = np.zeros(n_cuts, dtype=np.int64)
    for cluster in range(len(starts) - 1):
        times[:] = 0
        for at in range(starts[cluster], starts[cluster + 1]):
            for place in range(cut_starts[rows[at]], cut_starts[rows[at] + 1]):
                times[cuts[place]] += 1
        for cut in range(n_cuts):
            held[cluster, cut] = times[cut] >= 2
