"""Departures of a timetable given to the ferry lines of a map, by their quays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from networks.ferries import DayDepartures, FerryService
from networks.geodesy import segment_lengths_m
from networks.osm.ferry_lines import Line
from networks.osm.gtfs import GtfsFerry
from networks.osm.pieces import Points
from networks.osm.report import Tally

#: A stop of the timetable belongs to a quay within this distance, metres.
QUAY_OF_STOP_M = 1000.0


def with_timetables(
    lines: Sequence[Line],
    services: Sequence[FerryService],
    points: Points,
    timetables: Sequence[GtfsFerry],
    tally: Tally,
) -> list[FerryService]:
    """The services, with departures and crossing times where a timetable joins the same two quays.

    Of several timetables the one whose stops are nearest is taken; both of its stops must lie within
    :data:`QUAY_OF_STOP_M` of the line's ends. Ferries that the feed says take no cars are not used.
    """
    usable = [ferry for ferry in timetables if ferry.cars != "no"]
    result = []
    for line, service in zip(lines, services, strict=True):
        found = _nearest(line, points, usable)
        result.append(service if found is None else _merged(service, *found))
        tally.add("ferries", "lines with a timetable", found is not None)
    return result


def _nearest(line: Line, points: Points, ferries: Sequence[GtfsFerry]) -> tuple[GtfsFerry, bool] | None:
    """The timetable of a line, and whether it runs the other way round."""
    if not ferries:
        return None
    starts = np.asarray([(ferry.from_lon, ferry.from_lat) for ferry in ferries])
    stops = np.asarray([(ferry.to_lon, ferry.to_lat) for ferry in ferries])
    first, last = line.points[0], line.points[-1]
    along = np.maximum(_metres(points, first, starts), _metres(points, last, stops))
    against = np.maximum(_metres(points, first, stops), _metres(points, last, starts))
    best = int(np.argmin(np.minimum(along, against)))
    if min(along[best], against[best]) > QUAY_OF_STOP_M:
        return None
    return ferries[best], bool(against[best] < along[best])


def _metres(
    points: Points, at: int, places: np.ndarray[tuple[int, int], np.dtype[np.float64]]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    n = len(places)
    return segment_lengths_m(
        np.full(n, points.lon[at]), np.full(n, points.lat[at]), places[:, 0], places[:, 1]
    )


def _merged(service: FerryService, ferry: GtfsFerry, turned: bool) -> FerryService:
    timetable = ferry.service
    other = {"forward": "backward", "backward": "forward"}
    departures = tuple(
        DayDepartures(other[day.direction] if turned else day.direction, day.weekdays, day.minutes)
        for day in timetable.departures_by_day
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
