"""The standard table of reports: today, in five, ten and fifteen years, the roads and services as they are.

Only the people change: every figure is the minutes of the answer over the people of the year.
"""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np
import pandas as pd

from geoaccess.answers.reading import Material, column
from geoaccess.answers.years import FACT, TABLE
from geoaccess.drawing.blocks import Block, Column, Paragraph, Quantity, Section, Table
from geoaccess.ground.measures import persons_within, summarise
from geoaccess.questions.placement.report import weight
from geoaccess.words.words import heading


def has_years(m: Material) -> bool:
    """Whether the answer tells the people of other years: its study has a projection."""
    return not m.table(TABLE).empty


def years_section(m: Material) -> list[Section]:
    """The section of a report; none where the study has no projection."""
    if not has_years(m):
        return []
    blocks: list[Block] = [Paragraph(m.words("years.lead"))]
    if m.has_times:
        blocks.append(times_by_year(m))
    if m.has_placement:
        blocks.append(placement_by_year(m))
    blocks.append(Paragraph(origin(m), small=True))
    return [Section("years", m.words("years.title"), tuple(blocks))]


def years_tables(m: Material) -> list[Table]:
    """The same in full, for spreadsheets and CSV."""
    if not has_years(m):
        return []
    return [
        *([times_by_year(m)] if m.has_times else []),
        *([placement_by_year(m)] if m.has_placement else []),
    ]


def origin(m: Material) -> str:
    """Where the people of other years come from, and which years or weights are not told."""
    told = m.facts.get(FACT, {})
    parts = [m.words("years.source", source=told.get("source", ""))]
    if told.get("unchanged"):
        names = m.words.joined([m.words.weight(name) for name in told["unchanged"]])
        parts.append(m.words("years.unchanged", names=names))
    parts += [m.words("years.left_out", year=year, why=why) for year, why in told.get("left_out", {}).items()]
    return " ".join(parts)


def people_in(m: Material, points: pd.DataFrame) -> dict[int, pd.DataFrame]:
    """Year -> the weights of demand points, in their order."""
    table = m.table(TABLE)
    return {
        int(str(year)): rows.set_index("demand_id").reindex(points["demand_id"])[list(m.weights)]
        for year, rows in table.groupby("year", sort=True)
    }


def within(points: pd.DataFrame, codes: Collection[str] | None) -> pd.DataFrame:
    """The points of some municipalities; of all without any."""
    if codes is None:
        return points
    return points[points["municipality_code"].astype(str).isin(set(codes))].reset_index(drop=True)


def times_by_year(m: Material, codes: Collection[str] | None = None) -> Table:
    """One row per service and year, in the first state: how many people, how far, how many beyond the limit.

    Args:
        m: the answer.
        codes: the municipalities counted; all without any.
    """
    rows = []
    for kind in m.kinds:
        points = within(m.points(kind, m.scenarios[0]), codes)
        minutes = column(points, "travel_time_min")
        limit = max(m.thresholds(kind), default=math.nan)
        for year, people in people_in(m, points).items():
            row: dict[str, object] = {
                "kind": kind,
                "service": heading(m.kind(kind)),
                "year": str(year),
                "limit": limit,
            }
            row |= summarise(minutes, column(people, m.weight))
            for name in m.weights:
                persons = column(people, name)
                row[name] = persons.sum()
                beyond = persons.sum() - persons_within(minutes, persons, limit)
                row[f"beyond_{name}"] = beyond if math.isfinite(limit) else math.nan
            rows.append(row)
    frame = pd.DataFrame(rows)
    return Table(
        key="years",
        title=m.words("years.times", people=m.words.weight(m.weight)),
        columns=(
            Column("service", m.words("column.service")),
            Column("year", m.words("column.year")),
            *_people(m),
            Column("mean_min", m.words("column.mean"), Quantity.MINUTES, 1),
            Column("median_min", m.words("column.median"), Quantity.MINUTES),
            Column("p90_min", m.words("column.p90"), Quantity.MINUTES),
            *_beyond(m, frame["limit"].dropna().unique().tolist()),
        ),
        frame=frame,
        note=m.words("years.note"),
    )


def people_of_area(m: Material, codes: Collection[str]) -> Table:
    """For a factsheet: a column a year; its people, and how many of the last weight are beyond each limit.

    Within a municipality people live as they do today, so its mean and median stay; what grows is how many.
    """
    points = within(m.points(m.kinds[0], m.scenarios[0]) if m.has_times else m.table("placement"), codes)
    years = people_in(m, points)
    rows: list[dict[str, object]] = [
        {"measure": heading(m.words.weight(name))}
        | {str(year): people[name].sum() for year, people in years.items()}
        for name in m.weights
    ]
    if not m.has_placement:  # with one the page is full, and the placement is its subject
        rows += [_beyond_row(m, kind, codes) for kind in m.kinds if m.thresholds(kind)]
    return Table(
        key="factsheet-years",
        title=m.words("years.people_only" if m.has_placement else "years.people"),
        columns=(
            Column("measure", m.words("column.measure")),
            *(Column(str(year), str(year), Quantity.PERSONS) for year in years),
        ),
        frame=pd.DataFrame(rows),
    )


def _beyond_row(m: Material, kind: str, codes: Collection[str]) -> dict[str, object]:
    """People of the last weight, the oldest as a rule, beyond the longest limit of a kind in each year."""
    name, limit = m.weights[-1], max(m.thresholds(kind))
    points = within(m.points(kind, m.scenarios[0]), codes)
    minutes = column(points, "travel_time_min")
    told = m.words("years.beyond", people=m.words.weight(name), limit=m.words.number(limit))
    row: dict[str, object] = {"measure": f"{heading(m.kind(kind))}: {told}"}
    for year, people in people_in(m, points).items():
        persons = column(people, name)
        row[str(year)] = persons.sum() - persons_within(minutes, persons, limit)
    return row


def _people(m: Material) -> tuple[Column, ...]:
    return tuple(Column(name, heading(m.words.weight(name)), Quantity.PERSONS) for name in m.weights)


def _beyond(m: Material, limits: list[float]) -> tuple[Column, ...]:
    """How many of every weight are beyond the longest limit; where limits differ, they stand beside."""
    told = {name: heading(m.words.weight(name)) for name in m.weights}
    if len(limits) == 1:
        limit = m.words.number(limits[0])
        headings = {name: m.words("years.beyond", people=told[name], limit=limit) for name in told}
    else:
        headings = {name: m.words("years.beyond_limit", people=told[name]) for name in told}
    beside = (Column("limit", m.words("column.class_limit"), Quantity.NUMBER),) if len(limits) > 1 else ()
    counted = (Column(f"beyond_{name}", text, Quantity.PERSONS) for name, text in headings.items())
    return (*beside, *counted) if limits else ()


def placement_by_year(m: Material, codes: Collection[str] | None = None) -> Table:
    """One row per year: the mean before and after the placement, and how many are beyond their limit.

    Args:
        m: the answer.
        codes: the municipalities counted; all without any.
    """
    points = within(m.table("placement"), codes)
    limit, counted = column(points, "threshold_min"), weight(m)
    rows = []
    for year, people in people_in(m, points).items():
        row: dict[str, object] = {"year": str(year)}
        persons = column(people, counted)
        row |= {name: float(people[name].sum()) for name in m.weights}
        for state in ("before", "after"):
            minutes = column(points, f"{state}_min")
            row[f"mean_{state}"] = summarise(minutes, persons)["mean_min"]
            row[f"beyond_{state}"] = float(persons[~(minutes <= limit)].sum())
        rows.append(row)
    beyond: tuple[Column, ...] = ()
    if limit.size and np.isfinite(limit).all():
        beyond = tuple(
            Column(
                f"beyond_{state}",
                m.words(f"years.beyond_{state}", people=heading(m.words.weight(counted))),
                Quantity.PERSONS,
            )
            for state in ("before", "after")
        )
    return Table(
        key="years-placement",
        title=m.words("years.placement", time=heading(m.time)),
        columns=(
            Column("year", m.words("column.year")),
            *_people(m),
            Column("mean_before", m.words("column.mean_before"), Quantity.MINUTES, 2),
            Column("mean_after", m.words("column.mean_after"), Quantity.MINUTES, 2),
            *beyond,
        ),
        frame=pd.DataFrame(rows),
        note=m.words("years.placement_note"),
    )
