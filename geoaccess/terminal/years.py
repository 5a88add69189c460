"""The options ``--year`` and ``--variant``: people of another year in any command that counts people."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from geoaccess.terminal.options import asked_resources
from geoaccess.words.note import Note

if TYPE_CHECKING:
    from geoaccess.study import Study
    from geoaccess.terminal.output import Output

F = TypeVar("F", bound=Callable[..., Any])


_VARIANT = "geoaccess.variant"
_CHANGES = "geoaccess.changes"


def changes_options(command: F) -> F:
    """Add ``--close``, ``--move`` and ``--open``: a scenario without a name, for :func:`load_in_year`."""

    def remember(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> None:
        context.meta.setdefault(_CHANGES, {})[str(parameter.name)] = value

    for name, metavar, text in (
        (
            "open",
            "KIND=PLACE",
            "Open a facility for this question, at LAT,LON or a place. May be given again.",
        ),
        ("move", "ID=PLACE", "Move a facility for this question, to LAT,LON or a place. May be given again."),
        ("close", "ID", "Close a facility for this question, by id or name. May be given again."),
    ):
        command = click.option(
            f"--{name}", metavar=metavar, multiple=True, expose_value=False, callback=remember, help=text
        )(command)
    return command


class Years(click.ParamType[tuple[int, ...]]):
    """Years as typed: ``2026,2031,2036``."""

    name = "years"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """The years in the order they are typed."""
        if isinstance(value, tuple):
            return value
        parts = [part.strip() for part in str(value).split(",")]
        if not all(part.isdecimal() and len(part) == 4 for part in parts):
            self.fail(Note("fault.years", text=str(value)), param, ctx)
        return tuple(int(part) for part in parts)


def year_option(command: F) -> F:
    """Add ``--year`` and ``--variant`` to a command; :func:`load_in_year` reads the study as they ask."""

    def remember(context: click.Context, _: click.Parameter, value: str | None) -> None:
        context.meta[_VARIANT] = value

    variant = click.option(
        "--variant",
        expose_value=False,
        callback=remember,
        help="Variant of the projection, such as main, low or high; default: the study's own. Needs --year.",
    )
    return click.option("--year", type=int, help="People of this year, by the study's projection.")(
        variant(changes_options(command))
    )


def load_in_year(study: str | Path, year: int | None) -> Study:
    """A study by name or path, with the people of a year (and variant) where one is asked for.

    Raises:
        UnknownNameError: there is no such study or variant.
        DataError: the study has faults, or no projection of that year.
        UsageError: a variant and no year.
    """
    from geoaccess.study import load_study

    context = click.get_current_context(silent=True)
    variant = context.meta.get(_VARIANT) if context else None
    loaded = load_study(study)
    counted = asked_resources()
    if counted:
        loaded = loaded.with_resources(counted)
    changes = context.meta.get(_CHANGES, {}) if context else {}
    if any(changes.values()):
        from geoaccess.study.asked_changes import AskedChanges, with_changes

        loaded = with_changes(loaded, AskedChanges(changes["close"], changes["move"], changes["open"]))
    if variant and year is None:
        raise click.UsageError("--variant needs --year: the study's own year has no variants")
    return loaded.in_state(year=year, variant=variant)


def read_for(out: Output, study: str | Path, year: int | None, scenario: str | None = None) -> Study:
    """What every question begins with: the study by :func:`load_in_year`, whose names its tables then say.

    Args:
        out: the terminal, which shows that the study is read.
        study: its name or path.
        year: people of this year; None: those of the study, or of the scenario.
        scenario: one whose people count, see :meth:`geoaccess.study.Study.with_people_of`.

    Raises:
        UnknownNameError: there is no such study, variant or scenario.
        DataError: the study has faults, or no projection of that year.
        UsageError: a variant and no year.
    """
    with out.step("reading the study"):
        loaded = load_in_year(study, year)
        if scenario is not None:
            loaded = loaded.with_people_of(scenario)
    out.learn(loaded)
    return loaded
