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
#: Roads tried in turn, the nearest first, before a point counts as cut off by water.
WATER_TRIES = 64
#: Ends of roads of unknown course are not looked for beyond this, metres.
_FARTHEST_NODE_M = 1e5
#: Points whose roads within reach are held at once.
_TOGETHER = 500
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
        search = self.search
        entered, left = search.enters[chosen], search.leaves[chosen]
        of_stray = ~(entered | left) & (search.road_m[chosen] < STRAY_ROAD_M)
        for rows, past_strays in (
            (np.flatnonzero(of_stray), True),
            (np.flatnonzero(~(entered & left) & ~of_stray), False),
        ):
            if not len(rows):
                continue
            if past_strays and self.component != "largest":
                among, slack_m = search.is_edge & ~self.stray, STRAY_SLACK_M
            else:
                among, slack_m = search.is_edge & search.main, COMPONENT_SLACK_M
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
        wet = water > WATER_TOLERANCE_M
        rows, water = found[wet], water[wet]
        near, short = self.metres(rows, chosen[rows]), water <= WATER_FLAGGED_M
        reach_m = np.maximum(WATER_LEAST_REACH_M, WATER_REACH * near)
        reach_m[short] = np.minimum(reach_m[short], near[short] + WATER_WORTH * water[short])
        other = self._nearest_on_land(rows, reach_m)
        moved = (other >= 0) | ~short
        chosen[rows[moved]], skipped[rows[moved]] = other[moved], False
        left_out[rows[chosen[rows] < 0]] = "across_water"

    def _nearest_on_land(self, rows: IntArray, reach_m: FloatArray) -> IntArray:
        """(k,) the nearest item within reach of some points whose leg stays on land; -1 = none.

        All points try their nearest item first, then those that are left their second, and so on.
        """
        assert self.land is not None
        near = self._within_reach(rows, reach_m)
        found = np.full(len(rows), -1, dtype=np.int64)
        left = np.arange(len(rows))
        for turn in range(WATER_TRIES):
            left = left[[len(near[place]) > turn for place in left.tolist()]]
            if not len(left):
                break
            items = np.array([near[place][turn] for place in left.tolist()], dtype=np.int64)
            on_land = self.land.water_m(self.legs(rows[left], items)) <= WATER_TOLERANCE_M
            found[left[on_land]] = items[on_land]
            left = left[~on_land]
        return found

    def _within_reach(self, rows: IntArray, reach_m: FloatArray) -> list[IntArray]:
        """Items within reach of some points, each in the order in which they are tried, stray pieces last.

        Ends of roads whose courses are not known are the only places where these surely run: they may be as
        far away as anything may be joined.
        """
        search, points = self.search, self.points[rows]
        nodes = np.flatnonzero(~search.is_edge & self.allowed)
        farthest = np.minimum(np.maximum(reach_m, self.most_m), _FARTHEST_NODE_M)
        places, of_nodes = shapely.STRtree(search.shapes(nodes)).query(
            points, predicate="dwithin", distance=farthest
        )
        by_place = np.argsort(places, kind="stable")
        some_nodes = np.split(
            nodes[of_nodes[by_place]], np.searchsorted(places[by_place], np.arange(1, len(rows)))
        )
        joinable, stray = self.allowed & search.is_edge, self.stray
        found: list[IntArray] = []
        reach_m = np.minimum(reach_m, self.most_m)
        for first in range(0, len(rows), _TOGETHER):
            near = []
            for place in range(first, min(first + _TOGETHER, len(rows))):
                edges = search.tree.within((points[place].x, points[place].y), float(reach_m[place]))
                near.append(np.append(edges[joinable[edges]], some_nodes[place]).astype(np.int64))
            counts = [len(one) for one in near]
            items = np.concatenate(near)
            each, which = np.unique(items, return_inverse=True)
            metres = shapely.distance(
                np.repeat(points[first : first + _TOGETHER], counts), search.shapes(each)[which]
            )
            owner = np.repeat(np.arange(len(near)), counts)
            order = np.lexsort((items, metres, stray[items], owner))
            ends = np.cumsum(counts)
            found += [own[:WATER_TRIES] for own in np.split(items[order], ends[:-1])]
        return found

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
