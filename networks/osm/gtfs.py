"""Ferries of a GTFS feed: departures by pair of stops and weekday.

Read are the tables ``routes, trips, stops, stop_times`` and, where present, ``calendar, calendar_dates,
frequencies`` (GTFS reference, gtfs.org). A period with ``exact_times=0`` gives a headway and a window where
no other sails between two stops. Periods with ``exact_times=1``, several periods, and periods
beside departures are written out as departures from their first minute on: a headway that stood beside them
would lose the ones or the others.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np

from networks.brief import Brief
from networks.errors import Fault, NetworkDataError
from networks.ferries import MINUTES_PER_DAY, DayDepartures, FerryService, NightService
from networks.geodesy import segment_lengths_m
from networks.osm.ferry_words import Cars
from networks.osm.gtfs_files import GtfsFiles
from networks.osm.gtfs_trips import Call, StopPlace, Trip, busiest_week, calls_of, ferry_trips, places_of

_MOST_FAULTS = 50


@dataclass(frozen=True, slots=True)
class GtfsFerry:
    """A ferry between two stops of a feed, both directions.

    Attributes:
        service: crossing, departures and window; ``forward`` is from ``from_stop`` to ``to_stop``.
        from_stop: id of a stop.
        to_stop: id of the other.
        from_lon: degrees east of the first stop.
        from_lat: degrees north of the first stop.
        to_lon: degrees east of the other.
        to_lat: degrees north of the other.
        cars: whether it carries cars, as far as the feed says it.
        route_ids: the routes it belongs to.
    """

    service: FerryService
    from_stop: str
    to_stop: str
    from_lon: float
    from_lat: float
    to_lon: float
    to_lat: float
    cars: Cars
    route_ids: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class GtfsFerries(Brief):
    """The ferries of a feed, and what was counted on the way.

    Attributes:
        ferries: by pair of stops.
        counts: routes, trips, pairs, and what was left out.
    """

    ferries: tuple[GtfsFerry, ...]
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def services(self) -> tuple[FerryService, ...]:
        """The services alone."""
        return tuple(ferry.service for ferry in self.ferries)

    def of_cars(self, *, unsaid: bool = False) -> GtfsFerries:
        """Only those that carry cars; with ``unsaid`` also those of which the feed does not say."""
        wanted = {"yes", "unsaid"} if unsaid else {"yes"}
        kept = tuple(ferry for ferry in self.ferries if ferry.cars in wanted)
        return GtfsFerries(kept, {**self.counts, "left out: no cars": len(self.ferries) - len(kept)})


@dataclass
class _Sailings:
    """What was found for one pair of stops, in the direction of the pair or against it."""

    crossing_min: list[float] = field(default_factory=list)
    departures: defaultdict[tuple[str, tuple[int, ...]], dict[float, float]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    periods: dict[tuple[str, tuple[int, ...], float, float, float], float] = field(default_factory=dict)
    headways_min: list[float] = field(default_factory=list)
    windows: list[tuple[float, float]] = field(default_factory=list)
    weekdays: set[int] = field(default_factory=set)
    cars: set[Cars] = field(default_factory=set)
    routes: dict[str, str] = field(default_factory=dict)

    def add(
        self, direction: str, weekdays: tuple[int, ...], minutes: Sequence[float], crossing_min: float
    ) -> None:
        """Add departures; of several at one moment the fastest counts."""
        known = self.departures[direction, weekdays]
        for minute in minutes:
            known[minute] = min(known.get(minute, crossing_min), crossing_min)

    def settle(self) -> bool:
        """Make a headway of the periods, or departures; whether they were written out."""
        headways = {headway for *_, headway in self.periods}
        spans = {(direction, start, stop) for direction, _, start, stop, _ in self.periods}
        # Round the clock it does not matter when a trip begins; else each direction has one window.
        alike = all(stop - start >= MINUTES_PER_DAY for _, start, stop in spans)
        alike |= len(spans) == len({direction for direction, *_ in spans})
        if not self.departures and len(headways) == 1 and alike:
            for _, _, start, stop, headway in self.periods:
                self.headways_min.append(headway)
                self.windows.append((start, stop))
            return False
        for (direction, weekdays, start, stop, headway), crossing in self.periods.items():
            self.add(direction, weekdays, np.arange(start, stop, headway).tolist(), crossing)
        return bool(self.periods)


def read_gtfs_week(path: str | Path, week_of: date | None = None) -> tuple[GtfsFerries, date | None]:
    """The ferries of a feed in one real week, calendar and exceptions counted.

    Args:
        path: a zip file or a folder.
        week_of: first day of the week; None = the week in which most services run.

    Returns:
        The ferries, and the first day of the week; None = no service runs at all.

    Raises:
        NetworkFileError: the feed cannot be read.
        NetworkDataError: as for :func:`read_gtfs_ferries`.
    """
    if week_of is None:
        with GtfsFiles(path) as files:
            week_of = busiest_week(files)
    return read_gtfs_ferries(path, on=week_of, days=7), week_of


def read_gtfs_ferries(path: str | Path, *, on: date | None = None, days: int = 1) -> GtfsFerries:
    """Read the ferries of a GTFS feed.

    Args:
        path: a zip file or a folder.
        on: only what sails on this date; None = the weekly pattern of the whole feed.
        days: days from that date, each as its own weekday: 7 = the real week, with its holidays.

    Returns:
        One entry per pair of stops that some trip joins, calls in between included, and by whether cars are
        taken: an express boat between the same quays is another ferry. ``crossing_min`` is the median over
        the trips and each departure has its own, ``length_km`` the geodesic between the stops.

    Raises:
        NetworkFileError: the feed cannot be read, is damaged, or holds unsafe names or a compression bomb.
        NetworkDataError: tables or columns are missing, or rows of ferries have faults, all listed.
    """
    with GtfsFiles(path) as files:
        required = [name for name in ("routes", "trips", "stops", "stop_times") if not files.has(name)]
        if required:
            raise NetworkDataError(
                [Fault("the feed lacks this table", where=f"{name}.txt") for name in required]
            )
        counts: Counter[str] = Counter()
        trips = ferry_trips(files, on, counts, days=days)
        faults: list[Fault] = []
        calls = calls_of(files, trips, faults)
        places = places_of(files, {call.stop for found in calls.values() for call in found}, faults)
    if faults:
        raise NetworkDataError(faults[:_MOST_FAULTS])
    pairs = _pairs(trips, calls, counts)
    written_out = sum(sailings.settle() for sailings in pairs.values())
    if written_out:
        counts["pairs with headways written out as departures"] = written_out
    ferries = tuple(_ferry(pair, sailings, places) for (pair, _), sailings in pairs.items())
    counts["pairs of stops"] = len(ferries)
    return GtfsFerries(ferries, dict(counts))


def _pairs(
    trips: Mapping[str, Trip], calls: Mapping[str, list[Call]], counts: Counter[str]
) -> dict[tuple[tuple[str, str], Cars], _Sailings]:
    pairs: dict[tuple[tuple[str, str], Cars], _Sailings] = {}
    for trip_id, found in calls.items():
        trip = trips[trip_id]
        for position, begin in enumerate(found):
            for end in found[position + 1 :]:
                if not (begin.boards and end.leaves) or begin.stop == end.stop:
                    continue
                if end.arrival <= begin.departure:
                    counts["hops that take no time, left out"] += 1
                    continue
                turned = ((end.stop, begin.stop), trip.cars) in pairs
                pair = (end.stop, begin.stop) if turned else (begin.stop, end.stop)
                offset = begin.departure - found[0].departure
                direction = "backward" if turned else "forward"
                _add_sailing(
                    pairs.setdefault((pair, trip.cars), _Sailings()), trip, direction, begin, end, offset
                )
    return pairs


def _add_sailing(
    pair: _Sailings, trip: Trip, direction: str, begin: Call, end: Call, offset_min: float
) -> None:
    """Add one trip; ``offset_min`` is how long after the trip's first departure it leaves the first stop."""
    crossing = end.arrival - begin.departure
    pair.crossing_min.append(crossing)
    pair.weekdays.update(trip.weekdays)
    pair.cars.add(trip.cars)
    pair.routes[trip.route_id] = trip.route_name
    if not trip.frequencies:
        pair.add(direction, trip.weekdays, [begin.departure], crossing)
    elif len(trip.frequencies) == 1 and not trip.frequencies[0].exact:
        period = trip.frequencies[0]
        key = direction, trip.weekdays, period.start + offset_min, period.stop + offset_min, period.headway
        pair.periods[key] = min(pair.periods.get(key, crossing), crossing)
    else:
        for period in trip.frequencies:
            minutes = np.arange(period.start, period.stop, period.headway) + offset_min
            pair.add(direction, trip.weekdays, minutes.tolist(), crossing)


def _ferry(pair: tuple[str, str], sailings: _Sailings, places: Mapping[str, StopPlace]) -> GtfsFerry:
    here, there = places[pair[0]], places[pair[1]]
    ends = (np.asarray([value]) for value in (here.lon, here.lat, there.lon, there.lat))
    first, last, night = _window(sailings)
    service = FerryService(
        service_id=f"gtfs:{pair[0]}-{pair[1]}",
        name=" - ".join(filter(None, (here.name, there.name))) or next(iter(sailings.routes.values())),
        crossing_min=float(np.median(sailings.crossing_min)),
        length_km=float(segment_lengths_m(*ends)[0]) / 1000.0,
        headway_min=_headway(sailings),
        first_departure_min=first,
        last_departure_min=last,
        night=night,
        weekdays=tuple(sorted(sailings.weekdays)),
        departures_by_day=tuple(
            DayDepartures(direction, days, tuple(sorted(found)), tuple(found[at] for at in sorted(found)))
            for (direction, days), found in sorted(sailings.departures.items())
        ),
        assumptions=("length_of_circle",),
    )
    said: list[Cars] = [answer for answer in ("yes", "unsaid") if answer in sailings.cars]
    return GtfsFerry(
        service=service,
        from_stop=pair[0],
        to_stop=pair[1],
        from_lon=here.lon,
        from_lat=here.lat,
        to_lon=there.lon,
        to_lat=there.lat,
        cars=said[0] if said else "no",
        route_ids=tuple(sailings.routes),
    )


def _headway(sailings: _Sailings) -> float | None:
    """The shortest stated headway; without one the mean gap between the departures of the busiest day."""
    if sailings.headways_min:
        return min(sailings.headways_min)
    by_day: defaultdict[tuple[str, int], set[float]] = defaultdict(set)
    for (direction, days), minutes in sailings.departures.items():
        for day in days:
            by_day[direction, day].update(minutes)
    busiest = max(by_day.values(), key=len, default=set())
    if len(busiest) < 2:
        return None
    return (max(busiest) - min(busiest)) / (len(busiest) - 1)


def _window(sailings: _Sailings) -> tuple[float | None, float | None, NightService]:
    """First and last departure, and the night: outside what a feed lists nothing sails."""
    minutes = [minute for times in sailings.departures.values() for minute in times]
    if any(stop - start >= MINUTES_PER_DAY for start, stop in sailings.windows):
        return None, None, "sails"
    starts = minutes + [start for start, _ in sailings.windows]
    stops = minutes + [stop for _, stop in sailings.windows]
    return min(starts), max(stops), "closed"
