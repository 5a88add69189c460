"""Departures of a timetable given to the ferry lines of a map, by their quays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from networks.ferries import FerryService
from networks.geodesy import segment_lengths_m
from networks.osm.ferry_lines import Line
from networks.osm.gtfs import GtfsFerry
from networks.osm.pieces import Points
from networks.osm.report import Tally

#: A stop of the timetable belongs to a quay within this distance, metres.
QUAY_OF_STOP_M = 1000.0


@dataclass(frozen=True, slots=True)
class Match:
    """The timetable of a ferry line.

    Attributes:
        ferry: the timetable.
        turned: whether it runs the other way round.
        metres: from a quay to its stop, the farther of the two.
    """

    ferry: GtfsFerry
    turned: bool
    metres: float


def match_stops(
    first: tuple[float, float], last: tuple[float, float], ferries: Sequence[GtfsFerry]
) -> Match | None:
    """The timetable that joins two quays, or None where none does.

    Of several the one whose stops are nearest is taken; both of its stops must lie within
    :data:`QUAY_OF_STOP_M` of the quays. Ferries that the feed says take no cars are never taken, and those of
    which it says nothing only where no car ferry joins the quays.

    Args:
        first: degrees east and north of a quay.
        last: of the other.
        ferries: the timetables of a feed.
    """
    for said in ("yes", "unsaid"):
        usable = [ferry for ferry in ferries if ferry.cars == said]
        if not usable:
            continue
        starts = np.asarray([(ferry.from_lon, ferry.from_lat) for ferry in usable])
        stops = np.asarray([(ferry.to_lon, ferry.to_lat) for ferry in usable])
        along = np.maximum(_metres(first, starts), _metres(last, stops))
        against = np.maximum(_metres(first, stops), _metres(last, starts))
        best = int(np.argmin(np.minimum(along, against)))
        metres = float(min(along[best], against[best]))
        if metres <= QUAY_OF_STOP_M:
            return Match(usable[best], bool(against[best] < along[best]), metres)
    return None


def with_timetables(
    lines: Sequence[Line],
    services: Sequence[FerryService],
    points: Points,
    timetables: Sequence[GtfsFerry],
    tally: Tally,
) -> list[FerryService]:
    """The services, with departures and crossing times where a timetable joins the same two quays."""
    result = []
    for line, service in zip(lines, services, strict=True):
        ends = [(float(points.lon[at]), float(points.lat[at])) for at in (line.points[0], line.points[-1])]
        found = match_stops(ends[0], ends[1], timetables)
        result.append(service if found is None else timed_by(service, found))
        tally.add("ferries", "lines with a timetable", found is not None)
    return result


def _metres(
    at: tuple[float, float], places: np.ndarray[tuple[int, int], np.dtype[np.float64]]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    n = len(places)
    return segment_lengths_m(np.full(n, at[0]), np.full(n, at[1]), places[:, 0], places[:, 1])


def timed_by(service: FerryService, found: Match) -> FerryService:
    """A ferry with the departures, crossings and night of a timetable."""
    timetable, turned = found.ferry.service, found.turned
    other = {"forward": "backward", "backward": "forward"}
    departures = tuple(
        replace(day, direction=other[day.direction]) if turned else day for day in timetable.departures_by_day
    )
    no_longer = {"crossing_of_length", "headway_default", "window_default"}
    return replace(
        service,
        crossing_min=timetable.crossing_min,
        headway_min=timetable.headway_min,
        first_departure_min=timetable.first_departure_min,
        last_departure_min=timetable.last_departure_min,
        night=timetable.night,
        weekdays=timetable.weekdays,
        departures_by_day=departures,
        opening_hours=(),
        assumptions=tuple(text for text in service.assumptions if text not in no_longer),
    )
