"""Ferry services: what sails, when, and how long one waits for it.

Three named models, so that every result can say which assumption made its ferry times:

``timetable``
    wait until the next departure of a departure table.
``headway``
    half the time between departures, capped, plus boarding; closed outside the operating window.
``ssb``
    the statistics office's convention: 12.3 km/h over the crossing, no timetable and no wait
    (Statistics Norway's travel-time method, as quoted in the project's domain notes).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: Effective ferry speed of the official statistics (Statistics Norway), km/h; includes any waiting.
SSB_FERRY_SPEED_KPH = 12.3

FerryModel = Literal["timetable", "headway", "ssb"]
NightService = Literal["sails", "on_call", "closed", "unknown"]


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
