"""Units of a whole size site by site: exact where few demands choose among few sites.

A dynamic program over the sites. Between two of them stands which demands that may go on are served
already; of equal ones only the cheapest way there is kept. A site takes any of those that are left to it,
and all whose last site it is. That is variable elimination (Bertelè and Brioschi 1972, *Nonserial Dynamic
Programming*): the work grows with two to the number of demands that are open between sites.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray

#: So many ways from one site to the next are counted at most; more is left to a solver.
MOST_WAYS = 2**23
_AT_ONCE = 2**19
#: Demands that can choose are bits of one number.
_MOST_ROWS = 62


@dataclass(frozen=True, eq=False)
class Turns:
    """Demands and sites as they are decided one site after the other.

    Attributes:
        travel: (n, m) price of serving each demand there; inf = not allowed.
        load: (n,) load of each demand.
        prices: for each site the most that it carries and what that costs, both ascending.
        closed: (m,) price of a site where nobody goes; inf = it must be open.
    """

    travel: FloatArray
    load: FloatArray
    prices: list[tuple[FloatArray, FloatArray]]
    closed: FloatArray

    def cost(self, site: int, load: FloatArray) -> FloatArray:
        """Price of an open site for each load; inf for what it cannot carry."""
        carries, price = self.prices[site]
        found: FloatArray = np.append(price, np.inf)[np.searchsorted(carries, load, side="left")]
        return found


def order_of_sites(travel: FloatArray) -> tuple[list[int], int] | None:
    """Sites in the order in which they are decided, and an upper bound of the ways that are counted.

    Returns:
        None where demands cannot be bits of one number, or more than :data:`MOST_WAYS` may be counted.
    """
    may = np.isfinite(travel)
    may = may[may.sum(axis=1) > 1]
    if len(may) > _MOST_ROWS:
        return None
    chosen, others = np.flatnonzero(may.any(axis=0)), np.flatnonzero(~may.any(axis=0))
    found = min(
        (_from(may[:, chosen], first) for first in range(len(chosen))),
        key=lambda one: one[1],
        default=([], 0),
    )
    return ([*others.tolist(), *chosen[found[0]].tolist()], found[1]) if found[1] <= MOST_WAYS else None


def _from(may: BoolArray, first: int) -> tuple[list[int], int]:
    """An order that begins somewhere and goes on where the fewest demands then stay open."""
    left, order, ways = set(range(may.shape[1])), list[int](), 0
    begun = np.zeros(len(may), dtype=bool)
    after = may.sum(axis=1)
    site = first
    while left:
        open_before = begun & (after > 0)
        after = after - may[:, site]
        begun = begun | may[:, site]
        ways += 2 ** int(open_before.sum()) * 2 ** int((may[:, site] & (after > 0)).sum())
        order.append(site)
        left.remove(site)
        site = min(
            left,
            key=lambda one: (int(((begun | may[:, one]) & (after - may[:, one] > 0)).sum()), one),
            default=-1,
        )
    return order, ways


def in_turn(turns: Turns, order: list[int]) -> IntArray | None:
    """(n,) the site of each demand in the cheapest answer; None where there is none."""
    n = len(turns.load)
    may = np.isfinite(turns.travel)
    if not may.any(axis=1).all():
        return None
    choose = np.flatnonzero(may.sum(axis=1) > 1)
    goes = np.where(may.any(axis=1), may.argmax(axis=1), -1).astype(np.int64)
    fixed = np.ones(n, dtype=bool)
    fixed[choose] = False
    left = may[choose].sum(axis=1)
    served, cost = np.zeros(1, dtype=np.int64), np.zeros(1)
    steps: list[tuple[IntArray, IntArray]] = []
    for site in order:
        own = np.flatnonzero(fixed & may[:, site])
        here = np.flatnonzero(may[choose, site])
        left[here] -= 1
        free, last = here[left[here] > 0], here[left[here] == 0]
        still = _bits(np.flatnonzero(left > 0))
        kept: list[tuple[IntArray, FloatArray, IntArray, IntArray]] = []
        step = _Step(turns, site, choose, own, free, last)
        for states, takes, price in step.ways(served):
            whole = cost[states] + price
            after = (served[states] | takes) & still
            best = _cheapest(after, whole)
            kept.append((after[best], whole[best], states[best], takes[best]))
        after, whole, states, takes = (np.concatenate(part) for part in zip(*kept, strict=True))
        best = _cheapest(after, whole)
        served, cost = after[best], whole[best]
        steps.append((states[best], takes[best]))
        if not len(served):
            return None
    at = 0
    for site, (states, takes) in zip(reversed(order), reversed(steps), strict=True):
        taken = int(takes[at])
        for row in range(len(choose)):
            if taken >> row & 1:
                goes[choose[row]] = site
        at = int(states[at])
    return goes


@dataclass(frozen=True, eq=False)
class _Step:
    """One site: who can only go there, who is free to, and for whom it is the last."""

    turns: Turns
    site: int
    choose: IntArray
    own: IntArray
    free: IntArray
    last: IntArray

    def ways(self, served: IntArray) -> Iterator[tuple[IntArray, IntArray, FloatArray]]:
        """States, the bits of those whom the site takes from there, and what that costs; some at a time."""
        turns, site = self.turns, self.site
        base_load = float(turns.load[self.own].sum())
        base_cost = float(turns.travel[self.own, site].sum())
        subsets, sub_load, sub_cost = self._sums(self.free)
        forced, forced_load, forced_cost = self._sums(self.last)
        all_last = _bits(self.last)
        at_forced = np.argsort(forced)
        for first in range(0, len(served), max(1, _AT_ONCE // len(subsets))):
            some = served[first : first + max(1, _AT_ONCE // len(subsets))]
            state, subset = np.nonzero((some[:, None] & subsets[None, :]) == 0)
            must = at_forced[np.searchsorted(forced[at_forced], all_last & ~some)][state]
            load = base_load + sub_load[subset] + forced_load[must]
            takes = subsets[subset] | forced[must]
            price = turns.cost(site, load)
            if not len(self.own):
                price = np.where(takes == 0, np.minimum(price, turns.closed[site]), price)
            price = price + base_cost + sub_cost[subset] + forced_cost[must]
            can = np.flatnonzero(np.isfinite(price))
            yield first + state[can], takes[can], price[can]

    def _sums(self, rows: IntArray) -> tuple[IntArray, FloatArray, FloatArray]:
        """Bits, load and price of every subset of some demands."""
        bits, load, cost = np.zeros(1, dtype=np.int64), np.zeros(1), np.zeros(1)
        for row in rows.tolist():
            demand = self.choose[row]
            bits = np.concatenate([bits, bits | (1 << row)])
            load = np.concatenate([load, load + self.turns.load[demand]])
            cost = np.concatenate([cost, cost + self.turns.travel[demand, self.site]])
        return bits, load, cost


def _bits(rows: IntArray) -> int:
    return sum(1 << row for row in rows.tolist())


def _cheapest(keys: IntArray, cost: FloatArray) -> IntArray:
    """Position of the cheapest of each key, the first of equal ones."""
    order = np.lexsort((cost, keys))
    first = np.ones(len(order), dtype=bool)
    first[1:] = keys[order[1:]] != keys[order[:-1]]
    return order[first]
