"""Points on the network: where a person enters it, how far that is, and what is doubtful about it.

A snapped point has up to two *terminals*, the nodes through which it joins the network: the ends of the edge
it lies on, or one node. Leaving and arriving have their own seconds, because a one-way street can be left
at one end only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from networks.errors import Fault, NetworkDataError
from networks.network import TravelNetwork

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class SnappedPoints:
    """Points joined to the network.

    Attributes:
        lon: (n,) degrees east of the points themselves.
        lat: (n,) degrees north of the points themselves.
        nodes: (n, 2) terminal nodes, -1 = none.
        out_s: (n, 2) seconds from the point to the terminal, access included; ``inf`` = impossible.
        in_s: (n, 2) seconds from the terminal to the point, access included; ``inf`` = impossible.
        access_m: (n,) metres between the point and the network; NaN for a point that was not joined.
        access_s: (n,) seconds between the point and the network; NaN for a point that was not joined.
        edge: (n,) an edge on which the point lies, -1 for a point at a node or not joined.
        fraction: (n,) share of that edge behind the point, 0 at its start; NaN without an edge.
        flags: (n,) what is doubtful, as a text of names joined by ``;``; empty when nothing is.
    """

    lon: FloatArray
    lat: FloatArray
    nodes: IntArray
    out_s: FloatArray
    in_s: FloatArray
    access_m: FloatArray
    access_s: FloatArray
    edge: IntArray
    fraction: FloatArray
    flags: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.lon)

    @property
    def joined(self) -> NDArray[np.bool_]:
        """(n,) whether the point is joined to the network at all."""
        found: NDArray[np.bool_] = (self.nodes >= 0).any(axis=1)
        return found

    def counts(self) -> dict[str, int]:
        """Number of points, of joined ones, and of each flag."""
        counts = {"points": len(self), "joined": int(self.joined.sum())}
        for text in self.flags:
            for flag in filter(None, str(text).split(";")):
                counts[flag] = counts.get(flag, 0) + 1
        return counts

    def take(self, rows: IntArray | NDArray[np.bool_] | slice) -> SnappedPoints:
        """Some of the points."""
        return SnappedPoints(**{name: getattr(self, name)[rows] for name in SnappedPoints.__annotations__})


def at_nodes(
    network: TravelNetwork,
    nodes: Sequence[int] | IntArray,
    *,
    access_s: FloatArray | float = 0.0,
    access_m: FloatArray | float = 0.0,
    lon: FloatArray | None = None,
    lat: FloatArray | None = None,
) -> SnappedPoints:
    """Points that join the network at given nodes.

    Args:
        network: the network.
        nodes: (n,) node positions.
        access_s: seconds between each point and its node, the same in both directions.
        access_m: metres between each point and its node.
        lon: degrees east of the points, if they are not the nodes.
        lat: degrees north of the points, if they are not the nodes.

    Raises:
        NetworkDataError: a position outside the network, or an access time that is negative or no number.
    """
    positions = np.asarray(nodes, dtype=np.int64)
    seconds = np.broadcast_to(np.asarray(access_s, dtype=np.float64), positions.shape).copy()
    metres = np.broadcast_to(np.asarray(access_m, dtype=np.float64), positions.shape).copy()
    faults = [
        Fault(
            f"node positions run from 0 to {network.n_nodes - 1}",
            where="points",
            row=str(row),
            value=str(node),
        )
        for row, node in enumerate(positions.tolist())
        if not 0 <= node < network.n_nodes
    ]
    faults += [
        Fault("access must be at least 0 s", where="points", row=str(row), value=str(seconds[row]))
        for row in np.flatnonzero(~(seconds >= 0) | np.isinf(seconds))
    ]
    if faults:
        raise NetworkDataError(faults)
    terminals = np.column_stack([positions, np.full_like(positions, -1)])
    times = np.column_stack([seconds, np.full_like(seconds, np.inf)])
    return SnappedPoints(
        lon=network.lon[positions] if lon is None else np.asarray(lon, dtype=np.float64),
        lat=network.lat[positions] if lat is None else np.asarray(lat, dtype=np.float64),
        nodes=terminals,
        out_s=times,
        in_s=times.copy(),
        access_m=metres,
        access_s=seconds,
        edge=np.full(len(positions), -1, dtype=np.int64),
        fraction=np.full(len(positions), np.nan),
        flags=np.full(len(positions), "", dtype=object),
    )


def as_points(network: TravelNetwork, points: SnappedPoints | Sequence[Any] | NDArray[Any]) -> SnappedPoints:
    """Snapped points as they are; node positions (an integer array) or node ids as points at nodes.

    Raises:
        UnknownPlaceError: an id is not in the network.
        NetworkDataError: a position outside the network.
    """
    if isinstance(points, SnappedPoints):
        return points
    if isinstance(points, np.ndarray) and points.dtype.kind in "iu":
        return at_nodes(network, points.astype(np.int64))
    return at_nodes(network, network.positions(list(points)))
