"""The frontier gives what single solves give, and says what cannot be."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimise.errors import ProblemError
from optimise.pmedian_engine import frontier, solve_p_median
from optimise.status import Status


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.sampled_from([0, 0, 2]))
def test_every_point_equals_a_solve_of_its_own(seed: int, whole: bool, n_fixed: int) -> None:
    random = np.random.default_rng(seed)
    costs = random.uniform(0, 50, (30, 14))
    costs[random.random(costs.shape) < 0.2] = np.nan
    costs = np.rint(costs) if whole else costs
    weights = random.integers(0, 6, 30).astype(float)
    fixed = random.choice(14, n_fixed, replace=False).tolist()
    counts = list(range(max(1, n_fixed), 13))
    points = frontier(costs, weights, counts, fixed_in=fixed)
    assert list(points) == counts
    for p, point in points.items():
        alone = solve_p_median(costs, weights, p, fixed_in=fixed)
        assert point.status is alone.status
        assert set(fixed) <= set(point.chosen.tolist()) or point.status is Status.INFEASIBLE
        if point.status is Status.OPTIMAL:
            assert point.objective == pytest.approx(alone.objective, rel=1e-6, abs=1e-9)
            assert point.lower_bound <= point.objective
            assert len(point.chosen) == p
    objectives = [point.objective for point in points.values() if point.status is Status.OPTIMAL]
    assert all(later <= before * (1 + 1e-6) + 1e-9 for before, later in itertools.pairwise(objectives))


def test_points_are_told_as_they_come_and_an_impossible_number_is_infeasible() -> None:
    costs = np.array([[1.0, np.nan, 7.0], [np.nan, 2.0, np.nan]])
    told = []
    points = frontier(costs, None, [3, 1, 2, 2], on_point=lambda p, point: told.append((p, point.status)))
    assert told == [(1, Status.INFEASIBLE), (2, Status.OPTIMAL), (3, Status.OPTIMAL)]
    assert points[2].objective == points[3].objective == 3.0


def test_numbers_beyond_the_sites_are_all_named() -> None:
    with pytest.raises(ProblemError) as caught:
        frontier(np.ones((2, 3)), None, [0, 2, 4, 5])
    assert [fault.value for fault in caught.value.faults] == ["0", "4", "5"]
