"""On which weekdays the services of a GTFS feed run."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime

from networks.errors import Fault, NetworkDataError
from networks.osm.gtfs_files import GtfsFiles

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def weekdays_of_services(
    files: GtfsFiles, on: date | None, counts: Counter[str]
) -> dict[str, tuple[int, ...]]:
    """By service: the weekdays it runs, Monday = 0.

    With a date, only the services that run on it, with its weekday: the calendar's period and the exceptions
    of ``calendar_dates`` count. Without one, the weekly pattern: exceptions that remove a day are a holiday's
    business and left out; a service that has dates only runs on the weekdays of those dates.

    Raises:
        NetworkDataError: a date or a flag cannot be read, or the feed has neither table.
    """
    if not files.has("calendar") and not files.has("calendar_dates"):
        raise NetworkDataError(
            [Fault("the feed has neither calendar.txt nor calendar_dates.txt", where="feed")]
        )
    faults: list[Fault] = []
    weekly = _weekly(files, on, faults)
    added, removed = _exceptions(files, faults)
    if faults:
        raise NetworkDataError(faults[:50])
    if on is not None:
        running = {service for service, days in weekly.items() if on.weekday() in days}
        running = (running | {service for service, dates in added.items() if on in dates}) - {
            service for service, dates in removed.items() if on in dates
        }
        return dict.fromkeys(running, (on.weekday(),))
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


def _weekly(files: GtfsFiles, on: date | None, faults: list[Fault]) -> dict[str, tuple[int, ...]]:
    if not files.has("calendar"):
        return {}
    weekly = {}
    for row in files.rows("calendar", ("service_id", *_DAYS, "start_date", "end_date")):
        start, stop = _date(row["start_date"]), _date(row["end_date"])
        if start is None or stop is None or any(row[day] not in {"0", "1"} for day in _DAYS):
            faults.append(
                Fault("days must be 0 or 1 and dates YYYYMMDD", where="calendar.txt", row=row["row"])
            )
            continue
        runs = on is None or start <= on <= stop
        weekly[row["service_id"]] = tuple(
            number for number, day in enumerate(_DAYS) if runs and row[day] == "1"
        )
    return weekly


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
