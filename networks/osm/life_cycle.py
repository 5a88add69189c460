"""What the map holds although it cannot be used: closed for good, not there any more, planned, being built.

The OpenStreetMap wiki (*Lifecycle prefix*, *Comparison of life cycle concepts*) knows several ways of saying
so, and mappers mix them: ``disused=yes`` beside the tag that stays, ``status=proposed``,
``abandoned:amenity=hospital`` beside a ``healthcare=hospital`` that was forgotten, ``end_date`` in the past.
Each function gives the tag that says it, as people can look it up, or nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping

Tags = Mapping[str, str]

_NO = frozenset({"", "no", "none", "false", "0"})
_YES = frozenset({"yes", "true", "1"})
_DATE = re.compile(r"([12][0-9]{3})(?:-([01][0-9])(?:-([0-3][0-9]))?)?")
#: Keys, and prefixes of keys, of what was there.
_GONE = (
    *("disused", "abandoned", "demolished", "razed", "removed", "destroyed", "dismantled", "obliterated"),
    *("closed", "ruins"),
)
#: Prefixes of a service or place that was there.
_WAS = (*_GONE, "was", "former", "historic")
#: Keys, and prefixes of keys, of what is not there yet.
_PLANNED = ("proposed", "planned")
#: ``construction=*`` beside what can be used all the same (as in OSRM's ``car.lua``).
_WORKS_PASSED = frozenset({"no", "minor", "widening"})
#: ``status=*``, ``operational_status=*`` of what cannot be used (OSRM's ``car.lua`` reads the first of them).
_STATUS = frozenset(
    {
        *_GONE,
        *_PLANNED,
        *("impassable", "construction", "under_construction", "in_construction", "being_built", "not_built"),
        *("suspended", "inactive", "discontinued", "defunct", "decommissioned", "out_of_service"),
        *("out_of_order", "non_operational", "temporarily_closed", "closed_temporarily"),
        *("unbuilt", "permanently_closed", "closed_permanently", "out_of_use", "not_in_use", "unused"),
    }
)
_STATUS_KEYS = ("status", "operational_status", "lifecycle", "life_cycle")
#: Every key by which a road or ferry may say so.
WAY_KEYS = (
    *("impassable", "smoothness", "construction", *_GONE, *_PLANNED, *_STATUS_KEYS),
    *(f"{prefix}:{key}" for prefix in _GONE for key in ("highway", "route")),
)
#: ``building=*`` of a house in which nobody works.
_NO_HOUSE = frozenset(
    {"construction", "proposed", "planned", "ruins", "collapsed", "demolished", "abandoned", "disused"}
)
_NEVER_OPEN = re.compile(r'(?:24/7\s*)?(?:closed|off)(?:\s*".*")?')


def way_not_in_use(tags: Tags) -> str:
    """The tag by which no vehicle passes a road or ferry, whoever drives it; empty for none.

    A prefix counts where it bears the way's own class: ``abandoned:highway=track`` beside ``highway=track``.
    A way that is to become another one is passable meanwhile, and so is one that was another.
    """
    if _said("impassable", tags) in _YES:
        return _told("impassable", tags)
    if "impassable" in re.split(r"\s*[;|,]\s*", _said("smoothness", tags)):
        return _told("smoothness", tags)
    own = {_said(key, tags) for key in ("highway", "route")} - {""}
    return _by_key(tags, own) or _by_prefix(tags, ("highway", "route"), _GONE, own)


def place_not_in_use(tags: Tags, keys: Iterable[str], own: Iterable[str], today: dt.date) -> str:
    """The tag by which a service, place or area is not there for people on a day; empty for none.

    Args:
        tags: its tags.
        keys: the keys that say what it is, such as ``amenity``.
        own: what it is, by any of those keys, in all spellings.
        today: the day.
    """
    kinds, keys = set(own), tuple(keys)
    said = _by_key(tags, kinds) or _by_prefix(tags, keys, (*_WAS, *_PLANNED, "construction"), kinds)
    if said:
        return said
    if _said("building", tags) in _NO_HOUSE:
        return _told("building", tags)
    if _NEVER_OPEN.fullmatch(_said("opening_hours", tags)):
        return _told("opening_hours", tags)
    ends, begins = (
        _day(_said(key, tags), last=last) for key, last in (("end_date", True), ("start_date", False))
    )
    if ends is not None and ends < today:
        return _told("end_date", tags)
    return _told("start_date", tags) if begins is not None and begins > today else ""


def _by_key(tags: Tags, own: set[str]) -> str:
    for key in _GONE:
        said = _said(key, tags)
        if said in _YES or said in own or _DATE.fullmatch(said):
            return _told(key, tags)
    for key in _PLANNED:
        if _said(key, tags) not in _NO:
            return _told(key, tags)
    if _said("construction", tags) not in _WORKS_PASSED | _NO:
        return _told("construction", tags)
    for key in _STATUS_KEYS:
        if {re.sub(r"[\s-]+", "_", part.strip()) for part in _said(key, tags).split(";")} & _STATUS:
            return _told(key, tags)
    return ""


def _by_prefix(tags: Tags, keys: Iterable[str], prefixes: Iterable[str], own: set[str]) -> str:
    named = (f"{prefix}:{key}" for prefix in prefixes for key in keys)
    return next((_told(key, tags) for key in named if own & set(_parts(_said(key, tags)))), "")


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(";")]


def _said(key: str, tags: Tags) -> str:
    return tags.get(key, "").strip().lower()


def _told(key: str, tags: Tags) -> str:
    return f"{key}={tags[key].strip()}"


def _day(text: str, *, last: bool) -> dt.date | None:
    """The first or last day of a year, a month or a day; None where it is no such date."""
    found = _DATE.fullmatch(text)
    if not found:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        if year and month and day:
            return dt.date(year, month, day)
        if last:
            after = (
                dt.date(year or 1, month + 1, 1) if month and month < 12 else dt.date((year or 1) + 1, 1, 1)
            )
            return after - dt.timedelta(days=1)
        return dt.date(year or 1, month or 1, 1)
    except ValueError:
        return None
