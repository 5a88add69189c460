"""Seconds lost where a road meets a larger one: slowing down to give way or to turn off, and speeding up.

At a junction through which a road of a higher class passes, whoever comes from the lower road slows to the
pace of the corner and then gathers the speed of the larger road; whoever turns off does it the other way
round. A vehicle that goes from speed ``v`` down to ``u`` at the deceleration ``d`` instead of keeping ``v``
loses ``(v - u)**2 / (2 * v * d)`` seconds, and as much with the acceleration ``a`` on the way up again
(uniform acceleration). Acceleration 1.0 m/s² and comfortable deceleration 1.5 m/s² are usual values of the
Intelligent Driver Model (Treiber and Kesting, *Traffic Flow Dynamics*, 2013, table 11.2). The corner is taken
at 15 km/h: a bend of 9 m radius at 2 m/s² across.

Not counted are waiting for a gap, traffic lights, queues, and turns between roads of the same class: the
factors of :mod:`networks.osm.defaults` stand for those. A road that crosses a larger one pays both losses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from networks.arrays import FloatArray, IntArray
from networks.osm.assemble import EdgeBlock
from networks.osm.pieces import Pieces
from networks.osm.report import Tally
from networks.osm.ways import WayTable, WayType

ACCELERATION_M_S2 = 1.0
DECELERATION_M_S2 = 1.5
CORNER_KPH = 15.0

#: Road classes from the largest to the smallest; ramps (``*_link``) rank with their road, others as the last.
RANKS = (
    "motorway",
    "trunk",
    "primary",
    "secondary",
    "tertiary",
    "unclassified",
    "residential",
    "living_street",
    "service",
    "track",
)


def slowed_at_junctions(
    roads: EdgeBlock,
    ways: WayTable,
    types: Sequence[WayType],
    pieces: Pieces,
    ends: tuple[IntArray, IntArray],
    tally: Tally,
) -> EdgeBlock:
    """The directed edges of roads with the seconds lost at junctions with larger roads.

    Args:
        roads: directed edges, before any junction is split.
        ways: the roads.
        types: what the tags of each of ``ways.tag_sets`` decide.
        pieces: the ways cut at the network's nodes.
        ends: network node at the first and last point of each piece.
        tally: takes the counts.
    """
    if not len(roads.tails):
        return roads
    kind = ways.type_index[pieces.way]
    rank = np.asarray([rank_of(one.road_class) for one in types], dtype=np.int8)
    kph = np.asarray([max(one.forward_kph, one.backward_kph) for one in types], dtype=np.float64)
    passing, passing_m_s = _roads_passing(rank[kind], (kph / 3.6)[kind], ends)
    classes = roads.labels["road_class"]
    of_edge = np.asarray([rank_of(text) for text in classes.values], dtype=np.int8)[classes.codes]
    moving_s = roads.moving_s.copy()
    slowed = np.zeros(len(of_edge), dtype=bool)
    for nodes, joining in ((roads.heads, True), (roads.tails, False)):
        lower = np.flatnonzero(of_edge > passing[nodes])
        own, other = _reached_m_s(roads, lower), passing_m_s[nodes[lower]]
        down, up = (own, other) if joining else (other, own)
        lost = lost_seconds(down, DECELERATION_M_S2) + lost_seconds(up, ACCELERATION_M_S2)
        moving_s[lower] += lost
        slowed[lower] |= lost > 0
    tally.add("speeds", "edges slowed at a junction with a larger road", int(slowed.sum()))
    return replace(roads, moving_s=moving_s)


def lost_seconds(speed_m_s: FloatArray, rate_m_s2: float) -> FloatArray:
    """(n,) seconds lost between a speed and that of the corner, against keeping the speed."""
    corner = CORNER_KPH / 3.6
    over = np.maximum(speed_m_s - corner, 0.0)
    lost: FloatArray = over**2 / (2.0 * np.maximum(speed_m_s, corner) * rate_m_s2)
    return lost


def rank_of(road_class: str) -> int:
    """Rank of a road class, 0 = the largest."""
    name = road_class.removesuffix("_link")
    return RANKS.index(name) if name in RANKS else len(RANKS) - 1


def _roads_passing(
    rank: NDArray[np.int8], speed_m_s: FloatArray, ends: tuple[IntArray, IntArray]
) -> tuple[NDArray[np.int8], FloatArray]:
    """(n_nodes,) highest rank of the roads that pass a junction, beyond the last where none does; its speed.

    A road passes where two of its pieces meet; a node of two pieces is no junction.
    """
    size = max(int(at.max(initial=-1)) for at in ends) + 1
    best = np.full(size, len(RANKS), dtype=np.int8)
    for at in ends:
        np.minimum.at(best, at, rank)
    meeting, passing = np.zeros(size, dtype=np.int32), np.zeros(size, dtype=np.int32)
    fastest = np.zeros(size)
    for at in ends:
        highest = rank == best[at]
        meeting += np.bincount(at, minlength=size).astype(np.int32)
        passing += np.bincount(at[highest], minlength=size).astype(np.int32)
        np.maximum.at(fastest, at[highest], speed_m_s[highest])
    best[(meeting < 3) | (passing < 2)] = len(RANKS)
    return best, fastest


def reached_m_s(length_m: FloatArray) -> FloatArray:
    """(n,) speed reached from corner to corner along some lengths: a short one leaves no room for more."""
    room = 2.0 * ACCELERATION_M_S2 * DECELERATION_M_S2 / (ACCELERATION_M_S2 + DECELERATION_M_S2)
    reached: FloatArray = np.sqrt((CORNER_KPH / 3.6) ** 2 + room * length_m)
    return reached


def _reached_m_s(roads: EdgeBlock, edges: IntArray) -> FloatArray:
    """(n,) speed reached along some edges from corner to corner."""
    length_m, moving_s = roads.length_m[edges], roads.moving_s[edges]
    reached = reached_m_s(length_m)
    with np.errstate(invalid="ignore", divide="ignore"):
        driven = np.where(moving_s > 0, length_m / moving_s, 0.0)
    speed: FloatArray = np.minimum(driven, reached)
    return speed
