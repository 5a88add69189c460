"""What a report tells of losses over the day: the ranking, and the worst of it by the hour of leaving."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoaccess.answers.reading import Material, column
from geoaccess.drawing.blocks import Block, Callout, Column, Figure, Paragraph, Quantity, Table
from geoaccess.drawing.question_report import SHOWN, Parts, people_of
from geoaccess.questions.comparison.over_day import IF_SAILS
from geoaccess.questions.losses.around_the_clock_folder import HOURS, PLACES, ROWS
from geoaccess.words.words import heading

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

#: Losses drawn by the hour.
_DRAWN = 4


def day_parts(m: Material) -> Parts:
    """What the report says of losses over the day."""
    words, told = m.words, m.facts["losses"]
    frame = _services(m, m.table(ROWS))
    frame = frame.assign(
        mean_hours=frame["person_min_lost_mean"] / 60.0, p90_hours=frame["person_min_lost_p90"] / 60.0
    )
    hurting = frame[frame["persons_lose"] > 0].reset_index(drop=True)
    columns = (
        Column("name", words("losses.name")),
        Column("service", words("column.service")),
        Column("person_hours_without_way", words("losses.day.hours"), Quantity.NUMBER),
        Column("mean_hours", words("losses.day.mean"), Quantity.NUMBER),
        Column("p90_hours", words("losses.day.p90"), Quantity.NUMBER),
        Column("persons_lose", words("column.lose", people=m.people), Quantity.PERSONS),
        Column("persons_lose_assumed", words("losses.day.assumed"), Quantity.PERSONS),
        Column("persons_lose_night_unknown", words("losses.day.night"), Quantity.PERSONS),
        Column(f"person_hours_without_way{IF_SAILS}", words("losses.day.if_sails"), Quantity.NUMBER),
    )
    title, note = words("losses.day.table"), words("losses.day.note")
    shown = Table("losses", title, columns, hurting.head(SHOWN), note)
    whole = Table("losses", title, columns, frame.reset_index(drop=True), note)
    blocks: list[Block] = []
    if len(hurting):
        first = {str(key): value for key, value in hurting.iloc[0].items()}
        text = words(
            "losses.day.sentence",
            name=first["name"],
            service=first["service"],
            hours=words.number(float(first["person_hours_without_way"])),
            mean=words.number(float(first["mean_hours"])),
            lose=words.number(float(first["persons_lose"])),
            people=words.weight(m.weight),
        )
        sure = words(
            "losses.day.sure",
            assumed=words.number(float(first["persons_lose_assumed"])),
            night=words.number(float(first["persons_lose_night_unknown"])),
            lose=words.number(float(first["persons_lose"])),
        )
        blocks += [Paragraph(text), Callout(words("clock.sure"), (sure,)), _by_hour(m, hurting)]
    hours = m.table(HOURS)
    hourly = Table(
        "losses-by-hour",
        words("losses.day.by_hour"),
        (
            Column("name", words("losses.name")),
            Column("service", words("column.service")),
            Column("told", words("clock.axis.leaving")),
            Column("persons_without_way_added", words("losses.day.hour.no_way"), Quantity.PERSONS),
            Column("hours_lost", words("losses.day.hour.p50"), Quantity.NUMBER),
            Column("persons_no_longer_within", words("losses.day.hour.within"), Quantity.PERSONS),
        ),
        _hours_in_words(m, hours, frame),
    )
    scenario = m.scenario(str(told["scenario"]))
    subtitle = words("losses.day.subtitle", scenario=scenario)
    tables = [whole, hourly] if len(hours) else [whole]
    return Parts(subtitle, [*blocks, shown], [], tables, people_of(m, m.table(PLACES)))


def _services(m: Material, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with what its times are to in words."""
    known = m.facts.get("kinds", {})
    told = [m.kind(str(kind)) if kind in known else m.words("compare.response") for kind in frame["kind"]]
    return frame.assign(service=[heading(text) for text in told])


def _hours_in_words(m: Material, hours: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    if hours.empty:
        return hours
    named = frame.set_index("rank").loc[hours["rank"]]
    return _services(m, hours).assign(
        name=named["name"].to_numpy(),
        told=[f"{hour:02}:00" for hour in hours["hour"]],
        hours_lost=hours["person_min_lost_p50"] / 60.0,
    )


def _by_hour(m: Material, hurting: pd.DataFrame) -> Figure:
    """The worst losses by the hour of leaving: people without a way, and hours lost."""
    hours = m.table(HOURS)
    told = []
    for row in hurting.head(_DRAWN).to_dict(orient="records"):
        here = hours[hours["rank"] == row["rank"]].sort_values("hour")
        if len(here):
            name = f"{row['name']} ({row['service']})"
            told.append(
                (name, column(here, "persons_without_way_added"), column(here, "person_min_lost_p50") / 60.0)
            )
    alt = "; ".join(
        m.words(
            "losses.day.alt", name=name, people=m.words.number(float(no_way.max())), hour=int(no_way.argmax())
        )
        for name, no_way, _ in told
    )
    return Figure(caption=m.words("losses.day.caption"), alt=alt, draw=partial(_draw, m, told))


def _draw(m: Material, told: list[tuple[str, np.ndarray, np.ndarray]]) -> Drawing:
    from geoaccess.drawing.report_hours_plot import hourly_curves  # noqa: PLC0415 - needs matplotlib

    return hourly_curves(
        m.words,
        [
            (m.words("losses.day.hour.no_way"), [(name, one) for name, one, _ in told]),
            (m.words("losses.day.hour.p50"), [(name, one) for name, _, one in told]),
        ],
    )
