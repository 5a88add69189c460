"""Population tables as SSB's statistics bank exports them: tidy or wide, with code and text, in any encoding.

Read are the exports of PxWeb as text or workbook: comma, semicolon or tab; a title above the header; years
down a column (tidy) or across (``Personer 2035``, ``Hovedalternativet (MMM) 2035``, ``2035``); ages down a
column or across; both sexes or each.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from geoaccess.demand.ages import parse_age
from geoaccess.demand.points import shortened
from geoaccess.demand.population import PopulationTable, population_table
from geoaccess.ground.errors import DataError
from geoaccess.ground.point_layers import layer_of
from geoaccess.ground.spelling import fold
from geoaccess.words.note import Note
from networks.errors import Fault
from networks.sentences import Sentence
from networks.table_files import WORKBOOKS, decoded, notice, spelled, workbook_cells

#: Names of the columns that are keys, in any case.
KEYS = {
    "region": {
        "region",
        "kommune",
        "kommunenr",
        "kommunenummer",
        "municipality",
        "municipality_code",
        "fylke",
        "county",
    },
    "age": {"alder", "age", "aldersgruppe", "age group"},
    "sex": {"kjønn", "kjonn", "sex", "gender"},
    "year": {"år", "aar", "year", "tid", "time", "calyear"},
    "contents": {
        "statistikkvariabel",
        "contents",
        "contentscode",
        "innhold",
        "alternativ",
        "alternative",
        "framskriv",
    },
}
#: Columns that say something of a row but are neither a key nor a figure.
REMARKS = {"imputed", "name", "navn"}
#: What statistics offices write where there is no figure.
MISSING = {"", ".", "..", "...", ":", "-", "na", "nan"}

#: Columns of the figures that :func:`population_table` takes.
FIGURE = ["region_code", "label", "year", "sex", "contents", "persons", "row"]

_CODE = re.compile(r"^(?:[KFkf][-_])?(\d{1,4})(?:\s.*)?$")
_YEAR = re.compile(r"^(?:19|20)\d\d$")
_YEAR_HEADER = re.compile(r"^(?P<contents>.*?)\s*(?P<year>(?:19|20)\d\d)$")


def read_population(
    path: Path, *, contents: str | None = None, names: Mapping[str, str] | None = None
) -> PopulationTable:
    """Read a population table or projection exported from SSB's statistics bank.

    Args:
        path: the exported text file or workbook (``FILE:SHEET`` where it has several).
        contents: which alternative or statistic, where the file has several.
        names: region code -> name, for exports that name regions without their code.

    Raises:
        DataError: no header, unknown regions, ages and columns, missing or impossible figures, rows marked as
            imputed, and all that :func:`geoaccess.demand.population.population_table` refuses; all listed.
    """
    header, rows = _rows(path)
    layout = _Layout.of(header, path.name)
    reader = _Reader(path.name, layout, names or {})
    figures = [figure for number, cells in rows for figure in reader.figures(number, cells)]
    if not rows:
        reader.faults.append(Fault("there are no rows below the header", where=path.name))
    if reader.faults:
        raise DataError(shortened(reader.faults))
    return population_table(pd.DataFrame(figures, columns=FIGURE), where=path.name, contents=contents)


def _rows(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header and the numbered rows below it, up to the first blank line (footnotes follow it)."""
    try:
        tables = _as_tables(path)
    except (OSError, ValueError) as error:
        raise DataError([Fault(Note("fault.unreadable", error=error), where=str(path))]) from error
    for rows in tables:
        for number, cells in enumerate(rows):
            header = [cell.strip() for cell in cells]
            if len(header) > 1 and header[0].casefold() in KEYS["region"]:
                return _filled(header), list(
                    _until_blank(rows[number + 1 :], number + 2, len(_filled(header)))
                )
    raise DataError([Fault("no header found: a line whose first column is the region", where=path.name)])


def _as_tables(path: Path) -> Iterator[list[list[str]]]:
    """The cells of a workbook, or those of a text by each separator that may be meant."""
    path, sheet = layer_of(path)
    if path.suffix.lower() in WORKBOOKS:
        return iter([workbook_cells(path, sheet).to_numpy().tolist()])
    text, encoding = decoded(path.read_bytes())
    if encoding != "utf-8":
        notice(Sentence("net.read_as", "{file}: read as {what}", file=path.name, what=(spelled(encoding),)))
    lines = text.splitlines()
    return (list(csv.reader(lines, delimiter=delimiter)) for delimiter in (";", "\t", ","))


def _filled(header: list[str]) -> list[str]:
    """The header without the blank cells that spreadsheets leave behind it."""
    return header[: max(place + 1 for place, cell in enumerate(header) if cell)]


def _until_blank(rows: list[list[str]], first: int, width: int) -> Iterator[tuple[int, list[str]]]:
    for number, cells in enumerate(rows, start=first):
        stripped = [cell.strip() for cell in cells]
        if not any(stripped):
            return
        yield number, stripped if any(stripped[width:]) else stripped[:width]


@dataclass(frozen=True)
class _Figure:
    """A column that holds figures, and what its header says of them."""

    position: int
    contents: str = ""
    year: int | None = None
    age: str = ""


@dataclass(frozen=True)
class _Layout:
    """Where the keys and the figures of a table stand."""

    header: list[str]
    keys: dict[str, int]
    remarks: dict[str, int]
    columns: list[_Figure]

    @classmethod
    def of(cls, header: list[str], where: str) -> _Layout:
        """The layout that a header means.

        Raises:
            DataError: no years, no figures, or a column that is neither.
        """
        lowered = [name.casefold() for name in header]
        keys: dict[str, int] = {}
        for kind, known in KEYS.items():
            positions = [position for position, name in enumerate(lowered) if name in known]
            if positions:
                keys[kind] = positions[0]
        remarks = {name: position for position, name in enumerate(lowered) if name in REMARKS}
        free = [
            position for position in range(len(header)) if position not in {*keys.values(), *remarks.values()}
        ]
        columns = [_figure(header[position], position, keys) for position in free]
        years = "year" in keys or any(column.year for column in columns)
        faults = [] if years else [Fault("no year: neither in a column nor in the header", where=where)]
        faults += [] if columns else [Fault("no column of figures", where=where)]
        odd = [
            column
            for column in columns
            if ("year" not in keys and years and column.year is None)
            or (any(other.age for other in columns) and not column.age)
        ]
        faults += [
            Fault("the column means nothing here", where=where, column=header[one.position]) for one in odd
        ]
        if faults:
            raise DataError(faults)
        return cls(header, keys, remarks, columns)


def _figure(name: str, position: int, keys: dict[str, int]) -> _Figure:
    across = _YEAR_HEADER.match(name)
    if "year" not in keys and across:
        return _Figure(position, contents=across["contents"], year=int(across["year"]))
    if "age" not in keys and _is_age(name):
        return _Figure(position, age=name)
    return _Figure(position, contents=name)


def _is_age(name: str) -> bool:
    try:
        parse_age(name)
    except ValueError:
        return False
    return True


class _Reader:
    """Reads the rows of one export, gathering faults until all of them are known."""

    def __init__(self, where: str, layout: _Layout, names: Mapping[str, str]) -> None:
        self.where = where
        self.layout = layout
        self.codes = {fold(name): code for code, name in names.items()}
        self.faults: list[Fault] = []

    def figures(self, number: int, cells: list[str]) -> list[tuple[object, ...]]:
        """The figures of one row, in the order of :data:`FIGURE`."""
        layout = self.layout
        if len(cells) != len(layout.header):
            self._fault(
                number, "", Note("fault.export.cells", n_cells=len(cells), n_header=len(layout.header)), ""
            )
            return []
        if "imputed" in layout.remarks and cells[layout.remarks["imputed"]].casefold() in {
            "true",
            "1",
            "yes",
        }:
            self._fault(
                number, "imputed", "the row is a copy of another year, not a figure of its own", "true"
            )
            return []
        region = self._region(number, self._cell(cells, "region"))
        found: list[tuple[object, ...]] = []
        for column in layout.columns:
            label = column.age or self._cell(cells, "age") or "total"
            year = column.year or self._year(number, self._cell(cells, "year"))
            known = self._known_age(number, label)
            persons = self._persons(number, layout.header[column.position], cells[column.position])
            if region and year and known and persons is not None:
                contents = self._cell(cells, "contents") or column.contents
                found.append((region, label, year, self._cell(cells, "sex"), contents, persons, number))
        return found

    def _cell(self, cells: list[str], kind: str) -> str:
        return cells[self.layout.keys[kind]] if kind in self.layout.keys else ""

    def _fault(self, number: int, column: str, message: str, value: str) -> None:
        self.faults.append(Fault(message, where=self.where, row=str(number), column=column, value=value))

    def _region(self, number: int, text: str) -> str:
        if found := _CODE.match(text):
            return found[1]
        code = self.codes.get(fold(text), "")
        if not code:
            self._fault(number, "region", "no region code and no known name; export codes and texts", text)
        return code

    def _year(self, number: int, text: str) -> int | None:
        if _YEAR.match(text):
            return int(text)
        self._fault(number, "year", "is no year", text)
        return None

    def _known_age(self, number: int, label: str) -> bool:
        try:
            parse_age(label)
        except ValueError as error:
            self._fault(number, "age", str(error), label)
            return False
        return True

    def _persons(self, number: int, column: str, text: str) -> float | None:
        if text.casefold() in MISSING:
            self._fault(number, column, "there is no figure; nothing is put in its place", text)
            return None
        plain = re.sub(r"\s", "", text).replace(",", ".")
        try:
            persons = float(plain)
        except ValueError:
            persons = np.nan
        if not (np.isfinite(persons) and persons >= 0):
            self._fault(number, column, "must be a number of persons of at least 0", text)
            return None
        return persons
