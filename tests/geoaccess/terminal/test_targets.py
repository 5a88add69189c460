"""What cannot be written is refused before the work: the study is never read."""

from __future__ import annotations

import os

import pytest

from geoaccess.cli.app import run

#: Commands that write a table, a run folder, a file; none of their inputs exists, so that work would fail.
TABLES = [
    ["losses", "none"],
    ["frontier", "none", "ambulance"],
    ["clocks", "none"],
    ["reliability", "none"],
    ["sensitivity", "none"],
    ["compare", "none", "none"],
]
FOLDERS = [
    ["access", "none"],
    ["place", "none", "ambulance"],
    ["demo"],
    ["map", "none", "--clocks"],
]
FILES = [
    ["matrix", "none", "--origins", "none", "--destinations", "none"],
    ["isochrones", "none", "--from", "none"],
    ["network", "build", "none"],
    ["sweep", "none"],
    ["report", "none"],
]
UNKNOWN_INPUT = "none"


def refusal(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert run([str(argument) for argument in arguments]) != 0
    return capsys.readouterr().err


@pytest.mark.parametrize("words", TABLES, ids=lambda words: words[0])
@pytest.mark.parametrize("name", ["table.xlsx", "table.txt"])
def test_an_ending_that_no_table_has_is_refused_first(words, name, tmp_path, capsys):
    assert "unknown ending; use one of .csv" in refusal(capsys, *words, "-o", tmp_path / name)


@pytest.mark.parametrize("words", TABLES, ids=lambda words: words[0])
def test_a_name_without_an_ending_is_the_folder_of_an_answer(words, tmp_path, capsys):
    assert UNKNOWN_INPUT in refusal(capsys, *words, "-o", tmp_path / "answer")
    (tmp_path / "answer").mkdir()
    (tmp_path / "answer" / "mine.txt").touch()
    assert "add --overwrite" in refusal(capsys, *words, "-o", tmp_path / "answer")


@pytest.mark.parametrize(
    "words", [*TABLES, ["isochrones", "none", "--from", "none"]], ids=lambda words: words[0]
)
def test_a_known_ending_is_not_refused_whatever_its_case(words, tmp_path, capsys):
    assert UNKNOWN_INPUT in refusal(capsys, *words, "-o", tmp_path / "out.GPKG")


@pytest.mark.parametrize("words", [["clocks", "none"], ["reliability", "none"]], ids=lambda words: words[0])
def test_the_second_table_is_looked_at_too(words, tmp_path, capsys):
    assert "unknown ending" in refusal(capsys, *words, "--points", tmp_path / "points.docx")


@pytest.mark.parametrize("words", [*TABLES, *FOLDERS, *FILES], ids=lambda words: " ".join(words[:2]))
def test_a_place_where_nothing_can_be_written_is_refused_first(words, tmp_path, capsys):
    (tmp_path / "file").touch()
    target = tmp_path / "file" / "out.csv"
    assert "cannot write" in refusal(
        capsys, *words, "-o", target.with_suffix(".gpkg") if words[0] == "isochrones" else target
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_the_right_to_write_is_refused_first(tmp_path, capsys):
    tmp_path.chmod(0o500)
    assert "Permission denied" in refusal(capsys, "losses", "none", "-o", tmp_path / "losses.csv")


@pytest.mark.parametrize("words", [*FOLDERS, [*FOLDERS[1], "--robust", "worst"]], ids=" ".join)
def test_a_folder_that_stands_is_refused_first(words, tmp_path, capsys):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "mine.txt").touch()
    assert "add --overwrite" in refusal(capsys, *words, "-o", tmp_path / "run")
    assert "is not a run folder" in refusal(capsys, *words, "-o", tmp_path / "run", "--overwrite")


def test_each_scenario_of_a_placement_has_a_folder_that_is_looked_at(tmp_path, capsys):
    (tmp_path / "storm").mkdir()
    words = ["place", "none", "ambulance", "-o", tmp_path, "--scenario", "base", "--scenario", "storm"]
    assert f"{tmp_path / 'storm'} exists" in refusal(capsys, *words)


@pytest.mark.parametrize("name", ["areas.shp", "areas", "areas.csv"])
def test_areas_are_written_in_no_form_that_only_looks_right(name, tmp_path, capsys):
    assert "unknown ending" in refusal(capsys, "isochrones", "none", "--from", "none", "-o", tmp_path / name)
