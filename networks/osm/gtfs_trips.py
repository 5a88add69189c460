"""Ferry trips of a GTFS feed: their days, frequencies, calls and places."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from networks.errors import Fault, NetworkDataError
from networks.osm.ferry_words import Cars, cars_in_words
from networks.osm.gtfs_files import GtfsFiles, rows_of

#: Whether cars are taken, by extended route type (Google Transit, "Extended GTFS route types"): car ferries,
#: international to local, road links and fast ones; passenger boats, sightseeing, school and river buses.
CARS_OF_TYPE: Mapping[str, Cars] = {
    **dict.fromkeys(("1001", "1002", "1003", "1004", "1011", "1013"), "yes"),
    **dict.fromkeys(("1005", "1006", "1007", "1008", "1012", "1014", "1015", "1016", "1018"), "no"),
}
_CLOCK = re.compile(r"([0-9]{1,3}):([0-5][0-9]):([0-5][0-9])")
_MOST_FAULTS = 50


class Frequency(NamedTuple):
    """A period in which a trip is repeated; minutes after midnight."""

    start: float
    stop: float
    headway: float
    exact: bool


@dataclass(frozen=True)
class Trip:
    """A ferry trip: its route, whether it takes cars, the weekdays it sails, and how it is repeated."""

    route_id: str
    route_name: str
    cars: Cars
    weekdays: tuple[int, ...]
    frequencies: tuple[Frequency, ...]


class Call(NamedTuple):
    """A call of a trip; minutes after midnight, and whether people may board and leave."""

    sequence: int
    stop: str
    arrival: float
    departure: float
    boards: bool
    leaves: bool


class StopPlace(NamedTuple):
    """Name and position of a stop, degrees."""

    name: str
    lon: float
    lat: float


def _is_ferry(route_type: str) -> bool:
    """Route type 4, or the extended types of water transport (1000-1099) and ferries (1200-1299)."""
    return route_type == "4" or bool(re.fullmatch(r"1[02][0-9]{2}", route_type))


def ferry_trips(files: GtfsFiles, on: date | None, counts: Counter[str], *, days: int = 1) -> dict[str, Trip]:
    """The ferry trips of a feed by id; with a date only those that sail on it, or in some days from it."""
    names = ("route_short_name", "route_long_name", "route_desc")
    rows = files.rows("routes", ("route_id", "route_type"), names)
    routes = {row["route_id"]: row for row in rows if _is_ferry(row["route_type"])}
    counts["ferry routes"] = len(routes)
    weekdays = weekdays_of_services(files, on, counts, days=days)
    frequencies = _frequencies(files)
    trips: dict[str, Trip] = {}
    for portion in files.portions("trips", ("route_id", "service_id", "trip_id"), ("cars_allowed",)):
        for row in rows_of(portion[portion["route_id"].isin(list(routes))]):
            route, sails = routes[row["route_id"]], weekdays.get(row["service_id"], ())
            if not sails:
                counts["trips that sail on no day asked for"] += 1
                continue
            trips[row["trip_id"]] = Trip(
                route_id=row["route_id"],
                route_name=route["route_long_name"] or route["route_short_name"],
                cars=cars_of(
                    row["cars_allowed"], " ".join(route[name] for name in names), route["route_type"]
                ),
                weekdays=sails,
                frequencies=tuple(frequencies.get(row["trip_id"], ())),
            )
    counts["ferry trips"] = len(trips)
    return trips


def cars_of(cars_allowed: str, words: str, route_type: str = "") -> Cars:
    """``cars_allowed`` of the trip (1 yes, 2 no); else the extended route type; else words in its names."""
    if cars_allowed in {"1", "2"}:
        return "yes" if cars_allowed == "1" else "no"
    return CARS_OF_TYPE.get(route_type) or cars_in_words(words)


def _minutes(text: str) -> float | None:
    match = _CLOCK.fullmatch(text)
    return int(match[1]) * 60.0 + int(match[2]) + int(match[3]) / 60.0 if match else None


def _frequencies(files: GtfsFiles) -> dict[str, list[Frequency]]:
    found: defaultdict[str, list[Frequency]] = defaultdict(list)
    if not files.has("frequencies"):
        return found
    faults = []
    columns = ("trip_id", "start_time", "end_time", "headway_secs")
    for row in files.rows("frequencies", columns, ("exact_times",)):
        start, stop = _minutes(row["start_time"]), _minutes(row["end_time"])
        whole = re.fullmatch(r"[1-9][0-9]{0,5}", row["headway_secs"])
        if start is None or stop is None or stop < start or not whole:
            message = "times must be HH:MM:SS in order, the headway whole seconds above 0"
            faults.append(Fault(message, where="frequencies.txt", row=row["row"]))
            continue
        headway = int(row["headway_secs"]) / 60.0
        found[row["trip_id"]].append(Frequency(start, stop, headway, row["exact_times"] == "1"))
    if faults:
        raise NetworkDataError(faults[:_MOST_FAULTS])
    return found


def calls_of(files: GtfsFiles, trips: Mapping[str, Trip], faults: list[Fault]) -> dict[str, list[Call]]:
    """The calls of each trip in order; calls without a time are left out."""
    columns = ("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence")
    calls: defaultdict[str, list[Call]] = defaultdict(list)
    for portion in files.portions("stop_times", columns, ("pickup_type", "drop_off_type")):
        for row in rows_of(portion[portion["trip_id"].isin(list(trips))]):
            if not row["arrival_time"] and not row["departure_time"]:
                continue
            arrival = _minutes(row["arrival_time"] or row["departure_time"])
            departure = _minutes(row["departure_time"] or row["arrival_time"])
            if arrival is None or departure is None or not re.fullmatch("[0-9]{1,9}", row["stop_sequence"]):
                message = "times must be HH:MM:SS and the sequence a whole number"
                faults.append(Fault(message, where="stop_times.txt", row=row["row"]))
                continue
            boards, leaves = row["pickup_type"] != "1", row["drop_off_type"] != "1"
            call = Call(int(row["stop_sequence"]), row["stop_id"], arrival, departure, boards, leaves)
            calls[row["trip_id"]].append(call)
    return {trip: sorted(found) for trip, found in calls.items()}


def places_of(files: GtfsFiles, wanted: set[str], faults: list[Fault]) -> dict[str, StopPlace]:
    """Name and position of the stops that ferries call at."""
    places: dict[str, StopPlace] = {}
    known = set()
    for row in files.rows("stops", ("stop_id", "stop_lat", "stop_lon"), ("stop_name",)):
        known.add(row["stop_id"])
        if row["stop_id"] not in wanted:
            continue
        lon, lat = _degrees(row["stop_lon"], 180.0), _degrees(row["stop_lat"], 90.0)
        if lon is None or lat is None:
            shown = f"{row['stop_lon']}, {row['stop_lat']}"
            faults.append(
                Fault("coordinate missing or out of range", where="stops.txt", row=row["row"], value=shown)
            )
            continue
        places[row["stop_id"]] = StopPlace(row["stop_name"], lon, lat)
    faults += [
        Fault("no such stop in stops.txt", where="stop_times.txt", column="stop_id", value=stop)
        for stop in sorted(wanted - known)
    ]
    return places


def _degrees(text: str, limit: float) -> float | None:
    if not re.fullmatch(r"[+-]?[0-9]{1,3}(\.[0-9]{1,20})?", text):
        return None
    return float(text) if abs(float(text)) <= limit else None


#: Longest period of a calendar that is looked through, days.
_LONGEST_FEED_DAYS = 800
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def weekdays_of_services(
    files: GtfsFiles, on: date | None, counts: Counter[str], *, days: int = 1
) -> dict[str, tuple[int, ...]]:
    """By service: the weekdays it runs, Monday = 0.

    With a date, only the services that run on it, with its weekday, or on that many days from it, each with
    its own: the calendar's period and the exceptions of ``calendar_dates`` count, so holidays do. Without
    one, the weekly pattern: exceptions that remove a day are a holiday's business and left out; a service
    that has dates only runs on the weekdays of those dates.

    Raises:
        NetworkDataError: a date or a flag cannot be read, or the feed has neither table.
    """
    if not files.has("calendar") and not files.has("calendar_dates"):
        raise NetworkDataError(
            [Fault("the feed has neither calendar.txt nor calendar_dates.txt", where="feed")]
        )
    faults: list[Fault] = []
    periods = _periods(files, faults)
    added, removed = _exceptions(files, faults)
    if faults:
        raise NetworkDataError(faults[:50])
    if on is not None:
        dates = [on + timedelta(days=number) for number in range(days)]
        running = {day: _running(day, periods, added, removed) for day in dates}
        every = {service for services in running.values() for service in services}
        return {
            service: tuple(sorted({day.weekday() for day in dates if service in running[day]}))
            for service in every
        }
    weekly = {service: found for service, (found, _, _) in periods.items()}
    by_dates = {
        service: tuple(sorted({day.weekday() for day in dates}))
        for service, dates in added.items()
        if not weekly.get(service)
    }
    counts["services known by dates only"] = len(by_dates)
    counts["exceptions left out of the weekly pattern"] = sum(
        len(dates)
        for exceptions in (added, removed)
        for service, dates in exceptions.items()
        if weekly.get(service)
    )
    return weekly | by_dates


def _running(
    day: date,
    periods: Mapping[str, tuple[tuple[int, ...], date, date]],
    added: Mapping[str, set[date]],
    removed: Mapping[str, set[date]],
) -> set[str]:
    """The services that run on a date."""
    weekly = {
        service
        for service, (weekdays, first, last) in periods.items()
        if first <= day <= last and day.weekday() in weekdays
    }
    return (weekly | {service for service, dates in added.items() if day in dates}) - {
        service for service, dates in removed.items() if day in dates
    }


def busiest_week(files: GtfsFiles) -> date | None:
    """The Monday of the week in which most services of a feed run, the first such; None = none runs.

    Raises:
        NetworkDataError: a date or a flag cannot be read, or the feed has neither calendar.
    """
    faults: list[Fault] = []
    periods = _periods(files, faults)
    added, removed = _exceptions(files, faults)
    if faults:
        raise NetworkDataError(faults[:50])
    days: Counter[date] = Counter()
    for service, (weekdays, first, last) in periods.items():
        gone = removed.get(service, set())
        for number in range(min((last - first).days, _LONGEST_FEED_DAYS) + 1):
            day = first + timedelta(days=number)
            days[day] += day.weekday() in weekdays and day not in gone
    for dates in added.values():
        days.update(dates)
    weeks: Counter[date] = Counter()
    for day, services in days.items():
        weeks[day - timedelta(days=day.weekday())] += services
    return min(weeks, key=lambda week: (-weeks[week], week), default=None)


def _periods(files: GtfsFiles, faults: list[Fault]) -> dict[str, tuple[tuple[int, ...], date, date]]:
    """By service of ``calendar``: its weekdays, and its first and last date."""
    if not files.has("calendar"):
        return {}
    periods = {}
    for row in files.rows("calendar", ("service_id", *_DAYS, "start_date", "end_date")):
        start, stop = _date(row["start_date"]), _date(row["end_date"])
        if start is None or stop is None or any(row[day] not in {"0", "1"} for day in _DAYS):
            faults.append(
                Fault("days must be 0 or 1 and dates YYYYMMDD", where="calendar.txt", row=row["row"])
            )
            continue
        days = tuple(number for number, day in enumerate(_DAYS) if row[day] == "1")
        periods[row["service_id"]] = (days, start, stop)
    return periods


def _exceptions(files: GtfsFiles, faults: list[Fault]) -> tuple[dict[str, set[date]], dict[str, set[date]]]:
    added: defaultdict[str, set[date]] = defaultdict(set)
    removed: defaultdict[str, set[date]] = defaultdict(set)
    if files.has("calendar_dates"):
        for row in files.rows("calendar_dates", ("service_id", "date", "exception_type")):
            day = _date(row["date"])
            if day is None or row["exception_type"] not in {"1", "2"}:
                faults.append(
                    Fault(
                        "the date must be YYYYMMDD, the type 1 or 2",
                        where="calendar_dates.txt",
                        row=row["row"],
                    )
                )
                continue
            (added if row["exception_type"] == "1" else removed)[row["service_id"]].add(day)
    return added, removed


def _date(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y%m%d").date()
    except ValueError:
        return None
