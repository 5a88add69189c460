"""The one form in which every step of the engine sees a p-median problem.

A row is a demand point, or several that were merged. It lists the sites that may serve it, nearest first, and
a *cap*: what the row costs when none of the listed sites is open. Caps stand for the nearest site that is
fixed open, for the price of not being served, and for everything that was cut off because no better solution
can use it. With caps every subset of the sites is feasible, and a shortened row is a relaxation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.compiled import Int32Array, compiled


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
