"""Ferries: three models, the clock, the night and the season."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from networks import DayDepartures, FerryConditions, FerryService, FerryState, NetworkDataError, ferry_times
from networks.ferries import ferry_edge_times, in_season, season_is_known

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


def changed(**values: object) -> FerryService:
    return dataclasses.replace(FERRY, **values)


def test_headway_is_half_the_headway_and_boarding() -> None:
    times = ferry_times(FERRY, FerryConditions(boarding_min=7))
    assert times == (25, 27, FerryState.SAILS)


def test_a_rare_ferry_waits_no_longer_than_the_cap() -> None:
    assert ferry_times(changed(headway_min=600), FerryConditions()).wait_min == 65
    assert ferry_times(changed(headway_min=600), FerryConditions(wait_cap_min=20)).wait_min == 25
    assert ferry_times(changed(headway_min=None), FerryConditions(default_headway_min=80)).wait_min == 45


@pytest.mark.parametrize(
    ("time_min", "sails"), [(359, False), (360, True), (1380, True), (1381, False), (0, False), (1800, True)]
)
def test_the_window_opens_and_closes(time_min: float, sails: bool) -> None:
    times = ferry_times(FERRY, FerryConditions(time_min=time_min))
    assert (times.state is FerryState.SAILS) is sails
    assert math.isinf(times.moving_min) is not sails


@pytest.mark.parametrize("time_min", [10, 1430])
def test_a_window_may_pass_midnight(time_min: float) -> None:
    for last in (30, 1470):
        ferry = changed(last_departure_min=last)
        assert ferry_times(ferry, FerryConditions(time_min=time_min)).state is FerryState.SAILS
        assert ferry_times(ferry, FerryConditions(time_min=40)).state is FerryState.CLOSED


def test_the_night_is_what_the_service_says() -> None:
    night = FerryConditions(time_min=120)
    assert ferry_times(changed(night="sails"), night) == (25, 25, FerryState.SAILS)
    on_call = changed(night="on_call", activation_min=45)
    assert ferry_times(on_call, night) == (25, 45, FerryState.ON_CALL)
    assert ferry_times(changed(night="on_call"), night).wait_min == 60
    assert ferry_times(changed(night="closed"), night).state is FerryState.CLOSED


@pytest.mark.parametrize(
    ("policy", "state"),
    [("sails", FerryState.SAILS), ("on_call", FerryState.ON_CALL), ("closed", FerryState.CLOSED)],
)
def test_an_unknown_night_is_the_callers_policy(policy: str, state: FerryState) -> None:
    conditions = FerryConditions(time_min=120, unknown_night=policy)
    assert ferry_times(changed(night="unknown"), conditions).state is state


def test_unknown_windows_use_the_default() -> None:
    ferry = changed(first_departure_min=None, last_departure_min=None)
    assert ferry_times(ferry, FerryConditions(time_min=365)).state is FerryState.SAILS
    assert ferry_times(ferry, FerryConditions(time_min=355)).state is FerryState.CLOSED


def test_ssb_is_slow_and_never_waits() -> None:
    for time in (None, 120.0):
        times = ferry_times(FERRY, FerryConditions(model="ssb", time_min=time))
        assert times.moving_min == pytest.approx(10 / 12.3 * 60)
        assert times.wait_min == 0


TIMETABLED = changed(
    departures_min=(("forward", (600.0, 660.0, 780.0, 1450.0)), ("backward", (630.0,))), night="closed"
)


@pytest.mark.parametrize(
    ("time_min", "wait"), [(590, 10), (595, 5), (596, 64), (600, 60), (780, 670), (1445, 5), (3, 7), (6, 594)]
)
def test_timetable_waits_for_the_next_departure(time_min: float, wait: float) -> None:
    times = ferry_times(TIMETABLED, FerryConditions(model="timetable", time_min=time_min))
    assert times == (25, wait, FerryState.SAILS)


def test_a_departure_after_midnight_serves_the_small_hours() -> None:
    late = changed(departures_min=(("forward", (1455.0,)),))
    assert ferry_times(late, FerryConditions(model="timetable", time_min=5)).wait_min == 10


def test_after_the_last_departure_the_ferry_is_closed_or_on_call() -> None:
    conditions = FerryConditions(model="timetable", time_min=1000)
    assert ferry_times(TIMETABLED, conditions, direction="backward").state is FerryState.CLOSED
    on_call = dataclasses.replace(TIMETABLED, night="on_call", activation_min=30)
    assert ferry_times(on_call, conditions, direction="backward").wait_min == 30


def test_a_timetable_without_a_time_gives_the_mean_wait() -> None:
    ferry = changed(departures_min=(("forward", (600.0, 620.0, 680.0)),))
    mean = (20**2 + 60**2) / (2 * 80)
    assert ferry_times(ferry, FerryConditions(model="timetable")).wait_min == pytest.approx(mean + 5)
    one = changed(departures_min=(("forward", (600.0,)),))
    assert ferry_times(one, FerryConditions(model="timetable")).wait_min == 65


@given(st.lists(st.integers(300, 1400), min_size=2, max_size=12, unique=True))
def test_the_mean_wait_is_what_people_at_every_minute_wait(departures: list[int]) -> None:
    times = sorted(departures)
    at = np.arange(times[0], times[-1], 1 / 8) + 1 / 16
    waits = np.asarray(times)[np.searchsorted(times, at)] - at
    ferry = changed(departures_min=(("forward", tuple(map(float, times))),))
    conditions = FerryConditions(model="timetable", wait_cap_min=1440, boarding_min=0)
    assert ferry_times(ferry, conditions).wait_min == pytest.approx(waits.mean(), abs=0.1)


def test_a_timetable_model_without_departures_falls_back_to_the_headway() -> None:
    assert ferry_times(FERRY, FerryConditions(model="timetable")) == (25, 25, FerryState.SAILS)


def test_weekdays_have_their_own_departures() -> None:
    ferry = changed(
        departures_min=(("forward", (600.0,)),),
        departures_by_day=(DayDepartures("forward", (5, 6), (720.0, 900.0)),),
    )
    sunday = FerryConditions(model="timetable", time_min=590, weekday=6)
    assert ferry_times(ferry, sunday).wait_min == 130
    assert ferry_times(ferry, dataclasses.replace(sunday, weekday=0)).wait_min == 10
    weekday_ferry = changed(weekdays=(0, 1, 2, 3, 4))
    assert ferry_times(weekday_ferry, FerryConditions(weekday=6)).state is FerryState.NOT_THAT_DAY
    assert ferry_times(weekday_ferry, FerryConditions()).state is FerryState.SAILS


@pytest.mark.parametrize(
    ("season", "date", "inside"),
    [
        ("1 Jun-31 Aug", (6, 1), True),
        ("1 Jun-31 Aug", (5, 31), False),
        ("15 Jun–15 Aug only", (8, 16), False),
        ("Jun-Aug", (8, 31), True),
        ("October - March", (1, 10), True),
        ("October - March", (7, 10), False),
    ],
)
def test_seasons(season: str, date: tuple[int, int], inside: bool) -> None:
    assert season_is_known(season)
    assert in_season(season, date) is inside
    state = ferry_times(changed(season=season), FerryConditions(month_day=date)).state
    assert state is (FerryState.SAILS if inside else FerryState.OUT_OF_SEASON)


def test_a_seasonal_ferry_counts_only_when_its_season_is_asked_for() -> None:
    assert ferry_times(changed(season="1 Jun-31 Aug"), FerryConditions()).state is FerryState.OUT_OF_SEASON
    for text in ("summer more", "all year", "Foo-Bar"):
        assert not season_is_known(text)
        assert in_season(text, (1, 1))
        assert ferry_times(changed(season=text), FerryConditions()).state is FerryState.SAILS


@pytest.mark.parametrize(
    "values",
    [
        {"model": "magic"},
        {"time_min": -1},
        {"weekday": 7},
        {"unknown_night": "unknown"},
        {"default_window_min": (600, 500)},
        {"month_day": (13, 1)},
    ],
)
def test_impossible_conditions_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(NetworkDataError, match=next(iter(values))):
        FerryConditions(**values)


@given(
    st.floats(1, 400),
    st.floats(1, 100),
    st.none() | st.floats(1, 600),
    st.none() | st.floats(0, 1439),
    st.sampled_from(["headway", "timetable", "ssb"]),
    st.sampled_from(["sails", "on_call", "closed", "unknown"]),
)
def test_a_ferry_either_sails_in_finite_time_or_is_closed(
    crossing: float, length: float, headway: float | None, time: float | None, model: str, night: str
) -> None:
    ferry = changed(crossing_min=crossing, length_km=length, headway_min=headway, night=night)
    times = ferry_times(ferry, FerryConditions(model=model, time_min=time))
    closed = times.state not in (FerryState.SAILS, FerryState.ON_CALL)
    assert math.isinf(times.moving_min) is closed
    assert 0 <= times.wait_min < math.inf
    if not closed and model != "ssb":
        assert times.moving_min == crossing


def test_edges_share_the_times_of_their_service_and_direction() -> None:
    conditions = FerryConditions(model="timetable", time_min=600)
    directions = np.asarray(["forward", "backward", "forward", ""], dtype=object)
    moving, wait, states = ferry_edge_times(
        [TIMETABLED, FERRY], np.asarray([0, 0, 1, 1], np.int32), directions, conditions
    )
    assert moving.tolist() == [1500] * 4
    assert wait.tolist() == [3600, 1800, 1500, 1500]
    assert states == {"sails": ["f"]}


def test_a_ferry_with_departures_on_weekdays_does_not_sail_on_sunday() -> None:
    weekdays = DayDepartures("forward", (0, 1, 2, 3, 4), (480.0, 1200.0))
    ferry = FerryService("f", "S", 20, 8, departures_by_day=(weekdays,))
    monday = ferry_times(ferry, FerryConditions(model="timetable", time_min=470, weekday=0))
    assert (monday.wait_min, monday.state) == (10, FerryState.SAILS)
    sunday = ferry_times(ferry, FerryConditions(model="timetable", time_min=470, weekday=6))
    assert math.isinf(sunday.moving_min)
    assert sunday.state is FerryState.NOT_THAT_DAY


@given(
    boats=st.lists(
        st.tuples(st.integers(0, 1439), st.integers(1, 300)),
        min_size=1,
        max_size=6,
        unique_by=lambda one: one[0],
    ),
    now=st.integers(0, 1439),
    boarding=st.integers(0, 10),
)
@example(boats=[(600, 120), (610, 20)], now=590, boarding=0)
def test_the_boat_that_is_across_first_is_taken(boats, now, boarding) -> None:
    """A slow boat that leaves sooner may be overtaken."""
    boats = sorted(boats)
    day = DayDepartures(
        "forward", tuple(range(7)), tuple(at for at, _ in boats), tuple(across for _, across in boats)
    )
    ferry = FerryService("f", "S", 20, 8, departures_by_day=(day,), night="closed")
    conditions = FerryConditions(model="timetable", time_min=now, weekday=2, boarding_min=boarding)
    times = ferry_times(ferry, conditions)
    # Who is not there before the boarding has missed it; at night waits for the boat of midnight alone.
    across = [
        at + shift - now + crossing
        for at, crossing in boats
        for shift in (0, 1440)
        if now <= at + shift - boarding <= 1440
    ]
    assert times.wait_min + times.moving_min == min(across, default=math.inf)
