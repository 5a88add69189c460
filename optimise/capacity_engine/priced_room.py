"""People and room: prices of room, and the cut behind them.

For shares ``0 <= y_j <= 1`` of the sites, people ``i`` with demand ``d_i`` go where there is room::

    f(y) = min { sum_ij c_ij x_ij : sum_j x_ij = 1,  0 <= x_ij <= y_j,  sum_i d_i x_ij <= k_j y_j }

is what serving them costs at least, for whole ``y`` whether people may be parted or not. Room is bought at
prices ``m_j >= 0``: everybody takes the cheapest of ``c_ij + d_i m_j``, which is one sweep over the pairs,
and the prices follow the loads (spectral projected gradients: Birgin, Martinez and Raydan 2000, *Nonmonotone
spectral projected gradient methods on convex sets*, SIAM Journal on Optimization 10). Whatever the prices
are, ``u_i``, the price of the last site that ``i`` takes of, gives a cut (Fischetti, Ljubic and Sinnl 2016,
*Benders decomposition without separability: a computational study for capacitated facility location
problems*, European Journal of Operational Research 253)::

    f(y) >= sum_i u_i + sum_j v_j(u) y_j
    v_j(u) = min { sum_i (c_ij - u_i) x_i : 0 <= x_i <= 1,  sum_i d_i x_i <= k_j }

where ``v_j`` is a fractional knapsack: the best price of room of each site for these ``u``, also of those
that are closed at ``y``.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.capacity_engine.capacity_kernels import knapsacks
from optimise.compiled import Int32Array, compiled

#: Pairs that are sorted at a time, and that are kept in all; people keep their nearest sites.
_BLOCK, _MOST_PAIRS = 1_000_000, 16_000_000
#: What is missing of being served once by rounding only.
_WHOLE = 1e-12
#: Values that a step may fall behind, the share of what it promises that it must bring, halvings of a step.
_MEMORY, _ENOUGH, _HALVINGS = 8, 1e-4, 10
#: Steps that bring less than this share of the value end the ascent, when so many follow each other.
_LITTLE, _PATIENCE = 1e-9, 6
#: Lengths of steps, and below which change of every price there is none.
_SHORTEST, _LONGEST, _STILL = 1e-12, 1e6, 1e-12


@dataclass(frozen=True, eq=False, slots=True)
class PricedRoom:
    """What everybody pays at the best prices of room that were found at some shares.

    Attributes:
        value: no way of serving everybody at these shares costs less.
        prices: (n_sites,) of a unit of room.
        paid: (n_rows,) ``u_i``.
    """

    value: float
    prices: FloatArray
    paid: FloatArray


@dataclass(frozen=True, eq=False, slots=True)
class RoomRows:
    """Who can go where, the nearest first, and the room there.

    Attributes:
        first: (n_rows + 1,) where the pairs of each row begin.
        sites: (n_pairs,) site of each pair.
        costs: (n_pairs,) weighted cost of each pair, rising in each row.
        by_site: (n_sites, n_rows) all weighted costs; inf where a row cannot be served.
        demand: (n_rows,) room that each row takes.
        room: (n_sites,) room at each site.
    """

    first: IntArray
    sites: Int32Array
    costs: FloatArray
    by_site: FloatArray
    demand: FloatArray
    room: FloatArray

    @classmethod
    def of(cls, costs: FloatArray, demand: FloatArray, room: FloatArray, usable: BoolArray) -> RoomRows:
        """From (n_rows, n_sites) weighted costs, inf where a row cannot go; ``usable`` sites may be open."""
        n_rows, places = len(costs), np.flatnonzero(usable)
        most = max(1, min(len(places), _MOST_PAIRS // max(n_rows, 1)))
        lengths: list[IntArray] = [np.zeros(1, dtype=np.int64)]
        sites: list[Int32Array] = [np.zeros(0, dtype=np.int32)]
        kept: list[FloatArray] = [np.zeros(0)]
        step = max(1, _BLOCK // max(len(places), 1))
        for begin in range(0, n_rows, step):
            block = costs[begin : begin + step][:, places]
            order = np.argsort(block, axis=1, kind="stable")[:, :most]
            ordered = np.take_along_axis(block, order, axis=1)
            used = np.isfinite(ordered)
            lengths.append(used.sum(axis=1))
            sites.append(places[order[used]].astype(np.int32))
            kept.append(ordered[used])
        by_site = np.ascontiguousarray(costs.T)
        by_site[~usable] = np.inf
        first = np.cumsum(np.concatenate(lengths))
        return cls(first, np.concatenate(sites), np.concatenate(kept), by_site, demand, room)

    def priced(
        self, shares: FloatArray, prices: FloatArray, most_steps: int, deadline: float = math.inf
    ) -> PricedRoom:
        """Prices that make ``f`` large at (n_sites,) ``shares``, from these on; the best that were seen.

        ``deadline`` is a time of ``time.monotonic()``: any prices bound, the first that were seen too.
        """
        room = self.room * shares
        now = np.where(shares > 0, prices, 0.0)
        paid, load = np.empty(len(self.demand)), np.empty(len(shares))
        value = self._pays(shares, room, now, paid, load)
        slope = load - room
        best = PricedRoom(value, now, paid.copy())
        length = float(np.abs(now).max(initial=0.0) + 1.0) / max(
            float(np.abs(slope).max(initial=0.0)), 1e-300
        )
        values, idle = [value], 0
        for _ in range(most_steps):
            way = np.maximum(0.0, now + length * slope) - now
            if not np.abs(way).max(initial=0.0) > _STILL or time.monotonic() > deadline:
                break
            rise, step = float(slope @ way), 1.0
            for _ in range(_HALVINGS):
                after = now + step * way
                told = self._pays(shares, room, after, paid, load)
                if told >= min(values[-_MEMORY:]) + _ENOUGH * step * rise:
                    break
                step *= 0.4
            moved, turned = after - now, slope - (load - room)
            curved = float(moved @ turned)
            length = float(moved @ moved) / curved if curved > 0 else 2.0 * length
            length = min(max(length, _SHORTEST), _LONGEST)
            now, slope = after, load - room
            values.append(told)
            idle = idle + 1 if told <= best.value + _LITTLE * abs(best.value) else 0
            if told > best.value:
                best = PricedRoom(told, now, paid.copy())
            if idle >= _PATIENCE:
                break
        return best

    @property
    def reached(self) -> BoolArray:
        """(n_rows,) False for whom no site serves."""
        return np.diff(self.first) > 0

    @property
    def least(self) -> float:
        """What serving everybody costs where every site is open and has room for all."""
        return float(self.costs[self.first[:-1][self.reached]].sum())

    def worth(self, paid: FloatArray) -> FloatArray:
        """(n_sites,) ``v_j`` for these ``u``; 0 for sites that nobody may use."""
        return knapsacks(self.by_site, self.demand, self.room, paid)

    def _pays(
        self, shares: FloatArray, room: FloatArray, prices: FloatArray, paid: FloatArray, load: FloatArray
    ) -> float:
        total = pay(self.first, self.sites, self.costs, self.demand, shares, prices, paid, load)
        return total - float(prices @ room)


@compiled
def pay(
    first: IntArray,
    sites: Int32Array,
    costs: FloatArray,
    demand: FloatArray,
    shares: FloatArray,
    prices: FloatArray,
    paid: FloatArray,
    load: FloatArray,
) -> float:
    """What all pay at these prices of room; fills ``paid`` and ``load``, the room that is taken.

    Whom the listed sites do not serve once pays the price of the last of them for the rest.
    """
    longest = 1
    for row in range(len(demand)):
        longest = max(longest, first[row + 1] - first[row])
    offered, share, place = np.empty(longest), np.empty(longest), np.empty(longest, dtype=np.int64)
    load[:] = 0.0
    total = 0.0
    for row in range(len(demand)):
        count, top = 0, np.inf
        for pair in range(first[row], first[row + 1]):
            if costs[pair] >= top:
                break
            site = sites[pair]
            offer = costs[pair] + demand[row] * prices[site]
            if shares[site] <= 0.0 or offer >= top:
                continue
            at = count
            while at > 0 and offered[at - 1] > offer:
                offered[at], share[at], place[at] = offered[at - 1], share[at - 1], place[at - 1]
                at -= 1
            offered[at], share[at], place[at] = offer, shares[site], site
            count += 1
            served = 0.0
            for at in range(count):
                served += share[at]
                if served >= 1.0 - _WHOLE:
                    count, top = at + 1, offered[at]
                    break
        left, last = 1.0, 0.0
        for at in range(count):
            part = min(share[at], left)
            total += part * offered[at]
            load[place[at]] += part * demand[row]
            left -= part
            last = offered[at]
        if left > _WHOLE and first[row + 1] > first[row]:
            last = max(last, costs[first[row + 1] - 1])
            total += left * last
        paid[row] = last
    return total
