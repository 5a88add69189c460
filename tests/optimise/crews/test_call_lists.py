"""Calls put together by their lists, beside the formulas of the approximation written out call by call."""

from __future__ import annotations

from math import exp, factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimise.crews import (
    CallLists,
    alike_lists,
    approximate_hypercube,
    asked_in_order,
    bound_minutes,
    hypercube_of_lists,
)
from optimise.crews.system import FIRST, NEVER, SUPPORT


def offered_load(servers: int, share: float) -> float:
    """Erlangs that N servers are offered where each is busy this share of the time, losses being lost."""

    def carried(a: float) -> float:
        states = [a**j / factorial(j) for j in range(servers + 1)]
        return a * (1 - states[-1] / sum(states)) / servers

    low, high = 0.0, 1e4
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if carried(middle) < share else (low, middle)
    return high


def jarvis(servers: int, share: float, k: int) -> float:
    """Q(N, rho, k) of Larson (1975), by the sum over states of a loss system."""
    a = offered_load(servers, share)
    states = [a**j / factorial(j) for j in range(servers + 1)]
    p = [one / sum(states) for one in states]
    found = 0.0
    for j in range(k, servers):
        taken = 1.0
        for m in range(k):
            taken *= (j - m) / (servers - m)
        found += p[j] * taken * (servers - j) / (servers - k)
    return found / ((1 - share) * share**k)


def fixed_point(rate, near, bound, home, crews) -> np.ndarray:
    """Busy shares by damped rounds over every call, minutes home with the exponential itself."""
    busy, asked = np.full(crews, 0.3), np.full(crews, 1e-9)
    for _ in range(300):
        q = [jarvis(crews, float(busy.mean()), k) for k in range(near.shape[1])]
        free, load = np.zeros(crews), np.zeros(crews)
        for i in range(len(rate)):
            sent, passed = [], 1.0
            for k, u in enumerate(near[i]):
                sent.append(q[k] * passed * (1 - busy[u]))
                passed *= busy[u]
            for k, u in enumerate(near[i]):
                calls = rate[i] * sent[k] / sum(sent) / (1 - busy[u])
                v, h = asked[u], home[i, k]
                free[u] += calls
                load[u] += calls * (bound[i, k] - h + (1 - exp(-v * h)) / v)
        asked, found = free, load / (1 + load)
        if np.abs(found - busy).max() < 1e-12:
            break
        busy = 0.5 * busy + 0.5 * found
    return busy


def some_calls(seed: int = 3):
    """60 kinds of calls over 4 lists of 4 of 6 crews, minutes home from none to hours."""
    g = np.random.default_rng(seed)
    lists = np.stack([g.permutation(6)[:4] for _ in range(4)])
    of = g.integers(0, 4, 60)
    home = np.where(g.random((60, 4)) < 0.2, 0.0, g.exponential(40.0, (60, 4)))
    bound = home + g.uniform(20, 90, (60, 4))
    rate = g.uniform(0.5, 1.5, 60)
    return lists, of, 0.35 * 6 / 90 * rate / rate.sum(), bound, home


def test_lists_and_calls_one_by_one_are_the_fixed_point_of_the_formulas() -> None:
    lists, of, rate, bound, home = some_calls()
    wanted = fixed_point(rate, lists[of], bound, home, 6)
    assert wanted.min() > 0.1
    assert wanted.max() < 0.6
    one = approximate_hypercube(rate, lists[of], bound, crews=6, home_min=home, tolerance=1e-10)
    assert one.busy == pytest.approx(wanted, abs=2e-6)  # the mean busy share is rounded to 1e-5 for Q
    together = CallLists(lists, np.full(4, 4))
    for part in (slice(0, 25), slice(25, 60)):  # a list in two parts is one all the same
        together.add(of[part], rate[part] * 1e4, bound[part], home[part])
    found = hypercube_of_lists(together.finish(), np.full(4, 1e-4), crews=6, tolerance=1e-10)
    assert found.busy == pytest.approx(one.busy, abs=1e-10)
    assert found.sent[of] == pytest.approx(one.sent, abs=1e-10)
    again = hypercube_of_lists(
        together, np.full(4, 1e-4), crews=6, tolerance=1e-10, start=np.array([0.9, 0, 0.5, 0.1, 0.7, 0.2])
    )
    assert again.busy == pytest.approx(found.busy, abs=1e-9)


def test_crews_that_drive_home_in_no_time_are_bound_as_long_as_they_are() -> None:
    lists, of, rate, bound, home = some_calls()
    still = approximate_hypercube(rate, lists[of], bound, crews=6, tolerance=1e-10).busy
    driving = approximate_hypercube(
        rate, lists[of], bound, crews=6, home_min=home * 0 + 1e-6, tolerance=1e-10
    )
    assert driving.busy == pytest.approx(still, abs=1e-9)
    assert (approximate_hypercube(rate, lists[of], bound, crews=6, home_min=home).busy < still).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(1, 3))
def test_who_is_asked_is_whom_sorting_puts_first(seed: int, most: int, fewest: int) -> None:
    g = np.random.default_rng(seed)
    n, kinds = 7, 20
    arrival = g.integers(1, 12, (5, n)).astype(float) * 10  # with ties
    arrival[g.random(arrival.shape) < 0.2] = np.inf
    at, klass, severe = g.integers(0, 5, kinds), g.integers(0, 2, kinds), g.random(kinds) < 0.5
    may = g.choice([NEVER, FIRST, SUPPORT], (2, n))
    reach = np.array([45.0, np.inf])
    near, minutes, length = asked_in_order(
        arrival, at, klass, severe, may, reach, 15.0, 45.0, most, min(fewest, most)
    )
    for a in range(kinds):
        counted = []
        for u in range(n):
            own = arrival[at[a], u]
            if may[klass[a], u] != NEVER and own < np.inf:
                later = own if may[klass[a], u] == FIRST else own + 15
                counted.append((max(later, 45) if later != own and not severe[a] else later, u))
        counted = sorted(counted)[:most]
        assert near[a].tolist() == [u for _, u in counted] + [-1] * (most - len(counted))
        assert minutes[a, : len(counted)].tolist() == [arrival[at[a], u] for _, u in counted]
        within = [u for c, u in counted if c <= max(reach[klass[a]], counted[0][0])]
        assert length[a] == min(max(len(within), min(fewest, most)), len(counted))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_lists_are_alike_where_their_crews_and_class_are(seed: int) -> None:
    g = np.random.default_rng(seed)
    near = g.integers(0, 2, (50, 3)).astype(np.int32)
    klass, length = g.integers(0, 2, 50), g.integers(0, 3, 50)
    own, firsts = alike_lists(near, length, klass)
    numbers: dict[tuple[int, ...], int] = {}
    for a in range(50):
        key = (int(klass[a]), *near[a].tolist())
        assert own[a] == (numbers.setdefault(key, len(numbers)) if length[a] else -1)
    assert [(int(klass[a]), *near[a].tolist()) for a in firsts] == list(numbers)


def test_minutes_from_alarm_until_home() -> None:
    """A car and a boat, two bases: by hand."""
    near, length = np.array([[0, 1], [1, -1]], dtype=np.int32), np.array([2, 1])
    bound, back = bound_minutes(
        near, length, np.array([0, 0, 1]), np.array([[5.0, 9.0], [7.0, np.inf]]), np.array([0, 0, 1]),
        np.array([2, -1, 2]), np.array([3, -1, 3]), np.array([30.0, 40.0, 50.0]),
        np.array([[11.0, 12.0], [np.inf, np.inf], [13.0, np.inf]]),
        np.array([[1.0, 2.0], [3.0, np.inf], [5.0, 6.0], [7.0, 8.0]]),
        np.array([0, 1]), np.array([0, 1]), np.array([True, False]), 240.0,
    )  # fmt: skip
    # Car: 5 + 30 + 11 to place 2 + 5 home. Boat: 9 + 30 + 12 to place 3 + 8 home. Then both from the patient. The
    # last patient cannot be brought anywhere by boat, and no way leads home from there.
    assert bound.tolist() == [
        [5 + 30 + 11 + 5, 9 + 30 + 12 + 8],
        [5 + 40 + 1, 9 + 40 + 2],
        [7 + 50 + 240, 0],
    ]
    assert back.tolist() == [[5, 0], [1, 0], [0, 0]]
