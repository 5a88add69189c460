"""Blocks of a report as plain text: a value as people read it, a block as pairs of term and text."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from geoaccess.drawing.blocks import (
    Block,
    Callout,
    Column,
    Definitions,
    Document,
    Headlines,
    Listing,
    Paragraph,
    Quantity,
)
from geoaccess.words.figures import of_nobody
from geoaccess.words.visible import visible
from geoaccess.words.words import NO_VALUE, Words

#: Quantities whose cells stand to the right.
NUMERIC = frozenset(Quantity) - {Quantity.TEXT}
#: Sections of a report that a spreadsheet tells in words.
_TOLD_SECTIONS = ("proof", "reading", "assumptions", "sources", "provenance")


def quantity_of(column: Column, row: dict[str, Any]) -> tuple[Quantity, int]:
    """What the cell of a row holds, and its digits."""
    if column.quantity is Quantity.BY_ROW:
        return Quantity(row[f"{column.key}_quantity"]), int(row[f"{column.key}_digits"])
    return column.quantity, column.digits


def is_missing(value: object) -> bool:
    """Whether a cell of text holds none: None or NaN."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def cell_text(words: Words, column: Column, row: dict[str, Any]) -> str:
    """The cell of a column in a row, in the report's language; a mark of ``KEY_mark`` stands behind it."""
    text = _value_text(words, column, row)
    mark = row.get(f"{column.key}_mark")
    return f"{text}{visible(mark)}" if mark else text


def _value_text(words: Words, column: Column, row: dict[str, Any]) -> str:
    value = row[column.key]
    quantity, digits = quantity_of(column, row)
    if quantity is Quantity.TEXT:
        return NO_VALUE if is_missing(value) else visible(value)
    number = math.nan if value is None else float(value)
    if quantity is Quantity.MINUTES:
        nobody = math.isnan(number) and of_nobody(column.key, row)
        return NO_VALUE if nobody else words.minutes(number, digits)
    if quantity is Quantity.SHARE:
        return words.percent(number, digits)
    if quantity is Quantity.CHANGE:
        return words.change(number, digits)
    return words.number(number, digits)


def told(block: Block) -> Iterator[tuple[str, str]]:
    """A block as pairs of a term, which may be empty, and a text; tables and figures have none."""
    if isinstance(block, Callout):
        for number, text in enumerate(block.texts):
            yield "" if number else block.title, text
    elif isinstance(block, Paragraph):
        yield "", block.text
    elif isinstance(block, Headlines):
        for item in block.items:
            yield item.value, item.text
    elif isinstance(block, Listing):
        for text in block.items:
            yield "", text
    elif isinstance(block, Definitions):
        yield from block.items


def told_sections(document: Document) -> list[tuple[str, list[tuple[str, str]]]]:
    """The sections that say how sure, how to read and from where: title and pairs."""
    return [
        (section.title, [pair for block in section.blocks for pair in told(block)])
        for section in document.sections
        if section.key in _TOLD_SECTIONS
    ]
