"""Grades from a raster of elevations: a tilted plain, a hill, a bridge, and what lies outside."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from networks import NetworkDataError, NetworkFileError
from networks.osm.heights import Heights, grade_share

ROAD = {"highway": "primary", "maxspeed": "80"}
#: A road north along 15 E, the middle of UTM zone 33, and its middle.
NODES = {1: (15.0, 68.0), 2: (15.0, 68.01), 3: (15.0, 68.02)}
WAYS = [(11, [1, 2, 3], ROAD)]
NORTH_0 = Transformer.from_crs(4326, 25833, always_xy=True).transform(15.0, 68.0)[1]


@pytest.fixture
def raster(tmp_path):
    """Writes elevations by metres east and north of the road's south end, cells of 20 m."""

    def write(height, name="heights.tif", *, size=200, crs="EPSG:25833", missing=None):
        transform = rasterio.transform.from_origin(500_000 - size * 10, NORTH_0 + 3000, 20, 20)
        column, row = np.meshgrid(np.arange(size), np.arange(size))
        east, north = (column + 0.5) * 20 - size * 10, 3000 - (row + 0.5) * 20
        values = np.broadcast_to(height(east, north), east.shape).astype(np.float32)
        if missing is not None:
            values = np.where(missing(east, north), np.float32(-9999), values)
        path = tmp_path / name
        with rasterio.open(
            path, "w", driver="GTiff", width=size, height=size, count=1, dtype="float32", crs=crs,
            transform=transform, nodata=-9999,
        ) as file:  # fmt: skip
            file.write(values, 1)
        return path

    return write


@pytest.fixture
def minutes(build):
    """Minutes north and south along the whole road."""

    def along(path=None, ways=WAYS, **options):
        net = build(NODES, ways, elevation=path, **options)
        frame = net.edges_frame()
        return tuple(
            frame[frame["direction"] == way]["moving_min"].sum() for way in ("forward", "backward")
        ), net

    return along


@pytest.mark.parametrize("grade", [0.01, 0.03, 0.06, 0.09])
def test_on_a_tilted_plain_both_ways_take_what_the_grade_says(raster, minutes, grade):
    (level, _), _ = minutes()
    (up, down), net = minutes(raster(lambda _, north: 500 + grade * north))
    assert up / level == pytest.approx(1 / grade_share(np.asarray([grade]))[0], rel=0.004)
    assert down / level == pytest.approx(1 / grade_share(np.asarray([-grade]))[0], rel=0.004)
    assert down >= level * (1 - 1e-9)
    assert grade < 0.02 or up >= down
    assert "km of road outside the raster, taken as level" not in net.provenance["osm"]["counts"]["elevation"]


def test_the_speeds_are_those_of_the_report_at_the_middle_of_its_classes():
    level = (105.98 + 104.82) / 2
    found = grade_share(np.asarray([-0.065, 0.0, 0.02, 0.065])) * level
    assert found == pytest.approx([102.10, level, 104.82, 96.61])


@given(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3))
def test_a_steeper_climb_and_a_steeper_descent_are_never_faster(a, b):
    for sign in (1, -1):
        gentle, steep = (grade_share(np.asarray([sign * abs(g)]))[0] for g in sorted((a, b), key=abs))
        assert steep <= gentle + 1e-12
        assert 0.7 < steep <= 1.0


def test_a_hill_costs_both_ways_and_evens_out_small_bumps(raster, minutes):
    (level, _), _ = minutes()
    (there, back), _ = minutes(raster(lambda _, north: 100 * np.exp(-(((north - 1100) / 300) ** 2))))
    assert there == pytest.approx(back, rel=0.01)
    assert there > 1.02 * level
    noise = np.random.default_rng(1).normal(0, 0.5, (200, 200))
    (rough, _), _ = minutes(raster(lambda *_: noise))
    assert rough < 1.02 * level


def test_a_bridge_does_not_dive_into_the_valley(raster, minutes):
    valley = raster(lambda _, north: np.where(abs(north - 1100) < 400, 0.0, 80.0))
    (open_road, _), _ = minutes(valley)
    (bridge, _), _ = minutes(valley, [(11, [1, 2, 3], ROAD | {"bridge": "yes"})])
    (level, _), _ = minutes()
    assert bridge == pytest.approx(level, rel=1e-6)
    assert open_road > 1.02 * level


def test_what_lies_outside_counts_as_level_and_is_told(raster, minutes):
    (level, _), _ = minutes()
    gap = raster(lambda _, north: 0.06 * north, missing=lambda _, north: north > 1100)
    (up, _), net = minutes(gap)
    full = 1 / grade_share(np.asarray([0.06]))[0]
    assert 1 < up / level < 1 + 0.55 * (full - 1)
    outside = net.provenance["osm"]["counts"]["elevation"]["km of road outside the raster, taken as level"]
    assert outside == pytest.approx((2231 - 1100 + 100) / 1000, abs=0.1)  # and the stretch evened into it
    assert any("outside the raster" in note for note in net.provenance["osm"]["notes"])
    (nowhere, _), far = minutes(raster(lambda _, north: 0.06 * north, size=20))
    assert nowhere == pytest.approx(level)
    assert "km of road with a known grade" not in far.provenance["osm"]["counts"]["elevation"]


def test_a_raster_of_many_parts_is_that_of_one(raster, monkeypatch):
    heights = Heights(raster(lambda east, north: 0.03 * north + 0.01 * east))
    random = np.random.default_rng(3)
    lon, lat = 15 + random.uniform(-0.03, 0.03, 400), 68 + random.uniform(0, 0.02, 400)
    whole = heights.at(lon, lat)
    monkeypatch.setattr("networks.osm.heights._TILE", 16)
    np.testing.assert_allclose(heights.at(lon, lat), whole)
    east, north = Transformer.from_crs(4326, 25833, always_xy=True).transform(lon, lat)
    np.testing.assert_allclose(whole, 0.03 * (north - NORTH_0) + 0.01 * (east - 500_000), atol=0.02)


def test_what_is_no_raster_or_lies_nowhere_is_refused(raster, minutes, tmp_path):
    text = tmp_path / "heights.txt"
    text.write_text("not a raster", encoding="utf-8")
    with pytest.raises(NetworkFileError, match="cannot be read as a raster"):
        minutes(text)
    with pytest.raises(NetworkFileError, match="no coordinate reference system"):
        minutes(raster(lambda _, north: north, crs=None))


@pytest.mark.parametrize(("unit", "scale", "share"), [("m", 1, 1), ("ft", 1, 0.3048), ("m", 0.1, 0.1)])
def test_elevations_in_feet_and_tenths_are_metres(raster, unit, scale, share):
    path = raster(lambda _, north: 1000 + 0.05 * north)
    plain = Heights(path).at(np.asarray([15.0]), np.asarray([68.01]))
    with rasterio.open(path, "r+") as file:
        file.units, file.scales = (unit,), (scale,)
    assert Heights(path).at(np.asarray([15.0]), np.asarray([68.01])) == pytest.approx(plain * share)


@pytest.mark.parametrize("stand_in", [-32768.0, 32767.0, 3.4e38])
def test_stand_ins_that_the_file_does_not_name_are_no_hills(raster, minutes, stand_in):
    path = raster(lambda _, north: np.where(np.abs(north - 1100) < 200, stand_in, 100.0))
    with pytest.raises(NetworkDataError, match=r"heights.tif.* is no elevation on Earth .*-a_nodata"):
        minutes(path)
