"""What a report tells of every moment of a day: people and places by the hour, and how sure it is."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from geoaccess.answers.day_tables import DayTables
from geoaccess.answers.reading import Material, column
from geoaccess.drawing.blocks import (
    Block,
    Callout,
    Column,
    Figure,
    Listing,
    Paragraph,
    Quantity,
    Section,
    Table,
)
from geoaccess.ground.arrays import FloatArray
from geoaccess.words.clock_times import clock_time
from geoaccess.words.note import note_in
from geoaccess.words.words import heading

#: Places told of, those where the day takes longer than the table by most.
_PLACES = 12
#: Places drawn by the hour.
_DRAWN = 4
#: The hour of the night that a sentence tells of.
_NIGHT_HOUR = 2


@dataclass(frozen=True, eq=False)
class DayStory:
    """One kind or clock in one state, as a report tells it.

    Attributes:
        key: of its section and table, unique in the report.
        name: what the minutes are to, for the middle of a sentence.
        state: the state of the world behind the title; empty where the report has one alone.
        limit: threshold of the drawing, minutes, or in words where it differs by place; None = there is none.
        day: the tables.
        said: whose sentences are taken: ``clock``: people who leave; ``alarm``: people who call.
    """

    key: str
    name: str
    state: str
    limit: float | str | None
    day: DayTables
    said: str = "clock"


def day_section(m: Material, story: DayStory) -> Section:
    """The section of one kind or clock."""
    places = waiting_places(story.day.points)
    blocks: list[Block] = [
        Callout(m.words("clock.sure"), (basis_sentence(m, story),)),
        _panels(m, story, places),
    ]
    if len(story.day.region):
        blocks.append(_region_table(m, story))
    told = places.head(_PLACES)
    if len(told):
        lines = tuple(place_sentence(m, story, row) for row in told.to_dict(orient="records"))
        blocks += [Paragraph(m.words("clock.places")), Listing(lines)]
    return Section(story.key, m.words(f"{story.said}.title", kind=story.name) + story.state, tuple(blocks))


def basis_sentence(m: Material, story: DayStory) -> str:
    """How many people's answer rests on what."""
    rows = story.day.bases.set_index("basis")["persons"]
    figures = {str(name).replace(" ", "_"): m.words.number(value) for name, value in rows.items()}
    return m.words("clock.basis", kind=heading(story.name), **figures)


def waiting_places(points: pd.DataFrame) -> pd.DataFrame:
    """Places whose way takes a ferry, those first where the day takes longest against the table."""
    rows = points[~points["basis"].isin(["road", "no way"])]
    longer = rows["p90_min"] - rows["travel_time_min"]
    order = longer.fillna(np.inf).sort_values(ascending=False, kind="stable").index
    return rows.loc[order].reset_index(drop=True)


def place_sentence(m: Material, story: DayStory, row: Mapping[Hashable, Any]) -> str:
    """What people of one place can count on, and how sure that is."""
    words, hours, said = m.words, story.day.hours, story.said
    here = hours[hours["demand_id"] == row["demand_id"]].set_index("hour")
    night = here.loc[_NIGHT_HOUR] if _NIGHT_HOUR in here.index else None
    assumed = row["basis"] == "assumed"
    best, low, high = (_time(m, row[name]) for name in ("best_min", "p50_low_min", "p50_high_min"))
    known = {"name": str(row["name"]), "best": best, "low": low, "high": high}
    parts = [
        words(f"{said}.place.assumed", **known)
        if assumed
        else words(f"{said}.place", **known, p50=_time(m, row["p50_min"]), p90=_time(m, row["p90_min"]))
    ]
    if night is not None and not assumed:
        parts.append(
            words(f"{said}.place.night", p50=_time(m, night["p50_min"]), p90=_time(m, night["p90_min"]))
        )
    if row.get("leave_by"):
        again = note_in(clock_time(row["first_again"]), words.language)
        parts.append(words(f"{said}.place.leave_by", leave=row["leave_by"], again=again))
    if row["basis"] in ("timetable", "frequency"):
        parts.append(words(f"clock.place.{row['basis']}"))
    if row["night_unknown"]:
        sails = _time(m, row["p90_if_unknown_nights_sail_min"])
        parts.append(
            words("clock.place.night_assumed" if assumed else "clock.place.night_unknown", p90=sails)
        )
    return " ".join(parts)


def _time(m: Material, minutes: float) -> str:
    return m.words.duration(minutes) if np.isfinite(minutes) else m.words("clock.no_way")


def _region_table(m: Material, story: DayStory) -> Table:
    words, rows = m.words, story.day.region
    limits = [
        words("reach.limit", limit=one if isinstance(one, str) else words.number(one))
        for one in rows["threshold_min"]
    ]
    rows = rows.assign(limit=limits, hour=_hours(m, rows["worst_hour"]))
    names = ("one_clock", "over_the_day", "at_p90", "at_worst_hour")
    return Table(
        story.key,
        words("clock.table", people=m.people),
        (
            Column("limit", words("column.limit")),
            *(Column(f"persons_within_{name}", words(f"clock.{name}"), Quantity.PERSONS) for name in names),
            Column("hour", words("clock.worst_hour")),
        ),
        rows,
        words("clock.table.note"),
    )


def _hours(m: Material, hours: pd.Series) -> list[str]:
    """Hours of the day; where all are equal none is the worst."""
    known = hours.fillna(0).astype(int)
    return [
        m.words("clock.hours_equal") if equal else f"{hour:02}:00"
        for hour, equal in zip(known, hours.isna(), strict=True)
    ]


def _panels(m: Material, story: DayStory, places: pd.DataFrame) -> Figure:
    """People within the threshold by the hour, places by the hour, the table against nine in ten."""
    from geoaccess.drawing.report_hours_plot import People, panels  # noqa: PLC0415 - needs matplotlib

    points, hours = story.day.points, story.day.hours
    persons = points.set_index("demand_id")[m.weight]
    people: People | None = None
    alt = m.words("clock.figure.alt.places")
    if story.limit is not None:
        within = hours.assign(persons=hours["within_share"] * persons.loc[hours["demand_id"]].to_numpy())
        by_hour = within.groupby("hour")["persons"].sum().to_numpy()
        limit = story.limit if isinstance(story.limit, str) else m.words.number(story.limit)
        table = float(story.day.region["persons_within_one_clock"].iloc[-1])
        people = People(by_hour, table, limit)
        least = int(by_hour.argmin())
        alt = m.words(
            "clock.figure.alt",
            table=m.words.number(table),
            least=m.words.number(by_hour[least]),
            hour=m.words("clock.hours_equal") if np.allclose(by_hour, by_hour[0]) else f"{least:02}:00",
        )
    drawn = [_place_by_hour(row, hours) for row in places.head(_DRAWN).to_dict(orient="records")]
    curves = [
        (m.words(f"clock.curve.{name}"), column(points, key), persons.to_numpy(dtype=np.float64))
        for name, key in (("table", "travel_time_min"), ("half", "p50_min"), ("nine", "p90_min"))
    ]
    caption = (
        m.words(f"{story.said}.figure.places", kind=story.name)
        if people is None
        else m.words(f"{story.said}.figure", kind=story.name, limit=people.limit)
    )
    return Figure(caption=caption, alt=alt, draw=partial(panels, m.words, people, drawn, curves, story.said))


def _place_by_hour(row: Mapping[Hashable, Any], hours: pd.DataFrame) -> tuple[str, FloatArray, FloatArray]:
    """Name, and (24,) median and nine-in-ten minutes by the hour of leaving."""
    here = hours[hours["demand_id"] == row["demand_id"]].sort_values("hour")
    return str(row["name"]), column(here, "p50_min"), column(here, "p90_min")


def full_table(
    m: Material, table: pd.DataFrame, *, key: str, services: Sequence[str], leaving: bool
) -> Table:
    """Every place around the clock, for spreadsheets.

    Args:
        m: the answer.
        table: the places of all kinds, or clocks, and states.
        key: of the table.
        services: what the minutes of each row are to.
        leaving: whether it says when to leave.
    """
    words = m.words
    table = table.assign(
        service=list(services),
        municipality=[m.municipality(code) for code in table["municipality_code"]],
        state=[m.scenario(str(name)) for name in table["scenario"]],
        rests_on=[words(f"clock.word.{str(name).replace(' ', '_')}") for name in table["basis"]],
        night=[words("clock.word.unknown") if one else "" for one in table["night_unknown"]],
    )
    times: tuple[Column, ...] = ()
    if leaving:
        again = [note_in(clock_time(text), words.language) for text in table["first_again"]]
        table = table.assign(first_again=again)
        times = (
            Column("leave_by", words("clock.leave_by")),
            Column("first_again", words("clock.first_again")),
        )
    minutes = {
        "travel_time_min": "clock.one_time",
        "best_min": "clock.best",
        "p50_min": "clock.half",
        "p90_min": "clock.nine",
        "worst_min": "clock.worst",
        "night_p50_min": "clock.night",
        "p90_if_unknown_nights_sail_min": "clock.nine_if_sails",
    }
    return Table(
        key,
        words("clock.full"),
        (
            Column("name", words("column.place")),
            Column("municipality", m.group("municipality")),
            Column("service", words("column.service")),
            Column("state", words("column.scenario")),
            Column(m.weight, m.people, Quantity.PERSONS),
            *(Column(key, words(text), Quantity.MINUTES, 1) for key, text in minutes.items()),
            *times,
            Column("rests_on", words("clock.rests_on")),
            Column("night", words("clock.night_service")),
        ),
        table,
    )
