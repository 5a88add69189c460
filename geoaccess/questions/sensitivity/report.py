"""Reports of sensitivity: which conclusions stay when the assumptions do not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from geoaccess.answers.reading import Material
from geoaccess.drawing.blocks import Block, Column, Document, Quantity, Table
from geoaccess.drawing.question_report import Parts, people_of, question_document
from geoaccess.words.note import parameter_words
from geoaccess.words.words import Words, heading

if TYPE_CHECKING:
    import pandas as pd

#: Letters of a ranking that a cell shows.
_LONGEST = 120


def document(m: Material) -> Document:
    """The report."""
    return question_document(m, parts(m))


def parts(m: Material) -> Parts:
    """What the report says: each conclusion and how often it stays, then the ranges."""
    words = m.words
    found = m.table("conclusions")
    named = found.assign(
        service=[heading(m.kind(str(kind))) for kind in found["kind_of_facility"]],
        named=[_conclusion(words, str(one)) for one in found["conclusion"]],
        shown=[_in_base(words, str(value)) for value in found["base"]],
        **_how_ends_are_shown(found),
        changed=[_parameters(words, str(names)) for names in found["changed_by"]],
    )
    conclusions = Table(
        "conclusions",
        words("sensitivity.table"),
        (
            Column("service", words("column.service")),
            Column("named", words("sensitivity.conclusion")),
            Column("shown", words("sensitivity.in_base")),
            Column("share_unchanged", words("sensitivity.unchanged"), Quantity.SHARE),
            Column("low", words("sensitivity.low"), Quantity.BY_ROW),
            Column("high", words("sensitivity.high"), Quantity.BY_ROW),
            Column("changed", words("sensitivity.changed_by")),
        ),
        named,
        words("sensitivity.note"),
    )
    ranges_told = m.table("ranges")
    ranges = Table(
        "ranges",
        words("sensitivity.ranges"),
        (
            Column("parameter", words("sensitivity.parameter")),
            Column("low", words("sensitivity.low"), Quantity.NUMBER, 2),
            Column("base", words("sensitivity.in_base"), Quantity.NUMBER, 2),
            Column("high", words("sensitivity.high"), Quantity.NUMBER, 2),
            Column("source", words("sensitivity.source")),
        ),
        ranges_told.assign(parameter=[_parameters(words, str(name)) for name in ranges_told["parameter"]]),
    )
    brief: list[Block] = [conclusions, ranges]
    persons = people_of(m, m.table("sensitivity_points"))
    return Parts(words("sensitivity.subtitle"), brief, [], [conclusions, ranges], persons)


def _how_ends_are_shown(found: pd.DataFrame) -> dict[str, list[str] | int]:
    """Minutes say where nobody is reached; rankings and choices have no range."""
    of_minutes = found["conclusion"].isin(["mean_min", "median_min", "p90_min"])
    shown = [str(Quantity.MINUTES if one else Quantity.NUMBER) for one in of_minutes]
    return {"low_quantity": shown, "high_quantity": shown, "low_digits": 2, "high_digits": 2}


def _parameters(words: Words, names: str) -> str:
    """Figures of the study file in words; one that is not known by its place in the file."""
    return ", ".join(parameter_words(name)[words.language.value] for name in names.split(", "))


def _conclusion(words: Words, name: str) -> str:
    """What is concluded, in words; a share within some minutes names them."""
    limit = re.fullmatch(r"share_within_([\d.]+)_min", name)
    if limit:
        return words("sensitivity.share_within", limit=words.number(float(limit[1])))
    return words.known(f"sensitivity.of.{name}", name)


def _in_base(words: Words, value: str) -> str:
    """A conclusion of the base case: a figure with the language's signs, or names."""
    try:
        return words.minutes(float(value), 2)
    except ValueError:
        return value[:_LONGEST]
