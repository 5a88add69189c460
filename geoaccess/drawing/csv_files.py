"""The tables of a report as CSV files, plain or as Norwegian Excel opens them with a double click."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geoaccess.drawing.blocks import Column, Document, Quantity, Table
from geoaccess.drawing.plain_text import is_missing, told_sections
from geoaccess.ground.writing import beside
from geoaccess.words.visible import visible
from geoaccess.words.words import Words

#: Signs that begin a formula; Excel takes a full-width sign for its plain one.
_FORMULA_STARTS = tuple("=+-@＝＋－＠")


def write_sheets(document: Document, words: Words, folder: Path, *, norwegian: bool = False) -> list[Path]:
    """One CSV file per table of a report, and one with its notes, sources and provenance.

    Args:
        document: the report.
        words: the language of the headings.
        folder: where the files go.
        norwegian: semicolons, decimal commas, UTF-8 with a byte order mark; else commas, points, UTF-8.

    Raises:
        OutputError: a file cannot be written.
    """
    form: dict[str, Any] = {"encoding": "utf-8", "lineterminator": "\n"}
    if norwegian:
        form = {"sep": ";", "encoding": "utf-8-sig", "lineterminator": "\r\n"}
    frames = {table.key: plain_table(table) for table in document.tables}
    frames["notes"] = _notes(document, words)
    for key, frame in frames.items():
        with beside(folder / f"{key}.csv") as part:
            _with_plain_figures(frame, "," if norwegian else ".").to_csv(part, index=False, **form)
    return [folder / f"{key}.csv" for key in frames]


def _with_plain_figures(frame: pd.DataFrame, decimal: str) -> pd.DataFrame:
    """The table with its figures as texts: whole persons without a decimal sign, others without noise."""
    columns = [
        [_figure(value, decimal) for value in frame.iloc[:, place]]
        if frame.dtypes.iloc[place].kind == "f"
        else frame.iloc[:, place].tolist()
        for place in range(frame.shape[1])
    ]
    made = pd.DataFrame({place: pd.Series(column, dtype=object) for place, column in enumerate(columns)})
    made.columns = frame.columns
    return made


def _figure(value: float, decimal: str) -> str:
    """A figure to ten digits, which is more than any of them is known to; empty where there is none."""
    if not math.isfinite(value):
        return ""
    text = np.format_float_positional(float(f"{value:.10g}"), trim="-")
    return text.replace(".", decimal)


def plain_table(table: Table) -> pd.DataFrame:
    """The table under its headings: numbers as they are, shares in per cent, text that runs nothing."""
    made = [_values(table, column) for column in table.columns]
    frame = pd.concat(made, axis=1) if made else pd.DataFrame()
    frame.columns = pd.Index([_safe(column.heading) for column in table.columns])
    return frame


def _values(table: Table, column: Column) -> pd.Series:
    values = table.frame[column.key]
    if column.quantity is Quantity.TEXT:
        return pd.Series([_text(value) for value in values], index=values.index, dtype=object)
    if column.quantity is Quantity.SHARE:
        return 100.0 * values
    if column.quantity is Quantity.BY_ROW:
        return values * (table.frame[f"{column.key}_quantity"] == Quantity.SHARE).map(
            {True: 100.0, False: 1.0}
        )
    return values


def _notes(document: Document, words: Words) -> pd.DataFrame:
    rows = [
        (_safe(title), _safe(term), _safe(text))
        for title, pairs in told_sections(document)
        for term, text in pairs
    ]
    return pd.DataFrame(
        rows, columns=[words("column.section"), words("column.subject"), words("column.text")]
    )


def _text(value: object) -> str:
    """A text cell; empty where there is no text."""
    return "" if is_missing(value) else _safe(value)


def _safe(value: object) -> str:
    """A text that no spreadsheet runs as a formula: a leading apostrophe makes it plain."""
    text = visible(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
