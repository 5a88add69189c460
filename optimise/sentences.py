"""Sentences that keep their code and fields, so that another package can say them in its languages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any


class Sentence(str):
    """An English sentence made of a template; it is its text wherever a text is wanted.

    ``code`` is its name in catalogues, ``fields`` what its template is filled with: numbers and names.

    >>> said = Sentence("opt.example", "{pairs} pairs, from {pays} on", pairs=20, pays=3000)
    >>> said, said.code, dict(said.fields)
    ('20 pairs, from 3000 on', 'opt.example', {'pairs': 20, 'pays': 3000})
    """

    __slots__ = ("_code", "_english", "_fields")
    _code: str
    _english: str
    _fields: Mapping[str, Any]

    def __new__(cls, code: str, english: str, /, **fields: object) -> Sentence:
        """Fill the template."""
        made = super().__new__(cls, english.format(**fields))
        made._code, made._english, made._fields = code, english, MappingProxyType(fields)
        return made

    @property
    def code(self) -> str:
        """Name of the sentence."""
        return self._code

    @property
    def fields(self) -> Mapping[str, Any]:
        """What the template is filled with."""
        return self._fields

    def to_dict(self) -> dict[str, Any]:
        """The sentence for JSON: ``code``, ``fields`` and the English ``text``."""
        return {"code": self.code, "fields": dict(self.fields), "text": str(self)}

    def __reduce__(self) -> tuple[Any, ...]:
        return _made, (self._code, self._english, dict(self._fields))


def _made(code: str, english: str, fields: Mapping[str, Any]) -> Sentence:
    return Sentence(code, english, **fields)
