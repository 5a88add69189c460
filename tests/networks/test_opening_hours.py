"""Hours of service by date and weekday, held against rules written out by hand."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from networks import FerryConditions, FerryService, FerryState, ferry_times
from networks.opening_hours import all_dates, intersection, parsed, spelled, union, windows, windows_on

SUMMER = "Mo-Su 06:00-22:00; Jun-Aug Mo-Su 06:00-24:00"
SEVERAL = "Mo-Fr 05:30-12:00,13:00-23:30; Sa 07:00-26:00"
CHRISTMAS = "06:00-22:00; Dec 25 off"


def several_by_hand(month_day: tuple[int, int], weekday: int) -> tuple[tuple[float, float], ...]:
    if weekday == 6:
        return ()
    return ((420, 1560),) if weekday == 5 else ((330, 720), (780, 1410))


def test_every_day_of_every_weekday_is_as_the_rules_say():
    for month_day in all_dates():
        for weekday in range(7):
            summer = 1440 if month_day[0] in (6, 7, 8) else 1320
            assert windows_on(SUMMER, month_day, weekday) == ((360, summer),)
            assert windows_on(SEVERAL, month_day, weekday) == several_by_hand(month_day, weekday)
            off = month_day == (12, 25)
            assert windows_on(CHRISTMAS, month_day, weekday) == (() if off else ((360, 1320),))


def test_without_a_date_or_a_weekday():
    assert windows(SUMMER, None, None) == ((360, 1320),)
    assert windows(SUMMER, (7, 1), None) == ((360, 1440),)
    assert windows(SEVERAL, None, 5) == ((420, 1560),)
    assert windows(SEVERAL, None, 6) == ()
    assert windows(SEVERAL, None, None) == ((330, 1560),)
    assert windows("24/7", (2, 29), 3) == ((0, 1440),)
    assert windows("not hours", (2, 1), 3) == ()


def test_windows_as_sets():
    assert union([((0, 10), (20, 30)), ((10, 15), (29, 40))]) == ((0, 15), (20, 40))
    assert intersection(((0, 10), (20, 30)), ((5, 25),)) == ((5, 10), (20, 25))


def test_a_rule_of_the_year_holds_as_in_the_first_year_that_fits():
    """Easter Monday is 6 April 2026: the first 6 April from 2026 on that is a Monday."""
    assert dt.date(2026, 4, 6).weekday() == 0
    assert windows_on("06:00-22:00; easter +1 day off", (4, 6), 0) == ()
    assert windows_on("06:00-22:00; easter +1 day off", (4, 6), 1) == ((360, 1320),)


@pytest.mark.parametrize(
    ("hour", "month_day", "weekday", "state"),
    [
        (23, (7, 1), None, "sails"),
        (23, (1, 7), None, "closed"),
        (23, None, None, "closed"),
        (21, None, None, "sails"),
    ],
)
def test_a_ferry_sails_by_the_hours_of_the_date(hour, month_day, weekday, state):
    service = FerryService("f", "f", 20, 8, headway_min=60, night="closed", opening_hours=(SUMMER,))
    times = ferry_times(service, FerryConditions(time_min=60 * hour, month_day=month_day, weekday=weekday))
    assert times.state == state


@pytest.mark.parametrize(
    ("time", "weekday", "state"),
    [
        (12 * 60 + 30, 2, FerryState.CLOSED),
        (12 * 60 + 30, 5, FerryState.SAILS),
        (60, 6, FerryState.SAILS),  # Saturday's hours end at 02:00 on Sunday
        (180, 6, FerryState.NOT_THAT_DAY),
        (None, 6, FerryState.NOT_THAT_DAY),
        (None, 2, FerryState.SAILS),
    ],
)
def test_hours_of_several_rules_and_past_midnight(time, weekday, state):
    service = FerryService("f", "f", 20, 8, headway_min=60, night="closed", opening_hours=(SEVERAL,))
    times = ferry_times(service, FerryConditions(time_min=time, weekday=weekday, month_day=(6, 14)))
    assert times.state is state
    assert np.isfinite(times.moving_min) == (state is FerryState.SAILS)


def test_several_texts_hold_together_and_a_season_needs_a_date():
    both = FerryService("f", "f", 20, 8, night="closed", opening_hours=("06:00-22:00", "Mo-Fr 10:00-24:00"))
    assert ferry_times(both, FerryConditions(time_min=9 * 60, weekday=1)).state is FerryState.CLOSED
    assert ferry_times(both, FerryConditions(time_min=11 * 60, weekday=1)).state is FerryState.SAILS
    assert ferry_times(both, FerryConditions(time_min=11 * 60, weekday=6)).state is FerryState.NOT_THAT_DAY
    summer = FerryService("f", "f", 20, 8, night="closed", opening_hours=("Jun-Aug 06:00-22:00",))
    assert ferry_times(summer, FerryConditions()).state is FerryState.OUT_OF_SEASON
    assert ferry_times(summer, FerryConditions(month_day=(1, 7))).state is FerryState.OUT_OF_SEASON
    assert ferry_times(summer, FerryConditions(month_day=(7, 1))).state is FerryState.SAILS


@pytest.mark.parametrize(
    ("text", "hours", "weekend"),
    [
        ('06:00-22:00 || "call"', ((360, 1320),), ((360, 1320),)),
        ("06:00-22:00 || off", ((360, 1320),), ((360, 1320),)),
        ("Mo-Fr 06:00-22:00 || unknown", ((360, 1320),), ()),
        ("Mo-Fr 06:00-22:00 || Sa,Su 10:00-12:00", ((360, 1320),), ((600, 720),)),
        ('06:00-22:00 "day || night"', ((360, 1320),), ((360, 1320),)),
    ],
)
def test_what_holds_outside_the_hours_takes_no_day_away(text, hours, weekend):
    for month_day in all_dates()[::40]:
        for weekday in range(7):
            assert windows_on(text, month_day, weekday) == (weekend if weekday > 4 else hours)


@pytest.mark.parametrize(
    ("text", "proper"),
    [
        ("Mo - Su 06:00 - 22:00", "Mo-Su 06:00-22:00"),
        ("Mo-Su 06:00 -22:00", "Mo-Su 06:00-22:00"),
        ("Mo-Su 06.00\u201322.00", "Mo-Su 06:00-22:00"),
        ("Mon-Fri 06:00-22:00; Sat 08:00-20:00", "Mo-Fr 06:00-22:00; Sa 08:00-20:00"),
        ("Tuesday,Thurs 07:00-09:00", "Tu,Th 07:00-09:00"),
        ("Mo-Fr: 06:00-22:00; Su: 10:00-20:00", "Mo-Fr 06:00-22:00; Su 10:00-20:00"),
        ("June-August 06:00-22:00", "Jun-Aug 06:00-22:00"),
        ("june - august 06:00-22:00", "Jun-Aug 06:00-22:00"),
        ("MAY-SEPTEMBER 06:00-22:00", "May-Sep 06:00-22:00"),
        ("Mo-Su 06:00-22:00;; Dec 25 off;", "Mo-Su 06:00-22:00; Dec 25 off"),
        ("06:00-22:00; Dec 24,26,31 06:00-14:00", "06:00-22:00; Dec 24,Dec 26,Dec 31 06:00-14:00"),
        ("06:00-22:00; Dec 24-26, 31 off", "06:00-22:00; Dec 24-26,Dec 31 off"),
        ("daily 06:00-22:00", "Mo-Su 06:00-22:00"),
        ("Mo-Fr 24h", "Mo-Fr 00:00-24:00"),
        # What looks alike and is proper already.
        ("easter -2 days-easter +1 day off; 06:00-22:00", "easter -2 days-easter +1 day off; 06:00-22:00"),
        (
            "PH -1 day off; Mar Su[-1]-Oct Su[-1] 06:00-23:00",
            "PH -1 day off; Mar Su[-1]-Oct Su[-1] 06:00-23:00",
        ),
        ("Jan 01-Mar 31,Oct 01-Dec 31 07:00-21:00", "Jan 01-Mar 31,Oct 01-Dec 31 07:00-21:00"),
        ("Oct 01 06:00-08:00,10:00-12:00", "Oct 01 06:00-08:00,10:00-12:00"),
    ],
)
def test_hours_are_read_as_mappers_write_them(text, proper):
    assert parsed(proper) is not None
    assert spelled(text) == proper
    for month_day, weekday in [((7, 14), 1), ((12, 24), 3), ((12, 25), 4), ((12, 31), 3), ((1, 17), 5)]:
        assert windows_on(text, month_day, weekday) == windows_on(proper, month_day, weekday)


@pytest.mark.parametrize(
    ("text", "usual"),
    [
        ("06:00-22:00; Dec 24 06:00-14:00", ((360, 1320),)),
        ("06:00-22:00; Dec 24,31 06:00-14:00; May 17 10:00-16:00; Jan 1 off", ((360, 1320),)),
        ("06:00-22:00; Jul 01-14 08:00-20:00", ((360, 1320),)),  # as many dates as exceptions may be
        ("06:00-22:00; Jul 01-15 08:00-20:00", ((480, 1200),)),  # a season of its own
        ("Jul 01-05 10:00-12:00", ((600, 720),)),  # sails on no other
        ("Jul 01-05 10:00-12:00; Jul 06-07 11:00-12:00", ((600, 720),)),
    ],
)
def test_hours_of_a_few_dates_narrow_no_other_date(text, usual):
    assert windows(text, None, None) == usual
    assert windows(text, None, 3) == usual
    assert windows("06:00-22:00; Dec 24 06:00-14:00", (12, 24), None) == ((360, 840),)
