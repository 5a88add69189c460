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

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from networks.boardings import (
    SSB_FERRY_SPEED_KPH,
    activation_min,
    headway_wait,
    in_night,
    night_of,
    sailings_of_day,
    state_of_day,
    windows_of_day,
)
from networks.ferry_service import (
    EVERY_DAY,
    MINUTES_PER_DAY,
    MONTHS,
    DayDepartures,
    FerryConditions,
    FerryModel,
    FerryService,
    FerryState,
    NightService,
    in_season,
    season_is_known,
)
from networks.sentences import Sentence

__all__ = [
    "EVERY_DAY",
    "MINUTES_PER_DAY",
    "MONTHS",
    "SSB_FERRY_SPEED_KPH",
    "DayDepartures",
    "FerryConditions",
    "FerryModel",
    "FerryService",
    "FerryState",
    "FerryTimes",
    "NightService",
    "capped_services",
    "ferry_edge_times",
    "ferry_times",
    "in_season",
    "season_is_known",
]


class FerryTimes(NamedTuple):
    """What passing one ferry costs: ``moving_min`` is infinite when it does not sail."""

    moving_min: float
    wait_min: float
    state: FerryState


def ferry_times(
    service: FerryService, conditions: FerryConditions, *, direction: str = "forward"
) -> FerryTimes:
    """Crossing and wait of a ferry under a model, at a time of day and on a weekday.

    A departure or a window of service belongs to the day on which it begins: at 00:30 on a Saturday Friday's
    boat of 25:30 is still to come, and at 23:50 tomorrow's boat of 00:03 is boarded today. With a timetable
    one waits for the next boat of this day of service, or for one that is boarded before the coming midnight;
    a call-out at night is taken where it is sooner.

    Args:
        service: the ferry.
        conditions: model and time.
        direction: "forward" or "backward", for the departures of a timetable.
    """
    today = state_of_day(service, conditions, 0)
    if conditions.model == "ssb":
        if today is not FerryState.SAILS:
            return FerryTimes(np.inf, 0.0, today)
        return FerryTimes(60.0 * service.length_km / SSB_FERRY_SPEED_KPH, 0.0, FerryState.SAILS)
    if conditions.model == "timetable" and service.has_departures(direction):
        return _by_timetable(service, conditions, direction, today)
    if conditions.time_min is None or _in_window(service, conditions):
        if conditions.time_min is None and today is not FerryState.SAILS:
            return FerryTimes(np.inf, 0.0, today)
        return FerryTimes(service.crossing_min, headway_wait(service, conditions), FerryState.SAILS)
    return _outside_window(service, conditions, today)


def capped_services(services: Sequence[FerryService], conditions: FerryConditions) -> list[FerryService]:
    """The services whose wait the cap of the conditions shortens, in either direction."""
    free = replace(conditions, wait_cap_min=MINUTES_PER_DAY)

    def is_cut(service: FerryService, direction: str) -> bool:
        waits = [ferry_times(service, one, direction=direction).wait_min for one in (conditions, free)]
        return waits[1] > waits[0]

    return [one for one in services if is_cut(one, "forward") or is_cut(one, "backward")]


def without_departures(services: Sequence[FerryService]) -> tuple[FerryService, ...]:
    """The ferries of which no departure is known, on any day and in either direction."""
    directions = ("forward", "backward")
    return tuple(one for one in services if not any(one.has_departures(way) for way in directions))


def timetable_note(model: str, services: Sequence[FerryService]) -> tuple[str, ...]:
    """What to say of ferries that were to go by a timetable and have none; nothing under another model."""
    without = without_departures(services)
    if model != "timetable" or not without:
        return ()
    known = len(services) - len(without)
    return (
        Sentence(
            "net.timetable",
            "ferry model timetable: {known} of {every} ferry connections have known departures; the others "
            "wait as in the headway model",
            known=known or Sentence("net.none", "none"),
            every=len(services),
        ),
    )


def _by_timetable(
    service: FerryService, conditions: FerryConditions, direction: str, today: FerryState
) -> FerryTimes:
    """By the departures; a ferry that has some on other days only does not sail."""
    if conditions.time_min is None:
        sails = today is FerryState.SAILS
        sailings = service.sailings(direction, conditions.weekday, conditions.month_day) if sails else ()
        if not sailings:
            state = FerryState.NOT_THAT_DAY if today is FerryState.SAILS else today
            return FerryTimes(np.inf, 0.0, state)
        departures = tuple(sorted({minute for minute, _ in sailings}))
        crossing = float(np.mean([across for _, across in sailings]))
        return FerryTimes(crossing, _mean_wait(departures, conditions), FerryState.SAILS)
    now = conditions.time_min % MINUTES_PER_DAY
    boards = [one for day in (-1, 0) for one in sailings_of_day(service, direction, conditions, day)]
    tomorrow = sailings_of_day(service, direction, conditions, 1)
    boards += [(at, crossing) for at, crossing in tomorrow if at <= MINUTES_PER_DAY]
    coming = [(at - now + conditions.boarding_min, crossing) for at, crossing in boards if at >= now]
    sooner, across = min(coming, key=sum, default=(np.inf, service.crossing_min))
    none_today = not any(at >= 0 for at, _ in boards)
    if none_today and today is FerryState.SAILS and night_of(service, conditions) not in ("sails", "on_call"):
        today = FerryState.NOT_THAT_DAY
    called = FerryTimes(np.inf, 0.0, FerryState.CLOSED)
    if not coming or in_night(service, direction, conditions, now):
        called = _outside_window(service, conditions, today)
    if coming and sooner + across <= called.wait_min + called.moving_min:
        return FerryTimes(across, sooner, FerryState.SAILS)
    return called


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


def _in_window(service: FerryService, conditions: FerryConditions) -> bool:
    """Whether a window of service is open, of this day or of the day before."""
    time = (conditions.time_min or 0.0) % MINUTES_PER_DAY
    return any(
        first <= time <= last for day in (-1, 0) for first, last in windows_of_day(service, conditions, day)
    )


def _mean_wait(departures: tuple[float, ...], conditions: FerryConditions) -> float:
    """Mean minutes to the next departure over the day's service.

    A person who comes at a random moment between the first and the last departure waits
    ``sum(gap**2) / (2 * sum(gap))`` on average (the mean residual life of a renewal process).
    """
    gaps = np.diff(np.asarray(departures))
    mean = float((gaps**2).sum() / (2.0 * gaps.sum())) if len(gaps) else MINUTES_PER_DAY / 2.0
    return min(mean, conditions.wait_cap_min) + conditions.boarding_min


def _outside_window(service: FerryService, conditions: FerryConditions, today: FerryState) -> FerryTimes:
    if today is not FerryState.SAILS:
        return FerryTimes(np.inf, 0.0, today)
    night = night_of(service, conditions)
    if night == "sails":
        return FerryTimes(service.crossing_min, headway_wait(service, conditions), FerryState.SAILS)
    if night == "on_call":
        return FerryTimes(service.crossing_min, activation_min(service, conditions), FerryState.ON_CALL)
    return FerryTimes(np.inf, 0.0, FerryState.CLOSED)
