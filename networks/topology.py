"""Nodes, directed edges and their shapes, without times: what every scenario of a network shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from networks.arrays import FloatArray, Int32Array, IntArray

if TYPE_CHECKING:
    from networks.hierarchy import Order


@dataclass(frozen=True, eq=False)
class Topology:
    """Nodes and directed edges, without times. Scenarios share it, and so they share the hierarchy.

    Attributes:
        node_ids: (n_nodes,) unique ids, text or int64.
        lon: (n_nodes,) degrees east, EPSG:4326.
        lat: (n_nodes,) degrees north, EPSG:4326.
        tails: (n_edges,) start node of each edge, ascending.
        heads: (n_edges,) end node of each edge.
        indptr: (n_nodes + 1,) edges of node ``v`` are ``indptr[v]:indptr[v + 1]``.
        stored_order: arrays of a hierarchy's order that came with the network from a file; None = none did.
    """

    node_ids: NDArray[Any]
    lon: FloatArray
    lat: FloatArray
    tails: Int32Array
    heads: Int32Array
    indptr: IntArray
    stored_order: Mapping[str, NDArray[Any]] | None = None

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.node_ids)

    @property
    def n_edges(self) -> int:
        """Number of directed edges."""
        return len(self.heads)

    @cached_property
    def positions(self) -> dict[Any, int]:
        """Node id -> position."""
        return {node_id: position for position, node_id in enumerate(self.node_ids.tolist())}

    @cached_property
    def order(self) -> Order:
        """The order of the contraction hierarchy: taken from the file, else built when first asked for.

        Raises:
            NetworkFileError: the order in the file does not belong to these edges.
        """
        from networks.hierarchy import Order, build_order  # noqa: PLC0415  (compiles: only where it is used)

        if self.stored_order is not None:
            return Order.from_arrays(self.stored_order, self.tails, self.heads)
        return build_order(self.n_nodes, self.tails, self.heads, lon=self.lon, lat=self.lat)

    @property
    def has_order(self) -> bool:
        """Whether an order was built or stored, so that the hierarchy costs little."""
        return self.stored_order is not None or "order" in self.__dict__


@dataclass(frozen=True, eq=False)
class EdgeGeometry:
    """Inner points of each edge, between its two end nodes; empty for a straight edge.

    Attributes:
        indptr: (n_edges + 1,) points of edge ``e`` are ``indptr[e]:indptr[e + 1]``.
        lon: (n_points,) degrees east.
        lat: (n_points,) degrees north.
    """

    indptr: IntArray
    lon: FloatArray
    lat: FloatArray


def reorder_geometry(geometry: EdgeGeometry, order: IntArray) -> EdgeGeometry:
    """The inner points of the edges in another order."""
    lengths = np.diff(geometry.indptr)[order]
    indptr = np.zeros(len(order) + 1, dtype=np.int64)
    np.cumsum(lengths, out=indptr[1:])
    starts = geometry.indptr[:-1][order]
    points = np.repeat(starts - indptr[:-1], lengths) + np.arange(indptr[-1])
    return EdgeGeometry(indptr=indptr, lon=geometry.lon[points], lat=geometry.lat[points])
