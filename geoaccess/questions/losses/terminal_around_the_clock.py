"""``geoaccess losses --around-the-clock`` on the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from geoaccess.answers.columns import declared
from geoaccess.questions.access.day_options import day_asked, day_facts, refuse_without_the_day
from geoaccess.questions.comparison.over_day import IF_SAILS
from geoaccess.questions.losses.around_the_clock import (
    DAY_RANKINGS,
    LossesAroundTheClock,
    losses_around_the_clock,
)
from geoaccess.questions.losses.around_the_clock_folder import ROWS, losses_day_answer
from geoaccess.study import Study
from geoaccess.terminal.answered import write_output
from geoaccess.terminal.output import Output
from geoaccess.words.note import Note

_SHOWN = 20
_OF_DAY = ("no-way", "mean", "p90")


def check_day_options(around: bool, rank: str | None, threshold: float | None, **of_day: object) -> None:
    """Refuse what is of the day without ``--around-the-clock``, and with it what is of one time of day.

    Raises:
        click.UsageError: an option that would have no effect.
    """
    if not around:
        refuse_without_the_day([f"--rank {rank}"] if rank in _OF_DAY else [], **of_day)
        return
    if rank is not None and rank not in _OF_DAY:
        raise click.UsageError(Note("fault.rank_of_day", rank=rank, of_day=tuple(_OF_DAY)))
    if threshold is not None:
        raise click.UsageError("--threshold is of one time of day: it does not go with --around-the-clock")


def tell_losses_of_day(
    out: Output,
    study: Study,
    output: Path | None,
    *,
    overwrite: bool,
    week_of: datetime | None,
    draws: int | None,
    patience: str | None,
    asked: Mapping[str, Any],
) -> None:
    """Find the ranking over the day, tell it and write it."""
    with out.step("taking out one after the other"):
        found = losses_around_the_clock(
            study,
            **day_asked(week_of, draws, patience),
            **asked,
        )
    _show(out, found)
    if output:
        write_output(out, losses_day_answer(study, found), found.rows, output, overwrite=overwrite)
    out.notes(found.notes)
    columns = [declared(str(name), table=ROWS) for name in found.rows]
    out.result(
        {
            **day_facts(study, found),
            "rank": found.rank,
            "columns": {
                column.name: {"unit": column.unit, **{f"meaning_{k}": v for k, v in column.meaning.items()}}
                for column in columns
            },
            "rows": found.rows,
            "hours": found.hours,
            "places": found.places,
            "notes": found.notes,
        }
    )


def _show(out: Output, found: LossesAroundTheClock) -> None:
    hurting = found.rows[found.rows["persons_lose"] > 0].reset_index(drop=True)
    ranked = DAY_RANKINGS[found.rank]
    other = f"{ranked}{IF_SAILS}"
    differs = bool((hurting[ranked] != hurting[other]).any())
    ranks = {"no-way": "no_way", "mean": "mean", "p90": "p90"}
    out.table(
        Note(
            "say.losses.clock",
            scenario=out.scenario(found.scenario),
            rank=Note(f"say.losses.clock.{ranks[found.rank]}"),
        ),
        {
            "name": "taken out",
            "kind": "time to",
            "person_hours_without_way": Note("say.losses.clock.no_way"),
            "person_min_lost_mean": Note("say.losses.clock.mean"),
            "person_min_lost_p90": Note("say.losses.clock.p90"),
            "persons_p90_no_way": Note("say.losses.clock.p90_no_way"),
            "persons_no_longer_reached": "no longer reached",
            "persons_lose": Note("say.losses.clock.lose"),
            "persons_lose_assumed": Note("say.losses.clock.assumed"),
            "persons_lose_night_unknown": Note("say.losses.clock.night"),
            **({other: Note("say.losses.clock.if_sails")} if differs else {}),
        },
        hurting,
        most=_SHOWN,
    )
