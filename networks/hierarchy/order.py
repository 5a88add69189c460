"""The order of a network with its chordal graph: everything about a hierarchy that no time can change.

Built once per network and kept with it on disk; every scenario customises it anew
(:mod:`networks.hierarchy.customisation`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from networks.arrays import FloatArray, Int32Array, IntArray
from networks.sentences import Sentence

from ..errors import Fault, NetworkDataError, NetworkFileError
from .compiled import Announce, announced_to, compiled, prepare
from .graph import AnyArray, freeze, neighbours
from .ordering import OrderMethod, default_method, nodes_in_order
from .reduction import elimination_tree, fill_in, postorder, transposed

STORED = ("rank", "up_start", "up_head", "edge_slot")
NO_ARC = -1


@dataclass(frozen=True, eq=False)
class Order:
    """Ranks, and the upward arcs of the chordal graph over them.

    Attributes:
        rank: (n_nodes,) rank of each node; nodes are taken out from rank 0 up.
        up_start: (n_nodes + 1,) the arcs of rank ``v`` to higher ranks are ``up_start[v]:up_start[v + 1]``.
        up_head: (n_arcs,) their upper ends, ascending in each row.
        edge_slot: (n_edges,) ``2 * arc`` for an edge that goes up along ``arc``, ``2 * arc + 1`` for one
            that goes down, ``NO_ARC`` for a self loop.
    """

    rank: Int32Array
    up_start: IntArray
    up_head: Int32Array
    edge_slot: Int32Array

    def __post_init__(self) -> None:
        freeze(self.rank, self.up_start, self.up_head, self.edge_slot)

    def __reduce__(self) -> tuple[Any, ...]:
        # Rebuilt by its constructor in another process: read-only again, or Numba would compile anew.
        return Order, (self.rank, self.up_start, self.up_head, self.edge_slot)

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.rank)

    @property
    def n_arcs(self) -> int:
        """Number of arcs of the chordal graph, each counted once."""
        return len(self.up_head)

    @property
    def n_edges(self) -> int:
        """Number of directed edges of the network."""
        return len(self.edge_slot)

    @cached_property
    def parent(self) -> Int32Array:
        """(n_nodes,) parent of each rank in the elimination tree, its lowest upper neighbour; -1 = root."""
        parent = parents(self.up_start, self.up_head)
        freeze(parent)
        return parent

    @cached_property
    def root(self) -> Int32Array:
        """(n_nodes,) root of each rank in the elimination tree: no way leads from one tree to another."""
        above = np.where(self.parent < 0, np.arange(self.n_nodes, dtype=np.int32), self.parent)
        while True:
            further = above[above]
            if np.array_equal(further, above):
                freeze(above)
                return above
            above = further

    @cached_property
    def down(self) -> tuple[IntArray, Int32Array, Int32Array]:
        """The arcs by their upper end: row starts, lower ends (ascending) and arc numbers."""
        rows = transposed(self.up_start, self.up_head)
        freeze(*rows)
        return rows

    @cached_property
    def edges_by_slot(self) -> tuple[Int32Array, Int32Array]:
        """Slots of the edges, ascending, and the edges in that order."""
        edges = np.argsort(self.edge_slot, kind="stable").astype(np.int32)
        slots = self.edge_slot[edges]
        freeze(slots, edges)
        return slots, edges

    def to_arrays(self) -> dict[str, AnyArray]:
        """Arrays for a file; :meth:`from_arrays` reads them back."""
        return {name: getattr(self, name) for name in STORED}

    @classmethod
    def from_arrays(
        cls,
        arrays: Mapping[str, AnyArray],
        tails: AnyArray,
        heads: AnyArray,
    ) -> Order:
        """The order of a file, checked in full against the edges of the network it is to serve.

        Raises:
            NetworkFileError: arrays are missing, are no chordal order, or belong to another network.
        """
        prepare()
        missing = [name for name in STORED if name not in arrays]
        if missing:
            raise NetworkFileError(
                Sentence(
                    "net.fault.order_lacks",
                    "stored order: no {missing}; build the order anew",
                    missing=tuple(missing),
                )
            )
        rank, up_head, slots = (
            _as_stored(arrays[name], np.int32) for name in ("rank", "up_head", "edge_slot")
        )
        up_start = _as_stored(arrays["up_start"], np.int64)
        wrong = order_fault(rank, up_start, up_head)
        if wrong:
            raise NetworkFileError(
                Sentence(
                    "net.fault.order_damaged",
                    "stored order: {wrong}; the file is damaged, build the order anew",
                    wrong=wrong,
                )
            )
        int_tails, int_heads = checked_edges(len(rank), tails, heads)
        foreign = foreign_edge(rank, up_start, up_head, int_tails, int_heads, slots)
        if foreign >= 0:
            raise NetworkFileError(
                Sentence(
                    "net.fault.order_foreign",
                    "stored order: edge {foreign} of the network is not in it; it was built for another "
                    "network, build the order anew",
                    foreign=foreign,
                )
            )
        return cls(rank, up_start, up_head, slots)


def build_order(
    n_nodes: int,
    tails: AnyArray,
    heads: AnyArray,
    *,
    lon: AnyArray | None = None,
    lat: AnyArray | None = None,
    method: OrderMethod | None = None,
    announce: Announce | None = None,
) -> Order:
    """Order the nodes and fill in: all the work that does not depend on times.

    Args:
        n_nodes: number of nodes.
        tails: (n_edges,) start node of each directed edge; parallel edges and self loops are allowed.
        heads: (n_edges,) end node of each directed edge.
        lon: (n_nodes,) degrees east, for the geometric order; steps through the graph replace them.
        lat: (n_nodes,) degrees north.
        method: who cuts the core; None = METIS where it is installed.
        announce: told once if functions have to be compiled first; None = the log.

    Raises:
        NetworkDataError: an edge refers to a node that is not there, a coordinate is missing, or the graph
            is too tangled for a hierarchy.
    """
    prepare()
    int_tails, int_heads = checked_edges(n_nodes, tails, heads)
    x = checked_coordinates("lon", lon, n_nodes)
    y = checked_coordinates("lat", lat, n_nodes)
    with announced_to(announce):
        start, other = neighbours(n_nodes, int_tails, int_heads)
        order = nodes_in_order(start, other, lon=x, lat=y, method=method or default_method())
        rank = _inverse(order)
        # Renumbered in postorder, the subtrees of the elimination tree lie together in memory.
        new = postorder(elimination_tree(start, other, order, rank))
        rank = new[rank]
        order = _inverse(rank)
        up_start, up_head = fill_in(start, other, order, rank, elimination_tree(start, other, order, rank))
        if not len(up_start):
            raise NetworkDataError(
                Sentence(
                    "net.fault.no_narrow_places",
                    "the graph of {n_nodes} nodes has no narrow places to cut, as a road network has: a "
                    "hierarchy would be larger than it is worth; use SciPy",
                    n_nodes=n_nodes,
                )
            )
        slots, _ = edge_slots(rank, up_start, up_head, int_tails, int_heads)
    return Order(rank, up_start, up_head, slots)


def _as_stored(array: AnyArray, kind: type[np.generic]) -> AnyArray:
    """An array of a file as the compiled functions take it, without a copy where it is that already."""
    taken = np.require(array, kind, ["C", "A"])
    view = taken.view()
    view.flags.writeable = False
    return view


def _inverse(permutation: Int32Array) -> Int32Array:
    """Position of each value."""
    inverse = np.empty(len(permutation), dtype=np.int32)
    inverse[permutation] = np.arange(len(permutation), dtype=np.int32)
    return inverse


def checked_edges(n_nodes: int, tails: AnyArray, heads: AnyArray) -> tuple[Int32Array, Int32Array]:
    """Both ends as int32.

    Raises:
        NetworkDataError: unequal lengths, or ends outside 0..n_nodes - 1.
    """
    if len(tails) != len(heads):
        raise NetworkDataError(
            Sentence(
                "net.fault.node_pairs",
                "{n_tails} start nodes for {n_heads} end nodes",
                n_tails=len(tails),
                n_heads=len(heads),
            )
        )
    faults = []
    for name, ends in (("tails", tails), ("heads", heads)):
        if len(ends) and ends.dtype.kind not in "iu":
            faults.append(Fault("nodes are given by number", where=name, value=str(ends.dtype)))
            continue
        bad = np.flatnonzero((ends < 0) | (ends >= n_nodes))
        faults += [
            Fault(
                Sentence("net.fault.no_node_number", "no such node; there are {n_nodes}", n_nodes=n_nodes),
                where=name,
                row=Sentence("net.word.edge", "edge {edge}", edge=edge),
                value=str(ends[edge]),
            )
            for edge in bad[:20]
        ]
    if faults:
        raise NetworkDataError(faults)
    # Copies: Numba would compile everything again for arrays that are read-only or strided.
    return np.array(tails, dtype=np.int32), np.array(heads, dtype=np.int32)


def checked_coordinates(name: str, values: AnyArray | None, n_nodes: int) -> FloatArray | None:
    """Coordinates as float64.

    Raises:
        NetworkDataError: a wrong number of them, or one that is not a finite number.
    """
    if values is None:
        return None
    as_float = np.array(values, dtype=np.float64)
    if len(as_float) != n_nodes:
        raise NetworkDataError(
            [
                Fault(
                    Sentence(
                        "net.fault.values_for_nodes",
                        "{n_values} values for {n_nodes} nodes",
                        n_values=len(as_float),
                        n_nodes=n_nodes,
                    ),
                    where=name,
                )
            ]
        )
    bad = np.flatnonzero(~np.isfinite(as_float))
    if len(bad):
        raise NetworkDataError(
            [
                Fault(
                    "coordinate is missing",
                    where=name,
                    row=Sentence("net.word.node", "node {node}", node=node),
                    value=str(as_float[node]),
                )
                for node in bad[:20]
            ]
        )
    return as_float


def order_fault(rank: Int32Array, up_start: IntArray, up_head: Int32Array) -> str:
    """What is wrong with an order, in words; empty if nothing is."""
    n_nodes = len(rank)
    if not np.array_equal(np.sort(rank), np.arange(n_nodes)):
        return "the ranks are no permutation"
    if len(up_start) != n_nodes + 1 or up_start[0] != 0 or up_start[-1] != len(up_head):
        return "the rows do not span the arcs"
    if (np.diff(up_start) < 0).any():
        return "the rows overlap"
    at = broken_row(up_start, up_head)
    return (
        Sentence("net.fault.not_chordal", "the arcs of rank {at} are not those of a chordal graph", at=at)
        if at >= 0
        else ""
    )


@compiled
def broken_row(up_start: IntArray, up_head: Int32Array) -> int:
    """First rank whose upper neighbours are not ascending, or are not joined to each other; -1 if none.

    All upper neighbours of a node but the lowest must be upper neighbours of that lowest one, its parent;
    by induction up the tree any two of them are then joined.
    """
    n_nodes = len(up_start) - 1
    joined_to = np.full(n_nodes, -1, np.int32)
    parent_start, children = transposed_tree(up_start, up_head)
    for upper in range(n_nodes):
        for arc in range(up_start[upper], up_start[upper + 1]):
            head = up_head[arc]
            before = up_head[arc - 1] if arc > up_start[upper] else upper
            if head <= before or head >= n_nodes:
                return upper
            joined_to[head] = upper
        for position in range(parent_start[upper], parent_start[upper + 1]):
            child = children[position]
            for arc in range(up_start[child] + 1, up_start[child + 1]):
                if up_head[arc] < 0 or up_head[arc] >= n_nodes or joined_to[up_head[arc]] != upper:
                    return int(child)
    return -1


@compiled
def transposed_tree(up_start: IntArray, up_head: Int32Array) -> tuple[IntArray, Int32Array]:
    """Children of each rank in the elimination tree: row starts and children."""
    n_nodes = len(up_start) - 1
    parent = parents(up_start, up_head)
    child_start = np.zeros(n_nodes + 1, np.int64)
    for node in range(n_nodes):
        if 0 <= parent[node] < n_nodes:
            child_start[parent[node] + 1] += 1
    for node in range(n_nodes):
        child_start[node + 1] += child_start[node]
    children = np.empty(child_start[n_nodes], np.int32)
    cursor = child_start[:-1].copy()
    for node in range(n_nodes):
        if 0 <= parent[node] < n_nodes:
            children[cursor[parent[node]]] = node
            cursor[parent[node]] += 1
    return child_start, children


@compiled
def parents(up_start: IntArray, up_head: Int32Array) -> Int32Array:
    """Lowest upper neighbour of each rank, -1 where there is none."""
    n_nodes = len(up_start) - 1
    parent = np.full(n_nodes, -1, np.int32)
    for node in range(n_nodes):
        if up_start[node] < up_start[node + 1]:
            parent[node] = up_head[up_start[node]]
    return parent


@compiled
def edge_slots(
    rank: Int32Array, up_start: IntArray, up_head: Int32Array, tails: Int32Array, heads: Int32Array
) -> tuple[Int32Array, int]:
    """Where each edge's time goes (see :class:`Order`), and the first edge without an arc, -1 if none."""
    slots = np.full(len(tails), NO_ARC, np.int32)
    for edge in range(len(tails)):
        tail, head = rank[tails[edge]], rank[heads[edge]]
        if tail == head:
            continue
        arc = find_arc(up_start, up_head, min(tail, head), max(tail, head))
        if arc < 0:
            return slots, edge
        slots[edge] = 2 * arc + (0 if tail < head else 1)
    return slots, -1


@compiled
def find_arc(up_start: IntArray, up_head: Int32Array, lower: int, upper: int) -> int:
    """The arc between two ranks by binary search, -1 if there is none."""
    left, right = up_start[lower], up_start[lower + 1]
    while left < right:
        middle = (left + right) // 2
        if up_head[middle] < upper:
            left = middle + 1
        else:
            right = middle
    found: int = left
    return found if found < up_start[lower + 1] and up_head[found] == upper else -1


@compiled
def foreign_edge(
    rank: Int32Array,
    up_start: IntArray,
    up_head: Int32Array,
    tails: Int32Array,
    heads: Int32Array,
    slots: Int32Array,
) -> int:
    """The first edge whose slot is not that of the arc between its ends; -1 if there is none."""
    if len(slots) != len(tails):
        return min(len(slots), len(tails))
    for edge in range(len(tails)):
        tail, head = rank[tails[edge]], rank[heads[edge]]
        slot = slots[edge]
        if tail == head:
            if slot != NO_ARC:
                return edge
            continue
        lower, upper = min(tail, head), max(tail, head)
        arc = slot // 2
        inside = slot >= 0 and up_start[lower] <= arc < up_start[lower + 1]
        if not inside or up_head[arc] != upper or slot % 2 != (0 if tail < head else 1):
            return edge
    return -1
