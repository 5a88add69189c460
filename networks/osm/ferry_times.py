"""Crossing, wait and service of a ferry line, with every assumption named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from networks.ferries import EVERY_DAY, FerryConditions, FerryService, NightService
from networks.opening_hours import WHOLE_DAY
from networks.osm.defaults import (
    FERRY_FALLBACK_KPH,
    FERRY_FALLBACK_MOORING_MIN,
    FERRY_FASTEST_KPH,
)
from networks.osm.durations import parse_duration, parse_interval, tagged_hours
from networks.osm.ferry_lines import Line, Stretch
from networks.osm.opl import Relation
from networks.osm.pieces import Points, path_m
from networks.osm.report import HOLIDAY_HOURS, UNBELIEVED_DURATIONS, UNREAD_FERRY_TAGS, Tally
from networks.osm.ways import FerryWay
from networks.sentences import Sentence

#: A duration that makes a crossing slower than this, beyond half an hour, is disbelieved, km/h.
FERRY_SLOWEST_KPH = 3.0
#: What ferries do at night, the least of it first: a window that is not known is an assumption, and narrow.
_QUIETEST: tuple[NightService, ...] = ("closed", "on_call", "unknown", "sails")


@dataclass(frozen=True, slots=True)
class RelationTime:
    """Duration of a ferry relation and the length that it is spread over."""

    minutes: float
    length_km: float


def way_km(way: FerryWay, points: Points) -> float:
    """Length of a whole ferry way along its known nodes, kilometres."""
    at = points.positions(np.asarray(way.refs, dtype=np.int64))
    at = at[at >= 0]
    return path_m(at[~np.isnan(points.lon[at])].tolist(), points) / 1000.0


def _stretch_km(stretch: Stretch, points: Points) -> float:
    return path_m(stretch.points, points) / 1000.0


def relation_times(
    relations: Iterable[Relation], ferries: Mapping[int, FerryWay], points: Points
) -> dict[int, RelationTime]:
    """By way id: the duration of its relation and the length of all the relation's ways.

    A way in several relations with a duration takes the one that is slower per kilometre.
    """
    by_way: dict[int, RelationTime] = {}
    for relation in relations:
        minutes = parse_duration(relation.tags.get("duration", ""))
        members = [way_id for kind, way_id, _ in relation.members if kind == "w" and way_id in ferries]
        length = sum(way_km(ferries[way_id], points) for way_id in dict.fromkeys(members))
        if minutes is None or length <= 0:
            continue
        found = RelationTime(minutes, length)
        for way_id in members:
            known = by_way.get(way_id)
            if known is None or minutes / length > known.minutes / known.length_km:
                by_way[way_id] = found
    return by_way


def crossing_minutes(
    line: Line, points: Points, by_relation: Mapping[int, RelationTime]
) -> tuple[float, float, str]:
    """Minutes and kilometres of a line, and where the minutes come from.

    The source is ``way``, ``relation`` or ``fallback``. In this order:

    1. one duration that every tagged way of the line repeats: the duration of the line, once; not where the
       ways have different names, which are different ferries;
    2. different durations: each way's own, by the share of the way that the line uses;
    3. the duration of the relation, by length;
    4. length at the fallback speed.

    Rule 1 takes a way that goes on beyond the line (a call at a quay on the way) by length. A way's duration
    gives way to the relation's when it merely repeats it. Durations nobody can believe are not used.
    """
    length = path_m(line.points, points) / 1000.0
    for minutes, source in _candidates(line, points, by_relation):
        if believable(minutes, length):
            return minutes, length, source
    return fallback_minutes(length), length, "fallback"


def fallback_minutes(length_km: float) -> float:
    """Crossing time of a ferry without a duration: fallback speed and mooring (see ``defaults``)."""
    return length_km / FERRY_FALLBACK_KPH * 60.0 + FERRY_FALLBACK_MOORING_MIN


def believable(minutes: float, length_km: float) -> bool:
    """Whether a ferry can have such a duration."""
    fastest = length_km / FERRY_FASTEST_KPH * 60.0
    return fastest <= minutes <= length_km / FERRY_SLOWEST_KPH * 60.0 + 30.0


def _candidates(
    line: Line, points: Points, by_relation: Mapping[int, RelationTime]
) -> list[tuple[float, str]]:
    found = []
    relation = _relation_minutes(line, points, by_relation)
    tagged = _tagged(line, points, by_relation)
    minutes = {part.minutes for part in tagged.values()}
    names = {stretch.way.tags.get("name", "") for stretch in line.stretches if stretch.way.way_id in tagged}
    if len(minutes) == 1 and len(names - {""}) < 2:
        parts = tagged.values()
        share = sum(part.used_km for part in parts) / sum(part.whole_km for part in parts)
        found.append((minutes.pop() * min(share, 1.0), "way"))
    if tagged:
        found.append((_by_ways(line, points, tagged), "way"))
    if relation is not None:
        found.append((relation, "relation"))
    return found


@dataclass(frozen=True, slots=True)
class _Tagged:
    """Duration of a whole way, kilometres of it that are in the line, and of all of it."""

    minutes: float
    used_km: float
    whole_km: float

    @property
    def share(self) -> float:
        """The share of the way that is in the line."""
        return min(self.used_km / self.whole_km, 1.0)


def _tagged(line: Line, points: Points, by_relation: Mapping[int, RelationTime]) -> dict[int, _Tagged]:
    """By way id: the ways of the line that have a duration of their own."""
    used: defaultdict[int, float] = defaultdict(float)
    for stretch in line.stretches:
        used[stretch.way.way_id] += _stretch_km(stretch, points)
    tagged = {}
    for way in {stretch.way.way_id: stretch.way for stretch in line.stretches}.values():
        minutes = parse_duration(way.tags.get("duration", ""))
        relation = by_relation.get(way.way_id)
        whole = way_km(way, points)
        if minutes is None or whole <= 0:
            continue
        repeats_relation = relation is not None and minutes == relation.minutes and whole < relation.length_km
        if not repeats_relation:
            tagged[way.way_id] = _Tagged(minutes, used[way.way_id], whole)
    return tagged


def _by_ways(line: Line, points: Points, tagged: Mapping[int, _Tagged]) -> float:
    """Sum over the ways, the untagged ones at the fallback speed; mooring is in the tagged ones."""
    untagged_km = sum(
        _stretch_km(stretch, points) for stretch in line.stretches if stretch.way.way_id not in tagged
    )
    tagged_min = sum(part.minutes * part.share for part in tagged.values())
    return tagged_min + untagged_km / FERRY_FALLBACK_KPH * 60.0


def _relation_minutes(line: Line, points: Points, by_relation: Mapping[int, RelationTime]) -> float | None:
    total = 0.0
    for stretch in line.stretches:
        relation = by_relation.get(stretch.way.way_id)
        if relation is None:
            return None
        total += relation.minutes * _stretch_km(stretch, points) / relation.length_km
    return total


def service_of(
    line: Line, points: Points, by_relation: Mapping[int, RelationTime], tally: Tally
) -> FerryService:
    """The ferry service of a line; what is assumed is named in it and counted."""
    minutes, length, source = crossing_minutes(line, points, by_relation)
    tally.add("ferries", "lines")
    tally.add("ferries", f"lines with a duration from: {source}")
    ways = sorted({stretch.way.way_id for stretch in line.stretches})
    name = line.tag("name") or line.tag("ref") or f"ferry {ways[0]}"
    _count_unbelieved(line, points, by_relation, f"{name} (way {ways[0]})", tally)
    assumptions = []
    if source == "fallback":
        assumptions.append("crossing_of_length")
    headway = parse_interval(line.tag("interval"))
    tally.add("ferries", "lines with a tagged interval" if headway else "lines with an assumed headway")
    if headway is None:
        assumptions.append("headway_default")
    hours = service_hours(line.tag("opening_hours"))
    if hours.night == "unknown":
        assumptions.append("window_default")
    stops = points.node_ids[[line.points[0], line.points[-1]]]
    return FerryService(
        service_id=f"osm:{stops[0]}-{stops[1]}:{ways[0]}",
        name=name,
        crossing_min=minutes,
        length_km=length,
        headway_min=headway,
        first_departure_min=hours.first,
        last_departure_min=hours.last,
        night=hours.night,
        assumptions=tuple(assumptions),
        weekdays=hours.weekdays,
        opening_hours=hours.rules,
    )


class ServiceHours(NamedTuple):
    """The fields of a ferry service that follow from its hours."""

    first: float | None
    last: float | None
    night: NightService
    weekdays: tuple[int, ...]
    rules: tuple[str, ...]


def service_hours(text: str) -> ServiceHours:
    """The hours of a ferry from ``opening_hours``; where they are not known its night is ``unknown``."""
    hours = tagged_hours(text)
    if hours is None:
        return ServiceHours(None, None, "unknown", EVERY_DAY, ())
    rules = (hours.rules,) if hours.rules else ()
    if hours.window is None:
        return ServiceHours(None, None, "unknown", hours.weekdays, rules)
    if hours.window == WHOLE_DAY[0] and not rules:
        return ServiceHours(None, None, "sails", hours.weekdays, rules)
    return ServiceHours(*hours.window, "closed", hours.weekdays, rules)


def count_unread(tagged: Iterable[tuple[str, Mapping[str, str]]], tally: Tally) -> None:
    """Name every duration, interval and text of opening hours that cannot be read.

    Args:
        tagged: what each object is ("way 20") and its tags.
        tally: takes the names.
    """
    for what, tags in tagged:
        hours = tagged_hours(tags.get("opening_hours", ""))
        read = {
            "duration": parse_duration(tags.get("duration", "")),
            "interval": parse_interval(tags.get("interval", "")),
            "opening_hours": hours,
        }
        for key, value in read.items():
            if value is None and tags.get(key, "").strip():
                tally.add(UNREAD_FERRY_TAGS, f"{called(what, tags)}: {key}={tags[key].strip()}")
        if hours is not None and hours.holidays:
            tally.add(HOLIDAY_HOURS, f"{called(what, tags)}: {tags['opening_hours'].strip()}")


def called(what: str, tags: Mapping[str, str]) -> str:
    """An object with its name or number, where it has one."""
    name = tags.get("name", "").strip() or tags.get("ref", "").strip()
    return f"{name} ({what})" if name else what


def _count_unbelieved(
    line: Line, points: Points, by_relation: Mapping[int, RelationTime], who: str, tally: Tally
) -> None:
    """Name the line if its first duration was not used."""
    used, length, source = crossing_minutes(line, points, by_relation)
    candidates = _candidates(line, points, by_relation)
    if candidates and not believable(candidates[0][0], length):
        tally.add(UNBELIEVED_DURATIONS, unbelieved(who, candidates[0][0], length, used, source))


def unbelieved(who: str, said_min: float, length_km: float, used_min: float, source: str) -> Sentence:
    """A duration that nobody can believe, and what was taken instead: minutes, km, where they are from."""
    figures: dict[str, object] = {"who": who, "said": said_min, "km": length_km, "used": used_min}
    if source == "fallback":
        text = "{who}: {said:.0f} min for {km:.1f} km, {used:.0f} min taken from its length"
        return Sentence("net.unbelieved_length", text, **figures)
    text = "{who}: {said:.0f} min for {km:.1f} km, {used:.0f} min taken by {source}"
    return Sentence("net.unbelieved", text, **figures, source=source)


def through_service(line: Line, legs: Sequence[FerryService], points: Points) -> FerryService:
    """The service of a connection past one or more calls: the sum of its legs, boarded once.

    The longest headway, the narrowest hours and the quietest night of the legs hold for all of it; departures
    of the legs do not (a boat that leaves the first stop need not go all the way).
    """
    first, last = points.node_ids[[line.points[0], line.points[-1]]]
    known = any(leg.opening_hours or leg.first_departure_min is not None for leg in legs)
    hours = {leg: _usual_window(leg) for leg in legs} if known else {}
    opens = max((window[0] for window in hours.values() if window), default=None)
    closes = min((window[1] for window in hours.values() if window), default=None)
    rules = {text for leg in legs for text in leg.opening_hours}
    if rules or (opens is not None and closes is not None and opens > closes):
        # Only rules can say that windows never meet, and they take the place of all windows.
        rules |= {_as_hours(window) for leg, window in hours.items() if window and not leg.opening_hours}
    return replace(
        legs[0],
        service_id=f"{legs[0].service_id}:through:{first}-{last}",
        crossing_min=sum(leg.crossing_min for leg in legs),
        length_km=sum(leg.length_km for leg in legs),
        headway_min=_longest_headway(legs),
        first_departure_min=opens,
        last_departure_min=closes,
        night=min((leg.night for leg in legs), key=_QUIETEST.index),
        departures_by_day=(),
        weekdays=tuple(day for day in EVERY_DAY if all(day in leg.weekdays for leg in legs)),
        opening_hours=tuple(sorted(rules)),
        assumptions=tuple(sorted({text for leg in legs for text in leg.assumptions})),
    )


def _longest_headway(legs: Sequence[FerryService]) -> float | None:
    """The longest headway of some legs, one that is not known as long as it is assumed to be; None = that."""
    longest = max((leg.headway_min for leg in legs if leg.headway_min is not None), default=0.0)
    unknown = any(leg.headway_min is None for leg in legs)
    return None if unknown and longest < FerryConditions().default_headway_min else longest


def _usual_window(leg: FerryService) -> tuple[float, float] | None:
    """The window of a leg that holds on every day, the assumed one where none is known; None = no bounds."""
    if leg.first_departure_min is not None and leg.last_departure_min is not None:
        return leg.first_departure_min, leg.last_departure_min
    return None if leg.opening_hours or leg.night == "sails" else FerryConditions().default_window_min


def _as_hours(window: tuple[float, float]) -> str:
    """A window as OpenStreetMap writes hours."""
    first, last = round(window[0]), round(window[1])
    return f"{first // 60:02}:{first % 60:02}-{last // 60:02}:{last % 60:02}"
