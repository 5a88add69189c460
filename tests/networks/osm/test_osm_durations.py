"""Durations, intervals and opening hours of ferries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from networks.osm.durations import (
    LONGEST_MIN,
    operating_window,
    parse_duration,
    parse_interval,
    tagged_hours,
)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("00:25", 25),
        ("0:25", 25),
        ("1:45", 105),
        ("01:45:30", 105.5),
        ("00:05:00", 5),
        ("25", 25),
        ("25 min", 25),
        ("25 minutes", 25),
        ("1.5 h", 90),
        ("2 hours", 120),
        ("7,5", 7.5),
        ("PT25M", 25),
        ("PT1H30M", 90),
        ("pt1h", 60),
        ("PT90S", 1.5),
        ("P1DT2H", 1560),
        ("P1D", 1440),
        (" 00:25 ", 25),
        ("00:20;00:25", 25),
        ("24:00", 1440),
        ("1h10", 70),
        ("0h20", 20),
        ("1 h 10 min", 70),
        ("1t10", 70),
        ("1 time 20 minutter", 80),
        ("1:10 h", 70),
        ("20'", 20),
        ("20\u2032", 20),
        ("20 min.", 20),
        ("ca. 20 min", 20),
        ("ca 20", 20),
        ("~20", 20),
        ("about 1 hour", 60),
        ("15-20", 20),
        ("15\u201320 min", 20),
        ("15 til 20 min", 20),
        ("00:15-00:20", 20),
        ("1-2 h", 120),
        ("PT1.5H", 90),
        ("PT0,5H", 30),
        ("20,25", 25),
        ("00:20, 00:25", 25),
        ("1,25 t", 75),
        ("1 time, 30 minutter", 90),
        ("45min - 1h", 60),
        ("1/2 h", 30),
        ("3/4 time", 45),
        ("\u00bd time", 30),
        ("1/2 hour", 30),
        ("20/25 min", 25),
        ("0.20", 20),
        ("01.30", 90),
        ("1.25 t", 75),
        ("7.5", 7.5),
    ],
)
def test_durations_are_read(text, minutes):
    assert parse_duration(text) == pytest.approx(minutes)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "00:00",
        "0",
        "-5",
        "00:75",
        "1:2:3:4",
        "P",
        "PT",
        "about an hour",
        "999:59",
        "1e3",
        "²5",
        "nan",
    ],
)
def test_what_is_no_duration_gives_none(text):
    assert parse_duration(text) is None


@given(st.text(max_size=30))
def test_any_text_is_a_possible_duration_or_none(text):
    minutes = parse_duration(text)
    assert minutes is None or 0 < minutes <= LONGEST_MIN


@given(st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
def test_the_forms_of_a_duration_agree(hours, minutes, seconds):
    total = hours * 60 + minutes + seconds / 60
    clock = parse_duration(f"{hours:02}:{minutes:02}:{seconds:02}")
    assert clock == parse_duration(f"PT{hours}H{minutes}M{seconds}S")
    assert clock == (pytest.approx(total) if total else None)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("20", 20),
        ("00:20", 20),
        ("1:00", 60),
        ("20-40", 40),
        ("20 - 40", 40),
        ("PT30M", 30),
        ("00:30-01:00", 60),
        ("30,60", 60),
        ("20, 40", 40),
        ("00:30,01:00", 60),
        ("7,5", 7.5),
        ("on demand", None),
        ("20-often", None),
        ("", None),
    ],
)
def test_intervals(text, minutes):
    assert parse_interval(text) == minutes


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("24/7", (0, 1440)),
        ("06:00-22:00", (360, 1320)),
        ("Mo-Fr 06:00-22:00; Sa,Su 08:00-20:00", (360, 1320)),
        ("Mo-Sa 05:30-12:00,13:00-23:30", (330, 1410)),
        ("18:00-02:00", (1080, 1560)),
        ("20:00-26:00", (1200, 1560)),
        ("sunrise-sunset", None),
        ("", None),
        ("99:00-100:00", None),
        ("Apr-Oct", None),
        ("Mo-Fr", None),
        ("PH off", None),
        ("06:00-22:00; PH off", (360, 1320)),
        ("Mo-Su 06:00-22:00; Jun-Aug Mo-Su 06:00-24:00", (360, 1320)),
        ("06.00\u201322.00", (360, 1320)),
        ("06:00+", (360, 1440)),
    ],
)
def test_operating_window(text, window):
    assert operating_window(text) == window


@pytest.mark.parametrize(
    ("text", "seasonal"),
    [
        ("Mo-Su 06:00-22:00; Jun-Aug Mo-Su 06:00-24:00", False),
        ("Apr-Sep 05:00-23:00; Oct-Mar 06:00-22:00", False),
        ("Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec 06:00-22:00", False),
        ("24/7; Dec 25 off", False),
        ("06:00-22:00; Dec 24-Jan 1 off", False),
        ("PH off", False),
        ("week 1-53/2 Mo-Fr 06:00-22:00; week 2-53/2 Mo 06:00-22:00", False),
        ("06:00-22:00; easter off", False),
        ("06:00-22:00; Jul off", True),
        ("Jul 06:00-22:00", True),
        ("Jun,Jul,Aug 06:00-22:00", True),
        ("week 20-35 06:00-22:00", True),
        ("easter-Oct 31 06:00-22:00", True),
        ("Nov-Mar off", True),
        ("Nov-Mar", True),
        ("off", True),
        ("PH 10:00-12:00", True),
    ],
)
def test_which_hours_are_those_of_a_season(text, seasonal):
    assert tagged_hours(text).seasonal is seasonal


@pytest.mark.parametrize(
    "text", ["", "on request", "sunrise-sunset", "06:00-22", "2019 06:00-22:00", "Mo-Do 06:00-12:00"]
)
def test_what_is_no_hours_gives_none(text):
    assert tagged_hours(text) is None


def test_the_weekdays_of_hours_without_a_time_of_day():
    assert tagged_hours("Mo-Fr").weekdays == (0, 1, 2, 3, 4)
    assert tagged_hours("Mo-Fr 06:00-22:00; Sa off").weekdays == (0, 1, 2, 3, 4)


@pytest.mark.parametrize("text", ["unknown", 'Unknown "call"', '06:00-22:00 unknown "ask the skipper"'])
def test_hours_that_are_unknown_are_unread_and_no_season(text):
    assert tagged_hours(text) is None


@pytest.mark.parametrize("text", ['06:00-22:00 || "call"', "06:00-22:00 || off"])
def test_a_ferry_with_a_fallback_sails_all_year_within_its_hours(text):
    hours = tagged_hours(text)
    assert hours is not None
    assert (hours.window, hours.weekdays, hours.seasonal) == ((360.0, 1320.0), tuple(range(7)), False)
