"""Craft and chains of craft against sums over every way by hand, and what must hold whatever the fleet."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from networks import NetworkDataError
from networks.geodesy import great_circle_m
from networks.geometry import to_metres
from networks.modes import (
    Craft,
    TransportResult,
    craft_minutes,
    transfers,
    transport_minutes,
    without_flying,
)
from networks.sea import SeaGrid, sea_ways

NAN = float("nan")
CAR = Craft("car", "road", NAN, 2)
HELICOPTER = Craft("helicopter", "air", 220, 15, land_min=3, range_km=400)
BOAT = Craft("boat", "sea", 40, 10, land_min=1, range_km=200, transfer_min=5, ashore_max_km=4)
PLANE = Craft(
    "plane", "air", 400, 20, land_min=8, range_km=900, lands="airport", runway_m=800, transfer_min=10
)
KINDS = (CAR, HELICOPTER, BOAT, PLANE)
#: Degrees of the nodes of the test region: two shores without a road between them, 0-1-2 here and 3-4 there,
#: and an islet alone.
LON, LAT = [15.0, 15.1, 15.2, 15.0, 15.1, 15.5], [68.0, 68.0, 68.0, 68.3, 68.3, 68.5]


@pytest.fixture(scope="module")
def fjord(make_network: Any) -> Any:
    rows = [(0, 1, 600), (1, 2, 600), (3, 4, 300)]
    rows += [(b, a, s) for a, b, s in rows]
    return make_network(6, rows, lon=LON, lat=LAT)


@pytest.fixture(scope="module")
def sea() -> SeaGrid:
    """Water everywhere but for a bar of land between the shores, with a sound at its western end."""
    x, y = to_metres(np.asarray(LON), np.asarray(LAT), epsg=25833)
    west, north = x.min() - 30_000, y.max() + 20_000
    shape = int((y.max() - y.min() + 40_000) // 1000), int((x.max() - x.min() + 60_000) // 1000)
    water = np.ones(shape, dtype=bool)
    bar = int((north - y[[0, 3]].mean()) // 1000)
    water[bar, 8:] = False
    return SeaGrid(water, np.zeros(shape, dtype=bool), west, north, 1000.0, 25833, 5.0, True, "")


def km(a: int, b: int) -> float:
    ends = (np.asarray([value]) for value in (LON[a], LAT[a], LON[b], LAT[b]))
    return float(great_circle_m(*ends)[0]) / 1000


def test_every_mode_mobilises_moves_and_lands(fjord: Any, sea: SeaGrid) -> None:
    road = craft_minutes(CAR, [0], [0, 2, 4], network=fjord)
    assert_allclose(road, [[2, 22, NAN]])
    air = craft_minutes(HELICOPTER, [0, 3], [5], network=fjord)
    assert_allclose(air, [[18 + km(0, 5) / 220 * 60], [18 + km(3, 5) / 220 * 60]])
    boat = craft_minutes(BOAT, [0], [3, 5], network=fjord, sea=sea)
    shores = sea.berths(np.asarray(LON), np.asarray(LAT))
    way = sea_ways(sea, sea.berths(np.asarray(LON[:1]), np.asarray(LAT[:1])), sea.shores(shores)).km[0]
    ashore = 60 * 1.35 * shores.off_km / 30
    assert_allclose(boat[0], [11 + 5 + way[k] / 40 * 60 + ashore[k] for k in (3, 5)])
    assert way[3] > km(0, 3) + 20
    runways = np.asarray([799.0, 800.0])
    plane = craft_minutes(PLANE, [0], [4], network=fjord, airports=[0, 3], airport_runway_m=runways)
    assert_allclose(plane, 20 + 8 + km(0, 3) / 400 * 60 + 10 + 5)
    assert np.isnan(
        craft_minutes(PLANE, [0], [4], network=fjord, airports=[0, 3], airport_runway_m=runways - 1)
    ).all()
    at_home = craft_minutes(PLANE, [0], [1], network=fjord, airports=[0])
    assert_allclose(at_home, 20 + 10 + 10)


def test_the_range_is_out_and_back_or_out_and_on_to_a_drop(fjord: Any) -> None:
    out, on = km(0, 5), km(5, 3)
    for range_km, drops, reached in [
        (2 * out + 0.1, None, True),
        (2 * out - 0.1, None, False),
        (out + on + 0.1, [3], True),
        (out + on - 0.1, [3], False),
        (out + on + 0.1, [3, 0], True),
        (1000, [], False),
    ]:
        craft = dataclasses.replace(HELICOPTER, range_km=range_km)
        minutes = craft_minutes(craft, [0], [5], network=fjord, drops=drops)
        assert np.isfinite(minutes).all() == reached


def test_a_boat_takes_its_crew_no_further_than_stated_from_the_shore(fjord: Any, sea: SeaGrid) -> None:
    inland = dataclasses.replace(sea, water=sea.water.copy())
    column = int((to_metres(np.asarray([LON[4]]), np.asarray([LAT[4]]), epsg=25833)[0][0] - sea.west) // 1000)
    row = int((sea.north - to_metres(np.asarray([LON[4]]), np.asarray([LAT[4]]), epsg=25833)[1][0]) // 1000)
    inland.water[row - 2 : row + 3, column - 2 : column + 3] = False
    near, far = (dataclasses.replace(BOAT, ashore_max_km=value) for value in (1.5, 4.0))
    assert np.isnan(craft_minutes(near, [0], [4], network=fjord, sea=inland)).all()
    assert np.isfinite(craft_minutes(far, [0], [4], network=fjord, sea=inland)).all()
    berthing = dataclasses.replace(BOAT, lands="berth", ashore_max_km=5.0)
    by_berth = craft_minutes(berthing, [0], [3, 4], network=fjord, sea=sea, berths=[3])
    hop = km(3, 4)
    assert_allclose(by_berth[0, 1] - by_berth[0, 0], 60 * 1.35 * hop / 30)
    with pytest.raises(NetworkDataError, match="each berth"):
        craft_minutes(berthing, [0], [3], network=fjord, sea=sea)
    with pytest.raises(NetworkDataError, match="does not sail over land"):
        craft_minutes(BOAT, [0], [3], network=fjord)
    with pytest.raises(NetworkDataError, match="each airport"):
        craft_minutes(PLANE, [0], [3], network=fjord)


def together(fjord: Any, sea: SeaGrid, kinds: dict[Craft, list[int]], **more: Any) -> TransportResult:
    options = {"airports": [2, 3], "quays": [0, 3], "scene_min": 20.0, **more}
    return transport_minutes(
        list(kinds), list(kinds.values()), np.arange(6), [0, 4], network=fjord, sea=sea, **options
    )


def test_the_car_crew_treats_and_the_helicopter_meets(fjord: Any, sea: SeaGrid) -> None:
    found = together(fjord, sea, {CAR: [0], HELICOPTER: [5]})
    there = 15 + 3 + km(5, 1) / 220 * 60
    leaves = max(2 + 10 + 20, there)
    assert_allclose(found.minutes[1, 1], leaves + 3 + km(1, 4) / 220 * 60)
    assert [part.what for part in found.legs(1, 1)] == ["mobilise", "approach", "scene", "wait", "carry"]
    alone = together(fjord, sea, {HELICOPTER: [5]})
    assert_allclose(alone.minutes[1, 1], there + 20 + 3 + km(1, 4) / 220 * 60)
    assert_allclose(together(fjord, sea, {CAR: [0]}).minutes[:3, 0], [22, 42, 62])
    with_pads = together(fjord, sea, {HELICOPTER: [5]}, helipads=[3])
    assert_allclose(with_pads.minutes[5, 1], 15 + 3 + 20 + 3 + km(5, 3) / 220 * 60 + 5)
    assert np.isnan(with_pads.minutes[5, 0])


def test_an_aeroplane_is_a_chain_of_road_legs_and_a_flight(fjord: Any, sea: SeaGrid) -> None:
    found = together(fjord, sea, {CAR: [0], PLANE: [3]})
    brought, ready = 2 + 10 + 20 + 10, 20 + 8 + km(3, 2) / 400 * 60
    expected = max(brought, ready) + 10 + 8 + km(2, 3) / 400 * 60 + 10 + 5
    assert_allclose(found.minutes[1, 1], expected)
    assert found.ways[found.way[1, 1]] == "car + plane"
    whats = [part.what for part in found.legs(1, 1)]
    assert whats == [
        "mobilise",
        "approach",
        "scene",
        "carry",
        "wait",
        "transfer",
        "carry",
        "transfer",
        "onward",
    ]
    assert np.isnan(together(fjord, sea, {PLANE: [3]}).minutes).all()
    short = together(fjord, sea, {CAR: [0], dataclasses.replace(PLANE, range_km=2 * km(2, 3) - 1): [3]})
    assert np.isnan(short.minutes[1, 1])


def test_a_boat_meets_the_car_at_a_quay_and_a_car_waits_at_the_other(fjord: Any, sea: SeaGrid) -> None:
    stays_by_the_quay = dataclasses.replace(BOAT, ashore_max_km=0.0)
    found = together(fjord, sea, {CAR: [0], stays_by_the_quay: [0]})
    quays = sea.berths(np.asarray(LON)[[0, 3]], np.asarray(LAT)[[0, 3]])
    sailing = sea_ways(sea, quays, quays).km[0, 1] / 40 * 60
    assert_allclose(found.minutes[1, 1], max(2 + 10 + 20 + 10, 10 + 1) + 5 + 1 + sailing + 5 + 5)
    assert found.ways[found.way[1, 1]] == "car + boat"
    direct = together(fjord, sea, {BOAT: [0]})
    assert np.isfinite(direct.minutes[5, 0])
    assert direct.ways == ("boat",)


fleets = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.floats(0.5, 2),
        st.sampled_from([0.0, 60.0, 120.0, np.inf]),
        st.lists(st.integers(0, 5), min_size=1, max_size=3),
    ),
    min_size=1,
    max_size=5,
)


def fleet_of(drawn: Any) -> dict[Craft, list[int]]:
    """Several kinds of everything: each drawn craft is a kind of its own."""
    return {
        dataclasses.replace(
            kind,
            name=f"{kind.name} {number}",
            speed_kph=kind.speed_kph * speed,
            range_km=range_km if kind.moves != "road" or range_km == 0 else np.inf,
        ): bases
        for number, (kind, speed, range_km, bases) in enumerate(drawn)
    }


def least(result: TransportResult) -> Any:
    return np.where(np.isnan(result.minutes), np.inf, result.minutes)


@settings(max_examples=12, deadline=None)
@given(fleets, st.floats(0, 60), st.randoms(use_true_random=False))
def test_one_more_craft_never_slows_and_order_does_not_matter(
    fjord: Any, sea: SeaGrid, drawn: Any, scene: float, random: Any
) -> None:
    fleet = fleet_of(drawn)
    found = together(fjord, sea, fleet, scene_min=scene)
    fewer = dict(list(fleet.items())[:-1])
    assert (least(found) <= least(together(fjord, sea, fewer, scene_min=scene)) + 1e-9).all()
    mixed = list(fleet.items())
    random.shuffle(mixed)
    again = together(fjord, sea, dict(mixed), scene_min=scene)
    assert_allclose(again.minutes, found.minutes, rtol=1e-12)
    assert again.ways == found.ways
    assert_array_equal(again.way, found.way)
    idle = dataclasses.replace(BOAT, name="idle", range_km=0)
    with_idle = together(fjord, sea, {**fleet, idle: [0, 3]}, scene_min=scene)
    assert_array_equal(with_idle.minutes, found.minutes)
    assert with_idle.ways == found.ways


@settings(max_examples=30, deadline=None)
@given(fleets, st.floats(0, 60))
def test_the_parts_of_every_chain_add_up_to_its_minutes(
    fjord: Any, sea: SeaGrid, drawn: Any, scene: float
) -> None:
    found = together(fjord, sea, fleet_of(drawn), scene_min=scene)
    for point, destination in itertools.product(range(6), range(2)):
        minutes = found.minutes[point, destination]
        parts = found.legs(point, destination)
        assert bool(parts) == bool(np.isfinite(minutes))
        assert all(part.minutes >= -1e-9 for part in parts)
        if parts:
            assert_allclose(sum(part.minutes for part in parts), minutes, rtol=1e-9)
        for chain in found.chains:
            value = chain.minutes[point, destination]
            if np.isfinite(value):
                assert_allclose(
                    sum(part.minutes for part in chain.parts(point, destination)), value, rtol=1e-9
                )


@settings(max_examples=25, deadline=None)
@given(st.sampled_from([HELICOPTER, BOAT]), st.floats(1.01, 3))
def test_speed_scales_what_moves_and_nothing_else(
    fjord: Any, sea: SeaGrid, kind: Craft, factor: float
) -> None:
    faster = dataclasses.replace(kind, speed_kph=factor * kind.speed_kph)
    still = dataclasses.replace(kind, speed_kph=1e9)
    slow, fast, fixed = (
        craft_minutes(craft, [0, 3], np.arange(6), network=fjord, sea=sea) for craft in (kind, faster, still)
    )
    assert_allclose((slow - fixed) / factor, fast - fixed, atol=1e-3)
    assert_array_equal(np.isnan(slow), np.isnan(fast))


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(KINDS), st.floats(0, 300), st.floats(0, 300))
def test_a_longer_range_reaches_no_less(
    fjord: Any, sea: SeaGrid, kind: Craft, one: float, other: float
) -> None:
    if kind.moves == "road":
        return
    near, far = (
        craft_minutes(
            dataclasses.replace(kind, range_km=range_km),
            [0, 3],
            np.arange(6),
            network=fjord,
            sea=sea,
            airports=[2, 3],
        )
        for range_km in sorted((one, other))
    )
    there = np.isfinite(near)
    assert_allclose(far[there], near[there], rtol=1e-9)
    nothing = dataclasses.replace(kind, range_km=0)
    assert np.isnan(craft_minutes(nothing, [0], np.arange(6), network=fjord, sea=sea, airports=[2])).all()


def test_transfers_say_what_hangs_on_flying(fjord: Any, sea: SeaGrid) -> None:
    fleet = {CAR: [0, 3], HELICOPTER: [5]}
    found = transfers(
        list(fleet), list(fleet.values()), np.arange(6), [0, 4], network=fjord, sea=sea, scene_min=20.0
    )
    by_car = together(fjord, sea, {CAR: [0, 3]})
    assert_array_equal(found.ground.minutes, by_car.minutes)
    assert_array_equal(found.whole.minutes, together(fjord, sea, fleet).minutes)
    least, ground, where = found.nearest()
    assert_allclose(least, np.nanmin(found.whole.minutes, axis=1))
    assert np.isnan(ground[5])
    assert_array_equal(found.whole.minutes[np.arange(6), where], least)
    assert_array_equal(found.hangs_on_flying(65), [False, False, False, False, False, True])
    to_the_other_shore = found.hangs_on_flying(90, np.asarray([1]))
    assert_array_equal(to_the_other_shore, [True, True, True, False, False, True])
    nothing = found.nearest(np.zeros(0, np.int64))
    assert np.isnan(nothing[0]).all()
    assert (nothing[2] == -1).all()
    on_the_ground = transfers([CAR], [[0]], [0], [4], network=fjord)
    assert on_the_ground.whole is on_the_ground.ground
    assert np.isnan(on_the_ground.nearest()[0]).all()
    assert on_the_ground.legs(0, 0) == []


def test_two_kinds_of_helicopter_keep_their_own_figures(fjord: Any, sea: SeaGrid) -> None:
    heavy = dataclasses.replace(HELICOPTER, name="heavy", speed_kph=100, range_km=1000)
    light = dataclasses.replace(HELICOPTER, name="light", range_km=50)
    both = together(fjord, sea, {heavy: [0], light: [3]})
    for name, craft, base in (("heavy", heavy, 0), ("light", light, 3)):
        alone = together(fjord, sea, {craft: [base]})
        assert (np.nan_to_num(both.by_way(name), nan=np.inf) <= least(alone) + 1e-9).all()
    assert np.isfinite(both.minutes).all()
    with pytest.raises(NetworkDataError, match="no chain is called"):
        both.by_way("zeppelin")


def test_fleets_that_do_not_fit_are_refused(fjord: Any, sea: SeaGrid) -> None:
    with pytest.raises(NetworkDataError, match="name of its own"):
        transport_minutes([CAR, CAR], [[0], [1]], [0], [0], network=fjord, sea=sea)
    with pytest.raises(NetworkDataError, match="1 sets of bases for 2 craft"):
        transport_minutes([CAR, HELICOPTER], [[0]], [0], [0], network=fjord, sea=sea)
    with pytest.raises(NetworkDataError, match="on scene"):
        together(fjord, sea, {CAR: [0]}, scene_min=-1)
    assert np.isnan(together(fjord, sea, {CAR: []}).minutes).all()
    assert together(fjord, sea, {}).legs(0, 0) == []


@pytest.mark.parametrize(
    "values",
    [
        {"speed_kph": 0.0},
        {"speed_kph": NAN},
        {"mobilise_min": -1.0},
        {"land_min": NAN},
        {"range_km": -1.0},
        {"range_km": NAN},
        {"lands": "airport"},
        {"lands": "moon"},
        {"moves": "rail"},
        {"runway_m": -1.0},
        {"transfer_min": np.inf},
        {"ashore_max_km": -0.1},
        {"ashore_speed_kph": 0.0},
        {"open_sea_speed_factor": 0.01},
        {"open_sea_speed_factor": 1.2},
    ],
)
def test_impossible_craft_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(NetworkDataError, match=next(iter(values))):
        dataclasses.replace(BOAT, **values)


def test_a_car_keeps_to_the_speeds_of_the_network() -> None:
    with pytest.raises(NetworkDataError) as raised:
        Craft("car", "road", 80.0, 2, range_km=100.0, lands="berth")
    assert {fault.column for fault in raised.value.faults} == {"speed_kph", "range_km", "lands"}


HEAVY = dataclasses.replace(HELICOPTER, name="heavy", speed_kph=270, mobilise_min=20, range_km=800)


@settings(max_examples=25, deadline=None)
@given(kept=st.sets(st.sampled_from([craft.name for craft in (*KINDS, HEAVY)])))
def test_some_of_the_craft_are_as_if_the_others_had_never_been_asked(
    fjord: Any, sea: SeaGrid, kept: set[str]
) -> None:
    fleet = {CAR: [0, 3], HELICOPTER: [5], BOAT: [0], PLANE: [2], HEAVY: [4]}
    left = together(fjord, sea, fleet).only(kept)
    anew = together(fjord, sea, {craft: bases for craft, bases in fleet.items() if craft.name in kept})
    assert_array_equal(left.minutes, anew.minutes)
    assert left.ways == anew.ways
    assert_array_equal(left.way, anew.way)
    assert {craft.name for craft in left.crafts} == kept
    for point, destination in itertools.product(range(6), range(2)):
        assert left.legs(point, destination) == anew.legs(point, destination)


def test_a_crew_that_flies_in_to_treat_is_gone_when_nothing_flies(fjord: Any, sea: SeaGrid) -> None:
    slow = dataclasses.replace(CAR, mobilise_min=60)
    found = together(fjord, sea, {slow: [0], HELICOPTER: [1]})
    by_air, by_road = found.by_way("car"), without_flying(found).ground.by_way("car")
    # The helicopter treats from minute 18 on and the car carries at 70; alone the car treats until 90.
    assert_allclose(by_air[1, 0], 60 + 10 + 10)
    assert_allclose(by_road[1, 0], 60 + 10 + 20 + 10)
