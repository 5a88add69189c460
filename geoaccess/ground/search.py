"""Place names as people type them: with or without diacritics, in any case."""

from __future__ import annotations

import re
from collections.abc import Mapping

from geoaccess.ground.errors import AmbiguousNameError, UnknownNameError
from geoaccess.ground.spelling import closest, fold
from geoaccess.words.note import Note, word

#: What stands between the names of one place in several languages.
_BETWEEN_NAMES = re.compile(r"\s*[-–/]\s*")


def find_name(what: str, typed: str, places: Mapping[str, str]) -> str:
    """The id of the one place that was meant: by id, by exact name, by folded name, then by one of its names.

    Args:
        what: what is looked for, for the message.
        typed: what was typed.
        places: id -> name.

    Raises:
        UnknownNameError: nothing answers; the closest names are listed.
        AmbiguousNameError: more than one place answers.
    """
    if typed in places:
        return typed
    for names in (_itself, _folded, _each):
        meant = names(typed)
        found = [key for key, name in places.items() if not meant.isdisjoint(names(name))]
        if len(found) == 1:
            return found[0]
        if found:
            several = Note("word.single", what=word(what), n_found=len(found))
            raise AmbiguousNameError(several, typed, found)
    raise UnknownNameError(what, typed, closest(typed, places.values()))


def _itself(name: str) -> set[str]:
    return {name}


def _folded(name: str) -> set[str]:
    return {fold(name)}


def _each(name: str) -> set[str]:
    """The names of a place with several, one by one and together: "Porsanger - Porsáŋgu - Porsanki"."""
    parts = [fold(part) for part in _BETWEEN_NAMES.split(name)]
    return {*parts, "-".join(parts)}
