"""Hours of service as OpenStreetMap writes them, read for a day of the year and of the week.

``opening_hours`` is a language of its own (OpenStreetMap wiki, *Key:opening_hours/specification*): several
rules, ``off`` rules, months, weeks, easter. The parser is ``opening-hours-py``; here its answer is brought
into the form that ferries need: a *day of service* has *windows*, from the first departure to the last, and a
window belongs to the day on which it begins, even if it ends after midnight.

A day is a date without a year. Rules that depend on the year (weeks, easter) hold as they do in the first
year from :data:`FIRST_YEAR` on in which that date is that day of the week. Public and school holidays are not
known to a day without a year: rules for them hold on no day, and :func:`names_holidays` says where any are.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache, reduce
from typing import TYPE_CHECKING

from networks.sentences import Sentence

if TYPE_CHECKING:
    from opening_hours import OpeningHours

#: First and last departure, minutes after midnight; several a day, ascending; the last may pass 1440.
Windows = tuple[tuple[float, float], ...]

FIRST_YEAR = 2026
#: A ferry that stays away for longer than this at a time sails in a season, days.
LONGEST_BREAK_DAYS = 14
#: Hours of so few dates a year are exceptions, such as Christmas Eve; all exceptions together, days.
MOST_EXCEPTIONS = 14
WHOLE_DAY: Windows = ((0.0, 1440.0),)

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = "|".join(_MONTHS)
_ENDING = "uary|ruary|ch|il|e|y|ust|t|tember|ober|ember"
#: What mappers write, and how the specification spells it.
_SPELLINGS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b([0-2]?\d)\.([0-5]\d)\b"), r"\1:\2"),
    (re.compile(r";(?:\s*;)+"), ";"),
    (re.compile(r"(?<=\w)\s*-\s+(?=\w)|(?<=:[0-5]\d)\s+-(?=\d)"), "-"),
    *((re.compile(rf"\b{day[:3]}(?:s|r|rs|{day[3:]})?\b", re.IGNORECASE), day[:2]) for day in _WEEKDAYS),
    *((re.compile(rf"\b{month}(?:{_ENDING})?\b", re.IGNORECASE), month) for month in _MONTHS),
    (re.compile(r"\b(Mo|Tu|We|Th|Fr|Sa|Su|PH|SH):\s*(?=\d)"), r"\1 "),
    (re.compile(r"\bdaily\b", re.IGNORECASE), "Mo-Su"),
    (re.compile(r"\b24 ?(?:h|hrs?|hours?)\b", re.IGNORECASE), "00:00-24:00"),
)
_SEVERAL_DATES = re.compile(
    rf"\b({_MONTH}) (\d{{1,2}}(?:-\d{{1,2}})?),\s*(\d{{1,2}}(?:-\d{{1,2}})?)(?![\d:])"
)

#: All dates but 29 February fall on every day of the week within this many years.
_TABLE_YEARS = 12
#: Every date falls on every day of the week within this many years (29 February after 28, or 40 with 2100).
_YEARS = 40
_SUN = re.compile(r"\b(?:sunrise|sunset|dawn|dusk)\b", re.IGNORECASE)
_HOLIDAYS = re.compile(r"\b(?:PH|SH)\b")
#: Between a rule and the one that holds where it says closed; not inside a comment.
_FALLBACK = re.compile(r'\|\|(?=(?:[^"]*"[^"]*")*[^"]*$)')
_COMMENT = re.compile(r'"[^"]*"')
_YEAR = re.compile(r"\b20\d\d\b(?!\s*:)")


@lru_cache(maxsize=4096)
def parsed(text: str) -> OpeningHours | None:
    """The rules of a text, or None where it cannot be read, or goes by the sun."""
    plain = spelled(text)
    if not plain or _SUN.search(plain):
        return None
    from opening_hours import OpeningHours, validate  # noqa: PLC0415 (5 MB: only where a ferry has hours)

    return OpeningHours(plain) if validate(plain) else None


def spelled(text: str) -> str:
    """The rules as the specification spells them, where mappers' ways of writing leave no doubt."""
    plain = re.sub(r"[\u2010-\u2015\u2212]", "-", text).replace("\u00a0", " ").strip()
    for pattern, proper in _SPELLINGS:
        plain = pattern.sub(proper, plain)
    several = 1
    while several:  # "Dec 24,26,31": one more date is named each time
        plain, several = _SEVERAL_DATES.subn(r"\1 \2,\1 \3", plain)
    return plain.strip("; ")


def names_holidays(text: str) -> bool:
    """Whether a rule speaks of public or school holidays."""
    return bool(_HOLIDAYS.search(text))


def is_out_of_date(text: str) -> bool:
    """Whether all rules are about years gone by."""
    return bool(_YEAR.search(text)) and not sailing_dates(text)


@lru_cache(maxsize=65536)
def windows_on(text: str, month_day: tuple[int, int], weekday: int) -> Windows:
    """The windows of a date that is a certain day of the week, Monday = 0; empty when nothing sails."""
    hours, day = parsed(text), _date(month_day, weekday)
    if hours is None:
        return ()
    if day.year < FIRST_YEAR + _TABLE_YEARS:
        return _table(text).get(day, ())
    return _by_day(hours, day, day + dt.timedelta(days=1)).get(day, ())


def windows(text: str, month_day: tuple[int, int] | None, weekday: int | None) -> Windows:
    """The windows of a date, of a day of the week, of both or of neither.

    Args:
        text: the rules.
        month_day: (month, day); None = what holds on every date on which anything sails, but for
            :data:`MOST_EXCEPTIONS` dates at most whose hours are their own.
        weekday: Monday = 0; None = what holds on any day of the week.
    """
    if month_day is not None and weekday is not None:
        return windows_on(text, month_day, weekday)
    if month_day is not None:
        return union(windows_on(text, month_day, day) for day in range(7))
    return _on_any_date(text, weekday)


@lru_cache(maxsize=4096)
def _on_any_date(text: str, weekday: int | None) -> Windows:
    hours = Counter(
        windows(text, month_day, None) if weekday is None else windows_on(text, month_day, weekday)
        for month_day in all_dates()
    )
    del hours[()]
    usual, exceptions = hours.most_common(), 0
    while len(usual) > 1 and exceptions + usual[-1][1] <= MOST_EXCEPTIONS:
        exceptions += usual.pop()[1]
    return reduce(intersection, (here for here, _ in usual)) if usual else ()


@lru_cache(maxsize=4096)
def sailing_dates(text: str) -> frozenset[tuple[int, int]]:
    """The dates on which anything sails, on some day of the week."""
    return frozenset(date for date in all_dates() if windows(text, date, None))


@lru_cache(maxsize=4096)
def is_seasonal(text: str) -> bool:
    """Whether there is a break of more than :data:`LONGEST_BREAK_DAYS` days in a year."""
    dates, sails = all_dates(), sailing_dates(text)
    longest = here = 0
    for date in (*dates, *dates):  # twice: the break may pass the new year
        here = 0 if date in sails else here + 1
        longest = max(longest, here)
    return longest > LONGEST_BREAK_DAYS


@lru_cache(maxsize=1)
def all_dates() -> tuple[tuple[int, int], ...]:
    """Every (month, day), 29 February among them."""
    days = (dt.date(2024, 1, 1) + dt.timedelta(days=number) for number in range(366))
    return tuple((day.month, day.day) for day in days)


def union(several: Iterable[Windows]) -> Windows:
    """Windows that are in any of several lists."""
    spans = sorted(span for one in several for span in one)
    merged: list[tuple[float, float]] = []
    for first, last in spans:
        if merged and first <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(last, merged[-1][1])
        else:
            merged.append((first, last))
    return tuple(merged)


def intersection(one: Windows, other: Windows) -> Windows:
    """Windows that are in both."""
    spans = ((max(a, c), min(b, d)) for a, b in one for c, d in other)
    return tuple(sorted((first, last) for first, last in spans if first < last))


@lru_cache(maxsize=4096)
def _date(month_day: tuple[int, int], weekday: int) -> dt.date:
    for year in range(FIRST_YEAR, FIRST_YEAR + _YEARS):
        try:
            day = dt.date(year, *month_day)
        except ValueError:  # 29 February
            continue
        if day.weekday() == weekday:
            return day
    raise ValueError(Sentence("net.fault.no_date", "{month_day} is no date", month_day=month_day))


@lru_cache(maxsize=512)
def _table(text: str) -> dict[dt.date, Windows]:
    if parsed(text) is None:
        return {}
    years = dt.date(FIRST_YEAR, 1, 1), dt.date(FIRST_YEAR + _TABLE_YEARS, 1, 1)
    # One by one: in a text with fallbacks the parser loses every day after the first.
    several = [_by_day(hours, *years) for part in _alternatives(text) if (hours := parsed(part)) is not None]
    days = {day for one in several for day in one}
    return {day: union(one.get(day, ()) for one in several) for day in days}


def _alternatives(text: str) -> list[str]:
    """The rules and their fallbacks (``||``); a fallback that is but a comment opens nothing."""
    first, *others = _FALLBACK.split(text)
    return [first, *(part for part in others if _COMMENT.sub("", part).strip())]


def _by_day(hours: OpeningHours, begin: dt.date, end: dt.date) -> dict[dt.date, Windows]:
    """The windows that begin on each day; what is open for over a day begins anew at each midnight."""
    margin = dt.timedelta(days=3)
    found: dict[dt.date, Windows] = {}
    spans = hours.intervals(_midnight(begin - margin), _midnight(end + margin))
    for opens, closes, state, _ in spans:
        if str(state) != "open":
            continue
        first, last = opens.replace(tzinfo=None), closes.replace(tzinfo=None)
        if last - first <= dt.timedelta(days=1):
            _add(found, first.date(), first, last)
            continue
        day = first.date()
        while day < last.date() or (day == last.date() and _midnight(day) < last):
            _add(found, day, max(first, _midnight(day)), min(last, _midnight(day + dt.timedelta(days=1))))
            day += dt.timedelta(days=1)
    return {day: one for day, one in found.items() if begin <= day < end}


def _add(found: dict[dt.date, Windows], day: dt.date, first: dt.datetime, last: dt.datetime) -> None:
    midnight = _midnight(day)
    window = (first - midnight).total_seconds() / 60.0, (last - midnight).total_seconds() / 60.0
    found[day] = (*found.get(day, ()), window)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time())
