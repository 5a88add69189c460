"""Minutes and kilometres from place to place, where nearly every way begins or ends at one of a few stops.

Patients live at tens of thousands of places, and are brought to some hundred. Between homes nobody drives but
a crew that is sent on from one home to the next, so those ways are found when somebody could come that way
first (:attr:`ByStops.apart`), and never all of them at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Apart:
    """Figures of crafts on the road between places that are no stops.

    Attributes:
        every: (P,) places and (n,) states -> (S + 1, P, P) minutes in each of those states (others are not
            looked at), then kilometres.
        pairs: number of a state (S = kilometres), (n,) starts and (n,) ends -> (n,) figures.
        labels: (S, X, k) places with one in common may be nearer to each other than the ways to and from
            stops tell, such as neighbours off the road; of others no way is shorter than the difference of
            their ways to, or from, any stop. -1 = no label.
        island: (X,) places of different numbers have no way between them.
    """

    every: Callable[[IntArray, IntArray], FloatArray]
    pairs: Callable[[int, IntArray, IntArray], FloatArray]
    labels: IntArray
    island: IntArray


@dataclass(frozen=True, eq=False)
class Within:
    """Figures between stops and the places of their part of the country; no way leads to other parts.

    Attributes:
        figures: (V, M) figures between a stop and the places of its part, in their order.
        part_of: (V,) part of the stop.
        part: (X,) part of each place.
        column: (X,) where it stands among the places of its part.
    """

    figures: FloatArray
    part_of: IntArray
    part: IntArray
    column: IntArray

    @staticmethod
    def nothing(places: int) -> Within:
        """No row of so many places."""
        none = np.zeros(places, dtype=np.int64)
        return Within(np.zeros((0, 0)), np.zeros(0, dtype=np.int64), none, none)


@dataclass(frozen=True, eq=False)
class ByStops:
    """Figures from place to place, in layers: minutes of a craft in a state of the roads, or its kilometres.

    There are X places, F stops (some of them), C kinds of craft, S states and L layers. ``inf`` = cannot. Of
    a layer only those stops are held that its craft go to or come from; W rows in all, and V of those whose
    ways stay within a part of the country. Row r of these is told as ``-2 - r``.

    Attributes:
        stops: (F,) place of each stop.
        layer: (C, S + 1) layer of each craft's minutes in each state, and of its kilometres; -1 = no
            kilometres are held.
        way: (W, X) figures between a stop and every place.
        to: (L, F) row with those from every place to each stop; -1 = cannot.
        out_of: (L, F) row with those from each stop to every place; -1 = cannot. Not looked at where every
            place is a stop. A way that takes as long back has one row for both.
        apart: between places that are no stops; None = every place is a stop. Layers 0 to S are then those of
            crafts on the road, which alone go there.
        within: the rows that stay within a part; None = there are none.
    """

    stops: IntArray
    layer: IntArray
    way: FloatArray
    to: IntArray
    out_of: IntArray
    apart: Apart | None = None
    within: Within | None = None

    @property
    def places(self) -> int:
        """Number of places."""
        return int(self.way.shape[1])

    @property
    def stop_of(self) -> IntArray:
        """(X,) which stop each place is; -1 = none."""
        found = np.full(self.places, -1, dtype=np.int64)
        found[self.stops] = np.arange(len(self.stops))
        return found

    def figures(self, layer: IntArray | int, start: IntArray, end: IntArray) -> FloatArray:
        """Figures of ways, by broadcasting; NaN where neither end is a stop.

        Args:
            layer: layers.
            start: places.
            end: places.
        """
        stop_of = self.stop_of
        here, there = stop_of[start], stop_of[end]
        found = np.where(there >= 0, self._at(self.to[layer, np.maximum(there, 0)], start), np.nan)
        if self.apart is None:
            return found
        outward = (there < 0) & (here >= 0)
        return np.where(outward, self._at(self.out_of[layer, np.maximum(here, 0)], end), found)

    def row(self, row: int) -> FloatArray:
        """(X,) figures of a row."""
        return self._at(np.full(1, row), np.arange(self.places))

    def _at(self, row: IntArray, place: IntArray) -> FloatArray:
        found = np.full(np.broadcast_shapes(row.shape, place.shape), np.inf)
        if (row >= 0).any():
            found = np.where(row >= 0, self.way[np.maximum(row, 0), place], found)
        if self.within is not None and (row < -1).any():
            own, part = np.maximum(-2 - row, 0), self.within.part
            there = (row < -1) & (self.within.part_of[own] == part[place])
            column = np.where(there, self.within.column[place], 0)
            found = np.where(there, self.within.figures[own, column], found)
        return found
