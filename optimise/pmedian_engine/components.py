"""A core that falls apart: solve the parts for each number of sites, and share out the budget exactly.

Once service radii are truncated, distant parts of the map are linked by the number of sites alone. With
``f_c(k)`` the least cost of part c with k sites, the core is ``min sum_c f_c(k_c)``, ``sum_c k_c = budget``:
a dynamic program. Only lower bounds of f are kept at first; the program says which ``f_c(k)`` matters next,
and that one is bounded better and at last solved. Branching on sites would multiply the parts' trees; this
adds them up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from optimise.arrays import FloatArray, IntArray
from optimise.compiled import compiled
from optimise.pmedian_engine.bounds import FREE, HUGE, ascend, savings
from optimise.pmedian_engine.core import Core
from optimise.pmedian_engine.run import Precision, Run
from optimise.pmedian_engine.tree import Found

#: How well f(k) is known.
SHARED, OWN, EXACT = 0, 1, 2
#: Steps and patience of the bound of one part with one number of sites.
_STEPS, _PATIENCE = 600, 40

#: Solves (core, multipliers, threshold, precision).
Solver = Callable[[Core, FloatArray, float, Precision], Found]


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """One part: its core (constant 0, nothing opened), multipliers, and what is known of f(0..n_sites)."""

    core: Core
    multipliers: FloatArray
    lower: FloatArray
    upper: FloatArray
    known: IntArray
    sites: dict[int, IntArray]


def split(core: Core, multipliers: FloatArray) -> tuple[list[Part], IntArray]:
    """The connected parts, and the root numbers of sites that serve nobody."""
    n_rows, n_sites = core.n_rows, core.n_sites
    rows = np.repeat(np.arange(n_rows), np.diff(core.indptr))
    links = coo_array((np.ones(len(rows)), (rows, core.sites + n_rows)), shape=(n_rows + n_sites,) * 2)
    n_labels, labels = connected_components(links, directed=False)
    by_row = np.argsort(labels[:n_rows], kind="stable")
    by_site = np.argsort(labels[n_rows:], kind="stable")
    row_ends = np.cumsum(np.bincount(labels[:n_rows], minlength=n_labels))
    site_ends = np.cumsum(np.bincount(labels[n_rows:], minlength=n_labels))
    parts, idle = [], []
    for label in range(n_labels):
        rows_in = by_row[(row_ends[label - 1] if label else 0) : row_ends[label]]
        sites_in = by_site[(site_ends[label - 1] if label else 0) : site_ends[label]]
        if len(rows_in) == 0:
            idle.extend(core.origin[sites_in].tolist())
        else:
            parts.append(_part(core, multipliers, np.sort(rows_in), np.sort(sites_in)))
    return parts, np.array(idle, dtype=np.int64)


def _part(core: Core, multipliers: FloatArray, rows: IntArray, sites: IntArray) -> Part:
    number = np.full(core.n_sites, -1, dtype=np.int32)
    number[sites] = np.arange(len(sites), dtype=np.int32)
    lengths = core.indptr[rows + 1] - core.indptr[rows]
    indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    entries = np.repeat(core.indptr[rows] - indptr[:-1], lengths) + np.arange(indptr[-1])
    part = Core(
        indptr,
        number[core.sites[entries]],
        core.costs[entries],
        core.caps[rows],
        n_sites=len(sites),
        budget=0,
        constant=0.0,
        origin=core.origin[sites],
        opened=np.zeros(0, dtype=np.int64),
    )
    n = len(sites) + 1
    made = Part(
        part,
        multipliers[rows].copy(),
        np.full(n, -HUGE),
        np.full(n, np.inf),
        np.full(n, SHARED, dtype=np.int64),
        {},
    )
    _bound_all(made, made.multipliers)
    made.lower[0] = made.upper[0] = part.caps.sum()
    everything = np.ones(part.n_sites, dtype=np.bool_)
    made.lower[-1] = made.upper[-1] = part.value(everything)
    made.known[[0, -1]] = EXACT
    made.sites[0] = np.zeros(0, dtype=np.int64)
    made.sites[len(sites)] = part.origin
    return made


def _bound_all(part: Part, multipliers: FloatArray) -> None:
    """Lower bounds of f(k) for all k from one set of multipliers."""
    core = part.core
    rho, stops = np.empty(core.n_sites), np.empty(core.n_rows, dtype=np.int64)
    total = savings(core.indptr, core.sites, core.costs, multipliers, stops, rho)
    bounds = total + np.concatenate([[0.0], np.cumsum(np.sort(rho))])
    np.maximum(part.lower, bounds, out=part.lower, where=part.known < EXACT)


class Sharing:
    """Finds the cheapest way to share ``core.budget`` out, below a threshold."""

    def __init__(
        self,
        core: Core,
        multipliers: FloatArray,
        threshold: float,
        run: Run,
        precision: Precision,
        solver: Solver,
    ) -> None:
        self.core, self.threshold, self.run, self.solver = core, threshold, run, solver
        self.parts, self.idle = split(core, multipliers)
        self.precision = precision.shared(max(1, len(self.parts)))
        self._unfinished = False

    def solve(self) -> Found:
        """Refine what matters until the least sum is exact or passes the threshold."""
        while True:
            bound, shares = self._least([part.lower for part in self.parts])
            open_parts = [
                number for number, share in enumerate(shares) if self.parts[number].known[share] < EXACT
            ]
            if bound >= self.threshold or self._unfinished or self.run.stopped:
                return Found(min(bound, self.threshold), None, np.inf)
            if not open_parts:
                return self._found(bound, shares)
            self._refine(shares, open_parts, bound)

    def _refine(self, shares: list[int], open_parts: list[int], bound: float) -> None:
        """Bound all the parts in question with multipliers of their own; then solve the hardest."""
        shared = [number for number in open_parts if self.parts[number].known[shares[number]] == SHARED]
        for number in shared:
            self._bound_own(self.parts[number], shares[number], bound)
        if not shared:
            hardest = max(open_parts, key=lambda number: self.parts[number].core.n_entries)
            self._solve_part(self.parts[hardest], shares[hardest], bound)

    def _room(self, part: Part, share: int, bound: float) -> float:
        """What this part may cost at most, given the best that the others can do beside it."""
        return self.threshold - (bound - float(part.lower[share]))

    def _bound_own(self, part: Part, share: int, bound: float) -> None:
        core = part.core
        multipliers = part.multipliers.copy()
        status = np.full(core.n_sites, FREE, dtype=np.int8)
        state = np.array([1.0, -HUGE, 0.0])
        value, chosen = np.array([part.upper[share]]), np.zeros(core.n_sites, dtype=np.bool_)
        average = np.full(core.n_sites, 0.5)
        ascend(
            core.indptr, core.sites, core.costs, core.caps, share, multipliers, status,
            self._room(part, share, bound), state, _STEPS, _PATIENCE, average, value, chosen,
        )  # fmt: skip
        part.known[share] = OWN
        part.lower[share] = max(part.lower[share], min(state[1], HUGE))
        _bound_all(part, multipliers)
        if value[0] < part.upper[share]:
            part.upper[share] = value[0]
            part.sites[share] = core.origin[chosen]

    def _solve_part(self, part: Part, share: int, bound: float) -> None:
        room = self._room(part, share, bound)
        found = self.solver(replace(part.core, budget=share), part.multipliers, room, self.precision)
        part.lower[share] = max(part.lower[share], found.bound)
        if found.sites is None:
            self._unfinished = found.bound < room
            return
        part.upper[share], part.sites[share] = found.value, found.sites
        # A part that fell apart itself has lost its own parts' rounding on the way.
        if found.bound >= self.precision.below(found.value) - 2 * self.precision.rounding:
            part.known[share] = EXACT
            part.lower[share] = min(self.precision.proven(found.bound), found.value)
        else:
            self._unfinished = True

    def _least(self, tables: list[FloatArray]) -> tuple[float, list[int]]:
        """Least sum of one entry for each part, with the core's constant, and the shares that give it."""
        budget = self.core.budget
        sums = [np.full(budget + 1, HUGE)]
        sums[0][: min(len(self.idle), budget) + 1] = 0.0
        picks = []
        for table in tables:
            total, pick = _share_out(sums[-1], table)
            sums.append(total)
            picks.append(pick)
        shares, left = [], budget
        for pick in reversed(picks):
            shares.append(int(pick[left]))
            left -= shares[-1]
        return float(sums[-1][budget]) + self.core.constant, shares[::-1]

    def _found(self, bound: float, shares: list[int]) -> Found:
        chosen = [part.sites[share] for part, share in zip(self.parts, shares, strict=True)]
        n_idle = self.core.budget - sum(shares)
        sites = np.concatenate([self.core.opened, *chosen, self.idle[:n_idle]])
        value = sum(float(part.upper[share]) for part, share in zip(self.parts, shares, strict=True))
        return Found(bound, np.sort(sites), value + self.core.constant)


@compiled
def _share_out(sums: FloatArray, table: FloatArray) -> tuple[FloatArray, IntArray]:
    """For each budget the least of ``sums[budget - k] + table[k]``, and that k."""
    total = np.full(len(sums), HUGE)
    pick = np.zeros(len(sums), np.int64)
    for budget in range(len(sums)):
        for share in range(min(budget, len(table) - 1) + 1):
            value = sums[budget - share] + table[share]
            if value < total[budget]:
                total[budget] = value
                pick[budget] = share
    return total, pick
