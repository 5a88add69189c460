"""Reading and writing tables: by their ending, with every fault of a table found at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from geoaccess.ground.errors import DataError, did_you_mean
from networks.errors import Fault
from networks.tables import has_unnamed_cells

ColumnType = Literal["text", "float", "count", "lat", "lon"]

#: Bounds of each numeric column type, both inclusive.
_BOUNDS: Mapping[ColumnType, tuple[float, float]] = {
    "float": (-np.inf, np.inf),
    "count": (0.0, np.inf),
    "lat": (-90.0, 90.0),
    "lon": (-180.0, 180.0),
}
READABLE = (".csv", ".parquet", ".geoparquet", ".gpkg", ".geojson")


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
    """A table as it stands in a file, chosen by its ending; CSV cells stay text.

    A point geometry becomes ``lon`` and ``lat`` columns (EPSG:4326) where the table has none.

    Raises:
        DataError: the file is missing, unreadable or of an unknown kind.
    """
    if not path.is_file():
        raise DataError([Fault("file not found", where=str(path))])
    try:
        if path.suffix == ".csv":
            return _whole_rows(
                pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig"), path
            )
        if path.suffix in {".parquet", ".geoparquet"}:
            return pd.read_parquet(path)
        if path.suffix in {".gpkg", ".geojson"}:
            return _read_points(path)
    except (ValueError, OSError, RuntimeError, TypeError, KeyError) as error:
        # TypeError and KeyError: a damaged Parquet schema, as pyarrow passes it on to pandas.
        raise DataError([Fault(f"cannot be read as a table: {error}", where=str(path))]) from error
    raise DataError([Fault(f"unknown kind of table; use one of {', '.join(READABLE)}", where=str(path))])


def _whole_rows(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    """The table, unless its rows have more cells than the header."""
    if has_unnamed_cells(frame):
        message = "the rows have more cells than the header: name every column, or take the last comma away"
        raise DataError([Fault(message, where=str(path))])
    return frame


def _read_points(path: Path) -> pd.DataFrame:
    import geopandas as gpd  # noqa: PLC0415 - half a second that most runs need not pay

    layer = gpd.read_file(path)
    if layer.crs is None:
        raise DataError([Fault("the layer has no coordinate reference system", where=str(path))])
    points = layer.geometry.to_crs(4326)
    if not (points.geom_type == "Point").all():
        raise DataError([Fault("only points can be read as a table of places", where=str(path))])
    frame = pd.DataFrame(layer.drop(columns=layer.geometry.name))
    return frame.assign(lon=frame.get("lon", points.x), lat=frame.get("lat", points.y))


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
    if frame.empty:
        return [Fault("the table has no rows", where=where)]
    faults: list[Fault] = []
    for column in columns:
        if column.name not in frame:
            if column.required:
                hint = did_you_mean(column.name, [str(name) for name in frame.columns])
                faults.append(Fault(f"the column is missing{hint}", where=where, column=column.name))
            continue
        faults += _check_column(frame, column, where)
    return faults


def _check_column(frame: pd.DataFrame, column: Column, where: str) -> list[Fault]:
    texts = frame[column.name].astype(object).where(frame[column.name].notna(), "").astype(str).str.strip()
    empty = (texts == "").to_numpy()
    problems: dict[int, str] = {}
    if not column.blank:
        problems |= dict.fromkeys(np.flatnonzero(empty).tolist(), "must not be blank")
    if column.type == "text":
        frame[column.name] = texts
        if column.choices:
            unknown = np.flatnonzero(~texts.isin(column.choices).to_numpy() & ~empty)
            problems |= dict.fromkeys(unknown.tolist(), f"must be one of {', '.join(column.choices)}")
    else:
        values = pd.to_numeric(texts.where(~empty), errors="coerce").to_numpy(dtype=np.float64)
        low, high = _BOUNDS[column.type]
        bad = ~empty & ~(np.isfinite(values) & (values >= low) & (values <= high))
        wanted = {"lat": "a latitude from -90 to 90", "lon": "a longitude from -180 to 180"}.get(
            column.type, "a number of at least 0" if column.type == "count" else "a number"
        )
        problems |= dict.fromkeys(np.flatnonzero(bad).tolist(), f"must be {wanted}, with a decimal point")
        frame[column.name] = values
    if column.unique:
        twice = np.flatnonzero(texts.duplicated().to_numpy() & ~empty)
        problems |= dict.fromkeys(twice.tolist(), "stands twice; ids must be unique")
    return [
        Fault(message, where=where, row=str(row + 2), column=column.name, value=texts.iloc[row])
        for row, message in sorted(problems.items())
    ]


def check_references(
    frame: pd.DataFrame, column: str, known: Iterable[str], *, where: str, what: str
) -> list[Fault]:
    """Faults for the cells of a text column that name nothing known; blanks pass."""
    names = list(known)
    wrong = ~frame[column].isin(names) & (frame[column] != "")
    return [
        Fault(
            f"no {what} of that name{did_you_mean(str(frame[column].iloc[row]), names)}",
            where=where,
            row=str(row + 2),
            column=column,
            value=str(frame[column].iloc[row]),
        )
        for row in np.flatnonzero(wrong.to_numpy())
    ]
