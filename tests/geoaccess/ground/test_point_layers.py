"""Points from geographic files: the geometry counts, layers are named, bad rows are named, ids stay."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from numpy.testing import assert_allclose

from geoaccess.ground.errors import DataError
from geoaccess.ground.tables import read_frame
from geoaccess.questions.matrix.answer import read_points
from networks.table_files import TableNotice

HERE = (14.0, 67.0)


def layer(
    path: Path, *shapes: object, crs: int | None = 4326, name: str = "points", **columns: list[object]
) -> Path:
    frame = gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs)
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_file(path, layer=name, engine="pyogrio")
    return path


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "parquet"])
@pytest.mark.parametrize("names", [("lon", "lat"), ("LON", "Lat"), ("longitude", "latitude")])
def test_the_geometry_counts_and_a_difference_is_said(
    tmp_path: Path, ending: str, names: tuple[str, str]
) -> None:
    moved = {names[0]: [15.0, 14.0], names[1]: [67.0, 67.0]}
    path = layer(tmp_path / f"o.{ending}", shapely.Point(HERE), shapely.Point(HERE), id=["a", "b"], **moved)
    with pytest.warns(
        TableNotice, match=r"more than 1 m from the geometry, which counts: row 1 \(43,\d+ m\)$"
    ):
        points = read_points(path)
    assert_allclose(points.lon, 14.0)
    assert points.ids == ("a", "b")


def test_metres_become_degrees_and_small_differences_are_not_worth_a_word(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    metric = gpd.GeoSeries([shapely.Point(HERE)], crs=4326).to_crs(25833)
    path = layer(tmp_path / "o.gpkg", metric.iloc[0], crs=25833, id=["a"], lon=[14.000001], lat=[67.0])
    points = read_points(path)
    assert_allclose((points.lon[0], points.lat[0]), HERE, atol=1e-9)
    assert not [one for one in recwarn if issubclass(one.category, TableNotice)]


def test_several_layers_need_a_name(tmp_path: Path) -> None:
    path = layer(tmp_path / "o.gpkg", shapely.Point(0, 0), id=["wrong"], name="first")
    layer(path, shapely.Point(HERE), id=["right"], name="second")
    with pytest.raises(DataError, match=r"2 layers \(first, second\): name one, as o.gpkg:second"):
        read_points(path)
    for named in (f"{path}:second", f"{path}|layername=second"):
        assert read_points(Path(named)).ids == ("right",)
    with pytest.raises(DataError, match="has no layer 'third'; it has first, second"):
        read_points(Path(f"{path}:third"))


def test_tables_without_geometry_beside_the_points_do_not_count(tmp_path: Path) -> None:
    path = layer(tmp_path / "o.gpkg", shapely.Point(HERE), id=["a"])
    import pyogrio

    pyogrio.write_dataframe(pd.DataFrame({"style": ["x"]}), path, layer="layer_styles", append=True)
    assert read_points(path).ids == ("a",)


@pytest.mark.parametrize("ending", ["gpkg", "parquet"])
@pytest.mark.filterwarnings("error:Geometry is in a geographic CRS")
def test_rows_that_are_no_point_are_named(tmp_path: Path, ending: str) -> None:
    two = shapely.MultiPoint([(14, 67), (15, 67)])
    shapes = [shapely.Point(HERE), two, None, shapely.Point(), shapely.LineString([(0, 0), (1, 1)])]
    path = layer(tmp_path / f"o.{ending}", *shapes, id=list("abcde"))
    with pytest.raises(DataError) as raised:
        read_points(path)
    told = {fault.row: fault.message for fault in raised.value.faults}
    assert set(told) == {"2", "3", "4", "5"}
    assert told["2"].startswith("is a MultiPoint of 2 points")
    assert told["3"].startswith("has no geometry")
    assert told["5"].startswith("is a LineString")


def test_a_multipoint_of_one_point_is_that_point(tmp_path: Path) -> None:
    path = layer(tmp_path / "o.gpkg", shapely.MultiPoint([HERE]), id=["a"])
    assert_allclose(read_points(path).lon, 14.0)


@pytest.mark.parametrize("ending", ["gpkg", "parquet"])
def test_a_layer_without_a_reference_system_is_refused(tmp_path: Path, ending: str) -> None:
    path = layer(tmp_path / f"o.{ending}", shapely.Point(HERE), crs=None, id=["a"])
    with pytest.raises(DataError, match="no coordinate reference system"):
        read_points(path)


def test_bytes_in_plain_parquet_are_no_points(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": ["a"], "geometry": [shapely.to_wkb(shapely.Point(HERE))]})
    frame.to_parquet(tmp_path / "o.parquet")
    with pytest.raises(DataError, match="is no GeoParquet"):
        read_points(tmp_path / "o.parquet")
    frame.assign(lon=14.0, lat=67.0).to_parquet(tmp_path / "p.parquet")
    assert read_points(tmp_path / "p.parquet").ids == ("a",)


@pytest.mark.parametrize(
    ("heading", "ids"),
    [
        ("id", ["-101", "+47"]), ("ID", ["0301", "1804"]), ("kommunenr", ["0301", "1804"]),
        ("Orgnr", ["889640782", "983974899"]), ("fid", ["1", "2"]), ("name", ["=Øst", "@home"]),
        ("Navn", ["Å", "Ø"]), ("facility_id", ["h1", "h2"]),
    ],
)  # fmt: skip
def test_ids_stay_as_they_are_whatever_their_column_is_called(
    tmp_path: Path, heading: str, ids: list[str]
) -> None:
    rows = "".join(f"{one},14.{place},67.0\n" for place, one in enumerate(ids))
    (tmp_path / "o.csv").write_text(f"{heading},lon,lat\n{rows}", encoding="utf-8")
    assert read_points(tmp_path / "o.csv").ids == tuple(ids)


def test_rows_without_ids_are_refused_and_never_numbered(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("lon,lat,people\n14,67,5\n", encoding="utf-8")
    with pytest.raises(DataError, match="no column of ids"):
        read_points(tmp_path / "o.csv")


def test_numbers_of_a_file_are_ids_without_a_decimal_point(tmp_path: Path) -> None:
    pd.DataFrame({"kommunenr": [1804.0, 301.0], "lon": 14.0, "lat": 67.0}).to_parquet(tmp_path / "o.parquet")
    assert read_points(tmp_path / "o.parquet").ids == ("1804", "301")


def test_the_key_of_a_geopackage_is_its_id_where_it_has_no_other(tmp_path: Path) -> None:
    path = layer(tmp_path / "o.gpkg", shapely.Point(HERE), shapely.Point(HERE), people=[5, 6])
    assert read_points(path).ids == ("1", "2")
    assert read_frame(path)["people"].tolist() == [5, 6]


@pytest.mark.parametrize("ids", [[1, 2], [7, 3], ["north", "south"]])
@pytest.mark.parametrize("geographic", [True, False])
def test_labels_of_the_rows_of_parquet_are_its_ids(
    tmp_path: Path, ids: list[object], geographic: bool
) -> None:
    """Pandas keeps consecutive numbers as a range, which has a name as any other index."""
    frame = pd.DataFrame({"lon": [14.0, 15.0], "lat": [67.0, 68.0], "kommunenr": [1804, 1806]})
    if geographic:
        frame = gpd.GeoDataFrame(
            frame[["kommunenr"]], geometry=gpd.points_from_xy(frame["lon"], frame["lat"]), crs=4326
        )
    frame.index = pd.Index(ids, name="id")
    frame.to_parquet(tmp_path / "points.parquet")
    points = read_points(tmp_path / "points.parquet")
    assert points.ids == tuple(str(name) for name in ids)
    assert_allclose(points.lon, [14, 15])
