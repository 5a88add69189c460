"""Branch and bound over the sites of the capacitated p-median, bounded by whole knapsacks.

The nodes of a tree are choices of sites that are open or closed; the open question of the least bound comes
first. A site that the bound opens about half of the time is opened in one branch and closed in the other.
Where few pairs of demand point and site are left that a better answer can use, HiGHS decides the node.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.capacity_engine.capacity_kernels import CLOSED, FREE, OPEN
from optimise.capacity_engine.knapsack_bound import on_grid, whole_bound, with_each_row
from optimise.covering_engine.gain_kernels import fix_columns
from optimise.covering_engine.set_cover import Proof
from optimise.status import Status

if TYPE_CHECKING:
    from optimise.capacity_engine.capacity import CapacitySearch

#: Sites times rows times cells of room up to which whole knapsacks are worth their time.
_MOST_CELLS = 200_000_000
#: Steps of the bound at the root and at a node, and rounds at the root.
_ROOT_STEPS, _STEPS, _ROUNDS = 500, 100, 4
#: Pairs up to which HiGHS decides a node.
_PAIRS = 450
#: Nodes after which one program does more than further nodes: of OR-Library's ``pmedcap1-20`` those that were
#: seen to be proven by the tree were proven with fewer, and number 12 by the program.
_NODES = 80
#: A site that is open in more of the steps, or in less, is taken for decided.
_DOUBT = 0.02


@dataclass(frozen=True, eq=False, slots=True)
class _Node:
    status: IntArray
    multipliers: FloatArray


class SiteTree:
    """One tree, over the sites that the search has left free.

    Args:
        search: whose costs, best answer and bound are used, and made better.
        demand: (n_rows,) cells of room.
        room: (n_sites,) cells of room.
    """

    def __init__(self, search: CapacitySearch, demand: IntArray, room: IntArray) -> None:
        self.search, self.demand, self.room = search, demand, room
        self.mean_choice = np.full(len(room), 0.5)
        self.nodes = 0

    @classmethod
    def of(cls, search: CapacitySearch) -> SiteTree | None:
        """The tree of a search; None where its knapsacks would take too long."""
        demand, room = on_grid(search.demand, search.room)
        work = search.costs.size * int(room.max(initial=0) + 1)
        return cls(search, demand, room) if work <= _MOST_CELLS else None

    def tighten(self) -> None:
        """The bound at the root, better answers on the way, and sites that it decides."""
        search = self.search
        for _ in range(_ROUNDS):
            known = search.best
            self.mean_choice[:] = 0.5
            reached = self._bound(search.status, search.multipliers, search.values, _ROOT_STEPS)
            search.raise_bound(reached)
            if search.done or search.late():
                return
            search.try_near(self.mean_choice)
            search.try_swaps(self.mean_choice)
            search.recentre()
            fix_columns(-search.values, search.n_open, -reached, -search.cutoff(), search.status)
            if search.best == known:
                return

    def explore(self) -> Proof:
        """Branch until nothing better is left; ``Proof.NONE`` at the deadline or after too many nodes."""
        search = self.search
        waiting: list[tuple[float, int, _Node]] = []
        root = _Node(search.status.copy(), search.multipliers.copy())
        heapq.heappush(waiting, (search.bound, 0, root))
        while waiting:
            bound, _, node = heapq.heappop(waiting)
            search.bound = max(search.bound, min(bound, search.best))
            if search.done:
                return Proof.SEARCH
            if search.late() or self.nodes >= _NODES:
                return Proof.NONE
            search.tell()
            for below, child in self._children(node):
                self.nodes += 1
                heapq.heappush(waiting, (below, self.nodes, child))
            search.figures["tree_nodes"] = float(self.nodes)
        search.bound = search.best
        return Proof.SEARCH

    def _children(self, node: _Node) -> list[tuple[float, _Node]]:
        """The branches of a node that may hold a better answer."""
        search, status = self.search, node.status.copy()
        multipliers, values = node.multipliers.copy(), np.zeros(len(status))
        self.mean_choice[:] = 0.5
        reached = self._bound(status, multipliers, values, _STEPS)
        if search.rounded(reached) > search.cutoff():
            return []
        search.try_likely(self.mean_choice, status)
        fix_columns(-values, search.n_open, -reached, -search.cutoff(), status)
        keep = self._pairs(status, multipliers, values, reached)
        doubt = np.where(status == FREE, np.minimum(self.mean_choice, 1.0 - self.mean_choice), -1.0)
        site = int(doubt.argmax())
        if int(keep.sum()) <= _PAIRS or doubt[site] < _DOUBT:
            return self._decided(keep, status, reached, node)
        found = []
        for state in (OPEN, CLOSED):
            own = status.copy()
            own[site] = state
            if self._possible(own):
                found.append((search.rounded(reached), _Node(own, multipliers)))
        return found

    def _decided(
        self, keep: BoolArray, status: IntArray, reached: float, node: _Node
    ) -> list[tuple[float, _Node]]:
        """Ask HiGHS; what a deadline leaves open stays a node."""
        search = self.search
        run = search.solve_pairs(keep, status, search.limits)
        if run.status is Status.INTERRUPTED:
            raise KeyboardInterrupt
        if run.status in (Status.OPTIMAL, Status.INFEASIBLE):
            return []
        return [(search.rounded(max(reached, run.bound)), node)]

    def _pairs(
        self, status: IntArray, multipliers: FloatArray, values: FloatArray, reached: float
    ) -> BoolArray:
        """(n_sites, n_rows) pairs that an answer better than the best can use."""
        search = self.search
        left = search.n_open - int((status == OPEN).sum())
        free = np.sort(values[status == FREE])
        worst = free[left - 1] if 0 < left <= len(free) else (-math.inf if left == 0 else math.inf)
        instead = np.where(status == OPEN, values, np.minimum(values, worst))
        told = with_each_row(search.costs, self.demand, self.room, status, multipliers)
        with np.errstate(invalid="ignore"):
            needed = reached + told - instead[:, None]
        return np.asarray(needed <= search.cutoff() + 1e-9 * abs(search.best))

    def _bound(self, status: IntArray, multipliers: FloatArray, values: FloatArray, steps: int) -> float:
        search = self.search
        return whole_bound(
            search.costs, self.demand, self.room, search.n_open, status, search.best, multipliers, values,
            self.mean_choice, steps, search.limits.deadline,
        )  # fmt: skip

    def _possible(self, status: IntArray) -> bool:
        """False where the number of sites does not fit, or even the largest of them lack room."""
        left = self.search.n_open - int((status == OPEN).sum())
        free = np.sort(self.search.room[status == FREE])[::-1]
        room = self.search.room[status == OPEN].sum() + free[: max(left, 0)].sum()
        return 0 <= left <= len(free) and room >= self.search.demand.sum() * (1 - 1e-9)
