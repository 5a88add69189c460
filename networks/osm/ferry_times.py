"""Crossing, wait and service of a ferry line, with every assumption named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from networks.ferries import FerryService
from networks.osm.defaults import (
    FERRY_FALLBACK_KPH,
    FERRY_FALLBACK_MOORING_MIN,
    FERRY_FASTEST_KPH,
)
from networks.osm.durations import operating_window, parse_duration, parse_interval
from networks.osm.ferry_lines import Line, Stretch
from networks.osm.geodesy import segment_lengths_m
from networks.osm.opl import Relation
from networks.osm.pieces import Points
from networks.osm.report import Tally
from networks.osm.ways import FerryWay

#: A duration that makes a crossing slower than this, beyond half an hour, is disbelieved, km/h.
FERRY_SLOWEST_KPH = 3.0


@dataclass(frozen=True, slots=True)
class RelationTime:
    """Duration of a ferry relation and the length that it is spread over."""

    minutes: float
    length_km: float


def path_km(positions: Iterable[int], points: Points) -> float:
    """Length along some points, kilometres."""
    at = np.fromiter(positions, dtype=np.int64)
    a, b = at[:-1], at[1:]
    return float(segment_lengths_m(points.lon[a], points.lat[a], points.lon[b], points.lat[b]).sum()) / 1000.0


def way_km(way: FerryWay, points: Points) -> float:
    """Length of a whole ferry way along its known nodes, kilometres."""
    at = points.positions(np.asarray(way.refs, dtype=np.int64))
    at = at[at >= 0]
    return path_km(at[~np.isnan(points.lon[at])].tolist(), points)


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

    1. one duration that every tagged way of the line repeats: the duration of the line, once;
    2. different durations: each way's own, by the share of the way that the line uses;
    3. the duration of the relation, by length;
    4. length at the fallback speed.

    Rule 1 takes a way that goes on beyond the line (a call at a quay on the way) by length. A way's duration
    gives way to the relation's when it merely repeats it. Durations nobody can believe are not used.
    """
    length = path_km(line.points, points)
    for minutes, source in _candidates(line, points, by_relation):
        if _believable(minutes, length):
            return minutes, length, source
    return fallback_minutes(length), length, "fallback"


def fallback_minutes(length_km: float) -> float:
    """Crossing time of a ferry without a duration: fallback speed and mooring (see ``defaults``)."""
    return length_km / FERRY_FALLBACK_KPH * 60.0 + FERRY_FALLBACK_MOORING_MIN


def _believable(minutes: float, length_km: float) -> bool:
    fastest = length_km / FERRY_FASTEST_KPH * 60.0
    return fastest <= minutes <= length_km / FERRY_SLOWEST_KPH * 60.0 + 30.0


def _candidates(
    line: Line, points: Points, by_relation: Mapping[int, RelationTime]
) -> list[tuple[float, str]]:
    found = []
    relation = _relation_minutes(line, points, by_relation)
    tagged = _tagged(line, points, by_relation)
    if tagged and len({minutes for _, minutes, _ in tagged}) == 1:
        found.append((tagged[0][1] * min(share for _, _, share in tagged), "way"))
    if tagged:
        found.append(
            (_by_ways(line, points, {id(stretch): m * share for stretch, m, share in tagged}), "way")
        )
    if relation is not None:
        found.append((relation, "relation"))
    return found


def _tagged(
    line: Line, points: Points, by_relation: Mapping[int, RelationTime]
) -> list[tuple[Stretch, float, float]]:
    """Stretches with a duration of their own: minutes of the whole way, share of it that is in the line."""
    tagged = []
    for stretch in line.stretches:
        minutes = parse_duration(stretch.way.tags.get("duration", ""))
        relation = by_relation.get(stretch.way.way_id)
        whole = way_km(stretch.way, points)
        if minutes is None or whole <= 0:
            continue
        repeats_relation = relation is not None and minutes == relation.minutes and whole < relation.length_km
        if not repeats_relation:
            tagged.append((stretch, minutes, min(path_km(stretch.points, points) / whole, 1.0)))
    return tagged


def _by_ways(line: Line, points: Points, known: Mapping[int, float]) -> float:
    """Sum over the stretches, the untagged ones at the fallback speed; mooring is in the tagged ones."""
    return sum(
        known.get(id(stretch), path_km(stretch.points, points) / FERRY_FALLBACK_KPH * 60.0)
        for stretch in line.stretches
    )


def _relation_minutes(line: Line, points: Points, by_relation: Mapping[int, RelationTime]) -> float | None:
    total = 0.0
    for stretch in line.stretches:
        relation = by_relation.get(stretch.way.way_id)
        if relation is None:
            return None
        total += relation.minutes * path_km(stretch.points, points) / relation.length_km
    return total


def service_of(
    line: Line, points: Points, by_relation: Mapping[int, RelationTime], tally: Tally
) -> FerryService:
    """The ferry service of a line; what is assumed is named in it and counted."""
    minutes, length, source = crossing_minutes(line, points, by_relation)
    tally.add("ferries", "lines")
    tally.add("ferries", f"lines with a duration from: {source}")
    assumptions = []
    if source == "fallback":
        assumptions.append("crossing_of_length")
    headway = parse_interval(line.tag("interval"))
    tally.add("ferries", "lines with a tagged interval" if headway else "lines with an assumed headway")
    if headway is None:
        assumptions.append("headway_default")
    window = operating_window(line.tag("opening_hours"))
    if window is None:
        assumptions.append("window_default")
    ways = sorted({stretch.way.way_id for stretch in line.stretches})
    stops = points.node_ids[[line.points[0], line.points[-1]]]
    round_the_clock = window == (0.0, 1440.0)
    return FerryService(
        service_id=f"osm:{stops[0]}-{stops[1]}:{ways[0]}",
        name=line.tag("name") or line.tag("ref") or f"ferry {ways[0]}",
        crossing_min=minutes,
        length_km=length,
        headway_min=headway,
        first_departure_min=window[0] if window and not round_the_clock else None,
        last_departure_min=window[1] if window and not round_the_clock else None,
        night="sails" if round_the_clock else "closed" if window else "unknown",
        assumptions=tuple(assumptions),
    )
