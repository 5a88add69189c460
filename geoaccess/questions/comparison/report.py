"""Reports of comparisons: who gains and who loses."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from geoaccess.answers.reading import Material
from geoaccess.drawing.blocks import (
    Block,
    Column,
    Document,
    Paragraph,
    Quantity,
    Section,
    Table,
)
from geoaccess.drawing.question_report import SHOWN, Parts, people_of, question_document
from geoaccess.questions.comparison.inputs import called
from geoaccess.questions.comparison.report_around_the_clock import day_section
from geoaccess.words.words import heading

if TYPE_CHECKING:
    pass


def document(m: Material) -> Document:
    """The report."""
    return question_document(m, parts(m))


def parts(m: Material) -> Parts:
    """What the report says."""
    told, words = m.facts["compare"], m.words
    a, b = (called(told, letter, m.words.language.value) for letter in "ab")
    region, groups = (_services(m, m.table(f"comparison_{part}")) for part in ("region", "groups"))
    sentences = [_gains(m, row) for row in region.to_dict(orient="records")]
    main = Table(
        key="comparison",
        title=words("compare.table", a=a, b=b),
        columns=(Column("service", words("column.service")), *change_columns(m)),
        frame=region,
        note=words("table.changes.note"),
    )
    moved = groups["person_min_lost"] + groups["person_min_gained"]
    unreached = groups["persons_no_longer_reached"] + groups["persons_newly_reached"]
    groups = groups.assign(moved=moved, unreached=unreached)
    groups = groups[(moved > 0) | (unreached > 0)]
    groups = groups.sort_values(["unreached", "moved"], ascending=False, kind="stable").reset_index(drop=True)
    municipalities = Table(
        key="comparison-municipalities",
        title=words("compare.municipalities"),
        columns=(
            Column("municipality", m.group("municipality")),
            Column("service", words("column.service")),
            *change_columns(m),
        ),
        frame=groups,
        note=words("table.group_changes.note"),
    )
    shown = Table(
        municipalities.key,
        municipalities.title,
        municipalities.columns,
        groups.head(SHOWN),
        municipalities.note,
    )
    blocks: list[Block] = [*(Paragraph(text) for text in sentences), main]
    where = Section("municipalities", words("compare.where"), (shown,))
    subtitle = words("compare.subtitle", a=a, b=b)
    day, day_tables = day_section(m, a, b)
    tables = [main, municipalities, *day_tables]
    return Parts(subtitle, blocks, [where, *day], tables, people_of(m, m.table("comparison")))


def _services(m: Material, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with what its times are to in words."""
    known = m.facts.get("kinds", {})
    told = [m.kind(str(kind)) if kind in known else m.words("compare.response") for kind in frame["kind"]]
    return frame.assign(service=[heading(text) for text in told])


def _gains(m: Material, row: Mapping[object, object]) -> str:
    """Who gains and who loses by one service, in a sentence or two."""
    value = {str(name): figure for name, figure in row.items()}
    number = partial(_number, m, value)
    text = m.words(
        "compare.sentence",
        service=value["service"],
        gain=number("persons_gain"),
        lose=number("persons_lose"),
        people=m.words.weight(m.weight),
    )
    turned = [
        m.words(f"gains.{name}", number=number(name), people=m.words.weight(m.weight))
        for name in ("persons_newly_reached", "persons_no_longer_reached")
        if float(str(value[name])) > 0
    ]
    return " ".join([text, *turned])


def _number(m: Material, values: Mapping[str, object], name: str) -> str:
    return m.words.number(float(str(values[name])))


def change_columns(m: Material) -> tuple[Column, ...]:
    """Who loses and gains, and how much."""
    return (
        Column("persons_lose", m.words("column.lose", people=m.people), Quantity.PERSONS),
        Column("persons_gain", m.words("column.gain", people=m.people), Quantity.PERSONS),
        Column("change_mean_min", m.words("column.change_mean"), Quantity.CHANGE, 1),
        Column("worst_loss_min", m.words("column.worst_loss"), Quantity.NUMBER, 0),
        Column("persons_no_longer_reached", m.words("column.no_longer"), Quantity.PERSONS),
        Column("persons_newly_reached", m.words("column.newly"), Quantity.PERSONS),
    )
