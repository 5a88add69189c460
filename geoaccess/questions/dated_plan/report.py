"""Reports of a plan: what happens when, for how many people, and how sure it is."""

from __future__ import annotations

import math

import pandas as pd

from geoaccess.answers.reading import Material
from geoaccess.drawing.blocks import Block, Column, Document, Paragraph, Quantity, Section, Table
from geoaccess.drawing.question_report import Parts, people_of, question_document
from geoaccess.words.note import said_in


def document(m: Material) -> Document:
    """The report."""
    return question_document(m, parts(m))


def parts(m: Material) -> Parts:
    """What the report says: the dates, the proof, every municipality at every date."""
    words, told = m.words, m.facts["plan"]
    kind = m.kind(str(told["facility"]), plural=True)
    frame = m.table("plan")
    frame = frame.assign(year=frame["year"].astype(int).astype(str))
    first, last = ({str(key): value for key, value in frame.iloc[at].items()} for at in (0, len(frame) - 1))
    text = words(
        "plan.sentence",
        first=first["year"],
        last=last["year"],
        before=words.duration(last["mean_before_min"], 1),
        after=words.duration(last["mean_min"], 1),
        kind=kind,
    )
    proven = "plan.sure" if told["status"] == "optimal" else "plan.unsure"
    sure = words(proven, proof=said_in(told, "proof", words.language), gap=words.share(told["gap"]))
    brief: list[Block] = [Paragraph(f"{text} {sure}"), _dates(m, frame)]
    alone = told.get("alone_min")
    if alone is not None and not math.isnan(alone):
        brief.append(
            Paragraph(
                words(
                    "plan.against_alone",
                    plan=words.duration(told["objective"], 2),
                    alone=words.duration(alone, 2),
                )
            )
        )
    whole = _municipalities(m)
    return Parts(
        words("plan.subtitle", kind=kind),
        brief,
        [Section("municipalities", whole.title, (whole,))],
        [_dates(m, frame), whole],
        people_of(m, m.table("plan_points")),
    )


def _dates(m: Material, frame: pd.DataFrame) -> Table:
    words = m.words
    return Table(
        "plan",
        words("plan.table"),
        (
            Column("year", words("plan.year")),
            Column("persons", m.people, Quantity.PERSONS),
            Column("opened", words("plan.opened")),
            Column("closed", words("plan.closed")),
            Column("mean_before_min", words("plan.today"), Quantity.MINUTES, 2),
            Column("mean_min", words("plan.mean"), Quantity.MINUTES, 2),
            Column("p90_min", words("column.p90"), Quantity.MINUTES, 1),
            Column("worst_min", words("column.farthest"), Quantity.MINUTES),
            Column("persons_unreachable", words("column.unreachable"), Quantity.PERSONS),
        ),
        frame,
        note=words("plan.note"),
    )


def _municipalities(m: Material) -> Table:
    words = m.words
    frame = m.table("plan_municipalities")
    frame = frame.assign(year=frame["year"].astype(int).astype(str)).sort_values(
        ["municipality", "year"], kind="stable"
    )
    return Table(
        "plan-municipalities",
        words("plan.municipalities"),
        (
            Column("municipality", m.group("municipality")),
            Column("year", words("plan.year")),
            Column("persons", m.people, Quantity.PERSONS),
            Column("mean_before_min", words("plan.today"), Quantity.MINUTES, 1),
            Column("mean_after_min", words("plan.mean"), Quantity.MINUTES, 1),
        ),
        frame.reset_index(drop=True),
    )
