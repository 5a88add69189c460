"""Erlang loss against its defining sum, hand-worked fractions and tabulated traffic."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimise import ProblemError
from optimise.queues import busy_fraction, erlang_loss, occupancy, servers_for_loss, servers_for_occupancy

OFFERED = st.floats(0.01, 40.0)


@given(OFFERED, st.integers(0, 40))
def test_the_recursion_is_the_defining_sum(offered, servers):
    states = [offered**count / math.factorial(count) for count in range(servers + 1)]
    assert erlang_loss(offered, servers) == pytest.approx(states[-1] / sum(states), rel=1e-9)


@pytest.mark.parametrize(
    ("offered", "servers", "expected"),
    [(1, 1, 1 / 2), (1, 2, 1 / 5), (2, 2, 2 / 5), (3, 3, 9 / 26), (0, 3, 0.0), (5, 0, 1.0)],
)
def test_fractions_worked_by_hand(offered, servers, expected):
    assert erlang_loss(offered, servers) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize(
    ("servers", "offered", "loss"),
    [(5, 1.36, 0.01), (10, 4.46, 0.01), (20, 12.03, 0.01), (10, 5.08, 0.02), (20, 13.18, 0.02)],
)
def test_tables_of_traffic_offered_at_a_loss(servers, offered, loss):
    """Standard Erlang B tables give the offered traffic to two decimals."""
    assert erlang_loss(offered - 0.005, servers) <= loss <= erlang_loss(offered + 0.005, servers)


@given(OFFERED, st.floats(0.001, 0.9))
def test_fewest_servers_for_a_loss(offered, most_lost):
    servers = servers_for_loss(offered, most_lost)
    assert erlang_loss(offered, servers) <= most_lost
    assert erlang_loss(offered, servers - 1) > most_lost


@given(OFFERED, st.floats(0.05, 0.99))
def test_fewest_servers_for_an_occupancy(offered, target):
    servers = servers_for_occupancy(offered, target)
    assert occupancy(offered, servers) <= target
    assert servers == 1 or occupancy(offered, servers - 1) > target


def test_occupancy_counts_what_is_not_turned_away():
    assert occupancy(1.0, 1) == pytest.approx(0.5)
    assert occupancy(2.0, 2) == pytest.approx(2 * (1 - 0.4) / 2)
    assert math.isnan(occupancy(1.0, 0))
    assert servers_for_occupancy(0.0, 0.8) == 0
    assert servers_for_loss(0.0, 0.1) == 0


def test_busy_fraction_is_hours_of_work_per_vehicle():
    assert busy_fraction(0.5, 1.5, 3) == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: erlang_loss(-1, 3), "offered"),
        (lambda: erlang_loss(math.nan, 3), "offered"),
        (lambda: erlang_loss(1, -3), "servers"),
        (lambda: servers_for_loss(1, 0), "most_lost"),
        (lambda: servers_for_occupancy(1, 1.2), "target"),
        (lambda: busy_fraction(1, 1, 0), "vehicles"),
        (lambda: busy_fraction(2, 1, 2), "100% of the time"),
    ],
)
def test_faults_name_the_figure(call, told):
    with pytest.raises(ProblemError, match=told):
        call()
