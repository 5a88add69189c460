"""Surfaces of raster files: any reference system, what is missing is said, what cannot be is refused at once."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from numpy.testing import assert_allclose, assert_array_equal
from rasterio.transform import from_origin
from shapely.geometry import LineString

from networks import NetworkDataError
from networks.geometry import to_degrees
from networks.surface import Ground, Layers, read_speeds, read_surface

EPSG, WEST, NORTH, CELL = 25833, 500_000.0, 7_540_000.0, 20.0
GROUNDS = {10: Ground(5.0), 30: Ground(2.5), 80: Ground(15.0, "boat"), 90: Ground(0.0)}


def write(
    path: Path, values, *, crs: str | None = "EPSG:25833", transform=None, nodata=None, dtype=None
) -> Path:
    values = np.asarray(values)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=values.shape[0],
        width=values.shape[1],
        count=1,
        dtype=dtype or values.dtype,
        crs=crs,
        transform=from_origin(WEST, NORTH, CELL, CELL) if transform is None else transform,
        nodata=nodata,
    ) as file:
        file.write(values, 1)
    return path


@pytest.fixture
def classes() -> np.ndarray:
    return np.asarray([[10, 10, 30, 80], [10, 30, 80, 90], [0, 10, 10, 10]], dtype=np.uint8)


def test_classes_become_speeds_and_ways_cell_by_cell(tmp_path, classes):
    ground = read_surface(write(tmp_path / "cover.tif", classes, nodata=0), GROUNDS, Layers(EPSG))
    assert_allclose(ground.speed_kph, [[5, 5, 2.5, 15], [5, 2.5, 15, 0], [0, 5, 5, 5]])
    assert_array_equal(ground.way == 3, classes == 80)
    assert (ground.west, ground.north, ground.cell_m) == (WEST, NORTH, CELL)
    assert ground.told == ()


def test_a_class_without_a_speed_is_named_with_its_cells(tmp_path, classes):
    cover = write(tmp_path / "cover.tif", classes, nodata=0)
    with pytest.raises(NetworkDataError) as caught:
        read_surface(cover, {10: Ground(5.0), 90: Ground(-1.0)}, Layers(EPSG))
    text = str(caught.value)
    assert "class 30 (2 cells) has no speed" in text
    assert "class 80 (2 cells) has no speed" in text
    assert "90: a speed must be a number of at least 0" in text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"crs": None}, "no coordinate reference system"),
        ({"transform": rasterio.Affine.identity()}, "does not say where it lies"),
    ],
)
def test_a_raster_that_is_nowhere_is_refused(tmp_path, classes, options, said):
    with pytest.raises(NetworkDataError, match=said):
        read_surface(write(tmp_path / "cover.tif", classes, **options), GROUNDS, Layers(EPSG))


def test_the_system_that_a_file_lacks_may_be_said(tmp_path, classes):
    cover = write(tmp_path / "cover.tif", classes, crs=None, nodata=0)
    ground = read_surface(cover, GROUNDS, Layers(EPSG, crs="EPSG:25833"))
    assert ground.shape == (3, 4)
    with pytest.raises(NetworkDataError, match="no such reference system"):
        read_surface(cover, GROUNDS, Layers(EPSG, crs="EPSG:nonsense"))


def test_no_raster_and_no_whole_numbers(tmp_path, classes):
    (tmp_path / "text.tif").write_text("no raster", encoding="utf-8")
    for path in (tmp_path / "text.tif", tmp_path / "absent.tif"):
        with pytest.raises(NetworkDataError, match="no raster that can be read"):
            read_surface(path, GROUNDS, Layers(EPSG))
    halves = write(tmp_path / "halves.tif", classes + np.float32(0.5))
    with pytest.raises(NetworkDataError, match="whole numbers"):
        read_surface(halves, GROUNDS, Layers(EPSG))
    empty = write(tmp_path / "empty.tif", np.zeros((2, 2), np.uint8), nodata=0)
    with pytest.raises(NetworkDataError, match="no data"):
        read_surface(empty, GROUNDS, Layers(EPSG))
    with pytest.raises(NetworkDataError, match="no cell has a speed"):
        read_speeds(empty, Layers(EPSG))


def test_too_many_cells_say_which_would_fit(tmp_path, classes):
    cover = write(tmp_path / "cover.tif", classes, nodata=0)
    with pytest.raises(NetworkDataError, match="cells of 1 m fit"):
        read_surface(cover, GROUNDS, Layers(EPSG, cell_m=0.001))


def test_heights_of_another_extent_and_system(tmp_path):
    cover = write(tmp_path / "cover.tif", np.full((40, 40), 10, np.uint8))
    # A plane that rises 1 m in 10 m to the east and 1 m in 20 m to the south, in the next zone.
    rows, columns = np.indices((80, 80))
    centre = to_degrees(np.asarray([WEST + 400.0]), np.asarray([NORTH - 400.0]), epsg=EPSG)
    degrees = rasterio.Affine(0.0006, 0, centre[0][0] - 0.024, 0, -0.0002, centre[1][0] + 0.008)
    lon, lat = degrees.c + (columns + 0.5) * degrees.a, degrees.f + (rows + 0.5) * degrees.e
    from networks.geometry import to_metres

    east, north = to_metres(lon.ravel(), lat.ravel(), epsg=EPSG)
    plane = ((east - WEST) / 10 + (NORTH - north) / 20).reshape(80, 80)
    heights = write(tmp_path / "dem.tif", plane.astype(np.float32), crs="EPSG:4326", transform=degrees)
    ground = read_surface(cover, GROUNDS, Layers(EPSG, elevation=heights))
    rows, columns = np.indices((40, 40))
    assert_allclose(ground.height_m, (columns + 0.5) * 2 + (rows + 0.5), atol=0.2)
    assert ground.told == ()


@pytest.mark.parametrize("stand_in", [-9999.0, -32768.0, 32767.0, 3.4e38])
def test_heights_and_speeds_that_stand_for_none_are_refused(tmp_path, stand_in):
    """A file that does not name its stand-in would make a cliff of 10 km of it."""
    cover = write(tmp_path / "cover.tif", np.full((10, 10), 10, np.uint8))
    rough = np.full((10, 10), 7.0, np.float32)
    rough[4:6, 4:6] = stand_in
    for named in (None, stand_in):
        heights = write(tmp_path / "rough.tif", rough, nodata=named)
        if named is None:
            with pytest.raises(NetworkDataError, match=r"rough.tif.* is no elevation on Earth .*-a_nodata"):
                read_surface(cover, GROUNDS, Layers(EPSG, elevation=heights))
        else:
            assert np.isnan(read_surface(cover, GROUNDS, Layers(EPSG, elevation=heights)).height_m[4, 4])
    bytes_ = write(tmp_path / "speeds.tif", np.asarray([[4, 255], [5, 5]], np.uint8))
    with pytest.raises(NetworkDataError, match=r"255 km/h is no speed over ground \(1 cells"):
        read_speeds(bytes_, Layers(EPSG))


@pytest.mark.parametrize(
    ("unit", "scale", "metres"), [("m", 1, 1), ("ft", 1, 0.3048), ("US-ft", 0.1, 0.03048)]
)
def test_heights_in_feet_and_tenths_become_metres(tmp_path, unit, scale, metres):
    cover = write(tmp_path / "cover.tif", np.full((10, 10), 10, np.uint8))
    heights = write(tmp_path / "dem.tif", np.full((10, 10), 1000.0, np.float32))
    with rasterio.open(heights, "r+") as file:
        file.units, file.scales = (unit,), (scale,)
    ground = read_surface(cover, GROUNDS, Layers(EPSG, elevation=heights))
    assert_allclose(ground.height_m, 1000.0 * metres, rtol=1e-6)


def test_heights_that_miss_the_ground_and_those_that_cover_half_of_it(tmp_path):
    cover = write(tmp_path / "cover.tif", np.full((10, 10), 10, np.uint8))
    away = from_origin(WEST + 1e6, NORTH, CELL, CELL)
    elsewhere = write(tmp_path / "away.tif", np.ones((10, 10), np.float32), transform=away)
    with pytest.raises(NetworkDataError, match="does not meet the land cover"):
        read_surface(cover, GROUNDS, Layers(EPSG, elevation=elsewhere))
    with pytest.raises(NetworkDataError, match="barriers does not meet"):
        read_surface(cover, GROUNDS, Layers(EPSG, barriers=elsewhere))
    half = np.full((10, 10), 7.0, np.float32)
    half[:, 5:] = -9999
    ground = read_surface(
        cover, GROUNDS, Layers(EPSG, elevation=write(tmp_path / "half.tif", half, nodata=-9999))
    )
    assert np.isnan(ground.height_m[:, 6:]).all()
    assert (ground.height_m[:, :4] == 7).all()
    assert [told.code for told in ground.told] == ["net.surface.no_height"]
    assert "no height for 50 of 100 cells" in str(ground.told[0])


@pytest.mark.parametrize("kind", ["lines", "raster"])
def test_barriers_close_every_cell_they_touch(tmp_path, kind):
    cover = write(tmp_path / "cover.tif", np.full((10, 10), 10, np.uint8))
    if kind == "lines":
        course = [(WEST + 30, NORTH + 50), (WEST + 30, NORTH - 999)]
        lines = gpd.GeoDataFrame(geometry=[LineString(course)], crs=EPSG).to_crs(4326)
        lines.to_file(tmp_path / "rivers.gpkg")
        barriers = tmp_path / "rivers.gpkg"
    else:
        fine = np.zeros((100, 100), np.uint8)  # cells of 2 m
        fine[:, 16] = 1
        barriers = write(tmp_path / "b.tif", fine, transform=from_origin(WEST, NORTH, 2, 2))
    ground = read_surface(cover, GROUNDS, Layers(EPSG, barriers=barriers))
    assert_array_equal(np.flatnonzero((ground.speed_kph == 0).all(axis=0)), [1])
    assert (np.delete(ground.speed_kph, 1, axis=1) == 5.0).all()
    assert "10 cells closed by barriers" in str(ground.told[0])


def test_barriers_without_a_system_or_that_are_none(tmp_path):
    cover = write(tmp_path / "cover.tif", np.full((4, 4), 10, np.uint8))
    lines = gpd.GeoDataFrame(geometry=[LineString([(0, 0), (1, 1)])])
    lines.to_file(tmp_path / "nowhere.gpkg")
    with pytest.raises(NetworkDataError, match="no coordinate reference system"):
        read_surface(cover, GROUNDS, Layers(EPSG, barriers=tmp_path / "nowhere.gpkg"))
    (tmp_path / "text.gpkg").write_text("no layer", encoding="utf-8")
    with pytest.raises(NetworkDataError, match="no lines or polygons that can be read"):
        read_surface(cover, GROUNDS, Layers(EPSG, barriers=tmp_path / "text.gpkg"))


def test_a_raster_in_degrees_is_put_into_metres_and_that_is_said(tmp_path):
    centre = to_degrees(np.asarray([WEST]), np.asarray([NORTH]), epsg=EPSG)
    degrees = rasterio.Affine(0.001, 0, centre[0][0], 0, -0.0005, centre[1][0])
    values = np.full((60, 60), 10, np.uint8)
    values[:, 30:] = 30
    ground = read_surface(
        write(tmp_path / "c.tif", values, crs="EPSG:4326", transform=degrees), GROUNDS, Layers(EPSG)
    )
    places = to_degrees(WEST + np.asarray([600.0, 2000.0]), NORTH - np.asarray([1500.0, 1500.0]), epsg=EPSG)
    assert_allclose(ground.speed_kph.ravel()[ground.cells_of(*places)], [5.0, 2.5])
    assert [told.code for told in ground.told] == ["net.surface.warped"]
    # The corners of a grid in another zone lie outside of the raster: nothing is known of them.
    turned = read_surface(tmp_path / "c.tif", GROUNDS, Layers(25835))
    assert (turned.speed_kph == 0).any()


def test_coarser_cells_of_the_same_system(tmp_path):
    values = np.full((40, 40), 10, np.uint8)
    ground = read_surface(write(tmp_path / "c.tif", values), GROUNDS, Layers(EPSG, cell_m=80.0))
    assert ground.shape == (10, 10)
    assert (ground.speed_kph == 5.0).all()


def test_a_raster_of_speeds(tmp_path):
    speeds = np.asarray([[5.0, 0.0], [np.nan, -9999.0]], np.float32)
    path = write(tmp_path / "s.tif", speeds, nodata=-9999)
    ground = read_speeds(path, Layers(EPSG), way="snowmobile")
    assert_allclose(ground.speed_kph, [[5, 0], [0, 0]])
    assert (ground.way == 2).all()
    with pytest.raises(NetworkDataError, match="must be one of"):
        read_speeds(path, Layers(EPSG), way="swim")
    bad = write(tmp_path / "bad.tif", np.asarray([[5.0, -3.0]], np.float32))
    with pytest.raises(NetworkDataError, match="at least 0 km/h"):
        read_speeds(bad, Layers(EPSG))
