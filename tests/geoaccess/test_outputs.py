"""Every question comes out in every way, in both languages; a gap has a reason; bokmål has no English in it."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path

import pytest

from geoaccess.questions.registry import QUESTIONS
from geoaccess.words.visible import visible

_SPEC = importlib.util.spec_from_file_location("outputs", Path(__file__).with_name("outputs.py"))
outputs = importlib.util.module_from_spec(_SPEC)
sys.modules["outputs"] = outputs
_SPEC.loader.exec_module(outputs)

#: Words of English sentences that no Norwegian word, name of the study, option or file is spelled like.
ENGLISH = [
    "the",
    "of",
    "and",
    "with",
    "from",
    "whose",
    "farthest",
    "which",
    "people",
    "persons",
    "minutes",
    "nearest",
    "unreachable",
    "reached",
    "within",
    "without",
    "municipality",
    "settlement",
    "hospital",
    "station",
    "longest",
    "mean",
    "share",
    "today",
    "every",
    "written",
    "reading",
    "travel",
    "times",
]
#: Texts that stay as they are in every language: what the study's own tables say, and proofs of solvers.
KEPT = re.compile(
    r"branch and bound by .*|^fjord .*|(Town|Færøy) (hospital|station)|Luo and Qi|Coast, lakes and borders.*"
    r"|Wessel and Smith.*",
    re.MULTILINE,
)


@pytest.fixture(scope="module")
def walk(tmp_path_factory) -> outputs.Walk:
    return outputs.walk(outputs.prepare(tmp_path_factory.mktemp("outputs")))


def test_every_question_comes_out_in_every_way_or_says_why_not(walk):
    gaps = []
    for name, row in QUESTIONS.items():
        if name == "demo":
            continue
        for output in outputs.OUTPUTS:
            for language in outputs.LANGUAGES:
                key = (name, output, language)
                if not (walk.said.get(key, "").strip() or walk.missing.get(key)):
                    gaps.append(key)
        assert bool(row.map) == (name not in outputs.REASONS)
    assert gaps == []


def test_a_reason_stands_for_questions_that_exist_alone():
    assert set(outputs.REASONS) <= set(QUESTIONS)


def test_json_is_one_object_and_the_same_in_both_languages(walk):
    # Where a command tells how long it took, or where it wrote, the figures differ from call to call.
    timed = {"seconds", "solve_s", "build_s", "timings", "engine", "computed", "kept", "rows"}
    for name in QUESTIONS:
        if name == "demo":
            continue
        english, bokmal = (json.loads(walk.said[name, "json", language]) for language in outputs.LANGUAGES)
        assert set(english) == set(bokmal)
        assert {key: english[key] for key in set(english) - timed} | {"notes": 0} == {
            key: bokmal[key] for key in set(bokmal) - timed
        } | {"notes": 0}
        assert english.get("notes") == bokmal.get("notes")


def test_maps_reports_and_notebooks_are_in_their_language(walk):
    for (name, output, language), text in walk.said.items():
        if output in {"map", "report"}:
            assert f'<html lang="{language}"' in text, (name, output)
        if output == "notebook":
            other = walk.said[name, output, "en" if language == "nb" else "nb"]
            assert text != other, name


@pytest.mark.parametrize("name", [name for name in QUESTIONS if name != "demo"])
def test_the_terminal_in_bokmal_has_no_english_words(walk, name: str):
    text = KEPT.sub("", re.sub(r"\S*/\S*", "", walk.said[name, "terminal", "nb"]))
    assert found(text) == []


@pytest.mark.parametrize("output", ["report", "notebook"])
@pytest.mark.parametrize("name", [name for name in QUESTIONS if name not in {"demo", *outputs.REASONS}])
def test_reports_in_bokmal_have_no_english_words(walk, name: str, output: str):
    page = outputs.Shown()
    page.feed(walk.said[name, output, "nb"])
    assert found(KEPT.sub("", "\n".join(page.texts))) == []


def shown(text: str, output: str) -> str:
    """What a reader sees of an output, the command that made it left out: that says what was typed."""
    if output == "terminal":
        return text
    page = outputs.Shown()
    page.feed(text)
    return "\n".join(one for one in page.texts if not one.strip().startswith("geoaccess "))


def test_no_id_of_the_study_reaches_a_reader(walk):
    """Kinds, scenarios, clocks, hazards, placements, facilities and homes are told by their names."""
    ids = "|".join(
        map(re.escape, sorted({*outputs.IDS.values(), "c_resp", "h_ferry"}, key=len, reverse=True))
    )
    told = {}
    for (name, output, language), text in walk.said.items():
        if output in {"terminal", "report", "notebook"}:
            for hit in re.finditer(rf"(?<![\w-])({ids})(?![\w-])", shown(text, output)):
                told.setdefault((name, output, language), set()).add(hit[0])
    assert told == {}


def found(text: str) -> list[str]:
    """English words of a text, with what stands around them."""
    words = "|".join(ENGLISH)
    return [
        visible(text[max(0, hit.start() - 30) : hit.end() + 30])
        for hit in re.finditer(rf"(?<![\w/.`-])({words})(?![\w/.`-])", text)
    ]


def test_the_page_holds_the_table(walk):
    table = outputs.as_markdown(walk.table())
    assert outputs.page_with(table) == outputs.PAGE.read_text(encoding="utf-8"), (
        "print it anew: python -m tests.documentation.refresh library.md"
    )
