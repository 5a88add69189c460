"""The way up: travel times from a node to the nodes above it.

No queue is needed. What a search can reach upwards are ancestors of its start in the elimination tree, and
the walk from child to parent meets them in the order in which they become final (Bauer, Columbus, Rutter
and Wagner, 2016, "Search-space size in contraction hierarchies", Theoretical Computer Science 645).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from networks.arrays import FloatArray, Int32Array

from .compiled import compiled
from .customisation import Arcs

UNTRACKED = -1


class Scratch(NamedTuple):
    """What one climb leaves behind; allocated once per thread and used again.

    Attributes:
        reached: (n,) ``inf`` everywhere before and after a climb.
        above: (n,) ranks reached, ascending.
        seconds: (n,) their times.
        before: (n,) by rank, the rank the fastest way comes from; only after :func:`climb_tracked`.
    """

    reached: FloatArray
    above: Int32Array
    seconds: FloatArray
    before: Int32Array


@compiled
def new_scratch(n_nodes: int) -> Scratch:
    """Room for climbs in a hierarchy of ``n_nodes``."""
    return Scratch(
        np.full(n_nodes, np.inf),
        np.empty(n_nodes, np.int32),
        np.empty(n_nodes, np.float64),
        np.empty(n_nodes, np.int32),
    )


@compiled
def climb(start: int, upward: Arcs, parent: Int32Array, limit_s: float, scratch: Scratch) -> int:
    """Search upwards from ``start``; how many ranks were reached within the limit."""
    reached = scratch.reached
    reached[start] = 0.0
    n_above = 0
    node = start
    while node >= 0:
        seconds = reached[node]
        reached[node] = np.inf
        if seconds <= limit_s and seconds < np.inf:
            scratch.above[n_above] = node
            scratch.seconds[n_above] = seconds
            n_above += 1
            for arc in range(upward.start[node], upward.start[node + 1]):
                head = upward.head[arc]
                reached[head] = min(reached[head], seconds + upward.seconds[arc])
        node = parent[node]
    return n_above


@compiled
def climb_tracked(start: int, upward: Arcs, parent: Int32Array, limit_s: float, scratch: Scratch) -> int:
    """As :func:`climb`, and ``scratch.before`` tells the way; ``UNTRACKED`` at the start."""
    reached = scratch.reached
    reached[start] = 0.0
    scratch.before[start] = UNTRACKED
    n_above = 0
    node = start
    while node >= 0:
        seconds = reached[node]
        reached[node] = np.inf
        if seconds <= limit_s and seconds < np.inf:
            scratch.above[n_above] = node
            scratch.seconds[n_above] = seconds
            n_above += 1
            for arc in range(upward.start[node], upward.start[node + 1]):
                head = upward.head[arc]
                if seconds + upward.seconds[arc] < reached[head]:
                    reached[head] = seconds + upward.seconds[arc]
                    scratch.before[head] = node
        node = parent[node]
    return n_above
