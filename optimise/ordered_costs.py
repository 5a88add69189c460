"""One matrix of costs, read in an order of columns and without some of its pairs: no copy of it is made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray, row_blocks

#: Pairs from which on a block is read by compiled code, in one pass instead of four.
COMPILED_PAIRS = 1_000_000
#: Sites that are looked at first when it is asked who reaches any.
_FIRST_LOOKED_AT = 16


@dataclass(frozen=True, eq=False, slots=True)
class OrderedCosts:
    """Costs as they are held, and how they are read.

    Attributes:
        matrix: (n_rows, n_columns) costs as they are held; NaN or inf is unreachable.
        order: (n_sites,) column of each site; None: the columns are the sites.
        closed: (n_sites,) sites that count as unreachable; None for none.
        kept: (n_rows,) rows that count, the others reach nothing; None for all.
        origin: what is taken off every cost.
    """

    matrix: FloatArray
    order: IntArray | None = None
    closed: BoolArray | None = None
    kept: BoolArray | None = None
    origin: float = 0.0

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and sites."""
        return len(self.matrix), self.matrix.shape[1] if self.order is None else len(self.order)

    def rows(self, rows: IntArray | slice) -> FloatArray:
        """(k, n_sites) copy of some rows; unreachable pairs are inf."""
        columns = np.arange(self.shape[1]) if self.order is None else self.order
        return self._copied(rows, columns, self.closed)

    def columns(self, sites: IntArray, rows: IntArray | slice = slice(None)) -> FloatArray:
        """(k, n) copy of some rows of some sites; unreachable pairs are inf."""
        columns = sites if self.order is None else self.order[sites]
        return self._copied(rows, columns, None if self.closed is None else self.closed[sites])

    def _copied(self, rows: IntArray | slice, columns: IntArray, closed: BoolArray | None) -> FloatArray:
        which = np.arange(len(self.matrix))[rows]
        if self._compiled(len(which) * len(columns)) and self.matrix.dtype == np.float64:
            return self._in_one_pass(which, np.where(closed, -1, columns) if closed is not None else columns)
        block = np.array(np.take(self.matrix[rows], columns, axis=1), dtype=np.float64)
        block[np.isnan(block)] = np.inf
        if closed is not None:
            block[:, closed] = np.inf
        if self.kept is not None:
            block[~self.kept[rows]] = np.inf
        if self.origin:
            block -= self.origin
        return block

    def _in_one_pass(self, rows: IntArray, columns: IntArray) -> FloatArray:
        from optimise.cost_kernels import copied  # noqa: PLC0415 - compiles: only for large matrices

        block = np.empty((len(rows), len(columns)))
        kept = np.ones(len(self.matrix), dtype=np.bool_) if self.kept is None else self.kept
        copied(self.matrix, rows, columns.astype(np.int64), kept, self.origin, block)
        return block

    def _compiled(self, pairs: int) -> bool:
        """Whether compiled code reads so many pairs; a matrix that lies by columns it would copy first."""
        return pairs >= COMPILED_PAIRS and self.matrix.flags.c_contiguous

    def pairs_nearer(self, fixed: BoolArray, free: BoolArray, counted: BoolArray) -> int:
        """Pairs of a row that counts and a free site that costs less than every fixed site of the row.

        Args:
            fixed: (n_sites,) sites.
            free: (n_sites,) other sites.
            counted: (n_rows,) rows that count.
        """
        rows = np.flatnonzero(counted if self.kept is None else counted & self.kept)
        if self.closed is not None:
            fixed, free = fixed & ~self.closed, free & ~self.closed
        columns = np.arange(self.shape[1]) if self.order is None else self.order
        masks = np.zeros((2, self.matrix.shape[1]), dtype=np.bool_)
        masks[0, columns[fixed]] = masks[1, columns[free]] = True
        if self._compiled(len(rows) * self.shape[1]):
            from optimise.cost_kernels import pairs_nearer  # noqa: PLC0415 - compiles: only for large matrices

            return pairs_nearer(self.matrix, rows, *masks)
        count = 0
        for block in row_blocks((len(rows), self.shape[1])):
            nearest = np.fmin.reduce(self.matrix[np.ix_(rows[block], masks[0])], axis=1, initial=np.inf)
            count += int((self.matrix[np.ix_(rows[block], masks[1])] < nearest[:, None]).sum())
        return count

    def blocks(self) -> Iterator[tuple[slice, FloatArray]]:
        """Copies of all rows, some at a time, and where they belong."""
        for rows in row_blocks(self.shape):
            yield rows, self.rows(rows)

    def only(self, kept: BoolArray) -> OrderedCosts:
        """The same costs, where only these rows reach anything."""
        return replace(self, kept=kept if self.kept is None else self.kept & kept)

    def less(self, origin: float) -> OrderedCosts:
        """The same costs, counted from ``origin``."""
        return replace(self, origin=self.origin + origin)

    def reached(self) -> BoolArray:
        """(n_rows,) True for rows that reach some site."""
        found = np.zeros(len(self.matrix), dtype=np.bool_)
        left = np.arange(len(self.matrix)) if self.kept is None else np.flatnonzero(self.kept)
        columns = np.arange(self.shape[1]) if self.order is None else self.order
        columns = columns if self.closed is None else columns[~self.closed]
        first, width = 0, _FIRST_LOOKED_AT
        # Most rows reach one of the first sites: the others alone are looked at further.
        while first < len(columns) and len(left):
            for rows in row_blocks((len(left), width)):
                looked_at = self.matrix[np.ix_(left[rows], columns[first : first + width])]
                found[left[rows]] = np.isfinite(looked_at).any(axis=1)
            left, first, width = left[~found[left]], first + width, 4 * width
        return found

    def longest(self) -> float:
        """The largest finite cost; 0 for none."""
        return max(
            (float(block[np.isfinite(block)].max(initial=0.0)) for _, block in self.blocks()), default=0.0
        )


def in_order(costs: FloatArray | OrderedCosts) -> OrderedCosts:
    """Costs as they are, where they are not read in an order already."""
    return costs if isinstance(costs, OrderedCosts) else OrderedCosts(costs)
