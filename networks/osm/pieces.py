"""Cutting ways into pieces between junctions, ends, barriers and quays, all ways at once.

Everything here is array work on *node positions*: a node is its position among the wanted nodes of the file.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from networks.osm.geodesy import segment_lengths_m
from networks.osm.report import Tally
from networks.osm.ways import WayTable

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Points:
    """The nodes that ways refer to.

    Attributes:
        node_ids: (n_points,) OpenStreetMap ids, ascending.
        lon: (n_points,) degrees, NaN for a node whose location is not known.
        lat: (n_points,) degrees.
    """

    node_ids: IntArray
    lon: FloatArray
    lat: FloatArray

    def positions(self, node_ids: IntArray) -> IntArray:
        """Positions of node ids, -1 for an id that is not among the points."""
        if not len(self.node_ids):
            return np.full(len(node_ids), -1, dtype=np.int64)
        found = np.minimum(np.searchsorted(self.node_ids, node_ids), len(self.node_ids) - 1)
        return np.where(self.node_ids[found] == node_ids, found, -1)


@dataclass(frozen=True)
class Course:
    """The nodes along all ways, unknown and repeated ones left out.

    Attributes:
        point: (n_course,) position of the node among the points.
        way: (n_course,) position of the way.
        run: (n_course,) number of the unbroken stretch; a way with a missing node has several.
    """

    point: IntArray
    way: NDArray[np.int32]
    run: IntArray


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


def course_of(ways: WayTable, points: Points, tally: Tally) -> Course:
    """The nodes along all ways in one array; stretches of fewer than two known nodes are left out."""
    way = np.repeat(np.arange(len(ways.way_ids), dtype=np.int32), np.diff(ways.starts))
    point = points.positions(ways.nodes)
    known = point >= 0
    known[known] = ~np.isnan(points.lon[point[known]])
    tally.add("nodes", "references to nodes that the file does not have", int((~known).sum()))
    new_run = np.ones(len(way), dtype=bool)
    new_run[1:] = (way[1:] != way[:-1]) | ~known[:-1]
    run = np.cumsum(new_run)[known]
    way, point = way[known], point[known]
    repeated = np.zeros(len(way), dtype=bool)
    repeated[1:] = (run[1:] == run[:-1]) & (point[1:] == point[:-1])
    way, point, run = way[~repeated], point[~repeated], run[~repeated]
    sizes = np.bincount(run) if len(run) else np.zeros(1, dtype=np.int64)
    usable = sizes[run] >= 2
    return Course(point[usable], way[usable], run[usable])


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


def _between(is_break: BoolArray, starts: BoolArray) -> tuple[IntArray, IntArray]:
    """Consecutive breaks of the same run."""
    at = np.flatnonzero(is_break)
    same_run = ~starts[at[1:]]
    return at[:-1][same_run], at[1:][same_run]


def inner_points(
    first: IntArray, last: IntArray, course_points: IntArray, *, reverse: BoolArray
) -> tuple[IntArray, IntArray]:
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
