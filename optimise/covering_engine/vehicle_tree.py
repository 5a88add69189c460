"""Branch and bound over sites and their vehicles, each node bounded by the Lagrangian of expected covering.

A node says how many vehicles each site has at least and at most. Its bound is that of
:func:`~optimise.covering_engine.vehicle_kernels.vehicle_bound` from the multipliers of its parent; what the
relaxation would lose decides about further sites and vehicles. Branched on is the site about whose opening
the relaxation wavers most, and where it wavers about none, a number of vehicles. The node with the highest
bound comes first.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from optimise.algebra import summed
from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.covering_engine.bitsets import group_equal, packed
from optimise.covering_engine.reductions import lists_of
from optimise.covering_engine.vehicle_kernels import RANKS, fix_vehicles, vehicle_bound

_ROOT_STEPS, _STEPS = 1_000, 200
#: Rounds of bounds and decisions before the tree, and the share of the sites that a further one must decide.
_ROUNDS, _WORTHWHILE = 6, 0.1
#: Every so many nodes a choice is tried; numbers of multipliers that open nodes may hold (400 MB).
_TRY_EVERY, _MOST_HELD = 20, 100_000_000
#: The first step of the descent, at the root and at a node, which begins where its parent ended.
_FIRST_LENGTH, _LENGTH = 1.0, 0.2
#: Pairs that are looked at between two looks at the clock.
_BLOCK = 50_000_000
#: A site is branched on while its opening is this far from certain.
_WAVERING = 0.4
#: Rounding of the sums of a bound, as a share of it.
_ROUNDING = 1e-10


@dataclass(frozen=True, eq=False, slots=True)
class Fleet:
    """Vehicles to be placed.

    Attributes:
        near: (n_people, n_columns) True where a vehicle at the column reaches the person.
        weights: (n_people,) positive.
        busy: (n_people,) busy fraction of vehicles there.
        columns: (n_columns,) number of each column in the problem given.
        n_open: columns with a vehicle; None: any number.
        n_vehicles: vehicles in all.
    """

    near: BoolArray
    weights: FloatArray
    busy: FloatArray
    columns: IntArray
    n_open: int | None
    n_vehicles: int

    def kept(self, columns: BoolArray) -> tuple[Fleet, IntArray]:
        """The fleet without the other columns, and the new row of each old one (-1: out of reach)."""
        near = self.near[:, columns]
        row_of = np.full(len(near), -1)
        firsts: list[IntArray] = [np.zeros(0, dtype=np.int64)]
        count = 0
        for fraction in np.unique(self.busy):
            own = np.flatnonzero(self.busy == fraction)
            group, first = group_equal(packed(near[own]))
            row_of[own] = np.where(group >= 0, group + count, -1)
            firsts.append(own[first])
            count += len(first)
        rows, left = np.concatenate(firsts), row_of >= 0
        smaller = replace(
            self,
            near=near[rows],
            weights=summed(row_of[left], self.weights[left], count),
            busy=self.busy[rows],
            columns=self.columns[columns],
        )
        return smaller, row_of


@dataclass(frozen=True, eq=False, slots=True)
class Node:
    """Vehicles at each site as decided so far, and the relaxation there."""

    least: IntArray
    most: IntArray
    multipliers: FloatArray
    bound: float
    price: float
    scores: FloatArray
    mean_open: FloatArray
    mean_units: FloatArray


class VehicleTree:
    """One search.

    Args:
        fleet: what is placed.
        least: (n_columns,) vehicles at each column at least.
        most: (n_columns,) and at most.
        threshold: what no better answer is above, asked anew at each node.
        offer: takes vehicles at each column of the problem given as an answer to begin a search with.
        stop: whether to end; its argument bounds all that is open.
        late: whether the time is up.

    Attributes:
        fleet: what is left of it after :meth:`root`.
        least: (n_columns,) vehicles at each column that is left at least, in every better answer.
        most: (n_columns,) and at most.
        nodes: how often a bound was asked for.
    """

    def __init__(
        self,
        fleet: Fleet,
        least: IntArray,
        most: IntArray,
        threshold: Callable[[], float],
        offer: Callable[[IntArray], None],
        stop: Callable[[float], bool],
        late: Callable[[], bool],
    ) -> None:
        self.fleet, self.threshold, self.offer = fleet, threshold, offer
        self.stop, self.late = stop, late
        self.n_columns = len(least)
        self.nodes, self.pruned = 0, -math.inf
        self.lists = lists_of(fleet.near)
        self.least, self.most = least.copy(), most.copy()

    def root(self) -> Node | None:
        """The bound of all answers, after rounds that decide sites; None where no vehicles fit."""
        if not settle(self.fleet.n_open, self.fleet.n_vehicles, self.least, self.most):
            return None
        node = self._bounded(self.least, self.most, self._first_prices(), _ROOT_STEPS)
        self._try(node)
        return self.again(node)

    def again(self, node: Node) -> Node:
        """The bound that follows where what is known by now decides about the sites of the node."""
        for _ in range(_ROUNDS):
            if node.bound <= self.threshold() or self.stop(node.bound):
                return node
            self.least, self.most = node.least.copy(), node.most.copy()
            self._fix(node, self.least, self.most)
            if not settle(self.fleet.n_open, self.fleet.n_vehicles, self.least, self.most):
                return replace(node, bound=self.threshold())
            open_questions = int((node.most > node.least).sum())
            if int((self.most > self.least).sum()) > (1 - _WORTHWHILE) * open_questions:
                return node
            multipliers = self._shrink(node, self.least, self.most)
            node = self._bounded(self.least, self.most, multipliers, _ROOT_STEPS)
            self._try(node)
        return node

    def _shrink(self, node: Node, least: IntArray, most: IntArray) -> FloatArray:
        """Leave the closed columns out; multipliers of the rows that are left."""
        keep = most >= 1
        self.fleet, row_of = self.fleet.kept(keep)
        self.lists = lists_of(self.fleet.near)
        self.least, self.most = least[keep], most[keep]
        left = row_of >= 0
        merged = np.zeros((len(self.fleet.weights), RANKS))
        np.add.at(merged, row_of[left], node.multipliers[left])
        return merged

    def run(self, root: Node) -> tuple[float, bool]:
        """The bound of all answers but those offered, and whether nothing is left open."""
        waiting = [(-root.bound, 0, root)]
        count = 0
        while waiting:
            top = max(-waiting[0][0], self.pruned)
            if -waiting[0][0] <= self.threshold():
                return max(top, self.threshold()), True
            if self.stop(top):
                return top, False
            node = heapq.heappop(waiting)[2]
            for child in self._children(node):
                count += 1
                crowded = len(waiting) * child.multipliers.size > _MOST_HELD
                kept = replace(child, multipliers=root.multipliers) if crowded else child
                heapq.heappush(waiting, (-child.bound, count, kept))
        return max(self.pruned, self.threshold()), True

    def _first_prices(self) -> FloatArray:
        """Multipliers to begin with: a price of each rank is what it is worth."""
        ranks = np.power(self.fleet.busy[:, None], np.arange(RANKS)[None, :])
        worth = (self.fleet.weights * (1.0 - self.fleet.busy))[:, None] * ranks
        worth[:, :-1] -= worth[:, 1:]
        return np.asarray(worth)

    def _fix(self, node: Node, least: IntArray, most: IntArray) -> None:
        n_open = -1 if self.fleet.n_open is None else self.fleet.n_open
        fix_vehicles(node.scores, node.price, n_open, node.bound, self.threshold(), least, most)

    def _bounded(self, least: IntArray, most: IntArray, multipliers: FloatArray, steps: int) -> Node:
        fleet, self.nodes = self.fleet, self.nodes + 1
        descent = np.stack([multipliers, multipliers, np.zeros(multipliers.shape)]).astype(np.float64)
        length = _FIRST_LENGTH if steps == _ROOT_STEPS else _LENGTH
        state, scores = np.array([np.inf, 0.0, length, 0.0]), np.zeros((len(least), RANKS))
        mean_open, mean_units = np.full(len(least), 0.5), np.full(len(least), 0.5)
        block = max(1, min(steps, 5 + _BLOCK // (len(self.lists[1]) + 1)))
        for _ in range(0, steps, block):
            ended = vehicle_bound(
                *self.lists, fleet.weights, fleet.busy, -1 if fleet.n_open is None else fleet.n_open,
                fleet.n_vehicles, least, most, self.threshold(), descent, state, scores, mean_open,
                mean_units, block,
            )  # fmt: skip
            if ended or self.late():
                break
        bound = float(state[0]) + _ROUNDING * abs(float(state[0]))
        kept = descent[0].astype(np.float32)
        return Node(least, most, kept, bound, float(state[1]), scores, mean_open, mean_units)

    def _children(self, node: Node) -> list[Node]:
        """The node's two halves, without those that hold nothing better."""
        fleet, least, most = self.fleet, node.least.copy(), node.most.copy()
        self._fix(node, least, most)
        if not settle(fleet.n_open, fleet.n_vehicles, least, most):
            return []
        if (least == most).all():
            self.offer(self._whole(least))
            return []
        children = []
        for one, other in _halves(node, least, most):
            if not settle(fleet.n_open, fleet.n_vehicles, one, other):
                continue
            child = self._bounded(one, other, node.multipliers, _STEPS)
            if self.nodes % _TRY_EVERY == 0:
                self._try(child)
            if child.bound > self.threshold():
                children.append(child)
            else:
                self.pruned = max(self.pruned, child.bound)
        return children

    def _whole(self, units: IntArray) -> IntArray:
        whole = np.zeros(self.n_columns, dtype=np.int64)
        whole[self.fleet.columns] = units
        return whole

    def _try(self, node: Node) -> None:
        """Offer what the relaxation chose of late."""
        fleet, least, most = self.fleet, node.least.copy(), node.most.copy()
        for column in np.argsort(-node.mean_open, kind="stable").tolist():
            if least[column] == 0 and most[column] >= 1:
                one, other = least.copy(), most.copy()
                one[column] = 1
                if settle(fleet.n_open, fleet.n_vehicles, one, other):
                    least, most = one, other
        short = node.mean_units - least
        for column in np.argsort(-short, kind="stable").tolist() * fleet.n_vehicles:
            if least.sum() >= fleet.n_vehicles:
                break
            if 1 <= least[column] < most[column]:
                least[column] += 1
        if least.sum() == fleet.n_vehicles:
            self.offer(self._whole(least))


def _halves(node: Node, least: IntArray, most: IntArray) -> list[tuple[IntArray, IntArray]]:
    """Least and most vehicles of two halves: a site open or closed, or fewer and more vehicles at one."""
    free, forced = np.flatnonzero((least == 0) & (most >= 1)), np.flatnonzero((least >= 1) & (most > least))
    doubt = np.abs(node.mean_open[free] - 0.5)
    if len(free) and (not len(forced) or doubt.min() <= _WAVERING):
        column, at = int(free[doubt.argmin()]), 0
    else:
        mean = np.clip(node.mean_units[forced], least[forced], most[forced] - 1e-9)
        column = int(forced[np.abs(mean - np.floor(mean) - 0.5).argmin()])
        at = int(np.clip(np.floor(node.mean_units[column]), least[column], most[column] - 1))
    more, fewer = least.copy(), most.copy()
    more[column], fewer[column] = at + 1, at
    return [(more, most.copy()), (least.copy(), fewer)]


def settle(n_open: int | None, n_vehicles: int, least: IntArray, most: IntArray) -> bool:
    """Narrow the vehicles at each site to what the totals allow, in place; False where nothing fits.

    Args:
        n_open: sites with a vehicle; None: any number.
        n_vehicles: vehicles in all.
        least: (n_sites,) vehicles at each site at least.
        most: (n_sites,) and at most; a site without a vehicle is closed.
    """
    while True:
        before = int((most - least).sum())
        forced, able = least >= 1, most >= 1
        further = 0 if n_open is None else n_open - int(forced.sum())
        if further < 0 or (n_open is not None and int(able.sum()) < n_open):
            return False
        if n_open is not None and further == 0:
            most[~forced] = 0
        elif n_open is not None and int(able.sum()) == n_open:
            least[able & ~forced] = 1
            continue
        spare = n_vehicles - int(least.sum()) - further
        if spare < 0:
            return False
        np.minimum(most, np.where(forced, least + spare, spare + (n_open is not None)), out=most)
        free = np.sort(most[~forced])[::-1]
        room = int(most[forced].sum()) + int((free if n_open is None else free[:further]).sum())
        if room < n_vehicles or (least > most).any():
            return False
        if room == n_vehicles and further == 0:
            least[:] = most
        if int((most - least).sum()) == before:
            return True
