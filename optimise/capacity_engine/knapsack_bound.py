"""The Lagrangian bound of the capacitated p-median with whole knapsacks: that of column generation.

Where everybody goes, whole, to one site, what is left of a site after relaxing "everybody is served once" is
a 0-1 knapsack; its dynamic program (Bellman 1957; pricing of Lorena and Senne 2004, *A column generation
approach to capacitated p-median problems*, Computers and Operations Research 31, and of Ceselli and Righini
2005, *A branch-and-price algorithm for the capacitated p-median problem*, Networks 45) gives the bound of the
set partitioning formulation, which fractional knapsacks miss. Room is counted on a grid: demands and rooms
are rounded down, which only lets more in, so the bound holds; whole numbers up to :data:`_CELLS` are exact.
"""

from __future__ import annotations

import math

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.capacity_engine.capacity_kernels import CLOSED, choose_sites
from optimise.capacity_engine.volume import WEIGHT, climb, gains, moves_on
from optimise.compiled import compiled
from optimise.exact import LIMIT_TOLERANCE

#: Cells of room that the largest site has on the grid.
_CELLS = 1_000


def on_grid(demand: FloatArray, room: FloatArray) -> tuple[IntArray, IntArray]:
    """Demands and rooms in cells, rounded down; any set of people with room has room on the grid."""
    kept = room * (1.0 + LIMIT_TOLERANCE)
    whole = bool((demand == np.floor(demand)).all()) and float(room.max(initial=0.0)) <= _CELLS
    cell = 1.0 if whole else max(float(room.max(initial=0.0)) / _CELLS, 1e-300)
    return np.floor(demand / cell).astype(np.int64), np.floor(kept / cell).astype(np.int64)


@compiled
def _knapsack(
    costs: FloatArray,
    demand: IntArray,
    room: int,
    now: FloatArray,
    table: BoolArray,
    share: FloatArray,
    wanted: bool,
) -> float:
    """The (negative) value of one site's whole knapsack; fills ``share`` where it is ``wanted``."""
    best = np.zeros(room + 1)
    items = np.empty(len(costs), dtype=np.int64)
    value, count = 0.0, 0
    share[:] = 0.0
    for row in range(len(costs)):
        if now[row] > costs[row] and demand[row] <= room:
            if demand[row] == 0:
                value += costs[row] - now[row]
                share[row] = 1.0
            else:
                items[count] = row
                count += 1
    for place in range(count):
        row = items[place]
        gain, size = now[row] - costs[row], demand[row]
        if wanted:
            table[place, :] = False
        for left in range(room, size - 1, -1):
            if best[left - size] + gain > best[left]:
                best[left] = best[left - size] + gain
                if wanted:
                    table[place, left] = True
    if wanted:
        left = room
        for place in range(count - 1, -1, -1):
            if table[place, left]:
                share[items[place]] = 1.0
                left -= demand[items[place]]
    return float(value - best[room])


def whole_bound(
    costs: FloatArray,
    demand: IntArray,
    room: IntArray,
    n_open: int,
    status: IntArray,
    target: float,
    multipliers: FloatArray,
    values: FloatArray,
    mean_choice: FloatArray,
    n_steps: int,
    deadline: float = math.inf,
) -> float:
    """The largest bound that ``n_steps`` of the volume algorithm give, as ``capacity_bound`` does."""

    def steps(number: int, now: FloatArray, direction: FloatArray, pace: FloatArray) -> bool:
        return _whole_steps(
            costs, demand, room, n_open, status, target, multipliers, values, mean_choice, number,
            now, direction, pace,
        )  # fmt: skip

    return climb(steps, multipliers, n_steps, deadline)


@compiled
def _whole_steps(
    costs: FloatArray,
    demand: IntArray,
    room: IntArray,
    n_open: int,
    status: IntArray,
    target: float,
    multipliers: FloatArray,
    values: FloatArray,
    mean_choice: FloatArray,
    n_steps: int,
    now: FloatArray,
    direction: FloatArray,
    pace: FloatArray,
) -> bool:
    """Some steps of :func:`whole_bound`; False where no further one is worth while."""
    n_sites, n_rows = costs.shape
    share, slack = np.empty(n_rows), np.empty(n_rows)
    table = np.zeros((n_rows, room.max() + 1), dtype=np.bool_)
    value_of, chosen = np.zeros(n_sites), np.zeros(n_sites, dtype=np.bool_)
    for _ in range(n_steps):
        for site in range(n_sites):
            if status[site] != CLOSED:
                value_of[site] = _knapsack(costs[site], demand, room[site], now, table, share, False)
        bound = now.sum() + choose_sites(value_of, status, n_open, chosen)
        slack[:] = 1.0
        for site in range(n_sites):
            mean_choice[site] += pace[WEIGHT] * ((1.0 if chosen[site] else 0.0) - mean_choice[site])
            if chosen[site]:
                _knapsack(costs[site], demand, room[site], now, table, share, True)
                slack -= share
        if gains(bound, slack, direction, target, pace):
            multipliers[:] = now
            values[:] = value_of
        if not moves_on(multipliers, direction, target, pace, now):
            return False
    return True


@compiled
def with_each_row(
    costs: FloatArray, demand: IntArray, room: IntArray, status: IntArray, multipliers: FloatArray
) -> FloatArray:
    """(n_sites, n_rows) value of each site's whole knapsack with this row in it; inf where it has no room.

    One table of the rows before and one of the rows after each give all of them.
    """
    n_sites, n_rows = costs.shape
    told = np.full((n_sites, n_rows), np.inf)
    for site in range(n_sites):
        if status[site] == CLOSED:
            continue
        size = room[site]
        before, after = np.zeros((n_rows + 1, size + 1)), np.zeros((n_rows + 1, size + 1))
        for row in range(n_rows):
            gain = max(multipliers[row] - costs[site, row], 0.0)
            for left in range(size + 1):
                before[row + 1, left] = before[row, left]
                if gain > 0.0 and left >= demand[row]:
                    before[row + 1, left] = max(before[row, left], before[row, left - demand[row]] + gain)
        for row in range(n_rows - 1, -1, -1):
            gain = max(multipliers[row] - costs[site, row], 0.0)
            for left in range(size + 1):
                after[row, left] = after[row + 1, left]
                if gain > 0.0 and left >= demand[row]:
                    after[row, left] = max(after[row + 1, left], after[row + 1, left - demand[row]] + gain)
        for row in range(n_rows):
            if demand[row] > size or costs[site, row] == np.inf:
                continue
            free, beside = size - demand[row], 0.0
            for left in range(free + 1):
                beside = max(beside, before[row, left] + after[row + 1, free - left])
            told[site, row] = costs[site, row] - multipliers[row] - beside
    return told
