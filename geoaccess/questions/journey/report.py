"""Reports of a journey: every leg with its road, length, time and wait."""

from __future__ import annotations

from geoaccess.answers.reading import Material
from geoaccess.drawing.blocks import Block, Column, Document, Headline, Headlines, Paragraph, Quantity, Table
from geoaccess.drawing.question_report import Parts, question_document
from geoaccess.questions.journey.around_the_clock_folder import WAYS

#: Figures over the moments of leaving; of assumed timetables no more than half the time is told.
_FIGURES = ("best_min", "p50_min", "p90_min", "worst_min")


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
    brief: list[Block] = [*_of_day(m)]
    ways = m.table(WAYS)
    if len(ways):
        brief.append(
            Table(
                "ways",
                words("route.day.ways"),
                (
                    Column("leave_by", words("route.day.leave_by")),
                    Column("arrive", words("route.day.arrive")),
                    Column("minutes", words("column.time"), Quantity.MINUTES),
                ),
                ways,
            )
        )
    ends = {"origin": told["from"], "destination": told["to"]}
    text = Paragraph(words("route.sentence", scenario=m.scenario(str(told["scenario"])), **ends))
    people = float("nan")  # a journey is nobody's in particular
    tables = [table, *(block for block in brief if isinstance(block, Table))]
    return Parts(
        words("route.subtitle", **ends), [Headlines(figures), text, table, *brief], [], tables, people
    )


def _of_day(m: Material) -> list[Block]:
    """What leaving at any moment takes, where the run is around the clock."""
    day = m.facts.get("around_the_clock", {})
    figures = ("best_min", "p50_min") if day.get("basis") == "assumed" else _FIGURES
    told = [
        Headline(m.words.duration(float(day[name])), m.words(f"route.day.{name}"))
        for name in figures
        if day.get(name) is not None and float(day[name]) == float(day[name])
    ]
    return [Headlines(tuple(told))] if told else []
