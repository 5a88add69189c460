"""The option ``--year``: people of another year in any command that counts people."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from geoaccess.study import Study

F = TypeVar("F", bound=Callable[..., Any])


def year_option(command: F) -> F:
    """Add ``--year`` to a command; :func:`load_in_year` reads the study as it asks."""
    return click.option("--year", type=int, help="People of this year, by the study's projection.")(command)


def load_in_year(study: str | Path, year: int | None) -> Study:
    """A study by name or path, with the people of a year where one is asked for.

    Raises:
        UnknownNameError: there is no such study.
        DataError: the study has faults, or no projection of that year.
    """
    from geoaccess.study import load_study
    from geoaccess.study.in_year import in_year

    loaded = load_study(study)
    return loaded if year is None else in_year(loaded, loaded.config.demand.projection, year)
