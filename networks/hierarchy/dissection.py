"""Nested dissection from coordinates: cut the map in two at its narrowest place, again and again.

*Inertial flow* (Schild and Sommer, 2015, "On balanced separators in road networks", SEA): the nodes are
projected on a line, the quarter at either end becomes source and sink, and a maximum flow between them
shows the narrowest cut in the middle half. Four lines are tried and the smallest cut counts. The nodes on
one side of the cut edges form the separator, which ranks above the two parts it separates (George, 1973,
"Nested dissection of a regular finite element mesh"). The flow is found with Dinic's algorithm (1970).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from networks.arrays import BoolArray, FloatArray, Int8Array, Int32Array, IntArray

from .compiled import compiled
from .reduction import twins

MIDDLE, SOURCE, SINK = 0, 1, 2
END_SHARE = 0.25
"""Share of the nodes at either end of the line that are fixed to one side."""
SMALLEST_PART = 4
"""Parts of so few nodes are not cut further."""
SEPARATOR = -1


class _Flow(NamedTuple):
    """The graph and what the search for a cut remembers of it, allocated once for all parts.

    Attributes:
        start: (n + 1,) row starts of the neighbour lists.
        other: (m,) neighbours.
        twin: (m,) the same edge in the neighbour's list.
        part: (n,) the part each node is in; ``SEPARATOR`` once it is in none.
        flow: (m,) flow over the edge, -1, 0 or 1.
        level: (n,) steps from the sources, -1 = not reached.
        cursor: (n,) next edge to try.
        side: (n,) ``MIDDLE``, ``SOURCE`` or ``SINK``.
        queue: (n,) nodes reached.
        path: (n,) edges of the path being tried.
    """

    start: IntArray
    other: Int32Array
    twin: IntArray
    part: Int32Array
    flow: Int8Array
    level: Int32Array
    cursor: IntArray
    side: Int8Array
    queue: Int32Array
    path: IntArray


@compiled
def dissect(start: IntArray, other: Int32Array, x: FloatArray, y: FloatArray) -> Int32Array:
    """Nodes in the order of a nested dissection: parts first, their separator last.

    Args:
        start: (n + 1,) row starts of the neighbour lists.
        other: neighbours, ascending in each list, symmetric.
        x: (n,) first coordinate; any plane will do, if near nodes are near in it.
        y: (n,) second coordinate.
    """
    n_nodes = len(start) - 1
    state = _Flow(
        start,
        other,
        twins(start, other),
        np.zeros(n_nodes, np.int32),
        np.zeros(len(other), np.int8),
        np.empty(n_nodes, np.int32),
        np.empty(n_nodes, np.int64),
        np.zeros(n_nodes, np.int8),
        np.empty(n_nodes, np.int32),
        np.empty(n_nodes, np.int64),
    )
    order = np.arange(n_nodes).astype(np.int32)
    source_side = np.empty(n_nodes, np.bool_)
    pending = np.empty((n_nodes + 1, 2), np.int64)
    pending[0, 0], pending[0, 1] = 0, n_nodes
    n_pending = 1
    n_parts = 1
    while n_pending > 0:
        n_pending -= 1
        first, last = pending[n_pending, 0], pending[n_pending, 1]
        if last - first <= SMALLEST_PART:
            continue
        nodes = order[first:last]
        _narrowest_cut(state, nodes, x, y, source_side)
        n_source, n_sink = _separate(state, nodes, source_side)
        for position in range(len(nodes)):
            new = n_parts if position < n_source else n_parts + 1
            state.part[nodes[position]] = new if position < n_source + n_sink else SEPARATOR
        n_parts += 2
        pending[n_pending, 0], pending[n_pending, 1] = first, first + n_source
        pending[n_pending + 1, 0] = first + n_source
        pending[n_pending + 1, 1] = first + n_source + n_sink
        n_pending += 2
    return order


@compiled
def _narrowest_cut(
    state: _Flow, nodes: Int32Array, x: FloatArray, y: FloatArray, source_side: BoolArray
) -> None:
    """``source_side[node]`` for the smallest cut found on four lines; the more balanced one of equals."""
    value = np.empty(len(nodes), np.float64)
    smallest = len(state.other) + 1
    best_balance = -1
    for line in range(4):
        across = 0.0 if line == 1 else 1.0
        upwards = 0.0 if line == 0 else (-1.0 if line == 3 else 1.0)
        for position in range(len(nodes)):
            value[position] = across * x[nodes[position]] + upwards * y[nodes[position]]
        _fix_ends(state.side, nodes, value)
        size = _max_flow(state, nodes, smallest)
        if size > smallest:
            continue
        n_source = 0
        for node in nodes:
            if state.level[node] >= 0:
                n_source += 1
        balance = min(n_source, len(nodes) - n_source)
        if size < smallest or balance > best_balance:
            smallest, best_balance = size, balance
            for node in nodes:
                source_side[node] = state.level[node] >= 0


@compiled
def _fix_ends(side: Int8Array, nodes: Int32Array, value: FloatArray) -> None:
    """The lowest quarter along the line becomes source, the highest sink; ties go by position."""
    n_end = max(1, int(len(nodes) * END_SHARE))
    ordered = np.sort(value)
    low, high = ordered[n_end - 1], ordered[len(nodes) - n_end]
    n_low = 0
    n_high = 0
    for position in range(len(nodes)):
        node = nodes[position]
        side[node] = MIDDLE
        if value[position] < low:
            side[node] = SOURCE
            n_low += 1
        elif value[position] > high:
            side[node] = SINK
            n_high += 1
    for position in range(len(nodes)):
        node = nodes[position]
        if side[node] == MIDDLE and value[position] == low and n_low < n_end:
            side[node] = SOURCE
            n_low += 1
        elif side[node] == MIDDLE and value[position] == high and n_high < n_end:
            side[node] = SINK
            n_high += 1


@compiled
def _max_flow(state: _Flow, nodes: Int32Array, limit: int) -> int:
    """Edges in a smallest cut between sources and sinks; stops once it must exceed ``limit``.

    Afterwards ``level[node] >= 0`` marks the source's side.
    """
    for node in nodes:
        for half in range(state.start[node], state.start[node + 1]):
            state.flow[half] = 0
    total = 0
    while total <= limit and _levels(state, nodes):
        for node in nodes:
            state.cursor[node] = state.start[node]
        for node in nodes:
            if state.side[node] == SOURCE:
                total += _augment(state, node)
    return total


@compiled
def _levels(state: _Flow, nodes: Int32Array) -> bool:
    """Breadth-first levels from the sources over edges with room; is a sink reached?"""
    start, other, level, queue = state.start, state.other, state.level, state.queue
    tail = 0
    for node in nodes:
        level[node] = -1
        if state.side[node] == SOURCE:
            level[node] = 0
            queue[tail] = node
            tail += 1
    here = state.part[nodes[0]]
    last_level = len(nodes)
    position = 0
    while position < tail and level[queue[position]] < last_level:
        node = queue[position]
        position += 1
        for half in range(start[node], start[node + 1]):
            neighbour = other[half]
            if level[neighbour] < 0 and state.part[neighbour] == here and state.flow[half] < 1:
                level[neighbour] = level[node] + 1
                queue[tail] = neighbour
                tail += 1
                if state.side[neighbour] == SINK:
                    last_level = level[neighbour]
    return last_level < len(nodes)


@compiled
def _augment(state: _Flow, source: int) -> int:
    """Flow that still leaves this source along shortest paths, one unit a path."""
    start, other, twin, flow, cursor = state.start, state.other, state.twin, state.flow, state.cursor
    here = state.part[source]
    pushed = 0
    steps = 0
    node = source
    while True:
        if state.side[node] == SINK:
            for step in range(steps):
                flow[state.path[step]] += 1
                flow[twin[state.path[step]]] -= 1
            pushed += 1
            steps = 0
            node = source
        while cursor[node] < start[node + 1]:
            half = cursor[node]
            neighbour = other[half]
            room = flow[half] < 1 and state.part[neighbour] == here
            if room and state.level[neighbour] == state.level[node] + 1:
                break
            cursor[node] += 1
        if cursor[node] < start[node + 1]:
            state.path[steps] = cursor[node]
            steps += 1
            node = other[cursor[node]]
        elif steps == 0:
            return pushed
        else:
            steps -= 1
            node = other[twin[state.path[steps]]]
            cursor[node] += 1


@compiled
def _separate(state: _Flow, nodes: Int32Array, source_side: BoolArray) -> tuple[int, int]:
    """Put ``nodes`` in the order source's part, sink's part, separator; sizes of the two parts."""
    here = state.part[nodes[0]]
    at_cut = np.zeros(len(nodes), np.bool_)
    n_cut = np.zeros(2, np.int64)
    n_side = np.zeros(2, np.int64)
    for position in range(len(nodes)):
        node = nodes[position]
        mine = 0 if source_side[node] else 1
        n_side[mine] += 1
        for half in range(state.start[node], state.start[node + 1]):
            neighbour = state.other[half]
            if state.part[neighbour] == here and source_side[neighbour] != source_side[node]:
                at_cut[position] = True
                n_cut[mine] += 1
                break
    cut_side = 0 if n_cut[0] < n_cut[1] else 1
    n_side[cut_side] -= n_cut[cut_side]
    offset = np.array([0, n_side[0], n_side[0] + n_side[1]])
    for position in range(len(nodes)):
        node = nodes[position]
        mine = 0 if source_side[node] else 1
        place = 2 if at_cut[position] and mine == cut_side else mine
        state.queue[offset[place]] = node
        offset[place] += 1
    nodes[:] = state.queue[: len(nodes)]
    return n_side[0], n_side[1]
