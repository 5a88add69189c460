"""Demand from rasters: counts kept, windows only, and everything that can be wrong with a raster."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.transform import Affine, from_origin

from geoaccess.demand import points_from_raster, rasters
from geoaccess.ground.errors import DataError

METRIC = from_origin(500000, 7600000, 1000, 1000)
DEGREES = from_origin(18.0, 70.0, 1 / 120, 1 / 120)


@pytest.fixture
def make(tmp_path):
    def raster(bands, *, transform=METRIC, crs="EPSG:25833", nodata=None, dtype="float32", **options):
        bands = np.atleast_3d(np.asarray(bands, dtype=dtype).T).T
        file = tmp_path / f"r{len(list(tmp_path.iterdir()))}.tif"
        with rasterio.open(
            file,
            "w",
            driver="GTiff",
            height=bands.shape[1],
            width=bands.shape[2],
            count=bands.shape[0],
            dtype=dtype,
            crs=crs,
            transform=transform,
            nodata=nodata,
            **options,
        ) as target:
            target.write(bands)
        return file

    return raster


def read(file, **options):
    return points_from_raster(file, weights={"people": 1}, **options)


@pytest.mark.shared
def test_the_ssb_raster_is_the_table_of_the_same_grid(shared):
    folder = shared / "population"
    found = read(folder / "ssb_pop1km_2019_nnorway.tif")
    table = pd.read_csv(folder / "ssb_pop1km_2019_nnorway.csv")
    assert found.totals()["people"] == table["pop_tot"].sum() == 485325
    assert len(found) == len(table)
    lon, lat = rasters.to_degrees(table["x"].to_numpy(), table["y"].to_numpy(), 25833)
    ours = sorted(
        zip(found.table["lon"].round(9), found.table["lat"].round(9), found.table["people"], strict=True)
    )
    theirs = sorted(zip(lon.round(9), lat.round(9), table["pop_tot"], strict=True))
    np.testing.assert_allclose(ours, theirs, atol=2e-9)


@pytest.mark.shared
def test_bounds_read_a_window_of_the_ssb_raster_and_no_more(shared, monkeypatch):
    read_cells = []
    original = rasters._cells
    monkeypatch.setattr(
        rasters,
        "_cells",
        lambda raster, window, *rest: (
            read_cells.append(window.width * window.height) or original(raster, window, *rest)
        ),
    )
    file = shared / "population" / "ssb_pop1km_2019_nnorway.tif"
    bounds = (18.5, 69.5, 19.5, 69.8)  # around Tromsø
    found = read(file, bounds=bounds)
    whole = read(file).table
    inside = whole["lon"].between(18.5, 19.5) & whole["lat"].between(69.5, 69.8)
    assert found.totals()["people"] == whole.loc[inside, "people"].sum() > 60_000
    assert sum(read_cells[:1]) < 5_000 < 746 * 729


def test_worldpop_like_floats_with_nodata_in_degrees(make):
    file = make([[1.25, -99999, 0], [0, math.nan, 2.5]], transform=DEGREES, crs="EPSG:4326", nodata=-99999)
    found = read(file)
    assert found.table["people"].tolist() == [1.25, 2.5]
    assert found.table["lon"].to_numpy() == pytest.approx([18 + 0.5 / 120, 18 + 2.5 / 120])
    assert found.table["lat"].to_numpy() == pytest.approx([70 - 0.5 / 120, 70 - 1.5 / 120])
    assert found.table["demand_id"].tolist() == ["r0c0", "r1c2"]
    assert "2 inhabited cells of 6 read (6 in the raster), 2 cells without data" in found.notes[0]


def test_several_bands_are_several_weights(make):
    file = make([[[3, 0], [1, 0]], [[1, 0], [0, 2]]])
    found = points_from_raster(file, weights={"people": 1, "people_80plus": 2})
    assert found.totals() == {"people": 4, "people_80plus": 3}
    assert len(found) == 3


def test_negative_cells_are_listed_with_the_remedy(make):
    file = make([[1, -99999], [-3, 2]])
    with pytest.raises(DataError) as caught:
        read(file)
    assert [fault.row for fault in caught.value.faults] == ["0, 1", "1, 0"]
    assert "name it as nodata" in str(caught.value)
    with pytest.raises(DataError, match=r"row 1, 0.*-3"):
        read(file, nodata=-99999)


def test_a_raster_without_crs_needs_one_named(make):
    file = make([[1, 2]], crs=None)
    with pytest.raises(DataError, match="no coordinate reference system"):
        read(file)
    assert read(file, crs=25833).table["lat"].iloc[0] == pytest.approx(68.5, abs=0.1)


@pytest.mark.parametrize(
    ("weights", "bounds", "message"),
    [
        ({"people": 2, "old": 0}, None, "no band 2.*\n.*no band 0"),
        ({"people": 1}, (5.0, 50.0, 6.0, 51.0), "does not meet the bounds"),
        ({"people": 1}, (15.0, 68.506, 15.001, 68.507), "holds nobody within the bounds"),
    ],
)
def test_what_cannot_be_read_is_said(make, weights, bounds, message):
    file = make([[1, 2], [3, 4]])
    with pytest.raises(DataError, match=message):
        points_from_raster(file, weights=weights, bounds=bounds)


def test_empty_and_broken_rasters(make, tmp_path):
    with pytest.raises(DataError, match="holds nobody"):
        read(make([[0, 0]]))
    (tmp_path / "broken.tif").write_bytes(b"nothing")
    with pytest.raises(DataError, match="cannot be read as a raster"):
        read(tmp_path / "broken.tif")
    with pytest.raises(DataError, match="infinitely many"):
        read(make([[math.inf, 1]]))


def test_a_turned_raster_is_read_where_it_lies(make):
    cos, sin = 1000 * math.cos(math.pi / 6), 1000 * math.sin(math.pi / 6)
    turned = Affine(cos, sin, 500000, sin, -cos, 7600000)
    file = make(np.arange(1, 26).reshape(5, 5), transform=turned)
    found = read(file)
    x, y = 500000 + 3.5 * cos + 2.5 * sin, 7600000 + 3.5 * sin - 2.5 * cos
    lon, lat = rasters.to_degrees(np.array([x]), np.array([y]), 25833)
    row = found.table.set_index("demand_id").loc["r2c3"]
    assert (row["lon"], row["lat"]) == pytest.approx((lon[0], lat[0]))
    near = read(file, bounds=(lon[0] - 0.001, lat[0] - 0.001, lon[0] + 0.001, lat[0] + 0.001))
    assert near.table["demand_id"].tolist() == ["r2c3"]


def test_scale_and_offset_of_the_file_are_used(make):
    file = make([[1, 2]], dtype="int16")
    with rasterio.open(file, "r+") as raster:
        raster.scales, raster.offsets = (0.5,), (1.0,)
    assert read(file).table["people"].tolist() == [1.5, 2.0]


@settings(max_examples=15)
@given(st.integers(1, 7), st.integers(0, 2**31))
def test_windows_of_any_size_give_the_same_points(window, seed):
    values = np.random.default_rng(seed).integers(0, 3, (9, 11)).astype("float32")
    values[0, 0] = 1
    with rasterio.MemoryFile() as memory:
        with memory.open(
            driver="GTiff", height=9, width=11, count=1, dtype="float32", crs="EPSG:25833", transform=METRIC
        ) as raster:
            raster.write(values, 1)
        kept, rasters.WINDOW_CELLS = rasters.WINDOW_CELLS, window
        try:
            with memory.open() as raster:
                found = rasters._read(raster, "memory", {"people": 1}, None, None, None)
        finally:
            rasters.WINDOW_CELLS = kept
    assert found.totals()["people"] == values.sum()
    cells = {f"r{row}c{column}": values[row, column] for row, column in np.argwhere(values > 0)}
    assert found.table.set_index("demand_id")["people"].to_dict() == cells
