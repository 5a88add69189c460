"""Reports of isochrones: how many people are within each limit."""

from __future__ import annotations

import numpy as np

from geoaccess.answers.reading import Material
from geoaccess.drawing.blocks import Block, Column, Document, Paragraph, Quantity, Table
from geoaccess.drawing.question_report import Parts, people_of, question_document


def document(m: Material) -> Document:
    """The report."""
    return question_document(m, parts(m))


def parts(m: Material) -> Parts:
    """What the report says: road and people within each limit."""
    words, told = m.words, m.facts["isochrones"]
    table, points = m.table("isochrones").sort_values("minutes"), m.table("reach_points")
    times = points["travel_time_min"].to_numpy(dtype=np.float64)
    people = points[m.weight].to_numpy(dtype=np.float64)
    within = np.asarray([people[times <= limit].sum() for limit in table["minutes"]], dtype=np.float64)
    total = float(people.sum())
    share = within / total if total else np.full(len(within), np.nan)
    kind = m.kind(str(told["kind"]))
    bands = Table(
        "isochrones",
        words("reach.table"),
        (
            Column("minutes", words("column.limit"), Quantity.MINUTES),
            Column("persons", m.people, Quantity.PERSONS),
            Column("share", words("column.share"), Quantity.SHARE, 1),
            Column("road_km", words("reach.road"), Quantity.NUMBER),
        ),
        table.assign(persons=within, share=share).reset_index(drop=True),
        words("table.reach.note"),
    )
    outward = told["direction"] == "from"
    text = Paragraph(words("reach.sentence", scenario=m.scenario(str(told["scenario"]))))
    brief: list[Block] = [text, bands]
    return Parts(
        words("reach.from", kind=kind) if outward else words("reach.to", kind=kind),
        brief,
        [],
        [bands],
        people_of(m, points),
    )
