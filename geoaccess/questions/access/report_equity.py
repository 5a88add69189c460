"""The part of a report that tells how unequally minutes are spread."""

from __future__ import annotations

from geoaccess.answers.reading import Material
from geoaccess.drawing.blocks import Column, Paragraph, Quantity, Section, Table
from geoaccess.words.words import heading


def equity_section(m: Material) -> list[Section]:
    """The measures of inequality, where the answer has them."""
    tables = equity_tables(m)
    if not tables:
        return []
    words, asked = m.words, m.facts["equity"]
    sources = asked["sources"]
    told = (
        Paragraph(words("equity.sentence")),
        Paragraph(
            words(
                "equity.kolm_pollak",
                aversion=asked["kolm_pollak_aversion_per_min"],
                source=sources["kolm_pollak_min"],
            )
        ),
        Paragraph(words("equity.atkinson", aversion=asked["atkinson_aversion"], source=sources["atkinson"])),
    )
    return [Section("equity", words("equity.title"), (*told, *tables))]


def equity_tables(m: Material) -> list[Table]:
    """One row per service, scenario and weight; none where the answer has no such table."""
    if "equity" not in m.facts:
        return []
    frame, words = m.table("equity"), m.words
    frame = frame.assign(
        service=[heading(m.kind(str(kind))) for kind in frame["kind"]],
        state=[m.scenario(str(name)) for name in frame["scenario"]],
        who=[heading(words.weight(str(name))) for name in frame["weight"]],
    )
    columns = (
        Column("service", words("column.service")),
        Column("state", words("column.scenario")),
        Column("who", words("equity.column.who")),
        Column("persons_reached", words("equity.column.reached"), Quantity.PERSONS),
        Column("persons_unreachable", words("equity.column.unreachable"), Quantity.PERSONS),
        Column("gini", words("equity.column.gini"), Quantity.NUMBER, 3),
        Column("theil_between", words("equity.column.theil_between"), Quantity.NUMBER, 3),
        Column("theil_within", words("equity.column.theil_within"), Quantity.NUMBER, 3),
        Column("palma", words("equity.column.palma"), Quantity.NUMBER, 2),
        Column("worst_tenth_share", words("equity.column.worst_tenth"), Quantity.SHARE),
        Column("atkinson", words("equity.column.atkinson"), Quantity.NUMBER, 3),
        Column("kolm_pollak_min", words("equity.column.kolm_pollak"), Quantity.NUMBER, 1),
        Column("inequality_price_min", words("equity.column.price"), Quantity.NUMBER, 1),
    )
    return [Table("equity", words("equity.title"), columns, frame)]
