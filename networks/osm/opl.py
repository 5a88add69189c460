"""Lines of osmium's OPL text form, which every pass over a file goes through.

Filtering and writing happen in osmium's compiled code, so that Python sees only what it needs, as text that
splits fast; that is about three times faster than a Python object per way and node reference. The form is
described in osmium's manual ("OPL file format"): fields separated by spaces, the first letter of a field
names it, and every character that could be confused is written ``%hex%``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

_ESCAPE = re.compile(r"%([0-9a-fA-F]{1,6})%")
_CONTROL = dict.fromkeys((*range(32), *range(127, 160), 0x2028, 0x2029), " ")


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation: its tags and members as (``n``/``w``/``r``, id, role)."""

    relation_id: int
    tags: dict[str, str]
    members: tuple[tuple[str, int, str], ...]


def unescape(text: str) -> str:
    """The text that an OPL field stands for, control characters made spaces."""
    if "%" in text:
        text = _ESCAPE.sub(_character, text)
    return text if text.isprintable() else text.translate(_CONTROL).strip()


def escape(text: str) -> str:
    """The text as an OPL field has it."""
    return re.sub(r"[^A-Za-z0-9:_.-]", lambda match: f"%{ord(match[0]):x}%", text)


def _character(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "�"


def tags_of(field: str) -> dict[str, str]:
    """Tags from a ``T`` field without its letter."""
    pairs = (item.partition("=") for item in field.split(",")) if field else ()
    return {unescape(key): unescape(value) for key, _, value in pairs}


def way_lines(path: Path) -> Iterator[tuple[int, str, str]]:
    """Each way of a file as :func:`way_of` has it."""
    with path.open(encoding="utf-8", errors="replace", newline="\n") as lines:
        yield from (way_of(line) for line in lines if line[0] == "w")


def way_of(line: str) -> tuple[int, str, str]:
    """(id, tags field, node references field) of a way's line, fields still in OPL form."""
    fields = line.rstrip("\n").split(" ")
    return int(fields[0][1:]), _field(fields, "T"), _field(fields, "N")


class TaggedNode(NamedTuple):
    """A node with tags; NaN where its location is not known."""

    node_id: int
    tags: dict[str, str]
    lon: float
    lat: float


def tagged_nodes(path: Path) -> Iterator[TaggedNode]:
    """Each node."""
    with path.open(encoding="utf-8", errors="replace", newline="\n") as lines:
        for line in lines:
            fields = line.rstrip("\n").split(" ")
            if fields[0][:1] == "n":
                lon, lat = (float(_field(fields, axis) or "nan") for axis in "xy")
                yield TaggedNode(int(fields[0][1:]), tags_of(_field(fields, "T")), lon, lat)


def relation_of(line: str) -> Relation:
    """The relation of a line."""
    fields = line.rstrip("\n").split(" ")
    members = _field(fields, "M")
    return Relation(
        int(fields[0][1:]),
        tags_of(_field(fields, "T")),
        tuple(_member(item) for item in members.split(",")) if members else (),
    )


def _member(item: str) -> tuple[str, int, str]:
    head, _, role = item.partition("@")
    return head[0], int(head[1:]), unescape(role)


def references(field: str) -> list[int]:
    """Node ids from an ``N`` field (``n1,n2,...``, perhaps with ``x..y..`` locations) without its letter."""
    if not field:
        return []
    if "x" in field:
        field = re.sub(r"x[^,]*", "", field)
    return list(map(int, field[1:].split(",n")))


def _field(fields: list[str], letter: str) -> str:
    for field in fields[1:]:
        if field[:1] == letter:
            return field[1:]
    return ""
