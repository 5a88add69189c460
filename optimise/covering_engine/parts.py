"""Maximal covering bounded by parts of the people, each with sites of its own.

The Lagrangian of :mod:`optimise.covering_engine.gain_kernels` shares out the worth of each row among the
sites that cover it, and half a site here and half a site there then cover as much as two whole ones. Here the
rows fall into parts that few sites cover; each part chooses whole sites for itself, and multipliers make the
parts agree (Senne, Pereira and Lorena 2010, *A decomposition heuristic for the maximal covering location
problem*, Advances in Operations Research)::

    sum_parts max_S (covered_part(S) - prices_part(S)) + the n_open largest sums of prices

bounds every answer whatever the prices are, for what a part chooses is found by search and not by a program.
The prices begin where the Lagrangian ended, which is the bound of the linear program, and go on by the volume
algorithm. A site is closed where opening it, in the parts and in the sum, leaves no room for a better answer,
and opened likewise; parts grow together as sites are decided, which only lowers the bound. What is left is
branched on.
"""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from optimise.algebra import summed
from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.compiled import Int32Array
from optimise.covering_engine.bitsets import group_equal, packed
from optimise.covering_engine.gain_kernels import CLOSED, FREE, OPEN, gain_bound, interchange
from optimise.covering_engine.gains import Gains
from optimise.covering_engine.part_kernels import best_choice
from optimise.covering_engine.reductions import lists_of

#: Sites that cover a part, at first and by how much more after each round; sets that a part may look at.
_SITES, _MORE, _MOST_SETS = 60.0, 1.25, 20_000
#: Pairs of a row and a site in the core from which parts pay; nodes until the rest is left to a program.
PAYS_AT_PAIRS, _MOST_NODES = 30_000, 2_000
#: Steps of the Lagrangian that the prices begin with, of the prices at a new set of parts, and at a node.
_FIRST_STEPS, _ROOT_STEPS, _STEPS = 1_500, 400, 40
#: The first step, when it is shortened, by how much, and when it is too short.
_LENGTH, _IDLE, _SHORTER, _SHORTEST = 0.02, 15, 0.66, 2e-4
#: Every so many nodes a choice is tried; parts are made anew when so much of their sites is left.
_TRY_EVERY, _SHRUNK = 10, 0.7
#: Rounding of the sums of a bound, as a share of it.
_ROUNDING = 1e-11


@dataclass(frozen=True, eq=False, slots=True)
class _Part:
    """Rows of one part, equal ones merged, and the columns that cover any of them."""

    columns: IntArray
    near: BoolArray
    first: FloatArray
    by_row: tuple[IntArray, Int32Array]
    by_column: tuple[IntArray, Int32Array]

    @classmethod
    def of(cls, near: BoolArray, first: FloatArray) -> _Part:
        """The part of these rows, each of which a column covers."""
        columns = np.flatnonzero(near.any(axis=0))
        row_of, firsts = group_equal(packed(near[:, columns]))
        own = near[np.ix_(firsts, columns)]
        return cls(columns, own, summed(row_of, first, len(firsts)), lists_of(own), lists_of(own.T))

    def best(
        self, first: FloatArray, prices: FloatArray, allowed: BoolArray, floor: float, chosen: BoolArray,
        forced: int = -1,
    ) -> float | None:  # fmt: skip
        """What :func:`best_choice` finds; None where it gives up."""
        lists = (*self.by_row, *self.by_column)
        worth, sets = best_choice(*lists, first, prices, allowed, forced, floor, _MOST_SETS, chosen)
        return worth if sets <= _MOST_SETS else None


@dataclass(frozen=True, eq=False, slots=True)
class _Node:
    """Columns as decided so far, the parts, and the best bound with its prices.

    Attributes:
        status: (n_columns,) FREE, OPEN or CLOSED.
        labels: (n_rows,) the part of each row; -1 for rows that are settled.
        parts: those who choose for themselves.
        prices: (n_parts, n_columns) prices of the bound.
        choice: (n_parts, n_columns) what each part chooses at these prices.
        values: (n_parts,) what that is worth.
        mean_choice: (n_columns,) how often each column was chosen, of late.
        told: the bound of these prices; inf where the parts took too long to choose.
        bound: no answer under this node is worth more.
    """

    status: IntArray
    labels: IntArray
    parts: list[_Part]
    prices: FloatArray
    choice: BoolArray
    values: FloatArray
    mean_choice: FloatArray
    told: float
    bound: float


class PartedSearch:
    """The search of one core without backup coverage.

    Args:
        gains: what is undecided; some sites are left to open, and more than that to choose among.
        threshold: what no better answer is above, asked anew at each node.
        offer: takes a choice of columns as an answer.
        stop: whether to end; its argument bounds all that is open.
        deadline: ``time.monotonic()`` at which to end.

    Attributes:
        nodes: how often the parts were asked for a bound.
    """

    def __init__(
        self,
        gains: Gains,
        threshold: Callable[[], float],
        offer: Callable[[BoolArray], None],
        stop: Callable[[float], bool],
        deadline: float,
    ) -> None:
        self.gains, self.threshold, self.offer, self.stop = gains, threshold, offer, stop
        self.deadline = deadline
        self.lists = gains.lists
        self.sites = _SITES
        self.nodes = 0

    def run(self) -> tuple[float, bool]:
        """The bound of all answers but those offered, and whether nothing is left open."""
        root = self._root()
        if root.told == math.inf:
            return math.inf, False
        waiting = [(-root.bound, 0, root)]
        count, pruned = 0, -math.inf
        while waiting:
            top = max(-waiting[0][0], pruned)
            if -waiting[0][0] <= self.threshold():
                return top, True
            if self._late() or self.nodes >= _MOST_NODES or self.stop(top):
                return top, False
            node = heapq.heappop(waiting)[2]
            for child in self._children(node, tried=count % _TRY_EVERY == 0):
                count += 1
                if child.bound > self.threshold():
                    heapq.heappush(waiting, (-child.bound, count, child))
                else:
                    pruned = max(pruned, child.bound)
        return max(pruned, self.threshold()), True

    def _late(self) -> bool:
        return time.monotonic() > self.deadline

    def _root(self) -> _Node:
        """Parts that grow together as long as that decides sites, or brings the bound down."""
        gains, n_columns = self.gains, len(self.gains.columns)
        status = np.zeros(n_columns, dtype=np.int64)
        multipliers = 0.5 * gains.first
        gain_bound(
            *self.lists[:2], gains.first, gains.second, gains.n_open, status,
            self.threshold() - gains.constant, multipliers, np.zeros(n_columns), np.full(n_columns, 0.5),
            _FIRST_STEPS,
        )  # fmt: skip
        atoms = _atoms(gains.near, gains.first)
        each = np.zeros((int(atoms.max()) + 1, n_columns))
        np.add.at(each, atoms, multipliers[:, None] * gains.near)
        nothing = np.zeros(each.shape, dtype=bool)
        start = _Node(
            status, atoms, [], each, nothing, each[:, 0], np.full(n_columns, 0.5), math.inf, math.inf
        )
        node = self._bounded(self._grown(start, status), _ROOT_STEPS)
        while node.told < math.inf and node.bound > self.threshold():
            if self._late() or self.stop(node.bound):
                break
            status = self._decided(node)
            if (status != FREE).all() or len(node.parts) == 1:
                break
            self.sites *= _MORE
            further = self._bounded(self._grown(node, status), _ROOT_STEPS // 2)
            if further.told == math.inf:
                self.sites /= _MORE
                break
            node = further
        return node

    def _grown(self, node: _Node, status: IntArray) -> _Node:
        """The node with these columns decided, and parts merged as far as they may be."""
        gains, free = self.gains, status == FREE
        live = ~gains.near[:, status == OPEN].any(axis=1) & gains.near[:, free].any(axis=1)
        labels = _merged(np.where(live, node.labels, -1), gains.near & free, self.sites)
        number = int(labels.max(initial=-1)) + 1
        into = np.zeros((number, len(node.prices)))
        into[labels[live], node.labels[live]] = 1.0
        near, own = gains.near & free, [labels == part for part in range(number)]
        return replace(
            node,
            status=status,
            labels=labels,
            parts=[_Part.of(near[rows], gains.first[rows]) for rows in own],
            prices=into @ node.prices * free,
            choice=np.zeros((number, len(free)), dtype=bool),
            values=np.zeros(number),
        )

    def _firsts(self, node: _Node) -> list[FloatArray]:
        """What each row of each part is worth, 0 where an open column covers it."""
        opened = node.status == OPEN
        return [
            np.where(part.near[:, opened[part.columns]].any(axis=1), 0.0, part.first) for part in node.parts
        ]

    def _left(self, status: IntArray) -> int:
        return self.gains.n_open - int((status == OPEN).sum())

    def _bounded(self, node: _Node, steps: int) -> _Node:
        """The volume algorithm from the prices of the node; its bound stays where parts take too long."""
        self.nodes += 1
        gains, status, target = self.gains, node.status, self.threshold()
        free, left, firsts = status == FREE, self._left(status), self._firsts(node)
        sure = float(gains.first[gains.near[:, status == OPEN].any(axis=1)].sum()) + gains.constant
        touched = np.zeros(node.prices.shape, dtype=bool)
        for number, part in enumerate(node.parts):
            touched[number, part.columns] = free[part.columns]
        now = node.prices * touched
        best = replace(node, prices=now, told=math.inf)
        choice, values = node.choice & touched, np.zeros(len(node.parts))
        mean_choice, direction = node.mean_choice.copy(), np.zeros(touched.shape)
        length, stalled = _LENGTH, 0
        for step in range(steps):
            if not self._choose(node.parts, firsts, now, free, choice, values):
                break
            scores = now.sum(axis=0)
            opened = _largest(scores, free, left)
            value = sure + float(values.sum() + scores[opened].sum())
            value += _ROUNDING * abs(value)
            share = 1.0 if step == 0 else 0.1 if length > 0.2 else 0.03
            slack = (opened & touched).astype(np.float64) - choice
            direction += share * (slack - direction)
            mean_choice += min(share, 0.1) * (opened - mean_choice)
            if value < best.told:
                if value < best.told - 1e-3 * length * (best.told - target):
                    stalled = 0
                    if (direction * slack).sum() > 0.0:
                        length = min(1.8, 1.1 * length)
                best = replace(best, prices=now, choice=choice.copy(), values=values.copy(), told=value)
            stalled += 1
            if stalled >= _IDLE:
                length, stalled = _SHORTER * length, 0
            norm = float((direction[(best.prices > 0.0) | (direction < 0.0)] ** 2).sum())
            if best.told <= target or length < _SHORTEST or norm == 0.0 or self._late():
                break
            now = np.maximum(best.prices - length * (best.told - target) / norm * direction, 0.0)
        return replace(best, mean_choice=mean_choice, bound=min(node.bound, best.told))

    def _choose(
        self, parts: list[_Part], firsts: list[FloatArray], prices: FloatArray, free: BoolArray,
        choice: BoolArray, values: FloatArray,
    ) -> bool:  # fmt: skip
        """Each part's best sites and their worth, written in place; False where one takes too long."""
        for number, part in enumerate(parts):
            own, chosen = prices[number, part.columns], choice[number, part.columns]
            floor = float(firsts[number][part.near[:, chosen].any(axis=1)].sum() - own[chosen].sum())
            worth = part.best(firsts[number], own, free[part.columns], floor, chosen)
            if worth is None:
                return False
            values[number], choice[number, part.columns] = worth, chosen
        return True

    def _decided(self, node: _Node) -> IntArray:
        """(n_columns,) what every better answer opens and closes."""
        status, free, left = node.status.copy(), node.status == FREE, self._left(node.status)
        if left <= 0 or free.sum() <= left:
            status[free] = CLOSED if left <= 0 else OPEN
            return status
        if node.told == math.inf:
            return status
        scores, firsts = node.prices.sum(axis=0), self._firsts(node)
        opened = _largest(scores, free, left)
        worst_in, best_out = scores[opened].min(), scores[free & ~opened].max()
        for column in np.flatnonzero(free).tolist():
            if self._late():
                break
            changed = scores[column] - best_out if opened[column] else worst_in - scores[column]
            room = node.told - self.threshold() - changed
            if room <= 0.0 or self._no_room(node, firsts, column, bool(opened[column]), room):
                status[column] = OPEN if opened[column] else CLOSED
        return status

    def _no_room(
        self, node: _Node, firsts: list[FloatArray], column: int, is_open: bool, room: float
    ) -> bool:
        """Whether the parts lose ``room`` or more where the column has its other state in them."""
        for number, part in enumerate(node.parts):
            place = int(np.searchsorted(part.columns, column))
            inside = place < len(part.columns) and part.columns[place] == column
            if not inside or node.choice[number, column] != is_open:
                continue
            allowed = node.status[part.columns] == FREE
            allowed[place] = False
            own, floor = node.prices[number, part.columns], node.values[number] - room
            forced = -1 if is_open else place
            worth = part.best(firsts[number], own, allowed, floor, np.zeros(len(allowed), dtype=bool), forced)
            if worth is not None:
                if worth <= floor:
                    return True
                room -= node.values[number] - worth
        return False

    def _children(self, node: _Node, *, tried: bool) -> list[_Node]:
        """The node's two halves."""
        status = self._decided(node)
        free, left = np.flatnonzero(status == FREE), self._left(status)
        if left < 0:
            return []
        if left == 0 or len(free) <= left or tried:
            chosen = status == OPEN
            chosen[free[np.argsort(-node.mean_choice[free], kind="stable")[:left]]] = True
            gains = self.gains
            interchange(*self.lists, gains.first, gains.second, gains.n_open, chosen)
            self.offer(chosen)
        if left == 0 or len(free) <= left:
            return []
        held = np.zeros(len(status), dtype=bool)
        for part in node.parts:
            held[part.columns] = True
        if len(free) < _SHRUNK * held.sum():
            node = self._grown(node, status)
        wavering = free[np.argmin(np.abs(node.mean_choice[free] - 0.5))]
        children = []
        for state in (OPEN, CLOSED):
            own = status.copy()
            own[wavering] = state
            children.append(self._bounded(replace(node, status=own), _STEPS))
        return children


def _largest(scores: FloatArray, free: BoolArray, number: int) -> BoolArray:
    """The free columns with the largest scores, at most so many, as a mask."""
    chosen = np.zeros(len(scores), dtype=bool)
    order = np.argsort(np.where(free, -scores, np.inf), kind="stable")
    chosen[order[: max(0, min(number, int(free.sum())))]] = True
    return chosen


def _atoms(near: BoolArray, first: FloatArray) -> IntArray:
    """(n_rows,) a label for each row: the one of its columns that is most like the others."""
    member = near.astype(np.float32)
    shared = (member * first[:, None].astype(np.float32)).T @ member
    sizes = np.diag(shared)
    likeness = shared / np.maximum(sizes[:, None] + sizes[None, :] - shared, 1e-300)
    return np.asarray(np.where(near, member @ likeness, -1.0).argmax(axis=1))


def _merged(labels: IntArray, near: BoolArray, most: float) -> IntArray:
    """Labels from 0 on, of sets of rows that were merged while no more than ``most`` columns cover any.

    Sets with the most columns in common, as a share of the columns of both, are merged first; rows labelled
    -1 stay out.
    """
    known, inverse = np.unique(labels[labels >= 0], return_inverse=True)
    member = np.zeros((len(known), near.shape[1]))
    np.maximum.at(member, inverse, near[labels >= 0].astype(np.float64))
    into = np.arange(len(known))
    alive = np.ones(len(known), dtype=bool)

    def alike(own: FloatArray) -> FloatArray:
        both = own @ member.T
        union = own.sum(axis=-1, keepdims=True) + member.sum(axis=1) - both
        return np.where(union <= most, both / np.maximum(union, 1.0), -1.0)

    score = alike(member)
    np.fill_diagonal(score, -1.0)
    while score.size and score.max() >= 0.0:
        one, other = np.unravel_index(int(score.argmax()), score.shape)
        member[one] = np.maximum(member[one], member[other])
        into[into == other] = one
        alive[other] = False
        score[other], score[:, other] = -1.0, -1.0
        row = np.where(alive, alike(member[one]), -1.0)
        row[one] = -1.0
        score[one], score[:, one] = row, row
    result = np.full(len(labels), -1)
    result[labels >= 0] = np.unique(into, return_inverse=True)[1][inverse]
    return result
