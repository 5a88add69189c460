"""Options that many commands share."""

from __future__ import annotations

import math
from typing import Any

import click

from geoaccess.words.catalogue import LANGUAGES
from geoaccess.words.terminal import current_language


class Figure(click.FloatRange):
    """A figure within a range; NaN and infinity, which lie in no range, are refused."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The figure of a text."""
        found = float(super().convert(value, param, ctx))
        if not math.isfinite(found):
            self.fail(f"{value} is no figure.", param, ctx)
        return found


def json_option(function: Any) -> Any:
    """The ``--json`` option that every command has."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print one JSON object on stdout and nothing else there."
    )(function)


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
    """The ``--quiet`` option: no notes, no progress."""
    return click.option("-q", "--quiet", is_flag=True, help="No notes and no progress.")(function)
