"""Reports of reliability: the chance to be reached in time over a year of closures."""

from __future__ import annotations

import pandas as pd

from geoaccess.answers.reading import Material
from geoaccess.drawing.blocks import Block, Column, Document, Quantity, Table
from geoaccess.drawing.question_report import SHOWN, Parts, people_of, question_document
from geoaccess.words.words import heading


def document(m: Material) -> Document:
    """The report."""
    return question_document(m, parts(m))


def parts(m: Material) -> Parts:
    """What the report says: everybody, kind by kind, whom the hazards hit, and what is assumed of them."""
    words, told = m.words, m.facts["reliability"]
    by, limit = str(m.facts["by"]), words.number(float(told["threshold_min"]))
    region = pd.DataFrame(told["region"])
    region = region.assign(
        service=[heading(m.kind(str(kind))) for kind in region["kind"]],
        persons=float(m.table("reliability")["persons"].sum()),
    )
    whole = Table(
        "reliability",
        words("reliability.table", limit=limit),
        (Column("service", words("column.service")), *_figures(m)),
        region,
        words("reliability.note"),
    )
    brief, every = [whole], [whole]
    rows = m.table("reliability")
    for number, kind in enumerate(told["kinds"]):
        here = rows[rows["kind"].astype(str) == kind]
        here = here.sort_values(["share_reached", "share_within"], kind="stable").reset_index(drop=True)
        title = words("reliability.hit", kind=m.kind(kind))
        columns = (Column(by, m.group(by)), *_figures(m))
        brief.append(Table(f"reliability-{number}", title, columns, here.head(SHOWN)))
        every.append(Table(f"reliability-{number}", title, columns, here))
    hazards = Table(
        "hazards",
        words("reliability.hazards"),
        (
            Column(_told(m, "hazard"), words("reliability.hazard")),
            Column(_told(m, "how_often"), words("reliability.how_often")),
            Column("source", words("reliability.source")),
        ),
        m.table("hazards"),
    )
    persons = people_of(m, m.table("reliability_points"))
    subtitle = words("reliability.subtitle")
    return Parts(subtitle, list[Block]([*brief, hazards]), [], [*every, hazards], persons)


def _told(m: Material, name: str) -> str:
    """The column of hazards in the language of the report, where the answer has it."""
    own = f"{name}_{m.words.language.value}"
    return own if own in m.table("hazards") else name


def _figures(m: Material) -> tuple[Column, ...]:
    words = m.words
    return (
        Column("share_within_base", words("reliability.base"), Quantity.SHARE, 1),
        Column("share_within", words("reliability.year"), Quantity.SHARE, 1),
        Column("worst_week_share_within", words("reliability.worst"), Quantity.SHARE, 1),
        Column("share_reached", words("reliability.reached"), Quantity.SHARE, 1),
        Column("expected_min", words("column.mean"), Quantity.MINUTES, 1),
    )
