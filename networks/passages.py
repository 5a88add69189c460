"""Where a stretch of road is entered, so that what it costs to pass it is charged once a passage.

A stretch is the chosen edges that hang together, however many links or ways they are. It is entered

* from an end: on its first edge, where it goes on in one direction only;
* from a side road: on the edge that leads into the middle of it.

A journey that begins at a node in the middle of a stretch enters nowhere and is charged nothing; one that
begins along an edge of it is charged there (:func:`networks.points.partial_seconds`). Traffic between two
side roads that meet in the middle of a stretch is charged as if it passed.
"""

from __future__ import annotations

import numpy as np

from networks.arrays import BoolArray, IntArray
from networks.network import TravelNetwork
from networks.points import split_junctions


def entries(network: TravelNetwork, chosen: BoolArray) -> BoolArray:
    """(n_edges,) True for the edges on which a journey comes into a stretch.

    Args:
        network: the network.
        chosen: (n_edges,) the edges of the stretch, or of several.
    """
    place = np.arange(network.n_nodes)
    for node, junction in split_junctions(network).items():
        place[node] = junction[0]
    tails, heads = place[network.topology.tails], place[network.topology.heads]
    between = chosen & (tails != heads)
    # The parts of a road that a point joins lie beside the whole of it: no further direction of its ends.
    joins = place >= network.n_nodes - network.joined
    onward = np.where(
        joins,
        _directions(tails, heads, between, network.n_nodes),
        _directions(tails, heads, between & ~joins[tails] & ~joins[heads], network.n_nodes),
    )
    inside = onward >= 2
    from_end = between & ~inside[tails]
    from_side = ~chosen & inside[heads] & ~inside[tails]
    entered: BoolArray = from_end | from_side
    return entered


def _directions(tails: IntArray, heads: IntArray, chosen: BoolArray, n_nodes: int) -> IntArray:
    """(n_nodes,) in how many directions some edges lead from each node."""
    low, high = np.minimum(tails, heads)[chosen], np.maximum(tails, heads)[chosen]
    pairs = np.unique(np.stack([low, high]), axis=1)
    return np.bincount(pairs.ravel(), minlength=n_nodes).astype(np.int64)
