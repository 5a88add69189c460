"""Isochrone areas and rasters: by the roads reached, exact along them, and never over water."""

from __future__ import annotations

import importlib
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyproj
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from networks import (
    Convoy,
    EdgeSelection,
    NetworkDataError,
    NetworkFileError,
    TravelNetwork,
    apply_overlays,
    isochrone_areas,
    isochrones,
    network_from_edges,
    save_raster,
    snap,
    travel_time_matrix,
    travel_time_raster,
)
from networks.geometry import to_degrees, to_metres

EPSG = 25833
EAST, NORTH = 500_000.0, 7_540_000.0


def at(*places: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    metres = np.asarray(places, dtype=float).reshape(-1, 2)
    return to_degrees(EAST + metres[:, 0], NORTH + metres[:, 1], epsg=EPSG)


def metric_network(places: list[Any], edges: list[tuple[Any, ...]], *, two_way: bool = True) -> TravelNetwork:
    """Nodes at metres, edges ``(tail, head, seconds[, kind])``."""
    lon, lat = at(*places)
    nodes = pd.DataFrame({"node_id": np.arange(len(places)), "lon": lon, "lat": lat})
    frame = pd.DataFrame(
        [(*edge, "road")[:4] for edge in edges], columns=["from_id", "to_id", "moving_s", "kind"]
    )
    metres = np.asarray(places, dtype=float)
    frame["length_m"] = np.hypot(*(metres[frame["from_id"]] - metres[frame["to_id"]]).T)
    frame["link_id"] = [f"link{position}" for position in range(len(frame))]
    if two_way:
        back = frame.rename(columns={"from_id": "to_id", "to_id": "from_id"})
        frame = pd.concat([frame, back], ignore_index=True)
    return network_from_edges(nodes, frame.astype({"moving_s": float}))


def road_km(net: TravelNetwork, places: Any, minutes: float, **options: Any) -> float:
    return float(isochrone_areas(net, places, minutes=[minutes], **options)["road_km"].iloc[0])


def grown(frame: Any) -> Any:
    return frame.to_crs(EPSG).geometry


LINE = [(0.0, 0.0), (6000.0, 0.0), (12_000.0, 0.0)]


def test_roads_are_reached_as_far_as_the_minutes_go() -> None:
    net = metric_network(LINE, [(0, 1, 360), (1, 2, 360)])
    for minutes, km in ((0, 0), (3, 3), (6, 6), (9, 9), (12, 12), (60, 12)):
        assert_allclose(road_km(net, [0], minutes), km, rtol=1e-3, atol=1e-6)
        assert_allclose(road_km(net, [1], minutes), min(2 * km, 12), rtol=1e-3, atol=1e-6)


def test_the_area_is_a_strip_along_the_road() -> None:
    net = metric_network(LINE, [(0, 1, 360), (1, 2, 360)])
    frame = isochrone_areas(net, [0], minutes=[6, 3], reach_m=400)
    assert frame["minutes"].tolist() == [3, 6]
    assert frame.crs.to_epsg() == 4326
    small, large = grown(frame)
    assert_allclose(small.area, 3000 * 800 + np.pi * 400**2, rtol=0.01)
    assert large.contains(small.buffer(-1))
    west, south, east, north = np.asarray(small.bounds) - [EAST, NORTH, EAST, NORTH]
    assert_allclose([west, south, east, north], [-400, -400, 3400, 400], atol=2)


def test_one_way_streets_differ_by_direction() -> None:
    net = metric_network(LINE, [(0, 1, 360), (1, 2, 360)], two_way=False)
    assert_allclose(road_km(net, [1], 3, direction="from"), 3, rtol=1e-3)
    assert_allclose(road_km(net, [1], 3, direction="to"), 3, rtol=1e-3)
    east = grown(isochrone_areas(net, [1], minutes=[3], direction="from")).iloc[0].centroid.x
    west = grown(isochrone_areas(net, [1], minutes=[3], direction="to")).iloc[0].centroid.x
    assert west < EAST + 6000 < east


def test_both_ends_may_reach_into_one_road() -> None:
    triangle = [(0.0, 0.0), (1000.0, 0.0), (500.0, 4000.0)]
    net = metric_network(triangle, [(0, 1, 60), (0, 2, 600), (1, 2, 600)])
    side = np.hypot(500, 4000) / 1000
    assert_allclose(road_km(net, [2], 9), 2 * 0.9 * side, rtol=1e-3)
    assert_allclose(road_km(net, [2], 10.25), 2 * side + 0.5, rtol=1e-3)
    assert_allclose(road_km(net, [2], 10.75), 2 * side + 1, rtol=1e-3)


def test_a_place_along_a_road_reaches_both_ways() -> None:
    net = metric_network(LINE, [(0, 1, 360), (1, 2, 360)])
    points = snap(net, *at((2000, 0)))
    assert_allclose(road_km(net, points, 1), 2, rtol=1e-2)
    assert_allclose(road_km(net, points, 3), 2 + 3, rtol=1e-2)
    one_way = metric_network(LINE, [(0, 1, 360), (1, 2, 360)], two_way=False)
    point = snap(one_way, *at((2000, 0)), component="any")
    assert_allclose(road_km(one_way, point, 1), 1, rtol=1e-2)
    assert_allclose(road_km(one_way, point, 1, direction="to"), 1, rtol=1e-2)
    away = snap(net, *at((2000, 1000)), access_speed_kph=60, detour_factor=1)
    assert_allclose(road_km(net, away, 2), 2, rtol=1e-2)
    assert road_km(net, away, 0.5) == 0


def test_nothing_is_drawn_over_water() -> None:
    places = [(0.0, 0.0), (3000.0, 0.0), (3000.0, 9000.0), (0.0, 9000.0)]
    net = metric_network(places, [(0, 1, 180), (1, 2, 1200, "ferry"), (2, 3, 180)])
    area = grown(isochrone_areas(net, [0], minutes=[60], reach_m=300)).iloc[0]
    assert len(shapely.get_parts(area)) == 2
    assert not area.intersects(shapely.Point(EAST + 3000, NORTH + 4500))
    assert_allclose(road_km(net, [0], 60), 6, rtol=1e-3)
    assert_allclose(road_km(net, [0], 23), 3, rtol=1e-3)


def test_land_cuts_the_strip() -> None:
    net = metric_network(LINE, [(0, 1, 360), (1, 2, 360)])
    land = shapely.box(*at((-2000, 0))[0], *at((-2000, 0))[1], *at((20_000, 0))[0], *at((0, 2000))[1])
    whole = grown(isochrone_areas(net, [0], minutes=[6])).iloc[0]
    half = grown(isochrone_areas(net, [0], minutes=[6], land=land)).iloc[0]
    assert_allclose(half.area, whole.area / 2, rtol=0.05)


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """A box in metres, in degrees."""
    lon, lat = at((west, south), (east, south), (east, north), (west, north))
    return shapely.Polygon(np.column_stack([lon, lat]))


def test_land_across_water_from_every_road_that_is_reached_is_left_out() -> None:
    """A road along each shore of a fjord 600 m wide; the far one is driven to in 20 minutes."""
    places = [(0.0, 0.0), (0.0, 6000.0), (1000.0, 6000.0), (1000.0, 0.0)]
    net = metric_network(places, [(0, 1, 360), (1, 2, 1200, "ferry"), (2, 3, 360)])
    west, east = box(-3000, -3000, 200, 9000), box(800, -3000, 4000, 9000)
    skerry = box(400, 2000, 500, 2100)
    land = shapely.union_all([west, east, skerry])
    near, far = grown(isochrone_areas(net, [0], minutes=[10, 40], reach_m=1500, land=land))
    shores = [shapely.box(EAST - 3000, NORTH - 3000, EAST + 200, NORTH + 9000)]
    shores.append(shapely.box(EAST + 800, NORTH - 3000, EAST + 4000, NORTH + 9000))
    strips = [
        shapely.LineString([(EAST + x, NORTH), (EAST + x, NORTH + 6000)]).buffer(1500) for x in (0, 1000)
    ]
    assert_allclose(near.area, strips[0].intersection(shores[0]).area, rtol=0.01)
    assert near.intersection(shores[1]).area < 1.0
    # Both roads are reached then, and each strip lies over both shores.
    whole = shapely.union_all(strips)
    assert_allclose(far.area, sum(whole.intersection(shore).area for shore in shores), rtol=0.01)
    assert not far.intersects(shapely.Point(EAST + 450, NORTH + 2050))


@pytest.mark.parametrize(("off_m", "is_drawn"), [(100.0, True), (400.0, False)])
def test_a_road_that_the_coast_does_not_know_keeps_the_land_beside_it(off_m: float, is_drawn: bool) -> None:
    net = metric_network([(0.0, 0.0), (0.0, 6000.0)], [(0, 1, 360)])
    land = box(off_m, -3000, 4000, 9000)
    area = grown(isochrone_areas(net, [0], minutes=[10], reach_m=1500, land=land)).iloc[0]
    assert (area.area > 0) == is_drawn


def test_each_place_or_the_nearest_of_them() -> None:
    net = metric_network(LINE, [(0, 1, 360), (1, 2, 360)])
    each = isochrone_areas(net, [0, 2], minutes=[3, 6], each=True)
    assert each["place"].tolist() == [0, 0, 1, 1]
    assert_allclose(each["road_km"], [3, 6, 3, 6], rtol=1e-3)
    together = isochrone_areas(net, [0, 2], minutes=[3, 6])
    assert together["place"].tolist() == [-1, -1]
    assert_allclose(together["road_km"], [6, 12], rtol=1e-3)


def test_convoys_are_waited_for_before_the_road() -> None:
    net = metric_network(LINE, [(0, 1, 360), (1, 2, 360)])
    convoy = Convoy(name="c", where=EdgeSelection(links=("link1",)), headway_min=20, speed_factor=1)
    snowed = apply_overlays(net, [convoy])
    assert_allclose(road_km(snowed, [0], 15), 6, rtol=1e-3)
    assert_allclose(road_km(snowed, [0], 19), 9, rtol=1e-3)


def test_bad_limits_are_refused() -> None:
    net = metric_network(LINE, [(0, 1, 360)])
    for options in ({"minutes": []}, {"minutes": [-1]}, {"minutes": [5], "reach_m": 0}):
        with pytest.raises(NetworkDataError):
            isochrone_areas(net, [0], **options)
    with pytest.raises(NetworkDataError, match="direction"):
        isochrone_areas(net, [0], minutes=[5], direction="sideways")


@settings(max_examples=15)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.floats(30, 900)), min_size=1, max_size=8),
    st.floats(0, 30),
    st.sampled_from(["from", "to"]),
    st.booleans(),
)
def test_a_spot_on_a_road_is_drawn_if_and_only_if_it_is_reached(
    links: list[Any], minutes: float, direction: Any, two_way: bool
) -> None:
    rng = np.random.default_rng(7)
    places = [tuple(row) for row in rng.uniform(0, 8000, (6, 2))]
    links = [
        link
        for link in {(min(a, b), max(a, b)): (a, b, s) for a, b, s in links}.values()
        if link[0] != link[1]
    ]
    if not links:
        return
    net = metric_network(places, links, two_way=two_way)
    area = grown(isochrone_areas(net, [0], minutes=[minutes], direction=direction, reach_m=1)).iloc[0]
    edges, shares = rng.integers(0, net.n_edges, 8), rng.uniform(0.05, 0.95, (8, 1))
    ends = np.asarray(places)[net.topology.tails[edges]], np.asarray(places)[net.topology.heads[edges]]
    spots = (1 - shares) * ends[0] + shares * ends[1]
    points = snap(net, *at(*map(tuple, spots)), component="any")
    nodes = np.asarray([0])
    outward = direction == "from"
    times = (
        travel_time_matrix(net, nodes, points)[0] if outward else travel_time_matrix(net, points, nodes)[:, 0]
    )
    roads = [shapely.LineString([places[a], places[b]]) for a, b, _ in links]
    for spot, time in zip(shapely.points(spots), times, strict=True):
        crossed = sum(road.distance(spot) < 30 for road in roads)
        if crossed == 1 and not abs(time - minutes) < 0.1:
            there = shapely.Point(EAST + spot.x, NORTH + spot.y).buffer(2)
            assert area.intersects(there) == (time < minutes)


def test_the_raster_holds_the_times_of_its_cell_centres() -> None:
    net = metric_network(LINE, [(0, 1, 360), (1, 2, 360)])
    raster = travel_time_raster(
        net, [0], cell_m=500, reach_m=600, bounds_m=(EAST - 1000, NORTH - 2000, EAST + 13_000, NORTH + 2000)
    )
    assert raster.minutes.shape == (8, 28)
    rows, columns = np.nonzero(~np.isnan(raster.minutes))
    east = raster.transform[2] + 500 * (columns + 0.5)
    north = raster.transform[5] - 500 * (rows + 0.5)
    assert np.abs(north - NORTH).max() < 600
    lon, lat = to_degrees(east, north, epsg=EPSG)
    expected = travel_time_matrix(net, snap(net, lon, lat), [0])[:, 0]
    assert_allclose(raster.minutes[rows, columns], expected, rtol=1e-9)
    inside = (np.abs(np.arange(8) - 3.5) < 1)[:, None] & np.ones(28, dtype=bool)
    assert (~np.isnan(raster.minutes[inside])).sum() == len(rows)


def test_rasters_know_direction_limit_land_and_ferries() -> None:
    net = metric_network(LINE, [(0, 1, 360), (1, 2, 360)], two_way=False)
    to, away = (travel_time_raster(net, [1], cell_m=500, direction=direction) for direction in ("to", "from"))
    assert np.nanmax(to.minutes) < 15
    columns = np.nonzero(~np.isnan(to.minutes))[1].mean(), np.nonzero(~np.isnan(away.minutes))[1].mean()
    assert columns[0] < columns[1]
    limited = travel_time_raster(net, [1], cell_m=500, limit_min=4)
    assert_array_equal(limited.minutes, np.where(to.minutes <= 4, to.minutes, np.nan))
    west, south = (float(value[0]) for value in at((-5000, -5000)))
    east, north = (float(value[0]) for value in at((2000, 5000)))
    on_land = travel_time_raster(net, [1], cell_m=500, land=shapely.box(west, south, east, north))
    assert 0 < (~np.isnan(on_land.minutes)).sum() < (~np.isnan(to.minutes)).sum()
    air = metric_network(LINE, [(0, 1, 360, "flight"), (1, 2, 360, "flight")])
    assert np.isnan(travel_time_raster(air, [1], cell_m=500).minutes).all()


def test_a_geotiff_holds_the_raster(tmp_path: Path) -> None:
    net = metric_network(LINE, [(0, 1, 360), (1, 2, 360)])
    raster = travel_time_raster(net, [0], cell_m=1000)
    path = tmp_path / "times.tif"
    save_raster(raster, path, tags={"overlays": "winter, night"})
    with rasterio.open(path) as file:
        assert file.crs.to_epsg() == EPSG
        assert np.isnan(file.nodata)
        assert file.tags()["overlays"] == "winter, night"
        assert file.descriptions == ("minutes",)
        assert_array_equal(file.read(1), raster.minutes.astype(np.float32))
        centre = file.xy(2, 3)
    assert_allclose(centre, (raster.transform[2] + 3500, raster.transform[5] - 2500))
    assert [entry.name for entry in tmp_path.iterdir()] == ["times.tif"]
    with pytest.raises(NetworkFileError, match="cannot be written"):
        save_raster(raster, tmp_path / "no" / "times.tif")


def test_impossible_grids_are_refused() -> None:
    net = metric_network(LINE, [(0, 1, 360)])
    for options in ({"cell_m": 0}, {"cell_m": 0.001}, {"bounds_m": (1, 1, 0, 2)}, {"limit_min": -1}):
        with pytest.raises(NetworkDataError):
            travel_time_raster(net, [0], **options)


def test_a_raster_of_too_many_cells_says_which_cells_fit() -> None:
    net = metric_network(LINE, [(0, 1, 360)])
    country = (0.0, 0.0, 1_751_003.0, 420_007.0)
    with pytest.raises(NetworkDataError, match="too many") as told:
        travel_time_raster(net, [0], cell_m=100.0, bounds_m=country)
    fits = int(re.search(r"cells of (\d+) m fit", str(told.value)).group(1))
    cells = [math.ceil(country[2] / side) * math.ceil(country[3] / side) for side in (fits - 10, fits)]
    assert cells[1] <= 50_000_000 < cells[0]


def test_metres_and_degrees_go_both_ways() -> None:
    lon, lat = np.asarray([14.4, 31.0]), np.asarray([67.3, 70.4])
    back = to_degrees(*to_metres(lon, lat, epsg=EPSG), epsg=EPSG)
    assert_allclose(back, (lon, lat), atol=1e-9)


def test_areas_are_cut_at_the_antimeridian() -> None:
    """Ten kilometres of road over 180 degrees, half a kilometre to each side: 10.8 km2 in two pieces."""
    lon = np.asarray([179.95, -179.956315])  # 10 km apart at 16.5 degrees south
    nodes = pd.DataFrame({"node_id": [0, 1], "lon": lon, "lat": [-16.5, -16.5]})
    edges = pd.DataFrame({"from_id": [0, 1], "to_id": [1, 0], "moving_s": 600.0, "length_m": 10_000.0})
    net = network_from_edges(nodes, edges.assign(kind="road", link_id="l"), metric_epsg=32701)
    area = isochrone_areas(net, [0], minutes=[30]).geometry.iloc[0]
    assert area.geom_type == "MultiPolygon"
    assert area.is_valid
    east, west = sorted(area.geoms, key=lambda part: part.bounds[0], reverse=True)
    assert 179.9 < east.bounds[0] < east.bounds[2] == 180.0
    assert -180.0 == west.bounds[0] < west.bounds[2] < -179.9
    square_m = abs(pyproj.Geod(ellps="WGS84").geometry_area_perimeter(area)[0])
    assert_allclose(square_m / 1e6, 10 * 1 + np.pi * 0.25, rtol=0.01)


def test_a_flood_closes_no_road_on_the_other_side_of_the_earth() -> None:
    nodes = pd.DataFrame({"node_id": [0, 1, 2], "lon": [179.99, -179.99, -179.9], "lat": [-16.5] * 3})
    edges = pd.DataFrame({"from_id": [0, 1], "to_id": [1, 2], "moving_s": 60.0, "length_m": 2000.0})
    net = network_from_edges(nodes, edges.assign(kind="road"), metric_epsg=32701)
    for west, closed in ((10.0, [False, False]), (-179.999, [True, False]), (179.995, [True, False])):
        area = shapely.box(west, -17, west + 0.002, -16)
        assert EdgeSelection(area=area).mask(net).tolist() == closed


@pytest.mark.parametrize("direction", ["from", "to"])
@pytest.mark.parametrize("engine", ["scipy", "dijkstra", "hierarchy"])
def test_only_roads_near_what_is_reached_are_looked_at_and_none_is_missed(direction, engine, monkeypatch):
    """The metres reached are those of every edge of the network, by times that one whole search gives."""
    random = np.random.default_rng(9)
    pairs = np.unique(np.sort(random.integers(0, 90, (170, 2)), axis=1), axis=0)
    edges = [(a, b, float(random.uniform(60, 900))) for a, b in pairs.tolist() if a != b]
    network = metric_network(random.uniform(0, 40_000, (90, 2)).tolist(), edges)
    places = np.asarray([5, 40])
    module = importlib.import_module("networks.isochrones")
    monkeypatch.setattr(module, "STREAM_BYTES", 1)  # the places one after the other
    monkeypatch.setattr(module, "engine_within", lambda *_: engine)
    found = isochrone_areas(network, places, minutes=[15.0], direction=direction)
    nodes = np.arange(network.n_nodes)
    ends = (places, nodes) if direction == "from" else (nodes, places)
    minutes = travel_time_matrix(network, *ends, engine="scipy")
    seconds = 60.0 * np.nanmin(minutes if direction == "from" else minutes.T, axis=0, initial=np.inf)
    metres: dict[tuple[object, ...], tuple[float, list[float]]] = {}
    kinds, links = network.labels["kind"].to_array(), network.labels["link_id"].to_array()
    for edge in np.flatnonzero(np.isin(kinds, ["road", "access"])).tolist():
        tail, head = int(network.topology.tails[edge]), int(network.topology.heads[edge])
        reached = seconds[tail if direction == "from" else head]
        left = 900.0 - reached - network.wait_s[edge]
        share = min(1.0, max(0.0, left / network.moving_s[edge]))
        key = (*sorted((tail, head)), links[edge])
        metres.setdefault(key, (network.length_m[edge], []))[1].append(share)
    expected = sum(length * min(1.0, sum(shares)) for length, shares in metres.values())
    assert_allclose(found["road_km"].to_numpy(), [expected / 1000.0], rtol=1e-9)


@pytest.mark.parametrize("kind", ["town", "straight", "one square", "country"])
@pytest.mark.parametrize("reach_m", [150.0, 600.0])
def test_strips_within_others_are_left_out_and_the_area_is_the_same(reach_m, kind):
    random = np.random.default_rng(4)
    across, long = {"one square": (70.0, 5), "country": (60_000.0, 2500)}.get(kind, (9000.0, 80))
    start = random.uniform(0, across, (1500, 2))
    course = random.normal(0, long, (1500, 2))
    if kind == "straight":  # the box around the lines of a square may have no width
        course[:, 1] = 0.0
        start[:, 1] = 700.0 * np.round(start[:, 1] / 700.0)
    lines = shapely.linestrings(np.stack([start, start + course], axis=1))
    lines[::50] = shapely.linestrings(np.stack([start[::50], start[::50]], axis=1))  # without length
    before = shapely.box(-500, -500, 800, 800)
    found = isochrones._with_strips(before, lines, reach_m)
    whole = shapely.union_all([before, *shapely.buffer(lines, reach_m, quad_segs=4)])
    assert shapely.symmetric_difference(found, whole).area <= 1e-9 * whole.area
