"""Durations, intervals and opening hours as ferries have them."""

from __future__ import annotations

import re

_CLOCK = re.compile(r"([0-9]{1,3}):([0-9]{1,2})(?::([0-9]{1,2}))?")
_MINUTES = re.compile(r"([0-9]{1,5}(?:[.,][0-9]{1,2})?)\s*(m|min|mins|minutes|h|hours?)?", re.IGNORECASE)
_ISO = re.compile(
    r"P(?:([0-9]{1,3})D)?(?:T(?:([0-9]{1,4})H)?(?:([0-9]{1,5})M)?(?:([0-9]{1,6})(?:[.,][0-9]+)?S)?)?",
    re.IGNORECASE,
)
_SPAN = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*-\s*([0-9]{1,2}):([0-9]{2})")

#: A duration above this is not a ferry's, minutes (a week).
LONGEST_MIN = 7 * 24 * 60.0


def parse_duration(text: str) -> float | None:
    """Minutes from ``HH:MM``, ``HH:MM:SS``, ``MM`` or ISO 8601 (``PT1H30M``); None when it is none of them.

    ``MM:SS`` cannot be told from ``HH:MM``, which the OpenStreetMap wiki (*Key:duration*) prescribes; so two
    parts are hours and minutes. Several durations (``20;25``) give the longest.
    """
    found = [minutes for part in text.split(";") if (minutes := _one_duration(part.strip())) is not None]
    return max(found) if found else None


def _one_duration(text: str) -> float | None:
    minutes: float | None = None
    clock, plain, iso = _CLOCK.fullmatch(text), _MINUTES.fullmatch(text), _ISO.fullmatch(text)
    if clock and int(clock[2]) < 60 and int(clock[3] or 0) < 60:
        minutes = int(clock[1]) * 60.0 + int(clock[2]) + int(clock[3] or 0) / 60.0
    elif plain:
        unit = (plain[2] or "min").lower()
        minutes = float(plain[1].replace(",", ".")) * (60.0 if unit.startswith("h") else 1.0)
    elif iso and len(text) > 2:
        days, hours, mins, seconds = (float(group or 0) for group in iso.groups())
        minutes = days * 1440.0 + hours * 60.0 + mins + seconds / 60.0
    return minutes if minutes is not None and 0 < minutes <= LONGEST_MIN else None


def parse_interval(text: str) -> float | None:
    """Minutes between departures from ``interval=*``; a range (``20-40``) gives the longer one."""
    parts = [_one_duration(part.strip()) for part in re.split(r"[;]|(?<=[0-9])\s*-\s*(?=[0-9])", text)]
    found = [minutes for minutes in parts if minutes is not None]
    return max(found) if found and len(found) == len(parts) else None


def operating_window(text: str) -> tuple[float, float] | None:
    """First and last minute of service from ``opening_hours``, or None when it has no plain time span.

    The widest span of all rules; ``24/7`` gives 0-1440. A span past midnight ends after 1440. Weekdays and
    holidays are not told apart here: the timetable model does that.
    """
    if text.strip() == "24/7":
        return 0.0, 1440.0
    spans = []
    for match in _SPAN.finditer(text):
        start, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
        if start < 1440 and end <= 2880:
            spans.append((float(start), float(end if end > start else end + 1440)))
    return (min(start for start, _ in spans), max(end for _, end in spans)) if spans else None
