"""Charts say of places what Python says of them, and are linked with the map in both directions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geoaccess.ground.measures import weighted_percentile
from maps import Column, Hours, MapDocument, PointLayer, Scale, Series, View, write_map

pytestmark = pytest.mark.browser

SIZE = 90
DICE = np.random.default_rng(7)
PEOPLE = np.ceil(DICE.pareto(1.1, SIZE) * 40)
AREA_OF = np.sort(DICE.integers(0, 6, SIZE))
AREAS = [f"Area {letter}" for letter in "ABCDEF"]
TODAY = np.round(DICE.uniform(1, 150, SIZE), 1)
NIGHT = np.where(np.arange(SIZE) % 9 == 0, np.nan, np.round(TODAY * 1.3, 1))
BY_HOUR = np.round(TODAY[:, None] * (1 + 0.5 * (np.arange(24) < 6))[None, :], 1)


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scale = Scale.minutes()
    hours = Hours("Half the time", BY_HOUR, scale, [""] * SIZE, ("today", "night", "hour"), "hour")
    document = MapDocument(
        "Minutes",
        layers=(
            PointLayer(
                "places",
                "Places",
                14 + AREA_OF + DICE.uniform(0, 0.5, SIZE),
                67 + DICE.uniform(0, 2, SIZE),
                [f"Place {number}" for number in range(SIZE)],
                (
                    Series("Minutes", TODAY, scale, "today"),
                    Series("Minutes", NIGHT, scale, "night"),
                    Series("Longer", NIGHT - TODAY, scale, "longer"),
                ),
                size=Column("People", PEOPLE),
                hours=(hours,),
                areas=AREAS,
                area_of=AREA_OF,
            ),
        ),
        views=(
            View("today", "Minutes", group="g", charted=True),
            View("night", "Minutes, night", group="g", charted=True),
            View("hour", "Minutes, by the hour", group="g", charted=True),
            View("longer", "Longer by night", group="g"),
        ),
    )
    return write_map(document, tmp_path_factory.mktemp("charts") / "map.html")


def unfold(page: Any, *names: str) -> None:
    for name in names:
        page.locator(f"#chart-{name} > summary").click()
    # What is unfolded is drawn when the browser says so, which it does after the click.
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


def test_the_curve_is_a_table_of_shares(open_page, page_file: Path):
    page = open_page(page_file, address="#view=night").page
    unfold(page, "curve")
    page.locator("#chart-curve details summary").click()
    heads = page.locator("#chart-curve thead th").all_inner_texts()
    assert heads[1:] == ["Minutes", "night"]
    rows = page.locator("#chart-curve tbody tr").all()
    assert len(rows) >= 4
    for row in rows:
        limit = float(row.locator("th").inner_text().replace(",", ""))
        assert limit == int(limit)
        told = [float(cell.split()[0]) for cell in row.locator("td").all_inner_texts()]
        shares = [100 * PEOPLE[minutes <= limit].sum() / PEOPLE.sum() for minutes in (TODAY, NIGHT)]
        assert told == pytest.approx(shares, abs=0.051)


def test_areas_are_ranked_by_their_median_with_the_range_over_states(open_page, page_file: Path):
    page = open_page(page_file, address="#view=night").page
    unfold(page, "ranking")
    medians = {
        name: [
            weighted_percentile(minutes[number == AREA_OF], PEOPLE[number == AREA_OF], 0.5)
            for minutes in (TODAY, NIGHT)
        ]
        for number, name in enumerate(AREAS)
    }
    wanted = sorted(AREAS, key=lambda name: -np.nan_to_num(medians[name][1], nan=np.inf))
    texts = page.locator("#chart-ranking-list button").all_inner_texts()
    assert [text.split(" half")[0] for text in texts] == wanted
    for text, name in zip(texts, wanted, strict=True):
        low, high = sorted(medians[name])
        assert f"half within {medians[name][1]:.0f} min" in text
        if f"{low:.0f}" != f"{high:.0f}":
            assert f"from {low:.0f} to {high:.0f}" in text


def test_a_chart_selects_on_the_map_and_the_map_in_the_chart(open_page, page_file: Path):
    opened = open_page(page_file, address="#view=today")
    page = opened.page
    unfold(page, "curve", "ranking")
    page.locator("#chart-from").fill("60")
    page.locator("#chart-to").fill("120")
    page.locator("#chart-to").press("Tab")
    marked = "Array.from(geoaccess.state.marked.rows)"
    inside = (TODAY >= 60) & (TODAY <= 120)
    assert page.evaluate(marked) == inside.astype(int).tolist()
    assert f"{PEOPLE[inside].sum():,.0f} people" in page.locator("#chart-marked").inner_text()
    # Another state of the world: the same span, other places.
    page.get_by_label("Minutes, night").check()
    at_night = (NIGHT >= 60) & (NIGHT <= 120)
    assert page.evaluate(marked) == at_night.astype(int).tolist()
    page.locator("#chart-ranking-list button", has_text="Area C").click()
    assert page.evaluate(marked) == (AREA_OF == 2).astype(int).tolist()
    page.locator("#chart-unmark").click()
    assert page.evaluate("geoaccess.state.marked") is None
    # From the map: the place's area stands out in the ranking, its minutes in the curve.
    row = int(np.flatnonzero(AREA_OF == 4)[0])
    page.evaluate("(row) => geoaccess.select({ layer: geoaccess.layers[0], row })", row)
    assert "Area E" in page.locator("#chart-ranking-list .now").inner_text()
    assert page.locator("#chart-curve svg .here").count() == 1
    # A view that is not of minutes has no charts, and nothing stays hidden on the map.
    page.locator("#chart-ranking-list button", has_text="Area C").click()
    page.get_by_label("Longer by night").check()
    assert page.locator("#charts").is_hidden()
    assert page.evaluate("geoaccess.state.marked") is None
    opened.assert_silent()


def test_dragging_over_the_curve_brushes_it(open_page, page_file: Path):
    page = open_page(page_file, address="#view=today").page
    unfold(page, "curve")
    box = page.locator("#chart-curve svg").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.4 * box["width"], middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], middle)
    page.mouse.up()
    first, last = (float(page.locator(f"#chart-{end}").input_value()) for end in ("from", "to"))
    assert 0 < first < last
    inside = (first <= TODAY) & (last >= TODAY)
    assert page.evaluate("Array.from(geoaccess.state.marked.rows)") == inside.astype(int).tolist()


def test_small_multiples_and_hours_choose_what_the_map_shows(open_page, page_file: Path):
    page = open_page(page_file, address="#view=today").page
    unfold(page, "multiples", "hours")
    texts = page.locator("#chart-multiples-list button").all_inner_texts()
    assert len(texts) == 2
    assert f"half within {weighted_percentile(TODAY, PEOPLE, 0.5):.1f} min" in texts[0]
    page.locator("#chart-multiples-list button").nth(1).click()
    assert page.evaluate("geoaccess.state.view") == "night"
    # The hours: half of the people, and nine in ten, of everybody.
    page.locator("#chart-hours details summary").click()
    cells = page.locator("#chart-hours tbody tr").nth(3).locator("td").all_inner_texts()
    wanted = [weighted_percentile(BY_HOUR[:, 3], PEOPLE, share) for share in (0.5, 0.9)]
    assert [float(cell) for cell in cells] == pytest.approx(wanted, abs=0.51)
    page.locator("#chart-hours .hour-picks button").nth(3).click()
    assert page.evaluate("[geoaccess.state.view, geoaccess.state.hour]") == ["hour", 3]
    # A place that is selected has the profile alone.
    page.evaluate("geoaccess.select({ layer: geoaccess.layers[0], row: 5 })")
    cells = page.locator("#chart-hours tbody tr").nth(3).locator("td").all_inner_texts()
    assert [float(cell) for cell in cells] == pytest.approx([BY_HOUR[5, 3]], abs=0.51)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_charts(open_page, page_file: Path, scheme: str):
    from axe_playwright_python.sync_playwright import Axe

    opened = open_page(page_file, address="#view=night", bypass_csp=True, color_scheme=scheme)
    unfold(opened.page, "curve", "multiples", "hours", "ranking")
    found = Axe().run(opened.page)
    assert [
        (one["id"], [node["html"][:120] for node in one["nodes"]][:2]) for one in found.response["violations"]
    ] == []


@pytest.mark.parametrize(
    ("low", "high", "count"), [(10.5, 12.0, 4), (0.0, 90.0, 6), (3.0, 3.0, 4), (118.2, 1309.0, 4)]
)
def test_axes_have_round_marks(open_page, page_file: Path, low: float, high: float, count: int):
    page = open_page(page_file).page
    ticks = page.evaluate(
        "([low, high, count]) => geoaccess.ticksBetween(low, high, count)", [low, high, count]
    )
    steps = np.diff(ticks)
    assert ticks[0] <= low
    assert ticks[-1] >= high
    assert steps == pytest.approx(steps[0])
    lead = steps[0] / 10 ** np.floor(np.log10(steps[0]))
    assert round(float(lead), 6) in {1.0, 2.0, 2.5, 5.0}
    minutes = page.evaluate("(most) => geoaccess.minuteTicks(most)", max(high, 20.0))
    assert all(float(one).is_integer() for one in minutes)
    assert minutes[-1] >= high
