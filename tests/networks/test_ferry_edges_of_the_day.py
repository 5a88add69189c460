"""Ferries at midnight, at night and on days without a boat; every figure is worked by hand in the test."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from networks import DayDepartures, FerryConditions, FerryService, FerryState, ferry_times
from networks.boardings import chances
from networks.ferries import capped_services, ferry_edge_times, timetable_note

FERRY = FerryService(
    service_id="f",
    name="A-B",
    crossing_min=25,
    length_km=10,
    headway_min=40,
    first_departure_min=360,
    last_departure_min=1380,
    night="closed",
)
TIMETABLE = FerryConditions(model="timetable")


def changed(**values: object) -> FerryService:
    return dataclasses.replace(FERRY, **values)


def sailing_at(*minutes: float, **values: object) -> FerryService:
    return changed(departures_min=(("forward", tuple(map(float, minutes))),), **values)


def at(time_min: float | None, **values: object) -> FerryConditions:
    return dataclasses.replace(TIMETABLE, time_min=time_min, **values)


@pytest.mark.parametrize("model", ["ssb", "headway", "timetable"])
@pytest.mark.parametrize("time_min", [None, 30.0, 700.0])
@pytest.mark.parametrize(
    ("values", "asked", "state"),
    [
        ({"weekdays": (0, 1)}, {"weekday": 2}, FerryState.NOT_THAT_DAY),
        ({"season": "1 Jun-31 Aug"}, {"month_day": (5, 1)}, FerryState.OUT_OF_SEASON),
        ({"season": "1 Jun-31 Aug"}, {}, FerryState.OUT_OF_SEASON),
    ],
)
def test_a_ferry_that_does_not_sail_that_day_costs_no_wait_and_says_why(
    model: str, time_min: float | None, values: dict[str, object], asked: dict[str, object], state: FerryState
) -> None:
    for ferry in (changed(**values), sailing_at(600, **values)):
        times = ferry_times(ferry, FerryConditions(model=model, time_min=time_min, **asked))
        assert times == (math.inf, 0.0, state)


@pytest.mark.parametrize("ferry", [FERRY, sailing_at(600)])
def test_a_closed_ferry_costs_no_wait(ferry: FerryService) -> None:
    assert ferry_times(ferry, at(1400.0)) == (math.inf, 0.0, FerryState.CLOSED)


def test_a_boat_of_tomorrow_is_boarded_today_where_it_leaves_just_after_midnight() -> None:
    ferry = sailing_at(3, 600)
    assert ferry_times(ferry, at(1430.0)) == (25, 13, FerryState.SAILS)  # boards 23:58, leaves 00:03
    assert ferry_times(sailing_at(5, 600), at(1430.0)) == (25, 15, FerryState.SAILS)  # boards at 24:00 sharp
    assert ferry_times(sailing_at(6, 600), at(1430.0)).state is FerryState.CLOSED  # boards 00:01


def test_the_boat_of_tomorrow_is_that_of_tomorrows_weekday() -> None:
    ferry = changed(
        departures_by_day=(
            DayDepartures("forward", (0, 1, 2, 3, 4), (600.0,)),
            DayDepartures("forward", (5,), (3.0, 600.0)),
        )
    )
    friday, saturday = at(1430.0, weekday=4), at(1430.0, weekday=5)
    assert ferry_times(ferry, friday) == (25, 13, FerryState.SAILS)
    assert ferry_times(ferry, saturday).state is not FerryState.SAILS


def test_the_boat_of_last_night_is_that_of_yesterdays_weekday() -> None:
    ferry = changed(departures_by_day=(DayDepartures("forward", (4,), (600.0, 1470.0)),))
    assert ferry_times(ferry, at(10.0, weekday=5)) == (25, 20, FerryState.SAILS)
    assert ferry_times(ferry, at(10.0, weekday=4)).wait_min == 590


@pytest.mark.parametrize(
    ("weekday", "time_min", "state"),
    [
        (5, 40.0, FerryState.CLOSED),  # Friday's last boat was boarded at 00:25 of this Saturday
        (6, 40.0, FerryState.NOT_THAT_DAY),
        (4, 700.0, FerryState.CLOSED),
        (3, 700.0, FerryState.NOT_THAT_DAY),
    ],
)
def test_without_a_further_boat_the_ferry_is_closed_on_its_day_and_absent_on_others(
    weekday: int, time_min: float, state: FerryState
) -> None:
    ferry = changed(departures_by_day=(DayDepartures("forward", (4,), (600.0, 1470.0)),))
    if weekday == 4:
        ferry = changed(departures_by_day=(DayDepartures("forward", (4,), (600.0,)),))
    assert ferry_times(ferry, at(time_min, weekday=weekday)) == (math.inf, 0.0, state)


@pytest.mark.parametrize("first", [5.0, 6.0, 5.5])
def test_a_boat_boarded_at_midnight_is_todays(first: float) -> None:
    """Boarded at 00:00 or just after: the ferry has sailed today, so that it is closed and not absent."""
    ferry = changed(departures_by_day=(DayDepartures("forward", (4,), (first,)),))
    assert ferry_times(ferry, at(100.0, weekday=4)).state is FerryState.CLOSED


def test_a_day_without_departures_has_none_in_the_daytime_either() -> None:
    ferry = changed(departures_by_day=(DayDepartures("forward", (0,), (600.0, 700.0)),))
    assert ferry_times(ferry, at(None, weekday=2)) == (math.inf, 0.0, FerryState.NOT_THAT_DAY)
    assert ferry_times(ferry, at(None, weekday=0)) == (25, 55, FerryState.SAILS)
    summer = dataclasses.replace(ferry, season="1 Jun-31 Aug")
    assert ferry_times(summer, at(None, weekday=2, month_day=(1, 1))).state is FerryState.OUT_OF_SEASON


ON_CALL = sailing_at(600, 700, night="on_call", activation_min=45)


@pytest.mark.parametrize(
    ("time_min", "expected"),
    [
        (200.0, (25, 45, FerryState.ON_CALL)),  # the boat is boarded 395 minutes later
        (554.0, (25, 45, FerryState.ON_CALL)),  # 46 minutes by the boat
        (555.0, (25, 45, FerryState.SAILS)),  # 45 either way: the timetable counts
        (556.0, (25, 44, FerryState.SAILS)),
        (600.0, (25, 100, FerryState.SAILS)),  # by day nobody is called out, however long the gap
        (695.0, (25, 5, FerryState.SAILS)),
        (696.0, (25, 45, FerryState.ON_CALL)),
    ],
)
def test_a_ferry_is_called_out_at_night_where_that_is_sooner(time_min: float, expected: object) -> None:
    assert ferry_times(ON_CALL, at(time_min)) == expected


def test_a_ferry_that_sails_at_night_goes_by_its_headway_then() -> None:
    ferry = sailing_at(600, 700, night="sails", headway_min=30)
    assert ferry_times(ferry, at(100.0)) == (25, 20, FerryState.SAILS)
    assert ferry_times(ferry, at(800.0)) == (25, 20, FerryState.SAILS)


def test_a_window_that_ends_at_midnight_holds_at_midnight_and_not_after() -> None:
    ferry = changed(last_departure_min=1440.0)
    assert ferry_times(ferry, FerryConditions(time_min=0.0)).state is FerryState.SAILS
    assert ferry_times(ferry, FerryConditions(time_min=1.0)).state is FerryState.CLOSED
    assert ferry_times(ferry, FerryConditions(time_min=1440.0)).state is FerryState.SAILS


@pytest.mark.parametrize(
    "values", [{"night": "sails"}, {"opening_hours": ("Mo,We 00:00-24:00",)}], ids=["all night", "hours"]
)
def test_a_ferry_round_the_clock_is_not_there_at_the_midnight_that_begins_a_day_off(
    values: dict[str, object],
) -> None:
    """It sails on Mondays and Wednesdays; 00:00 on Tuesday is Tuesday, by one clock and with the clock running."""
    ferry = changed(**({"weekdays": (0, 2)} | values))
    for weekday, sails in ((0, True), (1, False), (2, True), (3, False)):
        for time_min in (0.0, 1.0, 700.0, 1439.0):
            times = ferry_times(ferry, FerryConditions(time_min=time_min, weekday=weekday))
            assert (times.state is FerryState.SAILS) is sails, (weekday, time_min)
    tuesday = chances(ferry, "forward", FerryConditions(weekday=1), 2)
    assert not [chance for chance in tuesday if chance.first <= 0.0 <= chance.last]
    assert [chance for chance in tuesday if chance.first == 1440.0]


def test_a_ferry_round_the_clock_every_day_has_no_gap_at_midnight() -> None:
    for values in ({"night": "sails"}, {"opening_hours": ("00:00-24:00",)}):
        for time_min in (0.0, 1439.0, 1440.0):
            assert (
                ferry_times(changed(**values), FerryConditions(time_min=time_min, weekday=3)).wait_min == 25
            )


def test_one_boat_a_day_is_half_a_day_away_on_average() -> None:
    assert ferry_times(sailing_at(600), at(None, wait_cap_min=1440.0)).wait_min == 720 + 5
    assert ferry_times(sailing_at(600, 1200), at(None, wait_cap_min=1440.0)).wait_min == 300 + 5


def test_capped_are_those_whose_wait_the_cap_shortens_in_either_direction() -> None:
    often, rarely = (
        changed(service_id="often", headway_min=120),
        changed(service_id="rarely", headway_min=122),
    )
    assert capped_services([often, rarely], FerryConditions()) == [rarely]
    assert capped_services([often, rarely], FerryConditions(wait_cap_min=59.0)) == [often, rarely]
    there = changed(service_id="there", departures_min=(("forward", (0.0, 600.0)), ("backward", (0.0, 30.0))))
    back = changed(service_id="back", departures_min=(("forward", (0.0, 30.0)), ("backward", (0.0, 600.0))))
    both = changed(service_id="both", departures_min=(("forward", (0.0, 30.0)), ("backward", (0.0, 30.0))))
    assert capped_services([there, back, both], TIMETABLE) == [there, back]
    assert capped_services([rarely], FerryConditions(model="ssb")) == []


def test_a_timetable_model_says_how_many_ferries_have_one() -> None:
    back_only = changed(departures_min=(("backward", (600.0,)),))
    assert timetable_note("timetable", [sailing_at(600), back_only]) == ()
    assert timetable_note("headway", [FERRY]) == ()
    assert timetable_note("timetable", []) == ()
    (some,) = timetable_note("timetable", [FERRY, back_only, FERRY])
    assert "1 of 3" in str(some)
    (none,) = timetable_note("timetable", [FERRY, FERRY])
    assert "none of 2" in str(none)


def test_services_are_listed_once_in_each_state_that_a_direction_is_in() -> None:
    ferry = changed(service_id="x", departures_min=(("forward", (600.0, 900.0)), ("backward", (600.0,))))
    index = np.asarray([1, 0, 0, 0, 1], np.int32)
    ways = np.asarray(["forward", "forward", "backward", "forward", "backward"], dtype=object)
    moving, wait, states = ferry_edge_times([ferry, FERRY], index, ways, at(800.0))
    assert moving.tolist() == [1500, 1500, math.inf, 1500, 1500]
    assert wait.tolist() == [1500, 6000, 0, 6000, 1500]
    assert states == {"sails": ["x", "f"], "closed": ["x"]}


@settings(max_examples=40)
@given(
    st.lists(st.integers(0, 1500), min_size=1, max_size=5),
    st.integers(0, 1439),
    st.integers(0, 30),
    st.sampled_from(["closed", "on_call"]),
)
def test_a_timetable_is_followed_as_a_calendar_written_out_would_be(
    departures: list[int], now: int, boarding: int, night: str
) -> None:
    """Boats of three days in a row; a call-out between the last boarding of a day and the first of the next, and
    where no boat comes before midnight."""
    days = [[departure + 1440 * day for departure in sorted(departures)] for day in (-1, 0, 1)]
    boats = [*days[0], *days[1], *(boat for boat in days[2] if boat - boarding <= 1440)]
    waits = [boat - now for boat in boats if boat - boarding >= now]
    by_day = any(day[0] - boarding <= now <= day[-1] - boarding for day in days)
    if night == "on_call" and not (by_day and waits):
        waits.append(45)
    ferry = sailing_at(*departures, night=night, activation_min=45)
    times = ferry_times(ferry, at(float(now), boarding_min=float(boarding)))
    if waits:
        assert times.wait_min == min(waits)
        assert times.moving_min == 25
    else:
        assert times.state is FerryState.CLOSED
