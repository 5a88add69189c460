"""The one network type: immutable arrays in CSR form, times in seconds, every edge with its reason.

An *edge* is directed. Parallel edges are kept (a ferry beside a bridge stays a ferry beside a bridge, so
that closing one opens the other); the search takes the fastest of them (:meth:`TravelNetwork.search_graph`).
"""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from networks.arrays import BoolArray, FloatArray, Int32Array, IntArray
from networks.brief import Brief
from networks.errors import Fault, NetworkDataError, UnknownPlaceError
from networks.ferries import FerryService
from networks.kept import share_what_is_kept
from networks.labels import Labels
from networks.metrics import metric_of
from networks.sentences import Sentence, first_names
from networks.topology import EdgeGeometry, Topology, reorder_geometry

if TYPE_CHECKING:
    from scipy import sparse

    from networks.hierarchy import Metric

__all__ = [
    "EDGE_KINDS",
    "EDGE_LABELS",
    "Change",
    "EdgeGeometry",
    "Labels",
    "Overlay",
    "Topology",
    "TravelNetwork",
    "check_times",
    "fastest_edges",
    "reorder_geometry",
]


#: What an edge can be. ``ferry`` carries cars; ``boat`` and ``flight`` are ambulance modes.
EDGE_KINDS = ("road", "ferry", "boat", "flight", "access", "transfer")

#: Text attributes that every network has for every edge; a table or reader may add others.
EDGE_LABELS = ("kind", "road_class", "ref", "name", "link_id", "source", "winter")


@dataclass(frozen=True, eq=False, repr=False)
class TravelNetwork(Brief):
    """A directed travel-time network over roads, ferries and other modes.

    Every array is read-only. ``moving_s`` may hold ``inf`` for a closed edge; nothing else is unusual:
    no negative and no NaN times.

    Attributes:
        topology: nodes and edges.
        moving_s: (n_edges,) seconds in motion: driving, crossing, flying. ``inf`` = closed.
        wait_s: (n_edges,) seconds waited before the edge can be used (ferries, convoys, mobilisation).
        length_m: (n_edges,) metres.
        labels: text attributes by name; at least :data:`EDGE_LABELS`.
        services: the ferry services that edges refer to.
        service_index: (n_edges,) position in ``services``, -1 for an edge that is no ferry.
        geometry: inner points of the edges; None when every edge is a straight line.
        metric_epsg: EPSG code of the CRS used for metres.
        overlays: names of the overlays applied, in order.
        provenance: source, versions, assumptions and counts: what a reader of the result must know.
        node_labels: text attributes of the nodes by name, such as ``name``; may be empty.
        begin_wait_s: (n_edges,) seconds waited by a journey that begins along the edge; None = ``wait_s``.
        base: the network before overlays (:mod:`networks.overlays`); None when there are none.
        applied: the overlays between ``base`` and this network.
        joined: of how many nodes, the last, it is only known that a point joins a road there
            (:mod:`networks.joined_points`); the road itself goes on beside them.
    """

    topology: Topology
    moving_s: FloatArray
    wait_s: FloatArray
    length_m: FloatArray
    labels: Mapping[str, Labels]
    services: tuple[FerryService, ...] = ()
    service_index: Int32Array | None = None
    geometry: EdgeGeometry | None = None
    metric_epsg: int = 25833
    overlays: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    node_labels: Mapping[str, Labels] = field(default_factory=dict)
    begin_wait_s: FloatArray | None = None
    base: TravelNetwork | None = None
    applied: tuple[Overlay, ...] = ()
    joined: int = 0

    def __post_init__(self) -> None:
        arrays: list[NDArray[Any]] = [
            self.moving_s,
            self.wait_s,
            self.length_m,
            self.topology.heads,
            self.topology.tails,
        ]
        arrays += [self.topology.lon, self.topology.lat, self.topology.indptr, self.topology.node_ids]
        if self.service_index is not None:
            arrays.append(self.service_index)
        for array in arrays:
            array.flags.writeable = False
        object.__setattr__(self, "labels", types.MappingProxyType(dict(self.labels)))
        object.__setattr__(self, "node_labels", types.MappingProxyType(dict(self.node_labels)))
        object.__setattr__(self, "provenance", types.MappingProxyType(dict(self.provenance)))

    def __getstate__(self) -> dict[str, Any]:
        """Plain fields only, for sending to other processes; what was cached is found again there."""
        state = {item.name: getattr(self, item.name) for item in fields(self)}
        return state | {name: dict(state[name]) for name in ("labels", "provenance", "node_labels")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value)
        self.__post_init__()

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return self.topology.n_nodes

    @property
    def n_edges(self) -> int:
        """Number of directed edges."""
        return self.topology.n_edges

    @property
    def node_ids(self) -> NDArray[Any]:
        """(n_nodes,) unique ids."""
        return self.topology.node_ids

    @property
    def lon(self) -> FloatArray:
        """(n_nodes,) degrees east."""
        return self.topology.lon

    @property
    def lat(self) -> FloatArray:
        """(n_nodes,) degrees north."""
        return self.topology.lat

    @cached_property
    def seconds(self) -> FloatArray:
        """(n_edges,) time to pass each edge, wait included; ``inf`` where closed."""
        total: FloatArray = self.moving_s + self.wait_s
        total.flags.writeable = False
        return total

    @cached_property
    def search_graph(self) -> sparse.csr_matrix:
        """(n_nodes, n_nodes) seconds of the fastest open edge of each pair; closed edges are absent.

        ``csr_matrix`` sums duplicates, so the minimum is taken first. An edge of 0 s is stored
        explicitly, which ``scipy.sparse.csgraph`` treats as an edge of no cost.
        """
        return fastest_edges(self.topology, self.seconds)[0]

    @cached_property
    def reverse_graph(self) -> sparse.csr_matrix:
        """:attr:`search_graph` with every edge turned round, for searches from the destinations."""
        from scipy import sparse  # noqa: PLC0415  (SciPy takes long to import)

        return sparse.csr_matrix(self.search_graph.T.tocsr())

    @cached_property
    def metric(self) -> Metric:
        """The contraction hierarchy with the times of this network; its order is shared by all overlays."""
        return metric_of(self.topology, self.seconds)

    @cached_property
    def fastest_edge_of_pair(self) -> IntArray:
        """(nnz,) for each stored entry of :attr:`search_graph`, the edge that gives it."""
        return fastest_edges(self.topology, self.seconds)[1]

    def positions(self, node_ids: Sequence[Any] | NDArray[Any]) -> IntArray:
        """Positions of nodes by id.

        Raises:
            UnknownPlaceError: an id is not in the network; the message lists up to ten of them.
        """
        known = self.topology.positions
        unknown = [node_id for node_id in node_ids if node_id not in known]
        if unknown:
            names = first_names([repr(node_id) for node_id in unknown], 10)
            raise UnknownPlaceError(
                Sentence("net.fault.not_nodes", "not a node of the network: {names}", names=names)
            )
        return np.asarray([known[node_id] for node_id in node_ids], dtype=np.int64)

    def with_times(
        self, *, moving_s: FloatArray | None = None, wait_s: FloatArray | None = None, overlay: str = ""
    ) -> TravelNetwork:
        """The same network with other times; topology (and with it any stored order) is shared.

        The new times are a base of their own: overlays applied afterwards build on them.

        Raises:
            NetworkDataError: a time is negative or NaN, or an array has the wrong length.
        """
        new = replace(
            self,
            moving_s=self.moving_s if moving_s is None else np.array(moving_s, dtype=np.float64),
            wait_s=self.wait_s if wait_s is None else np.array(wait_s, dtype=np.float64),
            overlays=(*self.overlays, overlay) if overlay else self.overlays,
            begin_wait_s=None if wait_s is not None else self.begin_wait_s,
            base=None,
            applied=(),
        )
        check_times(new)
        share_what_is_kept(new, self)
        return new

    def edges_frame(self) -> pd.DataFrame:
        """One row per edge: ids, times in minutes, length in kilometres, every label."""
        ids = self.topology.node_ids
        columns: dict[str, Any] = {
            "from_id": ids[self.topology.tails],
            "to_id": ids[self.topology.heads],
            "travel_time_min": self.seconds / 60.0,
            "moving_min": self.moving_s / 60.0,
            "wait_min": self.wait_s / 60.0,
            "length_km": self.length_m / 1000.0,
        }
        columns |= {name: labels.to_array() for name, labels in self.labels.items()}
        return pd.DataFrame(columns)


def fastest_edges(topology: Topology, seconds: FloatArray) -> tuple[sparse.csr_matrix, IntArray]:
    """Fastest open edge of each (tail, head) pair as CSR, and which edge that is.

    Self loops and edges of infinite time are left out; of equally fast edges the first one counts.
    """
    from scipy import sparse  # noqa: PLC0415  (SciPy takes long to import)

    n = topology.n_nodes
    usable = np.flatnonzero(np.isfinite(seconds) & (topology.tails != topology.heads))
    pair = topology.tails[usable].astype(np.int64) * n + topology.heads[usable]
    order = np.argsort(pair, kind="stable")  # tails ascend already: hardly anything has to be moved
    usable, pair = usable[order], pair[order]
    again = np.flatnonzero(pair[1:] == pair[:-1])
    if len(again):
        doubled = np.union1d(again, again + 1)
        ordered = np.lexsort((usable[doubled], seconds[usable[doubled]], pair[doubled]))
        usable[doubled] = usable[doubled][ordered]
        first = np.ones(len(pair), dtype=bool)
        first[again + 1] = False
        usable = usable[first]
    kept = usable
    indptr = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(topology.tails[kept], minlength=n), out=indptr[1:])
    index_type = np.int32 if len(kept) < np.iinfo(np.int32).max else np.int64
    graph = sparse.csr_matrix(
        (seconds[kept], topology.heads[kept].astype(index_type), indptr.astype(index_type)), shape=(n, n)
    )
    return graph, kept


def check_times(network: TravelNetwork) -> None:
    """Refuse times that no road has.

    Raises:
        NetworkDataError: a negative or NaN time, an infinite wait, or arrays of unequal length.
    """
    faults = []
    for name in ("moving_s", "wait_s", "length_m"):
        values: FloatArray = getattr(network, name)
        if len(values) != network.n_edges:
            faults.append(
                Fault(
                    Sentence(
                        "net.fault.values_for_edges",
                        "{n_values} values for {n_edges} edges",
                        n_values=len(values),
                        n_edges=network.n_edges,
                    ),
                    where=name,
                )
            )
            continue
        # Millions of good times are told by their least and greatest; NaN passes no comparison.
        least, greatest = values.min(initial=0.0), values.max(initial=0.0)
        if least >= 0 and (name == "moving_s" or greatest < np.inf):
            continue
        bad = np.flatnonzero(~((values >= 0) & ((values < np.inf) | (name == "moving_s"))))
        faults += [
            Fault(
                "must be a number of at least 0",
                where=name,
                row=Sentence("net.word.edge", "edge {edge}", edge=edge),
                value=str(values[edge]),
            )
            for edge in bad[:20]
        ]
    if faults:
        raise NetworkDataError(faults)


@dataclass(frozen=True, eq=False)
class Change:
    """What one overlay does to every edge; None = nothing of the kind.

    Attributes:
        factor: (n_edges,) multiplies the time in motion.
        wait_s: (n_edges,) seconds of waiting added.
        begin_wait_s: (n_edges,) seconds of waiting added for a journey that begins along the edge; None =
            ``wait_s``.
        closed: (n_edges,) edges that cannot be used.
    """

    factor: FloatArray | None = None
    wait_s: FloatArray | None = None
    begin_wait_s: FloatArray | None = None
    closed: BoolArray | None = None


class Overlay(Protocol):
    """Something that changes the times of a network; its name stands in every result."""

    @property
    def name(self) -> str:
        """The name, unique among the overlays of a network."""
        ...

    def change(self, network: TravelNetwork, *, time_min: float | None) -> Change:
        """What it does to each edge of ``network`` (before overlays) at a time of day (None = daytime)."""
        ...
