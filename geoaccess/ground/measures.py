"""Measures over travel times: what "the median", "the 90th percentile" and "within 30 minutes" mean here.

Conventions, the same everywhere:

* Times are minutes; ``NaN`` is *unreachable* and never a number.
* A **percentile** is the smallest time within which that share of all persons is reached (the inverse of
  the weighted cumulative distribution, type 1 of Hyndman and Fan 1996, doi 10.1080/00031305.1996.10473566).
  The unreachable count as beyond every time, so a percentile that falls among them is ``NaN``.
* A **mean** is over the persons who are reached; how many are not is always told beside it.
* A **threshold** is inclusive: 30.0 minutes is within 30.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from geoaccess.ground.arrays import FloatArray, IntArray
from geoaccess.ground.errors import DataError
from geoaccess.words.note import Note
from networks.errors import Fault


def checked(minutes: ArrayLike, weights: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Times and weights as float arrays of one length.

    Raises:
        DataError: unequal lengths, or a weight that is negative, infinite or NaN.
    """
    times = np.asarray(minutes, dtype=np.float64)
    persons = np.asarray(weights, dtype=np.float64)
    if times.shape != persons.shape or times.ndim != 1:
        raise DataError(Note("fault.measure.shapes", shape=str(times.shape), weights=str(persons.shape)))
    bad = np.flatnonzero(~(np.isfinite(persons) & (persons >= 0)))
    if len(bad):
        raise DataError(
            [
                Fault(
                    "a weight must be a number of at least 0",
                    where="weights",
                    row=str(row),
                    value=str(persons[row]),
                )
                for row in bad
            ]
        )
    return times, persons


def weighted_percentile(minutes: ArrayLike, weights: ArrayLike, share: float) -> float:
    """The smallest time within which ``share`` (0 to 1) of the persons are reached; NaN when too few are.

    >>> weighted_percentile([10.0, 20.0, 90.0], [60, 30, 10], 0.9)
    20.0
    """
    times, persons = checked(minutes, weights)
    used = persons > 0
    return _percentiles(times[used], persons[used], (share,))[0]


def _percentiles(times: FloatArray, persons: FloatArray, shares: Sequence[float]) -> list[float]:
    """Percentiles of people of whom each row has some."""
    if not len(times):
        return [float("nan")] * len(shares)
    order = np.argsort(times, kind="stable")  # NaN sorts last: beyond every time
    ascending, reached = times[order], np.cumsum(persons[order])
    # A share of the total is compared with a margin for the rounding of the sums.
    wanted = [share * reached[-1] * (1 - 1e-12) for share in shares]
    at = np.searchsorted(reached, wanted, side="left")
    found: list[float] = ascending[np.minimum(at, len(times) - 1)].tolist()
    return found


def weighted_mean(minutes: ArrayLike, weights: ArrayLike) -> float:
    """Mean time over the persons who are reached; NaN when nobody is.

    >>> weighted_mean([10.0, 20.0, float("nan")], [3, 1, 5])
    12.5
    """
    times, persons = checked(minutes, weights)
    reached = ~np.isnan(times) & (persons > 0)
    return _mean(times[reached], persons[reached])


def _mean(times: FloatArray, persons: FloatArray) -> float:
    """The mean of people who are all reached, some in each row."""
    return float((times * persons).sum() / persons.sum()) if len(times) else float("nan")


def rows_by(groups: ArrayLike) -> list[tuple[Any, IntArray]]:
    """Each group with its rows, ascending, in the order of the groups' names as texts; found in one pass."""
    which, names = pd.factorize(np.asarray(groups, dtype=object), use_na_sentinel=False)
    ends = np.cumsum(np.bincount(which, minlength=len(names)))[:-1]
    rows = np.split(np.argsort(which, kind="stable"), ends) if len(names) else []
    return sorted(zip(names.tolist(), rows, strict=True), key=lambda one: str(one[0]))


def weighted_means_by(minutes: ArrayLike, weights: ArrayLike, groups: ArrayLike) -> pd.Series:
    """:func:`weighted_mean` of each group, in the order of the groups' names; the index holds the names."""
    times, persons = checked(minutes, weights)
    which, names = pd.factorize(np.asarray(groups, dtype=object), use_na_sentinel=False)
    reached = ~np.isnan(times)
    counted = np.where(reached, persons, 0.0)
    total = np.bincount(which, counted, minlength=len(names))
    summed = np.bincount(which, counted * np.where(reached, times, 0.0), minlength=len(names))
    mean = np.divide(summed, total, out=np.full(len(names), np.nan), where=total > 0)
    order = sorted(range(len(names)), key=lambda place: names[place])
    return pd.Series(mean[order], index=pd.Index(names[order], dtype=object))


def persons_within(minutes: ArrayLike, weights: ArrayLike, threshold_min: float) -> float:
    """Persons reached within a threshold, inclusive."""
    times, persons = checked(minutes, weights)
    return float(persons[times <= threshold_min].sum())


def persons_unreachable(minutes: ArrayLike, weights: ArrayLike) -> float:
    """Persons who are not reached at all."""
    times, persons = checked(minutes, weights)
    return float(persons[np.isnan(times)].sum())


def summarise(
    minutes: ArrayLike, weights: ArrayLike, *, thresholds_min: Sequence[float] = ()
) -> dict[str, float]:
    """The standard row of figures: median, 90th percentile, mean, worst, persons, unreachable, thresholds.

    Returns:
        ``median_min, p90_min, mean_min, worst_min, persons, persons_unreachable`` and for each threshold
        ``persons_within_{t}_min`` and ``share_within_{t}_min`` (share of all persons).
    """
    # Thousands of groups are told for a country: people are checked and put in order once for all figures.
    times, persons = checked(minutes, weights)
    total, used = float(persons.sum()), persons > 0
    lived, held = times[used], persons[used]
    median, p90 = _percentiles(lived, held, (0.5, 0.9))
    lost, never = np.isnan(times), np.isnan(lived)
    known = lived[~never]
    figures = {
        "median_min": median,
        "p90_min": p90,
        "mean_min": _mean(known, held[~never]),
        "worst_min": float(known.max()) if np.isfinite(known).any() else float("nan"),
        "persons": total,
        "persons_unreachable": float(persons[lost].sum()),
    }
    for threshold in thresholds_min:
        within = float(persons[times <= threshold].sum())
        figures[f"persons_within_{threshold:g}_min"] = within
        figures[f"share_within_{threshold:g}_min"] = within / total if total else float("nan")
    return figures


def summarise_by(
    minutes: ArrayLike, weights: ArrayLike, groups: ArrayLike, *, thresholds_min: Sequence[float] = ()
) -> pd.DataFrame:
    """:func:`summarise` for each group, in the order of the groups' names; the index holds the names."""
    times, persons = checked(minutes, weights)
    which, found = pd.factorize(np.asarray(groups, dtype=object), use_na_sentinel=False)
    ends = np.cumsum(np.bincount(which, minlength=len(found)))
    members = np.split(np.argsort(which, kind="stable"), ends)[: len(found)]
    rows = {
        name: summarise(times[own], persons[own], thresholds_min=thresholds_min)
        for name, own in sorted(zip(found.tolist(), members, strict=True), key=lambda group: group[0])
    }
    return pd.DataFrame.from_dict(rows, orient="index")
