"""Ferry journeys over more than one stretch: through a fork at sea, and on board past a call at a quay.

Without this, a passenger from the first to the last stop of a coastal ferry would pay the wait at every call.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from networks.geodesy import wrapped_deg
from networks.osm.ferry_lines import Line, Stretch
from networks.osm.opl import Relation
from networks.osm.pieces import Points
from networks.osm.report import Tally

#: Two arms of a crossing at sea are one line if it turns by no more than this, degrees.
STRAIGHT_DEG = 30.0

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
    lines: Sequence[Line],
    quays: Iterable[int],
    of_way: Mapping[int, frozenset[int]],
    points: Points,
    tally: Tally,
) -> list[Line]:
    """Lines from quay to quay only: where several meet at sea, those that go on into each other become one.

    Nobody changes boats at sea. Lines that merely cross there stay apart (:func:`_partners`), and so do lines
    of different routes.

    Args:
        lines: the lines.
        quays: stops where people can board: on a road, at a terminal, or the end of one line only.
        of_way: relations of each way.
        points: the nodes.
        tally: takes the counts.
    """
    current, ashore = list(lines), set(quays)
    forks = sorted({end for line in lines for end in line.ends} - ashore)
    for fork in forks:
        meeting = [line for line in current if fork in line.ends]
        pairs = [
            joined(meeting[a], meeting[b], fork)
            for a, b in _partners(meeting, fork, of_way, points)
            if _same_route(meeting[a], meeting[b], of_way)
        ]
        current = [line for line in current if line not in meeting]
        current += [line for line in pairs if line.ends[0] != line.ends[1]]
        tally.add("ferries", "forks at sea")
    return current


def _partners(
    meeting: Sequence[Line], fork: int, of_way: Mapping[int, frozenset[int]], points: Points
) -> list[tuple[int, int]]:
    """Which lines that meet at sea go on into which, as pairs of positions.

    Arms of one way, relation or name belong together. Where that leaves no arm alone, several such groups are
    lines that cross. Of arms that are left alone two (or four) that run straight on into each other are a
    line (or two) as well; any other is a branch, and goes on into every arm that it meets.
    """
    groups = _groups(meeting, of_way)
    alone = [group[0] for group in groups if len(group) == 1]
    pairs = [pair for group in groups for pair in itertools.combinations(group, 2)]
    if len(alone) == 4 or (len(alone) == 2 and pairs):
        straight = _straight(meeting, alone, fork, points)
        if straight:
            return pairs + straight
    everywhere = range(len(meeting))
    branches = {tuple(sorted((a, b))) for a in alone for b in everywhere if a != b}
    return pairs + [(a, b) for a, b in sorted(branches)]


def _groups(meeting: Sequence[Line], of_way: Mapping[int, frozenset[int]]) -> list[list[int]]:
    """Positions of the lines that share a way, a relation or a name, directly or by others."""
    marks = [_marks(line, of_way) for line in meeting]
    groups: list[tuple[set[int], set[tuple[str, object]]]] = []
    for position, mine in enumerate(marks):
        touching = [group for group in groups if group[1] & mine]
        groups = [group for group in groups if group not in touching]
        members = {position}.union(*(group[0] for group in touching))
        groups.append((members, mine.union(*(group[1] for group in touching))))
    return [sorted(members) for members, _ in groups]


def _marks(line: Line, of_way: Mapping[int, frozenset[int]]) -> set[tuple[str, object]]:
    marks: set[tuple[str, object]] = {("way", stretch.way.way_id) for stretch in line.stretches}
    marks |= {("relation", route) for route in _routes(line, of_way)}
    return marks | {(key, line.tag(key)) for key in ("name", "ref") if line.tag(key)}


def _straight(
    meeting: Sequence[Line], alone: Sequence[int], fork: int, points: Points
) -> list[tuple[int, int]]:
    """The arms in pairs that turn least; nothing where one of them turns more than :data:`STRAIGHT_DEG`."""
    bearing = {position: _bearing(meeting[position], fork, points) for position in alone}

    def turn(a: int, b: int) -> float:
        return abs((bearing[a] - bearing[b]) % 360.0 - 180.0)

    first, *others = alone
    options = []
    for other in others:
        rest = [position for position in others if position != other]
        pairs = [(first, other), *([(rest[0], rest[1])] if rest else [])]
        options.append((max(turn(a, b) for a, b in pairs), pairs))
    widest, pairs = min(options)
    return pairs if widest <= STRAIGHT_DEG else []


def _bearing(line: Line, fork: int, points: Points) -> float:
    """Direction from a fork into a line, degrees."""
    course = line.points if line.points[0] == fork else line.points[::-1]
    a, b = course[0], course[1]
    east = float(wrapped_deg(points.lon[b : b + 1] - points.lon[a])[0]) * np.cos(np.radians(points.lat[a]))
    return float(np.degrees(np.arctan2(east, points.lat[b] - points.lat[a])))


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
    """All connections of two or more lines of a route whose lines form one chain or one ring.

    Round a ring one goes up to the stop before the one where one came on board.
    """
    chain, ring = _chain(lines, group), _ring(lines, group)
    if not 2 <= len(chain or ring) < _MOST_STOPS:
        return []
    through = []
    for begin in range(len(chain or ring)):
        onward = ring[begin:] + ring[: max(begin - 1, 0)] if ring else chain[begin:]
        if ring and begin == 0:
            onward = ring[:-1]
        number, line = onward[0]
        legs = [number]
        for following, leg in onward[1:]:
            line = joined(line, leg, line.points[-1])
            legs.append(following)
            through.append(Through(line, tuple(legs)))
    return [one for one in through if one.line.forward or one.line.backward]


def _chain(lines: Sequence[Line], group: Sequence[int]) -> list[tuple[int, Line]]:
    """The lines of a route in order and direction; empty when they form no single open chain."""
    at = _at_stops(lines, group)
    ends = [stop for stop, here in at.items() if len(here) == 1]
    if len(ends) != 2 or any(len(here) > 2 for here in at.values()):
        return []
    return _in_order(lines, group, at, ends[0])


def _ring(lines: Sequence[Line], group: Sequence[int]) -> list[tuple[int, Line]]:
    """The lines of a route that goes round, in order and direction; empty when they form no single ring."""
    at = _at_stops(lines, group)
    if len(group) < 3 or any(len(here) != 2 for here in at.values()):
        return []
    return _in_order(lines, group, at, min(at))


def _at_stops(lines: Sequence[Line], group: Sequence[int]) -> Mapping[int, list[int]]:
    at: defaultdict[int, list[int]] = defaultdict(list)
    for number in group:
        for end in lines[number].ends:
            at[end].append(number)
    return at


def _in_order(
    lines: Sequence[Line], group: Sequence[int], at: Mapping[int, list[int]], here: int
) -> list[tuple[int, Line]]:
    left = set(group)
    found: list[tuple[int, Line]] = []
    while onward := left.intersection(at[here]):
        number = min(onward)
        left.remove(number)
        line = lines[number]
        found.append((number, line if line.points[0] == here else turned(line)))
        here = found[-1][1].points[-1]
    return [] if left else found
