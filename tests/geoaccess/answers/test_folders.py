"""Run folders: whole or not at all, never over something else, and safe in a spreadsheet."""

from __future__ import annotations

import json
import math
import os

import numpy as np
import pandas as pd
import pytest

from geoaccess.ground.errors import OutputError
from geoaccess.ground.tables import read_frame
from geoaccess.ground.writing import json_ready, to_json, write_folder, write_table, write_text


def fill(folder):
    (folder / "run.json").write_text('{"kind": "demo"}', encoding="utf-8")


def test_a_folder_appears_whole(tmp_path):
    target = write_folder(tmp_path / "deep" / "run", fill)
    assert [path.name for path in target.iterdir()] == ["run.json"]
    assert [path.name for path in target.parent.iterdir()] == ["run"]


def test_a_failure_leaves_nothing_behind(tmp_path):
    def fail(folder):
        fill(folder)
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="No space left on device"):
        write_folder(tmp_path / "run", fail)
    assert list(tmp_path.iterdir()) == []


def test_a_failure_keeps_the_earlier_run(tmp_path):
    target = write_folder(tmp_path / "run", fill)

    def fail(folder):
        raise OSError("no")

    with pytest.raises(OutputError):
        write_folder(target, fail, overwrite=True)
    assert json.loads((target / "run.json").read_text()) == {"kind": "demo"}
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_an_existing_folder_is_replaced_only_when_asked(tmp_path):
    target = write_folder(tmp_path / "run", fill)
    with pytest.raises(OutputError, match="--overwrite"):
        write_folder(target, fill)
    write_folder(target, fill, overwrite=True)
    write_folder(target, fill, replaces="demo")
    with pytest.raises(OutputError, match="--overwrite"):
        write_folder(target, fill, replaces="place")


def test_a_folder_that_is_no_run_is_never_replaced(tmp_path):
    target = tmp_path / "home"
    target.mkdir()
    (target / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(OutputError, match="not a run folder"):
        write_folder(target, fill, overwrite=True)
    assert (target / "thesis.txt").read_text() == "years of work"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_unwritable_folder_is_said(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="cannot write"):
        write_folder(tmp_path / "run", fill)


def test_a_file_where_a_folder_should_be_is_said(tmp_path):
    (tmp_path / "runs").write_text("a file", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot write"):
        write_folder(tmp_path / "runs" / "run", fill)
    with pytest.raises(OutputError, match="cannot write"):
        write_text(tmp_path / "runs" / "text", "x")


def test_json_has_no_nan_and_keeps_letters():
    values = {"a": math.nan, "b": np.float64(1.5), "c": np.array([1, 2]), "d": (np.inf, "Tromsø")}
    assert json_ready(values) == {"a": None, "b": 1.5, "c": [1, 2], "d": [None, "Tromsø"]}
    assert "Tromsø" in to_json(values)
    assert json_ready(pd.DataFrame({"x": [1.0, math.nan]})) == [{"x": 1.0}, {"x": None}]


@pytest.mark.parametrize("cell", ["-101", "+47", "=1+1", "@SUM(A1)", "0301", "1e5", "NA", "a\tb", "'x"])
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_texts_of_tables_come_back_as_they_were(tmp_path, cell, ending):
    frame = pd.DataFrame({"id": [cell, "Bodø"], "minutes": [-1.5, 2.0]})
    write_table(frame, tmp_path / f"t.{ending}")
    found = read_frame(tmp_path / f"t.{ending}")
    assert found["id"].tolist() == [cell, "Bodø"]


@pytest.mark.parametrize("ending", ["csv", "parquet", "gpkg", "geojson"])
def test_tables_are_written_by_their_ending(tmp_path, ending):
    from geoaccess.ground.tables import read_frame

    frame = pd.DataFrame(
        {"name": ["Bodø", "Å"], "minutes": [1.5, 2.0], "lon": [14.4, 13.0], "lat": [67.3, 67.9]}
    )
    write_table(frame, tmp_path / f"t.{ending}")
    back = read_frame(tmp_path / f"t.{ending}")
    assert back["name"].tolist() == ["Bodø", "Å"]
    assert back["minutes"].astype(float).tolist() == [1.5, 2.0]
    assert [path.name for path in tmp_path.iterdir()] == [f"t.{ending}"]


def test_an_unknown_ending_is_refused(tmp_path):
    with pytest.raises(OutputError, match="unknown ending"):
        write_table(pd.DataFrame({"a": [1]}), tmp_path / "t.xyz")
