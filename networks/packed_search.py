"""The searches of :mod:`networks.packed_tree`, compiled: loaded when somebody searches; Numba takes long."""

from __future__ import annotations

import numpy as np

from networks.arrays import BoolArray, FloatArray, Int32Array, IntArray
from networks.hierarchy.compiled import compiled, prepare

__all__ = ["nearest", "prepare", "within"]


@compiled
def _box_m2(x: float, y: float, boxes: FloatArray, box: int) -> float:
    """Square of the metres from a point to a box."""
    dx = max(boxes[box, 0] - x, 0.0, x - boxes[box, 2])
    dy = max(boxes[box, 1] - y, 0.0, y - boxes[box, 3])
    return float(dx * dx + dy * dy)


@compiled
def _segment_m(x: float, y: float, ax: float, ay: float, bx: float, by: float) -> float:
    """Metres from a point to a segment."""
    dx, dy = bx - ax, by - ay
    square = dx * dx + dy * dy
    along = (x - ax) * dx + (y - ay) * dy
    if square == 0.0 or along <= 0.0:
        return float(np.sqrt((x - ax) * (x - ax) + (y - ay) * (y - ay)))
    if along >= square:
        return float(np.sqrt((x - bx) * (x - bx) + (y - by) * (y - by)))
    return float(abs((ay - y) * dx - (ax - x) * dy) / np.sqrt(square))


@compiled
def _item_m(x: float, y: float, xy: FloatArray, first: int, last: int) -> float:
    """Metres from a point to a line of the points ``first:last``."""
    best = np.sqrt((x - xy[first, 0]) ** 2 + (y - xy[first, 1]) ** 2)
    for at in range(first, last - 1):
        best = min(best, _segment_m(x, y, xy[at, 0], xy[at, 1], xy[at + 1, 0], xy[at + 1, 1]))
    return float(best)


@compiled
def nearest(
    points: FloatArray,
    wanted: BoolArray,
    xy: FloatArray,
    start: IntArray,
    boxes: FloatArray,
    children: Int32Array,
    levels: IntArray,
    node_size: int,
) -> IntArray:
    """(k,) the nearest wanted item of each point; all are wanted where ``wanted`` is empty."""
    found = np.full(len(points), -1, np.int64)
    if not len(children):
        return found
    n_levels = len(levels) - 1
    waiting = np.empty(n_levels * node_size + 1, np.int64)
    squares = np.empty(n_levels * node_size + 1, np.float64)
    for row in range(len(points)):
        x, y = points[row, 0], points[row, 1]
        best, item = np.inf, np.int64(-1)
        waiting[0], squares[0], count = levels[n_levels] - 1, 0.0, 1
        while count:
            count -= 1
            box, square = waiting[count], squares[count]
            # A hair is left for rounding: an item just as near may have the lower number.
            if square > best * best * (1.0 + 1e-12):
                continue
            if box < levels[1]:
                one = np.int64(children[box])
                if len(wanted) and not wanted[one]:
                    continue
                metres = _item_m(x, y, xy, start[one], start[one + 1])
                if metres < best or (metres == best and one < item):
                    best, item = metres, one
                continue
            level = 1
            while box >= levels[level + 1]:
                level += 1
            first = np.int64(children[box])
            last = min(first + node_size, levels[level])
            bottom = count
            for child in range(first, last):
                near = _box_m2(x, y, boxes, child)
                if near > best * best * (1.0 + 1e-12):
                    continue
                at = count  # the farthest at the bottom, so that the nearest is taken out first
                while at > bottom and squares[at - 1] < near:
                    squares[at], waiting[at] = squares[at - 1], waiting[at - 1]
                    at -= 1
                squares[at], waiting[at] = near, child
                count += 1
        found[row] = item
    return found


@compiled
def within(
    x: float,
    y: float,
    most_m: float,
    xy: FloatArray,
    start: IntArray,
    boxes: FloatArray,
    children: Int32Array,
    levels: IntArray,
    node_size: int,
) -> IntArray:
    """Items at most so many metres from a point, in no order."""
    found = np.empty(64, np.int64)
    many = 0
    if not len(children):
        return found[:0]
    n_levels = len(levels) - 1
    waiting = np.empty(n_levels * node_size + 1, np.int64)
    waiting[0], count = levels[n_levels] - 1, 1
    while count:
        count -= 1
        box = waiting[count]
        if _box_m2(x, y, boxes, box) > most_m * most_m * (1.0 + 1e-12):
            continue
        if box < levels[1]:
            one = np.int64(children[box])
            if _item_m(x, y, xy, start[one], start[one + 1]) <= most_m:
                if many == len(found):
                    grown = np.empty(2 * many, np.int64)
                    grown[:many] = found
                    found = grown
                found[many] = one
                many += 1
            continue
        level = 1
        while box >= levels[level + 1]:
            level += 1
        first = np.int64(children[box])
        for child in range(first, min(first + node_size, levels[level])):
            waiting[count] = child
            count += 1
    return found[:many]
