"""Where a map opens: on its people, whatever the window, and at the place that its address names."""

from __future__ import annotations

import pytest

from maps import Column, MapDocument, PointLayer, Scale, Series, View

pytestmark = pytest.mark.browser

WINDOWS = [(1366, 768), (1440, 900), (1536, 864), (1920, 1080), (390, 844)]
#: Name -> west, south, east, north in degrees: with the stored coast and without, wide, high, and as small as a town.
REGIONS = {
    "the embedded region": (11.0, 64.9, 31.1, 71.2),
    "a country": (21.5, 57.5, 28.2, 59.7),
    "an island state": (13.9, 35.6, 14.9, 36.3),
    "a town": (14.505, 35.890, 14.520, 35.902),
    "a high country": (-75.6, -55.0, -67.0, -17.5),
    "a wide chain of islands": (-28.0, 37.5, -16.0, 38.2),
}
#: Where the corners of the region are in the window, and what is seen, when everything is at rest.
SEEN = """() => {
  const map = geoaccess.map, size = map.getSize();
  const inside = ([lat, lon]) => {
    const at = map.latLngToContainerPoint([lat, lon]);
    return at.x >= 0 && at.y >= 0 && at.x <= size.x && at.y <= size.y;
  };
  const [west, south, east, north] = geoaccess.data.bounds;
  const corners = [[south, west], [south, east], [north, west], [north, east]];
  const centre = map.getCenter();
  return {
    corners: corners.filter(inside).length,
    middle: inside([(south + north) / 2, (west + east) / 2]),
    centre: [centre.lat, centre.lng, map.getZoom()],
  };
}"""
#: Leaflet's animations take a quarter of a second; the page says that it is ready before one would end.
REST_MS = 400


def document(bounds: tuple[float, float, float, float]) -> MapDocument:
    west, south, east, north = bounds
    lon, lat = [west, (west + east) / 2, east], [south, (south + north) / 2, north]
    times = Series("Minutes", [5.0, 20.0, 90.0], Scale.minutes((30, 60)), "now")
    people = PointLayer(
        "people", "People", lon, lat, ["a", "b", "c"], (times,), size=Column("People", [5, 50, 9])
    )
    return MapDocument(title="Minutes", layers=(people,), views=(View("now", "Now"),), bounds=bounds)


def everywhere(*names: str) -> list[tuple[str, int, int]]:
    """Some regions in every window; the others in one that is wide and one that is high."""
    return [
        (name, *window)
        for name in REGIONS
        for window in (WINDOWS if name in names else [WINDOWS[0], WINDOWS[-1]])
    ]


@pytest.mark.parametrize(
    ("name", "width", "height"), everywhere("the embedded region", "an island state", "a town")
)
def test_a_map_opens_on_the_whole_of_its_region(open_page, name: str, width: int, height: int):
    page = open_page(document(REGIONS[name]), width=width, height=height).page
    page.wait_for_timeout(REST_MS)
    seen = page.evaluate(SEEN)
    assert seen["middle"]
    # The stored coast ends somewhere: where a window is wide, its edge stays out of sight and a corner with it.
    assert seen["corners"] >= (2 if name == "the embedded region" else 4)


@pytest.mark.parametrize(("name", "width", "height"), everywhere("an island state"))
def test_the_place_in_the_address_is_where_it_opens(open_page, name: str, width: int, height: int):
    west, south, east, north = REGIONS[name]
    lat, lon = south + 0.7 * (north - south), west + 0.6 * (east - west)
    # A map of a town ends around it: in a wide window nothing is left to see at 13.
    zoom = 15 if name == "a town" else 13
    address = f"#at={lat},{lon},{zoom}"
    page = open_page(document(REGIONS[name]), width=width, height=height, address=address).page
    page.wait_for_timeout(REST_MS)
    assert page.evaluate(SEEN)["centre"] == pytest.approx([lat, lon, zoom], abs=0.01)


def test_a_window_that_grows_and_shrinks_keeps_the_region(open_page):
    page = open_page(document(REGIONS["a country"]), width=390, height=844).page
    for width, height in WINDOWS:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(REST_MS)
        page.click("#whole")
        assert page.evaluate(SEEN)["corners"] == 4
