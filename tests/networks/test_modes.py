"""Boats and aircraft against a sum over every way by hand, and the fastest of several modes."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from networks import NetworkDataError, UnknownPlaceError, at_nodes, travel_time_matrix, with_edges
from networks.craft import Craft, Places, WaterRoutes, available
from networks.links import great_circle_m
from networks.modes import fastest, missions, response_minutes

BOAT = Craft(
    name="Boat",
    kind="boat",
    base="Quay A",
    base_lon=15.0,
    base_lat=68.0,
    speed_kph=40,
    mobilisation_min=10,
    range_km=200,
    transfer_min=5,
)
HELICOPTER = Craft(
    name="Helicopter",
    kind="helicopter",
    base="Base",
    base_lon=15.0,
    base_lat=68.0,
    speed_kph=220,
    mobilisation_min=15,
    range_km=400,
    transfer_min=8,
    lands_anywhere=True,
)
PLANE = dataclasses.replace(HELICOPTER, name="Plane", kind="fixed_wing", speed_kph=400, lands_anywhere=False)


@pytest.fixture(scope="module")
def fjord(make_network: Any) -> Any:
    """Two shores without a road between them: nodes 0-1-2 here, 3-4 there, 5 an islet alone."""
    rows = [(0, 1, 600), (1, 2, 600), (3, 4, 300)]
    rows += [(b, a, s) for a, b, s in rows]
    lon, lat = [15.0, 15.1, 15.2, 15.0, 15.1, 15.5], [68.0, 68.0, 68.0, 68.3, 68.3, 68.5]
    return make_network(6, rows, lon=lon, lat=lat)


def places_of(net: Any, names: str, nodes: list[int]) -> Places:
    return Places(tuple(f"Quay {name}" for name in names), at_nodes(net, nodes))


SEA = pd.DataFrame(
    {"from_place": ["Quay A", "Skerry", "Quay A"], "to_place": ["Skerry", "Quay B", "Quay B"],
     "length_km": [20, 20, 60]}
)  # fmt: skip


def test_a_boat_mission_by_hand(fjord: Any) -> None:
    quays = places_of(fjord, "AB", [0, 3])
    sea = WaterRoutes.from_table(SEA)
    found = missions(fjord, BOAT, [1, 2], [4], places=quays, routes=sea, on_scene_min=3)
    sailing = 60 * 40 / 40
    assert_allclose(found.total_min[:, 0], [10 + 5 + 3 + sailing + 5 + 5, 20 + 5 + 3 + sailing + 5 + 5])
    assert_allclose(found.pickup_min[:, 0], [10, 20])
    assert_allclose(found.craft_min[:, 0], sailing)
    assert_allclose(found.road_min[:, 0], 5)
    assert_allclose(found.transfer_min[:, 0], 10)
    assert_array_equal(found.pickup, [[0], [0]])
    assert_array_equal(found.drop, [[1], [1]])
    parts = found.pickup_min + found.scene_min + found.craft_min + found.transfer_min + found.road_min
    assert_allclose(parts, found.total_min)


def test_the_boat_comes_to_the_far_quay_first(fjord: Any) -> None:
    quays = places_of(fjord, "AB", [0, 3])
    found = missions(fjord, BOAT, [4], [2], places=quays, routes=WaterRoutes.from_table(SEA))
    there = 10 + 60
    assert_allclose(found.pickup_min, there)
    assert_allclose(found.total_min, there + 5 + 60 + 5 + 20)
    short = dataclasses.replace(BOAT, range_km=79)
    assert np.isnan(
        missions(fjord, short, [4], [2], places=quays, routes=WaterRoutes.from_table(SEA)).total_min
    )


def test_boats_keep_to_the_water(fjord: Any) -> None:
    quays = places_of(fjord, "AB", [0, 3])
    with pytest.raises(NetworkDataError, match="does not sail over land"):
        missions(fjord, BOAT, [1], [4], places=quays)
    with pytest.raises(UnknownPlaceError, match="Quay C"):
        missions(
            fjord, BOAT, [1], [4], places=places_of(fjord, "AC", [0, 3]), routes=WaterRoutes.from_table(SEA)
        )
    with pytest.raises(NetworkDataError, match="above 0 km") as raised:
        WaterRoutes.from_table(SEA.assign(length_km=[20, -1, "far"]))
    assert len(raised.value.faults) == 2
    apart = WaterRoutes.from_table(SEA.iloc[:1])
    with pytest.raises(UnknownPlaceError, match="Quay B"):
        apart.positions(["Quay B"])


def test_water_routes_are_shortest_ways_both_ways() -> None:
    sea = WaterRoutes.from_table(SEA)
    a, b = sea.positions(["Quay A", "Quay B"])
    assert sea.length_km[a, b] == sea.length_km[b, a] == 40
    twice = WaterRoutes.from_table(pd.concat([SEA, SEA.assign(length_km=[25, 30, 35])]))
    assert twice.length_km[a, b] == 35


def test_a_helicopter_fetches_where_the_patient_is(fjord: Any) -> None:
    pads = places_of(fjord, "H", [0])
    found = missions(fjord, HELICOPTER, [5], [1], places=pads, on_scene_min=20)
    out = great_circle_m(*(np.asarray([v]) for v in (15.0, 68.0, 15.5, 68.5)))[0] / 1000
    assert_allclose(found.total_min, 15 + out / 220 * 60 + 20 + out / 220 * 60 + 8 + 10)
    assert_array_equal(found.pickup, [[-1]])
    assert_allclose(response_minutes(fjord, HELICOPTER, [5], places=pads), 15 + out / 220 * 60)
    weak = dataclasses.replace(HELICOPTER, range_km=1.5 * out)
    assert np.isnan(missions(fjord, weak, [5], [1], places=pads).total_min)
    assert np.isfinite(response_minutes(fjord, weak, [5], places=pads))


def test_response_goes_on_by_road(fjord: Any) -> None:
    quays = places_of(fjord, "AB", [0, 3])
    minutes = response_minutes(fjord, BOAT, [2, 4, 5], places=quays, routes=WaterRoutes.from_table(SEA))
    assert_allclose(minutes[:2], [10 + 0 + 5 + 20, 10 + 60 + 5 + 5])
    assert np.isnan(minutes[2])


@settings(max_examples=20)
@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=4, unique=True),
    st.floats(50, 500),
    st.floats(0, 60),
    st.floats(20, 200),
    st.floats(0, 30),
)
def test_missions_are_the_least_over_all_pickups_and_drops(
    fjord: Any, nodes: list[int], speed: float, mobilisation: float, range_km: float, scene: float
) -> None:
    plane = dataclasses.replace(
        PLANE, speed_kph=speed, mobilisation_min=mobilisation, range_km=range_km, transfer_min=4
    )
    places = Places(tuple(map(str, nodes)), at_nodes(fjord, nodes))
    found = missions(fjord, plane, np.arange(6), np.arange(6), places=places, on_scene_min=scene)
    road = np.nan_to_num(travel_time_matrix(fjord, np.arange(6), np.arange(6)), nan=np.inf)
    lon, lat = fjord.lon, fjord.lat

    def km(a: int | None, b: int) -> float:
        start = (15.0, 68.0) if a is None else (lon[a], lat[a])
        return float(great_circle_m(*(np.asarray([v]) for v in (*start, lon[b], lat[b])))[0] / 1000)

    for origin, destination in itertools.product(range(6), range(6)):
        ways = [
            max(road[origin, p], mobilisation + km(None, p) / speed * 60)
            + 8 + scene + km(p, q) / speed * 60 + road[q, destination]
            for p, q in itertools.permutations(nodes, 2)
            if km(None, p) + km(p, q) <= range_km
        ]  # fmt: skip
        least = min(ways, default=np.inf)
        expected = least if np.isfinite(least) else np.nan
        assert_allclose(found.total_min[origin, destination], expected, rtol=1e-9)
    parts = found.pickup_min + found.scene_min + found.craft_min + found.transfer_min + found.road_min
    assert_allclose(parts, found.total_min)
    assert_array_equal(found.drop == -1, np.isnan(found.total_min))


def test_a_craft_out_of_service_goes_nowhere(fjord: Any) -> None:
    pads = places_of(fjord, "H", [0])
    grounded = dataclasses.replace(HELICOPTER, available=False)
    daylight = dataclasses.replace(HELICOPTER, window_min=(420, 1200))
    assert np.isnan(missions(fjord, grounded, [5], [1], places=pads).total_min).all()
    assert np.isnan(missions(fjord, daylight, [5], [1], places=pads, time_min=60).total_min).all()
    assert np.isfinite(missions(fjord, daylight, [5], [1], places=pads, time_min=600).total_min).all()
    assert np.isnan(response_minutes(fjord, daylight, [5], places=pads, time_min=60)).all()
    none = Places((), at_nodes(fjord, []))
    assert np.isnan(missions(fjord, HELICOPTER, [5], [1], places=none).total_min).all()


def test_scenarios_choose_the_craft() -> None:
    night_boat = dataclasses.replace(BOAT, window_min=(1200, 1800))
    crafts = [night_boat, HELICOPTER, PLANE]
    assert available(crafts, time_min=120) == crafts
    assert available(crafts, time_min=720) == [HELICOPTER, PLANE]
    assert available(crafts, out=["Helicopter"]) == [night_boat, PLANE]
    with pytest.raises(UnknownPlaceError, match="Zeppelin"):
        available(crafts, out=["Zeppelin"])


def test_the_fastest_mode_wins_and_is_named() -> None:
    nan = np.nan
    modes = {
        "road": np.asarray([[30.0, nan], [10, 20], [nan, nan]]),
        "boat": np.asarray([[25.0, 90], [10, nan], [nan, nan]]),
    }
    best = fastest(modes)
    assert_array_equal(best.minutes, [[25, 90], [10, 20], [nan, nan]])
    assert best.mode.tolist() == [["boat", "boat"], ["road", "road"], ["", ""]]
    minutes, which, mode = best.nearest()
    assert_array_equal(minutes, [25, 10, nan])
    assert which.tolist() == [0, 0, -1]
    assert mode.tolist() == ["boat", "road", ""]
    with pytest.raises(NetworkDataError, match="one shape"):
        fastest({"a": np.zeros((1, 2)), "b": np.zeros((2, 1))})
    with pytest.raises(NetworkDataError, match="one shape"):
        fastest({})


@pytest.mark.parametrize(
    "values",
    [
        {"speed_kph": 0},
        {"mobilisation_min": -1},
        {"base_lat": 91},
        {"lands_anywhere": True},
        {"range_km": -1},
    ],
)
def test_impossible_craft_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(NetworkDataError, match=next(iter(values))):
        dataclasses.replace(BOAT, **values)


def test_places_need_names_of_their_own(fjord: Any) -> None:
    with pytest.raises(NetworkDataError, match="name of their own"):
        Places(("A", "A"), at_nodes(fjord, [0, 1]))
    with pytest.raises(NetworkDataError, match="name of their own"):
        Places(("A",), at_nodes(fjord, [0, 1]))


def test_a_boat_line_can_join_the_network(fjord: Any) -> None:
    line = pd.DataFrame(
        {"from_id": [0, 3], "to_id": [3, 0], "moving_s": 3600.0, "wait_s": 1800.0, "length_m": 40_000.0,
         "kind": "boat", "name": "Hurtigbåt"}
    )  # fmt: skip
    joined = with_edges(fjord, line)
    assert_allclose(travel_time_matrix(joined, [1], [4]), 10 + 30 + 60 + 5)
    assert np.isnan(travel_time_matrix(fjord, [1], [4]))
    frame = joined.edges_frame()
    assert frame.loc[frame["kind"] == "boat", "name"].tolist() == ["Hurtigbåt"] * 2
    assert len(frame) == fjord.n_edges + 2
    with pytest.raises(NetworkDataError, match="the kinds are"):
        with_edges(fjord, line.assign(kind="raft"))
    with pytest.raises(UnknownPlaceError):
        with_edges(fjord, line.assign(to_id=99))
    with pytest.raises(NetworkDataError, match="at least 0"):
        with_edges(fjord, line.assign(moving_s=-1.0))


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.floats(0, 900)), max_size=12),
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.floats(0, 900)), min_size=1, max_size=5),
)
def test_edges_added_later_are_as_good_as_edges_from_the_start(
    make_network: Any, first: list[Any], later: list[Any]
) -> None:
    added = pd.DataFrame(later, columns=["from_id", "to_id", "moving_s"]).assign(length_m=1000.0)
    grown = with_edges(make_network(6, first), added)
    whole = make_network(6, [*first, *later])
    nodes = np.arange(6)
    assert_array_equal(travel_time_matrix(grown, nodes, nodes), travel_time_matrix(whole, nodes, nodes))
    assert_array_equal(grown.topology.indptr, whole.topology.indptr)
