"""Districts against every way to put few places into them."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from optimise import district_parts, program
from optimise.district_parts import cheapest
from optimise.district_program import DistrictProblem, connected_parts
from optimise.districts import solve_districts
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


def on_islands(seed):
    """Two or three regions beside each other that no border joins, or that no way does."""
    rng = np.random.default_rng(seed)
    parts = [drawn(seed * 10 + one) for one in range(int(rng.integers(2, 4)))]
    parts = [
        DistrictProblem(one.costs[:k, :k], one.load[:k], one.beside[:k, :k], 1)
        for one, k in zip(parts, (4, 2, 1), strict=False)
    ]
    first = np.cumsum([0, *(len(one.load) for one in parts)])
    n = int(first[-1])
    ways_lead_over = bool(rng.random() < 0.5)
    costs = rng.integers(1, 40, (n, n)).astype(float) if ways_lead_over else np.full((n, n), np.inf)
    beside = np.zeros((n, n), dtype=bool)
    load = np.concatenate([one.load for one in parts])
    for one, a in zip(parts, first, strict=False):
        own = slice(a, a + len(one.load))
        costs[own, own], beside[own, own] = one.costs, one.beside
    count = int(rng.integers(len(parts), 4))
    bounds = (
        {"least": 0.4 * load.sum() / count, "most": 2.2 * load.sum() / count} if rng.random() < 0.7 else {}
    )
    return DistrictProblem(costs, load, beside, count, **bounds)


@pytest.mark.parametrize("seed", range(40))
def test_no_districts_of_islands_are_cheaper(seed):
    problem = on_islands(seed)
    found, truth = solve_districts(problem), least(problem)
    if math.isinf(truth):
        assert found.status is Status.INFEASIBLE
        assert not len(found.seat)
    else:
        assert found.status is Status.OPTIMAL
        assert found.objective == pytest.approx(truth)
        assert found.gap == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("seed", range(30))
def test_no_numbers_are_cheaper_together(seed):
    rng = np.random.default_rng(seed)
    counts = [range(a, a + int(rng.integers(1, 5))) for a in rng.integers(1, 3, 3).tolist()]
    prices = [np.where(rng.random(len(one)) < 0.2, np.inf, rng.random(len(one))) for one in counts]
    number = int(rng.integers(3, 12))
    truth = min(
        (
            sum(price[at] for price, at in zip(prices, which, strict=True))
            for which in itertools.product(*(range(len(one)) for one in counts))
            if sum(one[at] for one, at in zip(counts, which, strict=True)) == number
        ),
        default=math.inf,
    )
    found = cheapest(prices, counts, number)
    if found is None:
        assert math.isinf(truth)
    else:
        assert sum(one[at] for one, at in zip(counts, found, strict=True)) == number
        assert sum(price[at] for price, at in zip(prices, found, strict=True)) == pytest.approx(truth)


def test_islands_that_a_limit_stops_tell_a_bound_and_what_is_known(monkeypatch):
    problem = next(one for one in map(on_islands, range(60)) if math.isfinite(least(one)))
    truth, real, seen = least(problem), district_parts.solve_program, []

    def stopped(program, limits):
        found = real(program, limits)
        seen.append(program)
        return replace(found, status=Status.FEASIBLE, bound=found.bound - 1) if len(seen) > 1 else found

    monkeypatch.setattr(district_parts, "solve_program", stopped)
    found = solve_districts(problem)
    assert found.status in {Status.FEASIBLE, Status.NO_SOLUTION}
    assert found.bound <= truth + 1e-6
    if len(found.seat):
        assert found.objective >= truth - 1e-6


def test_a_place_beyond_another_district_is_not_taken():
    """A chain a-b-c whose ends are near each other by the costs alone."""
    beside = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], dtype=bool)
    costs = np.array([[0, 9, 1], [9, 0, 9], [1, 9, 0]], dtype=float)
    found = solve_districts(DistrictProblem(costs, np.ones(3), beside, 2))
    assert found.objective == 9
    assert found.cuts > 0
    assert connected_parts([0, 2], beside) == [[0], [2]]


def test_pairs_that_cannot_be_take_no_room(monkeypatch):
    """Two islands of two: half of the sixteen pairs are none, and each island has a program of its own four."""
    monkeypatch.setattr(program, "MOST_PAIRS", 4)
    island = np.kron(np.eye(2, dtype=bool), np.ones((2, 2), dtype=bool))
    costs = np.where(island, 1.0, np.inf)
    beside = island & ~np.eye(4, dtype=bool)
    found = solve_districts(DistrictProblem(costs, np.ones(4), beside, 2))
    assert (found.status, found.objective) == (Status.OPTIMAL, 4)
    monkeypatch.setattr(program, "MOST_PAIRS", 3)
    with pytest.raises(ProgramTooLargeError, match="4 pairs"):
        solve_districts(DistrictProblem(costs, np.ones(4), beside, 2))


def test_as_many_districts_as_cannot_be_are_refused():
    with pytest.raises(ProblemError, match="count"):
        solve_districts(DistrictProblem(np.zeros((2, 2)), np.ones(2), np.ones((2, 2), dtype=bool), 3))
