"""What a report of a comparison tells of the day: hours without a way, minutes, and people by the hour."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from geoaccess.answers.day_tables import rows_where
from geoaccess.answers.reading import Material, column
from geoaccess.drawing.blocks import Block, Column, Figure, Quantity, Section, Table
from geoaccess.drawing.question_report import SHOWN
from geoaccess.questions.comparison.around_the_clock import GROUPS, HOURS, REGION
from geoaccess.questions.comparison.over_day import IF_SAILS
from geoaccess.words.words import heading

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing


def day_section(m: Material, a: str, b: str) -> tuple[list[Section], list[Table]]:
    """The section of the day and its tables in full; nothing where the runs do not tell it."""
    if m.table(REGION).empty:
        return [], []
    words = m.words
    region = _table(m, m.table(REGION), "comparison-day", words("compare.day.table", a=a, b=b), where=False)
    groups = m.table(GROUPS)
    moved = groups[["persons_lose", "persons_gain"]].sum(axis=1) > 0
    groups = groups[moved].sort_values(
        ["person_hours_without_way_added", "person_min_lost_mean"], ascending=False, kind="stable"
    )
    title = words("compare.day.municipalities")
    whole = _table(m, groups.reset_index(drop=True), "comparison-day-municipalities", title, where=True)
    blocks: list[Block] = [region]
    blocks += [_by_hour(m, str(kind), a, b) for kind in dict.fromkeys(m.table(HOURS)["kind"])]
    if len(groups):
        blocks.append(_table(m, groups.head(SHOWN).reset_index(drop=True), whole.key, title, where=True))
    return [Section("over-the-day", words("compare.day.title"), tuple(blocks))], [region, whole]


def _table(m: Material, frame: pd.DataFrame, key: str, title: str, *, where: bool) -> Table:
    words = m.words
    frame = frame.assign(
        service=[heading(_kind(m, str(kind))) for kind in frame["kind"]],
        lost_hours=frame["person_min_lost_mean"] / 60.0,
        gained_hours=frame["person_min_gained_mean"] / 60.0,
    )
    place = (Column("municipality", m.group("municipality")),) if where else ()
    columns = (
        *place,
        Column("service", words("column.service")),
        Column("person_hours_without_way_added", words("compare.day.hours_added"), Quantity.NUMBER),
        Column("person_hours_without_way_saved", words("compare.day.hours_saved"), Quantity.NUMBER),
        Column("lost_hours", words("compare.day.mean_lost"), Quantity.NUMBER),
        Column("gained_hours", words("compare.day.mean_gained"), Quantity.NUMBER),
        Column("persons_lose", words("column.lose", people=m.people), Quantity.PERSONS),
        Column("persons_gain", words("column.gain", people=m.people), Quantity.PERSONS),
        Column("persons_changed_assumed", words("compare.day.assumed"), Quantity.PERSONS),
        Column("persons_changed_night_unknown", words("compare.day.night"), Quantity.PERSONS),
        Column(f"person_hours_without_way_added{IF_SAILS}", words("compare.day.if_sails"), Quantity.NUMBER),
    )
    return Table(key, title, columns, frame, words("compare.day.note.table"))


def _kind(m: Material, kind: str) -> str:
    return m.kind(kind) if kind in m.facts.get("kinds", {}) else m.words("compare.response")


def _by_hour(m: Material, kind: str, a: str, b: str) -> Figure:
    """People within the longest threshold in both states, and hours lost and gained, by the hour."""
    rows = rows_where(m.table(HOURS), kind=kind).sort_values("hour")
    told = m.words(
        "compare.day.alt",
        a=m.words.number(float(rows["persons_within_a"].min())),
        b=m.words.number(float(rows["persons_within_b"].min())),
    )
    return Figure(
        caption=m.words("compare.day.caption", kind=_kind(m, kind)),
        alt=told,
        draw=partial(_draw, m, rows, a, b),
    )


def _draw(m: Material, rows: pd.DataFrame, a: str, b: str) -> Drawing:
    from geoaccess.drawing.report_hours_plot import hourly_curves  # noqa: PLC0415 - needs matplotlib

    words = m.words
    return hourly_curves(
        words,
        [
            (
                words("compare.day.within"),
                [(a, column(rows, "persons_within_a")), (b, column(rows, "persons_within_b"))],
            ),
            (
                words("compare.day.hours"),
                [
                    (words("compare.day.lost"), column(rows, "person_min_lost_p50") / 60.0),
                    (words("compare.day.gained"), column(rows, "person_min_gained_p50") / 60.0),
                ],
            ),
        ],
    )
