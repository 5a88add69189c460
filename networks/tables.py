"""Reading tables strictly: every fault is collected, with its file, line, column, value and remedy."""

from __future__ import annotations

import csv
import difflib
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from networks.arrays import FloatArray
from networks.errors import Fault
from networks.sentences import Sentence, said_by
from networks.table_files import DECIMAL_COMMA, TableFileError, numbers, read_texts, row_in_file

#: From here on a figure may have a sign between its thousands.
_THOUSAND = 1000.0


@dataclass
class TableReader:
    """One table, read column by column as texts or figures; faults gather in ``faults``.

    Attributes:
        frame: the table as it was given.
        where: the name that faults give to the table.
        faults: what is wrong so far.
    """

    frame: pd.DataFrame
    where: str
    faults: list[Fault] = field(default_factory=list)
    _read: dict[str, list[str]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, frame: pd.DataFrame, where: str, *, required: Sequence[str]) -> TableReader:
        """Take a table that was read elsewhere, whatever stands in its cells."""
        reader = cls(frame.rename(columns=str), where)
        reader._check_columns(required)
        if frame.empty:
            reader.faults.append(Fault("the table is empty; it needs at least one row", where=where))
        return reader

    @classmethod
    def open(cls, path: Path, *, required: Sequence[str]) -> TableReader:
        """Read a file of texts; a file that is missing or no table is a fault as well."""
        try:
            return cls.of(read_texts(path), path.name, required=required)
        except FileNotFoundError:
            problem = "the file does not exist"
        except TableFileError as error:
            problem = said_by(error)
        except (csv.Error, OSError) as error:
            problem = Sentence(
                "net.fault.table.unreadable", "cannot be read as a table: {error}", error=error
            )
        return cls(pd.DataFrame(), path.name, [Fault(problem, where=path.name)])

    @property
    def usable(self) -> bool:
        """Whether the columns are all there, so that values can be read."""
        return not self.faults

    def fault(self, position: int, column: str, message: str) -> None:
        """Note a fault in one cell; the header is line 1 of the file."""
        value = self._cells(column)[position] if column in self.frame else ""
        self.faults.append(
            Fault(
                message, where=self.where, row=row_in_file(self.frame, position), column=column, value=value
            )
        )

    def texts(self, column: str, *, allowed: Collection[str] | None = None, blank: str = "") -> list[str]:
        """The texts of a column; ``blank`` for empty cells and for a column that is not there."""
        if column not in self.frame:
            return [blank] * len(self.frame)
        texts = [value or blank for value in self._cells(column)]
        if allowed is not None:
            for position, value in enumerate(texts):
                if value not in allowed:
                    self.fault(position, column, _not_allowed(value, allowed))
        return texts

    def _cells(self, column: str) -> list[str]:
        """The stripped texts of a column that is there; blanks empty."""
        if column not in self._read:
            values = self.frame[column]
            blank = values.isna().tolist()
            self._read[column] = [
                "" if empty else value.strip() if type(value) is str else _as_text(value)
                for value, empty in zip(values.tolist(), blank, strict=True)
            ]
        return self._read[column]

    def ids(self, column: str, *, blank: bool = False) -> list[str]:
        """The texts of a column that must be unique, and filled unless they may be ``blank``."""
        texts = self.texts(column)
        seen: dict[str, int] = {}
        for position, value in enumerate(texts):
            if not value:
                if not blank:
                    self.fault(position, column, "must not be blank; give the row an id")
            elif value in seen:
                self.fault(
                    position,
                    column,
                    Sentence(
                        "net.fault.table.id_twice",
                        "the id stands in row {row} already; ids are unique",
                        row=row_in_file(self.frame, seen[value]),
                    ),
                )
            else:
                seen[value] = position
        return texts

    def numbers(
        self,
        column: str,
        *,
        low: float = -math.inf,
        high: float = math.inf,
        above: float = -math.inf,
        filled: bool = False,
    ) -> FloatArray:
        """(n,) the numbers of a column; NaN for blank cells and for a column that is not there.

        Values must lie in ``low..high`` and above ``above``; anything else is a fault, and so are blank cells
        where the column must be ``filled``. A comma that may be decimal or between thousands is decimal in
        columns whose bounds know no thousands.
        """
        texts = self.texts(column)
        commas = self.frame.attrs.get(DECIMAL_COMMA, False)
        no_thousands = max(abs(low), abs(high)) < _THOUSAND
        values = numbers(texts, decimal_comma=commas is True or (commas is None and no_thousands))
        blank = np.array([not text for text in texts], dtype=bool)
        wrong = ~blank & np.isnan(values)
        outside = (
            ~blank & ~wrong & ~((values >= low) & (values <= high) & (values > above) & np.isfinite(values))
        )
        for position in np.flatnonzero(wrong | outside).tolist():
            if wrong[position]:
                self._no_number(position, column, texts[position], unclear=commas is None)
            else:
                limits = _range_text(low, high, above)
                self.fault(
                    position, column, Sentence("net.fault.table.range", "out of range: {range}", range=limits)
                )
        values[blank | wrong | outside] = np.nan
        if filled:
            self.filled(column)
        return values

    def _no_number(self, position: int, column: str, text: str, *, unclear: bool) -> None:
        if "," not in text:
            self.fault(position, column, "is not a number")
        elif unclear:
            self.fault(
                position,
                column,
                "is not a number: its comma may be decimal or between thousands; write a decimal point",
            )
        else:
            self.fault(position, column, "is not a number; write a decimal point")

    def filled(self, column: str) -> None:
        """Note a fault in every blank cell of a column."""
        for position, text in enumerate(self.texts(column)):
            if not text:
                self.fault(position, column, "must not be blank")

    def clock(self, column: str) -> FloatArray:
        """(n,) minutes after midnight of ``HH:MM``, hours up to 29; NaN for blank cells."""
        result = np.full(len(self.frame), np.nan)
        for position, text in enumerate(self.texts(column)):
            if not text:
                continue
            hours, _, minutes = text.partition(":")
            if hours.isdecimal() and minutes.isdecimal() and int(hours) < 30 and int(minutes) < 60:
                result[position] = 60 * int(hours) + int(minutes)
            else:
                self.fault(position, column, "is not a time of day; write HH:MM, such as 06:30")
        return result

    def references(self, column: str, known: dict[str, int]) -> list[str]:
        """The texts of a column that must be ids of another table."""
        texts = self.texts(column)
        for position, value in enumerate(texts):
            if value not in known:
                hint = meant(value, known)
                self.fault(
                    position,
                    column,
                    Sentence("net.fault.table.node", "no such node in nodes.csv{hint}", hint=hint),
                )
        return texts

    def _check_columns(self, required: Sequence[str]) -> None:
        present = list(self.frame.columns)
        for name in required:
            if name not in present:
                near = difflib.get_close_matches(name, present, n=1)
                message: str = "the column is missing"
                if near:
                    message = Sentence(
                        "net.fault.table.column", "the column is missing; is '{near}' meant?", near=near[0]
                    )
                self.faults.append(Fault(message, where=self.where, row="1", column=name))


def _as_text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _not_allowed(value: str, allowed: Collection[str]) -> str:
    template = "must be one of {allowed}{hint}"
    return Sentence("net.fault.one_of", template, allowed=tuple(allowed), hint=meant(value, allowed))


def meant(value: str, known: Collection[str]) -> str:
    """The known text that is nearest, asked for; empty where none is near."""
    near = difflib.get_close_matches(value, known, n=1)
    return Sentence("net.meant", "; did you mean '{near}'?", near=near[0]) if near else ""


def _range_text(low: float, high: float, above: float) -> str:
    if math.isfinite(above):
        if math.isfinite(high):
            both = "must be above {above:g} and at most {high:g}"
            return Sentence("net.range.above_to", both, above=above, high=high)
        return Sentence("net.range.above", "must be above {above:g}", above=above)
    if math.isfinite(low) and math.isfinite(high):
        return Sentence("net.range.from_to", "must be from {low:g} to {high:g}", low=low, high=high)
    if not (math.isfinite(low) or math.isfinite(high)):
        return "must be a finite number"
    if math.isfinite(low):
        return Sentence("net.range.least", "must be at least {low:g}", low=low)
    return Sentence("net.range.most", "must be at most {high:g}", high=high)
