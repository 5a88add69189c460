"""Who gains and who loses between two placements; the totals reconcile."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from optimise.arrays import FloatArray
from optimise.brief import OneLine
from optimise.reading import ArgumentReader

#: Changes below this are rounding.
_NOTICED_MIN = 1e-9


@dataclass(frozen=True, slots=True, repr=False)
class Change(OneLine):
    """What a change does to some people; the five weights sum to ``weight``.

    Attributes:
        weight: all of them.
        gain: weight that is served faster than before.
        lose: weight that is served more slowly.
        same: weight for which nothing changes, the unserved before and after included.
        newly_served: weight that was not served before.
        no_longer_served: weight that is not served any more.
        gained_min: weighted minutes saved by those who gain.
        lost_min: weighted minutes added for those who lose.
    """

    weight: float
    gain: float
    lose: float
    same: float
    newly_served: float
    no_longer_served: float
    gained_min: float
    lost_min: float

    @property
    def net_min(self) -> float:
        """Weighted minutes saved, less those added, among people served before and after."""
        return self.gained_min - self.lost_min


def compare_minutes(before_min: ArrayLike, after_min: ArrayLike, weights: ArrayLike) -> Change:
    """Compare two minutes for each demand point; NaN means not served.

    Args:
        before_min: (n_demand,), such as ``Solution.travel_min``.
        after_min: (n_demand,)
        weights: (n_demand,) 0 or more.

    Raises:
        ProblemError: shapes differ, or weights are not numbers of 0 or more.
    """
    before, after, people = _read(before_min, after_min, weights)
    return _change(before, after, people)


def compare_by_group(
    before_min: ArrayLike, after_min: ArrayLike, weights: ArrayLike, groups: Iterable[Hashable]
) -> dict[Hashable, Change]:
    """The same for each label of ``groups`` (n_demand,), in order of appearance; they sum to the whole."""
    before, after, people = _read(before_min, after_min, weights)
    labels = list(groups)
    reader = ArgumentReader()
    reader.labels("groups", labels, len(people))
    reader.finish()
    own: dict[Hashable, list[int]] = {}
    for row, label in enumerate(labels):
        own.setdefault(label, []).append(row)
    return {label: _change(before[rows], after[rows], people[rows]) for label, rows in own.items()}


def _read(
    before_min: ArrayLike, after_min: ArrayLike, weights: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    before = np.asarray(before_min, dtype=np.float64)
    after = np.asarray(after_min, dtype=np.float64)
    reader = ArgumentReader()
    people = reader.numbers("weights", weights, before.size)
    if before.shape != (before.size,) or after.shape != before.shape:
        reader.fault("before and after must be two lists of the same length", "after_min", value=after.shape)
    reader.finish()
    return before, after, people


def _change(before: FloatArray, after: FloatArray, weights: FloatArray) -> Change:
    was, is_now = np.isfinite(before), np.isfinite(after)
    both = was & is_now
    saved = np.where(both, np.where(both, before, 0.0) - np.where(both, after, 0.0), 0.0)
    gain, lose = saved > _NOTICED_MIN, saved < -_NOTICED_MIN
    newly, gone = is_now & ~was, was & ~is_now
    same = ~(gain | lose | newly | gone)
    return Change(
        weight=float(weights.sum()),
        gain=float(weights[gain].sum()),
        lose=float(weights[lose].sum()),
        same=float(weights[same].sum()),
        newly_served=float(weights[newly].sum()),
        no_longer_served=float(weights[gone].sum()),
        gained_min=float(weights[gain] @ saved[gain]),
        lost_min=float(-weights[lose] @ saved[lose]),
    )
