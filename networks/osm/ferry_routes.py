"""Which route relations speak for a ferry line: those that run all of it.

A way at a fork is part of several routes, and each has its own duration, interval and hours. What a way has
from all its routes together is right for the way; of a line that runs over several ways only those routes
tell that all its ways belong to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from networks.osm.access import Profile
from networks.osm.ferry_access import name_left_out, reason_left_out, with_relation_tags
from networks.osm.ferry_lines import Line
from networks.osm.ferry_times import RelationTime, relation_times
from networks.osm.opl import Relation
from networks.osm.pieces import Points
from networks.osm.report import Tally
from networks.osm.ways import FerryWay


def way_ids(line: Line) -> frozenset[int]:
    """The ways that a line runs over, wholly or in part."""
    return frozenset(stretch.way.way_id for stretch in line.stretches)


def routes_of(line: Line, of_way: Mapping[int, frozenset[int]]) -> frozenset[int]:
    """The relations that all ways of a line belong to."""
    return frozenset.intersection(*(of_way.get(way, frozenset()) for way in way_ids(line)))


def with_own_routes(
    lines: Sequence[Line],
    ferries: Mapping[int, FerryWay],
    routes: Sequence[Relation],
    of_way: Mapping[int, frozenset[int]],
    profile: Profile,
    tally: Tally,
) -> list[Line]:
    """Lines whose ways have the tags of the routes that run all of the line, and of no other.

    A line whose routes all leave the profile ashore, though other routes of its ways do not, is left out.

    Args:
        lines: from quay to quay.
        ferries: the ferry ways with their own tags.
        routes: the ferry relations.
        of_way: relations of each way.
        profile: who is to be carried.
        tally: takes the counts.
    """
    kept = []
    for line in lines:
        common = routes_of(line, of_way)
        others = frozenset().union(*(of_way.get(way, frozenset()) for way in way_ids(line))) - common
        if not common or not others:
            kept.append(line)
            continue
        speaking = [route for route in routes if route.relation_id in common]
        own = with_relation_tags({way: ferries[way] for way in way_ids(line)}, speaking, profile)
        reasons = [(way, reason) for way in own.values() if (reason := reason_left_out(way.tags, profile))]
        if reasons:
            way, reason = reasons[0]
            tally.add("dropped ways", reason)
            name_left_out(way.tags, reason, f"way {way.way_id}", tally)
            continue
        stretches = tuple(replace(stretch, way=own[stretch.way.way_id]) for stretch in line.stretches)
        kept.append(replace(line, stretches=stretches))
    return kept


def times_for(
    line: Line,
    ferries: Mapping[int, FerryWay],
    routes: Sequence[Relation],
    points: Points,
) -> dict[int, RelationTime]:
    """By way id: the duration of a route that runs the whole line, before all of one that runs nothing else.

    Where no route runs all of a line, each way has that of its own routes.
    """
    here = way_ids(line)
    near = [route for route in routes if not here.isdisjoint(_ferry_ways(route, ferries))]
    common = [route for route in near if here <= _ferry_ways(route, ferries)]
    exact = [route for route in common if _ferry_ways(route, ferries) == here]
    for speaking in (exact, common):
        if found := relation_times(speaking, ferries, points):
            return found
    return relation_times(near, ferries, points)


def _ferry_ways(route: Relation, ferries: Mapping[int, FerryWay]) -> frozenset[int]:
    return frozenset(number for kind, number, _ in route.members if kind == "w" and number in ferries)
