"""Options that many commands share."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import click

from geoaccess.terminal.output import CSV, VERBOSE
from geoaccess.words.locales import LANGUAGES
from geoaccess.words.note import Note
from geoaccess.words.terminal import current_language


class Figure(click.FloatRange):
    """A figure within a range; NaN and infinity, which lie in no range, are refused."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The figure of a text."""
        try:
            found = float(super().convert(value, param, ctx))
        except click.BadParameter as error:
            # As it was typed: Python's own spelling of a float is English.
            self.fail(error.message.replace(f"{_float_of(value)} ", f"{str(value).strip()} ", 1), param, ctx)
        if not math.isfinite(found):
            self.fail(Note("fault.no_figure", value=value), param, ctx)
        return found


def _float_of(value: Any) -> str:
    try:
        return str(float(value))
    except ValueError:
        return str(value)


def json_option(function: Any) -> Any:
    """The options ``--json`` and ``--csv`` that every command has."""
    as_csv = click.option(
        "--csv",
        is_flag=True,
        expose_value=False,
        callback=_remembered(CSV),
        help="Print the main table as CSV on stdout and nothing else there.",
    )
    return click.option(
        "--json", "as_json", is_flag=True, help="Print one JSON object on stdout and nothing else there."
    )(as_csv(function))


def _remembered(key: str) -> Callable[[click.Context, click.Parameter, bool], None]:
    """A callback that leaves a flag where :class:`geoaccess.terminal.output.Output` finds it."""

    def remember(context: click.Context, _: click.Parameter, value: bool) -> None:
        if value:
            context.meta[key] = True

    return remember


def language_option(function: Any) -> Any:
    """The ``--lang`` option of commands that write pages; default: that of the whole command line."""
    return click.option(
        "--lang",
        "language",
        type=click.Choice(LANGUAGES),
        default=current_language,
        help="Language of the file's own words. [default: that given before the command]",
    )(function)


def quiet_option(function: Any) -> Any:
    """The options ``--quiet``, no notes and no progress, and ``--verbose``, every note in full."""
    verbose = click.option(
        "-v",
        "--verbose",
        is_flag=True,
        expose_value=False,
        callback=_remembered(VERBOSE),
        help="Every note in full; on a terminal they take three lines else.",
    )
    return click.option("-q", "--quiet", is_flag=True, help="No notes and no progress.")(verbose(function))


def week_of_option(function: Any) -> Any:
    """The ``--week-of`` option of questions over all moments of leaving."""
    return click.option(
        "--week-of",
        metavar="YYYY-MM-DD",
        type=click.DateTime(["%Y-%m-%d"]),
        help="With --around-the-clock: leave in the week from this date, with its weekdays and seasons.",
    )(function)


def draws_option(default: int | None = None) -> Callable[[Any], Any]:
    """The ``--draws`` option of questions over all moments of leaving; None: the question has its own."""
    return click.option(
        "--draws",
        type=click.IntRange(1, 1000),
        default=default,
        show_default=default is not None,
        help="With --around-the-clock: timetables drawn for ferries whose departures are not known.",
    )


_RESOURCES = "geoaccess.resources"


def resources_option(function: Any) -> Any:
    """The ``--resources`` option: who is counted of those who can come; :func:`asked_resources` reads it."""

    def remember(context: click.Context, _: click.Parameter, value: str | None) -> None:
        context.meta[_RESOURCES] = (
            () if value is None else tuple(filter(None, map(str.strip, value.split(","))))
        )
        if value is not None and not context.meta[_RESOURCES]:
            raise click.BadParameter("name at least one resource, such as ambulance_station")

    return click.option(
        "--resources",
        metavar="NAME[,NAME]...",
        expose_value=False,
        callback=remember,
        help="Count these resources of the study only (ambulance_station: cars alone). [default: all]",
    )(function)


def no_resources_option(function: Any) -> Any:
    """Refuses ``--resources`` where nobody comes: minutes of a network, or of runs that counted already."""

    def refuse(_context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
        if value is not None:
            raise click.UsageError(Note("error.resources_unused"))

    option = click.option("--resources", hidden=True, expose_value=False, callback=refuse)
    return option(function)


def asked_resources() -> Sequence[str]:
    """The resources that the command was told to count; empty = all."""
    context = click.get_current_context(silent=True)
    found: Sequence[str] = context.meta.get(_RESOURCES, ()) if context else ()
    return found
