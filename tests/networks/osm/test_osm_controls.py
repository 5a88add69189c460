"""Seconds lost at signals, signs and crossings in towns: who pays, how much, and who does not."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose

from networks import NetworkDataError
from networks.osm import build_network

STREET = {"highway": "residential", "maxspeed": "30"}
MAIN = {"highway": "primary", "maxspeed": "50"}
#: What the field study measured at midday, by kind of street.
LOCAL_S, COLLECTING_S, MAIN_S = 7.752, 6.650, 9.979
#: A crossing at 3 of a street 1-3-5 with a street 6-3-7, stop lines at 2 and 4; arms of some 110 m.
CROSS = {
    1: (15.0, 68.0),
    2: (15.0023, 68.0),
    3: (15.0026, 68.0),
    4: (15.0029, 68.0),
    5: (15.0052, 68.0),
    6: (15.0026, 68.001),
    7: (15.0026, 67.999),
}
ROADS = [(1, [1, 2, 3, 4, 5]), (2, [6, 3, 7])]


def nodes(**marked):
    """The nodes of the crossing, some with tags."""
    return {number: (*place, marked.get(f"n{number}", {})) for number, place in CROSS.items()}


@pytest.fixture
def added(build, minutes_between):
    """Seconds that controls add between two ends of the crossing."""

    def seconds(marked, *between, tags=(STREET, STREET), **options):
        ways = [(number, refs, own) for (number, refs), own in zip(ROADS, tags, strict=True)]
        plain, with_controls = (build(nodes(**marked), ways, controls=on, **options) for on in (False, True))
        return [
            60 * (minutes_between(with_controls, a, b) - minutes_between(plain, a, b)) for a, b in between
        ]

    return seconds


def metres(net, way):
    frame = net.edges_frame()
    return 1000 * frame[frame["link_id"] == str(way)]["length_km"].min()


def at_limit(metres_of_arm, kph, factor, penalty):
    """What is added to an arm: its time at the limit with the penalty, where that is longer than its own."""
    return max(0.0, metres_of_arm * 3.6 / kph + penalty - metres_of_arm * 3.6 / (kph * factor))


SIGNAL = {"highway": "traffic_signals"}
ALL = list(itertools.permutations((1, 5, 6, 7), 2))


def test_everybody_pays_at_signals_once_and_never_more_than_the_study_measured(added, build):
    net = build(nodes(), [(1, [1, 3, 5], STREET), (2, [6, 3, 7], STREET)])
    arms = {end: metres(net, 1 if end in (1, 5) else 2) for end in (1, 5, 6, 7)}
    found = added({"n3": SIGNAL}, *ALL)
    expected = [at_limit(arms[a], 30, 0.70, LOCAL_S) for a, _ in ALL]
    assert_allclose(found, expected, atol=0.02)
    assert 0 < max(found) < LOCAL_S


@pytest.mark.parametrize(
    ("road", "kph", "factor", "penalty"),
    [
        ("primary", 50, 0.86, MAIN_S),
        ("secondary", 50, 0.82, MAIN_S),
        ("tertiary", 40, 0.78, COLLECTING_S),
        ("unclassified", 40, 0.74, LOCAL_S),
        ("residential", 30, 0.70, LOCAL_S),
    ],
)
def test_each_class_pays_what_was_measured_on_its_kind_of_street(added, build, road, kph, factor, penalty):
    tags = {"highway": road, "maxspeed": str(kph)}
    arm = metres(build(nodes(), [(1, [1, 3, 5], tags), (2, [6, 3, 7], tags)]), 1)
    (found,) = added({"n3": SIGNAL}, (1, 5), tags=(tags, tags))
    assert found == pytest.approx(at_limit(arm, kph, factor, penalty), abs=0.02)


def test_signals_at_the_stop_lines_hold_for_those_who_drive_to_the_junction(added):
    once = added({"n3": SIGNAL}, (1, 5), (5, 1))
    lines = added({"n2": SIGNAL, "n4": SIGNAL}, (1, 5), (5, 1), (6, 7), (6, 1))
    assert_allclose(lines, [*once, 0, 0], atol=0.05)
    one_way = {**STREET, "oneway": "yes"}
    once = added({"n3": SIGNAL}, (1, 5), tags=(one_way, STREET))
    assert_allclose(added({"n2": SIGNAL, "n4": SIGNAL}, (1, 5), tags=(one_way, STREET)), once, atol=0.05)


def test_a_sign_that_says_its_direction_holds_in_it_alone(added):
    for said, forward in (("forward", True), ("backward", False)):
        found = added({"n2": {**SIGNAL, "traffic_signals:direction": said}}, (1, 5), (5, 1))
        assert (found[0] > 0.5, found[1] > 0.5) == (forward, not forward)
        found = added({"n2": {"highway": "give_way", "direction": said}}, (1, 5), (5, 1))
        assert (found[0] > 0.5, found[1] > 0.5) == (forward, not forward)


def test_pedestrian_signals_and_plain_crossings(added):
    for tags in ({"crossing": "traffic_signals"}, {"crossing:signals": "yes"}):
        assert added({"n2": {"highway": "crossing", **tags}}, (1, 5))[0] > 0.5
        assert added({"n6": {"highway": "crossing", **tags}}, (6, 7)) == [0]
    for tags in ({"crossing": "uncontrolled"}, {"crossing": "marked"}, {}):
        assert added({"n2": {"highway": "crossing", **tags}}, (1, 5), (5, 1)) == [0, 0]


def test_a_stop_sign_is_at_least_a_full_stop(added, build):
    tags = {"highway": "unclassified", "maxspeed": "80"}
    arm = metres(build(nodes(), [(1, [1, 3, 5], tags), (2, [6, 3, 7], tags)]), 1)
    (found,) = added({"n2": {"highway": "stop"}}, (1, 5), tags=(tags, tags))
    speed = 80 / 3.6
    stop = speed / 2 / 1.5 + speed / 2 / 1.0  # half of the time of braking and of gathering speed again
    assert found == pytest.approx(at_limit(arm, 80, 0.74, stop), abs=0.02)
    assert stop > LOCAL_S


def test_an_ambulance_slows_to_look_and_waits_for_nobody(added):
    for marked in ({"n3": SIGNAL}, {"n2": {"highway": "stop"}}):
        (car,) = added(marked, (1, 5), tags=(MAIN, MAIN))
        (ambulance,) = added(marked, (1, 5), tags=(MAIN, MAIN), profile="ambulance")
        assert 0 <= ambulance < car


def test_the_two_signals_of_a_dual_carriageway_are_waited_for_once(build, minutes_between):
    # Two carriageways 15 m apart, each one-way; a street crosses both, signals on both nodes.
    places = {
        1: (15.0, 68.001), 2: (15.0, 68.002), 3: (15.0, 68.002135), 4: (15.0, 68.004),
        5: (14.995, 68.002), 6: (15.005, 68.002), 7: (14.995, 68.002135), 8: (15.005, 68.002135),
    }  # fmt: skip
    tagged = {number: (*place, SIGNAL if number in (2, 3) else {}) for number, place in places.items()}
    one = MAIN | {"oneway": "yes"}
    ways = [(1, [1, 2, 3, 4], STREET), (2, [5, 2, 6], one), (3, [8, 3, 7], one)]
    nets = [build(tagged, ways, controls=on, junction_delays=False) for on in (False, True)]
    lost = 60 * (minutes_between(nets[1], 1, 4) - minutes_between(nets[0], 1, 4))
    assert 0 < lost < LOCAL_S


def grid(build, side, step_deg, **options):
    """A grid of streets, one in the middle larger, and a T at its edge."""
    places, number = {}, itertools.count(1)
    at = {(r, c): next(number) for r in range(side) for c in range(side)}
    for (r, c), node in at.items():
        places[node] = (15.0 + c * step_deg / np.cos(np.radians(68)), 68.0 + r * step_deg)
    ways = [
        (100 + r, [at[r, c] for c in range(side)], MAIN if r == side // 2 else STREET) for r in range(side)
    ]
    ways += [(500 + c, [at[r, c] for r in range(side)], STREET) for c in range(side)]
    return at, build(places, ways, junction_delays=False, **options)


def test_in_a_town_those_without_the_right_of_way_pay_and_in_the_country_nobody(build, minutes_between):
    side = 15
    for step, in_town in ((0.0008, True), (0.004, False)):  # crossings 89 m and 445 m apart
        at, plain = grid(build, side, step)
        _, timed = grid(build, side, step, controls=True)
        middle = side // 2

        def lost(a, b, plain=plain, timed=timed, at=at):
            return 60 * (minutes_between(timed, at[a], at[b]) - minutes_between(plain, at[a], at[b]))

        equals = lost((middle - 3, middle), (middle - 2, middle))
        larger = lost((middle - 1, middle), (middle, middle))
        main = lost((middle, middle - 1), (middle, middle))
        assert (equals > 1, larger > 1) == (in_town, in_town)
        assert main == pytest.approx(0, abs=1e-6)
        if in_town:
            arm = 0.0008 * 111_195
            assert equals == pytest.approx(at_limit(arm, 30, 0.70, LOCAL_S), abs=0.1)


def test_at_a_t_of_equals_the_stem_pays_and_the_bar_does_not(build, minutes_between):
    side = 15
    at, plain = grid(build, side, 0.0005)
    _, timed = grid(build, side, 0.0005, controls=True)

    def lost(a, b):
        return 60 * (minutes_between(timed, at[a], at[b]) - minutes_between(plain, at[a], at[b]))

    edge = side // 2 - 4
    assert lost((1, edge), (0, edge)) > 1  # from inside to the outermost street: the stem
    assert lost((0, edge - 1), (0, edge)) == pytest.approx(0, abs=1e-6)


def test_it_is_counted_told_and_left_out_by_default(build):
    ways = [(number, refs, STREET) for number, refs in ROADS]
    marked = {"n3": SIGNAL, "n1": {"highway": "stop"}}
    plain, timed = (build(nodes(**marked), ways, controls=on).provenance["osm"] for on in (False, True))
    assert "junction control" not in plain["counts"]
    counts = timed["counts"]["junction control"]
    assert counts["edges with traffic signals"] == 4
    assert counts["edges with a stop sign"] == 1
    assert counts["hours added to all edges together"] > 0
    assert any("4 directed edges with traffic signals" in note for note in timed["notes"])
    assert not any("signals" in note for note in plain["notes"])


def test_graphs_and_tables_keep_their_own_times(tmp_path):
    (tmp_path / "map.graphml").write_text("<graphml/>", encoding="utf-8")
    with pytest.raises(NetworkDataError, match="keep their own times"):
        build_network(tmp_path / "map.graphml", controls=True)


@pytest.mark.shared
def test_no_road_of_malta_gets_faster_and_every_way_stays(malta, malta_file):
    timed = build_network(malta_file, controls=True)
    assert_allclose(timed.length_m, malta.length_m)
    assert (timed.moving_s >= malta.moving_s - 1e-9).all()
    added = timed.moving_s - malta.moving_s
    assert added.max() <= 25.0
    assert (added > 0).mean() < 0.5
