"""One catalogue per language: a code and its fields become a sentence, with its numbers and plurals.

``words.en.json`` and ``words.nb.json`` have the same codes and the same fields. What a field may ask for:

``{name}``
    a name as it is; a whole number with its thousands apart; another number with the digits that it has;
    several names with commas between them.
``{km:,.1f}``, ``{share:.0%}``
    a number in Python's notation; the signs are those of the language.
``{km:~1}``, ``{share:~1%}``
    a figure rounded to no lie, see :mod:`geoaccess.words.figures`.
``{year:s}``
    a number as Python writes it, no thousands apart: years, sizes, shapes of tables.
``{points:# point|# points}``
    the form that the number asks for by the language's plural rule; ``#`` is the number.
``{parts: + }``
    several names with this between them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from string import Formatter
from types import MappingProxyType
from typing import Any

from geoaccess.words.figures import NO_VALUE, Figure, figure, percent
from geoaccess.words.locales import ENGLISH, in_signs, locale


@cache
def texts(language: str) -> Mapping[str, str]:
    """Code -> text of a language.

    Raises:
        FileNotFoundError: there is no catalogue of this language.
    """
    file = resources.files("geoaccess.words").joinpath(f"words.{language}.json")
    found: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return MappingProxyType(found)


@cache
def whole_texts(language: str) -> Mapping[str, str]:
    """English text -> text of a language, of headings, words and help without fields."""
    if language == ENGLISH:
        return {}
    from maps.messages import read_catalogue  # noqa: PLC0415 - English needs no such file

    file = resources.files("geoaccess.words").joinpath("_terminal", f"{language}.po")
    return read_catalogue(file.read_text(encoding="utf-8")).texts


def say(code: str, language: str = ENGLISH, /, **fields: object) -> str:
    """What a code says in a language.

    Args:
        code: a code of the catalogue.
        language: one of :data:`geoaccess.words.locales.LANGUAGES`.
        fields: numbers, names, sequences of names; a mapping of languages to texts is told in the language.

    Raises:
        KeyError: the catalogue has no such code, or a field is missing.
    """
    return _Filled(language).vformat(texts(language)[code], (), fields)


class _Filled(Formatter):
    """Fields in a language; nothing but a field's own name can be asked of it."""

    def __init__(self, language: str) -> None:
        self.language = language

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, str]:
        return kwargs[field_name], field_name

    def format_field(self, value: object, format_spec: str) -> str:
        return told(value, self.language, format_spec)


def told(value: object, language: str, spec: str = "") -> str:
    """The value of a field in a language, see the module's text for what ``spec`` may be."""
    if isinstance(value, Mapping):
        return str(value.get(language) or value[ENGLISH])
    said = getattr(value, "said", None)
    if said is not None:
        return str(said(language))
    if isinstance(value, list | tuple):
        return (spec or ", ").join(told(one, language) for one in value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if "|" in spec:
        return _plural(value, language, spec)
    number = _figure(value, spec)
    return number.said(language) if isinstance(number, Figure) else in_signs(number, language)


def _plural(number: float, language: str, spec: str) -> str:
    one, _, many = spec.partition("|")
    form = one if locale(language).plural_form(number) == "one" else many
    return form.replace("#", in_signs(_figure(number, ",.0f"), language))


def _figure(value: float, spec: str) -> str:
    """A number in English signs."""
    if spec.startswith("~"):
        digits = int(spec[1:].rstrip("%"))
        return percent(value, digits) if spec.endswith("%") else figure(value, digits)
    if math.isnan(value):
        return NO_VALUE
    if spec == "s":
        return str(value)
    if spec:
        return _without_minus(format(value, spec), "+" if "+" in spec else "")
    return f"{value:,}" if isinstance(value, int) else _without_minus(f"{value:.10g}", "")


def _without_minus(text: str, sign: str) -> str:
    """What is rounded to nothing is not below nothing: -0.04 is 0.0 with one digit."""
    nothing = text.startswith("-") and not any(digit in text for digit in "123456789")
    return sign + text[1:] if nothing else text
