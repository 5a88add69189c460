"""Ferry services: what sails, when, and how long one waits for it.

Three named models, so that every result can say which assumption made its ferry times:

``timetable``
    wait until the next departure of a departure table.
``headway``
    half the time between departures, capped, plus boarding; closed outside the operating window.
``ssb``
    the statistics office's convention: 12.3 km/h over the crossing, no timetable and no wait
    (Statistics Norway's travel-time method, as quoted in the project's domain notes).

Crossing and wait always stay apart: a ferry's time is ``wait + crossing``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from networks.errors import Fault, NetworkDataError

#: Effective ferry speed of the official statistics (Statistics Norway), km/h; includes any waiting.
SSB_FERRY_SPEED_KPH = 12.3

MINUTES_PER_DAY = 1440.0
EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)
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
    """

    direction: str
    weekdays: tuple[int, ...]
    minutes: tuple[float, ...]


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

    def departures(self, direction: str, weekday: int | None) -> tuple[float, ...]:
        """Departure times of a direction on a day (None = any day), ascending; empty when unknown."""
        special = [
            minute
            for day in self.departures_by_day
            if day.direction == direction and (weekday is None or weekday in day.weekdays)
            for minute in day.minutes
        ]
        general = [minute for name, minutes in self.departures_min if name == direction for minute in minutes]
        return tuple(sorted(set(special or general)))


@dataclass(frozen=True, slots=True, kw_only=True)
class FerryConditions:
    """Which ferry model holds, and for what time.

    The figures are the project's own assumptions, stated here so that they can be changed. One time of day
    holds for the whole journey: the model does not move the clock on while people travel.

    Attributes:
        model: how the wait is found.
        time_min: minutes after midnight at which people come to the quay; None = in the daytime, within
            every operating window.
        weekday: Monday = 0; None = a day on which the ferry sails.
        month_day: (month, day) of the journey; None = any day of the year, so that ferries which sail in
            a season only are left out.
        unknown_night: what a ferry whose night is unknown does outside its window.
        boarding_min: minutes before departure that a car must be at the quay, added to the wait.
        wait_cap_min: longest wait of the ``headway`` model before boarding: people know rare departures.
        default_headway_min: where neither headway nor departures are known.
        default_window_min: first and last departure where they are unknown.
        default_activation_min: call-out time where an on-call ferry states none.
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

    def __post_init__(self) -> None:
        checks = {
            "model": self.model in ("timetable", "headway", "ssb"),
            "time_min": self.time_min is None or 0 <= self.time_min < 2 * MINUTES_PER_DAY,
            "weekday": self.weekday is None or self.weekday in EVERY_DAY,
            "month_day": self.month_day is None or 1 <= self.month_day[0] <= 12,
            "unknown_night": self.unknown_night in ("sails", "on_call", "closed"),
            "boarding_min": 0 <= self.boarding_min < MINUTES_PER_DAY,
            "wait_cap_min": 0 <= self.wait_cap_min <= MINUTES_PER_DAY,
            "default_headway_min": self.default_headway_min > 0,
            "default_window_min": self.default_window_min[0] < self.default_window_min[1],
            "default_activation_min": self.default_activation_min >= 0,
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


class FerryTimes(NamedTuple):
    """What passing one ferry costs: ``moving_min`` is infinite when it does not sail."""

    moving_min: float
    wait_min: float
    state: FerryState


def ferry_times(
    service: FerryService, conditions: FerryConditions, *, direction: str = "forward"
) -> FerryTimes:
    """Crossing and wait of a ferry under a model, at a time of day and on a weekday.

    Args:
        service: the ferry.
        conditions: model and time.
        direction: "forward" or "backward", for the departures of a timetable.
    """
    closed = _closed_by_calendar(service, conditions)
    if closed is not None:
        return FerryTimes(np.inf, 0.0, closed)
    if conditions.model == "ssb":
        return FerryTimes(60.0 * service.length_km / SSB_FERRY_SPEED_KPH, 0.0, FerryState.SAILS)
    if conditions.model == "timetable" and service.departures(direction, None):
        return _by_timetable(service, conditions, direction)
    if conditions.time_min is None or _in_window(service, conditions):
        return FerryTimes(service.crossing_min, _headway_wait(service, conditions), FerryState.SAILS)
    return _outside_window(service, conditions)


def _by_timetable(service: FerryService, conditions: FerryConditions, direction: str) -> FerryTimes:
    """By the departures of the day; a ferry that has some on other days only does not sail."""
    departures = service.departures(direction, conditions.weekday)
    if not departures:
        return FerryTimes(np.inf, 0.0, FerryState.NOT_THAT_DAY)
    wait = _timetable_wait(departures, conditions)
    if wait is None:
        return _outside_window(service, conditions)
    return FerryTimes(service.crossing_min, wait, FerryState.SAILS)


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


def ferry_edge_times(
    services: Sequence[FerryService],
    service_index: NDArray[np.int32],
    directions: NDArray[np.object_],
    conditions: FerryConditions,
) -> tuple[NDArray[np.float64], NDArray[np.float64], dict[str, list[str]]]:
    """Times of many ferry edges.

    Args:
        services: the ferry services.
        service_index: (n,) service of each edge.
        directions: (n,) "forward" or "backward" of each edge; anything else counts as forward.
        conditions: model and time.

    Returns:
        (n,) seconds in motion (``inf`` where it does not sail), (n,) seconds of waiting, and the ids of
        the services in each :class:`FerryState`.
    """
    known: dict[tuple[int, str], FerryTimes] = {}
    for index, text in zip(service_index.tolist(), directions.tolist(), strict=True):
        direction = "backward" if text == "backward" else "forward"
        if (index, direction) not in known:
            known[index, direction] = ferry_times(services[index], conditions, direction=direction)
    pairs = [
        known[index, "backward" if text == "backward" else "forward"]
        for index, text in zip(service_index.tolist(), directions.tolist(), strict=True)
    ]
    states: dict[str, list[str]] = {}
    for (index, _), times in sorted(known.items()):
        ids = states.setdefault(times.state.value, [])
        if services[index].service_id not in ids:
            ids.append(services[index].service_id)
    moving = np.asarray([times.moving_min for times in pairs], dtype=np.float64) * 60.0
    wait = np.asarray([times.wait_min for times in pairs], dtype=np.float64) * 60.0
    return moving, wait, states


def _closed_by_calendar(service: FerryService, conditions: FerryConditions) -> FerryState | None:
    if season_is_known(service.season) and (
        conditions.month_day is None or not in_season(service.season, conditions.month_day)
    ):
        return FerryState.OUT_OF_SEASON
    if conditions.weekday is not None and conditions.weekday not in service.weekdays:
        return FerryState.NOT_THAT_DAY
    return None


def _window(service: FerryService, conditions: FerryConditions) -> tuple[float, float]:
    first, last = service.first_departure_min, service.last_departure_min
    first = conditions.default_window_min[0] if first is None else first
    last = conditions.default_window_min[1] if last is None else last
    return first, last if last >= first else last + MINUTES_PER_DAY


def _in_window(service: FerryService, conditions: FerryConditions) -> bool:
    if service.night == "sails":
        return True
    first, last = _window(service, conditions)
    time = (conditions.time_min or 0.0) % MINUTES_PER_DAY
    return first <= time <= last or first <= time + MINUTES_PER_DAY <= last


def _headway_wait(service: FerryService, conditions: FerryConditions) -> float:
    headway = conditions.default_headway_min if service.headway_min is None else service.headway_min
    return min(headway / 2.0, conditions.wait_cap_min) + conditions.boarding_min


def _timetable_wait(departures: tuple[float, ...], conditions: FerryConditions) -> float | None:
    """Minutes to the next departure of the day; without a time of day the mean over the day's service.

    A person who comes at a random moment between the first and the last departure waits
    ``sum(gap**2) / (2 * sum(gap))`` on average (the mean residual life of a renewal process).
    """
    if conditions.time_min is None:
        gaps = np.diff(np.asarray(departures))
        mean = float((gaps**2).sum() / (2.0 * gaps.sum())) if len(gaps) else conditions.wait_cap_min
        return min(mean, conditions.wait_cap_min) + conditions.boarding_min
    ready = conditions.time_min % MINUTES_PER_DAY + conditions.boarding_min
    coming = [minute - ready for minute in departures if minute >= ready]
    coming += [minute - MINUTES_PER_DAY - ready for minute in departures if minute - MINUTES_PER_DAY >= ready]
    return min(coming) + conditions.boarding_min if coming else None


def _outside_window(service: FerryService, conditions: FerryConditions) -> FerryTimes:
    night = conditions.unknown_night if service.night == "unknown" else service.night
    if night == "sails":
        return FerryTimes(service.crossing_min, _headway_wait(service, conditions), FerryState.SAILS)
    if night == "on_call":
        activation = service.activation_min
        wait = conditions.default_activation_min if activation is None else activation
        return FerryTimes(service.crossing_min, wait, FerryState.ON_CALL)
    return FerryTimes(np.inf, 0.0, FerryState.CLOSED)
