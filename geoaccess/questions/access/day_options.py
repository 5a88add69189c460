"""Options of commands that are asked of one time of day, or of every moment of leaving: losses and clocks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click

from geoaccess.questions.access.around_the_clock import DRAWS, parse_patience
from geoaccess.study import Study
from geoaccess.words.note import Note

#: What every answer over the day says of itself.
_FACTS = ("scenario", "weight", "period_days", "draws", "patience_min", "week_of")


def refuse_without_the_day(more: Sequence[str] = (), /, **of_day: object) -> None:
    """Refuse options that would have no effect without ``--around-the-clock``.

    Args:
        more: other options that were given, as they are typed.
        of_day: name of an option with underscores -> its value, None where it was not given.

    Raises:
        click.UsageError: one was given.
    """
    given = [f"--{name.replace('_', '-')}" for name, value in of_day.items() if value is not None]
    if given or more:
        raise click.UsageError(Note("fault.only_around_the_clock", given=(*given, *more)))


def day_asked(week_of: datetime | None, draws: int | None, patience: str | None) -> dict[str, Any]:
    """The options as a question over the day takes them, with the usual values where they were not given.

    Raises:
        UnknownNameError: the patience cannot be read.
    """
    return {
        "week_of": None if week_of is None else week_of.date(),
        "draws": DRAWS if draws is None else draws,
        "patience_min": parse_patience(patience or "48h"),
    }


def day_facts(study: Study, found: object) -> dict[str, Any]:
    """What every such answer says first in JSON: of what it is, over how many days, draws and minutes."""
    facts = {name: getattr(found, name) for name in _FACTS}
    if facts["week_of"] is not None:
        facts["week_of"] = facts["week_of"].isoformat()
    return {"study": study.name, "year": study.config.study.year, **facts}
