"""Turn restrictions: which turns they forbid.

Applied are ``no_*`` and ``only_*`` with one node as *via*; those with a way as *via*, and those that hold at
certain times only, are counted. The junctions are split accordingly (:mod:`networks.osm.splitting`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from networks.arrays import IntArray
from networks.network import Labels
from networks.osm.access import Profile
from networks.osm.assemble import EdgeBlock
from networks.osm.opl import Relation
from networks.osm.report import Tally

_KEYS = ("restriction:motorcar", "restriction:motor_vehicle", "restriction:vehicle", "restriction")
_TIMED = (*(f"{key}:conditional" for key in _KEYS), "day_on", "hour_on", "day_off", "hour_off")
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
    value = re.sub(r"\s+", "_", value.strip().lower())
    named = value.startswith(("no_", "only_"))
    if any(key in relation.tags for key in (_TIMED[len(_KEYS) :] if named else _TIMED)):
        return "not applied: holds at certain times"
    excepted = {part.strip() for part in re.split("[;,]", relation.tags.get("except", "").lower())}
    if not named or _EXCEPT[profile] & excepted:
        return "not for this vehicle"
    roles: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for kind, ref, role in relation.members:
        roles[role, kind].append(ref)
    if roles["via", "w"]:
        return "not applied: leads over a via way"
    from_ways, via, to_ways = roles["from", "w"], roles["via", "n"], roles["to", "w"]
    if not from_ways or len(via) != 1 or not to_ways:
        return "not applied: not complete"
    return Restriction(value.startswith("only_"), frozenset(from_ways), via[0], frozenset(to_ways))


Banned = dict[int, set[tuple[int, int]]]


def banned_turns(
    restrictions: Sequence[Restriction], roads: EdgeBlock, node_of_via: IntArray, n_nodes: int, tally: Tally
) -> Banned:
    """Pairs of arriving and leaving edges that are no turn, by node.

    Args:
        restrictions: what holds.
        roads: directed edges of the roads, ``link_id`` the way.
        node_of_via: (n_restrictions,) node of each via, -1 where it may not be split or is none.
        n_nodes: number of nodes.
        tally: takes the counts.
    """
    at: defaultdict[int, list[Restriction]] = defaultdict(list)
    for restriction, node in zip(restrictions, node_of_via.tolist(), strict=True):
        if node >= 0:
            at[node].append(restriction)
        else:
            tally.add("turn restrictions", "not applied: no junction of the network")
    arriving, leaving = edges_at(roads.heads, at, n_nodes), edges_at(roads.tails, at, n_nodes)
    found = {
        node: _banned(here, arriving[node], leaving[node], roads.labels["link_id"], tally)
        for node, here in at.items()
    }
    return {node: pairs for node, pairs in found.items() if pairs}


def edges_at(ends: IntArray, nodes: Iterable[int], n_nodes: int) -> defaultdict[int, list[int]]:
    """Edges by the node at one of their ends, for some nodes."""
    wanted = np.zeros(n_nodes, dtype=bool)
    wanted[list(nodes)] = True
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
