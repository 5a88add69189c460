"""Text from data as a page, a sheet or a figure may hold it: nothing invisible, nothing turned around."""

from __future__ import annotations

import unicodedata

#: Controls, format characters, surrogates, private use, line and paragraph separators.
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
#: Joiners that emoji and several scripts are written with; they change no order and hide nothing.
_JOINERS = {"\u200c", "\u200d"}


def visible(value: object) -> str:
    r"""A text with every character that would be invisible, turn the text around or be no XML made visible.

    >>> visible("Bod\u00f8"), visible("a\x00b"), visible("abc\u202edef")
    ('Bodø', 'a\\x00b', 'abc\\u202edef')
    """
    text = str(value)
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character in _JOINERS:
        return character
    if unicodedata.category(character) in _HIDDEN or _is_noncharacter(ord(character)):
        return character.encode("unicode_escape").decode("ascii")
    return character


def _is_noncharacter(code: int) -> bool:
    """Code points that Unicode sets aside for good; XML forbids some of them (Unicode 16, section 23.7)."""
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


def shortened(value: object, most: int) -> str:
    """A text for a narrow place, cut with an ellipsis; the whole text stands in a table beside it."""
    text = visible(value)
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
