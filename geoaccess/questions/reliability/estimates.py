"""Means, errors and percentiles over states of the world, listed or drawn.

States are drawn within strata (kinds of week) in proportion to their share of the year. The standard error of
a mean is that of stratified sampling, ``sqrt(sum_s W_s^2 v_s / n_s)`` with the sample variance ``v_s`` of
stratum ``s`` (Cochran 1977, Sampling Techniques, chapter 5); that of a mean over the reached states is of the
linearised ratio (chapter 6). A figure that was the same in every drawn state has an error of 0: what is rarer
than one in the number of draws may be missed altogether.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geoaccess.ground.arrays import FloatArray
from geoaccess.questions.reliability.states import StateSpace

#: Normal quantile of a 95 % interval.
Z95 = 1.959963984540054
#: Demand points of one block while times are sorted over states.
BLOCK_POINTS = 2_000
#: Shares are compared with a margin for the rounding of sums.
MARGIN = 1e-12


class Means(NamedTuple):
    """Within the threshold, reached, and minutes (0 where not reached), or means of the three."""

    within: FloatArray
    reached: FloatArray
    minutes: FloatArray

    @classmethod
    def of(cls, minutes: FloatArray, limit: FloatArray) -> Means:
        """From times in every state, NaN where not reached."""
        reached = ~np.isnan(minutes)
        known = np.where(reached, minutes, 0.0)
        return cls((reached & (minutes <= limit)).astype(np.float64), reached.astype(np.float64), known)

    def weighted(self, probability: FloatArray) -> Means:
        """Means over the first axis: ``probability`` is (n,) or (n, k), for k means side by side."""
        return Means(*(probability.T @ part for part in self))

    @property
    def expected(self) -> FloatArray:
        """Mean minutes where reached; NaN where never."""
        reached = np.asarray(self.reached)
        result: FloatArray = np.divide(
            self.minutes, reached, out=np.full(reached.shape, np.nan), where=reached > 0
        )
        return result


def stratified_error(space: StateSpace, values: FloatArray) -> FloatArray:
    """Standard error of the yearly mean of values (n_states, n), from the draws of each stratum."""
    assert space.draws is not None
    mean = space.probability.T @ values
    spread = np.maximum(space.probability.T @ values**2 - mean**2, 0.0)
    number = space.draws[:, np.newaxis].astype(np.float64)
    share = space.stratum_share[:, np.newaxis]
    result: FloatArray = np.sqrt((share**2 * spread / (number - 1)).sum(axis=0))
    return result


def ratio_error(space: StateSpace, states: Means) -> FloatArray:
    """Standard error of the mean minutes over the states in which a point is reached."""
    year = states.weighted(space.annual)
    residual = states.minutes - np.nan_to_num(year.expected) * states.reached
    error = stratified_error(space, residual)
    result: FloatArray = np.divide(
        error, year.reached, out=np.full_like(error, np.nan), where=year.reached > 0
    )
    return result


def percentiles(space: StateSpace, minutes: FloatArray, share: float) -> dict[str, FloatArray]:
    """The smallest time kept in states of probability ``share``, and for drawn states its 95 % interval."""
    name = f"p{100 * share:g}"
    count = minutes.shape[1]
    found = {f"{name}_min": np.full(count, np.nan)}
    if space.draws is not None:
        found |= {f"{name}_low_min": np.full(count, np.nan), f"{name}_high_min": np.full(count, np.nan)}
    # Most points have one time in all states, which needs no order.
    one = ((minutes == minutes[:1]) | (np.isnan(minutes) & np.isnan(minutes[:1]))).all(axis=0)
    for column in found.values():
        column[one] = minutes[0, one]
    several = np.flatnonzero(~one)
    for start in range(0, len(several), BLOCK_POINTS):
        here = several[start : start + BLOCK_POINTS]
        block = minutes[:, here]
        order = np.argsort(block, axis=0)  # NaN last: beyond every time
        ordered = np.take_along_axis(block, order, axis=0)
        summed = np.cumsum(space.annual[order], axis=0)
        middle = _at_share(ordered, summed, np.full(block.shape[1], share))
        found[f"{name}_min"][here] = middle
        if space.draws is not None:
            kept = block <= np.where(np.isnan(middle), np.inf, middle)
            margin = Z95 * stratified_error(space, kept.astype(np.float64))
            found[f"{name}_low_min"][here] = _at_share(ordered, summed, share - margin)
            found[f"{name}_high_min"][here] = _at_share(ordered, summed, share + margin)
    return found


def _at_share(ordered: FloatArray, summed: FloatArray, share: FloatArray) -> FloatArray:
    wanted = np.clip(share, 0.0, 1.0) * summed[-1] * (1 - MARGIN)
    row = ((summed >= wanted) & (summed > 0)).argmax(axis=0)
    found: FloatArray = ordered[row, np.arange(ordered.shape[1])]
    return found


def worst_week(space: StateSpace, within: FloatArray, expected: FloatArray) -> NDArray[np.int64]:
    """(n,) week, from 0, with the smallest chance; of equal ones the longest expected time, then the first.

    Args:
        space: the states, for which week is of which stratum.
        within: (n_strata, n) chance within the threshold.
        expected: (n_strata, n) expected minutes, NaN where never reached (worse than any).
    """
    first_week = np.array([int((space.stratum_of_week == one).argmax()) for one in range(len(within))])
    longest = np.where(np.isnan(expected), np.inf, expected)
    order = np.lexsort(
        (
            np.broadcast_to(first_week, within.T.shape),
            -np.round(longest.T, 9),
            np.round(within.T, 12),
        ),
        axis=-1,
    )
    weeks: NDArray[np.int64] = first_week[order[:, 0]].astype(np.int64)
    return weeks
