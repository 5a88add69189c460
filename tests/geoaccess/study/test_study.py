"""Reading studies: everything that is wrong is said at once, with its place and a remedy."""

from __future__ import annotations

import pytest

import geoaccess as ga
from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.study.check import check_study


def edit(folder, name, old, new):
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def faults_of(study):
    with pytest.raises(DataError) as caught:
        ga.load_study(study)
    return "\n".join(str(fault) for fault in caught.value.faults)


def test_a_study_is_found_by_folder_file_and_name(fjord):
    assert ga.load_study(fjord).name == "fjord"
    assert ga.load_study(fjord / "study.toml").name == "fjord"
    assert ga.load_study("nord-norge").name == "nord-norge"
    with pytest.raises(UnknownNameError, match="did you mean 'nord-norge'"):
        ga.load_study("nord-norg")


def test_a_mistyped_key_is_shown_with_line_caret_and_suggestion(fjord):
    edit(fjord, "study.toml", "thresholds_min = [30, 60]", "tresholds_min = [30, 60]")
    text = faults_of(fjord)
    assert "unknown key 'tresholds_min' - did you mean 'thresholds_min'?" in text
    line = (fjord / "study.toml").read_text(encoding="utf-8").splitlines().index(
        "tresholds_min = [30, 60]"
    ) + 1
    assert f"study.toml:{line}:1" in text
    assert "    tresholds_min = [30, 60]\n    ^" in text


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("speed_kph = 60", "speed_kph = -1", "network.access.speed_kph"),
        ('[network]\nlinks = "."', "[network]", "links (a folder of link tables) or file"),
        ('title = "Fjord"', "", "the key 'title' is missing in [study]"),
        ("[study]", "[study", "is not valid TOML"),
        ('facility = "station"', 'facility = "statoin"', "did you mean 'station'"),
        ('table = "people.csv"', 'table = "peopel.csv"', "file not found"),
    ],
)
def test_faults_of_the_study_file(fjord, old, new, said):
    edit(fjord, "study.toml", old, new)
    assert said in faults_of(fjord)


def test_all_faults_of_all_tables_come_at_once(fjord):
    edit(fjord, "people.csv", "d1,Town,0101,town,69.0", "d1,Town,9999,town,169.0")
    edit(fjord, "people.csv", "50,10", "-50,ten")
    edit(fjord, "places.csv", "h2,Færøy hospital,hospital,0202", "h1,Færøy hospital,clinic,0202")
    edit(fjord, "municipalities.csv", "yes", "perhaps")
    text = faults_of(fjord)
    assert "people.csv, row 2, column 'lat': out of range: must be from -90 to 90" in text
    assert "people.csv, row 2, column 'municipality_code': no municipality of that name" in text
    assert "people.csv, row 4, column 'people': out of range: must be at least 0" in text
    assert "people.csv, row 4, column 'old': is not a number" in text
    assert "places.csv, row 3, column 'facility_id': the id stands in row 2 already" in text
    assert "municipalities.csv, row 2, column 'urban': must be one of yes, no" in text


def test_a_missing_column_and_an_empty_table(fjord):
    edit(fjord, "people.csv", "municipality_code", "kommune")
    assert "column 'municipality_code': the column is missing" in faults_of(fjord)
    (fjord / "people.csv").write_text("demand_id,name\n", encoding="utf-8")
    assert "people.csv: the table is empty; it needs at least one row" in faults_of(fjord)


def test_a_ferry_to_nowhere_is_refused_by_the_network(fjord):
    edit(fjord, "ferries.csv", "west,east", "west,nowhere")
    report = check_study(fjord)
    assert any("nowhere" in str(fault) for fault in report.faults)
    assert not report.checks[0].passed


def test_rows_left_out_by_a_filter_are_named(fjord):
    edit(
        fjord,
        "study.toml",
        'node = "node_id"\n\n[kinds.hospital]',
        'node = "node_id"\nwhere = { kind = ["hospital"] }\n\n[kinds.hospital]',
    )
    study = ga.load_study(fjord)
    assert study.notes == ("places.csv: 1 of 3 rows left out by the study's filter: Town station",)


def test_check_finds_populations_sources_detours_and_reach(fjord):
    report = check_study(fjord)
    text = "\n".join(str(fault) for fault in report.faults)
    assert "Town: demand points hold" not in text
    assert "the table has no column of sources" in text  # people.csv of the test study
    assert "nobody in Island reaches any hospital" in text
    edit(fjord, "people.csv", "1000,100", "999,100")
    edit(fjord, "roads.csv", "european,60", "european,20")
    text = "\n".join(str(fault) for fault in check_study(fjord).faults)
    assert "Town: demand points hold 1099 people, the municipality 1100" in text
    assert "town - west: the road of 20 km is shorter than the straight line of 55.6 km" in text


def test_check_skips_what_it_has_no_polygons_for(fjord):
    report = check_study(fjord)
    skipped = [check for check in report.checks if check.skipped]
    assert [check.name for check in skipped] == [
        "where services are known",
        "coordinates inside their municipality",
    ]
