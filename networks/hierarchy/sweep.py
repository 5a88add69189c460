"""Batches of sixteen searches: up from each start, then one sweep down over the rows that are wanted.

The upward search needs no queue: the nodes it can reach are the ancestors of its start in the elimination
tree, already in order (Bauer, Columbus, Rutter and Wagner, 2016, "Search-space size in contraction
hierarchies"). The downward sweep settles every wanted row from rows above it (*PHAST*; Delling, Goldberg,
Nowatzyk and Werneck, 2011), sixteen searches at a time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .compiled import compiled
from .customisation import Arcs
from .graph import BoolArray, FloatArray, Int32Array, IntArray
from .lanes import LANES, relax_row
from .restriction import Restriction


class Target(NamedTuple):
    """Where the results of a run go: ``flat[i * end_stride + j * start_stride]``.

    Attributes:
        rows: (n_ends,) row of each end in the restriction.
        flat: the output, in one dimension.
        end_stride: distance between the results of neighbouring ends.
        start_stride: distance between the results of neighbouring starts.
    """

    rows: Int32Array
    flat: FloatArray
    end_stride: int
    start_stride: int


@compiled
def run_batches(
    first_batch: int,
    step: int,
    starts: Int32Array,
    places: IntArray,
    upward: Arcs,
    parent: Int32Array,
    part: Restriction,
    target: Target,
    limit_s: float,
) -> None:
    """Every ``step``-th batch from ``first_batch`` on: one thread's share.

    Args:
        first_batch: number of the first batch.
        step: number of threads.
        starts: (n,) ranks to search from, similar ranks together.
        places: (n,) column of the output that each start fills.
        upward: search graph of the way up.
        parent: (n_nodes,) elimination tree.
        part: rows to sweep.
        target: where the results go.
        limit_s: times above it become ``inf``.
    """
    n_rows = len(part.rank)
    times = np.empty((n_rows, LANES), np.float64)
    seeded = np.zeros(n_rows, np.bool_)
    seeds = np.empty(n_rows, np.int32)
    reached = np.full(len(parent), np.inf)
    for first in range(first_batch * LANES, len(starts), step * LANES):
        batch = starts[first : first + LANES]
        n_seeds = 0
        for lane in range(len(batch)):
            n_seeds = climb(
                batch[lane], lane, upward, parent, part.row, limit_s, reached, times, seeded, seeds, n_seeds
            )
        sweep(part.arcs, times, seeded)
        for position in range(n_seeds):
            seeded[seeds[position]] = False
        for lane in range(len(batch)):
            write_lane(times, lane, target, places[first + lane], limit_s)


@compiled
def climb(
    start: int,
    lane: int,
    upward: Arcs,
    parent: Int32Array,
    row: Int32Array,
    limit_s: float,
    reached: FloatArray,
    times: FloatArray,
    seeded: BoolArray,
    seeds: Int32Array,
    n_seeds: int,
) -> int:
    """Times from ``start`` to the nodes above it, left in the rows that will be swept.

    ``reached`` holds ``inf`` everywhere before and after. A row that gets its first time is listed in
    ``seeds``; returns how many are listed.
    """
    reached[start] = 0.0
    node = start
    while node >= 0:
        seconds = reached[node]
        reached[node] = np.inf
        if seconds <= limit_s and seconds < np.inf:
            for arc in range(upward.start[node], upward.start[node + 1]):
                head = upward.head[arc]
                reached[head] = min(reached[head], seconds + upward.seconds[arc])
            here = row[node]
            if here >= 0:
                if not seeded[here]:
                    seeded[here] = True
                    seeds[n_seeds] = here
                    n_seeds += 1
                    times[here, :] = np.inf
                times[here, lane] = seconds
        node = parent[node]
    return n_seeds


@compiled
def sweep(arcs: Arcs, times: FloatArray, seeded: BoolArray) -> None:
    """Settle every row from the rows above it; rows without a seed need not hold anything before."""
    for row in range(len(arcs.start) - 2, -1, -1):
        relax_row(
            times, row, 1 if seeded[row] else 0, arcs.head, arcs.seconds, arcs.start[row], arcs.start[row + 1]
        )


@compiled
def write_lane(times: FloatArray, lane: int, target: Target, place: int, limit_s: float) -> None:
    """One search's results to the output."""
    for end in range(len(target.rows)):
        seconds = times[target.rows[end], lane]
        at = end * target.end_stride + place * target.start_stride
        target.flat[at] = seconds if seconds <= limit_s else np.inf
