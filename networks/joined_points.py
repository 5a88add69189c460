"""A network with points as nodes of their own, so that a single journey begins and ends at the very door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from networks.arrays import FloatArray, IntArray
from networks.labels import Labels
from networks.network import EdgeGeometry, Topology, TravelNetwork, check_times, reorder_geometry
from networks.overlays import apply_overlays
from networks.points import SnappedPoints
from networks.straight import straight_pairs


def with_points(network: TravelNetwork, points: SnappedPoints, names: Sequence[str]) -> TravelNetwork:
    """The network with joined points as further nodes, under the same overlays.

    A point becomes a node at its own place, one at the place where it joins its road, the access leg between
    them (kind ``access``) and the two parts of the road, which carry the labels of the whole. Journeys
    between them take what :func:`networks.times.travel_time_matrix` says. Points that are not joined have no
    edge. Edge positions change; the hierarchy's order is not kept.

    Args:
        network: the network, with or without overlays.
        points: points joined to it.
        names: (n,) node ids of the points, unique and none of the network's.

    Raises:
        NetworkDataError: the points belong to another network.
    """
    points.check_belongs(network)
    base = network.base or network
    grown = _Grown(base, points)
    for row in range(len(points)):
        grown.join(row)
    grown.join_neighbours()
    new = grown.network(names)
    check_times(new)
    return apply_overlays(new, network.applied) if network.applied else new


#: Stand for the edge that a new one is a share of.
_ACCESS, _JUNCTION = -1, -2


@dataclass(frozen=True, slots=True)
class _Edge:
    """A new edge from node to node: a share of one there is, or an access leg, or nothing but a junction."""

    tail: int
    head: int
    edge: int
    share: float
    seconds: float = 0.0
    metres: float = 0.0


class _Grown:
    """The edges that points need: point ``k`` is node ``n + k``, its place on the road ``n + points + k``."""

    def __init__(self, base: TravelNetwork, points: SnappedPoints) -> None:
        self.base, self.points = base, points
        self.edges: list[_Edge] = []

    def point(self, row: int) -> int:
        return self.base.n_nodes + row

    def door(self, row: int) -> int:
        node = int(self.points.node[row])
        return node if node >= 0 else self.base.n_nodes + len(self.points) + row

    def join(self, row: int) -> None:
        """The access leg of a point, and the parts of its road."""
        if not self.points.joined[row]:
            return
        metres = float(self.points.access_m[row])
        self._access(self.point(row), self.door(row), float(self.points.access_s[row]), metres)
        self._access(self.door(row), self.point(row), float(self.points.arriving_s[row]), metres)
        edge, twin = int(self.points.edge[row]), int(self.points.twin[row])
        behind = float(self.points.fraction[row])
        for way, share in ((edge, behind), (twin, 1.0 - behind)):
            if way >= 0:
                tail = int(self.base.topology.tails[way])
                head = int(self.base.topology.heads[way])
                self._part(tail, self.door(row), way, share)
                self._part(self.door(row), head, way, 1.0 - share)

    def join_neighbours(self) -> None:
        """The ways between points that need no search."""
        pairs = straight_pairs(self.base, self.points, self.points)
        for row, column, seconds, along in zip(*(values.tolist() for values in pairs), strict=True):
            if row == column or not np.isfinite(seconds):
                continue
            if along:
                ahead = float(self.points.fraction[column] - self.points.fraction[row])
                way = int((self.points.edge if ahead >= 0 else self.points.twin)[row])
                if way >= 0:
                    self._part(self.door(row), self.door(column), way, abs(ahead))
            else:
                metres = seconds / self.points.pace_s_per_m[row]
                self.edges.append(_Edge(self.point(row), self.point(column), _ACCESS, 0.0, seconds, metres))

    def _part(self, tail: int, head: int, way: int, share: float) -> None:
        """A share of a road; none of it is the junction, where no convoy is waited for."""
        self.edges.append(_Edge(tail, head, way if share > 0.0 else _JUNCTION, share))

    def _access(self, one: int, other: int, seconds: float, metres: float) -> None:
        self.edges.append(_Edge(one, other, _ACCESS, 0.0, seconds, metres))

    def network(self, names: Sequence[str]) -> TravelNetwork:
        """The base with the points and their edges."""
        base, old = self.base, self.base.topology
        tails = np.append(old.tails, [edge.tail for edge in self.edges]).astype(np.int32)
        heads = np.append(old.heads, [edge.head for edge in self.edges]).astype(np.int32)
        order = np.lexsort((heads, tails))
        ids = [*old.node_ids.tolist(), *names, *(f"{name}, at the road" for name in names)]
        indptr = np.zeros(len(ids) + 1, dtype=np.int64)
        np.cumsum(np.bincount(tails, minlength=len(ids)), out=indptr[1:])
        joined = [np.where(np.isnan(one), two, one) for one, two in self._door_degrees()]
        topology = Topology(
            node_ids=np.asarray([*ids, None], dtype=object)[:-1],
            lon=np.concatenate([old.lon, self.points.lon, joined[0]]),
            lat=np.concatenate([old.lat, self.points.lat, joined[1]]),
            tails=tails[order],
            heads=heads[order],
            indptr=indptr,
        )
        ways = np.asarray([edge.edge for edge in self.edges], dtype=np.int64)
        services = base.service_index
        return replace(
            base,
            topology=topology,
            moving_s=self._grown(base.moving_s, "seconds")[order],
            wait_s=self._grown(base.wait_s, "")[order],
            length_m=self._grown(base.length_m, "metres")[order],
            labels={
                name: _copied(one, ways, *(("access", "road") if name == "kind" else ("", ""))).take(order)
                for name, one in base.labels.items()
            },
            service_index=None
            if services is None
            else np.append(services, np.full(len(ways), -1, np.int32))[order],
            geometry=_geometry(base.geometry, len(ways), order),
            node_labels={
                name: _of_points(one, names if name == "name" else [""] * len(names))
                for name, one in base.node_labels.items()
            },
            base=None,
            applied=(),
            joined=len(self.points),
        )

    def _door_degrees(self) -> list[tuple[FloatArray, FloatArray]]:
        points = self.points
        return [(points.joined_lon, points.lon), (points.joined_lat, points.lat)]

    def _grown(self, values: FloatArray, own: str) -> FloatArray:
        """An array of the edges with those of the new ones: a share of the old edge's, waits in full."""
        added = []
        for edge in self.edges:
            if edge.edge >= 0:
                added.append(float(values[edge.edge]) * (edge.share if own else 1.0))
            else:
                added.append(float(getattr(edge, own)) if own else 0.0)
        return np.append(values, added)


def _copied(labels: Labels, ways: IntArray, access: str, junction: str) -> Labels:
    """The labels with those of new edges: of the old edge, or one text for access legs and for junctions."""
    values = (*labels.values, *(text for text in {access, junction} if text not in labels.values))
    codes = np.where(ways == _ACCESS, values.index(access), values.index(junction)).astype(np.int32)
    codes[ways >= 0] = labels.codes[ways[ways >= 0]]
    return Labels(np.append(labels.codes, codes).astype(np.int32), values)


def _of_points(labels: Labels, texts: Sequence[str]) -> Labels:
    """The labels with those of points and their places on the road."""
    values = (*labels.values, *texts)
    own = np.arange(len(labels.values), len(values))
    return Labels(np.concatenate([labels.codes, own, own]).astype(np.int32), values)


def _geometry(old: EdgeGeometry | None, added: int, order: IntArray) -> EdgeGeometry | None:
    if old is None:
        return None
    indptr = np.append(old.indptr, np.full(added, old.indptr[-1]))
    return reorder_geometry(EdgeGeometry(indptr, old.lon, old.lat), order)
