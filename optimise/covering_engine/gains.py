"""A maximal covering problem as the steps of the search see it, and how deciding sites makes it smaller."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimise.algebra import summed
from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.compiled import Int32Array
from optimise.covering_engine.bitsets import group_equal, packed
from optimise.covering_engine.gain_kernels import CLOSED, OPEN
from optimise.covering_engine.reductions import lists_of, redundant_columns


@dataclass(frozen=True, eq=False, slots=True)
class Gains:
    """Open ``n_open`` of the columns for the largest worth; more columns never hurt.

    Attributes:
        near: (n_rows, n_columns) True where the column covers the row.
        first: (n_rows,) what one open column is worth.
        second: (n_rows,) what a second one adds; 0 without backup coverage.
        columns: (n_columns,) number of each column in the problem given.
        n_open: how many columns are still to be opened.
        opened: columns that are decided to be open, numbers in the problem given.
        constant: worth that is certain.
    """

    near: BoolArray
    first: FloatArray
    second: FloatArray
    columns: IntArray
    n_open: int
    opened: IntArray
    constant: float

    @property
    def lists(self) -> tuple[IntArray, Int32Array, IntArray, Int32Array]:
        """The mask as lists, by row and by column."""
        return (*lists_of(self.near), *lists_of(self.near.T))

    def decided(self, status: IntArray, *, reduce: bool = True) -> tuple[Gains, IntArray]:
        """The smaller problem once some columns are decided, and the new row of each old one (-1: gone).

        Rows count what the opened columns give for certain; rows without a gain or a column go, equal ones
        are merged, and columns that others replace are closed.
        """
        opened = status == OPEN
        times = self.near[:, opened].sum(axis=1)
        sure = np.where(times >= 1, self.first, 0.0) + np.where(times >= 2, self.second, 0.0)
        first = np.where(times == 0, self.first, np.where(times == 1, self.second, 0.0))
        second = np.where(times == 0, self.second, 0.0)
        keep = ~opened & (status != CLOSED)
        near = self.near[:, keep] & ((first > 0) | (second > 0))[:, None]
        columns = self.columns[keep]
        if reduce:
            stay = ~redundant_columns(near, np.ones(len(columns)), 2 if second.any() else 1)
            near, columns = near[:, stay], columns[stay]
        row_of, firsts = group_equal(packed(near))
        left = row_of >= 0
        smaller = Gains(
            near=near[firsts],
            first=summed(row_of[left], first[left], len(firsts)),
            second=summed(row_of[left], second[left], len(firsts)),
            columns=columns,
            n_open=min(self.n_open - int(opened.sum()), len(columns)),
            opened=np.concatenate([self.opened, self.columns[opened]]),
            constant=self.constant + float(sure.sum()),
        )
        return smaller, row_of

    def worth(self, chosen: BoolArray) -> float:
        """The worth of open columns (a mask), with what is certain."""
        times = self.near[:, chosen].sum(axis=1)
        return self.constant + float(self.first[times >= 1].sum() + self.second[times >= 2].sum())

    def all_open(self, chosen: BoolArray) -> IntArray:
        """Numbers in the problem given of every open column."""
        return np.sort(np.concatenate([self.opened, self.columns[chosen]]))
