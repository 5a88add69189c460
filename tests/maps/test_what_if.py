"""Choosing sites in the page says what the command line says, from minutes that were never rounded.

The oracle is the placement as it was posed: nearest sites, measures and comparisons of Python over float64 minutes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geoaccess.answers.answer import Answer
from geoaccess.answers.choice_file import read_choice
from geoaccess.questions.placement import PlacementResult, place
from geoaccess.questions.placement.answer import figures
from geoaccess.questions.placement.answer_folder import placement_answer
from geoaccess.questions.placement.given_sites import place_given
from geoaccess.questions.placement.site_choice import site_minutes_of
from geoaccess.questions.registry import document
from geoaccess.study import load_study
from maps import write_map
from optimise import compare_by_group

pytestmark = pytest.mark.browser

SCENARIOS = ("base", "winter-night")
#: What the page says of a choice, as it shows it and as numbers.
READ = """async ([sites, state]) => {
  location.hash = `view=what-if-ambulance&sites=${sites}&in=${state}`;
  const ga = window.geoaccess;
  for (let turn = 0; turn < 200; turn += 1) {
    await new Promise((done) => setTimeout(done, 5));
    const now = ga.choice && ga.choiceFile(ga.choice);
    const found = now && [...now.open.map((id) => `+${id}`), ...now.close.map((id) => `-${id}`)].sort().join();
    if (found === sites.split(",").filter(Boolean).map(decodeURIComponent).sort().join() && now.scenario === state) break;
  }
  const { figures, changes, subject, state: shown } = ga.choice;
  return { figures, changes, areas: subject.areas, error: shown.error, label: document.querySelector("#choice-figures").innerText };
}"""


@pytest.fixture(scope="module")
def results() -> Mapping[str, PlacementResult]:
    study = load_study("nord-norge")
    return {name: place(study, "ambulance", scenario=name) for name in SCENARIOS}


@pytest.fixture(scope="module")
def answer(results: Mapping[str, PlacementResult]) -> Answer:
    found = site_minutes_of(results)
    made = placement_answer(results["base"])
    assert not isinstance(found, str)
    return replace(made, site_minutes=(replace(found, found=made.site_minutes[0].found),))


@pytest.fixture(scope="module")
def page_file(answer: Answer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_map(document(answer), tmp_path_factory.mktemp("what-if") / "map.html")


def random_choices(result: PlacementResult, count: int) -> list[tuple[list[str], list[str]]]:
    """Sites to open and to close, from none of them to most of them."""
    dice = np.random.default_rng(18)
    places = result.posed.places
    parts = {part: places.loc[places["part"] == part, "site_id"].tolist() for part in ("candidate", "today")}
    made = []
    for number in range(count):
        opened = dice.choice(parts["candidate"], size=dice.integers(0, 8), replace=False).tolist()
        # Every tenth closes nearly all of today's sites, so that somebody waits very long.
        most = len(parts["today"]) - 2 if number % 10 == 9 else 12
        closed = dice.choice(parts["today"], size=dice.integers(0, most), replace=False).tolist()
        made.append((opened, closed))
    return made


def expected(
    result: PlacementResult, opened: list[str], closed: list[str]
) -> tuple[dict[str, Any], Any, Any]:
    posed = result.posed
    ids = posed.places["site_id"]
    sites = (posed.today | ids.isin(opened).to_numpy()) & ~ids.isin(closed).to_numpy()
    after = posed.nearest(sites)[0]
    persons = result.study.weight(posed.question.weight)
    codes = result.demand["municipality_code"].tolist()
    return (
        figures(after, persons, posed.thresholds),
        compare_by_group(posed.before, after, persons, codes),
        after,
    )


def test_fifty_random_choices_are_told_as_the_command_line_tells_them(
    open_page, page_file: Path, results: Mapping[str, PlacementResult]
):
    opened_page = open_page(page_file)
    page = opened_page.page
    for number, (opened, closed) in enumerate(random_choices(results["base"], 50)):
        name = SCENARIOS[number % 2]
        result = results[name]
        sites = ",".join([f"+{one}" for one in opened] + [f"-{one}" for one in closed])
        told = page.evaluate(READ, [sites, name])
        wanted, by_code, after = expected(result, opened, closed)
        error, own = told["error"] + 1e-9, told["figures"]
        assert error < 0.1
        for ours, theirs in (
            ("mean", "mean_min"),
            ("median", "median_min"),
            ("p90", "p90_min"),
            ("worst", "worst_min"),
        ):
            if np.isnan(wanted[theirs]):
                assert own[ours] is None or np.isnan(own[ours])
            else:
                assert own[ours] == pytest.approx(wanted[theirs], abs=error), (number, ours)
        # Comparisons are exact: who is within a limit, who is not reached, who gains and who loses.
        assert own["within"] == pytest.approx([wanted["share_within_class_threshold"]], abs=1e-12)
        assert own["unreached"] == pytest.approx(wanted["persons_unreachable"], abs=1e-6)
        assert after[own["worstPlace"]] == pytest.approx(wanted["worst_min"], abs=1e-6)
        areas = dict(zip(told["areas"], told["changes"]["areas"], strict=True))
        names = dict(
            zip(
                result.municipalities["municipality_code"], result.municipalities["municipality"], strict=True
            )
        )
        for code, change in by_code.items():
            area = areas[names[code]]
            for ours, theirs in (
                ("gain", change.gain),
                ("lose", change.lose),
                ("newly", change.newly_served),
                ("gone", change.no_longer_served),
            ):
                assert area[ours] == pytest.approx(theirs, abs=1e-6), (number, code, ours)
            assert 60 * area["gained"] == pytest.approx(
                change.gained_min, abs=2 * error * change.weight + 1e-6
            )
            assert 60 * area["lost"] == pytest.approx(change.lost_min, abs=2 * error * change.weight + 1e-6)
    opened_page.assert_silent()


def test_a_choice_goes_from_the_page_to_the_command_line(
    open_page, page_file: Path, results: Mapping[str, PlacementResult], tmp_path: Path
):
    page = open_page(page_file, address="#sites=+new:kvaloysletta,-mehamn-car").page
    page.locator("#choice-take summary").click()
    assert "--sites-file choice.json" in page.locator("#choice-command").inner_text()
    with page.expect_download() as waiting:
        page.locator("#choice-save").click()
    file = tmp_path / "choice.json"
    waiting.value.save_as(file)
    choice = read_choice(file)
    assert (choice.opened, choice.closed, choice.scenario) == (("new:kvaloysletta",), ("mehamn-car",), "base")
    told = place_given(results["base"].study, "ambulance", choice)
    mean = page.evaluate("window.geoaccess.choice.figures.mean")
    assert told.after["mean_min"] == pytest.approx(mean, abs=0.1)
    assert told.solution.status.value == "feasible"
    # Nobody is told a proof of what nobody sought.
    assert not np.isfinite(told.solution.gap)


def test_undo_redo_back_and_the_keyboard(open_page, page_file: Path):
    page = open_page(page_file, address="#view=what-if-ambulance").page
    chosen = "Array.from(window.geoaccess.choice.plus).length + ',' + Array.from(window.geoaccess.choice.minus).length"
    page.get_by_label("Find a site").fill("kvaloysl")
    page.locator("#choice-sites input").focus()
    page.keyboard.press("Space")
    assert page.evaluate(chosen) == "1,0"
    assert page.evaluate("document.activeElement.dataset.site !== undefined")
    page.get_by_label("Find a site").fill("mehamn")
    page.locator("#choice-sites input").uncheck()
    assert page.evaluate(chosen) == "1,1"
    assert "Mehamn" in page.locator("#choice-told").inner_text()
    page.locator("#choice-undo").click()
    assert page.evaluate(chosen) == "1,0"
    page.locator("#choice-redo").click()
    assert page.evaluate(chosen) == "1,1"
    # A step becomes an entry of the history after the next picture; a machine may be quicker to go back than that.
    page.evaluate("new Promise((done) => geoaccess.afterPicture(done))")
    page.go_back()
    page.wait_for_function(f"() => ({chosen}) === '1,0'")
    page.go_forward()
    page.wait_for_function(f"() => ({chosen}) === '1,1'")


#: Random steps: after each, the service as it was mended against one worked out from nothing.
STEPS = """async (steps) => {
  const ga = window.geoaccess;
  const wrong = [];
  for (const site of steps) {
    ga.toggleSite(site);
    const { subject, state, open, service } = ga.choice;
    const whole = ga.serviceOf(subject, state, open);
    for (const name of ["best", "second", "site", "next"]) {
      if (whole[name].some((one, at) => one !== service[name][at])) wrong.push(`${site} ${name}`);
    }
  }
  await new Promise((done) => requestAnimationFrame(() => setTimeout(() => setTimeout(done, 50))));
  return wrong;
}"""
#: How far the places as they were mended tile by tile are from what they are when all are drawn, by brightness (the
#: rim of a circle on the edge of a tile is smoothed twice), and how many are drawn.
PICTURES = """() => {
  const { canvas } = window.geoaccess;
  const pixels = () => canvas.canvas.getContext("2d").getImageData(0, 0, canvas.canvas.width, canvas.canvas.height).data;
  const mended = pixels();
  canvas.redraw();
  const whole = pixels();
  let [furthest, drawn] = [0, 0];
  for (let at = 0; at < whole.length; at += 4) {
    drawn += whole[at + 3] > 0;
    for (let one = at; one < at + 3; one += 1) {
      const light = (of) => (of[one] * of[at + 3]) / 255;
      furthest = Math.max(furthest, Math.abs(light(mended) - light(whole)));
    }
  }
  return [furthest, drawn];
}"""


def test_steps_mend_the_service_and_the_picture_as_if_all_were_made_anew(open_page, page_file: Path):
    opened = open_page(page_file, address="#view=what-if-ambulance")
    count = opened.page.evaluate("geoaccess.choice.subject.ids.length")
    dice = np.random.default_rng(3)
    for view in ("what-if-ambulance", "what-if-ambulance-change"):
        opened.page.evaluate("view => geoaccess.setView(view)", view)
        steps = dice.integers(0, count, 20).tolist()
        assert opened.page.evaluate(STEPS, steps) == []
        furthest, drawn = opened.page.evaluate(PICTURES)
        assert furthest < 64
        assert drawn > 1_000


def test_a_site_is_closed_and_moved_on_the_map(open_page, page_file: Path):
    page = open_page(page_file, address="#view=what-if-ambulance").page
    page.locator(".site.existing[aria-label^=Mehamn]").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("window.geoaccess.choiceFile(window.geoaccess.choice).close") == ["mehamn-car"]
    page.locator("#choice-today").click()
    page.get_by_label("Find a site").fill("mehamn")
    page.get_by_role("button", name="Move Mehamn").click()
    page.get_by_label("Find a site").fill("kvaloysl")
    page.locator("#choice-sites input").check()
    file = page.evaluate("window.geoaccess.choiceFile(window.geoaccess.choice)")
    assert (file["open"], file["close"]) == (["new:kvaloysletta"], ["mehamn-car"])
    # A move is one step.
    page.locator("#choice-undo").click()
    file = page.evaluate("window.geoaccess.choiceFile(window.geoaccess.choice)")
    assert (file["open"], file["close"]) == ([], [])


def test_suggestions_are_the_best_of_all_steps(
    open_page, page_file: Path, results: Mapping[str, PlacementResult]
):
    page = open_page(page_file, address="#sites=+new:kvaloysletta,-mehamn-car").page
    found = page.evaluate(
        "(({ subject, state, open }) => geoaccess.suggestions(subject, state, open))(geoaccess.choice)"
    )
    posed = results["base"].posed
    persons = results["base"].study.weight("people")
    ids = posed.places["site_id"]
    start = (posed.today | (ids == "new:kvaloysletta").to_numpy()) & ~(ids == "mehamn-car").to_numpy()
    free = posed.places["part"].isin(["today", "candidate"]).to_numpy()

    def cost(opened: int | None = None, closed: int | None = None) -> tuple[float, float]:
        sites = start.copy()
        if opened is not None:
            sites[opened] = True
        if closed is not None:
            sites[closed] = False
        minutes = np.where(sites[None, :], posed.minutes, np.nan)
        times = np.nanmin(np.where(np.isnan(minutes), np.inf, minutes), axis=1)
        reached = np.isfinite(times)
        return float(persons[~reached].sum()), float(persons[reached] @ times[reached])

    add = min(cost(opened=at) for at in np.flatnonzero(free & ~start))
    drop = min(cost(closed=at) for at in np.flatnonzero(free & start))
    room = 0.1 * persons.sum()
    for key, wanted in (("open", add), ("close", drop)):
        own = cost(found[key].get("open"), found[key].get("close"))
        assert own[0] == wanted[0]
        assert own[1] <= wanted[1] + room
    swap = cost(found["swap"]["open"], found["swap"]["close"])
    dice = np.random.default_rng(4)
    for _ in range(300):
        pair = dice.choice(np.flatnonzero(free & ~start)), dice.choice(np.flatnonzero(free & start))
        assert swap <= (cost(*pair)[0], cost(*pair)[1] + room)


def test_the_proven_answer_is_the_best_of_as_many(open_page, page_file: Path):
    page = open_page(page_file, address="#view=what-if-ambulance").page
    page.locator("#choice-answer").click()
    assert "proven best 3" in page.locator(".choice-verdict").inner_text()
    page.locator("#choice-today").click()
    for name in ("Kvaløysletta", "Finneidfjord", "Mørkved"):
        page.get_by_label("Find a site").fill(name)
        page.locator("#choice-sites li", has_text=name).locator("input").first.check()
    assert "% behind" in page.locator(".choice-verdict").inner_text()


CORPUS: list[str] = json.loads(Path(__file__).with_name("hostile_strings.json").read_text(encoding="ascii"))


def test_nothing_in_an_address_runs_and_nothing_unknown_is_taken(open_page, page_file: Path):
    opened = open_page(page_file)
    took = opened.page.evaluate(
        """async (corpus) => {
          const taken = [];
          for (let at = 0; at < corpus.length; at += 8) {
            const texts = corpus.slice(at, at + 8).flatMap((one) => [one, encodeURIComponent(one.toWellFormed())]);
            const sites = texts.flatMap((one) => [`+${one}`, `-${one}`, one]).join(",");
            location.hash = `${at % 16 ? "view=what-if-ambulance&" : ""}sites=${sites}&in=${texts[0]}`;
            await new Promise((done) => setTimeout(done, 100));
            const choice = window.geoaccess.choice;
            if (choice && choice.plus.size + choice.minus.size) taken.push(sites);
          }
          return [taken, Object.keys(window).filter((name) => /xss|pwn|hacked/i.test(name))];
        }""",
        CORPUS,
    )
    assert took == [[], []]
    assert opened.page.locator("#choice img, #choice script, #choice iframe").count() == 0
    opened.assert_silent()


def test_the_curve_is_brushed_and_the_map_shows_who(
    open_page, page_file: Path, results: Mapping[str, PlacementResult]
):
    page = open_page(page_file, address="#sites=+new:kvaloysletta,-mehamn-car").page
    page.locator("#choice-curve > summary").click()
    page.locator("#choice-from").fill("40")
    page.locator("#choice-to").fill("60")
    page.locator("#choice-to").press("Tab")
    marked = page.evaluate("Array.from(geoaccess.state.marked.rows)")
    _, _, after = expected(results["base"], ["new:kvaloysletta"], ["mehamn-car"])
    inside = (after >= 40) & (after <= 60)
    assert np.flatnonzero(marked).tolist() == np.flatnonzero(inside).tolist()
    persons = results["base"].study.weight("people")[inside].sum()
    assert f"{persons:,.0f}" in page.locator("#choice-marked").inner_text()
    page.get_by_role("button", name="Show everybody").click()
    assert page.evaluate("geoaccess.state.marked") is None


def test_the_table_of_the_curve_and_the_ranking_say_the_minutes(
    open_page, page_file: Path, results: Mapping[str, PlacementResult]
):
    page = open_page(page_file, address="#sites=-mehamn-car").page
    page.locator("#choice-curve > summary").click()
    page.locator("#choice-curve details summary").click()
    _, _, after = expected(results["base"], [], ["mehamn-car"])
    persons = results["base"].study.weight("people")
    for row in page.locator("#choice-curve tbody tr").all():
        limit = float(row.locator("th").inner_text().replace(",", ""))
        told = float(row.locator("td").nth(1).inner_text().split()[0])
        # A step of the page may put a place on the other side of a limit that nobody asked of the run.
        shares = [100 * persons[after <= limit + room].sum() / persons.sum() for room in (-0.1, 0.1)]
        assert shares[0] - 0.051 <= told <= shares[1] + 0.051
    page.locator("#choice-ranking > summary").click()
    first = page.locator("#choice-ranking-list li").first
    medians = results["base"].municipalities
    assert "today" in first.inner_text()
    assert page.locator("#choice-ranking-list li").count() == len(medians)
    first.locator("button").click()
    assert page.evaluate(
        "geoaccess.state.marked.rows.some((one) => one) && geoaccess.state.marked.rows.some((one) => !one)"
    )


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
def test_nothing_sticks_out_and_axe_finds_nothing(open_page, page_file: Path, width: int, height: int):
    from axe_playwright_python.sync_playwright import Axe

    opened = open_page(
        page_file, width=width, height=height, address="#sites=+new:kvaloysletta,-mehamn-car", bypass_csp=True
    )
    page = opened.page
    for name in ("changes", "suggest", "take", "curve", "ranking"):
        page.locator(f"#choice-{name} > summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.evaluate(
        """Array.from(document.querySelectorAll("#choice button, #choice select, #choice input:not([type=checkbox]), #choice summary"))
          .filter((one) => one.offsetParent && (one.offsetHeight < 24 || one.offsetWidth < 24)).map((one) => one.outerHTML.slice(0, 80))"""
    )
    assert small == []
    found = Axe().run(page)
    assert [
        (one["id"], [node["html"][:120] for node in one["nodes"]][:2]) for one in found.response["violations"]
    ] == []
