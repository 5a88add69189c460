"""Ferry ends that stop short of the road: found, and joined by a link of the true length.

Mappers often end a ferry at the pier's edge and the road at the gate. An end that is no node of a road is
joined to the nearest point on a road within a limit; the road is cut there. What it is to reach is the
network: a loose bit of service road on the pier is no place to go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from networks.arrays import BoolArray, FloatArray, IntArray
from networks.geodesy import segment_lengths_m, wrapped_deg
from networks.osm.pieces import Course, Place, Points, along, insert_points

#: Nodes are grouped in squares of at least this size (degrees) to find those near a quay.
_CELL_DEG = 0.02

#: Roads that hang together are a network, not a loose bit of road, from this length on, metres.
NETWORK_M = 500.0

#: A place nearer than this to a node of the road is that node, metres.
_SAME_NODE_M = 1.0


@dataclass(frozen=True)
class QuayLink:
    """A ferry end and the point on a road that it is joined to, as positions among the points."""

    quay: int
    road: int
    length_m: float


@dataclass(frozen=True)
class JoinedQuays:
    """Roads with the places of the links added (their ids are negative), the links, and what is left over.

    Attributes:
        course: the roads.
        points: the nodes.
        links: the links.
        unjoined: positions of the quays from which no network of roads is reached.
    """

    course: Course
    points: Points
    links: list[QuayLink]
    unjoined: list[int]


def join_quays(
    course: Course,
    points: Points,
    quays: Sequence[int],
    on_road: BoolArray,
    closed: BoolArray,
    *,
    within_m: float,
) -> JoinedQuays:
    """Join ferry ends to the nearest point on a road of a network.

    A network is all roads that hang together, if they are at least :data:`NETWORK_M` long; a shorter bit of
    road beside a quay is joined only where no network is within the limit. A quay *on* such a bit is joined
    to the network as well. Roads on the two sides of a barrier that lets nobody pass do not hang together.

    Args:
        course: the roads.
        points: the nodes.
        quays: positions of ferry ends.
        on_road: (n_points,) True for a node of a road.
        closed: (n_points,) True for a barrier that nobody passes.
        within_m: longest link, metres.
    """
    metres = _metres_together(course, points, closed)
    at_quay = np.isin(course.point, np.asarray(quays, dtype=np.int64))
    of_quay = dict(zip(course.point[at_quay].tolist(), metres[at_quay].tolist(), strict=True))
    loose = [quay for quay in quays if of_quay.get(quay, 0.0) < NETWORK_M]
    near = _segments_near(course, points, loose, within_m)
    barred = closed[course.point]  # nobody goes on from such an end of a segment
    networks = near[(metres[near] >= NETWORK_M) & ~barred[near] & ~barred[near + 1]]
    joined: list[tuple[int, float, int | Place]] = []
    unjoined = []
    for quay in loose:
        found = _within(course, points, networks, quay, within_m)
        if found is None:
            unjoined.append(quay)
            found = None if on_road[quay] else _within(course, points, near, quay, within_m)
        if found is not None:
            place, length_m = found
            joined.append((quay, length_m, _node_at(course, points, place)))
    new = [target for _, _, target in joined if isinstance(target, Place)]
    course, points, added = insert_points(course, points, new)
    position = dict(zip(new, added.tolist(), strict=True))
    links = [
        QuayLink(quay, position[target] if isinstance(target, Place) else target, length_m)
        for quay, length_m, target in joined
    ]
    return JoinedQuays(course, points, links, unjoined)


def _metres_together(course: Course, points: Points, closed: BoolArray) -> FloatArray:
    """(n_course,) length of all roads that hang together with each point of the course, metres.

    A closed barrier belongs to the road that goes on from it, the last of a way to the road before it.
    """
    along = np.flatnonzero(course.run[1:] == course.run[:-1])
    a, b = course.point[:-1][along], course.point[1:][along]
    step = segment_lengths_m(points.lon[a], points.lat[a], points.lon[b], points.lat[b])
    # Every road has an end of its own at a closed barrier.
    n, count = len(points.node_ids), len(along)
    tails = np.where(closed[a], n + np.arange(count), a)
    heads = np.where(closed[b], n + count + np.arange(count), b)
    size = n + 2 * count
    graph = sparse.coo_matrix((np.ones(count, dtype=np.int8), (tails, heads)), shape=(size, size))
    _, part = csgraph.connected_components(graph, directed=False)
    total: FloatArray = np.bincount(part[tails], weights=step, minlength=size).astype(np.float64)
    node = course.point.copy()
    node[along + 1] = heads
    node[along] = tails
    return total[part[node]]


def _within(
    course: Course, points: Points, segments: IntArray, quay: int, within_m: float
) -> tuple[Place, float] | None:
    """The nearest place on some segments and its distance, if it is near enough."""
    found = _nearest(course, points, segments, quay)
    if found is None:
        return None
    length_m = _metres(points, quay, *along(points, *_segment(course, found), found.share))
    return (found, length_m) if length_m <= within_m else None


def near_road(course: Course, points: Points, places: Sequence[int], *, within_m: float) -> list[int]:
    """Those of some points that lie within a distance of a road."""
    near = _segments_near(course, points, places, within_m)
    return [place for place in places if _within(course, points, near, place, within_m) is not None]


def _segments_near(course: Course, points: Points, quays: Sequence[int], within_m: float) -> IntArray:
    """Positions in the course after which a segment begins that may be within a distance of a quay.

    Segments longer than a square are always among them, as both their ends may be far away.
    """
    if not quays or len(course.point) < 2:
        return np.zeros(0, dtype=np.int64)
    at = np.asarray(quays)
    widest = within_m / 50_000.0 / max(float(np.cos(np.radians(np.abs(points.lat[at]).max()))), 0.01)
    cell = max(_CELL_DEG, widest)
    columns = np.ceil(360.0 / cell)
    row, column = np.floor(points.lat / cell) * columns, np.floor(points.lon / cell)
    around = [(east, north) for east in (-1, 0, 1) for north in (-1, 0, 1)]
    wanted = [(column[at] + east) % columns + row[at] + north * columns for east, north in around]
    close = np.isin(column % columns + row, np.unique(np.concatenate(wanted)))[course.point]
    a, b = course.point[:-1], course.point[1:]
    long = np.abs(wrapped_deg(points.lon[b] - points.lon[a])) > cell
    long |= np.abs(points.lat[b] - points.lat[a]) > cell
    return np.flatnonzero((close[1:] | close[:-1] | long) & (course.run[1:] == course.run[:-1]))


def _nearest(course: Course, points: Points, segments: IntArray, quay: int) -> Place | None:
    """Nearest place on a road; on the scale of a few kilometres degrees are scaled to a plane."""
    if not len(segments):
        return None
    scale = np.cos(np.radians(points.lat[quay]))
    a, b = course.point[segments], course.point[segments + 1]
    ax, bx = (wrapped_deg(points.lon[end] - points.lon[quay]) * scale for end in (a, b))
    ay, by = (points.lat[end] - points.lat[quay] for end in (a, b))
    dx, dy = bx - ax, by - ay
    square = np.maximum(dx**2 + dy**2, 1e-30)
    share = np.clip(-(ax * dx + ay * dy) / square, 0.0, 1.0)
    best = int(np.argmin(np.hypot(ax + share * dx, ay + share * dy)))
    return Place(int(segments[best]), float(share[best]))


def _segment(course: Course, place: Place) -> tuple[int, int]:
    return int(course.point[place.segment]), int(course.point[place.segment + 1])


def _node_at(course: Course, points: Points, place: Place) -> int | Place:
    """The node of the road at a place, if there is one; otherwise the place itself."""
    ends = _segment(course, place)
    lon, lat = along(points, *ends, place.share)
    return next((end for end in ends if _metres(points, end, lon, lat) <= _SAME_NODE_M), place)


def _metres(points: Points, position: int, lon: float, lat: float) -> float:
    here = points.lon[position : position + 1], points.lat[position : position + 1]
    return float(segment_lengths_m(*here, np.asarray([lon]), np.asarray([lat]))[0])
