"""The report of one question: a brief, its own sections, and where the figures come from."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from geoaccess.answers.reading import Material
from geoaccess.drawing.blocks import (
    Block,
    Callout,
    Document,
    Section,
    Table,
)
from geoaccess.drawing.report_sources import about_lines, inputs_table, origin_sections

#: Rows of a table, or bars of a drawing, that a reader is shown first.
SHOWN, BARS = 20, 12
#: Rows of a table that shows the worst off.
WORST_SHOWN = 10


@dataclass(frozen=True, eq=False)
class Parts:
    """What a question says of its answer.

    Attributes:
        subtitle: the question in a line.
        brief: what a reader with one minute must know.
        sections: the rest.
        tables: every table in full, for spreadsheets.
        persons: the people told of, each once.
    """

    subtitle: str
    brief: list[Block]
    sections: list[Section]
    tables: list[Table]
    persons: float


def question_document(m: Material, parts: Parts) -> Document:
    """The report of an answer of one question."""
    notice = [Callout(m.words("notice.title"), (m.notice,))] if m.notice else []
    inputs = [inputs_table(m)] if m.facts.get("inputs") else []
    return Document(
        title=m.title,
        subtitle=parts.subtitle,
        about=about_lines(m, parts.persons),
        language=m.words.language,
        sections=(
            Section("brief", m.words("brief.title"), (*notice, *parts.brief)),
            *parts.sections,
            *origin_sections(m),
        ),
        made=m.made,
        tables=(*parts.tables, *inputs),
    )


def people_of(m: Material, places: pd.DataFrame) -> float:
    """The people of a table of places, each place once; NaN where it has no such weight."""
    if m.weight not in places:
        return float("nan")
    return float(places.drop_duplicates("demand_id")[m.weight].sum())
