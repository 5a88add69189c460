"""Reports of a journey: every leg with its road, length, time and wait."""

from __future__ import annotations

from geoaccess.answers.reading import Material
from geoaccess.drawing.blocks import Block, Column, Document, Headline, Headlines, Paragraph, Quantity, Table
from geoaccess.drawing.question_report import Parts, question_document


def document(m: Material) -> Document:
    """The report."""
    return question_document(m, parts(m))


def parts(m: Material) -> Parts:
    """What the report says: the whole journey, then its legs."""
    words, told = m.words, m.facts["route"]
    legs = m.table("legs")
    wait = float(legs["wait_min"].sum())
    figures = (
        Headline(words.duration(float(told["travel_time_min"])), words("route.time")),
        Headline(words.number(float(told["length_km"])), words("route.km")),
        Headline(words.duration(wait), words("route.wait")),
    )
    kinds = [words.known(f"route.by.{kind}", str(kind)) for kind in legs["kind"]]
    table = Table(
        "legs",
        words("route.legs"),
        (
            Column("from", words("route.from")),
            Column("to", words("route.to")),
            Column("by", words("route.by")),
            Column("ref", words("route.ref")),
            Column("length_km", words("route.length"), Quantity.NUMBER, 1),
            Column("travel_time_min", words("column.time"), Quantity.MINUTES, 1),
            Column("wait_min", words("route.waiting"), Quantity.NUMBER, 1),
        ),
        legs.assign(by=kinds),
    )
    ends = {"origin": told["from"], "destination": told["to"]}
    text = Paragraph(words("route.sentence", scenario=m.scenario(str(told["scenario"])), **ends))
    people = float("nan")  # a journey is nobody's in particular
    brief: list[Block] = [Headlines(figures), text, table]
    return Parts(words("route.subtitle", **ends), brief, [], [table], people)
