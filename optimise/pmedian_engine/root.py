"""From the caller's costs to the root core: weights applied, rows sorted, equal rows merged.

Exact steps: rows without weight and rows that nobody can serve are left out; columns that are fixed open
become caps; columns that are fixed closed are dropped; rows with the same costs are merged. When memory is
short a row keeps its nearest sites only, and the next site's cost becomes its cap: a relaxation whose bound
is valid, and whose solutions are priced on the full matrix.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.compiled import Int32Array
from optimise.cost_kernels import least_of, sorted_rows
from optimise.pmedian_engine.core import Core
from optimise.pmedian_engine.costs import CostTable, equal_rows

#: Bytes of one (row, site) pair in a core: site, cost.
PAIR_BYTES = 12
#: However little memory there is, a row keeps this many sites.
_FEWEST_KEPT = 8
#: Integer objectives are recognised up to this size, where float64 still counts in steps well below 1.
_LARGEST_INTEGER = 2.0**50


@dataclass(frozen=True, eq=False, slots=True)
class Root:
    """The root problem.

    Attributes:
        core: all free columns; ``origin`` and ``opened`` are the caller's columns.
        row_of: (n_demand,) row of the core for each row of the caller, -1 for rows left out.
        bases: (n_demand,) weighted cost of each row that the core's constant holds.
        share: (n_demand,) share of each row of the caller in its row of the core.
        step: every objective is a multiple of this, 0 when there is no such step.
        exact: False when rows were shortened to save memory.
        required: (n_rows,) True for rows of the core that must be served; their caps exceed the value of
            every placement that serves them all.
    """

    core: Core
    row_of: IntArray
    bases: FloatArray
    share: FloatArray
    step: float
    exact: bool
    required: BoolArray


def memory_needed_mb(n_rows: int, n_sites: int, kept: int | None = None) -> float:
    """Estimated working memory in MB for ``n_rows`` x ``n_sites`` costs beyond the caller's own matrix.

    A core of all pairs, its reduced successor in the worst case, and vectors of rows.
    """
    pairs = n_rows * (n_sites if kept is None else kept)
    return (2.2 * PAIR_BYTES * pairs + 120 * n_rows + 200 * n_sites) / 1e6


def pairs_within(memory_mb: float, n_rows: int, n_sites: int) -> int:
    """How many sites each row may keep so that :func:`memory_needed_mb` stays within ``memory_mb``."""
    one, two = (memory_needed_mb(n_rows, n_sites, kept) for kept in (1, 2))
    return max(_FEWEST_KEPT, min(n_sites, 1 + int((memory_mb - one) / (two - one))))


def build_root(
    table: CostTable,
    weights: FloatArray,
    p: int,
    *,
    fixed_in: IntArray,
    fixed_out: IntArray,
    unserved_cost: float,
    most_pairs: int | None,
) -> Root:
    """Read the costs and build the root core.

    Args:
        table: the costs.
        weights: (n_demand,) 0 or more.
        p: sites to open, ``fixed_in`` included.
        fixed_in: columns that must be open.
        fixed_out: columns that must stay closed.
        unserved_cost: price, for each unit of weight, of a row that no open site serves; inf: not allowed.
        most_pairs: keep at most so many sites in a row; None keeps all.
    """
    free = np.ones(table.shape[1], dtype=np.bool_)
    free[fixed_in] = free[fixed_out] = False
    group, firsts = equal_rows(table)
    summed = np.bincount(group, weights, minlength=len(firsts)).astype(np.float64)
    reader = _Reader(table, np.flatnonzero(free), p, fixed_in, unserved_cost, most_pairs)
    for place in table.parts(firsts):
        reader.add(place, firsts[place], summed[place])
    rows = reader.finish()
    row_of_group = np.full(len(firsts), -1, dtype=np.int64)
    row_of_group[rows.groups] = np.arange(len(rows.groups))
    core = Core(
        rows.indptr,
        rows.sites,
        rows.costs,
        rows.caps,
        n_sites=len(reader.columns),
        budget=p - len(fixed_in),
        constant=float(rows.bases.sum()),
        origin=reader.columns,
        opened=np.sort(fixed_in).astype(np.int64),
    )
    row_of = row_of_group[group]
    share = np.divide(weights, summed[group], out=np.zeros(len(weights)), where=summed[group] > 0)
    bases = np.where(row_of >= 0, share * rows.bases[np.maximum(row_of, 0)] if len(rows.bases) else 0.0, 0.0)
    return Root(core, row_of, bases, share, reader.step or 0.0, reader.exact, rows.required)


@dataclass(frozen=True, eq=False, slots=True)
class _Rows:
    groups: IntArray
    indptr: IntArray
    sites: Int32Array
    costs: FloatArray
    caps: FloatArray
    bases: FloatArray
    required: BoolArray


class _Reader:
    """Collects sorted rows block by block."""

    def __init__(
        self,
        table: CostTable,
        columns: IntArray,
        p: int,
        fixed_in: IntArray,
        unserved_cost: float,
        most_pairs: int | None,
    ) -> None:
        self.table = table
        self.columns = columns.astype(np.int64)
        self.fixed_in = fixed_in
        self.budget = p - len(fixed_in)
        self.unserved_cost = unserved_cost
        self.most = len(columns) if most_pairs is None else min(most_pairs, len(columns))
        self.parts: list[tuple[IntArray, FloatArray, IntArray, Int32Array, FloatArray]] = []
        self.exact = True
        self.step: float | None = None

    def add(self, place: slice, own: IntArray, weights: FloatArray) -> None:
        """Sort some rows of the table and cut what their caps make useless."""
        if self.most < len(self.columns):
            self._add_nearest(place, self.table.rows(own), weights)
            return
        rows, size = np.flatnonzero(weights > 0), len(self.columns)
        held = self.table.as_held(own[rows])
        fixed, _ = least_of(*held._replace(columns=held.columns[self.fixed_in]))
        caps = np.minimum(fixed, self.unserved_cost)
        sites, costs = np.empty(len(rows) * size, dtype=np.int32), np.empty(len(rows) * size)
        lengths = np.empty(len(rows), dtype=np.int64)
        count = sorted_rows(
            *held._replace(columns=held.columns[self.columns]), caps, weights[rows], lengths, sites, costs
        )
        caps = caps * weights[rows]
        live = np.isfinite(caps) | (lengths > 0)  # the others have no pairs
        rows, caps, lengths = rows[live], caps[live], lengths[live]
        sites, costs = sites[:count].copy(), costs[:count].copy()
        self._note_step(costs, caps)
        if size and self.budget > 0:
            # some listed site will be open, so the farthest one's cost may stand for "no site"
            farthest = np.where(lengths == size, np.append(costs, np.inf)[np.cumsum(lengths) - 1], np.inf)
            caps = np.where(np.isinf(caps), farthest, caps)
        self.parts.append((place.start + rows, caps, lengths, sites, costs))

    def _add_nearest(self, place: slice, block: FloatArray, weights: FloatArray) -> None:
        """The same where memory allows few sites of a row; caps are lowered to the next one's."""
        caps = np.full(len(block), self.unserved_cost)
        if len(self.fixed_in):
            np.minimum(caps, block[:, self.fixed_in].min(axis=1), out=caps)
        own = block[:, self.columns]
        own[own >= caps[:, None]] = np.inf
        live = (weights > 0) & (np.isfinite(caps) | np.isfinite(own).any(axis=1))
        own = own[live] * weights[live, None]
        caps = caps[live] * weights[live]
        self._note_step(own[np.isfinite(own)], caps)
        near = np.argpartition(own, self.most, axis=1)[:, : self.most + 1]
        near.sort(axis=1)
        order = np.take_along_axis(near, np.take_along_axis(own, near, 1).argsort(1, kind="stable"), 1)
        costs = np.take_along_axis(own, order, axis=1)
        cut = np.isfinite(costs[:, -1])
        self.exact &= not bool(cut.any())
        caps = np.where(cut, np.minimum(caps, costs[:, -1]), caps)
        kept = np.isfinite(costs[:, :-1])
        groups = np.arange(place.start, place.stop)[live]
        sites: Int32Array = order[:, :-1].astype(np.int32)[kept]
        self.parts.append((groups, caps, kept.sum(axis=1), sites, costs[:, :-1][kept]))

    def _note_step(self, costs: FloatArray, caps: FloatArray) -> None:
        """Largest whole number that divides all finite costs; 0 when some cost is not whole."""
        if self.step == 0.0:
            return
        values = np.concatenate([costs, caps[np.isfinite(caps)]])
        if len(values) == 0:
            return
        if np.abs(values).max() > _LARGEST_INTEGER / len(values) or (values != np.rint(values)).any():
            self.step = 0.0
            return
        divisor = int(np.gcd.reduce(np.unique(np.abs(values)).astype(np.int64)))
        self.step = float(np.gcd(divisor, int(self.step or 0)))

    def finish(self) -> _Rows:
        """All blocks together, with what each row costs at least moved into its base."""
        groups, caps, lengths, sites, costs = (np.concatenate(part) for part in zip(*self.parts, strict=True))
        self.parts.clear()
        indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        padded = np.append(costs, 0.0)
        bases = np.where(lengths > 0, padded[indptr[:-1]], caps)
        required = np.isinf(caps)
        farthest = np.where(required, padded[indptr[1:] - 1], caps)
        everything = 1.0 + float(np.sum(farthest - bases))
        caps = np.where(required, everything, caps - bases)
        costs -= np.repeat(bases, lengths)
        return _Rows(groups, indptr, sites, costs, caps, bases, required)
