"""Batches of sixteen searches: up from each start, then one sweep down over the rows that are wanted.

The downward sweep settles every wanted row from the rows above it (*PHAST*; Delling, Goldberg, Nowatzyk and
Werneck, 2011, "PHAST: Hardware-accelerated shortest path trees", IPDPS), sixteen searches at a time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from networks.arrays import BoolArray, FloatArray, Int32Array, IntArray

from .climb import Scratch, climb, new_scratch
from .compiled import compiled
from .customisation import Arcs
from .lanes import LANES, relax_row
from .restriction import Restriction


class Starts(NamedTuple):
    """Where searches begin, and the graph of their way up.

    Attributes:
        rank: (n,) ranks to search from; similar ranks together climb through the same memory.
        place: (n,) position of each start in the output.
        upward: search graph of the way up.
        parent: (n_nodes,) elimination tree.
        limit_s: times above it are not looked for.
    """

    rank: Int32Array
    place: IntArray
    upward: Arcs
    parent: Int32Array
    limit_s: float


class Ends(NamedTuple):
    """Where results go: ``flat[end * end_stride + place * start_stride]``.

    Attributes:
        row: (n_ends,) row of each end in the restriction.
        flat: the output, in one dimension.
        end_stride: distance between the results of neighbouring ends.
        start_stride: distance between the results of neighbouring starts.
    """

    row: Int32Array
    flat: FloatArray
    end_stride: int
    start_stride: int


class Seeds(NamedTuple):
    """Which rows hold times before a sweep.

    Attributes:
        marked: (n_rows,) does the row hold any?
        rows: (n_rows,) the rows that do, in no order.
    """

    marked: BoolArray
    rows: Int32Array


@compiled
def run_batches(first_batch: int, step: int, starts: Starts, part: Restriction, ends: Ends) -> None:
    """Every ``step``-th batch from ``first_batch`` on: one thread's share of the searches."""
    n_rows = len(part.rank)
    times = np.empty((n_rows, LANES), np.float64)
    seeds = Seeds(np.zeros(n_rows, np.bool_), np.empty(n_rows, np.int32))
    scratch = new_scratch(len(starts.parent))
    for first in range(first_batch * LANES, len(starts.rank), step * LANES):
        n_lanes = min(LANES, len(starts.rank) - first)
        n_seeds = 0
        for lane in range(n_lanes):
            n_above = climb(starts.rank[first + lane], starts.upward, starts.parent, starts.limit_s, scratch)
            n_seeds = plant(scratch, n_above, lane, part.row, times, seeds, n_seeds)
        sweep(part.arcs, times, seeds.marked)
        for position in range(n_seeds):
            seeds.marked[seeds.rows[position]] = False
        for lane in range(n_lanes):
            write_lane(times, lane, ends, starts.place[first + lane], starts.limit_s)


@compiled
def plant(
    scratch: Scratch, n_above: int, lane: int, row: Int32Array, times: FloatArray, seeds: Seeds, n_seeds: int
) -> int:
    """Put the times of a climb into the rows that will be swept; how many rows hold times by then."""
    for position in range(n_above):
        here = row[scratch.above[position]]
        if here < 0:
            continue
        if not seeds.marked[here]:
            seeds.marked[here] = True
            seeds.rows[n_seeds] = here
            n_seeds += 1
            for other in range(LANES):
                times[here, other] = np.inf
        times[here, lane] = scratch.seconds[position]
    return n_seeds


@compiled
def sweep(arcs: Arcs, times: FloatArray, marked: BoolArray) -> None:
    """Settle every row from the rows above it; rows that are not marked need not hold anything before."""
    for row in range(len(arcs.start) - 2, -1, -1):
        seeded = 1 if marked[row] else 0
        relax_row(times, row, seeded, arcs.head, arcs.seconds, arcs.start[row], arcs.start[row + 1])


@compiled
def write_lane(times: FloatArray, lane: int, ends: Ends, place: int, limit_s: float) -> None:
    """One search's results to the output."""
    for end in range(len(ends.row)):
        seconds = times[ends.row[end], lane]
        at = end * ends.end_stride + place * ends.start_stride
        ends.flat[at] = seconds if seconds <= limit_s else np.inf
