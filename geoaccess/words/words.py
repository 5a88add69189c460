"""The report's own words and its numbers, in one language. Names from data are never translated.

A catalogue is a JSON file: key -> text with ``{fields}``. Keys that end in ``.one`` and ``.other`` are forms
of one text, chosen by the language's plural rule.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from babel import dates, numbers

from geoaccess.words.catalogue import texts
from geoaccess.words.locales import locale
from geoaccess.words.visible import visible
from maps import Language

#: Shown where there is no value to show.
NO_VALUE = "–"
#: From here on a time is told in hours too.
_HOURS_FROM_MIN = 90.0


class Words:
    """Texts and numbers in a language."""

    def __init__(self, language: Language | str) -> None:
        self.language = Language(language)
        self.texts = texts(self.language.value)
        self._locale = locale(self.language.value)

    def __call__(self, key: str, **values: object) -> str:
        """A text of the catalogue; the values are put in as they are, hidden characters made visible.

        Raises:
            KeyError: the catalogue has no such text.
        """
        shown = {name: visible(value) for name, value in values.items()}
        return self.texts[key].format_map(shown)

    def count(self, key: str, number: int, **values: object) -> str:
        """A text in the form that the number asks for; ``{number}`` is the number."""
        form = str(self._locale.plural_form(number))
        chosen = f"{key}.{form}" if f"{key}.{form}" in self.texts else f"{key}.other"
        return self(chosen, number=self.number(number), **values)

    def known(self, key: str, fallback: str) -> str:
        """A text of the catalogue, or a name from the data in plain words where it has none."""
        return self.texts.get(key) or visible(fallback.replace("_", " "))

    def told(self, facts: Mapping[str, Any], key: str) -> str:
        """A fact in this language where the study tells it so (``label_nb``), else as it is told."""
        return visible(facts.get(f"{key}_{self.language.value}") or facts.get(key) or "")

    def number(self, value: float, digits: int = 0) -> str:
        """A number with the language's signs; :data:`NO_VALUE` for NaN."""
        if not math.isfinite(value):
            return NO_VALUE
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return str(numbers.format_decimal(value, pattern, locale=self._locale)).replace("-", "−")

    def minutes(self, value: float, digits: int = 0) -> str:
        """Minutes without their unit: in words where NaN, and never 0 for a time that is not."""
        if math.isnan(value):
            return self("unreachable")
        least = 10.0**-digits
        if 0 < value <= least / 2:
            return f"<{self.number(least, digits)}"
        return self.number(value, digits)

    def minutes_of(self, value: float, persons: float, digits: int = 0) -> str:
        """:meth:`minutes` that sum up so many people: those of nobody have no value."""
        return NO_VALUE if persons == 0 and math.isnan(value) else self.minutes(value, digits)

    def duration(self, value: float, digits: int = 0) -> str:
        """A time in a sentence: ``26 minutes``; a long one in hours too."""
        if math.isnan(value):
            return self("unreachable")
        text = _tied(self("duration.minutes", minutes=self.minutes(value, digits)))
        if value < _HOURS_FROM_MIN:
            return text
        hours, minutes = divmod(round(value), 60)
        return f"{text} ({_tied(self('duration.hours', hours=hours, rest=minutes))})"

    def percent(self, share: float, digits: int = 1) -> str:
        """A share (0 to 1) in per cent, without the sign; only everybody is 100 and only nobody is 0."""
        if not math.isfinite(share):
            return NO_VALUE
        value, step = 100.0 * share, 10.0**-digits
        if 100.0 - step / 2 <= value < 100.0:
            return f">{self.number(100.0 - step, digits)}"
        if 0.0 < value <= step / 2:
            return f"<{self.number(step, digits)}"
        return self.number(value, digits)

    def share(self, share: float, digits: int = 1) -> str:
        """A share with its sign: ``51.5%``, ``51,5 %``."""
        return _tied(self("percent", value=self.percent(share, digits)))

    def change(self, value: float, digits: int = 1) -> str:
        """A difference, always with its sign."""
        if not math.isfinite(value):
            return NO_VALUE
        text = self.number(abs(value), digits)
        if text == self.number(0.0, digits):
            return text
        return f"{'−' if value < 0 else '+'}{text}"

    def date(self, moment: datetime) -> str:
        """A day: ``22 November 2026``."""
        return str(dates.format_date(moment, "long", locale=self._locale))

    def moment(self, moment: datetime) -> str:
        """A day and a time of day with its zone."""
        pattern = self.texts["moment.pattern"]
        return str(dates.format_datetime(moment, pattern, locale=self._locale))

    def joined(self, names: list[str]) -> str:
        """Names in a row: ``A, B and C``."""
        if len(names) < 2:
            return "".join(names)
        return self("list.last", names=", ".join(names[:-1]), name=names[-1])

    def weight(self, name: str) -> str:
        """What a weight counts, for the middle of a sentence."""
        return self.known(f"weight.{name}", name)

    def everybody(self, name: str) -> str:
        """All whom a weight counts: "the people"."""
        return self.known(f"weight.{name}.the", name)


def _tied(text: str) -> str:
    """A figure and its unit, never parted by the end of a line."""
    return text.replace(" ", "\xa0")


def heading(text: str) -> str:
    """A text with its first letter large."""
    return text[:1].upper() + text[1:]
