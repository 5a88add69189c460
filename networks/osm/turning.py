"""Seconds lost by turning where roads of the same class meet, by the angle of the turn.

:mod:`networks.osm.junctions` counts what it costs to come from a smaller road to a larger one that passes,
and to turn off it. Where roads of the same class meet, nobody passes by rank, so the angles decide:

- arms that run straight into each other are one road, and who stays on it loses nothing;
- an arm from which no other runs straight on, the **stem** of a T, always turns: it slows to the pace of the
  corner and gathers speed again, on the way in and on the way out;
- where two roads of the same class **cross**, who changes from one to the other turns. The junction becomes
  two nodes, one for each road, with an edge both ways between them that takes as long as the turn: the mean
  over its four corners, so that a network grows by one node and two edges a crossing and not by the square of
  the arms (more where turns are forbidden as well, :mod:`networks.osm.splitting`);
- who comes into a **roundabout** turns, whatever the angle, and so does who leaves it.

A corner of the angle ``d`` is an arc of the radius ``9 m / tan(d / 2)``, driven at 2 m/s² across: 9 m for a
right angle, as in :mod:`networks.osm.junctions`, wider for a flat corner and tighter for a sharp one. What is
lost between the speed of the road and that of the corner follows from the same uniform rates. No figure was
set on times of a router. OSRM's car profile takes another way: a logistic function of the angle that reaches
7.5 s, the same on a slow street as on a fast road (``turn_penalty`` in ``profiles/car.lua``).

Not counted is waiting for a gap in the traffic and for who comes from the right
(:mod:`networks.osm.controls` has what was measured).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from networks.arrays import BoolArray, FloatArray, IntArray
from networks.geodesy import wrapped_deg
from networks.osm.assemble import EdgeBlock
from networks.osm.controls import STRAIGHT_WITHIN_DEG, Streets
from networks.osm.junctions import (
    ACCELERATION_M_S2,
    CORNER_KPH,
    DECELERATION_M_S2,
    RANKS,
    reached_m_s,
)
from networks.osm.report import Tally

#: Speed in the sharpest corner, km/h.
SHARPEST_KPH = 5.0
#: The three ways to pair the arms of a crossing.
_PAIRINGS = np.asarray([[[0, 1], [2, 3]], [[0, 2], [1, 3]], [[0, 3], [1, 2]]])


@dataclass(frozen=True)
class Crossing:
    """A crossing of two roads of the same class.

    Attributes:
        arriving: edges of the second road that end there.
        leaving: edges of the second road that begin there.
        seconds: lost by turning from one road to the other.
    """

    arriving: tuple[int, ...]
    leaving: tuple[int, ...]
    seconds: float


@dataclass(frozen=True)
class _Arms:
    """Ends of pieces at junctions of equals, by junction.

    Attributes:
        node: (n_arms,) node of the junction.
        piece: (n_arms,) the piece.
        last: (n_arms,) whether it is the last end of the piece.
        bearing: (n_arms,) degrees in which the arm leaves the junction.
        speed: (n_arms,) m/s driven on it.
        ring: (n_arms,) whether it is part of a roundabout.
    """

    node: IntArray
    piece: IntArray
    last: BoolArray
    bearing: FloatArray
    speed: FloatArray
    ring: BoolArray

    def take(self, rows: IntArray | BoolArray) -> _Arms:
        """Some of the arms."""
        return _Arms(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


def turned_at_junctions(
    roads: EdgeBlock, streets: Streets, tally: Tally
) -> tuple[EdgeBlock, dict[int, Crossing]]:
    """The directed edges with the seconds that stems lose, and the crossings of equals by node.

    Args:
        roads: directed edges in the order of ``road_block``, before any junction is split.
        streets: the roads they were made of.
        tally: takes the counts.
    """
    if not len(roads.tails):
        return roads, {}
    arms = _main_arms(streets)
    number_of = np.bincount(arms.node, minlength=streets.size)
    lost = np.zeros((2, len(streets.pieces.first), 2))  # on arriving and on leaving, by piece and its end
    crossings: dict[int, tuple[tuple[int, int], tuple[int, int], float]] = {}
    stems = 0
    for size in np.unique(number_of[number_of >= 3]).tolist():
        group = arms.take(number_of[arms.node] == size)
        shape = (-1, size)
        turn = _deflections(group.bearing.reshape(shape))
        speed, ring = group.speed.reshape(shape), group.ring.reshape(shape)
        straight = turn < STRAIGHT_WITHIN_DEG
        crossed, pairing = _crossing(turn, ring, size)
        on_ring: BoolArray = np.asarray(ring.any(axis=1))
        stem = np.where(on_ring[:, None], ~ring, ~straight.any(axis=2)) & ~crossed[:, None]
        corner = _corner_m_s(np.where(on_ring[:, None, None], 90.0, turn))
        arriving, leaving = _stem_losses(speed, corner, stem)
        at, side = group.piece, group.last.astype(np.int64)
        lost[0, at, side] += arriving.ravel()
        lost[1, at, side] += leaving.ravel()
        stems += int(stem.sum())
        if crossed.any():
            seconds = _pair_losses(speed, corner, pairing)
            ends = np.stack([at, side], axis=1).reshape(-1, 4, 2)
            # The road with the arm nearest clockwise to north keeps the node, however the arms are listed.
            first_arm = np.argmin(group.bearing.reshape(shape) % 360.0, axis=1)
            for row in np.flatnonzero(crossed).tolist():
                if seconds[row] > 0:
                    roads_here = _PAIRINGS[pairing[row]]
                    second = ends[row][roads_here[0 if first_arm[row] in roads_here[1] else 1]]
                    node = int(group.node[4 * row])
                    crossings[node] = (tuple(second[0]), tuple(second[1]), float(seconds[row]))
    piece, reverse = streets.directed()
    head, tail = (~reverse).astype(np.int64), reverse.astype(np.int64)
    moving_s = roads.moving_s + lost[0, piece, head] + lost[1, piece, tail]
    tally.add("speeds", "stems at junctions of equals, slowed by the turn", stems)
    tally.add("speeds", "crossings of equals", len(crossings))
    return replace(roads, moving_s=moving_s), _edges_of(crossings, piece, reverse)


def _edges_of(
    crossings: Mapping[int, tuple[tuple[int, int], tuple[int, int], float]],
    piece: IntArray,
    reverse: BoolArray,
) -> dict[int, Crossing]:
    """The crossings with the edges of their second roads."""
    edge_of = {(int(p), bool(r)): edge for edge, (p, r) in enumerate(zip(piece, reverse, strict=True))}
    found = {}
    for node, (*ends, seconds) in crossings.items():
        # An edge runs with its piece unless reversed: it arrives at the last end and leaves from the first.
        arriving = [edge_of.get((int(p), not last)) for p, last in ends]
        leaving = [edge_of.get((int(p), bool(last))) for p, last in ends]
        found[node] = Crossing(
            tuple(edge for edge in arriving if edge is not None),
            tuple(edge for edge in leaving if edge is not None),
            seconds,
        )
    return found


def _main_arms(streets: Streets) -> _Arms:
    """The arms of the highest class at each junction; where it has only one, those of the next too."""
    pieces, course, points = streets.pieces, streets.course, streets.points
    count = len(pieces.first)
    node = np.concatenate(streets.ends)
    rank = np.tile(streets.rank, 2)
    best = np.full(streets.size, len(RANKS), dtype=np.int64)
    np.minimum.at(best, node, rank)
    alone = np.bincount(node[rank == best[node]], minlength=streets.size) == 1
    second = np.full(streets.size, -1, dtype=np.int64)
    others = rank > best[node]
    lowest = np.full(streets.size, len(RANKS), dtype=np.int64)
    np.minimum.at(lowest, node[others], rank[others])
    second[alone] = lowest[alone]
    main = (rank == best[node]) | (rank == second[node])
    rows = np.flatnonzero(main)
    rows = rows[np.argsort(node[rows], kind="stable")]
    piece, last = rows % count, rows >= count
    at = np.where(last, pieces.last[piece], pieces.first[piece])
    a, b = course.point[at], course.point[at + np.where(last, -1, 1)]
    north = points.lat[b] - points.lat[a]
    east = wrapped_deg(points.lon[b] - points.lon[a]) * np.cos(np.radians(points.lat[a]))
    kinds = streets.ways.type_index[pieces.way]
    kph = np.asarray([max(one.forward_kph, one.backward_kph) for one in streets.types], dtype=np.float64)
    ring = np.asarray([one.roundabout for one in streets.types], dtype=bool)
    speed = np.minimum(kph[kinds] / 3.6, reached_m_s(pieces.length_m))
    return _Arms(
        node[rows], piece, last, np.degrees(np.arctan2(east, north)), speed[piece], ring[kinds][piece]
    )


def _deflections(bearing: FloatArray) -> FloatArray:
    """(n, k, k) degrees by which who comes along one arm turns into another; 0 = straight on."""
    apart = np.abs((bearing[:, :, None] - bearing[:, None, :] + 180.0) % 360.0 - 180.0)
    turn: FloatArray = 180.0 - apart
    size = bearing.shape[1]
    turn[:, np.arange(size), np.arange(size)] = 180.0
    return turn


def _corner_m_s(turn_deg: FloatArray) -> FloatArray:
    """Speed in a corner by its angle: as in a right angle, by the root of the radius."""
    tangent = np.tan(np.radians(np.clip(turn_deg, 1.0, 179.0)) / 2.0)
    speed: FloatArray = np.maximum(CORNER_KPH / np.sqrt(tangent), SHARPEST_KPH) / 3.6
    return speed


def _lost(speed: FloatArray, corner: FloatArray, rate_m_s2: float) -> FloatArray:
    """Seconds lost between a speed and that of a corner, against keeping the speed."""
    over = np.maximum(speed - corner, 0.0)
    seconds: FloatArray = over**2 / (2.0 * np.maximum(speed, corner) * rate_m_s2)
    return seconds


def _stem_losses(speed: FloatArray, corner: FloatArray, stem: BoolArray) -> tuple[FloatArray, FloatArray]:
    """(n, k) seconds that stems lose on arriving and on leaving: the mean over the arms they turn into.

    What the other road loses is paid by the stem as well, unless that is a stem itself.
    """
    size = speed.shape[1]
    other = ~np.eye(size, dtype=bool)[None, :, :]
    through = ~stem[:, None, :]
    own, theirs = speed[:, :, None], speed[:, None, :]
    parts = []
    for mine, others in ((DECELERATION_M_S2, ACCELERATION_M_S2), (ACCELERATION_M_S2, DECELERATION_M_S2)):
        lost = _lost(own, corner, mine) + np.where(through, _lost(theirs, corner, others), 0.0)
        parts.append(np.where(stem, (lost * other).sum(axis=2) / (size - 1), 0.0))
    return parts[0], parts[1]


def _crossing(turn: FloatArray, ring: BoolArray, size: int) -> tuple[BoolArray, NDArray[np.int64]]:
    """(n,) whether some arms are two roads that cross, and the pairing that makes them straightest."""
    if size != 4:
        return np.zeros(len(turn), dtype=bool), np.zeros(len(turn), dtype=np.int64)
    angles = np.stack(
        [np.stack([turn[:, a, b] for a, b in pairing], axis=1) for pairing in _PAIRINGS.tolist()], axis=1
    )
    pairing = np.argmin(angles.sum(axis=2), axis=1)
    chosen = angles[np.arange(len(turn)), pairing]
    return (chosen < STRAIGHT_WITHIN_DEG).all(axis=1) & ~ring.any(axis=1), pairing


def _pair_losses(speed: FloatArray, corner: FloatArray, pairing: NDArray[np.int64]) -> FloatArray:
    """(n,) seconds of a turn from one road of a crossing to the other, the mean over its corners and ways."""
    rows = np.arange(len(speed))
    total = np.zeros(len(speed))
    for i in range(2):
        for j in range(2):
            a, b = _PAIRINGS[pairing, 0, i], _PAIRINGS[pairing, 1, j]
            pace = corner[rows, a, b]
            for down, up in ((a, b), (b, a)):
                total += _lost(speed[rows, down], pace, DECELERATION_M_S2)
                total += _lost(speed[rows, up], pace, ACCELERATION_M_S2)
    mean: FloatArray = total / 8.0
    return mean
