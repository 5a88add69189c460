"""Reports of supply: what people have, who has least, and where the capacity lies."""

from __future__ import annotations

from geoaccess.answers.reading import Material, worst_first
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
    """What the report says: everybody, the groups, the facilities."""
    words, told = m.words, m.facts["supply"]
    region, kind = told["region"], m.kind(str(told["kind"]), plural=True)
    capacity = str(told["capacity"])
    figures = (
        Headline(words.number(region["mean_per_1000"], 2), words("supply.mean")),
        Headline(words.number(region["persons_without"]), words("supply.persons_without")),
        Headline(words.number(region["capacity_unused"], 1), words("supply.unused_capacity")),
    )
    method = Paragraph(
        words(
            "supply.method",
            method=str(told["method"]),
            parameters=str(told["parameters"]),
            source=str(told["source"]),
        )
    )
    groups = Table(
        "supply",
        words("supply.least", capacity=capacity),
        (
            Column(str(m.facts["by"]), m.group(str(m.facts["by"]))),
            Column("persons", m.people, Quantity.PERSONS),
            Column("mean_per_1000", words("supply.mean"), Quantity.NUMBER, 2),
            Column("median_per_1000", words("supply.median"), Quantity.NUMBER, 2),
            Column("p10_per_1000", words("supply.p10"), Quantity.NUMBER, 2),
            Column("persons_without", words("supply.persons_without"), Quantity.PERSONS),
            Column("persons_unreachable", words("supply.persons_unreachable"), Quantity.PERSONS),
        ),
        worst_first(m.table("supply"), ["share_without"]).sort_values("mean_per_1000", kind="stable"),
    )
    facilities = Table(
        "supply-facilities",
        words("supply.facilities", kind=kind),
        (
            Column("name", words("supply.name")),
            Column("capacity", words("supply.capacity"), Quantity.NUMBER, 1),
            Column("radius_min", words("supply.radius"), Quantity.MINUTES),
            Column("persons_in_reach", words("supply.in_reach"), Quantity.PERSONS),
            Column("persons_nearest", words("supply.nearest"), Quantity.PERSONS),
        ),
        m.table("facilities").sort_values(["persons_in_reach", "facility_id"], ascending=[False, True]),
    )
    shown = Table(groups.key, groups.title, groups.columns, groups.frame.head(SHOWN).reset_index(drop=True))
    brief: list[Block] = [Headlines(figures), method, shown]
    return Parts(
        words("supply.subtitle", capacity=capacity, kind=kind),
        brief,
        [Section("facilities", facilities.title, (facilities,))],
        [groups, facilities],
        people_of(m, m.table("supply_points")),
    )
