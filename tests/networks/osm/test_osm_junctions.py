"""Seconds lost at junctions with larger roads, held against a vehicle simulated in small steps."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from networks.osm import build_network
from networks.osm.junctions import ACCELERATION_M_S2, CORNER_KPH, DECELERATION_M_S2, lost_seconds

MAIN = {"highway": "primary", "maxspeed": "80"}
SIDE = {"highway": "unclassified", "maxspeed": "50"}
#: A main road 1-2-3 with a side road 2-4 at its middle, each arm some 1.1 km long or more.
NODES = {1: (14.97, 68.0), 2: (15.0, 68.0), 3: (15.03, 68.0), 4: (15.0, 68.01), 5: (15.0, 67.99)}


@pytest.fixture(scope="module")
def plain_malta_turns(malta_file):
    return build_network(malta_file, junction_delays=False)


@pytest.fixture
def lost(build, minutes_between):
    """Seconds lost between all pairs of nodes against the same map without delays."""

    def between(ways, **options):
        plain, slowed = (build(NODES, ways, junction_delays=on, **options) for on in (False, True))
        nodes = sorted({ref for _, refs, _ in ways for ref in (refs[0], refs[-1])})
        return {
            (a, b): 60 * (minutes_between(slowed, a, b) - minutes_between(plain, a, b))
            for a, b in itertools.permutations(nodes, 2)
        }

    return between


def simulated_loss_s(speed: float, corner: float, rate: float) -> float:
    """Seconds lost while a vehicle brakes from speed to corner, in steps of 1/1000 s."""
    step, travelled, elapsed, now = 0.001, 0.0, 0.0, speed
    while now > corner:
        travelled += now * step
        elapsed += step
        now -= rate * step
    return elapsed - travelled / speed


@settings(max_examples=25)
@given(st.floats(1.0, 40.0), st.sampled_from([ACCELERATION_M_S2, DECELERATION_M_S2]))
def test_the_loss_is_that_of_a_simulated_vehicle(speed: float, rate: float) -> None:
    expected = simulated_loss_s(speed, CORNER_KPH / 3.6, rate)
    assert lost_seconds(np.asarray([speed]), rate)[0] == pytest.approx(expected, abs=0.01)


def test_the_larger_road_keeps_its_pace_and_the_side_road_pays(lost):
    found = lost([(11, [1, 2, 3], MAIN), (12, [2, 4], SIDE)])
    assert found[1, 3] == pytest.approx(0, abs=1e-9)
    assert found[3, 1] == pytest.approx(0, abs=1e-9)
    corner, main, side = CORNER_KPH / 3.6, 80 * 0.86 / 3.6, 50 * 0.74 / 3.6
    down, up = DECELERATION_M_S2, ACCELERATION_M_S2
    joining = simulated_loss_s(side, corner, down) + simulated_loss_s(main, corner, up)
    leaving = simulated_loss_s(main, corner, down) + simulated_loss_s(side, corner, up)
    for end in (1, 3):
        assert found[4, end] == pytest.approx(joining, abs=0.05)
        assert found[end, 4] == pytest.approx(leaving, abs=0.05)
    assert 5 < joining < 10
    assert 5 < leaving < 10


def test_whoever_crosses_pays_both(lost):
    found = lost([(11, [1, 2, 3], MAIN), (12, [4, 2, 5], SIDE)])
    assert found[4, 5] == pytest.approx(found[4, 1] + found[1, 5], abs=1e-6)
    assert found[1, 3] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    "ways",
    [
        [(11, [1, 2], MAIN), (12, [2, 3], SIDE)],
        [(11, [1, 2], MAIN), (12, [2, 3], SIDE), (13, [2, 4], SIDE)],
        [(11, [1, 2, 3], SIDE), (12, [4, 2, 5], SIDE)],
        [(11, [1, 2, 3], MAIN), (12, [2, 4], MAIN | {"highway": "primary_link"})],
    ],
    ids=["no junction", "no larger road passes", "equals", "a ramp of the same rank"],
)
def test_nothing_is_lost_where_no_larger_road_passes(lost, ways):
    assert list(lost(ways).values()) == pytest.approx([0] * len(lost(ways)), abs=1e-9)


def test_a_short_side_road_leaves_no_room_to_speed_up(build):
    short = NODES | {4: (15.0, 68.00005)}
    own = {}
    for name, nodes in (("short", short), ("long", NODES)):
        frame = build(nodes, [(11, [1, 2, 3], MAIN), (12, [2, 4], SIDE)]).edges_frame()
        row = frame[(frame["link_id"] == "12") & (frame["direction"] == "forward")].iloc[0]
        own[name] = 60 * row["moving_min"] - 3600 * row["length_km"] / (50 * 0.74)
    assert 0 < own["short"] < own["long"]


def test_delays_are_counted_and_can_be_left_out(build):
    ways = [(11, [1, 2, 3], MAIN), (12, [2, 4], SIDE)]
    item = "edges slowed at a junction with a larger road"
    assert build(NODES, ways).provenance["osm"]["counts"]["speeds"][item] == 2
    assert item not in build(NODES, ways, junction_delays=False).provenance["osm"]["counts"]["speeds"]


@pytest.mark.shared
def test_malta_is_only_ever_slowed_and_nobody_is_cut_off(malta, plain_malta_turns):
    assert (malta.moving_s >= plain_malta_turns.moving_s).all()
    assert np.isfinite(malta.moving_s).sum() == np.isfinite(plain_malta_turns.moving_s).sum()
    share = malta.moving_s.sum() / plain_malta_turns.moving_s.sum() - 1
    assert 0.01 < share < 0.2
