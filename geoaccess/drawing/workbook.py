"""The tables of a report as an Excel workbook: numbers as numbers, texts as texts, never a formula."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

from geoaccess.drawing.blocks import Document, Quantity, Table
from geoaccess.drawing.plain_text import cell_text, quantity_of, told, told_sections
from geoaccess.ground.optional_packages import need
from geoaccess.words.figures import of_nobody
from geoaccess.words.visible import visible
from geoaccess.words.words import Words

#: Limits of the format: letters in a cell, rows and letters in the name of a sheet (Excel specifications).
MOST_LETTERS, MOST_ROWS, MOST_NAME = 32_767, 1_048_576, 31
_NAME_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
#: Text that Excel would take for a formula when somebody edits the cell.
_FORMULA_STARTS = tuple("=+-@")
_WIDEST, _NARROWEST = 60, 9


def write_workbook(document: Document, words: Words, path: Path) -> None:
    """Write the workbook: a summary, every table in full, and the notes.

    Raises:
        MissingPackageError: xlsxwriter is not installed.
    """
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
    }
    book = need("xlsxwriter").Workbook(path, options)
    writer = _Writer(book, document, words)
    writer.summary()
    for table in document.tables:
        writer.table(table)
    writer.notes()
    book.close()


def number_format(quantity: Quantity, digits: int) -> str:
    """Excel's format of a quantity, in its own notation: the reader's locale chooses the signs."""
    decimals = "." + "0" * digits if digits else ""
    if quantity is Quantity.SHARE:
        return f"0{decimals}%"
    if quantity is Quantity.CHANGE:
        return f"+#,##0{decimals};-#,##0{decimals};0{decimals}"
    return f"#,##0{decimals}"


def cut(text: str, notice: str) -> str:
    """A text that fits a cell; a longer one is cut and says so."""
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - len(notice)] + notice


class _Writer:
    """Writes one workbook."""

    def __init__(self, book: Any, document: Document, words: Words) -> None:  # noqa: ANN401 - optional package
        self.book = book
        self.document = document
        self.words = words
        self.names: set[str] = set()
        self.formats: dict[tuple[Any, ...], Any] = {}
        book.set_properties(
            {
                "title": self._fit(document.title),
                "subject": self._fit(document.subtitle),
                "created": document.made.replace(tzinfo=None),
            }
        )

    def _format(self, **properties: Any) -> Any:  # noqa: ANN401 - optional package
        key = tuple(sorted(properties.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format(properties)
        return self.formats[key]

    def _fit(self, text: str) -> str:
        # Properties of a document hold 255 letters.
        return visible(text)[:255]

    def _sheet(self, title: str) -> Any:  # noqa: ANN401 - optional package
        """A sheet under a name that the format allows and no other sheet has."""
        plain = _NAME_FORBIDDEN.sub(" ", visible(title)).strip() or "-"
        name, number = plain[:MOST_NAME].strip(), 1
        while name.casefold() in self.names:
            number += 1
            name = f"{plain[: MOST_NAME - len(str(number)) - 1].strip()} {number}"
        self.names.add(name.casefold())
        return self.book.add_worksheet(name)

    def _text(self, sheet: Any, row: int, column: int, text: object, **properties: Any) -> None:  # noqa: ANN401
        shown = cut(visible(text), self.words("sheet.cut"))
        if shown.startswith(_FORMULA_STARTS):
            properties["quote_prefix"] = True
        sheet.write_string(row, column, shown, self._format(**properties) if properties else None)

    def summary(self) -> None:
        """Title, notice and headline figures."""
        sheet = self._sheet(self.words("sheet.summary"))
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 1, 90)
        self._text(sheet, 0, 0, self.document.title, bold=True, font_size=16)
        self._text(sheet, 1, 0, self.document.subtitle, bold=True)
        row = 2
        for line in self.document.about:
            self._text(sheet, row, 0, line)
            row += 1
        for block in self.document.sections[0].blocks:
            for term, text in told(block):
                row += 1
                self._text(sheet, row, 0, term, bold=True, text_wrap=True, valign="top")
                self._text(sheet, row, 1, text, text_wrap=True, valign="top")
        row += 2
        self._text(sheet, row, 0, self.words("sheet.contents"), bold=True)
        for table in self.document.tables:
            row += 1
            self._text(sheet, row, 0, self.words.texts[f"sheet.{_base(table.key)}"])
            self._text(sheet, row, 1, table.title, text_wrap=True)

    def table(self, table: Table) -> None:
        """A sheet with one table; the header stays in sight, and can filter."""
        sheet = self._sheet(self.words.texts[f"sheet.{_base(table.key)}"])
        for position, column in enumerate(table.columns):
            self._text(sheet, 0, position, column.heading, bold=True, text_wrap=True, valign="top", bottom=1)
        rows = table.frame.to_dict(orient="records")[: MOST_ROWS - 2]
        for number, values in enumerate(rows, start=1):
            self._row(sheet, number, table, {str(name): value for name, value in values.items()})
        if len(rows) < len(table.frame):
            self._text(
                sheet, MOST_ROWS - 1, 0, self.words("sheet.rows_cut", number=len(table.frame) - len(rows))
            )
        sheet.freeze_panes(1, 1)
        if len(rows):
            sheet.autofilter(0, 0, len(rows), len(table.columns) - 1)
        for position, column in enumerate(table.columns):
            sheet.set_column(position, position, self._width(table, column.key, column.quantity))
        sheet.repeat_rows(0)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)

    def _row(self, sheet: Any, number: int, table: Table, row: dict[str, Any]) -> None:  # noqa: ANN401
        for position, column in enumerate(table.columns):
            quantity, digits = quantity_of(column, row)
            value = row[column.key]
            if quantity is Quantity.TEXT:
                self._text(sheet, number, position, cell_text(self.words, column, row))
            elif value is not None and math.isfinite(value):
                made = self._format(num_format=number_format(quantity, digits))
                sheet.write_number(number, position, float(value), made)
            elif quantity is Quantity.MINUTES and not of_nobody(column.key, row):
                self._text(
                    sheet, number, position, self.words("unreachable"), align="right", font_color="#7a0016"
                )

    def _width(self, table: Table, key: str, quantity: Quantity) -> int:
        if quantity is not Quantity.TEXT:
            return 14
        longest = max((len(str(value)) for value in table.frame[key].head(500)), default=0)
        return min(max(longest + 2, _NARROWEST), _WIDEST)

    def notes(self) -> None:
        """How to read the figures, proof, assumptions, sources and provenance."""
        sheet = self._sheet(self.words("sheet.notes"))
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 1, 110)
        row = 0
        for title, pairs in told_sections(self.document):
            self._text(sheet, row, 0, title, bold=True, font_size=12)
            for term, text in pairs:
                row += 1
                self._text(sheet, row, 0, term, text_wrap=True, valign="top")
                self._text(sheet, row, 1, text, text_wrap=True, valign="top")
            row += 2
        for table in self.document.tables:
            if table.note:
                self._text(sheet, row, 0, self.words.texts[f"sheet.{_base(table.key)}"], valign="top")
                self._text(sheet, row, 1, table.note, text_wrap=True, valign="top")
                row += 1


def _base(key: str) -> str:
    """The key of a table without the number of its state."""
    return re.sub(r"-\d+$", "", key)
