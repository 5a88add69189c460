"""One matrix of costs, read in an order of columns and without some of its pairs: no copy of it is made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray, row_blocks


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
        block = np.array(self.matrix[rows], dtype=np.float64)
        if self.order is not None:
            block = np.take(block, self.order, axis=1)
        return self._read(block, rows, self.closed)

    def columns(self, sites: IntArray, rows: IntArray | slice = slice(None)) -> FloatArray:
        """(k, n) copy of some rows of some sites; unreachable pairs are inf."""
        columns = sites if self.order is None else self.order[sites]
        block = np.array(np.take(self.matrix[rows], columns, axis=1), dtype=np.float64)
        return self._read(block, rows, None if self.closed is None else self.closed[sites])

    def _read(self, block: FloatArray, rows: IntArray | slice, closed: BoolArray | None) -> FloatArray:
        block[np.isnan(block)] = np.inf
        if closed is not None:
            block[:, closed] = np.inf
        if self.kept is not None:
            block[~self.kept[rows]] = np.inf
        if self.origin:
            block -= self.origin
        return block

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
        found = [np.isfinite(block).any(axis=1) for _, block in self.blocks()]
        return np.concatenate([*found, np.zeros(0, dtype=bool)])

    def longest(self) -> float:
        """The largest finite cost; 0 for none."""
        return max(
            (float(block[np.isfinite(block)].max(initial=0.0)) for _, block in self.blocks()), default=0.0
        )


def in_order(costs: FloatArray | OrderedCosts) -> OrderedCosts:
    """Costs as they are, where they are not read in an order already."""
    return costs if isinstance(costs, OrderedCosts) else OrderedCosts(costs)
