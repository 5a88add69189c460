"""Reports of simulations: how soon, who waits, how busy, what a change does."""

from __future__ import annotations

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
from geoaccess.words.words import heading


def document(m: Material) -> Document:
    """The report."""
    return question_document(m, parts(m))


def parts(m: Material) -> Parts:
    """What the report says."""
    words, told = m.words, m.facts["simulate"]
    region = told["region"]
    figures = (
        Headline(words.number(100 * region["share_in_time"], 1) + " %", words("simulate.share")),
        Headline(words.number(region["response_p50_min"], 1) + " min", words("simulate.p50")),
        Headline(words.number(region["late_a_year"]), words("simulate.late")),
    )
    response, crews = _response(m), _crews(m)
    tables, brief = [response, crews, _gaps(m), _craft(m)], _brief(m, figures)
    sections = [Section(one.key, one.title, (one,)) for one in (crews, tables[3])]
    if "differences" in m.run.tables:
        changed = _differences(m)
        brief.append(_first(changed))
        tables.append(changed)
    brief.append(_first(response))
    persons = people_of(m, m.table("simulated_points"))
    return Parts(words("simulate.subtitle", years=int(told["years"])), brief, sections, tables, persons)


def _brief(m: Material, figures: tuple[Headline, ...]) -> list[Block]:
    changes = m.facts["simulate"]["changes"]
    return [Headlines(figures), *(Paragraph(one) for one in changes)]


def _first(table: Table) -> Table:
    return Table(table.key, table.title, table.columns, table.frame.head(SHOWN).reset_index(drop=True))


def _response(m: Material) -> Table:
    words, by = m.words, str(m.facts["by"])
    return Table(
        "simulated",
        words("simulate.worst"),
        (
            Column(by, m.group(by)),
            Column("call_class", words("simulate.class")),
            Column("calls_a_year", words("simulate.calls"), Quantity.NUMBER, 1),
            Column("response_p50_min", words("simulate.p50"), Quantity.NUMBER, 1),
            Column("response_p90_min", words("simulate.p90"), Quantity.NUMBER, 1),
            Column("response_p90_within_min", words("simulate.within"), Quantity.NUMBER, 1),
            Column("share_in_time", words("simulate.share"), Quantity.SHARE, 1),
            Column("late_a_year", words("simulate.late"), Quantity.NUMBER, 1),
            Column("lost_a_year", words("simulate.lost"), Quantity.NUMBER, 1),
        ),
        m.table("simulated").sort_values("share_in_time", kind="stable"),
    )


def _crews(m: Material) -> Table:
    words = m.words
    return Table(
        "crews",
        words("simulate.busiest"),
        (
            Column("name", words("simulate.name")),
            Column("unit", words("simulate.unit")),
            Column("busy_share", words("simulate.busy"), Quantity.SHARE, 1),
            Column("missions_a_year", words("simulate.missions"), Quantity.NUMBER),
            Column("km_a_year", words("simulate.km"), Quantity.NUMBER),
            Column("call_hours_a_year", words("simulate.hours"), Quantity.NUMBER),
        ),
        m.table("crews").sort_values(["busy_share", "base_id"], ascending=[False, True]),
    )


def _gaps(m: Material) -> Table:
    words = m.words
    return Table(
        "gaps",
        words("simulate.view.gap"),
        (
            Column("name", words("simulate.name")),
            Column("gap_hours_a_year", words("simulate.hours"), Quantity.NUMBER),
            Column("never_covered", words("simulate.never")),
        ),
        m.table("simulated_points").sort_values(["gap_hours_a_year", "demand_id"], ascending=[False, True]),
    )


def _craft(m: Material) -> Table:
    words, frame = m.words, m.table("craft")
    return Table(
        "craft",
        words("simulate.craft"),
        (
            Column("resource", words("simulate.resource")),
            Column("missions_a_year", words("simulate.missions"), Quantity.NUMBER),
            Column("km_a_year", words("simulate.km"), Quantity.NUMBER),
            Column("km_a_mission", words("simulate.km_mission"), Quantity.NUMBER, 1),
            Column("call_hours_a_year", words("simulate.hours"), Quantity.NUMBER),
        ),
        frame.assign(resource=[heading(m.kind(str(kind))) for kind in frame["resource"]]),
    )


def _differences(m: Material) -> Table:
    words, by = m.words, str(m.facts["by"])
    return Table(
        "differences",
        words("simulate.differences"),
        (
            Column(by, m.group(by)),
            Column("measure", words("simulate.measure")),
            Column("before", words("simulate.before"), Quantity.NUMBER, 3),
            Column("after", words("simulate.after"), Quantity.NUMBER, 3),
            Column("difference", words("simulate.difference"), Quantity.CHANGE, 3),
            Column("difference_within", words("simulate.within"), Quantity.NUMBER, 3),
        ),
        m.table("differences"),
    )
