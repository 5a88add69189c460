"""The arrival-time function of one ferry in one direction, from its departures, windows and call-outs.

Everything that a ferry does is a chance to board (:func:`networks.boardings.chances`): a day of service may
pass midnight, weekdays and seasons are those of the day of service, a call-out holds from the last boarding
to the first of the next day. A chance is a piece, so no rule about ferries is written here a second time.

**Frequencies.** Where only a number of departures is known, half the headway is right on average and wrong at
every moment: with one sailing a day it says twelve hours at noon and one minute before departure alike. A
timetable is drawn instead (:func:`drawn_timetable`), many times, and figures are taken over the draws.
"""

from __future__ import annotations

import zlib
from dataclasses import replace
from enum import IntFlag
from functools import lru_cache

import numpy as np

from networks.arrays import FloatArray
from networks.arrival.pieces import TARGET_BITS, boarded
from networks.boardings import chance_rows
from networks.ferry_service import MINUTES_PER_DAY, FerryConditions, FerryService


class Basis(IntFlag):
    """What the times of a journey's ferries rest on; bits of a piece's tag."""

    TIMETABLE = TARGET_BITS + 1
    FREQUENCY = TIMETABLE << 1
    ASSUMED = TIMETABLE << 2
    NIGHT_UNKNOWN = TIMETABLE << 3

    @property
    def word(self) -> str:
        """The weakest part: ``road`` (no ferry), ``timetable``, ``frequency`` or ``assumed``."""
        if self & Basis.ASSUMED:
            return "assumed"
        if self & Basis.FREQUENCY:
            return "frequency"
        return "timetable" if self & Basis.TIMETABLE else "road"


def basis_of(service: FerryService, conditions: FerryConditions) -> Basis:
    """What the times of a ferry rest on: its departures, a stated frequency, a default, an unknown night."""
    night = Basis.NIGHT_UNKNOWN if service.night == "unknown" else Basis(0)
    if conditions.model == "ssb":
        return Basis.ASSUMED
    if conditions.model == "timetable" and _has_departures(service):
        return Basis.TIMETABLE | night
    if service.headway_min is None or "headway_default" in service.assumptions:
        return Basis.ASSUMED | night
    return Basis.FREQUENCY | night


def _has_departures(service: FerryService) -> bool:
    return service.has_departures("forward") or service.has_departures("backward")


def sailing_function(
    service: FerryService,
    direction: str,
    conditions: FerryConditions,
    *,
    days: int,
    factor: float = 1.0,
    extra_min: float = 0.0,
    basis: Basis | None = None,
) -> FloatArray:
    """Leave the quay at t, be across at: the function of a ferry.

    Args:
        service: the ferry.
        direction: "forward" or "backward".
        conditions: ferry model, and the weekday and date of day 0.
        days: number of days from the midnight of day 0.
        factor: multiplies the crossing; ``inf`` = out of use.
        extra_min: minutes of waiting added by overlays.
        basis: what the times rest on, where the departures of ``service`` were drawn; None = as the ferry
            says.

    Returns:
        (5, n) pieces; (5, 0) for a ferry that is out of use or never sails in these days.
    """
    if not np.isfinite(factor):
        return np.empty((5, 0))
    tag = float(basis_of(service, conditions) if basis is None else basis)
    rows = chance_rows(service, direction, conditions, days)
    moving = rows[:, 3] * factor
    made = np.column_stack(
        [rows[:, 0], rows[:, 1], rows[:, 2] + extra_min + moving, moving, np.full(len(rows), tag)]
    )
    made = made[np.lexsort(made.T[::-1])]
    departs = made[:, 0] == made[:, 1]
    return boarded(made[departs], made[~departs][::-1])


def drawn_timetable(
    service: FerryService, conditions: FerryConditions, *, draw: int, draws: int
) -> FerryService:
    """The ferry with a timetable of its own that keeps its frequency: one draw of many.

    Departures stand evenly from the first to the last of the day. Where the first or the last one is known
    the timetable is anchored there and nothing is left to chance but the other end; else its phase is drawn:
    each line has its own permutation of the draws (a Latin hypercube; McKay, Beckman and Conover 1979), found
    from its id alone, so that other lines and other scenarios change nothing and all scenarios meet
    the same draws.

    Args:
        service: the ferry; one with departures is returned as it is.
        conditions: defaults for headway and window.
        draw: number of the draw, from 0.
        draws: number of draws.
    """
    if _has_departures(service):
        return service
    headway = conditions.default_headway_min if service.headway_min is None else service.headway_min
    found = [
        (direction, _evenly(service, direction, conditions, headway, draw, draws))
        for direction in ("forward", "backward")
    ]
    # Drawn round the clock it has every departure of the night: half the headway would be a boat of its own.
    night = "closed" if service.night == "sails" else service.night
    return replace(service, departures_min=tuple(found), night=night)


def locked_out(service: FerryService, conditions: FerryConditions, *, draw: int, draws: int) -> bool:
    """Whether a ferry on call does not come in one draw: its crew rests after another call-out.

    As many draws as the share of the nights says are locked out, within one; which of them is each line's own
    permutation, so that lines are locked out independently and every scenario meets the same draws.

    Args:
        service: the ferry.
        conditions: the share of the nights.
        draw: number of the draw, from 0.
        draws: number of draws.
    """
    return _place(f"{service.service_id}/lockout", draw, draws) < conditions.lockout_share


def _evenly(
    service: FerryService, direction: str, conditions: FerryConditions, headway: float, draw: int, draws: int
) -> tuple[float, ...]:
    first, last = service.first_departure_min, service.last_departure_min
    begin = conditions.default_window_min[0] if first is None else first
    end = conditions.default_window_min[1] if last is None else last
    if service.night == "sails":
        begin, end, first, last = 0.0, MINUTES_PER_DAY, None, None
    end = end if end >= begin else end + MINUTES_PER_DAY
    if first is not None and last is not None:
        return tuple(np.linspace(begin, end, max(2, 1 + round((end - begin) / headway))).tolist())
    count = max(1, round((end - begin) / headway))
    if first is not None:
        return tuple(begin + headway * step for step in range(count))
    if last is not None:
        return tuple(sorted(end - headway * step for step in range(count)))
    step, phase = (end - begin) / count, _phase(service, direction, draw, draws)
    return tuple(begin + step * (phase + number) for number in range(count))


def _phase(service: FerryService, direction: str, draw: int, draws: int) -> float:
    """In [0, 1): the draw's place in the line's own permutation."""
    return _place(f"{service.service_id}/{direction}", draw, draws)


def _place(name: str, draw: int, draws: int) -> float:
    """In [0, 1): the draw's place in the permutation of a name."""
    return _places(name, draws)[draw]


@lru_cache(maxsize=1024)
def _places(name: str, draws: int) -> tuple[float, ...]:
    """The places of all draws."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    order, within = rng.permutation(draws), rng.random()
    return tuple(((order + within) / draws).tolist())
