"""Reports of a frontier: the value of each further site."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from geoaccess.answers.reading import Material, column
from geoaccess.drawing.blocks import (
    Block,
    Column,
    Document,
    Figure,
    Paragraph,
    Quantity,
    Table,
)
from geoaccess.drawing.question_report import Parts, people_of, question_document

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing


def document(m: Material) -> Document:
    """The report."""
    return question_document(m, parts(m))


def parts(m: Material) -> Parts:
    """What the report says."""
    words, told = m.words, m.facts["frontier"]
    kind = m.kind(str(told["facility"]), plural=True)
    frame = m.table("frontier").assign(
        verdict=[words.known(f"status.{status}", str(status)) for status in m.table("frontier")["status"]]
    )
    first, last = ({str(key): value for key, value in frame.iloc[at].items()} for at in (0, len(frame) - 1))
    proven = bool((frame["status"] == "optimal").all())
    posts = bool(told.get("in_posts"))
    axis = "budget_posts" if posts else "sites"
    text = words(
        "frontier.sentence.posts" if posts else "frontier.sentence",
        first=words.number(first[axis]),
        last=words.number(last[axis]),
        kind=kind,
        before=words.duration(first["mean_min"], 1),
        after=words.duration(last["mean_min"], 1),
    )
    proof = words("frontier.proven" if proven else "frontier.not_proven")
    table = Table(
        key="frontier",
        title=words("frontier.table"),
        columns=(
            *([Column("budget_posts", words("frontier.sites.posts"), Quantity.NUMBER)] if posts else []),
            *([Column("posts", words("frontier.posts_taken"), Quantity.NUMBER, 1)] if posts else []),
            Column("sites", words("frontier.sites"), Quantity.NUMBER),
            Column("mean_min", words("column.mean"), Quantity.MINUTES, 2),
            Column("gain_min", words("frontier.gain"), Quantity.NUMBER, 2),
            Column("p90_min", words("column.p90"), Quantity.MINUTES, 1),
            Column("worst_min", words("column.farthest"), Quantity.MINUTES),
            Column("persons_unreachable", words("column.unreachable"), Quantity.PERSONS),
            Column("opened", words("frontier.opened")),
            Column("closed", words("frontier.closed")),
            Column("verdict", words("proof.status")),
        ),
        frame=frame,
        note=words("frontier.note.posts" if posts else "frontier.note"),
    )
    curve = Figure(
        caption=words("frontier.caption.posts" if posts else "frontier.caption"),
        alt=words("frontier.alt", told=_told_steps(m, frame, axis)),
        draw=_curve(m, frame, axis),
    )
    brief: list[Block] = [Paragraph(f"{text} {proof}"), curve, table]
    persons = people_of(m, m.table("frontier_points"))
    subtitle = words("frontier.subtitle.posts" if posts else "frontier.subtitle", kind=kind)
    return Parts(subtitle, brief, [], [table], persons)


def _told_steps(m: Material, frame: pd.DataFrame, axis: str) -> str:
    pairs = zip(column(frame, axis), column(frame, "mean_min"), strict=True)
    return "; ".join(
        m.words("frontier.step", sites=m.words.number(sites), mean=m.words.number(mean, 1))
        for sites, mean in pairs
    )


def _curve(m: Material, frame: pd.DataFrame, axis: str) -> Callable[[], Drawing]:
    from geoaccess.drawing.plots import steps  # noqa: PLC0415 - plots need matplotlib, spreadsheets do not

    label = m.words("frontier.sites.posts" if axis == "budget_posts" else "frontier.sites")
    return partial(steps, m.words, column(frame, axis), column(frame, "mean_min"), label)
