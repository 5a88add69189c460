"""Results in one line, so that a list of them is read at a prompt; as a table in a notebook."""

from __future__ import annotations

import html
from collections.abc import Collection
from dataclasses import fields
from enum import Enum
from typing import Any

#: Most letters of a value, and of the whole line.
_MOST_OF_ONE, _MOST = 60, 300


class OneLine:
    """A dataclass that says itself in one line: arrays by their shape, collections by their number."""

    __slots__ = ()

    def __repr__(self) -> str:
        """One line."""
        line = ", ".join(f"{name}={text}" for name, text in _values(self))
        return f"{type(self).__name__}({line if len(line) <= _MOST else line[: _MOST - 3] + '...'})"

    def _repr_html_(self) -> str:
        """A row for each value; whatever the sites are called stays text."""
        rows = (f"<tr><th>{name}</th><td>{html.escape(text)}</td></tr>" for name, text in _values(self))
        return f"<table><caption>{type(self).__name__}</caption>{''.join(rows)}</table>"


def _values(result: object) -> list[tuple[str, str]]:
    of: Any = result
    return [(one.name, text) for one in fields(of) if one.repr and (text := _text(getattr(result, one.name)))]


def _text(value: object) -> str:
    """A value in a few letters; nothing where there is none."""
    told: Any = value
    if value is None:
        return ""
    if hasattr(value, "dtype") and told.shape:
        return "x".join(map(str, told.shape))
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Collection) and not isinstance(value, str):
        return _several(value)
    line = " ".join(str(value).split())
    return line if len(line) <= _MOST_OF_ONE else line[: _MOST_OF_ONE - 3] + "..."


def _several(values: Collection[object]) -> str:
    """A few short values as they are, more by their number."""
    plain = ", ".join(_text(one) for one in values)
    return f"[{plain}]" if len(plain) <= _MOST_OF_ONE else f"[{len(values)}]"
