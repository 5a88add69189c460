"""Places joined to roads over a surface: where they come out, how long it takes both ways, who is not joined."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from networks import NetworkDataError, network_from_edges, snap, travel_time_legs, travel_time_matrix
from networks.geometry import to_degrees
from networks.joined_points import with_points
from networks.surface import Surface, join_over, road_reach
from networks.times import travel_time_matrix as matrix

EPSG, CELL = 25833, 50.0
EAST, NORTH = 500_000.0, 7_540_000.0
ROWS, COLUMNS = 60, 100


def at(*places):
    """Degrees of places in metres east and south of the surface's corner."""
    metres = np.asarray(places, dtype=float).reshape(-1, 2)
    return to_degrees(EAST + metres[:, 0], NORTH - metres[:, 1], epsg=EPSG)


def streets(*ends, seconds=100.0):
    """Roads between places in metres, each of its own nodes where these differ."""
    places = list(dict.fromkeys(place for pair in ends for place in pair))
    lon, lat = at(*places)
    rows = [(places.index(a), places.index(b)) for a, b in ends]
    frame = pd.DataFrame(rows + [pair[::-1] for pair in rows], columns=["from_id", "to_id"])
    frame = frame.assign(
        moving_s=seconds, kind="road", link_id=[f"l{n % len(rows)}" for n in range(len(frame))]
    )
    metres = np.asarray(places)
    frame["length_m"] = np.hypot(*(metres[frame["from_id"]] - metres[frame["to_id"]]).T)
    nodes = pd.DataFrame({"node_id": np.arange(len(places)), "lon": lon, "lat": lat})
    return network_from_edges(nodes, frame)


def ground(speed=5.0, height=None, **options):
    values = np.full((ROWS, COLUMNS), 1.0, np.float32) * np.asarray(speed, np.float32)
    ways = np.ones((ROWS, COLUMNS), np.uint8)
    return Surface(values, ways, height, EAST, NORTH, CELL, EPSG, **{"change_min": 0.0, **options})


#: A road along the southern edge, another along the northern.
SOUTH, NORTHERN = ((100.0, 2825.0), (4900.0, 2825.0)), ((100.0, 175.0), (4900.0, 175.0))


def joined(net, surface, *places, **options):
    straight = snap(net, *at(*places), component="any", max_distance_m=50_000.0)
    return join_over(net, road_reach(net, surface), straight, **options)


def test_level_open_ground_takes_the_straight_way_to_the_road():
    net = streets(SOUTH)
    points = joined(net, ground(), (2525.0, 1025.0))
    assert_allclose(points.access_m, 1800.0)
    assert_allclose(points.access_s, 1800.0 * 3.6 / 5.0)
    assert_allclose(points.arriving_s, points.access_s, rtol=1e-6)
    assert points.flags.tolist() == ["over_surface"]
    forward = net.topology.tails[points.edge[0]] == 0
    assert_allclose(points.fraction, (2525 - 100) / 4800 if forward else 1 - (2525 - 100) / 4800, atol=1e-3)


def test_the_river_sends_people_to_the_farther_road_and_nobody_straight_over_it():
    speed = np.full((ROWS, COLUMNS), 5.0)
    speed[40] = 0.0
    net = streets(SOUTH, NORTHERN)
    points = joined(net, ground(speed), (2525.0, 1925.0), (2525.0, 2225.0))
    assert_allclose(points.access_m, [1750.0, 600.0])
    assert len(set(points.edge.tolist())) == 2
    minutes = travel_time_matrix(net, points, points)
    assert_array_equal(np.diag(minutes), 0.0)
    assert np.isnan(minutes[0, 1])


def test_up_to_the_road_is_slower_than_down_from_it_in_every_table():
    # 10 % up to the south, where the road is.
    height = np.tile((np.arange(ROWS) * 5.0)[:, None], (1, COLUMNS)).astype(np.float32)
    net = streets(SOUTH)
    points = joined(net, ground(height=height), (125.0, 1825.0))
    flat = 1000.0 * 3.6 / 5.0
    up, down = flat * np.exp(3.5 * 0.1), flat * np.exp(3.5 * (0.05 - 0.05))
    assert_allclose([points.access_s[0], points.arriving_s[0]], [up, down], rtol=1e-5)
    node = np.asarray([0, 1])
    share = points.fraction[0] if net.topology.tails[points.edge[0]] == 0 else 1 - points.fraction[0]
    along = np.asarray([share, 1 - share]) * 100.0
    assert_allclose(travel_time_matrix(net, points, node)[0], (up + along) / 60, rtol=1e-5)
    assert_allclose(travel_time_matrix(net, node, points)[:, 0], (down + along) / 60, rtol=1e-5)
    legs = travel_time_legs(net, points, node)
    assert_allclose(legs.total_min, travel_time_matrix(net, points, node))
    back = travel_time_legs(net, node, points)
    assert_allclose(back.total_min, travel_time_matrix(net, node, points))
    grown = with_points(net, points, ["home"])
    home = net.n_nodes
    assert_allclose(matrix(grown, np.asarray([home]), node)[0], (up + along) / 60, rtol=1e-5)
    assert_allclose(matrix(grown, node, np.asarray([home]))[:, 0], (down + along) / 60, rtol=1e-5)
    assert_allclose(points.take(np.asarray([0])).arriving_s, points.arriving_s)


def test_nothing_leads_is_not_joined_and_outside_stays_straight():
    speed = np.full((ROWS, COLUMNS), 5.0)
    speed[20:30, 40] = speed[20:30, 60] = speed[20, 40:61] = speed[30, 40:61] = 0.0
    net = streets(SOUTH)
    places = [(2525.0, 1275.0), (2525.0, 1825.0), (-400.0, 2825.0)]
    points = joined(net, ground(speed), *places)
    assert points.flags.tolist() == ["no_way", "over_surface", ""]
    assert points.joined.tolist() == [False, True, True]
    assert np.isnan([points.access_s[0], points.arriving_s[0], points.access_m[0]]).all()
    minutes = travel_time_matrix(net, points, np.asarray([0]))[:, 0]
    assert np.isnan(minutes).tolist() == [True, False, False]
    straight = snap(net, *at(*places), component="any")
    assert_allclose(points.access_s[2], straight.access_s[2])
    assert joined(net, ground(speed), *places, most_m=900.0).flags.tolist() == ["no_way", "no_way", ""]


def test_a_house_on_the_road_walks_its_own_metres_and_one_by_the_shore_starts_beside_the_water():
    speed = np.full((ROWS, COLUMNS), 4.0)
    speed[50] = 0.0
    net = streets(SOUTH, NORTHERN)
    points = joined(net, ground(speed), (2525.0, 2835.0), (2525.0, 2515.0), (2525.0, 2540.0))
    assert_allclose(points.access_m[0], 10.0, atol=0.05)
    assert_allclose(points.access_s[0], 9.0, atol=0.05)
    assert points.joined.all()
    # Row 50 is the river: the house by its northern bank goes north, the other one south.
    assert_allclose(points.access_m[1:], [2300.0, 250.0])


def test_the_road_that_is_reached_first_is_the_quickest_of_all_places_of_the_road():
    rng = np.random.default_rng(3)
    speed = rng.choice([1.5, 3.0, 5.0], size=(ROWS, COLUMNS))
    height = (40 * rng.random((ROWS, COLUMNS))).astype(np.float32)
    surface, net = ground(speed, height), streets(SOUTH)
    points = joined(net, surface, (1525.0, 1525.0))
    reach = road_reach(net, surface)
    home = surface.cells_of(*at((1525.0, 1525.0)))
    there = surface.least(home, toward=False).seconds.ravel()[reach.cells]
    assert_allclose(points.access_s[0], there.min(), rtol=1e-6)


def test_the_surface_must_be_in_the_system_of_the_network_and_meet_it():
    net = streets(SOUTH)
    other = Surface(np.ones((4, 4), np.float32), np.ones((4, 4), np.uint8), None, EAST, NORTH, CELL, 25835)
    with pytest.raises(NetworkDataError, match="EPSG:25835"):
        road_reach(net, other)
    away = Surface(np.ones((4, 4), np.float32), np.ones((4, 4), np.uint8), None, 0.0, 0.0, CELL, EPSG)
    with pytest.raises(NetworkDataError, match="no road"):
        road_reach(net, away)
