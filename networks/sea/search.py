"""Least ways over the water of a grid: Dijkstra's algorithm with buckets, sixteen moves from a cell.

Moves go to the eight neighbours and, like a knight, to eight further cells, so that a way is at most 2.7 %
longer than the straight line (eight neighbours: 8.2 %). No move cuts land: a diagonal needs water on at
least one of the two cells that it passes between, a knight's move on both cells that it crosses. Hence two
cells of land that touch at a corner close the water between them.

After a move from a clear cell, with water all around, only the same move and its two neighbours in angle
follow: between the ends of any other pair of moves there is a shorter way (the idea of jump point search,
Harabor and Grastien, 2011, AAAI 25, for sixteen moves).

Buckets are one straight move wide, the shortest move there is; so whatever lies in the least bucket is
final when it is taken out (Denardo and Fox, 1979, "Shortest-route methods: 1. Reaching, pruning, and
buckets", Operations Research 27).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from networks.arrays import BoolArray, FloatArray, IntArray
from networks.hierarchy.compiled import compiled
from networks.sea.moves import CLEAR, CLEAR_CELLS, EXPOSED

ByteArray = NDArray[np.uint8]
ShortArray = NDArray[np.uint16]


@compiled
def _passes(move: int, one: int, other: int) -> bool:
    """Whether a move is free, by the water on the two cells that it passes: see the head of the module."""
    if move % 4 == 2:
        return one + other > 0
    return one + other > 1


@compiled
def nearest_cells(water: BoolArray, cell: IntArray, place: FloatArray, reach: int) -> IntArray:
    """(n,) the cell of water whose centre is nearest to each place, of equal ones the first; -1 = none.

    Args:
        water: (rows, columns) whether there is water.
        cell: (n, 2) row and column of the cell that each place lies in, on the grid or beside it.
        place: (n, 2) the place itself, in sides of a cell from the upper left corner of the grid.
        reach: rows and columns that are looked at on each side.
    """
    rows, columns = water.shape
    found = np.full(len(cell), -1, np.int64)
    for k in range(len(cell)):
        least = np.inf
        for r in range(max(0, cell[k, 0] - reach), min(rows, cell[k, 0] + reach + 1)):
            down = (r + 0.5 - place[k, 0]) ** 2
            if down >= least:
                continue
            for c in range(max(0, cell[k, 1] - reach), min(columns, cell[k, 1] + reach + 1)):
                if water[r, c]:
                    far = down + (c + 0.5 - place[k, 1]) ** 2
                    if far < least:
                        least = far
                        found[k] = r * columns + c
    return found


@compiled
def clear_cells(sort: ByteArray) -> ByteArray:
    """(rows, columns) 1 for each clear cell: :data:`CLEAR_CELLS`.

    Args:
        sort: (rows, columns) 0 where there is no water, else its kind.
    """
    rows, columns = sort.shape
    reach = CLEAR_CELLS
    clear = np.zeros(sort.shape, np.uint8)
    along = np.zeros(columns, np.uint8)
    down = np.zeros(columns, np.int64)
    for row in range(rows):
        along[:] = 0
        run = 0
        for column in range(columns):
            same = column > 0 and sort[row, column] == sort[row, column - 1]
            run = run + 1 if same else 1
            if column >= 2 * reach and run > 2 * reach and sort[row, column]:
                along[column - reach] = 1
        for column in range(columns):
            same = row > 0 and sort[row, column] == sort[row - 1, column]
            down[column] = (down[column] + 1 if same else 1) if along[column] else 0
            if down[column] > 2 * reach:
                clear[row - reach, column] = 1
    return clear


@compiled
def _widened(rows: IntArray) -> IntArray:
    """The rows with room for as many again."""
    wider = np.empty((rows.shape[0], 2 * rows.shape[1]), np.int64)
    wider[:, : rows.shape[1]] = rows
    return wider


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
    kind: ByteArray,
    width: int,
    start: int,
    slowness: float,
    limit: float,
    moves: IntArray,
) -> tuple[FloatArray, NDArray[np.float32], NDArray[np.int8]]:
    """Least ways from one cell to all others, in lengths of a cell.

    Args:
        free: (n,) what :func:`open_moves` says, 0 in a margin of two cells.
        kind: (n,) bits: :data:`EXPOSED` where a length counts ``slowness`` times (a move counts by half for
            each of its ends), and :data:`CLEAR`.
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
    size = np.zeros(n_buckets, np.int64)
    entry = np.full((n_buckets, 1024), start, np.int64)
    size[0], cost[start] = 1, 0.0
    waiting, bucket = 1, 0
    while waiting > 0:
        at, taken = bucket % n_buckets, 0
        while taken < size[at]:
            cell = entry[at, taken]
            taken += 1
            if int(cost[cell]) != bucket:
                continue
            first, last = 0, len(moves)
            if came[cell] >= 0 and kind[cell - step[came[cell]]] & CLEAR:
                first, last = came[cell] - 1, came[cell] + 2
            for turn in range(first, last):
                move = turn % len(moves)
                if not (free[cell] >> move) & 1:
                    continue
                to = cell + step[move]
                open_share = 0.5 * ((kind[cell] & EXPOSED) + (kind[to] & EXPOSED))
                counts = cost[cell] + length[move] * (1.0 + open_share * (slowness - 1.0))
                if counts >= cost[to] or counts > limit:
                    continue
                known = int(cost[to]) if cost[to] < np.inf else -1
                cost[to], came[to] = counts, move
                out[to] = out[cell] + length[move] * open_share
                if int(counts) == known:
                    continue
                place = int(counts) % n_buckets
                if size[place] == entry.shape[1]:
                    entry = _widened(entry)
                entry[place, size[place]] = to
                size[place] += 1
                waiting += 1
        waiting -= taken
        size[at] = 0
        bucket += 1
    return cost, out, came
