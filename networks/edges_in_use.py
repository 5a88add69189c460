"""Which edges people use on their way to the nearest of some places: nobody notices the loss of any other."""

from __future__ import annotations

import numpy as np

from networks.arrays import BoolArray
from networks.doubled import leaving_copies
from networks.engines import chosen_engine
from networks.network import TravelNetwork
from networks.points import SnappedPoints
from networks.times import distinct_nodes


def edges_to_nearest(network: TravelNetwork, homes: SnappedPoints, places: SnappedPoints) -> BoolArray:
    """(n_edges,) edges without which somebody may come later to the nearest place.

    Those of one fastest way from every door of a home, and those on which homes and places lie. Where other
    edges close, :func:`networks.times.nearest` finds the very minutes that it found before. All edges where
    the hierarchy does not search: there each search is short.

    Args:
        network: the network.
        homes: those who go, joined to it.
        places: where they go, joined to it.
    """
    if chosen_engine(network, len(homes), len(places), seconds_only=True) != "hierarchy":
        return np.ones(network.n_edges, dtype=np.bool_)
    from networks.hierarchy import edges_to_nearest as on_ways  # noqa: PLC0415  (compiles: only where it is used)

    leaving, arriving = homes.terminals(network, entered=False), places.terminals(network)
    doors = np.isfinite(arriving.in_s)
    used = on_ways(
        network.metric,
        distinct_nodes(leaving.out_nodes)[0],
        arriving.in_nodes[doors],
        extra_s=arriving.in_s[doors],
    )
    for points in (homes, places):
        for edges in (points.edge, points.twin):
            lies_on = edges[edges >= 0]
            used[lies_on] = True
            used[leaving_copies(network, lies_on)] = True
    return used
