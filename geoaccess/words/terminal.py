"""The language of what commands say: notes and figures know how they are said, names stay as in the data.

What has no fields (headings, single words, help) is written in English where it is used, and looked up whole
in ``_terminal``, whose msgid is the English text. What has fields is a :class:`~geoaccess.words.note.Note`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from itertools import zip_longest

import click

from geoaccess.words.catalogue import whole_texts
from geoaccess.words.figures import Figure
from geoaccess.words.locales import ENGLISH, LANGUAGES
from geoaccess.words.note import Note, as_note

#: Environment variable that names the language for every command.
VARIABLE = "GEOACCESS_LANG"


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


def told(text: str, language: str, names: Mapping[str, str] | None = None) -> str:
    """A text of a command in a language.

    Args:
        text: a note or a figure, which know how they are said; or an English text without fields.
        language: one of :data:`geoaccess.words.locales.LANGUAGES`.
        names: English names of the study -> their names in the language.
    """
    text = as_note(text)
    if isinstance(text, Note | Figure):
        return text.said(language)
    known = (names or {}).get(text)
    return known or whole_texts(language).get(text, text)
