"""Minutes to services: the fjord worked by hand, both directions, closed kinds, and the fastest of columns."""

from __future__ import annotations

import dataclasses
import math
import sys
import types
from pathlib import Path

import numpy as np
import pandas as pd
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
    known_kind,
    minutes,
    nearest,
    nearest_minutes,
    place_minutes,
    timed,
    travel_times,
)
from geoaccess.study.services import asked_service, canonical

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


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("response", ("response", "")),
        ("doctor", ("doctor", "")),
        ("transport-to-hospital", ("transport", "hospital")),
        ("transport to hospital", ("transport", "hospital")),
        ("transport:hospital", ("transport", "hospital")),
        ("transport: hospital", ("transport", "hospital")),
        ("transport to: hospital", ("transport", "hospital")),
        ("transport - hospital", ("transport", "hospital")),
        (" transport  hospital ", ("transport", "hospital")),
        ("transport-to-to-and-fro", ("transport", "to-and-fro")),
        ("transport-to-own-hospital", ("transport", "own-hospital")),
        ("transport", None),
        ("transport-", None),
        ("transports-to-hospital", None),
        ("hospital", None),
        ("", None),
    ],
)
def test_a_service_is_meant_by_each_of_its_spellings(name: str, meant: tuple[str, str] | None) -> None:
    assert asked_service(name) == meant
    if meant is None:
        assert canonical(name) == name
    else:
        assert canonical(name) == canonical(canonical(name)) == "-to-".join(part for part in meant if part)


class Stand:
    """A study of which only what is asked for exists."""

    def __init__(self, kinds: tuple[str, ...], *, resources: bool) -> None:
        self.config = types.SimpleNamespace(
            kinds=dict.fromkeys(kinds), resources={"car": 1} if resources else {}
        )
        self.asked: list[tuple[str, str]] = []

    def facilities_of(self, kind: str) -> pd.DataFrame:
        self.asked.append(("facilities", kind))
        return pd.DataFrame({"facility_id": ["h1"]})

    def kind(self, name: str) -> None:
        self.asked.append(("kind", name))


def test_who_gives_a_service_is_asked_where_the_study_has_resources(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind of that name comes first; without resources every name is one of a kind."""
    asked = []

    def reached(study: Stand, service: str) -> types.SimpleNamespace:
        asked.append(service)
        return types.SimpleNamespace(bases=pd.DataFrame({"base_id": ["b1"]}), minutes=np.asarray([[7.0]]))

    def carried(study: Stand, to: str) -> types.SimpleNamespace:
        asked.append(f"to {to}")
        return types.SimpleNamespace(
            facilities=pd.DataFrame({"facility_id": ["h9"]}), minutes=np.asarray([[8.0]])
        )

    directions = []

    def driven(study: Stand, facilities: pd.DataFrame, *, direction: str) -> np.ndarray:
        directions.append(direction)
        return np.asarray([[9.0]])

    module = sys.modules["geoaccess.minutes"]
    for name, stand_in in (("reach", reached), ("transport_to", carried), ("place_minutes", driven)):
        monkeypatch.setattr(module, name, stand_in)
    with_them = Stand(("hospital", "doctor"), resources=True)
    for to, ids, minute in (
        ("response", ["b1"], 7.0),
        ("transport to hospital", ["h9"], 8.0),
        ("hospital", ["h1"], 9.0),
        ("doctor", ["h1"], 9.0),
    ):
        facilities, found = timed(with_them, to)
        assert (facilities["facility_id"].tolist(), found.tolist()) == (ids, [[minute]]), to
    assert asked == ["response", "to hospital"]
    timed(with_them, "hospital", direction="from_site")
    assert directions == ["to_site", "to_site", "from_site"]
    without = Stand(("hospital",), resources=False)
    assert timed(without, "response")[1].tolist() == [[9.0]]
    assert without.asked == [("facilities", "response")]  # which says that there is no such kind


def test_the_one_name_of_a_kind_or_a_service() -> None:
    stand = Stand(("hospital", "doctor"), resources=True)
    assert [known_kind(stand, name) for name in ("hospital", "doctor", "clinic")] == [
        "hospital",
        "doctor",
        "clinic",
    ]
    assert stand.asked == [("facilities", "hospital"), ("facilities", "doctor"), ("facilities", "clinic")]
    stand.asked.clear()
    assert known_kind(stand, "transport to hospital") == "transport-to-hospital"
    assert known_kind(stand, "response") == "response"
    assert stand.asked == [("kind", "transport-to-hospital"), ("kind", "response")]


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
