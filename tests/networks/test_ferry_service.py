"""What is known of a ferry and how it is asked: seasons, days, departures, conditions, and the defaults of its table."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from networks.errors import NetworkDataError
from networks.ferries import DayDepartures, FerryConditions, FerryService
from networks.ferry_service import in_season, season_is_known
from networks.ferry_tables import (
    Assumptions,
    Ends,
    departures_table,
    ferry_frame,
    weekdays_of,
    with_departures,
)
from networks.tables import TableReader

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
dates = st.dates(dt.date(2024, 1, 1), dt.date(2024, 12, 31))


@given(dates, dates, dates)
def test_a_season_is_the_days_from_its_first_to_its_last(first: dt.date, last: dt.date, day: dt.date) -> None:
    """Counted off day by day; one that ends before it begins passes the new year."""
    text = f"{first.day} {MONTHS[first.month - 1]}-{last.day} {MONTHS[last.month - 1]}"
    span = (last - first).days % 366
    assert in_season(text, (day.month, day.day)) == ((day - first).days % 366 <= span)
    assert season_is_known(text)


@pytest.mark.parametrize(
    ("season", "inside", "outside"),
    [
        ("Jun-Aug", [(6, 1), (8, 31), (7, 15)], [(5, 31), (9, 1)]),
        ("June - August", [(6, 1), (8, 31)], [(5, 31), (9, 1)]),
        ("15 June–31 August only", [(6, 15), (8, 31)], [(6, 14), (9, 1)]),
        ("Nov-Mar", [(11, 1), (12, 31), (1, 1), (3, 31), (2, 29)], [(10, 31), (4, 1)]),
        (" 1 Jun-31 Aug ", [(6, 1)], [(5, 31)]),
        ("20 Dec-5 Jan", [(12, 20), (1, 5), (12, 31)], [(12, 19), (1, 6)]),
        ("5 May-5 May", [(5, 5)], [(5, 4), (5, 6)]),
    ],
)
def test_seasons_as_they_are_written(season: str, inside: list[Any], outside: list[Any]) -> None:
    assert season_is_known(season)
    assert all(in_season(season, day) for day in inside)
    assert not any(in_season(season, day) for day in outside)


@pytest.mark.parametrize(
    "text", ["summer", "Jun", "1 Foo-31 Bar", "01.06-31.08", "jun-aug", "Jun-Aug, not Sundays"]
)
def test_a_text_that_is_no_season_names_none_and_leaves_nothing_out(text: str) -> None:
    assert not season_is_known(text)
    assert in_season(text, (1, 15))


@pytest.mark.parametrize(
    ("figures", "column"),
    [
        ({"model": "guess"}, "model"),
        ({"time_min": -1.0}, "time_min"),
        ({"time_min": 2880.0}, "time_min"),
        ({"time_min": math.nan}, "time_min"),
        ({"weekday": 7}, "weekday"),
        ({"weekday": -1}, "weekday"),
        ({"month_day": (0, 1)}, "month_day"),
        ({"month_day": (13, 1)}, "month_day"),
        ({"month_day": (2, 30)}, "month_day"),
        ({"month_day": (4, 31)}, "month_day"),
        ({"month_day": (6, 0)}, "month_day"),
        ({"month_day": (12, 32)}, "month_day"),
        ({"unknown_night": "unknown"}, "unknown_night"),
        ({"boarding_min": -0.1}, "boarding_min"),
        ({"boarding_min": 1440.0}, "boarding_min"),
        ({"wait_cap_min": -1.0}, "wait_cap_min"),
        ({"wait_cap_min": 1440.5}, "wait_cap_min"),
        ({"default_headway_min": 0.0}, "default_headway_min"),
        ({"default_window_min": (600.0, 600.0)}, "default_window_min"),
        ({"default_activation_min": -1.0}, "default_activation_min"),
    ],
)
def test_conditions_that_cannot_be(figures: dict[str, Any], column: str) -> None:
    with pytest.raises(NetworkDataError) as raised:
        FerryConditions(**figures)
    (fault,) = raised.value.faults
    assert (fault.where, fault.column, fault.value) == ("ferry conditions", column, str(figures[column]))


@pytest.mark.parametrize(
    "figures",
    [
        {"time_min": 0.0},
        {"time_min": 2879.9},
        {"weekday": 0},
        {"weekday": 6},
        {"month_day": (2, 29)},
        {"month_day": (12, 31)},
        {"month_day": (11, 30)},
        {"boarding_min": 0.0},
        {"wait_cap_min": 0.0},
        {"wait_cap_min": 1440.0},
        {"default_activation_min": 0.0},
        {"default_headway_min": 0.1},
    ],
)
def test_conditions_at_the_edge_of_what_can_be(figures: dict[str, Any]) -> None:
    assert FerryConditions(**figures)


def test_several_faults_of_conditions_come_at_once() -> None:
    with pytest.raises(NetworkDataError) as raised:
        FerryConditions(weekday=9, boarding_min=-1.0, month_day=(2, 31))
    assert [fault.column for fault in raised.value.faults] == ["weekday", "month_day", "boarding_min"]


def boat(**figures: Any) -> FerryService:
    return FerryService("f", "f", 30.0, 10.0, **figures)


WEEK = DayDepartures("forward", (0, 1, 2, 3, 4), (480.0, 420.0))
SATURDAY = DayDepartures("forward", (5,), (600.0,), (45.0,))
SUMMER = DayDepartures("forward", (4, 5), (540.0, 700.0), (20.0, 25.0), "1 Jun-31 Aug")


@pytest.mark.parametrize(
    ("weekday", "day", "expected"),
    [
        (0, None, [(420, 30), (480, 30)]),
        (4, (7, 1), [(420, 30), (480, 30), (540, 20), (700, 25)]),
        (4, (9, 1), [(420, 30), (480, 30)]),
        (4, None, [(420, 30), (480, 30)]),
        (5, (5, 31), [(600, 45)]),
        (5, (6, 1), [(540, 20), (600, 45), (700, 25)]),
        (6, (7, 1), [(360, 30)]),
        # Without a weekday the day with the fewest counts, never several days as one.
        (None, (1, 1), [(600, 45)]),
    ],
)
def test_departures_of_a_day_take_the_place_of_the_general_ones(
    weekday: Any, day: Any, expected: list[Any]
) -> None:
    service = boat(
        departures_min=(("forward", (360.0,)), ("backward", (300.0,))),
        departures_by_day=(WEEK, SATURDAY, SUMMER),
    )
    assert list(service.sailings("forward", weekday, day)) == expected
    assert list(service.departures("forward", weekday, day)) == [minute for minute, _ in expected]
    assert service.sailings("backward", weekday, day) == ((300.0, 30.0),)


def test_what_sails_twice_at_one_moment_is_told_once() -> None:
    service = boat(departures_by_day=(WEEK, WEEK, DayDepartures("forward", (0,), (420.0,), (50.0,))))
    assert service.departures("forward", 0) == (420.0, 480.0)
    assert service.sailings("forward", 0) == ((420.0, 30.0), (420.0, 50.0), (480.0, 30.0))


@pytest.mark.parametrize(
    ("figures", "forward", "backward"),
    [
        ({}, False, False),
        ({"departures_min": (("forward", ()),)}, False, False),
        ({"departures_min": (("backward", (1.0,)),)}, False, True),
        ({"departures_by_day": (WEEK,)}, True, False),
        ({"departures_by_day": (DayDepartures("forward", (0,), ()),)}, False, False),
    ],
)
def test_whether_any_departure_is_known(figures: dict[str, Any], forward: bool, backward: bool) -> None:
    service = boat(**figures)
    assert (service.has_departures("forward"), service.has_departures("backward")) == (forward, backward)


def test_days_of_earlier_files_have_no_crossings_and_seasons() -> None:
    day = DayDepartures.from_dict({"direction": "forward", "weekdays": [1, 2], "minutes": [60.0]})
    assert day == DayDepartures("forward", (1, 2), (60.0,))
    values = {
        "direction": "backward",
        "weekdays": [0],
        "minutes": [1.0],
        "crossing_min": [9.0],
        "season": "Jun-Jul",
    }
    assert DayDepartures.from_dict(values) == DayDepartures("backward", (0,), (1.0,), (9.0,), "Jun-Jul")


@given(st.sets(st.integers(0, 6), min_size=1))
def test_days_in_a_list_are_those_days(days: set[int]) -> None:
    names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    assert weekdays_of(",".join(names[day] for day in days)) == tuple(sorted(days))


@given(st.integers(0, 6), st.integers(0, 6))
def test_a_span_of_days_is_walked_round_the_week(first: int, last: int) -> None:
    names = ["Monday", "tue", "WED", "thu", "friday", "sat", "sun"]
    walked = [first]
    while walked[-1] != last:
        walked.append((walked[-1] + 1) % 7)
    assert weekdays_of(f"{names[first]} - {names[last]}") == tuple(sorted(walked))


ENDS = Ends({"a": 0, "b": 1}, np.asarray([15.0, 15.0]), np.asarray([68.0, 68.1]))
#: A degree of latitude on the sphere of the mean radius, a tenth of it.
CIRCLE_KM = 6371.0088 * math.pi / 180 / 10


def tabled(**cells: Any) -> tuple[list[FerryService], pd.DataFrame, Assumptions, TableReader]:
    row = {
        "ferry_id": "f",
        "name": "F",
        "from_node": "a",
        "to_node": "b",
        "crossing_min": "",
        "length_km": "",
    }
    table = TableReader.of(pd.DataFrame([row | cells]), "ferries", required=())
    noted = Assumptions()
    services, frame = ferry_frame(table, ENDS, FerryConditions(default_headway_min=90.0), noted)
    return services, frame, noted, table


@pytest.mark.parametrize(
    ("cells", "expected", "assumed"),
    [
        (
            {},
            (CIRCLE_KM * 3, CIRCLE_KM, 90.0, None, None, "unknown"),
            "ferry_length_of_circle;crossing_of_length;night_unknown;window_default;headway_default",
        ),
        (
            {"length_km": "10", "crossing_min": "25", "headway_min": "40", "night": "sails"},
            (25.0, 10.0, 40.0, None, None, "sails"),
            "",
        ),
        (
            {"length_km": "10", "night": "closed", "departures_per_day": "17"},
            (30.0, 10.0, 60.0, None, None, "closed"),
            "crossing_of_length;window_default;headway_of_departures",
        ),
        (
            {
                "length_km": "10",
                "crossing_min": "20",
                "night": "on_call",
                "departures_per_day": "9",
                "first_departure": "06:00",
                "last_departure": "18:00",
            },
            (20.0, 10.0, 80.0, 360.0, 1080.0, "on_call"),
            "headway_of_departures",
        ),
        (
            {
                "length_km": "10",
                "crossing_min": "20",
                "night": "closed",
                "departures_per_day": "4",
                "first_departure": "18:00",
                "last_departure": "02:00",
            },
            (20.0, 10.0, 120.0, 1080.0, 120.0, "closed"),
            "headway_of_departures",
        ),
        (
            {
                "length_km": "10",
                "crossing_min": "20",
                "night": "closed",
                "departures_per_day": "1",
                "first_departure": "12:00",
                "last_departure": "12:00",
            },
            (20.0, 10.0, 1440.0, 720.0, 720.0, "closed"),
            "headway_of_departures",
        ),
        (
            {
                "length_km": "10",
                "crossing_min": "20",
                "night": "sails",
                "headway_min": "15",
                "season": "in summer",
            },
            (20.0, 10.0, 15.0, None, None, "sails"),
            "season_unread",
        ),
        (
            {
                "length_km": "10",
                "crossing_min": "20",
                "night": "sails",
                "headway_min": "15",
                "season": "Jun-Aug",
            },
            (20.0, 10.0, 15.0, None, None, "sails"),
            "",
        ),
    ],
)
def test_blank_cells_of_a_ferry_get_stated_defaults(
    cells: dict[str, str], expected: Any, assumed: str
) -> None:
    (service,), frame, noted, table = tabled(**cells)
    found = (
        service.crossing_min,
        service.length_km,
        service.headway_min,
        service.first_departure_min,
        service.last_departure_min,
        service.night,
    )
    assert found[:3] == pytest.approx(expected[:3])
    assert found[3:] == expected[3:]
    assert noted.text("f") == assumed
    assert set(service.assumptions) == set(assumed.split(";")) - {"", "ferry_length_of_circle"}
    assert frame["length_m"].iloc[0] == pytest.approx(1000 * expected[1])
    assert table.usable


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("crossing_min", "0", "must be above 0"),
        ("crossing_min", "an hour", "is not a number"),
        ("length_km", "-2", "must be above 0"),
        ("departures_per_day", "0", "must be above 0"),
        ("activation_min", "-1", "must be at least 0"),
        ("last_departure", "24.30", "is not a time of day"),
        ("night", "sometimes", "must be one of sails, on_call, closed, unknown"),
        ("ferry_id", "", "must not be blank"),
        ("from_node", "c", "no such node"),
        ("from_node", "b", "a link must join two different nodes"),
    ],
)
def test_a_bad_cell_of_a_ferry_is_one_fault(column: str, value: str, message: str) -> None:
    faults = tabled(**{column: value})[3].faults
    assert message in faults[0].message
    assert (faults[0].where, faults[0].row) == ("ferries", "2")
    assert len(faults) == 1


days = st.sets(st.integers(0, 6), min_size=1).map(lambda found: tuple(sorted(found)))
sailings = st.builds(
    lambda direction, weekdays, pairs, season: DayDepartures(
        direction,
        weekdays,
        tuple(minute for minute, _ in pairs),
        tuple(across for _, across in pairs),
        season,
    ),
    st.sampled_from(["forward", "backward"]),
    days,
    st.lists(
        st.tuples(st.integers(0, 1799).map(float), st.sampled_from([10.0, 12.5, 95.25])),
        min_size=1,
        max_size=4,
        unique_by=lambda pair: pair[0],
    ).map(sorted),
    st.sampled_from(["", "1 Jun-31 Aug", "15 Nov-28 Feb"]),
)


@settings(max_examples=40)
@given(st.lists(sailings, max_size=4, unique_by=lambda day: (day.direction, day.weekdays, day.season)))
def test_departures_written_as_a_table_read_back_as_they_were(every: list[DayDepartures]) -> None:
    service = boat(departures_by_day=tuple(every))
    table = departures_table([service], {"f": ("a", "b")})
    assert len(table) == sum(len(day.minutes) for day in every)
    if not every:
        return
    ferries = TableReader.of(
        pd.DataFrame([{"ferry_id": "f", "from_node": "a", "to_node": "b"}]), "ferries", required=()
    )
    departures = TableReader.of(table, "departures", required=())
    (back,) = with_departures([boat()], ferries, departures)
    assert not departures.faults
    for direction in ("forward", "backward"):
        for weekday in range(7):
            for day in (None, (7, 1), (12, 24), (4, 4)):
                assert back.sailings(direction, weekday, day) == service.sailings(direction, weekday, day)


@pytest.mark.parametrize(
    ("cells", "row", "column"),
    [
        ({"ferry_id": "g"}, "2", "ferry_id"),
        ({"from_node": "c"}, "2", "from_node"),
        ({"departure": "7 o'clock"}, "2", "departure"),
        ({"departure": ""}, "2", "departure"),
        ({"weekdays": "workdays"}, "2", "weekdays"),
        ({"crossing_min": "0"}, "2", "crossing_min"),
        ({"from_date": "1 Jun"}, "2", "to_date"),
        ({"to_date": "1 Jun"}, "2", "from_date"),
        ({"from_date": "31 Jun", "to_date": "1 Aug"}, "2", "from_date"),
        ({"from_date": "06-01", "to_date": "summer"}, "2", "to_date"),
        ({"from_date": "2026-02-29", "to_date": "03-01"}, "2", "from_date"),
    ],
)
def test_a_bad_cell_of_a_departure_is_one_fault(cells: dict[str, str], row: str, column: str) -> None:
    good = {"ferry_id": "f", "from_node": "a", "departure": "07:00", "weekdays": ""}
    good |= {"crossing_min": "", "from_date": "", "to_date": ""}
    ferries = TableReader.of(
        pd.DataFrame([{"ferry_id": "f", "from_node": "a", "to_node": "b"}]), "ferries", required=()
    )
    departures = TableReader.of(pd.DataFrame([good | cells]), "departures.csv", required=())
    with_departures([boat()], ferries, departures)
    assert [(fault.where, fault.row, fault.column) for fault in departures.faults] == [
        ("departures.csv", row, column)
    ]


@pytest.mark.parametrize(
    ("first", "last"), [("06-01", "08-31"), ("1 Jun", "31 Aug"), ("2026-06-01", "2027-08-31")]
)
def test_dates_in_three_spellings(first: str, last: str) -> None:
    ferries = TableReader.of(
        pd.DataFrame([{"ferry_id": "f", "from_node": "a", "to_node": "b"}]), "ferries", required=()
    )
    row = {"ferry_id": "f", "from_node": "b", "departure": "07:00", "from_date": first, "to_date": last}
    departures = TableReader.of(pd.DataFrame([row]), "departures", required=())
    (service,) = with_departures([boat()], ferries, departures)
    assert service.departures_by_day == (
        DayDepartures("backward", tuple(range(7)), (420.0,), (), "1 Jun-31 Aug"),
    )
