"""Tables of texts as spreadsheets and programs write them: one reader for CSV in its spellings and for XLSX.

Read are comma, semicolon, tab and bar; Excel's line ``sep=``; UTF-8 with and without byte order mark, UTF-16,
and Windows-1252; decimal commas, where commas do not separate the cells; the filled sheet of a workbook.
What differs from plain CSV in UTF-8 is said in a :class:`TableNotice`; what could be read in two ways is
refused. Cells stay text: :func:`numbers` turns them into figures where figures are wanted.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from networks.sentences import Sentence

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_SEPARATED = {"semicolon": "separated by semicolons", "tab": "separated by tabs", "bar": "separated by bars"}
WORKBOOKS = (".xlsx", ".xlsm")
TEXT_TABLES = (".csv", ".tsv", ".txt")
#: Attribute of a frame: True where commas in figures are decimal commas, None where they may be, else False.
DECIMAL_COMMA = "decimal_comma"
#: Attribute of a frame: how many rows had fewer cells than the header, where any had.
SHORT_ROWS = "short_rows"
#: Attribute of a frame: how many rows of its sheet stand above the header, where any do.
ROWS_ABOVE = "rows_above"

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: Signs that Windows-1252 gives for the letters æ, ø, å of DOS and of old Macintosh files.
_OTHER_CODE_PAGE = re.compile(r"[A-Za-z][†‘›¿¾]|[†›¿¾][a-z]{2}")
_SEP_LINE = re.compile(r"^\ufeff?\"?sep=(.)\"?\s*$", re.IGNORECASE)
_ROWS_LOOKED_AT = 200
#: Latin text in UTF-16 without a mark has a zero for nearly every other byte.
_ZEROS_OF_UTF16 = 0.5
_SPACES = dict.fromkeys(map(ord, "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE} '"), None)
_GROUPED = re.compile(r"[-+]?\d{1,3}([\u00a0\u202f\u2009 ']\d{3})+([.,]\d+)?")
_MINUS = "\N{MINUS SIGN}"
#: A figure whose comma cannot stand between thousands, and any figure with a comma.
_SURE_COMMA = re.compile(r"(?<![\w.,])(?:0,\d+|\d{4,},\d+|\d+,(?:\d{1,2}|\d{4,}))(?![\w.,])")
_SOME_COMMA = re.compile(r"(?<![\w.,])\d+,\d+(?![\w.,])")


class TableNotice(UserWarning):
    """What was found in a table that is no plain CSV, and what in its figures asks for a look."""

    #: Read by commands, which need not load this package to know it.
    shown_as_note = True


class TableFileError(ValueError):
    """A file is no table that can be read in one way only."""


def read_texts(path: Path, *, sheet: str = "") -> pd.DataFrame:
    """A table of texts, blank cells empty; ``frame.attrs["decimal_comma"]`` tells :func:`numbers` of commas.

    Blank rows at the end and columns without heading and content, which spreadsheets leave behind, are left
    out, and so is a title above the header of a workbook. A blank heading is kept as the empty text.

    Args:
        path: the file.
        sheet: of a workbook, the sheet; empty = the only one that is filled.

    Raises:
        TableFileError: nobody can tell how it is to be read; a heading stands twice; rows are too long.
        OSError: the file cannot be opened.
    """
    if path.suffix.lower() in WORKBOOKS:
        return _tidy_sheet(workbook_cells(path, sheet), path)
    data = path.read_bytes()
    text, encoding = decoded(data)
    if not text.strip():
        raise TableFileError("the file is empty; it needs a header line and rows")
    separator, lines_before = _separator(text)
    cells = _cells(text, separator, lines_before)
    frame = _tidy(cells)
    _note_short_rows(text, separator, lines_before, frame, path)
    frame.attrs[DECIMAL_COMMA] = _commas(text) if separator != "," else False
    found = _told(encoding, separator, frame.attrs[DECIMAL_COMMA])
    if found:
        notice(Sentence("net.read_as", "{file}: read as {what}", file=path.name, what=tuple(found)))
    return frame


def _commas(text: str) -> bool | None:
    """Whether commas in figures are decimal commas; None = they may be."""
    if _SOME_COMMA.search(text) is None:
        return False
    return True if _SURE_COMMA.search(text) else None


def row_in_file(frame: pd.DataFrame, position: int) -> str:
    """The number that a row of :func:`read_texts` has in its file, as editors and spreadsheets count."""
    return str(position + 2 + int(frame.attrs.get(ROWS_ABOVE, 0)))


def notice(sentence: str) -> None:
    """Say something of a table that its readers should know: a warning that commands show as a note."""
    warnings.warn(TableNotice(sentence), stacklevel=3)


def decoded(data: bytes) -> tuple[str, str]:
    """Text and encoding of a text file's bytes.

    Raises:
        TableFileError: neither Unicode nor Windows-1252.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            name = encoding.rsplit("-", 1)[0] if encoding != "utf-8" else encoding
            try:
                return data[len(mark) :].decode(encoding), name
            except UnicodeDecodeError as error:
                raise TableFileError(
                    Sentence(
                        "net.fault.table.begins",
                        "begins as {name}, but is damaged: {error}",
                        name=name,
                        error=error,
                    )
                ) from error
    if b"\0" in data:
        zeros = [data[start:4096:2].count(0) / max(1, len(data[start:4096:2])) for start in (0, 1)]
        if max(zeros) < _ZEROS_OF_UTF16:
            raise TableFileError("holds zero bytes: it is no text file")
        try:
            return data.decode("utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"), "utf-16"
        except UnicodeDecodeError as error:
            raise TableFileError("holds zero bytes: it is no text file") from error
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        text = ""
    if not text or _OTHER_CODE_PAGE.search(text):
        raise TableFileError("is written neither in UTF-8 nor in Windows-1252: save it as CSV UTF-8")
    return text, "windows-1252"


def spelled(encoding: str) -> str:
    """The name of an encoding of :func:`decoded`, as people write it."""
    return {"windows-1252": "Windows-1252"}.get(encoding, encoding.upper())


def numbers(texts: Sequence[str], *, decimal_comma: bool = False) -> NDArray[np.float64]:
    """(n,) figures of texts; NaN for what is none, ``inf`` for the texts that say so.

    A space or apostrophe between thousands and the typographic minus are understood. A comma is a decimal
    comma where ``decimal_comma`` says that it may be one, and only if no other cell has a decimal point.
    """
    whole = pd.Series(list(texts), dtype=object)
    plain = pd.to_numeric(whole, errors="coerce").to_numpy(dtype=np.float64, copy=True)
    left = np.flatnonzero(np.isnan(plain))
    if not len(left):
        return plain
    points = decimal_comma and any("." in text and "," not in text for text in whole)
    for position in left.tolist():
        plain[position] = _figure(whole.iloc[position], decimal_comma=decimal_comma and not points)
    return plain


def _figure(text: str, *, decimal_comma: bool) -> float:
    figure = text.strip().replace(_MINUS, "-")
    if _GROUPED.fullmatch(figure):
        figure = figure.translate(_SPACES)
    if "," in figure:
        if not decimal_comma or "." in figure or figure.count(",") > 1:
            return float("nan")
        figure = figure.replace(",", ".")
    if not re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", figure):
        return float("nan")
    return float(figure)


def _separator(text: str) -> tuple[str, int]:
    """What separates the cells, and how many lines stand before the header."""
    lines = list(islice(io.StringIO(text, newline=""), _ROWS_LOOKED_AT))
    said = _SEP_LINE.match(lines[0])
    if said:
        if said[1] not in SEPARATORS:
            raise TableFileError(
                Sentence(
                    "net.fault.table.sep",
                    "its first line says sep={said}: cells are separated by one of , ; tab |",
                    said=said[1],
                )
            )
        return said[1], 1
    candidates, below = [], []
    for separator, name in SEPARATORS.items():
        widths = [len(row) for row in csv.reader(lines, delimiter=separator) if any(row)]
        if widths and widths[0] > 1:
            candidates.append((separator, all(width == widths[0] for width in widths)))
        elif len(set(widths[1:])) == 1 and widths[1] > 1:
            below.append(name)
    if below and not candidates:
        template = "the rows have more cells than the header, by {separators: and }s"
        raise TableFileError(
            Sentence("net.fault.table.more_cells", template, separators=tuple(map(_named_separator, below)))
        )
    if len(candidates) > 1:
        # A separator that fits every row beats one that stands in texts or figures.
        candidates = [found for found in candidates if found[1]] or candidates
    if len(candidates) > 1:
        names = tuple(_named_separator(SEPARATORS[separator]) for separator, _ in candidates)
        raise TableFileError(
            Sentence(
                "net.fault.table.separated",
                "may be separated by {names: or }: keep one of them, or quote the others",
                names=names,
            )
        )
    return (candidates[0][0] if candidates else ","), 0


def _named_separator(name: str) -> Sentence:
    """A separator by its name."""
    return Sentence(f"net.separator.{name}", name)


def _cells(text: str, separator: str, lines_before: int) -> pd.DataFrame:
    """Every cell as text with the header as row 0; absent cells NaN."""
    try:
        return pd.read_csv(
            io.StringIO(text, newline=""),
            sep=separator,
            header=None,
            skiprows=lines_before,
            dtype=str,
            keep_default_na=False,
            index_col=False,
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        longer = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", str(error))
        if longer is None:
            raise TableFileError(str(error)) from error
        raise TableFileError(
            Sentence(
                "net.fault.table.longer",
                "the rows have more cells than the header (line {line}): name every column, or take the "
                "last comma away",
                line=longer[2],
            )
        ) from error


def workbook_cells(path: Path, sheet: str = "") -> pd.DataFrame:
    """The cells of a sheet of a workbook, by GDAL's reader; figures in full.

    Args:
        path: the workbook.
        sheet: name of the sheet; empty = the only one that is filled.

    Raises:
        TableFileError: no workbook, no such sheet, or several and none named.
    """
    import pyogrio  # noqa: PLC0415 - most tables are no workbooks

    try:
        chosen = _sheet(path, sheet, [str(name) for name in pyogrio.list_layers(path)[:, 0]])
        with _plain_sheets():
            frame = pyogrio.read_dataframe(path, layer=chosen, read_geometry=False)
    except pyogrio.errors.DataSourceError as error:
        raise TableFileError(
            Sentence("net.fault.table.workbook", "cannot be read as a workbook: {error}", error=error)
        ) from error
    notice(
        Sentence("net.workbook", "{file}: read as a workbook, sheet '{sheet}'", file=path.name, sheet=chosen)
    )
    frame.columns = pd.RangeIndex(frame.shape[1])
    return pd.DataFrame(frame.astype(object).where(frame.notna(), ""))


@contextmanager
def _plain_sheets() -> Iterator[None]:
    """Every row of every sheet as texts; GDAL heeds its open options in the first sheet alone."""
    import pyogrio  # noqa: PLC0415 - as above

    asked = {"OGR_XLSX_HEADERS": "DISABLE", "OGR_XLSX_FIELD_TYPES": "STRING"}
    usual = {name: pyogrio.get_gdal_config_option(name) for name in asked}
    pyogrio.set_gdal_config_options(asked)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(usual)


def _sheet(path: Path, asked: str, sheets: list[str]) -> str:
    """The sheet asked for, in any case, or the only one."""
    named = [name for name in sheets if name.casefold() == asked.strip().casefold()]
    if asked and not named:
        raise TableFileError(
            Sentence(
                "net.fault.table.no_sheet",
                "has no filled sheet '{asked}'; it has: {sheets}",
                asked=asked,
                sheets=tuple(sheets) or Sentence("net.none", "none"),
            )
        )
    if asked:
        return named[0]
    if not sheets:
        raise TableFileError(Sentence("net.fault.table.empty_workbook", "the workbook has no filled sheet"))
    if len(sheets) > 1:
        raise TableFileError(
            Sentence(
                "net.fault.table.sheets",
                "has several filled sheets: {sheets}; name the one that is meant, as {file}:{sheet}",
                sheets=tuple(sheets),
                file=path.name,
                sheet=sheets[0],
            )
        )
    return sheets[0]


def _tidy_sheet(cells: pd.DataFrame, path: Path) -> pd.DataFrame:
    """The table of a sheet: below a title, if it has one, with what its texts say of commas."""
    filled = np.asarray(cells.to_numpy() != "", dtype=np.bool_).sum(axis=1)
    wide = np.flatnonzero(filled > 1)
    header = int(wide[0]) if len(wide) else 0
    if header:
        titles = [str(cell) for row in cells.iloc[:header].to_numpy() for cell in row if cell != ""]
        notice(
            Sentence(
                "net.titles",
                "{file}: the header is row {row}; above it stands: {titles}",
                file=path.name,
                row=header + 1,
                titles=tuple(titles) or "-",
            )
        )
    frame = _tidy(cells.iloc[header:].reset_index(drop=True))
    if header:
        frame.attrs[ROWS_ABOVE] = header
    # A figure that Excel keeps as a figure has a point here: commas stand in cells that were typed as texts.
    figures = [text for column in frame for text in frame[column] if _figure_with_comma(text)]
    frame.attrs[DECIMAL_COMMA] = _commas("\n".join(figures))
    if frame.attrs[DECIMAL_COMMA]:
        template = "{file}: commas in figures that are typed as texts are read as decimal commas"
        notice(Sentence("net.commas_in_texts", template, file=path.name))
    return frame


def _figure_with_comma(text: str) -> bool:
    return "," in text and not np.isnan(_figure(text, decimal_comma=True))


def _tidy(cells: pd.DataFrame) -> pd.DataFrame:
    """The table below its header, without the blank edges that spreadsheets leave."""
    header = ["" if pd.isna(cell) else str(cell).strip() for cell in cells.iloc[0]]
    body = cells.iloc[1:].reset_index(drop=True)
    body = body.fillna("")
    filled = np.asarray(body.to_numpy() != "", dtype=np.bool_)
    rows = np.flatnonzero(filled.any(axis=1))
    last = int(rows[-1]) + 1 if len(rows) else 0
    kept = [column for column, name in enumerate(header) if name or filled[:, column].any()]
    named = [header[column] for column in kept]
    _check_headings(named)
    frame = body.iloc[:last, kept].reset_index(drop=True)
    frame.columns = pd.Index(named, dtype=object)
    return frame


def _note_short_rows(text: str, separator: str, lines_before: int, frame: pd.DataFrame, path: Path) -> None:
    """Say where cells that a heading stands over are not there at all, as in a file that was cut off."""
    rows = csv.reader(islice(io.StringIO(text, newline=""), lines_before, None), delimiter=separator)
    widths = np.array([len(row) for row in rows if row][1 : len(frame) + 1])
    short = np.flatnonzero(widths < len(frame.columns))
    if len(short):
        notice(
            Sentence(
                "net.short_rows",
                "{file}: {rows} rows have fewer cells than the header, the first in row {first}; what is not "
                "there counts as blank",
                file=path.name,
                rows=len(short),
                first=int(short[0]) + 2,
            )
        )
        frame.attrs[SHORT_ROWS] = len(short)


def _check_headings(headings: Sequence[str]) -> None:
    twice = [name for name, count in Counter(headings).items() if count > 1 and name]
    if twice:
        raise TableFileError(
            Sentence(
                "net.fault.table.heading_twice",
                "columns with the same heading: {twice}; a heading stands once",
                twice=tuple(twice),
            )
        )
    blank = [position for position, name in enumerate(headings, 1) if not name and position > 1]
    if blank:
        listed = ", ".join(map(str, blank))
        raise TableFileError(
            Sentence(
                "net.fault.table.no_heading",
                "columns with cells but without a heading: {listed}; name every column",
                listed=listed,
            )
        )


def _told(encoding: str, separator: str, decimal_comma: bool | None) -> list[str]:
    """What of a file's spelling is not that of plain CSV."""
    found: list[str] = []
    if encoding != "utf-8":
        found.append(spelled(encoding))
    if separator != ",":
        name = SEPARATORS[separator]
        found.append(Sentence(f"net.separated.{name}", _SEPARATED[name]))
    if decimal_comma:
        found.append(Sentence("net.decimal_commas", "with decimal commas"))
    return found
