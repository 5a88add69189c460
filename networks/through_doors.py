"""Minutes of pairs of points from those of the nodes at their doors, compiled: one pass, no copies."""

from __future__ import annotations

import numpy as np

from networks.arrays import FloatArray, IntArray
from networks.hierarchy.compiled import compiled


@compiled
def least_through(
    between: FloatArray,
    source_of: IntArray,
    out_s: FloatArray,
    target_of: IntArray,
    in_s: FloatArray,
    seconds: FloatArray,
) -> None:
    """Lower (n, m) ``seconds`` to the least over the doors of both points.

    Args:
        between: (n_sources, n_targets) seconds between nodes; inf = unreachable.
        source_of: (n, k) row of ``between`` for each door of the origins.
        out_s: (n, k) seconds from an origin to the node of each door; inf = no such door.
        target_of: (m, l) column of ``between`` for each door of the destinations.
        in_s: (m, l) seconds from the node of each door to a destination; inf = no such door.
        seconds: (n, m) what is lowered.
    """
    for row in range(seconds.shape[0]):
        for door in range(source_of.shape[1]):
            leaving = out_s[row, door]
            if leaving == np.inf:
                continue
            source = source_of[row, door]
            for column in range(seconds.shape[1]):
                for entry in range(target_of.shape[1]):
                    # In this order, so that the sums are those of whole arrays to the last bit.
                    through = between[source, target_of[column, entry]] + leaving + in_s[column, entry]
                    seconds[row, column] = min(seconds[row, column], through)


@compiled
def fastest_through(
    between: FloatArray,
    part: FloatArray,
    source_of: IntArray,
    out_s: FloatArray,
    out_part: FloatArray,
    target_of: IntArray,
    in_s: FloatArray,
    in_part: FloatArray,
    seconds: FloatArray,
    found: FloatArray,
) -> None:
    """As :func:`least_through`, with a part of the fastest way (the first of equals), such as its metres.

    Args:
        between: (n_sources, n_targets) seconds between nodes; inf = unreachable.
        part: (n_sources, n_targets) the part between nodes.
        source_of: (n, k) row of ``between`` for each door of the origins.
        out_s: (n, k) seconds from an origin to the node of each door; inf = no such door.
        out_part: (n, k) the part of them.
        target_of: (m, l) column of ``between`` for each door of the destinations.
        in_s: (m, l) seconds from the node of each door to a destination; inf = no such door.
        in_part: (m, l) the part of them.
        seconds: (n, m) what is lowered.
        found: (n, m) the part, filled where seconds are lowered.
    """
    for row in range(seconds.shape[0]):
        for door in range(source_of.shape[1]):
            leaving = out_s[row, door]
            if leaving == np.inf:
                continue
            source = source_of[row, door]
            for entry in range(target_of.shape[1]):
                for column in range(seconds.shape[1]):
                    target = target_of[column, entry]
                    through = leaving + between[source, target] + in_s[column, entry]
                    if through < seconds[row, column]:
                        seconds[row, column] = through
                        found[row, column] = (
                            part[source, target] + out_part[row, door] + in_part[column, entry]
                        )
