"""Assertions for tests of studies and of programs that use geoaccess: what must hold of times and placements.

>>> import numpy as np
>>> from geoaccess.testing import assert_minutes_equal
>>> assert_minutes_equal(np.array([1.0, np.nan]), np.array([1.0, np.nan]))
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from geoaccess.questions.access.answer import Accessibility
from optimise import Solution, Status, verify

#: Minutes that two engines may differ by: 1e-6 s.
ENGINE_TOLERANCE_MIN = 1e-6 / 60.0


def assert_minutes_equal(actual: ArrayLike, expected: ArrayLike, *, atol_min: float = 1e-6) -> None:
    """Same minutes, and unreachable (NaN) for the same pairs.

    Args:
        actual: minutes of any shape, NaN for unreachable.
        expected: minutes of the same shape.
        atol_min: largest difference, minutes.

    Raises:
        AssertionError: saying how many pairs differ, the largest difference and where it is.
    """
    one, other = np.asarray(actual, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    if one.shape != other.shape:
        raise AssertionError(f"minutes of shape {one.shape}, expected {other.shape}")
    lost, gained = np.isnan(one) & ~np.isnan(other), ~np.isnan(one) & np.isnan(other)
    if lost.any() or gained.any():
        raise AssertionError(
            f"{int(lost.sum())} pairs are unreachable that should not be, "
            f"{int(gained.sum())} are reached that should not be"
        )
    apart = np.nan_to_num(np.abs(one - other))
    if apart.size and apart.max() > atol_min:
        where = tuple(int(index) for index in np.unravel_index(apart.argmax(), apart.shape))
        raise AssertionError(
            f"{int((apart > atol_min).sum())} of {apart.size} pairs differ by more than {atol_min:g} min; "
            f"most at {where}: {one[where]:g}, expected {other[where]:g}"
        )


def assert_metric(minutes: ArrayLike, *, atol_min: float = ENGINE_TOLERANCE_MIN) -> None:
    """Travel times among the same points: 0 to oneself, and no way round is quicker than the way itself.

    Args:
        minutes: (n, n), NaN for unreachable.
        atol_min: largest violation, minutes.

    Raises:
        AssertionError: naming the points.
    """
    times = np.asarray(minutes, dtype=np.float64)
    if times.ndim != 2 or times.shape[0] != times.shape[1]:
        raise AssertionError(f"want a square matrix, found shape {times.shape}")
    if np.nan_to_num(np.abs(np.diag(times))).max(initial=0.0) > atol_min:
        raise AssertionError("somebody needs time to be where they are")
    ways = np.where(np.isnan(times), np.inf, times)
    for middle in range(len(ways)):
        quicker = ways[:, [middle]] + ways[[middle], :] < ways - atol_min
        if quicker.any():
            start, end = (int(index[0]) for index in np.nonzero(quicker))
            raise AssertionError(f"from {start} to {end} it is quicker by {middle}")


def assert_proven(solution: Solution) -> None:
    """The solution is optimal, its bound closes the gap, and a fresh look at sites and costs agrees.

    Raises:
        AssertionError: with the status and gap, or with everything that is wrong.
    """
    if solution.status is not Status.OPTIMAL:
        raise AssertionError(f"{solution.status.value}, gap {solution.gap:.3g}: not proven optimal")
    checked = verify(solution)
    if not checked.ok:
        raise AssertionError("; ".join(str(fault) for fault in checked.faults))
    if not np.isclose(checked.objective, solution.objective, rtol=1e-9, atol=1e-9):
        raise AssertionError(f"objective {solution.objective:g}, recomputed {checked.objective:g}")


def assert_persons_reconcile(result: Accessibility, *, persons: float) -> None:
    """Every person is counted once in every scenario and kind of service.

    Args:
        result: of :func:`geoaccess.accessibility`.
        persons: people of the study.

    Raises:
        AssertionError: naming the scenario and kind.
    """
    sums: pd.Series = result.rows.groupby(["scenario", "kind"])["persons"].sum()
    wrong = sums[~np.isclose(sums.to_numpy(), persons, rtol=1e-9)]
    if len(wrong):
        told = ", ".join(f"{state}: {total:,.0f}" for state, total in wrong.items())
        raise AssertionError(f"want {persons:,.0f} persons, found {told}")
