"""Results in a few lines: as text for a prompt, as a table for a notebook. No package is imported for it."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

#: Most lines of a result as text, and most letters of each; most rows of a table that a notebook shows.
MOST_LINES, MOST_LETTERS, MOST_ROWS = 19, 100, 8


class Brief:
    """A dataclass whose text is short: each table by its size, each figure by its value."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Fewer than 20 lines."""
        return brief_lines(type(self).__name__, _told(self))

    def _repr_html_(self) -> str:
        """Its figures and the first rows of its tables, for a notebook; names of the data stay text."""
        rows = [(name, value) for name, value in _told(self) if not _is_frame(value)]
        frames: list[tuple[str, Any]] = [(name, value) for name, value in _told(self) if _is_frame(value)]
        return figures_table(type(self).__name__, rows) + "".join(
            f"<p>{html.escape(name)}: {html.escape(short(frame))}</p>" + frame.head(MOST_ROWS).to_html()
            for name, frame in frames
        )


def brief_lines(title: str, rows: Iterable[tuple[str, object]]) -> str:
    """A title and a line for each value, cut to :data:`MOST_LINES` lines."""
    lines = [title, *(f"  {name}: {short(value)}" for name, value in rows)]
    lines = [line if len(line) <= MOST_LETTERS else line[: MOST_LETTERS - 3] + "..." for line in lines]
    kept = lines if len(lines) <= MOST_LINES else [*lines[: MOST_LINES - 1], "  ..."]
    return "\n".join(kept)


def figures_table(title: str, rows: Iterable[tuple[str, object]]) -> str:
    """A title and a row for each value as HTML; whatever the data are called stays text."""
    cells = "".join(
        f"<tr><th>{html.escape(name)}</th><td>{html.escape(short(value)[: 3 * MOST_LETTERS])}</td></tr>"
        for name, value in rows
    )
    return f"<table><caption>{html.escape(title)}</caption>{cells}</table>"


def short(value: object) -> str:
    """A value on one line: tables and arrays by their size, collections by their number."""
    told: Any = value
    if _is_frame(value):
        line = f"{len(told):,} x {len(told.columns)}: {', '.join(map(str, told.columns))}"
    elif hasattr(value, "dtype") and told.shape:
        line = f"{' x '.join(map(str, told.shape))} {told.dtype}"
    elif isinstance(value, float):
        line = f"{value:.6g}"
    elif isinstance(value, Mapping | Sequence) and not isinstance(value, str):
        line = _several(value)
    else:
        # Of a result within a result, its title.
        line = repr(value).partition("\n")[0] if is_dataclass(value) else str(getattr(value, "value", value))
    return " ".join(line.split())


def _several(values: Mapping[Any, object] | Sequence[object]) -> str:
    """Figures by their names, names alone, or how many there are."""
    if not isinstance(values, Mapping):
        return str(len(values))
    if all(isinstance(one, int | float | str | None) for one in values.values()):
        return ", ".join(f"{name} {short(one)}" for name, one in values.items())
    return f"{len(values)}: {', '.join(map(str, values))}"


def _told(result: object) -> list[tuple[str, object]]:
    """The fields of a dataclass, those that are nobody's business left out."""
    of: Any = result
    shown = [one.name for one in fields(of) if one.repr and not one.name.startswith("_")]
    return [(name, getattr(result, name)) for name in shown]


def _is_frame(value: object) -> bool:
    return hasattr(value, "columns") and hasattr(value, "to_html")
