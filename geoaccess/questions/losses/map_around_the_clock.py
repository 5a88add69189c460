"""The map of losses over the day: longer nine times in ten, and hours without a way, place by place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from geoaccess.answers.source import Source, numbers
from geoaccess.questions.losses.around_the_clock_folder import HOURS, PLACES, ROWS
from maps import Column, Headline, Scale, Series, TableView, View


def day_places(source: Source) -> pd.DataFrame:
    """The places of the first loss that is told: their order is that of the map."""
    table = source.table(PLACES)
    if table.empty:
        return table
    first: pd.DataFrame = table[table["rank"] == table["rank"].iloc[0]].reset_index(drop=True)
    return first


def day_views(source: Source, shown: list[dict[str, Any]]) -> tuple[View, ...]:
    """One view for each of the worst losses."""
    words = source.words
    rank = str(source.facts["losses"]["rank"])
    figures = {
        "no-way": ("person_hours_without_way", 1.0),
        "mean": ("person_min_lost_mean", 60.0),
        "p90": ("person_min_lost_p90", 60.0),
    }
    name, scale = figures[rank]
    return tuple(
        View(
            key=item["key"],
            label=words("losses.longer", name=item["name"], kind=source.kind(item["kind"])),
            explanation=words("losses.day.told", name=item["name"], kind=source.kind(item["kind"])),
            headline=_headline(source, item),
            rank=round(float(item[name]) / scale),
            rank_unit=words("unit.person_hours"),
        )
        for item in shown
    )


def _headline(source: Source, item: dict[str, Any]) -> tuple[Headline, ...]:
    words = source.words
    people, hours = words("unit.people"), words("unit.person_hours")
    told = [
        Headline(words("losses.day.hours"), item["person_hours_without_way"], hours),
        Headline(words("losses.day.mean"), item["person_min_lost_mean"] / 60.0, hours),
        Headline(words("losses.day.p90"), item["person_min_lost_p90"] / 60.0, hours),
        Headline(words("figure.lose"), item["persons_lose"], people),
        Headline(words("losses.day.assumed"), item["persons_lose_assumed"], people),
        Headline(words("losses.day.night"), item["persons_lose_night_unknown"], people),
    ]
    worst = _worst_hour(source, item)
    return (*told, Headline(words("losses.day.worst_hour"), worst, "h")) if worst is not None else tuple(told)


def _worst_hour(source: Source, item: dict[str, Any]) -> float | None:
    """The hour of leaving in which most is lost; None where all hours are alike."""
    hours = source.table(HOURS)
    rows = hours[hours["rank"] == item["rank"]].sort_values("hour")
    for name in ("persons_without_way_added", "person_min_lost_p50"):
        values = numbers(rows, name)
        if len(values) and np.ptp(values) > 1e-6:
            return float(values.argmax())
    return None


def day_series(
    source: Source, shown: list[dict[str, Any]]
) -> tuple[list[Series], dict[str, tuple[Column, ...]], dict[str, list[bool]]]:
    """Colours, columns of the pop-up and hatching, view by view."""
    words, table = source.words, source.table(PLACES)
    scale = Scale.difference()
    scale = Scale(scale.breaks, unit="min", palette=scale.palette, missing=words("losses.day.no_way"))
    series: list[Series] = []
    parts: dict[str, tuple[Column, ...]] = {}
    hatched: dict[str, list[bool]] = {}
    for item in shown:
        rows = table[table["rank"] == item["rank"]].reset_index(drop=True)
        p90 = numbers(rows, "change_p90_min")
        # Who has no way nine times in ten in both states has nothing to lose there.
        p90 = np.where(np.isnan(p90) & ~rows["p90_no_way"].to_numpy(dtype=np.bool_), 0.0, p90)
        series.append(Series(words("losses.day.p90_place"), p90, scale, item["key"]))
        parts[item["key"]] = (
            Column(words("losses.day.hours_place"), numbers(rows, "hours_without_way_added"), "h", 1),
            Column(words("losses.day.mean_place"), numbers(rows, "change_mean_min"), "min", 0),
        )
        hatched[item["key"]] = rows["assumed"].astype(bool).tolist()
    return series, parts, hatched


def day_table(source: Source) -> TableView:
    """The whole ranking."""
    words, frame = source.words, source.table(ROWS)
    people, hours = words("unit.people"), words("unit.person_hours")
    columns = [
        Column(words("column.taken_out"), frame["name"].astype(str).tolist()),
        Column(words("column.time_to"), [source.kind(str(kind)) for kind in frame["kind"]]),
        Column(words("losses.day.hours"), numbers(frame, "person_hours_without_way"), hours),
        Column(words("losses.day.mean"), numbers(frame, "person_min_lost_mean") / 60.0, hours),
        Column(words("losses.day.p90"), numbers(frame, "person_min_lost_p90") / 60.0, hours),
        Column(words("figure.lose"), numbers(frame, "persons_lose"), people),
        Column(words("losses.day.assumed"), numbers(frame, "persons_lose_assumed"), people),
        Column(words("losses.day.night"), numbers(frame, "persons_lose_night_unknown"), people),
    ]
    return TableView("all-losses", words("table.losses"), tuple(columns))
