"""What a map of travel times tells of every moment of leaving: hours as a strip and by a slider."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from geoaccess.answers.source import FloatArray, Source, numbers
from geoaccess.questions.access.around_the_clock_folder import BASES, HOURS, POINTS, rows_of
from geoaccess.words.clock_times import clock_time
from geoaccess.words.note import note_in
from maps import Headline, Hours, Scale, Series, View

#: What the keys of the views begin with: the chosen hour, nine times in ten, and that minus the table.
HOUR, P90, LONGER = PREFIXES = ("hour-", "p90-", "longer-")
#: Classes of what the day takes longer than the table, minutes.
_LONGER_STEPS = (15.0, 60.0, 240.0, 720.0)


@dataclass(frozen=True, eq=False)
class ClockPieces:
    """What one kind in one scenario adds to a map.

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


def clock_pieces(
    source: Source,
    kind: str,
    scenario: str,
    places: pd.DataFrame,
    *,
    key_of: Callable[[str, str, str], str],
    strip_in: Sequence[str],
) -> ClockPieces | None:
    """The views of a kind in a scenario around the clock; None where the answer says nothing of them.

    Args:
        source: the answer.
        kind: kind of service.
        scenario: state of the world.
        places: the places, in the order of the map.
        key_of: (prefix, kind, scenario) -> key of a view.
        strip_in: keys of further views whose pop-ups show the strip of hours.
    """
    rows = rows_of(source.table(POINTS), kind, scenario)
    if rows.empty:
        return None
    words, group = source.words, source.kind_heading(kind)
    points = rows.set_index("demand_id").loc[places["demand_id"]]
    keys = {prefix: key_of(prefix, kind, scenario) for prefix in PREFIXES}
    told, headline = source.scenario_told(scenario), _basis_headline(source, kind, scenario)
    state = "" if scenario == "base" else f", {source.scenario(scenario)}"
    views = tuple(
        View(keys[prefix], words(title) + state, words(f"{title}.told") or told, headline, group=group)
        for prefix, title in ((HOUR, "view.hour"), (P90, "view.p90"), (LONGER, "view.longer"))
    )
    missing = words("clock.no_way")
    p90 = numbers(points, "p90_min")
    longer = p90 - numbers(points, "travel_time_min")
    series = (
        Series(words("view.p90"), p90, replace(_minutes(), missing=missing), keys[P90]),
        Series(
            words("view.longer"),
            longer,
            replace(Scale.difference(_LONGER_STEPS), missing=missing),
            keys[LONGER],
        ),
    )
    strip = Hours(
        words("clock.strip"),
        _by_hour(source, kind, scenario, points.index),
        replace(_minutes(), missing=missing),
        [_note(source, row) for row in points.to_dict(orient="records")],
        views=(*keys.values(), *strip_in),
        chosen_in=keys[HOUR],
    )
    assumed = (points["basis"] == "assumed").tolist()
    return ClockPieces(views, series, strip, dict.fromkeys(keys.values(), assumed))


def _minutes() -> Scale:
    return Scale.minutes((30, 60, 120, 240, 480, 960))


def _by_hour(source: Source, kind: str, scenario: str, ids: pd.Index) -> FloatArray:
    """(n, 24) median minutes of leaving in each hour."""
    rows = rows_of(source.table(HOURS), kind, scenario)
    wide = rows.pivot(index="demand_id", columns="hour", values="p50_min").loc[ids]
    found: FloatArray = wide.to_numpy(dtype=np.float64)
    return found


def _note(source: Source, row: Mapping[Hashable, Any]) -> str:
    """The line below a strip: when to leave by, and what the times rest on."""
    words = source.words
    parts = []
    if row["leave_by"]:
        again = note_in(clock_time(row["first_again"]), words.language)
        parts.append(words("clock.leave_by", leave=row["leave_by"], again=again))
    if row["basis"] != "road":
        parts.append(words(f"clock.basis.{str(row['basis']).replace(' ', '_')}"))
    if row["night_unknown"]:
        parts.append(words("clock.night_unknown"))
    text = "; ".join(parts)
    return text[:1].upper() + text[1:]


def _basis_headline(source: Source, kind: str, scenario: str) -> tuple[Headline, ...]:
    """How many people's answer rests on what."""
    words = source.words
    rows = rows_of(source.table(BASES), kind, scenario)
    return tuple(
        Headline(words(f"clock.people.{str(basis).replace(' ', '_')}"), float(persons), words("unit.people"))
        for basis, persons in zip(rows["basis"], rows["persons"], strict=True)
    )
