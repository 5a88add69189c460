"""Set covering made smaller without losing the best answer.

Three classical rules, repeated until none applies (Toregas and ReVelle 1972, *Optimal location under time or
distance constraints*, Papers of the Regional Science Association 28; Beasley 1987, *An algorithm for set
covering problem*, European Journal of Operational Research 31):

- a row whose sites include all sites of another row is covered whenever that one is: out;
- a site that covers nothing beyond what another, not dearer site covers is never needed: out;
- a row with a single site decides that site: it is opened, and all its rows are covered.

The first rule holds whatever else is asked of the sites; the other two only where nothing tells the sites
apart but their prices.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.compiled import Int32Array
from optimise.covering_engine.bitsets import contained_in_others, containing_others, group_equal, packed


@dataclass(frozen=True, eq=False, slots=True)
class CoverCore:
    """What is left of a set covering problem.

    Attributes:
        near: (n_rows, n_columns) what remains undecided; no row is empty.
        columns: (n_columns,) number of each remaining column in the problem given.
        opened: columns that are decided to be open.
    """

    near: BoolArray
    columns: IntArray
    opened: IntArray

    @property
    def n_rows(self) -> int:
        """Rows that remain."""
        return int(self.near.shape[0])


def reduce_cover(near: BoolArray, prices: FloatArray) -> CoverCore:
    """Apply the three rules until none applies; every row of ``near`` must have a column.

    Args:
        near: (n_rows, n_columns) True where the column covers the row.
        prices: (n_columns,) price of each column, 0 or more.
    """
    columns = np.flatnonzero(near.any(axis=0))
    opened = [columns[:0]]
    left = near[group_equal(packed(near))[1]][:, columns]
    while True:
        before = left.shape
        left = left[~redundant_rows(left)]
        keep = ~redundant_columns(left, prices[columns])
        left, columns = left[:, keep], columns[keep]
        alone = left[left.sum(axis=1) == 1].any(axis=0)
        if alone.any():
            opened.append(columns[alone])
            left = left[~left[:, alone].any(axis=1)]
        useful = left.any(axis=0)
        left, columns = left[:, useful], columns[useful]
        if left.shape == before or left.size == 0:
            return CoverCore(left, columns, np.unique(np.concatenate(opened)))


def redundant_rows(near: BoolArray) -> BoolArray:
    """(n_rows,) True for rows that contain another row; of equal rows all but the first."""
    if near.size == 0:
        return np.zeros(near.shape[0], dtype=bool)
    sizes = near.sum(axis=1)
    indptr, holders = lists_of(near.T)
    rarest = np.where(near, near.sum(axis=0)[None, :], near.shape[0] + 1).argmin(axis=1)
    return containing_others(packed(near), sizes, rarest, indptr, holders)


def redundant_columns(near: BoolArray, prices: FloatArray, times: int = 1) -> BoolArray:
    """(n_columns,) True for columns that at least ``times`` kept ones replace; empty columns too.

    ``times`` is 2 where being covered twice has a worth: the second of two replacements may be open already,
    and then a third site over the same rows adds nothing.
    """
    empty = np.asarray(~near.any(axis=0))
    if near.size == 0 or empty.all():
        return empty
    own = np.flatnonzero(~empty)
    across = np.ascontiguousarray(near[:, own].T)
    indptr, holders = lists_of(across.T)
    rarest = np.where(across, near.sum(axis=1)[None, :], near.shape[1] + 1).argmin(axis=1)
    gone = empty.copy()
    gone[own] = contained_in_others(
        packed(across), across.sum(axis=1), prices[own], rarest, indptr, holders, times
    )
    return gone


def lists_of(member: BoolArray) -> tuple[IntArray, Int32Array]:
    """Members of each row of a mask, as compressed rows."""
    rows, members = np.nonzero(member)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=member.shape[0]))])
    return indptr.astype(np.int64), members.astype(np.int32)
