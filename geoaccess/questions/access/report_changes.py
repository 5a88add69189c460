"""What other states of the world do to people's times: who loses, who gains, persons and minutes."""

from __future__ import annotations

import pandas as pd

from geoaccess.answers.reading import Material, column
from geoaccess.drawing.blocks import Block, Column, Paragraph, Section, Table
from geoaccess.drawing.question_report import WORST_SHOWN
from geoaccess.questions.comparison.answer import change_figures
from geoaccess.questions.comparison.report import change_columns
from geoaccess.words.words import heading


def changes_section(m: Material) -> Section:
    """From the first state to each of the others."""
    blocks: list[Block] = [Paragraph(m.words("changes.lead", first=m.scenario(m.scenarios[0])))]
    blocks += [region_changes(m), *group_changes(m, most=WORST_SHOWN)]
    return Section("changes", m.words("changes.title"), tuple(blocks))


def region_changes(m: Material) -> Table:
    """One row per service and state."""
    rows = [
        {
            "service": heading(m.kind(kind)),
            "state": m.scenario(scenario),
            **_figures(_paired(m, kind, scenario)),
        }
        for kind in m.kinds
        for scenario in m.scenarios[1:]
    ]
    return Table(
        key="changes",
        title=m.words("table.changes", first=m.scenario(m.scenarios[0])),
        columns=(
            Column("service", m.words("column.service")),
            Column("state", m.words("column.scenario")),
            *change_columns(m),
        ),
        frame=pd.DataFrame(rows),
        note=m.words("table.changes.note"),
    )


def group_changes(m: Material, *, most: int = 0) -> list[Table]:
    """The municipalities whose people lose or gain most, one table per state; ``most`` 0 is all of them."""
    tables = []
    for number, scenario in enumerate(m.scenarios[1:], start=1):
        rows = []
        for kind in m.kinds:
            pairs = _paired(m, kind, scenario)
            for code, group in pairs.groupby("municipality_code", sort=True):
                figures = _figures(group)
                rows.append(
                    {"municipality": m.municipality(code), "service": heading(m.kind(kind)), **figures}
                )
        frame = pd.DataFrame(rows)
        moved = frame["person_min_lost"] + frame["person_min_gained"]
        unreached = frame["persons_no_longer_reached"] + frame["persons_newly_reached"]
        frame = frame.assign(moved=moved, unreached=unreached)
        frame = frame[(moved > 0) | (unreached > 0)].sort_values(
            ["unreached", "moved"], ascending=False, kind="stable"
        )
        tables.append(
            Table(
                key=f"changes-{number}",
                title=m.words("table.group_changes", scenario=m.scenario(scenario)),
                columns=(
                    Column("municipality", m.group("municipality")),
                    Column("service", m.words("column.service")),
                    *change_columns(m),
                ),
                frame=(frame.head(most) if most else frame).reset_index(drop=True),
                note=m.words("table.group_changes.note"),
            )
        )
    return tables


def _paired(m: Material, kind: str, scenario: str) -> pd.DataFrame:
    """The demand points with their time in the first state and in another."""
    first, other = m.points(kind, m.scenarios[0]), m.points(kind, scenario)
    return first[["demand_id", "municipality_code", m.weight, "travel_time_min"]].merge(
        other[["demand_id", "travel_time_min"]],
        on="demand_id",
        suffixes=("_before", "_after"),
        validate="one_to_one",
    )


def _figures(pairs: pd.DataFrame) -> dict[str, float]:
    weight = pairs.columns[2]
    return change_figures(
        column(pairs, "travel_time_min_before"), column(pairs, "travel_time_min_after"), column(pairs, weight)
    )
