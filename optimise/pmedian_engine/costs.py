"""The costs as the caller has them: a dense matrix or sparse rows, read in blocks of rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from optimise.arrays import BLOCK_PAIRS, FloatArray, IntArray
from optimise.cost_kernels import fingerprints
from optimise.errors import Fault, ProblemError
from optimise.ordered_costs import Held, OrderedCosts, held_copy, saved_in_blocks
from optimise.sentences import Sentence


@dataclass(frozen=True, eq=False, slots=True)
class SparseCosts:
    """Cost rows that list only some sites, for instance the k nearest; pairs not listed are unreachable.

    Attributes:
        indptr: (n_rows + 1,) where each row begins.
        sites: (n_pairs,) column of each pair; a column appears at most once in a row.
        costs: (n_pairs,) cost of each pair; NaN or inf is unreachable.
        n_sites: number of columns.
    """

    indptr: IntArray
    sites: IntArray
    costs: FloatArray
    n_sites: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.indptr) - 1, self.n_sites


Costs: TypeAlias = ArrayLike | SparseCosts | OrderedCosts


@dataclass(frozen=True, eq=False, slots=True)
class CostTable:
    """Checked costs, dense (unreachable pairs may be NaN or inf) or sparse."""

    dense: OrderedCosts | None
    sparse: SparseCosts | None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        if self.dense is not None:
            return self.dense.shape
        assert self.sparse is not None
        return self.sparse.shape

    def blocks(self, rows: IntArray) -> Iterator[tuple[slice, FloatArray]]:
        """Dense float64 copies (unreachable: inf) of ``rows``, some at a time, and where they belong."""
        for place in self.parts(rows):
            yield place, self.rows(rows[place])

    def parts(self, rows: IntArray) -> Iterator[slice]:
        """Some of ``rows`` at a time."""
        step = max(1, BLOCK_PAIRS // max(1, self.shape[1]))
        for first in range(0, len(rows), step):
            yield slice(first, min(first + step, len(rows)))

    def rows(self, rows: IntArray) -> FloatArray:
        """(len(rows), n_sites) copy of some rows; unreachable pairs are inf."""
        if self.dense is not None:
            return self.dense.rows(rows)
        assert self.sparse is not None
        table = self.sparse
        block = np.full((len(rows), table.n_sites), np.inf)
        lengths = table.indptr[rows + 1] - table.indptr[rows]
        starts = np.cumsum(lengths) - lengths
        pairs = np.repeat(table.indptr[rows] - starts, lengths) + np.arange(lengths.sum())
        places = np.repeat(np.arange(len(rows)), lengths)
        block[places, table.sites[pairs]] = np.where(np.isnan(table.costs[pairs]), np.inf, table.costs[pairs])
        return block

    def as_held(self, rows: IntArray) -> Held:
        """Some rows for compiled code; a copy of them only where it cannot read them as they are."""
        return held_copy(self.rows(rows)) if self.dense is None else self.dense.as_held(rows)

    def saved(self, rows: IntArray, weights: FloatArray, prices: FloatArray) -> FloatArray:
        """(n_sites,) what each site saves some rows, see :meth:`OrderedCosts.saved`."""
        if self.dense is not None:
            return self.dense.saved(rows, weights, prices)
        return saved_in_blocks(self.rows, rows, self.shape[1], weights, prices)

    def nearest(self, chosen: IntArray) -> tuple[FloatArray, IntArray]:
        """(n_rows,) least cost over the columns ``chosen``, and the column that gives it (inf, -1: none)."""
        n_rows = self.shape[0]
        least, column = np.full(n_rows, np.inf), np.full(n_rows, -1, dtype=np.int64)
        if len(chosen) == 0:
            return least, column
        step = max(1, BLOCK_PAIRS // len(chosen))
        for first in range(0, n_rows, step):
            last = min(first + step, n_rows)
            if self.dense is not None:
                least[first:last], best = self.dense.nearest(chosen, slice(first, last))
            else:
                block = self.rows(np.arange(first, last))[:, chosen]
                best = block.argmin(axis=1)
                least[first:last] = block[np.arange(last - first), best]
            column[first:last] = chosen[best]
        column[np.isinf(least)] = -1
        return least, column


def read_costs(costs: Costs) -> CostTable:
    """Check costs and wrap them without a copy where possible.

    Raises:
        ProblemError: naming every fault.
    """
    if isinstance(costs, SparseCosts):
        return _read_sparse(costs)
    if isinstance(costs, OrderedCosts):
        return CostTable(costs, None)
    matrix = np.asarray(costs)
    if matrix.dtype not in (np.float64, np.float32):
        matrix = matrix.astype(np.float64)
    if matrix.ndim != 2 or matrix.size == 0:
        raise ProblemError([Fault("must be a table with rows and columns", "costs", value=str(matrix.shape))])
    if np.isneginf(matrix).any():
        row, column = np.argwhere(np.isneginf(matrix))[0].tolist()
        raise ProblemError(
            [Fault("is minus infinity; unreachable is NaN or inf", "costs", f"{row}, {column}")]
        )
    return CostTable(OrderedCosts(matrix), None)


def _read_sparse(costs: SparseCosts) -> CostTable:
    indptr = np.asarray(costs.indptr, dtype=np.int64)
    sites = np.asarray(costs.sites)
    values = np.asarray(costs.costs, dtype=np.float64)
    faults = []
    if indptr.ndim != 1 or len(indptr) < 2 or indptr[0] != 0 or (np.diff(indptr) < 0).any():
        faults.append(Fault("must begin with 0 and never fall", "indptr"))
    elif indptr[-1] != len(sites):
        faults.append(
            Fault(
                Sentence(
                    "opt.fault.ends",
                    "ends with {last}, but there are {pairs} pairs",
                    last=indptr[-1],
                    pairs=len(sites),
                ),
                "indptr",
            )
        )
    if len(sites) != len(values):
        faults.append(
            Fault(
                Sentence(
                    "opt.fault.pairs",
                    "has {pairs} pairs, costs has {values}",
                    pairs=len(sites),
                    values=len(values),
                ),
                "sites",
            )
        )
    if len(sites) and (sites.min() < 0 or sites.max() >= costs.n_sites):
        faults.append(
            Fault(
                Sentence("opt.fault.columns", "must be columns from 0 to {last}", last=costs.n_sites - 1),
                "sites",
            )
        )
    if np.isneginf(values).any():
        faults.append(Fault("is minus infinity; unreachable is NaN or inf", "costs"))
    if faults:
        raise ProblemError(faults)
    return CostTable(None, SparseCosts(indptr, sites, values, costs.n_sites))


def equal_rows(table: CostTable) -> tuple[IntArray, IntArray]:
    """Group of each row, and the first row of each group; the rows of a group have the same costs."""
    n_rows, n_sites = table.shape
    keys = np.random.default_rng(3).integers(1, 2**63, size=n_sites, dtype=np.uint64) | np.uint64(1)
    prints = np.empty(n_rows, dtype=np.uint64)
    everything = np.arange(n_rows)
    for place in table.parts(everything):
        prints[place] = fingerprints(*table.as_held(everything[place]), keys)
    _, firsts, group = np.unique(prints, return_index=True, return_inverse=True)
    group = group.reshape(-1).astype(np.int64)
    followers = np.flatnonzero(firsts[group] != everything)
    differing = [
        followers[place][(block != table.rows(firsts[group[followers[place]]])).any(axis=1)]
        for place, block in table.blocks(followers)
    ]
    apart = np.concatenate([*differing, np.zeros(0, dtype=np.int64)])
    group[apart] = len(firsts) + np.arange(len(apart))
    return group, np.concatenate([firsts, apart]).astype(np.int64)
