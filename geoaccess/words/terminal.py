"""The language of what commands say: texts by a catalogue, numbers by its signs; names as in the data.

Commands are written in English. The catalogue of another language has the English text as its msgid, with
``{fields}`` where figures and names stand; what is said is matched against it, and what the catalogue does
not know is said in English.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from itertools import zip_longest

import click

from geoaccess.words.catalogue import ENGLISH, LANGUAGES
from geoaccess.words.note import Note

#: Environment variable that names the language for every command.
VARIABLE = "GEOACCESS_LANG"

_FIELD = re.compile(r"\{(\w+)\}")
#: A figure as commands write it: thousands apart, a per cent sign, a share in brackets.
_NUMBER = r"[<>]?[-+]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?"
_FIGURE = re.compile(rf"{_NUMBER}%?( \({_NUMBER}%\))?( s)?")
_SIGNS: dict[str, dict[int, str]] = {
    "nb": {ord(","): "\N{NO-BREAK SPACE}", ord("."): ",", ord("%"): "\N{NO-BREAK SPACE}%"}
}


def current_language() -> str:
    """The language of the command that runs now, English outside of a command."""
    context = click.get_current_context(silent=True)
    if context is None:
        return ENGLISH
    return str(context.find_root().params.get("lang") or ENGLISH)


def asked_language(arguments: Sequence[str]) -> str:
    """The language that a command line asks for, before or without reading it."""
    asked = os.environ.get(VARIABLE, ENGLISH)
    for argument, value in zip_longest(arguments, arguments[1:], fillvalue=""):
        if not argument.startswith("-") and argument not in LANGUAGES:
            break
        if argument == "--lang":
            asked = value
        elif argument.startswith("--lang="):
            asked = argument.partition("=")[2]
    return asked if asked in LANGUAGES else ENGLISH


def figures(text: str, language: str) -> str:
    """A figure as commands write it, with the signs of the language; any other text as it is.

    It must be called once only: a figure with a decimal comma would be read as thousands.
    """
    signs = _SIGNS.get(language)
    if signs is None or not _FIGURE.fullmatch(text):
        return text
    return text.translate(signs)


@cache
def _catalogue(language: str) -> tuple[Mapping[str, str], tuple[tuple[re.Pattern[str], str], ...]]:
    """Whole texts, and patterns of texts with fields; the longest pattern first."""
    if language == ENGLISH:
        return {}, ()
    from maps.messages import read_catalogue

    file = resources.files("geoaccess.words").joinpath("_terminal", f"{language}.po")
    texts = read_catalogue(file.read_text(encoding="utf-8")).texts
    whole = {english: told for english, told in texts.items() if not _FIELD.search(english)}
    fielded = sorted((english for english in texts if _FIELD.search(english)), key=len, reverse=True)
    return whole, tuple((_pattern(english), texts[english]) for english in fielded)


def _pattern(english: str) -> re.Pattern[str]:
    """What an English text with fields looks like when it is said."""
    at, parts = 0, []
    for field in _FIELD.finditer(english):
        parts += [re.escape(english[at : field.start()]), f"(?P<{field[1]}>.+?)"]
        at = field.end()
    return re.compile("".join([*parts, re.escape(english[at:])]), re.DOTALL)


def told(text: str, language: str, names: Mapping[str, str] | None = None) -> str:
    """A text of a command in a language.

    Args:
        text: the English text.
        language: one of :data:`LANGUAGES`.
        names: English names of the study -> their names in the language.
    """
    if isinstance(text, Note):
        return text.said(language)
    known = (names or {}).get(text)
    if language == ENGLISH or known:
        return known or text
    whole, patterns = _catalogue(language)
    if text in whole:
        return whole[text]
    for pattern, translated in patterns:
        found = pattern.fullmatch(text)
        if found:
            fields = {key: told(value, language, names) for key, value in found.groupdict().items()}
            return _FIELD.sub(lambda field: fields.get(field[1], field[0]), translated)  # noqa: B023
    return figures(text, language)
