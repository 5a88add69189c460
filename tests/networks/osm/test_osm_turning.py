"""What turning costs where roads of the same class meet, by hand, by symmetry and against whole maps."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from networks.osm import build_network
from networks.osm.junctions import ACCELERATION_M_S2, DECELERATION_M_S2

STREET = {"highway": "tertiary", "maxspeed": "60"}
DRIVEN_M_S = 60 * 0.78 / 3.6
LENGTH_M = 1500.0


def star(*bearings, length_m=LENGTH_M):
    """A junction 1 at 68 N with a node at each bearing: 2, 3, ... in their order."""
    nodes = {1: (15.0, 68.0)}
    for number, bearing in enumerate(bearings, start=2):
        north = length_m * math.cos(math.radians(bearing)) / 111_500
        east = length_m * math.sin(math.radians(bearing)) / (111_500 * math.cos(math.radians(68)))
        nodes[number] = (15.0 + east, 68.0 + north)
    return nodes


@pytest.fixture
def lost(build, minutes_between):
    """Seconds that turns cost between all pairs of the outer nodes."""

    def between(nodes, ways, pairs=None, **options):
        free, priced = (build(nodes, ways, turn_costs=on, **options) for on in (False, True))
        outer = sorted({ref for _, refs, _ in ways for ref in (refs[0], refs[-1])} - {1})
        return {
            (a, b): 60 * (minutes_between(priced, a, b) - minutes_between(free, a, b))
            for a, b in pairs or itertools.permutations(outer, 2)
        }

    return between


def corner_loss(turn_deg, speed=DRIVEN_M_S):
    """Seconds between a speed, a corner and the speed again, in steps of a millisecond."""
    radius = 9.0 / math.tan(math.radians(turn_deg) / 2)
    corner = max(math.sqrt(15 / 3.6 * 15 / 3.6 * radius / 9.0), 5 / 3.6)
    total, step = 0.0, 0.001
    for rate in (DECELERATION_M_S2, ACCELERATION_M_S2):
        now, travelled, elapsed = corner, 0.0, 0.0
        while now < speed:
            travelled, elapsed, now = travelled + now * step, elapsed + step, now + rate * step
        total += elapsed - travelled / speed
    return total


def arms(count, tags=STREET):
    """Ways that end at the junction, one for each arm."""
    return [(10 + arm, [1, arm], tags) for arm in range(2, 2 + count)]


def test_at_a_t_of_equals_the_stem_pays_and_the_bar_does_not(lost):
    found = lost(star(90, 270, 0), arms(3))
    assert found[2, 3] == pytest.approx(0, abs=1e-6)
    assert found[3, 2] == pytest.approx(0, abs=1e-6)
    for pair in ((4, 2), (4, 3), (2, 4), (3, 4)):
        assert found[pair] == pytest.approx(corner_loss(90), abs=0.05), pair
    assert 5 < corner_loss(90) < 9


def test_where_two_roads_cross_straight_on_is_free_and_each_turn_costs(lost):
    found = lost(star(0, 90, 180, 270), [(11, [2, 1, 4], STREET), (12, [3, 1, 5], STREET)])
    for pair in ((2, 4), (4, 2), (3, 5), (5, 3)):
        assert found[pair] == pytest.approx(0, abs=1e-6), pair
    for pair in ((2, 3), (3, 2), (2, 5), (5, 2), (4, 3), (4, 5), (5, 4)):
        assert found[pair] == pytest.approx(corner_loss(90), abs=0.05), pair


def test_where_all_three_turn_each_pays_for_itself_once(lost):
    found = lost(star(0, 120, 240), arms(3))
    assert list(found.values()) == pytest.approx([corner_loss(60)] * 6, abs=0.05)


def test_a_skew_crossing_costs_the_mean_of_its_corners(lost):
    found = lost(star(0, 60, 180, 240), [(11, [2, 1, 4], STREET), (12, [3, 1, 5], STREET)])
    turning = [seconds for pair, seconds in found.items() if sum(pair) % 2]
    assert turning == pytest.approx([(corner_loss(60) + corner_loss(120)) / 2] * len(turning), abs=0.05)


@settings(max_examples=15, deadline=None)
@given(st.floats(46.0, 134.0))
def test_a_sharper_corner_costs_more(bearing):
    flat, sharp = sorted((180.0 - bearing, bearing))
    assert corner_loss(flat) <= corner_loss(sharp) + 1e-9


def test_a_slower_road_loses_less_and_a_crawling_one_nothing(lost):
    ways = [[(11, [2, 1, 4], tags), (12, [3, 1, 5], tags)] for tags in (STREET, STREET | {"maxspeed": "30"})]
    fast, slow = (lost(star(0, 90, 180, 270), own, [(2, 3)])[2, 3] for own in ways)
    assert 0 < slow < fast
    crawling = [(n, refs, {"highway": "living_street", "maxspeed": "10"}) for n, refs, _ in ways[0]]
    assert lost(star(0, 90, 180, 270), crawling, [(2, 3)])[2, 3] == pytest.approx(0, abs=1e-6)


def test_whoever_comes_into_a_roundabout_or_leaves_it_slows_and_who_is_on_it_does_not(lost):
    ring = STREET | {"junction": "roundabout"}
    nodes = {
        1: (15.0, 68.0),
        2: (15.0, 67.98),
        3: (15.0005, 68.0002),
        4: (15.0005, 68.02),
        5: (14.9995, 68.0002),
    }
    ways = [(11, [1, 3, 5, 1], ring), (12, [2, 1], STREET), (13, [3, 4], STREET)]
    found = lost(nodes, ways, [(2, 4), (1, 3), (2, 1), (3, 4)])
    assert found[1, 3] == pytest.approx(0, abs=1e-6)
    assert found[2, 1] > 2
    assert found[3, 4] > 2
    assert found[2, 4] == pytest.approx(found[2, 1] + found[3, 4], abs=1e-6)


def test_a_crossing_grows_by_one_node_and_two_edges(build):
    ways = [(11, [2, 1, 4], STREET), (12, [3, 1, 5], STREET)]
    free, priced = (build(star(0, 90, 180, 270), ways, turn_costs=on) for on in (False, True))
    assert priced.n_nodes - free.n_nodes == 1
    assert priced.n_edges - free.n_edges == 2
    assert priced.provenance["osm"]["counts"]["speeds"]["crossings of equals"] == 1


def test_the_order_of_ways_changes_no_time(build, minutes_between):
    """Which of the two roads keeps the node of a crossing hangs on where they run, not on how they are listed."""
    ways = [(11, [2, 1], STREET), (12, [1, 4], STREET), (13, [3, 1], STREET), (14, [1, 5], STREET)]
    listed = ways, ways[::-1], [ways[2], ways[0], ways[3], ways[1]]
    nets = [build(star(0, 90, 180, 270), order, turn_costs=True) for order in listed]
    found = [[minutes_between(net, a, b) for a in range(1, 6) for b in range(1, 6)] for net in nets]
    assert found[1] == pytest.approx(found[0])
    assert found[2] == pytest.approx(found[0])


def test_a_restriction_at_the_crossing_still_forbids(build, minutes_between):
    ways = [(11, [2, 1], STREET), (12, [1, 4], STREET), (13, [3, 1], STREET), (14, [1, 5], STREET)]
    barred = [
        (
            90,
            [("w", 11, "from"), ("n", 1, "via"), ("w", 14, "to")],
            {"type": "restriction", "restriction": "no_right_turn"},
        )
    ]
    net = build(star(0, 90, 180, 270), ways, barred, turn_costs=True)
    free = build(star(0, 90, 180, 270), ways, turn_costs=True)
    assert minutes_between(net, 2, 5) > minutes_between(free, 2, 5) + 0.5
    # Whatever else may be turned costs what it did: forbidding one turn makes no other quicker.
    for pair in itertools.permutations(range(2, 6), 2):
        if pair != (2, 5):
            assert minutes_between(net, *pair) == pytest.approx(minutes_between(free, *pair)), pair


def test_a_drive_at_a_crossing_does_not_make_its_turns_free(lost):
    private = {"highway": "service", "access": "private"}
    nodes = star(0, 90, 180, 270) | {6: (15.001, 68.001), 7: (15.02, 68.002)}
    streets = [(11, [2, 1, 4], STREET), (12, [3, 1, 5], STREET)]
    found = lost(nodes, [*streets, (13, [1, 6, 7], private), (14, [7, 3], private)], [(2, 3), (5, 4), (2, 4)])
    assert found == pytest.approx({(2, 3): corner_loss(90), (5, 4): corner_loss(90), (2, 4): 0}, abs=0.05)


@pytest.mark.shared
def test_malta_is_only_ever_slowed_and_hardly_grows(malta_file):
    free, priced = (build_network(malta_file, turn_costs=on) for on in (False, True))
    assert 1.0 < priced.n_nodes / free.n_nodes < 1.1
    assert np.isfinite(priced.moving_s).all()
    share = priced.moving_s.sum() / free.moving_s.sum() - 1
    assert 0.005 < share < 0.2
