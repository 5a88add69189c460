"""What a person meets first: the title and the control beside the map, new sites in sight, a search that forgives."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
import shapely

from maps import (
    AreaLayer,
    Column,
    Headline,
    LineKind,
    LineLayer,
    MapDocument,
    PointLayer,
    Scale,
    Series,
    TableView,
    View,
)

pytestmark = pytest.mark.browser


def box(page, selector: str) -> dict[str, float]:
    return page.locator(selector).bounding_box()


def test_on_a_phone_the_title_comes_first_and_the_map_stays_beside_the_control(
    open_page, document: MapDocument
):
    page = open_page(document, width=390, height=844).page
    assert box(page, "#title")["y"] < box(page, "#map_geoaccess")["y"] < box(page, "#views")["y"]
    assert box(page, "#views")["y"] < 844
    page.evaluate("window.scrollTo(0, 500)")
    seen = box(page, "#map_geoaccess")
    assert seen["y"] >= 0
    assert seen["y"] + seen["height"] < 844 * 0.6


def test_figures_come_before_one_quiet_line_of_notice(open_page, document: MapDocument):
    long = replace(document, notices=("The network is a curated approximation. " * 12,))
    page = open_page(long, width=1366, height=768).page
    figures, notice = box(page, "#figures"), box(page, ".notice")
    assert figures["y"] + figures["height"] <= notice["y"]
    assert notice["height"] < 40
    page.locator(".notice summary").click()
    assert box(page, ".notice")["height"] > 80


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844), (1920, 1080)])
def test_a_comparison_begins_with_the_new_sites_in_sight(
    open_page, document: MapDocument, width: int, height: int
):
    page = open_page(replace(document, swipe=("before", "after")), width=width, height=height).page
    page.locator("#swipe").check()
    site, bar, seen = box(page, ".site.chosen"), box(page, "#swipe-bar"), box(page, "#map_geoaccess")
    assert bar["x"] < site["x"] < seen["x"] + seen["width"] - site["width"]
    assert seen["y"] < site["y"] < seen["y"] + seen["height"] - site["height"]


def test_the_whole_line_of_a_comparison_drags(open_page, document: MapDocument):
    page = open_page(replace(document, swipe=("before", "after"))).page
    page.locator("#swipe").check()
    bar, seen = box(page, "#swipe-bar"), box(page, "#map_geoaccess")
    page.mouse.move(bar["x"], seen["y"] + 500)
    page.mouse.down()
    page.mouse.move(seen["x"] + 0.75 * seen["width"], seen["y"] + 500)
    page.mouse.up()
    assert page.locator("#swipe-line").input_value() == "75"


@pytest.mark.parametrize("typed", ["Kåfjord", "gaivuotna", "kaivuono", "kafjrod", "gaivuotma", "kaifuono"])
def test_search_finds_every_name_and_forgives_one_letter(open_page, document: MapDocument, typed: str):
    area = AreaLayer("many", "Areas", [shapely.box(15, 67, 16, 67.6)], ["Gáivuotna - Kåfjord - Kaivuono"])
    page = open_page(replace(document, layers=(*document.layers, area))).page
    page.get_by_role("combobox", name="Find a place").fill(typed)
    assert page.locator("#search-hits li").first.inner_text().startswith("Gáivuotna")


def test_the_first_table_answers_and_tells_of_the_view_that_is_shown(open_page, document: MapDocument):
    page = open_page(document).page
    page.locator("#open-tables").click()
    choices = page.locator("#tables-choice option").all_inner_texts()
    assert choices[:2] == ["Worst off", "Settlements"]
    assert choices[-1] == "Ferries"
    page.locator("#tables-choice").select_option(label="Hospitals")
    # One column for what a site is, not one for every view.
    assert page.locator("#tables-body th button").count() == 2 + 2  # two headings, two names that lead back


def test_a_layer_that_draws_nothing_in_a_view_is_not_offered(open_page, document: MapDocument):
    kinds = {"": [LineKind.HIDDEN], "after": [LineKind.CLOSED]}
    shut = LineLayer("shut", "Closed roads", [shapely.LineString([(14, 67), (15, 67)])], ["Pass"], kinds)
    page = open_page(replace(document, layers=(*document.layers, shut))).page
    assert "Closed roads" not in page.locator("#layers").inner_text()
    page.get_by_label("After").check()
    assert "Closed roads" in page.locator("#layers").inner_text()


def test_series_of_one_name_are_told_apart_by_what_differs(open_page):
    labels = {
        "a": ("Alarm: whole time", "Whole time"),
        "b": ("Blood", "Whole time"),
        "c": ("Blood", "Whole time, no ferry"),
    }
    series = tuple(
        Series("Whole time", [float(at)], Scale.minutes((30,)), key) for at, key in enumerate(labels)
    )
    views = tuple(View(key, label, group=group) for key, (group, label) in labels.items())
    layer = PointLayer("p", "Places", [14.0], [67.0], ["Here"], series)
    page = open_page(MapDocument(title="t", layers=(layer,), views=views), address="#view=b&item=0,p").page
    names = page.evaluate(
        "geoaccess.layers[0].series.map((one) => geoaccess.seriesName(geoaccess.layers[0], one))"
    )
    assert names == ["Whole time (Alarm: whole time)", "Whole time (Blood)", "Whole time (Blood: no ferry)"]
    assert len(set(page.locator(".leaflet-popup dt").all_inner_texts())) == 3


@pytest.mark.parametrize("language", ["en", "nb"])
def test_no_number_is_broken_on_a_phone(open_page, document: MapDocument, language: str):
    figures = tuple(
        Headline(f"Figure {at}", value, "NOK") for at, value in enumerate((1.0, 4_991_507.0, 110_829.0))
    )
    views = (replace(document.views[0], headline=figures), *document.views[1:])
    page = open_page(replace(document, views=views, language=language), width=390, height=844).page
    lines = page.evaluate(
        """() => Array.from(document.querySelectorAll(".figures .figure dd:not(.note)"), (told) => {
             const range = document.createRange();
             range.selectNodeContents(told.firstChild);
             return range.getClientRects().length;
           })"""
    )
    assert lines[:3] == [1, 1, 1]


def test_on_paper_the_map_is_there(open_page, document: MapDocument):
    """Chromium prints a canvas without transparency on white: of three, one upon the other, one was left."""
    page = open_page(document).page
    before = page.locator(".leaflet-overlay-pane canvas").count()
    printed = page.pdf(format="A4", landscape=True, print_background=True)
    # Land, places and names are pictures with a mask of what is transparent.
    assert len(re.findall(rb"/SMask \d+ 0 R", printed)) == before == 3
    assert page.evaluate("!!document.querySelector('.leaflet-overlay-pane canvas').getContext('2d')")


@pytest.mark.parametrize("classes", range(3, 10))
@pytest.mark.parametrize("lies", [True, False])
def test_on_paper_a_row_of_the_key_and_its_heading_stand_together(open_page, classes: int, lies: bool):
    minutes = np.arange(classes + 1.0)
    minutes[-1] = np.nan
    series = Series("Time to the nearest", minutes, Scale(tuple(np.arange(1.0, classes)), unit="min"))
    size = Column("People", np.full(classes + 1, 400.0))
    at = (np.linspace(14, 16, classes + 1), np.full(classes + 1, 67.0))
    places = PointLayer("p", "Places", *at, [""] * (classes + 1), (series,), size=size)
    way, kinds = shapely.LineString([(14, 67), (15, 67)]), [LineKind.FERRY, LineKind.CLOSED]
    ferries = LineLayer("f", "Ferries", [way, way], ["A", "B"], {"": kinds})
    document = MapDocument("Key", layers=(places, ferries))
    page = open_page(document, width=1032 if lies else 703, height=703 if lies else 1032).page
    page.emulate_media(media="print")
    rows = page.evaluate(
        """() => Array.from(document.querySelectorAll("#key-body li"), (row) =>
             Array.from(row.children, (one) => one.getBoundingClientRect())
               .map((one) => (one.top + one.bottom) / 2))"""
    )
    assert rows
    for picture, text in rows:
        assert abs(picture - text) < 8
    heads = page.evaluate(
        """() => Array.from(document.querySelectorAll("#key-body h3"), (head) => {
             const [own, next] = [head, head.nextElementSibling.querySelector("li")]
               .map((one) => one.getBoundingClientRect());
             return [own.left - next.left, next.top - own.bottom];
           })"""
    )
    assert len(heads) == 3
    assert all(abs(across) < 12 and -1 <= down < 12 for across, down in heads), heads


def test_on_lying_paper_a_table_has_a_page_of_its_own_and_lies_not_over_the_map(
    open_page, document: MapDocument
):
    legs = TableView("legs", "Legs", (Column("Leg", ["E6"]),), in_panel=True)
    pages = []
    for tables in ((), (legs,)):
        page = open_page(replace(document, tables=tables, sources=())).page
        printed = page.pdf(format="A4", landscape=True)
        pages.append(len(re.findall(rb"/Type /Page\b", printed)))
    assert pages[1] == pages[0] + 1


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
def test_the_first_screen_says_what_state_it_is_of_and_how_sure(
    open_page, document: MapDocument, width: int, height: int
):
    first = replace(document.views[0], state="a storm")
    stated = replace(
        document,
        state="today",
        standing=("people of 2026",),
        verdict="proven",
        views=(first, *document.views[1:]),
    )
    page = open_page(stated, width=width, height=height).page
    assert page.locator("#standing").inner_text() == "Roads and services: a storm · people of 2026 · proven"
    figures = box(page, "#figures .figures")
    assert figures["y"] + figures["height"] < height
    page.evaluate("key => geoaccess.setView(key)", document.views[1].key)
    assert page.locator("#standing").inner_text().startswith("Roads and services: today")


def test_views_of_several_states_stand_under_them(open_page):
    views = tuple(
        View(f"{what}-{state}", f"Time to {what}" + (f", {state}" if state != "today" else ""), state=state)
        for state in ("today", "no ferry for a week")
        for what in ("hospital", "doctor")
    )
    places = PointLayer("places", "Places", [14.4], [67.28], ["Bodø"])
    page = open_page(MapDocument("Times", layers=(places,), views=views)).page
    labels = [text.strip() for text in page.locator("#views .choice").all_inner_texts()]
    assert labels == ["Time to hospital", "Time to doctor"] * 2
    assert page.locator("#views .state-head").all_text_contents() == ["today", "no ferry for a week"]
    assert page.get_by_role("radio", name="Time to doctor, no ferry for a week").count() == 1


@pytest.mark.parametrize("typed", ["Alstahaug", "alstahug", "Guovdageaidnu"])
def test_a_municipality_is_found_where_no_polygons_are_drawn(open_page, typed: str):
    names = ["Alstahaug", "Guovdageaidnu - Kautokeino"]
    lon, lat = [12.6, 12.7, 23.0], [66.0, 66.05, 69.0]
    layer = PointLayer("p", "Places", lon, lat, ["A", "B", "C"], (), areas=names, area_of=[0, 0, 1])
    page = open_page(MapDocument(title="t", layers=(layer,))).page
    page.fill("#search-text", typed)
    page.keyboard.press("Enter")
    west, south, east, north = (
        page.evaluate(f"geoaccess.map.getBounds().get{side}()") for side in ("West", "South", "East", "North")
    )
    inside = [west < x < east and south < y < north for x, y in zip(lon, lat, strict=True)]
    assert inside == ([False, False, True] if typed == "Guovdageaidnu" else [True, True, False])


def test_on_paper_that_lies_the_map_stands_beside_its_figures_and_its_key(open_page, document: MapDocument):
    # A4 lying, within margins of 12 mm, in the pixels of a page.
    wide, high = round(273 / 25.4 * 96), round(186 / 25.4 * 96)
    page = open_page(document, width=wide, height=high).page
    page.emulate_media(media="print")
    placed = {name: box(page, name) for name in ("#map_geoaccess", "header", "#figures", "#key")}
    picture = placed.pop("#map_geoaccess")
    assert picture["y"] == 0
    assert picture["height"] > 0.8 * high
    assert picture["width"] > 0.6 * wide
    for name, one in placed.items():
        assert one["x"] + one["width"] <= picture["x"], name
        assert one["y"] + one["height"] <= high, name
