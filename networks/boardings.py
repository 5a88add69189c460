"""When a ferry may be boarded: days of service, and what sails on each of them.

**A day of service** is named by the date and weekday on which it begins; its departures and windows are
minutes after that midnight and may pass 24:00. Weekdays and seasons are those of the day of service. A car
must be at the quay ``boarding_min`` before a departure, also where that is before midnight.

**The night** runs from the last boarding of a day of service to the first of the next one. A ferry on call is
called out in the night, on the calendar days on which it sails: never out of season.

**A chance** is a span of time in which one may board, with what follows (:class:`Chance`). The chances of a
ferry over some days say everything about it; nobody arrives earlier by coming later.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from networks.arrays import FloatArray
from networks.ferry_service import (
    EVERY_DAY,
    MINUTES_PER_DAY,
    FerryConditions,
    FerryService,
    FerryState,
    NightService,
    in_season,
    season_is_known,
)
from networks.opening_hours import WHOLE_DAY, Windows, intersection, is_seasonal, windows

#: Effective ferry speed of the official statistics (Statistics Norway), km/h; includes any waiting.
SSB_FERRY_SPEED_KPH = 12.3
#: What begins after a moment begins this much later, what ends before it ends this much sooner, minutes.
_OPEN_END_MIN = 1e-6
#: A year with a 29 February, for dates that follow on each other.
_LEAP_YEAR = 2024


class Chance(NamedTuple):
    """Whoever is at the quay at ``t <= last`` is across at ``max(t, first) + wait + crossing``.

    Times are minutes after the midnight of the day asked about.
    """

    first: float
    last: float
    wait_min: float
    crossing_min: float


def on_day(conditions: FerryConditions, day: int) -> FerryConditions:
    """The conditions some days later (or earlier): weekday and date move on."""
    month_day, weekday = conditions.month_day, conditions.weekday
    if day == 0 or (month_day is None and weekday is None):
        return conditions
    if month_day is not None:
        then = dt.date(_LEAP_YEAR, *month_day) + dt.timedelta(days=day)
        month_day = (then.month, then.day)
    return replace(conditions, weekday=None if weekday is None else (weekday + day) % 7, month_day=month_day)


def state_of_day(service: FerryService, conditions: FerryConditions, day: int) -> FerryState:
    """Whether a ferry sails on a day of service, by season, weekday and hours; else why it does not."""
    now = on_day(conditions, day)
    if season_is_known(service.season) and (
        now.month_day is None or not in_season(service.season, now.month_day)
    ):
        return FerryState.OUT_OF_SEASON
    if now.weekday is not None and now.weekday not in service.weekdays:
        return FerryState.NOT_THAT_DAY
    if not service.opening_hours or _windows_of_hours(service, now):
        return FerryState.SAILS
    if now.month_day is None and any(is_seasonal(text) for text in service.opening_hours):
        return FerryState.OUT_OF_SEASON
    any_weekday = _windows_of_hours(service, replace(now, weekday=None))
    return FerryState.NOT_THAT_DAY if any_weekday else FerryState.OUT_OF_SEASON


def _windows_of_hours(service: FerryService, now: FerryConditions) -> Windows:
    if now.month_day is None and any(is_seasonal(text) for text in service.opening_hours):
        return ()
    found: Windows | None = None
    for text in service.opening_hours:
        here = windows(text, now.month_day, now.weekday)
        found = here if found is None else intersection(found, here)
    return found or ()


def windows_of_day(service: FerryService, conditions: FerryConditions, day: int) -> Windows:
    """First and last departures of a day of service; empty where it does not sail."""
    if state_of_day(service, conditions, day) is not FerryState.SAILS:
        return ()
    if service.opening_hours:
        found = _windows_of_hours(service, on_day(conditions, day))
    elif service.night == "sails":
        found = WHOLE_DAY
    else:
        first, last = service.first_departure_min, service.last_departure_min
        first = conditions.default_window_min[0] if first is None else first
        last = conditions.default_window_min[1] if last is None else last
        found = ((first, last if last >= first else last + MINUTES_PER_DAY),)
    if found == WHOLE_DAY:  # no boat at 24:00: that minute is the next day's, on which it may not sail
        found = ((0.0, MINUTES_PER_DAY - _OPEN_END_MIN),)
    shift = day * MINUTES_PER_DAY
    return tuple((first + shift, last + shift) for first, last in found)


def sailings_of_day(
    service: FerryService, direction: str, conditions: FerryConditions, day: int
) -> tuple[tuple[float, float], ...]:
    """(last moment to board, minutes across) of each departure of a day of service, ascending."""
    return tuple(
        (at, crossing) for at, crossing in _sailings(service, direction, conditions, [day])[0].tolist()
    )


def _sailings(
    service: FerryService, direction: str, conditions: FerryConditions, days: Iterable[int]
) -> list[FloatArray]:
    """(n, 2) :func:`sailings_of_day` of several days; days of one weekday and date are looked up once."""
    known: dict[tuple[int | None, tuple[int, int] | None], FloatArray] = {}
    found = []
    for day in days:
        now = on_day(conditions, day)
        key = now.weekday, now.month_day
        if key not in known:
            sails = state_of_day(service, now, 0) is FerryState.SAILS
            boards = service.sailings(direction, *key) if sails else ()
            known[key] = np.array(boards, dtype=np.float64).reshape(-1, 2)
        shifted = known[key].copy()
        shifted[:, 0] += day * MINUTES_PER_DAY - conditions.boarding_min
        found.append(shifted)
    return found


def differing_by_weekday(
    services: Sequence[FerryService], conditions: FerryConditions
) -> tuple[FerryService, ...]:
    """The services that do not sail alike on all days of the week, by departures, days or opening hours.

    Args:
        services: the ferries.
        conditions: the model, and the date from which the weekdays are taken; its weekday does not count.
    """

    def day_of(service: FerryService, weekday: int) -> tuple[object, ...]:
        on = replace(conditions, weekday=weekday)
        if conditions.model == "ssb":
            return (state_of_day(service, on, 0),)
        boards = [
            sailings_of_day(service, direction, on, 0) if service.has_departures(direction) else None
            for direction in ("forward", "backward")
        ]
        if conditions.model != "timetable":
            boards = [None, None]
        return (windows_of_day(service, on, 0) if None in boards else (), *boards)

    return tuple(
        service for service in services if len({day_of(service, weekday) for weekday in EVERY_DAY}) > 1
    )


def night_of(service: FerryService, conditions: FerryConditions) -> NightService:
    """What the ferry does at night; whoever is on call and always locked out is closed."""
    night = conditions.unknown_night if service.night == "unknown" else service.night
    return "closed" if night == "on_call" and conditions.lockout_share >= 1.0 else night


def activation_min(service: FerryService, conditions: FerryConditions) -> float:
    """Minutes from the call to the departure of a ferry on call."""
    return conditions.default_activation_min if service.activation_min is None else service.activation_min


def headway_wait(service: FerryService, conditions: FerryConditions) -> float:
    """Half the time between departures, at most the cap, and the boarding."""
    headway = conditions.default_headway_min if service.headway_min is None else service.headway_min
    return min(headway / 2.0, conditions.wait_cap_min) + conditions.boarding_min


def in_night(service: FerryService, direction: str, conditions: FerryConditions, now: float) -> bool:
    """Whether a time lies between the last boarding of one day of service and the first of the next."""
    spans = _spans(_sailings(service, direction, conditions, range(-1, 2)))
    return not any(first <= now <= last for first, last in spans)


def _spans(days: Iterable[FloatArray]) -> list[tuple[float, float]]:
    """From the first to the last boarding of each day of service that has any."""
    return [(float(boards[0, 0]), float(boards[-1, 0])) for boards in days if len(boards)]


def chances(
    service: FerryService, direction: str, conditions: FerryConditions, days: int
) -> tuple[Chance, ...]:
    """The chances to board from the midnight of day 0 to that of day ``days``, by ``first``.

    Args:
        service: the ferry.
        direction: "forward" or "backward".
        conditions: the model, and weekday and date of day 0; its time of day does not count.
        days: number of days.
    """
    return tuple(sorted(Chance(*row) for row in chance_rows(service, direction, conditions, days).tolist()))


def chance_rows(service: FerryService, direction: str, conditions: FerryConditions, days: int) -> FloatArray:
    """(n, 4) the figures of :func:`chances`, a row each, in no order."""
    calendar = range(-1, days)
    if conditions.model == "ssb":
        crossing = 60.0 * service.length_km / SSB_FERRY_SPEED_KPH
        found = [
            Chance(day * MINUTES_PER_DAY, (day + 1) * MINUTES_PER_DAY - _OPEN_END_MIN, 0.0, crossing)
            for day in calendar
            if state_of_day(service, conditions, day) is FerryState.SAILS
        ]
        return _rows(found)
    if conditions.model == "timetable" and service.has_departures(direction):
        boards = _sailings(service, direction, conditions, range(-1, days + 1))
        spans = _spans(boards)
        every = np.concatenate(boards)
        rows = np.column_stack(
            [every[:, 0], every[:, 0], np.full(len(every), conditions.boarding_min), every[:, 1]]
        )
    else:
        spans = [span for day in calendar for span in windows_of_day(service, conditions, day)]
        wait = headway_wait(service, conditions)
        rows = _rows([Chance(first, last, wait, service.crossing_min) for first, last in spans])
    return np.concatenate([rows, _rows(_at_night(service, conditions, spans, days))])


def _rows(found: Sequence[Chance]) -> FloatArray:
    return np.array(found, dtype=np.float64).reshape(-1, 4)


def _at_night(
    service: FerryService, conditions: FerryConditions, spans: list[tuple[float, float]], days: int
) -> list[Chance]:
    """Call-outs, or a ferry that sails on, between the spans of service of the days."""
    night = night_of(service, conditions)
    if night not in ("sails", "on_call"):
        return []
    called = night == "on_call"
    wait = activation_min(service, conditions) if called else headway_wait(service, conditions)
    begin, found = -MINUTES_PER_DAY, []
    for first, last in [*sorted(spans), (days * MINUTES_PER_DAY, days * MINUTES_PER_DAY)]:
        # The calendar days that the night touches.
        for day in range(
            max(-1, int(begin // MINUTES_PER_DAY)), min(days, int(first // MINUTES_PER_DAY) + 1)
        ):
            midnight = day * MINUTES_PER_DAY
            opens = max(begin, midnight)
            closes = min(first, midnight + MINUTES_PER_DAY) - _OPEN_END_MIN
            if opens < closes and state_of_day(service, conditions, day) is FerryState.SAILS:
                found.append(Chance(opens, closes, wait, service.crossing_min))
        begin = max(begin, last + _OPEN_END_MIN)
    return found
