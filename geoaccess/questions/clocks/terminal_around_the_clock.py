"""``geoaccess clocks --around-the-clock`` on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd

from geoaccess.ground.writing import write_table
from geoaccess.questions.access.day_options import day_asked, day_facts, refuse_without_the_day
from geoaccess.questions.access.terminal_around_the_clock import NOT_KNOWN
from geoaccess.questions.clocks.around_the_clock import ClocksAroundTheClock, clocks_around_the_clock
from geoaccess.questions.clocks.around_the_clock_folder import clocks_day_answer
from geoaccess.study import Study
from geoaccess.terminal.answered import write_output
from geoaccess.terminal.output import Output, cells
from geoaccess.words.figures import figure
from geoaccess.words.note import Note

_SHOWN = 12


def check_day_options(around: bool, hour: int | None, **of_day: object) -> None:
    """Refuse what is of the day without ``--around-the-clock``, and with it what is of one time of day.

    Raises:
        click.UsageError: an option that would have no effect.
    """
    if not around:
        refuse_without_the_day(**of_day)
        return
    if hour is not None:
        raise click.UsageError("--hour is of one time of day: it does not go with --around-the-clock")


def tell_clocks_of_day(
    out: Output,
    study: Study,
    *,
    points: Path | None,
    output: Path | None,
    overwrite: bool,
    all_rows: bool,
    week_of: datetime | None,
    draws: int | None,
    patience: str | None,
    asked: Mapping[str, Any],
) -> None:
    """Run the clocks over the day, tell them, and write the answer and the places."""
    with out.step("running the clocks"):
        found = clocks_around_the_clock(
            study,
            **day_asked(week_of, draws, patience),
            **asked,
        )
    _show(out, found, most=0 if all_rows else _SHOWN)
    if output:
        answer = clocks_day_answer(study, found, only=asked["only"])
        write_output(out, answer, found.groups, output, overwrite=overwrite)
    if points:
        write_table(found.points, points)
        out.note(Note("say.written", path=str(points)))
    out.notes(found.notes)
    out.result(
        {
            **day_facts(study, found),
            "by": found.by,
            "region": found.region,
            "rows": found.groups,
            "bases": found.bases,
            "hours": found.hours,
            "points": found.points,
            "notes": found.notes,
        }
    )


def _show(out: Output, found: ClocksAroundTheClock, *, most: int) -> None:
    """Everybody, the groups, then the places where the moment of the alarm decides."""
    state = out.scenario(found.scenario)
    timed = {
        "persons_in_time_by_table": Note("say.clocks.day.by_table"),
        "persons_in_time": Note("say.clocks.day.in_time"),
        "persons_in_time_at_p90": Note("say.clocks.day.at_p90"),
        "persons_in_time_at_worst_hour": Note("say.clocks.day.at_worst"),
    }
    figures = {
        "persons": "persons",
        "mean_min": "mean min",
        **(timed if "persons_in_time" in found.region else {}),
        "persons_by_the_clock": Note("say.clocks.day.by_the_clock"),
        "persons_assumed": Note("say.clocks.day.assumed"),
        "persons_night_unknown": Note("say.clocks.day.night"),
        "persons_never": "unreachable",
    }
    region, groups = (_without_threshold(frame, list(timed)) for frame in (found.region, found.groups))
    out.table(Note("say.clocks.day.region", scenario=state), {"clock": "clock", **figures}, region)
    hit = groups[groups["persons_by_the_clock"] > 0]
    if len(hit):
        hit = hit.sort_values("persons_by_the_clock", ascending=False, kind="stable").reset_index(drop=True)
        title = Note("say.clocks.day.groups", scenario=state)
        out.table(title, {"clock": "clock", found.by: found.by.replace("_", " "), **figures}, hit, most=most)
    moving = found.points[~found.points["basis"].isin(["road", "no way"])]
    moving = moving.sort_values("worst_min", ascending=False, na_position="first").reset_index(drop=True)
    if not len(moving):
        return
    assumed = moving["basis"] == "assumed"
    # A cell that is blank would be read as unreachable, and a figure as a promise.
    shown = moving.assign(
        **{
            column: cells(
                moving,
                [
                    "not known" if unknown else "no way" if np.isnan(minutes) else figure(minutes, 0)
                    for minutes, unknown in zip(moving[column], assumed, strict=True)
                ],
            )
            for column in ("p90_min", "p90_if_unknown_nights_sail_min")
        },
        drawn=cells(
            moving,
            [
                Note("clock.range", low=float(low), high=float(high)) if high - low > 1 else ""
                for low, high in zip(moving["p50_low_min"], moving["p50_high_min"], strict=True)
            ],
        ),
        night=cells(moving, [Note("clock.word.unknown") if one else "" for one in moving["night_unknown"]]),
    )
    out.table(
        Note("say.clocks.day.places", scenario=state),
        {
            "clock": "clock",
            "name": "place",
            found.weight: "people",
            "travel_time_min": "table",
            "best_min": Note("say.clocks.day.best"),
            "p50_min": "half the time",
            "drawn": "over draws",
            "p90_min": "9 times in 10",
            "p90_if_unknown_nights_sail_min": Note("say.clocks.day.if_sails"),
            "basis": Note("say.clocks.day.basis"),
            "night": Note("clock.night_service"),
        },
        shown,
        most=most,
    )
    if assumed.any():
        out.say(NOT_KNOWN)


def _without_threshold(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """The frame with a dash where a clock has no threshold: a blank would be read as unreachable."""
    told = {
        name: cells(frame, ["-" if pd.isna(value) else figure(value, 0) for value in frame[name]])
        for name in columns
        if name in frame
    }
    return frame.assign(**told)
