"""What is known of a ferry, and under which conditions it is asked about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from networks.errors import Fault, NetworkDataError

MINUTES_PER_DAY = 1440.0
EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)
_LONGEST_MONTH = {month: 29 if month == 2 else 30 if month in (4, 6, 9, 11) else 31 for month in range(1, 13)}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SEASON = re.compile(
    r"(?:(\d{1,2})\s+)?([A-Z][a-z]{2})[a-z]*\s*[-–]\s*(?:(\d{1,2})\s+)?([A-Z][a-z]{2})[a-z]*(?:\s+only)?"
)

FerryModel = Literal["timetable", "headway", "ssb"]
NightService = Literal["sails", "on_call", "closed", "unknown"]


class FerryState(StrEnum):
    """What a ferry does at the time asked about."""

    SAILS = "sails"
    ON_CALL = "on_call"
    CLOSED = "closed"
    OUT_OF_SEASON = "out_of_season"
    NOT_THAT_DAY = "not_that_day"


@dataclass(frozen=True, slots=True)
class DayDepartures:
    """Departures of one direction on some days of the week.

    Attributes:
        direction: "forward" or "backward".
        weekdays: days it holds for, Monday = 0.
        minutes: minutes after midnight; may pass 1440.
        crossing_min: minutes across of each departure; empty = as the ferry's.
        season: days of the year on which they hold, such as "1 Jun-31 Aug"; empty = all year.
    """

    direction: str
    weekdays: tuple[int, ...]
    minutes: tuple[float, ...]
    crossing_min: tuple[float, ...] = ()
    season: str = ""

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> DayDepartures:
        """From plain values, as files hold them; files of earlier versions have no crossings and seasons."""
        return cls(
            values["direction"],
            tuple(values["weekdays"]),
            tuple(values["minutes"]),
            tuple(values.get("crossing_min", ())),
            values.get("season", ""),
        )

    def holds(self, weekday: int, month_day: tuple[int, int] | None) -> bool:
        """Whether they hold on a day; without a date, those of a season only do not."""
        if weekday not in self.weekdays:
            return False
        return not self.season or (month_day is not None and in_season(self.season, month_day))


@dataclass(frozen=True, slots=True)
class FerryService:
    """One ferry connection between two quays; both directions of travel refer to it.

    Attributes:
        service_id: unique id.
        name: the connection, as people call it.
        crossing_min: minutes from quay to quay.
        length_km: length of the crossing.
        headway_min: minutes between departures; None when unknown.
        first_departure_min: minutes after midnight; None when unknown or round the clock.
        last_departure_min: minutes after midnight; may pass 1440.
        night: what happens outside the operating window.
        activation_min: call-out time when ``night`` is ``on_call``.
        departures_min: departure times in minutes after midnight, by direction ("forward", "backward");
            empty when no timetable is known.
        season: text such as "1 Jun-31 Aug", empty when it sails all year.
        assumptions: which of the figures above are defaults rather than data.
        weekdays: the days it sails, Monday = 0.
        departures_by_day: departures that hold on some days only; where any of them holds on the day asked
            about, they take the place of ``departures_min``.
        opening_hours: rules of service that differ from day to day, as OpenStreetMap writes them
            (:mod:`networks.opening_hours`); it sails where all of them let it. They take the place of the
            first and last departure, which then say what holds on every day.
    """

    service_id: str
    name: str
    crossing_min: float
    length_km: float
    headway_min: float | None = None
    first_departure_min: float | None = None
    last_departure_min: float | None = None
    night: NightService = "unknown"
    activation_min: float | None = None
    departures_min: tuple[tuple[str, tuple[float, ...]], ...] = ()
    season: str = ""
    assumptions: tuple[str, ...] = ()
    weekdays: tuple[int, ...] = EVERY_DAY
    departures_by_day: tuple[DayDepartures, ...] = ()
    opening_hours: tuple[str, ...] = ()

    def has_departures(self, direction: str) -> bool:
        """Whether any departure of a direction is known, on whatever day."""
        special = any(day.direction == direction and day.minutes for day in self.departures_by_day)
        return special or any(name == direction and minutes for name, minutes in self.departures_min)

    def sailings(
        self, direction: str, weekday: int | None, month_day: tuple[int, int] | None = None
    ) -> tuple[tuple[float, float], ...]:
        """(departure, minutes across) of a direction on a day, ascending.

        Without a weekday those of the weekday with the fewest, of the weekdays on which there are any: the
        departures of several days are never one day's.
        """
        if weekday is None and self.departures_by_day:
            days = (self._sailings(direction, day, month_day) for day in self.weekdays)
            return min((found for found in days if found), key=len, default=())
        return self._sailings(direction, 0 if weekday is None else weekday, month_day)

    def _sailings(
        self, direction: str, weekday: int, month_day: tuple[int, int] | None
    ) -> tuple[tuple[float, float], ...]:
        special = [
            pair
            for day in self.departures_by_day
            if day.direction == direction and day.holds(weekday, month_day)
            for pair in zip(
                day.minutes, day.crossing_min or (self.crossing_min,) * len(day.minutes), strict=True
            )
        ]
        general = [
            (minute, self.crossing_min)
            for name, minutes in self.departures_min
            if name == direction
            for minute in minutes
        ]
        return tuple(sorted(set(special or general)))

    def departures(
        self, direction: str, weekday: int | None, month_day: tuple[int, int] | None = None
    ) -> tuple[float, ...]:
        """Departure times of a direction on a day, as :meth:`sailings` has them; empty when unknown."""
        return tuple(sorted({minute for minute, _ in self.sailings(direction, weekday, month_day)}))


@dataclass(frozen=True, slots=True, kw_only=True)
class FerryConditions:
    """Which ferry model holds, and for what time.

    The figures are the project's own assumptions, stated here so that they can be changed. One time of day
    holds for the whole journey: the model does not move the clock on while people travel.

    Attributes:
        model: how the wait is found.
        time_min: minutes after midnight at which people come to the quay; None = in the daytime, within
            every operating window.
        weekday: Monday = 0; None = a day on which the ferry sails, that with its fewest departures.
        month_day: (month, day) of the journey; None = any day of the year, so that ferries which sail in
            a season only are left out.
        unknown_night: what a ferry whose night is unknown does outside its window.
        boarding_min: minutes before departure that a car must be at the quay, added to the wait.
        wait_cap_min: longest wait of the ``headway`` model before boarding: people know rare departures.
        default_headway_min: where neither headway nor departures are known.
        default_window_min: first and last departure where they are unknown.
        default_activation_min: call-out time where an on-call ferry states none.
        lockout_share: share of the nights, 0-1, in which a ferry on call does not come, as its crew rests
            after another call-out. Around the clock such a share of the draws has no call-outs; at one time
            of day call-outs count as answered below 1.
    """

    model: FerryModel = "headway"
    time_min: float | None = None
    weekday: int | None = None
    month_day: tuple[int, int] | None = None
    unknown_night: Literal["sails", "on_call", "closed"] = "closed"
    boarding_min: float = 5.0
    wait_cap_min: float = 60.0
    default_headway_min: float = 120.0
    default_window_min: tuple[float, float] = (360.0, 1380.0)
    default_activation_min: float = 60.0
    lockout_share: float = 0.0

    def __post_init__(self) -> None:
        checks = {
            "model": self.model in ("timetable", "headway", "ssb"),
            "time_min": self.time_min is None or 0 <= self.time_min < 2 * MINUTES_PER_DAY,
            "weekday": self.weekday is None or self.weekday in EVERY_DAY,
            "month_day": self.month_day is None or _is_date(self.month_day),
            "unknown_night": self.unknown_night in ("sails", "on_call", "closed"),
            "boarding_min": 0 <= self.boarding_min < MINUTES_PER_DAY,
            "wait_cap_min": 0 <= self.wait_cap_min <= MINUTES_PER_DAY,
            "default_headway_min": self.default_headway_min > 0,
            "default_window_min": self.default_window_min[0] < self.default_window_min[1],
            "default_activation_min": self.default_activation_min >= 0,
            "lockout_share": 0 <= self.lockout_share <= 1,
        }
        faults = [
            Fault(
                "not a possible value", where="ferry conditions", column=name, value=str(getattr(self, name))
            )
            for name, holds in checks.items()
            if not holds
        ]
        if faults:
            raise NetworkDataError(faults)


def _is_date(month_day: tuple[int, int]) -> bool:
    """Whether a year has such a day, 29 February among them."""
    month, day = month_day
    return month in _LONGEST_MONTH and 1 <= day <= _LONGEST_MONTH[month]


def in_season(season: str, month_day: tuple[int, int]) -> bool:
    """Whether a date lies in a season such as "1 Jun-31 Aug"; a season may pass the new year.

    A text of another form names no season and is True: :func:`season_is_known` tells the two apart.
    """
    match = _SEASON.fullmatch(season.strip())
    if match is None or not season_is_known(season):
        return True
    start = (MONTHS.index(match[2]) + 1, int(match[1] or 1))
    end = (MONTHS.index(match[4]) + 1, int(match[3] or 31))
    if start <= end:
        return start <= month_day <= end
    return month_day >= start or month_day <= end


def season_is_known(season: str) -> bool:
    """Whether the text is a season this module can read: "1 Jun-31 Aug", "Jun-Aug"."""
    match = _SEASON.fullmatch(season.strip())
    return match is not None and match[2] in MONTHS and match[4] in MONTHS
