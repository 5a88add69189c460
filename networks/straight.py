"""Pairs of points that need no search: along one edge, off the road from door to door, one place twice."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from networks.arrays import BoolArray, FloatArray, IntArray
from networks.geodesy import great_circle_m
from networks.network import TravelNetwork
from networks.points import SnappedPoints, partial_seconds

#: Decimals of degrees to which two coordinates are one place: a centimetre.
_ONE_PLACE_DECIMALS = 7


class StraightPairs(NamedTuple):
    """Pairs and the seconds of the way that needs no search; a pair may stand twice.

    Attributes:
        rows: (k,) positions of the origins.
        columns: (k,) positions of the destinations.
        seconds: (k,) seconds from door to door; ``inf`` = not this way.
        along: (k,) whether the way leads along the edge that both join; otherwise it is access leg only.
    """

    rows: IntArray
    columns: IntArray
    seconds: FloatArray
    along: BoolArray


def straight_pairs(network: TravelNetwork, starts: SnappedPoints, stops: SnappedPoints) -> StraightPairs:
    """The pairs of points on one edge, of points nearer to each other than to the road, and of equal places.

    Two points go straight to each other at the pace of the access leg where that way is no longer than the
    access leg of one of them and both join the same road or the same junction: nobody drives to the road and
    back to reach the house next door. A place is 0 seconds from itself, joined or not.
    """
    rows, columns = pairs_of_equal(starts.edge, stops.edge)
    parts = [
        StraightPairs(rows, columns, _along(network, starts, stops, rows, columns), np.ones(len(rows), bool))
    ]
    for pairs in (_neighbours(network, starts, stops), _same_places(starts, stops)):
        seconds = _off_road(starts, stops, *pairs)
        parts.append(StraightPairs(*pairs, seconds, np.zeros(len(seconds), bool)))
    return StraightPairs(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _along(
    network: TravelNetwork, starts: SnappedPoints, stops: SnappedPoints, rows: IntArray, columns: IntArray
) -> FloatArray:
    """(k,) seconds along the edge that both points of each pair join."""
    ahead = stops.fraction[columns] - starts.fraction[rows]
    edge = np.where(ahead >= 0, starts.edge[rows], starts.twin[rows])
    access = starts.access_s[rows] + stops.arriving_s[columns]
    on_edge = partial_seconds(network, edge, np.abs(ahead), begins=True)
    along: FloatArray = access + np.where(ahead == 0, 0.0, on_edge)
    return along


def _neighbours(
    network: TravelNetwork, starts: SnappedPoints, stops: SnappedPoints
) -> tuple[IntArray, IntArray]:
    """Pairs of points that join the same edge or edges of one junction, each once."""
    if not (np.isfinite(starts.pace_s_per_m).any() and np.isfinite(stops.pace_s_per_m).any()):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)  # nodes have no access leg
    ends = [_ends(network, points) for points in (starts, stops)]
    found = [pairs_of_equal(ends[0][:, a], ends[1][:, b]) for a in range(2) for b in range(2)]
    pairs = np.unique(np.concatenate([rows * len(stops) + columns for rows, columns in found]))
    return pairs // max(1, len(stops)), pairs % max(1, len(stops))


def _ends(network: TravelNetwork, points: SnappedPoints) -> IntArray:
    """(n, 2) the nodes that each point lies between, -1 where its access leg is no way of its own."""
    ends = np.stack([points.node, np.full(len(points), -1)], axis=1)
    on_edge = points.edge >= 0
    ends[on_edge, 0] = network.topology.tails[points.edge[on_edge]]
    ends[on_edge, 1] = network.topology.heads[points.edge[on_edge]]
    ends[~(points.access_m > 0)] = -1
    ends[~np.isfinite(points.pace_s_per_m)] = -1
    return ends


def neighbour_labels(network: TravelNetwork, points: SnappedPoints) -> IntArray:
    """(n, 3) numbers of each point; only with one in common can they be :func:`straight_pairs`. -1 = none."""
    nodes, (tails, heads) = points.node, (network.topology.tails, network.topology.heads)
    ends = np.stack([nodes, nodes], axis=1)
    on_edge = points.edge >= 0
    ends[on_edge, 0], ends[on_edge, 1] = tails[points.edge[on_edge]], heads[points.edge[on_edge]]
    numbers = place_numbers(points)
    _, place = np.unique(numbers, return_inverse=True)
    return np.column_stack([ends, np.where(numbers >= 0, network.n_nodes + place.reshape(-1), -1)])


def _same_places(starts: SnappedPoints, stops: SnappedPoints) -> tuple[IntArray, IntArray]:
    """Pairs of points with the same coordinates."""
    return pairs_of_equal(place_numbers(starts), place_numbers(stops))


def place_numbers(points: SnappedPoints) -> IntArray:
    """(n,) a number that two points share where they are one place, -1 where the access leg is no way."""
    own = ~np.isnan(points.pace_s_per_m) & np.isfinite(points.lon) & np.isfinite(points.lat)
    number = np.full(len(points), -1, dtype=np.int64)
    lon, lat = (
        np.rint(degrees[own] * 10.0**_ONE_PLACE_DECIMALS).astype(np.int64)
        for degrees in (points.lon, points.lat)
    )
    # Neither part is negative, and the latitudes, 1.8e9 of them, stay below 2^31.
    number[own] = (lon + 180 * 10**_ONE_PLACE_DECIMALS) * 2**31 + (lat + 90 * 10**_ONE_PLACE_DECIMALS)
    return number


def _off_road(starts: SnappedPoints, stops: SnappedPoints, rows: IntArray, columns: IntArray) -> FloatArray:
    """(k,) seconds straight from door to door, ``inf`` where that is further than both access legs."""
    metres = great_circle_m(starts.lon[rows], starts.lat[rows], stops.lon[columns], stops.lat[columns])
    one = np.round(metres, 2) == 0.0
    longest = np.fmax(starts.access_m[rows], stops.access_m[columns])
    pace = np.maximum(starts.pace_s_per_m[rows], stops.pace_s_per_m[columns])
    with np.errstate(invalid="ignore"):
        near = metres <= longest
        return np.where(one, 0.0, np.where(near, metres * pace, np.inf))


def pairs_of_equal(left: IntArray, right: IntArray) -> tuple[IntArray, IntArray]:
    """All pairs (i, j) with ``left[i] == right[j] >= 0``."""
    if not ((left >= 0).any() and (right >= 0).any()):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    if len(right) > len(left):  # the shorter side is the one that is sorted
        columns, rows = pairs_of_equal(right, left)
        by_row = np.lexsort((columns, rows))
        return rows[by_row], columns[by_row]
    order = np.argsort(right, kind="stable")
    ordered = right[order]
    low = np.searchsorted(ordered, left, side="left")
    high = np.searchsorted(ordered, left, side="right")
    counts = np.where(left >= 0, high - low, 0)
    rows = np.repeat(np.arange(len(left)), counts)
    offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return rows, order[np.repeat(low, counts) + offsets]
