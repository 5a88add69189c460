"""What points may join: roads as lines, and quays and places that no line leads to; and their components."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from networks.components import find_components, junctions_joined
from networks.doubled import LEAVING, each_road_once, through_is
from networks.geometry import edge_lines, to_metres
from networks.network import TravelNetwork

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class SnapIndex:
    """What points may join; worth keeping for many calls of :func:`networks.snapping.snap`.

    An item is an edge (one of each pair of twins), or a node that is joined where no edge will do: a quay
    without a road, and in a network without the courses of its roads every end of a road.

    Attributes:
        edges: (n,) the edges, -1 for a node.
        twins: (n,) the same edges in the other direction, -1 = none.
        nodes: (n,) the nodes, -1 for an edge.
        shapes: (n,) the items in metres, lines and points.
        main: (n,) whether the item belongs to the main network, with all its ends.
        enters: (n,) whether it is reached from the main network.
        leaves: (n,) whether the main network is reached from it.
        road_m: (n,) metres of road in its component, each road once.
        quay: (n,) whether it is a quay without a road.
        tree: index of the edges, which stand first among the items.
    """

    edges: IntArray
    twins: IntArray
    nodes: IntArray
    shapes: NDArray[np.object_]
    main: BoolArray
    enters: BoolArray
    leaves: BoolArray
    road_m: FloatArray
    quay: BoolArray
    tree: shapely.STRtree

    @classmethod
    def over(cls, network: TravelNetwork) -> SnapIndex:
        """The index of a network as it was built: overlays on it do not count.

        Raises:
            CrsError: the network's CRS does not measure in metres.
        """
        network = network.base or network
        edges, twins, lines = _joinable(network)
        nodes, quay = _nodes_joined(network, edges)
        points = shapely.points(*to_metres(network.lon[nodes], network.lat[nodes], epsg=network.metric_epsg))
        entered, left = _from_and_to_main(network)
        tails, heads = network.topology.tails, network.topology.heads
        two_way = (twins >= 0) & np.isfinite(network.moving_s[twins])
        enters = entered[tails[edges]] | (two_way & entered[heads[edges]])
        leaves = left[heads[edges]] | (two_way & left[tails[edges]])
        road_m = _component_road_m(network, edges, lines)
        none = np.full(len(edges), -1, dtype=np.int64)
        nowhere = np.full(len(nodes), -1, dtype=np.int64)
        enters, leaves = np.append(enters, entered[nodes]), np.append(leaves, left[nodes])
        return cls(
            edges=np.append(edges, nowhere),
            twins=np.append(twins, nowhere),
            nodes=np.append(none, nodes),
            shapes=np.append(lines, points),
            main=enters & leaves,
            enters=enters,
            leaves=leaves,
            road_m=np.append(road_m[tails[edges]], road_m[nodes]),
            quay=np.append(np.zeros(len(edges), dtype=bool), quay),
            tree=shapely.STRtree(lines),
        )

    def nearest(self, points: NDArray[np.object_], among: BoolArray | None = None) -> IntArray:
        """(n,) the nearest item of each point, the first of equally near ones; -1 without items.

        Args:
            points: points in metres.
            among: (n_items,) which items count; None = every edge.
        """
        if among is None:
            return _nearest(self.tree, points)
        positions = np.flatnonzero(among)
        found = _nearest(shapely.STRtree(self.shapes[positions]), points)
        return np.where(found >= 0, positions[found] if len(positions) else -1, -1)


def _joinable(network: TravelNetwork) -> tuple[IntArray, IntArray, NDArray[np.object_]]:
    """The roads that points may join, one of each pair of twins: edges, twins, lines in metres."""
    twins = twin_edges(network)
    usable = network.labels["kind"].where("road", "access") & np.isfinite(network.moving_s)
    usable &= each_road_once(network)
    other_usable = (twins >= 0) & usable[twins]
    usable &= ~(other_usable & (twins < np.arange(network.n_edges)))
    edges = np.flatnonzero(usable)
    lines = edge_lines(network, edges, epsg=network.metric_epsg)
    somewhere = shapely.length(lines) > 0
    edges, lines = edges[somewhere], lines[somewhere]
    return edges, twins[edges], lines


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


def _component_road_m(network: TravelNetwork, edges: IntArray, lines: NDArray[np.object_]) -> FloatArray:
    """(n_nodes,) metres of road in the component of each node, ways in one direction joined too."""
    parts = find_components(network, strong=False)
    of_part = np.zeros(len(parts.sizes))
    np.add.at(of_part, parts.of_node[network.topology.tails[edges]], shapely.length(lines))
    metres: FloatArray = of_part[parts.of_node]
    return metres


def twin_edges(network: TravelNetwork) -> IntArray:
    """(n_edges,) for each edge the same link in the other direction, -1 where there is none.

    Twins join the same two places, have the same kind and link id, and are equally long within 0.1 m. Their
    nodes may differ: turn restrictions split a junction into several nodes at one place.
    """
    _, place = np.unique(network.topology.lon + 1j * network.topology.lat, return_inverse=True)
    tails, heads = place[network.topology.tails], place[network.topology.heads]
    keys = np.column_stack(
        [
            np.minimum(tails, heads),
            np.maximum(tails, heads),
            network.labels["kind"].codes,
            network.labels["link_id"].codes,
            np.rint(network.length_m * 10.0).astype(np.int64),
            through_is(network, LEAVING),
        ]
    )
    order = np.lexsort((tails > heads, *keys.T[::-1]))
    ordered = keys[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    group = np.cumsum(new) - 1
    backward = (tails > heads)[order]
    twin = np.full(network.n_edges, -1, dtype=np.int64)
    rank = _rank_within(group, backward)
    span = int(rank.max(initial=0)) + 1
    code = group * span + rank
    forward_code, forward_edge = code[~backward], order[~backward]
    backward_code, backward_edge = code[backward], order[backward]
    _, at_forward, at_backward = np.intersect1d(
        forward_code, backward_code, assume_unique=True, return_indices=True
    )
    twin[forward_edge[at_forward]] = backward_edge[at_backward]
    twin[backward_edge[at_backward]] = forward_edge[at_forward]
    return twin


def _rank_within(group: IntArray, flag: NDArray[np.bool_]) -> IntArray:
    """Running number of each element among those of its group with the same flag; both are sorted."""
    key = group * 2 + flag
    new = np.ones(len(key), dtype=bool)
    new[1:] = key[1:] != key[:-1]
    starts = np.flatnonzero(new)
    return np.arange(len(key)) - np.repeat(starts, np.diff(np.append(starts, len(key))))


def _nearest(tree: shapely.STRtree, points: NDArray[np.object_]) -> IntArray:
    result = np.full(len(points), -1, dtype=np.int64)
    if len(tree.geometries) and len(points):
        rows, found = tree.query_nearest(points, all_matches=True)
        order = np.lexsort((found, rows))
        rows, found = rows[order], found[order]
        first = np.ones(len(rows), dtype=bool)
        first[1:] = rows[1:] != rows[:-1]
        result[rows[first]] = found[first]
    return result
