"""Branch and bound over the sites of a maximal covering problem, each node bounded by the Lagrangian.

A node opens some columns and closes others; its bound is that of
:func:`~optimise.covering_engine.gain_kernels.gain_bound` from the multipliers of its parent, its reduced
costs decide further columns, and the column about which the relaxation wavers most is branched on. The node
with the highest bound comes first. A step of the relaxation costs no more than the merged rows are long,
where a linear program of as many rows costs far more.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.covering_engine.gain_kernels import CLOSED, FREE, OPEN, fix_columns, gain_bound, interchange
from optimise.covering_engine.gains import Gains

_ROOT_STEPS, _STEPS = 600, 60
#: Every so many nodes a choice is tried; at the root the best one is shaken so many times.
_TRY_EVERY, _SHAKES = 20, 400
#: Pairs that nodes may look at (some ten seconds) before the rest is left to a program, whose cutting planes
#: close gaps of some per cent sooner; and numbers that open nodes may hold (400 MB).
_MOST_WORK, _MOST_HELD = 40_000_000, 50_000_000


@dataclass(frozen=True, eq=False, slots=True)
class _Node:
    """Columns as decided so far, and the relaxation there."""

    status: IntArray
    multipliers: FloatArray
    bound: float
    scores: FloatArray
    mean_choice: FloatArray


class CoverTree:
    """The search of one core.

    Args:
        gains: what is undecided.
        threshold: what no better answer is below, asked anew at each node.
        offer: takes a choice of columns as an answer.
        stop: whether to end; ``bound`` is then that of all that is open.
        seed: of the noise in the choices that are tried.
    """

    def __init__(
        self,
        gains: Gains,
        threshold: Callable[[], float],
        offer: Callable[[BoolArray], None],
        stop: Callable[[float], bool],
        *,
        seed: int,
    ) -> None:
        self.gains, self.threshold, self.offer, self.stop = gains, threshold, offer, stop
        self.lists = gains.lists
        self.random = np.random.default_rng(seed)
        self.nodes = 0
        self.pruned = -math.inf

    def run(self) -> tuple[float, bool]:
        """The bound of all answers but those offered, and whether nothing is left open."""
        free = np.zeros(len(self.gains.columns), dtype=np.int64)
        root = self._bounded(free, 0.5 * (self.gains.first + self.gains.second), _ROOT_STEPS)
        self._shake(root)
        waiting = [(-root.bound, 0, root)]
        count = 0
        while waiting:
            top = -waiting[0][0]
            if top <= self.threshold():
                return max(top, self.pruned), True
            held = len(waiting) * len(self.gains.first)
            work = self.nodes * len(self.lists[1])
            if work >= _MOST_WORK or held > _MOST_HELD or self.stop(max(top, self.pruned)):
                return max(top, self.pruned), False
            node = heapq.heappop(waiting)[2]
            for child in self._children(node):
                count += 1
                heapq.heappush(waiting, (-child.bound, count, child))
        return self.pruned, True

    def _children(self, node: _Node) -> list[_Node]:
        """The node's two halves, without those that hold nothing better."""
        n_open, status = self.gains.n_open, node.status.copy()
        threshold = self.threshold()
        fix_columns(node.scores, n_open, node.bound, threshold, status)
        free = np.flatnonzero(status == FREE)
        left = n_open - int((status == OPEN).sum())
        if left <= 0 or len(free) <= left:
            chosen = status == OPEN
            chosen[free] |= left > 0
            self.offer(chosen)
            return []
        wavering = free[np.argmin(np.abs(node.mean_choice[free] - 0.5))]
        children = []
        for state in (OPEN, CLOSED):
            status[wavering] = state
            child = self._bounded(status.copy(), node.multipliers.copy(), _STEPS)
            if self.nodes % _TRY_EVERY == 0:
                self._try(child)
            if child.bound > threshold:
                children.append(child)
            else:
                self.pruned = max(self.pruned, child.bound)
        return children

    def _bounded(self, status: IntArray, multipliers: FloatArray, steps: int) -> _Node:
        gains, self.nodes = self.gains, self.nodes + 1
        scores, mean_choice = np.zeros(len(status)), np.full(len(status), 0.5)
        value = gain_bound(
            *self.lists[:2], gains.first, gains.second, gains.n_open, status,
            self.threshold() - gains.constant, multipliers, scores, mean_choice, steps,
        )  # fmt: skip
        return _Node(status, multipliers, gains.constant + value, scores, mean_choice)

    def _try(self, node: _Node) -> BoolArray:
        """Offer what the relaxation chose, after swaps."""
        gains = self.gains
        likely = np.where(node.status == OPEN, 1.0, np.where(node.status == CLOSED, -1.0, 0.0))
        chosen = np.zeros(len(likely), dtype=bool)
        order = np.lexsort((-node.mean_choice, -likely))
        chosen[order[: gains.n_open]] = True
        interchange(*self.lists, gains.first, gains.second, gains.n_open, chosen)
        self.offer(chosen)
        return chosen

    def _shake(self, root: _Node) -> None:
        """Some columns of the best choice give way to those that the relaxation likes, and swaps follow.

        Iterated local search (Lourenco, Martin and Stutzle 2003, in *Handbook of Metaheuristics*).
        """
        gains, random = self.gains, self.random
        kept = self._try(root)
        worth = gains.worth(kept)
        for _ in range(_SHAKES if 1 < gains.n_open < len(kept) else 0):
            chosen = kept.copy()
            out = random.choice(
                np.flatnonzero(chosen), min(int(random.integers(2, 7)), gains.n_open), replace=False
            )
            liked = np.where(chosen, 0.0, root.mean_choice + 0.02)
            chosen[out] = False
            some = min(max(1, len(out) // 2), int((liked > 0).sum()))
            chosen[random.choice(len(liked), some, replace=False, p=liked / liked.sum())] = True
            interchange(*self.lists, gains.first, gains.second, gains.n_open, chosen)
            own = gains.worth(chosen)
            self.offer(chosen)
            if own >= worth:
                kept, worth = chosen, own
