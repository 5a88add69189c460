"""Simplified areas keep their neighbours, and the packed coast puts towns on land."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import shapely.affinity

from maps import land
from maps.basemap import Basemap, covers
from maps.encoding import decode_rings, encode_rings
from maps.geometry import area_rings, line_parts


def polygons(rings):
    """The areas that a browser would fill: rings of one area, even-odd."""
    areas = []
    for shape in rings:
        area = shapely.Polygon()
        for ring in shape:
            area = shapely.symmetric_difference(area, shapely.make_valid(shapely.Polygon(ring)))
        areas.append(area)
    return areas


def wavy(first: float, last: float) -> np.ndarray:
    y = np.linspace(67, 68, 400)
    return np.column_stack([first + 0.02 * np.sin(40 * y), y]) if last is None else np.column_stack([y, y])


def test_a_shared_border_stays_shared():
    border = wavy(15.0, None)
    west = shapely.Polygon([(14, 67), *border, (14, 68)])
    east = shapely.Polygon([(16, 67), *border, (16, 68)])
    rings = area_rings([west, east], tolerance_m=500)
    one, other = polygons(rings)
    assert sum(len(ring) for shape in rings for ring in shape) < 200
    assert shapely.intersection(one, other).area < 1e-9
    assert shapely.union(one, other).area == pytest.approx(2.0, rel=1e-3)


def test_municipalities_keep_their_area_and_do_not_tear(shared):
    frame = gpd.read_file(shared / "boundaries" / "municipalities_nnorway_2024.geojson")
    rings = decode_rings(encode_rings(area_rings(frame.geometry, tolerance_m=400)))
    before = shapely.area(frame.geometry.make_valid().to_numpy())
    after = np.asarray([area.area for area in polygons(rings)])
    assert np.abs(after / before - 1).max() < 0.15
    kept = sum(len(ring) for shape in rings for ring in shape)
    assert kept < 0.7 * shapely.get_num_coordinates(frame.geometry.to_numpy()).sum()


def test_overlapping_reach_areas_are_kept_apart():
    inner, outer = shapely.Point(15, 68).buffer(0.2), shapely.Point(15, 68).buffer(0.4)
    small, large = polygons(area_rings([inner, outer], tolerance_m=150))
    assert shapely.contains(large, small)
    assert small.area == pytest.approx(inner.area, rel=0.02)


def test_a_ring_that_crosses_itself_is_mended_and_an_islet_survives():
    bowtie = shapely.Polygon([(14, 67), (15, 68), (15, 67), (14, 68)])
    islet = shapely.box(16, 67, 16.0001, 67.0001)
    crossed, small = polygons(area_rings([bowtie, islet], tolerance_m=1000))
    assert crossed.area == pytest.approx(0.5)
    assert small.area > 0


def test_a_hole_stays_a_hole():
    ring = shapely.Polygon(
        shapely.box(14, 67, 16, 69).exterior, [shapely.box(14.5, 67.5, 15.5, 68.5).exterior]
    )
    (area,) = polygons(area_rings([ring], tolerance_m=100))
    assert area.area == pytest.approx(3.0)


def test_lines_keep_their_parts():
    line = shapely.MultiLineString([[(1, 2), (3, 4)], [(5, 6), (7, 8), (9, 9)]])
    assert [[len(part) for part in parts] for parts in line_parts([line])] == [[2, 3]]


TOWNS = {
    "Tromsø": (18.9553, 69.6492),
    "Bodø": (14.4049, 67.2804),
    "Hammerfest": (23.6821, 70.6634),
    "Vadsø": (29.7494, 70.0744),
    "Svolvær": (14.5678, 68.2343),
    "Harstad": (16.5415, 68.7986),
    "Røst": (12.0780, 67.5180),
}
AT_SEA = {"Vestfjorden": (14.3, 67.8), "Norskehavet": (9.0, 68.5), "Varangerfjorden": (30.3, 70.0)}


def test_coastal_towns_lie_on_land_and_fjords_do_not():
    metres = {name: shapely.distance(shapely.Point(place), land()) * 111_195 for name, place in TOWNS.items()}
    assert {name: distance for name, distance in metres.items() if distance > 300} == {}
    assert not any(shapely.contains(land(), shapely.Point(place)) for place in AT_SEA.values())


def test_every_settlement_is_on_land_or_at_the_quay(shared):
    settlements = pd.read_csv(shared / "facts" / "settlements.csv")
    distances = shapely.distance(shapely.points(settlements["lon"], settlements["lat"]), land()) * 111.195
    assert (distances == 0).mean() > 0.85
    assert distances.max() < 2.0


def test_the_packed_coast_serves_the_north_and_no_more():
    assert covers((11, 65, 31, 71))
    assert not covers((14.1, 35.7, 14.6, 36.1))


def test_the_coast_has_no_seam_between_its_two_details():
    """The edge of the detailed part shows no line: land meets land across it."""
    inside = shapely.LineString([(16.0, 63.02), (28.0, 63.02)])
    for offset in (0.005, 0.01, 0.015, 0.02, 0.025):
        line = shapely.affinity.translate(inside, yoff=offset - 0.02)
        assert shapely.intersection(line, land()).length > 0.55 * line.length


def test_a_study_elsewhere_brings_its_own_land():
    island = shapely.MultiPolygon(
        [shapely.box(14.1, 35.8, 14.6, 36.0), shapely.box(14.2, 36.02, 14.3, 36.08)]
    )
    packed = Basemap(land=island, source="test").packed()
    assert len(decode_rings(packed["land"])) == 2
    assert packed["bounds"] == pytest.approx([14.1, 35.8, 14.6, 36.08])
    assert Basemap().packed()["bounds"] is None
