"""The order in which nodes are taken out: bends and dead ends first, then a nested dissection of the rest.

The order decides how large the chordal graph becomes, and with it the cost of everything else. METIS
(Karypis and Kumar, 1998, "A fast and high quality multilevel scheme for partitioning irregular graphs")
cuts the core where ``pymetis`` is installed; otherwise the geometric dissection of this package does.
"""

from __future__ import annotations

import enum
import functools
import importlib.util

import numpy as np

from networks.arrays import FloatArray, Int32Array, IntArray

from ..errors import NetworksError
from .compiled import compiled
from .dissection import dissect
from .graph import neighbours
from .reduction import elimination_tree, fill_in, peel

PROBE_SIDE = 24
"""Side of the grid on which the meaning of pymetis's two permutations is tried."""
METIS_SEED = 1


class OrderMethod(enum.Enum):
    """Who cuts the core."""

    METIS = "metis"
    INERTIAL = "inertial"


def default_method() -> OrderMethod:
    """METIS where ``pymetis`` is installed, inertial flow where it is not."""
    return OrderMethod.METIS if importlib.util.find_spec("pymetis") else OrderMethod.INERTIAL


def nodes_in_order(
    start: IntArray, other: Int32Array, *, lon: FloatArray | None, lat: FloatArray | None, method: OrderMethod
) -> Int32Array:
    """(n,) nodes, the one taken out first in front.

    Args:
        start: (n + 1,) row starts of the neighbour lists.
        other: neighbours, ascending, symmetric, no self loops.
        lon: (n,) degrees east; None = steps from far nodes serve as coordinates.
        lat: (n,) degrees north.
        method: who cuts the core.
    """
    taken, core_start, core_other = peel(start, other)
    in_core = np.ones(len(start) - 1, dtype=bool)
    in_core[taken] = False
    core = np.flatnonzero(in_core).astype(np.int32)
    if not len(core):
        return taken
    number = np.cumsum(in_core, dtype=np.int32) - 1
    rows = np.append(core_start[core], core_start[-1])
    inner = number.astype(np.int32)[core_other]
    if method is OrderMethod.METIS:
        return np.concatenate([taken, core[metis_order(rows, inner)]])
    if lon is None or lat is None:
        x, y = hop_coordinates(rows, inner)
    else:
        x, y = plane(lon[core], lat[core])
    return np.concatenate([taken, core[dissect(rows, inner, x, y)]])


def plane(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    """A flat map, good enough to cut: longitudes shrunk by the mean latitude, unrolled at 180 degrees."""
    if len(lon) and np.ptp(lon) > 180:
        lon = lon % 360
    return lon * np.cos(np.radians(lat.mean() if len(lat) else 0.0)), np.array(lat, dtype=np.float64)


def metis_order(start: IntArray, other: Int32Array) -> Int32Array:
    """Nodes in the order of METIS's nested dissection, checked to be a permutation."""
    n_nodes = len(start) - 1
    order = _metis_permutations(start, other)[which_permutation()]
    if len(order) != n_nodes or not np.array_equal(np.sort(order), np.arange(n_nodes)):
        raise NetworksError("pymetis returned something that is no permutation of the nodes")
    return order


@functools.cache
def which_permutation() -> int:
    """Which of pymetis's two results lists the nodes in order; the other one gives each node's rank.

    Confusing the two is no error that shows: times stay right, but the chordal graph was measured 8.5 and
    more times larger. So both are tried on a grid, and the one with less fill is taken.
    """
    cell = np.arange(PROBE_SIDE**2, dtype=np.int32).reshape(PROBE_SIDE, PROBE_SIDE)
    tails = np.concatenate([cell[:, :-1].ravel(), cell[:-1].ravel()])
    heads = np.concatenate([cell[:, 1:].ravel(), cell[1:].ravel()])
    start, other = neighbours(PROBE_SIDE**2, tails, heads)
    arcs = []
    for order in _metis_permutations(start, other):
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order), dtype=np.int32)
        parent = elimination_tree(start, other, order, rank)
        arcs.append(len(fill_in(start, other, order, rank, parent)[1]))
    return int(np.argmin(arcs))


def _metis_permutations(start: IntArray, other: Int32Array) -> list[Int32Array]:
    """Both arrays that pymetis returns."""
    import pymetis  # noqa: PLC0415 - an optional dependency

    graph = pymetis.CSRAdjacency(start.astype(np.int32), other)
    found = pymetis.nested_dissection(adjacency=graph, options=pymetis.Options(seed=METIS_SEED))
    return [np.asarray(permutation, dtype=np.int32) for permutation in found]


@compiled
def hop_coordinates(start: IntArray, other: Int32Array) -> tuple[FloatArray, FloatArray]:
    """Two coordinates from steps alone, for a graph without a map.

    In each connected part, x is the difference of the steps to two far ends, y the steps from a node far
    from both; the parts are laid side by side.
    """
    n_nodes = len(start) - 1
    x = np.zeros(n_nodes, np.float64)
    y = np.zeros(n_nodes, np.float64)
    known = np.zeros(n_nodes, np.bool_)
    steps = np.full((4, n_nodes), -1, np.int32)
    queue = np.empty(n_nodes, np.int32)
    shift = 0.0
    for seed in range(n_nodes):
        if known[seed]:
            continue
        first = queue[breadth_first(start, other, seed, steps[0], queue) - 1]
        size = breadth_first(start, other, first, steps[1], queue)
        second = queue[size - 1]
        breadth_first(start, other, second, steps[2], queue)
        third = seed
        for position in range(size):
            node = queue[position]
            if min(steps[1, node], steps[2, node]) > min(steps[1, third], steps[2, third]):
                third = node
        breadth_first(start, other, third, steps[3], queue)
        span = steps[1, second]
        for position in range(size):
            node = queue[position]
            known[node] = True
            x[node] = shift + span + steps[1, node] - steps[2, node]
            y[node] = steps[3, node]
        shift += 2.0 * span + 2.0
    return x, y


@compiled
def breadth_first(
    start: IntArray, other: Int32Array, source: int, steps: Int32Array, queue: Int32Array
) -> int:
    """Steps from ``source`` into ``steps`` (-1 before), nodes reached into ``queue``; how many."""
    steps[source] = 0
    queue[0] = source
    tail = 1
    position = 0
    while position < tail:
        node = queue[position]
        position += 1
        for half in range(start[node], start[node + 1]):
            if steps[other[half]] < 0:
                steps[other[half]] = steps[node] + 1
                queue[tail] = other[half]
                tail += 1
    return tail
