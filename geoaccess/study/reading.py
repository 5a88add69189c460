"""A TOML file against its schema: every fault with its line and a caret."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from geoaccess.ground.errors import DataError, did_you_mean
from geoaccess.study.schema import StudyConfig
from geoaccess.study.section_base import Section
from geoaccess.words.locales import ENGLISH
from geoaccess.words.note import Note
from networks.errors import Fault

S = TypeVar("S", bound=Section)

#: Faults of pydantic that list what may be chosen.
_CHOICES = {"literal_error", "enum"}
_HEADER = re.compile(r"^\s*(\[{1,2})\s*([^\]]+?)\s*\]{1,2}")
_KEY = re.compile(
    r"""^(\s*)((?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"]*"|[A-Za-z0-9_-]+))*)\s*="""
)
_PART = re.compile(r""""([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+)""")

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Position:
    """Line and column, both counted from 1, and the line's text."""

    line: int
    column: int
    text: str

    def excerpt(self) -> str:
        """The line with a caret under the column."""
        return f"    {self.text}\n    {' ' * (self.column - 1)}^"


def read_config(file: Path) -> StudyConfig:
    """Read and check a study file.

    Raises:
        DataError: with every fault as ``file:line:column``, the line and a caret.
    """
    return read_section(file, StudyConfig)


def read_section(file: Path, schema: type[S]) -> S:
    """Read a TOML file and check it against a schema.

    Raises:
        DataError: with every fault as ``file:line:column``, the line and a caret.
    """
    try:
        # Windows' editor marks UTF-8 with a byte order mark, which TOML does not know.
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError([Fault(Note("fault.unreadable", error=error), where=str(file))]) from error
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DataError([Fault(Note("fault.toml", error=error), where=file.name)]) from error
    try:
        return schema.model_validate(values)
    except ValidationError as error:
        raise DataError(_faults(error, text, file, schema)) from error


def _faults(error: ValidationError, text: str, file: Path, schema: type[Section]) -> list[Fault]:
    positions = key_positions(text)
    faults = []
    for detail in error.errors():
        path = tuple(detail["loc"])
        key = ".".join(str(part) for part in path)
        position = position_of(path, positions)
        if detail["type"] == "extra_forbidden":
            hint = did_you_mean(str(path[-1]), _known_keys(path[:-1], schema))
            message = Note("fault.key.unknown", key=str(path[-1]), hint=hint)
        elif detail["type"] == "missing":
            message = Note("fault.key.missing", key=str(path[-1]), table=".".join(map(str, path[:-1])))
        elif isinstance(detail["input"], dict):  # a whole table says nothing of what is wrong in it
            message = Note("fault.key.table", key=key, reason=_reason(detail))
        else:
            message = Note("fault.key.value", key=key, reason=_reason(detail), value=repr(detail["input"]))
        place = f"{file.name}:{position.line}:{position.column}" if position else file.name
        if position:
            message = Note("fault.key.shown", message=message, excerpt=position.excerpt())
        faults.append(Fault(message, where=place))
    return faults


def _reason(detail: Mapping[str, Any]) -> Note:
    """What is wrong with a value: in the words of our own check, else in those of pydantic."""
    told, code = dict(detail.get("ctx", {})), f"fault.pydantic.{detail['type']}"
    if detail["type"] in _CHOICES:
        told["expected"] = {ENGLISH: told["expected"], "nb": told["expected"].replace(" or ", " eller ")}
    other = Note("fault.pydantic.other", message=detail["msg"])
    try:
        known = Note(code, **told)
    except KeyError:  # a fault of pydantic's own that no study has had yet
        return other
    return known if str(known) == detail["msg"] else other


def _known_keys(path: tuple[str | int, ...], section: type[Section]) -> list[str]:
    """The keys that a table of the study file may have, found by walking its schema."""
    schema = section.model_json_schema()
    node = schema
    for part in path:
        node = _resolve(node, schema)
        if isinstance(part, int):
            node = node.get("items", {})
        elif part in node.get("properties", {}):
            node = node["properties"][part]
        else:
            node = node.get("additionalProperties", {}) or {}
    return list(_resolve(node, schema).get("properties", {}))


def _resolve(node: dict, schema: dict) -> dict:  # type: ignore[type-arg]
    """Follow references and optional values of a JSON schema to the object they mean."""
    for choice in node.get("anyOf", []):
        if "$ref" in choice or choice.get("type") == "object":
            node = choice
    while "$ref" in node:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
    return node


def key_positions(text: str) -> dict[KeyPath, Position]:
    """Key path -> position, for the keys and table headers of a TOML text.

    Keys inside inline tables and arrays are found at the line of the key that holds them.
    """
    found: dict[KeyPath, Position] = {}
    table: KeyPath = ()
    counts: dict[KeyPath, int] = {}
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


def position_of(path: KeyPath, positions: dict[KeyPath, Position]) -> Position | None:
    """The position of a key, or of the nearest table around it."""
    while path:
        if path in positions:
            return positions[path]
        path = path[:-1]
    return None


def _parts(dotted: str) -> KeyPath:
    return tuple(
        next(group for group in match.groups() if group is not None) for match in _PART.finditer(dotted)
    )
