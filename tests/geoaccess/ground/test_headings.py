"""Tables of people's own: columns under other headings, metres with their zone; nothing is guessed."""

from __future__ import annotations

import re
from math import radians, sin
from pathlib import Path

import pandas as pd
import pytest
from numpy.testing import assert_allclose

from geoaccess.ground.errors import DataError
from geoaccess.ground.headings import in_our_words
from geoaccess.ground.tables import read_frame
from geoaccess.questions.matrix.answer import read_points
from networks.table_files import TableNotice

LAT = 63.4


def northing() -> str:
    """The northing of the latitude on the middle of a zone: Snyder 1987, Map Projections, equation 3-21, GRS80."""
    e2, phi = 0.00669438002290, radians(LAT)
    arc = (
        (1 - e2 / 4 - 3 * e2**2 / 64 - 5 * e2**3 / 256) * phi
        - (3 * e2 / 8 + 3 * e2**2 / 32 + 45 * e2**3 / 1024) * sin(2 * phi)
        + (15 * e2**2 / 256 + 45 * e2**3 / 1024) * sin(4 * phi)
        - 35 * e2**3 / 3072 * sin(6 * phi)
    )
    return f"{0.9996 * 6_378_137.0 * arc:.3f}"


WANTED = ("name", "kind", "people", "lat", "lon")


def told(frame: pd.DataFrame, wanted: tuple[str, ...] = WANTED) -> pd.DataFrame:
    with pytest.warns(TableNotice, match="found by other headings"):
        return in_our_words(frame, wanted, where="t.csv")


@pytest.mark.parametrize(
    "headings",
    [
        ("Øst (UTM33)", "Nord (UTM33)"),
        ("ost_utm33", "nord_utm33"),
        ("East EPSG:25833", "North EPSG:25833"),
        ("X (EUREF89 UTM sone 33)", "Y"),
        ("Easting", "Northing_25833"),
        ("UTM33 Øst", "UTM33 Nord"),
    ],
)
def test_metres_are_read_by_the_zone_in_their_headings(headings: tuple[str, str]) -> None:
    frame = pd.DataFrame({"Navn": ["Å"], headings[0]: ["500 000"], headings[1]: [northing()]})
    found = told(frame)
    # The middle of zone 33 is 15 degrees east.
    assert_allclose(found[["lat", "lon"]].to_numpy()[0], (LAT, 15.0), atol=1e-7)
    assert found["name"].tolist() == ["Å"]


def test_another_zone_is_another_place() -> None:
    rows = {"Øst (UTM32)": ["500000"], "Nord (UTM32)": [northing()]}
    assert_allclose(told(pd.DataFrame(rows))[["lat", "lon"]].to_numpy()[0], (LAT, 9.0), atol=1e-7)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"Øst": "270720", "Nord": "7041590"}, "the zone in the headings of its metres: 'Øst (UTM33)'"),
        ({"Øst (UTM33)": "270720", "Nord (UTM32)": "7041590"}, "two zones"),
        ({"X (UTM33)": "7041590", "Y (UTM33)": "270720"}, "are east and north"),
        ({"Øst (UTM33)": "x", "Nord (UTM33)": "7041590"}, "must be a coordinate in metres"),
        ({"Øst (UTM33)": "", "Nord (UTM33)": "7041590"}, "must not be blank"),
        ({"Øst (EPSG:4326)": "10.4", "Nord (EPSG:4326)": "63.4"}, "no reference system in metres"),
        ({"Øst (UTM33)": "1", "X (UTM33)": "1", "Nord (UTM33)": "1"}, "may be any of the columns"),
        ({"Innbyggere": "3", "Folketall": "4"}, "may be any of the columns Innbyggere, Folketall"),
    ],
)
def test_what_may_be_read_in_two_ways_is_refused(columns: dict[str, str], said: str) -> None:
    with pytest.raises(DataError, match=re.escape(said)):
        in_our_words(pd.DataFrame({name: [cell] for name, cell in columns.items()}), WANTED, where="t.csv")


def test_our_own_columns_come_first_and_others_stay() -> None:
    frame = pd.DataFrame({"people": ["1"], "Innbyggere": ["9"], "lat": ["60"], "lon": ["5"], "Øst": ["7"]})
    assert in_our_words(frame, WANTED[2:], where="t.csv").equals(frame)


def test_degrees_under_norwegian_headings() -> None:
    found = told(pd.DataFrame({"Breddegrad": ["60,5"], "Lengdegrad": ["5,25"]}))
    assert found[["lat", "lon"]].to_numpy().tolist() == [["60,5", "5,25"]]


def test_points_of_a_matrix_in_metres(tmp_path: Path) -> None:
    file = tmp_path / "steder.csv"
    north = northing().replace(".", ",")
    file.write_bytes(f"Navn;Øst (UTM33);Nord (UTM33)\r\nBø;500000,0;{north}\r\n".encode("cp1252"))
    with pytest.warns(TableNotice, match="metres of ETRS89 / UTM zone 33N"):
        points = read_points(file)
    assert points.ids == ("Bø",)
    assert_allclose((points.lat[0], points.lon[0]), (LAT, 15.0), atol=1e-7)


def test_a_sheet_is_named_behind_its_file(tmp_path: Path) -> None:
    xlsxwriter = pytest.importorskip("xlsxwriter")
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        for name in ("Ark1", "Ark2"):
            book.add_worksheet(name).write_column(0, 0, ["id", name])
    with pytest.warns(TableNotice, match="sheet 'Ark2'"):
        assert read_frame(tmp_path / "a.xlsx:Ark2")["id"].tolist() == ["Ark2"]
