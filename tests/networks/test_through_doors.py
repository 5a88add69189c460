"""Minutes through the doors of two points, compiled: against all doors tried one by one, to the last bit."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import geoaccess as ga
from networks import times, travel_time_matrix
from networks.snapping import snap
from networks.through_doors import least_through


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(0, 6), st.integers(0, 6))
def test_the_least_over_all_doors(seed, n_starts, n_stops):
    rng = np.random.default_rng(seed)
    between = rng.random((4, 5)) * 1e4
    between[rng.random(between.shape) < 0.3] = np.inf
    source_of, target_of = rng.integers(0, 4, (n_starts, 2)), rng.integers(0, 5, (n_stops, 2))
    out_s, in_s = rng.random((n_starts, 2)) * 900, rng.random((n_stops, 2)) * 900
    out_s[rng.random(out_s.shape) < 0.3] = np.inf
    in_s[rng.random(in_s.shape) < 0.3] = np.inf
    start = rng.choice([np.inf, 4000.0], (n_starts, n_stops))
    found = start.copy()
    least_through(between, source_of, out_s, target_of, in_s, found)
    for i, j in itertools.product(range(n_starts), range(n_stops)):
        ways = [
            float(between[source_of[i, a], target_of[j, b]]) + float(out_s[i, a]) + float(in_s[j, b])
            for a, b in itertools.product(range(2), repeat=2)
        ]
        assert found[i, j] == min(float(start[i, j]), *ways)


def test_a_matrix_put_together_by_compiled_code_is_the_same(monkeypatch):
    network = ga.load_study("malta").network
    rng = np.random.default_rng(3)
    people = snap(
        network, rng.uniform(14.19, 14.56, 90), rng.uniform(35.81, 36.07, 90), max_distance_m=3000.0
    )
    for ends in ((people, people.take(np.arange(7))), (people.take(np.arange(7)), people)):
        monkeypatch.setattr(times, "_COMPILED_PAIRS", 10**9)
        plain = travel_time_matrix(network, *ends, engine="scipy")
        monkeypatch.setattr(times, "_COMPILED_PAIRS", 0)
        assert np.array_equal(plain, travel_time_matrix(network, *ends, engine="scipy"), equal_nan=True)
