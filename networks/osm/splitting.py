"""Junctions split into several nodes where not every arrival may use every departure.

Roads that arrive with the same rights end at one node, roads that may be left to from the same arrivals begin
at one node, and edges of no length lead from arrivals to the departures they may use. The junction's own node
keeps its *home* rights: those of journeys that start at the junction, and of whatever is not a road (ferries,
links to quays).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

import numpy as np

from networks.arrays import IntArray
from networks.network import EdgeGeometry, Labels
from networks.osm.assemble import EdgeBlock
from networks.osm.blocks import SOURCE

Rights = frozenset[int]
#: The groups of arrivals that may use a departure.
Kind = frozenset[Rights]


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
        self._connectors: list[tuple[int, int, str]] = []
        self._turn_s: dict[int, float] = {}

    def split(
        self,
        node: int,
        arriving: Sequence[int],
        leaving: Sequence[int],
        banned: Set[tuple[int, int]],
        *,
        open_road: bool,
    ) -> None:
        """Split one node.

        Args:
            node: the node.
            arriving: edges that end there.
            leaving: edges that begin there.
            banned: pairs of them that are no turn.
            open_road: whether an open road passes: then a journey from the node begins on it.
        """
        rights = {a: frozenset(b for b in leaving if (a, b) not in banned) for a in arriving}
        home = frozenset(b for b in leaving if not open_road or self._stage[b] >= 1)
        groups = {home, *rights.values()}
        kind_of = {b: frozenset(group for group in groups if b in group) for b in leaving}
        kinds = sorted(set(kind_of.values()), key=len)
        start_of: dict[Kind, int] = {}
        first = _least({kind_of[b] for b in home})
        if len(first) == 1:
            start_of[first[0]] = node
        for kind in kinds:
            start_of.setdefault(kind, -1)
            if start_of[kind] < 0:
                start_of[kind] = self._new(node)
        end_of = {home: node}
        for group in sorted(groups - {home}, key=sorted):
            usable = _least({kind_of[b] for b in group})
            end_of[group] = start_of[usable[0]] if len(usable) == 1 else self._new(node)
        stage_of = self._stages(kind_of, start_of, rights, end_of) | {node: 1 if open_road else 0}
        self._join(home, groups, kind_of, start_of, end_of, stage_of if open_road else {})
        for b, kind in kind_of.items():
            self._tails[b] = start_of[kind]
        for a, group in rights.items():
            self._heads[a] = end_of[group]

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
        for pair in ((node, beside, ""), (beside, node, "")):
            self._turn_s[len(self._connectors)] = seconds
            self._connectors.append(pair)

    def _stages(
        self,
        kind_of: Mapping[int, Kind],
        start_of: Mapping[Kind, int],
        rights: Mapping[int, Rights],
        end_of: Mapping[Rights, int],
    ) -> dict[int, int]:
        """The stage of a journey at each node: that of the least of its departures, else of its arrivals."""
        stages: dict[int, int] = {}
        for a, group in rights.items():
            able = min((int(self._stage[b]) for b in group), default=int(self._stage[a]))
            stages[end_of[group]] = min(able, stages.get(end_of[group], 2))
        for kind, start in start_of.items():
            able = min(int(self._stage[b]) for b, own in kind_of.items() if own == kind)
            stages[start] = min(able, stages.get(start, 2))
        return stages

    def _join(
        self,
        home: Rights,
        groups: Set[Rights],
        kind_of: Mapping[int, Kind],
        start_of: Mapping[Kind, int],
        end_of: Mapping[Rights, int],
        stage_of: Mapping[int, int],
    ) -> None:
        """Edges of no length: from arrivals to departures, and on to those that more arrivals may use."""
        for kind, start in start_of.items():
            for wider in _least({other for other in start_of if kind < other}):
                self._connect(start, start_of[wider], stage_of)
        for group in sorted(groups, key=sorted):
            usable = _least({kind_of[b] for b in group})
            for kind in usable:
                self._connect(end_of[group], start_of[kind], stage_of)
            if not usable:  # a dead end, joined so that it is known to lie at the junction
                self._connect(end_of[home], end_of[group], stage_of)

    def _new(self, node: int) -> int:
        self._copy_of.append(node)
        return self._n_nodes + len(self._copy_of) - 1

    def _connect(self, tail: int, head: int, stage_of: Mapping[int, int]) -> None:
        if tail == head:
            return
        before, after = stage_of.get(tail, 1), stage_of.get(head, 1)
        self._connectors.append((tail, head, "leaving" if before < 1 else "arriving" if after > 1 else ""))

    def result(self) -> Split:
        """The roads with their new ends, and the edges of no length.

        Those carry no way's id, number or name: closing the road beside them must not close the junction.
        """
        added = np.asarray([pair[:2] for pair in self._connectors], dtype=np.int64).reshape(-1, 2)
        size = len(added)
        texts = {"kind": "road", "source": SOURCE}
        labels = {name: Labels.constant(texts.get(name, ""), size) for name in self._roads.labels}
        labels["through"] = Labels.of([text for *_, text in self._connectors])
        connectors = EdgeBlock(
            tails=added[:, 0],
            heads=added[:, 1],
            moving_s=np.asarray([self._turn_s.get(row, 0.0) for row in range(size)], dtype=np.float64),
            wait_s=np.zeros(size),
            length_m=np.zeros(size),
            service=np.full(size, -1, dtype=np.int32),
            labels=labels,
            geometry=EdgeGeometry(np.zeros(size + 1, dtype=np.int64), np.zeros(0), np.zeros(0)),
        )
        roads = replace(self._roads, tails=self._tails, heads=self._heads)
        return Split(roads, connectors, np.asarray(self._copy_of, dtype=np.int64))


def _least(kinds: Set[Kind]) -> list[Kind]:
    """Those that contain no other."""
    return [
        kind
        for kind in sorted(kinds, key=lambda one: (len(one), sorted(map(sorted, one))))
        if not any(other < kind for other in kinds)
    ]
