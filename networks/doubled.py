"""Roads for their own traffic, which a network holds twice: to leave by, and to arrive by.

The label ``through`` names the copy (``leaving``, ``arriving``; empty for every other edge, and there may be
no such label at all); :mod:`networks.osm.through` says why. Points lie on the copy for arriving and leave by
the other one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from networks.arrays import BoolArray, IntArray
from networks.kept import once_a_network

if TYPE_CHECKING:
    from networks.network import TravelNetwork


#: Values of the label ``through``.
LEAVING, ARRIVING = "leaving", "arriving"
#: Class of the edges of no length that lead through a gate.
GATE = "gate"
#: The label.
THROUGH = "through"


def through_is(network: TravelNetwork, text: str) -> BoolArray:
    """(n_edges,) whether the label ``through`` is a text; nowhere in a network without the label."""
    labels = network.labels.get(THROUGH)
    if labels is None or text not in labels.values:
        return np.zeros(network.n_edges, dtype=bool)
    return np.asarray(labels.where(text))


def each_road_once(network: TravelNetwork, *, to_leave: bool = False) -> BoolArray:
    """(n_edges,) the edges without one of the copies: without those for leaving, or for arriving."""
    return np.asarray(~through_is(network, ARRIVING if to_leave else LEAVING) | (network.length_m == 0))


def leaving_copies(network: TravelNetwork, edges: IntArray) -> IntArray:
    """(n,) for each edge the one by which a point on it leaves: itself, or its copy for leaving; -1 stays."""
    labels = network.labels.get(THROUGH)
    # A journey joins a few roads, most of them open to all: a country is not looked through for their copies.
    if labels is None or not labels.take(edges[edges >= 0]).where(ARRIVING).any():
        return edges
    arrive, leave = _doubled(network)
    if not len(arrive):
        return edges
    at = np.minimum(np.searchsorted(arrive, edges), len(arrive) - 1)
    copies: IntArray = np.where(arrive[at] == edges, leave[at], edges)
    return copies


@once_a_network
def _doubled(network: TravelNetwork) -> tuple[IntArray, IntArray]:
    """(n,) edges for arriving, ascending, and (n,) the copy for leaving of each."""
    leave, arrive = (np.flatnonzero(through_is(network, text)) for text in (LEAVING, ARRIVING))
    leave, arrive = (rows[network.length_m[rows] > 0] for rows in (leave, arrive))
    if not len(arrive):
        return arrive, leave
    both = np.concatenate([leave, arrive])
    topology = network.topology
    ends = np.concatenate([topology.tails[both], topology.heads[both]])
    _, place = np.unique(topology.lon[ends] + 1j * topology.lat[ends], return_inverse=True)
    keys = np.column_stack(
        [
            place[: len(both)],
            place[len(both) :],
            network.labels["link_id"].codes[both],
            np.rint(network.length_m[both] * 10.0).astype(np.int64),
        ]
    )
    sides = [np.lexsort((side, *keys[rows].T[::-1])) for side, rows in _sides(leave, arrive)]
    arrive, leave = arrive[sides[1]], leave[sides[0]]
    order = np.argsort(arrive)
    return arrive[order], leave[order]


def _sides(leave: IntArray, arrive: IntArray) -> tuple[tuple[IntArray, slice], tuple[IntArray, slice]]:
    return (leave, slice(0, len(leave))), (arrive, slice(len(leave), None))


@once_a_network
def own_traffic_nodes(network: TravelNetwork) -> BoolArray:
    """(n_nodes,) nodes where copies for leaving begin or end; empty where there are none."""
    leave = np.flatnonzero(through_is(network, LEAVING))
    leave = leave[network.length_m[leave] > 0]
    if not len(leave):
        return np.zeros(0, dtype=bool)
    nodes = np.zeros(network.n_nodes, dtype=bool)
    nodes[network.topology.tails[leave]] = nodes[network.topology.heads[leave]] = True
    return nodes


def junction_edges(network: TravelNetwork) -> IntArray:
    """Roads of no length that join the nodes of one junction, at one place; a gate has two sides."""
    topology = network.topology
    edges = np.flatnonzero(network.length_m == 0)
    here, there = topology.tails[edges], topology.heads[edges]
    joins = network.labels["kind"].take(edges).where("road") & (here != there)
    joins &= ~network.labels["road_class"].take(edges).where(GATE)
    joins &= (topology.lon[here] == topology.lon[there]) & (topology.lat[here] == topology.lat[there])
    found: IntArray = edges[joins]
    return found
