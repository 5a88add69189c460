"""Calls put together by the list of crews that they ask, with the minutes that each crew is bound by them.

Tens of thousands of homes ask some thousands of lists. Minutes that a crew is bound are summed. Minutes
home, in which it may be sent again, are driven for ``(1 - exp(-v h)) / v`` of ``h`` with ``v`` calls a
minute: their sum is kept as a power series in ``v`` about the middles of bins, so that one reading of the
calls serves every round of the approximation and every hour with the same crews.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimise.compiled import compiled, uncounted

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: Minutes of a bin of minutes home.
BIN_MIN = 8.0
#: Terms of the series in a bin. Where a crew is called every 20 minutes what is left out is (4 / 20)^7 / 7! =
#: 3e-9 of its minutes, every 5 minutes 4e-5 of them.
TERMS = 7


class CallLists:
    """Lists of crews, and what the calls that ask them bind.

    Attributes:
        near: (L, k) crews in the order in which they are asked.
        length: (L,) how many of them may be sent.
        weight: (L,) calls of each list, in units of its rate.
        first: (L,) where each list begins among all pairs of a list and a crew that it may send.
        fixed: (P,) for each pair, minutes that its calls bind the crew, minutes home left out.
        start: (P + 1,) where the bins of each pair begin.
        bins: (T,) number of each bin of minutes home.
        terms: (T, TERMS) coefficients of the powers of ``v``, for ``exp(-v (h - middle of the bin))``.
        back: (P,) calls whose crew drives home.
    """

    def __init__(self, near: NDArray[np.integer[Any]], length: IntArray) -> None:
        self.near, self.length = np.ascontiguousarray(near, dtype=np.int64), length
        self.weight = np.zeros(len(near))
        self.first = np.cumsum(length) - length
        pairs = int(length.sum())
        self.fixed, self.back = np.zeros(pairs), np.zeros(pairs)
        self._parts: list[tuple[IntArray, IntArray, FloatArray]] = []
        self.finish()

    def add(self, of: IntArray, weight: FloatArray, bound_min: FloatArray, home_min: FloatArray) -> None:
        """Calls of these lists; those of a list are best beside each other.

        Args:
            of: (n,) list of each kind of calls.
            weight: (n,) how many calls of it there are.
            bound_min: (n, k) minutes that each crew of the list is bound.
            home_min: (n, k) minutes home at the end of them in which it may be sent again.
        """
        self.weight += np.bincount(of, weight, len(self.weight))
        most = int(self.length[of].sum())
        pair, bins, terms = np.empty(most, np.int64), np.empty(most, np.int64), np.zeros((most, TERMS))
        row = np.zeros((self.near.shape[1], 1 + round(float(home_min.max(initial=0)) / BIN_MIN)), np.int64)
        used = _add(
            of, weight, bound_min, home_min, self.length, self.first, self.fixed, self.back,
            row, np.full_like(row, -1), pair, bins, terms,
        )  # fmt: skip
        self._parts.append((pair[:used].copy(), bins[:used].copy(), terms[:used].copy()))

    def finish(self) -> CallLists:
        """Itself, when no more calls come."""
        none = np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, TERMS))
        pair, bins, terms = (np.concatenate(part) for part in zip(none, *self._parts, strict=True))
        order = np.argsort(pair, kind="stable")
        self.bins, self.terms = bins[order], terms[order]
        self.start = np.concatenate([[0], np.cumsum(np.bincount(pair, minlength=len(self.fixed)))])
        self._parts = []
        return self

    def first_bound(self, rate: FloatArray) -> float:
        """Minutes a minute that all calls would bind the first crews of their lists."""
        listed = np.flatnonzero(self.length > 0)
        sums = self.fixed.copy()
        pair = np.repeat(np.arange(len(sums)), np.diff(self.start))
        sums += np.bincount(pair, self.terms[:, 0] * BIN_MIN * self.bins - self.terms[:, 1], len(sums))
        return float(rate[listed] @ sums[self.first[listed]])


@compiled
def _add(
    of: IntArray,
    weight: FloatArray,
    bound_min: FloatArray,
    home_min: FloatArray,
    length: IntArray,
    first: IntArray,
    fixed: FloatArray,
    back: FloatArray,
    row: IntArray,
    whose: IntArray,
    pair: IntArray,
    bins: IntArray,
    terms: FloatArray,
) -> int:
    """Add calls to the sums; how many bins they need. ``row`` is where a bin of the list ``whose`` lies."""
    used = 0
    for i in range(len(of)):
        for k in range(length[of[i]]):
            own, home = first[of[i]] + k, home_min[i, k]
            fixed[own] += weight[i] * (bound_min[i, k] - home)
            if home <= 0.0:
                continue
            back[own] += weight[i]
            number = int(np.rint(home / BIN_MIN))
            if whose[k, number] != of[i]:
                whose[k, number], row[k, number] = of[i], used
                pair[used], bins[used] = own, number
                used += 1
            at, term, beyond = row[k, number], weight[i], number * BIN_MIN - home
            for n in range(terms.shape[1]):
                terms[at, n] += term
                term *= beyond / (n + 1)
    return used


@uncounted
def minutes_back(
    v: float, starts: int, ends: int, bins: IntArray, terms: FloatArray, away: FloatArray, back: float
) -> float:
    """Minutes home that are driven of the calls of a pair, by a crew that is called ``v`` times a minute.

    Args:
        v: calls a minute.
        starts: first of its bins.
        ends: one beyond the last of them.
        bins: of all pairs.
        terms: of all pairs.
        away: (M,) ``exp(-v m)`` at the middle of each bin.
        back: calls whose crew drives home.
    """
    undisturbed = 0.0
    for t in range(starts, ends):
        series = 0.0
        for n in range(TERMS - 1, -1, -1):
            series = series * v + terms[t, n]
        undisturbed += away[bins[t]] * series
    return (back - undisturbed) / v
