"""Roads for their own traffic: reached by whoever begins or ends there, and no way through.

A road that is ``destination`` or ``private`` (a gate likewise) may be driven at the beginning of a journey
and at its end: restricted roads, then open ones, then restricted ones. Once a journey has driven on an open
road and left it for a restricted one, it stays on restricted roads. Routers approach this with a penalty on
entering (OSRM ``car.lua``: the largest turn weight; Valhalla ``auto``: 600 s, 450 s at private roads), which
changes the minutes or the way; here it is exact and costs no minute, because the forbidden ways are not in
the network: every restricted road is there twice, once to *leave* by and once to *arrive* by, and at the
junctions no turn leads from arriving to leaving or to an open road, and none from an open road to leaving
(:mod:`networks.osm.splitting`, as for turn restrictions).

Three things are decided from the map as a whole:

* What is behind: the open roads of a connected piece of the map that reach each other are its *public* roads,
  the largest such set. Other open roads are reached past restricted ones only, so they count as restricted:
  the yard behind a private gate.
* An area with one entrance is left as it is: nobody can pass through it.
* A ferry's quay is public. Where only restricted roads lead to it (lanes of the quay that are ``private``),
  the shortest of them are opened; Valhalla does the same.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from networks.arrays import BoolArray, IntArray
from networks.doubled import ARRIVING, GATE, LEAVING
from networks.labels import Labels
from networks.osm.assemble import EdgeBlock, join_labels
from networks.osm.report import Tally
from networks.topology import EdgeGeometry, reorder_geometry


@dataclass(frozen=True)
class Layers:
    """Roads with those for their own traffic doubled.

    Attributes:
        roads: directed edges, with the label ``through``.
        origin: (n_edges,) the edge that each was before.
        stage: (n_edges,) 0 = to leave by, 1 = open, 2 = to arrive by.
        public: (n_nodes,) nodes on the public roads.
    """

    roads: EdgeBlock
    origin: IntArray
    stage: IntArray
    public: BoolArray


def layered(roads: EdgeBlock, others: Sequence[EdgeBlock], n_nodes: int, tally: Tally) -> Layers:
    """Double the restricted roads of every area that could be driven through.

    Args:
        roads: directed edges of roads, with the label ``access``, and the gates as edges of no length.
        others: ferries and the links to their quays, which are open.
        n_nodes: number of nodes.
        tally: takes the counts.
    """
    restricted = ~roads.labels["access"].where("")
    size = len(roads.tails)
    everything = np.arange(size, dtype=np.int64)
    if not restricted.any():
        return Layers(roads, everything, np.ones(size, dtype=np.int64), np.ones(n_nodes, dtype=bool))
    restricted = restricted & ~_quay_lanes(roads, restricted, others, tally)
    other_tails, other_heads = (
        np.concatenate([getattr(one, name) for one in others]) for name in ("tails", "heads")
    )
    tails, heads = np.concatenate([roads.tails, other_tails]), np.concatenate([roads.heads, other_heads])
    open_ = np.concatenate([~restricted, np.ones(len(other_tails), dtype=bool)])
    public = public_nodes(tails, heads, open_, n_nodes)
    behind = ~(open_ & public[tails] & public[heads])
    area = _areas(tails, heads, behind, n_nodes)
    passable = _several_entrances(area, public, tails, heads, behind)
    at_sea = np.unique(area[other_tails[behind[size:]]])
    tally.add(
        "access", "areas with a ferry, driven through", int(np.isin(at_sea, np.flatnonzero(passable)).sum())
    )
    passable[at_sea] = False
    doubled = behind[:size] & passable[area[roads.tails]]
    _count(roads, restricted, behind[:size] & ~restricted, doubled, area, tally)
    once, twice = np.flatnonzero(~doubled), np.flatnonzero(doubled)
    origin = np.concatenate([once, twice, twice])
    stage = np.repeat(np.asarray([1, 0, 2]), [len(once), len(twice), len(twice)])
    taken = take_edges(roads, origin)
    through = Labels(stage.astype(np.int32), (LEAVING, "", ARRIVING))
    taken = replace(taken, labels={**taken.labels, "through": through})
    return Layers(taken, origin, stage, public)


def public_nodes(tails: IntArray, heads: IntArray, open_: BoolArray, n_nodes: int) -> BoolArray:
    """(n_nodes,) nodes of the largest set, of each connected piece, that reach each other by open edges."""
    weak = _connected(tails, heads, n_nodes, "weak")
    strong = _connected(tails[open_], heads[open_], n_nodes, "strong")
    inside = open_ & (strong[tails] == strong[heads])
    sizes = np.bincount(strong[tails[inside]], minlength=int(strong.max(initial=-1)) + 1)
    piece = np.zeros(len(sizes), dtype=np.int64)
    piece[strong] = weak
    order = np.lexsort((np.arange(len(sizes)), -sizes, piece))
    first = np.ones(len(order), dtype=bool)
    first[1:] = piece[order][1:] != piece[order][:-1]
    chosen = np.zeros(len(sizes), dtype=bool)
    chosen[order[first]] = True
    return np.asarray((chosen & (sizes > 0))[strong])


def _connected(
    tails: IntArray, heads: IntArray, n_nodes: int, connection: Literal["weak", "strong"]
) -> IntArray:
    graph = sparse.coo_matrix((np.ones(len(tails), dtype=bool), (tails, heads)), shape=(n_nodes, n_nodes))
    labels: IntArray = csgraph.connected_components(graph, directed=True, connection=connection)[1].astype(
        np.int64
    )
    return labels


def _areas(tails: IntArray, heads: IntArray, behind: BoolArray, n_nodes: int) -> IntArray:
    """(n_nodes,) the area of restricted roads at each node; areas that share a node are one."""
    return _connected(tails[behind], heads[behind], n_nodes, "weak")


def _several_entrances(
    area: IntArray, public: BoolArray, tails: IntArray, heads: IntArray, behind: BoolArray
) -> BoolArray:
    """(n_areas,) whether an area touches the public roads at more than one node."""
    touched = np.unique(np.concatenate([tails[behind], heads[behind]]))
    entrances = np.bincount(area[touched[public[touched]]], minlength=int(area.max(initial=-1)) + 1)
    return np.asarray(entrances > 1)


def _count(
    roads: EdgeBlock,
    restricted: BoolArray,
    beyond: BoolArray,
    doubled: BoolArray,
    area: IntArray,
    tally: Tally,
) -> None:
    km = roads.length_m / 1000.0
    tally.add("access", "km of roads for their own traffic", round(float(km[restricted].sum()), 1))
    tally.add("access", "km of open roads behind them", round(float(km[beyond].sum()), 1))
    tally.add(
        "access",
        "areas with several entrances, not driven through",
        len(np.unique(area[roads.tails[doubled]])),
    )
    tally.add("access", "directed edges doubled for it", int(doubled.sum()))


def _quay_lanes(
    roads: EdgeBlock, restricted: BoolArray, others: Sequence[EdgeBlock], tally: Tally
) -> BoolArray:
    """(n_edges,) restricted roads that are the shortest way between a quay and the open roads."""
    opened = np.zeros(len(restricted), dtype=bool)
    sails = [one.labels["kind"].where("ferry") for one in others]
    quays = {
        int(node)
        for one, ferry in zip(others, sails, strict=True)
        for ends in (one.tails, one.heads)
        for node in ends[ferry]
    }
    on_open = np.unique(np.concatenate([roads.tails[~restricted], roads.heads[~restricted]]))
    cut_off = sorted(quays - set(on_open.tolist()))
    if not cut_off:
        return opened
    goal = set(on_open.tolist())
    usable = np.flatnonzero(restricted)
    links = [one for one, ferry in zip(others, sails, strict=True) if not ferry.any()]
    for reverse in (False, True):
        onward: defaultdict[int, list[tuple[int, float, int]]] = defaultdict(list)
        starts, ends = (roads.heads, roads.tails) if reverse else (roads.tails, roads.heads)
        for edge in usable.tolist():
            onward[int(starts[edge])].append((int(ends[edge]), float(roads.length_m[edge]), edge))
        for link in links:
            for tail, head in zip(link.tails.tolist(), link.heads.tolist(), strict=True):
                onward[tail].append((head, 0.0, -1))
        for quay in cut_off:
            opened[_lane(onward, quay, goal)] = True
    tally.add("access", "restricted roads opened as the way to a quay", int(opened.sum()))
    return opened


def _lane(onward: Mapping[int, Iterable[tuple[int, float, int]]], quay: int, goal: set[int]) -> list[int]:
    """Edges of the shortest way from a quay to one of the goals; none without a way."""
    least, came = {quay: 0.0}, {quay: (quay, -1)}
    heap = [(0.0, quay)]
    while heap:
        metres, node = heapq.heappop(heap)
        if metres > least[node]:
            continue
        if node in goal:
            edges = []
            while node != quay:
                node, edge = came[node]
                edges += [edge] if edge >= 0 else []
            return edges
        for head, length, edge in onward.get(node, ()):
            if metres + length < least.get(head, np.inf):
                least[head], came[head] = metres + length, (node, edge)
                heapq.heappush(heap, (metres + length, head))
    return []


def take_edges(block: EdgeBlock, rows: IntArray) -> EdgeBlock:
    """Some of the edges of a block, or the same ones several times."""
    return EdgeBlock(
        tails=block.tails[rows],
        heads=block.heads[rows],
        moving_s=block.moving_s[rows],
        wait_s=block.wait_s[rows],
        length_m=block.length_m[rows],
        service=block.service[rows],
        labels={name: labels.take(rows) for name, labels in block.labels.items()},
        geometry=reorder_geometry(block.geometry, rows),
    )


def with_gates(roads: EdgeBlock, gates: Sequence[tuple[int, int]], access: Sequence[str]) -> EdgeBlock:
    """The roads, and edges of no length through gates that open for their own traffic.

    Args:
        roads: directed edges.
        gates: (tail, head) of the edges through gates.
        access: ``destination`` or ``private`` of each.
    """
    size = len(gates)
    if not size:
        return roads
    ends = np.asarray(gates, dtype=np.int64).reshape(-1, 2)
    texts = {
        "kind": "road",
        "road_class": GATE,
        "source": roads.labels["source"][0] if len(roads.tails) else "",
    }
    labels = {name: Labels.constant(texts.get(name, ""), size) for name in roads.labels}
    labels["access"] = Labels.of(list(access))
    nothing: NDArray[np.float64] = np.zeros(size)
    indptr = np.concatenate([roads.geometry.indptr, np.full(size, roads.geometry.indptr[-1])])
    return EdgeBlock(
        tails=np.concatenate([roads.tails, ends[:, 0]]),
        heads=np.concatenate([roads.heads, ends[:, 1]]),
        moving_s=np.concatenate([roads.moving_s, nothing]),
        wait_s=np.concatenate([roads.wait_s, nothing]),
        length_m=np.concatenate([roads.length_m, nothing]),
        service=np.concatenate([roads.service, np.full(size, -1, dtype=np.int32)]),
        labels={name: join_labels([own, labels[name]]) for name, own in roads.labels.items()},
        geometry=EdgeGeometry(indptr, roads.geometry.lon, roads.geometry.lat),
    )
