"""Good sites to begin with: randomised greedy, then fast interchange.

The interchange takes the best swap of one open for one closed site until none helps (Teitz and Bart 1968).
Its gains are kept apart as in Whitaker (1983), INFOR 21, and Resende and Werneck (2007), European Journal of
Operational Research 182: ``gain`` of opening, ``loss`` of closing, and a correction ``extra`` for the pairs
that share rows. With rows sorted by cost, only entries nearer than a row's second nearest open site matter.
"""

from __future__ import annotations

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.compiled import Float32Array, Int32Array, compiled
from optimise.pmedian_engine.core import Core
from optimise.pmedian_engine.run import Run

#: The correction table may have this many cells; beyond it only promising sites take part in swaps.
MOST_CELLS = 40_000_000
#: A swap must save this share of the value, so that rounding cannot make it go round in circles.
_LEAST_SAVING = 1e-11


def greedy_start(core: Core, seed: int, noise: float) -> BoolArray:
    """(n_sites,) mask of sites, each opened for the largest saving; ``noise`` 0 is the plain greedy.

    With noise every saving is lowered by a random share of up to ``noise``.
    """
    generator = np.random.default_rng(seed)
    factors = 1.0 - noise * generator.random((core.budget, core.n_sites), dtype=np.float32)
    chosen = np.zeros(core.n_sites, dtype=np.bool_)
    _greedy(core.indptr, core.sites, core.costs, core.caps, chosen, factors)
    return chosen


def extended(core: Core, chosen: BoolArray) -> BoolArray:
    """``chosen`` with the sites that save most beside it, one after the other, up to the budget."""
    chosen = chosen.copy()
    while int(chosen.sum()) > core.budget:
        chosen[int(np.flatnonzero(chosen)[-1])] = False
    while int(chosen.sum()) < core.budget:
        gain = _savings_beyond(core.indptr, core.sites, core.costs, core.caps, chosen)
        chosen[int(np.argmax(np.where(chosen, -1.0, gain)))] = True
    return chosen


def interchange(core: Core, chosen: BoolArray, *, most_swaps: int = 1_000_000) -> float:
    """Improve the mask ``chosen`` in place by swaps; returns its value."""
    n_open = int(chosen.sum())
    if n_open in (0, core.n_sites):
        return core.value(chosen)
    allowed = _promising(core, chosen, max(n_open, MOST_CELLS // n_open))
    _swap(core.indptr, core.sites, core.costs, core.caps, chosen, allowed, most_swaps)
    return core.value(chosen)


def _promising(core: Core, chosen: BoolArray, most: int) -> IntArray:
    """(n_sites,) column of the correction table for each site, -1 for the ones left out."""
    columns = np.arange(core.n_sites, dtype=np.int64)
    if core.n_sites <= most:
        return columns
    near = _savings_beyond(core.indptr, core.sites, core.costs, core.caps, chosen)
    taken = np.argsort(-near, kind="stable")[:most]
    columns[:] = -1
    columns[np.sort(taken)] = np.arange(len(taken))
    return columns


@compiled
def _savings_beyond(
    indptr: IntArray, sites: Int32Array, costs: FloatArray, caps: FloatArray, chosen: BoolArray
) -> FloatArray:
    """(n_sites,) what opening each site would save."""
    gain = np.zeros(len(chosen))
    for row in range(len(caps)):
        served = caps[row]
        for entry in range(indptr[row], indptr[row + 1]):
            if chosen[sites[entry]]:
                served = costs[entry]
                break
        for entry in range(indptr[row], indptr[row + 1]):
            if costs[entry] >= served:
                break
            gain[sites[entry]] += served - costs[entry]
    return gain


@compiled
def _greedy(
    indptr: IntArray,
    sites: Int32Array,
    costs: FloatArray,
    caps: FloatArray,
    chosen: BoolArray,
    factors: Float32Array,
) -> None:
    n_sites = len(chosen)
    served = caps.copy()
    gain = _savings_beyond(indptr, sites, costs, caps, chosen)
    for opening in range(len(factors)):
        best, taken = -1.0, -1
        for site in range(n_sites):
            if not chosen[site] and gain[site] * factors[opening, site] > best:
                best = gain[site] * factors[opening, site]
                taken = site
        if taken < 0:
            return
        chosen[taken] = True
        for row in range(len(caps)):
            _open_for(indptr[row], indptr[row + 1], sites, costs, taken, row, served, gain)


@compiled
def _open_for(
    begin: int,
    end: int,
    sites: Int32Array,
    costs: FloatArray,
    taken: int,
    row: int,
    served: FloatArray,
    gain: FloatArray,
) -> None:
    """Let the site ``taken`` serve the row if it is nearer, and correct what the other sites would save."""
    before = served[row]
    after = before
    for entry in range(begin, end):
        if costs[entry] >= before:
            break
        if sites[entry] == taken:
            after = costs[entry]
            break
    if after == before:
        return
    served[row] = after
    for entry in range(begin, end):
        if costs[entry] >= before:
            break
        gain[sites[entry]] -= before - max(after, costs[entry])


@compiled
def _tally(
    indptr: IntArray,
    sites: Int32Array,
    costs: FloatArray,
    caps: FloatArray,
    slot: IntArray,
    column: IntArray,
    gain: FloatArray,
    loss: FloatArray,
    extra: FloatArray,
    touched: IntArray,
) -> tuple[float, int]:
    """Fill gains, losses and corrections; returns the value and how many cells of ``extra`` were touched."""
    gain[:] = 0.0
    loss[:] = 0.0
    total, n_touched, n_open = 0.0, 0, len(loss)
    for row in range(len(caps)):
        begin, end = indptr[row], indptr[row + 1]
        first, nearest, second = -1, caps[row], caps[row]
        position = end
        for entry in range(begin, end):
            if slot[sites[entry]] >= 0:
                if first >= 0:
                    second = costs[entry]
                    break
                first, nearest, position = slot[sites[entry]], costs[entry], entry
        total += nearest
        if first >= 0:
            loss[first] += second - nearest
        for entry in range(begin, end):
            site = sites[entry]
            if costs[entry] >= second:
                break
            if entry < position:
                gain[site] += nearest - costs[entry]
            if first < 0 or column[site] < 0 or slot[site] >= 0:
                continue
            cell = column[site] * n_open + first
            if extra[cell] == 0.0 and n_touched < len(touched):
                touched[n_touched] = cell
                n_touched += 1
            extra[cell] += second - max(nearest, costs[entry])
    return total, n_touched


@compiled
def _swap(
    indptr: IntArray,
    sites: Int32Array,
    costs: FloatArray,
    caps: FloatArray,
    chosen: BoolArray,
    column: IntArray,
    most_swaps: int,
) -> None:
    n_sites = len(chosen)
    opened = np.flatnonzero(chosen)
    n_open = len(opened)
    slot = np.full(n_sites, -1, np.int64)
    slot[opened] = np.arange(n_open)
    named = np.flatnonzero(column >= 0)
    gain, loss = np.empty(n_sites), np.empty(n_open)
    extra = np.zeros(len(named) * n_open)
    touched = np.empty(min(len(extra), len(sites)), np.int64)
    for _ in range(most_swaps):
        total, n_touched = _tally(indptr, sites, costs, caps, slot, column, gain, loss, extra, touched)
        best, entering, leaving = _LEAST_SAVING * total, -1, -1
        cheapest = int(np.argmin(loss))
        for site in range(n_sites):
            if slot[site] < 0 and gain[site] - loss[cheapest] > best:
                best, entering, leaving = gain[site] - loss[cheapest], site, cheapest
        for position in range(n_touched):
            cell = touched[position]
            site, out = named[cell // n_open], cell % n_open
            saved = gain[site] - loss[out] + extra[cell]
            if saved > best:
                best, entering, leaving = saved, site, out
            extra[cell] = 0.0
        if entering < 0:
            return
        chosen[opened[leaving]] = False
        chosen[entering] = True
        slot[opened[leaving]] = -1
        slot[entering] = leaving
        opened[leaving] = entering


#: How many sites near a demand point a shake looks at, and how many of the open ones it closes, at most.
_REACHES, _MOST_CLOSED = (20, 40, 80), 5
#: Shakes in all, fewer where each is dear: so many (row, site) pairs may be looked at.
_SHAKES, _WORK = 20_000, 1e10
#: The search ends after this many shakes in a row without a gain, and this share of those made before it.
_PATIENCE, _LONGER = 300, 0.5
#: Passes over the rows that an interchange after a shake usually makes, and what a pass costs beside entries.
_PASSES, _ROW_COST = 6, 10


def polish(core: Core, run: Run, start: BoolArray, number: int) -> None:
    """Improve the mask ``start`` and offer what is found. Same seed and number, same sites."""
    generator = np.random.default_rng([run.seed, number])
    current = start
    value = core.value(current)
    n_shakes = int(min(_SHAKES, _WORK / _work_of_a_shake(core)))
    last_gain = 0
    for made in range(n_shakes):
        trial = _shaken(core, current, generator)
        if trial is None:
            continue
        tried = interchange(core, trial)
        if tried < value:
            last_gain = made
            run.offer(core.root_sites(trial))
        if tried <= value:
            value, current = tried, trial
        if made - last_gain > _PATIENCE + _LONGER * last_gain or run.stopped:
            break


def _work_of_a_shake(core: Core) -> float:
    """Entries that an interchange looks at: those up to the second nearest of ``budget`` open sites."""
    looked_at = min(core.n_entries, 2.0 * core.n_entries / max(1, core.budget))
    cells = core.budget * core.n_sites
    return _PASSES * (looked_at + _ROW_COST * core.n_rows) + 0.2 * cells


def _shaken(core: Core, chosen: BoolArray, generator: np.random.Generator) -> BoolArray | None:
    """Other sites in one corner: as many opened as closed; None where nothing can be moved there."""
    row = int(generator.integers(core.n_rows))
    reach = int(generator.choice(_REACHES))
    near = core.sites[core.indptr[row] : min(core.indptr[row] + reach, core.indptr[row + 1])]
    opened, closed = near[chosen[near]], near[~chosen[near]]
    if generator.random() < 0.5:
        closed = np.flatnonzero(~chosen).astype(np.int32)
    count = min(int(generator.integers(1, _MOST_CLOSED + 1)), len(opened), len(closed))
    if count == 0:
        return None
    trial = chosen.copy()
    trial[generator.permutation(opened)[:count]] = False
    trial[generator.permutation(closed)[:count]] = True
    return trial
