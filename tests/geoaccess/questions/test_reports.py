"""Reports tell the figures of their run, in two languages, in every form, whole or not at all."""

from __future__ import annotations

import ast
import csv
import html
import json
import math
import re
import sys
import zipfile
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geoaccess.answers.answer import Answer, load_answer
from geoaccess.answers.reading import Material
from geoaccess.cli.app import COMMANDS
from geoaccess.cli.app import run as run_command
from geoaccess.cli.demo import demo_answer
from geoaccess.drawing.blocks import Table
from geoaccess.drawing.page import policy, render
from geoaccess.drawing.plots import curves, legend, reach
from geoaccess.drawing.small_map import Dots, plan
from geoaccess.drawing.small_map_frame import Frame
from geoaccess.drawing.small_map_names import Label, placed_labels
from geoaccess.drawing.svg import element
from geoaccess.drawing.workbook import MOST_LETTERS, cut
from geoaccess.ground.errors import DataError, OutputError, UnknownNameError
from geoaccess.ground.measures import persons_within
from geoaccess.ground.optional_packages import MissingPackageError
from geoaccess.ground.running import command_runs
from geoaccess.ground.tables import figures, read_frame
from geoaccess.ground.writing import provenance
from geoaccess.questions import report_writing as writing_module
from geoaccess.questions.access.answer import access_answer, accessibility
from geoaccess.questions.access.report import class_shares
from geoaccess.questions.factsheet import change_table, factsheet_document, times_table
from geoaccess.questions.factsheet_areas import Area, municipalities
from geoaccess.questions.placement import place
from geoaccess.questions.placement.answer_folder import placement_answer
from geoaccess.questions.placement.report import before_after_table
from geoaccess.questions.placement.report_gains import gain_blocks
from geoaccess.questions.registry import report_document
from geoaccess.questions.report_writing import Form, file_name, form_of, write_factsheets, write_report
from geoaccess.study import load_study
from geoaccess.words.catalogue import texts as catalogue
from geoaccess.words.note import Note, note_in
from geoaccess.words.visible import visible
from geoaccess.words.words import Words

SOURCE = Path(sys.modules["geoaccess.words.words"].__file__ or "").parent
SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture
def words() -> Words:
    return Words("en")


@pytest.fixture
def study(fjord):
    return load_study(fjord)


@pytest.fixture
def access(study) -> Answer:
    return access_answer(study, accessibility(study, scenarios=("base", "no-ferry")))


@pytest.fixture
def demo(study) -> Answer:
    run = demo_answer(study, accessibility(study), place(study, "stations"))
    with command_runs(["demo"]):
        made = provenance(inputs=run.inputs, started=run.started)
    return Answer(run.question, {**made, **run.facts}, run.tables, run.inputs, run.started)


class _Tables(HTMLParser):
    """Caption -> rows of cells, and all the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.texts: list[str] = []
        self.path: list[str] = []
        self.caption = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag not in {"meta"}:
            self.path.append(tag)
        if tag == "caption":
            self.caption = ""
        if tag == "tr":
            self.tables.setdefault(self.caption, []).append([])
        if tag in {"th", "td"}:
            self.tables[self.caption][-1].append("")

    def handle_endtag(self, tag):
        while self.path and self.path.pop() != tag:
            pass

    def handle_data(self, data):
        self.texts.append(data)
        if "caption" in self.path:
            self.caption += data
        elif self.path and self.path[-1] in {"th", "td"}:
            self.tables[self.caption][-1][-1] += data


def page_of(run: Answer, words: Words) -> str:
    return render([report_document(run, words)], words)


# Words and numbers


def test_both_catalogues_have_the_same_keys_and_fields():
    english, norwegian = catalogue("en"), catalogue("nb")
    assert list(english) == list(norwegian) == sorted(english)
    for key in english:
        fields = [Counter(re.findall(r"\{(\w+)[:}]", texts[key])) for texts in (english, norwegian)]
        assert set(fields[0]) == set(fields[1]), key
        assert english[key].strip()
        assert norwegian[key].strip()


def spoken() -> tuple[set[str], set[str], list[str]]:
    """Keys asked for, every text of the source, and patterns of the texts put together."""
    asked, texts, patterns = set(), set(), []
    leaves = [path for leaf in ("networks", "optimise") for path in (SOURCE.parents[1] / leaf).rglob("*.py")]
    for path in [*SOURCE.parent.rglob("*.py"), *leaves]:
        if (path.stem.startswith("map") and path.parent.name != "cli") or path.name in {
            "source.py",
            "links.py",
            "municipal_layer.py",
            "standing.py",
            "registry.py",
            "what_if.py",
        }:
            continue  # maps have words of their own
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.add(node.value)
            if isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+"
                    for part in node.values
                ]
                if parts[0] != ".+" or len("".join(parts)) > len(".+") + 5:
                    patterns.append("".join(parts))
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                caller = (
                    node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                )
                if caller == "words" and "optimise" not in path.parts:  # there it reads columns
                    asked.add(node.args[0].value)
    return asked, texts, patterns


def test_every_text_is_used_and_every_text_asked_for_exists():
    keys = {code for code in catalogue("en") if not code.startswith("maps.")}
    asked, texts, patterns = spoken()
    assert asked
    assert asked - keys == set()
    used = texts | {f"{text}.{form}" for text in texts for form in ("one", "other")}
    left = {key for key in keys - used if not any(re.fullmatch(pattern, key) for pattern in patterns)}
    assert left == set()


def test_numbers_follow_the_language():
    english, norwegian = Words("en"), Words("nb")
    assert english.number(1234567.891, 1) == "1,234,567.9"
    assert norwegian.number(1234567.891, 1) == "1\xa0234\xa0567,9"
    assert (english.change(-0.83, 1), norwegian.change(-0.83, 1)) == ("−0.8", "−0,8")
    assert (english.change(0.04, 1), english.change(2.0, 0)) == ("0.0", "+2")
    assert (english.share(0.515), norwegian.share(0.515)) == ("51.5%", "51,5\xa0%")
    assert (english.minutes(math.nan), norwegian.minutes(math.nan)) == ("unreachable", "nås ikke")
    assert (english.duration(163.9), norwegian.duration(163.9)) == (
        "164\xa0min (2\xa0h\xa044\xa0min)",
        "164\xa0min (2\xa0t\xa044\xa0min)",
    )


def test_dates_follow_the_language(demo):
    moment = pd.Timestamp("2026-03-05T04:33:00+00:00").to_pydatetime()
    assert Words("en").date(moment) == "5 March 2026"
    assert Words("nb").date(moment) == "5. mars 2026"
    assert Words("nb").moment(moment) == "5. mars 2026, kl. 04.33 UTC"


@given(st.floats(0, 1), st.sampled_from(["en", "nb"]))
def test_only_everybody_is_a_hundred_per_cent_and_only_nobody_is_none(share, language):
    told = Words(language).percent(share).replace(",", ".")
    assert (told == "100.0") == (share == 1.0)
    assert (told == "0.0") == (share == 0.0)
    if told[0] not in "<>":
        assert abs(float(told) - 100 * share) <= 0.05 + 1e-9


@given(st.floats(0, 1e5))
def test_a_time_that_is_not_nothing_is_not_told_as_nothing(minutes):
    told = Words("en").minutes(minutes)
    assert (told == "0") == (minutes == 0)


def test_one_and_several_have_forms_of_their_own(words):
    assert words.count("placement.answer", 1, places="Town") == "Answer: one new site, at Town."
    assert words.count("placement.answer", 2, places="Town") == "Answer: 2 new sites, at Town."


def test_names_in_a_row(words):
    assert words.joined(["A"]) == "A"
    assert words.joined(["A", "B", "C"]) == "A, B and C"
    assert Words("nb").joined(["A", "B"]) == "A og B"


def test_values_are_never_templates(words):
    assert words("kilometres", value="{value.__class__} {0} {") == "{value.__class__} {0} { km"


def test_labels_of_the_study_are_told_in_the_language_where_it_has_them(demo):
    kinds = {**demo.facts["kinds"], "hospital": {**demo.facts["kinds"]["hospital"], "label_nb": "sykehus"}}
    run = Answer("demo", {**demo.facts, "kinds": kinds, "title_nb": "Fjorden"}, demo.tables)
    norwegian = Material(run, Words("nb"))
    assert (norwegian.kind("hospital"), norwegian.title) == ("sykehus", "Fjorden")
    assert Material(run, Words("en")).kind("hospital") == "hospital"


# The page


def test_the_page_tells_the_figures_of_the_run(demo, words):
    tables = _Tables(page_of(demo, words)).tables
    region = tables["The whole region, minutes to the nearest"]
    truth = demo.tables["region"].iloc[0]
    assert region[1][0] == "Hospital"
    assert region[1][1:] == [
        words.minutes(truth["median_min"]),
        words.minutes(truth["p90_min"]),
        words.minutes(truth["mean_min"]),
        words.minutes(truth["worst_min"]),
        words.number(truth["persons"]),
        "7",
    ]
    worst = tables["Worst off: hospital"]
    assert worst[1][:2] == ["Island", "7"]
    assert worst[1][2:5] == ["unreachable", "unreachable", "7"]
    assert worst[1][5:] == ["0.0", "0.0"]
    reach_rows = tables["People within and beyond the thresholds: hospital"]
    assert reach_rows[1][:2] == ["30 min", words.number(truth["persons_within_30_min"])]
    assert reach_rows[1][3] == words.number(1357 - truth["persons_within_30_min"])
    assert "Old beyond" in reach_rows[0]
    assert len(tables["Minutes to the nearest, by municipality"]) == 1 + 3


def test_the_page_tells_the_answer_and_how_sure_it_is(demo, words):
    texts = _Tables(page_of(demo, words)).texts
    page = " ".join(texts)
    assert "Answer: one new site, at Island." in page
    assert "Proven best" in texts
    assert words("proof.optimal") in texts
    assert demo.facts["place"]["solver"] in page
    assert "0.00%" in texts
    assert "invented for tests" in texts
    assert "geoaccess demo" in texts
    for name, digest in demo.facts["inputs"].items():
        assert {name, digest} <= set(texts)
    for name, version in demo.facts["versions"].items():
        assert f"{name} {version}" in page


def test_an_answer_that_is_not_proven_says_so_first(demo, words):
    place_facts = {**demo.facts["place"], "status": "feasible", "gap": 0.0312, "lower_bound": 20.0}
    run = Answer("demo", {**demo.facts, "place": place_facts}, demo.tables)
    texts = _Tables(page_of(run, words)).texts
    assert any("not proven to be the best" in text for text in texts)
    assert words("proof.not_optimal") in texts
    assert "3.12%" in texts
    assert words("proof.optimal") not in texts
    assert 'class="callout unproven"' in page_of(run, words)


def test_before_and_after_are_those_of_the_run(demo, words):
    table = before_after_table(Material(demo, words)).frame.set_index("measure")
    before, after = demo.facts["place"]["before"], demo.facts["place"]["after"]
    for name in ("median", "p90", "mean", "worst"):
        row = table.loc[words(f"measure.{name}")]
        assert (row["before"], row["after"]) == pytest.approx(
            (before[f"{name}_min"], after[f"{name}_min"]), nan_ok=True
        )
    share = table.filter(like="within the limit", axis=0).iloc[0]
    key = "share_within_class_threshold"
    # The difference of the two shares as they are shown, to a tenth of a per cent.
    shown = [float(f"{100 * state[key]:.1f}") for state in (before, after)]
    assert share["difference"] == pytest.approx(shown[1] - shown[0], abs=1e-9)


def test_the_norwegian_page_is_norwegian(demo):
    words = Words("nb")
    page = page_of(demo, words)
    assert '<html lang="nb">' in page
    texts = set(_Tables(page).texts)
    assert {"Kort fortalt", "Bevist best", "Antakelser og begrensninger", "nås ikke"} <= texts
    english = set(catalogue("en").values()) - set(catalogue("nb").values())
    # Labels and weights of the study are as in the data.
    assert {text for text in texts if text in english} <= {"people"}


def test_the_page_is_one_file_with_a_strict_policy_and_a_text_for_every_drawing(access, words):
    page = page_of(access, words)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy[1]
    assert " style=" not in page
    assert "<script" not in page
    assert re.findall(r'(?:href|src)="(?!#)', page) == []
    drawings = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(drawings) >= 3
    for drawing in drawings:
        title = re.search(r'<title id="([^"]+)">([^<]{20,})</title>', drawing)
        assert title is not None
        assert f'aria-labelledby="{title[1]}"' in drawing
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    for reference in re.findall(r'(?:href="|url\()#([^")]+)', page):
        assert reference in ids


def test_states_of_the_world_are_compared_person_by_person(access, words):
    tables = _Tables(page_of(access, words)).tables
    rows = tables["Compared with “today”"]
    # Without the ferry nobody of the east shore loses: their hospital is on their side.
    assert rows[1][:2] == ["Hospital", "The ferry is out"]
    base = access.tables["nearest"].query("scenario == 'base'").set_index("demand_id")["travel_time_min"]
    other = access.tables["nearest"].query("scenario == 'no-ferry'").set_index("demand_id")["travel_time_min"]
    people = access.tables["nearest"].query("scenario == 'base'").set_index("demand_id")["people"]
    assert rows[1][2] == words.number(people[(other - base) > 1e-6].sum())


def test_groups_other_than_municipalities(study, words):
    run = access_answer(study, accessibility(study, by="county"))
    tables = _Tables(page_of(run, words)).tables
    assert [row[0] for row in tables["Minutes to the nearest, by county"]] == ["County", "North", "South"]


def test_a_placement_alone_and_what_it_closes(study, words):
    run = placement_answer(place(study, "stations"))
    sites = run.tables["sites"].copy()
    sites.loc[sites["role"] == "existing", "role"] = "closed"
    texts = _Tables(page_of(Answer("place", run.facts, {**run.tables, "sites": sites}), words)).texts
    assert any("Closed instead: Town station" in text for text in texts)
    assert not any("Appendix" in text for text in texts)


@pytest.mark.parametrize("turn", [1, -1])
def test_hours_lost_are_told_beside_hours_saved(demo, words, turn):
    # West: 100 persons gain 60 min = 100 hours; Town: 1000 persons lose 3 min = 50 hours; or turned round.
    table = demo.tables["placement"]
    moved = table["demand_id"].map({"d2": -60.0, "d1": 3.0}).fillna(0.0) * turn
    before = np.full(len(table), 100.0)
    placement = table.assign(before_min=before, after_min=before + moved, gain_min=-moved)
    towns = demo.tables["placement_municipalities"]
    towns = towns.assign(gain_person_min=np.linspace(-600, 600, len(towns)))
    run = Answer(
        "demo", demo.facts, {**demo.tables, "placement": placement, "placement_municipalities": towns}
    )
    blocks = gain_blocks(Material(run, words))
    text = blocks[0].text
    saved, lost = ("100", "50") if turn > 0 else ("50", "100")
    sentence = words("gains.sentence", gain="GAIN", lose="LOSE", people="", gained=saved, lost=lost)
    assert sentence.split("LOSE")[1] in text
    assert words("gains.net_saved" if turn > 0 else "gains.net_lost", hours="50") in text
    tables = {block.key: block.frame for block in blocks if isinstance(block, Table)}
    assert (tables["gains"]["gain_person_hours"] > 0).all()
    assert (tables["losses"]["gain_person_hours"] < 0).all()


def test_a_placement_from_nothing_has_no_before(demo, words):
    before = dict.fromkeys(demo.facts["place"]["before"]) | {
        "persons": 1357.0,
        "persons_unreachable": 1357.0,
    }
    placement = demo.tables["placement"].assign(before_min=np.nan, gain_min=np.nan)
    run = Answer(
        "demo",
        {**demo.facts, "place": {**demo.facts["place"], "before": before}},
        {**demo.tables, "placement": placement},
    )
    texts = _Tables(page_of(run, words)).texts
    assert any("the mean of everybody, becomes" in text for text in texts)
    assert any("who could not be reached before are reached" in text for text in texts)


def test_a_run_without_times_and_placement_is_refused(words):
    with pytest.raises(DataError, match="no travel times and no placement"):
        report_document(Answer("access", {}, {}), words)


# Notes in two languages


def test_the_notes_that_the_program_writes_are_known(study, demo):
    norwegian = Material(demo, Words("nb"))
    assert norwegian.notes
    assert [
        note for note in norwegian.notes if not isinstance(note, Note) or note_in(note, "nb") == note
    ] == []


def test_the_notes_of_the_embedded_study_are_known():
    study = load_study("nord-norge")
    run = access_answer(study, accessibility(study, kinds=["akuttmottak"]))
    norwegian = Material(run, Words("nb"))
    assert norwegian.notes
    assert [
        note for note in norwegian.notes if not isinstance(note, Note) or note_in(note, "nb") == note
    ] == []


def test_notes_are_the_same_read_from_the_folder(demo, tmp_path):
    demo.save(tmp_path / "run")
    back = load_answer(tmp_path / "run")
    assert back.notes == demo.notes
    assert [note.said("nb") for note in back.notes] == [note.said("nb") for note in demo.notes]
    told = page_of(back, Words("nb"))
    assert all(html.escape(note_in(note, "nb"), quote=False) in told for note in back.notes)


# Drawings


@given(
    st.lists(
        st.tuples(st.one_of(st.floats(0, 500), st.just(math.nan)), st.floats(0, 1e4)), min_size=1, max_size=30
    )
)
def test_the_curve_and_the_bars_count_everybody(points):
    minutes, persons = (np.asarray(column, dtype=np.float64) for column in zip(*points, strict=True))
    times, shares = reach(minutes, persons, 300.0)
    assert (np.diff(times) >= 0).all()
    assert (np.diff(shares) >= -1e-12).all()
    if persons.sum() > 1:
        assert shares[-1] == pytest.approx(persons_within(minutes, persons, 300.0) / persons.sum())
        frame = pd.DataFrame({"travel_time_min": minutes, "people": persons})
        parts = class_shares(frame, "people", [30.0, 60.0])
        assert sum(parts) == pytest.approx(1.0)
        assert min(parts) >= -1e-12


def test_drawings_keep_their_text_and_lose_what_a_page_must_not_have(words):
    names = ["_hidden", "$\\frac{1}{2}$", "a < b & c", "Træna"]
    lines = [(name, np.array([1.0, 50.0]), np.array([5.0, 5.0])) for name in names]
    made = element(lambda: curves(words, lines, (30.0,)), prefix="x-", alt="alt <text>")
    texts = ["".join(node.itertext()) for node in made.iter("text")]
    assert set(names) <= set(texts)
    assert [node.tag for node in made.iter() if node.tag in {"style", "metadata"} or "}" in node.tag] == []
    for node in made.iter():
        assert "style" not in node.attrib
        assert node.get("id", "x-").startswith("x-")
        assert not any(":" in name or "}" in name for name in node.attrib)
    assert made.find("title").text == "alt <text>"


def test_older_shorthand_of_fonts_is_understood():
    from geoaccess.drawing import svg

    declared = svg._declared("font", "bold 10px 'DejaVu Sans', Verdana, sans-serif")
    assert declared["font-size"] == "10px"
    assert declared["font-weight"] == "bold"


def test_a_legend_shows_labels_that_begin_with_an_underscore():
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    handles = axes.plot([0, 1], [0, 1])
    legend(axes, handles, ["_name"])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["_name"]


@given(st.floats(-60, 70), st.floats(-179.9, 179.9), st.floats(0, 360))
def test_maps_are_true_to_scale(lat, lon, azimuth):
    geod = Geod(ellps="WGS84")
    end_lon, end_lat, _ = geod.fwd(lon, lat, azimuth, 60_000)
    lons, lats = np.array([lon, end_lon]), np.array([lat, end_lat])
    frame = Frame.around(lons, lats)
    x, y = frame.project(lons, lats)
    assert math.hypot(x[1] - x[0], y[1] - y[0]) == pytest.approx(60_000, rel=2e-4)
    west, south, east, north = frame.window
    assert west < x.min()
    assert x.max() < east
    assert south < y.min()
    assert y.max() < north
    assert east - west >= 8000


def test_many_discs_become_one_picture_that_the_policy_allows(words):
    count = 3001
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "name": "x",
            "lon": rng.uniform(15, 20, count),
            "lat": rng.uniform(67, 70, count),
            "minutes": rng.uniform(0, 200, count),
            "people": rng.uniform(1, 100, count),
        }
    )
    dots = Dots.of(frame, "minutes", "people")
    assert dots.sizes.sum() < 40_000
    made = element(lambda: plan(words, dots), prefix="x-", alt="a map of many places")
    (image,) = made.iter("image")
    assert image.get("href", "").startswith("data:image/png;base64,")
    assert len(list(made.iter("use"))) < 50
    assert policy("", pictures=True).endswith("img-src data:")
    assert "img-src" not in policy("")


def test_land_is_where_land_is():
    import shapely

    frame = Frame.around(np.array([18.0, 20.0]), np.array([69.0, 70.0]))
    shape = frame.land()
    x, y = frame.project(np.array([19.5, 17.9]), np.array([69.2, 70.0]))
    inland, sea = shapely.points(x, y)
    assert shape.contains(inland)
    assert not shape.intersects(sea)
    assert Frame.around(np.array([178.0, -179.0]), np.array([-17.0, -18.0])).land().is_empty


@given(
    st.lists(
        st.builds(Label, st.text("abc", min_size=1, max_size=12), st.floats(0, 1000), st.floats(0, 1000)),
        max_size=25,
    )
)
def test_names_on_a_map_cover_neither_each_other_nor_the_edge(labels):
    found = list(placed_labels(labels, (0.0, 0.0, 1000.0, 1000.0), 1.0, obstacles=[(0, 0, 50, 50)]))
    boxes = [
        (x, y, x + 0.62 * label.size_pt * len(label.text), y + 1.2 * label.size_pt) for label, x, y in found
    ]
    for number, box in enumerate(boxes):
        assert box[0] >= 0
        assert box[1] >= 0
        assert box[2] <= 1000
        assert box[3] <= 1000
        for other in [*boxes[:number], (0, 0, 50, 50)]:
            apart = box[2] <= other[0] or other[2] <= box[0] or box[3] <= other[1] or other[3] <= box[1]
            assert apart


# Factsheets


def test_a_factsheet_tells_what_the_table_of_municipalities_tells(demo, words):
    m = Material(demo, words)
    groups = demo.tables["groups"].set_index("municipality")
    for code, name in (("0101", "Town"), ("0202", "Far"), ("0303", "Island")):
        row = times_table(m, Area(name, (code,))).frame.iloc[0]
        for key in ("median_min", "p90_min", "worst_min", "share_within_30_min", "persons_unreachable"):
            assert row[key] == pytest.approx(groups.loc[name, key], nan_ok=True), (name, key)
        change = change_table(m, Area(name, (code,))).frame
        truth = demo.tables["placement_municipalities"].set_index("municipality").loc[name]
        assert change["mean_min"].tolist() == pytest.approx(
            [truth["mean_before_min"], truth["mean_after_min"]], nan_ok=True
        )


def test_the_facilities_told_are_those_that_serve(demo, words):
    m = Material(demo, words)
    assert times_table(m, Area("", ("0202",))).frame["facility"].tolist() == ["Færøy hospital"]
    assert times_table(m, Area("", ("0303",))).frame["facility"].tolist() == ["none reaches it"]
    # Of 1,100 people 100 live where the ferry leads to the other hospital sooner.
    told = times_table(m, Area("", ("0101",))).frame["facility"][0]
    assert told == "Town hospital (91%), Færøy hospital (9%)"


def test_municipalities_are_found_as_people_type_them(demo):
    frame = demo.tables["municipalities"].assign(name=["Træna", "Porsanger-Porsáŋgu-Porsanki", "Island"])
    run = Answer("demo", demo.facts, {**demo.tables, "municipalities": frame})
    assert municipalities(run, ("traena", "0101", "Porsáŋgu")) == ["0101", "0202"]
    assert municipalities(run, ("all",)) == ["0303", "0202", "0101"]
    with pytest.raises(UnknownNameError, match="Nowhere"):
        municipalities(run, ("Nowhere",))


def test_factsheets_as_a_folder_and_as_one_file(demo, tmp_path, words):
    seen = []
    files = write_factsheets(demo, ["all"], tmp_path / "sheets", on_progress=lambda *done: seen.append(done))
    assert [path.name for path in files] == ["0101-town.html", "0202-far.html", "0303-island.html"]
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fjord", "sheets"]
    (one,) = write_factsheets(demo, ["Town", "Far"], tmp_path / "both.html", language="nb")
    page = one.read_text(encoding="utf-8")
    assert re.findall(r"<h1>(.*?)</h1>", page) == ["Town", "Far"]
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    with pytest.raises(OutputError, match="factsheets are"):
        write_factsheets(demo, ["Town"], tmp_path / "sheet.xlsx")


def test_a_factsheet_of_a_placement_alone(study, words):
    run = placement_answer(place(study, "stations"))
    texts = _Tables(render([factsheet_document(run, words, "0303")], words)).texts
    assert "A new site is proposed here: Island." in texts


def test_factsheets_that_fail_leave_the_old_ones(demo, tmp_path, monkeypatch):
    folder = tmp_path / "sheets"
    write_factsheets(demo, ["Town"], folder)
    before = (folder / "0101-town.html").read_bytes()

    def fail(html, path, form):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing_module, "_write_page", fail)
    with pytest.raises(OutputError, match="No space left"):
        write_factsheets(demo, ["all"], folder)
    assert [path.name for path in folder.iterdir()] == ["0101-town.html"]
    assert (folder / "0101-town.html").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fjord", "sheets"]


@pytest.mark.parametrize(
    ("code", "name", "wanted"),
    [
        ("1835", "Træna", "1835-traena"),
        ("5612", "Guovdageaidnu-Kautokeino", "5612-guovdageaidnu-kautokeino"),
        ("../..", "/etc/passwd", "etc-passwd"),
        ("", "漢字", "municipality"),
        ("1", "a" * 500, "1-" + "a" * 58),
    ],
)
def test_file_names_are_plain_everywhere(code, name, wanted):
    assert file_name(code, name) == wanted


def test_factsheets_of_the_embedded_study_fit_one_page_each():
    import weasyprint

    study = load_study("nord-norge")
    run = demo_answer(study, accessibility(study), place(study, "ambulance"))
    run = Answer(run.question, {**run.facts, "command": ["geoaccess", "demo"]}, run.tables)
    words = Words("nb")
    codes = municipalities(run, ("Tromsø", "Porsanger"))
    page = render([factsheet_document(run, words, code) for code in codes], words)
    assert len(weasyprint.HTML(string=page).render().pages) == 2


def test_reports_stay_on_the_paper_and_their_rows_are_whole(demo, access):
    import weasyprint

    words = Words("nb")
    page = render([report_document(run, words) for run in (demo, access)], words)
    pages_of_row: dict[int, set[int]] = {}
    seen = 0
    for number, paper in enumerate(weasyprint.HTML(string=page).render().pages):
        box = paper._page_box
        right = box.content_box_x() + box.width
        for inner in box.descendants():
            # A space that ends a line hangs over the edge; it is not seen.
            is_text = type(inner).__name__ == "TextBox" and not inner.text.endswith(" ")
            if is_text or inner.element_tag in {"table", "td", "th", "svg"}:
                seen += 1
                assert inner.position_x + inner.width <= right + 1.0, inner
            # The head of a table stands on each of its pages.
            if type(inner).__name__ == "TableRowBox" and inner.element.find("td") is not None:
                pages_of_row.setdefault(id(inner.element), set()).add(number)
    assert seen > 200
    assert all(len(pages) == 1 for pages in pages_of_row.values())


def test_those_whom_nothing_reaches_are_named_with_their_place(access, words):
    nearest = access.tables["nearest"]
    first = nearest[(nearest["kind"] == "hospital") & (nearest["scenario"] == "base")]
    out = first[first["travel_time_min"].isna() & (first["people"] > 0)]
    assert len(out)
    told = page_of(access, words)
    for name in out["name"]:
        assert name in told[told.index("cannot reach any: ") :][:200]


# Spreadsheets


def workbook(path: Path) -> dict[str, list[list[object]]]:
    """Sheet -> rows of cells, read without any spreadsheet program."""
    with zipfile.ZipFile(path) as book:
        shared = [
            "".join(node.text or "" for node in item.iter(f"{SPREADSHEET}t"))
            for item in ET.fromstring(book.read("xl/sharedStrings.xml"))
        ]
        names = [
            sheet.get("name")
            for sheet in ET.fromstring(book.read("xl/workbook.xml")).iter(f"{SPREADSHEET}sheet")
        ]
        sheets = {}
        for number, name in enumerate(names, start=1):
            root = ET.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
            assert list(root.iter(f"{SPREADSHEET}f")) == []
            rows = []
            for row in root.iter(f"{SPREADSHEET}row"):
                cells = []
                for cell in row:
                    value = cell.find(f"{SPREADSHEET}v")
                    text = None if value is None else value.text
                    cells.append(shared[int(text)] if cell.get("t") == "s" else float(text) if text else None)
                rows.append(cells)
            sheets[name] = rows
            if name not in {"Summary", "Notes and sources"}:
                pane = root.find(f".//{SPREADSHEET}pane")
                assert pane is not None
                assert (pane.get("state"), pane.get("ySplit")) == ("frozen", "1")
    return sheets


def test_the_workbook_has_numbers_units_and_notes(demo, tmp_path):
    (path,) = write_report(demo, tmp_path / "run.xlsx")
    sheets = workbook(path)
    assert next(iter(sheets)) == "Summary"
    assert list(sheets)[-1] == "Notes and sources"
    groups = sheets["Times by group"]
    assert groups[0][:4] == ["Municipality", "Service", "Median (min)", "90th percentile (min)"]
    assert groups[0][-1] == "Within 60 min (% of people)"
    truth = demo.tables["groups"]
    assert [row[0] for row in groups[1:]] == truth["municipality"].tolist()
    town = groups[1 + truth["municipality"].tolist().index("Town")]
    assert town[2] == pytest.approx(truth.set_index("municipality").loc["Town", "median_min"])
    assert groups[1 + truth["municipality"].tolist().index("Island")][2] == "unreachable"
    assert len(sheets["Placement by settlement"]) == 1 + 5
    notes = [cell for row in sheets["Notes and sources"] for cell in row]
    assert "geoaccess demo" in notes
    assert any(str(cell).startswith("Coast on the maps: ") for cell in notes)
    assert any("station" in str(cell) for cell in notes)


def test_a_cell_that_is_too_long_says_that_it_is_cut():
    assert cut("a" * MOST_LETTERS, "!") == "a" * MOST_LETTERS
    assert len(cut("a" * (MOST_LETTERS + 1), " [cut]")) == MOST_LETTERS
    assert cut("a" * 40_000, " [cut]").endswith(" [cut]")


def test_csv_as_norwegian_excel_opens_it(demo, tmp_path):
    files = write_report(demo, tmp_path / "csv", language="nb", norwegian_csv=True)
    assert {"groups.csv", "notes.csv", "chosen.csv"} <= {path.name for path in files}
    raw = (tmp_path / "csv" / "groups.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\r\n") == 4
    rows = list(csv.reader(raw.decode("utf-8-sig").splitlines(), delimiter=";"))
    assert rows[0][:3] == ["Kommune", "Tjeneste", "Median (min)"]
    truth = demo.tables["groups"].set_index("municipality")
    for row in rows[1:]:
        told = float(row[2].replace(",", ".")) if row[2] else math.nan
        assert told == pytest.approx(truth.loc[row[0], "median_min"], nan_ok=True)
        share = float(row[-1].replace(",", "."))
        assert share == pytest.approx(100 * truth.loc[row[0], "share_within_60_min"])


def test_csv_for_norwegian_excel_can_be_read_again(demo, tmp_path):
    """Whole persons without a decimal sign, no noise of a computer's sums, and the same figures back."""
    files = write_report(demo, tmp_path / "csv", language="nb", norwegian_csv=True)
    again = {path.name: read_frame(path) for path in files}
    for frame in again.values():
        noisy = r"-?\d+,0+|-?\d+,\d{12,}|-?\d+\.\d+"
        assert [cell for cell in frame.to_numpy().ravel() if re.fullmatch(noisy, cell)] == []
    places = again["settlements.csv"]
    minutes = figures(places, "Tid (min)")
    assert minutes.tolist() == pytest.approx(
        demo.tables["nearest"]["travel_time_min"].tolist(), rel=1e-9, nan_ok=True
    )
    assert figures(places, "Innbyggere").tolist() == demo.tables["nearest"]["people"].tolist()


def test_plain_csv_is_plain(demo, tmp_path):
    write_report(demo, tmp_path / "csv")
    frame = pd.read_csv(tmp_path / "csv" / "settlements.csv")
    assert frame["Time (min)"].tolist() == pytest.approx(
        demo.tables["nearest"]["travel_time_min"].tolist(), nan_ok=True
    )


# Files, packages and the command


def test_the_form_follows_from_the_ending(tmp_path):
    assert [form_of(Path(name)) for name in ("a.html", "a.PDF", "a.xlsx", "folder")] == [
        Form.HTML,
        Form.PDF,
        Form.XLSX,
        Form.CSV,
    ]
    with pytest.raises(OutputError, match="give a folder"):
        form_of(Path("a.csv"))
    with pytest.raises(OutputError, match="unknown ending"):
        form_of(Path("a.docx"))


def test_a_report_that_fails_leaves_the_old_one(demo, tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("old", encoding="utf-8")

    def fail(html, part, form):
        part.write_text("half", encoding="utf-8")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing_module, "_write_page", fail)
    with pytest.raises(OutputError, match="No space left"):
        write_report(demo, path)
    assert sorted(item.name for item in tmp_path.iterdir()) == ["fjord", "report.html"]
    assert path.read_text(encoding="utf-8") == "old"


def test_the_same_run_gives_the_same_pdf(demo, tmp_path):
    made = [write_factsheets(demo, ["Town"], tmp_path / name)[0].read_bytes() for name in ("a.pdf", "b.pdf")]
    assert made[0].startswith(b"%PDF-1.7")
    assert made[0] == made[1]


@pytest.mark.parametrize(
    ("package", "name"),
    [("babel", "r.html"), ("matplotlib", "r.html"), ("weasyprint", "r.pdf"), ("xlsxwriter", "r.xlsx")],
)
def test_a_missing_package_is_named_with_its_remedy(demo, tmp_path, monkeypatch, package, name):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingPackageError, match=re.escape(f"'{package}', which is not installed: pip")):
        write_report(demo, tmp_path / name)
    assert list(tmp_path.glob("r.*")) == []


def test_a_missing_system_library_is_named(monkeypatch):
    from geoaccess.ground import optional_packages as extras

    def fail(name):
        raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr(extras.importlib, "import_module", fail)
    with pytest.raises(MissingPackageError, match="apt-get install libpango"):
        extras.need("weasyprint")


@pytest.fixture
def geoaccess(capsys, monkeypatch):
    """Run ``geoaccess report``; gives (exit code, stdout, stderr)."""
    monkeypatch.setitem(COMMANDS, "report", ("cli.report", "A run as a report."))

    def call(*arguments):
        code = run_command(["report", *map(str, arguments)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def folder(study, tmp_path) -> Path:
    return access_answer(study, accessibility(study)).save(tmp_path / "run")


def test_the_command_writes_into_the_run_and_says_where(geoaccess, folder):
    code, out, _ = geoaccess(folder)
    assert code == 0
    assert "report.html" in out
    assert "<h1>Fjord</h1>" in (folder / "report.html").read_text(encoding="utf-8")
    code, out, _err = geoaccess(folder, "--format", "xlsx", "--json", "-q")
    assert code == 0
    assert json.loads(out)["files"] == [str(folder / "report.xlsx")]
    code, out, _ = geoaccess(folder, "--excel-norwegian", "--lang", "nb")
    assert code == 0
    assert (folder / "report-csv" / "groups.csv").read_bytes().startswith(b"\xef\xbb\xbfKommune;")


def test_the_command_makes_factsheets(geoaccess, folder, tmp_path):
    code, _, _ = geoaccess(folder, "--municipality", "town", "-o", tmp_path / "town.html")
    assert code == 0
    assert (tmp_path / "town.html").is_file()
    assert geoaccess(folder, "--municipality", "all")[0] == 0
    assert len(list((folder / "factsheets").iterdir())) == 3
    code, _, err = geoaccess(folder, "--municipality", "Twon")
    assert code == 2
    assert "no municipality named 'Twon' - did you mean 'Town'?" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("-o", "a.csv"),
        ("-o", "a.html", "--format", "pdf"),
        ("-o", "a.html", "--excel-norwegian"),
        ("-o", "folder", "--format", "html"),
        ("--municipality", "Town", "--format", "xlsx"),
        ("--municipality", "Town", "--excel-norwegian"),
        ("--lang", "sv"),
    ],
)
def test_options_that_contradict_are_a_usage_error(geoaccess, folder, monkeypatch, tmp_path, arguments):
    monkeypatch.chdir(tmp_path)
    code, _, err = geoaccess(folder, *arguments)
    assert code == 2
    assert "error" in err.lower()


def test_the_command_without_the_extra_fails_with_one_line(geoaccess, folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    code, _, err = geoaccess(folder, "--format", "pdf", "-q")
    assert code == 1
    assert err == (
        "error: reports need the package 'weasyprint', which is not installed: "
        'pip install "geoaccess[report]"\n'
    )
    assert not (folder / "report.pdf").exists()


def test_a_folder_that_is_no_run_is_bad_data(geoaccess, tmp_path):
    code, _, err = geoaccess(tmp_path)
    assert code == 3
    assert "is not a run folder" in err


def test_a_run_read_from_its_folder_tells_the_same(folder, study, words):
    from_memory = access_answer(study, accessibility(study))
    tables = [
        _Tables(page_of(run, words)).tables["Worst off: hospital"]
        for run in (load_answer(folder), from_memory)
    ]
    assert tables[0] == tables[1]


def test_text_that_hides_is_made_visible():
    assert visible("a\tb\x00\u202e\u2028\ud800\ufffe") == "a\\tb\\x00\\u202e\\u2028\\ud800\\ufffe"
    assert visible("Kárášjohka 👨\u200d⚕️") == "Kárášjohka 👨\u200d⚕️"
