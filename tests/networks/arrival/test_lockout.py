"""Ferries on call whose crew rests after another call-out: a share of the nights has none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from networks.arrival.contraction import _drawn
from networks.arrival.sailings import locked_out, sailing_function
from networks.ferry_service import FerryConditions, FerryService

ON_CALL = FerryService(
    "quay",
    "Quay-Island",
    crossing_min=20.0,
    length_km=5.0,
    departures_min=(("forward", (480.0, 1200.0)), ("backward", (520.0, 1240.0))),
    night="on_call",
    activation_min=60.0,
)
TIMED = FerryConditions(model="timetable", boarding_min=5.0)


def mean_delay(share, draws=20, step=1.0):
    """Mean minutes over a day of all draws, on a grid of its own."""
    total, n = 0.0, 0
    for draw in range(draws):
        service, under, _ = _drawn(ON_CALL, replace(TIMED, lockout_share=share), draw, draws)
        pieces = sailing_function(service, "forward", under, days=4)
        for at in range(1440):
            moment = at * step + 0.5
            first, last, delay = pieces[0], pieces[1], pieces[2]
            here = int((last < moment).sum())
            total += max(moment, first[here]) + delay[here] - moment
            n += 1
    return total / n


def by_hand(locked):
    """The same, minute by minute: the boats of 08:00 and 20:00, in the night a call-out or none."""
    total = 0.0
    for at in range(1440):
        moment = at + 0.5
        boards = [day * 1440 + clock - 5 for day in (0, 1) for clock in (480.0, 1200.0)]
        waits = [one + 5 + 20 for one in boards if one >= moment]
        night = moment < 475.0 or moment > 1195.0
        ways = [min(waits)] + ([moment + 60 + 20] if night and not locked else [])
        total += min(ways) - moment
    return total / 1440


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
def test_the_mean_lies_between_answered_and_locked_out(share):
    right = (1 - share) * by_hand(locked=False) + share * by_hand(locked=True)
    assert mean_delay(share) == pytest.approx(right, abs=0.1)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.95, 1.0])
@pytest.mark.parametrize("draws", [1, 7, 20])
def test_as_many_draws_are_locked_out_as_the_share_says(share, draws):
    conditions = replace(TIMED, lockout_share=share)
    locked = sum(locked_out(ON_CALL, conditions, draw=draw, draws=draws) for draw in range(draws))
    assert abs(locked - share * draws) <= 1
    if share in (0.0, 1.0):
        assert locked == share * draws


def test_ferries_that_are_not_on_call_do_not_change():
    for night in ("closed", "sails"):
        service = replace(ON_CALL, night=night)
        found = [_drawn(service, replace(TIMED, lockout_share=one), 0, 5)[:1] for one in (0.0, 0.7, 1.0)]
        assert found[0] == found[1] == found[2]
