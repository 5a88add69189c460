"""Who may drive where: road classes, access tags, one-way streets and barriers.

The access hierarchy follows the OpenStreetMap wiki (*Key:access*): the most specific tag decides, for a car
``motorcar`` before ``motor_vehicle`` before ``vehicle`` before ``access``. The ambulance profile adds
``emergency`` before all of them, drives on private roads and bus lanes, and passes gates that a private car
finds locked; it does not pass what no vehicle passes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

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

#: Classes a car may use only where a tag says so.
OPT_IN_CLASSES = frozenset({"pedestrian", "busway"})

_HIERARCHY = ("motorcar", "motor_vehicle", "vehicle", "access")
_BUS = ("bus", "psv")
_OPEN = frozenset(
    {
        "yes",
        "permissive",
        "designated",
        "official",
        "public",
        "destination",
        "customers",
        "delivery",
        "permit",
        "residents",
        "unknown",
        "discouraged",
        "hov",
        "allowed",
        "tolls",
        "toll",
    }
)
#: Closed to the public, open to those who are let in: an ambulance is.
_PRIVATE = frozenset({"private", "employees", "staff", "military", "emergency", "psv", "bus"})
_GRANTED = frozenset({"yes", "designated", "official", "permissive", "destination", "only"})
_NO = frozenset({"no", "none"})

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
_ONEWAY_CHANGING = frozenset({"reversible", "alternating"})
_ROUNDABOUTS = frozenset({"roundabout", "circular", "mini_roundabout"})


class DropReason(StrEnum):
    """Why a way of the road or ferry network is not in the result."""

    CLASS = "not a class for cars"
    ACCESS = "closed to the profile by an access tag"
    PRIVATE = "private, not for a car of the public"
    AREA = "an area, not a road"
    REVERSIBLE = "direction changes with the hour"
    FEW_NODES = "fewer than two known nodes"
    DUPLICATE = "way id seen before"
    OUTSIDE = "outside the clipping polygon"
    FERRY_NO_CARS = "ferry that takes no cars"
    FERRY_SEASONAL = "ferry that sails in one season only"


@dataclass(frozen=True, slots=True)
class Directions:
    """In which directions a way may be driven, or why not at all."""

    forward: bool
    backward: bool
    dropped: DropReason | None = None


def access_of(tags: Tags, profile: Profile, *, direction: str = "") -> str:
    """``open``, ``private``, ``no`` or ``unsaid`` for a profile; the most specific tag decides.

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
    if profile == "ambulance" and (values & _PRIVATE or _is_bus_road(tags)):
        return "open"
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
    verdicts = {side: access_of(tags, profile, direction=side) for side in ("forward", "backward")}
    forward &= verdicts["forward"] in {"open", "unsaid"}
    backward &= verdicts["backward"] in {"open", "unsaid"}
    if forward or backward:
        return Directions(forward=forward, backward=backward)
    private = "private" in verdicts.values()
    reason = DropReason.PRIVATE if private else DropReason.ACCESS
    return Directions(forward=False, backward=False, dropped=reason)


def _whole_way_closed(tags: Tags, road_class: str, profile: Profile) -> DropReason | None:
    if tags.get("area") == "yes":
        return DropReason.AREA
    if road_class in CAR_CLASSES:
        emergency_only = road_class == "service" and tags.get("service") == "emergency_access"
        if emergency_only and profile == "car" and access_of(tags, profile) != "open":
            return DropReason.ACCESS
        return None
    if road_class not in OPT_IN_CLASSES:
        return DropReason.CLASS
    bus_road = profile == "ambulance" and road_class == "busway" and access_of(tags, profile) != "no"
    return None if bus_road or _names_motor_vehicles(tags, profile) else DropReason.CLASS


def _names_motor_vehicles(tags: Tags, profile: Profile) -> bool:
    """Whether a pedestrian street or busway opens itself to the profile by a tag for motor vehicles.

    ``access=yes`` does not do: on a pedestrian street it speaks of people.
    """
    named = {key: value for key, value in tags.items() if key in {"motorcar", "motor_vehicle", "emergency"}}
    return bool(named) and access_of(named, profile) == "open"


def oneway(tags: Tags, profile: Profile) -> tuple[bool, bool, bool]:
    """Whether a way is open (along, against) its direction, and whether its direction changes by the hour.

    A motorway, its slip roads' main form aside, and a roundabout are one-way unless tagged otherwise. An
    ambulance may use a contraflow that buses or emergency vehicles have (``oneway:bus=no`` and the like).
    """
    if profile == "ambulance":
        exceptions = ("oneway:emergency", "oneway:psv", "oneway:bus")
        if any(tags.get(key, "").strip().lower() in _ONEWAY_NEITHER for key in exceptions):
            return True, True, False
    text = ""
    for key in ("oneway:motorcar", "oneway:motor_vehicle", "oneway:vehicle", "oneway"):
        text = tags.get(key, "").strip().lower()
        if text:
            break
    if text in _ONEWAY_CHANGING:
        return False, False, True
    if text in _ONEWAY_BACKWARD:
        return False, True, False
    if text in _ONEWAY_FORWARD:
        return True, False, False
    if text in _ONEWAY_NEITHER:
        return True, True, False
    implied = tags.get("junction") in _ROUNDABOUTS or tags.get("highway") == "motorway"
    return True, not implied, False


def barrier_blocks(tags: Tags, profile: Profile) -> bool:
    """Whether a node's ``barrier=*`` stops a vehicle of the profile.

    An access tag on the barrier decides first. A gate without one is taken to open (most stand open or are
    opened by those who live behind them); ``locked=yes`` stops a car, not an ambulance.
    """
    barrier = tags.get("barrier", "").strip().lower()
    if not barrier or barrier == "no":
        return False
    verdict = access_of(tags, profile)
    if verdict == "open":
        return False
    if profile == "ambulance" and _opens_for_ambulance(tags, barrier) and tags.get("emergency") != "no":
        return False
    if verdict != "unsaid" or (tags.get("locked") == "yes" and profile == "car"):
        return True
    if barrier == "bollard":
        return tags.get("bollard", "").lower() not in {"rising"}
    return barrier not in _OPEN_BARRIERS


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
