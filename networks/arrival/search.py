"""Arrival-time functions of every ferry towards one target, or towards the nearest of many.

Label correction over ferry edges in the order of a lower bound: the function of an edge is its sailings,
linked with the best of the road from its end and of all ferries that the road reaches. Bounds are exact
(every wait at its least), so a ferry that can never beat the road alone is left out without loss.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from networks.arrays import FloatArray, IntArray
from networks.arrival.contraction import FerryGraph
from networks.arrival.pieces import (
    BOARDED,
    DELAY,
    FIRST,
    LAST,
    MOVING,
    NEVER,
    TAG,
    ArrivalFunction,
    link,
    lower,
)
from networks.hierarchy.compiled import compiled, prepare

#: Pieces that a function may have at first; the room grows where it is not enough.
_ROOM = 512


@compiled
def least_minutes(
    least: FloatArray, onward: FloatArray, arrive: FloatArray, tail_of: IntArray, start: FloatArray
) -> FloatArray:
    """(E,) least minutes from the quay of each edge over that ferry; NEVER = the road is no slower.

    Bellman-Ford with every wait at its least. ``least`` (E,) minutes of each ferry, ``onward`` (E, Q) drives
    between ferries, ``arrive`` (E,) drives to the target, ``start`` (Q,) drives from each quay to the target.
    """
    n = len(least)
    bound = np.full(n, NEVER)
    for e in range(n):
        if arrive[e] < NEVER and least[e] < NEVER:
            bound[e] = least[e] + arrive[e]
    changed = True
    while changed:
        changed = False
        for e in range(n):
            if least[e] >= NEVER:
                continue
            for k in range(n):
                if bound[k] < NEVER:
                    new = least[e] + onward[e, tail_of[k]] + bound[k]
                    if new < bound[e] - BOARDED:
                        bound[e] = new
                        changed = True
    for e in range(n):
        if bound[e] >= start[tail_of[e]] - BOARDED:
            bound[e] = NEVER
    return bound


@compiled
def continued(
    here: float,
    tag: float,
    drives: FloatArray,
    tail_of: IntArray,
    order: IntArray,
    bound: FloatArray,
    functions: FloatArray,
    pieces: IntArray,
    a: FloatArray,
    b: FloatArray,
) -> tuple[int, bool]:
    """The best of a road and of all ferries that drives reach: (pieces, whether in b); -1 = no room."""
    n, in_b = 0, False
    if here < NEVER:
        a[FIRST, 0], a[LAST, 0], a[DELAY, 0], a[MOVING, 0], a[TAG, 0] = -NEVER, NEVER, here, here, tag
        n = 1
    for y in range(len(order)):
        k = order[y]
        if bound[k] >= NEVER:
            break
        drive = drives[tail_of[k]]
        if pieces[k] and drive < NEVER and drive + bound[k] < here:
            if in_b:
                n = lower(b, n, functions[k], pieces[k], drive, a)
            else:
                n = lower(a, n, functions[k], pieces[k], drive, b)
            in_b = not in_b
            if n < 0:
                return -1, in_b
    return n, in_b


@compiled
def continued_in_draws(
    here: float,
    tag: float,
    drives: FloatArray,
    tail_of: IntArray,
    order: IntArray,
    bound: FloatArray,
    functions: FloatArray,
    pieces: IntArray,
    work: FloatArray,
    kept: FloatArray,
    count: IntArray,
) -> bool:
    """:func:`continued` in every draw, into kept (D, 5, k) and count (D,); False = no room."""
    for draw in range(len(functions)):
        n, in_b = continued(
            here,
            tag,
            drives,
            tail_of,
            order[draw],
            bound[draw],
            functions[draw],
            pieces[draw],
            work[0],
            work[1],
        )
        if n < 0:
            return False
        kept[draw, :, :n] = work[1 if in_b else 0, :, :n]
        count[draw] = n
    return True


@compiled
def _search(  # noqa: PLR0912 - compiled as a whole
    sailings: FloatArray,
    n_sailings: IntArray,
    onward: FloatArray,
    arrive: FloatArray,
    tag: FloatArray,
    tail_of: IntArray,
    functions: FloatArray,
    pieces: IntArray,
    work: FloatArray,
    order: IntArray,
    bound: FloatArray,
) -> int:
    """Fill ``functions`` (E, 5, room) and ``pieces`` (E,). Passes over all edges, -1 = no room."""
    n_edges = len(n_sailings)
    changed_at = np.zeros(n_edges, np.int64)
    computed_at = np.full(n_edges, -1, np.int64)
    now, passes, changed = 0, 0, True
    a, b = work[0], work[1]
    pieces[:] = 0
    while changed:
        changed = False
        passes += 1
        for x in range(n_edges):
            e = order[x]
            if bound[e] >= NEVER:
                break
            newest = 0
            for y in range(n_edges):
                k = order[y]
                if bound[k] >= NEVER:
                    break
                if pieces[k] and onward[e, tail_of[k]] + bound[k] < arrive[e]:
                    newest = max(newest, changed_at[k])
            if computed_at[e] >= newest:
                continue
            now += 1
            computed_at[e] = now
            n, in_b = continued(arrive[e], tag[e], onward[e], tail_of, order, bound, functions, pieces, a, b)
            if n < 0:
                return -1
            if n == 0:
                continue
            here, out = (b, a) if in_b else (a, b)
            n = link(sailings[e], n_sailings[e], here, n, out)
            if n < 0 or n > functions.shape[2]:
                return -1
            same = n == pieces[e]
            if same:
                for i in range(n):
                    if (
                        functions[e, FIRST, i] != out[FIRST, i]
                        or functions[e, LAST, i] != out[LAST, i]
                        or functions[e, DELAY, i] != out[DELAY, i]
                    ):
                        same = False
                        break
            if not same:
                functions[e, :, :n] = out[:, :n]
                pieces[e] = n
                now += 1
                changed_at[e] = now
                changed = True
    return passes


@dataclass(frozen=True, eq=False)
class TowardsTarget:
    """Functions of all ferries towards one target.

    Attributes:
        graph: the ferries.
        functions: (E, 5, room) pieces from boarding each ferry to the target.
        pieces: (E,) number of pieces of each.
        bound: (E,) least minutes over each ferry; NEVER = never worth taking.
        order: (E,) edges by their bound.
        passes: how often all edges were looked at.
    """

    graph: FerryGraph
    functions: FloatArray
    pieces: IntArray
    bound: FloatArray
    order: IntArray
    passes: int

    def from_point(self, reach: FloatArray, direct: float, target: int = 0) -> ArrivalFunction:
        """The function of one point.

        Args:
            reach: (Q,) minutes of driving from the point to each quay.
            direct: minutes of driving to the target without any ferry, NEVER = no road.
            target: position of the target that the road reaches.
        """
        room = self.functions.shape[2]
        while True:
            work = np.empty((2, 5, 4 * room))
            n, in_b = continued(
                direct,
                float(target),
                reach,
                self.graph.tail_of,
                self.order,
                self.bound,
                self.functions,
                self.pieces,
                work[0],
                work[1],
            )
            if n >= 0:
                return ArrivalFunction(work[1 if in_b else 0, :, :n].copy())
            room *= 2


def towards(
    graph: FerryGraph, sailings: list[FloatArray], arrive: FloatArray, start: FloatArray, target: IntArray
) -> TowardsTarget:
    """Functions of all ferries towards a target.

    Args:
        graph: the ferries.
        sailings: the function of each ferry edge (:meth:`FerryGraph.sailings`).
        arrive: (E,) drive from the end of each edge to the target, or to the nearest of many.
        start: (Q,) drive from each quay to the same.
        target: (E,) position of the target that each drive reaches.
    """
    prepare()
    n_edges = len(graph.edges)
    width = max((pieces.shape[1] for pieces in sailings), default=1) or 1
    packed, count = np.zeros((n_edges, 5, width)), np.zeros(n_edges, dtype=np.int64)
    for edge, pieces in enumerate(sailings):
        packed[edge, :, : pieces.shape[1]], count[edge] = pieces, pieces.shape[1]
    least = np.array([pieces[DELAY].min() if pieces.shape[1] else NEVER for pieces in sailings])
    bound = least_minutes(least, graph.onward_min, arrive, graph.tail_of, start)
    order = np.argsort(bound, kind="stable")
    room = max(_ROOM, 2 * width)
    while True:
        functions, found = np.zeros((n_edges, 5, room)), np.zeros(n_edges, dtype=np.int64)
        passes = _search(
            packed,
            count,
            graph.onward_min,
            arrive,
            target.astype(np.float64),
            graph.tail_of,
            functions,
            found,
            np.zeros((2, 5, 4 * room)),
            order,
            bound,
        )
        if passes >= 0:
            return TowardsTarget(graph, functions, found, bound, order, passes)
        room *= 2
