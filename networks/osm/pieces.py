"""Cutting ways into pieces between junctions, ends, barriers and quays, all ways at once.

Everything here is array work on *node positions*: a node is its position among the wanted nodes of the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from networks.arrays import BoolArray, FloatArray, IntArray
from networks.geodesy import segment_lengths_m, wrapped_deg
from networks.osm.report import Tally
from networks.osm.ways import WayTable

#: One-way streets up to this long are driven against their direction with blue lights, metres.
SHORT_M = 100.0


@dataclass(frozen=True)
class Points:
    """The nodes that ways refer to, and points that the builder added behind them.

    Attributes:
        node_ids: (n_points,) OpenStreetMap ids, ascending; added points follow with ids below 0.
        lon: (n_points,) degrees, NaN for a node whose location is not known.
        lat: (n_points,) degrees.
    """

    node_ids: IntArray
    lon: FloatArray
    lat: FloatArray

    def positions(self, node_ids: IntArray) -> IntArray:
        """Positions of node ids, -1 for an id that is not there; only before points were added."""
        if not len(self.node_ids):
            return np.full(len(node_ids), -1, dtype=np.int64)
        found = np.minimum(np.searchsorted(self.node_ids, node_ids), len(self.node_ids) - 1)
        return np.where(self.node_ids[found] == node_ids, found, -1)


@dataclass(frozen=True)
class Course:
    """The nodes along all ways, unknown and repeated ones left out.

    Attributes:
        point: (n_course,) int32, position of the node among the points.
        way: (n_course,) position of the way.
        run: (n_course,) int32, number of the unbroken stretch; a way with a missing node has several.
    """

    point: NDArray[np.int32]
    way: NDArray[np.int32]
    run: NDArray[np.int32]


@dataclass(frozen=True)
class Pieces:
    """Stretches of way between two network nodes, not yet directed.

    Attributes:
        way: (n_pieces,) position of the way.
        first: (n_pieces,) position of the first node in the course.
        last: (n_pieces,) position of the last node in the course.
        length_m: (n_pieces,) metres.
    """

    way: NDArray[np.int32]
    first: IntArray
    last: IntArray
    length_m: FloatArray


def directed_pieces(
    pieces: Pieces, kinds: NDArray[np.int32], directions: Sequence[tuple[bool, bool, bool]]
) -> tuple[IntArray, IntArray]:
    """Pieces that are driven along their way, and those that are driven against it.

    Args:
        pieces: the pieces.
        kinds: (n_ways,) position of each way in ``directions``.
        directions: whether a way is driven along itself, against itself, and against its one-way direction
            where the whole way is no longer than :data:`SHORT_M`.
    """
    along, against, short = (np.asarray([one[part] for one in directions], dtype=bool) for part in range(3))
    way_m = np.bincount(pieces.way, weights=pieces.length_m, minlength=len(kinds))
    of_piece = kinds[pieces.way]
    contrary = short[of_piece] & (way_m[pieces.way] <= SHORT_M)
    return (
        np.flatnonzero(along[of_piece] | (contrary & against[of_piece])),
        np.flatnonzero(against[of_piece] | (contrary & along[of_piece])),
    )


class Place(NamedTuple):
    """A place on a road: the segment behind this position of the course, and the share of it passed."""

    segment: int
    share: float


def along(points: Points, a: int, b: int, share: float) -> tuple[float, float]:
    """Longitude and latitude at a share of the way from point ``a`` to point ``b``."""
    step = float(wrapped_deg(points.lon[b : b + 1] - points.lon[a])[0])
    lon = float(wrapped_deg(np.asarray([points.lon[a] + share * step]))[0])
    return lon, float(points.lat[a] + share * (points.lat[b] - points.lat[a]))


def path_m(positions: Sequence[int], points: Points) -> float:
    """Length along some points, metres."""
    at = np.asarray(positions, dtype=np.int64)
    a, b = at[:-1], at[1:]
    return float(segment_lengths_m(points.lon[a], points.lat[a], points.lon[b], points.lat[b]).sum())


def insert_points(course: Course, points: Points, places: Sequence[Place]) -> tuple[Course, Points, IntArray]:
    """Put new points on the roads.

    Returns:
        The roads, the points, and the position of the new point of each place.
    """
    added = len(points.node_ids) + np.arange(len(places))
    if not len(places):
        return course, points, added
    where = [
        along(points, int(course.point[place.segment]), int(course.point[place.segment + 1]), place.share)
        for place in places
    ]
    lowest = min(int(points.node_ids.min(initial=0)), 0)
    more = Points(
        np.concatenate([points.node_ids, lowest - 1 - np.arange(len(places))]),
        np.concatenate([points.lon, [lon for lon, _ in where]]),
        np.concatenate([points.lat, [lat for _, lat in where]]),
    )
    order = sorted(range(len(places)), key=lambda position: places[position])
    after = np.asarray([places[position].segment + 1 for position in order])
    way: NDArray[np.int32] = np.insert(course.way, after, course.way[after - 1])
    point: NDArray[np.int32] = np.insert(course.point, after, added[order])
    run: NDArray[np.int32] = np.insert(course.run, after, course.run[after - 1])
    return Course(point, way, run), more, added


def course_of(ways: WayTable, points: Points, tally: Tally) -> Course:
    """The nodes along all ways in one array; stretches of fewer than two known nodes are left out."""
    way = np.repeat(np.arange(len(ways.way_ids), dtype=np.int32), np.diff(ways.starts))
    point = points.positions(ways.nodes)
    known = point >= 0
    known[known] = ~np.isnan(points.lon[point[known]])
    tally.add("nodes", "references to nodes that the file does not have", int((~known).sum()))
    new_run = np.ones(len(way), dtype=bool)
    new_run[1:] = (way[1:] != way[:-1]) | ~known[:-1]
    run = np.cumsum(new_run, dtype=np.int32)[known]
    way, at = way[known], point[known].astype(np.int32)
    repeated = np.zeros(len(way), dtype=bool)
    repeated[1:] = (run[1:] == run[:-1]) & (at[1:] == at[:-1])
    way, at, run = way[~repeated], at[~repeated], run[~repeated]
    sizes = np.bincount(run) if len(run) else np.zeros(1, dtype=np.int64)
    usable = sizes[run] >= 2
    return Course(at[usable], way[usable], run[usable])


def cut(course: Course, points: Points, breaks: BoolArray) -> Pieces:
    """Cut the ways at junctions, at the ends of runs, and at the points that must be nodes.

    A piece that would begin and end at the same node (a loop road) is cut in the middle as well, so that
    both ways round it stay edges.

    Args:
        course: the ways.
        points: the nodes.
        breaks: (n_points,) True for a point that must become a node of the network.
    """
    n = len(course.point)
    if n == 0:
        empty = np.zeros(0, dtype=np.int64)
        return Pieces(empty.astype(np.int32), empty, empty, np.zeros(0))
    starts = np.ones(n, dtype=bool)
    starts[1:] = course.run[1:] != course.run[:-1]
    ends = np.append(starts[1:], True)
    shared = np.bincount(course.point, minlength=len(points.node_ids)) > 1
    is_break = starts | ends | (shared | breaks)[course.point]
    first, last = _between(is_break, starts)
    loop = course.point[first] == course.point[last]
    is_break[((first + last) // 2)[loop]] = True
    first, last = _between(is_break, starts)
    step = np.zeros(n)
    inner = ~starts
    before = np.flatnonzero(inner) - 1
    a, b = course.point[before], course.point[inner]
    step[inner] = segment_lengths_m(points.lon[a], points.lat[a], points.lon[b], points.lat[b])
    along = np.cumsum(step)
    return Pieces(course.way[first], first, last, along[last] - along[first])


def take_pieces(pieces: Pieces, kept: BoolArray) -> Pieces:
    """Some of the pieces."""
    return Pieces(pieces.way[kept], pieces.first[kept], pieces.last[kept], pieces.length_m[kept])


def _between(is_break: BoolArray, starts: BoolArray) -> tuple[IntArray, IntArray]:
    """Consecutive breaks of the same run."""
    at = np.flatnonzero(is_break)
    same_run = ~starts[at[1:]]
    return at[:-1][same_run], at[1:][same_run]


def inner_points(
    first: IntArray, last: IntArray, course_points: NDArray[np.int32], *, reverse: BoolArray
) -> tuple[IntArray, NDArray[np.int32]]:
    """Points strictly between the ends of each edge, in the direction of travel.

    Returns:
        ``indptr`` (n_edges + 1,) and the points' positions (n_inner,).
    """
    counts = last - first - 1
    indptr = np.zeros(len(first) + 1, dtype=np.int64)
    np.cumsum(counts, out=indptr[1:])
    offset = np.arange(indptr[-1]) - np.repeat(indptr[:-1], counts)
    step = np.where(reverse, -1, 1)
    begin = np.where(reverse, last - 1, first + 1)
    return indptr, course_points[np.repeat(begin, counts) + offset * np.repeat(step, counts)]
