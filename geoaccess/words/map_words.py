"""What maps say of results, in one language. Names from data are never translated.

The texts stand in the catalogue under codes that begin with ``maps.``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from geoaccess.words.catalogue import texts
from maps import Language

#: Signs between thousands and before decimals. A no-break space keeps a Norwegian number on one line.
_SIGNS = {Language.BOKMAL: ("\N{NO-BREAK SPACE}", ","), Language.ENGLISH: (",", ".")}


#: What the codes of maps begin with.
PREFIX = "maps."


class MapWords:
    """Texts and numbers of maps in a language."""

    def __init__(self, language: Language | str = Language.ENGLISH) -> None:
        self.language = Language(language)
        self._texts = {
            code.removeprefix(PREFIX): text
            for code, text in texts(self.language.value).items()
            if code.startswith(PREFIX)
        }

    def __call__(self, key: str, **values: object) -> str:
        """A text of the catalogue with its fields filled in.

        Raises:
            KeyError: the catalogue has no such text.
        """
        return self._texts[key].format_map({name: str(value) for name, value in values.items()})

    def known(self, key: str, fallback: str) -> str:
        """A text of the catalogue, or a name from the data in plain words where it has none."""
        return self._texts.get(key) or fallback.replace("_", " ")

    def told(self, facts: Mapping[str, Any], key: str) -> str:
        """A fact in this language where the study tells it so (``label_nb``), else as it is told."""
        return str(facts.get(f"{key}_{self.language.value}") or facts.get(key) or "")

    def number(self, value: float, digits: int = 0) -> str:
        """A number with the language's signs."""
        thousands, decimal = _SIGNS[self.language]
        return f"{value:,.{digits}f}".translate({ord(","): thousands, ord("."): decimal})

    def limits(self, values: tuple[float, ...]) -> str:
        """Limits in a row: ``30, 60 and 120``."""
        return self.row([self.number(value, 0 if value == int(value) else 1) for value in values])

    def row(self, texts: Sequence[str]) -> str:
        """Texts in a row: ``a, b and c``."""
        if len(texts) < 2:
            return "".join(texts)
        return self("list.last", names=", ".join(texts[:-1]), name=texts[-1])


def heading(text: str) -> str:
    """A text with its first letter large."""
    return text[:1].upper() + text[1:]
