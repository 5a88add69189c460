"""A whole study and an export as Norwegian Excel saves them, against the same in plain CSV."""

from __future__ import annotations

import csv
import re

import pytest

import geoaccess as ga
from geoaccess.cli.app import run
from geoaccess.demand.exports import read_population
from geoaccess.ground.errors import DataError

FIGURE = re.compile(r"-?\d+\.\d+")
SPELLINGS = {
    "cp1252": {"encoding": "cp1252"},
    "utf-8 with a mark": {"encoding": "utf-8-sig"},
    "utf-16 with tabs": {"encoding": "utf-16", "separator": "\t"},
    "sep=": {"encoding": "cp1252", "first": "sep=;\r\n"},
}


def as_excel_saves(folder, *, encoding, separator=";", first=""):
    """Every table of a folder again, with decimal commas; the study file with a byte order mark."""
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        lines = [
            separator.join(FIGURE.sub(lambda found: found[0].replace(".", ","), cell) for cell in row)
            for row in rows
        ]
        path.write_bytes((first + "\r\n".join(lines) + "\r\n").encode(encoding))
    file = folder / "study.toml"
    file.write_text(file.read_text(encoding="utf-8"), encoding="utf-8-sig")


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_study_as_excel_saves_it_gives_the_same_minutes(fjord, spelling):
    plain = ga.travel_times(ga.load_study(fjord), to="hospital")
    as_excel_saves(fjord, **SPELLINGS[spelling])
    study = ga.load_study(fjord)
    again = ga.travel_times(study, to="hospital")
    assert again.equals(plain)
    assert any(note.startswith("people.csv: read as ") for note in study.notes)


def test_a_workbook_is_a_table_of_a_study(fjord):
    xlsxwriter = pytest.importorskip("xlsxwriter")
    plain = ga.travel_times(ga.load_study(fjord), to="hospital")
    with (fjord / "people.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    with xlsxwriter.Workbook(fjord / "people.xlsx") as book:
        sheet = book.add_worksheet("Folk")
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                code = rows[0][column] == "municipality_code"
                figure = re.fullmatch(r"-?\d+(\.\d+)?", cell) and not code
                sheet.write(number, column, float(cell) if figure else cell)
    file = fjord / "study.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("people.csv", "people.xlsx"), encoding="utf-8")
    study = ga.load_study(fjord)
    assert ga.travel_times(study, to="hospital").equals(plain)
    assert "people.xlsx: read as a workbook, sheet 'Folk'" in study.notes


def test_a_study_file_in_another_encoding_says_so(fjord):
    file = fjord / "study.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("Fjord", "Færøy"), encoding="cp1252")
    with pytest.raises(DataError, match="cannot be read"):
        ga.load_study(fjord)


EXPORT = [["region", "alder", "2026"], ["1804 Bodø", "0 år", "12"], ["1804 Bodø", "1 år", "13"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("separator", [";", "\t", ","])
def test_an_export_in_every_encoding(tmp_path, encoding, separator):
    text = "Tittel\n\n" + "\n".join(separator.join(row) for row in EXPORT)
    (tmp_path / "export.csv").write_bytes(text.encode(encoding))
    assert read_population(tmp_path / "export.csv").table["persons"].sum() == 25


def test_an_export_as_a_workbook(tmp_path):
    xlsxwriter = pytest.importorskip("xlsxwriter")
    with xlsxwriter.Workbook(tmp_path / "export.xlsx") as book:
        sheet = book.add_worksheet("07459")
        for number, row in enumerate([["Befolkning, etter alder"], [], *EXPORT, [], ["Kilde: SSB"]]):
            for column, cell in enumerate(row):
                sheet.write(number, column, int(cell) if cell in {"12", "13"} else cell)
    assert read_population(tmp_path / "export.xlsx").table["persons"].sum() == 25


def test_what_was_found_is_said_in_bokmal_too(tmp_path, capsys):
    (tmp_path / "costs.csv").write_bytes("id;Bodø;b\n1;10,5;30\n2;40;5,25\n".encode("cp1252"))
    assert run(["--lang", "nb", "solve", "p-median", "--costs", str(tmp_path / "costs.csv"), "--p", "1"]) == 0
    said = capsys.readouterr().err
    assert "merk: costs.csv: lest som Windows-1252, delt med semikolon, med desimalkomma" in said
