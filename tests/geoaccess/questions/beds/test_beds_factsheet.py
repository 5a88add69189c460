"""Factsheets of beds: figures of all groups are those of the region, each beside what it rests on."""

from __future__ import annotations

import json

import pytest

import geoaccess as ga
from geoaccess.answers.reading import Material
from geoaccess.questions.beds.answer import beds_answer, plan_beds
from geoaccess.questions.beds.factsheet import figures_table
from geoaccess.questions.factsheet_areas import areas
from geoaccess.words.words import Words
from tests.near_beds import NEAR_BEDS
from tests.said import said

#: Row of the factsheet -> figure of the region, and what it is divided by.
SUMS = {1: ("units", 1.0), 2: ("beds", 1.0), 3: ("admissions", 1.0), 5: ("staff", 1.0), 6: ("cost", 1e6)}
SUMS |= {0: ("persons", 1.0), 7: ("elsewhere_cost", 1e6), 9: ("bought", 1.0)}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The fjord with beds: its study, and runs of beds and of times."""
    home = tmp_path_factory.mktemp("sheets")
    study = home / "fjord"
    study.mkdir()
    from tests.geoaccess.test_answers import fjord_files

    for name, text in fjord_files().items():
        (study / name).write_text(text.lstrip("\n"), encoding="utf-8")
    with (study / "study.toml").open("a", encoding="utf-8") as file:
        file.write(NEAR_BEDS)
    for question in ("access", "beds"):
        assert said([question, study, "-q", "-o", home / question]).code == 0
    return home


@pytest.mark.parametrize("language", ["en", "nb"])
def test_groups_together_are_the_region_and_every_figure_says_what_it_rests_on(runs, language):
    study = ga.load_study(runs / "fjord")
    found = plan_beds(study)
    m = Material(beds_answer(study, found), Words(language))
    titles = {name: name for name in found.region}
    tables = [figures_table(m, area, titles) for area in areas(m.run, m.words, (), ("county=all",))]
    assert len(tables) == 2
    for at, variant in enumerate(titles):
        for row, (figure, of) in SUMS.items():
            told = sum(table.frame[f"v{at}"].iloc[row] for table in tables)
            assert told == pytest.approx(found.region[variant][figure] / of), (variant, figure)
    for table in tables:
        assert table.frame["basis"].str.len().min() > 10


def test_one_page_holds_times_and_beds_of_a_county_with_what_is_assumed(runs, tmp_path):
    words = ["report", runs / "access", "--also", runs / "beds", "--group", "county=North", "--lang", "nb"]
    page = tmp_path / "north.html"
    assert said([*words, "-o", page, "-q"]).code == 0
    text = page.read_text(encoding="utf-8")
    assert text.index("Hva hvert tall bygger på") < text.index("Senger nær hjemmet")
    assert "Erlangs tapsformel" in text
    assert "How many" not in text


def test_runs_of_different_years_are_not_told_as_one(runs, tmp_path):
    later = tmp_path / "later"
    later.mkdir()
    for file in (runs / "beds").iterdir():
        (later / file.name).write_bytes(file.read_bytes())
    told = json.loads((later / "run.json").read_text(encoding="utf-8"))
    (later / "run.json").write_text(json.dumps({**told, "year": 2041}), encoding="utf-8")
    page = tmp_path / "both.html"
    found = said(["report", runs / "access", "--also", later, "--group", "county=all", "-o", page])
    assert found.code == 3
    assert "2041" in found.err
    assert not page.exists()


def test_a_further_run_wants_a_group_and_other_questions_have_no_factsheet(runs, tmp_path):
    assert said(["report", runs / "access", "--also", runs / "beds", "-o", tmp_path / "a.html"]).code == 2
    assert said(["losses", runs / "fjord", "--of", "ferries", "-q", "-o", tmp_path / "losses"]).code == 0
    found = said(["report", tmp_path / "losses", "--group", "county=North", "-o", tmp_path / "b.html"])
    assert found.code == 3
    assert "losses" in found.err
