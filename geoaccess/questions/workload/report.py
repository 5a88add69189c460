"""Reports of workload: how busy crews are, who is reached in time."""

from __future__ import annotations

from geoaccess.answers.reading import Material
from geoaccess.drawing.blocks import Column, Document, Headline, Headlines, Quantity, Section, Table
from geoaccess.drawing.question_report import SHOWN, Parts, people_of, question_document


def document(m: Material) -> Document:
    """The report."""
    return question_document(m, parts(m))


def parts(m: Material) -> Parts:
    """What the report says."""
    words, region = m.words, m.facts["workload"]["region"]
    by = str(m.facts["by"])
    figures = (
        Headline(words.number(100 * region["share_in_time"], 1) + " %", words("simulate.share")),
        Headline(words.number(region["response_mean_min"], 1) + " min", words("workload.mean")),
    )
    groups = Table(
        "workload",
        words("simulate.worst"),
        (
            Column(by, m.group(by)),
            Column("calls_a_year", words("simulate.calls"), Quantity.NUMBER, 1),
            Column("share_in_time", words("simulate.share"), Quantity.SHARE, 1),
            Column("response_mean_min", words("workload.mean"), Quantity.NUMBER, 1),
        ),
        m.table("workload").sort_values("share_in_time", kind="stable"),
    )
    crews = Table(
        "crews",
        words("simulate.busiest"),
        (
            Column("name", words("simulate.name")),
            Column("unit", words("simulate.unit")),
            Column("busy_share", words("simulate.busy"), Quantity.SHARE, 1),
        ),
        m.table("crews").sort_values(["busy_share", "base_id"], ascending=[False, True]),
    )
    first = Table(groups.key, groups.title, groups.columns, groups.frame.head(SHOWN).reset_index(drop=True))
    return Parts(
        words("workload.subtitle"),
        [Headlines(figures), first],
        [Section("crews", crews.title, (crews,))],
        [groups, crews],
        people_of(m, m.table("workload_points")),
    )
