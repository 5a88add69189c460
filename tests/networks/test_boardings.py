"""Days of service: dates and weekdays that move on, windows, nights and chances, counted on a calendar."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from networks.boardings import (
    activation_min,
    chances,
    differing_by_weekday,
    headway_wait,
    in_night,
    night_of,
    on_day,
    sailings_of_day,
    state_of_day,
    windows_of_day,
)
from networks.ferry_service import DayDepartures, FerryConditions, FerryService, FerryState

FEW = settings(max_examples=60)
DAY = 1440.0


def ferry(**figures: Any) -> FerryService:
    return FerryService("f", "Ferry", 20.0, 8.0, **figures)


# Dates and weekdays


@FEW
@given(st.dates(dt.date(2024, 1, 1), dt.date(2024, 12, 31)), st.integers(0, 6), st.integers(-40, 40))
def test_conditions_some_days_later_have_that_day(date: dt.date, weekday: int, days: int) -> None:
    now = FerryConditions(time_min=300, weekday=weekday, month_day=(date.month, date.day), boarding_min=7)
    then = date + dt.timedelta(days=days)
    moved = on_day(now, days)
    assert moved.month_day == (then.month, then.day)
    assert moved.weekday == (weekday + days) % 7
    assert replace(moved, weekday=weekday, month_day=now.month_day) == now  # all else stays
    assert on_day(moved, -days) == now


def test_a_day_that_nobody_named_stays_any_day() -> None:
    any_day = FerryConditions(time_min=100)
    assert on_day(any_day, 3) == any_day
    assert on_day(FerryConditions(weekday=6), 1).weekday == 0
    assert on_day(FerryConditions(weekday=6), 1).month_day is None
    assert on_day(FerryConditions(month_day=(12, 31)), 1).month_day == (1, 1)
    assert on_day(FerryConditions(month_day=(2, 28)), 1).month_day == (2, 29)  # a year that has it


@pytest.mark.parametrize(
    ("figures", "conditions", "state"),
    [
        ({}, {}, FerryState.SAILS),
        ({"season": "1 Jun-31 Aug"}, {"month_day": (7, 1)}, FerryState.SAILS),
        ({"season": "1 Jun-31 Aug"}, {"month_day": (9, 1)}, FerryState.OUT_OF_SEASON),
        ({"season": "1 Jun-31 Aug"}, {}, FerryState.OUT_OF_SEASON),  # any day of the year may be in winter
        ({"weekdays": (0, 1)}, {"weekday": 1}, FerryState.SAILS),
        ({"weekdays": (0, 1)}, {"weekday": 2}, FerryState.NOT_THAT_DAY),
        ({"weekdays": (0, 1)}, {}, FerryState.SAILS),
        ({"weekdays": (0, 1), "season": "1 Jun-31 Aug"}, {"weekday": 2, "month_day": (9, 1)}, FerryState.OUT_OF_SEASON),
        ({"opening_hours": ("Mo-Fr 06:00-20:00",)}, {"weekday": 0}, FerryState.SAILS),
        ({"opening_hours": ("Mo-Fr 06:00-20:00",)}, {"weekday": 6}, FerryState.NOT_THAT_DAY),
        ({"opening_hours": ("Mo-Fr 06:00-09:00", "Mo-Fr 15:00-20:00")}, {"weekday": 0}, FerryState.OUT_OF_SEASON),
        ({"opening_hours": ("Jun-Aug 06:00-20:00",)}, {"weekday": 0, "month_day": (1, 3)}, FerryState.OUT_OF_SEASON),
        ({"opening_hours": ("Jun-Aug 06:00-20:00",)}, {"weekday": 0, "month_day": (7, 3)}, FerryState.SAILS),
        ({"opening_hours": ("Jun-Aug 06:00-20:00",)}, {"weekday": 0}, FerryState.OUT_OF_SEASON),
    ],
)  # fmt: skip
def test_why_a_ferry_does_not_sail(
    figures: dict[str, Any], conditions: dict[str, Any], state: FerryState
) -> None:
    assert state_of_day(ferry(**figures), FerryConditions(**conditions), 0) is state


def test_the_day_asked_about_is_the_day_of_service() -> None:
    weekend = ferry(weekdays=(5, 6))
    friday = FerryConditions(weekday=4)
    told = [state_of_day(weekend, friday, day) is FerryState.SAILS for day in range(-1, 4)]
    assert told == [False, False, True, True, False]


# Windows


@pytest.mark.parametrize(
    ("figures", "day", "expected"),
    [
        ({"first_departure_min": 360.0, "last_departure_min": 1320.0}, 0, [(360, 1320)]),
        ({"first_departure_min": 360.0, "last_departure_min": 1320.0}, 2, [(3240, 4200)]),
        ({"first_departure_min": 360.0, "last_departure_min": 1320.0}, -1, [(-1080, -120)]),
        ({"first_departure_min": 300.0, "last_departure_min": 60.0}, 0, [(300, 1500)]),  # past midnight
        ({"first_departure_min": 300.0, "last_departure_min": 300.0}, 0, [(300, 300)]),  # one boat
        ({}, 0, [(370, 1370)]),
        ({"first_departure_min": 400.0}, 0, [(400, 1370)]),
        ({"last_departure_min": 1000.0}, 0, [(370, 1000)]),
        ({"night": "sails"}, 0, [(0, 1440)]),
        ({"night": "sails"}, 1, [(1440, 2880)]),
        ({"opening_hours": ("Mo 06:00-09:00,15:00-18:00",)}, 0, [(360, 540), (900, 1080)]),
        ({"opening_hours": ("Mo 06:00-09:00,15:00-18:00",)}, 1, []),
        ({"opening_hours": ("Mo 06:00-12:00", "Mo 09:00-18:00")}, 0, [(540, 720)]),
        ({"opening_hours": ("24/7",)}, 0, [(0, 1440)]),
        ({"weekdays": (1,)}, 0, []),
        ({"weekdays": (1,)}, 1, [(1810, 2810)]),
    ],
)
def test_windows_of_a_day(figures: dict[str, Any], day: int, expected: list[tuple[float, float]]) -> None:
    monday = FerryConditions(weekday=0, default_window_min=(370.0, 1370.0))
    found = windows_of_day(ferry(**figures), monday, day)
    assert [pytest.approx(one, abs=1e-5) for one in expected] == list(found)
    # the minute of 24:00 belongs to the day that begins with it
    assert all(last < (day + 1) * DAY for first, last in found if first == day * DAY)


# What is assumed


def test_figures_of_the_ferry_come_before_those_that_are_assumed() -> None:
    asked = FerryConditions(
        unknown_night="on_call",
        default_activation_min=33,
        default_headway_min=80,
        wait_cap_min=30,
        boarding_min=4,
    )
    assert night_of(ferry(), asked) == "on_call"
    assert [night_of(ferry(night=own), asked) for own in ("closed", "sails", "on_call")] == [
        "closed",
        "sails",
        "on_call",
    ]
    assert activation_min(ferry(), asked) == 33
    assert activation_min(ferry(activation_min=0.0), asked) == 0.0
    assert headway_wait(ferry(), asked) == 30 + 4  # half of 80 is 40, above the cap
    assert headway_wait(ferry(headway_min=50.0), asked) == 25 + 4
    assert headway_wait(ferry(headway_min=60.0), asked) == 30 + 4
    assert headway_wait(ferry(headway_min=0.0), asked) == 4


# Departures


def timetable(**more: Any) -> FerryService:
    return ferry(departures_min=(("forward", (400.0, 700.0, 1300.0)), ("backward", (500.0,))), **more)


def test_boarding_ends_before_the_departure_even_before_midnight() -> None:
    early = ferry(departures_min=(("forward", (2.0, 700.0)),))
    asked = FerryConditions(model="timetable", weekday=0, boarding_min=5)
    assert sailings_of_day(early, "forward", asked, 0) == ((-3.0, 20.0), (695.0, 20.0))
    assert sailings_of_day(early, "forward", asked, 1) == ((1437.0, 20.0), (2135.0, 20.0))
    assert sailings_of_day(early, "backward", asked, 0) == ()
    assert sailings_of_day(replace(early, weekdays=(3,)), "forward", asked, 0) == ()
    assert len(sailings_of_day(replace(early, weekdays=(3,)), "forward", asked, 3)) == 2


@FEW
@given(st.integers(-30, 1470).map(float), st.sampled_from([0.0, 5.0]))
def test_the_night_is_between_the_last_boarding_and_the_first(now: float, boarding: float) -> None:
    asked = FerryConditions(model="timetable", weekday=0, boarding_min=boarding)
    first, last = 400 - boarding, 1300 - boarding
    by_day = any(first + day * DAY <= now <= last + day * DAY for day in (-1, 0, 1))
    assert in_night(timetable(), "forward", asked, now) is not by_day
    assert in_night(timetable(), "backward", asked, now) is (
        now not in {500 - boarding + d * DAY for d in (-1, 0, 1)}
    )


# Chances


def across(found: Any, at: float) -> float:
    """When somebody is across who is at the quay at a time; infinite where no boat goes any more."""
    return min(
        (max(at, one.first) + one.wait_min + one.crossing_min for one in found if at <= one.last),
        default=float("inf"),
    )


def test_the_chances_of_a_timetable_are_its_departures_one_by_one() -> None:
    asked = FerryConditions(model="timetable", weekday=0, boarding_min=5)
    found = chances(timetable(night="closed"), "forward", asked, 2)
    moments = [day * DAY + minute - 5 for day in range(-1, 3) for minute in (400, 700, 1300)]
    assert [(one.first, one.last) for one in found] == [(at, at) for at in moments]
    assert {(one.wait_min, one.crossing_min) for one in found} == {(5.0, 20.0)}
    for leave in range(0, 1440, 7):
        boat = min(minute for minute in (400, 700, 1300, 1840) if minute - 5 >= leave)
        assert across(found, leave) == boat + 20


def test_the_chances_of_a_headway_are_its_windows_and_what_it_does_at_night() -> None:
    asked = FerryConditions(weekday=0, boarding_min=5)
    own = ferry(first_departure_min=360.0, last_departure_min=1320.0, headway_min=40.0)
    closed = chances(replace(own, night="closed"), "forward", asked, 1)
    assert [(one.first, one.last) for one in closed] == [(-1080, -120), (360, 1320)]
    assert across(closed, 1320) == 1320 + 25 + 20
    assert across(closed, 1321) == float("inf")
    assert across(closed, 100) == 360 + 25 + 20
    called = chances(replace(own, night="on_call", activation_min=50.0), "forward", asked, 1)
    assert across(called, 100) == 100 + 50 + 20  # called out at once
    assert across(called, 330) == 330 + 50 + 20
    assert across(called, 350) == 360 + 25 + 20  # the first boat is sooner
    assert across(called, 1400) == 1400 + 50 + 20
    onward = chances(replace(own, night="sails"), "forward", asked, 1)
    for at in (0, 100, 359, 360, 1320, 1400):
        assert across(onward, at) == at + 25 + 20
    assert list(called) == sorted(called)


def test_no_ferry_is_called_out_on_a_day_on_which_it_does_not_sail() -> None:
    own = ferry(
        first_departure_min=360.0,
        last_departure_min=1320.0,
        night="on_call",
        activation_min=30.0,
        weekdays=(0,),
    )
    found = chances(own, "forward", FerryConditions(weekday=0, boarding_min=5), 2)
    assert across(found, 1400) == 1400 + 30 + 20  # still Monday
    assert across(found, 1441) == float("inf")
    assert across(found, -100) == across(found, 0) == 0 + 30 + 20  # Sunday night waits for Monday


def test_the_speed_of_the_official_statistics_waits_for_nothing() -> None:
    found = chances(ferry(weekdays=(0, 2)), "forward", FerryConditions(model="ssb", weekday=0), 3)
    assert [(one.first, one.wait_min) for one in found] == [(0.0, 0.0), (2880.0, 0.0)]
    assert all(one.crossing_min == pytest.approx(60 * 8 / 12.3) for one in found)
    assert [one.last for one in found] == pytest.approx([1440, 4320])
    assert all(one.last < one.first + DAY for one in found)


# Ferries that differ from day to day


@pytest.mark.parametrize(
    ("figures", "timetables", "headways", "ssb"),
    [
        ({}, False, False, False),
        ({"weekdays": (0, 1, 2, 3, 4)}, True, True, True),
        ({"opening_hours": ("Mo-Fr 06:00-20:00; Sa-Su 08:00-20:00",)}, True, True, False),
        ({"opening_hours": ("06:00-20:00",)}, False, False, False),
        ({"departures_by_day": (DayDepartures("forward", (6,), (900.0,)),), "departures_min": (("forward", (400.0,)),)}, True, False, False),
        ({"departures_min": (("forward", (400.0,)), ("backward", (500.0,)))}, False, False, False),
    ],
)  # fmt: skip
def test_whether_the_day_of_the_week_matters_by_what_the_model_reads(
    figures: dict[str, Any], timetables: bool, headways: bool, ssb: bool
) -> None:
    own = ferry(**figures)
    for model, expected in (("timetable", timetables), ("headway", headways), ("ssb", ssb)):
        asked = FerryConditions(model=model, weekday=2)
        assert (differing_by_weekday([own], asked) == (own,)) is expected, model
