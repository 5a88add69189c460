"""Results in a notebook: a few lines as text, HTML with the map inside, tables with dimensions."""

from __future__ import annotations

import html
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from geoaccess.ground.errors import DataError
from geoaccess.ground.optional_packages import need
from geoaccess.words.note import Note
from networks.brief import MOST_LINES, Brief, brief_lines

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import xarray as xr

    from geoaccess.answers.answer import Answer
    from geoaccess.answers.columns import Column

#: What rows of tables are of, in the order of the dimensions.
_DIMENSIONS = ("demand_id", "site_id", "municipality_code", "kind", "scenario", "clock", "year", "hour")
_FRAME_PX = 560


class Told(Brief, ABC):
    """A result that an :class:`Answer` is made of: it has a map, a report, and its tables in other forms."""

    #: The table of its places; empty = the first of the answer that has places.
    _of_places: ClassVar[str] = ""

    @abstractmethod
    def answer(self) -> Answer:
        """The same as it is kept in a folder: it draws the map and writes the report."""

    def to_geodataframe(self, table: str = "") -> gpd.GeoDataFrame:
        """A table with places as points (:meth:`Answer.to_geodataframe`)."""
        return self.answer().to_geodataframe(table or self._of_places)

    def to_xarray(self, table: str = "") -> xr.Dataset:
        """A table by the ids of its rows (:meth:`Answer.to_xarray`)."""
        return self.answer().to_xarray(table or self._of_places)

    def map(self, path: str | Path, *, language: str = "en") -> Path:
        """Draw the map (:meth:`Answer.map`)."""
        return self.answer().map(path, language=language)

    def report(self, path: str | Path, *, language: str = "en") -> list[Path]:
        """Write the report (:meth:`Answer.report`)."""
        return self.answer().report(path, language=language)

    def _repr_html_(self) -> str:
        return self.answer()._repr_html_()


def answer_lines(answer: Answer) -> str:
    """The question, its proof, its figures and its tables as text."""
    proof, told = answer.proof, answer.figures
    rows: list[tuple[str, object]] = []
    if proof:
        rows.append(
            (
                "proof",
                f"{proof.status}, {proof.objective:.6g}, bound {proof.lower_bound:.6g}, gap {proof.gap:.3g}",
            )
        )
    plain = [(name, value) for name, value in told.items() if isinstance(value, int | float | str | bool)]
    shown = [row for row in plain if row[0] not in {"status", "objective", "lower_bound", "gap"}]
    rows += shown[: MOST_LINES - 10]
    rows += [(name, table) for name, table in list(answer.tables.items())[:6]]
    rows.append(("notes", answer.notes))
    return brief_lines(f"{answer.question}: {answer.facts.get('study', '')}".rstrip(": "), rows)


def framed(page: str, title: str) -> str:
    """A map's page within another: in a frame that may run its own scripts, and reach nothing else.

    The page stands in the attribute as text, so nothing is fetched; ``sandbox`` without ``allow-same-origin``
    keeps it from the notebook around it.
    """
    text = html.escape(page, quote=True)
    return (
        f'<iframe sandbox="allow-scripts" title="{html.escape(title, quote=True)}" width="100%" '
        f'height="{_FRAME_PX}" style="border:0" srcdoc="{text}"></iframe>'
    )


def dataset(table: pd.DataFrame, columns: Sequence[Column], name: str) -> xr.Dataset:
    """A table with the dimensions of its ids: places, kinds, scenarios.

    What is the same for all rows of one id (names, coordinates, people) has that dimension alone.

    Raises:
        DataError: its rows are not told apart by such ids.
        MissingPackageError: xarray is not installed.
    """
    need("xarray", extra="notebook")
    present = [one for one in _DIMENSIONS if one in table]
    keys = [one for one in present if table[one].nunique(dropna=False) > 1] or present[:1]
    # What another id already tells, such as the municipality of a place, is no dimension.
    for one in keys[1:]:
        fewer = [key for key in keys if key != one]
        keys = keys if table.duplicated(fewer).any() else fewer
    if not keys or table.duplicated(keys).any() or table[keys].isna().any(axis=None):
        raise DataError(Note("fault.answer.no_dimensions", table=name, known=", ".join(_DIMENSIONS)))
    made: xr.Dataset = table.set_index(keys).to_xarray()
    first = keys[0]
    for variable in list(made.data_vars):
        if (
            len(keys) > 1
            and (table.groupby(first, sort=False)[str(variable)].nunique(dropna=False) <= 1).all()
        ):
            values = table.drop_duplicates(first).set_index(first)[str(variable)].reindex(made[first].values)
            made[str(variable)] = (first, values.to_numpy())
    told: dict[str, Any] = {column.name: column for column in columns}
    for variable in made.variables:
        if str(variable) in told:
            column = told[str(variable)]
            made[str(variable)].attrs = {"units": column.unit, "long_name": column.meaning["en"]}
    return made
