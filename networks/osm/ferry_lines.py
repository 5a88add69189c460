"""Ferry ways and relations made into lines from quay to quay, each counted once.

A *line* is a chain of ferry ways between two stops. A stop is a node on a road, a joint of two ways close to
one, a terminal, the end of a chain, or a node at sea where three or more ferry stretches meet. A line drawn
as several ways is one line, and so its ``duration``, which mappers often repeat on every one of its ways, is
used once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from networks.arrays import BoolArray
from networks.osm.access import DropReason, Profile, oneway
from networks.osm.pieces import Points, path_m
from networks.osm.report import Tally
from networks.osm.ways import FerryWay


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of one ferry way, in the direction of its line.

    Attributes:
        way: the way, with the tags of its relations filled in.
        points: positions of the nodes along it.
        reverse: the stretch runs against the way.
    """

    way: FerryWay
    points: tuple[int, ...]
    reverse: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A ferry line from stop to stop.

    Attributes:
        stretches: its parts in order.
        forward: cars are carried from first to last stop.
        backward: cars are carried from last to first stop.
    """

    stretches: tuple[Stretch, ...]
    forward: bool
    backward: bool

    @property
    def points(self) -> tuple[int, ...]:
        """Positions of all nodes from first to last stop."""
        points = list(self.stretches[0].points)
        for stretch in self.stretches[1:]:
            points += stretch.points[1:]
        return tuple(points)

    @property
    def ends(self) -> tuple[int, int]:
        """Positions of the first and the last stop."""
        return self.stretches[0].points[0], self.stretches[-1].points[-1]

    def tag(self, key: str) -> str:
        """The first text that a way of the line has for a key, or nothing."""
        return next((stretch.way.tags[key] for stretch in self.stretches if stretch.way.tags.get(key)), "")


def joints(ways: Sequence[FerryWay], points: Points, *, longer_than_m: float) -> list[int]:
    """Points where one ferry way ends and another begins, both longer than a limit: perhaps a call."""
    ends: defaultdict[int, list[float]] = defaultdict(list)
    for way in ways:
        for course in _courses(way, points, Tally()):
            for end in {course[0], course[-1]}:
                ends[end].append(path_m(course, points))
    return sorted(end for end, lengths in ends.items() if len(lengths) >= 2 and min(lengths) > longer_than_m)


def lines_of(
    ways: Sequence[FerryWay], points: Points, quays: BoolArray, profile: Profile, tally: Tally
) -> list[Line]:
    """Chain ferry ways into lines.

    Args:
        ways: the usable ferry ways.
        points: the nodes.
        quays: (n_points,) True for a node where people can board: on a road, or a call near one.
        profile: whose one-way rules count.
        tally: takes the counts.
    """
    courses = [(way, course) for way in ways for course in _courses(way, points, tally)]
    degree: defaultdict[int, int] = defaultdict(int)
    for _, course in courses:
        for position in range(len(course) - 1):
            degree[course[position]] += 1
            degree[course[position + 1]] += 1
    stops = {point for point, count in degree.items() if count != 2 or quays[point]}
    pieces = [piece for way, course in courses for piece in _split(way, course, stops)]
    return _chain(pieces, stops, profile, tally)


def _courses(way: FerryWay, points: Points, tally: Tally) -> list[list[int]]:
    """Known nodes along a way, in unbroken runs of at least two."""
    runs: list[list[int]] = [[]]
    for point in points.positions(np.asarray(way.refs, dtype=np.int64)).tolist():
        if point < 0 or np.isnan(points.lon[point]):
            runs.append([])
        elif not runs[-1] or runs[-1][-1] != point:
            runs[-1].append(point)
    usable = [run for run in runs if len(run) >= 2]
    if not usable:
        tally.add("dropped ways", DropReason.FEW_NODES)
    return usable


def _split(way: FerryWay, course: list[int], stops: set[int]) -> list[Stretch]:
    pieces, begin = [], 0
    for position in range(1, len(course)):
        if course[position] in stops or position == len(course) - 1:
            pieces.append(Stretch(way, tuple(course[begin : position + 1]), reverse=False))
            begin = position
    return pieces


def _chain(pieces: list[Stretch], stops: set[int], profile: Profile, tally: Tally) -> list[Line]:
    at: defaultdict[int, list[int]] = defaultdict(list)
    for number, piece in enumerate(pieces):
        at[piece.points[0]].append(number)
        at[piece.points[-1]].append(number)
    done: set[int] = set()
    lines = []
    for stop in sorted(stops):
        for number in at[stop]:
            chain = [] if number in done else _follow(number, stop, pieces, at, stops, done)
            lines += [_line(chain, profile)] if chain else []
    left = len(pieces) - len(done)
    tally.add("ferries", "stretches of round trips without a quay, left out", left)
    return [line for line in lines if line.points[0] != line.points[-1]]


def _follow(
    number: int,
    start: int,
    pieces: list[Stretch],
    at: Mapping[int, list[int]],
    stops: set[int],
    done: set[int],
) -> list[Stretch]:
    """The stretches from a stop to the next one, each turned into the direction of travel."""
    chain, here = [], start
    while True:
        done.add(number)
        piece = pieces[number]
        if piece.points[0] != here:
            piece = Stretch(piece.way, piece.points[::-1], reverse=True)
        chain.append(piece)
        here = piece.points[-1]
        onward = [other for other in at[here] if other not in done]
        if here in stops or not onward:
            return chain
        number = onward[0]


def _line(chain: list[Stretch], profile: Profile) -> Line:
    forward = backward = True
    for stretch in chain:
        along, against, changing = oneway(stretch.way.tags, profile)
        along, against = along or changing, against or changing
        forward &= against if stretch.reverse else along
        backward &= along if stretch.reverse else against
    return Line(tuple(chain), forward, backward)
