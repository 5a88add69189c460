"""An ambulance with blue lights: above the limits, past signals, against short one-way streets."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from networks.errors import NetworkDataError
from networks.osm.blue_lights import raised_kph

#: A street of 300 m east, and a second way round by 4 of which 1-4 is 60 m and one-way to 1.
NODES = {1: (15.0, 68.0), 2: (15.0072, 68.0), 4: (15.0, 68.00054), 5: (15.0072, 68.00054)}
STREET = {"highway": "residential", "maxspeed": "50"}
ONE_WAY = STREET | {"oneway": "yes"}


def seconds(net, minutes_between, a, b):
    return 60 * minutes_between(net, a, b)


@given(st.floats(3.0, 160.0), st.floats(3.0, 160.0))
def test_a_higher_limit_is_never_slower_and_no_limit_is_undercut(a, b):
    low, high = sorted((a, b))
    assert raised_kph(low) <= raised_kph(high)
    assert raised_kph(low) >= low
    assert raised_kph(30.0) == 30.0
    assert raised_kph(50.0) == 70.0
    assert raised_kph(120.0) == 130.0


def test_the_factor_of_the_class_and_the_surface_still_hold(build, minutes_between):
    fast = {"profile": "ambulance", "blue_lights": True}
    nodes = {1: (15.0, 68.0), 2: (15.0, 68.02)}
    road = {"highway": "primary", "maxspeed": "80"}
    metres = 1000 * build(nodes, [(11, [1, 2], road)]).edges_frame()["length_km"].iloc[0]
    for tags, kph in (
        (road, 100 * 0.86),
        (road | {"surface": "gravel"}, 50.0),
        ({**road, "maxspeed": "30"}, 25.8),
    ):
        net = build(nodes, [(11, [1, 2], tags)], **fast)
        assert seconds(net, minutes_between, 1, 2) == pytest.approx(3.6 * metres / kph)


@pytest.mark.parametrize(
    ("tags", "length_m", "driven"),
    [
        (ONE_WAY, 60, True),
        (ONE_WAY, 140, False),
        (ONE_WAY | {"junction": "roundabout"}, 60, False),
        (ONE_WAY | {"highway": "primary_link"}, 60, False),
        (ONE_WAY | {"highway": "motorway"}, 60, False),
        (STREET | {"oneway": "-1"}, 60, True),
    ],
    ids=["short", "long", "a ring", "a slip road", "a motorway", "against its drawing"],
)
def test_short_one_way_streets_are_driven_against_their_direction(
    build, minutes_between, tags, length_m, driven
):
    nodes = {1: (15.0, 68.0), 2: (15.0, 68.0 + length_m / 111_550)}
    start, stop = (1, 2) if tags["oneway"] == "-1" else (2, 1)
    plain, blue = (
        build(nodes, [(11, [1, 2], tags)], profile="ambulance", blue_lights=on) for on in (False, True)
    )
    assert math.isinf(minutes_between(plain, start, stop))
    assert math.isfinite(minutes_between(blue, start, stop)) == driven
    if driven:
        assert seconds(blue, minutes_between, start, stop) == pytest.approx(length_m * 3.6 / 15, rel=0.01)
        frame = blue.edges_frame()
        assert sorted(frame["direction"]) == ["backward", "forward"]


def test_a_street_cut_into_pieces_is_as_long_as_the_whole_way(build, minutes_between):
    nodes = {1: (15.0, 68.0), 2: (15.0, 68.0007), 3: (15.0, 68.0014), 4: (15.001, 68.0007)}
    ways = [(11, [1, 2, 3], ONE_WAY), (12, [2, 4], STREET)]
    net = build(nodes, ways, profile="ambulance", blue_lights=True)
    assert math.isinf(minutes_between(net, 2, 1))


def test_signals_are_passed_sooner_than_by_car(build, minutes_between):
    nodes = {1: (15.0, 68.0), 2: (15.005, 68.0, {"highway": "traffic_signals"}), 3: (15.01, 68.0)}
    main = {"highway": "primary", "maxspeed": "60"}
    lost = {}
    for name, options in (("car", {}), ("blue", {"profile": "ambulance", "blue_lights": True})):
        off, on = (
            build(nodes, [(11, [1, 2, 3], main)], controls=counted, **options) for counted in (False, True)
        )
        lost[name] = seconds(on, minutes_between, 1, 3) - seconds(off, minutes_between, 1, 3)
    assert lost["blue"] > 0
    assert lost["car"] > 0


def test_blue_lights_belong_to_an_ambulance_and_not_to_a_graph(build, tmp_path):
    with pytest.raises(NetworkDataError, match="belongs to the profile 'ambulance'"):
        build(NODES, [(11, [1, 2], STREET)], blue_lights=True)
    (tmp_path / "map.graphml").write_text("<graphml/>", encoding="utf-8")
    from networks.osm import build_network

    with pytest.raises(NetworkDataError, match="keep their own times"):
        build_network(tmp_path / "map.graphml", profile="ambulance", blue_lights=True)


def test_nobody_is_slower_for_the_blue_lights(build, minutes_between):
    ways = [(11, [1, 2], STREET), (12, [2, 5], STREET), (13, [5, 4], STREET), (14, [4, 1], ONE_WAY)]
    plain, blue = (build(NODES, ways, profile="ambulance", blue_lights=on) for on in (False, True))
    for a in NODES:
        for b in NODES:
            assert minutes_between(blue, a, b) <= minutes_between(plain, a, b) + 1e-9
    assert minutes_between(blue, 1, 4) < 0.5 * minutes_between(plain, 1, 4)
