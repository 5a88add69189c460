"""The connectivity report: what in a network is cut off, one-way, or too strange to be believed.

A report judges nothing by itself: an island without a road is as it should be. It lists what a person who
knows the place ought to look at, with names and coordinates, and counts it. The limits are stated in
:class:`Limits`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse import csgraph

from networks.arrays import BoolArray, IntArray
from networks.brief import Brief
from networks.components import Components, find_components
from networks.geodesy import great_circle_m
from networks.network import TravelNetwork
from networks.sentences import Sentence

#: What each kind of finding means.
KINDS = {
    "component": "nodes that are not joined to the main network in either direction",
    "dead_end_trap": "nodes that can be reached from the main network and not left again",
    "source_trap": "nodes from which the main network is reached and to which there is no way back",
    "isolated_node": "nodes without any open edge",
    "fast_ferry": "a ferry faster than ships are",
    "slow_ferry": "a ferry slower than ships are",
    "quay_without_road": "a quay from which no road leads on, or only a short loose one",
    "dead_end_motorway": "a motorway that ends where no road leads on, or begins where none arrives",
    "fast_road": "a road driven faster than cars do",
    "slow_road": "a road driven slower than people walk",
    "shorter_than_straight": "an edge shorter than the straight line between its ends",
    "long_detour": "a road much longer than the straight line between its ends, without inner points",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When a figure counts as strange; the project's own judgement.

    Attributes:
        ferry_kph: slowest and fastest believable ferry.
        road_kph: slowest and fastest believable road.
        quay_road_km: roads that hang together behind a quay are no network below this length.
        detour: longest believable road over the great circle, for roads without inner points.
        shorter: an edge below this share of the great circle is impossible; the rest is rounding.
        listed: findings of each kind that are listed; all are counted.
    """

    ferry_kph: tuple[float, float] = (5.0, 60.0)
    road_kph: tuple[float, float] = (4.0, 135.0)
    quay_road_km: float = 0.5
    detour: float = 3.0
    shorter: float = 0.97
    listed: int = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at.

    Attributes:
        kind: one of :data:`KINDS`.
        what: node or link id.
        name: what people call it, empty if nothing.
        lon: degrees east.
        lat: degrees north.
        count: nodes concerned, 1 for a single thing.
        detail: the figure that is strange.
    """

    kind: str
    what: str
    name: str
    lon: float
    lat: float
    count: int
    detail: str


@dataclass(frozen=True, repr=False)
class CheckReport(Brief):
    """What was found.

    Attributes:
        nodes: number of nodes.
        edges: number of directed edges.
        closed_edges: edges that cannot be used now.
        components: joined parts, in either direction.
        main_share: share of the nodes that reach each other in the largest part.
        counts: number of findings by kind.
        findings: the findings listed, by kind.
        overlays: overlays under which the network was checked.
    """

    nodes: int
    edges: int
    closed_edges: int
    components: int
    main_share: float
    counts: dict[str, int]
    findings: tuple[Finding, ...] = field(default=())
    overlays: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)

    def frame(self) -> pd.DataFrame:
        """One row per finding."""
        return pd.DataFrame(
            [asdict(finding) for finding in self.findings], columns=list(Finding.__dataclass_fields__)
        )


def check_network(network: TravelNetwork, *, limits: Limits | None = None) -> CheckReport:
    """Look for what is cut off, one-way or strange.

    Args:
        network: the network; closed edges count as absent.
        limits: when a figure is strange, and how many findings are listed.
    """
    limits = limits or Limits()
    weak = find_components(network, strong=False)
    strong = find_components(network, strong=True)
    counts: dict[str, int] = {}
    listed: list[Finding] = []
    for finding in _all_findings(network, weak, strong, limits):
        counts[finding.kind] = counts.get(finding.kind, 0) + 1
        if counts[finding.kind] <= limits.listed:
            listed.append(finding)
    return CheckReport(
        nodes=network.n_nodes,
        edges=network.n_edges,
        closed_edges=int(np.isinf(network.moving_s).sum()),
        components=len(weak.sizes),
        main_share=float(strong.sizes[0] / network.n_nodes) if network.n_nodes else 0.0,
        counts=counts,
        findings=tuple(listed),
        overlays=network.overlays,
    )


def _all_findings(
    network: TravelNetwork, weak: Components, strong: Components, limits: Limits
) -> Iterator[Finding]:
    yield from _parts(network, weak)
    yield from _traps(network, weak, strong)
    yield from _ferries(network, limits)
    yield from _quays(network, limits)
    yield from _motorways(network)
    yield from _roads(network, limits)


def _parts(network: TravelNetwork, weak: Components) -> Iterator[Finding]:
    """Parts that are not joined to the main one, the largest first."""
    if not network.n_nodes:
        return
    first = np.unique(weak.of_node, return_index=True)[1]
    joined = np.zeros(network.n_nodes, dtype=bool)
    graph = network.search_graph
    joined[graph.indices] = True
    joined[np.diff(graph.indptr) > 0] = True
    for part in range(1, len(weak.sizes)):
        node = int(first[part])
        kind = "component" if joined[node] else "isolated_node"
        yield _node_finding(
            network,
            kind,
            node,
            count=int(weak.sizes[part]),
            detail=Sentence("net.word.nodes", "{nodes} nodes", nodes=weak.sizes[part]),
        )


def _traps(network: TravelNetwork, weak: Components, strong: Components) -> Iterator[Finding]:
    """Parts joined to the main one in one direction only; one finding for each part."""
    main_weak = weak.of_node[strong.of_node == 0][:1]
    if not len(main_weak):
        return
    outside = (strong.of_node != 0) & (weak.of_node == main_weak[0])
    from_main = _reached(network, strong.of_node == 0, backward=False)
    to_main = _reached(network, strong.of_node == 0, backward=True)
    for kind, chosen in (("dead_end_trap", outside & from_main), ("source_trap", outside & to_main)):
        parts, first, sizes = np.unique(strong.of_node[chosen], return_index=True, return_counts=True)
        nodes = np.flatnonzero(chosen)[first]
        for position in np.lexsort((parts, -sizes)):
            count = int(sizes[position])
            yield _node_finding(
                network,
                kind,
                int(nodes[position]),
                count=count,
                detail=Sentence("net.word.nodes", "{nodes} nodes", nodes=count),
            )


def _reached(network: TravelNetwork, start: BoolArray, *, backward: bool) -> BoolArray:
    """(n_nodes,) nodes reached from the start nodes, or from which they are reached."""
    graph = network.reverse_graph if backward else network.search_graph
    found = csgraph.breadth_first_order(graph, int(np.flatnonzero(start)[0]), return_predecessors=False)
    reached = np.zeros(network.n_nodes, dtype=bool)
    reached[found] = True
    return reached


def _ferries(network: TravelNetwork, limits: Limits) -> Iterator[Finding]:
    edges = _edges_once(network, network.labels["kind"].where("ferry"))
    kph = 3.6 * network.length_m[edges] / np.maximum(network.moving_s[edges], 1e-9)
    open_ = np.isfinite(network.moving_s[edges])
    for kind, strange in (
        ("slow_ferry", open_ & (kph < limits.ferry_kph[0])),
        ("fast_ferry", open_ & (kph > limits.ferry_kph[1])),
    ):
        for position in np.flatnonzero(strange):
            yield _edge_finding(network, kind, int(edges[position]), f"{kph[position]:.1f} km/h")


def _quays(network: TravelNetwork, limits: Limits) -> Iterator[Finding]:
    """Ends of ferries from which no road leads on, or roads too short to be a network."""
    kinds, topology = network.labels["kind"], network.topology
    ferry, land = np.flatnonzero(kinds.where("ferry")), np.flatnonzero(kinds.where("road", "access"))
    ends = np.concatenate([topology.tails[ferry], topology.heads[ferry]])
    quays, first = np.unique(ends, return_index=True)
    if not len(quays):
        return
    n = network.n_nodes
    pairs = np.ones(len(land), dtype=np.int8), (topology.tails[land], topology.heads[land])
    _, part = csgraph.connected_components(sparse.coo_matrix(pairs, shape=(n, n)), directed=False)
    roads = _edges_once(network, kinds.where("road"))
    km = np.bincount(part[topology.tails[roads]], weights=network.length_m[roads], minlength=n) / 1000.0
    for position in np.flatnonzero(km[part[quays]] < limits.quay_road_km):
        node, edge = int(quays[position]), int(ferry[first[position] % len(ferry)])
        behind = km[part[node]]
        detail = (
            "no road"
            if behind == 0
            else Sentence("net.word.road_m", "{metres:.0f} m of road", metres=1000 * behind)
        )
        finding = _node_finding(network, "quay_without_road", node, count=1, detail=detail)
        name = finding.name or network.labels["name"][edge] or network.labels["ref"][edge]
        yield replace(finding, name=name)


def _motorways(network: TravelNetwork) -> Iterator[Finding]:
    """Motorways at whose end nothing goes on but the way back, or whose start is fed by nothing else."""
    topology = network.topology
    motorway = network.labels["road_class"].where("motorway", "motorway_link")
    open_ = np.isfinite(network.moving_s) & (topology.tails != topology.heads)
    pairs = set(zip(topology.tails[open_].tolist(), topology.heads[open_].tolist(), strict=True))
    ways_out, ways_in = np.zeros(network.n_nodes, dtype=np.int64), np.zeros(network.n_nodes, dtype=np.int64)
    for tail, head in pairs:
        ways_out[tail] += 1
        ways_in[head] += 1
    for edge in np.flatnonzero(motorway & open_):
        tail, head = int(topology.tails[edge]), int(topology.heads[edge])
        back = int((head, tail) in pairs)
        if ways_out[head] - back <= 0:
            yield _edge_finding(network, "dead_end_motorway", int(edge), "ends at its last node", at=head)
        if ways_in[tail] - back <= 0:
            yield _edge_finding(network, "dead_end_motorway", int(edge), "begins at its first node", at=tail)


def _roads(network: TravelNetwork, limits: Limits) -> Iterator[Finding]:
    topology = network.topology
    kinds = network.labels["kind"]
    edges = _edges_once(network, kinds.where("road") | kinds.where("ferry"))
    tails, heads = topology.tails[edges], topology.heads[edges]
    straight = great_circle_m(
        topology.lon[tails], topology.lat[tails], topology.lon[heads], topology.lat[heads]
    )
    length, moving = network.length_m[edges], network.moving_s[edges]
    kph = 3.6 * length / np.maximum(moving, 1e-9)
    road = kinds.where("road")[edges]
    driven = road & np.isfinite(moving) & (length > 100)
    if network.geometry is None:
        bent = np.zeros(len(edges), dtype=bool)
    else:
        bent = np.diff(network.geometry.indptr)[edges] > 0
    checks = (
        ("slow_road", driven & (kph < limits.road_kph[0]), kph, "km/h"),
        ("fast_road", driven & (kph > limits.road_kph[1]), kph, "km/h"),
        (
            "shorter_than_straight",
            (straight > 50) & (length < limits.shorter * straight),
            length / np.maximum(straight, 1e-9),
            "times the straight line",
        ),
        (
            "long_detour",
            road & ~bent & (straight > 500) & (length > limits.detour * straight),
            length / np.maximum(straight, 1e-9),
            "times the straight line",
        ),
    )
    for kind, strange, figures, unit in checks:
        for position in np.flatnonzero(strange):
            yield _edge_finding(network, kind, int(edges[position]), f"{figures[position]:.2f} {unit}")


def _edges_once(network: TravelNetwork, chosen: BoolArray) -> IntArray:
    """The chosen edges, of two that differ in direction only the first."""
    topology = network.topology
    edges = np.flatnonzero(chosen)
    tails, heads = topology.tails[edges], topology.heads[edges]
    keys = np.column_stack(
        [
            np.minimum(tails, heads),
            np.maximum(tails, heads),
            network.labels["link_id"].codes[edges],
            np.rint(np.minimum(network.moving_s[edges], 1e12) * 10).astype(np.int64),
        ]
    )
    if not len(edges):
        return edges
    return edges[np.sort(np.unique(keys, axis=0, return_index=True)[1])]


def _node_finding(network: TravelNetwork, kind: str, node: int, *, count: int, detail: str) -> Finding:
    names = network.node_labels.get("name")
    return Finding(
        kind=kind,
        what=str(network.node_ids[node]),
        name=names[node] if names is not None else "",
        lon=float(network.lon[node]),
        lat=float(network.lat[node]),
        count=count,
        detail=detail,
    )


def _edge_finding(
    network: TravelNetwork, kind: str, edge: int, detail: str, *, at: int | None = None
) -> Finding:
    node = int(network.topology.tails[edge]) if at is None else at
    label = network.labels["name"][edge] or network.labels["ref"][edge]
    return Finding(
        kind=kind,
        what=network.labels["link_id"][edge] or Sentence("net.word.edge", "edge {edge}", edge=edge),
        name=label,
        lon=float(network.lon[node]),
        lat=float(network.lat[node]),
        count=1,
        detail=detail,
    )
