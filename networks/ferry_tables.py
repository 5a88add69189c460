"""Ferry tables to services: figures, the defaults for blank ones, and a record of every default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import cast

import numpy as np
import pandas as pd

from networks.arrays import FloatArray
from networks.ferries import (
    EVERY_DAY,
    MONTHS,
    DayDepartures,
    FerryConditions,
    FerryService,
    NightService,
    season_is_known,
)
from networks.geodesy import great_circle_m
from networks.tables import TableReader

#: Service speed of a ferry whose crossing time is unknown, km/h.
NOMINAL_FERRY_SPEED_KPH = 20.0
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NIGHTS = ("sails", "on_call", "closed", "unknown")


@dataclass
class Assumptions:
    """Defaults used, by name, with the links they were used for."""

    by_name: dict[str, list[str]] = field(default_factory=dict)
    by_link: dict[str, list[str]] = field(default_factory=dict)

    def note(self, name: str, link_id: str) -> None:
        """Record that a link got this default."""
        self.by_name.setdefault(name, []).append(link_id)
        self.by_link.setdefault(link_id, []).append(name)

    def text(self, link_id: str) -> str:
        """The defaults of one link, as one text."""
        return ";".join(self.by_link.get(link_id, []))


@dataclass(frozen=True)
class Ends:
    """The nodes that links may join.

    Attributes:
        known: node id -> position.
        lon: (n_nodes,) degrees east.
        lat: (n_nodes,) degrees north.
    """

    known: dict[str, int]
    lon: FloatArray
    lat: FloatArray

    def read(self, table: TableReader) -> tuple[list[str], list[str], FloatArray]:
        """(n,) start and end ids of the links of a table, and (n,) km of the great circle between them."""
        starts, stops = table.references("from_node", self.known), table.references("to_node", self.known)
        for position, (start, stop) in enumerate(zip(starts, stops, strict=True)):
            if start == stop:
                table.fault(position, "to_node", "a link must join two different nodes")
        tails = np.asarray([self.known.get(node, 0) for node in starts], dtype=np.int64)
        heads = np.asarray([self.known.get(node, 0) for node in stops], dtype=np.int64)
        circle_km = (
            great_circle_m(self.lon[tails], self.lat[tails], self.lon[heads], self.lat[heads]) / 1000.0
        )
        return starts, stops, circle_km


def ferry_frame(
    table: TableReader, ends: Ends, conditions: FerryConditions, assumptions: Assumptions
) -> tuple[list[FerryService], pd.DataFrame]:
    """The services of a ferry table, and one row per connection for the edge table, its times still 0."""
    ids = table.ids("ferry_id")
    starts, stops, circle_km = ends.read(table)
    length_km = table.numbers("length_km", above=0)
    for position in np.flatnonzero(np.isnan(length_km)):
        length_km[position] = circle_km[position]
        assumptions.note("ferry_length_of_circle", ids[position])
    figures = _FerryFigures.read(table)
    names = table.texts("name")
    services = [
        figures.service(
            position,
            link=ids[position],
            name=names[position],
            length_km=length_km[position],
            conditions=conditions,
            assumptions=assumptions,
        )
        for position in range(len(ids))
    ]
    frame = pd.DataFrame(
        {
            "from_id": starts,
            "to_id": stops,
            "moving_s": 0.0,
            "length_m": 1000.0 * length_km,
            "kind": "ferry",
            "road_class": "ferry",
            "ref": table.texts("ref"),
            "name": names,
            "link_id": ids,
            "source": table.texts("source"),
            "confidence": table.texts("confidence"),
            "service": np.arange(len(ids)),
        }
    )
    return services, frame


def with_departures(
    services: list[FerryService], ferries: TableReader, departures: TableReader
) -> list[FerryService]:
    """The services with their timetables; faults go to ``departures``.

    Args:
        services: one for each row of ``ferries``.
        ferries: the ferry table, for the direction of each departure.
        departures: ``ferry_id, from_node, departure, weekdays``, and where known ``crossing_min`` and
            ``from_date, to_date`` (as 06-01, 1 Jun or 2026-06-01; the year does not count).
    """
    row_of = {service.service_id: row for row, service in enumerate(services)}
    starts, stops = ferries.texts("from_node"), ferries.texts("to_node")
    minutes = departures.clock("departure")
    departures.filled("departure")
    ids, nodes = departures.texts("ferry_id"), departures.texts("from_node")
    crossings = departures.numbers("crossing_min", above=0)
    seasons = _seasons(departures)
    found: dict[tuple[int, str, tuple[int, ...], str], list[tuple[float, float]]] = {}
    for position, (ferry, node, text) in enumerate(
        zip(ids, nodes, departures.texts("weekdays"), strict=True)
    ):
        row, days = row_of.get(ferry), weekdays_of(text)
        if row is None:
            departures.fault(position, "ferry_id", "no such ferry in ferries.csv")
        elif node not in (starts[row], stops[row]):
            departures.fault(position, "from_node", "is neither end of this ferry")
        elif not days:
            departures.fault(position, "weekdays", "write days as mon-fri or sat,sun; blank = every day")
        else:
            direction = "forward" if node == starts[row] else "backward"
            known = float(crossings[position])
            across = services[row].crossing_min if np.isnan(known) else known
            key = (row, direction, days, seasons[position])
            found.setdefault(key, []).append((float(minutes[position]), across))
    timetables: dict[int, list[DayDepartures]] = {}
    for (row, direction, days, season), sailings in found.items():
        times, across_min = zip(*sorted(sailings), strict=True)
        own = () if set(across_min) == {services[row].crossing_min} else across_min
        timetables.setdefault(row, []).append(DayDepartures(direction, days, times, own, season))
    return [
        replace(service, departures_by_day=tuple(timetables.get(row, ())))
        for row, service in enumerate(services)
    ]


def _seasons(departures: TableReader) -> list[str]:
    """The season of each row, "" for all year."""
    found = []
    pairs = zip(departures.texts("from_date"), departures.texts("to_date"), strict=True)
    for position, (first, last) in enumerate(pairs):
        ends = [_day_of_year(text) for text in (first, last)]
        if bool(first) != bool(last) or (first and None in ends):
            column = "to_date" if ends[0] is not None else "from_date"
            departures.fault(position, column, "write both dates, as 06-01, 1 Jun or 2026-06-01, or neither")
            ends = [None, None]
        found.append("-".join(f"{day} {MONTHS[month - 1]}" for month, day in filter(None, ends)))
    return found


def _day_of_year(text: str) -> tuple[int, int] | None:
    """(month, day) of a date; None where it is blank or none."""
    for pattern in ("%Y-%m-%d", "2024-%m-%d", "2024 %d %b"):
        with suppress(ValueError):
            day = datetime.strptime(text if pattern.startswith("%") else f"{pattern[:5]}{text}", pattern)
            return day.month, day.day
    return None


def departures_table(services: Sequence[FerryService], ends: Mapping[str, tuple[str, str]]) -> pd.DataFrame:
    """The known departures of ferries as ``departures.csv`` holds them, one row a departure.

    Args:
        services: the ferries.
        ends: service id -> the nodes it goes from and to.

    Returns:
        ``ferry_id, from_node, departure, weekdays, from_date, to_date, crossing_min``.
    """
    rows = []
    for service in services:
        general = [DayDepartures(way, EVERY_DAY, minutes) for way, minutes in service.departures_min]
        for day in (*general, *service.departures_by_day):
            node = ends[service.service_id][0 if day.direction == "forward" else 1]
            dates = day.season.split("-") if day.season else ["", ""]
            across = day.crossing_min or (service.crossing_min,) * len(day.minutes)
            for minute, crossing in zip(day.minutes, across, strict=True):
                clock = f"{int(minute) // 60:02}:{int(minute) % 60:02}"
                days = ",".join(WEEKDAYS[number] for number in day.weekdays)
                rows.append((service.service_id, node, clock, days, *dates, round(crossing, 2)))
    columns = ["ferry_id", "from_node", "departure", "weekdays", "from_date", "to_date", "crossing_min"]
    return pd.DataFrame(rows, columns=columns)


def weekdays_of(text: str) -> tuple[int, ...]:
    """Days of the week of a text such as "mon-fri" or "sat,sun", Monday = 0; empty if it cannot be read."""
    if not text or text.casefold() == "daily":
        return EVERY_DAY
    days: set[int] = set()
    for part in text.casefold().split(","):
        ends = [end.strip()[:3] for end in part.split("-")]
        if len(ends) > 2 or any(end not in WEEKDAYS for end in ends):
            return ()
        first, last = WEEKDAYS.index(ends[0]), WEEKDAYS.index(ends[-1])
        days |= {day % 7 for day in range(first, last + 1 if last >= first else last + 8)}
    return tuple(sorted(days))


@dataclass(frozen=True)
class _FerryFigures:
    """The columns of a ferry table, as numbers; NaN where blank."""

    crossing_min: FloatArray
    headway_min: FloatArray
    departures_per_day: FloatArray
    first_min: FloatArray
    last_min: FloatArray
    activation_min: FloatArray
    night: list[str]
    season: list[str]

    @classmethod
    def read(cls, table: TableReader) -> _FerryFigures:
        return cls(
            crossing_min=table.numbers("crossing_min", above=0),
            headway_min=table.numbers("headway_min", above=0),
            departures_per_day=table.numbers("departures_per_day", above=0),
            first_min=table.clock("first_departure"),
            last_min=table.clock("last_departure"),
            activation_min=table.numbers("activation_min", low=0),
            night=table.texts("night", allowed=NIGHTS, blank="unknown"),
            season=table.texts("season"),
        )

    def service(
        self,
        row: int,
        *,
        link: str,
        name: str,
        length_km: float,
        conditions: FerryConditions,
        assumptions: Assumptions,
    ) -> FerryService:
        """One ferry, its blanks filled and noted."""
        noted = len(assumptions.by_link.get(link, []))
        crossing = self.crossing_min[row]
        if np.isnan(crossing):
            crossing = 60.0 * length_km / NOMINAL_FERRY_SPEED_KPH
            assumptions.note("crossing_of_length", link)
        if self.night[row] == "unknown":
            assumptions.note("night_unknown", link)
        if self.season[row] and not season_is_known(self.season[row]):
            assumptions.note("season_unread", link)
        headway = self._headway(row, link, conditions, assumptions)
        return FerryService(
            service_id=link,
            name=name,
            crossing_min=float(crossing),
            length_km=float(length_km),
            headway_min=headway,
            first_departure_min=_or_none(self.first_min[row]),
            last_departure_min=_or_none(self.last_min[row]),
            night=cast(NightService, self.night[row]),
            activation_min=_or_none(self.activation_min[row]),
            season=self.season[row],
            assumptions=tuple(assumptions.by_link.get(link, [])[noted:]),
        )

    def _headway(self, row: int, link: str, conditions: FerryConditions, assumptions: Assumptions) -> float:
        first, last = conditions.default_window_min
        if np.isnan(self.first_min[row]) or np.isnan(self.last_min[row]):
            if self.night[row] != "sails":
                assumptions.note("window_default", link)
        else:
            first, last = self.first_min[row], self.last_min[row]
            last += 1440.0 if last < first else 0.0
        if not np.isnan(self.headway_min[row]):
            return float(self.headway_min[row])
        if np.isnan(self.departures_per_day[row]):
            assumptions.note("headway_default", link)
            return conditions.default_headway_min
        assumptions.note("headway_of_departures", link)
        # The first departure that is the last one too comes again a day later.
        window = last - first if last != first else 1440.0
        return float(window / self.departures_per_day[row])


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
