"""``maxspeed`` in all its written forms, and the speed that is driven.

Forms (OpenStreetMap wiki, *Key:maxspeed* and *Key:maxspeed:conditional*): ``50``, ``50 km/h``, ``30 mph``,
``10 knots``, ``NO:urban``, ``DE:zone:30``, ``walk``, ``none``, ``signals``, ``variable``, ``50;30``; and what
mappers write besides, such as ``50 km/t``, ``80,60``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from networks.osm.blue_lights import CONTRARY_KPH, raised_kph
from networks.osm.defaults import (
    CLASS_FACTORS,
    FOUR_WHEEL_KPH,
    GRADED_TRACK_LIMIT_KPH,
    HIGHEST_LIMIT_KPH,
    KNOT_KPH,
    LOWEST_LIMIT_KPH,
    MPH_KPH,
    SERVICE_KPH,
    SMOOTHNESS_KPH,
    SURFACE_KPH,
    TRACK_GRADE_OF_SURFACE,
    TRACKTYPE_KPH,
    UNLIMITED_KPH,
    UNPAVED,
    WALK_KPH,
    CountryDefaults,
    assumed_limit_kph,
    country_defaults,
    general_limit_kph,
)

Tags = Mapping[str, str]

_NUMBER = re.compile(
    r"([0-9]{1,4}(?:\.[0-9]{1,3}|,[0-9])?)\s*"
    r"(km/h|kmh|kph|kmph|km/hr|km/hour|km/t|kmt|km|mph|mi/h|knots|knot|kn)?",
    re.IGNORECASE,
)
_UNITS = {"mph": MPH_KPH, "mi/h": MPH_KPH, "knots": KNOT_KPH, "knot": KNOT_KPH, "kn": KNOT_KPH}
#: Between several values; a comma before two figures or more is none before decimals (``80,60``).
_SEVERAL = re.compile(
    r"\s*(?:[;|]|,(?=\s*[0-9]{2})|,(?=\s*[a-z])|(?<=[0-9])\s*/\s*(?=[0-9]))\s*", re.IGNORECASE
)
_CONTEXT = re.compile(r"(?:([a-z]{2})(?:-[a-z0-9]{1,3})?:)?([a-z_0-9:]+)", re.IGNORECASE)
_ZONE = re.compile(r"(?:zone:?)?([0-9]{1,3})")
_AROUND_COLONS = re.compile(r"\s*:\s*")
#: What the word after the country code means in terms of a general limit.
_CONTEXTS = {
    "urban": "urban",
    "town": "urban",
    "built-up": "urban",
    "rural": "rural",
    "nsl_single": "rural",
    "national": "rural",
    "single_carriageway": "rural",
    "trunk": "trunk",
    "nsl_dual": "trunk",
    "dual_carriageway": "trunk",
    "expressway": "trunk",
    "motorroad": "trunk",
    "motorway": "motorway",
    "nsl_motorway": "motorway",
    "living_street": "living_street",
    "residential_zone": "living_street",
    "pedestrian_zone": "living_street",
    "play_street": "living_street",
}
#: Words that say a limit exists without saying which.
_SILENT = frozenset(
    {"signals", "variable", "default", "implicit", "unknown", "unposted", "sign", "yes", "no"}
)
#: Vehicles whose limits are a car's, the most specific first.
_VEHICLES = ("motorcar", "motor_vehicle", "vehicle")
#: "No general limit", which only exists on roads of these classes or for motor vehicles only.
_UNLIMITED = frozenset({"none", "unlimited"})
_UNLIMITED_CLASSES = frozenset({"motorway", "motorway_link", "trunk", "trunk_link"})
#: Classes whose ``tracktype`` is believed: on larger roads it is a remnant.
_GRADED_CLASSES = frozenset(
    {"track", "service", "unclassified", "road", "residential", "living_street"}
    | {"path", "footway", "cycleway", "bridleway"}
)


class SpeedSource(StrEnum):
    """Where the speed of an edge comes from."""

    TAGGED = "tagged"
    CONTEXT = "tagged-general-limit"
    DEFAULT = "default-of-class"


@dataclass(frozen=True, slots=True)
class Speeds:
    """Driven speeds of a way, km/h, along and against its direction.

    Attributes:
        forward_kph: along the way.
        backward_kph: against the way.
        forward_free_kph: along the way where no junction or bend slows: the limit, or what its surface lets.
        backward_free_kph: the same against the way.
        source: where the limit comes from (the weaker of the two directions).
        unreadable: a speed tag was there and could not be read.
    """

    forward_kph: float
    backward_kph: float
    forward_free_kph: float
    backward_free_kph: float
    source: SpeedSource
    unreadable: bool


def parse_maxspeed(
    text: str, defaults: CountryDefaults, *, unlimited: bool = True
) -> tuple[float | None, SpeedSource]:
    """A limit in km/h from one ``maxspeed`` text, or None when it gives none.

    Of several values (``50;30``, ``80|60``, ``80,60``, ``60/50``) the lowest counts: too slow is the safer
    error.

    Args:
        text: the text.
        defaults: the general limits that words refer to.
        unlimited: whether ``none`` can be meant: it is a motorway's or trunk's.
    """
    parts = [part for part in _SEVERAL.split(text.strip()) if part]
    if not unlimited:
        parts = [part for part in parts if not _is_unlimited(part.lower())]
    found = [limit for limit in (_parse_one(part, defaults) for part in parts) if limit[0] is not None]
    return min(found, key=lambda limit: limit[0] or 0.0) if found else (None, SpeedSource.DEFAULT)


def _parse_one(text: str, defaults: CountryDefaults) -> tuple[float | None, SpeedSource]:
    lowered = _AROUND_COLONS.sub(":", text.lower())
    number = _NUMBER.fullmatch(text)
    if number:
        kph = float(number[1].replace(",", ".")) * _UNITS.get((number[2] or "").lower(), 1.0)
        believable = LOWEST_LIMIT_KPH <= kph <= HIGHEST_LIMIT_KPH
        return (kph if believable else None), SpeedSource.TAGGED
    if lowered == "walk" or lowered.endswith(":walk"):
        return WALK_KPH, SpeedSource.TAGGED
    if _is_unlimited(lowered):
        return UNLIMITED_KPH, SpeedSource.TAGGED
    return _parse_context(lowered, defaults)


def _is_unlimited(lowered: str) -> bool:
    return lowered.rpartition(":")[2] in _UNLIMITED


def _parse_context(lowered: str, defaults: CountryDefaults) -> tuple[float | None, SpeedSource]:
    """``NO:urban``, ``gb:nsl_single``, ``DE:zone:30``, ``zone30``, ``urban``."""
    match = _CONTEXT.fullmatch(lowered)
    if not match:
        return None, SpeedSource.DEFAULT
    country, word = match[1], match[2]
    zone = _ZONE.fullmatch(word)
    if zone and (country or word.startswith("zone")):
        factor = MPH_KPH if country in {"gb", "uk", "us"} else 1.0
        kph = float(zone[1]) * factor
        return (kph if LOWEST_LIMIT_KPH <= kph <= HIGHEST_LIMIT_KPH else None), SpeedSource.TAGGED
    kind = _CONTEXTS.get(word)
    if kind is None:
        return None, SpeedSource.DEFAULT
    code = "GB" if country == "uk" else country
    return general_limit_kph(kind, country_defaults(code) if code else defaults), SpeedSource.CONTEXT


def tagged_limit(
    tags: Tags, direction: str, defaults: CountryDefaults
) -> tuple[float | None, SpeedSource, bool]:
    """The limit in one direction (``forward``/``backward``), its source, and whether a text was unreadable.

    The more specific tag wins: direction before both, motorcar, motor vehicles and vehicles before all; then
    the tags that say which general limit applies (``maxspeed:type``, ``source:maxspeed``, ``zone:maxspeed``,
    ``zone:traffic``).
    ``none`` counts on motorways, trunks and roads for motor vehicles only; elsewhere it says nothing.
    """
    unreadable = False
    unlimited = tags.get("highway") in _UNLIMITED_CLASSES or tags.get("motorroad") == "yes"
    names = (
        *(f"maxspeed:{vehicle}:{direction}" for vehicle in _VEHICLES),
        f"maxspeed:{direction}",
        *(f"maxspeed:{vehicle}" for vehicle in _VEHICLES),
        "maxspeed",
        "zone:maxspeed",
        "maxspeed:type",
        "source:maxspeed",
        "zone:traffic",
    )
    for name in names:
        text = tags.get(name)
        if text is None:
            continue
        limit, source = parse_maxspeed(text, defaults, unlimited=unlimited)
        if limit is not None:
            return limit, source, unreadable
        words = [part.lower() for part in _SEVERAL.split(text.strip())]
        silent = all(word in _SILENT or _is_unlimited(word) for word in words)
        if name.startswith("maxspeed") and name != "maxspeed:type" and not silent:
            unreadable = True
    return None, SpeedSource.DEFAULT, unreadable


def driven_speeds(
    tags: Tags, road_class: str, defaults: CountryDefaults, *, blue_lights: bool = False
) -> Speeds:
    """Driven speed of a way in both directions: limit x class factor, below the ceiling of its surface.

    A track without a limit whose grade or surface is known is taken for as fast as that allows, up to the
    pace of a small road; one of which nothing is known for a poor one.
    """
    factor = CLASS_FACTORS.get(road_class, CLASS_FACTORS["road"])
    ceiling = _ceiling_kph(tags, road_class)
    speeds, free, sources, unreadable = [], [], [], False
    assumed = assumed_limit_kph(road_class, defaults)
    if _track_grade(tags, road_class):
        assumed = min(defaults.rural_kph, GRADED_TRACK_LIMIT_KPH)
    for direction in ("forward", "backward"):
        limit, source, bad = tagged_limit({**tags, "highway": road_class}, direction, defaults)
        unreadable |= bad
        limit = assumed if limit is None else limit
        limit = raised_kph(limit) if blue_lights else limit
        speeds.append(max(min(limit * factor, ceiling), LOWEST_LIMIT_KPH))
        free.append(max(min(limit, ceiling), LOWEST_LIMIT_KPH))
        sources.append(source)
    order = list(SpeedSource)
    return Speeds(speeds[0], speeds[1], free[0], free[1], max(sources, key=order.index), unreadable)


def with_contrary_speed(speeds: Speeds, *, forward_is_open: bool) -> Speeds:
    """The speeds of a one-way street with the pace against its direction."""
    if forward_is_open:
        driven, free = speeds.forward_kph, speeds.forward_free_kph
        return replace(
            speeds, backward_kph=min(CONTRARY_KPH, driven), backward_free_kph=min(CONTRARY_KPH, free)
        )
    driven, free = speeds.backward_kph, speeds.backward_free_kph
    return replace(speeds, forward_kph=min(CONTRARY_KPH, driven), forward_free_kph=min(CONTRARY_KPH, free))


def is_paved(tags: Tags, road_class: str) -> bool:
    """Whether a road is paved; one that does not say is, unless it is a track."""
    surfaces = re.split(r"\s*[;|]\s*", tags.get("surface", "").strip().lower())
    if surfaces == [""]:
        return road_class != "track"
    return not any(surface in UNPAVED for surface in surfaces)


def _track_grade(tags: Tags, road_class: str) -> str:
    """``grade1`` to ``grade5`` of a track by its ``tracktype``, else its surface; empty when unknown."""
    if road_class != "track":
        return ""
    if worst := max(_grades(tags), default=""):
        return worst
    return TRACK_GRADE_OF_SURFACE.get(tags.get("surface", "").strip().lower(), "")


def _grades(tags: Tags) -> list[str]:
    """The grades of ``tracktype`` in all its spellings: ``Grade 2``, ``grade2;grade3``, ``grade2-3``."""
    text = tags.get("tracktype", "").strip().lower()
    return [f"grade{number}" for number in re.findall(r"[1-5]", text)] if text.startswith("grade") else []


def _ceiling_kph(tags: Tags, road_class: str) -> float:
    said = (
        (SURFACE_KPH, tags.get("surface", "")),
        (SMOOTHNESS_KPH, tags.get("smoothness", "")),
        (TRACKTYPE_KPH, ";".join(_grades(tags)) if road_class in _GRADED_CLASSES else ""),
        (TRACKTYPE_KPH, _track_grade(tags, road_class)),
        (SERVICE_KPH, tags.get("service", "") if road_class == "service" else ""),
        (FOUR_WHEEL_KPH, tags.get("4wd_only", "")),
    )
    names = (
        (table, name.strip().lower().replace(" ", "_"))
        for table, text in said
        for name in re.split(r"[;|,]", text)
    )
    return min((table[name] for table, name in names if name in table), default=HIGHEST_LIMIT_KPH)
