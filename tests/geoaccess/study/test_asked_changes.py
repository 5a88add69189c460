"""--close, --move and --open: the oracle is a study whose own file says the same, written by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import geoaccess as ga
from geoaccess.cli.app import run
from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.study import load_study
from geoaccess.study.asked_changes import AskedChanges, with_changes
from geoaccess.study.sources import copy_study

KIND = "akuttmottak"


@pytest.fixture(scope="module")
def study() -> Any:
    return load_study("nord-norge")


def changed(study: Any, **asked: tuple[str, ...]) -> Any:
    return with_changes(study, AskedChanges(**asked))


@pytest.fixture(scope="module")
def by_hand(study: Any, tmp_path_factory: Any) -> Any:
    """A copy of the study without UNN Narvik, by a line taken out of its table."""
    folder: Path = tmp_path_factory.mktemp("copy") / "study"
    copy_study(study, folder)
    table = folder / "facilities.csv"
    lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("unn-narvik,")]
    assert len(kept) == len(lines) - 1
    table.write_text("".join(kept), encoding="utf-8")
    return load_study(folder)


def fastest(study: Any, **options: Any) -> Any:
    return ga.travel_times(study, to=KIND, **options).min(axis=1).to_numpy()


@pytest.mark.parametrize("scenario", ["base", "winter-night"])
def test_a_closed_facility_is_that_of_a_study_without_its_row(
    study: Any, by_hand: Any, scenario: str
) -> None:
    asked = changed(study, closed=("UNN Narvik",))
    np.testing.assert_allclose(fastest(asked, scenario=scenario), fastest(by_hand, scenario=scenario))
    assert np.nanmax(fastest(asked) - fastest(study)) > 30
    assert str(asked.notes[-1]) == "closed for this question: UNN Narvik (hospital emergency department)"


def test_a_facility_moved_to_another_is_where_that_is(study: Any) -> None:
    """Bodø's hospital goes where Narvik's is, and Narvik's is closed: the same as Bodø's closed alone."""
    facilities = study.facilities[study.facilities["kind"] == KIND]
    narvik = facilities[facilities["name"] == "UNN Narvik"].iloc[0]
    other = facilities[facilities["municipality_code"] == "1804"].iloc[0]
    moved = changed(study, closed=("UNN Narvik",), moved=(f"{other['facility_id']}=UNN Narvik",))
    row = moved.facilities.set_index("facility_id").loc[other["facility_id"]]
    assert (row["lat"], row["lon"]) == (narvik["lat"], narvik["lon"])
    assert row["municipality_code"] == narvik["municipality_code"]
    alone = changed(study, closed=(other["facility_id"],))
    difference = np.abs(fastest(moved) - fastest(alone))
    assert np.nanquantile(difference, 0.9) < 5  # a node near by may be taken for the hospital's own


def test_an_opened_facility_serves_those_beside_it(study: Any) -> None:
    alta = study.demand[study.demand["demand_id"] == "alta"].iloc[0]
    opened = changed(study, opened=(f"{KIND}={alta['lat']},{alta['lon']}",))
    times = pd.Series(fastest(opened), index=opened.demand["demand_id"])
    before = pd.Series(fastest(study), index=study.demand["demand_id"])
    assert times[alta["demand_id"]] < 15 < before[alta["demand_id"]]
    reached = before.notna()
    assert (times[reached] <= before[reached] + 1e-6).all()
    assert opened.notes[-1].code == "note.asked.opened"


@pytest.mark.parametrize(
    ("asked", "error", "told"),
    [
        ({"closed": ("UNN Narvk",)}, UnknownNameError, "did you mean 'UNN Narvik'"),
        ({"moved": ("UNN Narvik",)}, DataError, "FACILITY=PLACE"),
        ({"moved": ("UNN Narvik=Nowhere at all",)}, UnknownNameError, "Nowhere"),
        ({"opened": ("hospitl=68,15",)}, UnknownNameError, "hospitl"),
        ({"opened": (f"{KIND}=98,15",)}, DataError, "LAT,LON"),
        ({"closed": ("UNN Narvik",), "moved": ("UNN Narvik=68,15",)}, DataError, "closed or moved"),
    ],
)
def test_what_there_is_not_is_told(study: Any, asked: Any, error: Any, told: str) -> None:
    with pytest.raises(error, match=told):
        changed(study, **asked)


def test_the_command_says_what_it_changed(capsys: Any) -> None:
    assert run(["access", "nord-norge", "--to", KIND, "--close", "unn-narvik", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert "closed for this question: UNN Narvik (hospital emergency department)" in told["notes"]
    narvik = next(row for row in told["rows"] if row["municipality"].startswith("Narvik"))
    assert narvik["median_min"] > 60


def test_changes_are_told_by_the_names_of_kinds_in_both_languages():
    asked = with_changes(
        load_study("nord-norge"),
        AskedChanges(
            closed=("unn-narvik",), moved=("unn-harstad=Evenskjer",), opened=("akuttmottak=Evenskjer",)
        ),
    )
    for note in asked.notes[-3:]:
        assert "hospital emergency department" in note.said("en")
        assert "akuttmottak" not in note.said("en")
        assert "akuttmottak" in note.said("nb")
