"""Durations, intervals and opening hours as ferries have them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from networks.opening_hours import (
    all_dates,
    is_out_of_date,
    is_seasonal,
    names_holidays,
    parsed,
    sailing_dates,
    spelled,
    windows,
    windows_on,
)

#: ``0.20`` and ``01.30`` without a unit are hours and minutes, as clocks are written with a point: nobody
#: counts hundredths of a minute.
_POINTED = re.compile(r"(0?[0-9])\.([0-5][0-9])")
_CLOCK = re.compile(r"([0-9]{1,3}):([0-9]{1,2})(?::([0-9]{1,2}))?(?:\s*(?:h|hrs?|hours?|t|timer?)\.?)?", re.I)
_HOURS_WORD = r"(?:h|hr|hrs|hour|hours|t|time|timer|std|stunden?|ore)"
_MINUTES_WORD = r"(?:m|mn|min|mins|minute|minutes|minutter|minuter|minuten|'|\u2019|\u2032)"
_NUMBER = r"([0-9]{1,5}(?:[.,][0-9]{1,2})?)"
_MINUTES = re.compile(rf"{_NUMBER}\s*(?:{_MINUTES_WORD}\.?)?", re.I)
_HOURS = re.compile(rf"{_NUMBER}\s*{_HOURS_WORD}\.?", re.I)
#: ``1/2 h``, ``\u00bd h``: parts of an hour, and no range.
_PART_OF_HOUR = re.compile(rf"([1-3]/[2-4]|[\u00bc-\u00be])\s*{_HOURS_WORD}\.?", re.I)
_PARTS = {"\u00bc": 0.25, "1/4": 0.25, "1/3": 1 / 3, "\u00bd": 0.5, "1/2": 0.5, "2/4": 0.5, "2/3": 2 / 3}
_PARTS |= {"\u00be": 0.75, "3/4": 0.75}
_HOURS_MINUTES = re.compile(
    rf"([0-9]{{1,3}})\s*{_HOURS_WORD}\.?\s*(?:and|og|och|,)?\s*([0-9]{{1,2}})\s*(?:{_MINUTES_WORD}\.?)?", re.I
)
_ISO = re.compile(
    r"P(?:([0-9]{1,3})D)?(?:T(?:([0-9]{1,4}(?:[.,][0-9]+)?)H)?(?:([0-9]{1,5}(?:[.,][0-9]+)?)M)?"
    r"(?:([0-9]{1,6}(?:[.,][0-9]+)?)S)?)?",
    re.IGNORECASE,
)
#: Words before a duration that is not exact.
_ABOUT = re.compile(
    r"^(?:circa|ca|c|approximately|approx|about|around|omtrent|omkring|cirka|etwa|rundt|[~\u2248\u00b1])[.\s]*",
    re.I,
)
#: Between the ends of a range: 15-20, 15 to 20, 15 til 20.
_RANGE = re.compile(
    r"(?<=[0-9a-z'.])\s*(?:[-\u2010-\u2015\u2212/]|\b(?:to|til|till|bis)\b)\s*(?=[0-9])", re.I
)
#: Between several values; a comma between clock times or numbers of two figures is no decimal comma.
_SEVERAL = re.compile(r";|,\s*(?=[0-9]{1,3}:[0-9]{2})|(?<=[0-9]{2}),\s*(?=[0-9]{2,3}(?![0-9:]))")
_OFF = re.compile(r"(?:^|\s)(?:off|closed)$")
_UNKNOWN = re.compile(r"\bunknown\b", re.I)
_TIME = re.compile(r"[0-9][:.][0-5][0-9]|24/7")
_UNIT = re.compile(r"[^0-9:.,\s].*$")

#: A duration above this is not a ferry's, minutes (a week).
LONGEST_MIN = 7 * 24 * 60.0


def parse_duration(text: str) -> float | None:
    """Minutes from ``HH:MM``, ``HH:MM:SS``, ``MM``, ``1h10``, ``20'`` or ISO 8601; None if it is none.

    ``MM:SS`` cannot be told from ``HH:MM``, which the OpenStreetMap wiki (*Key:duration*) prescribes; so two
    parts are hours and minutes. Several durations (``20;25``, ``20,25``) and a range (``15-20``) give the
    longest; what is only about right (``ca. 20 min``) is taken as it stands.
    """
    found = [minutes for part in _SEVERAL.split(text) if (minutes := _longest(part)) is not None]
    return max(found) if found else None


def _longest(text: str) -> float | None:
    """A duration, or the longer end of a range; a unit behind the range is that of both ends."""
    plain = _ABOUT.sub("", text.strip().strip('"').strip())
    whole = _one_duration(plain)
    parts = _RANGE.split(plain)
    if whole is not None or len(parts) != 2:
        return whole
    first, last = (part.strip() for part in parts)
    unit = _UNIT.search(last)
    if unit and not _UNIT.search(first) and ":" not in first:
        first += f" {unit[0]}"
    ends = [_one_duration(first), _one_duration(last)]
    return max(end for end in ends if end is not None) if None not in ends else None


def _one_duration(text: str) -> float | None:
    minutes: float | None = None
    clock, plain, iso = _CLOCK.fullmatch(text), _MINUTES.fullmatch(text), _ISO.fullmatch(text)
    hours, both = _HOURS.fullmatch(text), _HOURS_MINUTES.fullmatch(text)
    pointed, part = _POINTED.fullmatch(text), _PART_OF_HOUR.fullmatch(text)
    if part and part[1] in _PARTS:
        minutes = 60.0 * _PARTS[part[1]]
    elif pointed:
        minutes = int(pointed[1]) * 60.0 + int(pointed[2])
    elif clock and int(clock[2]) < 60 and int(clock[3] or 0) < 60:
        minutes = int(clock[1]) * 60.0 + int(clock[2]) + int(clock[3] or 0) / 60.0
    elif plain:
        minutes = float(plain[1].replace(",", "."))
    elif hours:
        minutes = float(hours[1].replace(",", ".")) * 60.0
    elif both and int(both[2]) < 60:
        minutes = int(both[1]) * 60.0 + int(both[2])
    elif iso and len(text) > 2:
        days, hour, mins, seconds = (float((group or "0").replace(",", ".")) for group in iso.groups())
        minutes = days * 1440.0 + hour * 60.0 + mins + seconds / 60.0
    return minutes if minutes is not None and 0 < minutes <= LONGEST_MIN else None


def parse_interval(text: str) -> float | None:
    """Minutes between departures from ``interval=*``; a range (``20-40``) gives the longer one."""
    found = [_longest(part) for part in _SEVERAL.split(text)]
    known = [minutes for minutes in found if minutes is not None]
    return max(known) if known and len(known) == len(found) else None


@dataclass(frozen=True, slots=True)
class TaggedHours:
    """What ``opening_hours`` says of a ferry.

    Attributes:
        window: first and last departure that hold on every day on which it sails, minutes after midnight;
            None where no time of day is named.
        rules: the text, where the hours differ from day to day or have a break; else empty.
        weekdays: the days of the week on which it sails, Monday = 0.
        seasonal: it does not sail for over two weeks of the year.
        holidays: it has rules for holidays, which are not told apart.
    """

    window: tuple[float, float] | None
    rules: str
    weekdays: tuple[int, ...]
    seasonal: bool
    holidays: bool

    @property
    def never(self) -> bool:
        """Whether it does not sail at all."""
        return not self.weekdays


@lru_cache(maxsize=4096)
def tagged_hours(text: str) -> TaggedHours | None:
    """The hours of a ferry; None when there are none or they cannot be read.

    Rules that only say when it does *not* sail (``PH off``) leave all other days as they are. What the parser
    makes of the year: :mod:`networks.opening_hours`.
    """
    text = spelled(text)
    if not text or parsed(text) is None or is_out_of_date(text):
        return None
    if _UNKNOWN.search(text) and not sailing_dates(
        text
    ):  # it says that it does not know, not that none sails
        return None
    rules = [rule.strip().lower() for rule in re.split(r";|\|\|", text) if rule.strip()]
    if all(_OFF.search(rule) for rule in rules) and not any(_OFF.fullmatch(rule) for rule in rules):
        return _of_rules(f"24/7; {text}", timed=False)
    return _of_rules(text, timed=bool(_TIME.search(text)))


def _of_rules(text: str, *, timed: bool) -> TaggedHours:
    usual = windows(text, None, None)
    week = {day: windows(text, None, day) for day in range(7)}
    same = len(usual) == 1 and all(
        windows_on(text, date, day) == usual for date in all_dates() for day in range(7)
    )
    return TaggedHours(
        window=(usual[0][0], usual[-1][1]) if usual and timed else None,
        rules="" if same or not timed else text,
        weekdays=tuple(day for day, found in week.items() if found),
        seasonal=is_seasonal(text),
        holidays=names_holidays(text),
    )


def operating_window(text: str) -> tuple[float, float] | None:
    """First and last minute of service that hold on every day it sails, or None where none can be read."""
    hours = tagged_hours(text)
    return None if hours is None else hours.window
