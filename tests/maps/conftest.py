"""A browser without a network, and documents for it to show."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from browser import ARGUMENTS, CONTEXT, chromium

from maps import (
    AreaLayer,
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
    View,
    write_map,
)


@dataclass
class Opened:
    """A page in the browser, and all it tried to fetch or complained about."""

    page: Any
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def assert_silent(self) -> None:
        assert self.requests == []
        assert self.complaints == []


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Headless Chromium; without one the tests are skipped, unless GEOACCESS_REQUIRE_BROWSER is set."""
    executable = chromium()
    if executable is None:
        reason = "no Chromium on this machine (`make browser` installs Debian's)"
        if os.environ.get("GEOACCESS_REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """``open_page(document_or_path, width=, height=, address=, **context options)`` -> :class:`Opened`."""
    contexts = []

    def open_one(
        source: MapDocument | Path, *, width: int = 1200, height: int = 800, address: str = "", **options: Any
    ) -> Opened:
        path = source if isinstance(source, Path) else write_map(source, tmp_path / "map.html")
        context = browser.new_context(viewport={"width": width, "height": height}, **{**CONTEXT, **options})
        contexts.append(context)
        opened = Opened(context.new_page())

        def refuse(route: Any) -> None:
            opened.requests.append(route.request.url)
            route.abort()

        context.route("http://**/*", refuse)
        context.route("https://**/*", refuse)
        opened.page.on("websocket", lambda socket: opened.requests.append(socket.url))
        opened.page.on("dialog", lambda dialog: (opened.complaints.append("dialog"), dialog.dismiss()))
        opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        opened.page.on(
            "console",
            lambda message: (
                opened.complaints.append(message.text) if message.type in {"error", "warning"} else None
            ),
        )
        opened.page.goto(path.as_uri() + address)
        opened.page.wait_for_selector("html[data-ready=true]", state="attached", timeout=30_000)
        return opened

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture
def document() -> MapDocument:
    """A small document with every kind of layer, two views and a table."""
    scale = Scale.minutes((30, 60, 120))
    hospitals = [SiteRole.EXISTING, SiteRole.ABSENT]
    return MapDocument(
        title="Time to a hospital in Salten",
        subtitle="One more hospital",
        headline=(Headline("People", 47_000),),
        notices=("The network is a curated approximation.",),
        proof=Proof(ProofStatus.OPTIMAL, 12.0, 12.0, 0.0, "min", "HiGHS", "mean minutes per person"),
        layers=(
            AreaLayer(
                "municipalities",
                "Municipalities",
                [shapely.box(14, 67, 15, 67.6), shapely.box(15, 67, 16, 67.6)],
                ["Bodø", "Fauske"],
                (Series("Median minutes", [12.0, np.nan], scale),),
                shown=False,
            ),
            LineLayer(
                "ferries",
                "Ferries",
                [shapely.LineString([(14.4, 67.28), (12.1, 67.5)])],
                ["Bodø-Røst"],
                [LineKind.FERRY],
                (Column("Crossing", [200.0], "min"),),
            ),
            PointLayer(
                "settlements",
                "Settlements",
                [14.4, 15.39, 12.1, 12.1],
                [67.28, 67.26, 66.5, 67.5],
                ["Bodø", "Fauske", "Træna", "Røst"],
                (
                    Series("Minutes to hospital", [5.0, 59.96, np.nan, 300.0], scale, "before"),
                    Series("Minutes to hospital", [5.0, 8.0, np.nan, 300.0], scale, "after"),
                ),
                size=Column("People", [42_000, 6_000, 450, 430]),
            ),
            SiteLayer(
                "hospitals",
                "Hospitals",
                [14.4, 15.39],
                [67.285, 67.265],
                ["Bodø sykehus", "Fauske sykehus"],
                Shape.CROSS,
                {"": hospitals, "after": [SiteRole.EXISTING, SiteRole.CHOSEN]},
            ),
            FlowLayer(
                "flows",
                "Who goes where",
                "settlements",
                "hospitals",
                {"before": [0, 0, -1, 0], "after": [0, 1, -1, 0]},
            ),
        ),
        tables=(
            TableView("worst", "Worst off", (Column("Place", ["Røst"]), Column("Minutes", [300.0], "min"))),
        ),
        views=(
            View("before", "Before", headline=(Headline("Mean before", 12.34, "min", digits=1),)),
            View("after", "After", headline=(Headline("Mean after", 9.1, "min", digits=1),)),
        ),
    )
