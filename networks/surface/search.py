"""Least-cost ways over a grid of speeds and heights: Dijkstra's algorithm, sixteen moves from a cell.

A move leads to one of the eight neighbours or, like a knight's, to one of eight further cells, so that a way
over open ground is at most 2.7 % longer than the straight line (eight neighbours: 8.2 %). It crosses each of
its cells for an equal share: two halves, or four quarters of a knight's move (the straight line between the
two centres does so exactly). In each it takes the pace of that cell; where the cell is walked, the slope
from end to end of the move changes it, and so the way up takes longer than the way down.

Nothing is cut: a diagonal needs one of the two cells that it passes between, a knight's move both cells that
it crosses. A barrier one cell wide is therefore tight, also where it runs from corner to corner.

Walking, per horizontal metre:

- ``tobler``: speed is that of flat ground times exp(-3.5 |s + 0.05|) / exp(-3.5 x 0.05), s the rise over
  the run (Tobler, 1993, "Three presentations on geographical analysis and modeling", NCGIA technical report
  93-1). Fastest at a fall of 5 %.
- ``naismith``: seconds are those of flat ground plus 6 s a metre up, minus 1.9998 s a metre down on falls
  of 21.25 % or less, plus 1.9998 s a metre down on steeper ones (Naismith 1892 as corrected by Langmuir,
  1984, "Mountaincraft and leadership"; the coefficients of GRASS ``r.walk``). They hold for 5 km/h on flat
  ground and grow with the pace of the ground.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from networks.arrays import FloatArray, IntArray
from networks.heaps import popped, pushed
from networks.hierarchy.compiled import compiled

ByteArray = NDArray[np.uint8]

#: Formulas of walking, by the number that the compiled functions know them by.
FORMULAS = ("tobler", "naismith")
#: Cells of no ground that a grid has around it here, so that no move leaves the array.
MARGIN = 2
#: Fastest slope of Tobler's function, and how fast speed falls on both sides of it.
TOBLER_BEST, TOBLER_FALL = -0.05, 3.5
#: Seconds a metre up, down gently and down steeply, the slope between the two, and the flat pace they hold
#: for, seconds a metre: the defaults of GRASS ``r.walk``.
NAISMITH = (6.0, 1.9998, -1.9998, -0.2125, 0.72)
#: (rows, columns) of each move and of the two cells that it passes: neighbours first, knight's moves last.
MOVES = np.asarray(
    [((r, c), (r, c), (r, c)) for r, c in ((0, 1), (1, 0), (0, -1), (-1, 0))]
    + [((r, c), (r, 0), (0, c)) for r in (-1, 1) for c in (-1, 1)]
    + [((r, 2 * c), (0, c), (r, c)) for r in (-1, 1) for c in (-1, 1)]
    + [((2 * r, c), (r, 0), (r, c)) for r in (-1, 1) for c in (-1, 1)],
    dtype=np.int64,
)


@compiled
def slope_factor(slope: float, formula: int) -> float:
    """How many times as long walking takes as on level ground, at a rise over the run."""
    if formula == 0:
        return float(np.exp(TOBLER_FALL * (abs(slope - TOBLER_BEST) - abs(TOBLER_BEST))))
    up, gently, steeply, limit, flat = NAISMITH
    per_m = up if slope > 0.0 else (gently if slope >= limit else steeply)
    return max(0.0, 1.0 + slope * per_m / flat)


@compiled
def move_seconds(
    cells: IntArray, metres: float, pace: FloatArray, way: ByteArray, factor: float, change_s: float
) -> float:
    """Seconds of one move over its cells, in their order; ``inf`` where one of them cannot be crossed.

    Args:
        cells: cells that the move crosses for equal shares.
        metres: length of the move.
        pace: (n,) seconds a metre on level ground, ``inf`` = cannot be crossed.
        way: (n,) number of the way of moving; 1 = on foot.
        factor: what the slope of the move does to the pace on foot.
        change_s: seconds that a change of the way of moving takes.
    """
    seconds = 0.0
    for at in range(len(cells)):
        cell = cells[at]
        seconds += pace[cell] * (factor if way[cell] == 1 else 1.0)
        if at > 0 and way[cell] != way[cells[at - 1]]:
            seconds += change_s * len(cells) / metres
    return seconds * metres / len(cells)


@compiled
def least_seconds(
    pace: FloatArray,
    way: ByteArray,
    height: NDArray[np.float32],
    width: int,
    cell_m: float,
    sources: IntArray,
    toward: bool,
    limit: float,
    change_s: float,
    formula: int,
    n_moves: int,
    moves: IntArray,
) -> tuple[FloatArray, NDArray[np.float32], NDArray[np.float32], NDArray[np.int32]]:
    """Least seconds between every cell and the nearest of some sources.

    Args:
        pace: (n,) seconds a metre on flat ground, ``inf`` = cannot be crossed; row after row, with a margin
            of two such cells around. A source may be one: its own share then takes the pace of the next cell.
        way: (n,) number of the way of moving; 1 = on foot.
        height: (n,) metres above the sea; NaN = not known: moves to and from there count as level.
        width: cells in a row, margin included.
        cell_m: side of a cell, metres.
        sources: cells.
        toward: whether the ways lead from the cells to the sources; otherwise from the sources to the cells.
        limit: ways that take more seconds are not followed.
        change_s: seconds of a change of the way of moving.
        formula: position in :data:`FORMULAS`.
        n_moves: 8 or 16.
        moves: :data:`MOVES`.

    Returns:
        (n,) seconds, ``inf`` = none; (n,) seconds of the same way in the other direction; (n,) its metres;
        (n,) position of its source, -1 = none.
    """
    n = len(pace)
    cost = np.full(n, np.inf)
    back, length = np.full(n, np.inf, np.float32), np.full(n, np.inf, np.float32)
    origin = np.full(n, -1, np.int32)
    step = moves[:, :, 0] * width + moves[:, :, 1]
    metres = cell_m * np.sqrt((moves[:, 0] ** 2).sum(axis=1).astype(np.float64))
    keys, items = np.empty(1024), np.empty(1024, np.int64)
    size = 0
    for at in range(len(sources)):
        if cost[sources[at]] > 0.0:
            cost[sources[at]], back[sources[at]], length[sources[at]] = 0.0, 0.0, 0.0
            origin[sources[at]] = at
            keys, items, size = pushed(keys, items, size, 0.0, sources[at])
    two, four = np.empty(2, np.int64), np.empty(4, np.int64)
    while size > 0:
        key, cell = keys[0], items[0]
        size = popped(keys, items, size)
        if key > cost[cell]:
            continue
        closed = not pace[cell] < np.inf
        for move in range(n_moves):
            to = cell + step[move, 0]
            if not pace[to] < np.inf or cost[to] <= key:
                continue
            one, other = cell + step[move, 1], cell + step[move, 2]
            if 4 <= move < 8 and not (pace[one] < np.inf or pace[other] < np.inf):
                continue
            rise = float(height[to]) - float(height[cell])
            if np.isnan(rise):
                rise = 0.0
            slope = rise / metres[move] if toward is False else -rise / metres[move]
            # A source that cannot be crossed (a road over water) is stepped on to from the cell beside it.
            crossed = two if move < 8 else four
            crossed[0], crossed[-1] = to if closed else cell, to
            if move >= 8:
                crossed[1], crossed[2] = one, other
            counts = key + move_seconds(
                crossed, metres[move], pace, way, slope_factor(slope, formula), change_s
            )
            if counts >= cost[to] or counts > limit:
                continue
            other_way = move_seconds(
                crossed, metres[move], pace, way, slope_factor(-slope, formula), change_s
            )
            cost[to], origin[to] = counts, origin[cell]
            back[to] = back[cell] + np.float32(other_way)
            length[to] = length[cell] + np.float32(metres[move])
            keys, items, size = pushed(keys, items, size, counts, to)
    return cost, back, length, origin
