"""Snapping: to the nearest place on an edge, exact along it, and honest about water and islands."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from networks import (
    Closure,
    Convoy,
    CrsError,
    EdgeGeometry,
    EdgeSelection,
    NetworkDataError,
    TravelNetwork,
    apply_overlays,
    at_nodes,
    build_network,
    links_out,
    nearest,
    network_from_edges,
    snap,
    travel_time_legs,
    travel_time_matrix,
)
from networks.geometry import edge_lines, to_degrees, to_metres
from networks.land import Land
from networks.snapping import twin_edges

EPSG = 25833
EAST, NORTH = 500_000.0, 7_540_000.0


def at(*places: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Degrees of places given in metres from one corner."""
    metres = np.asarray(places, dtype=float).reshape(-1, 2)
    return to_degrees(EAST + metres[:, 0], NORTH + metres[:, 1], epsg=EPSG)


def metric_network(
    places: list[tuple[float, float]], edges: list[tuple[Any, ...]], *, two_way: bool = True, **columns: Any
) -> TravelNetwork:
    """Nodes at metres, edges ``(tail, head, seconds[, kind])``, as long as they are straight."""
    lon, lat = at(*places)
    nodes = pd.DataFrame({"node_id": np.arange(len(places)), "lon": lon, "lat": lat})
    for name, values in columns.items():
        nodes[name] = values
    rows = [(*edge, "road")[:4] for edge in edges]
    frame = pd.DataFrame(rows, columns=["from_id", "to_id", "moving_s", "kind"])
    frame["link_id"] = [f"link{position}" for position in range(len(frame))]
    metres = np.asarray(places, dtype=float)
    frame["length_m"] = np.hypot(*(metres[frame["from_id"]] - metres[frame["to_id"]]).T)
    if two_way:
        back = frame.rename(columns={"from_id": "to_id", "to_id": "from_id"})
        frame = pd.concat([frame, back], ignore_index=True)
    return network_from_edges(nodes, frame.astype({"moving_s": float}))


STREET = [(0.0, 0.0), (1000.0, 0.0)]


def test_a_point_joins_the_middle_of_a_street() -> None:
    net = metric_network(STREET, [(0, 1, 100)])
    points = snap(net, *at((250, 120)), access_speed_kph=36, detour_factor=1.5)
    assert_allclose(points.access_m, 120, atol=0.5)
    assert_allclose(points.access_s, 18, atol=0.1)
    tail = net.topology.tails[points.edge[0]]
    assert_allclose(points.fraction, 0.25 if tail == 0 else 0.75, atol=1e-3)
    assert_allclose(at((250, 0)), (points.joined_lon, points.joined_lat), atol=1e-4)
    assert points.flags.tolist() == [""]
    assert points.counts() == {"points": 1, "joined": 1}
    minutes = travel_time_matrix(net, points, np.asarray([0, 1]))
    assert_allclose(minutes, [[43 / 60, 93 / 60]], atol=0.01)
    assert_allclose(travel_time_matrix(net, np.asarray([0, 1]), points), minutes.T, rtol=1e-12)


def test_one_way_streets_are_left_at_their_end_only() -> None:
    net = metric_network(STREET, [(0, 1, 100)], two_way=False)
    points = snap(net, *at((250, 0), (750, 0)), component="any")
    assert_array_equal(points.twin, -1)
    minutes = travel_time_matrix(net, points, points)
    assert_allclose(minutes[0, 1], 50 / 60, atol=0.01)
    assert np.isnan(minutes[1, 0])
    assert_allclose(np.diag(minutes), 0, atol=1e-9)
    nodes = np.asarray([0, 1])
    assert_array_equal(np.isnan(travel_time_matrix(net, points, nodes)), [[True, False]] * 2)
    assert_array_equal(np.isnan(travel_time_matrix(net, nodes, points)), [[False, False], [True, True]])


def test_a_way_round_may_beat_the_street_itself() -> None:
    places = [*STREET, (500.0, 300.0)]
    net = metric_network(places, [(0, 1, 5000), (0, 2, 10), (2, 1, 10)])
    points = snap(net, *at((10, 0), (990, 0)))
    assert_allclose(travel_time_matrix(net, points, points)[0, 1] * 60, 50 + 20 + 50, rtol=0.01)


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.floats(0, 3000), st.floats(0, 3000)), min_size=2, max_size=6, unique=True),
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.floats(1, 900)), min_size=1, max_size=8),
    st.lists(st.tuples(st.floats(0, 3000), st.floats(0, 3000)), min_size=2, max_size=4),
    st.booleans(),
)
def test_times_between_snapped_points_agree_with_a_graph_split_at_them(
    places: list[Any], links: list[Any], where: list[Any], two_way: bool
) -> None:
    links = [(a % len(places), b % len(places), s) for a, b, s in links]
    links = [link for link in links if link[0] != link[1]]
    if not links:
        return
    net = metric_network(places, links, two_way=two_way)
    points = snap(net, *at(*where), component="any")
    # Without a way from door to door: that one is not the graph's.
    points = replace(points, pace_s_per_m=np.full(len(points), np.nan))
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(len(places)))
    for edge in range(net.n_edges):
        tail, head = int(net.topology.tails[edge]), int(net.topology.heads[edge])
        stops = [(0.0, tail), (1.0, head)]
        for point in range(len(points)):
            if edge == points.edge[point]:
                stops.append((float(points.fraction[point]), f"p{point}"))
            elif edge == points.twin[point]:
                stops.append((1.0 - float(points.fraction[point]), f"p{point}"))
        stops.sort(key=lambda stop: stop[0])
        for (f, u), (g, v) in itertools.pairwise(stops):
            graph.add_edge(u, v, weight=(g - f) * net.seconds[edge])
            if f == g:
                graph.add_edge(v, u, weight=0.0)
    minutes = travel_time_matrix(net, points, points)
    legs = travel_time_legs(net, points, points)
    for a in range(len(points)):
        lengths = nx.single_source_dijkstra_path_length(graph, f"p{a}")
        for b in range(len(points)):
            access = points.access_s[a] + points.access_s[b]
            expected = (lengths[f"p{b}"] + access) / 60 if f"p{b}" in lengths else np.nan
            assert_allclose(minutes[a, b], expected, rtol=1e-9, atol=1e-9)
            assert_allclose(legs.total_min[a, b], minutes[a, b], rtol=1e-12)
            whole = legs.drive_min[a, b] + legs.access_min[a, b] + legs.wait_min[a, b]
            assert_allclose(whole, minutes[a, b], rtol=1e-9, atol=1e-9)


@settings(max_examples=15)
@given(st.lists(st.tuples(st.floats(-2000, 5000), st.floats(-2000, 5000)), min_size=1, max_size=5))
def test_the_nearest_edge_is_the_nearest_by_brute_force(where: list[Any]) -> None:
    rng = np.random.default_rng(4)
    places = [tuple(row) for row in rng.uniform(0, 3000, (12, 2))]
    net = metric_network(places, [(a, (a + 1) % 12, 60) for a in range(12)])
    lon, lat = at(*where)
    points = snap(net, lon, lat)
    lines = edge_lines(net, np.arange(net.n_edges), epsg=EPSG)
    for row, (east, north) in enumerate(zip(*to_metres(lon, lat, epsg=EPSG), strict=True)):
        distances = shapely.distance(lines, shapely.Point(east, north))
        assert_allclose(points.access_m[row], distances.min(), atol=1e-6)
        assert_allclose(distances[points.edge[row]], distances.min(), atol=1e-6)


def test_bends_count() -> None:
    lon, lat = at((0, 0), (1000, 0), (500, 800))
    nodes = pd.DataFrame({"node_id": [0, 1], "lon": lon[:2], "lat": lat[:2]})
    edges = pd.DataFrame(
        {"from_id": [0], "to_id": [1], "moving_s": [100.0], "length_m": 1887.0, "kind": "road"}
    )
    geometry = EdgeGeometry(np.asarray([0, 1]), lon[2:], lat[2:])
    points = snap(network_from_edges(nodes, edges, geometry=geometry), *at((500, 850)), component="any")
    assert_allclose(points.access_m, 50, atol=0.1)
    assert_allclose(points.fraction, 0.5, atol=1e-6)


def test_ferries_are_no_place_to_join() -> None:
    net = metric_network(
        [*STREET, (3000.0, 0.0), (4000.0, 0.0)], [(0, 1, 60), (1, 2, 600, "ferry"), (2, 3, 60)]
    )
    points = snap(net, *at((1900, 10), (2100, 10)))
    assert_allclose(points.access_m, [900, 900], atol=1)
    assert net.labels["kind"].take(points.edge).to_array().tolist() == ["road", "road"]


def test_distance_has_a_limit() -> None:
    net = metric_network(STREET, [(0, 1, 60)])
    points = snap(net, *at((500, 90), (500, 110)), max_distance_m=100)
    assert points.flags.tolist() == ["", "too_far"]
    assert points.joined.tolist() == [True, False]
    assert points.counts() == {"points": 2, "joined": 1, "too_far": 1}
    assert np.isnan(points.access_m[1])
    assert np.isnan(travel_time_matrix(net, points, np.asarray([0]))[1, 0])
    assert np.isnan(travel_time_legs(net, points, points).access_min[0, 1])


ISLAND = [(0.0, 0.0), (1000.0, 0.0), (2000.0, 0.0), (0.0, 3000.0), (1000.0, 3000.0)]


def test_nobody_is_dragged_off_an_island() -> None:
    net = metric_network(ISLAND, [(0, 1, 60), (1, 2, 60), (3, 4, 60)])
    points = snap(net, *at((500, 2900), (500, 100)), component="largest")
    assert points.flags.tolist() == ["other_component", ""]
    assert points.joined.tolist() == [False, True]
    for asked in (snap(net, *at((500, 2900), (900, 3000))), snap(net, *at((500, 2900)), component="any")):
        assert set(asked.flags) == {"own_component"}
        assert asked.joined.all()
        assert_allclose(asked.access_m[0], 100, atol=0.5)
    with_ferry = metric_network(ISLAND, [(0, 1, 60), (1, 2, 60), (3, 4, 60), (0, 3, 600, "ferry")])
    assert snap(with_ferry, *at((500, 2900))).flags.tolist() == [""]


def test_a_stray_piece_of_road_is_passed_over() -> None:
    stray = [*STREET, (500.0, 150.0), (550.0, 150.0)]
    net = metric_network(stray, [(0, 1, 60), (0, 1, 70), (2, 3, 5)])
    stronger = metric_network([*stray, (2000.0, 0.0)], [(0, 1, 60), (1, 4, 60), (2, 3, 5)])
    for network in (net, stronger):
        points = snap(network, *at((520, 160)))
        assert points.flags.tolist() == ["component_skipped"]
        assert_allclose(points.access_m, 160, atol=1)


def test_water_is_not_crossed_when_the_land_is_known() -> None:
    places = [(0.0, 0.0), (3000.0, 0.0), (3000.0, 2500.0), (0.0, 2500.0)]
    net = metric_network(places, [(0, 1, 60), (1, 2, 60), (2, 3, 60)])
    fjord = shapely.box(-100, 500, 2600, 1500)
    land = shapely.box(-1000, -1000, 4000, 3500).difference(fjord)
    degrees = shapely.transform(
        land, lambda x, y: to_degrees(x + EAST, y + NORTH, epsg=EPSG), interleaved=False
    )
    spit = (2000.0, 450.0)
    assert snap(net, *at(spit), land=degrees).flags.tolist() == [""]
    island = shapely.box(1000, 900, 1100, 1000)
    with_island = shapely.union(
        degrees,
        shapely.transform(island, lambda x, y: to_degrees(x + EAST, y + NORTH, epsg=EPSG), interleaved=False),
    )
    lonely = snap(net, *at((1050, 950)), land=with_island)
    assert lonely.flags.tolist() == ["across_water"]
    assert not lonely.joined[0]
    assert snap(net, *at((1050, 950))).flags.tolist() == [""]


def test_the_next_road_on_land_is_taken() -> None:
    net = metric_network(
        [(0.0, 0.0), (0.0, 1000.0), (1500.0, 0.0), (1500.0, 1000.0)], [(0, 1, 60), (2, 3, 60)]
    )
    land = shapely.union(shapely.box(-500, -500, 200, 1500), shapely.box(500, -500, 2000, 1500))
    degrees = shapely.transform(
        land, lambda x, y: to_degrees(x + EAST, y + NORTH, epsg=EPSG), interleaved=False
    )
    across = snap(net, *at((600, 500)), component="any")
    along = snap(net, *at((600, 500)), component="any", land=degrees)
    assert_allclose(across.access_m, 600, atol=1)
    assert_allclose(along.access_m, 900, atol=1)


def test_other_municipalities_are_flagged() -> None:
    net = metric_network(STREET, [(0, 1, 60)], municipality_code=["1804", "1805"])
    areas = np.asarray(["1804", "1805", "1806"], dtype=object)
    points = snap(net, *at((1, 5), (2, 5), (3, 5)), areas=areas)
    assert points.flags.tolist() == ["", "", "other_area"]
    with pytest.raises(NetworkDataError, match="no label 'county'"):
        snap(net, *at((1, 5)), areas=areas[:1], area_label="county")


def test_snapping_follows_overlays_and_closed_roads() -> None:
    net = metric_network([*STREET, (2000.0, 0.0)], [(0, 1, 100), (1, 2, 100)])
    points = snap(net, *at((250, 0), (1500, 0)))
    before = travel_time_matrix(net, points, points)[0, 1] * 60
    assert_allclose(before, 75 + 50, rtol=1e-3)
    closed = apply_overlays(net, [links_out("link1")])
    assert np.isnan(travel_time_matrix(closed, points, points)[0, 1])
    slower = net.with_times(moving_s=net.moving_s * 2)
    assert_allclose(travel_time_matrix(slower, points, points)[0, 1] * 60, 2 * before, rtol=1e-9)


def test_a_convoy_is_waited_for_once_by_whoever_starts_along_it() -> None:
    net = metric_network([*STREET, (2000.0, 0.0)], [(0, 1, 100), (1, 2, 100)])
    points = snap(net, *at((0, 0), (500, 0), (1500, 0), (1999.999, 0)))
    convoy = apply_overlays(
        net, [Convoy(name="c", where=EdgeSelection(links=("link0",)), headway_min=60, speed_factor=1)]
    )
    minutes = travel_time_matrix(convoy, points, points)
    assert_allclose(minutes[1, 2], 30 + 100 / 60, rtol=1e-3)
    assert_allclose(minutes[0, 2], 30 + 150 / 60, rtol=1e-3)
    legs = travel_time_legs(convoy, points, points)
    assert_allclose(legs.wait_min[:2, 2:], 30)
    assert_allclose(legs.drive_min + legs.wait_min + legs.access_min, minutes, rtol=1e-9, atol=1e-9)


def test_a_network_without_roads_joins_nobody() -> None:
    net = metric_network(STREET, [(0, 1, 60, "flight")])
    points = snap(net, *at((1, 1)))
    assert points.flags.tolist() == ["no_road"]
    assert not points.joined.any()


def test_bad_input_is_listed() -> None:
    net = metric_network(STREET, [(0, 1, 60)])
    with pytest.raises(NetworkDataError) as raised:
        snap(net, np.asarray([200.0, np.nan]), np.asarray([60.0, 60.0]), access_speed_kph=0)
    assert len(raised.value.faults) == 3
    geographic = network_from_edges(
        pd.DataFrame({"node_id": [0, 1], "lon": [10.0, 11.0], "lat": [60.0, 60.0]}),
        pd.DataFrame({"from_id": [0], "to_id": [1], "moving_s": [1.0], "length_m": [1.0]}),
        metric_epsg=4326,
    )
    with pytest.raises(CrsError, match="EPSG:4326"):
        snap(geographic, np.asarray([10.0]), np.asarray([60.0]))


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 2)), max_size=30))
def test_twins_are_mutual_and_reverse(make_network: Any, rows: list[Any]) -> None:
    net = make_network(5, [(a, b, 1) for a, b, _ in rows], labels={"link_id": [f"l{c}" for *_, c in rows]})
    twin = twin_edges(net)
    tails, heads, links = net.topology.tails, net.topology.heads, net.labels["link_id"].to_array()
    paired = np.flatnonzero(twin >= 0)
    assert_array_equal(twin[twin[paired]], paired)
    assert_array_equal(tails[paired], heads[twin[paired]])
    assert_array_equal(heads[paired], tails[twin[paired]])
    assert_array_equal(links[paired], links[twin[paired]])
    for alone in np.flatnonzero((twin < 0) & (tails != heads)):
        same = (links == links[alone]) & (tails == heads[alone]) & (heads == tails[alone])
        assert (twin[same] >= 0).all()


@pytest.mark.shared
def test_gozo_is_its_own_network_without_its_ferry(shared: Path) -> None:
    malta = build_network(shared / "osm" / "malta-latest.osm.pbf")
    lon, lat = np.asarray([14.2500, 14.5050]), np.asarray([36.0440, 35.9000])
    with_ferry = snap(malta, lon, lat, max_distance_m=1000)
    assert with_ferry.joined.all()
    minutes = travel_time_matrix(malta, with_ferry, with_ferry)
    crossing = travel_time_legs(malta, with_ferry, with_ferry)
    assert crossing.crossing_min[0, 1] > 0
    assert crossing.wait_min[0, 1] > 0
    parts = crossing.drive_min + crossing.crossing_min + crossing.wait_min + crossing.access_min
    assert_allclose(parts, minutes, rtol=1e-9)
    without = apply_overlays(malta, [Closure("no ferries", EdgeSelection(kinds=("ferry",)))])
    alone = snap(without, lon, lat, max_distance_m=1000)
    assert_array_equal(alone.edge, with_ferry.edge)
    assert alone.flags.tolist() == ["", ""]
    built_without = replace(without, base=None, applied=())
    on_gozo = snap(built_without, lon, lat, max_distance_m=1000)
    assert on_gozo.joined.all()
    assert on_gozo.flags.tolist() == ["own_component", ""]
    assert np.isnan(travel_time_matrix(without, with_ferry, with_ferry)[0, 1])


def box_land(*boxes: tuple[float, float, float, float]) -> shapely.Geometry:
    """Land in degrees of boxes in metres from the corner."""
    whole = shapely.union_all([shapely.box(*sides) for sides in boxes])
    return shapely.transform(
        whole, lambda x, y: to_degrees(x + EAST, y + NORTH, epsg=EPSG), interleaved=False
    )


#: A coast along y = 0, a road 100 m inland, and an islet north of it that is ``sound`` metres away.
COAST = (-2000.0, -2000.0, 4000.0, 0.0)
ROAD = [(0.0, -100.0), (1000.0, -100.0)]


@pytest.mark.parametrize(
    ("sound", "flag"),
    [(40, ""), (60, "over_water"), (190, "over_water"), (210, "across_water"), (3000, "across_water")],
)
def test_a_sound_is_crossed_with_a_flag_or_not_at_all(sound: float, flag: str) -> None:
    net = metric_network(ROAD, [(0, 1, 60)])
    land = box_land(COAST, (300, sound, 700, sound + 400))
    points = snap(net, *at((500, sound + 10)), land=land)
    assert points.flags.tolist() == [flag]
    assert points.joined.tolist() == [flag != "across_water"]


def test_a_coast_says_nothing_of_places_that_it_does_not_know() -> None:
    net = metric_network([(0.0, 3000.0), (1000.0, 3000.0)], [(0, 1, 60)])
    land = box_land(COAST)
    points = snap(net, *at((500, 3300)), land=land)
    assert points.flags.tolist() == ["at_sea"]
    assert points.joined.all()
    elsewhere = Land.of(land, epsg=EPSG, known=box_land((-9000, -9000, -8000, -8000)))
    assert snap(net, *at((500, 3300)), land=elsewhere).flags.tolist() == [""]
    areas = Land.of(box_land(COAST, (0, 500, 500, 900)), epsg=EPSG, whole=False)
    home = metric_network(ROAD, [(0, 1, 60)])
    flags = snap(home, *at((250, 700), (750, 700)), land=areas).flags.tolist()
    assert flags == ["across_water", ""]


def test_water_of_legs_is_what_shapely_measures() -> None:
    rng = np.random.default_rng(7)
    corners = rng.uniform(0, 20_000, (60, 2))
    whole = shapely.union_all([shapely.Point(x, y).buffer(1500, quad_segs=32) for x, y in corners])
    degrees = shapely.transform(
        whole, lambda x, y: to_degrees(x + EAST, y + NORTH, epsg=EPSG), interleaved=False
    )
    land = Land.of(degrees, epsg=EPSG)
    assert len(land.pieces) > 4
    ends = rng.uniform(0, 20_000, (50, 2, 2)) + np.asarray([EAST, NORTH])
    legs = shapely.linestrings(ends)
    shifted = shapely.transform(whole, lambda xy: xy + np.asarray([EAST, NORTH]))
    expected = shapely.length(shapely.difference(legs, shifted))
    found = land.water_m(legs)
    judged = ~np.isnan(found)
    assert judged.sum() > 20
    assert_allclose(found[judged], expected[judged], atol=0.5)


def test_an_islet_with_a_quay_and_no_road_joins_at_the_quay() -> None:
    places = [*ROAD, (500.0, 0.0), (500.0, 5000.0)]
    net = metric_network(places, [(0, 1, 60), (0, 2, 10), (2, 3, 600, "ferry")])
    land = box_land(COAST, (0, 4900, 1000, 6000))
    points = snap(net, *at((500, 5300), (500, 50)), land=land, max_distance_m=15_000)
    assert points.flags.tolist() == ["quay", ""]
    assert points.node.tolist() == [3, -1]
    assert_allclose(points.access_m[0], 300, atol=0.5)
    minutes = travel_time_matrix(net, points.take(np.asarray([0])), np.asarray([1]))
    assert_allclose(minutes, (points.access_s[0] + 600 + 10 + 60) / 60, rtol=1e-9)
    legs = travel_time_legs(net, points.take(np.asarray([0])), np.asarray([1]))
    assert_allclose(legs.crossing_min, 10)
    near_road = snap(net, *at((500, 40)), max_distance_m=15_000)
    assert near_road.node.tolist() == [-1]


def test_ends_of_roads_on_land_are_joined_where_the_straight_line_is_at_sea() -> None:
    """Link tables draw a road round a fjord as a straight line over it."""
    net = metric_network([(0.0, 0.0), (4000.0, 0.0)], [(0, 1, 600)])
    land = box_land((-500, -3000, 300, 3000), (3700, -3000, 4500, 3000), (-500, -3000, 4500, -2000))
    points = snap(net, *at((280, 1500), (1500, -2100)), land=land, max_distance_m=15_000)
    assert points.node.tolist()[1] in {0, 1} or points.flags.tolist()[1] == "across_water"
    assert_allclose(points.access_m[0], 1500, atol=30)
    assert points.joined[0]


def test_a_stub_is_passed_over_for_a_road_that_is_not_the_main_one_either() -> None:
    places = [
        (0.0, 0.0),
        (9000.0, 0.0),
        (0.0, 20_000.0),
        (2000.0, 20_000.0),
        (500.0, 20_500.0),
        (540.0, 20_500.0),
    ]
    net = metric_network(places, [(0, 1, 600), (2, 3, 60), (4, 5, 5)])
    points = snap(net, *at((520, 20_510)))
    assert points.flags.tolist() == ["component_skipped;own_component"]
    assert_allclose(points.access_m, 510, atol=1)


def test_a_home_beyond_a_one_way_road_is_a_destination_and_the_other_way_an_origin() -> None:
    """A one-way road leads off the two-way street and ends 2 km away; another leads onto it."""
    lon, lat = at((0, 0), (1000, 0), (0, 3000), (1000, 3000))
    nodes = pd.DataFrame({"node_id": range(4), "lon": lon, "lat": lat})
    rows = [(0, 1, 60.0, 1000.0), (1, 0, 60.0, 1000.0), (0, 2, 180.0, 3000.0), (3, 1, 180.0, 3000.0)]
    edges = pd.DataFrame(rows, columns=["from_id", "to_id", "moving_s", "length_m"]).assign(kind="road")
    net = network_from_edges(nodes, edges)
    points = snap(net, *at((0, 2000), (1000, 2000), (500, 0)))
    assert points.flags.tolist() == ["one_way_in", "one_way_out", ""]
    minutes = travel_time_matrix(net, points, points)
    assert_allclose(minutes[2, 0], (30 + 120) / 60, rtol=1e-3)
    assert_allclose(minutes[1, 2], (120 + 30) / 60, rtol=1e-3)
    assert np.isnan(minutes[0, 2])
    assert np.isnan(minutes[2, 1])


@pytest.mark.parametrize("engine", ["scipy", "hierarchy"])
def test_a_place_is_nowhere_from_itself_and_neighbours_do_not_drive_to_the_road(engine: Any) -> None:
    net = metric_network(STREET, [(0, 1, 100)])
    lon, lat = at((500, 1000), (500, 1000), (620, 1000), (500, 2100), (10, 0), (900, 5000))
    points = snap(net, lon, lat, access_speed_kph=36, detour_factor=1.5, max_distance_m=3000)
    minutes = travel_time_matrix(net, points, points, engine=engine)
    assert_allclose(np.diag(minutes), 0, atol=1e-9)
    assert_allclose(minutes[0, 1], 0, atol=1e-9)
    assert_allclose(minutes[0, 2], 120 * 1.5 / 10 / 60, rtol=1e-2)
    assert_allclose(minutes[0, 3], 1100 * 1.5 / 10 / 60, rtol=1e-2)  # on the access leg of the other
    assert_allclose(minutes[0, 4], (49 + 150) / 60, rtol=1e-2)  # at the road: by the road
    assert np.isnan(minutes[0, 5])  # not joined; itself is 0 all the same
    legs = travel_time_legs(net, points, points, engine=engine)
    assert_allclose(legs.total_min, minutes, rtol=1e-9)
    assert_allclose(legs.access_min[0, 2], minutes[0, 2], rtol=1e-9)
    assert_allclose(legs.length_km[0, 2], 0)
    found, which = nearest(net, points, points, k=2, engine=engine)
    assert_allclose(found[:, 0], 0, atol=1e-9)
    assert_allclose(found[2, 1], minutes[2, 0], rtol=1e-9)
    assert which[5].tolist() == [5, -1]


def test_people_around_a_node_keep_the_mean_way_to_it() -> None:
    net = metric_network(STREET, [(0, 1, 100)])
    village = at_nodes(net, [0], access_s=60.0)
    surgery = at_nodes(net, [0])
    assert_allclose(travel_time_matrix(net, village, surgery), 1.0)
    assert_allclose(travel_time_matrix(net, village, village), 2.0)
