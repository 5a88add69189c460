"""Ferry journeys over more than one stretch: through a fork at sea, and on board past a call at a quay.

Without this, a passenger from the first to the last stop of a coastal ferry would pay the wait at every call.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from networks.osm.ferry_lines import Line, Stretch
from networks.osm.opl import Relation
from networks.osm.report import Tally

#: A fork at sea with more arms than this is left as it is.
_MOST_ARMS = 8

#: A route with more stops than this gets no through connections (a tour, or a mapping error).
_MOST_STOPS = 16


def relations_of_ways(relations: Iterable[Relation]) -> dict[int, frozenset[int]]:
    """By way id: the relations that it belongs to."""
    members: defaultdict[int, set[int]] = defaultdict(set)
    for relation in relations:
        for kind, way_id, _ in relation.members:
            if kind == "w":
                members[way_id].add(relation.relation_id)
    return {way_id: frozenset(ids) for way_id, ids in members.items()}


def turned(line: Line) -> Line:
    """The same line from its last stop to its first."""
    stretches = tuple(
        Stretch(stretch.way, stretch.points[::-1], reverse=not stretch.reverse)
        for stretch in reversed(line.stretches)
    )
    return Line(stretches, line.backward, line.forward)


def joined(first: Line, second: Line, at: int) -> Line:
    """Two lines that meet at a stop as one, from the far end of the first to the far end of the second."""
    first = first if first.points[-1] == at else turned(first)
    second = second if second.points[0] == at else turned(second)
    return Line(
        first.stretches + second.stretches,
        first.forward and second.forward,
        first.backward and second.backward,
    )


def without_forks(
    lines: Sequence[Line], quays: Iterable[int], of_way: Mapping[int, frozenset[int]], tally: Tally
) -> list[Line]:
    """Lines from quay to quay only: where several meet at sea, each pair of them becomes one line.

    Two lines that belong to different routes are not joined.

    Args:
        lines: the lines.
        quays: stops where people can board: on a road, or the end of one line only.
        of_way: relations of each way.
        tally: takes the counts.
    """
    current, ashore = list(lines), set(quays)
    forks = sorted({end for line in lines for end in (line.points[0], line.points[-1])} - ashore)
    for fork in forks:
        meeting = [line for line in current if fork in (line.points[0], line.points[-1])]
        if not 2 <= len(meeting) <= _MOST_ARMS:
            continue
        pairs = [
            joined(a, b, fork)
            for position, a in enumerate(meeting)
            for b in meeting[position + 1 :]
            if _same_route(a, b, of_way)
        ]
        current = [line for line in current if line not in meeting]
        current += [line for line in pairs if line.points[0] != line.points[-1]]
        tally.add("ferries", "forks at sea")
    return current


def _routes(line: Line, of_way: Mapping[int, frozenset[int]]) -> frozenset[int]:
    return frozenset().union(*(of_way.get(stretch.way.way_id, frozenset()) for stretch in line.stretches))


def _same_route(a: Line, b: Line, of_way: Mapping[int, frozenset[int]]) -> bool:
    ours, theirs = _routes(a, of_way), _routes(b, of_way)
    return not ours or not theirs or bool(ours & theirs)


@dataclass(frozen=True, slots=True)
class Through:
    """A connection past one or more calls: the whole line, and the positions of the lines it is made of."""

    line: Line
    legs: tuple[int, ...]


def through_lines(lines: Sequence[Line], of_way: Mapping[int, frozenset[int]], tally: Tally) -> list[Through]:
    """Connections past one or more calls without a change, for lines of one way or one relation."""
    groups: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for number, line in enumerate(lines):
        ways = {stretch.way.way_id for stretch in line.stretches}
        if len(ways) == 1:
            groups["way", next(iter(ways))].append(number)
        for route in frozenset.intersection(*(of_way.get(way, frozenset()) for way in ways)):
            groups["relation", route].append(number)
    found: dict[frozenset[int], Through] = {}
    for group in groups.values():
        for through in _through(lines, group):
            found.setdefault(frozenset(through.legs), through)
    tally.add("ferries", "through connections past a call", len(found))
    return list(found.values())


def _through(lines: Sequence[Line], group: Sequence[int]) -> list[Through]:
    """All connections of two or more lines of a route whose lines form one chain."""
    chain = _chain(lines, group)
    if len(chain) < 2 or len(chain) >= _MOST_STOPS:
        return []
    through = []
    for begin in range(len(chain) - 1):
        number, line = chain[begin]
        legs = [number]
        for following, onward in chain[begin + 1 :]:
            line = joined(line, onward, line.points[-1])
            legs.append(following)
            through.append(Through(line, tuple(legs)))
    return [one for one in through if one.line.forward or one.line.backward]


def _chain(lines: Sequence[Line], group: Sequence[int]) -> list[tuple[int, Line]]:
    """The lines of a route in order and direction; empty when they form no single open chain."""
    at: defaultdict[int, list[int]] = defaultdict(list)
    for number in group:
        for end in (lines[number].points[0], lines[number].points[-1]):
            at[end].append(number)
    ends = [stop for stop, here in at.items() if len(here) == 1]
    if len(ends) != 2 or any(len(here) > 2 for here in at.values()):
        return []
    here, left = ends[0], set(group)
    chain: list[tuple[int, Line]] = []
    while onward := left.intersection(at[here]):
        number = onward.pop()
        left.remove(number)
        line = lines[number]
        chain.append((number, line if line.points[0] == here else turned(line)))
        here = chain[-1][1].points[-1]
    return [] if left else chain
