"""Ferries of drawn GTFS feeds, held against the tables read with ``csv`` and walked in plain loops."""

from __future__ import annotations

import csv
import io
import itertools
import statistics
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from networks.errors import NetworkDataError
from networks.osm import read_gtfs_ferries, read_gtfs_week

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
#: Three weeks over a change of the year.
FIRST = date(2026, 12, 21)
STOPS = {"A": (15.0, 68.0), "B": (15.2, 68.1), "C": (15.1, 68.3)}


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}:00"


@dataclass
class Feed:
    """Services by weekdays and dates, exceptions by service and day, trips as (route, service, calls)."""

    services: list[tuple[tuple[bool, ...], int, int]]
    exceptions: dict[tuple[int, int], int]
    trips: list[tuple[str, int, list[tuple[str, int, int]]]]

    def tables(self) -> dict[str, str]:
        rows: dict[str, list[list[Any]]] = {
            "routes": [
                ["route_id", "route_type", "route_long_name"],
                ["F", 4, "Bilferge"],
                ["G", 1004, ""],
                ["T", 2, "Tog"],
            ],
            "stops": [
                ["stop_id", "stop_name", "stop_lon", "stop_lat"],
                *([s, s, *at] for s, at in STOPS.items()),
            ],
            "calendar": [["service_id", *DAYS, "start_date", "end_date"]],
            "calendar_dates": [["service_id", "date", "exception_type"]],
            "trips": [["route_id", "service_id", "trip_id"]],
            "stop_times": [["trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence"]],
        }
        for number, (days, first, last) in enumerate(self.services):
            ends = [f"{FIRST + timedelta(days=day):%Y%m%d}" for day in (first, last)]
            rows["calendar"].append([f"s{number}", *(int(day) for day in days), *ends])
        for (service, day), kind in self.exceptions.items():
            rows["calendar_dates"].append([f"s{service}", f"{FIRST + timedelta(days=day):%Y%m%d}", kind])
        for number, (route, service, calls) in enumerate(self.trips):
            rows["trips"].append([route, f"s{service}", f"t{number}"])
            for place, (stop, arrives, leaves) in enumerate(calls):
                rows["stop_times"].append([f"t{number}", clock(arrives), clock(leaves), stop, 10 * place + 1])
        return {name: text_of(table) for name, table in rows.items()}

    def runs(self, service: int, day: int) -> bool:
        days, first, last = self.services[service]
        kind = self.exceptions.get((service, day))
        usual = first <= day <= last and days[(FIRST + timedelta(days=day)).weekday()]
        return kind == 1 or (usual and kind != 2)

    def departures(self, day: int) -> dict[tuple[str, str], dict[int, int]]:
        """(from, to) -> departure -> minutes across, the least where two leave together."""
        found: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
        for route, service, calls in self.trips:
            if route == "T" or not self.runs(service, day):
                continue
            for (a, _, leaves), (b, arrives, _) in itertools.combinations(calls, 2):
                if a != b and arrives > leaves:
                    across = found[a, b].get(leaves, 10**6)
                    found[a, b][leaves] = min(across, arrives - leaves)
        return {pair: minutes for pair, minutes in found.items() if minutes}


def text_of(rows: list[list[Any]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def calls_of(steps: list[tuple[str, int, int]], start: int) -> list[tuple[str, int, int]]:
    now, calls = start, []
    for stop, sails, stays in steps:
        now += sails
        calls.append((stop, now, now + stays))
        now += stays
    return calls


day_numbers = st.integers(0, 20)
feeds = st.builds(
    Feed,
    services=st.lists(
        st.tuples(st.tuples(*[st.booleans()] * 7), day_numbers, day_numbers).map(
            lambda one: (one[0], min(one[1:]), max(one[1:]))
        ),
        min_size=2,
        max_size=2,
    ),
    exceptions=st.dictionaries(
        st.tuples(st.integers(0, 1), day_numbers), st.sampled_from([1, 2]), max_size=3
    ),
    trips=st.lists(
        st.tuples(
            st.sampled_from(["F", "F", "T"]),
            st.integers(0, 1),
            st.builds(
                calls_of,
                st.lists(
                    st.tuples(st.sampled_from("ABC"), st.integers(1, 60), st.integers(0, 10)),
                    min_size=2,
                    max_size=4,
                ),
                st.integers(300, 1500),
            ),
        ),
        min_size=1,
        max_size=5,
    ),
)


def written(tables: dict[str, str], folder: str) -> Path:
    for name, text in tables.items():
        (Path(folder) / f"{name}.txt").write_text(text, encoding="utf-8")
    return Path(folder)


def found_on(path: Path, day: int, **options: Any) -> dict[tuple[str, str], dict[int, int]]:
    """What the reader finds on a day, in the form of the oracle."""
    on = FIRST + timedelta(days=day)
    found = {}
    for ferry in read_gtfs_ferries(path, on=on, **options).ferries:
        ends = (ferry.from_stop, ferry.to_stop)
        for direction, pair in (("forward", ends), ("backward", ends[::-1])):
            rows = ferry.service.sailings(direction, on.weekday())
            if rows:
                found[pair] = {int(minute): int(across) for minute, across in rows}
    return found


@settings(max_examples=25, deadline=None)
@given(feeds, day_numbers)
def test_departures_on_a_date_are_those_of_the_tables(feed: Feed, day: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = written(feed.tables(), folder)
        expected = feed.departures(day)
        assert found_on(path, day) == expected
        for ferry in read_gtfs_ferries(path, on=FIRST + timedelta(days=day)).ferries:
            both = [(ferry.from_stop, ferry.to_stop), (ferry.to_stop, ferry.from_stop)]
            every = [minute for pair in both for minute in expected.get(pair, {})]
            assert (ferry.service.first_departure_min, ferry.service.last_departure_min) == (
                min(every),
                max(every),
            )
            assert ferry.service.night == "closed"
            assert ferry.cars == "yes"


@settings(max_examples=10, deadline=None)
@given(feeds)
def test_the_busiest_week_is_the_first_of_those_with_most_services(feed: Feed) -> None:
    weeks: dict[int, int] = defaultdict(int)
    for day, service in itertools.product(range(21), range(2)):
        weeks[day // 7] += feed.runs(service, day)  # the first day is a Monday
    best = max(weeks.values())
    with tempfile.TemporaryDirectory() as folder:
        ferries, monday = read_gtfs_week(written(feed.tables(), folder))
    if best == 0:
        assert ferries.ferries == ()
        return
    first = min(week for week, count in weeks.items() if count == best)
    assert monday == FIRST + timedelta(days=7 * first)


@settings(max_examples=10, deadline=None)
@given(feeds, st.integers(0, 2))
def test_a_week_has_the_departures_of_each_of_its_days(feed: Feed, week: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = written(feed.tables(), folder)
        ferries, _ = read_gtfs_week(path, FIRST + timedelta(days=7 * week))
    for weekday in range(7):
        expected = feed.departures(7 * week + weekday)
        found = {}
        for ferry in ferries.ferries:
            ends = (ferry.from_stop, ferry.to_stop)
            for direction, pair in (("forward", ends), ("backward", ends[::-1])):
                rows = ferry.service.sailings(direction, weekday)
                if rows:
                    found[pair] = {int(minute): int(across) for minute, across in rows}
        assert found == expected


PLAIN = Feed(
    [((True,) * 7, 0, 20), ((False,) * 7, 0, 0)],
    {},
    [
        ("F", 0, calls_of([("A", 0, 0), ("B", 30, 0)], 360)),
        ("F", 0, calls_of([("A", 0, 0), ("B", 40, 0)], 600)),
        ("F", 0, calls_of([("B", 0, 0), ("A", 35, 0)], 700)),
    ],
)


def plain(tmp_path: Path, **changes: str) -> Path:
    return written(PLAIN.tables() | changes, str(tmp_path))


def test_crossing_and_headway_of_a_ferry_are_those_of_its_trips(tmp_path: Path) -> None:
    (ferry,) = read_gtfs_ferries(plain(tmp_path)).ferries
    assert ferry.service.crossing_min == statistics.median([30, 40, 35])
    assert ferry.service.headway_min == 240
    assert ferry.route_ids == ("F",)
    assert (ferry.from_lon, ferry.from_lat, ferry.to_lon, ferry.to_lat) == (*STOPS["A"], *STOPS["B"])


@pytest.mark.parametrize(
    ("rows", "first", "last", "night", "headway"),
    [
        ("t0,05:00:00,23:00:00,1800", 300, 1380, "closed", 30),
        ("t0,00:00:00,24:00:00,900", None, None, "sails", 15),
        ("t0,05:00:00,29:00:00,900", None, None, "sails", 15),
    ],
)
def test_one_period_is_a_headway_and_a_window(
    rows: str, first: Any, last: Any, night: str, headway: int, tmp_path: Path
) -> None:
    text = f"trip_id,start_time,end_time,headway_secs\n{rows}\n"
    trips = "route_id,service_id,trip_id\nF,s0,t0\n"
    (ferry,) = read_gtfs_ferries(plain(tmp_path, frequencies=text, trips=trips)).ferries
    service = ferry.service
    assert (service.first_departure_min, service.last_departure_min, service.night) == (first, last, night)
    assert service.headway_min == headway
    assert service.departures_by_day == ()


@pytest.mark.parametrize(
    ("table", "old", "new", "where", "row"),
    [
        ("stop_times", "t0,06:00:00", "t0,6 am", "stop_times.txt", "2"),
        ("stop_times", "06:30:00", "06:75:00", "stop_times.txt", "3"),
        ("stop_times", "06:30:00,06:30:00,B,11", "06:30:00,06:30:00,B,x", "stop_times.txt", "3"),
        ("stops", "B,B,15.2,68.1", "B,B,,68.1", "stops.txt", "3"),
        ("stops", "B,B,15.2,68.1", "B,B,15.2,98.1", "stops.txt", "3"),
        ("calendar", "20261221", "21.12.2026", "calendar.txt", "2"),
        ("calendar", "s0,1", "s0,2", "calendar.txt", "2"),
    ],
)
def test_a_bad_cell_is_a_fault_with_its_table_and_row(
    table: str, old: str, new: str, where: str, row: str, tmp_path: Path
) -> None:
    text = PLAIN.tables()[table]
    assert old in text
    with pytest.raises(NetworkDataError) as raised:
        read_gtfs_ferries(plain(tmp_path, **{table: text.replace(old, new)}))
    assert (raised.value.faults[0].where, raised.value.faults[0].row) == (where, row)
