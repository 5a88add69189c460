"""Maps of a town: framed on it, on no coast that is coarser than its streets, and with the answer's names."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maps import (
    Column,
    MapDocument,
    MapName,
    PointLayer,
    Scale,
    Series,
    Shape,
    SiteLayer,
    SiteRole,
    write_map,
)
from maps.basemap import serves
from maps.errors import MapDataError
from maps.payload import document_payload

#: West, south, east, north of the packed coast's detail, and what a map about them may stand on.
COASTS = {
    "the middle of Helsinki": ((24.90, 60.15, 24.96, 60.18), False),
    "the south of Finland": ((21.0, 59.8, 28.0, 61.5), True),
    "Tromsø": ((18.8, 69.6, 19.1, 69.7), True),
    "Malta": ((14.1, 35.7, 14.6, 36.1), False),
}


@pytest.mark.parametrize("where", COASTS)
def test_a_town_stands_on_no_coast_that_is_two_kilometres_off(where: str) -> None:
    bounds, expected = COASTS[where]
    assert serves(bounds) is expected


def town(lon: float, lat: float, km: float) -> MapDocument:
    """Four places at the corners of a square."""
    north = km / 111.0
    east = north / np.cos(np.deg2rad(lat))
    series = Series("Minutes", [1.0, 2.0, 3.0, 4.0], Scale.minutes())
    at = (lon + east * np.array([0, 1, 0, 1]), lat + north * np.array([0, 0, 1, 1]))
    return MapDocument("Town", layers=(PointLayer("places", "Places", *at, list("abcd"), (series,)),))


@pytest.mark.parametrize("km", [0.5, 3.0, 30.0, 300.0])
def test_people_fill_the_map_they_are_framed_in(km: float) -> None:
    west, south, east, north = document_payload(town(10.0, 67.0, km))["bounds"]
    across = (north - south) * 111.0
    assert km < across < max(1.5 * km, km + 1.3)
    assert (east - west) * 111.0 * np.cos(np.deg2rad(67.0)) < max(1.6 * km, km + 1.3)


def test_a_map_without_a_coast_says_so() -> None:
    assert document_payload(town(24.90, 60.16, 3.0))["basemap"] is None
    assert document_payload(town(18.9, 69.65, 3.0))["basemap"] is not None


WRITTEN = """() => new Promise((done) => {
  const told = [];
  const own = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
    told.push(text);
    return own.call(this, text, ...rest);
  };
  geoaccess.redraw();
  setTimeout(() => {
    CanvasRenderingContext2D.prototype.fillText = own;
    done(told);
  }, 400);
})"""


@pytest.mark.browser
def test_what_was_chosen_has_its_name_where_symbols_leave_no_room(open_page, tmp_path: Path) -> None:
    # A chosen site amid a hundred others: no spot beside it is free of symbols.
    column, row = (one.ravel() for one in np.meshgrid(np.arange(11), np.arange(11)))
    lon, lat = 15.0 + 0.02 * column, 67.0 + 0.008 * row
    middle = 60
    roles = [SiteRole.EXISTING] * 121
    roles[middle] = SiteRole.CHOSEN
    names = [f"Station {number}" for number in range(121)]
    names[middle] = "Finneidfjord"
    people = PointLayer(
        "places",
        "Places",
        lon,
        lat,
        [f"Place {number}" for number in range(121)],
        (Series("Minutes", np.full(121, 20.0), Scale.minutes()),),
        size=Column("People", np.full(121, 500.0)),
    )
    sites = SiteLayer("sites", "Stations", lon, lat, names, Shape.TRIANGLE, roles)
    page = write_map(MapDocument("Crowd", layers=(people, sites)), tmp_path / "crowd.html")
    opened = open_page(page)
    opened.page.evaluate("() => geoaccess.map.setZoom(geoaccess.map.getZoom() - 2, { animate: false })")
    assert opened.page.evaluate(WRITTEN).count("Finneidfjord") == 1


#: Each name that is written, with where it begins and how wide it is, in the pixels of the canvas.
PLACED = WRITTEN.replace("told.push(text)", "told.push([text, rest[0], this.measureText(text).width])")


@pytest.mark.browser
@pytest.mark.parametrize("first", ["Bognes", "Skarberget"])
def test_names_of_two_quays_that_touch_stand_on_their_own_sides(
    open_page, tmp_path: Path, first: str
) -> None:
    # On the whole map the quays are some 20 pixels from each other, the ends of the journey far from both.
    quays = {"Bognes": 15.8, "Skarberget": 16.0}
    names = ["Far", first, next(name for name in quays if name != first), "Away"]
    lon = [12.0, *(quays[name] for name in names[1:3]), 20.0]
    sites = SiteLayer("stops", "Stops", lon, [68.0] * 4, names, Shape.RING, [SiteRole.NAMED] * 4)
    page = open_page(write_map(MapDocument("Journey", layers=(sites,)), tmp_path / "quays.html")).page
    written = {text: (left, left + width) for text, left, width in page.evaluate(PLACED)}
    assert written["Bognes"][1] < written["Skarberget"][0]


@pytest.mark.browser
def test_cells_of_a_country_that_are_all_alike_leave_the_map_and_each_other_in_sight(
    open_page, tmp_path: Path
) -> None:
    rng = np.random.default_rng(5)
    n = 20_000
    minutes = np.where(rng.random(n) < 0.2, np.nan, 20.0)
    cells = PointLayer(
        "cells",
        "Cells",
        15.0 + 6.0 * rng.random(n),
        67.0 + 1.5 * rng.random(n),
        [""] * n,
        (Series("Minutes", minutes, Scale.minutes()),),
        size=Column("People", rng.integers(10, 20, n).astype(float)),
    )
    page = open_page(write_map(MapDocument("Cells", layers=(cells,)), tmp_path / "cells.html")).page
    seen = page.locator("#map_geoaccess").bounding_box()
    picture = Image.open(BytesIO(page.screenshot(clip=seen))).convert("RGB")
    pixels = np.asarray(picture, dtype=float).reshape(-1, 3)
    # Crosses are red; circles of twenty minutes are light green with a dark rim.
    red = (pixels[:, 0] > 120) & (pixels[:, 1] < 90) & (pixels[:, 2] < 110)
    green = (pixels[:, 1] > pixels[:, 2] + 60) & (pixels[:, 1] > 120)
    assert 0.005 < red.mean() < green.mean() < 0.25
    radius = "(zoom) => { const layer = geoaccess.layers[0]; return geoaccess.radiusAt(layer, zoom)(layer.order[0]); }"
    near = [page.evaluate(radius, page.evaluate("geoaccess.homeZoom") + zoom) for zoom in (0, 1, 2, 3, 6)]
    assert near == sorted(near)
    assert near[-1] > 4


@pytest.mark.browser
def test_names_of_waters_stand_where_there_is_room_from_their_zoom_on(open_page, tmp_path: Path) -> None:
    base = town(15.0, 67.0, 40.0)
    names = (
        MapName("Vestfjorden", 15.45, 67.2),
        MapName("Too near the first", 15.451, 67.2),
        MapName("From close by", 15.3, 67.1, from_zoom=13),
        MapName("Upon a circle", 15.0, 67.0),
    )
    size = Column("People", np.full(4, 50_000.0))
    layers = (replace(base.layers[0], size=size),)
    opened = open_page(write_map(replace(base, layers=layers, names=names), tmp_path / "names.html"))
    assert set(opened.page.evaluate(WRITTEN)) & {one.text for one in names} == {"Vestfjorden"}
    opened.page.evaluate("() => geoaccess.map.setView([67.1, 15.3], 13, { animate: false })")
    assert "From close by" in opened.page.evaluate(WRITTEN)
    opened.assert_silent()


def test_a_name_outside_the_world_is_refused() -> None:
    with pytest.raises(MapDataError, match="no degrees"):
        document_payload(replace(town(15.0, 67.0, 40.0), names=(MapName("x", 200.0, 67.0),)))
