"""Names are hostile in reports too: nothing runs, nothing is fetched, everything is shown exactly as it is.

The corpus of the maps, and strings that spreadsheets and drawings would misread, go through every field of a
run that reaches a page, a PDF, a workbook or a CSV file.
"""

from __future__ import annotations

import csv
import json
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from browser import ARGUMENTS, CONTEXT, chromium

from geoaccess.answers.answer import Answer, load_answer
from geoaccess.drawing.page import render
from geoaccess.drawing.pdf import write_pdf
from geoaccess.ground.errors import OutputError
from geoaccess.questions.access.answer import access_answer, accessibility
from geoaccess.questions.placement import place
from geoaccess.questions.registry import report_document
from geoaccess.questions.report_writing import write_factsheets, write_report
from geoaccess.study import load_study
from geoaccess.words.visible import visible
from geoaccess.words.words import Words
from maps.safety import check_no_external

CORPUS: list[str] = [
    *(
        text
        for text in json.loads(
            (Path(__file__).parents[2] / "maps" / "hostile_strings.json").read_text(encoding="ascii")
        )
        if text.strip()
    ),
    "$\\frac{1}{0$",
    "$x^2$",
    "_hidden from legends",
    "＝1+1",
    "＠SUM(1)",
    "_x0041_",
    "semi;colon,comma|pipe",
    '"quoted"; and more',
    "&nbsp;&#0;&bogus;",
    "<svg><style>*{display:none}</style></svg>",
    "url(https://example.org/x.png)",
    "@import 'https://example.org/x.css'",
    "[link](https://example.org/)",
    "mailto:a@example.org",
    "\\\\example.org\\share",
    "long" * 3000,
]
#: What a table can hold: a lone surrogate reaches a report by ``run.json`` only.
CELLS = [text for text in CORPUS if text.encode("utf-8", "ignore").decode() == text]
#: The corpus without the text that is too long for places where all of it stands together.
SHORT = [text for text in CORPUS if len(text) < 500]
WHOLE = " ".join(SHORT)


def hostile_run() -> Answer:
    """A run of access and placement in which every text is hostile."""
    count = len(CELLS)
    codes = [f"{number:04d}" for number in range(count)]
    kinds, scenarios, weight = [CORPUS[0], SHORT[12]], [SHORT[18], SHORT[21]], "=1+1 {{ 7 * 7 }} <b>"
    demand = pd.DataFrame(
        {
            "demand_id": CELLS,
            "name": CELLS,
            "municipality_code": codes,
            "lon": np.linspace(14, 16, count),
            "lat": np.linspace(67, 68, count),
        }
    )
    people = {"people": np.arange(1.0, count + 1), weight: np.arange(count, 0.0, -1)}
    minutes = np.linspace(1, 200, count)
    minutes[3] = np.nan
    states = [(kind, scenario) for scenario in scenarios for kind in kinds]
    nearest = pd.concat(
        [
            demand.assign(
                kind=kind,
                scenario=scenario,
                travel_time_min=minutes * (1 + number),
                facility_id=CELLS,
                facility_name=CELLS,
                second_nearest_min=np.nan,
                **people,
            )
            for number, (kind, scenario) in enumerate(states)
        ],
        ignore_index=True,
    )
    figures = {
        f"{name}_min": np.where(np.isnan(minutes), np.nan, minutes)
        for name in ("median", "p90", "mean", "worst")
    } | {"persons": people["people"], "persons_unreachable": 0.0, "share_within_30_min": 0.5}
    by = SHORT[30]
    groups = pd.concat(
        [
            pd.DataFrame({by: CELLS, "kind": kind, "scenario": scenario, **figures})
            for kind, scenario in states
        ],
        ignore_index=True,
    )
    region = groups.groupby(["kind", "scenario"], sort=False).first().reset_index().drop(columns=by)
    placement = demand.assign(
        **people,
        before_min=minutes + 20,
        after_min=minutes,
        gain_min=20.0,
        site_before=CELLS,
        site_after=CELLS,
        threshold_min=12.0,
    )
    roles = ("chosen", "existing", "closed", "candidate", "required")
    sites = pd.DataFrame(
        {
            "site_id": CELLS,
            "name": CELLS,
            "municipality_code": codes,
            "municipality": CELLS,
            "lon": demand["lon"],
            "lat": demand["lat"],
            "role": [roles[number % 5] for number in range(count)],
            "part": [SHORT[5] if number % 5 == 4 else "today" for number in range(count)],
            "persons_served": 10.0,
            "mean_without_min": 99.0,
        }
    )
    means = {"mean_min": 50.0, "median_min": 40.0, "p90_min": 90.0, "worst_min": 200.0}
    state = means | {"persons": float(people["people"].sum()), "persons_unreachable": 4.0}
    facts = {
        "command": CORPUS,
        "versions": {text: text for text in SHORT},
        "platform": WHOLE,
        "inputs": dict(zip(CORPUS, reversed(CORPUS), strict=True)),
        "started": "2026-11-22T04:33:19+00:00",
        "seconds": 1.0,
        "study": WHOLE,
        "title": WHOLE,
        "notice": WHOLE,
        "sources": CORPUS,
        "year": WHOLE,
        "kinds": {
            kinds[0]: {"label": SHORT[13], "plural": SHORT[14], "thresholds_min": [30.0]},
            kinds[1]: {"label": SHORT[15], "plural": SHORT[16], "thresholds_min": [30.0]},
            SHORT[7]: {"label": SHORT[8], "plural": SHORT[9], "thresholds_min": []},
        },
        "scenario_titles": {scenarios[0]: {"title": SHORT[22]}, scenarios[1]: {"title": SHORT[23]}},
        "weight": "people",
        "by": by,
        "notes": CORPUS,
        "place": {
            "placement": WHOLE,
            "facility": SHORT[7],
            "title": WHOLE,
            "scenario": scenarios[0],
            "status": SHORT[20],
            "model": WHOLE,
            "objective": 1.0,
            "lower_bound": 1.0,
            "gap": None,
            "proof": WHOLE,
            "chosen": [{"name": text, "municipality": text, "municipality_code": "0001"} for text in SHORT],
            "before": {**state, "mean_min": 70.0},
            "after": state,
            "solver": WHOLE,
            "formulation": WHOLE,
            "build_s": 1.0,
            "solve_s": 1.0,
        },
    }
    by_municipality = pd.DataFrame(
        {
            "municipality_code": codes,
            "municipality": CELLS,
            **{
                f"{name}_{when}_min": minutes
                for name in ("median", "p90", "mean")
                for when in ("before", "after")
            },
            "gain_person_min": np.arange(count) - 5.0,
            "persons": people["people"],
        }
    )
    tables = {
        "nearest": nearest,
        "groups": groups,
        "region": region,
        "facilities": demand.rename(columns={"demand_id": "facility_id"}).assign(kind=kinds[0]),
        "municipalities": pd.DataFrame(
            {"municipality_code": codes, "name": CELLS, SHORT[2]: CELLS, "urban": True}
        ),
        "sites": sites,
        "placement": placement,
        "placement_municipalities": by_municipality,
    }
    return Answer("demo", facts, tables, started=datetime(2026, 11, 22, tzinfo=UTC))


@pytest.fixture(scope="module")
def run() -> Answer:
    return hostile_run()


@pytest.fixture(scope="module")
def page(run: Answer) -> str:
    words = Words("en")
    return render([report_document(run, words)], words)


@dataclass
class Seen:
    """What a browser made of a page."""

    texts: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    hacked: object = None
    title: str = ""
    overflow: int = 0
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)


_LOOK = """() => {
  const all = [...document.querySelectorAll('*')];
  const texts = selector => [...document.querySelectorAll(selector)].map(node => node.innerText);
  return {
    texts: texts('p, dd, dt, figcaption, caption'),
    cells: texts('tbody th, tbody td'),
    headings: texts('h1, h2'),
    lists: texts('li'),
    tags: [...new Set(all.map(node => node.localName))],
    attributes: [...new Set(all.flatMap(node => node.getAttributeNames()))],
    hacked: window.hacked ?? null,
    title: document.title,
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  };
}"""


@pytest.fixture(scope="module")
def look() -> Iterator[Callable[..., Seen]]:
    """Open a page in headless Chromium without a network; the browser has a thread of its own."""
    executable = chromium()
    if executable is None:
        reason = "no Chromium on this machine (`make browser` installs Debian's)"
        if os.environ.get("GEOACCESS_REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)

    def opened(path: Path, width: int, axe: bool) -> Seen:
        from axe_playwright_python.sync_playwright import Axe
        from playwright.sync_api import sync_playwright

        requests: list[str] = []
        complaints: list[str] = []
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
            context = browser.new_context(**CONTEXT, offline=True, viewport={"width": width, "height": 800})
            tab = context.new_page()
            tab.on("request", lambda request: requests.append(request.url))
            tab.on("console", lambda message: complaints.append(message.text))
            tab.on("pageerror", lambda error: complaints.append(str(error)))
            tab.goto(path.as_uri())
            found: dict[str, Any] = tab.evaluate(_LOOK)
            if axe:
                found["violations"] = [fault["id"] for fault in Axe().run(tab).response["violations"]]
            browser.close()
        found["tags"], found["attributes"] = set(found["tags"]), set(found["attributes"])
        return Seen(**found, requests=requests[1:], complaints=complaints)

    with ThreadPoolExecutor(1) as thread:
        yield lambda path, width=1000, axe=False: thread.submit(opened, path, width, axe).result(timeout=200)


#: Everything a page of a report is made of.
_TAGS = {
    *("html", "head", "meta", "title", "style", "body", "a", "main", "article", "header", "nav", "section"),
    *("h1", "h2", "p", "ol", "ul", "li", "strong", "span", "aside", "dl", "div", "dt", "dd"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td", "figure", "figcaption"),
    *("svg", "g", "path", "use", "defs", "clipPath", "rect", "text", "pattern", "tspan"),
}


@pytest.mark.browser
def test_in_a_browser_nothing_runs_and_everything_is_shown(page, look, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(page, encoding="utf-8")
    seen = look(path)
    assert seen.requests == []
    assert seen.complaints == []
    assert seen.hacked is None
    assert seen.tags - _TAGS == set()
    assert [name for name in seen.attributes if name.startswith("on") or name in {"src", "style"}] == []
    shown = [visible(text) for text in CORPUS]
    assert set(shown) <= set(seen.lists)  # sources and notes
    assert set(shown) <= set(seen.cells)  # municipalities and files
    whole = visible(WHOLE)
    assert seen.headings[0] == whole  # title
    assert whole in seen.headings[1:]  # title of the placement
    assert seen.title == whole.strip()
    assert whole in seen.texts  # notice and proof
    assert not (tmp_path / "MARKER").exists()
    assert not Path("MARKER").exists()


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 1280])
def test_a_page_is_accessible_and_never_wider_than_its_window(page, look, tmp_path, width):
    path = tmp_path / "report.html"
    path.write_text(page, encoding="utf-8")
    seen = look(path, width, axe=width == 320)
    assert seen.overflow <= 0
    assert seen.violations == []


@pytest.mark.browser
def test_hostile_factsheets_are_shown_as_they_are(run, look, tmp_path):
    (path,) = write_factsheets(run, ["0002", "0008", "0018", "0041"], tmp_path / "sheets.html", language="nb")
    seen = look(path, axe=True)
    assert seen.requests == []
    assert seen.complaints == []
    assert seen.hacked is None
    assert seen.tags - _TAGS == set()
    titles = [visible(CELLS[number]) for number in (2, 8, 18, 41)]
    assert [text for text in seen.headings if text in titles] == titles
    assert seen.violations == []


def test_nothing_in_the_page_would_be_fetched(page):
    check_no_external(page)


def test_the_same_holds_for_a_study_read_from_files(fjord, look, tmp_path):
    people = (fjord / "people.csv").read_text(encoding="utf-8")
    hostile = '"<img src=x onerror=window.hacked=1> {{ 7 * 7 }} $x$"'
    (fjord / "people.csv").write_text(people.replace("d1,Town,", f"d1,{hostile},"), encoding="utf-8")
    study = load_study(fjord)
    folder = access_answer(study, accessibility(study)).save(tmp_path / "run")
    (path,) = write_report(load_answer(folder), tmp_path / "report.html")
    seen = look(path)
    assert (seen.requests, seen.complaints, seen.hacked) == ([], [], None)
    assert place(study, "stations").solution.status.value == "optimal"


# On paper


def test_a_hostile_report_prints_without_actions_or_fetches(run, tmp_path):
    # Lines of ten thousand letters are slow to break on paper; here they would be in every paragraph.
    short = Answer(run.question, {**run.facts, "sources": SHORT, "command": SHORT}, run.tables)
    (path,) = write_factsheets(short, ["0002", "0008", "0018", "0041"], tmp_path / "sheets.pdf")
    raw = path.read_bytes()
    streams = [raw]
    for found in re.finditer(rb"stream\r?\n(.*?)endstream", raw, re.DOTALL):
        try:
            streams.append(zlib.decompressobj().decompress(found[1]))
        except zlib.error:
            continue
    assert len(streams) > 3
    whole = b"\n".join(streams)
    for word in (
        b"/JavaScript",
        b"/JS",
        b"/Launch",
        b"/SubmitForm",
        b"/EmbeddedFile",
        b"/URI",
        b"/OpenAction",
    ):
        assert re.search(re.escape(word) + rb"\b", whole) is None, word


@pytest.mark.parametrize(
    "markup",
    [
        '<img src="file:///etc/hostname">',
        '<img src="https://example.org/x.png">',
        '<link rel="stylesheet" href="file:///etc/hostname">',
        '<p style="background: url(file:///etc/hostname)">x</p>',
    ],
)
def test_a_page_that_asks_for_something_is_not_printed(tmp_path, markup):
    with pytest.raises(OutputError, match="asked for something from outside"):
        write_pdf(f"<!DOCTYPE html><html><body>{markup}</body></html>", tmp_path / "x.pdf")


# Spreadsheets

SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ESCAPED = re.compile(r"_x005F_(?=x[0-9A-F]{4}_)")


def test_the_workbook_holds_texts_as_texts(run, tmp_path):
    (path,) = write_report(run, tmp_path / "run.xlsx")
    with zipfile.ZipFile(path) as book:
        names = book.namelist()
        assert [
            name for name in names if re.search("vba|external|connection|embed|drawing", name, re.I)
        ] == []
        shared = {
            _ESCAPED.sub("_", "".join(node.text or "" for node in item.iter(f"{SPREADSHEET}t")))
            for item in ET.fromstring(book.read("xl/sharedStrings.xml"))
        }
        sheets = [book.read(name).decode() for name in names if name.startswith("xl/worksheets/sheet")]
        workbook = ET.fromstring(book.read("xl/workbook.xml"))
    assert {visible(text) for text in CORPUS} <= shared
    assert visible(WHOLE) in shared
    for sheet in sheets:
        assert "<f>" not in sheet
        assert "<f " not in sheet
        assert "hyperlink" not in sheet
    titles = [sheet.get("name") or "" for sheet in workbook.iter(f"{SPREADSHEET}sheet")]
    assert len({title.casefold() for title in titles}) == len(titles)
    assert max(map(len, titles)) <= 31


@pytest.mark.parametrize("norwegian", [True, False])
def test_csv_runs_nothing_and_loses_nothing(run, tmp_path, norwegian):
    files = write_report(run, tmp_path / "csv", norwegian_csv=norwegian)
    for path in files:
        text = path.read_bytes().decode("utf-8-sig")
        for row in csv.reader(text.splitlines(), delimiter=";" if norwegian else ","):
            for cell in row:
                if cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")):
                    float(cell.replace(",", "."))  # only a number may begin with a sign
    rows = list(
        csv.reader(
            (tmp_path / "csv" / "groups.csv").read_bytes().decode("utf-8-sig").splitlines(),
            delimiter=";" if norwegian else ",",
        )
    )
    shown = {row[0] for row in rows}
    for text in CELLS:
        assert visible(text) in shown or f"'{visible(text)}" in shown
