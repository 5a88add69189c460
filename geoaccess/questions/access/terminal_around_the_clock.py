"""``geoaccess access --around-the-clock`` on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoaccess.terminal.output import Output, cells
from geoaccess.words.clock_times import clock_time
from geoaccess.words.figures import figure
from geoaccess.words.note import Note

if TYPE_CHECKING:
    from geoaccess.questions.access.around_the_clock import AroundTheClock

#: Places shown, those with the greatest difference between the table and the day.
_SHOWN = 12
NOT_KNOWN = (
    "assumed: the times of a ferry on the way are not known; the median is that of assumed timetables, "
    "from the least to the greatest of those drawn, and no time is promised nine times in ten"
)


def show_around_the_clock(out: Output, found: AroundTheClock) -> None:
    """The region by threshold, then the places where the day differs most from the table."""
    out.table(
        "People within a threshold: at one clock time, over the day, nine times in ten, at the worst hour",
        {
            "kind": "kind",
            "scenario": "scenario",
            "threshold_min": "within, min",
            "persons_within_one_clock": "table",
            "persons_within_over_the_day": "mean of the day",
            "persons_within_at_p90": "9 times in 10",
            "persons_within_at_worst_hour": "worst hour",
            "worst_hour": "hour",
        },
        found.region.assign(
            worst_hour=cells(
                found.region,
                [
                    Note("clock.hours_equal") if pd.isna(hour) else f"{hour:02}:00"
                    for hour in found.region["worst_hour"]
                ],
            )
        ),
    )
    points = found.points[~found.points["basis"].isin(["road", "no way"])]
    points = points.assign(longer=points["p90_min"] - points["travel_time_min"])
    worst = points.sort_values(["longer", "demand_id"], ascending=[False, True], na_position="first")
    assumed = worst["basis"] == "assumed"
    worst = worst.assign(
        # A cell that is blank would be read as unreachable, and a figure as a promise.
        first_again=cells(worst, map(clock_time, worst["first_again"])),
        nine=cells(
            worst,
            [
                "not known" if unknown else "no way" if np.isnan(minutes) else figure(minutes, 0)
                for minutes, unknown in zip(worst["p90_min"], assumed, strict=True)
            ],
        ),
        drawn=cells(
            worst,
            [
                Note("clock.range", low=float(low), high=float(high)) if high - low > 1 else ""
                for low, high in zip(worst["p50_low_min"], worst["p50_high_min"], strict=True)
            ],
        ),
    )
    out.table(
        "Where the day differs most from the table, minutes",
        {
            "name": "place",
            "kind": "kind",
            found.weight: found.weight,
            "travel_time_min": "table",
            "best_min": "best",
            "p50_min": "half the time",
            "drawn": "over draws",
            "nine": "9 times in 10",
            "night_p50_min": "night",
            "leave_by": "leave by",
            "first_again": "first again",
            "basis": "rests on",
        },
        worst.reset_index(drop=True),
        most=_SHOWN,
    )
    if assumed.any():
        out.say(NOT_KNOWN)
