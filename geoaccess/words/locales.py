"""The languages that are spoken, their rules from Babel, and the signs of their numbers."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel import Locale

ENGLISH = "en"
#: Language -> Babel's locale; English is British: day before month, 24 hours.
LOCALES = {ENGLISH: "en_GB", "nb": "nb_NO"}
LANGUAGES = tuple(LOCALES)


@cache
def locale(language: str) -> Locale:
    """Babel's rules of a language."""
    from babel import Locale  # noqa: PLC0415 - a tenth of a second that many commands need not pay

    return Locale.parse(LOCALES[language])


def in_signs(figure: str, language: str) -> str:
    """A figure in English signs with those of a language; a text without digits as it is."""
    if language == ENGLISH or not any(sign.isdigit() for sign in figure):
        return str(figure)
    signs = locale(language).number_symbols["latn"]
    percents = "\N{NO-BREAK SPACE}%"  # Babel knows the pattern of a percentage, not of a text with one
    return figure.translate({ord(","): signs["group"], ord("."): signs["decimal"], ord("%"): percents})
