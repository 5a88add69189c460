"""A packed R-tree over lines and points in metres: flat arrays that a file holds and memory maps.

Boxes are packed in the order of a Hilbert curve through their centres (Kamel and Faloutsos, "On packing
R-trees", 1993), :data:`NODE_SIZE` a node. A search goes down from the root, the nearest box first, and
measures to the segments of the lines themselves, so what it finds is exact and not the nearest box. Unlike
:class:`shapely.STRtree` it needs no objects, is stored with a network, and can pass over items.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from networks.arrays import BoolArray, FloatArray, Int32Array, IntArray
from networks.errors import NetworkFileError
from networks.sentences import Sentence

#: Boxes under one node of the tree.
NODE_SIZE = 16
#: Bits of each coordinate of the Hilbert curve.
_BITS = 16
STORED = ("xy", "start", "boxes", "children", "levels")


@dataclass(frozen=True, eq=False)
class PackedTree:
    """Lines (or points) in metres, and the boxes around them.

    Attributes:
        xy: (n_points, 2) metres east and north.
        start: (n + 1,) points of item ``i`` are ``xy[start[i]:start[i + 1]]``; at least one each.
        boxes: (n_boxes, 4) west, south, east, north in metres; the items' first, the root last.
        children: (n_boxes,) the item of a box of the lowest level; for others the first of its boxes.
        levels: (n_levels + 1,) boxes of level ``k`` are ``levels[k]:levels[k + 1]``.
    """

    xy: FloatArray
    start: IntArray
    boxes: FloatArray
    children: Int32Array
    levels: IntArray

    def __post_init__(self) -> None:
        for name in STORED:
            getattr(self, name).flags.writeable = False

    def __len__(self) -> int:
        return len(self.start) - 1

    @classmethod
    def over(cls, xy: FloatArray, start: IntArray) -> PackedTree:
        """Pack the boxes of items.

        Args:
            xy: (n_points, 2) metres east and north, finite.
            start: (n + 1,) first point of each item, each with at least one.
        """
        xy = np.array(xy, dtype=np.float64).reshape(-1, 2)
        start = np.array(start, dtype=np.int64)
        count = len(start) - 1
        if not count:
            return cls(xy, start, np.empty((0, 4)), np.empty(0, np.int32), np.zeros(1, np.int64))
        low = np.minimum.reduceat(xy, start[:-1], axis=0)
        high = np.maximum.reduceat(xy, start[:-1], axis=0)
        order = np.argsort(_hilbert((low + high) / 2.0), kind="stable")
        boxes, children = [np.hstack([low, high])[order]], [order.astype(np.int32)]
        levels = [0, count]
        while levels[-1] - levels[-2] > 1:
            below = boxes[-1]
            firsts = np.arange(0, len(below), NODE_SIZE)
            boxes.append(
                np.hstack(
                    [
                        np.minimum.reduceat(below[:, :2], firsts, axis=0),
                        np.maximum.reduceat(below[:, 2:], firsts, axis=0),
                    ]
                )
            )
            children.append((levels[-2] + firsts).astype(np.int32))
            levels.append(levels[-1] + len(firsts))
        return cls(
            xy, start, np.concatenate(boxes), np.concatenate(children), np.asarray(levels, dtype=np.int64)
        )

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Arrays for a file; :meth:`from_arrays` reads them back."""
        return {name: getattr(self, name) for name in STORED}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> PackedTree:
        """The tree of a file, without a copy.

        Raises:
            NetworkFileError: arrays are missing or do not fit together.
        """
        missing = [name for name in STORED if name not in arrays]
        if missing:
            raise NetworkFileError(
                Sentence(
                    "net.fault.lines_lack",
                    "stored index of lines: no {missing}; build the network anew",
                    missing=tuple(missing),
                )
            )
        tree = cls(*(arrays[name] for name in STORED))
        boxes, levels = len(tree.boxes), tree.levels
        fits = tree.xy.ndim == tree.boxes.ndim == 2 and len(tree.children) == boxes and levels[-1] == boxes
        if not (fits and tree.start[0] == 0 and tree.start[-1] == len(tree.xy)):
            raise NetworkFileError(
                "stored index of lines: its arrays do not fit together; build the network anew"
            )
        return tree

    def shapes(self, items: IntArray) -> NDArray[np.object_]:
        """(k,) some items as shapely lines, those of one point as points."""
        counts = self.start[items + 1] - self.start[items]
        owner = np.repeat(np.arange(len(items)), counts)
        points = self.xy[self._points_of(items, counts, np.append(0, np.cumsum(counts)))]
        made = np.empty(len(items), dtype=object)
        lines = counts > 1
        if lines.any():
            rank = np.cumsum(lines) - 1
            of_line = lines[owner]
            made[lines] = shapely.linestrings(points[of_line], indices=rank[owner[of_line]])
        if not lines.all():
            made[~lines] = shapely.points(points[~lines[owner]])
        return made

    def take(self, items: IntArray) -> PackedTree:
        """A tree over some of the items."""
        counts = self.start[items + 1] - self.start[items]
        start = np.append(0, np.cumsum(counts))
        return PackedTree.over(self.xy[self._points_of(items, counts, start)], start)

    def _points_of(self, items: IntArray, counts: IntArray, start: IntArray) -> IntArray:
        return np.asarray(np.arange(start[-1]) + np.repeat(self.start[items] - start[:-1], counts))

    def nearest(self, points: FloatArray, among: BoolArray | None = None) -> IntArray:
        """(k,) the nearest item of each point, the first of equally near ones; -1 = there is none.

        Args:
            points: (k, 2) metres east and north.
            among: (n,) which items count; None = all. Passed over while searching: few of many are better
                taken out first (:meth:`take`).
        """
        from networks.packed_search import nearest, prepare  # noqa: PLC0415  (compiles: only where it is used)

        prepare()
        wanted = np.ones(0, dtype=np.bool_) if among is None else np.array(among, dtype=np.bool_)
        return nearest(np.array(points, dtype=np.float64), wanted, *self._arrays())

    def within(self, point: tuple[float, float], metres: float) -> IntArray:
        """Items at most so far from a point, ascending."""
        from networks.packed_search import prepare, within  # noqa: PLC0415  (compiles: only where it is used)

        prepare()
        found = within(float(point[0]), float(point[1]), float(metres), *self._arrays())
        return np.sort(found)

    def crossing(self, box: tuple[float, float, float, float]) -> IntArray:
        """Items whose boxes meet a box (west, south, east, north in metres), ascending."""
        west, south, east, north = box
        own = self.boxes[: self.levels[1] if len(self.levels) > 1 else 0]
        meets = (own[:, 0] <= east) & (own[:, 2] >= west) & (own[:, 1] <= north) & (own[:, 3] >= south)
        return np.sort(self.children[np.flatnonzero(meets)].astype(np.int64))

    def _arrays(self) -> tuple[FloatArray, IntArray, FloatArray, Int32Array, IntArray, int]:
        return self.xy, self.start, self.boxes, self.children, self.levels, NODE_SIZE


def _hilbert(centres: FloatArray) -> IntArray:
    """(n,) place of each centre on a Hilbert curve over all of them."""
    low, high = centres.min(axis=0), centres.max(axis=0)
    span = np.where(high > low, high - low, 1.0)
    side = (1 << _BITS) - 1
    x, y = (((centres - low) / span) * side).astype(np.int64).T
    place = np.zeros(len(x), dtype=np.int64)
    step = 1 << (_BITS - 1)
    while step:  # Warren, Hacker's Delight, section 16-1: one quadrant a round, turned as the curve turns
        right, up = (x & step) > 0, (y & step) > 0
        place += step * step * ((3 * right) ^ up)
        turned = ~up
        flipped = turned & right
        x, y = np.where(flipped, side - x, x), np.where(flipped, side - y, y)
        x, y = np.where(turned, y, x), np.where(turned, x, y)
        step >>= 1
    return place
