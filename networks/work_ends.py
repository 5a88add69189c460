"""Where added links join a network: at a node, or somewhere along a road, which is split there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from networks.arrays import FloatArray, Int32Array, IntArray
from networks.errors import Fault
from networks.geodesy import great_circle_m
from networks.geometry import edge_points, to_metres
from networks.labels import Labels
from networks.network import TravelNetwork
from networks.sentences import Sentence
from networks.snapping import snap
from networks.tables import meant
from networks.topology import EdgeGeometry, Topology, reorder_geometry

#: A node by its id, or (lat, lon).
Place = str | int | tuple[float, float]
#: Ends of added links this near to each other are one place, metres.
SAME_END_M = 25.0
#: A place this near to the end of a road is at the junction, metres.
AT_JUNCTION_M = 1.0


@dataclass(frozen=True)
class End:
    """One end of an added link.

    Attributes:
        place: where it is said to be.
        within_m: a road must be so near.
    """

    place: Place
    within_m: float


@dataclass(frozen=True)
class Joint:
    """Where an end joins the network.

    Attributes:
        nodes: the nodes at this place; several where turn restrictions have split a junction.
        lat: degrees north.
        lon: degrees east.
        off_m: metres from the place that was said.
    """

    nodes: tuple[int, ...]
    lat: float
    lon: float
    off_m: float


@dataclass(frozen=True)
class _Cut:
    """A place along a road: on edge ``edge`` with ``share`` of it behind, the new node ``node``."""

    edge: int
    share: float
    node: int


@dataclass
class Joints:
    """The joints of the ends of added links, and the roads that are cut for them."""

    network: TravelNetwork
    ends: list[tuple[Joint | None, Joint | None]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    cuts: list[_Cut] = field(default_factory=list)
    new: list[tuple[float, float, str]] = field(default_factory=list)

    @classmethod
    def find(cls, network: TravelNetwork, links: Sequence[tuple[str, End, End]]) -> Joints:
        """Join the ends of links to a network as it was built, each (id, start, stop)."""
        made = cls(network)
        known: list[Joint] = []
        for link_id, *ends in links:
            found = []
            for end, column in zip(ends, ("from", "to"), strict=True):
                shared = _is_shared(end, link_id, links)
                joint = made._joint(end, known, link_id, column, shared=shared)
                found.append(joint)
                known += [joint] if joint is not None else []
            made.ends.append((found[0], found[1]))
        return made

    def of(self, number: int) -> tuple[Joint, Joint]:
        """The two joints of a link; to be asked only where there are no faults."""
        start, stop = self.ends[number]
        assert start is not None
        assert stop is not None
        return start, stop

    def _joint(
        self, end: End, known: Sequence[Joint], link_id: str, column: str, *, shared: bool
    ) -> Joint | None:
        network = self.network
        if not isinstance(end.place, tuple):
            return self._at_id(end.place, link_id, column)
        lat, lon = end.place
        for other in known:
            if length_of_m([(other.lat, other.lon), (lat, lon)]) <= SAME_END_M:
                return replace(other, off_m=length_of_m([(other.lat, other.lon), (lat, lon)]))
        if network.geometry is None:
            found = self._nearest_node(lat, lon)
        else:
            found = self._on_road(lat, lon, f"{link_id}:{column}")
        if found is None or found.off_m > end.within_m:
            if shared:
                return self._new_node(lat, lon, f"{link_id}:{column}", 0.0)
            told = (
                "no road within {within_km:g} km{nearest}: name a node, move the end, or raise join_within_km"
            )
            nearest: object = ""
            if found is not None:
                nearest = Sentence(
                    "net.work.nearest", " (the nearest is {km:.1f} km away)", km=found.off_m / 1000
                )
            message = Sentence("net.fault.work.far", told, within_km=end.within_m / 1000.0, nearest=nearest)
            self.faults.append(Fault(message, "links_added", link_id, column, f"{lat:g}, {lon:g}"))
            return None
        return found

    def _at_id(self, place: str | int, link_id: str, column: str) -> Joint | None:
        network, positions = self.network, self.network.topology.positions
        key: str | int = place
        if network.node_ids.dtype.kind in "iu" and isinstance(place, str) and place.lstrip("-").isdecimal():
            key = int(place)
        if key not in positions:
            hint = meant(str(place), [str(name) for name in positions]) if len(positions) < 100_000 else ""
            told = Sentence("net.fault.work.node", "no such node of the network{hint}", hint=hint)
            self.faults.append(Fault(told, "links_added", link_id, f"{column}_node", str(place)))
            return None
        return self._at_node(positions[key], 0.0)

    def _at_node(self, node: int, off_m: float) -> Joint:
        lon, lat = self.network.lon, self.network.lat
        here = np.flatnonzero((lon == lon[node]) & (lat == lat[node]))
        return Joint(tuple(here.tolist()), float(lat[node]), float(lon[node]), off_m)

    def _nearest_node(self, lat: float, lon: float) -> Joint | None:
        network = self.network
        if not network.n_nodes:
            return None
        metres = great_circle_m(network.lon, network.lat, np.asarray(lon), np.asarray(lat))
        nearest = int(np.argmin(metres))
        return self._at_node(nearest, float(metres[nearest]))

    def _on_road(self, lat: float, lon: float, name: str) -> Joint | None:
        network = self.network
        point = snap(network, np.asarray([lon]), np.asarray([lat]), component="own")
        if not point.joined[0]:
            return None
        off_m = float(point.access_m[0])
        if point.node[0] >= 0:
            return self._at_node(int(point.node[0]), off_m)
        edge, share = int(point.edge[0]), float(point.fraction[0])
        metres = float(network.length_m[edge])
        if share * metres < AT_JUNCTION_M:
            return self._at_node(int(network.topology.tails[edge]), off_m)
        if (1.0 - share) * metres < AT_JUNCTION_M:
            return self._at_node(int(network.topology.heads[edge]), off_m)
        joint = self._new_node(float(point.joined_lat[0]), float(point.joined_lon[0]), name, off_m)
        self.cuts += [_Cut(way, part, joint.nodes[0]) for way, part in _same_road(network, edge, share)]
        return joint

    def _new_node(self, lat: float, lon: float, name: str, off_m: float) -> Joint:
        self.new.append((lat, lon, name))
        return Joint((self.network.n_nodes + len(self.new) - 1,), lat, lon, off_m)

    def split(
        self,
        base: TravelNetwork,
        *,
        tails: Int32Array,
        heads: Int32Array,
        moving_s: FloatArray,
        length_m: FloatArray,
        texts: Mapping[str, Sequence[str]],
        service: Int32Array,
        courses: Sequence[Sequence[tuple[float, float]]],
    ) -> TravelNetwork:
        """The network with its roads cut and further edges; ``courses`` are (lat, lon) between their ends."""
        parts = _Parts.of(base, self.cuts)
        kept = np.setdiff1d(np.arange(base.n_edges), parts.cut)
        all_tails = np.concatenate([base.topology.tails[kept], parts.tails, tails]).astype(np.int32)
        all_heads = np.concatenate([base.topology.heads[kept], parts.heads, heads]).astype(np.int32)
        order = np.lexsort((all_heads, all_tails))
        n_nodes = base.n_nodes + len(self.new)
        indptr = np.zeros(n_nodes + 1, dtype=np.int64)
        np.cumsum(np.bincount(all_tails, minlength=n_nodes), out=indptr[1:])
        old = base.topology
        topology = Topology(
            node_ids=_ids(old.node_ids, [name for _, _, name in self.new]),
            lon=np.append(old.lon, [lon for _, lon, _ in self.new]),
            lat=np.append(old.lat, [lat for lat, _, _ in self.new]),
            tails=all_tails[order],
            heads=all_heads[order],
            indptr=indptr,
        )
        source = np.concatenate([kept, parts.edge])  # what the new edges are not of
        of_links = [Labels.of(list(texts[name])) if name in texts else None for name in base.labels]
        labels = {
            name: _joined(one.take(source), own, len(tails)).take(order)
            for (name, one), own in zip(base.labels.items(), of_links, strict=True)
        }
        for name in ("structure", "direction"):
            if name not in labels and any(texts[name]):
                empty = Labels.constant("forward" if name == "direction" else "", len(source))
                labels[name] = _joined(empty, Labels.of(list(texts[name])), len(tails)).take(order)
        index = np.full(base.n_edges, -1, np.int32) if base.service_index is None else base.service_index
        return replace(
            base,
            topology=topology,
            moving_s=np.concatenate([base.moving_s[kept], base.moving_s[parts.edge] * parts.share, moving_s])[
                order
            ],
            wait_s=np.concatenate(
                [base.wait_s[kept], base.wait_s[parts.edge] * parts.first, np.zeros(len(tails))]
            )[order],
            length_m=np.concatenate([base.length_m[kept], base.length_m[parts.edge] * parts.share, length_m])[
                order
            ],
            labels=labels,
            service_index=np.concatenate([index[source], service]).astype(np.int32)[order],
            geometry=_geometry(base, kept, parts, courses, order),
            node_labels={name: _joined(one, None, len(self.new)) for name, one in base.node_labels.items()},
            base=None,
            applied=(),
        )


def _is_shared(end: End, link_id: str, links: Sequence[tuple[str, End, End]]) -> bool:
    """Whether another link ends at the same place, so that no road need be near."""
    here = end.place
    return isinstance(here, tuple) and any(
        isinstance(other.place, tuple) and length_of_m([here, other.place]) <= SAME_END_M
        for name, *ends in links
        if name != link_id
        for other in ends
    )


def length_of_m(points: Sequence[tuple[float, float]]) -> float:
    """Metres along (lat, lon) points, by great circles."""
    lat, lon = np.asarray(points, dtype=np.float64).T
    return float(great_circle_m(lon[:-1], lat[:-1], lon[1:], lat[1:]).sum())


def _same_road(network: TravelNetwork, edge: int, share: float) -> list[tuple[int, float]]:
    """All edges that are the same stretch of road, in either direction and each copy, with their shares."""
    topology = network.topology
    ends = [(float(topology.lon[node]), float(topology.lat[node])) for node in _ends_of(network, edge)]
    near = np.flatnonzero(
        (network.labels["link_id"].codes == network.labels["link_id"].codes[edge])
        & (np.abs(network.length_m - network.length_m[edge]) < 0.1)
        & network.labels["kind"].where("road", "access")
    )
    found = {edge: share}
    for other in near.tolist():
        here = [(float(topology.lon[node]), float(topology.lat[node])) for node in _ends_of(network, other)]
        if here == ends and ends[0] != ends[1]:
            found[other] = share
        elif here == ends[::-1]:
            found.setdefault(other, 1.0 - share)
    return sorted(found.items())


def _ends_of(network: TravelNetwork, edge: int) -> tuple[int, int]:
    return int(network.topology.tails[edge]), int(network.topology.heads[edge])


@dataclass(frozen=True)
class _Parts:
    """The parts of the roads that are cut: (n,) of which edge, from ``start`` to ``stop`` of its length."""

    cut: IntArray
    edge: IntArray
    tails: IntArray
    heads: IntArray
    start: FloatArray
    stop: FloatArray

    @property
    def share(self) -> FloatArray:
        return self.stop - self.start

    @property
    def first(self) -> FloatArray:
        """1 for the first part of an edge, which keeps its wait."""
        return np.asarray(self.start == 0.0, dtype=np.float64)

    @classmethod
    def of(cls, network: TravelNetwork, cuts: Sequence[_Cut]) -> _Parts:
        by_edge: dict[int, list[_Cut]] = {}
        for cut in cuts:
            by_edge.setdefault(cut.edge, []).append(cut)
        rows: list[tuple[int, int, int, float, float]] = []
        for edge, places in sorted(by_edge.items()):
            node, behind = int(network.topology.tails[edge]), 0.0
            for cut in sorted(places, key=lambda one: one.share):
                rows.append((edge, node, cut.node, behind, cut.share))
                node, behind = cut.node, cut.share
            rows.append((edge, node, int(network.topology.heads[edge]), behind, 1.0))
        columns = list(zip(*rows, strict=True)) or [()] * 5
        whole = [np.asarray(column, dtype=np.int64) for column in columns[:3]]
        shares = [np.asarray(column, dtype=np.float64) for column in columns[3:]]
        return cls(np.asarray(sorted(by_edge), dtype=np.int64), whole[0], whole[1], whole[2], *shares)


def _geometry(
    base: TravelNetwork,
    kept: IntArray,
    parts: _Parts,
    courses: Sequence[Sequence[tuple[float, float]]],
    order: IntArray,
) -> EdgeGeometry | None:
    """The courses of all edges: those of parts cut out of the whole."""
    old = base.geometry
    if old is None:
        return None
    inner = [_inner(base, *row) for row in zip(parts.edge.tolist(), parts.start, parts.stop, strict=True)]
    inner += [[(lon, lat) for lat, lon in course] for course in courses]
    counts = np.asarray([len(points) for points in inner], dtype=np.int64)
    added = np.asarray([point for points in inner for point in points], dtype=np.float64).reshape(-1, 2)
    whole = EdgeGeometry(
        np.append(old.indptr, old.indptr[-1] + np.cumsum(counts)),
        np.append(old.lon, added[:, 0]),
        np.append(old.lat, added[:, 1]),
    )
    rows = np.append(kept, base.n_edges + np.arange(len(inner)))
    return reorder_geometry(whole, rows[order])


def _inner(network: TravelNetwork, edge: int, start: float, stop: float) -> list[tuple[float, float]]:
    """(lon, lat) of the points strictly between two shares of the length of an edge."""
    degrees, _ = edge_points(network, np.asarray([edge]))
    line = shapely.linestrings(np.column_stack(to_metres(*degrees.T, epsg=network.metric_epsg)))
    steps = np.hypot(*np.diff(shapely.get_coordinates(line), axis=0).T)
    along = np.append(0.0, np.cumsum(steps)) / steps.sum()
    inside = (along > start) & (along < stop)
    return [(float(lon), float(lat)) for lon, lat in degrees[inside]]


def _ids(ids: NDArray[Any], names: Sequence[str]) -> NDArray[Any]:
    if ids.dtype.kind in "iu":
        first = max(int(ids.max(initial=0)), 0) + 1
        return np.append(ids, np.arange(first, first + len(names)))
    return np.asarray([*ids.tolist(), *names, None], dtype=object)[:-1]


def _joined(labels: Labels, more: Labels | None, count: int) -> Labels:
    """Labels with those of further edges; None = empty texts."""
    own = more or Labels.constant("", count)
    values = tuple(dict.fromkeys((*labels.values, *own.values)))
    place = {value: code for code, value in enumerate(values)}
    moved = np.asarray([place[value] for value in own.values], dtype=np.int32)
    codes = moved[own.codes] if len(own.codes) else np.zeros(0, np.int32)
    return Labels(np.append(labels.codes, codes).astype(np.int32), values)
