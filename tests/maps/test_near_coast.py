"""The finer coast lies around places, is the coast that was packed, and ends where nobody looks for a coast."""

from __future__ import annotations

import base64
import json
from collections import Counter
from importlib import resources

import numpy as np
import pytest
import shapely

from maps import Column, LineKind, LineLayer, MapDocument, PointLayer, Scale, Series
from maps.basemap import packed_coast
from maps.near_coast import _counted, near_coast
from maps.payload import document_payload


def integers(text: str) -> list[int]:
    """Zigzag varints, read byte by byte: no code of the package."""
    found, value, shift = [], 0, 0
    for byte in base64.b64decode(text):
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            found.append((value >> 1) ^ -(value & 1))
            value = shift = 0
    return found


def polygons(packed: dict) -> list[shapely.Polygon]:
    steps = np.asarray(integers(packed["data"]), dtype=float).reshape(-1, 2).cumsum(axis=0) / packed["scale"]
    rings = np.split(steps, np.cumsum(integers(packed["points"])))
    made, at = [], 0
    for count in integers(packed["rings"]):
        made.append(shapely.Polygon(rings[at], rings[at + 1 : at + count]))
        at += count
    return made


def whole() -> shapely.Geometry:
    text = resources.files("maps").joinpath("_basemap", "near.json").read_text(encoding="ascii")
    return shapely.union_all([shapely.make_valid(one) for one in polygons(json.loads(text)["land"])])


def test_cells_are_counted_in_the_order_in_which_they_come_first():
    cells = np.random.default_rng(4).integers(-9, 10, (500, 2))
    counted = Counter(map(tuple, cells.tolist()))
    assert list(_counted(cells).items()) == list(counted.items())
    assert _counted(cells[:0]) == {}


TOWNS = {"Tromsø": (18.955, 69.65), "Bodø": (14.405, 67.28), "Kirkenes": (30.045, 69.727)}


def test_in_its_cells_it_is_the_coast_that_was_packed():
    lon, lat = np.array(list(TOWNS.values())).T
    near = near_coast(lon, lat)
    assert near is not None
    cells = [shapely.box(*cell) for cell in near["cells"]]
    region = shapely.union_all(cells)
    assert all(region.contains(shapely.Point(place)) for place in TOWNS.values())
    drawn = shapely.union_all([shapely.make_valid(one) for one in polygons(near["land"])]).intersection(
        region
    )
    packed = whole().intersection(region)
    # Rounded to eleven metres along a long coast.
    assert drawn.symmetric_difference(packed).area < 0.005 * packed.area


def test_it_is_finer_than_the_coast_around_it_and_towns_stand_on_it():
    land = whole()
    assert all(land.distance(shapely.Point(place)) < 0.002 for place in TOWNS.values())
    coarse = shapely.union_all([shapely.make_valid(one) for one in polygons(packed_coast()["land"])])
    window = shapely.box(14.2, 67.2, 14.8, 67.4)
    corners = [shapely.get_num_coordinates(one.intersection(window)) for one in (land, coarse)]
    assert corners[0] > 1.3 * corners[1]


def test_a_page_takes_no_more_than_it_may_and_nothing_elsewhere():
    lon, lat = np.array(list(TOWNS.values())).T
    few = near_coast(lon, lat, most_corners=900)
    assert few is not None
    assert sum(integers(few["land"]["points"])) < 2500
    assert near_coast(np.array([14.5]), np.array([35.9])) is None
    assert near_coast(lon, lat, most_corners=0) is None


def places() -> PointLayer:
    lon, lat = np.array(list(TOWNS.values())).T
    times = Series("Minutes", [1.0, 2.0, 3.0], Scale.minutes((30, 60)))
    return PointLayer("p", "Places", lon, lat, list(TOWNS), (times,), size=Column("People", [9, 8, 7]))


def test_a_page_names_the_source_of_what_it_draws():
    told = document_payload(MapDocument(title="t", layers=(places(),)))
    assert told["nearCoast"]["fromZoom"] == 9
    assert any("OpenStreetMap contributors (ODbL 1.0)" in line for line in told["sources"])


def test_a_map_opens_on_its_people_and_not_on_the_far_end_of_a_ferry():
    far = LineLayer(
        "f", "Ferries", [shapely.LineString([(18.9, 69.6), (18.9, 40.0)])], ["far"], [LineKind.FERRY]
    )
    _, south, _, _ = document_payload(MapDocument(title="t", layers=(places(), far)))["bounds"]
    assert 66.0 < south < 67.3
    alone = document_payload(MapDocument(title="t", layers=(far,)))["bounds"]
    assert alone[1] < 40.0
    emphasised = LineLayer("r", "Route", far.geometry, ["r"], [LineKind.ROUTE], emphasis=True)
    assert document_payload(MapDocument(title="t", layers=(places(), emphasised)))["bounds"][1] < 40.0


def test_marks_reach_the_page_row_by_row():
    layer = places()
    series = (Series("Minutes", [1.0, 2.0, 3.0], Scale.minutes((30, 60)), marks=("", "none known", "")),)
    marked = PointLayer("p", "Places", layer.lon, layer.lat, layer.labels, series)
    told = document_payload(MapDocument(title="t", layers=(marked,)))["layers"][0]["series"][0]["marks"]
    assert [told["texts"][code] for code in integers(told["codes"])] == ["", "none known", ""]


@pytest.mark.browser
def test_a_mark_stands_behind_the_value_in_the_pop_up(open_page):
    layer = places()
    series = (Series("Minutes", [1.0, 2.0, 3.0], Scale.minutes((30, 60)), marks=("", "none known", "")),)
    marked = PointLayer("p", "Places", layer.lon, layer.lat, layer.labels, series)
    page = open_page(MapDocument(title="t", layers=(marked,)), address="#item=1,p").page
    assert "(none known)" in page.locator(".leaflet-popup dd.current").inner_text()
