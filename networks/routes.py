"""One fastest route and its legs: which roads and ferries, how long each, and how long the wait."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from networks.arrays import FloatArray, IntArray
from networks.brief import Brief
from networks.errors import UnknownPlaceError
from networks.network import TravelNetwork
from networks.points import SnappedPoints, split_junctions
from networks.sentences import Sentence

#: What a node is called in a network.
NodeId = str | int


@dataclass(frozen=True, slots=True)
class Leg:
    """Consecutive edges of the same kind and road number; of a ferry, one service.

    Attributes:
        from_id: node where it starts.
        to_id: node where it ends.
        kind: ``road``, ``ferry``, ``boat``, ``flight``, ``access`` or ``transfer``.
        ref: road number, empty when there is none.
        name: name of the ferry, road or pass, empty when there is none.
        length_km: length.
        travel_time_min: wait and motion together.
        wait_min: waiting for the ferry, the convoy or the crew.
        moving_min: driving, crossing or flying.
        link_ids: the links of the source tables, in order, each once.
        assumptions: defaults that entered the times, sorted.
    """

    from_id: NodeId
    to_id: NodeId
    kind: str
    ref: str
    name: str
    length_km: float
    travel_time_min: float
    wait_min: float
    moving_min: float
    link_ids: tuple[str, ...]
    assumptions: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Route(Brief):
    """The fastest way between two nodes.

    Attributes:
        from_id: start node.
        to_id: end node.
        travel_time_min: minutes, NaN when there is no way.
        length_km: kilometres, NaN when there is no way.
        legs: the parts, in order; empty when there is no way or nothing to travel.
        edges: the edges, in order.
        overlays: the overlays under which it was found.
    """

    from_id: NodeId
    to_id: NodeId
    travel_time_min: float
    length_km: float
    legs: tuple[Leg, ...]
    edges: tuple[int, ...]
    overlays: tuple[str, ...]

    @property
    def reachable(self) -> bool:
        """Whether there is a way at all."""
        return not np.isnan(self.travel_time_min)

    def as_dict(self) -> dict[str, Any]:
        """The route as plain values, ready for JSON; times are None where there is no way."""
        legs = []
        for leg in self.legs:
            values = asdict(leg)
            legs.append({"from": values.pop("from_id"), "to": values.pop("to_id"), **values})
        return {
            "from": self.from_id,
            "to": self.to_id,
            "travel_time_min": self.travel_time_min if self.reachable else None,
            "length_km": self.length_km if self.reachable else None,
            "legs": legs,
            "overlays": list(self.overlays),
        }


def route(network: TravelNetwork, from_node: NodeId, to_node: NodeId) -> Route:
    """The fastest route between two nodes, every ferry at the one time of day of the network's overlays.

    For a journey with the clock running see :func:`networks.by_clock.route_by_clock`.

    Args:
        network: the network.
        from_node: id of the start node.
        to_node: id of the end node.

    Raises:
        UnknownPlaceError: a node is not in the network.
    """
    start, stop = (int(position) for position in network.positions([from_node, to_node]))
    edges = _fastest_path(network, start, stop)
    if edges is None:
        return Route(from_node, to_node, np.nan, np.nan, (), (), network.overlays)
    return route_along(network, from_node, to_node, edges)


def route_along(network: TravelNetwork, from_node: NodeId, to_node: NodeId, edges: IntArray) -> Route:
    """The route along consecutive edges, told by legs.

    Args:
        network: the network.
        from_node: id of the start node.
        to_node: id of the end node.
        edges: the edges, in order; none when there is nothing to travel.
    """
    legs = tuple(_leg(network, group) for group in _groups(network, edges))
    return Route(
        from_id=from_node,
        to_id=to_node,
        travel_time_min=float(network.seconds[edges].sum() / 60.0),
        length_km=float(network.length_m[edges].sum() / 1000.0),
        legs=legs,
        edges=tuple(edges.tolist()),
        overlays=network.overlays,
    )


def route_line(
    network: TravelNetwork, edges: Sequence[int], drawn: Mapping[str, FloatArray] | None = None
) -> tuple[FloatArray, FloatArray]:
    """Longitudes and latitudes of the line along consecutive edges; empty for no edges.

    Args:
        network: the network.
        edges: the edges, in order.
        drawn: link id -> (n, 2) degrees of the link's line from end to end, told in either direction; it
            takes the place of the network's own.
    """
    if not len(edges):
        return np.zeros(0), np.zeros(0)
    links = network.labels["link_id"] if drawn else None
    lon: list[FloatArray] = []
    lat: list[FloatArray] = []
    for edge in edges:
        tail, head = int(network.topology.tails[edge]), int(network.topology.heads[edge])
        lon.append(network.lon[[tail]])
        lat.append(network.lat[[tail]])
        line = None if drawn is None or links is None else drawn.get(str(links[edge]))
        if line is not None:
            ends = np.column_stack([network.lon[[tail, head]], network.lat[[tail, head]]])
            inner_lon, inner_lat = _along(line, ends)[1:-1].T
            lon.append(inner_lon)
            lat.append(inner_lat)
        elif network.geometry is not None:
            inner = slice(*network.geometry.indptr[edge : edge + 2])
            lon.append(network.geometry.lon[inner])
            lat.append(network.geometry.lat[inner])
    head = int(network.topology.heads[edges[-1]])
    return np.concatenate([*lon, network.lon[[head]]]), np.concatenate([*lat, network.lat[[head]]])


def _along(line: FloatArray, ends: FloatArray) -> FloatArray:
    """The line in that of its directions whose ends lie nearer to the edge's ((2, 2) degrees)."""
    off = [np.hypot(*(way[[0, -1]] - ends).T).sum() for way in (line, line[::-1])]
    return line if off[0] <= off[1] else line[::-1]


def point_line(
    network: TravelNetwork,
    start: SnappedPoints,
    stop: SnappedPoints,
    drawn: Mapping[str, FloatArray] | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Longitudes and latitudes of the fastest way from one point to another, both ends included.

    Where no way over the network is known it is the straight line between them.

    Args:
        network: the network.
        start: one point.
        stop: one point.
        drawn: lines of links, see :func:`route_line`.
    """
    leaving, arriving = start.terminals(network), stop.terminals(network)
    best, edges = np.inf, np.zeros(0, dtype=np.int64)
    for a, b in itertools.product(range(leaving.out_s.shape[1]), range(arriving.in_s.shape[1])):
        ends_s = float(leaving.out_s[0, a] + arriving.in_s[0, b])
        if ends_s >= best:
            continue
        found = _fastest_path(network, int(leaving.out_nodes[0, a]), int(arriving.in_nodes[0, b]))
        if found is not None and ends_s + float(network.seconds[found].sum()) < best:
            best, edges = ends_s + float(network.seconds[found].sum()), found
    lon, lat = route_line(network, edges.tolist(), drawn)
    return np.concatenate([start.lon, lon, stop.lon]), np.concatenate([start.lat, lat, stop.lat])


def find_node(network: TravelNetwork, text: str) -> NodeId:
    """The id of the node that a person means: its id, or its name where only one node has it.

    Raises:
        UnknownPlaceError: no node or several nodes answer to it; the message lists what is near.
    """
    candidates: list[NodeId] = [text, int(text)] if text.lstrip("-").isdecimal() else [text]
    for candidate in candidates:
        if candidate in network.topology.positions:
            return candidate
    names = network.node_labels.get("name")
    known = names.to_array() if names is not None else np.zeros(0, dtype=object)
    lowered = [str(name).casefold() for name in known]
    found = [position for position, name in enumerate(lowered) if name == text.casefold()]
    if len(found) == 1:
        return _node_id(network, found[0])
    if found:
        ids = ", ".join(str(network.node_ids[position]) for position in found)
        raise UnknownPlaceError(
            Sentence(
                "net.fault.node_name_twice",
                "'{text}' is the name of several nodes; say which: {ids}",
                text=text,
                ids=ids,
            )
        )
    near = difflib.get_close_matches(text.casefold(), [name for name in lowered if name], n=3, cutoff=0.6)
    near = [str(known[lowered.index(name)]) for name in near]
    hint = Sentence("net.near", "; near it: {near}", near=tuple(near)) if near else ""
    template = "no node has the id or the name '{text}'{hint}"
    raise UnknownPlaceError(Sentence("net.fault.no_node_named", template, text=text, hint=hint))


def node_name(network: TravelNetwork, node_id: NodeId) -> str:
    """What people call a node: its name if it has one, else its id."""
    names = network.node_labels.get("name")
    position = int(network.positions([node_id])[0])
    return (names[position] if names is not None else "") or str(node_id)


def _node_id(network: TravelNetwork, position: int) -> NodeId:
    node_id = network.node_ids[position]
    return int(node_id) if isinstance(node_id, np.integer) else str(node_id)


def _fastest_path(network: TravelNetwork, start: int, stop: int) -> IntArray | None:
    """Edges from start to stop, or None where there is no way.

    A stop at a junction that turn restrictions have split is reached at any of its nodes.
    """
    from scipy.sparse import csgraph  # noqa: PLC0415  (SciPy takes long to import)

    graph = network.search_graph
    found, came_from = csgraph.dijkstra(
        graph, directed=True, indices=np.asarray([start]), return_predecessors=True
    )
    seconds, before = found[0], came_from[0]
    stop = min(split_junctions(network).get(stop, (stop,)), key=lambda node: (seconds[node], node != stop))
    if np.isinf(seconds[stop]):
        return None
    edges = []
    node = stop
    while node != start:
        previous = int(before[node])
        low, high = graph.indptr[previous], graph.indptr[previous + 1]
        entry = low + int(np.searchsorted(graph.indices[low:high], node))
        edges.append(int(network.fastest_edge_of_pair[entry]))
        node = previous
    return np.asarray(edges[::-1], dtype=np.int64)


def _groups(network: TravelNetwork, edges: IntArray) -> list[IntArray]:
    """The edges cut where kind, road number or ferry service change.

    Roads of no length (inside a split junction) belong to the leg before them, at the start to the one after.
    """
    real = np.flatnonzero(~_of_no_length(network, edges))
    services = network.service_index
    keys = [
        (
            network.labels["kind"][edge],
            network.labels["ref"][edge],
            -1 if services is None else int(services[edge]),
        )
        for edge in edges[real]
    ]
    cuts = [int(real[position]) for position in range(1, len(real)) if keys[position] != keys[position - 1]]
    return np.split(edges, cuts) if len(real) else []


def _of_no_length(network: TravelNetwork, edges: IntArray) -> NDArray[np.bool_]:
    """(n,) roads that have neither length nor time."""
    nothing = (network.length_m[edges] == 0) & (network.seconds[edges] == 0)
    return np.asarray(nothing & network.labels["kind"].where("road")[edges])


def _leg(network: TravelNetwork, edges: IntArray) -> Leg:
    first, last = int(edges[0]), int(edges[-1])
    typical = int(edges[~_of_no_length(network, edges)][0])
    moving, wait = float(network.moving_s[edges].sum()), float(network.wait_s[edges].sum())
    return Leg(
        from_id=_node_id(network, int(network.topology.tails[first])),
        to_id=_node_id(network, int(network.topology.heads[last])),
        kind=network.labels["kind"][typical],
        ref=network.labels["ref"][typical],
        name=", ".join(_texts(network, "name", edges)),
        length_km=float(network.length_m[edges].sum() / 1000.0),
        travel_time_min=(moving + wait) / 60.0,
        wait_min=wait / 60.0,
        moving_min=moving / 60.0,
        link_ids=_texts(network, "link_id", edges),
        assumptions=tuple(
            sorted({part for text in _texts(network, "assumptions", edges) for part in text.split(";")})
        ),
    )


def _texts(network: TravelNetwork, label: str, edges: IntArray) -> tuple[str, ...]:
    """The distinct texts of a label along the edges, in order; none where the network has no such label."""
    labels = network.labels.get(label)
    if labels is None:
        return ()
    return tuple(dict.fromkeys(labels[edge] for edge in edges if labels[edge]))
