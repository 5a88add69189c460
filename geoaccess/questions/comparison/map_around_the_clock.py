"""What a map of a comparison tells of the day: the change at a chosen hour, and nine times in ten."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from geoaccess.answers.day_tables import rows_where
from geoaccess.answers.source import Source, numbers
from geoaccess.ground.arrays import FloatArray
from geoaccess.questions.comparison.around_the_clock import PLACE_HOURS, POINTS, REGION
from maps import Headline, Hours, Scale, Series, View


class DayViews(NamedTuple):
    """What the day adds to a map of a comparison.

    Attributes:
        views: two for each kind.
        series: what colours the places in the second of them.
        hours: the strips.
        hatched: view key -> whether the times of each place are assumed in either run.
    """

    views: list[View]
    series: list[Series]
    hours: list[Hours]
    hatched: dict[str, list[bool]]


def day_views(source: Source, places: pd.DataFrame, kind: str, number: int, group: str) -> DayViews:
    """The day of one kind; nothing where the runs do not tell it.

    Args:
        source: the answer.
        places: the places, in the order of the map.
        kind: kind of service.
        number: of the kind, in keys of views.
        group: heading of the views.
    """
    none = DayViews([], [], [], {})
    rows = rows_where(source.table(POINTS), kind=kind)
    if rows.empty:
        return none
    words, ids = source.words, places["demand_id"]
    points = rows.set_index("demand_id").loc[ids]
    hour, p90 = f"dayhour-{number}", f"dayp90-{number}"
    headline = _headline(source, kind)
    views = [
        View(hour, words("compare.day.hour"), words("compare.day.hour.told"), headline, group=group),
        View(p90, words("compare.day.p90"), words("compare.day.p90.told"), headline, group=group),
    ]
    scale = Scale.difference()
    scale = Scale(scale.breaks, unit="min", palette=scale.palette, missing=words("class.not_both"))
    series = [Series(words("compare.day.p90"), numbers(points, "change_p90_min"), scale, p90)]
    assumed = ((points["basis_a"] == "assumed") | (points["basis_b"] == "assumed")).tolist()
    strip = Hours(
        words("compare.day.hour"),
        _by_hour(source, kind, ids),
        scale,
        _notes(source, points),
        views=(hour, p90, f"change-{number}"),
        chosen_in=hour,
    )
    return DayViews(views, series, [strip], {hour: assumed, p90: assumed})


def _by_hour(source: Source, kind: str, ids: pd.Series) -> FloatArray:
    rows = rows_where(source.table(PLACE_HOURS), kind=kind)
    wide = rows.pivot(index="demand_id", columns="hour", values="change_p50_min").loc[ids]
    found: FloatArray = wide.to_numpy(dtype=np.float64)
    return found


def _notes(source: Source, points: pd.DataFrame) -> Sequence[str]:
    """Hours a day without a way that are added or saved."""
    words, told = source.words, []
    for hours in numbers(points, "change_no_way_hours").tolist():
        code = "compare.day.note_added" if hours > 0 else "compare.day.note_saved"
        told.append(words(code, hours=words.number(abs(hours), 1)) if hours else "")
    return told


def _headline(source: Source, kind: str) -> tuple[Headline, ...]:
    words, rows = source.words, rows_where(source.table(REGION), kind=kind)
    figures = {str(name): value for name, value in rows.iloc[0].items()} if len(rows) else {}
    hours, people = words("unit.person_hours"), words("unit.people")
    told = (
        ("compare.day.hours_added", "person_hours_without_way_added", hours, 1.0),
        ("compare.day.hours_saved", "person_hours_without_way_saved", hours, 1.0),
        ("compare.day.mean_lost", "person_min_lost_mean", hours, 60.0),
        ("compare.day.mean_gained", "person_min_gained_mean", hours, 60.0),
        ("compare.day.assumed", "persons_changed_assumed", people, 1.0),
        ("compare.day.night", "persons_changed_night_unknown", people, 1.0),
    )
    return tuple(
        Headline(words(label), float(figures[name]) / by, unit)
        for label, name, unit, by in told
        if name in figures
    )
