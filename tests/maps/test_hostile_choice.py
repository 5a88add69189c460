"""Choosing sites with hostile names: every text of a subject goes through the page as it is, and none runs.

The same strings stand in the charts, which rank areas and name states of the world.
"""

from __future__ import annotations

import json
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest

from geoaccess.answers.site_minutes import in_quanta
from maps import (
    Column,
    KnownAnswer,
    MapDocument,
    PointLayer,
    Scale,
    Series,
    Shape,
    SiteLayer,
    SiteLimit,
    SitePromise,
    SiteRole,
    SiteState,
    View,
    WhatIf,
    write_map,
)

sys.path.insert(0, str(Path(__file__).parent))
from test_hostile_text import shown, text_fields, units

CORPUS: list[str] = json.loads(Path(__file__).with_name("hostile_strings.json").read_text(encoding="ascii"))
#: Ids and keys must differ and hold something.
KEYS = [f"{text or 'empty'} {number}" for number, text in enumerate(CORPUS)]
SIZE = len(CORPUS)


def state(key: str, label: str, slower: float) -> SiteState:
    """Minutes that grow with the distance between the numbers of a place and a site; every third is there today."""
    minutes = 2.0 + slower * np.abs(np.arange(SIZE)[:, None] - np.arange(SIZE)[None, :])
    today = np.arange(SIZE) % 3 == 0
    before = minutes[:, today].min(axis=1)
    found = in_quanta(minutes, before, np.full((SIZE, 1), 1.0), today)
    assert found is not None
    rows = (found.minutes, found.before, found.limits, found.today)
    return SiteState(key, label, found.step_min, found.error_min, *rows)


def hostile_choice() -> MapDocument:
    lon, lat = np.linspace(14, 16, SIZE), np.linspace(67, 68, SIZE)
    views = (KEYS[0], KEYS[1])
    scale, before = Scale.minutes(), np.linspace(1, 200, SIZE)
    subject = WhatIf(
        key=KEYS[2],
        label=CORPUS[3],
        kind="placement",
        minutes_view=views[0],
        change_view=views[1],
        points=KEYS[3],
        sites=KEYS[4],
        ids=KEYS,
        closable=np.ones(SIZE, dtype=bool),
        weights=np.arange(1.0, SIZE + 1),
        areas=CORPUS,
        area_of=np.arange(SIZE),
        states=[state(KEYS[5], CORPUS[5], 1.0), state(KEYS[6], CORPUS[6], 2.0)],
        within=[(0, CORPUS[12])],
        promises=[SitePromise(text, 0, each=True) for text in CORPUS],
        answers=[KnownAnswer(CORPUS[13], (1,), (), KEYS[5], proven=True)],
        limits=[SiteLimit(text, "opened", at_most=0.0) for text in CORPUS],
        notes=CORPUS,
    )
    return MapDocument(
        title="t",
        layers=(
            PointLayer(
                KEYS[3],
                "Places",
                lon,
                lat,
                CORPUS,
                (
                    Series("With your choice", before, scale, views[0]),
                    Series("Change", np.zeros(SIZE), Scale.difference(), views[1]),
                    Series("Minutes", before, scale, KEYS[7]),
                    Series("Minutes", 2 * before, scale, KEYS[8]),
                ),
                size=Column("People", np.arange(1.0, SIZE + 1)),
                areas=CORPUS,
                area_of=np.arange(SIZE),
            ),
            SiteLayer(
                KEYS[4],
                "Sites",
                lon,
                lat,
                CORPUS,
                Shape.STAR,
                {key: [SiteRole.EXISTING, *([SiteRole.CANDIDATE] * (SIZE - 1))] for key in views},
            ),
        ),
        views=(
            *(View(key, key) for key in views),
            *(View(key, text, charted=True) for key, text in zip(KEYS[7:9], CORPUS[7:9], strict=True)),
        ),
        what_if=(subject,),
    )


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_map(hostile_choice(), tmp_path_factory.mktemp("hostile-choice") / "map.html")


def test_every_text_of_a_subject_is_hostile():
    texts = {"str", "Sequence[str]"}
    named = {
        f"{kind.__name__}.{field.name}"
        for kind in (WhatIf, SiteState, SitePromise, KnownAnswer, SiteLimit)
        for field in fields(kind)
        if field.type in texts
    }
    document = hostile_choice()
    hostile = {*CORPUS, *KEYS}
    # What is not there: words of the program, which no data holds.
    assert named - text_fields(document, hostile=hostile) == {"WhatIf.kind", "SiteLimit.what"}


@pytest.mark.browser
def test_names_of_sites_areas_and_promises_are_shown_and_nothing_runs(open_page, page_file: Path):
    address = f"#view={quote(KEYS[0], safe='')}&sites=+{quote(KEYS[1], safe='')}"
    opened = open_page(page_file, address=address)
    page: Any = opened.page
    assert page.evaluate("geoaccess.choiceFile(geoaccess.choice).open") == [KEYS[1]]
    for name in ("changes", "suggest", "frontier", "curve", "multiples", "ranking", "take"):
        page.evaluate("(id) => { document.getElementById(id).open = true; }", f"choice-{name}")
    page.wait_for_selector("#choice-ranking-list li", state="attached")
    filled = [units(text) for text in CORPUS]
    assert sorted(shown(page, "#choice-ranking-list button > bdi")) == sorted(filled)
    assert sorted(shown(page, "#choice-sites label > bdi")) == sorted(filled)
    assert shown(page, "#choice-notes .note") == filled
    warnings = page.locator(".choice-warning").all_text_contents()
    assert sum(text.startswith("Beyond the question: ") for text in warnings) == SIZE
    assert sum(text.startswith("This breaks a promise: ") for text in warnings) == SIZE
    page.evaluate("geoaccess.setView(geoaccess.data.views[2].key)")
    for name in ("curve", "multiples", "ranking"):
        page.evaluate("(id) => { document.getElementById(id).open = true; }", f"chart-{name}")
    page.wait_for_selector("#chart-ranking-list li", state="attached")
    assert sorted(shown(page, "#chart-ranking-list button > bdi")) == sorted(filled)
    assert page.locator("img, iframe, object, embed, base, form, [onerror], [onload], [onclick]").count() == 0
    assert page.evaluate("window.hacked") is None
    opened.assert_silent()
