"""Units of a whole size against every answer there is, with and without a second service."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from optimise import sized_units
from optimise.errors import ProblemError
from optimise.sized_in_turn import order_of_sites
from optimise.sized_units import Second, SizedProblem, price_of, solve_sized
from optimise.status import Status


def drawn(seed, *, second=False):
    rng = np.random.default_rng(seed)
    n, m, k = rng.integers(2, 5), rng.integers(2, 4), 3
    travel = np.where(rng.random((n, m)) < 0.2, np.inf, rng.integers(1, 30, (n, m)).astype(float))
    sizes = np.array([1, 2, 4])
    price = rng.integers(2, 20, (m, 1)) + sizes * rng.integers(1, 9, (m, 1)).astype(float)
    price = np.where(rng.random((m, k)) < 0.15, np.inf, price)
    groups = rng.integers(0, 2, m) if seed % 3 == 0 else np.full(m, -1)
    tied = None
    if second:
        tied = Second(
            np.where(rng.random((n, m)) < 0.2, np.inf, rng.integers(1, 30, (n, m)).astype(float)),
            rng.integers(0, 20, m).astype(float),
            rng.integers(0, 5, m).astype(float),
            rng.integers(-1, m, n),
        )
    return SizedProblem(
        travel=travel,
        load=rng.integers(1, 8, n) / 4.0,
        sizes=sizes,
        room=np.tile(sizes * 0.6, (m, 1)),
        price=price,
        closed_price=rng.integers(0, 6, m).astype(float),
        must_open=rng.random(m) < 0.2,
        one_of=groups,
        second=tied,
    )


def least(problem):
    """The least price, by trying every set of sizes, every assignment and every second service."""
    n, m = problem.travel.shape
    best = math.inf
    for sizes in itertools.product((0, *problem.sizes.tolist()), repeat=m):
        if any(problem.must_open[j] and not sizes[j] for j in range(m)):
            continue
        if any(
            sum(sizes[j] > 0 for j in range(m) if problem.one_of[j] == g) != 1
            for g in set(problem.one_of.tolist()) - {-1}
        ):
            continue
        at = [list(problem.sizes).index(size) if size else -1 for size in sizes]
        cost = sum(problem.price[j, at[j]] if sizes[j] else problem.closed_price[j] for j in range(m))
        room = [problem.room[j, at[j]] if sizes[j] else 0.0 for j in range(m)]
        for goes in itertools.product([j for j in range(m) if sizes[j]], repeat=n):
            if any(sum(problem.load[i] for i in range(n) if goes[i] == j) > room[j] + 1e-9 for j in range(m)):
                continue
            whole = cost + sum(problem.travel[i, goes[i]] for i in range(n))
            if whole < best:
                best = min(best, whole + second_price(problem, sizes, goes))
    return best


def second_price(problem, sizes, goes):
    tied = problem.second
    if tied is None:
        return 0.0
    n, m = problem.travel.shape
    best = math.inf
    for there in itertools.product((False, True), repeat=m):
        if any(sizes[j] and not there[j] for j in range(m)):
            continue
        cost = sum(tied.open_price[j] if there[j] else tied.closed_price[j] for j in range(m))
        for i in range(n):
            at_home = tied.home[i] >= 0 and there[tied.home[i]]
            sites = [j for j in range(m) if there[j]] if at_home else [goes[i]]
            cost += min((tied.travel[i, j] for j in sites), default=math.inf)
        best = min(best, cost)
    return best


@pytest.fixture(params=["in turn", "solver"])
def way(request, monkeypatch):
    """Both ways to an answer: site by site, and the program."""
    if request.param == "solver":
        monkeypatch.setattr(sized_units, "order_of_sites", lambda _: None)
    return request.param


@pytest.mark.parametrize("seed", range(30))
def test_no_answer_is_cheaper(seed, way):
    problem = drawn(seed)
    found, truth = solve_sized(problem), least(problem)
    if math.isinf(truth):
        assert found.status is Status.INFEASIBLE
    else:
        assert found.status is Status.OPTIMAL
        assert found.objective == pytest.approx(truth, rel=1e-7)
        assert found.gap == pytest.approx(0, abs=1e-6)
        assert price_of(problem, found) == found.objective
        shared = len(set(problem.one_of.tolist()) - {-1}) < (problem.one_of >= 0).sum()
        assert ("HiGHS" not in found.solver) == (way == "in turn" and not shared)


@pytest.mark.parametrize("seed", range(300, 320))
def test_a_solver_finds_nothing_cheaper_than_counting_site_by_site(seed, monkeypatch):
    rng = np.random.default_rng(seed)
    n, m, sizes = 14, 5, np.arange(1, 9)
    travel = rng.integers(1, 30, (n, m)).astype(float)
    travel[rng.random((n, m)) < 0.5] = np.inf
    problem = SizedProblem(
        travel=travel,
        load=np.where(rng.random(n) < 0.1, 0.0, rng.random(n)),
        sizes=sizes,
        room=np.tile(sizes * 0.7 - 0.4, (m, 1)),
        price=rng.integers(20, 60, (m, 1)) + sizes * rng.integers(9, 30, (m, 1)).astype(float),
        closed_price=rng.integers(0, 6, m).astype(float),
        must_open=rng.random(m) < 0.3,
        one_of=np.where(rng.random(m) < 0.2, np.arange(m), -1),
    )
    found = solve_sized(problem)
    monkeypatch.setattr(sized_units, "order_of_sites", lambda _: None)
    truth = solve_sized(problem)
    assert found.status is truth.status
    assert "HiGHS" in truth.solver
    if len(truth.size):
        assert "HiGHS" not in found.solver
        assert found.objective == pytest.approx(truth.objective, rel=1e-7)


def test_what_would_take_too_many_ways_is_left_to_a_solver():
    everywhere = np.ones((40, 12))
    assert order_of_sites(everywhere) is None
    assert order_of_sites(np.ones((63, 2))) is None
    order, ways = order_of_sites(np.where(np.eye(40, 12) > 0, 1.0, np.inf))
    assert sorted(order) == list(range(12))
    assert ways <= 12


@pytest.mark.parametrize("seed", range(100, 125))
def test_no_answer_of_two_services_is_cheaper(seed):
    problem = drawn(seed, second=True)
    found, truth = solve_sized(problem), least(problem)
    if math.isinf(truth):
        assert found.status is Status.INFEASIBLE
    else:
        assert found.objective == pytest.approx(truth, rel=1e-7)
        assert not ((found.size > 0) & ~found.second_open).any()


def beside(one, other):
    """Two problems as one in which nobody goes from one to the other."""
    labels = one.one_of.max() + 1

    def apart(a, b):
        corners = [[np.full((len(x), y.shape[1]), np.inf) for y in (a, b)] for x in (a, b)]
        corners[0][0], corners[1][1] = a, b
        return np.block(corners)

    tied = None
    if one.second is not None:
        a, b = one.second, other.second
        tied = Second(
            apart(a.travel, b.travel),
            np.append(a.open_price, b.open_price),
            np.append(a.closed_price, b.closed_price),
            np.append(a.home, np.where(b.home < 0, -1, b.home + len(one.must_open))),
        )
    grouped = np.where(other.one_of < 0, -1, other.one_of + labels)
    both = {
        name: np.concatenate([getattr(one, name), getattr(other, name)])
        for name in ("load", "room", "price", "closed_price", "must_open")
    }
    return SizedProblem(
        travel=apart(one.travel, other.travel),
        sizes=one.sizes,
        one_of=np.append(one.one_of, grouped),
        second=tied,
        **both,
    )


@pytest.mark.parametrize("second", [False, True])
@pytest.mark.parametrize("seed", range(200, 220))
def test_parts_that_nothing_ties_are_solved_apart(seed, second, way, monkeypatch):
    one, other = drawn(seed, second=second), drawn(seed + 3, second=second)
    truth = least(one) + least(other)
    sizes, real = [], sized_units._solve_whole
    monkeypatch.setattr(
        sized_units, "_solve_whole", lambda part, *rest: sizes.append(part) or real(part, *rest)
    )
    found = solve_sized(beside(one, other))
    assert len(sizes) > 1 or math.isinf(truth)
    if math.isinf(truth):
        assert found.status is Status.INFEASIBLE
        assert not len(found.size)
    else:
        assert found.status is Status.OPTIMAL
        assert found.objective == pytest.approx(truth, rel=1e-7)
        assert found.gap == pytest.approx(0, abs=1e-6)
        assert price_of(beside(one, other), found) == found.objective


def test_arrays_that_do_not_fit_are_refused():
    problem = drawn(1)
    wrong = SizedProblem(**{**vars(problem), "load": problem.load[:-1]})
    with pytest.raises(ProblemError, match="load"):
        solve_sized(wrong)


def test_a_person_too_many_beside_a_million_does_not_go(way):
    """A million and one in room for a million and a half a person: the solver sent 0.9999995 of them."""
    problem = SizedProblem(
        travel=np.array(
            [[30.0, 43, 13, 0], [59, 51, 20, 17], [17, 22, 12, 15], [17, 7, 56, 20], [21, 2, 48, 60]]
        ),
        load=np.array([1e6, 0, 1, 1e6, 0]),
        sizes=np.array([1, 2]),
        room=np.tile([1_000_000.5, 2_000_001.0], (4, 1)),
        price=np.array([[37.0, 31.1], [2, 36.8], [17, 76.4], [1, 65.1]]),
        closed_price=np.array([0.0, 27, 0, 0]),
        must_open=np.zeros(4, dtype=bool),
        one_of=np.full(4, -1),
    )
    found = solve_sized(problem)
    assert found.status is Status.OPTIMAL
    assert found.objective == pytest.approx(least(problem)) == pytest.approx(58.0)
