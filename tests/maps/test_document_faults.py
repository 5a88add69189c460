"""A document that cannot be drawn truly is refused, with all its faults in one list."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from maps import (
    AreaLayer,
    Column,
    FlowLayer,
    Language,
    LineKind,
    LineLayer,
    MapDataError,
    MapDocument,
    PointLayer,
    Scale,
    Series,
    Shape,
    SiteLayer,
    SiteRole,
    TableView,
    Tiles,
    View,
    render_map,
)

SCALE = Scale.minutes()


def faults_of(document: MapDocument) -> list[str]:
    with pytest.raises(MapDataError) as caught:
        render_map(document)
    return list(caught.value.faults)


def points(**changes) -> PointLayer:
    given = {"key": "p", "name": "P", "lon": [14.0, 15.0], "lat": [67.0, 67.1], "labels": ["a", "b"]}
    return PointLayer(**(given | changes))


def test_all_faults_are_told_at_once():
    document = MapDocument(
        title="Faulty",
        layers=(
            points(lat=[67.0, 97.0], size=Column("People", [1, 2, 3])),
            points(key="q", series=(Series("t", [1.0], SCALE, "nowhere"), Series("u", [np.inf, 1], SCALE))),
            SiteLayer("s", "S", [14.0], [67.0], ["a"], Shape.CROSS, {"": ["nonsense"], "gone": []}),
            FlowLayer("f", "F", "missing", "s", [0]),
        ),
        first_view="later",
        tables=(TableView("t", "T", (Column("a", [1]), Column("b", [1, 2]))),),
        bounds=(20, 60, 10, 70),
    )
    faults = "\n".join(faults_of(document))
    for part in (
        "layer 'p': lat of item 1 is 97.0, beyond +-85.05 degrees",
        "layer 'p': column 'People' has 3 values for 2 labels",
        "layer 'q': series 't' has 1 values for 2 labels",
        "layer 'q': series 't' is for view 'nowhere'",
        "layer 'q': series 'u' holds infinity; unreachable is NaN",
        "layer 's': unknown role ['nonsense']",
        "layer 's': roles are given for view 'gone'",
        "layer 'f': starts from 'missing', which is no point layer",
        "view 'later' is named",
        "table 't': columns of unequal length: [1, 2]",
        "bounds must be west < east",
    ):
        assert part in faults


def test_keys_are_unique_and_not_empty():
    document = MapDocument(
        "K", layers=(points(), points(), points(key="")), views=(View("v", ""), View("v", ""))
    )
    faults = faults_of(document)
    assert "layers: 2 of them have the key 'p'; each needs its own" in faults
    assert "layers: one has an empty key" in faults
    assert "views: 2 of them have the key 'v'; each needs its own" in faults


def test_nan_coordinates_are_refused():
    assert "lon of item 0 is nan" in faults_of(MapDocument("N", layers=(points(lon=[np.nan, 1.0]),)))[0]


def test_a_metric_crs_is_refused_with_the_remedy():
    areas = gpd.GeoSeries([shapely.box(0, 0, 1, 1)], crs="EPSG:25833")
    (fault,) = faults_of(MapDocument("M", layers=(AreaLayer("a", "A", areas, ["x"]),)))
    assert "to_crs('EPSG:4326')" in fault


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (shapely.Point(1, 2), "is a Point"),
        (shapely.Polygon(), "has no geometry"),
        (None, "has no geometry"),
        (shapely.box(400_000, 7_000_000, 500_000, 7_100_000), "which are not degrees"),
    ],
)
def test_geometries_that_are_no_areas_in_degrees_are_refused(shape, words):
    (fault,) = faults_of(MapDocument("G", layers=(AreaLayer("a", "A", [shape], ["x"]),)))
    assert words in fault


def test_lines_need_a_kind_each():
    line = shapely.LineString([(1, 2), (3, 4)])
    layer = LineLayer("l", "L", [line, line], ["x", "y"], [LineKind.ROAD])
    assert faults_of(MapDocument("L", layers=(layer,))) == ["layer 'l': 1 kinds for 2 labels"]


def test_flows_must_end_at_sites():
    sites = SiteLayer("s", "S", [14.0], [67.0], ["a"], Shape.CROSS, [SiteRole.EXISTING])
    flows = FlowLayer("f", "F", "p", "s", {"": [0, 1]})
    assert "a flow ends at site 1 of 1" in faults_of(MapDocument("F", layers=(points(), sites, flows)))[0]


def test_two_series_for_one_view_are_refused():
    series = (Series("t", [1, 2], SCALE, "v"), Series("u", [1, 2], SCALE, "v"))
    document = MapDocument("S", layers=(points(series=series),), views=(View("v", "V"),))
    assert faults_of(document) == ["layer 'p': 2 series are for view 'v'; a view shows one"]


@pytest.mark.parametrize(
    "address",
    [
        "http://tile.example.org/{z}/{x}/{y}.png",
        "https://tile.example.org/{z}/{x}.png",
        "https://{s}.tile.example.org/{z}/{x}/{y}.png",
        "https://tile.example.org; script-src *;/{z}/{x}/{y}.png",
        "https://tile.example.org/{z}/{x}/{y}.png\n",
        "https://user@tile.example.org/{z}/{x}/{y}.png",
        "javascript:alert(1)//{z}/{x}/{y}",
        "",
    ],
)
def test_only_plain_tile_addresses_are_taken(address):
    (fault,) = faults_of(MapDocument("T", tiles=Tiles(address, "someone")))
    assert fault.startswith("tiles: ")


def test_an_unreviewed_language_is_off_unless_it_is_allowed():
    document = MapDocument("Gárta", language=Language.NORTHERN_SAMI)
    assert "no speaker has reviewed" in faults_of(document)[0]
    assert '"unreviewed":true' in render_map(replace(document, allow_unreviewed=True))
