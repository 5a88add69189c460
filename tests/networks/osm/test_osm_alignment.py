"""Bends, width and the open road: by hand, against a vehicle on an arc, and only ever one way."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from networks.osm.alignment import bend_kph, width_share

ROAD = {"highway": "primary", "maxspeed": "80"}
METRE_NORTH, METRE_EAST = 1 / 111_550, 1 / (111_320 * math.cos(math.radians(68)))


def placed(xy):
    """Node places from metres east and north."""
    return {n: (15.0 + x * METRE_EAST, 68.0 + y * METRE_NORTH) for n, (x, y) in enumerate(xy, start=1)}


@pytest.fixture
def driven(build):
    """Minutes and kilometres along one road through some places in metres."""

    def along(xy, tags=ROAD, **options):
        net = build(placed(xy), [(11, list(range(1, len(xy) + 1)), tags)], **({"bends": True} | options))
        frame = net.edges_frame().query("direction == 'forward'")
        return frame["moving_min"].sum(), frame["length_km"].sum()

    return along


def pace(told):
    minutes, km = told
    return 60 * km / minutes


def test_a_straight_open_road_is_driven_at_the_share_of_its_limit(driven):
    line = [(0, 0), (0, 2000)]
    assert pace(driven(line)) == pytest.approx(0.95 * 80, rel=1e-9)
    assert pace(driven(line, bends=False)) == pytest.approx(0.86 * 80, rel=1e-9)


@pytest.mark.parametrize(
    "tags",
    [{"highway": "primary", "maxspeed": "50"}, {"highway": "primary"}],
    ids=["a town", "no limit posted"],
)
def test_towns_and_assumed_limits_keep_their_factor(driven, tags):
    line = [(0, 0), (0, 2000)]
    assert driven(line, tags) == pytest.approx(driven(line, tags, bends=False))


def test_in_a_town_the_factor_stands_for_bends_until_they_cost_more(driven):
    town = {"highway": "residential", "maxspeed": "50"}
    paces = []
    for radius in (12.0, 60.0):
        arc = [
            (radius - radius * math.cos(a), radius * math.sin(a)) for a in np.radians(np.arange(0, 181, 15))
        ]
        paces.append((pace(driven(arc, town)), pace(driven(arc, town, bends=False))))
    assert paces[0][0] < 0.8 * paces[0][1]
    assert paces[1][0] == pytest.approx(paces[1][1], rel=1e-9) == 35.0


@pytest.mark.parametrize("radius", [40.0, 60.0, 90.0])
@pytest.mark.parametrize("step_deg", [5.0, 10.0])
def test_an_arc_is_driven_at_the_speed_of_its_radius(driven, radius, step_deg):
    angles = np.radians(np.arange(0, 180 + step_deg, step_deg))
    arc = [(radius - radius * math.cos(a), radius * math.sin(a)) for a in angles]
    # The balance of forces, written out: g (f + e) = v^2 / R.
    lean = min(0.00012 * math.degrees(1000 / radius), 0.08)
    expected = 3.6 * math.sqrt(9.81 * radius * (0.268 + lean))
    assert pace(driven(arc)) == pytest.approx(expected, rel=0.08)
    assert pace(driven([(x, -y) for x, y in arc])) == pytest.approx(pace(driven(arc)), rel=1e-3)


def test_speeds_in_bends_lie_near_those_seen_on_american_roads():
    for radius in (100.0, 150.0, 200.0):
        seen = 104.82 - 3574.51 / radius
        assert bend_kph(np.asarray([radius]))[0] == pytest.approx(seen, rel=0.06)


@settings(max_examples=60)
@given(st.lists(st.floats(5.0, 3000.0), min_size=2, max_size=2))
def test_a_tighter_bend_is_never_faster_and_gravel_never_faster_than_asphalt(radii):
    tight, wide = (bend_kph(np.asarray([radius]))[0] for radius in sorted(radii))
    assert tight <= wide + 1e-9
    for radius in radii:
        assert bend_kph(np.asarray([radius]), False)[0] < bend_kph(np.asarray([radius]))[0]


def test_a_road_that_bends_more_is_never_faster(driven):
    """Zigzags of 100 m legs: the same metres driven, each corner sharper than the last."""
    paces = []
    for turn in (0, 10, 20, 40, 60, 80):
        x, y, heading, line = 0.0, 0.0, 0.0, [(0.0, 0.0)]
        for leg in range(12):
            x, y = x + 100 * math.sin(heading), y + 100 * math.cos(heading)
            line.append((x, y))
            heading = math.radians(turn) if leg % 2 == 0 else 0.0
        paces.append(pace(driven(line)))
    assert paces[0] == pytest.approx(76.0)
    assert paces == sorted(paces, reverse=True)
    assert paces[-1] < 60


@settings(max_examples=40)
@given(st.floats(1.0, 15.0), st.floats(1.0, 15.0))
def test_a_wider_road_is_never_slower(a, b):
    narrow, wide = sorted((a, b))
    assert width_share(np.asarray([narrow]))[0] <= width_share(np.asarray([wide]))[0]
    assert width_share(np.asarray([np.nan]))[0] == 1.0


def test_width_and_lanes_are_read(driven):
    line = [(0, 0), (0, 2000)]
    paces = [
        pace(driven(line, ROAD | tags)) for tags in ({"width": "4"}, {"width": "5,4 m"}, {"width": "7"}, {})
    ]
    assert paces == pytest.approx([57.0, 66.5, 76.0, 76.0])
    assert pace(driven(line, ROAD | {"lanes": "1"})) == pytest.approx(57.0)
    assert pace(driven(line, ROAD | {"lanes": "1", "oneway": "yes"})) == pytest.approx(76.0)


def test_a_better_surface_is_never_slower(driven):
    bend = [(0, 0), (0, 200), (60, 280), (260, 280)]
    asphalt, gravel = (pace(driven(bend, ROAD | {"surface": surface})) for surface in ("asphalt", "gravel"))
    assert gravel < asphalt


def test_a_line_that_jitters_does_not_read_as_bends(driven):
    jitter = [(0.4 * (-1) ** n, 8.0 * n) for n in range(100)]
    assert pace(driven(jitter)) == pytest.approx(76.0, rel=0.03)


def test_the_end_of_one_road_does_not_bend_the_next(build):
    xy = [(0, 0), (0, 1000), (1000, 1000), (1000, 0)]
    net = build(placed(xy), [(11, [1, 2], ROAD), (12, [3, 4], ROAD)], bends=True)
    frame = net.edges_frame()
    assert (60 * frame["length_km"] / frame["moving_min"]).to_numpy() == pytest.approx(76.0)


def test_a_junction_on_the_way_changes_nothing_of_its_bend(build):
    xy = [(0, 0), (0, 300), (200, 520), (500, 520), (-300, 600)]
    road, side = (11, [1, 2, 3, 4], ROAD), (12, [2, 5], {"highway": "service"})
    paced = {}
    for name, ways in (("alone", [road]), ("joined", [road, side])):
        frame = build(placed(xy), ways, bends=True).edges_frame()
        paced[name] = frame[(frame["link_id"] == "11") & (frame["direction"] == "forward")][
            "moving_min"
        ].sum()
    assert paced["joined"] == pytest.approx(paced["alone"], rel=1e-9)
