"""Figures as people read them: one way for minutes, kilometres, persons and shares, rounded to no lie.

A figure that is not 0 is never shown as 0; only everybody is 100 %, and only nobody is 0 %; a change is the
difference of the two figures that stand beside it. The signs are English; a :class:`Figure` is said with
those of another language.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from geoaccess.words.locales import ENGLISH, in_signs

UNREACHABLE = "unreachable"
#: Figures that are words, in other languages.
_WORDS = {"nb": {UNREACHABLE: "nås ikke", "infinite": "uendelig", "-infinite": "minus uendelig"}}
NO_VALUE = "-"
#: Digits after the point at which a figure is no longer told in full.
_MOST_DIGITS = 4
#: Columns that say of how many the figures of a row are, the first that a row has.
_COUNTS = ("persons", "travellers", "persons_served", "calls_a_year")
#: Columns that sum up those many; a time of one place is one, whoever lives there.
_SUMS_UP = re.compile(r"(^|_)(median|p\d+|mean|worst|expected|base)(_|$)")


class Figure(str):
    """A figure in English signs."""

    __slots__ = ()

    def said(self, language: str) -> str:
        """The figure with the signs of a language."""
        word = _WORDS[language].get(str(self)) if language != ENGLISH else None
        return word or in_signs(str(self), language)


def figure(value: float, digits: int = 1) -> Figure:
    """A figure with its thousands apart; more digits where rounding would leave nothing of it.

    >>> figure(1234.56), figure(0.5, 0), figure(0.0123, 1), figure(-0.04, 1), figure(0.00001), figure(0.0)
    ('1,234.6', '0.5', '0.01', '-0.04', '<0.0001', '0.0')
    """
    return Figure(_figure(value, digits))


def _figure(value: float, digits: int) -> str:
    if math.isnan(value):
        return UNREACHABLE
    if math.isinf(value):
        return "-infinite" if value < 0 else "infinite"
    text = f"{value:,.{digits}f}"
    if value == 0 or any(sign in "123456789" for sign in text):
        return text.removeprefix("-") if value == 0 else text
    needed = max(digits, math.ceil(-math.log10(abs(value))))
    if needed > _MOST_DIGITS:
        least = f"{10.0**-_MOST_DIGITS:.{_MOST_DIGITS}f}"
        return f"<{least}" if value > 0 else f">-{least}"
    return f"{value:.{needed}f}"


def of_people(value: float, persons: float, digits: int = 1) -> Figure:
    """A time that sums up so many people: that of nobody has no value, and is not *unreachable*.

    >>> of_people(math.nan, 0.0), of_people(math.nan, 7.0), of_people(12.34, 7.0)
    ('-', 'unreachable', '12.3')
    """
    return Figure(NO_VALUE) if persons == 0 and math.isnan(value) else figure(value, digits)


def of_nobody(column: str, row: Mapping[str, Any]) -> bool:
    """Whether a column of a row sums up people (or calls) of whom the row counts none.

    >>> of_nobody("mean_min", {"persons": 0.0}), of_nobody("minutes", {"persons": 0.0})
    (True, False)
    """
    counted = next((row[name] for name in _COUNTS if name in row), None)
    return counted == 0 and _SUMS_UP.search(column) is not None


def percent(value: float, digits: int = 1) -> Figure:
    """A share (0 to 1) in per cent; only everybody is 100 % and only nobody 0 %.

    >>> percent(0.5), percent(0.9999), percent(1.0), percent(0.0001), percent(0.0), percent(0.99996, 2)
    ('50.0%', '>99.9%', '100.0%', '<0.1%', '0.0%', '>99.99%')
    """
    return Figure(_percent(value, digits))


def _percent(value: float, digits: int) -> str:
    if math.isnan(value):
        return NO_VALUE
    hundredths, step = 100.0 * value, 10.0**-digits
    text = f"{hundredths:.{digits}f}"
    if value and float(text) == 0:
        return f"<{step:.{digits}f}%" if value > 0 else f">-{step:.{digits}f}%"
    if hundredths < 100 and float(text) == 100:
        return f">{100 - step:.{digits}f}%"
    return f"{text}%"


def change(before: float, after: float, digits: int) -> float:
    """After minus before, of the figures as they are shown with so many digits.

    >>> change(15.3451, 14.5449, 2)
    -0.81
    """
    if not (math.isfinite(before) and math.isfinite(after)):
        return math.nan
    return round(round(after, digits) - round(before, digits), digits)


def significant(value: float, digits: int) -> Figure:
    """A figure with so many significant digits.

    >>> significant(1234.5, 3), significant(0.00012345, 3)
    ('1.23e+03', '0.000123')
    """
    return Figure(f"{value:.{digits}g}")


def fixed(value: float, digits: int) -> Figure:
    """A figure with so many digits, of which nothing needs to be saved from rounding, such as an index.

    >>> fixed(0.12345, 3), fixed(math.nan, 3)
    ('0.123', '-')
    """
    return Figure(NO_VALUE if math.isnan(value) else f"{value:.{digits}f}")


def changes(before: Iterable[float], after: Iterable[float], digits: int) -> list[float]:
    """:func:`change` of every pair."""
    return [change(first, second, digits) for first, second in zip(before, after, strict=True)]


def found_figure(value: float) -> Figure:
    """A figure of which nobody said how exact it is: ten digits, without the noise of a computer's sums.

    >>> found_figure(0.9999999999999994), found_figure(38.333333333333336), found_figure(38.0)
    ('1.0', '38.33333333', '38.0')
    """
    if not math.isfinite(value):
        return Figure(NO_VALUE)
    text = f"{value:.10g}"
    return Figure(text if set(text) & set(".e") else f"{text}.0")
