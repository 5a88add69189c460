"""Every column of a run is described, and the tables come back the same from CSV and Parquet."""

from __future__ import annotations

import pandas as pd
import pytest

import geoaccess as ga
from geoaccess.answers.answer import load_answer
from geoaccess.answers.columns import describe
from geoaccess.cli.demo import demo_answer


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    study = ga.load_study("nord-norge")
    run = demo_answer(study, ga.accessibility(study), ga.place(study, "ambulance"))
    return run, run.save(tmp_path_factory.mktemp("runs") / "demo")


def test_every_column_of_the_main_job_is_described(run_folder):
    _, folder = run_folder
    table = pd.read_csv(folder / "dictionary.csv", keep_default_na=False)
    assert table.loc[table["meaning"] == "", "column"].tolist() == []
    assert set(table["table"]) >= {"nearest", "groups", "sites", "placement"}


@pytest.mark.parametrize("ending", ["_min", "_km"])
def test_the_unit_of_a_name_is_its_unit(run_folder, ending):
    run, _ = run_folder
    names = {
        str(name) for table in run.tables.values() for name in table.columns if str(name).endswith(ending)
    }
    units = {
        name: describe(name)[0]
        for name in names
        if not name.startswith(("persons_", "share_", "gain_person"))
    }
    assert set(units.values()) == {ending.removeprefix("_")}


def test_tables_come_back_from_csv_and_parquet(run_folder):
    run, folder = run_folder
    again = load_answer(folder)
    for name, table in run.tables.items():
        assert list(again.tables[name].columns) == list(table.columns)
        parquet = pd.read_parquet(folder / f"{name}.parquet")
        pd.testing.assert_frame_equal(
            parquet.reset_index(drop=True), table.reset_index(drop=True), check_dtype=False
        )
