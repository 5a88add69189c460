"""Strict tables, cell by cell: what each reader takes, and the one fault that each bad cell gives."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from networks.errors import Fault, NetworkDataError
from networks.table_files import DECIMAL_COMMA
from networks.tables import TableReader


def reader(*cells: object, column: str = "x", required: tuple[str, ...] = ()) -> TableReader:
    return TableReader.of(pd.DataFrame({column: list(cells)}, dtype=object), "t.csv", required=required)


def told(table: TableReader) -> list[tuple[str, str, str, str, str]]:
    return [(one.where, one.row, one.column, one.value, one.message) for one in table.faults]


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (Fault("m"), "m"),
        (Fault("m", value="3"), "m (value '3')"),
        (Fault("m", where="f"), "f: m"),
        (Fault("m", row="7"), "row 7: m"),
        (Fault("m", column="c"), "column 'c': m"),
        (
            Fault("m", where="f", row="7", column="c", value="it's"),
            "f, row 7, column 'c': m (value \"it's\")",
        ),
        (Fault("m", row="7", column="c"), "row 7, column 'c': m"),
        (Fault("m", where="f", column="c"), "f, column 'c': m"),
    ],
)
def test_a_fault_in_words(fault: Fault, text: str) -> None:
    assert str(fault) == text


def test_an_error_of_many_faults_has_a_line_each() -> None:
    error = NetworkDataError([Fault("one", row="2"), Fault("two", row="3")])
    assert str(error) == "row 2: one\nrow 3: two"
    assert [fault.row for fault in error.faults] == ["2", "3"]
    assert NetworkDataError("only words").faults == (Fault("only words"),)


def test_cells_of_any_type_become_texts() -> None:
    table = reader("  a ", 3.0, 3.5, 7, None, math.nan, "", -2.0, pd.NA)
    assert table.texts("x") == ["a", "3", "3.5", "7", "", "", "", "-2", ""]
    assert table.usable


def test_a_column_that_is_not_there_is_blank_and_a_blank_cell_may_stand_for_something() -> None:
    table = reader("a", "")
    assert table.texts("y") == ["", ""]
    assert table.texts("y", blank="u") == ["u", "u"]
    assert table.texts("x", blank="u") == ["a", "u"]
    assert np.isnan(table.numbers("y")).tolist() == [True, True]
    assert np.isnan(table.clock("y")).tolist() == [True, True]
    assert not table.faults


def test_texts_of_a_list_only() -> None:
    table = reader("red", "gren", "", "violet")
    table.texts("x", allowed=("red", "green", "unknown"), blank="unknown")
    assert told(table) == [
        ("t.csv", "3", "x", "gren", "must be one of red, green, unknown; did you mean 'green'?"),
        ("t.csv", "5", "x", "violet", "must be one of red, green, unknown"),
    ]


def test_ids_are_filled_and_unique() -> None:
    table = reader("a", "", "b", "a", "a")
    assert table.ids("x") == ["a", "", "b", "a", "a"]
    assert told(table) == [
        ("t.csv", "3", "x", "", "must not be blank; give the row an id"),
        ("t.csv", "5", "x", "a", "the id stands in row 2 already; ids are unique"),
        ("t.csv", "6", "x", "a", "the id stands in row 2 already; ids are unique"),
    ]


@pytest.mark.parametrize(
    ("limits", "good", "bad", "message"),
    [
        ({"low": 0}, [0, 1e9], [-1e-9, math.inf], "must be at least 0"),
        ({"high": 5}, [5, -9], [5.001, -math.inf], "must be at most 5"),
        ({"low": -90, "high": 90}, [-90, 90, 0], [-90.1, 90.1], "must be from -90 to 90"),
        ({"above": 0}, [1e-9], [0, -1], "must be above 0"),
        ({"above": 0, "high": 150}, [150], [0, 150.5], "must be above 0 and at most 150"),
        ({"low": 2.5, "high": 7.25}, [2.5, 7.25], [2.4, 7.3], "must be from 2.5 to 7.25"),
    ],
)
def test_numbers_within_limits(
    limits: dict[str, float], good: list[float], bad: list[float], message: str
) -> None:
    table = reader(*map(str, good))
    assert table.numbers("x", **limits).tolist() == good
    assert not table.faults
    table = reader(*map(str, bad))
    assert np.isnan(table.numbers("x", **limits)).all()
    assert [fault.message for fault in table.faults] == [f"out of range: {message}"] * len(bad)
    assert [fault.row for fault in table.faults] == [str(row) for row in range(2, 2 + len(bad))]


def test_infinity_is_refused_where_there_is_no_limit() -> None:
    table = reader("1e400", "-inf", "2")
    assert table.numbers("x")[2] == 2
    assert [fault.message for fault in table.faults] == ["out of range: must be a finite number"] * 2


def test_what_is_no_number_says_how_to_write_it() -> None:
    table = reader("twelve", "1,5", "", "12 km", "2.5", "0x10")
    values = table.numbers("x")
    assert values[4] == 2.5
    assert np.isnan(values[[0, 1, 2, 3, 5]]).all()
    assert told(table) == [
        ("t.csv", "2", "x", "twelve", "is not a number"),
        ("t.csv", "3", "x", "1,5", "is not a number; write a decimal point"),
        ("t.csv", "5", "x", "12 km", "is not a number"),
        ("t.csv", "7", "x", "0x10", "is not a number"),
    ]


def test_a_comma_that_may_be_either_is_a_decimal_sign_where_the_bounds_know_no_thousands() -> None:
    frame = pd.DataFrame({"x": ["69,123"]})
    frame.attrs[DECIMAL_COMMA] = None
    table = TableReader.of(frame, "t.csv", required=())
    assert table.numbers("x", low=-180, high=180)[0] == 69.123
    assert not table.faults
    assert np.isnan(table.numbers("x", low=0)[0])
    (fault,) = table.faults
    assert "may be decimal or between thousands" in fault.message


@pytest.mark.parametrize(("said", "taken"), [(True, True), (None, False), (False, False)])
def test_decimal_commas_only_where_the_file_has_them_for_sure(said: bool | None, taken: bool) -> None:
    frame = pd.DataFrame({"x": ["1,5"]})
    frame.attrs[DECIMAL_COMMA] = said
    table = TableReader.of(frame, "t.csv", required=())
    values = table.numbers("x")
    assert (values[0] == 1.5) == taken
    assert bool(table.faults) != taken


def test_blank_figures_are_faults_where_they_must_be_filled() -> None:
    table = reader("1", "", "x")
    table.numbers("x", filled=True)
    assert [(fault.row, fault.message) for fault in table.faults] == [
        ("4", "is not a number"),
        ("3", "must not be blank"),
    ]


@pytest.mark.parametrize(
    ("text", "minutes"), [("00:00", 0), ("6:05", 365), ("23:59", 1439), ("24:00", 1440), ("29:59", 1799)]
)
def test_times_of_day(text: str, minutes: int) -> None:
    table = reader(text)
    assert table.clock("x").tolist() == [minutes]
    assert not table.faults


@pytest.mark.parametrize(
    "text",
    ["30:00", "12:60", "12", "12:", ":30", "-1:00", "6.30", "06:30:00", "noon", "6²:30", "06:3₀", "６:³0"],
)
def test_what_is_no_time_of_day(text: str) -> None:
    table = reader(text)
    assert np.isnan(table.clock("x")).all()
    assert told(table) == [("t.csv", "2", "x", text, "is not a time of day; write HH:MM, such as 06:30")]


@given(st.text(max_size=6))
def test_no_text_breaks_a_reader(text: str) -> None:
    """Whatever stands in a cell, it is a value or a fault, and never both or neither."""
    clean = text.strip()
    for read in (TableReader.numbers, TableReader.clock):
        table = reader(text)
        value = read(table, "x")[0]
        assert (not clean and math.isnan(value) and table.usable) or math.isnan(value) != table.usable


def test_references_must_be_there() -> None:
    table = reader("quay", "quai", "", "moon")
    assert table.references("x", {"quay": 0, "town": 1}) == ["quay", "quai", "", "moon"]
    assert told(table) == [
        ("t.csv", "3", "x", "quai", "no such node in nodes.csv; did you mean 'quay'?"),
        ("t.csv", "4", "x", "", "no such node in nodes.csv"),
        ("t.csv", "5", "x", "moon", "no such node in nodes.csv"),
    ]


def test_every_missing_column_is_told_with_the_one_that_may_be_meant() -> None:
    table = TableReader.of(pd.DataFrame({"lenght_km": ["1"]}), "r", required=("length_km", "ref"))
    assert told(table) == [
        ("r", "1", "length_km", "", "the column is missing; is 'lenght_km' meant?"),
        ("r", "1", "ref", "", "the column is missing"),
    ]
    assert not table.usable


def test_a_table_without_rows_is_a_fault() -> None:
    table = TableReader.of(pd.DataFrame({"a": []}), "r", required=("a",))
    assert told(table) == [("r", "", "", "", "the table is empty; it needs at least one row")]


def written(text: bytes) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        (folder / "t.csv").write_bytes(text)
        return folder / "t.csv"

    return write


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: folder / "t.csv", "the file does not exist"),
        (lambda folder: folder, "cannot be read as a table"),
        (written(b"a,b\n1,2,3\n"), "the rows have more cells than the header"),
        (written(b""), "the file is empty"),
        (written(b"a,a\n1,2\n"), "columns with the same heading: a"),
        (written(b"a,b\n\0\0\0\1\0"), "holds zero bytes"),
    ],
)
def test_a_file_that_is_no_table_is_one_fault(
    make: Callable[[Path], Path], message: str, tmp_path: Path
) -> None:
    path = make(tmp_path)
    table = TableReader.open(path, required=("a",))
    (fault,) = table.faults
    assert fault.where == path.name
    assert message in fault.message


def test_a_good_file_keeps_its_name_and_lines(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\nx,1\ny,-1\n")
    table = TableReader.open(path, required=("a", "b"))
    assert table.usable
    table.numbers("b", low=0)
    assert told(table) == [("t.csv", "3", "b", "-1", "out of range: must be at least 0")]


def test_a_fault_of_a_column_that_is_not_there_has_no_value() -> None:
    table: Any = reader("1")
    table.fault(0, "y", "m")
    assert told(table) == [("t.csv", "2", "y", "", "m")]
