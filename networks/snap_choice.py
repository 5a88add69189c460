"""Which road each point joins: the nearest one that is no stray piece and is not across water."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from networks.arrays import BoolArray, FloatArray, IntArray
from networks.land import Land
from networks.snap_index import SnapIndex

Component = Literal["own", "largest", "any"]

#: The main network is preferred to other roads if it is at most this much further away, metres.
COMPONENT_SLACK_M = 200.0
#: Roads of less than this that meet no others are stray pieces, metres: a yard, a pier, a gap in the map.
STRAY_ROAD_M = 500.0
#: A stray piece is passed over for other roads that are at most this much further away, metres.
STRAY_SLACK_M = 1000.0
#: Metres of an access leg that may leave the land without a word: coastlines are no more exact than this.
WATER_TOLERANCE_M = 50.0
#: Metres of an access leg that may leave the land with a flag: both shores of a simplified coast are true to
#: about 100 m.
WATER_FLAGGED_M = 200.0
#: A road counts as within reach on land up to this multiple of the distance of the nearest one, ...
WATER_REACH = 4.0
#: ... and in any case within this many metres.
WATER_LEAST_REACH_M = 2000.0
#: A metre of water that may be flagged is avoided by so many metres of further way on land.
WATER_WORTH = 10.0
#: Roads tried in turn, the nearest first, before a point counts as cut off by water; the first few together.
WATER_TRIES = 64
_TRIED_AT_ONCE = 8
#: A quay without a road is joined where a road is further away than the quay by more than this, metres.
QUAY_SLACK_M = 1000.0


def choose(
    search: SnapIndex,
    points: NDArray[np.object_],
    component: Component,
    *,
    land: Land | None,
    most_m: float | None,
) -> tuple[IntArray, NDArray[np.object_]]:
    """The item that each point joins, -1 = none, and its flags (:mod:`networks.snapping`).

    Args:
        search: what may be joined.
        points: (n,) points in metres.
        component: which parts of the network may be joined.
        land: land in metres; None = water is not asked for.
        most_m: points further away than this will not be joined.
    """
    one = _Choice(search, points, component, land, np.inf if most_m is None else most_m)
    chosen = search.nearest(points)
    skipped = np.zeros(len(points), dtype=bool)
    left_out = np.full(len(points), "", dtype=object)
    if not search.is_edge.any():
        left_out[:] = "no_road"
    elif component != "any":
        one.pass_over_strays(chosen, skipped, left_out)
    if land is not None:
        one.stay_on_land(chosen, skipped, left_out)
    one.take_quays(chosen, left_out)
    return chosen, one.flags(chosen, skipped, left_out)


@dataclass(frozen=True, eq=False)
class _Choice:
    search: SnapIndex
    points: NDArray[np.object_]
    component: Component
    land: Land | None
    most_m: float

    def legs(self, rows: IntArray, items: IntArray) -> NDArray[np.object_]:
        """Access legs of some points to an item each, as lines."""
        legs: NDArray[np.object_] = shapely.shortest_line(self.points[rows], self.search.shapes(items))
        return legs

    def metres(self, rows: IntArray, items: IntArray) -> FloatArray:
        """(k,) straight metres from some points to an item each, ``inf`` for -1."""
        metres = np.full(len(rows), np.inf)
        there = items >= 0
        metres[there] = shapely.distance(self.points[rows[there]], self.search.shapes(items[there]))
        return metres

    def crosses(self, rows: IntArray, items: IntArray, most_m: float) -> BoolArray:
        """(k,) whether the leg of each point to an item crosses more water than this."""
        if self.land is None:
            return np.zeros(len(rows), dtype=bool)
        return np.asarray(np.nan_to_num(self.land.water_m(self.legs(rows, items))) > most_m)

    @property
    def stray(self) -> BoolArray:
        """(n_items,) pieces of road that are part of nothing."""
        linked = self.search.enters | self.search.leaves
        return np.asarray(~linked & (self.search.road_m < STRAY_ROAD_M))

    @property
    def allowed(self) -> BoolArray:
        """(n_items,) what may be joined, the nodes included, before stray pieces are looked at."""
        return self.search.main if self.component == "largest" else np.ones(len(self.search.edges), bool)

    def pass_over_strays(self, chosen: IntArray, skipped: BoolArray, left_out: NDArray[np.object_]) -> None:
        """Put points near a part that does not belong to the main network on it where it is near as well."""
        search, is_edge = self.search, self.search.is_edge
        stray = self.stray
        of_stray = stray[chosen]
        of_other = ~search.main[chosen] & ~of_stray
        solid = is_edge & ~stray
        for rows, among, slack_m in (
            (np.flatnonzero(of_stray), solid, STRAY_SLACK_M),
            (np.flatnonzero(of_other), is_edge & search.main, COMPONENT_SLACK_M),
        ):
            if not len(rows):
                continue
            if self.component == "largest":
                among = is_edge & search.main  # noqa: PLW2901 - the main network only, with the least slack
                slack_m = COMPONENT_SLACK_M  # noqa: PLW2901
            other = search.nearest(self.points[rows], among)
            near = self.metres(rows, other) <= self.metres(rows, chosen[rows]) + slack_m
            near[near] = ~self.crosses(rows[near], other[near], WATER_TOLERANCE_M)
            chosen[rows[near]] = other[near]
            skipped[rows[near]] = True
            if self.component == "largest":
                chosen[rows[~near]] = -1
                left_out[rows[~near]] = "other_component"

    def stay_on_land(self, chosen: IntArray, skipped: BoolArray, left_out: NDArray[np.object_]) -> None:
        """Give points whose access leg leaves the land the nearest road that can be reached on it."""
        assert self.land is not None
        found = np.flatnonzero(chosen >= 0)
        water = np.nan_to_num(self.land.water_m(self.legs(found, chosen[found])))
        near = self.metres(found, chosen[found])
        for place in np.flatnonzero(water > WATER_TOLERANCE_M).tolist():
            row, short = int(found[place]), bool(water[place] <= WATER_FLAGGED_M)
            reach_m = max(WATER_LEAST_REACH_M, WATER_REACH * float(near[place]))
            if short:
                reach_m = min(reach_m, float(near[place] + WATER_WORTH * water[place]))
            other = self._nearest_on_land(row, reach_m)
            if other >= 0 or not short:
                chosen[row], skipped[row] = other, False
            if chosen[row] < 0:
                left_out[row] = "across_water"

    def _nearest_on_land(self, row: int, reach_m: float) -> int:
        """The nearest item within reach of a point whose leg stays on land, stray pieces last; -1 = none.

        Ends of roads whose courses are not known are the only places where these surely run: they may be as
        far away as anything may be joined.
        """
        assert self.land is not None
        search, point = self.search, self.points[row]
        nodes = np.flatnonzero(~search.is_edge & self.allowed)
        near_nodes = shapely.distance(point, search.shapes(nodes)) <= min(max(reach_m, self.most_m), 1e5)
        near = search.tree.within((point.x, point.y), min(reach_m, self.most_m))
        near = np.append(near[self.allowed[near] & search.is_edge[near]], nodes[near_nodes])
        order = np.lexsort((near, shapely.distance(point, search.shapes(near)), self.stray[near]))
        near = near[order][:WATER_TRIES]
        for first in range(0, len(near), _TRIED_AT_ONCE):
            some = near[first : first + _TRIED_AT_ONCE]
            water = self.land.water_m(self.legs(np.full(len(some), row), some))
            on_land = np.flatnonzero(water <= WATER_TOLERANCE_M)
            if len(on_land):
                return int(some[on_land[0]])
        return -1

    def take_quays(self, chosen: IntArray, left_out: NDArray[np.object_]) -> None:
        """Join points whose island has a quay and no road at the quay."""
        quays = self.search.quay & self.allowed
        if not quays.any():
            return
        rows = np.arange(len(self.points))
        quay = self.search.nearest(self.points, quays)
        near = self.metres(rows, quay)
        better = (near <= self.most_m) & (near + QUAY_SLACK_M < self.metres(rows, chosen))
        if self.land is not None:
            better[better] = ~self.crosses(rows[better], quay[better], WATER_FLAGGED_M)
        chosen[better] = quay[better]
        left_out[better] = ""

    def flags(
        self, chosen: IntArray, skipped: BoolArray, left_out: NDArray[np.object_]
    ) -> NDArray[np.object_]:
        """(n,) the flags of each point, joined by ``;``."""
        search, rows = self.search, np.flatnonzero(chosen >= 0)
        items = chosen[rows]
        over, sea = np.zeros(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)
        if self.land is not None:
            legs = self.legs(rows, items)
            over = np.nan_to_num(self.land.water_m(legs)) > WATER_TOLERANCE_M
            sea = self.land.off_land(legs) & (shapely.length(legs) > WATER_TOLERANCE_M)
        enters, leaves = search.enters[items], search.leaves[items]
        flags = left_out.copy()
        for name, those in (
            ("over_water", over),
            ("at_sea", sea),
            ("component_skipped", skipped[rows]),
            ("own_component", ~enters & ~leaves),
            ("one_way_in", enters & ~leaves),
            ("one_way_out", leaves & ~enters),
            ("quay", search.quay[items]),
        ):
            for row in rows[those].tolist():
                flags[row] = f"{flags[row]};{name}".lstrip(";")
        return flags
