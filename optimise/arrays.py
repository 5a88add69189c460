"""The array types that everything here speaks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

#: Matrices are read in blocks of about this many pairs, which bounds the temporary memory.
BLOCK_PAIRS = 4_000_000


def row_blocks(shape: tuple[int, ...]) -> Iterator[slice]:
    """Slices of rows, of about :data:`BLOCK_PAIRS` pairs each."""
    step = max(1, BLOCK_PAIRS // max(1, shape[1]))
    for first in range(0, shape[0], step):
        yield slice(first, min(first + step, shape[0]))
