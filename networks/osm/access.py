"""Who may drive where: road classes, access tags, one-way streets and barriers.

The access hierarchy follows the OpenStreetMap wiki (*Key:access*): the most specific tag decides, for a car
``motorcar`` before ``motor_vehicle`` before ``vehicle`` before ``access``. What is ``destination`` or
``private`` may be driven by those who have their errand there: where a journey begins or ends, and not as a
way through. The ambulance profile adds ``emergency`` before all of them, drives on private roads and bus
lanes, and passes gates that a private car finds locked; it does not pass what no vehicle passes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from networks.osm.life_cycle import way_not_in_use

Tags = Mapping[str, str]
Profile = Literal["car", "ambulance"]

#: Road classes a car may use unless a tag says otherwise.
CAR_CLASSES = frozenset(
    {
        "motorway",
        "motorway_link",
        "trunk",
        "trunk_link",
        "primary",
        "primary_link",
        "secondary",
        "secondary_link",
        "tertiary",
        "tertiary_link",
        "unclassified",
        "residential",
        "living_street",
        "service",
        "road",
        "track",
    }
)

#: Classes a car may use only where a tag for vehicles says so; steps never.
OPT_IN_CLASSES = frozenset({"pedestrian", "busway", "cycleway", "path", "footway", "bridleway"})

_HIERARCHY = ("motorcar", "motor_vehicle", "vehicle", "access")
#: Keys that open a way that is no road to vehicles.
_VEHICLE_KEYS = frozenset({"motorcar", "motor_vehicle", "vehicle", "emergency", "bus", "psv"})
#: Verdicts that let in those who begin or end there.
ENDS_ONLY = frozenset({"destination", "private"})
_BUS = ("bus", "psv")
_OPEN = frozenset(
    {
        "yes",
        "permissive",
        "designated",
        "official",
        "public",
        "unknown",
        "discouraged",
        "hov",
        "allowed",
        "tolls",
        "toll",
        "true",
        "1",
    }
)
#: Open to whoever has an errand there, closed to those who only pass.
_DESTINATION = frozenset({"destination", "customers", "delivery", "visitors"})
#: Closed to the public, open to those who live or work there, and to an ambulance.
_PRIVATE = frozenset({"private", "permit", "residents", "employees", "staff", "members", "guests"})
#: Closed to every private car, open to an ambulance.
_SERVICES = frozenset({"military", "emergency", "psv", "bus"})
_GRANTED = frozenset({"yes", "designated", "official", "permissive", "destination", "only"})
_NO = frozenset({"no", "none"})
_YES = frozenset({"yes", "true", "1"})
#: Keys of roads that are there as long as water or ground is frozen, and not for most of the year.
_FROZEN = ("ice_road", "winter_road")

#: Barriers that every car passes unless an access tag on them says otherwise.
_OPEN_BARRIERS = frozenset(
    {
        "border_control",
        "bump_gate",
        "cattle_grid",
        "checkpoint",
        "entrance",
        "gate",
        "hampshire_gate",
        "height_restrictor",
        "kerb",
        "lift_gate",
        "no",
        "sally_port",
        "sliding_gate",
        "spikes",
        "swing_gate",
        "toll_booth",
        "coupure",
    }
)
#: Barriers that open for an ambulance even when the public may not pass.
_OPENABLE_BARRIERS = frozenset(
    {"gate", "lift_gate", "swing_gate", "sliding_gate", "sally_port", "chain", "rope", "bus_trap", "entrance"}
)
_OPENABLE_BOLLARDS = frozenset({"rising", "removable", "foldable", "flexible"})

_ONEWAY_FORWARD = frozenset({"yes", "true", "1"})
_ONEWAY_BACKWARD = frozenset({"-1", "reverse"})
_ONEWAY_NEITHER = frozenset({"no", "false", "0"})
#: One lane for both directions in turn, within minutes: passable at any time, after a wait.
_ONEWAY_ALTERNATING = frozenset({"alternating", "alternate"})
#: The direction changes by the hour or the day; which one holds is not known.
_ONEWAY_CHANGING = frozenset({"reversible"})
_ROUNDABOUTS = frozenset({"roundabout", "circular", "mini_roundabout"})


class DropReason(StrEnum):
    """Why a way of the road or ferry network is not in the result."""

    CLASS = "not a class for cars"
    ACCESS = "closed to the profile by an access tag"
    IMPASSABLE = "impassable, out of use or under construction"
    FROZEN = "over ice or frozen ground, in winter only"
    OFF_ROAD = "for vehicles with four-wheel drive only"
    AREA = "an area, not a road"
    REVERSIBLE = "direction changes with the hour"
    FEW_NODES = "fewer than two known nodes"
    DUPLICATE = "way id seen before"
    OUTSIDE = "outside the clipping polygon"
    FERRY_NO_CARS = "ferry that takes no cars"
    FERRY_SEASONAL = "ferry that sails in one season only"


@dataclass(frozen=True, slots=True)
class Directions:
    """In which directions a way may be driven, or why not at all.

    Attributes:
        forward: along the way.
        backward: against the way.
        dropped: why the way is not driven at all.
        forward_only_for: ``destination`` or ``private`` where only journeys that begin or end there may drive
            along the way; empty where everybody may.
        backward_only_for: the same against the way.
        alternating: one lane for both directions in turn.
    """

    forward: bool
    backward: bool
    dropped: DropReason | None = None
    forward_only_for: str = ""
    backward_only_for: str = ""
    alternating: bool = False


def access_of(tags: Tags, profile: Profile, *, direction: str = "") -> str:
    """``open``, ``destination``, ``private``, ``no`` or ``unsaid``; the most specific tag decides.

    ``destination`` and ``private`` are for journeys that begin or end there, not for those that pass.

    Args:
        tags: tags of a way, node or ferry.
        profile: ``car`` or ``ambulance``.
        direction: ``forward`` or ``backward`` to let tags such as ``motor_vehicle:backward`` count.
    """
    if profile == "ambulance":
        emergency = _value(tags, "emergency", direction)
        if emergency in _GRANTED:
            return "open"
        if emergency in _NO:
            return "no"
    for key in _HIERARCHY:
        value = _value(tags, key, direction)
        if value:
            return _verdict(value, tags, profile)
    return "unsaid"


def _value(tags: Tags, key: str, direction: str) -> str:
    text = (tags.get(f"{key}:{direction}") if direction else None) or tags.get(key) or ""
    return text.strip().lower()


def _verdict(value: str, tags: Tags, profile: Profile) -> str:
    """What an access value means. Of several (``private;yes``) the most open counts."""
    values = {part.strip() for part in value.replace("|", ";").split(";")}
    if values & _OPEN:
        return "open"
    if profile == "ambulance":
        let_in = values & (_DESTINATION | _PRIVATE | _SERVICES) or _is_bus_road(tags)
        return "open" if let_in else "no"
    if values & _DESTINATION:
        return "destination"
    return "private" if values & _PRIVATE else "no"


def _is_bus_road(tags: Tags) -> bool:
    return any(tags.get(key, "").strip().lower() in _GRANTED for key in _BUS)


def road_directions(tags: Tags, profile: Profile) -> Directions:
    """Directions in which a profile may drive a ``highway=*`` way."""
    road_class = tags.get("highway", "")
    dropped = _whole_way_closed(tags, road_class, profile)
    if dropped:
        return Directions(forward=False, backward=False, dropped=dropped)
    forward, backward, changing = oneway(tags, profile)
    if changing:
        return Directions(forward=False, backward=False, dropped=DropReason.REVERSIBLE)
    must_be_said = road_class in OPT_IN_CLASSES
    said = _for_vehicles(tags) if must_be_said else tags
    verdicts = {side: access_of(said, profile, direction=side) for side in ("forward", "backward")}
    if must_be_said and road_class == "busway" and profile == "ambulance":
        verdicts = {side: "open" if text == "unsaid" else text for side, text in verdicts.items()}
    closed = {"no", "unsaid"} if must_be_said else {"no"}
    forward &= verdicts["forward"] not in closed
    backward &= verdicts["backward"] not in closed
    if not forward and not backward:
        unsaid = must_be_said and set(verdicts.values()) == {"unsaid"}
        reason = DropReason.CLASS if unsaid else DropReason.ACCESS
        return Directions(forward=False, backward=False, dropped=reason)
    only_for = {side: text if text in ENDS_ONLY else "" for side, text in verdicts.items()}
    return Directions(
        forward=forward,
        backward=backward,
        forward_only_for=only_for["forward"],
        backward_only_for=only_for["backward"],
        alternating=_oneway_text(tags) in _ONEWAY_ALTERNATING,
    )


def _whole_way_closed(tags: Tags, road_class: str, profile: Profile) -> DropReason | None:
    if tags.get("area") == "yes":
        return DropReason.AREA
    if road_class not in CAR_CLASSES | OPT_IN_CLASSES:
        return DropReason.CLASS
    if closed := _closed_to_all(tags):
        return closed
    emergency_only = road_class == "service" and tags.get("service") == "emergency_access"
    if emergency_only and profile == "car" and access_of(tags, profile) in {"no", "unsaid"}:
        return DropReason.ACCESS
    return None


def _closed_to_all(tags: Tags) -> DropReason | None:
    """Why no vehicle drives a road for most of the year, whoever has an errand there."""
    if way_not_in_use(tags):
        return DropReason.IMPASSABLE
    if any(tags.get(key, "").strip().lower() in _YES | {"only"} for key in _FROZEN):
        return DropReason.FROZEN
    return DropReason.OFF_ROAD if tags.get("4wd_only", "").strip().lower() in _YES | {"extreme"} else None


def _for_vehicles(tags: Tags) -> dict[str, str]:
    """The tags that speak of vehicles: ``access=yes`` on a path or pedestrian street speaks of people."""
    return {key: text for key, text in tags.items() if key.partition(":")[0] in _VEHICLE_KEYS}


def oneway(tags: Tags, profile: Profile) -> tuple[bool, bool, bool]:
    """Whether a way is open (along, against) its direction, and whether its direction changes by the hour.

    A motorway, its slip roads' main form aside, and a roundabout are one-way unless tagged otherwise. An
    ambulance may use a contraflow that buses or emergency vehicles have (``oneway:bus=no`` and the like).
    """
    if profile == "ambulance":
        exceptions = ("oneway:emergency", "oneway:psv", "oneway:bus")
        if any(tags.get(key, "").strip().lower() in _ONEWAY_NEITHER for key in exceptions):
            return True, True, False
    text = _oneway_text(tags)
    if text in _ONEWAY_CHANGING:
        return False, False, True
    if text in _ONEWAY_BACKWARD:
        return False, True, False
    if text in _ONEWAY_FORWARD:
        return True, False, False
    if text in _ONEWAY_NEITHER | _ONEWAY_ALTERNATING:
        return True, True, False
    implied = is_roundabout(tags, _ROUNDABOUTS) or tags.get("highway") == "motorway"
    return True, not implied, False


def is_roundabout(tags: Tags, kinds: Collection[str] = ("roundabout", "circular")) -> bool:
    """Whether a way is part of a ring that is driven round, by any value of ``junction``."""
    return bool(set(re.split(r"\s*;\s*", tags.get("junction", "").strip().lower())) & set(kinds))


def _oneway_text(tags: Tags) -> str:
    """The value of the most specific one-way tag for a car; of several, the one that is hardest to pass."""
    keys = ("oneway:motorcar", "oneway:motor_vehicle", "oneway:vehicle", "oneway")
    text = next((text for key in keys if (text := tags.get(key, "").strip().lower())), "")
    values = [value.strip() for value in re.split(r"[;|]", text)]
    if len(values) > 1 and _ONEWAY_FORWARD & set(values) and _ONEWAY_BACKWARD & set(values):
        return "reversible"
    known = (_ONEWAY_CHANGING, _ONEWAY_ALTERNATING, _ONEWAY_FORWARD, _ONEWAY_BACKWARD)
    return next((value for kind in known for value in values if value in kind), text)


def barrier_access(tags: Tags, profile: Profile) -> str:
    """Who passes a node's ``barrier=*``: ``open`` (all), ``destination`` or ``private`` (ends), or ``no``.

    An access tag on the barrier decides first: at a private gate those pass who begin or end behind it. A
    gate without one is taken to open (most stand open or are opened by those who live behind them); with
    ``locked=yes`` it is private. An ambulance passes what can be opened.
    """
    barrier = tags.get("barrier", "").strip().lower()
    verdict = access_of(tags, profile)
    if barrier in {"", "no"} or verdict == "open":
        return "open"
    if profile == "ambulance" and _opens_for_ambulance(tags, barrier) and tags.get("emergency") != "no":
        return "open"
    if verdict != "unsaid":
        return verdict
    stands_open = barrier in _OPEN_BARRIERS or (
        barrier == "bollard" and tags.get("bollard", "").lower() == "rising"
    )
    if not stands_open:
        return "no"
    locked = tags.get("locked", "").strip().lower() in _YES
    return "private" if locked and profile == "car" else "open"


def _opens_for_ambulance(tags: Tags, barrier: str) -> bool:
    return barrier in _OPENABLE_BARRIERS or tags.get("bollard", "").lower() in _OPENABLE_BOLLARDS


def closure_note(tags: Tags) -> str:
    """Seasonal and conditional closures of a way in one text, for overlays; empty when there are none.

    They are not applied: whether a pass is closed depends on the day, and that is a scenario's business.
    """
    keys = (
        "motorcar:conditional",
        "motor_vehicle:conditional",
        "vehicle:conditional",
        "access:conditional",
        "emergency:conditional",
        "oneway:conditional",
        "maxspeed:conditional",
        "seasonal",
        "winter_road",
        "ice_road",
        "snowplowing",
        "winter_service",
        "opening_hours",
    )
    said = ((key, tags.get(key, "").strip()) for key in keys)
    return "; ".join(f"{key}={text}" for key, text in said if text and (key, text) not in _NO_CLOSURE)


_NO_CLOSURE = frozenset(
    {
        ("seasonal", "no"),
        ("winter_road", "no"),
        ("ice_road", "no"),
        ("snowplowing", "yes"),
        ("winter_service", "yes"),
        ("opening_hours", "24/7"),
    }
)


_CONDITIONAL_ACCESS = tuple(f"{key}:conditional" for key in (*_HIERARCHY, "emergency"))


def closed_at_times(tags: Tags) -> bool:
    """Whether the tags of a road that is driven close it in a season, on some days or at some hours."""
    said = {
        key: tags.get(key, "").strip().lower()
        for key in ("seasonal", "opening_hours", "snowplowing", "winter_service")
    }
    if said["seasonal"] not in {"", "no"} or "no" in {said["snowplowing"], said["winter_service"]}:
        return True
    if said["opening_hours"] not in {"", "24/7"}:
        return True
    rules = (rule for key in _CONDITIONAL_ACCESS for rule in tags.get(key, "").lower().split(";"))
    return any(
        "@" in rule and _verdict(rule.partition("@")[0].strip(), {}, "car") != "open" for rule in rules
    )


def closed_in_winter(tags: Tags) -> bool:
    """Whether a way is not kept open in winter, as far as its tags say so plainly."""
    if tags.get("snowplowing") == "no" or tags.get("winter_service") == "no":
        return True
    season = tags.get("seasonal", "").strip().lower()
    return bool(season) and season not in {"no", "winter", "yes"} and "winter" not in season


def structure(tags: Tags) -> str:
    """``tunnel``, ``bridge``, ``ford`` or nothing."""
    for key in ("tunnel", "bridge", "ford"):
        if tags.get(key, "no").strip().lower() not in {"no", "false", "0", ""}:
            return key
    return ""
