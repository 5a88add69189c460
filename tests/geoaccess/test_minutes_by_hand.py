"""Minutes to services: the fjord worked by hand, both directions, closed kinds, and the fastest of columns."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_array_equal

import geoaccess as ga
from geoaccess.ground.errors import UnknownNameError
from geoaccess.minutes import (
    as_study,
    fastest,
    fastest_column,
    group_labels,
    minutes,
    nearest,
    nearest_minutes,
    place_minutes,
    travel_times,
)

NAN = math.nan
tables = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=5),
    elements=st.sampled_from([0.0, 1.0, 2.5, NAN]),
)


@given(tables)
def test_the_fastest_is_what_a_loop_over_the_columns_finds(times: np.ndarray) -> None:
    for row, best, column in zip(times, fastest(times), fastest_column(times), strict=True):
        there = [(value, place) for place, value in enumerate(row) if not math.isnan(value)]
        assert (best, column) == min(there) if there else (math.isnan(best) and column == -1)


def test_no_columns_reach_nobody() -> None:
    none = np.zeros((3, 0))
    assert np.isnan(fastest(none)).all()
    assert fastest_column(none).tolist() == [-1, -1, -1]
    assert fastest_column(none).dtype == np.int64


# Town lies 1 km from its road (1 min), Færøy 2 km (2 min); Town - West 60 min, ferry 10 + half of 20 + 5 boarding,
# East - Færøy 30 min; hospitals stand at the quays and centres themselves.
TO_TOWN = [1.0, 60.0, 85.0, 117.0, NAN]
TO_FAR = [116.0, 55.0, 30.0, 2.0, NAN]


@pytest.fixture
def study(fjord: Path) -> ga.Study:
    return ga.load_study(fjord)


def test_minutes_of_the_fjord(study: ga.Study) -> None:
    table = minutes(study, "hospital")
    assert table.index.tolist() == ["d1", "d2", "d3", "d4", "d5"]
    assert (table.index.name, table.columns.name) == ("demand_id", "facility_id")
    assert table.columns.tolist() == ["h1", "h2"]
    np.testing.assert_allclose(table["h1"], TO_TOWN)
    np.testing.assert_allclose(table["h2"], TO_FAR)
    back = minutes(study, "hospital", direction="from_site")
    np.testing.assert_allclose(back.to_numpy(), table.to_numpy())  # every road and ferry goes both ways
    np.testing.assert_allclose(nearest_minutes(study, "hospital"), np.fmin(TO_TOWN, TO_FAR))
    assert ga.minutes(study, "hospital").equals(table)  # the module is its main function


def test_who_travels_matters_where_the_way_back_is_another(
    study: ga.Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Northwards everything takes three times as long, waits too."""
    network = study.network
    north = network.lat[network.topology.heads] > network.lat[network.topology.tails]
    times = np.where(north, 3.0, 1.0)
    uphill = network.with_times(moving_s=network.moving_s * times, wait_s=network.wait_s * times)
    monkeypatch.setitem(study.__dict__, "network", uphill)
    there = minutes(study, "hospital").to_numpy()
    back = minutes(study, "hospital", direction="from_site").to_numpy()
    np.testing.assert_allclose(there[1], [60, 165])
    np.testing.assert_allclose(back[1], [180, 55])
    np.testing.assert_allclose(nearest_minutes(study, "hospital"), [1, 60, 85, 2, NAN])
    np.testing.assert_allclose(nearest_minutes(study, "hospital", direction="from_site"), [1, 55, 30, 2, NAN])
    found = nearest(study, "hospital", direction="from_site")
    np.testing.assert_allclose(found["travel_time_min"], [1, 55, 30, 2, NAN])
    assert nearest(study, "hospital")["facility_id"].tolist() == ["h1", "h1", "h1", "h2", ""]


def test_a_scenario_changes_the_minutes_and_the_state_stays_what_it_was(study: ga.Study) -> None:
    slow = travel_times(study, to="hospital", scenario="slow")
    assert slow.loc["d2", "h1"] == 120.0
    assert travel_times(study, to="hospital").loc["d2", "h1"] == 60.0
    assert travel_times(study.in_state(scenario="slow"), to="hospital").loc["d2", "h1"] == 120.0
    cut = travel_times(study, to="hospital", scenario="no-ferry")
    assert cut["h1"].isna().tolist() == [False, False, True, True, True]
    with pytest.raises(UnknownNameError, match="winter"):
        travel_times(study, to="hospital", scenario="winter")
    with pytest.raises(UnknownNameError, match="hospitl"):
        minutes(study, "hospitl")


def test_the_nearest_of_the_fjord(study: ga.Study) -> None:
    table = nearest(study, "hospital").set_index("demand_id")
    np.testing.assert_allclose(table["travel_time_min"], [1, 55, 30, 2, NAN])
    np.testing.assert_allclose(table["second_nearest_min"], [116, 60, 85, 117, NAN])
    assert table["facility_id"].tolist() == ["h1", "h2", "h2", "h2", ""]
    assert table["facility_name"].tolist() == ["Town hospital", *["Færøy hospital"] * 3, ""]
    assert table["municipality_code"].tolist() == ["0101", "0101", "0202", "0202", "0303"]
    assert table["name"].tolist() == ["Town", "West", "East", "Færøy", "Island"]
    assert table["lat"].tolist() == [69.0, 69.5, 69.55, 69.8, 70.5]
    assert table["lon"].tolist() == [18.0, 18.0, 18.0, 18.0, 15.0]
    assert set(table["kind"]) == {"hospital"}
    assert set(table["scenario"]) == {"base"}
    assert table["people"].tolist() == [1000, 100, 50, 200, 7]
    assert table["old"].tolist() == [100, 20, 10, 50, 7]
    assert set(nearest(study.in_state(scenario="slow"), "hospital")["scenario"]) == {"slow"}


def test_one_facility_has_no_second_and_a_closed_kind_reaches_nobody(fjord: Path, study: ga.Study) -> None:
    station = nearest(study, "station")
    np.testing.assert_allclose(station["travel_time_min"], TO_TOWN)
    assert station["second_nearest_min"].isna().all()
    path = fjord / "study.toml"
    path.write_text(path.read_text() + '\n[scenarios.unmanned]\nfacilities_closed = ["s1"]\n')
    closed = ga.load_study(fjord).in_state(scenario="unmanned")
    gone = nearest(closed, "station")
    assert gone["travel_time_min"].isna().all()
    assert gone["second_nearest_min"].isna().all()
    assert set(gone["facility_id"]) == {""}
    assert minutes(closed, "station").shape == (5, 0)


def test_a_limit_cuts_and_another_network_is_searched(study: ga.Study) -> None:
    places = study.facilities_of("hospital")
    cut = place_minutes(study, places, limit_min=60.0)
    np.testing.assert_allclose(cut[:, 0], [1, 60, NAN, NAN, NAN])
    without = study.in_state(scenario="no-ferry").network
    lost = place_minutes(study, places, network=without)
    assert np.isnan(lost[:, 0]).tolist() == [False, False, True, True, True]
    back = place_minutes(study, places, network=without, direction="from_site")
    assert_array_equal(np.isnan(back), np.isnan(lost))
    assert place_minutes(study, places.iloc[:0]).shape == (5, 0)


def test_a_study_may_be_named_by_its_path(fjord: Path, study: ga.Study) -> None:
    assert as_study(study) is study
    assert as_study(str(fjord)).demand["demand_id"].tolist() == study.demand["demand_id"].tolist()


def test_groups_of_people(study: ga.Study) -> None:
    assert group_labels(study, "municipality").tolist() == ["Town", "Town", "Far", "Far", "Island"]
    assert group_labels(study, "county").tolist() == ["North"] * 4 + ["South"]
    with pytest.raises(UnknownNameError, match="county"):
        group_labels(study, "parish")


def test_a_group_column_of_facilities_is_told_by_their_names(study: ga.Study) -> None:
    grouped = dataclasses.replace(
        study, municipalities=study.municipalities.assign(county=["h1", "h2", "h2"])
    )
    assert group_labels(grouped, "county").tolist() == [
        "Town hospital",
        "Town hospital",
        *["Færøy hospital"] * 3,
    ]
