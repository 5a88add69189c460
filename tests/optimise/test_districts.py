"""Districts against every way to put few places into them."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from optimise import program
from optimise.districts import DistrictProblem, connected_parts, solve_districts
from optimise.errors import ProblemError
from optimise.program import ProgramTooLargeError
from optimise.status import Status


def drawn(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 7))
    beside = np.zeros((n, n), dtype=bool)
    for i in range(1, n):  # a tree, and some borders more
        k = int(rng.integers(0, i))
        beside[i, k] = beside[k, i] = True
    more = rng.random((n, n)) < 0.15
    beside |= more | more.T
    np.fill_diagonal(beside, val=False)
    costs = rng.integers(1, 40, (n, n)).astype(float)
    costs[rng.random((n, n)) < 0.1] = np.inf
    load = rng.integers(1, 10, n).astype(float)
    count = int(rng.integers(1, 4))
    mean = load.sum() / count
    return DistrictProblem(costs, load, beside, count, least=0.5 * mean, most=1.6 * mean)


def hangs_together(places, beside):
    """Whether powers of the neighbours among places reach every pair."""
    own = beside[np.ix_(places, places)] | np.eye(len(places), dtype=bool)
    return bool((np.linalg.matrix_power(own.astype(float), len(places)) > 0).all())


def least(problem):
    n = len(problem.load)
    best = math.inf
    for seats in itertools.combinations(range(n), problem.count):
        for goes in itertools.product(seats, repeat=n):
            if any(goes[j] != j for j in seats):
                continue
            price = sum(problem.costs[i, goes[i]] for i in range(n))
            if price >= best:
                continue
            groups = [[i for i in range(n) if goes[i] == j] for j in seats]
            loads = [problem.load[group].sum() for group in groups]
            if min(loads) < problem.least - 1e-9 or max(loads) > problem.most + 1e-9:
                continue
            if all(hangs_together(group, problem.beside) for group in groups):
                best = price
    return best


@pytest.mark.parametrize("seed", range(60))
def test_no_districts_are_cheaper(seed):
    problem = drawn(seed)
    found, truth = solve_districts(problem), least(problem)
    if math.isinf(truth):
        assert found.status is Status.INFEASIBLE
    else:
        assert found.status is Status.OPTIMAL
        assert found.objective == pytest.approx(truth)
        assert found.gap == pytest.approx(0, abs=1e-6)


def test_a_place_beyond_another_district_is_not_taken():
    """A chain a-b-c whose ends are near each other by the costs alone."""
    beside = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], dtype=bool)
    costs = np.array([[0, 9, 1], [9, 0, 9], [1, 9, 0]], dtype=float)
    found = solve_districts(DistrictProblem(costs, np.ones(3), beside, 2))
    assert found.objective == 9
    assert found.cuts > 0
    assert connected_parts([0, 2], beside) == [[0], [2]]


def test_pairs_that_cannot_be_take_no_room(monkeypatch):
    """Two islands of two: half of the sixteen pairs are none, and no program of sixteen is built."""
    monkeypatch.setattr(program, "MOST_PAIRS", 8)
    island = np.kron(np.eye(2, dtype=bool), np.ones((2, 2), dtype=bool))
    costs = np.where(island, 1.0, np.inf)
    beside = island & ~np.eye(4, dtype=bool)
    found = solve_districts(DistrictProblem(costs, np.ones(4), beside, 2))
    assert (found.status, found.objective) == (Status.OPTIMAL, 4)
    with pytest.raises(ProgramTooLargeError, match="9 pairs"):
        solve_districts(
            DistrictProblem(np.where(np.arange(16).reshape(4, 4) == 2, 1, costs), np.ones(4), beside, 2)
        )


def test_as_many_districts_as_cannot_be_are_refused():
    with pytest.raises(ProblemError, match="count"):
        solve_districts(DistrictProblem(np.zeros((2, 2)), np.ones(2), np.ones((2, 2), dtype=bool), 3))
