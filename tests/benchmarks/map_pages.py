"""Size and speed of map pages: ours against Folium's own ways to draw points.

Run from the checkout (needs Chromium)::

    python tests/benchmarks/map_pages.py            # 3,000, 20,000 and 100,000 places; Folium up to 20,000
    python tests/benchmarks/map_pages.py --full     # Folium at 100,000 as well (minutes, and a gigabyte of memory)

Every page is opened in a fresh headless Chromium without a network; Folium's pages, which would be blank, are given
Leaflet from our vendored copy when they ask for it. ``load_s`` is the median of the runs, from the start of the
navigation to the first frame after everything is drawn. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import folium
import numpy as np
from playwright.sync_api import Browser, Route, sync_playwright

from maps import Column, MapDocument, PointLayer, Scale, Series, View, write_map

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
READY = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(
    () => done(performance.now() / 1000))))"""


def places(count: int) -> dict[str, Any]:
    """Random places over Northern Norway with names, people and two columns of minutes, seed 1."""
    rng = np.random.default_rng(1)
    minutes = rng.gamma(2.0, 30.0, count)
    minutes[rng.random(count) < 0.02] = np.nan
    return {
        "lon": rng.uniform(12, 31, count),
        "lat": rng.uniform(65.5, 71, count),
        "names": [f"Rute {number:06d}" for number in range(count)],
        "people": np.ceil(rng.pareto(1.2, count) * 5),
        "before": minutes,
        "after": minutes * rng.uniform(0.6, 1.0, count),
        "municipality": [f"Kommune {code}" for code in rng.integers(0, 80, count)],
    }


def ours(data: dict[str, Any], path: Path) -> None:
    scale = Scale.minutes()
    layer = PointLayer(
        key="cells",
        name="Grid cells",
        lon=data["lon"],
        lat=data["lat"],
        labels=data["names"],
        size=Column("People", data["people"]),
        series=(
            Series("Travel time", data["before"], scale, "before"),
            Series("Travel time", data["after"], scale, "after"),
        ),
        columns=(Column("Municipality", data["municipality"]),),
    )
    views = (View("before", "Before"), View("after", "After"))
    write_map(MapDocument("Benchmark", layers=(layer,), views=views, swipe=("before", "after")), path)


def folium_markers(data: dict[str, Any], path: Path) -> None:
    page = folium.Map(location=[68.5, 20], zoom_start=5, tiles=None, prefer_canvas=True)
    scale = Scale.minutes()
    colours = [*scale.colours, "#a3001e"]
    for lon, lat, name, people, mark in zip(
        data["lon"],
        data["lat"],
        data["names"],
        data["people"],
        scale.classes_of(data["before"]),
        strict=True,
    ):
        folium.CircleMarker(
            [lat, lon], radius=3 + people**0.3, color=colours[mark], tooltip=name, fill=True
        ).add_to(page)
    page.save(path)


def folium_geojson(data: dict[str, Any], path: Path) -> None:
    page = folium.Map(location=[68.5, 20], zoom_start=5, tiles=None, prefer_canvas=True)
    scale = Scale.minutes()
    colours = [*scale.colours, "#a3001e"]
    marks = scale.classes_of(data["before"])
    features = [
        {
            "type": "Feature",
            "id": number,
            "geometry": {"type": "Point", "coordinates": [float(lon), float(lat)]},
            "properties": {"name": name, "colour": colours[mark]},
        }
        for number, (lon, lat, name, mark) in enumerate(
            zip(data["lon"], data["lat"], data["names"], marks, strict=True)
        )
    ]
    folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        marker=folium.CircleMarker(radius=4, fill=True),
        style_function=lambda feature: {"color": feature["properties"]["colour"]},
        tooltip=folium.GeoJsonTooltip(["name"]),
    ).add_to(page)
    page.save(path)


def load_s(browser: Browser, path: Path, *, ready: str, runs: int) -> float:
    """Median seconds from the start of the navigation to the first frame with everything drawn."""
    leaflet = resources.files("maps").joinpath("_vendor", "leaflet")
    vendored = {
        name: leaflet.joinpath(name).read_text(encoding="utf-8") for name in ("leaflet.js", "leaflet.css")
    }

    def answer(route: Route) -> None:
        name = route.request.url.rsplit("/", 1)[-1]
        route.fulfill(body=vendored.get(name, ""))

    seconds = []
    for _ in range(runs):
        context = browser.new_context(viewport={"width": 1400, "height": 900})
        context.route("http*://**/*", answer)
        page = context.new_page()
        page.goto(path.as_uri(), wait_until="load", timeout=300_000)
        page.wait_for_selector(ready, state="attached", timeout=300_000)
        seconds.append(float(page.evaluate(READY)))
        context.close()
    return statistics.median(seconds)


WAYS: dict[str, tuple[Callable[[dict[str, Any], Path], None], str]] = {
    "geoaccess": (ours, "html[data-ready=true]"),
    "folium CircleMarker": (folium_markers, ".leaflet-container"),
    "folium GeoJson": (folium_geojson, ".leaflet-container"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="measure Folium at 100,000 places as well")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    rows = []
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for count in (3_000, 20_000, 100_000):
            data = places(count)
            for way, (make, ready) in WAYS.items():
                if count > 20_000 and way != "geoaccess" and not options.full:
                    continue
                path = Path(folder) / "map.html"
                start = time.perf_counter()
                make(data, path)
                row: dict[str, Any] = {"places": count, "way": way, "make_s": time.perf_counter() - start}
                row["megabytes"] = path.stat().st_size / 1e6
                row["load_s"] = load_s(browser, path, ready=ready, runs=options.runs)
                rows.append(row)
        browser.close()
    best = {row["places"]: row for row in rows if row["way"] == "geoaccess"}
    for row in rows:
        reference = best[row["places"]]
        for figure in ("megabytes", "load_s"):
            row[f"{figure}_ratio"] = round(row[figure] / reference[figure], 2)
            row[figure] = round(row[figure], 2)
        row["make_s"] = round(row["make_s"], 2)
    print(json.dumps({"rows": rows}, indent=1))


if __name__ == "__main__":
    main()
