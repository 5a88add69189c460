"""Dijkstra's algorithm over the edges of a network as they lie in its file, compiled: for a search or a few.

SciPy searches a graph that is made of all edges first, and the hierarchy wants all its arcs customised; one
journey through a country needs neither. What no search comes to is not even read from the file. Times are the
same sums as SciPy's, to the last bit: those of the fastest way, added up from its start.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from networks.arrays import BoolArray, FloatArray, Int32Array, IntArray
from networks.heaps import popped, pushed
from networks.hierarchy.compiled import compiled, prepare
from networks.kept import once_a_network
from networks.network import TravelNetwork


class Edges(NamedTuple):
    """Edges in rows of nodes, with their times, as a search follows them.

    Attributes:
        start: (n_nodes + 1,) edges of a node's row.
        edge: (n_edges,) the edges row by row; empty where they lie in the order of their numbers.
        end: (n_edges,) by number, the node to which an edge leads the search.
        moving_s: (n_edges,) by number, seconds in motion; ``inf`` = closed.
        wait_s: (n_edges,) by number, seconds waited before.
    """

    start: IntArray
    edge: Int32Array
    end: Int32Array
    moving_s: FloatArray
    wait_s: FloatArray


def between_nodes(
    network: TravelNetwork, sources: IntArray, targets: IntArray, *, limit_s: float = np.inf
) -> FloatArray:
    """(n, m) seconds between nodes, searched from the side with fewer of them; ``inf`` = unreachable.

    Args:
        network: the network.
        sources: (n,) node positions.
        targets: (m,) node positions.
        limit_s: nodes further away are left at ``inf``.
    """
    prepare()
    if len(targets) < len(sources):
        return each_to_each(_edges(network, outward=False), _nodes(targets), _nodes(sources), limit_s).T
    return each_to_each(_edges(network, outward=True), _nodes(sources), _nodes(targets), limit_s)


def within(network: TravelNetwork, starts: IntArray, *, outward: bool, limit_s: float) -> BoolArray:
    """(n_nodes,) nodes within a limit from the nearest of some nodes, or to it where not ``outward``."""
    prepare()
    return from_nearest(_edges(network, outward=outward), _nodes(starts), limit_s)


def _nodes(nodes: IntArray) -> IntArray:
    return np.array(nodes, dtype=np.int64)


def _edges(network: TravelNetwork, *, outward: bool) -> Edges:
    """The edges by the node that they leave, or against the traffic by the one that they lead to."""
    topology = network.topology
    if outward:
        start, edge, end = topology.indptr, _ONE_BY_ONE, topology.heads
    else:
        start, edge = _by_head(network)
        end = topology.tails
    arrays = (start, np.int64), (edge, np.int32), (end, np.int32)
    times = (network.moving_s, np.float64), (network.wait_s, np.float64)
    return Edges(*(_as_compiled(array, kind) for array, kind in (*arrays, *times)))


def _as_compiled(array: NDArray[Any], kind: type[np.generic]) -> NDArray[Any]:
    """An array without a copy where it is of its kind, and read-only, or Numba would compile anew."""
    view = np.require(array, kind, ["C", "A"]).view()
    view.flags.writeable = False
    return view


@once_a_network
def _by_head(network: TravelNetwork) -> tuple[IntArray, Int32Array]:
    """Rows of the edges that lead to each node."""
    return rows_by_head(network.n_nodes, _as_compiled(network.topology.heads, np.int32))


_ONE_BY_ONE = np.zeros(0, dtype=np.int32)


@compiled
def rows_by_head(n_nodes: int, heads: Int32Array) -> tuple[IntArray, Int32Array]:
    """(n_nodes + 1,) row starts and (n_edges,) edges that lead to each node, ascending."""
    start = np.zeros(n_nodes + 1, np.int64)
    for head in heads:
        start[head + 1] += 1
    for node in range(n_nodes):
        start[node + 1] += start[node]
    cursor = start[:-1].copy()
    edge = np.empty(len(heads), np.int32)
    for number in range(len(heads)):
        edge[cursor[heads[number]]] = number
        cursor[heads[number]] += 1
    return start, edge


@compiled
def each_to_each(edges: Edges, sources: IntArray, targets: IntArray, limit_s: float) -> FloatArray:
    """(n, m) seconds from each source to each target; a search ends when it has met all targets."""
    n_nodes = len(edges.start) - 1
    found = np.full((len(sources), len(targets)), np.inf)
    seconds = np.full(n_nodes, np.inf)
    wanted = np.zeros(n_nodes, np.bool_)
    n_wanted = 0
    for target in targets:
        n_wanted += not wanted[target]
        wanted[target] = True
    for row in range(len(sources)):
        met = spread(edges, sources[row : row + 1], limit_s, seconds, wanted, n_wanted)
        for column in range(len(targets)):
            found[row, column] = seconds[targets[column]]
        for node in met:
            seconds[node] = np.inf
    return found


@compiled
def from_nearest(edges: Edges, starts: IntArray, limit_s: float) -> BoolArray:
    """(n_nodes,) which nodes lie within the limit from the nearest of the starts."""
    n_nodes = len(edges.start) - 1
    seconds, near = np.full(n_nodes, np.inf), np.zeros(n_nodes, np.bool_)
    for node in spread(edges, starts, limit_s, seconds, near, -1):
        near[node] = True
    return near


@compiled
def spread(
    edges: Edges, starts: IntArray, limit_s: float, seconds: FloatArray, wanted: BoolArray, n_wanted: int
) -> Int32Array:
    """Put times from the nearest start into ``seconds``; the nodes that have one now.

    Args:
        edges: what is searched.
        starts: (k,) nodes to begin at.
        limit_s: nodes further away get no time.
        seconds: (n_nodes,) ``inf`` before; times of wanted nodes are final, all if no number ends the search.
        wanted: (n_nodes,) nodes that are looked for.
        n_wanted: the search ends when so many of them are final; below 0 = it does not.
    """
    met, n_met = np.empty(1024, np.int32), 0
    keys, nodes, n_waiting = np.empty(1024, np.float64), np.empty(1024, np.int32), 0
    for start in starts:
        if seconds[start] == np.inf:
            seconds[start] = 0.0
            met, n_met = appended(met, n_met, start)
            keys, nodes, n_waiting = pushed(keys, nodes, n_waiting, 0.0, start)
    while n_waiting:
        key, node = keys[0], nodes[0]
        n_waiting = popped(keys, nodes, n_waiting)
        if key > seconds[node]:
            continue  # a faster way was found after this one began to wait
        if n_wanted >= 0 and wanted[node]:
            n_wanted -= 1
            if n_wanted == 0:
                break
        for at in range(edges.start[node], edges.start[node + 1]):
            edge = edges.edge[at] if len(edges.edge) else at
            through = key + (edges.moving_s[edge] + edges.wait_s[edge])
            other = edges.end[edge]
            if through < seconds[other] and through <= limit_s:
                if seconds[other] == np.inf:
                    met, n_met = appended(met, n_met, other)
                seconds[other] = through
                keys, nodes, n_waiting = pushed(keys, nodes, n_waiting, through, other)
    return met[:n_met]


@compiled
def appended(items: Int32Array, count: int, item: int) -> tuple[Int32Array, int]:
    """The (possibly longer) array with one more item, and how many there are."""
    if count == len(items):
        longer = np.empty(2 * count, np.int32)
        longer[:count] = items
        items = longer
    items[count] = item
    return items, count + 1
