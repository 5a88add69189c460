"""Turn restrictions, by splitting nodes only where one applies.

Applied are ``no_*`` and ``only_*`` with one node as *via*; those with a way as *via*, and those that hold at
certain times only, are counted. At a junction with a restriction the roads that arrive with the same rights
end at one node, the roads that may be left to from the same arrivals begin at one node, and edges of no
length lead from arrivals to the departures they may use. The junction's own node keeps every right: it is
where journeys that start at the junction begin, and where roads without a restriction arrive. Turning round
at the next junction remains possible, as everywhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from networks.network import EdgeGeometry, Labels
from networks.osm.access import Profile
from networks.osm.assemble import EdgeBlock
from networks.osm.blocks import SOURCE
from networks.osm.opl import Relation
from networks.osm.pieces import BoolArray, IntArray
from networks.osm.report import Tally

_KEYS = ("restriction:motorcar", "restriction:motor_vehicle", "restriction:vehicle", "restriction")
_TIMED = ("restriction:conditional", "day_on", "hour_on", "day_off", "hour_off")
_EXCEPT = {
    "car": {"motorcar", "motor_vehicle", "vehicle"},
    "ambulance": {"motorcar", "motor_vehicle", "vehicle", "emergency"},
}


@dataclass(frozen=True, slots=True)
class Restriction:
    """One ``no_*`` or ``only_*`` with a via node, by OpenStreetMap ids."""

    only: bool
    from_ways: frozenset[int]
    via: int
    to_ways: frozenset[int]


def read_restrictions(relations: Iterable[Relation], profile: Profile, tally: Tally) -> list[Restriction]:
    """The restrictions that hold for a profile at all times."""
    found = []
    for relation in relations:
        if relation.tags.get("type") != "restriction":
            continue
        restriction = _restriction(relation, profile)
        if isinstance(restriction, str):
            tally.add("turn restrictions", restriction)
        else:
            found.append(restriction)
    return found


def _restriction(relation: Relation, profile: Profile) -> Restriction | str:
    value = next((relation.tags[key] for key in _KEYS if key in relation.tags), "")
    named = value.startswith(("no_", "only_"))
    if any(key in relation.tags for key in (_TIMED[1:] if named else _TIMED)):
        return "not applied: holds at certain times"
    if not named or _EXCEPT[profile] & {part.strip() for part in relation.tags.get("except", "").split(";")}:
        return "not for this vehicle"
    roles: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for kind, ref, role in relation.members:
        roles[role, kind].append(ref)
    if roles["via", "w"]:
        return "not applied: leads over a via way"
    from_ways, via, to_ways = roles["from", "w"], roles["via", "n"], roles["to", "w"]
    if not from_ways or len(via) != 1 or not to_ways:
        return "not applied: incomplete"
    return Restriction(value.startswith("only_"), frozenset(from_ways), via[0], frozenset(to_ways))


@dataclass(frozen=True)
class Split:
    """The road edges after the junctions were split.

    Attributes:
        roads: the roads, some of them with new end nodes.
        connectors: the edges of no length.
        copy_of: (n_new,) the node that each new node stands beside; new nodes follow the old ones.
    """

    roads: EdgeBlock
    connectors: EdgeBlock
    copy_of: IntArray


def split_junctions(
    restrictions: Sequence[Restriction],
    roads: EdgeBlock,
    node_of_via: IntArray,
    n_nodes: int,
    tally: Tally,
) -> Split:
    """Split the nodes of junctions where a restriction forbids a turn.

    Args:
        restrictions: what holds.
        roads: directed edges of the roads, ``link_id`` the way.
        node_of_via: (n_restrictions,) node of each via, -1 where it may not be split or is none.
        n_nodes: nodes so far.
        tally: takes the counts.
    """
    at: defaultdict[int, list[Restriction]] = defaultdict(list)
    for restriction, node in zip(restrictions, node_of_via.tolist(), strict=True):
        if node >= 0:
            at[node].append(restriction)
        else:
            tally.add("turn restrictions", "not applied: no junction of the network")
    wanted = np.zeros(n_nodes, dtype=bool)
    wanted[list(at)] = True
    arriving, leaving = _edges_at(roads.heads, wanted), _edges_at(roads.tails, wanted)
    splitter = _Splitter(roads, n_nodes)
    for node, here in at.items():
        banned = _banned(here, arriving[node], leaving[node], roads.labels["link_id"], tally)
        if banned:
            splitter.split(node, arriving[node], leaving[node], banned)
    return splitter.result()


def _edges_at(ends: IntArray, wanted: BoolArray) -> defaultdict[int, list[int]]:
    at: defaultdict[int, list[int]] = defaultdict(list)
    for edge in np.flatnonzero(wanted[ends]).tolist():
        at[int(ends[edge])].append(edge)
    return at


def _banned(
    restrictions: Sequence[Restriction],
    arriving: Sequence[int],
    leaving: Sequence[int],
    ways: Labels,
    tally: Tally,
) -> set[tuple[int, int]]:
    """Pairs of arriving and leaving edges that the restrictions of one junction forbid.

    A restriction whose *from* or *to* road passes through the junction names no turn and is not applied.
    """
    banned: set[tuple[int, int]] = set()
    only: defaultdict[int, set[int]] = defaultdict(set)
    for restriction in restrictions:
        from_edges = [edge for edge in arriving if int(ways[edge]) in restriction.from_ways]
        to_edges = [edge for edge in leaving if int(ways[edge]) in restriction.to_ways]
        if not from_edges or not to_edges:
            tally.add("turn restrictions", "without effect: a road is closed or one-way")
        elif len(from_edges) > len(restriction.from_ways) or len(to_edges) > len(restriction.to_ways):
            tally.add("turn restrictions", "not applied: a road passes through the junction")
        else:
            tally.add("turn restrictions", "applied")
            for edge in from_edges:
                if restriction.only:
                    only[edge].update(to_edges)
                else:
                    banned.update((edge, other) for other in to_edges)
    banned.update((edge, other) for edge, kept in only.items() for other in leaving if other not in kept)
    return banned


class _Splitter:
    """Gives edges new end nodes; the arrays are copied once."""

    def __init__(self, roads: EdgeBlock, n_nodes: int) -> None:
        self._roads = roads
        self._tails, self._heads = roads.tails.copy(), roads.heads.copy()
        self._n_nodes = n_nodes
        self._copy_of: list[int] = []
        self._connectors: list[tuple[int, int]] = []

    def split(
        self, node: int, arriving: Sequence[int], leaving: Sequence[int], banned: set[tuple[int, int]]
    ) -> None:
        """Split one node.

        Arrivals with the same rights form a group; departures open to the same groups form a class.
        """
        rights = {a: frozenset(b for b in leaving if (a, b) not in banned) for a in arriving}
        everything = frozenset(leaving)
        groups = {group for group in rights.values() if group != everything}
        classes = {b: frozenset(group for group in groups if b in group) for b in leaving}
        start_of = {kind: node if not kind else self._new(node) for kind in set(classes.values())}
        for b, kind in classes.items():
            self._tails[b] = start_of[kind]
        ends = {everything: node}
        for group in groups:
            usable = sorted({start_of[classes[b]] for b in group})
            ends[group] = usable[0] if len(usable) == 1 else self._new(node)
            self._connect(ends[group], usable)
            if not usable:  # a dead end, joined so that it is known to lie at the junction
                self._connect(node, [ends[group]])
        for a, group in rights.items():
            self._heads[a] = ends[group]
        self._connect(node, sorted(set(start_of.values())))

    def _new(self, node: int) -> int:
        self._copy_of.append(node)
        return self._n_nodes + len(self._copy_of) - 1

    def _connect(self, tail: int, heads: Sequence[int]) -> None:
        self._connectors += [(tail, head) for head in heads if head != tail]

    def result(self) -> Split:
        """The roads with their new ends, and the edges of no length.

        Those carry no way's id, number or name: closing the road beside them must not close the junction.
        """
        added = np.asarray(self._connectors, dtype=np.int64).reshape(-1, 2)
        size = len(added)
        texts = {"kind": "road", "source": SOURCE}
        connectors = EdgeBlock(
            tails=added[:, 0],
            heads=added[:, 1],
            moving_s=np.zeros(size),
            wait_s=np.zeros(size),
            length_m=np.zeros(size),
            service=np.full(size, -1, dtype=np.int32),
            labels={name: Labels.constant(texts.get(name, ""), size) for name in self._roads.labels},
            geometry=EdgeGeometry(np.zeros(size + 1, dtype=np.int64), np.zeros(0), np.zeros(0)),
        )
        roads = replace(self._roads, tails=self._tails, heads=self._heads)
        return Split(roads, connectors, np.asarray(self._copy_of, dtype=np.int64))
