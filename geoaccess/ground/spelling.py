"""Names as people spell them: compared without diacritics, and those most like what was typed."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable

#: Letters that Unicode does not decompose, with what a keyboard without them types.
_PLAIN_LETTERS = str.maketrans(
    {"ø": "o", "æ": "ae", "å": "a", "đ": "d", "ŋ": "n", "ŧ": "t", "ð": "d", "þ": "th", "ß": "ss"}
)


def fold(name: str) -> str:
    """A name for comparison.

    >>> fold("Træna"), fold("Kárášjohka"), fold("  TROMSØ ")
    ('traena', 'karasjohka', 'tromso')
    """
    lowered = name.strip().casefold().translate(_PLAIN_LETTERS)
    decomposed = unicodedata.normalize("NFKD", lowered)
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def closest(typed: str, names: Iterable[str], *, most: int = 5, alike: float = 0.5) -> list[str]:
    """The names most like what was typed: those that have it as a word first, then those spelt alike.

    Args:
        typed: what was typed.
        names: the names there are.
        most: how many at most.
        alike: how like a spelling must be, 0 to 1 (the ratio of :mod:`difflib`).
    """
    folded = {fold(name): name for name in names}
    sought = fold(typed)
    having = [name for name in folded if sought and sought in re.split(r"[\s(),/-]+", name)]
    spelt = difflib.get_close_matches(sought, folded, n=most, cutoff=alike)
    return [folded[name] for name in dict.fromkeys([*sorted(having), *spelt])][:most]
