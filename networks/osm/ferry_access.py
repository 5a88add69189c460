"""Which ferry ways carry a vehicle all year, and what their relations add to them.

What a ferry carries is said by many tags (OpenStreetMap wiki, *Tag:route=ferry*). The most specific decides:

1. ``motorcar``, ``motor_vehicle``, ``vehicle`` (for an ambulance ``emergency`` before them);
2. ``cargo``, a list of all that is carried;
3. ``hgv``: a ship that takes lorries takes cars, unless it takes nothing else;
4. passenger boats by ``ferry=*`` or by their name;
5. ``access``;
6. ``foot``, ``bicycle``, ``passengers``: who says this and nothing of vehicles takes none, but for the
   ferries of a road class.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from networks.osm.access import DropReason, Profile, access_of
from networks.osm.durations import parse_interval, tagged_hours
from networks.osm.ferry_words import Cars, cars_in_words
from networks.osm.life_cycle import way_not_in_use
from networks.osm.opl import Relation
from networks.osm.report import SEASONAL_SECTION, Tally
from networks.osm.ways import FerryWay

Tags = Mapping[str, str]

_ON_FOOT = ("foot", "bicycle", "passenger", "passengers", "pedestrian")
_SAID_YES = frozenset(
    {"yes", "designated", "only", "urban", "local", "regional", "national", "international"}
)
#: Values of ``ferry=*`` (OpenStreetMap wiki, *Proposed features/ferry*): boats for people only, and road
#: classes, whose ferries take cars unless a tag says otherwise.
_PASSENGER_BOATS = frozenset(
    {"tourist", "cruise", "passenger", "water_taxi", "foot", "express_boat", "express", "local", "water_bus"}
)
_ROAD_FERRIES = frozenset({"trunk", "primary", "secondary", "tertiary", "unclassified", "residential"})
_CARGO_CARS = frozenset(
    {"vehicle", "vehicles", "car", "cars", "motorcar", "motorcars", "motor_vehicle", "motor_vehicles", "all"}
)
_CARGO_OTHER = frozenset(
    {
        "passengers", "passenger", "people", "foot", "bicycle", "bicycles", "motorcycle", "hgv", "goods",
        "freight", "container", "containers", "rail", "train", "none", "no",
    }
)  # fmt: skip
_ALL_SEASONS = frozenset({"spring", "summer", "fall", "winter"})
_WORDS = ("name", "name:en", "official_name", "alt_name", "description")


def takes_cars(tags: Tags, profile: Profile) -> Cars:
    """Whether a ferry carries the vehicle of a profile."""
    named = {key: text for key, text in tags.items() if key != "access"}
    verdict = access_of(named, profile)
    if verdict != "unsaid":
        # Whoever crosses has an errand at the other quay.
        return "yes" if verdict in {"open", "destination"} else "no"
    general = access_of(tags, profile)
    by_load = _by_load(tags, closed=general in {"no", "private"})
    if by_load != "unsaid":
        return by_load
    vessel, words = _value(tags, "ferry"), cars_in_words(" ".join(tags.get(key, "") for key in _WORDS))
    if vessel in _PASSENGER_BOATS or _value(tags, "water_taxi") in _SAID_YES or words == "no":
        return "no"
    if general == "open" or words == "yes":
        return "yes"
    on_foot = any(_value(tags, key) in _SAID_YES for key in _ON_FOOT)
    return "no" if on_foot and vessel not in _ROAD_FERRIES else "unsaid"


def _by_load(tags: Tags, *, closed: bool) -> Cars:
    """What the list of the load and the word on lorries say; ``closed`` = closed to all that is not named."""
    cargo, lorries = _values(tags, "cargo"), _values(tags, "hgv")
    if cargo & _CARGO_CARS:
        return "yes"
    if cargo & _CARGO_OTHER or closed or lorries == {"only"}:
        return "no"
    return "yes" if lorries & _SAID_YES else "unsaid"


def _value(tags: Tags, key: str) -> str:
    return tags.get(key, "").strip().lower()


def _values(tags: Tags, key: str) -> set[str]:
    parts = _value(tags, key).replace(",", ";").replace("|", ";").split(";")
    return {part.strip().replace(" ", "_") for part in parts} - {""}


def is_terminal(tags: Tags) -> bool:
    """Whether a node is a place where people board ferries."""
    stops = "public_transport" in tags or "harbour" in tags
    return _value(tags, "amenity") == "ferry_terminal" or (stops and _value(tags, "ferry") in _SAID_YES)


def reason_left_out(tags: Tags, profile: Profile) -> DropReason | None:
    """Why a ferry does not serve a profile all year, or None when it does."""
    if way_not_in_use(tags):
        return DropReason.IMPASSABLE
    if takes_cars(tags, profile) == "no":
        return DropReason.FERRY_NO_CARS
    return DropReason.FERRY_SEASONAL if season_of(tags) else None


def name_left_out(tags: Tags, reason: DropReason, otherwise: str, tally: Tally) -> None:
    """Name a ferry that is left out for its season, with what its tags say of it: islands hang on it."""
    if reason is DropReason.FERRY_SEASONAL:
        name = tags.get("name") or tags.get("ref") or otherwise
        tally.add(SEASONAL_SECTION, f"{name} ({season_of(tags)})")


def season_of(tags: Tags) -> str:
    """The season a ferry sails in, as text; empty when it sails all year or does not say."""
    season = tags.get("seasonal", "").strip()
    named = set(re.findall(r"[a-z]+", season.lower().replace("autumn", "fall")))
    if named - {"no"} and not named >= _ALL_SEASONS:
        return season
    text = tags.get("opening_hours", "")
    hours = tagged_hours(text)
    return text if hours is not None and hours.seasonal else ""


def with_relation_tags(
    ferries: Mapping[int, FerryWay], relations: Iterable[Relation], profile: Profile
) -> dict[int, FerryWay]:
    """Ferry ways with the tags that only their route relations have; a way's own tags win.

    A way of several relations does what any of them does: of those that serve the profile the most frequent
    one speaks for it, whatever their ids. ``duration`` is left out: it belongs to the whole relation
    (:mod:`networks.osm.ferry_times`).
    """
    inherited: defaultdict[int, list[dict[str, str]]] = defaultdict(list)
    for relation in relations:
        tags = {key: text for key, text in relation.tags.items() if key not in {"type", "duration"}}
        for kind, way_id, _ in relation.members:
            if kind == "w" and way_id in ferries and tags not in inherited[way_id]:
                inherited[way_id].append(tags)
    return {
        way_id: FerryWay(way_id, _together(way.tags, inherited[way_id], profile), way.refs)
        for way_id, way in ferries.items()
    }


def _together(own: dict[str, str], inherited: Sequence[dict[str, str]], profile: Profile) -> dict[str, str]:
    options = sorted((tags | own for tags in inherited), key=_most_frequent_first)
    usable = [tags for tags in options if reason_left_out(tags, profile) is None] or options
    if not usable:
        return own
    merged: dict[str, str] = {}
    for tags in reversed(usable):
        merged |= tags
    return merged if reason_left_out(merged, profile) is None else usable[0]


def _most_frequent_first(tags: dict[str, str]) -> tuple[float, list[tuple[str, str]]]:
    headway = parse_interval(tags.get("interval", ""))
    return (float("inf") if headway is None else headway, sorted(tags.items()))


def relations_of_cars(relations: Sequence[Relation], profile: Profile) -> list[Relation]:
    """The relations without those for people only whose ways another one shares that takes cars."""
    people_only = {one.relation_id for one in relations if takes_cars(one.tags, profile) == "no"}
    shared = {way for one in relations if one.relation_id not in people_only for way in _ways(one)}
    return [one for one in relations if one.relation_id not in people_only or not shared & _ways(one)]


def _ways(relation: Relation) -> set[int]:
    return {number for kind, number, _ in relation.members if kind == "w"}


def usable_ferries(ferries: Iterable[FerryWay], profile: Profile, tally: Tally) -> list[FerryWay]:
    """The ferry ways that carry the profile's vehicle all year; the others are counted by reason.

    A ferry that says nothing about vehicles is used, as routers do, unless it speaks of people on foot or
    calls itself a passenger boat; it is counted apart, because it may be wrong.
    """
    usable = []
    for way in ferries:
        reason = reason_left_out(way.tags, profile)
        if reason:
            tally.add("dropped ways", reason)
            name_left_out(way.tags, reason, f"way {way.way_id}", tally)
            continue
        if takes_cars(way.tags, profile) == "unsaid":
            tally.add("ferries", "ways used although they do not say whether they take cars")
        usable.append(way)
    return usable
