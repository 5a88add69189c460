"""The page's own words, by language: one gettext catalogue each, English being the complete one.

The catalogues in ``_locale`` are ordinary PO files, which translators' programs and Babel read; their msgid
is a key, not the English text, so that a change of wording breaks no translation. An entry marked ``fuzzy``
has not been reviewed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

COMPLETE = "en"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The words of one language.

    Attributes:
        texts: message key -> text.
        unreviewed: keys whose text no speaker has confirmed.
    """

    texts: dict[str, str]
    unreviewed: frozenset[str]


def messages_for(language: str) -> dict[str, str]:
    """Message key -> text in a language; what a catalogue lacks is English."""
    return catalogue(COMPLETE).texts | catalogue(language).texts


@cache
def catalogue(language: str) -> Catalogue:
    """Read the catalogue of a language.

    Raises:
        FileNotFoundError: there is none for this language.
    """
    file = resources.files("maps").joinpath("_locale", f"{language}.po")
    return read_catalogue(file.read_text(encoding="utf-8"))


def read_catalogue(po: str) -> Catalogue:
    """A catalogue from the text of a PO file without plural forms or contexts."""
    texts, unreviewed = {}, set()
    for key, text, fuzzy in _entries(po):
        if key:
            texts[key] = text
            if fuzzy:
                unreviewed.add(key)
    return Catalogue(texts, frozenset(unreviewed))


def _entries(po: str) -> Iterator[tuple[str, str, bool]]:
    """(msgid, msgstr, fuzzy) of every entry of a PO file without plural forms or contexts."""
    for block in po.split("\n\n"):
        parts = {"msgid": "", "msgstr": ""}
        current, fuzzy = "", False
        for line in block.splitlines():
            if line.startswith("#"):
                fuzzy |= line.startswith("#,") and "fuzzy" in line
                continue
            keyword, _, quoted = line.partition(" ") if line.startswith("msg") else (current, "", line)
            current = keyword
            parts[keyword] += ast.literal_eval(quoted.strip())
        if current:
            yield parts["msgid"], parts["msgstr"], fuzzy
