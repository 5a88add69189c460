"""Reports of burden: what a traveller spends, who spends most, and what it comes to."""

from __future__ import annotations

import pandas as pd

from geoaccess.answers.reading import Material
from geoaccess.drawing.blocks import (
    Block,
    Column,
    Document,
    Headline,
    Headlines,
    Paragraph,
    Quantity,
    Section,
    Table,
)
from geoaccess.drawing.question_report import SHOWN, Parts, people_of, question_document


def document(m: Material) -> Document:
    """The report."""
    return question_document(m, parts(m))


def parts(m: Material) -> Parts:
    """What the report says: each journey with its source, and the groups that spend most."""
    words, told = m.words, m.facts["burden"]
    brief: list[Block] = [Paragraph(words("burden.lead"))]
    sections: list[Section] = []
    tables: list[Table] = []
    for number, (name, journey) in enumerate(dict(told["journeys"]).items()):
        region = told["region"][name]
        title = str(journey.get(f"title_{words.language}") or journey["title"])
        whole = _table(m, number, name, title)
        shown = Table(whole.key, whole.title, whole.columns, whole.frame.head(SHOWN).reset_index(drop=True))
        figures = [Headline(words.number(region["hours_each"], 1), words("burden.hours_each"))]
        if region["journeys"] is not None and not pd.isna(region["journeys"]):
            figures += [
                Headline(words.number(region["journeys"]), words("burden.journeys")),
                Headline(words.number(region["hours"]), words("burden.hours")),
            ]
        confidence = words(f"confidence.{journey['confidence']}")
        source = Paragraph(
            words("burden.source", source=str(journey["source"]), confidence=confidence), small=True
        )
        sections.append(Section(f"journey-{number}", title, (Headlines(tuple(figures)), shown, source)))
        tables.append(whole)
    first = m.table("burden_points")
    return Parts(words("burden.subtitle"), brief, sections, tables, people_of(m, first))


def _table(m: Material, number: int, name: str, title: str) -> Table:
    words, by = m.words, str(m.facts["by"])
    frame = m.table("burden")
    own = frame[frame["journey"] == name].sort_values(
        ["hours_each", by], ascending=[False, True], kind="stable"
    )
    columns = [
        Column(by, m.group(by)),
        Column("persons", m.people, Quantity.PERSONS),
        Column("hours_each", words("burden.hours_each"), Quantity.NUMBER, 1),
        Column("waiting_each", words("burden.waiting_each"), Quantity.NUMBER, 1),
        Column("km_each", words("burden.km_each"), Quantity.NUMBER),
    ]
    if own["journeys"].notna().any():
        columns += [
            Column("journeys", words("burden.journeys"), Quantity.NUMBER),
            Column("hours", words("burden.hours"), Quantity.NUMBER),
            Column("ferry_journeys", words("burden.by_ferry"), Quantity.NUMBER),
        ]
    if "cost" in own:
        columns.append(Column("cost", words("burden.cost_column"), Quantity.NUMBER))
    return Table(
        f"burden-{number}",
        words("burden.most", title=title),
        tuple(columns),
        own.reset_index(drop=True),
    )
