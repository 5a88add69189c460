"""Land and water under access legs: how many metres of a leg leave the land.

A coast is simplified, leaves small islets out, and covers some region only. So a :class:`Land` says where it
is known, and a leg both ends of which lie off all land is not judged: somebody lives on what is drawn as sea.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from networks.arrays import BoolArray, FloatArray
from networks.geometry import metric_area

#: A place further than this from all land is one that the coast does not know, metres: coastlines that are
#: true to about 100 m and leave islets out do not know where a quay, a skerry or a filled bay lies.
OFF_LAND_M = 150.0
#: Polygons are cut up until they have at most so many points: intersections then cost little.
_PIECE_POINTS = 256
_DEEPEST = 24


@dataclass(frozen=True, eq=False)
class Land:
    """Land in metres, cut into pieces that are quick to intersect.

    Attributes:
        pieces: (n,) polygons in metres; together they are the land.
        tree: index of the pieces.
        known: where the coast is true, in metres: outside it nothing is said; None = everywhere.
        whole: whether all land of ``known`` is there. Otherwise (the areas of a study, say) only what lies
            between two places on land is called water.
        epsg: EPSG code of the metric CRS.
    """

    pieces: NDArray[np.object_]
    tree: shapely.STRtree
    known: BaseGeometry | None
    whole: bool
    epsg: int

    @classmethod
    def of(
        cls, area: BaseGeometry, *, epsg: int, known: BaseGeometry | None = None, whole: bool = True
    ) -> Land:
        """Land from polygons in degrees (EPSG:4326).

        Args:
            area: the land.
            epsg: EPSG code of the CRS for metres.
            known: where it is true, in degrees; None = everywhere.
            whole: see the attribute.

        Raises:
            CrsError: the CRS is not metric.
        """
        metric = metric_area(area, epsg)
        parts = [piece for part in shapely.get_parts(metric) for piece in _cut(part, 0)]
        pieces = np.asarray(parts, dtype=object)
        region = None if known is None else metric_area(shapely.segmentize(known, 0.5), epsg)
        if region is not None:
            shapely.prepare(region)
        return cls(pieces, shapely.STRtree(pieces), region, whole, epsg)

    @cached_property
    def digest(self) -> bytes:
        """A digest of all that it holds."""
        digest = hashlib.sha256(repr((self.whole, self.epsg)).encode())
        for shape in (self.known, *self.pieces):
            digest.update(b"" if shape is None else shapely.to_wkb(shape))
        return digest.digest()

    def away(self, points: NDArray[np.object_]) -> BoolArray:
        """(n,) whether each point lies further from all land than the coast is exact."""
        away = np.ones(len(points), dtype=bool)
        if len(points):
            away[self.tree.query(points, predicate="dwithin", distance=OFF_LAND_M)[0]] = False
        return away

    def water_m(self, legs: NDArray[np.object_]) -> FloatArray:
        """(n,) metres of each leg (a line) that leave the land; NaN where the coast says nothing."""
        lengths = shapely.length(legs)
        rows, found = self.tree.query(legs, predicate="intersects")
        inside = shapely.length(shapely.intersection(legs[rows], self.pieces[found]))
        np.subtract.at(lengths, rows, inside)
        water: FloatArray = np.maximum(lengths, 0.0)
        water[~self._judged(legs)] = np.nan
        return water

    def off_land(self, legs: NDArray[np.object_]) -> BoolArray:
        """(n,) whether both ends of each leg lie where the coast is known and knows no land."""
        if not self.whole:
            return np.zeros(len(legs), dtype=bool)
        off = np.ones(len(legs), dtype=bool)
        for end in (0, -1):
            place = shapely.get_point(legs, end)
            off &= self.away(place)
            if self.known is not None:
                off &= shapely.contains(self.known, place)
        return off

    def _judged(self, legs: NDArray[np.object_]) -> BoolArray:
        """(n,) whether the coast says anything of each leg."""
        ends = [shapely.get_point(legs, end) for end in (0, -1)]
        judged = np.ones(len(legs), dtype=bool)
        if self.known is not None:
            for end in ends:
                judged &= shapely.contains(self.known, end)
        off = [self.away(end) for end in ends]
        return judged & ~((off[0] & off[1]) if self.whole else (off[0] | off[1]))


def _cut(part: BaseGeometry, depth: int) -> Iterator[BaseGeometry]:
    """A polygon in pieces of few points, by halving its box."""
    if shapely.get_num_coordinates(part) <= _PIECE_POINTS or depth >= _DEEPEST:
        yield part
        return
    west, south, east, north = shapely.bounds(part).tolist()
    if east - west > north - south:
        middle = (west + east) / 2.0
        halves = [(west, south, middle, north), (middle, south, east, north)]
    else:
        middle = (south + north) / 2.0
        halves = [(west, south, east, middle), (west, middle, east, north)]
    for half in halves:
        clipped = shapely.clip_by_rect(part, *half)
        for piece in shapely.get_parts(clipped):
            if shapely.area(piece) > 0:
                yield from _cut(piece, depth + 1)
