"""Overlays: what they do, that they combine in any order, and that they leave no trace."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from shapely.geometry import box

from networks import (
    Closure,
    Convoy,
    EdgeFactors,
    EdgeSelection,
    Ferries,
    FerryConditions,
    FerryService,
    NetworkDataError,
    SpeedFactors,
    TravelNetwork,
    UnknownPlaceError,
    apply_overlays,
    emergency,
    ferry_states,
    flooded,
    links_out,
    network_from_links,
    pass_closed,
    remove_overlays,
    road_closed,
    route,
    travel_time_matrix,
    winter,
)

Tables = dict[str, pd.DataFrame]


@pytest.fixture
def coast(link_tables: Tables) -> TravelNetwork:
    return network_from_links(**link_tables)


def minutes(net: TravelNetwork, start: str, stop: str) -> float:
    return float(travel_time_matrix(net, [start], [stop])[0, 0])


def test_winter_slows_by_class(coast: TravelNetwork) -> None:
    net = apply_overlays(coast, [winter()])
    assert minutes(net, "town", "village") == pytest.approx(minutes(coast, "town", "village") / 0.92)
    assert minutes(net, "village", "valley") == pytest.approx(minutes(coast, "village", "valley") / 0.88)
    assert minutes(net, "quay", "island") == minutes(coast, "quay", "island")
    own = apply_overlays(coast, [winter("mild", by_class={"european": 0.5})])
    assert minutes(own, "town", "village") == pytest.approx(2 * minutes(coast, "town", "village"))
    assert own.overlays == ("mild",)


def test_an_ambulance_is_faster_up_to_a_cap(coast: TravelNetwork) -> None:
    net = apply_overlays(coast, [emergency(by_class={"*": 1.2}, max_speed_kph=75)])
    assert minutes(net, "village", "valley") == pytest.approx(30 / 60 * 60)
    assert minutes(net, "town", "village") == pytest.approx(12 / 75 * 60)
    slow_cap = apply_overlays(coast, [emergency(max_speed_kph=40)])
    assert minutes(slow_cap, "village", "valley") == minutes(coast, "village", "valley")


@pytest.mark.parametrize(
    ("overlay", "cut"),
    [
        (pass_closed("Fjellet"), ("village", "valley")),
        (links_out("f1"), ("quay", "island")),
        (road_closed("E10"), ("town", "quay")),
        (road_closed("fv 17"), ("village", "valley")),
        (flooded(box(15.1, 67.9, 15.2, 68.1)), ("town", "quay")),
        (Closure("x", EdgeSelection(winter=("convoy",))), ("village", "valley")),
        (Closure("x", EdgeSelection(classes=("european",), links=("r1", "r2"))), ("town", "village")),
    ],
)
def test_closures_cut_exactly_one_link(coast: TravelNetwork, overlay: Closure, cut: tuple[str, str]) -> None:
    net = apply_overlays(coast, [overlay])
    frame = net.edges_frame()
    closed = frame[np.isinf(frame["travel_time_min"])]
    assert {frozenset(pair) for pair in zip(closed["from_id"], closed["to_id"], strict=True)} == {
        frozenset(cut)
    }
    assert np.isnan(minutes(net, *cut))
    assert not route(net, *cut).reachable


def test_a_flood_leaves_ferries_alone_and_may_touch_nothing(coast: TravelNetwork) -> None:
    assert minutes(apply_overlays(coast, [flooded(box(15.35, 67.9, 15.45, 68.1))]), "quay", "island") == 60
    dry = apply_overlays(coast, [flooded(box(0, 0, 1, 1))])
    assert_array_equal(dry.seconds, coast.seconds)


def test_a_flood_spares_bridges(make_network: Any) -> None:
    net = make_network(3, [(0, 1, 60), (1, 2, 60)], labels={"structure": ["bridge", ""]})
    area = box(14.9, 67.9, 15.1, 68.1)
    assert np.isinf(apply_overlays(net, [flooded(area)]).moving_s).tolist() == [False, True]
    assert np.isinf(apply_overlays(net, [flooded(area, spared=())]).moving_s).all()


def test_a_road_number_closed_lets_its_ferry_sail(coast: TravelNetwork, link_tables: Tables) -> None:
    link_tables["ferries"].loc[0, "ref"] = "E6"
    net = apply_overlays(network_from_links(**link_tables), [road_closed("E6")])
    assert minutes(net, "quay", "island") == 60
    assert np.isnan(minutes(net, "town", "village"))


def test_a_convoy_waits_and_drives_slowly(coast: TravelNetwork) -> None:
    passes = EdgeSelection(passes=("Fjellet",))
    convoy = Convoy(name="kolonne", where=passes, headway_min=90, window_min=(420, 1320), speed_factor=0.5)
    leg = route(apply_overlays(coast, [convoy]), "village", "valley").legs[0]
    assert (leg.wait_min, leg.moving_min) == (45, 2 * 36)
    assert minutes(apply_overlays(coast, [convoy]), "town", "village") == minutes(coast, "town", "village")
    night = apply_overlays(coast, [convoy, Ferries("night", FerryConditions(time_min=120))])
    assert np.isnan(minutes(night, "village", "valley"))
    day = apply_overlays(coast, [convoy, Ferries("noon", FerryConditions(time_min=720))])
    assert route(day, "village", "valley").legs[0].wait_min == 45


def test_factors_by_link(coast: TravelNetwork) -> None:
    net = apply_overlays(coast, [EdgeFactors("works", {"r1": 3.0})])
    assert minutes(net, "town", "village") == pytest.approx(3 * minutes(coast, "town", "village"))
    assert minutes(net, "village", "valley") == minutes(coast, "village", "valley")


def test_the_clock_and_the_model_of_ferries(coast: TravelNetwork) -> None:
    night = FerryConditions(time_min=180)
    assert np.isnan(minutes(apply_overlays(coast, [Ferries("night", night)]), "quay", "island"))
    assert ferry_states(coast, night) == {"closed": ["f1"]}
    ssb = apply_overlays(coast, [Ferries("ssb", FerryConditions(model="ssb"))])
    assert minutes(ssb, "quay", "island") == pytest.approx(9 / 12.3 * 60)
    assert route(ssb, "quay", "island").legs[0].wait_min == 0


OVERLAYS = [
    winter(),
    emergency(by_class={"*": 1.1}, max_speed_kph=90),
    EdgeFactors("works", {"r1": 1.3, "r2": 0.7}),
    Convoy(name="kolonne", where=EdgeSelection(passes=("Fjellet",)), headway_min=45),
    Convoy(name="kolonne 2", where=EdgeSelection(links=("r1", "r2")), headway_min=31),
    links_out("f1", name="ferry out"),
    Ferries("ssb", FerryConditions(model="ssb")),
]


@given(st.permutations(OVERLAYS), st.integers(0, len(OVERLAYS)), st.integers(0, len(OVERLAYS)))
def test_overlays_commute_to_the_bit_and_go_without_a_trace(
    commuting_coast: TravelNetwork, order: list[Any], count: int, cut: int
) -> None:
    chosen = order[:count]
    together = apply_overlays(commuting_coast, chosen)
    in_name_order = apply_overlays(commuting_coast, sorted(chosen, key=lambda overlay: overlay.name))
    in_two_steps = apply_overlays(apply_overlays(commuting_coast, chosen[:cut]), chosen[cut:])
    for other in (in_name_order, in_two_steps):
        assert_array_equal(together.moving_s, other.moving_s)
        assert_array_equal(together.wait_s, other.wait_s)
    assert together.overlays == tuple(overlay.name for overlay in chosen)
    assert together.topology is commuting_coast.topology
    assert remove_overlays(together) is commuting_coast
    names = [overlay.name for overlay in chosen[cut:]]
    fewer = remove_overlays(together, names)
    assert_array_equal(fewer.seconds, apply_overlays(commuting_coast, chosen[:cut]).seconds)


@pytest.fixture(scope="module")
def commuting_coast(make_network: Any) -> TravelNetwork:
    service = FerryService("f1", "Ferry", crossing_min=13.7, length_km=5.3, headway_min=50)
    return make_network(
        4,
        [(0, 1, 611.3), (1, 0, 612.7), (1, 2, 333.3), (2, 3, 822, 1800), (3, 2, 822, 1800)],
        labels={
            "kind": ["road", "road", "road", "ferry", "ferry"],
            "road_class": ["european", "european", "county_primary", "ferry", "ferry"],
            "link_id": ["r1", "r1", "r2", "f1", "f1"],
            "pass_name": ["", "", "Fjellet", "", ""],
        },
        services=[service],
        service=[-1, -1, -1, 0, 0],
    )


@given(st.lists(st.sampled_from(["r1", "r2", "r3", "f1"]), min_size=1, unique=True))
def test_closing_never_shortens_and_reopening_restores_the_bits(make_network: Any, links: list[str]) -> None:
    rows = [(0, 1, 100.1), (1, 2, 33.3), (0, 2, 200.7), (2, 0, 0.1)]
    net = make_network(3, rows, labels={"link_id": ["r1", "r2", "r3", "f1"]})
    before = travel_time_matrix(net, np.arange(3), np.arange(3))
    closed = apply_overlays(net, [links_out(*links, name="out")])
    after = travel_time_matrix(closed, np.arange(3), np.arange(3))
    assert (np.nan_to_num(after, nan=np.inf) >= np.nan_to_num(before, nan=np.inf)).all()
    reopened = remove_overlays(closed, ["out"])
    assert_array_equal(travel_time_matrix(reopened, np.arange(3), np.arange(3)), before)


@pytest.mark.parametrize(
    ("overlay", "message"),
    [
        (pass_closed("Fjelet"), r"near it: Fjellet"),
        (links_out("f1", "f2"), "'f2'"),
        (road_closed("E9"), "e9"),
        (Closure("x", EdgeSelection(winter=("dry",))), "dry"),
        (SpeedFactors(name="x", by_class={"europan": 0.5}), "near it: european"),
        (EdgeFactors("x", {"r9": 2.0}), "r9"),
        (Closure("x", EdgeSelection(links=("r1",), passes=("Fjellet",))), "no edge matches"),
        (Closure("x", EdgeSelection(kinds=("rail",))), "rail"),
    ],
)
def test_what_the_network_does_not_have_is_refused(coast: TravelNetwork, overlay: Any, message: str) -> None:
    with pytest.raises(UnknownPlaceError, match=message):
        apply_overlays(coast, [overlay])


def test_impossible_overlays_are_refused(coast: TravelNetwork) -> None:
    with pytest.raises(NetworkDataError, match="above 0"):
        winter(by_class={"european": 0.0})
    with pytest.raises(NetworkDataError, match="above 0"):
        EdgeFactors("x", {"r1": float("nan")})
    with pytest.raises(NetworkDataError, match="convoy"):
        Convoy(name="x", where=EdgeSelection(), headway_min=-1)
    with pytest.raises(NetworkDataError, match="name of its own"):
        apply_overlays(coast, [winter(), winter()])
    with pytest.raises(NetworkDataError, match="name of its own"):
        apply_overlays(coast, [winter("")])
    with pytest.raises(NetworkDataError, match="different ferry conditions"):
        apply_overlays(coast, [Ferries("a", FerryConditions()), Ferries("b", FerryConditions(model="ssb"))])
    with pytest.raises(NetworkDataError, match="names nothing"):
        apply_overlays(coast, [Closure("x", EdgeSelection())])
    with pytest.raises(UnknownPlaceError, match="overlay"):
        remove_overlays(coast, ["winter"])


def test_equal_ferry_conditions_may_meet(coast: TravelNetwork) -> None:
    night = FerryConditions(time_min=100)
    both = apply_overlays(coast, [Ferries("a", night), Ferries("b", night)])
    assert_array_equal(both.seconds, apply_overlays(coast, [Ferries("a", night)]).seconds)


def test_no_overlays_are_the_network_itself(coast: TravelNetwork) -> None:
    assert apply_overlays(coast, []) is coast
    assert remove_overlays(coast) is coast


def test_every_pair_of_overlays_names_both(commuting_coast: TravelNetwork) -> None:
    for pair in itertools.combinations(OVERLAYS, 2):
        assert apply_overlays(commuting_coast, pair).overlays == tuple(overlay.name for overlay in pair)
