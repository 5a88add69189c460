"""What the minutes are made of: sums of several quantities along the fastest paths, without a second search.

Every arc carries, beside its time, the sums of the quantities along the edges it stands for; a search then
adds them up along the way it finds, as it does with the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from networks.arrays import BoolArray, FloatArray, Int32Array, IntArray
from networks.sentences import Sentence

from ..errors import Fault, NetworkDataError
from .climb import UNTRACKED, Scratch, climb_tracked, new_scratch
from .compiled import compiled
from .customisation import DOWN, UP, Arcs, Metric
from .graph import AnyArray
from .lanes import LANES
from .matrix import asked
from .order import find_arc
from .restriction import Restriction
from .sweep import Ends, Seeds, Starts, plant, write_lane
from .threads import share_batches


@dataclass(frozen=True, eq=False)
class Legs:
    """Travel times and what is summed along the way.

    Attributes:
        seconds: (n_sources, n_targets), ``inf`` = no way.
        sums: (n_sources, n_targets) of each quantity by name, NaN where there is no way.
    """

    seconds: FloatArray
    sums: dict[str, FloatArray]


class Carried(NamedTuple):
    """The chordal graph with the sums that its arcs carry.

    Attributes:
        up_start: (n_nodes + 1,) row starts.
        up_head: (n_arcs,) upper ends.
        sums: (n_arcs, 2, n_quantities) upwards and downwards.
        climbing: the direction in which a climb passes arcs.
    """

    up_start: IntArray
    up_head: Int32Array
    sums: FloatArray
    climbing: int


@dataclass(frozen=True, eq=False)
class ArcSums:
    """What the arcs of a hierarchy carry, for any number of searches.

    Attributes:
        metric: the hierarchy.
        names: names of the quantities.
        sums: (n_arcs, 2, n_quantities) along the edges that each arc stands for, upwards and downwards.
    """

    metric: Metric
    names: tuple[str, ...]
    sums: FloatArray


def arc_sums(metric: Metric, quantities: Mapping[str, AnyArray]) -> ArcSums:
    """Sum quantities over the arcs of a hierarchy.

    Args:
        metric: a customised order.
        quantities: (n_edges,) of each quantity by name: seconds waited, metres, ferries taken.

    Raises:
        NetworkDataError: a quantity that is not one finite number for each edge.
    """
    order, values = metric.order, _checked_quantities(metric, quantities)
    sums = sum_over_arcs(order.up_start, order.up_head, *order.down, metric.origin, values)
    return ArcSums(metric, tuple(quantities), sums)


def legs(
    metric: Metric,
    sources: AnyArray,
    targets: AnyArray,
    quantities: Mapping[str, AnyArray],
    *,
    limit_s: float | None = None,
    threads: int | None = None,
) -> Legs:
    """:func:`summed_legs` of quantities that are asked for once.

    Raises:
        NetworkDataError: as :func:`arc_sums` and :func:`summed_legs`.
    """
    return summed_legs(arc_sums(metric, quantities), sources, targets, limit_s=limit_s, threads=threads)


def summed_legs(
    carried: ArcSums,
    sources: AnyArray,
    targets: AnyArray,
    *,
    limit_s: float | None = None,
    from_sources: bool | None = None,
    threads: int | None = None,
) -> Legs:
    """Travel times from every source to every target, and sums along the fastest paths.

    Where several paths are equally fast, the sums are those of one of them.

    Args:
        carried: a hierarchy with the quantities that are summed.
        sources: (n_sources,) nodes.
        targets: (n_targets,) nodes.
        limit_s: times above it are not looked for and come out as ``inf``.
        from_sources: which side searches begin at; None = the smaller one.
        threads: as in :func:`networks.hierarchy.many_to_many`.

    Raises:
        NetworkDataError: a node that is not there, or a limit that is no number of at least 0.
    """
    question = asked(carried.metric, sources, targets, limit_s, from_sources=from_sources)
    order, names = carried.metric.order, carried.names
    climbing = UP if question.forward else DOWN
    on_graph = Carried(order.up_start, order.up_head, carried.sums, climbing)
    seconds = np.empty((len(sources), len(targets)), dtype=np.float64)
    found = np.empty((len(names), seconds.size), dtype=np.float64)
    if seconds.size:
        ends = Ends(question.end_rows, seconds.reshape(-1), *question.strides)
        on_arcs = sums_of_part(question.part, on_graph)
        arguments = (question.starts, question.part, ends, on_graph, on_arcs, found)
        share_batches(run_leg_batches, len(question.starts.rank), threads, *arguments)
    by_name = zip(names, found, strict=True)
    return Legs(seconds, {name: each.reshape(seconds.shape) for name, each in by_name})


def _checked_quantities(metric: Metric, quantities: Mapping[str, AnyArray]) -> FloatArray:
    """(n_edges, n_quantities); self loops and closed edges may hold anything, for no path uses them."""
    values = np.zeros((metric.order.n_edges, len(quantities)), dtype=np.float64)
    used = np.isfinite(metric.edge_seconds) & (metric.order.edge_slot >= 0)
    faults = []
    for column, (name, given) in enumerate(quantities.items()):
        if np.shape(given) != (metric.order.n_edges,):
            faults.append(
                Fault(
                    Sentence(
                        "net.fault.edge_shape",
                        "shape {shape} for {n_edges} edges",
                        shape=str(np.shape(given)),
                        n_edges=metric.order.n_edges,
                    ),
                    where=name,
                )
            )
            continue
        values[:, column] = given
        bad = np.flatnonzero(used & ~np.isfinite(values[:, column]))
        faults += [
            Fault(
                "is no finite number",
                where=name,
                row=Sentence("net.word.edge", "edge {edge}", edge=edge),
                value=str(values[edge, column]),
            )
            for edge in bad[:20]
        ]
    if faults:
        raise NetworkDataError(faults)
    return values


@compiled
def sum_over_arcs(
    up_start: IntArray,
    up_head: Int32Array,
    down_start: IntArray,
    down_tail: Int32Array,
    down_arc: Int32Array,
    origin: IntArray,
    values: FloatArray,
) -> FloatArray:
    """(n_arcs, 2, n_quantities) sums along the edges that each arc stands for, 0 for a closed arc."""
    n_quantities = values.shape[1]
    sums = np.zeros((len(up_head), 2, n_quantities))
    for arc in range(len(up_head)):
        for direction in range(2):
            if origin[arc, direction] >= 0:
                for quantity in range(n_quantities):
                    sums[arc, direction, quantity] = values[origin[arc, direction], quantity]
    arc_to = np.empty(len(up_start) - 1, np.int32)
    for middle in range(len(up_start) - 1):
        for arc in range(up_start[middle], up_start[middle + 1]):
            arc_to[up_head[arc]] = arc
        for position in range(down_start[middle], down_start[middle + 1]):
            first = down_arc[position]
            for second in range(first + 1, up_start[down_tail[position] + 1]):
                third = arc_to[up_head[second]]
                for direction in range(2):
                    if origin[third, direction] == -2 - first:
                        for quantity in range(n_quantities):
                            sums[third, direction, quantity] = (
                                sums[first, 1 - direction, quantity] + sums[second, direction, quantity]
                            )
    return sums


@compiled
def sums_of_part(part: Restriction, carried: Carried) -> FloatArray:
    """(n_part_arcs, n_quantities) sums along the arcs that a sweep passes, against the climb's direction."""
    found = np.empty((len(part.arcs.head), carried.sums.shape[2]), np.float64)
    for row in range(len(part.rank)):
        for arc in range(part.arcs.start[row], part.arcs.start[row + 1]):
            upper = part.rank[part.arcs.head[arc]]
            whole = find_arc(carried.up_start, carried.up_head, part.rank[row], upper)
            for quantity in range(found.shape[1]):
                found[arc, quantity] = carried.sums[whole, 1 - carried.climbing, quantity]
    return found


@compiled
def run_leg_batches(
    first_batch: int,
    step: int,
    starts: Starts,
    part: Restriction,
    ends: Ends,
    carried: Carried,
    on_arcs: FloatArray,
    found: FloatArray,
) -> None:
    """One thread's share of the searches, as :func:`networks.hierarchy.sweep.run_batches`, with sums.

    ``found`` is (n_quantities, n_sources * n_targets).
    """
    n_rows = len(part.rank)
    times = np.empty((n_rows, LANES), np.float64)
    seeds = Seeds(np.zeros(n_rows, np.bool_), np.empty(n_rows, np.int32))
    sums = np.empty((n_rows, LANES, on_arcs.shape[1]), np.float64)
    scratch = new_scratch(len(starts.parent))
    on_way = np.empty((len(starts.parent), on_arcs.shape[1]), np.float64)
    for first in range(first_batch * LANES, len(starts.rank), step * LANES):
        n_lanes = min(LANES, len(starts.rank) - first)
        n_seeds = 0
        for lane in range(n_lanes):
            start = starts.rank[first + lane]
            n_above = climb_tracked(start, starts.upward, starts.parent, starts.limit_s, scratch)
            n_seeds = plant(scratch, n_above, lane, part.row, times, seeds, n_seeds)
            plant_sums(scratch, n_above, lane, part.row, carried, on_way, sums)
        sweep_with_sums(part.arcs, times, seeds.marked, on_arcs, sums)
        for position in range(n_seeds):
            seeds.marked[seeds.rows[position]] = False
        for lane in range(n_lanes):
            place = starts.place[first + lane]
            write_lane(times, lane, ends, place, starts.limit_s)
            write_sums(sums, lane, ends, place, found)


@compiled
def plant_sums(
    scratch: Scratch,
    n_above: int,
    lane: int,
    row: Int32Array,
    carried: Carried,
    on_way: FloatArray,
    sums: FloatArray,
) -> None:
    """Sums along a climb, put into the rows that will be swept."""
    for position in range(n_above):
        node = scratch.above[position]
        before = scratch.before[node]
        arc = find_arc(carried.up_start, carried.up_head, before, node) if before != UNTRACKED else -1
        for quantity in range(on_way.shape[1]):
            on_way[node, quantity] = 0.0
            if arc >= 0:
                passed = carried.sums[arc, carried.climbing, quantity]
                on_way[node, quantity] = on_way[before, quantity] + passed
            if row[node] >= 0:
                sums[row[node], lane, quantity] = on_way[node, quantity]


@compiled
def sweep_with_sums(
    arcs: Arcs, times: FloatArray, marked: BoolArray, on_arcs: FloatArray, sums: FloatArray
) -> None:
    """Settle every row from the rows above it, and take the sums along from the row that was best."""
    best = np.empty(LANES, np.int64)
    for row in range(len(arcs.start) - 2, -1, -1):
        for lane in range(LANES):
            best[lane] = -1
            times[row, lane] = times[row, lane] if marked[row] else np.inf
        for arc in range(arcs.start[row], arcs.start[row + 1]):
            head = arcs.head[arc]
            for lane in range(LANES):
                through = times[head, lane] + arcs.seconds[arc]
                if through < times[row, lane]:
                    times[row, lane] = through
                    best[lane] = arc
        for lane in range(LANES):
            if best[lane] >= 0:
                for quantity in range(on_arcs.shape[1]):
                    above = sums[arcs.head[best[lane]], lane, quantity]
                    sums[row, lane, quantity] = above + on_arcs[best[lane], quantity]


@compiled
def write_sums(sums: FloatArray, lane: int, ends: Ends, place: int, found: FloatArray) -> None:
    """One search's sums to the output, after its times have been written there."""
    for end in range(len(ends.row)):
        at = end * ends.end_stride + place * ends.start_stride
        open_way = ends.flat[at] < np.inf
        for quantity in range(sums.shape[2]):
            found[quantity, at] = sums[ends.row[end], lane, quantity] if open_way else np.nan
