"""Hours of the day on a map: a strip in the pop-up, a slider that colours the places, hatching."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from maps import (
    Hatching,
    Hours,
    MapDataError,
    MapDocument,
    PointLayer,
    Scale,
    Series,
    View,
    render_map,
)

SCALE = Scale.minutes((30, 60, 120))
VALUES = np.stack([np.linspace(10, 240, 24), np.full(24, 20.0), np.full(24, np.nan)])


def layer(**changes) -> PointLayer:
    hours = {"name": "Half the time", "values": VALUES, "scale": SCALE, "notes": ["leave by 21:49", "", ""]}
    hours |= {"views": ("table", "hour"), "chosen_in": "hour"} | changes
    return PointLayer(
        key="p",
        name="Places",
        lon=[14.0, 14.5, 15.0],
        lat=[67.0, 67.2, 67.4],
        labels=["Øya", "Byen", "Holmen"],
        series=(Series("Table", [40.0, 20.0, np.nan], SCALE, "table"),),
        hours=(Hours(**hours),),
        hatching=Hatching("assumed", {"hour": [True, False, False]}),
    )


def document(**changes) -> MapDocument:
    return MapDocument(
        title="Hours", layers=(layer(**changes),), views=(View("table", "Table"), View("hour", "By the hour"))
    )


def test_an_hour_has_the_classes_of_its_values():
    page = render_map(document())
    found = re.search(r'id="geoaccess-data">(.*?)</script>', page, re.DOTALL)
    (packed,) = json.loads(found[1])["layers"]
    (hours,) = packed["hours"]
    assert hours["classes"][0] == "00-"
    assert hours["classes"][23] == "30-"
    assert len(hours["values"]) == 24
    assert packed["hatching"] == {"name": "assumed", "rows": {"hour": "100"}}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"values": VALUES[:, :23]}, "shape"),
        ({"values": np.where(np.isnan(VALUES), np.inf, VALUES)}, "infinity"),
        ({"notes": ["one"]}, "1 notes for 3 labels"),
        ({"chosen_in": "gone"}, "view 'gone'"),
    ],
)
def test_hours_that_cannot_be_shown_are_refused(changes, words):
    with pytest.raises(MapDataError, match=words):
        render_map(document(**changes))


@pytest.mark.browser
def test_the_slider_colours_the_places_and_the_strip_tells_of_them(open_page):
    opened = open_page(document())
    page = opened.page
    assert page.locator("#hours").is_hidden()
    page.get_by_label("By the hour").check()
    page.get_by_role("slider", name="Hour of leaving").fill("23")
    page.get_by_role("combobox", name="Find a place").fill("Øya")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    told = page.locator(".leaflet-popup").inner_text()
    assert "Half the time, leaving 23:00–24:00" in told
    assert "240\N{NO-BREAK SPACE}min" in told
    assert "leave by 21:49" in told
    assert page.locator(".hours span").count() == 24
    assert page.locator(".hours .now").get_attribute("title") == "23:00: 240\N{NO-BREAK SPACE}min"
    assert "00:00: 10\N{NO-BREAK SPACE}min" in page.locator(".hours").get_attribute("aria-label")
    assert "hour=23" in page.url
    assert "assumed" in page.locator("#key").inner_text()
    page.get_by_label("Table", exact=True).check()
    assert page.locator("#hours").is_hidden()
    assert page.locator(".hours span").count() == 24
    assert page.locator(".hours .now").count() == 0
    opened.assert_silent()


@pytest.mark.browser
def test_a_link_opens_at_its_hour(open_page):
    opened = open_page(document(), address="#view=hour&hour=2")
    assert opened.page.locator("#hours output").inner_text() == "02:00–03:00"
    opened.assert_silent()
