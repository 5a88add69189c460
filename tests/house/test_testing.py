"""The assertions that are shipped fail when they should, and say why."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import geoaccess as ga
from geoaccess.testing import assert_metric, assert_minutes_equal, assert_persons_reconcile, assert_proven
from optimise import PlacementProblem, Status, solve

NAN = np.nan


def test_equal_minutes_pass() -> None:
    assert_minutes_equal([[1.0, NAN]], [[1.0 + 1e-9, NAN]])


@pytest.mark.parametrize(
    ("actual", "expected", "told"),
    [
        ([1.0], [[1.0]], "shape"),
        ([1.0, NAN], [1.0, 2.0], "1 pairs are unreachable that should not be"),
        ([1.0, 2.0], [1.0, NAN], "1 are reached that should not be"),
        ([1.0, 2.0, 9.0], [1.0, 2.5, 3.0], r"2 of 3 pairs differ .* most at \(2,\): 9, expected 3"),
    ],
)
def test_different_minutes_are_told(actual: object, expected: object, told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        assert_minutes_equal(actual, expected)  # type: ignore[arg-type]


def test_a_metric_passes_and_a_detour_that_is_quicker_does_not() -> None:
    assert_metric([[0, 1, 2], [NAN, 0, 1], [NAN, NAN, 0]])
    with pytest.raises(AssertionError, match="from 0 to 2 it is quicker by 1"):
        assert_metric([[0, 1, 9], [1, 0, 1], [NAN, 1, 0]])
    with pytest.raises(AssertionError, match="quicker"):
        assert_metric([[0, 1, NAN], [1, 0, 1], [NAN, 1, 0]])
    with pytest.raises(AssertionError, match="where they are"):
        assert_metric([[1.0]])
    with pytest.raises(AssertionError, match="square"):
        assert_metric([1.0])


def test_a_proof_is_asked_for() -> None:
    solution = solve(PlacementProblem([[1, 9], [8, 2]], p=1))
    assert_proven(solution)
    with pytest.raises(AssertionError, match="not proven optimal"):
        assert_proven(dataclasses.replace(solution, status=Status.FEASIBLE))
    with pytest.raises(AssertionError, match="recomputed"):
        assert_proven(dataclasses.replace(solution, objective=solution.objective - 1))


def test_every_person_is_counted_once() -> None:
    study = ga.load_study("nord-norge")
    result = ga.accessibility(study, kinds=["akuttmottak"])
    persons = float(study.demand["people"].sum())
    assert_persons_reconcile(result, persons=persons)
    with pytest.raises(AssertionError, match="akuttmottak"):
        assert_persons_reconcile(result, persons=persons + 1)
