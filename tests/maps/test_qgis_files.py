"""The GeoPackage and the project of a document, read as SQLite, zip and XML: QGIS is not needed here.

What QGIS itself makes of them is in ``test_qgis_itself.py``.
"""

from __future__ import annotations

import re
import sqlite3
import zipfile
from contextlib import closing
from importlib import resources
from xml.etree import ElementTree as ET

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from maps import (
    AreaLayer,
    Column,
    FlowLayer,
    Hatching,
    LineKind,
    LineLayer,
    MapDocument,
    MapFileError,
    PointLayer,
    Scale,
    Series,
    Shape,
    SiteLayer,
    SiteRole,
    View,
)
from maps.qgis import symbols, write_geopackage
from maps.qgis.sheets import class_filters, class_labels

NASTY = "O'Brien \"<b>&amp;\x0b</b>"
BEFORE, AFTER = [10.0, 30.0, np.nan, 70.0], [10.0, 12.0, 40.0, 75.0]


def small_document(**changes) -> MapDocument:
    minutes = Scale.thresholds((12, 30, 60))
    places = PointLayer(
        key="settlements",
        name="Places",
        lon=[18.0, 18.5, 19.0, 19.5],
        lat=[69.0, 69.2, 69.4, 69.6],
        labels=["A", NASTY, "C", "D"],
        size=Column("People", [100, 50, 60, 25]),
        series=(
            Series("Time before", BEFORE, minutes, "before"),
            Series("Time after", AFTER, minutes, "after", marks=("", "", "*", "")),
            Series("Change", np.subtract(AFTER, BEFORE), Scale.difference(), "change"),
        ),
        columns=(Column("Kommune", ["x", "x", "y", "y"]), Column("Name", ["1", "2", "3", "4"])),
        hatching=Hatching("Assumed", {"after": [False, True, False, False]}),
    )
    sites = SiteLayer(
        key="sites",
        name="Stations",
        lon=[18.1, 19.1, 19.2],
        lat=[69.0, 69.4, 69.4],
        labels=["S", "T", "never"],
        shape=Shape.TRIANGLE,
        roles={
            "": [SiteRole.ABSENT] * 3,
            "before": [SiteRole.EXISTING, SiteRole.ABSENT, SiteRole.ABSENT],
            "after": [SiteRole.EXISTING, SiteRole.CHOSEN, SiteRole.ABSENT],
        },
    )
    lines = [shapely.LineString([(18, 69), (19, 69.4)]), shapely.LineString([(18, 69), (18.5, 69.2)])]
    road = LineLayer("road", "Roads", lines, ["E6", "E10"], [LineKind.ROAD, LineKind.CLOSED])
    ferry = LineLayer("ferry", "Ferries", lines[:1], ["F"], [LineKind.FERRY])
    boxes = [shapely.box(17, 68, 18.7, 70), shapely.box(18.7, 68, 20, 70)]
    areas = AreaLayer(
        "municipalities", "Areas", boxes, ["x", "y"], (Series("Median", [20.0, np.nan], minutes),)
    )
    flows = FlowLayer(
        "flows", "Served", "settlements", "sites", {"before": [0, 0, -1, 0], "after": [0, 0, 1, 1]}
    )
    views = (View("before", "Before"), View("after", "After: <1>"), View("change", "Change"))
    layers = (road, ferry, areas, places, sites, flows)
    return MapDocument(**({"title": f"Title {NASTY}", "layers": layers, "views": views} | changes))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    target = tmp_path_factory.mktemp("qgis") / "results.gpkg"
    names = write_geopackage(small_document(), target)
    return target, names


def rows(target, query):
    with closing(sqlite3.connect(target)) as store:
        return store.execute(query).fetchall()


def table(target, layer):
    return pyogrio.read_dataframe(target, layer=layer)


def test_one_table_a_layer_the_uppermost_first(made):
    target, names = made
    assert names == ["sites", "gains", "places", "flows", "roads", "ferries", "municipalities", "land"]
    listed = {str(name): kind for name, kind in pyogrio.list_layers(target)}
    assert {name: listed[name] for name in names} == {
        "sites": "Point",
        "gains": "Point",
        "places": "Point",
        "flows": "MultiLineString",
        "roads": "MultiLineString",
        "ferries": "MultiLineString",
        "municipalities": "MultiPolygon",
        "land": "MultiPolygon",
    }


def test_one_row_a_place_with_a_column_for_each_view(made):
    places = table(made[0], "places")
    assert len(places) == 4
    assert places["people"].tolist() == [100, 50, 60, 25]
    np.testing.assert_array_equal(places["before"], BEFORE)
    np.testing.assert_array_equal(places["after"], AFTER)
    np.testing.assert_array_equal(places["change"], [0.0, -18.0, np.nan, 5.0])
    assert places["after_mark"].tolist() == ["", "", "*", ""]
    assert places["after_hatched"].tolist() == [0, 1, 0, 0]
    assert places["kommune"].tolist() == ["x", "x", "y", "y"]
    assert (places["name"][0], places["name_2"].tolist()) == ("A", ["1", "2", "3", "4"])
    assert places.crs.to_epsg() == 4326
    assert (places.geometry.x.tolist(), places.geometry.y.tolist()) == (
        [18.0, 18.5, 19.0, 19.5],
        [69.0, 69.2, 69.4, 69.6],
    )


def test_gains_are_the_places_whose_minutes_change(made):
    # A keeps its minutes; C is reached in one state only.
    assert table(made[0], "gains")["change"].round(6).fillna(-999).tolist() == [-18.0, -999, 5.0]


def test_sites_bear_their_role_in_each_view_and_those_never_drawn_are_left_out(made):
    sites = table(made[0], "sites")
    assert sites[["name", "role_before", "role_after"]].to_numpy().tolist() == [
        ["S", "existing", "existing"],
        ["T", "absent", "chosen"],
    ]


def test_a_flow_is_one_line_however_many_views_show_it(made):
    flows = table(made[0], "flows")
    assert len(flows) == 5
    told = {(row.place, row.site): (row.in_before, row.in_after) for row in flows.itertuples()}
    assert told[("A", "S")] == (1, 1)
    assert told[("C", "T")] == (0, 1)
    assert told[("D", "S")] == (1, 0)


def test_every_table_has_one_default_style_and_one_for_each_view_that_draws_it(made):
    target, names = made
    styles = rows(
        target, "SELECT f_table_name, styleName, useAsDefault, styleQML, f_geometry_column FROM layer_styles"
    )
    assert {name for name, *_ in styles} == set(names)
    for name in names:
        assert sum(row[2] for row in styles if row[0] == name) == 1, name
    assert [row[1] for row in styles if row[0] == "places"] == ["Before", "After: <1>", "Change"]
    assert [row[1] for row in styles if row[0] == "sites"] == ["Before", "After: <1>"]
    assert {row[4] for row in styles} == {"geom"}
    for _, _, _, text, _ in styles:
        assert ET.fromstring(text).find("renderer-v2").get("type") == "RuleRenderer"
    assert rows(target, "SELECT data_type FROM gpkg_contents WHERE table_name = 'layer_styles'") == [
        ("attributes",)
    ]


def test_classes_are_coloured_as_on_the_page(made):
    (text,) = rows(
        made[0], "SELECT styleQML FROM layer_styles WHERE f_table_name = 'places' AND styleName = 'Before'"
    )[0]
    root = ET.fromstring(text)
    colours = {}
    for rule in root.iter("rule"):
        if rule.get("filter"):
            drawn = root.find(f".//symbol[@name='{rule.get('symbol')}']")
            colours[rule.get("filter")] = [
                option.get("value") for option in drawn.iter("Option") if option.get("name") == "color"
            ]
    rgba = [
        f"{int(c[1:3], 16)},{int(c[3:5], 16)},{int(c[5:7], 16)},255"
        for c in Scale.thresholds((12, 30, 60)).colours
    ]
    assert colours == {
        '"before" <= 12.0': [rgba[0]],
        '"before" > 12.0 AND "before" <= 30.0': [rgba[1]],
        '"before" > 30.0 AND "before" <= 60.0': [rgba[2]],
        '"before" > 60.0': [rgba[3]],
        '"before" IS NULL': [],
    }


@given(
    breaks=st.lists(st.integers(-50, 50), min_size=1, max_size=5, unique=True).map(sorted),
    values=st.lists(st.integers(-60, 60), min_size=1, max_size=20),
    closed=st.booleans(),
)
def test_sqlite_puts_every_number_into_the_class_of_the_page(breaks, values, closed):
    scale = Scale(tuple(map(float, breaks)), closed_above=closed)
    filters = class_filters(scale, "x")
    assert len(class_labels(scale)) == len(filters)
    cases = " + ".join(f"({at} * ({text}))" for at, text in enumerate(filters))
    once = " + ".join(f"({text})" for text in filters)
    with closing(sqlite3.connect(":memory:")) as store:
        store.execute("CREATE TABLE t (x REAL)")
        store.executemany("INSERT INTO t VALUES (?)", [(float(value),) for value in values])
        found = store.execute(f"SELECT {once}, {cases} FROM t ORDER BY rowid").fetchall()
    assert [times for times, _ in found] == [1] * len(values)
    assert [class_ for _, class_ in found] == scale.classes_of(np.asarray(values, dtype=float)).tolist()


def test_colours_and_outlines_are_those_of_the_pages_scripts():
    script = resources.files("maps").joinpath("_assets", "shapes.js").read_text(encoding="utf-8")
    outlines = dict(re.findall(r'^    (\w+): "(M[^"]+)",$', script, re.MULTILINE))
    assert outlines == {str(shape): path for shape, path in symbols.OUTLINES.items()}
    told = re.findall(r'(\w+): \{ colour: "(#\w+)", width: ([\d.]+), dash: \[([\d, ]*)\] \}', script)
    lines = {
        kind: (colour, float(width), tuple(int(part) for part in dashes.split(",") if part.strip()))
        for kind, colour, width, dashes in told
    }
    assert lines == {str(kind): style for kind, style in symbols.LINES.items()}
    paint = resources.files("maps").joinpath("_assets", "paint.js").read_text(encoding="utf-8")
    for name, colour in (("land", symbols.LAND), ("coast", symbols.COAST), ("unreached", symbols.UNREACHED)):
        assert f'const {name} = "{colour}";' in paint
    page = resources.files("maps").joinpath("_assets", "page.css").read_text(encoding="utf-8")
    assert f"--sea: {symbols.SEA};" in page


def test_the_project_names_its_layers_beside_it_and_a_theme_for_each_view(made):
    target, names = made
    with zipfile.ZipFile(target.with_suffix(".qgz")) as packed:
        assert packed.namelist() == ["results.qgs"]
        root = ET.fromstring(packed.read("results.qgs").decode())
    sources = [layer.findtext("datasource") for layer in root.iter("maplayer")]
    assert sources == [f"./results.gpkg|layername={name}" for name in names]
    rows_of_tree = {row.get("id"): row.get("checked") for row in root.iter("layer-tree-layer")}
    ids = [layer.findtext("id") for layer in root.iter("maplayer")]
    assert list(rows_of_tree) == ids
    assert [id_ for id_, checked in rows_of_tree.items() if checked == "Qt::Unchecked"] == ["geoaccess_gains"]
    themes = {
        theme.get("name"): {row.get("id"): row.get("style") for row in theme}
        for theme in root.iter("visibility-preset")
    }
    assert list(themes) == ["Before", "After: <1>", "Change"]
    assert themes["After: <1>"]["geoaccess_places"] == "After: <1>"
    assert "geoaccess_sites" not in themes["Change"]
    for layer in root.iter("maplayer"):
        manager = layer.find("map-layer-style-manager")
        kept = [style.get("name") for style in manager]
        used = {theme[layer.findtext("id")] for theme in themes.values() if layer.findtext("id") in theme}
        assert used <= set(kept)
        assert manager.get("current") in kept


def test_the_same_document_gives_the_same_project(made, tmp_path):
    write_geopackage(small_document(), tmp_path / "results.gpkg")
    assert (tmp_path / "results.qgz").read_bytes() == made[0].with_suffix(".qgz").read_bytes()


def test_views_of_two_ids_that_fold_to_one_name_keep_a_column_each(tmp_path):
    scale = Scale.minutes()
    places = PointLayer(
        "settlements", "P", [18.0], [69.0], ["A"],
        series=(Series("a", [1.0], scale, "winter-night"), Series("b", [2.0], scale, "winter_night")),
    )  # fmt: skip
    views = (View("winter-night", "One"), View("winter_night", "One"))
    write_geopackage(MapDocument("t", layers=(places,), views=views), tmp_path / "x.gpkg")
    frame = table(tmp_path / "x.gpkg", "places")
    assert (frame["winter_night"][0], frame["winter_night_2"][0]) == (1, 2)
    styles = rows(tmp_path / "x.gpkg", "SELECT styleName FROM layer_styles WHERE f_table_name = 'places'")
    assert styles == [("One",), ("One_2",)]


def test_a_document_without_layers_writes_nothing(tmp_path):
    assert write_geopackage(MapDocument("t"), tmp_path / "x.gpkg") == []
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_missing_is_an_error_and_leaves_nothing(tmp_path):
    with pytest.raises(MapFileError, match="cannot write"):
        write_geopackage(small_document(), tmp_path / "none" / "x.gpkg")
