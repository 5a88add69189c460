"""Notes know their code and fields: said in every language, read back from JSON, never changed."""

from __future__ import annotations

import ast
import copy
import json
import pickle
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from string import Formatter
from types import SimpleNamespace

import numpy as np
import pytest

from geoaccess.answers.study_notes import _network_notes
from geoaccess.study import load_study
from geoaccess.words import catalogue
from geoaccess.words.catalogue import say, texts
from geoaccess.words.locales import LANGUAGES
from geoaccess.words.note import (
    Note,
    in_languages,
    listed,
    note_codes,
    note_in,
    read_notes,
    sentence_of,
    study_text,
)
from networks.sentences import Sentence

SOURCE = Path(catalogue.__file__).parents[1]
SPACE = "\N{NO-BREAK SPACE}"


@pytest.fixture
def own(monkeypatch):
    """A catalogue of the tests' own: the codes are read from it, not from the files."""
    known = {
        "en": {
            "own.many": "{kind}: {points:# point|# points}, {people:,.0f} persons over {km} km: {names}",
            "own.share": "{share:.1%} of {rows} rows, {wait:~1} min, {nearly:~1%}",
            "own.parts": "{parts: + } + travel",
            "own.part": "{n} min {name}",
            "list.more": "{names} and {more} more",
            "study.text": "{text}",
        },
        "nb": {
            "own.many": "{kind}: {points:# punkt|# punkter}, {people:,.0f} personer over {km} km: {names}",
            "own.share": "{share:.1%} av {rows} rader, {wait:~1} min, {nearly:~1%}",
            "own.parts": "{parts: + } + reise",
            "own.part": "{n} min {name}",
            "list.more": "{names} og {more} til",
            "study.text": "{text}",
        },
    }
    monkeypatch.setattr(catalogue, "texts", known.__getitem__)


KIND = {"en": "hospital", "nb": "sykehus"}


def test_numbers_plurals_and_names_follow_the_language(own):
    note = Note("own.many", kind=KIND, points=1, people=np.float64(1234.5), km=2.5, names=("Bodø", "Ås"))
    assert note == "hospital: 1 point, 1,234 persons over 2.5 km: Bodø, Ås"
    assert note.said("nb") == f"sykehus: 1 punkt, 1{SPACE}234 personer over 2,5 km: Bodø, Ås"
    more = Note("own.many", kind=KIND, points=1200, people=0, km=3.0, names=listed("abcd", 2))
    assert more == "hospital: 1,200 points, 0 persons over 3 km: a, b and 2 more"
    assert more.said("nb") == f"sykehus: 1{SPACE}200 punkter, 0 personer over 3 km: a, b og 2 til"


def test_figures_are_rounded_to_no_lie_and_carry_the_signs(own):
    note = Note("own.share", share=0.125, rows=12345, wait=0.01, nearly=0.99999)
    assert note == "12.5% of 12,345 rows, 0.01 min, >99.9%"
    assert note.said("nb") == f"12,5{SPACE}% av 12{SPACE}345 rader, 0,01 min, >99,9{SPACE}%"


def test_notes_in_notes_are_said_in_the_language(own):
    parts = [Note("own.part", n=2.5, name="mobilise"), Note("own.part", n=3, name="E6 1,5")]
    note = Note("own.parts", parts=parts)
    assert note == "2.5 min mobilise + 3 min E6 1,5 + travel"
    # A name of the data keeps its signs.
    assert note.said("nb") == "2,5 min mobilise + 3 min E6 1,5 + reise"


def test_fields_of_the_data_are_no_format(own):
    assert Note("own.part", n=1, name="{n.__class__} {0}") == "1 min {n.__class__} {0}"


def test_a_note_comes_back_from_json_and_pickle(own):
    note = Note("own.many", kind=KIND, points=np.int64(3), people=1.5, km=2, names=listed("abc", 2))
    text = json.dumps(note_codes([note, "a sentence of nobody's"]))
    first, second = read_notes(json.loads(text))
    for back in (first, pickle.loads(pickle.dumps(note)), copy.deepcopy(note)):
        assert isinstance(back, Note)
        assert (back, back.code, back.said("nb")) == (note, note.code, note.said("nb"))
    assert (type(second), second) == (str, "a sentence of nobody's")


def test_a_note_of_another_version_stays_its_sentence(own):
    told = [
        {"code": "own.gone", "fields": {}, "text": "as it was"},
        {"code": "own.part", "fields": {"other": 1}, "text": "with other fields"},
    ]
    assert read_notes(told) == ["as it was", "with other fields"]


def test_a_note_cannot_be_changed_and_its_code_must_be_known(own):
    note = Note("own.part", n=1, name="x")
    with pytest.raises(AttributeError):
        note.code = "own.many"
    with pytest.raises(TypeError):
        note.fields["n"] = 2
    with pytest.raises(KeyError):
        Note("own.unknown")
    with pytest.raises(KeyError):
        Note("own.part", n=1)


def test_what_a_study_tells_is_told_in_its_languages(own):
    section = SimpleNamespace(notice="Beware.", notice_nb="Pass på.", label="boat")
    assert study_text(section, "notice") == "Beware."
    assert study_text(section, "notice").said("nb") == "Pass på."
    assert in_languages(section, "label") == {"en": "boat"}
    assert Note("study.text", text=in_languages(section, "label")).said("nb") == "boat"


# The catalogues


def fields(text: str) -> dict[str, str]:
    """Field -> what it asks for, the words of plural forms aside."""
    return {
        name: "plural" if "|" in (spec or "") else (spec or "")
        for _, name, spec, _ in Formatter().parse(text)
        if name is not None
    }


def test_every_code_exists_in_every_language_with_the_same_fields():
    english = texts("en")
    for language in LANGUAGES:
        other = texts(language)
        assert set(other) == set(english)
        assert {code: set(fields(text)) for code, text in other.items()} == {
            code: set(fields(text)) for code, text in english.items()
        }


def test_every_plural_has_two_forms_with_their_number():
    for language in LANGUAGES:
        for code, text in texts(language).items():
            for _, _, spec, _ in Formatter().parse(text):
                if spec and "|" in spec:
                    assert len(spec.split("|")) == 2, code


@pytest.mark.parametrize("word", ["vei(?!led)", "ferje", "idag", "imorgen"])
def test_spellings_are_kept(word: str):
    """Veg, ferge, i dag: the spellings chosen, whatever the other forms of bokmål."""
    wrong = {code: text for code, text in texts("nb").items() if re.search(word, text, re.IGNORECASE)}
    assert wrong == {}


def test_say_needs_no_note(own):
    assert say("own.part", "nb", n=1234.5, name="x") == "1234,5 min x"


# What is said has a code

SAYING = {"say", "note", "table", "step", "notes"}


def commands() -> list[Path]:
    return [
        *(SOURCE / "cli").glob("*.py"),
        *(SOURCE / "terminal").glob("*.py"),
        *(SOURCE / "questions").glob("*/terminal*.py"),
    ]


def put_together(said: ast.AST) -> bool:
    """Whether a text is made of an f-string other than a code."""
    codes = {
        id(call.args[0])
        for call in ast.walk(said)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Note" and call.args
    }
    return any(isinstance(part, ast.JoinedStr) and id(part) not in codes for part in ast.walk(said))


def test_no_command_says_a_sentence_that_is_put_together_where_it_is_said():
    """A text with fields is a note: only so can it be said in another language."""
    wrong = []
    for path in commands():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in SAYING
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "out"
                and node.args
                and put_together(node.args[0])
            ):
                wrong.append(f"{path.relative_to(SOURCE)}:{node.lineno}")
    assert wrong == []


def made() -> Iterator[tuple[str, ast.Call, str]]:
    """Every note and every sentence of a package below that the sources make: where, the call, its code."""
    for package in ("geoaccess", "networks", "optimise"):
        for path in (SOURCE.parent / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Name)
                    and node.func.id in {"Note", "Sentence"}
                    and node.args
                    and isinstance(node.args[0], ast.Constant)
                ):
                    yield f"{path.relative_to(SOURCE.parent)}:{node.lineno}", node, node.args[0].value


def test_every_code_that_the_sources_name_is_in_the_catalogue_with_its_fields():
    """An error is told on a bad day: what its sentence asks for must be there without trying it."""
    wrong, seen = [], set()
    for where, call, code in made():
        seen.add(code)
        given = {one.arg for one in call.keywords}
        if code not in texts("en") or (None not in given and not set(fields(texts("en")[code])) <= given):
            wrong.append(f"{where} {code} {sorted(map(str, given))}")
    assert wrong == []
    assert len(seen) > 500


def test_sentences_of_the_packages_below_are_those_of_the_catalogue():
    """Their own English and that of the catalogue are one sentence, but for how numbers and plurals are written."""
    templates = {
        code: call.args[1].value
        for _, call, code in made()
        if len(call.args) == 2 and isinstance(call.args[1], ast.Constant) and "|" not in texts("en")[code]
    }
    assert len(templates) > 100
    plain = {code: re.sub(r":[^{}]*}", "}", text) for code, text in templates.items()}
    assert plain == {code: re.sub(r":[^{}]*}", "}", texts("en")[code]) for code in templates}


def test_a_sentence_of_a_package_below_is_said_as_a_note():
    said = Sentence(
        "net.read_as",
        "{file}: read as {what}",
        file="a.csv",
        what=(Sentence("net.decimal_commas", "with decimal commas"),),
    )
    assert said == "a.csv: read as with decimal commas"
    assert note_in(said, "nb") == "a.csv: lest som med desimalkomma"
    assert note_codes([said])[0]["code"] == "net.read_as"
    assert read_notes(note_codes([said]))[0].said("nb") == "a.csv: lest som med desimalkomma"
    assert sentence_of(UserWarning(said)).said("nb") == "a.csv: lest som med desimalkomma"


def test_a_default_of_another_version_of_a_network_is_named(fjord):
    study = load_study(fjord)
    network = replace(study.network, provenance={"assumptions": {"tide_of_moon": ["a", "b"]}})
    assert [str(note) for note in _network_notes(network)] == ["network: tide of moon assumed for 2 links"]
