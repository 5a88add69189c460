"""Size of pages whose reader opens and closes sites, and how fast they answer, with and without a slow computer.

Run from the checkout (needs Chromium)::

    python tests/benchmarks/what_if_pages.py                 # 449 x 244 x 5, 5,000 x 300 and 20,000 x 400
    python tests/benchmarks/what_if_pages.py --slow 4        # the slow-down of the second column; default 4

A made-up country: places along a coast, sites among them, minutes by straight lines with a detour and fjords that
add a ferry. ``step_ms`` is the median over openings and closings from the click to the second frame after it, what
the reader waits for; ``compute_ms`` is the part before the first frame. ``picture_cpu_ms`` is the median time of the
page's own thread on the processor from the click until the first picture with the figures and the map, ``cpu_ms`` the
mean of everything, with names, lists, charts and address, which follow that picture; other programs on the machine
change both less than the clock on the wall. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import CDPSession, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from browser import ARGUMENTS, CONTEXT, chromium

from geoaccess.answers.site_minutes import in_quanta
from maps import (
    Column,
    MapDocument,
    PointLayer,
    Scale,
    Series,
    Shape,
    SiteLayer,
    SiteRole,
    SiteState,
    View,
    WhatIf,
    write_map,
)

SIZES = ((449, 244, 5), (5_000, 300, 1), (20_000, 400, 1))
STEP = """(site) => new Promise((done) => {
  performance.mark("step-begins");
  const start = performance.now();
  geoaccess.toggleSite(site);
  const computed = performance.now() - start;
  // After the picture, before anything that waits for it.
  const seen = () => scheduler.postTask(() => performance.mark("step-seen"), { priority: "user-blocking" });
  requestAnimationFrame(seen);
  requestAnimationFrame(() => requestAnimationFrame(() => done([performance.now() - start, computed])));
})"""
SUGGEST = """() => {
  const { subject, state, open } = geoaccess.choice;
  const start = performance.now();
  geoaccess.suggestions(subject, state, open);
  return performance.now() - start;
}"""


def country(n_places: int, n_sites: int, n_states: int) -> MapDocument:
    """Places in towns along a coast, seed 1; a fifth of the sites are there today."""
    dice = np.random.default_rng(1)
    towns = np.sort(dice.uniform(0, 1, 80))
    town = np.sort(dice.integers(0, 80, n_places))
    lon = 12 + 18 * towns[town] + dice.normal(0, 0.15, n_places)
    lat = 65.5 + 5 * towns[town] + dice.normal(0, 0.08, n_places)
    people = np.ceil(dice.pareto(1.2, n_places) * 5)
    at = dice.choice(n_places, n_sites, replace=False)
    km = np.hypot(
        (lon[:, None] - lon[None, at]) * 111 * np.cos(np.deg2rad(68)), (lat[:, None] - lat[None, at]) * 111
    )
    fjords = np.abs(town[:, None] - town[None, at]) // 5
    today = np.arange(n_sites) % 5 == 0
    states = []
    for number in range(n_states):
        minutes = np.round(2 + km * 1.35 / 60 * 60 * (1 + 0.1 * number) + 25.0 * fjords, 3)
        minutes[minutes > 1500] = np.nan
        before = np.nanmin(np.where(today[None, :], minutes, np.nan), axis=1)
        found = in_quanta(minutes, before, np.full((n_places, 1), 25.0), today)
        assert found is not None
        rows = (found.minutes, found.before, found.limits, found.today)
        states.append(SiteState(f"s{number}", f"State {number}", found.step_min, found.error_min, *rows))
    roles = [SiteRole.EXISTING if one else SiteRole.CANDIDATE for one in today]
    views = ("what-if", "what-if-change")
    subject = WhatIf(
        key="stations",
        label="Stations",
        kind="placement",
        minutes_view=views[0],
        change_view=views[1],
        points="places",
        sites="sites",
        ids=[f"s{number}" for number in range(n_sites)],
        closable=np.ones(n_sites, dtype=bool),
        weights=people,
        areas=[f"Municipality {number}" for number in range(80)],
        area_of=town,
        states=states,
        within=[(0, "Within 25 min")],
    )
    scale = Scale.minutes()
    return MapDocument(
        title="A made-up country",
        layers=(
            PointLayer(
                "places",
                "Places",
                lon,
                lat,
                [f"Place {number}" for number in range(n_places)],
                (
                    Series("With your choice", before, scale, views[0]),
                    Series("Change", np.zeros(n_places), Scale.difference(), views[1]),
                ),
                size=Column("People", people),
            ),
            SiteLayer(
                "sites",
                "Stations",
                lon[at],
                lat[at],
                [f"Site {number}" for number in range(n_sites)],
                Shape.TRIANGLE,
                dict.fromkeys(views, roles),
            ),
        ),
        views=(View(views[0], "Minutes"), View(views[1], "Change")),
        what_if=(subject,),
    )


def _thread_s(session: CDPSession) -> float:
    """Seconds that the page's thread has worked."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in metrics if one["name"] == "TaskDuration"))


def _until_picture(page: Page, sites: list[int]) -> float:
    """Median milliseconds of the page's thread from a click until its picture, by the marks of a trace."""
    browser = page.context.browser
    assert browser is not None
    browser.start_tracing(page=page, categories=["blink.user_timing"])
    for site in sites:
        page.evaluate(STEP, site)
        page.wait_for_timeout(100)
    events = json.loads(browser.stop_tracing())["traceEvents"]
    begins, seen = (
        [event["tts"] for event in events if event["name"] == name] for name in ("step-begins", "step-seen")
    )
    return statistics.median(end - start for start, end in zip(begins, seen, strict=True)) / 1000.0


def measured(page: Page, n_sites: int, rate: int) -> dict[str, float]:
    """Medians of opening, closing and suggesting at a slow-down."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": rate})
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    sites = [1 + 5 * number for number in range(6)] + [5 * number for number in range(6)]
    before = _thread_s(session)
    times = [page.evaluate(STEP, site % n_sites) for site in sites]
    spent = 1000.0 * (_thread_s(session) - before) / len(sites)
    picture = _until_picture(page, [site % n_sites for site in sites])
    suggest = statistics.median(page.evaluate(SUGGEST) for _ in range(3))
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    return {
        "step_ms": round(statistics.median(time for time, _ in times), 1),
        "compute_ms": round(statistics.median(time for _, time in times), 1),
        "picture_cpu_ms": round(picture, 1),
        "cpu_ms": round(spent, 1),
        "suggest_ms": round(suggest, 1),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slow", type=int, default=4, help="how many times slower the second measurement is")
    slow = parser.parse_args().slow
    told: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        for size in SIZES:
            path = write_map(country(*size), Path(folder) / "map.html")
            page = browser.new_context(viewport={"width": 1366, "height": 768}, **CONTEXT).new_page()
            page.goto(path.as_uri())
            page.wait_for_selector("html[data-ready=true]", state="attached", timeout=60_000)
            row: dict[str, Any] = {
                "places_sites_states": list(size),
                "megabytes": round(path.stat().st_size / 1e6, 2),
            }
            for name, rate in (("as_it_is", 1), (f"slowed_{slow}x", slow)):
                row[name] = measured(page, size[1], rate)
            told.append(row)
            page.context.close()
        browser.close()
    print(json.dumps({"pages": told}, indent=2))


if __name__ == "__main__":
    main()
