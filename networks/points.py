"""Points joined to the network, and the ways into and out of it that each of them has.

A snapped point has up to two *terminals*, the nodes through which it joins the network: the ends of the edge
it lies on, or one node. Leaving and arriving have their own seconds, because a one-way street can be left
at one end only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from networks.arrays import FloatArray, IntArray
from networks.brief import Brief
from networks.doubled import ARRIVING, LEAVING, junction_edges, leaving_copies, own_traffic_nodes, through_is
from networks.errors import Fault, NetworkDataError
from networks.kept import once_a_network
from networks.network import TravelNetwork
from networks.sentences import Sentence


@dataclass(frozen=True, eq=False, repr=False)
class SnappedPoints(Brief):
    """Points joined to the network, each at one node or somewhere along one edge.

    The times along the edge are taken from the network that is searched (:meth:`terminals`), so one snapping
    serves every overlay of the network.

    Attributes:
        lon: (n,) degrees east of the points themselves.
        lat: (n,) degrees north of the points themselves.
        node: (n,) node at which the point joins, -1 = none.
        edge: (n,) edge on which the point joins, -1 = none.
        twin: (n,) the same edge in the other direction, -1 = none (a one-way street).
        fraction: (n,) share of ``edge`` behind the point, 0 at its start; NaN without an edge.
        access_m: (n,) metres between the point and the network; NaN for a point that was not joined.
        access_s: (n,) seconds between the point and the network; NaN for a point that was not joined.
        joined_lon: (n,) degrees east of the place where it joins; NaN for a point that was not joined.
        joined_lat: (n,) degrees north of the place where it joins; NaN for a point that was not joined.
        flags: (n,) what is doubtful, as names joined by ``;``; empty when nothing is.
        shape: (nodes, edges) of the network they were joined to.
        pace_s_per_m: (n,) seconds that a straight metre away from the network takes; NaN where the access was
            given as a figure, so that the point stands for people around it and not for one place; ``inf``
            where there is no straight way away from the network (:mod:`networks.surface`).
        arrive_s: (n,) seconds from the network to the point where they are others than ``access_s``, such as
            uphill; None = the same.
    """

    lon: FloatArray
    lat: FloatArray
    node: IntArray
    edge: IntArray
    twin: IntArray
    fraction: FloatArray
    access_m: FloatArray
    access_s: FloatArray
    joined_lon: FloatArray
    joined_lat: FloatArray
    flags: NDArray[np.object_]
    shape: tuple[int, int]
    pace_s_per_m: FloatArray
    arrive_s: FloatArray | None = None

    def __len__(self) -> int:
        return len(self.lon)

    @property
    def arriving_s(self) -> FloatArray:
        """(n,) seconds from the network to the point."""
        return self.access_s if self.arrive_s is None else self.arrive_s

    @property
    def joined(self) -> NDArray[np.bool_]:
        """(n,) whether the point is joined to the network at all."""
        return np.asarray((self.node >= 0) | (self.edge >= 0))

    def counts(self) -> dict[str, int]:
        """Number of points, of joined ones, and of each flag."""
        counts = {"points": len(self), "joined": int(self.joined.sum())}
        for text in self.flags:
            for flag in filter(None, str(text).split(";")):
                counts[flag] = counts.get(flag, 0) + 1
        return counts

    def take(self, rows: IntArray | NDArray[np.bool_] | slice) -> SnappedPoints:
        """Some of the points."""
        arrays: dict[str, Any] = {
            item.name: None if getattr(self, item.name) is None else getattr(self, item.name)[rows]
            for item in fields(self)
            if item.name != "shape"
        }
        return replace(self, **arrays)

    def terminals(self, network: TravelNetwork, *, entered: bool = True) -> Terminals:
        """The nodes through which each point is left and entered, with the seconds to and from them.

        A wait on the edge (a convoy) is paid in full by whoever starts or ends along it: the cautious side.
        A point at the very end of its edge is at the junction: free to leave by any other edge, and reached
        by whoever reaches the junction, where turn restrictions have split it into several nodes as well.
        A road that is for its own traffic (:mod:`networks.doubled`) is left by its copy for leaving.

        Args:
            network: the network that the points were joined to.
            entered: whether somebody arrives at the points; otherwise doors into points along an edge, and
                further doors into others, which cost room for every point, are left out.

        Raises:
            NetworkDataError: the points belong to a network of another shape.
        """
        self.check_belongs(network)
        n = len(self)
        out_nodes, in_nodes = (np.full((n, 2), -1, dtype=np.int64) for _ in range(2))
        out_s, in_s = np.full((n, 2), np.inf), np.full((n, 2), np.inf)
        at_node = self.node >= 0
        out_nodes[at_node, 0] = in_nodes[at_node, 0] = self.node[at_node]
        out_s[at_node, 0], in_s[at_node, 0] = self.access_s[at_node], self.arriving_s[at_node]
        on_edge = np.flatnonzero(self.edge >= 0)
        tails, heads = network.topology.tails, network.topology.heads
        forward, backward = self.edge[on_edge], self.twin[on_edge]
        two_way = backward >= 0
        leave_on, leave_back = leaving_copies(network, forward), leaving_copies(network, backward)
        out_nodes[on_edge, 1] = heads[leave_on]
        out_nodes[on_edge, 0] = np.where(two_way, heads[leave_back], tails[leave_on])
        behind, ahead = self.fraction[on_edge], 1.0 - self.fraction[on_edge]
        access = self.access_s[on_edge]
        out_s[on_edge, 1] = access + partial_seconds(network, leave_on, ahead, begins=True)
        out_s[on_edge, 0] = access + partial_seconds(network, leave_back, behind, begins=True)
        if entered:
            arriving = self.arriving_s[on_edge]
            in_nodes[on_edge, 0] = tails[forward]
            in_nodes[on_edge, 1] = np.where(two_way, tails[backward], heads[forward])
            in_s[on_edge, 0] = arriving + partial_seconds(network, forward, behind)
            in_s[on_edge, 1] = arriving + partial_seconds(network, backward, ahead)
        return self._at_junctions(network, Terminals(out_nodes, out_s, in_nodes, in_s), entered=entered)

    def _at_junctions(self, network: TravelNetwork, terminals: Terminals, *, entered: bool) -> Terminals:
        """The terminals with those of points at the very end of their edge put at the junction."""
        at_ends = (self.fraction == 0.0) | (self.fraction == 1.0)
        at_inside = np.zeros(0, dtype=np.int64)
        if entered and (self.node >= 0).any():
            inside = own_traffic_nodes(network)
            at_inside = np.flatnonzero((self.node >= 0) & inside[self.node]) if len(inside) else at_inside
        if not at_ends.any() and not len(at_inside):
            return terminals
        junction = split_junctions(network)
        more = [
            (row, other)
            for row in at_inside.tolist()
            for other in junction.get(int(self.node[row]), ())
            if other != self.node[row]
        ]
        for column, share, ends in ((0, 0.0, network.topology.tails), (1, 1.0, network.topology.heads)):
            rows = np.flatnonzero((self.edge >= 0) & (self.fraction == share))
            nodes = ends[self.edge[rows]].astype(np.int64)
            # Thousands of points may end at the same few junctions.
            distinct, which = np.unique(nodes, return_inverse=True)
            at_split = junction.holds(distinct)
            first = distinct.copy()
            first[at_split] = [junction[node][0] for node in distinct[at_split].tolist()]
            terminals.out_nodes[rows, column] = first[which]
            terminals.out_s[rows, column] = self.access_s[rows]
            if not entered:
                continue
            terminals.in_nodes[rows, column] = nodes
            terminals.in_s[rows, column] = self.arriving_s[rows]
            others = [
                [other for other in junction[node] if other != node] if there else []
                for node, there in zip(distinct.tolist(), at_split.tolist(), strict=True)
            ]
            split = np.asarray([bool(own) for own in others], dtype=np.bool_)[which]
            more += [
                (row, other)
                for row, number in zip(rows[split].tolist(), which[split].tolist(), strict=True)
                for other in others[number]
            ]
        return terminals.with_doors_in(more, self.arriving_s)

    def check_belongs(self, network: TravelNetwork) -> None:
        """Refuse points that were joined to another network.

        Raises:
            NetworkDataError: the points belong to a network of another shape.
        """
        if self.shape != (network.n_nodes, network.n_edges):
            raise NetworkDataError(
                Sentence(
                    "net.fault.points.other",
                    "the points were joined to a network of {nodes} nodes and {edges} edges, this one "
                    "has {n_nodes} and {n_edges}: join them again",
                    nodes=self.shape[0],
                    edges=self.shape[1],
                    n_nodes=network.n_nodes,
                    n_edges=network.n_edges,
                )
            )


class Terminals(NamedTuple):
    """Ways out of and into the points, from and to the network, k each; mostly k is 2.

    Attributes:
        out_nodes: (n, k) node at which the point is left, -1 = none.
        out_s: (n, k) seconds from the point to the node, access included; ``inf`` = impossible.
        in_nodes: (n, k) node from which the point is entered, -1 = none.
        in_s: (n, k) seconds from the node to the point, access included; ``inf`` = impossible.
    """

    out_nodes: IntArray
    out_s: FloatArray
    in_nodes: IntArray
    in_s: FloatArray

    def with_doors_in(self, doors: Sequence[tuple[int, int]], arriving_s: FloatArray) -> Terminals:
        """The terminals with further nodes, as (point, node), from which points are entered at once."""
        if not doors:
            return self
        of_row: dict[int, list[int]] = {}
        for row, node in doors:
            of_row.setdefault(row, []).append(node)
        width = max(map(len, of_row.values()))
        nodes = np.full((len(arriving_s), width), -1, dtype=np.int64)
        seconds = np.full((len(arriving_s), width), np.inf)
        for row, others in of_row.items():
            nodes[row, : len(others)] = others
            seconds[row, : len(others)] = arriving_s[row]
        return self._replace(in_nodes=np.hstack([self.in_nodes, nodes]), in_s=np.hstack([self.in_s, seconds]))


class SplitJunctions(Mapping[int, tuple[int, ...]]):
    """Nodes of split junctions: each node -> those of its junction at which a journey to it may end.

    A country has a hundred thousand of them and a question asks for a few: each is made when asked for.
    """

    def __init__(self, nodes: IntArray, part: IntArray, beside: Mapping[int, int]) -> None:
        """Keep what is known of them.

        Args:
            nodes: (n,) all nodes, ascending.
            part: (n,) number of the junction of each.
            beside: nodes of roads for their own traffic -> the open node beside.
        """
        order = np.argsort(part, kind="stable")
        self._nodes, self._part = nodes, part
        self._grouped = nodes[order]
        self._starts = np.searchsorted(part[order], np.arange(int(part.max(initial=-1)) + 2))
        inside = np.fromiter(beside, dtype=np.int64, count=len(beside))
        parts = part[np.searchsorted(nodes, inside)].tolist()
        self._open = dict(zip(parts, beside.values(), strict=True))

    def __getitem__(self, node: int) -> tuple[int, ...]:
        part = self._part_of(node)
        own = self._own(part)
        if part not in self._open:
            return own
        return tuple(dict.fromkeys((*self._own(self._part_of(self._open[part])), *own)))

    def __iter__(self) -> Iterator[int]:
        return iter(self._nodes.tolist())

    def __len__(self) -> int:
        return len(self._nodes)

    def holds(self, nodes: IntArray) -> NDArray[np.bool_]:
        """(n,) which of some nodes belong to a split junction."""
        return np.isin(nodes, self._nodes, assume_unique=True)

    def _part_of(self, node: int) -> int:
        at = int(np.searchsorted(self._nodes, node))
        if at == len(self._nodes) or self._nodes[at] != node:
            raise KeyError(node)
        return int(self._part[at])

    def _own(self, part: int) -> tuple[int, ...]:
        return tuple(self._grouped[self._starts[part] : self._starts[part + 1]].tolist())


@once_a_network
def split_junctions(network: TravelNetwork) -> SplitJunctions:
    """Nodes of split junctions: each node -> those of its junction at which a journey to it may end.

    The first of them is the junction's own node, where journeys that start there have every right they can
    have (:mod:`networks.osm.splitting`). Nodes of one junction lie at one place and are joined by roads of no
    length. What arrives by a road for its own traffic has not arrived on the open road beside it; whoever is
    on the open road is at the end of the other as well.
    """
    from scipy import sparse  # noqa: PLC0415  (SciPy takes long to import)
    from scipy.sparse import csgraph  # noqa: PLC0415  (SciPy takes long to import)

    edges = junction_edges(network)
    tails, heads = (
        network.topology.tails[edges].astype(np.int64),
        network.topology.heads[edges].astype(np.int64),
    )
    leaving, arriving = (through_is(network, text)[edges] for text in (LEAVING, ARRIVING))
    both = ~leaving & ~arriving
    nodes, ends = np.unique(np.stack([tails, heads]), return_inverse=True)
    ends = ends.reshape(2, len(edges))
    joined = sparse.coo_matrix(
        (np.ones(both.sum()), (ends[0][both], ends[1][both])), shape=(len(nodes), len(nodes))
    )
    _, part = csgraph.connected_components(joined, directed=False)
    beside: dict[int, int] = dict(zip(tails[leaving].tolist(), heads[leaving].tolist(), strict=True))
    beside |= dict(zip(heads[arriving].tolist(), tails[arriving].tolist(), strict=True))
    return SplitJunctions(nodes, part.astype(np.int64), beside)


def partial_seconds(
    network: TravelNetwork, edges: IntArray, share: FloatArray, *, begins: bool = False
) -> FloatArray:
    """(n,) seconds along a share of each edge, wait included in full; ``inf`` for edge -1 or a closed one.

    Args:
        network: the network.
        edges: (n,) edges, -1 for none.
        share: (n,) share of each edge.
        begins: the journey begins along the edge, so that a convoy is waited for there.
    """
    result = np.full(len(edges), np.inf)
    there = np.flatnonzero(edges >= 0)
    moving = network.moving_s[edges[there]]
    open_ = np.isfinite(moving)
    there, moving = there[open_], moving[open_]
    wait = np.where(share[there] > 0, waits(network, begins=begins)[edges[there]], 0.0)
    result[there] = share[there] * moving + wait
    return result


def waits(network: TravelNetwork, *, begins: bool) -> FloatArray:
    """(n_edges,) seconds waited before each edge, or by a journey that begins along it."""
    return network.begin_wait_s if begins and network.begin_wait_s is not None else network.wait_s


def at_nodes(
    network: TravelNetwork,
    nodes: Sequence[int] | IntArray,
    *,
    access_s: FloatArray | float = 0.0,
    access_m: FloatArray | float = 0.0,
    lon: FloatArray | None = None,
    lat: FloatArray | None = None,
) -> SnappedPoints:
    """Points that join the network at given nodes, and at no other node of the same junction.

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
    outside = np.flatnonzero((positions < 0) | (positions >= network.n_nodes))
    faults = [
        Fault(
            Sentence(
                "net.fault.points.node", "node positions run from 0 to {last}", last=network.n_nodes - 1
            ),
            where="points",
            row=str(row),
            value=str(node),
        )
        for row, node in zip(outside.tolist(), positions[outside].tolist(), strict=True)
    ]
    faults += [
        Fault("access must be at least 0 s", where="points", row=str(row), value=str(seconds[row]))
        for row in np.flatnonzero(~(seconds >= 0) | np.isinf(seconds))
    ]
    if faults:
        raise NetworkDataError(faults)
    nowhere = np.full(len(positions), -1, dtype=np.int64)
    return SnappedPoints(
        lon=network.lon[positions] if lon is None else np.asarray(lon, dtype=np.float64),
        lat=network.lat[positions] if lat is None else np.asarray(lat, dtype=np.float64),
        node=positions,
        edge=nowhere,
        twin=nowhere.copy(),
        fraction=np.full(len(positions), np.nan),
        access_m=metres,
        access_s=seconds,
        joined_lon=network.lon[positions],
        joined_lat=network.lat[positions],
        flags=np.full(len(positions), "", dtype=object),
        shape=(network.n_nodes, network.n_edges),
        pace_s_per_m=np.full(len(positions), np.nan),
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
