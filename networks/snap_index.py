"""What points may join: roads as lines, and quays and places that no line leads to; and their components."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import shapely
from numpy.typing import NDArray

from networks.arrays import BoolArray, FloatArray, IntArray
from networks.components import find_components, junctions_joined
from networks.doubled import LEAVING, each_road_once, through_is
from networks.errors import NetworkFileError
from networks.geometry import edge_points, to_metres
from networks.network import TravelNetwork
from networks.packed_tree import PackedTree
from networks.sentences import Sentence

#: One item in so many is few: they get a tree of their own, instead of passing over all others.
_FEW = 8
#: What a file holds of an index beside its tree.
STORED = ("edges", "twins", "nodes", "enters", "leaves", "road_m", "quay")


@dataclass(frozen=True, eq=False)
class SnapIndex:
    """What points may join; worth keeping for many calls of :func:`networks.snapping.snap`.

    An item is an edge (one of each pair of twins), or a node that is joined where no edge will do: a quay
    without a road, and in a network without the courses of its roads every end of a road.

    Attributes:
        edges: (n,) the edges, -1 for a node.
        twins: (n,) the same edges in the other direction, -1 = none.
        nodes: (n,) the nodes, -1 for an edge.
        enters: (n,) whether it is reached from the main network.
        leaves: (n,) whether the main network is reached from it.
        road_m: (n,) metres of road in its component, each road once.
        quay: (n,) whether it is a quay without a road.
        tree: the items in metres; edges stand first among them.
        told_digest: a digest of all that it holds, where a file tells it.
    """

    edges: IntArray
    twins: IntArray
    nodes: IntArray
    enters: BoolArray
    leaves: BoolArray
    road_m: FloatArray
    quay: BoolArray
    tree: PackedTree
    told_digest: bytes | None = None

    @classmethod
    def of(cls, network: TravelNetwork) -> SnapIndex:
        """The index of a network as it was built, made once; a file that holds it gives it at once.

        Raises:
            CrsError: the network's CRS does not measure in metres.
        """
        built = network.base or network
        if built not in _MADE:
            _MADE[built] = cls.over(built)
        return _MADE[built]

    @classmethod
    def made(cls, network: TravelNetwork) -> SnapIndex | None:
        """The index of this very network, if there is one already."""
        return _MADE.get(network)

    def keep_for(self, network: TravelNetwork) -> None:
        """Let :meth:`of` give this index for a network, for which it must have been made."""
        _MADE[network] = self

    @classmethod
    def over(cls, network: TravelNetwork) -> SnapIndex:
        """The index of a network as it was built: overlays on it do not count.

        Raises:
            CrsError: the network's CRS does not measure in metres.
        """
        network = network.base or network
        edges, twins, xy, start = _joinable(network)
        nodes, quay = _nodes_joined(network, edges)
        points = np.column_stack(to_metres(network.lon[nodes], network.lat[nodes], epsg=network.metric_epsg))
        entered, left = _from_and_to_main(network)
        tails, heads = network.topology.tails, network.topology.heads
        two_way = (twins >= 0) & np.isfinite(network.moving_s[twins])
        enters = entered[tails[edges]] | (two_way & entered[heads[edges]])
        leaves = left[heads[edges]] | (two_way & left[tails[edges]])
        road_m = _component_road_m(network, edges, _lengths(xy, start))
        none = np.full(len(edges), -1, dtype=np.int64)
        nowhere = np.full(len(nodes), -1, dtype=np.int64)
        return cls(
            edges=np.append(edges, nowhere),
            twins=np.append(twins, nowhere),
            nodes=np.append(none, nodes),
            enters=np.append(enters, entered[nodes]),
            leaves=np.append(leaves, left[nodes]),
            road_m=np.append(road_m[tails[edges]], road_m[nodes]),
            quay=np.append(np.zeros(len(edges), dtype=bool), quay),
            tree=PackedTree.over(
                np.concatenate([xy, points]), np.append(start, start[-1] + 1 + np.arange(len(nodes)))
            ),
        )

    @property
    def main(self) -> BoolArray:
        """(n,) whether the item belongs to the main network, with all its ends."""
        return self.enters & self.leaves

    @cached_property
    def is_edge(self) -> BoolArray:
        """(n,) whether the item is an edge."""
        return np.asarray(self.edges >= 0)

    @cached_property
    def digest(self) -> bytes:
        """A digest of all that it holds; that of a file is told, so that a country is not read for it."""
        if self.told_digest is not None:
            return self.told_digest
        digest = hashlib.sha256()
        for name, array in self.to_arrays().items():
            digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)
        return digest.digest()

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Arrays for a file; :meth:`from_arrays` reads them back."""
        own = {name: getattr(self, name) for name in STORED}
        return own | {f"tree_{name}": array for name, array in self.tree.to_arrays().items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], *, digest: bytes | None = None) -> SnapIndex:
        """The index of a file, without a copy.

        Args:
            arrays: what :meth:`to_arrays` gave.
            digest: a digest of them, if it is known.

        Raises:
            NetworkFileError: arrays are missing or do not fit together.
        """
        missing = [name for name in STORED if name not in arrays]
        if missing:
            raise NetworkFileError(
                Sentence(
                    "net.fault.roads_lack",
                    "stored index of roads: no {missing}; build the network anew",
                    missing=tuple(missing),
                )
            )
        tree = PackedTree.from_arrays(
            {name[5:]: array for name, array in arrays.items() if name.startswith("tree_")}
        )
        index = cls(**{name: arrays[name] for name in STORED}, tree=tree, told_digest=digest)
        if any(len(arrays[name]) != len(tree) for name in STORED):
            raise NetworkFileError("stored index of roads: arrays of unequal length; build the network anew")
        return index

    def shapes(self, items: IntArray) -> NDArray[np.object_]:
        """(k,) items in metres, lines and points."""
        return self.tree.shapes(items)

    def nearest(self, points: NDArray[np.object_], among: BoolArray | None = None) -> IntArray:
        """(n,) the nearest item of each point, the first of equally near ones; -1 without items.

        Args:
            points: points in metres.
            among: (n_items,) which items count; None = every edge.
        """
        xy = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
        if among is None and self.is_edge.all():
            return self.tree.nearest(xy)
        wanted = self.is_edge if among is None else among
        few = np.flatnonzero(wanted)
        if len(few) * _FEW > len(wanted):
            return self.tree.nearest(xy, wanted)
        found = self.tree.take(few).nearest(xy)
        return np.where(found >= 0, few[found] if len(few) else -1, -1)


def _joinable(network: TravelNetwork) -> tuple[IntArray, IntArray, FloatArray, IntArray]:
    """The roads that points may join, one of each pair of twins.

    Returns:
        edges, twins, their points in metres, and the first point of each with the number of points.
    """
    twins = twin_edges(network)
    usable = network.labels["kind"].where("road", "access") & np.isfinite(network.moving_s)
    usable &= each_road_once(network)
    other_usable = (twins >= 0) & usable[twins]
    usable &= ~(other_usable & (twins < np.arange(network.n_edges)))
    edges = np.flatnonzero(usable)
    degrees, owner = edge_points(network, edges)
    xy = np.column_stack(to_metres(degrees[:, 0], degrees[:, 1], epsg=network.metric_epsg))
    start = np.searchsorted(owner, np.arange(len(edges) + 1))
    somewhere = _lengths(xy, start) > 0
    counts = np.diff(start)[somewhere]
    edges = edges[somewhere]
    return edges, twins[edges], xy[somewhere[owner]], np.append(0, np.cumsum(counts))


def _lengths(xy: FloatArray, start: IntArray) -> FloatArray:
    """(n,) metres along the lines of the points ``start[i]:start[i + 1]``."""
    steps = np.hypot(*np.diff(xy, axis=0, append=xy[-1:]).T) if len(xy) else np.zeros(0)
    if len(start) == 1:
        return np.zeros(0)
    steps[start[1:] - 1] = 0.0  # from the last point of a line to the first of the next
    metres: FloatArray = np.add.reduceat(steps, start[:-1])
    return metres


def _nodes_joined(network: TravelNetwork, edges: IntArray) -> tuple[IntArray, BoolArray]:
    """Nodes that may be joined themselves, and which of them are quays without a road."""
    topology = network.topology
    road = np.zeros(network.n_nodes, dtype=bool)
    road[topology.tails[edges]] = road[topology.heads[edges]] = True
    ferry = network.labels["kind"].where("ferry")
    quay = np.zeros(network.n_nodes, dtype=bool)
    quay[topology.tails[ferry]] = quay[topology.heads[ferry]] = True
    quay &= ~road
    joined = quay | (road if network.geometry is None else False)
    nodes = np.flatnonzero(joined)
    return nodes, quay[nodes]


def _from_and_to_main(network: TravelNetwork) -> tuple[BoolArray, BoolArray]:
    """(n_nodes,) nodes that are reached from the main network, and nodes that reach it."""
    from scipy import sparse  # noqa: PLC0415  (SciPy takes long to import)
    from scipy.sparse import csgraph  # noqa: PLC0415  (SciPy takes long to import)

    of_node = find_components(network).of_node
    reached = []
    joined = junctions_joined(network)
    for graph in (joined, sparse.csr_matrix(joined.T)):
        there = np.zeros(network.n_nodes, dtype=bool)
        if network.n_nodes:
            start = int(np.argmax(of_node == 0))
            there[csgraph.breadth_first_order(graph, start, return_predecessors=False)] = True
        reached.append(there)
    return reached[0], reached[1]


def _component_road_m(network: TravelNetwork, edges: IntArray, length_m: FloatArray) -> FloatArray:
    """(n_nodes,) metres of road in the component of each node, ways in one direction joined too."""
    parts = find_components(network, strong=False)
    of_part = np.zeros(len(parts.sizes))
    np.add.at(of_part, parts.of_node[network.topology.tails[edges]], length_m)
    metres: FloatArray = of_part[parts.of_node]
    return metres


def twin_edges(network: TravelNetwork, among: IntArray | None = None) -> IntArray:
    """(n,) for each edge the same link in the other direction, -1 where there is none.

    Twins join the same two places, have the same kind and link id, and are equally long within 0.1 m. Their
    nodes may differ: turn restrictions split a junction into several nodes at one place.

    Args:
        network: the network.
        among: (n,) the edges, ascending, in which twins are looked for; None = all.
    """
    edges = np.arange(network.n_edges) if among is None else among
    ends = np.concatenate([network.topology.tails[edges], network.topology.heads[edges]])
    nodes, of_end = np.unique(ends, return_inverse=True)
    place = places_numbered(network.topology.lon[nodes], network.topology.lat[nodes])
    tails, heads = place[of_end].reshape(2, len(edges))
    backward_of = tails > heads
    # What must agree, packed into few numbers whose order is that of its parts: sorting is what takes long.
    between = np.minimum(tails, heads) * (int(place.max(initial=0)) + 1) + np.maximum(tails, heads)
    links = network.labels["link_id"].codes[edges].astype(np.int64)
    kinds = network.labels["kind"].codes[edges].astype(np.int64)
    link = kinds * (int(links.max(initial=0)) + 1) + links
    length = (
        2 * np.rint(network.length_m[edges] * 10.0).astype(np.int64) + through_is(network, LEAVING)[edges]
    )
    keys = (between, link, length)
    order = np.lexsort((2 * length + backward_of, link, between))
    new = np.ones(len(order), dtype=bool)
    new[1:] = np.logical_or.reduce([key[order[1:]] != key[order[:-1]] for key in keys])
    group = np.cumsum(new) - 1
    backward = backward_of[order]
    twin = np.full(len(edges), -1, dtype=np.int64)
    rank = _rank_within(group, backward)
    span = int(rank.max(initial=0)) + 1
    code = group * span + rank
    forward_code, forward_edge = code[~backward], order[~backward]
    backward_code, backward_edge = code[backward], order[backward]
    _, at_forward, at_backward = np.intersect1d(
        forward_code, backward_code, assume_unique=True, return_indices=True
    )
    twin[forward_edge[at_forward]] = edges[backward_edge[at_backward]]
    twin[backward_edge[at_backward]] = edges[forward_edge[at_forward]]
    return twin


def places_numbered(lon: FloatArray, lat: FloatArray) -> IntArray:
    """(n,) number of each place, equal where both coordinates are, ascending by them."""
    order = np.lexsort((lat, lon))
    new = np.ones(len(order), dtype=bool)
    new[1:] = (lon[order[1:]] != lon[order[:-1]]) | (lat[order[1:]] != lat[order[:-1]])
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.cumsum(new) - 1
    return number


def _rank_within(group: IntArray, flag: NDArray[np.bool_]) -> IntArray:
    """Running number of each element among those of its group with the same flag; both are sorted."""
    key = group * 2 + flag
    new = np.ones(len(key), dtype=bool)
    new[1:] = key[1:] != key[:-1]
    starts = np.flatnonzero(new)
    return np.arange(len(key)) - np.repeat(starts, np.diff(np.append(starts, len(key))))


#: Indexes by the network that they were made of; a network with other times, made from it, has its own.
_MADE: WeakKeyDictionary[TravelNetwork, SnapIndex] = WeakKeyDictionary()
