"""Better sites near good ones: a few are moved in a corner, and swaps near there repair what that spoilt.

Iterated local search over swaps, with their gains kept apart as in Resende and Werneck (2007), European
Journal of Operational Research 182, and path relinking between what several starts gave, as in Resende and
Werneck (2004), Journal of Heuristics 10. With many sites open a shake touches few rows: only sites nearer to
one of those than its second nearest open site are tried again, so that a shake costs thousands of looks where
a pass over all rows costs millions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from itertools import permutations
from typing import NamedTuple

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.compiled import Int32Array, compiled
from optimise.pmedian_engine.core import Core
from optimise.pmedian_engine.run import Run

#: How many sites near a demand point a shake looks at, and how many of the open ones it closes, at most.
_REACHES, _MOST_CLOSED = (20, 40, 80), 5
#: Uniform numbers that a shake uses: two rows, reach, how many, whether in one corner, and which sites.
_DRAWS = 5 + 2 * _MOST_CLOSED
#: Shakes of a start; they end after so many in a row without a gain (the first start's, those of others,
#: which are asked for where much is open), and this share of those made before it.
_SHAKES, _PATIENCE, _LONGER = 20_000, (300, 1_500), 0.5
#: Shakes between two looks at the clock: so many, fewer where this many entries are to be set up for them.
_AT_ONCE, _SET_UP = 100, 2e7
#: Entries that the shakes of a start may look at.
_WORK = 3e8
#: Rows keep so many times as many sites as the farthest second nearest open site is away, and some more.
_TIMES, _MORE = 2, 20
#: A swap must save this share of the value, so that rounding cannot make it go round in circles.
_LEAST_SAVING = 1e-11


class Near(NamedTuple):
    """The nearest sites of every row, by rows and by sites.

    A row that none of them serves costs its cap, which is at least what it costs in the core.

    Attributes:
        indptr: (n_rows + 1,) where each row begins.
        sites: (n_entries,) site of each entry, nearest first within a row.
        costs: (n_entries,) rising within a row.
        caps: (n_rows,) cost of a row that no open site serves for less.
        starts: (n_sites + 1,) where each site begins in the next two.
        rows: (n_entries,) rows that list a site, those that list it foremost first.
        entries: (n_entries,) and where.
    """

    indptr: IntArray
    sites: Int32Array
    costs: FloatArray
    caps: FloatArray
    starts: IntArray
    rows: Int32Array
    entries: IntArray


class Placed(NamedTuple):
    """Open sites, and what follows from them.

    Attributes:
        chosen: (n_sites,) True where open.
        first: (n_rows,) entry of the nearest open site, the row's end for none.
        second: (n_rows,) entry of the second nearest.
        loss: (n_sites,) what closing an open site costs.
    """

    chosen: BoolArray
    first: IntArray
    second: IntArray
    loss: FloatArray


class Waiting(NamedTuple):
    """Closed sites to try, and marks.

    Attributes:
        ring: (n_sites,) sites in the order of their coming, in a circle.
        ends: (2,) place of the first one, and how many there are.
        waits: (n_sites,) True for those in the ring.
        seen: (n_rows,) number of the last swap that looked at a row.
        tally: (2,) number of the last swap; about how many entries were looked at.
        saved: (n_sites,) zeros, to add up what a closed site's opening saves of each closing.
        touched: (n_rows,) open sites of which something was added up.
        may_close: (n_sites,) False for sites that stay open.
    """

    ring: IntArray
    ends: IntArray
    waits: BoolArray
    seen: IntArray
    tally: IntArray
    saved: FloatArray
    touched: IntArray
    may_close: BoolArray


def sharpen(
    core: Core,
    run: Run,
    starts: Iterable[BoolArray],
    worth_more: Callable[[], bool],
    over: Callable[[], bool],
) -> None:
    """Shake each of the masks ``starts`` in place, relink them in pairs, and offer what is found.

    Same seed, same sites, unless ``over`` ends it. No further round of pairs when ``worth_more`` says no.
    """
    pool = []
    for number, chosen in enumerate(starts):
        _shake_on(core, run, chosen, number, over)
        pool.append(chosen)
    near, before = nearest(core, pool[0]), [math.inf]
    while len(pool) > 1 and worth_more():
        worth = {chosen.tobytes(): (core.value(chosen), chosen) for chosen in pool}
        for one, other in permutations(pool, 2):
            between = one.copy()
            if relink(near, between, other) < math.inf:
                worth[between.tobytes()] = (core.value(between), between)
        ordered = sorted(worth.values(), key=lambda each: each[0])[: len(pool)]
        values = [value for value, _ in ordered]
        run.offer(core.root_sites(ordered[0][1]))
        if values == before:
            return
        pool, before = [chosen for _, chosen in ordered], values


def _shake_on(core: Core, run: Run, chosen: BoolArray, number: int, over: Callable[[], bool]) -> None:
    """Improve the mask ``chosen`` in place and offer what is found."""
    generator = np.random.default_rng([run.seed, number])
    near = nearest(core, chosen)
    made = last_gain = work = 0
    at_once = int(np.clip(_SET_UP / (len(near.sites) + 1), 10, _AT_ONCE))
    while made < _SHAKES and work < _WORK and not over():
        gained, looks = shakes(near, chosen, generator.random((at_once, _DRAWS)))
        if gained >= 0:
            last_gain = made + gained
            run.offer(core.root_sites(chosen))
        made += at_once
        work += looks
        if made - last_gain > _PATIENCE[number > 0] + _LONGER * last_gain:
            break


def nearest(core: Core, chosen: BoolArray) -> Near:
    """The nearest sites of each row of ``core``, well beyond the second that ``chosen`` opens."""
    n_kept = _TIMES * _deepest(core.indptr, core.sites, chosen) + _MORE
    lengths = np.minimum(np.diff(core.indptr), n_kept)
    indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    kept = np.repeat(core.indptr[:-1] - indptr[:-1], lengths) + np.arange(indptr[-1])
    sites = core.sites[kept]
    return Near(indptr, sites, core.costs[kept], core.caps, *_by_site(indptr, sites, core.n_sites))


@compiled
def _deepest(indptr: IntArray, sites: Int32Array, chosen: BoolArray) -> int:
    """How many sites a row lists before its second open one, at most; rows without a second do not count."""
    deepest = 0
    for row in range(len(indptr) - 1):
        n_open = 0
        for entry in range(indptr[row], indptr[row + 1]):
            n_open += chosen[sites[entry]]
            if n_open == 2:
                deepest = max(deepest, entry - indptr[row])
                break
    return deepest


@compiled
def _by_site(indptr: IntArray, sites: Int32Array, n_sites: int) -> tuple[IntArray, Int32Array, IntArray]:
    """``starts``, ``rows`` and ``entries`` of :class:`Near`."""
    starts = np.zeros(n_sites + 1, np.int64)
    for site in sites:
        starts[site + 1] += 1
    starts = np.cumsum(starts)
    filled = starts[:-1].copy()
    rows, entries = np.empty(len(sites), np.int32), np.empty(len(sites), np.int64)
    for offset in range(np.diff(indptr).max()):
        for row in range(len(indptr) - 1):
            entry = indptr[row] + offset
            if entry < indptr[row + 1]:
                rows[filled[sites[entry]]] = row
                entries[filled[sites[entry]]] = entry
                filled[sites[entry]] += 1
    return starts, rows, entries


@compiled
def _price(near: Near, row: int, entry: int) -> float:
    """What a row costs that is served at ``entry``, its end standing for no site."""
    return float(near.costs[entry] if entry < near.indptr[row + 1] else near.caps[row])


@compiled
def _locate(near: Near, placed: Placed, row: int) -> int:
    """Find a row's two nearest open sites and add what closing the first costs; how deep the second lies."""
    first = second = end = near.indptr[row + 1]
    for entry in range(near.indptr[row], end):
        if placed.chosen[near.sites[entry]]:
            if first < end:
                second = entry
                break
            first = entry
    placed.first[row], placed.second[row] = first, second
    if first < end:
        placed.loss[near.sites[first]] += _price(near, row, second) - near.costs[first]
    return int(second - near.indptr[row])


@compiled
def _wait(waiting: Waiting, site: int) -> None:
    """Put a site at the end of the ring, unless it is there."""
    if not waiting.waits[site]:
        waiting.waits[site] = True
        waiting.ring[(waiting.ends[0] + waiting.ends[1]) % len(waiting.ring)] = site
        waiting.ends[1] += 1


@compiled
def _swap(near: Near, placed: Placed, waiting: Waiting, opened: int, closed: int, deepest: int) -> int:
    """Open one site and close another; sites that this may make worth opening wait. The deepest second."""
    placed.chosen[opened], placed.chosen[closed] = True, False
    waiting.tally[0] += 1
    for site in (opened, closed):
        for place in range(near.starts[site], near.starts[site + 1]):
            entry, row = near.entries[place], near.rows[place]
            begin, end = near.indptr[row], near.indptr[row + 1]
            if entry - begin > deepest:
                break
            before = placed.second[row]
            if entry > before or waiting.seen[row] == waiting.tally[0]:
                continue
            waiting.seen[row] = waiting.tally[0]
            waiting.tally[1] += 2 * (before - begin)
            first = placed.first[row]
            if first < end:
                placed.loss[near.sites[first]] -= _price(near, row, before) - near.costs[first]
            deepest = max(deepest, _locate(near, placed, row))
            for other in range(begin, min(end, max(before, placed.second[row]) + 1)):
                if not placed.chosen[near.sites[other]]:
                    _wait(waiting, near.sites[other])
    placed.loss[closed] = 0.0
    _wait(waiting, closed)
    return deepest


@compiled
def _best_closing(
    near: Near, placed: Placed, waiting: Waiting, site: int, cheapest: int, deepest: int
) -> tuple[float, int]:
    """What opening ``site`` for the best open one saves, and that one."""
    gain, n_touched = 0.0, 0
    for place in range(near.starts[site], near.starts[site + 1]):
        entry, row = near.entries[place], near.rows[place]
        if entry - near.indptr[row] > deepest:
            break
        waiting.tally[1] += 1
        first = placed.first[row]
        if entry >= placed.second[row]:
            continue
        if first == near.indptr[row + 1]:
            gain += near.caps[row] - near.costs[entry]
            continue
        closing = near.sites[first]
        if waiting.saved[closing] == 0.0:
            waiting.touched[n_touched] = closing
            n_touched += 1
        gain += max(0.0, near.costs[first] - near.costs[entry])
        waiting.saved[closing] += _price(near, row, placed.second[row]) - max(
            near.costs[first], near.costs[entry]
        )
    best, leaving = (gain - placed.loss[cheapest], cheapest) if cheapest >= 0 else (-np.inf, -1)
    for position in range(n_touched):
        closing = waiting.touched[position]
        saved = gain - placed.loss[closing] + waiting.saved[closing]
        waiting.saved[closing] = 0.0
        if saved > best and waiting.may_close[closing]:
            best, leaving = saved, closing
    return best, leaving


@compiled
def _cheapest(placed: Placed, waiting: Waiting) -> int:
    """The open site whose closing costs least, -1 where none may be closed."""
    cheapest = -1
    for site in range(len(placed.chosen)):
        candidate = placed.chosen[site] and waiting.may_close[site]
        if candidate and (cheapest < 0 or placed.loss[site] < placed.loss[cheapest]):
            cheapest = site
    return cheapest


@compiled
def _repair(near: Near, placed: Placed, waiting: Waiting, least: float, deepest: int) -> int:
    """Make the best swap of each waiting site that saves more than ``least``; the deepest second."""
    cheapest = _cheapest(placed, waiting)
    while waiting.ends[1] > 0:
        site = waiting.ring[waiting.ends[0]]
        waiting.ends[0] = (waiting.ends[0] + 1) % len(waiting.ring)
        waiting.ends[1] -= 1
        waiting.waits[site] = False
        if placed.chosen[site]:
            continue
        saved, leaving = _best_closing(near, placed, waiting, site, cheapest, deepest)
        if saved > least:
            deepest = _swap(near, placed, waiting, site, leaving, deepest)
            cheapest = _cheapest(placed, waiting)
    return deepest


@compiled
def _worth(near: Near, placed: Placed) -> tuple[float, int]:
    """What all rows cost, and the deepest second."""
    total, deepest = 0.0, 0
    for row in range(len(near.caps)):
        total += _price(near, row, placed.first[row])
        deepest = max(deepest, placed.second[row] - near.indptr[row])
    return total, deepest


@compiled
def _corner(near: Near, row: int, reach: int, placed: Placed, wanted: bool, found: IntArray) -> int:
    """Fill ``found`` with the sites that are open (or closed) of the nearest ones of a row; their number."""
    count = 0
    for entry in range(near.indptr[row], min(near.indptr[row] + reach, near.indptr[row + 1])):
        if placed.chosen[near.sites[entry]] == wanted:
            found[count] = near.sites[entry]
            count += 1
    return count


@compiled
def _take(found: IntArray, taken: int, count: int, draw: float) -> int:
    """One of ``found`` after the first ``taken``, which it joins."""
    other = taken + int(draw * (count - taken))
    found[taken], found[other] = found[other], found[taken]
    return int(found[taken])


@compiled
def _placed(near: Near, chosen: BoolArray) -> Placed:
    n_rows = len(near.caps)
    nowhere = np.zeros(len(chosen))
    placed = Placed(chosen, np.empty(n_rows, np.int64), np.empty(n_rows, np.int64), nowhere)
    for row in range(n_rows):
        _locate(near, placed, row)
    return placed


@compiled
def _nothing_waits(near: Near, n_sites: int) -> Waiting:
    n_rows = len(near.caps)
    return Waiting(
        np.empty(n_sites, np.int64), np.zeros(2, np.int64), np.zeros(n_sites, np.bool_),
        np.zeros(n_rows, np.int64), np.zeros(2, np.int64), np.zeros(n_sites), np.empty(n_rows, np.int64),
        np.ones(n_sites, np.bool_),
    )  # fmt: skip


@compiled
def relink(near: Near, chosen: BoolArray, goal: BoolArray) -> float:
    """Walk from ``chosen`` to ``goal`` by best swaps; ``chosen`` becomes the best on the way, repaired.

    Both ends are left out.

    Returns:
        What that costs here; inf where the ends are one swap apart.
    """
    placed, waiting = _placed(near, chosen), _nothing_waits(near, len(chosen))
    value, deepest = _worth(near, placed)
    waiting.may_close[:] = ~goal
    left = int((chosen & ~goal).sum())
    best, kept = np.inf, chosen.copy()
    while left > 1:
        cheapest = _cheapest(placed, waiting)
        most, entering, leaving = -np.inf, -1, -1
        for site in range(len(goal)):
            if chosen[site] or not goal[site]:
                continue
            saved, closing = _best_closing(near, placed, waiting, site, cheapest, deepest)
            if saved > most:
                most, entering, leaving = saved, site, closing
        deepest = _swap(near, placed, waiting, entering, leaving, deepest)
        value -= most
        left -= 1
        if value < best:
            best, kept[:] = value, chosen
    if best == np.inf:
        return best
    chosen[:] = kept
    placed, waiting = _placed(near, chosen), _nothing_waits(near, len(chosen))
    for site in range(len(chosen)):
        if not chosen[site]:
            _wait(waiting, site)
    best, deepest = _worth(near, placed)
    _repair(near, placed, waiting, _LEAST_SAVING * best, deepest)
    return _worth(near, placed)[0]


@compiled
def shakes(near: Near, chosen: BoolArray, draws: FloatArray) -> tuple[int, int]:
    """Improve ``chosen`` in place by a shake for each row of ``draws``; a shake that does no harm is kept.

    Returns:
        The last shake that gained, -1 for none; entries looked at.
    """
    placed, waiting = _placed(near, chosen), _nothing_waits(near, len(chosen))
    n_rows = len(near.caps)
    best, depth = _worth(near, placed)
    kept = Placed(placed.chosen.copy(), placed.first.copy(), placed.second.copy(), placed.loss.copy())
    opened, closed = np.empty(_REACHES[-1], np.int64), np.empty(_REACHES[-1], np.int64)
    last_gain = -1
    for shake in range(len(draws)):
        draw = draws[shake]
        row, reach = int(draw[0] * n_rows), _REACHES[int(draw[1] * len(_REACHES))]
        n_open = _corner(near, row, reach, placed, True, opened)
        # As often the sites to open lie in another corner: a part gains what another loses.
        place = row if draw[2] < 0.5 else int(draw[3] * n_rows)
        n_closed = _corner(near, place, reach, placed, False, closed)
        count = min(1 + int(draw[4] * _MOST_CLOSED), n_open, n_closed)
        deepest = depth
        for move in range(count):
            entering = _take(closed, move, n_closed, draw[5 + 2 * move])
            leaving = _take(opened, move, n_open, draw[6 + 2 * move])
            deepest = _swap(near, placed, waiting, entering, leaving, deepest)
        _repair(near, placed, waiting, _LEAST_SAVING * best, deepest)
        worth, deepest = _worth(near, placed)
        if worth <= best:
            if worth < best:
                last_gain = shake
            best, depth = worth, deepest
            _copy(placed, kept)
        else:
            _copy(kept, placed)
    return last_gain, waiting.tally[1]


@compiled
def _copy(source: Placed, target: Placed) -> None:
    target.chosen[:] = source.chosen
    target.first[:] = source.first
    target.second[:] = source.second
    target.loss[:] = source.loss
