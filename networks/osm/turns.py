"""Junctions as vehicles pass them: turn restrictions, no turning round beside them, no way through."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from networks.arrays import BoolArray, IntArray
from networks.osm.assemble import EdgeBlock
from networks.osm.restrictions import Banned, edges_at
from networks.osm.splitting import Split, Splitter
from networks.osm.through import Layers
from networks.osm.turning import Crossing

#: Nodes within this of a restricted turn belong to the same junction, metres along the road.
JUNCTION_WITHIN_M = 50.0
_NO_CROSSING = Crossing((), (), 0.0)
#: Nodes within this of it at which the road merely goes on (a way ends, another begins) are no place to turn.
GOES_ON_WITHIN_M = 200.0


def split_junctions(
    layers: Layers, banned: Banned, n_nodes: int, crossings: Mapping[int, Crossing] | None = None
) -> Split:
    """The roads with every junction split where a turn is forbidden, would lead through or costs time.

    Args:
        layers: the roads, those for their own traffic doubled.
        banned: pairs of edges that are no turn, by node, as numbered before the doubling.
        n_nodes: number of nodes.
        crossings: where roads of the same class cross, their edges numbered as before the doubling; one that
            is split for another reason too keeps the seconds of its turns.
    """
    crossings = crossings or {}
    roads = layers.roads
    doubled = layers.stage != 1
    nodes = {*banned, *roads.tails[doubled].tolist(), *roads.heads[doubled].tolist()}
    arriving, leaving = edges_at(roads.heads, nodes, n_nodes), edges_at(roads.tails, nodes, n_nodes)
    splitter = Splitter(roads, n_nodes, layers.stage)
    origin = layers.origin
    for node in sorted(nodes):
        here = banned.get(node, set())
        crossing = crossings.get(node, _NO_CROSSING)
        second_in = [a for a in arriving[node] if int(origin[a]) in crossing.arriving]
        second_out = [b for b in leaving[node] if int(origin[b]) in crossing.leaving]
        no_turn = {
            (a, b)
            for a in arriving[node]
            for b in leaving[node]
            if layers.stage[a] > layers.stage[b] or (int(origin[a]), int(origin[b])) in here
        }
        if no_turn:
            splitter.split(
                node,
                arriving[node],
                leaving[node],
                no_turn,
                open_road=bool(layers.public[node]),
                second={*second_in, *second_out},
                seconds=crossing.seconds,
            )
        elif second_in or second_out:
            splitter.cross(node, second_in, second_out, crossing.seconds)
    # Elsewhere every edge is there once, and what crosses is known without looking for it.
    single = np.full(int(origin.max(initial=-1)) + 1, -1, dtype=np.int64)
    once = np.flatnonzero(~doubled)
    single[origin[once]] = once
    for node in sorted(crossings.keys() - nodes):
        crossing = crossings[node]
        second_in, second_out = (single[[*edges]].tolist() for edges in (crossing.arriving, crossing.leaving))
        splitter.cross(node, second_in, second_out, crossing.seconds)
    return splitter.result()


def without_turning_round(banned: Banned, roads: EdgeBlock, frozen: BoolArray) -> Banned:
    """The forbidden turns, and turning round at the nodes that belong to the same junctions.

    Whoever may not turn left would else drive on to the next node of the junction, turn round there in no
    time and come back for a right turn. Nodes within :data:`JUNCTION_WITHIN_M` belong to the junction, and
    those up to :data:`GOES_ON_WITHIN_M` at which a road merely goes on. At dead ends and at other junctions
    vehicles may turn round.

    Args:
        banned: pairs of edges that are no turn, by node.
        roads: directed edges.
        frozen: (n_nodes,) nodes that may not be split.
    """
    if not banned:
        return banned
    streets = _Streets(roads, len(frozen))
    further: dict[int, set[tuple[int, int]]] = {node: set(pairs) for node, pairs in banned.items()}
    for node in sorted({near for start in banned for near in streets.of_junction(start)}):
        pairs = set() if frozen[node] else set(streets.turning_round(node))
        if pairs:
            further[node] = pairs | further.get(node, set())
    return further


class _Streets:
    """Edges by their nodes."""

    def __init__(self, roads: EdgeBlock, n_nodes: int) -> None:
        self._roads = roads
        self._ways = roads.labels["link_id"].codes
        self._by_tail, self._tail_at = _grouped(roads.tails, n_nodes)
        self._by_head, self._head_at = _grouped(roads.heads, n_nodes)

    def leaving(self, node: int) -> list[int]:
        """Edges that begin at a node."""
        return list(map(int, self._by_tail[self._tail_at[node] : self._tail_at[node + 1]]))

    def arriving(self, node: int) -> list[int]:
        """Edges that end at a node."""
        return list(map(int, self._by_head[self._head_at[node] : self._head_at[node + 1]]))

    def of_junction(self, start: int) -> Iterator[int]:
        """The nodes that belong to the junction of a node, itself left out."""
        seen: set[int] = set()
        waiting = [(0.0, start)]
        while waiting:
            metres, node = heapq.heappop(waiting)
            if node in seen:
                continue
            seen.add(node)
            if node != start:
                yield node
            for edge in self.leaving(node):
                head, there = int(self._roads.heads[edge]), metres + float(self._roads.length_m[edge])
                near = there <= JUNCTION_WITHIN_M or (there <= GOES_ON_WITHIN_M and self._goes_on(head))
                if head not in seen and near:
                    heapq.heappush(waiting, (there, head))

    def turning_round(self, node: int) -> Iterator[tuple[int, int]]:
        """Pairs of edges by which a vehicle turns round at a node where it could drive on."""
        leaving = self.leaving(node)
        for edge in self.arriving(node):
            back = [other for other in leaving if self._is_back(edge, other)]
            if len(back) < len(leaving):
                yield from ((edge, other) for other in back)

    def _is_back(self, edge: int, other: int) -> bool:
        roads = self._roads
        same = roads.tails[edge] == roads.heads[other] and self._ways[edge] == self._ways[other]
        return bool(same and abs(roads.length_m[edge] - roads.length_m[other]) < 0.1)

    def _goes_on(self, node: int) -> bool:
        """Whether a road merely goes on at a node: two stretches of road meet there and no more."""
        ends = self._stretches(self.leaving(node), self._roads.heads)
        return len(ends | self._stretches(self.arriving(node), self._roads.tails)) == 2

    def _stretches(self, edges: Iterable[int], ends: IntArray) -> set[tuple[int, int, int]]:
        metres = self._roads.length_m
        return {(int(ends[edge]), int(self._ways[edge]), round(float(metres[edge]))) for edge in edges}


def _grouped(ends: IntArray, n_nodes: int) -> tuple[IntArray, IntArray]:
    """Edges sorted by the node at one end, and where those of each node begin."""
    order = np.argsort(ends, kind="stable")
    starts = np.zeros(n_nodes + 1, dtype=np.int64)
    np.cumsum(np.bincount(ends, minlength=n_nodes), out=starts[1:])
    return order, starts
