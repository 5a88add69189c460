"""Overlays, figure by figure: factors by class, caps, convoys at the edges of their hours; worked by hand."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from shapely.geometry import box

from networks import (
    Convoy,
    EdgeFactors,
    EdgeSelection,
    Ferries,
    FerryConditions,
    FerryService,
    NetworkDataError,
    SpeedFactors,
    apply_overlays,
    emergency,
    ferry_states,
    flooded,
    links_out,
    pass_closed,
    remove_overlays,
    road_closed,
    travel_time_matrix,
    winter,
)
from networks.overlays import RoadsClosed, ferry_arrays

#: Share of the summer speed driven in winter, as the documentation states it.
WINTER = {
    "european": 0.92,
    "national": 0.92,
    "county_primary": 0.88,
    "county_secondary": 0.85,
    "municipal": 0.85,
    "private": 0.80,
    "motorway": 0.92,
    "trunk": 0.92,
    "primary": 0.90,
    "secondary": 0.88,
    "tertiary": 0.85,
    "unclassified": 0.85,
    "residential": 0.85,
    "living_street": 0.85,
    "service": 0.80,
    "track": 0.70,
    "forest path": 0.85,
}


def line_of(make_network: Any, classes: list[str], *, seconds: float = 60.0, **labels: list[str]) -> Any:
    """Edges 0-1, 1-2, ... of a kilometre each, one class each."""
    rows = [(place, place + 1, seconds) for place in range(len(classes))]
    return make_network(len(classes) + 1, rows, labels={"road_class": classes, **labels})


def test_winter_slows_every_class_by_its_own_share(make_network: Any) -> None:
    net = line_of(make_network, list(WINTER))
    slowed = apply_overlays(net, [winter()]).moving_s
    assert_allclose(60.0 / slowed, list(WINTER.values()), rtol=1e-12)
    assert apply_overlays(net, [winter()]).overlays == ("winter",)


def test_ferries_and_other_kinds_are_not_slowed_with_the_roads(make_network: Any) -> None:
    kinds = ["road", "ferry", "transfer"]
    net = make_network(4, [(0, 1, 60), (1, 2, 60), (2, 3, 60)], labels={"kind": kinds})
    halved = apply_overlays(net, [SpeedFactors(name="slow", by_class={"*": 0.5})])
    assert halved.moving_s.tolist() == [120, 60, 60]


def test_a_class_that_is_not_named_keeps_its_speed(make_network: Any) -> None:
    net = line_of(make_network, ["european", "municipal"])
    assert apply_overlays(net, [SpeedFactors(name="x", by_class={"european": 0.5})]).moving_s.tolist() == [
        120,
        60,
    ]
    only = SpeedFactors(name="y", by_class={"*": 0.5}, where=EdgeSelection(classes=("municipal",)))
    assert apply_overlays(net, [only]).moving_s.tolist() == [60, 120]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (60.0, 60.0 / 1.15),  # 60 km/h -> 69 km/h
        (40.0, 40.0 / 1.15),  # 90 km/h -> 103.5 km/h
        (36.0, 3600.0 / 110.0),  # 100 km/h -> 115, held at 110 km/h
        (3600.0 / 110.0, 3600.0 / 110.0),
        (30.0, 30.0),  # 120 km/h: faster than the cap already
        (0.0, 0.0),
        (math.inf, math.inf),
    ],
)
def test_an_ambulance_drives_a_seventh_faster_up_to_110(
    make_network: Any, seconds: float, expected: float
) -> None:
    net = line_of(make_network, ["european", "european"], seconds=seconds)
    assert_allclose(apply_overlays(net, [emergency()]).moving_s, [expected, expected], rtol=1e-12)


def test_a_cap_does_not_make_slow_factors_slower(make_network: Any) -> None:
    net = line_of(make_network, ["european"], seconds=30.0)
    slow = SpeedFactors(name="x", by_class={"*": 0.8}, max_speed_kph=60.0)
    assert_allclose(apply_overlays(net, [slow]).moving_s, [37.5])
    assert emergency(by_class={"*": 1.3}).by_class == {"*": 1.3}
    assert emergency().max_speed_kph == 110.0


CONVOY = Convoy(name="k", where=EdgeSelection(links=("link0",)), headway_min=40, window_min=(1320.0, 1500.0))


@pytest.mark.parametrize(
    ("time_min", "is_open"),
    [
        (1319, False),
        (1320, True),
        (1400, True),
        (0, True),
        (60, True),
        (61, False),
        (1500, True),
        (1501, False),
        (700, False),
    ],
)
def test_a_convoys_hours_hold_to_the_minute_and_may_pass_midnight(
    make_network: Any, time_min: float, is_open: bool
) -> None:
    net = make_network(3, [(0, 1, 70), (1, 2, 60)])
    clock = Ferries("clock", FerryConditions(time_min=time_min))
    under = apply_overlays(net, [CONVOY, clock])
    assert_allclose(under.moving_s, [100 if is_open else math.inf, 60])
    assert under.wait_s.tolist() == [1200 if is_open else 0, 0]
    assert apply_overlays(net, [CONVOY]).wait_s.tolist() == [1200, 0]


@pytest.mark.parametrize(
    ("window", "time_min", "is_open"),
    [
        ((420.0, 1320.0), 420, True),
        ((420.0, 1320.0), 419, False),
        ((420.0, 1320.0), 1320, True),
        ((420.0, 1320.0), 1321, False),
        ((1440.0, 1500.0), 0, True),
    ],
)
def test_a_convoys_first_and_last_minute_count(
    make_network: Any, window: tuple[float, float], time_min: float, is_open: bool
) -> None:
    convoy = dataclasses.replace(CONVOY, window_min=window)
    net = make_network(2, [(0, 1, 70)])
    under = apply_overlays(net, [convoy, Ferries("clock", FerryConditions(time_min=time_min))])
    assert bool(np.isfinite(under.moving_s[0])) is is_open


def test_a_convoy_drives_at_seven_tenths_unless_said_otherwise(make_network: Any) -> None:
    net = make_network(2, [(0, 1, 70)])
    plain = Convoy(name="k", where=EdgeSelection(links=("link0",)), headway_min=0)
    assert apply_overlays(net, [plain]).moving_s.tolist() == [pytest.approx(100)]


def test_a_convoy_without_hours_drives_at_any_time(make_network: Any) -> None:
    net = make_network(3, [(0, 1, 70), (1, 2, 60)])
    convoy = Convoy(name="k", where=EdgeSelection(links=("link0",)), headway_min=0, speed_factor=1)
    under = apply_overlays(net, [convoy, Ferries("clock", FerryConditions(time_min=100))])
    assert under.moving_s.tolist() == [70, 60]
    assert under.wait_s.tolist() == [0, 0]
    assert under.begin_wait_s is None


@pytest.mark.parametrize("values", [{"headway_min": -0.1}, {"speed_factor": 0.0}, {"speed_factor": 1.01}])
def test_impossible_convoys_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(NetworkDataError, match="convoy"):
        Convoy(**({"name": "k", "where": EdgeSelection(), "headway_min": 10.0} | values))


def test_a_journey_that_begins_on_a_stretch_waits_for_each_convoy_once(make_network: Any) -> None:
    """0 - 1 - 2 - 3: the middle of the stretch 1 - 2 - 3 is entered nowhere, and waited for by those who begin there."""
    rows = [(0, 1, 60), (1, 2, 60), (2, 3, 60)]
    net = make_network(4, rows, labels={"link_id": ["a", "b", "b"]})
    one = Convoy(name="one", where=EdgeSelection(links=("b",)), headway_min=20, speed_factor=1)
    other = Convoy(name="other", where=EdgeSelection(links=("b",)), headway_min=30, speed_factor=1)
    under = apply_overlays(net, [one, other])
    assert under.wait_s.tolist() == [0, 1500, 0]
    assert under.begin_wait_s is not None
    assert under.begin_wait_s.tolist() == [0, 1500, 1500]


def test_waits_of_ferries_and_convoys_add_up(make_network: Any) -> None:
    service = FerryService("f", "F", crossing_min=10, length_km=4, headway_min=60)
    net = make_network(
        3,
        [(0, 1, 60), (1, 2, 600, 2100)],
        labels={"kind": ["road", "ferry"]},
        services=[service],
        service=[-1, 0],
    )
    road_only = Convoy(name="k", where=EdgeSelection(kinds=("road",)), headway_min=10, speed_factor=1)
    under = apply_overlays(net, [road_only, Ferries("f", FerryConditions(boarding_min=0, wait_cap_min=12))])
    assert under.wait_s.tolist() == [300, 720]
    assert travel_time_matrix(under, [0], [2])[0, 0] == 1 + 5 + 10 + 12


def test_ferries_of_a_network_go_each_their_own_way(make_network: Any) -> None:
    timed = FerryService(
        "f", "F", crossing_min=10, length_km=4, departures_min=(("forward", (600.0,)), ("backward", (660.0,)))
    )
    labels = {"kind": ["ferry", "ferry", "road"], "direction": ["forward", "backward", ""]}
    net = make_network(
        3, [(0, 1, 1), (1, 0, 1), (1, 2, 7, 3)], labels=labels, services=[timed], service=[0, 0, -1]
    )
    conditions = FerryConditions(model="timetable", time_min=590)
    moving, wait = ferry_arrays(net, conditions)
    assert moving.tolist() == [600, 600, 7]
    assert wait.tolist() == [600, 4200, 3]
    assert net.moving_s.tolist() == [1, 1, 7]
    assert ferry_states(net, conditions) == {"sails": ["f"]}
    undirected = make_network(2, [(0, 1, 1)], labels={"kind": ["ferry"]}, services=[timed], service=[0])
    assert ferry_arrays(undirected, conditions)[1].tolist() == [600]
    roads = make_network(2, [(0, 1, 5, 2)])
    assert [part.tolist() for part in ferry_arrays(roads, conditions)] == [[5], [2]]


def test_a_network_that_knows_no_ferries_keeps_its_times(make_network: Any) -> None:
    net = dataclasses.replace(make_network(2, [(0, 1, 5, 2)]), service_index=None)
    moving, wait = ferry_arrays(net, FerryConditions(model="ssb"))
    assert (moving.tolist(), wait.tolist()) == ([5], [2])


def test_a_named_pass_alone_is_closed(make_network: Any) -> None:
    net = line_of(make_network, ["european", "european"], pass_name=["Fjellet", ""])
    assert np.isinf(apply_overlays(net, [pass_closed("Fjellet")]).moving_s).tolist() == [True, False]


def test_the_cap_holds_on_short_roads_and_divides_by_nothing(make_network: Any) -> None:
    """Ten metres in 0.35 s (103 km/h), in no time, and closed; whatever NumPy is told of zeros."""
    rows = [(0, 1, 0.35), (1, 2, 0.0), (2, 3, math.inf), (3, 0, 0.0)]
    net = dataclasses.replace(make_network(4, rows), length_m=np.asarray([10.0, 0.0, 10.0, 10.0]))
    with np.errstate(divide="raise", invalid="raise"):
        found = emergency().change(net, time_min=None).factor
    assert found is not None
    assert found[0] * 0.35 == pytest.approx(10.0 / (110.0 / 3.6))
    assert found[1:].tolist() == pytest.approx([1 / 1.15] * 3)


def test_factors_multiply_and_closures_win(make_network: Any) -> None:
    net = line_of(make_network, ["european", "european", "european"])
    overlays = [
        EdgeFactors("a", {"link0": 2.0, "link1": 3.0}),
        EdgeFactors("b", {"link1": 5.0}),
        links_out("link2"),
    ]
    assert apply_overlays(net, overlays).moving_s.tolist() == [120, 900, math.inf]


def test_a_network_without_edges_takes_any_overlay(make_network: Any) -> None:
    net = make_network(2, [])
    overlays = [
        winter(),
        SpeedFactors(name="fast", by_class={"*": 1.2}, max_speed_kph=90.0),
        EdgeFactors("e", {}),
    ]
    assert apply_overlays(net, overlays).n_edges == 0


def test_names_that_overlays_get_by_themselves(make_network: Any) -> None:
    assert pass_closed("A", "B").name == "closed: A, B"
    assert pass_closed("A", name="storm").name == "storm"
    assert links_out("x", "y").name == "out: x, y"
    assert links_out("x", name="bridge").name == "bridge"
    assert road_closed("E6", "E10").name == "closed: E6, E10"
    assert road_closed("E6", name="slide").name == "slide"
    assert (winter().name, emergency().name, flooded(box(0, 0, 1, 1)).name) == (
        "winter",
        "emergency",
        "flooded",
    )


def test_a_closure_of_no_stretch_closes_nothing(make_network: Any) -> None:
    net = make_network(2, [(0, 1, 60)])
    assert apply_overlays(net, [RoadsClosed("none", ())]).moving_s.tolist() == [60]


def test_several_stretches_are_closed_together(make_network: Any) -> None:
    net = make_network(4, [(0, 1, 60), (1, 2, 60), (2, 3, 60)], labels={"ref": ["E6", "E8", "E10"]})
    assert np.isinf(apply_overlays(net, [road_closed("E6", "E10")]).moving_s).tolist() == [True, False, True]


def test_an_overlay_may_not_take_the_name_of_one_that_is_there(make_network: Any) -> None:
    net = line_of(make_network, ["european"])
    once = apply_overlays(net, [winter()])
    with pytest.raises(NetworkDataError, match="used twice: winter"):
        apply_overlays(once, [winter()])
    with pytest.raises(NetworkDataError, match="used twice: ''"):
        apply_overlays(net, [winter("")])
    both = apply_overlays(once, [EdgeFactors("works", {"link0": 2.0})])
    assert remove_overlays(both, ["winter"]).moving_s.tolist() == [120]
    assert remove_overlays(both, ["winter"]).overlays == ("works",)


@pytest.mark.parametrize("factor", [0.0, -1.0, math.nan, math.inf])
def test_impossible_factors_are_refused_with_their_row(factor: float) -> None:
    with pytest.raises(NetworkDataError, match="european") as raised:
        SpeedFactors(name="x", by_class={"european": factor, "national": 0.5})
    assert "national" not in str(raised.value)
    assert "overlay 'x'" in str(raised.value)
    assert [(one.row, one.value) for one in raised.value.faults] == [("european", str(factor))]


@settings(max_examples=25)
@given(
    st.lists(st.floats(0.05, 3.0), min_size=3, max_size=3),
    st.lists(st.floats(10.0, 400.0), min_size=3, max_size=3),
    st.floats(20.0, 150.0),
)
def test_no_cap_is_passed_and_no_road_is_slowed_by_it(
    make_network: Any, shares: list[float], seconds: list[float], cap: float
) -> None:
    """Speed of a kilometre in its seconds: the factor's, unless that passes the cap and the road does not."""
    net = make_network(
        4, [(place, place + 1, seconds[place]) for place in range(3)], labels={"road_class": ["a", "b", "c"]}
    )
    factors = SpeedFactors(name="x", by_class=dict(zip("abc", shares, strict=True)), max_speed_kph=cap)
    found = 3600.0 / apply_overlays(net, [factors]).moving_s
    for kph, share, seen in zip([3600.0 / one for one in seconds], shares, found, strict=True):
        wanted = kph * share
        expected = wanted if share <= 1.0 or wanted <= cap else max(kph, cap)
        assert seen == pytest.approx(expected, rel=1e-9)


def test_overlays_leave_the_network_itself_as_it_was(make_network: Any) -> None:
    net = line_of(make_network, ["european", "municipal"])
    before = net.moving_s.copy()
    apply_overlays(net, [winter(), links_out("link0")])
    assert_array_equal(net.moving_s, before)
