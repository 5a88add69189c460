"""Hierarchies over the same roads: one at hand is put right where few edges differ from it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, ref

import numpy as np

from networks.arrays import FloatArray
from networks.topology import Topology

if TYPE_CHECKING:
    from networks.hierarchy import Metric

#: How many of the latest are looked at.
LOOKED_AT = 8
#: One in so many edges is compared, and most of them that may differ.
SAMPLED, MOST_DIFFERING = 64, 0.01
#: Roads -> the latest hierarchies over them, for as long as somebody else holds these.
_AT_HAND: WeakKeyDictionary[Topology, tuple[ref[Metric], ...]] = WeakKeyDictionary()


def metric_of(topology: Topology, seconds: FloatArray) -> Metric:
    """The hierarchy over some roads with (n_edges,) seconds, the same however it is found."""
    from networks.hierarchy import customise, recustomise  # noqa: PLC0415  (compiles: only where it is used)

    held = (one() for one in _AT_HAND.get(topology, ()))
    alive = [metric for metric in held if metric is not None]
    some = seconds[::SAMPLED]
    differing = [int(np.count_nonzero(metric.edge_seconds[::SAMPLED] != some)) for metric in alive]
    if alive and min(differing) <= MOST_DIFFERING * len(some):
        found = recustomise(alive[int(np.argmin(differing))], seconds)
    else:
        found = customise(topology.order, seconds)
    _AT_HAND[topology] = (*map(ref, alive[1 - LOOKED_AT :]), ref(found))
    return found
