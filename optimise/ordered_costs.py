"""One matrix of costs, read in an order of columns and without some of its pairs: no copy of it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray, row_blocks

#: Pairs from which on a block is read by compiled code, in one pass instead of four.
COMPILED_PAIRS = 1_000_000
#: Sites that are looked at first when it is asked who reaches any.
_FIRST_LOOKED_AT = 16


class Held(NamedTuple):
    """Some rows as :mod:`optimise.cost_kernels` read them.

    Attributes:
        matrix: (n_rows, n_columns) costs; NaN or inf is unreachable.
        rows: (n,) rows.
        columns: (m,) columns; -1 = unreachable.
        kept: (n_rows,) rows that reach anything.
        origin: what is taken off every cost.
    """

    matrix: FloatArray
    rows: IntArray
    columns: IntArray
    kept: BoolArray
    origin: float


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
        if self._compiled(len(which) * len(columns)):
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
        copied(*self._held(rows, columns), block)
        return block

    def _held(self, rows: IntArray, columns: IntArray) -> Held:
        kept = np.ones(len(self.matrix), dtype=np.bool_) if self.kept is None else self.kept
        return Held(self.matrix, rows, columns.astype(np.int64), kept, float(self.origin))

    def _compiled(self, pairs: int) -> bool:
        """Whether compiled code reads so many pairs; a matrix that lies by columns it would copy first."""
        return pairs >= COMPILED_PAIRS and self.matrix.flags.c_contiguous and self.matrix.dtype == np.float64

    def as_held(self, rows: IntArray) -> Held:
        """Some rows for compiled code: those of the matrix where it can read them, else a copy of them."""
        if not self._compiled(COMPILED_PAIRS):
            return held_copy(self.rows(rows))
        columns = np.arange(self.shape[1]) if self.order is None else self.order
        return self._held(rows, columns if self.closed is None else np.where(self.closed, -1, columns))

    def nearest(self, sites: IntArray, rows: IntArray | slice = slice(None)) -> tuple[FloatArray, IntArray]:
        """(k,) least cost of some rows over some sites, and which of them it is; inf and 0 for none.

        The first of equals counts. At least one site.
        """
        which = np.arange(len(self.matrix))[rows]
        if not self._compiled(len(which) * len(sites)):
            block = self.columns(sites, rows)
            best = block.argmin(axis=1)
            return block[np.arange(len(block)), best], best.astype(np.int64)
        from optimise.cost_kernels import least_of  # noqa: PLC0415 - compiles: only for large matrices

        held = self.as_held(which)
        return least_of(*held._replace(columns=held.columns[sites]))

    def saved(self, rows: IntArray, weights: FloatArray, prices: FloatArray) -> FloatArray:
        """(n_sites,) what each site saves some rows: weighted costs less prices, summed where below 0.

        Args:
            rows: (k,) rows, each with a weight above 0.
            weights: (n_rows,) what the costs of a row are multiplied by.
            prices: (n_rows,) what a row pays otherwise.
        """
        if not self._compiled(len(rows) * self.shape[1]):
            return saved_in_blocks(self.rows, rows, self.shape[1], weights, prices)
        from optimise.cost_kernels import saved_by_column  # noqa: PLC0415 - compiles: only for large matrices

        found = np.zeros(self.shape[1])
        for part in row_blocks((len(rows), self.shape[1])):
            here = rows[part]
            found += saved_by_column(*self.as_held(here), weights[here], prices[here])
        return found

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


def held_copy(block: FloatArray) -> Held:
    """A block of its own as compiled code reads it."""
    n, m = block.shape
    return Held(np.ascontiguousarray(block), np.arange(n), np.arange(m), np.ones(n, dtype=np.bool_), 0.0)


def saved_in_blocks(
    read: Callable[[IntArray], FloatArray],
    rows: IntArray,
    n_sites: int,
    weights: FloatArray,
    prices: FloatArray,
) -> FloatArray:
    """:meth:`OrderedCosts.saved` over copies of rows; ``read`` makes them."""
    found = np.zeros(n_sites)
    for part in row_blocks((len(rows), n_sites)):
        here = rows[part]
        block = read(here)
        # The block is a copy already: nothing is held beside it.
        np.multiply(block, weights[here, None], out=block)
        np.subtract(block, prices[here, None], out=block)
        found += np.minimum(block, 0.0, out=block).sum(axis=0)
    return found


def in_order(costs: FloatArray | OrderedCosts) -> OrderedCosts:
    """Costs as they are, where they are not read in an order already."""
    return costs if isinstance(costs, OrderedCosts) else OrderedCosts(costs)
