"""Reading and writing tables: by their ending, with every fault of a table found at once."""

from __future__ import annotations

import csv
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TextIO

import numpy as np
import pandas as pd

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError, did_you_mean
from geoaccess.ground.point_layers import layer_of, read_geoparquet, read_point_layer, source_of
from geoaccess.ground.qgis_projects import PROJECTS
from geoaccess.words.figures import significant
from geoaccess.words.note import Note, sentence_of, word
from networks.errors import Fault
from networks.table_files import (
    DECIMAL_COMMA,
    TEXT_TABLES,
    WORKBOOKS,
    TableNotice,
    notice,
    numbers,
    read_texts,
    row_in_file,
)
from networks.tables import TableReader

ColumnType = Literal["text", "float", "count", "lat", "lon"]

#: Bounds of each numeric column type, both inclusive.
_BOUNDS: Mapping[ColumnType, tuple[float, float]] = {
    "float": (-np.inf, np.inf),
    "count": (0.0, np.inf),
    "lat": (-90.0, 90.0),
    "lon": (-180.0, 180.0),
}
READABLE = (*TEXT_TABLES, *WORKBOOKS, ".parquet", ".geoparquet", ".gpkg", ".geojson", *PROJECTS)

#: Headings of ids, the surest first, without case, signs and spaces; within a line, the order counts.
ID_HEADINGS: tuple[tuple[str, ...], ...] = (
    ("id",),
    (
        "pointid",
        "demandid",
        "facilityid",
        "siteid",
        "stationid",
        "fromid",
        "toid",
        "originid",
        "destinationid",
    ),
    ("municipalitycode", "kommunenr", "kommunenummer", "komnr", "orgnr", "organisasjonsnummer"),
    ("code", "kode", "nr", "nummer", "number", "key", "uuid", "guid", "gid", "fid", "objectid", "osmid"),
    ("name", "navn"),
)
#: Endings of such headings; no place is called so (Astrid and Madrid end in a plain ``id``).
_ID_ENDING = re.compile(r"[_\W](id|code|key)$|(?-i:[a-z](Id|ID))$|(nr|nummer|kode)$|id\d{4}m$", re.IGNORECASE)
_LEAST_STAND_IN = 999.0
_NINES = re.compile(r"9{3,}(\.9+)?")
_STAND_INS = frozenset(
    [float(2**bits - 1) for bits in (15, 16, 31, 32, 63, 64)] + [float(10**power) for power in range(6, 39)]
)
_BEYOND_BELIEF = 1e8


@dataclass(frozen=True, slots=True)
class Column:
    """What a column must hold.

    Attributes:
        name: column name in the file.
        type: ``text``, ``float``, ``count`` (a number of at least 0), ``lat`` or ``lon`` (degrees).
        required: the column must exist.
        blank: a cell may be empty (NaN, or the empty text).
        unique: no value may stand twice.
        choices: the texts allowed; empty = any.
    """

    name: str
    type: ColumnType = "text"
    required: bool = True
    blank: bool = False
    unique: bool = False
    choices: tuple[str, ...] = ()


def read_frame(path: Path) -> pd.DataFrame:
    """A table as it stands in a file, by its ending in any case; cells of texts and workbooks stay text.

    Text tables are read in the spellings of :mod:`networks.table_files`, with a notice of what was found.
    A point geometry becomes ``lon`` and ``lat`` columns (EPSG:4326), whatever such columns say: see
    :mod:`geoaccess.ground.point_layers`, also for files of several layers or sheets
    (``FILE:LAYER``) and the layers of a QGIS project.

    Raises:
        DataError: the file is missing, unreadable or of an unknown kind.
    """
    asked = layer_of(path)[0]
    if not asked.is_file():
        raise DataError([Fault("file not found", where=str(asked))])
    try:
        source = source_of(path)
        path, layer = source.file, source.layer
        kind = path.suffix.lower()
        if kind in {*TEXT_TABLES, *WORKBOOKS}:
            return read_texts(path, sheet=layer)
        if kind in {".parquet", ".geoparquet"}:
            return read_geoparquet(path)
        if kind in {".gpkg", ".geojson"} or asked != path:
            return read_point_layer(path, layer, where=source.where)
    except DataError:
        raise
    except (ValueError, OSError, RuntimeError, TypeError, KeyError, csv.Error) as error:
        # TypeError and KeyError: a damaged Parquet schema, as pyarrow passes it on to pandas.
        raise DataError([Fault(Note("fault.no_table", error=error), where=str(path))]) from error
    raise DataError([Fault(Note("fault.table.ending", readable=tuple(READABLE)), where=str(path))])


@contextmanager
def noticed() -> Iterator[list[str]]:
    """What readers of tables have to say of them meanwhile, for those who keep it with their result."""
    told: list[str] = []
    usual = warnings.showwarning

    def keep(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if not issubclass(category, TableNotice):
            usual(message, category, filename, lineno, file, line)
        elif str(message) not in told:
            told.append(sentence_of(message))

    with warnings.catch_warnings():
        warnings.simplefilter("always", TableNotice)
        warnings.showwarning = keep
        yield told


def id_heading(heading: str) -> int | None:
    """How surely a heading names a column of ids: 0 the surest; None for no such heading."""
    folded = re.sub(r"[\W_]", "", heading).casefold()
    for rank, headings in enumerate(ID_HEADINGS):
        if folded in headings:
            return rank
    return len(ID_HEADINGS) - 2 if _ID_ENDING.search(heading.strip()) else None


def id_column(columns: Iterable[str], *, where: str) -> str:
    """The column whose texts name the rows, by its heading alone.

    ``id`` comes before ids of points, facilities or journeys, these before official numbers, these before
    other codes, and names come last; of several in one of these groups the first named in
    :data:`ID_HEADINGS`, then the first in the table. A first column without heading, as pandas writes its
    index, counts if there is nothing else.

    Raises:
        DataError: no heading says that it names the rows; their numbers are never taken instead.
    """
    headings = [str(name) for name in columns]
    ranked = [
        (rank, _place_in_rank(name, rank), name)
        for name in headings
        if (rank := id_heading(name)) is not None
    ]
    if ranked:
        return min(ranked, key=lambda found: found[:2])[2]
    if headings and headings[0] == "":
        return ""
    message = Note("fault.table.no_ids", headings=tuple(headings))
    raise DataError([Fault(message, where=where)])


def _place_in_rank(heading: str, rank: int) -> int:
    folded = re.sub(r"[\W_]", "", heading).casefold()
    known = ID_HEADINGS[rank]
    return known.index(folded) if folded in known else len(known)


def read_table(path: Path, columns: Iterable[Column]) -> pd.DataFrame:
    """Read a table and check every cell against its column; columns not named are kept as text.

    Raises:
        DataError: with every fault: missing column, not a number, out of range, blank, duplicate, unknown.
    """
    frame = read_frame(path)
    faults = list(check_frame(frame, columns, where=path.name))
    if faults:
        raise DataError(faults)
    return frame


def check_frame(frame: pd.DataFrame, columns: Iterable[Column], *, where: str) -> list[Fault]:
    """Convert the columns of ``frame`` in place and list its faults (rows counted with the header as 1)."""
    columns = list(columns)
    reader = TableReader.of(frame, where, required=[column.name for column in columns if column.required])
    if frame.empty:
        return reader.faults
    for column in columns:
        if column.name in frame:
            _check_column(reader, frame, column)
    return reader.faults


def _check_column(reader: TableReader, frame: pd.DataFrame, column: Column) -> None:
    before = len(reader.faults)
    if column.type == "text":
        frame[column.name] = pd.Series(reader.texts(column.name), index=frame.index, dtype=object)
        if column.choices:
            reader.texts(column.name, allowed=(*column.choices, ""))
    else:
        low, high = _BOUNDS[column.type]
        values = reader.numbers(column.name, low=low, high=high)
        frame[column.name] = values
        if column.type == "count" and len(reader.faults) == before:
            note_stand_ins(values, where=reader.where, column=column.name)
    if column.unique:
        reader.ids(column.name, blank=column.blank)
    elif not column.blank:
        reader.filled(column.name)


def figures(frame: pd.DataFrame, column: str) -> FloatArray:
    """(n,) the figures of a column of :func:`read_frame`; NaN for what is none."""
    return numbers(frame[column].astype(str).tolist(), decimal_comma=frame.attrs.get(DECIMAL_COMMA) is True)


def note_stand_ins(values: FloatArray, *, where: str, column: str) -> None:
    """Say how often figures stand that programs write where they have none, such as 9999 or 65535."""
    for figure, count in stand_ins(values).items():
        notice(Note("note.stand_in", file=where, column=column, count=count, figure=significant(figure, 15)))


def stand_ins(values: FloatArray) -> dict[float, int]:
    """How often each figure stands that is all nines (from 999), a power of ten from 1e6, or 2^15-1, ...

    Also what is beyond 1e8, the people of no place and the minutes of no journey.
    """
    known = values[np.isfinite(values) & (values >= _LEAST_STAND_IN)]
    figures, counts = np.unique(known, return_counts=True)
    return {
        float(figure): int(count)
        for figure, count in zip(figures, counts, strict=True)
        if figure in _STAND_INS or figure >= _BEYOND_BELIEF or _NINES.fullmatch(f"{figure:.10g}")
    }


def check_references(
    frame: pd.DataFrame, column: str, known: Iterable[str], *, where: str, what: str
) -> list[Fault]:
    """Faults for the cells of a text column that name nothing known; blanks pass."""
    names = list(known)
    wrong = ~frame[column].isin(names) & (frame[column] != "")
    return [
        Fault(
            Note(
                "fault.table.no_such", what=word(what), hint=did_you_mean(str(frame[column].iloc[row]), names)
            ),
            where=where,
            row=row_in_file(frame, int(row)),
            column=column,
            value=str(frame[column].iloc[row]),
        )
        for row in np.flatnonzero(wrong.to_numpy())
    ]
