"""The nearest facilities of every node, and which ones they are, in a single sweep.

The search is the one of :mod:`networks.hierarchy.sweep` with a list of the ``k`` best facilities at each row
in place of sixteen times. That is exact: a facility among the best of a node is among the best of every
node on its fastest way there, unless as many others are at least as near.
"""

from __future__ import annotations

import numpy as np

from networks.arrays import FloatArray, Int32Array, IntArray
from networks.sentences import Sentence

from ..errors import Fault, NetworkDataError
from .climb import climb, new_scratch
from .compiled import compiled
from .customisation import Arcs, Metric
from .graph import AnyArray
from .matrix import checked_limit, ranks_of
from .restriction import restricted
from .sweep import Starts

NO_FACILITY = -1
LARGEST_GROUP = 2**31 - 1


def nearest(
    metric: Metric,
    nodes: AnyArray,
    facilities: AnyArray,
    *,
    k: int = 1,
    from_facilities: bool = False,
    extra_s: AnyArray | None = None,
    group: AnyArray | None = None,
    limit_s: float | None = None,
) -> tuple[FloatArray, Int32Array]:
    """Travel times between every node and its ``k`` nearest facilities.

    Args:
        metric: a customised order.
        nodes: (n,) nodes that ask.
        facilities: (m,) nodes with a facility.
        k: how many facilities to find.
        from_facilities: travel goes from the facility to the node (an ambulance) and not the other way.
        extra_s: (m,) seconds added at each facility, for instance the way from the node to its door.
        group: (m,) number of at least 0 of the facility that each entry belongs to, for facilities with
            several doors; only the best entry of a group counts. None = every entry is its own.
        limit_s: facilities further away are not looked for.

    Returns:
        (n, k) seconds, ascending, and (n, k) groups (positions in ``facilities`` without ``group``).
        Where fewer facilities can be reached: ``inf`` and -1. Of equally near ones the smaller number
        comes first.

    Raises:
        NetworkDataError: a node that is not there, ``k`` below 1, negative or missing extra seconds.
    """
    node_ranks, facility_ranks = ranks_of(metric, nodes, "nodes"), ranks_of(metric, facilities, "facilities")
    if k < 1:
        raise NetworkDataError([Fault("must be at least 1", where="k", value=str(k))])
    extra = checked_extra(extra_s, len(facility_ranks))
    labels = _checked_group(group, len(facility_ranks))
    upward, downward = (metric.rise, metric.fall) if from_facilities else (metric.fall, metric.rise)
    part = restricted(metric.order, downward, node_ranks)
    starts = Starts(facility_ranks, labels, upward, metric.order.parent, checked_limit(limit_s))
    if k == 1:
        one_s, one = settle_one(starts, extra, part.row, part.arcs)
        seconds, which = one_s[:, None], one[:, None]
    else:
        seconds, which = settle_lists(starts, extra, part.row, part.arcs, k)
    rows = node_ranks if part.arcs is downward else part.row[node_ranks]
    # NumPy's gather does not wait for one number before it asks memory for the next.
    return seconds.take(rows, axis=0), which.take(rows, axis=0)


def checked_extra(extra_s: AnyArray | None, n: int) -> FloatArray:
    """(n,) seconds added at each facility, none where nothing is said.

    Raises:
        NetworkDataError: there is not a number of at least 0 for each.
    """
    extra = np.zeros(n) if extra_s is None else np.array(extra_s, dtype=np.float64)
    if extra.shape != (n,) or not (extra >= 0).all():
        raise NetworkDataError(
            [
                Fault(
                    Sentence("net.fault.n_numbers", "needs {n} numbers of at least 0", n=n),
                    where="extra_s",
                    value=str(extra.shape),
                )
            ]
        )
    return extra


def _checked_group(group: AnyArray | None, n: int) -> IntArray:
    labels = np.arange(n) if group is None else np.asarray(group)
    whole = labels.dtype.kind in "iu" or not n
    if labels.shape != (n,) or not whole or not ((labels >= 0) & (labels <= LARGEST_GROUP)).all():
        message = Sentence(
            "net.fault.n_groups",
            "needs {n} whole numbers from 0 to {largest_group}",
            n=n,
            largest_group=LARGEST_GROUP,
        )
        raise NetworkDataError([Fault(message, where="group", value=str(labels.shape))])
    return labels.astype(np.int64)


@compiled
def settle_one(
    starts: Starts, extra_s: FloatArray, row: Int32Array, arcs: Arcs
) -> tuple[FloatArray, Int32Array]:
    """:func:`settle_lists` for the nearest facility alone: (n_rows,) seconds and facilities."""
    n_rows = len(arcs.start) - 1
    seconds = np.full(n_rows, np.inf)
    which = np.full(n_rows, NO_FACILITY, np.int32)
    scratch = new_scratch(len(starts.parent))
    for facility in range(len(starts.rank)):
        left_s = starts.limit_s - extra_s[facility]
        n_above = climb(starts.rank[facility], starts.upward, starts.parent, left_s, scratch)
        for position in range(n_above):
            here = row[scratch.above[position]]
            if here >= 0:
                time = scratch.seconds[position] + extra_s[facility]
                label = np.int32(starts.place[facility])
                if time < seconds[here] or (time == seconds[here] and label < which[here]):
                    seconds[here] = time
                    which[here] = label
    for here in range(n_rows - 1, -1, -1):
        best, label = seconds[here], which[here]
        for arc in range(arcs.start[here], arcs.start[here + 1]):
            time, there = seconds[arcs.head[arc]] + arcs.seconds[arc], which[arcs.head[arc]]
            # Without a jump: which of two arcs is better is as good as random to the processor.
            better = (time < best) | ((time == best) & (there < label))
            best = time if better else best
            label = there if better else label
        # Ways lead down and take time: what comes by a row beyond the limit is beyond it, too.
        within = best <= starts.limit_s
        seconds[here] = best if within else np.inf
        which[here] = label if within else NO_FACILITY
    return seconds, which


@compiled
def settle_lists(
    starts: Starts, extra_s: FloatArray, row: Int32Array, arcs: Arcs, k: int
) -> tuple[FloatArray, Int32Array]:
    """Up from every facility, then down over the rows: (n_rows, k) seconds and facilities within the limit.

    ``starts.place`` holds the number under which each facility is known.
    """
    n_rows = len(arcs.start) - 1
    seconds = np.full((n_rows, k), np.inf)
    which = np.full((n_rows, k), NO_FACILITY, np.int32)
    scratch = new_scratch(len(starts.parent))
    for facility in range(len(starts.rank)):
        left_s = starts.limit_s - extra_s[facility]
        n_above = climb(starts.rank[facility], starts.upward, starts.parent, left_s, scratch)
        for position in range(n_above):
            here = row[scratch.above[position]]
            if here >= 0:
                time = scratch.seconds[position] + extra_s[facility]
                offer(seconds[here], which[here], time, np.int32(starts.place[facility]))
    for here in range(n_rows - 1, -1, -1):
        for arc in range(arcs.start[here], arcs.start[here + 1]):
            head = arcs.head[arc]
            for place in range(k):
                time = seconds[head, place] + arcs.seconds[arc]
                if not time <= seconds[here, k - 1] or time == np.inf:
                    break
                offer(seconds[here], which[here], time, which[head, place])
        for place in range(k):
            if seconds[here, place] > starts.limit_s:
                seconds[here, place] = np.inf
                which[here, place] = NO_FACILITY
    return seconds, which


@compiled
def offer(seconds: FloatArray, which: Int32Array, time: float, facility: int | np.int32) -> None:
    """Put a facility into a list of the best, ascending by time and then number, each facility once."""
    last = len(seconds) - 1
    place = last
    for held in range(len(seconds)):
        if which[held] == facility:
            if seconds[held] <= time:
                return
            place = held
    if time > seconds[place] or (time == seconds[place] and facility > which[place] >= 0):
        return
    while place > 0 and (
        time < seconds[place - 1] or (time == seconds[place - 1] and facility < which[place - 1])
    ):
        seconds[place] = seconds[place - 1]
        which[place] = which[place - 1]
        place -= 1
    seconds[place] = time
    which[place] = facility
