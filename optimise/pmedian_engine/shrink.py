"""Make the problem smaller with a bound and a threshold, losing no solution below the threshold.

From multipliers with bound L and reduced site costs rho, each of these leaves only what may be part of a
solution cheaper than the threshold:

* sites: opening (closing) them would carry L to the threshold;
* service: a row served by its k-th site has all nearer sites closed. That closes chosen sites, opens the
  k-th and pays ``max(0, c - u)``; where this carries L to the threshold, the entry is dropped, and where
  the closing and paying alone do so, the row ends there (truncated service radius).

Rows that then list the same sites in the same order are merged: they are served by the same site in every
solution, so their costs add up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.compiled import Int8Array, Int32Array, compiled
from optimise.pmedian_engine.bounds import CLOSED, FREE, HUGE, OPEN, decide, pick, savings
from optimise.pmedian_engine.core import Core


@dataclass(frozen=True, eq=False, slots=True)
class Reduced:
    """A smaller core and multipliers that fit it.

    Attributes:
        core: the smaller core.
        multipliers: (n_rows,) taken over from the larger core.
        closed: True when no solution below the threshold is left.
    """

    core: Core
    multipliers: FloatArray
    closed: bool


def reduce_core(core: Core, multipliers: FloatArray, status: Int8Array, threshold: float) -> Reduced:
    """Cut away what no solution cheaper than ``threshold`` (constant included) uses.

    ``status`` may bring decisions from outside (a branch); it is completed in place.
    """
    if core.constant >= threshold:
        return Reduced(core, multipliers, closed=True)
    rho, keys = np.empty(core.n_sites), np.empty(core.n_sites)
    chosen = np.empty(core.n_sites, dtype=np.bool_)
    stops = np.empty(core.n_rows, dtype=np.int64)
    target = threshold - core.constant
    total = savings(core.indptr, core.sites, core.costs, multipliers, stops, rho)
    decided = 1
    while decided:
        opened, last, following = pick(rho, status, core.budget, chosen, keys)
        if opened >= HUGE or total + opened >= target:
            return Reduced(core, multipliers, closed=True)
        decided = decide(rho, status, chosen, total + opened, last, following, target)
    bound = total + opened
    spare = np.sort(rho[(status == FREE) & ~chosen])
    kept, caps, bases = _keep(
        core.indptr,
        core.sites,
        core.costs,
        core.caps,
        multipliers,
        status,
        chosen,
        rho,
        spare,
        last,
        target - bound,
        target,
    )
    smaller, taken_over = _rebuild(core, multipliers, status, kept, caps, bases)
    return Reduced(smaller, taken_over, closed=smaller.constant >= threshold)


@compiled
def _keep(
    indptr: IntArray,
    sites: Int32Array,
    costs: FloatArray,
    caps: FloatArray,
    multipliers: FloatArray,
    status: Int8Array,
    chosen: BoolArray,
    rho: FloatArray,
    spare: FloatArray,
    last: float,
    room: float,
    target: float,
) -> tuple[BoolArray, FloatArray, FloatArray]:
    """Which entries stay, the new cap of each row, and the cost that each row has at least.

    A row that ends because being served farther away would reach the threshold gets the cap ``target``, the
    threshold itself: then every choice that costs less than the threshold here costs the same in the full
    problem. ``room`` is the threshold less the bound, ``spare`` the sorted rho of the free sites not chosen,
    and ``last`` the largest rho of the free sites chosen.

    Closing n chosen sites lets the first n of ``spare`` in; where one more site is to be open, it takes the
    place of the last of them, or of the ``last`` chosen site when none was closed. Charging for both at once
    would count one exchange twice.
    """
    kept = np.zeros(len(sites), np.bool_)
    new_caps = caps.copy()
    bases = np.empty(len(caps))
    for row in range(len(caps)):
        closing = 0.0
        n_closed = 0
        bases[row] = HUGE
        for entry in range(indptr[row], indptr[row + 1]):
            site = sites[entry]
            if status[site] == CLOSED:
                continue
            paid = max(0.0, costs[entry] - multipliers[row]) + closing
            if paid >= room:
                new_caps[row] = target
                break
            if status[site] == OPEN:
                new_caps[row] = costs[entry]
                break
            opening = 0.0
            if not chosen[site]:
                replaced = last if n_closed == 0 else spare[n_closed - 1]
                opening = max(0.0, rho[site] - replaced) if replaced > -HUGE else 0.0
            if paid + opening < room:
                kept[entry] = True
                bases[row] = min(bases[row], costs[entry])
            if chosen[site]:
                closing += (spare[n_closed] if n_closed < len(spare) else HUGE) - rho[site]
                n_closed += 1
        if new_caps[row] == caps[row] and max(0.0, caps[row] - multipliers[row]) + closing >= room:
            new_caps[row] = max(target, caps[row])
        bases[row] = min(bases[row], new_caps[row])
    return kept, new_caps, bases


def _rebuild(
    core: Core,
    multipliers: FloatArray,
    status: Int8Array,
    kept: BoolArray,
    caps: FloatArray,
    bases: FloatArray,
) -> tuple[Core, FloatArray]:
    """The core of the kept entries: sites renumbered, certain costs moved to the constant, rows merged."""
    free = status == FREE
    number = np.full(core.n_sites, -1, dtype=np.int32)
    number[free] = np.arange(int(free.sum()), dtype=np.int32)
    lengths = np.add.reduceat(np.append(kept, False).astype(np.int64), core.indptr[:-1])
    lengths[np.diff(core.indptr) == 0] = 0
    rows = np.repeat(np.arange(core.n_rows), np.diff(core.indptr))[kept]
    live = np.flatnonzero(lengths > 0)
    indptr = np.concatenate([[0], np.cumsum(lengths[live])]).astype(np.int64)
    sites = number[core.sites[kept]]
    costs = core.costs[kept] - bases[rows]
    merged = merge_rows(indptr, sites, costs, caps[live] - bases[live], (multipliers - bases)[live])
    smaller = Core(
        *merged[:4],
        n_sites=int(free.sum()),
        budget=core.budget - int((status == OPEN).sum()),
        constant=core.constant + float(bases.sum()),
        origin=core.origin[free],
        opened=np.concatenate([core.opened, core.origin[status == OPEN]]),
    )
    return smaller, merged[4]


def merge_rows(
    indptr: IntArray, sites: Int32Array, costs: FloatArray, caps: FloatArray, multipliers: FloatArray
) -> tuple[IntArray, Int32Array, FloatArray, FloatArray, FloatArray]:
    """Add up the rows that list the same sites in the same order."""
    keys = np.random.default_rng(1).integers(1, 2**62, size=int(sites.max(initial=0)) + 1)
    prints = _fingerprints(indptr, sites, keys)
    order = np.argsort(prints, kind="stable").astype(np.int64)
    group, n_groups = _equal_runs(indptr, sites, order, prints)
    return _sum_groups(indptr, sites, costs, caps, np.clip(multipliers, 0.0, caps), group, n_groups)


@compiled
def _fingerprints(indptr: IntArray, sites: Int32Array, keys: IntArray) -> IntArray:
    """(n_rows,) hash of each row's sequence of sites."""
    prints = np.empty(len(indptr) - 1, np.int64)
    for row in range(len(prints)):
        mixed = 0
        for entry in range(indptr[row], indptr[row + 1]):
            mixed = mixed * 6364136223846793005 + keys[sites[entry]]
            mixed ^= mixed >> 29
        prints[row] = mixed
    return prints


@compiled
def _same(indptr: IntArray, sites: Int32Array, one: int, other: int) -> bool:
    length = indptr[one + 1] - indptr[one]
    if indptr[other + 1] - indptr[other] != length:
        return False
    mine, theirs = sites[indptr[one] : indptr[one + 1]], sites[indptr[other] : indptr[other + 1]]
    return bool(np.all(mine == theirs))


@compiled
def _equal_runs(
    indptr: IntArray, sites: Int32Array, order: IntArray, prints: IntArray
) -> tuple[IntArray, int]:
    """(n_rows,) group of each row; equal fingerprints are checked entry by entry."""
    group = np.empty(len(order), np.int64)
    n_groups = 0
    for position in range(len(order)):
        row = order[position]
        if position > 0:
            before = order[position - 1]
            if prints[row] == prints[before] and _same(indptr, sites, row, before):
                group[row] = group[before]
                continue
        group[row] = n_groups
        n_groups += 1
    return group, n_groups


@compiled
def _sum_groups(
    indptr: IntArray,
    sites: Int32Array,
    costs: FloatArray,
    caps: FloatArray,
    multipliers: FloatArray,
    group: IntArray,
    n_groups: int,
) -> tuple[IntArray, Int32Array, FloatArray, FloatArray, FloatArray]:
    lengths = np.zeros(n_groups + 1, np.int64)
    for row in range(len(group)):
        lengths[group[row] + 1] = indptr[row + 1] - indptr[row]
    begins = np.cumsum(lengths)
    new_sites = np.empty(begins[-1], np.int32)
    new_costs, new_caps, new_multipliers = np.zeros(begins[-1]), np.zeros(n_groups), np.zeros(n_groups)
    for row in range(len(group)):
        target = group[row]
        new_caps[target] += caps[row]
        new_multipliers[target] += multipliers[row]
        for offset in range(indptr[row + 1] - indptr[row]):
            new_sites[begins[target] + offset] = sites[indptr[row] + offset]
            new_costs[begins[target] + offset] += costs[indptr[row] + offset]
    return begins, new_sites, new_costs, new_caps, new_multipliers
