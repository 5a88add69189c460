"""The clusters that a better answer of the capacitated p-median can use, and the linear program over them.

See :mod:`optimise.capacity_engine.cluster_kernels` for what a cluster is, and for the cuts.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.capacity_engine.cluster_kernels import (
    cluster_costs,
    cut_entries,
    list_clusters,
    reduced_costs,
)
from optimise.compiled import Int32Array
from optimise.subset_rows import most_broken

#: Clusters that enter the linear program at once, at first and later.
_FIRST, _MORE = 3_000, 1_000
#: Reduced costs above this are no gain.
_TINY = 1e-7
#: Seconds that one linear program gets at least.
_LEAST_S = 0.1


@dataclass(frozen=True, eq=False, slots=True)
class Clusters:
    """Clusters in lists.

    Attributes:
        sites: (n_clusters,) of each.
        starts: (n_clusters + 1,) ``rows[starts[k]:starts[k + 1]]`` are the rows of cluster k.
        rows: see above.
        costs: (n_clusters,) of serving the rows from the site.
    """

    sites: Int32Array
    starts: IntArray
    rows: Int32Array
    costs: FloatArray

    def __len__(self) -> int:
        return len(self.sites)

    def part(self, chosen: IntArray) -> Clusters:
        """These clusters alone."""
        lengths = np.diff(self.starts)[chosen]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        at = np.repeat(self.starts[chosen] - starts[:-1], lengths) + np.arange(int(starts[-1]))
        return Clusters(self.sites[chosen], starts, self.rows[at], self.costs[chosen])

    def reduced(
        self,
        rows: FloatArray,
        sites: FloatArray,
        triples: Sequence[tuple[int, int, int]] = (),
        cuts: FloatArray | None = None,
    ) -> FloatArray:
        """(n_clusters,) costs less the prices of rows, of sites, and of the ``triples`` they hold two of."""
        told, prices = np.zeros(len(self)), np.zeros(0) if cuts is None else cuts
        by_row = _by_row(triples, len(rows))
        reduced_costs(self.starts, self.rows, self.sites, self.costs, rows, sites, *by_row, prices, told)
        return told

    def of(self, cluster: int) -> Int32Array:
        """The rows of one."""
        return self.rows[self.starts[cluster] : self.starts[cluster + 1]]


@dataclass(frozen=True, eq=False, slots=True)
class Rooms:
    """Who can go where.

    Attributes:
        costs: (n_sites, n_rows); inf where a site cannot serve.
        demand: (n_rows,) room that each row takes.
        space: (n_sites,) room, with what a site may be over it.
        sizes: (n_rows,) demand in cells of a grid, rounded down.
        cells: (n_sites,) room in cells, rounded down.
    """

    costs: FloatArray
    demand: FloatArray
    space: FloatArray
    sizes: IntArray
    cells: IntArray

    def clusters(
        self, multipliers: FloatArray, values: FloatArray, limits: FloatArray, most: int, deadline: float
    ) -> Clusters | None:
        """The clusters of each site that cost, less the multipliers, no more than its limit (``-inf``: none).

        ``values`` are the least that a cluster of the site costs so. None where ``most`` places do not hold
        the rows of all, and at the deadline.
        """
        counts: list[tuple[int, int]] = []
        nothing = np.zeros(0, dtype=np.int32)
        left = most
        for site in range(len(limits)):
            counts.append(self._list(site, multipliers, values[site], limits[site], left, nothing, nothing))
            if counts[-1][0] < 0 or time.monotonic() > deadline:
                return None
            left -= counts[-1][1]
        number, places = (sum(part) for part in zip(*counts, strict=True))
        lengths, rows = np.zeros(number, dtype=np.int32), np.zeros(places, dtype=np.int32)
        sites = np.repeat(np.arange(len(limits), dtype=np.int32), [found for found, _ in counts])
        one, two = 0, 0
        for site, (found, size) in enumerate(counts):
            if found:
                own = lengths[one : one + found], rows[two : two + size]
                self._list(site, multipliers, values[site], limits[site], most, *own)
            one, two = one + found, two + size
        starts = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
        told = np.zeros(number)
        cluster_costs(starts, rows, sites, self.costs, told)
        return Clusters(sites, starts, rows, told)

    def _list(
        self,
        site: int,
        multipliers: FloatArray,
        least: float,
        limit: float,
        most: int,
        lengths: Int32Array,
        rows: Int32Array,
    ) -> tuple[int, int]:
        if limit == -np.inf:
            return 0, 0
        return list_clusters(
            self.costs[site], self.demand, self.space[site], self.sizes, int(self.cells[site]),
            multipliers, least, limit, most, lengths, rows, len(rows) > 0,
        )  # fmt: skip


@dataclass(frozen=True, eq=False, slots=True)
class Shares:
    """What the linear program says.

    Attributes:
        bound: no choice of clusters costs less.
        reduced: (n_clusters,) by how much at least the bound is higher where a cluster is used.
        chosen: clusters that are in use, in part or whole.
        used: how much of each of them.
        prices: (n_rows,) what serving each row costs.
    """

    bound: float
    reduced: FloatArray
    chosen: IntArray
    used: FloatArray
    prices: FloatArray


class ClusterProgram:
    """The linear program: every row in one cluster, a cluster for each site, so many sites; with cuts.

    Args:
        clusters: all that may be used; they enter the program where they pay.
        n_rows: rows to be served.
        counted: (n_sites,) True where a cluster takes one of the ``n_free`` sites that may be chosen.
        n_free: see above.
        n_open: sites that may be in use at all.
        missing: cost of leaving a row out, which keeps the program feasible.
        deadline: ``time.monotonic()`` at which to stop.
    """

    def __init__(
        self,
        clusters: Clusters,
        n_rows: int,
        counted: BoolArray,
        n_free: int,
        n_open: int,
        missing: float,
        deadline: float,
    ) -> None:
        self.clusters, self.n_rows, self.counted = clusters, n_rows, counted
        self.n_free, self.n_open, self.deadline = n_free, n_open, deadline
        self.inside = np.zeros(len(clusters), dtype=bool)
        self.columns: IntArray = np.zeros(0, dtype=np.int64)
        self.triples: list[tuple[int, int, int]] = []
        self.solver = highspy.Highs()  # type: ignore[no-untyped-call]
        self.solver.setOptionValue("output_flag", False)
        nothing = (0, np.zeros(0, dtype=np.int32), np.zeros(0))
        for _ in range(n_rows):
            self.solver.addRow(1.0, 1.0, *nothing)
        self.solver.addRow(-highspy.kHighsInf, float(n_free), *nothing)
        for _ in counted:
            self.solver.addRow(-highspy.kHighsInf, 1.0, *nothing)
        for row in range(n_rows):
            self.solver.addCol(
                missing, 0.0, highspy.kHighsInf, 1, np.array([row], dtype=np.int32), np.ones(1)
            )

    def solve(self, first: FloatArray) -> Shares | None:
        """The optimum over all clusters; None at the deadline.

        Args:
            first: (n_clusters,) those with the least enter first.
        """
        if not len(self.columns):
            self._enter(_least(first, _FIRST))
        while True:
            left = self.deadline - time.monotonic()
            if left <= 0.0:
                return None
            if np.isfinite(left):
                self.solver.setOptionValue("time_limit", self.solver.getRunTime() + max(_LEAST_S, left))
            self.solver.run()
            if self.solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                return None
            told = self.solver.getSolution()
            duals = np.asarray(told.row_dual)
            bound, reduced = self._priced(duals)
            gaining = np.flatnonzero((reduced < -_TINY) & ~self.inside)
            if not len(gaining):
                values = np.asarray(told.col_value)[self.n_rows :]
                inside = np.flatnonzero(values > _TINY)
                return Shares(bound, reduced, self.columns[inside], values[inside], duals[: self.n_rows])
            self._enter(gaining[_least(reduced[gaining], _MORE)])

    def cut(self, shares: Shares) -> int:
        """Add inequalities that the answer breaks; their number."""
        part = self.clusters.part(shares.chosen)
        found = most_broken(part.starts, part.rows, shares.used, np.zeros(self.n_rows))
        new = [(one, two, three) for one, two, three in found.tolist()]
        if new:
            held = self._held(self.columns, new)
            for cut in range(len(new)):
                at = (self.n_rows + np.flatnonzero(held[:, cut])).astype(np.int32)
                self.solver.addRow(-highspy.kHighsInf, 1.0, len(at), at, np.ones(len(at)))
            self.triples += new
        return len(new)

    def holders(self, chosen: IntArray) -> list[IntArray]:
        """For each three rows of a cut, which of these clusters hold two or more of them."""
        return [np.flatnonzero(own) for own in self._held(chosen, self.triples).T]

    def keep(self, kept: BoolArray) -> None:
        """Forget all other clusters."""
        stays = kept[self.columns]
        gone = np.flatnonzero(~stays)
        if len(gone):
            self.solver.deleteCols(len(gone), (self.n_rows + gone).astype(np.int32))
        place = np.cumsum(kept) - 1
        self.columns = place[self.columns[stays]]
        self.inside = self.inside[kept]
        self.clusters = self.clusters.part(np.flatnonzero(kept))

    def _priced(self, duals: FloatArray) -> tuple[float, FloatArray]:
        """The bound of these duals, made feasible, and the reduced costs under them."""
        n_rows, n_sites = self.n_rows, len(self.counted)
        rows = duals[:n_rows]
        count = min(float(duals[n_rows]), 0.0)
        sites = np.minimum(duals[n_rows + 1 : n_rows + 1 + n_sites], 0.0)
        cuts = np.minimum(duals[n_rows + 1 + n_sites :], 0.0)
        reduced = self.clusters.reduced(rows, sites + np.where(self.counted, count, 0.0), self.triples, cuts)
        bound = float(rows.sum()) + self.n_free * count + float(sites.sum()) + float(cuts.sum())
        # Whatever the solver's tolerances leave below zero, a choice has at most so many clusters.
        return bound + self.n_open * min(0.0, float(reduced.min(initial=0.0))), reduced

    def _enter(self, new: IntArray) -> None:
        """Clusters that become columns of the program."""
        part = self.clusters.part(new)
        held = self._held(new, self.triples)
        entries = []
        for at, site in enumerate(part.sites.tolist()):
            own = [part.of(at), [self.n_rows] if self.counted[site] else [], [self.n_rows + 1 + site]]
            cuts = self.n_rows + 1 + len(self.counted) + np.flatnonzero(held[at])
            entries.append(np.concatenate([*own, cuts]).astype(np.int32))
        starts = np.concatenate([[0], np.cumsum([len(own) for own in entries])]).astype(np.int32)
        index = np.concatenate(entries) if entries else np.zeros(0, dtype=np.int32)
        count = len(new)
        self.solver.addCols(
            count, part.costs, np.zeros(count), np.full(count, highspy.kHighsInf),
            len(index), starts[:-1], index, np.ones(len(index)),
        )  # fmt: skip
        self.inside[new] = True
        self.columns = np.concatenate([self.columns, new])

    def _held(self, chosen: IntArray, triples: list[tuple[int, int, int]]) -> BoolArray:
        """(n_chosen, n_triples) which clusters hold two or more of which three rows."""
        held = np.zeros((len(chosen), len(triples)), dtype=bool)
        if len(triples):
            part = self.clusters.part(chosen)
            cut_entries(part.starts, part.rows, *_by_row(triples, self.n_rows), len(triples), held)
        return held


def _least(values: FloatArray, count: int) -> IntArray:
    """Where the ``count`` least values are."""
    if len(values) <= count:
        return np.arange(len(values))
    return np.argpartition(values, count)[:count]


def _by_row(triples: Sequence[tuple[int, int, int]], n_rows: int) -> tuple[IntArray, IntArray]:
    """Which triples hold each row, as lists one after the other with their starts."""
    flat = np.array(triples, dtype=np.int64).reshape(-1, 3)
    order = np.argsort(flat.ravel(), kind="stable")
    counts = np.bincount(flat.ravel(), minlength=n_rows)
    return np.concatenate([[0], np.cumsum(counts)]), np.repeat(np.arange(len(flat)), 3)[order]
