"""Who gains by a placement, who loses, and who is still far away."""

from __future__ import annotations

from functools import partial

import pandas as pd

from geoaccess.answers.reading import Material, column, worst_first
from geoaccess.drawing.blocks import Block, Column, Figure, Paragraph, Quantity, SideBySide, Table
from geoaccess.drawing.question_report import WORST_SHOWN
from geoaccess.questions.comparison.answer import change_figures
from geoaccess.questions.placement.report import people, weight
from geoaccess.words.figures import changes


def gain_blocks(m: Material) -> list[Block]:
    """Who gains, who loses, and who is still worst off."""
    points = m.table("placement")
    figures = change_figures(
        column(points, "before_min"), column(points, "after_min"), column(points, weight(m))
    )
    told = m.words.weight(weight(m))
    parts = [
        m.words(
            "gains.sentence",
            gain=m.words.number(figures["persons_gain"]),
            lose=m.words.number(figures["persons_lose"]),
            people=told,
            gained=m.words.number(figures["person_min_gained"] / 60.0),
            lost=m.words.number(figures["person_min_lost"] / 60.0),
        )
    ]
    parts += [
        m.words(f"gains.{name}", number=m.words.number(figures[name]), people=told)
        for name in ("persons_newly_reached", "persons_no_longer_reached")
        if figures[name] > 0
    ]
    net = figures["person_min_gained"] - figures["person_min_lost"]
    turn = "saved" if net >= 0 else "lost"
    parts.insert(1, m.words(f"gains.net_{turn}", hours=m.words.number(abs(net) / 60.0)))
    blocks: list[Block] = [Paragraph(" ".join(parts))]
    table = municipalities_table(m)
    moved = table.frame[table.frame["gain_person_hours"].abs() > 0]
    if len(moved):
        most = moved["gain_person_hours"].abs().sort_values(ascending=False, kind="stable")
        blocks.append(SideBySide((_dumbbells(m, moved.loc[most.index].head(WORST_SHOWN)),)))
    gaining = moved[moved["gain_person_hours"] > 0].head(WORST_SHOWN)
    if len(gaining):
        blocks.append(
            Table("gains", m.words("table.gains"), _gain_columns(m), gaining, m.words("table.gains.note"))
        )
    losing = table.frame[table.frame["gain_person_hours"] < 0].sort_values("gain_person_hours")
    if len(losing):
        blocks.append(Table("losses", m.words("table.losing"), _gain_columns(m), losing.head(WORST_SHOWN)))
    blocks.append(still_worst_table(m))
    return blocks


def _dumbbells(m: Material, top: pd.DataFrame) -> Figure:
    from geoaccess.drawing.plots import dumbbells  # noqa: PLC0415

    rows = [
        (str(row["municipality"]), float(row["mean_before_min"]), float(row["mean_after_min"]))
        for row in top.to_dict(orient="records")
    ]
    told = "; ".join(
        m.words("dumbbells.row", name=name, before=m.words.number(before, 1), after=m.words.number(after, 1))
        for name, before, after in rows
    )
    return Figure(
        caption=m.words("dumbbells.caption", time=m.time),
        alt=m.words("dumbbells.alt", told=told),
        draw=partial(dumbbells, m.words, rows),
    )


def _gain_columns(m: Material) -> tuple[Column, ...]:
    return (
        Column("municipality", m.group("municipality")),
        Column("persons", people(m), Quantity.PERSONS),
        Column("mean_before_min", m.words("column.mean_before"), Quantity.MINUTES, 1),
        Column("mean_after_min", m.words("column.mean_after"), Quantity.MINUTES, 1),
        Column("mean_change_min", m.words("column.change"), Quantity.CHANGE, 1),
        Column("gain_person_hours", m.words("column.person_hours"), Quantity.CHANGE, 0),
    )


def municipalities_table(m: Material) -> Table:
    """Every municipality before and after, the largest gain first."""
    frame = m.table("placement_municipalities")
    frame = frame.assign(
        gain_person_hours=frame["gain_person_min"] / 60.0,
        mean_change_min=changes(frame["mean_before_min"], frame["mean_after_min"], 1),
    ).sort_values("gain_person_min", ascending=False, kind="stable")
    extra = tuple(
        Column(f"{name}_{state}_min", m.words(f"column.{name}_{state}"), Quantity.MINUTES, 1)
        for name in ("median", "p90")
        for state in ("before", "after")
    )
    return Table(
        key="placement-municipalities",
        title=m.words("table.placement_municipalities"),
        columns=(*_gain_columns(m), *extra),
        frame=frame.reset_index(drop=True),
    )


def still_worst_table(m: Material) -> Table:
    """The municipalities with the longest times after the placement."""
    frame = m.table("placement_municipalities")
    return Table(
        key="still-worst",
        title=m.words("table.still_worst"),
        columns=(
            Column("municipality", m.group("municipality")),
            Column("persons", people(m), Quantity.PERSONS),
            Column("median_after_min", m.words("column.median_after"), Quantity.MINUTES),
            Column("p90_after_min", m.words("column.p90_after"), Quantity.MINUTES),
            Column("mean_before_min", m.words("column.mean_before"), Quantity.MINUTES),
            Column("mean_after_min", m.words("column.mean_after"), Quantity.MINUTES),
        ),
        frame=worst_first(frame, ["p90_after_min", "mean_after_min"]).head(WORST_SHOWN),
        note=m.words("table.still_worst.note"),
    )
