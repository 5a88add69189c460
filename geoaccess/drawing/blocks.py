"""What a report is made of, before it is a page, a sheet or a file: sections, paragraphs, tables, figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import pandas as pd

from maps import Language

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing


class Quantity(StrEnum):
    """What a column holds, and so how it is shown."""

    TEXT = "text"
    MINUTES = "minutes"  # NaN is unreachable
    CHANGE = "change"  # a difference, with its sign
    PERSONS = "persons"
    SHARE = "share"  # 0 to 1, shown in per cent
    NUMBER = "number"
    BY_ROW = "by_row"  # as the frame's columns ``KEY_quantity`` and ``KEY_digits`` say


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        key: column of the table's frame.
        heading: what it is, with its unit.
        quantity: how the values are shown.
        digits: digits after the decimal sign.
    """

    key: str
    heading: str
    quantity: Quantity = Quantity.TEXT
    digits: int = 0


@dataclass(frozen=True, eq=False, slots=True)
class Table:
    """A table; its first column names the rows.

    Attributes:
        key: identifies it: name of a file or sheet.
        title: what it shows.
        columns: what is shown of the frame, in order.
        frame: the values; a column ``KEY_mark`` holds what stands behind each figure of ``KEY`` on a page.
        note: how to read it, below the table.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    frame: pd.DataFrame
    note: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class Figure:
    """A drawing, made when it is needed.

    Attributes:
        caption: what it shows.
        alt: the same in words, with its main figures, for those who do not see it.
        draw: makes the drawing.
    """

    caption: str
    alt: str
    draw: Callable[[], Drawing]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of running text; a small one is fine print."""

    text: str
    small: bool = False


@dataclass(frozen=True, slots=True)
class Callout:
    """A text that nobody should miss.

    Attributes:
        title: two or three words.
        texts: paragraphs.
        tone: ``warning``, ``proven`` or ``unproven``.
    """

    title: str
    texts: tuple[str, ...]
    tone: str = "warning"


@dataclass(frozen=True, slots=True)
class Headline:
    """One figure to be seen first: the value with its unit, and what it is."""

    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Headlines:
    """Figures in a row."""

    items: tuple[Headline, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """Texts, one after the other."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Definitions:
    """Terms and what they are."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Figures and tables that stand beside each other where there is room."""

    blocks: tuple[Figure | Table, ...]


Block = Paragraph | Callout | Headlines | Listing | Definitions | Table | Figure | SideBySide


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report with a heading."""

    key: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A report or a factsheet.

    Attributes:
        title: title of the study, or name of the municipality.
        subtitle: what this is.
        about: short lines below the title: when, of whom.
        language: language of its words.
        sections: its parts.
        made: when the run was made.
        tables: every table in full, for spreadsheets.
        is_factsheet: whether it is to fit one page.
    """

    title: str
    subtitle: str
    about: tuple[str, ...]
    language: Language
    sections: tuple[Section, ...]
    made: datetime
    tables: tuple[Table, ...] = field(default=())
    is_factsheet: bool = False
