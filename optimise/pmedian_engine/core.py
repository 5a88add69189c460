"""The one form in which every step of the engine sees a p-median problem.

A row is a demand point, or several that were merged. It lists the sites that may serve it, nearest first, and
a *cap*: what the row costs when none of the listed sites is open. Caps stand for the nearest site that is
fixed open, for the price of not being served, and for everything that was cut off because no better solution
can use it. With caps every subset of the sites is feasible, and a shortened row is a relaxation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.compiled import Int32Array, compiled
from optimise.status import Status, relative_gap


@dataclass(frozen=True, eq=False, slots=True)
class Core:
    """Minimise ``constant + sum of row costs`` over the choices of ``budget`` of the ``n_sites`` sites.

    Attributes:
        indptr: (n_rows + 1,) where each row begins.
        sites: (n_entries,) site of each entry, nearest first within a row.
        costs: (n_entries,) weighted cost beyond what the constant holds, rising within a row.
        caps: (n_rows,) cost of a row that no open site serves for less.
        n_sites: how many sites are still undecided.
        budget: how many of them are to be opened.
        constant: cost that is certain.
        origin: (n_sites,) number of each site in the root problem.
        opened: root numbers of the sites that are decided to be open.
    """

    indptr: IntArray
    sites: Int32Array
    costs: FloatArray
    caps: FloatArray
    n_sites: int
    budget: int
    constant: float
    origin: IntArray
    opened: IntArray

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.caps)

    @property
    def n_entries(self) -> int:
        """Number of (row, site) pairs."""
        return len(self.sites)

    def value(self, chosen: BoolArray) -> float:
        """Cost when the sites of the mask ``chosen`` (n_sites,) are open."""
        return self.constant + float(row_costs(self.indptr, self.sites, self.costs, self.caps, chosen).sum())

    def root_sites(self, chosen: BoolArray) -> IntArray:
        """Root numbers of all open sites, ascending, when ``chosen`` is open here."""
        return np.sort(np.concatenate([self.opened, self.origin[chosen]]))


@compiled
def row_costs(
    indptr: IntArray, sites: Int32Array, costs: FloatArray, caps: FloatArray, chosen: BoolArray
) -> FloatArray:
    """(n_rows,) cost of each row under ``chosen``."""
    least = caps.copy()
    for row in range(len(caps)):
        for entry in range(indptr[row], indptr[row + 1]):
            if chosen[sites[entry]]:
                least[row] = costs[entry]
                break
    return least


class Proof(StrEnum):
    """What closed the gap: the strongest tool that was needed."""

    NONE = "none"  # the gap is open
    LAGRANGIAN = "lagrangian"  # the bound of one set of multipliers, with what it decides about sites
    ENUMERATION = "enumeration"  # Lagrangian branch and bound
    MIP = "mip"  # HiGHS on reduced radius programs


@dataclass(frozen=True, eq=False, slots=True)
class EngineResult:
    """A p-median placement with its proof.

    Attributes:
        status: OPTIMAL only when the gap is closed; FEASIBLE at a limit, INTERRUPTED after Ctrl-C.
        chosen: columns of the open sites, ascending; empty when there is none.
        assignment: (n_rows,) column that serves each row, -1 for rows that none serves.
        objective: weighted cost, recomputed in float64 from sites and costs; NaN without sites.
        lower_bound: no placement costs less; it holds for the full matrix.
        proof: what closed the gap.
        multipliers: (n_rows,) Lagrangian multipliers of the root bound.
        root_bound: the bound that these multipliers give on the full matrix.
        stages: wall seconds of each stage.
        memory_mb: working memory that was estimated beforehand.
        notes: what the user should know, one sentence each.
    """

    status: Status
    chosen: IntArray
    assignment: IntArray
    objective: float
    lower_bound: float
    proof: Proof
    multipliers: FloatArray
    root_bound: float
    stages: dict[str, float] = field(default_factory=dict)
    memory_mb: float = 0.0
    notes: tuple[str, ...] = ()

    @property
    def gap(self) -> float:
        """Relative distance between objective and bound, 0 or more; inf when either is unknown."""
        return relative_gap(self.objective, self.lower_bound)

    @property
    def unserved(self) -> IntArray:
        """Rows that no open site serves."""
        return np.flatnonzero(self.assignment < 0)
