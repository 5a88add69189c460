"""Ferry ends that stop short of the road: found, and joined by a link of the true length.

Mappers often end a ferry at the pier's edge and the road at the gate. An end that is no node of a road is
joined to the nearest point on a road within a limit; the road is cut there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from networks.osm.geodesy import segment_lengths_m, wrapped_deg
from networks.osm.pieces import Course, IntArray, Points

#: Nodes are grouped in squares of this size (degrees) to find those near a quay.
_CELL_DEG = 0.02

#: A place nearer than this to a node of the road is that node, metres.
_SAME_NODE_M = 1.0


@dataclass(frozen=True)
class QuayLink:
    """A ferry end and the point on a road that it is joined to, as positions among the points."""

    quay: int
    road: int
    length_m: float


def join_quays(
    course: Course, points: Points, quays: Sequence[int], *, within_m: float
) -> tuple[Course, Points, list[QuayLink]]:
    """Join ferry ends to the nearest point on a road.

    Args:
        course: the roads.
        points: the nodes.
        quays: positions of ferry ends that lie on no road.
        within_m: longest link, metres.

    Returns:
        The roads and nodes with the places of the links added (their ids are negative), and the links.
        A quay with no road within the limit has no link.
    """
    places: list[tuple[int, int, float, float]] = []
    near = _segments_near(course, points, quays)
    for quay in quays:
        found = _nearest(course, points, near, quay)
        if found is not None and found[2] <= within_m:
            places.append((quay, *found))
    return _insert(course, points, places)


def _segments_near(course: Course, points: Points, quays: Sequence[int]) -> IntArray:
    """Positions in the course after which a segment begins that may be near a quay."""
    if not quays or len(course.point) < 2:
        return np.zeros(0, dtype=np.int64)
    columns = np.int64(np.ceil(360.0 / _CELL_DEG))
    at = np.asarray(quays)
    wanted = [
        ((np.floor(points.lon[at] / _CELL_DEG) + i) % columns)
        + (np.floor(points.lat[at] / _CELL_DEG) + j) * columns
        for i in (-1, 0, 1)
        for j in (-1, 0, 1)
    ]
    cells = np.floor(points.lon / _CELL_DEG) % columns + np.floor(points.lat / _CELL_DEG) * columns
    close = np.isin(cells, np.unique(np.concatenate(wanted)))[course.point]
    same_run = course.run[1:] == course.run[:-1]
    return np.flatnonzero((close[1:] | close[:-1]) & same_run)


def _nearest(
    course: Course, points: Points, segments: IntArray, quay: int
) -> tuple[int, float, float] | None:
    """Nearest place on a road: segment, share of it, metres."""
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
    lon, lat = _along(points, int(a[best]), int(b[best]), float(share[best]))
    return int(segments[best]), float(share[best]), _metres(points, quay, lon, lat)


def _along(points: Points, a: int, b: int, share: float) -> tuple[float, float]:
    step = float(wrapped_deg(points.lon[b : b + 1] - points.lon[a])[0])
    lon = float(wrapped_deg(np.asarray([points.lon[a] + share * step]))[0])
    return lon, float(points.lat[a] + share * (points.lat[b] - points.lat[a]))


def _metres(points: Points, position: int, lon: float, lat: float) -> float:
    here = points.lon[position : position + 1], points.lat[position : position + 1]
    return float(segment_lengths_m(*here, np.asarray([lon]), np.asarray([lat]))[0])


def _insert(
    course: Course, points: Points, places: list[tuple[int, int, float, float]]
) -> tuple[Course, Points, list[QuayLink]]:
    links: list[QuayLink] = []
    new: list[tuple[int, float, int, float, float]] = []
    for quay, segment, share, length_m in places:
        a, b = int(course.point[segment]), int(course.point[segment + 1])
        lon, lat = _along(points, a, b, share)
        at_node = next((end for end in (a, b) if _metres(points, end, lon, lat) <= _SAME_NODE_M), None)
        if at_node is None:
            at_node = len(points.node_ids) + len(new)
            new.append((segment, share, at_node, lon, lat))
        links.append(QuayLink(quay, at_node, length_m))
    if not new:
        return course, points, links
    added = Points(
        np.concatenate([points.node_ids, -np.arange(1, len(new) + 1)]),
        np.concatenate([points.lon, [lon for *_, lon, _ in new]]),
        np.concatenate([points.lat, [lat for *_, lat in new]]),
    )
    new.sort()
    after = np.asarray([segment + 1 for segment, *_ in new])
    way: NDArray[np.int32] = np.insert(course.way, after, course.way[after - 1])
    point = np.insert(course.point, after, [position for _, _, position, *_ in new])
    run = np.insert(course.run, after, course.run[after - 1])
    return replace(course, way=way, point=point, run=run), added, links
