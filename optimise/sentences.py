"""Sentences that keep their code and fields, so that another package can say them in its languages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any


class Sentence(str):
    """An English sentence made of a template; it is its text wherever a text is wanted.

    ``code`` is its name in catalogues, ``fields`` what its template is filled with: numbers, names, other
    sentences, and tuples of them.

    >>> said = Sentence("opt.example", "{n} of {names}", n=2, names=("Bodø", "Ås"))
    >>> said, said.code, dict(said.fields)
    ('2 of Bodø, Ås', 'opt.example', {'n': 2, 'names': ('Bodø', 'Ås')})
    """

    __slots__ = ("_code", "_english", "_fields")
    _code: str
    _english: str
    _fields: Mapping[str, Any]

    def __new__(cls, code: str, english: str, /, **fields: object) -> Sentence:
        """Fill the template; an error stands for what it says."""
        plain = {
            name: said_by(value) if isinstance(value, Exception) else value for name, value in fields.items()
        }
        shown = {name: _Joined(value) if isinstance(value, tuple) else value for name, value in plain.items()}
        made = super().__new__(cls, english.format(**shown))
        made._code, made._english, made._fields = code, english, MappingProxyType(plain)
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


class _Joined(tuple[object, ...]):
    """Several names for a template: with commas between, or with what ``{names: or }`` puts there."""

    __slots__ = ()

    def __format__(self, between: str) -> str:
        return (between or ", ").join(map(str, self))


def said_by(error: Exception) -> str:
    """What an error says, as a sentence where it was raised with one."""
    first = error.args[0] if len(error.args) == 1 else None
    return first if isinstance(first, Sentence) else str(error)


def _made(code: str, english: str, fields: Mapping[str, Any]) -> Sentence:
    return Sentence(code, english, **fields)


def joined(first: str, second: str) -> Sentence:
    """Two sentences as one, with a semicolon between."""
    return Sentence("opt.and", "{first}; {second}", first=first, second=second)
