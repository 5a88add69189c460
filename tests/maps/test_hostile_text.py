"""Names are hostile: none runs, at render time or in the browser, and each is shown exactly as it is.

The corpus (``hostile_strings.json``) goes through every field of a document that can hold a text.
"""

from __future__ import annotations

import json
import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

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
    MapName,
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
    render_map,
    write_map,
)

CORPUS: list[str] = json.loads(Path(__file__).with_name("hostile_strings.json").read_text(encoding="ascii"))
WHOLE = " ".join(text[:300] for text in CORPUS)
#: Keys must not be empty; what they hold is as hostile as any label.
KEYS = [text or "empty" for text in CORPUS]


def hostile_document() -> MapDocument:
    """Every field that can hold a text holds every string of the corpus."""
    count = len(CORPUS)
    lon, lat = np.linspace(14, 16, count), np.linspace(67, 68, count)
    columns = tuple(Column(text, CORPUS, unit=text) for text in CORPUS[:12])
    named = Scale.categories(CORPUS)
    points = [
        PointLayer(
            key,
            text,
            lon,
            lat,
            CORPUS,
            series=(
                *(Series(text, np.arange(count), named, view) for view in KEYS[:3]),
                Series(text, np.full(count, np.nan), Scale((1,), unit=text, missing=text), marks=CORPUS),
            ),
            size=Column(text, np.arange(count), text),
            columns=columns,
            parts=(Column(text, np.ones(count), text),),
            areas=CORPUS,
            area_of=np.arange(count),
            shown=number == 0,
        )
        for number, (key, text) in enumerate(zip(KEYS, CORPUS, strict=True))
    ]
    box = shapely.box(14, 67, 14.1, 67.1)
    line = shapely.LineString([(14, 67), (15, 68)])
    return MapDocument(
        title=WHOLE,
        subtitle=WHOLE,
        state=WHOLE,
        standing=tuple(CORPUS),
        verdict=WHOLE,
        headline=tuple(Headline(text, text, text, text) for text in CORPUS)
        + tuple(Headline(text, 1.0, text, text) for text in CORPUS),
        notices=tuple(CORPUS),
        proof=Proof(ProofStatus.OPTIMAL, 1.0, 1.0, 0.0, WHOLE, WHOLE, WHOLE),
        layers=(
            *points,
            AreaLayer(f"{WHOLE} areas", WHOLE, [box] * count, CORPUS, columns=columns),
            LineLayer(
                f"{WHOLE} lines", WHOLE, [line] * count, CORPUS, [LineKind.FERRY] * count, columns=columns
            ),
            SiteLayer(
                f"{WHOLE} sites",
                WHOLE,
                lon,
                lat,
                CORPUS,
                Shape.STAR,
                [SiteRole.CHOSEN] * count,
                columns=columns,
            ),
            FlowLayer(f"{WHOLE} flows", WHOLE, KEYS[0], f"{WHOLE} sites", np.arange(count)),
        ),
        tables=tuple(TableView(key, key, columns, note=key, in_panel=True) for key in KEYS[:3])
        + tuple(TableView(key, key, columns[:1], note=key) for key in KEYS[3:]),
        views=tuple(
            View(key, text, text, (Headline(text, text),), None, 1.0, text, text, state=text)
            for key, text in zip(KEYS, CORPUS, strict=True)
        ),
        view_label=WHOLE,
        swipe=(KEYS[0], KEYS[1]),
        basemap=Basemap(land=box, source=WHOLE),
        names=tuple(MapName(text, *at) for text, *at in zip(CORPUS, lon, lat, strict=True)),
        sources=tuple(CORPUS),
    )


HOSTILE = {*CORPUS, WHOLE, *(f"{WHOLE} {key}" for key in ("areas", "lines", "sites", "flows"))} - {""}


def text_fields(value: Any, path: str = "", *, hostile: set[str] = HOSTILE) -> set[str]:
    """Every place in a document that holds a hostile text, as class and field."""
    if is_dataclass(value):
        return set().union(
            *(
                text_fields(getattr(value, f.name), f"{type(value).__name__}.{f.name}", hostile=hostile)
                for f in fields(value)
            )
        )
    if isinstance(value, str):
        return {path} if value in hostile else set()
    if isinstance(value, (tuple, list)):
        return set().union(set(), *(text_fields(item, path, hostile=hostile) for item in value))
    return set()


def units(text: str) -> list[int]:
    """The UTF-16 code units of a text, as a browser counts them; lone surrogates survive."""
    raw = text.encode("utf-16-le", "surrogatepass")
    return [int.from_bytes(raw[at : at + 2], "little") for at in range(0, len(raw), 2)]


UNITS_OF = """nodes => nodes.map(node => Array.from({ length: node.textContent.length },
    (_, at) => node.textContent.charCodeAt(at)))"""


def shown(page: Any, selector: str) -> list[list[int]]:
    return page.locator(selector).evaluate_all(UNITS_OF)


EXPECTED = [units(text) for text in CORPUS]


@pytest.fixture(scope="module")
def hostile_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_map(hostile_document(), tmp_path_factory.mktemp("hostile") / "map.html")


def test_the_corpus_is_large_and_reaches_every_text_field():
    assert len(CORPUS) >= 40
    named = {
        f"{kind.__name__}.{field.name}"
        for kind in (
            MapDocument,
            Headline,
            Proof,
            View,
            TableView,
            PointLayer,
            AreaLayer,
            LineLayer,
            SiteLayer,
            FlowLayer,
            Column,
            Series,
            Scale,
            Basemap,
        )
        for field in fields(kind)
        if field.type
        in {"str", "float | str | None", "tuple[str, ...]", "Sequence[str]", "Sequence[str] | ArrayLike"}
    }
    # Keys of views that are pointed at, and of layers that flows join, are named elsewhere in the document.
    assert named - text_fields(hostile_document()) == {"MapDocument.first_view"}


def test_nothing_runs_while_the_page_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    page = render_map(hostile_document())
    assert list(tmp_path.iterdir()) == []
    outside = re.sub(
        r'<script type="application/json".*?</script>|<title.*?</title>', "", page, flags=re.DOTALL
    )
    benign = re.sub(
        r'<script type="application/json".*?</script>|<title.*?</title>',
        "",
        render_map(MapDocument("benign")),
        flags=re.DOTALL,
    )
    assert outside == benign


@pytest.mark.browser
def test_everything_is_shown_as_it_is_and_nothing_runs(open_page, hostile_page: Path):
    opened = open_page(hostile_page)
    page = opened.page
    assert shown(page, "#title") == [units(WHOLE)]
    assert shown(page, "#subtitle") == [units(WHOLE)]
    assert shown(page, "#standing bdi")[1:] == [*EXPECTED, units(WHOLE)]
    assert shown(page, "#notices .notice")[: len(CORPUS)] == EXPECTED
    sources = [text for text in EXPECTED if text]
    assert shown(page, "#source-lines li")[: len(sources)] == sources
    assert shown(page, "#views .choice:not(.swipe) > span:not(.rank):not(.rank-value)") == EXPECTED
    assert shown(page, ".figures.lines dt")[: len(CORPUS)] == EXPECTED
    assert shown(page, ".figures.lines .figure dd:not(.note)")[: len(CORPUS)] == EXPECTED
    assert shown(page, "#layers .layer label bdi")[: len(CORPUS)] == EXPECTED
    labels = page.locator(".site").evaluate_all("nodes => nodes.map(node => node.getAttribute('aria-label'))")
    assert len(labels) == len(CORPUS)
    assert page.evaluate("window.hacked") is None
    opened.assert_silent()


@pytest.mark.browser
def test_tables_popups_and_search_show_text(open_page, hostile_page: Path):
    opened = open_page(hostile_page)
    page = opened.page
    page.locator("#open-tables").click()
    # After the document's own tables and the points: the areas.
    page.locator("#tables-choice").select_option(index=2 * len(CORPUS))
    got = shown(page, "#tables-body tbody th bdi")
    assert sorted(got) == sorted(EXPECTED[:100])
    assert sorted(shown(page, "#tables-body tbody tr td:nth-child(2) bdi")) == sorted(EXPECTED[:100])
    page.keyboard.press("Escape")
    headings = page.evaluate(
        """() => geoaccess.layers[0].labels.map(function (_, row) {
            geoaccess.select({ layer: geoaccess.layers[0], row });
            const text = document.querySelector(".leaflet-popup h2").textContent;
            return Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
        })"""
    )
    assert headings == EXPECTED
    page.evaluate("geoaccess.showTip({ layer: geoaccess.layers[0], row: 12 }, L.point(300, 300))")
    assert shown(page, ".tip strong") == [EXPECTED[12]]
    for typed in ("<script>", "{{", "${", "javascript:"):
        page.locator("#search-text").fill(typed)
        assert page.locator("#search-hits li").count() > 0
    made = "img, iframe, object, embed, base, form, [onerror], [onload], [onclick], a[href^='javascript' i]"
    assert page.locator(made).count() == 0
    assert page.evaluate("window.hacked") is None
    opened.assert_silent()


@pytest.mark.browser
def test_hostile_keys_survive_the_address(open_page, hostile_page: Path):
    opened = open_page(hostile_page)
    for number in (12, CORPUS.index("__proto__"), CORPUS.index("constructor")):
        opened.page.evaluate(
            "document.querySelectorAll('.view-group').forEach((one) => { one.open = true; })"
        )
        opened.page.locator("input[name=view]").nth(number).check()
        address = opened.page.url[opened.page.url.index("#") :]
        again = open_page(hostile_page, address=address)
        assert again.page.locator("input[name=view]").nth(number).is_checked()
        again.assert_silent()
    opened.assert_silent()
