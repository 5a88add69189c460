"""Reports of comparisons, frontiers and losses tell the figures of their run, in two languages and every form."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from geoaccess.answers.answer import Answer, load_answer
from geoaccess.drawing.blocks import Headlines, Paragraph, Table
from geoaccess.drawing.page import render
from geoaccess.questions.access.answer import access_answer, accessibility
from geoaccess.questions.comparison.answer import comparison_answer
from geoaccess.questions.frontier.answer import frontier_answer
from geoaccess.questions.losses.answer import losses_answer
from geoaccess.questions.registry import report_document
from geoaccess.questions.report_writing import write_report
from geoaccess.study import load_study
from geoaccess.words.words import Words


@pytest.fixture
def study(fjord):
    return load_study(fjord)


@pytest.fixture
def runs(study) -> dict[str, Answer]:
    access = access_answer(study, accessibility(study, scenarios=("base", "no-ferry")))
    return {
        "compare": comparison_answer(access, access, scenarios=("base", "no-ferry")),
        "frontier": frontier_answer(study, "stations", [0, 1, 2]),
        "losses": losses_answer(study, of=("ferries", "facilities")),
    }


def table_of(run: Answer, key: str, words: Words) -> Table:
    return next(table for table in report_document(run, words).tables if table.key == key)


def paragraphs(run: Answer, words: Words) -> str:
    blocks = report_document(run, words).sections[0].blocks
    return " ".join(block.text for block in blocks if isinstance(block, Paragraph))


def test_a_comparison_is_told_in_persons_and_minutes(runs):
    words, run = Words("en"), runs["compare"]
    region = run.tables["comparison_region"].iloc[0]
    text = paragraphs(run, words)
    assert f"{region['persons_lose']:,.0f} a longer one" in text
    table = table_of(run, "comparison", words)
    assert table.frame["persons_lose"].tolist() == [region["persons_lose"]]
    places = table_of(run, "comparison-municipalities", words)
    changed = run.tables["comparison_groups"]
    moved = changed[["person_min_lost", "person_min_gained"]].sum(axis=1)
    moved += changed[["persons_no_longer_reached", "persons_newly_reached"]].sum(axis=1)
    assert sorted(places.frame["municipality"]) == sorted(changed.loc[moved > 0, "municipality"])
    assert report_document(run, words).subtitle.endswith("to “The ferry is out”")


def test_a_frontier_tells_every_step_and_its_proof(runs):
    words, run = Words("en"), runs["frontier"]
    table = table_of(run, "frontier", words)
    assert table.frame["mean_min"].tolist() == [
        step["after"]["mean_min"] for step in run.facts["frontier"]["steps"]
    ]
    assert set(table.frame["verdict"]) == {words("status.optimal")}
    assert "Every answer is proven best" in paragraphs(run, words)
    steps = run.tables["frontier"].assign(status=["optimal", "feasible", "optimal"])
    unproven = Answer(run.question, run.facts, {**run.tables, "frontier": steps})
    assert "Not every answer is proven best" in paragraphs(unproven, words)


def test_losses_begin_with_the_worst_and_count_what_was_tried(runs):
    words, run = Words("en"), runs["losses"]
    worst = run.tables["losses"].iloc[0]
    assert f"hurts most when {worst['name']} falls out" in paragraphs(run, words)
    table = table_of(run, "losses", words)
    assert len(table.frame) == len(run.tables["losses"])
    assert (
        table.frame["person_hours_lost"].tolist() == (run.tables["losses"]["person_min_lost"] / 60).tolist()
    )
    blocks = report_document(run, words).sections[0].blocks
    (figures,) = [block for block in blocks if isinstance(block, Headlines)]
    assert figures.items[0].value == str(run.tables["losses"]["element_id"].nunique())


@pytest.mark.parametrize("kind", ["compare", "frontier", "losses"])
def test_every_form_is_written_in_both_languages_from_a_folder(runs, tmp_path: Path, kind: str):
    folder = runs[kind].save(tmp_path / "run")
    run = load_answer(folder)
    for language in ("en", "nb"):
        (page,) = write_report(run, tmp_path / f"{language}.html", language=language)
        text = page.read_text(encoding="utf-8")
        assert f'lang="{language}"' in text
        assert "<figcaption" in text or kind == "compare"
        (book,) = write_report(run, tmp_path / f"{language}.xlsx", language=language)
        assert zipfile.ZipFile(book).testzip() is None
    sheets = write_report(run, tmp_path / "csv")
    assert len(sheets) >= 1
    english, bokmal = ((tmp_path / f"{language}.html").read_text("utf-8") for language in ("en", "nb"))
    assert english != bokmal


@pytest.mark.parametrize("kind", ["compare", "frontier", "losses"])
def test_hostile_names_are_shown_and_do_nothing(runs, kind: str):
    hostile = '<script>alert(1)</script>{{ 7 * 7 }}${x}" onload="x\u202e'
    run = runs[kind]
    tables = {}
    for name, table in run.tables.items():
        texts = [column for column in table.columns if column in {"name", "municipality", "opened", "chosen"}]
        tables[name] = table.assign(**dict.fromkeys(texts, hostile))
    facts = dict(run.facts) | {"title": hostile, "notice": hostile, "sources": [hostile]}
    words = Words("en")
    page = render([report_document(Answer(run.question, facts, tables), words)], words)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7 * 7 }}${x}" in page
    assert "\u202e" not in page
