"""The least Gini coefficient: branch and bound over sites, bounded by who lives within how many minutes.

With ``F(x)`` the share of people within ``x`` minutes of an open site, both halves of the ratio are integrals
(Dorfman 1979, *A formula for the Gini coefficient*, The Review of Economics and Statistics 61)::

    D / 2 = int F (1 - F) dx,    mean = int (1 - F) dx
    D / 2 - g mean = int (1 - F)(F - g) dx

so a ratio below ``g`` needs a negative integral (Dinkelbach 1967, *On nonlinear fractional programming*,
Management Science 13). The integrand is concave in ``F``, so it lies above its chord between the least share
that a node's open sites reach and the most that ``r`` further ones can: those reached now and the ``r``
largest gains. On the chord the integral is a sum over sites, because ``r`` sites reach at most the sum of
what each of them gains, and at least its mean (Nemhauser, Wolsey and Fisher 1978, *An analysis of
approximations for maximizing submodular set functions*, Mathematical Programming 14). All integrals are exact
within strips of minutes; only the ends of the chords are those of a strip.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from optimise.arrays import FloatArray, IntArray
from optimise.compiled import compiled

#: Strips of minutes.
_STRIPS = 1024
#: Nodes that are kept open at most.
_MOST_NODES = 2_000_000
#: Rounding error of an integral, as a share of all minutes.
_ROUNDING = 1e-11


@dataclass(order=True, slots=True)
class _Node:
    """Sites opened so far, and those that no later node of the same parent opens."""

    bound: float
    number: int
    opened: tuple[int, ...] = field(compare=False)
    left: IntArray = field(compare=False)


class GiniTree:
    """One search.

    Args:
        minutes: (n_people, n_free) to the free sites; inf where there is no way.
        base: (n_people,) to the nearest site that is open in every answer; inf for none.
        weights: (n_people,) all positive.
        to_open: how many of the free sites are open in an answer; every answer reaches all people.
        below: what a better answer is below, asked anew at each node.
        offer: takes free sites as an answer.
        deadline: of ``time.monotonic()``.
    """

    def __init__(
        self,
        minutes: FloatArray,
        base: FloatArray,
        weights: FloatArray,
        to_open: int,
        below: Callable[[], float],
        offer: Callable[[list[int]], None],
        deadline: float,
    ) -> None:
        self.minutes, self.shares, self.to_open = minutes, weights / weights.sum(), to_open
        self.below, self.offer, self.deadline = below, offer, deadline
        reached = np.concatenate([minutes[np.isfinite(minutes)], base[np.isfinite(base)]])
        self.longest = float(reached.max(initial=0.0))
        # Whom nothing reaches yet is within the longest way of all in every answer.
        self.base = np.minimum(base, self.longest)
        self.width = self.longest * (1.0 + 1e-12) / _STRIPS
        self.nodes = 0

    def run(self) -> float:
        """No answer has a lower ratio, nor one below what was asked for when it is not below that."""
        if not (self.longest > 0.0 and 0 < self.to_open <= self.minutes.shape[1]):
            return 0.0
        waiting = [_Node(0.0, 0, (), np.arange(self.minutes.shape[1]))]
        while waiting:
            if waiting[0].bound >= self.below():
                break
            if time.monotonic() > self.deadline or len(waiting) > _MOST_NODES:
                return waiting[0].bound
            for child in self._children(heapq.heappop(waiting)):
                heapq.heappush(waiting, child)
        return self.below()

    def _children(self, node: _Node) -> list[_Node]:
        """The node's sites, each with those after it; without those that hold nothing better."""
        missing = self.to_open - len(node.opened)
        goal = self.below()
        worth, constant, least_mean = self._bounds(node, missing, goal)
        order = np.argsort(worth, kind="stable")
        sites, worth = node.left[order], worth[order]
        # The best that goes with each: the next ones in this order.
        sums = np.concatenate([[0.0], np.cumsum(worth)])
        places = np.arange(len(sites) - missing + 1)
        found = constant + sums[places + missing] - sums[places]
        children = []
        for place, value in zip(places.tolist(), found.tolist(), strict=True):
            if value >= 0.0 and least_mean > 0.0:
                break
            opened = (*node.opened, int(sites[place]))
            if missing == 1:
                self.offer([*opened])
                continue
            bound = max(node.bound, goal + value / least_mean if least_mean > 0.0 else 0.0)
            self.nodes += 1
            children.append(_Node(bound, self.nodes, opened, sites[place + 1 :]))
        return children

    def _bounds(self, node: _Node, missing: int, ratio: float) -> tuple[FloatArray, float, float]:
        """(n_left,) what each site adds to the integral at least, the rest of it, and the least mean."""
        near = self.base
        if node.opened:
            near = np.minimum(near, self.minutes[:, list(node.opened)].min(axis=1))
        reached, within = np.zeros(_STRIPS), np.zeros(_STRIPS)
        gained, added = np.zeros((len(node.left), _STRIPS)), np.zeros((len(node.left), _STRIPS))
        strips(self.minutes, near, self.shares, node.left, self.width, reached, within, gained, added)
        low = np.concatenate([[0.0], reached[:-1]])
        few = min(missing, len(node.left))
        most = np.partition(gained, len(node.left) - few, axis=0)[len(node.left) - few :].sum(axis=0)
        high = np.minimum(1.0, reached + most)
        slopes = 1.0 + ratio - (high + low)
        constant = float((self.width * ((1.0 - low) * (low - ratio) - slopes * low)).sum() + slopes @ within)
        worth = added @ np.where(slopes > 0.0, slopes / missing, slopes)
        shorter = np.sort(added.sum(axis=1))[::-1][:few].sum()
        mean = self.longest - float(within.sum()) - float(shorter)
        slack = _ROUNDING * self.longest
        return worth, constant - slack, mean - slack


@compiled
def strips(
    minutes: FloatArray,
    near: FloatArray,
    shares: FloatArray,
    sites: IntArray,
    width: float,
    reached: FloatArray,
    within: FloatArray,
    gained: FloatArray,
    added: FloatArray,
) -> None:
    """Who is within how many minutes, strip by strip of this ``width``.

    Args:
        minutes: (n_people, n_free).
        near: (n_people,) minutes now, finite.
        shares: (n_people,) of all people.
        sites: (n_left,) columns that are asked.
        width: of a strip.
        reached: (n_strips,) filled: the share that is within the end of a strip now.
        within: (n_strips,) filled: the integral of the share over a strip.
        gained: (n_left, n_strips) filled: what a site adds to ``reached``.
        added: (n_left, n_strips) filled: what a site adds to ``within``.
    """
    count, last = len(sites), len(reached) - 1
    for row in range(len(near)):
        until = min(int(near[row] / width), last)
        reached[until] += shares[row]
        within[until] += shares[row] * ((until + 1) * width - near[row])
        for place in range(count):
            own = minutes[row, sites[place]]
            if own < near[row]:
                strip = min(int(own / width), last)
                gained[place, strip] += shares[row]
                gained[place, until] -= shares[row]
                added[place, strip] += shares[row] * ((strip + 1) * width - own)
                added[place, until] -= shares[row] * ((until + 1) * width - near[row])
    total = 0.0
    for strip in range(last + 1):
        within[strip] += total * width
        total += reached[strip]
        reached[strip] = total
    for place in range(count):
        total = 0.0
        for strip in range(last + 1):
            added[place, strip] += total * width
            total += gained[place, strip]
            gained[place, strip] = total
