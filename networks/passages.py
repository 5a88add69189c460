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

from networks.arrays import BoolArray
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
    low, high = np.minimum(tails, heads)[between], np.maximum(tails, heads)[between]
    pairs = np.unique(np.stack([low, high]), axis=1)
    onward = np.bincount(pairs.ravel(), minlength=network.n_nodes)
    inside = onward >= 2
    from_end = between & ~inside[tails]
    from_side = ~chosen & inside[heads] & ~inside[tails]
    entered: BoolArray = from_end | from_side
    return entered
