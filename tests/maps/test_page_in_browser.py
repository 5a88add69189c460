"""The page as a person meets it: in a browser whose network is blocked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from maps import MapDocument

pytestmark = pytest.mark.browser


def test_opens_without_a_single_request_or_complaint(open_page, document: MapDocument):
    opened = open_page(document)
    assert opened.page.title() == document.title
    assert opened.page.locator("#notices").inner_text() == document.notices[0]
    opened.assert_silent()


def test_the_choice_changes_colours_figures_and_sites(open_page, document: MapDocument):
    opened = open_page(document)
    page = opened.page
    assert "Mean before" in page.locator("#figures").inner_text()
    assert page.locator(".site.chosen").count() == 0
    before = page.evaluate("geoaccess.canvas.canvas.toDataURL()")
    page.get_by_label("After").check()
    assert "Mean after" in page.locator("#figures").inner_text()
    assert page.locator(".site.chosen").count() == 1
    page.wait_for_function("before => geoaccess.canvas.canvas.toDataURL() !== before", arg=before)
    assert "view=after" in page.url
    opened.assert_silent()


@pytest.mark.parametrize("typed", ["Træna", "traena", "TRANA", "træ"])
def test_search_finds_names_with_and_without_diacritics(open_page, document: MapDocument, typed: str):
    opened = open_page(document)
    page = opened.page
    page.get_by_role("combobox", name="Find a place").fill(typed)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.locator(".leaflet-popup h2").inner_text() == "Træna"
    assert "not reachable" in page.locator(".leaflet-popup").inner_text()
    page.keyboard.press("Escape")
    assert page.locator(".leaflet-popup").count() == 0
    opened.assert_silent()


def test_a_facility_is_reached_by_tab_opened_by_enter_closed_by_escape(open_page, document: MapDocument):
    opened = open_page(document)
    page = opened.page
    page.locator("#skip").press("Enter")
    for _ in range(20):
        page.keyboard.press("Tab")
        label = page.evaluate("document.activeElement.getAttribute('aria-label') ?? ''")
        if label.startswith("Bodø sykehus"):
            break
    assert label == "Bodø sykehus, Hospitals, Existing"
    page.keyboard.press("Enter")
    assert page.locator(".leaflet-popup h2").inner_text() == "Bodø sykehus"
    page.keyboard.press("Escape")
    assert page.locator(".leaflet-popup").count() == 0
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == label


def test_every_layer_has_a_table_that_sorts_and_leads_back_to_the_map(open_page, document: MapDocument):
    opened = open_page(document)
    page = opened.page
    page.locator("#open-tables").click()
    assert page.locator("#tables-choice option").all_inner_texts() == [
        "Worst off",
        "Settlements",
        "Municipalities",
        "Hospitals",
        "Ferries",
    ]
    page.locator("#tables-choice").select_option(label="Settlements")
    page.get_by_role("button", name="People", exact=True).click()
    names = page.locator("#tables-body tbody th").all_inner_texts()
    assert names == ["Bodø", "Fauske", "Træna", "Røst"]
    page.get_by_role("button", name="Show Fauske on the map").click()
    assert page.locator(".leaflet-popup h2").inner_text() == "Fauske"
    opened.assert_silent()


def test_a_link_brings_back_what_the_sender_saw(open_page, document: MapDocument):
    opened = open_page(document)
    page = opened.page
    page.get_by_label("After").check()
    page.get_by_label("Hospitals (2)").uncheck()
    page.get_by_role("combobox", name="Find a place").fill("fauske")
    page.keyboard.press("Enter")
    address = page.url[page.url.index("#") :]
    again = open_page(document, address=address).page
    assert again.get_by_label("After").is_checked()
    assert not again.get_by_label("Hospitals (2)").is_checked()
    assert again.locator(".leaflet-popup h2").inner_text() == "Fauske"


@pytest.mark.parametrize(
    "address", ["#view=nothing&at=x,y,z&on=none&item=9,settlements&swipe=7", "#%%%", "#item=1"]
)
def test_an_address_it_does_not_know_is_passed_over(open_page, document: MapDocument, address: str):
    opened = open_page(document, address=address)
    assert opened.page.locator("#title").inner_text() == document.title
    opened.assert_silent()


def test_swipe_moves_by_keyboard_and_shows_both_views(open_page, document: MapDocument):
    opened = open_page(replace(document, swipe=("before", "after")))
    page = opened.page
    page.get_by_label("Compare side by side").check()
    line = page.get_by_label("Place of the dividing line")
    line.focus()
    # The chosen site lies right of the middle: it is shown while it is on the side of "after".
    assert page.locator(".site.chosen").count() == 1
    page.keyboard.press("End")
    page.wait_for_function("() => document.querySelectorAll('.site.chosen').length === 0")
    page.keyboard.press("Home")
    page.wait_for_function("() => document.querySelectorAll('.site.chosen').length === 1")
    opened.assert_silent()


def test_bokmal_speaks_bokmal_with_norwegian_numbers(open_page, document: MapDocument):
    from maps import Language

    opened = open_page(replace(document, language=Language.BOKMAL))
    page = opened.page
    assert page.locator("html").get_attribute("lang") == "nb"
    assert "12,3" in page.locator("#figures").inner_text()
    assert page.get_by_role("button", name="Skriv ut").count() == 1
    assert "Bevist best" in page.locator("#proof").inner_text()


@pytest.mark.parametrize(("width", "height"), [(1200, 800), (320, 640), (600, 400)])
def test_nothing_sticks_out_sideways(open_page, document: MapDocument, width: int, height: int):
    page = open_page(document, width=width, height=height).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    ("state", "width"), [("plain", 320), ("popup", 1200), ("table", 1200), ("table", 320), ("swipe", 1200)]
)
def test_axe_finds_no_violation(open_page, document: MapDocument, state: str, width: int):
    from axe_playwright_python.sync_playwright import Axe

    page = open_page(replace(document, swipe=("before", "after")), width=width).page
    if state == "popup":
        page.get_by_role("combobox", name="Find a place").fill("fauske")
        page.keyboard.press("Enter")
    elif state == "table":
        page.locator("#open-tables").click()
    elif state == "swipe":
        page.get_by_label("Compare side by side").check()
    result = Axe().run(page)
    assert result.violations_count == 0, result.generate_report()


def test_prints_to_a_document(open_page, document: MapDocument):
    opened = open_page(document)
    printed = opened.page.pdf()
    assert printed.startswith(b"%PDF")
    assert len(printed) > 20_000
    opened.assert_silent()
