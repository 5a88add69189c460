"""Least ways over the water of a grid: Dijkstra's algorithm with buckets, sixteen moves from a cell.

Moves go to the eight neighbours and, like a knight, to eight further cells, so that a way is at most 2.7 %
longer than the straight line (eight neighbours: 8.2 %). No move cuts land: a diagonal needs water on at
least one of the two cells that it passes between, a knight's move on both cells that it crosses. Hence two
cells of land that touch at a corner close the water between them.

Buckets are one straight move wide, the shortest move there is; so whatever lies in the least bucket is
final when it is taken out (Denardo and Fox, 1979, "Shortest-route methods: 1. Reaching, pruning, and
buckets", Operations Research 27).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from networks.hierarchy.compiled import compiled

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
ByteArray = NDArray[np.uint8]
ShortArray = NDArray[np.uint16]

#: Cells of no water that a grid must have around it, so that no move leaves the array.
MARGIN = 2
#: (rows, columns) of each move, and of the two cells that it passes.
MOVES = np.asarray(
    [
        *(((r, c), (r, c), (r, c)) for r, c in ((0, 1), (0, -1), (1, 0), (-1, 0))),
        *(((r, c), (r, 0), (0, c)) for r in (1, -1) for c in (1, -1)),
        *(((r, 2 * c), (0, c), (r, c)) for r in (1, -1) for c in (1, -1)),
        *(((2 * r, c), (r, 0), (r, c)) for r in (1, -1) for c in (1, -1)),
    ],
    dtype=np.int64,
)


@compiled
def _passes(move: int, one: int, other: int) -> bool:
    """Whether a move is free, by the water on the two cells that it passes: see the head of the module."""
    if move < 4:
        return True
    if move < 8:
        return one + other > 0
    return one + other > 1


@compiled
def _doubled(values: Any) -> Any:  # noqa: ANN401 - an array of any kind
    """The values in an array with room for as many again."""
    longer = np.empty(2 * len(values), values.dtype)
    longer[: len(values)] = values
    return longer


@compiled
def open_moves(water: ByteArray, width: int, moves: IntArray) -> ShortArray:
    """(n,) the moves that are free from each cell, as bits; 0 where there is no water.

    Args:
        water: (n,) 1 where a boat may be, row after row, with a margin of two cells of no water.
        width: cells in a row.
        moves: :data:`MOVES`.
    """
    flat = moves[:, :, 0] * width + moves[:, :, 1]
    free = np.zeros(len(water), np.uint16)
    for cell in range(len(water)):
        if not water[cell]:
            continue
        bits = 0
        for move in range(len(moves)):
            one, other = water[cell + flat[move, 1]], water[cell + flat[move, 2]]
            if water[cell + flat[move, 0]] and _passes(move, one, other):
                bits |= 1 << move
        free[cell] = bits
    return free


@compiled
def least_ways(
    free: ShortArray,
    exposed: ByteArray,
    width: int,
    start: int,
    slowness: float,
    limit: float,
    moves: IntArray,
) -> tuple[FloatArray, NDArray[np.float32], NDArray[np.int8]]:
    """Least ways from one cell to all others, in lengths of a cell.

    Args:
        free: (n,) what :func:`open_moves` says, 0 in a margin of two cells.
        exposed: (n,) 1 where a length counts ``slowness`` times; a move counts by half for each of its ends.
        width: cells in a row.
        start: the cell from which all ways lead.
        slowness: at least 1.
        limit: ways that count more are not followed.
        moves: :data:`MOVES`.

    Returns:
        (n,) what the least way counts, ``inf`` = none; (n,) how much of it is exposed (its length, not what
        it counts); (n,) the move by which it comes, -1 = none.
    """
    step = moves[:, 0, 0] * width + moves[:, 0, 1]
    length = np.sqrt((moves[:, 0] ** 2).sum(axis=1).astype(np.float64))
    cost = np.full(len(free), np.inf)
    out = np.zeros(len(free), np.float32)
    came = np.full(len(free), -1, np.int8)
    n_buckets = int(np.ceil(length.max() * slowness)) + 2
    head = np.full(n_buckets, -1, np.int64)
    following, entry = np.full(1024, -1, np.int64), np.full(1024, start, np.int64)
    counted = np.zeros(1024)
    head[0], cost[start] = 0, 0.0
    vacant, used, waiting, bucket = -1, 1, 1, 0
    while waiting > 0:
        while head[bucket % n_buckets] >= 0:
            slot = head[bucket % n_buckets]
            head[bucket % n_buckets] = following[slot]
            cell = entry[slot]
            following[slot], vacant = vacant, slot
            waiting -= 1
            if counted[slot] > cost[cell]:
                continue
            for move in range(len(moves)):
                if not (free[cell] >> move) & 1:
                    continue
                to = cell + step[move]
                open_share = 0.5 * (exposed[cell] + exposed[to])
                counts = cost[cell] + length[move] * (1.0 + open_share * (slowness - 1.0))
                if counts >= cost[to] or counts > limit:
                    continue
                cost[to], came[to] = counts, move
                out[to] = out[cell] + length[move] * open_share
                if vacant >= 0:
                    slot, vacant = vacant, following[vacant]
                else:
                    if used == len(entry):
                        entry, following = _doubled(entry), _doubled(following)
                        counted = _doubled(counted)
                    slot, used = used, used + 1
                place = int(counts) % n_buckets
                entry[slot], following[slot], counted[slot] = to, head[place], counts
                head[place] = slot
                waiting += 1
        bucket += 1
    return cost, out, came
