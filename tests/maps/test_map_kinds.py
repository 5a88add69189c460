"""Every kind of map opens without a request or complaint and answers the hand that uses it."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace

import numpy as np
import pytest
import shapely

from maps import (
    AreaLayer,
    Basemap,
    Column,
    FlowLayer,
    Headline,
    LineKind,
    LineLayer,
    MapDocument,
    PointLayer,
    Proof,
    ProofStatus,
    Scale,
    Series,
    Shape,
    SiteLayer,
    SiteRole,
    TableView,
    Tiles,
    View,
    ViewControl,
    write_map,
)

pytestmark = pytest.mark.browser

LON, LAT = np.asarray([14.40, 15.39, 12.10, 16.00]), np.asarray([67.28, 67.26, 66.50, 68.00])
NAMES = ["Bodø", "Fauske", "Træna", "Ørnes"]


def png_of_one_pixel() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    picture = zlib.compress(b"\x00\x80\x80\x80")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", picture) + chunk(b"IEND", b"")


def places(*series: Series, **changes) -> PointLayer:
    size = Column("People", [42_000, 6_000, 450, 1_500])
    return PointLayer("places", "Places", LON, LAT, NAMES, series, size=size, **changes)


def sites(roles, **changes) -> SiteLayer:
    return SiteLayer("sites", "Stations", LON[:3], LAT[:3], ["A", "B", "C"], Shape.TRIANGLE, roles, **changes)


def catchments() -> MapDocument:
    serving = np.asarray([0, 1, 0, 2])
    layers = (
        places(Series("Served by", serving.astype(float), Scale.categories(["A", "B", "C"]))),
        sites([SiteRole.EXISTING] * 3),
        FlowLayer("flows", "From place to station", "places", "sites", serving),
    )
    return MapDocument("Who serves whom", layers=layers)


def coverage() -> MapDocument:
    scale = Scale.thresholds((12, 25), labels=("within 12 min", "within 25 min", "beyond 25 min"))
    return MapDocument("Coverage", layers=(places(Series("Response", [12.0, 25.0, np.nan, 26.0], scale)),))


def isochrones() -> MapDocument:
    rings = [shapely.Point(14.4, 67.28).buffer(radius) for radius in (0.3, 0.6)]
    reach = Series("Reach", [15.0, 30.0], Scale.thresholds((15,), labels=("15 min", "30 min")))
    return MapDocument("Reach", layers=(AreaLayer("reach", "Reach", rings, ["15", "30"], (reach,)), places()))


def difference() -> MapDocument:
    change = Series("Change", [-12.0, 0.0, np.nan, 40.0], Scale.difference())
    return MapDocument("Who gains", layers=(places(change),))


def frontier() -> MapDocument:
    views, series, roles = [], [], {}
    for count in range(4):
        key = f"p{count}"
        mean = 30.0 / (count + 1)
        headline = (Headline("Mean response", mean, "min", digits=1),)
        views.append(View(key, f"{count} more", headline=headline, rank=mean, rank_unit="min"))
        series.append(Series("Response", np.full(4, mean), Scale.minutes(), key))
        roles[key] = [SiteRole.CHOSEN if row < count else SiteRole.ABSENT for row in range(3)]
    return MapDocument(
        "Frontier",
        layers=(places(*series), sites(roles)),
        views=tuple(views),
        view_control=ViewControl.SLIDER,
        view_label="Further stations",
    )


def losses() -> MapDocument:
    views = [
        View("none", "Nothing"),
        View("b", "B", rank=900.0, rank_unit="hours"),
        View("a", "A", rank=400.0, rank_unit="hours"),
        View("c", "C", rank=3.0, rank_unit="people"),
        View("d", "D", rank=1.0, rank_unit="people"),
    ]
    roles = {
        "": [SiteRole.EXISTING] * 3,
        "none": [SiteRole.EXISTING] * 3,
        "b": [SiteRole.EXISTING, SiteRole.CLOSED, SiteRole.EXISTING],
        "a": [SiteRole.CLOSED, SiteRole.EXISTING, SiteRole.EXISTING],
    }
    extra = Series("Extra time", [0.0, 31.0, 0.0, 2.0], Scale.difference(), "b")
    layers = (places(extra, Series("Extra time", np.zeros(4), Scale.difference())), sites(roles))
    return MapDocument(
        "Losses", layers=layers, views=tuple(views), view_control=ViewControl.LIST, view_label="Lost"
    )


def alternatives() -> MapDocument:
    roles = {
        "one": [SiteRole.CHOSEN, SiteRole.CANDIDATE, SiteRole.CANDIDATE],
        "two": [SiteRole.CANDIDATE, SiteRole.CANDIDATE, SiteRole.CHOSEN],
    }
    proofs = [
        Proof(ProofStatus.OPTIMAL, 14.5, 14.5, 0.0, "min"),
        Proof(ProofStatus.FEASIBLE, 14.6, 14.5, 0.007, "min"),
    ]
    views = tuple(View(key, key.title(), proof=proof) for key, proof in zip(roles, proofs, strict=True))
    return MapDocument("Alternatives", layers=(places(), sites(roles)), views=views)


def route() -> MapDocument:
    lines = [
        shapely.LineString([(14.4, 67.28), (15.39, 67.26)]),
        shapely.LineString([(14.4, 67.28), (12.1, 66.5)]),
    ]
    legs = TableView(
        "legs",
        "Legs",
        (Column("Road", ["Rv80", "Fv17"]), Column("Time", [45.0, 180.0], "min")),
        in_panel=True,
    )
    layers = (
        LineLayer(
            "way", "The way", lines, ["Rv80", "Ferry"], [LineKind.ROUTE, LineKind.FERRY], emphasis=True
        ),
        LineLayer("shut", "Closed", lines[:1], ["Pass"], {"": [LineKind.CLOSED]}),
        sites([SiteRole.NAMED] * 3),
    )
    return MapDocument("A way", layers=layers, tables=(legs,))


def clocks() -> MapDocument:
    parts = (Column("Alarm", [2.0] * 4, "min", 1), Column("Drive", [10.0, 20, 30, 40], "min", 1))
    return MapDocument(
        "Clock", layers=(places(Series("Total", [12.0, 22, 32, 42], Scale.minutes()), parts=parts),)
    )


KINDS = {
    make.__name__: make
    for make in (catchments, coverage, isochrones, difference, frontier, losses, alternatives, route, clocks)
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_silent_and_accessible(open_page, kind: str):
    from axe_playwright_python.sync_playwright import Axe

    opened = open_page(KINDS[kind]())
    result = Axe().run(opened.page)
    assert result.violations_count == 0, result.generate_report()
    opened.assert_silent()


def legend_of(page) -> list[str]:
    return page.locator("#key-body .classes:not(.sizes) li").all_inner_texts()


def test_the_key_says_what_the_classes_are(open_page):
    assert legend_of(open_page(coverage()).page) == [
        "within 12 min",
        "within 25 min",
        "beyond 25 min",
        "not reachable",
    ]
    assert legend_of(open_page(catchments()).page) == ["A", "B", "C", "Stations"]
    assert legend_of(open_page(difference()).page) == [
        "shorter by 5 to 15\u00a0min",
        "about the same",
        "longer by 30\u00a0min or more",
        "not reachable",
    ]


def test_sliding_changes_stations_figures_and_address(open_page):
    opened = open_page(frontier())
    page = opened.page
    slider = page.get_by_label("Further stations")
    slider.focus()
    assert "30.0" in page.locator("#figures").inner_text()
    for count, mean in ((1, "15.0"), (2, "10.0"), (3, "7.5")):
        page.keyboard.press("ArrowRight")
        assert page.locator(".site.chosen").count() == count
        assert mean in page.locator("#figures").inner_text()
        assert slider.get_attribute("aria-valuetext") == f"{count} more"
    assert "view=p3" in page.url
    opened.assert_silent()


def test_a_loss_is_shown_when_it_is_chosen(open_page):
    opened = open_page(losses())
    page = opened.page
    told = ["900\u00a0hours", "400\u00a0hours", "3\u00a0people", "1\u00a0people"]
    assert page.locator(".rank-value").all_inner_texts() == told
    # Hours are compared with hours, people with people, each under its unit.
    widths = page.evaluate(
        "Array.from(document.querySelectorAll('.rank'), (bar) => parseFloat(bar.style.width))"
    )
    assert widths == pytest.approx([100, 400 / 9, 100, 100 / 3], abs=0.1)
    assert page.locator(".rank-unit").all_inner_texts() == ["Hours", "People"]
    page.get_by_role("radio", name="B 900").check()
    (lost,) = page.locator(".site.closed").all()
    assert lost.get_attribute("aria-label") == "B, Stations, Closed"
    page.get_by_role("radio", name="A 400").check()
    assert page.locator(".site.closed").get_attribute("aria-label") == "A, Stations, Closed"
    opened.assert_silent()


def test_each_alternative_has_its_own_sites_and_proof(open_page):
    page = open_page(alternatives()).page
    assert "Proven best" in page.locator(".proof").inner_text()
    page.get_by_label("Two").check()
    assert "Good, not proven best (gap 0.7 %)" in page.locator(".proof").inner_text()
    assert page.locator(".site.chosen").get_attribute("aria-label") == "C, Stations, Chosen"


def test_the_legs_of_a_route_stand_in_the_panel(open_page):
    page = open_page(route()).page
    assert page.locator("#panel-tables tbody tr").all_inner_texts() == ["Rv80\t45", "Fv17\t180"]
    assert page.locator("#panel-tables th").all_inner_texts() == ["Road", "Time (min)"]


def test_a_click_on_an_area_a_line_and_a_place_opens_it(open_page):
    page = open_page(isochrones()).page

    def click(lon: float, lat: float) -> str:
        at = page.evaluate("([lat, lon]) => geoaccess.map.latLngToContainerPoint([lat, lon])", [lat, lon])
        box = page.locator("#map_geoaccess").bounding_box()
        page.mouse.click(box["x"] + at["x"], box["y"] + at["y"])
        heading = page.locator(".leaflet-popup h2").inner_text()
        page.keyboard.press("Escape")
        return heading

    assert click(14.4, 67.45) == "15"
    assert click(14.4, 67.78) == "30"
    assert click(16.0, 68.0) == "Ørnes"


def test_the_parts_of_a_clock_stand_in_the_pop_up(open_page):
    page = open_page(clocks()).page
    page.get_by_role("combobox", name="Find a place").fill("fauske")
    page.keyboard.press("Enter")
    assert page.locator(".parts-list li").all_inner_texts() == ["Alarm: 2.0\u00a0min", "Drive: 20.0\u00a0min"]
    widths = page.locator(".parts span").evaluate_all(
        "nodes => nodes.map(node => node.getBoundingClientRect().width)"
    )
    assert widths[1] / widths[0] == pytest.approx(10, rel=0.02)


@pytest.mark.parametrize(("count", "megabytes"), [(20_000, 2.0), (100_000, 6.0)])
def test_many_places_stay_small_and_are_found(open_page, tmp_path, count: int, megabytes: float):
    rng = np.random.default_rng(3)
    minutes = rng.gamma(2.0, 30.0, count)
    minutes[::50] = np.nan
    layer = PointLayer(
        "cells",
        "Cells",
        rng.uniform(12, 31, count),
        rng.uniform(65.5, 71, count),
        [f"Rute {number:06d}" for number in range(count)],
        (
            Series("Now", minutes, Scale.minutes(), "now"),
            Series("Then", 0.8 * minutes, Scale.minutes(), "then"),
        ),
        size=Column("People", np.ceil(rng.pareto(1.2, count) * 5)),
        columns=(Column("Municipality", [f"Kommune {code}" for code in rng.integers(0, 80, count)]),),
    )
    views = (View("now", "Now"), View("then", "Then"))
    path = write_map(MapDocument("Many", layers=(layer,), views=views), tmp_path / "many.html")
    assert path.stat().st_size <= megabytes * 1e6
    opened = open_page(path)
    page = opened.page
    page.get_by_label("Then").check()
    page.get_by_role("combobox", name="Find a place").fill(f"rute {count - 1:06d}")
    page.keyboard.press("Enter")
    assert page.locator(".leaflet-popup h2").inner_text() == f"Rute {count - 1:06d}"
    page.keyboard.press("Escape")
    page.locator("#open-tables").click()
    assert page.locator("#tables-page").inner_text() == f"Rows 1 to 100 of {count:,}"
    assert page.locator("#tables-body tbody tr").count() == 100
    opened.assert_silent()


def test_thousands_of_candidates_are_drawn_without_a_marker_each(open_page):
    count = 3000
    lon, lat = np.linspace(13, 17, count), np.linspace(66, 69, count)
    today = [SiteRole.CANDIDATE] * count
    after = [SiteRole.CHOSEN, *today[1:]]
    layer = SiteLayer(
        "s",
        "S",
        lon,
        lat,
        [f"S{row}" for row in range(count)],
        Shape.SQUARE,
        {"today": today, "after": after},
    )
    opened = open_page(
        MapDocument("Candidates", layers=(layer,), views=(View("today", "Today"), View("after", "After")))
    )
    page = opened.page
    assert page.locator(".site").count() == 0
    empty = page.evaluate(
        """() => { const c = geoaccess.canvas.names; const before = c.toDataURL();
            geoaccess.state.shown.clear(); geoaccess.canvas.redraw(); return c.toDataURL() === before; }"""
    )
    assert not empty
    page.reload()
    page.wait_for_selector("html[data-ready=true]", state="attached")
    page.get_by_label("After").check()
    assert page.locator(".site").count() == 1
    opened.assert_silent()


def test_less_motion_is_kept_when_it_is_asked_for(open_page):
    assert open_page(clocks()).page.evaluate("geoaccess.map._zoomAnimated") is True
    still = open_page(clocks(), reduced_motion="reduce").page
    assert still.evaluate("geoaccess.map._zoomAnimated") is False


def test_the_edge_of_the_stored_coast_is_out_of_reach(open_page):
    page = open_page(clocks(), width=1920, height=700).page
    reached = page.evaluate(
        """() => { const map = geoaccess.map; map.setZoom(map.getMinZoom(), { animate: false });
            map.panBy([-9000, -9000], { animate: false }); const b = map.getBounds();
            return [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()]; }"""
    )
    west, south, east, north = page.evaluate("geoaccess.data.basemap.bounds")
    assert west - 0.5 <= reached[0] < reached[2] <= east + 0.5
    assert south - 0.5 <= reached[1] < reached[3] <= north + 0.5


def test_elsewhere_the_study_brings_its_land_or_the_page_says_there_is_none(open_page):
    malta = PointLayer("m", "Malta", [14.5], [35.9], ["Valletta"])
    opened = open_page(MapDocument("Malta", layers=(malta,)))
    assert "No coastline fine enough for this map is stored" in opened.page.locator("#notices").inner_text()
    own = Basemap(land=shapely.box(14.1, 35.8, 14.6, 36.0), source="Own file")
    page = open_page(MapDocument("Malta", layers=(malta,), basemap=own)).page
    assert page.locator("#notices").inner_text() == ""
    assert "Own file" in page.locator("#source-lines").text_content()


def tile_server(asked: list[str], *, works: bool):
    def answer(route) -> None:
        asked.append(route.request.url)
        if works:
            route.fulfill(body=png_of_one_pixel(), content_type="image/png")
        else:
            route.abort()

    return answer


def test_tiles_are_asked_of_their_host_alone_and_their_absence_is_borne(browser, tmp_path):
    tiles = Tiles("https://tile.example.org/{z}/{x}/{y}.png", "Someone <b>else</b>")
    path = write_map(replace(clocks(), tiles=tiles), tmp_path / "tiles.html")
    for works in (True, False):
        asked: list[str] = []
        context = browser.new_context()
        context.route("http*://**/*", tile_server(asked, works=works))
        page = context.new_page()
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready=true]", state="attached")
        page.wait_for_function("want => Boolean(geoaccess.state.tilesArrived) === want", arg=works)
        assert "needs a network" in page.locator("#notices").inner_text()
        assert "Someone <b>else</b>" in page.locator(".leaflet-control-attribution").inner_text()
        assert {url.split("/")[2] for url in asked} == {"tile.example.org"}
        context.close()
