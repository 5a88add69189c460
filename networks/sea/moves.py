"""The moves from a cell of water to others, and what a cell is: see :mod:`networks.sea.search`."""

from __future__ import annotations

import numpy as np

#: Cells of no water that a grid must have around it, so that no move leaves the array.
MARGIN = 2
#: (rows, columns) of each move, in the order of their angles, and of the two cells that it passes.
MOVES = np.asarray(
    [
        ((0, 1), (0, 1), (0, 1)),
        ((1, 2), (0, 1), (1, 1)),
        ((1, 1), (1, 0), (0, 1)),
        ((2, 1), (1, 0), (1, 1)),
        ((1, 0), (1, 0), (1, 0)),
        ((2, -1), (1, 0), (1, -1)),
        ((1, -1), (1, 0), (0, -1)),
        ((1, -2), (0, -1), (1, -1)),
        ((0, -1), (0, -1), (0, -1)),
        ((-1, -2), (0, -1), (-1, -1)),
        ((-1, -1), (-1, 0), (0, -1)),
        ((-2, -1), (-1, 0), (-1, -1)),
        ((-1, 0), (-1, 0), (-1, 0)),
        ((-2, 1), (-1, 0), (-1, 1)),
        ((-1, 1), (-1, 0), (0, 1)),
        ((-1, 2), (0, 1), (-1, 1)),
    ],
    dtype=np.int64,
)
#: A cell is clear when all cells so near to it, in rows and in columns, are water of one kind: two moves from
#: it, and every shorter way between their ends, stay inside.
CLEAR_CELLS = 4
#: Bits of what a cell is, besides its free moves.
EXPOSED, CLEAR = 1, 2
