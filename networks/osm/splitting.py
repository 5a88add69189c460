"""Junctions split into several nodes where not every arrival may use every departure.

Roads that arrive with the same rights end at one node, roads that may be left to from the same arrivals begin
at one node, and edges of no length lead from arrivals to the departures they may use. The junction's own node
keeps its *home* rights: those of journeys that start at the junction, and of whatever is not a road (ferries,
links to quays).

Where two roads of the same class cross (:mod:`networks.osm.turning`), arrivals and departures are told apart
by their road as well, and the edges from one road to the other take as long as the turn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

import networkx as nx
import numpy as np

from networks.arrays import IntArray
from networks.network import EdgeGeometry, Labels
from networks.osm.assemble import EdgeBlock
from networks.osm.blocks import SOURCE

Rights = frozenset[int]
#: The groups of arrivals that may use a departure.
Kind = frozenset[Rights]
#: Nodes of arrivals of the same rights on the same road, and of departures of the same kind on the same road;
#: True is the second of two roads that cross.
Ends = Mapping[tuple[Rights, bool], int]
Starts = Mapping[tuple[Kind, bool], int]


@dataclass(frozen=True)
class Split:
    """The road edges after junctions were split.

    Attributes:
        roads: the roads, some of them with new end nodes.
        connectors: the edges of no length.
        copy_of: (n_new,) the node that each new node stands beside; new nodes follow the old ones.
    """

    roads: EdgeBlock
    connectors: EdgeBlock
    copy_of: IntArray


class Splitter:
    """Gives edges new end nodes; the arrays are copied once.

    Args:
        roads: directed edges.
        n_nodes: nodes so far.
        stage: (n_edges,) 0 = leaves an area for its own traffic, 1 = open, 2 = enters one.
    """

    def __init__(self, roads: EdgeBlock, n_nodes: int, stage: IntArray) -> None:
        self._roads, self._stage = roads, stage
        self._tails, self._heads = roads.tails.copy(), roads.heads.copy()
        self._n_nodes = n_nodes
        self._copy_of: list[int] = []
        self._connectors: list[tuple[int, int, str, float]] = []

    def split(
        self,
        node: int,
        arriving: Sequence[int],
        leaving: Sequence[int],
        banned: Set[tuple[int, int]],
        *,
        open_road: bool,
        second: Set[int] = frozenset(),
        seconds: float = 0.0,
    ) -> None:
        """Split one node.

        Args:
            node: the node.
            arriving: edges that end there.
            leaving: edges that begin there.
            banned: pairs of them that are no turn.
            open_road: whether an open road passes: then a journey from the node begins on it.
            second: the edges of one of two roads that cross; journeys from the node begin on the other.
            seconds: what a turn from one of them to the other takes.
        """
        rights = {a: frozenset(b for b in leaving if (a, b) not in banned) for a in arriving}
        home = frozenset(b for b in leaving if not open_road or self._stage[b] >= 1)
        groups = {home, *rights.values()}
        kind_of = {b: frozenset(group for group in groups if b in group) for b in leaving}
        start_of: dict[tuple[Kind, bool], int] = {}
        first = _least({kind_of[b] for b in home})
        # Who has crossed over must not do so again with the rights of others: two roads share no node.
        if len(first) == 1 and not second:
            start_of[first[0], False] = node
        for key in sorted({(kind_of[b], b in second) for b in leaving}, key=_by_size):
            if key not in start_of:
                start_of[key] = self._new(node)
        end_of = {(home, False): node}
        ends = {(group, a in second) for a, group in rights.items()} - end_of.keys()
        for group, side in sorted(ends, key=lambda one: (sorted(one[0]), one[1])):
            usable = _least({kind_of[b] for b in group})
            shared = len(usable) == 1 and not second
            end_of[group, side] = start_of[usable[0], False] if shared else self._new(node)
        own_of = {b: start_of[kind, b in second] for b, kind in kind_of.items()}
        stage_of = self._stages(own_of, {a: (group, a in second) for a, group in rights.items()}, end_of)
        stage_of |= {node: 1 if open_road else 0}
        stage_of = stage_of if open_road else {}
        before = len(self._connectors)
        if (home, True) in end_of:
            self._connect(end_of[home, True], node, stage_of, seconds)
        self._join(node, kind_of, second, start_of, end_of, stage_of, seconds)
        self._gather(node, {node, *start_of.values(), *end_of.values()}, before, stage_of)
        for b, start in own_of.items():
            self._tails[b] = start
        for a, group in rights.items():
            self._heads[a] = end_of[group, a in second]

    def cross(self, node: int, arriving: Sequence[int], leaving: Sequence[int], seconds: float) -> None:
        """Give one of two roads that cross a node of its own, joined to the other by a turn both ways.

        Args:
            node: the node, which the other road and whatever is not a road keep.
            arriving: edges of the road that end there.
            leaving: edges of the road that begin there.
            seconds: what the turn takes.
        """
        beside = self._new(node)
        self._heads[list(arriving)] = beside
        self._tails[list(leaving)] = beside
        for tail, head in ((node, beside), (beside, node)):
            self._connect(tail, head, {}, seconds)

    def _stages(
        self, start_of: Mapping[int, int], group_of: Mapping[int, tuple[Rights, bool]], end_of: Ends
    ) -> dict[int, int]:
        """The stage of a journey at each node: that of the least of its departures, else of its arrivals."""
        stages: dict[int, int] = {}
        for a, key in group_of.items():
            able = min((int(self._stage[b]) for b in key[0]), default=int(self._stage[a]))
            stages[end_of[key]] = min(able, stages.get(end_of[key], 2))
        for b, start in start_of.items():
            stages[start] = min(int(self._stage[b]), stages.get(start, 2))
        return stages

    def _join(
        self,
        home: int,
        kind_of: Mapping[int, Kind],
        second: Set[int],
        start_of: Starts,
        end_of: Ends,
        stage_of: Mapping[int, int],
        seconds: float,
    ) -> None:
        """Edges of no length: from arrivals to departures, and on to those that more arrivals may use."""
        for (kind, side), start in start_of.items():
            for wider in _least({other for other, its in start_of if kind < other and its == side}):
                self._connect(start, start_of[wider, side], stage_of)
        for (group, side), end in sorted(end_of.items(), key=lambda one: (sorted(one[0][0]), one[0][1])):
            for its in (False, True):
                for kind in _least({kind_of[b] for b in group if (b in second) == its}):
                    self._connect(end, start_of[kind, its], stage_of, seconds if its != side else 0.0)
            if not group:  # a dead end, joined so that it is known to lie at the junction
                self._connect(home, end, stage_of)

    def _gather(self, home: int, nodes: Set[int], before: int, stage_of: Mapping[int, int]) -> None:
        """Join what the connectors from ``before`` on leave apart: it lies at the junction and must say so.

        All run into a dead end: none gains a turn by it.
        """
        graph = nx.Graph([pair[:2] for pair in self._connectors[before:]])
        graph.add_nodes_from(nodes)
        apart = sorted(min(part) for part in nx.connected_components(graph) if home not in part)
        if apart:
            dead_end = self._new(home)
            for tail in (home, *apart):
                self._connect(tail, dead_end, stage_of)

    def _new(self, node: int) -> int:
        self._copy_of.append(node)
        return self._n_nodes + len(self._copy_of) - 1

    def _connect(self, tail: int, head: int, stage_of: Mapping[int, int], seconds: float = 0.0) -> None:
        if tail == head:
            return
        before, after = stage_of.get(tail, 1), stage_of.get(head, 1)
        through = "leaving" if before < 1 else "arriving" if after > 1 else ""
        self._connectors.append((tail, head, through, seconds))

    def result(self) -> Split:
        """The roads with their new ends, and the edges of no length.

        Those carry no way's id, number or name: closing the road beside them must not close the junction.
        """
        added = np.asarray([pair[:2] for pair in self._connectors], dtype=np.int64).reshape(-1, 2)
        size = len(added)
        texts = {"kind": "road", "source": SOURCE}
        labels = {name: Labels.constant(texts.get(name, ""), size) for name in self._roads.labels}
        labels["through"] = Labels.of([text for _, _, text, _ in self._connectors])
        connectors = EdgeBlock(
            tails=added[:, 0],
            heads=added[:, 1],
            moving_s=np.asarray([seconds for *_, seconds in self._connectors], dtype=np.float64),
            wait_s=np.zeros(size),
            length_m=np.zeros(size),
            service=np.full(size, -1, dtype=np.int32),
            labels=labels,
            geometry=EdgeGeometry(np.zeros(size + 1, dtype=np.int64), np.zeros(0), np.zeros(0)),
        )
        roads = replace(self._roads, tails=self._tails, heads=self._heads)
        return Split(roads, connectors, np.asarray(self._copy_of, dtype=np.int64))


def _by_size(key: tuple[Kind, bool]) -> tuple[int, list[list[int]], bool]:
    kind, side = key
    return len(kind), sorted(map(sorted, kind)), side


def _least(kinds: Set[Kind]) -> list[Kind]:
    """Those that contain no other."""
    return [
        kind
        for kind in sorted(kinds, key=lambda one: _by_size((one, False)))
        if not any(other < kind for other in kinds)
    ]
