"""Tables as Norwegian Excel and other programs write them: read with a word of it, or refused."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest

from networks.table_files import (
    DECIMAL_COMMA,
    TableFileError,
    TableNotice,
    numbers,
    read_texts,
    row_in_file,
)

ROWS = [["id", "lon", "lat"], ["Bodø", "14.4", "67.28"], ["Værøy", "12.7", "67.6508"]]


def text_of(separator, *, comma=False, rows=ROWS):
    lines = [separator.join(row) for row in rows]
    body = "\n".join([lines[0], *(line.replace(".", ",") if comma else line for line in lines[1:])])
    return body + "\n"


def read(path, data):
    path.write_bytes(data)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", TableNotice)
        frame = read_texts(path)
    return frame, [str(one.message) for one in caught]


def floats(frame, column):
    return numbers(frame[column].tolist(), decimal_comma=frame.attrs[DECIMAL_COMMA] is True).tolist()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (text_of(",").encode(), []),
        (text_of(",").encode("utf-8-sig"), []),
        (text_of(";").encode(), ["separated by semicolons"]),
        (
            text_of(";", comma=True).encode("cp1252"),
            ["Windows-1252", "separated by semicolons", "decimal commas"],
        ),
        (
            text_of(";", comma=True).replace("\n", "\r\n").encode("utf-8-sig"),
            ["semicolons", "decimal commas"],
        ),
        (text_of("\t", comma=True).encode("utf-16"), ["UTF-16", "separated by tabs", "decimal commas"]),
        (text_of("\t").encode("utf-16-le"), ["UTF-16", "separated by tabs"]),
        (text_of("\t").encode("utf-16-be"), ["UTF-16", "separated by tabs"]),
        (
            ("sep=;\n" + text_of(";", comma=True)).encode("cp1252"),
            ["Windows-1252", "separated by semicolons"],
        ),
        (('"sep=|"\r\n' + text_of("|")).encode(), ["separated by bars"]),
        (("SEP=,\n" + text_of(",")).encode("utf-8-sig"), []),
    ],
)
def test_the_same_table_in_every_spelling(tmp_path, data, said):
    frame, notices = read(tmp_path / "o.csv", data)
    assert frame.columns.tolist() == ["id", "lon", "lat"]
    assert frame["id"].tolist() == ["Bodø", "Værøy"]
    assert floats(frame, "lon") == [14.4, 12.7]
    assert floats(frame, "lat") == [67.28, 67.6508]
    assert all(word in " ".join(notices) for word in said)
    assert len(notices) == bool(said)


def test_other_separators_in_texts_separate_nothing(tmp_path):
    frame, notices = read(tmp_path / "t.csv", b"id,source\na,one; two\nb,three; four\n")
    assert frame["source"].tolist() == ["one; two", "three; four"]
    assert notices == []


def test_a_workbook_is_read_in_full_figures(tmp_path):
    xlsxwriter = pytest.importorskip("xlsxwriter")
    with xlsxwriter.Workbook(tmp_path / "Steder.XLSX") as book:
        sheet, _ = book.add_worksheet("Steder"), book.add_worksheet("Tom")
        for number, row in enumerate(
            [["id", "lon", "folk", None], ["0301", 14.123456789, 13536], ["Bodø", 6.77, None]]
        ):
            sheet.write_row(number, 0, row)
    with pytest.warns(TableNotice, match="workbook, sheet 'Steder'"):
        frame = read_texts(tmp_path / "Steder.XLSX")
    assert frame.to_dict("list") == {
        "id": ["0301", "Bodø"],
        "lon": ["14.123456789", "6.77"],
        "folk": ["13536", ""],
    }


@pytest.fixture
def book(tmp_path):
    """A workbook of three filled sheets: a text, a table below a title, a table of one row."""
    xlsxwriter = pytest.importorskip("xlsxwriter")
    with xlsxwriter.Workbook(tmp_path / "ark.xlsx") as made:
        made.add_worksheet("Les meg").write_column(0, 0, ["Plan", "2026"])
        people = made.add_worksheet("Innbyggere")
        people.write(0, 0, "Per 1. januar")
        people.write_row(2, 0, ["Bygd", "Øst"])
        people.write_row(3, 0, ["Å", "456 757,6"])
        people.write_row(4, 0, ["Bø", 462009])
        made.add_worksheet("Tilbud").write_row(0, 0, ["Navn", "Type"])
        made.get_worksheet_by_name("Tilbud").write_row(1, 0, ["Sykehuset", "akutt"])
    return tmp_path / "ark.xlsx"


def test_of_several_sheets_one_is_named_in_any_case(book):
    with pytest.warns(TableNotice, match="sheet 'Tilbud'"):
        frame = read_texts(book, sheet="tilbud")
    # One row of texts below the header: GDAL left to itself takes the header of a later sheet for names.
    assert frame.to_dict("list") == {"Navn": ["Sykehuset"], "Type": ["akutt"]}


@pytest.mark.parametrize(
    ("sheet", "said"),
    [
        ("", "several filled sheets: Les meg, Innbyggere, Tilbud; name the one that is meant, as ark.xlsx:"),
        ("Ark1", "no filled sheet 'Ark1'; it has: Les meg, Innbyggere, Tilbud"),
    ],
)
def test_a_sheet_that_nobody_can_know_is_refused(book, sheet, said):
    with pytest.raises(TableFileError, match=re.escape(said)):
        read_texts(book, sheet=sheet)


def test_a_title_above_the_header_is_said_and_rows_are_counted_as_excel_counts(book):
    with pytest.warns(TableNotice) as told:
        frame = read_texts(book, sheet="Innbyggere")
    assert any("the header is row 3; above it stands: Per 1. januar" in str(one.message) for one in told)
    assert any("read as decimal commas" in str(one.message) for one in told)
    assert frame["Bygd"].tolist() == ["Å", "Bø"]
    assert row_in_file(frame, 1) == "5"
    assert numbers(frame["Øst"], decimal_comma=frame.attrs[DECIMAL_COMMA]).tolist() == [456757.6, 462009.0]


def test_blank_edges_of_spreadsheets_are_left_out_and_short_rows_told(tmp_path):
    frame, notices = read(tmp_path / "t.csv", b"id;people;;\na;1;;\nb\nc;3;;\n;;;\n;;;\n")
    assert frame.to_dict("list") == {"id": ["a", "b", "c"], "people": ["1", "", "3"]}
    assert "1 rows have fewer cells than the header, the first in row 3" in " ".join(notices)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("Bodø;1\n".encode("cp865") + b"id;x\n", "neither in UTF-8 nor in Windows-1252"),
        ("id;navn\n1;Værøy\n2;Bodø\n".encode("cp850"), "neither in UTF-8 nor in Windows-1252"),
        ("id;navn\n1;Værøy\n".encode("mac-roman"), "neither in UTF-8 nor in Windows-1252"),
        (b"id,a,a\n1,2,3\n", "same heading: a"),
        (b"id,a\n1,2,3\n", "more cells than the header"),
        (b"id,a,\n1,2,3\n", "without a heading: 3"),
        (b"sep=#\nid#a\n1#2\n", "says sep=#"),
        (b"id,x;y,z\na,1;2,3\nb,4;5,6\n", "may be separated by comma or semicolon"),
        (b"people\n1;2\n3;4\n", "more cells than the header"),
        (b"\xff\xfeI", "damaged"),
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf \n", "the file is empty"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(tmp_path, data, said):
    (tmp_path / "t.csv").write_bytes(data)
    with pytest.raises(TableFileError, match=said):
        read_texts(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("text", "decimal_comma", "value"),
    [
        ("13 536,5", True, 13536.5),
        ("13\u00a0536", False, 13536.0),
        ("13\u202f536,25", True, 13536.25),
        ("\u22126,77", True, -6.77),
        ("1'234'567", False, 1234567.0),
        ("6,77", False, np.nan),
        ("1.234,5", True, np.nan),
        ("1,2,3", True, np.nan),
        ("12 34", False, np.nan),
        ("1e3", False, 1000.0),
        ("0x10", False, np.nan),
        ("1_000", True, np.nan),
    ],
)
def test_figures(text, decimal_comma, value):
    np.testing.assert_equal(numbers([text], decimal_comma=decimal_comma), [value])


def test_commas_beside_points_are_no_decimal_commas():
    np.testing.assert_equal(numbers(["1,5", "2.5", "3"], decimal_comma=True), [np.nan, 2.5, 3.0])


@pytest.mark.parametrize(
    ("data", "commas"),
    [
        (b"id;people\na;13,536\nb;1,200\n", None),
        (b"id;people\na;13,5\nb;1,200\n", True),
        (b"id;people\na;1234,500\n", True),
        (b"id;people\na;0,500\n", True),
        (b"id;people\na;13\n", False),
        (b'id,people\na,"13,5"\n', False),
    ],
)
def test_a_comma_before_three_digits_alone_may_stand_between_thousands(tmp_path, data, commas):
    frame, _ = read(tmp_path / "t.csv", data)
    assert frame.attrs[DECIMAL_COMMA] is commas
