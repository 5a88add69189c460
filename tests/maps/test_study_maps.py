"""Maps of the embedded study as a reader meets them: silent, accessible, in the pictures of the documentation."""

from __future__ import annotations

import contextlib
import io
import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))
import pictures

from geoaccess.answers.answer import load_answer
from geoaccess.cli.app import run
from geoaccess.questions.registry import draw_map

pytestmark = pytest.mark.browser

#: Share of a picture that may differ: letters drawn by another version of the browser.
TOLERANCE = 0.02
#: The same where the embedded study has changed since: other figures and some other places, the same kind of map.
TOLERANCE_OF_OTHER_DATA = 0.08
DOCS = pictures.FOLDER.parent
NAMES = [picture.name for picture in pictures.PICTURES]


@pytest.fixture(scope="module")
def made():
    """Picture name -> page."""
    with pictures.pages(pictures.PICTURES) as pages:
        yield pages


def picture_of(name: str) -> pictures.Picture:
    return next(one for one in pictures.PICTURES if one.name == name)


def known(name: str) -> np.ndarray:
    with Image.open(pictures.FOLDER / f"{name}.png") as image:
        return np.asarray(image.convert("RGB"))


def clicked(page, lon: float, lat: float) -> None:
    at = page.evaluate("([lat, lon]) => geoaccess.map.latLngToContainerPoint([lat, lon])", [lat, lon])
    box = page.locator("#map_geoaccess").bounding_box()
    page.mouse.click(box["x"] + at["x"], box["y"] + at["y"])


@pytest.mark.parametrize("name", NAMES)
def test_the_page_is_silent_and_looks_like_its_picture(made, open_page, name: str):
    opened = open_page(
        made[name], width=pictures.WIDTH, height=pictures.HEIGHT, reduced_motion="reduce", offline=True
    )
    shot = pictures.photograph(opened.page, picture_of(name), made[name])
    differs = pictures.difference(known(name), shot)
    same_data = pictures.DIGEST.read_text(encoding="ascii").strip() == pictures.data_digest()
    assert differs <= (TOLERANCE if same_data else TOLERANCE_OF_OTHER_DATA), (
        f"{differs:.1%} differ; if that is meant: python -m tests.documentation.refresh pictures/{name}.png"
    )
    opened.assert_silent()


@pytest.mark.parametrize("name", ["catchments", "placement", "losses", "clocks"])
def test_no_page_has_a_fault_of_accessibility(made, open_page, name: str):
    from axe_playwright_python.sync_playwright import Axe

    opened = open_page(made[name], address=f"#{picture_of(name).address.partition('&item')[0]}")
    result = Axe().run(opened.page)
    assert result.violations_count == 0, result.generate_report()


def test_the_comparison_of_pictures_sees_what_a_person_sees(made, open_page):
    page = open_page(made["times"], width=pictures.WIDTH, height=pictures.HEIGHT).page
    shot = pictures.photograph(page, picture_of("times"), made["times"])
    assert pictures.difference(shot, shot) == 0
    assert pictures.difference(shot, shot[1:]) == 1
    for broken in (
        "geoaccess.state.shown.delete('settlements'); geoaccess.canvas.redraw()",
        "document.getElementById('key').hidden = true",
        "document.getElementById('panel').style.visibility = 'hidden'",
    ):
        page.reload()
        page.wait_for_selector("html[data-ready=true]", state="attached")
        page.evaluate(broken)
        with Image.open(io.BytesIO(page.screenshot())) as image:
            other = np.asarray(image.convert("RGB"))
        assert pictures.difference(shot, other) > TOLERANCE, broken


def test_every_picture_stands_in_the_documentation_with_its_commands():
    text = (DOCS / "maps.md").read_text(encoding="utf-8")
    assert re.findall(r"!\[[^\]]{20,}\]\(pictures/(\w+)\.png\)", text) == NAMES
    missing = [command for one in pictures.PICTURES for command in one.commands if command not in text]
    assert missing == []
    files = sorted(path.name for path in pictures.FOLDER.glob("*.png"))
    assert files == sorted(f"{name}.png" for name in NAMES)
    assert sum((pictures.FOLDER / name).stat().st_size for name in files) < 1.5e6


# A person at the page


def test_switching_subject_and_view_changes_what_is_shown(made, open_page):
    opened = open_page(made["times"])
    page = opened.page
    page.locator(".view-group summary", has_text="Out-of-hours").click()
    page.get_by_label("Time to the nearest out-of-hours primary care (legevakt)", exact=True).check()
    assert "view=legevakt-base" in page.url
    assert "out-of-hours primary care" in page.locator("#key-body h3").first.inner_text()
    page.get_by_label("Which out-of-hours primary care (legevakt) is nearest", exact=True).check()
    assert re.search(r"\d\d places; neighbours differ", page.locator("#key-body").inner_text())
    opened.assert_silent()


@pytest.mark.parametrize("typed", ["Træna", "traena"])
def test_traena_is_found_however_it_is_typed(made, open_page, typed: str):
    page = open_page(made["times"]).page
    page.get_by_role("combobox", name="Find a place").fill(typed)
    hits = page.locator("#search-hits [role=option]").all_inner_texts()
    assert any("Træna" in hit for hit in hits)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert "Træna" in page.locator(".leaflet-popup h2").inner_text()


def test_the_slider_moves_through_the_numbers_of_stations(made, open_page):
    opened = open_page(made["frontier"])
    page = opened.page
    slider = page.locator("#view-slider")
    slider.focus()
    page.keyboard.press("Home")
    means = []
    for count in range(7):
        assert page.locator(".site.chosen").count() == count
        means.append(float(page.locator("#figures dd").first.inner_text().split()[0]))
        assert "Proven best" in page.locator(".proof").inner_text()
        page.keyboard.press("ArrowRight")
    assert means == sorted(means, reverse=True)
    opened.assert_silent()


def test_the_dividing_line_is_dragged(made, open_page):
    opened = open_page(made["placement"], address="#swipe=0.5")
    page = opened.page
    line = page.locator("#swipe-line")
    box = line.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    assert int(line.input_value()) == pytest.approx(90, abs=3)
    assert page.locator(".site.chosen").count() == 0
    opened.assert_silent()


def test_a_loss_is_clicked_and_its_facility_is_closed(made, open_page):
    opened = open_page(made["losses"])
    page = opened.page
    page.get_by_role("radio", name="UNN Tromsø").check()
    assert page.locator(".site.closed").get_attribute("aria-label").startswith("UNN Tromsø")
    assert "person-hours" in page.locator("#figures").inner_text()
    opened.assert_silent()


def test_a_facility_is_reached_by_tab_and_the_page_prints(made, open_page):
    opened = open_page(made["times"])
    page = opened.page
    page.locator("#skip").press("Enter")
    for _ in range(12):
        page.keyboard.press("Tab")
        label = page.evaluate("document.activeElement.getAttribute('aria-label') ?? ''")
        if "Hospital emergency departments" in label:
            break
    page.keyboard.press("Enter")
    assert page.locator(".leaflet-popup h2").inner_text() == label.split(",")[0]
    assert page.pdf().startswith(b"%PDF")
    opened.assert_silent()


def test_a_municipality_is_clicked(made, open_page, shared: Path, tmp_path: Path):
    target = tmp_path / "areas.html"
    boundaries = shared / "boundaries" / "municipalities_nnorway_2024.geojson"
    folder = made["times"].parent
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        assert run(["map", str(folder), "-o", str(target), "--boundaries", str(boundaries), "-q"]) == 0
    opened = open_page(target)
    page = opened.page
    page.get_by_role("checkbox", name="Municipalities, filled").check()
    clicked(page, 23.6, 69.0)
    assert page.locator(".leaflet-popup h2").inner_text() == "Guovdageaidnu - Kautokeino"
    assert (
        "Median time to the nearest hospital emergency department"
        in page.locator(".leaflet-popup").inner_text()
    )
    opened.assert_silent()


@pytest.mark.parametrize(("count", "megabytes"), [(20_000, 2.2), (100_000, 6.6)])
def test_a_study_of_many_places_stays_small_and_silent(
    made, open_page, tmp_path: Path, count: int, megabytes: float
):
    whole = load_answer(made["times"].parent)
    times = whole.tables["nearest"].query("scenario == 'base'")
    rng = np.random.default_rng(1)
    people = np.ceil(rng.pareto(1.2, count) * 5)
    east, north, factor = rng.normal(0, 0.3, count), rng.normal(0, 0.15, count), rng.uniform(0.8, 1.2, count)
    frames = []
    for _, rows in times.groupby("kind", sort=False):
        many = rows.iloc[np.arange(count) % len(rows)].reset_index(drop=True)
        frames.append(
            many.assign(
                demand_id=[f"c{number}" for number in range(count)],
                name=[f"Rute {number:06d}" for number in range(count)],
                lon=many["lon"] + east,
                lat=many["lat"] + north,
                people=people,
                people_80plus=np.floor(people / 20),
                travel_time_min=many["travel_time_min"] * factor,
            )
        )
    page = tmp_path / "many.html"
    tables = {**whole.tables, "nearest": pd.concat(frames, ignore_index=True)}
    draw_map(replace(whole, tables=tables), page)
    assert page.stat().st_size <= megabytes * 1e6
    opened = open_page(page)
    opened.page.get_by_role("combobox", name="Find a place").fill(f"rute {count - 1:06d}")
    opened.page.keyboard.press("Enter")
    assert opened.page.locator(".leaflet-popup h2").inner_text() == f"Rute {count - 1:06d}"
    opened.assert_silent()
