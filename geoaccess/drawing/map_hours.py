"""Every moment of a day on a map: hours as a strip and by a slider, nine times in ten, that minus a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from geoaccess.answers.day_tables import DayTables
from geoaccess.answers.source import Source, numbers
from geoaccess.ground.arrays import FloatArray
from geoaccess.words.clock_times import clock_time
from geoaccess.words.note import note_in
from maps import Headline, Hours, Scale, Series, View

#: What the keys of the views begin with: the chosen hour, nine times in ten, and that minus the table.
HOUR, P90, LONGER = PREFIXES = ("hour-", "p90-", "longer-")
#: Classes of what the day takes longer than the table, minutes.
_LONGER_STEPS = (15.0, 60.0, 240.0, 720.0)


@dataclass(frozen=True, eq=False)
class HourPieces:
    """What one kind (or clock) in one state adds to a map.

    Attributes:
        views: views of its own.
        series: what colours the places in them.
        hours: the strip of hours.
        hatched: view key -> whether the times of each place are assumed.
    """

    views: tuple[View, ...]
    series: tuple[Series, ...]
    hours: Hours
    hatched: dict[str, list[bool]]


def hour_pieces(
    source: Source,
    day: DayTables,
    places: pd.DataFrame,
    *,
    keys: Mapping[str, str],
    group: str,
    state: str = "",
    of: str = "",
    told: str = "",
    strip_in: Sequence[str] = (),
    said: str = "view",
) -> HourPieces | None:
    """The views of a day; None where the answer says nothing of it.

    Args:
        source: the answer.
        day: its tables.
        places: the places, in the order of the map.
        keys: prefix of :data:`PREFIXES` -> key of the view.
        group: heading of the views.
        state: what stands behind their names.
        of: the state of the world that they show.
        told: what the state is, for views that need no words of their own.
        strip_in: keys of further views whose pop-ups show the strip of hours.
        said: whose words the views have: ``view`` of people who leave, ``alarm`` of people who call.
    """
    if day.points.empty:
        return None
    words = source.words
    points = day.points.set_index("demand_id").loc[places["demand_id"]]
    headline = _basis_headline(source, day.bases)
    views = tuple(
        View(
            key=keys[prefix],
            label=words(title) + state,
            explanation=words(f"{title}.told") or told,
            headline=headline,
            group=group,
            charted=prefix != LONGER,
            state=of,
        )
        for prefix, title in ((HOUR, f"{said}.hour"), (P90, f"{said}.p90"), (LONGER, f"{said}.longer"))
    )
    missing = words("clock.no_way")
    p90 = numbers(points, "p90_min")
    longer = p90 - numbers(points, "travel_time_min")
    series = (
        Series(words(f"{said}.p90"), p90, replace(_minutes(), missing=missing), keys[P90]),
        Series(
            words(f"{said}.longer"),
            longer,
            replace(Scale.difference(_LONGER_STEPS), missing=missing),
            keys[LONGER],
        ),
    )
    strip = Hours(
        words("clock.strip"),
        _by_hour(day.hours, points.index),
        replace(_minutes(), missing=missing),
        _notes(source, points, said),
        views=(*keys.values(), *strip_in),
        chosen_in=keys[HOUR],
        of_alarm=said == "alarm",
    )
    assumed = (points["basis"] == "assumed").tolist()
    return HourPieces(views, series, strip, dict.fromkeys(keys.values(), assumed))


def _minutes() -> Scale:
    return Scale.minutes((30, 60, 120, 240, 480, 960))


def _by_hour(hours: pd.DataFrame, ids: pd.Index) -> FloatArray:
    """(n, 24) median minutes of leaving in each hour."""
    wide = hours.pivot(index="demand_id", columns="hour", values="p50_min").loc[ids]
    found: FloatArray = wide.to_numpy(dtype=np.float64)
    return found


def _notes(source: Source, points: pd.DataFrame, said: str) -> list[str]:
    """The line below each strip; few of them differ."""
    again = [name for name in ("leave_by", "first_again") if name in points]
    columns = [points[name].tolist() for name in (*again, "basis", "night_unknown")]
    names = (*again, "basis", "night_unknown")
    rows = list(zip(*columns, strict=True))
    told = {row: _note(source, dict(zip(names, row, strict=True)), said) for row in dict.fromkeys(rows)}
    return [told[row] for row in rows]


def _note(source: Source, row: Mapping[str, Any], said: str) -> str:
    """The line below a strip: the last moment without the longest wait, and what the times rest on."""
    words = source.words
    parts = []
    if row.get("leave_by"):
        again = note_in(clock_time(row["first_again"]), words.language)
        parts.append(words(f"{said}.leave_by", leave=row["leave_by"], again=again))
    if row["basis"] != "road":
        parts.append(words(f"clock.basis.{str(row['basis']).replace(' ', '_')}"))
    if row["night_unknown"]:
        parts.append(words("clock.night_unknown"))
    text = "; ".join(parts)
    return text[:1].upper() + text[1:]


def _basis_headline(source: Source, bases: pd.DataFrame) -> tuple[Headline, ...]:
    """How many people's answer rests on what."""
    words = source.words
    return tuple(
        Headline(words(f"clock.people.{str(basis).replace(' ', '_')}"), float(persons), words("unit.people"))
        for basis, persons in zip(bases["basis"], bases["persons"], strict=True)
    )
