"""Reports of losses: who is cut off, then whose way is longer."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoaccess.answers.reading import Material, column
from geoaccess.drawing.blocks import (
    Block,
    Column,
    Document,
    Figure,
    Headline,
    Headlines,
    Paragraph,
    Quantity,
    Table,
)
from geoaccess.drawing.question_report import BARS, SHOWN, Parts, people_of, question_document
from geoaccess.questions.losses.answer import worst_of_each
from geoaccess.questions.losses.around_the_clock_folder import ROWS
from geoaccess.questions.losses.report_around_the_clock import day_parts
from geoaccess.words.words import heading

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing


def document(m: Material) -> Document:
    """The report."""
    return question_document(m, parts(m))


def parts(m: Material) -> Parts:
    """What the report says."""
    if ROWS in m.run.tables:
        return day_parts(m)
    words, told = m.words, m.facts["losses"]
    limit = words.number(float(told["threshold_min"]))
    frame = _services(m, m.table("losses"))
    frame = frame.assign(person_hours_lost=frame["person_min_lost"] / 60.0)
    hurting = frame[frame[["person_min_lost", "persons_no_longer_reached"]].sum(axis=1) > 0]
    columns = (
        Column("name", words("losses.name")),
        Column("service", words("column.service")),
        Column("person_hours_lost", words("losses.hours"), Quantity.NUMBER),
        Column("persons_lose", words("column.lose", people=m.people), Quantity.PERSONS),
        Column("persons_newly_beyond", words("losses.beyond", limit=limit), Quantity.PERSONS),
        Column("persons_no_longer_reached", words("column.no_longer"), Quantity.PERSONS),
        Column("worst_loss_min", words("column.worst_loss"), Quantity.NUMBER),
    )
    title, note = words("losses.table"), words("losses.note")
    shown = Table("losses", title, columns, worst_of_each(hurting, SHOWN).reset_index(drop=True), note)
    whole = Table("losses", title, columns, frame.reset_index(drop=True), note)
    blocks: list[Block] = []
    if len(hurting):
        first = {str(key): value for key, value in hurting.iloc[0].items()}
        text = words(
            "losses.sentence",
            name=first["name"],
            service=first["service"],
            hours=words.number(float(first["person_hours_lost"])),
            lose=words.number(float(first["persons_lose"])),
            people=words.weight(m.weight),
        )
        figures = (
            Headline(
                words.number(len(frame["element_id"].unique())),
                words("losses.tried", families=_taken(m, frame)),
            ),
            Headline(words.number(len(hurting["element_id"].unique())), words("losses.hurting")),
        )
        blocks += [Headlines(figures), Paragraph(text), _bars(m, hurting.head(BARS))]
    scenario = m.scenario(str(told["scenario"]))
    subtitle = words("losses.subtitle", scenario=scenario)
    return Parts(subtitle, [*blocks, shown], [], [whole], people_of(m, m.table("loss_points")))


def _bars(m: Material, rows: pd.DataFrame) -> Figure:
    names = [f"{name} ({service})" for name, service in zip(rows["name"], rows["service"], strict=True)]
    hours = column(rows, "person_hours_lost")
    told = "; ".join(
        m.words("losses.bar", name=name, hours=m.words.number(value))
        for name, value in zip(names, hours, strict=True)
    )
    return Figure(
        caption=m.words("losses.caption"),
        alt=m.words("losses.alt", told=told),
        draw=_draw_bars(m, names, [value if math.isfinite(value) else 0.0 for value in hours]),
    )


def _draw_bars(m: Material, names: list[str], hours: list[float]) -> Callable[[], Drawing]:
    from geoaccess.drawing.plots import bars  # noqa: PLC0415

    return partial(bars, m.words, names, np.asarray(hours), m.words("losses.hours"))


def _taken(m: Material, frame: pd.DataFrame) -> str:
    """The families that were taken out, in words."""
    families = dict.fromkeys(one for told in frame["family"] for one in str(told).split(" + "))
    return ", ".join(m.words(f"maps.losses.family.{family}") for family in families)


def _services(m: Material, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with what its times are to in words."""
    known = m.facts.get("kinds", {})
    told = [m.kind(str(kind)) if kind in known else m.words("compare.response") for kind in frame["kind"]]
    return frame.assign(service=[heading(text) for text in told])
