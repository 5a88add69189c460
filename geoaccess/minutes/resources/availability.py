"""The first who comes, as weather lets them: from minutes and regularity to a distribution of the minutes.

Bases of one weather group fail together: the same weather that grounds one of regularity ``a`` grounds every
other of the group with at most ``a``. Groups are independent of each other. For a point with the minutes
``t_b`` of its bases, the share of the time in which somebody has come within ``t`` is ::

    F(t) = 1 - prod over groups g of (1 - max over bases b of g with t_b <= t of a_b)

and with regularity 1 everywhere the first who comes is the quickest, always.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from geoaccess.ground.arrays import FloatArray, IntArray
from geoaccess.study.resource_sections import Season
from geoaccess.words.note import Note

#: Room for sums of shares.
_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class Arrivals:
    """Distribution of the minutes until the first comes, for each of n points with m bases.

    Attributes:
        minutes: (n, m) minutes of the bases of each point, rising; ``inf`` = does not reach it.
        base: (n, m) which base it is.
        come: (n, m) share of the time in which somebody has come within those minutes.
    """

    minutes: FloatArray
    base: IntArray
    come: FloatArray

    @property
    def first(self) -> FloatArray:
        """(n, m) share of the time in which the base is the first who comes, laid out as ``minutes``."""
        return np.diff(self.come, axis=1, prepend=0.0)

    @property
    def ever(self) -> FloatArray:
        """(n,) share of the time in which anybody comes at all."""
        return self.come[:, -1] if self.come.shape[1] else np.zeros(len(self.come))

    def within(self, limit_min: ArrayLike) -> FloatArray:
        """(n,) share of the time in which somebody comes within a limit, inclusive: one, or one each."""
        limits = np.broadcast_to(np.asarray(limit_min, dtype=np.float64), (len(self.minutes),))
        inside = (self.minutes <= limits[:, None]).sum(axis=1)
        padded = np.concatenate([np.zeros((len(self.come), 1)), self.come], axis=1)
        return np.asarray(padded[np.arange(len(padded)), inside], dtype=np.float64)

    def expected(self) -> FloatArray:
        """(n,) mean minutes over the time in which somebody comes; NaN where nobody ever does."""
        reached = np.where(np.isfinite(self.minutes), self.minutes, 0.0)
        ever = self.ever
        total = (reached * self.first).sum(axis=1)
        mean: FloatArray = np.divide(total, ever, out=np.full(len(ever), np.nan), where=ever > 0)
        return mean

    def percentile(self, share: float) -> FloatArray:
        """(n,) minutes that are kept a share of the time (0.9: nine times in ten); NaN where none are.

        Raises:
            ValueError: the share is not above 0 and at most 1.
        """
        if not 0 < share <= 1:
            raise ValueError(Note("fault.share_above_0", share=share))
        kept = (self.come >= share - _ROUNDING) & np.isfinite(self.minutes)
        if not self.come.shape[1]:
            return np.full(len(self.come), np.nan)
        position = kept.argmax(axis=1)
        found = np.take_along_axis(self.minutes, position[:, None], axis=1)[:, 0]
        return np.where(kept.any(axis=1), found, np.nan)


def arrivals(minutes: FloatArray, regularity: Mapping[Season, FloatArray], groups: Sequence[str]) -> Arrivals:
    """Who comes first how often, over one season or the mean of several of equal length.

    Args:
        minutes: (n, m) minutes of m bases to n points, NaN = does not reach it.
        regularity: season -> (m,) share of the time that weather lets each base go.
        groups: (m,) weather group of each base.

    Raises:
        ValueError: a regularity outside 0 to 1, or arrays of other lengths.
    """
    number = minutes.shape[1]
    shares = [np.asarray(one, dtype=np.float64) for one in regularity.values()]
    if any(one.shape != (number,) for one in shares) or len(groups) != number or not shares:
        raise ValueError(Note("fault.regularity", number=number))
    if any(not bool(((one >= 0) & (one <= 1)).all()) for one in shares):
        raise ValueError("a regularity is a share from 0 to 1")
    known = np.where(np.isnan(minutes), np.inf, minutes)
    order = np.argsort(known, axis=1, kind="stable")
    rising = np.take_along_axis(known, order, axis=1)
    group = np.unique(np.asarray(groups, dtype=object).astype(str), return_inverse=True)[1]
    come = np.mean([_come(rising, order, one, group) for one in shares], axis=0)
    return Arrivals(rising, order.astype(np.int64), np.asarray(come, dtype=np.float64))


def _come(rising: FloatArray, order: IntArray, share: FloatArray, group: IntArray) -> FloatArray:
    """(n, m) F at the minutes of each base, in rising order."""
    rows = np.arange(len(rising))
    best = np.zeros((len(rising), int(group.max(initial=-1)) + 1))
    come = np.zeros(rising.shape)
    for position in range(rising.shape[1]):
        base = order[:, position]
        goes = np.where(np.isfinite(rising[:, position]), share[base], 0.0)
        best[rows, group[base]] = np.maximum(best[rows, group[base]], goes)
        come[:, position] = 1.0 - np.prod(1.0 - best, axis=1)
    return come
