"""``geoaccess clocks --around-the-clock`` on the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from geoaccess.ground.writing import write_table
from geoaccess.questions.access.around_the_clock import DRAWS, parse_patience
from geoaccess.questions.clocks.around_the_clock import ClocksAroundTheClock, clocks_around_the_clock
from geoaccess.study import Study
from geoaccess.terminal.output import Output
from geoaccess.words.note import Note, state_words

_SHOWN = 12


def check_day_options(around: bool, hour: int | None, output: Path | None, **of_day: object) -> None:
    """Refuse what is of the day without ``--around-the-clock``, and with it what is of one time of day.

    Raises:
        click.UsageError: an option that would have no effect.
    """
    if not around:
        given = [f"--{name.replace('_', '-')}" for name, value in of_day.items() if value is not None]
        if given:
            raise click.UsageError(Note("fault.only_around_the_clock", given=tuple(given)))
        return
    if hour is not None:
        raise click.UsageError("--hour is of one time of day: it does not go with --around-the-clock")
    if output is not None:
        raise click.UsageError("--around-the-clock writes the places as a table: name it with --points")


def tell_clocks_of_day(
    out: Output,
    study: Study,
    points: Path | None,
    *,
    week_of: datetime | None,
    draws: int | None,
    patience: str | None,
    asked: Mapping[str, Any],
) -> None:
    """Run the clocks over the day, tell them and write the places."""
    with out.step("running the clocks"):
        found = clocks_around_the_clock(
            study,
            week_of=None if week_of is None else week_of.date(),
            draws=DRAWS if draws is None else draws,
            patience_min=parse_patience(patience or "48h"),
            **asked,
        )
    _show(out, found)
    if points:
        write_table(found.points, points)
        out.note(Note("say.written", path=str(points)))
    out.notes(found.notes)
    out.result(
        {
            "study": study.name,
            "year": study.config.study.year,
            "scenario": found.scenario,
            "weight": found.weight,
            "period_days": found.period_days,
            "draws": found.draws,
            "patience_min": found.patience_min,
            "region": found.region,
            "points": found.points,
            "notes": found.notes,
        }
    )


def _show(out: Output, found: ClocksAroundTheClock) -> None:
    state = state_words(found.scenario)
    timed = {
        "persons_in_time": Note("say.clocks.day.in_time"),
        "persons_in_time_at_p90": Note("say.clocks.day.at_p90"),
        "persons_in_time_at_worst_hour": Note("say.clocks.day.at_worst"),
    }
    out.table(
        Note("say.clocks.day.region", scenario=state),
        {
            "clock": "clock",
            "persons": "persons",
            "mean_min": "mean min",
            **(timed if "persons_in_time" in found.region else {}),
            "persons_by_the_clock": Note("say.clocks.day.by_the_clock"),
            "persons_assumed": Note("say.clocks.day.assumed"),
            "persons_never": "unreachable",
        },
        found.region,
    )
    moving = found.points[~found.points["basis"].isin(["road", "no way"])]
    moving = moving.sort_values("worst_min", ascending=False, na_position="first")
    if len(moving):
        out.table(
            Note("say.clocks.day.places", scenario=state),
            {
                "clock": "clock",
                "name": "place",
                found.weight: "people",
                "best_min": Note("say.clocks.day.best"),
                "mean_min": "mean min",
                "p90_min": "90th percentile min",
                "worst_min": Note("say.clocks.day.worst"),
                "basis": Note("say.clocks.day.basis"),
            },
            moving.reset_index(drop=True),
            most=_SHOWN,
        )
