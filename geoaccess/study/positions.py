"""Where a key stands in a TOML text, so that a fault can be shown with its line and a caret."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEADER = re.compile(r"^\s*(\[{1,2})\s*([^\]]+?)\s*\]{1,2}")
_KEY = re.compile(
    r"""^(\s*)((?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"]*"|[A-Za-z0-9_-]+))*)\s*="""
)
_PART = re.compile(r""""([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+)""")

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Position:
    """Line and column, both counted from 1, and the line's text."""

    line: int
    column: int
    text: str

    def excerpt(self) -> str:
        """The line with a caret under the column."""
        return f"    {self.text}\n    {' ' * (self.column - 1)}^"


def key_positions(text: str) -> dict[Path, Position]:
    """Key path -> position, for the keys and table headers of a TOML text.

    Keys inside inline tables and arrays are found at the line of the key that holds them.
    """
    found: dict[Path, Position] = {}
    table: Path = ()
    counts: dict[Path, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        if header:
            table = _parts(header.group(2))
            if header.group(1) == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            found.setdefault(table, Position(number, header.start(2) + 1, line))
            continue
        key = _KEY.match(line)
        if key:
            path = (*table, *_parts(key.group(2)))
            found.setdefault(path, Position(number, key.start(2) + 1, line))
    return found


def position_of(path: Path, positions: dict[Path, Position]) -> Position | None:
    """The position of a key, or of the nearest table around it."""
    while path:
        if path in positions:
            return positions[path]
        path = path[:-1]
    return None


def _parts(dotted: str) -> Path:
    return tuple(
        next(group for group in match.groups() if group is not None) for match in _PART.finditer(dotted)
    )
